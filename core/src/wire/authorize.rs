//! What a client asks of the user, through the user's browser
//! ([RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1)).

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::callback::ResponseMode;
use super::form;
use crate::pkce;
use crate::secret::Secret;
use crate::text::push_digits;

/// An authorization request, ready to print; every member borrowed, every name the RFC's.
#[derive(Clone, Copy)]
pub struct AuthorizationRequest<'r> {
    /// Who asks.
    pub client_id: &'r str,
    /// Where the answer goes.
    pub redirect_uri: &'r str,
    /// What is asked for, words parted by spaces.
    pub scope: &'r str,
    /// What binds the answer to this browser; comes back unchanged.
    pub state: Option<&'r str>,
    /// What binds the ID token to this login
    /// ([OIDC §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
    pub nonce: Option<&'r str>,
    /// The `S256` challenge that the token request will answer
    /// ([RFC 7636 §4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)).
    pub code_challenge: Option<&'r str>,
    /// What the server may or must show.
    pub prompt: Option<&'r str>,
    /// The longest time since the user last signed in.
    pub max_age: Option<Duration>,
    /// Who the client thinks the user is.
    pub login_hint: Option<&'r str>,
    /// How the browser carries the answer; a redirect if nothing is said.
    pub response_mode: Option<ResponseMode>,
    /// The APIs that tokens are wanted for
    /// ([RFC 8707 §2.1](https://www.rfc-editor.org/rfc/rfc8707#section-2.1)).
    pub resources: &'r [String],
    /// An ID token of the user who is to be signed in.
    pub id_token_hint: Option<&'r Secret>,
    /// What is wanted claim by claim, as
    /// [`ClaimsRequest::to_json`](super::claims_request::ClaimsRequest::to_json) prints it.
    pub claims: Option<&'r str>,
}

/// What binds the answer to a browser or says who the user is does not print.
impl fmt::Debug for AuthorizationRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("scope", &self.scope)
            .field("resources", &self.resources)
            .finish_non_exhaustive()
    }
}

impl AuthorizationRequest<'_> {
    /// The query, without `?`, in the order in which the guide shows it.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = String::new();
        form::push(&mut query, "response_type", "code");
        form::push(&mut query, "client_id", self.client_id);
        form::push(&mut query, "redirect_uri", self.redirect_uri);
        form::push(&mut query, "scope", self.scope);
        let mut maybe = |name, value: Option<&str>| {
            if let Some(value) = value {
                form::push(&mut query, name, value);
            }
        };
        maybe("state", self.state);
        maybe("code_challenge", self.code_challenge);
        maybe("code_challenge_method", self.code_challenge.map(|_| pkce::METHOD));
        maybe("nonce", self.nonce);
        maybe("prompt", self.prompt);
        if let Some(age) = self.max_age {
            let mut seconds = String::new();
            push_digits(&mut seconds, age.as_secs());
            maybe("max_age", Some(&seconds));
        }
        maybe("login_hint", self.login_hint);
        maybe("response_mode", self.response_mode.map(ResponseMode::name));
        for resource in self.resources {
            maybe("resource", Some(resource));
        }
        maybe("id_token_hint", self.id_token_hint.map(Secret::expose));
        maybe("claims", self.claims);
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_as_the_guide_prints_it() {
        let least = AuthorizationRequest {
            client_id: "app",
            redirect_uri: "https://yourapp.com/auth/callback",
            scope: "openid profile email",
            state: None,
            nonce: None,
            code_challenge: None,
            prompt: None,
            max_age: None,
            login_hint: None,
            response_mode: None,
            resources: &[],
            id_token_hint: None,
            claims: None,
        };
        let query = "response_type=code&client_id=app\
            &redirect_uri=https%3A%2F%2Fyourapp.com%2Fauth%2Fcallback&scope=openid+profile+email";
        assert_eq!(least.to_query(), query);

        let most = AuthorizationRequest {
            state: Some("s&t"),
            nonce: Some("n"),
            code_challenge: Some("c"),
            prompt: Some("login"),
            max_age: Some(Duration::from_secs(600)),
            login_hint: Some("a@b.test"),
            response_mode: Some(ResponseMode::FormPost),
            resources: &["https://a.test/".into(), "https://b.test/".into()],
            id_token_hint: Some(&Secret::new("e.y.J")),
            claims: Some("{}"),
            ..least
        };
        let more = "&state=s%26t&code_challenge=c&code_challenge_method=S256&nonce=n\
            &prompt=login&max_age=600&login_hint=a%40b.test\
            &response_mode=form_post&resource=https%3A%2F%2Fa.test%2F&resource=https%3A%2F%2Fb.test%2F\
            &id_token_hint=e.y.J&claims=%7B%7D";
        assert_eq!(most.to_query(), String::from(query) + more);
    }
}
