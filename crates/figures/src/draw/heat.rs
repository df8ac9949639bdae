//! Matrices as tiles, beside each other, each with its names, its marks and its colour bar.

use plotters_backend::DrawingBackend;

use super::board::{Rect, frame};
use super::number;
use super::pen::{Anchor, Pen};
use super::text::{cut, width};
use super::{MARGIN, size, tint};
use crate::{Error, HeatMap, HeatMaps, Look, Rgb};

/// The most tiles along a side; of more, each tile is the largest of its block.
const MOST_TILES: usize = 128;
/// The widest name, and the widest and highest tile.
const NAME: f64 = 170.0;
const WIDEST: f64 = 120.0;
/// Between two maps.
const GAP: f64 = 44.0;
/// Below a map: its colour bar and the numerals.
const BAR: f64 = 16.0;
const BELOW: f64 = 62.0;

pub(super) fn draw<B: DrawingBackend>(pen: &Pen<B>, look: &Look, content: &HeatMaps, top: f64) -> Result<(), Error> {
    let count = content.maps.len();
    let across = match count {
        0..=4 => count.max(1),
        5..=6 => 3,
        _ => (1.5 * count as f64).sqrt().ceil() as usize,
    };
    let down = count.div_ceil(across);
    let room = [pen.width() - 2.0 * MARGIN, pen.height() - MARGIN - top];
    let slot = [
        (room[0] - GAP * (across - 1) as f64) / across as f64,
        (room[1] - 0.4 * GAP * (down - 1) as f64) / down as f64,
    ];
    for (index, map) in content.maps.iter().enumerate() {
        let left = MARGIN + (slot[0] + GAP) * (index % across) as f64;
        let top = top + (slot[1] + 0.4 * GAP) * (index / across) as f64;
        one(pen, look, map, [left, top, left + slot[0], top + slot[1]], count > 6)?;
    }
    Ok(())
}

/// The entries as they are drawn: of a large map, blocks.
struct Tiles {
    rows: usize,
    columns: usize,
    values: Vec<Option<f64>>,
    /// Rows and columns of the map in one tile.
    block: [usize; 2],
}

impl Tiles {
    fn of(map: &HeatMap) -> Self {
        let block = [map.rows, map.columns].map(|side| side.div_ceil(MOST_TILES).max(1));
        let [rows, columns] = [map.rows.div_ceil(block[0]), map.columns.div_ceil(block[1])];
        let mut values: Vec<Option<f64>> = vec![None; rows * columns];
        for (at, value) in map.values.iter().enumerate() {
            let (row, column) = (at / map.columns.max(1) / block[0], at % map.columns.max(1) / block[1]);
            if let (Some(tile), Some(value)) = (values.get_mut(row * columns + column), value)
                && tile.is_none_or(|largest| value.abs() > largest.abs())
            {
                *tile = Some(*value);
            }
        }
        Self {
            rows,
            columns,
            values,
            block,
        }
    }

    fn is_pooled(&self) -> bool {
        self.block != [1; 2]
    }
}

fn one<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    map: &HeatMap,
    [left, top, right, bottom]: Rect,
    small: bool,
) -> Result<(), Error> {
    let tiles = Tiles::of(map);
    let mut top = top;
    if !map.title.is_empty() {
        let title = cut(&map.title, size::WORD, true, right - left);
        let at = [left, top + 0.55 * size::WORD];
        pen.text(&title, at, size::WORD, true, look.ink, Anchor::Left)?;
        top += 1.5 * size::WORD;
    }
    // Names where tiles are their rows and columns; they take their room before the tiles do.
    let named = |names: &[String]| !small && !tiles.is_pooled() && !names.is_empty();
    let widest = |names: &[String]| {
        let widths = names.iter().map(|name| width(name, size::TICK, false));
        widths.fold(0.0, f64::max).min(NAME)
    };
    let row_title = if map.row_title.is_empty() || small { 0.0 } else { 34.0 };
    let beside = row_title
        + if named(&map.row_names) {
            widest(&map.row_names) + 12.0
        } else {
            0.0
        };
    let column_title = if map.column_title.is_empty() || small {
        0.0
    } else {
        34.0
    };
    let below = if small { 0.0 } else { BELOW };
    let across = (right - left - beside).max(40.0);
    let longest = widest(&map.column_names);
    let lying = longest + 8.0 < (across / tiles.columns as f64).min(WIDEST);
    let names_below = match named(&map.column_names) {
        true if lying => 30.0,
        true => longest + 14.0,
        false => 0.0,
    };
    let high = (bottom - top - names_below - column_title - below).max(40.0);
    let mut tile = [
        (across / tiles.columns as f64).min(WIDEST),
        (high / tiles.rows as f64).min(0.75 * WIDEST),
    ];
    // Of a matrix that is about square the tiles are square.
    if (0.25..=4.0).contains(&(tiles.rows as f64 / tiles.columns as f64)) {
        tile = [tile[0].min(tile[1]); 2];
    }
    let origin = [left + beside, top];
    let corner = |row: usize, column: usize| [origin[0] + tile[0] * column as f64, origin[1] + tile[1] * row as f64];
    for row in 0..tiles.rows {
        for column in 0..tiles.columns {
            let Some(value) = tiles.values.get(row * tiles.columns + column).copied().flatten() else {
                continue;
            };
            let colour = colour(look, map, value);
            pen.rect(corner(row, column), corner(row + 1, column + 1), colour)?;
            let words = number::number(value);
            if !small && width(&words, size::TICK, false) + 8.0 < tile[0] && 1.3 * size::TICK < tile[1] {
                let [x, y] = corner(row, column);
                let ink = if contrast(colour, look.ink) >= contrast(colour, look.canvas) {
                    look.ink
                } else {
                    look.canvas
                };
                let middle = [x + 0.5 * tile[0], y + 0.5 * tile[1]];
                pen.text(&words, middle, size::TICK, false, ink, Anchor::Middle)?;
            }
        }
    }
    let end = corner(tiles.rows, tiles.columns);
    pen.line(&frame([origin[0], origin[1], end[0], end[1]]), 1.5, look.ink2)?;
    if let Some(row) = map.row {
        let [from, to] = [
            corner(row / tiles.block[0], 0),
            corner(row / tiles.block[0] + 1, tiles.columns),
        ];
        pen.line(&frame([from[0], from[1], to[0], to[1]]), 3.0, look.query)?;
    }
    if let Some(column) = map.column {
        let at = column / tiles.block[1];
        let [from, to] = [corner(0, at), corner(tiles.rows, at + 1)];
        pen.line(&frame([from[0], from[1], to[0], to[1]]), 2.5, look.ink)?;
    }
    if named(&map.row_names) {
        let every = (1.15 * size::TICK / tile[1]).ceil().max(1.0) as usize;
        for (row, name) in map.row_names.iter().enumerate() {
            let marked = map.row == Some(row);
            let crowded = map.row.is_some_and(|other| other != row && other.abs_diff(row) < every);
            if marked || (row.is_multiple_of(every) && !crowded) {
                let at = [origin[0] - 10.0, origin[1] + tile[1] * (row as f64 + 0.5)];
                let name = cut(name, size::TICK, false, NAME);
                pen.text(&name, at, size::TICK, marked, look.ink, Anchor::Right)?;
            }
        }
    }
    let mut foot = end[1];
    if named(&map.column_names) {
        let need = if lying { longest + 8.0 } else { 1.15 * size::TICK };
        let every = (need / tile[0]).ceil().max(1.0) as usize;
        for (column, name) in map.column_names.iter().enumerate() {
            let marked = map.column == Some(column);
            let crowded = map
                .column
                .is_some_and(|other| other != column && other.abs_diff(column) < every);
            if !marked && (!column.is_multiple_of(every) || crowded) {
                continue;
            }
            let x = origin[0] + tile[0] * (column as f64 + 0.5);
            let name = cut(name, size::TICK, false, NAME);
            if lying {
                pen.text(&name, [x, foot + 18.0], size::TICK, marked, look.ink, Anchor::Middle)?;
            } else {
                pen.text(
                    &name,
                    [x, foot + 8.0],
                    size::TICK,
                    marked,
                    look.ink,
                    Anchor::EndsUpwards,
                )?;
            }
        }
        foot += names_below;
    }
    if column_title > 0.0 {
        let room = right - origin[0];
        let title = cut(&map.column_title, size::TICK, false, room);
        let at = [origin[0], foot + 18.0];
        pen.text(&title, at, size::TICK, false, look.ink2, Anchor::Left)?;
        foot += column_title;
    }
    if row_title > 0.0 {
        let title = cut(&map.row_title, size::TICK, false, (end[1] - origin[1]).max(60.0));
        let at = [left + 12.0, 0.5 * (origin[1] + end[1])];
        pen.text(&title, at, size::TICK, false, look.ink2, Anchor::Upwards)?;
    }
    if small {
        return Ok(());
    }
    gauge(pen, look, map, [origin[0], foot + 8.0, right])
}

/// The colour bar of a map with its ends.
fn gauge<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    map: &HeatMap,
    [left, top, right]: [f64; 3],
) -> Result<(), Error> {
    const STEPS: usize = 48;
    let measure = if map.measure.is_empty() {
        String::new()
    } else {
        map.measure.clone()
    };
    let long = (0.6 * (right - left)).clamp(60.0, 220.0);
    for step in 0..STEPS {
        let at = |step: usize| left + long * step as f64 / STEPS as f64;
        let part = (step as f64 + 0.5) / STEPS as f64;
        let value = map.most * if map.signed { 2.0 * part - 1.0 } else { part };
        pen.rect([at(step), top], [at(step + 1), top + BAR], colour(look, map, value))?;
    }
    pen.line(&frame([left, top, left + long, top + BAR]), 1.2, look.ink2)?;
    let y = top + BAR + 17.0;
    let ends = if map.signed {
        [number::signed(-map.most), number::signed(map.most)]
    } else {
        ["0".to_owned(), number::number(map.most)]
    };
    pen.text(&ends[0], [left, y], size::TICK, false, look.ink, Anchor::Left)?;
    pen.text(&ends[1], [left + long, y], size::TICK, false, look.ink, Anchor::Right)?;
    let words = cut(&measure, size::TICK, false, (right - left - long - 14.0).max(0.0));
    let at = [left + long + 14.0, top + 0.5 * BAR];
    pen.text(&words, at, size::TICK, false, look.ink2, Anchor::Left)
}

fn colour(look: &Look, map: &HeatMap, value: f64) -> Rgb {
    let part = value / map.most;
    if map.signed {
        tint(&look.tidal, 0.5 * (part.clamp(-1.0, 1.0) + 1.0), look.canvas)
    } else {
        tint(&look.heat, part.clamp(0.0, 1.0), look.canvas)
    }
}

/// How far two colours are apart in lightness, roughly.
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let light = |[red, green, blue]: Rgb| 0.3 * f64::from(red) + 0.59 * f64::from(green) + 0.11 * f64::from(blue);
    (light(one) - light(other)).abs()
}
