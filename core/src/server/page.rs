//! What a person sees, as data; a host draws it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::client::Links;
use crate::wire::http::Headers;

pub use self::developer::{
    App, AppForm, DeveloperPage, FormProblem, RegisteredPage, UriWarning, WarningKind,
};

mod developer;

/// A page to draw, and the head to send it with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Show {
    /// What to draw.
    pub page: Page,
    /// Status code.
    pub status: u16,
    /// Header fields, all but `content-type` and `content-security-policy`, which are the host's.
    pub headers: Headers,
}

/// What a person sees. Each form posts its fields by the names given here.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "page", rename_all = "snake_case"))]
pub enum Page {
    /// Who are you? Posts `interaction`, `username`, `password` to [`path::LOGIN`].
    ///
    /// [`path::LOGIN`]: super::path::LOGIN
    Login(LoginPage),
    /// May this app? Posts `interaction`, a `scope` and a `claim` for each box ticked, and `decision`
    /// (`approve` or `deny`) to [`path::CONSENT`].
    ///
    /// [`path::CONSENT`]: super::path::CONSENT
    Consent(Box<ConsentPage>),
    /// Go on to this app? A link, and no form.
    Leave(LeavePage),
    /// Your apps. Posts `interaction`, `action` (`create`, `rotate` or `remove`), and with `create`
    /// `name`, `redirect_uris` (one a line) and `kind` (`confidential` or `public`), with the others
    /// `client_id`, to [`path::DEVELOPER`].
    ///
    /// [`path::DEVELOPER`]: super::path::DEVELOPER
    Developer(DeveloperPage),
    /// Here are your credentials, this once.
    Registered(RegisteredPage),
    /// Sign out? Posts `interaction` to [`path::LOGOUT`].
    ///
    /// [`path::LOGOUT`]: super::path::LOGOUT
    SignOut(SignOutPage),
    /// You are signed out.
    SignedOut,
    /// Something is wrong, and there is nowhere safe to send the person.
    Error(ErrorPage),
}

/// Who are you?
#[derive(Clone, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LoginPage {
    /// The sealed request that goes on after signing in; post it back as it is.
    pub interaction: String,
    /// The app that asks, if one does.
    pub client_name: Option<String>,
    /// What to write into the `username` field: what was typed before, or the client's hint.
    pub username: String,
    /// What was wrong with the last try.
    pub problem: Option<LoginProblem>,
}

/// Forms hold what they go on with, and names are often addresses: neither prints.
impl fmt::Debug for LoginPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginPage")
            .field("client_name", &self.client_name)
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}

/// What was wrong with the last try to sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum LoginProblem {
    /// Username or password is wrong; never say which.
    WrongPassword,
    /// The page was open too long.
    Expired,
}

/// May this app?
#[derive(Clone, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ConsentPage {
    /// The sealed request; post it back as it is.
    pub interaction: String,
    /// The app that asks. Its owner chose the name: escape it.
    pub client_name: String,
    /// The app's public identifier.
    pub client_id: String,
    /// Pages of the app's own. Its owner chose them: open them without a referrer.
    pub links: Links,
    /// Whether somebody vouches for the app; if not, say so.
    pub is_trusted: bool,
    /// Where the answer goes, so that the person can judge it.
    pub redirect_uri: String,
    /// Who is signed in.
    pub username: String,
    /// What the app asks for, in its order.
    pub scopes: Vec<ScopeLine>,
    /// Claims that it asks for by name, such as `phone_number`.
    pub claims: Vec<String>,
    /// The APIs that its tokens will be for; empty is no one in particular.
    pub resources: Vec<String>,
}

/// As [`LoginPage`].
impl fmt::Debug for ConsentPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentPage")
            .field("client_id", &self.client_id)
            .field("client_name", &self.client_name)
            .field("is_trusted", &self.is_trusted)
            .field("redirect_uri", &self.redirect_uri)
            .field("scopes", &self.scopes)
            .field("claims", &self.claims)
            .field("resources", &self.resources)
            .finish_non_exhaustive()
    }
}

/// Go on to this app?
#[derive(Clone, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LeavePage {
    /// The app, for which nobody vouches. Its owner chose the name: escape it.
    pub client_name: String,
    /// Where it is, so that the person can judge it.
    pub redirect_uri: String,
    /// Where the link leads.
    pub location: String,
}

/// `location` says what the app sent along.
impl fmt::Debug for LeavePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeavePage")
            .field("client_name", &self.client_name)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// One box on the consent page.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ScopeLine {
    /// The word on the wire.
    pub scope: String,
    /// What it means to a person.
    pub meaning: String,
}

/// Sign out?
#[derive(Clone, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SignOutPage {
    /// Proof that the form was drawn for this login; post it back as it is.
    pub interaction: String,
    /// Who is signed in.
    pub username: String,
    /// The app that asks for it, if one does. Its owner chose the name: escape it.
    pub client_name: Option<String>,
}

/// As [`LoginPage`].
impl fmt::Debug for SignOutPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOutPage")
            .field("client_name", &self.client_name)
            .finish_non_exhaustive()
    }
}

/// Something is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ErrorPage {
    /// The code of the specification.
    pub error: &'static str,
    /// One sentence for the developer of the app.
    pub error_description: &'static str,
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use alloc::vec;

    use serde_json::{json, to_value};

    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_page_serializes_flat_with_its_name_in_page() {
        let page = Page::Login(LoginPage {
            interaction: "sealed".into(),
            client_name: None,
            username: "alice".into(),
            problem: Some(LoginProblem::WrongPassword),
        });
        let expected = json!({
            "page": "login",
            "interaction": "sealed",
            "client_name": null,
            "username": "alice",
            "problem": "wrong_password",
        });
        assert_eq!(to_value(page).unwrap(), expected);
    }

    #[test]
    fn each_page_has_a_name_of_its_own() {
        let (interaction, username) = ("sealed".into(), "alice".into());
        let sign_out = SignOutPage { interaction, username, client_name: None };
        let leave = LeavePage {
            client_name: "App".into(),
            redirect_uri: "https://app.test/cb".into(),
            location: "https://app.test/cb?error=x".into(),
        };
        let error = ErrorPage { error: "invalid_request", error_description: "No." };
        for (page, name) in [
            (Page::Consent(consent().into()), "consent"),
            (Page::Leave(leave), "leave"),
            (Page::Developer(developer()), "developer"),
            (Page::Registered(registered(None)), "registered"),
            (Page::SignOut(sign_out), "sign_out"),
            (Page::SignedOut, "signed_out"),
            (Page::Error(error), "error"),
        ] {
            assert_eq!(to_value(page).unwrap()["page"], name);
        }
    }

    #[test]
    fn a_new_secret_serializes_as_its_text_for_it_is_shown_this_once() {
        let page = Page::Registered(registered(Some(Secret::new("s3cret"))));
        assert_eq!(to_value(page).unwrap()["client_secret"], "s3cret");
    }

    fn registered(client_secret: Option<Secret>) -> RegisteredPage {
        RegisteredPage { app: app(), client_secret, is_new: true }
    }

    fn app() -> App {
        App {
            client_id: "a".into(),
            name: "App".into(),
            redirect_uris: vec!["https://app.test/cb".into()],
            confidential: true,
            warnings: Vec::new(),
        }
    }

    fn consent() -> ConsentPage {
        ConsentPage {
            interaction: "sealed".into(),
            client_name: "App".into(),
            client_id: "a".into(),
            links: Links::default(),
            is_trusted: true,
            redirect_uri: "https://app.test/cb".into(),
            username: "alice".into(),
            scopes: vec![ScopeLine { scope: "openid".into(), meaning: "You".into() }],
            claims: vec!["phone_number".into()],
            resources: vec!["https://api.test".into()],
        }
    }

    fn developer() -> DeveloperPage {
        DeveloperPage {
            interaction: "sealed".into(),
            username: "alice".into(),
            apps: vec![app()],
            problem: Some(FormProblem::of("name", "No name.")),
            typed: AppForm::default(),
            registration_endpoint: None,
        }
    }
}
