//! The programs that the tests drive: a browser, and what the guide's shell blocks call.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::shell::{apt_install, on_path};

/// A Chromium: the one `CHROMIUM` names, one on the path, or Debian's, installed now.
pub(crate) fn ensure_chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM").map(PathBuf::from) {
        if path.is_file() {
            return Ok(path);
        }
        bail!("CHROMIUM names {}, and there is no such file", path.display());
    }
    if let Some(path) = find() {
        return Ok(path);
    }
    let hint = "Install Chromium or Chrome (on Debian: apt-get install chromium), \
                or set CHROMIUM to its path.";
    apt_install("chromium", hint)?;
    match find() {
        Some(path) => Ok(path),
        None => bail!("apt-get installed chromium, and yet it is not on the path. {hint}"),
    }
}

fn find() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .into_iter()
        .find_map(on_path)
}

/// What the guide's shell blocks call.
pub(crate) fn ensure_shell_tools() -> Result<()> {
    let missing: Vec<&str> =
        ["bash", "curl", "openssl"].into_iter().filter(|tool| on_path(tool).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(" ");
    bail!("The guide's shell blocks need {missing}. On Debian: apt-get install {missing}.")
}
