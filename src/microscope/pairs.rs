//! Two rows of numbers compared: one as filled bars, the other as dashed outlines over them.

use egui::{Align2, Painter, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::bars::dashed_rect;
use super::{every, fitted, put};
use crate::look::Theme;
use crate::look::name::{self, Set, Text};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct Pairs<'a> {
    /// One name per pair.
    pub names: &'a [String],
    /// The filled bars.
    pub filled: &'a [f64],
    /// The dashed outlines, as many.
    pub outlined: &'a [f64],
    /// The pairs by importance: where not all have room, the first of these are shown, in reading order.
    pub order: &'a [usize],
    /// What stands at the end of a pair.
    pub notes: &'a [Note],
    /// The pair that is linked.
    pub linked: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// Words at the end of a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Which pair.
    pub pair: usize,
    /// The words.
    pub text: String,
    /// Set in the query's colour, for the one that the headline speaks of.
    pub warm: bool,
}

impl Pairs<'_> {
    fn len(&self) -> usize {
        self.filled.len().min(self.outlined.len())
    }

    fn values(&self, pair: usize) -> [f64; 2] {
        [self.filled, self.outlined].map(|row| row.get(pair).copied().unwrap_or_default())
    }

    fn name(&self, pair: usize) -> &str {
        self.names.get(pair).map_or("", String::as_str)
    }

    fn note(&self, painter: &Painter, theme: &Theme, pair: usize) -> Option<Text> {
        let note = self.notes.iter().find(|note| note.pair == pair)?;
        let colour = if note.warm { theme.query_text } else { theme.ink };
        Some(name::line(painter, theme, &note.text, Set::strong(size::BODY, colour)))
    }

    /// The pairs that are shown when `fits` have room, in reading order. The linked one is among them.
    fn shown(&self, fits: usize) -> Vec<usize> {
        let n = self.len();
        if n <= fits {
            return (0..n).collect();
        }
        let mut shown: Vec<usize> = self.order.iter().copied().filter(|pair| *pair < n).take(fits).collect();
        if let Some(linked) = self.linked.filter(|linked| *linked < n && !shown.contains(linked)) {
            shown.pop();
            shown.push(linked);
        }
        shown.sort_unstable();
        shown
    }

    /// The least and the greatest value of the pairs, with 0 between.
    fn range(&self, pairs: &[usize]) -> (f64, f64) {
        let (low, high) = pairs
            .iter()
            .flat_map(|pair| self.values(*pair))
            .filter(|value| value.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        (low, high.max(low + 1e-300))
    }
}

/// Height that a lying pair needs for its name to be read, before the theme's scale.
const LEAST_LINE: f32 = 14.5;

/// How many lying pairs have room in a height.
pub fn lying_room(theme: &Theme, height: f32) -> usize {
    ((height / theme.px(LEAST_LINE)) as usize).max(1)
}

/// Whether every pair has room for its name as an upright bar.
pub fn stands_upright(painter: &Painter, theme: &Theme, names: &[String], width: f32) -> bool {
    if names.len() > 40 {
        return false;
    }
    let set = Set::regular(size::BODY, theme.ink);
    let widest = names
        .iter()
        .map(|text| name::name(painter, theme, text, set).size().x)
        .fold(theme.px(10.0), f32::max);
    (widest + theme.px(4.0)) * names.len() as f32 <= width
}

/// Filled and dashed with their words, at the right of a line of words; nothing where there is no room. Returns the width.
pub fn legend(painter: &Painter, theme: &Theme, right: Pos2, room: f32, words: [&str; 2]) -> f32 {
    let set = Set::regular(size::BODY, theme.ink);
    let texts = words.map(|word| name::line(painter, theme, word, set));
    let (box_size, pad, gap) = (vec2(theme.px(18.0), theme.px(10.0)), theme.px(6.0), theme.px(12.0));
    let width = texts.iter().map(|text| box_size.x + pad + text.size().x).sum::<f32>() + gap;
    if width > room {
        return 0.0;
    }
    let mut left = right.x - width;
    for (i, text) in texts.iter().enumerate() {
        let middle = right.y + 0.5 * text.size().y;
        let mark = Rect::from_min_size(pos2(left, middle - 0.5 * box_size.y), box_size);
        if i == 0 {
            painter.rect_filled(mark, 0.0, theme.query);
        } else {
            dashed_rect(painter, theme, mark, theme.ink);
        }
        text.paint(painter, pos2(mark.right() + pad, right.y));
        left = mark.right() + pad + text.size().x + gap;
    }
    width
}

/// A heading with the legend at its right, or below it where both have no room on one line. Returns what is left below.
pub fn heading(painter: &Painter, theme: &Theme, rect: Rect, title: &str, words: [&str; 2]) -> Rect {
    let below = super::heading(painter, theme, rect, title, "");
    let title = name::line(painter, theme, title, Set::strong(size::BODY, theme.ink));
    let room = rect.width() - title.size().x - theme.px(12.0);
    if legend(painter, theme, rect.right_top(), room, words) > 0.0 {
        return below;
    }
    let line = below.top() - rect.top();
    let left = pos2(rect.right(), below.top() - theme.px(4.0));
    if below.height() > 4.0 * line && legend(painter, theme, left, rect.width(), words) > 0.0 {
        return Rect::from_min_max(pos2(rect.left(), below.top() + line - theme.px(4.0)), rect.max);
    }
    below
}

/// Lying pairs in reading order. Returns the pair under the pointer.
pub fn lying_ui(ui: &mut Ui, rect: Rect, theme: &Theme, pairs: &Pairs<'_>, most_line: f32) -> Option<usize> {
    let response = ui.interact(rect, ui.scope_id().with("pairs"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &pairs.spoken));
    let painter = ui.painter_at(rect.expand(2.0));
    let shown = pairs.shown(lying_room(theme, rect.height()));
    let (low, high) = pairs.range(&shown);
    let line = (rect.height() / shown.len().max(1) as f32).min(theme.px(most_line));
    let set = Set::regular(size::BODY, theme.ink);
    let names: Vec<Text> = shown
        .iter()
        .map(|pair| fitted(&painter, theme, pairs.name(*pair), set, 0.3 * rect.width()))
        .collect();
    let widest = names.iter().map(|text| text.size().x).fold(theme.px(14.0), f32::max);
    let notes: Vec<Option<Text>> = shown.iter().map(|pair| pairs.note(&painter, theme, *pair)).collect();
    let noted = notes
        .iter()
        .flatten()
        .map(|text| text.size().x + theme.px(8.0))
        .fold(0.0, f32::max);
    let left = rect.left() + widest + theme.px(8.0);
    let right = (rect.right() - noted).max(left + 1.0);
    let x_at = |value: f64| left + (right - left) * ((value - low) / (high - low)) as f32;
    let mut hovered = None;
    for (place, &pair) in shown.iter().enumerate() {
        let top = rect.top() + place as f32 * line;
        let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), line));
        if response.hover_pos().is_some_and(|at| row.contains(at)) {
            hovered = Some(pair);
        }
        let lit = pairs.linked == Some(pair) || hovered == Some(pair);
        if lit {
            painter.rect_filled(row, 0.0, theme.hover);
        }
        let bar = |value: f64| {
            Rect::from_two_pos(
                pos2(x_at(0.0), row.top() + 0.14 * line),
                pos2(x_at(value), row.bottom() - 0.14 * line),
            )
        };
        let [filled, outlined] = pairs.values(pair).map(bar);
        painter.rect_filled(filled, 0.0, theme.query);
        dashed_rect(&painter, theme, outlined, theme.ink);
        let strong = pairs.notes.iter().any(|note| note.pair == pair && note.warm);
        let text = if lit || strong {
            let set = Set::strong(size::BODY, theme.ink);
            fitted(&painter, theme, pairs.name(pair), set, 0.3 * rect.width())
        } else {
            names.get(place).cloned().unwrap_or_default()
        };
        put(
            &painter,
            Align2::RIGHT_CENTER,
            pos2(left - theme.px(8.0), row.center().y),
            &text,
        );
        if let Some(note) = notes.get(place).and_then(Option::as_ref) {
            let end = filled.right().max(outlined.right()) + theme.px(8.0);
            put(&painter, Align2::LEFT_CENTER, pos2(end, row.center().y), note);
        }
    }
    let zero = painter.round_to_pixel_center(x_at(0.0));
    let used = rect.top()..=rect.top() + line * shown.len() as f32;
    painter.vline(zero, used, theme.hairline(theme.ink3));
    hovered
}

/// Upright pairs in reading order, all of them. Returns the pair under the pointer.
pub fn upright_ui(ui: &mut Ui, rect: Rect, theme: &Theme, pairs: &Pairs<'_>) -> Option<usize> {
    let response = ui.interact(rect, ui.scope_id().with("pairs"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &pairs.spoken));
    let n = pairs.len();
    if n == 0 {
        return None;
    }
    let painter = ui.painter_at(rect.expand2(vec2(theme.px(8.0), 0.0)));
    let floor = rect.bottom() - theme.px(22.0);
    let margin = theme.px(if pairs.notes.is_empty() { 4.0 } else { 20.0 });
    let ceiling = (rect.top() + margin).min(floor);
    let slot = rect.width() / n as f32;
    let all: Vec<usize> = (0..n).collect();
    let (low, high) = pairs.range(&all);
    let y_at = |value: f64| floor - (floor - ceiling) * ((value - low) / (high - low)) as f32;
    let width = (0.56 * slot).clamp(1.0, theme.px(24.0));
    let hovered = response
        .hover_pos()
        .map(|at| (((at.x - rect.left()) / slot).max(0.0) as usize).min(n - 1));
    let set = Set::regular(size::BODY, theme.ink);
    let widest = pairs
        .names
        .iter()
        .take(200)
        .map(|text| name::name(&painter, theme, text, set).size().x)
        .fold(theme.px(8.0), f32::max);
    let step = every(widest + theme.px(4.0), slot);
    for pair in 0..n {
        let x = rect.left() + (pair as f32 + 0.5) * slot;
        let lit = pairs.linked == Some(pair) || hovered == Some(pair);
        if lit {
            let column = Rect::from_x_y_ranges(x - 0.5 * slot..=x + 0.5 * slot, ceiling..=rect.bottom());
            painter.rect_filled(column, 0.0, theme.hover);
        }
        let bar = |value: f64| Rect::from_two_pos(pos2(x - 0.5 * width, y_at(0.0)), pos2(x + 0.5 * width, y_at(value)));
        let [filled, outlined] = pairs.values(pair).map(bar);
        painter.rect_filled(filled, 0.0, theme.query);
        if width >= theme.px(7.0) {
            dashed_rect(&painter, theme, outlined, theme.ink);
        } else {
            // An outline has no room: its end alone.
            let end = y_at(pairs.values(pair)[1]);
            let reach = (0.5 * slot).max(1.0);
            painter.hline(x - reach..=x + reach, end, theme.hairline(theme.ink));
        }
        if pair % step == 0 || lit {
            let set = if lit { Set::strong(size::BODY, theme.ink) } else { set };
            let text = name::name(&painter, theme, pairs.name(pair), set);
            let half = 0.5 * text.size().x;
            let at = pos2(
                x.clamp(rect.left() + half, (rect.right() - half).max(rect.left() + half)),
                floor + theme.px(3.0),
            );
            put(&painter, Align2::CENTER_TOP, at, &text);
        }
    }
    painter.hline(
        rect.x_range(),
        painter.round_to_pixel_center(y_at(0.0)),
        theme.hairline(theme.ink3),
    );
    // Without room for bars there is none for what they come to.
    let noted = if floor - ceiling > theme.px(8.0) { n } else { 0 };
    for pair in 0..noted {
        let Some(note) = pairs.note(&painter, theme, pair) else {
            continue;
        };
        let x = rect.left() + (pair as f32 + 0.5) * slot;
        let top = pairs.values(pair).map(y_at).into_iter().fold(f32::INFINITY, f32::min);
        let half = 0.5 * note.size().x;
        let left = (x - half).clamp(rect.left(), (rect.right() - 2.0 * half).max(rect.left()));
        note.paint_halo(&painter, theme, pos2(left, top - note.size().y - theme.px(1.0)));
    }
    hovered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_room_is_shown_in_reading_order_with_the_linked_one() {
        let numbers = [0.1, 0.4, 0.2, 0.3];
        let mut pairs = Pairs {
            names: &[],
            filled: &numbers,
            outlined: &numbers,
            order: &[1, 3, 2, 0],
            notes: &[],
            linked: None,
            spoken: String::new(),
        };
        assert_eq!(pairs.shown(4), vec![0, 1, 2, 3]);
        assert_eq!(pairs.shown(3), vec![1, 2, 3]);
        assert_eq!(pairs.shown(1), vec![1]);
        pairs.linked = Some(0);
        assert_eq!(pairs.shown(3), vec![0, 1, 3], "the least important makes room");
        pairs.linked = Some(9);
        assert_eq!(pairs.shown(2), vec![1, 3], "a pair that is not there is no pair");
    }

    #[test]
    fn zero_is_always_in_the_range() {
        let range = |filled: &[f64]| {
            let pairs = Pairs {
                names: &[],
                filled,
                outlined: filled,
                order: &[],
                notes: &[],
                linked: None,
                spoken: String::new(),
            };
            pairs.range(&(0..filled.len()).collect::<Vec<_>>())
        };
        assert_eq!(range(&[0.2, 0.5]), (0.0, 0.5));
        assert_eq!(range(&[-0.2, -0.5]), (-0.5, 0.0));
        let (low, high) = range(&[0.0, f64::NAN]);
        assert!(low == 0.0 && high > low, "nothing divides by zero");
    }
}
