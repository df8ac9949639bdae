//! One number for each head of a model, layer by layer: a map whose cells are opened by a click.

use egui::{Align2, Key, Mesh, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::matrix::colour_bar;
use super::put;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::look::{Maps, Theme};

/// What is shown.
pub struct Heads<'a> {
    /// Heads in a layer: the columns.
    pub columns: usize,
    /// One number per head, layer by layer; none where there is nothing to compare.
    pub weights: &'a [Option<f64>],
    /// Which numbers are the lightest and the darkest.
    pub ends: [f64; 2],
    /// How a number is written.
    pub words: fn(f64) -> String,
    /// Heads that are marked, by their place; may be fewer than there are.
    pub marks: &'a [Mark],
    /// What is said of a head after its number, by its place; may be fewer than there are.
    pub also: &'a [String],
    /// The head on the board, where it is one of them.
    pub present: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// A mark on a head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// None.
    #[default]
    None,
    /// A ring.
    Ring,
    /// A bar, as long as a ring is wide.
    Bar,
}

impl Mark {
    /// A ring for those of which something holds.
    pub const fn ring(holds: bool) -> Self {
        if holds { Self::Ring } else { Self::None }
    }

    /// Paints it with its middle at `at`.
    pub fn paint(self, painter: &Painter, theme: &Theme, at: Pos2, radius: f32) {
        // The rim keeps it apart from a cell as light as the canvas.
        let rim = theme.hairline(theme.ink);
        match self {
            Self::None => {}
            Self::Ring => {
                painter.circle(at, radius, theme.canvas, rim);
            }
            Self::Bar => {
                let bar = Rect::from_center_size(at, vec2(2.4 * radius, (0.6 * radius).max(2.0)));
                painter.rect(bar, 0.0, theme.canvas, rim, StrokeKind::Outside);
            }
        }
    }
}

/// Marks with their words, line by line from the top of a place; gives the place below them.
pub fn legend(painter: &Painter, theme: &Theme, rect: Rect, marks: &[(Mark, String)]) -> Rect {
    let (radius, gap) = (theme.px(3.5), theme.px(14.0));
    let (mut at, mut bottom) = (rect.min, rect.top());
    for (mark, words) in marks {
        let line = name::line(painter, theme, words, Set::regular(size::BODY, theme.ink));
        let before = 2.0 * radius + theme.px(6.0);
        if at.x > rect.left() && at.x + before + line.size().x > rect.right() {
            at = pos2(rect.left(), bottom + theme.px(2.0));
        }
        mark.paint(painter, theme, at + vec2(1.2 * radius, 0.5 * line.size().y), radius);
        line.paint(painter, at + vec2(before, 0.0));
        bottom = at.y + line.size().y;
        at.x += before + line.size().x + gap;
    }
    rect.with_min_y(bottom)
}

/// What the pointer and the keys do on the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    /// The head that is pressed.
    pub open: Option<usize>,
    /// The head that an arrow key goes to.
    pub step: Option<usize>,
}

/// The highest row that is useful, the room for the heads' numbers, and that for the colour bar under the map.
const MOST_ROW: f32 = 22.0;
const ABOVE: f32 = 18.0;
const BAR: f32 = 30.0;

/// The most height that a map of so many layers uses.
pub fn height(theme: &Theme, layers: usize) -> f32 {
    theme.px(ABOVE + BAR + MOST_ROW * layers as f32)
}

/// A cell in words: "layer 5, head 8: 12 %".
fn spoken(heads: &Heads<'_>, head: usize) -> String {
    let columns = heads.columns.max(1);
    let place = format!("layer {}, head {}", head / columns + 1, head % columns + 1);
    let Some(weight) = heads.weights.get(head).copied().flatten() else {
        return place;
    };
    let also = heads.also.get(head).map_or("", String::as_str);
    format!("{place}: {}{also}", (heads.words)(weight))
}

/// Paints the map into `rect` and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, heads: &Heads<'_>) -> Hit {
    let mut hit = Hit::default();
    let rows = heads.weights.len().div_ceil(heads.columns.max(1));
    // Room for the pointer of the colour bar at its ends.
    let painter = ui.painter_at(rect.expand(theme.px(9.0)));
    let names = theme.px(56.0);
    let above = theme.px(ABOVE);
    let below = theme.px(BAR);
    let room = Rect::from_min_max(rect.min + vec2(names, above), rect.max - vec2(1.0, below));
    if rows == 0 || heads.columns == 0 || room.width() < 24.0 || room.height() < 12.0 {
        return hit;
    }
    let height = (room.height() / rows as f32).min(theme.px(MOST_ROW));
    let cells = Rect::from_min_size(room.min, vec2(room.width(), height * rows as f32));
    let grid = Grid {
        cells,
        rows,
        columns: heads.columns,
    };
    paint_cells(&painter, theme, heads, &grid);
    labels(&painter, theme, heads, &grid);

    for head in 0..heads.weights.len() {
        let cell = ui.interact(grid.cell(head), ui.scope_id().with(("head", head)), Sense::hover());
        let own = heads.present == Some(head);
        cell.tell(&|| WidgetInfo::selected(Role::Cell, true, own, spoken(heads, head)));
    }
    let response = ui.interact(cells, ui.scope_id().with("heads"), Sense::click());
    response.tell(&|| WidgetInfo::labeled(Role::Grid, true, &heads.spoken));
    let pointed = response.hover_pos().and_then(|at| grid.head_at(at));
    let frame = |head: usize, stroke: Stroke| {
        painter.rect_stroke(grid.cell(head).expand(1.0), 0.0, stroke, StrokeKind::Outside);
    };
    if let Some(head) = pointed.filter(|head| heads.present != Some(*head)) {
        frame(head, Stroke::new(theme.strokes.thin, theme.ink));
    }
    let colour = if response.has_focus() { theme.focus } else { theme.query };
    if let Some(present) = heads.present {
        frame(present, Stroke::new(theme.strokes.zero_line, colour));
    }

    let bar = Rect::from_min_max(
        pos2(cells.left(), cells.bottom() + theme.px(8.0)),
        pos2(cells.right(), cells.bottom() + theme.px(14.0)),
    );
    let present = heads
        .present
        .and_then(|head| heads.weights.get(head).copied().flatten());
    colour_bar(&painter, theme, bar, heads.ends, heads.words, present);

    if response.clicked() {
        hit.open = pointed.or(heads.present);
    }
    if response.has_focus() {
        widgets::keep_arrows(ui, &response);
        hit.step = grid.step(ui, heads.present.unwrap_or_default());
    }
    if let Some(head) = pointed {
        response.on_hover_text_at_pointer(spoken(heads, head));
    }
    hit
}

/// Where the cells are.
struct Grid {
    cells: Rect,
    rows: usize,
    columns: usize,
}

impl Grid {
    fn cell(&self, head: usize) -> Rect {
        let size = self.cells.size() / vec2(self.columns as f32, self.rows as f32);
        let at = vec2((head % self.columns) as f32, (head / self.columns) as f32) * size;
        Rect::from_min_size(self.cells.min + at, size)
    }

    fn head_at(&self, at: Pos2) -> Option<usize> {
        (0..self.rows * self.columns).find(|head| self.cell(*head).contains(at))
    }

    /// The neighbour that an arrow key asks for.
    fn step(&self, ui: &Ui, head: usize) -> Option<usize> {
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        let column = head % self.columns;
        if pressed(Key::ArrowLeft) && column > 0 {
            Some(head - 1)
        } else if pressed(Key::ArrowRight) && column + 1 < self.columns {
            Some(head + 1)
        } else if pressed(Key::ArrowUp) {
            head.checked_sub(self.columns)
        } else if pressed(Key::ArrowDown) {
            Some(head + self.columns).filter(|next| *next < self.rows * self.columns)
        } else {
            None
        }
    }
}

fn paint_cells(painter: &Painter, theme: &Theme, heads: &Heads<'_>, grid: &Grid) {
    let maps = Maps::of(theme);
    let gap = if theme.scale > 1.0 { 2.0 } else { 1.0 };
    let [least, most] = heads.ends;
    let mut mesh = Mesh::default();
    for (head, weight) in heads.weights.iter().enumerate() {
        let cell = grid.cell(head);
        match weight {
            Some(weight) => mesh.add_colored_rect(
                Rect::from_min_max(cell.min, cell.max - vec2(gap, gap)),
                maps.ink(((weight - least) / (most - least).max(f64::MIN_POSITIVE)) as f32),
            ),
            // Not computed is a dot, never a tint.
            None => {
                painter.circle_filled(cell.center(), theme.px(1.5), theme.ink3);
            }
        }
    }
    painter.add(mesh);
    for (head, mark) in heads.marks.iter().enumerate().take(heads.weights.len()) {
        let cell = grid.cell(head);
        // Where it stands on the cell, without the gap to the next.
        let radius = theme.px(3.5).min(0.24 * cell.height());
        mark.paint(painter, theme, cell.center() - vec2(0.5, 0.5), radius);
    }
    painter.rect_stroke(grid.cells, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
}

/// Layers at the left, heads above: the first, the last and the one on the board.
fn labels(painter: &Painter, theme: &Theme, heads: &Heads<'_>, grid: &Grid) {
    let own = heads.present.map(|head| [head / grid.columns, head % grid.columns]);
    let set = |own: bool| {
        if own {
            Set::strong(size::BODY, theme.query_text)
        } else {
            Set::regular(size::BODY, theme.ink2)
        }
    };
    let line = |text: &str, own: bool| name::line(painter, theme, text, set(own));
    let mut taken: Vec<Rect> = Vec::new();
    let mut label = |anchor: Align2, at: Pos2, text: &str, own: bool| {
        let galley = line(text, own);
        let place = anchor.anchor_size(at, galley.size());
        let beyond = (place.right() - grid.cells.right() - theme.px(8.0)).max(0.0);
        let (place, at) = (place.translate(vec2(-beyond, 0.0)), at - vec2(beyond, 0.0));
        if !taken
            .iter()
            .any(|other| other.expand2(vec2(theme.px(4.0), -2.0)).intersects(place))
        {
            taken.push(place);
            put(painter, anchor, at, &galley);
        }
    };
    let beside = |row: usize| {
        pos2(
            grid.cells.left() - theme.px(8.0),
            grid.cell(row * grid.columns).center().y,
        )
    };
    let over = |column: usize| pos2(grid.cell(column).center().x, grid.cells.top() - theme.px(2.0));
    // The one on the board, or else the first, says what is counted.
    let [row, column] = own.unwrap_or_default();
    let is_own = own.is_some();
    label(Align2::RIGHT_CENTER, beside(row), &format!("layer {}", row + 1), is_own);
    label(
        Align2::CENTER_BOTTOM,
        over(column),
        &format!("head {}", column + 1),
        is_own,
    );
    for other in [0, grid.rows - 1] {
        label(Align2::RIGHT_CENTER, beside(other), &(other + 1).to_string(), false);
    }
    for other in [0, grid.columns - 1] {
        label(Align2::CENTER_BOTTOM, over(other), &(other + 1).to_string(), false);
    }
}
