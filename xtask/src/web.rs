//! npm's packages, ours among them, and the demo.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::shell::{Program, command, is_stamped, on_path, root};

const OLDEST_NODE: u32 = 20;

const HINT: &str = "Install Node 20 or newer, with npm: https://nodejs.org.";

pub(crate) fn npm() -> Result<Program> {
    match on_path(if cfg!(windows) { "npm.cmd" } else { "npm" }) {
        Some(npm) => Ok(command(npm)),
        None => bail!("There is no npm. {HINT}"),
    }
}

/// A program of an installed package.
pub(crate) fn npm_program(name: &str) -> Program {
    let name = if cfg!(windows) { format!("{name}.cmd") } else { name.to_owned() };
    command(root().join("node_modules/.bin").join(name))
}

/// Installs what `package-lock.json` says, unless that is what is installed.
pub(crate) fn ensure_packages() -> Result<()> {
    let version = command("node").arg("--version").output(HINT)?;
    let major = version.trim().trim_start_matches('v').split('.').next().unwrap_or_default();
    if major.parse().unwrap_or(0) < OLDEST_NODE {
        bail!("This is Node {}. {HINT}", version.trim());
    }
    let lock = fs::read_to_string(root().join("package-lock.json"))
        .context("package-lock.json is missing; it is part of the repository")?;
    let stamp = root().join("node_modules/.grantflow-lock");
    if is_stamped(&stamp, &lock) {
        return Ok(());
    }
    npm()?
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .run("npm could not install the packages; is the network there?")?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// Writes the npm package to `target/npm`, as its own script says.
pub(crate) fn package() -> Result<()> {
    let folder = root().join("target/npm");
    if folder.exists() {
        // What an older build left there must not ship.
        fs::remove_dir_all(folder)?;
    }
    command("node")
        .args(["wasm/build.mjs", "target/npm"])
        .run("The npm package cannot be built; the messages are above.")
}

/// Writes the demo to `output`, as its own script says.
pub(crate) fn bundle(output: &Path) -> Result<()> {
    if output.exists() {
        refuse_foreign(output)?;
        fs::remove_dir_all(output)?;
    }
    fs::create_dir_all(output)?;
    fs::write(output.join(MARK), "")?;
    command("node")
        .arg("web-demo/build.mjs")
        .arg(output)
        .run("The demo cannot be built; the messages are above.")
}

/// Written into a built demo, so that `--build` deletes nothing that it did not make.
const MARK: &str = ".grantflow-demo";

fn refuse_foreign(output: &Path) -> Result<()> {
    let empty = fs::read_dir(output)?.next().is_none();
    if empty || output.join(MARK).is_file() {
        return Ok(());
    }
    bail!("{} holds files that are not a built demo: choose an empty folder", output.display())
}
