//! The CPU path, timed on as many heads as the time allows.

use std::ops::ControlFlow;
#[cfg(not(target_arch = "wasm32"))]
use std::sync::atomic::{AtomicBool, Ordering};

use web_time::Instant;

#[cfg(not(target_arch = "wasm32"))]
use super::Step;
use super::{Case, Effort, Watch, summary, tell};
use crate::cpu;
use crate::error::Error;
use crate::results::{Implementation, Kind, Row, Time};
use crate::shape::Shape;
use crate::task::{Mechanism, Problem, Task};

const DOING: &str = "running on the CPU";
/// Samples of the CPU: its times scatter little, and are long.
const SAMPLES: usize = 5;
/// Operations a second that a core does at least; what is found is used from the first run on.
const SLOW: f64 = 2e9;

/// Measures a case on all cores of the CPU. Where all heads would take too long, some are run, as many of each kind, and
/// the time is that of all: [`Time::share`] says of how much it was measured.
///
/// # Errors
/// [`Error::Cancelled`]; as [`cpu::attend`].
pub fn measure_on_cpu(case: &Case, effort: &Effort, watch: &mut Watch<'_>) -> Result<Row, Error> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let name = if cores == 1 {
        "1 core".to_owned()
    } else {
        format!("{cores} cores")
    };
    let mut row = case.row(Implementation { kind: Kind::Cpu, name });
    let all = case.task.operations();
    let mut budget = SLOW * cores as f64 * effort.seconds / 4.0;
    let mut task = some_heads(&case.task, budget);
    let mut seconds = time(case, &task, watch)?;
    // Now that the rate is known, as many heads as the time allows, for a few samples.
    budget = task.operations() / seconds * effort.seconds / (SAMPLES + 1) as f64;
    let more = some_heads(&case.task, budget);
    let mut samples = Vec::new();
    if more.operations() > task.operations() {
        task = more;
        seconds = time(case, &task, watch)?;
    }
    samples.push(seconds);
    while samples.len() < SAMPLES.min(effort.samples) && seconds * (samples.len() + 1) as f64 <= effort.seconds {
        samples.push(time(case, &task, watch)?);
    }
    let share = task.operations() / all;
    let milliseconds = samples.into_iter().map(|seconds| seconds * 1e3 / share).collect();
    let time: Time = summary(milliseconds, None, share);
    row.tflops = Some(all / (time.median_ms * 1e-3) / 1e12);
    row.time = Some(time);
    Ok(row)
}

/// The task with fewer heads, so that it has at most so many operations; at least one head, and where heads differ one of
/// each kind.
fn some_heads(task: &Task, operations: f64) -> Task {
    let shape = task.shape;
    let kinds = match &task.mechanism {
        Mechanism::Sh(_) => shape.heads(),
        _ => 1,
    };
    let of_kinds = task.operations() / shape.all_heads() as f64 * kinds as f64;
    let rounds = ((operations / of_kinds) as usize).clamp(1, shape.all_heads() / kinds);
    if rounds * kinds == shape.all_heads() {
        return task.clone();
    }
    let fewer = Shape::with_queries(rounds, kinds, shape.queries(), shape.keys(), shape.dim());
    Task {
        shape: fewer.unwrap_or(shape),
        ..task.clone()
    }
}

/// Seconds of one run.
fn time(case: &Case, task: &Task, watch: &mut Watch<'_>) -> Result<f64, Error> {
    tell(watch, "drawing inputs for the CPU", 0.0)?;
    let problem = Problem::new(task.clone(), case.inputs.tensors(task)?, case.precision)?;
    run(&problem, watch)
}

/// In the browser nobody is told before it is done, and what stops it is that the worker ends.
#[cfg(target_arch = "wasm32")]
fn run(problem: &Problem, watch: &mut Watch<'_>) -> Result<f64, Error> {
    tell(watch, DOING, 0.0)?;
    let began = Instant::now();
    cpu::attend(problem, &|_, _| ControlFlow::Continue(()))?;
    Ok(began.elapsed().as_secs_f64())
}

#[cfg(not(target_arch = "wasm32"))]
fn run(problem: &Problem, watch: &mut Watch<'_>) -> Result<f64, Error> {
    let began = Instant::now();
    // Other threads report; this one may stop them.
    let stop = AtomicBool::new(false);
    let (told, reports) = std::sync::mpsc::channel();
    let done = std::thread::scope(|scope| {
        let stop = &stop;
        let work = scope.spawn(move || {
            let progress = |done: usize, of: usize| {
                told.send(done as f64 / of as f64).ok();
                if stop.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let result = cpu::attend(problem, &progress).map(drop);
            (result, began.elapsed().as_secs_f64())
        });
        for done in reports {
            if watch(Step { what: DOING, done }).is_break() {
                stop.store(true, Ordering::Relaxed);
            }
        }
        work.join()
    });
    // A panic there is one here.
    let (result, seconds) = done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    result.map(|()| seconds)
}
