//! What the attacker model found, played here: each trace ends where its property does not hold, and with
//! any of its defences back it does.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use grantflow_world::input::Config;
use grantflow_world::{Defence, Defences, Property, Trace, World};

use common::replayed;

/// Every committed trace, with its name and what it is about.
fn traces() -> Vec<(String, Property, Trace)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |file: std::path::PathBuf| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_its = |it: &&Property| name.starts_with(&it.name().replace(' ', "-"));
        let property = Property::ALL.iter().find(is_its).unwrap();
        let trace = Trace::parse(&fs::read_to_string(file).unwrap()).unwrap();
        (name, *property, trace)
    };
    files.map(read).collect()
}

/// The same inputs in a world without these defences, up to the first that makes no sense there.
fn played(trace: &Trace, without: Defences) -> World {
    let (app, offers_evil) = (trace.config.app, trace.config.offers_evil);
    let config = Config { seed: trace.seed.clone(), app, offers_evil, without };
    let mut world = World::new(config).unwrap();
    for entry in &trace.log {
        if world.apply(entry.input.clone()).is_err() {
            break;
        }
    }
    world
}

#[test]
fn every_counterexample_ends_where_its_property_does_not_hold() {
    let traces = traces();
    assert!(traces.len() >= 15);
    for (name, property, trace) in traces {
        assert!(trace.expect.is_some(), "{name}");
        let world = replayed(&trace);
        assert!(!property.holds(&world), "{name}");
    }
}

#[test]
fn with_any_of_its_defences_back_the_property_holds() {
    for (name, property, trace) in traces() {
        for back in trace.config.without.iter() {
            let rest: Defences = trace.config.without.iter().filter(|it| *it != back).collect();
            assert!(property.holds(&played(&trace, rest)), "{name} with {}", back.name());
        }
    }
}

#[test]
fn nothing_falls_before_the_last_steps() {
    for (name, property, trace) in traces() {
        let begun = World::replay_to(&trace, 2).unwrap();
        assert!(property.holds(&begun), "{name}");
    }
}

#[test]
fn a_sign_in_breaks_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/traces");
    for name in ["sign-in.json", "sign-in-confidential.json"] {
        let trace = Trace::parse(&fs::read_to_string(folder.join(name)).unwrap()).unwrap();
        let without: Defences = Defence::ALL.iter().copied().collect();
        for world in [&*replayed(&trace), &played(&trace, without)] {
            for property in Property::ALL {
                assert!(property.holds(world), "{name}: {}", property.name());
            }
        }
    }
}
