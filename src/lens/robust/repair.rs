//! What is computed from broken keys: the pursuit step by step, RPC-Attention in its three forms, and the outputs they are
//! compared by. It is a stepper, so that it runs within a frame where it is small and as a job where it is not.

use eigenlens_core::{
    Continuation, Error, Head, Mechanism, Pursuing, PursuitOptions, PursuitProgress, PursuitStatus, RpcAttending,
    RpcForm, RpcOptions, StraightAxis, attend, axis_angle, straight_axis, symmetric_attention,
};
use nalgebra::DMatrix;

use crate::lab::{RobustChoices, Truth};

/// Bytes that the kept states of a pursuit may take; beyond, every second one is let go.
const MOST_BYTES: usize = 32 << 20;

/// What the computation depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) truth: Truth,
    pub(super) temperature: f64,
    pub(super) lambda: f64,
    pub(super) growing: bool,
    pub(super) queries_ask: bool,
    /// λ of RPC-Attention in each form.
    pub(super) rpc_lambdas: [f64; 3],
    pub(super) heads: usize,
    /// Of the length of M: where the pursuit stops.
    pub(super) tolerance: f64,
    /// Each mechanism is compared with itself on the clean cloud, not with plain attention: the clean cloud is another text.
    pub(super) own_baseline: bool,
}

/// One step of the pursuit in numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StepInfo {
    pub(super) progress: PursuitProgress,
    /// Between the first straight axes of L and of the clean keys, in radians; none where one of them has none.
    pub(super) angle: Option<f64>,
}

/// The pursuit with all its steps; some states are kept, the others are computed from the one before.
#[derive(Debug)]
pub(super) struct Trace {
    /// Step 1 first.
    pub(super) steps: Vec<StepInfo>,
    pub(super) last: Pursuing,
    /// States after every `stride` steps, the untouched one first.
    kept: Vec<Pursuing>,
    stride: usize,
}

impl Trace {
    fn begin(pursuing: Pursuing) -> Self {
        Self {
            steps: Vec::new(),
            last: pursuing.clone(),
            kept: vec![pursuing],
            stride: 1,
        }
    }

    /// One step on.
    fn advance(&mut self, clean: Option<&StraightAxis>) -> Result<PursuitStatus, Error> {
        let progress = self.last.step()?;
        let axis = straight_axis(self.last.low_rank()).ok();
        let angle = axis
            .as_ref()
            .zip(clean)
            .and_then(|(axis, clean)| axis_angle(&axis.axis, &clean.axis).ok());
        self.steps.push(StepInfo { progress, angle });
        if self.steps.len().is_multiple_of(self.stride) {
            self.kept.push(self.last.clone());
            // Five matrices of the size of M in each state.
            let each = 5 * size_of::<f64>() * self.last.matrix().len();
            if self.kept.len() * each > MOST_BYTES && self.kept.len() > 2 {
                let mut at = 0;
                self.kept.retain(|_| {
                    at += 1;
                    at % 2 == 1
                });
                self.stride *= 2;
            }
        }
        Ok(progress.status)
    }

    /// The state after a step.
    pub(super) fn at(&self, step: usize) -> Result<Pursuing, Error> {
        if step >= self.steps.len() {
            return Ok(self.last.clone());
        }
        let place = (step / self.stride).min(self.kept.len().saturating_sub(1));
        let mut state = self.kept.get(place).unwrap_or(&self.last).clone();
        while state.progress().iteration < step {
            state.step()?;
        }
        Ok(state)
    }

    /// The first step whose residual is at most this.
    pub(super) fn steps_to(&self, residual: f64) -> Option<usize> {
        let reached = |step: &StepInfo| step.progress.residual <= residual;
        self.steps.iter().position(reached).map(|index| index + 1)
    }
}

/// One iteration of RPC-Attention.
#[derive(Clone, Debug)]
pub(super) struct RpcStep {
    pub(super) attended: DMatrix<f64>,
    pub(super) sparse: DMatrix<f64>,
    pub(super) residual: f64,
    /// The largest entry of `Y/μ`.
    pub(super) dual: f64,
    /// How far the output is from what it is compared with.
    pub(super) moved: Option<f64>,
}

/// RPC-Attention in one form, iteration by iteration.
#[derive(Clone, Debug)]
pub(super) struct RpcFilm {
    pub(super) mu: f64,
    pub(super) threshold: f64,
    pub(super) steps: Vec<RpcStep>,
}

/// Everything that does not depend on the step that is shown.
#[derive(Debug)]
pub(super) struct Repair {
    /// Output of plain attention on the clean cloud.
    pub(super) clean_output: DMatrix<f64>,
    /// Output of plain attention on the keys as they are seen.
    pub(super) seen_output: DMatrix<f64>,
    pub(super) clean_axis: Option<StraightAxis>,
    pub(super) seen_axis: Option<StraightAxis>,
    pub(super) trace: Trace,
    /// What the pursuit's output is compared with.
    pub(super) pursuit_baseline: DMatrix<f64>,
    /// As printed, as released, from the Lagrangian; why not, where it is not defined.
    pub(super) rpc: [Result<RpcFilm, Error>; 3],
    pub(super) seen_values: Vec<f64>,
    pub(super) clean_values: Vec<f64>,
}

impl Wanted {
    /// Output of plain attention.
    pub(super) fn output(
        &self,
        queries: &DMatrix<f64>,
        keys: &DMatrix<f64>,
        values: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, Error> {
        if self.queries_ask {
            let scoring = Mechanism::Softmax
                .scoring(keys.ncols())?
                .with_temperature(self.temperature)?;
            let head = Head::new(queries.clone(), keys.clone(), values.clone())?;
            Ok(attend(&head, &scoring)?.output)
        } else {
            symmetric_attention(keys, values, Some(self.temperature))
        }
    }

    /// Rows of outputs that belong together: clean, seen.
    pub(super) fn pairs(&self) -> &[[usize; 2]] {
        if self.queries_ask {
            &self.truth.queries
        } else {
            &self.truth.keys
        }
    }

    /// How far an output is from a clean one, over the rows that belong together; none where the clean one is 0.
    pub(super) fn moved(&self, output: &DMatrix<f64>, clean: &DMatrix<f64>) -> Option<f64> {
        let pairs = self.pairs();
        let rows = |matrix: &DMatrix<f64>, side: usize| {
            let rows: Vec<usize> = pairs.iter().map(|pair| pair[side]).collect();
            matrix.select_rows(&rows)
        };
        if pairs.iter().any(|[a, b]| *a >= clean.nrows() || *b >= output.nrows()) {
            return None;
        }
        eigenlens_core::deviation(&rows(output, 1), &rows(clean, 0)).ok()
    }

    /// About how many multiply-adds [`Repairing::new`] takes: two outputs.
    pub(super) fn begin_cost(&self) -> usize {
        let (rows, columns) = self.truth.seen.shape();
        2 * rows * rows * (columns + self.truth.seen_values.ncols() + 10)
    }

    fn options(&self) -> PursuitOptions {
        PursuitOptions {
            lambda: Some(self.lambda),
            continuation: if self.growing {
                Continuation::Growing
            } else {
                Continuation::Constant
            },
            tolerance: self.tolerance,
            ..PursuitOptions::default()
        }
    }

    pub(super) fn rpc_options(&self, form: usize, iterations: usize) -> RpcOptions {
        RpcOptions {
            form: RpcForm::ALL.get(form).copied().unwrap_or(RpcForm::Printed),
            lambda: self.rpc_lambdas.get(form).copied().unwrap_or(1.0),
            iterations,
            model_width: Some(self.heads.saturating_mul(self.truth.seen.ncols())),
            temperature: Some(self.temperature),
        }
    }

    fn rpc(&self, form: usize, clean: bool) -> Result<RpcAttending, Error> {
        let truth = &self.truth;
        let (keys, values, queries) = if clean {
            (&truth.clean, &truth.clean_values, &truth.clean_queries)
        } else {
            (&truth.seen, &truth.seen_values, &truth.seen_queries)
        };
        let iterations = usize::from(RobustChoices::MAX_ITERATIONS);
        RpcAttending::new(
            keys.clone(),
            values.clone(),
            self.queries_ask.then(|| queries.clone()),
            &self.rpc_options(form, iterations),
        )
    }
}

/// The computation in progress.
pub(super) struct Repairing {
    wanted: Wanted,
    clean_output: DMatrix<f64>,
    seen_output: DMatrix<f64>,
    clean_axis: Option<StraightAxis>,
    seen_axis: Option<StraightAxis>,
    trace: Trace,
    /// The pursuit on the clean cloud, where the mechanism is compared with itself.
    clean_pursuit: Option<Pursuing>,
    rpc: Vec<Result<RpcFilm, Error>>,
    running: Option<Running>,
}

/// RPC-Attention in one form, in progress: on the keys as they are seen, and on the clean ones where it is compared with itself.
struct Running {
    seen: RpcAttending,
    clean: Option<RpcAttending>,
    film: RpcFilm,
}

impl Repairing {
    pub(super) fn new(wanted: Wanted) -> Result<Self, Error> {
        let truth = &wanted.truth;
        let clean_output = wanted.output(&truth.clean_queries, &truth.clean, &truth.clean_values)?;
        let seen_output = wanted.output(&truth.seen_queries, &truth.seen, &truth.seen_values)?;
        let pursuing = Pursuing::new(truth.seen.clone(), &wanted.options())?;
        let clean_pursuit = if wanted.own_baseline {
            Some(Pursuing::new(truth.clean.clone(), &wanted.options())?)
        } else {
            None
        };
        Ok(Self {
            clean_axis: straight_axis(&truth.clean).ok(),
            seen_axis: straight_axis(&truth.seen).ok(),
            trace: Trace::begin(pursuing),
            clean_pursuit,
            rpc: Vec::new(),
            running: None,
            clean_output,
            seen_output,
            wanted,
        })
    }

    /// About how many multiply-adds a step of the pursuit takes, with the axis of its low-rank part.
    fn step_cost(&self) -> usize {
        let (rows, columns) = self.wanted.truth.seen.shape();
        let least = rows.min(columns);
        2 * (3 * rows * columns * least + 12 * least * least * least) + 20_000
    }

    /// About how many multiply-adds an iteration of RPC-Attention takes.
    fn rpc_cost(&self) -> usize {
        let (rows, columns) = self.wanted.truth.seen.shape();
        (2 * rows * rows * columns + 20 * rows * rows) * if self.wanted.own_baseline { 2 } else { 1 } + 5_000
    }

    /// Steps of the pursuit done.
    pub(super) fn done(&self) -> usize {
        self.trace.steps.len()
    }

    /// The next piece of work; the multiply-adds that it took, or nothing when all is done.
    pub(super) fn step(&mut self) -> Result<Option<usize>, Error> {
        if self.trace.last.progress().status == PursuitStatus::Running {
            self.trace.advance(self.clean_axis.as_ref())?;
            return Ok(Some(self.step_cost()));
        }
        let cost = self.step_cost();
        if let Some(pursuing) = &mut self.clean_pursuit
            && pursuing.progress().status == PursuitStatus::Running
        {
            pursuing.step()?;
            return Ok(Some(cost));
        }
        if self.rpc.len() == RpcForm::ALL.len() {
            return Ok(None);
        }
        let form = self.rpc.len();
        let cost = self.rpc_cost();
        if self.running.is_none() {
            match self.begin_rpc(form) {
                Ok(running) => self.running = Some(running),
                Err(error) => self.rpc.push(Err(error)),
            }
            return Ok(Some(cost));
        }
        if let Some(mut running) = self.running.take() {
            match self.advance_rpc(&mut running) {
                Ok(true) => self.rpc.push(Ok(running.film)),
                Ok(false) => self.running = Some(running),
                Err(error) => self.rpc.push(Err(error)),
            }
        }
        Ok(Some(cost))
    }

    fn begin_rpc(&self, form: usize) -> Result<Running, Error> {
        let seen = self.wanted.rpc(form, false)?;
        let clean = if self.wanted.own_baseline {
            Some(self.wanted.rpc(form, true)?)
        } else {
            None
        };
        Ok(Running {
            film: RpcFilm {
                mu: seen.mu(),
                threshold: seen.threshold(),
                steps: Vec::new(),
            },
            seen,
            clean,
        })
    }

    /// One iteration; true when it was the last.
    fn advance_rpc(&self, running: &mut Running) -> Result<bool, Error> {
        let Running { seen, clean, film } = running;
        let progress = seen.step()?;
        let moved = match clean {
            Some(clean) => {
                clean.step()?;
                self.wanted.moved(seen.output(), clean.output())
            }
            None => self.wanted.moved(seen.output(), &self.clean_output),
        };
        film.steps.push(RpcStep {
            attended: seen.attended_keys().clone(),
            sparse: seen.sparse().clone(),
            residual: seen.residual(),
            dual: seen.dual().amax() / seen.mu(),
            moved,
        });
        Ok(progress.is_finished())
    }

    /// The result, once all is done.
    pub(super) fn finish(self) -> Result<Repair, Error> {
        let truth = &self.wanted.truth;
        let pursuit_baseline = match &self.clean_pursuit {
            None => self.clean_output.clone(),
            Some(clean) => self
                .wanted
                .output(&truth.clean_queries, clean.low_rank(), &truth.clean_values)?,
        };
        let mut rpc = self.rpc.into_iter();
        let mut next = || {
            rpc.next().unwrap_or_else(|| {
                Err(Error::NotDefined {
                    what: "RPC-Attention",
                    needs: "all its iterations".to_owned(),
                    has: "none".to_owned(),
                })
            })
        };
        Ok(Repair {
            seen_values: eigenlens_core::singular_values(&truth.seen)?,
            clean_values: eigenlens_core::singular_values(&truth.clean)?,
            clean_output: self.clean_output,
            seen_output: self.seen_output,
            clean_axis: self.clean_axis,
            seen_axis: self.seen_axis,
            trace: self.trace,
            pursuit_baseline,
            rpc: [next(), next(), next()],
        })
    }
}
