//! The layout is a promise; this keeps it.

use std::path::Path;
use std::process::Command;

use grantflow_tests::tree::{read, root, sources};

/// The core's layers: a module imports the layers before its own, never one after it or beside it,
/// but for what [`BESIDE`] allows.
const LAYERS: &[&[&str]] = &[
    &["base64url", "entropy", "hash", "pack", "secret", "states", "step", "text", "time"],
    &["key", "pkce", "scope", "uri"],
    &["wire"],
    &["client", "server"],
];

/// Imports within the first two layers, each in one direction.
const BESIDE: &[(&str, &str)] = &[("entropy", "hash")];

/// The legs of each side in the order they happen: a leg imports itself and later ones; what is
/// not named here is read by all. `turn` composes them, so it comes before the first.
const CLIENT_LEGS: &[&str] = &[
    "session",
    "turn",
    "register",
    "discover",
    "authorize",
    "ask",
    "callback",
    "redeem",
    "identity",
    "resource",
];

/// The composition points of the server, which only each other and the legs import.
const SERVER_HUBS: &[&str] = &["handle", "turn", "reply"];

/// Longer than this, and a file tells two stories.
const MOST_LINES: usize = 400;

#[test]
fn the_cores_imports_point_one_way() {
    for (file, text) in sources("core/src", "rs") {
        let from = module(&file, 0);
        for to in paths(&text, "crate::") {
            let (from_layer, to_layer) = (layer(&from), layer(&to));
            let allowed = from == "lib"
                || from == to
                || to_layer < from_layer
                || BESIDE.contains(&(from.as_str(), to.as_str()));
            assert!(allowed, "{} must not import crate::{to}", file.display());
        }
    }
}

#[test]
fn the_two_sides_meet_on_the_wire_only() {
    for (side, other) in [("client", "crate::server"), ("server", "crate::client")] {
        for (file, text) in sources(&format!("core/src/{side}"), "rs") {
            assert!(!text.contains(other), "{} must not know {other}", file.display());
        }
    }
}

#[test]
fn the_wire_knows_no_clock_and_no_policy() {
    for (file, text) in sources("core/src/wire", "rs") {
        for word in ["Policy", "Entropy", "SealingKeys", "now:"] {
            assert!(!text.contains(word), "{} must not know {word}", file.display());
        }
    }
}

#[test]
fn a_clients_leg_imports_only_what_comes_after_it() {
    for (file, text) in sources("core/src/client", "rs") {
        let from = module(&file, 1);
        let Some(place) = CLIENT_LEGS.iter().position(|leg| *leg == from) else { continue };
        for to in paths(before_tests(&text), "super::") {
            let Some(there) = CLIENT_LEGS.iter().position(|leg| *leg == to) else { continue };
            assert!(there >= place, "{} must not import super::{to}", file.display());
        }
    }
}

#[test]
fn the_servers_records_import_no_leg() {
    for name in ["client", "declare", "grant", "name", "policy", "keys", "page", "path", "record"] {
        let text = read(&root(&format!("core/src/server/{name}.rs")));
        for to in paths(before_tests(&text), "super::") {
            assert!(!SERVER_HUBS.contains(&to.as_str()), "{name} must not import super::{to}");
        }
    }
}

#[test]
fn the_core_uses_no_std() {
    let lib = read(&root("core/src/lib.rs"));
    assert!(lib.contains("#![no_std]"));
    for (file, text) in sources("core/src", "rs") {
        let text = before_tests(&text);
        assert!(!text.contains("std::") || !mentions_std(text), "{} uses std", file.display());
    }
}

#[test]
fn the_core_depends_on_five_crates() {
    let core = dependencies("core/Cargo.toml", "[dependencies]");
    assert_eq!(core, ["base64", "serde", "sha2", "subtle", "zeroize"]);
}

#[test]
fn the_wasm_client_links_none_of_the_heavy_crates() {
    let linked = linked_into_the_wasm("client");
    assert!(linked.iter().any(|name| name == "grantflow"), "{linked:?}");
    let heavy = ["serde", "serde_json", "serde-wasm-bindgen", "url", "http", "js-sys", "web-sys"];
    for name in heavy {
        assert!(!linked.iter().any(|linked| linked == name), "the wasm client links {name}");
    }
}

#[test]
fn the_wasm_provider_links_what_it_is_said_to() {
    let linked = linked_into_the_wasm("provider");
    for name in ["getrandom", "js-sys", "serde", "serde-wasm-bindgen", "wasm-bindgen", "web-sys"] {
        assert!(linked.iter().any(|linked| linked == name), "the provider links {name}");
    }
}

#[test]
fn no_file_is_long() {
    for folder in ["core/src", "wasm/src", "server/src", "xtask/src"] {
        for (file, text) in sources(folder, "rs") {
            let lines = text.lines().count();
            assert!(lines <= MOST_LINES, "{} has {lines} lines", file.display());
        }
    }
}

#[test]
fn only_reply_writes_an_error_body() {
    for (file, text) in sources("core/src/server", "rs") {
        if module(&file, 1) != "reply" {
            let text = before_tests(&text);
            assert!(!text.contains("ErrorBody::new"), "{} writes an error", file.display());
        }
    }
}

fn mentions_std(text: &str) -> bool {
    text.split("std::").skip(1).count()
        > text.matches("no_std::").count() + text.matches("// std::").count()
}

fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

fn paths(text: &str, prefix: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).fold(
        String::new(),
        |mut code, line| {
            code.push_str(line);
            code.push('\n');
            code
        },
    );
    code.split(prefix)
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
        .filter(|word: &String| !word.is_empty())
        .collect()
}

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|names| names.contains(&module)).unwrap_or(LAYERS.len())
}

/// The part of the path at `depth` below `src`, without its extension.
fn module(file: &Path, depth: usize) -> String {
    let parts: Vec<_> =
        file.with_extension("").iter().map(|p| p.to_string_lossy().into_owned()).collect();
    let src = parts.iter().rposition(|part| part == "src").unwrap();
    parts.get(src + 1 + depth).cloned().unwrap_or_default()
}

fn dependencies(manifest: &str, section: &str) -> Vec<String> {
    let text = read(&root(manifest));
    let body = text.split(section).nth(1).unwrap().split("\n[").next().unwrap();
    body.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['=', '.']).next())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The crates that end up in a wasm file, as cargo resolves them.
fn linked_into_the_wasm(feature: &str) -> Vec<String> {
    let arguments = ["tree", "--locked", "--package", "grantflow-wasm", "--no-default-features"];
    let target = ["--features", feature, "--target", "wasm32-unknown-unknown"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(target)
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}
