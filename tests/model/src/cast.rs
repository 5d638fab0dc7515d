//! Who there is: the servers, the clients, and what they say to each other.

use grantflow::entropy::Entropy;
use grantflow::pkce::Challenge;
use grantflow::secret::Secret;
use grantflow::server::{Declaration, path};
use grantflow::wire::credentials::basic;
use grantflow::wire::form;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow::wire::jwks::Jwks;
use grantflow::wire::registration::{AuthMethod, ClientMetadata};

use crate::keys::Owner;

/// Our server.
pub(crate) const HONEST: &str = "https://as.test";
/// The server that the attacker runs.
pub(crate) const EVIL: &str = "https://evil.test";
/// Where the app is answered.
pub(crate) const CALLBACK: &str = "https://app.test/cb";
/// Another page of the app's, that hands on what it gets.
pub(crate) const LEAKY: &str = "https://app.test/old";
/// Where the attacker's client is answered.
pub(crate) const EVIL_CALLBACK: &str = "https://evil.test/cb";
/// The app, as both servers call it.
pub(crate) const APP: &str = "app";
/// The attacker's client at our server.
pub(crate) const EVIL_APP: &str = "evil";

/// How the app proves itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Proof {
    /// Not at all: it is a page.
    Public,
    /// With a secret.
    Secret,
    /// With signed statements.
    Statement,
}

impl Proof {
    const fn method(self) -> AuthMethod {
        match self {
            Self::Public => AuthMethod::None,
            Self::Secret => AuthMethod::ClientSecretBasic,
            Self::Statement => AuthMethod::PrivateKeyJwt,
        }
    }
}

/// The secret of a client.
pub(crate) fn secret(client_id: &str) -> Secret {
    Secret::new(format!("the secret of {client_id}"))
}

/// The app, as our server knows it.
pub(crate) fn app(proof: Proof, redirect_uris: &[&str]) -> Declaration {
    let jwks = Jwks { keys: vec![Owner::App.public()] };
    declared(
        APP,
        ClientMetadata {
            redirect_uris: redirect_uris.iter().map(|uri| String::from(*uri)).collect(),
            token_endpoint_auth_method: Some(proof.method()),
            jwks: (proof == Proof::Statement).then_some(jwks),
            ..ClientMetadata::default()
        },
    )
}

/// The attacker's client.
pub(crate) fn evil_app() -> Declaration {
    declared(
        EVIL_APP,
        ClientMetadata { redirect_uris: vec![EVIL_CALLBACK.into()], ..ClientMetadata::default() },
    )
}

fn declared(client_id: &str, metadata: ClientMetadata) -> Declaration {
    let has_secret = metadata.token_endpoint_auth_method.is_none_or(AuthMethod::has_secret);
    Declaration {
        client_id: client_id.into(),
        client_secret: has_secret.then(|| secret(client_id)),
        metadata: ClientMetadata { client_name: Some(client_id.into()), ..metadata },
        is_trusted: true,
    }
}

/// A verifier, by number.
pub(crate) fn verifier(number: u8) -> String {
    grantflow::base64url::encode(Entropy::new([number; 32]).derive("verifier"))
}

/// What a verifier answers.
pub(crate) fn challenge_of(verifier: &str) -> String {
    Challenge::of(verifier).to_text()
}

/// Fields as a query or a form; what is empty is not sent.
pub(crate) fn query(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        form::push(&mut text, name, value);
    }
    text
}

/// A browser's visit to the authorization endpoint.
pub(crate) fn authorization(fields: &[(&str, &str)]) -> Request {
    let fields = [&[("response_type", "code")], fields].concat();
    let url = format!("{HONEST}{}?{}", path::AUTHORIZE, query(&fields));
    Request::get(url).also("accept", "text/html")
}

/// The consent page's form, as the browser posts it from the page at `origin`.
pub(crate) fn decision(origin: &str, interaction: &str, decision: &str, scope: &str) -> Request {
    let mut fields = vec![("interaction", interaction), ("decision", decision)];
    fields.extend(scope.split(' ').map(|word| ("scope", word)));
    let request = Request::form(format!("{HONEST}{}", path::CONSENT), query(&fields));
    request.also("origin", origin).also("accept", "text/html")
}

/// Who sends a form to an endpoint that clients prove themselves at.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Sender<'s> {
    /// Anybody who knows a public client's name.
    Named(&'s str),
    /// Whoever knows the client's secret.
    Proved(&'s str),
    /// Anybody, who makes a secret up.
    Guessed(&'s str),
    /// Whoever holds a statement that the app has signed.
    Stated(&'s str),
}

/// Such a form.
pub(crate) fn form_to(path: &str, sender: Sender<'_>, fields: &[(&str, &str)]) -> Request {
    let url = format!("{HONEST}{path}");
    match sender {
        Sender::Named(client_id) => {
            Request::form(url, query(&[fields, &[("client_id", client_id)]].concat()))
        }
        Sender::Proved(client_id) => {
            let header = basic(client_id, &secret(client_id));
            Request::form(url, query(fields)).also("authorization", &header)
        }
        Sender::Guessed(client_id) => {
            let header = basic(client_id, &Secret::new("made up"));
            Request::form(url, query(fields)).also("authorization", &header)
        }
        Sender::Stated(statement) => {
            let more = [
                ("client_assertion_type", grantflow::wire::assertion::TYPE),
                ("client_assertion", statement),
            ];
            Request::form(url, query(&[fields, &more].concat()))
        }
    }
}

/// A code for tokens.
pub(crate) fn redemption(sender: Sender<'_>, code: &str, uri: &str, verifier: &str) -> Request {
    form_to(
        path::TOKEN,
        sender,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", uri),
            ("code_verifier", verifier),
        ],
    )
}

/// A refresh token for the next tokens.
pub(crate) fn refreshing(sender: Sender<'_>, refresh_token: &str) -> Request {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    form_to(path::TOKEN, sender, &fields)
}

/// What a token opens.
pub(crate) fn visit(path: &str, token: &str) -> Request {
    Request::get(format!("{HONEST}{path}")).also("authorization", &format!("Bearer {token}"))
}

/// A JSON response.
pub(crate) fn json(body: String) -> Response {
    let headers = Headers::new().with("content-type", "application/json");
    Response {
        status: if body.contains("\"error\"") { 400 } else { 200 },
        headers,
        body: body.into_bytes(),
    }
}

/// A request with one header more.
pub(crate) trait Also {
    fn also(self, name: &'static str, value: &str) -> Self;
}

impl Also for Request {
    fn also(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }
}
