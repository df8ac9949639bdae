//! What is computed: attention between the keys and along the curve, and the regression sweep by sweep. In small pieces, so
//! that it is a job where it is not done within a frame.

use std::iter::zip;
use std::sync::Arc;

use eigenlens_core::{
    Error, KktCase, SupportBound, SupportFit, SupportFitting, SupportOptions, SupportProgress, SupportStatus,
    singular_values,
};
use nalgebra::{DMatrix, DVector};

use crate::job::{Step, Task};

/// Sweeps after which the solver gives up.
pub(super) const MOST_SWEEPS: usize = 4000;
/// No condition of optimality is violated by more, in the units of the targets.
const TOLERANCE: f64 = 1e-9;
/// Numbers that are kept of the way there.
const KEPT: usize = 400_000;
/// Up to so many keys the condition number is asked for.
const FEW_KEYS: usize = 64;
/// A change of a value that sweeps alone are done with.
const REST: f64 = 1e-13;
/// Multiplications and additions for sweeps alone.
const ALONE: usize = 400_000;
/// Normalisers nearer to each other than this share are one.
const LEVEL: f64 = 1e-9;
/// Rows of attention in one piece of work.
const PIECE: usize = 8;
/// Operations that a frame gives to the computation.
const IN_FRAME: usize = 12_000_000;

/// What attention between the keys depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KernelOf {
    /// The keys, `N×D`.
    pub(super) keys: DMatrix<f64>,
    /// The places of the curve, `P×D`.
    pub(super) places: DMatrix<f64>,
    /// τ.
    pub(super) temperature: f64,
    /// Degree of the Taylor sum.
    pub(super) degree: Option<usize>,
}

/// What the regression depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) kernel: KernelOf,
    /// y, N entries.
    pub(super) targets: Vec<f64>,
    /// ε.
    pub(super) epsilon: f64,
    /// The most that |v| may be where all `h_j` are equal; none: unbounded.
    pub(super) cap: Option<f64>,
}

/// Attention between the keys, and of places between them.
pub(super) struct Kernel {
    /// A regression that was not begun: it knows the keys.
    asked: SupportFit,
    /// `A_KK`, `N×N`.
    pub(super) rows: DMatrix<f64>,
    /// A row for each place of the curve; none where the kernel is not defined there.
    curve: Vec<Option<DVector<f64>>>,
    /// The largest singular value of `A_KK` over the smallest; none where it is 0, and for many keys.
    pub(super) condition: Option<f64>,
    /// All `h_j` are the same.
    pub(super) level: bool,
    /// The mean of `log h_j`.
    mean_log: f64,
}

impl Kernel {
    /// `log h_j`.
    pub(super) fn log_normaliser(&self) -> &[f64] {
        &self.asked.log_normaliser
    }

    /// `A_KK v`.
    pub(super) fn fitted(&self, value: &[f64]) -> Vec<f64> {
        (&self.rows * DVector::from_column_slice(value)).as_slice().to_vec()
    }

    /// The curve of values, place by place.
    pub(super) fn curve(&self, value: &[f64]) -> Vec<Option<f64>> {
        let value = DVector::from_column_slice(value);
        let at = |row: &Option<DVector<f64>>| row.as_ref().map(|row| row.dot(&value));
        self.curve.iter().map(at).collect()
    }

    /// A fit with values of its own.
    pub(super) fn with_values(&self, value: &[f64]) -> SupportFit {
        let mut fit = self.asked.clone();
        fit.value = value.to_vec();
        fit
    }

    /// The bound of the size of each value, infinite without one: `C/h_j`, where the cap is C over the geometric mean of all `h_j`.
    pub(super) fn caps(&self, cap: Option<f64>) -> Vec<f64> {
        let one = |log: &f64| match cap {
            None => f64::INFINITY,
            Some(cap) if self.level => cap,
            Some(cap) => cap * (self.mean_log - log).exp(),
        };
        self.log_normaliser().iter().map(one).collect()
    }

    fn bound(&self, cap: Option<f64>) -> SupportBound {
        match cap {
            None => SupportBound::Free,
            Some(cap) if self.level => SupportBound::Value(cap),
            Some(cap) => match cap * self.mean_log.exp() {
                c if c.is_finite() && c > 0.0 => SupportBound::Dual(c),
                _ => SupportBound::Value(cap),
            },
        }
    }
}

/// The regression after a sweep.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// v.
    pub(super) value: Vec<f64>,
    /// f at the keys.
    pub(super) fitted: Vec<f64>,
    pub(super) cases: Vec<KktCase>,
    pub(super) progress: SupportProgress,
}

impl Frame {
    fn of(fit: SupportFit) -> Self {
        Self {
            value: fit.value,
            fitted: fit.fitted,
            cases: fit.cases,
            progress: fit.last,
        }
    }
}

/// The regression with the way there.
pub(super) struct Solution {
    /// After the first sweeps: as many as are kept, at most all.
    frames: Vec<Frame>,
    /// At the end.
    pub(super) last: Frame,
    /// How many sweeps it would have taken without exact steps, until no value changes by [`REST`]; none where that is many.
    pub(super) alone: Option<usize>,
}

impl Solution {
    /// The last step of the film: the sweeps that are kept, then the end.
    pub(super) fn steps(&self) -> usize {
        let all = self.last.progress.sweep;
        if self.frames.len() >= all {
            all
        } else {
            self.frames.len() + 1
        }
    }

    /// What a step of the film shows, from 1.
    pub(super) fn frame(&self, step: usize) -> &Frame {
        let kept = step.checked_sub(1).and_then(|at| self.frames.get(at));
        kept.filter(|_| step < self.steps()).unwrap_or(&self.last)
    }

    /// Whether every sweep is kept.
    pub(super) fn is_whole(&self) -> bool {
        self.frames.len() >= self.last.progress.sweep
    }
}

/// All of it.
pub(super) struct Solved {
    pub(super) kernel: Arc<Kernel>,
    pub(super) solution: Solution,
}

pub(super) type Answer = Result<Arc<Solved>, Error>;

/// The computation under way.
enum Stage {
    /// Rows of attention, so many done.
    Rows {
        asked: SupportFit,
        rows: DMatrix<f64>,
        curve: Vec<Option<DVector<f64>>>,
        done: usize,
    },
    /// Sweeps.
    Sweeps {
        kernel: Arc<Kernel>,
        fitting: Box<SupportFitting>,
        frames: Vec<Frame>,
    },
}

struct Solving {
    wanted: Wanted,
    stage: Stage,
}

impl Solving {
    fn new(wanted: Wanted, known: Option<Arc<Kernel>>) -> Result<Self, Error> {
        let stage = if let Some(kernel) = known {
            sweeps(&wanted, kernel)?
        } else {
            let keys = &wanted.kernel.keys;
            let n = keys.nrows();
            let nothing = vec![0.0; n];
            Stage::Rows {
                asked: SupportFitting::new(keys.clone(), nothing, &options(&wanted, SupportBound::Free))?.fit(),
                rows: DMatrix::zeros(n, n),
                curve: Vec::with_capacity(wanted.kernel.places.nrows()),
                done: 0,
            }
        };
        Ok(Self { wanted, stage })
    }

    /// One piece. Gives the answer, or what it has cost in operations.
    fn step(mut self) -> Result<(Option<Self>, usize, Option<Solved>), Error> {
        let of = &self.wanted.kernel;
        let (n, all) = (of.keys.nrows(), of.keys.nrows() + of.places.nrows());
        let row_of = |matrix: &DMatrix<f64>, row: usize| -> Vec<f64> {
            matrix
                .row_iter()
                .nth(row)
                .map(|row| row.iter().copied().collect())
                .unwrap_or_default()
        };
        match self.stage {
            Stage::Rows {
                asked,
                mut rows,
                mut curve,
                done,
            } => {
                let end = (done + PIECE).min(all);
                for at in done..end {
                    if at < n {
                        let weights = asked.at(&row_of(&of.keys, at))?.weights;
                        for (slot, weight) in zip(rows.row_mut(at).iter_mut(), weights) {
                            *slot = weight;
                        }
                    } else {
                        let reading = asked.at(&row_of(&of.places, at - n));
                        curve.push(reading.ok().map(|reading| DVector::from_vec(reading.weights)));
                    }
                }
                let cost = PIECE * n * (of.keys.ncols() + 30) * 4;
                self.stage = if end < all {
                    Stage::Rows {
                        asked,
                        rows,
                        curve,
                        done: end,
                    }
                } else {
                    sweeps(&self.wanted, Arc::new(kernel(asked, rows, curve)))?
                };
                Ok((Some(self), cost, None))
            }
            Stage::Sweeps {
                kernel,
                mut fitting,
                mut frames,
            } => {
                if fitting.progress().status != SupportStatus::Running {
                    let last = Frame::of(fitting.fit());
                    let alone = sweeps_alone(&self.wanted, &kernel);
                    let solution = Solution { frames, last, alone };
                    return Ok((None, 0, Some(Solved { kernel, solution })));
                }
                let progress = fitting.step()?;
                if frames.len() + 1 == progress.sweep && 2 * n * progress.sweep <= KEPT {
                    frames.push(Frame::of(fitting.fit()));
                }
                self.stage = Stage::Sweeps {
                    kernel,
                    fitting,
                    frames,
                };
                Ok((Some(self), 4 * n * n, None))
            }
        }
    }

    /// Pieces done, and in all as far as one can say.
    fn progress(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Rows { done, .. } => (
                *done,
                2 * (self.wanted.kernel.keys.nrows() + self.wanted.kernel.places.nrows()),
            ),
            Stage::Sweeps { fitting, .. } => (MOST_SWEEPS + fitting.progress().sweep, 2 * MOST_SWEEPS),
        }
    }
}

fn options(wanted: &Wanted, bound: SupportBound) -> SupportOptions {
    SupportOptions {
        epsilon: wanted.epsilon,
        bound,
        degree: wanted.kernel.degree,
        temperature: Some(wanted.kernel.temperature),
        tolerance: TOLERANCE,
        max_sweeps: MOST_SWEEPS,
    }
}

fn fitting(wanted: &Wanted, kernel: &Kernel) -> Result<SupportFitting, Error> {
    let options = options(wanted, kernel.bound(wanted.cap));
    SupportFitting::new(wanted.kernel.keys.clone(), wanted.targets.clone(), &options)
}

/// The sweeps that it takes without exact steps.
fn sweeps_alone(wanted: &Wanted, kernel: &Kernel) -> Option<usize> {
    let most = ALONE / wanted.targets.len().pow(2).max(1);
    let fitting = (most > 0).then(|| fitting(wanted, kernel).ok()).flatten()?;
    fitting.sweeps_alone(REST, most).ok().flatten()
}

fn sweeps(wanted: &Wanted, kernel: Arc<Kernel>) -> Result<Stage, Error> {
    let fitting = fitting(wanted, &kernel)?;
    Ok(Stage::Sweeps {
        kernel,
        fitting: Box::new(fitting),
        frames: Vec::new(),
    })
}

fn kernel(asked: SupportFit, rows: DMatrix<f64>, curve: Vec<Option<DVector<f64>>>) -> Kernel {
    let logs = &asked.log_normaliser;
    let mean_log = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
    let condition = (rows.nrows() <= FEW_KEYS)
        .then(|| singular_values(&rows).ok())
        .flatten()
        .and_then(|values| Some((*values.first()?, *values.last()?)))
        .map(|(most, least)| most / least)
        .filter(|condition| condition.is_finite());
    Kernel {
        level: logs.iter().all(|log| (log - mean_log).abs() <= LEVEL),
        mean_log,
        asked,
        rows,
        curve,
        condition,
    }
}

/// The whole computation, where it is small enough for a frame.
pub(super) fn within_frame(wanted: &Wanted, known: Option<Arc<Kernel>>) -> Option<Answer> {
    let of = &wanted.kernel;
    let begin = 4 * of.keys.nrows() * of.keys.nrows() * (of.keys.ncols() + 30);
    if begin > IN_FRAME {
        return None;
    }
    let mut spent = begin;
    let mut solving = match Solving::new(wanted.clone(), known) {
        Ok(solving) => solving,
        Err(error) => return Some(Err(error)),
    };
    while spent < IN_FRAME {
        match solving.step() {
            Ok((_, _, Some(solved))) => return Some(Ok(Arc::new(solved))),
            Ok((Some(next), cost, None)) => {
                solving = next;
                spent += cost;
            }
            Ok((None, _, None)) => return None,
            Err(error) => return Some(Err(error)),
        }
    }
    None
}

/// The computation in small pieces.
pub(super) fn task(wanted: Wanted, known: Option<Arc<Kernel>>) -> Task<Answer> {
    let mut begin = Some((wanted, known));
    let mut running: Option<Solving> = None;
    let mut step = move || -> Result<Step<Answer>, Error> {
        if let Some((wanted, known)) = begin.take() {
            running = Some(Solving::new(wanted, known)?);
        }
        let Some(solving) = running.take() else {
            return Ok(Step::Running { done: 1, of: 1 });
        };
        let (next, _, solved) = solving.step()?;
        if let Some(solved) = solved {
            return Ok(Step::Done(Ok(Arc::new(solved))));
        }
        let (done, of) = next.as_ref().map_or((1, 1), Solving::progress);
        running = next;
        Ok(Step::Running { done, of })
    };
    Box::new(move || step().unwrap_or_else(|error| Step::Done(Err(error))))
}
