//! The seventh card: what RPC-Attention keeps of a pursuit, over wrong entries; one wrong entry a call.

use eigenlens_core::claims::{Spread, pursuit_deviations, pursuit_thresholds};
use eigenlens_core::{Error, Head, RpcForm, RpcOptions, clipping_residual};

use super::derive::{FEW_DRAWS, Line, SEED, Shown, line};
use crate::job::{Step, Task};
use crate::lab::claims::stream;

/// Iterations of the released form.
const ITERATIONS: usize = 4;

/// The numbers over the wrong entries: key, name, one for each draw.
const DRAWN: [[&str; 2]; 4] = [
    ["plain", "moved by a wrong entry"],
    ["one_iteration", "… after 1 iteration"],
    ["four_iterations", "… after 4 iterations"],
    ["residual", "‖K − L − S‖/‖K‖ then"],
];

/// First what needs no wrong entry, then one after the other.
pub(super) fn task(head: Head, temperature: f64) -> Task<Result<Shown, Error>> {
    let options = RpcOptions {
        form: RpcForm::Released,
        lambda: 2.0,
        iterations: ITERATIONS,
        model_width: None,
        temperature: Some(temperature),
    };
    let mut uniform = stream(SEED, 0);
    let mut shown: Option<Shown> = None;
    let mut draws: Vec<[f64; DRAWN.len()]> = Vec::new();
    Box::new(move || {
        let mut step = || -> Result<Step<Result<Shown, Error>>, Error> {
            let Some(shown) = &mut shown else {
                let begun = begun(&head, &options)?;
                shown = Some(begun.clone());
                return Ok(Step::Partial(Ok(begun)));
            };
            if head.value_dim() != head.dim() {
                return Ok(Step::Done(Ok(shown.clone())));
            }
            if draws.len() < FEW_DRAWS {
                draws.push(draw(&head, &options, &mut uniform)?);
                return Ok(Step::Running {
                    done: draws.len(),
                    of: FEW_DRAWS,
                });
            }
            for (at, [key, name]) in DRAWN.into_iter().enumerate() {
                let spread = Spread::new(draws.iter().filter_map(|draw| draw.get(at).copied()).collect())?;
                shown.lines.push(Line {
                    null: Some(spread.clone()),
                    ..line(key, name, spread.mean(), None)
                });
            }
            Ok(Step::Done(Ok(shown.clone())))
        };
        step().unwrap_or_else(|error| Step::Done(Err(error)))
    })
}

/// How the thresholds grow with the keys, and that one iteration is clipping.
fn begun(head: &Head, options: &RpcOptions) -> Result<Shown, Error> {
    let [printed, released, _] = pursuit_thresholds(head.keys(), 0.5, 10.0)?;
    let mut lines = vec![
        line("growth_printed", "growth of λ/μ, keys × 10", printed.growth, Some(10.0)),
        line(
            "growth_released",
            "growth of λμ, keys × 10",
            released.growth,
            Some(10.0),
        ),
    ];
    if head.value_dim() == head.dim() {
        let residual = clipping_residual(head.keys(), head.values(), None, options)?;
        lines.push(line("clipping", "one iteration less clipping", residual, Some(0.0)));
    }
    Ok(lines.into())
}

/// One wrong entry, as far as four times the largest.
fn draw(head: &Head, options: &RpcOptions, uniform: &mut dyn FnMut() -> f64) -> Result<[f64; DRAWN.len()], Error> {
    let mut keys = head.keys().clone();
    let size = 4.0 * keys.amax();
    let at = (uniform() * keys.len() as f64) as usize;
    if let Some(entry) = keys.get_mut(at) {
        *entry += size;
    }
    let deviations = pursuit_deviations(head.keys(), head.values(), [keys], options)?;
    let mean = |spread: Option<&Spread>| spread.map_or(0.0, Spread::mean);
    Ok([
        deviations.plain.mean(),
        mean(deviations.iterations.first()),
        mean(deviations.iterations.last()),
        mean(deviations.residuals.last()),
    ])
}
