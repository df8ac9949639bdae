//! The softmax of a block of scores, block after block (online softmax: Milakov and Gimelshein 2018, arXiv 1805.02867),
//! compiled for the widest vectors that the processor has.

use std::iter::zip;

use pulp::{Simd, WithSimd};

use super::exp2::exp2;
use super::product::{LANES, Lanes};

/// In powers of two, how far a logit may exceed the one that weights are measured by before the sums are scaled anew. A
/// weight is then at most 2⁸, far from overflow, and most blocks scale nothing.
const SLACK: f32 = 8.0;

/// What is known of the softmax of each query so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Softmax {
    /// The logit, in powers of two, that weights are measured by.
    reference: Lanes,
    /// `Σ_j w_j`; NaN where a logit was beyond the range of f32. In f64, and added up block by block: beside a sum in
    /// f32, many small weights would each be rounded to nothing.
    totals: [f64; LANES],
    /// By what the sums of the blocks before have to be multiplied.
    factors: Lanes,
}

impl Softmax {
    /// Before the first block.
    pub(super) fn new() -> Self {
        Self {
            // Not −∞, whose difference from itself is no number.
            reference: Lanes([f32::MIN; LANES]),
            totals: [0.0; LANES],
            factors: Lanes([1.0; LANES]),
        }
    }
}

/// Makes weights of the logits of a block, one column for each key and one row for each query, and says whether what was
/// summed before has to be [`Scale`]d.
pub(super) struct Weigh<'a> {
    pub(super) softmax: &'a mut Softmax,
    pub(super) scores: &'a mut [Lanes],
    /// Of the first column.
    pub(super) key: usize,
    /// Of the first row, where query i sees the keys 0 to i only.
    pub(super) query: Option<usize>,
}

impl WithSimd for Weigh<'_> {
    type Output = bool;

    #[expect(clippy::inline_always, reason = "compiled anew for each set of instructions")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Self {
            softmax,
            scores,
            key,
            query,
        } = self;
        let seen_by_all = query.map_or(scores.len(), |query| (query + 1).saturating_sub(key).min(scores.len()));
        let (open, masked) = scores.split_at_mut(seen_by_all);
        let (mut greatest, mut least) = ([f32::MIN; LANES], [f32::INFINITY; LANES]);
        for column in &*open {
            for ((greatest, least), &score) in zip(zip(&mut greatest, &mut least), &column.0) {
                *greatest = if score > *greatest { score } else { *greatest };
                *least = if score < *least { score } else { *least };
            }
        }
        for (at, column) in masked.iter_mut().enumerate() {
            let hidden = (key + seen_by_all + at).saturating_sub(query.unwrap_or(usize::MAX));
            for (lane, ((greatest, least), score)) in zip(zip(&mut greatest, &mut least), &mut column.0).enumerate() {
                if lane < hidden {
                    *score = f32::NEG_INFINITY;
                } else {
                    *greatest = greatest.max(*score);
                    *least = least.min(*score);
                }
            }
        }
        let scales = softmax.raise(&greatest, &least);
        let mut sums = [0.0; LANES];
        for column in scores {
            for ((score, reference), sum) in zip(zip(&mut column.0, &softmax.reference.0), &mut sums) {
                *score = exp2(*score - reference);
                *sum += *score;
            }
        }
        for (total, sum) in zip(&mut softmax.totals, sums) {
            *total += f64::from(sum);
        }
        scales
    }
}

impl Softmax {
    /// Measures the weights of queries by a greater logit where they would become too large, and says whether it did.
    #[expect(clippy::inline_always, reason = "compiled anew for each set of instructions")]
    #[inline(always)]
    fn raise(&mut self, greatest: &[f32; LANES], least: &[f32; LANES]) -> bool {
        let mut scales = false;
        for lane in 0..LANES {
            let reference = self.reference.0[lane];
            let raised = greatest[lane] > reference + SLACK;
            let reference = if raised { greatest[lane] } else { reference };
            let factor = exp2(self.reference.0[lane] - reference);
            scales |= raised;
            self.reference.0[lane] = reference;
            self.factors.0[lane] = factor;
            // A logit of −∞ would be a weight of 0, but it may have come of an overflow on the way.
            let total = self.totals[lane] * f64::from(factor);
            self.totals[lane] = if least[lane] == f32::NEG_INFINITY {
                f64::NAN
            } else {
                total
            };
        }
        scales
    }
}

/// Multiplies sums by the factors of the last [`Weigh`].
pub(super) struct Scale<'a> {
    pub(super) softmax: &'a Softmax,
    pub(super) sums: &'a mut [Lanes],
}

impl WithSimd for Scale<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled anew for each set of instructions")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for column in self.sums {
            for (sum, factor) in zip(&mut column.0, &self.softmax.factors.0) {
                *sum *= factor;
            }
        }
    }
}

/// Divides sums by the sums of the weights.
pub(super) struct Divide<'a> {
    pub(super) softmax: &'a Softmax,
    pub(super) sums: &'a mut [Lanes],
}

impl WithSimd for Divide<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled anew for each set of instructions")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let totals = self.softmax.totals.map(|total| total as f32);
        for column in self.sums {
            for (sum, total) in zip(&mut column.0, &totals) {
                *sum /= total;
            }
        }
    }
}
