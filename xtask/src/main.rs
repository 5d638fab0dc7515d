//! Everything a person types: `cargo xtask demo`, `cargo xtask test`, `cargo xtask gen` and so on.

mod browser;
mod errors;
mod fuzz;
mod r#gen;
mod markdown;
mod mutants;
mod order;
mod pack;
mod prove;
mod python;
mod shell;
mod sizes;
mod snip;
mod states;
mod suites;
mod test;
mod wasm;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context as _, Error, Result, bail};
use grantflow::client::help::Help;
use grantflow::states::TRANSITIONS;

use crate::r#gen::{PAGE, Standards};
use crate::shell::{Steps, root};

const USAGE: &str = "\
cargo xtask demo [--listen ADDR] [--build DIR]
    Builds the demo and the server and serves both (127.0.0.1:8080 unless told otherwise).
    With --build, writes the demo to DIR as static files and serves nothing.

cargo xtask test
    Runs everything that CI runs, and stops at the first failure.

cargo xtask build
    Builds the wasm files, the npm package and the demo into target/wasm, target/npm and
    target/demo.

cargo xtask world
    Builds the wasm file of the demo's second host alone, into target/wasm/world.

cargo xtask pack
    Builds the npm package and makes one tarball of it, target/grantflow-VERSION.tgz.

cargo xtask fuzz [TARGET] [--seconds N]
    Runs the targets of fuzz/ under libFuzzer, or one of them, for 60 seconds each unless told
    otherwise. cargo xtask test runs them over their corpora, and needs no nightly compiler.

cargo xtask sizes [--accept [WHY]]
    Prints the sizes of what ships beside those of its peers; --accept writes them to sizes.json as
    the new budget, with the reason if something has grown.

cargo xtask prove [--deep | --write | --page | --traces | --mutants]
    Runs the attacker model, as CI does, and checks docs/security.md. --deep looks at more, for hours;
    --write looks for the cuts anew and writes tests/model/cuts.txt, the traces of the demo and
    docs/security.md, --page writes the page alone, --traces those alone; --mutants runs the model
    over mutants of the core.

cargo xtask mutants [--resume] [FILE...]
    Changes the core's files that security hangs on, or those named, one thing at a time, and writes to
    tests/mutants.txt how many of the changes some test sees. It takes hours; --resume goes on where the
    last run stopped, and asks again about what no test saw then.

cargo xtask gen
    Writes docs/standards.md from the files in docs/standards; docs/states.md, docs/states.json and
    the diagram of README.md from the core's table of transitions; docs/errors.md, and the types and words of the npm
    package's errors, from the core's table of errors.

Each installs what it needs: Rust's targets, npm's and PyPI's packages, Debian's browsers.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let mut arguments = arguments.iter().map(String::as_str);
    let command = arguments.next().unwrap_or("help");
    match command {
        "demo" => {
            let (mut listen, mut build) = ("127.0.0.1:8080".to_owned(), None);
            while let Some(flag) = arguments.next() {
                let value = arguments.next().unwrap_or_default();
                match flag {
                    _ if value.is_empty() => bail!("{flag} needs a value.\n\n{USAGE}"),
                    "--listen" => value.clone_into(&mut listen),
                    "--build" => build = Some(env::current_dir()?.join(value)),
                    _ => bail!("There is no option {flag}.\n\n{USAGE}"),
                }
            }
            demo(&listen, build)
        }
        "test" => nothing_more(arguments).and_then(|()| test::run()),
        "build" => {
            nothing_more(arguments)?;
            let mut steps = Steps::default();
            build_all(&mut steps)?;
            steps.summary();
            Ok(())
        }
        "world" => {
            nothing_more(arguments)?;
            let mut steps = Steps::default();
            build_world(&mut steps)?;
            steps.summary();
            Ok(())
        }
        "fuzz" => fuzz::run(arguments),
        "mutants" => mutants::run(arguments),
        "pack" => {
            nothing_more(arguments)?;
            let mut steps = Steps::default();
            build_package(&mut steps)?;
            steps.step("npm tarball", pack::pack)?;
            Ok(())
        }
        "sizes" => {
            let accept = arguments.next() == Some("--accept");
            let mut steps = Steps::default();
            build_all(&mut steps)?;
            if accept { sizes::accept(arguments.next()) } else { sizes::check() }
        }
        "prove" => {
            let argument = arguments.next();
            match argument {
                None | Some("--deep" | "--write" | "--page" | "--traces" | "--mutants") => {
                    nothing_more(arguments).and_then(|()| prove::run(argument))
                }
                Some(other) => bail!("There is no option {other}.\n\n{USAGE}"),
            }
        }
        "gen" => nothing_more(arguments).and_then(|()| generate()),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("There is no command {command}.\n\n{USAGE}"),
    }
}

fn nothing_more<'a>(mut arguments: impl Iterator<Item = &'a str>) -> Result<()> {
    match arguments.next() {
        Some(argument) => bail!("There is no option {argument}.\n\n{USAGE}"),
        None => Ok(()),
    }
}

/// Writes the pages whose source is elsewhere.
fn generate() -> Result<()> {
    let standards = Standards::read(root()).map_err(Error::msg)?;
    let url = |section: &str| {
        standards.url(section).with_context(|| format!("{section} is not in docs/standards"))
    };
    // Each section is looked for once, so that what is missing is an error and not a hole.
    let errors = Help::all().filter_map(|help| help.section);
    for section in TRANSITIONS.iter().map(|row| row.section).chain(errors) {
        url(section)?;
    }
    let url = |section: &str| url(section).unwrap_or_default();
    let front = fs::read_to_string(root().join(states::FRONT))?;
    let front = states::front(&front).context("the front page has no place for the flow")?;
    for (path, page) in [
        (states::FRONT, front),
        (PAGE, standards.page()),
        (states::PAGE, states::page(&url)),
        (states::DATA, states::data(&url)),
        (errors::PAGE, errors::page(&url)),
        (errors::TYPES, errors::types()),
        (errors::WORDS, errors::words(&url)),
    ] {
        fs::write(root().join(path), page).with_context(|| format!("{path} is not written"))?;
    }
    Ok(())
}

/// What `demo` and `test` both start with.
fn build_all(steps: &mut Steps) -> Result<()> {
    build_package(steps)?;
    steps.step("wasm: world", || wasm::build(&wasm::WORLD))?;
    steps.step("demo", || web::bundle(&root().join("target/demo")))
}

/// The second host of the demo alone, for whoever works on it.
fn build_world(steps: &mut Steps) -> Result<()> {
    steps.step("Rust's wasm targets", shell::ensure_targets)?;
    steps.step("npm packages", web::ensure_packages)?;
    steps.step("wasm: world", || wasm::build(&wasm::WORLD))
}

fn build_package(steps: &mut Steps) -> Result<()> {
    steps.step("Rust's wasm targets", shell::ensure_targets)?;
    steps.step("npm packages", web::ensure_packages)?;
    steps.step("wasm: session", || wasm::build(&wasm::SESSION))?;
    steps.step("wasm: flow", || wasm::build(&wasm::FLOW))?;
    steps.step("wasm: client", || wasm::build(&wasm::CLIENT))?;
    steps.step("wasm: client, as JavaScript", || wasm::build(&wasm::CLIENT_JS))?;
    steps.step("wasm: provider", || wasm::build(&wasm::PROVIDER))?;
    steps.step("npm package", web::package)
}

fn demo(listen: &str, build: Option<PathBuf>) -> Result<()> {
    let mut steps = Steps::default();
    build_all(&mut steps)?;
    if let Some(folder) = build {
        steps.step("demo, as static files", || web::bundle(&folder))?;
        steps.summary();
        println!("The demo is in {}: serve it from any static host.", folder.display());
        return Ok(());
    }
    steps.step("server", || shell::cargo(&["build", "--package", "grantflow-server"]))?;
    steps.summary();
    println!("\n    http://{listen}/    (Ctrl+C stops)\n");
    let folder = root().join("target/demo");
    shell::command(shell::server_binary())
        .args(["serve", "--listen", listen, "--demo"])
        .arg(folder)
        .run("The server stopped. If the address is taken, choose another with --listen.")
}
