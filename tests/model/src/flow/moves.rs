//! What each act does.

use grantflow::secret::Secret;
use grantflow::wire::http::Request;
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::token::TokenResponse;

use crate::book::Id;
use crate::cast::{APP, CALLBACK, EVIL, HONEST};
use crate::host::{End, Person, time};
use crate::keys::Owner;

use super::app::{Finish, Tried};
use super::{Act, At, Done, Flow, Forged, Grant, Issued, Login, Sent, State};

impl Flow {
    /// Does it; `None` if it cannot be done.
    pub(super) fn apply(&self, state: &mut State, act: Act) -> Option<()> {
        match act {
            Act::Begin(slot) => self.begin(state, slot),
            Act::Agree(slot) => {
                let request = self.asks(slot, state);
                let issued = self.server.agree(state, request, Person::Alice, self.now(state))?;
                self.give(state, issued);
            }
            Act::Lure(request) => {
                state.left.lures -= 1;
                let issued = self.server.agree(state, request, Person::Alice, self.now(state))?;
                self.give(state, issued);
            }
            Act::Own(request) => {
                state.left.own -= 1;
                let issued = self.server.agree(state, request, Person::Mallory, self.now(state))?;
                self.give(state, issued);
            }
            Act::Deliver { letter, slot, with } => {
                let (browser, url) = state.letters.remove(letter);
                self.call_back(state, (slot, browser), url, with, false);
            }
            Act::Inject { url, browser, slot, with, is_tapped } => {
                self.call_back(state, (slot, browser), url, with, is_tapped);
            }
            Act::Answer { slot, says } => self.answer(state, slot, says)?,
            Act::Twin(request) => {
                state.left.twins -= 1;
                self.redeem(state, request, 7, false);
            }
            Act::Redeem(request) => {
                self.redeem(state, request, 8, true);
            }
            Act::Tick => state.tick += 1,
        }
        state.letters.sort_unstable();
        state.grants.sort_unstable();
        Some(())
    }

    fn begin(&self, state: &mut State, slot: usize) {
        state.logins[slot] = Login::Away;
        state.born[slot] = state.tick;
        if self.is_seen(slot) {
            state.knows.states.add(slot);
            state.knows.nonces.add(slot);
            if self.app.sends_challenges() {
                state.knows.challenges.add(slot);
            }
        }
        if self.is_kept_in_view(slot) && self.app.sends_challenges() {
            state.knows.verifiers.add(slot);
        }
    }

    /// A person agreed: the grant is there, and the code is on its way.
    fn give(&self, state: &mut State, id: Id<Issued>) {
        let issued = self.server.issued.get(id);
        let is_at_app = issued.redirect_uri == CALLBACK;
        let is_alices = issued.person == Person::Alice;
        let is_read = is_alices && self.lineup.reads_responses;
        state.grants.push(Grant {
            issued: id,
            record: issued.first,
            is_known: !is_at_app || !is_alices || is_read,
            answers: 0,
            token: None,
            is_ended: false,
        });
        if is_at_app && is_alices {
            state.letters.push((Person::Alice, issued.location));
        }
        if is_read {
            let location = self.server.texts.get(issued.location);
            for slot in 0..self.lineup.slots.len() {
                if location.contains(&format!("state={}", self.app.state(slot))) {
                    state.knows.states.add(slot);
                }
            }
        }
    }

    /// A callback reaches a browser, and the app tries it on a login.
    fn call_back(
        &self,
        state: &mut State,
        (slot, browser): (usize, Person),
        url: Id<String>,
        with: At,
        is_tapped: bool,
    ) {
        let before = state.logins[slot];
        let Tried::Believed(request) = self.attempt(state, slot, url, with) else {
            if self.attempt(state, slot, url, with) == Tried::Over && before == Login::Away {
                state.wrongs.disturbed |= !self.knows_state(slot, url);
                state.logins[slot] = Login::Over;
            }
            return;
        };
        state.wrongs.twice |= before != Login::Away;
        let age = self.now(state) - self.lineup.clock[usize::from(state.born[slot])];
        state.wrongs.stale |= age >= 900;
        state.last_seconds.1 |= age == 899;
        let request = self.app.request(request);
        if with == At::Evil || is_tapped {
            self.intercept(state, slot, &request);
            state.logins[slot] = Login::Sent(Sent { url, with, browser });
            return;
        }
        let request = self.server.host.requests.id(request);
        if self.lineup.twins > 0 {
            state.sent.push(request);
            state.sent.sort_unstable();
            state.sent.dedup();
        }
        let entropy = 20 + u32::try_from(slot).unwrap();
        let end = self.redeem(state, request, entropy, false);
        let body = match &*self.server.host.ends.get(end) {
            End::Reply(response) => String::from_utf8_lossy(&response.body).into_owned(),
            End::Page(_) | End::Admitted(..) => String::new(),
        };
        self.finish(state, slot, Sent { url, with, browser }, body);
    }

    /// Whether whoever wrote this callback knew the login's `state`.
    fn knows_state(&self, slot: usize, url: Id<String>) -> bool {
        self.server.texts.get(url).contains(self.app.state(slot))
    }

    /// The attacker reads a token request.
    fn intercept(&self, state: &mut State, slot: usize, request: &Request) {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        for grant in &mut state.grants {
            let code = self.server.issued.get(grant.issued).code;
            grant.is_known |= body.contains(&**self.server.texts.get(code));
        }
        if self.app.sends_challenges() {
            state.knows.verifiers.add(slot);
        }
    }

    fn finish(&self, state: &mut State, slot: usize, sent: Sent, body: String) {
        let Sent { url, with, browser } = sent;
        let born = self.lineup.clock[usize::from(state.born[slot])];
        let response = self.app.response(body);
        let it = Finish { slot, born, url, with, response };
        let text = self.server.texts.get(url);
        let Some(signed_in) = self.app.finish(it, &text, self.now(state)) else {
            state.logins[slot] = Login::Over;
            return;
        };
        let by_resource = || {
            let text = self.server.text(&self.app.access(signed_in.access));
            let now = self.now(state);
            let mut all = state.grants.iter();
            let whose = all.find_map(|grant| self.server.whose(text, grant, now));
            whose.map(|(person, _)| (At::Honest, person))
        };
        let who = signed_in.identity.or_else(by_resource);
        state.wrongs.unproven |= !signed_in.is_proven;
        state.logins[slot] = match who {
            Some((iss, sub)) => Login::Done(Done { iss, sub, browser }),
            None => Login::Over,
        };
    }

    /// The attacker answers a token request.
    fn answer(&self, state: &mut State, slot: usize, says: Option<Forged>) -> Option<()> {
        let Login::Sent(sent) = state.logins[slot] else { return None };
        let id_token = says.map(|says| {
            let claims = IdClaims {
                iss: if says.iss == At::Honest { HONEST } else { EVIL }.into(),
                sub: says.sub.subject().into(),
                aud: vec![APP.into()],
                azp: None,
                exp: time(self.now(state) + 3600),
                iat: time(self.now(state)),
                nonce: says.nonce.map(|slot| self.app.parameter(slot, "nonce")),
                at_hash: None,
                auth_time: None,
                text: String::new(),
            };
            Secret::new(Owner::Evil.token("JWT", &claims.to_json()))
        });
        let tokens = TokenResponse {
            access_token: Secret::new("the attacker's"),
            token_type: "Bearer".into(),
            expires_in: Some(3600),
            refresh_token: None,
            id_token,
            scope: None,
        };
        self.finish(state, slot, sent, tokens.to_json());
        Some(())
    }

    /// A token request reaches our server; whether it is the attacker who hears the answer.
    fn redeem(
        &self,
        state: &mut State,
        request: Id<Request>,
        entropy: u32,
        is_heard: bool,
    ) -> Id<End> {
        let now = self.now(state);
        let code = self.code_in(request);
        let mut grants = state.grants.iter_mut();
        let grant = grants.find(|it| Some(self.server.issued.get(it.issued).code) == code);
        let Some(grant) = grant else { return self.server.token(request, entropy, now, None) };
        let before = grant.record;
        // No two requests have the same bytes.
        let entropy = entropy + 100 * u32::from(grant.answers);
        let end = self.server.token(request, entropy, now, Some(grant));
        let issued = self.server.issued.get(grant.issued);
        let is_proven = self.known.proofs.of(&(grant.issued, request), || {
            self.server.is_proven(&issued, request, self.lineup.proof)
        });
        state.wrongs.disturbed |= !is_proven && grant.record != before;
        match self.token_in(end) {
            Some(token) => {
                grant.answers = grant.answers.saturating_add(1).min(2);
                grant.token = grant.token.or(Some(token));
                state.wrongs.stale |= now >= issued.at + 600;
                state.last_seconds.0 |= now + 1 == issued.at + 600;
                if is_heard {
                    state.wrongs.stolen |= self.server.opens_alices(token, grant, now);
                }
            }
            None => grant.is_ended |= is_proven && grant.answers > 0,
        }
        end
    }
}
