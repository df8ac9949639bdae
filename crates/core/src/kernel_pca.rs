//! Kernel PCA of the keys, and the values with which attention is the projection on its axes
//! (Teo and Nguyen 2024, arXiv 2406.13762, with the scale that makes the axes unit
//! vectors).
//!
//! `φ = Φ/g` is the feature map of a [`Kernel`], `K_φ(i, j) = φ(k_i)ᵀφ(k_j)`. The axes are the unit
//! vectors `u_d = Σ_j a_dj (φ(k_j) − mean φ)` along which the keys differ most; with the unit
//! eigenvectors `e_d` and eigenvalues `w_d` of the centred Gram matrix, `a_d = e_d/√w_d`. The score
//! of a query is `h_d = φ(q)ᵀu_d`; the query is not centred. Since `Σ_j a_dj = 0` it is
//! `Σ_j softmax_j v_dj` with the constructed values `v_dj = a_dj/g(k_j)`.

use std::iter::zip;

use nalgebra::DMatrix;

use crate::attention::Progress;
use crate::compensated::{self, Pair};
use crate::eigen::{Eigen, RANK_TOLERANCE, SymmetricDecomposing, canonical_sign, dot, settle_equal};
use crate::error::{Error, check_finite, check_length, entries};
use crate::gram::{Forming, Gram};
use crate::kernel::{Centring, Kernel};

/// Kernel PCA of N keys.
#[derive(Debug, Clone)]
pub struct KernelPca {
    kernel: Kernel,
    centring: Centring,
    gram: Gram,
    eigenvalues: Vec<f64>,
    /// Eigenvalues of the Gram matrix in its units, one for each axis.
    scaled_eigenvalues: Vec<f64>,
    /// `N×rank`.
    eigenvectors: DMatrix<f64>,
}

impl KernelPca {
    /// Kernel PCA of keys `N×D`.
    ///
    /// # Errors
    /// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::NotFinite`] for the keys;
    /// [`Error::OutOfBounds`] for the numbers of the kernel; [`Error::Overflow`] when a logit or a
    /// product is beyond the range of `f64`; [`Error::NotDefined`] when the whole Gram matrix
    /// underflows, as for keys of length 10³. Equal keys are no error; they have rank 0.
    pub fn new(keys: &DMatrix<f64>, kernel: Kernel, centring: Centring) -> Result<Self, Error> {
        Decomposing::new(keys.clone(), kernel, centring)?.finish()
    }

    /// The kernel.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Whether the mean of the keys is taken off.
    pub fn centring(&self) -> Centring {
        self.centring
    }

    /// `N`, at least 1.
    pub fn n_keys(&self) -> usize {
        self.gram.keys.nrows()
    }

    /// The keys, `N×D`.
    pub fn keys(&self) -> &DMatrix<f64> {
        &self.gram.keys
    }

    /// `K_φ(i, j) = k(k_i, k_j)/(g(k_i) g(k_j))`, `N×N`.
    pub fn gram(&self) -> &DMatrix<f64> {
        &self.gram.plain
    }

    /// `K̃_φ = (I − 11ᵀ/N) K_φ (I − 11ᵀ/N)`, `N×N`; [`Centring::Uncentred`]: `K_φ` itself.
    pub fn centred_gram(&self) -> &DMatrix<f64> {
        &self.gram.centred
    }

    /// `log g(k_j)` with `g(x) = Σ_l k(x, k_l)`, N entries; 0 for a kernel that is not scaled.
    pub fn log_normalisers(&self) -> &[f64] {
        &self.gram.log_normaliser
    }

    /// The eigenvalues `w_d` of [`KernelPca::centred_gram`], not divided by N: all N, descending,
    /// none below 0.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// How many axes there are: eigenvalues above 10⁻¹² of the largest, and above rounding.
    pub fn rank(&self) -> usize {
        self.scaled_eigenvalues.len()
    }

    /// `w_d/Σw`, the share of each axis, descending; [`KernelPca::rank`] of them.
    pub fn shares(&self) -> Vec<f64> {
        let total: f64 = self.scaled_eigenvalues.iter().sum();
        self.scaled_eigenvalues.iter().map(|value| value / total).collect()
    }

    /// The distance of the eigenvalue of an axis, counted from 0, to the nearest one of another
    /// axis, relative to itself; 1 for the only axis, 0 when there is no such axis. Where it is
    /// small, the axis itself is hardly defined: only the plane of the two is.
    pub fn gap(&self, axis: usize) -> f64 {
        let at = |index: Option<usize>| index.and_then(|index| self.scaled_eigenvalues.get(index).copied());
        let Some(own) = at(Some(axis)) else {
            return 0.0;
        };
        let neighbours = [at(axis.checked_sub(1)), at(axis.checked_add(1))];
        let nearest = neighbours
            .into_iter()
            .flatten()
            .map(|other| (own - other).abs() / own)
            .reduce(f64::min);
        nearest.unwrap_or(1.0)
    }

    /// The unit eigenvectors `e_d` of the first `n_axes` axes as columns, `N×n_axes`: the largest
    /// entry is positive, the first of them when several are.
    ///
    /// # Errors
    /// [`Error::TooManyAxes`]; [`Error::NotDefined`] when the keys have no axis at all.
    pub fn eigenvectors(&self, n_axes: usize) -> Result<DMatrix<f64>, Error> {
        self.check_axes(n_axes)?;
        Ok(self.eigenvectors.columns(0, n_axes).into_owned())
    }

    /// The coefficients `A`, `a_d = e_d/√w_d` as columns, `N×n_axes`. They make `u_d` a unit
    /// vector, `a_dᵀK̃a_d = 1`; centred, each column sums to 0.
    ///
    /// # Errors
    /// As [`KernelPca::eigenvectors`].
    pub fn coefficients(&self, n_axes: usize) -> Result<DMatrix<f64>, Error> {
        let mut coefficients = self.eigenvectors(n_axes)?;
        for (mut column, value) in zip(coefficients.column_iter_mut(), &self.scaled_eigenvalues) {
            column /= (value * self.gram.scale).sqrt() * self.gram.unit.sqrt();
        }
        Ok(coefficients)
    }

    /// The constructed values `V`, `v_dj = a_dj/g(k_j)`, `N×n_axes`: with them attention is the
    /// projection of the query.
    ///
    /// # Errors
    /// As [`KernelPca::eigenvectors`].
    pub fn values(&self, n_axes: usize) -> Result<DMatrix<f64>, Error> {
        let mut values = self.coefficients(n_axes)?;
        for (mut row, log_normaliser) in zip(values.row_iter_mut(), &self.gram.log_normaliser) {
            row *= (-log_normaliser).exp();
        }
        Ok(values)
    }

    /// `φ(q)ᵀu_d` for the first `n_axes` axes, by definition, from the products of `φ(q)` with the
    /// keys in feature space: not through the constructed values.
    ///
    /// # Errors
    /// As [`KernelPca::eigenvectors`]; [`Error::ShapeMismatch`], [`Error::NotFinite`] and
    /// [`Error::Overflow`] for the query.
    pub fn scores(&self, query: &[f64], n_axes: usize) -> Result<Vec<f64>, Error> {
        self.check_axes(n_axes)?;
        let (products, _) = self.products(query)?;
        let mean = match self.centring {
            Centring::Centred => compensated::sum(products.iter().copied()) / products.len() as f64,
            Centring::Uncentred => 0.0,
        };
        let coefficients = self.coefficients(n_axes)?;
        // Σ_j a_j (p_j − mean), without rounding every product to the digits of the mean.
        let scores = coefficients.column_iter().map(|axis| {
            let total = compensated::sum(axis.iter().copied());
            dot(axis.as_slice(), &products) - mean * total
        });
        scores
            .enumerate()
            .map(|(column, score)| in_range("the score of the query", 0, column, score))
            .collect()
    }

    /// `‖φ(q)‖² = k(q, q)/g(q)²`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::NotFinite`] and [`Error::Overflow`] for the query; the
    /// last also where the Gaussian kernel's query is so far from all keys that `1/g²` is too
    /// large.
    pub fn squared_length(&self, query: &[f64]) -> Result<f64, Error> {
        let (_, own) = self.products(query)?;
        in_range("the squared length of the query in feature space", 0, 0, own)
    }

    /// `log w_1` of the first axis, which may itself be beyond the range; minus infinity without an
    /// axis.
    pub(crate) fn log_of_first_eigenvalue(&self) -> f64 {
        let scaled = self.scaled_eigenvalues.first().copied().unwrap_or_default();
        scaled.ln() + self.gram.scale.ln() + self.gram.unit.ln()
    }

    /// `φ(q)ᵀφ(k_j)` for every key, and `φ(q)ᵀφ(q)`, which may be infinite.
    fn products(&self, query: &[f64]) -> Result<(Vec<f64>, f64), Error> {
        let keys = self.keys();
        check_length("the number of dimensions of the query", query.len(), keys.ncols())?;
        check_finite(
            "query",
            query.iter().enumerate().map(|(column, &value)| (0, column, value)),
        )?;
        let Some(family) = &self.gram.family else {
            let kernel = |key: Vec<f64>| self.kernel.of_product(dot(query, &key));
            let products = keys.row_iter().map(|key| kernel(key.iter().copied().collect()));
            let products = products
                .enumerate()
                .map(|(column, product)| in_range("the kernel of query and key", 0, column, product))
                .collect::<Result<_, _>>()?;
            return Ok((products, kernel(query.to_vec())));
        };
        let logits = family.of(query, keys, 0)?;
        let greatest = logits.iter().copied().fold(Pair::new(f64::NEG_INFINITY), Pair::max);
        let log_total = compensated::sum(logits.iter().map(|logit| logit.minus(greatest).exp())).ln();
        let products = zip(&logits, &self.gram.log_normaliser)
            .map(|(logit, log_normaliser)| (logit.minus(greatest) - log_total - log_normaliser).exp())
            .collect();
        let own = self.kernel.log_of_itself(query).minus(greatest + greatest) - 2.0 * log_total;
        Ok((products, own.exp()))
    }

    fn check_axes(&self, asked: usize) -> Result<(), Error> {
        let rank = self.rank();
        if asked <= rank {
            Ok(())
        } else if rank > 0 {
            Err(Error::TooManyAxes { asked, rank })
        } else {
            Err(Error::NotDefined {
                what: "a principal axis in feature space",
                needs: "keys that differ".to_owned(),
                has: match self.n_keys() {
                    1 => "a single key".to_owned(),
                    n => format!("no difference between the {n} keys (numerical rank 0)"),
                },
            })
        }
    }
}

/// The result, unless it is beyond the range of `f64`.
fn in_range(what: &'static str, row: usize, column: usize, result: f64) -> Result<f64, Error> {
    if result.is_finite() {
        Ok(result)
    } else {
        Err(Error::Overflow { what, row, column })
    }
}

/// The projection loss `J = mean_i(‖φ(q_i)‖² − ‖h_i‖²)` of queries `N_q×D` with outputs `h`,
/// `N_q×K`. For the scores of a kernel PCA it is what the axes do not reach, at least 0; below 0 the
/// outputs are no projection.
///
/// # Errors
/// [`Error::NoTokens`] without a query, [`Error::ShapeMismatch`], [`Error::NotFinite`],
/// [`Error::Overflow`].
pub fn projection_loss(pca: &KernelPca, queries: &DMatrix<f64>, scores: &DMatrix<f64>) -> Result<f64, Error> {
    const LENGTH: &str = "the squared length of the query in feature space";
    if queries.nrows() == 0 {
        return Err(Error::NoTokens { what: "queries" });
    }
    check_length("the number of rows of scores", scores.nrows(), queries.nrows())?;
    check_finite("query", entries(queries))?;
    check_finite("score row", entries(scores))?;
    let mut losses = Vec::with_capacity(queries.nrows());
    for (row, (query, scores)) in zip(queries.row_iter(), scores.row_iter()).enumerate() {
        let query: Vec<f64> = query.iter().copied().collect();
        let (_, own) = pca.products(&query)?;
        let own = in_range(LENGTH, row, 0, own)?;
        losses.push(in_range("the projection loss", row, 0, own - scores.norm_squared())?);
    }
    let n = queries.nrows() as f64;
    in_range(
        "the projection loss",
        0,
        0,
        compensated::sum(losses.iter().map(|loss| loss / n)),
    )
}

/// Kernel PCA as a stepper: columns of the Gram matrix, then of its reduction to three diagonals,
/// then rotations of its eigenvectors. A step is about `N²` multiply-adds, and the result does not
/// depend on how it was stepped.
#[derive(Debug, Clone)]
pub struct Decomposing {
    kernel: Kernel,
    centring: Centring,
    n: usize,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    Forming(Box<Forming>),
    /// The Gram matrix without the one that is decomposed.
    Decomposing(Box<(Gram, SymmetricDecomposing)>),
}

/// Multiply-adds of a step for few keys; for many it is the square of their number.
const SMALLEST_STEP: usize = 1 << 16;

impl Decomposing {
    /// Checks the keys `N×D` and the kernel; decomposes nothing yet.
    ///
    /// # Errors
    /// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::NotFinite`] for the keys,
    /// [`Error::OutOfBounds`] for the numbers of the kernel.
    pub fn new(keys: DMatrix<f64>, kernel: Kernel, centring: Centring) -> Result<Self, Error> {
        Ok(Self {
            kernel,
            centring,
            n: keys.nrows(),
            stage: Stage::Forming(Box::new(Forming::new(keys, kernel, centring)?)),
        })
    }

    /// The next piece of work; does nothing when finished.
    ///
    /// # Errors
    /// As [`KernelPca::new`].
    pub fn step(&mut self) -> Result<Progress, Error> {
        let mut budget = self.n.saturating_mul(self.n).max(SMALLEST_STEP);
        loop {
            let cost = match &mut self.stage {
                Stage::Forming(forming) if forming.is_finished() => {
                    let mut gram = forming.finish()?;
                    let scaled = std::mem::replace(&mut gram.scaled, DMatrix::zeros(0, 0));
                    self.stage = Stage::Decomposing(Box::new((gram, SymmetricDecomposing::new(scaled))));
                    0
                }
                Stage::Forming(forming) => forming.advance()?,
                Stage::Decomposing(stage) if stage.1.is_finished() => break,
                Stage::Decomposing(stage) => stage.1.advance()?,
            };
            budget = budget.saturating_sub(cost);
            if budget == 0 {
                break;
            }
        }
        Ok(self.progress())
    }

    fn progress(&self) -> Progress {
        let of = self.n * (Forming::STAGES + SymmetricDecomposing::STAGES);
        let done = match &self.stage {
            Stage::Forming(forming) => forming.done(),
            Stage::Decomposing(stage) if stage.1.is_finished() => of,
            // The last eigenvalue may be settled while its vector is not.
            Stage::Decomposing(stage) => (self.n * Forming::STAGES + stage.1.done()).min(of - 1),
        };
        Progress { done, of }
    }

    /// Takes the steps that are left and gives the result.
    ///
    /// # Errors
    /// As [`KernelPca::new`].
    pub fn finish(mut self) -> Result<KernelPca, Error> {
        loop {
            let progress = self.step()?;
            self.stage = match self.stage {
                Stage::Decomposing(stage) if progress.is_finished() => {
                    let (gram, eigen) = *stage;
                    return Ok(KernelPca::of(self.kernel, self.centring, gram, eigen.finish()));
                }
                going => going,
            };
        }
    }
}

impl KernelPca {
    /// Puts the parts together; makes the eigenvectors canonical.
    fn of(kernel: Kernel, centring: Centring, gram: Gram, eigen: Eigen) -> Self {
        let Eigen { values, vectors } = eigen;
        let largest = values.first().copied().unwrap_or_default();
        let floor = gram.rounding.max(RANK_TOLERANCE * largest);
        let rank = values
            .iter()
            .filter(|value| **value > floor)
            .count()
            .min(vectors.ncols());
        let mut eigenvectors = vectors.columns(0, rank).into_owned();
        settle_equal(&values, &mut eigenvectors);
        for mut column in eigenvectors.column_iter_mut() {
            if centring == Centring::Centred {
                // Exactly 0; the rounding of a large eigenvalue adds to the mean of a small one's
                // vector.
                let mean = compensated::sum(column.iter().copied()) / column.len() as f64;
                column.add_scalar_mut(-mean);
            }
            let length = column.norm() * canonical_sign(column.as_slice());
            column /= length;
        }
        Self {
            kernel,
            centring,
            eigenvalues: values.iter().map(|value| value * gram.scale * gram.unit).collect(),
            scaled_eigenvalues: values.into_iter().take(rank).collect(),
            eigenvectors,
            gram,
        }
    }
}
