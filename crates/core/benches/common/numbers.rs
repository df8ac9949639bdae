//! The numbers that all benches work on.

/// Numbers that look normal enough, the same in every run: a sum of twelve steps of a linear
/// congruential generator.
pub(crate) fn normal_enough() -> impl FnMut() -> f64 {
    let mut state: u64 = 1;
    move || {
        (0..12).fold(-6.0, |sum, _| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            sum + (state >> 11) as f64 / (1_u64 << 53) as f64
        })
    }
}
