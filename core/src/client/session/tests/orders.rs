//! Refreshing in every order in which things can happen between a few tabs.

use super::search::{Act, Budget, NOTHING, Scenario, walk};
use super::*;

const TWO: &[(usize, Act)] = &[(0, Act::Token), (1, Act::Token)];
const THREE: &[(usize, Act)] = &[(0, Act::Token), (1, Act::Token), (2, Act::Token)];
const OUT: &[(usize, Act)] = &[(0, Act::Token), (1, Act::Logout)];
const OTHERS: &[(usize, Act)] =
    &[(0, Act::Other("https://a.test")), (0, Act::Token), (1, Act::Other("https://b.test"))];
#[test]
fn however_tabs_interleave_one_refreshes_and_all_have_the_token() {
    for keep in [None, Some(Area::Local)] {
        let budget = Budget { drops: 1, ..NOTHING };
        let scenario = Scenario { budget, has_grace: false, ..Scenario::of(keep, 2, TWO) };
        let states = scenario.explore(&mut |run, path| {
            let World { server, tabs, .. } = &run.world;
            assert_eq!((server.turn, server.was_robbed), (1, false), "{path:?}");
            for tab in tabs {
                assert!(tab.settled.iter().all(|(_, result)| result.is_ok()), "{path:?}");
            }
        });
        assert!(states > 20, "{states}");
    }
}

#[test]
fn three_tabs_rob_nobody_and_leave_nobody_waiting_whatever_breaks() {
    for keep in [None, Some(Area::Session), Some(Area::Local)] {
        let budget = Budget { drops: 2, losses: 1, closes: 1, timeouts: 1 };
        let scenario = Scenario { budget, ..Scenario::of(keep, 3, THREE) };
        for number in 0..300 {
            let (run, path) = walk(&scenario, number);
            assert!(!run.world.server.was_robbed, "{path:?}");
        }
        let scenario = Scenario { budget: NOTHING, has_grace: false, ..scenario };
        for number in 0..300 {
            let (run, path) = walk(&scenario, number);
            assert_eq!((run.world.server.turn, run.world.server.was_robbed), (1, false));
            let mut all = run.world.tabs.iter().flat_map(|tab| &tab.settled);
            assert!(all.all(|(_, result)| result.is_ok()), "{path:?}");
        }
    }
}

#[test]
fn a_tab_that_closes_whenever_leaves_nobody_waiting_and_robs_nobody() {
    for keep in [None, Some(Area::Local)] {
        let budget = Budget { drops: 1, closes: 1, ..NOTHING };
        let scenario = Scenario { budget, ..Scenario::of(keep, 2, TWO) };
        let states =
            scenario.explore(&mut |run, path| assert!(!run.world.server.was_robbed, "{path:?}"));
        assert!(states > 20, "{states}");
    }
}

#[test]
fn a_lost_answer_is_made_good_by_whichever_tab_comes_next() {
    for keep in [None, Some(Area::Local)] {
        let budget = Budget { losses: 1, drops: 1, ..NOTHING };
        let scenario = Scenario { budget, ..Scenario::of(keep, 2, TWO) };
        let states = scenario.explore(&mut |run, path| {
            let World { server, tabs, .. } = &run.world;
            assert!(!server.was_robbed, "{path:?}");
            for tab in tabs {
                assert!(
                    tab.settled.iter().all(|(_, result)| result.is_ok()),
                    "{path:?} {:?}",
                    tab.settled
                );
            }
        });
        assert!(states > 20, "{states}");
    }
}

#[test]
fn a_sign_out_is_one_in_every_tab_whatever_is_under_way() {
    for keep in [None, Some(Area::Local)] {
        let budget = Budget { timeouts: 1, ..NOTHING };
        let scenario = Scenario { budget, ..Scenario::of(keep, 2, OUT) };
        let states = scenario.explore(&mut |run, path| {
            let World { server, tabs, local, .. } = &run.world;
            assert!(server.is_revoked, "{path:?}");
            assert!(tabs.iter().all(|tab| tab.machine.live.is_none()), "{path:?}");
            assert!(!local.keys().any(|name| name.contains("session")), "{path:?} {local:?}");
        });
        assert!(states > 20, "{states}");
    }
}

#[test]
fn tokens_for_several_apis_rob_nobody_however_tabs_interleave() {
    for keep in [None, Some(Area::Local)] {
        let budget = Budget { drops: 1, ..NOTHING };
        let scenario = Scenario { budget, has_grace: false, ..Scenario::of(keep, 2, OTHERS) };
        let states = scenario.explore(&mut |run, path| {
            let World { server, tabs, .. } = &run.world;
            assert_eq!((server.turn, server.was_robbed), (3, false), "{path:?}");
            for Tab { settled, .. } in tabs {
                let tokens = settled.iter().filter_map(|(_, result)| match result {
                    Ok(Settled::Token(token)) => Some(token.expose()),
                    Ok(Settled::Done) => None,
                    Err(fault) => panic!("{path:?} {fault:?}"),
                });
                let own = tokens.filter(|token| token.starts_with("at")).count();
                assert!(own <= 1, "somebody got the session's own for another: {path:?}");
            }
        });
        assert!(states > 20, "{states}");
    }
    for keep in [None, Some(Area::Session), Some(Area::Local)] {
        let budget = Budget { drops: 1, losses: 1, closes: 1, timeouts: 1 };
        let scenario = Scenario { budget, ..Scenario::of(keep, 2, OTHERS) };
        for number in 0..300 {
            let (run, path) = walk(&scenario, number);
            assert!(!run.world.server.was_robbed, "{path:?}");
        }
    }
}
