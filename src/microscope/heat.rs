//! A plain heat map: cells, frames round the linked row and column, and a colour bar below.

use egui::{
    Align2, Color32, ColorImage, Mesh, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use super::put;
use crate::board::view::tick_text;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use crate::look::{Maps, Theme};

/// Cells a side up to which every cell is a quad with a gap; above, the map is a picture.
const MOST_QUADS: usize = 64;
/// Cells a side up to which every cell is shown; above, blocks are shown by their entry of largest size.
const MOST_TEXELS: usize = 1024;

/// What a colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// How much, from 0.
    HowMuch,
    /// Which sign, and how much; symmetric about 0.
    WhichSign,
}

impl Scale {
    fn shade(self, maps: &Maps, entry: f64, most: f64) -> Color32 {
        let share = if most > 0.0 { (entry / most) as f32 } else { 0.0 };
        match self {
            Self::HowMuch => maps.ink(share),
            Self::WhichSign => maps.tidal(share),
        }
    }
}

/// The cells of a map, without what stands round them.
pub struct Cells<'a> {
    /// Rows and columns.
    pub shape: [usize; 2],
    /// An entry.
    pub entry: &'a dyn Fn(usize, usize) -> f64,
    /// The largest size of an entry: the end of the map.
    pub most: f64,
    /// What a colour says.
    pub scale: Scale,
    /// Changes whenever an entry does: the key of the picture's texture.
    pub revision: u64,
}

/// What is shown.
pub struct Heat<'a> {
    /// The cells.
    pub cells: Cells<'a>,
    /// The framed row.
    pub row: Option<usize>,
    /// The framed column.
    pub column: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// The texture of a large map, kept between frames.
#[derive(Default)]
pub struct Texture(Option<(u64, TextureHandle)>);

/// Whether a map of this shape shows blocks of cells by their entry of largest size; the caller then says so.
pub fn is_pooled([rows, columns]: [usize; 2]) -> bool {
    rows.max(columns) > MOST_TEXELS
}

/// Where a cell of a map in `rect` is.
pub fn cell_rect(rect: Rect, [rows, columns]: [usize; 2], row: usize, column: usize) -> Rect {
    let cell = rect.size() / vec2(columns as f32, rows as f32);
    Rect::from_min_size(rect.min + vec2(column as f32, row as f32) * cell, cell)
}

/// Row and column of a place in a map in `rect`; the nearest ones outside of it.
pub fn cell_at(rect: Rect, [rows, columns]: [usize; 2], at: Pos2) -> (usize, usize) {
    let share = (at - rect.min) / rect.size();
    let index = |share: f32, n: usize| ((share * n as f32).max(0.0) as usize).min(n.saturating_sub(1));
    (index(share.y, rows), index(share.x, columns))
}

impl Cells<'_> {
    fn shade(&self, maps: &Maps, entry: f64) -> Color32 {
        self.scale.shade(maps, entry, self.most)
    }

    /// Paints the cells and the line round them: quads with gaps, or a picture where there are many.
    pub fn paint(&self, ui: &Ui, painter: &Painter, theme: &Theme, rect: Rect, texture: &mut Texture) {
        let [rows, columns] = self.shape;
        if rows.max(columns) <= MOST_QUADS {
            let maps = Maps::of(theme);
            // Gaps between cells of a few points would be most of the picture.
            let small = cell_rect(rect, self.shape, 0, 0).size().min_elem() < theme.px(5.0);
            let gap = match (small, theme.scale > 1.0) {
                (true, _) => 0.0,
                (false, true) => 2.0,
                (false, false) => 1.0,
            };
            let mut mesh = Mesh::default();
            for row in 0..rows {
                for column in 0..columns {
                    let cell = cell_rect(rect, self.shape, row, column);
                    mesh.add_colored_rect(
                        Rect::from_min_max(cell.min, cell.max - vec2(gap, gap).min(0.4 * cell.size())),
                        self.shade(maps, (self.entry)(row, column)),
                    );
                }
            }
            painter.add(mesh);
        } else {
            self.paint_picture(ui, painter, theme, rect, texture);
        }
        painter.rect_stroke(rect, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
    }

    /// As [`Cells::paint`], as a picture however few the cells are: for many maps at once. Without the line round them.
    pub fn paint_picture(&self, ui: &Ui, painter: &Painter, theme: &Theme, rect: Rect, texture: &mut Texture) {
        let [rows, columns] = self.shape;
        let key = self.revision.wrapping_mul(4).wrapping_add(theme.mode as u64);
        if texture.0.as_ref().is_none_or(|(old, _)| *old != key) {
            let maps = Maps::of(theme);
            let block = rows.max(columns).div_ceil(MOST_TEXELS);
            let [width, height] = [columns.div_ceil(block), rows.div_ceil(block)];
            let mut pixels = Vec::with_capacity(width * height);
            for y in 0..height {
                for x in 0..width {
                    let mut largest = 0.0_f64;
                    for row in y * block..((y + 1) * block).min(rows) {
                        for column in x * block..((x + 1) * block).min(columns) {
                            let entry = (self.entry)(row, column);
                            if entry.abs() > largest.abs() {
                                largest = entry;
                            }
                        }
                    }
                    pixels.push(self.shade(maps, largest));
                }
            }
            let image = ColorImage::new([width, height], pixels);
            texture.0 = Some((key, ui.ctx().load_texture("heat", image, TextureOptions::NEAREST)));
        }
        if let Some((_, handle)) = &texture.0 {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(handle.id(), rect, whole, Color32::WHITE);
        }
    }
}

/// Paints the cells into `rect` and listens. Returns row and column under the pointer.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, heat: &Heat<'_>, texture: &mut Texture) -> Option<(usize, usize)> {
    let shape = heat.cells.shape;
    let [rows, columns] = shape;
    if rows == 0 || columns == 0 || !rect.is_positive() {
        return None;
    }
    let painter = ui.painter_at(rect.expand(theme.px(3.0)));
    heat.cells.paint(ui, &painter, theme, rect, texture);
    let frame = |rect: Rect| {
        let stroke = Stroke::new(theme.strokes.thin, theme.ink);
        painter.rect_stroke(rect.expand(1.0), 0.0, stroke, StrokeKind::Outside);
    };
    let cell = |row: usize, column: usize| cell_rect(rect, shape, row, column);
    if let Some(column) = heat.column.filter(|column| *column < columns) {
        frame(cell(0, column).union(cell(rows - 1, column)));
    }
    if let Some(row) = heat.row.filter(|row| *row < rows) {
        frame(cell(row, 0).union(cell(row, columns - 1)));
    }
    let response = ui.interact(rect, ui.scope_id().with(&heat.spoken), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &heat.spoken));
    Some(cell_at(rect, shape, response.hover_pos()?))
}

/// The end of a map for entries up to `most`: rounded up to one digit, so that its number is exact.
pub fn end_of(most: f64) -> f64 {
    if !(most.is_finite() && most > f64::MIN_POSITIVE) {
        return 0.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    (most / power * (1.0 - 1e-9)).ceil() * power
}

/// The colours of a map from one end to the other, without numbers.
pub fn colour_strip(painter: &Painter, theme: &Theme, bar: Rect, scale: Scale) {
    let maps = Maps::of(theme);
    let mut mesh = Mesh::default();
    let steps = 64;
    let x_at = |i: usize| bar.left() + bar.width() * i as f32 / steps as f32;
    for i in 0..steps {
        let share = (i as f64 + 0.5) / f64::from(steps as u32);
        let entry = match scale {
            Scale::HowMuch => share,
            Scale::WhichSign => 2.0 * share - 1.0,
        };
        let rect = Rect::from_min_max(pos2(x_at(i), bar.top()), pos2(x_at(i + 1), bar.bottom()));
        mesh.add_colored_rect(rect, scale.shade(maps, entry, 1.0));
    }
    painter.add(mesh);
    painter.rect_stroke(bar, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
}

/// The colour bar under a map with its numbers; `most` is the end of the map.
pub fn colour_bar(painter: &Painter, theme: &Theme, bar: Rect, scale: Scale, most: f64) {
    colour_strip(painter, theme, bar, scale);
    let set = Set::regular(size::TICK, theme.ink2);
    let y = bar.bottom() + theme.px(4.0);
    let tick = |anchor: Align2, x: f32, words: &str| {
        put(painter, anchor, pos2(x, y), &name::line(painter, theme, words, set));
    };
    match scale {
        Scale::HowMuch => {
            tick(Align2::LEFT_TOP, bar.left(), "0");
            tick(Align2::RIGHT_TOP, bar.right(), &tick_text(most));
        }
        Scale::WhichSign => {
            let high = format!("+{}", tick_text(most));
            let widest = name::line(painter, theme, &high, set).size().x;
            // On a small map both ends are one number.
            if 2.0 * widest + theme.px(22.0) < bar.width() {
                tick(Align2::LEFT_TOP, bar.left(), &tick_text(-most));
                tick(Align2::CENTER_TOP, bar.center().x, "0");
                tick(Align2::RIGHT_TOP, bar.right(), &high);
            } else {
                tick(Align2::CENTER_TOP, bar.center().x, &format!("±{}", tick_text(most)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_map_has_one_digit_and_nothing_is_beyond() {
        for (most, end) in [(0.0086, 0.009), (0.006, 0.006), (12.0, 20.0), (9.99, 10.0)] {
            assert!((end_of(most) / end - 1.0).abs() < 1e-9, "{most}: {}", end_of(most));
        }
        assert_eq!(end_of(0.0), 0.0);
        assert_eq!(end_of(f64::NAN), 0.0);
    }
}
