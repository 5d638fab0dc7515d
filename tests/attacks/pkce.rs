//! 3. PKCE.

use grantflow::pkce::Challenge;
use grantflow::server::{PkceRule, Policy};
use grantflow::uri::Issuer;
use grantflow::wire::http::Request;
use grantflow_tests::{CHALLENGE, CLIENT_ID, ISSUER, PUBLIC_ID, VERIFIER, World};

use crate::common::{
    PKCE, WRONG_VERIFIER, ask, authorize, public, redeem, refused, sent_back, took,
};

fn code(world: &mut World, client_id: &str) -> String {
    let change = [PKCE, &[("client_id", Some(client_id))]].concat();
    world.approve(&ask(&change)).field("code").to_owned()
}

#[test]
fn a_50_a_stolen_code_is_worth_nothing_without_its_verifier() {
    let mut world = World::new();
    let (of_public, of_app) = (code(&mut world, PUBLIC_ID), code(&mut world, CLIENT_ID));
    for wrong in [None, Some(WRONG_VERIFIER), Some(CHALLENGE), Some("")] {
        for request in [public(&of_public, wrong), redeem(&of_app, &[("code_verifier", wrong)])] {
            let (_, body) = refused(&mut world, &request, 400, "invalid_grant");
            assert_eq!(body["error_description"], "Invalid code verifier", "{wrong:?}");
        }
    }
}

#[test]
fn a_50_whoever_made_the_verifier_redeems_the_code() {
    let mut world = World::new();
    let (of_public, of_app) = (code(&mut world, PUBLIC_ID), code(&mut world, CLIENT_ID));
    let _ = took(&mut world, &public(&of_public, Some(VERIFIER)));
    let _ = took(&mut world, &redeem(&of_app, &[("code_verifier", Some(VERIFIER))]));
}

#[test]
fn a_51_a_challenge_that_somebody_took_out_is_missed() {
    // By a client that proves itself otherwise: at the token endpoint.
    let mut world = World::new();
    let stripped = world.approve(&ask(&[])).field("code").to_owned();
    for verifier in [VERIFIER, WRONG_VERIFIER, "short"] {
        let request = redeem(&stripped, &[("code_verifier", Some(verifier))]);
        let (_, body) = refused(&mut world, &request, 400, "invalid_grant");
        assert_eq!(body["error_description"], "Invalid code verifier");
    }
    // By everybody else: at once, and whoever the policy says.
    let request = authorize(&ask(&[("client_id", Some(PUBLIC_ID))]));
    sent_back(&mut world, &request, "invalid_request");
    let policy = Policy { pkce: PkceRule::Everyone, ..Policy::new(Issuer::parse(ISSUER).unwrap()) };
    sent_back(&mut World::with(policy), &authorize(&ask(&[])), "invalid_request");
}

#[test]
fn a_51_a_client_with_a_secret_may_do_without_both() {
    let mut world = World::new();
    let code = world.approve(&ask(&[])).field("code").to_owned();
    let _ = took(&mut world, &redeem(&code, &[]));
}

#[test]
fn a_52_no_challenge_is_taken_that_is_its_own_answer() {
    for id in [CLIENT_ID, PUBLIC_ID] {
        for method in [None, Some("plain"), Some("s256"), Some("S512"), Some("S256 "), Some("none")]
        {
            let change = [
                ("client_id", Some(id)),
                ("code_challenge", Some(VERIFIER)),
                ("code_challenge_method", method),
            ];
            let request = authorize(&ask(&change));
            let back = sent_back(&mut World::new(), &request, "invalid_request");
            assert!(!back.field("error_description").contains(VERIFIER));
        }
    }
}

#[test]
fn a_52_s256_is_taken() {
    let mut world = World::new();
    let code = code(&mut world, PUBLIC_ID);
    let _ = took(&mut world, &public(&code, Some(VERIFIER)));
}

#[test]
fn a_53_an_odd_challenge_is_not_taken_for_none() {
    let (short, long) = (&CHALLENGE[..42], format!("{CHALLENGE}A"));
    let plus = CHALLENGE.replace('-', "+");
    let padded = format!("{short}=");
    let spaced = format!("{short} ");
    let wide = format!("{}é", &CHALLENGE[..41]);
    for odd in [
        None,
        Some(""),
        Some(short),
        Some(&long),
        Some(&plus),
        Some(&padded),
        Some(&spaced),
        Some(&wide),
    ] {
        for id in [CLIENT_ID, PUBLIC_ID] {
            let change = [
                ("client_id", Some(id)),
                ("code_challenge", odd),
                ("code_challenge_method", Some("S256")),
            ];
            sent_back(&mut World::new(), &authorize(&ask(&change)), "invalid_request");
        }
    }
}

#[test]
fn a_53_forty_three_characters_are_taken_whatever_their_hash() {
    for challenge in ["A".repeat(42) + "A", "_".repeat(42) + "w", CHALLENGE.into()] {
        let change = [("code_challenge", Some(&*challenge)), PKCE[1]];
        let mut world = World::new();
        let code = world.approve(&ask(&change)).field("code").to_owned();
        let right = redeem(&code, &[("code_verifier", Some(VERIFIER))]);
        if challenge == CHALLENGE {
            let _ = took(&mut world, &right);
        } else {
            refused(&mut world, &right, 400, "invalid_grant");
        }
    }
}

/// A code whose challenge is the hash of `verifier`, and its redemption.
fn proving(verifier: &str) -> (World, Request) {
    let challenge = Challenge::of(verifier).to_text();
    let mut world = World::new();
    let change = [("code_challenge", Some(&*challenge)), PKCE[1]];
    let code = world.approve(&ask(&change)).field("code").to_owned();
    (world, redeem(&code, &[("code_verifier", Some(verifier))]))
}

#[test]
fn a_54_a_verifier_of_the_wrong_length_is_wrong() {
    for length in [1, 42, 129, 1000] {
        let (mut world, request) = proving(&"v".repeat(length));
        let (_, body) = refused(&mut world, &request, 400, "invalid_grant");
        assert_eq!(body["error_description"], "Invalid code verifier", "{length}");
    }
}

/// The guide's own command prints a verifier with a line break inside, and works as it is printed.
#[test]
fn a_54_a_verifier_of_the_right_length_is_judged_by_its_hash() {
    let broken = format!("{}\n{}", "v".repeat(64), "v".repeat(21));
    for verifier in ["v".repeat(43), "v".repeat(128), broken, "~._-".repeat(16)] {
        let (mut world, request) = proving(&verifier);
        let _ = took(&mut world, &request);
    }
}
