//! The targets of `fuzz/` under libFuzzer, which only a nightly compiler can build.

use std::path::PathBuf;
use std::{fs, process};

use anyhow::{Context as _, Result, bail};

use crate::shell::{Steps, command, on_path, root, target};

/// What a person has to have, and xtask does not install on its own: a second compiler.
const NEEDS: &str = "Fuzzing needs rustup, a nightly compiler, and cargo-fuzz:
    rustup toolchain install nightly --profile minimal
    cargo install cargo-fuzz --locked";

/// Runs one target, or each after the other, for so many seconds; stops at the first finding.
pub(crate) fn run<'a>(mut arguments: impl Iterator<Item = &'a str>) -> Result<()> {
    let all = targets()?;
    let (mut chosen, mut seconds) = (None, 60_u32);
    while let Some(argument) = arguments.next() {
        match argument {
            "--seconds" => {
                let said = arguments.next().and_then(|text| text.parse().ok());
                seconds = said.context("--seconds needs a number")?;
            }
            name if all.iter().any(|target| target == name) => chosen = Some(name.to_owned()),
            name => bail!("There is no target {name}, but these: {}", all.join(", ")),
        }
    }
    ensure_tools()?;
    let mut steps = Steps::default();
    for name in chosen.map_or(all, |name| vec![name]) {
        steps.step(&name, || fuzz(&name, seconds))?;
    }
    steps.summary();
    Ok(())
}

/// The names of all targets, sorted.
fn targets() -> Result<Vec<String>> {
    let entries = fs::read_dir(root().join("fuzz/fuzz_targets"))?;
    let files = entries.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path());
    let names = files.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<_> = names.collect();
    names.sort();
    Ok(names)
}

fn ensure_tools() -> Result<()> {
    // Asked quietly: what a program says that is not there helps nobody.
    let is_there = on_path("rustup").is_some() && on_path("cargo-fuzz").is_some() && {
        let nightly =
            process::Command::new("rustup").args(["run", "nightly", "rustc", "-V"]).output();
        nightly.is_ok_and(|output| output.status.success())
    };
    if is_there { Ok(()) } else { bail!("{NEEDS}") }
}

/// What libFuzzer finds worth keeping goes below `target/fuzz`, and so does what it breaks.
fn fuzz(name: &str, seconds: u32) -> Result<()> {
    let folder = target().join("fuzz");
    let [found, broken] = ["corpus", "artifacts"].map(|kind| folder.join(kind).join(name));
    for folder in [&found, &broken] {
        fs::create_dir_all(folder)?;
    }
    let flag = |name: &str, path: PathBuf| format!("-{name}={}", path.display());
    command("rustup")
        .args(["run", "nightly", "cargo", "fuzz", "run", "--fuzz-dir", "fuzz", name])
        .args([&found, &root().join("fuzz/corpus").join(name)])
        .args(["--", "-max_len=4096", "-timeout=20"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(flag("dict", root().join("fuzz/dictionary")))
        // It ends in a separator, or it would be the beginning of a name.
        .arg(flag("artifact_prefix", broken.join("")))
        .run("What broke it is above; once it is mended, put the file into fuzz/corpus.")
}
