//! What chance alone gives: the distribution of a number over draws, and the draws.

use std::f64::consts::TAU;

use nalgebra::DMatrix;

use crate::error::{Error, check_finite};
use crate::moments::mean;

/// The share of the draws that an interval leaves out on each side: 95 % are within.
const TAIL: f64 = 0.025;

/// A number over draws: under chance, or over seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// Ascending, at least one.
    draws: Vec<f64>,
    mean: f64,
}

impl Spread {
    /// The distribution of these draws.
    ///
    /// # Errors
    /// [`Error::NoTokens`] without a draw, [`Error::NotFinite`].
    pub fn new(mut draws: Vec<f64>) -> Result<Self, Error> {
        if draws.is_empty() {
            return Err(Error::NoTokens { what: "draws" });
        }
        check_finite("draw", draws.iter().enumerate().map(|(row, &draw)| (row, 0, draw)))?;
        draws.sort_unstable_by(f64::total_cmp);
        let mean = mean(draws.iter().copied());
        Ok(Self { draws, mean })
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// How many draws there are, at least 1.
    pub fn count(&self) -> usize {
        self.draws.len()
    }

    /// The least of the draws.
    pub fn least(&self) -> f64 {
        self.quantile(0.0)
    }

    /// The greatest of the draws.
    pub fn greatest(&self) -> f64 {
        self.quantile(1.0)
    }

    /// Between which two numbers 95 % of the draws lie: the quantiles 0.025 and 0.975, interpolated.
    pub fn interval(&self) -> [f64; 2] {
        [TAIL, 1.0 - TAIL].map(|share| self.quantile(share))
    }

    /// How many of the draws are below a value.
    pub fn below(&self, value: f64) -> usize {
        self.draws.iter().filter(|draw| **draw < value).count()
    }

    /// The number that a share of the draws, from 0 to 1, is below.
    fn quantile(&self, share: f64) -> f64 {
        let place = share * (self.draws.len() - 1) as f64;
        let at = |place: f64| self.draws.get(place as usize).copied().unwrap_or(self.mean);
        let (below, above) = (at(place.floor()), at(place.ceil()));
        // Weights instead of a difference, which may be beyond the range.
        let past = place - place.floor();
        (1.0 - past) * below + past * above
    }
}

/// The rows of a matrix in a random order, every order alike (Fisher and Yates): the tokens are the
/// same, and which key belongs to which value is chance.
pub fn permuted_rows(matrix: &DMatrix<f64>, uniform: &mut dyn FnMut() -> f64) -> DMatrix<f64> {
    let mut permuted = matrix.clone();
    for last in (1..permuted.nrows()).rev() {
        // What is no number in [0, 1) stays within the rows.
        let other = (uniform() * (last + 1) as f64) as usize;
        permuted.swap_rows(last, other.min(last));
    }
    permuted
}

/// The rows of a matrix shifted cyclically: row `j` is row `j − by`.
pub fn shifted_rows(matrix: &DMatrix<f64>, by: usize) -> DMatrix<f64> {
    let n = matrix.nrows().max(1);
    let order: Vec<usize> = (0..matrix.nrows()).map(|row| (row + n - by % n) % n).collect();
    matrix.select_rows(&order)
}

/// A matrix of independent standard normal numbers (Box and Muller), filled row by row.
pub fn random_matrix(rows: usize, columns: usize, uniform: &mut dyn FnMut() -> f64) -> DMatrix<f64> {
    let mut next = || {
        let drawn = uniform();
        if (0.0..1.0).contains(&drawn) { drawn } else { 0.0 }
    };
    let mut spare = None;
    let mut normal = || {
        spare.take().unwrap_or_else(|| {
            let radius = (-2.0 * (1.0 - next()).ln()).sqrt();
            let (sin, cos) = (TAU * next()).sin_cos();
            spare = Some(radius * sin);
            radius * cos
        })
    };
    DMatrix::from_row_iterator(rows, columns, (0..rows * columns).map(|_| normal()))
}
