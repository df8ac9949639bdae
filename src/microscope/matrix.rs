//! A heat map whose rows and columns are tokens, with linked frames and a colour bar that carries a pointer.

use egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::heat::{Cells, Scale, Texture, cell_at, cell_rect};
use super::{every, put};
use crate::board::glyphs::diamond;
use crate::lab::readout::text;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use crate::look::{Maps, Theme};

/// Rows up to which each may have a name.
const MOST_NAMED: usize = 64;

/// What is shown.
pub struct Matrix<'a> {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// An entry, 0 or larger.
    pub entry: &'a dyn Fn(usize, usize) -> f64,
    /// The largest entry: the dark end of the map.
    pub most: f64,
    /// Names of the rows.
    pub row_names: &'a [String],
    /// Names of the columns.
    pub column_names: &'a [String],
    /// The row that is framed in the query's colour.
    pub asking: Option<usize>,
    /// The column that is framed in ink, and named.
    pub answering: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
    /// Changes whenever an entry does: the key of the picture's texture.
    pub revision: u64,
}

/// What the pointer does on the map.
pub struct Hit {
    /// Row and column under the pointer.
    pub cell: Option<(usize, usize)>,
    /// It was pressed there.
    pub clicked: bool,
    /// The row whose name was pressed.
    pub named: Option<usize>,
}

/// Paints the map into `rect` and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, matrix: &Matrix<'_>, texture: &mut Texture) -> Hit {
    // Room for the pointer of the colour bar at its ends.
    let painter = ui.painter_at(rect.expand(theme.px(9.0)));
    let names = Names::measure(&painter, theme, matrix);
    let bar_height = theme.px(30.0);
    let area = Rect::from_min_max(
        rect.min + vec2(names.width, names.height),
        rect.max - vec2(0.0, bar_height),
    );
    if matrix.rows == 0 || matrix.columns == 0 || !area.is_positive() {
        return Hit {
            cell: None,
            clicked: false,
            named: None,
        };
    }
    let cells = fit(area, matrix);
    let shades = Cells {
        shape: matrix.shape(),
        entry: matrix.entry,
        most: matrix.most,
        scale: Scale::HowMuch,
        revision: matrix.revision,
    };
    shades.paint(ui, &painter, theme, cells, texture);
    names.paint(&painter, theme, matrix, cells);
    frames(&painter, theme, matrix, cells);
    let bar = Rect::from_min_max(
        pos2(cells.left(), cells.bottom() + theme.px(8.0)),
        pos2(cells.right(), cells.bottom() + theme.px(14.0)),
    );
    let pointer = matrix
        .asking
        .zip(matrix.answering)
        .map(|(row, column)| (matrix.entry)(row, column));
    colour_bar(&painter, theme, bar, [0.0, matrix.most], text::percent, pointer);
    let response = ui.interact(cells, ui.scope_id().with("matrix"), Sense::click());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &matrix.spoken));
    Hit {
        cell: response.hover_pos().map(|at| cell_at(cells, matrix.shape(), at)),
        clicked: response.clicked(),
        named: named_row(
            ui,
            Rect::from_x_y_ranges(rect.left()..=cells.left(), cells.y_range()),
            matrix,
        ),
    }
}

/// The row whose name is pressed, in the column of names.
fn named_row(ui: &Ui, names: Rect, matrix: &Matrix<'_>) -> Option<usize> {
    let response = ui.interact(names, ui.scope_id().with("row names"), Sense::CLICK);
    let at = response.interact_pointer_pos().filter(|_| response.clicked())?;
    let row = (at.y - names.top()) / names.height() * matrix.rows as f32;
    Some((row.max(0.0) as usize).min(matrix.rows.saturating_sub(1)))
}

/// Cells fill the width; they are square where the height allows it, and never higher than wide.
fn fit(area: Rect, matrix: &Matrix<'_>) -> Rect {
    let width = area.width() / matrix.columns as f32;
    let height = width.min(area.height() / matrix.rows as f32);
    Rect::from_min_size(area.min, vec2(area.width(), height * matrix.rows as f32))
}

impl Matrix<'_> {
    fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }
}

/// Room for the names, and the names.
struct Names {
    width: f32,
    height: f32,
}

impl Names {
    fn measure(painter: &Painter, theme: &Theme, matrix: &Matrix<'_>) -> Self {
        let widest = matrix
            .row_names
            .iter()
            .take(MOST_NAMED)
            .map(|text| {
                name::name(painter, theme, text, Set::regular(size::BODY, theme.ink2))
                    .size()
                    .x
            })
            .fold(0.0, f32::max);
        Self {
            width: widest.min(theme.px(84.0)) + theme.px(8.0),
            height: theme.px(22.0),
        }
    }

    fn paint(&self, painter: &Painter, theme: &Theme, matrix: &Matrix<'_>, cells: Rect) {
        let row_height = cells.height() / matrix.rows as f32;
        let step = every(theme.px(15.0), row_height);
        let mut taken = Rect::NOTHING;
        let mut row_name = |row: usize| {
            let Some(text) = matrix.row_names.get(row) else { return };
            let set = if matrix.asking == Some(row) {
                Set::strong(size::BODY, theme.query_text)
            } else {
                Set::regular(size::BODY, theme.ink2)
            };
            let galley = name::name(painter, theme, text, set);
            let at = pos2(
                cells.left() - theme.px(8.0),
                cell_rect(cells, matrix.shape(), row, 0).center().y,
            );
            let rect = Align2::RIGHT_CENTER.anchor_size(at, galley.size());
            if matrix.asking == Some(row) {
                taken = rect;
            } else if taken.intersects(rect.shrink2(vec2(0.0, 2.0))) {
                return;
            }
            galley.paint(
                &painter.with_clip_rect(Rect::everything_right_of(cells.left() - self.width)),
                rect.min,
            );
        };
        if let Some(row) = matrix.asking {
            row_name(row);
        }
        if matrix.rows <= MOST_NAMED {
            (0..matrix.rows)
                .filter(|row| Some(*row) != matrix.asking && row % step == 0)
                .for_each(row_name);
        }
        if let Some(column) = matrix.answering
            && let Some(text) = matrix.column_names.get(column)
        {
            let galley = name::name(painter, theme, text, Set::strong(size::BODY, theme.ink));
            let half = 0.5 * galley.size().x;
            let x = cell_rect(cells, matrix.shape(), 0, column)
                .center()
                .x
                .clamp(cells.left() + half, (cells.right() - half).max(cells.left() + half));
            put(
                painter,
                Align2::CENTER_BOTTOM,
                pos2(x, cells.top() - theme.px(3.0)),
                &galley,
            );
        }
    }
}

/// The linked row and column: four lines each, outside the cells.
fn frames(painter: &Painter, theme: &Theme, matrix: &Matrix<'_>, cells: Rect) {
    let frame = |rect: Rect, colour: Color32| {
        painter.rect_stroke(
            rect.expand(1.0),
            0.0,
            Stroke::new(theme.strokes.thin, colour),
            StrokeKind::Outside,
        );
    };
    if let Some(column) = matrix.answering.filter(|column| *column < matrix.columns) {
        frame(
            cell_rect(cells, matrix.shape(), 0, column).union(cell_rect(
                cells,
                matrix.shape(),
                matrix.rows - 1,
                column,
            )),
            theme.ink,
        );
    }
    if let Some(row) = matrix.asking.filter(|row| *row < matrix.rows) {
        frame(
            cell_rect(cells, matrix.shape(), row, 0).union(cell_rect(cells, matrix.shape(), row, matrix.columns - 1)),
            theme.query,
        );
    }
}

/// The colour bar: the legend as an instrument. The pointer is the framed cell's own value.
pub(super) fn colour_bar(
    painter: &Painter,
    theme: &Theme,
    bar: Rect,
    [least, most]: [f64; 2],
    words: fn(f64) -> String,
    pointer: Option<f64>,
) {
    let maps = Maps::of(theme);
    let mut mesh = Mesh::default();
    let steps = 64;
    let x_at = |i: usize| bar.left() + bar.width() * i as f32 / steps as f32;
    for i in 0..steps {
        let rect = Rect::from_min_max(pos2(x_at(i), bar.top()), pos2(x_at(i + 1), bar.bottom()));
        mesh.add_colored_rect(rect, maps.ink((i as f32 + 0.5) / steps as f32));
    }
    painter.add(mesh);
    painter.rect_stroke(bar, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
    let set = Set::regular(size::TICK, theme.ink2);
    let below = bar.bottom() + theme.px(4.0);
    let low = put(
        painter,
        Align2::LEFT_TOP,
        pos2(bar.left(), below),
        &name::line(
            painter,
            theme,
            &if least == 0.0 { "0".to_owned() } else { words(least) },
            set,
        ),
    );
    let high = put(
        painter,
        Align2::RIGHT_TOP,
        pos2(bar.right(), below),
        &name::line(painter, theme, &words(most), set),
    );
    if let Some(value) = pointer.filter(|_| most > least) {
        let x = bar.left() + bar.width() * ((value - least) / (most - least)).clamp(0.0, 1.0) as f32;
        let centre: Pos2 = pos2(x, bar.center().y);
        painter.add(egui::Shape::convex_polygon(
            diamond(centre, theme.px(7.0)),
            theme.query,
            Stroke::new(theme.px(1.2), theme.ink),
        ));
        let label = name::line(painter, theme, &words(value), Set::strong(size::BODY, theme.query_text));
        let rect = Align2::CENTER_TOP.anchor_size(pos2(x, below), label.size());
        let rect = rect.translate(vec2(
            (bar.left() - rect.left()).max(0.0) - (rect.right() - bar.right()).max(0.0),
            0.0,
        ));
        if !rect.expand(2.0).intersects(low) && !rect.expand(2.0).intersects(high) {
            label.paint(painter, rect.min);
        }
    }
}
