//! A code that somebody else has got at.

use grantflow::server::path;

use crate::cast::{Actor, Person};
use crate::defence::Defence;
use crate::fault::Fault;
use crate::input::{AppKind, Button, Input};
use crate::lab::{Attack, Host, Play, StoppedBy, Test};
use crate::prelude::*;
use crate::script::{Script, VERIFIER, redemption};

pub(super) const INTERCEPTION: Attack = Attack {
    number: 2,
    id: "code-interception",
    title: "Code interception",
    story: [
        "The attacker reads Alice’s code on its way to the app: in a log, or with another app on her phone.",
        "The app has no secret, so all he needs is to send the code, and a verifier that he guesses.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::App, Actor::As, Actor::Attacker],
    host: Host::Both,
    defences: &[Defence::Pkce],
    given: &[],
    falls_without: &[&[Defence::Pkce]],
    sections: &["RFC 7636 §4.6", "RFC 9700 §2.1.1"],
    stopped_by: &[StoppedBy {
        code: "invalid_grant",
        file: "core/src/server/redeem.rs",
        marker: "(Some(challenge), Some(verifier)) if challenge.is_answered_by(verifier) => Ok(()),",
    }],
    property: Some("authorization"),
    test: Test {
        file: "tests/attacks/pkce.rs",
        name: "a_50_a_stolen_code_is_worth_nothing_without_its_verifier",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: false, run: interception }),
};

fn interception(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    script.begins(Person::Alice, "begins to sign in", None)?;
    script.hold(Actor::App, "/callback", true)?;
    script.agrees(Person::Alice, "logs in, and agrees")?;
    let code = script.at(Actor::Alice, Actor::App, "/callback")?;
    script.leaks("reads the code on its way to the app", code)?;
    let code = format!("{{{{{code}.code}}}}");
    let what = "sends the code, with a verifier that he made up";
    let answer = script.asks_tokens(what, &redemption(&code, VERIFIER), None)?;
    let has = script.uses("opens the API with the token", answer)?;
    Ok(has.then_some("The attacker reads Alice’s tasks."))
}

/// What says no to a code that was spent, and takes back what it bought.
const SPENT: &str =
    "Phase::Live { .. } => (Phase::Dead { why: Death::Replayed }, Err(RedeemError::Spent)),";

pub(super) const REPLAY: Attack = Attack {
    number: 4,
    id: "code-replay",
    title: "Code replay",
    story: [
        "The attacker finds the app’s whole token request in a log, code and verifier and all.",
        "Alice is signed in by then. He sends the same request again.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::App, Actor::As, Actor::Attacker],
    host: Host::Both,
    defences: &[Defence::OneUse],
    given: &[],
    falls_without: &[&[Defence::OneUse]],
    sections: &["RFC 6749 §4.1.2", "RFC 6749 §10.5"],
    stopped_by: &[StoppedBy {
        code: "invalid_grant",
        file: "core/src/server/redeem.rs",
        marker: SPENT,
    }],
    property: Some("one answer"),
    test: Test {
        file: "tests/attacks/codes.rs",
        name: "a_31_a_code_that_is_spent_twice_takes_back_what_it_bought",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: false, run: replay }),
};

fn replay(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    script.begins(Person::Alice, "begins to sign in", None)?;
    script.agrees(Person::Alice, "logs in, agrees, and is signed in")?;
    let sent = script.at(Actor::Alice, Actor::As, path::TOKEN)?;
    script.leaks("finds the app’s token request in a log", sent)?;
    let answer = resend(script, sent, "sends it again")?;
    let has = script.uses("opens the API with the token", answer)?;
    Ok(has.then_some("The attacker reads Alice’s tasks."))
}

fn resend(script: &mut Script, sent: u32, what: &'static str) -> Result<u32, Fault> {
    let (code, verifier) =
        (format!("{{{{{sent}.code}}}}"), format!("{{{{{sent}.code_verifier}}}}"));
    script.asks_tokens(what, &redemption(&code, &verifier), None)
}

pub(super) const RACE: Attack = Attack {
    number: 4,
    id: "code-race",
    title: "Code replay: the thief is first",
    story: [
        "The attacker has the app’s whole token request, and his own is there before it.",
        "He has tokens then. The app’s request comes second, and shows that the code had leaked.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::App, Actor::As, Actor::Attacker],
    host: Host::World,
    defences: &[Defence::OneUse, Defence::Ended],
    given: &[],
    falls_without: &[&[Defence::OneUse], &[Defence::Ended]],
    sections: &["RFC 6749 §4.1.2", "RFC 6749 §10.5"],
    stopped_by: &[StoppedBy {
        code: "invalid_token",
        file: "core/src/server/redeem.rs",
        marker: SPENT,
    }],
    property: Some("revocation"),
    test: Test {
        file: "tests/attacks/codes.rs",
        name: "a_31_a_code_that_is_spent_twice_takes_back_what_it_bought",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: false, run: race }),
};

fn race(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    script.begins(Person::Alice, "begins to sign in", None)?;
    script.hold(Actor::As, path::TOKEN, true)?;
    script.agrees(Person::Alice, "logs in, and agrees")?;
    let sent = script.at(Actor::Alice, Actor::As, path::TOKEN)?;
    script.leaks("reads the app’s token request", sent)?;
    script.hold(Actor::As, path::TOKEN, false)?;
    let answer = resend(script, sent, "sends the same, and is first")?;
    script.does(Actor::App, "is second", Input::Deliver { message: sent })?;
    if script.is_signed_in_as(Person::Alice, Person::Alice) {
        let who = Person::Alice;
        let button = Button::LoadTasks;
        let load = Input::Press { who, button, issuer: None, resource: None };
        script.does(Actor::Alice, "looks at her tasks, and suspects nothing", load)?;
    }
    let has = script.uses("opens the API with the token", answer)?;
    Ok(has.then_some("The attacker reads Alice’s tasks, until the token is too old."))
}
