//! Singular values of three matrices in one picture: what was found as bars, the clean ones as pale bands, what is seen as marks.

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// Most values that are shown.
const MOST: usize = 20;

/// What is shown; each list descends.
pub struct Values<'a> {
    /// Of M.
    pub seen: &'a [f64],
    /// Of L.
    pub found: &'a [f64],
    /// Of the clean matrix.
    pub clean: &'a [f64],
    /// Below this a value of L is 0.
    pub zero: f64,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// Paints the values with their legend.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, values: &Values<'_>) {
    let response = ui.interact(rect, ui.scope_id().with("values"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &values.spoken));
    let n = values
        .seen
        .len()
        .max(values.found.len())
        .max(values.clean.len())
        .min(MOST);
    if n == 0 || rect.height() < theme.px(50.0) {
        return;
    }
    let painter = ui.painter_at(rect.expand(2.0));
    let plot = Rect::from_min_max(
        rect.min + vec2(0.0, theme.px(6.0)),
        rect.max - vec2(0.0, theme.px(42.0)),
    );
    let most = values
        .seen
        .iter()
        .chain(values.clean)
        .chain(values.found)
        .fold(0.0, |a: f64, b| a.max(*b));
    let slot = plot.width() / n as f32;
    let y = |value: f64| {
        plot.bottom()
            - if most > 0.0 {
                plot.height() * (value / most) as f32
            } else {
                0.0
            }
    };
    let width = (0.62 * slot).min(theme.px(26.0));
    let rank = values.found.iter().filter(|value| **value > values.zero).count();
    let set = Set::regular(size::TICK, theme.ink2);
    for i in 0..n {
        let x = plot.left() + (i as f32 + 0.5) * slot;
        let across = |half: f32| x - half..=x + half;
        if let Some(found) = values.found.get(i).filter(|found| **found > values.zero) {
            let bar = Rect::from_min_max(pos2(x - 0.5 * width, y(*found)), pos2(x + 0.5 * width, plot.bottom()));
            painter.rect_filled(bar, 0.0, theme.ink);
        }
        if let Some(clean) = values.clean.get(i) {
            let band = Rect::from_center_size(pos2(x, y(*clean)), vec2(width + theme.px(6.0), theme.px(6.0)));
            if *clean > 1e-9 * most {
                painter.rect_filled(band, 0.0, theme.ink3);
            }
        }
        if let Some(seen) = values.seen.get(i) {
            let stroke = Stroke::new(theme.strokes.thin, theme.bad);
            painter.hline(across(0.5 * width + theme.px(1.0)), y(*seen), stroke);
        }
        if i == 0 || i + 1 == n || i + 1 == rank {
            let strong = i + 1 == rank;
            let set = if strong {
                Set::strong(size::TICK, theme.ink)
            } else {
                set
            };
            let words = (i + 1).to_string();
            put(
                &painter,
                Align2::CENTER_TOP,
                pos2(x, plot.bottom() + theme.px(3.0)),
                &name::line(&painter, theme, &words, set),
            );
        }
    }
    painter.hline(
        plot.x_range(),
        painter.round_to_pixel_center(plot.bottom()),
        theme.hairline(theme.ink3),
    );
    legend(
        &painter,
        theme,
        pos2(plot.left(), rect.bottom() - theme.px(9.0)),
        rect.right(),
    );
}

fn legend(painter: &egui::Painter, theme: &Theme, at: egui::Pos2, right: f32) {
    let mut x = at.x;
    for (i, words) in ["*M* seen", "clean", "*L* found"].into_iter().enumerate() {
        let line = name::line(painter, theme, words, Set::regular(size::BODY, theme.ink));
        let swatch = theme.px(20.0);
        if x + swatch + line.size().x > right {
            return;
        }
        let middle = pos2(x + 0.4 * swatch, at.y);
        match i {
            0 => {
                let ends = x..=x + 0.8 * swatch;
                painter.hline(ends, at.y, Stroke::new(theme.strokes.thin, theme.bad));
            }
            1 => {
                let band = Rect::from_center_size(middle, vec2(0.8 * swatch, theme.px(6.0)));
                painter.rect_filled(band, 0.0, theme.ink3);
            }
            _ => {
                let square = Rect::from_center_size(middle, vec2(theme.px(10.0), theme.px(12.0)));
                painter.rect_filled(square, 0.0, theme.ink);
            }
        }
        let name = put(
            painter,
            Align2::LEFT_CENTER,
            pos2(x + swatch + theme.px(4.0), at.y),
            &line,
        );
        x = name.right() + theme.px(18.0);
    }
}
