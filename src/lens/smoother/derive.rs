//! What distance and dot product make of a scene: a pure function, on the way of every drag.

use std::iter::zip;

use eigenlens_core::{
    AttentionRow, Error, Head, KeyBias, Mechanism, Metric, Scoring, attend, attend_row, bridge_bias, descending,
    row_sum_residual,
};
use nalgebra::{DMatrix, DVector};

use crate::lab::readout::Check;
use crate::lab::{Library, Scene, SceneError, SmootherForm, Temperature};
use crate::lens::common::{self, Common};

/// Ratios nearer to 1 than this are called the same.
const SAME: f64 = 0.02;
/// From which ratio on a long key is spoken of; below, the short one that loses is.
const NOTABLE: f64 = 1.1;
/// Squared lengths nearer than this share of the longest are called equal.
const SAME_LENGTH: f64 = 0.05;
/// Weights nearer than this are called the same.
const SAME_WEIGHT: f64 = 1e-9;

/// Rows of all queries are computed where they have at most so many multiply-adds.
const MOST_TERMS: usize = 1 << 18;

/// What all queries together give to each key.
pub(super) struct Everyone {
    /// For how many queries it is the heaviest, by dot product.
    pub(super) dot_wins: Vec<usize>,
    /// The same by distance.
    pub(super) distance_wins: Vec<usize>,
    /// Its mean weight by dot product.
    pub(super) mean: Vec<f64>,
}

/// Everything that the lens paints and says.
pub(super) struct Picture {
    /// The tokens, their names and places.
    pub(super) common: Common,
    /// Which weights are discs.
    pub(super) form: SmootherForm,
    /// τ is √D because nothing else was chosen.
    pub(super) is_root: bool,
    /// The asking query's row by dot product, `softmax(q·k_j/τ)`.
    pub(super) dot: AttentionRow,
    /// Its row by distance, `softmax(−‖q − k_j‖²/(2τ))`.
    pub(super) distance: AttentionRow,
    /// Its row by dot product with [`Picture::bias`].
    pub(super) with_bias: AttentionRow,
    /// `b_j = −‖k_j‖²/(2τ)`.
    pub(super) bias: Vec<f64>,
    /// `‖k_j‖²`.
    pub(super) squared_length: Vec<f64>,
    /// `‖q‖²/(2τ)`: what the two logits of every key differ by beside the key's length.
    pub(super) constant: f64,
    /// `ln` of dot-product weight over distance weight. From the logits, so it is a number where both weights are 0 in `f64`.
    pub(super) log_ratio: Vec<f64>,
    /// `ln` of the weight by dot product with bias over distance weight: 0 but for rounding.
    pub(super) log_ratio_with_bias: Vec<f64>,
    /// `1/(2τ)`: how `log_ratio` grows with `squared_length`.
    pub(super) slope: f64,
    /// Where the straight line through the log ratios stands over length 0.
    pub(super) intercept: f64,
    /// The key that the dot product favours most.
    pub(super) longest: usize,
    /// The key that it favours least.
    pub(super) shortest: usize,
    /// `max_j |w_j(dot product + bias) − w_j(distance)|` of the asking query.
    pub(super) difference: f64,
    /// What all queries do, where there are few.
    pub(super) everyone: Option<Everyone>,
    /// What today's row is about.
    pub(super) point: Point,
    /// The keys in the order of importance of their names.
    pub(super) order: Vec<usize>,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
    /// Whether the values live in the plane of the board.
    planar: bool,
}

/// What today's row is about, in one case of the chosen form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Point {
    /// There is one key.
    Alone,
    /// Every ratio is 1, because every key has the same length.
    EquallyLong,
    /// Every ratio is 1, because τ is large against the lengths.
    LengthIsSmall,
    /// The dot product favours this key.
    Long(usize),
    /// The dot product favours nobody much, but neglects this key.
    Short(usize),
    /// By distance this key, the nearest, has the most.
    Near(usize),
    /// By distance every key has the same.
    EquallyNear,
    /// With the bias both agree.
    Bridged,
}

impl Picture {
    /// The row that is drawn as discs.
    pub(super) fn chosen(&self) -> &AttentionRow {
        match self.form {
            SmootherForm::Dot => &self.dot,
            SmootherForm::NadarayaWatson => &self.distance,
            SmootherForm::DotWithBias => &self.with_bias,
        }
    }

    /// The row that is drawn as dashed rings.
    pub(super) fn other(&self) -> &AttentionRow {
        match self.form {
            SmootherForm::Dot | SmootherForm::DotWithBias => &self.distance,
            SmootherForm::NadarayaWatson => &self.dot,
        }
    }

    /// A row's output as a point of the board, where the values live in the plane of the keys.
    pub(super) fn on_board(&self, row: &AttentionRow) -> Option<[f64; 2]> {
        match row.output.as_slice() {
            &[x, y] if self.planar => Some([x, y]),
            _ => None,
        }
    }

    /// How far the two outputs are apart.
    pub(super) fn outputs_apart(&self) -> f64 {
        zip(&self.chosen().output, &self.other().output).fold(0.0_f64, |sum, (a, b)| sum.hypot(a - b))
    }
}

/// The picture of a scene. Fails where the scene has no keys, is not there, or is beyond the range of numbers.
pub(super) fn picture(scene: &Scene, library: &Library, form: SmootherForm) -> Result<Picture, SceneError> {
    let common = Common::of(scene, library)?;
    let (head, asking) = (&*common.head, common.asking);
    let tau = common.temperature;
    let Rows {
        dot,
        distance,
        with_bias,
        bias,
    } = Rows::of(head, tau, asking)?;
    // −‖k‖²/(2τ) at τ = ½ is −‖k‖², right to its last digit.
    let squared_length: Vec<f64> = biases(head.keys(), 0.5)?.iter().map(|b| -b).collect();
    let query = head.queries().rows(asking, 1).into_owned();
    let constant = -biases(&query, tau)?.sum();
    let slope = 0.5 / tau;

    let log_weight = |row: &AttentionRow, key: usize| {
        row.logits
            .get(key)
            .map_or(f64::NEG_INFINITY, |logit| logit - row.log_normaliser)
    };
    let log_ratio_of = |row: &AttentionRow| -> Vec<f64> {
        (0..head.n_keys())
            .map(|key| log_weight(row, key) - log_weight(&distance, key))
            .collect()
    };
    let (log_ratio, log_ratio_with_bias) = (log_ratio_of(&dot), log_ratio_of(&with_bias));
    let off_line: Vec<f64> = zip(&log_ratio, &squared_length).map(|(y, s)| y - slope * s).collect();
    let intercept = off_line.iter().sum::<f64>() / off_line.len() as f64;

    let greatest_bias = bias.iter().fold(0.0, |most: f64, b| most.max(b.abs()));
    let rounding = rounding(head, 2.0 * (constant + greatest_bias));
    let difference = largest_difference(&with_bias.weights, &distance.weights);
    let sums = [&dot, &distance, &with_bias].map(|row| row_sum_residual(&row.weights));
    let line = off_line.iter().fold(0.0_f64, |most, y| most.max((y - intercept).abs()));
    let checks = vec![
        Check::new("bridge", difference, rounding),
        Check::new(
            "equal_length",
            equal_length_residual(head, tau, asking)?,
            2.0 * rounding,
        ),
        Check::new("line", line, rounding),
        Check::new(
            "row_sum",
            sums.into_iter().fold(0.0, f64::max),
            f64::EPSILON * (8.0 + head.n_keys() as f64),
        ),
    ];

    let by_ratio = |&a: &usize, &b: &usize| log_ratio[a].total_cmp(&log_ratio[b]);
    let keys = || 0..head.n_keys();
    // The first of equals: `max_by` gives the last, so it walks backwards.
    let longest = keys().rev().max_by(by_ratio).unwrap_or_default();
    let shortest = keys().min_by(by_ratio).unwrap_or_default();
    let point = point(
        form,
        [longest, shortest].map(|key| log_ratio[key]),
        [longest, shortest],
        &squared_length,
        &distance.weights,
    );
    let chosen = match form {
        SmootherForm::Dot => &dot.weights,
        SmootherForm::NadarayaWatson | SmootherForm::DotWithBias => &distance.weights,
    };
    let order = order(chosen, point);
    Ok(Picture {
        planar: common::values_are_on_board(scene),
        form,
        is_root: scene.temperature == Temperature::RootD,
        dot,
        distance,
        with_bias,
        bias: bias.iter().copied().collect(),
        squared_length,
        constant,
        log_ratio,
        log_ratio_with_bias,
        slope,
        intercept,
        longest,
        shortest,
        difference,
        everyone: everyone(head, tau)?,
        point,
        order,
        checks,
        common,
    })
}

fn everyone(head: &Head, tau: f64) -> Result<Option<Everyone>, Error> {
    if head.n_queries() * head.n_keys() * head.dim() > MOST_TERMS {
        return Ok(None);
    }
    let weights = |mechanism: Mechanism| -> Result<DMatrix<f64>, Error> {
        let scoring = mechanism.scoring(head.dim())?.with_temperature(tau)?;
        Ok(attend(head, &scoring)?.weights)
    };
    let wins = |weights: &DMatrix<f64>| {
        let mut wins = vec![0; head.n_keys()];
        for row in weights.row_iter() {
            wins[row.transpose().imax()] += 1;
        }
        wins
    };
    let dot = weights(Mechanism::Softmax)?;
    Ok(Some(Everyone {
        dot_wins: wins(&dot),
        distance_wins: wins(&weights(Mechanism::Smoother)?),
        mean: dot.row_mean().iter().copied().collect(),
    }))
}

/// The same query's row by three members of the family `q·k/τ + b`.
struct Rows {
    dot: AttentionRow,
    distance: AttentionRow,
    with_bias: AttentionRow,
    bias: DVector<f64>,
}

impl Rows {
    fn of(head: &Head, tau: f64, asking: usize) -> Result<Self, Error> {
        let named = |mechanism: Mechanism| mechanism.scoring(head.dim())?.with_temperature(tau);
        let bias = biases(head.keys(), tau)?;
        let given = Scoring::new(Metric::Identity, tau, KeyBias::Given(bias.clone()))?;
        Ok(Self {
            dot: attend_row(head, &named(Mechanism::Softmax)?, asking)?,
            distance: attend_row(head, &named(Mechanism::Smoother)?, asking)?,
            with_bias: attend_row(head, &given, asking)?,
            bias,
        })
    }
}

/// `−‖k_j‖²/(2τ)`.
fn biases(keys: &DMatrix<f64>, tau: f64) -> Result<DVector<f64>, Error> {
    bridge_bias(keys, &Metric::Identity, tau)
}

/// How far the three rows are apart when every key is scaled to the mean length, its direction kept. A key at the origin has
/// no direction and gets that of the first coordinate.
fn equal_length_residual(head: &Head, tau: f64, asking: usize) -> Result<f64, Error> {
    let squares = biases(head.keys(), 0.5)?;
    let lengths: Vec<f64> = squares.iter().map(|b| (-b).sqrt()).collect();
    let longest = lengths.iter().copied().fold(0.0, f64::max);
    let mean = lengths.iter().map(|length| length / lengths.len() as f64).sum::<f64>();
    let keys = DMatrix::from_fn(head.n_keys(), head.dim(), |key, d| {
        let length = lengths[key];
        // Far shorter keys have lost the digits of their length when it was squared.
        if length > longest * 1e-140 {
            head.keys()[(key, d)] * (mean / length)
        } else if d == 0 {
            mean
        } else {
            0.0
        }
    });
    let query = head.queries().rows(asking, 1).into_owned();
    let rows = Rows::of(&Head::new(query, keys, head.values().clone())?, tau, 0)?;
    Ok(largest_difference(&rows.dot.weights, &rows.distance.weights)
        .max(largest_difference(&rows.dot.weights, &rows.with_bias.weights)))
}

/// How far rounding may move a log weight: each of the logits behind it is a sum of D terms of at most `size`, each
/// normaliser a sum of N; four logits meet in a comparison of two rows.
fn rounding(head: &Head, size: f64) -> f64 {
    f64::EPSILON * (8.0 + 2.0 * head.n_keys() as f64 + 4.0 * (head.dim() as f64 + 4.0) * size)
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    zip(a, b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

fn point(
    form: SmootherForm,
    [highest, lowest]: [f64; 2],
    [longest, shortest]: [usize; 2],
    squared_length: &[f64],
    near: &[f64],
) -> Point {
    let (most, least) = extremes(squared_length);
    if squared_length.len() == 1 {
        return Point::Alone;
    }
    if form == SmootherForm::DotWithBias {
        return Point::Bridged;
    }
    if highest <= (1.0 + SAME).ln() && lowest >= (1.0 - SAME).ln() {
        return if most - least <= SAME_LENGTH * most {
            Point::EquallyLong
        } else {
            Point::LengthIsSmall
        };
    }
    if form == SmootherForm::Dot {
        return if highest >= NOTABLE.ln() {
            Point::Long(longest)
        } else {
            Point::Short(shortest)
        };
    }
    let (most, least) = extremes(near);
    if most - least < SAME_WEIGHT {
        return Point::EquallyNear;
    }
    Point::Near(near.iter().position(|weight| *weight == most).unwrap_or_default())
}

/// The largest and the smallest.
fn extremes(numbers: &[f64]) -> (f64, f64) {
    let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (most, numbers.iter().copied().fold(f64::INFINITY, f64::min))
}

/// The key of the headline first, then by weight, the heaviest first; equal weights in reading order.
fn order(weights: &[f64], point: Point) -> Vec<usize> {
    let mut order = descending(weights);
    if let Point::Long(key) | Point::Short(key) | Point::Near(key) = point
        && let Some(at) = order.iter().position(|other| *other == key)
    {
        order[..=at].rotate_right(1);
    }
    order
}
