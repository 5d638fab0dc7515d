//! What is too old stays too old: at every later time, and whatever the clock says afterwards.

use std::sync::LazyLock;
use std::time::Duration;

use grantflow::client::session::Ended;
use grantflow::client::{
    Asked, AwaitingCallback, Client, Credentials, KnownKeys, Profile, Seed, Session, Tokens, Turn,
    Want,
};
use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::server::{Page, path};
use grantflow::wire::assertion::{self, Assertion};
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow::wire::jws;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::cases;
use crate::fuzz::host::{Answer, BEGINNING, Host, QUICK, quick_key};
use crate::fuzz::world::{self, CALLBACK, ISSUER, KEYED, VERIFIER, WEB, own_form};

/// One of everything that ends, made at the beginning.
#[derive(Clone)]
struct Story {
    host: Host,
    cookie: Option<String>,
    code: String,
    access: String,
    refresh: String,
    /// What the login page holds, and so on.
    visit: String,
    consent: String,
    developer: String,
    sign_out: String,
    /// The registration that nobody vouched for: its name and its token.
    registered: (String, String),
    client: Client,
    /// The record of a login, while it waits, and the callback that it waits for.
    login: Option<String>,
    callback: String,
}

static STORY: LazyLock<Story> = LazyLock::new(|| {
    let (mut host, mut cookie) = (world::host(1), None);
    let scope = [("scope", "openid offline_access")];
    let url = format!("{}?{}", path::AUTHORIZE, world::query(WEB, CALLBACK, &scope));
    let page = |host: &mut Host, cookie: &mut Option<String>, url: &str| {
        let answer = world::browse(host, cookie, Request::get(url));
        world::interaction(&answer).unwrap()
    };
    let visit = page(&mut host, &mut cookie, &url);
    world::sign_in(&mut host, &mut cookie);
    let [consent, developer, sign_out] =
        [&*url, path::DEVELOPER, path::LOGOUT].map(|url| page(&mut host, &mut cookie, url));
    let mut code = || {
        let back = world::agree(&mut host, &mut cookie, &url).unwrap();
        let (_, query) = back.split_once('?').unwrap();
        Form::parse(query.as_bytes()).unwrap().field("code").to_owned()
    };
    let (code, spent) = (code(), code());
    let tokens = host.send(&redemption(&spent));
    let body = r#"{"redirect_uris":["https://new.test/cb"]}"#;
    let registered = host.send(&Request {
        headers: Headers::new().with("content-type", "application/json"),
        ..Request::form(path::REGISTER, body)
    });
    let profile = Profile::new(ISSUER, WEB, CALLBACK, Credentials::Public).unwrap();
    let metadata = ServerMetadata {
        authorization_endpoint: format!("{ISSUER}{}", path::AUTHORIZE),
        token_endpoint: format!("{ISSUER}{}", path::TOKEN),
        ..ServerMetadata::new(ISSUER)
    };
    let client = Client::new(profile, metadata).unwrap();
    let asked = Asked::of(ScopeSet::parse("tasks").unwrap());
    let redirect = client.login(Seed::new([1; 32]), asked, BEGINNING);
    let sent = Form::parse(redirect.url.split_once('?').unwrap().1.as_bytes()).unwrap();
    Story {
        callback: format!("code=c&state={}", sent.field("state")),
        login: Some(redirect.login.encode()),
        access: tokens.member("access_token").unwrap(),
        refresh: tokens.member("refresh_token").unwrap(),
        registered: (
            registered.member("client_id").unwrap(),
            registered.member("registration_access_token").unwrap(),
        ),
        host,
        cookie,
        code,
        visit,
        consent,
        developer,
        sign_out,
        client,
    }
});

/// Something that ends: what it is, for how many seconds it is good, and whether it is good now.
struct Thing {
    name: &'static str,
    life: u64,
    is_good: fn(&mut Story) -> bool,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const fn thing(name: &'static str, life: u64, is_good: fn(&mut Story) -> bool) -> Thing {
    Thing { name, life, is_good }
}

/// What leaves a trace where it is found to be too old: a clock that goes back revives none of it.
const REMEMBERED: [Thing; 3] = [
    thing("a code", 10 * MINUTE, |story| story.host.send(&redemption(&story.code)).status() == 200),
    thing("a refresh token", 30 * DAY, |story| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &*story.refresh)];
        let answer = story.host.send(&world::token_form(WEB, &fields));
        story.refresh = answer.member("refresh_token").unwrap_or_else(|| story.refresh.clone());
        answer.status() == 200
    }),
    thing("a login that waits", 15 * MINUTE, |story| {
        let Some(record) = story.login.clone() else { return false };
        let login = AwaitingCallback::decode(&record).unwrap();
        match login.accept(&story.client, &story.callback, story.host.now) {
            Ok(_) => true,
            Err(unaccepted) => {
                story.login = unaccepted.kept.map(|login| login.encode());
                false
            }
        }
    }),
];

/// What says itself when it ends, under a seal or a signature, and is nowhere stored.
const SEALED: [Thing; 11] = [
    thing("an access token at an API", HOUR, |story| {
        matches!(story.host.send(&bearer(path::TASKS, &story.access)), Answer::Admitted(_))
    }),
    thing("an access token at userinfo", HOUR, |story| {
        story.host.send(&bearer(path::USERINFO, &story.access)).status() == 200
    }),
    thing("an access token asked about", HOUR, |story| {
        let mut request = world::token_form(WEB, &[("token", &story.access)]);
        request.url = path::INTROSPECT.into();
        story.host.send(&request).text().contains("\"active\":true")
    }),
    thing("a person's login", 12 * HOUR, |story| {
        matches!(browse(story, Request::get(path::DEVELOPER)), Answer::Page(show)
            if matches!(show.page, Page::Developer(_)))
    }),
    thing("a login page", 15 * MINUTE, |story| {
        let request = world::login_form(&story.visit);
        world::browse(&mut story.host, &mut None, request).status() == 303
    }),
    thing("a consent page", 15 * MINUTE, |story| {
        let answer = browse(story, world::yes(&story.consent));
        answer.location().is_some_and(|location| location.contains("code="))
    }),
    thing("a developer page", 15 * MINUTE, |story| {
        let fields = [
            ("interaction", &*story.developer),
            ("action", "create"),
            ("name", "Mine"),
            ("redirect_uris", "https://mine.test/cb"),
        ];
        let answer = browse(story, own_form(path::DEVELOPER, &fields));
        matches!(answer, Answer::Page(show) if matches!(show.page, Page::Registered(_)))
    }),
    thing("a sign-out page", 15 * MINUTE, |story| {
        let answer = browse(story, own_form(path::LOGOUT, &[("interaction", &story.sign_out)]));
        answer.headers().first("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0"))
    }),
    thing("a client's statement", MINUTE, |story| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_assertion_type", assertion::TYPE),
            ("client_assertion", &*statement()),
        ];
        story.host.send(&Request::form(path::TOKEN, world::text_of(&fields))).status() == 400
    }),
    thing("a registration that nobody vouches for", 30 * DAY, |story| {
        let (client_id, token) = &story.registered;
        let url = format!("{}?client_id={client_id}", path::REGISTER);
        story.host.send(&bearer(&url, token)).status() == 200
    }),
    thing("a consent that is remembered", 90 * DAY, |story| {
        let mut cookie = None;
        world::sign_in(&mut story.host, &mut cookie);
        let more = [("scope", "openid offline_access"), ("prompt", "none")];
        let url = format!("{}?{}", path::AUTHORIZE, world::query(WEB, CALLBACK, &more));
        let answer = world::browse(&mut story.host, &mut cookie, Request::get(url));
        answer.location().is_some_and(|location| location.contains("code="))
    }),
];

fn redemption(code: &str) -> Request {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    world::token_form(WEB, &fields)
}

fn bearer(url: &str, token: &str) -> Request {
    let mut request = Request::get(url);
    request.headers.push("authorization", format!("Bearer {token}"));
    request
}

/// As the browser that signed in, which keeps its cookie.
fn browse(story: &mut Story, request: Request) -> Answer {
    world::browse(&mut story.host, &mut story.cookie.clone(), request)
}

fn statement() -> String {
    let said = Assertion {
        iss: KEYED.into(),
        sub: KEYED.into(),
        aud: vec![ISSUER.into()],
        exp: BEGINNING + Duration::from_secs(MINUTE),
        iat: Some(BEGINNING),
        nbf: None,
        jti: "once".into(),
    };
    let key = quick_key(Algorithm::Es256);
    let kid = key.kid.unwrap();
    let input = jws::signing_input(key.alg, &kid, "JWT", &said.to_json());
    jws::assemble(&input, &(QUICK.sign)(&kid, input.as_bytes()))
}

/// Whether the thing is good so many seconds after the beginning, in a story that is told so far.
fn is_good_after(thing: &Thing, story: &mut Story, seconds: u64) -> bool {
    story.host.now = BEGINNING + Duration::from_secs(seconds);
    (thing.is_good)(story)
}

#[test]
fn everything_dies_at_its_last_second_and_not_before() {
    for thing in REMEMBERED.iter().chain(&SEALED) {
        for (seconds, expected) in [(0, true), (thing.life - 1, true), (thing.life, false)] {
            let is_good = is_good_after(thing, &mut STORY.clone(), seconds);
            assert_eq!(is_good, expected, "{} after {seconds} s", thing.name);
        }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn what_is_too_old_is_too_old_at_every_later_time(at in any::<u64>(), later in any::<u64>()) {
        for thing in REMEMBERED.iter().chain(&SEALED) {
            let (at, later) = (at % (2 * thing.life), later);
            let was_good = is_good_after(thing, &mut STORY.clone(), at);
            assert_eq!(was_good, at < thing.life, "{} after {at} s", thing.name);
            let later = at.saturating_add(later);
            let is_good = is_good_after(thing, &mut STORY.clone(), later);
            assert!(was_good || !is_good, "{} is good again after {later} s", thing.name);
        }
    }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn what_was_refused_is_refused_whatever_the_clock_says_afterwards(
        times in vec(any::<Index>(), 1..6),
        more in any::<u64>(),
    ) {
        for thing in &REMEMBERED {
            let at = [0, thing.life - 1, thing.life, thing.life + 1, 2 * thing.life, more, u64::MAX];
            let mut story = STORY.clone();
            let mut was_refused = false;
            for time in &times {
                let is_good = is_good_after(thing, &mut story, *time.get(&at));
                assert!(!(was_refused && is_good), "{} is good again: {times:?}", thing.name);
                was_refused |= !is_good;
            }
        }
    }

    /// Of a session: while the clock runs on, a token that was not handed out for its age never is,
    /// and once the session is over it is over, wherever the clock goes.
    #[test]
    fn a_session_that_is_over_stays_over(
        expires_in in 1..HOUR,
        times in vec((0..2 * HOUR, any::<bool>()), 1..10),
    ) {
        let mut session = Session::new(STORY.client.clone(), tokens(expires_in), BEGINNING);
        let (mut now, mut is_over) = (0, false);
        for (time, runs_on) in times {
            now = if runs_on { now + time } else { time };
            let want = session.want(BEGINNING + Duration::from_secs(now), Duration::ZERO);
            let is_good = matches!(want, Want::Use(_));
            assert_eq!(is_good, !is_over && now < expires_in);
            is_over |= !is_good;
            assert_eq!(matches!(want, Want::SignIn(Ended::Expired)), is_over);
        }
    }
}

/// Tokens as a login brings them, of which nothing gets the next ones.
fn tokens(expires_in: u64) -> Tokens {
    let login = AwaitingCallback::decode(STORY.login.as_ref().unwrap()).unwrap();
    let accepted = login.accept(&STORY.client, &STORY.callback, BEGINNING).unwrap();
    let Turn::Send(ask) = accepted.finish() else { panic!("no code is redeemed") };
    let body =
        format!(r#"{{"access_token":"at","token_type":"Bearer","expires_in":{expires_in}}}"#);
    let response = Response {
        status: 200,
        headers: Headers::new().with("content-type", "application/json"),
        body: body.into_bytes(),
    };
    match ask.answer(&response, &mut KnownKeys::new(), BEGINNING).unwrap() {
        Turn::Done(tokens) => *tokens,
        turn => panic!("{turn:?}"),
    }
}
