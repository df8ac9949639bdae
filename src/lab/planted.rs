//! Planted instances: a matrix of known rank with a known share of wrong entries, as the phase diagram of recovery needs them.
//!
//! The clean matrix is `A Bᵀ/√r` with independent uniform entries of variance 1 in A and B (N×r), so that its entries have mean
//! 0 and variance 1; exactly the given share of its entries, chosen at random, has ±[`Planted::SPIKE`] added to it. Everything
//! comes from one stream of `ChaCha8` that the instance names, without a function whose last digit differs between platforms.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Which instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Planted {
    rank: u8,
    share: u8,
    draw: u8,
}

impl Planted {
    /// Rows and columns of an instance.
    pub const SIDE: usize = 40;
    /// Ranks go from 1 to this one.
    pub const RANKS: u8 = 20;
    /// Shares of wrong entries go from one step to this many.
    pub const SHARES: u8 = 20;
    /// One step of the share.
    pub const SHARE_STEP: f64 = 0.025;
    /// Draws of each rank and share.
    pub const DRAWS: u8 = 5;
    /// What is added to a wrong entry, with either sign, in thousandths.
    pub const SPIKE: i16 = 3500;
    /// How many instances there are.
    pub const COUNT: usize = Self::RANKS as usize * Self::SHARES as usize * Self::DRAWS as usize;

    /// The first of all.
    pub const FIRST: Self = Self {
        rank: 1,
        share: 1,
        draw: 0,
    };

    /// The instance of a rank (from 1), a number of steps of the share (from 1) and a draw (from 0); none outside of the
    /// diagram.
    pub fn new(rank: u8, share: u8, draw: u8) -> Option<Self> {
        let inside = (1..=Self::RANKS).contains(&rank) && (1..=Self::SHARES).contains(&share) && draw < Self::DRAWS;
        inside.then_some(Self { rank, share, draw })
    }

    /// Rank of the clean matrix, from 1.
    pub const fn rank(self) -> u8 {
        self.rank
    }

    /// Steps of the share of wrong entries, from 1.
    pub const fn share_steps(self) -> u8 {
        self.share
    }

    /// Share of wrong entries.
    pub fn share(self) -> f64 {
        Self::SHARE_STEP * f64::from(self.share)
    }

    /// Share of wrong entries in percent, as in "12.5 %".
    pub fn percent(self) -> String {
        // A step is 25 thousandths: whole and half percents, without a rounding.
        let (whole, half) = (5 * u16::from(self.share) / 2, self.share % 2 == 1);
        format!("{whole}{}\u{a0}%", if half { ".5" } else { "" })
    }

    /// Which draw, from 0.
    pub const fn draw(self) -> u8 {
        self.draw
    }

    /// Another draw of the same rank and share; the last one where there are not so many.
    #[must_use]
    pub fn with_draw(self, draw: u8) -> Self {
        Self {
            draw: draw.min(Self::DRAWS - 1),
            ..self
        }
    }

    /// So many ranks and steps of the share further, held at the edges of the diagram.
    #[must_use]
    pub fn moved(self, ranks: i8, shares: i8) -> Self {
        Self {
            rank: self.rank.saturating_add_signed(ranks).clamp(1, Self::RANKS),
            share: self.share.saturating_add_signed(shares).clamp(1, Self::SHARES),
            ..self
        }
    }

    /// Its number among all, from 0.
    pub(super) fn index(self) -> usize {
        let [rank, share, draw] = [self.rank - 1, self.share - 1, self.draw].map(usize::from);
        (rank * usize::from(Self::SHARES) + share) * usize::from(Self::DRAWS) + draw
    }

    fn rng(self) -> ChaCha8Rng {
        let mut key = [0_u8; 32];
        key[..3].copy_from_slice(&[self.rank, self.share, self.draw]);
        ChaCha8Rng::from_seed(key)
    }

    /// The clean matrix, [`Planted::SIDE`] squared, and its wrong entries: row, column, what is added in thousandths.
    pub fn draw_all(self) -> (DMatrix<f64>, Vec<(u16, u16, i16)>) {
        let mut rng = self.rng();
        let rank = usize::from(self.rank);
        let factor = |rng: &mut ChaCha8Rng| {
            let numbers: Vec<f64> = (0..Self::SIDE * rank).map(|_| 3.0_f64.sqrt() * signed(rng)).collect();
            DMatrix::from_vec(Self::SIDE, rank, numbers)
        };
        let (left, right) = (factor(&mut rng), factor(&mut rng));
        let size = f64::from(self.rank).sqrt();
        // Sums in one order everywhere: a matrix product may add in another one.
        let clean = DMatrix::from_fn(Self::SIDE, Self::SIDE, |row, column| {
            let terms = (0..rank).map(|k| left[(row, k)] * right[(column, k)]);
            terms.sum::<f64>() / size
        });
        let all = (Self::SIDE * Self::SIDE) as u64;
        let wrong = (self.share() * all as f64).round() as usize;
        let mut places: Vec<u16> = (0..all as u16).collect();
        let mut cells = Vec::with_capacity(wrong);
        for taken in 0..wrong {
            let left = all - taken as u64;
            let pick = taken + (rng.next_u64() % left) as usize;
            places.swap(taken, pick);
            let place = places[taken];
            let sign = if rng.next_u64() & 1 == 0 { 1 } else { -1 };
            let side = Self::SIDE as u16;
            cells.push((place / side, place % side, sign * Self::SPIKE));
        }
        (clean, cells)
    }
}

/// A uniform number in [−1, 1) with 53 bits.
pub(super) fn signed(rng: &mut ChaCha8Rng) -> f64 {
    2.0 * ((rng.next_u64() >> 11) as f64 * 2.0_f64.powi(-53)) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_has_the_rank_and_the_share_that_it_says() {
        let planted = Planted::new(6, 4, 2).expect("inside");
        let (clean, cells) = planted.draw_all();
        let values = clean.clone().singular_values();
        assert!(values[5] > 1.0 && values[6] < 1e-12, "{values}");
        let variance = clean.norm_squared() / 1600.0;
        assert!((variance - 1.0).abs() < 0.3, "{variance}");
        assert_eq!(cells.len(), 160, "10 % of 1600");
        let mut places: Vec<_> = cells.iter().map(|(row, column, _)| (row, column)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 160, "each entry once");
        assert!(cells.iter().all(|(_, _, added)| added.abs() == 3500));
        assert_eq!(planted.draw_all(), (clean, cells), "the same every time");
    }

    #[test]
    fn a_share_in_percent_has_no_rounding() {
        for share in 1..=Planted::SHARES {
            let planted = Planted::new(1, share, 0).expect("inside");
            let text = format!("{:.1}\u{a0}%", 100.0 * planted.share());
            assert_eq!(planted.percent(), text.replace(".0", ""));
        }
    }

    #[test]
    fn nothing_lies_outside_of_the_diagram() {
        assert_eq!(Planted::new(0, 1, 0), None);
        assert_eq!(Planted::new(21, 1, 0), None);
        assert_eq!(Planted::new(1, 0, 0), None);
        assert_eq!(Planted::new(1, 21, 0), None);
        assert_eq!(Planted::new(1, 1, 5), None);
        assert_eq!(Planted::new(20, 20, 4).map(Planted::index), Some(Planted::COUNT - 1));
    }
}
