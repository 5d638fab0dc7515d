//! The token endpoint: who asks, for what, and how an answer leaves.

use alloc::string::String;

use super::client::{self, Client, ClientAuthError, Presented, PresentedError};
use super::grant::{Grant, Phase, Writer};
use super::handle::Call;
use super::identity::{self, Written};
use super::name::{Kind, Name, ScopeBits};
use super::record::{Key, Record, Versioned};
use super::redeem::{RedeemError, Redemption};
use super::refresh::{RefreshError, Refreshing};
use super::reply;
use super::turn::{AfterClaims, AfterRead, AfterSwap, Claims, Expect, Read, Sign, Swap};
use super::turn::{Swapped, Turn, found};
use crate::entropy::Entropy;
use crate::scope::{OFFLINE_ACCESS, OPENID, ScopeSet};
use crate::secret::Secret;
use crate::step::Step;
use crate::time::UnixTime;
use crate::wire::form::Form;
use crate::wire::http::{Method, Request};
use crate::wire::jws;
use crate::wire::token::TokenResponse;

/// Why a token request is turned away before any code is looked at, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a form, or too large, or badly encoded.
    Malformed,
    /// A parameter is there twice ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).
    Repeated,
    /// Nobody can be made out to be asking.
    Presented(PresentedError),
    /// No `grant_type`.
    MissingGrantType,
    /// `grant_type` is neither `authorization_code` nor `refresh_token`.
    UnsupportedGrantType,
    /// No `token` to revoke.
    MissingToken,
    /// The client is not believed.
    Client(ClientAuthError),
    /// No `code`.
    MissingCode,
    /// No `redirect_uri`.
    MissingRedirectUri,
    /// No `refresh_token`.
    MissingRefreshToken,
    /// `scope` is not one.
    InvalidScope,
    /// The code bought nothing.
    Code(RedeemError),
    /// The refresh token bought nothing.
    Refresh(RefreshError),
    /// The person is gone or may no longer sign in.
    PersonGone,
}

/// Reads a token request ([RFC 6749 §4.1.3], [RFC 6749 §6]).
///
/// [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
/// [RFC 6749 §6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, entropy: Entropy) -> Turn<'s> {
    let (form, presented) = match read(&call, request) {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    match form.one("grant_type").unwrap_or_default() {
        Some("authorization_code" | "refresh_token") => {}
        Some(_) => return reply::token(TokenError::UnsupportedGrantType),
        None => return reply::token(TokenError::MissingGrantType),
    }
    let key = Key::Client(presented.client_id.clone());
    let waiting = AwaitingClient { call, form, presented, entropy };
    Read::ask(call, key, AfterRead::TokenClient(waiting.into()))
}

/// Reads the form of an endpoint that clients prove themselves at, or says what is wrong with it.
pub(crate) fn read<'s>(call: &Call<'_>, request: &Request) -> Result<(Form, Presented), Turn<'s>> {
    match request.method {
        Method::Post => {}
        Method::Options => return Err(reply::preflight("POST")),
        Method::Get | Method::Other => return Err(reply::wrong_method(call, "POST")),
    }
    if !request.is_form() {
        return Err(reply::token(TokenError::Malformed));
    }
    let form = Form::parse(&request.body).map_err(|_| reply::token(TokenError::Malformed))?;
    if form.any_repeated_but(&["resource"]) {
        return Err(reply::token(TokenError::Repeated));
    }
    let presented = Presented::parse(&request.headers, &form);
    Ok((form, presented.map_err(|error| reply::token(TokenError::Presented(error)))?))
}

/// Somebody says which client they are; the store is asked what that client can prove.
#[derive(Debug)]
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    form: Form,
    presented: Presented,
    entropy: Entropy,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let call = self.call;
        let (found, _) = found(record, Record::client);
        match self.authenticate(found) {
            Ok((name, ask)) => AwaitingGrant { call, ask, name, rounds: 0 }.ask(),
            Err(error) => reply::token(error),
        }
    }

    fn authenticate(self, found: Option<Client>) -> Result<(Name, Ask), TokenError> {
        let client = client::authenticate(found, &self.presented).map_err(TokenError::Client)?;
        let client_id = client.client_id;
        let writer = Writer(self.entropy.derive_id("writer"));
        let one = |name| self.form.one(name).map_err(|_| TokenError::Repeated);
        let open = |kind, text: &str| self.call.server.sealing.open_name(kind, text);
        if one("grant_type")? == Some("refresh_token") {
            let token = one("refresh_token")?.ok_or(TokenError::MissingRefreshToken)?;
            let scope = one("scope")?.map(ScopeSet::parse).transpose();
            let scope = scope.map_err(|_| TokenError::InvalidScope)?;
            let name = open(Kind::Refresh, token);
            let name = name.ok_or(TokenError::Refresh(RefreshError::UnknownToken))?;
            let ask = Refreshing { client_id, turn: name.turn, scope, writer };
            return Ok((name, Ask::Refresh(ask)));
        }
        let code = one("code")?.ok_or(TokenError::MissingCode)?;
        let redirect_uri = one("redirect_uri")?.ok_or(TokenError::MissingRedirectUri)?.into();
        let code_verifier = one("code_verifier")?.map(Secret::new);
        let name = open(Kind::Code, code).ok_or(TokenError::Code(RedeemError::UnknownCode))?;
        let ask = Redemption { client_id, redirect_uri, code_verifier, until: name.until, writer };
        Ok((name, Ask::Redeem(ask)))
    }
}

/// What a client that is believed asks for.
#[derive(Debug)]
enum Ask {
    Redeem(Redemption),
    Refresh(Refreshing),
}

/// The client is believed and the code or token is ours; the store is asked what it stands for.
#[derive(Debug)]
pub(crate) struct AwaitingGrant<'s> {
    call: Call<'s>,
    ask: Ask,
    name: Name,
    rounds: u8,
}

/// Each lost swap means that another request got on, so few rounds are many.
pub(crate) const MOST_ROUNDS: u8 = 8;

impl<'s> AwaitingGrant<'s> {
    fn ask(self) -> Turn<'s> {
        let key = Key::Grant(self.name.grant);
        Read::ask(self.call, key, AfterRead::TokenGrant(self.into()))
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let call = self.call;
        let (Some(grant), expect) = found(record, Record::grant) else {
            return reply::token(self.forgotten());
        };
        let before = grant.phase;
        let Step { next, output } = self.decide(grant);
        let decided = Decided { waiting: self, expect, before, grant: next };
        match output {
            Ok(()) => {
                let subject = decided.grant.terms.subject.clone();
                let waiting = AwaitingClaims(decided);
                Claims::ask(call, subject, AfterClaims::Token(waiting.into()))
            }
            Err(error) => decided.store(Err(error)),
        }
    }

    fn decide(&self, grant: Grant) -> Step<Grant, Result<(), TokenError>> {
        let now = self.call.now;
        match &self.ask {
            Ask::Redeem(ask) => {
                let Step { next, output } = grant.redeem(ask, now);
                Step { next, output: output.map_err(TokenError::Code) }
            }
            Ask::Refresh(ask) => {
                let Step { next, output } =
                    grant.refresh(ask, now, self.call.server.policy.refresh_grace);
                Step { next, output: output.map_err(TokenError::Refresh) }
            }
        }
    }

    /// A store forgets only what is too old.
    fn forgotten(&self) -> TokenError {
        let is_old = self.name.until <= self.call.now;
        match (&self.ask, is_old) {
            (Ask::Redeem(_), true) => TokenError::Code(RedeemError::Expired),
            (Ask::Redeem(_), false) => TokenError::Code(RedeemError::UnknownCode),
            (Ask::Refresh(_), _) => TokenError::Refresh(RefreshError::UnknownToken),
        }
    }
}

/// The grant as it will be, and what it was when that was decided.
#[derive(Debug)]
struct Decided<'s> {
    waiting: AwaitingGrant<'s>,
    expect: Expect,
    before: Phase,
    grant: Grant,
}

impl<'s> Decided<'s> {
    /// Which generation of tokens is the newest, and when it was made.
    const fn generation(&self) -> Option<(u32, UnixTime)> {
        match self.grant.phase {
            Phase::Live { turn, turned, .. } => Some((turn, turned)),
            Phase::Coded { .. } | Phase::Dead { .. } => None,
        }
    }

    /// Stores the grant, if it changed, and only then says what came of it.
    fn store(self, output: Result<TokenResponse, TokenError>) -> Turn<'s> {
        if self.before == self.grant.phase {
            return answer(output);
        }
        let call = self.waiting.call;
        let place = (Key::Grant(self.grant.terms.id), self.expect);
        let record = Record::Grant(self.grant.clone().into());
        let next = AwaitingSwap { waiting: self.waiting, output };
        Swap::ask(call, place, record, AfterSwap::Token(next.into()))
    }
}

fn answer<'s>(output: Result<TokenResponse, TokenError>) -> Turn<'s> {
    match output {
        Ok(tokens) => Turn::Reply(reply::tokens(&tokens)),
        Err(error) => reply::token(error),
    }
}

/// The code is good; the directory is asked about the person.
#[derive(Debug)]
pub(crate) struct AwaitingClaims<'s>(Decided<'s>);

impl<'s> AwaitingClaims<'s> {
    pub(crate) fn resume(self, known: Option<String>) -> Turn<'s> {
        let Self(decided) = self;
        let call = decided.waiting.call;
        let Some(known) = known else { return answer(Err(TokenError::PersonGone)) };
        let Some((turn, turned)) = decided.generation() else { return reply::unavailable(&call) };
        let terms = &decided.grant.terms;
        let scope = match &decided.waiting.ask {
            Ask::Refresh(Refreshing { scope: Some(scope), .. }) => scope,
            Ask::Refresh(_) | Ask::Redeem(_) => &terms.scope,
        };
        let name = |until| Name {
            grant: terms.id,
            turn,
            until,
            scope: ScopeBits::of(scope, &terms.scope),
        };
        // All that is in an answer hangs on when its generation was made, not on when it was asked
        // for: asked again, it is the same answer.
        let until = turned + call.server.policy.access_token_lifetime;
        let refreshable = terms.refresh_until.filter(|_| terms.scope.contains(OFFLINE_ACCESS));
        let tokens = TokenResponse {
            access_token: call.server.sealing.name(Kind::Access, &name(until)),
            token_type: "Bearer".into(),
            expires_in: Some(until.since(call.now).as_secs()),
            refresh_token: refreshable
                .map(|until| call.server.sealing.name(Kind::Refresh, &name(until))),
            id_token: None,
            scope: Some(scope.to_text()),
        };
        if !scope.contains(OPENID) {
            return decided.store(Ok(tokens));
        }
        let Some(key) = call.server.keys.signer() else { return reply::unavailable(&call) };
        let access_token = tokens.access_token.expose();
        let written =
            Written { alg: key.alg, terms, scope, turn, turned, access_token, known: &known };
        let claims = identity::claims(&call, &written);
        let kid = key.kid.clone().unwrap_or_default();
        let input = jws::signing_input(key.alg, &kid, "JWT", &claims);
        Sign::ask(call, (kid, key.alg), input, AwaitingSignature { decided, tokens })
    }
}

/// The ID token is written; the signer is asked to sign it.
#[derive(Debug)]
pub(crate) struct AwaitingSignature<'s> {
    decided: Decided<'s>,
    tokens: TokenResponse,
}

impl<'s> AwaitingSignature<'s> {
    pub(crate) fn resume(self, input: &str, signature: &[u8]) -> Turn<'s> {
        let id_token = Some(jws::assemble(input, signature));
        self.decided.store(Ok(TokenResponse { id_token, ..self.tokens }))
    }
}

/// All is ready; nothing leaves until the store says that the code is spent.
#[derive(Debug)]
pub(crate) struct AwaitingSwap<'s> {
    waiting: AwaitingGrant<'s>,
    output: Result<TokenResponse, TokenError>,
}

impl<'s> AwaitingSwap<'s> {
    pub(crate) fn resume(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => answer(self.output),
            Swapped::Lost | Swapped::Unknown if self.waiting.rounds < MOST_ROUNDS => {
                let rounds = self.waiting.rounds + 1;
                AwaitingGrant { rounds, ..self.waiting }.ask()
            }
            Swapped::Lost | Swapped::Unknown => reply::unavailable(&self.waiting.call),
        }
    }
}
