//! Claim 5: the largest eigenvalue is 648.46 (Teo and Nguyen 2024, section 2.2.2). Under the paper's
//! own definition of the Gram matrix none is above N.

use nalgebra::DMatrix;

use crate::eigen::leading;
use crate::error::Error;
use crate::kernel::{Centring, Kernel};
use crate::kernel_pca::KernelPca;
use crate::logits::Family;
use crate::rpc::softmax;

/// The largest eigenvalue of the centred Gram matrix, with and without the scaling by `1/(g g)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EigenvalueClaim {
    /// `w_1` of the centred `K_φ = k/(g g)`; the paper's `λ_1` is `w_1/N`.
    pub largest: f64,
    /// `tr K_φ`: `w_1 ≤ tr K_φ ≤ N`, since `g_i ≥ k_ii ≥ 1`.
    pub trace: f64,
    /// `N`.
    pub n_keys: usize,
    /// `log₁₀` of the largest eigenvalue of the centred `k` without scaling, which may be beyond the
    /// range; `None` for equal keys, where it is 0.
    pub log10_without_scaling: Option<f64>,
}

/// The largest eigenvalues of keys `N×D`; `None`: `τ = √D`.
///
/// # Errors
/// As [`KernelPca::new`].
pub fn eigenvalue_bound(keys: &DMatrix<f64>, temperature: Option<f64>) -> Result<EigenvalueClaim, Error> {
    let scoring = softmax(keys.ncols().max(1), temperature)?;
    let kernel = Kernel::Exponential {
        temperature: scoring.temperature(),
    };
    let pca = KernelPca::new(keys, kernel, Centring::Centred)?;
    Ok(EigenvalueClaim {
        largest: pca.eigenvalues().first().copied().unwrap_or_default(),
        trace: pca.gram().trace(),
        n_keys: keys.nrows(),
        log10_without_scaling: log10_without_scaling(keys, temperature)?,
    })
}

/// `log₁₀` of the largest eigenvalue of the centred `k` of keys `N×D`, without the scaling by `1/(g g)`; `None` for equal
/// keys, where it is 0. `None` for the temperature: `τ = √D`.
///
/// # Errors
/// As [`eigenvalue_bound`].
pub fn log10_without_scaling(keys: &DMatrix<f64>, temperature: Option<f64>) -> Result<Option<f64>, Error> {
    let family = Family::new(keys, softmax(keys.ncols().max(1), temperature)?)?;
    let n = keys.nrows();
    let mut gram = DMatrix::zeros(n, n);
    for (index, (mut column, key)) in gram.column_iter_mut().zip(keys.row_iter()).enumerate() {
        let key: Vec<f64> = key.iter().copied().collect();
        for (slot, logit) in column.iter_mut().zip(family.of(&key, keys, index)?) {
            *slot = logit.value();
        }
    }
    let greatest = gram.max();
    gram.apply(|logit| *logit = (*logit - greatest).exp());
    let means = gram.row_mean();
    let all = means.mean();
    for (mut column, of_column) in gram.column_iter_mut().zip(means.iter()) {
        for (entry, of_row) in column.iter_mut().zip(means.iter()) {
            *entry += all - of_row - of_column;
        }
    }
    let unit = gram.amax();
    if unit <= n as f64 * f64::EPSILON {
        return Ok(None);
    }
    let eigen = leading(gram / unit, f64::INFINITY)?;
    let largest = eigen.values.first().copied().unwrap_or_default() * unit;
    Ok(Some(largest.log10() + greatest * std::f64::consts::LOG10_E))
}
