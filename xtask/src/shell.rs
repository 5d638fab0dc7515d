//! Programs, run one after another, each with its time.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

/// The folder that holds the workspace.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Where cargo builds, which a person may have moved.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(PathBuf::from(folder)))
}

/// The native server, once it is built.
pub(crate) fn server_binary() -> PathBuf {
    target().join("debug").join(format!("grantflow{}", env::consts::EXE_SUFFIX))
}

/// The steps of one command, printed as they run.
#[derive(Default)]
pub(crate) struct Steps(Vec<(String, Duration)>);

impl Steps {
    /// Runs one step, and says how long it took.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("── {name}");
        let start = Instant::now();
        let outcome = work();
        let time = start.elapsed();
        eprintln!("   {:.1} s", time.as_secs_f32());
        self.0.push((name.to_owned(), time));
        outcome.with_context(|| format!("This step failed: {name}"))
    }

    /// Prints every step with its time.
    pub(crate) fn summary(&self) {
        println!();
        for (name, time) in &self.0 {
            println!("{:>8.1} s  {name}", time.as_secs_f32());
        }
        let total: Duration = self.0.iter().map(|(_, time)| *time).sum();
        println!("{:>8.1} s  in all", total.as_secs_f32());
    }
}

/// A program about to run at the root of the workspace.
pub(crate) struct Program(Command);

/// A program, named or by its path.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Program {
    let mut command = Command::new(program);
    command.current_dir(root());
    Program(command)
}

impl Program {
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.0.arg(argument);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, all: impl IntoIterator<Item = S>) -> Self {
        self.0.args(all);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    fn name(&self) -> String {
        self.0.get_program().to_string_lossy().into_owned()
    }

    /// Runs it; a failure says `hint`.
    pub(crate) fn run(mut self, hint: &str) -> Result<()> {
        let name = self.name();
        let status = self.0.status().with_context(|| format!("{name} does not start. {hint}"))?;
        if status.success() { Ok(()) } else { bail!("{name}: {status}. {hint}") }
    }

    /// Runs it, and returns the code that it ended with.
    pub(crate) fn code(mut self) -> Result<Option<i32>> {
        let name = self.name();
        Ok(self.0.status().with_context(|| format!("{name} does not start."))?.code())
    }

    /// Runs it and returns what it printed.
    pub(crate) fn output(mut self, hint: &str) -> Result<String> {
        let name = self.name();
        self.0.stderr(Stdio::inherit());
        let output = self.0.output().with_context(|| format!("{name} does not start. {hint}"))?;
        if !output.status.success() {
            bail!("{name}: {}. {hint}", output.status);
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it, and shows `each` line as it prints them.
    pub(crate) fn lines(mut self, hint: &str, mut each: impl FnMut(&str)) -> Result<()> {
        let name = self.name();
        let mut child = self
            .0
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} does not start. {hint}"))?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).split(b'\n') {
                let line = line?;
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                each(&line);
            }
        }
        let status = child.wait()?;
        if status.success() { Ok(()) } else { bail!("{name}: {status}. {hint}") }
    }
}

/// The cargo that runs this program.
pub(crate) fn cargo_program() -> Program {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs cargo.
pub(crate) fn cargo(arguments: &[&str]) -> Result<()> {
    cargo_program().args(arguments).run("Its messages are above.")
}

/// Whether a program of this name is on the path.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|p| p.is_file())
}

/// Installs packages of Debian's; says `hint` where that cannot be done.
pub(crate) fn apt_install(packages: &[&str], hint: &str) -> Result<()> {
    if on_path("apt-get").is_none() || !is_root() {
        bail!("The tests need what is not here. {hint}");
    }
    let apt = || command("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    apt().args(["update", "-qq"]).run(hint)?;
    apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages).run(hint)
}

fn is_root() -> bool {
    command("id").arg("-u").output("").is_ok_and(|user| user.trim() == "0")
}

/// Installs the wasm targets that `rust-toolchain.toml` lists and an old rustup leaves out.
pub(crate) fn ensure_targets() -> Result<()> {
    if on_path("rustup").is_none() {
        // A distribution's own Rust brings its targets along, or cargo says which one it lacks.
        return Ok(());
    }
    let hint = "See https://rustup.rs.";
    let installed = command("rustup").args(["target", "list", "--installed"]).output(hint)?;
    for target in ["wasm32-unknown-unknown", "wasm32v1-none"] {
        if !installed.lines().any(|line| line == target) {
            command("rustup").args(["target", "add", target]).run(hint)?;
        }
    }
    let components = command("rustup").args(["component", "list", "--installed"]).output(hint)?;
    for component in ["clippy", "rustfmt"] {
        if !components.lines().any(|line| line.starts_with(component)) {
            command("rustup").args(["component", "add", component]).run(hint)?;
        }
    }
    Ok(())
}

/// Whether the stamp at `path` says that the work for `state` is done.
pub(crate) fn is_stamped(path: &Path, state: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|stamp| stamp == state)
}
