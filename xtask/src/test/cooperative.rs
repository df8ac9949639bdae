//! The kernels of matrix units, on a software Vulkan that has some: Mesa's of Debian unstable, which is unpacked into a
//! folder of its own with all that it needs, down to the C library. The system stays as it is.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};

use super::{run_tests, succeed, tally::Counts, use_lavapipe};
use crate::workspace::{self, cargo, files_below};

/// Runs the tests that need cooperative matrices, and no others.
pub(super) fn run() -> Result<Counts> {
    let lavapipe = Lavapipe::ready(&workspace::cache_dir()?.join("lavapipe"))?;
    run_tests(&mut lavapipe.command(&test_program()?), &[])
}

/// The program of the tests.
fn test_program() -> Result<PathBuf> {
    let mut command = cargo();
    command.args([
        "test",
        "--workspace",
        "--profile",
        "ci",
        "--test",
        "cooperative",
        "--no-run",
    ]);
    let artifacts = workspace::cargo_artifacts(&mut command)?;
    let of_tests = artifacts.into_iter().find(|artifact| artifact.target == "cooperative");
    let program = of_tests.and_then(|artifact| artifact.executable);
    program.context("cargo made no program of the tests")
}

/// What was unpacked.
struct Lavapipe {
    /// The loader of programs that comes with its C library.
    loader: PathBuf,
    /// Where its libraries are.
    libraries: PathBuf,
    /// Its manifest for the Vulkan loader.
    manifest: PathBuf,
    /// Where it keeps what it has compiled.
    compiled: PathBuf,
}

impl Lavapipe {
    /// Fetches and unpacks it where that has not been done.
    fn ready(folder: &Path) -> Result<Self> {
        let manifest = folder.join("lavapipe.json");
        let root = folder.join("root");
        // The manifest is written last.
        if !manifest.is_file() {
            fetch(folder, &root)?;
        }
        let files = files_below(&root)?;
        let find = |beginning: &str| {
            let named = |file: &&PathBuf| {
                file.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with(beginning))
            };
            let found = files.iter().find(named).cloned();
            found.with_context(|| format!("{} holds no {beginning}", root.display()))
        };
        let driver = find("libvulkan_lvp.so")?;
        let libraries = driver.parent().context("the driver is in no folder")?.to_path_buf();
        let said = serde_json::json!({
            "file_format_version": "1.0.1",
            "ICD": { "api_version": "1.4.0", "library_path": driver },
        });
        fs::write(&manifest, said.to_string())?;
        Ok(Self {
            loader: find("ld-linux")?,
            libraries,
            manifest,
            compiled: folder.join("compiled"),
        })
    }

    /// Runs ignored tests of a program with it.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(&self.loader);
        command.arg("--library-path").arg(&self.libraries).arg(program);
        // The two share a device, whose kernels are compiled one after the other.
        command.args(["--ignored", "--test-threads=2"]);
        command.current_dir(workspace::root());
        command.env("MESA_SHADER_CACHE_DIR", &self.compiled);
        use_lavapipe(&mut command, &self.manifest);
        command
    }
}

/// Fetches the packages, with a configuration of apt that knows nothing but where they are, and unpacks them.
fn fetch(folder: &Path, root: &Path) -> Result<()> {
    let mirror = mirror(Path::new("/etc/apt"))?;
    let (lists, packages) = (folder.join("lists"), folder.join("packages"));
    for folder in [root, &lists.join("partial"), &packages.join("partial")] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let (source, status) = (folder.join("unstable.list"), folder.join("status"));
    let keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    fs::write(&source, format!("deb [signed-by={keys}] {mirror} unstable main\n"))?;
    // Nothing is installed, so that everything is fetched.
    fs::write(&status, "")?;
    let apt = || {
        let mut command = Command::new("apt-get");
        for (name, path) in [
            ("Dir::Etc::sourcelist", source.as_path()),
            ("Dir::Etc::sourceparts", Path::new("-")),
            ("Dir::State::Lists", &lists),
            ("Dir::State::status", &status),
            ("Dir::Cache", folder),
            ("Dir::Cache::archives", &packages),
            ("APT::Sandbox::User", Path::new("root")),
            ("APT::Install-Recommends", Path::new("0")),
        ] {
            command.arg("-o").arg(format!("{name}={}", path.display()));
        }
        command.arg("-qq").stdout(Stdio::null());
        command
    };
    succeed(apt().arg("update")).context("apt-get update of Debian unstable")?;
    let wanted = [
        "install",
        "--download-only",
        "--yes",
        "mesa-vulkan-drivers",
        "libvulkan1",
    ];
    succeed(apt().args(wanted)).context("apt-get install of Debian unstable")?;
    let packages = files_below(&packages)?;
    let packages = packages
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "deb"));
    for package in packages {
        let mut unpack = Command::new("dpkg");
        succeed(unpack.arg("-x").arg(package).arg(root)).with_context(|| format!("dpkg -x {}", package.display()))?;
    }
    Ok(())
}

/// The mirror of Debian that this machine uses.
fn mirror(folder: &Path) -> Result<String> {
    let files = [
        folder.join("sources.list.d/debian.sources"),
        folder.join("sources.list"),
    ];
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let mirror = texts.into_iter().find_map(|text| mirror_in(&text));
    let Some(mirror) = mirror else {
        bail!("only Debian is known here: {} names no mirror of it", folder.display());
    };
    ensure!(
        workspace::find_program(&["dpkg"]).is_some(),
        "dpkg is not on the PATH: it unpacks what is fetched"
    );
    Ok(mirror)
}

/// The first address of a mirror of Debian, not that of its security updates, in a list of sources of either kind.
fn mirror_in(text: &str) -> Option<String> {
    let lines = text.lines().map(str::trim);
    let sources = lines.filter(|line| line.starts_with("deb ") || line.starts_with("URIs:"));
    let mut words = sources.flat_map(str::split_whitespace);
    let mirror = |word: &&str| word.contains("://") && word.trim_end_matches('/').ends_with("/debian");
    words.find(mirror).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_found_in_lists_of_either_kind() {
        let new = "Types: deb\n# old: http://a/debian\nURIs: https://mirror.example/debian\nSuites: stable\n\n\
                   Types: deb\nURIs: https://mirror.example/debian-security\n";
        assert_eq!(mirror_in(new).as_deref(), Some("https://mirror.example/debian"));
        let old = "# a list\ndeb http://mirror.example/debian-security stable-security main\n\
                   deb [arch=amd64] http://mirror.example/debian/ stable main\n";
        assert_eq!(mirror_in(old).as_deref(), Some("http://mirror.example/debian/"));
        assert_eq!(mirror_in("deb http://archive.example/ubuntu noble main\n"), None);
    }
}
