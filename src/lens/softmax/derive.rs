//! What softmax attention makes of a scene: a pure function, on the way of every drag.

use std::sync::Arc;

use eigenlens_core::{
    AttentionRow, Error, Head, Mechanism, Scoring, Tile, attend_in_tiles, attend_row, bridge_residual, descending,
    in_half_precision, shift_residual,
};
use nalgebra::DMatrix;

use crate::lab::readout::Check;
use crate::lab::{Library, Scene, SceneError, SoftmaxChoices, Temperature};
use crate::lens::common::{self, Common};

use super::storage;

/// Everything that the lens paints and says, but for the matrix (which may take longer, see [`super::matrix`]).
pub(super) struct Picture {
    /// The tokens, with what names and places them.
    pub(super) common: Common,
    /// The key of the same token, where every token has both.
    pub(super) own_key: Option<usize>,
    /// Its row: logits, weights, output.
    pub(super) row: AttentionRow,
    /// The keys by weight, the heaviest first; equal weights in reading order.
    pub(super) by_weight: Vec<usize>,
    /// Where the output is on the board, when the values live in the plane of the keys.
    pub(super) output_at: Option<[f64; 2]>,
    /// The same row at other temperatures.
    pub(super) sweep: Sweep,
    /// What is remembered of the row after each tile.
    pub(super) tiles: Vec<Tile>,
    /// Whether they are shown.
    pub(super) in_tiles: bool,
    /// What half precision does, where the tokens are stored in it.
    pub(super) stored: Option<Stored>,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
}

/// What half precision does to the tokens of a board.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stored {
    /// The relative error of all outputs; none where they are too many for a frame, or all 0.
    pub(super) error: Option<f64>,
}

/// Keys of a tile: four, and of many keys as many as make four tiles.
const LEAST_TILE: usize = 4;
const MOST_TILES: usize = 4;

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
pub(super) fn picture(scene: &Scene, choices: SoftmaxChoices, library: &Library) -> Result<Picture, SceneError> {
    let mut common = Common::of(scene, library)?;
    let mut stored = None;
    if choices.half {
        let exact = Arc::clone(&common.head);
        common.head = Arc::new(in_half_precision(&exact)?);
        let terms = exact.n_keys() * exact.n_queries() * exact.dim();
        let error = (terms <= BRIDGE_MOST_TERMS)
            .then(|| storage::error_of(&exact, &common.head, scene.temperature).ok())
            .flatten();
        stored = Some(Stored { error });
    }
    let scoring = scoring(scene.temperature, common.head.dim())?;
    let row = attend_row(&common.head, &scoring, common.asking)?;
    let tiles = tiles(&common.head, &row, choices)?;
    let mut checks = checks(&common.head, &scoring, &row)?;
    checks.extend(tiles_check(&common.head, &row, &tiles));
    Ok(Picture {
        by_weight: descending(&row.weights),
        output_at: output_at(scene, &row.output),
        sweep: sweep(&common.head, &scoring, common.asking)?,
        own_key: scene.key_of(common.asking),
        tiles,
        in_tiles: choices.tiles.is_some(),
        stored,
        checks,
        common,
        row,
    })
}

fn tiles(head: &Head, row: &AttentionRow, choices: SoftmaxChoices) -> Result<Vec<Tile>, Error> {
    let size = head.n_keys().div_ceil(MOST_TILES).max(LEAST_TILE);
    attend_in_tiles(&row.logits, head.values(), choices.tiles.unwrap_or_default(), size)
}

/// The output of the last tile is that of all keys at once: exact, but for rounding.
fn tiles_check(head: &Head, row: &AttentionRow, tiles: &[Tile]) -> Option<Check> {
    let last = tiles.last()?;
    let apart = std::iter::zip(&last.output, &row.output).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
    let bound = f64::EPSILON * (8.0 + head.n_keys() as f64 + 4.0 * largest(&row.logits)) * head.values().amax();
    Some(Check::new("tiles", apart, bound))
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
