//! The logits of one query: a plain loop where plain `f64` is enough, twice the digits where it is
//! not.
//!
//! The error of a logit is at most its magnitude `(Σ|q_d||M_de||k_e|)/τ + |b|` times a few D
//! roundings. A bound on the magnitudes of the whole row, from the box around the keys, costs O(D).
//! Where it says that no logit can be wrong by more than [`TOLERANCE`], the plain loop's answer
//! stands: that is every ordinary cloud. Otherwise the keys that are both large and near enough to
//! the row's maximum to get a weight are computed again as [`Pair`]s. Among keys of length 10³
//! these are few, so the care costs little.

use std::iter::zip;

use nalgebra::DMatrix;

use crate::compensated::Pair;
use crate::error::{Bound, Error};
use crate::head::Head;
use crate::scoring::{KeyBias, Metric, Scoring};

/// The largest error of a logit, and so about the largest relative error of a weight, that the
/// plain loop may have in the worst case. It is seldom a tenth of that: the bound adds up roundings
/// that mostly cancel.
const TOLERANCE: f64 = 1e-12;

/// `exp` of anything below minus this is 0, even as a subnormal number.
const REACH: f64 = 746.0;

/// One scoring and what all queries share under it for the same keys.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    scoring: Scoring,
    /// N biases, or none where the scoring has none.
    bias: Vec<Pair>,
    bias_bound: f64,
    /// For each dimension the least and the greatest coordinate among the keys.
    box_of_keys: Vec<[f64; 2]>,
}

impl Family {
    /// Checks that the scoring fits the keys.
    pub(crate) fn new(keys: &DMatrix<f64>, scoring: Scoring) -> Result<Self, Error> {
        scoring.check_fits(keys.nrows(), keys.ncols())?;
        let bias = match scoring.bias() {
            KeyBias::Zero | KeyBias::Distance => Vec::new(),
            KeyBias::Given(given) => given.iter().copied().map(Pair::new).collect(),
        };
        Ok(Self::with_bias(keys, scoring, bias))
    }

    /// The scoring with a bias that may have more digits than an `f64` holds, one for each key.
    pub(crate) fn with_bias(keys: &DMatrix<f64>, scoring: Scoring, bias: Vec<Pair>) -> Self {
        let bias_bound = bias.iter().fold(0.0, |bound: f64, bias| bound.max(bias.value().abs()));
        Self {
            scoring,
            bias,
            bias_bound,
            box_of_keys: extremes(keys),
        }
    }

    /// The logits of one query of a head with every key.
    pub(crate) fn row(&self, head: &Head, query_index: usize) -> Result<Vec<Pair>, Error> {
        let query = head.query(query_index).ok_or_else(|| Error::OutOfBounds {
            what: "the query",
            value: query_index as f64 + 1.0,
            bound: Bound::OneTo(head.n_queries()),
        })?;
        self.of(&query, head.keys(), query_index)
    }

    /// The logits of D coordinates with every key; `row` is where an error says that they are.
    pub(crate) fn of(&self, query: &[f64], keys: &DMatrix<f64>, row: usize) -> Result<Vec<Pair>, Error> {
        let plain = self.plain(query, keys.as_slice(), keys.nrows(), |x| x);
        let mut logits: Vec<Pair> = plain.into_iter().map(Pair::new).collect();
        for (logit, &bias) in zip(&mut logits, &self.bias) {
            *logit = Pair::new(logit.value() + bias.value());
        }
        let roundings = (keys.ncols() + 4) as f64 * f64::EPSILON;
        // A logit that is not finite has no finite bound, so it does not pass here.
        if self.bound(query) * roundings <= TOLERANCE {
            return Ok(logits);
        }
        self.refine(keys, query, roundings, &mut logits);
        match logits.iter().position(|logit| !logit.value().is_finite()) {
            None => Ok(logits),
            Some(column) => Err(Error::Overflow {
                what: "the logit of query and key",
                row,
                column,
            }),
        }
    }

    /// Computes again, with twice the digits, each logit that may be wrong and may matter.
    fn refine(&self, keys: &DMatrix<f64>, query: &[f64], roundings: f64, logits: &mut [Pair]) {
        let mut doubts = self.plain(query, keys.as_slice(), keys.nrows(), f64::abs);
        for (doubt, bias) in zip(&mut doubts, &self.bias) {
            *doubt += bias.value().abs();
        }
        for doubt in &mut doubts {
            *doubt = doubt.abs() * roundings;
        }
        let greatest = logits
            .iter()
            .fold(f64::NEG_INFINITY, |greatest, logit| greatest.max(logit.value()));
        let reach = REACH + 2.0 * doubts.iter().copied().fold(0.0, f64::max);
        let seen = transformed_pairs(query, self.scoring.metric());
        for (index, (logit, doubt)) in zip(logits, doubts).enumerate() {
            if doubt <= TOLERANCE || logit.value() < greatest - reach {
                continue;
            }
            let key = keys.row(index);
            *logit = match self.scoring.bias() {
                KeyBias::Distance => distance(&self.scoring, query, key.iter().copied()),
                KeyBias::Zero | KeyBias::Given(_) => {
                    zip(&seen, key.iter()).fold(Pair::ZERO, |sum, (&seen, &key)| sum + seen * key)
                        / self.scoring.temperature()
                }
            };
            if let Some(&bias) = self.bias.get(index) {
                *logit = *logit + bias;
            }
        }
    }

    /// A bound on the magnitude of every logit of the row: the magnitude at the worst corner of the
    /// box around the keys.
    fn bound(&self, query: &[f64]) -> f64 {
        let corner: Vec<f64> = match self.scoring.bias() {
            KeyBias::Distance => zip(query, &self.box_of_keys)
                .map(|(query, &[least, greatest])| {
                    if (query - least).abs() > (query - greatest).abs() {
                        least
                    } else {
                        greatest
                    }
                })
                .collect(),
            KeyBias::Zero | KeyBias::Given(_) => self
                .box_of_keys
                .iter()
                .map(|[least, greatest]| least.abs().max(greatest.abs()))
                .collect(),
        };
        self.plain(query, &corner, 1, f64::abs)
            .into_iter()
            .fold(self.bias_bound, |bound, logit| bound + logit.abs())
    }

    /// `q ᵀMk/τ`, or `−(q−k)ᵀM(q−k)/(2τ)`, for `n` keys stored column by column, in plain
    /// arithmetic. `part` is the identity, or the absolute value for magnitudes. Each key has its
    /// own running sum, so a row does not depend on the keys around it, and the loop over the keys
    /// of a column is one that compilers turn into vector instructions.
    fn plain(&self, query: &[f64], columns: &[f64], n: usize, part: impl Fn(f64) -> f64 + Copy) -> Vec<f64> {
        let (metric, temperature) = (self.scoring.metric(), self.scoring.temperature());
        let mut totals = vec![0.0; n];
        if *self.scoring.bias() == KeyBias::Distance {
            add_distances(&mut totals, query, columns, metric, part);
            for total in &mut totals {
                *total = -0.5 * *total / temperature;
            }
        } else {
            add_combination(&mut totals, &transformed(query, metric, part), columns, part);
            for total in &mut totals {
                *total /= temperature;
            }
        }
        totals
    }
}

/// For each column of a matrix its least and its greatest entry.
pub(crate) fn extremes(matrix: &DMatrix<f64>) -> Vec<[f64; 2]> {
    let wider = |[least, greatest]: [f64; 2], &entry: &f64| [least.min(entry), greatest.max(entry)];
    matrix
        .column_iter()
        .map(|column| column.iter().fold([f64::INFINITY, f64::NEG_INFINITY], wider))
        .collect()
}

/// `Mᵀq`.
fn transformed(query: &[f64], metric: &Metric, part: impl Fn(f64) -> f64) -> Vec<f64> {
    match metric {
        Metric::Identity => query.iter().map(|&query| part(query)).collect(),
        Metric::Diagonal(diagonal) => zip(query, diagonal.iter())
            .map(|(&query, &m)| part(query) * part(m))
            .collect(),
        Metric::Full(matrix) => matrix
            .column_iter()
            .map(|column| {
                zip(query, column.iter())
                    .map(|(&query, &m)| part(query) * part(m))
                    .sum()
            })
            .collect(),
    }
}

/// `Mᵀq` with twice the digits.
fn transformed_pairs(query: &[f64], metric: &Metric) -> Vec<Pair> {
    match metric {
        Metric::Identity => query.iter().copied().map(Pair::new).collect(),
        Metric::Diagonal(diagonal) => zip(query, diagonal.iter())
            .map(|(&query, &m)| Pair::product(query, m))
            .collect(),
        Metric::Full(matrix) => matrix
            .column_iter()
            .map(|column| zip(query, column.iter()).fold(Pair::ZERO, |sum, (&query, &m)| sum + Pair::product(query, m)))
            .collect(),
    }
}

/// Adds `Σ_i factor_i vector_i`, the vectors one after another in one slice, each as long as the
/// total. Four vectors in one sweep, each entry still summed in order: less traffic to memory, the
/// same digits.
pub(crate) fn add_combination(total: &mut [f64], factors: &[f64], vectors: &[f64], part: impl Fn(f64) -> f64) {
    let n = total.len();
    let (fours, rest) = factors.as_chunks::<4>();
    let mut blocks = vectors.chunks_exact(4 * n);
    for (&[a, b, c, d], block) in zip(fours, &mut blocks) {
        let (former, latter) = block.split_at(2 * n);
        let ((first, second), (third, fourth)) = (former.split_at(n), latter.split_at(n));
        for ((((total, &p), &q), &r), &s) in total.iter_mut().zip(first).zip(second).zip(third).zip(fourth) {
            *total = *total + a * part(p) + b * part(q) + c * part(r) + d * part(s);
        }
    }
    for (&factor, vector) in zip(rest, blocks.remainder().chunks_exact(n)) {
        for (total, &entry) in zip(&mut *total, vector) {
            *total += factor * part(entry);
        }
    }
}

/// Adds `(q−k_j)ᵀM(q−k_j)` to the total of each key.
fn add_distances(
    totals: &mut [f64],
    query: &[f64],
    columns: &[f64],
    metric: &Metric,
    part: impl Fn(f64) -> f64 + Copy,
) {
    let n = totals.len();
    let weighted = |totals: &mut [f64], query: f64, column: &[f64], m: f64| {
        for (total, &key) in zip(totals, column) {
            let apart = part(query - key);
            *total += apart * (m * apart);
        }
    };
    match metric {
        Metric::Identity => {
            for (&query, column) in zip(query, columns.chunks_exact(n)) {
                weighted(totals, query, column, 1.0);
            }
        }
        Metric::Diagonal(diagonal) => {
            for ((&query, &m), column) in zip(zip(query, diagonal.iter()), columns.chunks_exact(n)) {
                weighted(totals, query, column, part(m));
            }
        }
        Metric::Full(matrix) => {
            let apart: Vec<f64> = zip(query, columns.chunks_exact(n))
                .flat_map(|(query, column)| column.iter().map(move |key| part(query - key)))
                .collect();
            for (apart_in_d, row) in zip(apart.chunks_exact(n), matrix.row_iter()) {
                let mut mapped = vec![0.0; n];
                let row: Vec<f64> = row.iter().copied().collect();
                add_combination(
                    &mut mapped,
                    &row.into_iter().map(part).collect::<Vec<_>>(),
                    &apart,
                    |apart| apart,
                );
                for ((total, apart), mapped) in zip(zip(&mut *totals, apart_in_d), mapped) {
                    *total += apart * mapped;
                }
            }
        }
    }
}

/// `−(q−k)ᵀM(q−k)/(2τ)` with twice the digits.
pub(crate) fn distance(scoring: &Scoring, query: &[f64], key: impl Iterator<Item = f64>) -> Pair {
    let apart: Vec<Pair> = zip(query, key)
        .map(|(&query, key)| Pair::difference(query, key))
        .collect();
    let mapped: Vec<Pair> = match scoring.metric() {
        Metric::Identity => apart.clone(),
        Metric::Diagonal(diagonal) => zip(&apart, diagonal.iter()).map(|(&apart, &m)| apart * m).collect(),
        Metric::Full(matrix) => matrix
            .row_iter()
            .map(|row| zip(&apart, row.iter()).fold(Pair::ZERO, |sum, (&apart, &m)| sum + apart * m))
            .collect(),
    };
    let square = zip(apart, mapped).fold(Pair::ZERO, |sum, (apart, mapped)| sum + apart * mapped);
    square * -0.5 / scoring.temperature()
}
