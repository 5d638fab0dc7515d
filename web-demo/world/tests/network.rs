//! What the network, browsers and people do in a world, and what everybody makes of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use grantflow_world::cast::{AS, Actor, CALENDAR, EVIL, Person};
use grantflow_world::input::{AppKind, Button, Edit, SentRequest};
use grantflow_world::message::{AppView, Kind, Message, Stage, View};
use grantflow_world::{Config, Defence, Input, World};

use common::Kept;

const WHO: Person = Person::Alice;

fn world(app: AppKind, without: &[Defence]) -> Kept {
    let without = without.iter().copied().collect();
    let seed = "network".into();
    Kept::new(Config { seed, app, offers_evil: true, without })
}

fn public() -> Kept {
    world(AppKind::Public, &[])
}

fn press(button: Button) -> Input {
    Input::Press { who: WHO, button, issuer: None, resource: None }
}

fn open(url: &str) -> Input {
    Input::Open { who: WHO, url: url.into() }
}

fn log_in(password: &str) -> Input {
    Input::LogIn { who: WHO, username: "alice".into(), password: password.into() }
}

fn approve(scopes: &[&str]) -> Input {
    Input::Approve { who: WHO, scopes: scopes.iter().map(|scope| (*scope).into()).collect() }
}

/// Does all of it, and gives the messages of the last input.
fn all(world: &mut World, inputs: impl IntoIterator<Item = Input>) -> Vec<Message> {
    let mut changed = Vec::new();
    for input in inputs {
        changed = world.apply(input.clone()).unwrap_or_else(|fault| panic!("{input:?}: {fault}"));
    }
    changed.into_iter().map(|id| world.message(id).unwrap().clone()).collect()
}

fn sign_in(world: &mut World) -> Vec<Message> {
    let inputs = [
        open("https://app.example/"),
        press(Button::SignIn),
        log_in("wonderland"),
        approve(&["openid", "email"]),
    ];
    all(world, inputs)
}

fn shown(world: &World) -> View {
    world.view().browsers[0].view.clone().unwrap()
}

fn app(world: &World) -> AppView {
    let View::App { app } = shown(world) else { panic!("another page: {:?}", shown(world)) };
    app
}

fn page(world: &World) -> &'static str {
    world.messages().filter_map(|message| message.page).last().unwrap()
}

fn find(world: &World, to: Actor, path: &str) -> Message {
    let is = |it: &&Message| it.to == to && it.request.url.contains(path);
    world.messages().filter(is).last().unwrap().clone()
}

#[test]
fn by_hand_each_half_of_a_message_arrives_when_it_is_let() {
    let mut world = public();
    all(&mut world, [Input::Network { automatic: false }, open("https://app.example/")]);
    let stage = |world: &World| world.message(1).unwrap().stage;
    assert_eq!((stage(&world), world.message(1).unwrap().response.status), (Stage::Request, 0));
    assert_eq!(world.view().browsers[0].url, "");
    all(&mut world, [Input::Deliver { message: 1 }]);
    assert_eq!((stage(&world), world.message(1).unwrap().response.status), (Stage::Response, 200));
    assert_eq!(world.view().browsers[0].url, "", "the answer is on its way");
    all(&mut world, [Input::Deliver { message: 1 }]);
    assert_eq!((stage(&world), page(&world)), (Stage::Done, "app"));
    all(&mut world, [press(Button::SignIn)]);
    let asked = world.message(2).unwrap();
    assert_eq!((asked.kind, asked.stage, asked.from), (Kind::Fetch, Stage::Request, Actor::Alice));
    all(&mut world, [Input::Network { automatic: true }]);
    assert_eq!(page(&world), "login", "what waits goes on once it may");
}

#[test]
fn what_is_lost_is_not_heard_and_the_app_says_so() {
    for half in [0, 1] {
        let mut world = public();
        all(&mut world, [Input::Hold { to: Actor::As, path: "/oauth2/token".into(), on: true }]);
        sign_in(&mut world);
        let asked = find(&world, Actor::As, "/oauth2/token").id;
        all(&mut world, [Input::Network { automatic: false }]);
        if half == 1 {
            all(&mut world, [Input::Deliver { message: asked }]);
        }
        all(&mut world, [Input::Drop { message: asked }]);
        assert_eq!(world.message(asked).unwrap().stage, Stage::Lost);
        assert_eq!(app(&world).problem.unwrap().code, "offline");
        assert_eq!(app(&world).user, None);
    }
    let mut world = public();
    all(&mut world, [open("https://nowhere.example/")]);
    let lost = world.message(1).unwrap();
    assert_eq!((lost.stage, lost.to), (Stage::Lost, Actor::Nobody));
    assert!(matches!(shown(&world), View::Text { .. }));
}

#[test]
fn a_token_request_that_is_doubled_ends_what_the_first_one_bought() {
    let mut world = public();
    sign_in(&mut world);
    all(&mut world, [press(Button::LoadTasks)]);
    assert_eq!(app(&world).tasks.unwrap().len(), 2);
    let asked = find(&world, Actor::As, "/oauth2/token").id;
    let copy = all(&mut world, [Input::Duplicate { message: asked }]).pop().unwrap();
    assert_eq!((copy.copy_of, copy.response.status), (Some(asked), 400));
    assert_eq!(copy.refused.unwrap().code, "invalid_grant");
    let loaded = all(&mut world, [press(Button::LoadTasks)]).pop().unwrap();
    assert_eq!(loaded.refused.unwrap().code, "invalid_token");
    assert_eq!(app(&world).problem.unwrap().code, "token_rejected");
}

#[test]
fn what_is_edited_arrives_as_it_was_edited() {
    let mut world = public();
    all(&mut world, [Input::Hold { to: Actor::App, path: "/callback".into(), on: true }]);
    sign_in(&mut world);
    let back = find(&world, Actor::App, "/callback");
    let url =
        back.request.url.replace("iss=https%3A%2F%2Fas.example", "iss=https%3A%2F%2Fother.example");
    assert_ne!(url, back.request.url);
    let status = Edit { status: Some(500), ..Edit::default() };
    let wrong = Input::Edit { message: back.id, edit: status };
    assert_eq!(world.apply(wrong).unwrap_err().code, "wrong_half");
    let edit = Edit { url: Some(url), ..Edit::default() };
    all(&mut world, [Input::Edit { message: back.id, edit }, Input::Deliver { message: back.id }]);
    assert_eq!(app(&world).problem.unwrap().code, "response_iss_mismatch");
    let refused = world.message(back.id).unwrap().refused.clone().unwrap();
    assert_eq!(refused.code, "response_iss_mismatch");
}

#[test]
fn an_address_that_is_none_is_refused_and_a_trace_that_has_one_still_plays() {
    let mut world = public();
    all(&mut world, [Input::Hold { to: Actor::App, path: "/callback".into(), on: true }]);
    sign_in(&mut world);
    let (back, before) = (find(&world, Actor::App, "/callback"), world.digest());
    let edit = |url: &str| {
        let edit = Edit { url: Some(url.into()), ..Edit::default() };
        Input::Edit { message: back.id, edit }
    };
    let none = [
        "",
        "no address at all",
        "app.example",
        "https://",
        "https:///x",
        "//app.example",
        "javascript:alert(1)",
    ];
    for url in none.into_iter().chain(["https://app.example/a b", "https://app.ex\u{e4}mple/"]) {
        assert_eq!(world.apply(edit(url)).unwrap_err().code, "not_an_address", "{url}");
    }
    assert_eq!(world.digest(), before, "nothing has changed");
    // Whether anybody is there is no matter, and what is filled in counts as it is then.
    all(&mut world, [Input::Leak { message: back.id }]);
    for url in [
        "https://nowhere.example/?q#f",
        "https://app.example@evil.example/",
        "https://evil.example/?{{1.code}}",
    ] {
        let code = world.apply(edit(url)).err().map(|fault| fault.code);
        assert_eq!(code, url.contains("{{").then_some("not_seen"), "{url}");
    }

    let mut trace = world.trace();
    let last = trace.log.iter_mut().rfind(|entry| matches!(entry.input, Input::Edit { .. }));
    last.unwrap().input = edit("no address at all");
    trace.expect = None;
    let old = World::replay(&trace).unwrap();
    assert_eq!(old.message(back.id).unwrap().request.url, "no address at all");
    assert!(World::replay(&old.trace()).is_ok());
}

#[test]
fn a_page_may_not_read_what_browsers_keep_from_it() {
    let mut world = public();
    all(&mut world, [Input::Hold { to: Actor::As, path: "/oauth2/token".into(), on: true }]);
    sign_in(&mut world);
    let asked = find(&world, Actor::As, "/oauth2/token").id;
    all(&mut world, [Input::Network { automatic: false }, Input::Deliver { message: asked }]);
    let answer = world.message(asked).unwrap().response.clone();
    let is_other = |(name, _): &(String, String)| !name.starts_with("access-control");
    let headers = answer.headers.into_iter().filter(is_other).collect();
    let edit = Edit { headers: Some(headers), ..Edit::default() };
    all(&mut world, [Input::Edit { message: asked, edit }, Input::Deliver { message: asked }]);
    assert_eq!(app(&world).problem.unwrap().code, "offline");
}

#[test]
fn a_confidential_app_asks_from_its_own_machine_while_the_browser_waits() {
    let mut world = world(AppKind::Confidential, &[]);
    all(&mut world, [Input::Hold { to: Actor::As, path: "/oauth2/token".into(), on: true }]);
    sign_in(&mut world);
    let asked = find(&world, Actor::As, "/oauth2/token");
    assert_eq!((asked.from, asked.seen), (Actor::App, false));
    let back = find(&world, Actor::App, "/callback");
    assert_eq!((back.stage, asked.after), (Stage::Working, Some(back.id)));
    all(&mut world, [Input::Deliver { message: asked.id }]);
    assert_eq!(world.message(back.id).unwrap().stage, Stage::Done);
    assert!(app(&world).user.is_some());
    assert_eq!(world.view().browsers[0].url, "https://app.example/");
    let cookies = &world.view().browsers[0].cookies;
    let origins: Vec<_> = cookies.iter().map(|cookie| cookie.origin.as_str()).collect();
    assert!(origins.contains(&AS) && origins.contains(&"https://app.example"));
    let eve = &world.view().browsers[1];
    assert!(eve.cookies.is_empty() && eve.pending.is_empty());
}

#[test]
fn signing_out_signs_out_here_and_there() {
    for kind in [AppKind::Public, AppKind::Confidential] {
        let mut world = world(kind, &[]);
        sign_in(&mut world);
        all(&mut world, [press(Button::SignOut)]);
        assert_eq!(app(&world).user, None);
        assert_eq!(world.view().browsers[0].url.split('?').next().unwrap(), "https://app.example/");
        all(&mut world, [press(Button::SignIn)]);
        assert_eq!(page(&world), "login");
    }
}

#[test]
fn who_guesses_a_password_has_to_wait() {
    let mut world = public();
    all(&mut world, [open("https://app.example/"), press(Button::SignIn)]);
    for _ in 0..10 {
        all(&mut world, [log_in("jabberwocky")]);
        assert_eq!(page(&world), "login");
    }
    let asked = all(&mut world, [log_in("wonderland")]).pop().unwrap();
    assert_eq!(asked.response.status, 429);
}

#[test]
fn nobody_is_sent_to_an_app_that_nobody_vouches_for_but_by_a_click() {
    let mut world = public();
    let link = format!(
        "{AS}/oauth2/authorize?response_type=code&client_id=free-games&redirect_uri={EVIL}/callback&prompt=none&scope=openid\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    all(&mut world, [open(&link)]);
    assert_eq!(page(&world), "leave");
    all(&mut world, [press(Button::GoOn)]);
    let there = find(&world, Actor::Evil, "/callback");
    assert!(there.seen && there.request.url.contains("error=login_required"));
    assert!(matches!(shown(&world), View::Text { .. }));
}

#[test]
fn a_token_for_the_calendar_does_not_open_the_tasks() {
    let mut world = public();
    let resource = Some(CALENDAR.into());
    let (button, issuer) = (Button::SignIn, None);
    let inputs = [
        open("https://app.example/"),
        Input::Press { who: WHO, button, issuer, resource },
        log_in("wonderland"),
        approve(&["openid"]),
        press(Button::ShareCalendar),
        press(Button::LoadTasks),
    ];
    all(&mut world, inputs);
    assert!(find(&world, Actor::Evil, "/calendar").seen);
    assert_eq!(app(&world).problem.unwrap().code, "token_rejected");
}

#[test]
fn the_attacker_knows_what_is_his_and_what_has_leaked_and_nothing_else() {
    let mut world = public();
    sign_in(&mut world);
    let asked = find(&world, Actor::As, "/oauth2/token").id;
    let send = Input::Send {
        request: SentRequest {
            method: "GET".into(),
            url: format!("{AS}/api/tasks"),
            headers: vec![("authorization".into(), format!("Bearer {{{{{asked}.access_token}}}}"))],
            body: String::new(),
        },
    };
    assert_eq!(world.apply(send.clone()).unwrap_err().code, "not_seen");
    let answer = all(&mut world, [Input::Leak { message: asked }, send]).pop().unwrap();
    assert!(answer.response.body.contains("white rabbit"), "a bearer token is whose it is");
    assert_eq!((answer.from, answer.seen), (Actor::Attacker, true));
}

#[test]
fn the_evil_server_sends_alice_on_and_the_app_sees_who_answers() {
    let mut world = public();
    let (button, issuer) = (Button::SignIn, Some(EVIL.into()));
    let inputs = [
        open("https://app.example/"),
        Input::Press { who: WHO, button, issuer, resource: None },
        log_in("wonderland"),
        approve(&["openid"]),
    ];
    all(&mut world, inputs);
    assert_eq!(app(&world).problem.unwrap().code, "response_iss_mismatch");
    let states = world.view().states;
    let login = states.iter().find(|it| (it.machine, it.of) == ("login", Actor::Alice)).unwrap();
    assert_eq!(login.state, "failed");
}
