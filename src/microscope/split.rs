//! Three linked maps, M = L + S, on one scale. Cells of M can be painted.

use egui::{Align2, Key, Painter, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::heat::{self, Cells, Scale, Texture, cell_at, cell_rect};
use super::put;
use crate::board::view::tick_text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// One wrong cell in so many: with more the map is framed, not each cell.
const MOST_FRAMED: usize = 4;
/// Names that are measured for the room beside M, and how wide one may be.
const MOST_NAMES: usize = 128;
const LONGEST_NAME: f32 = 48.0;

/// One of the maps.
pub struct Map<'a> {
    /// Symbol and words above it, with `*x*` for symbols.
    pub title: String,
    /// An entry.
    pub entry: &'a dyn Fn(usize, usize) -> f64,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// What is shown.
pub struct Split<'a> {
    /// Rows and columns.
    pub shape: [usize; 2],
    /// M, L, S.
    pub maps: [Map<'a>; 3],
    /// Signs between them.
    pub signs: [&'static str; 2],
    /// The end of the scale; larger entries are clipped.
    pub most: f64,
    /// The largest entry of all, to say whether something is clipped.
    pub largest: f64,
    /// Wrong entries.
    pub wrong: &'a [(usize, usize)],
    /// Names of the rows.
    pub names: &'a [String],
    /// The row that is linked.
    pub linked: Option<usize>,
    /// M can be painted.
    pub paints: bool,
    /// A gesture is running: a stroke without one was taken back.
    pub in_gesture: bool,
    /// Changes whenever an entry does.
    pub revision: u64,
}

/// What is held, and where the keyboard is.
#[derive(Debug, Default)]
pub struct Hand {
    /// Cells that the stroke has passed, the first one first.
    stroke: Vec<(usize, usize)>,
    last: Option<(usize, usize)>,
    cursor: (usize, usize),
    /// The stroke was taken back; the pointer is still down.
    dropped: bool,
    /// What the running stroke writes: kept here for the one who carries it out.
    pub value: Option<i16>,
}

/// What the hand did in a frame.
#[derive(Debug, Default, PartialEq)]
pub struct Done {
    /// The row that is pointed at.
    pub linked: Option<usize>,
    /// Cells of the running stroke, the first of which says what is done to all.
    pub painted: Vec<(usize, usize)>,
    /// The stroke is over.
    pub over: bool,
    /// Where M lies.
    pub place: Option<Rect>,
}

/// Paints the maps and listens.
pub fn ui(
    ui: &mut Ui,
    rect: Rect,
    theme: &Theme,
    split: &Split<'_>,
    textures: &mut [Texture; 3],
    hand: &mut Hand,
) -> Done {
    let mut done = Done::default();
    let [rows, columns] = split.shape;
    if rows == 0 || columns == 0 || rect.width() < 60.0 || rect.height() < 60.0 {
        return done;
    }
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let sign = theme.px(34.0).min(0.07 * rect.width());
    let margin = row_margin(&painter, theme, split);
    let width = (rect.width() - margin - 2.0 * sign) / 3.0;
    let head = theme.px(29.0);
    let foot = theme.px(28.0);
    // Cells are square where that fits, higher where the matrix is wide.
    let cell = width / columns as f32;
    let height = (rect.height() - head - foot)
        .min(rows as f32 * 3.6 * cell)
        .max(theme.px(30.0));
    let place = |i: usize| {
        let left = rect.left() + margin + i as f32 * (width + sign);
        Rect::from_min_size(pos2(left, rect.top() + head), vec2(width, height))
    };
    for (i, word) in split.signs.iter().enumerate() {
        let at = pos2(place(i).right() + 0.5 * sign, place(0).center().y);
        let set = Set::strong(size::WORD, theme.ink);
        put(
            &painter,
            Align2::CENTER_CENTER,
            at,
            &name::line(&painter, theme, word, set),
        );
    }
    for (i, (map, texture)) in std::iter::zip(&split.maps, textures.iter_mut()).enumerate() {
        let place = place(i);
        title(&painter, theme, place, &map.title);
        let heat = heat::Heat {
            cells: Cells {
                shape: split.shape,
                entry: map.entry,
                most: split.most,
                scale: Scale::WhichSign,
                revision: split.revision.wrapping_mul(4).wrapping_add(i as u64),
            },
            row: split.linked,
            column: None,
            spoken: map.spoken.clone(),
        };
        let hovered = heat::ui(ui, place, theme, &heat, texture);
        done.linked = done.linked.or(hovered.map(|(row, _)| row));
        if i != 1 {
            wrong_frames(&painter, theme, place, split);
        }
    }
    row_name(&painter, theme, place(0), split);
    foot_ui(&painter, theme, place(0), rect.right(), split);
    done.place = Some(place(0));
    if split.paints {
        paint_cells(ui, place(0), theme, split, hand, &mut done);
    } else {
        hand.stroke.clear();
        hand.dropped = false;
        done.over = hand.last.take().is_some();
    }
    done
}

/// Room for the name of a row at the left of M. It does not depend on which row is named: M must not move under a brush.
fn row_margin(painter: &Painter, theme: &Theme, split: &Split<'_>) -> f32 {
    let set = Set::regular(size::BODY, theme.ink);
    let width = |text: &String| name::name(painter, theme, text, set).size().x;
    let widest = split.names.iter().take(MOST_NAMES).map(width).fold(0.0, f32::max);
    widest.min(theme.px(LONGEST_NAME)) + theme.px(8.0)
}

/// The row whose name stands beside M: the linked one, else the only damaged one.
fn named_row(split: &Split<'_>) -> Option<usize> {
    let alone = || {
        let (first, _) = split.wrong.first()?;
        split.wrong.iter().all(|(row, _)| row == first).then_some(*first)
    };
    split.linked.or_else(alone)
}

fn row_name(painter: &Painter, theme: &Theme, place: Rect, split: &Split<'_>) {
    let Some(row) = named_row(split) else { return };
    let Some(text) = split.names.get(row) else { return };
    let y = cell_rect(place, split.shape, row, 0).center().y;
    let set = Set::regular(size::BODY, theme.ink);
    let line = super::fitted(painter, theme, text, set, theme.px(LONGEST_NAME));
    put(
        painter,
        Align2::RIGHT_CENTER,
        pos2(place.left() - theme.px(7.0), y),
        &line,
    );
}

fn title(painter: &Painter, theme: &Theme, place: Rect, words: &str) {
    let line = [size::WORD, size::BODY]
        .into_iter()
        .map(|size| name::line(painter, theme, words, Set::strong(size, theme.ink)))
        .reduce(|best, smaller| if best.size().x <= place.width() { best } else { smaller });
    if let Some(line) = line {
        // An index hangs below the line: titles stand on one line with and without.
        let plain = name::line(painter, theme, "*M*", Set::strong(size::WORD, theme.ink))
            .size()
            .y;
        let top = place.top() - theme.px(4.0) - plain;
        put(painter, Align2::LEFT_TOP, pos2(place.left(), top), &line);
    }
}

fn wrong_frames(painter: &Painter, theme: &Theme, place: Rect, split: &Split<'_>) {
    let [rows, columns] = split.shape;
    if MOST_FRAMED * split.wrong.len() > rows * columns {
        // Where most cells are wrong their frames would hide the map.
        let stroke = Stroke::new(theme.strokes.zero_line, theme.bad);
        painter.rect_stroke(place.expand(1.0), 0.0, stroke, StrokeKind::Outside);
        return;
    }
    let cell = cell_rect(place, split.shape, 0, 0).size();
    // Frames on cells of a few points would hide them.
    let stroke = Stroke::new(
        if cell.min_elem() < theme.px(6.0) {
            theme.strokes.hairline
        } else {
            theme.strokes.thin
        },
        theme.bad,
    );
    for (row, column) in split.wrong.iter().take(2000) {
        if *row < split.shape[0] && *column < split.shape[1] {
            let rect = cell_rect(place, split.shape, *row, *column);
            painter.rect_stroke(rect.expand(0.5), 0.0, stroke, StrokeKind::Outside);
        }
    }
}

/// The colour bar under M, and that it is one for all.
fn foot_ui(painter: &Painter, theme: &Theme, place: Rect, right: f32, split: &Split<'_>) {
    let bar = Rect::from_min_size(
        place.left_bottom() + vec2(0.0, theme.px(8.0)),
        vec2(place.width(), theme.px(5.0)),
    );
    heat::colour_strip(painter, theme, bar, Scale::WhichSign);
    let set = Set::regular(size::TICK, theme.ink2);
    let y = bar.bottom() + theme.px(2.0);
    let clipped = split.largest > split.most * (1.0 + 1e-9);
    let end = tick_text(split.most);
    let (low, high) = if clipped {
        (format!("≤ −{end}"), format!("≥ +{end}"))
    } else {
        (format!("−{end}"), format!("+{end}"))
    };
    let at =
        |anchor: Align2, x: f32, words: &str| put(painter, anchor, pos2(x, y), &name::line(painter, theme, words, set));
    let (low, high) = (
        at(Align2::LEFT_TOP, bar.left(), &low),
        at(Align2::RIGHT_TOP, bar.right(), &high),
    );
    // Between the ends of a small map there is no room.
    if low.right() + theme.px(22.0) < high.left() {
        at(Align2::CENTER_TOP, bar.center().x, "0");
    }
    let words = if split.paints {
        "press cells of *M* to make them wrong: +, −, clean"
    } else {
        "one scale for all three"
    };
    let words = name::line(painter, theme, words, Set::regular(size::BODY, theme.ink2));
    let left = bar.right() + theme.px(16.0);
    if left + words.size().x <= right {
        put(painter, Align2::LEFT_TOP, pos2(left, bar.top() - theme.px(4.0)), &words);
    }
}

/// The brush on M: with the pointer, and with the arrows and Enter.
fn paint_cells(ui: &mut Ui, place: Rect, theme: &Theme, split: &Split<'_>, hand: &mut Hand, done: &mut Done) {
    let response = ui.interact(place, ui.scope_id().with("cells of M"), Sense::click_and_drag());
    let [rows, columns] = split.shape;
    hand.cursor = (hand.cursor.0.min(rows - 1), hand.cursor.1.min(columns - 1));
    let (row, column) = hand.cursor;
    let name = split.names.get(row).map_or("", String::as_str);
    response.tell(&|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!(
                "Cells of M: {name}, entry {}; arrows choose, Enter makes it wrong",
                column + 1
            ),
        )
    });
    let at = response
        .interact_pointer_pos()
        .map(|at| cell_at(place, split.shape, at));
    let held = response.is_pointer_button_down_on() || response.dragged();
    if hand.last.is_some() && !split.in_gesture {
        hand.stroke.clear();
        hand.last = None;
        hand.dropped = held;
    }
    hand.dropped &= held;
    if let Some(cell) = at.filter(|_| held && !hand.dropped) {
        let from = hand.last.unwrap_or(cell);
        for cell in between(from, cell) {
            if !hand.stroke.contains(&cell) {
                hand.stroke.push(cell);
            }
        }
        if hand.last != Some(cell) {
            done.painted.clone_from(&hand.stroke);
        }
        hand.last = Some(cell);
        hand.cursor = cell;
    } else if hand.last.take().is_some() {
        hand.stroke.clear();
        done.over = true;
    }
    if response.has_focus() {
        keyboard(ui, &response, split.shape, hand, done);
        let frame = cell_rect(place, split.shape, hand.cursor.0, hand.cursor.1);
        ui.painter().rect_stroke(
            frame.expand(theme.px(2.0)),
            0.0,
            theme.focus_stroke(),
            StrokeKind::Outside,
        );
    }
    if let Some(at) = response.hover_pos() {
        let (row, column) = cell_at(place, split.shape, at);
        let frame = cell_rect(place, split.shape, row, column);
        ui.painter().rect_stroke(
            frame.expand(1.0),
            0.0,
            Stroke::new(theme.strokes.thin, theme.ink),
            StrokeKind::Outside,
        );
    }
}

fn keyboard(ui: &Ui, response: &Response, [rows, columns]: [usize; 2], hand: &mut Hand, done: &mut Done) {
    widgets::keep_arrows(ui, response);
    let (across, down, enter) = ui.input(|input| {
        let pressed = |key| input.num_presses(key).cast_signed();
        (
            pressed(Key::ArrowRight) - pressed(Key::ArrowLeft),
            pressed(Key::ArrowDown) - pressed(Key::ArrowUp),
            input.key_pressed(Key::Enter),
        )
    });
    hand.cursor = (
        hand.cursor.0.saturating_add_signed(down).min(rows - 1),
        hand.cursor.1.saturating_add_signed(across).min(columns - 1),
    );
    if enter {
        done.painted = vec![hand.cursor];
        done.over = true;
    }
}

/// The cells on the way from one cell to another, both included.
fn between(from: (usize, usize), to: (usize, usize)) -> Vec<(usize, usize)> {
    let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
    let along = |a: usize, b: usize, step: usize| {
        let share = step as f32 / steps as f32;
        (a as f32 + share * (b as f32 - a as f32)).round() as usize
    };
    (0..=steps)
        .map(|step| (along(from.0, to.0, step), along(from.1, to.1, step)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_stroke_leaves_no_gaps() {
        assert_eq!(between((2, 3), (2, 3)), [(2, 3), (2, 3)]);
        assert_eq!(between((0, 0), (1, 3)), [(0, 0), (0, 1), (1, 2), (1, 3)]);
        assert_eq!(between((3, 1), (0, 1)), [(3, 1), (2, 1), (1, 1), (0, 1)]);
    }
}
