//! A row of weights as bars, upright under the board or lying down in a hall.

use egui::{Align2, Color32, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{every, put};
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct Bars<'a> {
    /// Weights, 0 to 1.
    pub weights: &'a [f64],
    /// The same weights in the frozen scene, where it has as many.
    pub ghost: Option<&'a [f64]>,
    /// One name per weight.
    pub names: &'a [String],
    /// The bar that is linked.
    pub linked: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// From which weight on a bar carries its number.
pub(super) const NOTED: f64 = 0.045;

/// Upright bars in reading order. Returns the bar under the pointer.
pub fn upright_ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &Bars<'_>) -> Option<usize> {
    let n = bars.weights.len();
    let response = ui.interact(rect, ui.scope_id().with("row"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &bars.spoken));
    if n == 0 {
        return None;
    }
    let painter = ui.painter_at(rect.expand2(vec2(theme.px(8.0), 0.0)));
    let floor = rect.bottom() - theme.px(24.0);
    let ceiling = (rect.top() + theme.px(20.0)).min(floor);
    let roomy = floor - ceiling > theme.px(10.0);
    let slot = rect.width() / n as f32;
    let most = bars
        .weights
        .iter()
        .chain(bars.ghost.into_iter().flatten())
        .fold(1e-12_f64, |a, b| a.max(*b));
    let width = (0.46 * slot).clamp(1.0, theme.px(22.0));
    let height = |weight: f64| ((floor - ceiling) * (weight / most) as f32).max(if weight > 0.0 { 1.0 } else { 0.0 });
    let bar = |i: usize, weight: f64| {
        let x = rect.left() + (i as f32 + 0.5) * slot;
        Rect::from_min_max(
            pos2(x - 0.5 * width, floor - height(weight)),
            pos2(x + 0.5 * width, floor),
        )
    };
    painter.hline(rect.x_range(), floor, theme.hairline(theme.ink3));
    let name_step = every(widest(&painter, theme, bars) + theme.px(6.0), slot);
    let note_step = every(theme.px(24.0), slot);
    let hovered = response
        .hover_pos()
        .map(|at| ((((at.x - rect.left()) / slot).max(0.0)) as usize).min(n - 1));
    for (i, &weight) in bars.weights.iter().enumerate() {
        let linked = bars.linked == Some(i) || hovered == Some(i);
        if linked {
            let x = rect.left() + i as f32 * slot;
            painter.rect_filled(
                Rect::from_min_max(pos2(x, ceiling), pos2(x + slot, rect.bottom())),
                0.0,
                theme.hover,
            );
        }
        painter.rect_filled(bar(i, weight), 0.0, theme.query);
        if let Some(ghost) = bars.ghost.and_then(|ghost| ghost.get(i)) {
            dashed_rect(&painter, theme, bar(i, *ghost), theme.ink);
        }
        if roomy && ((weight >= NOTED && note_step == 1) || linked) {
            let set = Set::strong(size::BODY, theme.query_text);
            let digits = text::percent(weight)
                .trim_end_matches(['%', '\u{a0}', '\u{2009}', '\u{202f}'])
                .to_owned();
            put(
                &painter,
                Align2::CENTER_BOTTOM,
                bar(i, weight).center_top() - vec2(0.0, theme.px(1.0)),
                &name::line(&painter, theme, &digits, set),
            );
        }
        if i % name_step == 0 || linked {
            let set = if linked {
                Set::strong(size::BODY, theme.ink)
            } else {
                Set::regular(size::BODY, theme.ink)
            };
            let text = bars.names.get(i).map_or("", String::as_str);
            let at = pos2(rect.left() + (i as f32 + 0.5) * slot, floor + theme.px(4.0));
            put(
                &painter,
                Align2::CENTER_TOP,
                at,
                &name::name(&painter, theme, text, set),
            );
        }
    }
    hovered
}

/// Lying bars, the heaviest first, with large numbers: readable from the last row. Returns the bar under the pointer.
pub fn lying_ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &Bars<'_>, order: &[usize]) -> Option<usize> {
    let response = ui.interact(rect, ui.scope_id().with("row"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &bars.spoken));
    let painter = ui.painter_at(rect);
    let line = (rect.height() / order.len().max(1) as f32).clamp(theme.px(20.0), theme.px(34.0));
    let fits = (rect.height() / line) as usize;
    let most = order
        .first()
        .and_then(|&i| bars.weights.get(i))
        .copied()
        .unwrap_or(1.0)
        .max(1e-12);
    let left = rect.left() + (widest(&painter, theme, bars) + theme.px(12.0)).clamp(theme.px(40.0), theme.px(110.0));
    let right = rect.right() - theme.px(56.0);
    let mut hovered = None;
    for (place, &i) in order.iter().take(fits).enumerate() {
        let row = Rect::from_min_size(
            pos2(rect.left(), rect.top() + place as f32 * line),
            vec2(rect.width(), line),
        );
        if response.hover_pos().is_some_and(|at| row.contains(at)) {
            hovered = Some(i);
        }
        if bars.linked == Some(i) || hovered == Some(i) {
            painter.rect_filled(row, 0.0, theme.hover);
        }
        let weight = bars.weights.get(i).copied().unwrap_or_default();
        let length = |weight: f64| ((right - left) * (weight / most) as f32).max(1.0);
        let bar = |weight: f64| {
            Rect::from_min_max(
                pos2(left, row.top() + 0.16 * line),
                pos2(left + length(weight), row.bottom() - 0.16 * line),
            )
        };
        painter.rect_filled(bar(weight), 0.0, theme.query);
        if let Some(ghost) = bars.ghost.and_then(|ghost| ghost.get(i)) {
            dashed_rect(&painter, theme, bar(*ghost), theme.ink);
        }
        let text = bars.names.get(i).map_or("", String::as_str);
        put(
            &painter,
            Align2::RIGHT_CENTER,
            pos2(left - theme.px(8.0), row.center().y),
            &name::name(&painter, theme, text, Set::regular(size::BODY, theme.ink)),
        );
        let set = Set::strong(size::BODY, theme.query_text);
        put(
            &painter,
            Align2::LEFT_CENTER,
            pos2(left + length(weight) + theme.px(6.0), row.center().y),
            &name::line(&painter, theme, &text::percent(weight), set),
        );
    }
    painter.vline(left, rect.y_range(), theme.hairline(theme.ink3));
    hovered
}

fn widest(painter: &Painter, theme: &Theme, bars: &Bars<'_>) -> f32 {
    let set = Set::regular(size::BODY, theme.ink);
    bars.names
        .iter()
        .take(200)
        .map(|text| name::name(painter, theme, text, set).size().x)
        .fold(theme.px(14.0), f32::max)
}

/// The dashed outline of what was.
pub fn dashed_rect(painter: &Painter, theme: &Theme, rect: Rect, colour: Color32) {
    let outline: [Pos2; 5] = [
        rect.left_bottom(),
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
    ];
    if rect.width() < 3.0 {
        painter.rect_stroke(rect, 0.0, theme.hairline(colour), StrokeKind::Middle);
        return;
    }
    painter.extend(Shape::dashed_line(
        &outline,
        Stroke::new(theme.px(1.25), colour),
        theme.px(4.0),
        theme.px(3.0),
    ));
}
