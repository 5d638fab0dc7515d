//! Whatever comes, no reader panics, and none does more than its size is worth.
//!
//! Time is no measure in a test, so memory is: how much a reader asks for in all is how much it did.
//! Of the server it is how many questions it asks, and how long its answers are.

use allocation_counter::measure;
use grantflow::client::{AwaitingCallback, Challenge, RecordKey, ReturnTo, storage_key_of};
use grantflow::pkce;
use grantflow::scope::{MOST_SCOPES, ScopeSet};
use grantflow::server::ask::LONGEST_ASK;
use grantflow::server::{Page, Record, path};
use grantflow::uri::{Issuer, LONGEST_URI, Parts, RedirectUri};
use grantflow::wire::access_token::AccessClaims;
use grantflow::wire::assertion::Assertion;
use grantflow::wire::callback::Callback;
use grantflow::wire::claims_request::ClaimsRequest;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::error::ErrorBody;
use grantflow::wire::form::{Form, LONGEST_FORM, LONGEST_VALUE, MOST_PARAMETERS};
use grantflow::wire::http::{Headers, Method, Request};
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::introspection::Introspection;
use grantflow::wire::json::{self, DEEPEST_JSON, LONGEST_JSON, MOST_MEMBERS};
use grantflow::wire::jwks::{Jwks, MOST_KEYS};
use grantflow::wire::jws::{Jws, LONGEST_JWS};
use grantflow::wire::registration::{ClientInformation, ClientMetadata};
use grantflow::wire::resource_metadata::ResourceMetadata;
use grantflow::wire::token::TokenResponse;
use grantflow::wire::{bearer, credentials};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cases;
use crate::fuzz::host::{Answer, Fault};
use crate::fuzz::server::{MOST_TURNS, PATHS};
use crate::fuzz::world::{self, CALLBACK, CLIENTS, WEB};

/// A reader, and what it makes of bytes; whether it took them does not matter here.
type Reader = (&'static str, fn(&[u8], &str));

/// Every reader of what others say: bytes, and the same as text.
const READERS: [Reader; 30] = [
    ("json", |bytes, _| walk(bytes)),
    ("form", |bytes, _| drop(Form::parse(bytes))),
    ("access_token", |bytes, _| drop(AccessClaims::parse(bytes))),
    ("assertion", |bytes, _| drop(Assertion::parse(bytes))),
    ("claims_request", |_, text| drop(ClaimsRequest::parse(text))),
    ("metadata", |bytes, _| drop(ServerMetadata::parse(bytes))),
    ("error", |bytes, _| drop(ErrorBody::parse(bytes))),
    ("id_token", |bytes, _| drop(IdClaims::parse(bytes))),
    ("introspection", |bytes, _| drop(Introspection::parse(bytes))),
    ("jwks", |bytes, _| drop(Jwks::parse(bytes))),
    ("client metadata", |bytes, _| drop(ClientMetadata::parse(bytes))),
    ("client information", |bytes, _| drop(ClientInformation::parse(bytes))),
    ("resource metadata", |bytes, _| drop(ResourceMetadata::parse(bytes))),
    ("tokens", |bytes, _| drop(TokenResponse::parse(bytes))),
    ("record", |bytes, _| drop(Record::decode(bytes))),
    ("jws", |_, text| drop(Jws::parse(text))),
    ("callback", |_, text| drop(Callback::parse(text))),
    ("storage key", |_, text| drop(storage_key_of(text))),
    ("basic", |_, text| drop(credentials::parse_basic(text))),
    ("bearer", |_, text| {
        let mut request = Request::get("/");
        request.headers.push("authorization", text);
        drop(bearer::parse(&request));
    }),
    ("challenge", |_, text| drop(Challenge::parse(text))),
    ("parts", |_, text| {
        let _ = Parts::of(text);
    }),
    ("issuer", |_, text| drop(Issuer::parse(text))),
    ("redirect uri", |_, text| drop(RedirectUri::parse(text))),
    ("scope", |_, text| drop(ScopeSet::parse(text))),
    ("pkce", |_, text| {
        let _ = pkce::Challenge::parse(text);
    }),
    ("base64url", |_, text| drop(grantflow::base64url::decode(text))),
    ("return to", |_, text| drop(ReturnTo::parse(text))),
    ("login", |_, text| drop(AwaitingCallback::decode(text))),
    ("sealed login", |_, text| {
        drop(AwaitingCallback::open(text, &RecordKey::new([1; 32])));
    }),
];

/// Looks at every value.
fn walk(bytes: &[u8]) {
    fn visit(value: json::Value<'_>) {
        let _ = (value.string(), value.integer(), value.whole());
        value.array().into_iter().flatten().for_each(visit);
        if let Some(object) = value.object() {
            object.members().for_each(|(_, value)| visit(value));
        }
    }
    let _ = json::parse(bytes).map(visit);
}

/// What a reader may take whatever comes: the table of a form's parameters, for one.
const SPARE: u64 = 16 * 1024;

/// Shows bytes to every reader; none asks for more memory in all than their length is worth.
fn read(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let length = u64::try_from(text.len()).unwrap();
    for (name, reader) in READERS {
        let info = measure(|| reader(bytes, &text));
        assert!(info.bytes_total <= 32 * length + SPARE, "{name}: {info:?} for {length} bytes");
        assert!(info.bytes_max <= 20 * length + SPARE, "{name}: {info:?} for {length} bytes");
        assert_eq!(info.bytes_current, 0, "{name} keeps memory");
    }
}

/// Messages of the shapes that cost most.
fn costly() -> Vec<String> {
    let object = |n: usize, member: &dyn Fn(usize) -> String| {
        format!("{{{}}}", (0..n).map(member).collect::<Vec<_>>().join(","))
    };
    let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let uris = (0..1500).map(|n| format!("\"https://a.test/{n}\"")).collect::<Vec<_>>().join(",");
    vec![
        "[".repeat(LONGEST_JSON),
        "[".repeat(DEEPEST_JSON) + &"1,".repeat(30_000) + "1" + &"]".repeat(DEEPEST_JSON),
        format!("[{}]", "{},".repeat(21_000) + "{}"),
        format!("\"{}\"", "\\u00e9".repeat(10_000)),
        format!("\"{}\"", "\\\"".repeat(30_000)),
        object(MOST_MEMBERS, &|n| format!("\"{n}\":\"{}\"", "a".repeat(200))),
        // Names that differ at their ends, and are spelled so that they must be spelled out.
        object(MOST_MEMBERS, &|n| format!("\"{}{n}\":0", "\\u0061".repeat(38))),
        object(MOST_MEMBERS, &|n| format!("\"{}{n}\":0", "a".repeat(240))),
        object(MOST_MEMBERS, &|n| format!("\"{n}\":{{\"{}\":0}}", "\\n".repeat(100))),
        format!(r#"{{"keys":[{}]}}"#, [key; MOST_KEYS].join(",")),
        format!(r#"{{"redirect_uris":[{uris}],"scope":"{}"}}"#, "a ".repeat(2000)),
        format!(
            r#"{{"userinfo":{}}}"#,
            object(MOST_MEMBERS, &|n| format!("\"{n}\":{{\"values\":[{}1]}}", "1,".repeat(90)))
        ),
        format!(r#"{{"error":"{0}","error_description":"{0}"}}"#, "x".repeat(30_000)),
        "a=1&".repeat(MOST_PARAMETERS),
        "&".repeat(LONGEST_FORM),
        "%61".repeat(LONGEST_FORM / 3),
        format!("code={}&state={}", "c".repeat(LONGEST_VALUE), "%41".repeat(LONGEST_VALUE)),
        format!("eyJhbGciOiJSUzI1NiJ9.{}.AA", "A".repeat(LONGEST_JWS - 26)),
        ".".repeat(LONGEST_JWS),
        format!("Basic {}", "YTphY".repeat(3_200) + "TphY2M="),
        "Bearer ".to_owned() + &"a".repeat(60_000),
        "Bearer a=\"".to_owned() + &"\\\"".repeat(30_000),
        "x ".repeat(30_000),
        ", ".repeat(30_000) + "Bearer error=\"x\"",
        (0..MOST_SCOPES).map(|n| n.to_string()).collect::<Vec<_>>().join(" ").repeat(300),
        "https://a.test/".to_owned() + &"a".repeat(LONGEST_URI - 15),
        format!("https://{}", ":".repeat(2000)),
        "/".repeat(60_000),
        "A".repeat(60_000),
        "\u{1}\u{2}".repeat(30_000),
    ]
}

#[test]
fn what_costs_most_costs_no_more_than_its_length_is_worth() {
    for text in costly() {
        read(text.as_bytes());
    }
    // The bytes of a record whose lengths lie.
    for kind in 0..8 {
        for lie in [[0xff; 4], [0, 1, 0, 0], [0, 0, 0xff, 0xff]] {
            read(&[&[3, kind], &lie[..], &[0; 300]].concat());
            read(&[&[3, kind, 0, 0, 0, 1, b'x'], &lie[..], &lie, &[0xff; 300]].concat());
        }
    }
}

#[test]
fn what_is_longer_than_its_limit_is_not_looked_at() {
    let text = "1".repeat(10 << 20);
    for reader in
        ["json", "form", "metadata", "jwks", "jws", "parts", "issuer", "redirect uri", "return to"]
    {
        let (_, reader) = READERS.iter().find(|(name, _)| *name == reader).unwrap();
        let info = measure(|| reader(text.as_bytes(), &text));
        assert_eq!(info.count_total, 0, "{info:?}");
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }

    #[test]
    fn no_characters_of_messages_do_either(
        bytes in vec(select(b"{}[]\":,\\u0a1e-.+&=%?#/@ Bearsictoknh\n\xc3\xa9".to_vec()), 0..200),
    ) {
        read(&bytes);
    }
}

/// Sends a request: it is answered after so many questions at most, and shortly.
fn asked(host: &mut crate::fuzz::host::Host, request: &Request) -> Answer {
    let mut answer = None;
    let info = measure(|| answer = Some(host.send(request)));
    let answer = answer.unwrap();
    assert!(host.turns <= MOST_TURNS, "{} questions: {request:?}", host.turns);
    let headers = request.headers.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>();
    let length = u64::try_from(request.url.len() + request.body.len() + headers).unwrap();
    // What is kept between questions is kept once for each of them.
    let most = 128 * length + 512 * 1024;
    assert!(info.bytes_total <= most, "{info:?} for {length} bytes: {request:?}");
    if let Answer::Response(response) = &answer {
        if response.status >= 400 {
            assert!(response.body.len() < 256, "a refusal is as long as its row in reply.rs");
        }
        assert!(response.body.len() <= 32 * 1024, "{response:?}");
    }
    answer
}

#[test]
fn the_costliest_requests_are_answered_shortly() {
    let mut host = world::host(1);
    let fields =
        "client_id=web&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&response_type=code&scope=openid";
    for text in costly() {
        for path in PATHS {
            let form = format!("{fields}&token={text}");
            let mut requests = [
                Request::form(path, form.clone()),
                Request::get(format!("{path}?{form}")),
                Request {
                    method: Method::Put,
                    ..Request::form(format!("{path}?client_id=x"), text.clone())
                },
                Request {
                    headers: Headers::new().with("authorization", text.clone()),
                    ..Request::form(path, fields)
                },
            ];
            for request in &mut requests {
                request.headers.push("cookie", format!("{}={text}", world::COOKIE));
                request.headers.push("origin", text.clone());
                let answer = asked(&mut host, request);
                assert!(answer.status() < 500, "{answer:?}");
            }
        }
    }
}

/// A store that lets nobody through, whatever is asked of it.
#[test]
fn whatever_the_store_says_a_request_comes_to_an_end() {
    for fault in Fault::ALL {
        for kind in 0..world::KINDS {
            let (mut host, mut cookie) = (world::host(kind), None);
            world::sign_in(&mut host, &mut cookie);
            let url = format!("{}?{}", path::AUTHORIZE, world::query(WEB, CALLBACK, &[]));
            let consent = world::browse(&mut host, &mut cookie, Request::get(url.clone()));
            let interaction = world::interaction(&consent).unwrap();
            let back = world::agree(&mut host.clone(), &mut cookie.clone(), &url).unwrap();
            let back = Form::parse(back.split_once('?').unwrap().1.as_bytes()).unwrap();
            let redeem = [
                ("grant_type", "authorization_code"),
                ("code", back.field("code")),
                ("redirect_uri", CALLBACK),
                ("code_verifier", world::VERIFIER),
            ];
            let page = world::browse(&mut host, &mut cookie, Request::get(path::DEVELOPER));
            let developer = world::interaction(&page).unwrap();
            let create = [
                ("interaction", &*developer),
                ("action", "create"),
                ("name", "Mine"),
                ("redirect_uris", "https://mine.test/cb"),
            ];
            for mut request in [
                world::yes(&interaction),
                world::token_form(WEB, &redeem),
                world::own_form(path::DEVELOPER, &create),
                Request::form(path::REGISTER, r#"{"redirect_uris":["https://n.test/cb"]}"#),
            ] {
                request.headers.push("cookie", cookie.clone().unwrap());
                let mut host = host.clone();
                host.faults.extend([fault; 2 * MOST_TURNS]);
                asked(&mut host, &request);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn no_request_makes_the_server_panic(
        method in select(vec![Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete, Method::Options]),
        path in select(PATHS.to_vec()),
        query in "[ -~é]{0,40}",
        headers in vec((select(vec!["authorization", "cookie", "origin", "content-type", "accept"]), "[ -~]{0,40}"), 0..4),
        body in vec(any::<u8>(), 0..200),
    ) {
        let mut request = Request { method, ..Request::form(format!("{path}?{query}"), body) };
        for (name, value) in headers {
            request.headers.push(name, value);
        }
        let answer = asked(&mut world::host(1), &request);
        assert!(answer.status() < 500, "{answer:?}");
    }

    /// What a client chooses freely goes into a form, and forms have limits.
    #[test]
    fn a_request_that_waits_in_a_page_comes_back_from_it(
        lengths in vec(0..LONGEST_ASK, 4),
        c in select(vec!["a", " ", "%", "é", "\"", "😀"]),
        client_id in select(CLIENTS[..2].to_vec()),
        resources in 0..3_usize,
    ) {
        let text = |at: usize| {
            let length: usize = lengths[at] / c.len() / if at == 3 { 1 } else { 2 };
            c.repeat(length)
        };
        let claims = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "a".repeat(lengths[3] / 3));
        let (state, nonce, hint) = (text(0), text(1), text(2));
        let more = [
            ("state", &*state),
            ("nonce", &*nonce),
            ("login_hint", &*hint),
            ("claims", &*claims),
        ];
        let mut query = world::query(client_id, CALLBACK, &more);
        for resource in [world::API, "https://as.test/oauth2/userinfo"].into_iter().take(resources) {
            grantflow::wire::form::push(&mut query, "resource", resource);
        }
        let (mut host, mut cookie) = (world::host(0), None);
        let request = Request::get(format!("{}?{query}", path::AUTHORIZE));
        let answer = world::browse(&mut host, &mut cookie, request);
        if let Answer::Page(show) = &answer {
            let Page::Login(page) = &show.page else { panic!("{answer:?}") };
            assert!(page.interaction.len() <= LONGEST_VALUE);
            let answer = world::browse(&mut host, &mut cookie, world::login_form(&page.interaction));
            let next = answer.location().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
            let consent = world::browse(&mut host, &mut cookie, Request::get(next));
            let interaction = world::interaction(&consent).unwrap();
            assert!(interaction.len() <= LONGEST_VALUE);
            let back = world::browse(&mut host, &mut cookie, world::yes(&interaction));
            let back = back.location().unwrap_or_else(|| panic!("{back:?}")).to_owned();
            let form = Form::parse(back.split_once('?').unwrap().1.as_bytes()).unwrap();
            assert!(!form.field("code").is_empty(), "{back}");
            assert_eq!(form.field("state"), state);
        } else {
            let said = lengths[0] + lengths[1] + lengths[2];
            assert!(said + claims.len() + 200 > LONGEST_ASK, "{answer:?}");
        }
    }
}
