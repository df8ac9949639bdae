//! Whether what a lesson states is what the lab computes.

use std::collections::BTreeMap;
use std::{fmt, thread};

use eigenlens_words::lesson::{Holds, Lesson, Question, Step};
use exmex::Express as _;

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
    /// What is to be read is no formula.
    #[error("{step}: “{read}” is no formula: {why}")]
    NoFormula {
        /// Where.
        step: Place,
        /// The text.
        read: String,
        /// What is wrong with it.
        why: String,
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
    let mut kept = BTreeMap::new();
    for holds in &step.holds {
        let lab = lab_of_holds(step, holds, library).map_err(fail)?;
        let readouts = readouts_of(&lab, library);
        for number in &holds.numbers {
            let computed = computed(at, &number.read, &readouts, &kept)?;
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
            if let Some(name) = &number.keep {
                kept.insert(name.as_str(), computed);
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

/// What is to be read: the name of a number, or after `=` a formula of numbers, whose names stand in braces, as in
/// `= 9 * {weight of key 1}`. Names that were kept before come first.
fn computed(step: Place, text: &str, readouts: &Readouts, kept: &BTreeMap<&str, f64>) -> Result<f64, CheckError> {
    let Some(formula) = text.strip_prefix('=') else {
        return read(step, text, readouts);
    };
    let refuse = |why: String| CheckError::NoFormula {
        step,
        read: text.to_owned(),
        why,
    };
    let fail = |error: exmex::ExError| refuse(error.to_string());
    // The library takes a name whose brace is not closed.
    if formula.matches('{').count() != formula.matches('}').count() {
        return Err(refuse("its braces are not closed".to_owned()));
    }
    let formula = exmex::parse::<f64>(formula).map_err(fail)?;
    let value = |name: &String| match kept.get(name.as_str()) {
        Some(number) => Ok(*number),
        None => read(step, name, readouts),
    };
    let values: Vec<f64> = formula.var_names().iter().map(value).collect::<Result<_, _>>()?;
    formula.eval(&values).map_err(fail)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::readout::Number;
    use proptest::prelude::*;

    const HERE: Place = Place::Step(1);

    fn of(text: &str) -> Result<f64, CheckError> {
        let mut readouts = Readouts::default();
        readouts.put("weight of key 1", Number::share(0.25));
        readouts.put("shares", Number::plain(8.0));
        computed(
            HERE,
            text,
            &readouts,
            &BTreeMap::from([("before", 3.0), ("shares", 2.0)]),
        )
    }

    #[test]
    fn formulae_are_computed_of_numbers() {
        assert_eq!(of("weight of key 1"), Ok(0.25));
        assert_eq!(of("= 9 * {weight of key 1} - {before}^2"), Ok(-6.75));
        assert_eq!(of("= sqrt(abs(-16 * {weight of key 1}))"), Ok(2.0));
        assert_eq!(of("= {shares} / 2"), Ok(1.0), "what was kept hides what is read out");
    }

    #[test]
    fn what_is_no_formula_is_refused() {
        assert!(
            matches!(of("= {weight of key 2}"), Err(CheckError::NoNumber { read, .. }) if read == "weight of key 2")
        );
        for wrong in ["=", "= 9 *", "= (1", "= {before", "= 1 2", "= {}", "= ln"] {
            let error = of(wrong).expect_err(wrong);
            assert!(error.to_string().starts_with("step 1: "), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "=[-+*/^(){} a-z0-9.,é|]{0,24}") {
            let _ = of(&text);
        }
    }
}
