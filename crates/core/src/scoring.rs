//! The family of mechanisms, said once: `logit_ij = q_iᵀ M k_j / τ + b_j`.
//!
//! | mechanism | metric `M` | key bias `b_j` |
//! |---|---|---|
//! | softmax attention | `I` | `0` |
//! | Nadaraya–Watson smoother | `I` | `−‖k_j‖²/(2τ)` |
//! | Elliptical Attention | `diag(m)` | `0` |
//! | Elliptical smoother | `diag(m)` | `−‖k_j‖²_M/(2τ)` |
//! | Attention-BN, full form | `diag(1/(σ² + ε))` | `−μᵀMk_j/τ` |
//! | Attention-BN, recentred form | `I` | `−β μᵀk_j/τ` |
//! | Attention-SH | `I`, the keys being means of neighbours | `0` |
//!
//! with τ = √D unless chosen. A later mechanism is a value of [`Scoring`], not another copy of the
//! formula.

use std::fmt;
use std::str::FromStr;

use nalgebra::{DMatrix, DVector};

use crate::error::{Error, check_finite, check_length, check_temperature, entries};

/// The matrix `M` between query and key, in the convention of Elliptical Attention: M, not its
/// inverse.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// `M = I`.
    Identity,
    /// `M = diag(m)`, D entries.
    Diagonal(DVector<f64>),
    /// Any `D×D` matrix.
    Full(DMatrix<f64>),
}

/// What is added to every logit of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyBias {
    /// `b_j = 0`: dot-product attention.
    Zero,
    /// `b_j` as given, N entries.
    Given(DVector<f64>),
    /// `b_j = −‖k_j‖²_M/(2τ)`: the Nadaraya–Watson smoother with a Gaussian kernel of variance τ.
    /// It is evaluated, and its logits are reported, in the distance form
    /// `−(q_i−k_j)ᵀM(q_i−k_j)/(2τ)`, which differs by a constant of the row and gives the same
    /// weights. `M` must be symmetric.
    Distance,
}

/// One member of the family `logit_ij = q_iᵀ M k_j / τ + b_j`, with every number checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    metric: Metric,
    temperature: f64,
    bias: KeyBias,
}

impl Scoring {
    /// Checks and holds the three parts. Whether they fit a head is checked where they meet it.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] for a temperature that is not finite or not above 0;
    /// [`Error::NotFinite`] for an entry of the metric or the bias; [`Error::ShapeMismatch`] for a
    /// metric that is not square; [`Error::NotDefined`] for a distance under a metric that is not
    /// symmetric.
    pub fn new(metric: Metric, temperature: f64, bias: KeyBias) -> Result<Self, Error> {
        check_temperature(temperature)?;
        match &metric {
            Metric::Identity => {}
            Metric::Diagonal(diagonal) => {
                check_finite(
                    "metric row",
                    diagonal.iter().enumerate().map(|(at, &value)| (at, at, value)),
                )?;
            }
            Metric::Full(matrix) => {
                check_length("the number of columns of the metric", matrix.ncols(), matrix.nrows())?;
                check_finite("metric row", entries(matrix))?;
                if bias == KeyBias::Distance {
                    check_symmetric(matrix)?;
                }
            }
        }
        if let KeyBias::Given(given) = &bias {
            check_finite(
                "bias of key",
                given.iter().enumerate().map(|(at, &value)| (at, 0, value)),
            )?;
        }
        Ok(Self {
            metric,
            temperature,
            bias,
        })
    }

    /// The same mechanism at another temperature.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] when it is not finite or not above 0.
    pub fn with_temperature(self, temperature: f64) -> Result<Self, Error> {
        check_temperature(temperature)?;
        Ok(Self { temperature, ..self })
    }

    /// `M`.
    pub fn metric(&self) -> &Metric {
        &self.metric
    }

    /// `τ`, finite and above 0.
    pub fn temperature(&self) -> f64 {
        self.temperature
    }

    /// `b`.
    pub fn bias(&self) -> &KeyBias {
        &self.bias
    }

    /// The same mechanism for the first `n` keys alone.
    pub(crate) fn of_first(&self, n: usize) -> Self {
        let bias = match &self.bias {
            KeyBias::Given(given) => KeyBias::Given(given.rows(0, n.min(given.len())).into_owned()),
            bias @ (KeyBias::Zero | KeyBias::Distance) => bias.clone(),
        };
        Self {
            metric: self.metric.clone(),
            temperature: self.temperature,
            bias,
        }
    }

    /// Checks that metric and bias have the lengths of a head with `n_keys` keys of `dim`
    /// dimensions.
    pub(crate) fn check_fits(&self, n_keys: usize, dim: usize) -> Result<(), Error> {
        check_metric_fits(&self.metric, dim)?;
        match &self.bias {
            KeyBias::Zero | KeyBias::Distance => Ok(()),
            KeyBias::Given(given) => check_length("the number of key biases", given.len(), n_keys),
        }
    }
}

/// Checks that a metric has the size of keys of `dim` dimensions.
pub(crate) fn check_metric_fits(metric: &Metric, dim: usize) -> Result<(), Error> {
    match metric {
        Metric::Identity => Ok(()),
        Metric::Diagonal(diagonal) => check_length("the number of entries of the metric", diagonal.len(), dim),
        Metric::Full(matrix) => check_length("the number of rows of the metric", matrix.nrows(), dim),
    }
}

/// A distance under a metric that is not symmetric is not `q_iᵀ M k_j` plus terms of the row and of
/// the key, so it is outside the family.
fn check_symmetric(matrix: &DMatrix<f64>) -> Result<(), Error> {
    let broken = entries(matrix).find(|&(row, column, value)| matrix.get((column, row)) != Some(&value));
    match broken {
        None => Ok(()),
        Some((row, column, value)) => {
            let other = matrix.get((column, row)).copied().unwrap_or_default();
            let (row, column) = (row + 1, column + 1);
            Err(Error::NotDefined {
                what: "the distance",
                needs: "a symmetric metric".to_owned(),
                has: format!("{value} at row {row}, column {column} but {other} at row {column}, column {row}"),
            })
        }
    }
}

/// The mechanisms that have a name on the command line and in links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mechanism {
    /// Dot-product attention, `softmax(q_iᵀk_j/τ)`.
    Softmax,
    /// The Nadaraya–Watson smoother, `exp(−‖q_i−k_j‖²/(2τ))` divided by its sum.
    Smoother,
    /// Dot-product attention over the values that [`KernelPca`](crate::KernelPca) constructs from
    /// the keys: the weights are those of softmax.
    KernelPca,
    /// RPC-Attention: dot-product attention on keys that [`RpcAttending`](crate::RpcAttending) cleans
    /// first; the weights are those of softmax on them.
    Rpc,
    /// Elliptical Attention: dot-product attention with `M = diag(m)`, see
    /// [`estimated_metric`](crate::estimated_metric).
    Elliptical,
    /// Attention-BN: the statistics of the keys give M and `b_j`, see
    /// [`bn_scoring`](crate::bn_scoring).
    Bn,
    /// Attention-SH: dot-product attention on keys and values that are averaged along the sequence,
    /// see [`Pooling`](crate::Pooling).
    Sh,
}

impl Mechanism {
    /// Every mechanism, in the order in which they are listed to people.
    pub const ALL: [Self; 7] = [
        Self::Softmax,
        Self::Smoother,
        Self::KernelPca,
        Self::Rpc,
        Self::Elliptical,
        Self::Bn,
        Self::Sh,
    ];

    /// The mechanism for keys of `dim` dimensions, at τ = √D. For those that take their metric, their
    /// bias or their keys from data (kernel PCA, RPC-Attention, Elliptical Attention, Attention-BN and
    /// Attention-SH) it is what they are without: `M = I`, `b_j = 0`.
    ///
    /// # Errors
    /// [`Error::NoDimensions`] for `dim = 0`.
    pub fn scoring(self, dim: usize) -> Result<Scoring, Error> {
        if dim == 0 {
            return Err(Error::NoDimensions { what: "keys" });
        }
        let bias = match self {
            Self::Smoother => KeyBias::Distance,
            Self::Softmax | Self::KernelPca | Self::Rpc | Self::Elliptical | Self::Bn | Self::Sh => KeyBias::Zero,
        };
        Scoring::new(Metric::Identity, (dim as f64).sqrt(), bias)
    }

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::Smoother => "smoother",
            Self::KernelPca => "kernel-pca",
            Self::Rpc => "rpc",
            Self::Elliptical => "elliptical",
            Self::Bn => "bn",
            Self::Sh => "sh",
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mechanism {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|mechanism| mechanism.name() == name)
            .ok_or_else(|| Error::UnknownMechanism { name: name.to_owned() })
    }
}
