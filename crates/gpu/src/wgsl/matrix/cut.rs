//! How the work of the matrix kernels is cut, and what that needs.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use super::{Split, key_dim};
use crate::device::MatrixUnits;

/// Rows of a subgroup, subgroups of a workgroup, keys at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cut {
    /// Query rows of a subgroup, whole fragments, each of which feeds on every fragment of keys and values that is loaded.
    pub rows: usize,
    /// Subgroups of a workgroup.
    pub subgroups: usize,
    /// Keys that are in workgroup memory at a time, whole steps.
    pub keys: usize,
    /// Keys whose scores a subgroup has at a time, whole fragments.
    pub step: usize,
}

/// What a workgroup has to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Workgroup {
    /// Bytes that its threads share.
    pub(crate) bytes: u32,
    /// How many threads it may have.
    pub(crate) threads: u32,
}

/// Query rows of a subgroup, from the best down.
const ROWS: [usize; 2] = [32, 16];
/// Keys at a time and keys of a step, from the best down, as an H200 has them (`bench/RESULTS.md`).
const KEYS: [(usize, usize); 3] = [(32, 16), (16, 16), (8, 8)];
/// Subgroups of a workgroup.
const SUBGROUPS: RangeInclusive<usize> = 4..=8;

impl Cut {
    /// The cut of attention, where one fits: with the fewest rows without a query, then with the most subgroups, then with
    /// the most keys.
    pub(crate) fn of_rows(
        units: MatrixUnits,
        dim: usize,
        split: Split,
        queries: usize,
        workgroup: Workgroup,
    ) -> Option<Self> {
        best(units, SUBGROUPS, |cut| cut.fits(units, dim, split, workgroup), queries)
    }

    /// The cut where one workgroup takes a whole head, where one fits.
    pub(crate) fn of_head(units: MatrixUnits, dim: usize, tokens: usize, workgroup: Workgroup) -> Option<Self> {
        let fits = |cut: Self| cut.all_rows() >= tokens && cut.fits(units, dim, Split::Nothing, workgroup);
        best(units, 1..=*SUBGROUPS.end(), fits, tokens)
    }

    /// Whether attention with this cut is possible.
    pub(crate) fn fits(self, units: MatrixUnits, dim: usize, split: Split, workgroup: Workgroup) -> bool {
        let (tile, subgroup) = (units.tile as usize, units.subgroup as usize);
        let whole = [(self.rows, tile), (self.keys, self.step), (self.step, tile)];
        let threads = self.subgroups * subgroup;
        let owners = (subgroup / self.rows.max(1)).max(1);
        whole
            .iter()
            .all(|(count, of)| *of > 0 && *count > 0 && count.is_multiple_of(*of))
            && (self.rows.is_multiple_of(subgroup) || subgroup.is_multiple_of(self.rows))
            && (self.step.min(dim) / 4).is_multiple_of(owners)
            && (self.keys / 4..=workgroup.threads as usize).contains(&threads)
            && (dim.is_multiple_of(self.step) || self.step.is_multiple_of(dim))
            && self.bytes(dim, split) <= workgroup.bytes as usize
    }

    /// Query rows of a workgroup.
    pub(crate) fn all_rows(self) -> usize {
        self.rows * self.subgroups
    }

    /// Vectors of four f32 of a row of scores: one more than needed, so that rows begin in different banks.
    pub(super) fn score_stride(self) -> usize {
        self.step / 4 + 1
    }

    /// Vectors of four f16 of a row of weights, two more than needed: rows begin at multiples of 16 bytes, which matrices
    /// are loaded fast from.
    pub(super) fn weight_stride(self) -> usize {
        self.step / 4 + 2
    }

    /// Bytes of workgroup memory: a tile of keys and one of values, scores, weights, biases, a vote.
    pub(crate) fn bytes(self, dim: usize, split: Split) -> usize {
        let of_key = (stride(key_dim(dim, split)) + stride(dim)) * 8 + 4;
        let of_row = self.score_stride() * 16 + self.weight_stride() * 8;
        self.keys * of_key + self.all_rows() * of_row + 16
    }
}

/// Vectors of four f16 of a row of keys or values, two more than needed.
pub(super) fn stride(dim: usize) -> usize {
    dim / 4 + 2
}

/// The best cut that fits.
fn best(
    units: MatrixUnits,
    subgroups: RangeInclusive<usize>,
    fits: impl Fn(Cut) -> bool,
    queries: usize,
) -> Option<Cut> {
    let tile = units.tile as usize;
    ROWS.into_iter().find_map(|rows| {
        let of_keys = |(keys, step): (usize, usize)| {
            subgroups.clone().map(move |subgroups| Cut {
                rows: rows.max(tile),
                subgroups,
                keys: keys.max(tile),
                step: step.max(tile),
            })
        };
        let all = KEYS.into_iter().flat_map(of_keys).filter(|&cut| fits(cut));
        all.min_by_key(|cut| {
            (
                queries.next_multiple_of(cut.all_rows()),
                Reverse((cut.subgroups, cut.keys)),
            )
        })
    })
}
