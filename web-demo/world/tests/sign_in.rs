//! A person signs in, in a world.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use grantflow_world::cast::{AS, Person};
use grantflow_world::input::{AppKind, Button};
use grantflow_world::message::{Side, View};
use grantflow_world::{Config, Input, World};

use common::Kept;

fn world(app: AppKind) -> Kept {
    Kept::new(Config { seed: "test".into(), app, ..Config::default() })
}

fn inputs(who: Person) -> Vec<Input> {
    let press = |button| Input::Press { who, button, issuer: None, resource: None };
    vec![
        Input::Open { who, url: "https://app.example/".into() },
        press(Button::SignIn),
        Input::LogIn { who, username: "alice".into(), password: "wonderland".into() },
        Input::Approve { who, scopes: vec!["openid".into(), "profile".into()] },
        press(Button::LoadTasks),
    ]
}

fn app(world: &World) -> grantflow_world::message::AppView {
    match &world.view().browsers[0].view {
        Some(View::App { app }) => app.clone(),
        other => panic!("another page: {other:?}"),
    }
}

#[test]
fn alice_signs_in_and_sees_her_tasks() {
    for kind in [AppKind::Public, AppKind::Confidential] {
        let mut world = world(kind);
        for input in inputs(Person::Alice) {
            world.apply(input).unwrap();
        }
        let app = app(&world);
        assert_eq!(app.problem, None);
        let user = app.user.unwrap();
        assert_eq!((user.issuer.as_str(), user.subject.as_str()), (AS, "user-alice"));
        assert_eq!(user.name, "Alice Liddell");
        assert_eq!(app.tasks.unwrap()[0], "Follow the white rabbit");
    }
}

#[test]
fn every_way_that_is_taken_is_in_the_table() {
    let table = include_str!("../../../docs/states.json");
    for kind in [AppKind::Public, AppKind::Confidential] {
        let mut world = world(kind);
        for input in inputs(Person::Alice) {
            world.apply(input).unwrap();
        }
        let taken: Vec<_> = world.messages().flat_map(|it| &it.transitions).collect();
        for id in &taken {
            assert!(table.contains(&format!("\"{id}\"")), "{id}");
        }
        assert!(taken.len() >= 15, "{taken:?}");
    }
}

#[test]
fn the_server_says_no_and_the_app_says_so() {
    let mut world = world(AppKind::Public);
    let mut inputs = inputs(Person::Alice);
    inputs.truncate(3);
    inputs.push(Input::Deny { who: Person::Alice });
    for input in inputs {
        world.apply(input).unwrap();
    }
    let problem = app(&world).problem.unwrap();
    assert_eq!((problem.by, problem.code.as_str()), (Side::Client, "access_denied"));
}
