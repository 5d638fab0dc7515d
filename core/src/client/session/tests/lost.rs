//! Keys that are gone, and tokens of which a page has no use.

use super::keys::any_key;
use super::*;

/// Somebody else puts other tokens where those of the first tab are: the place, and what is there now.
fn overwrite(world: &mut World, change: impl FnOnce(&mut Kept)) -> (String, String) {
    let machine = &world.tabs[0].machine;
    let record = tabs::record(machine.live.as_ref().unwrap());
    let mut kept = Kept::decode(record.expose(), &profile()).unwrap();
    change(&mut kept);
    let (_, name) = machine.common();
    let theirs = tabs::record(&Live::of(kept)).expose().to_string();
    world.local.insert(name.clone(), theirs.clone());
    (name, theirs)
}

#[test]
fn tokens_whose_key_is_gone_are_not_taken_up_again() {
    let mut world = World::binding(false, Some(Area::Local));
    world.sign_in(0, Some(Area::Local));
    world.reload(0, HOME, Some(Area::Local));
    assert!(world.is_in(0) && world.tabs[0].machine.is_bound());
    let keys = core::mem::take(&mut world.keys);
    for proves in [Some(false), None] {
        world.proves = proves;
        world.reload(0, HOME, Some(Area::Local));
        world.run_out();
        assert_eq!((world.status(0), world.code(0)), ("storage-lost", Some("dpop_key_lost")));
    }
    (world.keys, world.proves) = (keys, Some(false));
    world.reload(0, HOME, Some(Area::Local));
    assert!(world.is_in(0), "the key is there again");
}

#[test]
fn where_a_key_is_required_tokens_without_one_are_not_taken_up() {
    let keep = Some(Area::Local);
    let mut world = World::new(keep, 1);
    world.start(0);
    world.sign_in(0, keep);
    world.proves = Some(false);
    world.reload(0, HOME, keep);
    assert!(world.is_in(0));
    world.proves = Some(true);
    world.reload(0, HOME, keep);
    world.run_out();
    assert_eq!((world.status(0), world.code(0)), ("storage-lost", Some("dpop_key_lost")));
}

#[test]
fn tokens_that_went_on_with_a_key_are_not_sent_again_without_it() {
    let keep = Some(Area::Local);
    let mut world = World::new(keep, 1);
    world.start(0);
    world.sign_in(0, keep);
    let (name, theirs) = overwrite(&mut world, |kept| {
        kept.turn += 1;
        kept.tokens.key = Some(any_key(false));
    });
    world.pass(4000);
    let ticket = world.token(0);
    world.run();
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("session_gone", "storage-lost"));
    assert_eq!((world.local.get(&name), world.lock), (Some(&theirs), None));
    assert_eq!(world.server.turn, 0, "nothing was sent");
}

#[test]
fn a_tab_that_missed_a_later_login_finds_that_its_key_is_gone_and_takes_that_up() {
    let mut world = World::binding(false, None);
    world.sign_in(0, None);
    let second = world.join(None);
    world.pass(LONGEST_LOGIN.as_secs());
    world.tabs[0].is_open = false;
    world.sign_in(second, None);
    world.tabs[0].is_open = true;
    world.tabs[0].used.clear();
    let ticket = world.prove(0);
    assert_eq!(world.end(0, ticket), "dpop_key_lost");
    let ticket = world.token(0);
    world.run_out();
    assert_eq!(world.end(0, ticket), "at0");
    assert!(world.is_in(0));
    let tokens = world.tabs[0].machine.live.as_ref().unwrap().session.tokens();
    assert_eq!(tokens.key, Some(world.key()));
}

/// Two tabs that are signed in, and know their server.
fn two(keep: Option<Area>) -> World {
    let mut world = World::binding(true, keep);
    world.sign_in(0, keep);
    world.join(keep);
    for tab in 0..2 {
        world.tabs[tab].machine.client = Client::new(profile(), world.server.described()).ok();
        assert!(world.is_in(tab));
    }
    world
}

#[test]
fn a_login_without_a_key_signs_nobody_in_where_one_is_required() {
    for before in [None, Some(true)] {
        let mut world = World::new(None, 0);
        world.proves = before;
        world.server.binds = before.is_some();
        world.open(None);
        world.start(0);
        let url = world.leave(0);
        for (name, value) in &mut world.tabs[0].session {
            if name.contains(".login.") {
                *value = value.split(' ').next().unwrap().to_owned();
            }
        }
        world.server.binds = false;
        world.proves = Some(true);
        world.reload(0, &url, None);
        world.run();
        assert_eq!((world.is_in(0), world.code(0)), (false, Some("dpop_key_lost")));
    }
}

#[test]
fn a_tab_that_cannot_sign_any_more_leaves_alone_what_others_wrote() {
    let keep = Some(Area::Local);
    let mut world = two(keep);
    world.pass(4000);
    world.keys_are_slow = true;
    let ticket = world.token(1);
    assert!(world.grant());
    world.log_in(0);
    world.tabs[1].used.clear();
    assert!(world.store(1));
    assert_eq!(world.end(1, ticket), "dpop_key_lost");
    world.run_out();
    assert!(world.is_in(0) && world.is_in(1), "it has heard of the others' tokens");
    world.pass(4000);
    let ticket = world.token(0);
    world.run_out();
    assert_eq!(world.end(0, ticket), "at1");
}

#[test]
fn tokens_whose_key_is_elsewhere_stay_where_they_are() {
    let keep = Some(Area::App);
    let mut world = World::binding(true, keep);
    world.sign_in(0, keep);
    let (name, theirs) = overwrite(&mut world, |kept| {
        (kept.born, kept.login) = (kept.born + Duration::from_secs(9), "later".into());
        kept.tokens.key = Some(any_key(true));
    });
    world.pass(4000);
    let ticket = world.token(0);
    world.run_out();
    assert_eq!(world.end(0, ticket), "dpop_key_lost");
    assert_eq!(world.local.get(&name), Some(&theirs));
}

#[test]
fn a_session_without_a_key_takes_none_away_from_one_that_has_one() {
    let mut world = World::binding(true, None);
    world.sign_in(0, None);
    world.proves = Some(false);
    let second = world.open(None);
    world.start(second);
    world.tabs[0].inbox.clear();
    world.run_out();
    world.pass(LONGEST_LOGIN.as_secs());
    world.server.binds = false;
    world.sign_in(second, None);
    assert!(!world.tabs[second].machine.is_bound());
    let ticket = world.prove(0);
    assert!(world.end(0, ticket).contains('.'));
}

#[test]
fn a_key_that_comes_while_others_tell_who_is_in_is_no_fault() {
    let keep = Some(Area::Session);
    let mut world = two(keep);
    world.pass(1000);
    world.tabs[1].is_open = false;
    world.log_in(0);
    world.tabs[1].is_open = true;
    world.keys_are_slow = true;
    world.load(1, HOME, keep);
    world.start(1);
    let live = world.tabs[0].machine.live.as_ref().unwrap();
    let newer = tabs::tell(&tabs::record(live));
    world.feed(1, Input::Heard(newer));
    world.run_out();
    assert_eq!((world.status(1), world.code(1)), ("in", None));
}

#[test]
fn a_refresh_into_tokens_without_a_key_ends_the_session() {
    let keep = Some(Area::Local);
    let mut world = World::binding(false, keep);
    world.sign_in(0, keep);
    world.server.forgets = true;
    world.pass(4000);
    let ticket = world.token(0);
    world.run_out();
    assert_eq!(world.end(0, ticket), "token_type_unknown");
    assert_eq!((world.status(0), world.server.was_robbed), ("revoked", false));
    assert_eq!(world.keys.len(), 0);
}
