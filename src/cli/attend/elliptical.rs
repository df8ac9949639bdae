//! `--mechanism elliptical`: dot-product attention under a diagonal metric, which the input gives or which is estimated
//! from the values of two layers.

use std::iter::zip;

use eigenlens_core::{Cloud, KeyBias, Metric, MetricScaling, Scoring, estimated_metric};
use eigenlens_files::{Needs, Rank, TensorFile, cloud, metrics, previous_values};
use nalgebra::{DMatrix, DVector};

use super::{Arguments, Error, attend_heads, of_head, scoring};

/// Where the metric of each head comes from.
pub(super) enum Source {
    /// Tensor `metric`.
    Given(Vec<DVector<f64>>),
    /// Tensor `value_prev`.
    Estimated(Vec<DMatrix<f64>>),
}

pub(super) fn attend(arguments: &Arguments) -> Result<TensorFile, Error> {
    let (cloud, rank, source) = read(arguments)?;
    let metrics = match source {
        Source::Given(metrics) => metrics,
        Source::Estimated(previous) => estimate(arguments, &cloud, rank, &previous)?,
    };
    attend_heads(arguments, cloud.heads(), rank, |place, head| {
        let metric = metrics.get(place).cloned().unwrap_or_default();
        let temperature = scoring(arguments, head.dim())?.temperature();
        Scoring::new(Metric::Diagonal(metric), temperature, KeyBias::Zero)
    })
}

/// The cloud, and its metrics or what they are estimated from.
pub(super) fn read(arguments: &Arguments) -> Result<(Cloud, Rank, Source), Error> {
    let input = &arguments.input;
    let (cloud, rank, source) = super::read(input, |file| {
        let (cloud, rank) = cloud(file, Needs::ATTENTION)?;
        let source = match (file.contains("metric"), file.contains("value_prev")) {
            (true, true) => None,
            (true, false) => Some(Source::Given(metrics(file, &cloud, rank)?)),
            (false, _) => Some(Source::Estimated(previous_values(file, &cloud, rank)?)),
        };
        Ok((cloud, rank, source))
    })?;
    match source {
        None => Err(Error::TwoMetrics { path: input.clone() }),
        Some(source) => {
            if matches!(source, Source::Given(_)) {
                check_unscaled(arguments)?;
            } else if arguments.causal {
                let why = "a metric that is estimated is that of all tokens";
                return Err(Error::Future { why });
            }
            Ok((cloud, rank, source))
        }
    }
}

/// Refuses options of the estimator where there is nothing to estimate.
fn check_unscaled(arguments: &Arguments) -> Result<(), Error> {
    let options = [
        (arguments.scaling.is_some(), "--scaling"),
        (arguments.delta.is_some(), "--delta"),
    ];
    match options.into_iter().find(|(given, _)| *given) {
        None => Ok(()),
        Some((_, option)) => Err(Error::GivenMetric {
            path: arguments.input.clone(),
            option,
        }),
    }
}

fn estimate(
    arguments: &Arguments,
    cloud: &Cloud,
    rank: Rank,
    previous: &[DMatrix<f64>],
) -> Result<Vec<DVector<f64>>, Error> {
    let delta = arguments.delta.unwrap_or(1.0);
    let scaling = arguments.scaling.unwrap_or(MetricScaling::Max);
    let heads = zip(previous, cloud.heads()).enumerate();
    heads
        .map(|(place, (previous, head))| {
            let metric = estimated_metric(previous, head.values(), delta, scaling);
            metric.map_err(of_head(arguments, rank, place))
        })
        .collect()
}
