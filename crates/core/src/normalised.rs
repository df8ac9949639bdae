//! Attention-BN (Nguyen, Nguyen, Ho, Bertozzi, Baraniuk and Osher 2023, arXiv 2406.13781, Definition
//! 1): keys and queries normalised with the statistics of the keys, as batch normalisation has it.
//!
//! With μ and σ² the mean and the biased variance of each coordinate over the keys, the full form is
//! `softmax_j(((q−μ)⊙s⁻¹)ᵀ((k_j−μ)⊙s⁻¹)/τ)`, `s⁻¹ = 1/√(σ²+ε)` (Eqn 22), and the recentred one, which
//! the experiments use, `softmax_j((q−βμ)ᵀ(k_j−βμ)/τ)` (Eqn 26). Softmax ignores what is equal along a
//! row, so both are members of the family: to shift the keys changes nothing, to shift the queries is
//! a penalty of the keys that are like the mean one.

use std::fmt;
use std::iter::zip;
use std::str::FromStr;

use nalgebra::{DMatrix, DVector};

use crate::compensated::Pair;
use crate::error::{Bound, Error, check_finite, check_positive, check_temperature, entries};
use crate::head::Head;
use crate::moments::{mean, variance};
use crate::rpc::check_range;
use crate::scoring::{KeyBias, Metric, Scoring};

/// Which of the two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BnForm {
    /// `M = I`, `b_j = −β μᵀk_j/τ`: only the centre moves (Eqn 26).
    Recentred,
    /// `M = diag(1/(σ²+ε))`, `b_j = −μᵀMk_j/τ`: divided by the spread too (Eqns 22 and 24).
    Full,
}

impl BnForm {
    /// Both forms, in the order in which they are listed to people.
    pub const ALL: [Self; 2] = [Self::Recentred, Self::Full];

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recentred => "recentred",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for BnForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BnForm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|form| form.name() == name)
            .ok_or_else(|| Error::UnknownChoice {
                what: "form of Attention-BN",
                name: name.to_owned(),
                choices: "recentred and full",
            })
    }
}

/// The choices of Attention-BN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BnOptions {
    /// Which form.
    pub form: BnForm,
    /// `β` of the recentred form, finite; the full form has none.
    pub beta: f64,
    /// `ε` of the full form, finite and above 0; the recentred form has none.
    pub epsilon: f64,
}

impl Default for BnOptions {
    /// Recentred, `β = 1`, `ε = 1e-5`.
    fn default() -> Self {
        Self {
            form: BnForm::Recentred,
            beta: 1.0,
            epsilon: 1e-5,
        }
    }
}

impl BnOptions {
    fn check(&self) -> Result<(), Error> {
        check_beta(self.beta)?;
        check_positive("ε", self.epsilon)
    }
}

fn check_beta(beta: f64) -> Result<(), Error> {
    if beta.is_finite() {
        return Ok(());
    }
    Err(Error::OutOfBounds {
        what: "β",
        value: beta,
        bound: Bound::Finite,
    })
}

/// The mean key and the spread of the keys round it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyStatistics {
    /// `μ = 1/N Σ_j k_j`, D entries.
    pub mean: DVector<f64>,
    /// `σ² = 1/N Σ_j (k_j − μ)²` of each coordinate, D entries: the biased variance.
    pub variance: DVector<f64>,
}

/// Mean and variance of the keys `N×D`.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::NotFinite`]; [`Error::Overflow`] when a
/// variance is beyond the range of `f64`.
pub fn key_statistics(keys: &DMatrix<f64>) -> Result<KeyStatistics, Error> {
    let mean = mean_key(keys)?;
    let variances = zip(keys.column_iter(), &mean).map(|(column, &mean)| variance(column.iter().copied(), mean));
    let variance = DVector::from_iterator(keys.ncols(), variances);
    match variance.iter().position(|variance| !variance.is_finite()) {
        None => Ok(KeyStatistics { mean, variance }),
        Some(column) => Err(Error::Overflow {
            what: "the variance of the keys",
            row: 0,
            column,
        }),
    }
}

fn mean_key(keys: &DMatrix<f64>) -> Result<DVector<f64>, Error> {
    if keys.nrows() == 0 {
        return Err(Error::NoTokens { what: "keys" });
    }
    if keys.ncols() == 0 {
        return Err(Error::NoDimensions { what: "keys" });
    }
    check_finite("key", entries(keys))?;
    let means = keys.column_iter().map(|column| mean(column.iter().copied()));
    Ok(DVector::from_iterator(keys.ncols(), means))
}

/// `1/(σ²+ε)` of each coordinate.
fn full_metric(variance: &DVector<f64>, epsilon: f64) -> Result<DVector<f64>, Error> {
    let metric = variance.map(|variance| 1.0 / (variance + epsilon));
    match metric.iter().position(|m| !m.is_finite()) {
        None => Ok(metric),
        Some(at) => Err(Error::Overflow {
            what: "the metric of Attention-BN",
            row: at,
            column: at,
        }),
    }
}

/// Attention-BN as a member of the family, for the keys `N×D` and `τ`: `M` and `b_j` as in
/// [`BnForm`], each `b_j` right to its last digit for the rounded μ and M.
///
/// # Errors
/// As [`key_statistics`] (the recentred form needs the mean alone); [`Error::OutOfBounds`] for β, ε
/// and the temperature; [`Error::Overflow`] when an entry of M or a `b_j` is beyond the range of
/// `f64`.
pub fn bn_scoring(keys: &DMatrix<f64>, options: &BnOptions, temperature: f64) -> Result<Scoring, Error> {
    options.check()?;
    check_temperature(temperature)?;
    let (metric, towards, factor) = match options.form {
        BnForm::Recentred => (Metric::Identity, pairs(&mean_key(keys)?), -options.beta),
        BnForm::Full => {
            let statistics = key_statistics(keys)?;
            let metric = full_metric(&statistics.variance, options.epsilon)?;
            let towards = zip(&statistics.mean, &metric).map(|(&mean, &m)| Pair::product(mean, m));
            (Metric::Diagonal(metric.clone()), towards.collect(), -1.0)
        }
    };
    let mut bias = DVector::zeros(keys.nrows());
    for (row, (slot, key)) in zip(bias.iter_mut(), keys.row_iter()).enumerate() {
        let product = zip(&towards, &key).fold(Pair::ZERO, |sum, (&mu, &k)| sum + mu * k);
        *slot = (product * factor / temperature).value();
        if !slot.is_finite() {
            return Err(Error::Overflow {
                what: "the bias of key",
                row,
                column: 0,
            });
        }
    }
    Scoring::new(metric, temperature, KeyBias::Given(bias))
}

fn pairs(numbers: &DVector<f64>) -> Vec<Pair> {
    numbers.iter().copied().map(Pair::new).collect()
}

/// The symmetric picture: queries and keys both less μ (full form, and divided by `√(σ²+ε)`) or both
/// less βμ (recentred form), μ and σ² of the keys; the values stay. Softmax attention of this head is
/// Attention-BN of the given one.
///
/// # Errors
/// [`Error::OutOfBounds`] for β and ε; [`Error::Overflow`] when a variance or a coordinate is beyond
/// the range of `f64`.
pub fn bn_head(head: &Head, options: &BnOptions) -> Result<Head, Error> {
    options.check()?;
    let (centre, scale) = match options.form {
        BnForm::Recentred => (mean_key(head.keys())? * options.beta, None),
        BnForm::Full => {
            let statistics = key_statistics(head.keys())?;
            let scale = full_metric(&statistics.variance, options.epsilon)?.map(f64::sqrt);
            (statistics.mean, Some(scale))
        }
    };
    let queries = moved(
        "the normalised coordinate of query",
        head.queries(),
        &centre,
        scale.as_ref(),
    )?;
    let keys = moved("the normalised coordinate of key", head.keys(), &centre, scale.as_ref())?;
    Head::new(queries, keys, head.values().clone())
}

/// The recentred form by its only part that matters: the queries less βμ, μ the mean key; keys and
/// values stay. Softmax attention of this head has the weights of the recentred [`bn_head`].
///
/// # Errors
/// [`Error::OutOfBounds`] for β; [`Error::Overflow`] when a coordinate is beyond the range of `f64`.
pub fn bn_shifted_queries(head: &Head, beta: f64) -> Result<Head, Error> {
    check_beta(beta)?;
    let centre = mean_key(head.keys())? * beta;
    let queries = moved("the normalised coordinate of query", head.queries(), &centre, None)?;
    Head::new(queries, head.keys().clone(), head.values().clone())
}

/// `(x − centre) ⊙ scale` of every row.
fn moved(
    what: &'static str,
    rows: &DMatrix<f64>,
    centre: &DVector<f64>,
    scale: Option<&DVector<f64>>,
) -> Result<DMatrix<f64>, Error> {
    let mut rows = rows.clone();
    for (at, (mut column, &centre)) in zip(rows.column_iter_mut(), centre).enumerate() {
        let scale = scale.and_then(|scale| scale.get(at)).copied().unwrap_or(1.0);
        column.apply(|x| *x = (*x - centre) * scale);
    }
    check_range(what, &rows)?;
    Ok(rows)
}
