//! Attention as regression: bias and variance of the estimate `Σ_j w_j v_j` where the values are a
//! function of the keys with noise, `v = f(k) + ε` (Elliptical Attention, arXiv 2406.13770, section
//! 2.2).

use std::iter::zip;

use nalgebra::DMatrix;

use crate::compensated::Pair;
use crate::error::{Bound, Error, check_finite, check_length, entries};
use crate::moments::{mean, variance};

/// The two parts of the mean squared error of an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegressionError {
    /// The square of how far the estimate is off on average.
    pub bias_squared: f64,
    /// How much the estimate scatters round its average.
    pub variance: f64,
}

impl RegressionError {
    /// The mean squared error: `bias² + variance`.
    pub fn total(self) -> f64 {
        self.bias_squared + self.variance
    }

    /// Checks that both parts and their sum are in range.
    fn checked(self) -> Result<Self, Error> {
        if self.total().is_finite() {
            Ok(self)
        } else {
            Err(Error::Overflow {
                what: "the squared error",
                row: 0,
                column: 0,
            })
        }
    }
}

/// The error of `Σ_j w_j v_j` where `v_j` is `f_j`, the target, and independent noise of standard
/// deviation `noise`: exactly `bias² = (Σ_j w_j f_j − truth)²` and `variance = noise² Σ_j w_j²`. As
/// many weights as targets.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::ShapeMismatch`], [`Error::NotFinite`]; [`Error::OutOfBounds`] for
/// the truth, and for the noise, which must not be below 0; [`Error::Overflow`].
pub fn regression_error(weights: &[f64], targets: &[f64], truth: f64, noise: f64) -> Result<RegressionError, Error> {
    if weights.is_empty() {
        return Err(Error::NoTokens { what: "weights" });
    }
    check_length("the number of targets", targets.len(), weights.len())?;
    let numbered = |numbers: &[f64]| {
        numbers
            .iter()
            .copied()
            .enumerate()
            .map(|(row, x)| (row, 0, x))
            .collect::<Vec<_>>()
    };
    check_finite("weight", numbered(weights))?;
    check_finite("target", numbered(targets))?;
    check_number("the truth", truth, Bound::Finite)?;
    check_number("the noise", noise, Bound::NotNegative)?;
    let bias = zip(weights, targets).fold(Pair::new(-truth), |sum, (&w, &f)| sum + Pair::product(w, f));
    // The noise first: the square of a small weight may be too small for a number.
    let variance = weights.iter().map(|w| (noise * w) * (noise * w)).sum();
    RegressionError {
        bias_squared: bias.value() * bias.value(),
        variance,
    }
    .checked()
}

/// The error of estimates, one draw of the noise a row and one point a column, against the truth at
/// the points: the mean over the points of `(mean over draws − truth)²` and of the variance over the
/// draws (divided by their number, so that the total is the mean squared error of the draws).
///
/// # Errors
/// [`Error::NoTokens`] without a draw or a point, [`Error::ShapeMismatch`], [`Error::NotFinite`],
/// [`Error::Overflow`].
pub fn error_of_draws(estimates: &DMatrix<f64>, truth: &[f64]) -> Result<RegressionError, Error> {
    for (what, none) in [("draws", estimates.nrows() == 0), ("points", estimates.ncols() == 0)] {
        if none {
            return Err(Error::NoTokens { what });
        }
    }
    check_length("the number of true values", truth.len(), estimates.ncols())?;
    check_finite("draw", entries(estimates))?;
    check_finite("true value", truth.iter().enumerate().map(|(row, &x)| (row, 0, x)))?;
    let parts: Vec<[f64; 2]> = zip(estimates.column_iter(), truth)
        .map(|(draws, truth)| {
            let average = mean(draws.iter().copied());
            let bias = average - truth;
            [bias * bias, variance(draws.iter().copied(), average)]
        })
        .collect();
    if parts.as_flattened().iter().any(|part| !part.is_finite()) {
        return RegressionError {
            bias_squared: f64::INFINITY,
            variance: 0.0,
        }
        .checked();
    }
    RegressionError {
        bias_squared: mean(parts.iter().map(|part| part[0])),
        variance: mean(parts.iter().map(|part| part[1])),
    }
    .checked()
}

fn check_number(what: &'static str, value: f64, bound: Bound) -> Result<(), Error> {
    if value.is_finite() && (value >= 0.0 || bound == Bound::Finite) {
        Ok(())
    } else {
        Err(Error::OutOfBounds { what, value, bound })
    }
}
