//! Weight × value = score: a row per key with its weight as a bar and its values as cells, and the sum below.

use egui::{Align2, Mesh, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{every, put};
use crate::lab::readout::text;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use crate::look::{Maps, Theme, widgets};

/// What is shown.
pub struct Weighted<'a> {
    /// One name per key.
    pub names: &'a [String],
    /// One weight per key.
    pub weights: &'a [f64],
    /// The columns of V that are shown.
    pub columns: &'a [Column],
    /// The column that is on the board.
    pub chosen: usize,
    /// The key that is pointed at.
    pub linked: Option<usize>,
    /// What the columns are.
    pub shown: Shown,
}

/// What the columns are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// The coefficients A of the axes.
    Coefficients,
    /// Values built from the keys, V = G A.
    #[default]
    Constructed,
    /// Values of the cloud's own; those of the first two columns can be dragged.
    Free,
}

/// A column of V with its sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The axis (from 0).
    pub axis: usize,
    /// A value per key.
    pub values: Vec<f64>,
    /// `Σ_j w_j v_j`.
    pub score: f64,
    /// Whether the axis is kept.
    pub kept: bool,
}

/// What the hand does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hand {
    /// The key under the pointer.
    pub linked: Option<usize>,
    /// What the columns are to be.
    pub show: Option<Shown>,
    /// The column that was clicked: its axis.
    pub choose: Option<usize>,
    /// A value that is dragged or set: key, column (0 or 1), new value.
    pub value: Option<(usize, usize, f64)>,
    /// The drag is over, or the value was set by a key.
    pub over: bool,
}

/// Columns of V whose values a gesture can set.
const EDITABLE: usize = 2;
/// Points of a drag from nothing to the largest value.
const FULL_DRAG: f32 = 90.0;

/// Where the parts stand.
struct Places {
    names: f32,
    bars: egui::Rangef,
    cells: egui::Rangef,
    top: f32,
    line: f32,
}

/// Paints the table into `rect` and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, table: &Weighted<'_>) -> Hand {
    let mut hand = Hand::default();
    let n = table.weights.len();
    if n == 0 || table.columns.is_empty() || rect.height() < theme.px(92.0) {
        return hand;
    }
    let painter = ui.painter_at(rect.expand(theme.px(3.0)));
    let places = places(&painter, rect, theme, table);
    hand.show = headers_ui(ui, theme, rect, table, &places);
    let below = Rect::from_min_max(pos2(rect.left(), places.top), rect.max);
    let hover = ui.interact(below, ui.scope_id().with("weighted"), Sense::click());
    hover.tell(&|| WidgetInfo::labeled(Role::Image, true, spoken(table)));
    let row_at = |y: f32| Some(((y - places.top) / places.line) as usize).filter(|row| y >= places.top && *row < n);
    hand.linked = hover.hover_pos().and_then(|at| row_at(at.y));
    if hover.clicked()
        && let Some(at) = hover.interact_pointer_pos()
        && places.cells.contains(at.x)
    {
        let slot = places.cells.span() / table.columns.len() as f32;
        let place = ((at.x - places.cells.min) / slot) as usize;
        hand.choose = table.columns.get(place).map(|column| column.axis);
    }
    let linked = hand.linked.or(table.linked);
    rows(&painter, theme, rect, table, &places, linked);
    cells(&painter, theme, table, &places);
    if table.shown == Shown::Free {
        edit_ui(ui, theme, table, &places, &mut hand);
    }
    sums(&painter, theme, rect, table, &places);
    hand
}

fn places(painter: &Painter, rect: Rect, theme: &Theme, table: &Weighted<'_>) -> Places {
    let widest = table
        .names
        .iter()
        .take(100)
        .map(|text| {
            name::name(painter, theme, text, Set::regular(size::BODY, theme.ink))
                .size()
                .x
        })
        .fold(theme.px(20.0), f32::max)
        .min(0.24 * rect.width());
    let names = rect.left() + widest;
    let cells = 0.46 * rect.width();
    let top = rect.top() + theme.px(24.0);
    let bottom = rect.bottom() - theme.px(52.0);
    Places {
        names,
        bars: egui::Rangef::new(names + theme.px(8.0), rect.right() - cells - theme.px(46.0)),
        cells: egui::Rangef::new(rect.right() - cells, rect.right()),
        top,
        line: ((bottom - top) / table.weights.len() as f32).min(theme.px(20.0)),
    }
}

/// Titles, and at the right what the columns can be.
fn headers_ui(ui: &mut Ui, theme: &Theme, rect: Rect, table: &Weighted<'_>, places: &Places) -> Option<Shown> {
    let painter = ui.painter();
    let top = rect.top();
    let weight = name::line(painter, theme, "Weight", Set::strong(size::BODY, theme.query_text));
    weight.paint(painter, pos2(places.bars.min, top));
    let title = if table.shown == Shown::Coefficients {
        "Coefficient"
    } else {
        "× Value *V*"
    };
    let value = name::line(painter, theme, title, Set::strong(size::BODY, theme.ink));
    let room = rect.right() - places.cells.min;
    // Where the columns are too narrow for title and tabs, the title moves to the left of them.
    let tabs = theme.px(152.0);
    let left = if value.size().x + tabs < room {
        places.cells.min
    } else {
        (rect.right() - tabs - value.size().x - theme.px(8.0)).max(places.bars.min + weight.size().x + theme.px(8.0))
    };
    value.paint(painter, pos2(left, top));
    let rect = Rect::from_min_max(
        pos2(left + value.size().x, top - theme.px(4.0)),
        pos2(rect.right(), top + theme.px(22.0)),
    );
    let flow = egui::Layout::right_to_left(egui::Align::Center);
    let mut child = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("values from")
            .max_rect(rect)
            .layout(flow),
    );
    child.spacing_mut().item_spacing.x = theme.px(4.0);
    let words = [
        ("free", Shown::Free),
        ("constructed", Shown::Constructed),
        ("*A*", Shown::Coefficients),
    ];
    let mut pressed = None;
    for (word, shown) in words {
        if widgets::text_tab(&mut child, theme, word, table.shown == shown).clicked() {
            pressed = Some(shown).filter(|shown| *shown != table.shown);
        }
    }
    pressed
}

fn rows(painter: &Painter, theme: &Theme, rect: Rect, table: &Weighted<'_>, places: &Places, linked: Option<usize>) {
    let heaviest = table.weights.iter().copied().fold(1e-300, f64::max);
    let (letters, need) = if places.line < theme.px(17.0) {
        (size::TICK, 12.5)
    } else {
        (size::BODY, 16.0)
    };
    let step = every(theme.px(need), places.line);
    for (i, &weight) in table.weights.iter().enumerate() {
        let row = Rect::from_min_size(
            pos2(rect.left(), places.top + i as f32 * places.line),
            vec2(rect.width(), places.line),
        );
        let is_linked = linked == Some(i);
        if is_linked {
            painter.rect_filled(row, 0.0, theme.hover);
        }
        if i % step == 0 || is_linked {
            let set = if is_linked {
                Set::strong(letters, theme.ink)
            } else {
                Set::regular(letters, theme.ink)
            };
            let text = table.names.get(i).map_or("", String::as_str);
            let line = name::name(painter, theme, text, set);
            put(painter, Align2::RIGHT_CENTER, pos2(places.names, row.center().y), &line);
        }
        let length = (places.bars.span() * (weight / heaviest) as f32).max(if weight > 0.0 { 1.0 } else { 0.0 });
        let inset = 0.16 * places.line;
        let bar = Rect::from_min_size(
            pos2(places.bars.min, row.top() + inset),
            vec2(length, places.line - 2.0 * inset),
        );
        painter.rect_filled(bar, 0.0, theme.query);
        if is_linked {
            let set = Set::strong(size::BODY, theme.query_text);
            let number = name::line(painter, theme, &text::percent(weight), set);
            let at = pos2(bar.right() + theme.px(5.0), row.center().y);
            put(painter, Align2::LEFT_CENTER, at, &number);
        }
    }
}

/// Where a cell of a column is.
fn cell(table: &Weighted<'_>, places: &Places, theme: &Theme, place: usize, row: usize) -> Rect {
    let slot = places.cells.span() / table.columns.len() as f32;
    let left = places.cells.min + place as f32 * slot;
    Rect::from_x_y_ranges(
        left..=left + slot - theme.px(4.0),
        places.top + row as f32 * places.line..=places.top + (row + 1) as f32 * places.line,
    )
}

fn largest(column: &Column) -> f64 {
    column.values.iter().fold(0.0, |most: f64, x| most.max(x.abs()))
}

fn cells(painter: &Painter, theme: &Theme, table: &Weighted<'_>, places: &Places) {
    let maps = Maps::of(theme);
    let mut mesh = Mesh::default();
    let gap = if places.line > 5.0 { 1.0 } else { 0.0 };
    for (place, column) in table.columns.iter().enumerate() {
        let most = largest(column);
        for (row, value) in column.values.iter().enumerate() {
            let rect = cell(table, places, theme, place, row);
            let share = if most > 0.0 { (value / most) as f32 } else { 0.0 };
            mesh.add_colored_rect(
                Rect::from_min_max(rect.min, rect.max - vec2(0.0, gap)),
                maps.tidal(share),
            );
        }
    }
    painter.add(mesh);
    if let Some(place) = table.columns.iter().position(|column| column.axis == table.chosen) {
        let last = table.weights.len() - 1;
        let frame = cell(table, places, theme, place, 0).union(cell(table, places, theme, place, last));
        let stroke = Stroke::new(theme.strokes.thin, theme.ink);
        painter.rect_stroke(frame.expand(1.0), 0.0, stroke, StrokeKind::Outside);
    }
}

/// A cell is dragged to the right for more, to the left for less; with the arrow keys when it has the focus.
fn edit_ui(ui: &Ui, theme: &Theme, table: &Weighted<'_>, places: &Places, hand: &mut Hand) {
    for (place, column) in table.columns.iter().enumerate() {
        if column.axis >= EDITABLE {
            continue;
        }
        let unit = largest(column).max(0.1);
        for (row, &value) in column.values.iter().enumerate() {
            let rect = cell(table, places, theme, place, row);
            let response = ui.interact(rect, ui.scope_id().with(("value", place, row)), Sense::click_and_drag());
            response.tell(&|| {
                let words = format!("Value {} of key {}", column.axis + 1, row + 1);
                WidgetInfo::slider(true, value, words)
            });
            let begun = response.id.with("begun");
            if response.drag_started() {
                ui.data_mut(|data| data.insert_temp(begun, (value, unit)));
            }
            if response.hovered() || response.dragged() {
                hand.linked = Some(row);
                ui.set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
            }
            if response.dragged()
                && let Some((from, unit)) = ui.data(|data| data.get_temp::<(f64, f64)>(begun))
                && let (Some(at), Some(origin)) = (
                    response.interact_pointer_pos(),
                    ui.input(|input| input.pointer.press_origin()),
                )
            {
                let moved = f64::from((at.x - origin.x) / theme.px(FULL_DRAG));
                hand.value = Some((row, column.axis, from + moved * unit));
            }
            hand.over |= response.drag_stopped();
            if response.clicked() {
                hand.choose = Some(column.axis);
            }
            if response.has_focus() {
                ui.painter()
                    .rect_stroke(rect, 0.0, theme.focus_stroke(), StrokeKind::Outside);
                if let Some(steps) = widgets::arrow_steps(ui, &response) {
                    hand.value = Some((row, column.axis, value + 0.05 * steps * unit));
                    hand.over = true;
                }
            }
        }
    }
}

/// The line below the rows, and each column's score as a bar with its number where there is room.
fn sums(painter: &Painter, theme: &Theme, rect: Rect, table: &Weighted<'_>, places: &Places) {
    let y = places.top + table.weights.len() as f32 * places.line + theme.px(5.0);
    let y = painter.round_to_pixel_center(y);
    painter.hline(rect.x_range(), y, Stroke::new(theme.px(1.5), theme.ink));
    let floor = y + theme.px(16.0);
    scales(painter, theme, table, places, floor + theme.px(15.0));
    if table.shown == Shown::Coefficients {
        return coefficient_sum(painter, theme, table, places, floor);
    }
    let most = table
        .columns
        .iter()
        .fold(1e-300_f64, |most, column| most.max(column.score.abs()));
    for (place, column) in table.columns.iter().enumerate() {
        let slot = cell(table, places, theme, place, 0).x_range();
        let reach = (theme.px(12.0) * (column.score.abs() / most) as f32).max(1.0);
        let bar = if column.score >= 0.0 {
            Rect::from_x_y_ranges(slot, floor - reach..=floor)
        } else {
            Rect::from_x_y_ranges(slot, floor..=floor + reach)
        };
        painter.rect_filled(bar, 0.0, if column.kept { theme.query } else { theme.link() });
        painter.hline(slot, floor, Stroke::new(theme.px(1.25), theme.ink));
    }
    let Some(column) = table.columns.iter().find(|column| column.axis == table.chosen) else {
        return;
    };
    let symbol = text::subscripted("h", column.axis + 1);
    let set = Set::strong(size::BODY, theme.query_text);
    let line = name::Text::default()
        .words(painter, theme, "= ", set)
        .name(painter, theme, &symbol, set)
        .words(painter, theme, &format!(" {}", text::signed(column.score)), set);
    put(
        painter,
        Align2::RIGHT_CENTER,
        pos2(places.cells.min - theme.px(10.0), floor),
        &line,
    );
}

/// The end of each column's own scale, where there is room for its number.
fn scales(painter: &Painter, theme: &Theme, table: &Weighted<'_>, places: &Places, top: f32) {
    let set = Set::regular(size::TICK, theme.ink2);
    let words = name::line(painter, theme, "darkest", set);
    put(
        painter,
        Align2::RIGHT_TOP,
        pos2(places.cells.min - theme.px(10.0), top),
        &words,
    );
    for (place, column) in table.columns.iter().enumerate() {
        let slot = cell(table, places, theme, place, 0);
        let most = text::number(largest(column));
        let forms = [format!("±{most}"), most].map(|form| name::line(painter, theme, &form, set));
        let fitting = forms.iter().find(|form| form.size().x <= slot.width() + theme.px(3.0));
        if let Some(number) = fitting {
            put(painter, Align2::CENTER_TOP, pos2(slot.center().x, top), number);
        }
    }
}

/// The coefficients of a centred axis sum to nothing.
fn coefficient_sum(painter: &Painter, theme: &Theme, table: &Weighted<'_>, places: &Places, middle: f32) {
    let Some(column) = table.columns.iter().find(|column| column.axis == table.chosen) else {
        return;
    };
    let sum: f64 = column.values.iter().sum();
    let set = Set::strong(size::BODY, theme.ink);
    let line = name::Text::default()
        .words(painter, theme, "sum of ", set)
        .name(painter, theme, &text::subscripted("a", column.axis + 1), set)
        .words(painter, theme, &format!(" = {}", text::residual(sum)), set);
    let at = pos2(places.cells.max, middle);
    put(painter, Align2::RIGHT_CENTER, at, &line);
}

fn spoken(table: &Weighted<'_>) -> String {
    let score = |column: &Column| {
        let score = text::spoken(&text::signed(column.score));
        format!("axis {}: {score}", column.axis + 1)
    };
    let scores: Vec<String> = table.columns.iter().map(score).collect();
    format!(
        "Weight times value, summed over {} keys. Scores, {}",
        table.weights.len(),
        scores.join(", ")
    )
}
