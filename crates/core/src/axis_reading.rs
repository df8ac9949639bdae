//! What an axis is about, read from the entries of its unit eigenvector: whether it belongs to one
//! key, and whether it tells two groups of keys apart; each with what it is at most, or by chance.

use nalgebra::DMatrix;

use crate::compensated;
use crate::error::{Bound, Error, check_finite, entries};
use crate::order::sorted_by;

/// The key to which an axis belongs most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AxisOwner {
    /// The key with the entry of largest size, the first of several.
    pub key: usize,
    /// `max_j |e_j|`.
    pub entry: f64,
    /// The smallest and the largest size of the other entries; zeros where there is none.
    pub others: [f64; 2],
}

/// The owner of the axis with these entries; `None` without entries.
///
/// ```
/// let owner = eigenlens_core::axis_owner(&[0.3, -0.9, 0.1]).expect("three entries");
/// assert_eq!((owner.key, owner.entry, owner.others), (1, 0.9, [0.1, 0.3]));
/// ```
pub fn axis_owner(axis: &[f64]) -> Option<AxisOwner> {
    let larger = |a: (usize, f64), b: (usize, f64)| if b.1 > a.1 { b } else { a };
    let sizes = || axis.iter().map(|entry| entry.abs()).enumerate();
    let (key, entry) = sizes().reduce(larger)?;
    let others = sizes().filter(|(other, _)| *other != key).map(|(_, size)| size);
    let range = others.fold(None, |range: Option<[f64; 2]>, size| {
        let [least, most] = range.unwrap_or([size, size]);
        Some([least.min(size), most.max(size)])
    });
    Some(AxisOwner {
        key,
        entry,
        others: range.unwrap_or_default(),
    })
}

/// The largest entry that a unit vector over N keys can have whose entries sum to 0, as those of a
/// centred axis do: `√((N − 1)/N)`, with all others `1/√(N(N − 1))`; 0 for one key and for none.
pub fn largest_centred_entry(n_keys: usize) -> f64 {
    let n = n_keys.max(1) as f64;
    ((n - 1.0) / n).sqrt()
}

/// The median of the cosines between the features of different keys `N×D`, `cos(i, j) =
/// k(k_i, k_j)/√(k(k_i, k_i) k(k_j, k_j)) = exp(−‖k_i − k_j‖²/(2τ))`: the same for the exponential
/// kernel, for the Gaussian one, and for either scaled by `1/(g g)`. `None` for a single key.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::NotFinite`] for the keys; [`Error::OutOfBounds`] for the
/// temperature.
pub fn median_cosine(keys: &DMatrix<f64>, temperature: f64) -> Result<Option<f64>, Error> {
    if keys.nrows() == 0 {
        return Err(Error::NoTokens { what: "keys" });
    }
    check_finite("key", entries(keys))?;
    if !(temperature.is_finite() && temperature > 0.0) {
        return Err(Error::OutOfBounds {
            what: "the temperature",
            value: temperature,
            bound: Bound::Positive,
        });
    }
    let cosine = |i: usize, j: usize| {
        let difference = keys.row(i) - keys.row(j);
        let square = compensated::sum(difference.iter().map(|d| d * d));
        (-square / (2.0 * temperature)).exp()
    };
    let pairs = (0..keys.nrows()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let cosines: Vec<f64> = pairs.map(|(i, j)| cosine(i, j)).collect();
    Ok(median(&cosines))
}

/// The middle one of some numbers, the mean of the two in the middle of an even number of them.
pub fn median(numbers: &[f64]) -> Option<f64> {
    let sorted = sorted_by(numbers, &f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(half.checked_sub(1)?)?;
    Some(lower + (upper - lower) / 2.0)
}

/// How well an axis tells one group of keys from another by its entries: the share of pairs, one of
/// each group, whose entries are in the order that most are in; a tie is half a pair. It is `U/(n
/// m)` of Mann and Whitney, or 1 less it, so from ½ (one group lies within the other) to 1 (every
/// entry of one group is above every entry of the other); the sign of the axis is free. `None` where
/// a group is empty.
///
/// ```
/// use eigenlens_core::separation;
/// assert_eq!(separation(&[0.1, 0.2], &[-0.3, 0.0, 0.05]), Some(1.0));
/// assert_eq!(separation(&[0.1, -0.2], &[0.0]), Some(0.5));
/// ```
pub fn separation(one: &[f64], other: &[f64]) -> Option<f64> {
    let pairs = one.len() * other.len();
    if pairs == 0 {
        return None;
    }
    // Twice the number of pairs, so that a tie is whole and the counts are exact.
    let twice = |a: &f64| -> usize {
        let of_pair = |b: &f64| 2 * usize::from(a > b) + usize::from(a == b);
        other.iter().map(of_pair).sum()
    };
    let above: usize = one.iter().map(twice).sum();
    Some(above.max(2 * pairs - above) as f64 / (2 * pairs) as f64)
}

/// The probability that an axis tells n keys from m others without an error, [`separation`] 1, if
/// every order of its entries is as likely: `2/C(n + m, n)`, two orders of the groups among all;
/// 1 where a group is empty.
pub fn separation_by_chance(one: usize, other: usize) -> f64 {
    let (few, many) = (one.min(other), one.max(other));
    if few == 0 {
        return 1.0;
    }
    let ratios = (1..=few).map(|i| i as f64 / (many + i) as f64);
    2.0 * ratios.product::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_the_first_of_the_largest() {
        let owner = axis_owner(&[0.5, -0.5, 0.5, 0.5]).expect("entries");
        assert_eq!((owner.key, owner.entry, owner.others), (0, 0.5, [0.5, 0.5]));
        let alone = axis_owner(&[-1.0]).expect("an entry");
        assert_eq!((alone.key, alone.entry, alone.others), (0, 1.0, [0.0, 0.0]));
        assert_eq!(axis_owner(&[]), None);
    }

    #[test]
    fn the_largest_centred_entry_is_reached_and_never_passed() {
        for n in 2..40_usize {
            let bound = largest_centred_entry(n);
            // One key against all others: e = (1, −1/(n − 1), …), made a unit vector.
            let other = -1.0 / (n as f64 - 1.0);
            let length = (1.0 + (n as f64 - 1.0) * other * other).sqrt();
            assert!((1.0 / length - bound).abs() < 1e-15, "{n}");
            // Any other centred vector stays below it.
            let wave: Vec<f64> = (0..n).map(|j| ((j * j + 1) as f64).sin()).collect();
            let mean = wave.iter().sum::<f64>() / n as f64;
            let centred: Vec<f64> = wave.iter().map(|x| x - mean).collect();
            let length = centred.iter().map(|x| x * x).sum::<f64>().sqrt();
            let most = centred.iter().fold(0.0, |most: f64, x| most.max(x.abs())) / length;
            assert!(most <= bound * (1.0 + 1e-15), "{n}: {most} is above {bound}");
        }
        assert_eq!((largest_centred_entry(0), largest_centred_entry(1)), (0.0, 0.0));
    }

    #[test]
    fn cosines_in_feature_space_are_those_of_the_gram_matrix() {
        use crate::{Centring, Kernel, KernelPca};
        let keys = DMatrix::from_row_slice(4, 2, &[0.3, 1.0, -0.5, 0.2, 1.4, -0.7, 0.0, 0.9]);
        for temperature in [0.6, 2.0_f64.sqrt()] {
            for kernel in [Kernel::Exponential { temperature }, Kernel::Gaussian { temperature }] {
                let pca = KernelPca::new(&keys, kernel, Centring::Centred).expect("keys that differ");
                let gram = pca.gram();
                let mut cosines = Vec::new();
                for i in 0..4 {
                    for j in 0..i {
                        cosines.push(gram[(i, j)] / (gram[(i, i)] * gram[(j, j)]).sqrt());
                    }
                }
                cosines.sort_by(f64::total_cmp);
                let expected = 0.5 * (cosines[2] + cosines[3]);
                let median = median_cosine(&keys, temperature).expect("finite").expect("pairs");
                assert!((median - expected).abs() < 1e-15, "{median} is not {expected}");
            }
        }
    }

    #[test]
    fn what_has_no_cosine_says_why() {
        let one = DMatrix::from_row_slice(1, 2, &[1.0, 2.0]);
        assert!(matches!(median_cosine(&one, 1.0), Ok(None)));
        let far = DMatrix::from_row_slice(2, 1, &[1e200, -1e200]);
        assert!(matches!(median_cosine(&far, 1.0), Ok(Some(cosine)) if cosine == 0.0));
        assert!(matches!(
            median_cosine(&DMatrix::zeros(0, 2), 1.0),
            Err(Error::NoTokens { .. })
        ));
        assert!(matches!(median_cosine(&one, f64::NAN), Err(Error::OutOfBounds { .. })));
        let nan = DMatrix::from_row_slice(1, 1, &[f64::NAN]);
        assert!(matches!(median_cosine(&nan, 1.0), Err(Error::NotFinite { .. })));
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX), "no sum overflows");
    }

    #[test]
    fn separation_counts_pairs_and_ties() {
        // 6 pairs: 1 > −1, 1 > 0, 1 < 2, 0 > −1, 0 = 0, 0 < 2.
        assert_eq!(separation(&[1.0, 0.0], &[-1.0, 0.0, 2.0]), Some(3.5 / 6.0));
        let (one, other) = ([0.4, 0.1, 0.2], [0.3, -0.2]);
        let turned = |axis: &[f64]| -> Vec<f64> { axis.iter().map(|x| -x).collect() };
        assert_eq!(
            separation(&one, &other),
            separation(&turned(&one), &turned(&other)),
            "the sign is free"
        );
        assert_eq!(separation(&one, &other), separation(&other, &one));
        assert_eq!(separation(&[], &other), None);
    }

    #[test]
    fn chance_is_the_share_of_orders_that_separate() {
        /// Every subset of `n` places of `total`: the places of one group in the order of the entries.
        fn share(n: usize, total: usize) -> f64 {
            let (mut hits, mut all) = (0, 0);
            for places in 0..1_u32 << total {
                if places.count_ones() as usize != n {
                    continue;
                }
                all += 1;
                let entries = |own: bool| -> Vec<f64> {
                    let of = (0..total).filter(|place| (places >> place & 1 == 1) == own);
                    of.map(|place| place as f64).collect()
                };
                hits += usize::from(separation(&entries(true), &entries(false)) == Some(1.0));
            }
            f64::from(hits as u32) / f64::from(all as u32)
        }
        for (one, other) in [(1, 3), (2, 2), (3, 4), (6, 7), (7, 6)] {
            let (ours, counted) = (separation_by_chance(one, other), share(one, one + other));
            assert!(
                (ours - counted).abs() < 1e-15,
                "{one}, {other}: {ours} is not {counted}"
            );
        }
        assert_eq!(separation_by_chance(0, 5), 1.0);
        assert!(separation_by_chance(17, 35) > 0.0, "a small number and no zero");
    }
}
