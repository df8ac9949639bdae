//! A plain heat map: cells, frames round the linked row and column, and a colour bar below.

use egui::{
    Align2, Color32, ColorImage, Mesh, Painter, Rect, Role, Sense, Stroke, StrokeKind, TextureHandle, TextureOptions,
    Ui, WidgetInfo, pos2, vec2,
};

use super::put;
use crate::board::view::tick_text;
use crate::look::name::{self, Set};
use crate::look::theme::size;
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

/// What is shown.
pub struct Heat<'a> {
    /// Rows and columns.
    pub shape: [usize; 2],
    /// An entry.
    pub entry: &'a dyn Fn(usize, usize) -> f64,
    /// The largest size of an entry: the end of the map.
    pub most: f64,
    /// What a colour says.
    pub scale: Scale,
    /// The framed row.
    pub row: Option<usize>,
    /// The framed column.
    pub column: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
    /// Changes whenever an entry does: the key of the picture's texture.
    pub revision: u64,
}

/// The texture of a large map, kept between frames.
#[derive(Default)]
pub struct Texture(Option<(u64, TextureHandle)>);

/// Paints the cells into `rect` and listens. Returns row and column under the pointer.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, heat: &Heat<'_>, texture: &mut Texture) -> Option<(usize, usize)> {
    let [rows, columns] = heat.shape;
    if rows == 0 || columns == 0 || !rect.is_positive() {
        return None;
    }
    let painter = ui.painter_at(rect.expand(theme.px(3.0)));
    let cell = vec2(rect.width() / columns as f32, rect.height() / rows as f32);
    let cell_rect = |row: usize, column: usize| {
        Rect::from_min_size(rect.min + vec2(column as f32 * cell.x, row as f32 * cell.y), cell)
    };
    if rows.max(columns) <= MOST_QUADS {
        let maps = Maps::of(theme);
        let gap = if theme.scale > 1.0 { 2.0 } else { 1.0 };
        let mut mesh = Mesh::default();
        for row in 0..rows {
            for column in 0..columns {
                let cell = cell_rect(row, column);
                mesh.add_colored_rect(
                    Rect::from_min_max(cell.min, cell.max - vec2(gap, gap).min(0.35 * cell.size())),
                    heat.scale.shade(maps, (heat.entry)(row, column), heat.most),
                );
            }
        }
        painter.add(mesh);
    } else {
        picture(ui, &painter, theme, heat, rect, texture);
    }
    painter.rect_stroke(rect, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
    let frame = |rect: Rect| {
        let stroke = Stroke::new(theme.strokes.thin, theme.ink);
        painter.rect_stroke(rect.expand(1.0), 0.0, stroke, StrokeKind::Outside);
    };
    if let Some(column) = heat.column.filter(|column| *column < columns) {
        frame(cell_rect(0, column).union(cell_rect(rows - 1, column)));
    }
    if let Some(row) = heat.row.filter(|row| *row < rows) {
        frame(cell_rect(row, 0).union(cell_rect(row, columns - 1)));
    }
    let response = ui.interact(rect, ui.scope_id().with(&heat.spoken), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &heat.spoken));
    let at = response.hover_pos()? - rect.min;
    let index = |x: f32, of: f32, n: usize| ((x / of).max(0.0) as usize).min(n - 1);
    Some((index(at.y, cell.y, rows), index(at.x, cell.x, columns)))
}

fn picture(ui: &Ui, painter: &Painter, theme: &Theme, heat: &Heat<'_>, rect: Rect, texture: &mut Texture) {
    let [rows, columns] = heat.shape;
    let key = heat.revision.wrapping_mul(4).wrapping_add(theme.mode as u64);
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
                        let entry = (heat.entry)(row, column);
                        if entry.abs() > largest.abs() {
                            largest = entry;
                        }
                    }
                }
                pixels.push(heat.scale.shade(maps, largest, heat.most));
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

/// The end of a map for entries up to `most`: rounded up to one digit, so that its number is exact.
pub fn end_of(most: f64) -> f64 {
    if !(most.is_finite() && most > f64::MIN_POSITIVE) {
        return 0.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    (most / power * (1.0 - 1e-9)).ceil() * power
}

/// The colour bar under a map with its numbers; `most` is the end of the map.
pub fn colour_bar(painter: &Painter, theme: &Theme, bar: Rect, scale: Scale, most: f64) {
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
