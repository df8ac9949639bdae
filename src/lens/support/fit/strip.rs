//! Where the strip runs: round the circle of the keys, along their line, or by their angle in the plane of the board.

use nalgebra::DMatrix;

use crate::lab::Positions;

/// Radii nearer to their mean than this share of it are those of a circle.
const ROUND: f64 = 0.01;
/// How far the strip goes on beyond the outermost keys of a line, as a share of their distance.
const BEYOND: f64 = 0.12;
/// Places of the curve, and how many there are where the keys are many.
const PLACES: usize = 240;
const FEW_PLACES: usize = 120;
/// Up to so many keys the curve has all its places.
const FEW_KEYS: usize = 256;

/// What the strip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The keys lie on a circle round their mean, which is unrolled.
    Circle,
    /// They do not: the curve runs along the circle of their mean radius, and each key is at its angle.
    Mean,
    /// The keys have one dimension.
    Line,
    /// They have more than two: each key is at its angle on the board, and there is no curve.
    Angle,
}

/// The strip: an angle in degrees from 0 to 360, or a coordinate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Strip {
    pub(super) kind: Kind,
    /// Where each key is.
    pub(super) keys: Vec<f64>,
    /// Where the query is.
    pub(super) query: f64,
    /// The query is on the line or the circle along which the curve runs.
    pub(super) query_on_curve: bool,
    /// The ends.
    pub(super) ends: [f64; 2],
    /// Mean of the keys, in board units.
    centre: [f64; 2],
    /// Distance of the query from it, in board units.
    reach: f64,
    /// The mean radius, in board units.
    radius: f64,
    /// Coordinates in one board unit.
    scale: f64,
    /// Places of the curve: none where there is no curve.
    pub(super) places: Vec<f64>,
}

/// Distance and angle, in degrees from 0 up to 360.
fn polar([x, y]: [f64; 2], [cx, cy]: [f64; 2]) -> (f64, f64) {
    let (dx, dy) = (x - cx, y - cy);
    let degrees = dy.atan2(dx).to_degrees();
    let turned = if degrees < -1e-9 {
        degrees + 360.0
    } else {
        degrees.max(0.0)
    };
    (dx.hypot(dy), turned)
}

impl Strip {
    /// The strip of keys of `dim` dimensions that stand at these places of the board.
    pub(super) fn new(positions: &Positions, asking: usize, dim: usize, scale: f64) -> Self {
        let query = positions.queries.get(asking).copied().unwrap_or_default();
        let n = positions.keys.len().max(1) as f64;
        let sum = |axis: usize| positions.keys.iter().map(|at| at[axis] / n).sum::<f64>();
        let centre = [sum(0), sum(1)];
        let polars: Vec<(f64, f64)> = positions.keys.iter().map(|at| polar(*at, centre)).collect();
        let radius = polars.iter().map(|(reach, _)| reach / n).sum::<f64>();
        let (reach, angle) = polar(query, centre);
        let round = |reach: f64| radius > 0.0 && (reach - radius).abs() <= ROUND * radius;
        let kind = match dim {
            1 => Kind::Line,
            2 if polars.iter().all(|(reach, _)| round(*reach)) => Kind::Circle,
            2 => Kind::Mean,
            _ => Kind::Angle,
        };
        let mut strip = Self {
            kind,
            keys: polars.into_iter().map(|(_, angle)| angle).collect(),
            query: angle,
            query_on_curve: round(reach),
            ends: [0.0, 360.0],
            centre,
            reach,
            radius,
            scale,
            places: Vec::new(),
        };
        if kind == Kind::Line {
            strip.keys = positions.keys.iter().map(|[x, _]| scale * x).collect();
            strip.query = scale * query[0];
            strip.query_on_curve = true;
            let low = strip.keys.iter().copied().fold(f64::INFINITY, f64::min);
            let high = strip.keys.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let beyond = (BEYOND * (high - low)).max(0.1 * scale);
            strip.ends = [(low - beyond).min(strip.query), (high + beyond).max(strip.query)];
        }
        if kind != Kind::Angle {
            let count = if positions.keys.len() > FEW_KEYS {
                FEW_PLACES
            } else {
                PLACES
            };
            let [low, high] = strip.ends;
            let place = |i: usize| low + (high - low) * i as f64 / count as f64;
            strip.places = (0..=count).map(place).collect();
        }
        strip
    }

    /// The places of the curve as tokens, one a row; the keys are `dim` wide.
    pub(super) fn tokens(&self, dim: usize) -> DMatrix<f64> {
        let token = |place: f64| match self.kind {
            Kind::Line => [place, 0.0],
            Kind::Circle | Kind::Mean | Kind::Angle => self.on_circle(place, self.radius).map(|x| self.scale * x),
        };
        let tokens: Vec<[f64; 2]> = self.places.iter().map(|place| token(*place)).collect();
        DMatrix::from_fn(tokens.len(), dim, |row, column| {
            tokens
                .get(row)
                .and_then(|token| token.get(column))
                .copied()
                .unwrap_or_default()
        })
    }

    fn on_circle(&self, degrees: f64, radius: f64) -> [f64; 2] {
        let (sin, cos) = degrees.to_radians().sin_cos();
        [self.centre[0] + radius * cos, self.centre[1] + radius * sin]
    }

    /// Where on the board the query goes when it is put at a place of the strip: round the keys' mean it keeps its distance.
    pub(super) fn board_place(&self, place: f64) -> [f64; 2] {
        match self.kind {
            Kind::Line => [place.clamp(self.ends[0], self.ends[1]) / self.scale, 0.0],
            Kind::Circle | Kind::Mean | Kind::Angle => {
                let reach = if self.query_on_curve { self.radius } else { self.reach };
                self.on_circle(place, reach)
            }
        }
    }

    /// A place of the circle along which the curve runs, in board units.
    pub(super) fn on_curve(&self, degrees: f64) -> [f64; 2] {
        self.on_circle(degrees, self.radius)
    }

    /// A place between the ends: angles go round.
    pub(super) fn turned(&self, place: f64) -> f64 {
        match self.kind {
            Kind::Line => place.clamp(self.ends[0], self.ends[1]),
            Kind::Circle | Kind::Mean | Kind::Angle => place.rem_euclid(360.0),
        }
    }

    /// Whether the strip is an angle.
    pub(super) fn is_angle(&self) -> bool {
        self.kind != Kind::Line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(keys: &[[f64; 2]], query: [f64; 2]) -> Positions {
        Positions {
            keys: keys.to_vec(),
            queries: vec![query],
        }
    }

    #[test]
    fn keys_on_a_circle_are_unrolled_and_others_are_at_their_angles() {
        let square = [[3.0, 1.0], [2.0, 2.0], [1.0, 1.0], [2.0, 0.0]];
        let strip = Strip::new(&positions(&square, [2.0, 2.0]), 0, 2, 1.0);
        assert_eq!((strip.kind, strip.query_on_curve), (Kind::Circle, true));
        for (angle, wanted) in std::iter::zip(&strip.keys, [0.0, 90.0, 180.0, 270.0]) {
            assert!((angle - wanted).abs() < 1e-9, "{angle} is {wanted}");
        }
        let [x, y] = strip.board_place(90.0);
        assert!((x - 2.0).abs() < 1e-12 && (y - 2.0).abs() < 1e-12, "{x}, {y}");
        let tokens = strip.tokens(2);
        assert_eq!(tokens.shape(), (PLACES + 1, 2));
        assert!((tokens[(60, 1)] - 2.0).abs() < 1e-12, "a quarter round is above");
        let strip = Strip::new(&positions(&[[3.0, 1.0], [2.0, 4.0], [1.0, 1.0]], [9.0, 2.0]), 0, 2, 1.0);
        assert_eq!((strip.kind, strip.query_on_curve), (Kind::Mean, false));
    }

    #[test]
    fn a_line_is_its_coordinate_and_many_dimensions_have_no_curve() {
        let line = Strip::new(&positions(&[[-1.0, 0.0], [1.0, 0.0]], [0.25, 0.0]), 0, 1, 2.0);
        assert_eq!((line.kind, line.query), (Kind::Line, 0.5));
        assert_eq!(line.keys, [-2.0, 2.0]);
        assert_eq!(line.board_place(1.0), [0.5, 0.0]);
        let many = Strip::new(&positions(&[[-1.0, 0.0], [1.0, 0.0]], [0.25, 0.0]), 0, 5, 1.0);
        assert!(many.kind == Kind::Angle && many.places.is_empty());
    }

    #[test]
    fn equal_keys_and_no_keys_have_a_strip() {
        for keys in [vec![], vec![[1.0, 1.0]; 3]] {
            let strip = Strip::new(&positions(&keys, [1.0, 1.0]), 0, 2, 1.0);
            assert!(strip.tokens(2).iter().all(|x| x.is_finite()), "{keys:?}");
            assert!(strip.query.is_finite() && strip.board_place(10.0).iter().all(|x| x.is_finite()));
        }
    }
}
