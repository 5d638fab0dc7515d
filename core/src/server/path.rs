//! Where everything is, below the issuer. The guide names the first two and the tasks.

/// The authorization endpoint ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
pub const AUTHORIZE: &str = "/oauth2/authorize";
/// The token endpoint ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).
pub const TOKEN: &str = "/oauth2/token";
/// The revocation endpoint ([RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009#section-2)).
pub const REVOKE: &str = "/oauth2/revoke";
/// The introspection endpoint ([RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2)).
pub const INTROSPECT: &str = "/oauth2/introspect";
/// The registration endpoint ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)); with
/// `?client_id=`, the one where that client manages its registration.
pub const REGISTER: &str = "/oauth2/register";
/// The guide's resource: the tasks of the user.
pub const TASKS: &str = "/api/tasks";
/// The JWK set ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
pub const JWKS: &str = "/oauth2/jwks";
/// The userinfo endpoint
/// ([OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).
pub const USERINFO: &str = "/oauth2/userinfo";
/// Where the login page posts to.
pub const LOGIN: &str = "/oauth2/login";
/// Where the consent page posts to, and where a login page leads.
pub const CONSENT: &str = "/oauth2/consent";
/// Where a person signs out of the server, and where an app sends them to
/// ([RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)).
pub const LOGOUT: &str = "/oauth2/logout";
/// Where a person registers apps.
pub const DEVELOPER: &str = "/developer";
/// Metadata, by OpenID Connect Discovery.
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// Metadata ([RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)).
pub const SERVER_METADATA: &str = "/.well-known/oauth-authorization-server";
