//! What ships, in bytes, held to the budget in `sizes.json`.

use anyhow::Result;

use crate::shell::{command, root};
use crate::wasm::{CLIENT, PROVIDER};

/// Prints the sizes; fails if one is past its budget.
pub(crate) fn check() -> Result<()> {
    measure("check")
}

/// Prints the sizes, and makes them the budget.
pub(crate) fn accept() -> Result<()> {
    measure("accept")
}

fn measure(mode: &str) -> Result<()> {
    let mut files = Vec::new();
    for artefact in [CLIENT, PROVIDER] {
        files.extend([artefact.file("wasm"), artefact.file("js")]);
    }
    // The demo's scripts, once they are there.
    let scripts = ["main.js", "sw.js"].map(|name| root().join("target/demo").join(name));
    files.extend(scripts.into_iter().filter(|script| script.is_file()));
    command("node")
        .arg(root().join("xtask/tools/measure.mjs"))
        .arg(mode)
        .args(files)
        .run("Something that ships has grown.")
}
