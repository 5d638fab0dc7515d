//! Refreshing, and several tabs.

use super::*;

fn one(keep: Option<Area>) -> World {
    let mut world = World::new(keep, 1);
    world.share_a_session();
    world
}

#[test]
fn many_who_want_a_token_are_one_request() {
    let mut world = one(None);
    let tickets = [world.token(0), world.token(0), world.token(0)];
    world.run();
    for ticket in tickets {
        assert_eq!(world.end(0, ticket), "at1");
    }
    assert_eq!(world.server.seen, ["/oauth2/token"]);
    let next = world.token(0);
    assert_eq!(world.end(0, next), "at1");
}

#[test]
fn a_lost_answer_is_a_doubt_and_a_second_try() {
    let mut world = one(None);
    world.server.has_grace = true;
    let ticket = world.token(0);
    world.grant();
    world.lose(0, Delivery::Unknown, true);
    assert_eq!((world.status(0), world.end(0, ticket).as_str()), ("stale", "waits"));
    world.run();
    assert_eq!((world.status(0), world.end(0, ticket).as_str()), ("in", "at1"));
}

#[test]
fn a_server_that_stumbles_is_left_alone_for_a_while_and_asked_again() {
    let mut world = one(None);
    world.server.status = 503;
    let ticket = world.token(0);
    world.run();
    assert_eq!((world.status(0), world.end(0, ticket).as_str()), ("stale", "server_error"));
    let count = world.server.seen.len();
    let next = world.token(0);
    world.run();
    assert_eq!(world.end(0, next), "server_error");
    assert_eq!(world.server.seen.len(), count, "it rests");
    world.server.status = 200;
    let wake = world.tabs[0].wake.unwrap();
    world.mono = wake;
    world.feed(0, Input::Tick);
    world.run();
    assert_eq!(world.status(0), "in");
}

#[test]
fn without_a_network_nobody_is_signed_out() {
    let mut world = one(None);
    let ticket = world.token(0);
    world.grant();
    world.lose(0, Delivery::NotSent, false);
    assert_eq!((world.status(0), world.end(0, ticket).as_str()), ("stale", "offline"));
    world.feed(0, Input::Online);
    world.run();
    assert_eq!(world.status(0), "in");
}

#[test]
fn a_page_that_cannot_find_the_server_says_so_and_looks_again_by_itself() {
    let keep = Some(Area::Local);
    let mut world = one(keep);
    world.reload(0, HOME, keep);
    let emits = world.tabs[0].emits;
    let ticket = world.token(0);
    world.lose(0, Delivery::NotSent, false);
    assert_eq!((world.status(0), world.end(0, ticket).as_str()), ("stale", "offline"));
    assert!(world.tabs[0].emits > emits);
    let wake = world.tabs[0].wake.unwrap();
    world.mono = wake;
    world.feed(0, Input::Tick);
    assert_eq!(world.tabs[0].wake, Some(wake), "nothing more to wait for");
    world.run();
    assert_eq!(world.status(0), "in");
}

#[test]
fn a_server_that_says_no_ends_the_session_in_every_tab() {
    for keep in [None, Some(Area::Session), Some(Area::Local)] {
        let mut world = World::new(keep, 2);
        world.share_a_session();
        world.server.refusal = Some("invalid_grant");
        let ticket = world.token(0);
        world.run();
        assert_eq!(world.end(0, ticket), "session_revoked");
        assert_eq!((world.status(0), world.code(0)), ("revoked", Some("session_revoked")));
        assert_eq!(world.status(1), "other-tab");
    }
}

#[test]
fn a_token_that_an_api_refuses_is_not_handed_out_again() {
    let mut world = one(None);
    let first = world.token(0);
    world.run();
    assert_eq!(world.end(0, first), "at1");
    world.feed(0, Input::Challenged(Secret::new("at0")));
    let second = world.token(0);
    assert_eq!(world.end(0, second), "at1", "a token of before is past");
    world.feed(0, Input::Challenged(Secret::new("at1")));
    let (third, fourth) = (world.token(0), world.token(0));
    world.run();
    assert_eq!((world.end(0, third), world.end(0, fourth)), ("at2".into(), "at2".into()));
    assert_eq!(world.server.seen.len(), 2);
}

#[test]
fn tabs_refresh_once_though_no_word_arrives() {
    for keep in [None, Some(Area::Session), Some(Area::Local)] {
        let mut world = World::new(keep, 2);
        world.share_a_session();
        let (one, other) = (world.token(0), world.token(1));
        world.grant();
        world.answer(0);
        assert_eq!(world.end(0, one), "at1");
        world.tabs[1].inbox.clear();
        world.run_out();
        assert_eq!(world.end(1, other), "at1", "{keep:?}");
        assert_eq!((world.server.turn, world.server.was_robbed), (1, false));
    }
}

#[test]
fn a_tab_that_was_overtaken_by_one_that_is_gone_does_not_look_like_a_thief() {
    let mut world = World::new(None, 2);
    world.share_a_session();
    world.token(0);
    world.run();
    let other = world.token(1);
    assert_eq!(world.end(1, other), "at1");

    world.pass(4000);
    world.token(0);
    world.grant();
    world.answer(0);
    world.close(0);
    world.tabs[1].inbox.clear();
    let late = world.token(1);
    world.run_out();
    assert_eq!((world.end(1, late).as_str(), world.status(1)), ("session_gone", "expired"));
    assert!(!world.server.was_robbed);
}

#[test]
fn a_new_tab_is_told_who_is_signed_in() {
    for keep in [None, Some(Area::Session), Some(Area::Local)] {
        let mut world = World::new(keep, 1);
        world.start(0);
        world.sign_in(0, keep);
        let new = world.open(keep);
        let ticket = world.start(new);
        world.run();
        assert_eq!(
            (world.status(new), world.end(new, ticket).as_str()),
            ("in", "done"),
            "{keep:?}"
        );

        world.logout(0);
        world.run();
        assert_eq!((world.status(0), world.status(new)), ("user", "other-tab"));
    }
}

#[test]
fn a_tab_that_was_away_while_the_user_signed_out_does_not_sign_in_again() {
    let keep = Some(Area::Session);
    let mut world = World::new(keep, 2);
    world.start(0);
    world.sign_in(0, keep);
    world.start(1);
    world.run();
    world.tabs[1].is_open = false;
    world.logout(0);
    world.run();
    assert!(world.tabs[1].session.keys().any(|name| name.ends_with("session")));
    world.reload(1, HOME, keep);
    world.run_out();
    assert_eq!(world.status(1), "other-tab");
    assert!(!world.tabs[1].session.keys().any(|name| name.ends_with("session")));
    world.reload(1, HOME, keep);
    assert_eq!(world.status(1), "never");

    world.sign_in(0, keep);
    world.reload(0, HOME, keep);
    assert_eq!(world.status(0), "in", "whoever signs in again is in");
}

#[test]
fn a_new_tab_waits_a_moment_for_tabs_that_are_gone() {
    let mut world = World::new(None, 1);
    world.start(0);
    world.sign_in(0, None);
    world.close(0);
    let new = world.open(None);
    let ticket = world.start(new);
    world.run();
    assert_eq!(world.end(new, ticket), "waits");
    let wake = world.tabs[new].wake.take().unwrap();
    world.mono = wake.checked_sub(Duration::from_millis(1)).unwrap();
    world.feed(new, Input::Tick);
    assert_eq!(world.tabs[new].wake, Some(wake), "a timer that was early is set again");
    world.run_out();
    assert_eq!((world.status(new), world.end(new, ticket).as_str()), ("never", "done"));
}

#[test]
fn what_is_said_late_of_a_session_that_is_over_signs_nobody_in() {
    let mut world = World::new(None, 2);
    world.share_a_session();
    world.token(0);
    world.grant();
    world.logout(1);
    assert_eq!(world.status(1), "user");
    world.run_out();
    assert_eq!((world.status(0), world.status(1)), ("other-tab", "user"));
    assert!(world.server.is_revoked);
}

#[test]
fn the_last_login_is_everybodys_whatever_is_refreshed_meanwhile() {
    for keep in [None, Some(Area::Local)] {
        let mut world = World::new(keep, 2);
        world.share_a_session();
        world.token(1);
        world.grant();
        world.login(0, How::Popup);
        world.answer(0);
        let url = world.consent(0);
        world.feed(0, Input::Relayed(Secret::new(url)));
        while !world.tabs[0].http.is_empty() {
            world.answer(0);
        }
        // The old session's answer comes after the new login.
        world.answer(1);
        world.run_out();
        let login = |world: &World, tab: usize| {
            world.tabs[tab].machine.live.as_ref().unwrap().login.clone()
        };
        assert_ne!(login(&world, 0), "login");
        assert_eq!(login(&world, 0), login(&world, 1), "{keep:?}");
    }
}

#[test]
fn a_lock_that_nobody_gets_fails_whoever_waits_and_nothing_else() {
    let mut world = one(None);
    let ticket = world.token(0);
    let (_, id) = world.queue.pop_front().unwrap();
    world.feed(0, Input::LockTimedOut(id));
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("timeout", "in"));
    let again = world.token(0);
    world.run();
    assert_eq!(world.end(0, again), "at1");
}

#[test]
fn a_store_that_was_emptied_is_a_sign_out() {
    let mut world = one(Some(Area::Local));
    world.local.clear();
    let ticket = world.token(0);
    world.run();
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("session_gone", "storage-lost"));
}

#[test]
fn a_record_that_cannot_be_read_may_stand_for_newer_tokens_and_stays() {
    let mut world = one(Some(Area::Local));
    let (_, name) = world.tabs[0].machine.common();
    world.local.insert(name.clone(), "of a later version".into());
    let ticket = world.token(0);
    world.run();
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("session_gone", "storage-lost"));
    assert!(world.server.seen.is_empty() && world.local.contains_key(&name));
    assert_eq!(world.lock, None);
}

#[test]
fn nobody_waits_for_ever_who_has_stopped_waiting() {
    let mut world = one(None);
    let ticket = world.token(0);
    world.feed(0, Input::Cancel(ticket));
    assert_eq!(world.end(0, ticket), "aborted");
    world.run();
    assert_eq!(world.server.turn, 1, "the tokens that came are kept");
}

#[test]
fn a_record_that_is_none_or_lacks_the_proof_signs_nobody_in() {
    let keep = Some(Area::Local);
    let at = UnixTime::from_secs(NOW);
    let unproved = Tokens { identity: None, ..tokens() };
    let kept = Kept { login: "x".into(), born: at, turn: 0, since: at, tokens: unproved };
    for value in [tabs::record(&Live::of(kept)), Secret::new("AAAA"), Secret::new("!")] {
        let mut world = World::new(keep, 1);
        let (_, name) = world.tabs[0].machine.common();
        world.local.insert(name, value.expose().into());
        world.start(0);
        assert_eq!(world.status(0), "never");
        world.feed(0, Input::Heard(tabs::tell(&value)));
        assert_eq!(world.status(0), "never");
    }
}

#[test]
fn what_was_read_before_news_came_is_read_again() {
    let mut world = one(None);
    world.token(0);
    let (_, lock) = world.queue.pop_front().unwrap();
    let (now, machine) = (world.now(), &mut world.tabs[0].machine);
    machine.handle(now, Input::Locked(lock));
    let Some(Effect::Read(read, ..)) = machine.poll() else { panic!("nothing is read") };
    let old = tabs::mark(machine.live.as_ref().unwrap());

    let mut newer = tokens();
    newer.refresh_token = Some(Secret::new("rt 1"));
    let at = UnixTime::from_secs(NOW);
    let kept = Kept { login: "login".into(), born: at, turn: 1, since: at, tokens: newer };
    let newer = tabs::tell(&tabs::record(&Live::of(kept)));
    machine.handle(now, Input::Heard(newer));
    machine.handle(now, Input::Took(read, Some(old)));
    let again = core::iter::from_fn(|| machine.poll()).find(|e| matches!(e, Effect::Read(..)));
    assert!(again.is_some(), "the mark of before says nothing about the tokens that came");
}

#[test]
fn a_store_that_is_slow_to_show_what_was_written_overtakes_nobody() {
    let mut world = World::new(None, 2);
    world.share_a_session();
    let old = world.local.clone();
    world.token(0);
    world.run();
    world.local = old;
    world.pass(4000);
    let ticket = world.token(1);
    world.run();
    assert_eq!(world.end(1, ticket), "at2");
    assert!(!world.server.was_robbed);
}

#[test]
fn who_signs_out_or_in_while_overtaken_does_not_wait_for_the_others() {
    for (signs_in, end) in [(false, "user"), (true, "in")] {
        let mut world = World::new(None, 2);
        world.share_a_session();
        world.token(0);
        world.grant();
        world.answer(0);
        world.close(0);
        world.tabs[1].inbox.clear();
        world.token(1);
        world.grant();
        assert!(world.tabs[1].machine.asks_until.is_some());
        if signs_in {
            world.login(1, How::Popup);
            let url = world.consent(1);
            world.feed(1, Input::Relayed(Secret::new(url)));
        } else {
            world.logout(1);
        }
        world.run_out();
        assert_eq!((world.status(1), world.lock), (end, None));
    }
}
