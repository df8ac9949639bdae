//! `eigenlens lesson check|render FILE`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use eigenlens::lab::Readouts;
use eigenlens::lesson::{carry_out, check, lab_of};
use eigenlens_words::lesson::{self, Fill, Lesson as File, Step};

use super::error::{Error, failed};
use super::output::{check_output, replace};

/// What is done with a lesson.
#[derive(Debug, Subcommand)]
pub(crate) enum Lesson {
    /// Computes every number that a lesson states; exit status 1 at the first that differs
    Check(Check),
    /// Lists what can be stated: the names and the numbers that the lab of each step reads out
    Numbers(Numbered),
    /// Writes the handout of a lesson: one page of HTML to print
    Render(Render),
}

/// The arguments of `eigenlens lesson check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The lesson (TOML)
    file: PathBuf,
}

/// The arguments of `eigenlens lesson numbers`.
#[derive(Debug, Args)]
pub(crate) struct Numbered {
    /// The lesson (TOML)
    file: PathBuf,
    /// This step only, from 1
    #[arg(long, value_name = "N")]
    step: Option<usize>,
}

/// The arguments of `eigenlens lesson render`.
#[derive(Debug, Args)]
pub(crate) struct Render {
    /// The lesson (TOML)
    file: PathBuf,
    /// Where the page goes; standard output without it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With the notes for the lecturer, and the numbers filled in
    #[arg(long)]
    notes: bool,
    /// The exercises in the variant that this number picks; without it in all of their variants
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
}

/// Does it.
pub(super) fn run(command: &Lesson) -> Result<(), Error> {
    match command {
        Lesson::Check(arguments) => check(&arguments.file),
        Lesson::Numbers(arguments) => numbers(arguments),
        Lesson::Render(arguments) => render(arguments),
    }
}

fn read(path: &Path) -> Result<File, Error> {
    let bytes = std::fs::read(path).map_err(failed("read", path))?;
    let text = String::from_utf8_lossy(&bytes);
    lesson::read(&text).map_err(|source| Error::Lesson {
        path: path.to_owned(),
        source,
    })
}

fn check(path: &Path) -> Result<(), Error> {
    let lesson = read(path)?;
    lesson::compile(&lesson).map_err(|source| Error::LessonText {
        path: path.to_owned(),
        source,
    })?;
    let numbers = check::check(&lesson, &mut check::library()).map_err(|source| Error::LessonStep {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let hold = if numbers == 1 { "holds" } else { "hold" };
    let mut line = String::new();
    if !lesson.exercises.is_empty() {
        let variants = lesson.exercises.iter().map(|exercise| exercise.variants.len()).sum();
        line = format!(
            "{} in {}, ",
            of(lesson.exercises.len(), "exercise"),
            of(variants, "variant")
        );
    }
    line.extend([&of(lesson.steps.len(), "step"), ", ", &of(numbers, "number"), " ", hold]);
    writeln!(std::io::stdout(), "{line}").map_err(Error::Stdout)
}

fn numbers(arguments: &Numbered) -> Result<(), Error> {
    let lesson = read(&arguments.file)?;
    let mut library = check::library();
    let mut out = std::io::stdout();
    for (at, step) in lesson.steps.iter().enumerate() {
        if arguments.step.is_some_and(|only| only != at + 1) {
            continue;
        }
        let lab = lab_of(&step.state, step.cloud.as_ref(), &mut library).map_err(|error| Error::LessonStep {
            path: arguments.file.clone(),
            source: Box::new(check::CheckError::State {
                step: check::Place::Step(at + 1),
                error,
            }),
        })?;
        let readouts = check::readouts_of(&lab, &library);
        let numbers = readouts
            .numbers
            .iter()
            .map(|(name, number)| (name.as_str(), number.value));
        let checks = readouts.checks.iter().map(|check| (check.id, check.residual));
        for (name, value) in numbers.chain(checks) {
            writeln!(out, "{}\t{name}\t{value}", at + 1).map_err(Error::Stdout)?;
        }
    }
    Ok(())
}

fn render(arguments: &Render) -> Result<(), Error> {
    if let Some(path) = &arguments.output {
        check_output(path)?;
    }
    let lesson = read(&arguments.file)?;
    let mut numbers = Numbers::default();
    let mut fill = |step: &Step, name: &str| numbers.of(step, name);
    let fill: Option<&mut Fill<'_>> = if arguments.notes { Some(&mut fill) } else { None };
    let page = lesson::handout(&lesson, arguments.seed, fill).map_err(|source| Error::LessonText {
        path: arguments.file.clone(),
        source,
    })?;
    match &arguments.output {
        Some(path) => replace(path, page.as_bytes()),
        None => std::io::stdout().write_all(page.as_bytes()).map_err(Error::Stdout),
    }
}

/// What the lab of the last step that was asked for reads out.
#[derive(Default)]
struct Numbers(Option<(Step, Readouts)>);

impl Numbers {
    fn of(&mut self, step: &Step, name: &str) -> Option<String> {
        if self.0.as_ref().is_none_or(|(of, _)| of != step) {
            let mut library = check::library();
            let mut lab = lab_of(&step.state, step.cloud.as_ref(), &mut library).ok()?;
            // The words are for what a guess reveals.
            let after = step.ask.as_ref().map_or(&[][..], |ask| &ask.after);
            carry_out(after, &mut lab, &library).ok()?;
            self.0 = Some((step.clone(), check::readouts_of(&lab, &library)));
        }
        let (_, readouts) = self.0.as_ref()?;
        readouts.numbers.get(name).map(|number| number.text.clone())
    }
}
