//! An attacker around both sides, and every way in which things can go, over the shipping code.

mod book;
mod case;
mod cast;
mod check;
mod cuts;
mod defence;
mod design;
mod flow;
mod host;
mod keys;
mod lies;
mod page;
mod race;
mod session;
mod shelf;
mod traces;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use std::{env, fs};

use crate::case::Case;
use crate::cuts::Cuts;
use crate::defence::{Defence, Defences};

/// The most defences that are taken away at once when cuts are looked for.
const MOST: u32 = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments.as_slice() {
        [] => check(),
        ["--first"] => first(),
        ["--deep"] => deep(),
        ["--write"] => write(&case::all(false)),
        ["--traces"] => known().and_then(|known| write_traces(&case::all(false), &known)),
        ["--page"] => known().and_then(|known| write_page(&case::all(false), &known)),
        ["--only", name] => only(name, ""),
        ["--only", name, off] => only(name, off),
        _ => Err(
            "what is asked is none of: --deep, --write, --page, --traces, --only CASE [DEFENCES]"
                .into(),
        ),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn golden() -> PathBuf {
    folder().join("cuts.txt")
}

fn page_file() -> PathBuf {
    folder().join("../../docs/security.md")
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn known() -> Result<Cuts, String> {
    cuts::parse(&read(&golden())?)
}

/// Looks at everything, and at whether what is written about it is still so.
fn check() -> Result<(), String> {
    let cases = case::all(false);
    let known = known()?;
    let (mut wrong, page) = verify(&cases, &known)?;
    wrong.extend(traces::stale(&traces::tell(&cases, &known).told));
    if wrong.is_empty() && read(&page_file())? != page {
        wrong.push("docs/security.md says something else: run `cargo xtask prove --write`".into());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Looks at more, and for cuts that nobody knows of, which are no fault but worth a look.
fn deep() -> Result<(), String> {
    let (cases, known) = (case::all(true), known()?);
    let (wrong, _) = verify(&cases, &known)?;
    // A search that is too long even for this says so, and is no fault.
    let (long, wrong): (Vec<String>, Vec<String>) =
        wrong.into_iter().partition(|wrong| wrong.ends_with(cuts::TOO_MANY));
    for case in &long {
        println!("{case}");
    }
    for ((case, property), sets) in cuts::find(&cases, MOST) {
        let old = known.get(&(case.clone(), property.clone())).cloned().unwrap_or_default();
        let is_new = |set: &&Defences| !old.iter().any(|known| known.is_within(**set));
        for set in sets.iter().filter(is_new) {
            println!("{case} | {property} | {set}: is in no smaller set of tests/model/cuts.txt");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Stops at the first thing that is wrong: for mutants of the core, which have much wrong with them.
fn first() -> Result<(), String> {
    let (cases, known) = (case::all(false), known()?);
    let mut jobs = cuts::plan(&cases, &known);
    // The long one last: a search that has begun is not stopped.
    jobs.sort_by_key(|(case, off)| (case.name == "race", off.len()));
    let is_over = AtomicBool::new(false);
    let wrong = cuts::each(&jobs, |(case, off)| {
        if is_over.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let wrong = cuts::judge(case, *off, &case.search(*off), &known);
        is_over.fetch_or(!wrong.is_empty(), Ordering::Relaxed);
        wrong
    });
    wrong.into_iter().find(|wrong| !wrong.is_empty()).map_or(Ok(()), |wrong| Err(wrong.join("\n")))
}

/// What is wrong, and the page about it.
fn verify(cases: &[Case], known: &Cuts) -> Result<(Vec<String>, String), String> {
    let start = Instant::now();
    let jobs = cuts::plan(cases, known);
    let verdicts = cuts::each(&jobs, |(case, off)| {
        let verdict = case.search(*off);
        if env::var_os("MODEL_TIMES").is_some() {
            let (seconds, states) = (verdict.took.as_secs_f32(), verdict.states);
            eprintln!("{seconds:>6.2} s {states:>8} {} without {off}", case.name);
        }
        verdict
    });
    let (mut wrong, mut whole) = (Vec::new(), Vec::new());
    for ((case, off), verdict) in jobs.iter().zip(&verdicts) {
        if *off == Defences::NONE {
            whole.push((*case, verdict));
            let all = jobs.iter().zip(&verdicts).filter(|((of, _), _)| of.name == case.name);
            let (searches, seconds) =
                all.fold((0, 0.0), |(n, s), (_, it)| (n + 1, s + it.took.as_secs_f32()));
            println!(
                "{:<44} {:>9} states, {:>2} deep; {searches:>3} searches, {seconds:>5.1} s",
                case.name, verdict.states, verdict.depth
            );
        }
        wrong.extend(cuts::judge(case, *off, verdict, known));
    }
    println!("{} searches, {:.0} s", jobs.len(), start.elapsed().as_secs_f32());
    let mutants = read(&folder().join("mutants.toml"))?;
    let cases = case::all(false);
    Ok((wrong, page::page(&whole, known, (&traces::tell(&cases, known), &mutants))))
}

/// Looks for the cuts anew, and writes them, the traces and the page.
fn write(cases: &[Case]) -> Result<(), String> {
    let found = cuts::find(cases, MOST);
    fs::write(golden(), cuts::print(&found)).map_err(|error| format!("cuts.txt: {error}"))?;
    write_traces(cases, &found)?;
    write_page(cases, &found)
}

/// Writes the page about the cuts that are known, if they are right.
fn write_page(cases: &[Case], known: &Cuts) -> Result<(), String> {
    let (wrong, page) = verify(cases, known)?;
    if wrong.is_empty() {
        fs::write(page_file(), page).map_err(|error| format!("docs/security.md: {error}"))
    } else {
        Err(wrong.join("\n"))
    }
}

/// Writes what was found as runs of the demo's World.
fn write_traces(cases: &[Case], known: &Cuts) -> Result<(), String> {
    let told = traces::tell(cases, known).told;
    println!("{} traces", told.len());
    traces::write(&told).map_err(|error| format!("{}: {error}", traces::folder().display()))
}

/// Looks at some cases, and tells how what falls can be made to fall.
fn only(name: &str, off: &str) -> Result<(), String> {
    let off =
        off.split(", ").filter(|it| !it.is_empty()).try_fold(Defences::NONE, |set, name| {
            let found = Defence::ALL.iter().find(|defence| defence.name() == name);
            found.map(|defence| set.with(*defence)).ok_or(format!("no defence: {name}"))
        })?;
    for case in case::all(true).iter().filter(|case| case.name == name) {
        let verdict = case.search(off);
        println!("{}: {verdict:?}", case.name);
        for property in &verdict.broken {
            println!("  {property}");
            for act in case.trace(off, property) {
                println!("    {act}");
            }
        }
    }
    Ok(())
}
