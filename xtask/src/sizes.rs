//! What ships, in bytes, held to the budget in `sizes.json`.

use anyhow::Result;

use crate::shell::{command, root};

/// Prints the sizes beside those of our peers; fails if one of ours is past its budget.
pub(crate) fn check() -> Result<()> {
    measure("check", None)
}

/// Prints the sizes, and makes them the budget; what has grown needs a reason.
pub(crate) fn accept(why: Option<&str>) -> Result<()> {
    measure("accept", why)
}

fn measure(mode: &str, why: Option<&str>) -> Result<()> {
    command("node")
        .arg(root().join("xtask/tools/measure.mjs"))
        .arg(mode)
        .args(why)
        .run("Something that ships has grown.")
}
