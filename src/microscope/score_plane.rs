//! The plane of two scores: each token where its scores on two axes put it.

use egui::{Align2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::board::glyphs::diamond;
use crate::board::view::{tick_text, ticks};
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct ScorePlane<'a> {
    /// The two axes (from 0).
    pub axes: [usize; 2],
    /// A key's scores on them, were it a query.
    pub keys: &'a [[f64; 2]],
    /// The query's scores.
    pub query: [f64; 2],
    /// The key that is pointed at.
    pub linked: Option<usize>,
}

/// Paints the plane, one unit the same length both ways. Returns the key under the pointer.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, plane: &ScorePlane<'_>) -> Option<usize> {
    let painter = ui.painter_at(rect.expand(1.0));
    if rect.width() < theme.px(60.0) || rect.height() < theme.px(50.0) {
        return None;
    }
    painter.rect_stroke(rect, 0.0, theme.hairline(theme.line), StrokeKind::Inside);
    let pad = theme.px(16.0);
    let extent = |axis: usize| {
        let all = plane.keys.iter().map(|at| at[axis]).chain([plane.query[axis], 0.0]);
        let finite = all.filter(|x| x.is_finite());
        finite.fold((0.0_f64, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)))
    };
    let (across, up) = (extent(0), extent(1));
    let span = |(low, high): (f64, f64)| (high - low).max(1e-300);
    let unit =
        (f64::from(rect.width() - 2.0 * pad) / span(across)).min(f64::from(rect.height() - 2.0 * pad) / span(up));
    let middle = [0.5 * (across.0 + across.1), 0.5 * (up.0 + up.1)];
    let centre = rect.center();
    let place = |at: [f64; 2]| {
        pos2(
            centre.x + ((at[0] - middle[0]) * unit) as f32,
            centre.y - ((at[1] - middle[1]) * unit) as f32,
        )
    };
    let zero = place([0.0, 0.0]);
    let axis = Stroke::new(theme.strokes.hairline, theme.ink3);
    painter.hline(rect.x_range(), painter.round_to_pixel_center(zero.y), axis);
    painter.vline(painter.round_to_pixel_center(zero.x), rect.y_range(), axis);
    let title = |before: &str, axis: usize, after: &str| {
        let set = Set::regular(size::BODY, theme.ink2);
        name::Text::default()
            .words(&painter, theme, before, set)
            .name(&painter, theme, &text::subscripted("h", axis + 1), set)
            .words(&painter, theme, after, set)
    };
    let corner = theme.px(5.0);
    let up = title("↑ ", plane.axes[1], "");
    let up_at = Rect::from_min_size(rect.min + vec2(corner, 0.4 * corner), up.size());
    let across = title("", plane.axes[0], " →");
    let across_at = Rect::from_min_size(rect.max - across.size() - vec2(corner, 0.4 * corner), across.size());
    let small = Set::regular(size::TICK, theme.ink2);
    let half = 0.5 * f64::from(rect.width()) / unit;
    for x in ticks(middle[0] - half, middle[0] + half, 5)
        .into_iter()
        .filter(|x| x.abs() * unit > 12.0)
    {
        let at = place([x, 0.0]).x;
        if !rect.shrink(theme.px(18.0)).x_range().contains(at) {
            continue;
        }
        painter.vline(at, zero.y - theme.px(2.5)..=zero.y + theme.px(2.5), axis);
        let plus = if x > 0.0 { "+" } else { "" };
        let line = name::line(&painter, theme, &format!("{plus}{}", tick_text(x)), small);
        let below = zero.y + line.size().y + theme.px(5.0) < rect.bottom();
        let (anchor, y) = if below {
            (Align2::CENTER_TOP, zero.y + theme.px(4.0))
        } else {
            (Align2::CENTER_BOTTOM, zero.y - theme.px(4.0))
        };
        let room = anchor.anchor_size(pos2(at, y), line.size()).expand(theme.px(3.0));
        if !room.intersects(up_at) && !room.intersects(across_at) {
            put(&painter, anchor, pos2(at, y), &line);
        }
    }
    let response = ui.interact(rect, ui.scope_id().with("score plane"), Sense::hover());
    response.tell(&|| {
        let [first, second] = plane.query.map(|score| text::spoken(&text::signed(score)));
        let [a, b] = plane.axes.map(|axis| axis + 1);
        let words = format!("Scores on axes {a} and {b}; the query has {first} and {second}");
        WidgetInfo::labeled(Role::Image, true, words)
    });
    let near = response.hover_pos().and_then(|at| {
        let far = |index: usize| {
            plane
                .keys
                .get(index)
                .map_or(f32::INFINITY, |key| place(*key).distance(at))
        };
        let nearest = (0..plane.keys.len()).min_by(|a, b| far(*a).total_cmp(&far(*b)))?;
        (far(nearest) < theme.px(12.0)).then_some(nearest)
    });
    for (index, key) in plane
        .keys
        .iter()
        .enumerate()
        .filter(|(_, key)| key.iter().all(|x| x.is_finite()))
    {
        let at = place(*key);
        painter.circle_filled(at, theme.px(4.5), theme.halo);
        painter.circle_filled(at, theme.px(3.5), theme.ink);
        if near.or(plane.linked) == Some(index) {
            painter.circle_stroke(at, theme.px(7.5), Stroke::new(theme.px(2.0), theme.ink));
        }
    }
    if plane.query.iter().all(|x| x.is_finite()) {
        let at = place(plane.query);
        let halo = diamond(at, theme.px(9.5));
        painter.add(Shape::convex_polygon(halo, theme.halo, Stroke::NONE));
        let outline = Stroke::new(theme.px(1.2), theme.ink);
        painter.add(Shape::convex_polygon(diamond(at, theme.px(7.0)), theme.query, outline));
    }
    up.paint_halo(&painter, theme, up_at.min);
    across.paint_halo(&painter, theme, across_at.min);
    near
}
