//! What measures: the lens asks for a run and takes what comes of it, event by event.

use eigenlens_gpu::{Ceilings, Machine, Precision, Row};

use crate::json::{Reader, Unexpected};
use crate::lab::full_size::Measured;
use crate::lab::results;

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

impl RunEvent {
    /// Whether nothing comes after it.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed(_) | Self::Cancelled)
    }

    /// The event that another module tells as JSON, as [`eigenlens_gpu::Event`] is written.
    ///
    /// # Errors
    /// What stands where something else should, and an event that is unknown.
    pub fn read(text: &str) -> Result<Self, Unexpected> {
        let mut reader = Reader::new(text);
        let mut event = None;
        let before = reader.place();
        reader.object(&mut |reader, name| {
            event = Some(match name {
                "started" => Self::Started {
                    rows: one_number(reader, "rows")? as usize,
                },
                "machine" => read_machine(reader)?,
                "notice" => Self::Notice(reader.text()?),
                "progress" => read_progress(reader)?,
                "row" => Self::Row(results::row(reader)?),
                "done" => Self::Done {
                    seconds: one_number(reader, "seconds")?,
                },
                _ => {
                    reader.skip()?;
                    return Ok(());
                }
            });
            Ok(())
        })?;
        reader.end()?;
        event.ok_or_else(|| before.expected("an event of a run"))
    }
}

/// An object with one number of interest.
fn one_number(reader: &mut Reader<'_>, wanted: &str) -> Result<f64, Unexpected> {
    let mut found = 0.0;
    reader.object(&mut |reader, name| {
        if name == wanted {
            found = reader.number()?;
            Ok(())
        } else {
            reader.skip()
        }
    })?;
    Ok(found)
}

/// The machine, then its ceilings.
fn read_machine(reader: &mut Reader<'_>) -> Result<RunEvent, Unexpected> {
    let mut of = results::empty();
    let mut entries = 0;
    reader.list(&mut |reader| {
        entries += 1;
        match entries {
            1 => of.machine = results::machine(reader)?,
            2 => of.ceilings = results::ceilings(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(RunEvent::Machine(of.machine, of.ceilings))
}

fn read_progress(reader: &mut Reader<'_>) -> Result<RunEvent, Unexpected> {
    let (mut share, mut of, mut left) = (0.0, String::new(), None);
    reader.object(&mut |reader, name| {
        match name {
            "done" => share = reader.number()? as f32,
            "what" => of = reader.text()?,
            "seconds_left" if !reader.null() => left = Some(reader.number()? as f32),
            "seconds_left" => {}
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(RunEvent::Progress {
        done: share,
        what: of,
        seconds_left: left,
    })
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

#[cfg(test)]
mod tests {
    use eigenlens_gpu::Event;

    use super::*;

    const SAMPLE: &str = include_str!("../../../tests/lavapipe/full_size.json");

    #[test]
    fn what_another_module_tells_is_understood() {
        let sample = results::read(SAMPLE).expect("results");
        let row = sample.rows.first().expect("a row").clone();
        let (machine, ceilings) = (sample.machine, sample.ceilings);
        for (told, event) in [
            (Event::Started { rows: 12 }, RunEvent::Started { rows: 12 }),
            (
                Event::Machine(machine.clone(), ceilings),
                RunEvent::Machine(machine, ceilings),
            ),
            (Event::Notice("a “b”".to_owned()), RunEvent::Notice("a “b”".to_owned())),
            (
                Event::Progress {
                    done: 0.25,
                    what: "softmax".to_owned(),
                    seconds_left: Some(12.5),
                },
                RunEvent::Progress {
                    done: 0.25,
                    what: "softmax".to_owned(),
                    seconds_left: Some(12.5),
                },
            ),
            (
                Event::Progress {
                    done: 0.0,
                    what: String::new(),
                    seconds_left: None,
                },
                RunEvent::Progress {
                    done: 0.0,
                    what: String::new(),
                    seconds_left: None,
                },
            ),
            (Event::Row(Box::new(row.clone())), RunEvent::Row(row)),
            (Event::Done { seconds: 41.5 }, RunEvent::Done { seconds: 41.5 }),
        ] {
            let json = serde_json::to_string(&told).expect("JSON");
            assert_eq!(RunEvent::read(&json), Ok(event), "{json}");
        }
        for wrong in [
            "",
            "{}",
            "{\"paused\":{}}",
            "{\"row\":{}}",
            "{\"done\":{\"seconds\":NaN}}",
            "[]",
            "{\"notice\":\"a\"}}",
        ] {
            assert!(RunEvent::read(wrong).is_err(), "{wrong}");
        }
    }
}
