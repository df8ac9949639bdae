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
    /// The name of each row, in full and shorter.
    pub rows: &'a [[String; 2]],
    /// What stands above the groups, in full and shorter, each over so many.
    pub above: &'a [([&'static str; 2], usize)],
    /// What the names of the groups say, and the name of each.
    pub groups: (&'a str, &'a [String]),
    /// What the columns count, and the number of each.
    pub columns: (&'a str, &'a [String]),
    /// By row, then by group.
    pub cells: &'a [Cells],
    /// The largest ratio of the colours; the smallest is one over it.
    pub end: f64,
    /// The words of the colours: less, as much, more.
    pub ends: [&'a str; 3],
    /// The words of the ring.
    pub ring: &'a str,
}

/// The lowest row whose name can be read, and the highest that is useful.
const LEAST_ROW: f32 = 15.0;
const MOST_ROW: f32 = 26.0;
const LINE: f32 = 18.0;
/// Below the cells: numbers of the columns; the bar with its words, where there is room.
const NUMBERS: f32 = 18.0;
const FOOT: f32 = 32.0;

/// The most height that a map of so many rows uses.
pub fn height(theme: &Theme, rows: usize) -> f32 {
    theme.px(2.0 * LINE + MOST_ROW * rows as f32 + NUMBERS + FOOT)
}

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

/// Paints the map into `rect` and listens. Gives its height; 0 where it has no room.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, map: &Ratios<'_>) -> f32 {
    let (rows, groups, columns) = (map.rows.len(), map.groups.1.len(), map.columns.1.len());
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let line = |words: &str, set: Set| name::line(&painter, theme, words, set);
    let (what, numbers) = map.columns;
    let tick = |words: &str| line(words, Set::regular(size::TICK, theme.ink2));
    let all = tick(&format!("{what} = {}", numbers.join(", ")));
    let named = |short: usize| -> (Vec<Text>, f32) {
        let set = Set::regular(size::BODY, theme.ink);
        let names: Vec<Text> = map.rows.iter().map(|names| line(&names[short], set)).collect();
        let widest = names.iter().map(|name| name.size().x).fold(all.size().x, f32::max);
        (names, widest + theme.px(8.0))
    };
    let (mut names, mut left) = named(0);
    if left > 0.36 * rect.width() {
        (names, left) = named(1);
    }
    let needs = theme.px(LEAST_ROW) * rows as f32;
    let whole = Rect::from_min_max(
        rect.min + vec2(left, 2.0 * theme.px(LINE)),
        rect.max - vec2(1.0, theme.px(NUMBERS)),
    );
    let below = if whole.height() - theme.px(FOOT) >= needs {
        theme.px(FOOT)
    } else {
        0.0
    };
    let room = whole.with_max_y(whole.bottom() - below);
    if rows * groups * columns == 0 || room.width() < theme.px(120.0) || room.height() < needs {
        return 0.0;
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
    let y = bottom + theme.px(2.0);
    let at = pos2(room.left() - theme.px(8.0), y);
    put(&painter, Align2::RIGHT_TOP, at, &all);
    // Below narrow cells the first and the last stand for all.
    let each = places.cell >= theme.px(13.0);
    for group in 0..groups {
        for (column, number) in numbers.iter().enumerate() {
            if each || column == 0 || column + 1 == columns {
                let x = places.cell(rows - 1, group, column).center().x;
                put(&painter, Align2::CENTER_TOP, pos2(x, y), &tick(number));
            }
        }
    }
    let end = bottom + theme.px(NUMBERS);
    if below > 0.0 {
        let foot = Rect::from_min_max(pos2(rect.left(), end + theme.px(4.0)), rect.max);
        foot_ui(&painter, theme, map, foot);
    }
    listen(ui, theme, map, &places);
    end + below - rect.top()
}

/// The two lines above the groups.
fn headings(painter: &Painter, theme: &Theme, map: &Ratios<'_>, places: &Places) {
    let top = places.cells.top() - 2.0 * theme.px(LINE);
    let mut first = 0;
    for (words, over) in map.above {
        let last = (first + over).saturating_sub(1);
        let span = places.group(0, first).union(places.group(0, last));
        let mut lines = words.map(|words| name::line(painter, theme, words, Set::strong(size::BODY, theme.ink)));
        lines.sort_by(|a, b| b.size().x.total_cmp(&a.size().x));
        let fits = lines.iter().find(|line| line.size().x <= span.width());
        if let Some(line) = fits.or(lines.last()) {
            put(painter, Align2::CENTER_TOP, pos2(span.center().x, top), line);
        }
        first += over;
    }
    let line = |words: &str| name::line(painter, theme, words, Set::regular(size::TICK, theme.ink2));
    let (what, groups) = map.groups;
    let y = top + theme.px(LINE + 1.0);
    let at = pos2(places.cells.left() - theme.px(8.0), y);
    put(painter, Align2::RIGHT_TOP, at, &line(what));
    for (group, words) in groups.iter().enumerate() {
        let at = pos2(places.group(0, group).center().x, y);
        put(painter, Align2::CENTER_TOP, at, &line(words));
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
        let (row, group) = (at / map.groups.1.len(), at % map.groups.1.len());
        let cell = places.cell(row, group, cells.best);
        Mark::Ring.paint(painter, theme, cell.center() - vec2(0.5, 0.5), radius);
    }
    for group in 0..map.groups.1.len() {
        let whole = places.group(0, group).union(places.group(map.rows.len() - 1, group));
        painter.rect_stroke(whole, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
    }
}

fn for_each(map: &Ratios<'_>, mut what: impl FnMut(usize, usize, usize, f64)) {
    for (at, cells) in map.cells.iter().enumerate() {
        for (column, ratio) in cells.ratios.iter().enumerate() {
            what(at / map.groups.1.len(), at % map.groups.1.len(), column, *ratio);
        }
    }
}

/// The ring with its words, and the bar of the colours.
fn foot_ui(painter: &Painter, theme: &Theme, map: &Ratios<'_>, rect: Rect) {
    let half = rect.with_max_x(rect.left() + 0.4 * rect.width());
    heads::legend(painter, theme, half, &[(Mark::Ring, map.ring.to_owned())]);
    let bar = Rect::from_min_max(
        pos2(half.right() + theme.px(12.0), rect.top() + theme.px(4.0)),
        pos2(rect.right(), rect.top() + theme.px(12.0)),
    );
    heat::colour_strip(painter, theme, bar, Scale::WhichSign);
    let [less, same, more] = map
        .ends
        .map(|words| name::line(painter, theme, words, Set::regular(size::TICK, theme.ink2)));
    let y = bar.bottom() + theme.px(3.0);
    put(painter, Align2::LEFT_TOP, pos2(bar.left(), y), &less);
    put(painter, Align2::RIGHT_TOP, pos2(bar.right(), y), &more);
    let room = 0.5 * bar.width() - less.size().x.max(more.size().x) - theme.px(4.0);
    if 0.5 * same.size().x <= room {
        put(painter, Align2::CENTER_TOP, pos2(bar.center().x, y), &same);
    }
}

/// What is pointed at, in words; each row of a group for the screen reader.
fn listen(ui: &mut Ui, theme: &Theme, map: &Ratios<'_>, places: &Places) {
    for (at, cells) in map.cells.iter().enumerate() {
        let (row, group) = (at / map.groups.1.len(), at % map.groups.1.len());
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
