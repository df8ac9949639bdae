//! The exact identities of attention, and how far floating point is from each: the numbers behind
//! "agrees to 3·10⁻¹⁷".

use std::iter::zip;

use nalgebra::{DMatrix, DVector};

use crate::attention::softmax;
use crate::compensated::{self, Pair};
use crate::error::{Bound, Error, check_finite, entries};
use crate::head::Head;
use crate::logits::{Family, distance};
use crate::scoring::{KeyBias, Metric, Scoring, check_metric_fits};

/// How far the weights of one query are from summing to 1: `|Σ_j w_j − 1|`.
pub fn row_sum_residual(weights: &[f64]) -> f64 {
    (compensated::sum(weights.iter().copied()) - 1.0).abs()
}

/// How far the softmax of one query's logits moves when a constant is added to all of them: `max_j
/// |softmax(ℓ)_j − softmax(ℓ + c)_j|`, 0 in exact arithmetic.
///
/// # Errors
/// [`Error::NoTokens`] without logits, [`Error::NotFinite`] for a logit, [`Error::OutOfBounds`] for
/// a constant that is not finite, [`Error::Overflow`] when a shifted logit is beyond the range of
/// `f64`.
pub fn shift_residual(logits: &[f64], constant: f64) -> Result<f64, Error> {
    if logits.is_empty() {
        return Err(Error::NoTokens { what: "logits" });
    }
    if !constant.is_finite() {
        return Err(Error::OutOfBounds {
            what: "the constant",
            value: constant,
            bound: Bound::Finite,
        });
    }
    check_finite(
        "logit row",
        logits.iter().enumerate().map(|(column, &logit)| (0, column, logit)),
    )?;
    let shifted: Vec<f64> = logits.iter().map(|logit| logit + constant).collect();
    if let Some(column) = shifted.iter().position(|logit| !logit.is_finite()) {
        return Err(Error::Overflow {
            what: "the shifted logit",
            row: 0,
            column,
        });
    }
    let weights = |logits: &[f64]| softmax(&logits.iter().copied().map(Pair::new).collect::<Vec<_>>()).0;
    Ok(largest_difference(&weights(logits), &weights(&shifted)))
}

/// The key bias that turns dot-product attention into the Nadaraya–Watson smoother: `b_j =
/// −‖k_j‖²_M/(2τ)`, N entries, each right to its last digit. Keys are `N×D`.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::NotFinite`], [`Error::ShapeMismatch`], [`Error::OutOfBounds`] (the
/// temperature), [`Error::NotDefined`] (a metric that is not symmetric), [`Error::Overflow`].
pub fn bridge_bias(keys: &DMatrix<f64>, metric: &Metric, temperature: f64) -> Result<DVector<f64>, Error> {
    if keys.nrows() == 0 {
        return Err(Error::NoTokens { what: "keys" });
    }
    check_finite("key", entries(keys))?;
    check_metric_fits(metric, keys.ncols())?;
    let scoring = Scoring::new(metric.clone(), temperature, KeyBias::Distance)?;
    Ok(DVector::from_iterator(
        keys.nrows(),
        bias_of_keys(keys, &scoring)?.into_iter().map(Pair::value),
    ))
}

/// [`bridge_bias`] with the digits that an `f64` has no room for: the logit in distance form of a
/// query at the origin.
fn bias_of_keys(keys: &DMatrix<f64>, scoring: &Scoring) -> Result<Vec<Pair>, Error> {
    let origin = vec![0.0; keys.ncols()];
    let biases = keys.row_iter().enumerate().map(|(row, key)| {
        let bias = distance(scoring, &origin, key.iter().copied());
        if bias.value().is_finite() {
            Ok(bias)
        } else {
            Err(Error::Overflow {
                what: "the bias of key",
                row,
                column: 0,
            })
        }
    });
    biases.collect()
}

/// The bridge between attention and smoothing, as a residual over all queries: the largest
/// difference between the weights `softmax_j(q_iᵀMk_j/τ − ‖k_j‖²_M/(2τ))` and the Nadaraya–Watson
/// weights `exp(−‖q_i−k_j‖²_M/(2τ))` divided by their sum. 0 in exact arithmetic. The two sides
/// share no formula: one adds the bias to the dot product, the other never forms either.
///
/// # Errors
/// As [`bridge_bias`] and [`attend`](crate::attend).
pub fn bridge_residual(head: &Head, metric: &Metric, temperature: f64) -> Result<f64, Error> {
    let smoother = Scoring::new(metric.clone(), temperature, KeyBias::Distance)?;
    let dot_product = Scoring::new(metric.clone(), temperature, KeyBias::Zero)?;
    let distances = Family::new(head.keys(), smoother.clone())?;
    let products = Family::with_bias(head.keys(), dot_product, bias_of_keys(head.keys(), &smoother)?);
    let mut largest: f64 = 0.0;
    for query in 0..head.n_queries() {
        let (with_bias, _) = softmax(&products.row(head, query)?);
        let (smoothed, _) = softmax(&distances.row(head, query)?);
        largest = largest.max(largest_difference(&with_bias, &smoothed));
    }
    Ok(largest)
}

/// `max_j |a_j − b_j|`.
fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    zip(a, b).fold(0.0, |largest, (a, b)| largest.max((a - b).abs()))
}
