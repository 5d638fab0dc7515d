//! What a server is told once: its name, its lifetimes, its rules.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::client::{Client, SecretHash};
use super::path;
use crate::scope::{OFFLINE_ACCESS, ScopeSet};
use crate::secret::Secret;
use crate::uri::Issuer;
use crate::wire::registration::GrantType;

/// What a server is told once. The discovery document is made from the same value that enforces.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The server's name; every endpoint lies below it.
    pub issuer: Issuer,
    /// How long a code can be redeemed: 600 s.
    pub code_lifetime: Duration,
    /// How long an access token is good: 3600 s.
    pub access_token_lifetime: Duration,
    /// How long a grant can be refreshed, counted from consent and never again: 30 days.
    pub refresh_lifetime: Duration,
    /// How long the refresh token just spent gets the same answer again, for an answer may be lost
    /// on its way: 10 s.
    pub refresh_grace: Duration,
    /// How long an ID token may be taken for new: 3600 s.
    pub id_token_lifetime: Duration,
    /// How long a person stays signed in at the server: 12 hours.
    pub login_lifetime: Duration,
    /// How long a login or consent page may stay open: 15 minutes.
    pub interaction_lifetime: Duration,
    /// Who must use PKCE.
    pub pkce: PkceRule,
    /// What an app may ask for, and what that means to a person.
    pub scopes: Vec<Scope>,
    /// What bearer tokens open.
    pub resources: Vec<Resource>,
    /// Who is asked again for what they agreed to before.
    pub consent: ConsentRule,
    /// How long a yes is remembered: 90 days.
    pub consent_lifetime: Duration,
    /// What a sign-in here is called in `acr`
    /// ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
    pub acr: Option<String>,
    /// Whether an ID token says what its scopes let out, as the guide has it: yes. OpenID Connect
    /// would leave that to the userinfo endpoint
    /// ([Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).
    pub claims_in_id_token: bool,
    /// When the proof of a key has to hold a nonce: when its clock is wrong.
    pub dpop_nonce: NonceRule,
    /// Who may register clients over HTTP: nobody.
    pub registration: Registration,
    /// How long a client is known that registered without anybody's word for it: 30 days. It then
    /// registers again, and the store may forget the old one.
    pub open_registration_lifetime: Duration,
}

/// Who may register clients over HTTP ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Registration {
    /// Nobody.
    Off,
    /// Whoever holds one of these initial access tokens.
    Token(Vec<InitialAccess>),
    /// Everybody. Nobody vouches for such a client, so no browser is sent to it before a person
    /// has agreed to, it never acts for itself, and it ends with
    /// [`Policy::open_registration_lifetime`].
    Open,
}

/// An initial access token at rest: good for comparing only.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InitialAccess(SecretHash);

impl InitialAccess {
    const SALT: &str = "initial access token";

    /// The token that a registration will have to show.
    ///
    /// # Security
    ///
    /// It is kept as one quick hash, so it must be made by a machine: 128 bits or more.
    #[must_use]
    pub fn new(token: &Secret) -> Self {
        Self(SecretHash::of(Self::SALT, token))
    }

    pub(crate) fn is(&self, token: &Secret) -> bool {
        self.0.is_of(Self::SALT, token)
    }
}

/// Who must use PKCE. A downgrade is refused under either rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PkceRule {
    /// Clients without a secret must, others may.
    PublicClients,
    /// Everyone must ([RFC 9700 §2.1.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1)).
    Everyone,
}

/// When the proof of a key has to hold a nonce of this server's
/// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NonceRule {
    /// When the time that it says it was made at is not now: a client whose clock is wrong gets on.
    WhenInDoubt,
    /// Always, so that none can be made ahead of time.
    Always,
}

/// Who is asked again for what they agreed to before. What is new is always asked, and so is an app
/// that somebody else could pass for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConsentRule {
    /// Everybody, as the guide has it, unless the app forbids pages (`prompt=none`).
    Shown,
    /// Nobody.
    Remembered,
    /// Everybody, and an app that forbids pages gets nothing.
    Always,
}

/// A scope that this server offers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// The word on the wire.
    pub word: String,
    /// What it means to a person, for the consent page.
    pub meaning: String,
}

/// What bearer tokens open: an API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resource {
    /// Its name, for which clients ask tokens by `resource`
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub identifier: String,
    /// Where it is below the issuer, matched as it is, if this host serves it.
    pub path: Option<String>,
    /// What a token must be good for.
    pub scope: ScopeSet,
    /// What its tokens look like.
    pub format: TokenFormat,
    /// The client that may ask what a token for it is good for
    /// ([RFC 7662 §4](https://www.rfc-editor.org/rfc/rfc7662#section-4)).
    pub introspected_by: Option<String>,
}

impl Resource {
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.path.as_deref() == Some(path)
    }
}

/// What an access token looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenFormat {
    /// A name that only this server can read. It ends the moment it is revoked.
    Opaque,
    /// A signed statement that the API reads by itself
    /// ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)), good until it is too old.
    Jwt,
}

impl Policy {
    /// The guide's server: codes for ten minutes, tokens for an hour, its scopes, the tasks.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        let scope =
            |(word, meaning): (&str, &str)| Scope { word: word.into(), meaning: meaning.into() };
        let scopes = [
            ("openid", "Know that it is you when you come back"),
            ("profile", "See your name and your profile"),
            ("email", "See your email address"),
            ("address", "See your postal address"),
            ("phone", "See your phone number"),
            ("offline_access", "Stay signed in while you are away"),
        ];
        let tasks = Resource {
            identifier: issuer.endpoint(path::TASKS),
            path: Some(path::TASKS.into()),
            scope: ScopeSet::default(),
            format: TokenFormat::Opaque,
            introspected_by: None,
        };
        Self {
            issuer,
            code_lifetime: Duration::from_secs(600),
            access_token_lifetime: Duration::from_secs(3600),
            refresh_lifetime: Duration::from_secs(30 * 24 * 3600),
            refresh_grace: Duration::from_secs(10),
            id_token_lifetime: Duration::from_secs(3600),
            login_lifetime: Duration::from_secs(12 * 3600),
            interaction_lifetime: Duration::from_secs(15 * 60),
            pkce: PkceRule::PublicClients,
            scopes: scopes.map(scope).into(),
            resources: [tasks].into(),
            consent: ConsentRule::Shown,
            consent_lifetime: Duration::from_secs(90 * 24 * 3600),
            acr: Some("urn:grantflow:acr:password".into()),
            claims_in_id_token: true,
            dpop_nonce: NonceRule::WhenInDoubt,
            registration: Registration::Off,
            open_registration_lifetime: Duration::from_secs(30 * 24 * 3600),
        }
    }

    /// What a client may come to the token endpoint with: without `offline_access` there is nothing to
    /// refresh.
    pub(crate) fn grant_types(&self) -> impl Iterator<Item = GrantType> {
        let refreshes = self.offers(OFFLINE_ACCESS);
        let is_offered = move |kind: &GrantType| *kind != GrantType::RefreshToken || refreshes;
        GrantType::ALL.into_iter().filter(is_offered)
    }

    pub(crate) fn offers(&self, word: &str) -> bool {
        self.scopes.iter().any(|scope| scope.word == word)
    }

    /// Whether the client may ask for it: what is offered, and written down for the client if anything
    /// is.
    pub(crate) fn may_ask(&self, client: &Client, word: &str) -> bool {
        self.offers(word) && client.scope.as_ref().is_none_or(|allowed| allowed.contains(word))
    }

    /// What of it the client may be granted. Who cannot use `offline_access` is not granted it, and
    /// not told that it was
    /// ([OpenID Connect Core §11](https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess)).
    pub(crate) fn grantable(&self, client: &Client, scope: &ScopeSet) -> ScopeSet {
        let refreshes = client.may_use(GrantType::RefreshToken);
        scope.only(|word| self.may_ask(client, word) && (refreshes || word != OFFLINE_ACCESS))
    }

    /// The API of that name.
    pub(crate) fn resource(&self, identifier: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.identifier == identifier)
    }

    /// Whether tokens are made for what has that name. The userinfo endpoint is such a thing, too:
    /// a client that asks for tokens by name has to name it.
    pub(crate) fn serves(&self, identifier: &str) -> bool {
        self.resource(identifier).is_some() || self.issuer.endpoint(path::USERINFO) == identifier
    }
}
