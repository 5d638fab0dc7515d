//! The key of a login: made when the user sets out, kept by the host, and gone with what is bound to it.
//!
//! One key for all logins would tell servers which accounts share a browser, and would open the next
//! session to whoever had got hold of it in the last.

use alloc::boxed::Box;
use alloc::string::String;

use super::client::Then;
use super::depart::Leg;
use super::effect::Effect;
use super::fault::Fault;
use super::input::{How, Id};
use super::prove::Prover;
use super::state::Live;
use super::tabs::Kept;
use super::{Machine, Pending, Waiting};
use crate::client::discover::DiscoverError;
use crate::client::dpop::ProofKey;
use crate::client::profile::Client;
use crate::entropy::Entropy;
use crate::secret::Secret;
use crate::text::cut;

impl Machine {
    /// The same, with tokens that are bound to a key if the server does that, or none if `is_required`.
    /// The entropy is fresh for this page.
    #[must_use]
    pub fn proving(mut self, is_required: bool, entropy: Entropy) -> Self {
        self.prover = Some(Prover::new(is_required, entropy));
        self
    }

    /// Whether the access token is good with its key only.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.live.as_ref().and_then(Live::key).is_some()
    }

    /// Whether tokens are of no use to this page: they are bound to a key and it proves none, or they
    /// are not and it takes no others.
    pub(super) fn is_foreign(&self, kept: &Kept) -> bool {
        let is_bound = kept.tokens.key.is_some();
        if is_bound { self.prover.is_none() } else { self.needs_key() }
    }

    /// Whether tokens that are bound to no key will not do.
    pub(super) fn needs_key(&self) -> bool {
        self.prover.as_ref().is_some_and(|prover| prover.is_required)
    }

    /// The key of a login.
    fn key_of(&self, jwk: &str) -> Option<ProofKey> {
        ProofKey::parse(jwk, self.needs_key())
    }

    /// Reads the [record](write) of a login, and its key.
    pub(super) fn read_login<'r>(&self, record: &'r str) -> (&'r str, Option<ProofKey>) {
        let (login, jwk) = cut(record, b' ').unwrap_or((record, ""));
        (login, self.key_of(jwk))
    }

    /// Leaves for the server, once there is a key if the login is to have one.
    pub(super) fn set_out(&mut self, leg: Box<Leg>) {
        let takes_proofs = self.client.as_ref().is_some_and(Client::takes_proofs);
        if self.needs_key() && !takes_proofs {
            return self.failed_login(leg.ticket, leg.how, DiscoverError::NoProofs.into());
        }
        if self.prover.is_none() || !takes_proofs {
            return self.leave(*leg, None);
        }
        let id = self.expect(Pending::Key(leg.ticket));
        self.errands.push(Then::Login(leg));
        self.push(Effect::MakeKey(id));
    }

    pub(super) fn key_made(&mut self, id: Id, jwk: Option<&str>) {
        let Some(Pending::Key(ticket)) = self.drop_pending(id) else { return };
        let key = jwk.and_then(|jwk| self.key_of(jwk));
        let Some(leg) = self.take_leg(ticket) else {
            // Given up meanwhile.
            return self.drop_key(key.as_ref());
        };
        let is_taken = |key: &ProofKey| self.client.as_ref().is_some_and(|c| c.takes(key));
        let fault = match (&key, jwk) {
            (Some(key), jwk) if jwk != Some(key.jwk()) => Fault::BadKey,
            (None, Some(_)) => Fault::BadKey,
            (Some(key), _) if is_taken(key) => return self.leave(*leg, Some(key.clone())),
            (Some(_), _) => DiscoverError::NoProofs.into(),
            (None, None) => Fault::NoKey,
        };
        self.drop_key(key.as_ref());
        if fault == Fault::BadKey || self.needs_key() {
            self.failed_login(leg.ticket, leg.how, fault);
        } else {
            self.leave(*leg, None);
        }
    }

    /// The client of a login: the key is the login's own, and windows and frames have a page of their
    /// own to come back to.
    pub(super) fn client_of(&self, how: How, key: Option<ProofKey>) -> Option<Client> {
        let mut client = self.client.clone()?;
        client.profile.dpop = key;
        if how != How::Page {
            client.profile.redirect_uri = self.relay.clone()?;
        }
        Some(client)
    }

    /// Looks whether the key is still there of tokens that were found, if they have one.
    pub(super) fn look_for_key(&mut self, kept: Option<Kept>) {
        let Some(kept) = kept else { return self.found(None) };
        match kept.tokens.key.as_ref().map(|key| String::from(key.jwk())) {
            Some(jwk) => {
                let id = self.expect(Pending::KeyFound(Box::new(kept)));
                self.push(Effect::Sign { id, jwk, input: "grantflow".into() });
            }
            None => self.found(Some(kept)),
        }
    }

    /// Nothing is bound to this key, or nothing will be any more.
    pub(super) fn drop_key(&mut self, key: Option<&ProofKey>) {
        if let Some(key) = key {
            self.push(Effect::DropKey(key.jwk().into()));
        }
    }

    /// Nothing is bound to the keys of sessions before this one any more.
    pub(super) fn drop_old_keys(&mut self) {
        let key = self.live.as_ref().and_then(Live::key);
        if self.prover.is_some() {
            self.push(Effect::DropOldKeys(key.map(|key| key.jwk().into())));
        }
    }
}

/// The record of a login, with its key.
pub(super) fn write(login: &Waiting, key: Option<&ProofKey>) -> Secret {
    let mut record = login.encode();
    if let Some(key) = key {
        record.push(' ');
        record.push_str(key.jwk());
    }
    Secret::new(record)
}
