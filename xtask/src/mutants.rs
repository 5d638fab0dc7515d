//! `cargo xtask mutants`: the core with one thing changed at a time, which a test must see.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::shell::{Steps, cargo_program, on_path, root, target};

/// What security hangs on most: each change here is seen, or argued to change nothing.
const FILES: [&str; 14] = [
    "core/src/client/callback.rs",
    "core/src/client/identity.rs",
    "core/src/pkce.rs",
    "core/src/server/authenticate.rs",
    "core/src/server/grant.rs",
    "core/src/server/identity.rs",
    "core/src/server/name.rs",
    "core/src/server/once.rs",
    "core/src/server/redeem.rs",
    "core/src/server/refresh.rs",
    "core/src/uri.rs",
    "core/src/uri/host.rs",
    "core/src/wire/assertion.rs",
    "core/src/wire/credentials.rs",
];

/// The suites that see most of what the core's own tests do not.
const FLOWS: [&str; 9] =
    ["attacks", "clients", "dpop", "errors", "flows", "guide", "openid", "refresh", "resources"];

/// The score, which is committed.
const SCORE: &str = "tests/mutants.txt";

const NEEDS: &str = "Mutants need cargo-mutants:
    cargo install cargo-mutants --locked";

/// Changes the files named, or all of [`FILES`], and writes down what nobody saw; with `--resume` only
/// what the last run did not come to, or nobody saw then.
pub(crate) fn run<'a>(arguments: impl Iterator<Item = &'a str>) -> Result<()> {
    let (flags, mut files): (Vec<_>, Vec<_>) = arguments.partition(|word| *word == "--resume");
    if let Some(odd) = files.iter().find(|file| !root().join(file).is_file()) {
        bail!("There is no file {odd}.");
    }
    if files.is_empty() {
        files = FILES.to_vec();
    }
    if on_path("cargo-mutants").is_none() {
        bail!("{NEEDS}");
    }
    let folder = target().join("mutants");
    if flags.is_empty() && folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut steps = Steps::default();
    // Most are seen by the core's own tests, which are built in a tenth of the time.
    steps.step("the core's own tests", || mutate(&folder, &files, "grantflow", &[]))?;
    let mut outcome = Outcome::read(&folder)?;
    for (name, suites) in [("whole flows", &FLOWS[..]), ("all tests", &[])] {
        if !outcome.missed.is_empty() {
            steps.step(name, || mutate(&folder, &files, "grantflow,grantflow-tests", suites))?;
            outcome = Outcome::read(&folder)?;
        }
    }
    let mut score = Score::read()?;
    for file in &files {
        score.0.insert((*file).to_owned(), Line::of(file, &outcome));
    }
    fs::write(root().join(SCORE), score.text())?;
    steps.summary();
    println!("\n{}", score.text());
    let survivors: usize = score.0.values().map(|line| line.survivors.len()).sum();
    if survivors > 0 {
        bail!("{survivors} changes are seen by no test.");
    }
    Ok(())
}

/// Runs the tool over what was not caught before.
fn mutate(folder: &Path, files: &[&str], packages: &str, suites: &[&str]) -> Result<()> {
    keep_unviable(folder)?;
    let chosen: Vec<&str> = suites.iter().flat_map(|suite| ["--test", suite]).collect();
    // The tool would look for the suites in the package that it changes. A suite that fails by itself
    // would see every change.
    let is_ours = !suites.is_empty();
    if is_ours {
        let cargo = cargo_program().env("CARGO_PROFILE_DEV_DEBUG", "none");
        cargo
            .args(["test", "--quiet", "--package", "grantflow-tests"])
            .args(&chosen)
            .run("The suites must pass before anything is changed.")?;
    }
    let mut program = cargo_program()
        .env("CARGO_PROFILE_DEV_DEBUG", "none")
        // Or what was built of a changed core would be taken for the core as it is.
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .args(["mutants", "--package", "grantflow", "--no-shuffle", "--iterate", "--colors=never"])
        .args(["--minimum-test-timeout", "120"])
        .args(["--test-package", packages])
        .arg("--output")
        .arg(folder);
    for file in files {
        program = program.args(["--file", file]);
    }
    if is_ours {
        program = program.args(["--baseline", "skip", "--timeout", "300", "--"]).args(&chosen);
    }
    // 2 and 3 tell of mutants that live or never end, which is for us to say.
    match program.code()? {
        Some(0 | 2 | 3) => Ok(()),
        _ => bail!("cargo mutants did not come to its end; its messages are above."),
    }
}

/// The tool forgets with each run which changes do not compile: it takes them for caught.
const UNVIABLE: &str = "unviable.txt";

fn keep_unviable(folder: &Path) -> Result<()> {
    let last = folder.join("mutants.out").join(UNVIABLE);
    if last.is_file() {
        let kept = lines(&folder.join(UNVIABLE)).unwrap_or_default();
        let all: BTreeSet<String> = kept.into_iter().chain(lines(&last)?).collect();
        fs::write(folder.join(UNVIABLE), all.into_iter().collect::<Vec<_>>().join("\n"))?;
    }
    Ok(())
}

fn lines(path: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("{} is not there: the tool failed", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// What the tool wrote over all its runs, line by line.
#[derive(Debug, Default)]
struct Outcome {
    /// Some test failed, or did not come to its end.
    caught: BTreeSet<String>,
    missed: Vec<String>,
}

impl Outcome {
    fn read(folder: &Path) -> Result<Self> {
        keep_unviable(folder)?;
        let of = |name: &str| lines(&folder.join("mutants.out").join(name));
        let unviable = lines(&folder.join(UNVIABLE))?;
        let mut caught = BTreeSet::new();
        for name in ["caught.txt", "previously_caught.txt", "timeout.txt"] {
            caught.extend(of(name)?.into_iter().filter(|line| !unviable.contains(line)));
        }
        Ok(Self { caught, missed: of("missed.txt")? })
    }
}

/// The score of one file.
#[derive(Debug, Default, Eq, PartialEq)]
struct Line {
    /// Changes that compile.
    viable: usize,
    /// Those that no test saw.
    survivors: Vec<String>,
}

impl Line {
    fn of(file: &str, outcome: &Outcome) -> Self {
        let start = format!("{file}:");
        let survivors: Vec<_> = outcome.missed.iter().filter(|it| it.starts_with(&start)).collect();
        let caught = outcome.caught.iter().filter(|it| it.starts_with(&start)).count();
        Self {
            viable: caught + survivors.len(),
            survivors: survivors.into_iter().map(|line| without_place(line)).collect(),
        }
    }
}

/// A mutant without its line and column, which move.
fn without_place(line: &str) -> String {
    line.splitn(4, ':').nth(3).unwrap_or(line).trim().to_owned()
}

/// The score of every file that was looked at.
#[derive(Debug, Default)]
struct Score(BTreeMap<String, Line>);

impl Score {
    fn read() -> Result<Self> {
        let path = root().join(SCORE);
        let text = if path.is_file() { fs::read_to_string(path)? } else { String::new() };
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut all: BTreeMap<String, Line> = BTreeMap::new();
        let mut file = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(survivor) = line.strip_prefix("    ") {
                if let Some(line) = file.as_ref().and_then(|file| all.get_mut(file)) {
                    line.survivors.push(survivor.to_owned());
                }
            } else if let Some((name, rest)) = line.split_once(": ") {
                let viable = rest.split_once(" of ").and_then(|(_, all)| all.parse().ok());
                let line = Line { viable: viable.unwrap_or_default(), survivors: Vec::new() };
                all.insert(name.to_owned(), line);
                file = Some(name.to_owned());
            }
        }
        Self(all)
    }

    fn text(&self) -> String {
        let mut text = "# Written by `cargo xtask mutants`: changes to the core that a test sees, of those that compile.\n\
                        # Below a file, those that none sees.\n"
            .to_owned();
        for (file, Line { viable, survivors }) in &self.0 {
            let _ = writeln!(text, "{file}: {} of {viable}", viable - survivors.len());
            for survivor in survivors {
                let _ = writeln!(text, "    {survivor}");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_read_as_it_was_written() {
        let line = |viable, survivors: &[&str]| Line {
            viable,
            survivors: survivors.iter().map(|it| (*it).to_owned()).collect(),
        };
        let all = [("a.rs", line(3, &[])), ("b.rs", line(7, &["replace f -> bool with true"]))];
        let score = Score(all.into_iter().map(|(file, line)| (file.to_owned(), line)).collect());
        assert_eq!(Score::parse(&score.text()).0, score.0);
        assert!(score.text().contains("b.rs: 6 of 7\n    replace f"));
    }

    #[test]
    fn a_mutant_is_named_without_its_place() {
        let line = "core/src/pkce.rs:81:9: replace Challenge::parse -> Option<Self> with None";
        assert_eq!(without_place(line), "replace Challenge::parse -> Option<Self> with None");
    }

    #[test]
    fn every_file_is_there_and_nothing_survives_where_the_score_was_taken() {
        assert!(FILES.iter().all(|file| root().join(file).is_file()));
        for (file, line) in Score::read().unwrap().0 {
            assert!(line.viable > 0 && line.survivors.is_empty(), "{file}: {:?}", line.survivors);
        }
    }
}
