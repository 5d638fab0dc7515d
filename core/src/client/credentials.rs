//! How the client proves who it is to the server
//! ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

use super::dpop::{ProofKey, Unbound, wanted_nonce};
use crate::base64url;
use crate::entropy::Entropy;
use crate::key::Algorithm;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::assertion::{self, Assertion};
use crate::wire::credentials::basic;
use crate::wire::form;
use crate::wire::http::{Request, Response};
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

/// A request, or one that must be signed first.
#[must_use]
#[derive(Debug)]
pub enum Outgoing<T> {
    /// Send it.
    Send(T),
    /// Have a statement signed, of who the client is.
    Sign(Unsigned<T>),
    /// Have a proof signed, of the key that the tokens shall be bound to.
    Prove(Unbound<T>),
}

/// A request whose client has not proved itself yet.
#[derive(Debug)]
pub struct Unsigned<T> {
    then: T,
    parts: PartsOf<T>,
    signer: Box<Signer>,
}

/// A request, and the statement whose signature it waits for.
#[derive(Debug)]
pub struct AwaitingSignature<T> {
    then: T,
    parts: PartsOf<T>,
    signer: Box<Signer>,
    input: String,
}

/// A form to one of the server's own endpoints, and what it takes to sign it.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) request: Request,
    /// Who has to sign; nobody while they do.
    signer: Option<Box<Signer>>,
    /// What the server wants to have in the proof of the key.
    pub(super) nonce: Option<String>,
}

/// A client that proves itself with a key, to one server.
#[derive(Debug)]
struct Signer {
    key: PrivateKey,
    issuer: String,
    client_id: String,
    /// Where the statement goes in the body, in place of an earlier one.
    at: usize,
}

/// The letter in a question, and the key that what it gets shall be bound to.
pub(super) type PartsOf<T> = fn(&mut T) -> (&mut Letter, Option<&ProofKey>);

impl Credentials {
    /// A form of this client's to one of the server's own endpoints
    /// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)). A statement is
    /// not in it yet.
    pub(super) fn letter(
        &self,
        (issuer, client_id): (&str, &str),
        endpoint: &str,
        mut form: String,
    ) -> Letter {
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
        let signer = match self {
            Self::PrivateKey(key) => Some(Box::new(Signer {
                key: key.clone(),
                issuer: issuer.to_owned(),
                client_id: client_id.to_owned(),
                at: form.len(),
            })),
            Self::Public | Self::Basic(_) | Self::Post(_) => None,
        };
        let mut request = Request::form(endpoint, form);
        request.headers.push("accept", "application/json");
        if let Some(header) = header {
            request.headers.push("authorization", header);
        }
        Letter { request, signer, nonce: None }
    }
}

impl<T> Outgoing<T> {
    /// What becomes of a question: first the client signs, then its key is proved.
    pub(super) fn of(mut then: T, parts: PartsOf<T>) -> Self {
        match parts(&mut then).0.signer.take() {
            Some(signer) => Self::Sign(Unsigned { then, parts, signer }),
            None => Self::signed(then, parts),
        }
    }

    fn signed(mut then: T, parts: PartsOf<T>) -> Self {
        match parts(&mut then).1.cloned() {
            Some(key) => Self::Prove(Unbound { then, parts, key }),
            None => Self::Send(then),
        }
    }

    /// The question once more, if the server has done nothing with it but to say what it wants to have
    /// in the proof of the key; once
    /// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
    pub(super) fn again(
        mut then: T,
        parts: PartsOf<T>,
        response: &Response,
    ) -> Result<Self, Box<T>> {
        let (letter, key) = parts(&mut then);
        let wanted = wanted_nonce(response).filter(|_| key.is_some() && letter.nonce.is_none());
        let Some(wanted) = wanted else { return Err(then.into()) };
        letter.nonce = Some(wanted.to_owned());
        Ok(Self::of(then, parts))
    }

    pub(super) const fn question(&mut self) -> &mut T {
        match self {
            Self::Send(then) => then,
            Self::Sign(ask) => &mut ask.then,
            Self::Prove(ask) => &mut ask.then,
        }
    }

    /// The question, if nothing must be signed: for a host whose client has no key.
    #[must_use]
    pub fn unsigned(self) -> Option<T> {
        match self {
            Self::Send(then) => Some(then),
            Self::Sign(_) | Self::Prove(_) => None,
        }
    }

    /// The question, if the client need not sign: for a session, which proves its key by itself.
    pub(super) fn unproved(self) -> Option<T> {
        match self {
            Self::Send(then) => Some(then),
            Self::Prove(ask) => Some(ask.then),
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
        let Self { then, parts, signer } = self;
        let claims = Assertion {
            iss: signer.client_id.clone(),
            sub: signer.client_id.clone(),
            aud: [signer.issuer.clone()].into(),
            exp: now + ASSERTION_LIFE,
            iat: Some(now),
            nbf: None,
            jti: base64url::encode(entropy.derive_id("jti")),
        };
        let PrivateKey { alg, kid } = &signer.key;
        let input = signing_input(*alg, kid, "JWT", &claims.to_json());
        AwaitingSignature { then, parts, signer, input }
    }
}

impl<T> AwaitingSignature<T> {
    /// What to sign with.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.signer.key
    }

    /// What to sign.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Takes the signature; the question is ready to be sent, or its key to be proved
    /// ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
    pub fn answer(mut self, signature: &[u8]) -> Outgoing<T> {
        let mut form = String::from("&client_assertion_type=");
        form.push_str(&form::encode(assertion::TYPE));
        form.push_str("&client_assertion=");
        form.push_str(&assemble(&self.input, signature));
        let letter = (self.parts)(&mut self.then).0;
        letter.request.body.truncate(self.signer.at);
        letter.request.body.extend_from_slice(form.as_bytes());
        // A server may remember what it has seen, so the next time another one is signed.
        letter.signer = Some(self.signer);
        Outgoing::signed(self.then, self.parts)
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
            Outgoing::Prove(_) | Outgoing::Send(_) => panic!("nothing to sign"),
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
        let request = ask.answer(b"signature").unsigned().unwrap();
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
