//! Numbers near the ends of the range of `f64`: their squares would leave it, so norms are formed in
//! units of a power of two, which loses no digit.

/// The power of two at or below the largest size among finite numbers; 1 when all are 0. For
/// subnormal numbers it is the smallest normal one.
pub(crate) fn power_of_two_below(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let largest = numbers.into_iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if largest == 0.0 {
        1.0
    } else {
        // The bits of the exponent alone.
        f64::from_bits(largest.to_bits() & (0x7ff << 52)).max(f64::MIN_POSITIVE)
    }
}

/// A Euclidean length that may itself be beyond the range: `length · unit`, `unit` a power of two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Length {
    length: f64,
    unit: f64,
}

impl Length {
    /// `√Σx²` of finite numbers.
    pub(crate) fn of(numbers: impl Iterator<Item = f64> + Clone) -> Self {
        let unit = power_of_two_below(numbers.clone());
        let squares = numbers.map(|x| (x / unit) * (x / unit));
        Self {
            length: squares.sum::<f64>().sqrt(),
            unit,
        }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.length == 0.0
    }

    /// The length; infinite where it is beyond the range.
    pub(crate) fn value(self) -> f64 {
        self.length * self.unit
    }

    /// A number of the vector over its length.
    pub(crate) fn divide(self, number: f64) -> f64 {
        number / self.unit / self.length
    }

    /// `self / other`; infinite where that is beyond the range.
    pub(crate) fn over(self, other: Self) -> f64 {
        (self.length / other.length) * (self.unit / other.unit)
    }
}
