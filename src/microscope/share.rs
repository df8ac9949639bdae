//! A share against a parameter. The chart is the control: its playhead is the parameter.

use egui::{Align2, Mesh, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::board::glyphs::diamond;
use crate::board::view::{tick_text, ticks};
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{faded, size};
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct Share<'a> {
    /// The parameter, rising from 0.
    pub xs: &'a [f64],
    /// The share at each, 0 to 1.
    pub ys: &'a [f64],
    /// Where the playhead stands, and the share there.
    pub at: (f64, f64),
    /// What stands under the playhead, as in "*β* = 1.0".
    pub words: &'a str,
    /// The parameter by its name, for the screen reader.
    pub spoken: &'a str,
}

/// Paints the chart. Returns where the hand puts the playhead, and whether the gesture is over.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, share: &Share<'_>) -> (Option<f64>, bool) {
    let Some(last) = share.xs.last().copied().filter(|last| *last > 0.0) else {
        return (None, false);
    };
    let painter = ui.painter_at(rect.expand(theme.px(6.0)));
    let plot = Rect::from_min_max(
        rect.min + vec2(theme.px(36.0), theme.px(6.0)),
        rect.max - vec2(theme.px(8.0), theme.px(48.0)),
    );
    if plot.width() < 40.0 || plot.height() < 16.0 {
        return (None, false);
    }
    let x_at = |x: f64| plot.left() + plot.width() * (x / last).clamp(0.0, 1.0) as f32;
    let y_at = |y: f64| plot.bottom() - plot.height() * y.clamp(0.0, 1.0) as f32;
    let x = x_at(share.at.0);
    axes(&painter, theme, (plot, x), last, (&x_at, &y_at));
    let line: Vec<Pos2> = std::iter::zip(share.xs, share.ys)
        .map(|(x, y)| pos2(x_at(*x), y_at(*y)))
        .collect();
    let until = line.partition_point(|point| point.x <= x);
    let head = pos2(x, y_at(share.at.1));
    let [mut before, mut after]: [Vec<Pos2>; 2] = [
        line.iter().take(until).copied().collect(),
        line.iter().skip(until).copied().collect(),
    ];
    before.push(head);
    after.insert(0, head);
    area(&painter, theme, plot.bottom(), &before);
    painter.add(Shape::line(after, Stroke::new(theme.strokes.thin, theme.ink3)));
    painter.add(Shape::line(before, Stroke::new(theme.strokes.object, theme.ink)));

    let knob = pos2(x, plot.bottom() + theme.px(8.0));
    let held = Rect::from_center_size(knob, vec2(theme.px(44.0), theme.px(44.0))).union(Rect::from_x_y_ranges(
        x - theme.px(12.0)..=x + theme.px(12.0),
        plot.y_range(),
    ));
    let whole = ui.interact(plot, ui.scope_id().with("shares"), Sense::click());
    let response = ui.interact(held, ui.scope_id().with("playhead"), Sense::click_and_drag());
    response.tell(&|| WidgetInfo::slider(true, share.at.0, share.spoken));
    let colour = if response.has_focus() { theme.focus } else { theme.ink };
    painter.vline(x, plot.top()..=knob.y, Stroke::new(theme.strokes.thin, colour));
    painter.circle_filled(knob, theme.px(8.0), colour);
    painter.add(Shape::convex_polygon(
        diamond(head, theme.px(7.0)),
        theme.query,
        Stroke::new(theme.px(1.25), theme.ink),
    ));
    let number = name::line(
        &painter,
        theme,
        &text::percent(share.at.1),
        Set::strong(size::BODY, theme.query_text),
    );
    let right = head.x + theme.px(12.0) + number.size().x < plot.right();
    let above = head.y - number.size().y - theme.px(10.0) > plot.top() - theme.px(4.0);
    let up = if above { -theme.px(14.0) } else { theme.px(14.0) };
    let (anchor, aside) = if right {
        (Align2::LEFT_CENTER, theme.px(9.0))
    } else {
        (Align2::RIGHT_CENTER, -theme.px(9.0))
    };
    let place = anchor.anchor_size(head + vec2(aside, up), number.size());
    number.paint_halo(&painter, theme, place.min);
    let words = name::line(&painter, theme, share.words, Set::strong(size::BODY, theme.ink));
    let half = 0.5 * words.size().x;
    let middle = x.clamp(rect.left() + half, (rect.right() - half).max(rect.left() + half));
    put(
        &painter,
        Align2::CENTER_TOP,
        pos2(middle, knob.y + theme.px(16.0)),
        &words,
    );

    let pressed = response.dragged() || response.drag_stopped() || whole.clicked();
    let pointed = response
        .interact_pointer_pos()
        .or(whole.interact_pointer_pos())
        .filter(|_| pressed)
        .map(|at| last * f64::from((at.x - plot.left()) / plot.width()).clamp(0.0, 1.0));
    let keys = widgets::arrow_steps(ui, &response).map(|steps| (share.at.0 + steps * last / 40.0).clamp(0.0, last));
    (
        pointed.or(keys),
        response.drag_stopped() || whole.clicked() || keys.is_some(),
    )
}

type Scale<'a> = &'a dyn Fn(f64) -> f32;

/// Numbers that the knob at `knob` would cover are left out.
fn axes(
    painter: &egui::Painter,
    theme: &Theme,
    (plot, knob): (Rect, f32),
    last: f64,
    (x_at, y_at): (Scale<'_>, Scale<'_>),
) {
    let small = Set::regular(size::TICK, theme.ink2);
    for percent in [0.0, 50.0, 100.0] {
        let y = y_at(percent / 100.0);
        let colour = if percent == 0.0 { theme.ink3 } else { theme.grid };
        painter.hline(plot.x_range(), painter.round_to_pixel_center(y), theme.hairline(colour));
        let number = name::line(painter, theme, &tick_text(percent), small);
        put(
            painter,
            Align2::RIGHT_CENTER,
            pos2(plot.left() - theme.px(7.0), y),
            &number,
        );
    }
    for x in ticks(0.0, last, 5) {
        let at = painter.round_to_pixel_center(x_at(x));
        painter.vline(
            at,
            plot.bottom()..=plot.bottom() + theme.px(3.0),
            theme.hairline(theme.ink3),
        );
        if (at - knob).abs() < theme.px(16.0) {
            continue;
        }
        let number = name::line(painter, theme, &tick_text(x), small);
        put(
            painter,
            Align2::CENTER_TOP,
            pos2(at, plot.bottom() + theme.px(6.0)),
            &number,
        );
    }
}

/// What lies under a line, in strips: the whole is not convex.
fn area(painter: &egui::Painter, theme: &Theme, floor: f32, line: &[Pos2]) {
    let colour = faded(theme.ink, 0.08);
    let mut mesh = Mesh::default();
    for point in line {
        mesh.colored_vertex(*point, colour);
        mesh.colored_vertex(pos2(point.x, floor), colour);
    }
    for i in 1..line.len() as u32 {
        mesh.add_triangle(2 * i - 2, 2 * i - 1, 2 * i);
        mesh.add_triangle(2 * i - 1, 2 * i, 2 * i + 1);
    }
    painter.add(mesh);
}
