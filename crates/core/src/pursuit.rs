//! Principal Component Pursuit: a matrix as a low-rank one plus a sparse one, by the textbook ADMM
//! (Candès, Li, Ma and Wright 2011, "Robust principal component analysis?", J. ACM 58(3)).
//!
//! `min ‖L‖_* + λ‖S‖₁` subject to `L + S = M`. A step shrinks numbers, then singular values, then
//! moves the dual variable:
//!
//! `S ← S_{λ/μ}(M − L + Y/μ)`, `L ← D_{1/μ}(M − S + Y/μ)`, `Y ← Y + μ(M − L − S)`.
//!
//! A residual `M − L − S` of zero is feasibility, not optimality: the pursuit stops only when `L` and
//! `S` have stopped moving, too.

mod singular;

use std::iter::zip;

use nalgebra::DMatrix;

use crate::error::{Bound, Error, check_positive};
use crate::scale::power_of_two_below;
pub use singular::singular_values;
use singular::{check_matrix, shrink, shrink_singular_values};

/// Entries of `S` and singular values of `L` up to this share of the largest entry of `M` count as
/// zero.
const ZERO: f64 = 1e-6;

/// By which factor [`Continuation::Growing`] lets μ grow in a step.
const GROWTH: f64 = 1.1;

/// How many times its first value μ may reach by [`Continuation::Growing`].
const GROWTH_CAP: f64 = 4.0;

/// What becomes of the penalty μ from step to step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Continuation {
    /// μ stays: the textbook's choice, which converges from every start.
    #[default]
    Constant,
    /// μ grows by a factor of 1.1 after each step whose residual is above its change, up to 4 times
    /// its first value. Fewer steps where a low-rank part is recovered, about as many elsewhere, and
    /// the same optimum: in the end μ stays. (The usual cap of 10⁷, after Lin, Chen and Ma 2010, arXiv
    /// 1009.5055, brings the residual down at once, but stops short of the optimum.)
    Growing,
}

/// The choices of a pursuit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PursuitOptions {
    /// `λ`, the price of an entry of `S`; `None`: `1/√max(N, D)`.
    pub lambda: Option<f64>,
    /// `μ`, the penalty, in units of one over those of the matrix; `None`: `N·D/(4 Σ|M|)`, and 1 for
    /// a matrix of zeros.
    pub mu: Option<f64>,
    /// What becomes of μ.
    pub continuation: Continuation,
    /// Of `‖M‖_F`: what the residual and the last change of `L` and `S` may be at the end.
    pub tolerance: f64,
    /// Steps after which the pursuit is given up, at least 1.
    pub max_iterations: usize,
}

impl Default for PursuitOptions {
    fn default() -> Self {
        Self {
            lambda: None,
            mu: None,
            continuation: Continuation::Constant,
            tolerance: 1e-9,
            max_iterations: 10_000,
        }
    }
}

/// How a pursuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PursuitStatus {
    /// There are steps to take.
    Running,
    /// Residual and last change are within the tolerance.
    Converged,
    /// The steps are used up.
    Exhausted,
}

/// What the last step has reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PursuitProgress {
    /// Steps done.
    pub iteration: usize,
    /// `‖M − L − S‖_F/‖M‖_F`; 1 before the first step, 0 for a matrix of zeros.
    pub residual: f64,
    /// `max(‖L − L′‖_F, ‖S − S′‖_F)/‖M‖_F` against the step before; 0 before the first step.
    pub change: f64,
    /// Singular values of `L` above 10⁻⁶ of the largest `|M_ij|`.
    pub rank: usize,
    /// Entries of `S` whose size is above 10⁻⁶ of the largest `|M_ij|`.
    pub nonzeros: usize,
    /// `‖L‖_* + λ‖S‖₁`. While `L + S` is not `M` it may lie below the optimum.
    pub objective: f64,
    /// A lower bound of the optimum, whatever the step: `⟨Y/c, M⟩` with the least `c` for which
    /// `‖Y/c‖₂ ≤ 1` and `|Y/c|_ij ≤ λ`, or 0 where that is negative. At the optimum it meets the
    /// objective, and so proves it.
    pub lower_bound: f64,
    /// `μ` of the last step.
    pub mu: f64,
    /// How the pursuit stands.
    pub status: PursuitStatus,
}

/// The pursuit as a stepper: one iteration a step.
#[derive(Debug, Clone)]
pub struct Pursuing {
    matrix: DMatrix<f64>,
    low_rank: DMatrix<f64>,
    sparse: DMatrix<f64>,
    /// `Y/μ`, in the units of the matrix.
    scaled_dual: DMatrix<f64>,
    /// What the singular values are taken from; kept for its memory.
    seen: DMatrix<f64>,
    /// The low-rank part of the step before; kept for its memory.
    before: DMatrix<f64>,
    singular_values: Vec<f64>,
    lambda: f64,
    continuation: Continuation,
    first_mu: f64,
    tolerance: f64,
    max_iterations: usize,
    /// One over the power of two below the largest entry.
    per_unit: f64,
    /// `‖M‖_F` in that unit.
    length: f64,
    /// What counts as zero.
    zero: f64,
    progress: PursuitProgress,
}

impl Pursuing {
    /// Checks a matrix `N×D` and the options; takes no step yet. A matrix of zeros has converged.
    ///
    /// # Errors
    /// [`Error::NoTokens`] and [`Error::NoDimensions`] for an empty matrix, [`Error::NotFinite`] for
    /// its entries; [`Error::OutOfBounds`] for λ, μ, the tolerance or the number of iterations, and
    /// for entries so small or so large that μ is beyond the range of `f64`.
    pub fn new(matrix: DMatrix<f64>, options: &PursuitOptions) -> Result<Self, Error> {
        check_matrix(&matrix)?;
        let (n, dim) = matrix.shape();
        let unit = power_of_two_below(matrix.iter().copied());
        let per_unit = 1.0 / unit;
        let largest = matrix.amax();
        let lambda = options.lambda.unwrap_or_else(|| 1.0 / (n.max(dim) as f64).sqrt());
        check_positive("λ", lambda)?;
        let mu = options.mu.unwrap_or_else(|| {
            let total: f64 = matrix.iter().map(|x| x.abs() * per_unit).sum();
            if total > 0.0 {
                (n * dim) as f64 / (4.0 * total) * per_unit
            } else {
                1.0
            }
        });
        check_positive("μ", mu)?;
        check_positive("the threshold 1/μ", 1.0 / mu)?;
        check_positive("the threshold λ/μ", lambda / mu)?;
        check_positive("the tolerance", options.tolerance)?;
        if options.max_iterations == 0 {
            return Err(Error::OutOfBounds {
                what: "the number of iterations",
                value: 0.0,
                bound: Bound::AtLeast(1),
            });
        }
        let zeros = DMatrix::zeros(n, dim);
        Ok(Self {
            low_rank: zeros.clone(),
            sparse: zeros.clone(),
            scaled_dual: zeros.clone(),
            seen: zeros.clone(),
            before: zeros,
            singular_values: vec![0.0; n.min(dim)],
            lambda,
            continuation: options.continuation,
            first_mu: mu,
            tolerance: options.tolerance,
            max_iterations: options.max_iterations,
            per_unit,
            length: matrix.iter().map(|x| (x * per_unit).powi(2)).sum::<f64>().sqrt(),
            zero: ZERO * largest,
            progress: PursuitProgress {
                iteration: 0,
                residual: if largest > 0.0 { 1.0 } else { 0.0 },
                change: 0.0,
                rank: 0,
                nonzeros: 0,
                objective: 0.0,
                lower_bound: 0.0,
                mu,
                status: if largest > 0.0 {
                    PursuitStatus::Running
                } else {
                    PursuitStatus::Converged
                },
            },
            matrix,
        })
    }

    /// The next iteration; does nothing when the pursuit is not running.
    ///
    /// # Errors
    /// [`Error::Overflow`] when a result is beyond the range of `f64`; what the pursuit then holds is
    /// of no use. [`Error::NotDefined`] when a decomposition does not end, which has not been
    /// seen.
    pub fn step(&mut self) -> Result<PursuitProgress, Error> {
        if self.progress.status != PursuitStatus::Running {
            return Ok(self.progress);
        }
        let PursuitProgress { residual, change, .. } = self.progress;
        if self.progress.iteration > 0 && self.continuation == Continuation::Growing && residual > change {
            self.grow();
        }
        let mu = self.progress.mu;
        let numbers = self.shrink_entries();
        std::mem::swap(&mut self.low_rank, &mut self.before);
        let spectral_norm =
            shrink_singular_values(&self.seen, 1.0 / mu, &mut self.low_rank, &mut self.singular_values)?;
        let moved = self.move_dual();
        let iteration = self.progress.iteration + 1;
        let residual = moved.residual.sqrt() / self.length;
        let change = numbers.change.max(moved.change).sqrt() / self.length;
        let nuclear: f64 = self.singular_values.iter().sum();
        // Y is feasible when divided by this.
        let excess = spectral_norm.max(moved.largest / self.lambda) * mu;
        let lower_bound = if excess > 0.0 { moved.product * mu / excess } else { 0.0 };
        self.progress = PursuitProgress {
            iteration,
            residual,
            change,
            rank: self.singular_values.iter().filter(|value| **value > self.zero).count(),
            nonzeros: numbers.nonzeros,
            objective: nuclear + self.lambda * numbers.total,
            lower_bound: lower_bound.max(0.0) / self.per_unit,
            mu,
            status: if residual <= self.tolerance && change <= self.tolerance {
                PursuitStatus::Converged
            } else if iteration >= self.max_iterations {
                PursuitStatus::Exhausted
            } else {
                PursuitStatus::Running
            },
        };
        let PursuitProgress {
            objective, lower_bound, ..
        } = self.progress;
        if [residual, change, objective, lower_bound].iter().all(|x| x.is_finite()) {
            Ok(self.progress)
        } else {
            Err(Error::Overflow {
                what: "a sum of the pursuit",
                row: 0,
                column: 0,
            })
        }
    }

    /// Lets μ grow, and `Y/μ` shrink.
    fn grow(&mut self) {
        let mu = self.progress.mu;
        let grown = (mu * GROWTH).min(self.first_mu * GROWTH_CAP);
        if grown.is_finite() && grown > mu {
            self.scaled_dual *= mu / grown;
            self.progress.mu = grown;
        }
    }

    /// `S ← S_{λ/μ}(M − L + Y/μ)`, and what the singular values are taken from, `M − S + Y/μ`.
    fn shrink_entries(&mut self) -> Numbers {
        let threshold = self.lambda / self.progress.mu;
        let mut numbers = Numbers::default();
        let given = zip(
            zip(self.matrix.as_slice(), self.low_rank.as_slice()),
            self.scaled_dual.as_slice(),
        );
        let made = zip(self.sparse.as_mut_slice(), self.seen.as_mut_slice());
        for (((m, l), y), (s, seen)) in zip(given, made) {
            let shrunk = shrink(m - l + y, threshold);
            let moved = (shrunk - *s) * self.per_unit;
            numbers.change += moved * moved;
            numbers.total += shrunk.abs();
            numbers.nonzeros += usize::from(shrunk.abs() > self.zero);
            *s = shrunk;
            *seen = m - shrunk + y;
        }
        numbers
    }

    /// `Y ← Y + μ(M − L − S)`.
    fn move_dual(&mut self) -> Moved {
        let mut moved = Moved::default();
        let lows = zip(self.low_rank.as_slice(), self.before.as_slice());
        let given = zip(lows, zip(self.matrix.as_slice(), self.seen.as_slice()));
        for (((l, before), (m, seen)), y) in zip(given, self.scaled_dual.as_mut_slice()) {
            let change = (l - before) * self.per_unit;
            moved.change += change * change;
            // M − S + Y/μ is at hand: less L it is the new Y/μ, and less the old one the residual.
            let next = seen - l;
            let residual = (next - *y) * self.per_unit;
            moved.residual += residual * residual;
            moved.largest = moved.largest.max(next.abs());
            moved.product += next * (m * self.per_unit);
            *y = next;
        }
        moved
    }

    /// What the last step has reached.
    pub fn progress(&self) -> PursuitProgress {
        self.progress
    }

    /// `M`, `N×D`.
    pub fn matrix(&self) -> &DMatrix<f64> {
        &self.matrix
    }

    /// `L`, `N×D`.
    pub fn low_rank(&self) -> &DMatrix<f64> {
        &self.low_rank
    }

    /// `S`, `N×D`.
    pub fn sparse(&self) -> &DMatrix<f64> {
        &self.sparse
    }

    /// `Y`, `N×D`, without a unit. At the optimum `‖Y‖₂ ≤ 1`, `|Y_ij| ≤ λ`, and `⟨Y, M⟩` is the
    /// objective.
    pub fn dual(&self) -> DMatrix<f64> {
        &self.scaled_dual * self.progress.mu
    }

    /// The singular values of `L`, descending, `min(N, D)` of them.
    pub fn singular_values(&self) -> &[f64] {
        &self.singular_values
    }

    /// `λ`.
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// `μ` of the last step, or of the first when none is done.
    pub fn mu(&self) -> f64 {
        self.progress.mu
    }

    /// Takes the steps that are left. The result may not have converged; its `last.status` says so.
    ///
    /// # Errors
    /// As [`Pursuing::step`].
    pub fn finish(mut self) -> Result<Pursuit, Error> {
        while self.progress.status == PursuitStatus::Running {
            self.step()?;
        }
        Ok(Pursuit {
            dual: self.dual(),
            low_rank: self.low_rank,
            sparse: self.sparse,
            lambda: self.lambda,
            mu: self.progress.mu,
            last: self.progress,
        })
    }
}

/// Sums over the entries of `S`.
#[derive(Default)]
struct Numbers {
    /// `‖S − S′‖_F²` in the unit of the matrix.
    change: f64,
    /// `‖S‖₁`.
    total: f64,
    nonzeros: usize,
}

/// Sums over the entries of `L` and `Y`.
#[derive(Default)]
struct Moved {
    /// `‖L − L′‖_F²` in the unit of the matrix.
    change: f64,
    /// `‖M − L − S‖_F²` in the unit of the matrix.
    residual: f64,
    /// The largest `|Y_ij|/μ`.
    largest: f64,
    /// `⟨Y/μ, M⟩`, `M` in its unit.
    product: f64,
}

/// A matrix as a low-rank one plus a sparse one.
#[derive(Debug, Clone, PartialEq)]
pub struct Pursuit {
    /// `L`, `N×D`.
    pub low_rank: DMatrix<f64>,
    /// `S`, `N×D`.
    pub sparse: DMatrix<f64>,
    /// `Y`, `N×D`, as in [`Pursuing::dual`].
    pub dual: DMatrix<f64>,
    /// `λ`.
    pub lambda: f64,
    /// `μ` of the last step.
    pub mu: f64,
    /// What the last step has reached.
    pub last: PursuitProgress,
}
