//! What a login asks of its host once the user is back.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use grantflow::client::{Identity, Tokens, Turn as Next};
use grantflow::wire::http::{Headers, Request, Response};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fault::{Fault, fault, used};
use crate::login::seconds;

/// A request to send, a signature to judge, or the tokens; each can be answered once.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Turn(Option<Box<Next>>);

pub(crate) fn response(status: u16, content_type: &str, body: Vec<u8>) -> Response {
    let headers = Headers::new().with("content-type", content_type);
    Response { status, headers, body }
}

impl Turn {
    pub(crate) fn new(next: Next) -> Self {
        Self(Some(Box::new(next)))
    }

    fn take(&mut self) -> Result<Next, Fault> {
        self.0.take().map(|next| *next).ok_or_else(used)
    }

    fn request(&self) -> Option<&Request> {
        match self.0.as_deref()? {
            Next::Send(ask) => Some(ask.request()),
            Next::Verify(_) | Next::Done(_) => None,
        }
    }

    fn tokens(&self) -> Option<&Tokens> {
        match self.0.as_deref()? {
            Next::Done(tokens) => Some(tokens),
            Next::Send(_) | Next::Verify(_) => None,
        }
    }

    fn identity(&self, member: impl Fn(&Identity) -> &str) -> Option<String> {
        Some(member(self.tokens()?.identity.as_ref()?).to_owned())
    }
}

#[wasm_bindgen]
impl Turn {
    /// `send`, `verify`, `done`; nothing once answered.
    #[must_use]
    pub fn kind(&self) -> u8 {
        match self.0.as_deref() {
            Some(Next::Send(_)) => 1,
            Some(Next::Verify(_)) => 2,
            Some(Next::Done(_)) => 3,
            None => 0,
        }
    }

    /// Where to send the request.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.request().map(|request| request.url.clone())
    }

    /// What to send; a `GET` has nothing.
    #[must_use]
    pub fn body(&self) -> Option<Vec<u8>> {
        self.request().map(|request| request.body.clone())
    }

    /// Whether no cache may answer.
    #[must_use]
    pub fn fresh(&self) -> bool {
        match self.0.as_deref() {
            Some(Next::Send(ask)) => ask.is_fresh(),
            Some(Next::Verify(_) | Next::Done(_)) | None => false,
        }
    }

    /// Takes the response.
    ///
    /// # Errors
    ///
    /// The core's, or `already_used`.
    pub fn answer(
        &mut self,
        status: u16,
        content_type: &str,
        body: Vec<u8>,
        now: f64,
    ) -> Result<Self, Fault> {
        let response = response(status, content_type, body);
        match self.take()? {
            Next::Send(ask) => {
                ask.answer(&response, seconds(now)).map(Self::new).map_err(|error| fault(&error))
            }
            Next::Verify(_) | Next::Done(_) => Err(used()),
        }
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn alg(&self) -> Option<String> {
        match self.0.as_deref()? {
            Next::Verify(ask) => Some(ask.alg().name().to_owned()),
            Next::Send(_) | Next::Done(_) => None,
        }
    }

    /// The server's key, as JSON.
    #[must_use]
    pub fn jwk(&self) -> Option<String> {
        match self.0.as_deref()? {
            Next::Verify(ask) => Some(ask.jwk().to_owned()),
            Next::Send(_) | Next::Done(_) => None,
        }
    }

    /// What was signed.
    #[must_use]
    pub fn input(&self) -> Option<String> {
        match self.0.as_deref()? {
            Next::Verify(ask) => Some(ask.input().to_owned()),
            Next::Send(_) | Next::Done(_) => None,
        }
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> Option<Vec<u8>> {
        match self.0.as_deref()? {
            Next::Verify(ask) => Some(ask.signature().to_owned()),
            Next::Send(_) | Next::Done(_) => None,
        }
    }

    /// Takes the verdict on the signature.
    ///
    /// # Errors
    ///
    /// The core's, or `already_used`.
    pub fn judge(&mut self, good: bool) -> Result<Self, Fault> {
        match self.take()? {
            Next::Verify(ask) => ask.answer(good).map(Self::new).map_err(|error| fault(&error)),
            Next::Send(_) | Next::Done(_) => Err(used()),
        }
    }

    /// What opens the resource.
    #[must_use]
    #[wasm_bindgen(js_name = "accessToken")]
    pub fn access_token(&self) -> Option<String> {
        self.tokens().map(|tokens| tokens.access_token.expose().to_owned())
    }

    /// What gets the next one.
    #[must_use]
    #[wasm_bindgen(js_name = "refreshToken")]
    pub fn refresh_token(&self) -> Option<String> {
        self.tokens()?.refresh_token.as_ref().map(|token| token.expose().to_owned())
    }

    /// The proved ID token.
    #[must_use]
    #[wasm_bindgen(js_name = "idToken")]
    pub fn id_token(&self) -> Option<String> {
        self.tokens()?.id_token.as_ref().map(|token| token.expose().to_owned())
    }

    /// The first second at which the access token is dead.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact for the next 285 million years")]
    #[wasm_bindgen(js_name = "expiresAt")]
    pub fn expires_at(&self) -> Option<f64> {
        self.tokens()?.expires_at.map(|at| at.as_secs() as f64)
    }

    /// What was granted, parted by spaces.
    #[must_use]
    pub fn scope(&self) -> Option<String> {
        self.tokens().map(|tokens| tokens.scope.to_text())
    }

    /// Where in the app the user was going.
    #[must_use]
    #[wasm_bindgen(js_name = "returnTo")]
    pub fn return_to(&self) -> Option<String> {
        self.tokens().map(|tokens| tokens.return_to.clone())
    }

    /// The server that says who the user is.
    #[must_use]
    pub fn iss(&self) -> Option<String> {
        self.identity(|identity| &identity.iss)
    }

    /// Its name for the user.
    #[must_use]
    pub fn sub(&self) -> Option<String> {
        self.identity(|identity| &identity.sub)
    }

    /// Every claim, as JSON.
    #[must_use]
    pub fn claims(&self) -> Option<String> {
        self.identity(|identity| identity.claims.expose())
    }
}
