//! How something compares with a measure, over rows and groups of columns: a cell for each ratio, in the colour of less or of
//! more, and a ring on the smallest of each row of a group.

use egui::{Align2, Mesh, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::heads::{self, Mark};
use super::heat::{self, Scale};
use super::put;
use crate::look::name::{self, Set, Text};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use crate::look::{Maps, Theme};

/// Ratios of one group in one row.
pub struct Cells {
    /// One for each column.
    pub ratios: Vec<f64>,
    /// The column with the ring.
    pub best: usize,
    /// What is said of a cell, by column.
    pub words: Vec<String>,
}

/// What is shown.
pub struct Ratios<'a> {
    /// The name of each row.
    pub rows: &'a [String],
    /// What stands above the groups, each over so many.
    pub above: &'a [(String, usize)],
    /// The name of each group.
    pub groups: &'a [String],
    /// The number of each column, below every group, and what they count.
    pub columns: (&'a str, &'a [String]),
    /// By row, then by group.
    pub cells: &'a [Cells],
    /// The largest ratio of the colours; the smallest is one over it.
    pub end: f64,
    /// The words of the colours: less, as much, more.
    pub ends: [&'a str; 3],
    /// The words of the ring.
    pub ring: &'a str,
    /// A last line, in full and shorter.
    pub caption: &'a [&'a str],
}

/// The highest row that is useful.
const MOST_ROW: f32 = 26.0;
const LINE: f32 = 18.0;
/// Below the cells: numbers of the columns, the bar with its words, the caption.
const BELOW: f32 = 16.0 + 38.0 + 20.0;

/// Where things are.
struct Places {
    cells: Rect,
    row: f32,
    cell: f32,
    gap: f32,
    columns: usize,
}

impl Places {
    fn cell(&self, row: usize, group: usize, column: usize) -> Rect {
        let before = (group * self.columns + column) as f32 * self.cell + group as f32 * self.gap;
        let at = self.cells.min + vec2(before, row as f32 * self.row);
        Rect::from_min_size(at, vec2(self.cell, self.row))
    }

    fn group(&self, row: usize, group: usize) -> Rect {
        let end = self.cell(row, group, self.columns.saturating_sub(1));
        self.cell(row, group, 0).union(end)
    }
}

/// Paints the map into `rect` and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, map: &Ratios<'_>) {
    let (rows, groups, columns) = (map.rows.len(), map.groups.len(), map.columns.1.len());
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let line = |words: &str, set: Set| name::line(&painter, theme, words, set);
    let body = |words: &String| line(words, Set::regular(size::BODY, theme.ink));
    let names: Vec<Text> = map.rows.iter().map(body).collect();
    let left = names.iter().map(|name| name.size().x).fold(0.0, f32::max) + theme.px(8.0);
    let top = 2.0 * theme.px(LINE);
    let room = Rect::from_min_max(
        rect.min + vec2(left, top),
        pos2(rect.right(), rect.bottom() - theme.px(BELOW)),
    );
    if rows * groups * columns == 0 || room.width() < 40.0 || room.height() < 6.0 * rows as f32 {
        return;
    }
    let gap = theme.px(5.0);
    let places = Places {
        cell: (room.width() - gap * (groups - 1) as f32) / (groups * columns) as f32,
        row: (room.height() / rows as f32).min(theme.px(MOST_ROW)),
        cells: room,
        gap,
        columns,
    };
    for (row, name) in names.iter().enumerate() {
        let y = places.cell(row, 0, 0).center().y;
        put(
            &painter,
            Align2::RIGHT_CENTER,
            pos2(room.left() - theme.px(8.0), y),
            name,
        );
    }
    headings(&painter, theme, map, &places);
    paint_cells(&painter, theme, map, &places);
    let bottom = places.cell(rows - 1, 0, 0).bottom();
    let (what, numbers) = map.columns;
    let tick = |words: &str| line(words, Set::regular(size::TICK, theme.ink2));
    let y = bottom + theme.px(2.0);
    put(
        &painter,
        Align2::RIGHT_TOP,
        pos2(room.left() - theme.px(8.0), y),
        &tick(what),
    );
    for group in 0..groups {
        for (column, number) in numbers.iter().enumerate() {
            let x = places.cell(rows - 1, group, column).center().x;
            put(&painter, Align2::CENTER_TOP, pos2(x, y), &tick(number));
        }
    }
    let foot = Rect::from_min_max(pos2(rect.left(), y + theme.px(20.0)), rect.max);
    foot_ui(&painter, theme, map, foot);
    listen(ui, theme, map, &places);
}

/// The two lines above the groups.
fn headings(painter: &Painter, theme: &Theme, map: &Ratios<'_>, places: &Places) {
    let top = places.cells.top() - 2.0 * theme.px(LINE);
    let mut first = 0;
    for (words, over) in map.above {
        let last = (first + over).saturating_sub(1);
        let span = places.group(0, first).union(places.group(0, last));
        let line = name::line(painter, theme, words, Set::strong(size::BODY, theme.ink));
        put(painter, Align2::CENTER_TOP, pos2(span.center().x, top), &line);
        first += over;
    }
    for (group, words) in map.groups.iter().enumerate() {
        let place = places.group(0, group);
        let line = name::line(painter, theme, words, Set::regular(size::BODY, theme.ink2));
        let at = pos2(place.center().x, top + theme.px(LINE));
        put(painter, Align2::CENTER_TOP, at, &line);
    }
}

fn paint_cells(painter: &Painter, theme: &Theme, map: &Ratios<'_>, places: &Places) {
    let maps = Maps::of(theme);
    let gap = if theme.scale > 1.0 { 2.0 } else { 1.0 };
    let mut mesh = Mesh::default();
    for_each(map, |row, group, column, ratio| {
        let cell = places.cell(row, group, column);
        let shade = maps.tidal((ratio.log2() / map.end.log2()) as f32);
        mesh.add_colored_rect(Rect::from_min_max(cell.min, cell.max - vec2(gap, gap)), shade);
    });
    painter.add(mesh);
    let radius = theme.px(3.5).min(0.3 * places.cell).min(0.24 * places.row);
    for (at, cells) in map.cells.iter().enumerate() {
        let (row, group) = (at / map.groups.len(), at % map.groups.len());
        let cell = places.cell(row, group, cells.best);
        Mark::Ring.paint(painter, theme, cell.center() - vec2(0.5, 0.5), radius);
    }
    for group in 0..map.groups.len() {
        let whole = places.group(0, group).union(places.group(map.rows.len() - 1, group));
        painter.rect_stroke(whole, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
    }
}

fn for_each(map: &Ratios<'_>, mut what: impl FnMut(usize, usize, usize, f64)) {
    for (at, cells) in map.cells.iter().enumerate() {
        for (column, ratio) in cells.ratios.iter().enumerate() {
            what(at / map.groups.len(), at % map.groups.len(), column, *ratio);
        }
    }
}

/// The ring with its words, the bar of the colours, the caption.
fn foot_ui(painter: &Painter, theme: &Theme, map: &Ratios<'_>, rect: Rect) {
    let half = rect.with_max_x(rect.left() + 0.4 * rect.width());
    heads::legend(painter, theme, half, &[(Mark::Ring, map.ring.to_owned())]);
    let bar = Rect::from_min_max(
        pos2(half.right() + theme.px(12.0), rect.top() + theme.px(4.0)),
        pos2(rect.right(), rect.top() + theme.px(12.0)),
    );
    heat::colour_strip(painter, theme, bar, Scale::WhichSign);
    let [less, same, more] = map.ends;
    for (anchor, x, words) in [
        (Align2::LEFT_TOP, bar.left(), less),
        (Align2::CENTER_TOP, bar.center().x, same),
        (Align2::RIGHT_TOP, bar.right(), more),
    ] {
        let line = name::line(painter, theme, words, Set::regular(size::TICK, theme.ink2));
        put(painter, anchor, pos2(x, bar.bottom() + theme.px(3.0)), &line);
    }
    let set = Set::regular(size::BODY, theme.ink2);
    let mut forms = map.caption.iter().map(|words| name::line(painter, theme, words, set));
    if let Some(line) = forms.find(|line| line.size().x <= rect.width()) {
        line.paint(painter, pos2(rect.left(), bar.bottom() + theme.px(22.0)));
    }
}

/// What is pointed at, in words; each row of a group for the screen reader.
fn listen(ui: &mut Ui, theme: &Theme, map: &Ratios<'_>, places: &Places) {
    for (at, cells) in map.cells.iter().enumerate() {
        let (row, group) = (at / map.groups.len(), at % map.groups.len());
        let place = places.group(row, group);
        let response = ui.interact(place, ui.scope_id().with(("ratios", at)), Sense::hover());
        let best = cells.words.get(cells.best).map_or("", String::as_str);
        response.tell(&|| WidgetInfo::labeled(Role::Image, true, best));
        let Some(over) = response.hover_pos() else { continue };
        let (_, column) = heat::cell_at(place, [1, places.columns], over);
        let stroke = Stroke::new(theme.strokes.thin, theme.ink);
        let cell = places.cell(row, group, column);
        ui.painter()
            .rect_stroke(cell.expand(1.0), 0.0, stroke, StrokeKind::Outside);
        if let Some(words) = cells.words.get(column) {
            response.on_hover_text_at_pointer(words);
        }
    }
}
