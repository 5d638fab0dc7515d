//! An ID token of ours comes back, to say whom a request is about
//! ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).

use alloc::string::String;

use super::handle::Call;
use crate::key::PublicKey;
use crate::secret::Secret;
use crate::wire::id_token::IdClaims;
use crate::wire::jws::Jws;

/// What an ID token says, not yet verified. It may be too old: it says who somebody was.
pub(crate) struct Hint {
    pub(crate) subject: String,
    pub(crate) client_id: String,
    /// The key it says it is signed with; `None` if that is no longer published, and then nobody
    /// can tell whether we made it.
    key: Option<PublicKey>,
    text: Secret,
}

impl Hint {
    /// Reads a hint; `None` if it cannot be one that this server gave.
    pub(crate) fn read(call: &Call<'_>, text: Secret) -> Option<Self> {
        let jws = Jws::parse(text.expose()).ok()?;
        let claims = IdClaims::parse(&jws.payload).ok()?;
        let [client_id] = <[String; 1]>::try_from(claims.aud).ok()?;
        if claims.iss != call.server.policy.issuer.as_str() {
            return None;
        }
        let key = call.server.keys.find(jws.alg, jws.kid.as_deref(), call.now).cloned();
        Some(Self { subject: claims.sub, client_id, key, text })
    }

    /// The question whether it is signed by us, if anybody can tell.
    pub(crate) fn question(self) -> Option<(PublicKey, Secret)> {
        self.key.map(|key| (key, self.text))
    }
}
