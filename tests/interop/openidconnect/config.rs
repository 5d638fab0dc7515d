//! What the server is told: Ada, an app of every kind, and two APIs.

use openidconnect::AuthType;

use crate::app::{CALLBACK, Kind};

pub(crate) const GOODBYE: &str = "https://yourapp.com/goodbye";

/// It has to be coded on its way into a header, and on its way into a form.
const SECRET: &str = "a secret/with+characters:that=have%to be coded";

pub(crate) const BASIC: Kind<'_> =
    Kind { id: "basic-app", secret: Some(SECRET), auth: AuthType::BasicAuth };
pub(crate) const POST: Kind<'_> =
    Kind { id: "post-app", secret: Some(SECRET), auth: AuthType::RequestBody };
pub(crate) const PUBLIC: Kind<'_> =
    Kind { id: "public-app", secret: None, auth: AuthType::RequestBody };

/// An API that reads its tokens itself, and one that asks what they are good for.
pub(crate) const REPORTS: &str = "https://reports.example/";
pub(crate) const ARCHIVE: &str = "https://archive.example/";
pub(crate) const ARCHIVIST: Kind<'_> =
    Kind { id: "archive", secret: Some(SECRET), auth: AuthType::BasicAuth };

const PEOPLE_AND_APIS: &str = r#"
[[user]]
username = "ada"
password = "correct horse battery staple"
subject = "ada-1815"
name = "Ada Lovelace"
email = "ada@example.com"
email_verified = true

[[resource]]
identifier = "https://reports.example/"
scope = "reports"
format = "jwt"

[[resource]]
identifier = "https://archive.example/"
scope = "reports"
introspected_by = "archive"

[policy]
algorithms = ["RS256", "PS256", "ES256", "EdDSA"]
scopes = [
    { word = "openid", meaning = "Know you" },
    { word = "profile", meaning = "See your name" },
    { word = "email", meaning = "See your email address" },
    { word = "offline_access", meaning = "Stay signed in" },
    { word = "reports", meaning = "Read your reports" },
]
"#;

/// The app whose ID tokens are signed with an algorithm.
pub(crate) fn signed_with(alg: &str) -> String {
    format!("{alg}-app")
}

/// The configuration; `policy` are more lines for that table.
pub(crate) fn config(policy: &str) -> String {
    let everybody = "\"authorization_code\", \"refresh_token\"";
    let keeps_secrets = format!("{everybody}, \"client_credentials\"");
    let secret = format!("client_secret = \"{SECRET}\"");
    let posts = format!("{secret}\ntoken_endpoint_auth_method = \"client_secret_post\"");
    let mut tables = vec![
        client(BASIC.id, &keeps_secrets, &secret),
        client(ARCHIVIST.id, &keeps_secrets, &secret),
        client(POST.id, &keeps_secrets, &posts),
        client(PUBLIC.id, everybody, ""),
    ];
    for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
        let signed = format!("id_token_signed_response_alg = \"{alg}\"");
        tables.push(client(&signed_with(alg), everybody, &signed));
    }
    tables.concat() + PEOPLE_AND_APIS + policy
}

fn client(id: &str, grant_types: &str, more: &str) -> String {
    format!(
        "[[client]]\nclient_id = \"{id}\"\nredirect_uris = [\"{CALLBACK}\"]\n\
         post_logout_redirect_uris = [\"{GOODBYE}\"]\ngrant_types = [{grant_types}]\n{more}\n\n"
    )
}
