//! plotters' drawing area in the units of a figure.

use std::error::Error as StdError;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea as _};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform, ShapeStyle, TextStyle};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

use super::text;
use crate::{Error, Format, Rgb};

/// Coordinates of the backend in one unit of the figure: they are whole numbers, and a curve needs finer ones.
pub(crate) const UNITS: u32 = 10;

/// The face of every word: that of the page, else what the reader's system has of its kind.
const FAMILY: &str = "Inter, Helvetica, Arial, sans-serif";

/// Which end of a text is at its place; the place is always the middle of its height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It begins there.
    Left,
    /// Its middle is there.
    Middle,
    /// It ends there.
    Right,
    /// Its middle is there, and it reads upwards.
    Upwards,
    /// It ends there, and it reads upwards.
    EndsUpwards,
}

/// Width and height of a format in the backend's coordinates.
pub(crate) fn tenths(format: Format) -> [u32; 2] {
    format.units().map(|side| (side * f64::from(UNITS)).round() as u32)
}

/// What draws.
pub(super) struct Pen<B: DrawingBackend> {
    area: DrawingArea<Fine<B>, Shift>,
    size: [f64; 2],
}

impl<B: DrawingBackend> Pen<B> {
    /// A pen on a backend that wants its text `text` times as large.
    pub(super) fn new(backend: B, format: Format, text: f64) -> Self {
        let [across, high] = tenths(format);
        let fine = Fine {
            backend,
            size: (across, high),
            text,
        };
        Self {
            area: fine.into_drawing_area(),
            size: format.units(),
        }
    }

    /// The width of the figure, in its units.
    pub(super) fn width(&self) -> f64 {
        self.size[0]
    }

    /// The height of the figure, in its units.
    pub(super) fn height(&self) -> f64 {
        self.size[1]
    }

    /// A filled rectangle between two corners.
    pub(super) fn rect(&self, from: [f64; 2], to: [f64; 2], colour: Rgb) -> Result<(), Error> {
        let corners = [place(from), place(to)];
        self.area
            .draw(&Rectangle::new(corners, filled(colour)))
            .map_err(|error| failed(&error))
    }

    /// A filled disc.
    pub(super) fn disc(&self, at: [f64; 2], radius: f64, colour: Rgb) -> Result<(), Error> {
        let radius = (radius * f64::from(UNITS)).round() as i32;
        let disc = Circle::new(place(at), radius, filled(colour));
        self.area.draw(&disc).map_err(|error| failed(&error))
    }

    /// A filled polygon.
    pub(super) fn polygon(&self, points: &[[f64; 2]], colour: Rgb) -> Result<(), Error> {
        let places = places(points);
        if places.len() < 3 {
            return Ok(());
        }
        self.area
            .draw(&Polygon::new(places, filled(colour)))
            .map_err(|error| failed(&error))
    }

    /// A line through points.
    pub(super) fn line(&self, points: &[[f64; 2]], width: f64, colour: Rgb) -> Result<(), Error> {
        let places = places(points);
        if places.len() < 2 {
            return Ok(());
        }
        let style = ShapeStyle {
            stroke_width: (width * f64::from(UNITS)).round() as u32,
            filled: false,
            ..filled(colour)
        };
        self.area
            .draw(&PathElement::new(places, style))
            .map_err(|error| failed(&error))
    }

    /// A line of text.
    pub(super) fn text(
        &self,
        words: &str,
        at: [f64; 2],
        size: f64,
        strong: bool,
        colour: Rgb,
        anchor: Anchor,
    ) -> Result<(), Error> {
        if words.is_empty() {
            return Ok(());
        }
        let weight = if strong { FontStyle::Bold } else { FontStyle::Normal };
        let (turn, side) = match anchor {
            Anchor::Left => (FontTransform::None, HPos::Left),
            Anchor::Middle => (FontTransform::None, HPos::Center),
            Anchor::Right => (FontTransform::None, HPos::Right),
            Anchor::Upwards => (FontTransform::Rotate270, HPos::Center),
            Anchor::EndsUpwards => (FontTransform::Rotate270, HPos::Right),
        };
        let style = TextStyle {
            font: FontDesc::new(FontFamily::Name(FAMILY), size * f64::from(UNITS), weight).transform(turn),
            color: solid(colour),
            pos: Pos::new(side, VPos::Center),
        };
        let words = text::printable(words);
        self.area
            .draw(&Text::new(words, place(at), style))
            .map_err(|error| failed(&error))
    }

    /// Ends the drawing.
    pub(super) fn present(&self) -> Result<(), Error> {
        self.area.present().map_err(|error| failed(&error))
    }
}

fn failed<E: StdError + Send + Sync>(error: &DrawingAreaErrorKind<E>) -> Error {
    Error::Backend(error.to_string())
}

fn solid([red, green, blue]: Rgb) -> BackendColor {
    BackendColor {
        alpha: 1.0,
        rgb: (red, green, blue),
    }
}

fn filled([red, green, blue]: Rgb) -> ShapeStyle {
    ShapeStyle::from(&plotters::style::RGBColor(red, green, blue)).filled()
}

/// A place in the backend's coordinates.
fn place([x, y]: [f64; 2]) -> BackendCoord {
    let whole = |x: f64| (x * f64::from(UNITS)).round() as i32;
    (whole(x), whole(y))
}

/// Places in the backend's coordinates, each once in a row.
fn places(points: &[[f64; 2]]) -> Vec<BackendCoord> {
    let mut places: Vec<BackendCoord> = points.iter().copied().map(place).collect();
    places.dedup();
    places
}

/// A backend whose coordinates are tenths of the units of a figure, and whose text is as large as it is asked for.
struct Fine<B> {
    backend: B,
    size: (u32, u32),
    text: f64,
}

impl<B: DrawingBackend> DrawingBackend for Fine<B> {
    type ErrorType = B::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.backend.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.backend.present()
    }

    fn draw_pixel(
        &mut self,
        point: BackendCoord,
        colour: BackendColor,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.backend.draw_pixel(point, colour)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.backend.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.backend.draw_path(path, style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.backend.fill_polygon(path, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.backend.draw_circle(centre, radius, style, fill)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        pos: BackendCoord,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        let style = Resized {
            style,
            factor: self.text,
        };
        self.backend.draw_text(text, &style, pos)
    }
}

/// A style of text at another size.
struct Resized<'a, S> {
    style: &'a S,
    factor: f64,
}

impl<S: BackendTextStyle> BackendTextStyle for Resized<'_, S> {
    type FontError = S::FontError;

    fn color(&self) -> BackendColor {
        self.style.color()
    }

    fn size(&self) -> f64 {
        self.style.size() * self.factor
    }

    fn transform(&self) -> FontTransform {
        self.style.transform()
    }

    fn style(&self) -> FontStyle {
        self.style.style()
    }

    fn anchor(&self) -> Pos {
        self.style.anchor()
    }

    fn family(&self) -> FontFamily<'_> {
        self.style.family()
    }

    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), Self::FontError> {
        self.style.layout_box(text)
    }

    fn draw<E, D: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        pos: BackendCoord,
        draw: D,
    ) -> Result<Result<(), E>, Self::FontError> {
        self.style.draw(text, pos, draw)
    }
}
