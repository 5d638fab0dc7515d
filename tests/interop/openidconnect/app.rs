//! An app that has the crate for a client.

use std::collections::HashMap;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType,
    CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreGrantType, CoreIdTokenClaims,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreRequestTokenError, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    CoreTokenResponse,
};
use openidconnect::url::Url;
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthorizationCode, AuthorizationRequest,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IntrospectionUrl, LogoutProviderMetadata, Nonce, NonceVerifier,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    RevocationUrl, Scope, TokenResponse as _,
};
use serde::{Deserialize, Serialize};

use crate::browser::Browser;
use crate::server::Server;

pub(crate) const CALLBACK: &str = "https://yourapp.com/auth/callback";

/// Who an app is, and how it proves that.
pub(crate) struct Kind<'k> {
    pub(crate) id: &'k str,
    pub(crate) secret: Option<&'k str>,
    pub(crate) auth: AuthType,
}

/// Endpoints of which the crate reads no metadata unless it is told the names.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MoreEndpoints {
    introspection_endpoint: IntrospectionUrl,
    revocation_endpoint: RevocationUrl,
}

impl AdditionalProviderMetadata for MoreEndpoints {}

pub(crate) type Metadata = ProviderMetadata<
    LogoutProviderMetadata<MoreEndpoints>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointSet,
    EndpointSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type Ask<'a> = AuthorizationRequest<'a, CoreAuthDisplay, CoreAuthPrompt, CoreResponseType>;

pub(crate) type TokenError = CoreRequestTokenError<ureq::Error>;

/// An app that knows the server from its metadata.
pub(crate) struct App<'s> {
    pub(crate) server: &'s Server,
    pub(crate) metadata: Metadata,
    pub(crate) client: Client,
}

/// A login that came back with a code.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) code: AuthorizationCode,
    pub(crate) verifier: String,
    pub(crate) nonce: Nonce,
}

/// What an app has of a user who is signed in.
pub(crate) struct LoggedIn {
    pub(crate) tokens: CoreTokenResponse,
    pub(crate) claims: CoreIdTokenClaims,
}

impl<'s> App<'s> {
    pub(crate) fn new(server: &'s Server, kind: &Kind<'_>) -> Self {
        let metadata = Metadata::discover(&server.issuer, server).unwrap();
        let MoreEndpoints { introspection_endpoint, revocation_endpoint } =
            metadata.additional_metadata().additional_metadata.clone();
        let secret = kind.secret.map(|secret| ClientSecret::new(secret.into()));
        let id = ClientId::new(kind.id.into());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, secret)
            .set_auth_type(kind.auth.clone())
            .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap())
            .set_introspection_url(introspection_endpoint)
            .set_revocation_url(revocation_endpoint);
        Self { server, metadata, client }
    }

    /// Sends Ada to the server, who comes back with a code or an error.
    pub(crate) fn ask(
        &self,
        ada: &mut Browser<'_>,
        scope: &str,
        shape: impl for<'a> FnOnce(Ask<'a>) -> Ask<'a>,
    ) -> Result<Attempt, String> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let ask = self
            .client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(scope.split(' ').map(|word| Scope::new(word.into())))
            .set_pkce_challenge(challenge);
        let (url, state, nonce) = shape(ask).url();
        let answer = Answer::of(&ada.visit(&url));
        // The crate reads no callback, so these are the app's.
        assert_eq!(answer.one("state"), Some(state.secret().as_str()));
        assert_eq!(answer.one("iss"), Some(self.server.issuer.as_str()));
        if let Some(error) = answer.one("error") {
            return Err(error.into());
        }
        let code = AuthorizationCode::new(answer.one("code").unwrap().into());
        Ok(Attempt { code, verifier: verifier.into_secret(), nonce })
    }

    /// Redeems a code, perhaps for a token for one API.
    pub(crate) fn redeem(
        &self,
        attempt: &Attempt,
        resource: Option<&'static str>,
    ) -> Result<CoreTokenResponse, TokenError> {
        let mut request = self.client.exchange_code(attempt.code.clone()).unwrap();
        if let Some(resource) = resource {
            request = request.add_extra_param("resource", resource);
        }
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        request.set_pkce_verifier(verifier).request(self.server)
    }

    /// What the ID token says, whose signature, `at_hash` and all else are good.
    pub(crate) fn claims(
        &self,
        tokens: &CoreTokenResponse,
        nonce: impl NonceVerifier,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let verifier = self.client.id_token_verifier();
        let token = tokens.id_token().unwrap();
        let claims = token.claims(&verifier, nonce)?.clone();
        let (alg, key) = (token.signing_alg().unwrap(), token.signing_key(&verifier).unwrap());
        let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap();
        assert_eq!(claims.access_token_hash(), Some(&hash));
        Ok(claims)
    }

    /// Signs Ada in.
    pub(crate) fn login(&self, ada: &mut Browser<'_>, scope: &str) -> LoggedIn {
        let attempt = self.ask(ada, scope, |ask| ask).unwrap();
        let tokens = self.redeem(&attempt, None).unwrap();
        let claims = self.claims(&tokens, &attempt.nonce).unwrap();
        LoggedIn { tokens, claims }
    }

    /// Trades the refresh token for new tokens.
    pub(crate) fn refresh(
        &self,
        tokens: &CoreTokenResponse,
    ) -> Result<CoreTokenResponse, TokenError> {
        let token = tokens.refresh_token().unwrap();
        self.client.exchange_refresh_token(token).unwrap().request(self.server)
    }
}

/// The parameters that a redirect carries back to an app.
pub(crate) struct Answer(HashMap<String, String>);

impl Answer {
    pub(crate) fn of(url: &Url) -> Self {
        Self(url.query_pairs().into_owned().collect())
    }

    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The code of an error that the server answered with.
pub(crate) fn code_of<T>(answer: Result<T, TokenError>) -> CoreErrorResponseType {
    match answer {
        Err(TokenError::ServerResponse(error)) => error.error().clone(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was refused"),
    }
}

pub(crate) fn words(scopes: Option<&Vec<Scope>>) -> String {
    let words: Vec<&str> = scopes.unwrap().iter().map(|scope| scope.as_str()).collect();
    words.join(" ")
}
