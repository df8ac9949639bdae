//! What softmax attention makes of a scene: a pure function, on the way of every drag.

use std::sync::Arc;

use eigenlens_core::{AttentionRow, Error, Head, Mechanism, Scoring, attend_row, bridge_residual, shift_residual};
use nalgebra::DMatrix;

use crate::lab::readout::Check;
use crate::lab::{Library, Positions, Scene, SceneError, Temperature, TokenRef};
use crate::lens::common;

/// Everything that the lens paints and says, but for the matrix (which may take longer, see [`super::matrix`]).
pub(super) struct Picture {
    /// The checked tokens.
    pub(super) head: Arc<Head>,
    /// Where they are on the board.
    pub(super) positions: Positions,
    /// Share of what varies between the keys that the board shows.
    pub(super) share: f64,
    /// The keys that the board places worst, by name, the worst first; none where it shows every dimension.
    pub(super) worst: Vec<String>,
    /// Coordinates in one board unit.
    pub(super) scale: f64,
    /// The head of a text, as in "layer 4, head 2".
    pub(super) head_name: Option<String>,
    /// Names of keys and queries.
    pub(super) names: Names,
    /// The query whose row is shown.
    pub(super) asking: usize,
    /// The key of the same token, where every token has both.
    pub(super) own_key: Option<usize>,
    /// Its row: logits, weights, output.
    pub(super) row: AttentionRow,
    /// The keys by weight, the heaviest first; equal weights in reading order.
    pub(super) by_weight: Vec<usize>,
    /// Where the output is on the board, when the values live in the plane of the keys.
    pub(super) output_at: Option<[f64; 2]>,
    /// τ.
    pub(super) temperature: f64,
    /// The same row at other temperatures.
    pub(super) sweep: Sweep,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
}

/// Names of the tokens as they stand on the board.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Names {
    /// One per key.
    pub(super) keys: Vec<String>,
    /// One per query.
    pub(super) queries: Vec<String>,
}

/// The row of the asking query at every temperature.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sweep {
    /// Rising, evenly spaced in log τ.
    pub(super) temperatures: Vec<f64>,
    /// One row of weights per temperature.
    pub(super) weights: Vec<Vec<f64>>,
}

/// Temperatures in the sweep, and how far it reaches on either side of √D.
const SWEEP_SAMPLES: usize = 49;
const SWEEP_FACTOR: f64 = 16.0;
/// The sweep is left out where it would cost more than a few milliseconds: keys × dimensions.
const SWEEP_MOST_ENTRIES: usize = 16_384;

/// The bridge is checked over all queries where that costs at most about a millisecond: multiply-adds.
const BRIDGE_MOST_TERMS: usize = 1 << 19;

/// The constant that is added to a row of logits in the second identity: large enough to be felt, small enough not to round.
const SHIFT: f64 = 1.0;

/// The picture of a scene. Fails where the scene has no keys or is not there.
pub(super) fn picture(scene: &Scene, library: &Library) -> Result<Picture, SceneError> {
    let head = Arc::new(scene.head(library)?);
    let positions = scene.positions(library)?;
    let ground = library.ground(&scene.source, scene.head)?;
    let scoring = scoring(scene.temperature, head.dim())?;
    let asking = scene.asking();
    let row = attend_row(&head, &scoring, asking)?;
    let names = names(scene, library);
    Ok(Picture {
        by_weight: by_weight(&row.weights),
        output_at: output_at(scene, &row.output),
        temperature: scoring.temperature(),
        sweep: sweep(&head, &scoring, asking)?,
        share: ground.plane().share(),
        worst: common::worst(scene, library, &ground),
        scale: ground.scale(),
        head_name: common::head_name(scene),
        own_key: scene.key_of(asking),
        checks: checks(&head, &scoring, &row)?,
        head,
        positions,
        names,
        asking,
        row,
    })
}

/// The member of the family that this lens shows: dot-product logits over τ.
pub(super) fn scoring(temperature: Temperature, dim: usize) -> Result<Scoring, Error> {
    Mechanism::Softmax
        .scoring(dim)?
        .with_temperature(temperature.value(dim))
}

/// The tokens that ask in the matrix: the queries, then, where keys outnumber them, the keys themselves (symmetric attention,
/// `softmax(KKᵀ/τ)`), so that a board with one query still has a matrix to look at.
pub(super) fn askers(head: &Head) -> Result<Head, Error> {
    if head.n_queries() >= head.n_keys() {
        return Ok(head.clone());
    }
    let (queries, keys) = (head.queries(), head.keys());
    let stacked = DMatrix::from_fn(queries.nrows() + keys.nrows(), head.dim(), |i, j| {
        if i < queries.nrows() {
            queries[(i, j)]
        } else {
            keys[(i - queries.nrows(), j)]
        }
    });
    Head::new(stacked, keys.clone(), head.values().clone())
}

fn by_weight(weights: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    order
}

/// On a plane whose values are the keys the output is a point of the board.
fn output_at(scene: &Scene, output: &[f64]) -> Option<[f64; 2]> {
    <[f64; 2]>::try_from(output)
        .ok()
        .filter(|_| common::values_are_on_board(scene))
}

fn sweep(head: &Head, scoring: &Scoring, asking: usize) -> Result<Sweep, Error> {
    if head.n_keys() * head.dim() > SWEEP_MOST_ENTRIES {
        return Ok(Sweep::default());
    }
    let middle = (head.dim() as f64).sqrt();
    let mut sweep = Sweep::default();
    for sample in 0..SWEEP_SAMPLES {
        let share = 2.0 * sample as f64 / (SWEEP_SAMPLES - 1) as f64 - 1.0;
        let tau = (middle * SWEEP_FACTOR.powf(share)).clamp(Temperature::MIN, Temperature::MAX);
        sweep.temperatures.push(tau);
        sweep
            .weights
            .push(attend_row(head, &scoring.clone().with_temperature(tau)?, asking)?.weights);
    }
    Ok(sweep)
}

/// The identities of the lens. Bounds are a few units in the last place per term of the sums involved.
fn checks(head: &Head, scoring: &Scoring, row: &AttentionRow) -> Result<Vec<Check>, Error> {
    let bound = f64::EPSILON * (8.0 + head.n_keys() as f64);
    let sum: f64 = row.weights.iter().sum();
    let mut checks = vec![
        Check::new("row_sum", (sum - 1.0).abs(), bound),
        Check::new(
            "shift",
            shift_residual(&row.logits, SHIFT)?,
            bound * (2.0 + largest(&row.logits)),
        ),
    ];
    if head.n_keys() * head.n_queries() * head.dim() <= BRIDGE_MOST_TERMS {
        let size =
            largest(&row.logits) + head.keys().iter().map(|x| x * x).sum::<f64>() / (2.0 * scoring.temperature());
        checks.push(Check::new(
            "bridge",
            bridge_residual(head, scoring.metric(), scoring.temperature())?,
            bound * (2.0 + size),
        ));
    }
    Ok(checks)
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |most, x| most.max(x.abs()))
}

/// k₃ and q on the board's own clouds, the file's labels where it has them.
fn names(scene: &Scene, library: &Library) -> Names {
    let label = |token| scene.label(token, library);
    Names {
        keys: (0..scene.keys.len()).map(TokenRef::Key).map(label).collect(),
        queries: (0..scene.queries.len()).map(TokenRef::Query).map(label).collect(),
    }
}
