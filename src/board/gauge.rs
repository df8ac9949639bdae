//! The gauge below a field: its colour bar in its own bands, with the query as the pointer.

use egui::{Align2, Painter, Rect, Shape, Stroke, pos2};

use super::field::Levels;
use super::glyphs::{QUERY_RADIUS, diamond};
use super::view::tick_text;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::{Maps, Theme};

/// Height of the bar itself.
const BAR: f32 = 10.0;

/// Paints the gauge along the upper edge of `rect`. A value beyond the ends stands at the end with its side said ("≥ +3").
/// A truth stands beside it as a tick. Returns what is left below.
pub fn paint(painter: &Painter, theme: &Theme, rect: Rect, levels: &Levels, value: f64, truth: Option<f64>) -> Rect {
    let count = levels.count;
    let top = rect.top() + theme.px(QUERY_RADIUS);
    let bar = Rect::from_min_max(
        pos2(rect.left(), top - theme.px(0.5 * BAR)),
        pos2(rect.right(), top + theme.px(0.5 * BAR)),
    );
    let x_at = |value: f64| {
        let share = 0.5 + 0.5 * (value / levels.most()).clamp(-1.0, 1.0);
        bar.left() + share as f32 * bar.width()
    };
    let maps = Maps::of(theme);
    for band in -count..count {
        let ends = [band, band + 1].map(|level| x_at(f64::from(level) * levels.step));
        let tint = maps.field_tint(levels.share(band));
        painter.rect_filled(Rect::from_x_y_ranges(ends[0]..=ends[1], bar.y_range()), 0.0, tint);
    }
    let below = bar.bottom() + theme.px(8.0);
    // Every level gets its number where there is room, else every second, third … one; zero always has one.
    let widest = tick(painter, theme, levels, -count).size().x + theme.px(10.0);
    let slot = bar.width() / (2 * count) as f32;
    let every = (widest / slot.max(1.0)).ceil().max(1.0) as i32;
    for level in (-count..=count).filter(|level| level % every == 0) {
        let line = tick(painter, theme, levels, level);
        let x = x_at(f64::from(level) * levels.step);
        let room = Align2::CENTER_TOP.anchor_size(pos2(x, below), line.size());
        // Half a number may stand out at the ends, where the canvas has a margin.
        if rect.expand(theme.px(20.0)).x_range().contains(room.left()) && room.right() < rect.right() + theme.px(20.0) {
            line.put(painter, Align2::CENTER_TOP, pos2(x, below));
        }
    }
    if let Some(truth) = truth.filter(|truth| truth.is_finite()) {
        let x = x_at(truth);
        let ends = bar.top() - theme.px(8.0)..=bar.bottom() + theme.px(2.0);
        painter.vline(x, ends, Stroke::new(theme.strokes.zero_line, theme.ink));
        // Its word stands on the side where the diamond does not.
        let word = name::line(painter, theme, "truth", Set::regular(size::BODY, theme.ink));
        let fits = x + theme.px(5.0) + word.size().x <= rect.right();
        let (anchor, aside) = if fits && (x_at(value) <= x || x - word.size().x - theme.px(5.0) < rect.left()) {
            (Align2::LEFT_BOTTOM, theme.px(5.0))
        } else {
            (Align2::RIGHT_BOTTOM, -theme.px(5.0))
        };
        word.put(painter, anchor, pos2(x + aside, bar.top() - theme.px(0.5)));
    }
    if value.is_finite() {
        painter.add(Shape::convex_polygon(
            diamond(pos2(x_at(value), top), theme.px(0.82 * QUERY_RADIUS)),
            theme.query,
            Stroke::new(theme.px(1.5), theme.ink),
        ));
    }
    Rect::from_min_max(pos2(rect.left(), (below + theme.px(18.0)).min(rect.bottom())), rect.max)
}

fn tick(painter: &Painter, theme: &Theme, levels: &Levels, level: i32) -> name::Text {
    let value = f64::from(level) * levels.step;
    let plus = if level > 0 { "+" } else { "" };
    let set = if level == 0 {
        Set::strong(size::TICK, theme.ink)
    } else {
        Set::regular(size::TICK, theme.ink2)
    };
    name::line(painter, theme, &format!("{plus}{}", tick_text(value)), set)
}
