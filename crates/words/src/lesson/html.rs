//! A lesson as the page shows it.

use std::borrow::Cow;

use serde::Serialize;

use super::{Guess, Lesson, Step};
use crate::explain::{Block, Error, markdown, plain};

/// A lesson with its texts as HTML.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compiled<'a> {
    title: &'a str,
    aim: &'a str,
    steps: Vec<CompiledStep<'a>>,
    /// The exercises as the file has them.
    #[serde(skip_serializing_if = "<[Step]>::is_empty")]
    exercise: &'a [Step],
    /// Each exercise in each of its variants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exercises: Vec<Vec<CompiledStep<'a>>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct CompiledStep<'a> {
    #[serde(flatten)]
    step: Cow<'a, Step>,
    /// `text` as HTML.
    text_html: String,
    /// `notes` as HTML.
    notes_html: String,
}

/// The lesson as the page reads it: what stands in the file, and its texts as HTML.
///
/// # Errors
/// [`Error`] for a text that page and window cannot both show; its lines are those of the text.
pub fn compile(lesson: &Lesson) -> Result<Compiled<'_>, Error> {
    let steps = lesson.steps.iter().enumerate();
    let steps = steps.map(|(at, step)| compiled(&of_step(at), Cow::Borrowed(step)));
    let exercises = lesson.variants().into_iter().enumerate().map(|(at, variants)| {
        let steps = variants.into_iter();
        steps.map(|step| compiled(&of_exercise(at), Cow::Owned(step))).collect()
    });
    Ok(Compiled {
        title: &lesson.title,
        aim: &lesson.aim,
        steps: steps.collect::<Result<_, _>>()?,
        exercise: &lesson.exercises,
        exercises: exercises.collect::<Result<_, _>>()?,
    })
}

fn compiled<'a>(place: &str, step: Cow<'a, Step>) -> Result<CompiledStep<'a>, Error> {
    Ok(CompiledStep {
        text_html: shown(&field(place, "text"), &step.text)?,
        notes_html: shown(&field(place, "notes"), &step.notes)?,
        step,
    })
}

/// All that the canvas shows of a lesson, with the place of each piece: for the check of glyphs.
///
/// # Errors
/// As [`compile`].
pub fn texts(lesson: &Lesson) -> Result<Vec<(String, String)>, Error> {
    let mut texts = vec![
        ("title".to_owned(), lesson.title.clone()),
        ("aim".to_owned(), lesson.aim.clone()),
    ];
    let steps = lesson
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| (of_step(at), Cow::Borrowed(step)));
    let exercises = lesson.variants().into_iter().enumerate();
    let exercises = exercises.flat_map(|(at, variants)| {
        let steps = variants.into_iter();
        steps.map(move |step| (of_exercise(at), Cow::Owned(step)))
    });
    for (place, step) in steps.chain(exercises) {
        texts_of(&place, &step, &mut texts)?;
    }
    Ok(texts)
}

fn texts_of(place: &str, step: &Step, texts: &mut Vec<(String, String)>) -> Result<(), Error> {
    for (name, text) in [("text", &step.text), ("notes", &step.notes)] {
        let place = field(place, name);
        let pieces = plain(&place, &block(text))?;
        texts.extend(pieces.into_iter().map(|(_, piece)| (place.clone(), piece)));
    }
    let ask = step.ask.iter();
    let options = ask.clone().flat_map(|ask| match &ask.guess {
        Guess::Choice { options, .. } => options.as_slice(),
        _ => &[],
    });
    let options = options.chain(ask.clone().flat_map(|ask| &ask.wrong));
    texts.extend(options.map(|text| (field(place, "ask"), text.clone())));
    let lines = [("title", &step.title), ("claim", &step.claim), ("wall", &step.wall)];
    texts.extend(lines.map(|(name, text)| (field(place, name), text.clone())));
    texts.extend(ask.map(|ask| (field(place, "ask"), ask.question.clone())));
    Ok(())
}

/// A text as HTML.
pub(super) fn shown(place: &str, text: &str) -> Result<String, Error> {
    markdown(place, &block(text))
}

/// Where a field of a step or of an exercise stands.
pub(super) fn field(place: &str, name: &str) -> String {
    format!("{place}, {name}")
}

/// The place of a step, from 0.
pub(super) fn of_step(at: usize) -> String {
    format!("step {}", at + 1)
}

/// The place of an exercise, from 0.
pub(super) fn of_exercise(at: usize) -> String {
    format!("exercise {}", at + 1)
}

fn block(text: &str) -> Block {
    Block {
        line: 1,
        text: text.to_owned(),
    }
}
