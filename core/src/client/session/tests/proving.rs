//! Proofs of the key that tokens are bound to.

use super::keys::any_key;
use super::*;
use crate::client::testing::client;
use crate::wire::dpop::Proof;

#[test]
fn a_login_and_a_refresh_prove_the_key_and_the_token_is_bound() {
    let mut world = World::binding(false, None);
    world.login(0, How::Page);
    world.run();
    let (_, url) = world.tabs[0].left.last().unwrap();
    let jkt = world.key().jkt().to_text();
    assert!(url.contains(&format!("dpop_jkt={jkt}")), "{url}");
    let url = world.consent(0);
    world.reload(0, &url, None);
    world.run();
    assert!(world.tabs[0].machine.is_bound());
    world.pass(4000);
    let ticket = world.token(0);
    world.run();
    assert_eq!(world.end(0, ticket), "at1");
    assert_eq!(world.server.proofs.len(), 2);
}

#[test]
fn a_nonce_that_is_wanted_is_put_in_once_and_from_then_on() {
    let mut world = World::binding(false, None);
    world.server.wants = Some("n1");
    world.sign_in(0, None);
    let nonces = |world: &World| -> Vec<_> {
        world.server.proofs.iter().map(|proof| proof.nonce.clone()).collect()
    };
    assert_eq!(nonces(&world), [None, Some("n1".into())]);
    world.pass(4000);
    world.server.wants = Some("n2");
    let ticket = world.token(0);
    world.run();
    assert_eq!(world.end(0, ticket), "at1");
    assert_eq!(nonces(&world)[2..], [Some("n1".into()), Some("n2".into())]);
    assert_eq!(world.lock, None);
}

#[test]
fn a_server_that_always_wants_another_nonce_is_asked_twice_and_no_more() {
    let mut world = World::binding(false, None);
    world.sign_in(0, None);
    world.pass(4000);
    world.server.wants = Some("");
    let ticket = world.token(0);
    world.run();
    assert!(world.server.proofs.len() <= 5, "{}", world.server.proofs.len());
    assert_eq!(world.end(0, ticket), "dpop_rejected");
    assert!(world.is_in(0), "what a proof lacks is no sign-out");
    assert_eq!(world.lock, None);
}

#[test]
fn a_proof_of_a_use_is_for_that_use_and_knows_what_the_api_wants() {
    let mut world = World::binding(false, None);
    world.sign_in(0, None);
    let url = "https://api.test/tasks";
    let longest = "n".repeat(255);
    for (nonce, is_taken) in
        [(&*longest, true), ("n", true), ("", false), ("n n", false), ("n\"", false), ("\\", false)]
    {
        let ticket = world.ticket(0);
        let url = "https://api.test/x".into();
        world.feed(0, Input::Nonce { ticket, url, nonce: nonce.into() });
        assert_eq!(world.end(0, ticket), if is_taken { nonce } else { "done" });
    }
    let ticket = world.ticket(0);
    let (method, token) = ("PATCH".into(), Secret::new("at0"));
    world.feed(0, Input::Prove { ticket, method, url: url.into(), token: token.clone() });
    let proof = Proof::parse(&world.end(0, ticket)).unwrap();
    assert!(proof.is_for(url) && proof.is_with(&token));
    assert_eq!((proof.htm.as_str(), proof.nonce.as_deref()), ("PATCH", Some("n")));
}

#[test]
fn a_key_that_does_not_sign_any_more_ends_what_it_is_wanted_for() {
    let mut world = World::binding(false, Some(Area::Local));
    world.sign_in(0, Some(Area::Local));
    world.lose_keys();
    let ticket = world.prove(0);
    assert_eq!(world.end(0, ticket), "dpop_key_lost");
    world.pass(4000);
    let ticket = world.token(0);
    world.run();
    assert_eq!(world.end(0, ticket), "dpop_key_lost");
    assert_eq!((world.status(0), world.code(0)), ("storage-lost", Some("dpop_key_lost")));
    assert_eq!(world.lock, None);

    let mut world = World::binding(false, None);
    let url = world.leave(0);
    world.lose_keys();
    world.reload(0, &url, None);
    world.run();
    assert_eq!(world.code(0), Some("dpop_key_lost"));
}

#[test]
fn what_the_app_requires_and_the_server_does_not_do_is_said_before_anybody_leaves() {
    let mut world = World::binding(true, None);
    world.server.binds = false;
    let ticket = world.login(0, How::Page);
    world.run();
    assert_eq!(world.end(0, ticket), "unsupported");
    assert!(world.tabs[0].left.is_empty());

    let mut world = World::binding(false, None);
    world.server.binds = false;
    world.sign_in(0, None);
    assert!(!world.tabs[0].machine.is_bound() && world.server.proofs.is_empty());
}

#[test]
fn a_token_that_is_not_bound_will_not_do_where_the_app_requires_it() {
    let key = |is_required| {
        let mut client = client();
        client.profile.dpop = Some(any_key(is_required));
        client
    };
    let refreshable = || Tokens { refresh_token: Some(Secret::new("rt")), ..tokens() };
    let answer = |client: Client, kind: &str| {
        let ask = client.refresh(refreshable(), crate::client::Renewal::default()).unwrap();
        let body = format!(r#"{{"access_token":"a","token_type":"{kind}"}}"#);
        let response = crate::client::testing::json_response(200, &body);
        let answer = ask.unproved().unwrap().answer(&response, UnixTime::from_secs(NOW));
        answer.map(|tokens| tokens.key.is_some()).map_err(|unrefreshed| unrefreshed.error)
    };
    assert_eq!(answer(key(true), "dpop"), Ok(true));
    assert_eq!(answer(key(false), "Bearer"), Ok(false));
    assert!(answer(key(true), "Bearer").is_err());
    assert!(answer(client(), "DPoP").is_err());
}

#[test]
fn a_server_that_binds_nothing_all_the_same_signs_nobody_in_who_requires_it() {
    for how in [How::Page, How::Popup] {
        for is_required in [false, true] {
            let mut world = World::binding(is_required, None);
            world.server.forgets = true;
            let ticket = world.login(0, how);
            world.run();
            let url = world.consent(0);
            if how == How::Page {
                world.reload(0, &url, None);
            } else {
                world.feed(0, Input::Relayed(Secret::new(url)));
            }
            world.run();
            assert_eq!(world.is_in(0), !is_required);
            if is_required && how == How::Page {
                assert_eq!(world.code(0), Some("token_type_unknown"));
            } else if is_required {
                assert_eq!(world.end(0, ticket), "token_type_unknown");
            }
        }
    }
}
