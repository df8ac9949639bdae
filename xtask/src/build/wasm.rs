//! From Rust to the modules of the page: cargo and wasm-bindgen.
//!
//! No wasm-opt: what it saves in raw bytes it loses again after brotli (measured with version 108: 1.01 MB against 0.97 MB),
//! and that version breaks modules with a second table, which wasm-bindgen makes for references to objects of the page.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{names, order, unreached};
use crate::workspace::{cargo, cargo_artifacts, content_id, files_below, shown};

/// Changes whenever this file would make something else of the same input.
const RECIPE: &str = "3: web, no names, no producers, short imports, functions in order";
/// The module that the page begins with.
const FIRST: &str = "eigenlens";

/// A compiled module.
pub(super) struct Module {
    name: &'static str,
    file: PathBuf,
}

/// Compiles the library of a package as a module for the browser.
///
/// A run of cargo for each: in one run, what one of them asks of a package the others would get as well. The app depends on what
/// a figure says and not on what draws it, so there are two forms of that package, and the app itself is a part of another
/// module with more features; only the module is a cdylib: two of them would have one file.
pub(super) fn compile(package: &str, features: &str, name: &'static str) -> Result<Module> {
    let mut command = cargo();
    command.args([
        "rustc",
        "--profile",
        "web",
        "--target",
        "wasm32-unknown-unknown",
        "--lib",
        "--crate-type",
        "cdylib",
        "--package",
        package,
        "--features",
        features,
    ]);
    // Flags for the native machine (a linker, a processor) break a build for the browser.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(variable);
    }
    let artifacts = cargo_artifacts(&mut command)?;
    let file = artifacts
        .iter()
        .filter(|artifact| artifact.target == name)
        .flat_map(|artifact| &artifact.files)
        .find(|file| file.extension().is_some_and(|extension| extension == "wasm"))
        .with_context(|| format!("cargo made no wasm module of {package}"))?;
    Ok(Module {
        name,
        file: file.clone(),
    })
}

/// What the modules have become.
pub(super) struct Finished {
    /// Names and contents for the site.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// How they were made, in words.
    pub(super) how: String,
}

/// Makes the files of the site from the modules, and says how; a module that has not changed is taken from `kept`.
pub(super) fn finish(modules: &[Module], kept: &Path, progress: impl Fn(String)) -> Result<Finished> {
    let mut files = Vec::new();
    let mut used = Vec::new();
    let mut new = 0;
    fs::create_dir_all(kept).with_context(|| format!("cannot make {}", kept.display()))?;
    for module in modules {
        let bytes = fs::read(&module.file).with_context(|| format!("cannot read {}", module.file.display()))?;
        let left_out = if module.name == FIRST {
            unreached::recipe()
        } else {
            String::new()
        };
        let recipe = [RECIPE, &left_out, env!("CARGO_PKG_VERSION")];
        let key = content_id(recipe.map(str::as_bytes).into_iter().chain([&*bytes]));
        let folder = kept.join(format!("{}-{key}", module.name));
        if !folder.is_dir() {
            new += 1;
            let half = kept.join("half");
            if half.exists() {
                fs::remove_dir_all(&half)?;
            }
            progress(format!("wasm-bindgen {}", module.name));
            let bytes = if module.name == FIRST {
                unreached::leave_out(&bytes)?
            } else {
                bytes
            };
            bind(bytes, module.name, &half)?;
            fs::rename(&half, &folder).with_context(|| format!("cannot make {}", folder.display()))?;
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
    let how = match new {
        0 => "nothing has changed".to_owned(),
        _ => format!("{new} made"),
    };
    Ok(Finished { files, how })
}

/// Writes `NAME.js` and `NAME_bg.wasm` for `<script type="module">`.
fn bind(bytes: Vec<u8>, name: &str, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    Bindgen::new()
        .input_bytes(name, bytes)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .with_context(|| format!("wasm-bindgen did not accept {name}"))?;
    let (module, script) = (
        folder.join(format!("{name}_bg.wasm")),
        folder.join(format!("{name}.js")),
    );
    let (renamed, said) = names::shorten(&fs::read(&module)?, &fs::read_to_string(&script)?)?;
    fs::write(&script, said)?;
    let sorted = order::sort(&renamed).with_context(|| name.to_owned())?;
    Ok(fs::write(&module, sorted)?)
}
