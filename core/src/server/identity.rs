//! Who it is: the ID token and the userinfo endpoint.

use alloc::string::String;
use alloc::vec::Vec;

use super::client::Client;
use super::grant::{Agreement, AskedClaims};
use super::handle::Call;
use super::policy::Policy;
use super::reply;
use super::turn::{AfterClaims, Claims, Turn};
use crate::key::Algorithm;
use crate::scope::ScopeSet;
use crate::time::UnixTime;
use crate::wire::id_token;
use crate::wire::json::{self, Writer};

/// The claims that each scope lets out
/// ([OpenID Connect Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).
pub(crate) const CLAIMS_OF_SCOPES: [(&str, &[&str]); 4] = [
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
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// The scope that lets a claim out; `None` if nothing does.
pub(crate) fn scope_of(claim: &str) -> Option<&'static str> {
    let of = |(_, names): &&(&str, &[&str])| names.contains(&claim);
    CLAIMS_OF_SCOPES.iter().find(of).map(|(word, _)| *word)
}

/// Whether a scope lets out what is known about a person.
pub(crate) fn is_personal(word: &str) -> bool {
    CLAIMS_OF_SCOPES.iter().any(|(scope, _)| *scope == word)
}

impl AskedClaims {
    /// Those of them that the client may ask for now.
    pub(crate) fn allowed(self, policy: &Policy, client: &Client) -> Self {
        self.only(|name| scope_of(name).is_some_and(|word| policy.may_ask(client, word)))
    }

    /// Those of them that `keep` keeps.
    pub(crate) fn only(self, keep: impl Fn(&str) -> bool) -> Self {
        let only = |names: Vec<String>| names.into_iter().filter(|name| keep(name)).collect();
        Self { userinfo: only(self.userinfo), id_token: only(self.id_token) }
    }

    /// Each name once.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = self.userinfo.clone();
        for name in &self.id_token {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// What an ID token is written for.
pub(crate) struct Written<'w> {
    pub(crate) alg: Algorithm,
    pub(crate) client: &'w Client,
    pub(crate) agreed: &'w Agreement,
    /// What the tokens beside it are good for, which may be less than was agreed to.
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
/// The guide's clients read who the user is from the ID token, so it holds what the scope lets out,
/// unless the policy says otherwise. A refreshed one has no `nonce`
/// ([§12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)).
pub(crate) fn claims(call: &Call<'_>, written: &Written<'_>) -> String {
    let Written { alg, client, agreed, scope, turn, turned, access_token, known } = *written;
    let policy = &call.server.policy;
    let claims = Writer::object()
        .string("iss", policy.issuer.as_str())
        .string("sub", &agreed.subject)
        .string("aud", &client.client_id)
        .integer("exp", (turned + policy.id_token_lifetime).as_secs())
        .integer("iat", turned.as_secs())
        .integer("auth_time", agreed.auth_time.as_secs())
        .maybe("acr", policy.acr.as_deref())
        .maybe("nonce", agreed.nonce.as_deref().filter(|_| turn == 0))
        .string("at_hash", &id_token::at_hash(alg, access_token));
    let none = ScopeSet::default();
    let scope = if policy.claims_in_id_token { scope } else { &none };
    let asked = agreed.claims.clone().allowed(policy, client).id_token;
    let_out(claims, scope, &asked, known).finish()
}

/// Adds what the scope lets out of what is known, and what was asked for by name and agreed to.
fn let_out(mut claims: Writer, scope: &ScopeSet, asked: &[String], known: &str) -> Writer {
    // A host that answers with something else than an object knows nothing.
    let Some(known) = json::parse(known.as_bytes()).ok().and_then(json::Value::object) else {
        return claims;
    };
    for (word, names) in &CLAIMS_OF_SCOPES {
        let is_let_out =
            |name: &&&str| scope.contains(word) || asked.iter().any(|asked| asked == **name);
        for name in names.iter().filter(is_let_out) {
            if let Some(value) = known.get(name).filter(|value| !value.is_null()) {
                claims = claims.raw(name, value.text());
            }
        }
    }
    claims
}

/// Asks the directory for what the userinfo endpoint answers.
pub(crate) fn user_info<'s>(
    call: Call<'s>,
    client: &Client,
    agreed: Agreement,
    scope: ScopeSet,
) -> Turn<'s> {
    let subject = agreed.subject.clone();
    let claims = agreed.claims.allowed(&call.server.policy, client).userinfo;
    let waiting = AwaitingClaims { call, subject: subject.clone(), claims, scope };
    Claims::ask(call, subject, AfterClaims::UserInfo(waiting.into()))
}

/// The token is good; the directory is asked about the person.
pub(crate) struct AwaitingClaims<'s> {
    call: Call<'s>,
    subject: String,
    claims: Vec<String>,
    scope: ScopeSet,
}

impl<'s> AwaitingClaims<'s> {
    pub(crate) fn resume(self, known: Option<String>) -> Turn<'s> {
        let Self { call, subject, claims, scope } = self;
        let Some(known) = known else { return reply::person_gone(&call) };
        let said = Writer::object().string("sub", &subject);
        let said = let_out(said, &scope, &claims, &known);
        Turn::Reply(reply::json(&call, 200, said.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_let_out_by_its_scope_and_by_no_other() {
        for (claim, scope) in
            [("birthdate", "profile"), ("email_verified", "email"), ("phone_number", "phone")]
        {
            assert_eq!(scope_of(claim), Some(scope));
            assert!(is_personal(scope));
        }
        for neither in ["iss", "sub", "openid", "offline_access", ""] {
            assert_eq!((scope_of(neither), is_personal(neither)), (None, false));
        }
    }

    #[test]
    fn what_is_asked_for_by_name_is_kept_by_name() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).into()).collect::<Vec<_>>();
        let asked = AskedClaims {
            userinfo: names(&["name", "email"]),
            id_token: names(&["email", "gender"]),
        };
        assert_eq!(asked.names(), names(&["name", "email", "gender"]));
        let kept = asked.only(|name| name == "email");
        assert_eq!((kept.userinfo, kept.id_token), (names(&["email"]), names(&["email"])));
    }

    #[test]
    fn nothing_is_let_out_but_what_was_agreed_to_and_is_known() {
        let known = r#"{"email":"a@b.test","name":"Ada","gender":null,"locale":"en","secret":1}"#;
        let out = |scope: &str, asked: &[&str], known: &str| {
            let asked: Vec<String> = asked.iter().map(|name| (*name).into()).collect();
            let scope = if scope.is_empty() {
                ScopeSet::default()
            } else {
                ScopeSet::parse(scope).unwrap()
            };
            let_out(Writer::object(), &scope, &asked, known).finish()
        };
        assert_eq!(out("email", &[], known), r#"{"email":"a@b.test"}"#);
        assert_eq!(out("profile", &["gender"], known), r#"{"name":"Ada","locale":"en"}"#);
        assert_eq!(out("", &["locale", "secret"], known), r#"{"locale":"en"}"#);
        assert_eq!(out("", &[], known), "{}");
        for odd in ["[]", "", "7"] {
            assert_eq!(out("email profile", &["email"], odd), "{}");
        }
    }
}
