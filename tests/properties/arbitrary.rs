//! Any message: every field anything that its type says it may be.

use std::collections::BTreeMap;

use grantflow::client;
use grantflow::key::{Algorithm, Material, PublicKey};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::time::UnixTime;
use grantflow::wire::access_token::AccessClaims;
use grantflow::wire::assertion::Assertion;
use grantflow::wire::callback::Callback;
use grantflow::wire::claims_request::{ClaimRequest, ClaimsRequest};
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::error::ErrorBody;
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::introspection::Introspection;
use grantflow::wire::jwks::Jwks;
use grantflow::wire::logout::LogoutRequest;
use grantflow::wire::registration::{
    ApplicationType, AuthMethod, ClientInformation, ClientMetadata, GrantType,
};
use grantflow::wire::resource_metadata::ResourceMetadata;
use grantflow::wire::token::TokenResponse;
use proptest::collection::vec;
use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::select;

/// Text of every kind of character, those that have to be spelled otherwise more often.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let odd = select(
        "\"\\/&=+%?#<>' \0\n\r\t\u{7f}\u{80}é\u{202e}\u{feff}\u{ffff}😀"
            .chars()
            .collect::<Vec<_>>(),
    );
    vec(prop_oneof![2 => any::<char>(), 2 => odd, 3 => proptest::char::range(' ', '~')], 0..12)
        .prop_map(|chars| chars.into_iter().collect())
}

/// The same with something in it.
pub(crate) fn word() -> impl Strategy<Value = String> {
    text().prop_filter("empty", |text| !text.is_empty())
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..4)
}

pub(crate) fn time() -> impl Strategy<Value = UnixTime> {
    prop_oneof![any::<u64>(), Just(0), Just(u64::MAX), 1_700_000_000_u64..1_800_000_000,]
        .prop_map(UnixTime::from_secs)
}

pub(crate) fn algorithm() -> impl Strategy<Value = Algorithm> {
    select(Algorithm::ALL.to_vec())
}

/// Where a browser or a secret may go.
pub(crate) fn endpoint() -> impl Strategy<Value = String> {
    let host = "(https://[a-z][a-z0-9-]{0,8}\\.test|https://\\[::1\\]|http://(x\\.)?localhost|http://127\\.0\\.0\\.1)";
    let rest = "(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~!$&'()*+,;=:@%-]{0,8}){0,2}(\\?[a-z=&/?]{0,8})?";
    proptest::string::string_regex(&format!("{host}{rest}")).unwrap()
}

pub(crate) fn secret() -> impl Strategy<Value = Secret> {
    text().prop_map(Secret::new)
}

pub(crate) fn scope() -> impl Strategy<Value = ScopeSet> {
    vec("[!#-*,-\\[\\]-~]{1,8}", 1..6).prop_map(|words| ScopeSet::parse(&words.join(" ")).unwrap())
}

/// A key strong enough to be one, for an algorithm of its kind.
pub(crate) fn public_key() -> impl Strategy<Value = PublicKey> {
    let rsa = (vec(any::<u8>(), 255..300), 32_768_u32..u32::MAX / 2).prop_map(|(rest, half)| {
        let mut n = vec![0xc1];
        n.extend(rest);
        n.push(1);
        let e = (half * 2 + 1).to_be_bytes();
        let zeros = e.iter().take_while(|byte| **byte == 0).count();
        Material::Rsa { n, e: e[zeros..].to_vec() }
    });
    let p256 = any::<([u8; 32], [u8; 32])>().prop_map(|(x, y)| Material::P256 { x, y });
    let ed25519 = any::<[u8; 32]>().prop_map(|x| Material::Ed25519 { x });
    let key = prop_oneof![
        (rsa, select(vec![Algorithm::Rs256, Algorithm::Ps256])),
        (p256, Just(Algorithm::Es256)),
        (ed25519, Just(Algorithm::EdDsa)),
    ];
    (key, maybe(text())).prop_map(|((material, alg), kid)| PublicKey { kid, alg, material })
}

pub(crate) fn jwks() -> impl Strategy<Value = Jwks> {
    vec(public_key(), 0..4).prop_map(|keys| Jwks { keys })
}

/// What a browser or a log may be shown of a stranger's words.
pub(crate) fn refusal() -> impl Strategy<Value = ErrorBody> {
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let shown = word().prop_map(move |text| text.chars().filter(is_shown).collect::<String>());
    let shown = shown.prop_filter("empty", |text| !text.is_empty());
    ("[!-~]{1,20}", maybe(shown), maybe(endpoint())).prop_map(
        |(error, error_description, error_uri)| ErrorBody { error, error_description, error_uri },
    )
}

pub(crate) fn callback() -> impl Strategy<Value = Callback> {
    let answer =
        prop_oneof![word().prop_map(|code| Ok(Secret::new(code))), refusal().prop_map(Err)];
    (maybe(word()), maybe(word()), answer).prop_map(|(state, iss, answer)| Callback {
        state,
        iss,
        answer,
    })
}

pub(crate) fn access_claims() -> impl Strategy<Value = AccessClaims> {
    let texts = (text(), text(), text(), text(), maybe(text()), maybe(text()), maybe(text()));
    (texts, vec(text(), 1..4), time(), time(), maybe(time())).prop_map(
        |((iss, sub, client_id, jti, scope, acr, jkt), aud, exp, iat, auth_time)| AccessClaims {
            iss,
            sub,
            aud,
            client_id,
            exp,
            iat,
            jti,
            scope,
            auth_time,
            acr,
            jkt,
        },
    )
}

pub(crate) fn assertion() -> impl Strategy<Value = Assertion> {
    let texts = (text(), text(), vec(text(), 1..4), word());
    (texts, time(), maybe(time()), maybe(time())).prop_map(
        |((iss, sub, aud, jti), exp, iat, nbf)| Assertion { iss, sub, aud, exp, iat, nbf, jti },
    )
}

/// JSON of any kind, as text.
pub(crate) fn json() -> impl Strategy<Value = String> {
    let string = text().prop_map(|text| serde_json::to_string(&text).unwrap());
    let number = "-?(0|[1-9][0-9]{0,21})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?";
    let leaf =
        prop_oneof![string, number, select(vec!["true", "false", "null"]).prop_map(String::from),];
    let space = || select(vec!["", "", "", " ", "\n\t\r"]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let items = vec(inner.clone(), 0..4);
        let names = proptest::collection::btree_map(text(), (inner, space()), 0..4);
        prop_oneof![
            (items, space())
                .prop_map(|(items, s)| format!("[{s}{}{s}]", items.join(&format!("{s},{s}")))),
            names.prop_map(|members: BTreeMap<String, (String, &str)>| {
                let member = |(name, (value, s)): (String, (String, &str))| {
                    format!("{s}{}{s}:{s}{value}", serde_json::to_string(&name).unwrap())
                };
                format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

pub(crate) fn claims_request() -> impl Strategy<Value = ClaimsRequest> {
    let claims = || {
        let wanted = (any::<bool>(), vec(json(), 0..3));
        proptest::collection::btree_map(text(), wanted, 0..4).prop_map(|claims| {
            let claim = |(name, (essential, values))| ClaimRequest { name, essential, values };
            claims.into_iter().map(claim).collect::<Vec<_>>()
        })
    };
    (claims(), claims()).prop_map(|(userinfo, id_token)| ClaimsRequest { userinfo, id_token })
}

/// Claims of which the text says nothing that the fields do not.
pub(crate) fn id_claims() -> impl Strategy<Value = IdClaims> {
    let texts = (text(), word(), vec(text(), 1..4), maybe(text()), maybe(text()), maybe(text()));
    let others = proptest::collection::btree_map("[a-z]{1,3}_x", json(), 0..3);
    (texts, time(), time(), maybe(time()), others).prop_map(
        |((iss, sub, aud, azp, nonce, at_hash), exp, iat, auth_time, others)| {
            let others = others.iter().map(|(name, value)| format!("\"{name}\":{value}"));
            let text = format!("{{{}}}", others.collect::<Vec<_>>().join(","));
            IdClaims { iss, sub, aud, azp, exp, iat, nonce, at_hash, auth_time, text }
        },
    )
}

pub(crate) fn introspection() -> impl Strategy<Value = Introspection> {
    let words = vec(maybe(text()), 6);
    let active =
        (words, texts(), maybe(time()), maybe(time())).prop_map(|(mut words, aud, exp, iat)| {
            let mut word = || words.pop().flatten();
            Introspection {
                active: true,
                scope: word(),
                client_id: word(),
                token_type: word(),
                exp,
                iat,
                sub: word(),
                aud,
                iss: word(),
                jkt: word(),
            }
        });
    prop_oneof![1 => Just(Introspection::default()), 9 => active]
}

pub(crate) fn logout() -> impl Strategy<Value = LogoutRequest> {
    (maybe(word()), maybe(word()), maybe(word()), maybe(word())).prop_map(
        |(hint, client_id, post_logout_redirect_uri, state)| LogoutRequest {
            id_token_hint: hint.map(Secret::new),
            client_id,
            post_logout_redirect_uri,
            state,
        },
    )
}

pub(crate) fn server_metadata() -> impl Strategy<Value = ServerMetadata> {
    let required = (text(), endpoint(), endpoint(), any::<bool>());
    let endpoints = vec(maybe(endpoint()), 6);
    let lists = vec(texts(), 16);
    let flags = vec(any::<Option<bool>>(), 3);
    (required, endpoints, lists, flags).prop_map(
        |((issuer, authorization, token, iss), mut endpoints, mut lists, mut flags)| {
            let mut endpoint = || endpoints.pop().flatten();
            let mut list = || lists.pop().unwrap();
            let mut flag = || flags.pop().flatten();
            ServerMetadata {
                issuer,
                authorization_endpoint: authorization,
                token_endpoint: token,
                jwks_uri: endpoint(),
                userinfo_endpoint: endpoint(),
                end_session_endpoint: endpoint(),
                revocation_endpoint: endpoint(),
                introspection_endpoint: endpoint(),
                registration_endpoint: endpoint(),
                scopes_supported: list(),
                response_types_supported: list(),
                response_modes_supported: list(),
                grant_types_supported: list(),
                subject_types_supported: list(),
                id_token_signing_alg_values_supported: list(),
                token_endpoint_auth_methods_supported: list(),
                revocation_endpoint_auth_methods_supported: list(),
                introspection_endpoint_auth_methods_supported: list(),
                token_endpoint_auth_signing_alg_values_supported: list(),
                revocation_endpoint_auth_signing_alg_values_supported: list(),
                introspection_endpoint_auth_signing_alg_values_supported: list(),
                dpop_signing_alg_values_supported: list(),
                acr_values_supported: list(),
                code_challenge_methods_supported: list(),
                claims_supported: list(),
                authorization_response_iss_parameter_supported: iss,
                request_parameter_supported: flag(),
                request_uri_parameter_supported: flag(),
                claims_parameter_supported: flag(),
            }
        },
    )
}

pub(crate) fn resource_metadata() -> impl Strategy<Value = ResourceMetadata> {
    (text(), texts(), texts(), texts(), texts()).prop_map(
        |(resource, servers, scopes, methods, algs)| ResourceMetadata {
            resource,
            authorization_servers: servers,
            scopes_supported: scopes,
            bearer_methods_supported: methods,
            dpop_signing_alg_values_supported: algs,
        },
    )
}

pub(crate) fn token_response() -> impl Strategy<Value = TokenResponse> {
    let optional = (maybe(secret()), maybe(secret()), maybe(text()), any::<Option<u64>>());
    (word(), word(), optional).prop_map(
        |(access_token, token_type, (refresh_token, id_token, scope, expires_in))| TokenResponse {
            access_token: Secret::new(access_token),
            token_type,
            expires_in,
            refresh_token,
            id_token,
            scope,
        },
    )
}

pub(crate) fn client_metadata() -> impl Strategy<Value = ClientMetadata> {
    let words = (
        maybe(select(AuthMethod::ALL.to_vec())),
        maybe(algorithm()),
        vec(select(GrantType::ALL.to_vec()), 0..3),
        maybe(select(vec![ApplicationType::Web, ApplicationType::Native])),
        maybe(algorithm()),
        any::<Option<bool>>(),
    );
    let members = (vec(maybe(text()), 5), texts(), texts(), maybe(jwks()), any::<Option<u64>>());
    (words, members).prop_map(|((method, alg, grant_types, kind, signed, bound), members)| {
        let (mut maybes, redirect_uris, exits, jwks, default_max_age) = members;
        let mut text = || maybes.pop().flatten();
        ClientMetadata {
            redirect_uris,
            client_name: text(),
            client_uri: text(),
            policy_uri: text(),
            tos_uri: text(),
            token_endpoint_auth_method: method,
            token_endpoint_auth_signing_alg: alg,
            grant_types,
            scope: text(),
            jwks,
            application_type: kind,
            id_token_signed_response_alg: signed,
            default_max_age,
            post_logout_redirect_uris: exits,
            dpop_bound_access_tokens: bound,
        }
    })
}

/// When a secret ends is said beside the secret, and zero is never.
pub(crate) fn client_information() -> impl Strategy<Value = ClientInformation> {
    let end = maybe((1..=u64::MAX).prop_map(UnixTime::from_secs));
    let secret_and_end = maybe((secret(), end));
    let manages = (maybe(secret()), maybe(text()));
    (word(), secret_and_end, maybe(time()), manages, client_metadata()).prop_map(
        |(client_id, secret, client_id_issued_at, manages, metadata)| {
            let (client_secret, end) = secret.map_or((None, None), |(s, end)| (Some(s), end));
            ClientInformation {
                client_id,
                client_secret,
                client_id_issued_at,
                client_secret_expires_at: end,
                registration_access_token: manages.0,
                registration_client_uri: manages.1,
                metadata,
            }
        },
    )
}

/// What an API wants, in words that a header can hold.
pub(crate) fn challenge() -> impl Strategy<Value = client::Challenge> {
    let quoted = || maybe("[ -~]{0,16}");
    (quoted(), quoted(), quoted(), quoted()).prop_map(
        |(error, error_description, scope, resource_metadata)| client::Challenge {
            error,
            error_description,
            scope,
            resource_metadata,
        },
    )
}

/// A path of the app itself.
pub(crate) fn return_to() -> impl Strategy<Value = client::ReturnTo> {
    "/([A-Za-z0-9._~!$&'()*+,;=:@%-]{1,8}/?)?(\\?[!-\\[\\]-~]{0,12})?"
        .prop_filter_map("leads away", |path| client::ReturnTo::parse(&path).ok())
}
