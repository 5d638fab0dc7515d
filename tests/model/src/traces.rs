//! What the model found, as runs of the demo's World: `web-demo/world/traces`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use grantflow_world::Property;

use crate::case::Case;
use crate::cuts::{self, Cuts};
use crate::defence::{Defence, Defences};

/// What is said of a run that ends well in World.
const ELSE: &str = "it ends otherwise in World, whose app or server differs";

/// A run that ends where a property does not hold.
pub(crate) struct Told {
    /// Of its file, and in the demo's address.
    pub(crate) name: String,
    pub(crate) property: &'static str,
    pub(crate) case: &'static str,
    /// What is taken away.
    pub(crate) off: Defences,
    /// The trace, as JSON.
    text: String,
}

/// What was found, and what of it cannot be told in World: by why, each as property and defences.
pub(crate) struct Telling {
    pub(crate) told: Vec<Told>,
    pub(crate) untold: BTreeMap<String, BTreeSet<String>>,
}

/// One thing that falls: what, without which defences, and the cases in which it does.
type Fall<'c> = (Property, Defences, Vec<&'c Case>);

/// Tells what falls, each in the first case in which World can, and what falls with every defence in
/// its place.
pub(crate) fn tell(all: &[Case], known: &Cuts) -> Telling {
    let mut falls: Vec<Fall<'_>> = Vec::new();
    for property in Property::ALL {
        let named = |name: &str| all.iter().find(|case| case.name == name);
        let mut sets: BTreeMap<(u32, Defences), Vec<&Case>> = BTreeMap::new();
        for ((case, _), cuts) in known.iter().filter(|((_, of), _)| of == property.name()) {
            for cut in cuts {
                sets.entry((cut.len(), *cut)).or_default().extend(named(case));
            }
        }
        falls.extend(sets.into_iter().map(|((_, cut), cases)| (*property, cut, cases)));
        let limits = all.iter().filter(|case| case.limits.contains(&property.name()));
        falls.extend(limits.map(|case| (*property, Defences::NONE, vec![case])));
    }
    for (_, _, cases) in &mut falls {
        cases.sort_by_key(|case| all.iter().position(|it| it.name == case.name));
    }
    let (mut told, mut untold) = (Vec::new(), BTreeMap::<String, BTreeSet<String>>::new());
    let one = |(property, off, cases): &Fall<'_>| first(*property, *off, cases);
    for ((property, off, cases), found) in falls.iter().zip(cuts::each(&falls, one)) {
        match found {
            Ok(one) => told.push(one),
            Err(None) => {}
            Err(Some(why)) => {
                let what = if *off == Defences::NONE {
                    format!("{} ({})", property.name(), cases.first().map_or("", |it| it.name))
                } else {
                    format!("{} without {off}", property.name())
                };
                untold.entry(why).or_default().insert(what);
            }
        }
    }
    Telling { told, untold }
}

/// The first of the cases that World can tell; `None` says that it is no case of the flow's.
fn first(property: Property, off: Defences, cases: &[&Case]) -> Result<Told, Option<String>> {
    let mut why = None;
    for case in cases {
        let name = name(property, off, case);
        let without = match worlds(off) {
            Ok(without) => without,
            Err(defence) if case.is_flow() => {
                return Err(Some(format!("World cannot have it that {}", defence.how())));
            }
            Err(_) => continue,
        };
        match case.told(off, property, (&format!("model {name}"), without)) {
            None => {}
            Some(Err(said)) => why = why.or(Some(said)),
            Some(Ok(world)) if property.holds(&world) => {
                why = why.or_else(|| Some(ELSE.into()));
            }
            Some(Ok(world)) => {
                let trace = world.trace().redacted();
                if trace.redacted {
                    why = why.or_else(|| Some("its trace would hold a secret".into()));
                    continue;
                }
                let text = serde_json::to_string_pretty(&trace).unwrap() + "\n";
                return Ok(Told { name, property: property.name(), case: case.name, off, text });
            }
        }
    }
    Err(why)
}

/// The same defences in World, or one that has no like there.
fn worlds(off: Defences) -> Result<grantflow_world::Defences, Defence> {
    let like = |defence: Defence| {
        let id = match defence {
            // World's `pkce` is the store that lies; its app always sends a challenge.
            Defence::Verifier => "pkce",
            Defence::Challenge => return Err(defence),
            _ => defence.name(),
        };
        let all = grantflow_world::Defence::ALL;
        all.iter().copied().find(|it| it.id() == id).ok_or(defence)
    };
    off.iter().map(like).collect()
}

fn name(property: Property, off: Defences, case: &Case) -> String {
    let what = if off == Defences::NONE { case.name.to_owned() } else { format!("without {off}") };
    let all = format!("{} {what}", property.name()).replace([' ', '_', '.'], "-");
    all.replace([':', ','], "")
}

/// Where they are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web-demo/world/traces")
}

/// Writes them, and nothing else is left there.
pub(crate) fn write(told: &[Told]) -> io::Result<()> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        fs::remove_file(entry?.path())?;
    }
    told.iter().try_for_each(|it| fs::write(file(it), &it.text))
}

/// What is not as it was written, and what nobody has written.
pub(crate) fn stale(told: &[Told]) -> Vec<String> {
    let is_stale = |it: &&Told| fs::read_to_string(file(it)).ok().as_ref() != Some(&it.text);
    let mut stale: Vec<PathBuf> = told.iter().filter(is_stale).map(file).collect();
    let there = fs::read_dir(folder()).into_iter().flatten().flatten().map(|entry| entry.path());
    stale.extend(there.filter(|path| !told.iter().any(|it| file(it) == *path)));
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let say = |name| format!("web-demo/world/traces/{name}: run `cargo xtask prove --traces`");
    stale.iter().map(name).map(say).collect()
}

fn file(told: &Told) -> PathBuf {
    folder().join(&told.name).with_extension("json")
}
