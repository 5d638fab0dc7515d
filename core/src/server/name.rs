//! Codes, tokens and forms are names: sealed by the server, looked up nowhere.
//!
//! `base64url(kind ‖ key id ‖ contents ‖ HMAC-SHA-256)`. A forged one is refused before any read,
//! one kind never passes for another, and a leaked store holds nothing that would pass.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::grant::{MOST_RESOURCES, Terms};
use crate::base64url;
use crate::entropy::keyed;
use crate::key::Thumbprint;
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
    /// The name of a signed access token: whoever holds it alone holds nothing.
    Jti = 8,
    /// What lets a client manage its registration.
    Registration = 9,
    /// What the next proof of a key shall hold.
    Nonce = 10,
}

impl Kind {
    /// What scanners for leaked secrets can look for; forms need none.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "gfc_",
            Self::Access => "gfa_",
            Self::Refresh => "gfr_",
            Self::Registration => "gfm_",
            Self::Login | Self::Visit | Self::Consent | Self::Form | Self::Jti | Self::Nonce => "",
        }
    }
}

/// The secrets all names are sealed with: the newest seals, every one opens.
#[derive(Clone)]
pub struct SealingKeys {
    newest: SealingKey,
    older: Vec<SealingKey>,
}

#[derive(Clone)]
struct SealingKey {
    /// The first byte of a hash of the key, so that an opener knows which to try.
    id: u8,
    bytes: Zeroizing<[u8; 32]>,
}

impl SealingKey {
    fn new(bytes: [u8; 32]) -> Self {
        let [id, ..] = keyed(&bytes, &[b"key id"]);
        Self { id, bytes: Zeroizing::new(bytes) }
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
        let Name { grant: GrantId(grant), turn, until, scope, audience, jkt } = *name;
        let packed = Packer::new().array(grant).u32(turn).u64(until.as_secs());
        let packed = packed.u64(scope.0).u32(audience.0);
        let packed = packed.maybe(jkt, |p, jkt| p.array(*jkt.as_bytes()));
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
            scope: Bits(from.u64()?),
            audience: Bits(from.u32()?),
            jkt: from.maybe(|from| from.array().map(Thumbprint::from_bytes))?,
        };
        from.is_done().then_some(name)
    }

    /// What a proof of a key may hold until `until`.
    pub(crate) fn nonce(&self, until: UnixTime) -> String {
        self.seal(Kind::Nonce, &until.as_secs().to_be_bytes())
    }

    /// Until when it may.
    pub(crate) fn open_nonce(&self, text: &str) -> Option<UnixTime> {
        let until = self.open(Kind::Nonce, text)?.try_into().ok()?;
        Some(UnixTime::from_secs(u64::from_be_bytes(until)))
    }

    /// Seals what lets the client of that name manage the registration it was born with.
    pub(crate) fn registration(&self, client_id: &str, born: UnixTime) -> Secret {
        let packed = Packer::new().text(client_id).u64(born.as_secs());
        Secret::new(self.seal(Kind::Registration, &packed.finish()))
    }

    /// Opens what [`SealingKeys::registration`] sealed.
    pub(crate) fn open_registration(&self, text: &str) -> Option<(String, UnixTime)> {
        let contents = self.open(Kind::Registration, text)?;
        let mut from = Unpacker::new(&contents);
        let opened = (from.text()?, UnixTime::from_secs(from.u64()?));
        from.is_done().then_some(opened)
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKeys(..)")
    }
}

/// A sealed form or cookie, opened.
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
    pub(crate) scope: Bits<u64>,
    /// Which of the grant's APIs it is for.
    pub(crate) audience: Bits<u32>,
    /// The key without which it is good for nothing.
    pub(crate) jkt: Option<Thumbprint>,
}

impl Name {
    /// The name of all that a grant has.
    pub(crate) fn whole(terms: &Terms, until: UnixTime) -> Self {
        let (scope, audience) =
            (Bits::of_scope(&terms.scope, terms), Bits::of_resources(&terms.resources, terms));
        Self { grant: terms.id, turn: 0, until, scope, audience, jkt: None }
    }
}

/// Some of what a grant has, one bit for each in the grant's order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Bits<N>(N);

// There are at most as many of each as there are bits.
const _: () = assert!(MOST_SCOPES <= 64 && MOST_RESOURCES <= 32);

impl Bits<u64> {
    /// The bits of those scopes of the grant that are in `some` too.
    pub(crate) fn of_scope(some: &ScopeSet, terms: &Terms) -> Self {
        let bit = |(at, word)| u64::from(some.contains(word)) << at;
        Self(terms.scope.iter().enumerate().map(bit).sum())
    }

    /// The scopes of the grant whose bits are set.
    pub(crate) fn scope(self, terms: &Terms) -> ScopeSet {
        let mut bits = self.0;
        terms.scope.only(|_| {
            let is_set = bits & 1 == 1;
            bits >>= 1;
            is_set
        })
    }
}

impl Bits<u32> {
    /// The bits of those APIs of the grant that are in `some` too.
    pub(crate) fn of_resources(some: &[String], terms: &Terms) -> Self {
        let bit = |(at, name)| u32::from(some.contains(name)) << at;
        Self(terms.resources.iter().enumerate().map(bit).sum())
    }

    /// The APIs of the grant whose bits are set.
    pub(crate) fn resources(self, terms: &Terms) -> Vec<String> {
        let is_set = |at: usize| self.0 >> at & 1 == 1;
        let all = terms.resources.iter().enumerate();
        all.filter(|(at, _)| is_set(*at)).map(|(_, name)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Name = Name {
        grant: GrantId([9; 16]),
        turn: 3,
        until: UnixTime::from_secs(1_000),
        scope: Bits(5),
        audience: Bits(2),
        jkt: Some(Thumbprint::from_bytes([4; 32])),
    };

    #[test]
    fn scopes_and_apis_are_bits_in_the_order_of_the_grant() {
        let terms = Terms {
            id: GrantId([1; 16]),
            client_id: "app".into(),
            scope: ScopeSet::parse("openid profile email").unwrap(),
            resources: ["https://a.test".into(), "https://b.test".into()].into(),
            agreed: None,
            born: UnixTime::from_secs(0),
            dies: UnixTime::from_secs(0),
        };
        let bits = Bits::of_scope(&ScopeSet::parse("email openid other").unwrap(), &terms);
        assert_eq!(bits, Bits(0b101));
        assert_eq!(bits.scope(&terms).to_text(), "openid email");
        let some = ["https://b.test".into(), "https://c.test".into()];
        let bits = Bits::of_resources(&some, &terms);
        assert_eq!(bits, Bits(0b10));
        assert_eq!(bits.resources(&terms), ["https://b.test"]);
        assert_eq!(Bits(0b11).resources(&terms), terms.resources);
        let whole = Name::whole(&terms, UnixTime::from_secs(0));
        assert_eq!((whole.scope, whole.audience), (Bits(0b111), Bits(0b11)));
    }

    #[test]
    fn a_registration_opens_as_what_it_is_and_as_nothing_else() {
        let keys = SealingKeys::new([7; 32]);
        let token = keys.registration("app", UnixTime::from_secs(9));
        let opened = keys.open_registration(token.expose());
        assert_eq!(opened, Some(("app".into(), UnixTime::from_secs(9))));
        assert_eq!(keys.open_name(Kind::Access, token.expose()), None);
        assert_eq!(keys.open_registration(keys.name(Kind::Access, &NAME).expose()), None);
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
    fn keys_print_nothing_and_the_name_of_a_grant_itself() {
        let keys = SealingKeys::new([7; 32]).and_older([8; 32]);
        assert_eq!(alloc::format!("{keys:?}"), "SealingKeys(..)");
        let id = GrantId([0xfb; 16]);
        assert_eq!(id.to_text(), "-_v7-_v7-_v7-_v7-_v7-w");
        assert_eq!(alloc::format!("{id:?}"), "GrantId(-_v7-_v7-_v7-_v7-_v7-w)");
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
