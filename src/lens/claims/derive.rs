//! The tests of the open card on the present cloud, as a job: a draw a call.

use eigenlens_core::claims::{ProjectionClaim, Spread, dual_values};
use eigenlens_core::{Error, Head, implied_targets};
use nalgebra::DMatrix;

use super::{alike, at_once, pursuit, training};
use crate::job::{Step, Task};
use crate::lab::claims::{Draws, Unrelated};
use crate::lab::{Card, ClaimsChoices, NullRows};

/// Draws of a null.
pub(super) const DRAWS: usize = 100;
/// Draws of a null that is made at once.
pub(super) const FEW_DRAWS: usize = 20;
/// The seed of the draws.
pub(super) const SEED: u64 = 7;
/// Columns of the values that are read out one by one.
pub(super) const COLUMNS: usize = 8;

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
    /// The steps of a training; its lines depend on which is shown.
    pub(super) course: Vec<training::State>,
}

pub(super) fn line(key: &'static str, name: &'static str, value: f64, claimed: Option<f64>) -> Line {
    Line {
        key,
        name,
        group: Group::Own,
        value,
        claimed,
        null: None,
    }
}

impl From<Vec<Line>> for Shown {
    fn from(lines: Vec<Line>) -> Self {
        Self {
            lines,
            ..Self::default()
        }
    }
}

/// The tests of a card on a head, of which the values of the layer before may be known.
pub(super) fn task(
    card: Card,
    head: Head,
    previous: Option<DMatrix<f64>>,
    temperature: f64,
    choices: ClaimsChoices,
) -> Task<Result<Shown, Error>> {
    match card {
        Card::Projection | Card::Dual => drawn(card, head, temperature, choices.null),
        Card::Similarity => alike::task(head, temperature, choices.beside),
        Card::Training => training::task(head, temperature, choices),
        Card::Gamma => Box::new(move || Step::Done(at_once::gammas(&head, temperature, choices.null))),
        Card::Eigenvalue => once(head, temperature, at_once::eigenvalue),
        Card::Gauge => once(head, temperature, at_once::gauge),
        Card::Pursuit => pursuit::task(head, temperature),
        Card::Elliptical => Box::new(move || Step::Done(at_once::elliptical(&head, temperature, previous.as_ref()))),
        Card::BatchNorm => once(head, temperature, at_once::centred),
    }
}

/// A head with the values that the theorem constructs from its keys.
pub(super) fn with_planted(head: &Head, temperature: f64) -> Result<Head, Error> {
    let claim = ProjectionClaim::new(head, Some(temperature))?;
    let axes = head.value_dim().min(claim.pca().rank());
    let values = claim.constructed(axes.max(1))?;
    Head::new(head.queries().clone(), head.keys().clone(), values)
}

/// First plants the values, then does the task.
pub(super) fn planting(
    head: Head,
    temperature: f64,
    then: impl FnOnce(Head) -> Task<Result<Shown, Error>> + Send + 'static,
) -> Task<Result<Shown, Error>> {
    let mut then = Some(then);
    let mut task: Option<Task<Result<Shown, Error>>> = None;
    Box::new(move || match (&mut task, then.take()) {
        (Some(task), _) => task(),
        (None, Some(then)) => match with_planted(&head, temperature) {
            Ok(planted) => {
                task = Some(then(planted));
                Step::Running { done: 0, of: 1 }
            }
            Err(error) => Step::Done(Err(error)),
        },
        // It has ended with the error above.
        (None, None) => Step::Running { done: 0, of: 1 },
    })
}

/// A card that is computed in one call.
fn once(head: Head, temperature: f64, card: fn(&Head, f64) -> Result<Shown, Error>) -> Task<Result<Shown, Error>> {
    Box::new(move || Step::Done(card(&head, temperature)))
}

/// The numbers of values, in the order of their lines.
fn of_values(card: Card, claim: &ProjectionClaim, values: &DMatrix<f64>, temperature: f64) -> Result<Shown, Error> {
    if card == Card::Projection {
        against_theorem(claim, values)
    } else {
        as_duals(claim, values, temperature)
    }
}

/// A number of a group.
fn of(group: Group, key: &'static str, name: &'static str, value: f64, claimed: Option<f64>) -> Line {
    Line {
        group,
        ..line(key, name, value, claimed)
    }
}

/// The tests against the theorem.
fn against_theorem(claim: &ProjectionClaim, values: &DMatrix<f64>) -> Result<Shown, Error> {
    let mut shown = Shown::default();
    let tests = claim.tests(values)?;
    let free = |key, name, value, claimed| of(Group::GaugeFree, key, name, value, Some(claimed));
    match tests.gauge_free.numbers() {
        Some([overlap, residual, zero_sum]) => {
            shown.also.push(("zero_sum_length".to_owned(), zero_sum.sqrt()));
            shown.lines.extend([
                free("overlap", "overlap of the spans", overlap, 1.0),
                free("residual", "residual of the span", residual, 0.0),
                free("zero_sum", "sum of the scaled values", zero_sum, 0.0),
            ]);
        }
        None => shown.not_testable = Some([values.ncols(), claim.pca().rank()]),
    }
    let correction = claim.correction(values)?;
    let corrected = [
        ("mean_coefficient", correction.mean),
        ("values_less_ga", correction.values),
    ];
    let named = |(name, number): (&str, Option<f64>)| Some((name.to_owned(), number?));
    shown.also.extend(corrected.into_iter().filter_map(named));
    let literal = &tests.literal;
    let columns = std::iter::zip(&literal.column_sums, &literal.eigen_residuals).take(COLUMNS);
    for (at, (sum, residual)) in columns.enumerate() {
        shown.also.push((format!("column_sum_{}", at + 1), *sum));
        shown.also.push((format!("eigen_residual_{}", at + 1), *residual));
    }
    let stored = |key, name, value, claimed| of(Group::Literal, key, name, value, claimed);
    shown.lines.extend([
        stored("column_sum", "sums of the columns", literal.column_sum(), Some(0.0)),
        stored(
            "eigen_residual",
            "columns as eigenvectors",
            literal.eigen_residual(),
            Some(0.0),
        ),
        stored("bessel", "outputs that are too long", literal.bessel, Some(0.0)),
        stored("loss", "loss J with its sign", literal.loss, None),
    ]);
    Ok(shown)
}

/// Values as dual variables of a regression.
fn as_duals(claim: &ProjectionClaim, values: &DMatrix<f64>, temperature: f64) -> Result<Shown, Error> {
    let mut shown = Shown::default();
    let dual = dual_values(claim, values)?;
    if let Some(correlation) = dual.correlation {
        let name = "correlation of log‖v‖, log h";
        shown
            .lines
            .push(of(Group::Literal, "correlation", name, correlation, Some(-1.0)));
    }
    let targets = implied_targets(claim.pca().keys(), values, Some(temperature), None)?;
    let within = std::iter::zip(&targets, values).filter(|(target, value)| target.abs() <= value.abs());
    shown.lines.extend([
        line("near_the_bound", "values near the bound C/h", dual.near_the_bound, None),
        line(
            "targets",
            "size of implied targets, of values",
            targets.norm() / values.norm().max(f64::MIN_POSITIVE),
            None,
        ),
        line(
            "within",
            "targets within their values",
            within.count() as f64 / values.len().max(1) as f64,
            None,
        ),
        line("log10_bound", "log₁₀ of the least C", dual.log10_bound, None),
    ]);
    Ok(shown)
}

/// How far the overlap of the values that are constructed from the keys is from 1.
pub(super) fn planted(claim: &ProjectionClaim, value_dim: usize) -> Result<Option<f64>, Error> {
    let axes = value_dim.min(claim.pca().rank());
    if axes == 0 {
        return Ok(None);
    }
    let tests = claim.tests(&claim.constructed(axes)?)?;
    Ok(tests.gauge_free.numbers().map(|[overlap, ..]| (overlap - 1.0).abs()))
}

/// The values of the head as chance gives them: so many permutations, or the shifts.
pub(super) fn unrelated(head: &Head, null: NullRows, count: usize) -> Unrelated {
    Unrelated::new(null, head.n_keys(), 0, Draws { count, seed: SEED })
}

/// A card whose null is drawn: first its values, then the same of values of chance, one draw a call.
fn drawn(card: Card, head: Head, temperature: f64, null: NullRows) -> Task<Result<Shown, Error>> {
    let mut unrelated = unrelated(&head, null, DRAWS);
    let mut prepared: Option<(ProjectionClaim, Shown)> = None;
    let mut draws: Vec<Vec<f64>> = Vec::new();
    Box::new(move || {
        let mut step = || -> Result<Step<Result<Shown, Error>>, Error> {
            let Some((claim, shown)) = &mut prepared else {
                let claim = ProjectionClaim::new(&head, Some(temperature))?;
                let mut shown = of_values(card, &claim, head.values(), temperature)?;
                shown.planted = planted(&claim, head.value_dim())?;
                prepared = Some((claim, shown.clone()));
                return Ok(Step::Partial(Ok(shown)));
            };
            let of = unrelated.count();
            if draws.len() < of && !shown.lines.is_empty() {
                let values = unrelated.draw(head.values());
                let lines = of_values(card, claim, &values, temperature)?.lines;
                draws.push(lines.iter().map(|line| line.value).collect());
                return Ok(Step::Running { done: draws.len(), of });
            }
            for (at, line) in shown.lines.iter_mut().enumerate() {
                let numbers: Option<Vec<f64>> = draws.iter().map(|draw| draw.get(at).copied()).collect();
                let numbers = numbers.filter(|numbers| !numbers.is_empty());
                line.null = numbers.map(Spread::new).transpose()?;
            }
            Ok(Step::Done(Ok(shown.clone())))
        };
        step().unwrap_or_else(|error| Step::Done(Err(error)))
    })
}
