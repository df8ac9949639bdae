//! Numbers over the steps of something that is stepped, on one axis with their signs. Early steps have more room than late ones,
//! by log(1 + step). The chart is the scrubber.

use egui::{Align2, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::lanes::Hand;
use super::put;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// How a curve is drawn: by its line, never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The warm line: what the chart is about.
    Warm,
    /// A line of ink.
    Ink,
    /// A dashed line of ink.
    Dashed,
}

/// One curve.
pub struct Curve<'a> {
    /// Its name, with `*x*` for symbols.
    pub name: &'a str,
    /// A number for each step from 0 on.
    pub values: Vec<f64>,
    /// How it is drawn.
    pub look: Look,
}

/// What is shown.
pub struct Series<'a> {
    /// The curves, the most important first.
    pub curves: &'a [Curve<'a>],
    /// The step that is shown, from 0.
    pub at: usize,
    /// The last step.
    pub last: usize,
    /// What a step is called.
    pub word: &'static str,
}

impl Series<'_> {
    /// How far along the axis a step is.
    fn share(&self, step: usize) -> f32 {
        (step as f32).ln_1p() / (self.last as f32).ln_1p()
    }

    /// The step nearest to a place of the axis.
    fn step(&self, share: f32) -> usize {
        let step = (share.clamp(0.0, 1.0) * (self.last as f32).ln_1p()).exp_m1();
        (step.round() as usize).min(self.last)
    }
}

/// Paints the chart under its legend and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, series: &Series<'_>) -> Vec<Hand> {
    let painter = ui.painter_at(rect.expand(theme.px(10.0)));
    let top = legend(&painter, theme, rect, series);
    let plot = Rect::from_min_max(
        pos2(rect.left() + theme.px(48.0), top + theme.px(8.0)),
        rect.max - vec2(theme.px(8.0), theme.px(20.0)),
    );
    let all = || series.curves.iter().flat_map(|curve| curve.values.iter().copied());
    let [low, high] = all().fold([0.0, 0.0], |[low, high]: [f64; 2], x| [low.min(x), high.max(x)]);
    if plot.width() < 40.0 || plot.height() < 24.0 || series.last == 0 || high <= low {
        return Vec::new();
    }
    let x_at = |step: usize| plot.left() + plot.width() * series.share(step);
    let y_at = |value: f64| plot.bottom() - plot.height() * ((value - low) / (high - low)) as f32;
    axes(&painter, theme, plot, [low, high], series);
    for curve in series.curves.iter().rev() {
        let line: Vec<Pos2> = curve
            .values
            .iter()
            .enumerate()
            .map(|(step, value)| pos2(x_at(step), y_at(*value)))
            .collect();
        painter.extend(strokes(&line, theme, curve.look));
    }
    let x = x_at(series.at);
    let response = ui.interact(
        plot.expand(theme.px(8.0)),
        ui.scope_id().with("series"),
        Sense::click_and_drag(),
    );
    response.tell(&|| WidgetInfo::slider(true, series.at as f64, series.word));
    let colour = if response.has_focus() { theme.focus } else { theme.ink };
    painter.vline(x, plot.y_range(), Stroke::new(theme.strokes.thin, colour));
    for curve in series.curves {
        if let Some(value) = curve.values.get(series.at) {
            let fill = if curve.look == Look::Warm {
                theme.query
            } else {
                theme.ink
            };
            painter.circle(pos2(x, y_at(*value)), theme.px(4.0), fill, theme.hairline(theme.canvas));
        }
    }
    let mut hands = Vec::new();
    let held = response.dragged() || response.drag_stopped() || response.clicked();
    if let Some(at) = response.interact_pointer_pos().filter(|_| held) {
        let step = series.step((at.x - plot.left()) / plot.width());
        if step != series.at {
            hands.push(Hand::To(step));
        }
    }
    if response.drag_stopped() || response.clicked() {
        hands.push(Hand::Release);
    }
    if let Some(steps) = widgets::arrow_steps(ui, &response) {
        hands.push(Hand::Step(steps as i32));
    }
    hands
}

fn strokes(line: &[Pos2], theme: &Theme, look: Look) -> Vec<Shape> {
    match look {
        Look::Warm => vec![Shape::line(
            line.to_vec(),
            Stroke::new(theme.strokes.zero_line, theme.query),
        )],
        Look::Ink => vec![Shape::line(line.to_vec(), Stroke::new(theme.strokes.thin, theme.ink))],
        Look::Dashed => {
            let stroke = Stroke::new(theme.strokes.thin, theme.ink);
            Shape::dashed_line(line, stroke, theme.px(5.0), theme.px(4.0))
        }
    }
}

/// Each name with its line and its number now; the names alone where there is no room. What is below.
fn legend(painter: &Painter, theme: &Theme, rect: Rect, series: &Series<'_>) -> f32 {
    let mut x = rect.left();
    let mut bottom = rect.top();
    for curve in series.curves {
        let value = curve.values.get(series.at).copied();
        let name = name::line(painter, theme, curve.name, Set::regular(size::BODY, theme.ink));
        let colour = if curve.look == Look::Warm {
            theme.query_text
        } else {
            theme.ink
        };
        let value = value.map_or_else(String::new, text::number);
        let value = name::line(painter, theme, &value, Set::strong(size::BODY, colour));
        let width = theme.px(32.0) + name.size().x + theme.px(8.0) + value.size().x;
        if x > rect.left() && x + width > rect.right() {
            (x, bottom) = (rect.left(), bottom + theme.px(22.0));
        }
        let y = bottom + theme.px(11.0);
        painter.extend(strokes(&[pos2(x, y), pos2(x + theme.px(24.0), y)], theme, curve.look));
        let after = put(painter, Align2::LEFT_CENTER, pos2(x + theme.px(32.0), y), &name);
        let after = put(
            painter,
            Align2::LEFT_CENTER,
            pos2(after.right() + theme.px(8.0), y),
            &value,
        );
        x = after.right() + theme.px(24.0);
    }
    bottom + theme.px(22.0)
}

/// The line of 0, the ends of the ordinate and those of the steps.
fn axes(painter: &Painter, theme: &Theme, plot: Rect, [low, high]: [f64; 2], series: &Series<'_>) {
    let small = Set::regular(size::TICK, theme.ink2);
    let y_at = |value: f64| plot.bottom() - plot.height() * ((value - low) / (high - low)) as f32;
    let mut taken: Vec<f32> = Vec::new();
    for value in [0.0, high, low] {
        let y = painter.round_to_pixel_center(y_at(value));
        let colour = if value == 0.0 { theme.ink3 } else { theme.grid };
        painter.hline(plot.x_range(), y, theme.hairline(colour));
        if taken.iter().all(|other| (other - y).abs() > theme.px(14.0)) {
            taken.push(y);
            let words = name::line(painter, theme, &text::number(value), small);
            put(
                painter,
                Align2::RIGHT_CENTER,
                pos2(plot.left() - theme.px(6.0), y),
                &words,
            );
        }
    }
    let below = plot.bottom() + theme.px(4.0);
    let first = name::line(painter, theme, &format!("{} 0", series.word.to_lowercase()), small);
    let mut free = put(painter, Align2::LEFT_TOP, pos2(plot.left(), below), &first).right();
    let last = name::line(painter, theme, &series.last.to_string(), small);
    let end = put(painter, Align2::RIGHT_TOP, pos2(plot.right(), below), &last).left();
    for step in [1, 2, 5, 10, 20, 50, 100] {
        let x = plot.left() + plot.width() * series.share(step);
        let words = name::line(painter, theme, &step.to_string(), small);
        let half = 0.5 * words.size().x;
        if x - half > free + theme.px(8.0) && x + half < end - theme.px(8.0) {
            free = put(painter, Align2::CENTER_TOP, pos2(x, below), &words).right();
        }
    }
}
