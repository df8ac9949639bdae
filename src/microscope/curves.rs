//! Weights against temperature. The chart is the control: its playhead is the temperature.

use egui::{Align2, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{self, size};
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct Curves<'a> {
    /// Abscissae, rising and positive; the axis is logarithmic.
    pub xs: &'a [f64],
    /// One row of weights per abscissa.
    pub rows: &'a [Vec<f64>],
    /// The curves by weight now, the heaviest first.
    pub order: &'a [usize],
    /// One name per curve.
    pub names: &'a [String],
    /// Where the playhead stands.
    pub playhead: f64,
    /// A place that the playhead snaps to, with its name.
    pub home: (f64, &'a str),
    /// The curve that is linked.
    pub linked: Option<usize>,
}

/// What the hand does with the playhead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Drag {
    /// To a place of the axis.
    To(f64),
    /// To the snapping place.
    Home,
}

/// Number of curves with the query's full colour.
const STRONG: usize = 3;

/// Paints the chart. Returns what the hand does and whether the gesture is over.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, curves: &Curves<'_>) -> (Option<Drag>, bool) {
    let (Some(first), Some(last)) = (curves.xs.first(), curves.xs.last()) else {
        return (None, false);
    };
    let painter = ui.painter_at(rect.expand(2.0));
    let plot = Rect::from_min_max(
        rect.min + vec2(theme.px(8.0), theme.px(20.0)),
        rect.max - vec2(theme.px(44.0), theme.px(20.0)),
    );
    if plot.width() < 20.0 || plot.height() < 16.0 {
        return (None, false);
    }
    let share = |x: f64| ((x / first).ln() / (last / first).ln()) as f32;
    let x_at = |x: f64| plot.left() + plot.width() * share(x).clamp(0.0, 1.0);
    let largest = curves.rows.iter().flatten().fold(0.0_f64, |a, b| a.max(*b));
    let top = [0.25, 0.5, 0.75, 1.0]
        .into_iter()
        .find(|top| largest <= *top)
        .unwrap_or(1.0);
    let y_at = |weight: f64| plot.bottom() - plot.height() * (weight / top) as f32;
    for weight in [0.0, 0.5 * top, top] {
        let colour = if weight == 0.0 { theme.ink3 } else { theme.grid };
        painter.hline(
            plot.x_range(),
            painter.round_to_pixel_center(y_at(weight)),
            theme.hairline(colour),
        );
    }
    let small = Set::regular(size::TICK, theme.ink2);
    for weight in [top, 0.5 * top] {
        put(
            &painter,
            Align2::LEFT_CENTER,
            pos2(plot.right() + theme.px(4.0), y_at(weight)),
            &name::line(&painter, theme, &text::percent(weight), small),
        );
    }
    for (rank, &key) in curves.order.iter().enumerate().rev() {
        let line: Vec<Pos2> = std::iter::zip(curves.xs, curves.rows)
            .filter_map(|(x, row)| row.get(key).map(|weight| pos2(x_at(*x), y_at(*weight))))
            .collect();
        let stroke = if curves.linked == Some(key) {
            Stroke::new(theme.strokes.zero_line, theme.ink)
        } else if rank < STRONG {
            Stroke::new(theme.strokes.thin, theme.query)
        } else {
            Stroke::new(theme.strokes.hairline, theme::faded(theme.query, 0.45))
        };
        painter.add(Shape::line(line, stroke));
    }
    let x = x_at(curves.playhead);
    let head = pos2(x, plot.top() - theme.px(8.0));
    let response = ui.interact(
        Rect::from_center_size(head, vec2(theme.px(44.0), theme.px(32.0))).union(Rect::from_x_y_ranges(
            x - theme.px(10.0)..=x + theme.px(10.0),
            plot.y_range(),
        )),
        ui.scope_id().with("playhead"),
        Sense::click_and_drag(),
    );
    let whole = ui.interact(plot, ui.scope_id().with("temperatures"), Sense::click());
    response.tell(&|| WidgetInfo::slider(true, curves.playhead, "Temperature"));
    let colour = if response.has_focus() { theme.focus } else { theme.ink };
    painter.vline(
        x,
        plot.top() - theme.px(3.0)..=plot.bottom(),
        Stroke::new(theme.strokes.thin, colour),
    );
    painter.circle(
        head,
        theme.px(6.0),
        theme.canvas,
        Stroke::new(theme.strokes.zero_line, colour),
    );
    marks(&painter, theme, curves, plot, x, &x_at, &y_at);
    let low = put(
        &painter,
        Align2::LEFT_TOP,
        pos2(plot.left(), plot.bottom() + theme.px(4.0)),
        &name::line(&painter, theme, "cold: one key takes all", small),
    );
    let high = name::line(&painter, theme, "hot: all alike", small);
    if low.right() + high.size().x + theme.px(12.0) < rect.right() {
        put(
            &painter,
            Align2::RIGHT_TOP,
            pos2(rect.right(), plot.bottom() + theme.px(4.0)),
            &high,
        );
    }
    let drag = pointer(&response, &whole, theme, x_at(curves.home.0), |at| {
        first * (last / first).powf(f64::from((at - plot.left()) / plot.width()).clamp(0.0, 1.0))
    });
    let keys = widgets::arrow_steps(ui, &response)
        .map(|steps| curves.playhead * 1.05_f64.powf(steps))
        .map(|x| Drag::To(x.clamp(*first, *last)));
    (
        drag.or(keys),
        response.drag_stopped() || whole.clicked() || keys.is_some(),
    )
}

/// Names at the heaviest curves' crossing with the playhead, and the snapping place on the floor.
fn marks(
    painter: &egui::Painter,
    theme: &Theme,
    curves: &Curves<'_>,
    plot: Rect,
    x: f32,
    x_at: &dyn Fn(f64) -> f32,
    y_at: &dyn Fn(f64) -> f32,
) {
    let Some(row) = std::iter::zip(curves.xs, curves.rows)
        .min_by(|a, b| {
            (a.0.ln() - curves.playhead.ln())
                .abs()
                .total_cmp(&(b.0.ln() - curves.playhead.ln()).abs())
        })
        .map(|(_, row)| row)
    else {
        return;
    };
    for key in curves.order.iter().take(STRONG) {
        if let Some(weight) = row.get(*key) {
            painter.circle(
                pos2(x, y_at(*weight)),
                theme.px(3.5),
                theme.query,
                Stroke::new(theme.px(1.5), theme.halo),
            );
        }
    }
    if let Some((name, weight)) = curves
        .order
        .first()
        .and_then(|key| Some((curves.names.get(*key)?, row.get(*key)?)))
    {
        let galley = name::name(painter, theme, name, Set::strong(size::BODY, theme.query_text));
        let right = x + theme.px(10.0) + galley.size().x < plot.right();
        let anchor = if right {
            Align2::LEFT_BOTTOM
        } else {
            Align2::RIGHT_BOTTOM
        };
        let at = pos2(
            if right { x + theme.px(7.0) } else { x - theme.px(7.0) },
            (y_at(*weight) - theme.px(2.0)).max(plot.top() + galley.size().y),
        );
        let rect = anchor.anchor_size(at, galley.size());
        galley.paint_halo(painter, theme, rect.min);
    }
    let home = x_at(curves.home.0);
    painter.vline(
        home,
        plot.bottom() - theme.px(5.0)..=plot.bottom() + theme.px(3.0),
        Stroke::new(theme.strokes.thin, theme.ink),
    );
}

fn pointer(
    response: &egui::Response,
    whole: &egui::Response,
    theme: &Theme,
    home: f32,
    value_at: impl Fn(f32) -> f64,
) -> Option<Drag> {
    let held = response.dragged() || response.drag_stopped() || whole.clicked();
    let at = response
        .interact_pointer_pos()
        .or_else(|| whole.interact_pointer_pos())
        .filter(|_| held)?;
    Some(if (at.x - home).abs() < theme.px(6.0) {
        Drag::Home
    } else {
        Drag::To(value_at(at.x))
    })
}
