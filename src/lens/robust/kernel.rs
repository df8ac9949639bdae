//! The same damage seen by kernel PCA: how far its first axis swings in feature space, and what the lessons say about it.

use eigenlens_core::{Centring, Error, Kernel, KernelPca, axis_angle, kernel_swing};
use nalgebra::DMatrix;

/// Keys up to which kernel PCA is done here, on the way of a drag.
const MOST_KEYS: usize = 128;

/// Kernel PCA of one set of keys.
pub(super) struct KernelView {
    pub(super) pca: KernelPca,
    /// Gradient of the score on axis 1 at the origin: where the axis points on the board.
    pub(super) direction: Option<Vec<f64>>,
}

impl KernelView {
    /// Kernel PCA of keys with the exponential kernel; none where they are too many, or have no axis.
    pub(super) fn of(keys: &DMatrix<f64>, temperature: f64) -> Option<Self> {
        if keys.nrows() > MOST_KEYS {
            return None;
        }
        let pca = KernelPca::new(keys, Kernel::Exponential { temperature }, Centring::Centred).ok()?;
        if pca.rank() == 0 {
            return None;
        }
        let direction = direction(&pca, temperature).ok();
        Some(Self { pca, direction })
    }

    /// Angle between the first axes in feature space, in radians.
    pub(super) fn swing(&self, other: &Self) -> Option<f64> {
        kernel_swing(&self.pca, &other.pca).ok()
    }

    /// Angle between the directions of the first axes on the board, in radians.
    pub(super) fn turn(&self, other: &Self) -> Option<f64> {
        axis_angle(self.direction.as_ref()?, other.direction.as_ref()?).ok()
    }

    /// Angle in feature space between this one's first axis and the other's second, in radians.
    pub(super) fn against_second(&self, other: &Self, temperature: f64) -> Option<f64> {
        let first = self.pca.coefficients(1).ok()?;
        let second = other.pca.coefficients(2).ok()?;
        let mut cosine = 0.0;
        for (i, x) in self.pca.keys().row_iter().enumerate() {
            for (j, y) in other.pca.keys().row_iter().enumerate() {
                let log_g = self.pca.log_normalisers().get(i)? + other.pca.log_normalisers().get(j)?;
                let product = (x.dot(&y) / temperature - log_g).exp();
                cosine += first.get((i, 0))? * second.get((j, 1))? * product;
            }
        }
        Some(cosine.abs().min(1.0).acos())
    }
}

/// `∇h(0) = (1/τ) Σ_j (v_j − mean v) k_j / N`, with the constructed values of the first axis: at the origin every key has the
/// same weight.
fn direction(pca: &KernelPca, temperature: f64) -> Result<Vec<f64>, Error> {
    let values = pca.values(1)?;
    let n = values.nrows() as f64;
    let mean = values.sum() / n;
    let gradient = |column: usize| {
        let keys = pca.keys().column(column);
        let terms = std::iter::zip(values.iter(), keys.iter()).map(|(value, key)| (value - mean) * key);
        terms.sum::<f64>() / (n * temperature)
    };
    Ok((0..pca.keys().ncols()).map(gradient).collect())
}
