//! What the metric M leaves on the board: the quadratic form `UᵀMU` of the shown plane through the query, its outlines, and
//! what of them is visible.

use egui::{Pos2, Rect};
use eigenlens_core::Error;
use nalgebra::DVector;

use crate::board::View;
use crate::lab::Ground;

/// Points of an outline.
const SAMPLES: usize = 256;
/// An axis longer than this many diagonals of the board is drawn as long as that: on the board it is straight.
const LONGEST: f64 = 6.0;

/// `d² = δᵀAδ` for a step δ on the board, in world units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Section {
    /// `[A₁₁, A₁₂, A₂₂]`.
    form: [f64; 3],
}

impl Section {
    /// The section of M = diag(m) by the board through a token at `row`.
    pub(super) fn of(ground: &Ground, row: &[f64], m: &DVector<f64>) -> Result<Self, Error> {
        let [u, v] = directions(ground, row)?;
        let form = |a: &[f64], b: &[f64]| a.iter().zip(b).zip(m.iter()).map(|((a, b), m)| a * m * b).sum();
        Ok(Self {
            form: [form(&u, &u), form(&u, &v), form(&v, &v)],
        })
    }

    /// The two axes as directions, with what a step of 1 along each is worth in d²; nearest to the board's own first.
    pub(super) fn axes(&self) -> [([f64; 2], f64); 2] {
        let [a, b, c] = self.form;
        if b == 0.0 {
            return [([1.0, 0.0], a), ([0.0, 1.0], c)];
        }
        let angle = 0.5 * (2.0 * b).atan2(a - c);
        let (sin, cos) = angle.sin_cos();
        let worth = |x: f64, y: f64| (a * x * x + 2.0 * b * x * y + c * y * y).max(0.0);
        let axes = [([cos, sin], worth(cos, sin)), ([-sin, cos], worth(-sin, cos))];
        if cos.abs() >= sin.abs() {
            axes
        } else {
            [axes[1], axes[0]]
        }
    }

    /// How far a step is.
    pub(super) fn distance(&self, [x, y]: [f64; 2]) -> f64 {
        let [a, b, c] = self.form;
        (a * x * x + 2.0 * b * x * y + c * y * y).max(0.0).sqrt()
    }

    /// The half axes of the outline at a radius; infinite along what M ignores.
    pub(super) fn half_axes(&self, radius: f64) -> [f64; 2] {
        self.axes().map(|(_, worth)| radius / worth.sqrt())
    }

    /// Where the distance from `centre` is `radius`, as lines on the screen: an ellipse, or what of it is on the board.
    pub(super) fn outline(&self, view: &View, centre: [f64; 2], radius: f64) -> Vec<Vec<Pos2>> {
        let half = view.extent().half;
        let longest = LONGEST * half[0].hypot(half[1]);
        let places = self.places(centre, radius, longest).into_iter();
        let points: Vec<Pos2> = places.map(|at| view.screen_from_world(at)).collect();
        clipped(&points, view.rect().expand(4.0))
    }

    /// The same as a closed line in the world; a half axis is at most `longest`.
    pub(super) fn places(&self, centre: [f64; 2], radius: f64, longest: f64) -> Vec<[f64; 2]> {
        let [(first, _), (second, _)] = self.axes();
        let [p, q] = self.half_axes(radius).map(|axis| axis.min(longest));
        let point = |sample: usize| {
            let (sin, cos) = (std::f64::consts::TAU * sample as f64 / SAMPLES as f64).sin_cos();
            [0, 1].map(|i| centre[i] + p * cos * first[i] + q * sin * second[i])
        };
        (0..=SAMPLES).map(point).collect()
    }
}

/// One step of the board in either direction, as steps of the keys' coordinates at a token; nothing where the keys have one.
pub(super) fn directions(ground: &Ground, row: &[f64]) -> Result<[Vec<f64>; 2], Error> {
    let plane = ground.plane();
    let [x, y] = plane.coordinates(row)?;
    let scale = ground.scale();
    let here = plane.move_to(row, [x, y])?;
    let step = |to: [f64; 2]| -> Result<Vec<f64>, Error> {
        let there = plane.move_to(row, to)?;
        Ok(std::iter::zip(there, &here).map(|(there, here)| there - here).collect())
    };
    Ok([step([x + scale, y])?, step([x, y + scale])?])
}

/// The parts of a line that are in a rectangle.
pub(super) fn clipped(points: &[Pos2], rect: Rect) -> Vec<Vec<Pos2>> {
    let mut parts: Vec<Vec<Pos2>> = Vec::new();
    for pair in points.windows(2) {
        let &[a, b] = pair else { continue };
        let Some([a, b]) = segment_in(a, b, rect) else { continue };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&a) => part.push(b),
            _ => parts.push(vec![a, b]),
        }
    }
    // A closed line that begins inside comes back to where it began.
    let is_closed = points
        .first()
        .zip(points.last())
        .is_some_and(|(a, b)| a.distance(*b) < 1e-2);
    if is_closed && parts.len() > 1 {
        let first = parts.remove(0);
        match parts.last_mut() {
            Some(last)
                if last
                    .last()
                    .zip(first.first())
                    .is_some_and(|(a, b)| a.distance(*b) < 1e-2) =>
            {
                last.extend(first.into_iter().skip(1));
            }
            _ => parts.insert(0, first),
        }
    }
    parts
}

/// What of a segment is in a rectangle (Liang and Barsky 1984).
pub(super) fn segment_in(a: Pos2, b: Pos2, rect: Rect) -> Option<[Pos2; 2]> {
    let way = b - a;
    let (mut from, mut to) = (0.0_f32, 1.0_f32);
    for (step, room) in [
        (-way.x, a.x - rect.left()),
        (way.x, rect.right() - a.x),
        (-way.y, a.y - rect.top()),
        (way.y, rect.bottom() - a.y),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            from = from.max(room / step);
        } else {
            to = to.min(room / step);
        }
    }
    let at = |share: f32| match share {
        0.0 => a,
        1.0 => b,
        share => a + share * way,
    };
    (from < to).then(|| [at(from), at(to)])
}

#[cfg(test)]
mod tests {
    use egui::{pos2, vec2};

    use super::*;
    use crate::board::Extent;
    use crate::lab::{Lab, Library, PresetId, Source};

    fn section(m: [f64; 2]) -> Section {
        let library = Library::default();
        let lab = Lab::of(Source::Preset(PresetId::Stripes));
        let ground = library.ground(&lab.scene.source, 0).expect("a preset");
        Section::of(&ground, &[0.22, -0.05], &DVector::from_row_slice(&m)).expect("a plane")
    }

    fn view() -> View {
        let extent = Extent {
            centre: [0.0; 2],
            half: [1.0; 2],
        };
        View::new(Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, 400.0)), extent)
    }

    #[test]
    fn a_small_entry_is_a_long_axis() {
        let it = section([1.0, 0.25]);
        let [across, up] = it.half_axes(0.3);
        assert!(
            (across - 0.3).abs() < 1e-12 && (up - 0.6).abs() < 1e-12,
            "{across} {up}"
        );
        assert!((it.distance([0.0, 0.6]) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn what_is_ignored_has_no_end_and_is_drawn_as_two_lines() {
        let it = section([1.0, 0.0]);
        assert!(it.half_axes(0.3)[1].is_infinite());
        let lines = it.outline(&view(), [0.0; 2], 0.3);
        assert_eq!(lines.len(), 2, "{lines:?}");
        for line in lines {
            let spread = line.iter().map(|at| at.x).fold(f32::NEG_INFINITY, f32::max)
                - line.iter().map(|at| at.x).fold(f32::INFINITY, f32::min);
            assert!(spread < 1.0, "straight to a point: {spread}");
        }
        assert!(
            section([0.0, 0.0]).outline(&view(), [0.0; 2], 0.3).is_empty(),
            "everything is near"
        );
    }

    #[test]
    fn an_ellipse_on_the_board_is_one_closed_line() {
        let lines = section([1.0, 0.5]).outline(&view(), [0.0; 2], 0.4);
        let [line] = lines.as_slice() else { panic!("one line") };
        assert!(line[0].distance(line[line.len() - 1]) < 1e-3);
    }

    #[test]
    fn a_segment_keeps_what_is_inside() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(10.0, 10.0));
        assert_eq!(
            segment_in(pos2(-5.0, 5.0), pos2(15.0, 5.0), rect),
            Some([pos2(0.0, 5.0), pos2(10.0, 5.0)])
        );
        assert_eq!(segment_in(pos2(-5.0, 5.0), pos2(5.0, 25.0), rect), None);
        assert_eq!(
            segment_in(pos2(1.0, 1.0), pos2(2.0, 2.0), rect),
            Some([pos2(1.0, 1.0), pos2(2.0, 2.0)])
        );
    }
}
