//! Whom a client wants to hear of, which it says with a value for `sub`
//! ([OpenID Connect Core §5.5.1](https://openid.net/specs/openid-connect-core-1_0.html#IndividualClaimsRequests)).

use alloc::string::String;

use crate::pack::{Packer, Unpacker};
use crate::wire::claims_request::ClaimsRequest;
use crate::wire::json;

/// Whom a client wants to hear of.
#[derive(Clone, Eq, PartialEq)]
pub(crate) enum Whom {
    Anybody,
    Only(String),
    /// It demands somebody whom there cannot be.
    Nobody,
}

impl Whom {
    /// Whom the client demands; `None` if it demands two people. One person may be demanded twice, and
    /// nobody has a name that is no string.
    pub(crate) fn demanded(claims: &ClaimsRequest) -> Option<Self> {
        let all = claims.userinfo.iter().chain(&claims.id_token);
        let values = all.filter(|claim| claim.name == "sub").flat_map(|claim| &claim.values);
        let mut wanted = values.map(|value| {
            let subject = json::parse(value.as_bytes()).ok().and_then(json::Value::string);
            subject.map_or(Self::Nobody, |subject| Self::Only(subject.into_owned()))
        });
        let first = wanted.next().unwrap_or(Self::Anybody);
        wanted.all(|other| other == first).then_some(first)
    }

    pub(crate) fn is(&self, subject: &str) -> bool {
        match self {
            Self::Anybody => true,
            Self::Only(wanted) => wanted == subject,
            Self::Nobody => false,
        }
    }

    pub(crate) fn pack(&self, to: Packer) -> Packer {
        match self {
            Self::Anybody => to.byte(0),
            Self::Only(subject) => to.byte(1).text(subject),
            Self::Nobody => to.byte(2),
        }
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        match from.byte()? {
            0 => Some(Self::Anybody),
            1 => from.text().map(Self::Only),
            2 => Some(Self::Nobody),
            _ => None,
        }
    }
}
