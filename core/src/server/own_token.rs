//! A client comes with a token: to give it back, or to ask what it is good for.

use alloc::string::String;

use super::access_token::Came;
use super::authenticate::{self, ClientAuthError, Purpose};
use super::client::Client;
use super::grant::Writer;
use super::handle::Call;
use super::name::{Kind, Name};
use super::record::{Key, Record, Versioned};
use super::token::{self, MOST_ROUNDS, TokenError};
use super::turn::{AfterRead, AfterVerify, Read, Turn, Verify, found};
use super::{introspect, reply, revoke};
use crate::entropy::Entropy;
use crate::secret::Secret;
use crate::wire::http::Request;

/// What the client comes for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Errand {
    /// To end it ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).
    Revoke,
    /// To know whether it lives ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)).
    Introspect,
}

impl Errand {
    /// The answer for a token that is none
    /// ([RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)). Somebody else's gets
    /// the same, by our own choice: who tries tokens learns nothing.
    pub(crate) fn nothing<'s>(self, call: &Call<'_>) -> Turn<'s> {
        match self {
            Self::Revoke => Turn::Reply(reply::done(call)),
            Self::Introspect => introspect::inactive(call),
        }
    }
}

/// Reads the request, which both errands write alike
/// ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1),
/// [RFC 7662 §2.1](https://www.rfc-editor.org/rfc/rfc7662#section-2.1)).
pub(crate) fn begin<'s>(
    call: Call<'s>,
    request: &Request,
    entropy: &Entropy,
    errand: Errand,
) -> Turn<'s> {
    let (form, presented) = match token::read(&call, request) {
        Ok(read) => read,
        Err(refused) => return *refused,
    };
    let Some(token) = form.one("token").unwrap_or_default() else {
        return reply::token(&call, TokenError::MissingToken);
    };
    let asked = Asked { errand, token: Secret::new(token) };
    let writer = Writer(entropy.derive_id("writer"));
    authenticate::begin(call, presented, writer, Purpose::OwnToken(asked.into()))
}

/// What somebody wants with a token.
pub(crate) struct Asked {
    errand: Errand,
    token: Secret,
}

impl Asked {
    /// The client is believed.
    pub(crate) fn go_on<'s>(&self, call: Call<'s>, client: &Client) -> Turn<'s> {
        let errand = self.errand;
        // Whoever can name a public client could ask as that client.
        if errand == Errand::Introspect && !client.is_confidential() {
            return reply::token(&call, TokenError::Client(ClientAuthError::WrongMethod));
        }
        let client_id = client.client_id.clone();
        let waiting = |kind, name| AwaitingGrant { call, errand, client_id, kind, name, rounds: 0 };
        let text = self.token.expose();
        if let Some(name) = call.server.sealing.open_name(Kind::Refresh, text) {
            return waiting(Kind::Refresh, name).ask();
        }
        // One that is too old opens nothing, so it ends nothing either.
        match Came::read(&call, &self.token).filter(|came| call.now < came.name().until) {
            Some(Came::Named(name)) => waiting(Kind::Access, name).ask(),
            Some(Came::Signed(signed)) => {
                let waiting = waiting(Kind::Access, signed.name);
                Verify::ask(call, signed.question(), AfterVerify::OwnToken(waiting.into()))
            }
            None => errand.nothing(&call),
        }
    }
}

/// The client is believed and the token is ours; the store is asked what it stands for.
pub(crate) struct AwaitingGrant<'s> {
    pub(crate) call: Call<'s>,
    errand: Errand,
    pub(crate) client_id: String,
    pub(crate) kind: Kind,
    pub(crate) name: Name,
    rounds: u8,
}

impl<'s> AwaitingGrant<'s> {
    /// The host has looked at the signature of a signed token.
    pub(crate) fn verified(self, is_good: bool) -> Turn<'s> {
        if is_good { self.ask() } else { self.errand.nothing(&self.call) }
    }

    /// Asks once more, for the grant has moved on.
    pub(crate) fn ask_again(self) -> Turn<'s> {
        if self.rounds == MOST_ROUNDS {
            return reply::unavailable(&self.call);
        }
        Self { rounds: self.rounds + 1, ..self }.ask()
    }

    fn ask(self) -> Turn<'s> {
        let key = Key::Grant(self.name.grant);
        Read::ask(self.call, key, AfterRead::OwnTokenGrant(self.into()))
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (grant, expect) = found(record, Record::grant);
        let Some(grant) = grant else { return self.errand.nothing(&self.call) };
        match self.errand {
            Errand::Revoke if grant.terms.client_id == self.client_id => {
                revoke::decide(self, grant, expect)
            }
            Errand::Revoke => self.errand.nothing(&self.call),
            Errand::Introspect => introspect::begin(self, grant),
        }
    }
}
