//! One tab, rule by rule.

use super::*;

pub(super) const KEEPS: [Option<Area>; 3] = [None, Some(Area::Session), Some(Area::Local)];

#[test]
fn a_page_that_nobody_signed_in_on_asks_nobody() {
    for keep in KEEPS {
        let mut world = World::new(keep, 1);
        let ticket = world.start(0);
        assert_eq!((world.status(0), world.end(0, ticket).as_str()), ("never", "done"));
        assert!(world.server.seen.is_empty() && world.tabs[0].inbox.is_empty());
        let again = world.start(0);
        assert_eq!(world.end(0, again), "done");
    }
}

#[test]
fn a_user_signs_in_and_back_reload_and_the_same_callback_twice_succeed() {
    for keep in KEEPS {
        let mut world = World::new(keep, 1);
        world.start(0);
        let leaving = world.login(0, How::Page);
        assert_eq!(world.status(0), "leaving");
        world.run();
        assert_eq!(world.end(0, leaving), "done");
        let url = world.consent(0);
        world.reload(0, &url, keep);
        let again = world.start(0);
        assert_eq!(world.tabs[0].url, HOME, "the URL is clean before anything else");
        world.run();
        assert_eq!((world.status(0), world.end(0, again).as_str()), ("in", "done"));
        assert_eq!(world.tabs[0].url, "https://app.test/tasks");
        let count =
            |world: &World| world.server.seen.iter().filter(|p| *p == "/oauth2/token").count();
        assert_eq!(count(&world), 1);

        world.reload(0, &url, keep);
        world.run_out();
        assert_eq!((world.tabs[0].url.as_str(), world.code(0)), ("https://app.test/tasks", None));
        assert_eq!(count(&world), 1, "the code went out once");
        assert_eq!(world.is_in(0), keep.is_some());

        world.pass(600);
        world.reload(0, &url, keep);
        world.run_out();
        assert_eq!(world.code(0), Some("state_unknown"), "the receipt is too old");
        assert_eq!(world.is_in(0), keep.is_some(), "and signs nobody out");
    }
}

#[test]
fn two_pages_on_one_callback_redeem_it_once() {
    let mut world = World::new(None, 1);
    world.start(0);
    let url = world.leave(0);
    // The tab was duplicated before the first could take the login.
    let twin = world.open(None);
    world.tabs[0].session.retain(|name, _| !name.contains("metadata"));
    world.tabs[twin].session = world.tabs[0].session.clone();
    world.local = core::mem::take(&mut world.tabs[twin].session);
    world.tabs[0].session.clear();
    world.reload(0, &url, None);
    world.tabs[twin].url = url;
    world.start(twin);
    world.run_out();
    assert_eq!(world.server.seen.iter().filter(|path| *path == "/oauth2/token").count(), 1);
    assert!(world.is_in(0) && world.is_in(twin), "{} {}", world.status(0), world.status(twin));
    assert_eq!(world.code(twin), None);
}

#[test]
fn a_callback_that_nobody_asked_for_changes_nothing() {
    let forged = [
        ("https://app.test/cb?code=c&state=guessed", Some("state_unknown")),
        ("https://app.test/cb?error=access_denied&state=guessed", Some("state_unknown")),
        ("https://app.test/cb?code=c&state=a&state=b", Some("param_repeated")),
        ("https://app.test/cb?code=%zz&state=a", Some("response_malformed")),
        ("https://app.test/cb?code=SUMMER", None),
        ("https://app.test/cb#state=open", None),
        ("https://app.test/other?code=c&state=guessed", None),
    ];
    for (url, code) in forged {
        let mut world = World::new(Some(Area::Local), 1);
        world.start(0);
        world.sign_in(0, Some(Area::Local));
        let before = world.local.clone();
        world.reload(0, url, Some(Area::Local));
        world.run();
        assert_eq!((world.status(0), world.code(0)), ("in", code), "{url}");
        assert_eq!(world.tabs[0].url, url, "left where it is");
        assert_eq!(world.local, before);
        assert_eq!(world.server.seen.iter().filter(|path| *path == "/oauth2/token").count(), 1);
    }
}

#[test]
fn a_callback_that_is_broken_on_the_way_leaves_the_login_waiting() {
    let mut world = World::new(None, 1);
    world.start(0);
    let good = world.leave(0);
    let no_state = "https://app.test/cb?code=c&iss=https%3A%2F%2Fas.test".to_string();
    for (url, code) in [
        (format!("{good}&code=theirs"), "param_repeated"),
        (format!("{good}#access_token=theirs"), "response_malformed"),
        (no_state, "state_unknown"),
    ] {
        world.reload(0, &url, None);
        world.run();
        assert_eq!((world.status(0), world.code(0)), ("failed", Some(code)), "{url}");
        assert_eq!(world.tabs[0].url, HOME, "the URL is clean");
    }
    world.reload(0, &good, None);
    world.run();
    assert!(world.is_in(0));
}

type Breaks = fn(&mut World);

#[test]
fn a_login_that_fails_says_why_and_nobody_is_signed_in() {
    let broken: [(&str, Breaks); 5] = [
        ("id_token_signature", |world| world.server.good_signature = false),
        ("id_token_nonce", |world| world.server.nonce = "other".into()),
        ("state_expired", |world| world.pass(900)),
        // A clock that is wrong by a day, be it ours or theirs, is not believed.
        ("id_token_expired", |world| world.server.now -= 86_400),
        ("id_token_iat", |world| world.server.now += 86_400),
    ];
    for (code, breaks) in broken {
        let mut world = World::new(None, 1);
        world.start(0);
        let url = world.leave(0);
        breaks(&mut world);
        world.reload(0, &url, None);
        world.run();
        assert_eq!((world.status(0), world.code(0)), ("failed", Some(code)));
        let ticket = world.token(0);
        assert_eq!(world.end(0, ticket), "session_gone");
    }
}

#[test]
fn the_user_who_says_no_is_asked_about_it() {
    let mut world = World::new(None, 1);
    world.start(0);
    let url = world.leave(0).replace("code=c", "error=access_denied");
    world.reload(0, &url, None);
    world.run();
    assert_eq!((world.status(0), world.code(0)), ("refused", Some("access_denied")));
}

#[test]
fn a_record_goes_down_the_ladder_until_one_rung_holds() {
    let rungs = [vec![], vec![Area::Session], vec![Area::Session, Area::Local]];
    for denied in rungs {
        let mut world = World::new(None, 1);
        world.denied = denied;
        world.start(0);
        world.sign_in(0, None);
    }
    let mut world = World::new(None, 1);
    world.denied = vec![Area::Session, Area::Local, Area::Cookie];
    world.start(0);
    let ticket = world.login(0, How::Page);
    world.run();
    assert_eq!(world.end(0, ticket), "storage_denied");
    assert_eq!((world.status(0), world.code(0)), ("failed", Some("storage_denied")));
    assert!(world.tabs[0].left.is_empty());
}

#[test]
fn a_third_login_in_a_minute_that_comes_to_nothing_is_a_loop() {
    let mut world = World::new(None, 1);
    world.start(0);
    for _ in 0..2 {
        let url = world.leave(0).replace("code=c", "error=server_error");
        world.reload(0, &url, None);
        world.run();
        world.pass(5);
    }
    let third = world.login(0, How::Page);
    assert_eq!(world.end(0, third), "login_loop");
    assert_eq!((world.status(0), world.code(0)), ("login-loop", Some("login_loop")));
    assert_eq!(world.tabs[0].machine.fault().unwrap().subject(), Some("server_error"));
    world.pass(60);
    world.sign_in(0, None);
    world.sign_in(0, None);
    world.sign_in(0, None);
}

#[test]
fn what_was_written_by_a_clock_that_was_ahead_is_no_evidence() {
    let mut world = World::new(None, 1);
    world.wall += 86_400;
    world.start(0);
    for _ in 0..2 {
        let url = world.leave(0).replace("code=c", "error=server_error");
        world.reload(0, &url, None);
        world.run();
    }
    let ahead = format!(".{}", NOW + 86_400);
    assert!(world.tabs[0].session.keys().any(|name| name.contains(&ahead)));
    world.wall = NOW;
    world.reload(0, HOME, None);
    let count = world.server.seen.len();
    world.sign_in(0, None);
    assert!(!world.tabs[0].session.keys().any(|name| name.contains(&ahead)));
    assert_eq!(world.server.seen[count], "/.well-known/openid-configuration");
}

#[test]
fn few_logins_wait_in_cookies() {
    let mut world = World::new(None, 1);
    world.denied = vec![Area::Session, Area::Local];
    world.start(0);
    for _ in 0..4 {
        world.login(0, How::Page);
        world.run();
        world.feed(0, Input::Back);
        world.pass(31);
    }
    assert_eq!(world.cookies.keys().filter(|name| name.contains(".login.")).count(), 2);
    let url = world.consent(0);
    world.reload(0, &url, None);
    world.run();
    assert!(world.is_in(0), "the last is there");
}

#[test]
fn logins_of_one_tab_do_not_disturb_each_other_and_do_not_pile_up() {
    let mut world = World::new(None, 1);
    world.start(0);
    let first = world.leave(0);
    let nonce = world.server.nonce.clone();
    world.feed(0, Input::Back);
    assert_eq!(world.status(0), "refused");
    world.login(0, How::Page);
    world.run();
    world.server.nonce = nonce;
    world.reload(0, &first, None);
    world.run();
    assert!(world.is_in(0));

    for _ in 0..22 {
        world.pass(31);
        world.login(0, How::Page);
        world.run();
        world.feed(0, Input::Back);
    }
    let waiting =
        |world: &World| world.tabs[0].session.keys().filter(|n| n.contains("login")).count();
    assert_eq!(waiting(&world), super::super::MOST_LOGINS);
    world.pass(900);
    world.login(0, How::Page);
    world.run();
    assert_eq!(waiting(&world), 1);
}

#[test]
fn a_token_that_nothing_renews_ends_the_session_when_it_dies() {
    for keep in KEEPS {
        let mut world = World::new(keep, 1);
        world.server.gives_refresh = false;
        world.start(0);
        world.sign_in(0, keep);
        let ticket = world.token(0);
        assert_eq!(world.end(0, ticket), "at0");
        world.pass(3600);
        world.feed(0, Input::Tick);
        assert_eq!(world.status(0), "expired");
        world.reload(0, HOME, keep);
        world.run_out();
        assert_eq!(world.status(0), "never");
    }
}

#[test]
fn lifetimes_do_not_follow_a_clock_that_is_set_back() {
    let keep = Some(Area::Local);
    let mut world = World::new(keep, 1);
    world.server.gives_refresh = false;
    world.start(0);
    world.sign_in(0, keep);
    world.wall -= 100_000;
    world.mono += Duration::from_secs(3599);
    world.feed(0, Input::Tick);
    assert!(world.is_in(0));
    world.mono += Duration::from_secs(1);
    world.feed(0, Input::Tick);
    assert_eq!(world.status(0), "expired");

    let mut world = World::new(keep, 1);
    world.server.gives_refresh = false;
    world.start(0);
    world.sign_in(0, keep);
    world.wall -= 100_000;
    world.reload(0, HOME, keep);
    assert!(world.is_in(0));
    world.pass(3600);
    world.feed(0, Input::Tick);
    assert_eq!(world.status(0), "expired", "no token lives longer than it was given");
}

#[test]
fn a_page_that_finds_tokens_needs_no_server_until_they_are_dead() {
    let keep = Some(Area::Local);
    let mut world = World::new(keep, 1);
    world.start(0);
    world.sign_in(0, keep);
    let count = world.server.seen.len();
    let new = world.open(keep);
    world.start(new);
    let ticket = world.token(new);
    assert_eq!((world.status(new), world.end(new, ticket).as_str()), ("in", "at0"));
    world.pass(4000);
    let late = world.token(new);
    world.lose(new, Delivery::NotSent, false);
    assert_eq!((world.end(new, late).as_str(), world.is_in(new)), ("offline", true));
    assert_eq!(world.server.seen.len(), count);
    let again = world.token(new);
    world.run();
    assert_eq!(world.end(new, again), "at1");
}

#[test]
fn a_server_that_cannot_be_found_fails_the_login_and_not_the_page() {
    let mut world = World::new(None, 1);
    world.start(0);
    let ticket = world.login(0, How::Page);
    world.lose(0, Delivery::NotSent, false);
    assert_eq!(world.end(0, ticket), "discovery_unreachable");
    assert_eq!(world.status(0), "failed");
    world.sign_in(0, None);
}
