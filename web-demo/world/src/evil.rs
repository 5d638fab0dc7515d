//! The attacker's machine: a server that speaks the protocol as he likes, an app, an API.

use core::time::Duration;

use grantflow::client::discover::METADATA_PATH;
use grantflow::secret::Secret;
use grantflow::server::path;
use grantflow::time::UnixTime;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::jwks::Jwks;
use grantflow::wire::token::TokenResponse;

use crate::cast::{AS, CLIENT_ID, EVIL, Person};
use crate::input::SentAnswer;
use crate::keys::{ALG, Pair};
use crate::message::{headers, in_query};
use crate::prelude::*;
use crate::shelf::Shelf;

/// The attacker's machine.
#[derive(Debug)]
pub(crate) struct Evil {
    pub(crate) key: Pair,
    /// What he has it answer, by path.
    pub(crate) set: Shelf<SentAnswer>,
    /// The `nonce` of the last login that was begun here.
    nonce: Option<String>,
}

impl Evil {
    pub(crate) fn new(key: Pair) -> Self {
        Self { key, set: Shelf::default(), nonce: None }
    }

    /// Answers a request.
    pub(crate) fn serve(&mut self, request: &Request, now: UnixTime) -> Response {
        if let Some(set) = self.set.get(request.path()) {
            return Response {
                status: set.status,
                headers: headers(&set.headers),
                body: set.body.clone().into_bytes(),
            };
        }
        match request.path() {
            METADATA_PATH => json(Self::metadata().to_json()),
            "/jwks" => json(Jwks { keys: vec![self.key.public()] }.to_json()),
            "/authorize" => self.authorize(request),
            "/token" => json(self.tokens(now)),
            "/calendar" => json(r#"{"shared":true}"#.into()),
            "/callback" => text(200, "Loading your game …"),
            "/" => text(200, "Free games! Sign in to play."),
            _ => text(404, "There is nothing here."),
        }
    }

    fn metadata() -> ServerMetadata {
        ServerMetadata {
            authorization_endpoint: format!("{EVIL}/authorize"),
            token_endpoint: format!("{EVIL}/token"),
            jwks_uri: Some(format!("{EVIL}/jwks")),
            response_types_supported: vec!["code".into()],
            id_token_signing_alg_values_supported: vec![ALG.name().into()],
            code_challenge_methods_supported: vec!["S256".into()],
            ..ServerMetadata::new(EVIL)
        }
    }

    /// Sends the browser on to the honest server, with the app's request as it came: the mix-up of
    /// [RFC 9700 §4.4.1](https://www.rfc-editor.org/rfc/rfc9700#section-4.4.1).
    fn authorize(&mut self, request: &Request) -> Response {
        self.nonce = in_query(&request.url, "nonce");
        let location = format!("{AS}{}?{}", path::AUTHORIZE, request.query());
        let headers = Headers::new().with("location", location);
        Response { status: 303, headers, body: Vec::new() }
    }

    /// Tokens of his own, about himself.
    fn tokens(&self, now: UnixTime) -> String {
        let claims = IdClaims {
            iss: EVIL.into(),
            sub: Person::Eve.subject().into(),
            aud: vec![CLIENT_ID.into()],
            azp: None,
            exp: now + Duration::from_secs(3600),
            iat: now,
            nonce: self.nonce.clone(),
            at_hash: None,
            auth_time: None,
            text: String::new(),
        };
        let tokens = TokenResponse {
            access_token: Secret::new("made-up"),
            token_type: "Bearer".into(),
            expires_in: Some(3600),
            refresh_token: None,
            id_token: Some(Secret::new(self.key.token(&claims.to_json()))),
            scope: None,
        };
        tokens.to_json()
    }
}

fn json(body: String) -> Response {
    let headers = Headers::new()
        .with("content-type", "application/json")
        .with("access-control-allow-origin", "*");
    Response { status: 200, headers, body: body.into_bytes() }
}

fn text(status: u16, body: &str) -> Response {
    let headers = Headers::new().with("content-type", "text/html; charset=utf-8");
    Response { status, headers, body: body.into() }
}
