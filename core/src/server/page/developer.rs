//! What a developer sees of her apps.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::secret::Secret;

/// Your apps.
#[derive(Clone, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DeveloperPage {
    /// Proof that the form was drawn for this login; post it back as it is.
    pub interaction: String,
    /// Who is signed in.
    pub username: String,
    /// Apps this person registered, oldest first.
    pub apps: Vec<App>,
    /// What was wrong with the last form.
    pub problem: Option<FormProblem>,
    /// What the last form said, to be filled in again.
    pub typed: AppForm,
    /// Where apps register over HTTP, if they may
    /// ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)).
    pub registration_endpoint: Option<String>,
}

/// The form holds what it goes on with, and names are often addresses: neither prints.
impl fmt::Debug for DeveloperPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeveloperPage")
            .field("apps", &self.apps)
            .field("problem", &self.problem)
            .field("typed", &self.typed)
            .finish_non_exhaustive()
    }
}

/// An app on the developer page.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct App {
    /// Its public identifier.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// Where it may be answered.
    pub redirect_uris: Vec<String>,
    /// Whether it has a secret.
    pub confidential: bool,
    /// What its redirect URIs hardly mean, at most one of each kind.
    pub warnings: Vec<UriWarning>,
}

/// The fields of the developer page's form, as typed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AppForm {
    /// `name`.
    pub name: String,
    /// `redirect_uris`, one a line.
    pub redirect_uris: String,
    /// Whether `kind` is `public`.
    pub public: bool,
}

/// What was wrong with the developer page's form: a sentence to show, and the field it is about.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FormProblem {
    /// The field's name.
    pub field: &'static str,
    /// One sentence for the person who typed it.
    pub message: &'static str,
    /// The redirect URI that it is about, as typed. Escape it.
    pub uri: Option<String>,
    /// What is wrong with that, if it is one of the usual mistakes.
    pub warning: Option<WarningKind>,
}

impl FormProblem {
    /// A problem with a field as a whole.
    #[must_use]
    pub const fn of(field: &'static str, message: &'static str) -> Self {
        Self { field, message, uri: None, warning: None }
    }
}

/// A usual mistake in redirect URIs. Its name, with `warning-` before it, is the id on the page.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum WarningKind {
    /// `http` to another machine, where the code can be read on the way; refused.
    Http,
    /// `*`: refused in a host, elsewhere a character like any other.
    Wildcard,
    /// `#…`; refused ([RFC 6749 §3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2)).
    Fragment,
    /// Two that differ by a slash at the end; they are two
    /// ([RFC 9700 §2.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1)).
    Twin,
}

impl WarningKind {
    /// Its name, for ever the same.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Wildcard => "wildcard",
            Self::Fragment => "fragment",
            Self::Twin => "twin",
        }
    }
}

/// Redirect URIs that were taken, and that hardly mean what whoever typed them means.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UriWarning {
    /// Which mistake it is.
    pub kind: WarningKind,
    /// Which they are; twins stand side by side.
    pub uris: Vec<String>,
    /// One sentence for the developer.
    pub message: &'static str,
}

/// Here are your credentials, this once.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RegisteredPage {
    /// The app as it is now registered.
    pub app: App,
    /// Its secret, unless it is public. It is stored as a hash and can never be shown again.
    pub client_secret: Option<Secret>,
    /// Whether the app is new; if not, its secret is, and the one before it has ended.
    pub is_new: bool,
}
