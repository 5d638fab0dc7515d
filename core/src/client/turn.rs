//! What a login asks of its host once the user is back; a host is a loop over it.
//!
//! ```
//! # use grantflow::client::{Error, Tokens, Turn, Verify};
//! # use grantflow::time::UnixTime;
//! # use grantflow::wire::http::{Request, Response};
//! # fn host(mut turn: Turn, send: impl Fn(&Request) -> Response,
//! #         verify: impl Fn(&Verify) -> bool, now: UnixTime) -> Result<Tokens, Error> {
//! loop {
//!     turn = match turn {
//!         Turn::Send(ask) => {
//!             let response = send(ask.request());
//!             ask.answer(&response, now)?
//!         }
//!         Turn::Verify(ask) => {
//!             let is_good = verify(&ask);
//!             ask.answer(is_good)?
//!         }
//!         Turn::Done(tokens) => return Ok(*tokens),
//!     }
//! }
//! # }
//! ```

use alloc::boxed::Box;

use super::Error;
use super::identity::{AwaitingKeys, AwaitingVerdict, Proof};
use super::redeem::{Accepted, AwaitingTokens};
use super::resource::Tokens;
use crate::key::Algorithm;
use crate::time::UnixTime;
use crate::wire::http::{Request, Response};
use crate::wire::jwks::Jwks;

/// What a login needs next.
#[must_use]
#[derive(Debug)]
pub enum Turn {
    /// Send a request and bring the response.
    Send(Send),
    /// Say whether a signature is good.
    Verify(Verify),
    /// Finished.
    Done(Box<Tokens>),
}

/// A request whose response the login waits for.
#[derive(Debug)]
pub struct Send(Sent);

#[derive(Debug)]
enum Sent {
    Tokens(Box<AwaitingTokens>, Option<Jwks>),
    Keys(Box<AwaitingKeys>),
}

/// A signature whose verdict the login waits for.
#[derive(Debug)]
pub struct Verify(Box<AwaitingVerdict>);

impl Accepted {
    /// Finishes the login, step by step; `kept` are the server's keys if the host kept them.
    pub fn finish(self, kept: Option<Jwks>) -> Turn {
        Turn::Send(Send(Sent::Tokens(Box::new(self.exchange()), kept)))
    }
}

impl Send {
    /// What to send.
    #[must_use]
    pub fn request(&self) -> &Request {
        match &self.0 {
            Sent::Tokens(ask, _) => ask.request(),
            Sent::Keys(ask) => ask.request(),
        }
    }

    /// Whether no cache may answer.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        match &self.0 {
            Sent::Tokens(..) => true,
            Sent::Keys(ask) => ask.is_refetch(),
        }
    }

    /// Takes the response.
    ///
    /// # Errors
    ///
    /// The [`Error`] of the leg that did not like it.
    pub fn answer(self, response: &Response, now: UnixTime) -> Result<Turn, Error> {
        let proof = match self.0 {
            Sent::Tokens(ask, kept) => ask.answer(response, now)?.proof(kept.as_ref(), now)?,
            Sent::Keys(ask) => ask.answer(response)?,
        };
        Ok(proof.into())
    }
}

impl Verify {
    /// The algorithm.
    #[must_use]
    pub fn alg(&self) -> Algorithm {
        self.0.alg()
    }

    /// The server's key, as JSON.
    #[must_use]
    pub fn jwk(&self) -> &str {
        self.0.jwk()
    }

    /// What was signed.
    #[must_use]
    pub fn input(&self) -> &str {
        self.0.input()
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signature()
    }

    /// Takes the verdict.
    ///
    /// # Errors
    ///
    /// The [`Error`] of a bad signature that no other key can have made.
    ///
    /// # Security
    ///
    /// As with [`AwaitingVerdict::answer`]: `true` means that the signature was verified.
    pub fn answer(self, is_good: bool) -> Result<Turn, Error> {
        Ok(self.0.answer(is_good)?.into())
    }
}

impl From<Proof> for Turn {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Keys(ask) => Self::Send(Send(Sent::Keys(ask))),
            Proof::Signature(ask) => Self::Verify(Verify(ask)),
            Proof::Done(tokens) => Self::Done(tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{NOW, accepted, claims, json_response, jwks, tokens};
    use crate::wire::jws::{assemble, signing_input};

    fn sent(turn: Turn) -> Send {
        match turn {
            Turn::Send(ask) => ask,
            Turn::Verify(_) | Turn::Done(_) => panic!("nothing to send"),
        }
    }

    fn token_response() -> Response {
        let input = signing_input(Algorithm::Rs256, "k1", "JWT", &claims().to_json());
        let id_token = assemble(&input, b"signature");
        let body = alloc::format!(
            r#"{{"access_token":"at","token_type":"Bearer","expires_in":3600,"id_token":"{id_token}"}}"#
        );
        json_response(200, &body)
    }

    fn verdict(kept: Option<Jwks>) -> Verify {
        let mut turn = accepted().finish(kept);
        loop {
            turn = match turn {
                Turn::Send(ask) if ask.request().url.ends_with("/oauth2/token") => {
                    ask.answer(&token_response(), NOW).unwrap()
                }
                Turn::Send(ask) => ask.answer(&json_response(200, &jwks(&["k1"])), NOW).unwrap(),
                Turn::Verify(ask) => return ask,
                Turn::Done(_) => panic!("tokens without a verdict"),
            }
        }
    }

    #[test]
    fn a_login_asks_for_tokens_then_keys_then_a_verdict() {
        let ask = sent(accepted().finish(None));
        assert_eq!(ask.request().url, "https://as.test/oauth2/token");
        assert!(ask.is_fresh());
        let ask = sent(ask.answer(&token_response(), NOW).unwrap());
        assert_eq!(ask.request().url, "https://as.test/oauth2/jwks");
        assert!(!ask.is_fresh());
        let ask = match verdict(None).answer(true).unwrap() {
            Turn::Done(done) => done,
            Turn::Send(_) | Turn::Verify(_) => panic!("not done"),
        };
        assert_eq!(*ask, tokens());
    }

    #[test]
    fn kept_keys_save_a_turn_and_a_bad_verdict_ends_the_login() {
        let kept = Jwks::parse(jwks(&["k1"]).as_bytes()).unwrap();
        let next = sent(accepted().finish(Some(kept.clone()))).answer(&token_response(), NOW);
        assert!(matches!(next, Ok(Turn::Verify(_))));
        let error = verdict(Some(kept)).answer(false).unwrap_err();
        assert_eq!(error.code(), "id_token_signature");
    }

    #[test]
    fn a_refused_code_ends_the_login_with_its_reason() {
        let refusal = json_response(400, r#"{"error":"invalid_grant"}"#);
        let error = sent(accepted().finish(None)).answer(&refusal, NOW).unwrap_err();
        assert_eq!(error.code(), "grant_invalid");
    }
}
