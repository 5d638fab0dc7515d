//! The server's public keys, as last seen.

use alloc::string::String;
use core::time::Duration;

use crate::time::UnixTime;
use crate::wire::jwks::Jwks;

/// How long keys are believed without a look: a key that was stolen is withdrawn by leaving it out.
pub const KEYS_LIFE: Duration = Duration::from_secs(600);

/// How long nobody looks again for a key that was not there: whoever makes up names of keys would
/// else make every client ask.
pub const REFETCH_PAUSE: Duration = Duration::from_secs(60);

/// The keys of one server; a host keeps it beside its [`Client`](super::Client) and lends it to every
/// login, so that keys are fetched when they change and not each time
/// ([OIDC §10.1.1](https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys)).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KnownKeys(Option<Seen>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Seen {
    /// Keys from elsewhere are another server's.
    uri: String,
    jwks: Jwks,
    at: UnixTime,
    /// When a key was last looked for in vain or not, after it was not among those seen.
    refetched: Option<UnixTime>,
}

impl KnownKeys {
    /// Nothing seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    fn seen(&self, uri: &str) -> Option<&Seen> {
        self.0.as_ref().filter(|seen| seen.uri == uri)
    }

    /// The keys published at `uri`, if they were seen lately.
    pub(super) fn get(&self, uri: &str, now: UnixTime) -> Option<&Jwks> {
        // A clock that went back tells nothing about how old they are.
        let is_new = |seen: &&Seen| seen.at <= now && now < seen.at + KEYS_LIFE;
        self.seen(uri).filter(is_new).map(|seen| &seen.jwks)
    }

    /// Whether a key that is not among those at `uri` is worth another look.
    pub(super) fn may_refetch(&self, uri: &str, now: UnixTime) -> bool {
        let last = self.seen(uri).and_then(|seen| seen.refetched);
        last.is_none_or(|last| now < last || now >= last + REFETCH_PAUSE)
    }

    /// Remembers what was seen, and whether that was a second look.
    pub(super) fn put(&mut self, uri: String, jwks: Jwks, now: UnixTime, is_refetch: bool) {
        let before = self.seen(&uri).and_then(|seen| seen.refetched);
        let refetched = if is_refetch { Some(now) } else { before };
        self.0 = Some(Seen { uri, jwks, at: now, refetched });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::NOW;

    const URI: &str = "https://as.test/jwks";

    #[test]
    fn keys_are_believed_for_a_while_and_for_their_server_only() {
        let mut known = KnownKeys::new();
        assert_eq!(known.get(URI, NOW), None);
        known.put(URI.into(), Jwks::default(), NOW, false);
        assert_eq!(known.get(URI, NOW), Some(&Jwks::default()));
        assert_eq!(known.get("https://evil.test/jwks", NOW), None);
        let end = NOW + KEYS_LIFE;
        assert!(known.get(URI, UnixTime::from_secs(end.as_secs() - 1)).is_some());
        assert_eq!(known.get(URI, end), None);
        let before = UnixTime::from_secs(NOW.as_secs() - 1);
        assert_eq!(known.get(URI, before), None, "the clock went back");
    }

    #[test]
    fn a_88_a_missing_key_is_looked_for_once_a_minute() {
        let mut known = KnownKeys::new();
        known.put(URI.into(), Jwks::default(), NOW, false);
        assert!(known.may_refetch(URI, NOW), "the first look was no second one");
        known.put(URI.into(), Jwks::default(), NOW, true);
        assert!(!known.may_refetch(URI, NOW + Duration::from_secs(59)));
        known.put(URI.into(), Jwks::default(), NOW + Duration::from_secs(59), false);
        assert!(!known.may_refetch(URI, NOW + Duration::from_secs(59)));
        assert!(known.may_refetch(URI, NOW + REFETCH_PAUSE));
    }
}
