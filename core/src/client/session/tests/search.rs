//! Every order in which things can happen between a few tabs, tried one by one.

use alloc::collections::BTreeSet;

use super::*;
use crate::client::callback::storage_key;

/// What the app of a tab does, whenever it likes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Act {
    Token,
    /// A token for this API.
    Other(&'static str),
    Logout,
}

/// What may happen next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Choice {
    Act(usize),
    Grant,
    LockTimesOut(usize),
    Deliver(usize),
    /// A word is lost.
    Drop(usize),
    Answer(usize),
    /// The request arrives, and its answer does not; or neither.
    Lose(usize, bool),
    /// A limit is reached.
    Late(usize),
    Close(usize),
}

#[derive(Clone, Copy, Debug, Default)]
struct Budget {
    drops: usize,
    losses: usize,
    closes: usize,
    timeouts: usize,
}

#[derive(Debug)]
struct Scenario {
    keep: Option<Area>,
    tabs: usize,
    acts: &'static [(usize, Act)],
    budget: Budget,
    has_grace: bool,
}

struct Run {
    world: World,
    acted: Vec<bool>,
    left: Budget,
}

impl Scenario {
    fn run(&self, path: &[Choice]) -> Run {
        let mut world = World::new(self.keep, self.tabs);
        world.server.has_grace = self.has_grace;
        world.share_a_session();
        let acted = vec![false; self.acts.len()];
        let mut run = Run { world, acted, left: self.budget };
        for choice in path {
            run.choose(self, *choice);
        }
        run
    }

    /// Goes through all there is to see; gives how much that was.
    fn explore(&self, ends: &mut dyn FnMut(&Run, &[Choice])) -> usize {
        let mut seen = BTreeSet::new();
        let mut paths = vec![Vec::new()];
        while let Some(path) = paths.pop() {
            let run = self.run(&path);
            if !seen.insert(run.fingerprint()) {
                continue;
            }
            let choices = run.choices(self);
            // Whatever else can go wrong, it need not.
            if !choices.iter().any(|choice| choice.must_happen()) {
                run.is_over(&path);
                ends(&run, &path);
            }
            for choice in choices {
                let mut longer = path.clone();
                longer.push(choice);
                paths.push(longer);
            }
        }
        seen.len()
    }
}

/// A walk through what may happen, the same for the same number.
fn walk(scenario: &Scenario, number: u64) -> (Run, Vec<Choice>) {
    let mut run = scenario.run(&[]);
    let mut path = Vec::new();
    let mut random = number * 2 + 1;
    loop {
        let choices = run.choices(scenario);
        if !choices.iter().any(|choice| choice.must_happen()) {
            run.is_over(&path);
            return (run, path);
        }
        // Xorshift: any order is as good as another.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let at = random % u64::try_from(choices.len()).unwrap();
        let choice = choices[usize::try_from(at).unwrap()];
        path.push(choice);
        run.choose(scenario, choice);
    }
}

impl Choice {
    const fn must_happen(self) -> bool {
        matches!(
            self,
            Self::Act(_) | Self::Grant | Self::Deliver(_) | Self::Answer(_) | Self::Late(_)
        )
    }
}

impl Run {
    fn choices(&self, scenario: &Scenario) -> Vec<Choice> {
        let (world, left) = (&self.world, self.left);
        let mut all = Vec::new();
        for (at, (tab, _)) in scenario.acts.iter().enumerate() {
            if !self.acted[at] && world.tabs[*tab].is_open {
                all.push(Choice::Act(at));
            }
        }
        if world.lock.is_none() && !world.queue.is_empty() {
            all.push(Choice::Grant);
        }
        for (tab, there) in world.tabs.iter().enumerate().filter(|(_, there)| there.is_open) {
            let mut may = |is_possible: bool, choice| all.extend(is_possible.then_some(choice));
            let hears = !there.inbox.is_empty();
            may(hears, Choice::Deliver(tab));
            may(hears && left.drops > 0, Choice::Drop(tab));
            let sends = !there.http.is_empty();
            may(sends, Choice::Answer(tab));
            may(sends && left.losses > 0, Choice::Lose(tab, true));
            may(sends && left.losses > 0, Choice::Lose(tab, false));
            let waits = world.queue.iter().any(|(other, _)| *other == tab);
            may(waits && left.timeouts > 0, Choice::LockTimesOut(tab));
            // A word takes less time than a limit, if it arrives at all.
            let is_quiet = world.tabs.iter().all(|other| other.inbox.is_empty());
            may(is_quiet && there.machine.asks_until.is_some(), Choice::Late(tab));
            may(left.closes > 0, Choice::Close(tab));
        }
        all
    }

    fn choose(&mut self, scenario: &Scenario, choice: Choice) {
        let world = &mut self.world;
        match choice {
            Choice::Act(at) => {
                self.acted[at] = true;
                match scenario.acts[at] {
                    (tab, Act::Token) => drop(world.token(tab)),
                    (tab, Act::Other(api)) => drop(world.other(tab, api)),
                    (tab, Act::Logout) => drop(world.logout(tab)),
                }
            }
            Choice::Grant => assert!(world.grant()),
            Choice::LockTimesOut(tab) => {
                self.left.timeouts -= 1;
                let at = world.queue.iter().position(|(other, _)| *other == tab).unwrap();
                let (_, id) = world.queue.remove(at).unwrap();
                world.feed(tab, Input::LockTimedOut(id));
            }
            Choice::Deliver(tab) => assert!(world.deliver(tab)),
            Choice::Drop(tab) => {
                self.left.drops -= 1;
                world.tabs[tab].inbox.pop_front();
            }
            Choice::Answer(tab) => assert!(world.answer(tab)),
            Choice::Lose(tab, arrives) => {
                self.left.losses -= 1;
                world.lose(tab, Delivery::Unknown, arrives);
            }
            Choice::Late(tab) => {
                world.mono = world.mono.max(world.tabs[tab].machine.asks_until.unwrap());
                world.feed(tab, Input::Tick);
            }
            Choice::Close(tab) => {
                self.left.closes -= 1;
                world.close(tab);
            }
        }
    }

    fn fingerprint(&self) -> String {
        let Self { world, acted, left } = self;
        let mut text = vec![format!("{acted:?} {left:?}")];
        let World { local, lock, queue, server, mono, .. } = world;
        text.push(format!(
            "{local:?} {lock:?} {queue:?} {:?} {mono:?}",
            (server.turn, server.is_revoked)
        ));
        for Tab { machine, is_open, session, settled, inbox, http, .. } in &world.tabs {
            let Machine { status, fault, ended, wanted, lease, leaves, pending, .. } = machine;
            text.push(format!("{is_open} {session:?} {settled:?} {status:?} {fault:?} {ended}"));
            let limits = (machine.asks_until, &machine.clock);
            text.push(format!("{wanted:?} {lease:?} {leaves:?} {pending:?} {limits:?}"));
            if let Some(live) = &machine.live {
                // Tokens do not print, but they are what it is all about.
                text.push(tabs::record(live).expose().into());
                text.push(format!("{:?} {:?}", live.session.traits(), live.fault));
                text.extend(live.others.iter().map(|other| other.token().into()));
            }
            for word in inbox {
                text.push(word.expose().into());
            }
            for (id, request) in http {
                text.push(format!("{id:?} {:?}", request.body));
            }
        }
        storage_key(&text.concat())
    }

    /// Nothing more will happen: nobody waits, and nobody keeps the lock.
    fn is_over(&self, path: &[Choice]) {
        assert_eq!(self.world.lock, None, "{path:?}");
        for tab in self.world.tabs.iter().filter(|tab| tab.is_open) {
            let settled = tab.settled.len();
            assert_eq!(u32::try_from(settled).unwrap(), tab.tickets, "someone waits: {path:?}");
        }
    }
}

const TWO: &[(usize, Act)] = &[(0, Act::Token), (1, Act::Token)];
const THREE: &[(usize, Act)] = &[(0, Act::Token), (1, Act::Token), (2, Act::Token)];
const OUT: &[(usize, Act)] = &[(0, Act::Token), (1, Act::Logout)];
const OTHERS: &[(usize, Act)] =
    &[(0, Act::Other("https://a.test")), (0, Act::Token), (1, Act::Other("https://b.test"))];
const NOTHING: Budget = Budget { drops: 0, losses: 0, closes: 0, timeouts: 0 };

#[test]
fn however_tabs_interleave_one_refreshes_and_all_have_the_token() {
    for keep in [None, Some(Area::Local)] {
        let budget = Budget { drops: 1, ..NOTHING };
        let scenario = Scenario { keep, tabs: 2, acts: TWO, budget, has_grace: false };
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
        let scenario = Scenario { keep, tabs: 3, acts: THREE, budget, has_grace: true };
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
        let scenario = Scenario { keep, tabs: 2, acts: TWO, budget, has_grace: true };
        let states =
            scenario.explore(&mut |run, path| assert!(!run.world.server.was_robbed, "{path:?}"));
        assert!(states > 20, "{states}");
    }
}

#[test]
fn a_lost_answer_is_made_good_by_whichever_tab_comes_next() {
    for keep in [None, Some(Area::Local)] {
        let budget = Budget { losses: 1, drops: 1, ..NOTHING };
        let scenario = Scenario { keep, tabs: 2, acts: TWO, budget, has_grace: true };
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
        let scenario = Scenario { keep, tabs: 2, acts: OUT, budget, has_grace: true };
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
        let scenario = Scenario { keep, tabs: 2, acts: OTHERS, budget, has_grace: false };
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
        let scenario = Scenario { keep, tabs: 2, acts: OTHERS, budget, has_grace: true };
        for number in 0..300 {
            let (run, path) = walk(&scenario, number);
            assert!(!run.world.server.was_robbed, "{path:?}");
        }
    }
}
