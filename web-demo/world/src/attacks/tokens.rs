//! An access token that somebody else has seen.

use crate::cast::{Actor, CALENDAR, Person};
use crate::defence::Defence;
use crate::fault::Fault;
use crate::input::{AppKind, Button, Input};
use crate::lab::{Attack, Host, Play, StoppedBy, Test};
use crate::prelude::*;
use crate::script::Script;

pub(super) const ELSEWHERE: Attack = Attack {
    number: 8,
    id: "token-elsewhere",
    title: "A token is used at another API",
    story: [
        "Alice shares with a calendar, and the app shows it a token. The calendar is the attacker’s, and keeps a log.",
        "Two hours later he reads the log, and takes the token to the tasks.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::As, Actor::Evil, Actor::Attacker],
    host: Host::Both,
    defences: &[Defence::Resource, Defence::TokenLife],
    given: &[],
    falls_without: &[&[Defence::Resource, Defence::TokenLife]],
    sections: &["RFC 9700 §2.3", "RFC 9700 §4.10.2", "RFC 8707 §2"],
    stopped_by: &[
        StoppedBy {
            code: "invalid_token",
            file: "core/src/server/resource.rs",
            marker: "grant.accepts(name.turn) && is_for(",
        },
        StoppedBy {
            code: "invalid_token",
            file: "core/src/server/resource.rs",
            marker: "if self.name.until <= call.now {",
        },
    ],
    property: Some("authorization"),
    test: Test {
        file: "tests/resources.rs",
        name: "a_117_a_token_for_one_api_is_good_at_that_and_no_other",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: false, run: elsewhere }),
};

fn elsewhere(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    let who = Person::Alice;
    script.quietly(Input::Open { who, url: "https://app.example/".into() })?;
    let press = |button, resource: Option<&str>| Input::Press {
        who,
        button,
        issuer: None,
        resource: resource.map(str::to_owned),
    };
    let begin = press(Button::SignIn, Some(CALENDAR));
    script.does(Actor::Alice, "signs in, for the calendar", begin)?;
    script.agrees(who, "logs in, and agrees")?;
    let share = press(Button::ShareCalendar, None);
    script.does(Actor::Alice, "shares with the calendar", share)?;
    let shown = script.at(Actor::Alice, Actor::Evil, "/calendar")?;
    script.says(Actor::Evil, "keeps the token in a log", Some(shown));
    script.quietly(Input::Wait { seconds: 7200 })?;
    let bearer = format!("{{{{{shown}.authorization}}}}");
    let has = script.reads_tasks("takes the token to the tasks, two hours later", &bearer)?;
    Ok(has.then_some("The attacker reads Alice’s tasks."))
}
