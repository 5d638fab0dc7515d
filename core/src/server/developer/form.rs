//! What is wrong with an app, or seldom meant, in sentences for the person who typed it.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use crate::server::client::Client;
use crate::server::declare::DeclareError;
use crate::server::page::{App, FormProblem, UriWarning, WarningKind};
use crate::uri::{Parts, RedirectUri, UriError};

/// An app as its developer sees it.
pub(super) fn app(client: &Client) -> App {
    App {
        client_id: client.client_id.clone(),
        name: client.name.clone(),
        redirect_uris: client.redirect_uris.iter().map(|uri| uri.as_str().into()).collect(),
        confidential: client.is_confidential(),
        warnings: warnings(&client.redirect_uris),
    }
}

/// What is wrong with the form whose redirect URIs are `uris`.
pub(super) fn problem(error: DeclareError, uris: &[String]) -> FormProblem {
    let (field, message) = match error {
        DeclareError::NoName => ("name", "Give your app a name."),
        DeclareError::BadName => {
            ("name", "That name is too long, or has characters in it that do not show.")
        }
        DeclareError::NoRedirectUri => (
            "redirect_uris",
            "Add the redirect URI of your app, such as https://yourapp.com/auth/callback.",
        ),
        DeclareError::TooManyRedirectUris => {
            ("redirect_uris", "An app has at most 20 redirect URIs.")
        }
        DeclareError::BadRedirectUri(at, error) => {
            return bad_uri(error, uris.get(at).map_or("", String::as_str));
        }
        DeclareError::PrivateUseScheme => (
            "redirect_uris",
            "A scheme of its own is for native apps; a web app is answered at https://.",
        ),
        // The form has no fields for the rest.
        DeclareError::BadClientId
        | DeclareError::BadLink(_)
        | DeclareError::MissingSecret
        | DeclareError::UselessSecret
        | DeclareError::MissingKeys
        | DeclareError::TooManyKeys
        | DeclareError::LongKey
        | DeclareError::PublicCredentials
        | DeclareError::UntrustedCredentials
        | DeclareError::BadScope
        | DeclareError::BadPostLogoutRedirectUri(..) => ("kind", "Choose what kind of app it is."),
    };
    FormProblem::of(field, message)
}

fn bad_uri(error: UriError, uri: &str) -> FormProblem {
    let (warning, message) = match error {
        UriError::HasFragment => (
            Some(WarningKind::Fragment),
            "A redirect URI has no #: leave it out, with all that comes after it.",
        ),
        UriError::BadCharacter | UriError::Malformed if uri.contains('*') => (
            Some(WarningKind::Wildcard),
            "There are no wildcards, for redirect URIs must match exactly. List each of them.",
        ),
        UriError::ForbiddenScheme if is_http(uri) => (
            Some(WarningKind::Http),
            "Over http anybody on the way can read the code. Use https; http is only for localhost.",
        ),
        UriError::ForbiddenScheme => {
            (None, "A redirect URI starts with https://, or with http:// on localhost.")
        }
        UriError::HasUserinfo => (None, "A redirect URI names no user: leave out the @."),
        UriError::TooLong => (None, "A redirect URI has at most 2048 characters."),
        UriError::BadCharacter => {
            (None, "A redirect URI has letters, digits and signs of plain ASCII in it, no others.")
        }
        // An issuer may not be spelled so; a redirect URI may.
        UriError::Malformed | UriError::NotCanonical | UriError::HasQuery => {
            (None, "That is no whole URI, such as https://yourapp.com/auth/callback.")
        }
    };
    // What is too long to be taken is too long to be shown again.
    let uri = Some(uri.to_owned()).filter(|_| error != UriError::TooLong);
    FormProblem { field: "redirect_uris", message, uri, warning }
}

fn is_http(uri: &str) -> bool {
    Parts::of(uri).is_ok_and(|parts| parts.scheme.eq_ignore_ascii_case("http"))
}

/// What redirect URIs that were taken hardly mean, one of each kind at most.
fn warnings(uris: &[RedirectUri]) -> Vec<UriWarning> {
    let texts = || uris.iter().map(RedirectUri::as_str);
    let stars: Vec<String> = texts().filter(|uri| uri.contains('*')).map(Into::into).collect();
    let pairs = texts().flat_map(|one| texts().map(move |other| [one, other]));
    let twins = pairs.filter(|[one, other]| is_slashed(one, other)).flatten().map(Into::into);
    [
        (
            WarningKind::Wildcard,
            stars,
            "There are no wildcards: the * is a character like any other.",
        ),
        (
            WarningKind::Twin,
            twins.collect(),
            "They differ by the slash at the end, and so are two: an app must ask with the right one.",
        ),
    ]
    .into_iter()
    .filter(|(_, uris, _)| !uris.is_empty())
    .map(|(kind, uris, message)| UriWarning { kind, uris, message })
    .collect()
}

/// Whether `slashed` is `plain` but for a slash at the end of its path.
fn is_slashed(plain: &str, slashed: &str) -> bool {
    let (Ok(plain), Ok(slashed)) = (Parts::of(plain), Parts::of(slashed)) else { return false };
    slashed.path.strip_suffix('/').is_some_and(|path| plain == Parts { path, ..slashed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_usual_mistake_in_a_redirect_uri_has_a_name_and_a_sentence() {
        let problem = |uri: &str| {
            let error = RedirectUri::parse(uri).unwrap_err();
            let ours = problem(DeclareError::BadRedirectUri(1, error), &["x".into(), uri.into()]);
            assert_eq!(ours.field, "redirect_uris");
            assert_eq!(ours.uri.is_some(), uri.len() < 2048);
            (ours.warning.map(WarningKind::name), ours.message)
        };
        let long = alloc::format!("https://a.test/{}", "a".repeat(2048));
        let mut messages = Vec::new();
        for (uri, warning) in [
            ("http://shop.example/cb", Some("http")),
            ("https://*.shop.example/cb", Some("wildcard")),
            ("https://a.test/cb#x", Some("fragment")),
            ("javascript:alert(1)", None),
            ("https://eve@a.test/cb", None),
            ("https://a.test/\"", None),
            ("yourapp.com/cb", None),
            (&long, None),
        ] {
            let (found, message) = problem(uri);
            assert_eq!(found, warning, "{uri}");
            assert!(!messages.contains(&message), "{uri}: {message}");
            messages.push(message);
        }
        assert_eq!(problem("https://a.test:*/cb").0, Some("wildcard"));
        assert_eq!(problem("HTTP://shop.example").0, Some("http"));
        assert_eq!(problem("http://*/cb").0, Some("wildcard"));
        assert_eq!(problem("http://a.test/#*").0, Some("fragment"));
        assert_eq!(problem("https://a.test/*\"").0, Some("wildcard"));
    }

    #[test]
    fn redirect_uris_that_are_taken_and_hardly_meant_are_told() {
        let told = |uris: &[&str]| {
            let uris: Vec<_> = uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect();
            let told = warnings(&uris);
            told.into_iter().map(|it| (it.kind.name(), it.uris.join(" "))).collect::<Vec<_>>()
        };
        let one = |kind, uris: &str| [(kind, String::from(uris))];
        let (a, slashed) = ("https://a.test/cb", "https://a.test/cb/");
        assert_eq!(told(&[a]), []);
        assert_eq!(told(&[a, slashed]), one("twin", "https://a.test/cb https://a.test/cb/"));
        assert_eq!(told(&[slashed, a]), told(&[a, slashed]));
        assert_eq!(told(&["https://a.test", "https://a.test/"]).len(), 1);
        assert_eq!(told(&["https://a.test/cb?q", "https://a.test/cb/?q"]).len(), 1);
        for other in [
            "https://a.test/cb//",
            "https://b.test/cb/",
            "https://a.test:8443/cb/",
            "https://a.test/cb/?q",
            "http://localhost/cb/",
        ] {
            assert_eq!(told(&[a, other]), [], "{other}");
        }
        assert_eq!(told(&["https://a.test/*"]), one("wildcard", "https://a.test/*"));
        let all = told(&["https://a.test/*", "https://a.test/*/", a, slashed]);
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].1.split(' ').count(), 4);
    }
}
