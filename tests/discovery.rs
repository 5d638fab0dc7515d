//! What the server says about itself is what it does, whatever the policy: nothing advertised that is
//! not done, nothing done that is not advertised.

use grantflow::key::Algorithm;
use grantflow::server::{Declaration, KeySet, PkceRule, Policy, Registration, path};
use grantflow::uri::Issuer;
use grantflow::wire::form::Form;
use grantflow::wire::http::Request;
use grantflow::wire::jwks::Jwks;
use grantflow::wire::registration::{AuthMethod, ClientMetadata, GrantType};
use grantflow_tests::{
    Answer, CALLBACK, CHALLENGE, CLIENT_ID, ISSUER, Owner, PUBLIC_ID, World, confidential, json,
    query, redirect_parameters, text,
};
use serde_json::Value;

/// Servers of every kind, each under the name of what is different about it.
fn servers() -> Vec<(&'static str, World)> {
    let usual = || Policy::new(Issuer::parse(ISSUER).unwrap());
    let only = |words: &[&str]| {
        let mut policy = usual();
        policy.scopes.retain(|scope| words.contains(&scope.word.as_str()));
        policy
    };
    let rs256 = || KeySet::new([Owner::Server.public_key(Algorithm::Rs256)]).unwrap();
    let every = || KeySet::new(Algorithm::ALL.map(|alg| Owner::Server.public_key(alg))).unwrap();
    let eddsa = || KeySet::new([Owner::Server.public_key(Algorithm::EdDsa)]).unwrap();
    [
        ("the guide's", usual(), rs256()),
        ("without offline_access", only(&["openid", "profile", "email"]), rs256()),
        ("with openid alone", only(&["openid"]), rs256()),
        ("open to all", Policy { registration: Registration::Open, ..usual() }, every()),
        ("strict about PKCE", Policy { pkce: PkceRule::Everyone, ..usual() }, eddsa()),
        ("without acr", Policy { acr: None, ..usual() }, rs256()),
    ]
    .map(|(name, policy, keys)| (name, World::with_keys(policy, keys)))
    .into()
}

fn metadata(world: &mut World) -> Value {
    json(&world.send(&Request::get(format!("{ISSUER}{}", path::OPENID_CONFIGURATION))).response())
}

fn lists(metadata: &Value, name: &str, word: &str) -> bool {
    metadata[name].as_array().is_some_and(|list| list.iter().any(|item| item == word))
}

/// A request that is good but for what `change` makes of it; the error, if it is one.
fn asked(world: &mut World, change: &[(&str, &str)]) -> Option<String> {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in change {
        fields.retain(|(there, _)| there != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    let url = format!("{ISSUER}/oauth2/authorize?{}", query(&fields));
    match world.browse(Request::get(url)) {
        Answer::Page(_) => None,
        answer => redirect_parameters(&answer.response()).one("error").unwrap().map(Into::into),
    }
}

#[test]
fn a_scope_is_taken_if_it_is_listed_and_only_then() {
    for (name, mut world) in servers() {
        let said = metadata(&mut world);
        let words = ["openid", "profile", "email", "address", "phone", "offline_access", "admin"];
        for word in words {
            let error = asked(&mut world, &[("scope", word)]);
            let expected = !lists(&said, "scopes_supported", word);
            assert_eq!(error.is_some(), expected, "{name}: {word}: {error:?}");
        }
    }
}

#[test]
fn a_response_type_or_mode_is_taken_if_it_is_listed_and_only_then() {
    for (name, mut world) in servers() {
        let said = metadata(&mut world);
        for kind in ["code", "token", "id_token", "none", "code id_token"] {
            let error = asked(&mut world, &[("response_type", kind)]);
            let expected = !lists(&said, "response_types_supported", kind);
            assert_eq!(error.is_some(), expected, "{name}: {kind}");
        }
        for mode in ["query", "form_post", "fragment", "web_message", "jwt"] {
            let error = asked(&mut world, &[("response_mode", mode)]);
            let expected = !lists(&said, "response_modes_supported", mode);
            assert_eq!(error.is_some(), expected, "{name}: {mode}");
        }
    }
}

#[test]
fn a_55_a_challenge_method_is_taken_if_it_is_listed_and_only_then() {
    for (name, mut world) in servers() {
        let said = metadata(&mut world);
        for method in ["S256", "plain", "S512", "s256"] {
            let error = asked(&mut world, &[("code_challenge_method", method)]);
            let expected = !lists(&said, "code_challenge_methods_supported", method);
            assert_eq!(error.is_some(), expected, "{name}: {method}");
        }
    }
}

#[test]
fn an_optional_parameter_is_taken_if_the_flag_says_so_and_only_then() {
    for (name, mut world) in servers() {
        let said = metadata(&mut world);
        for (parameter, value, flag) in [
            ("request", "eyJ.e30.", "request_parameter_supported"),
            ("request_uri", "https://a.test/r", "request_uri_parameter_supported"),
            ("claims", "{}", "claims_parameter_supported"),
        ] {
            let error = asked(&mut world, &[(parameter, value)]);
            assert_eq!(error.is_none(), said[flag] == true, "{name}: {parameter}");
        }
        // And every redirect says whose it is, as it is promised.
        assert_eq!(said["authorization_response_iss_parameter_supported"], true);
        let url =
            format!("{ISSUER}/oauth2/authorize?client_id={CLIENT_ID}&redirect_uri={CALLBACK}");
        let back = redirect_parameters(&world.browse(Request::get(url)).response());
        assert_eq!(back.one("iss"), Ok(Some(ISSUER)));
    }
}

#[test]
fn a_grant_type_is_known_if_it_is_listed_and_only_then() {
    for (name, mut world) in servers() {
        let said = metadata(&mut world);
        let types = GrantType::ALL.map(GrantType::name);
        let others = [
            "password",
            "implicit",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:saml2-bearer",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ];
        for kind in types.into_iter().chain(others) {
            let form = query(&[("grant_type", kind), ("client_id", PUBLIC_ID)]);
            let response = world.send(&Request::form(format!("{ISSUER}/oauth2/token"), form));
            let error = json(&response.response())["error"].clone();
            let is_listed = lists(&said, "grant_types_supported", kind);
            assert_eq!(error != "unsupported_grant_type", is_listed, "{name}: {kind}: {error}");
        }
    }
}

#[test]
fn a_client_may_prove_itself_by_each_method_that_is_listed_for_the_endpoint_and_no_other() {
    for (name, mut world) in servers() {
        let said = metadata(&mut world);
        for (path, list) in [
            (path::TOKEN, "token_endpoint"),
            (path::REVOKE, "revocation_endpoint"),
            (path::INTROSPECT, "introspection_endpoint"),
        ] {
            for method in AuthMethod::ALL {
                let is_believed = believes(&mut world, path, method, Algorithm::Rs256);
                let list = format!("{list}_auth_methods_supported");
                assert_eq!(is_believed, lists(&said, &list, method.name()), "{name}: {list}");
            }
            for alg in Algorithm::ALL {
                let is_believed = believes(&mut world, path, AuthMethod::PrivateKeyJwt, alg);
                let list = format!("{list}_auth_signing_alg_values_supported");
                assert_eq!(is_believed, lists(&said, &list, alg.name()), "{name}: {list}");
            }
        }
    }
}

/// Whether a client that is registered with `method` gets past its authentication.
fn believes(world: &mut World, path: &str, method: AuthMethod, alg: Algorithm) -> bool {
    let client_id = method.name();
    let secret = method.has_secret().then(|| confidential().client_secret.unwrap());
    let jwks = Jwks { keys: vec![Owner::Client.public_key(alg)] };
    world.register(&Declaration {
        client_id: client_id.into(),
        client_secret: secret.clone(),
        metadata: ClientMetadata {
            token_endpoint_auth_method: Some(method),
            jwks: Some(jwks).filter(|_| method == AuthMethod::PrivateKeyJwt),
            ..confidential().metadata
        },
        ..confidential()
    });
    world.wait(1);
    let statement = grantflow::wire::assertion::Assertion {
        iss: client_id.into(),
        sub: client_id.into(),
        aud: vec![ISSUER.into()],
        exp: world.now + std::time::Duration::from_secs(60),
        iat: None,
        nbf: None,
        jti: format!("{path}{}", world.now.as_secs()),
    };
    let statement = Owner::Client.token(alg, "JWT", &statement.to_json());
    let secret = secret.map(|secret| secret.expose().to_owned()).unwrap_or_default();
    let mut fields = vec![("token", "x"), ("grant_type", "authorization_code")];
    match method {
        AuthMethod::None => fields.push(("client_id", client_id)),
        AuthMethod::ClientSecretPost => {
            fields.extend([("client_id", client_id), ("client_secret", secret.as_str())]);
        }
        AuthMethod::PrivateKeyJwt => fields.extend([
            ("client_assertion_type", grantflow::wire::assertion::TYPE),
            ("client_assertion", statement.as_str()),
        ]),
        AuthMethod::ClientSecretBasic => {}
    }
    let mut request = Request::form(format!("{ISSUER}{path}"), query(&fields));
    if method == AuthMethod::ClientSecretBasic {
        request.headers.push("authorization", grantflow_tests::basic(client_id, &secret));
    }
    world.send(&request).response().status != 401
}

#[test]
fn an_algorithm_signs_id_tokens_if_it_is_listed_and_only_then() {
    for (name, mut world) in servers() {
        let said = metadata(&mut world);
        for alg in Algorithm::ALL {
            world.register(&Declaration {
                metadata: ClientMetadata {
                    id_token_signed_response_alg: Some(alg),
                    ..confidential().metadata
                },
                ..confidential()
            });
            let signs = tokens(&mut world, "openid").is_some_and(|tokens| {
                grantflow_tests::header(tokens["id_token"].as_str().unwrap())["alg"] == alg.name()
            });
            let is_listed = lists(&said, "id_token_signing_alg_values_supported", alg.name());
            assert_eq!(signs, is_listed, "{name}: {alg:?}");
        }
    }
}

/// Signs Alice in with PKCE; the tokens, unless the server cannot make them.
fn tokens(world: &mut World, scope: &str) -> Option<Value> {
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let back: Form = world.approve(&asked);
    let code = back.one("code").unwrap().unwrap();
    let verifier = [("code_verifier", grantflow_tests::VERIFIER)];
    let response = world.send(&grantflow_tests::token_request(code, &verifier)).response();
    (response.status == 200).then(|| json(&response))
}

#[test]
fn a_claim_comes_out_if_it_is_listed_and_only_then() {
    for (name, mut world) in servers() {
        // Everything that is known about anybody, and more.
        let mut known = serde_json::Map::new();
        let names = [
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
            "email",
            "email_verified",
            "address",
            "phone_number",
            "phone_number_verified",
            "shoe_size",
            "password",
        ];
        for name in names {
            known.insert(name.into(), "x".into());
        }
        world.alice = Some(Value::Object(known).to_string());
        let said = metadata(&mut world);
        let offered: Vec<String> = said["scopes_supported"]
            .as_array()
            .unwrap()
            .iter()
            .map(|scope| scope.as_str().unwrap().to_owned())
            .collect();
        let tokens = tokens(&mut world, &offered.join(" ")).unwrap();
        let claims = grantflow_tests::payload(tokens["id_token"].as_str().unwrap());
        let mut request = Request::get(format!("{ISSUER}{}", path::USERINFO));
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        request.headers.push("authorization", bearer);
        let about = json(&world.send(&request).response());
        for claim in names {
            let is_listed = lists(&said, "claims_supported", claim);
            assert_eq!(about.get(claim).is_some(), is_listed, "{name}: {claim}");
        }
        for (claim, _) in claims.as_object().unwrap() {
            assert!(lists(&said, "claims_supported", claim), "{name}: {claim}");
        }
        let acr = said["acr_values_supported"][0].as_str();
        assert_eq!(claims.get("acr").and_then(Value::as_str), acr, "{name}");
    }
}

#[test]
fn an_endpoint_is_there_if_it_is_listed_and_only_then() {
    for (name, mut world) in servers() {
        let said = metadata(&mut world);
        for (member, path) in [
            ("authorization_endpoint", path::AUTHORIZE),
            ("token_endpoint", path::TOKEN),
            ("jwks_uri", path::JWKS),
            ("userinfo_endpoint", path::USERINFO),
            ("revocation_endpoint", path::REVOKE),
            ("introspection_endpoint", path::INTROSPECT),
            ("end_session_endpoint", path::LOGOUT),
            ("registration_endpoint", path::REGISTER),
        ] {
            let listed = said[member].as_str();
            assert!(listed.is_none_or(|url| url == format!("{ISSUER}{path}")), "{name}: {member}");
            let status = match world.send(&Request::form(format!("{ISSUER}{path}"), "")) {
                Answer::Page(show) => show.status,
                answer => answer.response().status,
            };
            assert_eq!(status != 404, listed.is_some(), "{name}: {member}");
        }
    }
}

#[test]
fn both_specifications_find_the_document_also_below_a_path() {
    for (issuer, urls) in [
        (
            "https://as.test",
            &[
                "https://as.test/.well-known/openid-configuration",
                "https://as.test/.well-known/oauth-authorization-server",
            ][..],
        ),
        (
            "https://as.test/tenant",
            &[
                "https://as.test/tenant/.well-known/openid-configuration",
                "https://as.test/.well-known/oauth-authorization-server/tenant",
                "https://as.test/.well-known/openid-configuration/tenant",
            ],
        ),
    ] {
        let mut world = World::with(Policy::new(Issuer::parse(issuer).unwrap()));
        for url in urls {
            let response = world.send(&Request::get(*url)).response();
            assert_eq!(response.status, 200, "{url}: {}", text(&response));
            let said = json(&response);
            assert_eq!(said["issuer"], issuer);
            assert_eq!(said["token_endpoint"], format!("{issuer}/oauth2/token"));
            assert_eq!(response.headers.first("cache-control"), Some("public, max-age=300"));
        }
    }
    let mut world = World::with(Policy::new(Issuer::parse("https://as.test/tenant").unwrap()));
    for url in [
        "https://as.test/.well-known/oauth-authorization-server",
        "https://as.test/.well-known/openid-configuration",
        "https://as.test/.well-known/oauth-authorization-server/tenant/",
        "https://as.test/.well-known/oauth-authorization-server/other",
        "https://as.test/oauth2/token",
    ] {
        assert_eq!(world.send(&Request::get(url)).response().status, 404, "{url}");
    }
}
