//! The cloud refined: many tokens on the closed curve through its keys and values, and what the same query gets over them.
//!
//! Tokens that are equally spaced along a curve are a quadrature rule for the integral over it, with an error that falls faster
//! than any power of their number once the kernel is wider than their spacing (Trefethen & Weideman 2014).

use std::iter::zip;

use egui::{Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo};
use eigenlens_core::{Head, attend_row, closed_curve};
use nalgebra::DMatrix;

use super::beside;
use super::derive::Picture;
use crate::board::{Extent, Mark, View, glyphs};
use crate::lab::SmootherView;
use crate::lab::readout::{Number, Readouts, text};
use crate::lens::{Phrase, Stage, Tone};
use crate::look::Theme;
use crate::look::theme::space;
use crate::look::widgets::Tell as _;
use crate::microscope::{heading, small_board};

/// Every so many tokens are a point of the curve as it is drawn.
const DRAWN: usize = 64;

/// Radius of the ring of an output over the many tokens: an output fits into it.
const RING: f32 = glyphs::OUTPUT_RADIUS + 5.5;

/// The refined cloud.
pub(super) struct Refined {
    /// The keys and the values that the curves go through.
    through: [DMatrix<f64>; 2],
    /// Keys and values on the curves.
    pub(super) on: [DMatrix<f64>; 2],
    /// What the asking query gets over them.
    pub(super) output: Vec<f64>,
    /// How far that is from what it gets over the cloud.
    pub(super) apart: f64,
}

impl Refined {
    /// The refined cloud of a picture. A drag of the query finds the curves as they were.
    pub(super) fn of(picture: &Picture, before: Option<Self>) -> Result<Self, String> {
        let head = &*picture.common.head;
        beside::check("The curve through a cloud", 3, head)?;
        let through = [head.keys(), head.values()];
        let kept = before.filter(|before| before.through.iter().eq(through));
        let made = match kept {
            Some(Self { through, on, .. }) => Ok((through, on)),
            None => curves(through),
        };
        let say = |error: eigenlens_core::Error| format!("{error}.");
        let (through, on) = made.map_err(say)?;
        let scoring = beside::scoring(picture).map_err(say)?;
        let query = head.queries().rows(picture.common.asking, 1).into_owned();
        let fine = Head::new(query, on[0].clone(), on[1].clone()).map_err(say)?;
        let output = attend_row(&fine, &scoring, 0).map_err(say)?.output;
        let apart = zip(&output, &picture.chosen().output).fold(0.0_f64, |sum, (a, b)| sum.hypot(a - b));
        Ok(Self {
            through,
            on,
            output,
            apart,
        })
    }

    pub(super) fn headline(&self) -> Vec<Phrase> {
        let (few, many) = (self.through[0].nrows(), text::count(SmootherView::REFINED));
        vec![
            (format!("{few} tokens and {many} on their curve: "), Tone::Plain),
            (
                format!("the outputs differ by {}.", text::number(self.apart)),
                Tone::Query,
            ),
        ]
    }

    /// How to read the board.
    pub(super) const fn subline() -> &'static str {
        "Line: the closed curve through the tokens in their order. Ring: the output over 32\u{a0}768 tokens on it."
    }

    pub(super) fn read_out(&self, readouts: &mut Readouts) {
        readouts.put("refined_tokens", Number::count(SmootherView::REFINED));
        for (i, value) in self.output.iter().enumerate() {
            readouts.put(&format!("refined_output_{}", i + 1), Number::signed(*value));
        }
        let length = self.output.iter().fold(0.0_f64, |sum, x| sum.hypot(*x));
        readouts.put("refined_output_length", Number::plain(length));
        readouts.put("refined_apart", Number::plain(self.apart));
    }

    /// A curve as it is drawn, closed; of values only where they have two dimensions.
    fn curve(points: &DMatrix<f64>) -> Option<Vec<[f64; 2]>> {
        if points.ncols() != 2 {
            return None;
        }
        let at = |row: usize| [points[(row % points.nrows(), 0)], points[(row % points.nrows(), 1)]];
        Some((0..=points.nrows()).step_by(DRAWN).map(at).collect())
    }

    /// The curve of the keys, in board units.
    pub(super) fn keys(&self, scale: f64) -> Vec<[f64; 2]> {
        let curve = Self::curve(&self.on[0]).unwrap_or_default();
        curve.iter().map(|at| at.map(|x| x / scale)).collect()
    }

    /// The curve through the keys, and where the values live in the same plane and are not the keys, that through the values.
    pub(super) fn paint(&self, painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
        let theme = stage.theme;
        let stroke = Stroke::new(theme.strokes.thin, theme.ink3);
        let places =
            |curve: Vec<[f64; 2]>| -> Vec<Pos2> { curve.iter().map(|at| view.screen_from_world(*at)).collect() };
        painter.add(Shape::line(places(self.keys(picture.common.scale)), stroke));
        if picture.on_board(picture.chosen()).is_some()
            && self.through[0] != self.through[1]
            && let Some(values) = Self::curve(&self.on[1])
        {
            painter.extend(Shape::dashed_line(
                &places(values),
                stroke,
                theme.px(5.0),
                theme.px(4.0),
            ));
        }
    }

    /// Where the output over the many tokens is on the board, where the values live in its plane.
    fn on_board(&self, picture: &Picture) -> Option<[f64; 2]> {
        picture.on_board(picture.chosen())?;
        self.output.as_slice().try_into().ok()
    }

    /// What names stay off.
    pub(super) fn mark(&self, picture: &Picture) -> Option<Mark> {
        Some(Mark {
            at: self.on_board(picture)?,
            radius: RING + 2.0,
            words: "",
            symbol: "",
        })
    }

    /// The output over the many tokens.
    pub(super) fn paint_output(&self, painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
        if let Some(at) = self.on_board(picture) {
            ring(painter, stage.theme, view.screen_from_world(at));
        }
    }

    /// Values, their curve and both outputs in a square at the right of a place. Returns what is left of it.
    pub(super) fn values_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture) -> Rect {
        let theme = stage.theme;
        let side = rect.height();
        let left = rect.right() - side;
        let (Some(curve), &[x, y]) = (Self::curve(&self.on[1]), picture.chosen().output.as_slice()) else {
            return rect;
        };
        if left - rect.left() < theme.px(170.0) {
            return rect;
        }
        let place = rect.with_min_x(left);
        let response = ui.interact(place, ui.scope_id().with("values"), Sense::hover());
        let spoken = format!(
            "Values with the curve through them, and both outputs, {} apart",
            text::spoken(&text::number(self.apart))
        );
        response.tell(&|| WidgetInfo::labeled(Role::Image, true, &spoken));
        let below = heading(ui.painter(), theme, place, "Values, both outputs", "");
        let view = View::new(below, Extent::around(&curve));
        let painter = ui.painter_at(below);
        small_board::grid(&painter, theme, &view);
        let points: Vec<Pos2> = curve.iter().map(|at| view.screen_from_world(*at)).collect();
        painter.add(Shape::line(points, Stroke::new(theme.strokes.thin, theme.ink3)));
        for value in self.through[1].row_iter() {
            let at = view.screen_from_world([value[0], value[1]]);
            painter.circle_filled(at, theme.px(3.5), theme.ink);
        }
        glyphs::output(&painter, theme, view.screen_from_world([x, y]));
        if let &[x, y] = self.output.as_slice() {
            ring(&painter, theme, view.screen_from_world([x, y]));
        }
        ui.painter()
            .rect_stroke(below, 0.0, theme.hairline(theme.line), egui::StrokeKind::Inside);
        rect.with_max_x(left - theme.px(space::XL))
    }
}

/// Keys, and values, as they are and on the closed curve through them.
type Curves = ([DMatrix<f64>; 2], [DMatrix<f64>; 2]);

fn curves(through: [&DMatrix<f64>; 2]) -> Result<Curves, eigenlens_core::Error> {
    let [keys, values] = through;
    let dim = keys.ncols();
    // Side by side, so that the cosines are made once.
    let both = DMatrix::from_fn(keys.nrows(), dim + values.ncols(), |row, d| {
        if d < dim {
            keys[(row, d)]
        } else {
            values[(row, d - dim)]
        }
    });
    let curve = closed_curve(&both, SmootherView::REFINED)?;
    let on = [curve.columns(0, dim), curve.columns(dim, values.ncols())];
    Ok((through.map(DMatrix::clone), on.map(nalgebra::Matrix::into_owned)))
}

/// The mark of an output over the many tokens.
fn ring(painter: &Painter, theme: &Theme, at: Pos2) {
    let radius = theme.px(RING);
    painter.circle_stroke(at, radius, Stroke::new(theme.px(4.5), theme.halo));
    painter.circle_stroke(at, radius, Stroke::new(theme.px(2.0), theme.ink));
}
