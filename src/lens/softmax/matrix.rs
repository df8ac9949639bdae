//! The whole matrix A. Small ones are computed in the frame, larger ones by a job; the old picture stays meanwhile.

use std::sync::Arc;

use eigenlens_core::{Attending, Attention, Error, Head};
use nalgebra::DMatrix;

use super::derive::{askers, scoring};
use crate::job::{Job, Step, Task};
use crate::lab::Temperature;

/// Multiply-adds that a frame may spend on the matrix: about a millisecond in the browser.
const IN_FRAME: usize = 1 << 19;

/// What the matrix depends on.
#[derive(Clone)]
struct Wanted {
    head: Arc<Head>,
    temperature: Temperature,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.head, &other.head) && self.temperature == other.temperature
    }
}

/// The matrix, fresh or being computed.
#[derive(Default)]
pub(super) struct Matrix {
    weights: Option<DMatrix<f64>>,
    job: Job<Wanted, Result<DMatrix<f64>, Error>>,
    /// The largest entry.
    most: f64,
    revision: u64,
    failed: Option<Error>,
}

impl Matrix {
    /// Asks for the matrix of a head.
    pub(super) fn request(&mut self, head: &Arc<Head>, temperature: Temperature) {
        let asked = match askers(head).and_then(|asking| Ok((scoring(temperature, asking.dim())?, asking))) {
            Ok((scoring, asking)) => Attending::new(asking, scoring),
            Err(error) => Err(error),
        };
        self.failed = None;
        match asked {
            Err(error) => self.failed = Some(error),
            Ok(mut attending) => {
                let rows = head.n_queries().max(1)
                    + if head.n_queries() < head.n_keys() {
                        head.n_keys()
                    } else {
                        0
                    };
                if rows * head.n_keys() * head.dim() <= IN_FRAME {
                    self.job.cancel();
                    let all = loop {
                        match attending.step() {
                            Ok(progress) if progress.is_finished() => break attending.finish(),
                            Ok(_) => {}
                            Err(error) => break Err(error),
                        }
                    };
                    self.take(all.map(|all| all.weights));
                } else {
                    let wanted = Wanted {
                        head: Arc::clone(head),
                        temperature,
                    };
                    self.job.request(wanted, move || task(attending));
                }
            }
        }
    }

    /// Takes what the job has finished; true while it is under way.
    pub(super) fn poll(&mut self) -> bool {
        let before = self.job.progress().is_some();
        let working = self.job.poll();
        if before && !working {
            match self.job.answer() {
                Some(Ok(weights)) => {
                    let weights = weights.clone();
                    self.take(Ok(weights));
                }
                Some(Err(error)) => self.failed = Some(error.clone()),
                None => {}
            }
        }
        working
    }

    fn take(&mut self, all: Result<DMatrix<f64>, Error>) {
        match all {
            Ok(weights) => {
                self.most = weights.iter().copied().fold(0.0, f64::max);
                self.weights = Some(weights);
                self.revision += 1;
            }
            Err(error) => self.failed = Some(error),
        }
    }

    /// The matrix, rows ask and columns answer; the old one while a new one is computed.
    pub(super) fn weights(&self) -> Option<&DMatrix<f64>> {
        self.weights.as_ref()
    }

    /// The largest entry.
    pub(super) fn most(&self) -> f64 {
        self.most
    }

    /// Changes whenever an entry does.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Why there is no matrix.
    pub(super) fn failed(&self) -> Option<&Error> {
        self.failed.as_ref()
    }

    /// Rows ready and rows in all, while the job is under way.
    pub(super) fn progress(&self) -> Option<(usize, usize)> {
        self.job.progress()
    }
}

fn task(attending: Attending<Head>) -> Task<Result<DMatrix<f64>, Error>> {
    let mut attending = Some(attending);
    Box::new(move || {
        let Some(mut running) = attending.take() else {
            return Step::Running { done: 0, of: 0 };
        };
        match running.step() {
            Ok(progress) if progress.is_finished() => Step::Done(running.finish().map(|all: Attention| all.weights)),
            Ok(progress) => {
                attending = Some(running);
                Step::Running {
                    done: progress.done,
                    of: progress.of,
                }
            }
            Err(error) => Step::Done(Err(error)),
        }
    })
}
