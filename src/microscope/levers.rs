//! Bars that are dragged: the entries of a diagonal. Few of them lie, each with its number; many stand.

use egui::{Align2, Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{every, put};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// Up to how many bars lie.
const FEW: usize = 4;

/// One bar.
pub struct Lever {
    /// Its name, with `*x*` for a symbol.
    pub name: String,
    /// The name for the screen reader, as in "bar of m 2".
    pub spoken: String,
    /// From 0 on.
    pub value: f64,
    /// Its value in words.
    pub text: String,
    /// What it should be, as a tick; none where that is not known.
    pub tick: Option<f64>,
}

/// What is shown.
pub struct Levers<'a> {
    /// The bars.
    pub levers: &'a [Lever],
    /// The value of a full bar.
    pub most: f64,
    /// They follow something else and cannot be dragged.
    pub fixed: bool,
}

/// What the hand does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hand {
    /// A bar is put on a value.
    To(usize, f64),
    /// It is let go.
    Release,
}

/// A full bar for values: 1, or the next of 2, 5, 10, … where one is longer.
pub fn full(values: impl IntoIterator<Item = f64>) -> f64 {
    let most = values.into_iter().filter(|x| x.is_finite()).fold(0.0, f64::max);
    if most <= 1.0 + 1e-9 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let ends = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    ends.into_iter().find(|end| most <= *end * (1.0 + 1e-9)).unwrap_or(most)
}

/// How high the bars want to be, before the theme's scale.
pub fn height(n: usize) -> f32 {
    if n <= FEW { 28.0 * n as f32 } else { 92.0 }
}

/// Paints the bars and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &Levers<'_>) -> Vec<Hand> {
    if bars.levers.is_empty() || rect.width() < theme.px(80.0) {
        return Vec::new();
    }
    if bars.levers.len() <= FEW {
        lying_ui(ui, rect, theme, bars)
    } else {
        standing_ui(ui, rect, theme, bars)
    }
}

fn lying_ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &Levers<'_>) -> Vec<Hand> {
    let mut hands = Vec::new();
    let line = (rect.height() / bars.levers.len() as f32).min(theme.px(34.0));
    let left = rect.left() + theme.px(34.0);
    let right = rect.right() - theme.px(58.0);
    for (i, lever) in bars.levers.iter().enumerate() {
        let row = Rect::from_min_size(
            pos2(rect.left(), rect.top() + i as f32 * line),
            vec2(rect.width(), line),
        );
        let rail = Rect::from_min_max(
            pos2(left, row.center().y - theme.px(8.0)),
            pos2(right, row.center().y + theme.px(8.0)),
        );
        let response = listen(ui, row, i, lever, bars.fixed);
        let painter = ui.painter();
        let label = name::line(painter, theme, &lever.name, Set::regular(size::BODY, theme.ink));
        put(painter, Align2::LEFT_CENTER, pos2(rect.left(), row.center().y), &label);
        painter.rect_filled(rail, 0.0, theme.hover);
        let at = |value: f64| rail.left() + rail.width() * (value / bars.most).clamp(0.0, 1.0) as f32;
        let x = at(lever.value);
        painter.rect_filled(Rect::from_min_max(rail.min, pos2(x, rail.bottom())), 0.0, theme.query);
        if let Some(tick) = lever.tick.map(at) {
            let ends = rail.top() - theme.px(4.0)..=rail.bottom() + theme.px(4.0);
            painter.vline(tick, ends, Stroke::new(theme.strokes.object, theme.ink3));
        }
        let middle = pos2(x, row.center().y);
        if !bars.fixed {
            handle(painter, theme, middle, vec2(8.0, 24.0), response.has_focus());
        }
        let text = name::line(painter, theme, &lever.text, Set::strong(size::BODY, theme.ink));
        put(painter, Align2::RIGHT_CENTER, pos2(rect.right(), row.center().y), &text);
        let to = |at: egui::Pos2| bars.most * f64::from((at.x - rail.left()) / rail.width());
        heard(ui, &response, i, lever.value, bars.most, to, &mut hands);
    }
    hands
}

fn standing_ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &Levers<'_>) -> Vec<Hand> {
    let mut hands = Vec::new();
    let plot = Rect::from_min_max(
        rect.min + vec2(theme.px(30.0), theme.px(8.0)),
        rect.max - vec2(theme.px(2.0), theme.px(20.0)),
    );
    if plot.height() < theme.px(16.0) {
        return hands;
    }
    let n = bars.levers.len();
    let slot = plot.width() / n as f32;
    let width = (0.66 * slot).clamp(1.0, theme.px(18.0));
    let y = |value: f64| plot.bottom() - plot.height() * (value / bars.most).clamp(0.0, 1.0) as f32;
    let small = Set::regular(size::TICK, theme.ink2);
    for value in [0.0, bars.most] {
        let words = crate::board::view::tick_text(value);
        let number = name::line(ui.painter(), theme, &words, small);
        put(
            ui.painter(),
            Align2::RIGHT_CENTER,
            pos2(plot.left() - theme.px(6.0), y(value)),
            &number,
        );
        let height = ui.painter().round_to_pixel_center(y(value));
        ui.painter().hline(plot.x_range(), height, theme.hairline(theme.grid));
    }
    let named = every(theme.px(22.0), slot);
    for (i, lever) in bars.levers.iter().enumerate() {
        let column = Rect::from_min_size(
            pos2(plot.left() + i as f32 * slot, plot.top() - theme.px(8.0)),
            vec2(slot, plot.height() + theme.px(26.0)),
        );
        let response = listen(ui, column, i, lever, bars.fixed);
        let lit = response.hovered() || response.dragged() || response.has_focus();
        let painter = ui.painter();
        if lit {
            painter.rect_filled(column, 0.0, theme.hover);
        }
        let x = column.center().x;
        let bar = Rect::from_min_max(
            pos2(x - 0.5 * width, y(lever.value)),
            pos2(x + 0.5 * width, plot.bottom()),
        );
        painter.rect_filled(bar, 0.0, theme.query);
        if let Some(tick) = lever.tick {
            let ends = x - 0.5 * width - 1.0..=x + 0.5 * width + 1.0;
            painter.hline(ends, y(tick), Stroke::new(theme.strokes.zero_line, theme.ink3));
        }
        if lit && !bars.fixed {
            handle(
                painter,
                theme,
                pos2(x, y(lever.value)),
                vec2(16.0, 7.0),
                response.has_focus(),
            );
        }
        if i % named == 0 || lit {
            let number = name::line(painter, theme, &(i + 1).to_string(), small);
            put(
                painter,
                Align2::CENTER_TOP,
                pos2(x, plot.bottom() + theme.px(3.0)),
                &number,
            );
        }
        let to = |at: egui::Pos2| bars.most * f64::from((plot.bottom() - at.y) / plot.height());
        heard(ui, &response, i, lever.value, bars.most, to, &mut hands);
    }
    let floor = ui.painter().round_to_pixel_center(plot.bottom());
    ui.painter().hline(plot.x_range(), floor, theme.hairline(theme.ink3));
    hands
}

fn listen(ui: &Ui, place: Rect, i: usize, lever: &Lever, fixed: bool) -> Response {
    let sense = if fixed { Sense::hover() } else { Sense::click_and_drag() };
    let response = ui.interact(place, ui.scope_id().with(("lever", i)), sense);
    response.tell(&|| WidgetInfo::slider(!fixed, lever.value, &lever.spoken));
    response
}

fn heard(
    ui: &Ui,
    response: &Response,
    i: usize,
    value: f64,
    most: f64,
    to: impl Fn(egui::Pos2) -> f64,
    hands: &mut Vec<Hand>,
) {
    let held = response.dragged() || response.drag_stopped() || response.clicked();
    if let Some(at) = response.interact_pointer_pos().filter(|_| held) {
        hands.push(Hand::To(i, to(at).clamp(0.0, most)));
    }
    let keys = widgets::arrow_steps(ui, response);
    if let Some(steps) = keys {
        hands.push(Hand::To(i, (value + 0.01 * steps * most).clamp(0.0, most)));
    }
    if response.drag_stopped() || response.clicked() || keys.is_some() {
        hands.push(Hand::Release);
    }
}

fn handle(painter: &Painter, theme: &Theme, at: egui::Pos2, size: egui::Vec2, focused: bool) {
    let rect = Rect::from_center_size(at, size * theme.scale);
    let colour = if focused { theme.focus } else { theme.ink };
    let stroke = Stroke::new(theme.px(2.0), colour);
    painter.rect(rect, theme.corner(2.0), theme.canvas, stroke, StrokeKind::Inside);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bar_is_1_or_a_round_number() {
        assert_eq!(full([0.2, 1.0]), 1.0);
        assert_eq!(full([]), 1.0);
        assert!((full([1.8]) - 2.0).abs() < 1e-12);
        assert!((full([37.0, f64::NAN]) - 50.0).abs() < 1e-9);
    }
}
