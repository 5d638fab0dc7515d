//! An answer that goes where it must not.

use crate::cast::{Actor, CLIENT_ID, EVIL, EVIL_CALLBACK, EVIL_CLIENT, Person};
use crate::defence::Defence;
use crate::fault::Fault;
use crate::input::AppKind;
use crate::lab::{Attack, Host, Play, StoppedBy, Test};
use crate::prelude::*;
use crate::script::{CHALLENGE, Script, VERIFIER, authorize};

/// What compares redirect URIs.
const EXACT: StoppedBy = StoppedBy {
    code: "invalid_request",
    file: "core/src/server/bound.rs",
    marker: "if !client.may_be_answered_at(&back.redirect_uri) {",
};

pub(super) const TAMPERING: Attack = Attack {
    number: 6,
    id: "redirect-tampering",
    title: "Redirect URI tampering",
    story: [
        "Alice follows a link to the honest server that asks for the real app, and has the answer sent elsewhere.",
        "The attacker tries what sloppy servers take for the app’s address, and his own address last.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::As, Actor::Evil, Actor::Attacker],
    host: Host::Both,
    defences: &[Defence::RedirectExact],
    given: &[],
    falls_without: &[&[Defence::RedirectExact]],
    sections: &["RFC 9700 §2.1", "RFC 9700 §4.1.3"],
    stopped_by: &[EXACT],
    property: Some("authorization"),
    test: Test {
        file: "tests/attacks/front.rs",
        name: "a_02_what_looks_like_a_registered_address_is_another",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: false, run: tampering }),
};

fn tampering(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    for (what, address) in [
        (
            "follows a link: an address that begins like the app’s",
            "https://app.example/callback.evil.example/",
        ),
        (
            "follows a link: a host that begins like the app’s",
            "https://app.example.evil.example/callback",
        ),
        (
            "follows a link: the app’s host as a username",
            "https://app.example@evil.example/callback",
        ),
        ("follows a link: a way up and down again", "https://app.example/callback/../out"),
        ("follows a link: another port", "https://app.example:8443/callback"),
        ("follows a link: the attacker’s own address", EVIL_CALLBACK),
    ] {
        script.follows(Person::Alice, what, link(CLIENT_ID, address, &[]))?;
        if script.is_at(Person::Alice, "login") {
            script.agrees(Person::Alice, "logs in for the real app, and agrees")?;
        }
    }
    let Ok(brought) = script.at(Actor::Alice, Actor::Evil, "/callback") else { return Ok(None) };
    let code = format!("{{{{{brought}.code}}}}");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", EVIL_CALLBACK),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    let answer = script.asks_tokens("redeems the code that was sent to him", &fields, None)?;
    let has = script.uses("opens the API with the token", answer)?;
    Ok(has.then_some("The attacker reads Alice’s tasks."))
}

/// A link with the attacker's own challenge in it.
fn link(client_id: &str, redirect_uri: &str, more: &[(&str, &str)]) -> String {
    let fields = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    authorize(&[&fields, more].concat())
}

pub(super) const OPEN: Attack = Attack {
    number: 13,
    id: "open-redirect",
    title: "Open redirect",
    story: [
        "A link to the honest server looks trustworthy. The attacker wants it to lead to his own site.",
        "He asks for what must be refused, so that the refusal is sent there: by a redirect, without a page.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::As, Actor::Evil],
    host: Host::Both,
    defences: &[Defence::RedirectExact, Defence::Vouched],
    given: &[],
    falls_without: &[&[Defence::RedirectExact], &[Defence::Vouched]],
    sections: &["RFC 6749 §4.1.2.1", "RFC 9700 §4.11.2"],
    stopped_by: &[
        EXACT,
        StoppedBy {
            code: "login_required",
            file: "core/src/server/reply.rs",
            marker: "show(Page::Leave(LeavePage {",
        },
    ],
    property: None,
    test: Test {
        file: "tests/clients.rs",
        name: "a_07_browsers_go_to_an_app_nobody_vouches_for_only_by_a_persons_click",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: false, run: open }),
};

fn open(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    let no_page = [("prompt", "none")];
    for (what, link) in [
        ("follows a link of an app that nobody knows", link("nobody", EVIL_CALLBACK, &no_page)),
        (
            "follows a link of the real app, with the attacker’s address",
            link(CLIENT_ID, EVIL_CALLBACK, &no_page),
        ),
        ("follows a link of the attacker’s own app", link(EVIL_CLIENT, EVIL_CALLBACK, &no_page)),
    ] {
        script.follows(Person::Alice, what, link)?;
        if script.url(Person::Alice).starts_with(EVIL) {
            return Ok(Some(
                "Alice’s browser is at the attacker’s site, by a link to the honest server.",
            ));
        }
    }
    Ok(None)
}
