//! What a login asks of its host once the user is back; a host is a loop over it.
//!
//! ```
//! # use grantflow::client::{Error, KnownKeys, PrivateKey, Tokens, Turn, Verify};
//! # use grantflow::entropy::Entropy;
//! # use grantflow::time::UnixTime;
//! # use grantflow::wire::http::{Request, Response};
//! # fn host(mut turn: Turn, send: impl Fn(&Request) -> Response, random: impl Fn() -> Entropy,
//! #         sign: impl Fn(&PrivateKey, &str) -> Vec<u8>, verify: impl Fn(&Verify) -> bool,
//! #         known: &mut KnownKeys, now: UnixTime) -> Result<Tokens, Error> {
//! loop {
//!     turn = match turn {
//!         Turn::Send(ask) => {
//!             let response = send(ask.request());
//!             ask.answer(&response, known, now)?
//!         }
//!         Turn::Sign(ask) => {
//!             let ask = ask.assertion(&random(), now);
//!             let signature = sign(ask.key(), ask.input());
//!             ask.answer(&signature)
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
use super::credentials::{AwaitingSignature, Outgoing, PrivateKey, Unsigned};
use super::identity::{AwaitingKeys, AwaitingVerdict, Proof};
use super::keys::KnownKeys;
use super::redeem::{Accepted, AwaitingTokens};
use super::resource::Tokens;
use crate::entropy::Entropy;
use crate::key::Algorithm;
use crate::states::State;
use crate::time::UnixTime;
use crate::wire::http::{Request, Response};

/// What a login needs next.
#[must_use]
#[derive(Debug)]
pub enum Turn {
    /// Send a request and bring the response.
    Send(Send),
    /// Sign who the client is; asked only of a client with a key.
    Sign(Sign),
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
    Tokens(Box<AwaitingTokens>),
    Keys(Box<AwaitingKeys>),
}

/// A request that the client signs.
#[derive(Debug)]
pub struct Sign(Box<Unsigned<AwaitingTokens>>);

/// A signature that the login waits for.
#[derive(Debug)]
pub struct Signing(Box<AwaitingSignature<AwaitingTokens>>);

/// A signature whose verdict the login waits for.
#[derive(Debug)]
pub struct Verify(Box<AwaitingVerdict>);

impl Turn {
    /// Where the login is, in the table of [transitions](crate::states::TRANSITIONS).
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::Send(Send(Sent::Tokens(_))) => State::AwaitingTokens,
            Self::Send(Send(Sent::Keys(_))) => State::AwaitingKeys,
            Self::Sign(_) => State::AwaitingSignature,
            Self::Verify(_) => State::AwaitingVerdict,
            Self::Done(_) => State::Done,
        }
    }
}

impl Accepted {
    /// Finishes the login, step by step.
    pub fn finish(self) -> Turn {
        match self.exchange() {
            Outgoing::Send(ask) => ask.into(),
            Outgoing::Sign(ask) => Turn::Sign(Sign(Box::new(ask))),
        }
    }
}

impl Send {
    /// What to send.
    #[must_use]
    pub fn request(&self) -> &Request {
        match &self.0 {
            Sent::Tokens(ask) => ask.request(),
            Sent::Keys(ask) => ask.request(),
        }
    }

    /// Whether no cache may answer.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        match &self.0 {
            Sent::Tokens(_) => true,
            Sent::Keys(ask) => ask.is_refetch(),
        }
    }

    /// Takes the response, and notes in `known` what keys the server has.
    ///
    /// # Errors
    ///
    /// The [`Error`] of the leg that did not like it.
    pub fn answer(
        self,
        response: &Response,
        known: &mut KnownKeys,
        now: UnixTime,
    ) -> Result<Turn, Error> {
        let proof = match self.0 {
            Sent::Tokens(ask) => ask.answer(response, now)?.proof(known, now)?,
            Sent::Keys(ask) => ask.answer(response, known, now)?,
        };
        Ok(proof.into())
    }
}

impl Sign {
    /// Says what is to be signed, good for this one request.
    #[must_use]
    pub fn assertion(self, entropy: &Entropy, now: UnixTime) -> Signing {
        Signing(Box::new(self.0.assertion(entropy, now)))
    }
}

impl Signing {
    /// What to sign with.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        self.0.key()
    }

    /// What to sign.
    #[must_use]
    pub fn input(&self) -> &str {
        self.0.input()
    }

    /// Takes the signature.
    pub fn answer(self, signature: &[u8]) -> Turn {
        self.0.answer(signature).into()
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

impl From<AwaitingTokens> for Turn {
    fn from(ask: AwaitingTokens) -> Self {
        Self::Send(Send(Sent::Tokens(Box::new(ask))))
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
    use crate::client::credentials::Credentials;
    use crate::client::testing::{NOW, accepted, claims, json_response, jwks, tokens};
    use crate::wire::form::Form;
    use crate::wire::jwks::Jwks;
    use crate::wire::jws::{assemble, signing_input};

    fn sent(turn: Turn) -> Send {
        match turn {
            Turn::Send(ask) => ask,
            Turn::Sign(_) | Turn::Verify(_) | Turn::Done(_) => panic!("nothing to send"),
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

    fn verdict(known: &mut KnownKeys) -> Verify {
        let mut turn = accepted().finish();
        loop {
            turn = match turn {
                Turn::Send(ask) if ask.request().url.ends_with("/oauth2/token") => {
                    ask.answer(&token_response(), known, NOW).unwrap()
                }
                Turn::Send(ask) => {
                    ask.answer(&json_response(200, &jwks(&["k1"])), known, NOW).unwrap()
                }
                Turn::Verify(ask) => return ask,
                Turn::Sign(_) | Turn::Done(_) => panic!("tokens without a verdict"),
            }
        }
    }

    #[test]
    fn a_login_asks_for_tokens_then_keys_then_a_verdict() {
        let mut known = KnownKeys::new();
        let ask = sent(accepted().finish());
        assert_eq!(ask.request().url, "https://as.test/oauth2/token");
        assert!(ask.is_fresh());
        let ask = sent(ask.answer(&token_response(), &mut known, NOW).unwrap());
        assert_eq!(ask.request().url, "https://as.test/oauth2/jwks");
        assert!(!ask.is_fresh());
        let ask = match verdict(&mut known).answer(true).unwrap() {
            Turn::Done(done) => done,
            Turn::Send(_) | Turn::Sign(_) | Turn::Verify(_) => panic!("not done"),
        };
        assert_eq!(*ask, tokens());
    }

    #[test]
    fn known_keys_save_a_turn_and_a_bad_verdict_ends_the_login() {
        let mut known = KnownKeys::new();
        let error = verdict(&mut known).answer(false).unwrap_err();
        assert_eq!(error.code(), "id_token_signature");
        let next = sent(accepted().finish()).answer(&token_response(), &mut known, NOW);
        assert!(matches!(next, Ok(Turn::Verify(_))), "the first login has seen the keys");
    }

    #[test]
    fn a_88_a_storm_of_unknown_keys_is_one_fetch() {
        let mut known = KnownKeys::new();
        known.put("https://as.test/oauth2/jwks".into(), Jwks::default(), NOW, false);
        let mut fetches = 0;
        for _ in 0..20 {
            let next = sent(accepted().finish()).answer(&token_response(), &mut known, NOW);
            let error = match next {
                Ok(Turn::Send(ask)) => {
                    fetches += 1;
                    ask.answer(&json_response(200, &jwks(&["k0"])), &mut known, NOW).unwrap_err()
                }
                Ok(_) => panic!("a signature by a key that nobody knows"),
                Err(error) => error,
            };
            assert_eq!(error.code(), "key_not_found");
        }
        assert_eq!(fetches, 1);
    }

    #[test]
    fn a_client_with_a_key_signs_first() {
        let key = PrivateKey { alg: Algorithm::Es256, kid: "mine".into() };
        let mut accepted = accepted();
        accepted.credentials = Credentials::PrivateKey(key.clone());
        let Turn::Sign(ask) = accepted.finish() else { panic!("nothing to sign") };
        let ask = ask.assertion(&Entropy::new([1; 32]), NOW);
        assert_eq!(ask.key(), &key);
        let assertion = assemble(ask.input(), b"by me");
        let ask = sent(ask.answer(b"by me"));
        let form = Form::parse(&ask.request().body).unwrap();
        assert_eq!(form.field("client_assertion"), assertion);
    }

    #[test]
    fn a_refused_code_ends_the_login_with_its_reason() {
        let refusal = json_response(400, r#"{"error":"invalid_grant"}"#);
        let ask = sent(accepted().finish());
        let error = ask.answer(&refusal, &mut KnownKeys::new(), NOW).unwrap_err();
        assert_eq!(error.code(), "grant_invalid");
    }
}
