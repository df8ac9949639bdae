//! The metric of Elliptical Attention (Nielsen, Abdullaev, Teo and Nguyen 2024, arXiv 2406.13770),
//! `M = diag(m)`: how far each coordinate of the values jumps from one layer to the next.
//!
//! `m_i` is large where the values vary much along coordinate i, so neighbourhoods `{k : (q−k)ᵀM(q−k)
//! ≤ r²}` have the semi-axes `r/√m_i`: long where little happens. The estimator reads coordinate i of
//! the values for coordinate i of the keys, which is right only for a separable function of the keys.

use std::fmt;
use std::str::FromStr;

use nalgebra::{DMatrix, DVector};

use crate::error::{Bound, Error, check_finite, check_length, check_positive, entries};
use crate::moments::mean;
use crate::rpc::check_range;
use crate::scale::power_of_two_below;

/// By what the entries of the metric are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricScaling {
    /// By the largest, so that it is 1 (Remark 3 of the paper, and its code).
    Max,
    /// By their mean, so that the mean is 1 (an ablation of the paper): the shape of the metric
    /// without a change of temperature.
    Mean,
    /// By nothing (Algorithm 1 of the paper).
    None,
}

impl MetricScaling {
    /// Every scaling, in the order in which they are listed to people.
    pub const ALL: [Self; 3] = [Self::Max, Self::Mean, Self::None];

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Mean => "mean",
            Self::None => "none",
        }
    }
}

impl fmt::Display for MetricScaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MetricScaling {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|scaling| scaling.name() == name)
            .ok_or_else(|| Error::UnknownChoice {
                what: "scaling of the metric",
                name: name.to_owned(),
                choices: "max, mean and none",
            })
    }
}

/// The diagonal of M from the values of two layers, both `N×D`, the same tokens and the same head:
/// `m_i = 1/(Nδ) Σ_n |v_n(i) − v_n^previous(i)|`, scaled (Proposition 3, Eqn 10), D entries.
///
/// Under max- and mean-scaling δ cancels, so it does not enter at all: the same digits for every δ.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`];
/// [`Error::OutOfBounds`] for δ, which must be finite and above 0; [`Error::NotDefined`] when no
/// coordinate moves; [`Error::Overflow`] when a jump or an entry is beyond the range of `f64`.
pub fn estimated_metric(
    previous: &DMatrix<f64>,
    present: &DMatrix<f64>,
    delta: f64,
    scaling: MetricScaling,
) -> Result<DVector<f64>, Error> {
    check_layers(previous, present)?;
    estimate(previous, present, delta, scaling)
}

/// [`estimated_metric`] of the tokens up to `last`, counted from 0: the mean that a causal model may
/// take for the row of token `last`. The mean over all tokens lets every row see the future.
///
/// # Errors
/// As [`estimated_metric`], of the past alone: what comes after `last` is not looked at.
/// [`Error::OutOfBounds`] when there is no such token.
pub fn estimated_metric_of_past(
    previous: &DMatrix<f64>,
    present: &DMatrix<f64>,
    delta: f64,
    scaling: MetricScaling,
    last: usize,
) -> Result<DVector<f64>, Error> {
    check_layers(previous, present)?;
    if last >= present.nrows() {
        return Err(Error::OutOfBounds {
            what: "the last token of the past",
            value: last as f64 + 1.0,
            bound: Bound::OneTo(present.nrows()),
        });
    }
    let past = |values: &DMatrix<f64>| values.rows(0, last + 1).into_owned();
    estimate(&past(previous), &past(present), delta, scaling)
}

/// A metric divided by its largest entry, by its mean, or by nothing.
///
/// # Errors
/// [`Error::NoTokens`] without an entry, [`Error::NotFinite`]; [`Error::OutOfBounds`] for an entry
/// below 0; [`Error::NotDefined`] when every entry is 0.
pub fn scaled_metric(metric: &DVector<f64>, scaling: MetricScaling) -> Result<DVector<f64>, Error> {
    if metric.is_empty() {
        return Err(Error::NoTokens {
            what: "entries of the metric",
        });
    }
    check_finite("metric row", metric.iter().enumerate().map(|(at, &m)| (at, at, m)))?;
    if let Some(&value) = metric.iter().find(|&&m| m < 0.0) {
        return Err(Error::OutOfBounds {
            what: "an entry of the metric",
            value,
            bound: Bound::NotNegative,
        });
    }
    if metric.max() == 0.0 {
        return Err(Error::NotDefined {
            what: "the scaled metric",
            needs: "an entry that is not 0".to_owned(),
            has: "none".to_owned(),
        });
    }
    Ok(match scaling {
        MetricScaling::Max => metric / metric.max(),
        MetricScaling::Mean => {
            // In units of a power of two, so that the mean of the smallest numbers keeps its digits.
            let metric = metric / power_of_two_below(metric.iter().copied());
            &metric / mean(metric.iter().copied())
        }
        MetricScaling::None => metric.clone(),
    })
}

fn check_layers(previous: &DMatrix<f64>, present: &DMatrix<f64>) -> Result<(), Error> {
    if present.nrows() == 0 {
        return Err(Error::NoTokens { what: "values" });
    }
    if present.ncols() == 0 {
        return Err(Error::NoDimensions { what: "values" });
    }
    check_length("the number of previous values", previous.nrows(), present.nrows())?;
    check_length(
        "the number of dimensions of the previous values",
        previous.ncols(),
        present.ncols(),
    )
}

/// The metric of layers of the same shape.
fn estimate(
    previous: &DMatrix<f64>,
    present: &DMatrix<f64>,
    delta: f64,
    scaling: MetricScaling,
) -> Result<DVector<f64>, Error> {
    check_finite("previous value", entries(previous))?;
    check_finite("value", entries(present))?;
    check_positive("δ", delta)?;
    let jumps = present - previous;
    check_range("the jump of value", &jumps)?;
    // In units of a power of two, so that the mean of the smallest jumps is not 0.
    let unit = power_of_two_below(jumps.iter().copied());
    let means = jumps
        .column_iter()
        .map(|jumps| mean(jumps.iter().map(|jump| jump.abs() / unit)));
    let means = DVector::from_iterator(present.ncols(), means);
    if means.max() == 0.0 {
        return Err(Error::NotDefined {
            what: "the estimated metric",
            needs: "a coordinate of the values that moves between the layers".to_owned(),
            has: "none".to_owned(),
        });
    }
    if scaling != MetricScaling::None {
        return scaled_metric(&means, scaling);
    }
    let metric = means * unit / delta;
    match metric.iter().position(|m| !m.is_finite()) {
        None => Ok(metric),
        Some(at) => Err(Error::Overflow {
            what: "the estimated metric",
            row: at,
            column: at,
        }),
    }
}
