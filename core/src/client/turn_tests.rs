use alloc::string::String;

use super::*;
use crate::client::credentials::Credentials;
use crate::client::testing::{
    KEY, NOW, accepted, claims, json_response, jwks, tokens, wants_nonce,
};
use crate::wire::assertion::Assertion;
use crate::wire::dpop;
use crate::wire::form::Form;
use crate::wire::jwks::Jwks;
use crate::wire::jws::{Jws, assemble, signing_input};

fn sent(turn: Turn) -> Send {
    match turn {
        Turn::Send(ask) => ask,
        Turn::Sign(_) | Turn::Prove(_) | Turn::Verify(_) | Turn::Done(_) => {
            panic!("nothing to send")
        }
    }
}

fn keyed() -> Credentials {
    Credentials::PrivateKey(PrivateKey { alg: Algorithm::Es256, kid: "mine".into() })
}

/// The turn of a client whose tokens are bound to a key.
fn bound(credentials: Credentials) -> Turn {
    let mut accepted = Accepted { credentials, ..accepted() };
    accepted.server.dpop = ProofKey::parse(KEY, false);
    accepted.finish()
}

/// Signs with whatever is asked for, up to the next request.
fn signed(mut turn: Turn, seed: u8) -> Send {
    let entropy = Entropy::new([seed; 32]);
    loop {
        turn = match turn {
            Turn::Sign(ask) => ask.assertion(&entropy, NOW).answer(b"by me"),
            Turn::Prove(ask) => ask.proof(&entropy, NOW).answer(b"by the key"),
            Turn::Send(_) | Turn::Verify(_) | Turn::Done(_) => return sent(turn),
        }
    }
}

fn proof(ask: &Send) -> dpop::Proof {
    let header = ask.request().headers.one("DPoP").unwrap();
    dpop::Proof::parse(header.expect("no proof")).unwrap()
}

/// The name of the one statement in a request.
fn statement(ask: &Send) -> String {
    let form = Form::parse(&ask.request().body).unwrap();
    let text = form.one("client_assertion").unwrap().expect("no statement");
    Assertion::parse(&Jws::parse(text).unwrap().payload).unwrap().jti
}

fn token_response() -> Response {
    let input = signing_input(Algorithm::Rs256, "k1", "JWT", &claims().to_json());
    let id_token = assemble(&input, b"signature");
    let body = alloc::format!(
        r#"{{"access_token":"at","token_type":"Bearer","expires_in":3600,"id_token":"{id_token}"}}"#
    );
    json_response(200, &body)
}

fn verdict(known: &mut KnownKeys) -> Verify {
    let mut turn = accepted().finish();
    loop {
        turn = match turn {
            Turn::Send(ask) if ask.request().url.ends_with("/oauth2/token") => {
                ask.answer(&token_response(), known, NOW).unwrap()
            }
            Turn::Send(ask) => ask.answer(&json_response(200, &jwks(&["k1"])), known, NOW).unwrap(),
            Turn::Verify(ask) => return ask,
            Turn::Sign(_) | Turn::Prove(_) | Turn::Done(_) => {
                panic!("tokens without a verdict")
            }
        }
    }
}

#[test]
fn a_login_asks_for_tokens_then_keys_then_a_verdict() {
    let mut known = KnownKeys::new();
    let ask = sent(accepted().finish());
    assert_eq!(ask.request().url, "https://as.test/oauth2/token");
    assert!(ask.is_fresh());
    let ask = sent(ask.answer(&token_response(), &mut known, NOW).unwrap());
    assert_eq!(ask.request().url, "https://as.test/oauth2/jwks");
    assert!(!ask.is_fresh());
    let Turn::Done(done) = verdict(&mut known).answer(true).unwrap() else { panic!("not done") };
    assert_eq!(*done, tokens());
}

#[test]
fn known_keys_save_a_turn_and_a_bad_verdict_ends_the_login() {
    let mut known = KnownKeys::new();
    let error = verdict(&mut known).answer(false).unwrap_err();
    assert_eq!(error.code(), "id_token_signature");
    let next = sent(accepted().finish()).answer(&token_response(), &mut known, NOW);
    assert!(matches!(next, Ok(Turn::Verify(_))), "the first login has seen the keys");
}

#[test]
fn a_88_a_storm_of_unknown_keys_is_one_fetch() {
    let mut known = KnownKeys::new();
    known.put("https://as.test/oauth2/jwks".into(), Jwks::default(), NOW, false);
    let mut fetches = 0;
    for _ in 0..20 {
        let next = sent(accepted().finish()).answer(&token_response(), &mut known, NOW);
        let error = match next {
            Ok(Turn::Send(ask)) => {
                fetches += 1;
                ask.answer(&json_response(200, &jwks(&["k0"])), &mut known, NOW).unwrap_err()
            }
            Ok(_) => panic!("a signature by a key that nobody knows"),
            Err(error) => error,
        };
        assert_eq!(error.code(), "key_not_found");
    }
    assert_eq!(fetches, 1);
}

#[test]
fn a_client_with_a_key_signs_first() {
    let accepted = Accepted { credentials: keyed(), ..accepted() };
    let Turn::Sign(ask) = accepted.finish() else { panic!("nothing to sign") };
    let ask = ask.assertion(&Entropy::new([1; 32]), NOW);
    assert_eq!(Credentials::PrivateKey(ask.key().clone()), keyed());
    let assertion = assemble(ask.input(), b"by me");
    let ask = sent(ask.answer(b"by me"));
    let form = Form::parse(&ask.request().body).unwrap();
    assert_eq!(form.field("client_assertion"), assertion);
}

#[test]
fn a_login_with_a_key_for_its_tokens_proves_it() {
    let Turn::Prove(ask) = bound(Credentials::Public) else { panic!("nothing to prove") };
    let ask = ask.proof(&Entropy::new([1; 32]), NOW);
    assert_eq!(Some(ask.key().clone()), ProofKey::parse(KEY, false));
    let whole = assemble(ask.input(), b"by the key");
    let ask = sent(ask.answer(b"by the key"));
    assert_eq!(ask.request().headers.one("DPoP").unwrap(), Some(&*whole));
    let proof = proof(&ask);
    assert!(proof.is_for("https://as.test/oauth2/token") && proof.ath.is_none());
    assert_eq!((proof.htm.as_str(), proof.nonce, proof.iat), ("POST", None, NOW));
}

#[test]
fn a_nonce_that_is_wanted_is_put_in_once_and_all_is_signed_anew() {
    for credentials in [Credentials::Public, keyed()] {
        let is_keyed = credentials == keyed();
        let mut known = KnownKeys::new();
        let first = signed(bound(credentials), 1);
        let (before, said) = (proof(&first), is_keyed.then(|| statement(&first)));
        let turn = first.answer(&wants_nonce("n-1"), &mut known, NOW).unwrap();
        assert_eq!(matches!(turn, Turn::Sign(_)), is_keyed);
        let again = signed(turn, 2);
        let after = proof(&again);
        assert_eq!(after.nonce.as_deref(), Some("n-1"));
        assert_ne!(after.jti, before.jti);
        // A server that remembers what it has seen takes no statement twice.
        assert!(said.is_none_or(|said| said != statement(&again)));
        assert_eq!(again.request().url, "https://as.test/oauth2/token");
        let error = again.answer(&wants_nonce("n-2"), &mut known, NOW).unwrap_err();
        assert_eq!(error.code(), "dpop_rejected");
    }
}

#[test]
fn what_comes_after_a_proof_is_as_without_one() {
    let mut known = KnownKeys::new();
    let ask = signed(bound(Credentials::Public), 1);
    let turn = ask.answer(&wants_nonce("n"), &mut known, NOW).unwrap();
    let next = signed(turn, 2).answer(&token_response(), &mut known, NOW).unwrap();
    assert_eq!(next.state(), State::AwaitingKeys);
    let bare = bound(Credentials::Public);
    assert_eq!(bare.state(), State::AwaitingProof);
}

#[test]
fn a_nonce_that_is_none_or_that_nobody_proves_anything_with_ends_the_login() {
    let bound = || signed(bound(Credentials::Public), 1);
    let loose = || sent(accepted().finish());
    for (ask, nonce) in [(bound(), ""), (bound(), "a b"), (bound(), "a\\b"), (loose(), "n")] {
        let error = ask.answer(&wants_nonce(nonce), &mut KnownKeys::new(), NOW).unwrap_err();
        assert_eq!(error.code(), "dpop_rejected", "{nonce}");
    }
}

#[test]
fn a_refused_code_ends_the_login_with_its_reason() {
    let refusal = json_response(400, r#"{"error":"invalid_grant"}"#);
    let ask = sent(accepted().finish());
    let error = ask.answer(&refusal, &mut KnownKeys::new(), NOW).unwrap_err();
    assert_eq!(error.code(), "grant_invalid");
}
