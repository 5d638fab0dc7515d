//! Finding the server: what it says about itself, and whether it is the one that was meant
//! ([RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)).

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::profile::{Algorithms, Client, Endpoints, Profile};
use crate::key::Algorithm;
use crate::pkce;
use crate::uri::Issuer;
use crate::wire::discovery::{Judged, MetadataError, ServerMetadata};
use crate::wire::http::{Request, Response};

/// Where a server keeps its metadata, below the issuer
/// ([OIDC Discovery §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)).
pub const METADATA_PATH: &str = "/.well-known/openid-configuration";

/// A client that knows a server's name and nothing else of it.
#[derive(Debug)]
pub struct AwaitingMetadata {
    server: AwaitingServer,
    profile: Profile,
}

/// A server of which nothing is known but its name.
#[derive(Debug)]
pub struct AwaitingServer {
    request: Request,
    issuer: Issuer,
}

/// Why a server cannot be used, in the order the checks run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DiscoverError {
    /// Not a 200.
    BadStatus(u16),
    /// No metadata, or an endpoint in it that nobody should be sent to.
    BadMetadata(MetadataError),
    /// The metadata is another server's; this is the name in it
    /// ([RFC 8414 §3.3](https://www.rfc-editor.org/rfc/rfc8414#section-3.3)).
    WrongIssuer(String),
    /// The server has no authorization code flow.
    NoCodeFlow,
    /// The server lists its methods of PKCE, and `S256` is not among them
    /// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
    NoS256,
    /// The server signs ID tokens with nothing that this client takes.
    NoAlgorithm,
    /// The server binds no tokens to keys of that kind, and the app wants no others
    /// ([RFC 9449 §5.1](https://www.rfc-editor.org/rfc/rfc9449#section-5.1)).
    NoProofs,
}

impl Profile {
    /// Asks the server for its metadata.
    #[must_use]
    pub fn discover(self) -> AwaitingMetadata {
        AwaitingMetadata { server: AwaitingServer::of(self.issuer.clone()), profile: self }
    }
}

impl AwaitingServer {
    /// Asks a server for its metadata, for a client that is still to be
    /// [registered](super::AwaitingRegistration).
    #[must_use]
    pub fn of(issuer: Issuer) -> Self {
        let mut request = Request::get(issuer.endpoint(METADATA_PATH));
        request.headers.push("accept", "application/json");
        Self { request, issuer }
    }

    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Receives the metadata.
    ///
    /// # Errors
    ///
    /// The first [`DiscoverError`] that applies.
    pub fn answer(self, response: &Response) -> Result<ServerMetadata, DiscoverError> {
        body_of(response)?;
        let metadata = ServerMetadata::parse(&response.body).map_err(DiscoverError::BadMetadata)?;
        check(&metadata.issuer, &self.issuer)?;
        Ok(metadata)
    }
}

fn body_of(response: &Response) -> Result<&[u8], DiscoverError> {
    if response.status == 200 {
        Ok(&response.body)
    } else {
        Err(DiscoverError::BadStatus(response.status))
    }
}

/// Whether the metadata is the server's that was meant
/// ([RFC 8414 §3.3](https://www.rfc-editor.org/rfc/rfc8414#section-3.3)).
fn check(said: &str, issuer: &Issuer) -> Result<(), DiscoverError> {
    if said == issuer.as_str() { Ok(()) } else { Err(DiscoverError::WrongIssuer(said.to_owned())) }
}

/// What a client takes from a server's metadata.
struct Offer {
    issuer: String,
    endpoints: Endpoints,
    response_types: Vec<String>,
    challenge_methods: Vec<String>,
    algorithms: Vec<String>,
    proofs: Vec<String>,
    iss_promised: bool,
}

impl Offer {
    fn read(judged: &Judged<'_>) -> Self {
        let text = |name| judged.text(name).unwrap_or_default();
        Self {
            issuer: text("issuer"),
            endpoints: Endpoints {
                authorization: text("authorization_endpoint"),
                token: text("token_endpoint"),
                jwks: judged.text("jwks_uri"),
                userinfo: judged.text("userinfo_endpoint"),
                end_session: judged.text("end_session_endpoint"),
                revocation: judged.text("revocation_endpoint"),
            },
            response_types: judged.list("response_types_supported"),
            challenge_methods: judged.list("code_challenge_methods_supported"),
            algorithms: judged.list("id_token_signing_alg_values_supported"),
            proofs: judged.list("dpop_signing_alg_values_supported"),
            iss_promised: judged.promises_iss(),
        }
    }
}

impl From<ServerMetadata> for Offer {
    fn from(metadata: ServerMetadata) -> Self {
        Self {
            issuer: metadata.issuer,
            endpoints: Endpoints {
                authorization: metadata.authorization_endpoint,
                token: metadata.token_endpoint,
                jwks: metadata.jwks_uri,
                userinfo: metadata.userinfo_endpoint,
                end_session: metadata.end_session_endpoint,
                revocation: metadata.revocation_endpoint,
            },
            response_types: metadata.response_types_supported,
            challenge_methods: metadata.code_challenge_methods_supported,
            algorithms: metadata.id_token_signing_alg_values_supported,
            proofs: metadata.dpop_signing_alg_values_supported,
            iss_promised: metadata.authorization_response_iss_parameter_supported,
        }
    }
}

impl AwaitingMetadata {
    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &Request {
        self.server.request()
    }

    /// Receives the metadata.
    ///
    /// # Errors
    ///
    /// The first [`DiscoverError`] that applies.
    pub fn answer(self, response: &Response) -> Result<Client, DiscoverError> {
        let judged = Judged::parse(body_of(response)?).map_err(DiscoverError::BadMetadata)?;
        Client::of(self.profile, Offer::read(&judged))
    }
}

impl Client {
    /// Takes the metadata a host has at hand, if it is the server's and enough for us.
    ///
    /// # Errors
    ///
    /// The first [`DiscoverError`] that applies.
    pub fn new(profile: Profile, metadata: ServerMetadata) -> Result<Self, DiscoverError> {
        Self::of(profile, metadata.into())
    }

    fn of(mut profile: Profile, offer: Offer) -> Result<Self, DiscoverError> {
        check(&offer.issuer, &profile.issuer)?;
        if is_said_without(&offer.response_types, "code") {
            return Err(DiscoverError::NoCodeFlow);
        }
        if is_said_without(&offer.challenge_methods, pkce::METHOD) {
            return Err(DiscoverError::NoS256);
        }
        let algorithms = offered(&offer.algorithms).and(profile.algorithms);
        if algorithms.is_empty() {
            return Err(DiscoverError::NoAlgorithm);
        }
        let proofs = named(&offer.proofs);
        if let Some(key) = &profile.dpop
            && !proofs.contains(key.alg)
        {
            if key.is_required {
                return Err(DiscoverError::NoProofs);
            }
            profile.dpop = None;
        }
        let Offer { endpoints, iss_promised, .. } = offer;
        Ok(Self { profile, endpoints, algorithms, proofs, iss_promised })
    }
}

/// Whether the server made a list and left `value` out of it.
fn is_said_without(list: &[String], value: &str) -> bool {
    !list.is_empty() && list.iter().all(|said| said != value)
}

/// A server that says nothing signs with RS256
/// ([OIDC §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
fn offered(said: &[String]) -> Algorithms {
    if said.is_empty() {
        return Algorithms::of(&[Algorithm::Rs256]);
    }
    named(said)
}

fn named(said: &[String]) -> Algorithms {
    said.iter()
        .filter_map(|name| Algorithm::parse(name))
        .fold(Algorithms::of(&[]), |set, alg| set.or(Algorithms::of(&[alg])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{client, json_response, metadata, profile};

    fn with(change: impl FnOnce(&mut ServerMetadata)) -> Result<Client, DiscoverError> {
        let mut metadata = metadata();
        change(&mut metadata);
        Client::new(profile(), metadata)
    }

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| String::from(*word)).collect()
    }

    #[test]
    fn the_metadata_is_asked_for_below_the_issuer() {
        let discovery = profile().discover();
        assert_eq!(discovery.request().url, "https://as.test/.well-known/openid-configuration");
        let found = discovery.answer(&json_response(200, &metadata().to_json()));
        assert_eq!(found, Ok(client()));
    }

    #[test]
    fn what_is_no_metadata_is_refused() {
        let answer = |status, body| profile().discover().answer(&json_response(status, body)).err();
        assert_eq!(answer(404, "{}"), Some(DiscoverError::BadStatus(404)));
        assert!(matches!(answer(200, "<html>"), Some(DiscoverError::BadMetadata(_))));
    }

    #[test]
    fn a_64_another_servers_metadata_is_refused_and_a_slash_makes_another_server() {
        for issuer in ["https://evil.test", "https://as.test/", "https://AS.test", ""] {
            let error = with(|metadata| metadata.issuer = issuer.into()).err();
            assert_eq!(error, Some(DiscoverError::WrongIssuer(issuer.into())));
        }
    }

    #[test]
    fn a_70_an_endpoint_that_opens_files_or_runs_script_is_refused() {
        for url in ["file:///etc/passwd", "javascript:alert(1)", "http://as.test/authorize"] {
            let mut metadata = metadata();
            metadata.authorization_endpoint = url.into();
            let response = json_response(200, &metadata.to_json());
            let error = profile().discover().answer(&response).err();
            let why = MetadataError::BadEndpoint("authorization_endpoint");
            assert_eq!(error, Some(DiscoverError::BadMetadata(why)), "{url}");
        }
    }

    #[test]
    fn a_55_a_server_that_lists_its_methods_without_s256_is_refused() {
        let error = with(|m| m.code_challenge_methods_supported = strings(&["plain"])).err();
        assert_eq!(error, Some(DiscoverError::NoS256));
        assert!(with(|m| m.code_challenge_methods_supported = strings(&[])).is_ok());
    }

    #[test]
    fn a_server_without_code_flow_or_a_known_algorithm_is_refused() {
        let error = with(|m| m.response_types_supported = strings(&["id_token"])).err();
        assert_eq!(error, Some(DiscoverError::NoCodeFlow));
        let error = with(|m| {
            m.id_token_signing_alg_values_supported = strings(&["none", "HS256"]);
        });
        assert_eq!(error.err(), Some(DiscoverError::NoAlgorithm));
    }

    #[test]
    fn a_80_only_what_both_sides_take_is_taken() {
        let algorithms = |words: &[&str]| {
            with(|m| m.id_token_signing_alg_values_supported = strings(words)).unwrap().algorithms
        };
        assert_eq!(algorithms(&[]), Algorithms::of(&[Algorithm::Rs256]));
        assert_eq!(algorithms(&["HS256", "ES256"]), Algorithms::of(&[Algorithm::Es256]));
        let strict = profile().only_signed_with(&[Algorithm::EdDsa]);
        assert_eq!(Client::new(strict, metadata()).err(), Some(DiscoverError::NoAlgorithm));
    }
}
