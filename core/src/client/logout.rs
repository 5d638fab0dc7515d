//! Sending the user to the server to sign out there too
//! ([OpenID Connect RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)).

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::fmt;

use super::profile::Client;
use super::resource::Tokens;
use crate::wire::form::{self, Form};
use crate::wire::logout::LogoutRequest;

/// Where the user goes once signed out.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Farewell<'f> {
    /// A page of the app that the server knows of: `post_logout_redirect_uri`.
    pub page: &'f str,
    /// What comes back with the user, so that the app knows which sign-out is over.
    pub state: Option<&'f str>,
}

/// `state` is the app's own business, so it does not print.
impl fmt::Debug for Farewell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Farewell").field("page", &self.page).finish_non_exhaustive()
    }
}

impl Client {
    /// Where to send the browser so that the user is signed out at the server too; `None` if the
    /// server has no such page. The app forgets the tokens itself, and
    /// [gives them back](Client::revoke) before.
    ///
    /// # Security
    ///
    /// The URL holds the ID token, as the specification has it: send the browser there, and log it
    /// nowhere.
    #[must_use]
    pub fn logout(&self, tokens: &Tokens, farewell: Option<Farewell<'_>>) -> Option<String> {
        self.farewell(Some(tokens), farewell)
    }

    /// The same for a user of whom perhaps only the server knows.
    pub(super) fn farewell(
        &self,
        tokens: Option<&Tokens>,
        farewell: Option<Farewell<'_>>,
    ) -> Option<String> {
        let mut url = self.endpoints.end_session.clone()?;
        let tokens = tokens.filter(|tokens| self.gave(tokens));
        let request = LogoutRequest {
            id_token_hint: tokens.and_then(|tokens| tokens.id_token.clone()),
            client_id: Some(self.profile.client_id.clone()),
            post_logout_redirect_uri: farewell.map(|farewell| farewell.page.to_owned()),
            state: farewell.and_then(|farewell| farewell.state).map(str::to_owned),
        };
        form::extend(&mut url, &request.to_query());
        Some(url)
    }
}

impl Farewell<'_> {
    /// Whether the query of the page says that this is where the user came from. Anybody can open
    /// the page: it may only say that someone is signed out, and sign nobody out.
    #[must_use]
    pub fn is_over(&self, query: &str) -> bool {
        let query = query.strip_prefix('?').unwrap_or(query);
        let Ok(form) = Form::parse(query.as_bytes()) else { return false };
        form.one("state") == Ok(self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{client, metadata, profile, tokens};
    use crate::wire::discovery::ServerMetadata;
    use crate::wire::logout::after;

    fn at(page: &str) -> Client {
        let metadata = ServerMetadata { end_session_endpoint: Some(page.into()), ..metadata() };
        Client::new(profile(), metadata).unwrap()
    }

    const FAREWELL: Farewell<'_> = Farewell { page: "https://app.test/bye", state: Some("a b") };

    #[test]
    fn the_server_is_told_who_leaves_and_where_to() {
        let url = at("https://as.test/logout").logout(&tokens(), Some(FAREWELL)).unwrap();
        let (page, query) = url.split_once('?').unwrap();
        assert_eq!(page, "https://as.test/logout");
        let asked = LogoutRequest::read(&Form::parse(query.as_bytes()).unwrap()).unwrap();
        assert_eq!(asked.id_token_hint, tokens().id_token);
        assert_eq!(asked.client_id.as_deref(), Some("app"));
        assert_eq!(asked.post_logout_redirect_uri.as_deref(), Some(FAREWELL.page));
        assert_eq!(asked.state.as_deref(), FAREWELL.state);
        let url = at("https://as.test/logout?tenant=1").logout(&tokens(), None).unwrap();
        assert!(url.starts_with("https://as.test/logout?tenant=1&id_token_hint="));
        assert!(!url.contains("post_logout"));
        assert_eq!(client().logout(&tokens(), None), None);
    }

    #[test]
    fn the_user_who_comes_back_brings_the_state_along() {
        let back = after(FAREWELL.page, FAREWELL.state);
        let (_, query) = back.split_once('?').unwrap();
        assert!(FAREWELL.is_over(query) && FAREWELL.is_over(&alloc::format!("?{query}")));
        assert!(!FAREWELL.is_over("state=other") && !FAREWELL.is_over(""));
        assert!(!alloc::format!("{FAREWELL:?}").contains("state"));
        assert!(!FAREWELL.is_over("state=a+b&state=a+b"));
    }
}
