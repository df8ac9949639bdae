//! Measurements: how long, how right, how far noise moves the output.

mod case;
mod cpu;
mod suite;

use std::ops::ControlFlow;

use web_time::Instant;

use crate::device::Gpu;
use crate::error::Error;
use crate::inputs::Noise;
use crate::prepared::Prepared;
use crate::reference::{Reference, RowOf, spread_rows};
use crate::results::{Implementation, Kind, Moved, Row, Time};
use crate::task::Problem;

pub use case::{Case, MEASURED, SHAPES, reduced};
pub use cpu::measure_on_cpu;
pub use suite::{Listener, machine, run_suite};

/// Seconds that a sample takes at least: repeats make it so.
const SAMPLE: f64 = 0.005;
/// Seconds of work before any is timed: a GPU that had nothing to do is slow, some of them five times.
const WARM: f64 = 0.3;

/// How much is spent on one case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Runs before any is timed.
    pub warm_up: usize,
    /// Samples at most.
    pub samples: usize,
    /// Seconds for all samples together; one is always taken.
    pub seconds: f64,
    /// Rows that are compared with f64, at most.
    pub rows: usize,
    /// Operations in f64 that may be spent on comparing; where all rows of a head are needed and this is too little, nothing
    /// is compared.
    pub reference: f64,
}

impl Default for Effort {
    /// The protocol: five runs to warm up, 30 samples, 512 rows.
    fn default() -> Self {
        Self {
            warm_up: 5,
            samples: 30,
            seconds: 30.0,
            rows: 512,
            reference: 2e11,
        }
    }
}

/// Where a measurement is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What is done, as a participle: "comparing with f64".
    pub what: &'static str,
    /// How much of it, from 0 to 1.
    pub done: f64,
}

/// Who is told, and may stop it.
pub type Watch<'a> = dyn FnMut(Step) -> ControlFlow<()> + 'a;

pub(super) fn tell(watch: &mut Watch<'_>, what: &'static str, done: f64) -> Result<(), Error> {
    match watch(Step { what, done }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

/// Measures a case on the device. What the device cannot do is a row with the reason.
///
/// # Errors
/// [`Error::Cancelled`] and [`Error::Lost`]; [`Error::Mathematics`] for inputs that are out of range.
pub async fn measure(gpu: &Gpu, case: &Case, effort: &Effort, watch: &mut Watch<'_>) -> Result<Row, Error> {
    let by = |name: String| Implementation { kind: Kind::Gpu, name };
    let mut row = case.row(by(gpu.report().tier(case.precision).to_string()));
    let measuring = Measuring { gpu, case, effort };
    match measuring.fill(&mut row, watch).await {
        Ok(()) => Ok(row),
        Err(error @ (Error::Cancelled | Error::Lost { .. } | Error::Mathematics { .. })) => Err(error),
        Err(error) => {
            row.failure = Some(error.to_string());
            Ok(row)
        }
    }
}

struct Measuring<'a> {
    gpu: &'a Gpu,
    case: &'a Case,
    effort: &'a Effort,
}

impl Measuring<'_> {
    async fn fill(self, row: &mut Row, watch: &mut Watch<'_>) -> Result<(), Error> {
        let Self { gpu, case, effort } = self;
        gpu.check_task(&case.task, case.precision)?;
        tell(watch, "drawing the inputs", 0.0)?;
        let problem = Problem::new(case.task.clone(), case.inputs.tensors(&case.task)?, case.precision)?;
        tell(watch, "bringing them to the GPU", 0.0)?;
        let prepared = gpu.prepare(&problem)?;
        row.by.name = prepared.tier().to_string();
        row.peak_bytes = Some(prepared.bytes());
        let seconds = run(&prepared, "running", watch).await?;
        let sampled = self.rows_to_compare();
        let places: Vec<_> = sampled.iter().map(|row| (row.head, row.query)).collect();
        let output = prepared.rows(&places).await?;
        if self.can_compare(&sampled) {
            tell(watch, "comparing with f64", 0.0)?;
            let mut deviation = Reference::new(&problem, &sampled)?.compare_rows(&output)?;
            if seconds * 3.0 < effort.seconds {
                deviation.repeatable = Some(self.repeats(&prepared, &places, &output, watch).await?);
            }
            row.error = Some(deviation);
        }
        let time = self.time(&prepared, seconds, watch).await?;
        row.tflops = Some(case.task.operations() / (time.median_ms * 1e-3) / 1e12);
        row.time = Some(time);
        drop(prepared);
        if let Some(noise) = case.noise {
            row.moved = Some(self.moved(noise, &places, &output, watch).await?);
        }
        Ok(())
    }

    /// Rows that are compared: of few heads where all rows of each have to be computed.
    fn rows_to_compare(&self) -> Vec<RowOf> {
        let shape = self.case.task.shape;
        let heads = if self.case.task.passes() > 1 { 2 } else { 16 };
        let heads = heads.min(shape.all_heads());
        spread_rows(shape, heads, (self.effort.rows / heads).max(2))
    }

    /// Whether f64 takes no longer than it may.
    fn can_compare(&self, rows: &[RowOf]) -> bool {
        let task = &self.case.task;
        let shape = task.shape;
        let of_row = 4.0 * (shape.keys() * shape.dim()) as f64;
        let rows = if task.passes() > 1 {
            let heads = rows.chunk_by(|a, b| a.head == b.head).count();
            heads * shape.queries() * task.passes()
        } else {
            rows.len()
        };
        of_row * rows as f64 <= self.effort.reference
    }

    /// Whether two more runs give the same bits.
    async fn repeats(
        &self,
        prepared: &Prepared<'_>,
        places: &[(usize, usize)],
        output: &[f32],
        watch: &mut Watch<'_>,
    ) -> Result<bool, Error> {
        let mut same = true;
        for _ in 0..2 {
            run(prepared, "running again", watch).await?;
            let again = prepared.rows(places).await?;
            same &= again.iter().map(|x| x.to_bits()).eq(output.iter().map(|x| x.to_bits()));
        }
        Ok(same)
    }

    /// Whether it matters what the device did before: software takes the processor as it is.
    fn gets_warm(&self) -> bool {
        !self.gpu.report().software
    }

    async fn time(&self, prepared: &Prepared<'_>, first: f64, watch: &mut Watch<'_>) -> Result<Time, Error> {
        let effort = self.effort;
        let at_once = Prepared::fits_at_once(first);
        let mut latency_ms = None;
        let mut seconds = first;
        if at_once {
            let began = Instant::now();
            let mut runs = 0;
            while runs < effort.warm_up || self.gets_warm() && began.elapsed().as_secs_f64() < WARM {
                tell(watch, "warming up", 0.0)?;
                seconds = prepared.seconds_at_once(1).await?;
                runs += 1;
            }
            let began = Instant::now();
            prepared.seconds_at_once(1).await?;
            latency_ms = Some(began.elapsed().as_secs_f64() * 1e3);
        }
        let repeats = if at_once {
            (SAMPLE / seconds.max(1e-7)).ceil().clamp(1.0, 10_000.0)
        } else {
            1.0
        };
        let fit = (effort.seconds / (repeats * seconds).max(1e-9)) as usize;
        let count = fit.clamp(1, effort.samples);
        let mut samples = Vec::with_capacity(count);
        for at in 0..count {
            tell(watch, "timing", at as f64 / count as f64)?;
            let sample = if at_once {
                prepared.seconds_at_once(repeats as usize).await?
            } else {
                run(prepared, "timing", watch).await?
            };
            samples.push(sample * 1e3);
        }
        Ok(summary(samples, latency_ms, 1.0))
    }

    /// How far spikes on the keys move the rows.
    async fn moved(
        &self,
        noise: Noise,
        places: &[(usize, usize)],
        clean: &[f32],
        watch: &mut Watch<'_>,
    ) -> Result<Moved, Error> {
        let case = self.case;
        tell(watch, "drawing the noise", 0.0)?;
        let tensors = case.inputs.noisy_tensors(&case.task, &noise)?;
        let problem = Problem::new(case.task.clone(), tensors, case.precision)?;
        let prepared = self.gpu.prepare(&problem)?;
        run(&prepared, "running with noise", watch).await?;
        let noisy = prepared.rows(places).await?;
        let square = |x: f64| x * x;
        let pairs = || std::iter::zip(&noisy, clean).map(|(&noisy, &clean)| (f64::from(noisy), f64::from(clean)));
        let apart: f64 = pairs().map(|(noisy, clean)| square(noisy - clean)).sum();
        let length: f64 = pairs().map(|(_, clean)| square(clean)).sum();
        Ok(Moved {
            share: noise.share,
            size: noise.size,
            relative: (apart / length).sqrt(),
        })
    }
}

/// One run in tiles; gives its seconds by the clock.
async fn run(prepared: &Prepared<'_>, what: &'static str, watch: &mut Watch<'_>) -> Result<f64, Error> {
    // Said once at least: a run may be one tile.
    tell(watch, what, 0.0)?;
    let mut running = prepared.run();
    let began = Instant::now();
    loop {
        let progress = running.step().await?;
        if progress.is_finished() {
            return Ok(began.elapsed().as_secs_f64());
        }
        tell(watch, what, progress.done / progress.of)?;
    }
}

/// Least, median and the ninth tenth of milliseconds, of which there is at least one.
pub(super) fn summary(mut samples: Vec<f64>, latency_ms: Option<f64>, share: f64) -> Time {
    samples.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = ((samples.len().max(1) - 1) as f64 * share).round() as usize;
        samples.get(place).copied().unwrap_or_default()
    };
    Time {
        min_ms: at(0.0),
        median_ms: at(0.5),
        p90_ms: at(0.9),
        samples: samples.len(),
        latency_ms,
        share,
    }
}
