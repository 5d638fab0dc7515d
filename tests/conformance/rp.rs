//! The modules of the plans for clients: Basic, Config and Refresh.
//!
//! Where a provider does wrong, the suite waits and sees that nobody comes to the userinfo endpoint.
//! Here the client says why it does not.

use grantflow::client::{Error, Tokens};
use grantflow_tests::Owner;

use crate::emulated::{Flaw, Party, Provider};

/// A login, and who the user is said to be.
fn run(flaw: Flaw) -> (Provider, Result<(), Error>) {
    let (mut party, mut provider) = (Party::new(), Provider::new(flaw));
    let outcome = party
        .sign_in(&mut provider, "openid profile")
        .and_then(|tokens| party.userinfo(&mut provider, &tokens))
        .map(|claims| assert_eq!(claims["name"], "Demo T. User"));
    (provider, outcome)
}

/// The client signs in and asks who the user is.
fn succeeds(flaw: Flaw) {
    let (provider, outcome) = run(flaw);
    assert_eq!(outcome, Ok(()));
    assert_eq!(provider.log, ["discovery", "authorize", "token", "jwks", "userinfo"]);
}

/// The client says `code` and goes no further.
fn refuses(flaw: Flaw, code: &str) -> Provider {
    let (provider, outcome) = run(flaw);
    assert_eq!(outcome.unwrap_err().code(), code);
    assert_eq!(provider.count("userinfo"), 0);
    provider
}

/// `oidcc-client-basic-certification-test-plan`
mod oidcc_client_basic_certification_test_plan {
    use super::*;

    #[test]
    fn oidcc_client_test() {
        succeeds(Flaw::None);
    }

    #[test]
    fn oidcc_client_test_invalid_iss() {
        refuses(Flaw::IdTokenIss, "id_token_iss");
    }

    #[test]
    fn oidcc_client_test_missing_sub() {
        refuses(Flaw::IdTokenNoSub, "id_token_sub");
    }

    #[test]
    fn oidcc_client_test_invalid_aud() {
        refuses(Flaw::IdTokenAud, "id_token_aud");
    }

    #[test]
    fn oidcc_client_test_missing_iat() {
        refuses(Flaw::IdTokenNoIat, "id_token_iat");
    }

    #[test]
    fn oidcc_client_test_kid_absent_single_jwks() {
        succeeds(Flaw::NoKidOneKey);
    }

    #[test]
    fn oidcc_client_test_kid_absent_multiple_jwks() {
        succeeds(Flaw::NoKidThreeKeys);
    }

    #[test]
    fn oidcc_client_test_idtoken_sig_rs256() {
        succeeds(Flaw::None);
    }

    #[test]
    fn oidcc_client_test_idtoken_sig_none() {
        refuses(Flaw::IdTokenAlgNone, "id_token_alg");
    }

    #[test]
    fn oidcc_client_test_invalid_sig_rs256() {
        refuses(Flaw::IdTokenSignature, "id_token_signature");
    }

    #[test]
    fn oidcc_client_test_userinfo_invalid_sub() {
        let (provider, outcome) = run(Flaw::UserinfoSub);
        assert_eq!(outcome.unwrap_err().code(), "userinfo_sub_mismatch");
        assert_eq!(provider.count("userinfo"), 1);
    }

    #[test]
    fn oidcc_client_test_nonce_invalid() {
        refuses(Flaw::IdTokenNonce, "id_token_nonce");
    }

    #[test]
    fn oidcc_client_test_scope_userinfo_claims() {
        for (scope, claim) in [
            ("profile", "name"),
            ("email", "email"),
            ("address", "address"),
            ("phone", "phone_number"),
        ] {
            let (mut party, mut provider) = (Party::new(), Provider::new(Flaw::None));
            let tokens = party.sign_in(&mut provider, &format!("openid {scope}")).unwrap();
            assert_eq!(tokens.scope.to_text(), provider.scope);
            let claims = party.userinfo(&mut provider, &tokens).unwrap();
            let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
            assert_eq!(names.len(), 2, "{names:?}");
            assert!(claims.get(claim).is_some(), "{names:?}");
        }
    }

    #[test]
    fn oidcc_client_test_client_secret_basic() {
        // The provider looks at the header, and at nothing else, each time.
        succeeds(Flaw::None);
    }
}

/// `oidcc-client-config-certification-test-plan`
mod oidcc_client_config_certification_test_plan {
    use super::*;

    #[test]
    fn oidcc_client_test_discovery_openid_config() {
        let (mut party, mut provider) = (Party::new(), Provider::new(Flaw::None));
        party.discover(&mut provider).unwrap();
        assert_eq!(provider.log, ["discovery"]);
    }

    #[test]
    fn oidcc_client_test_discovery_jwks_uri_keys() {
        // The address of the keys is in the metadata and nowhere else.
        succeeds(Flaw::None);
    }

    #[test]
    fn oidcc_client_test_discovery_issuer_mismatch() {
        let provider = refuses(Flaw::MetadataIssuer, "issuer_mismatch");
        assert_eq!(provider.log, ["discovery"]);
    }

    #[test]
    fn oidcc_client_test_idtoken_sig_none() {
        refuses(Flaw::IdTokenAlgNone, "id_token_alg");
    }

    #[test]
    fn oidcc_client_test_signing_key_rotation_just_before_signing() {
        let (mut party, mut provider) = (Party::new(), Provider::new(Flaw::None));
        party.sign_in(&mut provider, "openid").unwrap();
        let mut provider = Provider::new(Flaw::KeysTurnBeforeSigning);
        let tokens = party.sign_in(&mut provider, "openid").unwrap();
        party.userinfo(&mut provider, &tokens).unwrap();
        assert_eq!(provider.log, ["authorize", "token", "jwks", "userinfo"]);
    }

    #[test]
    fn oidcc_client_test_signing_key_rotation() {
        let (mut party, mut provider) = (Party::new(), Provider::new(Flaw::None));
        for jwks in 1..=2 {
            let tokens = party.sign_in(&mut provider, "openid").unwrap();
            party.userinfo(&mut provider, &tokens).unwrap();
            assert_eq!(provider.count("jwks"), jwks);
            provider.signer = Owner::Stranger;
        }
        assert_eq!(provider.count("discovery"), 1);
    }
}

/// `oidcc-client-refreshtoken-test-plan`
mod oidcc_client_refreshtoken_test_plan {
    use super::*;

    fn refreshed(flaw: Flaw) -> (Party, Provider, Result<Tokens, Error>) {
        let (mut party, mut provider) = (Party::new(), Provider::new(flaw));
        let first = party.sign_in(&mut provider, "openid offline_access").unwrap();
        let second = party.refresh(&mut provider, first);
        (party, provider, second)
    }

    #[test]
    fn oidcc_client_test_refresh_token() {
        let (mut party, mut provider, second) = refreshed(Flaw::None);
        let second = second.unwrap();
        party.userinfo(&mut provider, &second).unwrap();
        let third = party.refresh(&mut provider, second).unwrap();
        party.userinfo(&mut provider, &third).unwrap();
        assert_eq!(provider.count("token"), 3);
    }

    #[test]
    fn oidcc_client_test_refresh_token_invalid_issuer() {
        let (_, provider, second) = refreshed(Flaw::RefreshedIss);
        assert_eq!(second.unwrap_err().code(), "id_token_iss");
        assert_eq!(provider.count("userinfo"), 0);
    }

    #[test]
    fn oidcc_client_test_refresh_token_invalid_sub() {
        let (_, provider, second) = refreshed(Flaw::RefreshedSub);
        assert_eq!(second.unwrap_err().code(), "id_token_sub");
        assert_eq!(provider.count("userinfo"), 0);
    }
}
