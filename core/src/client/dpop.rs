//! The key without which an app's tokens are good for nothing
//! ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
//!
//! The private half is the host's and need never leave its place. A request for tokens asks for its
//! proof ([`Unbound`]); with every use of one the host signs what [`ProofKey::input`] says and
//! [attaches](attach) it. What a server [wants to have in it](nonce) goes into the next try, and there
//! is one.

use alloc::string::String;

use super::credentials::{Letter, PartsOf};
use crate::base64url;
use crate::entropy::Entropy;
use crate::key::{Algorithm, Thumbprint};
use crate::secret::Secret;
use crate::text::has;
use crate::time::UnixTime;
use crate::wire::dpop::{HEADER, LONGEST_NAME, NONCE_HEADER, Said, TOKEN_TYPE, USE_NONCE};
use crate::wire::error::ErrorBody;
use crate::wire::http::{Request, Response};
use crate::wire::json;
use crate::wire::jwks::parse_jwk;
use crate::wire::jws::assemble;
use crate::wire::token::TokenResponse;

/// The public half of a key that is made for one client of one server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProofKey {
    pub(super) alg: Algorithm,
    jwk: String,
    /// Whether tokens without it will not do.
    pub(super) is_required: bool,
}

/// A request for tokens that are to be bound to a key, which is not proved yet.
#[derive(Debug)]
pub struct Unbound<T> {
    pub(super) then: T,
    pub(super) parts: PartsOf<T>,
    pub(super) key: ProofKey,
}

/// A request for tokens, and the proof whose signature it waits for.
#[derive(Debug)]
pub struct AwaitingProof<T> {
    then: T,
    parts: PartsOf<T>,
    key: ProofKey,
    input: String,
}

/// What a proof is for.
#[derive(Clone, Copy, Debug)]
pub struct Use<'u> {
    /// The verb of the request.
    pub method: &'u str,
    /// Where it goes.
    pub url: &'u str,
    /// The token that goes with it, to an API.
    pub access_token: Option<&'u Secret>,
    /// What that server wants to have in it.
    pub nonce: Option<&'u str>,
}

impl ProofKey {
    /// Reads the public half; `None` if it is none of ours, or not public.
    #[must_use]
    pub fn parse(jwk: &str, is_required: bool) -> Option<Self> {
        let key = parse_jwk(json::parse_object(jwk.as_bytes()).ok()?).ok()??;
        Some(Self { alg: key.alg, jwk: key.canonical(), is_required })
    }

    /// What it signs with.
    #[must_use]
    pub const fn alg(&self) -> Algorithm {
        self.alg
    }

    /// Its public half, as JSON in one spelling
    /// ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
    #[must_use]
    pub fn jwk(&self) -> &str {
        &self.jwk
    }

    /// Its name, by which a server binds a code and tokens to it.
    #[must_use]
    pub fn jkt(&self) -> Thumbprint {
        Thumbprint::of(&self.jwk)
    }

    /// What is to be signed, good for this one request
    /// ([RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
    #[must_use]
    pub fn input(&self, made_for: Use<'_>, entropy: &Entropy, now: UnixTime) -> String {
        let Use { method, url, access_token, nonce } = made_for;
        let jti = base64url::encode(entropy.derive_id("jti"));
        let said = Said { jti: &jti, htm: method, url, iat: now, access_token, nonce };
        said.signing_input(self.alg, &self.jwk)
    }
}

impl<T> Unbound<T> {
    /// Says what is to be signed: that this key is at hand, for this one request, with the nonce that
    /// the server has asked for, if it has
    /// ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).
    #[must_use]
    pub fn proof(self, entropy: &Entropy, now: UnixTime) -> AwaitingProof<T> {
        let Self { mut then, parts, key } = self;
        let Letter { request, nonce, .. } = parts(&mut then).0;
        let nonce = nonce.as_deref();
        let made_for =
            Use { method: request.method.as_str(), url: &request.url, access_token: None, nonce };
        let input = key.input(made_for, entropy, now);
        AwaitingProof { then, parts, key, input }
    }
}

impl<T> AwaitingProof<T> {
    /// What to sign with: its private half.
    #[must_use]
    pub const fn key(&self) -> &ProofKey {
        &self.key
    }

    /// What to sign.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Takes the signature; the question is ready to be sent
    /// ([RFC 9449 §4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1)).
    #[must_use]
    pub fn answer(mut self, signature: &[u8]) -> T {
        attach(&mut (self.parts)(&mut self.then).0.request, &self.input, signature);
        self.then
    }
}

/// The key that tokens are bound to, if they are. Those that follow are to be bound to it, too.
pub(super) fn bound_to(tokens: &TokenResponse, key: Option<&ProofKey>) -> Option<ProofKey> {
    let is_bound = is_bound(tokens);
    key.filter(|_| is_bound).map(|key| ProofKey { is_required: true, ..key.clone() })
}

pub(super) fn is_bound(tokens: &TokenResponse) -> bool {
    tokens.token_type.eq_ignore_ascii_case(TOKEN_TYPE)
}

/// Adds the signed proof to its request, in place of an earlier one
/// ([RFC 9449 §4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1)).
pub fn attach(request: &mut Request, input: &str, signature: &[u8]) {
    request.headers.replace(HEADER, assemble(input, signature));
}

/// What the server says the next proof shall hold
/// ([RFC 9449 §8.2](https://www.rfc-editor.org/rfc/rfc9449#section-8.2)): visible characters, or it is
/// not listened to.
#[must_use]
pub fn nonce(response: &Response) -> Option<&str> {
    response.headers.first(NONCE_HEADER).filter(|nonce| is_nonce(nonce))
}

pub(super) fn is_nonce(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !has(text, b'"')
        && !has(text, b'\\')
}

/// The same, if that it was not there is why the server refused a request for tokens
/// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
#[must_use]
pub fn wanted_nonce(response: &Response) -> Option<&str> {
    let is_it = |body: ErrorBody| body.error == USE_NONCE;
    let is_wanted = response.status == 400 && ErrorBody::parse(&response.body).is_some_and(is_it);
    if is_wanted { nonce(response) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{KEY, NOW, json_response};
    use crate::wire::dpop::Proof;

    #[test]
    fn a_proof_is_made_for_one_request_and_takes_the_place_of_the_last() {
        let key = ProofKey::parse(KEY, false).unwrap();
        assert_eq!(key.jkt().to_text(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        let token = Secret::new("at");
        let made_for = |nonce| Use {
            method: "GET",
            url: "https://api.test/a?b",
            access_token: Some(&token),
            nonce,
        };
        let mut request = Request::get("https://api.test/a?b");
        for (seed, nonce) in [(1, None), (2, Some("n"))] {
            let input = key.input(made_for(nonce), &Entropy::new([seed; 32]), NOW);
            attach(&mut request, &input, b"signature");
        }
        let proof = Proof::parse(request.headers.one("DPoP").unwrap().unwrap()).unwrap();
        assert!(proof.is_with(&token) && proof.is_for("https://api.test/a"));
        assert_eq!((proof.htm.as_str(), proof.nonce.as_deref()), ("GET", Some("n")));
        assert_eq!((proof.iat, proof.key.thumbprint()), (NOW, key.jkt()));
        let other = key.input(made_for(None), &Entropy::new([3; 32]), NOW);
        assert_ne!(Proof::parse(&assemble(&other, b"s")).unwrap().jti, proof.jti);
    }

    #[test]
    fn a_private_key_is_not_taken() {
        let private = KEY.replace(r#""ext""#, r#""d":"AA","ext""#);
        for bad in [private.as_str(), "{}", "x", r#"{"kty":"oct","k":"AA"}"#] {
            assert_eq!(ProofKey::parse(bad, true), None, "{bad}");
        }
    }

    #[test]
    fn a_nonce_is_wanted_by_a_refusal_that_says_so_and_brings_it() {
        let refused = |status, error: &str, nonce: Option<&str>| {
            let body = alloc::format!(r#"{{"error":"{error}"}}"#);
            let mut response = json_response(status, &body);
            if let Some(nonce) = nonce {
                response.headers.push("DPoP-Nonce", nonce);
            }
            response
        };
        let wanted = refused(400, "use_dpop_nonce", Some("n-1"));
        assert_eq!(wanted_nonce(&wanted), Some("n-1"));
        for other in [
            refused(400, "use_dpop_nonce", None),
            refused(400, "use_dpop_nonce", Some("")),
            refused(400, "use_dpop_nonce", Some("a b")),
            refused(400, "use_dpop_nonce", Some("a\"b")),
            refused(400, "invalid_grant", Some("n")),
            refused(500, "use_dpop_nonce", Some("n")),
        ] {
            assert_eq!(wanted_nonce(&other), None);
        }
        assert_eq!(nonce(&refused(200, "", Some("n"))), Some("n"));
    }
}
