//! The browser comes back, and so may an attacker: who answers, and to which login?

use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

use super::login::{Login, RecordError, RecordKey};
use super::profile::{Client, Profile};
use super::redeem::Accepted;
use crate::base64url;
use crate::hash::sha256;
use crate::secret::Secret;
use crate::text::cut;
use crate::time::UnixTime;
use crate::wire::callback::{Callback, CallbackError};
use crate::wire::error::ErrorBody;

/// How long the user may take at the server.
pub const LONGEST_LOGIN: Duration = Duration::from_secs(15 * 60);

/// A login whose user is away at the server: all that must outlive the page.
///
/// # Security
///
/// Belongs, under [`storage_key`](Self::storage_key), where only this browser reads and only the app
/// writes, and is removed when taken. Whoever reads it can finish the login; whoever writes it
/// chooses what was asked for, `max_age` not least. A page has session storage for that. A server
/// keeps it in the session, or in a `__Host-` cookie [sealed](Self::seal), for a cookie is written by
/// whoever holds the browser.
#[derive(Debug, Eq, PartialEq)]
pub struct AwaitingCallback {
    pub(super) login: Login,
}

/// Why a callback is not believed, in the order the checks run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AcceptError {
    /// The callback cannot be read.
    Unreadable(CallbackError),
    /// `state` is missing or another login's
    /// ([RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12)).
    WrongState,
    /// The login was begun by another client, or at another server.
    ForeignLogin,
    /// The login is older than [`LONGEST_LOGIN`].
    Expired,
    /// The server promised `iss` and did not send it
    /// ([RFC 9207 §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)).
    MissingIssuer,
    /// Another server answers
    /// ([RFC 9207 §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)).
    WrongIssuer,
    /// The server, or the user, said no
    /// ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
    Refused(ErrorBody),
}

/// A callback that was not believed, and the login if it still waits for another.
#[derive(Debug)]
pub struct Unaccepted {
    /// Why.
    pub error: AcceptError,
    /// Who does not know `state` cannot end a login: put it back where it was.
    pub kept: Option<AwaitingCallback>,
}

/// Where the login that a callback answers is stored.
///
/// # Errors
///
/// [`AcceptError::Unreadable`] for a query that cannot be read; `Ok(None)` if it has no `state`.
pub fn storage_key_of(query: &str) -> Result<Option<String>, AcceptError> {
    let callback = Callback::parse(query).map_err(AcceptError::Unreadable)?;
    Ok(callback.state.as_deref().map(storage_key))
}

/// Half a hash: the name of a record must not tell its `state`.
pub(super) fn storage_key(state: &str) -> String {
    base64url::encode(sha256(&[state.as_bytes()]).get(..16).unwrap_or_default())
}

impl AwaitingCallback {
    /// The name to store it under.
    #[must_use]
    pub fn storage_key(&self) -> String {
        storage_key(self.login.seed.state().expose())
    }

    /// Where in the app the user was going.
    #[must_use]
    pub fn return_to(&self) -> &str {
        self.login.return_to.as_str()
    }

    /// The server that was asked.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.login.issuer
    }

    /// The first instant at which a callback comes too late; a store may forget it then.
    #[must_use]
    pub fn dies(&self) -> UnixTime {
        self.login.born + LONGEST_LOGIN
    }

    /// Receives the redirect back from the server: the whole URL, or its query.
    ///
    /// `state`, age and `iss` are judged before `error`, so a forged refusal is never believed
    /// ([RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12),
    /// [RFC 9207 §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)). The attempt is over
    /// once `state` is right, whatever follows. Where the code goes, and whose keys are believed, is
    /// the client's knowledge of its server and never the record's: of several clients, take the one
    /// of the record's [`issuer`](Self::issuer).
    ///
    /// # Errors
    ///
    /// The first [`AcceptError`] that applies, with the login if it is not over.
    pub fn accept(
        self,
        client: &Client,
        query: &str,
        now: UnixTime,
    ) -> Result<Accepted, Box<Unaccepted>> {
        let kept = |awaiting, error| Err(Box::new(Unaccepted { error, kept: Some(awaiting) }));
        let callback = match Callback::parse(query) {
            Ok(callback) => callback,
            Err(error) => return kept(self, AcceptError::Unreadable(error)),
        };
        let state = callback.state.as_deref().unwrap_or_default();
        if !self.login.seed.state().matches(state) {
            return kept(self, AcceptError::WrongState);
        }
        if !self.is_of(&client.profile) {
            return kept(self, AcceptError::ForeignLogin);
        }
        match self.judge(callback, client.iss_promised, now) {
            Ok(code) => {
                let credentials = client.profile.credentials.clone();
                Ok(Accepted { login: self.login, server: client.server(), credentials, code })
            }
            Err(error) => Err(Box::new(Unaccepted { error, kept: None })),
        }
    }

    fn is_of(&self, profile: &Profile) -> bool {
        self.login.issuer == profile.issuer.as_str()
            && self.login.client_id == profile.client_id
            && self.login.redirect_uri == profile.redirect_uri.as_str()
    }

    fn judge(
        &self,
        callback: Callback,
        iss_promised: bool,
        now: UnixTime,
    ) -> Result<Secret, AcceptError> {
        if now >= self.dies() {
            return Err(AcceptError::Expired);
        }
        match callback.iss {
            None if iss_promised => return Err(AcceptError::MissingIssuer),
            Some(iss) if iss != self.login.issuer => return Err(AcceptError::WrongIssuer),
            None | Some(_) => {}
        }
        callback.answer.map_err(AcceptError::Refused)
    }

    /// The record to store: some 250 characters.
    #[must_use]
    pub fn encode(&self) -> String {
        self.login.encode()
    }

    /// The record to store where others may write: some 300 characters, which only who has `key`
    /// can make.
    #[must_use]
    pub fn seal(&self, key: &RecordKey) -> String {
        let mut record = self.login.encode();
        record.push('.');
        record.push_str(&key.tag(&self.login.encode()));
        record
    }

    /// Reads what [`seal`](Self::seal) wrote.
    ///
    /// # Errors
    ///
    /// [`RecordError`] for anything else.
    pub fn open(text: &str, key: &RecordKey) -> Result<Self, RecordError> {
        let (record, tag) = cut(text, b'.').ok_or(RecordError)?;
        if Secret::new(key.tag(record)).matches(tag) {
            Self::decode(record)
        } else {
            Err(RecordError)
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`RecordError`] for anything else.
    pub fn decode(text: &str) -> Result<Self, RecordError> {
        Login::decode(text).map(|login| Self { login })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::client::testing::{NOW, STATE, awaiting, client, metadata, profile};
    use crate::wire::discovery::ServerMetadata;

    fn refused(query: &str) -> (AcceptError, bool) {
        let error = awaiting().accept(&client(), query, NOW).unwrap_err();
        (error.error, error.kept == Some(awaiting()))
    }

    #[test]
    fn a_callback_with_the_right_state_and_issuer_is_accepted() {
        let query = format!("code=c&state={STATE}&iss=https%3A%2F%2Fas.test");
        let accepted = awaiting().accept(&client(), &query, NOW).unwrap();
        assert_eq!(accepted.code, Secret::new("c"));
        assert_eq!(accepted.return_to(), "/tasks?open=1");
    }

    #[test]
    fn a_60_another_state_is_refused_and_leaves_the_login_waiting() {
        for query in ["code=c&state=other&iss=https://as.test", "code=c&iss=https://as.test"] {
            assert_eq!(refused(query), (AcceptError::WrongState, true), "{query}");
        }
        let twice = format!("code=c&state={STATE}&state={STATE}");
        assert_eq!(refused(&twice), (AcceptError::Unreadable(CallbackError::Repeated), true));
    }

    #[test]
    fn a_63_another_issuer_or_a_missing_one_ends_the_login() {
        for (iss, why) in [
            ("&iss=https://evil.test", AcceptError::WrongIssuer),
            ("&iss=https://as.test/", AcceptError::WrongIssuer),
            ("&iss=", AcceptError::MissingIssuer),
            ("", AcceptError::MissingIssuer),
        ] {
            for answer in ["code=c", "error=access_denied"] {
                assert_eq!(refused(&format!("{answer}&state={STATE}{iss}")), (why.clone(), false));
            }
        }
    }

    #[test]
    fn a_63_an_issuer_that_was_never_promised_may_be_missing_but_not_wrong() {
        let metadata =
            ServerMetadata { authorization_response_iss_parameter_supported: false, ..metadata() };
        let quiet = Client::new(profile(), metadata).unwrap();
        let query = format!("code=c&state={STATE}");
        assert!(awaiting().accept(&quiet, &query, NOW).is_ok());
        let query = query + "&iss=https://evil.test";
        let error = awaiting().accept(&quiet, &query, NOW).unwrap_err().error;
        assert_eq!(error, AcceptError::WrongIssuer);
    }

    #[test]
    fn a_65_a_login_of_another_client_or_server_is_not_finished_here() {
        let query = format!("code=c&state={STATE}&iss=https://as.test");
        for foreign in [
            Login { issuer: "https://b.test".into(), ..awaiting().login },
            Login { client_id: "other".into(), ..awaiting().login },
            Login { redirect_uri: "https://app.test/cb2".into(), ..awaiting().login },
        ] {
            let error =
                AwaitingCallback { login: foreign }.accept(&client(), &query, NOW).unwrap_err();
            assert_eq!(error.error, AcceptError::ForeignLogin);
            assert!(error.kept.is_some());
        }
    }

    #[test]
    fn a_record_in_a_cookie_is_taken_only_as_the_app_wrote_it() {
        let key = RecordKey::new([1; 32]);
        let sealed = awaiting().seal(&key);
        assert_eq!(AwaitingCallback::open(&sealed, &key), Ok(awaiting()));
        assert!(AwaitingCallback::open(&sealed, &RecordKey::new([2; 32])).is_err());
        assert!(AwaitingCallback::open(&awaiting().encode(), &key).is_err());
        let lax = AwaitingCallback { login: Login { max_age: None, ..awaiting().login } };
        let (_, tag) = sealed.split_once('.').unwrap();
        assert!(AwaitingCallback::open(&format!("{}.{tag}", lax.encode()), &key).is_err());
        assert_eq!(format!("{key:?}"), "RecordKey(..)");
    }

    #[test]
    fn a_67_a_forged_refusal_is_not_believed_and_a_real_one_is() {
        let forged = "error=access_denied&state=other&iss=https://as.test";
        assert_eq!(refused(forged), (AcceptError::WrongState, true));
        let real = format!("error=access_denied&state={STATE}&iss=https://as.test");
        let (error, kept) = refused(&real);
        let AcceptError::Refused(body) = error else { panic!("{error:?}") };
        assert_eq!((body.error.as_str(), kept), ("access_denied", false));
    }

    #[test]
    fn a_68_tokens_in_the_front_channel_are_refused() {
        let query = format!("access_token=x&state={STATE}&iss=https://as.test");
        let why = AcceptError::Unreadable(CallbackError::TokenInFrontChannel);
        assert_eq!(refused(&query), (why, true));
    }

    #[test]
    fn a_74_a_login_dies_at_its_last_second() {
        let query = format!("code=c&state={STATE}&iss=https://as.test");
        let at = |seconds| {
            let now = awaiting().login.born + Duration::from_secs(seconds);
            awaiting().accept(&client(), &query, now).map_err(|error| error.error)
        };
        assert!(at(899).is_ok());
        assert_eq!(at(900).err(), Some(AcceptError::Expired));
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let read = AwaitingCallback::decode(&awaiting().encode()).unwrap();
        assert_eq!(read, awaiting());
        assert_eq!((read.issuer(), read.return_to()), ("https://as.test", "/tasks?open=1"));
    }

    #[test]
    fn a_62_a_record_is_found_by_its_state_and_does_not_tell_it() {
        let key = awaiting().storage_key();
        assert_eq!(key.len(), 22);
        assert_eq!(storage_key_of(&format!("code=c&state={STATE}")), Ok(Some(key)));
        assert_eq!(storage_key_of("code=c"), Ok(None));
        assert!(!awaiting().encode().contains(STATE));
        assert!(!format!("{:?}", awaiting()).contains("[7, 7"));
    }
}
