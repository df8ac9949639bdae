//! What each mechanism makes of queries, keys and values before the attention that all share,
//! `softmax_j(((q−a)⊙w)ᵀk_j/τ + b_j)`. Statistics are f64.

use std::borrow::Cow;
use std::f64::consts::LOG2_E;
use std::iter::zip;
use std::ops::Range;

use eigenlens_core::{BnForm, BnOptions, Error as CoreError, MetricScaling, scaled_metric};
use nalgebra::DVector;

use crate::error::{Error, of_head};
use crate::task::{Mechanism, Metric, Problem, Task};

/// One of the B·H heads.
#[derive(Debug, Clone)]
pub(super) struct Head<'a> {
    /// `N_q×D`.
    pub(super) queries: &'a [f32],
    /// `N×D`, or as many rows as are left of N.
    pub(super) keys: Cow<'a, [f32]>,
    /// As many as the keys.
    pub(super) values: Cow<'a, [f32]>,
    /// `b_j·log₂e`, one for each key, or none at all.
    pub(super) bias: Vec<f64>,
    /// `a`, D entries.
    pub(super) centre: Vec<f64>,
    /// `w·log₂e/τ`, D entries.
    pub(super) weights: Vec<f64>,
    /// Whether query i sees the keys 0 to i only.
    pub(super) causal: bool,
}

impl<'a> Head<'a> {
    /// The head `number` of a problem whose mechanism is one pass.
    ///
    /// # Errors
    /// [`Error::Mathematics`] where no coordinate of the values moves between the layers, and where an entry of the metric
    /// of Attention-BN is beyond the range of f64.
    pub(super) fn new(problem: &'a Problem, number: usize) -> Result<Self, Error> {
        let (task, tensors) = (problem.task(), problem.tensors());
        let (shape, dim) = (task.shape, task.shape.dim());
        let of = |tensor: &'a [f32], rows: usize| &tensor[number * rows * dim..(number + 1) * rows * dim];
        let (keys, values) = (of(&tensors.key, shape.keys()), of(&tensors.value, shape.keys()));
        let mut head = Self::plain(of(&tensors.query, shape.queries()), keys, values, task);
        let of_batch = number % shape.heads();
        match &task.mechanism {
            Mechanism::Softmax | Mechanism::Rpc(_) => {}
            Mechanism::Smoother => head.bias = distance_bias(keys, dim, task.temperature()),
            Mechanism::Elliptical(Metric::Given(metric)) => {
                let metric = &metric[of_batch * dim..(of_batch + 1) * dim];
                head.measure(metric.iter().copied().map(f64::from));
            }
            Mechanism::Elliptical(Metric::Estimated { delta, scaling }) => {
                let previous = of(&tensors.previous, shape.keys());
                head.measure(estimated_metric(previous, values, dim, *delta, *scaling).map_err(of_head(number))?);
            }
            Mechanism::Bn(options) => {
                let (centre, metric) = normalisation(keys, dim, options).map_err(of_head(number))?;
                head.centre = centre;
                head.measure(metric);
            }
            Mechanism::Sh(poolings) => {
                let blocks = poolings[of_batch].blocks(shape.keys()).map_err(of_head(number))?;
                head.keys = Cow::Owned(pooled(keys, dim, &blocks));
                head.values = Cow::Owned(pooled(values, dim, &blocks));
            }
        }
        Ok(head)
    }

    /// Dot-product attention of these queries, keys and values.
    pub(super) fn plain(queries: &'a [f32], keys: &'a [f32], values: &'a [f32], task: &Task) -> Self {
        let dim = task.shape.dim();
        Self {
            queries,
            keys: Cow::Borrowed(keys),
            values: Cow::Borrowed(values),
            bias: Vec::new(),
            centre: vec![0.0; dim],
            weights: vec![LOG2_E / task.temperature(); dim],
            causal: task.causal,
        }
    }

    /// Puts a diagonal metric between queries and keys.
    fn measure(&mut self, metric: impl IntoIterator<Item = f64>) {
        for (weight, m) in zip(&mut self.weights, metric) {
            *weight *= m;
        }
    }
}

/// `−‖k_j‖²/(2τ)·log₂e` of each key.
fn distance_bias(keys: &[f32], dim: usize, temperature: f64) -> Vec<f64> {
    let per_square = -LOG2_E / (2.0 * temperature);
    let squares = keys
        .chunks_exact(dim)
        .map(|key| key.iter().map(|&k| f64::from(k).powi(2)).sum::<f64>());
    squares.map(|square| square * per_square).collect()
}

/// `a` and `w` of Attention-BN, as in [`eigenlens_core::bn_scoring`].
fn normalisation(keys: &[f32], dim: usize, options: &BnOptions) -> Result<(Vec<f64>, Vec<f64>), CoreError> {
    let mean = mean(keys, dim, |_, key| f64::from(key));
    match options.form {
        BnForm::Recentred => {
            let centre = mean.into_iter().map(|mean| mean * options.beta);
            Ok((centre.collect(), vec![1.0; dim]))
        }
        BnForm::Full => {
            let variance = self::mean(keys, dim, |column, key| (f64::from(key) - mean[column]).powi(2));
            let metric: Vec<f64> = variance
                .into_iter()
                .map(|variance| 1.0 / (variance + options.epsilon))
                .collect();
            match metric.iter().position(|m| !m.is_finite()) {
                None => Ok((mean, metric)),
                Some(at) => Err(CoreError::Overflow {
                    what: "the metric of Attention-BN",
                    row: at,
                    column: at,
                }),
            }
        }
    }
}

/// The diagonal of the metric, as in [`eigenlens_core::estimated_metric`].
fn estimated_metric(
    previous: &[f32],
    present: &[f32],
    dim: usize,
    delta: f64,
    scaling: MetricScaling,
) -> Result<Vec<f64>, CoreError> {
    let jumps: Vec<f64> = zip(previous, present)
        .map(|(&before, &now)| (f64::from(now) - f64::from(before)).abs())
        .collect();
    let means = DVector::from_vec(mean(&jumps, dim, |_, jump| jump));
    if means.max() == 0.0 {
        return Err(CoreError::NotDefined {
            what: "the estimated metric",
            needs: "a coordinate of the values that moves between the layers".to_owned(),
            has: "none".to_owned(),
        });
    }
    if scaling != MetricScaling::None {
        return Ok(scaled_metric(&means, scaling)?.as_slice().to_vec());
    }
    let metric = means / delta;
    match metric.iter().position(|m| !m.is_finite()) {
        None => Ok(metric.as_slice().to_vec()),
        Some(at) => Err(CoreError::Overflow {
            what: "the estimated metric",
            row: at,
            column: at,
        }),
    }
}

/// The mean of each column of what `part` makes of the entries of rows of `dim`.
fn mean<T: Copy>(rows: &[T], dim: usize, part: impl Fn(usize, T) -> f64) -> Vec<f64> {
    let mut totals = vec![0.0; dim];
    for row in rows.chunks_exact(dim) {
        for (column, (total, &entry)) in zip(&mut totals, row).enumerate() {
            *total += part(column, entry);
        }
    }
    let count = (rows.len() / dim) as f64;
    totals.into_iter().map(|total| total / count).collect()
}

/// The mean of each block of rows, as in [`eigenlens_core::Pooling`].
fn pooled(rows: &[f32], dim: usize, blocks: &[Range<usize>]) -> Vec<f32> {
    let of_block = |block: &Range<usize>| mean(&rows[block.start * dim..block.end * dim], dim, |_, x| f64::from(x));
    blocks.iter().flat_map(of_block).map(|mean| mean as f32).collect()
}
