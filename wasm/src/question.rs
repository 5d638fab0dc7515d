//! What the facade asks, and what every answer is made of.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use grantflow::base64url;
use grantflow::client::{Asked, Credentials, Identity, Profile, Prompt, ReturnTo, Seed};
#[cfg(feature = "session")]
use grantflow::entropy::Entropy;
use grantflow::scope::ScopeSet;
use grantflow::wire::http::{Headers, Response};
use grantflow::wire::json::{Object, Value, Writer};

use crate::fault::Fault;

/// What the facade asks or says: its arguments by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'q>(pub(crate) Object<'q>);

impl Question<'_> {
    /// A string; one that is not there is as good as an empty one, which the core refuses.
    pub(crate) fn text(self, name: &str) -> String {
        self.maybe(name).unwrap_or_default()
    }

    pub(crate) fn maybe(self, name: &str) -> Option<String> {
        self.0.get(name).and_then(Value::string).map(Into::into)
    }

    pub(crate) fn is(self, name: &str) -> bool {
        self.0.get(name).and_then(Value::boolean) == Some(true)
    }

    /// A number that is not negative; a host's clock has fractions, which are dropped.
    pub(crate) fn whole(self, name: &'static str) -> Result<Option<u64>, Fault> {
        match self.0.get(name) {
            Some(value) => value.whole().map(Some).ok_or(Fault::Misuse(name)),
            None => Ok(None),
        }
    }

    pub(crate) fn profile(self) -> Result<Profile, Fault> {
        let (issuer, id, uri) =
            (self.text("issuer"), self.text("clientId"), self.text("redirectUri"));
        Ok(Profile::new(&issuer, &id, &uri, Credentials::Public)?)
    }

    pub(crate) fn response(self, body: Vec<u8>) -> Result<Response, Fault> {
        let status = self.whole("status")?.and_then(|status| status.try_into().ok());
        let mut headers = Headers::new().with("content-type", self.text("contentType"));
        if let Some(value) = self.maybe("retryAfter") {
            headers.push("retry-after", value);
        }
        if let Some(value) = self.maybe("dpopNonce") {
            headers.push("dpop-nonce", value);
        }
        Ok(Response { status: status.ok_or(Fault::Misuse("status"))?, headers, body })
    }

    pub(crate) fn seed(self) -> Result<Seed, Fault> {
        self.random().map(Seed::new)
    }

    #[cfg(feature = "session")]
    pub(crate) fn entropy(self) -> Result<Entropy, Fault> {
        self.random().map(Entropy::new)
    }

    fn random(self) -> Result<[u8; 32], Fault> {
        let seed = base64url::decode(&self.text("seed")).and_then(|bytes| bytes.try_into().ok());
        seed.ok_or(Fault::Misuse("seed"))
    }

    pub(crate) fn asked(self) -> Result<Asked, Fault> {
        let scope = ScopeSet::parse(&self.text("scope")).map_err(|_| Fault::Misuse("scope"))?;
        let return_to = ReturnTo::parse(&self.text("returnTo"))?;
        let prompt = match self.maybe("prompt") {
            Some(word) => Some(Prompt::parse(&word).ok_or(Fault::Misuse("prompt"))?),
            None => None,
        };
        let max_age = self.whole("maxAge")?.map(Duration::from_secs);
        let login_hint = self.maybe("loginHint");
        let resources = self.strings("resources");
        Ok(Asked { return_to, prompt, max_age, login_hint, resources, ..Asked::of(scope) })
    }

    pub(crate) fn strings(self, name: &str) -> Vec<String> {
        let mut all = Vec::new();
        if let Some(values) = self.0.get(name).and_then(Value::array) {
            for value in values {
                if let Some(text) = value.string() {
                    all.push(text.into_owned());
                }
            }
        }
        all
    }
}

/// An object that says what it is.
pub(crate) fn kind(name: &str) -> Writer {
    Writer::object().string("kind", name)
}

/// Who signed in.
pub(crate) fn user(Identity { iss, sub, claims, .. }: &Identity) -> String {
    Writer::object().string("iss", iss).string("sub", sub).raw("claims", claims.expose()).finish()
}
