//! Giving the tokens back.

use super::credentials::{Letter, Outgoing};
use super::profile::Client;
use super::resource::Tokens;
use crate::wire::http::{Request, Response};
use crate::wire::revocation::{self, TokenTypeHint};

/// Tokens that are being given back.
#[derive(Debug)]
pub struct AwaitingRevocation {
    letter: Letter,
}

/// The server did not say that the tokens are dead.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RevokeError {
    /// It answered with this status.
    BadStatus(u16),
}

impl Client {
    /// Gives the tokens back, if the server gave them and takes them: the refresh token where there is one, for
    /// its end is the end of them all
    /// ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)).
    #[must_use]
    pub fn revoke(&self, tokens: &Tokens) -> Option<Outgoing<AwaitingRevocation>> {
        let endpoint = self.endpoints.revocation.as_deref().filter(|_| self.gave(tokens))?;
        let (token, hint) = match &tokens.refresh_token {
            Some(token) => (token, TokenTypeHint::RefreshToken),
            None => (&tokens.access_token, TokenTypeHint::AccessToken),
        };
        let letter = self.letter(endpoint, revocation::to_form(token, hint));
        Some(Outgoing::of(AwaitingRevocation { letter }, |ask| (&mut ask.letter, None)))
    }
}

impl AwaitingRevocation {
    /// What to send; it may be sent again.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.letter.request
    }

    /// Receives the server's word
    /// ([RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)).
    ///
    /// # Errors
    ///
    /// The [`RevokeError`], if the tokens may still live.
    pub fn answer(self, response: &Response) -> Result<(), RevokeError> {
        match response.status {
            200 => Ok(()),
            status => Err(RevokeError::BadStatus(status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::client::testing::{client, json_response, metadata, profile, tokens};
    use crate::secret::Secret;
    use crate::wire::discovery::ServerMetadata;

    fn sent(tokens: &Tokens) -> AwaitingRevocation {
        let endpoint = Some("https://as.test/oauth2/revoke".into());
        let metadata = ServerMetadata { revocation_endpoint: endpoint, ..metadata() };
        Client::new(profile(), metadata).unwrap().revoke(tokens).unwrap().unsigned().unwrap()
    }

    #[test]
    fn the_refresh_token_is_given_back_or_else_the_access_token() {
        let body = |tokens: &Tokens| String::from_utf8(sent(tokens).letter.request.body).unwrap();
        assert_eq!(body(&tokens()), "token=at&token_type_hint=access_token&client_id=app");
        let refreshable = Tokens { refresh_token: Some(Secret::new("rt")), ..tokens() };
        assert_eq!(body(&refreshable), "token=rt&token_type_hint=refresh_token&client_id=app");
        assert_eq!(sent(&tokens()).request().url, "https://as.test/oauth2/revoke");
    }

    #[test]
    fn only_200_says_that_the_tokens_are_dead() {
        assert_eq!(sent(&tokens()).answer(&json_response(200, "")), Ok(()));
        let down = sent(&tokens()).answer(&json_response(503, ""));
        assert_eq!(down, Err(RevokeError::BadStatus(503)));
    }

    #[test]
    fn a_server_without_the_endpoint_takes_nothing_back() {
        assert!(client().revoke(&tokens()).is_none());
        let endpoint = Some("https://as.test/oauth2/revoke".into());
        let metadata = ServerMetadata { revocation_endpoint: endpoint, ..metadata() };
        let client = Client::new(profile(), metadata).unwrap();
        let foreign = Tokens { issuer: "https://evil.test".into(), ..tokens() };
        assert!(client.revoke(&foreign).is_none() && client.revoke(&tokens()).is_some());
    }
}
