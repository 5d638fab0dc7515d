//! From the crates in `wasm/` and `web-demo/world/` to what a browser loads.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, anyhow};
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

use crate::shell::{cargo_program, is_stamped, root, target};
use crate::web::npm_program;
use crate::{order, snip};

/// One build of a crate.
pub(crate) struct Artefact {
    package: &'static str,
    folder: &'static str,
    feature: &'static str,
    name: &'static str,
    /// Whether its panics do no more than trap.
    traps: bool,
    target: &'static str,
}

const CURRENT: &str = "wasm32-unknown-unknown";

/// The first version of WebAssembly, which is all that `wasm2js` reads.
const FIRST: &str = "wasm32v1-none";

/// Both halves of what the npm package ships, for who loads a file.
pub(crate) const CLIENT: Artefact = Artefact {
    package: "grantflow-wasm",
    folder: "client",
    feature: "client",
    name: "grantflow_client",
    traps: true,
    target: CURRENT,
};

/// The half that steps through one login.
pub(crate) const FLOW: Artefact = Artefact { folder: "flow", feature: "flow", ..CLIENT };

/// The half that lives as long as an app.
pub(crate) const SESSION: Artefact = Artefact { folder: "session", feature: "session", ..CLIENT };

/// Both as JavaScript, for pages that may not run WebAssembly.
pub(crate) const CLIENT_JS: Artefact = Artefact { folder: "client-js", target: FIRST, ..CLIENT };

/// The server in memory, for the demo and for tests.
pub(crate) const PROVIDER: Artefact = Artefact {
    package: "grantflow-wasm",
    folder: "provider",
    feature: "provider",
    name: "grantflow_provider",
    traps: false,
    target: CURRENT,
};

/// The second host of the demo: both sides, browsers and an attacker.
pub(crate) const WORLD: Artefact = Artefact {
    package: "grantflow-world",
    folder: "world",
    feature: "wasm",
    name: "grantflow_world",
    traps: true,
    target: CURRENT,
};

/// What Rust emits for [`CURRENT`], which every current browser reads.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-reference-types",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

impl Artefact {
    /// The folder with `.js`, `.wasm` and `.d.ts`.
    pub(crate) fn folder(&self) -> PathBuf {
        root().join("target/wasm").join(self.folder)
    }

    /// One of the files in the folder.
    pub(crate) fn file(&self, extension: &str) -> PathBuf {
        self.folder().join(format!("{}.{extension}", self.name))
    }
}

/// Compiles, writes the glue, and shrinks; the last two only if the first made something new.
pub(crate) fn build(artefact: &Artefact) -> Result<()> {
    // A folder of its own: two builds of one crate would overwrite each other's file.
    let folder = target().join("wasm-crate").join(artefact.folder);
    cargo_program()
        .env("CARGO_ENCODED_RUSTFLAGS", flags())
        .args(["build", "--package", artefact.package, "--profile", "wasm-release"])
        .args(["--target", artefact.target])
        .args(["--no-default-features", "--features", artefact.feature, "--target-dir"])
        .arg(&folder)
        .run("A wasm crate does not build; the compiler's messages are above.")?;
    let file = format!("wasm-release/{}.wasm", artefact.package.replace('-', "_"));
    let compiled = folder.join(artefact.target).join(file);
    let bytes = fs::read(&compiled).with_context(|| format!("{} is gone", compiled.display()))?;

    let state = state_of(&bytes);
    let stamp = artefact.folder().join(".stamp");
    if is_stamped(&stamp, &state) && artefact.file("wasm").is_file() {
        return Ok(());
    }
    bind(artefact, &compiled)?;
    shrink(artefact)?;
    if artefact.target == FIRST {
        translate(artefact)?;
    }
    fs::write(stamp, state)?;
    Ok(())
}

/// The flags of `.cargo/config.toml`, which these replace, and no path of this machine in the file.
fn flags() -> String {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let workspace = root().canonicalize().unwrap_or_else(|_| root().to_owned());
    [
        "--cfg".to_owned(),
        "sha2_backend_soft=\"compact\"".to_owned(),
        // Values are moved as a block, not word by word: 4 % less to send.
        "-Cllvm-args=-max-store-memcpy=1".to_owned(),
        // More is inlined and threaded than the compiler thinks worth its bytes: 1 % less to send.
        "-Cllvm-args=-inline-call-penalty=70".to_owned(),
        "-Cllvm-args=-jump-threading-threshold=12".to_owned(),
        // What branches have in common stays in each, and loops count as they were written: 1 % less.
        "-Cllvm-args=-sink-common-insts=false".to_owned(),
        "-Cllvm-args=-disable-lsr".to_owned(),
        // Less memory for every page, and addresses a byte shorter.
        "-Clink-arg=-zstack-size=262144".to_owned(),
        format!("--remap-path-prefix={}=cargo", cargo.display()),
        format!("--remap-path-prefix={}=grantflow", workspace.display()),
    ]
    .join("\u{1f}")
}

fn state_of(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    fs::read(root().join("package-lock.json")).unwrap_or_default().hash(&mut hasher);
    [include_str!("wasm.rs"), include_str!("order.rs"), include_str!("snip.rs")].hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn bind(artefact: &Artefact, compiled: &Path) -> Result<()> {
    let folder = artefact.folder();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut module = Module::from_file(compiled)?;
    if artefact.traps {
        snip::panics(&mut module)?;
    }
    // No default path: whoever embeds the module hands it to `initSync`.
    Bindgen::new()
        .input_module(artefact.name, module)
        .out_name(artefact.name)
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .omit_default_module_path(true)
                .typescript(true)
                .remove_name_section(true)
                .remove_producers_section(true)
                .generate(&folder)
        })
        .map_err(|error| anyhow!("The glue for {} cannot be written: {error:#}", artefact.name))
}

fn shrink(artefact: &Artefact) -> Result<()> {
    let bound = artefact.folder().join(format!("{}_bg.wasm", artefact.name));
    let types = artefact.folder().join(format!("{}_bg.wasm.d.ts", artefact.name));
    let features = || FEATURES.iter().filter(|_| artefact.target == CURRENT);
    npm_program("wasm-opt")
        // A function that has one caller stays one, unless it is tiny: functions that are alike
        // compress better than a long one, by 2 %. The other rounds shrink what the passes unroll.
        .args(["-Oz", "--one-caller-inline-max-function-size", "5"])
        .args(["--flatten", "--rereloop", "-Oz", "-Oz"])
        // An alignment is a hint that no engine takes; but `wasm2js` would read byte by byte.
        .args(features().next().map(|_| "--dealign"))
        .args(["--strip-debug", "--strip-producers", "--strip-target-features"])
        .args(features())
        .arg("--output")
        .arg(artefact.file("wasm"))
        .arg(&bound)
        .run("wasm-opt cannot read the module: are binaryen and wasm-bindgen of one age?")?;
    fs::write(&bound, order::name(&fs::read(artefact.file("wasm"))?)?)?;
    npm_program("wasm-opt")
        .args(["--reorder-functions-by-name", "--strip-debug"])
        .args(features())
        .arg("--output")
        .arg(artefact.file("wasm"))
        .arg(&bound)
        .run("wasm-opt cannot sort the functions of the module.")?;
    fs::remove_file(bound)?;
    // The raw exports' types would make TypeScript take the file for a module.
    fs::remove_file(types)?;
    Ok(())
}

/// Writes the module as JavaScript, to `grantflow_client.asm.js`.
fn translate(artefact: &Artefact) -> Result<()> {
    npm_program("wasm2js")
        .args(["-Oz", "--output"])
        .arg(artefact.file("asm.js"))
        .arg(artefact.file("wasm"))
        .run("wasm2js cannot read the module: it knows the first version of WebAssembly only.")
}
