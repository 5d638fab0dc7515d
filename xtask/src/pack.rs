//! The npm package as one file, as a registry would serve it.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::shell::root;
use crate::web;

/// Makes a tarball of `target/npm`; npm prints what is in it and how large it is.
///
/// The same source gives the same bytes: npm writes no time and no owner into the file.
pub(crate) fn pack() -> Result<PathBuf> {
    let name = web::npm()?
        .args(["pack", "./target/npm", "--pack-destination", "target"])
        .output("npm cannot pack the package; its messages are above.")?;
    let tarball = root().join("target").join(name.trim());
    println!("{} has {} bytes", tarball.display(), fs::metadata(&tarball)?.len());
    Ok(tarball)
}
