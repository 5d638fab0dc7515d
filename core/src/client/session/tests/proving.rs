//! Tokens that are bound to a key.

use super::*;
use crate::client::testing::client;

const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;
const OTHER: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

impl World {
    /// Other bytes for each page.
    pub(super) fn seed(&self) -> Entropy {
        Entropy::new([self.tabs.len().to_le_bytes()[0]; 32])
    }
}

fn world(is_required: bool, keep: Option<Area>) -> World {
    let mut world = World::new(keep, 0);
    world.key = ProofKey::parse(KEY, is_required);
    world.open(keep);
    world.server.binds = true;
    world.start(0);
    world
}

#[test]
fn a_login_and_a_refresh_prove_the_key_and_the_token_is_bound() {
    let mut world = world(false, None);
    world.login(0, How::Page);
    world.run();
    let (_, url) = world.tabs[0].left.last().unwrap();
    let jkt = world.key.as_ref().unwrap().jkt().to_text();
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
    let mut world = world(false, None);
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
    let mut world = world(false, None);
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
    let mut world = world(false, None);
    world.sign_in(0, None);
    let url = "https://api.test/tasks";
    world.feed(0, Input::Nonce { url: "https://api.test/x".into(), nonce: "n".into() });
    let ticket = world.ticket(0);
    let (method, token) = ("PATCH".into(), Secret::new("at0"));
    world.feed(0, Input::Prove { ticket, method, url: url.into(), token: token.clone() });
    let proof = crate::wire::dpop::Proof::parse(&world.end(0, ticket)).unwrap();
    assert!(proof.is_for(url) && proof.is_with(&token));
    assert_eq!((proof.htm.as_str(), proof.nonce.as_deref()), ("PATCH", Some("n")));
}

#[test]
fn a_key_that_does_not_sign_any_more_ends_what_it_is_wanted_for() {
    let mut world = world(false, Some(Area::Local));
    world.sign_in(0, Some(Area::Local));
    world.signs = false;
    let ticket = world.ticket(0);
    let (method, url) = ("GET".into(), "https://api.test/".into());
    world.feed(0, Input::Prove { ticket, method, url, token: Secret::new("at0") });
    assert_eq!(world.end(0, ticket), "dpop_key_lost");
    world.pass(4000);
    let ticket = world.token(0);
    world.run();
    assert_eq!(world.end(0, ticket), "dpop_key_lost");
    assert_eq!((world.status(0), world.code(0)), ("storage-lost", Some("dpop_key_lost")));
    assert_eq!(world.lock, None);

    let mut world = self::world(false, None);
    let url = world.leave(0);
    world.signs = false;
    world.reload(0, &url, None);
    world.run();
    assert_eq!(world.code(0), Some("dpop_key_lost"));
}

#[test]
fn tokens_whose_key_is_gone_are_not_taken_up_again() {
    let mut world = world(false, Some(Area::Local));
    world.sign_in(0, Some(Area::Local));
    world.reload(0, HOME, Some(Area::Local));
    assert!(world.is_in(0) && world.tabs[0].machine.is_bound());
    for key in [ProofKey::parse(OTHER, false), None] {
        world.key = key;
        world.reload(0, HOME, Some(Area::Local));
        world.run_out();
        assert_eq!((world.status(0), world.code(0)), ("storage-lost", Some("dpop_key_lost")));
    }
}

#[test]
fn tabs_with_one_key_share_tokens_and_one_with_another_takes_none() {
    let mut world = world(false, None);
    world.sign_in(0, None);
    let second = world.open(None);
    world.start(second);
    world.run_out();
    assert!(world.is_in(second));
    world.key = ProofKey::parse(OTHER, false);
    let third = world.open(None);
    world.start(third);
    world.run_out();
    assert!(!world.is_in(third));
    // Both are signed in then, each with a key of its own, and neither corrects the other.
    world.sign_in(third, None);
    assert!(world.is_in(0) && world.is_in(second) && world.is_in(third));
    assert!(world.tabs.iter().all(|tab| tab.inbox.is_empty()));
}

#[test]
fn tokens_that_went_on_with_another_key_are_not_sent_again() {
    let keep = Some(Area::Local);
    let mut world = world(false, keep);
    world.sign_in(0, keep);
    let live = world.tabs[0].machine.live.as_ref().unwrap();
    let mut kept = Kept::decode(tabs::record(live).expose(), &profile()).unwrap();
    kept.turn += 1;
    kept.tokens.jkt = ProofKey::parse(OTHER, false).map(|key| key.jkt());
    let theirs = tabs::record(&Live::of(kept)).expose().to_string();
    let (_, name) = world.tabs[0].machine.common();
    world.local.insert(name.clone(), theirs.clone());
    world.pass(4000);
    let ticket = world.token(0);
    world.run();
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("session_gone", "storage-lost"));
    assert_eq!((world.local.get(&name), world.lock), (Some(&theirs), None));
    assert_eq!(world.server.turn, 0, "nothing was sent");
}

#[test]
fn what_the_app_requires_and_the_server_does_not_do_is_said_before_anybody_leaves() {
    let mut world = world(true, None);
    world.server.binds = false;
    let ticket = world.login(0, How::Page);
    world.run();
    assert_eq!(world.end(0, ticket), "unsupported");
    assert!(world.tabs[0].left.is_empty());

    let mut world = self::world(false, None);
    world.server.binds = false;
    world.sign_in(0, None);
    assert!(!world.tabs[0].machine.is_bound() && world.server.proofs.is_empty());
}

#[test]
fn a_token_that_is_not_bound_will_not_do_where_the_app_requires_it() {
    let key = |is_required| {
        let mut client = client();
        client.profile.dpop = ProofKey::parse(KEY, is_required);
        client
    };
    let refreshable = || Tokens { refresh_token: Some(Secret::new("rt")), ..tokens() };
    let answer = |client: Client, kind: &str| {
        let ask = client.refresh(refreshable(), crate::client::Renewal::default()).unwrap();
        let body = format!(r#"{{"access_token":"a","token_type":"{kind}"}}"#);
        let response = crate::client::testing::json_response(200, &body);
        let answer = ask.unsigned().unwrap().answer(&response, UnixTime::from_secs(NOW));
        answer.map(|tokens| tokens.jkt.is_some()).map_err(|unrefreshed| unrefreshed.error)
    };
    assert_eq!(answer(key(true), "dpop"), Ok(true));
    assert_eq!(answer(key(false), "Bearer"), Ok(false));
    assert!(answer(key(true), "Bearer").is_err());
    assert!(answer(client(), "DPoP").is_err());
}
