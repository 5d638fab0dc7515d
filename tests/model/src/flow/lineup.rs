//! What the attacker can do, and how often.

use crate::cast::Proof;
use crate::defence::{Defence, Defences};
use crate::host::Person;

use super::{App, At, Flow, Known, Server, Slot};

/// What there is in a search.
#[derive(Clone, Copy)]
pub(crate) struct Lineup {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) proof: Proof,
    /// Logins that may be begun.
    pub(crate) slots: &'static [Slot],
    /// Links of the attacker's that Alice follows.
    pub(crate) lures: u8,
    /// Codes for the attacker's own account.
    pub(crate) own: u8,
    /// Token requests that reach the server twice.
    pub(crate) twins: u8,
    /// The attacker reads the answers in Alice's browser.
    pub(crate) reads_responses: bool,
    /// The attacker reads the requests in Alice's browser.
    pub(crate) reads_requests: bool,
    /// One of the app's registered pages hands on what it gets.
    pub(crate) is_leaky: bool,
    pub(crate) clock: &'static [u32],
    /// What can be taken away.
    pub(crate) removable: Defences,
    /// What is broken although nothing is taken away: the known limits.
    pub(crate) limits: &'static [&'static str],
}

const fn slot(person: Person, at: At) -> Slot {
    Slot { person, at }
}

const ALICE: Slot = slot(Person::Alice, At::Honest);
const ALICE_AT_EVIL: Slot = slot(Person::Alice, At::Evil);
const MALLORY: Slot = slot(Person::Mallory, At::Honest);
const MALLORY_AT_EVIL: Slot = slot(Person::Mallory, At::Evil);

const APPS: &[Defence] = &[
    Defence::State,
    Defence::Browser,
    Defence::Iss,
    Defence::Once,
    Defence::Nonce,
    Defence::Audience,
    Defence::TokenIssuer,
    Defence::Signature,
    Defence::IdToken,
    Defence::Accounts,
    Defence::Challenge,
    Defence::Seeds,
    Defence::Tls,
    Defence::Client,
    Defence::Registered,
    Defence::Redirect,
    Defence::Owner,
    Defence::Verifier,
    Defence::Secret,
    Defence::Spent,
    Defence::Ended,
];

const WEB: Lineup = Lineup {
    name: "lure",
    about: "Alice, the attacker's account, links that Alice follows; the app has a secret",
    proof: Proof::Secret,
    slots: &[ALICE, MALLORY],
    lures: 1,
    own: 0,
    twins: 1,
    reads_responses: false,
    reads_requests: false,
    is_leaky: true,
    clock: &[0],
    removable: Defences::of(APPS),
    limits: &[],
};

const READ: Lineup = Lineup {
    name: "responses read",
    about: "whoever reads the answers in Alice's browser, and cannot lure her; the app has a secret",
    lures: 0,
    own: 1,
    reads_responses: true,
    is_leaky: false,
    ..WEB
};

/// Every lineup of the quick tier; in the deep one there is more at once.
pub(crate) fn lineups(is_deep: bool) -> Vec<Lineup> {
    let public = |name, lineup: Lineup| Lineup {
        name,
        about: "the same; the app is a page, and has no page that hands on what it gets",
        proof: Proof::Public,
        is_leaky: false,
        // Without it such an app gets nothing at all.
        removable: lineup.removable.without(Defence::Challenge),
        ..lineup
    };
    let own = Lineup {
        name: "own code",
        about: "Alice, the attacker's account and his own codes; the app has a secret",
        lures: 0,
        own: 1,
        ..WEB
    };
    let mix_up = Lineup {
        name: "mix-up",
        about: "Alice begins at our server and at the attacker's, and follows a link; the app has a secret",
        slots: &[ALICE, ALICE_AT_EVIL],
        twins: 0,
        ..WEB
    };
    let swap = Lineup {
        name: "swap",
        about: "Alice begins at both servers, the attacker has codes of his own; the app has a secret",
        slots: &[ALICE, ALICE_AT_EVIL],
        lures: 0,
        own: 1,
        twins: 0,
        ..WEB
    };
    // These are looked at once, with every defence in its place.
    let whole = |lineup| Lineup { removable: Defences::NONE, ..lineup };
    let both = whole(Lineup {
        name: "lure and own code",
        about: "Alice, the attacker's account, a link and a code of his own; the app has a secret",
        own: 1,
        ..WEB
    });
    let all_mix_up = whole(Lineup {
        name: "mix-up and own code",
        about: "Alice begins at both servers, follows a link, and there is a code of the attacker's; the app has a secret",
        own: 1,
        ..mix_up
    });
    let evil = Lineup {
        name: "evil server",
        about: "Alice begins at our server, the attacker at his own; the app has a secret",
        slots: &[ALICE, MALLORY_AT_EVIL],
        lures: 0,
        own: 1,
        ..WEB
    };
    let mut all = vec![
        WEB,
        public("lure, public", WEB),
        own,
        public("own code, public", own),
        mix_up,
        public("mix-up, public", mix_up),
        swap,
        public("swap, public", swap),
        evil,
        public("evil server, public", evil),
        both,
        public("lure and own code, public", both),
        all_mix_up,
        public("mix-up and own code, public", all_mix_up),
        READ,
        public("responses read, public", READ),
        Lineup {
            name: "time",
            about: "Alice alone, while the clock goes on",
            slots: &[ALICE],
            lures: 0,
            own: 0,
            twins: 1,
            clock: &[0, 599, 600, 899, 900],
            removable: Defences::of(&[Defence::CodeLife, Defence::Spent]),
            is_leaky: false,
            ..WEB
        },
    ];
    if is_deep {
        let web = whole(Lineup {
            name: "web",
            about: "all at once: lures, codes of his own, both servers; the app has a secret",
            slots: &[ALICE, ALICE_AT_EVIL, MALLORY, MALLORY_AT_EVIL],
            own: 1,
            twins: 0,
            ..WEB
        });
        all.extend([web, public("web, public", web)]);
    }
    all
}

/// What no redirect flow can stop.
pub(crate) fn limits() -> Vec<Lineup> {
    let beyond = Lineup { twins: 0, removable: Defences::NONE, ..WEB };
    vec![
        Lineup {
            name: "limit: requests read",
            about: "whoever reads the requests in Alice's browser and has an account",
            lures: 0,
            own: 1,
            reads_requests: true,
            limits: &["session integrity"],
            ..beyond
        },
        Lineup {
            name: "limit: responses read and a lure",
            about: "whoever reads the answers in Alice's browser and can lure her; the app has a secret",
            reads_responses: true,
            limits: &["authentication"],
            ..beyond
        },
        Lineup {
            name: "limit: responses read and a lure, public",
            about: "the same; the app is a page",
            proof: Proof::Public,
            reads_responses: true,
            is_leaky: false,
            limits: &["authorization", "authentication"],
            ..beyond
        },
        Lineup {
            name: "limit: a leaky page, public",
            about: "a lure, and one of the app's registered pages hands on what it gets",
            proof: Proof::Public,
            limits: &["authorization"],
            ..beyond
        },
    ]
}

impl Lineup {
    /// The model without these defences.
    pub(crate) fn flow(&self, off: Defences) -> Flow {
        Flow {
            lineup: *self,
            app: App::new(self, off),
            server: Server::new(self, off),
            known: Known::new(),
            is_staged: true,
        }
    }

    pub(crate) fn person_of(&self, slot: usize) -> Person {
        self.slots[slot].person
    }
}
