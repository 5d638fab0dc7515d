//! Asking the user's permission: where to send the browser, and what to remember meanwhile.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::callback::AwaitingCallback;
use super::login::{Login, Seed};
use super::profile::Client;
use crate::pkce::Challenge;
use crate::scope::ScopeSet;
use crate::text::{has, until};
use crate::time::UnixTime;
use crate::wire::authorize::AuthorizationRequest;

/// Most bytes of a [`ReturnTo`].
pub const LONGEST_RETURN_TO: usize = 1024;

/// A path of the app itself, where the user goes once signed in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReturnTo(String);

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
        }
    }
}

/// Where to send the browser, and what to store before it leaves.
#[must_use = "store `login`, then leave for `url`"]
pub struct Redirect {
    /// The server's page.
    pub url: String,
    /// What finishes the login when the browser is back.
    pub login: AwaitingCallback,
}

/// The URL holds `state` and `nonce`, so it does not print.
impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect").field("login", &self.login).finish_non_exhaustive()
    }
}

impl Client {
    /// Begins a login
    /// ([RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1)).
    ///
    /// `state`, `nonce` and an `S256` challenge are always sent; every endpoint the login will need
    /// is frozen now.
    pub fn login(&self, seed: Seed, asked: Asked, now: UnixTime) -> Redirect {
        let profile = &self.profile;
        let (state, nonce) = (seed.state(), seed.nonce());
        let challenge = Challenge::of(seed.verifier().expose()).to_text();
        let request = AuthorizationRequest {
            client_id: &profile.client_id,
            redirect_uri: profile.redirect_uri.as_str(),
            scope: &asked.scope.to_text(),
            state: Some(state.expose()),
            nonce: Some(nonce.expose()),
            code_challenge: Some(&challenge),
            prompt: asked.prompt.map(Prompt::as_str),
            max_age: asked.max_age,
            login_hint: asked.login_hint.as_deref(),
        };
        let mut url = self.endpoints.authorization.clone();
        url.push(if has(&url, b'?') { '&' } else { '?' });
        url.push_str(&request.to_query());
        let login = Login {
            seed,
            born: now,
            issuer: profile.issuer.as_str().to_owned(),
            client_id: profile.client_id.clone(),
            redirect_uri: profile.redirect_uri.as_str().to_owned(),
            scope: asked.scope,
            max_age: asked.max_age,
            return_to: asked.return_to.0,
            iss_promised: self.iss_promised,
            algorithms: self.algorithms,
            token_endpoint: self.endpoints.token.clone(),
            jwks_uri: self.endpoints.jwks.clone(),
        };
        Redirect { url, login: AwaitingCallback { login } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{NOW, STATE, asked, awaiting, client};
    use crate::wire::form::Form;

    #[test]
    fn a_login_sends_state_nonce_and_challenge_and_remembers_only_the_seed() {
        let redirect = client().login(Seed::new([7; 32]), asked(), NOW);
        assert_eq!(redirect.login, awaiting());
        let (page, query) = redirect.url.split_once('?').unwrap();
        assert_eq!(page, "https://as.test/oauth2/authorize");
        let query = Form::parse(query.as_bytes()).unwrap();
        let sent = |name| query.one(name).unwrap().unwrap();
        assert_eq!(sent("response_type"), "code");
        assert_eq!(sent("client_id"), "app");
        assert_eq!(sent("redirect_uri"), "https://app.test/cb");
        assert_eq!(sent("scope"), "openid profile");
        assert_eq!(sent("state"), STATE);
        assert_eq!(sent("nonce"), awaiting().login.seed.nonce().expose());
        assert_eq!(sent("code_challenge_method"), "S256");
        assert_eq!(sent("max_age"), "600");
        let challenge = Challenge::parse(sent("code_challenge")).unwrap();
        assert!(challenge.is_answered_by(&awaiting().login.seed.verifier()));
    }

    #[test]
    fn a_50_every_login_has_values_of_its_own() {
        let login = |seed| client().login(Seed::new([seed; 32]), asked(), NOW).login.login.seed;
        let (one, other) = (login(1), login(2));
        let all = [one.state(), one.nonce(), one.verifier(), other.state(), other.nonce()];
        for (at, value) in all.iter().enumerate() {
            assert_eq!(value.expose().len(), 43);
            assert!(all.iter().skip(at + 1).all(|next| next != value));
        }
    }

    #[test]
    fn a_page_that_has_a_query_keeps_it() {
        let mut client = client();
        client.endpoints.authorization.push_str("?tenant=1");
        let url = client.login(Seed::new([7; 32]), asked(), NOW).url;
        assert!(url.starts_with("https://as.test/oauth2/authorize?tenant=1&response_type=code&"));
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
