//! The programs that the tests drive: browsers, and what the guide's shell blocks call.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::shell::{apt_install, on_path};

/// A program that the tests drive.
struct Wanted {
    /// What people call it.
    name: &'static str,
    /// The variable that names it, in which the tests find it, too.
    variable: &'static str,
    /// What it may be called on the path.
    programs: &'static [&'static str],
    /// The package of Debian's that has it.
    package: &'static str,
}

/// The engines: Chromium, Firefox, and `WebKit` with a screen that nobody sees.
const WANTED: [Wanted; 4] = [
    Wanted {
        name: "Chromium or Chrome",
        variable: "CHROMIUM",
        programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
        package: "chromium",
    },
    Wanted {
        name: "Firefox ESR, or Firefox",
        variable: "FIREFOX",
        programs: &["firefox-esr", "firefox"],
        package: "firefox-esr",
    },
    Wanted {
        name: "WebKitGTK with its WebDriver",
        variable: "WEBKIT_DRIVER",
        programs: &["WebKitWebDriver"],
        package: "webkit2gtk-driver",
    },
    Wanted { name: "Xvfb", variable: "XVFB", programs: &["Xvfb"], package: "xvfb" },
];

/// Every engine: what a variable names, what is on the path, or Debian's, installed now.
pub(crate) fn ensure_browsers() -> Result<Vec<(&'static str, PathBuf)>> {
    WANTED.iter().map(|wanted| Ok((wanted.variable, wanted.ensure()?))).collect()
}

impl Wanted {
    fn ensure(&self) -> Result<PathBuf> {
        let Self { name, variable, package, .. } = self;
        if let Some(path) = env::var_os(variable).map(PathBuf::from) {
            if path.is_file() {
                return Ok(path);
            }
            bail!("{variable} names {}, and there is no such file", path.display());
        }
        if let Some(path) = self.find() {
            return Ok(path);
        }
        let hint = format!(
            "Install {name} (on Debian: apt-get install {package}), or set {variable} to its path."
        );
        apt_install(package, &hint)?;
        match self.find() {
            Some(path) => Ok(path),
            None => bail!("apt-get installed {package}, and yet it is not on the path. {hint}"),
        }
    }

    fn find(&self) -> Option<PathBuf> {
        self.programs.iter().find_map(|program| on_path(program))
    }
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
