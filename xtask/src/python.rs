//! The Python in which the tests run other people's clients and servers.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::shell::{apt_install, command, is_stamped, on_path, root, target};

/// Prints its version if it is new enough and can make environments, which Debian's need not.
const PROBE: &str = "import sys
from importlib.util import find_spec
if sys.version_info >= (3, 11) and find_spec('venv') and find_spec('ensurepip'):
    print(sys.version)";

/// The interpreter of an environment that has what `requirements.txt` says, and nothing else.
pub(crate) fn ensure_python() -> Result<PathBuf> {
    let hint = "Install Python 3.11 or newer with venv (on Debian: apt-get install python3-venv).";
    let mut found = find();
    if found.is_none() {
        apt_install(&["python3-venv"], hint)?;
        found = find();
    }
    let Some((python, version)) = found else {
        bail!("apt-get installed python3-venv, and yet there is no such Python. {hint}");
    };
    let requirements = root().join("tests/interop/requirements.txt");
    let state = fs::read_to_string(&requirements)
        .map(|text| version + &text)
        .with_context(|| format!("{} is part of the repository", requirements.display()))?;
    let folder = target().join("python");
    let (stamp, inside) = (folder.join(".grantflow-requirements"), interpreter(&folder));
    if is_stamped(&stamp, &state) && inside.is_file() {
        return Ok(inside);
    }
    command(python).args(["-m", "venv", "--clear"]).arg(&folder).run(hint)?;
    command(&inside)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--require-hashes", "--requirement"])
        .arg(requirements)
        .run("pip could not install the packages; is the network there?")?;
    fs::write(stamp, state)?;
    Ok(inside)
}

/// A Python that will do, and its version.
fn find() -> Option<(PathBuf, String)> {
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"]
        .into_iter()
        .filter_map(on_path)
        .find_map(|python| {
            let version = command(&python).args(["-c", PROBE]).output("").ok()?;
            (!version.is_empty()).then_some((python, version))
        })
}

fn interpreter(folder: &Path) -> PathBuf {
    let below = if cfg!(windows) { "Scripts" } else { "bin" };
    folder.join(below).join(format!("python{}", env::consts::EXE_SUFFIX))
}
