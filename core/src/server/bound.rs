//! A request is bound to a client, and to where that client is answered.
//!
//! Until both are good there is nowhere safe to redirect to, so a refusal stays on the server's own
//! page. `Bound` is the proof that they are; nothing else can redirect.

use alloc::string::String;

use super::client::Client;
use super::policy::Policy;
use super::reply;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::callback::{Callback, ResponseMode};
use crate::wire::error::ErrorBody;
use crate::wire::form::Form;
use crate::wire::http::Response;

/// Why a request is bound to nobody, in the order the checks run. None of these redirects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BindError {
    /// Not a form, or too large, or parameters both in the query and in the body of a POST.
    Malformed,
    /// No `client_id`.
    MissingClientId,
    /// `client_id` names nobody, or is there twice.
    UnknownClient,
    /// No `redirect_uri`.
    MissingRedirectUri,
    /// `redirect_uri` is none of the client's, byte for byte, or is there twice.
    WrongRedirectUri,
}

/// Where the answer goes, and how.
#[derive(Clone, Debug)]
pub(crate) struct Back {
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) mode: ResponseMode,
}

/// A request whose client and redirect URI are good: the only value that can redirect.
pub(crate) struct Bound {
    client: Client,
    back: Back,
}

impl Bound {
    /// Binds a request to the client found in the store.
    pub(crate) fn bind(
        client: Option<Client>,
        back: Back,
        now: UnixTime,
    ) -> Result<Self, BindError> {
        let client = client.filter(|client| client.is_known(now));
        let client = client.ok_or(BindError::UnknownClient)?;
        if !client.may_be_answered_at(&back.redirect_uri) {
            return Err(BindError::WrongRedirectUri);
        }
        Ok(Self { client, back })
    }

    /// The same for a request as it came.
    pub(crate) fn read(
        client: Option<Client>,
        form: &Form,
        now: UnixTime,
    ) -> Result<Self, BindError> {
        let client = client.ok_or(BindError::UnknownClient)?;
        let redirect_uri = form.one("redirect_uri").map_err(|_| BindError::WrongRedirectUri)?;
        let redirect_uri = redirect_uri.ok_or(BindError::MissingRedirectUri)?.into();
        // What is there twice is nobody's; the refusal that follows goes without.
        let state = form.one("state").unwrap_or_default().map(Into::into);
        let mode = form.one("response_mode").unwrap_or_default().and_then(ResponseMode::parse);
        let mode = mode.unwrap_or(ResponseMode::Query);
        Self::bind(Some(client), Back { redirect_uri, state, mode }, now)
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) const fn back(&self) -> &Back {
        &self.back
    }

    /// Sends the browser back with `answer`, then `state` if it was sent, then `iss`
    /// ([RFC 9207 §2](https://www.rfc-editor.org/rfc/rfc9207#section-2)).
    pub(crate) fn answer(self, policy: &Policy, answer: Result<Secret, ErrorBody>) -> Response {
        let Back { redirect_uri, state, mode } = self.back;
        let callback = Callback { state, iss: Some(policy.issuer.as_str().into()), answer };
        match mode {
            ResponseMode::Query => reply::redirect(callback.to_url(&redirect_uri)),
            ResponseMode::FormPost => reply::form_post(callback.to_page(&redirect_uri)),
        }
    }
}
