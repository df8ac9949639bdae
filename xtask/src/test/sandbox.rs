//! Programs with windows, run where nobody sees them and where nothing lies about.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

/// Gives a program a home in which nothing lies.
pub(super) fn isolate(command: &mut Command, home: &Path) {
    command.env("HOME", home);
    for (variable, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        let folder = home.join(folder);
        if private_folder(&folder).is_ok() {
            command.env(variable, folder);
        }
    }
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Runs a program to its end, which must be a success, and kills it at the limit.
pub(super) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = Guard(
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("did not start")?,
    );
    let mut stderr = child.0.stderr.take().context("has no error output")?;
    // Read on a thread of its own: a pipe that nobody empties would stop the program.
    let words = thread::Builder::new().name("stderr".into()).spawn(move || {
        let mut words = Vec::new();
        stderr.read_to_end(&mut words).ok(); // what came until then is what there is to show
        String::from_utf8_lossy(&words).into_owned()
    })?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.0.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            bail!("did not end within {} s", limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    };
    if !status.success() {
        let words = words.join().unwrap_or_default();
        let tail: Vec<&str> = words.lines().rev().take(12).collect();
        bail!("{status}\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
    }
    Ok(())
}

/// A child that does not outlive the step.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// An X server without a screen, until it is dropped.
pub(super) struct Display {
    name: String,
    _server: Guard,
}

impl Display {
    /// Makes a program open its windows here.
    pub(super) fn show(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET");
    }

    /// Starts it on a number that is free.
    pub(super) fn start(xvfb: &Path) -> Result<Self> {
        // It chooses a free number itself and writes it to its standard output once it can be used.
        let mut command = Command::new(xvfb);
        command.args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"]);
        let mut server = Guard(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .context("Xvfb did not start")?,
        );
        let stdout = server.0.stdout.take().context("Xvfb has no output")?;
        let mut number = String::new();
        BufReader::new(stdout).read_line(&mut number)?;
        ensure!(!number.trim().is_empty(), "Xvfb ended before it could be used");
        Ok(Self {
            name: format!(":{}", number.trim()),
            _server: server,
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_fails_says_why() {
        assert!(run_within(&mut shell("exit 0"), Duration::from_mins(1)).is_ok());
        let message = run_within(&mut shell("echo words >&2; exit 3"), Duration::from_mins(1))
            .expect_err("status 3")
            .to_string();
        assert!(message.contains('3') && message.contains("words"), "{message}");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let message = run_within(&mut shell("exec sleep 1000"), Duration::from_millis(1))
            .expect_err("hangs")
            .to_string();
        assert!(message.contains("did not end"), "{message}");
    }
}
