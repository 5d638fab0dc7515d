//! A client gives a token back
//! ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)).

use alloc::string::String;

use super::form;
use crate::secret::Secret;

/// What kind of token it is, if the sender knows: `token_type_hint`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenTypeHint {
    /// What opens a resource.
    AccessToken,
    /// What gets the next one.
    RefreshToken,
}

impl TokenTypeHint {
    /// As the wire spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// The body of a request about a token, to end it or to ask about it
/// ([RFC 7662 §2.1](https://www.rfc-editor.org/rfc/rfc7662#section-2.1)); who asks is not in it.
#[must_use]
pub fn to_form(token: &Secret, hint: TokenTypeHint) -> String {
    let mut body = String::new();
    form::push(&mut body, "token", token.expose());
    form::push(&mut body, "token_type_hint", hint.name());
    body
}
