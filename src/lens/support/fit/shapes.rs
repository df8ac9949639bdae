//! How keys, targets and pulls are drawn: the kind of a key is a shape, the sign of its value a colour.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};
use eigenlens_core::KktCase;

use crate::look::Theme;

/// Radius of a target where there are few, and where there are many.
pub(super) const RADIUS: f32 = 8.0;
pub(super) const SMALL: f32 = 3.5;
/// Width and height of an arrow's head.
const HEAD: [f32; 2] = [15.0, 12.0];

/// What a glyph says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// The condition that a key is under, and its value.
    Case(KktCase, f64),
    /// A target that the values imply.
    Implied,
}

/// Green above 0, violet below.
pub(super) fn sign(theme: &Theme, value: f64) -> Color32 {
    if value < 0.0 { theme.neg } else { theme.pos }
}

/// A ring, a disc, a square, or the hollow target of given values.
pub(super) fn glyph(painter: &Painter, theme: &Theme, at: Pos2, kind: Kind, radius: f32) {
    let radius = theme.px(radius);
    let halo = radius + theme.px(2.5);
    let outline = Stroke::new(theme.px(1.5), theme.ink);
    match kind {
        Kind::Case(KktCase::Inside, _) => {
            painter.circle_filled(at, halo, theme.halo);
            painter.circle(at, 0.86 * radius, theme.canvas, Stroke::new(0.34 * radius, theme.ink3));
        }
        Kind::Case(KktCase::Edge, value) => {
            painter.circle_filled(at, halo, theme.halo);
            painter.circle(at, radius, sign(theme, value), outline);
        }
        Kind::Case(KktCase::Capped, value) => {
            let square = |half: f32| Rect::from_center_size(at, Vec2::splat(2.0 * half));
            painter.rect_filled(square(halo - theme.px(0.5)), 0.0, theme.halo);
            painter.rect(
                square(0.94 * radius),
                0.0,
                sign(theme, value),
                outline,
                StrokeKind::Middle,
            );
        }
        Kind::Implied => {
            painter.circle_filled(at, halo, theme.halo);
            painter.circle(at, radius, theme.canvas, Stroke::new(theme.px(2.5), theme.ink));
        }
    }
}

/// A pull: an arrow from the zero line to its value; a capped one stands against a bar.
pub(super) fn pull(
    painter: &Painter,
    theme: &Theme,
    zero: Pos2,
    tip: f32,
    colour: Color32,
    (capped, few): (bool, bool),
) {
    let length = (tip - zero.y).abs();
    let up = if tip < zero.y { -1.0 } else { 1.0 };
    if !few {
        painter.vline(
            zero.x,
            egui::Rangef::new(zero.y.min(tip), zero.y.max(tip)),
            Stroke::new(theme.px(1.5), colour),
        );
        return;
    }
    let [width, height] = HEAD.map(|x| theme.px(x));
    let height = height.min(length.max(theme.px(4.0)));
    let end = pos2(zero.x, tip);
    let base = end - vec2(0.0, up * height);
    if length > height {
        let stem = Stroke::new(theme.strokes.stem, colour);
        painter.line_segment([zero, base + vec2(0.0, up)], stem);
    }
    let corners = vec![end, base + vec2(-0.5 * width, 0.0), base + vec2(0.5 * width, 0.0)];
    painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
    if capped {
        let bar = Stroke::new(theme.strokes.object, theme.ink);
        painter.hline(end.x - theme.px(11.0)..=end.x + theme.px(11.0), end.y, bar);
    }
}

/// A handle that slides up and down: a pill.
pub(super) fn pill(painter: &Painter, theme: &Theme, at: Pos2, focused: bool) {
    let rect = Rect::from_center_size(at, vec2(theme.px(27.0), theme.px(12.0)));
    let round = egui::CornerRadius::same(theme.px(6.0) as u8);
    painter.rect_filled(rect.expand(theme.px(2.0)), round, theme.halo);
    let colour = if focused { theme.focus } else { theme.ink };
    painter.rect(
        rect,
        round,
        theme.canvas,
        Stroke::new(theme.px(2.25), colour),
        StrokeKind::Inside,
    );
}

/// The ring of what has the keyboard focus, or is pointed at elsewhere.
pub(super) fn ring(painter: &Painter, theme: &Theme, at: Pos2, focused: bool) {
    if focused {
        painter.circle_stroke(at, theme.px(15.0), Stroke::new(theme.px(6.0), theme.halo));
        painter.circle_stroke(at, theme.px(15.0), theme.focus_stroke());
    } else {
        painter.circle_stroke(at, theme.px(13.0), Stroke::new(theme.px(2.0), theme.ink));
    }
}
