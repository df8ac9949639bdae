//! The window through which the board shows the plane: world units to points on the screen and back.

use egui::{Pos2, Rect, pos2};

/// A uniform map from world units (y up) to screen points (y down).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    rect: Rect,
    centre_in_world: [f64; 2],
    points_per_unit: f64,
}

/// What the camera asks for: a rectangle of the world that must be visible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Centre, in world units.
    pub centre: [f64; 2],
    /// Half width and half height, in world units; positive.
    pub half: [f64; 2],
}

impl Extent {
    /// The smallest half side that is shown, so that one token alone does not fill the board.
    const MIN_HALF: f64 = 1.0;

    /// An extent around `points` with a margin, or the unit square around 0 when there are none.
    pub fn around(points: &[[f64; 2]]) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        if !(low[0] <= high[0] && low[1] <= high[1]) {
            return Self {
                centre: [0.0; 2],
                half: [2.0; 2],
            };
        }
        // 30 % of margin leaves room for labels and for the first drag outwards.
        let half = |axis: usize| (0.65 * (high[axis] - low[axis])).max(Self::MIN_HALF);
        Self {
            centre: [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1])],
            half: [half(0), half(1)],
        }
    }
}

impl View {
    /// The view that shows all of `extent` in `rect`.
    pub fn new(rect: Rect, extent: Extent) -> Self {
        let fit = |points: f32, half: f64| f64::from(points.max(1.0)) / (2.0 * half.max(1e-9));
        Self {
            rect,
            centre_in_world: extent.centre,
            points_per_unit: fit(rect.width(), extent.half[0]).min(fit(rect.height(), extent.half[1])),
        }
    }

    /// The rectangle on the screen.
    pub fn rect(&self) -> Rect {
        self.rect
    }

    /// Screen points per world unit.
    pub fn points_per_unit(&self) -> f64 {
        self.points_per_unit
    }

    /// The part of the world that the rectangle shows.
    pub fn extent(&self) -> Extent {
        Extent {
            centre: self.centre_in_world,
            half: [
                0.5 * f64::from(self.rect.width()) / self.points_per_unit,
                0.5 * f64::from(self.rect.height()) / self.points_per_unit,
            ],
        }
    }

    /// Where a point of the world is on the screen.
    pub fn screen_from_world(&self, [x, y]: [f64; 2]) -> Pos2 {
        let centre = self.rect.center();
        pos2(
            centre.x + ((x - self.centre_in_world[0]) * self.points_per_unit) as f32,
            centre.y - ((y - self.centre_in_world[1]) * self.points_per_unit) as f32,
        )
    }

    /// Which point of the world is at a place on the screen.
    pub fn world_from_screen(&self, at: Pos2) -> [f64; 2] {
        let offset = at - self.rect.center();
        [
            self.centre_in_world[0] + f64::from(offset.x) / self.points_per_unit,
            self.centre_in_world[1] - f64::from(offset.y) / self.points_per_unit,
        ]
    }

    /// One hundredth of the view's smaller side, in world units: the step of an arrow key.
    pub fn nudge_in_world(&self) -> f64 {
        let Extent { half, .. } = self.extent();
        2.0 * half[0].min(half[1]) / 100.0
    }
}

/// Round places for ticks in `[low, high]`: multiples of 1, 2 or 5 times a power of ten, at most `most` of them.
pub fn ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) || most == 0 {
        return Vec::new();
    }
    let rough = span / most as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power);
    let first = (low / step).ceil();
    let count = ((high / step).floor() - first) as i64;
    (0..=count.clamp(-1, 1000)).map(|i| (first + i as f64) * step).collect()
}

/// A tick's number: no more decimals than it has, a true minus.
pub fn tick_text(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e5).contains(&size) {
        return crate::lab::readout::text::number(value);
    }
    let text = format!("{size:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if value < 0.0 && text != "0" {
        format!("−{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    fn view() -> View {
        let rect = Rect::from_min_size(pos2(24.0, 134.0), vec2(624.0, 504.0));
        View::new(
            rect,
            Extent {
                centre: [-0.1, 0.6],
                half: [2.0, 2.0],
            },
        )
    }

    #[test]
    fn screen_and_world_are_inverse() {
        for world in [[0.0, 0.0], [-1.95, -0.95], [3.0, 2.4]] {
            let back = view().world_from_screen(view().screen_from_world(world));
            assert!(
                (back[0] - world[0]).abs() < 1e-4 && (back[1] - world[1]).abs() < 1e-4,
                "{world:?} came back as {back:?}"
            );
        }
    }

    #[test]
    fn up_is_up_and_the_whole_extent_is_visible() {
        let view = view();
        assert!(
            view.screen_from_world([0.0, 1.0]).y < view.screen_from_world([0.0, 0.0]).y,
            "y points up"
        );
        for corner in [[-2.1, -1.4], [1.9, 2.6]] {
            assert!(
                view.rect().expand(0.5).contains(view.screen_from_world(corner)),
                "{corner:?} is on the board"
            );
        }
    }

    #[test]
    fn no_points_and_one_point_have_a_view() {
        for points in [vec![], vec![[5.0, 5.0]], vec![[f64::NAN, 0.0]]] {
            let extent = Extent::around(&points);
            assert!(
                extent.half[0] > 0.0 && extent.half[1] > 0.0,
                "{points:?} gives {extent:?}"
            );
        }
    }

    #[test]
    fn ticks_are_round_inside_and_few() {
        assert_eq!(ticks(-3.2, 3.2, 8), vec![-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
        assert!(
            ticks(0.0, 1.0, 6).len() <= 7,
            "at most one more than asked, for both ends"
        );
        assert!(ticks(1.0, 1.0, 5).is_empty() && ticks(0.0, f64::INFINITY, 5).is_empty());
    }
}
