//! What holds of every answer that a server gives, whatever it was asked.

use std::collections::BTreeMap;

use grantflow::server::grant::Phase;
use grantflow::server::{Key, Page, Record, Versioned, path};
use grantflow::wire::form::Form;
use grantflow::wire::http::{Method, Request};
use url::Url;

use super::host::Answer;
use super::world;

/// What a server has stored.
pub type Store = BTreeMap<Key, Versioned>;

/// Where the page posts its form by itself, if it is such a page.
pub fn posts_to(answer: &Answer) -> Option<String> {
    let Answer::Response(response) = answer else { return None };
    let page = std::str::from_utf8(&response.body).ok()?;
    let (_, rest) = page.split_once("<form method=\"post\" action=\"")?;
    Some(rest.split_once('"')?.0.replace("&amp;", "&"))
}

/// What holds of every answer.
///
/// # Panics
///
/// If it does not.
pub fn judge(before: &Store, after: &Store, request: &Request, answer: &Answer, is_faulty: bool) {
    assert!(answer.status() < 500 || is_faulty, "{request:?} {answer:?}");
    for (name, value) in answer.headers().iter() {
        assert!(value.bytes().all(|b| matches!(b, 0x20..=0x7e)), "{name}: {value:?}");
    }
    if let Answer::Response(response) = answer {
        if response.is_json() {
            assert!(serde_json::from_slice::<serde_json::Value>(&response.body).is_ok());
        }
        let public = ["/.well-known/", path::JWKS];
        let is_public = public.iter().any(|prefix| request.path().starts_with(prefix));
        let is_kept = answer.headers().first("cache-control") == Some("no-store");
        let is_empty = response.status == 204 || response.body.is_empty();
        assert!(is_kept || is_public || is_empty, "a cache may keep {answer:?}");
    }
    let page = match answer {
        Answer::Page(show) => match &show.page {
            Page::Leave(page) => Some(page.location.clone()),
            _ => None,
        },
        _ => None,
    };
    let target = posts_to(answer);
    for location in answer.location().map(String::from).into_iter().chain(page).chain(target) {
        assert!(
            world::is_own(&location) || is_registered(&location, before),
            "{location:?} is nobody's"
        );
    }
    // Of a swap whose answer got lost, nobody knows.
    if is_refusal(answer) && !is_faulty {
        nothing_new(before, after, request);
    }
    if matches!(request.method, Method::Get | Method::Head) && request.path() != path::AUTHORIZE {
        // A link never changes anything but what a person has agreed to already.
        assert!(before == after || request.path() == path::CONSENT, "{request:?}");
    }
}

fn is_refusal(answer: &Answer) -> bool {
    let query = answer.location().and_then(|location| location.split_once('?'));
    let form = query.and_then(|(_, query)| Form::parse(query.as_bytes()).ok());
    answer.status() >= 400 || form.is_some_and(|form| form.one("error") != Ok(None))
}

/// A refused request leaves at most an ending behind: a grant that is dead, a statement that is used,
/// a yes that is forgotten.
fn nothing_new(before: &Store, after: &Store, request: &Request) {
    for (key, found) in after {
        let was = before.get(key);
        if was == Some(found) {
            continue;
        }
        let is_an_ending = match (&found.record, was.map(|was| &was.record)) {
            (Record::Grant(grant), Some(Record::Grant(was))) => {
                grant.terms == was.terms && matches!(grant.phase, Phase::Dead { .. })
            }
            (Record::Consent(yes), Some(Record::Consent(_))) => {
                yes.answers.iter().all(|yes| yes.scope.is_empty() && yes.claims.is_empty())
            }
            (Record::Assertion { .. }, None) => true,
            _ => false,
        };
        assert!(is_an_ending, "a refused request left {found:?}: {request:?}");
    }
    assert!(before.keys().all(|key| after.contains_key(key)));
}

/// Whether some client may be answered there, but for the query that the answer adds.
fn is_registered(location: &str, store: &Store) -> bool {
    let clients = store.values().filter_map(|found| match &found.record {
        Record::Client(client) => Some(client),
        _ => None,
    });
    clients.into_iter().any(|client| {
        let uris = client.redirect_uris.iter().chain(&client.post_logout_redirect_uris);
        uris.into_iter().any(|uri| {
            let rest = location.strip_prefix(uri.as_str());
            let is_exact = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '&']));
            is_exact || is_twin(uri.as_str(), location)
        })
    })
}

/// Whether the two differ in the port of this machine, and in what the answer adds.
fn is_twin(uri: &str, location: &str) -> bool {
    let (Ok(uri), Ok(mut location)) = (Url::parse(uri), Url::parse(location)) else { return false };
    location.set_query(uri.query());
    uri.host_str() == Some("127.0.0.1") && location.set_port(uri.port()).is_ok() && location == uri
}
