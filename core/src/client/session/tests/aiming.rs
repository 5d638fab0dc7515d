//! Other tokens than the session's own.

use super::*;
use crate::client::Renewal;

const MAIL: &str = "https://mail.test/";
const FILES: &str = "https://files.test/";

impl World {
    pub(super) fn other(&mut self, tab: usize, resource: &str) -> Ticket {
        let ticket = self.ticket(tab);
        let renewal = Renewal { scope: None, resource: Some(resource.into()) };
        self.feed(tab, Input::Other { ticket, life: LIFE, renewal });
        ticket
    }

    fn requests(&self) -> usize {
        self.server.seen.iter().filter(|path| *path == "/oauth2/token").count()
    }
}

/// One tab whose own token has just come.
fn fresh(keep: Option<Area>, tabs: usize) -> World {
    let mut world = World::new(keep, tabs);
    world.share_a_session();
    let ticket = world.token(0);
    world.run();
    assert_eq!(world.end(0, ticket), "at1");
    world
}

#[test]
fn all_who_want_the_same_token_share_one_request_and_the_sessions_own_stays() {
    let mut world = fresh(None, 1);
    let tickets = [MAIL, MAIL, FILES].map(|resource| world.other(0, resource));
    world.run();
    let ends = tickets.map(|ticket| world.end(0, ticket));
    assert_eq!(
        ends,
        ["https://mail.test/ at2", "https://mail.test/ at2", "https://files.test/ at3"]
    );
    assert_eq!(world.requests(), 3);
    let (own, again) = (world.token(0), world.other(0, MAIL));
    assert_eq!(world.end(0, own), "at1");
    assert_eq!(world.end(0, again), "https://mail.test/ at2");
    assert_eq!((world.requests(), world.lock), (3, None));
}

#[test]
fn a_token_that_is_old_or_that_an_api_refuses_is_got_anew() {
    let mut world = fresh(None, 1);
    let first = world.other(0, MAIL);
    world.run();
    let token = world.end(0, first);
    world.feed(0, Input::Challenged(Secret::new(token)));
    let own = world.token(0);
    assert_eq!(world.end(0, own), "at1", "that was another token");
    let second = world.other(0, MAIL);
    world.run();
    assert_eq!(world.end(0, second), "https://mail.test/ at3");
    world.pass(4000);
    let third = world.other(0, MAIL);
    world.run();
    assert_eq!(world.end(0, third), "https://mail.test/ at4");
}

#[test]
fn an_api_that_the_user_did_not_agree_to_ends_nothing() {
    let mut world = fresh(None, 1);
    world.server.forbids = Some(FILES);
    let (bad, good) = (world.other(0, FILES), world.other(0, MAIL));
    world.run();
    assert_eq!(world.end(0, bad), "invalid_target");
    assert_eq!(world.end(0, good), "https://mail.test/ at2");
    assert_eq!((world.status(0), world.lock), ("in", None));
}

#[test]
fn nobody_gets_the_sessions_own_token_for_another() {
    let mut world = fresh(None, 1);
    let ticket = world.other(0, MAIL);
    world.grant();
    world.lose(0, Delivery::NotSent, false);
    world.run();
    assert_eq!(world.end(0, ticket), "offline");
    let own = world.token(0);
    assert_eq!(world.end(0, own), "at1");
}

#[test]
fn a_kind_that_went_takes_nobody_else_with_it() {
    let mut world = fresh(None, 1);
    world.server.forbids = Some(MAIL);
    let mail = world.other(0, MAIL);
    world.grant();
    world.feed(0, Input::Challenged(Secret::new("at1")));
    let own = world.token(0);
    let others: Vec<_> = (0..16).map(|n| world.other(0, &format!("https://{n}.test/"))).collect();
    assert_eq!(world.end(0, mail), "aborted", "that was one too many");
    world.run();
    assert_eq!(world.end(0, own), "at2");
    assert_eq!(world.end(0, others[0]), "https://0.test/ at3");
}

#[test]
fn other_tabs_have_the_next_refresh_token_too() {
    for keep in [None, Some(Area::Local)] {
        let mut world = fresh(keep, 2);
        let first = world.other(0, MAIL);
        world.run();
        let second = world.other(1, MAIL);
        world.run();
        assert_eq!(world.end(0, first), "https://mail.test/ at2");
        assert_eq!(world.end(1, second), "https://mail.test/ at3");
        assert!(!world.server.was_robbed);
    }
}

#[test]
fn tokens_go_with_the_login_that_they_came_from() {
    let mut world = fresh(None, 1);
    let ticket = world.other(0, MAIL);
    world.run();
    assert_eq!(world.end(0, ticket), "https://mail.test/ at2");
    world.logout(0);
    let ticket = world.other(0, MAIL);
    world.run();
    assert_eq!(world.end(0, ticket), "session_gone");
    assert!(world.tabs[0].machine.live.is_none());
}

#[test]
fn what_nothing_can_get_is_not_waited_for() {
    let mut world = World::new(None, 1);
    world.start(0);
    world.server.gives_refresh = false;
    world.sign_in(0, None);
    let ticket = world.other(0, MAIL);
    world.run();
    assert_eq!(world.end(0, ticket), "session_gone");
    assert!(world.is_in(0));
}
