//! Claim 1: softmax attention is a kernel PCA projection (Teo and Nguyen 2024, arXiv 2406.13762,
//! equations 4–13). Exact for the values that are constructed from the keys; for given values two
//! groups of tests, which must not be mixed.
//!
//! With `g(k_j) = Σ_l exp(k_j·k_l/τ)`, `G = diag(1/g)` and the centred scaled Gram matrix `K̃`, the
//! theorem's values are `V = GA` with eigenvectors of `K̃` as the columns of `A`. So `G⁻¹V` must have
//! columns that sum to 0, `Â = (I − 11ᵀ/N) G⁻¹V` must have eigenvectors as columns and must span the
//! leading axes, and no output may be longer than the `φ(q)` that it projects (Bessel).
//!
//! A layer does not change when `V` becomes `VM` and the output matrix `M⁻¹W`. The **gauge-free**
//! tests do not change either, so they can speak about a trained network; the **literal** ones do,
//! so they test the values as they are stored.

use std::iter::zip;

use nalgebra::{DMatrix, DVector};

use super::spread::Spread;
use crate::attention::attend;
use crate::compensated;
use crate::error::{Error, check_finite, check_length, entries};
use crate::head::Head;
use crate::kernel::{Centring, Kernel};
use crate::kernel_pca::KernelPca;
use crate::rpc::{check_range, softmax};

/// A column counts for the span when pivoting leaves at least this share of the largest of it.
const SPAN_TOLERANCE: f64 = 1e-12;

/// How much longer than `‖φ(q)‖²` an output's squared length may be by rounding: with all axes the two are equal.
const ROUNDING: f64 = 1e-9;

/// What the tests of one head need, whatever its values are.
#[derive(Debug, Clone)]
pub struct ProjectionClaim {
    pca: KernelPca,
    /// Softmax attention, `N_q×N`.
    weights: DMatrix<f64>,
    /// `‖φ(q_i)‖²`, `N_q`.
    squared_lengths: Vec<f64>,
    /// `g(k_j)` over the largest, N entries.
    normaliser: DVector<f64>,
}

/// The tests of values against the theorem.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionTests {
    /// Unchanged when `V` becomes `VM`.
    pub gauge_free: GaugeFree,
    /// About the values as they are.
    pub literal: Literal,
}

/// The tests that do not change when `V` becomes `VM`, `M` invertible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GaugeFree {
    /// There are more axes than value columns.
    Tested {
        /// `‖UᵀB‖²_F/D_v` with the `D_v` leading axes `U` and an orthonormal basis `B` of the span of
        /// `Â`: 1 in the theorem.
        overlap: f64,
        /// `‖(I − BBᵀ)K̃B‖_F/‖K̃B‖_F`: 0 in the theorem.
        residual: f64,
        /// `‖P 1‖²/N` with the projector `P` on the span of `G⁻¹V`: 0 in the theorem.
        zero_sum: f64,
    },
    /// Not testable: `D_v > N − 1`, or more than the axes that the keys have. Then any values span
    /// all of them.
    NotTestable {
        /// `D_v`.
        value_dim: usize,
        /// How many axes there are, at most `N − 1`.
        axes: usize,
    },
}

impl GaugeFree {
    /// Overlap, residual and zero-sum, where they are tested.
    pub fn numbers(self) -> Option<[f64; 3]> {
        match self {
            Self::Tested {
                overlap,
                residual,
                zero_sum,
            } => Some([overlap, residual, zero_sum]),
            Self::NotTestable { .. } => None,
        }
    }
}

/// The tests of the values as they are stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// `c_d = |Σ_j g_j v_dj|/Σ_j |g_j v_dj|` of each column: 0 in the theorem.
    pub column_sums: Vec<f64>,
    /// `r_d = ‖K̃â_d − ρ_d â_d‖/‖K̃â_d‖` of each column, `ρ_d` its Rayleigh quotient: 0 in the
    /// theorem. A column without a direction has 1.
    pub eigen_residuals: Vec<f64>,
    /// The share of queries with `‖h_i‖² > ‖φ(q_i)‖²`, beyond rounding: 0 in the theorem.
    pub bessel: f64,
    /// `J = mean_i (‖φ(q_i)‖² − ‖h_i‖²)` with its sign: not below 0 in the theorem.
    pub loss: f64,
    /// `mean_i ‖h_i‖²`.
    pub output_length: f64,
    /// `mean_i ‖φ(q_i)‖²`.
    pub query_length: f64,
}

impl Literal {
    /// The mean of the column sums.
    pub fn column_sum(&self) -> f64 {
        mean(&self.column_sums)
    }

    /// The mean of the eigen-residuals.
    pub fn eigen_residual(&self) -> f64 {
        mean(&self.eigen_residuals)
    }
}

/// What taking the means off the columns of `G⁻¹V` does: nothing in the theorem, whose coefficients sum to 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// `max_d |Σ_j g_j v_jd|/N`, the largest mean that is taken off; `None` where the `g_j` are beyond the range.
    pub mean: Option<f64>,
    /// The largest entry of `|V − GÂ|`; `None` where it is beyond the range.
    pub values: Option<f64>,
}

/// The tests over values that chance gives.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionNull {
    /// Overlap, residual and zero-sum as in [`GaugeFree`], where they can be tested.
    pub gauge_free: Option<[Spread; 3]>,
    /// The mean of [`Literal::column_sums`].
    pub column_sum: Spread,
    /// The mean of [`Literal::eigen_residuals`].
    pub eigen_residual: Spread,
    /// [`Literal::bessel`].
    pub bessel: Spread,
    /// [`Literal::loss`].
    pub loss: Spread,
}

impl ProjectionNull {
    /// The distribution of tests of values that have nothing to do with the keys.
    ///
    /// # Errors
    /// [`Error::NoTokens`] without tests.
    pub fn new(tests: &[ProjectionTests]) -> Result<Self, Error> {
        let spread =
            |number: &dyn Fn(&Literal) -> f64| Spread::new(tests.iter().map(|tests| number(&tests.literal)).collect());
        let gauge_free: Option<Vec<[f64; 3]>> = tests.iter().map(|tests| tests.gauge_free.numbers()).collect();
        let gauge_free = gauge_free.map(|numbers| {
            let spread = |at: fn(&[f64; 3]) -> f64| Spread::new(numbers.iter().map(at).collect());
            Ok::<_, Error>([spread(|x| x[0])?, spread(|x| x[1])?, spread(|x| x[2])?])
        });
        Ok(Self {
            column_sum: spread(&Literal::column_sum)?,
            eigen_residual: spread(&Literal::eigen_residual)?,
            bessel: spread(&|literal| literal.bessel)?,
            loss: spread(&|literal| literal.loss)?,
            gauge_free: gauge_free.transpose()?,
        })
    }
}

impl ProjectionClaim {
    /// What the tests need of a head; its values are not looked at. `None`: `τ = √D`.
    ///
    /// # Errors
    /// As [`KernelPca::new`], [`KernelPca::squared_length`] and [`attend`].
    pub fn new(head: &Head, temperature: Option<f64>) -> Result<Self, Error> {
        let scoring = softmax(head.dim(), temperature)?;
        let kernel = Kernel::Exponential {
            temperature: scoring.temperature(),
        };
        let pca = KernelPca::new(head.keys(), kernel, Centring::Centred)?;
        let squared_lengths = (0..head.n_queries())
            .filter_map(|query| head.query(query))
            .map(|query| pca.squared_length(&query))
            .collect::<Result<_, _>>()?;
        let normaliser = normaliser(pca.log_normalisers());
        Ok(Self {
            weights: attend(head, &scoring)?.weights,
            pca,
            squared_lengths,
            normaliser,
        })
    }

    /// The kernel PCA of the keys.
    pub fn pca(&self) -> &KernelPca {
        &self.pca
    }

    /// The constructed values, for which the theorem holds, `N×n_axes`.
    ///
    /// # Errors
    /// As [`KernelPca::values`].
    pub fn constructed(&self, n_axes: usize) -> Result<DMatrix<f64>, Error> {
        self.pca.values(n_axes)
    }

    /// `Â = (I − 11ᵀ/N) G⁻¹V`, `N×D_v`, up to one factor for all: what the theorem calls the coefficients.
    ///
    /// # Errors
    /// [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`] for the values.
    pub fn coefficients(&self, values: &DMatrix<f64>) -> Result<DMatrix<f64>, Error> {
        let mut coefficients = self.scaled(values)?;
        for mut column in coefficients.column_iter_mut() {
            let mean = compensated::sum(column.iter().copied()) / column.len() as f64;
            column.add_scalar_mut(-mean);
        }
        Ok(coefficients)
    }

    /// What the projector `I − 11ᵀ/N` takes off the coefficients of values `N×D_v`, and so off the values.
    ///
    /// # Errors
    /// As [`ProjectionClaim::coefficients`].
    pub fn correction(&self, values: &DMatrix<f64>) -> Result<Correction, Error> {
        let unit = crate::scale::power_of_two_below(values.iter().copied());
        let scaled = self.scaled(values)?;
        let means = scaled
            .column_iter()
            .map(|column| (compensated::sum(column.iter().copied()) / column.len() as f64).abs());
        let largest = means.fold(0.0, f64::max) * unit;
        let log = self.pca.log_normalisers().iter().copied();
        let mean = largest * log.fold(f64::NEG_INFINITY, f64::max).exp();
        let within_range = |number: f64| Some(number).filter(|number| number.is_finite());
        Ok(Correction {
            mean: within_range(mean),
            values: within_range(largest / self.normaliser.min()),
        })
    }

    /// Both groups of tests of values `N×D_v`.
    ///
    /// # Errors
    /// [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`] for the values;
    /// [`Error::Overflow`].
    pub fn tests(&self, values: &DMatrix<f64>) -> Result<ProjectionTests, Error> {
        check_length("the number of values", values.nrows(), self.pca.n_keys())?;
        self.tests_of_output(values, &(&self.weights * values), ROUNDING)
    }

    /// [`ProjectionClaim::tests`] where something else computed the output of attention, `N_q×D_v`, with squared lengths
    /// that are right up to the share `rounding`: single precision, say.
    ///
    /// # Errors
    /// As [`ProjectionClaim::tests`]; [`Error::ShapeMismatch`] for the output.
    pub fn tests_of_output(
        &self,
        values: &DMatrix<f64>,
        output: &DMatrix<f64>,
        rounding: f64,
    ) -> Result<ProjectionTests, Error> {
        let scaled = self.scaled(values)?;
        check_length("the number of outputs", output.nrows(), self.squared_lengths.len())?;
        let coefficients = self.coefficients(values)?;
        Ok(ProjectionTests {
            gauge_free: self.gauge_free(&scaled, &coefficients)?,
            literal: self.literal(output, rounding, &scaled, &coefficients)?,
        })
    }

    /// The tests over values that have nothing to do with the keys, each `N×D_v`: permuted or shifted
    /// rows of the given ones, or random ones.
    ///
    /// # Errors
    /// As [`ProjectionClaim::tests`]; [`Error::NoTokens`] without values.
    pub fn null(&self, unrelated: impl IntoIterator<Item = DMatrix<f64>>) -> Result<ProjectionNull, Error> {
        let tests: Vec<_> = unrelated
            .into_iter()
            .map(|values| self.tests(&values))
            .collect::<Result<_, _>>()?;
        ProjectionNull::new(&tests)
    }

    /// `G⁻¹V` up to one factor for all.
    fn scaled(&self, values: &DMatrix<f64>) -> Result<DMatrix<f64>, Error> {
        check_length("the number of values", values.nrows(), self.pca.n_keys())?;
        scaled(&self.normaliser, values)
    }

    fn gauge_free(&self, scaled: &DMatrix<f64>, coefficients: &DMatrix<f64>) -> Result<GaugeFree, Error> {
        let (value_dim, axes) = (scaled.ncols(), self.pca.rank());
        if value_dim > axes {
            return Ok(GaugeFree::NotTestable { value_dim, axes });
        }
        let basis = orthonormal_basis(coefficients);
        let leading = self.pca.eigenvectors(value_dim)?;
        let moved = self.pca.centred_gram() * &basis;
        let outside = &moved - &basis * basis.tr_mul(&moved);
        let length = moved.norm();
        let of_values = orthonormal_basis(scaled);
        let ones = DVector::from_element(scaled.nrows(), 1.0);
        Ok(GaugeFree::Tested {
            overlap: leading.tr_mul(&basis).norm_squared() / value_dim as f64,
            residual: if length > 0.0 { outside.norm() / length } else { 1.0 },
            zero_sum: of_values.tr_mul(&ones).norm_squared() / scaled.nrows() as f64,
        })
    }

    fn literal(
        &self,
        output: &DMatrix<f64>,
        rounding: f64,
        scaled: &DMatrix<f64>,
        coefficients: &DMatrix<f64>,
    ) -> Result<Literal, Error> {
        let moved = self.pca.centred_gram() * coefficients;
        let eigen_residuals = zip(coefficients.column_iter(), moved.column_iter()).map(|(column, moved)| {
            let (length, moved_length) = (column.norm_squared(), moved.norm());
            if length > 0.0 && moved_length > 0.0 {
                (moved - column * (column.dot(&moved) / length)).norm() / moved_length
            } else {
                1.0
            }
        });
        check_range("the output", output)?;
        let lengths: Vec<f64> = output.row_iter().map(|row| row.norm_squared()).collect();
        check_finite("output", lengths.iter().enumerate().map(|(row, &x)| (row, 0, x)))?;
        let is_longer = |(h, phi): &(&f64, &f64)| **h > **phi * (1.0 + rounding);
        let longer = zip(&lengths, &self.squared_lengths).filter(is_longer).count();
        let [output_length, query_length] = [mean(&lengths), mean(&self.squared_lengths)];
        Ok(Literal {
            column_sums: sums_of(scaled),
            eigen_residuals: eigen_residuals.collect(),
            bessel: longer as f64 / lengths.len() as f64,
            loss: query_length - output_length,
            output_length,
            query_length,
        })
    }
}

/// [`Literal::column_sums`] of values `N×D_v` over keys `N×D`, which ask for no eigenvectors. `None`: `τ = √D`.
///
/// # Errors
/// As [`Head::new`]; [`Error::NoDimensions`], [`Error::OutOfBounds`] for the temperature, [`Error::Overflow`] for logits.
pub fn column_sums(keys: &DMatrix<f64>, values: &DMatrix<f64>, temperature: Option<f64>) -> Result<Vec<f64>, Error> {
    let asking = Head::new(keys.clone(), keys.clone(), values.clone())?;
    let logs = attend(&asking, &softmax(keys.ncols(), temperature)?)?.log_normaliser;
    Ok(sums_of(&scaled(&normaliser(logs.as_slice()), values)?))
}

/// `g_j` of their logarithms, relative to the largest: no test sees a factor of all of them.
fn normaliser(logs: &[f64]) -> DVector<f64> {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    DVector::from_iterator(logs.len(), logs.iter().map(|log| (log - largest).exp()))
}

/// `g_j v_jd`, relative to a power of two.
fn scaled(normaliser: &DVector<f64>, values: &DMatrix<f64>) -> Result<DMatrix<f64>, Error> {
    if values.ncols() == 0 {
        return Err(Error::NoDimensions { what: "values" });
    }
    check_finite("value", entries(values))?;
    let mut scaled = values.clone();
    // No test sees a factor of all values; large ones would overflow in the sums of squares.
    let unit = crate::scale::power_of_two_below(values.iter().copied());
    for mut column in scaled.column_iter_mut() {
        for (entry, g) in zip(column.iter_mut(), normaliser) {
            *entry = *entry / unit * g;
        }
    }
    Ok(scaled)
}

/// `|Σ_j g_j v_jd|/Σ_j |g_j v_jd|` of each column; 0 for a column of zeros.
fn sums_of(scaled: &DMatrix<f64>) -> Vec<f64> {
    let share = |column: nalgebra::DVectorView<'_, f64>| {
        let size: f64 = column.iter().map(|entry| entry.abs()).sum();
        let sum = compensated::sum(column.iter().copied()).abs();
        if size > 0.0 { sum / size } else { 0.0 }
    };
    scaled.column_iter().map(share).collect()
}

/// An orthonormal basis of the span of the columns, by QR with pivoting: as many columns as the rank.
pub(super) fn orthonormal_basis(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let qr = matrix.clone().col_piv_qr();
    let pivots = qr.r().diagonal().abs();
    let largest = pivots.max();
    let rank = pivots.iter().filter(|pivot| **pivot > SPAN_TOLERANCE * largest).count();
    qr.q().columns(0, rank).into_owned()
}

/// The mean of at least one finite number.
pub(super) fn mean(numbers: &[f64]) -> f64 {
    crate::moments::mean(numbers.iter().copied())
}
