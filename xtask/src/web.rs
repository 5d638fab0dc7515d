//! npm's packages, and the demo's bundle.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::shell::{Program, command, is_stamped, on_path, root};

const OLDEST_NODE: u32 = 20;

/// A program of an installed package.
pub(crate) fn npm_program(name: &str) -> Program {
    let name = if cfg!(windows) { format!("{name}.cmd") } else { name.to_owned() };
    command(root().join("node_modules/.bin").join(name))
}

/// Installs what `package-lock.json` says, unless that is what is installed.
pub(crate) fn ensure_packages() -> Result<()> {
    let hint = "Install Node 20 or newer, with npm: https://nodejs.org.";
    let version = command("node").arg("--version").output(hint)?;
    let major = version.trim().trim_start_matches('v').split('.').next().unwrap_or_default();
    if major.parse().unwrap_or(0) < OLDEST_NODE {
        bail!("This is Node {}. {hint}", version.trim());
    }
    let Some(npm) = on_path(if cfg!(windows) { "npm.cmd" } else { "npm" }) else {
        bail!("There is no npm. {hint}");
    };
    let lock = fs::read_to_string(root().join("package-lock.json"))
        .context("package-lock.json is missing; it is part of the repository")?;
    let stamp = root().join("node_modules/.grantflow-lock");
    if is_stamped(&stamp, &lock) {
        return Ok(());
    }
    command(npm)
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .run("npm could not install the packages; is the network there?")?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// Writes the demo to `output`: pages and styles as they are, scripts bundled.
///
/// The pages of `web-demo/` lie at its top; its entry points are `src/main.*` (a module),
/// `src/sw.*` and `src/*.worker.*` (classic scripts, one file each); `public/` is copied.
pub(crate) fn bundle(output: &Path) -> Result<()> {
    let source = root().join("web-demo");
    if !source.join("index.html").is_file() {
        bail!("web-demo/index.html is missing: there is no demo to build");
    }
    if output.exists() {
        refuse_foreign(output)?;
        fs::remove_dir_all(output)?;
    }
    fs::create_dir_all(output)?;
    fs::write(output.join(MARK), "")?;
    for file in files(&source)? {
        if matches!(extension(&file), "html" | "svg" | "webmanifest" | "ico" | "png") {
            fs::copy(&file, output.join(file.file_name().unwrap_or_default()))?;
        }
    }
    if source.join("public").is_dir() {
        copy(&source.join("public"), output)?;
    }
    let entries = files(&source.join("src"))?;
    let named = |names: &[&str]| -> Vec<PathBuf> {
        let is_one = |file: &&PathBuf| {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let wanted = names.contains(&stem.as_ref());
            let worker = names.contains(&"sw") && stem.ends_with(".worker");
            matches!(extension(file), "ts" | "tsx" | "js" | "jsx") && (wanted || worker)
        };
        entries.iter().filter(is_one).cloned().collect()
    };
    let styles: Vec<PathBuf> =
        files(&source)?.into_iter().filter(|file| extension(file) == "css").collect();
    esbuild(&named(&["main"]), output, &["--format=esm", "--splitting"])?;
    esbuild(&named(&["sw"]), output, &["--format=iife"])?;
    esbuild(&styles, output, &[])
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

fn esbuild(entries: &[PathBuf], output: &Path, flags: &[&str]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    npm_program("esbuild")
        .args(entries)
        .args(["--bundle", "--minify", "--sourcemap", "--target=es2022", "--log-level=warning"])
        .args(["--jsx=automatic", "--jsx-import-source=preact", "--legal-comments=none"])
        .args(["--loader:.wasm=file", "--loader:.svg=dataurl", "--asset-names=[name]-[hash]"])
        .args(flags)
        .arg(format!("--outdir={}", output.display()))
        .run("esbuild cannot bundle the demo; its messages are above.")
}

fn extension(file: &Path) -> &str {
    file.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// The files of a folder, in order, without those of its folders.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("No {}", folder.display()))? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
