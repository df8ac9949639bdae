//! Counts tests from what Rust's test runner prints.

/// Totals of tests, and the words that belong to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    /// Filtered out by `--skip`.
    filtered: usize,
    /// What failed.
    pub(super) failures: Vec<String>,
    /// What was skipped.
    pub(super) skips: Vec<String>,
    /// Tests for a real GPU or `--cooperative`: neither passed nor skipped.
    pub(super) apart: Vec<String>,
}

impl Counts {
    /// Adds the totals and the tests apart; the words have been said.
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.apart.extend(other.apart);
    }

    /// Where nothing may be skipped, what was skipped has failed.
    pub(super) fn settle(&mut self, ci: bool) {
        if ci {
            self.failed += self.skipped;
            self.skipped = 0;
            self.failures.extend(
                self.skips
                    .drain(..)
                    .map(|skip| format!("skipped, which CI=true does not allow: {skip}")),
            );
        }
    }

    /// Counts what `--skip` left out as skipped.
    pub(super) fn skip_filtered(&mut self, why: &str) {
        if self.filtered > 0 {
            self.skipped += self.filtered;
            self.skips.push(format!("{why}: {} tests", self.filtered));
            self.filtered = 0;
        }
    }
}

/// What a run of tests has printed.
#[derive(Debug, Default)]
pub(super) struct Listing {
    passed: usize,
    failed: usize,
    filtered: usize,
    failures: Vec<String>,
    /// Name and reason.
    ignored: Vec<(String, String)>,
}

impl Listing {
    /// Reads one line.
    pub(super) fn read(&mut self, line: &str) {
        if let Some(totals) = line.strip_prefix("test result: ") {
            for part in totals.split(['.', ';']) {
                let mut words = part.split_whitespace();
                let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<usize>), words.next()) else {
                    continue;
                };
                match (word, words.next()) {
                    ("passed", None) => self.passed += number,
                    ("failed", None) => self.failed += number,
                    ("filtered", Some("out")) => self.filtered += number,
                    _ => {}
                }
            }
        } else if let Some((name, result)) = line.strip_prefix("test ").and_then(|test| test.rsplit_once(" ... ")) {
            // A doc test is `test FILE - ITEM (line N) ... ok`.
            if result == "FAILED" {
                self.failures.push(name.to_owned());
            } else if let Some(reason) = result.strip_prefix("ignored") {
                self.ignored
                    .push((name.to_owned(), reason.trim_start_matches([',', ' ']).to_owned()));
            }
        }
    }

    /// The totals; `elsewhere` are ignored tests that run in another step.
    pub(super) fn counts(self, success: bool, status: &str, elsewhere: &[String]) -> Counts {
        let mut counts = Counts {
            passed: self.passed,
            failed: self.failed,
            filtered: self.filtered,
            failures: self.failures,
            ..Counts::default()
        };
        if !success && counts.failed == 0 {
            counts.failed = 1;
            counts
                .failures
                .push(format!("the tests did not run to their end: {status}"));
        }
        for (name, reason) in self.ignored {
            let lower = reason.to_lowercase();
            if lower.contains("gpu") || lower.contains("cooperative") {
                counts.apart.push(name);
            } else if !elsewhere.contains(&name) {
                counts.skipped += 1;
                counts.skips.push(if reason.is_empty() {
                    name
                } else {
                    format!("{name}: {reason}")
                });
            }
        }
        if counts.passed + counts.failed + counts.skipped + counts.apart.len() == 0 {
            // A comparison that never runs must not look like one that holds.
            counts.failed = 1;
            counts.failures.push("no test ran".into());
        }
        counts
    }
}

/// The names in the answer to `--list --format terse`.
pub(super) fn listed(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
running 5 tests
test a::b ... ok
test a::c ... FAILED
test drag ... ignored, needs Chromium
test big ... ignored, needs a real GPU
test old ... ignored

failures:
    a::c

test result: FAILED. 1 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.02s

running 1 test
test crates/core/src/lib.rs - attend (line 12) ... ok
test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.50s
";

    fn counts(output: &str, success: bool, elsewhere: &[&str]) -> Counts {
        let mut listing = Listing::default();
        output.lines().for_each(|line| listing.read(line));
        let elsewhere: Vec<String> = elsewhere.iter().map(ToString::to_string).collect();
        listing.counts(success, "exit status: 101", &elsewhere)
    }

    #[test]
    fn totals_are_those_of_the_runner() {
        let found = counts(OUTPUT, false, &["drag"]);
        assert_eq!((found.passed, found.failed, found.skipped), (8, 1, 1));
        assert_eq!(
            (found.failures, found.skips, found.apart),
            (vec!["a::c".into()], vec!["old".into()], vec!["big".into()])
        );
        assert_eq!(counts(OUTPUT, false, &[]).skips, ["drag: needs Chromium", "old"]);
    }

    #[test]
    fn a_run_that_breaks_off_has_failed() {
        let found = counts("test a ... ok\n", false, &[]);
        assert_eq!((found.passed, found.failed), (0, 1));
        assert!(
            found
                .failures
                .iter()
                .any(|failure| failure.contains("exit status: 101"))
        );
    }

    #[test]
    fn no_test_is_a_failure() {
        assert_eq!(
            counts(
                "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                true,
                &[]
            )
            .failures,
            ["no test ran"]
        );
    }

    #[test]
    fn under_ci_a_skip_is_a_failure_and_a_gpu_is_not() {
        let mut found = counts(OUTPUT, false, &[]);
        found.skip_filtered("lavapipe is missing");
        assert_eq!(found.skipped, 6);
        let mut here = found.clone();
        here.settle(false);
        assert_eq!(here, found);
        found.settle(true);
        assert_eq!(
            (found.passed, found.failed, found.skipped, found.apart.len()),
            (8, 7, 0, 1)
        );
        assert_eq!(found.failures.len(), 4);
    }

    #[test]
    fn lists_are_read() {
        assert_eq!(
            listed("a::b: test\nbench: benchmark\nc: test\n\n2 tests, 1 benchmark\n"),
            ["a::b", "c"]
        );
    }
}
