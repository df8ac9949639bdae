//! `cargo xtask check`: the rules of the house that the compiler does not know.

mod arrows;
mod explanations;
mod sources;

use std::{fmt, path::Path};

use anyhow::{Result, bail};

use crate::{
    progress::say,
    workspace::{self, metadata},
};

/// What must stand on the top level.
const ENTRIES: [&str; 6] = ["Cargo.toml", "src", "web", "assets", "index.html", "README.md"];

/// A broken rule and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    /// The file as a person reads it.
    file: String,
    /// The line, from 1; nothing where the file itself is what is wrong.
    line: Option<usize>,
    /// The rule and how it is broken.
    rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {}", self.file, self.rule),
            None => write!(out, "{}: {}", self.file, self.rule),
        }
    }
}

/// Checks every rule and prints each that is broken.
pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let broken = broken(&root)?;
    for violation in &broken {
        say(&violation.to_string());
    }
    if !broken.is_empty() {
        bail!("{} of the house's rules broken", broken.len());
    }
    say("check: the arrows, the files and the explanations are as they must be");
    Ok(())
}

fn broken(root: &Path) -> Result<Vec<Violation>> {
    let mut broken = entries(root);
    let metadata = metadata(root)?;
    broken.extend(arrows::broken(&metadata, root)?);
    broken.extend(sources::broken(root)?);
    broken.extend(explanations::broken(root)?);
    Ok(broken)
}

fn entries(root: &Path) -> Vec<Violation> {
    let missing = ENTRIES.iter().filter(|name| !root.join(name).exists());
    missing
        .map(|name| Violation {
            file: (*name).to_owned(),
            line: None,
            rule: "must stand on the top level, and is missing".into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_missing_entry_is_named() -> Result<()> {
        let folder = tempfile::tempdir()?;
        for name in ENTRIES.iter().filter(|name| **name != "web") {
            fs::write(folder.path().join(name), "")?;
        }
        let lines: Vec<String> = entries(folder.path()).iter().map(Violation::to_string).collect();
        assert_eq!(lines, ["web: must stand on the top level, and is missing"]);
        Ok(())
    }
}
