//! `cargo xtask prove`: the attacker model of `tests/model`, and mutants of the core that it must see.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::shell::{self, cargo_program, command, root};

/// The profile that is optimised and quickly built.
const PROFILE: &str = "prove";

/// Runs the model; `argument` is one of its own, or `--mutants`.
pub(crate) fn run(argument: Option<&str>) -> Result<()> {
    if argument == Some("--mutants") {
        return mutants();
    }
    let run = ["run", "--quiet", "--profile", PROFILE, "--package", "grantflow-model", "--"];
    cargo_program().args(run).args(argument).run("What is wrong is above.")
}

/// The list of mutants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutants {
    mutant: Vec<Mutant>,
}

/// One change to the core.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    /// What it does.
    name: String,
    /// Below `core/src`.
    file: String,
    /// What is there, once; `«` and `»` stand around what goes.
    find: String,
    /// What comes.
    replace: String,
    /// Who sees it: `model`, the file of the tests that do, or `none`.
    killed: String,
    /// Why the model does not, if it does not.
    why: Option<String>,
}

/// Where in a file a mutant is, from and to.
type Place = (usize, usize);

impl Mutant {
    /// Where it is in its file.
    fn place(&self, text: &str) -> Result<Place> {
        let parts: Vec<&str> = self.find.split(['«', '»']).collect();
        let [before, gone, after] = parts.as_slice() else {
            bail!("{}: `find` needs one « and one »", self.name);
        };
        let whole = [*before, gone, after].concat();
        let mut all = text.match_indices(&whole).map(|(at, _)| at);
        let (Some(at), None) = (all.next(), all.next()) else {
            bail!("{}: core/src/{} does not hold once: {whole}", self.name, self.file);
        };
        let from = at + before.len();
        Ok((from, from + gone.len()))
    }
}

fn read_mutants() -> Result<Vec<Mutant>> {
    let text = fs::read_to_string(root().join("tests/model/mutants.toml"))?;
    let all: Mutants = toml::from_str(&text).context("tests/model/mutants.toml")?;
    for mutant in &all.mutant {
        let text = fs::read_to_string(root().join("core/src").join(&mutant.file))?;
        mutant.place(&text)?;
        if (mutant.killed == "model") == mutant.why.is_some() {
            bail!("{}: there is a `why` if and only if the model does not see it", mutant.name);
        }
        let is_file = root().join(&mutant.killed).is_file();
        if !["model", "none"].contains(&mutant.killed.as_str()) && !is_file {
            bail!("{}: there is no {}", mutant.name, mutant.killed);
        }
    }
    Ok(all.mutant)
}

/// A file with every mutant of it: which one lives is asked while the program runs, so that one build
/// does for all. `all` are places with the numbers of their mutants.
fn mutate(text: &str, mut all: Vec<(Place, usize, &Mutant)>) -> Result<String> {
    all.sort_by_key(|(place, number, _)| (*place, *number));
    let (mut mutated, mut done) = (String::new(), 0);
    let mut rest = all.as_slice();
    while let Some((place, _, first)) = rest.first() {
        let count = rest.iter().take_while(|(other, ..)| other == place).count();
        let (here, later) = rest.split_at(count);
        if place.0 < done {
            bail!("{}: overlaps with another", first.name);
        }
        let slice = |from, to| text.get(from..to).unwrap_or_default();
        mutated += slice(done, place.0);
        mutated += "(";
        for (_, number, mutant) in here {
            let replace = &mutant.replace;
            write!(mutated, "if crate::is_mutant({number}) {{ {replace} }} else ")?;
        }
        write!(mutated, "{{ {} }})", slice(place.0, place.1))?;
        (done, rest) = (place.1, later);
    }
    Ok(mutated + text.get(done..).unwrap_or_default())
}

/// What the core gets: the number of the mutant that lives.
const SWITCH: &str = "
/// Which mutant lives.
pub static MUTANT: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);
pub(crate) fn is_mutant(number: usize) -> bool {
    MUTANT.load(core::sync::atomic::Ordering::Relaxed) == number
}
";

/// What the model's `main` gets.
const CHOICE: &str = "
    let mutant = env::var(\"MUTANT\").unwrap().parse().unwrap();
    grantflow::MUTANT.store(mutant, std::sync::atomic::Ordering::Relaxed);
";

/// Builds a copy with all mutants, and runs the model over each.
fn mutants() -> Result<()> {
    let all = read_mutants()?;
    let copy = shell::target().join("mutants-of-the-core");
    let program = build(&copy, &all)?;
    let live = |number: usize| {
        command(&program).args(["--first"]).env("MUTANT", number.to_string()).output("")
    };
    live(0).context("The copy is not right even without a mutant")?;
    let mut wrong = Vec::new();
    for (number, mutant) in all.iter().enumerate() {
        let is_seen = live(number + 1).is_err();
        println!("{} {}", if is_seen { "seen  " } else { "unseen" }, mutant.name);
        if is_seen != (mutant.killed == "model") {
            wrong.push(mutant.name.as_str());
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("Not as the list says: {}", wrong.join("; ")) }
}

fn build(copy: &Path, all: &[Mutant]) -> Result<PathBuf> {
    if copy.join("repo").exists() {
        fs::remove_dir_all(copy.join("repo"))?;
    }
    let repo = copy.join("repo");
    for folder in ["core", "tests/model", "web-demo/world", "docs"] {
        copy_all(&root().join(folder), &repo.join(folder))?;
    }
    fs::copy(root().join("Cargo.lock"), repo.join("Cargo.lock"))?;
    let workspace = fs::read_to_string(root().join("Cargo.toml"))?;
    let members = |line: &str| match line.split_once(" = ") {
        Some(("members" | "default-members", _)) => {
            r#"members = ["core", "tests/model", "web-demo/world"]"#.into()
        }
        _ => line.to_owned(),
    };
    let lines: Vec<String> = workspace
        .lines()
        .filter(|line| !line.starts_with("default-members"))
        .map(members)
        .collect();
    fs::write(repo.join("Cargo.toml"), lines.join("\n"))?;

    let mut files: Vec<&str> = all.iter().map(|mutant| mutant.file.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    for file in files {
        let path = repo.join("core/src").join(file);
        let text = fs::read_to_string(&path)?;
        let here = all.iter().enumerate().filter(|(_, mutant)| mutant.file == file);
        let places = here.map(|(at, mutant)| Ok((mutant.place(&text)?, at + 1, mutant)));
        fs::write(&path, mutate(&text, places.collect::<Result<_>>()?)?)?;
    }
    let append = |path: &str, from: &str, to: &str| {
        let path = repo.join(path);
        let text = fs::read_to_string(&path)?;
        if from.is_empty() {
            fs::write(path, text + to)
        } else {
            fs::write(path, text.replace(from, &[from, to].concat()))
        }
    };
    append("core/src/lib.rs", "", SWITCH)?;
    append("tests/model/src/main.rs", "fn main() -> ExitCode {", CHOICE)?;

    let target = copy.join("target");
    let manifest = repo.join("Cargo.toml");
    cargo_program()
        .args(["build", "--quiet", "--profile", PROFILE, "--package", "grantflow-model"])
        .arg("--manifest-path")
        .arg(manifest)
        .env("RUSTFLAGS", "-A warnings")
        .env("CARGO_TARGET_DIR", &target)
        .run("A mutant does not compile; the messages are above.")?;
    Ok(target.join(PROFILE).join(format!("grantflow-model{}", std::env::consts::EXE_SUFFIX)))
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_all(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_has_its_place_in_the_core() {
        let all = read_mutants().unwrap();
        assert!(all.len() >= 25);
        for file in all.iter().map(|mutant| &mutant.file) {
            let text = fs::read_to_string(root().join("core/src").join(file)).unwrap();
            let here = all.iter().filter(|mutant| mutant.file == *file);
            let places = here.map(|mutant| (mutant.place(&text).unwrap(), 1, mutant)).collect();
            assert!(mutate(&text, places).is_ok());
        }
    }

    #[test]
    fn mutants_of_one_place_stand_beside_each_other() {
        let mutant = |replace: &str| Mutant {
            name: "m".into(),
            file: "f".into(),
            find: "if «a» {".into(),
            replace: replace.into(),
            killed: "model".into(),
            why: None,
        };
        let (one, two) = (mutant("b"), mutant("c"));
        let text = "fn f() { if a { 1 } }";
        let all = [(1, &one), (2, &two)];
        let places = all.map(|(number, it)| (it.place(text).unwrap(), number, it));
        assert_eq!(
            mutate(text, places.into()).unwrap(),
            "fn f() { if (if crate::is_mutant(1) { b } else if crate::is_mutant(2) { c } else { a }) \
             { 1 } }"
        );
    }
}
