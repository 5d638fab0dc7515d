//! A code becomes tokens, once.

use alloc::string::String;

use super::client::{self, Client, ClientAuthError, Presented, PresentedError};
use super::grant::{Death, Grant, Phase, Terms, Writer};
use super::handle::Call;
use super::identity;
use super::name::{Kind, Name};
use super::record::{Key, Record, Versioned};
use super::reply;
use super::turn::{AfterClaims, AfterRead, AfterSwap, Claims, Expect, Read, Sign, Swap};
use super::turn::{Swapped, Turn, found};
use crate::entropy::Entropy;
use crate::scope::OPENID;
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
    /// No `grant_type`.
    MissingGrantType,
    /// `grant_type` is not `authorization_code`.
    UnsupportedGrantType,
    /// Nobody can be made out to be asking.
    Presented(PresentedError),
    /// The client is not believed.
    Client(ClientAuthError),
    /// No `code`.
    MissingCode,
    /// No `redirect_uri`.
    MissingRedirectUri,
    /// The code bought nothing.
    Code(RedeemError),
}

/// Why a code bought nothing, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RedeemError {
    /// This server never made the code, or has forgotten it.
    UnknownCode,
    /// The code was issued to another client.
    WrongClient,
    /// `redirect_uri` is not, byte for byte, the one the code was sent to.
    WrongRedirectUri,
    /// `code_verifier` does not answer the challenge, or only one of the two was sent.
    WrongVerifier,
    /// The code is older than its lifetime.
    Expired,
    /// The code was spent before; its tokens are now dead.
    Spent,
    /// The person the code stands for is gone or may no longer sign in.
    PersonGone,
}

/// A request to redeem a code, its client already believed.
#[derive(Debug)]
pub struct Redemption {
    /// The client that asks.
    pub client_id: String,
    /// The `redirect_uri` parameter.
    pub redirect_uri: String,
    /// The `code_verifier` parameter, if sent.
    pub code_verifier: Option<Secret>,
    /// The mark this request leaves in the record.
    pub writer: Writer,
}

impl Grant {
    /// Redeems the code for the first generation of tokens, at most once
    /// ([RFC 6749 §4.1.3], [RFC 7636 §4.6]).
    ///
    /// A stranger's attempt changes nothing. The rightful client's second attempt kills what the
    /// first one bought, for then the code has leaked ([RFC 6749 §4.1.2]). A code once seen too old
    /// stays too old, whatever the clock says later.
    ///
    /// # Errors
    ///
    /// The first [`RedeemError`] that applies.
    ///
    /// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    /// [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
    /// [RFC 7636 §4.6]: https://www.rfc-editor.org/rfc/rfc7636#section-4.6
    pub fn redeem(self, ask: &Redemption, now: UnixTime) -> Step<Self, Result<(), RedeemError>> {
        if let Err(error) = self.terms.admit(ask) {
            return Step { next: self, output: Err(error) };
        }
        let live = Phase::Live { turn: 0, turned: now, writer: ask.writer };
        let (phase, output) = match self.phase {
            Phase::Coded { until } if now < until => (live, Ok(())),
            Phase::Coded { .. } | Phase::Dead { why: Death::Expired } => {
                (Phase::Dead { why: Death::Expired }, Err(RedeemError::Expired))
            }
            Phase::Live { writer, .. } if writer == ask.writer => (self.phase, Ok(())),
            Phase::Live { .. } | Phase::Dead { why: Death::Replayed } => {
                (Phase::Dead { why: Death::Replayed }, Err(RedeemError::Spent))
            }
        };
        Step { next: Self { phase, ..self }, output }
    }
}

impl Terms {
    fn admit(&self, ask: &Redemption) -> Result<(), RedeemError> {
        if ask.client_id != self.client_id {
            return Err(RedeemError::WrongClient);
        }
        if ask.redirect_uri != self.redirect_uri {
            return Err(RedeemError::WrongRedirectUri);
        }
        match (&self.challenge, &ask.code_verifier) {
            (None, None) => Ok(()),
            (Some(challenge), Some(verifier)) if challenge.is_answered_by(verifier) => Ok(()),
            (Some(_), _) | (None, Some(_)) => Err(RedeemError::WrongVerifier),
        }
    }
}

/// Reads a token request ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3)).
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, entropy: Entropy) -> Turn<'s> {
    match request.method {
        Method::Post => {}
        Method::Options => return reply::preflight("POST"),
        Method::Get | Method::Other => return reply::wrong_method("POST"),
    }
    match read(request) {
        Ok((form, presented)) => {
            let key = Key::Client(presented.client_id.clone());
            let waiting = AwaitingClient { call, form, presented, entropy };
            Read::ask(call, key, AfterRead::RedeemClient(waiting.into()))
        }
        Err(error) => reply::token(error),
    }
}

fn read(request: &Request) -> Result<(Form, Presented), TokenError> {
    if !request.is_form() {
        return Err(TokenError::Malformed);
    }
    let form = Form::parse(&request.body).map_err(|_| TokenError::Malformed)?;
    if form.any_repeated_but(&["resource"]) {
        return Err(TokenError::Repeated);
    }
    match form.one("grant_type").unwrap_or_default() {
        Some("authorization_code") => {}
        Some(_) => return Err(TokenError::UnsupportedGrantType),
        None => return Err(TokenError::MissingGrantType),
    }
    let presented = Presented::parse(&request.headers, &form).map_err(TokenError::Presented)?;
    Ok((form, presented))
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
        let (ask, code) = match self.authenticate(found) {
            Ok(read) => read,
            Err(error) => return reply::token(error),
        };
        let Some(name) = call.server.sealing.open_name(Kind::Code, code.expose()) else {
            return reply::token(TokenError::Code(RedeemError::UnknownCode));
        };
        AwaitingGrant { call, ask, name, rounds: 0 }.ask()
    }

    fn authenticate(self, found: Option<Client>) -> Result<(Redemption, Secret), TokenError> {
        let client = client::authenticate(found, &self.presented).map_err(TokenError::Client)?;
        let one = |name| self.form.one(name).map_err(|_| TokenError::Repeated);
        let code = Secret::new(one("code")?.ok_or(TokenError::MissingCode)?);
        let ask = Redemption {
            client_id: client.client_id,
            redirect_uri: one("redirect_uri")?.ok_or(TokenError::MissingRedirectUri)?.into(),
            code_verifier: one("code_verifier")?.map(Secret::new),
            writer: Writer(self.entropy.derive_id("writer")),
        };
        Ok((ask, code))
    }
}

/// The client is believed and the code is ours; the store is asked what it stands for.
#[derive(Debug)]
pub(crate) struct AwaitingGrant<'s> {
    call: Call<'s>,
    ask: Redemption,
    name: Name,
    rounds: u8,
}

/// Each lost swap means that another request got on, so few rounds are many.
const MOST_ROUNDS: u8 = 8;

impl<'s> AwaitingGrant<'s> {
    fn ask(self) -> Turn<'s> {
        let key = Key::Grant(self.name.grant);
        Read::ask(self.call, key, AfterRead::RedeemGrant(self.into()))
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let call = self.call;
        let (Some(grant), expect) = found(record, Record::grant) else {
            // Forgotten by the store, which forgets only what is too old.
            let is_old = self.name.until <= call.now;
            let error = if is_old { RedeemError::Expired } else { RedeemError::UnknownCode };
            return reply::token(TokenError::Code(error));
        };
        let before = grant.phase;
        let Step { next, output } = grant.redeem(&self.ask, call.now);
        let decided = Decided { waiting: self, expect, before, grant: next };
        match output {
            Ok(()) => {
                let subject = decided.grant.terms.subject.clone();
                let waiting = AwaitingClaims(decided);
                Claims::ask(call, subject, AfterClaims::Redeem(waiting.into()))
            }
            Err(error) => decided.store(Err(error)),
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
    /// Stores the grant, if it changed, and only then says what came of it.
    fn store(self, output: Result<TokenResponse, RedeemError>) -> Turn<'s> {
        if self.before == self.grant.phase {
            return answer(output);
        }
        let call = self.waiting.call;
        let place = (Key::Grant(self.grant.terms.id), self.expect);
        let record = Record::Grant(self.grant.clone().into());
        let next = AwaitingSwap { waiting: self.waiting, output };
        Swap::ask(call, place, record, AfterSwap::Redeem(next.into()))
    }
}

fn answer<'s>(output: Result<TokenResponse, RedeemError>) -> Turn<'s> {
    match output {
        Ok(tokens) => Turn::Reply(reply::tokens(&tokens)),
        Err(error) => reply::token(TokenError::Code(error)),
    }
}

/// The code is good; the directory is asked about the person.
#[derive(Debug)]
pub(crate) struct AwaitingClaims<'s>(Decided<'s>);

impl<'s> AwaitingClaims<'s> {
    pub(crate) fn resume(self, known: Option<String>) -> Turn<'s> {
        let Self(decided) = self;
        let Some(known) = known else { return answer(Err(RedeemError::PersonGone)) };
        let call = decided.waiting.call;
        let terms = &decided.grant.terms;
        let until = call.now + call.server.policy.access_token_lifetime;
        let access = Name { grant: terms.id, turn: 0, until };
        let access_token = call.server.sealing.name(Kind::Access, &access);
        let tokens = TokenResponse {
            access_token,
            token_type: "Bearer".into(),
            expires_in: Some(call.server.policy.access_token_lifetime.as_secs()),
            refresh_token: None,
            id_token: None,
            scope: Some(terms.scope.to_text()),
        };
        if !terms.scope.contains(OPENID) {
            return decided.store(Ok(tokens));
        }
        let Some(key) = call.server.keys.signer() else { return reply::unavailable(&call) };
        let claims = identity::claims(&call, key.alg, terms, tokens.access_token.expose(), &known);
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
    output: Result<TokenResponse, RedeemError>,
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
