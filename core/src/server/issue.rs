//! Tokens are made: the access token, then the ID token that vouches for it, and nothing leaves
//! before the grant is stored.

use alloc::string::String;
use alloc::vec::Vec;

use super::grant::{Agreement, Grant, Phase, Terms};
use super::handle::Call;
use super::identity::{self, Written};
use super::name::{Bits, Kind, Name};
use super::policy::{Policy, TokenFormat};
use super::record::{Key, Record};
use super::redeem::RedeemError;
use super::refresh::Refreshing;
use super::reply;
use super::token::{Ask, AwaitingGrant, TokenError};
use super::turn::{AfterClaims, AfterSign, AfterSwap, Claims, Expect, Sign, Swap, Swapped, Turn};
use crate::scope::{OFFLINE_ACCESS, OPENID, ScopeSet};
use crate::secret::Secret;
use crate::states::{Effect, Event};
use crate::time::UnixTime;
use crate::wire::access_token::{self, AccessClaims};
use crate::wire::bearer::Scheme;
use crate::wire::jws;
use crate::wire::registration::GrantType;
use crate::wire::token::TokenResponse;

/// Why no token can be made for what `resource` names
/// ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TargetError {
    /// The grant is not for it.
    NotGranted,
    /// Of several APIs one reads its tokens itself, and would see what they are good for at the
    /// others. Ask for one.
    Ambiguous,
}

/// What comes of the request: the grant as it will be, and what it was when that was decided.
pub(crate) struct Decided<'s> {
    pub(crate) waiting: AwaitingGrant<'s>,
    pub(crate) expect: Expect,
    pub(crate) before: Option<Phase>,
    pub(crate) grant: Grant,
    pub(crate) output: Result<(), TokenError>,
}

impl<'s> Decided<'s> {
    /// Whether it is only for who holds the key: tokens, and the end of tokens that live.
    ///
    /// An old code needs none. It would die untouched, and nobody holds anything of it.
    pub(crate) fn needs_proof(&self) -> bool {
        match self.output {
            Ok(()) => self.target().is_ok(),
            Err(TokenError::Code(RedeemError::Expired)) => false,
            Err(_) => self.changes(),
        }
    }

    /// Makes the tokens, or ends what is to end. Nothing is stored yet, so a target or a scope that is
    /// none costs nothing.
    pub(crate) fn go_on(self) -> Turn<'s> {
        match self.output.and_then(|()| self.target()) {
            Ok(target) => begin(self, target),
            Err(error) if self.output.is_ok() => reply::token(&self.waiting.call, error),
            Err(error) => self.store(Err(error)),
        }
    }

    /// Whether the grant will be another.
    fn changes(&self) -> bool {
        self.before != Some(self.grant.phase)
    }

    /// The APIs that the tokens are to be for, and what they are to be good for.
    fn target(&self) -> Result<(Vec<String>, ScopeSet), TokenError> {
        let Self { waiting, grant, .. } = self;
        let audience = audience(&waiting.resources, &grant.terms, &waiting.call.server.policy);
        Ok((audience.map_err(TokenError::Target)?, self.scope()?))
    }

    /// Which generation of tokens is the newest, and when it was made.
    const fn generation(&self) -> Option<(u32, UnixTime)> {
        match self.grant.phase {
            Phase::Live { turn, turned, .. } => Some((turn, turned)),
            Phase::Coded { .. } | Phase::Dead { .. } => None,
        }
    }

    /// What the tokens are to be good for: what was asked for, as far as it was granted and as far as
    /// the client may ask for it now, for its registration may be narrower than it was.
    fn scope(&self) -> Result<ScopeSet, TokenError> {
        let asked = match &self.waiting.ask {
            Ask::Refresh(Refreshing { scope: Some(scope), .. }) => scope,
            Ask::Refresh(_) | Ask::Redeem(_) | Ask::Credentials(_) => &self.grant.terms.scope,
        };
        let scope = self.waiting.call.server.policy.grantable(&self.waiting.client, asked);
        if scope.is_empty() && !asked.is_empty() {
            Err(TokenError::ForbiddenScope)
        } else {
            Ok(scope)
        }
    }

    /// Stores the grant, if it changed, and only then says what came of it.
    pub(crate) fn store(self, output: Result<TokenResponse, TokenError>) -> Turn<'s> {
        let call = self.waiting.call;
        if !self.changes() {
            return answer(&call, output);
        }
        let place = (Key::Grant(self.grant.terms.id), self.expect);
        let record = Record::Grant(self.grant.into());
        let next = AwaitingSwap { waiting: self.waiting, output };
        Swap::ask(call, place, record, AfterSwap::Token(next.into()))
    }
}

fn answer<'s>(call: &Call<'_>, output: Result<TokenResponse, TokenError>) -> Turn<'s> {
    match output {
        Ok(tokens) => Turn::Reply(reply::tokens(call, &tokens)),
        Err(error) => reply::token(call, error),
    }
}

/// The grant says yes.
fn begin(decided: Decided<'_>, (audience, scope): (Vec<String>, ScopeSet)) -> Turn<'_> {
    let call = decided.waiting.call;
    let waiting = AwaitingClaims { decided, audience, scope };
    match &waiting.decided.grant.terms.agreed {
        Some(agreed) => {
            let subject = agreed.subject.clone();
            Claims::ask(call, subject, AfterClaims::Token(waiting.into()))
        }
        None => waiting.write(""),
    }
}

/// The APIs that a token is for: those asked for, or all of the grant's.
fn audience(asked: &[String], terms: &Terms, policy: &Policy) -> Result<Vec<String>, TargetError> {
    if !asked.iter().all(|resource| terms.resources.contains(resource)) {
        return Err(TargetError::NotGranted);
    }
    let all = if asked.is_empty() { &terms.resources } else { asked };
    let is_signed = |name: &String| format_of(name, policy) == TokenFormat::Jwt;
    if all.len() > 1 && all.iter().any(is_signed) {
        return Err(TargetError::Ambiguous);
    }
    Ok(all.into())
}

fn format_of(resource: &str, policy: &Policy) -> TokenFormat {
    policy.resource(resource).map_or(TokenFormat::Opaque, |resource| resource.format)
}

/// The code or token is good; the directory is asked about the person.
pub(crate) struct AwaitingClaims<'s> {
    decided: Decided<'s>,
    audience: Vec<String>,
    scope: ScopeSet,
}

impl<'s> AwaitingClaims<'s> {
    pub(crate) fn resume(self, known: Option<String>) -> Turn<'s> {
        match known {
            Some(known) => self.write(&known),
            None => answer(&self.decided.waiting.call, Err(TokenError::PersonGone)),
        }
    }

    fn write(self, known: &str) -> Turn<'s> {
        let Self { decided, audience, scope } = self;
        let call = decided.waiting.call;
        let Some((turn, turned)) = decided.generation() else { return reply::unavailable(&call) };
        let (terms, jkt) = (&decided.grant.terms, decided.waiting.jkt);
        let name = |until| Name {
            turn,
            scope: Bits::of_scope(&scope, terms),
            audience: Bits::of_resources(&audience, terms),
            jkt,
            ..Name::whole(terms, until)
        };
        // All that is in an answer hangs on when its generation was made, not on when it was asked
        // for: asked again, it is the same answer.
        let until = turned + call.server.policy.access_token_lifetime;
        let refreshes = decided.waiting.client.may_use(GrantType::RefreshToken);
        let agreed = terms.agreed.as_ref().filter(|_| refreshes);
        let refresh_until = agreed.and_then(|agreed| agreed.refresh_until);
        // A refresh token gets all of the grant, whatever the tokens beside it are good for. One whose
        // client proves nothing else is good with its key only
        // ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).
        let bound = jkt.filter(|_| !decided.waiting.client.is_confidential());
        let refresh = |until| Name { turn, jkt: bound, ..Name::whole(terms, until) };
        let seal = |kind, name: &Name| call.server.sealing.name(kind, name);
        let mut tokens = TokenResponse {
            access_token: seal(Kind::Access, &name(until)),
            token_type: Scheme::of_token(jkt.as_ref()).name().into(),
            expires_in: Some(until.since(call.now).as_secs()),
            refresh_token: refresh_until.map(|until| seal(Kind::Refresh, &refresh(until))),
            id_token: None,
            scope: Some(scope.to_text()).filter(|text| !text.is_empty()),
        };
        let signed =
            audience.iter().any(|name| format_of(name, &call.server.policy) == TokenFormat::Jwt);
        if !signed {
            return Draft { decided, tokens, scope, known: known.into() }.identify();
        }
        let Some(key) = call.server.keys.usual_signer(call.now) else {
            return reply::unavailable(&call);
        };
        let jti = seal(Kind::Jti, &name(until)).expose().into();
        let meant = scope.only(|word| means_something(word, &audience, &call.server.policy));
        let claims = AccessClaims {
            jkt: jkt.map(|jkt| jkt.to_text()),
            ..access_claims(&call, terms, &meant, audience, (turned, until), jti)
        };
        let kid = key.kid.clone().unwrap_or_default();
        let input = jws::signing_input(key.alg, &kid, access_token::TYPE, &claims.to_json());
        tokens.access_token = Secret::new("");
        let draft = Draft { decided, tokens, scope, known: known.into() };
        Sign::ask(call, (kid, key.alg), input, AfterSign::AccessToken(draft.into()))
    }
}

/// Whether a word says something to the APIs of a token; what it says about the person is for the
/// client and this server
/// ([RFC 9068 §2.2.3](https://www.rfc-editor.org/rfc/rfc9068#section-2.2.3)).
fn means_something(word: &str, audience: &[String], policy: &Policy) -> bool {
    let asks = |name: &String| policy.resource(name).is_some_and(|api| api.scope.contains(word));
    let is_for_the_client = matches!(word, OPENID | OFFLINE_ACCESS) || identity::is_personal(word);
    !is_for_the_client || audience.iter().any(asks)
}

/// What a token says to an API that reads it itself
/// ([RFC 9068 §2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2)).
fn access_claims(
    call: &Call<'_>,
    terms: &Terms,
    scope: &ScopeSet,
    aud: Vec<String>,
    (iat, exp): (UnixTime, UnixTime),
    jti: String,
) -> AccessClaims {
    let policy = &call.server.policy;
    let agreed = terms.agreed.as_ref();
    AccessClaims {
        iss: policy.issuer.as_str().into(),
        // No person is called that, so a client is never taken for one
        // ([RFC 9700 §4.15](https://www.rfc-editor.org/rfc/rfc9700#section-4.15)).
        sub: match agreed {
            Some(agreed) => agreed.subject.clone(),
            None => [CLIENT_SUBJECT, &terms.client_id].concat(),
        },
        aud,
        client_id: terms.client_id.clone(),
        exp,
        iat,
        jti,
        scope: Some(scope.to_text()).filter(|text| !text.is_empty()),
        auth_time: agreed.map(|agreed| agreed.auth_time),
        acr: agreed.and_then(|_| policy.acr.clone()),
        jkt: None,
    }
}

/// What stands before the name of a client that acts for itself; no person is called that.
pub(crate) const CLIENT_SUBJECT: &str = "client:";

/// Tokens, not all of them made yet.
pub(crate) struct Draft<'s> {
    decided: Decided<'s>,
    tokens: TokenResponse,
    /// What they are good for.
    scope: ScopeSet,
    /// What the directory knows of the person.
    known: String,
}

impl<'s> Draft<'s> {
    /// The access token is signed.
    pub(crate) fn with_access_token(mut self, input: &str, signature: &[u8]) -> Turn<'s> {
        self.tokens.access_token = Secret::new(jws::assemble(input, signature));
        self.identify()
    }

    /// Writes the ID token, if there is to be one.
    fn identify(self) -> Turn<'s> {
        let call = self.decided.waiting.call;
        let agreed = self.decided.grant.terms.agreed.as_ref();
        let Some(agreed) = agreed.filter(|_| self.scope.contains(OPENID)) else {
            return self.decided.store(Ok(self.tokens));
        };
        let keys = &call.server.keys;
        let key = match self.decided.waiting.client.id_token_signed_response_alg {
            Some(alg) => keys.signer(alg, call.now),
            None => keys.usual_signer(call.now),
        };
        let (Some(key), Some(generation)) = (key, self.decided.generation()) else {
            return reply::unavailable(&call);
        };
        let claims = self.claims(&call, agreed, key.alg, generation);
        let kid = key.kid.clone().unwrap_or_default();
        let input = jws::signing_input(key.alg, &kid, "JWT", &claims);
        Sign::ask(call, (kid, key.alg), input, AfterSign::IdToken(self.into()))
    }

    fn claims(
        &self,
        call: &Call<'_>,
        agreed: &Agreement,
        alg: crate::key::Algorithm,
        (turn, turned): (u32, UnixTime),
    ) -> String {
        let written = Written {
            alg,
            client: &self.decided.waiting.client,
            agreed,
            scope: &self.scope,
            turn,
            turned,
            access_token: self.tokens.access_token.expose(),
            known: &self.known,
        };
        identity::claims(call, &written)
    }

    /// The ID token is signed.
    pub(crate) fn with_id_token(self, input: &str, signature: &[u8]) -> Turn<'s> {
        let id_token = Some(Secret::new(jws::assemble(input, signature)));
        self.decided.store(Ok(TokenResponse { id_token, ..self.tokens }))
    }
}

/// All is ready; nothing leaves until the store says that the code is spent.
pub(crate) struct AwaitingSwap<'s> {
    waiting: AwaitingGrant<'s>,
    output: Result<TokenResponse, TokenError>,
}

impl<'s> AwaitingSwap<'s> {
    pub(crate) const fn event(&self) -> Event {
        match self.waiting.ask {
            Ask::Redeem(_) => Event::Redeem,
            Ask::Refresh(_) => Event::Refresh,
            Ask::Credentials(_) => Event::Credentials,
        }
    }

    pub(crate) const fn emits(&self) -> Effect {
        match self.output {
            Ok(_) => Effect::Tokens,
            Err(_) => Effect::Refusal,
        }
    }

    pub(crate) fn resume(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => answer(&self.waiting.call, self.output),
            Swapped::Lost | Swapped::Unknown => self.waiting.ask_again(),
        }
    }
}
