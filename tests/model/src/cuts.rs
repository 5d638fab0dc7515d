//! Which defences are needed for what: the smallest sets without which a property falls.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::case::Case;
use crate::check::Verdict;
use crate::defence::{Defence, Defences};

/// The smallest sets without which a property of a case falls.
pub(crate) type Cuts = BTreeMap<(String, String), BTreeSet<Defences>>;

const HEAD: &str = "\
# Which defences are needed for what: the smallest sets whose removal breaks a property.
# case | property | defences, one set a line. Written by `cargo xtask prove --write`.
";

/// What is said of a search that did not come to its end.
pub(crate) const TOO_MANY: &str = "more states than were looked at";

/// All cuts as a file.
pub(crate) fn print(cuts: &Cuts) -> String {
    let mut text = HEAD.to_owned();
    for ((case, property), sets) in cuts {
        for set in sets {
            let _ = writeln!(text, "{case} | {property} | {set}");
        }
    }
    text
}

/// Reads what `print` wrote.
pub(crate) fn parse(text: &str) -> Result<Cuts, String> {
    let mut cuts = Cuts::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut parts = line.split(" | ");
        let (Some(case), Some(property), Some(set), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(format!("not a cut: {line}"));
        };
        let set = set.split(", ").try_fold(Defences::NONE, |set, name| {
            let found = Defence::ALL.iter().find(|defence| defence.name() == name);
            found.map(|defence| set.with(*defence)).ok_or(format!("no defence: {name}"))
        })?;
        cuts.entry((case.into(), property.into())).or_default().insert(set);
    }
    Ok(cuts)
}

/// All subsets of a set that have so many members.
pub(crate) fn subsets(of: Defences, size: u32) -> Vec<Defences> {
    let mut all = vec![Defences::NONE];
    for _ in 0..size {
        let longer = |set: Defences| {
            let is_later = move |defence: &Defence| set.iter().all(|there| there < *defence);
            of.iter().filter(is_later).map(move |defence| set.with(defence))
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}

/// Does all of it, on every processor, in whatever order; the results are in the order of the work.
pub(crate) fn each<J: Sync, R: Send>(jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                while let Some((at, job)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(at).map(|job| (at, job))
                } {
                    let result = work(job);
                    results.lock().unwrap().push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// What is looked at for the quick tier: every case as it is, without each single defence, without
/// each cut, and without each part of a cut, which must hold.
pub(crate) fn plan<'c>(cases: &'c [Case], golden: &Cuts) -> Vec<(&'c Case, Defences)> {
    let mut jobs = Vec::new();
    for case in cases {
        let mut sets: BTreeSet<Defences> = [Defences::NONE].into();
        sets.extend(subsets(case.removable, 1));
        for ((name, _), cuts) in golden {
            for cut in cuts.iter().filter(|_| name == case.name) {
                sets.extend((0..=cut.len()).flat_map(|size| subsets(*cut, size)));
            }
        }
        jobs.extend(sets.into_iter().map(|set| (case, set)));
    }
    jobs
}

/// What is wrong with a verdict, given the cuts.
pub(crate) fn judge(case: &Case, off: Defences, verdict: &Verdict, golden: &Cuts) -> Vec<String> {
    let mut wrong = Vec::new();
    let said = if off == Defences::NONE {
        case.name.to_owned()
    } else {
        format!("{} without {off}", case.name)
    };
    if !verdict.is_whole {
        wrong.push(format!("{said}: {TOO_MANY}"));
    }
    for missing in verdict.missing.iter().filter(|it| off == Defences::NONE || is_vital(it)) {
        wrong.push(format!("{said}: never happens: {missing}"));
    }
    for property in &verdict.all {
        let is_broken = verdict.broken.contains(property);
        let none = BTreeSet::new();
        let cuts = golden.get(&(case.name.into(), (*property).into())).unwrap_or(&none);
        let is_limit = case.limits.contains(property);
        let is_cut = cuts.contains(&off) || (is_limit && off == Defences::NONE);
        let is_more = is_limit || cuts.iter().any(|cut| cut.is_within(off));
        if is_cut && !is_broken {
            wrong.push(format!("{said}: holds and should not: {property}"));
        }
        if !is_more && is_broken {
            wrong.push(format!("{said}: falls and should not: {property}"));
        }
    }
    wrong
}

/// What must be possible whatever is taken away.
fn is_vital(property: &str) -> bool {
    property == "Alice can still sign in"
}

/// Finds all cuts of at most so many defences.
pub(crate) fn find(cases: &[Case], most: u32) -> Cuts {
    let mut cuts = Cuts::new();
    for size in 1..=most {
        let jobs: Vec<(&Case, Defences)> = cases
            .iter()
            .flat_map(|case| {
                let of = if size < 3 { case.removable } else { case.behind };
                subsets(of, size).into_iter().map(move |set| (case, set))
            })
            .collect();
        let verdicts = each(&jobs, |(case, set)| case.search(*set));
        for ((case, set), verdict) in jobs.iter().zip(verdicts) {
            for property in verdict.broken.iter().filter(|it| !case.limits.contains(it)) {
                let found = cuts.entry((case.name.into(), (*property).into())).or_default();
                if !found.iter().any(|cut: &Defences| cut.is_within(*set)) {
                    found.insert(*set);
                }
            }
        }
    }
    cuts
}
