//! Apps that introduce themselves ([RFC 7591]); the crate cannot look after what it registered.
//!
//! [RFC 7591]: https://www.rfc-editor.org/rfc/rfc7591

use openidconnect::core::{
    CoreClientAuthMethod, CoreClientRegistrationRequest, CoreGrantType, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRegisterErrorResponseType,
};
use openidconnect::http::StatusCode;
use openidconnect::registration::{ClientRegistrationError, EmptyAdditionalClientMetadata};
use openidconnect::{AccessToken, AuthType, RedirectUrl, RegistrationUrl, TokenResponse as _};

use crate::OFFLINE;
use crate::app::{App, CALLBACK, Kind, LoggedIn};
use crate::browser::Browser;
use crate::config::config;
use crate::server::Server;

#[test]
fn whoever_registers_may_sign_ada_in() {
    const TOKEN: &str = "whoever-has-this-may-register";
    let for_token = format!("registration = \"token\"\ninitial_access_tokens = [\"{TOKEN}\"]");
    for (policy, token) in [("registration = \"open\"", None), (&*for_token, Some(TOKEN))] {
        let server = Server::start(&config(policy));
        let mut ada = Browser::new(&server);
        for (method, auth, alg) in [
            (
                CoreClientAuthMethod::ClientSecretBasic,
                AuthType::BasicAuth,
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            ),
            (
                CoreClientAuthMethod::ClientSecretPost,
                AuthType::RequestBody,
                CoreJwsSigningAlgorithm::RsaSsaPssSha256,
            ),
            (CoreClientAuthMethod::None, AuthType::RequestBody, CoreJwsSigningAlgorithm::EdDsa),
        ] {
            let is_public = method == CoreClientAuthMethod::None;
            let known = registration(CALLBACK, token)
                .set_token_endpoint_auth_method(Some(method))
                .set_id_token_signed_response_alg(Some(alg.clone()))
                .register(&registration_endpoint(&server), &server)
                .unwrap();
            assert_eq!(known.redirect_uris()[0].as_str(), CALLBACK);
            assert!(known.registration_access_token().is_some());
            assert_eq!(known.client_secret().is_none(), is_public);
            // Whoever brings a token is known for ever, which the crate takes for a time (OpenID
            // Connect Registration 3.2), and whoever comes without one for a month.
            let end = known.client_secret_expires_at().map(|time| time.timestamp());
            assert_eq!(end.is_none(), is_public);
            assert!(end.is_none_or(|end| (end == 0) == token.is_some()), "{end:?}");

            let secret = known.client_secret().map(|secret| secret.secret().as_str());
            let app = App::new(&server, &Kind { id: known.client_id(), secret, auth });
            let LoggedIn { tokens, claims } = app.login(&mut ada, OFFLINE);
            assert_eq!(claims.subject().as_str(), "ada-1815");
            assert_eq!(tokens.id_token().unwrap().signing_alg(), Ok(&alg));
            app.refresh(&tokens).unwrap();
        }

        let refused = registration("http://yourapp.com/plain", token)
            .register(&registration_endpoint(&server), &server)
            .unwrap_err();
        let ClientRegistrationError::ServerResponse(refused) = refused else { panic!("{refused}") };
        assert_eq!(refused.error(), &CoreRegisterErrorResponseType::InvalidRedirectUri);
        if token.is_some() {
            for wrong in [None, Some("another-token-that-nobody-gave-out")] {
                let refused = registration(CALLBACK, wrong)
                    .register(&registration_endpoint(&server), &server)
                    .unwrap_err();
                // RFC 7591 3.2.2 and RFC 6750 3.1 say 401; the crate reads errors of a 400 only.
                let ClientRegistrationError::Response(status, ..) = refused else {
                    panic!("{refused}")
                };
                assert_eq!(status, StatusCode::UNAUTHORIZED);
            }
        }
    }
}

fn registration(redirect_uri: &str, token: Option<&str>) -> CoreClientRegistrationRequest {
    let redirect_uri = RedirectUrl::new(redirect_uri.into()).unwrap();
    let nothing_more = EmptyAdditionalClientMetadata::default();
    CoreClientRegistrationRequest::new(vec![redirect_uri], nothing_more)
        .set_grant_types(Some(vec![CoreGrantType::AuthorizationCode, CoreGrantType::RefreshToken]))
        .set_initial_access_token(token.map(|token| AccessToken::new(token.into())))
}

fn registration_endpoint(server: &Server) -> RegistrationUrl {
    let metadata = CoreProviderMetadata::discover(&server.issuer, server).unwrap();
    metadata.registration_endpoint().unwrap().clone()
}
