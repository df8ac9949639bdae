//! Wrong entries of the keys, as values: what was added to which entry. The keys without them are the clean ones.
//!
//! A plane of keys has two entries a key, and nothing in it is sparse. So it is lifted: `M = X Eᵀ` with a fixed orthonormal
//! frame `E` of two columns in [`LIFTED_DIM`] dimensions. Dot products stay, hence attention and the board; but a wrong entry of
//! M is one of many. What it does to the token on the board is its projection `δE`.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::planted::signed;
use super::scene::{Key, Origin, Source};

/// Dimensions of a lifted plane.
pub const LIFTED_DIM: usize = 32;

/// Most wrong entries of a scene.
pub const MAX_CELLS: usize = 8192;

/// Steps of what is added, in one unit of a coordinate. A thousand, so that decimal numbers of a lesson are exact.
const STEPS_PER_UNIT: f64 = 1000.0;

/// What was added to which entry of which key; an entry to which nothing was added is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corruption(BTreeMap<(u16, u16), i16>);

impl Corruption {
    /// The wrong entries that a source comes with.
    pub fn of(source: &Source) -> Self {
        match source {
            Source::Preset(id) => id.preset().wrong.iter().copied().collect(),
            Source::Planted(planted) => planted.draw_all().1.into_iter().collect(),
            Source::File(_) | Source::Text(_) | Source::Blank => Self::default(),
        }
    }

    /// The wrong entries that a source comes with, on these keys: its rows take theirs with them.
    pub(super) fn of_keys(source: &Source, keys: &[Key]) -> Self {
        let places: BTreeMap<u16, u16> = std::iter::zip(0.., keys)
            .filter_map(|(place, key)| match key.origin {
                Origin::Row(row) => Some((row, place)),
                Origin::Added => None,
            })
            .collect();
        let own = Self::of(source).0;
        let cells = own.into_iter();
        Self(
            cells
                .filter_map(|((row, column), steps)| Some(((*places.get(&row)?, column), steps)))
                .collect(),
        )
    }

    /// How many entries are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every entry is clean.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was added to an entry, in thousandths.
    pub fn steps(&self, key: usize, column: usize) -> i16 {
        let place = u16::try_from(key).ok().zip(u16::try_from(column).ok());
        place.and_then(|place| self.0.get(&place).copied()).unwrap_or(0)
    }

    /// Says what was added to an entry, in thousandths; 0 makes it clean. `i16::MIN` is taken as the edge.
    pub fn set(&mut self, key: u16, column: u16, steps: i16) {
        if steps == 0 {
            self.0.remove(&(key, column));
        } else {
            self.0.insert((key, column), steps.max(-i16::MAX));
        }
    }

    /// Wrong entries in the order of key and column, each with what was added to it, in thousandths.
    pub fn cells(&self) -> impl Iterator<Item = (usize, usize, i16)> {
        self.0
            .iter()
            .map(|((key, column), steps)| (usize::from(*key), usize::from(*column), *steps))
    }

    /// The wrong entries of a key: column, what was added, in units.
    pub fn of_key(&self, key: usize) -> impl Iterator<Item = (usize, f64)> {
        let key = u16::try_from(key).ok();
        let range = key.map(|key| self.0.range((key, 0)..=(key, u16::MAX)));
        range
            .into_iter()
            .flatten()
            .map(|((_, column), steps)| (usize::from(*column), units(*steps)))
    }

    /// Whether a key has a wrong entry.
    pub fn touches(&self, key: usize) -> bool {
        self.of_key(key).next().is_some()
    }

    /// Makes the entries of a key clean.
    pub fn heal_key(&mut self, key: usize) {
        self.0.retain(|(other, _), _| usize::from(*other) != key);
    }

    /// Takes a key out of the list; those behind it move up.
    pub(super) fn remove_key(&mut self, key: usize) {
        if self.0.is_empty() {
            return;
        }
        let cells = std::mem::take(&mut self.0);
        self.0 = cells
            .into_iter()
            .filter(|((other, _), _)| usize::from(*other) != key)
            .map(|((other, column), steps)| ((other - u16::from(usize::from(other) > key), column), steps))
            .collect();
    }

    /// Leaves out what is beyond these keys and columns, and beyond [`MAX_CELLS`]; how many were left out.
    pub(super) fn clamp(&mut self, keys: usize, columns: usize) -> usize {
        let before = self.0.len();
        let mut kept = 0;
        self.0.retain(|(key, column), _| {
            let inside = usize::from(*key) < keys && usize::from(*column) < columns && kept < MAX_CELLS;
            kept += usize::from(inside);
            inside
        });
        before - self.0.len()
    }
}

impl FromIterator<(u16, u16, i16)> for Corruption {
    fn from_iter<T: IntoIterator<Item = (u16, u16, i16)>>(cells: T) -> Self {
        let mut corruption = Self::default();
        for (key, column, steps) in cells {
            corruption.set(key, column, steps);
        }
        corruption
    }
}

/// Thousandths as units.
pub fn units(steps: i16) -> f64 {
    f64::from(steps) / STEPS_PER_UNIT
}

/// Units as the nearest thousandths, saturated; what is not a number is 0.
pub fn steps(units: f64) -> i16 {
    ((units * STEPS_PER_UNIT).round() as i16).max(-i16::MAX)
}

/// The space in which the keys of a plane are corrupted and taken apart. Keys of more than two dimensions are used as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lift {
    /// The plane itself.
    Plane,
    /// [`LIFTED_DIM`] dimensions, in the frame of this seed.
    Lifted {
        /// Seed of the frame.
        seed: u32,
    },
}

impl Default for Lift {
    fn default() -> Self {
        Self::Lifted { seed: 1 }
    }
}

impl Lift {
    /// The space that a source asks for.
    pub fn of(source: &Source) -> Self {
        match source {
            Source::Preset(id) if id.preset().robust.plane => Self::Plane,
            _ => Self::default(),
        }
    }

    /// Entries of a key of `dim` dimensions.
    pub fn columns(self, dim: usize) -> usize {
        match self {
            Self::Lifted { .. } if dim <= 2 => LIFTED_DIM,
            _ => dim,
        }
    }

    /// `E`, [`LIFTED_DIM`]×`dim` with orthonormal columns; none where keys are used as they are.
    pub fn frame(self, dim: usize) -> Option<DMatrix<f64>> {
        match self {
            Self::Lifted { seed } if (1..=2).contains(&dim) => Some(frame(seed).columns(0, dim).into_owned()),
            _ => None,
        }
    }
}

/// Two orthonormal columns from uniform numbers, by Gram and Schmidt (twice, so that they are orthogonal to the last digit).
fn frame(seed: u32) -> DMatrix<f64> {
    let mut key = [0_u8; 32];
    key[..4].copy_from_slice(&seed.to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    let column = |rng: &mut ChaCha8Rng| -> Vec<f64> { (0..LIFTED_DIM).map(|_| signed(rng)).collect() };
    let dot = |a: &[f64], b: &[f64]| std::iter::zip(a, b).map(|(a, b)| a * b).sum::<f64>();
    let unit = |column: &mut Vec<f64>| {
        let length = dot(column, column).sqrt();
        for entry in column.iter_mut() {
            *entry /= length;
        }
    };
    let mut first = column(&mut rng);
    unit(&mut first);
    let mut second = column(&mut rng);
    for _ in 0..2 {
        let along = dot(&first, &second);
        for (entry, of_first) in std::iter::zip(&mut second, &first) {
            *entry -= along * of_first;
        }
        unit(&mut second);
    }
    DMatrix::from_iterator(LIFTED_DIM, 2, first.into_iter().chain(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_orthonormal_and_spread_out() {
        for seed in [0, 1, 2, u32::MAX] {
            let frame = frame(seed);
            let gram = frame.transpose() * &frame;
            assert!((gram - DMatrix::identity(2, 2)).amax() < 1e-15, "seed {seed}");
            assert!(frame.amax() < 0.5, "seed {seed}: no entry holds a direction");
        }
        assert_ne!(frame(1), frame(2));
    }

    #[test]
    fn a_key_that_goes_takes_its_wrong_entries_with_it() {
        let mut corruption: Corruption = [(1, 0, 10), (2, 3, -20), (5, 1, 30)].into_iter().collect();
        corruption.remove_key(2);
        let cells: Vec<_> = corruption.cells().collect();
        assert_eq!(cells, [(1, 0, 10), (4, 1, 30)]);
        assert!(corruption.touches(4) && !corruption.touches(2));
        assert_eq!(corruption.clamp(3, 9), 1);
        assert_eq!(corruption.len(), 1);
    }

    #[test]
    fn decimal_numbers_are_exact_and_nothing_leaves_the_range() {
        assert_eq!(units(steps(-1.9)), -1.9);
        assert_eq!(units(steps(3.5)), 3.5);
        assert_eq!(steps(f64::NAN), 0);
        assert_eq!(steps(1e300), i16::MAX);
        assert_eq!(steps(-1e300), -i16::MAX);
    }
}
