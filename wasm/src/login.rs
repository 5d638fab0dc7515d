//! One login, from the configuration to the tokens: each method converts, calls the core, converts.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use grantflow::client::{Asked, AwaitingCallback, Credentials, Prompt, ReturnTo, Seed, discover};
use grantflow::scope::ScopeSet;
use grantflow::time::UnixTime;
use grantflow::wire::json::Writer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fault::{fault, misuse, refusal};
use crate::turn::Turn;

/// An app and its server, as configured.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Profile(grantflow::client::Profile);

/// An app that knows its server.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client(grantflow::client::Client);

/// Whole seconds; a host's clock has fractions.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub(crate) const fn seconds(now: f64) -> UnixTime {
    UnixTime::from_secs(now as u64)
}

/// The name of the record that a callback answers; nothing if it has no `state`.
///
/// # Errors
///
/// The core's, for a query that cannot be read.
#[wasm_bindgen(js_name = "keyOf")]
pub fn key_of(query: &str) -> Result<Option<String>, JsValue> {
    grantflow::client::storage_key_of(query).map_err(|error| fault(&error.into()))
}

#[wasm_bindgen]
impl Profile {
    /// Takes a public client's configuration.
    ///
    /// # Errors
    ///
    /// The core's.
    #[wasm_bindgen(constructor)]
    pub fn new(issuer: &str, client_id: &str, redirect_uri: &str) -> Result<Self, JsValue> {
        grantflow::client::Profile::new(issuer, client_id, redirect_uri, Credentials::Public)
            .map(Self)
            .map_err(|error| fault(&error.into()))
    }

    /// Where the server says what it can do.
    #[must_use]
    #[wasm_bindgen(js_name = "metadataUrl")]
    pub fn metadata_url(&self) -> String {
        self.0.issuer().endpoint(discover::METADATA_PATH)
    }

    /// Receives what the server says.
    ///
    /// # Errors
    ///
    /// The core's.
    pub fn discover(&self, status: u16, body: Vec<u8>) -> Result<Client, JsValue> {
        let response = crate::turn::response(status, "", body);
        let found = self.0.clone().discover().answer(&response);
        found.map(Client).map_err(|error| fault(&error.into()))
    }
}

#[wasm_bindgen]
impl Client {
    /// Begins a login: where to send the browser, and what to store before it leaves, as JSON.
    ///
    /// # Errors
    ///
    /// `config_invalid` and the name of the argument that cannot be.
    #[expect(clippy::too_many_arguments, reason = "an object would cost a getter for each member")]
    pub fn login(
        &self,
        seed: &[u8],
        scope: &str,
        return_to: &str,
        prompt: Option<String>,
        max_age: Option<f64>,
        login_hint: Option<String>,
        now: f64,
    ) -> Result<String, JsValue> {
        let seed = seed.try_into().map_err(|_| misuse("seed"))?;
        let scope = ScopeSet::parse(scope).map_err(|_| misuse("scope"))?;
        let return_to = ReturnTo::parse(return_to).map_err(|error| fault(&error.into()))?;
        let prompt = match prompt {
            Some(word) => Some(Prompt::parse(&word).ok_or_else(|| misuse("prompt"))?),
            None => None,
        };
        let max_age = max_age.map(|age| Duration::from_secs(seconds(age).as_secs()));
        let asked = Asked { return_to, prompt, max_age, login_hint, ..Asked::of(scope) };
        let redirect = self.0.login(Seed::new(seed), asked, seconds(now));
        Ok(Writer::object()
            .string("url", &redirect.url)
            .string("key", &redirect.login.storage_key())
            .string("record", &redirect.login.encode())
            .finish())
    }

    /// Receives the redirect back.
    ///
    /// # Errors
    ///
    /// The core's; with `kept` if the record still waits for another callback.
    pub fn accept(&self, record: &str, query: &str, now: f64) -> Result<Turn, JsValue> {
        let login = AwaitingCallback::decode(record).map_err(|error| fault(&error.into()))?;
        match login.accept(&self.0, query, seconds(now)) {
            Ok(accepted) => Ok(Turn::new(accepted.finish())),
            Err(refused) => Err(refusal(&refused.error.into(), refused.kept.is_some())),
        }
    }

    /// Where a user signs out, if the server has such a page.
    #[must_use]
    #[wasm_bindgen(js_name = "endSession")]
    pub fn end_session(&self) -> Option<String> {
        self.0.end_session_endpoint().map(str::to_owned)
    }
}
