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

/// The engines, and a screen that nobody sees for the one that wants one.
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
    let mut missing = Vec::new();
    for wanted in &WANTED {
        if wanted.find()?.is_none() {
            missing.push(wanted);
        }
    }
    if !missing.is_empty() {
        let list = |said: fn(&Wanted) -> &'static str, between| {
            missing.iter().map(|wanted| said(wanted)).collect::<Vec<_>>().join(between)
        };
        let hint = format!(
            "Install {} (on Debian: apt-get install {}), or say where they are: {}.",
            list(|it| it.name, ", "),
            list(|it| it.package, " "),
            list(|it| it.variable, ", "),
        );
        let packages: Vec<&str> = missing.iter().map(|wanted| wanted.package).collect();
        apt_install(&packages, &hint)?;
    }
    WANTED.iter().map(Wanted::found).collect()
}

impl Wanted {
    /// Where it is, if it is here.
    fn find(&self) -> Result<Option<PathBuf>> {
        let Some(path) = env::var_os(self.variable).map(PathBuf::from) else {
            return Ok(self.programs.iter().find_map(|program| on_path(program)));
        };
        if path.is_file() {
            return Ok(Some(path));
        }
        bail!("{} names {}, and there is no such file", self.variable, path.display())
    }

    fn found(&self) -> Result<(&'static str, PathBuf)> {
        match self.find()? {
            Some(path) => Ok((self.variable, path)),
            None => bail!(
                "apt-get installed {}, and yet {} is not on the path",
                self.package,
                self.programs.join(" or ")
            ),
        }
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
