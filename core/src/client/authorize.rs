//! Asking the user's permission: where to send the browser, and what to remember meanwhile.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::fmt;

use super::ask::{Asked, Parameter, Prompt};
use super::callback::AwaitingCallback;
use super::login::{Login, Seed};
use super::profile::Client;
use crate::pkce::Challenge;
use crate::time::UnixTime;
use crate::wire::authorize::AuthorizationRequest;
use crate::wire::form;

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
    /// `state`, `nonce` and an `S256` challenge are always sent.
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
            response_mode: asked.response_mode,
            resources: &asked.resources,
            id_token_hint: asked.id_token_hint.as_ref(),
            claims: asked.claims.as_deref(),
        };
        let mut url = self.endpoints.authorization.clone();
        form::extend(&mut url, &request.to_query());
        // The code is for whoever holds the key (RFC 9449 §10).
        if let Some(key) = &profile.dpop {
            form::push(&mut url, "dpop_jkt", &key.jkt().to_text());
        }
        for Parameter { name, value } in &asked.others {
            form::push(&mut url, name, value);
        }
        let login = Login {
            seed,
            born: now,
            issuer: profile.issuer.as_str().to_owned(),
            client_id: profile.client_id.clone(),
            redirect_uri: profile.redirect_uri.as_str().to_owned(),
            scope: asked.scope,
            resource: asked.resources.into_iter().next(),
            max_age: asked.max_age,
            return_to: asked.return_to,
        };
        Redirect { url, login: AwaitingCallback { login } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ask::ReservedParameter;
    use crate::client::testing::{NOW, STATE, asked, awaiting, client};
    use crate::secret::Secret;
    use crate::wire::callback::ResponseMode;
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
    fn whatever_else_is_asked_is_asked_too_and_nothing_twice() {
        let asked = Asked {
            response_mode: Some(ResponseMode::FormPost),
            resources: ["https://a.test/".into(), "https://b.test/".into()].into(),
            id_token_hint: Some(Secret::new("e.y.J")),
            claims: Some(r#"{"userinfo":{"email":null}}"#.into()),
            others: [Parameter::new("acr_values", "1 2").unwrap()].into(),
            ..asked()
        };
        let redirect = client().login(Seed::new([7; 32]), asked, NOW);
        assert_eq!(redirect.login.login.resource.as_deref(), Some("https://a.test/"));
        let (_, query) = redirect.url.split_once('?').unwrap();
        let sent = Form::parse(query.as_bytes()).unwrap();
        assert!(sent.all("resource").eq(["https://a.test/", "https://b.test/"]));
        assert_eq!(sent.field("response_mode"), "form_post");
        assert_eq!(sent.field("id_token_hint"), "e.y.J");
        assert_eq!(sent.field("claims"), r#"{"userinfo":{"email":null}}"#);
        assert_eq!(sent.field("acr_values"), "1 2");
        assert!(!sent.any_repeated_but(&["resource"]));
        for (name, _) in sent.iter().filter(|(name, _)| *name != "acr_values") {
            assert_eq!(Parameter::new(name, ""), Err(ReservedParameter), "{name}");
        }
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
}
