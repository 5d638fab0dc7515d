use super::*;
use crate::wire::mangle::mangled;

const WHOLE: &str = r#"{"redirect_uris":["https://app.test/cb"],"client_name":"App","client_uri":"https://app.test","policy_uri":"https://app.test/p","tos_uri":"https://app.test/t","token_endpoint_auth_method":"private_key_jwt","token_endpoint_auth_signing_alg":"EdDSA","scope":"openid","application_type":"native","id_token_signed_response_alg":"ES256","grant_types":["authorization_code","client_credentials"],"response_types":["code"],"jwks":{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA","use":"sig","kid":"o"}]},"default_max_age":60,"post_logout_redirect_uris":["https://app.test/bye"]}"#;

#[test]
fn every_word_of_a_client_reads_and_writes_back() {
    let metadata = ClientMetadata::parse(WHOLE.as_bytes()).unwrap();
    assert_eq!(metadata.to_json(), WHOLE);
    assert_eq!(metadata.token_endpoint_auth_method, Some(AuthMethod::PrivateKeyJwt));
    assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode, GrantType::ClientCredentials]);
    assert_eq!(ClientMetadata::parse(b"{}"), Ok(ClientMetadata::default()));
    assert_eq!(ClientMetadata::default().to_json(), "{}");
}

#[test]
fn what_nobody_knows_is_ignored_and_null_was_not_said() {
    let text = br#"{"client_name":null,"logo_uri":"https://app.test/l","contacts":["x"],"software_statement":"eyJ"}"#;
    assert_eq!(ClientMetadata::parse(text), Ok(ClientMetadata::default()));
}

#[test]
fn what_would_be_a_promise_that_nobody_keeps_is_refused() {
    for (text, name) in [
        (r#"{"id_token_encrypted_response_alg":"RSA-OAEP"}"#, "id_token_encrypted_response_alg"),
        (r#"{"userinfo_signed_response_alg":"RS256"}"#, "userinfo_signed_response_alg"),
        (r#"{"subject_type":"pairwise"}"#, "subject_type"),
        (r#"{"response_types":["code","token"]}"#, "response_types"),
        (r#"{"grant_types":["implicit"]}"#, "grant_types"),
        (r#"{"token_endpoint_auth_method":"tls_client_auth"}"#, "token_endpoint_auth_method"),
        (r#"{"id_token_signed_response_alg":"none"}"#, "id_token_signed_response_alg"),
        (r#"{"id_token_signed_response_alg":"HS256"}"#, "id_token_signed_response_alg"),
        (
            r#"{"tls_client_certificate_bound_access_tokens":true}"#,
            "tls_client_certificate_bound_access_tokens",
        ),
    ] {
        let error = ClientMetadataError::Unsupported(name);
        assert_eq!(ClientMetadata::parse(text.as_bytes()), Err(error));
    }
    assert!(ClientMetadata::parse(br#"{"require_signed_request_object":false}"#).is_ok());
}

#[test]
fn a_member_of_the_wrong_type_is_an_error_that_names_it() {
    for (text, name) in [
        (r#"{"redirect_uris":"https://app.test/cb"}"#, "redirect_uris"),
        (r#"{"redirect_uris":[1]}"#, "redirect_uris"),
        (r#"{"client_name":7}"#, "client_name"),
        (r#"{"jwks":[]}"#, "jwks"),
        (r#"{"default_max_age":"60"}"#, "default_max_age"),
        (r#"{"grant_types":{}}"#, "grant_types"),
    ] {
        let error = ClientMetadataError::BadType(name);
        assert_eq!(ClientMetadata::parse(text.as_bytes()), Err(error));
    }
    let error = ClientMetadataError::Json(JsonError::NotAnObject);
    assert_eq!(ClientMetadata::parse(b"[]"), Err(error));
}

#[test]
fn the_answer_to_a_registration_reads_and_writes_back() {
    let whole = r#"{"client_id":"c","client_secret":"s","client_secret_expires_at":0,"client_id_issued_at":7,"registration_access_token":"t","registration_client_uri":"https://as.test/r?client_id=c","redirect_uris":["https://app.test/cb"]}"#;
    let information = ClientInformation::parse(whole.as_bytes()).unwrap();
    assert_eq!(information.to_json(), whole);
    assert!(!alloc::format!("{information:?}").contains("\"s\""));
    let least = ClientInformation::parse(br#"{"client_id":"c"}"#).unwrap();
    assert_eq!(least.to_json(), r#"{"client_id":"c"}"#);
    for none in ["{}", r#"{"client_id":""}"#, r#"{"client_id":1}"#] {
        let error = ClientMetadataError::BadType("client_id");
        assert_eq!(ClientInformation::parse(none.as_bytes()), Err(error));
    }
}

#[test]
fn damaged_words_read_or_do_not() {
    for bytes in mangled(WHOLE.as_bytes(), 5_000) {
        if let Ok(metadata) = ClientMetadata::parse(&bytes) {
            assert_eq!(ClientMetadata::parse(metadata.to_json().as_bytes()), Ok(metadata));
        }
    }
}
