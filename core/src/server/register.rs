//! An app introduces itself over HTTP, and keeps its registration up to date
//! ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591),
//! [RFC 7592](https://www.rfc-editor.org/rfc/rfc7592)).

use alloc::boxed::Box;

use super::claimed::Claimed;
use super::client::Client;
use super::declare::{self, Declaration, DeclareError};
use super::handle::Call;
use super::policy::Registration;
use super::record::{Key, Record, Versioned};
use super::turn::{AfterRead, AfterSwap, Expect, Failed, Read, Swap, Swapped, Turn, found};
use super::{path, reply};
use crate::entropy::Entropy;
use crate::secret::Secret;
use crate::states::Event;
use crate::time::UnixTime;
use crate::wire::bearer::{self, BearerError};
use crate::wire::form::{self, Form};
use crate::wire::http::{Method, Request};
use crate::wire::registration::{
    AuthMethod, ClientInformation, ClientMetadata, ClientMetadataError,
};

/// Most bytes of a registration as it is stored.
pub const LARGEST_CLIENT: usize = 8 * 1024;

/// Why nothing is registered or changed, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The token cannot be made out.
    Malformed(BearerError),
    /// No token, and one is needed.
    MissingToken,
    /// The token is not good for this.
    BadToken,
    /// The body is not what a client says of itself.
    Metadata(ClientMetadataError),
    /// What it says makes no client.
    Declare(DeclareError),
    /// It wants ID tokens signed with what this server does not sign with.
    NoSuchKey,
    /// It wants a scope that this server does not offer.
    NoSuchScope,
    /// It would take more than [`LARGEST_CLIENT`] to store.
    TooLarge,
    /// `client_id` or `client_secret` is not the one it has
    /// ([RFC 7592 §2.2](https://www.rfc-editor.org/rfc/rfc7592#section-2.2)).
    NotItself,
}

/// Reads a request to register, or to manage a registration: that is told apart by the client's name
/// in the query.
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, entropy: &Entropy) -> Turn<'s> {
    if call.server.policy.registration == Registration::Off {
        return reply::not_found(&call);
    }
    let query = Form::parse(request.query().as_bytes()).unwrap_or_default();
    let named = query.one("client_id").unwrap_or_default();
    let Some(client_id) = named else {
        return match request.method {
            Method::Post => register(call, request, entropy),
            Method::Options => reply::preflight(&call, "POST"),
            Method::Get | Method::Head | Method::Put | Method::Delete | Method::Other => {
                reply::wrong_method(&call, "POST")
            }
        };
    };
    let act = match request.method {
        Method::Get | Method::Head => Act::Show,
        Method::Delete => Act::Remove,
        Method::Put => match ClientInformation::parse(&request.body) {
            Ok(said) => Act::Change(said.into()),
            Err(error) => return reply::register(&call, RegisterError::Metadata(error)),
        },
        Method::Options => return reply::preflight(&call, "GET, PUT, DELETE"),
        Method::Post | Method::Other => return reply::wrong_method(&call, "GET, PUT, DELETE"),
    };
    manage(call, request, client_id, act, entropy)
}

fn register<'s>(call: Call<'s>, request: &Request, entropy: &Entropy) -> Turn<'s> {
    match admit(&call, request).and_then(|()| new_client(&call, request, entropy)) {
        Ok((client, secret)) => {
            let place = (Key::Client(client.client_id.clone()), Expect::Absent);
            let answer = information(&call, &client, secret);
            let next = Registered { call, answer, status: 201 };
            Swap::ask(call, place, Record::Client(client.into()), AfterSwap::Register(next.into()))
        }
        Err(error) => refuse(&call, Claimed::Registrar, error),
    }
}

/// Whoever guesses a token is counted.
fn refuse<'s>(call: &Call<'_>, who: Claimed, error: RegisterError) -> Turn<'s> {
    let refused = reply::register(call, error);
    if error == RegisterError::BadToken { Failed::tell(who, refused) } else { refused }
}

/// Whether the one who asks may register at all
/// ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)).
fn admit(call: &Call<'_>, request: &Request) -> Result<(), RegisterError> {
    let Registration::Token(tokens) = &call.server.policy.registration else { return Ok(()) };
    let token = bearer::parse(request).map_err(RegisterError::Malformed)?;
    let token = token.ok_or(RegisterError::MissingToken)?;
    // All are compared, so that time does not tell which came close.
    let good = tokens.iter().fold(false, |good, known| good | known.is(&token));
    if good { Ok(()) } else { Err(RegisterError::BadToken) }
}

fn new_client(
    call: &Call<'_>,
    request: &Request,
    entropy: &Entropy,
) -> Result<(Client, Option<Secret>), RegisterError> {
    let metadata = ClientMetadata::parse(&request.body).map_err(RegisterError::Metadata)?;
    let (client_id, secret) = declare::credentials(entropy);
    let is_trusted = call.server.policy.registration != Registration::Open;
    client(call, Declaration { client_id, client_secret: Some(secret), metadata, is_trusted })
}

/// The client that is declared, with its secret if its method needs one.
fn client(
    call: &Call<'_>,
    mut said: Declaration,
) -> Result<(Client, Option<Secret>), RegisterError> {
    let method = said.metadata.token_endpoint_auth_method.unwrap_or(AuthMethod::ClientSecretBasic);
    said.client_secret = said.client_secret.filter(|_| method.has_secret());
    let server = call.server;
    let mut client = Client::declare(&said, call.now).map_err(RegisterError::Declare)?;
    // Anybody may fill the store with these, so each ends.
    let lifetime = server.policy.open_registration_lifetime;
    client.until = (!client.is_trusted).then(|| call.now + lifetime);
    let alg = client.id_token_signed_response_alg;
    if alg.is_some_and(|alg| server.keys.signer(alg, call.now).is_none()) {
        return Err(RegisterError::NoSuchKey);
    }
    let scopes = client.scope.as_ref();
    if scopes.is_some_and(|scopes| !scopes.iter().all(|word| server.policy.offers(word))) {
        return Err(RegisterError::NoSuchScope);
    }
    if Record::Client(client.clone().into()).encode().len() > LARGEST_CLIENT {
        return Err(RegisterError::TooLarge);
    }
    Ok((client, said.client_secret))
}

fn information(call: &Call<'_>, client: &Client, secret: Option<Secret>) -> ClientInformation {
    let mut uri = call.server.policy.issuer.endpoint(path::REGISTER);
    uri.push('?');
    form::push(&mut uri, "client_id", &client.client_id);
    let token = call.server.sealing.registration(&client.client_id, client.born);
    ClientInformation {
        client_id: client.client_id.clone(),
        client_secret: secret,
        client_id_issued_at: Some(client.born),
        client_secret_expires_at: client.until,
        registration_access_token: Some(token),
        registration_client_uri: Some(uri),
        metadata: client.metadata(),
    }
}

/// What a client does to its registration.
enum Act {
    Show,
    /// What it now says of itself.
    Change(Box<ClientInformation>),
    Remove,
}

/// The client is what its token says it is, or nobody
/// ([RFC 7592 §2](https://www.rfc-editor.org/rfc/rfc7592#section-2)).
fn manage<'s>(
    call: Call<'s>,
    request: &Request,
    client_id: &str,
    act: Act,
    entropy: &Entropy,
) -> Turn<'s> {
    let token = match bearer::parse(request) {
        Ok(Some(token)) => token,
        Ok(None) => return reply::register(&call, RegisterError::MissingToken),
        Err(error) => return reply::register(&call, RegisterError::Malformed(error)),
    };
    let opened = call.server.sealing.open_registration(token.expose());
    let Some((_, born)) = opened.filter(|(named, _)| named == client_id) else {
        return refuse(&call, Claimed::Client(client_id.into()), RegisterError::BadToken);
    };
    let (_, new_secret) = declare::credentials(entropy);
    let waiting = AwaitingClient { call, born, act, new_secret };
    let key = Key::Client(client_id.into());
    Read::ask(call, key, AfterRead::Register(waiting.into()))
}

/// The token is ours; the store is asked for the client.
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    born: UnixTime,
    act: Act,
    new_secret: Secret,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, born, act, new_secret } = self;
        let (client, expect) = found(record, Record::client);
        let client = client.filter(|client| client.is_known(call.now) && client.born == born);
        let Some(client) = client else {
            return reply::register(&call, RegisterError::BadToken);
        };
        let place = (Key::Client(client.client_id.clone()), expect);
        match act {
            Act::Show => {
                let answer = information(&call, &client, None);
                Turn::Reply(reply::json(&call, 200, answer.to_json()))
            }
            Act::Remove => {
                let gone = Client { removed: Some(call.now), ..client };
                let record = Record::Client(gone.into());
                Swap::ask(call, place, record, AfterSwap::Unregister(call.into()))
            }
            Act::Change(said) => match changed(&call, &client, *said, new_secret) {
                Ok((client, secret)) => {
                    let answer = information(&call, &client, secret);
                    let next = Registered { call, answer, status: 200 };
                    let record = Record::Client(client.into());
                    Swap::ask(call, place, record, AfterSwap::Register(next.into()))
                }
                Err(error) => reply::register(&call, error),
            },
        }
    }
}

/// The client as it now says it is; what it leaves out is no longer so
/// ([RFC 7592 §2.2](https://www.rfc-editor.org/rfc/rfc7592#section-2.2)). It keeps its secret, and
/// gets one if it needs one for the first time; its end stays where it was.
fn changed(
    call: &Call<'_>,
    before: &Client,
    said: ClientInformation,
    new_secret: Secret,
) -> Result<(Client, Option<Secret>), RegisterError> {
    let has_secret =
        |secret: &Secret| before.secret.is_some_and(|kept| kept.is_of(&before.client_id, secret));
    if said.client_id != before.client_id
        || said.client_secret.is_some_and(|secret| !has_secret(&secret))
    {
        return Err(RegisterError::NotItself);
    }
    let declaration = Declaration {
        client_id: before.client_id.clone(),
        client_secret: Some(new_secret),
        metadata: said.metadata,
        is_trusted: before.is_trusted,
    };
    let (after, new_secret) = client(call, declaration)?;
    let keeps = after.secret.is_some() && before.secret.is_some();
    let secret = if keeps { before.secret } else { after.secret };
    let new_secret = new_secret.filter(|_| !keeps);
    Ok((Client { secret, born: before.born, until: before.until, ..after }, new_secret))
}

/// The client is being stored; nothing is said before the store has it.
pub(crate) struct Registered<'s> {
    call: Call<'s>,
    answer: ClientInformation,
    status: u16,
}

impl<'s> Registered<'s> {
    pub(crate) const fn event(&self) -> Event {
        if self.status == 201 { Event::Register } else { Event::Change }
    }

    pub(crate) fn resume(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => {
                Turn::Reply(reply::json(&self.call, self.status, self.answer.to_json()))
            }
            Swapped::Lost | Swapped::Unknown => reply::unavailable(&self.call),
        }
    }
}

/// The client is being removed
/// ([RFC 7592 §2.3](https://www.rfc-editor.org/rfc/rfc7592#section-2.3)).
pub(crate) fn removed<'s>(call: &Call<'_>, swapped: Swapped) -> Turn<'s> {
    match swapped {
        Swapped::Held => Turn::Reply(reply::no_content(call)),
        Swapped::Lost | Swapped::Unknown => reply::unavailable(call),
    }
}
