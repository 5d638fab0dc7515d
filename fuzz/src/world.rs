//! Servers to be fuzzed, their clients, and the requests that clients and browsers make.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{
    AuthorizationServer, ConsentRule, Declaration, InitialAccess, KeySet, Page, PkceRule, Policy,
    Registration, Resource, SealingKeys, ServerKey, TokenFormat, path,
};
use grantflow::uri::Issuer;
use grantflow::wire::credentials::basic;
use grantflow::wire::form;
use grantflow::wire::http::{Headers, Request};
use grantflow::wire::jwks::Jwks;
use grantflow::wire::registration::{ApplicationType, AuthMethod, ClientMetadata, GrantType};

use super::host::{Answer, BEGINNING, Host, PASSWORD, quick_key};

/// The server's name.
pub const ISSUER: &str = "https://as.test";
/// What it seals with.
pub const SEALING: [u8; 32] = [7; 32];
/// Its cookie.
pub const COOKIE: &str = "__Host-grantflow";
/// The secret of every client that has one.
pub const SECRET: &str = "s3cret of the client";
/// What lets a client register where that takes a token.
pub const INITIAL: &str = "initial-access-token";
/// An app with a server of its own.
pub const WEB: &str = "web";
/// An app that is a page.
pub const PAGE: &str = "page";
/// An app on a machine.
pub const NATIVE: &str = "native";
/// An app with a key.
pub const KEYED: &str = "keyed";
/// An app that acts for itself.
pub const ROBOT: &str = "robot";
/// An app that nobody vouches for.
pub const OPEN: &str = "open";
/// Every app.
pub const CLIENTS: [&str; 6] = [WEB, PAGE, NATIVE, KEYED, ROBOT, OPEN];
/// Where most apps are answered.
pub const CALLBACK: &str = "https://app.test/cb";
/// The same with a query.
pub const TENANT: &str = "https://app.test/cb?tenant=1";
/// Where the native app is answered.
pub const LOOPBACK: &str = "http://127.0.0.1/cb";
/// The native app's own scheme.
pub const SCHEME: &str = "com.example.app:/cb";
/// Where people go once they are signed out.
pub const BYE: &str = "https://app.test/bye";
/// An API that reads signed tokens.
pub const API: &str = "https://api.test/";
/// A verifier of 43 characters, from RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// How many kinds of server there are.
pub const KINDS: usize = 3;

static HOSTS: LazyLock<[Host; KINDS]> = LazyLock::new(|| {
    let usual = Policy::new(Issuer::parse(ISSUER).unwrap());
    let api = Resource {
        identifier: API.into(),
        path: None,
        scope: ScopeSet::default(),
        format: TokenFormat::Jwt,
        introspected_by: Some(WEB.into()),
    };
    let with = |mut policy: Policy| {
        policy.resources.push(api.clone());
        policy
    };
    let keys = || KeySet::new(Algorithm::ALL.map(quick_key)).unwrap();
    // A key that gives way to the next, an hour from the beginning.
    let turning = ServerKey {
        signs_until: Some(BEGINNING + Duration::from_secs(3600)),
        published_until: Some(BEGINNING + Duration::from_secs(7200)),
        ..quick_key(Algorithm::Rs256).into()
    };
    let next = ServerKey::from(quick_key(Algorithm::EdDsa));
    let strict = Policy {
        pkce: PkceRule::Everyone,
        consent: ConsentRule::Always,
        registration: Registration::Token(vec![InitialAccess::new(&Secret::new(INITIAL))]),
        code_lifetime: Duration::from_secs(60),
        claims_in_id_token: false,
        ..usual.clone()
    };
    let open = Policy {
        registration: Registration::Open,
        consent: ConsentRule::Remembered,
        ..usual.clone()
    };
    [
        (with(usual), keys()),
        (with(open), keys()),
        (with(strict), KeySet::new([turning, next]).unwrap()),
    ]
    .map(|(policy, keys)| {
        let server = AuthorizationServer::new(policy, SealingKeys::new(SEALING), keys);
        let mut host = Host::new(Arc::new(server));
        for said in declarations() {
            host.register(&said);
        }
        host
    })
});

/// A host of one of the servers, at the beginning.
pub fn host(kind: usize) -> Host {
    HOSTS[kind % KINDS].clone()
}

/// Every app, as an operator declares it.
pub fn declarations() -> [Declaration; 6] {
    let texts = |uris: &[&str]| uris.iter().map(|uri| String::from(*uri)).collect();
    let metadata = |method: AuthMethod| ClientMetadata {
        client_name: Some("An app <b>".into()),
        redirect_uris: texts(&[CALLBACK, TENANT]),
        post_logout_redirect_uris: texts(&[BYE]),
        token_endpoint_auth_method: Some(method),
        ..ClientMetadata::default()
    };
    let secret = || Some(Secret::new(SECRET));
    let app = |id: &str, client_secret, metadata| Declaration {
        client_id: id.into(),
        client_secret,
        metadata,
        is_trusted: id != OPEN,
    };
    [
        app(WEB, secret(), metadata(AuthMethod::ClientSecretBasic)),
        app(PAGE, None, metadata(AuthMethod::None)),
        app(
            NATIVE,
            None,
            ClientMetadata {
                redirect_uris: texts(&[LOOPBACK, SCHEME]),
                application_type: Some(ApplicationType::Native),
                ..metadata(AuthMethod::None)
            },
        ),
        app(
            KEYED,
            None,
            ClientMetadata {
                jwks: Some(Jwks { keys: vec![quick_key(Algorithm::Es256)] }),
                ..metadata(AuthMethod::PrivateKeyJwt)
            },
        ),
        app(
            ROBOT,
            secret(),
            ClientMetadata {
                grant_types: vec![GrantType::ClientCredentials],
                redirect_uris: Vec::new(),
                ..metadata(AuthMethod::ClientSecretPost)
            },
        ),
        app(OPEN, None, metadata(AuthMethod::None)),
    ]
}

/// An authorization request of that client; what is in `more` takes the place of what is there, and
/// an empty value leaves it out.
pub fn query(client_id: &str, redirect_uri: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("scope", "openid profile email offline_access"),
        ("state", "s 1"),
        ("nonce", "n 1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, _) in more {
        fields.retain(|(there, _)| there != name);
    }
    fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    text_of(&fields)
}

/// Fields as a form.
pub fn text_of(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        form::push(&mut text, name, value);
    }
    text
}

/// A form of one of the server's own pages, as a browser posts it.
pub fn own_form(path: &str, fields: &[(&str, &str)]) -> Request {
    let mut request = Request::form(path, text_of(fields));
    request.headers.push("origin", ISSUER);
    request.headers.push("sec-fetch-site", "same-origin");
    request
}

/// A form to the token endpoint, with the credentials of that client.
pub fn token_form(client_id: &str, fields: &[(&str, &str)]) -> Request {
    let mut body = text_of(fields);
    let mut headers = Headers::new();
    match client_id {
        WEB => headers.push("authorization", basic(client_id, &Secret::new(SECRET))),
        ROBOT => {
            form::push(&mut body, "client_id", client_id);
            form::push(&mut body, "client_secret", SECRET);
        }
        _ => form::push(&mut body, "client_id", client_id),
    }
    let mut request = Request::form(path::TOKEN, body);
    for (name, value) in headers.iter() {
        request.headers.push(name.to_owned(), value);
    }
    request
}

/// The same as the script of a page asks it.
pub fn cross_origin(mut request: Request) -> Request {
    request.headers.push("origin", "https://app.test");
    request
}

/// Sends a request as a browser does: wishing for a page, with its cookie, which it keeps.
pub fn browse(host: &mut Host, cookie: &mut Option<String>, mut request: Request) -> Answer {
    request.headers.push("accept", "text/html");
    if let Some(cookie) = cookie {
        request.headers.push("cookie", cookie.clone());
    }
    let answer = host.send(&request);
    keep(cookie, &answer);
    answer
}

/// Keeps the cookie that an answer sets.
pub fn keep(cookie: &mut Option<String>, answer: &Answer) {
    if let Some(set) = answer.headers().first("set-cookie") {
        *cookie = set.split(';').next().map(String::from);
    }
}

/// The interaction in a page, if it has a form.
pub fn interaction(answer: &Answer) -> Option<String> {
    let Answer::Page(show) = answer else { return None };
    match &show.page {
        Page::Login(page) => Some(page.interaction.clone()),
        Page::Consent(page) => Some(page.interaction.clone()),
        Page::Developer(page) => Some(page.interaction.clone()),
        Page::SignOut(page) => Some(page.interaction.clone()),
        Page::Leave(_) | Page::Registered(_) | Page::SignedOut | Page::Error(_) => None,
    }
}

/// Signs Alice in.
///
/// # Panics
///
/// If she cannot.
pub fn sign_in(host: &mut Host, cookie: &mut Option<String>) {
    let page = browse(host, cookie, Request::get(path::DEVELOPER));
    let interaction = interaction(&page).unwrap();
    let answer = browse(host, cookie, login_form(&interaction));
    assert!(cookie.is_some(), "{answer:?}");
}

/// Alice's username and password.
pub fn login_form(interaction: &str) -> Request {
    let fields = [("interaction", interaction), ("username", "alice"), ("password", PASSWORD)];
    own_form(path::LOGIN, &fields)
}

/// Alice's yes to all of it.
pub fn yes(interaction: &str) -> Request {
    let mut fields = vec![("interaction", interaction), ("decision", "approve")];
    for scope in ["openid", "profile", "email", "offline_access"] {
        fields.push(("scope", scope));
    }
    own_form(path::CONSENT, &fields)
}

/// Follows an authorization request as Alice, who agrees to everything; where she is sent, unless
/// the server shows her a page that leads nowhere.
pub fn agree(host: &mut Host, cookie: &mut Option<String>, url: &str) -> Option<String> {
    let mut answer = browse(host, cookie, Request::get(url));
    for _ in 0..4 {
        let next = match (&answer, interaction(&answer)) {
            (Answer::Page(show), Some(interaction)) => match show.page {
                Page::Login(_) => login_form(&interaction),
                _ => yes(&interaction),
            },
            _ => match answer.location() {
                Some(location) if is_own(location) => Request::get(location),
                location => return location.map(String::from),
            },
        };
        answer = browse(host, cookie, next);
    }
    None
}

/// Whether a URL leads to the server itself.
pub fn is_own(url: &str) -> bool {
    url.strip_prefix(ISSUER).is_some_and(|rest| rest.starts_with('/'))
}
