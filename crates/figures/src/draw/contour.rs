//! Level sets of a function that is known on a grid: marching squares, joined into closed rings.
//!
//! A grid is thought to be surrounded by points below every level, so each part of the set {f ≥ level} has a closed border.
//! Along an edge of the grid f is interpolated linearly; where a cell is a saddle, the mean of its corners decides
//! (Lorensen, Cline 1987, in the plane).

/// A function on a grid: `columns`·`rows` values, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    values: &'a [f64],
    columns: usize,
    rows: usize,
}

/// A closed border of {f ≥ level}, with the set on its left; points are (column, row) of the grid, as real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// The points, each once; the last is joined to the first.
    pub points: Vec<[f64; 2]>,
    /// Whether the side from a point to the next one runs through the grid; else it runs along its border.
    pub inner: Vec<bool>,
}

/// No side starts here.
const NONE: u32 = u32::MAX;
/// The mark of a side that runs through the grid, beside the number of the edge where it ends.
const INNER: u32 = 1 << 31;

impl<'a> Grid<'a> {
    /// A grid; nothing when the number of values is not `columns`·`rows`, or a side has fewer than two points or more than 2¹⁴.
    pub fn new(values: &'a [f64], columns: usize, rows: usize) -> Option<Self> {
        let sides = 2..=1 << 14;
        (sides.contains(&columns) && sides.contains(&rows) && values.len() == columns * rows).then_some(Self {
            values,
            columns,
            rows,
        })
    }

    /// The value at a point of the surrounded grid, whose first row and column are outside.
    fn at(&self, column: usize, row: usize) -> Option<f64> {
        let (column, row) = (column.checked_sub(1)?, row.checked_sub(1)?);
        if column >= self.columns {
            return None;
        }
        self.values.get(row * self.columns + column).copied()
    }

    /// The borders of {f ≥ `level`}: counter-clockwise round its parts, clockwise round their holes (y upwards).
    pub fn rings(&self, level: f64) -> Vec<Ring> {
        let mut next = self.sides(level);
        let mut rings = Vec::new();
        for first in 0..next.len() {
            let mut ring = Ring {
                points: Vec::new(),
                inner: Vec::new(),
            };
            let mut edge = first;
            while let Some(side) = next.get_mut(edge).map(|side| std::mem::replace(side, NONE))
                && side != NONE
            {
                ring.points.push(self.crossing(edge, level));
                ring.inner.push(side & INNER != 0);
                edge = (side & !INNER) as usize;
            }
            if !ring.points.is_empty() {
                rings.push(ring);
            }
        }
        rings
    }

    /// Points along a row of the surrounded grid.
    const fn wide(&self) -> usize {
        self.columns + 2
    }

    /// Edges of the surrounded grid that lie along a row.
    const fn lying(&self) -> usize {
        (self.columns + 1) * (self.rows + 2)
    }

    /// For each edge that the border crosses: the edge that it crosses next. Lying edges come first, then the standing ones.
    fn sides(&self, level: f64) -> Vec<u32> {
        let high = |column, row| self.at(column, row).is_some_and(|value| value >= level);
        let mut next = vec![NONE; self.lying() + self.wide() * (self.rows + 1)];
        for row in 0..=self.rows {
            for column in 0..=self.columns {
                // Counter-clockwise from the lower left.
                let places = [
                    (column, row),
                    (column + 1, row),
                    (column + 1, row + 1),
                    (column, row + 1),
                ];
                let corners = places.map(|(column, row)| high(column, row));
                if corners == [corners[0]; 4] {
                    continue;
                }
                let edges = [
                    row * (self.columns + 1) + column,
                    self.lying() + row * self.wide() + column + 1,
                    (row + 1) * (self.columns + 1) + column,
                    self.lying() + row * self.wide() + column,
                ];
                let values = places.map(|(column, row)| self.at(column, row));
                let inner = values.iter().all(Option::is_some);
                let mean = values.into_iter().flatten().map(|value| 0.25 * value).sum::<f64>();
                let joined = inner && mean >= level;
                for start in 0..4 {
                    // The border enters the cell where it goes down from one corner to the next, and leaves where it goes up.
                    if !corners[start] || corners[(start + 1) % 4] {
                        continue;
                    }
                    // In a saddle a border keeps round the low corner when the high ones are joined, else round the high one.
                    let order = if joined { [1, 2, 3] } else { [3, 2, 1] };
                    let end = order
                        .into_iter()
                        .map(|step| (start + step) % 4)
                        .find(|&end| !corners[end] && corners[(end + 1) % 4]);
                    if let (Some(side), Some(end)) = (next.get_mut(edges[start]), end) {
                        *side = edges[end] as u32 | if inner { INNER } else { 0 };
                    }
                }
            }
        }
        next
    }

    /// Where the border crosses an edge: at the point itself when its neighbour is outside the grid.
    fn crossing(&self, edge: usize, level: f64) -> [f64; 2] {
        let (from, to) = match edge.checked_sub(self.lying()) {
            None => {
                let (column, row) = (edge % (self.columns + 1), edge / (self.columns + 1));
                ([column, row], [column + 1, row])
            }
            Some(edge) => {
                let (column, row) = (edge % self.wide(), edge / self.wide());
                ([column, row], [column, row + 1])
            }
        };
        let place = |[column, row]: [usize; 2]| [column as f64 - 1.0, row as f64 - 1.0];
        let (start, end) = (place(from), place(to));
        let t = match (self.at(from[0], from[1]), self.at(to[0], to[1])) {
            (Some(low), Some(high)) => ((level - low) / (high - low)).clamp(0.0, 1.0),
            (None, _) => 1.0,
            (_, None) => 0.0,
        };
        [start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])]
    }
}

impl Ring {
    /// The area within, in cells of the grid: negative round a hole.
    pub fn area(&self) -> f64 {
        let next = self.points.iter().cycle().skip(1);
        0.5 * std::iter::zip(&self.points, next)
            .map(|([x0, y0], [x1, y1])| x0 * y1 - x1 * y0)
            .sum::<f64>()
    }

    /// The parts that run through the grid: the level line itself. One that is closed ends where it begins.
    pub fn lines(&self) -> Vec<Vec<[f64; 2]>> {
        // Begun with a side along the border, no line is cut in two.
        let begin = self.inner.iter().position(|inner| !inner).unwrap_or(0);
        let sides = std::iter::zip(&self.points, self.points.iter().cycle().skip(1));
        let sides = std::iter::zip(sides, &self.inner)
            .cycle()
            .skip(begin)
            .take(self.points.len());
        let mut lines: Vec<Vec<[f64; 2]>> = Vec::new();
        let mut open = false;
        for ((from, to), inner) in sides {
            match lines.last_mut() {
                Some(line) if open && *inner => line.push(*to),
                _ if *inner => lines.push(vec![*from, *to]),
                _ => {}
            }
            open = *inner;
        }
        lines
    }
}

/// A line as dashes: pieces of the length `dash`, with gaps of the length `gap` between them.
pub fn dashed(line: &[[f64; 2]], dash: f64, gap: f64) -> Vec<Vec<[f64; 2]>> {
    let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut drawing = true;
    let mut left = dash;
    let mut piece: Vec<[f64; 2]> = line.first().copied().into_iter().collect();
    for pair in line.windows(2) {
        let [mut from, to] = [pair[0], pair[1]];
        loop {
            let length = (to[0] - from[0]).hypot(to[1] - from[1]);
            if length <= left || !left.is_normal() {
                left -= length;
                break;
            }
            let t = left / length;
            from = [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
            if drawing {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            }
            drawing = !drawing;
            left = if drawing { dash } else { gap };
            piece = if drawing { vec![from] } else { Vec::new() };
        }
        if drawing {
            piece.push(to);
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}
