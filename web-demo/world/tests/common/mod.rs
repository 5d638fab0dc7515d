//! A world whose test leaves its run in a file if it fails, for the demo's *Open*.

#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::{fs, thread};

use grantflow_world::{Config, Trace, World};

/// A world that is written down if the test fails.
pub(crate) struct Kept(World);

impl Kept {
    pub(crate) fn new(config: Config) -> Self {
        Self(World::new(config).unwrap())
    }
}

impl Deref for Kept {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl DerefMut for Kept {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.0
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if thread::panicking() {
            leave(&self.0.trace());
        }
    }
}

/// The world that comes of a trace, which must come of it.
pub(crate) fn replayed(trace: &Trace) -> Kept {
    let world = World::replay(trace).unwrap_or_else(|fault| {
        // As far as it goes: with another digest it would not open.
        leave(&Trace { expect: None, ..trace.clone() });
        panic!("{fault}")
    });
    Kept(world)
}

/// Where a test of this thread leaves its run.
pub(crate) fn file() -> PathBuf {
    let thread = thread::current();
    let test = thread.name().unwrap_or("test").replace("::", "-");
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).with_extension("json")
}

fn leave(trace: &Trace) {
    let written = serde_json::to_string_pretty(trace).map(|text| fs::write(file(), text));
    match written {
        Ok(Ok(())) => eprintln!("This run: {}, for World's Open", file().display()),
        Ok(Err(error)) => eprintln!("This run is not written: {error}"),
        Err(error) => eprintln!("This run is not written: {error}"),
    }
}
