//! Numbers with twice the digits: `hi + lo`, where `lo` holds what `hi` lost to rounding.
//!
//! Why: keys of length 10³ give logits near ±10⁶, where neighbouring `f64` lie 10⁻¹⁰ apart, and the
//! softmax of a near tie sees only the difference of two such logits. Error-free transformations
//! keep the lost part (Knuth's sum, Dekker's product, the accurate double-word algorithms of
//! Joldes, Muller and Popescu, ACM TOMS 44, 2017), with about 106 bits instead of 53. No fused multiply-add: WebAssembly has none.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul};

/// The unevaluated sum `hi + lo`, normalised: `hi` is the sum rounded to one `f64`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Pair {
    hi: f64,
    lo: f64,
}

impl Pair {
    pub(crate) const ZERO: Self = Self { hi: 0.0, lo: 0.0 };

    /// A number without a lost part.
    pub(crate) fn new(value: f64) -> Self {
        Self { hi: value, lo: 0.0 }
    }

    /// `hi`, and `lo` unless an intermediate result left the range of `f64` (beyond 10³⁰⁰): then
    /// the plain result is all there is.
    fn guarded(hi: f64, lo: f64) -> Self {
        Self {
            hi,
            lo: if lo.is_finite() { lo } else { 0.0 },
        }
    }

    /// `a + b` without loss.
    pub(crate) fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let b_in_hi = hi - a;
        let a_in_hi = hi - b_in_hi;
        Self::guarded(hi, (a - a_in_hi) + (b - b_in_hi))
    }

    /// `a − b` without loss.
    pub(crate) fn difference(a: f64, b: f64) -> Self {
        Self::sum(a, -b)
    }

    /// `a + b` without loss, where `|a| ≥ |b|` or `a = 0`.
    fn quick_sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        Self::guarded(hi, b - (hi - a))
    }

    /// `a·b` without loss.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        /// Two halves of 26 bits whose products are exact; the factor is 2²⁷ + 1.
        fn halves(x: f64) -> (f64, f64) {
            let stretched = 134_217_729.0 * x;
            let high = stretched - (stretched - x);
            (high, x - high)
        }
        let hi = a * b;
        let (a_high, a_low) = halves(a);
        let (b_high, b_low) = halves(b);
        let lo = ((a_high * b_high - hi) + a_high * b_low + a_low * b_high) + a_low * b_low;
        Self::guarded(hi, lo)
    }

    /// Rounded to one number.
    pub(crate) fn value(self) -> f64 {
        self.hi
    }

    /// `self − other`, rounded to one number, with the digits of the difference right where the
    /// difference itself is small.
    pub(crate) fn minus(self, other: Self) -> f64 {
        // Near a tie the difference of the high parts is exact (Sterbenz), elsewhere it is as right
        // as the result can be.
        (self.hi - other.hi) + (self.lo - other.lo)
    }

    /// The larger of the two.
    pub(crate) fn max(self, other: Self) -> Self {
        if self.partial_cmp(&other) == Some(Ordering::Less) {
            other
        } else {
            self
        }
    }
}

impl Add for Pair {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.hi, other.hi);
        let low = Self::sum(self.lo, other.lo);
        let sum = Self::quick_sum(high.hi, high.lo + low.hi);
        Self::quick_sum(sum.hi, sum.lo + low.lo)
    }
}

impl Mul for Pair {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.hi, other.hi);
        Self::quick_sum(product.hi, product.lo + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Mul<f64> for Pair {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        let product = Self::product(self.hi, factor);
        Self::quick_sum(product.hi, product.lo + self.lo * factor)
    }
}

impl Div<f64> for Pair {
    type Output = Self;

    fn div(self, divisor: f64) -> Self {
        let quotient = self.hi / divisor;
        let product = Self::product(quotient, divisor);
        let rest = (self.hi - product.hi) - product.lo + self.lo;
        Self::quick_sum(quotient, rest / divisor)
    }
}

/// The sum of the numbers, each rounding error carried along: right to the last digit unless huge
/// terms cancel.
pub(crate) fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0, 0.0);
    for term in terms {
        let step = Pair::sum(total, term);
        total = step.hi;
        lost += step.lo;
    }
    total + lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A whole number of at most 53 bits; with these, exact results fit an `i128`.
    fn whole() -> impl Strategy<Value = i64> {
        (-(1_i64 << 53)..=1 << 53, 0..53_u32).prop_map(|(x, shift)| x >> shift)
    }

    /// What a pair of whole numbers stands for.
    fn exactly(pair: Pair) -> i128 {
        pair.hi as i128 + pair.lo as i128
    }

    proptest! {
        #[test]
        fn products_and_sums_lose_nothing(a in whole(), b in whole()) {
            let (x, y) = (a as f64, b as f64);
            prop_assert_eq!(exactly(Pair::product(x, y)), i128::from(a) * i128::from(b));
            prop_assert_eq!(Pair::product(x, y).hi, x * y);
            prop_assert_eq!(exactly(Pair::sum(x, y)), i128::from(a) + i128::from(b));
            prop_assert_eq!(exactly(Pair::difference(x * 8192.0, y)), (i128::from(a) << 13) - i128::from(b));
        }

        #[test]
        fn sums_of_products_keep_106_bits(a in whole(), b in whole(), c in whole(), d in whole()) {
            let sum = Pair::product(a as f64, b as f64) + Pair::product(c as f64, d as f64);
            let exact = i128::from(a) * i128::from(b) + i128::from(c) * i128::from(d);
            prop_assert!((exactly(sum) - exact).abs() <= exact.abs() >> 102);
        }

        #[test]
        fn quotients_and_products_of_pairs_keep_a_hundred_bits(a in whole(), b in whole(), divisor in 1.0..1e6) {
            let pair = Pair::product(a as f64, b as f64) + Pair::new(1.0 / 3.0);
            let back = pair / divisor * divisor;
            prop_assert!((back + pair * -1.0).value().abs() <= pair.value().abs() * 2_f64.powi(-100));
            let square = pair * Pair::new(divisor) + pair * divisor * Pair::new(-1.0);
            prop_assert!(square.value().abs() <= (pair.value() * divisor).abs() * 2_f64.powi(-100));
        }
    }

    #[test]
    fn a_difference_of_near_neighbours_keeps_its_digits() {
        let (a, b) = (Pair::new(1e6) + Pair::new(1e-15), Pair::new(1e6) + Pair::new(3e-15));
        assert!((b.minus(a) / 2e-15 - 1.0).abs() < 1e-12);
        assert_eq!(a.max(b), b);
        assert_eq!(b.max(a), b);
    }

    #[test]
    fn beyond_the_range_of_splitting_the_plain_result_remains() {
        assert_eq!(Pair::product(1e305, 1e-5), Pair::new(1e305 * 1e-5));
        assert!(Pair::product(1e200, 1e200).value().is_infinite());
        assert!(Pair::sum(f64::MAX, f64::MAX).value().is_infinite());
    }

    #[test]
    fn sums_carry_what_rounding_loses() {
        assert_eq!(
            sum([
                1.0, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17
            ]),
            1.0 + 2.0 * 6e-17 + 1e-16
        );
        assert_eq!(sum([1e16, 1.0, -1e16]), 1.0);
        assert_eq!(sum([]), 0.0);
    }
}
