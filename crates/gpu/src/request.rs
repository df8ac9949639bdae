//! What someone who looks on asks of a device, and what they hear of it: also from one wasm module to another.

use serde::{Deserialize, Serialize};

use crate::results::{Ceilings, Machine, Row};

/// What is to be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// `[B, H, N, D]`.
    pub shape: [usize; 4],
    /// The mechanisms by name, in the order of their rows.
    pub mechanisms: Vec<String>,
    /// "f32" or "f16".
    pub precision: String,
    /// Share of the entries of the keys that get a spike, where noise is asked for.
    pub noise: Option<f64>,
    /// Of the inputs.
    pub seed: u64,
    /// `YYYY-MM-DD`, which the device does not know.
    pub date: String,
}

/// What comes of a run, in this order: it starts, says its machine, goes on and gives rows, and ends once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It has begun.
    Started {
        /// How many rows will come.
        rows: usize,
    },
    /// Where it runs.
    Machine(Machine, Ceilings),
    /// What the person should know, as one sentence.
    Notice(String),
    /// How far it is.
    Progress {
        /// Share that is done, 0 to 1.
        done: f64,
        /// What is under way.
        what: String,
        /// Seconds that are left, where that can be told.
        seconds_left: Option<f64>,
    },
    /// A measurement, or the reason why there is none.
    Row(Box<Row>),
    /// All of it is there.
    Done {
        /// How long it took.
        seconds: f64,
    },
}
