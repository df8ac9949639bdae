//! Who wins where: the queries of a plane that weigh a key more than every other one.
//!
//! The logits of a query `q` are affine in it up to a term that all keys share, `logit_j(q) = s_j·q + o_j`, with
//! `s_j = Mk_j/τ` and `o_j = b_j`, in the distance form `o_j = −k_jᵀMk_j/(2τ)`. The queries that weigh a key most are
//! therefore a convex polygon, a cell of a power diagram (Aurenhammer 1987, “Power diagrams”): without a bias a cone of
//! the origin, the normal cone of the key as a corner of the keys' hull, so that a key within the hull has none; by
//! distance the Voronoi cell.

use nalgebra::DMatrix;

use crate::attention::softmax;
use crate::error::{Error, check_length};
use crate::logits::Family;
use crate::residual::bridge_bias;
use crate::scoring::{KeyBias, Metric, Scoring};

/// Weights that differ by no more are a tie: nobody wins.
const TIE: f64 = 1e-12;
/// The largest error of a logit that the tables of a grid may have.
const TOLERANCE: f64 = 1e-12;
/// A sum of exponentials below this may have lost a term that matters.
const LOST: f64 = 1e-100;
/// A cell with less than this share of the rectangle is a line or a point.
const FLAT: f64 = 1e-12;

/// What a key gets over a grid of queries.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Territory {
    /// Its largest weight.
    pub largest: f64,
    /// The first query that gives it: by rows of the grid, y before x.
    pub at: [f64; 2],
    /// For how many queries its weight is larger than that of every other key, by more than 10⁻¹².
    pub wins: usize,
}

/// The territory of each key (N×2) over the queries `(x, y)` with `x` and `y` from `axis`.
///
/// Exponentials of `s_j·q + o_j` are products of one factor for each coordinate, so the grid costs a product for each query
/// and key, not an exponential. Where these would be wrong by more than 10⁻¹², or underflow, the row is computed as
/// [`attend_row`](crate::attend_row) does it.
///
/// # Errors
/// [`Error::ShapeMismatch`] when the keys are not of two dimensions or the scoring does not fit them, [`Error::Overflow`]
/// when a logit is beyond the range of `f64`.
pub fn territories(keys: &DMatrix<f64>, scoring: &Scoring, axis: &[f64]) -> Result<Vec<Territory>, Error> {
    let logits = affine(keys, scoring)?;
    let n = logits.len();
    let table = |part: &dyn Fn(&Affine, f64) -> f64| -> Vec<f64> {
        let rows = axis.iter().flat_map(|&at| {
            let row: Vec<f64> = logits.iter().map(|logit| part(logit, at)).collect();
            let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.into_iter().map(move |logit| (logit - most).exp())
        });
        rows.collect()
    };
    let across = table(&|logit, x| logit.slope[0] * x + logit.offset);
    let up = table(&|logit, y| logit.slope[1] * y);
    let reach = axis.iter().fold(0.0, |most: f64, at| most.max(at.abs()));
    let size = |logit: &Affine| logit.offset.abs() + reach * (logit.slope[0].abs() + logit.slope[1].abs());
    // Neither a NaN nor an infinity passes here.
    let tables_hold = logits.iter().all(|logit| 4.0 * f64::EPSILON * size(logit) <= TOLERANCE);
    let careful = Family::new(keys, scoring.clone())?;

    let mut territories = vec![Territory::default(); n];
    let mut weights = vec![0.0; n];
    for (row, (&y, up)) in std::iter::zip(axis, up.chunks_exact(n.max(1))).enumerate() {
        for (&x, across) in std::iter::zip(axis, across.chunks_exact(n.max(1))) {
            let mut sum = 0.0;
            for ((weight, a), b) in weights.iter_mut().zip(across).zip(up) {
                *weight = a * b;
                sum += *weight;
            }
            if tables_hold && sum > LOST {
                for weight in &mut weights {
                    *weight /= sum;
                }
            } else {
                weights = softmax(&careful.of(&[x, y], keys, row)?).0;
            }
            note(&mut territories, &weights, [x, y]);
        }
    }
    Ok(territories)
}

/// Notes the weights of one query.
fn note(territories: &mut [Territory], weights: &[f64], at: [f64; 2]) {
    let (mut winner, mut most, mut second) = (0, f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (key, (territory, &weight)) in std::iter::zip(&mut *territories, weights).enumerate() {
        if weight > territory.largest {
            (territory.largest, territory.at) = (weight, at);
        }
        if weight > most {
            (winner, second, most) = (key, most, weight);
        } else {
            second = second.max(weight);
        }
    }
    if most > second + TIE
        && let Some(territory) = territories.get_mut(winner)
    {
        territory.wins += 1;
    }
}

/// For each key (N×2) the part of the rectangle from `low` to `high` whose queries weigh it most: a convex polygon, its corners
/// counter-clockwise; empty where that is nowhere, or no more than a line. Of keys at one place the first has the cell.
///
/// # Errors
/// As [`territories`].
pub fn winning_cells(
    keys: &DMatrix<f64>,
    scoring: &Scoring,
    low: [f64; 2],
    high: [f64; 2],
) -> Result<Vec<Vec<[f64; 2]>>, Error> {
    let logits = affine(keys, scoring)?;
    let whole = vec![low, [high[0], low[1]], high, [low[0], high[1]]];
    let least = FLAT * area(&whole).abs();
    let cell = |(key, own): (usize, &Affine)| {
        let mut cell = whole.clone();
        for (index, other) in logits.iter().enumerate() {
            if index == key || cell.is_empty() {
                continue;
            }
            if own == other && index < key {
                cell.clear();
            } else if own != other {
                cell = kept(&cell, |at| own.over(other, at));
            }
        }
        if area(&cell) > least { cell } else { Vec::new() }
    };
    Ok(logits.iter().enumerate().map(cell).collect())
}

/// `s·q + o`.
#[derive(Clone, Copy, PartialEq)]
struct Affine {
    slope: [f64; 2],
    offset: f64,
}

impl Affine {
    /// How far it is over another one.
    fn over(&self, other: &Self, [x, y]: [f64; 2]) -> f64 {
        (self.slope[0] - other.slope[0]) * x + (self.slope[1] - other.slope[1]) * y + (self.offset - other.offset)
    }
}

/// The logits of each key, but for what all share.
fn affine(keys: &DMatrix<f64>, scoring: &Scoring) -> Result<Vec<Affine>, Error> {
    check_length("the number of dimensions of the keys", keys.ncols(), 2)?;
    scoring.check_fits(keys.nrows(), keys.ncols())?;
    let tau = scoring.temperature();
    let seen = match scoring.metric() {
        Metric::Identity => keys.clone(),
        Metric::Diagonal(m) => DMatrix::from_fn(keys.nrows(), 2, |row, d| keys[(row, d)] * m[d]),
        Metric::Full(m) => keys * m.transpose(),
    };
    let offsets = match scoring.bias() {
        KeyBias::Zero => vec![0.0; keys.nrows()],
        KeyBias::Given(bias) => bias.iter().copied().collect(),
        KeyBias::Distance => bridge_bias(keys, scoring.metric(), tau)?.iter().copied().collect(),
    };
    let rows = seen.row_iter().zip(offsets);
    Ok(rows
        .map(|(row, offset)| Affine {
            slope: [row[0] / tau, row[1] / tau],
            offset,
        })
        .collect())
}

/// The part of a convex polygon where an affine function is not below 0 (Sutherland & Hodgman 1974).
fn kept(polygon: &[[f64; 2]], value: impl Fn([f64; 2]) -> f64) -> Vec<[f64; 2]> {
    let mut kept = Vec::with_capacity(polygon.len() + 1);
    for (index, &a) in polygon.iter().enumerate() {
        let b = polygon[(index + 1) % polygon.len()];
        let (at_a, at_b) = (value(a), value(b));
        if at_a >= 0.0 {
            kept.push(a);
        }
        if (at_a >= 0.0) != (at_b >= 0.0) {
            let t = at_a / (at_a - at_b);
            kept.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
        }
    }
    kept
}

/// The area of a polygon, positive where its corners go counter-clockwise.
fn area(polygon: &[[f64; 2]]) -> f64 {
    let cross = |index: usize| {
        let (a, b) = (polygon[index], polygon[(index + 1) % polygon.len()]);
        a[0] * b[1] - a[1] * b[0]
    };
    0.5 * (0..polygon.len()).map(cross).sum::<f64>()
}
