//! What the output has to be: `eigenlens-core` in f64 on the rounded inputs, for rows that are drawn, since all of them
//! would take too long at full size. Never a matrix of N×N numbers.

mod rpc;

use std::iter::zip;

use eigenlens_core::{
    Attending, Bound, Error as CoreError, Head, KeyBias, Metric as CoreMetric, Scoring, bn_scoring, estimated_metric,
};
use nalgebra::{DMatrix, DVector};

use crate::cores;
use crate::error::{Error, of_head};
use crate::results::Deviation;
use crate::shape::{Precision, Shape};
use crate::task::{Mechanism, Metric, Problem};

pub use rpc::support_agreement;

/// A row of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowOf {
    /// Of the B·H heads, from 0.
    pub head: usize,
    /// Of the `N_q` queries, from 0.
    pub query: usize,
}

/// At most `rows` rows of at most `heads` heads, spread by the golden ratio, so that they meet no rhythm of tiles or of
/// lanes; of every head the first row and the last, and among the heads the first and the last. At least one row of one
/// head, in order.
pub fn spread_rows(shape: Shape, heads: usize, rows: usize) -> Vec<RowOf> {
    let heads = spread(shape.all_heads(), heads, 0);
    let of_head = |head: usize| {
        let rows = spread(shape.queries(), rows, head);
        rows.into_iter().map(move |query| RowOf { head, query })
    };
    heads.into_iter().flat_map(of_head).collect()
}

/// At most `count` different numbers below `below`, in order: the first, the last, and others between, not the same for
/// every `seed`.
fn spread(below: usize, count: usize, seed: usize) -> Vec<usize> {
    if count >= below {
        return (0..below).collect();
    }
    let golden = (5_f64.sqrt() - 1.0) / 2.0;
    let between = |at: usize| {
        let share = ((seed.wrapping_mul(count).wrapping_add(at) % (1 << 20)) as f64 * golden).fract();
        ((below as f64 * share) as usize).min(below - 1)
    };
    let between = (1..count.saturating_sub(1)).map(between);
    let ends = [0, below - 1].into_iter().take(count.max(1));
    let mut chosen: Vec<usize> = ends.chain(between).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// How far an output may be from the [`Reference`], `‖o − o₆₄‖/‖o₆₄‖` of each head: 2e-6 in f32, 5e-4 in f16, and twice as
/// much for each further iterate of RPC-Attention.
///
/// The first iterate attends to `K − S(K)`, so it is as right as any attention; from then on `z = Y/μ` doubles with each
/// iterate, and with it its error: iterate i, counted from 1, has `2^(i−1)` times the tolerance.
pub fn tolerance(precision: Precision, passes: usize) -> f64 {
    let of_one = match precision {
        Precision::F32 => 2e-6,
        Precision::F16 => 5e-4,
    };
    of_one * (passes.saturating_sub(1) as f64).exp2()
}

/// Rows of the output in f64.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    shape: Shape,
    rows: Vec<RowOf>,
    /// D entries for each row.
    output: Vec<f64>,
    tolerance: f64,
}

impl Reference {
    /// Rows of the output of a problem. RPC-Attention needs all rows of every head that has one of them.
    ///
    /// # Errors
    /// [`Error::Mathematics`] as the mechanism has them in `eigenlens-core`, and without a row, or for one that is not
    /// there.
    pub fn new(problem: &Problem, rows: &[RowOf]) -> Result<Self, Error> {
        let mut iterates = Self::iterates(problem, rows)?;
        iterates.pop().ok_or_else(no_rows)
    }

    /// The same of every iterate of RPC-Attention, the first one first; of any other mechanism the output alone.
    ///
    /// # Errors
    /// As [`Reference::new`].
    pub fn iterates(problem: &Problem, rows: &[RowOf]) -> Result<Vec<Self>, Error> {
        let shape = problem.task().shape;
        let rows = checked(shape, rows)?;
        let heads: Vec<&[RowOf]> = rows.chunk_by(|a, b| a.head == b.head).collect();
        let of_heads = cores::map(heads.len(), |at| of_one_head(problem, heads[at]));
        let of_heads = of_heads.into_iter().collect::<Result<Vec<_>, _>>()?;
        let of_pass = |pass: usize| Self {
            shape,
            rows: rows.clone(),
            output: of_heads.iter().flat_map(|passes| &passes[pass]).copied().collect(),
            tolerance: tolerance(problem.precision(), pass + 1),
        };
        Ok((0..problem.task().passes()).map(of_pass).collect())
    }

    /// The rows, D entries each, one after the other: ordered by head, then by query.
    pub fn output(&self) -> &[f64] {
        &self.output
    }

    /// How far an output `[B, H, N_q, D]` is from it. One that is not a number anywhere on the rows is infinitely far, and
    /// so is one of a head that should be 0 and is not.
    ///
    /// # Errors
    /// [`Error::Length`].
    pub fn compare(&self, output: &[f32]) -> Result<Deviation, Error> {
        let (shape, dim) = (self.shape, self.shape.dim());
        self.check_length(output, shape.query_len())?;
        let start = |row: &RowOf| (row.head * shape.queries() + row.query) * dim;
        let rows: Vec<f32> = self
            .rows
            .iter()
            .flat_map(|row| &output[start(row)..][..dim])
            .copied()
            .collect();
        self.compare_rows(&rows)
    }

    /// [`Reference::compare`] of the rows alone, D entries each, ordered by head, then by query.
    ///
    /// # Errors
    /// [`Error::Length`].
    pub fn compare_rows(&self, output: &[f32]) -> Result<Deviation, Error> {
        let dim = self.shape.dim();
        self.check_length(output, self.output.len())?;
        let mut made_rows = output.chunks_exact(dim);
        let (mut relative, mut largest) = (0.0_f64, 0.0_f64);
        let mut rest = self.output.as_slice();
        for rows in self.rows.chunk_by(|a, b| a.head == b.head) {
            let (mut apart, mut length) = (0.0_f64, 0.0_f64);
            for _ in rows {
                let (exact, later) = rest.split_at(dim);
                rest = later;
                for (&made, exact) in zip(made_rows.next().unwrap_or_default(), exact) {
                    let difference = (f64::from(made) - exact).abs();
                    // The larger of a number and NaN would be the number.
                    largest = if difference.is_finite() {
                        largest.max(difference)
                    } else {
                        f64::INFINITY
                    };
                    (apart, length) = (apart + difference.powi(2), length + exact.powi(2));
                }
            }
            let of_head = if apart == 0.0 { 0.0 } else { (apart / length).sqrt() };
            relative = if of_head.is_nan() {
                f64::INFINITY
            } else {
                relative.max(of_head)
            };
        }
        Ok(Deviation {
            relative,
            largest,
            tolerance: self.tolerance,
            rows: self.rows.len(),
            repeatable: None,
        })
    }

    fn check_length(&self, output: &[f32], needs: usize) -> Result<(), Error> {
        let has = output.len();
        if has == needs {
            return Ok(());
        }
        Err(Error::Length {
            what: "output",
            has,
            needs,
            shape: self.shape.of_queries().to_string(),
        })
    }
}

/// The rows in order, each of them once.
fn checked(shape: Shape, rows: &[RowOf]) -> Result<Vec<RowOf>, Error> {
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() {
        return Err(no_rows());
    }
    for row in &rows {
        for (what, number, count) in [
            ("the head", row.head, shape.all_heads()),
            ("the query", row.query, shape.queries()),
        ] {
            if number >= count {
                return Err(CoreError::OutOfBounds {
                    what,
                    value: number as f64 + 1.0,
                    bound: Bound::OneTo(count),
                }
                .into());
            }
        }
    }
    Ok(rows)
}

fn no_rows() -> Error {
    CoreError::NoTokens { what: "rows" }.into()
}

/// The rows of one head after each pass, one row after the other.
fn of_one_head(problem: &Problem, rows: &[RowOf]) -> Result<Vec<Vec<f64>>, Error> {
    let number = rows.first().map_or(0, |row| row.head);
    let queries: Vec<usize> = rows.iter().map(|row| row.query).collect();
    match &problem.task().mechanism {
        Mechanism::Rpc(rpc) => rpc::pursued(problem, rpc, number, &queries),
        _ => attended(problem, number, &queries).map(|rows| vec![rows]),
    }
    .map_err(of_head(number))
}

/// A tensor of one head as a matrix, rows being tokens.
fn matrix(problem: &Problem, tensor: &[f32], tokens: usize, head: usize) -> DMatrix<f64> {
    let dim = problem.task().shape.dim();
    let entries = &tensor[head * tokens * dim..(head + 1) * tokens * dim];
    DMatrix::from_row_iterator(tokens, dim, entries.iter().copied().map(f64::from))
}

/// Rows of a mechanism that is one pass.
fn attended(problem: &Problem, number: usize, rows: &[usize]) -> Result<Vec<f64>, CoreError> {
    let (task, tensors) = (problem.task(), problem.tensors());
    let n = task.shape.keys();
    let queries = matrix(problem, &tensors.query, task.shape.queries(), number).select_rows(rows);
    let [keys, values] = [&tensors.key, &tensors.value].map(|tensor| matrix(problem, tensor, n, number));
    let scoring = scoring(problem, number, &keys, &values)?;
    let mut head = Head::new(queries, keys, values)?;
    if let Mechanism::Sh(poolings) = &task.mechanism {
        head = poolings[number % task.shape.heads()].head(&head)?;
    }
    let all = Attending::new(&head, scoring.clone())?;
    let of_row = |at: usize| {
        if !task.causal {
            return all.row(at);
        }
        // The last row of the tokens up to it: what comes later is not looked at.
        let past = |tokens: &DMatrix<f64>| tokens.rows(0, rows[at] + 1).into_owned();
        let query = head.queries().rows(at, 1).into_owned();
        let seen = Head::new(query, past(head.keys()), past(head.values()))?;
        Attending::new(&seen, scoring.clone())?.row(0)
    };
    let rows = cores::map(rows.len(), |at| of_row(at).map(|row| row.output));
    Ok(rows.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// Metric, temperature and bias of a head.
fn scoring(problem: &Problem, number: usize, keys: &DMatrix<f64>, values: &DMatrix<f64>) -> Result<Scoring, CoreError> {
    let task = problem.task();
    let (heads, n, dim) = (task.shape.heads(), task.shape.keys(), task.shape.dim());
    let (metric, bias) = match &task.mechanism {
        Mechanism::Bn(options) => return bn_scoring(keys, options, task.temperature()),
        Mechanism::Softmax | Mechanism::Sh(_) | Mechanism::Rpc(_) => (CoreMetric::Identity, KeyBias::Zero),
        Mechanism::Smoother => (CoreMetric::Identity, KeyBias::Distance),
        Mechanism::Elliptical(Metric::Given(metric)) => {
            let of_head = metric.iter().copied().map(f64::from).skip(number % heads * dim);
            let diagonal = DVector::from_iterator(dim, of_head.take(dim));
            (CoreMetric::Diagonal(diagonal), KeyBias::Zero)
        }
        Mechanism::Elliptical(Metric::Estimated { delta, scaling }) => {
            let previous = matrix(problem, &problem.tensors().previous, n, number);
            let diagonal = estimated_metric(&previous, values, *delta, *scaling)?;
            (CoreMetric::Diagonal(diagonal), KeyBias::Zero)
        }
    };
    Scoring::new(metric, task.temperature(), bias)
}
