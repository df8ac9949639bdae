//! Measuring one case after the other: the bar, the file, and Ctrl-C.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eigenlens_gpu::{
    Case, Effort, Error as GpuError, Gpu, Kind, OpenOptions, Precision, RESULTS_VERSION, Results, Row, Step, machine,
    measure, measure_on_cpu,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Arguments, Error, table};
use crate::cli::output::{check_output, replace};

/// A device, and what was measured on it.
pub(super) struct Session {
    gpu: Gpu,
    pub(super) results: Results,
    /// Where it is written after every row.
    file: Option<PathBuf>,
    /// Whether someone pressed Ctrl-C.
    stop: Arc<AtomicBool>,
}

impl Session {
    /// Opens the device and measures its ceilings.
    pub(super) fn open(file: Option<PathBuf>) -> Result<Self, Error> {
        if let Some(file) = &file {
            check_output(file)?;
        }
        let gpu = Gpu::open_now(OpenOptions::default())?;
        let stop = Arc::new(AtomicBool::new(false));
        let pressed = Arc::clone(&stop);
        // Without a handler Ctrl-C ends the program, and what was written stays all the same.
        ctrlc::set_handler(move || pressed.store(true, Ordering::Relaxed)).ok();
        let ceilings = pollster::block_on(gpu.ceilings())?;
        let results = Results {
            version: RESULTS_VERSION,
            machine: machine(&gpu, today()),
            ceilings,
            rows: Vec::new(),
        };
        Ok(Self {
            gpu,
            results,
            file,
            stop,
        })
    }

    /// Whether the adapter has a precision.
    pub(super) fn has(&self, precision: Precision) -> bool {
        precision == Precision::F32 || self.gpu.report().f16
    }

    /// Refuses what the device cannot do.
    pub(super) fn check(&self, case: &Case) -> Result<(), GpuError> {
        self.gpu.check_task(&case.task, case.precision)
    }

    /// Whether someone wants it to end.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Where it is written.
    pub(super) fn write_to(&mut self, file: PathBuf) {
        self.file = Some(file);
    }

    /// Measures what is not measured yet.
    pub(super) fn measure(&mut self, cases: &[Case], arguments: &Arguments) -> Result<(), Error> {
        let bar = bar();
        for (at, case) in cases.iter().enumerate() {
            let kinds = [
                Some(Kind::Gpu),
                (!arguments.no_cpu && case.precision == Precision::F32).then_some(Kind::Cpu),
            ];
            for kind in kinds.into_iter().flatten() {
                if self.results.rows.iter().any(|row| is_of(row, case, kind)) {
                    continue;
                }
                let name = case.task.mechanism.name();
                let heading = format!(
                    "{} of {}: {name} {} {}",
                    at + 1,
                    cases.len(),
                    case.task.shape,
                    case.precision
                );
                match self.measure_one(case, kind, arguments, &bar, &heading) {
                    Ok(row) => self.add(row)?,
                    Err(GpuError::Cancelled) => {
                        bar.finish_and_clear();
                        return Ok(());
                    }
                    Err(error) => {
                        bar.finish_and_clear();
                        return Err(error.into());
                    }
                }
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn measure_one(
        &self,
        case: &Case,
        kind: Kind,
        arguments: &Arguments,
        bar: &ProgressBar,
        heading: &str,
    ) -> Result<Row, GpuError> {
        let effort = Effort {
            seconds: arguments.seconds,
            ..Effort::default()
        };
        let mut watch = |step: Step| {
            bar.set_position((step.done * 1000.0) as u64);
            bar.set_message(format!("{heading}, {}", step.what));
            if self.is_stopped() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        match kind {
            Kind::Gpu => pollster::block_on(measure(&self.gpu, case, &effort, &mut watch)),
            Kind::Cpu | Kind::Torch => measure_on_cpu(case, &effort, &mut watch),
        }
    }

    /// Keeps a row, also in the file.
    pub(super) fn add(&mut self, row: Row) -> Result<(), Error> {
        self.results.rows.push(row);
        match &self.file {
            Some(file) => save(&self.results, file),
            None => Ok(()),
        }
    }

    /// Prints the table; says so when not everything was measured.
    pub(super) fn finish(self) -> Result<(), Error> {
        crate::cli::output::print(table::text(&self.results).as_bytes())?;
        if self.is_stopped() {
            let rows = self.results.rows.len();
            return Err(Error::Stopped { rows });
        }
        Ok(())
    }
}

/// Whether a row is this measurement.
fn is_of(row: &Row, case: &Case, kind: Kind) -> bool {
    let shape = case.task.shape;
    row.by.kind == kind
        && row.shape == [shape.batch(), shape.heads(), shape.keys(), shape.dim()]
        && row.mechanism == case.task.mechanism.name().name()
        && row.precision == case.precision.name()
        && row.causal == case.task.causal
        && (row.logit_std, row.seed) == (case.inputs.logit_std, case.inputs.seed)
}

/// Writes results as JSON, as a whole or not at all.
pub(super) fn save(results: &Results, file: &Path) -> Result<(), Error> {
    let mut json = serde_json::to_vec_pretty(results).map_err(|error| Error::Io {
        what: "write",
        path: file.to_owned(),
        source: error.into(),
    })?;
    json.push(b'\n');
    replace(file, &json)
}

/// The day, in UTC.
fn today() -> String {
    jiff::Timestamp::now().to_string().chars().take(10).collect()
}

/// A bar on standard error, where that is a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
    // A template that is wrong is found by the first run.
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {msg}") {
        bar.set_style(style);
    }
    bar
}
