//! The tests of the open card on the present cloud, as a job: a draw a call.

use eigenlens_core::claims::{
    LayerOptions, LayerTraining, ProjectionClaim, Spread, bound_looseness, centring, dual_values, eigenvalue_bound,
    gamma_spread, gauge_freedom, permuted_rows, perturbed_axes, pursuit_deviations, pursuit_thresholds, random_matrix,
    similarity, used_form_gap,
};
use eigenlens_core::{Error, Head, RpcForm, RpcOptions, clipping_residual};
use nalgebra::{DMatrix, DVector};

use crate::job::{Step, Task};
use crate::lab::Card;
use crate::lab::claims::stream;

/// Draws of a null.
pub(super) const DRAWS: usize = 100;
/// The seed of the draws.
pub(super) const SEED: u64 = 7;
/// Columns of the values that are read out one by one.
const COLUMNS: usize = 8;
/// Steps of the training.
const STEPS: usize = 200;

/// What a number is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Unchanged when V becomes VM.
    GaugeFree,
    /// About the values as they are stored.
    Literal,
    /// Neither.
    Own,
}

/// A number of a card.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Its name among the readouts.
    pub(super) key: &'static str,
    /// Its name on the card.
    pub(super) name: &'static str,
    pub(super) group: Group,
    pub(super) value: f64,
    /// What the claim says it is.
    pub(super) claimed: Option<f64>,
    /// What chance gives.
    pub(super) null: Option<Spread>,
}

/// What a card shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shown {
    pub(super) lines: Vec<Line>,
    /// Why the gauge-free tests have no answer: value columns and axes.
    pub(super) not_testable: Option<[usize; 2]>,
    /// Numbers that are read out and have no line of their own.
    pub(super) also: Vec<(String, f64)>,
    /// How far the overlap of constructed values is from 1, where that was asked for.
    pub(super) planted: Option<f64>,
}

fn line(key: &'static str, name: &'static str, value: f64, claimed: Option<f64>) -> Line {
    Line {
        key,
        name,
        group: Group::Own,
        value,
        claimed,
        null: None,
    }
}

/// The tests of a card on a head.
pub(super) fn task(card: Card, head: Head, temperature: f64) -> Task<Result<Shown, Error>> {
    match card {
        Card::Projection | Card::Similarity | Card::Dual => drawn(card, head, temperature),
        Card::Training => training(head, temperature),
        _ => Box::new(move || {
            let lines = at_once(card, &head, temperature);
            Step::Done(lines.and_then(|lines| {
                // Where it is a number of ordinary size the eigenvalue itself is read out, too.
                let log10 = lines
                    .iter()
                    .find(|line| line.key == "log10_unscaled")
                    .map(|line| line.value);
                let unscaled = log10.filter(|log10| log10.abs() < 300.0);
                let planted = match card {
                    Card::Gamma => planted(&ProjectionClaim::new(&head, Some(temperature))?, head.value_dim())?,
                    _ => None,
                };
                Ok(Shown {
                    lines,
                    also: unscaled
                        .map(|log10| ("unscaled".to_owned(), 10_f64.powf(log10)))
                        .into_iter()
                        .collect(),
                    planted,
                    ..Shown::default()
                })
            }))
        }),
    }
}

/// The numbers of values, in the order of their lines.
fn of_values(card: Card, claim: &ProjectionClaim, values: &DMatrix<f64>) -> Result<Shown, Error> {
    let of = |group, mut line: Line| {
        line.group = group;
        line
    };
    let mut shown = Shown::default();
    match card {
        Card::Projection => {
            let tests = claim.tests(values)?;
            match tests.gauge_free.numbers() {
                Some([overlap, residual, zero_sum]) => {
                    shown.also.push(("zero_sum_length".to_owned(), zero_sum.sqrt()));
                    shown.lines.extend([
                        of(
                            Group::GaugeFree,
                            line("overlap", "overlap of the spans", overlap, Some(1.0)),
                        ),
                        of(
                            Group::GaugeFree,
                            line("residual", "residual of the span", residual, Some(0.0)),
                        ),
                        of(
                            Group::GaugeFree,
                            line("zero_sum", "sum of the scaled values", zero_sum, Some(0.0)),
                        ),
                    ]);
                }
                None => shown.not_testable = Some([values.ncols(), claim.pca().rank()]),
            }
            let literal = &tests.literal;
            let columns = std::iter::zip(&literal.column_sums, &literal.eigen_residuals).take(COLUMNS);
            for (at, (sum, residual)) in columns.enumerate() {
                shown.also.push((format!("column_sum_{}", at + 1), *sum));
                shown.also.push((format!("eigen_residual_{}", at + 1), *residual));
            }
            shown.lines.extend([
                of(
                    Group::Literal,
                    line("column_sum", "sums of the columns", literal.column_sum(), Some(0.0)),
                ),
                of(
                    Group::Literal,
                    line(
                        "eigen_residual",
                        "columns as eigenvectors",
                        literal.eigen_residual(),
                        Some(0.0),
                    ),
                ),
                of(
                    Group::Literal,
                    line("bessel", "outputs that are too long", literal.bessel, Some(0.0)),
                ),
                of(Group::Literal, line("loss", "loss J with its sign", literal.loss, None)),
            ]);
        }
        Card::Similarity => {
            let axes = claim.pca().rank();
            if values.ncols() > axes {
                shown.not_testable = Some([values.ncols(), axes]);
                return Ok(shown);
            }
            let alike = similarity(values, &claim.constructed(values.ncols())?)?;
            shown.lines.extend([
                of(Group::Literal, line("cosine", "cosine", alike.cosine, Some(1.0))),
                of(
                    Group::Literal,
                    line(
                        "matched_cosine",
                        "cosine, best matching",
                        alike.matched_cosine,
                        Some(1.0),
                    ),
                ),
                of(
                    Group::Literal,
                    line("linear_cka", "linear CKA", alike.linear_cka, Some(1.0)),
                ),
                of(
                    Group::Literal,
                    line("kernel_cka", "kernel CKA", alike.kernel_cka, Some(1.0)),
                ),
            ]);
        }
        _ => {
            let dual = dual_values(claim, values)?;
            if let Some(correlation) = dual.correlation {
                shown.lines.push(of(
                    Group::Literal,
                    line("correlation", "correlation of log|v|, log h", correlation, None),
                ));
            }
            shown.lines.extend([
                line("near_the_bound", "values near the bound C/h", dual.near_the_bound, None),
                line("log10_bound", "log₁₀ of the least C", dual.log10_bound, None),
            ]);
        }
    }
    Ok(shown)
}

/// How far the overlap of the values that are constructed from the keys is from 1.
fn planted(claim: &ProjectionClaim, value_dim: usize) -> Result<Option<f64>, Error> {
    let axes = value_dim.min(claim.pca().rank());
    if axes == 0 {
        return Ok(None);
    }
    let tests = claim.tests(&claim.constructed(axes)?)?;
    Ok(tests.gauge_free.numbers().map(|[overlap, ..]| (overlap - 1.0).abs()))
}

/// A card whose null is drawn: first its values, then the same of values of chance, one draw a call.
fn drawn(card: Card, head: Head, temperature: f64) -> Task<Result<Shown, Error>> {
    let mut uniform = stream(SEED, 0);
    let mut prepared: Option<(ProjectionClaim, Shown)> = None;
    let mut draws: Vec<Vec<f64>> = Vec::new();
    Box::new(move || {
        let mut step = || -> Result<Step<Result<Shown, Error>>, Error> {
            let Some((claim, shown)) = &mut prepared else {
                let claim = ProjectionClaim::new(&head, Some(temperature))?;
                let mut shown = of_values(card, &claim, head.values())?;
                shown.planted = planted(&claim, head.value_dim())?;
                prepared = Some((claim, shown.clone()));
                return Ok(Step::Partial(Ok(shown)));
            };
            if draws.len() < DRAWS && !shown.lines.is_empty() {
                // A matching does not see the order of the tokens.
                let values = if card == Card::Similarity {
                    random_matrix(head.n_keys(), head.value_dim(), &mut uniform)
                } else {
                    permuted_rows(head.values(), &mut uniform)
                };
                let lines = of_values(card, claim, &values)?.lines;
                draws.push(lines.iter().map(|line| line.value).collect());
                return Ok(Step::Running {
                    done: draws.len(),
                    of: DRAWS,
                });
            }
            for (at, line) in shown.lines.iter_mut().enumerate() {
                // The largest of permuted numbers is the same.
                if line.key != "log10_bound" {
                    let numbers: Option<Vec<f64>> = draws.iter().map(|draw| draw.get(at).copied()).collect();
                    line.null = numbers.map(Spread::new).transpose()?;
                }
            }
            Ok(Step::Done(Ok(shown.clone())))
        };
        step().unwrap_or_else(|error| Step::Done(Err(error)))
    })
}

/// A layer on the keys of the cloud that learns to give half of its values, from values of chance.
fn training(head: Head, temperature: f64) -> Task<Result<Shown, Error>> {
    let mut layer: Option<(LayerTraining, Vec<Line>)> = None;
    Box::new(move || {
        let mut step = || -> Result<Step<Result<Shown, Error>>, Error> {
            let Some((training, before)) = &mut layer else {
                let n = head.n_keys();
                let start = random_matrix(n, head.value_dim(), &mut stream(SEED, 0)) * 2.0;
                let options = LayerOptions {
                    step: 0.5,
                    weight_decay: 0.02,
                    moves: [false, false, true],
                    temperature: Some(temperature),
                };
                let weights = [head.keys().clone(), head.keys().clone(), start];
                let training = LayerTraining::new(DMatrix::identity(n, n), weights, head.values() * 0.5, options)?;
                layer = Some((training.clone(), numbers(&training, BEFORE)?));
                return Ok(Step::Running { done: 0, of: STEPS });
            };
            if training.done() < STEPS {
                let done = training.step()?;
                return Ok(Step::Running { done, of: STEPS });
            }
            let after = numbers(training, AFTER)?;
            let lines = std::iter::zip(std::mem::take(before), after).flat_map(|(before, after)| [before, after]);
            Ok(Step::Done(Ok(Shown {
                lines: lines.collect(),
                ..Shown::default()
            })))
        };
        step().unwrap_or_else(|error| Step::Done(Err(error)))
    })
}

/// Names of the numbers of a layer, before and after.
type Names = [[&'static str; 2]; 5];

const BEFORE: Names = [
    ["error_before", "error of the regression"],
    ["loss_before", "loss J with its sign"],
    ["h_before", "‖h‖², the outputs"],
    ["phi_before", "‖φ(q)‖², what is projected"],
    ["eigen_residual_before", "columns as eigenvectors"],
];

const AFTER: Names = [
    ["error_after", "… after 200 steps"],
    ["loss_after", "… after 200 steps"],
    ["h_after", "… after 200 steps"],
    ["phi_after", "… after 200 steps"],
    ["eigen_residual_after", "… after 200 steps"],
];

fn numbers(training: &LayerTraining, names: Names) -> Result<Vec<Line>, Error> {
    let reading = training.reading()?;
    let literal = reading.tests.literal;
    let values = [
        reading.error,
        literal.loss,
        literal.output_length,
        literal.query_length,
        literal.eigen_residual(),
    ];
    let claimed = [None, None, None, None, Some(0.0)];
    Ok(std::iter::zip(names, std::iter::zip(values, claimed))
        .map(|([key, name], (value, claimed))| line(key, name, value, claimed))
        .collect())
}

/// The cards without draws.
fn at_once(card: Card, head: &Head, temperature: f64) -> Result<Vec<Line>, Error> {
    let own = Some(temperature);
    match card {
        Card::Gamma => gammas(head, temperature),
        Card::Eigenvalue => {
            let claim = eigenvalue_bound(head.keys(), own)?;
            let mut lines = vec![
                line("largest", "largest eigenvalue", claim.largest, None),
                line("trace", "trace, its bound", claim.trace, None),
                line("n", "N, the bound of that", claim.n_keys as f64, None),
            ];
            if let Some(log10) = claim.log10_without_scaling {
                lines.push(line(
                    "log10_unscaled",
                    "log₁₀ without 1/(g g)",
                    log10,
                    Some(648.46_f64.log10()),
                ));
            }
            Ok(lines)
        }
        Card::Gauge => {
            let dim = head.value_dim();
            // A shear: every column plus the one before.
            let mixing = DMatrix::from_fn(dim, dim, |row, column| match column {
                _ if row == column => 1.0,
                _ if row + 1 == column => 1.0,
                _ => 0.0,
            });
            let claim = gauge_freedom(head, &mixing, own)?;
            let overlap = |tests: &eigenlens_core::claims::ProjectionTests| tests.gauge_free.numbers().map(|x| x[0]);
            let mut lines = vec![line(
                "output_residual",
                "change of the output",
                claim.output_residual,
                Some(0.0),
            )];
            if let (Some(before), Some(after)) = (overlap(&claim.before), overlap(&claim.after)) {
                lines.push(line("overlap_before", "overlap of the spans", before, Some(1.0)));
                lines.push(line("overlap_after", "… after the mixing", after, Some(1.0)));
            }
            let [before, after] = [&claim.before, &claim.after].map(|tests| tests.literal.eigen_residual());
            lines.push(line("eigen_before", "columns as eigenvectors", before, Some(0.0)));
            lines.push(line("eigen_after", "… after the mixing", after, Some(0.0)));
            Ok(lines)
        }
        Card::Pursuit => pursuit(head, temperature),
        Card::Elliptical => {
            let metric = DVector::from_fn(head.dim(), |axis, _| 1.0 / (axis + 1) as f64);
            let pushes = random_matrix(20, head.dim(), &mut stream(SEED, 0)) * 0.1;
            let loose = |metric: &DVector<f64>| bound_looseness(head, metric, temperature, &pushes);
            let (own, plain) = (loose(&metric)?, loose(&DVector::from_element(head.dim(), 1.0))?);
            let variance = metric.norm_squared() / metric.len() as f64;
            Ok(vec![
                line("bound", "bound, metric 1, 1/2, …", own.bound, None),
                line("bound_plain", "bound, no metric", plain.bound, None),
                line("moves", "moves, of the bound", own.used.mean(), None),
                line("moves_plain", "moves without a metric", plain.used.mean(), None),
                line("used", "most of the bound in use", own.used.greatest(), None),
                line(
                    "used_form_gap",
                    "weights off the ellipses",
                    used_form_gap(head, &metric, temperature)?,
                    Some(0.0),
                ),
                line("logit_variance", "variance of the logits left", variance, None),
            ])
        }
        _ => {
            let claim = centring(head, 1.0, own)?;
            let [low, high] = claim.biases.iter().fold([0.0, 0.0], |[low, high]: [f64; 2], bias| {
                [low.min(*bias), high.max(*bias)]
            });
            Ok(vec![
                line("keys_alone", "keys centred: change", claim.keys_alone, Some(0.0)),
                line(
                    "queries_alone",
                    "queries shifted: difference",
                    claim.queries_alone,
                    Some(0.0),
                ),
                line("moved", "attention that moves", claim.moved, None),
                line("least_bias", "least bias of a key", low, None),
                line("greatest_bias", "greatest bias of a key", high, None),
            ])
        }
    }
}

fn gammas(head: &Head, temperature: f64) -> Result<Vec<Line>, Error> {
    let claim = ProjectionClaim::new(head, Some(temperature))?;
    let axes = claim.pca().eigenvectors(claim.pca().rank().min(8))?;
    let mut uniform = stream(SEED, 0);
    let columns = [
        ["absolute_true", "axes: |γ − γ′|", "relative_true", "… over its size"],
        [
            "absolute_perturbed",
            "axes with noise: |γ − γ′|",
            "relative_perturbed",
            "… over its size",
        ],
        [
            "absolute_values",
            "the values: |γ − γ′|",
            "relative_values",
            "… over its size",
        ],
        [
            "absolute_random",
            "random: |γ − γ′|",
            "relative_random",
            "… over its size",
        ],
    ];
    let of = [
        axes.clone(),
        perturbed_axes(&axes, 0.1, &mut uniform)?,
        claim.coefficients(head.values())?,
        random_matrix(head.n_keys(), axes.ncols(), &mut uniform),
    ];
    let mut lines = Vec::new();
    for ([absolute, name, relative, over], columns) in std::iter::zip(columns, &of) {
        let spread = gamma_spread(claim.pca(), columns)?;
        lines.push(line(absolute, name, spread.absolute, Some(0.0)));
        lines.push(line(relative, over, spread.relative, Some(0.0)));
    }
    Ok(lines)
}

fn pursuit(head: &Head, temperature: f64) -> Result<Vec<Line>, Error> {
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
    if head.value_dim() != head.dim() {
        return Ok(lines);
    }
    let options = RpcOptions {
        form: RpcForm::Released,
        lambda: 2.0,
        iterations: 4,
        model_width: None,
        temperature: Some(temperature),
    };
    let residual = clipping_residual(head.keys(), head.values(), None, &options)?;
    lines.push(line("clipping", "one iteration less clipping", residual, Some(0.0)));
    // One wrong entry a draw, as far as four times the largest.
    let mut uniform = stream(SEED, 0);
    let size = 4.0 * head.keys().amax();
    let damaged: Vec<DMatrix<f64>> = (0..20)
        .map(|_| {
            let mut keys = head.keys().clone();
            let at = (uniform() * keys.len() as f64) as usize;
            if let Some(entry) = keys.get_mut(at) {
                *entry += size;
            }
            keys
        })
        .collect();
    let deviations = pursuit_deviations(head.keys(), head.values(), damaged, &options)?;
    let spread = |key, name, spread: &Spread| Line {
        null: Some(spread.clone()),
        ..line(key, name, spread.mean(), None)
    };
    lines.push(spread("plain", "moved by a wrong entry", &deviations.plain));
    if let [first, .., last] = deviations.iterations.as_slice() {
        lines.push(spread("one_iteration", "… after 1 iteration", first));
        lines.push(spread("four_iterations", "… after 4 iterations", last));
    }
    if let Some(last) = deviations.residuals.last() {
        lines.push(spread("residual", "‖K − L − S‖/‖K‖ then", last));
    }
    Ok(lines)
}

/// The overlap of the spans in every head, one head a call.
pub(super) fn map_task(heads: Vec<Head>) -> Task<Vec<Option<f64>>> {
    let of = heads.len();
    let mut heads = heads.into_iter();
    let mut overlaps = Vec::new();
    Box::new(move || {
        let Some(head) = heads.next() else {
            return Step::Done(std::mem::take(&mut overlaps));
        };
        let overlap = ProjectionClaim::new(&head, None).and_then(|claim| claim.tests(head.values()));
        overlaps.push(
            overlap
                .ok()
                .and_then(|tests| tests.gauge_free.numbers())
                .map(|numbers| numbers[0]),
        );
        Step::Running {
            done: overlaps.len(),
            of,
        }
    })
}
