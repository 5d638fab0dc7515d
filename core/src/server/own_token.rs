//! A client comes with a token of its own: to give it back, or to ask what it is good for.

use alloc::string::String;

use super::client::{self, Presented};
use super::handle::Call;
use super::name::{Kind, Name};
use super::record::{Key, Record, Versioned};
use super::token::{self, MOST_ROUNDS, TokenError};
use super::turn::{AfterRead, Read, Turn, found};
use super::{introspect, reply, revoke};
use crate::secret::Secret;
use crate::wire::http::Request;
use crate::wire::registration::AuthMethod;

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
    pub(crate) fn nothing<'s>(self) -> Turn<'s> {
        match self {
            Self::Revoke => Turn::Reply(reply::done()),
            Self::Introspect => Turn::Reply(introspect::inactive()),
        }
    }
}

/// Reads the request, which both errands write alike
/// ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1),
/// [RFC 7662 §2.1](https://www.rfc-editor.org/rfc/rfc7662#section-2.1)).
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, errand: Errand) -> Turn<'s> {
    let (form, presented) = match token::read(&call, request) {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let Some(token) = form.one("token").unwrap_or_default() else {
        return reply::token(TokenError::MissingToken);
    };
    let key = Key::Client(presented.client_id.clone());
    let waiting = AwaitingClient { call, errand, token: Secret::new(token), presented };
    Read::ask(call, key, AfterRead::OwnTokenClient(waiting.into()))
}

/// Somebody says which client they are; the store is asked what that client can prove.
#[derive(Debug)]
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    errand: Errand,
    token: Secret,
    presented: Presented,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, errand, token, presented } = self;
        let (found, _) = found(record, Record::client);
        let client = match client::authenticate(found, &presented) {
            Ok(client) => client,
            Err(error) => return reply::token(TokenError::Client(error)),
        };
        // Whoever can name a public client could ask as that client.
        if errand == Errand::Introspect && client.token_endpoint_auth_method == AuthMethod::None {
            return reply::token(TokenError::Client(client::ClientAuthError::WrongMethod));
        }
        let open = |kind| Some((kind, call.server.sealing.open_name(kind, token.expose())?));
        let Some((kind, name)) = open(Kind::Refresh).or_else(|| open(Kind::Access)) else {
            return errand.nothing();
        };
        AwaitingGrant { call, errand, client_id: client.client_id, kind, name, rounds: 0 }.ask()
    }
}

/// The client is believed and the token is ours; the store is asked what it stands for.
#[derive(Debug)]
pub(crate) struct AwaitingGrant<'s> {
    pub(crate) call: Call<'s>,
    errand: Errand,
    client_id: String,
    pub(crate) kind: Kind,
    pub(crate) name: Name,
    rounds: u8,
}

impl<'s> AwaitingGrant<'s> {
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
        let Some(grant) = grant.filter(|grant| grant.terms.client_id == self.client_id) else {
            return self.errand.nothing();
        };
        match self.errand {
            Errand::Revoke => revoke::decide(self, grant, expect),
            Errand::Introspect => introspect::answer(&self, &grant),
        }
    }
}
