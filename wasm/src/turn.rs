//! What a login asks of its host once the user is back.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use grantflow::base64url;
use grantflow::client::{Identity, KnownKeys, Send, Tokens, Turn as Next, Verify};
use grantflow::secret::Secret;
use grantflow::wire::http::{Headers, Response};
use grantflow::wire::json::Writer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fault::{fault, used};
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

    fn take(&mut self) -> Result<Next, JsValue> {
        self.0.take().map(|next| *next).ok_or_else(used)
    }
}

#[wasm_bindgen]
impl Turn {
    /// What the host needs for its answer, or the tokens, as JSON; nothing once answered.
    ///
    /// One text, because each getter would be half a kilobyte of wasm and glue.
    #[must_use]
    pub fn facts(&self) -> String {
        match self.0.as_deref() {
            Some(Next::Send(ask)) => send(ask),
            Some(Next::Verify(ask)) => verify(ask),
            Some(Next::Done(tokens)) => done(tokens),
            // A page's client has no key to sign with.
            Some(Next::Sign(_)) | None => String::new(),
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
    ) -> Result<Self, JsValue> {
        let response = response(status, content_type, body);
        match self.take()? {
            // Between two logins of a page it is the browser that caches.
            Next::Send(ask) => ask
                .answer(&response, &mut KnownKeys::new(), seconds(now))
                .map(Self::new)
                .map_err(|error| fault(&error)),
            Next::Sign(_) | Next::Verify(_) | Next::Done(_) => Err(used()),
        }
    }

    /// Takes the verdict on the signature.
    ///
    /// # Errors
    ///
    /// The core's, or `already_used`.
    pub fn judge(&mut self, good: bool) -> Result<Self, JsValue> {
        match self.take()? {
            Next::Verify(ask) => ask.answer(good).map(Self::new).map_err(|error| fault(&error)),
            Next::Send(_) | Next::Sign(_) | Next::Done(_) => Err(used()),
        }
    }
}

fn send(ask: &Send) -> String {
    let request = ask.request();
    Writer::object()
        .string("kind", "send")
        .string("url", &request.url)
        .string("body", core::str::from_utf8(&request.body).unwrap_or_default())
        .boolean("fresh", ask.is_fresh())
        .finish()
}

fn verify(ask: &Verify) -> String {
    Writer::object()
        .string("kind", "verify")
        .string("alg", ask.alg().name())
        .string("jwk", ask.jwk())
        .string("input", ask.input())
        .string("signature", &base64url::encode(ask.signature()))
        .finish()
}

fn done(tokens: &Tokens) -> String {
    let mut all = Writer::object()
        .string("kind", "done")
        .string("accessToken", tokens.access_token.expose())
        .string("scope", &tokens.scope.to_text())
        .string("returnTo", &tokens.return_to)
        .maybe("refreshToken", tokens.refresh_token.as_ref().map(Secret::expose))
        .maybe("idToken", tokens.id_token.as_ref().map(Secret::expose));
    if let Some(at) = tokens.expires_at {
        all = all.integer("expiresAt", at.as_secs());
    }
    if let Some(Identity { iss, sub, claims, .. }) = &tokens.identity {
        let user = Writer::object().string("iss", iss).string("sub", sub);
        all = all.raw("user", &user.raw("claims", claims.expose()).finish());
    }
    all.finish()
}
