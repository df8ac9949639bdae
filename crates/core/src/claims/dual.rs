//! Claim 10: values are dual variables of a support vector regression (Nguyen et al. 2023, "A
//! Primal-Dual Framework for Transformers and Neural Networks", Theorem 1). There `|v_j| ≤ C/h_j` with
//! `h_j = Σ_l exp(k_j·k_l/τ)` and one `C` for all keys; training replaces the solution by learned values,
//! so nothing enforces it.

use std::iter::zip;

use nalgebra::DMatrix;

use super::projection::{ProjectionClaim, mean};
use crate::error::{Error, check_finite, check_length, entries};

/// What the bound asks of given values.
#[derive(Debug, Clone, PartialEq)]
pub struct DualClaim {
    /// `log₁₀ (max_d |v_jd| h_j)` of each key whose value is not 0: the `C` that it alone needs.
    pub log10_needed: Vec<f64>,
    /// The largest of them: the `C` that makes the bound hold for all.
    pub log10_bound: f64,
    /// The share of keys whose value uses at least half of that bound: those that it could hold.
    pub near_the_bound: f64,
    /// The correlation of `log ‖v_j‖` and `log h_j` over the keys: −1 where every value is at its bound. `None`
    /// where one of them is the same for all keys.
    pub correlation: Option<f64>,
}

/// Values `N×D_v` as dual variables. The prepared claim holds `h`, which is `g` of the kernel PCA.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NoDimensions`], [`Error::NotFinite`] for the values;
/// [`Error::NotDefined`] when all are 0.
pub fn dual_values(claim: &ProjectionClaim, values: &DMatrix<f64>) -> Result<DualClaim, Error> {
    if values.ncols() == 0 {
        return Err(Error::NoDimensions { what: "values" });
    }
    let logs = claim.pca().log_normalisers();
    check_length("the number of values", values.nrows(), logs.len())?;
    check_finite("value", entries(values))?;
    let rows = zip(values.row_iter(), logs).filter(|(row, _)| row.amax() > 0.0);
    let (mut needed, mut lengths, mut normalisers) = (Vec::new(), Vec::new(), Vec::new());
    for (row, log) in rows {
        let (largest, log_unit) = (row.amax(), row.amax().ln());
        needed.push(largest.log10() + log * std::f64::consts::LOG10_E);
        // In units of the largest entry, whose square may be beyond the range.
        lengths.push((row / largest).norm().ln() + log_unit);
        normalisers.push(*log);
    }
    let log10_bound = needed.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if needed.is_empty() {
        return Err(Error::NotDefined {
            what: "the bound of the dual variables",
            needs: "a value that is not 0".to_owned(),
            has: "only zeros".to_owned(),
        });
    }
    let near = needed.iter().filter(|needed| **needed >= log10_bound - 2.0_f64.log10());
    Ok(DualClaim {
        near_the_bound: near.count() as f64 / needed.len() as f64,
        log10_bound,
        log10_needed: needed,
        correlation: correlation(&lengths, &normalisers),
    })
}

/// Pearson's correlation, where both lists vary beyond rounding.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let [a, b] = [a, b].map(|list| {
        let mean = mean(list);
        list.iter().map(|x| x - mean).collect::<Vec<_>>()
    });
    let size = |list: &[f64]| list.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (of_a, of_b) = (size(&a), size(&b));
    let floor = 1e-12 * (a.len() as f64).sqrt();
    let product: f64 = zip(&a, &b).map(|(a, b)| a * b).sum();
    (of_a > floor && of_b > floor).then(|| (product / of_a / of_b).clamp(-1.0, 1.0))
}
