//! What this server is and does, for clients to read.

use alloc::string::String;
use alloc::vec::Vec;

use super::handle::Call;
use super::identity::CLAIMS_OF_SCOPES;
use super::policy::{Registration, Resource};
use super::turn::Turn;
use super::{path, reply, resource};
use crate::key::{Algorithm, ED25519};
use crate::pkce;
use crate::wire::callback::ResponseMode;
use crate::wire::discovery::ServerMetadata;
use crate::wire::http::{Method, Request};
use crate::wire::registration::AuthMethod;

/// Answers with the metadata
/// ([OpenID Connect Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata),
/// [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
pub(crate) fn metadata<'s>(call: &Call<'_>, request: &Request) -> Turn<'s> {
    public(call, request, || describe(call).to_json())
}

/// Answers with what an API says about itself
/// ([RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3)).
pub(crate) fn resource<'s>(call: &Call<'_>, request: &Request, about: &Resource) -> Turn<'s> {
    public(call, request, || resource::metadata(call, about).to_json())
}

/// Answers with the public keys ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
pub(crate) fn jwks<'s>(call: &Call<'_>, request: &Request) -> Turn<'s> {
    public(call, request, || call.server.keys.jwks(call.now).to_json())
}

fn public<'s>(call: &Call<'_>, request: &Request, body: impl FnOnce() -> String) -> Turn<'s> {
    match request.method {
        Method::Get | Method::Head => Turn::Reply(reply::public_json(body())),
        Method::Options => reply::preflight(call, "GET"),
        Method::Post | Method::Put | Method::Delete | Method::Other => {
            reply::wrong_method(call, "GET")
        }
    }
}

fn describe(call: &Call<'_>) -> ServerMetadata {
    let policy = &call.server.policy;
    let endpoint = |path| policy.issuer.endpoint(path);
    let texts = |words: &[&str]| words.iter().map(|word| String::from(*word)).collect::<Vec<_>>();
    let methods = |methods: &[AuthMethod]| methods.iter().map(|m| m.name().into()).collect();
    let names =
        |algs: &[Algorithm]| -> Vec<String> { algs.iter().map(|alg| alg.name().into()).collect() };
    let understood = || [names(&Algorithm::ALL), texts(&[ED25519])].concat();
    let offered = CLAIMS_OF_SCOPES.iter().filter(|(word, _)| policy.offers(word));
    let mut claims = texts(&["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"]);
    claims.extend(policy.acr.as_ref().map(|_| "acr".into()));
    claims.extend(offered.flat_map(|(_, names)| texts(names)));
    let registers = policy.registration != Registration::Off;
    let algs = call.server.keys.algorithms(call.now);
    ServerMetadata {
        authorization_endpoint: endpoint(path::AUTHORIZE),
        token_endpoint: endpoint(path::TOKEN),
        jwks_uri: Some(endpoint(path::JWKS)),
        userinfo_endpoint: Some(endpoint(path::USERINFO)),
        revocation_endpoint: Some(endpoint(path::REVOKE)),
        introspection_endpoint: Some(endpoint(path::INTROSPECT)),
        end_session_endpoint: Some(endpoint(path::LOGOUT)),
        registration_endpoint: registers.then(|| endpoint(path::REGISTER)),
        scopes_supported: policy.scopes.iter().map(|scope| scope.word.clone()).collect(),
        response_types_supported: texts(&["code"]),
        response_modes_supported: ResponseMode::ALL.map(|mode| mode.name().into()).into(),
        grant_types_supported: policy.grant_types().map(|kind| kind.name().into()).collect(),
        acr_values_supported: policy.acr.clone().into_iter().collect(),
        subject_types_supported: texts(&["public"]),
        id_token_signing_alg_values_supported: names(&algs),
        token_endpoint_auth_methods_supported: methods(&AuthMethod::ALL),
        revocation_endpoint_auth_methods_supported: methods(&AuthMethod::ALL),
        introspection_endpoint_auth_methods_supported: methods(&AuthMethod::CONFIDENTIAL),
        token_endpoint_auth_signing_alg_values_supported: understood(),
        revocation_endpoint_auth_signing_alg_values_supported: understood(),
        introspection_endpoint_auth_signing_alg_values_supported: understood(),
        dpop_signing_alg_values_supported: understood(),
        code_challenge_methods_supported: texts(&[pkce::METHOD]),
        claims_supported: claims,
        authorization_response_iss_parameter_supported: true,
        request_parameter_supported: Some(false),
        request_uri_parameter_supported: Some(false),
        claims_parameter_supported: Some(true),
        ..ServerMetadata::new(policy.issuer.as_str())
    }
}
