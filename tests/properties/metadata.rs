//! Whatever the policy, what the server says about itself is what it does: everything that is listed
//! works from end to end, and everything else that anybody has heard of is refused.

use std::sync::Arc;
use std::time::Duration;

use grantflow::key::{Algorithm, PublicKey};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{
    AuthorizationServer, ConsentRule, Declaration, InitialAccess, KeySet, Page, PkceRule, Policy,
    Registration, Resource, Scope, SealingKeys, ServerKey, TokenFormat, path,
};
use grantflow::uri::Issuer;
use grantflow::wire::assertion::{self, Assertion};
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Request};
use grantflow::wire::jwks::{Jwks, public_jwk};
use grantflow::wire::jws;
use grantflow::wire::registration::{AuthMethod, ClientMetadata, GrantType};
use grantflow_tests::{header, payload};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Value, json};

use crate::cases;
use crate::fuzz::host::{Answer, BEGINNING, Host, QUICK, quick_key};
use crate::fuzz::wire::posted_by;
use crate::fuzz::world::{
    self, API, CALLBACK, INITIAL, ISSUER, PAGE, ROBOT, SEALING, SECRET, VERIFIER, WEB,
};

/// Every scope that anybody here has heard of.
const SCOPES: [&str; 9] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
    "tasks:read",
    "a",
    "admin",
];

/// Everything that a directory here knows.
const CLAIMS: [&str; 21] = [
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
    "groups",
];

/// Every member of the metadata that a property here is about.
const PROVED: [&str; 29] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "end_session_endpoint",
    "registration_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "acr_values_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    "code_challenge_methods_supported",
    "claims_supported",
    "authorization_response_iss_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "claims_parameter_supported",
];

/// A server of some policy, and what it says.
struct Server {
    host: Host,
    cookie: Option<String>,
    said: Value,
}

impl Server {
    fn new(policy: Policy, keys: KeySet) -> Self {
        let server = AuthorizationServer::new(policy, SealingKeys::new(SEALING), keys);
        let mut host = Host::new(Arc::new(server));
        for said in world::declarations() {
            host.register(&said);
        }
        let known = CLAIMS.map(|name| format!("\"{name}\":\"x\"")).join(",");
        host.claims = Some(format!("{{{known}}}"));
        let said = host.send(&Request::get(path::OPENID_CONFIGURATION)).text();
        Self { host, cookie: None, said: serde_json::from_str(&said).unwrap() }
    }

    /// What a member lists.
    fn listed(&self, name: &str) -> Vec<String> {
        let words = self.said[name].as_array().into_iter().flatten();
        words.map(|word| word.as_str().unwrap().to_owned()).collect()
    }

    fn lists(&self, name: &str, word: &str) -> bool {
        self.listed(name).iter().any(|listed| listed == word)
    }

    /// What comes back to the app, and how, once Alice has signed in and agreed to everything.
    fn asked(&mut self, client_id: &str, more: &[(&str, &str)]) -> (Form, &'static str) {
        let scope = self.listed("scopes_supported").first().cloned().unwrap_or_default();
        let mut fields = vec![("scope", scope.as_str())];
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more);
        let query = world::query(client_id, CALLBACK, &fields);
        let mut request = Request::get(format!("{}?{query}", path::AUTHORIZE));
        for _ in 0..5 {
            let answer = world::browse(&mut self.host, &mut self.cookie, request);
            request = match (&answer, answer.location()) {
                (Answer::Page(show), _) => form_of(&show.page),
                (_, Some(location)) if world::is_own(location) => Request::get(location),
                (_, Some(location)) => {
                    let (page, query) = location.split_once('?').unwrap();
                    assert_eq!((page, answer.status()), (CALLBACK, 303));
                    return (Form::parse(query.as_bytes()).unwrap(), "query");
                }
                (_, None) => {
                    let form = posted_by(&answer.text());
                    return (Form::parse(form.as_bytes()).unwrap(), "form_post");
                }
            };
        }
        panic!("Alice is sent around in circles");
    }

    /// The error that comes of a request; `None` if it ends in a code.
    fn error(&mut self, more: &[(&str, &str)]) -> Option<String> {
        let (back, _) = self.asked(WEB, more);
        assert_ne!(back.field("code").is_empty(), back.field("error").is_empty(), "{more:?}");
        Some(back.field("error").to_owned()).filter(|error| !error.is_empty())
    }

    /// The tokens that come of a request.
    fn tokens(&mut self, client_id: &str, more: &[(&str, &str)]) -> Value {
        let (back, _) = self.asked(client_id, more);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", back.field("code")),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.answered(&world::token_form(client_id, &fields))
    }

    fn answered(&mut self, request: &Request) -> Value {
        serde_json::from_str(&self.host.send(request).text()).unwrap_or_default()
    }

    fn userinfo(&mut self, tokens: &Value) -> Value {
        let mut request = Request::get(path::USERINFO);
        let token = tokens["access_token"].as_str().unwrap();
        request.headers.push("authorization", format!("Bearer {token}"));
        self.answered(&request)
    }

    /// A new app like the one with a secret, but for what it says of itself.
    fn register(&mut self, client_id: &str, has_secret: bool, metadata: ClientMetadata) {
        self.host.register(&Declaration {
            client_id: client_id.into(),
            client_secret: has_secret.then(|| Secret::new(SECRET)),
            metadata: ClientMetadata { redirect_uris: vec![CALLBACK.into()], ..metadata },
            is_trusted: true,
        });
    }
}

/// What Alice does with a page: she signs in, or agrees to everything.
fn form_of(page: &Page) -> Request {
    match page {
        Page::Login(page) => world::login_form(&page.interaction),
        Page::Consent(page) => {
            let mut fields =
                vec![("interaction", page.interaction.as_str()), ("decision", "approve")];
            fields.extend(page.scopes.iter().map(|line| ("scope", line.scope.as_str())));
            fields.extend(page.claims.iter().map(|claim| ("claim", claim.as_str())));
            world::own_form(path::CONSENT, &fields)
        }
        page => panic!("{page:?}"),
    }
}

fn policy() -> impl Strategy<Value = Policy> {
    let scopes = subsequence(SCOPES[..8].to_vec(), 1..=8);
    let rules = (
        select(vec![PkceRule::PublicClients, PkceRule::Everyone]),
        select(vec![ConsentRule::Shown, ConsentRule::Remembered, ConsentRule::Always]),
        select(vec![None, Some("urn:grantflow:acr:password"), Some("1")]),
        0..3_usize,
    );
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let lives = proptest::collection::vec(1..100_000_u64, 6);
    (scopes, rules, flags, lives).prop_map(|(scopes, (pkce, consent, acr, who), flags, lives)| {
        let (claims_in_id_token, has_tasks, has_api) = flags;
        let usual = Policy::new(Issuer::parse(ISSUER).unwrap());
        let scope = |word: &&str| Scope { word: (*word).into(), meaning: format!("Do {word}") };
        let api = Resource {
            identifier: API.into(),
            path: None,
            scope: ScopeSet::default(),
            format: TokenFormat::Jwt,
            introspected_by: Some(WEB.into()),
        };
        let tasks = usual.resources.iter().filter(|_| has_tasks).cloned();
        let life = |at: usize| Duration::from_secs(lives[at]);
        Policy {
            scopes: scopes.iter().map(scope).collect(),
            resources: tasks.chain(has_api.then_some(api)).collect(),
            pkce,
            consent,
            acr: acr.map(Into::into),
            claims_in_id_token,
            registration: match who {
                0 => Registration::Off,
                1 => Registration::Open,
                _ => Registration::Token(vec![InitialAccess::new(&Secret::new(INITIAL))]),
            },
            code_lifetime: life(0),
            access_token_lifetime: life(1),
            refresh_lifetime: life(2),
            id_token_lifetime: life(3),
            login_lifetime: life(4),
            interaction_lifetime: life(5),
            ..usual
        }
    })
}

/// Keys in any order, some of which have stopped to sign; one at least has not.
fn keys() -> impl Strategy<Value = KeySet> {
    let algs = subsequence(Algorithm::ALL.to_vec(), 1..=4).prop_shuffle();
    (algs, any::<u8>(), any::<Index>()).prop_map(|(algs, stopped, lasting)| {
        let lasting = lasting.index(algs.len());
        let key = |(at, alg): (usize, &Algorithm)| ServerKey {
            signs_until: (stopped >> at & 1 == 1 && at != lasting).then_some(BEGINNING),
            ..quick_key(*alg).into()
        };
        KeySet::new(algs.iter().enumerate().map(key)).unwrap()
    })
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn what_an_app_may_ask_for_is_what_is_listed(policy in policy(), keys in keys()) {
        let mut server = Server::new(policy, keys);
        for (name, parameter, universe) in [
            ("scopes_supported", "scope", &SCOPES[..]),
            ("response_types_supported", "response_type",
                &["code", "token", "id_token", "none", "code id_token", "code token", "CODE"]),
            ("response_modes_supported", "response_mode",
                &["query", "form_post", "fragment", "web_message", "jwt", "query.jwt"]),
            ("code_challenge_methods_supported", "code_challenge_method",
                &["S256", "plain", "S512", "s256"]),
        ] {
            for word in server.listed(name) {
                assert!(universe.contains(&word.as_str()), "nobody has heard of {word}");
            }
            for word in universe {
                let error = server.error(&[(parameter, word)]);
                assert_eq!(error.is_none(), server.lists(name, word), "{word}: {error:?}");
            }
        }
        for mode in server.listed("response_modes_supported") {
            let (back, how) = server.asked(WEB, &[("response_mode", &mode)]);
            assert_eq!((how, back.one("iss")), (mode.as_str(), Ok(Some(ISSUER))));
        }
        for (parameter, value, flag) in [
            ("request", "eyJ.e30.", "request_parameter_supported"),
            ("request_uri", "https://app.test/r", "request_uri_parameter_supported"),
            ("claims", "{}", "claims_parameter_supported"),
        ] {
            let error = server.error(&[(parameter, value)]);
            assert_eq!(error.is_none(), server.said[flag] == true, "{parameter}: {error:?}");
        }
        // No list of prompts is given out, so they are those of OpenID Connect Core.
        assert_eq!(server.said.get("prompt_values_supported"), None);
        for (prompt, is_known) in [
            ("login", true), ("consent", true), ("select_account", true), ("login consent", true),
            ("create", false), ("none login", false), ("Login", false),
        ] {
            // A person who has to sign in again does so within the same second.
            let error = server.error(&[("prompt", prompt)]);
            assert_eq!(error.is_none(), is_known, "{prompt}: {error:?}");
        }
        for acr in ["urn:grantflow:acr:password", "1", "2"] {
            let claims = json!({"id_token": {"acr": {"essential": true, "values": [acr]}}});
            let error = server.error(&[("claims", &claims.to_string())]);
            assert_eq!(error.is_none(), server.lists("acr_values_supported", acr), "{acr}");
        }
        let names = [API.to_owned(), format!("{ISSUER}{}", path::TASKS), "https://no.test/".into()];
        for name in names {
            let error = server.error(&[("resource", &name)]);
            let place = name.strip_prefix(ISSUER).unwrap_or("/none");
            let url = format!("/.well-known/oauth-protected-resource{place}");
            let said = server.answered(&Request::get(url));
            let is_there = server.host.server.policy().resources.iter().any(|it| it.identifier == name);
            assert_eq!(error.is_none(), is_there, "{name}: {error:?}");
            let is_here = is_there && name != API;
            assert_eq!(said["resource"] == *name, is_here, "{name}: {said}");
        }
    }

    #[test]
    fn what_comes_out_is_what_is_listed(policy in policy(), keys in keys()) {
        let in_id_token = policy.claims_in_id_token;
        let mut server = Server::new(policy, keys);
        let scopes = server.listed("scopes_supported");
        let has = |word: &str| scopes.iter().any(|scope| scope == word);
        let tokens = server.tokens(WEB, &[("scope", &scopes.join(" "))]);
        assert_eq!(tokens["token_type"], "Bearer", "{tokens}");
        assert_eq!(tokens.get("id_token").is_some(), has("openid"));
        let expected: Vec<_> = CLAIMS.into_iter().filter(|it| server.lists("claims_supported", it)).collect();
        let come = |from: &Value| CLAIMS.into_iter().filter(|it| from.get(it).is_some()).collect::<Vec<_>>();
        if has("openid") {
            let claims = payload(tokens["id_token"].as_str().unwrap());
            for (claim, _) in claims.as_object().unwrap() {
                assert!(server.lists("claims_supported", claim), "{claim}");
            }
            for claim in ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "acr"] {
                let is_there = claims.get(claim).is_some();
                assert_eq!(is_there, server.lists("claims_supported", claim), "{claim}");
            }
            assert_eq!(come(&claims), if in_id_token { expected.clone() } else { Vec::new() });
            assert_eq!(server.userinfo(&tokens)["sub"], claims["sub"]);
            assert_eq!(come(&server.userinfo(&tokens)), expected.clone());
            // Each by its name, and nothing with it.
            for claim in CLAIMS {
                let asked = json!({"userinfo": {claim: null}, "id_token": {claim: null}});
                let more = [("scope", "openid"), ("claims", &*asked.to_string())];
                let tokens = server.tokens(WEB, &more);
                let id = payload(tokens["id_token"].as_str().unwrap());
                let expected: Vec<_> = expected.iter().copied().filter(|it| *it == claim).collect();
                assert_eq!(come(&server.userinfo(&tokens)), expected.clone());
                assert_eq!(come(&id), expected);
            }
        }
        for alg in Algorithm::ALL {
            let metadata = ClientMetadata {
                token_endpoint_auth_method: Some(AuthMethod::None),
                id_token_signed_response_alg: Some(alg),
                ..ClientMetadata::default()
            };
            server.register("signed", false, metadata);
            if !has("openid") {
                continue;
            }
            let tokens = server.tokens("signed", &[("scope", "openid")]);
            let signed = tokens["id_token"].as_str().map(|token| header(token)["alg"].clone());
            let is_listed = server.lists("id_token_signing_alg_values_supported", alg.name());
            assert_eq!(signed, is_listed.then(|| alg.name().into()), "{tokens}");
        }
    }

    #[test]
    fn what_a_client_may_come_with_is_what_is_listed(policy in policy(), keys in keys()) {
        let mut server = Server::new(policy, keys);
        let scopes = server.listed("scopes_supported").join(" ");
        let tokens = server.tokens(WEB, &[("scope", &scopes)]);
        let refresh_token = tokens["refresh_token"].as_str().unwrap_or("gfr_x").to_owned();
        let (back, _) = server.asked(WEB, &[]);
        for (kind, who, fields) in [
            ("authorization_code", WEB,
                vec![("code", back.field("code")), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]),
            ("refresh_token", WEB, vec![("refresh_token", &refresh_token)]),
            ("client_credentials", ROBOT, vec![]),
            ("password", WEB, vec![("username", "alice"), ("password", "wonderland")]),
            ("implicit", WEB, vec![]),
            ("urn:ietf:params:oauth:grant-type:device_code", WEB, vec![("device_code", "x")]),
            ("urn:ietf:params:oauth:grant-type:token-exchange", WEB, vec![("subject_token", "x")]),
            ("urn:ietf:params:oauth:grant-type:jwt-bearer", WEB, vec![("assertion", "x")]),
            ("urn:ietf:params:oauth:grant-type:saml2-bearer", WEB, vec![("assertion", "x")]),
            ("urn:openid:params:grant-type:ciba", WEB, vec![("auth_req_id", "x")]),
        ] {
            let fields = [vec![("grant_type", kind)], fields].concat();
            let answer = server.answered(&world::token_form(who, &fields));
            let is_listed = server.lists("grant_types_supported", kind);
            assert_eq!(answer.get("access_token").is_some(), is_listed, "{kind}: {answer}");
            assert_eq!(answer["error"] == "unsupported_grant_type", !is_listed, "{kind}");
        }
        let methods = AuthMethod::ALL.map(AuthMethod::name);
        for (path, endpoint) in [
            (path::TOKEN, "token_endpoint"),
            (path::REVOKE, "revocation_endpoint"),
            (path::INTROSPECT, "introspection_endpoint"),
        ] {
            let list = format!("{endpoint}_auth_methods_supported");
            for method in server.listed(&list) {
                assert!(methods.contains(&method.as_str()), "nobody has heard of {method}");
            }
            for method in AuthMethod::ALL {
                let is_believed = is_believed(&mut server, path, method, Algorithm::Rs256.name());
                assert_eq!(is_believed, server.lists(&list, method.name()), "{path} {method:?}");
            }
            let list = format!("{endpoint}_auth_signing_alg_values_supported");
            for alg in ["RS256", "PS256", "ES256", "EdDSA", "Ed25519", "HS256", "none", "RS512"] {
                let is_believed = is_believed(&mut server, path, AuthMethod::PrivateKeyJwt, alg);
                assert_eq!(is_believed, server.lists(&list, alg), "{path} {alg}");
            }
        }
    }

    #[test]
    fn what_is_there_is_what_is_listed(policy in policy(), keys in keys()) {
        let is_open = policy.registration == Registration::Open;
        let mut server = Server::new(policy, keys);
        for (member, _) in server.said.as_object().unwrap() {
            assert!(PROVED.contains(&member.as_str()), "nobody here holds the server to {member}");
        }
        for (member, path) in [
            ("authorization_endpoint", path::AUTHORIZE),
            ("token_endpoint", path::TOKEN),
            ("jwks_uri", path::JWKS),
            ("userinfo_endpoint", path::USERINFO),
            ("revocation_endpoint", path::REVOKE),
            ("introspection_endpoint", path::INTROSPECT),
            ("end_session_endpoint", path::LOGOUT),
            ("registration_endpoint", path::REGISTER),
            ("device_authorization_endpoint", "/oauth2/device"),
            ("pushed_authorization_request_endpoint", "/oauth2/par"),
        ] {
            let listed = server.said[member].as_str().map(String::from);
            assert!(listed.as_ref().is_none_or(|url| *url == format!("{ISSUER}{path}")), "{member}");
            let status = server.host.send(&Request::form(path, "")).status();
            assert_eq!(status != 404, listed.is_some(), "{member}: {status}");
        }
        // A proof is read if its algorithm is listed: then it is the code that is wrong.
        let jwk = |alg: &str| {
            let key = Algorithm::parse(alg).map_or_else(|| quick_key(Algorithm::Es256), quick_key);
            public_jwk(&PublicKey { kid: None, ..key }).replace("\"alg\"", "\"was\"")
        };
        for alg in ["RS256", "PS256", "ES256", "EdDSA", "Ed25519", "ES384", "HS256", "none"] {
            let header = format!(r#"{{"typ":"dpop+jwt","alg":"{alg}","jwk":{}}}"#, jwk(alg));
            let now = server.host.now.as_secs();
            let claims =
                format!(r#"{{"jti":"j","htm":"POST","htu":"{ISSUER}{}","iat":{now}}}"#, path::TOKEN);
            let part = |text: &str| grantflow::base64url::encode(text);
            let mut request = Request::form(
                path::TOKEN,
                format!("grant_type=authorization_code&client_id={PAGE}&code=x&redirect_uri=x"),
            );
            request.headers.push("dpop", format!("{}.{}.AA", part(&header), part(&claims)));
            let said: Value = serde_json::from_str(&server.host.send(&request).text()).unwrap();
            let is_listed = server.lists("dpop_signing_alg_values_supported", alg);
            let error = if is_listed { "invalid_grant" } else { "invalid_dpop_proof" };
            assert_eq!(said["error"], error, "{alg}");
        }
        // Registration takes the methods, the grants, the scopes and the algorithms that are listed.
        let is_listed = server.said.get("registration_endpoint").is_some();
        for (member, list, universe) in [
            ("token_endpoint_auth_method", "token_endpoint_auth_methods_supported",
                &["client_secret_basic", "client_secret_post", "none", "client_secret_jwt",
                    "tls_client_auth", "self_signed_tls_client_auth"][..]),
            ("id_token_signed_response_alg", "id_token_signing_alg_values_supported",
                &["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"]),
            ("scope", "scopes_supported", &SCOPES),
            ("subject_type", "subject_types_supported", &["public", "pairwise"]),
        ] {
            for word in universe {
                let body = json!({"redirect_uris": ["https://new.test/cb"], member: word}).to_string();
                let mut request = Request::form(path::REGISTER, body);
                request.headers = Headers::new().with("content-type", "application/json");
                if is_open || !is_listed {
                    let status = server.host.send(&request).status();
                    let expected = match server.lists(list, word) {
                        _ if !is_listed => 404,
                        true => 201,
                        false => 400,
                    };
                    assert_eq!(status, expected, "{member}: {word}");
                } else {
                    assert_eq!(server.host.send(&request).status(), 401);
                    request.headers.push("authorization", format!("Bearer {INITIAL}"));
                    let is_taken = server.host.send(&request).status() == 201;
                    assert_eq!(is_taken, server.lists(list, word), "{member}: {word}");
                }
            }
        }
    }
}

/// Whether a client of that method, which says who it is by that algorithm, is believed.
fn is_believed(server: &mut Server, path: &str, method: AuthMethod, alg: &str) -> bool {
    let key = Algorithm::parse(alg).map_or_else(|| quick_key(Algorithm::Rs256), quick_key);
    let kid = key.kid.clone().unwrap();
    let client_id = method.name();
    let metadata = ClientMetadata {
        token_endpoint_auth_method: Some(method),
        grant_types: vec![GrantType::AuthorizationCode],
        jwks: (method == AuthMethod::PrivateKeyJwt).then(|| Jwks { keys: vec![key] }),
        ..ClientMetadata::default()
    };
    server.register(client_id, method.has_secret(), metadata);
    let mut fields = vec![("token", "x"), ("grant_type", "authorization_code"), ("code", "gfc_x")];
    let said = Assertion {
        iss: client_id.into(),
        sub: client_id.into(),
        aud: vec![ISSUER.into()],
        exp: server.host.now + Duration::from_secs(60),
        iat: Some(server.host.now),
        nbf: None,
        jti: server.host.calls.to_string(),
    };
    let head = json!({"alg": alg, "kid": kid}).to_string();
    let input = [head, said.to_json()].map(grantflow::base64url::encode).join(".");
    let statement = jws::assemble(&input, &(QUICK.sign)(&kid, input.as_bytes()));
    match method {
        AuthMethod::None => fields.push(("client_id", client_id)),
        AuthMethod::ClientSecretPost => {
            fields.extend([("client_id", client_id), ("client_secret", SECRET)]);
        }
        AuthMethod::PrivateKeyJwt => fields.extend([
            ("client_assertion_type", assertion::TYPE),
            ("client_assertion", statement.as_str()),
        ]),
        AuthMethod::ClientSecretBasic => {}
    }
    let mut request = Request::form(path, world::text_of(&fields));
    if method == AuthMethod::ClientSecretBasic {
        let header = grantflow::wire::credentials::basic(client_id, &Secret::new(SECRET));
        request.headers.push("authorization", header);
    }
    let answer = server.host.send(&request);
    answer.status() != 401
}
