//! The eigen-decomposition of a symmetric positive semi-definite matrix, as a stepper: Householder
//! reflections column by column to a tridiagonal matrix, then implicit QR with Wilkinson's shift
//! (Golub and Van Loan, Matrix Computations, 4th edition, §8.3).
//!
//! Why our own: a page must stay alive while a thousand keys are decomposed, so the work is cut
//! into slices; a Gram matrix of a plane's keys has a small numerical rank, and the reduction stops
//! where only rounding is left; and the result must not depend on anything but the matrix.

mod diagonal;
mod leading;
mod tridiagonal;

use std::iter::zip;

use nalgebra::{DMatrix, DMatrixView};
use wide::f64x4;

use crate::error::Error;
use diagonal::Diagonalising;
pub(crate) use leading::leading;
use tridiagonal::{Accumulating, Tridiagonalising};

/// An eigenvalue counts when it is above this share of the largest: below, it is rounding.
pub(crate) const RANK_TOLERANCE: f64 = 1e-12;

/// Entries of an axis whose sizes differ by less than this, relative to the largest, are tied when
/// its sign is chosen; rounding must not decide.
const TIE_TOLERANCE: f64 = 1e-9;

/// A vector shorter than this is 0 beside entries of size 1; its square would underflow.
const NEGLIGIBLE: f64 = 1e-100;

/// Rows of the eigenvectors that a rotation turns at once.
const LANES: usize = 8;

/// The sign that makes the largest entry of an axis positive, the first of them when several are.
/// The sign of an axis is free; this one is the same however the axis was found.
pub(crate) fn canonical_sign(axis: &[f64]) -> f64 {
    let largest = axis.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
    let leading = axis.iter().find(|entry| entry.abs() >= largest * (1.0 - TIE_TOLERANCE));
    if leading.is_some_and(|&entry| entry < 0.0) {
        -1.0
    } else {
        1.0
    }
}

/// `Σ_d a_d b_d`.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut totals = [f64x4::ZERO; 2];
    for (a, b) in zip(a_chunks, b_chunks) {
        for ((total, a), b) in zip(zip(&mut totals, lanes(a)), lanes(b)) {
            *total += a * b;
        }
    }
    let [upper, lower] = totals;
    (upper + lower).reduce_add() + zip(a_rest, b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// `y += factor · x`.
pub(crate) fn add_scaled(y: &mut [f64], factor: f64, x: &[f64]) {
    for (y, x) in zip(y, x) {
        *y += factor * x;
    }
}

/// Eight numbers as vector registers hold them.
fn lanes(numbers: &[f64; LANES]) -> [f64x4; 2] {
    let &[a, b, c, d, e, f, g, h] = numbers;
    [f64x4::from([a, b, c, d]), f64x4::from([e, f, g, h])]
}

/// Eigenvalues and eigenvectors.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    /// All N, descending, none below 0.
    pub(crate) values: Vec<f64>,
    /// `N×m`, unit columns in the order of the values; the N − m eigenvalues without a column are
    /// rounding.
    pub(crate) vectors: DMatrix<f64>,
}

/// The decomposition in progress.
#[derive(Debug, Clone)]
pub(crate) struct SymmetricDecomposing {
    n: usize,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    Tridiagonalising(Tridiagonalising),
    Accumulating(Accumulating),
    Diagonalising(Diagonalising),
}

impl SymmetricDecomposing {
    /// Columns in all stages for each column of the matrix.
    pub(crate) const STAGES: usize = 3;

    /// Takes a symmetric positive semi-definite matrix whose largest entry is about 1; of each pair
    /// of entries the one below the diagonal is read.
    pub(crate) fn new(matrix: DMatrix<f64>) -> Self {
        Self {
            n: matrix.nrows(),
            stage: Stage::Tridiagonalising(Tridiagonalising::new(matrix)),
        }
    }

    /// Columns done, of [`SymmetricDecomposing::STAGES`] for each column of the matrix.
    pub(crate) fn done(&self) -> usize {
        let (stage, done, of) = match &self.stage {
            Stage::Tridiagonalising(stage) => (0, stage.at, self.n),
            Stage::Accumulating(stage) => (1, stage.reflections.len() - stage.left, stage.reflections.len()),
            Stage::Diagonalising(stage) => (2, stage.diagonal.len() - stage.end, stage.diagonal.len()),
        };
        self.n * stage + self.n * done / of.max(1)
    }

    pub(crate) fn is_finished(&self) -> bool {
        matches!(&self.stage, Stage::Diagonalising(stage) if stage.is_finished())
    }

    /// The next piece of work; gives the number of multiply-adds.
    pub(crate) fn advance(&mut self) -> Result<usize, Error> {
        match &mut self.stage {
            Stage::Tridiagonalising(stage) if stage.is_finished() => {
                self.stage = Stage::Accumulating(Accumulating::new(stage));
                Ok(0)
            }
            Stage::Tridiagonalising(stage) => Ok(stage.reduce()),
            Stage::Accumulating(stage) if stage.left == 0 => {
                self.stage = Stage::Diagonalising(Diagonalising::new(stage));
                Ok(0)
            }
            Stage::Accumulating(stage) => Ok(stage.reflect()),
            Stage::Diagonalising(stage) => stage.advance(),
        }
    }

    /// The result, once it is finished.
    pub(crate) fn finish(&self) -> Eigen {
        match &self.stage {
            Stage::Diagonalising(stage) => stage.sorted(),
            Stage::Tridiagonalising(_) | Stage::Accumulating(_) => Eigen {
                values: Vec::new(),
                vectors: DMatrix::zeros(self.n, 0),
            },
        }
    }
}

/// Makes the basis of each eigenspace of more than one dimension independent of rounding: its first
/// vector leans on the token that lies most in the space, the next on the token that lies most in
/// what is left, and so on. `vectors` are in the order of the descending `values`.
pub(crate) fn settle_equal(values: &[f64], vectors: &mut DMatrix<f64>) {
    let largest = values.first().copied().unwrap_or_default();
    let values = values.get(..vectors.ncols()).unwrap_or(values);
    let equal = |a: &f64, b: &f64| {
        let apart = (a - b).abs();
        apart <= 64.0 * f64::EPSILON * largest && apart <= TIE_TOLERANCE * a
    };
    let mut from = 0;
    for group in values.chunk_by(equal) {
        if group.len() > 1 {
            let basis = leaning_basis(vectors.columns(from, group.len()).as_view());
            let turned = vectors.columns(from, group.len()) * basis;
            vectors.columns_mut(from, group.len()).copy_from(&turned);
        }
        from += group.len();
    }
}

/// The orthogonal matrix that turns the columns of `space` as [`settle_equal`] says.
fn leaning_basis(space: DMatrixView<'_, f64>) -> DMatrix<f64> {
    let mut rows = space.into_owned();
    let mut basis = DMatrix::zeros(space.ncols(), space.ncols());
    for mut column in basis.column_iter_mut() {
        let sizes: Vec<f64> = rows.row_iter().map(|row| row.norm_squared()).collect();
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        let Some(token) = sizes.iter().position(|size| *size >= largest * (1.0 - TIE_TOLERANCE)) else {
            continue;
        };
        let mut direction = rows.row(token).transpose();
        if direction.normalize_mut() == 0.0 {
            continue;
        }
        let along = &rows * &direction;
        rows -= along * direction.transpose();
        column.copy_from(&direction);
    }
    basis
}
