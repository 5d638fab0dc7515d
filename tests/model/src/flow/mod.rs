//! Alice, the app, our server, and an attacker with a browser, a client and a server of his own.
//!
//! Whatever the attacker can put together he sends: the model asks the shipping code what comes of
//! it, and leaves out only what changes nothing.

mod app;
mod attacker;
mod known;
mod lineup;
mod moves;
mod properties;
mod scene;
mod server;
mod told;
mod words;

use grantflow::server::Versioned;
use grantflow::wire::http::Request;
use stateright::{Model, Property};

use crate::book::Id;
use crate::host::Person;

pub(crate) use self::app::App;
pub(crate) use self::known::Known;
pub(crate) use self::lineup::{Lineup, limits, lineups};
pub(crate) use self::server::{Issued, Server};

/// The model: who can do what.
pub(crate) struct Flow {
    pub(crate) lineup: Lineup,
    pub(crate) app: App,
    pub(crate) server: Server,
    pub(crate) known: Known,
    /// Whether acts that only prepare come first, in one order.
    pub(crate) is_staged: bool,
}

/// Which server.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum At {
    /// Ours.
    Honest,
    /// The attacker's.
    Evil,
}

/// A login that may be begun: whose, and at which server.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Slot {
    pub(crate) person: Person,
    pub(crate) at: At,
}

/// Where a login is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Login {
    Unbegun,
    /// The browser is at the server.
    Away,
    /// Its code went to the attacker, who may answer.
    Sent(Sent),
    /// Somebody is signed in.
    Done(Done),
    /// It failed.
    Over,
}

/// A token request that went to the attacker.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Sent {
    /// The callback that was believed.
    pub(crate) url: Id<String>,
    /// As which server's client.
    pub(crate) with: At,
    /// In whose browser.
    pub(crate) browser: Person,
}

/// Who the app thinks it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Done {
    pub(crate) iss: At,
    pub(crate) sub: Person,
    pub(crate) browser: Person,
}

/// A grant at our server, and what became of it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Grant {
    pub(crate) issued: Id<Issued>,
    pub(crate) record: Id<Versioned>,
    /// The attacker knows the code.
    pub(crate) is_known: bool,
    /// How often its code bought tokens.
    pub(crate) answers: u8,
    /// The first access token.
    pub(crate) token: Option<Id<String>>,
    /// Its owner came a second time, and was told so.
    pub(crate) is_ended: bool,
}

/// A set of logins, by place.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Slots(pub(crate) u8);

impl Slots {
    pub(crate) const fn has(self, slot: usize) -> bool {
        self.0 >> slot & 1 == 1
    }

    pub(crate) const fn add(&mut self, slot: usize) {
        self.0 |= 1 << slot;
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        (0..8).filter(move |slot| self.has(*slot))
    }
}

/// Of which logins the attacker knows what.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Knowledge {
    pub(crate) states: Slots,
    pub(crate) nonces: Slots,
    pub(crate) challenges: Slots,
    pub(crate) verifiers: Slots,
}

/// What has gone wrong for good.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Wrongs {
    /// The attacker got what opens Alice's tasks through the app.
    pub(crate) stolen: bool,
    /// A login was believed twice.
    pub(crate) twice: bool,
    /// An identity that its server has not proved for this login.
    pub(crate) unproven: bool,
    /// Who proved nothing has changed something.
    pub(crate) disturbed: bool,
    /// Something too old was taken.
    pub(crate) stale: bool,
}

/// How often what may still be done.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Left {
    pub(crate) lures: u8,
    pub(crate) own: u8,
    pub(crate) twins: u8,
}

/// All that can be told of a moment.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct State {
    pub(crate) tick: u8,
    /// In the order of their requests' numbers, so that the order of events does not matter.
    pub(crate) grants: Vec<Grant>,
    /// One for each of the lineup's slots.
    pub(crate) logins: Vec<Login>,
    /// When each was begun.
    pub(crate) born: Vec<u8>,
    /// Callbacks on their way to a browser.
    pub(crate) letters: Vec<(Person, Id<String>)>,
    pub(crate) knows: Knowledge,
    /// Token requests of the app that may be sent again.
    pub(crate) sent: Vec<Id<Request>>,
    pub(crate) wrongs: Wrongs,
    pub(crate) left: Left,
    /// What may still be done first, in a staged search.
    pub(crate) stage: (u8, u32),
    /// A code bought tokens in its last second; a callback was believed in its.
    pub(crate) last_seconds: (bool, bool),
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    Begin(usize),
    /// Alice agrees to what a login of hers asks.
    Agree(usize),
    /// Alice follows the attacker's link to our server, and agrees.
    Lure(Id<Request>),
    /// The attacker agrees himself.
    Own(Id<Request>),
    /// A callback reaches a browser, and the app tries it on a login.
    Deliver {
        letter: usize,
        slot: usize,
        with: At,
    },
    /// The attacker makes one up.
    Inject {
        url: Id<String>,
        browser: Person,
        slot: usize,
        with: At,
        is_tapped: bool,
    },
    /// The attacker answers a token request that came to him.
    Answer {
        slot: usize,
        says: Option<Forged>,
    },
    /// The app's token request reaches our server once more, and nobody hears the answer.
    Twin(Id<Request>),
    /// The attacker asks for tokens.
    Redeem(Id<Request>),
    Tick,
}

/// What the attacker's server says of who signed in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Forged {
    pub(crate) iss: At,
    pub(crate) sub: Person,
    /// Whose nonce is in it.
    pub(crate) nonce: Option<usize>,
}

impl Model for Flow {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        let Lineup { slots, lures, own, twins, .. } = self.lineup;
        vec![State {
            tick: 0,
            grants: Vec::new(),
            logins: vec![Login::Unbegun; slots.len()],
            born: vec![0; slots.len()],
            letters: Vec::new(),
            knows: Knowledge::default(),
            sent: Vec::new(),
            wrongs: Wrongs::default(),
            left: Left { lures, own, twins },
            stage: (0, 0),
            last_seconds: (false, false),
        }]
    }

    fn actions(&self, state: &State, acts: &mut Vec<Act>) {
        // Nothing new can be learnt once tokens are stolen.
        if state.wrongs.stolen {
            return;
        }
        let first = acts.len();
        self.collect(state, acts);
        if self.is_staged {
            let new = acts.split_off(first);
            acts.extend(new.into_iter().filter(|act| Self::is_in_order(state, act)));
        }
    }

    fn next_state(&self, last: &State, act: Act) -> Option<State> {
        let mut state = last.clone();
        self.apply(&mut state, act)?;
        if self.is_staged {
            state.stage = Self::place(&act);
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }

    fn format_action(&self, act: &Act) -> String {
        self.describe(act)
    }
}
