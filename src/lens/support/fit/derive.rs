//! What the picture shows, from the lab and what was computed: a pure function.

use std::iter::zip;
use std::sync::Arc;

use eigenlens_core::{KktCase, SupportProgress, SupportReading, SupportStatus, order_by, taylor_exp};

use super::solve::{Kernel, KernelOf, Solved, Wanted};
use super::strip::Strip;
use crate::lab::readout::Check;
use crate::lab::{Lab, Library, SceneError, Source};
use crate::lens::common::Common;

/// Up to so many keys the dual side is computed anew, by the kernel itself.
const FEW_KEYS: usize = 128;

/// Everything that the view paints and says.
pub(super) struct Picture {
    /// The tokens, their names and places.
    pub(super) common: Common,
    pub(super) source: Source,
    /// Head of the source.
    pub(super) number: u16,
    /// The values are dragged, and the targets follow.
    pub(super) given: bool,
    /// ε.
    pub(super) epsilon: f64,
    /// The bound of |v| where all `h_j` are equal; none: unbounded.
    pub(super) cap: Option<f64>,
    /// The bound of each value.
    pub(super) caps: Vec<f64>,
    /// Degree of the Taylor sum.
    pub(super) degree: Option<usize>,
    /// y: the targets, or where the values are given what they imply.
    pub(super) targets: Vec<f64>,
    pub(super) strip: Strip,
    pub(super) solved: Arc<Solved>,
    /// The step of the film.
    pub(super) step: usize,
    /// v.
    pub(super) value: Vec<f64>,
    /// f at the keys.
    pub(super) fitted: Vec<f64>,
    pub(super) cases: Vec<KktCase>,
    /// f at the places of the strip; none where it is not defined.
    pub(super) curve: Vec<Option<f64>>,
    /// What the asking query reads; none where the kernel is not defined there.
    pub(super) reading: Option<SupportReading>,
    /// The keys by weight, the heaviest first.
    pub(super) order: Vec<usize>,
    pub(super) checks: Vec<Check>,
}

impl Wanted {
    /// What a lab asks to be computed.
    pub(super) fn of(lab: &Lab, common: &Common, strip: &Strip) -> Self {
        let choices = &lab.choices.support;
        Self {
            kernel: KernelOf {
                keys: common.head.keys().clone(),
                places: strip.tokens(common.head.dim()),
                temperature: common.temperature,
                degree: choices.degree.map(usize::from),
            },
            targets: lab.scene.targets(choices.targets),
            epsilon: choices.epsilon(&lab.scene.source),
            cap: choices.cap(&lab.scene.source),
        }
    }
}

/// The strip of a lab.
pub(super) fn strip(lab: &Lab, library: &Library, common: &Common) -> Result<Strip, SceneError> {
    let ground = library.ground(&lab.scene.source, lab.scene.head)?;
    Ok(Strip::new(
        &common.positions,
        common.asking,
        common.head.dim(),
        ground.scale(),
    ))
}

impl Picture {
    pub(super) fn new(lab: &Lab, common: Common, strip: Strip, wanted: &Wanted, solved: &Arc<Solved>) -> Self {
        let choices = &lab.choices.support;
        let kernel = &*solved.kernel;
        let given = choices.drag_values;
        let steps = solved.solution.steps();
        let step = match choices.sweep {
            Some(sweep) if !given => usize::from(sweep.get()).min(steps),
            _ => steps,
        };
        let frame = solved.solution.frame(step);
        let (value, fitted, cases) = if given {
            let value: Vec<f64> = zip(&lab.scene.keys, &solved.solution.last.value)
                .map(|(key, own)| key.dual.map_or(*own, |dual| f64::from(dual) / 1000.0))
                .collect();
            let fitted = kernel.fitted(&value);
            let case = |value: &f64| if *value == 0.0 { KktCase::Inside } else { KktCase::Edge };
            let cases = value.iter().map(case).collect();
            (value, fitted, cases)
        } else {
            (frame.value.clone(), frame.fitted.clone(), frame.cases.clone())
        };
        let targets = if given { fitted.clone() } else { wanted.targets.clone() };
        let reading = query(&common).and_then(|query| kernel.with_values(&value).at(&query).ok());
        let weight = |key: usize| {
            let weights = reading.as_ref().map(|reading| &reading.weights);
            weights
                .and_then(|weights| weights.get(key))
                .copied()
                .unwrap_or_default()
        };
        let order = order_by(value.len(), &|a, b| weight(b).total_cmp(&weight(a)));
        let mut picture = Self {
            source: lab.scene.source.clone(),
            number: lab.scene.head,
            given,
            epsilon: wanted.epsilon,
            cap: wanted.cap,
            caps: kernel.caps(wanted.cap),
            degree: wanted.kernel.degree,
            targets,
            curve: kernel.curve(&value),
            step,
            value,
            fitted,
            cases,
            reading,
            order,
            strip,
            checks: Vec::new(),
            common,
            solved: Arc::clone(solved),
        };
        picture.checks = checks(&picture);
        picture
    }

    pub(super) fn kernel(&self) -> &Kernel {
        &self.solved.kernel
    }

    /// How the solver stands at the step that is shown.
    pub(super) fn progress(&self) -> SupportProgress {
        self.solved.solution.frame(self.step).progress
    }

    /// The last step of the film.
    pub(super) fn steps(&self) -> usize {
        self.solved.solution.steps()
    }

    /// Every condition of optimality holds at what is shown.
    pub(super) fn is_optimal(&self) -> bool {
        !self.given && self.progress().status == SupportStatus::Converged
    }

    /// The solver has given up.
    pub(super) fn has_failed(&self) -> bool {
        self.solved.solution.last.progress.status == SupportStatus::OutOfSweeps
    }

    /// How many keys are under a condition.
    pub(super) fn count(&self, case: KktCase) -> usize {
        self.cases.iter().filter(|other| **other == case).count()
    }

    /// Keys whose value is not 0.
    pub(super) fn support(&self) -> usize {
        self.value.iter().filter(|value| **value != 0.0).count()
    }

    /// `q·k_j/τ` of the asking query, `exp` of it, and its Taylor sum of the chosen degree; none where it is beyond the range.
    pub(super) fn kernel_at(&self, key: usize, degree: Option<usize>) -> Option<[f64; 3]> {
        let head = &self.common.head;
        let queries = head.queries().row_iter().nth(self.common.asking)?;
        let logit = queries.dot(&head.keys().row_iter().nth(key)?) / self.common.temperature;
        let whole = Some(logit.exp()).filter(|whole| whole.is_finite())?;
        let sum = degree.map_or(Some(whole), |degree| taylor_exp(logit, degree).ok())?;
        Some([logit, whole, sum])
    }
}

/// The asking query.
fn query(common: &Common) -> Option<Vec<f64>> {
    let row = common.head.queries().row_iter().nth(common.asking)?;
    Some(row.iter().copied().collect())
}

/// `max |a − b|`.
fn apart<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) -> f64 {
    zip(a, b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

/// The identities, as far as they are claimed at what is shown.
fn checks(picture: &Picture) -> Vec<Check> {
    let kernel = picture.kernel();
    let size = picture.value.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
    let mut checks = Vec::new();
    if let Some(dual) = dual_side(picture) {
        let n = picture.value.len() as f64;
        // The kernel itself loses as many digits as its logarithm is large.
        let longest = kernel
            .log_normaliser()
            .iter()
            .fold(1.0, |most: f64, log| most.max(log.abs()));
        let rounding = f64::EPSILON * (64.0 + 16.0 * n) * longest * size.max(f64::MIN_POSITIVE);
        checks.push(Check::new(
            "softmax_values",
            apart(&dual, &kernel.fitted(&picture.value)),
            rounding,
        ));
    }
    if !picture.is_optimal() {
        return checks;
    }
    let progress = picture.progress();
    let largest = picture.targets.iter().fold(0.0, |most: f64, y| most.max(y.abs()));
    let allowed = 4.0 * (1e-9 * largest.min(1.0)).max(64.0 * f64::EPSILON * largest.max(size));
    let keys = || {
        zip(
            &picture.cases,
            zip(&picture.value, zip(&picture.targets, &picture.fitted)),
        )
    };
    let within: Vec<f64> = keys()
        .filter(|(_, (_, (y, f)))| (*y - *f).abs() < picture.epsilon - allowed)
        .map(|(_, (value, _))| value.abs())
        .collect();
    let silent = within.iter().filter(|value| **value == 0.0).count();
    checks.push(Check {
        text: format!("{silent} of {}", within.len()),
        ..Check::new("inside", within.iter().copied().fold(0.0, f64::max), 0.0)
    });
    let misfit = |case: KktCase| {
        keys()
            .filter(move |(other, _)| **other == case)
            .map(|(_, (_, (y, f)))| (y - f).abs())
    };
    let edge = misfit(KktCase::Edge).fold(0.0, |most: f64, misfit| most.max((misfit - picture.epsilon).abs()));
    checks.push(Check::new("edge", edge, allowed));
    let capped = misfit(KktCase::Capped).fold(0.0, |most: f64, misfit| most.max(picture.epsilon - misfit));
    checks.push(Check::new("capped", capped, allowed));
    let scale = picture.value.iter().map(|value| value.abs()).sum::<f64>();
    checks.push(Check::new("gap", progress.gap, 4.0 * allowed * scale.max(1.0)));
    checks
}

/// `(Gβ)_i` with `G_ij = Φ(k_i)·Φ(k_j)/(h_i h_j)` and `β_j = h_j v_j`, by the kernel itself; none where it is beyond the range,
/// or where the keys are many.
fn dual_side(picture: &Picture) -> Option<Vec<f64>> {
    let n = picture.value.len();
    if n > FEW_KEYS {
        return None;
    }
    let fit = picture.kernel().with_values(&picture.value);
    let normaliser = fit.normaliser().ok()?;
    let beta: Vec<f64> = zip(&normaliser, &picture.value).map(|(h, v)| h * v).collect();
    let keys = picture.common.head.keys();
    let product = |i: usize, j: usize| -> Option<f64> {
        let logit = keys.row(i).dot(&keys.row(j)) / picture.common.temperature;
        match picture.degree {
            Some(degree) => taylor_exp(logit, degree).ok(),
            None => Some(logit.exp()),
        }
    };
    let sum = |i: usize| -> Option<f64> {
        let terms = (0..n).map(|j| {
            // One h after the other: their product may be beyond the range.
            Some(product(i, j)? / normaliser.get(i)? / normaliser.get(j)? * beta.get(j)?)
        });
        terms.sum::<Option<f64>>().filter(|sum| sum.is_finite())
    };
    (0..n).map(sum).collect()
}
