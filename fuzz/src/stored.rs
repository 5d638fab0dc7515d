//! What outlives a request: records in a store, a login in a browser, and what the server seals into
//! codes, tokens, cookies and forms. A store may give back anything, and whoever holds the sealing key
//! may seal anything: neither may make the server fall over.

use grantflow::client::{AwaitingCallback, RecordKey};
use grantflow::server::{Key, Record, Versioned, path};
use grantflow::wire::http::Request;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::host::{Answer, Host, PASSWORD};
use super::tape::Tape;
use super::world::{self, CALLBACK, SEALING, own_form};

/// The bytes of a record.
pub fn record(bytes: &[u8]) {
    let Ok(record) = Record::decode(bytes) else { return };
    let again = Record::decode(&record.encode());
    assert_eq!(again.as_ref(), Ok(&record));
    assert_eq!(again.map(|again| again.dies()), Ok(record.dies()));
    serve(&record);
}

/// The same record under a server that is asked about it.
fn serve(record: &Record) {
    let mut host = world::host(0);
    let mut cookie = None;
    let key = match record {
        Record::Client(client) => Key::Client(client.client_id.clone()),
        Record::Grant(grant) => Key::Grant(grant.terms.id),
        Record::Developer(_) => Key::Developer("user-alice".into()),
        Record::Consent(_) => {
            Key::Consent { subject: "user-alice".into(), client_id: world::WEB.into() }
        }
        Record::Assertion { .. } => {
            Key::Assertion { client_id: world::KEYED.into(), jti: "j".into() }
        }
        Record::Origin(_) => Key::Origin("https://app.test".into()),
    };
    host.store.insert(key, Versioned { version: 1, record: record.clone() });
    let mut ask = |request: Request, cookie: &mut Option<String>| {
        let answer = world::browse(&mut host, cookie, request);
        // A host whose store holds what it did not put there may say so, and no more.
        assert!(answer.status() < 500 || answer.status() == 503, "{answer:?}");
        answer
    };
    let query = world::query(world::WEB, CALLBACK, &[("prompt", "none")]);
    for request in [
        Request::get(format!("{}?{query}", path::AUTHORIZE)),
        world::cross_origin(world::token_form(world::WEB, &[("grant_type", "client_credentials")])),
        Request::get(path::DEVELOPER),
    ] {
        ask(request, &mut cookie);
    }
    if let Record::Client(client) = record {
        let redirect_uri = client.redirect_uris.first().map_or(CALLBACK, |uri| uri.as_str());
        let query = world::query(&client.client_id, redirect_uri, &[]);
        ask(Request::get(format!("{}?{query}", path::AUTHORIZE)), &mut cookie);
        ask(world::token_form(&client.client_id, &[("grant_type", "refresh_token")]), &mut cookie);
    }
    if let Record::Grant(grant) = record {
        let id: [u8; 16] = bytes_of(&grant.terms.id.to_text());
        for turn in [0, 1, u32::MAX] {
            let name = |kind| name(kind, id, turn, u64::MAX, u64::MAX, u32::MAX);
            let fields = [("grant_type", "refresh_token"), ("refresh_token", &name(REFRESH))];
            ask(world::token_form(&grant.terms.client_id, &fields), &mut cookie);
            let mut bearer = Request::get(path::TASKS);
            bearer.headers.push("authorization", format!("Bearer {}", name(ACCESS)));
            ask(bearer.clone(), &mut cookie);
            bearer.url = path::USERINFO.into();
            ask(bearer, &mut cookie);
            for path in [path::INTROSPECT, path::REVOKE] {
                let mut request = world::token_form(world::WEB, &[("token", &name(ACCESS))]);
                request.url = path.into();
                ask(request, &mut cookie);
            }
        }
        let code = name(CODE, id, 0, u64::MAX, u64::MAX, u32::MAX);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", world::VERIFIER),
        ];
        ask(world::token_form(&grant.terms.client_id, &fields), &mut cookie);
    }
}

fn bytes_of<const N: usize>(text: &str) -> [u8; N] {
    grantflow::base64url::decode(text).unwrap().try_into().unwrap()
}

/// The record of a login, plain and sealed.
pub fn login_record(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let key = RecordKey::new([5; 32]);
    // Who can guess a tag has broken HMAC.
    assert!(AwaitingCallback::open(&text, &key).is_err(), "{text}");
    let raw = grantflow::base64url::encode(bytes);
    for text in [&*text, &raw] {
        let Ok(login) = AwaitingCallback::decode(text) else { continue };
        let record = login.encode();
        assert_eq!(AwaitingCallback::decode(&record).as_ref(), Ok(&login));
        let sealed = login.seal(&key);
        assert_eq!(AwaitingCallback::open(&sealed, &key).as_ref(), Ok(&login));
        assert!(AwaitingCallback::open(&sealed, &RecordKey::new([6; 32])).is_err());
        assert!(AwaitingCallback::open(&record, &key).is_err());
        assert!(login.return_to().starts_with('/') && !login.return_to().starts_with("//"));
        assert_eq!(login.storage_key().len(), 22);
        assert!(login.dies() >= grantflow::time::UnixTime::from_secs(900));
    }
}

/// An authorization code, as [`names`] says it.
pub const CODE: (u8, &str) = (1, "gfc_");
/// An access token.
pub const ACCESS: (u8, &str) = (2, "gfa_");
/// A login, in a cookie.
pub const LOGIN: (u8, &str) = (3, "");
/// A request that waits for a login.
pub const VISIT: (u8, &str) = (4, "");
/// A request that waits for consent.
pub const CONSENT: (u8, &str) = (5, "");
/// A form of the server's own.
pub const FORM: (u8, &str) = (6, "");
/// A refresh token.
pub const REFRESH: (u8, &str) = (7, "gfr_");
/// The name of a signed access token.
pub const JTI: (u8, &str) = (8, "");
/// What manages a registration.
pub const REGISTRATION: (u8, &str) = (9, "gfm_");
/// Every kind of sealed text.
pub const KINDS: [(u8, &str); 9] =
    [CODE, ACCESS, LOGIN, VISIT, CONSENT, FORM, REFRESH, JTI, REGISTRATION];

/// Seals contents of that kind, as whoever has the key can:
/// `prefix ‖ base64url(kind ‖ key id ‖ contents ‖ HMAC)`.
pub fn seal(key: &[u8; 32], (kind, prefix): (u8, &str), contents: &[u8]) -> String {
    let id = hmac(key, b"key id")[0];
    let message = [&[kind, id], contents].concat();
    let sealed = [&message[..], &hmac(key, &message)].concat();
    format!("{prefix}{}", grantflow::base64url::encode(sealed))
}

/// Kind and contents of what was sealed with that key.
pub fn open(key: &[u8; 32], text: &str) -> Option<(u8, Vec<u8>)> {
    let prefix =
        KINDS.iter().map(|(_, prefix)| *prefix).find(|p| !p.is_empty() && text.starts_with(p));
    let sealed = grantflow::base64url::decode(&text[prefix.map_or(0, str::len)..])?;
    let (message, mac) = sealed.split_at_checked(sealed.len().checked_sub(32)?)?;
    let [kind, _, contents @ ..] = message else { return None };
    (hmac(key, message) == mac).then(|| (*kind, contents.to_vec()))
}

fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// The name of a grant.
pub fn name(
    kind: (u8, &str),
    grant: [u8; 16],
    turn: u32,
    until: u64,
    scope: u64,
    audience: u32,
) -> String {
    let contents = [
        &grant[..],
        &turn.to_be_bytes(),
        &until.to_be_bytes(),
        &scope.to_be_bytes(),
        &audience.to_be_bytes(),
    ];
    seal(&SEALING, kind, &contents.concat())
}

/// Contents of every kind, sealed well, at every door; and what somebody else sealed.
pub fn names(bytes: &[u8]) {
    let mut tape = Tape::new(bytes);
    let kind = *tape.pick(&KINDS);
    let is_fresh = tape.flag();
    let mut contents = Vec::new();
    if [LOGIN, VISIT, CONSENT, FORM].contains(&kind) {
        contents.extend(if is_fresh { u64::MAX } else { 0 }.to_be_bytes());
    }
    contents.extend(tape.rest());
    let sealed = seal(&SEALING, kind, &contents);
    assert_eq!(open(&SEALING, &sealed), Some((kind.0, contents.clone())));
    let (mut host, mut cookie) = (world::host(1), None);
    world::sign_in(&mut host, &mut cookie);
    let nothing = knock(&host, cookie.as_deref(), "x");
    let stranger = seal(&[9; 32], kind, &contents);
    assert!(knock(&host, cookie.as_deref(), &stranger) == nothing);
    for ((door, opens), (answer, nothing)) in
        DOORS.iter().zip(knock(&host, cookie.as_deref(), &sealed).iter().zip(&nothing))
    {
        assert!(answer.status() < 500, "{door}: {answer:?}");
        // Two kinds that have one prefix are told apart by what is sealed.
        assert!(opens.contains(&kind) || answer == nothing, "{kind:?} opens {door}: {answer:?}");
    }
}

/// Where something sealed is opened, and of which kinds it may be.
pub const DOORS: [(&str, &[(u8, &str)]); 13] = [
    ("an API", &[ACCESS]),
    ("userinfo", &[ACCESS]),
    ("the door of a registration", &[REGISTRATION]),
    ("where a login page leads", &[VISIT]),
    ("the consent form", &[CONSENT]),
    ("the login form", &[VISIT]),
    ("the sign-out form", &[FORM]),
    ("the developer form", &[FORM]),
    ("the token endpoint for a code", &[CODE]),
    ("the token endpoint for a refresh token", &[REFRESH]),
    ("introspection", &[ACCESS, REFRESH]),
    ("revocation", &[ACCESS, REFRESH]),
    ("a cookie", &[LOGIN]),
];

/// Shows a text at every door; what came of it.
pub fn knock(host: &Host, cookie: Option<&str>, sealed: &str) -> [Answer; 13] {
    let mut bearer = Request::get(path::TASKS);
    bearer.headers.push("authorization", format!("Bearer {sealed}"));
    let at = |request: &Request, url: &str| Request { url: url.into(), ..request.clone() };
    let interaction = world::text_of(&[("interaction", sealed)]);
    let field = ("interaction", sealed);
    let consent = [field, ("decision", "approve"), ("scope", "openid")];
    let login = [field, ("username", "alice"), ("password", PASSWORD)];
    let code = [
        ("grant_type", "authorization_code"),
        ("code", sealed),
        ("redirect_uri", CALLBACK),
        ("code_verifier", world::VERIFIER),
    ];
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", sealed)];
    let token = world::token_form(world::WEB, &[("token", sealed)]);
    let mut as_login = Request::get(path::DEVELOPER);
    as_login.headers.push("cookie", format!("{}={sealed}", world::COOKIE));
    let calls = host.calls;
    [
        bearer.clone(),
        at(&bearer, path::USERINFO),
        at(&bearer, &format!("{}?client_id=app", path::REGISTER)),
        Request::get(format!("{}?{interaction}", path::CONSENT)),
        own_form(path::CONSENT, &consent),
        own_form(path::LOGIN, &login),
        own_form(path::LOGOUT, &[field]),
        own_form(path::DEVELOPER, &[field, ("action", "remove"), ("client_id", "x")]),
        world::token_form(world::WEB, &code),
        world::token_form(world::WEB, &refresh),
        at(&token, path::INTROSPECT),
        at(&token, path::REVOKE),
        as_login,
    ]
    .map(|mut request| {
        if let Some(cookie) = cookie.filter(|_| request.headers.first("cookie").is_none()) {
            request.headers.push("cookie", cookie);
        }
        // Each by itself, so that what is opened at one door changes nothing at the next.
        let mut host = host.clone();
        host.calls = calls;
        host.send(&request)
    })
}
