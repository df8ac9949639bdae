//! The drawing: one function for every backend.

pub mod contour;
mod field;
mod number;
mod pen;
mod spectrum;
mod text;

use plotters_backend::DrawingBackend;
use plotters_svg::SVGBackend;

use crate::{Content, Error, Figure, Look};
pub(crate) use pen::UNITS;
use pen::{Anchor, Pen};

/// The width of a figure, in its own units: those in which the sizes of text and strokes are given.
pub const WIDTH: u32 = 1280;
/// The height of a figure, in the same units.
pub const HEIGHT: u32 = 800;

/// Sizes of text: on a page of a book, 130 mm wide, the smallest is 6 points.
pub(crate) mod size {
    /// The title.
    pub(crate) const TITLE: f64 = 34.0;
    /// Words.
    pub(crate) const WORD: f64 = 25.0;
    /// Numerals at ticks.
    pub(crate) const TICK: f64 = 22.0;
}

/// The margin round everything.
pub(crate) const MARGIN: f64 = 36.0;

/// The figure as SVG: text as text, a title and a description for those who do not see it.
///
/// plotters needs no fonts for it: text is placed by its anchor, and what must be known of its width is estimated here.
pub fn svg(figure: &Figure) -> Result<String, Error> {
    let mut drawn = String::new();
    // plotters-svg takes sizes of text for points on a screen of 1.24 pixels a point.
    draw(
        SVGBackend::with_string(&mut drawn, (WIDTH * UNITS, HEIGHT * UNITS)),
        figure,
        1.24,
    )?;
    // The head is ours: a size in whole units, words for a screen reader, round joins in every path.
    let (_, body) = drawn
        .split_once(">\n")
        .ok_or_else(|| Error::Backend("plotters wrote no SVG".to_owned()))?;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         stroke-linejoin=\"round\">\n<title>{}</title>\n<desc>{}</desc>\n{body}",
        WIDTH * UNITS,
        HEIGHT * UNITS,
        text::escaped(&figure.title),
        text::escaped(&figure.alt),
    ))
}

/// Draws a figure on any backend of plotters.
///
/// The figure is drawn in tenths of its units, because a backend's coordinates are whole numbers: the backend must show
/// `10·WIDTH` by `10·HEIGHT` of them, whatever its own size is. `text` is the factor on the size of text that the backend wants.
pub fn draw<B: DrawingBackend>(backend: B, figure: &Figure, text: f64) -> Result<(), Error> {
    figure.check()?;
    let pen = Pen::new(backend, text);
    let look = &figure.look;
    pen.rect([0.0, 0.0], [f64::from(WIDTH), f64::from(HEIGHT)], look.canvas)?;
    let top = head(&pen, figure, look)?;
    match &figure.content {
        Content::Spectrum(spectrum) => spectrum::draw(&pen, look, spectrum, top)?,
        Content::ScoreField(field) => field::draw(&pen, look, field, top)?,
    }
    pen.present()
}

/// Title and subtitle; gives where they end.
fn head<B: DrawingBackend>(pen: &Pen<B>, figure: &Figure, look: &Look) -> Result<f64, Error> {
    let wide = f64::from(WIDTH) - 2.0 * MARGIN;
    let mut y = MARGIN;
    for (words, size, strong, colour) in [
        (&figure.title, size::TITLE, true, look.ink),
        (&figure.subtitle, size::WORD, false, look.ink2),
    ] {
        for line in text::wrapped(words, size, strong, wide, 2) {
            let at = [MARGIN, y + 0.6 * size];
            pen.text(&line, at, size, strong, colour, Anchor::Left)?;
            y += 1.3 * size;
        }
    }
    Ok(y + 10.0)
}
