//! Who it is: the ID token and the userinfo endpoint.

use alloc::string::String;

use super::grant::Terms;
use super::handle::Call;
use super::reply;
use super::turn::{AfterClaims, Claims, Turn};
use crate::key::Algorithm;
use crate::scope::ScopeSet;
use crate::time::UnixTime;
use crate::wire::id_token;
use crate::wire::json::{self, Writer};

/// The claims that each scope lets out
/// ([OpenID Connect Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).
pub(crate) const CLAIMS_OF_SCOPES: [(&str, &[&str]); 2] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
];

/// What an ID token is written for.
pub(crate) struct Written<'w> {
    pub(crate) alg: Algorithm,
    pub(crate) terms: &'w Terms,
    /// What the tokens beside it are good for, which may be less than the terms say.
    pub(crate) scope: &'w ScopeSet,
    /// The generation of the tokens beside it.
    pub(crate) turn: u32,
    /// When that generation was made.
    pub(crate) turned: UnixTime,
    pub(crate) access_token: &'w str,
    /// What the directory knows.
    pub(crate) known: &'w str,
}

/// The claims of an ID token, as JSON
/// ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
///
/// The guide's clients read who the user is from the ID token, so it holds what the scope lets out.
/// A refreshed one has no `nonce`
/// ([§12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)).
pub(crate) fn claims(call: &Call<'_>, written: &Written<'_>) -> String {
    let Written { alg, terms, scope, turn, turned, access_token, known } = *written;
    let policy = &call.server.policy;
    let claims = Writer::object()
        .string("iss", policy.issuer.as_str())
        .string("sub", &terms.subject)
        .string("aud", &terms.client_id)
        .integer("exp", (turned + policy.id_token_lifetime).as_secs())
        .integer("iat", turned.as_secs())
        .integer("auth_time", terms.auth_time.as_secs())
        .maybe("nonce", terms.nonce.as_deref().filter(|_| turn == 0))
        .string("at_hash", &id_token::at_hash(alg, access_token));
    let_out(claims, scope, known).finish()
}

/// Adds what the scope lets out of what is known.
fn let_out(mut claims: Writer, scope: &ScopeSet, known: &str) -> Writer {
    // A host that answers with something else than an object knows nothing.
    let Some(known) = json::parse(known.as_bytes()).ok().and_then(json::Value::object) else {
        return claims;
    };
    for (_, names) in CLAIMS_OF_SCOPES.iter().filter(|(word, _)| scope.contains(word)) {
        for name in *names {
            if let Some(value) = known.get(name).filter(|value| !value.is_null()) {
                claims = claims.raw(name, value.text());
            }
        }
    }
    claims
}

/// Asks the directory for what the userinfo endpoint answers.
pub(crate) fn user_info(call: Call<'_>, terms: Terms) -> Turn<'_> {
    let subject = terms.subject.clone();
    Claims::ask(call, subject, AfterClaims::UserInfo(AwaitingClaims { terms }.into()))
}

/// The token is good; the directory is asked about the person.
#[derive(Debug)]
pub(crate) struct AwaitingClaims {
    terms: Terms,
}

impl AwaitingClaims {
    pub(crate) fn resume<'s>(self, known: Option<String>) -> Turn<'s> {
        let Some(known) = known else { return reply::person_gone() };
        let claims = Writer::object().string("sub", &self.terms.subject);
        let claims = let_out(claims, &self.terms.scope, &known);
        Turn::Reply(reply::json(200, claims.finish()))
    }
}
