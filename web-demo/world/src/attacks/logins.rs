//! Somebody else's code, or somebody else's server, in a login.

use crate::cast::{Actor, EVIL, Person};
use crate::defence::Defence;
use crate::fault::Fault;
use crate::input::{AppKind, Edit, Input};
use crate::lab::{Attack, Host, Play, StoppedBy, Test};
use crate::prelude::*;
use crate::script::{Script, callback, redemption};

const STATE: StoppedBy = StoppedBy {
    code: "state_unknown",
    file: "core/src/client/callback.rs",
    marker: "if !self.login.seed.state().matches(state) {",
};
const VERIFIER: StoppedBy = StoppedBy {
    code: "invalid_grant",
    file: "core/src/server/redeem.rs",
    marker: "(Some(_) | None, _) => Err(RedeemError::WrongVerifier),",
};
const NONCE: StoppedBy = StoppedBy {
    code: "id_token_nonce",
    file: "core/src/client/identity.rs",
    marker: "if !login.seed.nonce().matches(",
};

pub(super) const FORCED_LOGIN: Attack = Attack {
    number: 1,
    id: "forced-login",
    title: "Forced login (CSRF)",
    story: [
        "Eve wants Alice to work in Eve’s account without noticing.",
        "She stops her own login on its way back to the app, and has Alice follow its last link.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::Eve, Actor::App, Actor::As],
    host: Host::World,
    defences: &[Defence::State, Defence::Browser, Defence::Pkce, Defence::Nonce],
    given: &[],
    falls_without: &[&[Defence::Browser], &[Defence::State, Defence::Pkce, Defence::Nonce]],
    sections: &["RFC 6749 §10.12", "RFC 9700 §4.7.1"],
    stopped_by: &[STATE, VERIFIER, NONCE],
    property: Some("session integrity"),
    test: Test {
        file: "core/src/client/callback.rs",
        name: "a_60_another_state_is_refused_and_leaves_the_login_waiting",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: false, run: forced_login }),
};

fn forced_login(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    let link = eves_callback(script)?;
    script.begins(Person::Alice, "begins to sign in, and is called to the door", None)?;
    lure(script, callback(link, link))
}

/// Eve's own callback, held on its way to the app: the attacker's to use.
fn eves_callback(script: &mut Script) -> Result<u32, Fault> {
    script.begins(Person::Eve, "begins to sign in", None)?;
    script.hold(Actor::App, "/callback", true)?;
    script.agrees(Person::Eve, "logs in as herself, and agrees")?;
    let link = script.at(Actor::Eve, Actor::App, "/callback")?;
    let drop = Input::Drop { message: link };
    script.does(Actor::Eve, "stops before her code reaches the app", drop)?;
    script.hold(Actor::App, "/callback", false)?;
    Ok(link)
}

fn lure(script: &mut Script, link: String) -> Result<Option<&'static str>, Fault> {
    script.follows(Person::Alice, "follows Eve’s link, with Eve’s code in it", link)?;
    let is_hers = script.is_signed_in_as(Person::Alice, Person::Eve);
    Ok(is_hers.then_some("Alice is signed in as Eve: whatever she writes, Eve will read."))
}

pub(super) const INJECTION: Attack = Attack {
    number: 3,
    id: "code-injection",
    title: "Code injection",
    story: [
        "Eve has got at a code of Alice’s, and cannot redeem it herself.",
        "She has the app redeem it for her: she puts it into the last link of her own login.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::Eve, Actor::App, Actor::As],
    host: Host::World,
    defences: &[Defence::Pkce, Defence::Nonce],
    given: &[],
    falls_without: &[&[Defence::Pkce, Defence::Nonce]],
    sections: &["RFC 9700 §4.5.3.1", "RFC 9700 §4.5.3.2"],
    stopped_by: &[VERIFIER, NONCE],
    property: Some("authentication"),
    test: Test {
        file: "core/src/client/identity_tests.rs",
        name: "a_84_a_nonce_is_this_logins_or_the_token_is_a_replay",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: false, run: injection }),
};

fn injection(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    script.begins(Person::Alice, "begins to sign in", None)?;
    script.hold(Actor::App, "/callback", true)?;
    script.agrees(Person::Alice, "logs in, and agrees")?;
    let code = script.at(Actor::Alice, Actor::App, "/callback")?;
    script.leaks("reads Alice’s code in a log", code)?;
    script.quietly(Input::Drop { message: code })?;
    script.hold(Actor::App, "/callback", false)?;

    script.begins(Person::Eve, "begins to sign in, too", None)?;
    let own = script.at(Actor::Eve, Actor::As, "/oauth2/authorize")?;
    let link = callback(code, own);
    script.follows(Person::Eve, "ends her own login with Alice’s code", link)?;
    let is_in = script.is_signed_in_as(Person::Eve, Person::Alice);
    Ok(is_in.then_some("Eve is signed in at the app as Alice."))
}

pub(super) const DOWNGRADE: Attack = Attack {
    number: 5,
    id: "pkce-downgrade",
    title: "PKCE downgrade",
    story: [
        "The app relies on PKCE alone: it looks at neither `state` nor `nonce`.",
        "Eve takes the challenge out of her own request, so that her code is bound to nothing, and has Alice follow the link.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::Eve, Actor::App, Actor::As],
    host: Host::World,
    defences: &[Defence::Pkce],
    given: &[Defence::State, Defence::Nonce],
    falls_without: &[&[Defence::Pkce]],
    sections: &["RFC 9700 §4.8.2"],
    stopped_by: &[VERIFIER],
    property: Some("session integrity"),
    test: Test {
        file: "tests/attacks/pkce.rs",
        name: "a_51_a_challenge_that_somebody_took_out_is_missed",
    },
    play: Some(Play { app: AppKind::Confidential, offers_evil: false, run: downgrade }),
};

fn downgrade(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    script.hold(Actor::As, "/oauth2/authorize", true)?;
    script.begins(Person::Eve, "begins to sign in", None)?;
    script.hold(Actor::As, "/oauth2/authorize", false)?;
    let request = script.at(Actor::Eve, Actor::As, "/oauth2/authorize")?;
    let said = |name: &str| format!("{{{{{request}.{name}}}}}");
    let fields = ["response_type", "client_id", "redirect_uri", "scope", "state"];
    let values = fields.map(said);
    let pairs: Vec<(&str, &str)> =
        fields.into_iter().zip(values.iter().map(String::as_str)).collect();
    let url = crate::script::authorize(&pairs);
    let edit = Edit { url: Some(url), ..Edit::default() };
    let what = "takes the challenge out of her request";
    script.does(Actor::Eve, what, Input::Edit { message: request, edit })?;
    script.quietly(Input::Deliver { message: request })?;

    script.hold(Actor::App, "/callback", true)?;
    script.agrees(Person::Eve, "logs in as herself, and agrees")?;
    let link = script.at(Actor::Eve, Actor::App, "/callback")?;
    script.quietly(Input::Drop { message: link })?;
    script.hold(Actor::App, "/callback", false)?;

    script.begins(Person::Alice, "begins to sign in, and is called to the door", None)?;
    lure(script, callback(link, link))
}

pub(super) const MIX_UP: Attack = Attack {
    number: 7,
    id: "mix-up",
    title: "Mix-up",
    story: [
        "The app knows two servers, and one of them is the attacker’s. Alice signs in with that one.",
        "It sends her on to the honest server, and the app, which does not look who answers, brings her code to the attacker.",
    ],
    hurts: "Alice",
    actors: &[Actor::Alice, Actor::App, Actor::As, Actor::Evil, Actor::Attacker],
    host: Host::World,
    defences: &[Defence::Iss],
    given: &[],
    falls_without: &[&[Defence::Iss]],
    sections: &["RFC 9207 §2.4", "RFC 9700 §4.4.2"],
    stopped_by: &[StoppedBy {
        code: "response_iss_mismatch",
        file: "core/src/client/callback.rs",
        marker: "Some(iss) if iss != self.login.issuer => return Err(AcceptError::WrongIssuer),",
    }],
    property: Some("authorization"),
    test: Test {
        file: "core/src/client/callback.rs",
        name: "a_63_another_issuer_or_a_missing_one_ends_the_login",
    },
    play: Some(Play { app: AppKind::Public, offers_evil: true, run: mix_up }),
};

fn mix_up(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    script.begins(
        Person::Alice,
        "signs in with the attacker’s server, which sends her on",
        Some(EVIL),
    )?;
    script.agrees(Person::Alice, "logs in at the honest server, and agrees")?;
    let Ok(brought) = script.at(Actor::Alice, Actor::Evil, "/token") else { return Ok(None) };
    script.says(Actor::App, "brings code and verifier to the attacker", Some(brought));
    let (code, verifier) =
        (format!("{{{{{brought}.code}}}}"), format!("{{{{{brought}.code_verifier}}}}"));
    let what = "redeems the code at the honest server, as the app";
    let answer = script.asks_tokens(what, &redemption(&code, &verifier), None)?;
    let has = script.uses("opens the API with the token", answer)?;
    Ok(has.then_some("The attacker reads Alice’s tasks."))
}
