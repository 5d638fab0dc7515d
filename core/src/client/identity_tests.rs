use alloc::format;

use super::*;
use crate::client::testing::{NOW, claims, json_response, jwks, tokens, unproven, unproven_token};
use crate::wire::id_token::IdClaims;
use crate::wire::jws::{assemble, signing_input};

/// What becomes of a token whose claims are changed.
fn with(change: impl FnOnce(&mut IdClaims)) -> Option<IdentityError> {
    let mut claims = claims();
    change(&mut claims);
    unproven(&claims.to_json()).proof(&KnownKeys::new(), NOW).err()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn keys_wanted(proof: Proof) -> AwaitingKeys {
    match proof {
        Proof::Keys(keys) => *keys,
        Proof::Signature(_) | Proof::Done(_) => panic!("keys are not wanted"),
    }
}

fn verdict_wanted(proof: Proof) -> AwaitingVerdict {
    match proof {
        Proof::Signature(verdict) => *verdict,
        Proof::Keys(_) | Proof::Done(_) => panic!("no verdict is wanted"),
    }
}

fn honest() -> AwaitingKeys {
    keys_wanted(unproven(&claims().to_json()).proof(&KnownKeys::new(), NOW).unwrap())
}

#[test]
fn a_proved_token_says_who_the_user_is() {
    let tokens = tokens();
    let identity = tokens.identity.unwrap();
    assert_eq!((identity.iss.as_str(), identity.sub.as_str()), ("https://as.test", "alice"));
    assert!(identity.claims.expose().contains(r#""sub":"alice""#));
    assert_eq!(tokens.access_token, Secret::new("at"));
    assert_eq!(tokens.expires_at, Some(NOW + seconds(3600)));
    assert_eq!(tokens.scope.to_text(), "openid profile");
    assert_eq!(tokens.return_to, "/tasks?open=1");
    assert!(tokens.id_token.is_some());
}

#[test]
fn the_verifier_is_asked_about_exactly_what_was_signed() {
    let keys = honest();
    assert_eq!(keys.request().url, "https://as.test/oauth2/jwks");
    let verdict = verdict_wanted(
        keys.answer(&json_response(200, &jwks(&["k0", "k1"])), &mut KnownKeys::new(), NOW).unwrap(),
    );
    let input = signing_input(Algorithm::Rs256, "k1", "JWT", &claims().to_json());
    assert_eq!(verdict.alg(), Algorithm::Rs256);
    assert_eq!(verdict.input(), input);
    assert_eq!(verdict.signature(), b"signature");
    assert!(verdict.jwk().contains(r#""kid":"k1""#));
}

#[test]
fn a_bad_signature_ends_the_login() {
    let keys =
        honest().answer(&json_response(200, &jwks(&["k1"])), &mut KnownKeys::new(), NOW).unwrap();
    let error = verdict_wanted(keys).answer(false).err();
    assert_eq!(error, Some(IdentityError::WrongSignature));
}

#[test]
fn a_80_none_hmac_and_what_was_not_agreed_on_prove_nothing() {
    let signed_with = |alg: &str| {
        let header = crate::base64url::encode(format!(r#"{{"alg":"{alg}","kid":"k1"}}"#));
        let payload = crate::base64url::encode(claims().to_json());
        unproven_token(format!("{header}.{payload}.c2ln")).proof(&KnownKeys::new(), NOW).err()
    };
    for alg in ["none", "None", "HS256"] {
        assert_eq!(signed_with(alg), Some(IdentityError::Unreadable(JwsError::UnknownAlgorithm)));
    }
    assert_eq!(signed_with("EdDSA"), Some(IdentityError::WrongAlgorithm));
    assert_eq!(signed_with("RS256"), None);
}

#[test]
fn a_82_a_claim_of_the_wrong_type_is_not_an_absent_one() {
    let odd = claims().to_json().replace("1700003600", "\"1700003600\"");
    let error = unproven(&odd).proof(&KnownKeys::new(), NOW).err();
    assert_eq!(error, Some(IdentityError::BadClaims(ClaimError::BadClaim("exp"))));
    let nobody = claims().to_json().replace(r#""sub":"alice","#, "");
    let error = unproven(&nobody).proof(&KnownKeys::new(), NOW).err();
    assert_eq!(error, Some(IdentityError::BadClaims(ClaimError::BadClaim("sub"))));
}

#[test]
fn a_83_issuer_audience_and_party_are_ours_or_the_token_is_not() {
    use IdentityError::{WrongAudience, WrongAuthorizedParty, WrongIssuer};
    let audience = |aud: &[&str], azp: Option<&str>| {
        with(|claims| {
            claims.aud = aud.iter().map(|aud| String::from(*aud)).collect();
            claims.azp = azp.map(String::from);
        })
    };
    assert_eq!(with(|claims| claims.iss = "https://evil.test".into()), Some(WrongIssuer));
    assert_eq!(with(|claims| claims.iss = "https://as.test/".into()), Some(WrongIssuer));
    assert_eq!(audience(&["other"], None), Some(WrongAudience));
    assert_eq!(audience(&["other"], Some("app")), Some(WrongAudience));
    assert_eq!(audience(&["app", "other"], None), Some(WrongAudience));
    assert_eq!(audience(&["app", "other"], Some("other")), Some(WrongAudience));
    assert_eq!(audience(&["app"], Some("other")), Some(WrongAuthorizedParty));
    assert_eq!(audience(&["app", "other"], Some("app")), Some(WrongAudience));
    assert_eq!(audience(&["app"], Some("app")), None);
}

#[test]
fn a_84_a_nonce_is_this_logins_or_the_token_is_a_replay() {
    assert_eq!(with(|claims| claims.nonce = None), Some(IdentityError::WrongNonce));
    let other = with(|claims| claims.nonce = Some("other".into()));
    assert_eq!(other, Some(IdentityError::WrongNonce));
}

#[test]
fn a_85_a_clock_may_be_off_by_less_than_a_minute() {
    let past = |ago| with(|claims| claims.exp = UnixTime::from_secs(NOW.as_secs() - ago));
    assert_eq!(past(59), None);
    assert_eq!(past(60), Some(IdentityError::Expired));
    let issued = |ahead| with(|claims| claims.iat = NOW + seconds(ahead));
    assert_eq!(issued(60), None);
    assert_eq!(issued(61), Some(IdentityError::NotYet));
    let begins = |at: u64| with(|claims| claims.text = format!(r#"{{"nbf":{at}}}"#));
    assert_eq!(begins(NOW.as_secs() + 60), None);
    assert_eq!(begins(NOW.as_secs() + 61), Some(IdentityError::NotYet));
}

#[test]
fn a_86_an_id_token_vouches_for_its_own_access_token() {
    let other = with(|claims| claims.at_hash = Some(id_token::at_hash(Algorithm::Rs256, "other")));
    assert_eq!(other, Some(IdentityError::WrongAccessToken));
    assert_eq!(with(|claims| claims.at_hash = None), None);
}

#[test]
fn a_18_a_login_older_than_max_age_is_stale() {
    let ago = |ago| with(|c| c.auth_time = Some(UnixTime::from_secs(NOW.as_secs() - ago)));
    assert_eq!(ago(660), None);
    assert_eq!(ago(661), Some(IdentityError::StaleLogin));
    assert_eq!(with(|claims| claims.auth_time = None), Some(IdentityError::StaleLogin));
    let ahead = |ahead| with(|c| c.auth_time = Some(NOW + seconds(ahead)));
    assert_eq!(ahead(60), None);
    assert_eq!(ahead(61), Some(IdentityError::StaleLogin));
}

#[test]
fn a_88_an_unknown_key_is_looked_for_once_more_and_then_given_up() {
    let others = json_response(200, &jwks(&["k2"]));
    let first = honest();
    assert!(!first.is_refetch());
    let again = keys_wanted(first.answer(&others, &mut KnownKeys::new(), NOW).unwrap());
    assert!(again.is_refetch());
    assert_eq!(
        again.answer(&others, &mut KnownKeys::new(), NOW).err(),
        Some(IdentityError::KeyNotFound)
    );
}

#[test]
fn a_88_kept_keys_save_a_request_and_stale_ones_cost_one() {
    let known = |kids| {
        let mut known = KnownKeys::new();
        let jwks = Jwks::parse(jwks(kids).as_bytes()).unwrap();
        known.put("https://as.test/oauth2/jwks".into(), jwks, NOW, false);
        known
    };
    let proof = unproven(&claims().to_json()).proof(&known(&["k1"]), NOW).unwrap();
    verdict_wanted(proof);
    let proof = unproven(&claims().to_json()).proof(&known(&["k0"]), NOW).unwrap();
    let again = keys_wanted(proof);
    assert!(again.is_refetch());
    verdict_wanted(
        again.answer(&json_response(200, &jwks(&["k1"])), &mut KnownKeys::new(), NOW).unwrap(),
    );
}

#[test]
fn a_88_a_signature_that_names_no_key_is_tried_on_a_few() {
    let nameless = || {
        let header = crate::base64url::encode(r#"{"alg":"RS256"}"#);
        let payload = crate::base64url::encode(claims().to_json());
        let token = assemble(&format!("{header}.{payload}"), b"signature");
        keys_wanted(unproven_token(token).proof(&KnownKeys::new(), NOW).unwrap())
    };
    let two = json_response(200, &jwks(&["a", "b"]));
    let first = verdict_wanted(nameless().answer(&two, &mut KnownKeys::new(), NOW).unwrap());
    assert!(first.jwk().contains(r#""kid":"a""#));
    let second = verdict_wanted(first.answer(false).unwrap());
    assert!(second.jwk().contains(r#""kid":"b""#));
    assert_eq!(second.answer(false).err(), Some(IdentityError::WrongSignature));

    let few = json_response(200, &jwks(&["a", "b", "c", "d"]));
    verdict_wanted(nameless().answer(&few, &mut KnownKeys::new(), NOW).unwrap());
    let many = json_response(200, &jwks(&["a", "b", "c", "d", "e"]));
    assert_eq!(
        nameless().answer(&many, &mut KnownKeys::new(), NOW).err(),
        Some(IdentityError::AmbiguousKey)
    );
}

#[test]
fn a_89_a_token_is_three_strict_parts() {
    let read = |token: &str| unproven_token(token.into()).proof(&KnownKeys::new(), NOW).err();
    assert_eq!(read("a.b.c.d"), Some(IdentityError::Unreadable(JwsError::Malformed)));
    assert_eq!(read("a.b.c.d.e"), Some(IdentityError::Unreadable(JwsError::Encrypted)));
    let twice = claims().to_json().replacen('{', r#"{"iss":"https://as.test","#, 1);
    let error = unproven(&twice).proof(&KnownKeys::new(), NOW).err();
    assert!(matches!(error, Some(IdentityError::BadClaims(ClaimError::Malformed(_)))));
}

#[test]
fn a_81_a_key_that_the_token_brings_along_is_not_looked_at_and_what_it_demands_is_not_met() {
    let headed = |members: &str| {
        let header = format!(r#"{{"alg":"RS256","kid":"k1"{members}}}"#);
        let payload = crate::base64url::encode(claims().to_json());
        unproven_token(format!("{}.{payload}.c2ln", crate::base64url::encode(header)))
            .proof(&KnownKeys::new(), NOW)
    };
    for member in ["jku", "x5u"] {
        let proof = headed(&format!(r#","{member}":"https://evil.test/jwks""#)).unwrap();
        assert_eq!(keys_wanted(proof).request().url, "https://as.test/oauth2/jwks");
    }
    let brought = headed(&format!(r#","jwk":{},"x5c":["AA"]"#, jwks(&["evil"]))).unwrap();
    let published = json_response(200, &jwks(&["k1"]));
    let proof = keys_wanted(brought).answer(&published, &mut KnownKeys::new(), NOW).unwrap();
    assert!(verdict_wanted(proof).jwk().contains(r#""kid":"k1""#));
    let critical = headed(r#","crit":["b64"],"b64":false"#).err();
    assert_eq!(critical, Some(IdentityError::Unreadable(JwsError::Critical)));
}

#[test]
fn a_90_an_encrypted_token_is_neither_read_nor_unpacked() {
    let five = unproven_token("a.b.c.d.e".into()).proof(&KnownKeys::new(), NOW).err();
    assert_eq!(five, Some(IdentityError::Unreadable(JwsError::Encrypted)));
    let error = crate::client::Error::Identity(five.unwrap());
    assert_eq!(error.code(), "unsupported");
    assert_eq!(error.subject(), Some("id_token_encrypted_response_alg"));
}

#[test]
fn a_91_a_key_that_is_weak_or_known_to_all_proves_nothing() {
    for (from, to) in [("AQAB", "Aw"), (r#""e":"AQAB""#, r#""e":"AQAB","d":"AA""#)] {
        let weak = json_response(200, &jwks(&["k1"]).replace(from, to));
        let mut known = KnownKeys::new();
        let again = keys_wanted(honest().answer(&weak, &mut known, NOW).unwrap());
        let error = again.answer(&weak, &mut known, NOW).err();
        assert_eq!(error, Some(IdentityError::KeyNotFound), "{to}");
    }
}

#[test]
fn keys_that_cannot_be_had_end_the_login() {
    let error = honest().answer(&json_response(500, "{}"), &mut KnownKeys::new(), NOW).err();
    assert_eq!(error, Some(IdentityError::BadKeysStatus(500)));
    let error = honest().answer(&json_response(200, "<html>"), &mut KnownKeys::new(), NOW).err();
    assert!(matches!(error, Some(IdentityError::BadKeys(_))));
    let mut unproven = unproven(&claims().to_json());
    unproven.server.jwks_uri = None;
    assert_eq!(unproven.proof(&KnownKeys::new(), NOW).err(), Some(IdentityError::NoJwksUri));
}

#[test]
fn a_login_that_asked_for_no_identity_gets_none() {
    let mut unproven = unproven("{}");
    unproven.login.scope = ScopeSet::parse("tasks").unwrap();
    let Proof::Done(tokens) = unproven.proof(&KnownKeys::new(), NOW).unwrap() else {
        panic!("not done")
    };
    assert_eq!((tokens.identity, tokens.id_token), (None, None));
    assert_eq!(tokens.scope.to_text(), "tasks");
    assert_eq!(tokens.access_token, Secret::new("at"));
}
