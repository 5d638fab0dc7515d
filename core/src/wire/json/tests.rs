use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use alloc::{format, vec};

use super::*;
use crate::wire::mangle::{Dice, mangled};

#[test]
fn a_text_of_every_kind_reads_back() {
    let text = r#" {"s":"a\u00e9\ud83d\ude00\n\"\/","n":1700000000,"t":true,"z":null,
        "l":[1,"two",[],{"x":"}]"}],"o":{"k":"v"}} "#;
    let object = parse_object(text.as_bytes()).unwrap();
    assert_eq!(object.get("s").unwrap().string().unwrap(), "aé😀\n\"/");
    assert_eq!(object.get("n").unwrap().integer(), Some(1_700_000_000));
    assert_eq!(object.get("t").unwrap().boolean(), Some(true));
    assert!(object.get("z").unwrap().is_null());
    let list: Vec<_> = object.get("l").unwrap().array().unwrap().map(Value::text).collect();
    assert_eq!(list, ["1", "\"two\"", "[]", "{\"x\":\"}]\"}"]);
    let inner = object.get("o").unwrap().object().unwrap();
    assert_eq!(inner.text(), r#"{"k":"v"}"#);
    assert!(object.get("k").is_none() && object.get("v").is_none());
    assert_eq!(object.members().count(), 6);
    assert!(object.get("o").unwrap().string().is_none());
    assert!(matches!(inner.get("k").unwrap().string(), Some(Cow::Borrowed("v"))));
}

#[test]
fn only_digits_are_an_integer() {
    for (text, integer) in [
        ("0", Some(0)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("-0", None),
        ("-1", None),
        ("1.0", None),
        ("1e3", None),
        ("\"1\"", None),
        ("true", None),
        ("[1]", None),
    ] {
        assert_eq!(parse(text.as_bytes()).unwrap().integer(), integer, "{text}");
    }
}

#[test]
fn a_89_what_parsers_disagree_about_is_refused() {
    for (text, error) in [
        (&br#"{"a":1,"a":1}"#[..], JsonError::Duplicate),
        (br#"{"iss":1,"\u0069ss":2}"#, JsonError::Duplicate),
        (br#"[{"x":{"a":1,"b":2,"a":3}}]"#, JsonError::Duplicate),
        (br#"{"\ud83d\ude00":1,"\uD83D\uDE00":1}"#, JsonError::Duplicate),
        (br#""\ud83d""#, JsonError::NotUtf8),
        (br#""\ud83dx""#, JsonError::NotUtf8),
        (br#""\ud83d\ud83d""#, JsonError::NotUtf8),
        (br#""\ude00""#, JsonError::NotUtf8),
        (b"\"\xff\"", JsonError::NotUtf8),
        (b"\"\xc0\xaf\"", JsonError::NotUtf8),
        (b"\xef\xbb\xbf{}", JsonError::Syntax),
        (b"{} {}", JsonError::Syntax),
        (b"{}\0", JsonError::Syntax),
        (b"[1,]", JsonError::Syntax),
        (b"{\"a\":1,}", JsonError::Syntax),
        (b"{a:1}", JsonError::Syntax),
        (b"{'a':1}", JsonError::Syntax),
        (b"/**/{}", JsonError::Syntax),
        (b"NaN", JsonError::Syntax),
        (b"01", JsonError::Syntax),
        (b"+1", JsonError::Syntax),
        (b"1.", JsonError::Syntax),
        (b".5", JsonError::Syntax),
        (b"1e", JsonError::Syntax),
        (b"-", JsonError::Syntax),
        (b"\"\t\"", JsonError::Syntax),
        (br#""\x41""#, JsonError::Syntax),
        (br#""\u12g4""#, JsonError::Syntax),
        (br#""\u+123""#, JsonError::Syntax),
        (b"\"a", JsonError::Syntax),
        (b"\"\\", JsonError::Syntax),
        (b"{\"a\" 1}", JsonError::Syntax),
        (b"True", JsonError::Syntax),
        (b"nul", JsonError::Syntax),
        (b"\x0b1", JsonError::Syntax),
        (b"", JsonError::Syntax),
        (b" ", JsonError::Syntax),
    ] {
        assert_eq!(parse(text).err(), Some(error), "{}", String::from_utf8_lossy(text));
    }
    assert_eq!(parse_object(b"[]").err(), Some(JsonError::NotAnObject));
}

#[test]
fn a_name_may_come_again_in_another_object() {
    assert!(parse(br#"{"a":{"a":1},"b":[{"a":1},{"a":1}],"c":{"b":{"c":1}}}"#).is_ok());
}

#[test]
fn a_129_every_limit_is_taken_and_one_more_is_not() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(nested(DEEPEST_JSON).as_bytes()).is_ok());
    assert_eq!(parse(nested(DEEPEST_JSON + 1).as_bytes()).err(), Some(JsonError::TooDeep));

    let long = |n: usize| format!("\"{}\"", "x".repeat(n - 2));
    assert!(parse(long(LONGEST_JSON).as_bytes()).is_ok());
    assert_eq!(parse(long(LONGEST_JSON + 1).as_bytes()).err(), Some(JsonError::TooLong));

    let wide = |n: usize| {
        let members: Vec<_> = (0..n).map(|i| format!("\"{i}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(parse(wide(MOST_MEMBERS).as_bytes()).is_ok());
    assert_eq!(parse(wide(MOST_MEMBERS + 1).as_bytes()).err(), Some(JsonError::TooManyMembers));
}

#[test]
fn a_made_up_text_means_what_serde_json_says_it_means() {
    let mut dice = Dice::new(1);
    for _ in 0..2000 {
        let text = made_up(&mut dice, 0);
        let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
        let ours = parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e:?}: {text}"));
        assert_eq!(as_serde(ours), theirs, "{text}");
    }
}

#[test]
fn a_damaged_text_is_taken_only_if_serde_json_takes_it() {
    let whole = br#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00",true,null],"b":{"c":"\\","d":{}},"e":""}"#;
    let mut taken = 0;
    for bytes in mangled(whole, 20_000) {
        match (parse(&bytes), serde_json::from_slice::<serde_json::Value>(&bytes)) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(as_serde(ours), theirs);
                taken += 1;
            }
            (Err(JsonError::Duplicate | JsonError::TooDeep), _) | (Err(_), Err(_)) => {}
            (Ok(_), Err(error)) => assert!(error.to_string().contains("out of range"), "{error}"),
            (Err(error), Ok(_)) => panic!("{error:?}: {}", String::from_utf8_lossy(&bytes)),
        }
    }
    assert!(taken > 1000, "{taken}");
}

fn as_serde(value: Value<'_>) -> serde_json::Value {
    if let Some(object) = value.object() {
        for (name, member) in object.members() {
            assert_eq!(object.get(&name).unwrap().text(), member.text());
        }
        object.members().map(|(name, value)| (name.into_owned(), as_serde(value))).collect()
    } else if let Some(array) = value.array() {
        array.map(as_serde).collect()
    } else if let Some(string) = value.string() {
        serde_json::Value::String(string.into_owned())
    } else {
        serde_json::from_str(value.text()).unwrap()
    }
}

fn made_up(dice: &mut Dice, depth: usize) -> String {
    let space = ["", " ", "\n\t", "\r "][dice.below(4)];
    let kinds = if depth < 5 { 9 } else { 7 };
    let value = match dice.below(kinds) {
        0 => dice.below(1_000_000).to_string(),
        1 => format!("-{}.{}E+{}", dice.below(10), dice.below(100), dice.below(20)),
        2..=4 => made_up_string(dice),
        5 => ["true", "false"][dice.below(2)].into(),
        6 => "null".into(),
        7 => {
            let items: Vec<_> = (0..dice.below(5)).map(|_| made_up(dice, depth + 1)).collect();
            format!("[{space}{}]", items.join(","))
        }
        _ => {
            let mut names = vec![];
            for _ in 0..dice.below(5) {
                let name = made_up_string(dice);
                let meaning: String = serde_json::from_str(&name).unwrap();
                if names.iter().all(|(_, known)| *known != meaning) {
                    names.push((name, meaning));
                }
            }
            let members: Vec<_> = names
                .iter()
                .map(|(name, _)| format!("{space}{name}{space}:{}", made_up(dice, depth + 1)))
                .collect();
            format!("{{{space}{}{space}}}", members.join(","))
        }
    };
    format!("{space}{value}{space}")
}

fn made_up_string(dice: &mut Dice) -> String {
    let bits = [
        "a",
        "iss",
        "é",
        "😀",
        r"\u0061",
        r"\ud83d\ude00",
        r"\\",
        r#"\""#,
        r"\n",
        "{",
        "]",
        ",",
        ":",
    ];
    let inner: String = (0..dice.below(5)).map(|_| bits[dice.below(bits.len())]).collect();
    format!("\"{inner}\"")
}
