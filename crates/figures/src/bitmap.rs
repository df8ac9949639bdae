//! Figures as pixels, on a backend of plotters that fills outlines with smooth edges: the same shapes as everywhere, and the
//! glyphs of fonts that are handed over.

use std::convert::Infallible;

use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider as _};
use vello_cpu::kurbo::{Affine, BezPath, Cap, Circle, Join, Rect, Shape as _, Stroke};
use vello_cpu::peniko::Color;
use vello_cpu::{Pixmap, RenderContext, Resources};

use crate::draw::{UNITS, draw, tenths};
use crate::{Error, Figure, Format};

/// The middle of small letters over the line, in ems: where the middle of a text is.
const MIDDLE: f64 = 0.27;
/// What a character that no font has leaves free, in ems.
const MISSING: f64 = 0.5;

/// Fonts as the bytes of their files: a character is taken from the first that has it.
#[derive(Clone, Copy, Debug)]
pub struct Faces<'a> {
    /// For most words.
    pub regular: &'a [&'a [u8]],
    /// For those that stand out.
    pub strong: &'a [&'a [u8]],
}

/// Pixels, row by row from the top: red, green, blue and opacity of each, 0 to 255.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

/// The figure as pixels, one for each pixel of the format.
///
/// # Errors
/// As [`draw`]; [`Error::Backend`] for bytes that are no font.
pub fn bitmap(figure: &Figure, format: Format, faces: Faces<'_>) -> Result<Bitmap, Error> {
    let [width, height] = format.pixels();
    let [across, _] = tenths(format);
    let mut canvas = Canvas {
        // The width is at most 8192.
        context: RenderContext::new(width as u16, height as u16),
        scale: f64::from(width) / f64::from(across),
        regular: open(faces.regular)?,
        strong: open(faces.strong)?,
    };
    draw(&mut canvas, figure, format, 1.0)?;
    canvas.context.flush();
    let mut pixels = Pixmap::new(width as u16, height as u16);
    canvas.context.render(&mut pixels, &mut Resources::new());
    Ok(Bitmap {
        width,
        height,
        rgba: pixels.data_as_u8_slice().to_vec(),
    })
}

fn open<'a>(faces: &[&'a [u8]]) -> Result<Vec<FontRef<'a>>, Error> {
    faces
        .iter()
        .map(|bytes| FontRef::new(bytes))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Error::Backend(format!("a font cannot be read: {error}")))
}

/// What is drawn on: coordinates are tenths of units.
struct Canvas<'a> {
    context: RenderContext,
    /// Pixels of a tenth.
    scale: f64,
    regular: Vec<FontRef<'a>>,
    strong: Vec<FontRef<'a>>,
}

type Answer = Result<(), DrawingErrorKind<Infallible>>;

impl Canvas<'_> {
    fn paint(&mut self, colour: BackendColor) {
        let (red, green, blue) = colour.rgb;
        self.context
            .set_paint(Color::from_rgb8(red, green, blue).with_alpha(colour.alpha as f32));
        self.context.set_transform(Affine::scale(self.scale));
    }

    fn shape(&mut self, path: &BezPath, colour: BackendColor, fill: bool, width: u32) {
        self.paint(colour);
        if fill {
            self.context.fill_path(path);
        } else {
            let stroke = Stroke::new(f64::from(width))
                .with_join(Join::Round)
                .with_caps(Cap::Butt);
            self.context.set_stroke(stroke);
            self.context.stroke_path(path);
        }
    }
}

/// Points joined by straight lines.
fn path(points: impl IntoIterator<Item = BackendCoord>, closed: bool) -> BezPath {
    let mut path = BezPath::new();
    for (index, (x, y)) in points.into_iter().enumerate() {
        let at = (f64::from(x), f64::from(y));
        if index == 0 {
            path.move_to(at);
        } else {
            path.line_to(at);
        }
    }
    if closed && !path.is_empty() {
        path.close_path();
    }
    path
}

impl DrawingBackend for &mut Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (
            u32::from(self.context.width()) * UNITS,
            u32::from(self.context.height()) * UNITS,
        )
    }

    fn ensure_prepared(&mut self) -> Answer {
        Ok(())
    }

    fn present(&mut self) -> Answer {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Answer {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Answer {
        let rect = Rect::new(f64::from(from.0), f64::from(from.1), f64::from(to.0), f64::from(to.1));
        self.shape(&rect.to_path(0.1), style.color(), fill, style.stroke_width());
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Answer {
        self.shape(&path(points, false), style.color(), false, style.stroke_width());
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Answer {
        self.shape(&path(points, true), style.color(), true, 0);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> Answer {
        let circle = Circle::new((f64::from(centre.0), f64::from(centre.1)), f64::from(radius));
        self.shape(&circle.to_path(0.1), style.color(), fill, style.stroke_width());
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Answer {
        let fonts = if matches!(style.style(), FontStyle::Bold) {
            &self.strong
        } else {
            &self.regular
        };
        let size = style.size();
        let mut words = BezPath::new();
        let mut x = 0.0;
        for character in text.chars() {
            let found = fonts
                .iter()
                .find_map(|font| Some((font, font.charmap().map(character).filter(|glyph| glyph.to_u32() != 0)?)));
            let Some((font, glyph)) = found else {
                x += MISSING * size;
                continue;
            };
            let scaled = Size::new(size as f32);
            if let Some(outline) = font.outline_glyphs().get(glyph) {
                let mut pen = Pen { path: &mut words, x };
                // A glyph that cannot be drawn leaves its room free.
                outline
                    .draw(DrawSettings::unhinted(scaled, LocationRef::default()), &mut pen)
                    .ok();
            }
            let metrics = font.glyph_metrics(scaled, LocationRef::default());
            x += metrics.advance_width(glyph).map_or(MISSING * size, f64::from);
        }
        let back = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => 0.5 * x,
            HPos::Right => x,
        };
        let turn = match style.transform() {
            FontTransform::None => 0.0,
            FontTransform::Rotate90 => 90.0_f64,
            FontTransform::Rotate180 => 180.0,
            FontTransform::Rotate270 => 270.0,
        };
        let place = Affine::translate((f64::from(at.0), f64::from(at.1)))
            * Affine::rotate(turn.to_radians())
            * Affine::translate((-back, MIDDLE * size));
        words.apply_affine(place);
        self.shape(&words, style.color(), true, 0);
        Ok(())
    }
}

/// Adds the outline of a glyph to a path, upside down: y goes down in figures.
struct Pen<'a> {
    path: &'a mut BezPath,
    x: f64,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> (f64, f64) {
        (self.x + f64::from(x), -f64::from(y))
    }
}

impl OutlinePen for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.at(x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.at(x, y));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.path.quad_to(self.at(cx, cy), self.at(x, y));
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.path.curve_to(self.at(cx0, cy0), self.at(cx1, cy1), self.at(x, y));
    }

    fn close(&mut self) {
        self.path.close_path();
    }
}
