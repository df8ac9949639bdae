//! Numbers among the arguments.

use std::num::ParseFloatError;

/// Why an argument is no number of the kind that is asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error(transparent)]
    Number(#[from] ParseFloatError),
    #[error("it must be a finite number{0}")]
    Bound(&'static str),
}

/// A finite number above 0.
pub(super) fn positive(text: &str) -> Result<f64, Refused> {
    bounded(text, " greater than 0", |number| number > 0.0)
}

/// A finite number that is not below 0.
pub(super) fn not_negative(text: &str) -> Result<f64, Refused> {
    bounded(text, ", 0 or greater", |number| number >= 0.0)
}

/// A finite number.
pub(super) fn finite(text: &str) -> Result<f64, Refused> {
    bounded(text, "", |_| true)
}

fn bounded(text: &str, bound: &'static str, is_within: impl Fn(f64) -> bool) -> Result<f64, Refused> {
    let number: f64 = text.parse()?;
    if number.is_finite() && is_within(number) {
        Ok(number)
    } else {
        Err(Refused::Bound(bound))
    }
}
