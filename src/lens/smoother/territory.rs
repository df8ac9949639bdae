//! Who wins where: the board tinted by the key that a query there would weigh most.

use egui::{Align2, Mesh, Painter, Pos2, Rect, Stroke, Vec2};
use eigenlens_core::{Scoring, Territory, territories, winning_cells};
use nalgebra::DMatrix;

use super::beside;
use super::derive::Picture;
use super::say::{about, three_digits};
use crate::board::{Extent, View};
use crate::lab::TokenRef;
use crate::lab::readout::{Number, Readouts, text};
use crate::lens::{Phrase, Stage, Tone};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::{Maps, Theme};

/// Queries are asked from −4 to 4, so many in a unit.
const REACH: i32 = 4;
const IN_A_UNIT: i32 = 20;
/// Tints of the cells, as places in the map of how much: quiet, so that tokens and names stand out.
const TINTS: [f32; 2] = [0.02, 0.24];
/// The tint of the cell of the key that is pointed at.
const POINTED_AT: f32 = 0.36;
/// Neighbours in reading order are far apart in tint, whatever their number.
const GOLDEN: f32 = 0.618_034;

/// Which key wins where, and what each gets at most.
pub(super) struct Territories {
    keys: DMatrix<f64>,
    scoring: Scoring,
    /// For each key.
    pub(super) of: Vec<Territory>,
}

impl Territories {
    /// The territories of a picture's keys under the weights that it draws. They do not depend on its query, so a drag of it
    /// computes nothing.
    pub(super) fn of(picture: &Picture, before: Option<Self>) -> Result<Self, String> {
        let head = &*picture.common.head;
        beside::check("Who wins where", 1, head)?;
        let scoring = beside::scoring(picture).map_err(|error| format!("{error}."))?;
        if let Some(before) = before
            && before.scoring == scoring
            && before.keys == *head.keys()
        {
            return Ok(before);
        }
        let of = territories(head.keys(), &scoring, &axis()).map_err(|error| format!("{error}."))?;
        Ok(Self {
            keys: head.keys().clone(),
            scoring,
            of,
        })
    }

    /// The key that wins the fewest queries, and of these the one with the least to get.
    fn least(&self) -> usize {
        let rank = |key: usize| (self.of[key].wins, self.of[key].largest);
        let less = |a: usize, b: usize| rank(b).partial_cmp(&rank(a)).is_some_and(std::cmp::Ordering::is_lt);
        (1..self.of.len()).fold(0, |least, key| if less(least, key) { key } else { least })
    }

    /// What there is to say of a key after its name.
    fn said(&self, key: usize) -> String {
        let Some(Territory { largest, at, wins }) = self.of.get(key) else {
            return String::new();
        };
        let place = match at {
            [0.0, 0.0] => "at the origin".to_owned(),
            [x, y] => format!("at ({}, {})", text::coordinate(*x), text::coordinate(*y)),
        };
        if *wins == 0 {
            return format!(" wins nowhere: at most {}, {place}.", three_digits(*largest));
        }
        let all = text::count(asked());
        let wins = text::count(*wins);
        format!(" wins {wins} of {all} queries, with up to {}.", three_digits(*largest))
    }

    pub(super) fn headline(&self, picture: &Picture) -> Vec<Phrase> {
        let key = self.least();
        let losers = self.of.iter().filter(|key| key.wins == 0).count();
        let opening = match losers {
            0 => "Every key wins somewhere: ".to_owned(),
            1 => String::new(),
            n => format!("{n} of {} keys win nowhere: ", self.of.len()),
        };
        match self.of.get(key) {
            Some(Territory { largest, .. }) if losers > 1 => about(
                picture,
                &opening,
                "",
                key,
                &format!(" gets at most {}.", three_digits(*largest)),
            ),
            _ => about(picture, &opening, "", key, &self.said(key))
                .into_iter()
                .flat_map(|(text, tone)| match text.split_once(": ") {
                    // Who, then how much.
                    Some((who, most)) if losers == 1 => {
                        vec![(format!("{who}: "), Tone::Plain), (most.to_owned(), Tone::Query)]
                    }
                    _ => vec![(text, tone)],
                })
                .collect(),
        }
    }

    pub(super) fn spoken(&self, picture: &Picture) -> String {
        let key = self.least();
        let sentence = format!("{}{}", picture.common.key_spoken(key), self.said(key));
        text::spoken(&sentence)
    }

    /// How to read the board.
    pub(super) const fn subline() -> &'static str {
        "Tint: the key that a query there would weigh most. Counted over 161 × 161 queries from −4 to 4."
    }

    pub(super) fn read_out(&self, readouts: &mut Readouts) {
        readouts.put("queries_asked", Number::count(asked()));
        for (i, Territory { largest, at, wins }) in self.of.iter().enumerate() {
            let key = i + 1;
            readouts.put(&format!("largest weight of key {key}"), Number::share(*largest));
            readouts.put(&format!("queries won by key {key}"), Number::count(*wins));
            for (name, at) in ["x", "y"].iter().zip(at) {
                readouts.put(&format!("{name} where key {key} gets most"), Number::plain(*at));
            }
        }
        readouts
            .table
            .columns
            .extend(["largest weight", "queries won"].map(str::to_owned));
        for (row, key) in readouts.table.rows.iter_mut().zip(&self.of) {
            row.extend([text::percent_fine(key.largest), key.wins.to_string()]);
        }
    }

    /// The cells within a rectangle, from where to where along x and along y; in board units, `scale` coordinates each.
    pub(super) fn cells(&self, scale: f64, [x, y]: [[f64; 2]; 2]) -> Vec<Vec<[f64; 2]>> {
        let corner = |end: usize| [scale * x[end], scale * y[end]];
        let mut cells = winning_cells(&self.keys, &self.scoring, corner(0), corner(1)).unwrap_or_default();
        for at in cells.iter_mut().flatten().flatten() {
            *at /= scale;
        }
        cells
    }

    /// Tints, borders between them, and the name of a cell that its key is not in.
    pub(super) fn paint(&self, painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
        let theme = stage.theme;
        let maps = Maps::of(theme);
        let Extent { centre, half } = view.extent();
        let ends = [0, 1].map(|axis| [centre[axis] - half[axis], centre[axis] + half[axis]]);
        let cells: Vec<Vec<Pos2>> = self
            .cells(picture.common.scale, ends)
            .iter()
            .map(|cell| cell.iter().map(|at| view.screen_from_world(*at)).collect())
            .collect();
        let lit = |key: usize| stage.linked == Some(TokenRef::Key(key));
        let mut mesh = Mesh::default();
        for (key, cell) in cells.iter().enumerate() {
            let share = (GOLDEN * key as f32).fract();
            let tint = if lit(key) {
                POINTED_AT
            } else {
                TINTS[0] + share * (TINTS[1] - TINTS[0])
            };
            let first = mesh.vertices.len() as u32;
            for at in cell {
                mesh.colored_vertex(*at, maps.ink(tint));
            }
            for corner in 2..cell.len() as u32 {
                mesh.add_triangle(first, first + corner - 1, first + corner);
            }
        }
        painter.add(mesh);
        let frame = view.rect().shrink(0.5);
        let border = Stroke::new(theme.strokes.thin, theme.ink3);
        for cell in &cells {
            for (a, b) in cell.iter().zip(cell.iter().cycle().skip(1)) {
                // What is cut off by the frame of the board is no border.
                if frame.contains(*a + 0.5 * (*b - *a)) {
                    painter.line_segment([*a, *b], border);
                }
            }
        }
        let set = Set::regular(size::BODY, theme.ink2);
        for ((cell, at), name) in cells
            .iter()
            .zip(&picture.common.positions.keys)
            .zip(&picture.common.keys)
        {
            if !cell.is_empty() && !holds(cell, view.screen_from_world(*at)) {
                let name = name::name(painter, theme, name, set);
                name.put_halo(painter, theme, Align2::CENTER_CENTER, middle(cell));
            }
        }
    }

    /// What there is to say of a key, as a heading. Returns what is left below it.
    pub(super) fn heading(&self, painter: &Painter, theme: &Theme, rect: Rect, picture: &Picture, key: usize) -> Rect {
        let name = picture.common.keys.get(key).map_or("", String::as_str);
        let words = Set::strong(size::BODY, theme.ink);
        let line = name::name(painter, theme, name, words).words(painter, theme, &self.said(key), words);
        line.paint(&painter.with_clip_rect(rect), rect.min);
        rect.with_min_y(rect.top() + line.size().y + theme.px(8.0))
    }
}

/// The coordinates of the queries.
fn axis() -> Vec<f64> {
    let ends = REACH * IN_A_UNIT;
    (-ends..=ends).map(|i| f64::from(i) / f64::from(IN_A_UNIT)).collect()
}

/// How many queries are asked.
const fn asked() -> usize {
    let side = (2 * REACH * IN_A_UNIT + 1) as usize;
    side * side
}

/// Whether a convex polygon has a point.
fn holds(cell: &[Pos2], at: Pos2) -> bool {
    let side = |(a, b): (&Pos2, &Pos2)| {
        let (along, to) = (*b - *a, at - *a);
        along.x * to.y - along.y * to.x
    };
    let sides = || cell.iter().zip(cell.iter().cycle().skip(1)).map(side);
    sides().all(|side| side >= 0.0) || sides().all(|side| side <= 0.0)
}

/// The centroid of a polygon.
fn middle(cell: &[Pos2]) -> Pos2 {
    let first = cell.first().copied().unwrap_or_default();
    let (mut area, mut sum) = (0.0, Vec2::ZERO);
    for pair in cell.windows(2) {
        let (a, b) = (pair[0] - first, pair[1] - first);
        let twice = a.x * b.y - a.y * b.x;
        area += twice;
        sum += twice * (a + b) / 3.0;
    }
    if area == 0.0 { first } else { first + sum / area }
}
