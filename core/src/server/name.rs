//! Codes, tokens and forms are names: sealed by the server, looked up nowhere.
//!
//! `base64url(kind ‖ key id ‖ contents ‖ HMAC-SHA-256)`. A forged one is refused before any read,
//! one kind never passes for another, and a leaked store holds nothing that would pass.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

use crate::base64url;
use crate::entropy::keyed;
use crate::pack::{Packer, Unpacker};
use crate::scope::{MOST_SCOPES, ScopeSet};
use crate::secret::Secret;
use crate::time::UnixTime;

const MAC: usize = 32;

/// What a sealed text is for. The number is part of what is sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// An authorization code.
    Code = 1,
    /// An access token.
    Access = 2,
    /// A refresh token.
    Refresh = 7,
    /// A login, kept in a cookie.
    Login = 3,
    /// A request that waits for a login.
    Visit = 4,
    /// A request that waits for consent.
    Consent = 5,
    /// A form of the developer or the sign-out page.
    Form = 6,
}

impl Kind {
    /// What scanners for leaked secrets can look for; forms need none.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "gfc_",
            Self::Access => "gfa_",
            Self::Refresh => "gfr_",
            Self::Login | Self::Visit | Self::Consent | Self::Form => "",
        }
    }
}

/// The secrets all names are sealed with: the newest seals, every one opens.
pub struct SealingKeys {
    newest: SealingKey,
    older: Vec<SealingKey>,
}

struct SealingKey {
    /// The first byte of a hash of the key, so that an opener knows which to try.
    id: u8,
    bytes: [u8; 32],
}

impl SealingKey {
    fn new(bytes: [u8; 32]) -> Self {
        let [id, ..] = keyed(&bytes, &[b"key id"]);
        Self { id, bytes }
    }
}

impl Drop for SealingKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl SealingKeys {
    /// One key of 32 random bytes.
    ///
    /// # Security
    ///
    /// Who holds it can make codes and tokens for everybody. Keep it as you keep a signing key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { newest: SealingKey::new(key), older: Vec::new() }
    }

    /// The same, also opening what `key` sealed.
    #[must_use]
    pub fn and_older(mut self, key: [u8; 32]) -> Self {
        self.older.push(SealingKey::new(key));
        self
    }

    fn seal(&self, kind: Kind, contents: &[u8]) -> String {
        let head = [kind as u8, self.newest.id];
        let mac = keyed(&self.newest.bytes, &[&head, contents]);
        let sealed = [&head[..], contents, &mac].concat();
        let mut text = String::from(kind.prefix());
        text.push_str(&base64url::encode(sealed));
        text
    }

    fn open(&self, kind: Kind, text: &str) -> Option<Vec<u8>> {
        let sealed = base64url::decode(text.strip_prefix(kind.prefix())?)?;
        let (message, mac) = sealed.split_at_checked(sealed.len().checked_sub(MAC)?)?;
        let (head, contents) = message.split_at_checked(2)?;
        let [said, key_id] = head else { return None };
        let keys = core::iter::once(&self.newest).chain(&self.older);
        let good = keys
            .filter(|key| key.id == *key_id)
            .any(|key| keyed(&key.bytes, &[message]).ct_eq(mac).into());
        (good && *said == kind as u8).then(|| contents.into())
    }

    /// Seals a form or a cookie, good until `until`.
    pub(crate) fn seal_until(&self, kind: Kind, until: UnixTime, contents: &[u8]) -> String {
        let head = Packer::new().u64(until.as_secs()).finish();
        self.seal(kind, &[head.as_slice(), contents].concat())
    }

    /// Opens what [`SealingKeys::seal_until`] sealed, and says whether it is still good.
    pub(crate) fn open_until(&self, kind: Kind, text: &str, now: UnixTime) -> Option<Opened> {
        let contents = self.open(kind, text)?;
        let (until, contents) = contents.split_at_checked(8)?;
        let until = UnixTime::from_secs(u64::from_be_bytes(until.try_into().ok()?));
        Some(Opened { contents: contents.into(), is_fresh: now < until })
    }

    /// The code or token that stands for `name`.
    pub(crate) fn name(&self, kind: Kind, name: &Name) -> Secret {
        let GrantId(grant) = name.grant;
        let packed =
            Packer::new().array(grant).u32(name.turn).u64(name.until.as_secs()).u64(name.scope.0);
        Secret::new(self.seal(kind, &packed.finish()))
    }

    /// What a code or token stands for; `None` if this server never made it.
    pub(crate) fn open_name(&self, kind: Kind, text: &str) -> Option<Name> {
        let contents = self.open(kind, text)?;
        let mut from = Unpacker::new(&contents);
        let name = Name {
            grant: GrantId(from.array()?),
            turn: from.u32()?,
            until: UnixTime::from_secs(from.u64()?),
            scope: ScopeBits(from.u64()?),
        };
        from.is_done().then_some(name)
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKeys(..)")
    }
}

/// A sealed form or cookie, opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) contents: Vec<u8>,
    pub(crate) is_fresh: bool,
}

/// The name of one grant, 16 random bytes.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GrantId(pub(crate) [u8; 16]);

impl GrantId {
    /// The grant that one person, in one login, makes of one request.
    ///
    /// A request that waits for a login can be handed on as a link, so it must not name the grant
    /// alone: two people would share it, and one could be sent the other's code.
    pub(crate) fn of(request: [u8; 16], login: [u8; 16]) -> Self {
        let mut id = [0; 16];
        let hash = Sha256::new().chain_update(request).chain_update(login).finalize();
        for (to, from) in id.iter_mut().zip(hash) {
            *to = from;
        }
        Self(id)
    }

    /// As text, 22 characters of base64url.
    #[must_use]
    pub fn to_text(self) -> String {
        base64url::encode(self.0)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantId({})", self.to_text())
    }
}

/// What a code or token says once opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Name {
    /// The grant it belongs to.
    pub(crate) grant: GrantId,
    /// The turn of the grant in which it was made.
    pub(crate) turn: u32,
    /// The first instant at which it is too old.
    pub(crate) until: UnixTime,
    /// Which of the grant's scopes it is good for.
    pub(crate) scope: ScopeBits,
}

/// Some of a grant's scopes, one bit for each in the grant's order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ScopeBits(u64);

// A set has at most as many words as there are bits.
const _: () = assert!(MOST_SCOPES <= 64);

impl ScopeBits {
    /// The bits of those scopes of `granted` that are in `some` too.
    pub(crate) fn of(some: &ScopeSet, granted: &ScopeSet) -> Self {
        let bit = |(at, word)| u64::from(some.contains(word)) << at;
        Self(granted.iter().enumerate().map(bit).sum())
    }

    /// The scopes of `granted` whose bits are set.
    pub(crate) fn pick(self, granted: &ScopeSet) -> ScopeSet {
        let mut bits = self.0;
        granted.only(|_| {
            let is_set = bits & 1 == 1;
            bits >>= 1;
            is_set
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Name = Name {
        grant: GrantId([9; 16]),
        turn: 3,
        until: UnixTime::from_secs(1_000),
        scope: ScopeBits(5),
    };

    #[test]
    fn scopes_are_bits_in_the_order_of_the_grant() {
        let granted = ScopeSet::parse("openid profile email").unwrap();
        let some = ScopeSet::parse("email openid other").unwrap();
        let bits = ScopeBits::of(&some, &granted);
        assert_eq!(bits, ScopeBits(0b101));
        assert_eq!(bits.pick(&granted).to_text(), "openid email");
    }

    #[test]
    fn a_name_opens_as_what_it_is_and_as_nothing_else() {
        let keys = SealingKeys::new([7; 32]);
        let code = keys.name(Kind::Code, &NAME);
        assert_eq!(keys.open_name(Kind::Code, code.expose()), Some(NAME));
        let body = code.expose().strip_prefix("gfc_").unwrap();
        assert_eq!(keys.open_name(Kind::Access, &alloc::format!("gfa_{body}")), None);
        assert!(keys.open_until(Kind::Visit, body, UnixTime::from_secs(0)).is_none());
        assert_eq!(SealingKeys::new([8; 32]).open_name(Kind::Code, code.expose()), None);
    }

    #[test]
    fn a_name_with_one_bit_changed_is_refused() {
        let keys = SealingKeys::new([7; 32]);
        let code = keys.name(Kind::Code, &NAME);
        let bytes = base64url::decode(code.expose().strip_prefix("gfc_").unwrap()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let text = alloc::format!("gfc_{}", base64url::encode(&forged));
            assert_eq!(keys.open_name(Kind::Code, &text), None, "bit {bit}");
        }
        for shorter in 0..bytes.len() {
            let text = alloc::format!("gfc_{}", base64url::encode(&bytes[..shorter]));
            assert_eq!(keys.open_name(Kind::Code, &text), None, "{shorter} bytes");
        }
    }

    #[test]
    fn an_older_key_still_opens_and_no_longer_seals() {
        let old = SealingKeys::new([7; 32]).name(Kind::Code, &NAME);
        let rotated = SealingKeys::new([8; 32]).and_older([7; 32]);
        assert_eq!(rotated.open_name(Kind::Code, old.expose()), Some(NAME));
        assert_ne!(rotated.name(Kind::Code, &NAME), old);
    }

    #[test]
    fn a_form_says_when_it_is_too_old() {
        let keys = SealingKeys::new([7; 32]);
        let form = keys.seal_until(Kind::Form, UnixTime::from_secs(10), b"x");
        let open = |now| keys.open_until(Kind::Form, &form, UnixTime::from_secs(now)).unwrap();
        assert!(open(9).is_fresh);
        assert!(!open(10).is_fresh);
        assert_eq!(open(10).contents, b"x");
    }
}
