//! Claim 2: how alike trained and constructed values are (Sarıtaş and Yıldız 2025, arXiv 2505.07908):
//! cosine after the best matching of tokens, linear and kernel CKA (Kornblith, Norouzi, Lee and Hinton
//! 2019, arXiv 1905.00414). Matching alone makes strangers alike, so each stands beside its null.
//!
//! None is free of the gauge: the cosine changes when `V` becomes `VM`, CKA does unless `M` is a
//! rotation and a scale.

use std::iter::zip;

use nalgebra::DMatrix;
use pathfinding::prelude::{Matrix, kuhn_munkres};

use super::projection::mean;
use super::spread::Spread;
use crate::error::{Error, check_finite, check_length, entries};
use crate::scale::power_of_two_below;

/// Steps of a similarity between −1 and 1 in the assignment, whose numbers must be whole: finer than
/// its rounding, and a sum over a million tokens is still in range.
const STEPS: f64 = (1_u64 << 42) as f64;

/// How alike two matrices are, whose rows belong together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// `mean_j cos(x_j, y_j)` over the rows.
    pub cosine: f64,
    /// The same after the one-to-one matching of rows that makes it largest.
    pub matched_cosine: f64,
    /// [`linear_cka`].
    pub linear_cka: f64,
    /// [`kernel_cka`].
    pub kernel_cka: f64,
}

/// The similarities of matrices that have nothing to do with each other.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarityNull {
    /// Without matching.
    pub cosine: Spread,
    /// After matching.
    pub matched_cosine: Spread,
    /// Linear CKA.
    pub linear_cka: Spread,
    /// Kernel CKA.
    pub kernel_cka: Spread,
}

/// How alike two matrices `N×D` are. A row of zeros has the cosine 0 with every other.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`];
/// [`Error::NotDefined`] when all rows of one are equal, which have no CKA.
pub fn similarity(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<Similarity, Error> {
    check(x, y)?;
    check_length("the number of columns of the second matrix", y.ncols(), x.ncols())?;
    let cosines = unit_rows(x) * unit_rows(y).transpose();
    let matching = best_matching(&cosines)?;
    let matched: Vec<f64> = zip(cosines.row_iter(), matching)
        .filter_map(|(row, column)| row.get(column).copied())
        .collect();
    Ok(Similarity {
        cosine: mean(cosines.diagonal().as_slice()),
        matched_cosine: mean(&matched),
        linear_cka: linear_cka(x, y)?,
        kernel_cka: kernel_cka(x, y)?,
    })
}

/// The similarities of pairs of matrices.
///
/// # Errors
/// As [`similarity`]; [`Error::NoTokens`] without a pair.
pub fn similarity_null(pairs: impl IntoIterator<Item = (DMatrix<f64>, DMatrix<f64>)>) -> Result<SimilarityNull, Error> {
    let drawn: Vec<Similarity> = pairs
        .into_iter()
        .map(|(x, y)| similarity(&x, &y))
        .collect::<Result<_, _>>()?;
    let spread = |of: fn(&Similarity) -> f64| Spread::new(drawn.iter().map(of).collect());
    Ok(SimilarityNull {
        cosine: spread(|drawn| drawn.cosine)?,
        matched_cosine: spread(|drawn| drawn.matched_cosine)?,
        linear_cka: spread(|drawn| drawn.linear_cka)?,
        kernel_cka: spread(|drawn| drawn.kernel_cka)?,
    })
}

/// For each row of a square matrix the column that belongs to it in the one-to-one matching with the
/// largest sum (Kuhn and Munkres). Entries are compared in steps of 2⁻⁴² of the largest.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::ShapeMismatch`], [`Error::NotFinite`].
pub fn best_matching(similarities: &DMatrix<f64>) -> Result<Vec<usize>, Error> {
    if similarities.nrows() == 0 {
        return Err(Error::NoTokens { what: "rows to match" });
    }
    check_length(
        "the number of columns to match",
        similarities.ncols(),
        similarities.nrows(),
    )?;
    check_finite("similarity row", entries(similarities))?;
    let unit = power_of_two_below(similarities.iter().copied());
    let steps = similarities
        .transpose()
        .iter()
        .map(|x| (x / unit * STEPS) as i64)
        .collect();
    match Matrix::from_vec(similarities.nrows(), similarities.ncols(), steps) {
        Ok(steps) => Ok(kuhn_munkres(&steps).1),
        Err(_) => Err(Error::ShapeMismatch {
            what: "the number of columns to match",
            has: similarities.ncols(),
            needs: similarities.nrows(),
        }),
    }
}

/// `‖X̃ᵀỸ‖²_F/(‖X̃ᵀX̃‖_F ‖ỸᵀỸ‖_F)` with centred columns: from 0 to 1. The rows belong together, the
/// numbers of columns may differ.
///
/// # Errors
/// As [`similarity`].
pub fn linear_cka(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<f64, Error> {
    check(x, y)?;
    let [x, y] = [x, y].map(|matrix| {
        let mut centred = matrix / power_of_two_below(matrix.iter().copied());
        for mut column in centred.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
        }
        centred
    });
    quotient(x.tr_mul(&y).norm_squared(), x.tr_mul(&x).norm() * y.tr_mul(&y).norm())
}

/// `HSIC(K, L)/√(HSIC(K, K) HSIC(L, L))` with Gaussian kernels `exp(−d²/(2σ²))` of the rows, `σ` the
/// median of the distances of two rows, and the biased estimate `HSIC ∝ tr(K H L H)`: from 0 to 1.
///
/// # Errors
/// As [`similarity`]; [`Error::NotDefined`] also when most rows of one are equal, whose median
/// distance is 0.
pub fn kernel_cka(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<f64, Error> {
    check(x, y)?;
    let (x, y) = (centred_kernel(x)?, centred_kernel(y)?);
    quotient(x.dot(&y), x.norm() * y.norm())
}

/// `H K H` of the Gaussian kernel with the median distance.
fn centred_kernel(matrix: &DMatrix<f64>) -> Result<DMatrix<f64>, Error> {
    let unit = power_of_two_below(matrix.iter().copied());
    let rows = (matrix / unit).transpose();
    let n = rows.ncols();
    let mut kernel = DMatrix::zeros(n, n);
    let mut squares = Vec::with_capacity(n * n.saturating_sub(1) / 2);
    for (i, a) in rows.column_iter().enumerate() {
        for (j, b) in rows.column_iter().enumerate().take(i) {
            let square = (a - b).norm_squared();
            squares.push(square);
            for place in [(i, j), (j, i)] {
                if let Some(slot) = kernel.get_mut(place) {
                    *slot = square;
                }
            }
        }
    }
    squares.sort_unstable_by(f64::total_cmp);
    let median = squares.get(squares.len() / 2).copied().unwrap_or_default();
    if median <= 0.0 {
        return Err(no_cka());
    }
    kernel.apply(|square| *square = (-*square / (2.0 * median)).exp());
    let means: Vec<f64> = kernel.column_iter().map(|column| column.mean()).collect();
    let all = mean(&means);
    for (mut column, of_column) in zip(kernel.column_iter_mut(), &means) {
        for (entry, of_row) in zip(column.iter_mut(), &means) {
            *entry += all - of_row - of_column;
        }
    }
    Ok(kernel)
}

fn quotient(part: f64, whole: f64) -> Result<f64, Error> {
    if whole > 0.0 {
        Ok((part / whole).clamp(0.0, 1.0))
    } else {
        Err(no_cka())
    }
}

fn no_cka() -> Error {
    Error::NotDefined {
        what: "the centred kernel alignment",
        needs: "rows that differ".to_owned(),
        has: "rows that are equal".to_owned(),
    }
}

/// The rows at length 1; those of zeros stay.
fn unit_rows(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let mut columns = matrix.transpose();
    for mut column in columns.column_iter_mut() {
        column /= power_of_two_below(column.iter().copied());
        column.try_normalize_mut(0.0);
    }
    columns.transpose()
}

fn check(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<(), Error> {
    if x.nrows() == 0 {
        return Err(Error::NoTokens { what: "rows" });
    }
    if x.ncols() == 0 || y.ncols() == 0 {
        return Err(Error::NoDimensions { what: "rows" });
    }
    check_length("the number of rows of the second matrix", y.nrows(), x.nrows())?;
    check_finite("row", entries(x))?;
    check_finite("row", entries(y))
}
