//! How large a figure is made.

use crate::Error;

/// The size of words, in the units of a figure.
pub(crate) const WORD: f64 = 25.0;
/// Height over width.
const ASPECT: f64 = 0.625;

/// Width and size of words of a figure that is made, in CSS pixels. The height follows from the width.
///
/// A figure is laid out in units of which the words are 25 high, so a larger font leaves fewer of them across.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Format {
    width: f64,
    font_size: f64,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            width: 1280.0,
            font_size: WORD,
        }
    }
}

impl Format {
    /// The least and the most that a figure is wide.
    pub const WIDTHS: [f64; 2] = [200.0, 8192.0];
    /// Into how many parts the width is cut by the largest font, and by the smallest one.
    pub const FONTS: [f64; 2] = [36.0, 160.0];

    /// A format.
    ///
    /// # Errors
    /// [`Error::Range`] where the width is not in [`Format::WIDTHS`], or the font not between the width over the largest and
    /// over the smallest of [`Format::FONTS`].
    pub fn new(width: f64, font_size: f64) -> Result<Self, Error> {
        let [least, most] = Self::WIDTHS;
        within("the width in pixels", width, least, most)?;
        let [least, most] = [Self::FONTS[1], Self::FONTS[0]].map(|parts| width / parts);
        within("the font size in pixels", font_size, least, most)?;
        Ok(Self { width, font_size })
    }

    /// Width and height in whole pixels.
    pub fn pixels(&self) -> [u32; 2] {
        [self.width, ASPECT * self.width].map(|side| side.round() as u32)
    }

    /// Width and height in units of the figure.
    pub(crate) fn units(&self) -> [f64; 2] {
        let width = WORD * self.width / self.font_size;
        [width, ASPECT * width]
    }
}

fn within(what: &'static str, value: f64, least: f64, most: f64) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(Error::Range {
            what,
            value,
            least,
            most,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_font_leaves_fewer_units() -> Result<(), Error> {
        assert_eq!(Format::default().units(), [1280.0, 800.0]);
        assert_eq!(Format::new(640.0, 16.0)?.units(), [1000.0, 625.0]);
        assert_eq!(Format::new(640.0, 16.0)?.pixels(), [640, 400]);
        let said = |width, font| Format::new(width, font).expect_err("refused").to_string();
        assert_eq!(
            said(1280.0, 40.0),
            "the font size in pixels is 40: expected 8 to 35.55555555555556"
        );
        assert_eq!(said(f64::NAN, 10.0), "the width in pixels is NaN: expected 200 to 8192");
        Ok(())
    }
}
