//! An access token comes back: a name of ours, or a signed statement with such a name in it.

use alloc::boxed::Box;

use super::handle::Call;
use super::name::{Kind, Name};
use crate::key::PublicKey;
use crate::secret::Secret;
use crate::wire::access_token::{self, AccessClaims};
use crate::wire::jws::Jws;

/// An access token of which this server made at least the name.
pub(crate) enum Came {
    /// An opaque one: there is nothing else to it.
    Named(Name),
    /// A signed one. Its name alone is no secret, so the signature has to be verified.
    Signed(Box<Signed>),
}

pub(crate) struct Signed {
    pub(crate) name: Name,
    key: PublicKey,
    text: Secret,
}

impl Came {
    /// What it says.
    pub(crate) fn name(&self) -> &Name {
        match self {
            Self::Named(name) => name,
            Self::Signed(signed) => &signed.name,
        }
    }

    /// Reads a token; `None` if this server never made it, before any record is read.
    pub(crate) fn read(call: &Call<'_>, token: &Secret) -> Option<Self> {
        let sealing = &call.server.sealing;
        if let Some(name) = sealing.open_name(Kind::Access, token.expose()) {
            return Some(Self::Named(name));
        }
        let jws = Jws::parse(token.expose()).ok()?;
        if !jws.typ.as_deref().is_some_and(access_token::is_type) {
            return None;
        }
        let said = AccessClaims::parse(&jws.payload).ok()?;
        // Servers of several names may share their keys
        // ([RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)).
        if said.iss != call.server.policy.issuer.as_str() {
            return None;
        }
        let name = sealing.open_name(Kind::Jti, &said.jti)?;
        let key = call.server.keys.find(jws.alg, jws.kid.as_deref(), call.now)?.clone();
        Some(Self::Signed(Signed { name, key, text: token.clone() }.into()))
    }
}

impl Signed {
    /// The question whether it is signed by us.
    pub(crate) fn question(self) -> (PublicKey, Secret) {
        (self.key, self.text)
    }
}
