//! A session of our client's in several tabs, and our server behind a line that loses things.

mod lineup;
mod properties;
mod user;

use grantflow::client::session::{Delivery, LONGEST_REFRESH};
use grantflow::server::Versioned;
use grantflow::wire::http::{Headers, Request, Response};
use stateright::{Model, Property};

use crate::book::{Book, Id, Memo};
use crate::host::{End, Flight, Host};
use crate::race::Facts;
use crate::shelf::{Honest, Shelf};

pub(crate) use self::lineup::{Lineup, lineups};
use self::user::{History, Input, Said, User};

/// More requests than all tabs together need, whatever goes wrong.
const MOST_REQUESTS: u8 = 12;

/// The model: the tabs, the server, and how much may go wrong.
pub(crate) struct Tabs {
    lineup: Lineup,
    host: Host,
    facts: Facts,
    user: User,
    start: Shelf,
    /// A request that ends the grant.
    end: Id<Request>,
    /// Whether each tab keeps the tokens for itself.
    is_split: bool,
    looks: Book<String>,
    alone: Memo<(Id<String>, u32), bool>,
}

/// Where a tab is.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Tab {
    /// It wants nothing now.
    Idle,
    /// It was told to come again at that time, or earlier if there is news.
    Waiting(u32),
    /// It was told to send this: by which input of its session, when, and what came back.
    Away { ask: Number, request: Id<Request>, since: u32, end: Option<Id<End>> },
    /// It was told to have the user sign in.
    Out,
    /// Somebody has closed it.
    Closed,
}

/// The number of an input, which does not tell states apart.
#[derive(Clone, Copy, Debug)]
struct Number(usize);

impl PartialEq for Number {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Number {}

impl std::hash::Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// How often what may still be done.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Left {
    /// Times that each tab wants a token.
    pub(crate) wants: u8,
    /// Answers that get lost, servers that stumble.
    pub(crate) faults: u8,
    /// Tabs that are closed.
    pub(crate) closed: u8,
    /// APIs that call a good token invalid.
    pub(crate) refusals: u8,
    /// Whether the user may sign out elsewhere.
    pub(crate) ends: u8,
    /// Whether the clock may jump back.
    pub(crate) backs: u8,
}

/// All that can be told of a moment.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct State {
    tick: u8,
    shelf: Shelf,
    tabs: Vec<Tab>,
    wants: Vec<u8>,
    /// One, or one for each tab, and how it looks.
    sessions: Vec<(History, Id<String>)>,
    left: Left,
    /// How many requests have reached the server, for each has bytes of its own.
    arrived: u8,
    /// The user has signed out elsewhere.
    is_ended: bool,
    /// The newest token that somebody was given.
    given: Option<Id<String>>,
    /// What an API has called invalid.
    refused: Option<Id<String>>,
    wrongs: Wrongs,
}

/// What has gone wrong for good.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
struct Wrongs {
    /// A token was handed out that is dead, or that an API has called invalid.
    dead: bool,
    /// A tab was told that the user must sign in while the server would have given tokens.
    out: bool,
    /// The same refresh token was on its way twice.
    double: bool,
}

/// What can happen next; the numbers are the tabs'.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    Want(usize),
    Arrive(usize),
    /// The server says that it cannot, and has done nothing.
    Stumble(usize),
    Answer(usize),
    Lose(usize),
    NotSent(usize),
    GiveBack(usize),
    Close(usize),
    /// An API calls the newest token invalid.
    Refuse,
    /// The user signs out elsewhere.
    End,
    Tick,
    Back,
}

impl Tabs {
    fn now(&self, state: &State) -> u32 {
        self.lineup.clock[usize::from(state.tick)]
    }

    fn session_of(&self, tab: usize) -> usize {
        if self.is_split { tab } else { 0 }
    }

    /// Puts something into the session of a tab.
    fn input(&self, state: &mut State, tab: usize, input: Input) -> (Said, Number) {
        let (history, look) = &mut state.sessions[self.session_of(tab)];
        let number = Number(history.0.len());
        history.0.push(input);
        let (said, looks) = self.user.replay(history);
        *look = self.looks.id(looks);
        (said, number)
    }

    fn want(&self, state: &mut State, tab: usize) {
        let now = self.now(state);
        let (said, ask) = self.input(state, tab, Input::Want(now));
        state.tabs[tab] = match said {
            Said::Use(token) => {
                let token = self.facts.texts.id(token);
                let good = self.facts.good(&self.host, token, &state.shelf, now);
                state.wrongs.dead |= !good.opens && !state.is_ended && self.lives(state);
                state.wrongs.dead |= state.refused == Some(token);
                state.given = Some(token);
                state.wants[tab] -= 1;
                Tab::Idle
            }
            Said::Send(request) => {
                let request = self.host.requests.id(request);
                state.wrongs.double |= state.tabs.iter().any(|other| match other {
                    Tab::Away { request: there, since, .. } => {
                        *there == request && now >= *since && !is_given_up(*since, now)
                    }
                    Tab::Idle | Tab::Waiting(_) | Tab::Out | Tab::Closed => false,
                });
                Tab::Away { ask, request, since: now, end: None }
            }
            Said::Wait(until) => Tab::Waiting(until),
            Said::SignIn => {
                state.wrongs.out |= !state.is_ended;
                Tab::Out
            }
            Said::Nothing => Tab::Idle,
        };
    }

    /// Whether the grant lives.
    fn lives(&self, state: &State) -> bool {
        state.shelf.keys().any(|key| {
            let record = state.shelf.get(key).map(|id| self.host.records.get(id));
            record.is_some_and(|it| match &*it {
                Versioned { record: grantflow::server::Record::Grant(grant), .. } => {
                    grant.accepts(0)
                }
                Versioned { .. } => false,
            })
        })
    }

    fn run(&self, state: &mut State, request: Id<Request>) -> Id<End> {
        state.arrived += 1;
        let entropy = 50 + u32::from(state.arrived);
        let mut store = Honest { host: &self.host, shelf: std::mem::take(&mut state.shelf) };
        let end = self.host.run(Flight::new(request, entropy, self.now(state)), &mut store);
        state.shelf = store.shelf;
        end
    }

    /// Whether one tab alone, that comes when it was told to, is told something better than to wait.
    fn is_answered(&self, state: &State, tab: usize, until: u32) -> bool {
        let (history, look) = &state.sessions[self.session_of(tab)];
        let key = (*look, until.max(self.now(state)));
        self.alone.of(&key, || {
            let (mut history, mut until) = (history.clone(), key.1);
            // Each time it is told of a later one.
            for _ in 0..4 {
                history.0.push(Input::Want(until));
                match self.user.replay(&history).0 {
                    Said::Wait(later) if later > until => until = later,
                    Said::Wait(_) | Said::Nothing => return false,
                    Said::Use(_) | Said::Send(_) | Said::SignIn => return true,
                }
            }
            false
        })
    }

    fn apply(&self, state: &mut State, act: Act) -> Option<()> {
        let now = self.now(state);
        let away = |state: &State, tab: usize| match state.tabs[tab] {
            Tab::Away { ask, request, since, end } => Some((ask, request, since, end)),
            Tab::Idle | Tab::Waiting(_) | Tab::Out | Tab::Closed => None,
        };
        match act {
            Act::Want(tab) => self.want(state, tab),
            Act::Arrive(tab) => {
                let (ask, request, since, _) = away(state, tab)?;
                let end = Some(self.run(state, request));
                state.tabs[tab] = Tab::Away { ask, request, since, end };
            }
            Act::Answer(tab) => {
                let (ask, _, _, end) = away(state, tab)?;
                let End::Reply(response) = &*self.host.ends.get(end?) else { return None };
                self.answer(state, tab, Input::Answer(ask.0, response.clone(), now));
            }
            Act::Stumble(tab) => {
                let (ask, ..) = away(state, tab)?;
                state.left.faults -= 1;
                self.answer(state, tab, Input::Answer(ask.0, busy(), now));
            }
            Act::Lose(tab) => {
                let (ask, ..) = away(state, tab)?;
                state.left.faults -= 1;
                self.answer(state, tab, Input::Lost(ask.0, Delivery::Unknown, now));
            }
            Act::NotSent(tab) => {
                let (ask, ..) = away(state, tab)?;
                state.left.faults -= 1;
                self.answer(state, tab, Input::Lost(ask.0, Delivery::NotSent, now));
            }
            Act::GiveBack(tab) => {
                let (ask, ..) = away(state, tab)?;
                state.left.faults -= 1;
                self.answer(state, tab, Input::GiveBack(ask.0));
            }
            Act::Close(tab) => {
                state.left.closed -= 1;
                state.tabs[tab] = Tab::Closed;
            }
            Act::Refuse => {
                state.left.refusals -= 1;
                state.refused = state.given;
                let token = (*self.facts.texts.get(state.given?)).clone();
                for tab in 0..state.sessions.len() {
                    self.input(state, tab, Input::Refuse(token.clone()));
                }
            }
            Act::End => {
                state.left.ends -= 1;
                state.is_ended = true;
                self.run(state, self.end);
            }
            Act::Tick => state.tick += 1,
            Act::Back => (state.tick, state.left.backs) = (0, state.left.backs - 1),
        }
        Some(())
    }

    /// Something came back, and whoever asked for it wants a token still.
    fn answer(&self, state: &mut State, tab: usize, input: Input) {
        self.input(state, tab, input);
        state.tabs[tab] = Tab::Waiting(self.now(state));
    }
}

/// Whether others wait no longer for one who asked then.
fn is_given_up(since: u32, now: u32) -> bool {
    u64::from(now) >= u64::from(since) + LONGEST_REFRESH.as_secs()
}

/// What a server says whose store does not answer.
fn busy() -> Response {
    let headers = Headers::new().with("content-type", "application/json");
    let body = br#"{"error":"temporarily_unavailable"}"#;
    Response { status: 503, headers, body: body.to_vec() }
}

impl Model for Tabs {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        let look = self.looks.id(self.user.replay(&History::default()).1);
        let tabs = self.lineup.tabs;
        vec![State {
            tick: 0,
            shelf: self.start.clone(),
            tabs: vec![Tab::Idle; tabs],
            wants: vec![self.lineup.left.wants; tabs],
            sessions: vec![(History::default(), look); if self.is_split { tabs } else { 1 }],
            left: self.lineup.left,
            arrived: 0,
            is_ended: false,
            given: None,
            refused: None,
            wrongs: Wrongs::default(),
        }]
    }

    fn actions(&self, state: &State, acts: &mut Vec<Act>) {
        // Whoever asks that often gets no answer, and would go on for ever.
        if state.arrived >= MOST_REQUESTS {
            return;
        }
        let left = &state.left;
        for (tab, it) in state.tabs.iter().enumerate() {
            match it {
                Tab::Idle | Tab::Waiting(_) if state.wants[tab] > 0 => acts.push(Act::Want(tab)),
                Tab::Away { end: Some(_), .. } => acts.push(Act::Answer(tab)),
                Tab::Away { end: None, .. } => {
                    acts.push(Act::Arrive(tab));
                    if left.faults > 0 {
                        acts.extend([Act::Stumble(tab), Act::NotSent(tab), Act::GiveBack(tab)]);
                    }
                }
                Tab::Idle | Tab::Waiting(_) | Tab::Out | Tab::Closed => {}
            }
            if left.faults > 0 && matches!(it, Tab::Away { .. }) {
                acts.push(Act::Lose(tab));
            }
            if left.closed > 0 && *it != Tab::Closed {
                acts.push(Act::Close(tab));
            }
        }
        if left.refusals > 0 && state.given.is_some() {
            acts.push(Act::Refuse);
        }
        if left.ends > 0 {
            acts.push(Act::End);
        }
        if usize::from(state.tick) + 1 < self.lineup.clock.len() {
            acts.push(Act::Tick);
        }
        if left.backs > 0 && state.tick > 0 {
            acts.push(Act::Back);
        }
    }

    fn next_state(&self, last: &State, act: Act) -> Option<State> {
        let mut state = last.clone();
        self.apply(&mut state, act)?;
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }

    fn format_action(&self, act: &Act) -> String {
        match *act {
            Act::Want(tab) => format!("tab {tab} wants a token"),
            Act::Arrive(tab) => format!("tab {tab}: its request reaches the server"),
            Act::Stumble(tab) => format!("tab {tab}: the server says that it cannot now"),
            Act::Answer(tab) => format!("tab {tab}: the answer arrives"),
            Act::Lose(tab) => format!("tab {tab}: no answer comes"),
            Act::NotSent(tab) => format!("tab {tab}: there is no network"),
            Act::GiveBack(tab) => format!("tab {tab}: the request is given back"),
            Act::Close(tab) => format!("tab {tab} is closed"),
            Act::Refuse => "an API calls the newest token invalid".into(),
            Act::End => "the user signs out elsewhere".into(),
            Act::Tick => "the clock goes on".into(),
            Act::Back => "the clock jumps back".into(),
        }
    }
}
