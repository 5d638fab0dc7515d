//! The readers of messages: what they take they write back, and read as the same thing.

use std::fmt::Debug;

use grantflow::client::Challenge as WantsToken;
use grantflow::key::PublicKey;
use grantflow::secret::Secret;
use grantflow::wire::access_token::AccessClaims;
use grantflow::wire::assertion::Assertion;
use grantflow::wire::callback::{Callback, ResponseMode};
use grantflow::wire::claims_request::ClaimsRequest;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::dpop::{self, LONGEST_NAME, Proof, Said};
use grantflow::wire::error::{ErrorBody, LONGEST_DESCRIPTION, LONGEST_ERROR};
use grantflow::wire::form::Form;
use grantflow::wire::http::{Method, Request};
use grantflow::wire::id_token::{IdClaims, LONGEST_SUBJECT};
use grantflow::wire::introspection::Introspection;
use grantflow::wire::jwks::{Jwks, MOST_KEYS, public_jwk};
use grantflow::wire::jws::{self, Jws, LONGEST_JWS};
use grantflow::wire::logout::LogoutRequest;
use grantflow::wire::registration::{ClientInformation, ClientMetadata};
use grantflow::wire::resource_metadata::ResourceMetadata;
use grantflow::wire::token::TokenResponse;
use grantflow::wire::{bearer, credentials};

use super::differ;

/// Reads `bytes`; what is taken is written, and what was written reads as the same and is written as
/// the same.
///
/// # Panics
///
/// If it is not so.
pub fn stable<T: Debug + PartialEq>(
    bytes: &[u8],
    parse: impl Fn(&[u8]) -> Option<T>,
    print: impl Fn(&T) -> String,
) -> Option<T> {
    let first = parse(bytes)?;
    let printed = print(&first);
    let second = parse(printed.as_bytes());
    assert_eq!(second.as_ref(), Some(&first), "{printed}");
    assert_eq!(second.map(|second| print(&second)), Some(printed));
    Some(first)
}

/// A query or a body.
pub fn form(bytes: &[u8]) {
    differ::form(bytes);
    let printed = |form: &Form| {
        let mut out = String::new();
        for (name, value) in form.iter() {
            grantflow::wire::form::push(&mut out, name, value);
        }
        out
    };
    // A name may be so long that its spelling is too long for a form.
    if bytes.len() <= grantflow::wire::form::LONGEST_FORM / 3 {
        stable(bytes, |bytes| Form::parse(bytes).ok(), printed);
    }
    if let Ok(form) = Form::parse(bytes)
        && let Ok(asked) = LogoutRequest::read(&form)
    {
        let again = Form::parse(asked.to_query().as_bytes());
        assert_eq!(again.map(|form| LogoutRequest::read(&form)), Ok(Ok(asked)));
    }
}

/// A signed token, taken apart.
pub fn jws(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(taken) = Jws::parse(&text) else { return };
    assert!(text.len() <= LONGEST_JWS);
    assert_eq!(jws::assemble(taken.signing_input, &taken.signature), text);
    for part in [&taken.payload, &taken.signature] {
        assert!(part.len() <= text.len());
    }
    let ours = [
        jws::signing_input(
            taken.alg,
            taken.kid.as_deref().unwrap_or_default(),
            taken.typ.as_deref().unwrap_or_default(),
            "{}",
        ),
        grantflow::base64url::encode(&taken.signature),
    ];
    let ours = ours.join(".");
    if ours.len() <= LONGEST_JWS {
        let again = Jws::parse(&ours).unwrap();
        assert_eq!(again.alg, taken.alg);
        assert_eq!(again.kid.as_deref(), Some(taken.kid.as_deref().unwrap_or_default()));
        assert_eq!(again.signature, taken.signature);
    }
    proof(&text);
}

/// A signed token that is a proof, too.
fn proof(text: &str) {
    let Ok(proof) = Proof::parse(text) else { return };
    assert!(proof.key.is_strong());
    assert!(proof.is_for(&proof.htu));
    assert!((1..=LONGEST_NAME).contains(&proof.jti.len()));
    let said = Said {
        jti: &proof.jti,
        htm: &proof.htm,
        url: &proof.htu,
        iat: proof.iat,
        access_token: None,
        nonce: proof.nonce.as_deref(),
    };
    let jwk = public_jwk(&proof.key);
    assert!(!jwk.contains("\"d\":"), "a private key");
    let again = jws::assemble(&said.signing_input(proof.key.alg, &jwk), b"s");
    if again.len() <= LONGEST_JWS {
        let again = Proof::parse(&again).unwrap();
        assert_eq!(again.key.thumbprint(), proof.key.thumbprint());
        assert_eq!(again.htu, dpop::target(&proof.htu));
        assert_eq!(again, Proof { htu: again.htu.clone(), ath: None, ..proof });
    }
}

/// A set of keys.
pub fn jwks(bytes: &[u8]) {
    let taken = stable(bytes, |bytes| Jwks::parse(bytes).ok(), Jwks::to_json);
    if let Some(jwks) = taken {
        assert!(jwks.keys.len() <= MOST_KEYS);
        assert!(jwks.keys.iter().all(PublicKey::is_strong));
        let published: serde_json::Value = serde_json::from_str(&jwks.to_json()).unwrap();
        let keys = published["keys"].as_array().unwrap();
        assert!(keys.iter().all(|key| key.get("d").is_none()), "a private key is published");
    }
}

/// What a server or an API says about itself.
pub fn metadata(bytes: &[u8]) {
    let server = stable(bytes, |b| ServerMetadata::parse(b).ok(), ServerMetadata::to_json);
    if let Some(server) = server {
        let endpoints = [
            Some(&server.authorization_endpoint),
            Some(&server.token_endpoint),
            server.jwks_uri.as_ref(),
            server.userinfo_endpoint.as_ref(),
            server.end_session_endpoint.as_ref(),
            server.revocation_endpoint.as_ref(),
            server.introspection_endpoint.as_ref(),
            server.registration_endpoint.as_ref(),
        ];
        for endpoint in endpoints.into_iter().flatten() {
            differ::is_where_a_browser_may_go(endpoint);
        }
    }
    stable(bytes, |b| ResourceMetadata::parse(b).ok(), ResourceMetadata::to_json);
}

/// The claims of every kind of token, and what is told about one.
pub fn claims(bytes: &[u8]) {
    // All but the text, which is what was read.
    let parse = |bytes: &[u8]| IdClaims::parse(bytes).ok();
    if let Some(first) = parse(bytes) {
        assert!((1..=LONGEST_SUBJECT).contains(&first.sub.len()));
        let printed = first.to_json();
        let second = parse(printed.as_bytes()).unwrap();
        assert_eq!(second, IdClaims { text: printed.clone(), ..first.clone() });
        assert_eq!(second.to_json(), printed);
        assert_eq!(second.not_before(), first.not_before());
    }
    stable(bytes, |b| AccessClaims::parse(b).ok(), AccessClaims::to_json);
    stable(bytes, |b| Assertion::parse(b).ok(), Assertion::to_json);
    stable(bytes, |b| Introspection::parse(b).ok(), Introspection::to_json);
}

/// What is wanted claim by claim.
pub fn claims_request(bytes: &[u8]) {
    let parse = |bytes: &[u8]| ClaimsRequest::parse(std::str::from_utf8(bytes).ok()?).ok();
    if let Some(asked) = stable(bytes, parse, ClaimsRequest::to_json) {
        for claim in asked.userinfo.iter().chain(&asked.id_token) {
            assert!(claim.texts().count() <= claim.values.len());
        }
    }
}

/// What a client says of itself, and what a server says of a client.
pub fn registration(bytes: &[u8]) {
    stable(bytes, |b| ClientMetadata::parse(b).ok(), ClientMetadata::to_json);
    // When the secret ends is said beside a secret only.
    let parse = |bytes: &[u8]| {
        let mut told = ClientInformation::parse(bytes).ok()?;
        if told.client_secret.is_none() {
            told.client_secret_expires_at = None;
        }
        Some(told)
    };
    stable(bytes, parse, ClientInformation::to_json);
}

/// What comes from a token endpoint: tokens, or why there are none.
pub fn token_response(bytes: &[u8]) {
    stable(bytes, |b| TokenResponse::parse(b).ok(), TokenResponse::to_json);
    if let Some(body) = stable(bytes, ErrorBody::parse, ErrorBody::to_json) {
        is_tame(&body);
    }
}

/// A stranger's words as they may be shown and logged.
fn is_tame(body: &ErrorBody) {
    assert!((1..=LONGEST_ERROR).contains(&body.error.len()));
    assert!(body.error.bytes().all(|b| b.is_ascii_graphic()));
    if let Some(text) = &body.error_description {
        assert!((1..=LONGEST_DESCRIPTION).contains(&text.chars().count()));
        assert!(!text.contains(char::is_control) && !text.contains('\u{202e}'));
    }
    if let Some(uri) = &body.error_uri {
        differ::is_where_a_browser_may_go(uri);
    }
}

/// The redirect back, and the page that posts it.
pub fn callback(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(callback) = Callback::parse(&text) else { return };
    for uri in ["/", "https://app.test/cb", "https://app.test/cb?tenant=1", "com.example.app:/cb"] {
        let url = callback.to_url(uri);
        assert!(url.starts_with(uri));
        assert!(url.is_ascii() && !url.contains(char::is_whitespace), "{url}");
        assert_eq!(Callback::parse(&url).as_ref(), Ok(&callback), "{url}");
    }
    let page = callback.to_page("https://app.test/cb");
    assert_eq!(Callback::parse(&posted_by(&page)).as_ref(), Ok(&callback), "{page}");
    assert_eq!(page.matches("<script>").count(), 1, "{page}");
    if let Err(refusal) = &callback.answer {
        is_tame(refusal);
    }
    for mode in ResponseMode::ALL {
        assert_eq!(ResponseMode::parse(mode.name()), Some(mode));
    }
}

/// What a browser posts when the page submits its form.
///
/// # Panics
///
/// If the page is not one of ours.
pub fn posted_by(page: &str) -> String {
    let mut form = String::new();
    for field in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        let (value, _) = rest.split_once('"').unwrap();
        let value = [("&lt;", "<"), ("&quot;", "\""), ("&#10;", "\n"), ("&#13;", "\r")]
            .iter()
            .fold(value.to_owned(), |text, (from, to)| text.replace(from, to))
            .replace("&amp;", "&");
        grantflow::wire::form::push(&mut form, name, &value);
    }
    form
}

/// A header: who a client is, what it opens, what an API wants instead.
pub fn header(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    differ::basic(&text);
    if let Ok((id, secret)) = credentials::parse_basic(&text) {
        let printed = credentials::basic(&id, &secret);
        assert_eq!(credentials::parse_basic(&printed), Ok((id, secret)));
    }
    let mut request = Request::get("/api/tasks");
    request.headers.push("Authorization", &*text);
    if let Ok(Some(token)) = bearer::parse(&request) {
        assert!(!token.expose().is_empty() && token.expose().bytes().all(|b| b.is_ascii_graphic()));
        let mut again = Request::get("/api/tasks");
        grantflow::client::resource::authorize(&mut again, &token);
        assert_eq!(bearer::parse(&again), Ok(Some(token)));
    }
    for request in [
        Request::form("/oauth2/userinfo", bytes),
        Request::get(format!("/api/tasks?{text}")),
        Request { method: Method::Put, ..Request::form("/", bytes) },
    ] {
        let _: Result<Option<Secret>, _> = bearer::parse(&request);
        assert!(request.url.contains(request.path()) && request.url.contains(request.query()));
    }
    if let Some(challenge) = WantsToken::parse(&text) {
        let printed = challenge_text(&challenge);
        assert_eq!(WantsToken::parse(&printed), Some(challenge), "{printed}");
    }
}

/// A challenge as a server writes it.
pub fn challenge_text(challenge: &WantsToken) -> String {
    let mut text = String::from("Bearer");
    let mut separator = " ";
    for (name, value) in [
        ("error", &challenge.error),
        ("error_description", &challenge.error_description),
        ("scope", &challenge.scope),
        ("resource_metadata", &challenge.resource_metadata),
    ] {
        if let Some(value) = value {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            text.extend([separator, name, "=\"", &value, "\""]);
            separator = ", ";
        }
    }
    text
}
