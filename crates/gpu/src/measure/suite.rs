//! A run of several measurements, as the lens asks for it, and what comes of it, event by event.

use std::ops::ControlFlow;

use eigenlens_core::Mechanism;
use web_time::Instant;

use super::{Case, Effort, Step, measure, measure_on_cpu, reduced};
use crate::device::Gpu;
use crate::error::Error;
use crate::inputs::{Inputs, Noise};
use crate::request::{Event, Request};
use crate::results::{Ceilings, Machine, Row};
use crate::shape::{Precision, Shape};

/// Size of a spike in standard deviations of an entry.
const SPIKE: f64 = 8.0;
/// Seconds at the device's best that a pass may take, before its shape is reduced: kernels reach a good part of the best,
/// software a small one.
const PASS: f64 = 0.4;
const PASS_OF_SOFTWARE: f64 = 0.1;
/// Operations a pass may have, whatever the device can do, where nothing is known of it.
const UNKNOWN: f64 = 1e9;

/// Who is told, and may stop it.
pub type Listener<'a> = dyn FnMut(Event) -> ControlFlow<()> + 'a;

/// Measures what a request asks for, on the device and on the CPU. A shape that the device would work on for
/// minutes is reduced, and it is said.
///
/// # Errors
/// [`Error::Cancelled`], [`Error::Lost`], [`Error::Refused`]; [`Error::Mathematics`] for a request that is none: names
/// that there are not, a shape without tokens.
pub async fn run_suite(gpu: &Gpu, request: &Request, listener: &mut Listener<'_>) -> Result<(), Error> {
    let [batch, heads, tokens, dim] = request.shape;
    let whole = Shape::new(batch, heads, tokens, dim)?;
    let precision: Precision = request.precision.parse()?;
    let names = request.mechanisms.iter().map(|name| name.parse::<Mechanism>());
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let mut suite = Suite {
        began: Instant::now(),
        done: 0,
        of: 2 * names.len(),
        listener,
    };
    suite.tell(Event::Started { rows: suite.of })?;
    let ceilings = gpu.ceilings().await?;
    suite.tell(Event::Machine(machine(gpu, request.date.clone()), ceilings))?;
    let shape = reduced(whole, affordable(gpu, ceilings));
    if shape != whole {
        suite.tell(Event::Notice(format!(
            "{} would take minutes for {whole}; {shape} is measured.",
            gpu.report().adapter
        )))?;
    }
    for name in names {
        let inputs = Inputs {
            seed: request.seed,
            logit_std: 1.0,
        };
        let mut case = Case::standard(name, shape, precision, inputs)?;
        case.noise = request.noise.map(|share| Noise { share, size: SPIKE });
        let effort = effort();
        let row = measure(gpu, &case, &effort, &mut |step| suite.step(name, step)).await?;
        suite.row(row)?;
        let row = measure_on_cpu(&case, &effort, &mut |step| suite.step(name, step))?;
        suite.row(row)?;
    }
    let seconds = suite.began.elapsed().as_secs_f64();
    suite.tell(Event::Done { seconds })
}

/// What someone has the patience for, who looks on.
fn effort() -> Effort {
    Effort {
        warm_up: 2,
        samples: 15,
        seconds: 2.0,
        rows: 512,
        reference: 2e10,
    }
}

/// Operations that a pass may have.
fn affordable(gpu: &Gpu, ceilings: Ceilings) -> f64 {
    let seconds = if gpu.report().software { PASS_OF_SOFTWARE } else { PASS };
    ceilings.fma_tflops.map_or(UNKNOWN, |rate| rate * 1e12 * seconds)
}

/// Where it runs.
pub fn machine(gpu: &Gpu, date: String) -> Machine {
    let report = gpu.report();
    Machine {
        adapter: report.adapter.clone(),
        backend: report.backend.clone(),
        driver: report.driver.clone(),
        software: report.software,
        memory_bytes: report.memory,
        cpu_cores: std::thread::available_parallelism().map_or(1, usize::from),
        torch: None,
        date,
    }
}

struct Suite<'a, 'b> {
    began: Instant,
    done: usize,
    of: usize,
    listener: &'a mut Listener<'b>,
}

impl Suite<'_, '_> {
    fn tell(&mut self, event: Event) -> Result<(), Error> {
        match (self.listener)(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }

    fn row(&mut self, row: Row) -> Result<(), Error> {
        self.done += 1;
        self.tell(Event::Row(Box::new(row)))
    }

    fn step(&mut self, name: Mechanism, step: Step) -> ControlFlow<()> {
        let share = self.done as f64 / self.of as f64;
        let seconds = self.began.elapsed().as_secs_f64();
        (self.listener)(Event::Progress {
            done: share,
            what: format!("{name}, {}", step.what),
            // Nothing can be told of the first row.
            seconds_left: (self.done > 0).then(|| seconds * (1.0 - share) / share),
        })
    }
}
