//! An ID token that says somebody else's name. In all but one of these the line between app and server
//! is not what it should be: the attacker changes the server's answer on its way to the app.

use grantflow::server::path;

use crate::cast::{
    AS, Actor, BEGINNING, CALLBACK, CLIENT_ID, EVIL, EVIL_CALLBACK, EVIL_CLIENT, Person,
};
use crate::defence::Defence;
use crate::fault::Fault;
use crate::input::{AppKind, Edit, Input, SentAnswer};
use crate::lab::{Attack, Host, Play, StoppedBy, Test};
use crate::prelude::*;
use crate::script::{CHALLENGE, Script, VERIFIER, authorize};

const IDENTITY: &str = "core/src/client/identity.rs";
const TESTS: &str = "core/src/client/identity_tests.rs";
const EXPIRED_TOKEN: StoppedBy = StoppedBy {
    code: "id_token_expired",
    file: IDENTITY,
    marker: "return Err(IdentityError::Expired);",
};
const WRONG_NONCE: StoppedBy =
    StoppedBy { code: "id_token_nonce", file: IDENTITY, marker: "if !login.seed.nonce().matches(" };

/// What they have in common.
const BASE: Attack = Attack {
    number: 12,
    id: "",
    title: "",
    story: ["", ""],
    hurts: "Alice",
    actors: &[Actor::Eve, Actor::App, Actor::As, Actor::Attacker],
    host: Host::World,
    defences: &[],
    given: &[],
    falls_without: &[],
    sections: &["OpenID Connect Core §3.1.3.7"],
    stopped_by: &[],
    property: Some("proved identity"),
    test: Test { file: TESTS, name: "a_80_none_hmac_and_what_was_not_agreed_on_prove_nothing" },
    play: None,
};

const fn play(run: fn(&mut Script) -> Result<Option<&'static str>, Fault>) -> Play {
    Play { app: AppKind::Confidential, offers_evil: false, run }
}

fn verdict(script: &Script) -> Option<&'static str> {
    let is_in = script.is_signed_in_as(Person::Eve, Person::Alice);
    is_in.then_some("Eve is signed in at the app as Alice.")
}

/// Eve signs in as herself, and the answer to the app's token request is another.
fn swap_answer(script: &mut Script, body: String) -> Result<Option<&'static str>, Fault> {
    script.hold(Actor::As, path::TOKEN, true)?;
    script.agrees(Person::Eve, "logs in as herself, and agrees")?;
    script.hold(Actor::As, path::TOKEN, false)?;
    let Ok(asked) = script.at(Actor::App, Actor::As, path::TOKEN) else { return Ok(None) };
    script.quietly(Input::Network { automatic: false })?;
    script.quietly(Input::Deliver { message: asked })?;
    let edit = Edit { body: Some(body), ..Edit::default() };
    let what = "puts another answer in the place of the server’s";
    script.does(Actor::Attacker, what, Input::Edit { message: asked, edit })?;
    script.quietly(Input::Network { automatic: true })?;
    script.says(Actor::App, "looks at the ID token", Some(asked));
    Ok(verdict(script))
}

fn eve_begins(script: &mut Script) -> Result<u32, Fault> {
    script.begins(Person::Eve, "begins to sign in, and notes her own nonce", None)?;
    script.at(Actor::Eve, Actor::As, path::AUTHORIZE)
}

/// Claims about Alice, for Eve's login.
fn claims(login: u32) -> String {
    let (iat, sub) = (BEGINNING.as_secs(), Person::Alice.subject());
    format!(
        r#"{{"iss":"{AS}","sub":"{sub}","aud":"{CLIENT_ID}","exp":{},"iat":{iat},"nonce":"{{{{{login}.nonce}}}}"}}"#,
        iat + 3600
    )
}

fn forge(script: &mut Script, alg: &str, login: u32) -> Result<(), Fault> {
    let (name, alg) = ("alice".into(), alg.into());
    let forge = Input::Forge { name, alg, claims: claims(login) };
    script.quietly(forge)?;
    script.says(Actor::Attacker, "writes an ID token about Alice", None);
    Ok(())
}

const FORGED: &str = r#"{"access_token":"made-up","token_type":"Bearer","expires_in":3600,"id_token":"{{forged.alice}}"}"#;

pub(super) const UNSIGNED: Attack = Attack {
    id: "id-token-none",
    title: "An ID token without a signature",
    story: [
        "The line between app and server is open to the attacker, and he has written an ID token about Alice.",
        "It says that its algorithm is `none`, so that it needs no signature.",
    ],
    defences: &[Defence::Signature],
    falls_without: &[&[Defence::Signature]],
    stopped_by: &[StoppedBy {
        code: "id_token_alg",
        file: "core/src/wire/jws.rs",
        marker: "let alg = Algorithm::parse(&alg).ok_or(JwsError::UnknownAlgorithm)?;",
    }],
    play: Some(play(unsigned)),
    ..BASE
};

fn unsigned(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    let login = eve_begins(script)?;
    forge(script, "none", login)?;
    swap_answer(script, FORGED.into())
}

pub(super) const ISSUER: Attack = Attack {
    id: "id-token-issuer",
    title: "An ID token in another server’s name",
    story: [
        "The app knows two servers, and one of them is the attacker’s. Eve signs in with that one.",
        "It gives her a well-signed ID token that says it is from the honest server, and about Alice.",
    ],
    actors: &[Actor::Eve, Actor::App, Actor::Evil],
    defences: &[Defence::TokenIssuer],
    falls_without: &[&[Defence::TokenIssuer]],
    stopped_by: &[StoppedBy {
        code: "id_token_iss",
        file: IDENTITY,
        marker: "return Err(IdentityError::WrongIssuer);",
    }],
    test: Test { file: TESTS, name: "a_83_issuer_audience_and_party_are_ours_or_the_token_is_not" },
    play: Some(Play { app: AppKind::Confidential, offers_evil: true, run: issuer }),
    ..BASE
};

fn issuer(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    script.hold(Actor::Evil, "/authorize", true)?;
    script.begins(Person::Eve, "signs in with the attacker’s server", Some(EVIL))?;
    let login = script.at(Actor::Eve, Actor::Evil, "/authorize")?;
    forge(script, "EdDSA", login)?;
    let location = format!("{CALLBACK}?code=made-up&state={{{{{login}.state}}}}");
    let back = SentAnswer {
        status: 303,
        headers: vec![("location".into(), location)],
        body: String::new(),
    };
    script.serves("sends her back at once", "/authorize", back)?;
    let json = ("content-type".to_owned(), "application/json".to_owned());
    let tokens = SentAnswer { status: 200, headers: vec![json], body: FORGED.into() };
    script.serves("has that token for the app", "/token", tokens)?;
    script.does(Actor::Eve, "comes back to the app", Input::Deliver { message: login })?;
    Ok(verdict(script))
}

pub(super) const AUDIENCE: Attack = Attack {
    id: "id-token-audience",
    title: "An ID token for another app",
    story: [
        "Alice signs in to a game of the attacker’s. The ID token is real, and says so: it is for the game.",
        "The line between app and server is open to the attacker, who puts that token into Eve’s login.",
    ],
    actors: &[Actor::Alice, Actor::Eve, Actor::App, Actor::As, Actor::Evil, Actor::Attacker],
    defences: &[Defence::Audience],
    falls_without: &[&[Defence::Audience]],
    stopped_by: &[StoppedBy {
        code: "id_token_aud",
        file: IDENTITY,
        marker: "return Err(IdentityError::WrongAudience);",
    }],
    test: Test { file: TESTS, name: "a_83_issuer_audience_and_party_are_ours_or_the_token_is_not" },
    play: Some(play(audience)),
    ..BASE
};

fn audience(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    let login = eve_begins(script)?;
    let nonce = format!("{{{{{login}.nonce}}}}");
    let link = authorize(&[
        ("response_type", "code"),
        ("client_id", EVIL_CLIENT),
        ("redirect_uri", EVIL_CALLBACK),
        ("scope", "openid"),
        ("nonce", &nonce),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    script.follows(Person::Alice, "signs in to a game, which uses Eve’s nonce", link)?;
    script.agrees(Person::Alice, "logs in, and agrees")?;
    let code = script.at(Actor::Alice, Actor::Evil, "/callback")?;
    let code = format!("{{{{{code}.code}}}}");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", EVIL_CLIENT),
        ("redirect_uri", EVIL_CALLBACK),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    let game = script.asks_tokens("redeems the code, as the game", &fields, None)?;
    swap_answer(script, format!("{{{{{game}.body}}}}"))
}

pub(super) const NONCE: Attack = Attack {
    id: "id-token-nonce",
    title: "An ID token of another login",
    story: [
        "The line between app and server is open to the attacker, who has read the answer to Alice’s login.",
        "He puts it in the place of the answer to Eve’s: all in it is real, and for this app.",
    ],
    actors: &[Actor::Alice, Actor::Eve, Actor::App, Actor::As, Actor::Attacker],
    defences: &[Defence::Nonce],
    falls_without: &[&[Defence::Nonce]],
    stopped_by: &[WRONG_NONCE],
    test: Test { file: TESTS, name: "a_84_a_nonce_is_this_logins_or_the_token_is_a_replay" },
    play: Some(play(nonce)),
    ..BASE
};

fn nonce(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    let alices = alices_answer(script)?;
    eve_begins(script)?;
    swap_answer(script, format!("{{{{{alices}.body}}}}"))
}

/// Alice signs in, and the attacker reads the answer that the app gets.
fn alices_answer(script: &mut Script) -> Result<u32, Fault> {
    script.begins(Person::Alice, "begins to sign in", None)?;
    script.agrees(Person::Alice, "logs in, agrees, and is signed in")?;
    let answer = script.at(Actor::App, Actor::As, path::TOKEN)?;
    script.leaks("reads the answer to the app", answer)?;
    Ok(answer)
}

pub(super) const EXPIRED: Attack = Attack {
    id: "id-token-expired",
    title: "An ID token of long ago",
    story: [
        "As before, but the attacker finds Alice’s answer in a log of the app’s, two hours later.",
        "Even an app that sends no `nonce` need not believe it.",
    ],
    actors: &[Actor::Alice, Actor::Eve, Actor::App, Actor::As, Actor::Attacker],
    defences: &[Defence::Nonce, Defence::Expiry],
    falls_without: &[&[Defence::Nonce, Defence::Expiry]],
    stopped_by: &[EXPIRED_TOKEN, WRONG_NONCE],
    test: Test { file: TESTS, name: "a_85_a_clock_may_be_off_by_less_than_a_minute" },
    play: Some(play(expired)),
    ..BASE
};

fn expired(script: &mut Script) -> Result<Option<&'static str>, Fault> {
    let alices = alices_answer(script)?;
    script.quietly(Input::Wait { seconds: 7200 })?;
    eve_begins(script)?;
    swap_answer(script, format!("{{{{{alices}.body}}}}"))
}
