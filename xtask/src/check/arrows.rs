//! Which package may know which, and which dependencies must be there and used.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::Path,
};

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

use super::{Violation, sources};
use crate::workspace::{files_below, shown};

/// The packages of the house, each with those of the house that it may depend on. Nothing depends on `xtask`, and on `eigenlens`
/// only what makes a module of a part of it.
const HOUSE: [(&str, &[&str]); 8] = [
    (
        "eigenlens",
        &[
            "eigenlens-core",
            "eigenlens-files",
            "eigenlens-gpu",
            "eigenlens-figures",
            "eigenlens-words",
        ],
    ),
    ("eigenlens-core", &[]),
    ("eigenlens-files", &["eigenlens-core"]),
    ("eigenlens-gpu", &["eigenlens-core"]),
    ("eigenlens-figures", &["eigenlens-core"]),
    ("eigenlens-studio", &["eigenlens", "eigenlens-words"]),
    ("eigenlens-words", &[]),
    ("xtask", &["eigenlens-words"]),
];

/// What a package must not reach, not even through others.
const CLOSED: [(&str, &[&str]); 5] = [
    (
        "eigenlens-core",
        &["egui", "eframe", "wgpu", "web-sys", "js-sys", "winit"],
    ),
    ("eigenlens-files", &["egui", "eframe", "wgpu", "winit"]),
    ("eigenlens-gpu", &["egui", "eframe", "winit"]),
    ("eigenlens-figures", &["egui", "eframe", "wgpu", "winit"]),
    (
        "eigenlens-words",
        &["egui", "eframe", "wgpu", "winit", "web-sys", "js-sys"],
    ),
];

/// What must be a dependency that is used.
const REQUIRED: [&str; 5] = ["wasm-bindgen", "web-sys", "nalgebra", "egui", "eframe"];

pub(super) fn broken(metadata: &Metadata, root: &Path) -> Result<Vec<Violation>> {
    let mut broken = Vec::new();
    for package in metadata.workspace_packages() {
        broken.extend(direct(package, metadata, root)?);
        if let Some((_, closed)) = CLOSED.iter().find(|(name, _)| *name == package.name.as_str()) {
            broken.extend(reached(package, closed, metadata, root)?);
        }
    }
    let mut required = REQUIRED.to_vec();
    if root.join("crates/figures").is_dir() {
        required.push("plotters-canvas");
    }
    for name in required {
        broken.extend(used(name, metadata, root)?);
    }
    Ok(broken)
}

/// Arrows between packages of the house, dev-dependencies included.
fn direct(package: &Package, metadata: &Metadata, root: &Path) -> Result<Vec<Violation>> {
    let house: BTreeSet<&str> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let Some((_, allowed)) = HOUSE.iter().find(|(name, _)| *name == package.name.as_str()) else {
        let rule = format!(
            "{} is not in the table of packages: say there what it may know",
            package.name
        );
        return Ok(vec![Violation {
            file: manifest(package, root),
            line: Some(1),
            rule,
        }]);
    };
    let mut broken = Vec::new();
    for dependency in package
        .dependencies
        .iter()
        .filter(|dependency| house.contains(dependency.name.as_str()))
    {
        // A package may name itself to build its own tests with other features.
        if dependency.name != package.name.as_str() && !allowed.contains(&dependency.name.as_str()) {
            broken.push(violation(
                package,
                &dependency.name,
                root,
                format!("{} must not know {}", package.name, dependency.name),
            )?);
        }
    }
    Ok(broken)
}

/// Closed packages that `package` reaches by dependencies and build-dependencies, each with the shortest way there.
fn reached(package: &Package, closed: &[&str], metadata: &Metadata, root: &Path) -> Result<Vec<Violation>> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolved nothing")?;
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: BTreeMap<&PackageId, &str> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, package.name.as_str()))
        .collect();
    let mut ways: BTreeMap<&PackageId, Vec<&str>> = BTreeMap::from([(&package.id, vec![package.name.as_str()])]);
    let mut open = VecDeque::from([&package.id]);
    let mut broken = Vec::new();
    while let Some(id) = open.pop_front() {
        let way = ways.get(id).cloned().unwrap_or_default();
        for next in nodes.get(id).map(|node| node.deps.as_slice()).unwrap_or_default() {
            if next
                .dep_kinds
                .iter()
                .all(|kind| kind.kind == DependencyKind::Development)
                || ways.contains_key(&next.pkg)
            {
                continue;
            }
            let name = names.get(&next.pkg).copied().unwrap_or_default();
            let way: Vec<&str> = way.iter().copied().chain([name]).collect();
            if closed.contains(&name) {
                let through = way.get(1).copied().unwrap_or(name);
                broken.push(violation(
                    package,
                    through,
                    root,
                    format!("{} must not know {name}: {}", package.name, way.join(" → ")),
                )?);
            }
            ways.insert(&next.pkg, way);
            open.push_back(&next.pkg);
        }
    }
    Ok(broken)
}

/// Is `name` a dependency of a package of the house whose sources name it?
fn used(name: &str, metadata: &Metadata, root: &Path) -> Result<Option<Violation>> {
    let word = name.replace('-', "_");
    let mut declared = None;
    for package in metadata.workspace_packages() {
        let has_it = package
            .dependencies
            .iter()
            .any(|dependency| dependency.name == name && dependency.kind == DependencyKind::Normal);
        if !has_it || package.name.as_str() == "xtask" {
            continue;
        }
        declared.get_or_insert(package);
        let folder = package
            .manifest_path
            .parent()
            .context("a manifest without a folder")?
            .join("src");
        for file in files_below(folder.as_std_path())? {
            if file.extension().is_some_and(|extension| extension == "rs")
                && sources::names(&fs::read_to_string(&file)?, &word)
            {
                return Ok(None);
            }
        }
    }
    Ok(Some(match declared {
        Some(package) => violation(
            package,
            name,
            root,
            format!(
                "{name} is a dependency that no source of {} names (`{word}`)",
                package.name
            ),
        )?,
        None => Violation {
            file: "Cargo.toml".into(),
            line: Some(1),
            rule: format!("{name} must be a dependency, and is none"),
        },
    }))
}

fn manifest(package: &Package, root: &Path) -> String {
    shown(package.manifest_path.as_std_path(), root)
}

/// A violation at the line of `package`'s manifest that declares `dependency`.
fn violation(package: &Package, dependency: &str, root: &Path, rule: String) -> Result<Violation> {
    let text =
        fs::read_to_string(&package.manifest_path).with_context(|| format!("cannot read {}", package.manifest_path))?;
    let declares = |line: &str| {
        line.trim_start()
            .strip_prefix(dependency)
            .is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
    };
    let line = text
        .lines()
        .position(|line| declares(line) || line.contains(&format!("\"{dependency}\"")))
        .map_or(1, |line| line + 1);
    Ok(Violation {
        file: manifest(package, root),
        line: Some(line),
        rule,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::metadata;

    /// A small house of path dependencies: package, its manifest after `[package]`, its source.
    fn house(packages: &[(&str, &str, &str)]) -> Result<(tempfile::TempDir, Vec<String>)> {
        let folder = tempfile::tempdir()?;
        let outside = ["egui", "eframe", "web-sys", "wasm-bindgen", "nalgebra", "through"];
        let members: Vec<&str> = packages.iter().map(|package| package.0).collect();
        fs::write(
            folder.path().join("Cargo.toml"),
            format!("[workspace]\nmembers = {members:?}\nexclude = {outside:?}\nresolver = \"3\"\n"),
        )?;
        let make = |name: &str, manifest: &str, source: &str| -> Result<()> {
            fs::create_dir_all(folder.path().join(name).join("src"))?;
            let head = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
            fs::write(folder.path().join(name).join("Cargo.toml"), head + manifest)?;
            fs::write(folder.path().join(name).join("src/lib.rs"), source)?;
            Ok(())
        };
        for name in outside {
            make(
                name,
                if name == "through" {
                    "[dependencies]\negui = { path = \"../egui\" }\n"
                } else {
                    ""
                },
                "",
            )?;
        }
        for (name, manifest, source) in packages {
            make(name, manifest, source)?;
        }
        let lines = broken(&metadata(folder.path())?, folder.path())?
            .iter()
            .map(ToString::to_string)
            .collect();
        Ok((folder, lines))
    }

    const APP: (&str, &str, &str) = (
        "eigenlens",
        "[dependencies]\neigenlens-core = { path = \"../eigenlens-core\" }\negui = { path = \"../egui\" }\neframe = { path = \"../eframe\" }\n\
         [target.'cfg(target_arch = \"wasm32\")'.dependencies]\nweb-sys = { path = \"../web-sys\" }\nwasm-bindgen = { path = \"../wasm-bindgen\" }\n",
        "use {egui::Ui, eframe::App}; fn f() { web_sys::window(); } #[wasm_bindgen::prelude::wasm_bindgen] fn g() {}",
    );
    const CORE: (&str, &str, &str) = (
        "eigenlens-core",
        "[dependencies]\nnalgebra = { path = \"../nalgebra\" }\n",
        "use nalgebra::DMatrix;",
    );

    #[test]
    fn a_good_house_stands() -> Result<()> {
        assert_eq!(house(&[APP, CORE])?.1, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn core_must_know_nobody() -> Result<()> {
        let core = (
            "eigenlens-core",
            "[dependencies]\nnalgebra = { path = \"../nalgebra\" }\nthrough = { path = \"../through\" }\n",
            CORE.2,
        );
        assert_eq!(
            house(&[APP, core])?.1,
            ["eigenlens-core/Cargo.toml:7: eigenlens-core must not know egui: eigenlens-core → through → egui"]
        );
        let files = ("eigenlens-files", "", "");
        let core = (
            "eigenlens-core",
            "[dependencies]\nnalgebra = { path = \"../nalgebra\" }\n[dev-dependencies]\neigenlens-files = { path = \"../eigenlens-files\" }\n",
            CORE.2,
        );
        assert_eq!(
            house(&[APP, core, files])?.1,
            ["eigenlens-core/Cargo.toml:8: eigenlens-core must not know eigenlens-files"]
        );
        Ok(())
    }

    #[test]
    fn nobody_may_know_the_app_or_the_tools() -> Result<()> {
        let files = (
            "eigenlens-files",
            "[dependencies]\nxtask = { path = \"../xtask\" }\n",
            "",
        );
        let tools = ("xtask", "[dependencies]\neigenlens = { path = \"../eigenlens\" }\n", "");
        assert_eq!(
            house(&[APP, CORE, files, tools])?.1,
            [
                "eigenlens-files/Cargo.toml:6: eigenlens-files must not know xtask",
                // What xtask knows, files would know through it.
                "eigenlens-files/Cargo.toml:6: eigenlens-files must not know eframe: eigenlens-files → xtask → eigenlens → eframe",
                "eigenlens-files/Cargo.toml:6: eigenlens-files must not know egui: eigenlens-files → xtask → eigenlens → egui",
                "xtask/Cargo.toml:6: xtask must not know eigenlens",
            ]
        );
        Ok(())
    }

    #[test]
    fn a_new_package_must_be_placed() -> Result<()> {
        let lines = house(&[APP, CORE, ("attic", "", "")])?.1;
        assert_eq!(
            lines,
            ["attic/Cargo.toml:1: attic is not in the table of packages: say there what it may know"]
        );
        Ok(())
    }

    #[test]
    fn required_dependencies_are_declared_and_used() -> Result<()> {
        // A comment and a string are no use.
        let idle = (
            CORE.0,
            CORE.1,
            "// nalgebra\n/* nalgebra */ const A: &str = \"nalgebra\";",
        );
        assert_eq!(
            house(&[APP, idle])?.1,
            [
                "eigenlens-core/Cargo.toml:6: nalgebra is a dependency that no source of eigenlens-core names (`nalgebra`)"
            ]
        );
        assert_eq!(
            house(&[APP, (CORE.0, "", CORE.2)])?.1,
            ["Cargo.toml:1: nalgebra must be a dependency, and is none"]
        );
        Ok(())
    }
}
