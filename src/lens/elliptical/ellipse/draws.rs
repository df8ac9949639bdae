//! Bias and variance of the estimate over fresh noise: 200 draws of 80 keys, in a job.

use eigenlens_core::{Error, RegressionError, error_of_draws};
use nalgebra::{DMatrix, DVector};

use crate::job::{Job, Step, Task};
use crate::lab::SmootherForm;
use crate::lab::preset::Truth;
use crate::lab::regression;

/// Draws of an answer.
pub(super) const DRAWS: usize = 200;
/// Keys of a draw.
const KEYS: usize = 80;

/// What the draws depend on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) seed: u32,
    pub(super) form: SmootherForm,
    /// m and σ of the ellipse.
    pub(super) m: DVector<f64>,
    pub(super) sigma: f64,
    /// σ of the circle.
    pub(super) circle_sigma: f64,
}

/// The errors with M and with M = I.
pub(super) type Answer = Result<[RegressionError; 2], Error>;

/// The draws with what they gave last.
#[derive(Default)]
pub(super) struct Draws {
    job: Job<Wanted, Answer>,
}

impl Draws {
    /// Brings the draws on. Returns true while they are under way.
    pub(super) fn derive(&mut self, wanted: Option<Wanted>) -> bool {
        let Some(wanted) = wanted else {
            self.job.cancel();
            return false;
        };
        // While m is dragged the draws for one of its values come to their end before those for the next begin.
        if self.job.progress().is_none() || !self.job.poll() {
            self.job.request(wanted.clone(), || task(wanted));
        }
        self.job.progress().is_some()
    }

    /// Stops what is under way.
    pub(super) fn rest(&mut self) {
        self.job.cancel();
    }

    /// The last answer; it may be that of a moment ago.
    pub(super) fn answer(&self) -> Option<[RegressionError; 2]> {
        self.job.answer()?.as_ref().ok().copied()
    }

    /// Draws ready, and draws in all, while they are under way.
    pub(super) fn progress(&self) -> Option<(usize, usize)> {
        self.job.progress()
    }
}

/// One draw a step, each for both metrics.
fn task(wanted: Wanted) -> Task<Answer> {
    let points = regression::grid();
    let truth: Vec<f64> = points
        .row_iter()
        .map(|row| Truth::SineOfTheFirst.at(row.transpose().as_slice()))
        .collect();
    let ones = DVector::from_element(wanted.m.len(), 1.0);
    let mut rows = [Vec::new(), Vec::new()];
    let mut done = 0;
    let mut step = move || -> Result<Option<[RegressionError; 2]>, Error> {
        let number = u32::try_from(done).unwrap_or(u32::MAX);
        let (keys, values) = regression::draw(wanted.seed, number, KEYS);
        let metrics = [(&wanted.m, wanted.sigma), (&ones, wanted.circle_sigma)];
        for (row, (m, sigma)) in std::iter::zip(&mut rows, metrics) {
            row.extend(regression::estimate(
                (&keys, &values),
                &points,
                wanted.form,
                m,
                sigma * sigma,
            )?);
        }
        done += 1;
        if done < DRAWS {
            return Ok(None);
        }
        let error = |row: &[f64]| error_of_draws(&DMatrix::from_row_slice(DRAWS, truth.len(), row), &truth);
        Ok(Some([error(&rows[0])?, error(&rows[1])?]))
    };
    let mut ready = 0;
    Box::new(move || match step() {
        Ok(None) => {
            ready += 1;
            Step::Running { done: ready, of: DRAWS }
        }
        Ok(Some(errors)) => Step::Done(Ok(errors)),
        Err(error) => Step::Done(Err(error)),
    })
}
