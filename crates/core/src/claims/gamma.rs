//! Claim 4: `γ = K̃â/(Nâ)`, entry by entry, is constant for an eigenvector, so `|γ_i − γ_j| ≈ 0` shows
//! that `â` is one (Teo and Nguyen 2024, section 2.2.2). The eigenvalues are tiny, so the absolute
//! difference is tiny for every column; the relative one tells them apart.

use std::iter::zip;

use nalgebra::DMatrix;

use super::spread::random_matrix;
use crate::error::{Error, check_finite, check_length, entries};
use crate::kernel_pca::KernelPca;

/// How much `γ` differs between tokens: means over the pairs of tokens, and over the columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaSpread {
    /// Of `|γ_i − γ_j|`.
    pub absolute: f64,
    /// Of `|γ_i − γ_j|/max(|γ_i|, |γ_j|)`, from 0 to 2; 0 where both are 0.
    pub relative: f64,
}

/// The spread of `γ_i = (K̃â)_i/(N â_i)` for columns `â`, `N×n`. Tokens with `â_i = 0` have no `γ` and
/// are left out.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NotFinite`]; [`Error::NotDefined`] when no column has two tokens
/// with a `γ`; [`Error::Overflow`].
pub fn gamma_spread(pca: &KernelPca, columns: &DMatrix<f64>) -> Result<GammaSpread, Error> {
    let n = pca.n_keys();
    check_length("the number of rows of the columns", columns.nrows(), n)?;
    check_finite("column entry", entries(columns))?;
    let moved = pca.centred_gram() * columns;
    let (mut pairs, mut absolute, mut relative) = (0_usize, 0.0, 0.0);
    for (column, moved) in zip(columns.column_iter(), moved.column_iter()) {
        let gammas: Vec<f64> = zip(column.iter(), moved.iter())
            .filter(|(entry, _)| **entry != 0.0)
            .map(|(entry, moved)| moved / (n as f64 * entry))
            .collect();
        for (at, a) in gammas.iter().enumerate() {
            for b in gammas.iter().take(at) {
                let (apart, larger) = ((a - b).abs(), a.abs().max(b.abs()));
                pairs += 1;
                absolute += apart;
                relative += if larger > 0.0 { apart / larger } else { 0.0 };
            }
        }
    }
    if pairs == 0 {
        return Err(Error::NotDefined {
            what: "the spread of γ",
            needs: "a column with two entries that are not 0".to_owned(),
            has: "none".to_owned(),
        });
    }
    let spread = GammaSpread {
        absolute: absolute / pairs as f64,
        relative: relative / pairs as f64,
    };
    if spread.absolute.is_finite() && spread.relative.is_finite() {
        Ok(spread)
    } else {
        Err(Error::Overflow {
            what: "the spread of γ",
            row: 0,
            column: 0,
        })
    }
}

/// Axes with noise of this size times a standard normal number on every entry, made orthonormal again
/// by QR: no eigenvectors, and near them (the reproduction's test, arXiv 2505.07908, with 0.1).
///
/// # Errors
/// [`Error::NotFinite`], [`Error::ShapeMismatch`] for more axes than entries; [`Error::OutOfBounds`] for a size
/// that is not finite.
pub fn perturbed_axes(axes: &DMatrix<f64>, size: f64, uniform: &mut dyn FnMut() -> f64) -> Result<DMatrix<f64>, Error> {
    check_finite("axis entry", entries(axes))?;
    if !size.is_finite() {
        return Err(Error::OutOfBounds {
            what: "the size of the noise",
            value: size,
            bound: crate::error::Bound::Finite,
        });
    }
    if axes.ncols() > axes.nrows() {
        check_length("the number of axes", axes.ncols(), axes.nrows())?;
    }
    let noisy = axes + random_matrix(axes.nrows(), axes.ncols(), uniform) * size;
    Ok(noisy.qr().q())
}
