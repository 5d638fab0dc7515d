//! A client proves who it is.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::claimed::Claimed;
use super::client::{Client, SecretHash};
use super::declare::MOST_CLIENT_KEYS;
use super::grant::Writer;
use super::handle::Call;
use super::once::{AwaitingUse, Next};
use super::record::{Key, Record, Versioned};
use super::token::{self, TokenError};
use super::turn::{AfterRead, AfterVerify, Failed, Read, Turn, Verify, found};
use super::{own_token, reply};
use crate::key::PublicKey;
use crate::secret::Secret;
use crate::wire::assertion::{self, Assertion};
use crate::wire::credentials;
use crate::wire::form::Form;
use crate::wire::http::Headers;
use crate::wire::jws::Jws;
use crate::wire::registration::AuthMethod;

/// The longest life of a statement that a client proves itself with.
pub const LONGEST_ASSERTION: Duration = Duration::from_secs(300);

/// How far a client's clock may be from ours.
pub const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Who a request says it is from, not yet believed.
pub(crate) struct Presented {
    pub(crate) client_id: String,
    proof: Proof,
}

enum Proof {
    None,
    Basic(Secret),
    Post(Secret),
    /// A signed statement, as it came.
    Signed(Secret, Box<Assertion>),
}

impl Presented {
    const fn method(&self) -> AuthMethod {
        match self.proof {
            Proof::None => AuthMethod::None,
            Proof::Basic(_) => AuthMethod::ClientSecretBasic,
            Proof::Post(_) => AuthMethod::ClientSecretPost,
            Proof::Signed(..) => AuthMethod::PrivateKeyJwt,
        }
    }
}

/// Why nobody can be made out to be asking.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PresentedError {
    /// No `client_id` anywhere.
    Missing,
    /// The `Authorization` header is not Basic, or not well made.
    MalformedBasic,
    /// Two proofs, or two names ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).
    TwoMethods,
    /// A parameter or the header was there twice.
    Repeated,
    /// A `client_assertion` that is no signed statement, of another type, or about somebody else.
    MalformedAssertion,
}

impl Presented {
    /// Reads the header and the form of a request that needs a client
    /// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1),
    /// [RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
    pub(crate) fn parse(headers: &Headers, form: &Form) -> Result<Self, PresentedError> {
        let header = headers.one("authorization").map_err(|_| PresentedError::Repeated)?;
        let one = |name| form.one(name).map_err(|_| PresentedError::Repeated);
        let (id, secret) = (one("client_id")?, one("client_secret")?);
        let assertion = one("client_assertion")?;
        let (client_id, proof) = match (header, secret, assertion) {
            (None, None, None) => (id.ok_or(PresentedError::Missing)?.into(), Proof::None),
            (None, Some(secret), None) => {
                (id.ok_or(PresentedError::Missing)?.into(), Proof::Post(Secret::new(secret)))
            }
            (None, None, Some(text)) => {
                if one("client_assertion_type")? != Some(assertion::TYPE) {
                    return Err(PresentedError::MalformedAssertion);
                }
                let jws = Jws::parse(text).map_err(|_| PresentedError::MalformedAssertion)?;
                let said = Assertion::parse(&jws.payload)
                    .map_err(|_| PresentedError::MalformedAssertion)?;
                if said.iss != said.sub {
                    return Err(PresentedError::MalformedAssertion);
                }
                (said.sub.clone(), Proof::Signed(Secret::new(text), said.into()))
            }
            (Some(header), None, None) => {
                let (client_id, secret) =
                    credentials::parse_basic(header).map_err(|_| PresentedError::MalformedBasic)?;
                (client_id, Proof::Basic(secret))
            }
            (_, _, _) => return Err(PresentedError::TwoMethods),
        };
        if id.is_some_and(|id| id != client_id) {
            return Err(PresentedError::TwoMethods);
        }
        Ok(Self { client_id, proof })
    }
}

/// Why a client is not believed. The wire says the same for all of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClientAuthError {
    /// Nobody by that name, or removed.
    UnknownClient,
    /// Not the method the client is registered with.
    WrongMethod,
    /// The secret is wrong or missing.
    WrongSecret,
    /// The statement is for another server, too old, not yet good, or good for too long.
    WrongAssertion,
    /// The statement is signed with none of the client's keys.
    WrongSignature,
    /// The statement was used before
    /// ([RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3), `jti`).
    Replayed,
}

/// What a client proves itself for, and what goes on once it has.
pub(crate) enum Purpose {
    Token(Box<token::Asked>),
    OwnToken(Box<own_token::Asked>),
}

impl Purpose {
    pub(crate) fn go_on(self, call: Call<'_>, client: Client, writer: Writer) -> Turn<'_> {
        match self {
            Self::Token(asked) => asked.go_on(call, client, writer),
            Self::OwnToken(asked) => asked.go_on(call, &client),
        }
    }
}

/// Somebody says which client they are; the store is asked what that client can prove.
pub(crate) fn begin(
    call: Call<'_>,
    presented: Presented,
    writer: Writer,
    purpose: Purpose,
) -> Turn<'_> {
    let key = Key::Client(presented.client_id.clone());
    let waiting = AwaitingClient { call, presented, writer, purpose };
    Read::ask(call, key, AfterRead::Authenticate(waiting.into()))
}

/// The store is asked what the client can prove.
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    presented: Presented,
    writer: Writer,
    purpose: Purpose,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, presented, writer, purpose } = self;
        let (found, _) = found(record, Record::client);
        let found = found.filter(|client| client.is_known(call.now));
        let client = match authenticate(found, &presented) {
            Ok(client) => client,
            Err(error) => return refuse(&call, presented.client_id, error),
        };
        let Proof::Signed(text, said) = presented.proof else {
            return purpose.go_on(call, client, writer);
        };
        if !is_for_us(&call, &said) {
            return refuse(&call, client.client_id, ClientAuthError::WrongAssertion);
        }
        let keys = candidates(&client, &text);
        AwaitingVerdict { call, client, text, said, keys, writer, purpose }.ask()
    }
}

/// Whoever guesses is told nothing, and counted.
pub(crate) fn refuse<'s>(call: &Call<'_>, client_id: String, error: ClientAuthError) -> Turn<'s> {
    Failed::tell(Claimed::Client(client_id), reply::token(call, TokenError::Client(error)))
}

/// The client that `presented` proves to be, if it is the one in the store; what is signed is still
/// to be verified.
///
/// # Errors
///
/// The first [`ClientAuthError`] that applies, after the same work for each.
///
/// # Security
///
/// A client that nobody registered costs the same hash as a wrong secret, so time does not tell
/// which clients exist.
fn authenticate(found: Option<Client>, presented: &Presented) -> Result<Client, ClientAuthError> {
    let nothing = Secret::new("");
    let secret = match &presented.proof {
        Proof::Basic(secret) | Proof::Post(secret) => secret,
        Proof::None | Proof::Signed(..) => &nothing,
    };
    let offered = SecretHash::of(&presented.client_id, secret);
    let client = found.ok_or(ClientAuthError::UnknownClient)?;
    if client.token_endpoint_auth_method != presented.method() {
        return Err(ClientAuthError::WrongMethod);
    }
    let proven = match client.secret {
        Some(kept) => kept.is(&offered),
        None => !presented.method().has_secret(),
    };
    if proven { Ok(client) } else { Err(ClientAuthError::WrongSecret) }
}

/// Whether a statement is for this server and no other, and good now and not for long
/// ([RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3)).
///
/// The audience is the issuer. The address of an endpoint will not do: a server that lies about its
/// own could collect statements that are good here.
fn is_for_us(call: &Call<'_>, said: &Assertion) -> bool {
    let soon = call.now + CLOCK_SKEW;
    said.aud == [call.server.policy.issuer.as_str()]
        && call.now < said.exp
        && said.exp <= soon + LONGEST_ASSERTION
        && said.iat.is_none_or(|at| at <= soon)
        && said.nbf.is_none_or(|at| at <= soon)
}

/// The client's keys that can have signed the statement.
fn candidates(client: &Client, text: &Secret) -> Vec<PublicKey> {
    let Ok(jws) = Jws::parse(text.expose()) else { return Vec::new() };
    if client.token_endpoint_auth_signing_alg.is_some_and(|alg| alg != jws.alg) {
        return Vec::new();
    }
    let keys = client.jwks.candidates(jws.alg, jws.kid.as_deref());
    keys.take(MOST_CLIENT_KEYS).cloned().collect()
}

/// The statement says the right things; the host is asked whether the client has signed it.
pub(crate) struct AwaitingVerdict<'s> {
    call: Call<'s>,
    client: Client,
    text: Secret,
    said: Box<Assertion>,
    /// Keys that are still to be tried.
    keys: Vec<PublicKey>,
    writer: Writer,
    purpose: Purpose,
}

impl<'s> AwaitingVerdict<'s> {
    fn ask(mut self) -> Turn<'s> {
        let call = self.call;
        let Some(key) = self.keys.pop() else {
            return refuse(&call, self.client.client_id, ClientAuthError::WrongSignature);
        };
        let question = (key, self.text.clone());
        Verify::ask(call, question, AfterVerify::Assertion(self.into()))
    }

    pub(crate) fn resume(self, is_good: bool) -> Turn<'s> {
        if !is_good {
            return self.ask();
        }
        let Self { call, client, said, writer, purpose, .. } = self;
        let key = Key::Assertion { client_id: client.client_id.clone(), jti: said.jti };
        AwaitingUse::ask(call, (key, said.exp), writer, Next::Client(client.into(), purpose))
    }
}
