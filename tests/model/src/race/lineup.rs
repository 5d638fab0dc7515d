//! Who comes to the token endpoint, how the clock goes, and how often the store fails.

use std::time::Duration;

use grantflow::server::Policy;
use grantflow::uri::Issuer;

use crate::book::Book;
use crate::cast::{APP, CALLBACK, EVIL_APP, HONEST, LEAKY, Proof, Sender, app, evil_app};
use crate::defence::{Defence, Defences};
use crate::host::{Host, Person};
use crate::lies::Lies;

use super::errand::{Posted, SCOPE, Stage, form_for};
use super::{Errand, Facts, Kind, Lifetimes, Race};

/// A race that is looked at as a whole.
pub(crate) struct Lineup {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) proof: Proof,
    pub(crate) clock: &'static [u32],
    pub(crate) backs: u8,
    pub(crate) faults: u8,
    pub(crate) removable: Defences,
    pub(crate) errands: fn(&Stage<'_>, &Book<String>) -> Vec<Errand>,
}

const LIFETIMES: Lifetimes = Lifetimes { code: 60, access: 300, refresh: 1000, grace: 10 };

/// As good as without end.
const FOR_EVER: Duration = Duration::from_secs(100_000);

const CHECKS: &[Defence] = &[
    Defence::Owner,
    Defence::Redirect,
    Defence::Verifier,
    Defence::Spent,
    Defence::Ended,
    Defence::Turned,
    Defence::Compare,
];

const LIVES: &[Defence] = &[
    Defence::CodeLife,
    Defence::TokenLife,
    Defence::RefreshLife,
    Defence::Grace,
    Defence::Expired,
    Defence::Turned,
];

/// Every race of the quick tier; the deep one makes them longer.
pub(crate) fn lineups(is_deep: bool) -> Vec<Lineup> {
    let still: &[u32] = &[0];
    let all = vec![
        Lineup {
            name: "race",
            about: "eleven requests about one grant: the app, thieves, the evil client, refreshes and an end",
            proof: Proof::Secret,
            clock: if is_deep { &[0, 9, 10] } else { still },
            backs: 0,
            faults: 0,
            removable: Defences::NONE,
            errands: eleven,
        },
        Lineup {
            name: "race, small",
            about: "seven of them",
            proof: Proof::Secret,
            clock: still,
            backs: 0,
            faults: 0,
            removable: Defences::of(CHECKS),
            errands: seven,
        },
        Lineup {
            name: "race, public",
            about: "the same, for an app that cannot prove itself",
            proof: Proof::Public,
            clock: still,
            backs: 0,
            faults: 0,
            removable: Defences::of(CHECKS),
            errands: seven,
        },
        Lineup {
            name: "race, strangers",
            about: "the app, and the evil client with the app's refresh token; a refresh that asks for more",
            proof: Proof::Secret,
            clock: still,
            backs: 0,
            faults: 1,
            removable: Defences::of(&[Defence::Owner]),
            errands: |stage, texts| {
                vec![
                    stage.redeems("the app", 0),
                    stage.refreshes("a refresh of", 0, texts),
                    stage.widens(texts),
                    stage.misuses(0, texts),
                    stage.revokes("the evil client's end", Sender::Proved(EVIL_APP), texts),
                ]
            },
        },
    ];
    all.into_iter().chain(moving(is_deep)).collect()
}

/// Races in which the clock goes on, the store fails, or a page of consent is posted.
fn moving(is_deep: bool) -> Vec<Lineup> {
    let still: &[u32] = &[0];
    vec![
        Lineup {
            name: "race, time",
            about: "the app redeems and refreshes twice, while the clock goes on",
            proof: Proof::Secret,
            clock: &[0, 9, 10, 59, 60, 299, 300, 308, 309, 310, 999, 1000],
            backs: 0,
            faults: 0,
            removable: Defences::of(LIVES),
            errands: |stage, texts| {
                vec![
                    stage.redeems("the app", 0),
                    stage.refreshes("a refresh of", 0, texts),
                    stage.refreshes("another refresh of", 0, texts),
                ]
            },
        },
        Lineup {
            name: "race, back",
            about: "the app and thieves, while the clock goes on and jumps back",
            proof: Proof::Secret,
            clock: &[0, 59, 60],
            backs: 2,
            faults: 0,
            removable: Defences::of(&[Defence::Expired, Defence::Spent]),
            errands: |stage, _| {
                vec![
                    stage.redeems("the app", 0),
                    stage.redeems("a thief of all it knows", 0),
                    stage.guesses(2),
                ]
            },
        },
        Lineup {
            name: "race, faults",
            about: "the store fails, loses answers, and the server falls over",
            proof: Proof::Secret,
            clock: still,
            backs: 0,
            faults: if is_deep { 3 } else { 2 },
            removable: Defences::NONE,
            errands: |stage, texts| {
                vec![
                    stage.redeems("the app", 0),
                    stage.redeems("a thief of all it knows", 0),
                    stage.refreshes("a refresh of", 0, texts),
                    stage.refreshes("another refresh of", 0, texts),
                    stage.revokes("an end", stage.sender(0), texts),
                ]
            },
        },
        Lineup {
            name: "race, statements",
            about: "an app that proves itself with statements, and a thief of one",
            proof: Proof::Statement,
            clock: still,
            backs: 0,
            faults: if is_deep { 2 } else { 1 },
            removable: Defences::of(&[Defence::Stated]),
            errands: |stage, _| {
                vec![
                    stage.redeems("the app", 1),
                    stage.redeems("the app again", 2),
                    stage.redeems("a thief of the first statement", 1),
                ]
            },
        },
        Lineup {
            name: "race, consent",
            about: "Alice's page posted twice, by others, and from elsewhere; then a no",
            proof: Proof::Secret,
            clock: still,
            backs: 0,
            faults: if is_deep { 2 } else { 1 },
            removable: Defences::of(&[Defence::Said]),
            errands: consent,
        },
    ]
}

fn eleven(stage: &Stage<'_>, texts: &Book<String>) -> Vec<Errand> {
    let mut all = seven(stage, texts);
    all.extend([
        stage.refreshes("a refresh of", 1, texts),
        stage.misuses(0, texts),
        stage.revokes("an end", stage.sender(0), texts),
        stage.revokes("the evil client's end", Sender::Proved(EVIL_APP), texts),
    ]);
    all
}

fn seven(stage: &Stage<'_>, texts: &Book<String>) -> Vec<Errand> {
    vec![
        stage.redeems("the app", 0),
        stage.redeems("a thief of all it knows", 0),
        stage.guesses(0),
        stage.misplaces(),
        stage.misdirects(LEAKY),
        stage.refreshes("a refresh of", 0, texts),
        stage.refreshes("another refresh of", 0, texts),
    ]
}

fn consent(stage: &Stage<'_>, _: &Book<String>) -> Vec<Errand> {
    let alices = Posted {
        origin: HONEST,
        form: &stage.form,
        login: Person::Alice,
        scope: SCOPE,
        proves: true,
    };
    let mallorys = form_for(stage.host, Person::Mallory, APP, SCOPE);
    let strange = Posted { proves: false, ..alices };
    vec![
        stage.posts("a yes", Kind::Approve, &alices),
        stage.posts("the same yes", Kind::Approve, &alices),
        stage.posts("a no", Kind::Deny, &alices),
        stage.posts("Mallory's yes", Kind::Approve, &Posted { login: Person::Mallory, ..strange }),
        stage.posts("Mallory's page", Kind::Approve, &Posted { form: &mallorys, ..strange }),
        stage.posts(
            "a yes from elsewhere",
            Kind::Approve,
            &Posted { origin: "https://evil.test", ..strange },
        ),
        stage.asks_silently("a silent request", "openid"),
        Errand { proves: false, ..stage.asks_silently("a wider silent request", "openid email") },
    ]
}

impl Lineup {
    /// The race without these defences.
    pub(crate) fn race(&self, off: Defences) -> Race {
        let life = |defence, seconds: u32| {
            let life = Duration::from_secs(seconds.into());
            if off.has(defence) { FOR_EVER } else { life }
        };
        let policy = Policy {
            code_lifetime: life(Defence::CodeLife, LIFETIMES.code),
            access_token_lifetime: life(Defence::TokenLife, LIFETIMES.access),
            refresh_lifetime: life(Defence::RefreshLife, LIFETIMES.refresh),
            refresh_grace: life(Defence::Grace, LIFETIMES.grace),
            ..Policy::new(Issuer::parse(HONEST).unwrap())
        };
        let lies = Lies::new(off, policy.code_lifetime);
        let host = Host::new(policy, &[app(self.proof, &[CALLBACK, LEAKY]), evil_app()]);
        let stage = Stage::set(&host, self.proof, SCOPE);
        let facts = Facts::new(stage.sender(7));
        let errands = (self.errands)(&stage, &facts.texts);
        let has_page = errands.iter().any(|errand| errand.kind == Kind::Approve);
        let start = if has_page { crate::shelf::Shelf::default() } else { stage.shelf.clone() };
        let silent = errands.iter().filter(|errand| errand.kind == Kind::Silent);
        let silence = silent.map(|errand| errand.request).collect();
        let turns = stage.refresh.iter().map(|token| facts.texts.id(token.clone())).collect();
        Race {
            errands,
            start,
            silence,
            turns,
            lies,
            facts,
            host,
            clock: self.clock.into(),
            backs: self.backs,
            faults: self.faults,
            lifetimes: LIFETIMES,
        }
    }
}
