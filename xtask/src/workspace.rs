//! Where things are, and how cargo is called.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{CargoOpt, Message, Metadata, MetadataCommand};

/// The root of the repository: the folder above this package.
pub(crate) fn root() -> PathBuf {
    // `cargo run` sets the variable for the checkout it runs in; the compiled-in path could be that of another checkout
    // which shares the target folder.
    let package =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
}

/// The cargo that runs this, in the root, without the variables that it set for this package.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_BIN_") {
            command.env_remove(&name);
        }
    }
    command
}

/// What cargo knows about the workspace in `folder`, with all dependencies resolved.
pub(crate) fn metadata(folder: &Path) -> Result<Metadata> {
    MetadataCommand::new()
        .current_dir(folder)
        .manifest_path(folder.join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .exec()
        .with_context(|| format!("cargo metadata in {}", folder.display()))
}

/// The folder for what the commands keep between runs: `target/xtask`.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let folder = metadata.target_directory.into_std_path_buf().join("xtask");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Runs a cargo build and returns the files it made; cargo's own progress and messages show through.
pub(crate) fn cargo_artifacts(command: &mut Command) -> Result<Vec<Artifact>> {
    command
        .arg("--message-format=json-render-diagnostics")
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().context("cargo did not start")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut artifacts = Vec::new();
    for message in Message::parse_stream(std::io::BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("cargo's messages are not readable")? {
            artifacts.push(Artifact {
                target: artifact.target.name.clone(),
                files: artifact
                    .filenames
                    .iter()
                    .map(|file| file.clone().into_std_path_buf())
                    .collect(),
                executable: artifact
                    .executable
                    .map(cargo_metadata::camino::Utf8PathBuf::into_std_path_buf),
            });
        }
    }
    let status = child.wait().context("cargo was lost")?;
    if !status.success() {
        bail!("cargo build: {status}");
    }
    Ok(artifacts)
}

/// What cargo made of one target.
pub(crate) struct Artifact {
    /// The target's name as cargo writes it.
    pub(crate) target: String,
    /// All files of it.
    pub(crate) files: Vec<PathBuf>,
    /// The program, for a binary.
    pub(crate) executable: Option<PathBuf>,
}

/// The first program of these names on the PATH.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| programs(name).next())
}

/// The first `python3` on the PATH that has numpy: a distribution installs packages for its own, which need not be the first.
pub(crate) fn python_with_numpy() -> Option<PathBuf> {
    programs("python3").find(|python| {
        Command::new(python)
            .args(["-c", "import numpy"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
}

/// The programs of this name on the PATH, in its order.
fn programs(name: &str) -> impl Iterator<Item = PathBuf> {
    let names = [name.to_owned(), format!("{name}{}", env::consts::EXE_SUFFIX)];
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders
        .into_iter()
        .flat_map(move |folder| names.clone().map(|name| folder.join(name)))
        .filter(|file| file.is_file())
}

/// The files below `folder`, sorted, symbolic links left out.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `path` as a person reads it: relative to the root where it lies below it, with `/`.
pub(crate) fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string()
        .replace('\\', "/")
}

/// A number for the content, 32 hexadecimal digits (FNV-1a, 128 bits): tells versions apart, promises nothing against forgery.
pub(crate) fn content_id<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for part in parts {
        // The length in front keeps ["ab", "c"] and ["a", "bc"] apart.
        for byte in (part.len() as u64).to_le_bytes().iter().chain(part) {
            hash = (hash ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ids_tell_parts_apart() {
        let id = |parts: &[&str]| content_id(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(id(&["ab", "c"]), id(&["ab", "c"]));
        assert_ne!(id(&["ab", "c"]), id(&["a", "bc"]));
        assert_ne!(id(&["ab"]), id(&["ac"]));
        assert_eq!(id(&[]).len(), 32);
    }

    #[test]
    fn files_below_leaves_links_out_and_sorts() -> Result<()> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("b"))?;
        fs::write(folder.path().join("b/x"), "")?;
        fs::write(folder.path().join("a"), "")?;
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", folder.path().join("c"))?;
        let found: Vec<String> = files_below(folder.path())?
            .iter()
            .map(|file| shown(file, folder.path()))
            .collect();
        assert_eq!(found, ["a", "b/x"]);
        Ok(())
    }
}
