//! Signing out at any moment: whatever was under way signs nobody in.

use super::rules::KEEPS;
use super::*;

impl World {
    fn log_out(&mut self, tab: usize) -> Ticket {
        let ticket = self.ticket(tab);
        self.feed(tab, Input::Logout { ticket, everywhere: false, page: None });
        ticket
    }

    fn is_nobody_in(&mut self) -> bool {
        self.run_out();
        let all = (0..self.tabs.len()).all(|tab| !self.is_in(tab));
        let is_kept = |records: &BTreeMap<String, String>| {
            records.keys().any(|name| name.ends_with(".session") || name.contains(".login."))
        };
        let kept = is_kept(&self.local) || self.tabs.iter().any(|tab| is_kept(&tab.session));
        all && !kept && self.lock.is_none()
    }

    /// Whoever opens another page finds nobody.
    fn is_nobody_found(&mut self, keep: Option<Area>) -> bool {
        let new = self.open(keep);
        self.start(new);
        self.is_nobody_in()
    }
}

#[test]
fn who_signs_out_before_the_page_knows_who_is_in_signs_everybody_out() {
    for keep in [None, Some(Area::Session), Some(Area::Local), Some(Area::App)] {
        for starts_first in [true, false] {
            let mut world = World::new(keep, 1);
            world.start(0);
            world.sign_in(0, keep);
            world.pass(1);
            world.slow = Some(Area::App);
            let new = world.open(keep);
            if starts_first {
                world.start(new);
            }
            let out = world.log_out(new);
            let token = world.token(new);
            let start = world.start(new);
            let emits = world.tabs[new].emits;
            assert!(world.is_nobody_in(), "{keep:?}");
            assert_eq!((world.status(0), world.status(new)), ("other-tab", "user"), "{keep:?}");
            let ends = [out, start, token].map(|ticket| world.end(new, ticket));
            assert_eq!(ends, ["done", "done", "session_gone"], "{keep:?}");
            assert!(world.tabs[new].emits <= emits + 1, "nobody was ever shown to be in");
            assert!(world.server.is_revoked, "{keep:?}");
            assert!(world.is_nobody_found(keep), "{keep:?}");
        }
    }
}

#[test]
fn who_signs_out_and_finds_nobody_signs_out_the_tabs_that_were_asleep() {
    for keep in KEEPS {
        let mut world = World::new(keep, 1);
        world.start(0);
        world.sign_in(0, keep);
        world.pass(1);
        world.close(0);
        let new = world.open(keep);
        if keep == Some(Area::Local) {
            world.local.retain(|name, _| !name.ends_with(".session"));
        }
        world.start(new);
        let out = world.log_out(new);
        world.run_out();
        assert_eq!((world.status(new), world.end(new, out).as_str()), ("user", "done"));
        // It says late what it had to say, and hears then what it missed.
        world.tabs[0].is_open = true;
        let said = tabs::tell(&tabs::record(world.tabs[0].machine.live.as_ref().unwrap()));
        world.feed(new, Input::Heard(said));
        assert!(world.is_nobody_in(), "{keep:?}");
        assert!(world.is_nobody_found(keep), "{keep:?}");
    }
}

#[test]
fn who_signs_out_while_a_login_comes_back_is_not_signed_in_by_it() {
    for keep in KEEPS {
        for steps in 0..4 {
            let mut world = World::new(keep, 1);
            world.start(0);
            let url = world.leave(0);
            if steps == 0 {
                world.tabs[0].session.retain(|name, _| !name.contains("metadata"));
            }
            world.reload(0, &url, keep);
            for _ in 1..steps {
                world.answer(0);
            }
            let out = world.log_out(0);
            if steps < 3 {
                assert_eq!((world.status(0), world.end(0, out).as_str()), ("user", "done"));
            }
            assert!(world.is_nobody_in(), "{keep:?} {steps}");
            assert_eq!((world.status(0), world.code(0)), ("user", None));
            assert_eq!(world.end(0, out), "done");
            let is_spent = world.server.seen.contains(&"/oauth2/token".to_owned());
            assert_eq!(world.server.is_revoked, is_spent, "{keep:?} {steps}");
            world.reload(0, &url, keep);
            assert!(world.is_nobody_in(), "{keep:?} {steps}");
        }
    }
}

#[test]
fn who_signs_out_gives_up_the_windows_and_frames_that_are_under_way() {
    for how in [How::Popup, How::Frame] {
        for steps in 0..4 {
            let mut world = World::new(None, 1);
            world.start(0);
            let login = world.login(0, how);
            if steps > 0 {
                world.run();
            }
            if steps > 1 {
                let url = world.consent(0);
                world.feed(0, Input::Relayed(Secret::new(url)));
            }
            if steps > 2 {
                world.answer(0);
            }
            let out = world.log_out(0);
            assert_eq!(world.end(0, login), "aborted", "{how:?} {steps}");
            if steps == 1 {
                let url = world.consent(0);
                world.feed(0, Input::Relayed(Secret::new(url)));
            }
            assert!(world.is_nobody_in(), "{how:?} {steps}");
            assert_eq!((world.status(0), world.end(0, out).as_str()), ("user", "done"));
            assert_eq!(world.server.is_revoked, steps > 1, "{how:?} {steps}");
        }
    }
}

#[test]
fn who_signs_out_while_the_page_leaves_is_not_signed_in_by_that_login() {
    let mut world = World::new(None, 1);
    world.start(0);
    let login = world.login(0, How::Page);
    let out = world.log_out(0);
    world.run();
    assert_eq!((world.end(0, login).as_str(), world.end(0, out).as_str()), ("aborted", "done"));
    assert!(world.tabs[0].left.is_empty() && world.status(0) == "user");

    let url = world.leave(0);
    world.log_out(0);
    world.reload(0, &url, None);
    assert!(world.is_nobody_in());
    assert_eq!(world.code(0), Some("state_unknown"));
}

#[test]
fn who_signs_out_while_a_login_is_written_down_does_not_leave_for_it() {
    for rung in 0..2 {
        let areas = [Area::Session, Area::Local];
        let mut world = World::new(None, 1);
        world.start(0);
        world.login(0, How::Page);
        world.run();
        world.feed(0, Input::Back);
        world.pass(1);
        world.denied = areas[..rung].to_vec();
        world.slow = Some(areas[rung]);
        let login = world.login(0, How::Page);
        assert_eq!((world.status(0), world.tabs[0].errands.len()), ("leaving", 1));
        let out = world.log_out(0);
        assert_eq!((world.status(0), world.end(0, login).as_str()), ("user", "aborted"));
        assert!(world.is_nobody_in(), "what waited is forgotten: {rung}");
        assert_eq!((world.status(0), world.end(0, out).as_str()), ("user", "done"));
        assert_eq!(world.tabs[0].left.len(), 1, "{rung}");
    }
}

#[test]
fn a_sign_out_elsewhere_ends_what_needs_the_user_no_more_and_no_login_that_came_later() {
    for keep in KEEPS {
        for is_late in [false, true] {
            let mut world = World::new(keep, 2);
            world.share_a_session();
            let url = world.leave(1);
            if is_late {
                // A server may end one session when the next begins.
                let live = world.tabs[0].machine.live.as_ref().unwrap();
                assert_eq!(live.login, "login");
                world.server.refusal = Some("invalid_grant");
                world.token(0);
                world.grant();
                world.answer(0);
                world.server.refusal = None;
            } else {
                world.pass(1);
                world.log_out(0);
            }
            let words = core::mem::take(&mut world.tabs[1].inbox);
            world.reload(1, &url, keep);
            world.tabs[1].inbox = words;
            while world.deliver(1) {}
            world.run_out();
            assert_eq!(world.is_in(1), is_late, "{keep:?} {}", world.status(1));
            assert_eq!(world.status(0) == "in", is_late, "{keep:?} {}", world.status(0));
        }
    }
}

#[test]
fn a_sign_out_by_a_clock_that_was_ahead_ends_nothing_that_comes_later() {
    for keep in KEEPS {
        let mut world = World::new(keep, 2);
        world.wall += 1000;
        world.start(0);
        world.start(1);
        world.sign_in(0, keep);
        world.run();
        world.log_out(0);
        world.run();
        assert_eq!((world.status(0), world.status(1)), ("user", "other-tab"));
        world.wall = NOW;
        world.server.turn = 0;
        world.server.is_revoked = false;
        world.sign_in(0, keep);
        world.run();
        assert!(world.is_in(0) && world.is_in(1), "{keep:?}");
        world.pass(4000);
        world.token(0);
        world.run();
        assert!(world.is_in(0) && world.is_in(1), "{keep:?}");
        world.log_out(1);
        assert!(world.is_nobody_in(), "{keep:?}");
    }
}
