//! Our readers against other people's, on messages made up and damaged.
//!
//! What ours take, theirs take as the same thing; what ours refuse and theirs take is refused for a
//! reason that is written down (`fuzz/src/differ.rs`).

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::fuzz::damage::{Dice, damaged};
use crate::fuzz::{differ, wire};
use crate::{arbitrary, cases};

/// Something like `text`: itself, or damaged.
fn like(text: String, seed: u64) -> Vec<u8> {
    if seed.is_multiple_of(4) {
        text.into_bytes()
    } else {
        damaged(&[text.into_bytes()], &mut Dice::new(seed))
    }
}

/// JSON of the shapes that readers disagree about.
fn json_at_the_limits() -> impl Strategy<Value = String> {
    let nested = (0..24_usize).prop_map(|n| "[".repeat(n) + "{}" + &"]".repeat(n));
    let wide = (250..262_usize, any::<bool>()).prop_map(|(n, has_twins)| {
        let name = |at| if has_twins { at / 2 } else { at };
        let members = (0..n).map(|at| format!("\"{}\":{at}", name(at)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    });
    let long = (65_530..65_545_usize).prop_map(|n| format!("\"{}\"", "a".repeat(n - 2)));
    let twins = select(vec![
        r#"{"a":1,"\u0061":2}"#,
        r#"{"a":{"b":1},"c":{"b":1}}"#,
        r#"{"\ud83d\ude00":1,"😀":2}"#,
        r#"{"a":[{"b":1,"b":2}]}"#,
        r#"{"a/b":1,"a\/b":2}"#,
    ]);
    let text = select(vec![
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83d\u0041""#,
        r#""\ud83dx""#,
        r#""\u00""#,
        "\"\u{7f}\"",
        "\"\t\"",
        "'a'",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "-0",
        "1e",
        "1E+2",
        "1e999",
        "0.0e-1",
        "NaN",
        "tru",
        "nulll",
        "[1,]",
        "{,}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "[1 2]",
        "",
        " ",
        "\u{feff}{}",
        "{} {}",
        "[]]",
        "/**/{}",
        "18446744073709551615",
        "18446744073709551616",
        "1.0",
        "\"\\x\"",
    ]);
    prop_oneof![nested, wide, long, twins.prop_map(String::from), text.prop_map(String::from)]
}

/// A URI of pieces that readers disagree about.
fn uri() -> impl Strategy<Value = String> {
    let scheme = select(vec![
        "https",
        "https",
        "https",
        "http",
        "http",
        "HTTPS",
        "com.example.app",
        "javascript",
        "data",
        "file",
        "blob:https",
        "ftp",
        "java\nscript",
        " https",
        "",
        "1http",
    ]);
    let slashes = select(vec!["://", "://", "://", "://", ":", ":/", ":///", ":\\\\", "//", ""]);
    let user = select(vec!["", "", "", "", "", "u@", "u:p@", "@", "a.test@", "a.test\\@"]);
    let host = select(vec![
        "a.test",
        "a.test",
        "A.test",
        "localhost",
        "x.localhost",
        "localhost.",
        "localhost.evil.test",
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "127.0.0.1.",
        "256.1.1.1",
        "1.2.3.4.5",
        "a.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[2001:DB8::1]",
        "[2001:0db8::1]",
        "[::1",
        "::1",
        "[a.test]",
        "a[b",
        "a]b",
        "a_b.test",
        "-a.test",
        "a..test",
        ".a.test",
        "a.test.",
        "xn--e1afmkfd.test",
        "*.a.test",
        "a%2eb",
        "é.test",
        "a b",
        "",
        "~",
        "a,b;c=(d)",
    ]);
    let port =
        select(vec!["", "", "", ":443", ":80", ":8080", ":0", ":00", ":080", ":65536", ":x", ":"]);
    let path = vec(
        select(vec![
            "",
            "/",
            "/cb",
            "/../cb",
            "/.",
            "/%2e%2E/x",
            "/%2F",
            "//x",
            "/a b",
            "/\\x",
            "?",
            "?x=1&y='",
            "?a?b",
            "#",
            "#x",
            "/|",
            "/^",
            "/{}",
            "/\u{e9}",
            "/*",
            "/;x=:@!$&'()+,",
            "/%zz",
            "\t",
        ]),
        0..3,
    );
    (scheme, slashes, user, host, port, path).prop_map(
        |(scheme, slashes, user, host, port, path)| {
            [scheme, slashes, user, host, port, &path.concat()].concat()
        },
    )
}

/// A URI as apps register it, and one that differs from it in some of its pieces.
fn redirects() -> impl Strategy<Value = (String, String)> {
    let pieces: [&[&str]; 5] = [
        &["http://", "https://", "HTTP://", "com.example://", "http:/"],
        &[
            "127.0.0.1",
            "[::1]",
            "localhost",
            "127.0.0.2",
            "LOCALHOST",
            "x.localhost",
            "127.1",
            "a.test",
        ],
        &["", ":80", ":443", ":8080", ":51004", ":0", ":080", ":65536", ":"],
        &["/cb", "/", "", "/CB", "/cb/", "/cb/../cb", "/%63b", "//cb", "/cb;x"],
        &["", "?x=1", "?", "?x=1&y=2", "?X=1", "#f"],
    ];
    let one = move || pieces.map(|piece| 0..piece.len()).to_vec();
    (one(), one(), any::<u8>()).prop_map(move |(ours, theirs, kept)| {
        let spelled = |at: &[usize]| at.iter().zip(pieces).map(|(at, piece)| piece[*at]).collect();
        let kept = |(at, (ours, theirs)): (usize, (&usize, &usize))| {
            if kept >> at & 1 == 1 { *theirs } else { *ours }
        };
        let asked: Vec<_> = ours.iter().zip(&theirs).enumerate().map(kept).collect();
        (spelled(&ours), spelled(&asked))
    })
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn json_is_what_serde_json_takes_it_for(text in arbitrary::json(), seed in any::<u64>()) {
        differ::json(&like(text, seed));
    }

    #[test]
    fn forms_are_what_form_urlencoded_takes_them_for(
        pairs in vec((arbitrary::text(), arbitrary::text()), 0..6),
        seed in any::<u64>(),
    ) {
        let mut text = String::new();
        for (name, value) in &pairs {
            grantflow::wire::form::push(&mut text, name, value);
        }
        let bytes = like(text, seed);
        differ::form(&bytes);
        wire::form(&bytes);
    }

    #[test]
    fn forms_of_any_characters_are_too(bytes in vec(select(b"a=&+%20zfF\xc3\xa9;".to_vec()), 0..24)) {
        differ::form(&bytes);
    }

    #[test]
    fn uris_lead_browsers_where_we_think_they_do(text in uri()) {
        differ::uri(text.as_bytes());
    }

    #[test]
    fn good_uris_do_too_and_what_is_left_of_them(text in arbitrary::endpoint(), seed in any::<u64>()) {
        differ::is_where_a_browser_may_go(&text);
        differ::uri(&like(text, seed));
    }

    #[test]
    fn answers_go_where_a_browser_takes_what_was_asked_for_what_is_registered(
        (registered, asked) in redirects(),
        any_registered in uri(),
        any_asked in uri(),
    ) {
        differ::redirect(&registered, &asked);
        differ::redirect(&registered, &any_asked);
        differ::redirect(&any_registered, &any_registered);
        differ::redirect(&any_registered, &any_asked);
    }

    #[test]
    fn paths_to_return_to_stay_at_home(
        path in arbitrary::return_to(),
        text in "[/\\\\.:?#@a-z\t ]{0,12}",
    ) {
        differ::uri(path.as_str().as_bytes());
        differ::uri(text.as_bytes());
    }

    #[test]
    fn base64url_is_what_the_crate_takes_it_for(
        bytes in vec(any::<u8>(), 0..40),
        digit in select(b"AZaz09-_+/=. \n".to_vec()),
        at in any::<Index>(),
    ) {
        differ::words(&bytes);
        let mut text = grantflow::base64url::encode(&bytes).into_bytes();
        let at = at.index(text.len() + 1);
        differ::words(&text);
        text.insert(at, digit);
        differ::words(&text);
        text.truncate(at);
        differ::words(&text);
    }

    #[test]
    fn basic_is_what_a_plain_reader_takes_it_for(
        id in arbitrary::text(),
        secret in arbitrary::secret(),
        seed in any::<u64>(),
    ) {
        let header = grantflow::wire::credentials::basic(&id, &secret);
        let bytes = like(header, seed);
        wire::header(&bytes);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn json_at_the_limits_is_taken_or_refused_for_its_reason(text in json_at_the_limits()) {
        differ::json(text.as_bytes());
    }
}
