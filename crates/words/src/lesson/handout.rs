//! A lesson on paper: one page of HTML that needs nothing else.

use std::fmt::Write as _;

use super::html::{field, of_exercise, of_step, shown};
use super::{Lesson, Status, Step};
use crate::explain::Error;

/// For paper: black on white, no step torn apart.
const STYLE: &str = "\
@page { margin: 18mm; }
body { font: 11pt/1.5 'STIX Two Text', 'Times New Roman', serif; color: #000; max-width: 42em; margin: 2em auto; padding: 0 1em; }
h1 { font: 600 20pt/1.2 Inter, Helvetica, sans-serif; margin: 0 0 .3em; }
h2 { font: 600 13pt/1.3 Inter, Helvetica, sans-serif; margin: 0 0 .2em; }
.aim { font-style: italic; }
h1.exercises { break-before: page; margin-top: 2em; }
h3 { font: 600 10pt Inter, Helvetica, sans-serif; margin: .8em 0 .2em; }
.exercise .ask::before { content: none; }
.exercise .guess { height: 7em; }
section { break-inside: avoid; border-top: .5pt solid #888; padding-top: .8em; margin-top: 1.2em; }
.kind { font: 600 9pt Inter, Helvetica, sans-serif; border: .5pt solid #000; padding: .1em .5em; margin-left: .6em; vertical-align: .15em; }
.claim { font-weight: 600; margin: .2em 0; }
.ask::before { content: 'Guess first: '; font-weight: 600; }
.guess { height: 3.2em; border-bottom: .5pt dotted #888; }
[data-readout] { display: inline-block; min-width: 3.2em; border-bottom: .5pt solid #000; color: transparent; }
[data-number] { font-weight: 600; }
.notes { border-left: 2pt solid #888; padding-left: .8em; font-size: 10pt; }
.wrong { font-size: 10pt; }
@media screen { body { background: #fff; } }
";

/// What a number of a step reads.
pub type Fill<'a> = dyn FnMut(&Step, &str) -> Option<String> + 'a;

/// The lesson as a page to print: with `fill` for the lecturer, with the notes and what the numbers read, else for students,
/// who fill them in. Its exercises stand at the end: in the variant of a seed, else in all of their variants, each with the seeds
/// that pick it.
///
/// # Errors
/// As [`compile`](super::compile).
pub fn handout(lesson: &Lesson, seed: Option<u32>, mut fill: Option<&mut Fill<'_>>) -> Result<String, Error> {
    let mut page = String::from("<!doctype html>\n<html lang=\"en-GB\">\n<meta charset=\"utf-8\">\n");
    let title = escaped(&lesson.title);
    push(
        &mut page,
        format_args!("<title>{title}</title>\n<style>\n{STYLE}</style>\n<h1>{title}</h1>\n"),
    );
    if !lesson.aim.is_empty() {
        push(
            &mut page,
            format_args!("<p class=\"aim\">{}</p>\n", escaped(&lesson.aim)),
        );
    }
    for (at, step) in lesson.steps.iter().enumerate() {
        step_on(&mut page, at, step, fill.as_deref_mut())?;
    }
    let exercises = lesson.variants();
    if !exercises.is_empty() {
        let of = seed.map(|seed| format!(" of seed {seed}")).unwrap_or_default();
        push(&mut page, format_args!("<h1 class=\"exercises\">Exercises{of}</h1>\n"));
    }
    for (at, variants) in exercises.iter().enumerate() {
        exercise_on(&mut page, at, variants, seed, fill.as_deref_mut())?;
    }
    page.push_str("</html>\n");
    Ok(page)
}

fn step_on(page: &mut String, at: usize, step: &Step, fill: Option<&mut Fill<'_>>) -> Result<(), Error> {
    let kind = match step.status {
        Status::Exact => "exact",
        Status::Choice => "choice",
        Status::Measured => "measured",
        Status::Disputed => "disputed",
    };
    push(
        page,
        format_args!(
            "<section id=\"step-{0}\">\n<h2>{0}. {1}<span class=\"kind\">{kind}</span></h2>\n",
            at + 1,
            escaped(&step.title)
        ),
    );
    if !step.claim.is_empty() {
        push(page, format_args!("<p class=\"claim\">{}</p>\n", escaped(&step.claim)));
    }
    question_on(page, step, fill.is_some());
    let place = of_step(at);
    match fill {
        None => page.push_str(&shown(&field(&place, "text"), &step.text)?),
        Some(fill) => {
            let text = filled(&shown(&field(&place, "text"), &step.text)?, step, fill);
            let notes = filled(&shown(&field(&place, "notes"), &step.notes)?, step, fill);
            push(
                page,
                format_args!(
                    "{text}<div class=\"notes\">\n<p>{} min</p>\n{notes}</div>\n",
                    step.minutes
                ),
            );
        }
    }
    page.push_str("</section>\n");
    Ok(())
}

/// The question: for students with room for the answer, for the lecturer with the answers to expect.
fn question_on(page: &mut String, step: &Step, for_lecturer: bool) {
    let Some(ask) = &step.ask else { return };
    push(page, format_args!("<p class=\"ask\">{}</p>\n", escaped(&ask.question)));
    if !for_lecturer {
        page.push_str("<div class=\"guess\"></div>\n");
    }
    if for_lecturer && !ask.wrong.is_empty() {
        let wrong: Vec<String> = ask.wrong.iter().map(|wrong| escaped(wrong)).collect();
        push(
            page,
            format_args!("<p class=\"wrong\">Expect: {}.</p>\n", wrong.join("; ")),
        );
    }
}

/// The question of a variant or of all; its answer, which is the text of the step, for the lecturer only.
fn exercise_on(
    page: &mut String,
    at: usize,
    variants: &[Step],
    seed: Option<u32>,
    mut fill: Option<&mut Fill<'_>>,
) -> Result<(), Error> {
    let Some(first) = variants.first() else { return Ok(()) };
    push(
        page,
        format_args!(
            "<section class=\"exercise\" id=\"exercise-{0}\">\n<h2>{0}. {1}</h2>\n",
            at + 1,
            escaped(&first.title)
        ),
    );
    let picked = seed.map(|seed| seed as usize % variants.len());
    for (of, step) in variants.iter().enumerate() {
        if picked.is_some_and(|picked| picked != of) {
            continue;
        }
        if picked.is_none() && variants.len() > 1 {
            let next = of + variants.len();
            push(page, format_args!("<h3>Seeds {of}, {next}, …</h3>\n"));
        }
        question_on(page, step, fill.is_some());
        if let Some(fill) = fill.as_deref_mut() {
            let place = of_exercise(at);
            let answer = filled(&shown(&field(&place, "text"), &step.text)?, step, fill);
            let notes = filled(&shown(&field(&place, "notes"), &step.notes)?, step, fill);
            push(page, format_args!("<div class=\"notes\">\n{answer}{notes}</div>\n"));
        }
    }
    page.push_str("</section>\n");
    Ok(())
}

/// The words with their numbers: slots are elements with `data-readout` that hold an ellipsis.
fn filled(html: &str, step: &Step, fill: &mut Fill<'_>) -> String {
    const SLOT: &str = "data-readout=\"";
    let mut pieces = html.split(SLOT);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let number = piece.split_once('"').and_then(|(name, _)| fill(step, name));
        // Without the attribute that makes it a blank.
        out.push_str("data-number=\"");
        match (number, piece.split_once('…')) {
            (Some(number), Some((before, after))) => {
                out.extend([before, escaped(&number).as_str(), after]);
            }
            _ => out.push_str(piece),
        }
    }
    out
}

fn push(page: &mut String, words: std::fmt::Arguments<'_>) {
    // A string takes everything.
    page.write_fmt(words).ok();
}

/// Words as text of HTML.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
    }
    out
}
