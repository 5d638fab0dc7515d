//! The attack lab: with all in its place every attack is stopped, by the line that is named; without one
//! of the sets that it falls without it succeeds; and every run can be played again.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use grantflow_world::lab::{self, Attack, Host, Verdict, url_of};
use grantflow_world::{Defence, Defences};

use common::replayed;

/// Of RFC 7636 appendix B, which everybody knows: the attacker's own.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every set of an attack's defences.
fn subsets(attack: &Attack) -> impl Iterator<Item = Defences> {
    (0..1_u32 << attack.defences.len()).map(|bits| {
        let all = attack.defences.iter().enumerate();
        all.filter(|(at, _)| bits >> at & 1 == 1).map(|(_, defence)| *defence).collect()
    })
}

fn falls(attack: &Attack, without: Defences) -> bool {
    let mut sets = attack.falls_without.iter();
    sets.any(|set| set.iter().all(|defence| without.contains(*defence)))
}

fn runnable() -> impl Iterator<Item = &'static Attack> {
    lab::attacks().into_iter().filter(|attack| attack.host != Host::Live)
}

#[test]
fn every_attack_succeeds_without_what_it_falls_without_and_is_stopped_otherwise() {
    let table = read("docs/states.json");
    for attack in runnable() {
        let mut refused = BTreeSet::new();
        for without in subsets(attack) {
            let report = lab::run(attack.id, without).unwrap();
            let world = replayed(&report.trace);
            for id in world.messages().flat_map(|it| &it.transitions) {
                assert!(table.contains(&format!("\"{id}\"")), "{}: {id}", attack.id);
            }
            refused.extend(world.messages().filter_map(|it| Some(it.refused.clone()?.code)));
            let what = format!("{} without {without:?}: {:#?}", attack.id, report.steps);
            match report.verdict {
                Verdict::Succeeded { got } => {
                    assert!(falls(attack, without), "{got} {what}");
                }
                Verdict::Stopped { code, .. } => {
                    assert!(!falls(attack, without), "{code} {what}");
                    let is_named = attack.stopped_by.iter().any(|line| line.code == code);
                    assert!(is_named, "{code} {what}");
                }
                Verdict::Nothing => panic!("{what}"),
            }
        }
        for line in attack.stopped_by {
            assert!(refused.contains(line.code), "{}: nobody refuses by {}", attack.id, line.code);
        }
    }
}

#[test]
fn every_run_is_the_same_when_it_is_played_again_and_holds_no_secret() {
    for attack in runnable() {
        for without in subsets(attack) {
            let trace = lab::run(attack.id, without).unwrap().trace;
            let world = replayed(&trace);
            assert_eq!(world.digest(), trace.expect.as_ref().unwrap().digest);
            assert_eq!(trace.clone().redacted(), trace, "{}", attack.id);
            let log = serde_json::to_string(&trace.log).unwrap();
            let names = ["code", "code_verifier", "access_token", "id_token", "state", "nonce"];
            for message in world.messages() {
                let values = names.iter().filter_map(|name| message.value(name));
                for value in values.filter(|value| value != VERIFIER) {
                    assert!(value.len() < 20 || !log.contains(&value), "{}: {value}", attack.id);
                }
            }
        }
    }
}

#[test]
fn every_smallest_set_is_one() {
    for attack in runnable() {
        for set in attack.falls_without {
            assert!(set.iter().all(|defence| attack.defences.contains(defence)), "{}", attack.id);
            let others = attack.falls_without.iter().filter(|other| *other != set);
            let mut others = others.map(|other| other.iter().collect::<BTreeSet<_>>());
            let set: BTreeSet<&Defence> = set.iter().collect();
            assert!(others.all(|other| !other.is_subset(&set)), "{}", attack.id);
        }
        let used: BTreeSet<_> = attack.falls_without.iter().copied().flatten().collect();
        assert_eq!(used, attack.defences.iter().collect(), "{}", attack.id);
    }
}

#[test]
fn every_line_that_stops_an_attack_is_there_once() {
    for attack in lab::attacks() {
        for line in attack.stopped_by {
            let count = read(line.file).matches(line.marker).count();
            assert_eq!(count, 1, "{}: {} in {}", attack.id, line.marker, line.file);
        }
    }
}

#[test]
fn every_test_and_every_property_that_is_named_is_there() {
    let files = ["flow", "race", "session"]
        .map(|folder| read(&format!("tests/model/src/{folder}/properties.rs")));
    let properties = files.concat();
    for attack in lab::attacks() {
        let test = read(attack.test.file);
        let name = format!("#[test]\nfn {}() {{", attack.test.name);
        let nested = format!("#[test]\n    fn {}() {{", attack.test.name);
        assert!(test.contains(&name) || test.contains(&nested), "{}", attack.test.name);
        if let Some(property) = attack.property {
            let named = format!("Property::always(\"{property}\"");
            assert!(properties.contains(&named), "{}: {property}", attack.id);
        }
    }
}

#[test]
fn every_section_that_is_named_is_in_the_table_of_standards() {
    let page = read("docs/standards.md");
    for attack in lab::attacks() {
        assert!(!attack.sections.is_empty());
        for section in attack.sections {
            let url = url_of(section).unwrap_or_else(|| panic!("{section}"));
            assert!(page.contains(&format!("({url})")), "{}: {section} at {url}", attack.id);
        }
    }
}

#[test]
fn the_table_has_thirteen_rows() {
    let rows: BTreeSet<_> = lab::attacks().iter().map(|attack| attack.number).collect();
    assert!(rows.into_iter().eq(1..=13));
    let ids: BTreeSet<_> = lab::attacks().iter().map(|attack| attack.id).collect();
    assert_eq!(ids.len(), lab::attacks().len());
    let fault = |id| lab::run(id, Defences::new()).unwrap_err().code;
    assert_eq!((fault("clickjacking"), fault("none")), ("not_here", "no_such_attack"));
}
