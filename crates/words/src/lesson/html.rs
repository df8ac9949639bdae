//! A lesson as the page shows it.

use serde::Serialize;

use super::{Guess, Lesson, Step};
use crate::explain::{Block, Error, markdown, plain};

/// A lesson with its texts as HTML.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compiled<'a> {
    title: &'a str,
    aim: &'a str,
    steps: Vec<CompiledStep<'a>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct CompiledStep<'a> {
    #[serde(flatten)]
    step: &'a Step,
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
    let steps = lesson.steps.iter().enumerate().map(|(at, step)| {
        Ok(CompiledStep {
            step,
            text_html: shown(&place(at, "text"), &step.text)?,
            notes_html: shown(&place(at, "notes"), &step.notes)?,
        })
    });
    Ok(Compiled {
        title: &lesson.title,
        aim: &lesson.aim,
        steps: steps.collect::<Result<_, _>>()?,
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
    for (at, step) in lesson.steps.iter().enumerate() {
        for (field, text) in [("text", &step.text), ("notes", &step.notes)] {
            let place = place(at, field);
            let pieces = plain(&place, &block(text))?;
            texts.extend(pieces.into_iter().map(|(_, piece)| (place.clone(), piece)));
        }
        let ask = step.ask.iter();
        let options = ask.clone().flat_map(|ask| match &ask.guess {
            Guess::Choice { options, .. } => options.as_slice(),
            _ => &[],
        });
        let options = options.chain(ask.clone().flat_map(|ask| &ask.wrong));
        texts.extend(options.map(|text| (place(at, "ask"), text.clone())));
        let lines = [("title", &step.title), ("claim", &step.claim), ("wall", &step.wall)];
        texts.extend(lines.map(|(field, text)| (place(at, field), text.clone())));
        texts.extend(ask.map(|ask| (place(at, "ask"), ask.question.clone())));
    }
    Ok(texts)
}

/// A text as HTML.
pub(super) fn shown(place: &str, text: &str) -> Result<String, Error> {
    markdown(place, &block(text))
}

pub(super) fn place(at: usize, field: &str) -> String {
    format!("step {}, {field}", at + 1)
}

fn block(text: &str) -> Block {
    Block {
        line: 1,
        text: text.to_owned(),
    }
}
