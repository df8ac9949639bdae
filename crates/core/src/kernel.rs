//! The kernels of kernel PCA, and which of them attention belongs to.

use crate::compensated::Pair;
use crate::error::{Bound, Error, check_temperature};
use crate::scoring::{KeyBias, Metric, Scoring};

/// The largest degree of a polynomial kernel.
const LARGEST_DEGREE: u32 = i32::MAX as u32;

/// `k(x, y) = Φ(x)ᵀΦ(y)`: how alike two tokens are.
///
/// The exponential and the Gaussian kernel are scaled: their feature map is `φ = Φ/g` with
/// `g(x) = Σ_j k(x, k_j)` over the keys. With it attention is a projection: softmax attention for
/// the exponential kernel, the Nadaraya–Watson smoother for the Gaussian. The other two are plain
/// kernel PCA, `g = 1`, without an attention: their sums could be 0 or negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kernel {
    /// `k = exp(x·y/τ)`.
    Exponential {
        /// `τ`, finite and above 0.
        temperature: f64,
    },
    /// `k = exp(−‖x−y‖²/(2τ))`, so `σ² = τ`.
    Gaussian {
        /// `τ`, finite and above 0.
        temperature: f64,
    },
    /// `k = x·y`.
    Linear,
    /// `k = (x·y + c)^p`.
    Polynomial {
        /// `p`, at least 1.
        degree: u32,
        /// `c`, finite and not below 0: otherwise `k` would be no inner product.
        offset: f64,
    },
}

impl Kernel {
    /// Whether the feature map is divided by `g`, and attention is a projection.
    pub fn is_scaled(self) -> bool {
        match self {
            Self::Exponential { .. } | Self::Gaussian { .. } => true,
            Self::Linear | Self::Polynomial { .. } => false,
        }
    }

    /// Checks the numbers of the kernel.
    pub(crate) fn check(self) -> Result<(), Error> {
        match self {
            Self::Exponential { temperature } | Self::Gaussian { temperature } => check_temperature(temperature),
            Self::Linear => Ok(()),
            Self::Polynomial { degree, offset } => {
                if degree == 0 || degree > LARGEST_DEGREE {
                    return Err(Error::OutOfBounds {
                        what: "the degree of the kernel",
                        value: f64::from(degree),
                        bound: Bound::OneTo(LARGEST_DEGREE as usize),
                    });
                }
                if !offset.is_finite() || offset < 0.0 {
                    return Err(Error::OutOfBounds {
                        what: "the offset of the kernel",
                        value: offset,
                        bound: Bound::NotNegative,
                    });
                }
                Ok(())
            }
        }
    }

    /// The attention that is the projection on the axes of this kernel: its logits are `log k`.
    /// `None` for the kernels without one.
    pub(crate) fn scoring(self) -> Result<Option<Scoring>, Error> {
        match self {
            Self::Exponential { temperature } => Scoring::new(Metric::Identity, temperature, KeyBias::Zero).map(Some),
            Self::Gaussian { temperature } => Scoring::new(Metric::Identity, temperature, KeyBias::Distance).map(Some),
            Self::Linear | Self::Polynomial { .. } => Ok(None),
        }
    }

    /// `log k(x, x)` of a scaled kernel with twice the digits; 0 for the others.
    pub(crate) fn log_of_itself(self, token: &[f64]) -> Pair {
        match self {
            Self::Exponential { temperature } => {
                token.iter().fold(Pair::ZERO, |sum, &x| sum + Pair::product(x, x)) / temperature
            }
            Self::Gaussian { .. } | Self::Linear | Self::Polynomial { .. } => Pair::ZERO,
        }
    }

    /// `k(x, y)` of a kernel that is not scaled from `x·y`; `x·y` itself for the others.
    pub(crate) fn of_product(self, product: f64) -> f64 {
        match self {
            Self::Exponential { .. } | Self::Gaussian { .. } | Self::Linear => product,
            Self::Polynomial { degree, offset } => (product + offset).powi(i32::try_from(degree).unwrap_or(i32::MAX)),
        }
    }
}

/// Whether the mean of the keys is taken off in feature space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Centring {
    /// `K̃ = (I − 11ᵀ/N) K (I − 11ᵀ/N)`: the axes are those of the differences between the keys.
    Centred,
    /// `K` as it is: the first axis mostly says where the keys are.
    Uncentred,
}
