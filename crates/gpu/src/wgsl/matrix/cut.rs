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

/// Query rows of a subgroup, from the best down, as many fragments as there are in so many rows.
const ROWS: [usize; 2] = [32, 16];
/// Keys at a time and keys of a step, from the best down.
const KEYS: [(usize, usize); 5] = [(64, 32), (32, 32), (32, 16), (16, 16), (8, 8)];
/// Subgroups of a workgroup.
const SUBGROUPS: std::ops::RangeInclusive<usize> = 4..=8;

impl Cut {
    /// The cut of attention, where one fits: as many subgroups as leave the fewest rows without a query.
    pub(crate) fn of_rows(
        units: MatrixUnits,
        dim: usize,
        split: Split,
        queries: usize,
        workgroup: Workgroup,
    ) -> Option<Self> {
        shapes(units).find_map(|shape| {
            let fitting = SUBGROUPS.map(shape).filter(|cut| cut.fits(units, dim, split, workgroup));
            fitting.min_by_key(|cut| queries.next_multiple_of(cut.all_rows()))
        })
    }

    /// The cut where one workgroup takes a whole head, where one fits.
    pub(crate) fn of_head(units: MatrixUnits, dim: usize, tokens: usize, workgroup: Workgroup) -> Option<Self> {
        let needs = |cut: &Self| cut.all_rows() >= tokens && cut.fits(units, dim, Split::Nothing, workgroup);
        shapes(units).find_map(|shape| (1..=*SUBGROUPS.end()).map(shape).find(needs))
    }

    /// Whether attention with this cut is possible.
    pub(crate) fn fits(self, units: MatrixUnits, dim: usize, split: Split, workgroup: Workgroup) -> bool {
        let (tile, subgroup) = (units.tile as usize, units.subgroup as usize);
        let whole = [(self.rows, tile), (self.keys, self.step), (self.step, tile)];
        let threads = self.subgroups * subgroup;
        let owners = (subgroup / self.rows.max(1)).max(1);
        whole.iter().all(|(count, of)| *of > 0 && *count > 0 && count.is_multiple_of(*of))
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

/// Cuts by their number of subgroups, from the best down to one fragment.
fn shapes(units: MatrixUnits) -> impl Iterator<Item = impl Fn(usize) -> Cut> {
    let tile = units.tile as usize;
    ROWS.into_iter().flat_map(move |rows| {
        KEYS.into_iter().map(move |(keys, step)| {
            move |subgroups| Cut {
                rows: rows.max(tile),
                subgroups,
                keys: keys.max(tile),
                step: step.max(tile),
            }
        })
    })
}
