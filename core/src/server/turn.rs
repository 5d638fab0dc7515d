//! What the server asks of its host. Each question can be answered once, and only as asked.

use alloc::boxed::Box;
use alloc::string::String;

use super::handle::Call;
use super::page::Show;
use super::record::{Key, Record, Versioned};
use super::resource::Access;
use super::{
    authorize, consent, developer, identity, login, own_token, reply, resource, revoke, token,
};
use crate::key::Algorithm;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::http::Response;

/// What happens next: a question to answer, or the end.
#[must_use = "answer the question, or send the reply"]
#[derive(Debug)]
pub enum Turn<'s> {
    /// Bring the record under [`Read::key`].
    Read(Read<'s>),
    /// Store a record if what is there has not changed.
    Swap(Swap<'s>),
    /// Sign [`Sign::input`] with the key [`Sign::kid`].
    Sign(Sign<'s>),
    /// Is this the person they say they are?
    SignIn(SignIn<'s>),
    /// What is known about a person?
    Claims(Claims<'s>),
    /// The end: draw a page.
    Show(Box<Show>),
    /// The end: the bearer may pass; answer with the resource.
    Admit(Access),
    /// The end: send this.
    Reply(Response),
}

/// Bring the record under [`Read::key`].
#[derive(Debug)]
pub struct Read<'s> {
    call: Call<'s>,
    key: Key,
    next: AfterRead<'s>,
}

#[derive(Debug)]
pub(crate) enum AfterRead<'s> {
    Authorize(Box<authorize::AwaitingClient<'s>>),
    Consent(Box<consent::AwaitingClient<'s>>),
    Twin(Box<consent::AwaitingTwin<'s>>),
    TokenClient(Box<token::AwaitingClient<'s>>),
    TokenGrant(Box<token::AwaitingGrant<'s>>),
    OwnTokenClient(Box<own_token::AwaitingClient<'s>>),
    OwnTokenGrant(Box<own_token::AwaitingGrant<'s>>),
    ResourceGrant(Box<resource::AwaitingGrant<'s>>),
    ResourceClient(Box<resource::AwaitingClient<'s>>),
    Apps(Box<developer::AwaitingApps<'s>>),
    App(Box<developer::AwaitingApp<'s>>),
}

impl<'s> Read<'s> {
    pub(crate) fn ask(call: Call<'s>, key: Key, next: AfterRead<'s>) -> Turn<'s> {
        Turn::Read(Self { call, key, next })
    }

    /// Where to look.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Goes on with what was found there, if anything.
    pub fn answer(self, found: Option<Versioned>) -> Turn<'s> {
        match self.next {
            AfterRead::Authorize(waiting) => waiting.resume(found),
            AfterRead::Consent(waiting) => waiting.resume(found),
            AfterRead::Twin(waiting) => waiting.resume(found),
            AfterRead::TokenClient(waiting) => waiting.resume(found),
            AfterRead::TokenGrant(waiting) => waiting.resume(found),
            AfterRead::OwnTokenClient(waiting) => waiting.resume(found),
            AfterRead::OwnTokenGrant(waiting) => waiting.resume(found),
            AfterRead::ResourceGrant(waiting) => waiting.resume(found),
            AfterRead::ResourceClient(waiting) => waiting.resume(found),
            AfterRead::Apps(waiting) => waiting.resume(found),
            AfterRead::App(waiting) => waiting.resume(found),
        }
    }

    /// Ends with 503, for the store cannot be asked. Nothing was consumed.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unavailable(&self.call)
    }
}

/// What a swap must find for it to happen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expect {
    /// Nothing under the key.
    Absent,
    /// This version.
    Version(u64),
}

/// How a swap went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Swapped {
    /// The record is stored, durably.
    Held,
    /// Something else was there; nothing is changed.
    Lost,
    /// No answer came; it may have happened or not.
    Unknown,
}

/// Store [`Swap::record`] under [`Swap::key`] if [`Swap::expect`] still holds.
#[derive(Debug)]
pub struct Swap<'s> {
    call: Call<'s>,
    key: Key,
    expect: Expect,
    record: Record,
    next: AfterSwap<'s>,
}

#[derive(Debug)]
pub(crate) enum AfterSwap<'s> {
    Consent(Box<consent::Approved<'s>>),
    Token(Box<token::AwaitingSwap<'s>>),
    Revoke(Box<revoke::AwaitingSwap<'s>>),
    App(Box<developer::AwaitingAppSwap<'s>>),
    Apps(Box<developer::AwaitingAppsSwap<'s>>),
}

impl<'s> Swap<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        (key, expect): (Key, Expect),
        record: Record,
        next: AfterSwap<'s>,
    ) -> Turn<'s> {
        Turn::Swap(Self { call, key, expect, record, next })
    }

    /// Where to store.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// What must be there for the swap to happen.
    #[must_use]
    pub const fn expect(&self) -> Expect {
        self.expect
    }

    /// What to store; its version is one more than what was there.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// When the store may forget the record; `None` is never.
    #[must_use]
    pub fn dies(&self) -> Option<UnixTime> {
        self.record.dies()
    }

    /// Goes on, knowing how it went.
    ///
    /// # Security
    ///
    /// [`Swapped::Held`] is said only of what is stored durably: an answer that leaves before lets
    /// a crash spend a code twice.
    pub fn answer(self, swapped: Swapped) -> Turn<'s> {
        match self.next {
            AfterSwap::Consent(waiting) => waiting.resume(swapped),
            AfterSwap::Token(waiting) => waiting.resume(swapped),
            AfterSwap::Revoke(waiting) => waiting.resume(swapped),
            AfterSwap::App(waiting) => waiting.resume(swapped),
            AfterSwap::Apps(waiting) => waiting.resume(swapped),
        }
    }

    /// Ends with 503, for the store cannot be asked.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unavailable(&self.call)
    }
}

/// Sign [`Sign::input`] with the key [`Sign::kid`].
#[derive(Debug)]
pub struct Sign<'s> {
    call: Call<'s>,
    kid: String,
    alg: Algorithm,
    input: String,
    next: Box<token::AwaitingSignature<'s>>,
}

impl<'s> Sign<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        (kid, alg): (String, Algorithm),
        input: String,
        next: token::AwaitingSignature<'s>,
    ) -> Turn<'s> {
        Turn::Sign(Self { call, kid, alg, input, next: Box::new(next) })
    }

    /// Which key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Which algorithm.
    #[must_use]
    pub const fn alg(&self) -> Algorithm {
        self.alg
    }

    /// The bytes to sign ([RFC 7515 §5.1](https://www.rfc-editor.org/rfc/rfc7515#section-5.1)).
    #[must_use]
    pub fn input(&self) -> &[u8] {
        self.input.as_bytes()
    }

    /// Goes on with the signature, in the form of
    /// [RFC 7518 §3](https://www.rfc-editor.org/rfc/rfc7518#section-3).
    pub fn answer(self, signature: impl AsRef<[u8]>) -> Turn<'s> {
        self.next.resume(&self.input, signature.as_ref())
    }

    /// Ends with 503, for the signer cannot be asked. The code is not consumed.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unavailable(&self.call)
    }
}

/// Is this the person they say they are?
#[derive(Debug)]
pub struct SignIn<'s> {
    call: Call<'s>,
    username: String,
    password: Secret,
    next: Box<login::AwaitingVerdict<'s>>,
}

impl<'s> SignIn<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        username: String,
        password: Secret,
        next: login::AwaitingVerdict<'s>,
    ) -> Turn<'s> {
        Turn::SignIn(Self { call, username, password, next: Box::new(next) })
    }

    /// Who they say they are.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// What only they should know.
    #[must_use]
    pub const fn password(&self) -> &Secret {
        &self.password
    }

    /// Goes on with the person's subject, or with `None` if username or password is wrong.
    pub fn answer(self, subject: Option<String>) -> Turn<'s> {
        self.next.resume(self.username, subject)
    }

    /// Ends with 503, for the directory cannot be asked.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unavailable(&self.call)
    }
}

/// What is known about [`Claims::subject`]?
#[derive(Debug)]
pub struct Claims<'s> {
    call: Call<'s>,
    subject: String,
    next: AfterClaims<'s>,
}

#[derive(Debug)]
pub(crate) enum AfterClaims<'s> {
    Token(Box<token::AwaitingClaims<'s>>),
    UserInfo(Box<identity::AwaitingClaims>),
}

impl<'s> Claims<'s> {
    pub(crate) fn ask(call: Call<'s>, subject: String, next: AfterClaims<'s>) -> Turn<'s> {
        Turn::Claims(Self { call, subject, next })
    }

    /// Whom it is about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Goes on with all that is known, as a JSON object of standard claims
    /// ([OpenID Connect Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims));
    /// the core lets out what the scope allows. `None` is a person who is gone or may not sign in.
    pub fn answer(self, claims: Option<String>) -> Turn<'s> {
        match self.next {
            AfterClaims::Token(waiting) => waiting.resume(claims),
            AfterClaims::UserInfo(waiting) => waiting.resume(claims),
        }
    }

    /// Ends with 503, for the directory cannot be asked. Nothing was consumed.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unavailable(&self.call)
    }
}

/// The record of the kind that `pick` picks, and the version a swap of it must expect.
pub(crate) fn found<T>(
    found: Option<Versioned>,
    pick: impl FnOnce(Record) -> Option<T>,
) -> (Option<T>, Expect) {
    match found {
        None => (None, Expect::Absent),
        Some(Versioned { version, record }) => (pick(record), Expect::Version(version)),
    }
}
