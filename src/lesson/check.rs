//! Whether what a lesson states is what the lab computes.

use std::{fmt, thread};

use eigenlens_words::lesson::{Holds, Lesson, Question, Step};

use super::guess::Guessed;
use super::state::{StateError, carry_out, lab_of};
use crate::app::embedded_text;
use crate::lab::text::TEXTS;
use crate::lab::{Lab, Library, Readouts};
use crate::lens;

/// Where something stands in a lesson, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a step.
    Step(usize),
    /// In an exercise, and in this variant of it.
    Exercise(usize, usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => write!(f, "step {step}"),
            Self::Exercise(exercise, variant) => write!(f, "exercise {exercise}, variant {variant}"),
        }
    }
}

/// What is wrong with a lesson, and in which step.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CheckError {
    /// A step has no lab.
    #[error("{step}: {error}")]
    State {
        /// Where.
        step: Place,
        /// Why.
        error: StateError,
    },
    /// The lab does not read out such a number there.
    #[error("{step}: there is no number “{read}” ({headline})")]
    NoNumber {
        /// Where.
        step: Place,
        /// The name.
        read: String,
        /// What the lab says there.
        headline: String,
    },
    /// The lab says something else.
    #[error("{step}: “{read}” is {computed}, and {stated} ± {within} is stated")]
    Differs {
        /// Where.
        step: Place,
        /// The name.
        read: String,
        /// What the lab computes.
        computed: f64,
        /// What is stated.
        stated: f64,
        /// How far it may be off.
        within: f64,
    },
}

impl CheckError {
    /// Whether the lesson can be opened, and only a number differs.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Differs { .. })
    }
}

/// A library with the numbers of all texts.
pub fn library() -> Library {
    let mut library = Library::default();
    for id in TEXTS.iter().map(|text| text.id) {
        // A text that is missing is missed by the step that needs it.
        if let Ok(bytes) = embedded_text(id) {
            library.insert_text(id, &bytes).ok();
        }
    }
    library
}

/// What a lab says when all of its work is done.
pub fn readouts_of(lab: &Lab, library: &Library) -> Readouts {
    let mut lab = lab.clone();
    let mut readouts = Readouts::default();
    let mut lenses = lens::registry();
    let Some(lens) = lenses.iter_mut().find(|lens| lens.id() == lab.lens) else {
        return readouts;
    };
    loop {
        let working = lens.derive(&lab, library);
        if let Some(frame) = lens.axis_frame() {
            lab.choices.kernel_pca.frame = frame;
        } else if !working {
            break;
        }
        thread::yield_now();
    }
    lens.read_out(&mut readouts);
    readouts
}

/// Checks that every step and every variant of an exercise opens, that every guess has its truth, and that every number that is stated holds. Gives how many
/// numbers there are.
///
/// # Errors
/// The first that is wrong.
pub fn check(lesson: &Lesson, library: &mut Library) -> Result<usize, CheckError> {
    let mut numbers = 0;
    for (at, step) in lesson.steps.iter().enumerate() {
        numbers += check_step(Place::Step(at + 1), step, library)?;
    }
    for (at, variants) in lesson.variants().iter().enumerate() {
        for (variant, step) in variants.iter().enumerate() {
            numbers += check_step(Place::Exercise(at + 1, variant + 1), step, library)?;
        }
    }
    Ok(numbers)
}

fn check_step(at: Place, step: &Step, library: &mut Library) -> Result<usize, CheckError> {
    let fail = |error| CheckError::State { step: at, error };
    let lab = lab_of(&step.state, step.cloud.as_ref(), library).map_err(fail)?;
    if let Some(question) = &step.ask {
        check_question(at, question, lab.clone(), library)?;
    }
    let mut numbers = 0;
    for holds in &step.holds {
        let lab = lab_of_holds(step, holds, library).map_err(fail)?;
        let readouts = readouts_of(&lab, library);
        for number in &holds.numbers {
            let computed = read(at, &number.read, &readouts)?;
            // A number that is none is not within anything.
            let is_within = (computed - number.is).abs() <= number.within;
            if !is_within {
                return Err(CheckError::Differs {
                    step: at,
                    read: number.read.clone(),
                    computed,
                    stated: number.is,
                    within: number.within,
                });
            }
            numbers += 1;
        }
    }
    Ok(numbers)
}

/// The lab in which numbers of a step must hold.
///
/// # Errors
/// [`StateError`], as for the step itself.
pub fn lab_of_holds(step: &Step, holds: &Holds, library: &mut Library) -> Result<Lab, StateError> {
    let mut lab = match &holds.cloud {
        Some(cloud) => {
            // In place of the step's, also where a word names that.
            let words = step.state.iter().filter(|word| !word.starts_with("cloud "));
            let words: Vec<String> = words.cloned().collect();
            lab_of(&words, Some(cloud), library)?
        }
        None => lab_of(&step.state, step.cloud.as_ref(), library)?,
    };
    carry_out(&holds.after, &mut lab, library)?;
    Ok(lab)
}

fn check_question(at: Place, question: &Question, mut lab: Lab, library: &Library) -> Result<(), CheckError> {
    let done = carry_out(&question.after, &mut lab, library);
    done.map_err(|error| CheckError::State { step: at, error })?;
    let readouts = readouts_of(&lab, library);
    match Guessed::truth(&question.guess, &readouts) {
        Some(_) => Ok(()),
        None => Err(CheckError::NoNumber {
            step: at,
            read: format!("the truth of “{}”", question.question),
            headline: readouts.headline,
        }),
    }
}

/// A number, or the residual of a check.
fn read(step: Place, name: &str, readouts: &Readouts) -> Result<f64, CheckError> {
    let number = readouts.numbers.get(name).map(|number| number.value);
    let check = || {
        readouts
            .checks
            .iter()
            .find(|check| check.id == name)
            .map(|check| check.residual)
    };
    number.or_else(check).ok_or_else(|| CheckError::NoNumber {
        step,
        read: name.to_owned(),
        headline: readouts.headline.clone(),
    })
}
