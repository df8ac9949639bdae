//! Lying bars that are compared: how far each of a few things is from where it should be.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// How a bar is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Damage.
    Bad,
    /// What is spoken of.
    Strong,
    /// What it is compared with.
    Quiet,
    /// What there is room for: an outline in dashes.
    Outline,
}

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name, with `*x*` for symbols.
    pub name: String,
    /// Its length; what is not a number has no bar.
    pub value: f64,
    /// The number at its end.
    pub text: String,
    /// How it is drawn.
    pub look: Look,
}

/// Paints the bars.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &[Bar], spoken: &str) {
    let response = ui.interact(rect, ui.scope_id().with("moved"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, spoken));
    if bars.is_empty() || rect.height() < theme.px(14.0) {
        return;
    }
    let painter = ui.painter_at(rect.expand(2.0));
    let set = |bar: &Bar| match bar.look {
        Look::Bad => Set::strong(size::BODY, theme.bad),
        Look::Strong => Set::strong(size::BODY, theme.ink),
        Look::Quiet | Look::Outline => Set::regular(size::BODY, theme.ink2),
    };
    let names: Vec<name::Text> = bars
        .iter()
        .map(|bar| name::line(&painter, theme, &bar.name, set(bar)))
        .collect();
    let widest = names.iter().map(|name| name.size().x).fold(0.0, f32::max);
    let left = rect.left() + (widest + theme.px(10.0)).min(0.5 * rect.width());
    let numbers: Vec<name::Text> = bars
        .iter()
        .map(|bar| {
            let colour = if bar.value.is_finite() { theme.ink } else { theme.ink2 };
            name::line(&painter, theme, &bar.text, Set::regular(size::BODY, colour))
        })
        .collect();
    let finite = std::iter::zip(bars, &numbers).filter(|(bar, _)| bar.value.is_finite());
    let widest = finite.map(|(_, number)| number.size().x).fold(theme.px(42.0), f32::max);
    let right = rect.right() - widest - theme.px(10.0);
    let line = (rect.height() / bars.len() as f32).min(theme.px(24.0));
    let most = bars
        .iter()
        .map(|bar| bar.value)
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    painter.vline(
        painter.round_to_pixel_center(left),
        rect.top()..=rect.top() + line * bars.len() as f32,
        theme.hairline(theme.ink3),
    );
    for (i, (bar, (name, number))) in std::iter::zip(bars, std::iter::zip(&names, &numbers)).enumerate() {
        let y = rect.top() + (i as f32 + 0.5) * line;
        put(&painter, Align2::RIGHT_CENTER, pos2(left - theme.px(9.0), y), name);
        let share = if most > 0.0 && bar.value.is_finite() {
            (bar.value / most) as f32
        } else {
            0.0
        };
        let length = ((right - left) * share).max(0.0);
        let half = 0.34 * line;
        let place = Rect::from_min_max(pos2(left, y - half), pos2(left + length.max(theme.px(1.0)), y + half));
        let colour = match bar.look {
            Look::Bad => theme.bad,
            Look::Strong | Look::Outline => theme.ink,
            Look::Quiet => theme.ink3,
        };
        if bar.value.is_finite() && bar.look == Look::Outline {
            super::bars::dashed_rect(&painter, theme, place, colour);
        } else if bar.value.is_finite() {
            painter.rect_filled(place, 0.0, colour);
        }
        put(
            &painter,
            Align2::LEFT_CENTER,
            place.right_center() + vec2(theme.px(6.0), 0.0),
            number,
        );
    }
}
