//! What a bound request asks for, checked: what a login or consent page holds sealed.

use alloc::string::String;
use alloc::vec::Vec;

use super::authorize::Prompt;
use super::bound::{Back, Bound};
use super::grant::{AskedClaims, MOST_RESOURCES};
use super::handle::Call;
use super::login::Login;
use super::policy::{PkceRule, Policy};
use super::whom::Whom;
use crate::entropy::Entropy;
use crate::key::Thumbprint;
use crate::pack::{Packer, Unpacker};
use crate::pkce::{self, Challenge};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::text;
use crate::time::UnixTime;
use crate::wire::callback::ResponseMode;
use crate::wire::claims_request::{ClaimRequest, ClaimsRequest};
use crate::wire::form::Form;
use crate::wire::registration::GrantType;

/// Most bytes of what a client is free to choose, the person it hints at included: a request waits
/// in a form, whose fields have a limit of their own.
pub const LONGEST_ASK: usize = 3072;

/// Why a bound request is turned away, in the order the checks run. Each goes back to the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AskError {
    /// A parameter is there twice ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
    Repeated,
    /// The client is registered for something else than codes.
    UnauthorizedClient,
    /// No `response_type`.
    MissingResponseType,
    /// `response_type` is not `code`.
    UnsupportedResponseType,
    /// `request`, which this server does not take
    /// ([OpenID Connect Core §6](https://openid.net/specs/openid-connect-core-1_0.html#JWTRequests)).
    RequestObject,
    /// `request_uri`, which this server does not fetch.
    RequestUri,
    /// `registration`, which this server does not take.
    Registration,
    /// `response_mode` is neither `query` nor `form_post`.
    UnsupportedResponseMode,
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
    /// `dpop_jkt` is not 43 characters of base64url.
    InvalidKey,
    /// `resource` names no API of this server's, or too many
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    InvalidTarget,
    /// What the client chose freely is longer than [`LONGEST_ASK`].
    TooLong,
    /// `prompt` says `none` and something else, or what nobody knows.
    InvalidPrompt,
    /// `max_age` is not a number of digits alone.
    InvalidMaxAge,
    /// `claims` is not what the specification says.
    InvalidClaims,
    /// `id_token_hint` is no ID token that this server gave this client.
    InvalidHint,
    /// The client cannot do without an `acr` that no sign-in here has.
    UnmetAcr,
    /// `prompt=none`, and nobody is signed in, or not the right person.
    LoginRequired,
    /// The person who signed in is not the one the client asked for.
    OtherPerson,
    /// `prompt=none`, and the person has to be asked.
    ConsentRequired,
    /// The host cannot answer a question.
    Unavailable,
}

/// What a bound request asks for, checked.
pub(crate) struct Asked {
    /// Its name; with the login's it makes the grant's, so that one page makes at most one grant.
    pub(crate) id: [u8; 16],
    pub(crate) client_id: String,
    pub(crate) back: Back,
    pub(crate) scope: ScopeSet,
    pub(crate) resources: Vec<String>,
    pub(crate) claims: AskedClaims,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    /// The key that the code is for alone
    /// ([RFC 9449 §10](https://www.rfc-editor.org/rfc/rfc9449#section-10)).
    pub(crate) jkt: Option<Thumbprint>,
    /// The person must have signed in at this time or later.
    pub(crate) login_since: UnixTime,
    /// The person must be the one whom `claims` demands.
    pub(crate) demanded: Whom,
    /// The person must be the one whom `id_token_hint` is about, too.
    pub(crate) hinted: Option<String>,
    /// The person is to be asked even if they have agreed before.
    pub(crate) asks_again: bool,
    pub(crate) login_hint: Option<String>,
}

/// A request as it was read: what is asked, whether pages may be shown, and a hint at the person
/// that is still to be verified.
pub(crate) struct Understood {
    pub(crate) asked: Asked,
    pub(crate) prompt: Prompt,
    pub(crate) id_token_hint: Option<Secret>,
    /// How many bytes the client chose freely; there may be [`LONGEST_ASK`].
    pub(crate) length: usize,
}

impl Understood {
    /// Reads the rest of a bound request ([RFC 6749 §4.1.1], [OpenID Connect Core §3.1.2.1]).
    ///
    /// `display`, `ui_locales`, `claims_locales` and `acr_values` are wishes, and the pages here come
    /// in one form and language: they are taken and change nothing.
    ///
    /// [RFC 6749 §4.1.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
    /// [OpenID Connect Core §3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
    pub(crate) fn read(
        form: &Form,
        bound: &Bound,
        entropy: &Entropy,
        call: &Call<'_>,
    ) -> Result<Self, AskError> {
        if form.any_repeated_but(&["resource"]) {
            return Err(AskError::Repeated);
        }
        let (policy, client) = (&call.server.policy, bound.client());
        let one = |name| form.one(name).map_err(|_| AskError::Repeated);
        let may_have_codes = client.may_use(GrantType::AuthorizationCode);
        basics(one, may_have_codes)?;
        let scope = one("scope")?.ok_or(AskError::MissingScope)?;
        let scope = ScopeSet::parse(scope).map_err(|_| AskError::InvalidScope)?;
        if !scope.iter().all(|word| policy.may_ask(client, word)) {
            return Err(AskError::InvalidScope);
        }
        let scope = policy.grantable(client, &scope);
        if scope.is_empty() {
            return Err(AskError::InvalidScope);
        }
        let challenge = challenge(one("code_challenge")?, one("code_challenge_method")?)?;
        let required = policy.pkce == PkceRule::Everyone || !client.is_confidential();
        if required && challenge.is_none() {
            return Err(AskError::MissingChallenge);
        }
        let jkt = one("dpop_jkt")?.map(|jkt| Thumbprint::parse(jkt).ok_or(AskError::InvalidKey));
        let jkt = jkt.transpose()?;
        let resources = resources(form, policy)?;
        let free = ["state", "nonce", "scope", "login_hint", "claims"];
        let free = free.iter().filter_map(|name| form.one(name).ok()?).map(str::len);
        let length = free.chain(resources.iter().map(String::len)).sum();
        if length > LONGEST_ASK {
            return Err(AskError::TooLong);
        }
        let Wanted { prompt, login, consent } = Wanted::parse(one("prompt")?)?;
        let max_age = match one("max_age")? {
            Some(age) => Some(text::number(age).ok_or(AskError::InvalidMaxAge)?),
            None => client.default_max_age.map(|age| age.as_secs()),
        };
        let login_since = match max_age {
            _ if login => call.now,
            None => UnixTime::from_secs(0),
            Some(age) => UnixTime::from_secs(call.now.since(UnixTime::from_secs(age)).as_secs()),
        };
        let claims = one("claims")?.map(ClaimsRequest::parse).transpose();
        let claims = claims.map_err(|_| AskError::InvalidClaims)?.unwrap_or_default();
        let names = |claims: &[ClaimRequest]| claims.iter().map(|it| it.name.clone()).collect();
        let asked = Asked {
            id: entropy.derive_id("interaction"),
            client_id: client.client_id.clone(),
            back: bound.back().clone(),
            scope,
            resources,
            claims: AskedClaims {
                userinfo: names(&claims.userinfo),
                id_token: names(&claims.id_token),
            }
            .allowed(policy, client),
            nonce: one("nonce")?.map(Into::into),
            challenge,
            jkt,
            login_since,
            demanded: Whom::demanded(&claims).ok_or(AskError::InvalidClaims)?,
            hinted: None,
            asks_again: consent,
            login_hint: one("login_hint")?.map(Into::into),
        };
        acr(&claims, policy)?;
        Ok(Self { asked, prompt, id_token_hint: one("id_token_hint")?.map(Secret::new), length })
    }
}

/// What is the same in every request of this flow, and what this server has no ear for.
fn basics<'f>(
    one: impl Fn(&'static str) -> Result<Option<&'f str>, AskError>,
    may_have_codes: bool,
) -> Result<(), AskError> {
    if !may_have_codes {
        return Err(AskError::UnauthorizedClient);
    }
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
    match one("response_mode")?.map(ResponseMode::parse) {
        Some(None) => Err(AskError::UnsupportedResponseMode),
        Some(Some(_)) | None => Ok(()),
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

fn resources(form: &Form, policy: &Policy) -> Result<Vec<String>, AskError> {
    let mut resources: Vec<String> = Vec::new();
    for resource in form.all("resource") {
        if !policy.serves(resource) || resources.len() == MOST_RESOURCES {
            return Err(AskError::InvalidTarget);
        }
        if !resources.iter().any(|there| there == resource) {
            resources.push(resource.into());
        }
    }
    Ok(resources)
}

/// What `prompt` wants.
struct Wanted {
    prompt: Prompt,
    login: bool,
    consent: bool,
}

impl Wanted {
    fn parse(text: Option<&str>) -> Result<Self, AskError> {
        let words = || text.unwrap_or_default().split(' ').filter(|word| !word.is_empty());
        let has = |wanted: &str| words().any(|word| word == wanted);
        let known = ["none", "login", "consent", "select_account"];
        if words().any(|word| !known.contains(&word)) || (has("none") && words().count() > 1) {
            return Err(AskError::InvalidPrompt);
        }
        Ok(Self {
            prompt: if has("none") { Prompt::None } else { Prompt::Allowed },
            login: has("login") || has("select_account"),
            consent: has("consent"),
        })
    }
}

/// An `acr` the client cannot do without is there or the request fails
/// ([OpenID Connect Core §5.5.1.1](https://openid.net/specs/openid-connect-core-1_0.html#acrSemantics)).
fn acr(claims: &ClaimsRequest, policy: &Policy) -> Result<(), AskError> {
    let acr = claims.id_token.iter().find(|claim| claim.name == "acr" && claim.essential);
    let has = |wanted: String| policy.acr.as_ref() == Some(&wanted);
    match acr {
        Some(claim) if claim.values.is_empty() && policy.acr.is_none() => Err(AskError::UnmetAcr),
        Some(claim) if !claim.values.is_empty() && !claim.texts().any(has) => {
            Err(AskError::UnmetAcr)
        }
        Some(_) | None => Ok(()),
    }
}

impl Asked {
    /// Whether this is a login that the client can do with.
    pub(crate) fn admits(&self, login: &Login) -> bool {
        login.at >= self.login_since && self.is_about(login)
    }

    /// Whether this is the person the client wants to hear of.
    pub(crate) fn is_about(&self, login: &Login) -> bool {
        self.demanded.is(&login.subject)
            && self.hinted.as_ref().is_none_or(|hinted| *hinted == login.subject)
    }

    /// Takes a hint at a person, unless another one is demanded.
    pub(crate) fn hint(&mut self, subject: String) -> Result<(), AskError> {
        match &self.demanded {
            Whom::Only(demanded) if *demanded != subject => Err(AskError::InvalidHint),
            Whom::Only(_) | Whom::Anybody | Whom::Nobody => {
                self.hinted = Some(subject);
                Ok(())
            }
        }
    }

    pub(crate) fn pack(&self, to: Packer) -> Packer {
        let texts = |p: Packer, texts: &Vec<String>| p.many(texts.iter(), |p, text| p.text(text));
        let to = to
            .array(self.id)
            .text(&self.client_id)
            .text(&self.back.redirect_uri)
            .maybe(self.back.state.as_deref(), Packer::text)
            .text(self.back.mode.name())
            .text(&self.scope.to_text());
        let to = [&self.resources, &self.claims.userinfo, &self.claims.id_token]
            .into_iter()
            .fold(to, texts);
        let to = to
            .maybe(self.nonce.as_deref(), Packer::text)
            .maybe(self.challenge.as_ref(), |p, challenge| p.array(*challenge.as_bytes()))
            .maybe(self.jkt, |p, jkt| p.array(*jkt.as_bytes()))
            .u64(self.login_since.as_secs());
        self.demanded
            .pack(to)
            .maybe(self.hinted.as_deref(), Packer::text)
            .byte(u8::from(self.asks_again))
            .maybe(self.login_hint.as_deref(), Packer::text)
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            id: from.array()?,
            client_id: from.text()?,
            back: Back {
                redirect_uri: from.text()?,
                state: from.maybe(Unpacker::text)?,
                mode: ResponseMode::parse(&from.text()?)?,
            },
            scope: ScopeSet::parse(&from.text()?).ok()?,
            resources: from.many(Unpacker::text)?,
            claims: AskedClaims {
                userinfo: from.many(Unpacker::text)?,
                id_token: from.many(Unpacker::text)?,
            },
            nonce: from.maybe(Unpacker::text)?,
            challenge: from.maybe(|f| f.array().map(Challenge::from_bytes))?,
            jkt: from.maybe(|f| f.array().map(Thumbprint::from_bytes))?,
            login_since: UnixTime::from_secs(from.u64()?),
            demanded: Whom::unpack(from)?,
            hinted: from.maybe(Unpacker::text)?,
            asks_again: from.flag()?,
            login_hint: from.maybe(Unpacker::text)?,
        })
    }
}
