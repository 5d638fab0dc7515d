//! How the client proves who it is to the server
//! ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::base64url;
use crate::entropy::Entropy;
use crate::key::Algorithm;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::assertion::{self, Assertion};
use crate::wire::credentials::basic;
use crate::wire::form;
use crate::wire::http::Request;
use crate::wire::jws::{assemble, signing_input};

/// How long a statement holds: it is sent at once, and once.
pub const ASSERTION_LIFE: Duration = Duration::from_secs(60);

/// How a client proves who it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Credentials {
    /// Not at all: anyone can read the code of a browser or mobile app.
    Public,
    /// With a secret in the `Authorization` header.
    Basic(Secret),
    /// With a secret in the body.
    Post(Secret),
    /// With a statement signed by a key that never leaves its place
    /// ([OIDC §9](https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication),
    /// `private_key_jwt`).
    PrivateKey(PrivateKey),
}

/// The name of a private key; the key itself is the host's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PrivateKey {
    /// What it signs with.
    pub alg: Algorithm,
    /// What the server knows it by.
    pub kid: String,
}

/// A request, or a request that must be signed first.
#[must_use]
#[derive(Debug)]
pub enum Outgoing<T> {
    /// Send it.
    Send(T),
    /// Have a statement signed, then send it.
    Sign(Unsigned<T>),
}

/// A request whose client has not proved itself yet.
#[derive(Debug)]
pub struct Unsigned<T> {
    then: T,
    body: BodyOf<T>,
    key: PrivateKey,
    issuer: String,
    client_id: String,
}

/// A request, and the statement whose signature it waits for.
#[derive(Debug)]
pub struct AwaitingSignature<T> {
    then: T,
    body: BodyOf<T>,
    key: PrivateKey,
    input: String,
}

/// Where the body of a question's request is.
type BodyOf<T> = fn(&mut T) -> &mut Vec<u8>;

impl Credentials {
    /// A form of this client's to one of the server's own endpoints
    /// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)). A statement is
    /// not in it yet.
    pub(super) fn request(&self, client_id: &str, endpoint: &str, mut form: String) -> Request {
        let header = match self {
            Self::Basic(secret) => Some(basic(client_id, secret)),
            Self::Public | Self::Post(_) | Self::PrivateKey(_) => {
                form::push(&mut form, "client_id", client_id);
                None
            }
        };
        if let Self::Post(secret) = self {
            form::push(&mut form, "client_secret", secret.expose());
        }
        let mut request = Request::form(endpoint, form);
        request.headers.push("accept", "application/json");
        if let Some(header) = header {
            request.headers.push("authorization", header);
        }
        request
    }

    /// What becomes of a question that [`request`](Self::request) made.
    pub(super) fn outgoing<T>(
        &self,
        issuer: &str,
        client_id: &str,
        then: T,
        body: BodyOf<T>,
    ) -> Outgoing<T> {
        match self {
            Self::Public | Self::Basic(_) | Self::Post(_) => Outgoing::Send(then),
            Self::PrivateKey(key) => Outgoing::Sign(Unsigned {
                then,
                body,
                key: key.clone(),
                issuer: issuer.to_owned(),
                client_id: client_id.to_owned(),
            }),
        }
    }
}

impl<T> Outgoing<T> {
    pub(super) const fn question(&mut self) -> &mut T {
        match self {
            Self::Send(then) => then,
            Self::Sign(ask) => &mut ask.then,
        }
    }

    /// The question, if nothing must be signed: for a host whose client has no key.
    #[must_use]
    pub fn unsigned(self) -> Option<T> {
        match self {
            Self::Send(then) => Some(then),
            Self::Sign(_) => None,
        }
    }
}

impl<T> Unsigned<T> {
    /// Says what is to be signed: that this client speaks, to this server alone, for
    /// [`ASSERTION_LIFE`] and this once
    /// ([RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3)).
    #[must_use]
    pub fn assertion(self, entropy: &Entropy, now: UnixTime) -> AwaitingSignature<T> {
        let Self { then, body, key, issuer, client_id } = self;
        let claims = Assertion {
            iss: client_id.clone(),
            sub: client_id,
            aud: [issuer].into(),
            exp: now + ASSERTION_LIFE,
            iat: Some(now),
            nbf: None,
            jti: base64url::encode(entropy.derive_id("jti")),
        };
        let input = signing_input(key.alg, &key.kid, "JWT", &claims.to_json());
        AwaitingSignature { then, body, key, input }
    }
}

impl<T> AwaitingSignature<T> {
    /// What to sign with.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// What to sign.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Takes the signature; the question is ready to be sent
    /// ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
    #[must_use]
    pub fn answer(mut self, signature: &[u8]) -> T {
        let mut form = String::from("&client_assertion_type=");
        form.push_str(&form::encode(assertion::TYPE));
        form.push_str("&client_assertion=");
        form.push_str(&assemble(&self.input, signature));
        (self.body)(&mut self.then).extend_from_slice(form.as_bytes());
        self.then
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{NOW, accepted, client, profile, tokens};
    use crate::client::{Client, Profile};
    use crate::wire::discovery::ServerMetadata;
    use crate::wire::form::Form;
    use crate::wire::jws::Jws;

    fn key() -> PrivateKey {
        PrivateKey { alg: Algorithm::Es256, kid: "mine".into() }
    }

    fn claims(ask: &AwaitingSignature<impl Sized>) -> Assertion {
        let whole = assemble(ask.input(), b"s");
        let jws = Jws::parse(&whole).unwrap();
        assert_eq!((jws.alg, jws.kid.as_deref()), (Algorithm::Es256, Some("mine")));
        Assertion::parse(&jws.payload).unwrap()
    }

    fn unsigned<T>(outgoing: Outgoing<T>) -> Unsigned<T> {
        match outgoing {
            Outgoing::Sign(ask) => ask,
            Outgoing::Send(_) => panic!("nothing to sign"),
        }
    }

    #[test]
    fn a_client_with_a_key_says_who_it_is_to_this_server_and_once() {
        let mut accepted = accepted();
        accepted.credentials = Credentials::PrivateKey(key());
        let ask = unsigned(accepted.exchange()).assertion(&Entropy::new([1; 32]), NOW);
        assert_eq!(ask.key(), &key());
        let said = claims(&ask);
        assert_eq!((said.iss.as_str(), said.sub.as_str()), ("app", "app"));
        assert_eq!(said.aud, ["https://as.test"]);
        assert_eq!((said.iat, said.exp), (Some(NOW), NOW + ASSERTION_LIFE));

        let input = ask.input.clone();
        let request = ask.answer(b"signature");
        let form = Form::parse(&request.request().body).unwrap();
        assert_eq!(form.field("client_id"), "app");
        assert_eq!(form.field("client_assertion_type"), assertion::TYPE);
        assert_eq!(form.field("client_assertion"), assemble(&input, b"signature"));
        assert_eq!(form.field("code"), "c");
        assert_eq!(request.request().headers.first("authorization"), None);
    }

    #[test]
    fn every_statement_has_a_name_of_its_own() {
        let credentials = Credentials::PrivateKey(key());
        let profile = Profile { credentials, ..profile() };
        let endpoint = Some("https://as.test/oauth2/revoke".into());
        let metadata =
            ServerMetadata { revocation_endpoint: endpoint, ..super::super::testing::metadata() };
        let client = Client::new(profile, metadata).unwrap();
        let jti = |seed| {
            let ask = unsigned(client.revoke(&tokens()).unwrap());
            claims(&ask.assertion(&Entropy::new([seed; 32]), NOW)).jti
        };
        assert_eq!(jti(1), jti(1));
        assert_ne!(jti(1), jti(2));
    }

    #[test]
    fn a_client_without_a_key_signs_nothing() {
        assert!(accepted().exchange().unsigned().is_some());
        assert!(client().revoke(&tokens()).is_none(), "no endpoint, nothing to send");
    }
}
