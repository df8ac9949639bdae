//! Where the two plots of the strip stand, and what scales they have.

use egui::{Pos2, Rect, pos2};

use super::derive::Picture;
use crate::look::Theme;

/// Half ranges of an axis.
const RANGES: [f64; 4] = [1.0, 1.5, 2.0, 3.0];

/// A plot that is symmetric about 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plot {
    pub(super) rect: Rect,
    /// Its upper end.
    pub(super) half: f64,
    /// The ends of the strip.
    ends: [f64; 2],
}

impl Plot {
    pub(super) fn x(&self, place: f64) -> f32 {
        let share = (place - self.ends[0]) / (self.ends[1] - self.ends[0]).max(f64::MIN_POSITIVE);
        self.rect.left() + self.rect.width() * share as f32
    }

    pub(super) fn y(&self, value: f64) -> f32 {
        let share = (value / self.half).clamp(-8.0, 8.0);
        self.rect.center().y - 0.5 * self.rect.height() * share as f32
    }

    pub(super) fn at(&self, place: f64, value: f64) -> Pos2 {
        pos2(self.x(place), self.y(value))
    }

    /// By how much a value grows when the hand goes so many points down.
    pub(super) fn grows(&self, down: f32) -> f64 {
        -2.0 * self.half * f64::from(down / self.rect.height().max(1.0))
    }

    /// By how much a place grows when the hand goes so many points to the right.
    pub(super) fn goes(&self, right: f32) -> f64 {
        (self.ends[1] - self.ends[0]) * f64::from(right / self.rect.width().max(1.0))
    }
}

/// The half ranges of both plots.
pub(super) fn halves(picture: &Picture) -> [f64; 2] {
    let most = |numbers: &[f64]| {
        let finite = numbers.iter().filter(|x| x.is_finite());
        finite.fold(0.0, |most: f64, x| most.max(x.abs()))
    };
    let curve: Vec<f64> = picture.curve.iter().flatten().copied().collect();
    let upper = most(&picture.targets)
        .max(most(&picture.fitted))
        .max(most(&curve))
        .max(picture.epsilon);
    let cap = most(&picture.caps);
    let lower = most(&picture.value);
    let lower = if picture.given || cap == 0.0 {
        lower
    } else {
        lower.max(cap.min(4.0 * lower.max(1.0)))
    };
    // A little air above a cap, so that its line and its bars are seen.
    [1.06 * round_up(upper.max(1.0)), 1.08 * round_up(lower.max(0.5))]
}

/// The next of the round ranges.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = RANGES.into_iter().chain([5.0, 7.5, 10.0]);
    let found = steps
        .map(|step| step * power)
        .find(|range| *range >= value * (1.0 - 1e-12));
    found.unwrap_or(10.0 * power)
}

/// Everything's place.
pub(super) struct Plots {
    /// Targets, curve and tube.
    pub(super) upper: Plot,
    /// Values.
    pub(super) lower: Plot,
    /// The line of both titles.
    pub(super) titles: [f32; 2],
    /// The middle of the numbers of the strip.
    pub(super) axis: f32,
    /// The middle of the legend, where there is room for it.
    pub(super) legend: Option<f32>,
}

impl Plots {
    /// `margin` is the room of the numbers at the left.
    pub(super) fn new(rect: Rect, theme: &Theme, picture: &Picture, halves: [f64; 2], margin: f32) -> Self {
        let ends = picture.strip.ends;
        let px = |x: f32| theme.px(x);
        let has_legend = rect.height() > px(380.0);
        let fixed = px(26.0) + px(34.0) + px(30.0) + if has_legend { px(34.0) } else { 0.0 };
        let room = (rect.height() - fixed).max(px(60.0));
        let (left, right) = (rect.left() + margin, rect.right() - px(12.0));
        let slot =
            |top: f32, height: f32| Rect::from_min_max(pos2(left, top), pos2(right.max(left + 1.0), top + height));
        let upper = slot(rect.top() + px(26.0), 0.64 * room);
        let lower = slot(upper.bottom() + px(34.0), 0.36 * room);
        let plot = |rect: Rect, half: f64| Plot { rect, half, ends };
        let axis = lower.bottom() + px(19.0);
        Self {
            upper: plot(upper, halves[0]),
            lower: plot(lower, halves[1]),
            titles: [rect.top(), upper.bottom() + px(9.0)],
            axis,
            legend: has_legend.then_some(axis + px(32.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_round_and_hold_their_own_end() {
        for (value, wanted) in [
            (1.0, 1.0),
            (1.33, 1.5),
            (1.5, 1.5),
            (2.1, 3.0),
            (0.07, 0.075),
            (344_000.0, 500_000.0),
        ] {
            let range = round_up(value);
            assert!((range - wanted).abs() < 1e-9 * wanted, "{value} has {range}");
            assert_eq!(round_up(range), range, "a target at the end stays on the plot");
        }
    }
}
