//! Ticks and the numerals at them.

/// A scale: numbers are multiples of a step, and are written as multiples of a power of ten where they are very small or large.
pub(super) struct Scale {
    step: f64,
    /// Numbers are written in units of 10 to this power.
    power: i32,
    decimals: usize,
}

impl Scale {
    /// A scale of multiples of `step` up to `largest`.
    pub(super) fn new(step: f64, largest: f64) -> Self {
        let size = largest.abs().max(step).log10().floor() as i32;
        let power = if (-3..5).contains(&size) {
            0
        } else {
            3 * size.div_euclid(3)
        };
        let shown = step / 10_f64.powi(power);
        let exact = |decimals: &u8| {
            let scaled = shown * 10_f64.powi(i32::from(*decimals));
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        };
        let decimals = (0..12).find(exact).map_or(3, usize::from);
        Self { step, power, decimals }
    }

    /// The numerals of `multiple` times the step, with U+2212 for minus.
    pub(super) fn plain(&self, multiple: i64) -> String {
        let size = (multiple as f64 * self.step / 10_f64.powi(self.power)).abs();
        let decimals = if multiple == 0 { 0 } else { self.decimals };
        let sign = if multiple < 0 { "\u{2212}" } else { "" };
        format!("{sign}{size:.decimals$}")
    }

    /// As [`Self::plain`], with a plus where it is positive.
    pub(super) fn signed(&self, multiple: i64) -> String {
        let text = self.plain(multiple);
        if multiple > 0 { format!("+{text}") } else { text }
    }

    /// The factor on all numerals, or nothing.
    pub(super) fn unit(&self) -> String {
        match self.power {
            0 => String::new(),
            power => format!("× 10{}", raised(power)),
        }
    }
}

fn raised(power: i32) -> String {
    power
        .to_string()
        .chars()
        .map(|digit| match digit {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            _ => digit
                .to_digit(10)
                .and_then(|digit| char::from_u32(0x2070 + digit))
                .unwrap_or(digit),
        })
        .collect()
}

/// The step from {1, 2, 5}·10ⁿ that cuts a width into at most `most` parts.
pub(super) fn nice_step(width: f64, most: usize) -> f64 {
    let least = width / most.max(1) as f64;
    let power = least.log10().floor();
    // One decade more, because the logarithm may round up to it.
    [power, power + 1.0]
        .into_iter()
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powf(power)))
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(least)
}

/// The multiples of a step between two numbers, ends included.
pub(super) fn multiples(from: f64, to: f64, step: f64) -> std::ops::RangeInclusive<i64> {
    let slack = 1e-9;
    (from / step - slack).ceil() as i64..=(to / step + slack).floor() as i64
}

/// A number of three significant digits, two below 1; far from 1 with a power of ten.
pub(super) fn number(value: f64) -> String {
    let sign = if value < 0.0 { "\u{2212}" } else { "" };
    let size = value.abs();
    let after_first = if size >= 1.0 { 2_u8 } else { 1 };
    let written = format!("{size:.after_first$e}", after_first = usize::from(after_first));
    let (digits, power) = written.split_once('e').unwrap_or((&written, "0"));
    let power: i32 = power.parse().unwrap_or_default();
    match power {
        _ if size == 0.0 => "0".to_owned(),
        -3..=4 => {
            let decimals = usize::try_from(i32::from(after_first) - power).unwrap_or(0);
            format!("{sign}{size:.decimals$}")
        }
        _ => format!("{sign}{digits}·10{}", raised(power)),
    }
}

/// A power of ten, or its double or fivefold: no digit that is 0 behind the point.
pub(super) fn short(value: f64) -> String {
    let power = value.log10().floor();
    if (-3.0..5.0).contains(&power) {
        return format!("{value:.0$}", (-power).max(0.0) as usize);
    }
    let digit = (value / 10_f64.powf(power)).round();
    let raised = raised(power as i32);
    if digit == 1.0 {
        format!("10{raised}")
    } else {
        format!("{digit}·10{raised}")
    }
}

/// As [`number`], with a plus where it is positive.
pub(super) fn signed(value: f64) -> String {
    let text = number(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A share in percent: whole from 1 % on, below with one decimal. The space does not break.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let text = match percent {
        0.0 => "0".to_owned(),
        ..0.1 => "< 0.1".replace(' ', "\u{a0}"),
        ..0.95 => format!("{percent:.1}"),
        _ => format!("{percent:.0}"),
    };
    format!("{text}\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_have_the_decimals_of_their_step() {
        let scale = Scale::new(0.02, 0.07);
        assert_eq!([-3, 0, 1].map(|k| scale.signed(k)), ["\u{2212}0.06", "0", "+0.02"]);
        assert_eq!(scale.unit(), "");
        let scale = Scale::new(5.0, 30.0);
        assert_eq!([-1, 2].map(|k| scale.plain(k)), ["\u{2212}5", "10"]);
        let scale = Scale::new(0.25, 1.0);
        assert_eq!(scale.plain(3), "0.75");
    }

    #[test]
    fn very_small_and_large_numbers_have_a_unit() {
        let scale = Scale::new(2e-6, 7e-6);
        assert_eq!((scale.signed(3), scale.unit()), ("+6".to_owned(), "× 10⁻⁶".to_owned()));
        let scale = Scale::new(5e12, 3e13);
        assert_eq!(
            (scale.plain(-6), scale.unit()),
            ("\u{2212}30".to_owned(), "× 10¹²".to_owned())
        );
    }

    #[test]
    fn steps_are_one_two_or_five() {
        for (width, most, step) in [
            (7.0, 7, 1.0),
            (7.1, 7, 2.0),
            (0.46, 5, 0.1),
            (3e-7, 6, 5e-8),
            (1e30, 5, 2e29),
        ] {
            let found = nice_step(width, most);
            assert!((found / step - 1.0).abs() < 1e-12, "{width} in {most}: {found}");
        }
        assert_eq!(multiples(-0.3, 0.3, 0.1), -3..=3);
    }

    #[test]
    fn numbers_and_shares_in_words() {
        assert_eq!(
            [0.0, 0.02320030, -1.0, 123456.0, -1.92e-5].map(number),
            ["0", "0.023", "\u{2212}1.00", "1.23·10⁵", "\u{2212}1.9·10⁻⁵"]
        );
        assert_eq!(signed(0.0148969), "+0.015");
        assert_eq!(
            [0.0, 0.0002, 0.004, 0.0099, 0.4608].map(percent),
            ["0\u{a0}%", "<\u{a0}0.1\u{a0}%", "0.4\u{a0}%", "1\u{a0}%", "46\u{a0}%"]
        );
    }
}
