//! Numbers as they stand on the picture, and as they are read aloud.
//!
//! Minus is U+2212. The space before % and between thousands is U+00A0: it does not break, and the bundled fonts have no
//! thin space (U+2009).

/// No-break space.
const SPACE: char = '\u{a0}';
const MINUS: char = '−';
const SUPERSCRIPT_MINUS: char = '⁻';
const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
const SUBSCRIPTS: [char; 10] = ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉'];

/// A number with three significant digits, two below 1; below 10⁻³ and from 10⁵ on with a power of ten. "0" only for 0.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let text = if let Some(word) = word(value) {
        return word;
    } else if !(1e-3..1e5).contains(&size) {
        power(size, 1)
    } else if size >= 1000.0 {
        count(size.round() as usize)
    } else {
        let after_first = if size >= 1.0 { 2_u8 } else { 1 };
        let (_, exponent) = scientific(size, usize::from(after_first));
        let decimals = usize::try_from(i32::from(after_first) - exponent).unwrap_or_default();
        format!("{size:.decimals$}")
    };
    with_minus(value, &text)
}

/// A whole number in full, with a space between thousands from 10 000 on.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 2);
    for (index, digit) in digits.chars().enumerate() {
        if digits.len() > 4 && index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(SPACE);
        }
        text.push(digit);
    }
    text
}

/// As [`number`], without zeros at the end of its decimals: "8", not "8.00".
pub fn short(value: f64) -> String {
    let text = number(value);
    if text.contains('.') && !text.contains('·') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// As [`number`], with a plus where it is positive.
pub fn signed(value: f64) -> String {
    let text = number(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// e to the `ln`, a ratio: one decimal from 0.2 to 10, else as [`number`]; what is beyond the range of numbers is a power of
/// ten.
pub fn ratio(ln: f64) -> String {
    let ratio = ln.exp();
    if ln.is_nan() || ln.is_infinite() {
        number(ratio)
    } else if !ratio.is_normal() {
        power_of_ten(ln / std::f64::consts::LN_10)
    } else if (0.195..9.95).contains(&ratio) {
        format!("{ratio:.1}")
    } else {
        number(ratio)
    }
}

/// Ten with a whole exponent, as in "10⁻³".
pub fn power_of_ten(exponent: f64) -> String {
    let digits = format!("{:.0}", exponent.abs());
    let minus = (exponent < 0.0).then_some(SUPERSCRIPT_MINUS);
    let raised = digits.chars().map(|digit| replaced(digit, &SUPERSCRIPTS));
    format!("10{}", minus.into_iter().chain(raised).collect::<String>())
}

/// A coordinate: two decimals, so that a column of them can be compared; as [`number`] from 1000 on.
pub fn coordinate(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1000.0 {
        return number(value);
    }
    let text = format!("{:.2}", value.abs());
    if text == "0.00" { text } else { with_minus(value, &text) }
}

/// A share (0 to 1) in percent for the picture: whole from 1 % on, below with one decimal, "< 0.1 %" for less that is not 0.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let size = percent.abs();
    let text = if let Some(word) = word(percent) {
        word
    } else if size >= 0.95 {
        with_minus(percent, &format!("{size:.0}"))
    } else if size >= 0.05 {
        with_minus(percent, &format!("{size:.1}"))
    } else {
        format!("<{SPACE}0.1")
    };
    format!("{text}{SPACE}%")
}

/// A share (0 to 1) in percent for tables: two significant digits.
pub fn percent_fine(share: f64) -> String {
    let percent = share * 100.0;
    let size = percent.abs();
    let text = if !size.is_finite() || size < 0.995 {
        number(percent)
    } else {
        let decimals = usize::from(size < 9.95);
        with_minus(percent, &format!("{size:.decimals$}"))
    };
    format!("{text}{SPACE}%")
}

/// A residual: one digit and a power of ten, as in "3·10⁻¹⁶"; plain from 0.01 on; "0" exactly when it is 0.
pub fn residual(value: f64) -> String {
    let size = value.abs();
    if !size.is_finite() || size == 0.0 || size >= 0.01 {
        number(value)
    } else {
        with_minus(value, &power(size, 0))
    }
}

/// A label with an index counted from 1, as in "k₃" for `("k", 3)`.
pub fn subscripted(letter: &str, index: usize) -> String {
    let digits = index.to_string();
    letter
        .chars()
        .chain(digits.chars().map(|digit| replaced(digit, &SUBSCRIPTS)))
        .collect()
}

/// A text of this module, or a sentence with such texts, as it is read aloud: "−0.45" is "minus 0.45", "21 %" is
/// "21 percent", "3·10⁻¹⁶" is "3 times 10 to the minus 16".
pub fn spoken(text: &str) -> String {
    let mut spoken = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    let mut in_power = false;
    while let Some(c) = rest.next() {
        let digit = position(c, &SUPERSCRIPTS).or_else(|| position(c, &SUBSCRIPTS));
        let is_raised = c == SUPERSCRIPT_MINUS || SUPERSCRIPTS.contains(&c);
        if is_raised && !in_power {
            spoken.push_str(" to the ");
        }
        in_power = is_raised;
        // A subscript is an index: "k₃" is "k 3".
        if SUBSCRIPTS.contains(&c) && spoken.ends_with(char::is_alphabetic) {
            spoken.push(' ');
        }
        match (c, digit) {
            (_, Some(digit)) => spoken.push(digit),
            (MINUS | SUPERSCRIPT_MINUS, None) => spoken.push_str("minus "),
            ('+', None) => spoken.push_str("plus "),
            ('<', None) => spoken.push_str("less than"),
            ('·', None) => spoken.push_str(" times "),
            // Between thousands there is nothing to say.
            (SPACE, None)
                if rest.peek().is_some_and(char::is_ascii_digit) && spoken.ends_with(|c: char| c.is_ascii_digit()) => {}
            (SPACE, None) => spoken.push(' '),
            ('%', None) => spoken.push_str("percent"),
            (other, None) => spoken.push(other),
        }
    }
    spoken
}

/// What stands for 0 and for what has no digits.
fn word(value: f64) -> Option<String> {
    if value.is_nan() {
        Some("not a number".to_owned())
    } else if value.is_infinite() {
        Some(with_minus(value, "∞"))
    } else {
        (value == 0.0).then(|| "0".to_owned())
    }
}

fn with_minus(value: f64, size: &str) -> String {
    if value < 0.0 {
        format!("{MINUS}{size}")
    } else {
        size.to_owned()
    }
}

/// Mantissa with this many decimals, and exponent, of a positive number, after rounding.
fn scientific(size: f64, decimals: usize) -> (String, i32) {
    let text = format!("{size:.decimals$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or_default())
}

fn power(size: f64, decimals: usize) -> String {
    let (mantissa, power) = scientific(size, decimals);
    format!("{mantissa}·{}", power_of_ten(f64::from(power)))
}

/// The raised or lowered form of a digit.
fn replaced(digit: char, forms: &[char; 10]) -> char {
    let index = digit.to_digit(10).and_then(|index| forms.get(index as usize));
    index.copied().unwrap_or(digit)
}

/// The digit that this is the raised or lowered form of.
fn position(form: char, forms: &[char; 10]) -> Option<char> {
    let index = forms.iter().position(|other| *other == form)?;
    char::from_digit(index as u32, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With ordinary spaces, so that the expected texts can be read.
    fn plain(text: &str) -> String {
        text.replace(SPACE, " ")
    }

    #[test]
    fn numbers_have_two_to_three_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (std::f64::consts::SQRT_2, "1.41"),
            (9.996, "10.0"),
            (12.345, "12.3"),
            (-123.4, "−123"),
            (999.9, "1000"),
            (1234.5, "1235"),
            (9999.9, "10 000"),
            (32768.0, "32 768"),
            (123456.0, "1.2·10⁵"),
            (0.074, "0.074"),
            (-0.45, "−0.45"),
            (0.9996, "1.0"),
            (0.00372, "0.0037"),
            (0.000372, "3.7·10⁻⁴"),
            (f64::NAN, "not a number"),
            (f64::NEG_INFINITY, "−∞"),
        ] {
            assert_eq!(plain(&number(value)), text, "{value}");
        }
        assert_eq!(signed(0.0149), "+0.015");
        assert_eq!(signed(-0.0149), "−0.015");
        assert_eq!(signed(0.0), "0");
    }

    #[test]
    fn ratios_are_known_by_their_logarithm() {
        for (ln, text) in [
            (2.267_f64.ln(), "2.3"),
            (0.4666_f64.ln(), "0.5"),
            (0.0, "1.0"),
            (0.1234_f64.ln(), "0.12"),
            (9.949_f64.ln(), "9.9"),
            (9.951_f64.ln(), "9.95"),
            (41.13_f64.ln(), "41.1"),
            (2e6_f64.ln(), "2.0·10⁶"),
            (-800.0, "10⁻³⁴⁷"),
            (350_000.0, "10¹⁵²⁰⁰³"),
            (f64::NEG_INFINITY, "0"),
            (f64::NAN, "not a number"),
        ] {
            assert_eq!(plain(&ratio(ln)), text, "{ln}");
        }
    }

    #[test]
    fn shares_are_percents() {
        for (share, picture, table) in [
            (0.2112, "21 %", "21 %"),
            (0.0917, "9 %", "9.2 %"),
            (0.0255, "3 %", "2.5 %"),
            (0.00999, "1 %", "1.0 %"),
            (0.0096, "1 %", "0.96 %"),
            (0.004, "0.4 %", "0.40 %"),
            (0.0001, "< 0.1 %", "0.010 %"),
            (1e-9, "< 0.1 %", "1.0·10⁻⁷ %"),
            (0.0, "0 %", "0 %"),
            (1.0, "100 %", "100 %"),
            (0.9999, "100 %", "100 %"),
            (0.0996, "10 %", "10 %"),
        ] {
            assert_eq!(plain(&percent(share)), picture, "{share}");
            assert_eq!(plain(&percent_fine(share)), table, "{share}");
        }
    }

    #[test]
    fn residuals_are_one_digit_and_a_power() {
        assert_eq!(residual(3e-16), "3·10⁻¹⁶");
        assert_eq!(residual(9.6e-17), "1·10⁻¹⁶");
        assert_eq!(residual(0.0), "0");
        assert_eq!(residual(0.25), "0.25");
        assert_eq!(residual(f64::NAN), "not a number");
    }

    #[test]
    fn coordinates_line_up() {
        assert_eq!(coordinate(-1.1), "−1.10");
        assert_eq!(coordinate(-0.001), "0.00");
        assert_eq!(coordinate(2.0), "2.00");
        assert_eq!(plain(&coordinate(-1500.0)), "−1500");
    }

    #[test]
    fn spoken_texts_have_no_signs() {
        for (text, expected) in [
            (coordinate(-0.45), "minus 0.45"),
            (percent(0.09), "9 percent"),
            (percent(0.0001), "less than 0.1 percent"),
            (signed(0.074), "plus 0.074"),
            (residual(3e-16), "3 times 10 to the minus 16"),
            (number(32768.0), "32768"),
            (subscripted("k", 12), "k 12"),
            (
                format!("The query gives {} to k₅.", percent(0.2112)),
                "The query gives 21 percent to k 5.",
            ),
        ] {
            assert_eq!(spoken(&text), expected);
        }
    }

    /// The code points of the canvas fonts, so that no text here draws as a box.
    #[test]
    fn every_character_is_in_the_bundled_fonts() {
        let in_fonts = |c: char| {
            matches!(
                u32::from(c),
                0x20..=0x7e | 0xa0..=0x17f | 0x2010..=0x2027 | 0x2070..=0x208e | 0x2212 | 0x221e
            )
        };
        for value in [
            0.0,
            -1e-300,
            3.4e-5,
            -0.5,
            7e2,
            32768.0,
            1.2e87,
            f64::NAN,
            f64::INFINITY,
        ] {
            for text in [
                number(value),
                signed(value),
                coordinate(value),
                percent(value),
                percent_fine(value),
                residual(value),
            ] {
                assert!(text.chars().all(in_fonts), "{text}");
            }
        }
        assert!(subscripted("k", 1234567890).chars().all(in_fonts));
    }
}
