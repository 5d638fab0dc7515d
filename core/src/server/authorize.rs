//! An app asks for a person's permission.
//!
//! Until client and redirect URI are both good there is nowhere safe to redirect to, so a refusal
//! stays on the server's own page. `Bound` is the proof that they are; nothing else can redirect.

use alloc::string::String;
use alloc::vec::Vec;

use super::client::Client;
use super::handle::Call;
use super::login::{self, Login};
use super::name::Kind;
use super::page::{ConsentPage, Page, ScopeLine};
use super::policy::{PkceRule, Policy};
use super::record::{Key, Record, Versioned};
use super::reply;
use super::turn::{AfterRead, Read, Turn, found};
use crate::entropy::Entropy;
use crate::pack::{Packer, Unpacker};
use crate::pkce::{self, Challenge};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::callback::Callback;
use crate::wire::error::ErrorBody;
use crate::wire::form::Form;
use crate::wire::http::{Method, Request, Response};

/// Most bytes of what a client is free to choose: a request waits in a form, whose fields have a
/// limit of their own.
pub const LONGEST_ASK: usize = 3072;

/// Why a request is bound to nobody, in the order the checks run. None of these redirects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BindError {
    /// Not a form, or too large, or parameters both in the query and in the body of a POST.
    Malformed,
    /// No `client_id`.
    MissingClientId,
    /// `client_id` names nobody, or is there twice.
    UnknownClient,
    /// No `redirect_uri`.
    MissingRedirectUri,
    /// `redirect_uri` is none of the client's, byte for byte, or is there twice.
    WrongRedirectUri,
}

/// Why a bound request is turned away, in the order the checks run. Each goes back to the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AskError {
    /// A parameter is there twice ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
    Repeated,
    /// No `response_type`.
    MissingResponseType,
    /// `response_type` is not `code`.
    UnsupportedResponseType,
    /// `response_mode` is not `query`.
    UnsupportedResponseMode,
    /// `request`, which this server does not take
    /// ([OpenID Connect Core §6](https://openid.net/specs/openid-connect-core-1_0.html#JWTRequests)).
    RequestObject,
    /// `request_uri`, which this server does not fetch.
    RequestUri,
    /// `registration`, which this server does not take.
    Registration,
    /// No `scope`, which the guide requires.
    MissingScope,
    /// `scope` holds what is no scope, or what this client may not ask for.
    InvalidScope,
    /// `code_challenge_method` is not `S256`, or is there without a challenge or the other way round.
    UnsupportedChallengeMethod,
    /// `code_challenge` is not 43 characters of base64url.
    InvalidChallenge,
    /// No `code_challenge`, and this client must send one.
    MissingChallenge,
    /// `state`, `nonce`, `scope` and `login_hint` together are longer than [`LONGEST_ASK`].
    TooLong,
    /// `prompt` says `none` and something else, or what nobody knows.
    InvalidPrompt,
    /// `max_age` is not a number.
    InvalidMaxAge,
    /// `prompt=none`, and nobody is signed in.
    LoginRequired,
    /// `prompt=none`, and the person has to be asked.
    ConsentRequired,
}

/// A request whose client and redirect URI are good: the only value that can redirect.
#[derive(Debug)]
pub(crate) struct Bound {
    client: Client,
    redirect_uri: String,
    state: Option<String>,
}

impl Bound {
    /// Binds a request to the client found in the store.
    pub(crate) fn bind(
        client: Option<Client>,
        redirect_uri: Option<&str>,
        state: Option<String>,
    ) -> Result<Self, BindError> {
        let client =
            client.filter(|client| client.removed.is_none()).ok_or(BindError::UnknownClient)?;
        let redirect_uri = redirect_uri.ok_or(BindError::MissingRedirectUri)?;
        if !client.may_be_answered_at(redirect_uri) {
            return Err(BindError::WrongRedirectUri);
        }
        Ok(Self { client, redirect_uri: redirect_uri.into(), state })
    }

    /// Sends the browser back with `answer`, then `state` if it was sent, then `iss`
    /// ([RFC 9207 §2](https://www.rfc-editor.org/rfc/rfc9207#section-2)).
    pub(crate) fn redirect(self, policy: &Policy, answer: Result<Secret, ErrorBody>) -> Response {
        let iss = Some(policy.issuer.as_str().into());
        let callback = Callback { state: self.state, iss, answer };
        reply::redirect(callback.to_url(&self.redirect_uri))
    }
}

/// What a bound request asks for, checked: what a login or consent page holds sealed.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Its name; with the login's it makes the grant's, so that one page makes at most one grant.
    pub(crate) id: [u8; 16],
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) scope: ScopeSet,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    /// The person must have signed in at this time or later.
    pub(crate) login_since: UnixTime,
    pub(crate) login_hint: Option<String>,
}

/// Whether a page may be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Prompt {
    Allowed,
    None,
}

/// Reads an authorization request ([RFC 6749 §4.1.1], [OpenID Connect Core §3.1.2.1]).
///
/// [RFC 6749 §4.1.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
/// [OpenID Connect Core §3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
pub(crate) fn begin<'s>(
    call: Call<'s>,
    request: &Request,
    entropy: Entropy,
    login: Option<Login>,
) -> Turn<'s> {
    let form = match request.method {
        Method::Get => Form::parse(request.query().as_bytes()).ok(),
        Method::Post if request.query().is_empty() && request.is_form() => {
            Form::parse(&request.body).ok()
        }
        Method::Post => None,
        Method::Options | Method::Other => return reply::wrong_method(&call, "GET, POST"),
    };
    let Some(form) = form else { return reply::unbound(&call, BindError::Malformed) };
    let client_id = match form.one("client_id") {
        Ok(Some(client_id)) => String::from(client_id),
        Ok(None) => return reply::unbound(&call, BindError::MissingClientId),
        Err(_) => return reply::unbound(&call, BindError::UnknownClient),
    };
    let key = Key::Client(client_id);
    let waiting = AwaitingClient { call, form, entropy, login };
    Read::ask(call, key, AfterRead::Authorize(waiting.into()))
}

/// The request names a client; the store is asked who that is.
#[derive(Debug)]
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    form: Form,
    entropy: Entropy,
    login: Option<Login>,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let call = self.call;
        let (client, _) = found(record, Record::client);
        let bound = match self.bind(client) {
            Ok(bound) => bound,
            Err(error) => return reply::unbound(&call, error),
        };
        let answer = self.read(&bound, &call.server.policy, call.now);
        match answer.and_then(|(asked, prompt)| proceed(call, &bound, asked, self.login, prompt)) {
            Ok(turn) => turn,
            Err(error) => reply::bound(&call, bound, error),
        }
    }

    fn bind(&self, client: Option<Client>) -> Result<Bound, BindError> {
        let redirect_uri = self.form.one("redirect_uri");
        let redirect_uri = redirect_uri.map_err(|_| BindError::WrongRedirectUri)?;
        // A state that is there twice is nobody's; the refusal that follows goes without.
        let state = self.form.one("state").unwrap_or_default().map(Into::into);
        Bound::bind(client, redirect_uri, state)
    }

    fn read(
        &self,
        bound: &Bound,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<(Asked, Prompt), AskError> {
        if self.form.any_repeated_but(&["resource"]) {
            return Err(AskError::Repeated);
        }
        let one = |name| self.form.one(name).map_err(|_| AskError::Repeated);
        match one("response_type")? {
            Some("code") => {}
            Some(_) => return Err(AskError::UnsupportedResponseType),
            None => return Err(AskError::MissingResponseType),
        }
        for (name, error) in [
            ("request", AskError::RequestObject),
            ("request_uri", AskError::RequestUri),
            ("registration", AskError::Registration),
        ] {
            if one(name)?.is_some() {
                return Err(error);
            }
        }
        if one("response_mode")?.is_some_and(|mode| mode != "query") {
            return Err(AskError::UnsupportedResponseMode);
        }
        let scope = one("scope")?.ok_or(AskError::MissingScope)?;
        let scope = ScopeSet::parse(scope).map_err(|_| AskError::InvalidScope)?;
        let allowed = bound.client.scope.as_ref();
        if !scope.iter().all(|word| policy.offers(word) && allowed.is_none_or(|a| a.contains(word)))
        {
            return Err(AskError::InvalidScope);
        }
        let challenge = challenge(one("code_challenge")?, one("code_challenge_method")?)?;
        let required = policy.pkce == PkceRule::Everyone || !bound.client.is_confidential();
        if required && challenge.is_none() {
            return Err(AskError::MissingChallenge);
        }
        let (prompt, again) = prompt(one("prompt")?)?;
        let login_since = match one("max_age")? {
            _ if again => now,
            None => UnixTime::from_secs(0),
            Some(age) => {
                let age = age.parse().map_err(|_| AskError::InvalidMaxAge)?;
                UnixTime::from_secs(now.since(UnixTime::from_secs(age)).as_secs())
            }
        };
        let free = [one("state")?, one("nonce")?, one("scope")?, one("login_hint")?];
        if free.iter().flatten().map(|text| text.len()).sum::<usize>() > LONGEST_ASK {
            return Err(AskError::TooLong);
        }
        let asked = Asked {
            id: self.entropy.derive_id("interaction"),
            client_id: bound.client.client_id.clone(),
            redirect_uri: bound.redirect_uri.clone(),
            state: bound.state.clone(),
            scope,
            nonce: one("nonce")?.map(Into::into),
            challenge,
            login_since,
            login_hint: one("login_hint")?.map(Into::into),
        };
        Ok((asked, prompt))
    }
}

/// Both parameters or neither, and `S256` only. A challenge that is stripped on its way is noticed
/// when a verifier comes without one
/// ([RFC 7636 §4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)).
fn challenge(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Challenge>, AskError> {
    match (challenge, method) {
        (None, None) => Ok(None),
        (Some(challenge), Some(pkce::METHOD)) => {
            Challenge::parse(challenge).map(Some).ok_or(AskError::InvalidChallenge)
        }
        (Some(_), _) | (None, Some(_)) => Err(AskError::UnsupportedChallengeMethod),
    }
}

/// Whether pages may be shown, and whether the person must sign in again.
fn prompt(text: Option<&str>) -> Result<(Prompt, bool), AskError> {
    let words: Vec<&str> = text.unwrap_or_default().split(' ').filter(|w| !w.is_empty()).collect();
    let known = ["none", "login", "consent", "select_account"];
    if !words.iter().all(|word| known.contains(word)) {
        return Err(AskError::InvalidPrompt);
    }
    if !words.contains(&"none") {
        return Ok((
            Prompt::Allowed,
            words.contains(&"login") || words.contains(&"select_account"),
        ));
    }
    if words.len() == 1 { Ok((Prompt::None, false)) } else { Err(AskError::InvalidPrompt) }
}

/// Shows what comes next: the login page, or the consent page.
fn proceed<'s>(
    call: Call<'s>,
    bound: &Bound,
    asked: Asked,
    login: Option<Login>,
    prompt: Prompt,
) -> Result<Turn<'s>, AskError> {
    match (login.filter(|login| login.at >= asked.login_since), prompt) {
        (None, Prompt::None) => Err(AskError::LoginRequired),
        (Some(_), Prompt::None) => Err(AskError::ConsentRequired),
        (login, Prompt::Allowed) => Ok(interact(call, bound, asked, login)),
    }
}

/// Asks the person: who are you, or may this app?
pub(crate) fn interact<'s>(
    call: Call<'s>,
    bound: &Bound,
    asked: Asked,
    login: Option<Login>,
) -> Turn<'s> {
    let Some(login) = login.filter(|login| login.at >= asked.login_since) else {
        let username = asked.login_hint.clone().unwrap_or_default();
        let client_name = bound.client.name.clone();
        let visit = login::Visit::Authorize { asked: asked.into(), client_name };
        return login::show(&call, &visit, username, None);
    };
    let until = call.now + call.server.policy.interaction_lifetime;
    let contents = login.pack(asked.pack(Packer::new())).finish();
    let meaning = |word: &str| {
        let scopes = &call.server.policy.scopes;
        scopes.iter().find(|s| s.word == word).map(|s| s.meaning.clone()).unwrap_or_default()
    };
    let page = ConsentPage {
        interaction: call.server.sealing.seal_until(Kind::Consent, until, &contents),
        client_name: bound.client.name.clone(),
        client_id: asked.client_id,
        redirect_uri: asked.redirect_uri,
        username: login.username,
        scopes: asked
            .scope
            .iter()
            .map(|word| ScopeLine { scope: word.into(), meaning: meaning(word) })
            .collect(),
    };
    reply::show(Page::Consent(page), 200)
}

impl Asked {
    pub(crate) fn pack(&self, to: Packer) -> Packer {
        to.array(self.id)
            .text(&self.client_id)
            .text(&self.redirect_uri)
            .maybe(self.state.as_deref(), Packer::text)
            .text(&self.scope.to_text())
            .maybe(self.nonce.as_deref(), Packer::text)
            .maybe(self.challenge.as_ref(), |p, challenge| p.array(*challenge.as_bytes()))
            .u64(self.login_since.as_secs())
            .maybe(self.login_hint.as_deref(), Packer::text)
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            id: from.array()?,
            client_id: from.text()?,
            redirect_uri: from.text()?,
            state: from.maybe(Unpacker::text)?,
            scope: ScopeSet::parse(&from.text()?).ok()?,
            nonce: from.maybe(Unpacker::text)?,
            challenge: from.maybe(|f| f.array().map(Challenge::from_bytes))?,
            login_since: UnixTime::from_secs(from.u64()?),
            login_hint: from.maybe(Unpacker::text)?,
        })
    }
}
