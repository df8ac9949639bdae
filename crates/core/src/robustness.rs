//! How far attention moves when its query is pushed (Elliptical Attention, arXiv 2406.13770, Lemma 1
//! and Proposition 1), for the dot product as it is used: `A_j = softmax_j(qᵀ M k_j/τ)`, `M =
//! diag(m)`. The paper writes both without τ.

use std::iter::zip;

use nalgebra::{DMatrix, DVector};

use crate::attention::softmax;
use crate::compensated;
use crate::error::Error;
use crate::head::Head;
use crate::logits::Family;
use crate::rpc::{check_range, head_of};
use crate::scale::Length;
use crate::scoring::{KeyBias, Metric, Scoring};

/// `∂A_j/∂q_i = (m_i/τ) A_j (k_j(i) − Σ_s A_s k_s(i))`, `N×D`: how each weight answers a push of the
/// query (Lemma 1). Its columns sum to 0. The query has D coordinates, the keys are `N×D`, the metric
/// has D entries.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`];
/// [`Error::OutOfBounds`] for the temperature; [`Error::Overflow`] when a logit or an entry is beyond
/// the range of `f64`.
pub fn attention_jacobian(
    query: &[f64],
    keys: &DMatrix<f64>,
    metric: &DVector<f64>,
    temperature: f64,
) -> Result<DMatrix<f64>, Error> {
    let query_row = DMatrix::from_row_slice(1, query.len(), query);
    let head = Head::new(query_row, keys.clone(), keys.clone())?;
    let scoring = Scoring::new(Metric::Diagonal(metric.clone()), temperature, KeyBias::Zero)?;
    let logits = Family::new(keys, scoring)?.row(&head, 0)?;
    let (weights, _) = softmax(&logits);
    // Seen from the key with the greatest weight, so that keys which are close together and far from
    // the origin lose no digits.
    let (nearest, _) = zip(0.., &weights).fold(
        (0, 0.0),
        |best, (at, &weight)| {
            if weight > best.1 { (at, weight) } else { best }
        },
    );
    let mut jacobian = DMatrix::zeros(keys.nrows(), keys.ncols());
    for ((mut column, keys), m) in zip(zip(jacobian.column_iter_mut(), keys.column_iter()), metric) {
        let origin = keys.get(nearest).copied().unwrap_or_default();
        let mean = compensated::sum(zip(&keys, &weights).map(|(key, weight)| weight * (key - origin)));
        for ((slot, key), weight) in zip(zip(column.iter_mut(), &keys), &weights) {
            *slot = weight * ((key - origin) - mean) * m / temperature;
        }
    }
    check_range("the derivative of the weight", &jacobian)?;
    Ok(jacobian)
}

/// `κ_ji = |k_j(i)|/4 + Σ_{s≠j} |k_s(i)|`, `N×D`, for keys `N×D`: whatever the query,
/// `|∂A_j/∂q_i| ≤ κ_ji m_i/τ` (Lemma 1).
///
/// An entry that is beyond the range of `f64`, or of keys that are not finite, is the largest number,
/// which still bounds: the derivative is at most `m_i/τ` times half the largest key.
pub fn jacobian_bound(keys: &DMatrix<f64>) -> DMatrix<f64> {
    let mut bound = keys.abs();
    for mut column in bound.column_iter_mut() {
        let total = compensated::sum(column.iter().copied());
        column.apply(|key| *key = (total - 0.75 * *key).min(f64::MAX));
    }
    bound
}

/// `Σ_j √(Σ_i κ_ji² m_i²) ‖v_j‖/τ`: when the query is pushed by ε, the output moves by at most this
/// many times `‖ε‖` (Proposition 1). The keys are `N×D`, the values `N×D_v`, the metric has D entries.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`];
/// [`Error::OutOfBounds`] for the temperature; [`Error::Overflow`] when the bound is beyond the range
/// of `f64`.
pub fn robustness_bound(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    metric: &DVector<f64>,
    temperature: f64,
) -> Result<f64, Error> {
    let head = head_of(None, keys.clone(), values.clone())?;
    let scoring = Scoring::new(Metric::Diagonal(metric.clone()), temperature, KeyBias::Zero)?;
    scoring.check_fits(head.n_keys(), head.dim())?;
    let bound = jacobian_bound(keys);
    let shares = zip(bound.row_iter(), values.row_iter()).map(|(bound, value)| {
        let steepest = Length::of(zip(&bound, metric).map(|(bound, m)| bound * m));
        steepest.value() * Length::of(value.iter().copied()).value()
    });
    let bound = compensated::sum(shares) / temperature;
    if bound.is_finite() {
        Ok(bound)
    } else {
        Err(Error::Overflow {
            what: "the bound of robustness",
            row: 0,
            column: 0,
        })
    }
}
