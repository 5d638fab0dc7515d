//! Requests about one page of consent, each storage step of one between those of the others.
//!
//! The first read of a request belongs to its beginning: one that reads late meets the records that
//! one meets which begins late, or loses its swap and reads again.

mod errand;
mod facts;
mod lineup;
mod properties;

use grantflow::server::{Key, Versioned};
use grantflow::wire::http::Request;
use stateright::{Model, Property};

use crate::book::Id;
use crate::host::{Ask, End, Flight, Heard, Host, Place};
use crate::lies::Lies;
use crate::shelf::Shelf;

pub(crate) use self::errand::{Errand, Kind, Stage};
pub(crate) use self::facts::Facts;
pub(crate) use self::lineup::{Lineup, lineups};

/// The model: what there is to do, and how much may go wrong.
pub(crate) struct Race {
    pub(crate) host: Host,
    pub(crate) lies: Lies,
    pub(crate) errands: Vec<Errand>,
    pub(crate) start: Shelf,
    /// What the clock shows, one after the other, in seconds after the beginning.
    pub(crate) clock: Vec<u32>,
    /// How often it may be set back to its beginning.
    pub(crate) backs: u8,
    /// How often the store may fail, or its answer get lost.
    pub(crate) faults: u8,
    pub(crate) facts: Facts,
    pub(crate) lifetimes: Lifetimes,
    /// The refresh token of each generation.
    pub(crate) turns: Vec<Id<String>>,
    /// Requests that allow no page.
    pub(crate) silence: Vec<Id<Request>>,
}

/// How long things are good, in seconds, as it should be.
#[derive(Clone, Copy)]
pub(crate) struct Lifetimes {
    pub(crate) code: u32,
    pub(crate) access: u32,
    pub(crate) refresh: u32,
    pub(crate) grace: u32,
}

/// Where an errand is.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Hop {
    /// Not begun.
    Idle,
    /// On its way: when it came, and what it has heard.
    Away { at: u32, heard: Vec<Heard> },
    /// Answered.
    Back { at: u32, end: Id<End> },
    /// The server fell over; nobody will ever know.
    Gone,
}

/// All that can be told of a moment.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct State {
    pub(crate) tick: u8,
    pub(crate) backs: u8,
    pub(crate) faults: u8,
    pub(crate) shelf: Shelf,
    pub(crate) hops: Vec<Hop>,
    /// A request that proved nothing has changed something.
    pub(crate) is_disturbed: bool,
    /// Alice said no, was told that it is done, and has not said yes since.
    pub(crate) is_no: bool,
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    /// A request begins, or its next storage step is done.
    Step(usize),
    /// The same, but the store fails.
    Fail(usize, Failure),
    Tick,
    /// The clock jumps back.
    Back,
    /// The store drops what it may.
    Forget(Id<Key>),
}

/// How a storage step fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Failure {
    /// It says so, and did nothing.
    Down,
    /// It says so, and had done it.
    DownAfter,
    /// It says nothing, and did nothing.
    Silent,
    /// It says nothing, and had done it.
    SilentAfter,
    /// The server falls over before.
    Crash,
    /// The server falls over after.
    CrashAfter,
}

impl Failure {
    const ALL: [Self; 6] = [
        Self::Down,
        Self::DownAfter,
        Self::Silent,
        Self::SilentAfter,
        Self::Crash,
        Self::CrashAfter,
    ];
}

impl Race {
    pub(crate) fn now(&self, state: &State) -> u32 {
        self.clock[usize::from(state.tick)]
    }

    fn flight(&self, errand: usize, at: u32, heard: Vec<Heard>) -> Flight {
        let Errand { request, login, .. } = self.errands[errand];
        let entropy = u32::try_from(errand).unwrap() + 100;
        Flight { request, login, entropy, at, heard }
    }

    /// Where the errand is once everything is answered that nobody else can change.
    fn settle(&self, mut flight: Flight) -> (Hop, Option<Ask>) {
        loop {
            match self.host.ask(&flight) {
                Ask::End(end) => return (Hop::Back { at: flight.at, end }, None),
                Ask::Read(key) if self.host.fixed(key).is_some() => {
                    let found = self.host.fixed(key);
                    flight.heard.push(Heard::Found(found));
                }
                ask @ (Ask::Read(_) | Ask::Swap(_)) => {
                    return (Hop::Away { at: flight.at, heard: flight.heard }, Some(ask));
                }
            }
        }
    }

    /// Does the storage step that an errand waits for.
    fn step(&self, state: &mut State, errand: usize, failure: Option<Failure>) -> Option<()> {
        let (at, heard) = match &state.hops[errand] {
            Hop::Idle => (self.now(state), Vec::new()),
            Hop::Away { at, heard } => (*at, heard.clone()),
            Hop::Back { .. } | Hop::Gone => return None,
        };
        let flight = self.flight(errand, at, heard);
        let (hop, ask) = self.settle(flight.clone());
        let Hop::Away { heard, .. } = hop else {
            self.end(state, errand, hop);
            return failure.is_none().then_some(());
        };
        let mut flight = Flight { heard, ..flight };
        let heard = match (ask?, failure) {
            (_, Some(Failure::Crash)) => {
                state.hops[errand] = Hop::Gone;
                return Some(());
            }
            (Ask::Read(key), None) => {
                Heard::Found(self.lies.read(&self.host, &flight, state.shelf.get(key)))
            }
            (Ask::Read(_) | Ask::Swap(_), Some(Failure::Down)) => Heard::Down,
            (Ask::Swap(_), Some(Failure::Silent)) => Heard::Unknown,
            (Ask::Swap(place), failure) => {
                let held = self.swap(state, errand, place);
                match failure {
                    Some(Failure::CrashAfter) if held => {
                        state.hops[errand] = Hop::Gone;
                        return Some(());
                    }
                    Some(Failure::DownAfter) if held => Heard::Down,
                    Some(Failure::SilentAfter) if held => Heard::Unknown,
                    Some(_) => return None,
                    None if held => Heard::Held,
                    None => Heard::Lost,
                }
            }
            (Ask::Read(_) | Ask::End(_), _) => return None,
        };
        flight.heard.push(heard);
        let hop = self.settle(flight).0;
        self.end(state, errand, hop);
        Some(())
    }

    fn end(&self, state: &mut State, errand: usize, hop: Hop) {
        let told = match hop {
            Hop::Back { end, .. } => Some(self.facts.of(&self.host, end)),
            Hop::Idle | Hop::Away { .. } | Hop::Gone => None,
        };
        state.hops[errand] = hop;
        match self.errands[errand].kind {
            // Of a yes and a no at once nobody can tell which was last.
            Kind::Approve => state.is_no = false,
            Kind::Deny if told.is_some_and(|told| told.is_no) => {
                state.is_no = !self.is_asked(state);
            }
            _ => {}
        }
    }

    /// Whether a yes of Alice's is on its way.
    fn is_asked(&self, state: &State) -> bool {
        self.errands
            .iter()
            .zip(&state.hops)
            .any(|(errand, hop)| errand.kind == Kind::Approve && matches!(hop, Hop::Away { .. }))
    }

    fn swap(&self, state: &mut State, errand: usize, place: Place) -> bool {
        let held = self.lies.compares_not() || state.shelf.is_as_expected(&self.host, place);
        if held && self.lies.keeps(&self.host, place) {
            let before = state.shelf.clone();
            state.shelf.put(place.key, place.then);
            state.is_disturbed |= !self.errands[errand].proves && before != state.shelf;
        }
        held
    }

    /// Whether whoever sends the request has got what is in it.
    fn is_ready(&self, state: &State, errand: usize) -> bool {
        self.errands[errand].needs.is_none_or(|needed| {
            state.hops.iter().any(|hop| match hop {
                Hop::Back { end, .. } => self.facts.of(&self.host, *end).holds(needed),
                Hop::Idle | Hop::Away { .. } | Hop::Gone => false,
            })
        })
    }

    fn may_forget(&self, record: Id<Versioned>, now: u32) -> bool {
        let dies = self.host.records.get(record).record.dies();
        dies.is_some_and(|dies| dies <= crate::host::time(now))
    }
}

impl Model for Race {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            tick: 0,
            backs: self.backs,
            faults: self.faults,
            shelf: self.start.clone(),
            hops: vec![Hop::Idle; self.errands.len()],
            is_disturbed: false,
            is_no: false,
        }]
    }

    fn actions(&self, state: &State, acts: &mut Vec<Act>) {
        for errand in 0..self.errands.len() {
            match state.hops[errand] {
                Hop::Idle if !self.is_ready(state, errand) => continue,
                Hop::Idle | Hop::Away { .. } => acts.push(Act::Step(errand)),
                Hop::Back { .. } | Hop::Gone => continue,
            }
            if state.faults > 0 {
                acts.extend(Failure::ALL.map(|failure| Act::Fail(errand, failure)));
            }
        }
        if usize::from(state.tick) + 1 < self.clock.len() {
            acts.push(Act::Tick);
        }
        if state.backs > 0 && state.tick > 0 {
            acts.push(Act::Back);
        }
        for key in state.shelf.keys() {
            if state.shelf.get(key).is_some_and(|it| self.may_forget(it, self.now(state))) {
                acts.push(Act::Forget(key));
            }
        }
    }

    fn next_state(&self, last: &State, act: Act) -> Option<State> {
        let mut state = last.clone();
        match act {
            Act::Step(errand) => self.step(&mut state, errand, None)?,
            Act::Fail(errand, failure) => {
                state.faults -= 1;
                self.step(&mut state, errand, Some(failure))?;
            }
            Act::Tick => state.tick += 1,
            Act::Back => (state.tick, state.backs) = (0, state.backs - 1),
            Act::Forget(key) => state.shelf.forget(key),
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }

    fn format_action(&self, act: &Act) -> String {
        let name = |errand: usize| self.errands[errand].name.as_str();
        match *act {
            Act::Step(errand) => format!("{}: its next storage step", name(errand)),
            Act::Fail(errand, failure) => format!("{}: {failure:?}", name(errand)),
            Act::Tick => "the clock goes on".into(),
            Act::Back => "the clock jumps back".into(),
            Act::Forget(key) => format!("the store forgets {}", self.host.keys.get(key)),
        }
    }
}
