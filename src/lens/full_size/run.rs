//! What measures: the lens asks for a run and takes what comes of it, event by event.

use eigenlens_gpu::{Ceilings, Machine, Precision, Row};

use crate::lab::full_size::Measured;

/// What is to be measured.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRequest {
    /// `[B, H, N, D]`.
    pub shape: [usize; 4],
    /// The mechanisms, in the order of their rows.
    pub mechanisms: Vec<Measured>,
    /// How tensors are stored.
    pub precision: Precision,
    /// Share of the entries of the keys that get a spike, where noise is asked for.
    pub noise: Option<f64>,
    /// Of the inputs.
    pub seed: u64,
}

/// What comes of a run, in this order: it starts, says its machine, goes on and gives rows, and ends once.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEvent {
    /// It has begun.
    Started {
        /// How many rows will come.
        rows: usize,
    },
    /// How far it is.
    Progress {
        /// Share that is done, 0 to 1.
        done: f32,
        /// What is under way, as in "RPC on the CPU".
        what: String,
        /// Seconds that are left, where that can be told.
        seconds_left: Option<f32>,
    },
    /// A measurement, or the reason why there is none.
    Row(Row),
    /// Where it runs.
    Machine(Machine, Ceilings),
    /// What the person should know, as one sentence: "32k does not fit; 8k were measured."
    Notice(String),
    /// All of it is there.
    Done {
        /// How long it took.
        seconds: f64,
    },
    /// It broke off, for this reason. What came before stays.
    Failed(String),
    /// It was stopped. What came before stays.
    Cancelled,
}

/// Whether a run can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// On this adapter.
    Ready {
        /// Its name.
        adapter: String,
    },
    /// There is none.
    None {
        /// Why, without a full stop.
        reason: String,
    },
    /// It is being looked for.
    NotYetKnown,
}

/// What measures, elsewhere: a thread, another module.
pub trait Runner {
    /// Begins; asked for only while nothing is under way.
    fn start(&mut self, request: RunRequest);

    /// The next event, where there is one.
    fn poll(&mut self) -> Option<RunEvent>;

    /// Asks to stop; [`RunEvent::Cancelled`] says that it has.
    fn cancel(&mut self);

    /// Whether a run can be asked for.
    fn availability(&self) -> Availability;
}

/// A program that cannot measure.
pub struct NoRunner;

impl Runner for NoRunner {
    fn start(&mut self, _request: RunRequest) {}

    fn poll(&mut self) -> Option<RunEvent> {
        None
    }

    fn cancel(&mut self) {}

    fn availability(&self) -> Availability {
        Availability::None {
            reason: "this program has no GPU module".to_owned(),
        }
    }
}
