//! Claim 8: Elliptical Attention is robust, its estimator finds the metric, and it weighs by ellipses
//! (Nielsen, Abdullaev, Teo and Nguyen 2024, arXiv 2406.13770): how loose the bound is, what the estimator
//! needs, which contours the used form has, what a causal model may not see, and what dividing by the
//! largest entry does to the temperature.

use std::iter::zip;

use nalgebra::{DMatrix, DVector, dvector};

use super::spread::Spread;
use crate::attention::attend;
use crate::elliptical::{MetricScaling, estimated_metric, estimated_metric_of_past, scaled_metric};
use crate::error::{Error, check_finite, check_length, check_positive, entries};
use crate::head::Head;
use crate::robustness::robustness_bound;
use crate::rpc::check_range;
use crate::scale::Length;
use crate::scoring::{KeyBias, Metric, Scoring};

/// How much of the bound of Proposition 1 is used up.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundLooseness {
    /// The bound: how far the output moves at most, over how far the query does.
    pub bound: f64,
    /// `‖f(q + ε) − f(q)‖/(bound ‖ε‖)` over the pushes: above 1 would break it.
    pub used: Spread,
}

/// How far the output of a query really moves, beside the bound, for pushes of D entries.
///
/// # Errors
/// As [`robustness_bound`]; [`Error::ShapeMismatch`] and [`Error::NotFinite`] for a push;
/// [`Error::NoTokens`] when there is none, or none that is not 0; [`Error::NotDefined`] when the bound is 0.
pub fn bound_looseness(
    head: &Head,
    metric: &DVector<f64>,
    temperature: f64,
    pushes: &DMatrix<f64>,
) -> Result<BoundLooseness, Error> {
    check_length("the number of dimensions of the pushes", pushes.ncols(), head.dim())?;
    check_finite("push", entries(pushes))?;
    let bound = robustness_bound(head.keys(), head.values(), metric, temperature)?;
    if bound <= 0.0 {
        return Err(Error::NotDefined {
            what: "the looseness of the bound",
            needs: "a bound above 0".to_owned(),
            has: "0".to_owned(),
        });
    }
    let scoring = Scoring::new(Metric::Diagonal(metric.clone()), temperature, KeyBias::Zero)?;
    let output = attend(head, &scoring)?.output;
    let mut used = Vec::new();
    for push in pushes.row_iter() {
        let length = Length::of(push.iter().copied().collect::<Vec<_>>().into_iter());
        if length.is_zero() {
            continue;
        }
        let mut queries = head.queries().clone();
        for mut query in queries.row_iter_mut() {
            query += push;
        }
        check_range("the pushed query", &queries)?;
        let pushed = Head::new(queries, head.keys().clone(), head.values().clone())?;
        let moved = attend(&pushed, &scoring)?.output - &output;
        let rows = moved.row_iter().map(|row| row.norm() / bound / length.value());
        used.extend(rows);
    }
    Ok(BoundLooseness {
        bound,
        used: Spread::new(used)?,
    })
}

/// The metric that the estimator finds beside the one that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Separability {
    /// `m_i = mean_n |f_i(k_n + δ) − f_i(k_n)|/δ`, the estimator with the values `f(k)` and `f(k + δ)`.
    pub estimated: [f64; 2],
    /// `mean_n Σ_d |∂f_d/∂k_i|` at the keys, what it is to estimate.
    pub actual: [f64; 2],
}

/// The estimator on values that are a function of the keys `N×2`: `f(k) = (sin 3k_1, k_2/10)`, which is
/// separable as the proof assumes, or crossed, `f(k) = (sin 3k_2, k_1/10)`, which is not. It reads
/// coordinate i of the values for coordinate i of the keys.
///
/// # Errors
/// As [`estimated_metric`]; [`Error::ShapeMismatch`] unless the keys have two dimensions.
pub fn separability(keys: &DMatrix<f64>, delta: f64, crossed: bool) -> Result<Separability, Error> {
    check_positive("δ", delta)?;
    check_length("the number of dimensions of the keys", keys.ncols(), 2)?;
    check_finite("key", entries(keys))?;
    let (first, second) = if crossed { (1, 0) } else { (0, 1) };
    let values = |shift: f64| {
        let mut values = DMatrix::zeros(keys.nrows(), 2);
        for (mut value, key) in zip(values.row_iter_mut(), keys.row_iter()) {
            let at = |axis: usize| key.get(axis).copied().unwrap_or_default() + shift;
            value.copy_from(&nalgebra::RowVector2::new((3.0 * at(first)).sin(), at(second) / 10.0));
        }
        values
    };
    let estimated = estimated_metric(&values(0.0), &values(delta), delta, MetricScaling::None)?;
    let steep = |key: f64| (3.0 * (3.0 * key).cos()).abs();
    let steepness = keys.column(first).iter().map(|key| steep(*key)).sum::<f64>() / keys.nrows() as f64;
    let mut actual = [0.1; 2];
    if let Some(slot) = actual.get_mut(first) {
        *slot = steepness;
    }
    let [a, b] = [0, 1].map(|at| estimated.get(at).copied().unwrap_or_default());
    Ok(Separability {
        estimated: [a, b],
        actual,
    })
}

/// The largest difference of a weight between the used form, `softmax_j(qᵀMk_j/τ)`, whose contours are
/// straight, and the smoother with ellipses, `∝ exp(−‖q − k_j‖²_M/(2τ))`. 0 where all `‖k_j‖_M` are
/// equal.
///
/// # Errors
/// As [`attend`]; [`Error::OutOfBounds`] for the temperature.
pub fn used_form_gap(head: &Head, metric: &DVector<f64>, temperature: f64) -> Result<f64, Error> {
    let weights = |bias| {
        let scoring = Scoring::new(Metric::Diagonal(metric.clone()), temperature, bias)?;
        Ok::<_, Error>(attend(head, &scoring)?.weights)
    };
    Ok((weights(KeyBias::Zero)? - weights(KeyBias::Distance)?).amax())
}

/// How far the past moves when only the last token changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CausalLeak {
    /// The largest change of a causal weight of an earlier row, when the mean of the estimator runs
    /// over all tokens, as in the released code.
    pub over_all_tokens: f64,
    /// The same when it runs over the past alone: 0.
    pub over_the_past: f64,
}

/// The causal leak of a head: the last token's values move by `push`, and the metric with them.
///
/// # Errors
/// As [`estimated_metric`] and [`attend`]; [`Error::ShapeMismatch`] for a push that has not `D_v`
/// entries, or queries that are not as many as the keys; [`Error::NoTokens`] when there is no earlier token.
pub fn causal_leak(
    head: &Head,
    previous: &DMatrix<f64>,
    push: &[f64],
    scaling: MetricScaling,
) -> Result<CausalLeak, Error> {
    check_length("the number of entries of the push", push.len(), head.value_dim())?;
    check_length("the number of queries", head.n_queries(), head.n_keys())?;
    check_finite("push", push.iter().enumerate().map(|(column, &x)| (0, column, x)))?;
    let Some(last) = head.n_keys().checked_sub(1).filter(|last| *last > 0) else {
        return Err(Error::NoTokens { what: "earlier tokens" });
    };
    let mut pushed = head.values().clone();
    for (entry, push) in zip(pushed.row_mut(last).iter_mut(), push) {
        *entry += push;
    }
    check_range("the pushed value", &pushed)?;
    let temperature = (head.dim() as f64).sqrt();
    // The weights of row `row` over the keys up to it.
    let row = |metric: DVector<f64>, row: usize| {
        let queries = head.queries().rows(row, 1).into_owned();
        let keys = head.keys().rows(0, row + 1).into_owned();
        let past = Head::new(queries, keys.clone(), keys)?;
        let scoring = Scoring::new(Metric::Diagonal(metric), temperature, KeyBias::Zero)?;
        Ok::<_, Error>(attend(&past, &scoring)?.weights)
    };
    let (mut over_all_tokens, mut over_the_past) = (0.0, 0.0);
    for at in 0..last {
        let all = |values: &DMatrix<f64>| row(estimated_metric(previous, values, 1.0, scaling)?, at);
        over_all_tokens = f64::max(over_all_tokens, (all(head.values())? - all(&pushed)?).amax());
        let past = |values: &DMatrix<f64>| match estimated_metric_of_past(previous, values, 1.0, scaling, at) {
            Ok(metric) => row(metric, at).map(Some),
            // Where no token of the past has moved there is no metric, and nothing that could leak.
            Err(Error::NotDefined { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        if let (Some(before), Some(after)) = (past(head.values())?, past(&pushed)?) {
            over_the_past = f64::max(over_the_past, (before - after).amax());
        }
    }
    Ok(CausalLeak {
        over_all_tokens,
        over_the_past,
    })
}

/// `mean_i m_i²` of a scaled metric: the variance of the logits over that of plain attention for
/// independent queries and keys, so at most 1 under max-scaling. Part of what it does is a higher
/// temperature.
///
/// # Errors
/// As [`scaled_metric`]; [`Error::Overflow`].
pub fn logit_variance(metric: &DVector<f64>, scaling: MetricScaling) -> Result<f64, Error> {
    let scaled = scaled_metric(metric, scaling)?;
    let variance = scaled.norm_squared() / scaled.len() as f64;
    check_range(
        "the variance of the logits",
        &DMatrix::from_columns(&[dvector![variance]]),
    )?;
    Ok(variance)
}
