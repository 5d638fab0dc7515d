//! Everything that CI runs, the quick and the likely to fail first.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::shell::{self, Steps, cargo, cargo_program, root};
use crate::suites::{self, Count};
use crate::{browser, build_all, pack, prove, python, sizes, web};

/// Runs it all, and stops at the first failure.
pub(crate) fn run() -> Result<()> {
    let (mut steps, mut count) = (Steps::default(), Count::default());
    let outcome = all(&mut steps, &mut count);
    steps.summary();
    // A step without counted tests that fails is one failure.
    if outcome.is_err() && count.failed == 0 {
        count.failed = 1;
    }
    println!("{} passed, {} failed", count.passed, count.failed);
    outcome
}

fn all(steps: &mut Steps, count: &mut Count) -> Result<()> {
    steps.step("programs of the tests", browser::ensure_shell_tools)?;
    let browsers = steps.step("browsers", browser::ensure_browsers)?;
    let python = steps.step("Python's packages", python::ensure_python)?;
    steps.step("format", || cargo(&["fmt", "--all", "--check"]))?;
    build_all(steps)?;
    steps.step("sizes", sizes::check)?;
    steps.step("types", types)?;
    steps.step("lint", lint)?;
    steps.step("core without std", || {
        cargo(&["build", "--package", "grantflow", "--target", "wasm32v1-none"])
    })?;
    steps.step("docs", docs)?;
    steps.step("tests in Rust", || {
        let program = cargo_program();
        suites::run(
            program.args(["test", "--workspace", "--exclude", "xtask", "--all-features"]),
            count,
        )
    })?;
    steps.step("tests of xtask", || {
        suites::run(
            cargo_program().args(["test", "--package", "xtask", "--profile", "xtask"]),
            count,
        )
    })?;
    steps.step("attacker model", || prove::run(None))?;
    // With the features of the tests, or everything below it would be compiled again.
    steps.step("server", || {
        cargo(&["build", "--workspace", "--exclude", "xtask", "--all-targets", "--all-features"])
    })?;
    let tarball = steps.step("npm tarball", pack::pack)?;
    let mut environment: Vec<(&str, PathBuf)> = vec![
        ("GRANTFLOW_BIN", shell::server_binary()),
        ("GRANTFLOW_DEMO", root().join("target/demo")),
        ("GRANTFLOW_PYTHON", python),
        ("GRANTFLOW_TARBALL", tarball),
    ];
    environment.extend(browsers);
    for folder in ["npm", "world", "pack", "interop", "browser", "engines", "accepts"] {
        steps.step(&format!("tests/{folder}"), || suites::node(folder, &environment, count))?;
    }
    Ok(())
}

fn lint() -> Result<()> {
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])?;
    for (package, feature) in [
        ("grantflow-wasm", "flow"),
        ("grantflow-wasm", "session"),
        ("grantflow-wasm", "provider"),
        ("grantflow-world", "wasm"),
    ] {
        let wasm = ["clippy", "--package", package, "--target", "wasm32-unknown-unknown"];
        let flags = ["--no-default-features", "--features", feature, "--", "-D", "warnings"];
        cargo_program().args(wasm).args(flags).run("The lints' messages are above.")?;
    }
    Ok(())
}

fn docs() -> Result<()> {
    cargo_program()
        .env("RUSTDOCFLAGS", "-D warnings")
        .args(["doc", "--workspace", "--exclude", "xtask", "--no-deps", "--all-features"])
        .run("The documentation's messages are above.")
}

/// Checks the TypeScript of every folder that has a `tsconfig.json`.
fn types() -> Result<()> {
    let folders = ["web-demo", "wasm", "tests"];
    let projects: Vec<PathBuf> = folders
        .iter()
        .map(|folder| root().join(folder).join("tsconfig.json"))
        .filter(|project| project.is_file())
        .collect();
    if projects.is_empty() {
        bail!("None of {} has a tsconfig.json", folders.join(", "));
    }
    for project in projects {
        web::npm_program("tsc")
            .args(["--noEmit", "--strict", "--project"])
            .arg(project)
            .run("The types do not fit; the messages are above.")?;
    }
    Ok(())
}
