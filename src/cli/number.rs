//! Numbers among the arguments.

use std::num::ParseFloatError;

/// Why an argument is no number above 0.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotPositive {
    #[error(transparent)]
    Number(#[from] ParseFloatError),
    #[error("it must be a finite number greater than 0")]
    Bound,
}

/// A finite number above 0.
pub(super) fn positive(text: &str) -> Result<f64, NotPositive> {
    let number: f64 = text.parse()?;
    if number.is_finite() && number > 0.0 {
        Ok(number)
    } else {
        Err(NotPositive::Bound)
    }
}
