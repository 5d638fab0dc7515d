//! The targets of cargo-fuzz on a compiler of every day: what fuzzers once found worth keeping, and
//! damage done to it, the same in every run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::fuzz::damage::{Dice, damaged};
use crate::fuzz::{Body, TARGETS};

/// How many damaged inputs a target is given. A story is a hundred times the work of a message.
const DAMAGED: usize = 4_000;
const DAMAGED_STORIES: usize = 500;
const STORIES: [&str; 5] = ["client", "names", "pair", "record", "server"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// What is in the corpus of a target, sorted by name.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = folder().join("corpus").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{}", folder.display()));
    let files = entries.map(|entry| entry.unwrap().path());
    let read: BTreeMap<_, _> = files.map(|file| (file.clone(), fs::read(file).unwrap())).collect();
    read.into_iter().collect()
}

fn run(name: &str) {
    let (_, body) = *TARGETS.iter().find(|(target, _)| *target == name).unwrap();
    let corpus = corpus(name);
    for (file, bytes) in &corpus {
        told(body, bytes, &file.display().to_string());
    }
    let inputs: Vec<_> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
    let count = if STORIES.contains(&name) { DAMAGED_STORIES } else { DAMAGED };
    let factor = std::env::var("GRANTFLOW_FUZZ").ok().and_then(|text| text.parse().ok());
    let mut dice = Dice::new(0x6772_616e_7466_6c6f);
    for at in 0..count * factor.unwrap_or(1) {
        let bytes = damaged(&inputs, &mut dice);
        told(body, &bytes, &format!("damaged input {at}"));
    }
}

/// Runs a target, and says what it panicked at.
fn told(body: Body, bytes: &[u8], what: &str) {
    assert!(
        std::panic::catch_unwind(|| body(bytes)).is_ok(),
        "{what}: {}\n{:?}",
        escaped(bytes),
        String::from_utf8_lossy(bytes)
    );
}

/// As `printf` takes it, to make a file of it.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("\\x{byte:02x}"))
}

macro_rules! targets {
    ($($name:ident),*) => {
        const RUN: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { run(stringify!($name)); })*
    };
}

targets!(
    callback,
    claims,
    claims_request,
    client,
    form,
    header,
    json,
    jwks,
    jws,
    login_record,
    metadata,
    names,
    pair,
    record,
    registration,
    server,
    token_response,
    uri,
    words
);

#[test]
fn every_target_is_run_here_and_by_cargo_fuzz() {
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(RUN, names);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    let listed: Vec<_> =
        manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")).collect();
    let files: Vec<_> = names.iter().map(|name| format!("{name}.rs\"")).collect();
    assert_eq!(listed, files);
    for name in names {
        let file = folder().join("fuzz_targets").join(name).with_extension("rs");
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains("fuzz_target!"), "{name}");
        assert!(folder().join("corpus").join(name).is_dir(), "{name}");
    }
}

#[test]
fn the_corpora_are_small() {
    let mut sum = 0;
    for (name, _) in TARGETS {
        let corpus = corpus(name);
        assert!(!corpus.is_empty(), "{name}");
        sum += corpus.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    }
    assert!(sum < 300_000, "{sum} bytes");
}
