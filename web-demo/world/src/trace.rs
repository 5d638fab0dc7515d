//! A world on paper: what it was made with, and what was done.

use serde::Serialize;

use crate::defence::Defences;
use crate::fault::Fault;
use crate::input::{AppKind, By, Config, Input};
use crate::limits;
use crate::prelude::*;
use crate::read;
use crate::world::World;

/// The version of the format.
pub const VERSION: u32 = 1;

/// What can be saved, shared, and played again.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The version of the format: 1.
    pub v: u32,
    /// The version of the core that made it.
    pub core: String,
    /// Everything random comes from it.
    pub seed: String,
    /// What the world was made with, but for the seed.
    pub config: Setup,
    /// What was done, in order.
    pub log: Vec<Entry>,
    /// Names for places in the log.
    #[serde(default)]
    pub marks: Vec<Mark>,
    /// What must come of it; left out where something was replaced, and the run is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    /// Whether something secret was replaced.
    #[serde(default)]
    pub redacted: bool,
}

/// What a world was made with, but for the seed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// What kind of client the app is.
    pub app: AppKind,
    /// Whether the app lets people sign in with the attacker's server, too.
    #[serde(default)]
    pub offers_evil: bool,
    /// What is taken away.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeSet<crate::Defence>"))]
    pub without: Defences,
}

/// One thing that was done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Seconds since the world began.
    pub at: u64,
    /// Whose doing.
    pub actor: By,
    /// What.
    pub input: Input,
}

/// A name for a place in the log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// After how many inputs.
    pub at: u32,
    /// The name.
    pub name: String,
}

/// What must come of a trace.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// SHA-256 over all that happened, in hex.
    pub digest: String,
}

impl Trace {
    /// Reads a trace from a stranger.
    ///
    /// # Errors
    ///
    /// A [`Fault`]: `too_long`, `malformed`, `unknown_version`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > limits::LONGEST_TRACE {
            return Err(Fault::too_long("The trace"));
        }
        let version = read::version(text)?;
        if version != VERSION {
            let message =
                format!("This is version {version}; {VERSION} is the only one known here.");
            return Err(Fault::new("unknown_version", message));
        }
        let trace: Self = read::from_text(text)?;
        let is_named = |mark: &Mark| mark.name.len() <= limits::LONGEST_NAME;
        if trace.marks.len() > limits::MOST_MARKS || !trace.marks.iter().all(is_named) {
            return Err(Fault::too_long("The list of marks"));
        }
        if trace.log.len() > limits::MOST_INPUTS {
            return Err(Fault::too_long("The log"));
        }
        Ok(trace)
    }

    /// The same without what is secret: passwords that were typed, and what the attacker or the network
    /// wrote where codes, tokens and secrets stand. Where that changes the run, the digest is left out.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        let mut is_changed = false;
        for entry in &mut self.log {
            is_changed |= crate::redact::input(&mut entry.input);
        }
        if is_changed {
            self.expect = None;
            self.redacted = true;
        }
        self
    }
}

impl World {
    /// All that was done, secrets included.
    #[must_use]
    pub fn trace(&self) -> Trace {
        let Config { seed, app, offers_evil, without } = self.config().clone();
        Trace {
            v: VERSION,
            core: env!("CARGO_PKG_VERSION").into(),
            seed,
            config: Setup { app, offers_evil, without },
            log: self.log().to_vec(),
            marks: self.marks.clone(),
            expect: Some(Expect { digest: self.digest() }),
            redacted: false,
        }
    }

    /// Plays a trace.
    ///
    /// # Errors
    ///
    /// A [`Fault`] if an input makes no sense where it stands, or something else comes of it than the
    /// trace says: then the core that made it did otherwise.
    pub fn replay(trace: &Trace) -> Result<Self, Fault> {
        let world = Self::replay_to(trace, trace.log.len())?;
        match &trace.expect {
            Some(expect) if expect.digest != world.digest() => {
                let message = format!("Core {} made another run of it.", trace.core);
                Err(Fault::new("drift", message))
            }
            Some(_) | None => Ok(world),
        }
    }

    /// Plays the first `steps` inputs of a trace.
    ///
    /// # Errors
    ///
    /// A [`Fault`] if an input makes no sense where it stands.
    pub fn replay_to(trace: &Trace, steps: usize) -> Result<Self, Fault> {
        let Setup { app, offers_evil, without } = trace.config.clone();
        let mut world = Self::new(Config { seed: trace.seed.clone(), app, offers_evil, without })?;
        for (at, entry) in trace.log.iter().take(steps).enumerate() {
            world.repeat(entry.input.clone()).map_err(|fault| {
                Fault::new(fault.code, format!("Input {}: {}", at + 1, fault.message))
            })?;
        }
        world.marks.clone_from(&trace.marks);
        Ok(world)
    }

    /// Gives the present a name.
    pub fn mark(&mut self, name: &str) {
        if self.marks.len() < limits::MOST_MARKS && name.len() <= limits::LONGEST_NAME {
            let at = u32::try_from(self.log.len()).unwrap_or(u32::MAX);
            self.marks.push(Mark { at, name: name.to_owned() });
        }
    }
}
