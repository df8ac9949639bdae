//! From Rust to the modules of the page: cargo, wasm-bindgen, and wasm-opt where it is installed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::{cargo, cargo_artifacts, content_id, files_below, find_program, shown};

/// Changes whenever this file would make something else of the same input.
const RECIPE: &str = "1: web, no names, no producers";
/// What rustc lets wasm use by default; an older wasm-opt refuses what it is not told of.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// A compiled module.
pub(super) struct Module {
    name: &'static str,
    file: PathBuf,
}

/// Compiles the libraries of the packages for the browser.
pub(super) fn compile(modules: &[(&str, &'static str)]) -> Result<Vec<Module>> {
    let mut command = cargo();
    command.args([
        "build",
        "--profile",
        "web",
        "--target",
        "wasm32-unknown-unknown",
        "--lib",
    ]);
    for (package, _) in modules {
        command.args(["--package", package]);
    }
    // Flags for the native machine (a linker, a processor) break a build for the browser.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(variable);
    }
    let artifacts = cargo_artifacts(&mut command)?;
    modules
        .iter()
        .map(|(package, name)| {
            let file = artifacts
                .iter()
                .filter(|artifact| artifact.target == *name)
                .flat_map(|artifact| &artifact.files)
                .find(|file| {
                    file.extension()
                        .is_some_and(|extension| extension == "wasm")
                })
                .with_context(|| {
                    format!("cargo made no wasm module of {package}: is its crate-type cdylib?")
                })?;
            Ok(Module {
                name,
                file: file.clone(),
            })
        })
        .collect()
}

/// What the modules have become.
pub(super) struct Finished {
    /// Names and contents for the site.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// How they were made, in words.
    pub(super) how: String,
}

/// Makes the files of the site from the modules, and says how; a module that has not changed is taken from `kept`.
pub(super) fn finish(
    modules: &[Module],
    kept: &Path,
    progress: impl Fn(String),
) -> Result<Finished> {
    let optimiser = Optimiser::find();
    let mut files = Vec::new();
    let mut used = Vec::new();
    let mut new = 0;
    let mut complaints = Vec::new();
    fs::create_dir_all(kept).with_context(|| format!("cannot make {}", kept.display()))?;
    for module in modules {
        let bytes = fs::read(&module.file)
            .with_context(|| format!("cannot read {}", module.file.display()))?;
        let version = optimiser
            .as_ref()
            .map_or("none", |optimiser| optimiser.version.as_str());
        let key = content_id([
            RECIPE.as_bytes(),
            env!("CARGO_PKG_VERSION").as_bytes(),
            version.as_bytes(),
            &bytes,
        ]);
        let folder = kept.join(format!("{}-{key}", module.name));
        if !folder.is_dir() {
            new += 1;
            let half = kept.join("half");
            if half.exists() {
                fs::remove_dir_all(&half)?;
            }
            progress(format!("wasm-bindgen {}", module.name));
            bind(&bytes, module.name, &half)?;
            if let Some(optimiser) = &optimiser {
                progress(format!("wasm-opt {}", module.name));
                if let Err(error) = optimiser.run(&half.join(format!("{}_bg.wasm", module.name))) {
                    // Not required, so a tool that is too old costs size and not the build.
                    complaints.push(format!(
                        "wasm-opt left {} as it was: {error:#}",
                        module.name
                    ));
                }
            }
            fs::rename(&half, &folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        for file in files_below(&folder)? {
            files.push((shown(&file, &folder), fs::read(&file)?));
        }
        used.push(folder);
    }
    for entry in fs::read_dir(kept)? {
        let path = entry?.path();
        if !used.contains(&path) {
            fs::remove_dir_all(path)?;
        }
    }
    let how = match (new, &optimiser) {
        (0, _) => "nothing has changed".to_owned(),
        (_, Some(optimiser)) => format!("{new} made, {}", optimiser.version),
        (_, None) => format!(
            "{new} made; wasm-opt is not on the PATH, which costs about a tenth in size (Debian: apt-get install binaryen)"
        ),
    };
    complaints.insert(0, how);
    Ok(Finished {
        files,
        how: complaints.join("; "),
    })
}

/// Writes `NAME.js` and `NAME_bg.wasm` for `<script type="module">`.
fn bind(bytes: &[u8], name: &str, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    Bindgen::new()
        .input_bytes(name, bytes.to_vec())
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .with_context(|| format!("wasm-bindgen did not accept {name}"))
}

/// The wasm-opt of this machine.
struct Optimiser {
    program: PathBuf,
    version: String,
}

impl Optimiser {
    fn find() -> Option<Self> {
        let program = find_program(&["wasm-opt"])?;
        let output = Command::new(&program).arg("--version").output().ok()?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (output.status.success() && !version.is_empty()).then_some(Self { program, version })
    }

    /// Optimises `file` in place.
    fn run(&self, file: &Path) -> Result<()> {
        let smaller = file.with_extension("opt");
        let output = Command::new(&self.program)
            .arg("-O2")
            .args(FEATURES)
            .arg(file)
            .arg("-o")
            .arg(&smaller)
            .output()
            .context("wasm-opt did not start")?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            bail!(
                "{}: {}",
                output.status,
                words.lines().next().unwrap_or_default()
            );
        }
        fs::rename(&smaller, file).context("wasm-opt wrote nothing")
    }
}
