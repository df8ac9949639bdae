//! Numbers near the ends of the range of `f64`: their squares would leave it, so norms are formed in
//! units of a power of two, which loses no digit.

/// The power of two at or below the largest size among finite numbers; 1 when all are 0. For
/// subnormal numbers it is the smallest normal one.
pub(crate) fn power_of_two_below(numbers: impl IntoIterator<Item = f64>) -> f64 {
    // The bits of a size are in the order of the sizes, and are compared faster.
    let sizes = numbers.into_iter().map(|x| x.abs().to_bits());
    match sizes.max() {
        None | Some(0) => 1.0,
        // The bits of the exponent alone.
        Some(largest) => f64::from_bits(largest & (0x7ff << 52)).max(f64::MIN_POSITIVE),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_two() {
        let unit = |x: f64| power_of_two_below([0.0, -x]);
        assert_eq!(
            [1.0, 1.99, 2.0, 0.75, f64::MAX, 1e-320].map(unit),
            [1.0, 1.0, 2.0, 0.5, 2_f64.powi(1023), f64::MIN_POSITIVE]
        );
        assert_eq!(power_of_two_below([0.0, -0.0]), 1.0);
        assert_eq!(power_of_two_below([]), 1.0);
    }

    #[test]
    fn lengths_do_not_leave_the_range_on_the_way() {
        for size in [1e-320, 1e-300, 1.0, 1e300] {
            let length = Length::of([3.0 * size, -4.0 * size].into_iter());
            assert!((length.value() / size / 5.0 - 1.0).abs() <= 1e-3_f64.min(1e-15 + 1e-323 / size));
            assert!(!length.is_zero());
        }
        let (large, small) = (Length::of([1e300].into_iter()), Length::of([1e-300].into_iter()));
        assert_eq!(large.over(small), f64::INFINITY);
        assert_eq!(small.over(large), 0.0);
        assert_eq!(large.over(large), 1.0);
        assert!(Length::of([0.0].into_iter()).is_zero());
    }
}
