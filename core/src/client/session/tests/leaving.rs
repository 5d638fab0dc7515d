//! Signing out, here and at the server.

use super::rules::KEEPS;
use super::*;
use crate::wire::discovery::ServerMetadata;

impl World {
    pub(super) fn logout(&mut self, tab: usize) -> Ticket {
        let ticket = self.ticket(tab);
        let page = Some("https://app.test/bye".into());
        self.feed(tab, Input::Logout { ticket, everywhere: true, page });
        ticket
    }
}

#[test]
fn a_user_who_signs_out_is_out_here_at_once_and_then_at_the_server() {
    for keep in KEEPS {
        let mut world = World::new(keep, 1);
        world.start(0);
        world.sign_in(0, keep);
        let ticket = world.logout(0);
        assert_eq!((world.status(0), world.end(0, ticket).as_str()), ("user", "waits"));
        assert!(
            !world.local.keys().chain(world.tabs[0].session.keys()).any(|n| n.contains("session"))
        );
        world.run();
        assert_eq!(world.end(0, ticket), "done");
        assert!(world.server.is_revoked);
        let (how, url) = world.tabs[0].left.last().unwrap();
        assert_eq!(*how, How::Page);
        assert!(url.starts_with("https://as.test/logout?id_token_hint="), "{url}");
        assert!(url.contains("post_logout_redirect_uri=https%3A%2F%2Fapp.test%2Fbye"), "{url}");
    }
}

#[test]
fn a_server_that_cannot_be_told_makes_the_sign_out_incomplete() {
    let mut world = World::new(None, 1);
    world.start(0);
    world.sign_in(0, None);
    let ticket = world.logout(0);
    world.grant();
    world.lose(0, Delivery::Unknown, false);
    world.run();
    assert_eq!((world.status(0), world.end(0, ticket).as_str()), ("user", "logout_incomplete"));
    let count = world.tabs[0].left.len();
    let again = world.logout(0);
    world.run();
    assert_eq!((world.end(0, again).as_str(), world.tabs[0].left.len()), ("done", count + 1));
}

#[test]
fn a_user_who_is_out_here_can_still_sign_out_at_the_server() {
    let mut world = World::new(None, 1);
    world.start(0);
    let ticket = world.ticket(0);
    world.feed(0, Input::Logout { ticket, everywhere: false, page: None });
    assert_eq!((world.end(0, ticket).as_str(), world.server.seen.len()), ("done", 0));

    let (first, second) = (world.logout(0), world.logout(0));
    assert_eq!(world.end(0, second), "done", "the first is on the way");
    world.run();
    assert_eq!((world.end(0, first).as_str(), world.lock), ("done", None));
    assert_eq!(world.tabs[0].left.len(), 1);
    let (how, url) = &world.tabs[0].left[0];
    assert_eq!(*how, How::Page);
    assert_eq!(
        url,
        "https://as.test/logout?client_id=app\
         &post_logout_redirect_uri=https%3A%2F%2Fapp.test%2Fbye"
    );
}

#[test]
fn a_sign_out_that_the_server_has_no_page_for_is_incomplete() {
    for is_in in [false, true] {
        let mut world = World::new(None, 1);
        world.start(0);
        if is_in {
            world.sign_in(0, None);
        }
        let described = ServerMetadata { end_session_endpoint: None, ..described() };
        world.tabs[0].machine.client = Client::new(profile(), described).ok();
        let left = world.tabs[0].left.len();
        let ticket = world.logout(0);
        world.run();
        assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("logout_incomplete", "user"));
        assert_eq!((world.tabs[0].left.len(), world.server.is_revoked), (left, is_in));
    }

    let mut world = World::new(None, 1);
    world.start(0);
    let ticket = world.logout(0);
    world.grant();
    world.lose(0, Delivery::NotSent, false);
    assert_eq!((world.end(0, ticket).as_str(), world.lock), ("logout_incomplete", None));
}

/// What the guide has an app do that signs in by itself.
fn signs_in_by_itself(world: &mut World) {
    if world.status(0) == "never" {
        world.login(0, How::Page);
        world.run();
    }
}

#[test]
fn an_app_that_signs_in_by_itself_leaves_once_whoever_stays_or_comes_back() {
    for comes_back in [true, false] {
        let mut world = World::new(None, 1);
        world.start(0);
        for _ in 0..4 {
            signs_in_by_itself(&mut world);
            world.pass(15);
            world.feed(0, if comes_back { Input::Back } else { Input::Tick });
            assert_eq!((world.status(0), world.code(0)), ("refused", None));
        }
        assert_eq!(world.tabs[0].left.len(), 1, "it is no loop: nobody begins anew");
        let url = world.leave(0);
        world.reload(0, &url, None);
        world.run();
        assert!(world.is_in(0), "who wants to may all the same");
    }
}

#[test]
fn who_stays_is_told_why_nobody_is_in_if_that_was_known() {
    let mut world = World::new(None, 1);
    world.start(0);
    world.sign_in(0, None);
    world.logout(0);
    world.run();
    world.login(0, How::Page);
    world.run();
    world.feed(0, Input::Back);
    assert_eq!(world.status(0), "user");
}

#[test]
fn a_page_that_does_not_leave_after_all_is_where_it_was_and_can_leave_again() {
    for keep in [None, Some(Area::Local)] {
        let mut world = World::new(keep, 1);
        world.share_a_session();
        for _ in 0..4 {
            let login = world.login(0, How::Page);
            world.run();
            assert_eq!((world.status(0), world.end(0, login).as_str()), ("leaving", "done"));
            world.pass(14);
            world.feed(0, Input::Tick);
            assert_eq!(world.status(0), "leaving", "the server may be slow");
            let emits = world.tabs[0].emits;
            let wake = world.tabs[0].wake.take().unwrap();
            world.pass(1);
            assert_eq!(wake, world.mono);
            world.feed(0, Input::Tick);
            assert_eq!((world.status(0), world.code(0)), ("in", None));
            assert_eq!(world.tabs[0].emits, emits + 1);
        }
        let token = world.token(0);
        world.run();
        assert_eq!((world.end(0, token).as_str(), world.status(0)), ("at1", "in"));
        let url = world.leave(0);
        world.reload(0, &url, keep);
        world.run();
        assert!(world.is_in(0), "{:?}", world.code(0));
    }
}
