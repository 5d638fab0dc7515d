//! Traces: what is played again is the same, and what a stranger sends is an error at most.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use grantflow_world::cast::{Actor, Person};
use grantflow_world::input::{Button, Edit, SentAnswer, SentRequest};
use grantflow_world::trace::{Entry, Mark};
use grantflow_world::{Config, Defence, Input, PLACEHOLDER, Trace, World, limits, redact};

use common::{Kept, replayed};

const WHO: Person = Person::Alice;

fn world() -> Kept {
    Kept::new(Config { seed: "traces".into(), ..Config::default() })
}

fn press(button: Button) -> Input {
    Input::Press { who: WHO, button, issuer: None, resource: None }
}

fn log_in(password: &str) -> Input {
    Input::LogIn { who: WHO, username: "alice".into(), password: password.into() }
}

fn begun() -> Kept {
    let mut world = world();
    world.apply(Input::Open { who: WHO, url: "https://app.example/".into() }).unwrap();
    world.apply(press(Button::SignIn)).unwrap();
    world
}

fn committed() -> Vec<(PathBuf, Trace)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/traces");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let trace = Trace::parse(&text).unwrap();
        (file, trace)
    };
    files.map(read).collect()
}

#[test]
fn every_committed_trace_is_played_to_the_end_it_expects() {
    let traces = committed();
    assert!(traces.len() >= 2);
    for (file, trace) in traces {
        assert!(trace.expect.is_some(), "{}", file.display());
        println!("{}", file.display());
        replayed(&trace);
    }
}

#[test]
fn a_world_played_again_is_the_same_and_another_seed_is_another() {
    let mut first = begun();
    first.apply(log_in("wonderland")).unwrap();
    let trace = first.trace();
    let again = World::replay(&trace).unwrap();
    assert_eq!(again.digest(), first.digest());
    assert_eq!(
        serde_json::to_string(&again.messages().collect::<Vec<_>>()).unwrap(),
        serde_json::to_string(&first.messages().collect::<Vec<_>>()).unwrap()
    );
    let other = Trace { seed: "other".into(), ..trace.clone() };
    assert_eq!(World::replay(&other).unwrap_err().code, "drift");
    let half = World::replay_to(&trace, 2).unwrap();
    assert_eq!(half.digest(), begun().digest());
}

#[test]
fn an_input_that_makes_no_sense_changes_nothing() {
    let mut world = begun();
    let before = world.digest();
    let edit = |edit| Input::Edit { message: 1, edit };
    for (input, code) in [
        (press(Button::SignIn), "no_such_page"),
        (press(Button::GoOn), "no_such_page"),
        (Input::Deny { who: WHO }, "no_such_page"),
        (Input::Approve { who: Person::Eve, scopes: Vec::new() }, "no_such_page"),
        (Input::Deliver { message: 1 }, "not_in_flight"),
        (Input::Drop { message: 99 }, "no_such_message"),
        (Input::Duplicate { message: 0 }, "no_such_message"),
        (edit(Edit::default()), "not_in_flight"),
        (Input::Leak { message: 99 }, "no_such_message"),
        (Input::Open { who: WHO, url: "nowhere".into() }, "no_url"),
        (Input::Open { who: WHO, url: "https://a.example/{{1.code}}".into() }, "not_seen"),
        (Input::Open { who: WHO, url: "https://a.example/{{x}}".into() }, "no_such_value"),
        (Input::Hold { to: Actor::As, path: "p".repeat(300), on: true }, "too_long"),
        (
            Input::Forge { name: "t".into(), alg: "RS256".into(), claims: "{}".into() },
            "no_algorithm",
        ),
        (log_in(&"x".repeat(limits::LONGEST_INPUT)), "too_long"),
    ] {
        assert_eq!(world.apply(input.clone()).unwrap_err().code, code, "{input:?}");
        assert_eq!((world.digest(), world.log().len()), (before.clone(), 2), "{input:?}");
    }
}

#[test]
fn passwords_and_secrets_that_were_typed_are_not_in_a_redacted_trace() {
    let mut world = begun();
    world.apply(log_in("my real password")).unwrap();
    let request = SentRequest {
        method: "POST".into(),
        url: "https://as.example/oauth2/token?code=s3cret".into(),
        headers: vec![
            ("content-type".into(), "application/x-www-form-urlencoded".into()),
            ("authorization".into(), "Basic s3cret".into()),
        ],
        body: "grant_type=authorization_code&code=s3cret&code_verifier={{3.code_challenge}}".into(),
    };
    world.apply(Input::Leak { message: 3 }).unwrap();
    world.apply(Input::Send { request }).unwrap();
    let trace = world.trace();
    assert_eq!(World::replay(&trace).unwrap().digest(), world.digest());

    let redacted = trace.redacted();
    let text = serde_json::to_string(&redacted).unwrap();
    assert!(!text.contains("s3cret") && !text.contains("my real password"), "{text}");
    assert!(text.contains(PLACEHOLDER) && text.contains("{{3.code_challenge}}"), "{text}");
    assert!(redacted.redacted && redacted.expect.is_none());
    World::replay(&redacted).unwrap();
}

#[test]
fn a_message_of_another_host_is_told_without_its_secrets() {
    let form = r#"["content-type","application/x-www-form-urlencoded"],["Cookie","sid=s3cret"]"#;
    let text = [
        r#"{"request":{"method":"POST","url":"https://a.test/x?state=s3cret&scope=openid","headers":["#,
        form,
        r#"],"body":"client_id=app&client_secret=s3cret"},"#,
        r#""response":{"status":303,"headers":[["set-cookie","sid=s3cret; path=/"],"#,
        r#"["location","https://b.test/?code=s3cret&iss=x"]],"#,
        r#""body":"{\"registration_access_token\":\"s3cret\",\"expires_in\":3600}"}}"#,
    ]
    .concat();
    let exchange = redact::exchange(&text).unwrap();
    let told = serde_json::to_string(&exchange).unwrap();
    assert!(!told.contains("s3cret"), "{told}");
    for stays in ["scope=openid", "client_id=app", "iss=x", "expires_in", "POST", "303"] {
        assert!(told.contains(stays), "{stays} in {told}");
    }
    assert_eq!(redact::exchange("{}").unwrap_err().code, "malformed");
}

#[test]
fn a_page_with_a_form_in_it_is_told_as_nothing() {
    // As a code comes with `response_mode=form_post`.
    let text = r#"{"request":{"method":"GET","url":"https://a.test/","headers":[],"body":""},
        "response":{"status":200,"headers":[["content-type","text/html"]],
        "body":"<html lang=\"en\"><input name=\"code\" value=\"s3cret\"></html>"}}"#;
    let exchange = redact::exchange(text).unwrap();
    assert_eq!(exchange.response.body, PLACEHOLDER);
}

#[test]
fn what_has_no_secret_in_it_keeps_its_digest() {
    let mut world = begun();
    world.apply(log_in("wonderland")).unwrap();
    let trace = world.trace();
    assert_eq!(trace.clone().redacted(), trace);
}

#[test]
fn what_is_no_trace_is_refused_and_a_long_one_is_not_played() {
    let good = serde_json::to_value(begun().trace()).unwrap();
    let parse = |value: &serde_json::Value| Trace::parse(&value.to_string());
    assert!(parse(&good).is_ok());
    let mut newer = good.clone();
    newer["v"] = 2.into();
    newer["what"] = "else".into();
    assert_eq!(parse(&newer).unwrap_err().code, "unknown_version");
    for (member, value) in [
        ("log", serde_json::json!([{ "at": 0, "actor": "alice", "input": { "do": "fly" } }])),
        ("config", serde_json::json!({ "app": "public", "without": ["gravity"] })),
        ("seed", 7.into()),
        ("more", 7.into()),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        assert_eq!(parse(&bad).unwrap_err().code, "malformed", "{member}");
    }
    assert_eq!(Trace::parse("").unwrap_err().code, "malformed");
    let long = "x".repeat(limits::LONGEST_TRACE + 1);
    assert_eq!(Trace::parse(&long).unwrap_err().code, "too_long");

    let mut many = good;
    let entry =
        serde_json::json!({ "at": 0, "actor": "clock", "input": { "do": "wait", "seconds": 1 } });
    many["log"] = vec![entry; limits::MOST_INPUTS + 1].into();
    assert_eq!(parse(&many).unwrap_err().code, "too_long");
}

#[test]
fn a_world_ends_before_it_is_too_big() {
    let request = SentRequest {
        method: "POST".into(),
        url: "https://as.example/oauth2/token".into(),
        headers: Vec::new(),
        body: "y".repeat(12_000),
    };
    let send = Input::Send { request };
    for (input, least) in [(send.clone(), 3), (Input::Duplicate { message: 1 }, 100)] {
        let mut world = world();
        world.apply(send.clone()).unwrap();
        let refused = (0..=limits::MOST_INPUTS).find_map(|_| world.apply(input.clone()).err());
        assert_eq!(refused.unwrap().code, "too_many");
        assert!((least..limits::MOST_INPUTS).contains(&world.log().len()));
        let text = serde_json::to_string(&world.trace()).unwrap();
        Trace::parse(&text).unwrap();
    }
}

#[test]
fn a_trace_that_somebody_has_damaged_is_an_error_at_most() {
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 8).unwrap() % below
    };
    let scraps =
        ["0", "9", "\"", "{", "}", "{{7.code}}", "alice", "eve", "null", "\\u0000", "-1", ""];
    let mut outcomes = (0, 0);
    for (_, trace) in committed() {
        let text = serde_json::to_string(&Trace { expect: None, ..trace }).unwrap();
        for _ in 0..200 {
            let mut damaged = text.clone().into_bytes();
            for _ in 0..=random(3) {
                let at = random(damaged.len());
                let end = (at + random(12)).min(damaged.len());
                damaged.splice(at..end, scraps[random(scraps.len())].bytes());
            }
            match Trace::parse(&String::from_utf8_lossy(&damaged))
                .and_then(|trace| World::replay(&trace))
            {
                Ok(_) => outcomes.0 += 1,
                Err(fault) => {
                    assert!(!fault.message.is_empty(), "{fault:?}");
                    outcomes.1 += 1;
                }
            }
        }
    }
    assert!(outcomes.0 > 0 && outcomes.1 > 400, "{outcomes:?}");
}

#[test]
fn every_input_is_read_as_it_is_written() {
    let (who, url, message) = (Person::Eve, String::from("https://a.example/?q=\"ü\""), 7);
    let headers = vec![("a".to_owned(), "b\n".to_owned())];
    let edit = Edit { method: Some("GET".into()), status: Some(303), ..Edit::default() };
    let other = Edit {
        url: Some(url.clone()),
        headers: Some(headers.clone()),
        body: Some(String::new()),
        ..Edit::default()
    };
    let (method, body) = ("POST".to_owned(), "{}".to_owned());
    let request =
        SentRequest { method, url: url.clone(), headers: headers.clone(), body: body.clone() };
    let answer = SentAnswer { status: 200, headers, body };
    let issuer = Some(url.clone());
    let all = [
        Input::Open { who, url },
        Input::Press { who, button: Button::GoOn, issuer: issuer.clone(), resource: issuer },
        press(Button::ShareCalendar),
        log_in("p"),
        Input::Approve { who, scopes: vec!["openid".into(), "email".into()] },
        Input::Deny { who },
        Input::Deliver { message },
        Input::Drop { message },
        Input::Duplicate { message },
        Input::Edit { message, edit },
        Input::Edit { message, edit: other },
        Input::Leak { message },
        Input::Send { request },
        Input::Forge { name: "n".into(), alg: "none".into(), claims: "{}".into() },
        Input::Serve { path: "/x".into(), answer },
        Input::Wait { seconds: u32::MAX },
        Input::Network { automatic: false },
        Input::Hold { to: Actor::Nobody, path: "/".into(), on: true },
    ];
    let log = all.map(|input| Entry { at: 1, actor: input.by(), input }).into();
    let mut trace = begun().trace();
    (trace.log, trace.config.offers_evil) = (log, true);
    trace.config.without = Defence::ALL.iter().copied().collect();
    trace.marks.push(Mark { at: 3, name: "here".into() });
    assert_eq!(Trace::parse(&serde_json::to_string(&trace).unwrap()).unwrap(), trace);
}

#[test]
fn a_test_that_fails_leaves_its_run_and_so_does_one_that_drifts() {
    let digest = std::cell::RefCell::new(String::new());
    let fails = || {
        let world = begun();
        *digest.borrow_mut() = world.digest();
        unreachable!("as it should")
    };
    assert!(catch_unwind(AssertUnwindSafe(fails)).is_err());
    let trace = Trace::parse(&fs::read_to_string(common::file()).unwrap()).unwrap();
    assert_eq!(World::replay(&trace).unwrap().digest(), digest.take());

    let other = Trace { seed: "other".into(), ..trace };
    assert!(catch_unwind(|| replayed(&other)).is_err());
    let left = Trace::parse(&fs::read_to_string(common::file()).unwrap()).unwrap();
    assert_eq!(left, Trace { expect: None, ..other });
    World::replay(&left).unwrap();
    fs::remove_file(common::file()).unwrap();
}
