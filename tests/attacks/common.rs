//! What a row asserts beside the status: the error code, that nothing was stored or consumed, and that
//! no secret is in the answer.

use grantflow::server::{Key, Record, Turn};
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow_tests::{
    Answer, CALLBACK, CHALLENGE, CLIENT_ID, CLIENT_SECRET, ISSUER, PUBLIC_ID, VERIFIER, World,
    basic, json, query, redirect_parameters, text,
};
use serde_json::Value;

/// Parameters to set (`Some`) or leave out (`None`).
pub(crate) type Change<'c> = &'c [(&'c str, Option<&'c str>)];

/// The guide's parameters of PKCE.
pub(crate) const PKCE: Change<'_> =
    &[("code_challenge", Some(CHALLENGE)), ("code_challenge_method", Some("S256"))];

/// A verifier of the right length and the wrong hash.
pub(crate) const WRONG_VERIFIER: &str = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-w";

/// The guide's authorization request, changed.
pub(crate) fn ask(change: Change<'_>) -> String {
    changed(
        vec![
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile email"),
            ("state", "s"),
        ],
        change,
    )
}

/// The guide's token request, changed, without credentials.
pub(crate) fn form(code: &str, change: Change<'_>) -> Request {
    let fields =
        vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    Request::form(format!("{ISSUER}/oauth2/token"), changed(fields, change))
}

/// The same with the guide's client and its secret.
pub(crate) fn redeem(code: &str, change: Change<'_>) -> Request {
    as_client(form(code, change))
}

/// A refresh by the guide's client.
pub(crate) fn refresh(token: &str, change: Change<'_>) -> Request {
    let fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    as_client(Request::form(format!("{ISSUER}/oauth2/token"), changed(fields, change)))
}

/// A token given back by the guide's client.
pub(crate) fn revoke(token: &str) -> Request {
    as_client(Request::form(format!("{ISSUER}/oauth2/revoke"), query(&[("token", token)])))
}

pub(crate) fn as_client(mut request: Request) -> Request {
    request.headers.push("authorization", basic(CLIENT_ID, CLIENT_SECRET));
    request
}

/// The public client's own form: its name and no secret.
pub(crate) fn public(code: &str, verifier: Option<&str>) -> Request {
    form(code, &[("client_id", Some(PUBLIC_ID)), ("code_verifier", verifier)])
}

pub(crate) fn authorize(asked: &str) -> Request {
    Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"))
}

pub(crate) fn bearer(path: &str, token: &str) -> Request {
    let headers = Headers::new().with("authorization", format!("Bearer {token}"));
    Request { headers, ..Request::get(format!("{ISSUER}{path}")) }
}

/// Tokens for a code of the guide's client that was asked for with PKCE.
pub(crate) fn tokens(world: &mut World) -> Value {
    let code = world.approve(&ask(PKCE)).field("code").to_owned();
    took(world, &redeem(&code, &[("code_verifier", Some(VERIFIER))]))
}

/// The same, with a refresh token among them.
pub(crate) fn offline(world: &mut World) -> Value {
    let asked = ask(&[("scope", Some("openid profile email offline_access"))]);
    let code = world.approve(&asked).field("code").to_owned();
    took(world, &redeem(&code, &[]))
}

/// A member of an answer.
pub(crate) fn of(said: &Value, name: &str) -> String {
    said[name].as_str().unwrap().to_owned()
}

/// The twin of a refusal: JSON with 200.
pub(crate) fn took(world: &mut World, request: &Request) -> Value {
    let response = world.send(request).response();
    assert_eq!(response.status, 200, "{}", text(&response));
    json(&response)
}

/// The questions that a request asks, and how it ends.
pub(crate) fn asked_of(world: &mut World, request: &Request) -> (Vec<String>, Answer) {
    let mut asked = Vec::new();
    let mut turn = world.begin(request);
    loop {
        asked.push(match &turn {
            Turn::Read(q) => format!("read {}", kind(q.key())),
            Turn::Swap(q) => format!("swap {}", kind(q.key())),
            Turn::Sign(_) => "sign".into(),
            Turn::Verify(_) => "verify".into(),
            Turn::SignIn(_) => "sign in".into(),
            Turn::Claims(_) => "claims".into(),
            Turn::Failed(_) => "failed".into(),
            Turn::Show(_) | Turn::Admit(_) | Turn::Reply(_) => "end".into(),
        });
        turn = match world.step(turn) {
            Ok(turn) => turn,
            Err(answer) => return (asked, answer),
        }
    }
}

fn kind(key: &Key) -> String {
    key.to_string().split(':').next().unwrap_or_default().to_owned()
}

/// Asserts that a request is refused with this status and error, asks for no change and no signature,
/// leaves the store as it was, and is answered without a secret and without a way on.
pub(crate) fn refused(
    world: &mut World,
    request: &Request,
    status: u16,
    error: &str,
) -> (Response, Value) {
    let before = world.store.clone();
    let (asked, answer) = asked_of(world, request);
    let response = answer.response();
    let body = json(&response);
    assert_eq!((response.status, body["error"].as_str()), (status, Some(error)), "{request:?}");
    assert_eq!(response.headers.first("location"), None);
    let changes = |question: &&String| question.starts_with("swap") || *question == "sign";
    assert_eq!(asked.iter().find(changes), None, "{asked:?}");
    assert_eq!(world.store, before, "something is stored or consumed");
    assert_tells_nothing(&response);
    (response, body)
}

/// Asserts that a request for a code goes back to the app with this error and no code, stores nothing
/// and tells nothing; gives the parameters.
pub(crate) fn sent_back(world: &mut World, request: &Request, error: &str) -> Form {
    let before = world.store.clone();
    let response = world.send(request).response();
    let location = response.headers.first("location").unwrap();
    assert!(location.starts_with(CALLBACK) && !location.contains('#'), "{location}");
    let back = redirect_parameters(&response);
    assert_eq!(back.one("error").unwrap(), Some(error), "{request:?}");
    assert_eq!(back.one("iss").unwrap(), Some(ISSUER));
    for token in ["code", "access_token", "id_token"] {
        assert_eq!(back.one(token).unwrap(), None);
    }
    assert_eq!(world.store, before, "something is stored");
    assert_tells_nothing(&response);
    back
}

/// No code, no token, no secret and no verifier is in it.
pub(crate) fn assert_tells_nothing(response: &Response) {
    let said = format!("{:?} {}", said(response), text(response));
    for secret in [
        "gfc_",
        "gfa_",
        "gfr_",
        "gfm_",
        "eyJ",
        CLIENT_SECRET,
        VERIFIER,
        WRONG_VERIFIER,
        "wonderland",
    ] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

fn said(response: &Response) -> Vec<(String, String)> {
    response.headers.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// Everything that a store holds, as bytes.
pub(crate) fn dump(world: &World) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, found) in &world.store {
        bytes.extend(key.to_string().into_bytes());
        bytes.extend(Record::encode(&found.record));
    }
    bytes
}

pub(crate) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

pub(crate) fn changed<'c>(mut fields: Vec<(&'c str, &'c str)>, change: Change<'c>) -> String {
    for (name, value) in change {
        fields.retain(|(n, _)| n != name);
        fields.extend(value.map(|value| (*name, value)));
    }
    query(&fields)
}
