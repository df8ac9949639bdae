//! Attention as fused kernels compute it: the keys come in tiles, and of a row only a maximum, a sum and an output are
//! remembered (Milakov & Gimelshein 2018, “Online normalizer calculation for softmax”; Dao et al. 2022, `FlashAttention`,
//! algorithm 1).

use std::iter::zip;

use nalgebra::DMatrix;

use crate::error::{Bound, Error};
use crate::order::{descending, order_by};

/// In which order the keys come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum TileOrder {
    /// As they are.
    #[default]
    AsGiven,
    /// The smallest logit first: every tile brings a new maximum.
    Rising,
    /// The greatest logit first: the first tile has the maximum.
    Falling,
}

impl TileOrder {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::AsGiven, Self::Rising, Self::Falling];

    /// The keys in this order; equal logits in reading order.
    fn keys(self, logits: &[f64]) -> Vec<usize> {
        match self {
            Self::AsGiven => (0..logits.len()).collect(),
            Self::Rising => order_by(logits.len(), &|a, b| logits[a].total_cmp(&logits[b])),
            Self::Falling => descending(logits),
        }
    }
}

/// What is remembered of a row after a tile.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// The keys of the tile.
    pub keys: Vec<usize>,
    /// `m`, the greatest logit so far.
    pub greatest: f64,
    /// `exp(m_before − m)`: by what sum and output were multiplied before the tile was added. 1 where the maximum stays, and
    /// for the first tile, before which there is nothing.
    pub factor: f64,
    /// `ℓ = ℓ_before · factor + Σ_tile exp(logit_j − m)`.
    pub sum: f64,
    /// `o/ℓ` with `o = o_before · factor + Σ_tile exp(logit_j − m) v_j`: the output of the keys so far, `D_v` entries.
    pub output: Vec<f64>,
}

impl Tile {
    /// Whether the tile brought a new maximum, so that what was remembered had to be scaled.
    pub fn rescales(&self) -> bool {
        self.factor != 1.0
    }
}

/// The row of a query over tiles of `size` keys, the last one perhaps smaller: N logits, values `N×D_v`. The output of the
/// last tile is that of softmax attention, exactly in real numbers and to rounding in `f64`.
///
/// # Errors
/// [`Error::NoTokens`] without a logit, [`Error::NotFinite`] for a logit, [`Error::ShapeMismatch`] for another number of
/// values, [`Error::OutOfBounds`] for tiles of 0 keys.
pub fn attend_in_tiles(
    logits: &[f64],
    values: &DMatrix<f64>,
    order: TileOrder,
    size: usize,
) -> Result<Vec<Tile>, Error> {
    check(logits, values, size)?;
    let (mut greatest, mut sum) = (f64::NEG_INFINITY, 0.0);
    let mut output = vec![0.0; values.ncols()];
    let of_tile = |keys: &[usize]| {
        let before = greatest;
        greatest = keys.iter().fold(before, |most, &key| most.max(logits[key]));
        let factor = if before == f64::NEG_INFINITY {
            1.0
        } else {
            (before - greatest).exp()
        };
        sum *= factor;
        for entry in &mut output {
            *entry *= factor;
        }
        for &key in keys {
            let weight = (logits[key] - greatest).exp();
            sum += weight;
            for (entry, value) in zip(&mut output, values.row(key).iter()) {
                *entry += weight * value;
            }
        }
        Tile {
            keys: keys.to_vec(),
            greatest,
            factor,
            sum,
            output: output.iter().map(|entry| entry / sum).collect(),
        }
    };
    Ok(order.keys(logits).chunks(size).map(of_tile).collect())
}

fn check(logits: &[f64], values: &DMatrix<f64>, size: usize) -> Result<(), Error> {
    if logits.is_empty() {
        return Err(Error::NoTokens { what: "keys" });
    }
    if let Some(column) = logits.iter().position(|logit| !logit.is_finite()) {
        return Err(Error::NotFinite {
            what: "row of logits",
            row: 0,
            column,
            value: logits[column],
        });
    }
    if values.nrows() != logits.len() {
        return Err(Error::ShapeMismatch {
            what: "the number of values",
            has: values.nrows(),
            needs: logits.len(),
        });
    }
    if size == 0 {
        return Err(Error::OutOfBounds {
            what: "the size of a tile",
            value: 0.0,
            bound: Bound::AtLeast(1),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Head, Mechanism, attend_row};
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    /// Three tiles of two by hand: `e^0 + e^1`, then `e^{-2}(1 + e^{-1}) + 1 + e^{-1}`, then nothing is scaled.
    #[test]
    fn three_tiles_by_hand() {
        let logits = [0.0, 1.0, 2.0, 3.0, -1.0, 3.0];
        let values = dmatrix![1.0; 0.0; 0.0; 0.0; 0.0; 0.0];
        let tiles = attend_in_tiles(&logits, &values, TileOrder::AsGiven, 2).unwrap();
        let remembered: Vec<[f64; 3]> = tiles.iter().map(|t| [t.greatest, t.factor, t.sum]).collect();
        let e = |x: f64| x.exp();
        let first = 1.0 + e(-1.0);
        let second = first * e(-2.0) + 1.0 + e(-1.0);
        let third = second + 1.0 + e(-4.0);
        let expected = [[1.0, 1.0, first], [3.0, e(-2.0), second], [3.0, 1.0, third]];
        for (ours, expected) in zip(remembered.concat(), expected.concat()) {
            assert!((ours - expected).abs() < 1e-15, "{ours} is not {expected}");
        }
        assert_eq!(
            tiles.iter().map(Tile::rescales).collect::<Vec<_>>(),
            [false, true, false]
        );
        assert!((tiles[2].output[0] - e(-3.0) / third).abs() < 1e-16);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let values = dmatrix![1.0; 2.0];
        let refused = |logits: &[f64], size| attend_in_tiles(logits, &values, TileOrder::AsGiven, size).unwrap_err();
        assert!(matches!(refused(&[], 1), Error::NoTokens { .. }));
        assert!(matches!(
            refused(&[0.0, f64::NAN], 1),
            Error::NotFinite { column: 1, .. }
        ));
        assert!(matches!(
            refused(&[0.0], 1),
            Error::ShapeMismatch { has: 2, needs: 1, .. }
        ));
        assert!(matches!(refused(&[0.0, 1.0], 0), Error::OutOfBounds { .. }));
    }

    proptest! {
        #[test]
        fn every_order_gives_the_row(
            tokens in prop::collection::vec([-4.0..4.0, -4.0..4.0, -4.0..4.0_f64], 1..40),
            size in 1..12_usize,
        ) {
            let n = tokens.len();
            let keys = DMatrix::from_fn(n, 2, |i, j| tokens[i][j]);
            let values = DMatrix::from_fn(n, 2, |i, j| tokens[i][2 - j]);
            let head = Head::new(dmatrix![2.0, -3.0], keys, values.clone()).unwrap();
            let row = attend_row(&head, &Mechanism::Softmax.scoring(2).unwrap(), 0).unwrap();
            for order in TileOrder::ALL {
                let tiles = attend_in_tiles(&row.logits, &values, order, size).unwrap();
                prop_assert_eq!(tiles.len(), n.div_ceil(size));
                let mut seen: Vec<usize> = tiles.iter().flat_map(|tile| &tile.keys).copied().collect();
                seen.sort_unstable();
                prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
                let last = tiles.last().unwrap();
                for (ours, direct) in zip(&last.output, &row.output) {
                    prop_assert!((ours - direct).abs() < 1e-13, "{ours} is not {direct}");
                }
                prop_assert!((last.greatest + last.sum.ln() - row.log_normaliser).abs() < 1e-13);
                let rescaled = tiles.iter().filter(|tile| tile.rescales()).count();
                let new = tiles.windows(2).filter(|pair| pair[0].greatest < pair[1].greatest).count();
                prop_assert_eq!(rescaled, new);
                prop_assert!(order != TileOrder::Falling || rescaled == 0);
            }
        }
    }
}
