//! Every order in which things can happen between a few tabs, tried one by one.

use super::*;
use crate::client::callback::storage_key;

/// What the app of a tab does, whenever it likes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Act {
    Token,
    /// A token for this API.
    Other(&'static str),
    /// Someone signs in, unseen.
    Login,
    Logout,
    /// The page is loaded.
    Start,
}

/// Words that answer another, in a world of three tabs.
const MOST_REPLIES: usize = 20;

/// What may happen next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Choice {
    Act(usize),
    Grant,
    LockTimesOut(usize),
    Deliver(usize),
    /// A word is lost.
    Drop(usize),
    Answer(usize),
    /// A store that takes its time has done what was next.
    Store(usize),
    /// The request arrives, and its answer does not; or neither.
    Lose(usize, bool),
    /// A limit is reached.
    Late(usize),
    Close(usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) drops: usize,
    pub(super) losses: usize,
    pub(super) closes: usize,
    pub(super) timeouts: usize,
}

#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) keep: Option<Area>,
    pub(super) tabs: usize,
    pub(super) acts: &'static [(usize, Act)],
    pub(super) budget: Budget,
    pub(super) has_grace: bool,
    pub(super) begins: Begins,
    /// Whether tokens are bound to keys.
    pub(super) binds: bool,
}

/// Who is there when it begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Begins {
    /// All tabs, and the user is signed in in each.
    Shared,
    /// All but the last, which is to be loaded.
    Loading,
    /// All but the last, which is to be loaded with the answer to another login.
    Returning,
}

pub(super) struct Run {
    pub(super) world: World,
    pub(super) acted: Vec<bool>,
    pub(super) left: Budget,
    /// How many words answered another.
    pub(super) replies: usize,
}

impl Scenario {
    /// Nothing breaks, and the server gives the same answer twice.
    pub(super) const fn of(keep: Option<Area>, tabs: usize, acts: &'static [(usize, Act)]) -> Self {
        let (budget, begins) = (NOTHING, Begins::Shared);
        Self { keep, tabs, acts, budget, has_grace: true, begins, binds: false }
    }

    fn run(&self, path: &[Choice]) -> Run {
        let mut world = World::new(self.keep, 0);
        world.proves = self.binds.then_some(true);
        for _ in 0..self.tabs {
            world.open(self.keep);
        }
        (world.server.has_grace, world.server.binds) = (self.has_grace, self.binds);
        world.keys_are_slow = self.binds;
        self.begins.set_up(&mut world, self.keep);
        let acted = vec![false; self.acts.len()];
        let mut run = Run { world, acted, left: self.budget, replies: 0 };
        for choice in path {
            run.choose(self, *choice);
        }
        run
    }

    /// Goes through all there is to see; gives how much that was.
    pub(super) fn explore(&self, ends: &mut dyn FnMut(&Run, &[Choice])) -> usize {
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

impl Begins {
    fn set_up(self, world: &mut World, keep: Option<Area>) {
        let last = world.tabs.len() - 1;
        if self == Self::Shared {
            return world.share_a_session();
        }
        world.share_a_session_among(last);
        if self == Self::Returning {
            world.start(last);
            world.run_out();
            let url = world.leave(last);
            world.load(last, &url, keep);
            world.pass(60);
        }
        world.slow = Some(Area::App);
    }
}

/// A walk through what may happen, the same for the same number.
pub(super) fn walk(scenario: &Scenario, number: u64) -> (Run, Vec<Choice>) {
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
            Self::Act(_)
                | Self::Grant
                | Self::Deliver(_)
                | Self::Answer(_)
                | Self::Store(_)
                | Self::Late(_)
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
            may(!there.errands.is_empty(), Choice::Store(tab));
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
                    (tab, Act::Login) => world.log_in(tab),
                    (tab, Act::Logout) => drop(world.logout(tab)),
                    (tab, Act::Start) => {
                        // Nobody was there to hear what was said before.
                        world.tabs[tab].inbox.clear();
                        world.start(tab);
                    }
                }
            }
            Choice::Grant => assert!(world.grant()),
            Choice::LockTimesOut(tab) => {
                self.left.timeouts -= 1;
                let at = world.queue.iter().position(|(other, _)| *other == tab).unwrap();
                let (_, id) = world.queue.remove(at).unwrap();
                world.feed(tab, Input::LockTimedOut(id));
            }
            Choice::Deliver(tab) => {
                let said = world.said;
                assert!(world.deliver(tab));
                self.replies += world.said - said;
                assert!(self.replies <= MOST_REPLIES, "they never stop talking: {:?}", self.acted);
            }
            Choice::Drop(tab) => {
                self.left.drops -= 1;
                world.tabs[tab].inbox.pop_front();
            }
            Choice::Answer(tab) => assert!(world.answer(tab)),
            Choice::Store(tab) => assert!(world.store(tab)),
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
        let Self { world, acted, left, replies } = self;
        let mut text = vec![format!("{acted:?} {left:?} {replies}")];
        let World { local, lock, queue, server, mono, keys, .. } = world;
        text.push(format!(
            "{local:?} {lock:?} {queue:?} {:?} {mono:?} {keys:?}",
            (server.turn, server.is_revoked)
        ));
        for Tab { machine, is_open, session, settled, inbox, http, errands, used, .. } in
            &world.tabs
        {
            let Machine { status, fault, ended, wanted, lease, leaves, pending, outs, .. } =
                machine;
            text.push(format!("{is_open} {session:?} {settled:?} {status:?} {fault:?} {ended:?}"));
            let limits = (machine.asks_until, &machine.clock);
            text.push(format!("{wanted:?} {lease:?} {leaves:?} {pending:?} {limits:?} {outs:?}"));
            text.push(format!("{errands:?} {used:?} {:?}", machine.errands));
            for errand in errands {
                if let Effect::Put(_, _, _, value) = errand {
                    text.push(value.expose().into());
                }
            }
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

pub(super) const NOTHING: Budget = Budget { drops: 0, losses: 0, closes: 0, timeouts: 0 };
