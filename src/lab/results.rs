//! What was measured at full size, as it comes from files: read whole or refused, and kept for the lens.

use std::sync::Arc;

use eigenlens_gpu::{Ceilings, Deviation, Implementation, Kind, Machine, Moved, RESULTS_VERSION, Results, Row, Time};

use crate::json::{Reader, Unexpected};

/// Longest file of results that is read, in bytes.
pub const MOST_BYTES: usize = 4_000_000;
/// Characters of a name.
const MOST_CHARACTERS: usize = 200;
/// The largest length of a shape, count of samples, cores or passes.
const MOST: u64 = u32::MAX as u64;

/// Why a file of results was not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResultsError {
    /// It is longer than results are.
    #[error("it has {bytes} bytes, and files of results have at most {MOST_BYTES}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Something else stands where a value should.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
}

/// Whether a text is meant as results, and not as a cloud: it names a machine and rows.
pub fn are_results(text: &str) -> bool {
    let names = |name: &str| {
        let after = text.match_indices(name).map(|(at, _)| text.get(at + name.len()..));
        let mut after = after.flatten();
        after.any(|rest| rest.trim_start().starts_with(':'))
    };
    text.trim_start().starts_with('{') && names("\"machine\"") && names("\"rows\"")
}

/// Reads a file of results.
///
/// # Errors
/// [`ResultsError`]: too long, another version, an entry that is missing or is no finite number in its range.
pub fn read(text: &str) -> Result<Results, ResultsError> {
    if text.len() > MOST_BYTES {
        return Err(ResultsError::TooLarge { bytes: text.len() });
    }
    let mut reader = Reader::new(text);
    let results = results(&mut reader)?;
    reader.end()?;
    Ok(results)
}

/// Reads a list of what files of results hold.
///
/// # Errors
/// As [`read`].
pub fn read_list(text: &str) -> Result<Vec<Results>, ResultsError> {
    let mut list = Vec::new();
    let mut reader = Reader::new(text);
    reader.list(&mut |reader| {
        list.push(results(reader)?);
        Ok(())
    })?;
    reader.end()?;
    Ok(list)
}

/// An object whose entries of these names must be there.
fn object<'a>(
    reader: &mut Reader<'a>,
    required: &[&'static str],
    each: &mut dyn FnMut(&mut Reader<'a>, &str) -> Result<(), Unexpected>,
) -> Result<(), Unexpected> {
    let mut missing = required.to_vec();
    reader.object(&mut |reader, name| {
        missing.retain(|other| *other != name);
        each(reader, name)
    })?;
    match missing.first() {
        Some(name) => Err(Unexpected {
            found: "none".to_owned(),
            ..reader.expected(name)
        }),
        None => Ok(()),
    }
}

/// A value, or `null`.
fn option<'a, T>(
    reader: &mut Reader<'a>,
    read: fn(&mut Reader<'a>) -> Result<T, Unexpected>,
) -> Result<Option<T>, Unexpected> {
    if reader.null() {
        Ok(None)
    } else {
        read(reader).map(Some)
    }
}

/// What can stand on a logarithmic axis, and be divided by its like.
fn positive(reader: &mut Reader<'_>) -> Result<f64, Unexpected> {
    reader.number_that("a number from 10^-12 to 10^15", |x| (1e-12..=1e15).contains(&x))
}

fn from_zero(reader: &mut Reader<'_>) -> Result<f64, Unexpected> {
    reader.number_that("a number from 0 to 10^15", |x| (0.0..=1e15).contains(&x))
}

fn share(reader: &mut Reader<'_>) -> Result<f64, Unexpected> {
    reader.number_that("a share from 0 to 1", |x| (0.0..=1.0).contains(&x))
}

fn count(reader: &mut Reader<'_>) -> Result<usize, Unexpected> {
    reader
        .whole_to(MOST, "a whole number from 0 to 4294967295")
        .map(|count| count as usize)
}

fn bytes(reader: &mut Reader<'_>) -> Result<u64, Unexpected> {
    reader.whole_to(u64::MAX, "a whole number from 0 on")
}

/// One line of words.
fn words(reader: &mut Reader<'_>) -> Result<String, Unexpected> {
    let before = reader.place();
    let words: String = reader.text()?;
    if words.chars().count() > MOST_CHARACTERS {
        return Err(before.expected("at most 200 characters"));
    }
    Ok(words.replace(char::is_control, " "))
}

/// Results of nowhere, without rows.
pub fn empty() -> Results {
    Results {
        version: RESULTS_VERSION,
        machine: Machine {
            adapter: String::new(),
            backend: String::new(),
            driver: String::new(),
            software: false,
            memory_bytes: None,
            cpu_cores: 0,
            torch: None,
            date: String::new(),
        },
        ceilings: Ceilings::default(),
        rows: Vec::new(),
    }
}

fn results(reader: &mut Reader<'_>) -> Result<Results, Unexpected> {
    let mut results = empty();
    object(
        reader,
        &["version", "machine", "ceilings", "rows"],
        &mut |reader, name| {
            match name {
                "version" => {
                    // A newer one may hold anything: it is not read on.
                    let before = reader.place();
                    if bytes(reader)? != u64::from(RESULTS_VERSION) {
                        return Err(before.expected("version 1"));
                    }
                }
                "machine" => results.machine = machine(reader)?,
                "ceilings" => results.ceilings = ceilings(reader)?,
                "rows" => reader.list(&mut |reader| {
                    results.rows.push(row(reader)?);
                    Ok(())
                })?,
                _ => reader.skip()?,
            }
            Ok(())
        },
    )?;
    Ok(results)
}

pub(crate) fn machine(reader: &mut Reader<'_>) -> Result<Machine, Unexpected> {
    let Results { mut machine, .. } = empty();
    object(
        reader,
        &["adapter", "backend", "driver", "software", "cpu_cores", "date"],
        &mut |reader, name| {
            match name {
                "adapter" => machine.adapter = words(reader)?,
                "backend" => machine.backend = words(reader)?,
                "driver" => machine.driver = words(reader)?,
                "software" => machine.software = reader.bool()?,
                "memory_bytes" => machine.memory_bytes = option(reader, bytes)?,
                "cpu_cores" => machine.cpu_cores = count(reader)?,
                "torch" => machine.torch = option(reader, words)?,
                "date" => machine.date = words(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        },
    )?;
    Ok(machine)
}

pub(crate) fn ceilings(reader: &mut Reader<'_>) -> Result<Ceilings, Unexpected> {
    let mut ceilings = Ceilings::default();
    reader.object(&mut |reader, name| {
        match name {
            "fma_tflops" => ceilings.fma_tflops = option(reader, positive)?,
            "matrix_tflops" => ceilings.matrix_tflops = option(reader, positive)?,
            "copy_gbps" => ceilings.copy_gbps = option(reader, positive)?,
            "binding_bytes" => ceilings.binding_bytes = option(reader, bytes)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(ceilings)
}

pub(crate) fn row(reader: &mut Reader<'_>) -> Result<Row, Unexpected> {
    let mut row = Row {
        shape: [0; 4],
        mechanism: String::new(),
        passes: 0,
        causal: false,
        precision: String::new(),
        logit_std: 0.0,
        seed: 0,
        by: Implementation {
            kind: Kind::Gpu,
            name: String::new(),
        },
        time: None,
        tflops: None,
        error: None,
        peak_bytes: None,
        moved: None,
        failure: None,
    };
    object(
        reader,
        &[
            "shape",
            "mechanism",
            "passes",
            "causal",
            "precision",
            "logit_std",
            "seed",
            "by",
        ],
        &mut |reader, name| {
            match name {
                "shape" => row.shape = shape(reader)?,
                "mechanism" => row.mechanism = words(reader)?,
                "passes" => row.passes = count(reader)?,
                "causal" => row.causal = reader.bool()?,
                "precision" => row.precision = words(reader)?,
                "logit_std" => row.logit_std = from_zero(reader)?,
                "seed" => row.seed = bytes(reader)?,
                "by" => row.by = implementation(reader)?,
                "time" => row.time = option(reader, time)?,
                "tflops" => row.tflops = option(reader, positive)?,
                "error" => row.error = option(reader, deviation)?,
                "peak_bytes" => row.peak_bytes = option(reader, bytes)?,
                "moved" => row.moved = option(reader, moved)?,
                "failure" => row.failure = option(reader, words)?,
                _ => reader.skip()?,
            }
            Ok(())
        },
    )?;
    Ok(row)
}

fn shape(reader: &mut Reader<'_>) -> Result<[usize; 4], Unexpected> {
    const EXPECTED: &str = "four whole numbers";
    let before = reader.place();
    let mut lengths = Vec::new();
    reader.list(&mut |reader| {
        lengths.push(count(reader)?);
        Ok(())
    })?;
    lengths.try_into().map_err(|_| before.expected(EXPECTED))
}

fn implementation(reader: &mut Reader<'_>) -> Result<Implementation, Unexpected> {
    let mut by = Implementation {
        kind: Kind::Gpu,
        name: String::new(),
    };
    object(reader, &["kind", "name"], &mut |reader, name| {
        match name {
            "kind" => {
                let before = reader.place();
                by.kind = match reader.text()?.as_str() {
                    "gpu" => Kind::Gpu,
                    "cpu" => Kind::Cpu,
                    "torch" => Kind::Torch,
                    _ => return Err(before.expected("gpu, cpu or torch")),
                };
            }
            "name" => by.name = words(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(by)
}

fn time(reader: &mut Reader<'_>) -> Result<Time, Unexpected> {
    let mut time = Time {
        min_ms: 0.0,
        median_ms: 0.0,
        p90_ms: 0.0,
        samples: 0,
        latency_ms: None,
        share: 1.0,
    };
    object(
        reader,
        &["min_ms", "median_ms", "p90_ms", "samples"],
        &mut |reader, name| {
            match name {
                "min_ms" => time.min_ms = positive(reader)?,
                "median_ms" => time.median_ms = positive(reader)?,
                "p90_ms" => time.p90_ms = positive(reader)?,
                "samples" => time.samples = count(reader)?,
                "latency_ms" => time.latency_ms = option(reader, positive)?,
                "share" => time.share = share(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        },
    )?;
    Ok(time)
}

fn deviation(reader: &mut Reader<'_>) -> Result<Deviation, Unexpected> {
    let mut deviation = Deviation {
        relative: 0.0,
        largest: 0.0,
        tolerance: 0.0,
        rows: 0,
        repeatable: None,
    };
    object(
        reader,
        &["relative", "largest", "tolerance", "rows"],
        &mut |reader, name| {
            match name {
                "relative" => deviation.relative = from_zero(reader)?,
                "largest" => deviation.largest = from_zero(reader)?,
                "tolerance" => deviation.tolerance = positive(reader)?,
                "rows" => deviation.rows = count(reader)?,
                "repeatable" => deviation.repeatable = option(reader, Reader::bool)?,
                _ => reader.skip()?,
            }
            Ok(())
        },
    )?;
    Ok(deviation)
}

fn moved(reader: &mut Reader<'_>) -> Result<Moved, Unexpected> {
    let mut moved = Moved {
        share: 0.0,
        size: 0.0,
        relative: 0.0,
    };
    object(reader, &["share", "size", "relative"], &mut |reader, name| {
        match name {
            "share" => moved.share = share(reader)?,
            "size" => moved.size = from_zero(reader)?,
            "relative" => moved.relative = from_zero(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(moved)
}

/// Results that are at hand.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// Those that come with the program.
    saved: Vec<Arc<Results>>,
    /// The file that was opened last.
    opened: Option<Arc<Results>>,
    /// How many files were opened.
    openings: u64,
}

impl Shelf {
    /// Takes in what comes with the program.
    pub fn save(&mut self, results: Vec<Results>) {
        self.saved.extend(results.into_iter().map(Arc::new));
    }

    /// Takes in a file that a person has opened: it is shown from then on.
    pub fn open(&mut self, results: Results) {
        self.opened = Some(Arc::new(results));
        self.openings += 1;
    }

    /// How many files were opened until now.
    pub fn openings(&self) -> u64 {
        self.openings
    }

    /// What is replayed: the file that was opened, else the latest of those that come with the program.
    pub fn replayed(&self) -> Option<&Arc<Results>> {
        let latest = self.saved.iter().max_by(|a, b| a.machine.date.cmp(&b.machine.date));
        self.opened.as_ref().or(latest)
    }
}

#[cfg(test)]
mod tests;
