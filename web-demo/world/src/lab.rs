//! The attack lab: each attack as a script of inputs, run against the shipping code, with defences in
//! place or taken away from outside. What came of it is judged by what everybody has in the end.

use serde::Serialize;

use crate::attacks;
use crate::cast::Actor;
use crate::defence::{Defence, Defences};
use crate::fault::Fault;
use crate::input::{AppKind, Config};
use crate::message::Side;
use crate::prelude::*;
use crate::script::{Script, Step};
use crate::trace::Trace;
use crate::world::World;

/// An attack, and all that is known of it before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// The row of the table of attacks.
    pub number: u8,
    /// Its name, for programs.
    pub id: &'static str,
    /// Its name, for people.
    pub title: &'static str,
    /// Two sentences: what the attacker wants, and how he goes about it.
    pub story: [&'static str; 2],
    /// Who is hurt.
    pub hurts: &'static str,
    /// Who takes part.
    pub actors: &'static [Actor],
    /// Where it can be run.
    pub host: Host,
    /// What stands in its way.
    pub defences: &'static [Defence],
    /// What the story takes as gone from the start.
    pub given: &'static [Defence],
    /// The smallest sets of defences without which it succeeds.
    pub falls_without: &'static [&'static [Defence]],
    /// Where it is described or answered, such as `RFC 9700 §4.7.1`.
    pub sections: &'static [&'static str],
    /// Which line refuses, by the code of the refusal.
    pub stopped_by: &'static [StoppedBy],
    /// What the model checker calls what is at stake.
    pub property: Option<&'static str>,
    /// A test that refuses it: a file, and a function in it.
    pub test: Test,
    /// How to go about it.
    pub(crate) play: Option<Play>,
}

/// How an attack is gone about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Play {
    pub(crate) app: AppKind,
    pub(crate) offers_evil: bool,
    /// Does it, and says what the attacker has got, if he has.
    pub(crate) run: fn(&mut Script) -> Result<Option<&'static str>, Fault>,
}

/// Which host of the demo can run an attack.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// This one.
    World,
    /// The one with a real browser.
    Live,
    /// Either.
    Both,
}

/// A line that refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct StoppedBy {
    /// The code of the refusal.
    pub code: &'static str,
    /// From the root of the repository.
    pub file: &'static str,
    /// A piece of the line that occurs in the file once.
    pub marker: &'static str,
}

/// A test.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Test {
    /// From the root of the repository.
    pub file: &'static str,
    /// The function.
    pub name: &'static str,
}

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Of the attack.
    pub id: &'static str,
    /// What was taken away.
    pub without: Defences,
    /// What was done, in order.
    pub steps: Vec<Step>,
    /// Who has won.
    pub verdict: Verdict,
    /// The run, to be played again.
    pub trace: Trace,
}

/// Who has won.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Verdict {
    /// The attacker has nothing.
    Stopped {
        /// The code of the last refusal.
        code: String,
        /// Which side refused.
        by: Side,
        /// What it refused.
        message: u32,
    },
    /// The attacker has what he wanted.
    Succeeded {
        /// What that is, in a sentence.
        got: &'static str,
    },
    /// Nobody refused, and yet he has nothing: a fault of the script.
    Nothing,
}

/// Every attack, in the order of the table.
#[must_use]
pub fn attacks() -> Vec<&'static Attack> {
    attacks::ALL.to_vec()
}

/// Runs an attack in a world of its own.
///
/// # Errors
///
/// A [`Fault`] if there is no such attack, if it cannot be run here, or if a step of it makes no sense.
pub fn run(id: &str, without: Defences) -> Result<Report, Fault> {
    let attack = attacks::ALL.iter().find(|attack| attack.id == id);
    let attack = attack.ok_or_else(|| Fault::new("no_such_attack", "There is no such attack."))?;
    let live = || Fault::new("not_here", "That attack needs a real browser.");
    let play = attack.play.ok_or_else(live)?;
    let config = Config {
        seed: format!("attack {id}"),
        app: play.app,
        offers_evil: play.offers_evil,
        without: without.iter().chain(attack.given.iter().copied()).collect(),
    };
    let mut script = Script::new(World::new(config)?);
    let got = (play.run)(&mut script)?;
    let refusal = script.last_refusal();
    let verdict = match (got, refusal) {
        (Some(got), _) => Verdict::Succeeded { got },
        (None, Some((message, refused))) => {
            Verdict::Stopped { code: refused.code, by: refused.by, message }
        }
        (None, None) => Verdict::Nothing,
    };
    let trace = script.world().trace();
    Ok(Report { id: attack.id, without, steps: script.into_steps(), verdict, trace })
}

/// An attack as the shell reads it.
#[derive(Debug, Serialize)]
pub struct Shown {
    number: u8,
    id: &'static str,
    title: &'static str,
    story: [&'static str; 2],
    hurts: &'static str,
    actors: &'static [Actor],
    host: Host,
    defences: Vec<ShownDefence>,
    given: &'static [Defence],
    falls_without: &'static [&'static [Defence]],
    sections: Vec<Section>,
    stopped_by: &'static [StoppedBy],
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<&'static str>,
    test: Test,
}

#[derive(Debug, Serialize)]
struct ShownDefence {
    id: &'static str,
    name: &'static str,
    how: &'static str,
}

/// A section, and where it is.
#[derive(Debug, Serialize)]
struct Section {
    name: &'static str,
    url: String,
}

/// Where a section is.
#[must_use]
pub fn url_of(section: &str) -> Option<String> {
    let (name, number) = section.split_once(" §")?;
    if let Some(rfc) = name.strip_prefix("RFC ") {
        return Some(format!("https://www.rfc-editor.org/rfc/rfc{rfc}#section-{number}"));
    }
    let core = "https://openid.net/specs/openid-connect-core-1_0.html";
    match (name, number) {
        ("OpenID Connect Core", "3.1.3.7") => Some(format!("{core}#IDTokenValidation")),
        _ => None,
    }
}

impl Shown {
    /// All of them, in the order of the table.
    #[must_use]
    pub fn all() -> Vec<Self> {
        attacks::ALL.iter().map(|attack| Self::of(attack)).collect()
    }

    fn of(attack: &Attack) -> Self {
        let defence = |it: &Defence| ShownDefence { id: it.id(), name: it.name(), how: it.how() };
        let section = |name: &&'static str| Section { name, url: url_of(name).unwrap_or_default() };
        Self {
            number: attack.number,
            id: attack.id,
            title: attack.title,
            story: attack.story,
            hurts: attack.hurts,
            actors: attack.actors,
            host: attack.host,
            defences: attack.defences.iter().map(defence).collect(),
            given: attack.given,
            falls_without: attack.falls_without,
            sections: attack.sections.iter().map(section).collect(),
            stopped_by: attack.stopped_by,
            property: attack.property,
            test: attack.test,
        }
    }
}
