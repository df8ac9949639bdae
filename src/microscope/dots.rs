//! Rows of marks on one logarithmic axis: what a few things cost, or how wrong they are, and what that is compared with.

use std::ops::Range;

use egui::{Align2, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::put;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// A mark on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// What is spoken of.
    Disc,
    /// What it is compared with.
    Ring,
    /// What it is also compared with.
    Square,
    /// A bound.
    Tick,
}

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its name, with `*x*` for symbols.
    pub name: String,
    /// It is the one that is spoken of.
    pub strong: bool,
    /// Its marks, the last on top. Numbers above 0; what is less stands at the left end, what is not a number nowhere.
    pub marks: Vec<(f64, Mark)>,
    /// What stands above its disc.
    pub label: String,
    /// What stands in the columns at the right; nothing where it was not measured.
    pub columns: Vec<Option<String>>,
    /// The row in words, for the screen reader.
    pub spoken: String,
    /// Its disc is beyond its bound.
    pub bad: bool,
}

/// What is shown.
pub struct Dots<'a> {
    /// The rows.
    pub rows: &'a [Row],
    /// Titles of the columns, in a long and in a short form.
    pub titles: &'a [[&'a str; 2]],
    /// The number at a power of ten.
    pub tick: fn(i32) -> String,
    /// Tells rows of several pictures apart.
    pub id: &'a str,
}

/// What stands where there is no number.
pub const NOT_MEASURED: &str = "not measured";

/// The decades of the axis: at least two, and none where there is no mark.
fn decades(rows: &[Row]) -> Option<[i32; 2]> {
    let marks = rows.iter().flat_map(|row| &row.marks).map(|(x, _)| x.log10());
    let (low, high) = marks
        .filter(|x| x.is_finite())
        .fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return None;
    }
    let (low, high) = ((low - 0.05).floor() as i32, high.ceil() as i32);
    Some([low, high.max(low + 2)])
}

/// As many rows as there is room for, the strong one among them.
fn shown(rows: &[Row], room: usize) -> Range<usize> {
    let strong = rows.iter().position(|row| row.strong).unwrap_or_default();
    let first = strong.saturating_sub(room / 2).min(rows.len().saturating_sub(room));
    first..rows.len().min(first + room)
}

/// Paints the rows that have room. Returns the one that was pressed.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, dots: &Dots<'_>) -> Option<usize> {
    let painter = ui.painter_at(rect.expand(theme.px(6.0)));
    let has_room = rect.width() > theme.px(560.0) && rect.height() > theme.px(44.0) * (dots.rows.len() as f32 + 1.0);
    let large = if has_room { size::WORD } else { size::BODY };
    let set = |row: &Row| {
        if row.strong {
            Set::strong(large, theme.ink)
        } else {
            Set::regular(large, theme.ink)
        }
    };
    let names: Vec<name::Text> = dots
        .rows
        .iter()
        .map(|row| name::line(&painter, theme, &row.name, set(row)))
        .collect();
    let widest = names.iter().map(|name| name.size().x).fold(0.0, f32::max);
    let left = rect.left() + widest + theme.px(16.0);
    let (titles, column) = columns(&painter, theme, dots, rect.right() - left);
    let plot = Rect::from_min_max(
        pos2(left, rect.top() + if column > 0.0 { theme.px(22.0) } else { 0.0 }),
        pos2(
            rect.right() - column * titles.len() as f32 - theme.px(8.0),
            rect.bottom() - theme.px(20.0),
        ),
    );
    let shown = shown(dots.rows, (plot.height() / theme.px(14.0)) as usize);
    if shown.is_empty() || plot.width() < theme.px(24.0) {
        return None;
    }
    let each = plot.height() / shown.len() as f32;
    let [low, high] = decades(dots.rows).unwrap_or([0, 1]);
    let x = |value: f64| {
        let share = (value.log10() - f64::from(low)) / f64::from(high - low);
        plot.left() + plot.width() * share.clamp(0.0, 1.0) as f32
    };
    if let Some(ends) = decades(dots.rows) {
        axis(&painter, theme, dots, plot, ends);
    }
    for (i, title) in titles.iter().rev().enumerate() {
        let line = name::line(&painter, theme, title, Set::regular(size::BODY, theme.ink2));
        let at = pos2(rect.right() - column * i as f32, rect.top());
        put(&painter, Align2::RIGHT_TOP, at, &line);
    }
    let mut pressed = None;
    let rows = std::iter::zip(dots.rows, &names).enumerate();
    for (i, (row, name)) in rows.skip(shown.start).take(shown.len()) {
        let y = plot.top() + ((i - shown.start) as f32 + 0.5) * each;
        let place = Rect::from_x_y_ranges(rect.x_range(), y - 0.5 * each..=y + 0.5 * each);
        let response = ui.interact(place, ui.scope_id().with((dots.id, i)), Sense::click());
        response.tell(&|| WidgetInfo::selected(Role::RadioButton, true, row.strong, &row.spoken));
        if response.clicked() {
            pressed = Some(i);
        }
        if response.hovered() {
            painter.rect_filled(place, 0.0, theme.hover);
        }
        widgets::focus_ring(ui, theme, place, &response);
        put(&painter, Align2::RIGHT_CENTER, pos2(left - theme.px(16.0), y), name);
        let marks = || row.marks.iter().filter(|(value, _)| !value.is_nan());
        let ends = marks()
            .map(|(value, _)| x(*value))
            .fold(egui::Rangef::NOTHING, |ends, x| {
                egui::Rangef::new(ends.min.min(x), ends.max.max(x))
            });
        if ends.min > ends.max {
            let words = name::line(&painter, theme, NOT_MEASURED, Set::regular(size::BODY, theme.ink2));
            let at = pos2(plot.left() + theme.px(8.0), y);
            words.put_halo(&painter, theme, Align2::LEFT_CENTER, at);
        } else {
            painter.hline(ends, y, Stroke::new(theme.px(2.5), theme.line));
        }
        for (value, mark) in marks() {
            paint(&painter, theme, pos2(x(*value), y), *mark, (row.bad, 0.4 * each));
        }
        if let Some((value, _)) = marks().find(|(_, mark)| *mark == Mark::Disc) {
            let line = name::line(&painter, theme, &row.label, Set::strong(size::BODY, theme.ink));
            let others: Vec<f32> = marks().map(|(value, _)| x(*value)).collect();
            label(&painter, theme, &line, (pos2(x(*value), y), each), &others, plot);
        }
        if column > 0.0 && !row.marks.is_empty() {
            numbers(&painter, theme, row, (pos2(rect.right(), y), column, large));
        }
    }
    pressed
}

/// Words above a disc; where the rows are low, beside it and its near neighbours.
fn label(painter: &Painter, theme: &Theme, line: &name::Text, (disc, each): (Pos2, f32), others: &[f32], plot: Rect) {
    let half = 0.5 * line.size().x;
    if each >= theme.px(36.0) {
        let x = disc
            .x
            .clamp(plot.left() + half, (plot.right() - half).max(plot.left() + half));
        line.put_halo(painter, theme, Align2::CENTER_BOTTOM, pos2(x, disc.y - theme.px(9.0)));
        return;
    }
    let gap = theme.px(13.0);
    let beside = |x: f32| [pos2(x + gap + half, disc.y), pos2(x - gap - half, disc.y)];
    let places = others.iter().flat_map(|x| beside(*x));
    let free = |at: &Pos2| {
        let reach = half + gap - 1.0;
        plot.x_range().shrink(half).contains(at.x) && others.iter().all(|x| (at.x - x).abs() >= reach)
    };
    let near = |a: &Pos2, b: &Pos2| (a.x - disc.x).abs().total_cmp(&(b.x - disc.x).abs());
    if let Some(at) = places.filter(free).min_by(near) {
        line.put_halo(painter, theme, Align2::CENTER_CENTER, at);
    }
}

/// Titles of the columns as they have room, and how wide each column is; 0 where there is no room for them.
fn columns<'a>(painter: &Painter, theme: &Theme, dots: &Dots<'a>, room: f32) -> (Vec<&'a str>, f32) {
    let long = room > theme.px(430.0);
    let titles: Vec<&str> = dots
        .titles
        .iter()
        .map(|[full, short]| if long { *full } else { *short })
        .collect();
    let measured = dots.rows.iter().filter(|row| !row.marks.is_empty());
    let cells = measured.flat_map(|row| &row.columns);
    let cells = cells.map(|cell| cell.as_deref().unwrap_or(NOT_MEASURED));
    let words: Vec<&str> = titles.iter().copied().chain(cells).collect();
    let set = Set::strong(size::BODY, theme.ink);
    let widest = words
        .iter()
        .map(|words| name::line(painter, theme, words, set).size().x)
        .fold(0.0, f32::max);
    let column = widest + theme.px(16.0);
    let needed = column * titles.len() as f32;
    if words.len() > titles.len() && room - needed > theme.px(110.0) {
        (titles, column)
    } else {
        (Vec::new(), 0.0)
    }
}

/// The numbers of a row in its columns.
fn numbers(painter: &Painter, theme: &Theme, row: &Row, (right, column, large): (Pos2, f32, f32)) {
    for (i, text) in row.columns.iter().rev().enumerate() {
        let (words, set) = match text {
            Some(text) if i == 0 || row.strong => (text.as_str(), Set::strong(large, theme.ink)),
            Some(text) => (text.as_str(), Set::regular(large, theme.ink)),
            None => (NOT_MEASURED, Set::regular(size::BODY, theme.ink2)),
        };
        let line = name::line(painter, theme, words, set);
        put(
            painter,
            Align2::RIGHT_CENTER,
            right - vec2(column * i as f32, 0.0),
            &line,
        );
    }
}

/// Powers of ten with their lines, as many numbers as there is room for.
fn axis(painter: &Painter, theme: &Theme, dots: &Dots<'_>, plot: Rect, [low, high]: [i32; 2]) {
    let set = Set::regular(size::TICK, theme.ink2);
    let mut taken = f32::NEG_INFINITY;
    for decade in low..=high {
        let share = (decade - low) as f32 / (high - low) as f32;
        let x = painter.round_to_pixel_center(plot.left() + share * plot.width());
        painter.vline(x, plot.y_range(), theme.hairline(theme.grid));
        let line = name::line(painter, theme, &(dots.tick)(decade), set);
        let half = 0.5 * line.size().x;
        let centre = x.min(plot.right() + theme.px(8.0) - half);
        if centre - half > taken {
            put(
                painter,
                Align2::CENTER_TOP,
                pos2(centre, plot.bottom() + theme.px(4.0)),
                &line,
            );
            taken = centre + half + theme.px(8.0);
        }
    }
}

/// A mark that reaches no farther than `most`.
pub fn paint(painter: &Painter, theme: &Theme, at: Pos2, mark: Mark, (bad, most): (bool, f32)) {
    let ink = if bad { theme.bad } else { theme.ink };
    match mark {
        Mark::Disc => {
            painter.circle(at, theme.px(5.5), ink, Stroke::new(theme.px(1.0), theme.halo));
        }
        Mark::Ring => {
            painter.circle_stroke(at, theme.px(9.0).min(most), Stroke::new(theme.px(2.5), theme.ink));
        }
        Mark::Square => {
            let square = Rect::from_center_size(at, Vec2::splat(theme.px(12.0)));
            painter.rect(
                square,
                0.0,
                theme.ink3,
                Stroke::new(theme.px(1.5), theme.halo),
                StrokeKind::Outside,
            );
        }
        Mark::Tick => {
            let half = theme.px(8.0).min(most);
            painter.vline(at.x, at.y - half..=at.y + half, Stroke::new(theme.px(2.5), theme.ink));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_holds_every_mark_and_has_two_decades() {
        let row = |marks: &[f64]| Row {
            marks: marks.iter().map(|x| (*x, Mark::Disc)).collect(),
            ..Row::default()
        };
        assert_eq!(decades(&[row(&[57.0, 45.0, 25_000.0]), row(&[27.0])]), Some([1, 5]));
        assert_eq!(decades(&[row(&[3.0])]), Some([0, 2]));
        assert_eq!(
            decades(&[row(&[10.0, 100.0])]),
            Some([0, 2]),
            "not on the end at the names"
        );
        assert_eq!(decades(&[row(&[]), row(&[f64::NAN, 0.0, -1.0])]), None);
    }
}
