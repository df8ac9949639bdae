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
    let small = count > 6;
    let rooms = (0..count).map(|index| {
        let left = MARGIN + (slot[0] + GAP) * (index % across) as f64;
        let top = top + (slot[1] + 0.4 * GAP) * (index / across) as f64;
        [left, top, left + slot[0], top + slot[1]]
    });
    let mut places: Vec<Place> = std::iter::zip(&content.maps, rooms)
        .map(|(map, room)| Place::new(map, room, small))
        .collect();
    // What has as many rows is as high, so that the eye can go across.
    let highs: Vec<f64> = places
        .iter()
        .map(|place| {
            let same = places.iter().filter(|other| other.tiles.rows == place.tiles.rows);
            same.map(|other| other.tile[1]).fold(f64::INFINITY, f64::min)
        })
        .collect();
    for (place, high) in std::iter::zip(&mut places, highs) {
        if place.tile[0] == place.tile[1] {
            place.tile[0] = high;
        }
        place.tile[1] = high;
    }
    for (map, place) in std::iter::zip(&content.maps, &places) {
        one(pen, look, map, place)?;
    }
    Ok(())
}

/// Where a map is drawn.
struct Place {
    tiles: Tiles,
    /// The side of a tile across and down.
    tile: [f64; 2],
    /// The upper left corner of the tiles.
    origin: [f64; 2],
    room: Rect,
    /// Room of the names of the columns.
    names_below: f64,
    /// The widest name of a column, where they have room side by side.
    longest: f64,
    lying: bool,
    small: bool,
}

impl Place {
    fn new(map: &HeatMap, room: Rect, small: bool) -> Self {
        let [left, top, right, bottom] = room;
        let tiles = Tiles::of(map);
        let top = top + if map.title.is_empty() { 0.0 } else { 1.5 * size::WORD };
        // Names take their room before the tiles do.
        let rows = if tiles.named(&map.row_names, small) {
            widest(&map.row_names) + 12.0
        } else {
            0.0
        };
        let beside = rows + title_room(&map.row_title, small);
        let across = (right - left - beside).max(40.0);
        let longest = widest(&map.column_names);
        let lying = longest + 8.0 < (across / tiles.columns as f64).min(WIDEST);
        let names_below = match tiles.named(&map.column_names, small) {
            true if lying => 30.0,
            true => longest + 14.0,
            false => 0.0,
        };
        let below = title_room(&map.column_title, small) + if small { 0.0 } else { BELOW };
        let high = (bottom - top - names_below - below).max(40.0);
        let mut tile = [
            (across / tiles.columns as f64).min(WIDEST),
            (high / tiles.rows as f64).min(0.75 * WIDEST),
        ];
        // Of a matrix that is about square the tiles are square.
        if (0.7..=1.5).contains(&(tiles.rows as f64 / tiles.columns as f64)) {
            tile = [tile[0].min(tile[1]); 2];
        }
        Self {
            origin: [left + beside, top],
            tiles,
            tile,
            room,
            names_below,
            longest,
            lying,
            small,
        }
    }

    /// The upper left corner of a tile.
    fn corner(&self, row: usize, column: usize) -> [f64; 2] {
        let [x, y] = self.origin;
        [x + self.tile[0] * column as f64, y + self.tile[1] * row as f64]
    }
}

/// Room of a title beside or below a map.
fn title_room(title: &str, small: bool) -> f64 {
    if title.is_empty() || small { 0.0 } else { 34.0 }
}

/// The width of the widest name.
fn widest(names: &[String]) -> f64 {
    let widths = names.iter().map(|name| width(name, size::TICK, false));
    widths.fold(0.0, f64::max).min(NAME)
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

    /// Whether these names stand at the map: where tiles are its rows and columns.
    fn named(&self, names: &[String], small: bool) -> bool {
        !small && self.block == [1; 2] && !names.is_empty()
    }
}

fn one<B: DrawingBackend>(pen: &Pen<B>, look: &Look, map: &HeatMap, place: &Place) -> Result<(), Error> {
    let Place {
        tiles,
        tile,
        origin,
        room: [left, top, right, _],
        names_below,
        longest,
        lying,
        small,
    } = place;
    if !map.title.is_empty() {
        let title = cut(&map.title, size::WORD, true, right - left);
        let at = [*left, top + 0.55 * size::WORD];
        pen.text(&title, at, size::WORD, true, look.ink, Anchor::Left)?;
    }
    let corner = |row: usize, column: usize| place.corner(row, column);
    for row in 0..tiles.rows {
        for column in 0..tiles.columns {
            let Some(value) = tiles.values.get(row * tiles.columns + column).copied().flatten() else {
                continue;
            };
            let colour = colour(look, map, value);
            // A little under the next ones, which come later: between two edges the background would shine through.
            let to = corner(row + 1, column + 1).map(|at| at + 0.6);
            pen.rect(corner(row, column), to, colour)?;
            let words = number::number(value);
            if !*small && width(&words, size::TICK, false) + 8.0 < tile[0] && 1.3 * size::TICK < tile[1] {
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
    if tiles.named(&map.row_names, *small) {
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
    if tiles.named(&map.column_names, *small) {
        let need = if *lying { longest + 8.0 } else { 1.15 * size::TICK };
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
            if *lying {
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
    if title_room(&map.column_title, *small) > 0.0 {
        let room = right - origin[0];
        let title = cut(&map.column_title, size::TICK, false, room);
        let at = [origin[0], foot + 18.0];
        pen.text(&title, at, size::TICK, false, look.ink2, Anchor::Left)?;
        foot += title_room(&map.column_title, *small);
    }
    if title_room(&map.row_title, *small) > 0.0 {
        let title = cut(&map.row_title, size::TICK, false, (end[1] - origin[1]).max(60.0));
        let at = [left + 12.0, 0.5 * (origin[1] + end[1])];
        pen.text(&title, at, size::TICK, false, look.ink2, Anchor::Upwards)?;
    }
    if *small {
        return Ok(());
    }
    gauge(pen, look, map, [origin[0], foot + 8.0, *right])
}

/// The colour bar of a map with its ends.
fn gauge<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    map: &HeatMap,
    [left, top, right]: [f64; 3],
) -> Result<(), Error> {
    const STEPS: usize = 48;
    let ends = if map.signed {
        [number::signed(-map.most), number::signed(map.most)]
    } else {
        ["0".to_owned(), number::number(map.most)]
    };
    let numerals: f64 = ends.iter().map(|words| width(words, size::TICK, false)).sum();
    let long = (0.5 * (right - left)).clamp(60.0, 220.0).max(numerals + 16.0);
    for step in 0..STEPS {
        let at = |step: usize| left + long * step as f64 / STEPS as f64;
        let part = (step as f64 + 0.5) / STEPS as f64;
        let value = map.most * if map.signed { 2.0 * part - 1.0 } else { part };
        // Up to the end: the next ones lie on it, without a seam.
        pen.rect([at(step), top], [at(STEPS), top + BAR], colour(look, map, value))?;
    }
    pen.line(&frame([left, top, left + long, top + BAR]), 1.2, look.ink2)?;
    let y = top + BAR + 17.0;
    pen.text(&ends[0], [left, y], size::TICK, false, look.ink, Anchor::Left)?;
    pen.text(&ends[1], [left + long, y], size::TICK, false, look.ink, Anchor::Right)?;
    let words = cut(&map.measure, size::TICK, false, (right - left - long - 14.0).max(0.0));
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
