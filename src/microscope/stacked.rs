//! Lying bars of two parts that add up, as bias² and variance do.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{self, size};
use crate::look::widgets::Tell as _;

/// One bar.
pub struct Bar<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its parts, none below 0.
    pub parts: [f64; 2],
    /// Their sum in words.
    pub text: String,
    /// It is the query's.
    pub warm: bool,
}

/// Paints the bars on one scale. `parts` names the two parts on the first bar; `spoken` is the sentence for the screen reader.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &[Bar<'_>], parts: [&str; 2], spoken: &str) {
    let response = ui.interact(rect, ui.scope_id().with("stacked"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, spoken));
    if bars.is_empty() {
        return;
    }
    let painter = ui.painter_at(rect.expand(2.0));
    let line = (rect.height() / bars.len() as f32).min(theme.px(34.0));
    let sets = |warm: bool| {
        if warm {
            Set::strong(size::BODY, theme.query_text)
        } else {
            Set::regular(size::BODY, theme.ink)
        }
    };
    let names: Vec<name::Text> = bars
        .iter()
        .map(|bar| name::line(&painter, theme, bar.name, sets(bar.warm)))
        .collect();
    let widest = names.iter().map(|name| name.size().x).fold(0.0, f32::max);
    let left = rect.left() + widest + theme.px(10.0);
    let room = (rect.right() - theme.px(58.0) - left).max(1.0);
    let sum = |bar: &Bar<'_>| bar.parts.iter().sum::<f64>();
    let most = bars
        .iter()
        .map(sum)
        .filter(|sum| sum.is_finite())
        .fold(1e-300, f64::max);
    for (i, (bar, name)) in std::iter::zip(bars, &names).enumerate() {
        let y = rect.top() + (i as f32 + 0.5) * line;
        put(&painter, Align2::RIGHT_CENTER, pos2(left - theme.px(10.0), y), name);
        let colours = if bar.warm {
            [theme.query, theme::faded(theme.query, 0.38)]
        } else {
            [theme.ink, theme::faded(theme.ink, 0.38)]
        };
        let inks = [theme.canvas, theme.ink];
        let mut x = left;
        for (part, value) in bar.parts.iter().enumerate() {
            let width = (f64::from(room) * (value / most)).clamp(0.0, f64::from(room)) as f32;
            let piece = Rect::from_min_size(pos2(x, y - 0.32 * line), vec2(width, 0.64 * line));
            painter.rect_filled(piece, 0.0, colours[part]);
            let word = name::line(&painter, theme, parts[part], Set::regular(size::TICK, inks[part]));
            if i == 0 && word.size().x + theme.px(8.0) < width {
                put(&painter, Align2::LEFT_CENTER, pos2(x + theme.px(5.0), y), &word);
            }
            x += width;
        }
        let text = name::line(&painter, theme, &bar.text, Set::strong(size::BODY, theme.ink));
        put(&painter, Align2::LEFT_CENTER, pos2(x + theme.px(8.0), y), &text);
    }
}
