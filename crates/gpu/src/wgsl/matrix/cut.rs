//! How the work of the matrix kernels is cut, and what that needs.

use super::{Split, key_dim};
use crate::device::MatrixUnits;

/// Rows of a subgroup, subgroups of a workgroup, keys at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cut {
    /// Query rows of a subgroup, whole fragments and as many as threads or a multiple: each fragment of keys and values
    /// that is loaded feeds all of them.
    pub rows: usize,
    /// Subgroups of a workgroup.
    pub subgroups: usize,
    /// Keys that are in workgroup memory at a time, whole fragments.
    pub keys: usize,
}

/// What a workgroup has to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Workgroup {
    /// Bytes that its threads share.
    pub(crate) bytes: u32,
    /// How many threads it may have.
    pub(crate) threads: u32,
}

/// The least query rows of a subgroup: with fewer, workgroup memory is too slow for the products.
const ROWS: usize = 32;
/// Subgroups of a workgroup.
const SUBGROUPS: std::ops::RangeInclusive<usize> = 4..=8;

impl Cut {
    /// The cut of attention, where one fits: 64 keys at a time up to D = 32, else 32, and as many subgroups as leave the
    /// fewest rows without a query.
    pub(crate) fn of_rows(
        units: MatrixUnits,
        dim: usize,
        split: Split,
        queries: usize,
        workgroup: Workgroup,
    ) -> Option<Self> {
        let of_keys = |keys| {
            let fitting = cuts(units, SUBGROUPS, keys).filter(|cut| cut.fits(units, dim, split, workgroup));
            fitting.min_by_key(|cut| queries.next_multiple_of(cut.all_rows()))
        };
        numbers_of_keys(units, dim).find_map(of_keys)
    }

    /// The cut where one workgroup takes a whole head, where one fits.
    pub(crate) fn of_head(units: MatrixUnits, dim: usize, tokens: usize, workgroup: Workgroup) -> Option<Self> {
        let needs = |cut: &Self| cut.all_rows() >= tokens && cut.fits(units, dim, Split::Nothing, workgroup);
        let of_keys = |keys| cuts(units, 1..=*SUBGROUPS.end(), keys).find(needs);
        numbers_of_keys(units, dim).find_map(of_keys)
    }

    /// Whether attention with this cut is possible.
    pub(crate) fn fits(self, units: MatrixUnits, dim: usize, split: Split, workgroup: Workgroup) -> bool {
        let (tile, subgroup) = (units.tile as usize, units.subgroup as usize);
        let whole = [(self.rows, tile), (self.rows, subgroup), (self.keys, tile)];
        let threads = self.subgroups * subgroup;
        whole.iter().all(|(count, of)| *count > 0 && count.is_multiple_of(*of))
            && (self.keys / 4..=workgroup.threads as usize).contains(&threads)
            && (dim.is_multiple_of(self.keys) || self.keys.is_multiple_of(dim))
            && self.bytes(dim, split) <= workgroup.bytes as usize
    }

    /// Query rows of a workgroup.
    pub(crate) fn all_rows(self) -> usize {
        self.rows * self.subgroups
    }

    /// Vectors of four f32 of a row of scores: one more than needed, so that rows begin in different banks.
    pub(super) fn score_stride(self) -> usize {
        self.keys / 4 + 1
    }

    /// Vectors of four f16 of a row of weights, two more than needed: rows begin at multiples of 16 bytes, which matrices
    /// are loaded fast from.
    pub(super) fn weight_stride(self) -> usize {
        self.keys / 4 + 2
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

/// Cuts with these numbers of subgroups, whose threads own whole rows.
fn cuts(units: MatrixUnits, subgroups: std::ops::RangeInclusive<usize>, keys: usize) -> impl Iterator<Item = Cut> {
    let rows = ROWS.next_multiple_of(units.subgroup as usize);
    subgroups.map(move |subgroups| Cut { rows, subgroups, keys })
}

/// Numbers of keys at a time, from the best down to one fragment.
fn numbers_of_keys(units: MatrixUnits, dim: usize) -> impl Iterator<Item = usize> {
    let (best, least) = (if dim > 32 { 32 } else { 64 }, units.tile as usize);
    std::iter::successors(Some(best), |keys| Some(keys / 2)).take_while(move |keys| *keys >= least)
}
