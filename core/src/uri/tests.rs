use super::*;

#[test]
fn a_05_a_redirect_goes_to_https_to_this_machine_or_to_an_app() {
    for good in [
        "https://yourapp.com/auth/callback",
        "https://yourapp.com",
        "https://yourapp.com/cb?tenant=1",
        "http://127.0.0.1:51004/cb",
        "http://[::1]/cb",
        "http://localhost:3000/cb",
        "com.example.app:/cb",
        "com.example.app://oauth2.0/cb",
    ] {
        assert!(RedirectUri::parse(good).is_ok(), "{good}");
    }
    for (bad, why) in [
        ("javascript:alert(1)", UriError::ForbiddenScheme),
        ("data:text/html,x", UriError::ForbiddenScheme),
        ("file:///etc/passwd", UriError::Malformed),
        ("file://host/etc/passwd", UriError::ForbiddenScheme),
        ("blob:https://a.test/1", UriError::ForbiddenScheme),
        ("vbscript:x", UriError::ForbiddenScheme),
        ("http://shop.example/cb", UriError::ForbiddenScheme),
        ("http://localhost.evil.test/cb", UriError::ForbiddenScheme),
        ("https://a.test/cb#x", UriError::HasFragment),
        ("https://user@a.test/cb", UriError::HasUserinfo),
        ("https://*.a.test/cb", UriError::BadCharacter),
        ("https://a.test/c b", UriError::BadCharacter),
        ("https://a.test/\ncb", UriError::BadCharacter),
        ("https://a.test\\@evil.test/cb", UriError::BadCharacter),
        ("https://ä.test/cb", UriError::BadCharacter),
        ("https://a.test:port/cb", UriError::Malformed),
        ("https://a.test:70000/cb", UriError::Malformed),
        ("https://a.test:08080/cb", UriError::Malformed),
        ("https:///cb", UriError::Malformed),
        ("https://10.0.1/cb", UriError::Malformed),
        ("https://[2001:d)8::1]/cb", UriError::Malformed),
        ("https:/cb", UriError::ForbiddenScheme),
        ("1com.example.app:/cb", UriError::Malformed),
        ("com.exam_ple.app:/cb", UriError::Malformed),
        ("http://[::1]x/cb", UriError::Malformed),
        ("//a.test/cb", UriError::Malformed),
        ("/cb", UriError::Malformed),
        ("", UriError::Malformed),
    ] {
        assert_eq!(RedirectUri::parse(bad), Err(why), "{bad}");
    }
}

#[test]
fn a_uri_is_as_long_as_it_may_be_and_no_longer() {
    let of = |length: usize| alloc::format!("https://a.test/{}", "x".repeat(length - 15));
    assert!(RedirectUri::parse(&of(LONGEST_URI)).is_ok());
    assert_eq!(RedirectUri::parse(&of(LONGEST_URI + 1)), Err(UriError::TooLong));
}

#[test]
fn a_redirect_is_compared_byte_for_byte() {
    let uri = RedirectUri::parse("https://a.test/cb").unwrap();
    assert!(uri.is_exactly("https://a.test/cb"));
    for other in
        ["https://a.test/cb/", "https://A.test/cb", "https://a.test/cb?", "https://a.test/c", ""]
    {
        assert!(!uri.is_exactly(other), "{other}");
    }
}

#[test]
fn only_the_port_of_a_loopback_uri_may_differ() {
    let uri = RedirectUri::parse("http://127.0.0.1/cb").unwrap();
    assert!(uri.is_loopback_twin("http://127.0.0.1:51004/cb"));
    for other in [
        "http://127.0.0.1:51004/cb2",
        "http://[::1]:51004/cb",
        "https://127.0.0.1:51004/cb",
        "http://127.0.0.1:51004/cb?x=1",
        "http://127.0.0.1:x/cb",
    ] {
        assert!(!uri.is_loopback_twin(other), "{other}");
    }
    let named = RedirectUri::parse("http://localhost:80/cb").unwrap();
    assert!(named.is_loopback_twin("http://localhost:51004/cb"));
    // A name below it is an app of its own, which has its port.
    let below = RedirectUri::parse("http://shop.localhost/cb").unwrap();
    assert!(!below.is_loopback_twin("http://shop.localhost:51004/cb"));
    let web = RedirectUri::parse("https://a.test/cb").unwrap();
    assert!(!web.is_loopback_twin("https://a.test:444/cb"));
}

#[test]
fn an_issuer_is_compared_as_written() {
    let issuer = Issuer::parse("https://as.example/tenant/").unwrap();
    assert_eq!(issuer.as_str(), "https://as.example/tenant/");
    assert_eq!(alloc::format!("{issuer}"), "https://as.example/tenant/");
    assert_eq!(issuer.path(), "/tenant");
    assert_eq!(issuer.origin(), "https://as.example");
    assert_eq!(issuer.endpoint("/oauth2/token"), "https://as.example/tenant/oauth2/token");
    assert_eq!(Issuer::parse("https://as.example?x"), Err(UriError::HasQuery));
    for odd in ["https://AS.example", "https://as.example:443", "http://localhost:80/x"] {
        assert_eq!(Issuer::parse(odd), Err(UriError::NotCanonical), "{odd}");
    }
    assert!(Issuer::parse("http://localhost:443").is_ok());
    assert_eq!(Issuer::parse("http://as.example"), Err(UriError::ForbiddenScheme));
    assert_eq!(Issuer::parse("ftp://as.example"), Err(UriError::ForbiddenScheme));
}

#[test]
fn an_origin_ends_where_the_path_begins() {
    assert_eq!(origin("https://a.test:8443/x?y"), Some("https://a.test:8443"));
    assert_eq!(origin("http://localhost"), Some("http://localhost"));
    assert_eq!(origin("https://a.test?x"), Some("https://a.test"));
    for none in ["com.example.app:/cb", "com.example.app://host/cb", "https:/cb", "ftp://a.test"] {
        assert_eq!(origin(none), None, "{none}");
    }
}

#[test]
fn an_origin_is_spelled_as_browsers_spell_it() {
    for (uri, spelled) in [
        ("https://App.Test:443/cb", "https://app.test"),
        ("https://app.test:80/cb", "https://app.test:80"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:5173/cb?x", "http://[::1]:5173"),
    ] {
        assert_eq!(web_origin(uri).as_deref(), Some(spelled));
    }
    assert_eq!(web_origin("com.example.app:/cb"), None);
}
