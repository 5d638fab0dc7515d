//! Writes `docs/trace.schema.json` and `tests/traces`: `cargo run -p grantflow-world --features schema
//! --example write`.

use std::error::Error;
use std::fs;
use std::path::Path;

use grantflow_world::cast::Person;
use grantflow_world::input::{AppKind, Button};
use grantflow_world::{Config, Defence, Fault, Input, Trace, World, lab, schema};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::write(root.join("docs/trace.schema.json"), schema::schema())?;
    let traces = [
        ("sign-in", sign_in(AppKind::Public)),
        ("sign-in-confidential", sign_in(AppKind::Confidential)),
        ("attack-mix-up", attack("mix-up", &[])),
        ("attack-mix-up-without-iss", attack("mix-up", &[Defence::Iss])),
    ];
    for (name, trace) in traces {
        let text = serde_json::to_string_pretty(&trace?)? + "\n";
        fs::write(root.join("tests/traces").join(name).with_extension("json"), text)?;
    }
    Ok(())
}

/// An attack, without these defences.
fn attack(id: &str, without: &[Defence]) -> Result<Trace, Fault> {
    let report = lab::run(id, without.iter().copied().collect())?;
    Ok(report.trace.redacted())
}

/// Alice signs in, looks at her tasks, comes back too late, and signs out.
fn sign_in(app: AppKind) -> Result<Trace, Fault> {
    let mut world = World::new(Config { seed: "a sign-in".into(), app, ..Config::default() })?;
    let who = Person::Alice;
    let press = |button| Input::Press { who, button, issuer: None, resource: None };
    let steps = [
        Input::Open { who, url: "https://app.example/".into() },
        press(Button::SignIn),
        Input::LogIn { who, username: "alice".into(), password: "wonderland".into() },
        Input::Approve { who, scopes: vec!["openid".into(), "profile".into()] },
        press(Button::LoadTasks),
        Input::Wait { seconds: 3600 },
        press(Button::LoadTasks),
        press(Button::SignOut),
    ];
    for input in steps {
        world.apply(input)?;
    }
    world.mark("signed out");
    Ok(world.trace().redacted())
}
