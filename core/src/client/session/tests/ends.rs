//! Signing out in every order in which things can happen, and with words that are lost.

use super::search::{Act, Begins, Budget, Choice, Run, Scenario, walk};
use super::*;
use crate::client::session::past::Past;

const STORES: [Option<Area>; 4] = [None, Some(Area::Session), Some(Area::Local), Some(Area::App)];

fn is_kept(world: &World) -> bool {
    let is_kept =
        |records: &BTreeMap<String, String>| records.keys().any(|name| name.ends_with(".session"));
    is_kept(&world.local) || world.tabs.iter().any(|tab| is_kept(&tab.session))
}

fn assert_nobody(run: &Run, path: &[Choice]) {
    for (at, tab) in run.world.tabs.iter().enumerate() {
        assert!(tab.machine.live.is_none(), "{at} {path:?}");
    }
    assert!(!is_kept(&run.world), "{path:?}");
}

/// Whether the one was done before the other.
fn is_before(path: &[Choice], one: usize, other: usize) -> bool {
    let at = |act| path.iter().position(|choice| *choice == Choice::Act(act));
    at(one) < at(other)
}

#[test]
fn a_sign_out_while_a_page_is_loaded_leaves_nobody_in_anywhere() {
    const HERE: &[(usize, Act)] = &[(0, Act::Token), (1, Act::Start), (1, Act::Logout)];
    const THERE: &[(usize, Act)] = &[(0, Act::Logout), (1, Act::Start), (1, Act::Token)];
    for keep in STORES {
        for acts in [HERE, THERE] {
            let begins = Begins::Loading;
            let scenario = Scenario { begins, ..Scenario::of(keep, 2, acts) };
            let states = scenario.explore(&mut |run, path| {
                assert!(!run.world.server.was_robbed, "{path:?}");
                assert_nobody(run, path);
            });
            assert!(states > 20, "{states}");
        }
    }
}

#[test]
fn a_sign_out_while_a_login_comes_back_leaves_nobody_in_and_one_before_hinders_nobody() {
    const HERE: &[(usize, Act)] = &[(1, Act::Start), (1, Act::Logout)];
    const THERE: &[(usize, Act)] = &[(1, Act::Start), (0, Act::Logout)];
    for keep in STORES {
        for acts in [HERE, THERE] {
            let begins = Begins::Returning;
            let scenario = Scenario { begins, ..Scenario::of(keep, 2, acts) };
            let states = scenario.explore(&mut |run, path| {
                if is_before(path, 0, 1) || acts == HERE {
                    assert_nobody(run, path);
                } else {
                    assert!(run.world.tabs[1].machine.live.is_some(), "{path:?}");
                }
            });
            assert!(states > 20, "{states}");
        }
    }
}

#[test]
fn tabs_that_missed_a_login_or_its_end_soon_stop_talking_whatever_breaks() {
    const ACTS: &[(usize, Act)] = &[(2, Act::Token), (0, Act::Login), (0, Act::Logout)];
    for keep in STORES {
        let budget = Budget { drops: 2, losses: 1, closes: 1, timeouts: 1 };
        let scenario = Scenario { budget, ..Scenario::of(keep, 3, ACTS) };
        for number in 0..300 {
            walk(&scenario, number);
        }
    }
}

/// What a tab may know of two logins, whatever it heard and missed: which is here, and what ended.
type Knows = (Option<usize>, Option<Past>);

/// The first login and the second, which came later or in the same second.
fn logins(second: u64) -> [Kept; 2] {
    [("one", NOW), ("two", NOW + second)].map(|(login, born)| {
        let (login, at) = (login.into(), UnixTime::from_secs(born));
        let refresh_token = Some(Secret::new("rt 0"));
        let tokens = Tokens { refresh_token, ..tokens() };
        Kept { login, born: at, turn: 0, since: at, tokens }
    })
}

/// All that a tab may know; the clock of whoever ended them may have been ahead.
fn all_knowledge(second: u64) -> Vec<Knows> {
    let mut pasts = vec![None];
    for kept in logins(second) {
        pasts.push(Some(Past::of(kept.login, kept.born, 0)));
    }
    pasts.push(Some(Past::of("two".into(), UnixTime::from_secs(NOW + 20), 0)));
    pasts.push(Some(Past::of(String::new(), UnixTime::from_secs(NOW + 20), 0)));
    pasts.push(Some(Past::of("two".into(), UnixTime::from_secs(NOW + 9999), 0)));
    let mut all = Vec::new();
    for past in pasts {
        all.push((None, past.clone()));
        for (at, kept) in logins(second).into_iter().enumerate() {
            let now = UnixTime::from_secs(NOW + 60);
            if past.as_ref().is_none_or(|past| !past.covers(&kept.login, kept.born, now)) {
                all.push((Some(at), past.clone()));
            }
        }
    }
    all
}

/// Tabs that know this; the first few are asked who is in, and the others hear what they say.
fn tabs_that_know(keep: Option<Area>, second: u64, know: &[&Knows], asked: usize) -> World {
    let mut world = World::new(keep, know.len());
    world.pass(60);
    for (tab, (here, past)) in know.iter().enumerate() {
        world.start(tab);
        let machine = &mut world.tabs[tab].machine;
        machine.live = here.map(|at| Live::of(logins(second).into_iter().nth(at).unwrap()));
        machine.ended = past.clone().unwrap_or_else(Past::none);
    }
    for tab in world.tabs.iter_mut().take(asked) {
        tab.inbox.push_back(tabs::ask());
    }
    world
}

/// Delivers the words in every order; gives how many were said at most.
fn say_all(begin: &dyn Fn() -> World, ends: &mut dyn FnMut(&World, &[usize])) -> usize {
    let (mut seen, mut paths, mut most) = (BTreeSet::new(), vec![Vec::new()], 0);
    while let Some(path) = paths.pop() {
        let mut world = begin();
        for tab in &path {
            world.deliver(*tab);
        }
        let mut view = vec![format!("{}", world.said)];
        for Tab { machine, inbox, .. } in &world.tabs {
            let login = machine.live.as_ref().map(|live| &live.login);
            let words: Vec<_> = inbox.iter().map(Secret::expose).collect();
            view.push(format!("{login:?} {:?} {words:?}", machine.ended));
        }
        if !seen.insert(view) {
            continue;
        }
        most = most.max(world.said);
        assert!(most <= 20, "they never stop talking: {path:?}");
        let hear: Vec<_> = (0..world.tabs.len()).collect();
        let hear = hear.into_iter().filter(|tab| !world.tabs[*tab].inbox.is_empty());
        let longer = hear.map(|tab| [path.clone(), vec![tab]].concat());
        let before = paths.len();
        paths.extend(longer);
        if paths.len() == before {
            ends(&world, &path);
        }
    }
    most
}

#[test]
fn whatever_tabs_know_of_logins_a_word_begets_few_others() {
    let mut most = 0;
    for (keep, second) in [(None, 10), (None, 0)] {
        let all = all_knowledge(second);
        for one in all.iter().filter(|(here, _)| here.is_some()) {
            for (at, other) in all.iter().enumerate() {
                for third in &all[at..] {
                    let know = [one, other, third];
                    let begin = || tabs_that_know(keep, second, &know, 1);
                    most = most.max(say_all(&begin, &mut |_, _| ()));
                }
            }
        }
    }
    // The word itself; of two tabs each answers with the later login, or with its end; and these with
    // the end of that.
    assert!(most <= 1 + 2 + 4, "{most}");
}

#[test]
fn whatever_two_tabs_know_of_logins_they_agree_once_both_have_spoken() {
    for (keep, second) in [(None, 10), (None, 0), (Some(Area::Local), 10)] {
        let all = all_knowledge(second);
        for (at, one) in all.iter().enumerate() {
            for other in &all[at..] {
                let know = [one, other];
                say_all(&|| tabs_that_know(keep, second, &know, 2), &mut |world, path| {
                    let login =
                        |tab: &Tab| tab.machine.live.as_ref().map(|live| live.login.clone());
                    let logins = [login(&world.tabs[0]), login(&world.tabs[1])];
                    let is_one = logins[0] == logins[1] || logins.contains(&None);
                    assert!(is_one, "{logins:?} {know:?} {path:?}");
                });
            }
        }
    }
}
