//! `2^x` for weights, in a form that a compiler makes vector instructions of.

use std::f32::consts::LN_2;

/// The coefficients of `2^f = 1 + f·(C₀ + f·(C₁ + …))` on [−½, ½] with the least relative error, 2e-9.
const C: [f32; 6] = [LN_2, 0.24022648, 0.055503324, 0.009618437, 0.0013398875, 0.00015353362];

/// Added to a number below 2²² and taken off again, it rounds to a whole one: 1.5·2²³. Between, that whole number stands
/// in the low bits.
const ROUNDS: f32 = 12_582_912.0;

/// Powers below `2^LEAST` are given as 0: too little to be seen beside the weight 1, and well above the numbers that
/// processors are slow with.
const LEAST: f32 = -100.0;

/// `2^x` for x up to 127, within 1.5 units in the last place; 0 for x below −100; NaN for NaN.
#[expect(clippy::inline_always, reason = "compiled anew for each set of instructions")]
#[inline(always)]
pub(super) fn exp2(x: f32) -> f32 {
    // In this order NaN stays NaN. 2⁻¹²⁷ is written with the bits of 0.
    let x = if x < LEAST { -127.0 } else { x };
    let rounded = x + ROUNDS;
    let f = x - (rounded - ROUNDS);
    let [c0, c1, c2, c3, c4, c5] = C;
    let mantissa = (((((c5 * f + c4) * f + c3) * f + c2) * f + c1) * f + c0) * f + 1.0;
    // Multiplied, not added to the exponent, so that NaN stays NaN here too.
    mantissa * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_right_to_the_last_digits() {
        let mut largest = 0.0_f64;
        let steps = 4_000_000;
        for step in 0..=steps {
            let x = -100.0 + 108.0 * step as f32 / steps as f32;
            let exact = f64::from(x).exp2();
            let unit = f64::from(f32::from_bits((exact as f32).to_bits() + 1)) - f64::from(exact as f32);
            largest = largest.max((f64::from(exp2(x)) - exact).abs() / unit);
        }
        assert!(largest < 1.5, "{largest} units in the last place");
    }

    #[test]
    fn the_edges_are_exact() {
        for whole in -100..=127 {
            assert_eq!(exp2(whole as f32), 2_f32.powi(whole));
        }
        for nothing in [-100.1, -127.0, -1e30, f32::MIN, f32::NEG_INFINITY] {
            assert_eq!(exp2(nothing), 0.0);
        }
        assert!(exp2(f32::NAN).is_nan());
        assert!(exp2(-f32::NAN).is_nan());
        assert_eq!(exp2(-0.0), 1.0);
    }
}
