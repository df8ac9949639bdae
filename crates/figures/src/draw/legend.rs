//! What colours, lines and glyphs mean.

use plotters_backend::DrawingBackend;

use super::board::{diamond, key, ring, tile};
use super::contour::dashed;
use super::pen::{Anchor, Pen};
use super::size;
use super::text::{cut, width};
use crate::{Error, Glyph, Look, Role};

/// Room for a sample.
const SAMPLE: f64 = 40.0;
/// The dashes of a line.
pub(super) const DASH: [f64; 2] = [11.0, 7.0];

/// What is shown beside a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    /// A line.
    Line {
        /// Its colour.
        role: Role,
        /// In dashes.
        dashed: bool,
        /// It stands out.
        strong: bool,
    },
    /// A bar.
    Bar(Role),
    /// A token.
    Glyph(Glyph, Role),
}

/// The width of a line.
pub(super) fn stroke(strong: bool) -> f64 {
    if strong { 4.0 } else { 2.2 }
}

/// A line, in dashes where it is dashed.
pub(super) fn line<B: DrawingBackend>(
    pen: &Pen<B>,
    points: &[[f64; 2]],
    strong: bool,
    is_dashed: bool,
    colour: crate::Rgb,
) -> Result<(), Error> {
    if !is_dashed {
        return pen.line(points, stroke(strong), colour);
    }
    let [dash, gap] = DASH;
    dashed(points, dash, gap)
        .iter()
        .try_for_each(|piece| pen.line(piece, stroke(strong), colour))
}

/// Entries in rows from `left` to `right`; gives where the last row ends.
pub(super) fn flow<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    entries: &[(Sample, String)],
    [left, top, right]: [f64; 3],
) -> Result<f64, Error> {
    let mut at = [left, top + 0.6 * size::WORD];
    for (sample, words) in entries {
        let words = cut(words, size::WORD, false, (right - left - SAMPLE - 10.0).max(0.0));
        let wide = SAMPLE + 10.0 + width(&words, size::WORD, false);
        if at[0] > left && at[0] + wide > right {
            at = [left, at[1] + 1.4 * size::WORD];
        }
        let [x, y] = at;
        match *sample {
            Sample::Line { role, dashed, strong } => {
                line(pen, &[[x, y], [x + SAMPLE, y]], strong, dashed, role.of(look))?;
            }
            Sample::Bar(role) => pen.rect([x + 8.0, y - 9.0], [x + SAMPLE, y + 9.0], role.of(look))?,
            Sample::Glyph(glyph, role) => token(pen, look, glyph, role, [x + 0.5 * SAMPLE, y])?,
        }
        let place = [x + SAMPLE + 10.0, y];
        pen.text(&words, place, size::WORD, false, look.ink, Anchor::Left)?;
        at[0] += wide + 26.0;
    }
    Ok(at[1] + 0.9 * size::WORD)
}

/// The glyph of a token.
pub(super) fn token<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    glyph: Glyph,
    role: Role,
    at: [f64; 2],
) -> Result<(), Error> {
    match glyph {
        Glyph::Key => key(pen, look, at, role.of(look)),
        Glyph::Query => diamond(pen, look, at),
        Glyph::Output => tile(pen, look, at, role.of(look)),
        Glyph::Ring => ring(pen, look, at, role.of(look)),
    }
}
