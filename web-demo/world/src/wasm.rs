//! The edge to JavaScript: JSON in, JSON out, and nothing decided.

use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::defence::Defences;
use crate::fault::Fault;
use crate::input::{Config, Input};
use crate::lab::{self, Shown};
use crate::message::Message;
use crate::prelude::*;
use crate::read;
use crate::redact;
use crate::trace::Trace;
use crate::world::World;

/// A world, for one page; `web-demo/src/world/types.ts` says what the texts are.
#[wasm_bindgen(js_name = World)]
#[derive(Debug)]
pub struct Handle(World);

#[wasm_bindgen(js_class = World)]
impl Handle {
    /// A world in which nothing has happened yet.
    ///
    /// # Errors
    ///
    /// A `Fault`, as JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str) -> Result<Self, String> {
        let world = read::from_text::<Config>(config).and_then(World::new);
        world.map(Self).map_err(|fault| text(&fault))
    }

    /// The world at the end of a trace.
    ///
    /// # Errors
    ///
    /// A `Fault`, as JSON.
    pub fn replay(trace: &str) -> Result<Self, String> {
        let world = Trace::parse(trace).and_then(|trace| World::replay(&trace));
        world.map(Self).map_err(|fault| text(&fault))
    }

    /// The world as it was after so many inputs.
    ///
    /// # Errors
    ///
    /// A `Fault`, as JSON.
    pub fn rewound(&self, step: u32) -> Result<Self, String> {
        let steps = usize::try_from(step).unwrap_or(usize::MAX);
        let world = World::replay_to(&self.0.trace(), steps);
        world.map(Self).map_err(|fault| text(&fault))
    }

    /// Does one thing: an `Applied`, without its view.
    pub fn apply(&mut self, input: &str) -> String {
        match read::from_text::<Input>(input).and_then(|input| self.0.apply(input)) {
            Ok(changed) => {
                let changed = changed.into_iter().filter_map(|id| self.0.message(id));
                text(&Applied::Yes { ok: true, messages: changed.collect() })
            }
            Err(fault) => text(&Applied::No { ok: false, fault }),
        }
    }

    /// Every message.
    #[must_use]
    pub fn messages(&self) -> String {
        text(&self.0.messages().collect::<Vec<_>>())
    }

    /// Everything but the messages.
    #[must_use]
    pub fn view(&self) -> String {
        text(&self.0.view())
    }

    /// What was done, with what is secret in it or without.
    #[must_use]
    pub fn trace(&self, secrets: bool) -> String {
        let trace = self.0.trace();
        text(&if secrets { trace } else { trace.redacted() })
    }

    /// Gives the present a name.
    pub fn mark(&mut self, name: &str) {
        self.0.mark(name);
    }
}

/// What there is to run: a list of `Attack`.
#[must_use]
#[wasm_bindgen]
pub fn attacks() -> String {
    text(&Shown::all())
}

/// Runs an attack without these defences, a list of their ids: a `Report`.
///
/// # Errors
///
/// A `Fault`, as JSON.
#[wasm_bindgen]
pub fn attack(id: &str, without: &str) -> Result<String, String> {
    let report = read::from_text::<Defences>(without).and_then(|without| lab::run(id, without));
    report.map(|report| text(&report)).map_err(|fault| text(&fault))
}

/// A request and its answer, of whatever host, without what is secret.
///
/// # Errors
///
/// A `Fault`, as JSON.
#[wasm_bindgen]
pub fn redacted(exchange: &str) -> Result<String, String> {
    redact::exchange(exchange).map(|it| text(&it)).map_err(|fault| text(&fault))
}

#[derive(Serialize)]
#[serde(untagged)]
enum Applied<'m> {
    Yes { ok: bool, messages: Vec<&'m Message> },
    No { ok: bool, fault: Fault },
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
