//! What a client says of itself when it is registered ([RFC 7591 §2]).
//!
//! [RFC 7591 §2]: https://www.rfc-editor.org/rfc/rfc7591#section-2

/// How a client proves who it is at the token endpoint: `token_endpoint_auth_method`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuthMethod {
    /// Not at all: a public client, which PKCE protects.
    None,
    /// Secret in the `Authorization` header
    /// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    ClientSecretBasic,
    /// Secret in the body.
    ClientSecretPost,
}

impl AuthMethod {
    /// Every method, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// The methods that prove something.
    pub const WITH_SECRET: [Self; 2] = [Self::ClientSecretBasic, Self::ClientSecretPost];

    /// As the wire spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }

    /// Reads what the wire says.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == text)
    }
}

/// Where a client runs: `application_type`
/// ([OpenID Connect Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ApplicationType {
    /// Redirect URIs match byte for byte.
    Web,
    /// The port of a loopback redirect URI may differ
    /// ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
    Native,
}

impl ApplicationType {
    /// Reads what the wire says.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "web" => Some(Self::Web),
            "native" => Some(Self::Native),
            _ => None,
        }
    }
}
