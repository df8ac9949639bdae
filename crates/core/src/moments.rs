//! Mean and variance of finite numbers near the ends of the range of `f64`.

use crate::compensated;
use crate::scale::power_of_two_below;

/// `1/n Σ x` of at least one finite number, never outside the numbers: equal numbers are given back
/// exactly, and the largest ones do not overflow.
pub(crate) fn mean(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let unit = power_of_two_below(numbers.clone());
    let total = compensated::sum(numbers.clone().map(|x| x / unit));
    let (count, least, greatest) = numbers.fold(
        (0_usize, f64::INFINITY, f64::NEG_INFINITY),
        |(n, least, greatest), x| (n + 1, x.min(least), x.max(greatest)),
    );
    (total / count as f64 * unit).max(least).min(greatest)
}

/// `1/n Σ (x − mean)²`: the biased variance; not finite where it is beyond the range of `f64`.
pub(crate) fn variance(numbers: impl Iterator<Item = f64> + Clone, mean: f64) -> f64 {
    let unit = power_of_two_below(numbers.clone().map(|x| x - mean));
    let apart = numbers.map(|x| (x - mean) / unit);
    let n = apart.clone().count() as f64;
    let squares = compensated::sum(apart.clone().map(|x| x * x));
    // What the rounding of the mean has added is taken off again.
    let lost = compensated::sum(apart);
    ((squares - lost * lost / n) / n).max(0.0) * unit * unit
}
