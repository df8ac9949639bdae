//! The drawing: one function for every backend.

mod bars;
mod board;
mod chart;
pub mod contour;
mod field;
mod heat;
mod legend;
mod number;
mod pen;
mod plane;
mod spectrum;
mod text;

use plotters_backend::DrawingBackend;
use plotters_svg::SVGBackend;

use crate::{Content, Error, Figure, Format, Look, Rgb};
#[cfg(feature = "bitmap")]
pub(crate) use pen::UNITS;
#[cfg(any(target_arch = "wasm32", feature = "bitmap"))]
pub(crate) use pen::tenths;
use pen::{Anchor, Pen};

/// Sizes of text: on a page of a book, 130 mm wide, the smallest is 6 points.
pub(crate) mod size {
    /// The title.
    pub(crate) const TITLE: f64 = 34.0;
    /// Words.
    pub(crate) use crate::format::WORD;
    /// Numerals at ticks.
    pub(crate) const TICK: f64 = 22.0;
}

/// The margin round everything.
pub(crate) const MARGIN: f64 = 36.0;

/// The figure as SVG: text as text, a title and a description for those who do not see it.
///
/// plotters needs no fonts for it: text is placed by its anchor, and what must be known of its width is estimated here.
pub fn svg(figure: &Figure, format: Format) -> Result<String, Error> {
    let mut drawn = String::new();
    let [across, high] = pen::tenths(format);
    // plotters-svg takes sizes of text for points on a screen of 1.24 pixels a point.
    draw(
        SVGBackend::with_string(&mut drawn, (across, high)),
        figure,
        format,
        1.24,
    )?;
    // The head is ours: a size in whole units, words for a screen reader, round joins in every path.
    let (_, body) = drawn
        .split_once(">\n")
        .ok_or_else(|| Error::Backend("plotters wrote no SVG".to_owned()))?;
    let [width, height] = format.pixels();
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {across} {high}\" role=\"img\" \
         stroke-linejoin=\"round\">\n<title>{}</title>\n<desc>{}</desc>\n{body}",
        text::escaped(&figure.title),
        text::escaped(&figure.alt),
    ))
}

/// Draws a figure on any backend of plotters.
///
/// The figure is drawn in tenths of its units, because a backend's coordinates are whole numbers: the backend must show as many
/// of them as the format has, whatever its own size is. `text` is the factor on the size of text that the backend wants.
pub fn draw<B: DrawingBackend>(backend: B, figure: &Figure, format: Format, text: f64) -> Result<(), Error> {
    figure.check()?;
    let pen = Pen::new(backend, format, text);
    let look = &figure.look;
    pen.rect([0.0, 0.0], [pen.width(), pen.height()], look.canvas)?;
    let top = head(&pen, figure, look)?;
    match &figure.content {
        Content::Spectrum(spectrum) => spectrum::draw(&pen, look, spectrum, top)?,
        Content::ScoreField(field) => field::draw(&pen, look, field, top)?,
        Content::HeatMaps(maps) => heat::draw(&pen, look, maps, top)?,
        Content::Bars(bars) => bars::draw(&pen, look, bars, top)?,
        Content::Charts(charts) => chart::draw(&pen, look, charts, top)?,
        Content::Plane(plane) => plane::draw(&pen, look, plane, top)?,
    }
    pen.present()
}

/// Title and subtitle; gives where they end.
fn head<B: DrawingBackend>(pen: &Pen<B>, figure: &Figure, look: &Look) -> Result<f64, Error> {
    let wide = pen.width() - 2.0 * MARGIN;
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

/// The tint at a part, 0 to 1, of a list of equally spaced ones.
fn tint(tints: &[Rgb], part: f64, without: Rgb) -> Rgb {
    let place = part * (tints.len().max(1) - 1) as f64;
    let tint = |index: f64| tints.get(index as usize).copied().unwrap_or(without);
    let (low, high) = (tint(place.floor()), tint(place.ceil()));
    let t = place - place.floor();
    std::array::from_fn(|channel| {
        let [low, high] = [low, high].map(|colour: Rgb| f64::from(colour.get(channel).copied().unwrap_or_default()));
        (low + t * (high - low)).round() as u8
    })
}
