//! Says what a long command is doing, how far it is, and how long each step took.

use std::{
    fmt,
    io::{IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// The steps of one command, counted.
pub(crate) struct Steps {
    done: usize,
    of: usize,
}

impl Steps {
    /// A command of `of` steps.
    pub(crate) fn new(of: usize) -> Self {
        Self { done: 0, of }
    }

    /// Begins the next step, whose child process shows its own progress.
    pub(crate) fn child(&mut self, name: &str) -> Step {
        self.begin(name, false)
    }

    /// Begins the next step, which runs in this process: a spinner shows that it is alive.
    pub(crate) fn work(&mut self, name: &str) -> Step {
        self.begin(name, true)
    }

    fn begin(&mut self, name: &str, spin: bool) -> Step {
        self.done += 1;
        say(&format!("[{}/{}] {name}", self.done, self.of));
        let spinner = (spin && std::io::stderr().is_terminal()).then(|| {
            let spinner = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("      {spinner} {elapsed} {msg}") {
                spinner.set_style(style);
            }
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner
        });
        Step {
            started: Instant::now(),
            spinner,
        }
    }
}

/// A step under way.
pub(crate) struct Step {
    started: Instant,
    spinner: Option<ProgressBar>,
}

impl Step {
    /// Shows how far the step is.
    pub(crate) fn at(&self, message: impl Into<String>) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(message.into());
        }
    }

    /// Ends the step with what came out of it.
    pub(crate) fn done(self, result: impl fmt::Display) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        say(&format!("      {result}, {}", Seconds(self.started.elapsed())));
    }
}

/// A line on the standard output, at once.
///
/// A reader that went away (`cargo xtask build | head -1`) is no reason to end a build half way, so its error is dropped.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).ok();
}

/// A time as a person reads it: `4.2 s`, `3 min 07 s`.
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds < 99.95 {
            write!(out, "{seconds:.1} s")
        } else {
            let whole = seconds.round() as u64;
            write!(out, "{} min {:02} s", whole / 60, whole % 60)
        }
    }
}

/// A size as a person reads it: `812 B`, `41.3 kB`, `1.27 MB`, in powers of ten.
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        let text = match self.0 {
            0..1_000 => format!("{} B", self.0),
            1_000..999_950 => format!("{:.1} kB", bytes / 1e3),
            _ => format!("{:.2} MB", bytes / 1e6),
        };
        out.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!(Seconds(Duration::from_millis(4_240)).to_string(), "4.2 s");
        assert_eq!(Seconds(Duration::from_millis(99_960)).to_string(), "1 min 40 s");
        assert_eq!(Seconds(Duration::from_secs(187)).to_string(), "3 min 07 s");
        assert_eq!(Bytes(999).to_string(), "999 B");
        assert_eq!(Bytes(41_349).to_string(), "41.3 kB");
        assert_eq!(Bytes(999_960).to_string(), "1.00 MB");
        assert_eq!(format!("{:>9}", Bytes(1_270_000)), "  1.27 MB");
    }
}
