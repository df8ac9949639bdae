//! The picture of a scene: what is shown of a computation at one step.

use std::sync::Arc;

use eigenlens_core::{
    Error, Head, Mechanism, Pursuing, PursuitStatus, RpcForm, StraightAxis, attend_row, axis_angle, clipping_residual,
    deviation, fused_residual, second_step_residual, straight_axis,
};
use nalgebra::DMatrix;

use super::kernel::KernelView;
use super::repair::{Repair, RpcFilm, Wanted};
use super::settings::{Missing, Settings};
use crate::lab::readout::{Check, text};
use crate::lab::robust::form_code;
use crate::lab::{Lab, Library, Method, Scene, SceneError, Source, Truth};
use crate::lens::common::Common;

/// Multiply-adds of a singular value decomposition that a frame gives to the certificate.
const MOST_CERTIFIED: usize = 1 << 20;
/// From this size of an angle on, in degrees, a corrupted axis counts as swung.
pub(super) const SWUNG: f64 = 0.5;

/// A row of attention: who gives what to whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    /// A weight for each key as it is seen; NaN where a key has none.
    pub(super) weights: Vec<f64>,
    pub(super) output: Vec<f64>,
}

/// The rows of the asking query.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    pub(super) clean: Row,
    pub(super) seen: Row,
    pub(super) pursuit: Row,
    /// Of the chosen form at the chosen iteration.
    pub(super) rpc: Option<Row>,
}

/// Everything that the lens paints and says.
pub(super) struct Picture {
    /// The scene that it was made of: a computation may be behind the hand.
    pub(super) scene: Scene,
    pub(super) common: Common,
    pub(super) wanted: Wanted,
    pub(super) repair: Arc<Repair>,
    pub(super) method: Method,
    /// The step that is shown, from 1 (0 where there is none).
    pub(super) step: usize,
    /// The last step of the pursuit.
    pub(super) last: usize,
    pub(super) state: Pursuing,
    pub(super) repaired_axis: Option<StraightAxis>,
    /// Between clean and seen, clean and repaired, clean and RPC-Attention's keys: degrees.
    pub(super) angle_seen: Option<f64>,
    pub(super) angle_repaired: Option<f64>,
    pub(super) angle_rpc: Option<f64>,
    pub(super) rpc_axis: Option<StraightAxis>,
    /// Kernel PCA of the clean keys, of those that are seen, of the repaired ones.
    pub(super) kernels: [Option<Arc<KernelView>>; 3],
    /// How far the output moved: as it is seen, after the pursuit.
    pub(super) moved_seen: Option<f64>,
    pub(super) moved_pursuit: Option<f64>,
    /// Form and iteration of RPC-Attention.
    pub(super) form: RpcForm,
    pub(super) iterations: usize,
    pub(super) rows: Rows,
    /// ‖L − clean‖/‖clean‖, where every key has its clean self.
    pub(super) low_rank_error: Option<f64>,
    /// ‖clean‖_* + λ‖M − clean‖₁, where every key has its clean self.
    pub(super) objective_of_truth: Option<f64>,
    /// ‖λ sgn M‖₂: at most 1 where calling everything noise is optimal.
    pub(super) certificate: Option<f64>,
    /// Where the corrupted keys, their clean selves and the repaired ones are on the board: key, seen, clean, repaired.
    pub(super) damaged: Vec<Damaged>,
    /// The lines of the axes on the board.
    pub(super) lines: Lines,
    pub(super) checks: Vec<Check>,
    /// Why something is not there, in words.
    pub(super) missing: Option<String>,
    /// All settings, where they are open.
    pub(super) settings: Option<Arc<Result<Settings, Missing>>>,
    pub(super) revision: u64,
}

/// A damaged key on the board.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Damaged {
    pub(super) key: usize,
    pub(super) seen: [f64; 2],
    pub(super) clean: Option<[f64; 2]>,
    pub(super) repaired: [f64; 2],
}

/// A first axis on the board: a point on it, and a unit direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) at: [f64; 2],
    pub(super) along: [f64; 2],
    /// How far the keys reach along it, in board units.
    pub(super) reach: f64,
}

impl Line {
    /// The line at its true angle to the clean one, in degrees; on which side it lies is what the board shows of it. An axis of
    /// more dimensions leans out of the board, and its shadow stands at another angle.
    fn turned(self, clean: Option<Self>, angle: Option<f64>) -> Self {
        let (Some(clean), Some(angle)) = (clean, angle) else {
            return self;
        };
        let [cx, cy] = clean.along;
        let [mut x, mut y] = self.along;
        if cx * x + cy * y < 0.0 {
            (x, y) = (-x, -y);
        }
        let side = if cx * y - cy * x < 0.0 { -1.0 } else { 1.0 };
        let (sin, cos) = (side * angle.to_radians()).sin_cos();
        Self {
            along: [cx * cos - cy * sin, cx * sin + cy * cos],
            ..self
        }
    }
}

/// The axes on the board.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lines {
    pub(super) clean: Option<Line>,
    pub(super) seen: Option<Line>,
    pub(super) repaired: Option<Line>,
}

impl Wanted {
    pub(super) fn of(lab: &Lab, truth: Truth, temperature: f64) -> Self {
        let choices = &lab.choices.robust;
        let source = &lab.scene.source;
        let (rows, columns) = truth.seen.shape();
        Self {
            temperature,
            lambda: choices.lambda(source, [rows, columns]),
            growing: choices.growing,
            queries_ask: choices.queries_ask(&lab.scene),
            rpc_lambdas: RpcForm::ALL.map(|form| choices.rpc_lambda(source, form)),
            heads: choices.heads(source),
            tolerance: eigenlens_core::PursuitOptions::default().tolerance,
            own_baseline: matches!(source, Source::Text(id) if id.clean().is_some()),
            truth,
        }
    }
}

/// What no step of the pursuit changes: kernel PCA of clean and seen keys, the certificate, the identities of RPC-Attention.
#[derive(Default)]
pub(super) struct Kernels {
    known: Option<(Wanted, RpcForm)>,
    certificate: Option<f64>,
    checks: Vec<Check>,
    pub(super) clean: Option<Arc<KernelView>>,
    pub(super) seen: Option<Arc<KernelView>>,
}

impl Kernels {
    pub(super) fn refresh(&mut self, wanted: &Wanted, form: RpcForm) {
        let (truth, known) = (&wanted.truth, self.known.as_ref());
        if known.is_some_and(|(known, of)| known == wanted && *of == form) {
            return;
        }
        let same_keys = known.is_some_and(|(known, _)| {
            (&known.truth.clean, &known.truth.seen, known.temperature)
                == (&truth.clean, &truth.seen, wanted.temperature)
        });
        if !same_keys {
            self.clean = KernelView::of(&truth.clean, wanted.temperature).map(Arc::new);
            self.seen = KernelView::of(&truth.seen, wanted.temperature).map(Arc::new);
        }
        self.certificate = certificate(truth, wanted.lambda);
        self.checks = rpc_checks(wanted, form);
        self.known = Some((wanted.clone(), form));
    }
}

impl Picture {
    pub(super) fn new(
        lab: &Lab,
        library: &Library,
        common: Common,
        wanted: Wanted,
        repair: Arc<Repair>,
        kernels: &Kernels,
        revision: u64,
    ) -> Result<Self, SceneError> {
        let choices = &lab.choices.robust;
        let truth = &wanted.truth;
        let last = repair.trace.steps.len();
        let step = choices.shown_step(&lab.scene.source, last);
        let state = repair.trace.at(step)?;
        let degrees = |a: &Option<StraightAxis>, b: &Option<StraightAxis>| {
            let (a, b) = a.as_ref().zip(b.as_ref())?;
            axis_angle(&a.axis, &b.axis).ok().map(f64::to_degrees)
        };
        let repaired_axis = straight_axis(state.low_rank()).ok();
        let film = rpc_film(&repair, choices.form);
        let iterations = usize::from(choices.iterations);
        let rpc_step = film.and_then(|film| film.steps.get(iterations - 1));
        let rpc_axis = rpc_step.and_then(|step| straight_axis(&step.attended).ok());
        let pursued = wanted.output(&truth.seen_queries, state.low_rank(), &truth.seen_values)?;
        let aligned = truth.keys.len() == truth.seen.nrows() && truth.clean.nrows() == truth.seen.nrows();
        let rows = rows(lab, &wanted, &state, rpc_step.map(|step| &step.attended))?;
        let kernel = KernelView::of(state.low_rank(), wanted.temperature).map(Arc::new);
        let mut picture = Self {
            scene: lab.scene.clone(),
            method: choices.method,
            angle_seen: degrees(&repair.clean_axis, &repair.seen_axis),
            angle_repaired: degrees(&repair.clean_axis, &repaired_axis),
            angle_rpc: degrees(&repair.clean_axis, &rpc_axis),
            kernels: [kernels.clean.clone(), kernels.seen.clone(), kernel],
            moved_seen: wanted.moved(&repair.seen_output, &repair.clean_output),
            moved_pursuit: wanted.moved(&pursued, &repair.pursuit_baseline),
            form: choices.form,
            iterations,
            rows,
            low_rank_error: aligned
                .then(|| deviation(state.low_rank(), &truth.clean).ok())
                .flatten(),
            objective_of_truth: aligned.then(|| {
                let nuclear: f64 = repair.clean_values.iter().sum();
                nuclear + wanted.lambda * (&truth.seen - &truth.clean).iter().map(|x| x.abs()).sum::<f64>()
            }),
            certificate: kernels.certificate,
            damaged: Vec::new(),
            lines: Lines::default(),
            checks: Vec::new(),
            missing: film.is_none().then(|| rpc_reason(&repair, choices.form)),
            settings: None,
            repaired_axis,
            rpc_axis,
            state,
            step,
            last,
            common,
            wanted,
            repair,
            revision,
        };
        picture.checks = picture.pursuit_checks();
        picture.checks.extend(kernels.checks.iter().cloned());
        picture.place(lab, library)?;
        Ok(picture)
    }

    pub(super) fn truth(&self) -> &Truth {
        &self.wanted.truth
    }

    /// Status of the whole run.
    pub(super) fn status(&self) -> PursuitStatus {
        self.repair.trace.last.progress().status
    }

    /// λ/μ and 1/μ of the step that is shown.
    pub(super) fn thresholds(&self) -> [f64; 2] {
        let mu = self.state.progress().mu;
        [self.wanted.lambda / mu, 1.0 / mu]
    }

    /// RPC-Attention in a form.
    pub(super) fn rpc(&self, form: RpcForm) -> Option<&RpcFilm> {
        rpc_film(&self.repair, form)
    }

    /// Where things are on the board.
    fn place(&mut self, lab: &Lab, library: &Library) -> Result<(), SceneError> {
        let ground = library.ground(&lab.scene.source, lab.scene.head)?;
        let truth = &self.wanted.truth;
        let down = |row: Vec<f64>| -> Result<[f64; 2], SceneError> {
            match &truth.frame {
                None => ground.place(&row),
                Some(frame) => {
                    let down: Vec<f64> = frame
                        .column_iter()
                        .map(|axis| std::iter::zip(axis.iter(), &row).map(|(e, x)| e * x).sum())
                        .collect();
                    ground.place(&down)
                }
            }
        };
        let row = |matrix: &DMatrix<f64>, row: usize| -> Vec<f64> { matrix.row(row).iter().copied().collect() };
        let line = |keys: &DMatrix<f64>, axis: Option<&StraightAxis>| -> Result<Option<Line>, SceneError> {
            let Some(axis) = axis else { return Ok(None) };
            let mean: Vec<f64> = keys.row_mean().iter().copied().collect();
            let beyond: Vec<f64> = std::iter::zip(&mean, &axis.axis)
                .map(|(mean, along)| mean + along)
                .collect();
            let (at, to) = (down(mean.clone())?, down(beyond)?);
            let (x, y) = (to[0] - at[0], to[1] - at[1]);
            let length = x.hypot(y);
            if length < 1e-9 {
                return Ok(None);
            }
            let along = [x / length, y / length];
            let mut reach = 0.0_f64;
            for key in 0..keys.nrows() {
                let place = down(row(keys, key))?;
                reach = reach.max(((place[0] - at[0]) * along[0] + (place[1] - at[1]) * along[1]).abs());
            }
            Ok(Some(Line { at, along, reach }))
        };
        let (repaired, axis) = if self.method == Method::Rpc {
            match self.rpc(self.form).and_then(|film| film.steps.get(self.iterations - 1)) {
                Some(step) => (step.attended.clone(), self.rpc_axis.as_ref()),
                None => (self.state.low_rank().clone(), self.repaired_axis.as_ref()),
            }
        } else {
            (self.state.low_rank().clone(), self.repaired_axis.as_ref())
        };
        let clean = line(&truth.clean, self.repair.clean_axis.as_ref())?;
        let angle = if self.method == Method::Rpc {
            self.angle_rpc
        } else {
            self.angle_repaired
        };
        let lines = Lines {
            clean,
            seen: line(&truth.seen, self.repair.seen_axis.as_ref())?.map(|line| line.turned(clean, self.angle_seen)),
            repaired: line(&repaired, axis)?.map(|line| line.turned(clean, angle)),
        };
        let mut damaged = Vec::new();
        for (key, token) in lab.scene.keys.iter().enumerate() {
            if !(token.outlier || lab.scene.corruption.touches(key)) {
                continue;
            }
            let clean = truth
                .keys
                .iter()
                .find(|[_, seen]| *seen == key)
                .map(|[clean, _]| *clean);
            damaged.push(Damaged {
                key,
                seen: down(row(&truth.seen, key))?,
                clean: clean.map(|clean| down(row(&truth.clean, clean))).transpose()?,
                repaired: down(row(&repaired, key))?,
            });
        }
        self.lines = lines;
        self.damaged = damaged;
        Ok(())
    }

    /// What must hold of the pursuit, with its residual now.
    fn pursuit_checks(&self) -> Vec<Check> {
        let progress = self.repair.trace.last.progress();
        let tolerance = eigenlens_core::PursuitOptions::default().tolerance;
        let mut feasible = Check::new("feasible", progress.residual, tolerance);
        feasible.text = match (progress.status, self.repair.trace.steps.len()) {
            (PursuitStatus::Converged, _) => format!("at step {}", progress.iteration),
            (_, steps) => format!("not in {} steps", text::count(steps)),
        };
        feasible.holds = progress.status == PursuitStatus::Converged;
        let mut checks = vec![feasible];
        if progress.status == PursuitStatus::Converged {
            // The dual variable proves that no split costs less.
            let gap = (progress.objective - progress.lower_bound) / progress.objective.max(f64::MIN_POSITIVE);
            checks.push(Check::new("optimal", gap.max(0.0), 1e-6));
        }
        checks
    }
}

/// Iterations over which the recurrence of one matrix is compared with that of three: twelve attentions, on the way of every
/// drag, so for few multiply-adds each.
const FUSED: usize = 6;
const MOST_FUSED: usize = 1 << 16;

/// What must hold of RPC-Attention in a form, with its residual now.
fn rpc_checks(wanted: &Wanted, form: RpcForm) -> Vec<Check> {
    let mut checks = Vec::new();
    let form = usize::from(form_code(form));
    let truth = &wanted.truth;
    let queries = wanted.queries_ask.then_some(&truth.seen_queries);
    let options = wanted.rpc_options(form, 2);
    let few = truth.seen.nrows() <= 256;
    if few && let Ok(residual) = clipping_residual(&truth.seen, &truth.seen_values, queries, &options) {
        let bound = 64.0 * f64::EPSILON * (1.0 + truth.seen_values.amax()) * truth.seen.nrows() as f64;
        checks.push(Check::new("clipped", residual, bound));
    }
    if few && let Ok(second) = second_step_residual(&truth.seen, &truth.seen_values, queries, &options) {
        let bound = 1024.0 * f64::EPSILON * (1.0 + truth.seen_values.amax()) * truth.seen.nrows() as f64;
        let mut check = Check::new("second_step", second.unwrap_or(0.0), bound);
        if second.is_none() {
            // The identity speaks of S = 0 only.
            "S is not 0".clone_into(&mut check.text);
        }
        checks.push(check);
    }
    let options = wanted.rpc_options(form, FUSED);
    let fused = || fused_residual(&truth.seen, &truth.seen_values, queries, &options).ok();
    if let Some(residual) = (truth.seen.len() * truth.seen.nrows() <= MOST_FUSED)
        .then(fused)
        .flatten()
    {
        // Logits are products of keys, and what is rounded doubles in every iteration.
        let logits = 1.0 + truth.seen.ncols() as f64 * truth.seen.amax().powi(2) / wanted.temperature;
        let bound = 1024.0 * f64::EPSILON * (1.0 + truth.seen_values.amax()) * truth.seen.nrows() as f64 * logits;
        checks.push(Check::new("fused", residual, bound));
    }
    checks
}

fn rpc_film(repair: &Repair, form: RpcForm) -> Option<&RpcFilm> {
    repair.rpc.get(usize::from(form_code(form)))?.as_ref().ok()
}

fn rpc_reason(repair: &Repair, form: RpcForm) -> String {
    match repair.rpc.get(usize::from(form_code(form))) {
        Some(Err(Error::ShapeMismatch { .. })) => {
            "RPC-Attention needs values of as many dimensions as the keys: it takes one from the other.".to_owned()
        }
        Some(Err(error)) => format!("RPC-Attention: {error}."),
        _ => String::new(),
    }
}

/// `‖λ sgn M‖₂`; none where the matrix is too large for a frame.
fn certificate(truth: &Truth, lambda: f64) -> Option<f64> {
    let (rows, columns) = truth.seen.shape();
    if rows * columns * rows.min(columns) > MOST_CERTIFIED {
        return None;
    }
    let signs = truth.seen.map(|x| if x == 0.0 { 0.0 } else { lambda * x.signum() });
    eigenlens_core::singular_values(&signs).ok()?.first().copied()
}

/// The rows of the asking query over clean, seen and repaired keys.
fn rows(lab: &Lab, wanted: &Wanted, state: &Pursuing, attended: Option<&DMatrix<f64>>) -> Result<Rows, SceneError> {
    let truth = &wanted.truth;
    let asking = lab.scene.asking();
    let scoring = Mechanism::Softmax
        .scoring(truth.seen.ncols())?
        .with_temperature(wanted.temperature)?;
    let row = |query: DMatrix<f64>, keys: &DMatrix<f64>, values: &DMatrix<f64>| -> Result<Row, SceneError> {
        let head = Head::new(query, keys.clone(), values.clone())?;
        let row = attend_row(&head, &scoring, 0)?;
        Ok(Row {
            weights: row.weights,
            output: row.output,
        })
    };
    let seen_query = truth
        .seen_queries
        .rows(asking.min(truth.seen_queries.nrows() - 1), 1)
        .into_owned();
    let partner = truth
        .queries
        .iter()
        .find(|[_, seen]| *seen == asking)
        .map(|[clean, _]| *clean);
    let clean_query = match partner {
        Some(clean) if clean < truth.clean_queries.nrows() => truth.clean_queries.rows(clean, 1).into_owned(),
        _ => seen_query.clone(),
    };
    let mut clean = row(clean_query, &truth.clean, &truth.clean_values)?;
    // In the order of the seen keys.
    let mut aligned = vec![f64::NAN; truth.seen.nrows()];
    for [of_clean, of_seen] in &truth.keys {
        if let (Some(place), Some(weight)) = (aligned.get_mut(*of_seen), clean.weights.get(*of_clean)) {
            *place = *weight;
        }
    }
    clean.weights = aligned;
    Ok(Rows {
        clean,
        seen: row(seen_query.clone(), &truth.seen, &truth.seen_values)?,
        pursuit: row(seen_query.clone(), state.low_rank(), &truth.seen_values)?,
        rpc: attended
            .map(|keys| row(seen_query.clone(), keys, &truth.seen_values))
            .transpose()?,
    })
}
