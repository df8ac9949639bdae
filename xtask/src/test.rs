//! `cargo xtask test`: everything that must pass, cheapest first, and the totals in the last line.

mod cooperative;
mod firefox;
mod picture;
mod sandbox;
mod tally;
mod window;

use std::{
    env, fs,
    io::BufRead as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    build, check, install,
    install::Tools,
    progress::{Seconds, say},
    workspace::{self, cargo, files_below},
};
use tally::{Counts, Listing};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install what is missing (Debian and Ubuntu); CI=true does the same
    #[arg(long)]
    install: bool,
    /// Run the tests of the matrix units instead, on a newer software Vulkan that is fetched into target/ (Debian)
    #[arg(long)]
    cooperative: bool,
}

/// What came out of a step.
enum Outcome {
    /// The step is one test, and it passed.
    Passed,
    /// The step cannot run here, and why; so many tests are left out.
    Skipped(String, usize),
    /// The step ran tests of its own.
    Ran(Counts),
}

/// Runs every step, then prints the totals.
pub(crate) fn run(options: &Options) -> ExitCode {
    let ci = env::var("CI").is_ok_and(|value| value == "true" || value == "1");
    let mut suite = Suite::new(ci);
    if options.cooperative {
        suite.step("cooperative matrices", |_| cooperative::run().map(Outcome::Ran));
    } else {
        suite.prepare(options.install || ci);
        suite.steps();
    }
    suite.summary();
    if suite.total.failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The run so far.
struct Suite {
    /// Under CI nothing may be skipped.
    ci: bool,
    screenshots: PathBuf,
    tools: Tools,
    /// The line that says what is missing.
    missing: Option<String>,
    total: Counts,
    failures: Vec<String>,
    steps: Vec<(String, &'static str, Duration)>,
}

impl Suite {
    fn new(ci: bool) -> Self {
        Self {
            ci,
            screenshots: workspace::root().join("screenshots"),
            tools: Tools::find(),
            missing: None,
            total: Counts::default(),
            failures: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Installs what is missing where that is wanted, and says what still is.
    fn prepare(&mut self, install: bool) {
        let missing = self.tools.missing();
        if install && !missing.is_empty() {
            say("── install");
            if let Err(error) = install::install(&missing) {
                // What is missing because of this is counted where it is missed.
                say(&format!("not everything could be installed: {error:#}"));
            }
            self.tools = Tools::find();
        }
        let missing = self.tools.missing();
        if !missing.is_empty() {
            let line = install::line(&missing);
            say(&line);
            self.missing = Some(line);
        }
        if let Err(error) = fs::create_dir_all(&self.screenshots) {
            say(&format!("cannot make {}: {error}", self.screenshots.display()));
        }
    }

    fn steps(&mut self) {
        self.step("formatting", |suite| {
            Self::tool(
                suite.tools.has("rustfmt"),
                "rustfmt",
                cargo().args(["fmt", "--all", "--check"]),
            )
        });
        self.step("rules of the house", |_| check::run().map(|()| Outcome::Passed));
        self.step("clippy, native", |suite| {
            let mut command = cargo();
            command.args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--profile",
                "ci",
                "--",
                "-D",
                "warnings",
            ]);
            Self::tool(suite.tools.has("clippy"), "clippy", &mut command)
        });
        self.step("clippy, browser", |suite| {
            install::ensure_wasm_target()?;
            let mut command = cargo();
            command.args([
                "clippy",
                "--target",
                "wasm32-unknown-unknown",
                "--package",
                "eigenlens",
                "--package",
                "eigenlens-files",
                "--package",
                "eigenlens-figures",
                "--package",
                "eigenlens-gpu",
                "--features",
                "eigenlens-figures/draw",
                "--lib",
            ]);
            command.args(["--profile", "ci", "--", "-D", "warnings"]);
            Self::tool(suite.tools.has("clippy"), "clippy", &mut command)
        });
        // In a call of its own: with it the app would have other features.
        self.step("clippy, browser, studio", |suite| {
            let mut command = cargo();
            command.args([
                "clippy",
                "--target",
                "wasm32-unknown-unknown",
                "--package",
                "eigenlens-studio",
                "--lib",
            ]);
            command.args(["--profile", "ci", "--", "-D", "warnings"]);
            Self::tool(suite.tools.has("clippy"), "clippy", &mut command)
        });
        self.step("documentation", |_| {
            let mut command = cargo();
            command
                .args(["doc", "--no-deps", "--workspace", "--profile", "ci"])
                .env("RUSTDOCFLAGS", "-D warnings");
            succeed(&mut command).map(|()| Outcome::Passed)
        });
        self.step("tests", Self::workspace_tests);
        let mut dist = None;
        self.step("web build within its budget", |_| {
            let built = build::run(&build::Options::default())?;
            let within = built.within_budget();
            dist = Some((built.dist, built.compressed));
            within.map(|()| Outcome::Passed)
        });
        let dist = dist.as_ref();
        self.step("browser, Chromium", |suite| {
            suite.browser(dist.map(|(dist, _)| dist.as_path()))
        });
        self.step("browser, Firefox", |suite| {
            match (&suite.tools.firefox, &suite.tools.xvfb, dist) {
                (Some(firefox), Some(xvfb), Some((dist, compressed))) if suite.tools.egl => {
                    let screenshot = suite.screenshots.join("firefox.png");
                    firefox::smoke(firefox, xvfb, dist, compressed, &screenshot).map(|()| Outcome::Passed)
                }
                (_, _, None) => Ok(Outcome::Skipped("there is no site to open".into(), 1)),
                _ => Ok(Outcome::Skipped("Firefox, Xvfb or libEGL is missing".into(), 1)),
            }
        });
        self.step("native window", |suite| {
            match (&suite.tools.xvfb, &suite.tools.lavapipe, suite.tools.x11) {
                (Some(xvfb), Some(lavapipe), true) => {
                    let eigenlens = Self::program()?;
                    window::open(&eigenlens, xvfb, lavapipe, &suite.screenshots.join("window.png"))
                        .map(|()| Outcome::Passed)
                }
                _ => Ok(Outcome::Skipped(
                    "Xvfb, lavapipe or the X11 libraries are missing".into(),
                    1,
                )),
            }
        });
    }

    /// Runs one step, says how it went, and adds it to the totals; an error is a failure and the next step follows.
    fn step(&mut self, name: &str, work: impl FnOnce(&mut Self) -> Result<Outcome>) {
        say(&format!("\n── {name}"));
        let started = Instant::now();
        let mut counts = Counts::default();
        let word = match work(self) {
            Ok(Outcome::Passed) => {
                counts.passed = 1;
                "passed"
            }
            Ok(Outcome::Ran(ran)) => {
                counts = ran;
                if counts.failed > 0 { "FAILED" } else { "passed" }
            }
            Ok(Outcome::Skipped(why, tests)) => {
                counts.skipped = tests;
                counts.skips.push(why);
                "skipped"
            }
            Err(error) => {
                counts.failed = 1;
                counts.failures.push(format!("{error:#}"));
                "FAILED"
            }
        };
        let word = if self.ci && counts.skipped > 0 { "FAILED" } else { word };
        counts.settle(self.ci);
        for failure in &counts.failures {
            say(&format!("   {failure}"));
            self.failures.push(format!("{name}: {failure}"));
        }
        for skip in &counts.skips {
            say(&format!("   skipped: {skip}"));
        }
        let took = started.elapsed();
        say(&format!("   {name}: {word}, {}", Seconds(took)));
        self.steps.push((name.to_owned(), word, took));
        self.total.add(counts);
    }

    /// A step that is one call of a tool which may be missing.
    fn tool(is_there: bool, name: &str, command: &mut Command) -> Result<Outcome> {
        if !is_there {
            return Ok(Outcome::Skipped(format!("{name} is missing"), 1));
        }
        succeed(command).map(|()| Outcome::Passed)
    }

    /// Unit, property, command-line and kittest tests of all packages.
    fn workspace_tests(&mut self) -> Result<Outcome> {
        // The browser's tests are ignored here and run in a step of their own.
        let elsewhere = Self::browser_tests()?;
        let mut command = cargo();
        command.args(["test", "--workspace", "--profile", "ci", "--no-fail-fast"]);
        self.test_environment(&mut command);
        // What draws has `lavapipe` in its name, what runs scripts `python3_numpy`; these are then counted as filtered out,
        // which is skipped.
        let missing: Vec<(&str, &str)> = [
            (self.tools.lavapipe.is_some(), "lavapipe", "lavapipe"),
            (self.tools.python.is_some(), "python3_numpy", "python3 with numpy"),
        ]
        .into_iter()
        .filter(|(is_there, ..)| !is_there)
        .map(|(_, name, what)| (name, what))
        .collect();
        if !missing.is_empty() {
            command.arg("--");
            for (name, _) in &missing {
                command.args(["--skip", name]);
            }
        }
        let mut counts = run_tests(&mut command, &elsewhere)?;
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|(_, what)| *what).collect();
            counts.skip_filtered(&format!("missing: {}", names.join(", ")));
        }
        Ok(Outcome::Ran(counts))
    }

    /// The names of the tests of the real page.
    fn browser_tests() -> Result<Vec<String>> {
        let mut command = cargo();
        command.args([
            "test",
            "--workspace",
            "--profile",
            "ci",
            "--test",
            "browser",
            "--",
            "--list",
            "--ignored",
            "--format",
            "terse",
        ]);
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .context("cargo did not start")?;
        ensure!(output.status.success(), "the tests do not compile ({})", output.status);
        Ok(tally::listed(&String::from_utf8_lossy(&output.stdout)))
    }

    /// The real page in Chromium.
    fn browser(&mut self, dist: Option<&Path>) -> Result<Outcome> {
        let Some(chromium) = &self.tools.chromium else {
            return Ok(Outcome::Skipped(
                "Chromium is missing".into(),
                Self::browser_tests()?.len().max(1),
            ));
        };
        let Some(dist) = dist else {
            return Ok(Outcome::Skipped(
                "there is no site to open".into(),
                Self::browser_tests()?.len().max(1),
            ));
        };
        let mut command = cargo();
        command.args([
            "test",
            "--workspace",
            "--profile",
            "ci",
            "--test",
            "browser",
            "--no-fail-fast",
        ]);
        command.env("EIGENLENS_DIST", dist).env("CHROMIUM", chromium);
        self.test_environment(&mut command);
        command.args(["--", "--ignored", "--test-threads=1"]);
        Ok(Outcome::Ran(run_tests(&mut command, &[])?))
    }

    /// Where tests find lavapipe.
    fn test_environment(&self, command: &mut Command) {
        if let Some(lavapipe) = &self.tools.lavapipe {
            use_lavapipe(command, lavapipe);
        }
        if let Some(python) = &self.tools.python {
            command.env("EIGENLENS_PYTHON", python);
        }
    }

    /// The path of the app's program, as the tests have built it: `cargo build` would choose other features and build all
    /// dependencies again.
    fn program() -> Result<PathBuf> {
        let mut command = cargo();
        let artifacts = workspace::cargo_artifacts(command.args([
            "test",
            "--workspace",
            "--profile",
            "ci",
            "--test",
            "browser",
            "--no-run",
        ]))?;
        let name = "eigenlens";
        let program = artifacts
            .into_iter()
            .filter(|artifact| artifact.target == name)
            .find_map(|artifact| artifact.executable);
        program.with_context(|| format!("cargo made no program {name}"))
    }

    /// Everything a person wants to see at the end; the totals are the last line.
    fn summary(&self) {
        say("\n── summary");
        for (name, word, took) in &self.steps {
            say(&format!("   {word:<8} {name:<28} {}", Seconds(*took)));
        }
        if !self.failures.is_empty() {
            say("\nfailures:");
            for failure in &self.failures {
                say(&format!("   {failure}"));
            }
        }
        if !self.total.apart.is_empty() {
            say("\nneed a real GPU or --cooperative, not counted:");
            for name in &self.total.apart {
                say(&format!("   {name}"));
            }
        }
        if let Some(missing) = &self.missing {
            say(&format!("\n{missing}"));
        }
        let pictures = files_below(&self.screenshots).map_or(0, |files| files.len());
        say(&format!(
            "\nscreenshots: {} ({pictures} files)",
            self.screenshots.display()
        ));
        say(&format!(
            "{} passed, {} failed, {} skipped",
            self.total.passed, self.total.failed, self.total.skipped
        ));
    }
}

/// Makes Vulkan see lavapipe and nothing else, so that pictures do not depend on the machine.
fn use_lavapipe(command: &mut Command, manifest: &Path) {
    command
        .env("VK_DRIVER_FILES", manifest)
        .env("VK_ICD_FILENAMES", manifest)
        .env("WGPU_BACKEND", "vulkan");
}

fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{program} did not start"))?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}

/// Runs a test command, shows what it says, and counts its tests.
fn run_tests(command: &mut Command, elsewhere: &[String]) -> Result<Counts> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cargo did not start")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let (send, receive) = mpsc::channel();
    let reader = thread::Builder::new().name("test output".into());
    reader.spawn(move || {
        for line in std::io::BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            say(&line);
            if send.send(line).is_err() {
                break;
            }
        }
    })?;
    let status = child.wait().context("cargo was lost")?;
    // A browser that a broken test left behind may hold the pipe open for ever: what comes later than this is not waited for.
    let mut listing = Listing::default();
    while let Ok(line) = receive.recv_timeout(Duration::from_secs(5)) {
        listing.read(&line);
    }
    Ok(listing.counts(status.success(), &status.to_string(), elsewhere))
}
