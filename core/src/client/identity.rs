//! Who is it? Tokens come out of here only once the ID token is proved
//! ([OIDC §3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::{self, Vec};
use core::time::Duration;

use super::dpop::bound_to;
use super::keys::KnownKeys;
use super::login::Login;
use super::profile::Server;
use super::resource::{Identity, Tokens};
use crate::key::Algorithm;
use crate::scope::{OPENID, ScopeSet};
use crate::secret::Secret;
use crate::text;
use crate::time::UnixTime;
use crate::wire::claims::ClaimError;
use crate::wire::http::{Request, Response};
use crate::wire::id_token::{self, Judged};
use crate::wire::jwks::{Jwks, JwksError, public_jwk};
use crate::wire::jws::{Jws, JwsError};
use crate::wire::token::TokenResponse;

/// How far the server's clock may be from ours.
pub const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Most keys that are tried on a signature that names none.
pub const MOST_CANDIDATES: usize = 4;

/// Tokens as they came; nothing in them is believed.
#[derive(Debug)]
pub struct Unproven {
    pub(super) login: Login,
    pub(super) server: Server,
    pub(super) tokens: TokenResponse,
    pub(super) scope: Option<ScopeSet>,
    pub(super) expires_at: Option<UnixTime>,
}

/// What the proof of an identity needs next.
#[must_use]
#[derive(Debug)]
pub enum Proof {
    /// The server's keys.
    Keys(Box<AwaitingKeys>),
    /// A verdict on the signature.
    Signature(Box<AwaitingVerdict>),
    /// Nothing more.
    Done(Box<Tokens>),
}

/// Claims that are right, and a signature whose key is not at hand.
#[derive(Debug)]
pub struct AwaitingKeys {
    request: Request,
    refetch: bool,
    token: Claimed,
}

/// Claims that are right, a signature, and a key it may be from.
#[derive(Debug)]
pub struct AwaitingVerdict {
    jwk: String,
    /// Keys to try if this one is wrong.
    others: vec::IntoIter<String>,
    token: Claimed,
}

/// An ID token whose claims were judged and whose signature was not.
#[derive(Debug)]
struct Claimed {
    alg: Algorithm,
    kid: Option<String>,
    signature: Vec<u8>,
    jwks_uri: String,
    tokens: Box<Tokens>,
}

/// What an ID token says.
struct Claim {
    alg: Algorithm,
    kid: Option<String>,
    signature: Vec<u8>,
    identity: Identity,
}

/// Why an ID token is not believed, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IdentityError {
    /// No token in three strict parts.
    Unreadable(JwsError),
    /// An algorithm that this login does not take, whatever the header says.
    WrongAlgorithm,
    /// The claims are no claims, or one is missing or of the wrong type.
    BadClaims(ClaimError),
    /// `iss` is another server.
    WrongIssuer,
    /// `aud` does not name us, or names someone besides us.
    WrongAudience,
    /// `azp` is another client.
    WrongAuthorizedParty,
    /// `exp` is past.
    Expired,
    /// `iat` or `nbf` is yet to come.
    NotYet,
    /// `nonce` is another login's, or missing.
    WrongNonce,
    /// `auth_time` is missing or longer ago than `max_age` allows, or yet to come.
    StaleLogin,
    /// `at_hash` belongs to another access token.
    WrongAccessToken,
    /// The server publishes no keys.
    NoJwksUri,
    /// The keys could not be had.
    BadKeysStatus(u16),
    /// The keys cannot be read.
    BadKeys(JwksError),
    /// The key is not among the server's, and was not after one look more.
    KeyNotFound,
    /// The signature names no key, and there are more than [`MOST_CANDIDATES`].
    AmbiguousKey,
    /// The signature is not the server's.
    WrongSignature,
}

impl Unproven {
    /// Judges the claims and looks for the key among those the host knows.
    ///
    /// Claims are judged before the signature, since that costs nothing; tokens come after both.
    ///
    /// # Errors
    ///
    /// The first [`IdentityError`] that applies.
    pub fn proof(self, known: &KnownKeys, now: UnixTime) -> Result<Proof, IdentityError> {
        let Some(claim) = self.claim(now)? else {
            return Ok(Proof::Done(self.into_tokens(None)));
        };
        let jwks_uri = self.server.jwks_uri.clone().ok_or(IdentityError::NoJwksUri)?;
        let Claim { alg, kid, signature, identity } = claim;
        let tokens = self.into_tokens(Some(identity));
        let token = Claimed { alg, kid, signature, jwks_uri, tokens };
        match known.get(&token.jwks_uri, now) {
            None => Ok(token.fetch(false)),
            Some(keys) => {
                let may_look = known.may_refetch(&token.jwks_uri, now);
                token.find(keys, may_look)
            }
        }
    }

    /// What the ID token says, its claims judged. One that nobody asked for is not looked at, so it
    /// proves nothing.
    fn claim(&self, now: UnixTime) -> Result<Option<Claim>, IdentityError> {
        let id_token = match &self.tokens.id_token {
            Some(id_token) if self.login.scope.contains(OPENID) => id_token,
            Some(_) | None => return Ok(None),
        };
        let Jws { alg, kid, payload, signature, .. } =
            Jws::parse(id_token.expose()).map_err(IdentityError::Unreadable)?;
        if !self.server.algorithms.contains(alg) {
            return Err(IdentityError::WrongAlgorithm);
        }
        let claims = Judged::parse(&payload).map_err(IdentityError::BadClaims)?;
        judge(claims, &self.login, alg, &self.tokens.access_token, now)?;
        let text = |name| claims.text(name).unwrap_or_default().into_owned();
        let identity = Identity {
            iss: text("iss"),
            sub: text("sub"),
            client_id: self.login.client_id.clone(),
            claims: Secret::new(claims.0.text()),
        };
        Ok(Some(Claim { alg, kid, signature, identity }))
    }

    fn into_tokens(self, identity: Option<Identity>) -> Box<Tokens> {
        let Self { login, server, tokens, scope, expires_at } = self;
        let key = bound_to(&tokens, server.dpop.as_ref());
        let granted = scope.unwrap_or_else(|| login.scope.clone());
        Box::new(Tokens {
            access_token: tokens.access_token,
            expires_at,
            issuer: login.issuer,
            scope: granted.clone(),
            granted,
            asked: login.scope,
            resource: login.resource,
            key,
            refresh_token: tokens.refresh_token,
            id_token: if identity.is_some() { tokens.id_token } else { None },
            identity,
            return_to: login.return_to.0,
        })
    }
}

/// The checks that need no key, in order.
fn judge(
    claims: Judged<'_>,
    login: &Login,
    alg: Algorithm,
    access_token: &Secret,
    now: UnixTime,
) -> Result<(), IdentityError> {
    if claims.text("iss").as_deref() != Some(login.issuer.as_str()) {
        return Err(IdentityError::WrongIssuer);
    }
    // We trust no other audience, so a token that has one is not for us
    // (OpenID Connect Core §3.1.3.7, step 3).
    let audience = claims.audience();
    if audience.is_empty() || audience.iter().any(|aud| *aud != login.client_id) {
        return Err(IdentityError::WrongAudience);
    }
    if claims.text("azp").is_some_and(|azp| azp != login.client_id.as_str()) {
        return Err(IdentityError::WrongAuthorizedParty);
    }
    if claims.time("exp").is_none_or(|exp| now >= exp + CLOCK_SKEW) {
        return Err(IdentityError::Expired);
    }
    let latest = now + CLOCK_SKEW;
    if ["iat", "nbf"].iter().any(|name| claims.time(name).is_some_and(|at| at > latest)) {
        return Err(IdentityError::NotYet);
    }
    if !login.seed.nonce().matches(&claims.text("nonce").unwrap_or_default()) {
        return Err(IdentityError::WrongNonce);
    }
    let auth_time = claims.time("auth_time");
    if auth_time.is_some_and(|at| at > latest) {
        return Err(IdentityError::StaleLogin);
    }
    if let Some(max_age) = login.max_age {
        let latest_use = auth_time.map(|at| at + max_age + CLOCK_SKEW);
        if latest_use.is_none_or(|latest| now > latest) {
            return Err(IdentityError::StaleLogin);
        }
    }
    match claims.text("at_hash") {
        Some(hash) if hash != id_token::at_hash(alg, access_token.expose()) => {
            Err(IdentityError::WrongAccessToken)
        }
        Some(_) | None => Ok(()),
    }
}

impl Claimed {
    fn fetch(self, refetch: bool) -> Proof {
        let mut request = Request::get(self.jwks_uri.as_str());
        request.headers.push("accept", "application/json");
        Proof::Keys(Box::new(AwaitingKeys { request, refetch, token: self }))
    }

    /// Unknown keys are looked for once more, for servers change them.
    fn find(self, keys: &Jwks, may_look_again: bool) -> Result<Proof, IdentityError> {
        let mut jwks = Vec::new();
        for key in keys.candidates(self.alg, self.kid.as_deref()) {
            jwks.push(public_jwk(key));
        }
        if jwks.len() > MOST_CANDIDATES {
            return Err(IdentityError::AmbiguousKey);
        }
        let mut others = jwks.into_iter();
        match others.next() {
            Some(jwk) => {
                let verdict = AwaitingVerdict { jwk, others, token: self };
                Ok(Proof::Signature(Box::new(verdict)))
            }
            None if may_look_again => Ok(self.fetch(true)),
            None => Err(IdentityError::KeyNotFound),
        }
    }
}

impl AwaitingKeys {
    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Whether the key was not in the last set, so that no cache may answer.
    #[must_use]
    pub const fn is_refetch(&self) -> bool {
        self.refetch
    }

    /// Receives the server's keys, and notes them in `known`
    /// ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
    ///
    /// # Errors
    ///
    /// The first [`IdentityError`] that applies.
    pub fn answer(
        self,
        response: &Response,
        known: &mut KnownKeys,
        now: UnixTime,
    ) -> Result<Proof, IdentityError> {
        if response.status != 200 {
            return Err(IdentityError::BadKeysStatus(response.status));
        }
        let keys = Jwks::parse(&response.body).map_err(IdentityError::BadKeys)?;
        let uri = self.token.jwks_uri.clone();
        let may_look_again = !self.refetch && known.may_refetch(&uri, now);
        let proof = self.token.find(&keys, may_look_again);
        known.put(uri, keys, now, self.refetch);
        proof
    }
}

impl AwaitingVerdict {
    /// The algorithm, from the list this login takes.
    #[must_use]
    pub const fn alg(&self) -> Algorithm {
        self.token.alg
    }

    /// The server's key, as JSON
    /// ([RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)).
    #[must_use]
    pub fn jwk(&self) -> &str {
        &self.jwk
    }

    /// What was signed.
    #[must_use]
    pub fn input(&self) -> &str {
        let id_token = self.token.tokens.id_token.as_ref().map_or("", Secret::expose);
        text::before_last(id_token, b'.')
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.token.signature
    }

    /// Takes the verdict of whoever verified the signature.
    ///
    /// # Errors
    ///
    /// [`IdentityError::WrongSignature`] if it is bad, and no other key can be the one.
    ///
    /// # Security
    ///
    /// `true` says that [`signature`](Self::signature) over [`input`](Self::input) was verified with
    /// [`jwk`](Self::jwk) and [`alg`](Self::alg). Say it without looking, and anyone can sign in.
    pub fn answer(self, is_good: bool) -> Result<Proof, IdentityError> {
        let Self { mut others, token, .. } = self;
        if is_good {
            return Ok(Proof::Done(token.tokens));
        }
        match others.next() {
            Some(jwk) => Ok(Proof::Signature(Box::new(Self { jwk, others, token }))),
            None => Err(IdentityError::WrongSignature),
        }
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
