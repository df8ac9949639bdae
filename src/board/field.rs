//! A scalar field over a rectangle: bands of flat colour between round levels, and the lines at those levels.
//!
//! The field is sampled on a grid. Each cell is cut into two triangles and each triangle by the levels into convex pieces, so
//! that the edges of the bands and the lines are the same points.

use std::collections::BTreeMap;

use egui::{Mesh, Painter, Pos2, Shape, Stroke, pos2};
use nalgebra::DMatrix;

use crate::look::{Maps, Mode, Theme, theme};

/// Most bands on one side of zero.
const MOST_BANDS: f64 = 7.0;
/// The same in a hall.
const MOST_BANDS_HALL: f64 = 4.0;

/// The levels of a field: multiples of a round step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// Distance between two levels; 1, 2 or 5 times a power of ten.
    pub step: f64,
    /// Bands on one side of zero; the outermost ones end at `count · step`.
    pub count: i32,
}

impl Levels {
    /// The levels for values up to `most` on either side of zero. Where nothing varies there is one band a side.
    pub fn new(most: f64, theme: &Theme) -> Self {
        let bands = if theme.mode == Mode::Projector {
            MOST_BANDS_HALL
        } else {
            MOST_BANDS
        };
        if !(most.is_finite() && most > f64::MIN_POSITIVE) {
            return Self { step: 1.0, count: 1 };
        }
        let rough = most / bands;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough * (1.0 - 1e-9))
            .unwrap_or(10.0 * power);
        Self {
            step,
            count: ((most / step).ceil() as i32).clamp(1, bands as i32),
        }
    }

    /// The value at the ends of the colour bar.
    pub fn most(&self) -> f64 {
        f64::from(self.count) * self.step
    }

    /// The band of a value: 0 is the first above zero, −1 the first below.
    fn band(&self, value: f64) -> i32 {
        ((value / self.step).floor() as i32).clamp(-self.count, self.count - 1)
    }

    /// Where the middle of a band lies between −1 and 1.
    pub fn share(&self, band: i32) -> f32 {
        ((f64::from(band) + 0.5) / f64::from(self.count)) as f32
    }
}

/// A field on a rectangle of the plane, cut into bands and lines, in the coordinates of the plane.
#[derive(Clone, Debug, Default)]
pub struct Bands {
    /// Convex pieces with their band.
    pieces: Vec<(i32, Vec<[f32; 2]>)>,
    /// Lines with the number of their level.
    lines: Vec<(i32, Vec<[f32; 2]>)>,
    levels: Option<Levels>,
}

/// A point of a triangle: a place with its value. Where two triangles share an edge they share its points.
#[derive(Clone, Copy)]
struct Sample {
    at: [f64; 2],
    value: f64,
    /// Node of the grid.
    node: usize,
}

impl Bands {
    /// Cuts a field. `scores` holds a row per entry of `ys` and a column per entry of `xs`, both rising.
    pub fn new(xs: &[f64], ys: &[f64], scores: &DMatrix<f64>, levels: Levels) -> Self {
        let mut bands = Self {
            levels: Some(levels),
            ..Self::default()
        };
        if xs.len() < 2 || ys.len() < 2 || scores.shape() != (ys.len(), xs.len()) {
            return bands;
        }
        let mut segments = Segments::default();
        let sample = |row: usize, column: usize| Sample {
            at: [xs[column], ys[row]],
            value: scores[(row, column)],
            node: row * xs.len() + column,
        };
        for row in 0..ys.len() - 1 {
            let mut column = 0;
            while column < xs.len() - 1 {
                let corners = |column: usize| {
                    [
                        sample(row, column),
                        sample(row, column + 1),
                        sample(row + 1, column + 1),
                        sample(row + 1, column),
                    ]
                };
                let [a, b, c, d] = corners(column);
                let Some(band) = one_band(&levels, &[a, b, c, d]) else {
                    bands.cut(&[a, b, c], &levels, &mut segments);
                    bands.cut(&[a, c, d], &levels, &mut segments);
                    column += 1;
                    continue;
                };
                // Cells of one band in a row are one piece.
                let mut end = column + 1;
                while end < xs.len() - 1 && one_band(&levels, &corners(end)) == Some(band) {
                    end += 1;
                }
                let (left, right) = (xs[column], xs[end]);
                let (low, high) = (ys[row], ys[row + 1]);
                let piece = [[left, low], [right, low], [right, high], [left, high]];
                bands.pieces.push((band, piece.map(single).to_vec()));
                column = end;
            }
        }
        bands.lines = segments.chained();
        bands
    }

    /// Cuts a triangle into its bands, and notes the segments between them.
    fn cut(&mut self, corners: &[Sample; 3], levels: &Levels, segments: &mut Segments) {
        if corners.iter().any(|corner| !corner.value.is_finite()) {
            return;
        }
        let most = levels.count;
        let of = |corner: &Sample| levels.band(corner.value);
        let low = corners.iter().map(of).min().unwrap_or_default();
        let high = corners.iter().map(of).max().unwrap_or_default();
        let mut rest: Vec<([f64; 2], f64)> = corners.iter().map(|corner| (corner.at, corner.value)).collect();
        for level in low + 1..=high {
            let value = f64::from(level) * levels.step;
            let (below, above) = split(&rest, value);
            if below.len() >= 3 {
                self.pieces
                    .push((level - 1, below.iter().map(|(at, _)| single(*at)).collect()));
            }
            rest = above;
            if level.abs() < most {
                segments.add(level, value, corners);
            }
        }
        if rest.len() >= 3 {
            self.pieces
                .push((high, rest.iter().map(|(at, _)| single(*at)).collect()));
        }
    }

    /// Paints bands, then lines; `place` puts a point of the plane on the screen.
    pub fn paint(&self, painter: &Painter, theme: &Theme, place: impl Fn([f32; 2]) -> Pos2) {
        self.paint_bands(painter, theme, 1.0, &place);
        let most_dashes = 40.0 * painter.clip_rect().width();
        for (level, line) in &self.lines {
            let points: Vec<Pos2> = line.iter().map(|at| place(*at)).collect();
            match level {
                0 => {
                    painter.add(Shape::line(points, Stroke::new(theme.strokes.zero_line, theme.ink)));
                }
                1.. => {
                    painter.add(Shape::line(points, theme.field_line(true)));
                }
                _ => {
                    let length: f32 = points.windows(2).map(|pair| pair[0].distance(pair[1])).sum();
                    let stroke = theme.field_line(false);
                    if length < most_dashes {
                        painter.extend(Shape::dashed_line(&points, stroke, theme.px(4.5), theme.px(3.0)));
                    }
                }
            }
        }
    }

    /// Paints the bands alone, as in a small picture; `strength` 1 is full.
    pub fn paint_bands(&self, painter: &Painter, theme: &Theme, strength: f32, place: impl Fn([f32; 2]) -> Pos2) {
        let Some(levels) = self.levels else { return };
        let maps = Maps::of(theme);
        let mut mesh = Mesh::default();
        for (band, piece) in &self.pieces {
            let tint = maps.field_tint(levels.share(*band));
            let tint = theme::over(theme.canvas, tint, strength);
            let first = mesh.vertices.len() as u32;
            for at in piece {
                mesh.colored_vertex(place(*at), tint);
            }
            for corner in 2..piece.len() as u32 {
                mesh.add_triangle(first, first + corner - 1, first + corner);
            }
        }
        painter.add(mesh);
    }
}

/// The band that all corners are in, when it is one.
fn one_band(levels: &Levels, corners: &[Sample]) -> Option<i32> {
    let mut bands = corners.iter().map(|corner| {
        // Not a number is in no band.
        corner.value.is_finite().then(|| levels.band(corner.value))
    });
    let first = bands.next()??;
    bands.all(|band| band == Some(first)).then_some(first)
}

fn single([x, y]: [f64; 2]) -> [f32; 2] {
    [x as f32, y as f32]
}

type Corner = ([f64; 2], f64);

/// The parts of a convex piece below and above a level.
fn split(piece: &[Corner], level: f64) -> (Vec<Corner>, Vec<Corner>) {
    let (mut below, mut above) = (Vec::with_capacity(5), Vec::with_capacity(5));
    for (i, corner) in piece.iter().enumerate() {
        let next = piece[(i + 1) % piece.len()];
        if corner.1 < level {
            below.push(*corner);
        } else {
            above.push(*corner);
        }
        if (corner.1 < level) != (next.1 < level) {
            let cut = (between(corner, &next, level), level);
            below.push(cut);
            above.push(cut);
        }
    }
    (below, above)
}

fn between(a: &Corner, b: &Corner, level: f64) -> [f64; 2] {
    let t = ((level - a.1) / (b.1 - a.1)).clamp(0.0, 1.0);
    [a.0[0] + t * (b.0[0] - a.0[0]), a.0[1] + t * (b.0[1] - a.0[1])]
}

/// A crossing of a level with an edge of the triangulation, by the nodes of the edge.
type Crossing = (usize, usize);

/// Where a line crosses an edge, and up to two neighbours along the line.
type Joint = ([f32; 2], [Option<Crossing>; 2]);

/// Segments of all levels, to be joined where they share a crossing.
#[derive(Default)]
struct Segments {
    crossings: BTreeMap<(i32, Crossing), Joint>,
}

impl Segments {
    fn add(&mut self, level: i32, value: f64, corners: &[Sample; 3]) {
        let mut ends: Vec<(Crossing, [f64; 2])> = Vec::with_capacity(2);
        for (a, b) in [(0, 1), (1, 2), (2, 0)] {
            let (a, b) = (corners[a], corners[b]);
            if (a.value < value) != (b.value < value) {
                // From the smaller node on, so that both triangles of an edge find the same point.
                let (a, b) = if a.node < b.node { (a, b) } else { (b, a) };
                ends.push(((a.node, b.node), between(&(a.at, a.value), &(b.at, b.value), value)));
            }
        }
        let [(first, at_first), (second, at_second)] = ends.as_slice() else {
            return;
        };
        for (this, at, other) in [(first, at_first, second), (second, at_second, first)] {
            let entry = self.crossings.entry((level, *this)).or_insert((single(*at), [None; 2]));
            if let Some(free) = entry.1.iter_mut().find(|neighbour| neighbour.is_none()) {
                *free = Some(*other);
            }
        }
    }

    /// The segments as lines, each as long as it can be: open ones from end to end, then closed ones.
    fn chained(mut self) -> Vec<(i32, Vec<[f32; 2]>)> {
        let ends: Vec<(i32, Crossing)> = self
            .crossings
            .iter()
            .filter(|(_, (_, neighbours))| neighbours.iter().flatten().count() == 1)
            .map(|(key, _)| *key)
            .collect();
        let mut lines = Vec::new();
        for start in ends {
            lines.extend(self.walk(start));
        }
        while let Some(start) = self.crossings.keys().next().copied() {
            let first = self.crossings.get(&start).map(|(at, _)| *at);
            lines.extend(self.walk(start).map(|(level, mut line)| {
                line.extend(first);
                (level, line)
            }));
        }
        lines
    }

    fn walk(&mut self, start: (i32, Crossing)) -> Option<(i32, Vec<[f32; 2]>)> {
        let level = start.0;
        let mut line = Vec::new();
        let mut next = Some(start.1);
        while let Some(here) = next {
            let Some((at, neighbours)) = self.crossings.remove(&(level, here)) else {
                break;
            };
            line.push(at);
            next = neighbours
                .into_iter()
                .flatten()
                .find(|neighbour| self.crossings.contains_key(&(level, *neighbour)));
        }
        (line.len() >= 2).then_some((level, line))
    }
}

/// A rectangle of the plane put into a rectangle of the screen, y upwards.
pub fn fitted(low: [f64; 2], high: [f64; 2], rect: egui::Rect) -> impl Fn([f32; 2]) -> Pos2 {
    move |[x, y]| {
        let share = |x: f32, low: f64, high: f64| ((f64::from(x) - low) / (high - low)) as f32;
        pos2(
            rect.left() + share(x, low[0], high[0]) * rect.width(),
            rect.bottom() - share(y, low[1], high[1]) * rect.height(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(n: usize) -> Vec<f64> {
        (0..n).map(|i| -1.0 + 2.0 * i as f64 / (n - 1) as f64).collect()
    }

    fn field(n: usize, score: impl Fn(f64, f64) -> f64) -> Bands {
        let xs = axis(n);
        let scores = DMatrix::from_fn(n, n, |row, column| score(xs[column], xs[row]));
        let levels = Levels::new(scores.amax(), &theme::LIGHT);
        Bands::new(&xs, &xs, &scores, levels)
    }

    fn area(piece: &[[f32; 2]]) -> f64 {
        let twice: f64 = (0..piece.len())
            .map(|i| {
                let ([ax, ay], [bx, by]) = (piece[i], piece[(i + 1) % piece.len()]);
                f64::from(ax) * f64::from(by) - f64::from(bx) * f64::from(ay)
            })
            .sum();
        0.5 * twice
    }

    #[test]
    fn levels_are_round_and_few() {
        for (most, step, count) in [(0.064, 0.01, 7), (0.0701, 0.02, 4), (1.0, 0.2, 5), (3.4e-7, 5e-8, 7)] {
            let levels = Levels::new(most, &theme::LIGHT);
            assert!((levels.step / step - 1.0).abs() < 1e-12, "{most}: {levels:?}");
            assert_eq!(levels.count, count, "{most}");
        }
        assert!(Levels::new(0.064, &theme::PROJECTOR).count <= 4);
        for nothing in [0.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Levels::new(nothing, &theme::LIGHT), Levels { step: 1.0, count: 1 });
        }
    }

    #[test]
    fn the_pieces_cover_the_rectangle_once() {
        for bands in [
            field(12, |x, y| x + 0.3 * y),
            field(17, |x, y| (3.0 * x).sin() * (2.0 * y).cos()),
            field(9, |_, _| 0.0),
            field(8, |x, _| x),
        ] {
            let covered: f64 = bands.pieces.iter().map(|(_, piece)| area(piece)).sum();
            assert!((covered - 4.0).abs() < 1e-5, "{covered} of 4 is covered");
            assert!(
                bands.pieces.iter().all(|(_, piece)| area(piece) > -1e-9),
                "every piece turns the same way"
            );
        }
    }

    #[test]
    fn pieces_hold_only_values_of_their_band() {
        let score = |x: f64, y: f64| 0.6 * x - 0.4 * y;
        let bands = field(15, score);
        let levels = bands.levels.expect("there are levels");
        for (band, piece) in &bands.pieces {
            for [x, y] in piece {
                let value = score(f64::from(*x), f64::from(*y)) / levels.step;
                let (low, high) = (f64::from(*band) - 1e-4, f64::from(*band) + 1.0 + 1e-4);
                assert!((low..=high).contains(&value), "{value} in band {band}");
            }
        }
    }

    #[test]
    fn the_zero_line_of_a_plane_is_one_straight_line_from_edge_to_edge() {
        let bands = field(20, |x, y| x - 0.5 * y - 0.03);
        let zero: Vec<_> = bands.lines.iter().filter(|(level, _)| *level == 0).collect();
        let [(_, line)] = zero.as_slice() else {
            panic!("one line, not {}", zero.len());
        };
        for [x, y] in line {
            assert!((x - 0.5 * y - 0.03).abs() < 1e-6, "({x}, {y}) is off the line");
        }
        let ends = [line.first(), line.last()].map(|end| end.expect("a line has ends")[1].abs());
        assert!(
            ends.iter().all(|y| (y - 1.0).abs() < 1e-6),
            "it runs from the lower to the upper edge"
        );
    }

    #[test]
    fn a_closed_line_ends_where_it_begins() {
        let bands = field(24, |x, y| 0.5 - x * x - y * y);
        let zero: Vec<_> = bands.lines.iter().filter(|(level, _)| *level == 0).collect();
        let [(_, line)] = zero.as_slice() else {
            panic!("one circle, not {} lines", zero.len());
        };
        assert_eq!(line.first(), line.last());
        assert!(line.len() > 24);
    }

    #[test]
    fn what_is_no_number_leaves_a_hole_and_nothing_panics() {
        let bands = field(6, |x, y| if x > 0.5 { f64::NAN } else { x + y });
        assert!(
            bands
                .pieces
                .iter()
                .flat_map(|(_, piece)| piece)
                .flatten()
                .all(|x| x.is_finite())
        );
        let bad = Bands::new(
            &[0.0],
            &[0.0, 1.0],
            &DMatrix::zeros(2, 1),
            Levels { step: 1.0, count: 1 },
        );
        assert!(bad.pieces.is_empty());
    }
}
