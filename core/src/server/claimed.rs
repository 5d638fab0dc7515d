//! Who a request says it is from, before anybody believes it.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::authenticate::Presented;
use super::handle::{AuthorizationServer, Route};
use super::policy::Registration;
use super::reply;
use super::turn::Turn;
use crate::time::UnixTime;
use crate::wire::form::Form;
use crate::wire::http::{Method, Request};

/// Who somebody says they are, of whom proof is asked.
///
/// # Security
///
/// What to count failures by, together with where they come from: of an IPv6 address its first 64
/// bits, for the rest is the sender's choice. By the name alone anybody could lock anybody else out.
#[derive(Clone, Eq, Hash, PartialEq)]
pub enum Claimed {
    /// A client, by its `client_id`, which need not exist.
    Client(String),
    /// A person, by the username, which need not exist.
    Person(String),
    /// Somebody who may register clients.
    Registrar,
}

/// Many a username is an address.
impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client(_) => "Client(..)",
            Self::Person(_) => "Person(..)",
            Self::Registrar => "Registrar",
        })
    }
}

impl AuthorizationServer {
    /// Which client, or whoever registers one, a request says it is from, if it has to prove it; for a
    /// host that lets nobody try who has failed too often. People are asked about by
    /// [`Turn::SignIn`].
    #[must_use]
    pub fn claimed(&self, request: &Request) -> Option<Claimed> {
        match self.route(request.path())? {
            Route::Token | Route::OwnToken(_)
                if request.method == Method::Post && request.is_form() =>
            {
                let form = Form::parse(&request.body).ok()?;
                let presented = Presented::parse(&request.headers, &form).ok()?;
                Some(Claimed::Client(presented.client_id))
            }
            Route::Register => {
                let query = Form::parse(request.query().as_bytes()).unwrap_or_default();
                match query.one("client_id").unwrap_or_default() {
                    Some(client_id) => Some(Claimed::Client(client_id.into())),
                    None => match self.policy.registration {
                        Registration::Token(_) => Some(Claimed::Registrar),
                        Registration::Off | Registration::Open => None,
                    },
                }
            }
            Route::Token
            | Route::OwnToken(_)
            | Route::Authorize
            | Route::Login
            | Route::Consent
            | Route::Door(_)
            | Route::ResourceMetadata(_)
            | Route::Jwks
            | Route::Metadata
            | Route::Logout
            | Route::Developer => None,
        }
    }

    /// The answer to somebody who has failed too often and may try again after `wait`: 429, and
    /// nothing is looked at ([RFC 6585 §4](https://www.rfc-editor.org/rfc/rfc6585#section-4)).
    pub fn too_many(&self, request: &Request, now: UnixTime, wait: Duration) -> Turn<'_> {
        reply::too_many(&self.call(request, now), wait)
    }
}
