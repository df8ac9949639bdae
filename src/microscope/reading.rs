//! A row of weights over the words of a text, in reading order: each bar stands over its word, and a word can be asked.

use egui::{Align2, Painter, Rangef, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use eigenlens_core::order_by;

use super::bars::{Bars, NOTED, dashed_rect};
use super::put;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set, Text};
use crate::look::theme::{radius, size};
use crate::look::widgets::Tell as _;

/// What the pointer does on the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    /// The word under the pointer.
    pub hovered: Option<usize>,
    /// The word that was pressed.
    pub clicked: Option<usize>,
}

/// Room between two words that are all shown, and on either side of the framed one.
const GAP: f32 = 5.0;
const FRAME: f32 = 7.0;

/// Paints the row; the word `asking` is framed.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &Bars<'_>, asking: Option<usize>) -> Hit {
    let response = ui.interact(rect, ui.scope_id().with("row"), Sense::CLICK);
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &bars.spoken));
    let n = bars.weights.len();
    if n == 0 {
        return Hit::default();
    }
    let painter = ui.painter_at(rect.expand2(vec2(theme.px(12.0), theme.px(2.0))));
    let floor = rect.bottom() - theme.px(28.0);
    let ceiling = (rect.top() + theme.px(20.0)).min(floor);
    let slots = slots(&painter, rect, theme, bars, asking);
    let at = |x: f32| slots.iter().position(|slot| slot.contains(x)).unwrap_or(n - 1);
    let hovered = response.hover_pos().map(|pointer| at(pointer.x));
    let is_linked = |i: usize| bars.linked == Some(i) || hovered == Some(i);

    let most = std::iter::chain(bars.weights, bars.ghost.into_iter().flatten()).fold(1e-12_f64, |a, b| a.max(*b));
    let bar = |i: usize, weight: f64| -> Option<Rect> {
        let slot = slots.get(i)?;
        let width = (0.46 * slot.span()).clamp(1.0, theme.px(18.0));
        let height = ((floor - ceiling) * (weight / most) as f32).max(if weight > 0.0 { 1.0 } else { 0.0 });
        let x = slot.center();
        Some(Rect::from_min_max(
            pos2(x - 0.5 * width, floor - height),
            pos2(x + 0.5 * width, floor),
        ))
    };
    for (_, slot) in slots.iter().enumerate().filter(|(i, _)| is_linked(*i)) {
        let band = Rect::from_x_y_ranges(*slot, Rangef::new(ceiling, rect.bottom()));
        painter.rect_filled(band, 0.0, theme.hover);
    }
    painter.hline(rect.x_range(), floor, theme.hairline(theme.ink3));
    for (i, &weight) in bars.weights.iter().enumerate() {
        if let Some(bar) = bar(i, weight) {
            painter.rect_filled(bar, 0.0, theme.query);
        }
        if let Some(ghost) = bars
            .ghost
            .and_then(|ghost| ghost.get(i))
            .and_then(|ghost| bar(i, *ghost))
        {
            dashed_rect(&painter, theme, ghost, theme.ink);
        }
    }
    let order = by_importance(bars, asking, &is_linked);
    if floor - ceiling > theme.px(10.0) {
        numbers(
            &painter,
            theme,
            bars,
            &order,
            &|i| bar(i, *bars.weights.get(i)?),
            &is_linked,
        );
    }
    words(&painter, rect, theme, bars, asking, &order, &slots, floor, &is_linked);
    Hit {
        hovered,
        clicked: response
            .interact_pointer_pos()
            .filter(|_| response.clicked())
            .map(|pointer| at(pointer.x)),
    }
}

/// Where each word stands: as wide as the word where all words have room, else all alike.
fn slots(painter: &Painter, rect: Rect, theme: &Theme, bars: &Bars<'_>, asking: Option<usize>) -> Vec<Rangef> {
    let n = bars.weights.len();
    let width = |(i, text): (usize, &String)| {
        let (set, pad) = if asking == Some(i) {
            (Set::strong(size::BODY, theme.ink), 2.0 * FRAME)
        } else {
            (Set::regular(size::BODY, theme.ink), GAP)
        };
        name::name(painter, theme, text, set).size().x + theme.px(pad)
    };
    // More words than these have no room anywhere.
    let wanted: Vec<f32> = bars.names.iter().enumerate().take(60).map(width).collect();
    let spare = (rect.width() - wanted.iter().sum::<f32>()) / n as f32;
    let fits = spare >= 0.0 && wanted.len() == n;
    let mut left = rect.left();
    (0..n)
        .map(|i| {
            let span = match wanted.get(i) {
                Some(wanted) if fits => wanted + spare,
                _ => rect.width() / n as f32,
            };
            let slot = Rangef::new(left, left + span);
            left += span;
            slot
        })
        .collect()
}

/// Which word is named first where not all have room: the one that asks, those pointed at, then by weight.
fn by_importance(bars: &Bars<'_>, asking: Option<usize>, is_linked: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let weight = |i: usize| bars.weights.get(i).copied().unwrap_or_default();
    let rank = |i: usize| (Some(i) != asking, !is_linked(i));
    order_by(bars.weights.len(), &|a, b| {
        rank(a).cmp(&rank(b)).then(weight(b).total_cmp(&weight(a)))
    })
}

/// The numbers over the bars that matter, where they do not touch.
fn numbers(
    painter: &Painter,
    theme: &Theme,
    bars: &Bars<'_>,
    order: &[usize],
    bar: &dyn Fn(usize) -> Option<Rect>,
    is_linked: &dyn Fn(usize) -> bool,
) {
    let set = Set::strong(size::BODY, theme.query_text);
    let mut taken: Vec<Rect> = Vec::new();
    for &i in order {
        let weight = bars.weights.get(i).copied().unwrap_or_default();
        let Some(bar) = bar(i).filter(|_| weight >= NOTED || is_linked(i)) else {
            continue;
        };
        let percent = text::percent(weight);
        let digits = name::line(painter, theme, percent.trim_end_matches(['%', '\u{a0}']), set);
        let at = bar.center_top() - vec2(0.0, theme.px(1.0));
        let place = Align2::CENTER_BOTTOM.anchor_size(at, digits.size());
        if !taken.iter().any(|other| other.intersects(place)) {
            taken.push(place);
            digits.paint(painter, place.min);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a step of one picture")]
fn words(
    painter: &Painter,
    rect: Rect,
    theme: &Theme,
    bars: &Bars<'_>,
    asking: Option<usize>,
    order: &[usize],
    slots: &[Rangef],
    floor: f32,
    is_linked: &dyn Fn(usize) -> bool,
) {
    let mut taken: Vec<Rect> = Vec::new();
    for &i in order {
        let (Some(text), Some(slot)) = (bars.names.get(i), slots.get(i)) else {
            continue;
        };
        let own = asking == Some(i);
        let strong = own || is_linked(i);
        let colour = if strong || !crate::board::glyphs::is_special(text) {
            theme.ink
        } else {
            theme.ink2
        };
        let set = if strong {
            Set::strong(size::BODY, colour)
        } else {
            Set::regular(size::BODY, colour)
        };
        let galley: Text = name::name(painter, theme, text, set);
        let half = 0.5 * galley.size().x;
        let x = slot
            .center()
            .clamp(rect.left() + half, (rect.right() - half).max(rect.left() + half));
        let place = Align2::CENTER_TOP.anchor_size(pos2(x, floor + theme.px(6.0)), galley.size());
        let room = place.expand2(vec2(theme.px(if own { FRAME - 1.0 } else { 0.5 * GAP - 1.0 }), 0.0));
        if taken.iter().any(|other| other.intersects(room)) {
            continue;
        }
        taken.push(room);
        if own {
            painter.rect_stroke(
                place.expand2(vec2(theme.px(5.0), theme.px(2.0))),
                theme.corner(radius::TAG),
                Stroke::new(theme.strokes.thin, theme.query),
                StrokeKind::Middle,
            );
        }
        put(painter, Align2::LEFT_TOP, place.min, &galley);
    }
}
