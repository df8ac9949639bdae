//! Support vector regression whose kernel is that of attention, so that values are dual variables (Nguyen et al. 2023,
//! "A Primal-Dual Framework for Transformers and Neural Networks", ICLR, Theorem 1).
//!
//! The fit `f(x) = w·Φ(x)/h(x)` with `h(x) = Σ_j Φ(x)·Φ(k_j)` and no intercept minimises `½‖w‖² + Σ_j C_j
//! max(|y_j − f(k_j)| − ε, 0)`. Its dual, with `G_ij = Φ(k_i)·Φ(k_j)/(h_i h_j)`, maximises
//!
//! `−½ βᵀGβ + yᵀβ − ε‖β‖₁` subject to `|β_j| ≤ C_j`.
//!
//! With `v_j = β_j/h_j` the fit is attention over the values `v`: `f(x) = Σ_j softmax_j(x·k_j/τ) v_j`, and
//! `Gβ = A_KK v`. All is computed with `v` and the rows of `A_KK`, which have no large numbers however long the keys are;
//! `h` is kept as its logarithm.

mod face;
mod fit;
mod kernel;

use std::iter::zip;
use std::sync::Arc;

use nalgebra::DMatrix;

use crate::error::{Bound, Error, check_finite, check_length, check_positive};
pub use fit::{SupportFit, SupportReading, implied_targets};
use kernel::Smoother;
pub use kernel::{feature_map, taylor_exp};

/// What rounding may leave of a violation, as a share of the largest target.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// After so many sweeps a fit that has not converged is badly conditioned, and exact steps help.
const SWEEPS_ALONE: usize = 100;

/// What bounds the dual variables: the price of a target outside the tube.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum SupportBound {
    /// Nothing: every target must be within the tube.
    #[default]
    Free,
    /// `|β_j| ≤ C`, above 0.
    Dual(f64),
    /// `|v_j| ≤ cap`, above 0, in the units of the targets: `C_j = cap·h_j`.
    Value(f64),
}

/// The choices of a support vector regression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SupportOptions {
    /// `ε`, half the width of the tube, in the units of the targets; not below 0.
    pub epsilon: f64,
    /// What bounds the dual variables.
    pub bound: SupportBound,
    /// The degree after which the Taylor sum of the kernel is cut off, at most 170; `None`:
    /// `exp`.
    pub degree: Option<usize>,
    /// `τ`; `None`: `√D`.
    pub temperature: Option<f64>,
    /// The fit has converged when no optimality condition is violated by more than this, in the
    /// units of the targets. Where all targets are below 1 this times the largest is needed, and
    /// what rounding leaves, 10⁻¹⁴ of the largest, is always allowed.
    pub tolerance: f64,
    /// Give up after so many sweeps.
    pub max_sweeps: usize,
}

impl Default for SupportOptions {
    fn default() -> Self {
        Self {
            epsilon: 0.1,
            bound: SupportBound::Free,
            degree: None,
            temperature: None,
            tolerance: 1e-9,
            max_sweeps: 100_000,
        }
    }
}

/// Which of the conditions of optimality (Karush, Kuhn and Tucker) a key is under. At the optimum
/// the misfit `y_j − f(k_j)` is as said here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KktCase {
    /// `v_j = 0`: the target is within the tube, `|y_j − f(k_j)| ≤ ε`.
    Inside,
    /// `0 < |v_j| < C_j/h_j`: the target is on the edge of the tube, `y_j − f(k_j) = ±ε` with the
    /// sign of `v_j`.
    Edge,
    /// `|v_j| = C_j/h_j`: the target may be outside the tube, `|y_j − f(k_j)| ≥ ε`.
    Capped,
}

/// How a fit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupportStatus {
    /// There are sweeps to do.
    Running,
    /// Every condition of optimality holds within the tolerance.
    Converged,
    /// The sweeps are used up.
    OutOfSweeps,
}

/// What the last sweep has reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SupportProgress {
    /// Sweeps done.
    pub sweep: usize,
    /// The largest violation of a condition of optimality, see [`KktCase`], in the units of the
    /// targets.
    pub violation: f64,
    /// The largest `|Δv_j|` of the sweep, in the units of the targets; 0 before the first.
    pub change: f64,
    /// The dual objective over the largest `h_j`, in squared units of the targets: where all `h_j`
    /// are equal, `−½ vᵀA_KK v + yᵀv − ε‖v‖₁`.
    pub objective: f64,
    /// The primal objective less the dual one, over the largest `h_j`: not below 0, and 0 at the
    /// optimum. Without a bound the price of a target outside the tube is taken as if the largest
    /// value so far were the cap.
    pub gap: f64,
    /// How the fit stands.
    pub status: SupportStatus,
}

/// One key of the regression.
#[derive(Debug, Clone)]
struct Point {
    /// `y_j`.
    target: f64,
    /// `v_j`.
    value: f64,
    /// `f(k_j)`.
    fitted: f64,
    /// `C_j/h_j`; infinite without a bound.
    cap: f64,
    /// `A_jj`.
    own: f64,
    /// `h_j` over the largest.
    share: f64,
}

impl Point {
    /// `y_j − f(k_j)`.
    fn misfit(&self) -> f64 {
        self.target - self.fitted
    }

    /// The value that is best while the others stay: infinite where it is beyond the range.
    fn best(&self, epsilon: f64) -> f64 {
        let alone = self.misfit() + self.own * self.value;
        let excess = alone.abs() - epsilon;
        if excess > 0.0 {
            (excess / self.own).min(self.cap).copysign(alone)
        } else {
            0.0
        }
    }

    fn case(&self) -> KktCase {
        let size = self.value.abs();
        if size == 0.0 && (self.cap > 0.0 || self.misfit() == 0.0) {
            KktCase::Inside
        } else if size >= self.cap {
            KktCase::Capped
        } else {
            KktCase::Edge
        }
    }

    /// By how much the condition of the case is violated.
    fn violation(&self, epsilon: f64) -> f64 {
        let misfit = self.misfit();
        match self.case() {
            KktCase::Inside => (misfit.abs() - epsilon).max(0.0),
            KktCase::Edge => (misfit - epsilon.copysign(self.value)).abs(),
            // A cap below the range of `f64` allows every misfit.
            KktCase::Capped if self.cap == 0.0 => 0.0,
            KktCase::Capped => (epsilon - misfit * self.value.signum()).max(0.0),
        }
    }

    /// What the key adds to the dual objective, over the largest `h_j`.
    fn objective(&self, epsilon: f64) -> f64 {
        self.share * (self.value * (self.target - 0.5 * self.fitted) - epsilon * self.value.abs())
    }

    /// What the key adds to the gap, not below 0; `largest` is its cap where it has none.
    fn gap(&self, epsilon: f64, largest: f64) -> f64 {
        let misfit = self.misfit();
        let cap = if self.cap.is_finite() { self.cap } else { largest };
        let price = cap * (misfit.abs() - epsilon).max(0.0);
        (self.share * (price + epsilon * self.value.abs() - self.value * misfit)).max(0.0)
    }
}

/// Support vector regression as a stepper: one sweep of exact coordinate ascent over the keys a
/// step, `v_j ← clip(S_ε(y_j − f(k_j) + A_jj v_j)/A_jj)` with `S_ε` the shrinkage.
///
/// Sweeps alone give every condition of optimality to the tolerance. Then the equations of the edge
/// are solved exactly, and the solution is taken where no condition is violated more than before:
/// with `ε = 0` and no bound it is `A_KK⁻¹ y` to the last digits. Where the kernel is much wider than
/// the keys are apart sweeps take for ever; after 100 of them the same equations are solved after a
/// sweep, and the values go towards the solution as far as no value changes its sign or passes
/// its cap, provided that the objective grows. A solution costs as much as some sweeps, and waits until
/// as many are done.
#[derive(Debug, Clone)]
pub struct SupportFitting {
    smoother: Arc<Smoother>,
    /// `A_KK`.
    rows: Arc<DMatrix<f64>>,
    log_normaliser: Arc<[f64]>,
    points: Vec<Point>,
    options: SupportOptions,
    /// The largest violation of a fit that has converged.
    tolerance: f64,
    /// The largest `|v_j|` so far, or what the first step would make.
    largest: f64,
    /// The sweep after which the equations of the edge are solved next.
    next_exact: usize,
    progress: SupportProgress,
}

impl SupportFitting {
    /// Checks keys `N×D`, their targets and the options; does no sweep yet, and begins with values of 0.
    ///
    /// # Errors
    /// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::NotFinite`]; [`Error::ShapeMismatch`]
    /// when there are not as many targets as keys; [`Error::OutOfBounds`] for the options, and for more
    /// keys than the memory holds; [`Error::NotDefined`] when a sum `h_j` of a kernel that is cut off is not above
    /// 0; [`Error::Overflow`].
    pub fn new(keys: DMatrix<f64>, targets: Vec<f64>, options: &SupportOptions) -> Result<Self, Error> {
        check_options(options)?;
        let smoother = Smoother::new(keys, options.temperature, options.degree)?;
        check_length("the number of targets", targets.len(), smoother.n_keys())?;
        check_finite("target", targets.iter().enumerate().map(|(row, &y)| (row, 0, y)))?;
        let (rows, log_normaliser) = smoother.of_keys()?;
        let greatest = log_normaliser.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let points: Vec<Point> = zip(zip(targets, &log_normaliser), rows.diagonal().iter())
            .map(|((target, log), &own)| Point {
                target,
                value: 0.0,
                fitted: 0.0,
                cap: match options.bound {
                    SupportBound::Free => f64::INFINITY,
                    SupportBound::Dual(c) => (c.ln() - log).exp(),
                    SupportBound::Value(cap) => cap,
                },
                own,
                share: (log - greatest).exp(),
            })
            .collect();
        let size = points.iter().fold(0.0, |size: f64, point| size.max(point.target.abs()));
        let mut fitting = Self {
            smoother: Arc::new(smoother),
            rows: Arc::new(rows),
            log_normaliser: log_normaliser.into(),
            points,
            options: *options,
            tolerance: (options.tolerance * size.min(1.0)).max(ROUNDING * size),
            largest: 0.0,
            next_exact: SWEEPS_ALONE,
            progress: SupportProgress {
                sweep: 0,
                violation: 0.0,
                change: 0.0,
                objective: 0.0,
                gap: 0.0,
                status: SupportStatus::Running,
            },
        };
        let first = fitting.points.iter().map(|point| point.best(options.epsilon).abs());
        fitting.largest = first.filter(|value| value.is_finite()).fold(0.0, f64::max);
        fitting.measure(0, 0.0)?;
        Ok(fitting)
    }

    /// The next sweep; does nothing when the fit is not running.
    ///
    /// # Errors
    /// [`Error::Overflow`] when a value or a sum is beyond the range of `f64`, as where a key has no weight
    /// among its own; what the fitting then holds is of no use.
    pub fn step(&mut self) -> Result<SupportProgress, Error> {
        if self.progress.status != SupportStatus::Running {
            return Ok(self.progress);
        }
        let before: Vec<f64> = self.values().collect();
        self.sweep()?;
        self.refit();
        let sweep = self.progress.sweep + 1;
        if self.violation() <= self.tolerance {
            // A second solution takes off what rounding has left of the first.
            for _ in 0..2 {
                self.solve_edge();
            }
        } else if sweep >= self.next_exact {
            let edge = self.solve_edge();
            self.next_exact = sweep + 1 + edge.pow(3) / (3 * self.points.len().pow(2));
        }
        let change =
            zip(self.values(), before).fold(0.0, |change: f64, (now, before)| change.max((now - before).abs()));
        self.measure(sweep, change)?;
        Ok(self.progress)
    }

    /// How many sweeps it takes from here until one changes no value by `least` or more, in the units of the targets,
    /// where the equations of the edge are never solved; none where `most` sweeps do not suffice.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] for a `least` that is not above 0; [`Error::Overflow`] as [`SupportFitting::step`].
    pub fn sweeps_alone(mut self, least: f64, most: usize) -> Result<Option<usize>, Error> {
        check_positive("the least change", least)?;
        for sweep in 1..=most {
            let before: Vec<f64> = self.values().collect();
            self.sweep()?;
            self.refit();
            if zip(self.values(), before).all(|(now, before)| (now - before).abs() < least) {
                return Ok(Some(sweep));
            }
        }
        Ok(None)
    }

    /// Coordinate ascent over all keys.
    fn sweep(&mut self) -> Result<(), Error> {
        for (index, column) in self.rows.column_iter().enumerate() {
            let Some(point) = self.points.get_mut(index) else {
                continue;
            };
            let best = point.best(self.options.epsilon);
            if !best.is_finite() {
                return Err(Error::Overflow {
                    what: "the value of the key",
                    row: index,
                    column: 0,
                });
            }
            let step = best - point.value;
            if step == 0.0 {
                continue;
            }
            point.value = best;
            for (point, weight) in zip(&mut self.points, column.iter()) {
                point.fitted += weight * step;
            }
        }
        Ok(())
    }

    /// `f = A_KK v` anew, so that rounding does not add up from sweep to sweep.
    fn refit(&mut self) {
        for point in &mut self.points {
            point.fitted = 0.0;
        }
        let values: Vec<f64> = self.values().collect();
        for (column, value) in zip(self.rows.column_iter(), values) {
            if value != 0.0 {
                for (point, weight) in zip(&mut self.points, column.iter()) {
                    point.fitted += weight * value;
                }
            }
        }
    }

    /// The largest violation.
    fn violation(&self) -> f64 {
        let violations = self.points.iter().map(|point| point.violation(self.options.epsilon));
        violations.fold(0.0, f64::max)
    }

    /// The dual objective over the largest `h_j`.
    fn objective(&self) -> f64 {
        self.points
            .iter()
            .map(|point| point.objective(self.options.epsilon))
            .sum()
    }

    /// What so many sweeps have reached.
    fn measure(&mut self, sweep: usize, change: f64) -> Result<(), Error> {
        let epsilon = self.options.epsilon;
        self.largest = self
            .values()
            .fold(self.largest, |largest, value| largest.max(value.abs()));
        let violation = self.violation();
        let objective = self.objective();
        let gap: f64 = self.points.iter().map(|point| point.gap(epsilon, self.largest)).sum();
        self.progress = SupportProgress {
            sweep,
            violation,
            change,
            objective,
            // A large cap and a large misfit.
            gap: gap.min(f64::MAX),
            status: if violation <= self.tolerance {
                SupportStatus::Converged
            } else if sweep >= self.options.max_sweeps {
                SupportStatus::OutOfSweeps
            } else {
                SupportStatus::Running
            },
        };
        if [violation, change, objective].iter().all(|x| x.is_finite()) {
            Ok(())
        } else {
            Err(Error::Overflow {
                what: "a sum of the regression",
                row: 0,
                column: 0,
            })
        }
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.points.iter().map(|point| point.value)
    }

    /// What the last sweep has reached.
    pub fn progress(&self) -> SupportProgress {
        self.progress
    }

    /// The fit as it stands.
    pub fn fit(&self) -> SupportFit {
        SupportFit {
            value: self.values().collect(),
            fitted: self.points.iter().map(|point| point.fitted).collect(),
            log_normaliser: Arc::clone(&self.log_normaliser),
            cases: self.points.iter().map(Point::case).collect(),
            last: self.progress,
            bound: self.options.bound,
            smoother: Arc::clone(&self.smoother),
        }
    }

    /// Does the sweeps that are left. The fit may not have converged; its `last.status` says so.
    ///
    /// # Errors
    /// As [`SupportFitting::step`].
    pub fn finish(mut self) -> Result<SupportFit, Error> {
        while self.progress.status == SupportStatus::Running {
            self.step()?;
        }
        Ok(self.fit())
    }
}

fn check_options(options: &SupportOptions) -> Result<(), Error> {
    if !options.epsilon.is_finite() || options.epsilon < 0.0 {
        return Err(Error::OutOfBounds {
            what: "ε",
            value: options.epsilon,
            bound: Bound::NotNegative,
        });
    }
    match options.bound {
        SupportBound::Free => {}
        SupportBound::Dual(c) => check_positive("C", c)?,
        SupportBound::Value(cap) => check_positive("the cap", cap)?,
    }
    check_positive("the tolerance", options.tolerance)?;
    if options.max_sweeps == 0 {
        return Err(Error::OutOfBounds {
            what: "the number of sweeps",
            value: 0.0,
            bound: Bound::AtLeast(1),
        });
    }
    Ok(())
}
