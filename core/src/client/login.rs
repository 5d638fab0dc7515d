//! What a login is about, from the first page to the last: facts that never change.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use zeroize::Zeroize as _;

use super::ask::ReturnTo;
use crate::base64url;
use crate::entropy::keyed;
use crate::pack::{Packer, Unpacker};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;

const VERSION: u8 = 3;

/// 32 random bytes, the root of one login: `state`, `nonce` and the verifier all derive from it.
///
/// # Security
///
/// The bytes must come from the operating system's or the browser's cryptographic generator, and
/// fresh for every login.
#[derive(Eq, PartialEq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Takes custody of 32 fresh random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn value(&self, label: &[u8]) -> Secret {
        Secret::new(base64url::encode(keyed(&self.0, &[label])))
    }

    pub(super) fn state(&self) -> Secret {
        self.value(b"grantflow state")
    }

    pub(super) fn nonce(&self) -> Secret {
        self.value(b"grantflow nonce")
    }

    /// 43 unreserved characters, made fresh for this login
    /// ([RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
    pub(super) fn verifier(&self) -> Secret {
        self.value(b"grantflow verifier")
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// 32 random bytes by which an app knows its own records again.
///
/// # Security
///
/// The app's secret, and the same for as long as a login takes.
#[derive(Clone, Eq, PartialEq)]
pub struct RecordKey([u8; 32]);

impl RecordKey {
    /// Takes custody of 32 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn tag(&self, record: &str) -> String {
        base64url::encode(keyed(&self.0, &[b"grantflow login record", record.as_bytes()]))
    }
}

impl Drop for RecordKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(..)")
    }
}

/// The facts of one login; each leg that waits holds them.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Login {
    pub(super) seed: Seed,
    pub(super) born: UnixTime,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: ScopeSet,
    pub(super) resource: Option<String>,
    pub(super) max_age: Option<Duration>,
    pub(super) return_to: ReturnTo,
}

/// A record that is not one of ours, or of another version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordError;

impl Login {
    /// The record to store: some 250 characters that a cookie can hold.
    #[must_use]
    pub(super) fn encode(&self) -> String {
        let mut bytes = Packer::new()
            .byte(VERSION)
            .array(self.seed.0)
            .u64(self.born.as_secs())
            .text(&self.issuer)
            .text(&self.client_id)
            .text(&self.redirect_uri)
            .text(&self.scope.to_text())
            .maybe(self.resource.as_deref(), Packer::text)
            .maybe(self.max_age, |p, age| p.u64(age.as_secs()))
            .text(self.return_to.as_str())
            .finish();
        let text = base64url::encode(&bytes);
        bytes.zeroize();
        text
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`RecordError`] for anything else.
    pub(super) fn decode(text: &str) -> Result<Self, RecordError> {
        let mut bytes = base64url::decode(text).ok_or(RecordError)?;
        let login = Self::unpack(&mut Unpacker::new(&bytes)).ok_or(RecordError);
        bytes.zeroize();
        login
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        if from.byte()? != VERSION {
            return None;
        }
        // Member by member, because a literal with a `?` in each of its fields is a kilobyte of wasm.
        let mut login = Self {
            seed: Seed(from.array()?),
            born: UnixTime::from_secs(from.u64()?),
            issuer: String::new(),
            client_id: String::new(),
            redirect_uri: String::new(),
            scope: ScopeSet::default(),
            resource: None,
            max_age: None,
            return_to: ReturnTo(String::new()),
        };
        for text in [&mut login.issuer, &mut login.client_id, &mut login.redirect_uri] {
            *text = from.text()?;
        }
        login.scope = ScopeSet::parse(&from.text()?).ok()?;
        login.resource = from.maybe(Unpacker::text)?;
        login.max_age = from.maybe(Unpacker::u64)?.map(Duration::from_secs);
        login.return_to = ReturnTo::parse(&from.text()?).ok()?;
        from.is_done().then_some(login)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing;

    fn login() -> Login {
        testing::awaiting().login
    }

    #[test]
    fn a_record_survives_storage_and_nothing_else_is_read() {
        let text = login().encode();
        assert_eq!(Login::decode(&text), Ok(login()));
        assert!(text.len() < 250, "{}", text.len());
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));

        let other = Login { max_age: None, resource: Some("https://api.test".into()), ..login() };
        assert_eq!(Login::decode(&other.encode()), Ok(other));

        for cut in 0..text.len() {
            assert!(Login::decode(&text[..cut]).is_err());
        }
        let mut other_version = base64url::decode(&text).unwrap();
        other_version[0] = 2;
        assert!(Login::decode(&base64url::encode(other_version)).is_err());
    }

    #[test]
    fn a_69_a_record_that_somebody_else_wrote_leads_to_no_other_site() {
        let foreign = Login { return_to: ReturnTo("//evil.test".into()), ..login() };
        assert_eq!(Login::decode(&foreign.encode()), Err(RecordError));
    }
}
