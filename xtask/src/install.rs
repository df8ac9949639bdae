//! What the build and the tests need besides cargo, and how it is installed.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    progress::say,
    workspace::{cargo, find_program, python_with_numpy},
};

/// The target of the web build.
const WASM: &str = "wasm32-unknown-unknown";
/// Components of the toolchain, each with the subcommand of cargo that it brings.
const COMPONENTS: [(&str, &str); 2] = [("rustfmt", "fmt"), ("clippy", "clippy")];

/// Adds the target of the web build when this toolchain lacks it.
pub(crate) fn ensure_wasm_target() -> Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", WASM])
        .output()
        .context("rustc did not start")?;
    // Whether or not rustup put it there.
    if output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir() {
        return Ok(());
    }
    let Some(rustup) = find_program(&["rustup"]) else {
        bail!(
            "this Rust has no {WASM} target, and rustup is not on the PATH to add it. \
             Next step: install Rust from https://rustup.rs, or your distribution's package (Debian: libstd-rust-dev-wasm32)"
        );
    };
    say(&format!("adding the {WASM} target: rustup target add {WASM}"));
    let status = Command::new(rustup)
        .args(["target", "add", WASM])
        .status()
        .context("rustup did not start")?;
    if !status.success() {
        bail!("rustup could not add {WASM} ({status}): check the network, then run rustup target add {WASM}");
    }
    Ok(())
}

/// What the tests found on this machine.
pub(crate) struct Tools {
    /// Chromium or a relative of it.
    pub(crate) chromium: Option<PathBuf>,
    /// Firefox.
    pub(crate) firefox: Option<PathBuf>,
    /// An X server without a screen.
    pub(crate) xvfb: Option<PathBuf>,
    /// The manifest of lavapipe, the Vulkan driver that needs no GPU.
    pub(crate) lavapipe: Option<PathBuf>,
    /// Can Firefox draw in software?
    pub(crate) egl: bool,
    /// Can winit open a window under X11?
    pub(crate) x11: bool,
    /// A python3 that has numpy.
    pub(crate) python: Option<PathBuf>,
    /// Those of cargo's components that do not work.
    lacking: Vec<&'static str>,
}

/// Something that is not there, and what to install for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// In words.
    what: &'static str,
    /// How it comes.
    source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// For each of these, the first name that the distribution knows.
    Packages(&'static [&'static [&'static str]]),
    Component(&'static str),
}

impl Tools {
    /// Looks for everything.
    pub(crate) fn find() -> Self {
        let works = |subcommand: &str| {
            cargo()
                .args([subcommand, "--version"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        };
        let chosen = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file());
        Self {
            chromium: chosen("CHROMIUM")
                .or_else(|| find_program(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])),
            firefox: chosen("FIREFOX").or_else(|| find_program(&["firefox-esr", "firefox"])),
            xvfb: find_program(&["Xvfb"]),
            lavapipe: lavapipe().filter(|_| has_library("libvulkan.so.1")),
            x11: [
                "libX11.so.6",
                "libXcursor.so.1",
                "libXi.so.6",
                "libX11-xcb.so.1",
                "libxkbcommon-x11.so.0",
            ]
            .iter()
            .all(|name| has_library(name)),
            egl: has_library("libEGL.so.1"),
            python: python_with_numpy(),
            lacking: COMPONENTS
                .into_iter()
                .filter(|(_, subcommand)| !works(subcommand))
                .map(|(name, _)| name)
                .collect(),
        }
    }

    /// Does this component of cargo work?
    pub(crate) fn has(&self, component: &str) -> bool {
        !self.lacking.contains(&component)
    }

    /// What is not there.
    pub(crate) fn missing(&self) -> Vec<Missing> {
        let package = |what, packages| Missing {
            what,
            source: Source::Packages(packages),
        };
        let mut missing: Vec<Missing> = self
            .lacking
            .iter()
            .map(|name| Missing {
                what: name,
                source: Source::Component(name),
            })
            .collect();
        if self.lavapipe.is_none() {
            missing.push(package("lavapipe", &[&["mesa-vulkan-drivers"], &["libvulkan1"]]));
        }
        if self.chromium.is_none() {
            missing.push(package("Chromium", &[&["chromium", "chromium-browser"]]));
        }
        if !self.egl {
            missing.push(package("libEGL", &[&["libegl1"], &["libgl1-mesa-dri"]]));
        }
        if self.firefox.is_none() {
            missing.push(package("Firefox", &[&["firefox-esr", "firefox"]]));
        }
        if self.xvfb.is_none() {
            missing.push(package("Xvfb", &[&["xvfb"]]));
        }
        if !self.x11 {
            missing.push(package(
                "X11 libraries",
                &[
                    &["libx11-6"],
                    &["libxcursor1"],
                    &["libxi6"],
                    &["libx11-xcb1"],
                    &["libxkbcommon-x11-0"],
                ],
            ));
        }
        if self.python.is_none() {
            missing.push(package("numpy", &[&["python3"], &["python3-numpy"]]));
        }
        missing
    }
}

/// One line that says what is missing and what to do.
pub(crate) fn line(missing: &[Missing]) -> String {
    let names: Vec<&str> = missing.iter().map(|one| one.what).collect();
    format!(
        "missing: {}. Next step on Debian or Ubuntu: cargo xtask test --install",
        names.join(", ")
    )
}

/// Installs what is missing, with apt-get and rustup.
pub(crate) fn install(missing: &[Missing]) -> Result<()> {
    let components: Vec<&str> = missing
        .iter()
        .filter_map(|one| {
            if let Source::Component(name) = one.source {
                Some(name)
            } else {
                None
            }
        })
        .collect();
    if !components.is_empty() {
        let rustup =
            find_program(&["rustup"]).with_context(|| format!("rustup is needed to add {}", components.join(", ")))?;
        run(Command::new(rustup).args(["component", "add"]).args(&components))?;
    }
    let wanted: Vec<&[&str]> = missing
        .iter()
        .filter_map(|one| {
            if let Source::Packages(packages) = one.source {
                Some(packages)
            } else {
                None
            }
        })
        .flatten()
        .copied()
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    if find_program(&["apt-get"]).is_none() {
        bail!(
            "only Debian and Ubuntu are known here (no apt-get): install {} by hand",
            wanted
                .iter()
                .filter_map(|names| names.first())
                .copied()
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    run(&mut apt(&["update"]))?;
    let mut names = Vec::new();
    for alternatives in wanted {
        match alternatives.iter().find(|name| is_offered(name)) {
            Some(name) => names.push(*name),
            None => say(&format!("apt-get offers none of: {}", alternatives.join(", "))),
        }
    }
    let mut install = apt(&["install", "--yes", "--no-install-recommends"]);
    run(install.args(names))
}

/// apt-get as root, by sudo where this is not root.
fn apt(arguments: &[&str]) -> Command {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let mut command = if is_root {
        Command::new("apt-get")
    } else {
        Command::new("sudo")
    };
    if !is_root {
        command.args(["--non-interactive", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    command
}

fn is_offered(package: &str) -> bool {
    Command::new("apt-cache")
        .args(["show", "--no-all-versions", package])
        .output()
        .is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

fn run(command: &mut Command) -> Result<()> {
    let shown: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    let shown = shown.join(" ");
    say(&format!("$ {shown}"));
    let status = command.status().with_context(|| format!("{shown} did not start"))?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// The Vulkan loader's manifest for lavapipe.
fn lavapipe() -> Option<PathBuf> {
    [
        "/usr/share/vulkan/icd.d",
        "/usr/local/share/vulkan/icd.d",
        "/etc/vulkan/icd.d",
    ]
    .iter()
    .find_map(|folder| {
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        files.sort();
        files.into_iter().find(|file| {
            file.file_name()
                .and_then(OsStr::to_str)
                .is_some_and(|name| name.starts_with("lvp_icd"))
        })
    })
}

/// Is a shared library where the loader of Debian and its relatives looks?
fn has_library(name: &str) -> bool {
    let folders = ["/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64"].map(PathBuf::from);
    folders.iter().any(|folder| folder.join(name).exists())
        || folders
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok())
            .flatten()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().contains("-linux-") && entry.path().join(name).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_in_one_line() {
        let nothing = Tools {
            chromium: None,
            firefox: None,
            xvfb: None,
            lavapipe: None,
            x11: false,
            egl: false,
            python: None,
            lacking: vec!["rustfmt", "clippy"],
        };
        let line = line(&nothing.missing());
        assert_eq!(line.lines().count(), 1);
        for name in [
            "rustfmt",
            "clippy",
            "lavapipe",
            "Chromium",
            "Firefox",
            "Xvfb",
            "X11",
            "numpy",
            "--install",
        ] {
            assert!(line.contains(name), "{name}: {line}");
        }
    }

    #[test]
    fn nothing_is_missing_where_all_is_there() {
        let here = || Some(PathBuf::from("x"));
        let all = Tools {
            chromium: here(),
            firefox: here(),
            xvfb: here(),
            lavapipe: here(),
            x11: true,
            egl: true,
            python: here(),
            lacking: Vec::new(),
        };
        assert_eq!(all.missing(), []);
        assert!(all.has("clippy"));
    }

    #[test]
    fn an_installation_of_nothing_calls_nobody() {
        assert!(install(&[]).is_ok());
    }
}
