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
    let mut files: Vec<_> = [CLIENT, PROVIDER].map(|artefact| artefact.file("wasm")).into();
    // One file each, as a user's bundle is; the wasm is inside.
    files.extend(["index.cjs", "flow.cjs"].map(|name| root().join("target/npm").join(name)));
    let demo = ["shell.js", "app.js", "sw.js", "style.css"];
    files.extend(demo.map(|name| root().join("target/demo").join(name)));
    command("node")
        .arg(root().join("xtask/tools/measure.mjs"))
        .arg(mode)
        .args(files)
        .run("Something that ships has grown.")
}
