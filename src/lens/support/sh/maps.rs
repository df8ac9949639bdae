//! The whole maps, N rows and N/s columns each. Small ones are made in the frame, larger ones by a job; the old ones stay
//! meanwhile.

use std::sync::Arc;

use eigenlens_core::{Attending, Error, Head, Mechanism, Pooling};
use nalgebra::DMatrix;

use crate::job::{Job, Step, Task};

/// Multiply-adds that a frame may spend on the maps: about a millisecond in the browser.
const IN_FRAME: usize = 1 << 19;

/// The map of each head; none where its factor does not fit.
pub(super) type Four = [Option<DMatrix<f64>>; 4];

/// What the maps depend on.
#[derive(Clone)]
struct Wanted {
    head: Arc<Head>,
    temperature: f64,
    poolings: [Pooling; 4],
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.head, &other.head)
            && self.temperature.total_cmp(&other.temperature).is_eq()
            && self.poolings == other.poolings
    }
}

/// The maps, fresh or being computed.
#[derive(Default)]
pub(super) struct Maps {
    known: Option<(Wanted, Four)>,
    job: Job<Wanted, Four>,
    revision: u64,
}

impl Maps {
    /// Asks for the maps of a head's queries.
    pub(super) fn request(&mut self, head: &Arc<Head>, temperature: f64, poolings: [Pooling; 4]) {
        let wanted = Wanted {
            head: Arc::clone(head),
            temperature,
            poolings,
        };
        if self.known.as_ref().is_some_and(|(known, _)| *known == wanted) {
            self.job.cancel();
            return;
        }
        let cells: usize = poolings
            .iter()
            .map(|pooling| pooling.blocks(head.n_keys()).map_or(0, |blocks| blocks.len()))
            .sum();
        if head.n_queries() * cells * head.dim() <= IN_FRAME {
            self.job.cancel();
            let mut run = task(&wanted);
            let four = loop {
                if let Step::Done(four) = run() {
                    break four;
                }
            };
            self.take(wanted, four);
        } else {
            self.job.request(wanted.clone(), move || task(&wanted));
        }
    }

    /// Takes what the job has finished; true while it is under way.
    pub(super) fn poll(&mut self, head: &Arc<Head>, temperature: f64, poolings: [Pooling; 4]) -> bool {
        let before = self.job.progress().is_some();
        let working = self.job.poll();
        if before && !working {
            let wanted = Wanted {
                head: Arc::clone(head),
                temperature,
                poolings,
            };
            if self.job.is_fresh(&wanted)
                && let Some(four) = self.job.answer().cloned()
            {
                self.take(wanted, four);
            }
        }
        working
    }

    fn take(&mut self, wanted: Wanted, four: Four) {
        self.known = Some((wanted, four));
        self.revision += 1;
    }

    /// The maps; the old ones while new ones are computed.
    pub(super) fn four(&self) -> Option<&Four> {
        self.known.as_ref().map(|(_, four)| four)
    }

    /// Changes whenever an entry does.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }
}

/// One query a call, head after head.
fn task(wanted: &Wanted) -> Task<Four> {
    let Wanted {
        head,
        temperature,
        poolings,
    } = wanted.clone();
    let rows = head.n_queries();
    let of = 4 * rows;
    let mut done: Four = Default::default();
    let mut at = 0;
    let mut running: Option<Attending<Head>> = None;
    Box::new(move || {
        let Some(pooling) = poolings.get(at) else {
            return Step::Done(std::mem::take(&mut done));
        };
        let stepped = match running.take() {
            Some(attending) => Ok(attending),
            None => begin(&head, *pooling, temperature),
        }
        .and_then(|mut attending| Ok((attending.step()?, attending)));
        match stepped {
            Ok((progress, attending)) if progress.is_finished() => {
                if let Some(slot) = done.get_mut(at) {
                    *slot = attending.finish().ok().map(|all| all.weights);
                }
                at += 1;
            }
            Ok((progress, attending)) => {
                running = Some(attending);
                return Step::Running {
                    done: at * rows + progress.done,
                    of,
                };
            }
            // The head says itself why it has no map.
            Err(_) => at += 1,
        }
        Step::Running { done: at * rows, of }
    })
}

fn begin(head: &Head, pooling: Pooling, temperature: f64) -> Result<Attending<Head>, Error> {
    let scoring = Mechanism::Softmax.scoring(head.dim())?.with_temperature(temperature)?;
    Attending::new(pooling.head(head)?, scoring)
}
