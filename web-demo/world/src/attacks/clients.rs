//! Somebody who says that he is the app.

use grantflow::secret::Secret;
use grantflow::wire::credentials::basic;

use crate::cast::{Actor, CLIENT_ID};
use crate::defence::Defence;
use crate::fault::Fault;
use crate::input::AppKind;
use crate::lab::{Attack, Host, Play, StoppedBy, Test};
use crate::operator::WEAK_SECRET;
use crate::script::Script;

pub(super) const GUESS: Attack = Attack {
    number: 11,
    id: "secret-guess",
    title: "Guessing the app’s secret",
    story: [
        "The attacker wants to be the app. He knows its name, which is public.",
        "He tries a list of common passwords for its secret, one after the other.",
    ],
    hurts: "the app",
    actors: &[Actor::As, Actor::Attacker],
    host: Host::Both,
    defences: &[Defence::Secret, Defence::Throttle],
    given: &[],
    falls_without: &[&[Defence::Secret, Defence::Throttle]],
    sections: &["RFC 6749 §2.3.1", "RFC 6749 §10.10"],
    stopped_by: &[
        StoppedBy {
            code: "invalid_client",
            file: "core/src/server/authenticate.rs",
            marker: "if proven { Ok(client) } else { Err(ClientAuthError::WrongSecret) }",
        },
        StoppedBy {
            code: "temporarily_unavailable",
            file: "core/src/server/claimed.rs",
            marker: "reply::too_many(&self.call(request, now), wait)",
        },
    ],
    property: Some("no effect"),
    test: Test {
        file: "tests/attacks/guess.rs",
        name: "a_108_who_has_failed_too_often_is_told_when_to_come_back_and_nothing_else",
    },
    play: Some(Play { app: AppKind::Confidential, offers_evil: false, run: guess }),
};

/// What everybody tries; one that some app has is last.
pub(crate) const GUESSES: [&str; 12] = [
    "password",
    "123456",
    "secret",
    "qwerty",
    "letmein",
    "dragon",
    "monkey",
    "football",
    "iloveyou",
    "admin",
    "welcome",
    WEAK_SECRET,
];

fn guess(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    for (at, guess) in GUESSES.into_iter().enumerate() {
        let what = match at {
            0 => "says that he is the app, with the first password of a list",
            11 => "tries the last one",
            _ => "tries the next one",
        };
        let header = ("authorization", basic(CLIENT_ID, &Secret::new(guess)));
        let fields = [("grant_type", "client_credentials")];
        let answer = script.asks_tokens(what, &fields, Some(header))?;
        let message = script.world().message(answer);
        if message.is_some_and(|message| message.value("access_token").is_some()) {
            return Ok(Some("The attacker has a token as the app itself, and knows its secret."));
        }
    }
    Ok(None)
}
