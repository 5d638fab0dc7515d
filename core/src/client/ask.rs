//! What one login asks for.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::resource::{Challenge, Tokens};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::text::until;
use crate::wire::callback::ResponseMode;

/// Most bytes of a [`ReturnTo`].
pub const LONGEST_RETURN_TO: usize = 1024;

/// A path of the app itself, where the user goes once signed in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReturnTo(pub(super) String);

/// The path could lead to another site, or is too long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReturnToError;

impl ReturnTo {
    /// Takes `/path?query#fragment` of the same origin.
    ///
    /// # Errors
    ///
    /// [`ReturnToError`] for all that a browser could read as another origin: a scheme, `//` in
    /// the path, a backslash anywhere, and the controls that browsers drop before they look.
    pub fn parse(text: &str) -> Result<Self, ReturnToError> {
        let (path, _) = until(text, b"?#");
        let is_plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        if text.len() <= LONGEST_RETURN_TO
            && path.as_bytes().first() == Some(&b'/')
            && !path.as_bytes().windows(2).any(|pair| pair == b"//")
            && is_plain
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(ReturnToError)
        }
    }

    /// The path, as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

/// What the server may or must show
/// ([OIDC §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Prompt {
    /// Nothing: answer at once or say why not.
    None,
    /// The login, even if there is one.
    Login,
    /// The consent, even if it was given.
    Consent,
    /// The choice among several users.
    SelectAccount,
}

impl Prompt {
    /// As the wire spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }

    /// Reads what the wire spells.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Login, Self::Consent, Self::SelectAccount]
            .into_iter()
            .find(|prompt| prompt.as_str() == text)
    }
}

/// What one login asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asked {
    /// What the tokens shall be good for; with `openid`, who the user is.
    pub scope: ScopeSet,
    /// Where the user goes afterwards.
    pub return_to: ReturnTo,
    /// What the server may or must show.
    pub prompt: Option<Prompt>,
    /// The longest time since the user last signed in; checked when the answer comes.
    pub max_age: Option<Duration>,
    /// Who the user probably is.
    pub login_hint: Option<String>,
    /// How the answer comes back; `form_post` reaches a server, not a page.
    pub response_mode: Option<ResponseMode>,
    /// The APIs that tokens are wanted for, each an absolute URI; the first token is for the first,
    /// and a [`Renewal`](super::Renewal) gets one for another
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub resources: Vec<String>,
    /// An ID token of the user who is to be signed in.
    pub id_token_hint: Option<Secret>,
    /// What is wanted claim by claim, as [`ClaimsRequest::to_json`] prints it
    /// ([OIDC §5.5](https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter)).
    ///
    /// [`ClaimsRequest::to_json`]: crate::wire::claims_request::ClaimsRequest::to_json
    pub claims: Option<String>,
    /// What else the server shall be told: `acr_values`, `ui_locales`, and what is its own.
    pub others: Vec<Parameter>,
}

/// A parameter that the login itself does not set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parameter {
    pub(super) name: String,
    pub(super) value: String,
}

/// The login sets that parameter, and nobody else may.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReservedParameter;

/// What only the login sets; said twice, each server would pick another.
const RESERVED: [&str; 18] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "response_mode",
    "resource",
    "id_token_hint",
    "claims",
    "dpop_jkt",
    // These would replace all of the above (OpenID Connect Core §6).
    "request",
    "request_uri",
];

impl Parameter {
    /// Takes a parameter by its name on the wire.
    ///
    /// # Errors
    ///
    /// [`ReservedParameter`] if the login sets it, or if it would replace those the login sets.
    pub fn new(
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, ReservedParameter> {
        let name = name.into();
        if RESERVED.contains(&name.as_str()) {
            return Err(ReservedParameter);
        }
        Ok(Self { name, value: value.into() })
    }
}

impl Asked {
    /// Asks for `scope` and nothing special.
    #[must_use]
    pub fn of(scope: ScopeSet) -> Self {
        Self {
            scope,
            return_to: ReturnTo::default(),
            prompt: None,
            max_age: None,
            login_hint: None,
            response_mode: None,
            resources: Vec::new(),
            id_token_hint: None,
            claims: None,
            others: Vec::new(),
        }
    }

    /// What to ask the user so that an API which wanted more scope is content
    /// ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1), `insufficient_scope`).
    ///
    /// `None` if asking would change nothing: the API wants something else, does not say what, or
    /// refuses what it has been given already; or the user has just been asked for it and said no.
    #[must_use]
    pub fn more(tokens: &Tokens, challenge: &Challenge) -> Option<Self> {
        if challenge.error.as_deref() != Some("insufficient_scope") {
            return None;
        }
        let wanted = ScopeSet::parse(challenge.scope.as_deref()?).ok()?;
        if wanted.is_within(&tokens.asked) {
            return None;
        }
        let resources = tokens.resource.iter().cloned().collect();
        Some(Self { resources, ..Self::of(tokens.granted.and(&wanted)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::tokens;

    #[test]
    fn an_api_that_wants_more_scope_is_given_it_once() {
        let wants = |header: &str| Challenge::parse(header).unwrap();
        let more = wants(r#"Bearer error="insufficient_scope", scope="profile tasks:write""#);
        let asked = Asked::more(&tokens(), &more).unwrap();
        assert_eq!(asked.scope.to_text(), "openid profile tasks:write");
        let mut refused = tokens();
        refused.asked = asked.scope;
        assert_eq!(Asked::more(&refused, &more), None, "the user said no a moment ago");
        for futile in [
            r#"Bearer error="insufficient_scope""#,
            r#"Bearer error="insufficient_scope", scope="profile""#,
            r#"Bearer error="invalid_token", scope="tasks:write""#,
            r#"Bearer scope="tasks:write""#,
        ] {
            assert_eq!(Asked::more(&tokens(), &wants(futile)), None, "{futile}");
        }
    }

    #[test]
    fn a_69_the_user_returns_to_the_app_and_nowhere_else() {
        for good in ["/", "/tasks", "/tasks?next=https://x.test//y#part", "/a:b@c"] {
            assert_eq!(ReturnTo::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "tasks",
            "//evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "https://evil.test",
            "https:evil.test",
            "javascript:alert(1)",
            "/\t/evil.test",
            "/\n/evil.test",
            " /",
            "/.//evil.test",
            "/a//b",
            "/a b",
            "/ü",
            "?x",
            "#x",
        ] {
            assert_eq!(ReturnTo::parse(bad), Err(ReturnToError), "{bad:?}");
        }
        assert!(ReturnTo::parse(&alloc::format!("/{}", "a".repeat(1023))).is_ok());
        assert!(ReturnTo::parse(&alloc::format!("/{}", "a".repeat(1024))).is_err());
    }

    #[test]
    fn a_prompt_is_spelled_as_the_wire_has_it() {
        for text in ["none", "login", "consent", "select_account"] {
            assert_eq!(Prompt::parse(text).map(Prompt::as_str), Some(text));
        }
        assert_eq!(Prompt::parse("None"), None);
    }
}
