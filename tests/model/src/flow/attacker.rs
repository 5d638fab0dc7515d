//! Whatever the attacker can put together.

use std::sync::Arc;

use grantflow::wire::http::Request;

use crate::book::Id;
use crate::cast::{
    APP, CALLBACK, EVIL, EVIL_APP, EVIL_CALLBACK, HONEST, LEAKY, Proof, Sender, authorization,
    challenge_of, query, redemption, verifier,
};
use crate::defence::Defence;
use crate::host::Person;

use super::app::Tried;
use super::{Act, At, Flow, Forged, Grant, Issued, Knowledge, Login, Slots, State};

/// The attacker's own verifier.
pub(super) const OWN: u8 = 99;

impl Flow {
    /// Everything that could change something.
    pub(super) fn collect(&self, state: &State, acts: &mut Vec<Act>) {
        for (slot, login) in state.logins.iter().enumerate() {
            match login {
                Login::Unbegun => acts.push(Act::Begin(slot)),
                Login::Away if self.may_agree(state, slot) => acts.push(Act::Agree(slot)),
                Login::Sent(_) => {
                    acts.extend(Self::answers(state).map(|says| Act::Answer { slot, says }));
                }
                Login::Away | Login::Done(_) | Login::Over => {}
            }
        }
        if state.left.lures > 0 {
            acts.extend(self.lures(state).iter().copied().map(Act::Lure));
        }
        if state.left.own > 0 {
            acts.extend(self.own(state).iter().copied().map(Act::Own));
        }
        self.callbacks(state, acts);
        if state.left.twins > 0 {
            acts.extend(state.sent.iter().copied().map(Act::Twin));
        }
        for grant in state.grants.iter().filter(|grant| grant.is_known) {
            acts.extend(self.redemptions(state, grant).iter().copied().map(Act::Redeem));
        }
        if usize::from(state.tick) + 1 < self.lineup.clock.len() {
            acts.push(Act::Tick);
        }
    }

    /// Once for each login: again would only make another code for the same challenge.
    fn may_agree(&self, state: &State, slot: usize) -> bool {
        let it = self.lineup.slots[slot];
        it.person == Person::Alice && it.at == At::Honest && {
            let request = self.asks(slot, state);
            !state
                .grants
                .iter()
                .any(|grant| self.server.issued.get(grant.issued).request == request)
        }
    }

    /// The authorization request of a login.
    pub(super) fn asks(&self, slot: usize, state: &State) -> Id<Request> {
        let born = self.lineup.clock[usize::from(state.born[slot])];
        self.known.asks.of(&(slot, born), || {
            let mut request = Request::get(self.app.url(slot, born));
            request.headers.push("accept", "text/html");
            self.server.host.requests.id(request)
        })
    }

    /// Authorization requests that the attacker can write.
    fn links(
        &self,
        knows: Knowledge,
        clients: &[(&str, &[&str])],
        has_states: bool,
    ) -> Arc<[Id<Request>]> {
        let parameter = |name: &'static str| move |slot| self.app.parameter(slot, name);
        let with_none = |all: Vec<String>| [vec![String::new()], all].concat();
        let mut challenges: Vec<_> =
            knows.challenges.iter().map(parameter("code_challenge")).collect();
        challenges.push(challenge_of(&verifier(OWN)));
        let challenges = with_none(challenges);
        let nonces = if self.app.asks_identity() {
            with_none(knows.nonces.iter().map(parameter("nonce")).collect())
        } else {
            with_none(Vec::new())
        };
        let mut all = Vec::new();
        for (client_id, uris) in clients {
            for uri in *uris {
                // Where the attacker reads the code he writes the callback himself.
                let states = if has_states && *uri == CALLBACK {
                    with_none(knows.states.iter().map(parameter("state")).collect())
                } else {
                    with_none(Vec::new())
                };
                for (challenge, nonce, state) in product(&challenges, &nonces, &states) {
                    let method = if challenge.is_empty() { "" } else { "S256" };
                    let request = authorization(&[
                        ("client_id", client_id),
                        ("redirect_uri", uri),
                        ("scope", self.app.scope()),
                        ("state", state),
                        ("code_challenge", challenge),
                        ("code_challenge_method", method),
                        ("nonce", nonce),
                    ]);
                    all.push(self.server.host.requests.id(request));
                }
            }
        }
        all.into()
    }

    fn lures(&self, state: &State) -> Arc<[Id<Request>]> {
        self.known.links.of(&(state.knows, true), || {
            let apps = [CALLBACK, LEAKY, EVIL_CALLBACK];
            let evils = [EVIL_CALLBACK, CALLBACK];
            self.links(state.knows, &[(APP, &apps), (EVIL_APP, &evils)], true)
        })
    }

    fn own(&self, state: &State) -> Arc<[Id<Request>]> {
        self.known.links.of(&(state.knows, false), || {
            let (apps, evils) = ([CALLBACK, LEAKY], [EVIL_CALLBACK]);
            self.links(state.knows, &[(APP, &apps), (EVIL_APP, &evils)], false)
        })
    }

    /// What the attacker's server may say of who signed in, or nothing.
    fn answers(state: &State) -> impl Iterator<Item = Option<Forged>> {
        std::iter::once(None).chain(claims(state).map(Some))
    }

    /// Callbacks, delivered and made up, that change something.
    fn callbacks(&self, state: &State, acts: &mut Vec<Act>) {
        let withs: &[At] =
            if self.has_evil_server() { &[At::Honest, At::Evil] } else { &[At::Honest] };
        let made_up = self.made_up(state);
        for slot in 0..self.lineup.slots.len() {
            if !self.takes(state, slot) {
                continue;
            }
            for with in withs.iter().copied() {
                for (letter, (browser, url)) in state.letters.iter().enumerate() {
                    if self.reaches(*browser, slot) && self.does_something(state, slot, *url, with)
                    {
                        acts.push(Act::Deliver { letter, slot, with });
                    }
                }
                for url in made_up.iter().copied() {
                    for browser in [Person::Alice, Person::Mallory] {
                        if self.reaches(browser, slot)
                            && self.does_something(state, slot, url, with)
                        {
                            acts.push(Act::Inject { url, browser, slot, with, is_tapped: false });
                            if self.app.takes_any_server() {
                                acts.push(Act::Inject {
                                    url,
                                    browser,
                                    slot,
                                    with,
                                    is_tapped: true,
                                });
                            }
                        }
                    }
                }
            }
        }
    }

    /// Callbacks with every code that the attacker knows, and without one.
    fn made_up(&self, state: &State) -> Vec<Id<String>> {
        let known = state.grants.iter().filter(|grant| grant.is_known);
        let codes = known.map(|grant| Some(self.server.issued.get(grant.issued).code));
        let mut all = Vec::new();
        for code in std::iter::once(None).chain(codes) {
            let callbacks = self
                .known
                .callbacks
                .of(&(code, state.knows.states), || self.callbacks_with(code, state.knows.states));
            all.extend_from_slice(&callbacks);
        }
        all
    }

    fn callbacks_with(&self, code: Option<Id<String>>, known: Slots) -> Arc<[Id<String>]> {
        let code = code.map(|code| self.server.texts.get(code));
        let (name, answer) =
            code.as_ref().map_or(("error", "access_denied"), |code| ("code", code.as_str()));
        let mut all = Vec::new();
        for state in std::iter::once("").chain(known.iter().map(|slot| self.app.state(slot))) {
            for iss in ["", HONEST, EVIL] {
                let query = query(&[(name, answer), ("state", state), ("iss", iss)]);
                all.push(self.server.text(&format!("{CALLBACK}?{query}")));
            }
        }
        all.into()
    }

    pub(super) fn has_evil_server(&self) -> bool {
        self.lineup.slots.iter().any(|slot| slot.at == At::Evil)
    }

    /// Whether the app has a record of this login to try a callback on.
    fn takes(&self, state: &State, slot: usize) -> bool {
        match state.logins[slot] {
            Login::Away => true,
            Login::Sent(_) | Login::Done(_) | Login::Over => self.app.keeps_all(),
            Login::Unbegun => false,
        }
    }

    /// Whether the record of a login is where a browser's callback finds it.
    fn reaches(&self, browser: Person, slot: usize) -> bool {
        self.app.shares_storage() || self.lineup.person_of(slot) == browser
    }

    fn does_something(&self, state: &State, slot: usize, url: Id<String>, with: At) -> bool {
        self.attempt(state, slot, url, with) != Tried::Kept
    }

    /// What our client says to a callback.
    pub(super) fn attempt(&self, state: &State, slot: usize, url: Id<String>, with: At) -> Tried {
        let born = self.lineup.clock[usize::from(state.born[slot])];
        self.app.attempt((slot, born), (url, &self.server.texts), with, self.now(state))
    }

    /// Token requests for a code that the attacker can write, and that change something.
    fn redemptions(&self, state: &State, grant: &Grant) -> Arc<[Id<Request>]> {
        let key = (grant.issued, state.knows.verifiers);
        self.known.redemptions.of(&key, || self.redemptions_of(grant.issued, state.knows.verifiers))
    }

    fn redemptions_of(&self, issued: Id<Issued>, known: Slots) -> Arc<[Id<Request>]> {
        let code = self.server.texts.get(self.server.issued.get(issued).code);
        let mut senders = vec![Sender::Proved(EVIL_APP), Sender::Named(APP), Sender::Guessed(APP)];
        if self.app.is_secret_known() {
            senders.push(Sender::Proved(APP));
        }
        let mut verifiers = vec![String::new(), verifier(OWN)];
        verifiers.extend(known.iter().map(|slot| self.app.verifier(slot)));
        let mut all = Vec::new();
        for sender in senders {
            for uri in [CALLBACK, LEAKY, EVIL_CALLBACK] {
                for verifier in &verifiers {
                    let request = redemption(sender, &code, uri, verifier);
                    all.push(self.server.host.requests.id(request));
                }
            }
        }
        all.into()
    }

    pub(super) fn now(&self, state: &State) -> u32 {
        self.lineup.clock[usize::from(state.tick)]
    }

    /// Whether the attacker learns what is in a request of this login.
    pub(super) fn is_seen(&self, slot: usize) -> bool {
        let it = self.lineup.slots[slot];
        it.person == Person::Mallory
            || it.at == At::Evil
            || self.lineup.reads_requests
            || self.app.is_without(Defence::Seeds)
    }

    /// Whether the attacker learns what the app keeps of this login.
    pub(super) fn is_kept_in_view(&self, slot: usize) -> bool {
        let is_own = self.lineup.person_of(slot) == Person::Mallory;
        (is_own && self.lineup.proof == Proof::Public) || self.app.is_without(Defence::Seeds)
    }
}

/// Each with each.
fn product<'t>(
    ones: &'t [String],
    twos: &'t [String],
    threes: &'t [String],
) -> impl Iterator<Item = (&'t str, &'t str, &'t str)> {
    ones.iter().flat_map(move |one| {
        twos.iter().flat_map(move |two| {
            threes.iter().map(move |three| (one.as_str(), two.as_str(), three.as_str()))
        })
    })
}

fn claims(state: &State) -> impl Iterator<Item = Forged> {
    let people = [Person::Alice, Person::Mallory];
    let nonces: Vec<_> = std::iter::once(None).chain(state.knows.nonces.iter().map(Some)).collect();
    [At::Honest, At::Evil].into_iter().flat_map(move |iss| {
        let nonces = nonces.clone();
        people.into_iter().flat_map(move |sub| {
            nonces.clone().into_iter().map(move |nonce| Forged { iss, sub, nonce })
        })
    })
}
