//! A row of numbers that are at most 0, as bars that hang from the zero line.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::{every, put};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct Hanging<'a> {
    /// The numbers, none above 0.
    pub values: &'a [f64],
    /// What is on the axes, at the left of the lower edge.
    pub title: &'a str,
    /// What the picture comes to, at the right of the lower edge.
    pub result: &'a str,
    /// The bar that is linked.
    pub linked: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// Paints the bars with the numbers of the tokens below. Returns the bar under the pointer.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, hanging: &Hanging<'_>) -> Option<usize> {
    let response = ui.interact(rect, ui.scope_id().with("hanging"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &hanging.spoken));
    let painter = ui.painter_at(rect.expand(2.0));
    let words = Set::regular(size::BODY, theme.ink2);
    let title = name::line(&painter, theme, hanging.title, words);
    let result = name::line(&painter, theme, hanging.result, words);
    let foot = title.size().y + theme.px(2.0);
    put(&painter, Align2::LEFT_BOTTOM, rect.left_bottom(), &title);
    if title.size().x + result.size().x + theme.px(12.0) <= rect.width() {
        put(&painter, Align2::RIGHT_BOTTOM, rect.right_bottom(), &result);
    }
    let n = hanging.values.len();
    let ceiling = painter.round_to_pixel_center(rect.top() + theme.px(1.0));
    let floor = rect.bottom() - foot - theme.px(20.0);
    if n == 0 || floor <= ceiling {
        return None;
    }
    let slot = rect.width() / n as f32;
    let least = hanging.values.iter().copied().fold(-1e-300, f64::min);
    let y_at = |value: f64| ceiling + (floor - ceiling) * (value / least) as f32;
    let width = (0.78 * slot).clamp(1.0, theme.px(48.0));
    let digits = Set::regular(size::TICK, theme.ink);
    let widest = name::line(&painter, theme, &n.to_string(), digits).size().x;
    let step = round_step(every(widest + theme.px(4.0), slot));
    let hovered = response
        .hover_pos()
        .map(|at| (((at.x - rect.left()) / slot).max(0.0) as usize).min(n - 1));
    let lit = |bar: usize| hanging.linked == Some(bar) || hovered == Some(bar);
    for (bar, &value) in hanging.values.iter().enumerate() {
        let x = rect.left() + (bar as f32 + 0.5) * slot;
        if lit(bar) {
            let half = (0.5 * slot).max(1.0);
            let column = Rect::from_x_y_ranges(x - half..=x + half, ceiling..=floor + theme.px(18.0));
            painter.rect_filled(column, 0.0, theme.press);
        }
        let shape = Rect::from_x_y_ranges(x - 0.5 * width..=x + 0.5 * width, ceiling..=y_at(value));
        painter.rect_filled(shape, 0.0, theme.neg);
        // Round numbers are named; with few bars all of them are.
        if (bar + 1) % step == 0 || (step > 1 && bar == 0) {
            let number = name::line(&painter, theme, &(bar + 1).to_string(), digits);
            let half = 0.5 * number.size().x;
            let x = x.clamp(rect.left() + half, rect.right() - half);
            put(&painter, Align2::CENTER_TOP, pos2(x, floor + theme.px(4.0)), &number);
        }
    }
    painter.hline(
        rect.x_range(),
        ceiling,
        egui::Stroke::new(theme.strokes.thin, theme.ink),
    );
    hovered
}

/// The next of 1, 2, 5, 10, 20, 50, …
fn round_step(least: usize) -> usize {
    let mut power = 1_usize;
    loop {
        for factor in [1, 2, 5] {
            let step = factor * power;
            if step >= least || step > 10_000 {
                return step;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::round_step;

    #[test]
    fn steps_are_round() {
        let steps = [0, 1, 2, 3, 6, 11, 21, 64, usize::MAX].map(round_step);
        assert_eq!(steps, [1, 1, 2, 5, 10, 20, 50, 100, 20_000]);
    }
}
