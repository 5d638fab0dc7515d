//! Proving the key that tokens are bound to: with every request for tokens, and with every use of one
//! ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::effect::{Effect, Settled};
use super::fault::Fault;
use super::input::{Id, Ticket};
use super::renewal::Delivery;
use super::state::Why;
use super::{Machine, Pending};
use crate::client::dpop::{self, ProofKey, Use};
use crate::entropy::Entropy;
use crate::secret::Secret;
use crate::text::{push_digits, until};
use crate::time::UnixTime;
use crate::uri;
use crate::wire::http::{Request, Response};

/// Most servers of which it is remembered what they want to have in a proof.
const MOST_NONCES: usize = 16;

/// What makes each proof another one.
#[derive(Debug)]
pub(super) struct Prover {
    /// Whether every login has to have a key.
    pub(super) is_required: bool,
    entropy: Entropy,
    made: u64,
    /// What each server wants to have in the next proof, by its origin.
    nonces: Vec<(String, String)>,
}

/// A request for tokens that needs a proof.
#[derive(Debug)]
pub(super) struct Proving {
    request: Request,
    pub(super) then: Pending,
    is_again: bool,
}

/// Where a URL leads, as far as a server's word about proofs holds.
fn origin(url: &str) -> &str {
    uri::origin(until(url, b"?#").0).unwrap_or(url)
}

impl Prover {
    pub(super) const fn new(is_required: bool, entropy: Entropy) -> Self {
        Self { is_required, entropy, made: 0, nonces: Vec::new() }
    }

    fn nonce(&self, url: &str) -> Option<&str> {
        let found = self.nonces.iter().find(|(there, _)| there == origin(url));
        found.map(|(_, nonce)| nonce.as_str())
    }

    /// Takes a server's or an API's word, if it can be one.
    fn learn(&mut self, url: &str, nonce: &str) -> bool {
        if !dpop::is_nonce(nonce) {
            return false;
        }
        let place = origin(url);
        let known = self.nonces.iter().position(|(there, _)| there == place);
        if let Some(at) = known.or_else(|| (self.nonces.len() == MOST_NONCES).then_some(0)) {
            self.nonces.remove(at);
        }
        self.nonces.push((place.to_owned(), nonce.to_owned()));
        true
    }

    /// The key and what it is to sign.
    fn input(&mut self, key: &ProofKey, made_for: Use<'_>, now: UnixTime) -> (String, String) {
        let entropy = self.next();
        let nonce = self.nonce(made_for.url);
        (key.jwk().into(), key.input(Use { nonce, ..made_for }, &entropy, now))
    }

    /// Randomness of its own for each proof.
    fn next(&mut self) -> Entropy {
        self.made = self.made.wrapping_add(1);
        let mut label = String::from("proof ");
        push_digits(&mut label, self.made);
        Entropy::new(self.entropy.derive(&label))
    }
}

impl Machine {
    /// Sends a request for tokens, with a proof if they are to be bound to a key.
    pub(super) fn ask(&mut self, request: Request, then: Pending) {
        if then.key().is_some() && self.prover.is_some() {
            self.ask_proof(Proving { request, then, is_again: false });
        } else {
            let id = self.expect(then);
            self.push(Effect::Http { id, request, fresh: true });
        }
    }

    fn ask_proof(&mut self, proving: Proving) {
        let url = &proving.request.url;
        let made_for = Use { method: "POST", url, access_token: None, nonce: None };
        let (Some(key), Some(prover)) = (proving.then.key(), &mut self.prover) else { return };
        let (jwk, input) = prover.input(key, made_for, self.clock.wall);
        let id = self.expect(Pending::Proof(Box::new(proving), input.clone()));
        self.push(Effect::Sign { id, jwk, input });
    }

    /// Proves the key to an API, which gets this token.
    pub(super) fn prove_use(&mut self, ticket: Ticket, method: &str, url: &str, token: &Secret) {
        let made_for = Use { method, url, access_token: Some(token), nonce: None };
        let key = self.live.as_ref().and_then(|live| live.session.tokens().key.as_ref());
        let (Some(key), Some(prover)) = (key, &mut self.prover) else {
            return self.done(ticket, Some(Fault::SignedOut));
        };
        let (jwk, input) = prover.input(key, made_for, self.clock.wall);
        let id = self.expect(Pending::ProofOfUse(ticket, input.clone()));
        self.push(Effect::Sign { id, jwk, input });
    }

    /// Takes what a server or an API wants to have in the next proof, if it can be that.
    pub(super) fn learn(&mut self, url: &str, nonce: &str) -> bool {
        self.prover.as_mut().is_some_and(|prover| prover.learn(url, nonce))
    }

    pub(super) fn signed(&mut self, id: Id, signature: Option<Vec<u8>>) {
        match (self.drop_pending(id), signature) {
            (Some(Pending::Proof(mut proving, input)), Some(signature)) => {
                dpop::attach(&mut proving.request, &input, &signature);
                let request = proving.request.clone();
                let id = self.expect(Pending::Proved(proving));
                self.push(Effect::Http { id, request, fresh: true });
            }
            (Some(Pending::Proof(proving, _)), None) => self.unsigned(proving.then),
            (Some(Pending::KeyFound(kept)), signature) if self.live.is_none() => {
                if signature.is_none() {
                    self.fault = Some(Fault::KeyLost);
                }
                self.found(signature.map(|_| *kept));
            }
            (Some(Pending::KeyFound(_)), _) => self.found(None),
            (Some(Pending::ProofOfUse(ticket, input)), Some(signature)) => {
                let proof = crate::wire::jws::assemble(&input, &signature);
                self.push(Effect::Settle(ticket, Ok(Settled::Token(Secret::new(proof)))));
            }
            (Some(Pending::ProofOfUse(ticket, _)), None) => {
                // With a refresh it comes out whether others have a later session.
                if let Some(token) =
                    self.live.as_ref().map(|l| l.session.tokens().access_token.clone())
                {
                    self.refuse(&token);
                }
                self.done(ticket, Some(Fault::KeyLost));
            }
            (Some(_) | None, _) => {}
        }
    }

    /// The key does not sign any more, so nothing gets tokens again.
    fn unsigned(&mut self, then: Pending) {
        if let Pending::Redeem(_, claim) = then {
            return self.arrived(*claim, Err(Fault::KeyLost), true);
        }
        // Whoever dropped the key may have put other tokens where these were: they are not ours to remove.
        if let Pending::Refresh(_, login) = then
            && self.live.take_if(|live| live.login == login).is_some()
        {
            self.end(Why::StorageLost, Fault::KeyLost);
            self.fault = Some(Fault::KeyLost);
        }
        self.release();
    }

    /// An answer to a request with a proof: one that wants a nonce and brings it is asked once more.
    pub(super) fn proved(&mut self, proving: Proving, answer: Result<Response, Delivery>) {
        if let Ok(response) = &answer {
            if let Some(nonce) = dpop::nonce(response) {
                self.learn(&proving.request.url, nonce);
            }
            if !proving.is_again && dpop::wanted_nonce(response).is_some() {
                return self.ask_proof(Proving { is_again: true, ..proving });
            }
        }
        self.deliver(proving.then, answer);
    }

    /// Brings an answer to whatever waits for it.
    pub(super) fn deliver(&mut self, pending: Pending, answer: Result<Response, Delivery>) {
        match pending {
            Pending::Metadata(url) => self.metadata(url, &answer),
            Pending::Redeem(ask, claim) => self.redeemed(*ask, claim, answer),
            Pending::Keys(ask, claim) => self.keys(*ask, claim, answer),
            Pending::Refresh(ask, login) => self.refreshed(*ask, &login, answer),
            Pending::Revoke(ask) => self.revoked(*ask, answer),
            Pending::Proved(proving) => self.proved(*proving, answer),
            Pending::StoredMetadata
            | Pending::Restore
            | Pending::KeyFound(_)
            | Pending::RestoreMark(_)
            | Pending::Key(_)
            | Pending::Record(_)
            | Pending::Claim(_)
            | Pending::Receipt(_)
            | Pending::Verdict(..)
            | Pending::Lock
            | Pending::Reread(_)
            | Pending::Proof(..)
            | Pending::ProofOfUse(..)
            | Pending::Published
            | Pending::Past
            | Pending::LastLook => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_about_proofs_holds_for_one_origin_and_the_oldest_is_forgotten() {
        assert_eq!(origin("https://a.test:8/b?c"), "https://a.test:8");
        assert_eq!(origin("https://a.test"), "https://a.test");
        assert_eq!(origin("x"), "x");
        let mut prover = Prover::new(false, Entropy::new([1; 32]));
        prover.learn("https://a.test/b", "1");
        prover.learn("https://a.test/c", "2");
        assert_eq!(prover.nonce("https://a.test/?d"), Some("2"));
        assert_eq!(prover.nonce("https://b.test/"), None);
        for at in 0..MOST_NONCES {
            prover.learn(&alloc::format!("https://{at}.test/"), "n");
        }
        assert_eq!(prover.nonce("https://a.test/"), None);
        assert_eq!(prover.nonces.len(), MOST_NONCES);
        assert_ne!(prover.next().derive("jti"), prover.next().derive("jti"));
    }
}
