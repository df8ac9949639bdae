//! A block of queries against all keys that they see, a block of keys at a time: the scores of one block are all that
//! ever exists.

use std::iter::zip;

use pulp::Arch;

use super::head::Head;
use super::product::{LANES, Lanes, Right, product};
use super::softmax::{Divide, Scale, Softmax, Weigh};

/// Keys whose scores are in memory at once; with [`LANES`] queries 24 KiB.
const KEYS: usize = 128;

/// Dimensions that are summed at a time: sums of fewer terms lose fewer digits of a logit.
const DEPTH: usize = 64;

/// The memory that one core works in.
#[derive(Debug)]
pub(super) struct Tile {
    arch: Arch,
    /// D columns: the queries, divided by τ in powers of two.
    queries: Vec<Lanes>,
    /// [`KEYS`] columns: logits in powers of two, then weights.
    scores: Vec<Lanes>,
    /// D columns: `Σ_j w_j v_j`.
    sums: Vec<Lanes>,
}

impl Tile {
    pub(super) fn new(dim: usize) -> Self {
        let columns = |count| vec![Lanes([0.0; LANES]); count];
        Self {
            arch: Arch::new(),
            queries: columns(dim),
            scores: columns(KEYS),
            sums: columns(dim),
        }
    }

    /// Puts what the queries of a head from `first` on get, at most [`LANES`] of them, into `output`, a row each. What is
    /// beyond the range of f32 becomes NaN or infinite.
    pub(super) fn attend(&mut self, head: &Head<'_>, first: usize, output: &mut [f32]) {
        let dim = self.queries.len();
        let rows = (output.len() / dim).min(LANES);
        self.load(head, first, rows);
        let mut softmax = Softmax::new();
        let keys = head.keys.len() / dim;
        let visible = if head.causal { keys.min(first + rows) } else { keys };
        // Softmax ignores what all keys share, and without it the keys that matter keep their digits. Where nobody looks
        // ahead it is taken from what the first query sees.
        let (shared, _) = head
            .bias
            .split_at(head.bias.len().min(if head.causal { first + 1 } else { keys }));
        let greatest = shared.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for start in (0..visible).step_by(KEYS) {
            let block = start * dim..visible.min(start + KEYS) * dim;
            let (keys, values) = (&head.keys[block.clone()], &head.values[block]);
            self.score(keys, head.bias.get(start..).unwrap_or_default(), greatest, rows);
            let scores = &mut self.scores[..keys.len() / dim];
            let scales = self.arch.dispatch(Weigh {
                softmax: &mut softmax,
                scores,
                key: start,
                query: head.causal.then_some(first),
            });
            if scales && start > 0 {
                self.arch.dispatch(Scale {
                    softmax: &softmax,
                    sums: &mut self.sums,
                });
            }
            product(&mut self.sums, start > 0, rows, scores, Right::Plain(values));
        }
        self.arch.dispatch(Divide {
            softmax: &softmax,
            sums: &mut self.sums,
        });
        for (lane, row) in output.chunks_exact_mut(dim).enumerate() {
            for (slot, sum) in zip(row, &self.sums) {
                *slot = sum.0[lane];
            }
        }
    }

    /// The queries from `first` on, as the scores need them, and zeros in the lanes after `rows`.
    fn load(&mut self, head: &Head<'_>, first: usize, rows: usize) {
        let dim = self.queries.len();
        if rows < LANES {
            self.queries.fill(Lanes([0.0; LANES]));
        }
        for (lane, query) in head.queries[first * dim..].chunks_exact(dim).take(rows).enumerate() {
            let changes = zip(&head.centre, &head.weights);
            for ((lanes, &query), (centre, weight)) in zip(zip(&mut self.queries, query), changes) {
                lanes.0[lane] = ((f64::from(query) - centre) * weight) as f32;
            }
        }
    }

    /// The logits of a block of keys.
    fn score(&mut self, keys: &[f32], bias: &[f64], greatest: f64, rows: usize) {
        for (column, bias) in zip(&mut self.scores, bias) {
            column.0 = [(bias - greatest) as f32; LANES];
        }
        let dim = self.queries.len();
        for (part, queries) in self.queries.chunks(DEPTH).enumerate() {
            let from = part * DEPTH;
            let adds = from > 0 || !bias.is_empty();
            let keys = Right::Transposed { keys, dim, from };
            product(&mut self.scores, adds, rows, queries, keys);
        }
    }
}
