//! A row in tiles: its logits, the greatest so far as a line above them, and below each tile what is remembered.

use egui::{Align2, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use eigenlens_core::Tile;

use super::{fitted, put};
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct Tiles<'a> {
    /// The tiles in the order in which they come.
    pub tiles: &'a [Tile],
    /// The logits of all keys.
    pub logits: &'a [f64],
    /// One name for each key.
    pub names: &'a [String],
    /// The key that is linked.
    pub linked: Option<usize>,
}

/// What became of the sum when a tile came.
fn scaled(tile: &Tile, at: usize) -> String {
    match (at, tile.rescales()) {
        (0, _) => String::new(),
        (_, false) => "kept".to_owned(),
        (_, true) => format!("scaled by {}", text::number(tile.factor)),
    }
}

fn spoken(tiles: &[Tile]) -> String {
    let of_tile = |(at, tile): (usize, &Tile)| {
        let (greatest, sum) = (text::number(tile.greatest), text::number(tile.sum));
        let scaled = scaled(tile, at);
        let comma = if scaled.is_empty() { "" } else { ", " };
        format!("tile {}{comma}{scaled}: maximum {greatest}, sum {sum}", at + 1)
    };
    let all: Vec<String> = tiles.iter().enumerate().map(of_tile).collect();
    text::spoken(&all.join("; "))
}

/// Paints the tiles. Returns the key under the pointer.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, shown: &Tiles<'_>) -> Option<usize> {
    let response = ui.interact(rect, ui.scope_id().with("tiles"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, spoken(shown.tiles)));
    let painter = ui.painter_at(rect.expand2(vec2(theme.px(4.0), theme.px(2.0))));
    let gap = theme.px(16.0);
    let keys: usize = shown.tiles.iter().map(|tile| tile.keys.len()).sum();
    let slot = (rect.width() - gap * (shown.tiles.len().max(1) - 1) as f32) / keys.max(1) as f32;
    let lines = theme.px(20.0);
    // What is remembered takes two lines; a low chart has its bars alone.
    let words = if rect.height() > theme.px(84.0) {
        2.0 * lines
    } else {
        0.0
    };
    let plot = rect.with_max_y(rect.bottom() - words).shrink2(vec2(0.0, theme.px(5.0)));
    if slot < 1.0 || plot.height() < theme.px(16.0) {
        return None;
    }
    let ends = shown
        .logits
        .iter()
        .fold((0.0, 0.0), |(low, high): (f64, f64), x| (low.min(*x), high.max(*x)));
    let y_at = |x: f64| plot.bottom() - plot.height() * ((x - ends.0) / (ends.1 - ends.0).max(1e-300)) as f32;
    let set = Set::regular(size::BODY, theme.ink);
    let fits = |(at, tile): (usize, &Tile)| {
        let words = name::line(&painter, theme, &told(tile, true), set).size().x;
        // The last tile has no gap behind it.
        let behind = if at + 1 < shown.tiles.len() {
            gap - theme.px(6.0)
        } else {
            0.0
        };
        words <= slot * tile.keys.len() as f32 + behind
    };
    let in_full = shown.tiles.iter().enumerate().all(fits);
    let mut left = rect.left();
    let mut hovered = None;
    let mut line: Vec<Pos2> = Vec::new();
    for (at, tile) in shown.tiles.iter().enumerate() {
        let right = left + slot * tile.keys.len() as f32;
        let span = Rect::from_x_y_ranges(left..=right, plot.y_range());
        painter.hline(span.x_range(), y_at(0.0), theme.hairline(theme.ink3));
        for (i, &key) in tile.keys.iter().enumerate() {
            let x = left + (i as f32 + 0.5) * slot;
            let room = Rect::from_x_y_ranges(x - 0.5 * slot..=x + 0.5 * slot, rect.y_range());
            let under = response.hover_pos().is_some_and(|at| room.contains(at));
            if under {
                hovered = Some(key);
            }
            let logit = shown.logits.get(key).copied().unwrap_or_default();
            bar(
                &painter,
                theme,
                x,
                slot,
                [y_at(0.0), y_at(logit)],
                under || shown.linked == Some(key),
            );
        }
        let y = y_at(tile.greatest);
        line.extend([pos2(left, y), pos2(right, y)]);
        if words > 0.0 {
            let below = pos2(left, rect.bottom() - words);
            name::line(&painter, theme, &told(tile, in_full), set).paint(&painter, below);
            let colour = if tile.rescales() { theme.query_text } else { theme.ink2 };
            let became = Set::regular(size::BODY, colour);
            let room = right - left + gap - theme.px(6.0);
            fitted(&painter, theme, &scaled(tile, at), became, room).paint(&painter, below + vec2(0.0, lines));
        }
        left = right + gap;
    }
    painter.add(Shape::line(line, Stroke::new(theme.strokes.zero_line, theme.query)));
    if let Some(key) = hovered.or(shown.linked) {
        named(&painter, theme, plot, shown, key);
    }
    hovered
}

fn bar(painter: &Painter, theme: &Theme, x: f32, slot: f32, [zero, end]: [f32; 2], strong: bool) {
    let half = 0.5 * (0.5 * slot).clamp(1.0, theme.px(16.0));
    let bar = Rect::from_x_y_ranges(x - half..=x + half, zero.min(end)..=zero.max(end));
    painter.rect_filled(bar, 0.0, if strong { theme.ink } else { theme.ink3 });
}

/// What is remembered after a tile: maximum and sum, or where there is less room the sum alone.
fn told(tile: &Tile, in_full: bool) -> String {
    let sum = format!("*l* = {}", text::number(tile.sum));
    if in_full {
        format!("*m* = {}, {sum}", text::number(tile.greatest))
    } else {
        sum
    }
}

/// Name and logit of a key at the top of the plot.
fn named(painter: &Painter, theme: &Theme, plot: Rect, shown: &Tiles<'_>, key: usize) {
    let name = shown.names.get(key).map_or("", String::as_str);
    let logit = shown.logits.get(key).copied().unwrap_or_default();
    let words = format!("{name}: {}", text::number(logit));
    let line = name::name(painter, theme, &words, Set::strong(size::BODY, theme.ink));
    put(painter, Align2::RIGHT_TOP, plot.right_top(), &line);
}
