//! Our readers against other people's: what ours take, theirs take as the same thing, and what ours
//! refuse they refuse for a reason that is written down.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use grantflow::client::ReturnTo;
use grantflow::key::Algorithm;
use grantflow::pkce::Challenge;
use grantflow::scope::{MOST_SCOPES, ScopeSet};
use grantflow::uri::{self, Issuer, LONGEST_URI, Parts, RedirectUri};
use grantflow::wire::credentials;
use grantflow::wire::form::{
    self, Form, FormError, LONGEST_FORM, LONGEST_NAME, LONGEST_VALUE, MOST_PARAMETERS,
};
use grantflow::wire::json::{self, DEEPEST_JSON, JsonError, LONGEST_JSON, MOST_MEMBERS, Writer};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use url::{Host, Url};

/// JSON, against `serde_json`.
pub fn json(bytes: &[u8]) {
    let theirs = serde_json::from_slice::<serde_json::Value>(bytes);
    let shape = serde_json::from_slice::<Shape>(bytes);
    match (json::parse(bytes), theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert!(bytes.len() <= LONGEST_JSON);
            let shape = shape.unwrap();
            assert!(!shape.has_twins && shape.depth <= DEEPEST_JSON);
            assert!(shape.members <= MOST_MEMBERS);
            same(ours, &theirs);
            rewritten(ours);
        }
        // Numbers are kept as they are written; theirs have to fit.
        (Ok(_), Err(error)) => {
            assert!(error.to_string().starts_with("number out of range"), "{error}");
        }
        (Err(ours), Ok(_)) => {
            let shape = shape.unwrap();
            let reason = match ours {
                JsonError::TooLong => bytes.len() > LONGEST_JSON,
                JsonError::TooDeep => shape.depth > DEEPEST_JSON,
                JsonError::TooManyMembers => shape.members > MOST_MEMBERS,
                JsonError::Duplicate => shape.has_twins,
                _ => false,
            };
            assert!(reason, "{ours:?}");
        }
        (Err(ours), Err(theirs)) => {
            let is_long = bytes.len() > LONGEST_JSON;
            assert_eq!(ours == JsonError::TooLong, is_long, "{ours:?} {theirs}");
        }
    }
    let is_object = |bytes| json::parse(bytes).is_ok_and(|value| value.object().is_some());
    assert_eq!(json::parse_object(bytes).is_ok(), is_object(bytes));
}

/// The same value, member by member.
fn same(ours: json::Value<'_>, theirs: &serde_json::Value) {
    let text = ours.text();
    assert_eq!(ours.string().as_deref(), theirs.as_str());
    assert_eq!(ours.boolean(), theirs.as_bool());
    assert_eq!(ours.is_null(), theirs.is_null());
    assert_eq!(ours.array().is_some(), theirs.is_array());
    assert_eq!(ours.object().is_some(), theirs.is_object());
    if let Some(number) = theirs.as_number() {
        let is_plain = text.bytes().all(|b| b.is_ascii_digit());
        assert_eq!(ours.integer(), number.as_u64().filter(|_| is_plain), "{text}");
        let again: serde_json::Number = serde_json::from_str(text).unwrap();
        assert_eq!(again, *number, "{text}");
        if let Some(whole) = ours.integer() {
            assert_eq!(ours.whole(), Some(whole));
        }
        if let Some(whole) = ours.whole() {
            let (digits, _) = text.split_once('.').unwrap_or((text, ""));
            assert_eq!(digits.parse(), Ok(whole));
        }
    } else {
        assert_eq!((ours.integer(), ours.whole()), (None, None));
    }
    if let (Some(ours), Some(theirs)) = (ours.array(), theirs.as_array()) {
        assert_eq!(ours.clone().count(), theirs.len());
        ours.zip(theirs).for_each(|(ours, theirs)| same(ours, theirs));
    }
    if let (Some(ours), Some(theirs)) = (ours.object(), theirs.as_object()) {
        assert_eq!(ours.members().count(), theirs.len());
        for (name, value) in ours.members() {
            same(value, &theirs[&*name]);
            assert_eq!(ours.get(&name).map(json::Value::text), Some(value.text()));
        }
        assert!(ours.get("no such member, and nobody would think of it").is_none());
    }
}

/// An object that is written member by member reads as the same object.
fn rewritten(value: json::Value<'_>) {
    let Some(object) = value.object() else { return };
    let mut out = Writer::object();
    for (name, value) in object.members() {
        let number = value.integer().filter(|number| number.to_string() == value.text());
        out = match (value.string(), value.boolean(), number) {
            (Some(text), _, _) => out.string(&name, &text),
            (_, Some(flag), _) => out.boolean(&name, flag),
            (_, _, Some(number)) => out.integer(&name, number),
            (None, None, None) => out.raw(&name, value.text()),
        };
    }
    let out = out.finish();
    // What is escaped may be longer or shorter than it was.
    if out.len() <= LONGEST_JSON {
        let again = json::parse_object(out.as_bytes()).unwrap();
        let pairs = |object: json::Object<'_>| -> Vec<(String, String)> {
            let pair = |(name, value): (Cow<'_, str>, json::Value<'_>)| {
                let text = value.string().map_or_else(|| value.text().into(), Cow::into_owned);
                (name.into_owned(), text)
            };
            object.members().map(pair).collect()
        };
        assert_eq!(pairs(again), pairs(object));
    }
}

/// What a text is made of, as far as we mind.
#[derive(Default)]
struct Shape {
    depth: usize,
    members: usize,
    has_twins: bool,
}

impl Shape {
    fn around(self, inner: &Self) -> Self {
        Self {
            depth: self.depth.max(inner.depth + 1),
            members: self.members.max(inner.members),
            has_twins: self.has_twins || inner.has_twins,
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Look)
    }
}

struct Look;

macro_rules! leaves {
    ($($visit:ident($kind:ty)),*) => {$(
        fn $visit<E>(self, _: $kind) -> Result<Shape, E> {
            Ok(Shape::default())
        }
    )*};
}

impl<'de> Visitor<'de> for Look {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    leaves!(visit_bool(bool), visit_u64(u64), visit_i64(i64), visit_f64(f64), visit_str(&str));

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        let mut shape = Shape { depth: 1, ..Shape::default() };
        while let Some(inner) = seq.next_element::<Shape>()? {
            shape = shape.around(&inner);
        }
        Ok(shape)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut shape = Shape { depth: 1, ..Shape::default() };
        let mut names = BTreeSet::new();
        let mut count = 0;
        while let Some((name, inner)) = map.next_entry::<String, Shape>()? {
            shape = shape.around(&inner);
            shape.has_twins |= !names.insert(name);
            count += 1;
        }
        shape.members = shape.members.max(count);
        if count > LONGEST_JSON {
            return Err(A::Error::custom("too many"));
        }
        Ok(shape)
    }
}

/// Forms, against `form_urlencoded`.
pub fn form(bytes: &[u8]) {
    let theirs: Vec<(String, String)> =
        form_urlencoded::parse(bytes).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    let raw = || bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
    let is_escaped_well = |pair: &[u8]| {
        pair.iter().enumerate().filter(|(_, b)| **b == b'%').all(|(at, _)| {
            pair.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        })
    };
    let is_utf8 = |pair: &[u8]| std::str::from_utf8(&unescaped(pair)).is_ok();
    match Form::parse(bytes) {
        Ok(form) => {
            let ours: Vec<_> = form.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            let sent = |(_, value): &(String, String)| !value.is_empty();
            assert_eq!(ours, theirs.into_iter().filter(sent).collect::<Vec<_>>());
            assert!(bytes.len() <= LONGEST_FORM && raw().count() <= MOST_PARAMETERS);
            assert!(raw().all(is_escaped_well));
            for (name, value) in &ours {
                assert!(name.len() <= LONGEST_NAME && value.len() <= LONGEST_VALUE);
                assert_eq!(form::decode(&form::encode(value)).as_deref(), Ok(value.as_str()));
            }
        }
        Err(error) => {
            let reason = match error {
                FormError::TooLong => bytes.len() > LONGEST_FORM,
                FormError::TooMany => raw().count() > MOST_PARAMETERS,
                FormError::NameTooLong => theirs.iter().any(|(n, _)| n.len() > LONGEST_NAME),
                FormError::ValueTooLong => theirs.iter().any(|(_, v)| v.len() > LONGEST_VALUE),
                FormError::BadEscape => !raw().all(is_escaped_well),
                FormError::NotUtf8 => !raw().all(is_utf8),
                _ => false,
            };
            assert!(reason, "{error:?}");
        }
    }
}

/// The bytes that a form means.
fn unescaped(pair: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = pair;
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let hex = hex.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                out.push(byte);
                rest = &after[2..];
            }
            Some(_) | None => {
                out.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    out
}

/// The header of a client with a secret, against a plain reading of RFC 7617 and RFC 6749 §2.3.1.
pub fn basic(header: &str) {
    let ours = credentials::parse_basic(header).ok();
    let ours = ours.map(|(id, secret)| (id, secret.expose().to_owned()));
    assert_eq!(ours, plain_basic(header), "{header:?}");
}

fn plain_basic(header: &str) -> Option<(String, String)> {
    let (scheme, rest) = header.split_at_checked(6)?;
    let digits = rest.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("basic ") || digits.is_empty() {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(digits).ok()?).ok()?;
    let colon = pair.find(':')?;
    let half = |text: &str| {
        let is_well = text.match_indices('%').all(|(at, _)| {
            let hex = text.as_bytes().get(at + 1..at + 3);
            hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        });
        String::from_utf8(unescaped(text.as_bytes())).ok().filter(|_| is_well)
    };
    Some((half(&pair[..colon])?, half(&pair[colon + 1..])?))
}

/// URIs, against `url`, which reads them as browsers do.
pub fn uri(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some((registered, asked)) = text.split_once('\n') {
        redirect(registered, asked);
    }
    if is_punycode(&text) {
        return;
    }
    let theirs = Url::parse(&text);
    if let Ok(parts) = Parts::of(&text) {
        assert!(text.len() <= LONGEST_URI && text.is_ascii());
        if parts.is_safe_http() {
            is_where_a_browser_may_go(&text);
        }
    }
    if let Ok(redirect) = RedirectUri::parse(&text) {
        assert_eq!(redirect.as_str(), text);
        assert!(redirect.is_exactly(&text));
        let url = theirs.as_ref().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert!(!is_dangerous(url), "{text:?} is {url:?} to a browser");
        let may_twin = redirect.is_loopback_twin(&text);
        assert!(!may_twin || (url.scheme() == "http" && is_loopback(url)));
    }
    if let Ok(issuer) = Issuer::parse(&text) {
        let url = theirs.as_ref().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(issuer.as_str(), text);
        assert!(!is_dangerous(url) && url.query().is_none());
        assert_eq!(issuer.origin(), url.origin().ascii_serialization());
        assert_eq!(uri::web_origin(&text).as_deref(), Some(issuer.origin()));
        assert!(text.contains(issuer.path()) && !issuer.path().ends_with('/'));
        let endpoint = issuer.endpoint("/oauth2/token");
        assert!(endpoint.starts_with(text.trim_end_matches('/')));
    }
    if let Some(origin) = uri::web_origin(&text) {
        let url = theirs.as_ref().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(origin, url.origin().ascii_serialization());
    }
    // Whatever a browser makes of it: what must not be redirected to is not taken.
    if let Ok(url) = &theirs
        && is_dangerous(url)
    {
        assert!(RedirectUri::parse(&text).is_err(), "{text:?} is {url:?} to a browser");
        assert!(Issuer::parse(&text).is_err());
    }
    return_to(&text);
}

/// Whether an answer to `registered` may go to `asked`, against what `url` makes of the two: byte for
/// byte the same, or the same but for the port where both are this machine.
pub fn redirect(registered: &str, asked: &str) {
    let Ok(uri) = RedirectUri::parse(registered) else { return };
    assert_eq!(uri.is_exactly(asked), registered == asked);
    let is_twin = uri.is_loopback_twin(asked);
    let ours = Url::parse(registered).unwrap_or_else(|error| panic!("{registered:?}: {error}"));
    let Ok(theirs) = Url::parse(asked) else {
        assert!(!is_twin && !uri.is_exactly(asked), "{asked:?} is no URL");
        return;
    };
    let is_native = ours.scheme() == "http"
        && matches!(ours.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    let mut moved = theirs.clone();
    let is_moved = moved.set_port(ours.port()).is_ok() && moved == ours;
    assert!(!is_twin || (is_native && is_moved), "{asked:?} is not {registered:?} on another port");
    // As browsers spell them, they are twins whenever a browser says so.
    if is_native && ours.as_str() == registered && theirs.as_str() == asked {
        assert_eq!(is_twin, is_moved, "{asked:?} {registered:?}");
    }
}

/// Runs script, opens files, is read on its way, or is not where it seems to be.
fn is_dangerous(url: &Url) -> bool {
    let is_http = matches!(url.scheme(), "http" | "https");
    (!is_http && !url.scheme().contains('.'))
        || (url.scheme() == "http" && !is_loopback(url))
        || !url.username().is_empty()
        || url.password().is_some()
        || url.fragment().is_some()
        || (is_http && url.host().is_none())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whatever we take as `https`, or as `http` on this machine, a browser takes as the same.
pub fn is_where_a_browser_may_go(text: &str) {
    let parts = Parts::of(text).unwrap();
    if is_punycode(text) {
        return;
    }
    let url = Url::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert!(!is_dangerous(&url), "{text:?}");
    assert_eq!(url.scheme(), parts.scheme, "{text:?}");
    assert_eq!(url.host_str(), Some(parts.host.to_ascii_lowercase().as_str()), "{text:?}");
    let default = if parts.scheme == "https" { 443 } else { 80 };
    assert_eq!(url.port_or_known_default(), Some(parts.port.unwrap_or(default)), "{text:?}");
    assert_eq!(url.query().is_some(), parts.query.is_some(), "{text:?}");
    // A browser leaves out `.` and `..`, which a comparison byte for byte does not.
    if !has_dots(parts.path) {
        let path = if parts.path.is_empty() { "/" } else { parts.path };
        assert_eq!(url.path(), path, "{text:?}");
    }
}

/// Whether a name in it says that it is of another alphabet: which names those are changes from year
/// to year, and a browser goes nowhere with any other.
fn is_punycode(text: &str) -> bool {
    let host = Parts::of(text).map_or("", |parts| parts.host);
    host.split('.').any(|label| label.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("xn--")))
}

fn has_dots(path: &str) -> bool {
    path.split('/').any(|segment| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    })
}

/// A path to return to stays within its origin, whatever a browser makes of it.
fn return_to(text: &str) {
    let Ok(path) = ReturnTo::parse(text) else { return };
    let page = Url::parse("https://app.test/some/page").unwrap();
    let target = page.join(path.as_str()).unwrap();
    assert_eq!(target.origin(), page.origin(), "{text:?}");
}

/// base64url, and the words that are made of it or of plain characters.
pub fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let ours = grantflow::base64url::decode(&text);
    assert_eq!(ours, URL_SAFE_NO_PAD.decode(&*text).ok(), "{text:?}");
    assert_eq!(grantflow::base64url::encode(bytes), URL_SAFE_NO_PAD.encode(bytes));
    if let Some(bytes) = ours {
        assert_eq!(grantflow::base64url::encode(bytes), text);
    }
    if let Some(challenge) = Challenge::parse(&text) {
        assert_eq!(challenge.to_text(), text);
        assert_eq!(Challenge::from_bytes(*challenge.as_bytes()), challenge);
    }
    if let Ok(scope) = ScopeSet::parse(&text) {
        assert!((1..=MOST_SCOPES).contains(&scope.iter().count()));
        assert_eq!(ScopeSet::parse(&scope.to_text()), Ok(scope.clone()));
        assert!(scope.is_within(&scope) && scope.and(&scope) == scope);
        assert!(scope.iter().all(|word| scope.contains(word)));
    }
    if let Some(alg) = Algorithm::parse(&text) {
        assert_eq!(Algorithm::parse(alg.name()), Some(alg));
    }
}
