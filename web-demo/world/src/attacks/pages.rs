//! What needs a real browser to be seen. There is nothing to run here.

use crate::cast::Actor;
use crate::lab::{Attack, Host, StoppedBy, Test};

pub(super) const REDIRECT_307: Attack = Attack {
    number: 9,
    id: "redirect-307",
    title: "A redirect that takes the password along",
    story: [
        "A server answers the login form with a redirect of status 307, which has the browser post the form again.",
        "The app is sent the password that was meant for the server.",
    ],
    hurts: "the user",
    actors: &[Actor::Alice, Actor::App, Actor::As],
    host: Host::Live,
    defences: &[],
    given: &[],
    falls_without: &[],
    sections: &["RFC 9700 §4.12"],
    stopped_by: &[StoppedBy {
        code: "303",
        file: "core/src/server/reply/answer.rs",
        marker: "Response { status: 303, headers: private()",
    }],
    property: None,
    test: Test {
        file: "tests/attacks/pages.rs",
        name: "a_16_a_browser_that_posted_something_is_sent_on_without_it",
    },
    play: None,
};

pub(super) const CLICKJACKING: Attack = Attack {
    number: 10,
    id: "clickjacking",
    title: "Clickjacking",
    story: [
        "A page of the attacker’s has the consent page in a frame that nobody sees, under a button that everybody presses.",
        "Who presses the button approves.",
    ],
    hurts: "the user",
    actors: &[Actor::Alice, Actor::As, Actor::Evil],
    host: Host::Live,
    defences: &[],
    given: &[],
    falls_without: &[],
    sections: &["RFC 9700 §4.16"],
    stopped_by: &[StoppedBy {
        code: "frame-ancestors",
        file: "core/src/server/reply/answer.rs",
        marker: "base-uri 'none'; frame-ancestors 'none'",
    }],
    property: None,
    test: Test {
        file: "tests/attacks/pages.rs",
        name: "a_15_every_page_of_the_core_says_that_nobody_may_frame_it",
    },
    play: None,
};
