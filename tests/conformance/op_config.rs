//! The module of the Config plan.

use grantflow::wire::callback::ResponseMode;
use grantflow::wire::http::Request;
use grantflow_tests::{ISSUER, json};
use serde_json::{Value, json};

use crate::suite::Suite;

/// Every member that a specification knows; the suite warns about others.
const KNOWN: [&str; 32] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    "acr_values_supported",
    "code_challenge_methods_supported",
    "claims_supported",
    "authorization_response_iss_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "claims_parameter_supported",
    "ui_locales_supported",
    "claims_locales_supported",
    "service_documentation",
];

mod oidcc_config_certification_test_plan {
    use super::*;

    #[test]
    fn oidcc_discovery_endpoint_verification() {
        let mut suite = Suite::new(ResponseMode::Query);
        let document = Request::get(format!("{ISSUER}/.well-known/openid-configuration"));
        let response = suite.send(&document);
        assert_eq!(response.status, 200);
        let Value::Object(metadata) = json(&response) else { panic!() };
        assert_eq!(metadata["issuer"], ISSUER);
        for (name, value) in &metadata {
            assert!(KNOWN.contains(&name.as_str()), "{name}");
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                assert!(value.as_str().unwrap().starts_with("https://"), "{name}");
            }
            if name.ends_with("_supported") {
                let list = value.as_array();
                let words = |list: &Vec<Value>| list.iter().all(Value::is_string);
                assert!(list.map_or(value.is_boolean(), |list| !list.is_empty() && words(list)));
            }
        }
        let has =
            |name: &str, word: &str| metadata[name].as_array().unwrap().contains(&json!(word));
        for (name, word) in [
            ("response_types_supported", "code"),
            ("subject_types_supported", "public"),
            ("id_token_signing_alg_values_supported", "RS256"),
            ("scopes_supported", "openid"),
            ("grant_types_supported", "authorization_code"),
            ("code_challenge_methods_supported", "S256"),
            ("response_modes_supported", "form_post"),
            ("claims_supported", "sub"),
        ] {
            assert!(has(name, word), "{name} lacks {word}");
        }
        for name in ["userinfo_endpoint", "end_session_endpoint", "jwks_uri"] {
            assert!(metadata.contains_key(name), "{name}");
        }
        keys_are_in_order(&mut suite, metadata["jwks_uri"].as_str().unwrap());
    }
}

fn keys_are_in_order(suite: &mut Suite, jwks_uri: &str) {
    let response = suite.send(&Request::get(jwks_uri));
    let keys = json(&response)["keys"].as_array().unwrap().clone();
    let mut kids = Vec::new();
    for key in &keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert_ne!(key["kty"], "oct");
        assert_eq!(key["use"], "sig");
        kids.push(key["kid"].as_str().unwrap());
    }
    assert!(!kids.is_empty() && kids.iter().all(|kid| !kid.trim().is_empty()));
    let named = kids.len();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), named, "each has a name of its own");
}
