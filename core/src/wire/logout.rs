//! A client asks the server to sign a person out
//! ([OpenID Connect RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)).

use alloc::string::String;
use core::fmt;

use super::form::{self, Form, Repeated};
use crate::secret::Secret;

/// A request to sign out; everything in it may be missing.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct LogoutRequest {
    /// The ID token of the person, so that the server knows who and from where.
    pub id_token_hint: Option<Secret>,
    /// The client that asks.
    pub client_id: Option<String>,
    /// Where the person goes afterwards.
    pub post_logout_redirect_uri: Option<String>,
    /// What comes back unchanged.
    pub state: Option<String>,
}

impl LogoutRequest {
    /// Reads a query or a body.
    ///
    /// # Errors
    ///
    /// [`Repeated`] if a parameter is there twice.
    pub fn read(form: &Form) -> Result<Self, Repeated> {
        let one = |name| form.one(name).map(|text| text.map(String::from));
        Ok(Self {
            id_token_hint: form.one("id_token_hint")?.map(Secret::new),
            client_id: one("client_id")?,
            post_logout_redirect_uri: one("post_logout_redirect_uri")?,
            state: one("state")?,
        })
    }

    /// The query, without `?`.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = String::new();
        for (name, value) in [
            ("id_token_hint", self.id_token_hint.as_ref().map(Secret::expose)),
            ("client_id", self.client_id.as_deref()),
            ("post_logout_redirect_uri", self.post_logout_redirect_uri.as_deref()),
            ("state", self.state.as_deref()),
        ] {
            if let Some(value) = value {
                form::push(&mut query, name, value);
            }
        }
        query
    }
}

/// `state` is the app's own business, so it does not print.
impl fmt::Debug for LogoutRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutRequest")
            .field("id_token_hint", &self.id_token_hint)
            .field("client_id", &self.client_id)
            .field("post_logout_redirect_uri", &self.post_logout_redirect_uri)
            .finish_non_exhaustive()
    }
}

/// The address to go to afterwards: `post_logout_redirect_uri` with `state` added, if it was sent.
#[must_use]
pub fn after(post_logout_redirect_uri: &str, state: Option<&str>) -> String {
    let mut query = String::new();
    if let Some(state) = state {
        form::push(&mut query, "state", state);
    }
    let mut url = String::from(post_logout_redirect_uri);
    form::extend(&mut url, &query);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_and_writes_back() {
        let asked = LogoutRequest {
            id_token_hint: Some(Secret::new("e.y.J")),
            client_id: Some("app".into()),
            post_logout_redirect_uri: Some("https://app.test/bye?x=1".into()),
            state: Some("a b".into()),
        };
        let query = asked.to_query();
        assert!(!alloc::format!("{asked:?}").contains("a b"));
        assert_eq!(LogoutRequest::read(&Form::parse(query.as_bytes()).unwrap()), Ok(asked));
        let none = LogoutRequest::read(&Form::default()).unwrap();
        assert_eq!(none.to_query(), "");
        let twice = Form::parse(b"state=a&state=b").unwrap();
        assert_eq!(LogoutRequest::read(&twice), Err(Repeated));
    }

    #[test]
    fn the_state_comes_back_only_if_it_was_sent() {
        assert_eq!(after("https://app.test/bye", None), "https://app.test/bye");
        assert_eq!(after("https://app.test/bye", Some("a b")), "https://app.test/bye?state=a+b");
        let kept = after("https://app.test/bye?x=1", Some("s"));
        assert_eq!(kept, "https://app.test/bye?x=1&state=s");
    }
}
