//! Logins in windows and frames, and those that are given up.

use super::*;

#[test]
fn a_login_in_a_window_stays_in_memory_and_comes_back_by_word() {
    let mut world = World::new(None, 1);
    world.start(0);
    let ticket = world.login(0, How::Popup);
    world.run();
    assert_eq!(world.tabs[0].left[0].0, How::Popup);
    assert!(!world.tabs[0].session.keys().any(|name| name.contains("login")));
    world.feed(0, Input::Relayed(Secret::new("https://app.test/relay?code=c&state=guessed")));
    let url = world.consent(0);
    world.feed(0, Input::Relayed(Secret::new(format!("{url}&code=theirs"))));
    assert_eq!(world.end(0, ticket), "waits");
    world.feed(0, Input::Relayed(Secret::new(url.clone())));
    world.feed(0, Input::Relayed(Secret::new(url)));
    world.run();
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("done", "in"));

    for (ends, code) in
        [(Input::Unopened as fn(_) -> _, "popup_blocked"), (Input::Cancel, "aborted")]
    {
        let ticket = world.login(0, How::Popup);
        world.run();
        world.feed(0, ends(ticket));
        assert_eq!((world.end(0, ticket).as_str(), world.status(0)), (code, "in"));
    }
}

#[test]
fn a_login_that_waits_for_the_metadata_can_be_given_up() {
    for how in [How::Page, How::Popup] {
        let mut world = World::new(None, 1);
        world.start(0);
        let (first, second) = (world.login(0, how), world.login(0, how));
        world.feed(0, Input::Cancel(first));
        let status = if how == How::Page { "leaving" } else { "never" };
        assert_eq!((world.end(0, first).as_str(), world.status(0)), ("aborted", status));
        world.feed(0, Input::Cancel(second));
        assert_eq!((world.end(0, second).as_str(), world.status(0)), ("aborted", "never"));
        let unopened = world.login(0, How::Popup);
        world.feed(0, Input::Unopened(unopened));
        assert_eq!(world.end(0, unopened), "popup_blocked");
        let third = world.login(0, how);
        assert_eq!(world.tabs[0].http.len(), 1, "it is asked for already");
        world.run();
        assert_eq!(world.tabs[0].left.len(), 1);
        assert_eq!(world.end(0, third), if how == How::Page { "done" } else { "waits" });
    }
}

#[test]
fn a_window_that_is_left_open_is_given_up_and_frames_are_not_blamed() {
    let mut world = World::new(None, 1);
    world.start(0);
    let ticket = world.login(0, How::Popup);
    world.run();
    world.pass(899);
    world.feed(0, Input::Tick);
    assert_eq!(world.end(0, ticket), "waits");
    world.pass(1);
    world.feed(0, Input::Tick);
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("state_expired", "never"));
    world.login(0, How::Frame);
    assert_eq!(world.tabs[0].left.last().unwrap().0, How::Frame);
}

#[test]
fn a_frame_that_does_not_come_back_is_tried_once() {
    let mut world = World::new(None, 1);
    world.start(0);
    let first = world.login(0, How::Frame);
    world.run_out();
    assert_eq!(world.end(0, first), "frame_refused");
    let second = world.login(0, How::Frame);
    assert_eq!((world.end(0, second).as_str(), world.tabs[0].left.len()), ("frame_refused", 1));
    assert_eq!(world.status(0), "never");
}

#[test]
fn a_frame_that_says_no_says_it_to_whoever_asked() {
    let mut world = World::new(None, 1);
    world.start(0);
    let ticket = world.login(0, How::Frame);
    world.run();
    let url = world.consent(0).replace("code=c", "error=login_required");
    world.feed(0, Input::Relayed(Secret::new(url)));
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("login_required", "never"));
    assert_eq!(world.code(0), None);
}
