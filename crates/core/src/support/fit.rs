//! What a support vector regression gives, and the same read backwards.

use std::iter::zip;
use std::sync::Arc;

use nalgebra::DMatrix;

use super::kernel::Smoother;
use super::{KktCase, SupportBound, SupportProgress};
use crate::error::{Error, check_finite, check_length, entries};

/// A fit, at its optimum or on the way to it.
#[derive(Debug, Clone)]
pub struct SupportFit {
    /// `v_j = β_j/h_j`, N entries.
    pub value: Vec<f64>,
    /// `f(k_j)`, N entries.
    pub fitted: Vec<f64>,
    /// `log h_j`, N entries.
    pub log_normaliser: Arc<[f64]>,
    /// Which condition each key is under, by its value.
    pub cases: Vec<KktCase>,
    /// What the last sweep has reached.
    pub last: SupportProgress,
    pub(super) bound: SupportBound,
    pub(super) smoother: Arc<Smoother>,
}

impl SupportFit {
    /// `β_j = h_j v_j`, N entries: with its sign, `α_j − α̃_j`.
    ///
    /// # Errors
    /// [`Error::Overflow`] where it is beyond the range of `f64`, as for long keys.
    pub fn beta(&self) -> Result<Vec<f64>, Error> {
        let betas = zip(zip(&self.value, self.log_normaliser.iter()), &self.cases);
        let betas = betas.map(|((&value, log), case)| match (self.bound, case) {
            (SupportBound::Dual(c), KktCase::Capped) => c.copysign(value),
            // Half and half: the product may be in the range where the normaliser is not.
            _ => value * (0.5 * log).exp() * (0.5 * log).exp(),
        });
        in_range("the dual variable of the key", betas)
    }

    /// `h_j = Σ_l Φ(k_j)·Φ(k_l)`, N entries.
    ///
    /// # Errors
    /// As [`SupportFit::beta`].
    pub fn normaliser(&self) -> Result<Vec<f64>, Error> {
        in_range(
            "the normaliser of the key",
            self.log_normaliser.iter().map(|log| log.exp()),
        )
    }

    /// What the fit says of a query: attention over the values.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] when the query has not the dimensions of the keys,
    /// [`Error::NotFinite`]; [`Error::NotDefined`] where the sum of a kernel that is cut off is not above 0;
    /// [`Error::Overflow`].
    pub fn at(&self, query: &[f64]) -> Result<SupportReading, Error> {
        let (weights, _) = self.smoother.at(query)?;
        let products: Vec<f64> = zip(&weights, &self.value)
            .map(|(weight, value)| weight * value)
            .collect();
        let value = products.iter().sum();
        in_range("the fit of the query", products.iter().copied().chain([value]))?;
        Ok(SupportReading {
            weights,
            products,
            value,
        })
    }
}

/// What a fit says of one query.
#[derive(Debug, Clone, PartialEq)]
pub struct SupportReading {
    /// `softmax_j(q·k_j/τ)`, or the same of the kernel that is cut off; N entries, their sum is 1.
    pub weights: Vec<f64>,
    /// `w_j v_j`, N entries.
    pub products: Vec<f64>,
    /// `f(q) = Σ_j w_j v_j`.
    pub value: f64,
}

/// The targets that values imply, `y = A_KK V`, `N×D_v`: what attention says at the keys, the
/// regression read backwards. With `ε = 0` and no bound they give the values back.
///
/// # Errors
/// As [`SupportFitting::new`](crate::SupportFitting::new), with values `N×D_v` in the place of the targets.
pub fn implied_targets(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    temperature: Option<f64>,
    degree: Option<usize>,
) -> Result<DMatrix<f64>, Error> {
    let smoother = Smoother::new(keys.clone(), temperature, degree)?;
    check_length("the number of values", values.nrows(), keys.nrows())?;
    check_finite("value", entries(values))?;
    let (rows, _) = smoother.of_keys()?;
    let targets = rows * values;
    let beyond = entries(&targets).find(|(_, _, target)| !target.is_finite());
    match beyond {
        None => Ok(targets),
        Some((row, column, _)) => Err(Error::Overflow {
            what: "the implied target",
            row,
            column,
        }),
    }
}

/// The numbers, each in the range of `f64`.
fn in_range(what: &'static str, numbers: impl Iterator<Item = f64>) -> Result<Vec<f64>, Error> {
    let numbers: Vec<f64> = numbers.collect();
    match numbers.iter().position(|number| !number.is_finite()) {
        None => Ok(numbers),
        Some(row) => Err(Error::Overflow { what, row, column: 0 }),
    }
}
