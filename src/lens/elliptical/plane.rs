//! The ellipse of a metric on the board: what the plane that is shown cuts out of the ellipsoid.

use nalgebra::DVector;

use crate::lab::{Ground, SceneError};

/// The two directions of the board in the space of the keys, D entries each; the second of keys of one dimension is 0.
pub(super) fn axes(ground: &Ground) -> Result<[Vec<f64>; 2], SceneError> {
    let plane = ground.plane();
    let origin = vec![0.0; ground.dim()];
    let [x, y] = plane.coordinates(&origin)?;
    let along = |to: [f64; 2]| plane.move_to(&origin, to);
    Ok([along([x + 1.0, y])?, along([x, y + 1.0])?])
}

/// A quadratic form on the board, `a x² + 2b xy + c y²`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Form {
    a: f64,
    b: f64,
    c: f64,
}

impl Form {
    /// Of `M = diag(m)` on the plane along `axes`.
    pub(super) fn of(m: &DVector<f64>, axes: &[Vec<f64>; 2]) -> Self {
        let dot = |one: &[f64], other: &[f64]| -> f64 {
            let pairs = std::iter::zip(one, other);
            std::iter::zip(m.iter(), pairs).map(|(m, (x, y))| m * x * y).sum()
        };
        let [first, second] = axes;
        Self {
            a: dot(first, first),
            b: dot(first, second),
            c: dot(second, second),
        }
    }

    /// Its two eigenvalues, the larger first, and the angle of the first's direction.
    fn eigen(self) -> ([f64; 2], f64) {
        let (mean, half) = (0.5 * (self.a + self.c), 0.5 * (self.a - self.c));
        let apart = half.hypot(self.b);
        ([mean + apart, (mean - apart).max(0.0)], 0.5 * self.b.atan2(half))
    }

    /// The longer semi-axis of the ellipse where the form is 1; infinite where the form is 0 along a line.
    pub(super) fn longest(self) -> f64 {
        let ([_, small], _) = self.eigen();
        1.0 / small.sqrt()
    }

    /// The ellipse where the form is `radius²`, as a closed line; no semi-axis is longer than `most`.
    pub(super) fn ellipse(self, radius: f64, most: f64) -> Vec<[f64; 2]> {
        let ([large, small], angle) = self.eigen();
        let semi = [large, small].map(|value| (radius / value.sqrt()).min(most));
        let (sin, cos) = angle.sin_cos();
        let point = |i: i32| {
            let (up, along) = (std::f64::consts::TAU * f64::from(i) / 64.0).sin_cos();
            let [x, y] = [semi[0] * along, semi[1] * up];
            [x * cos - y * sin, x * sin + y * cos]
        };
        (0..=64).map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_entry_makes_a_long_axis() {
        let axes = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let form = Form::of(&DVector::from_vec(vec![1.0, 0.1]), &axes);
        assert!((form.longest() - 10.0_f64.sqrt()).abs() < 1e-12);
        let ellipse = form.ellipse(1.0, 100.0);
        let most = |axis: usize| ellipse.iter().map(|point| point[axis]).fold(0.0, f64::max);
        assert!((most(0) - 1.0).abs() < 1e-12 && (most(1) - 10.0_f64.sqrt()).abs() < 1e-12);
        for [x, y] in ellipse {
            assert!((x * x + 0.1 * y * y - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_plane_may_lie_across_the_axes() {
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let axes = [vec![half, half, 0.0], vec![-half, half, 0.0]];
        let form = Form::of(&DVector::from_vec(vec![1.0, 0.25, 7.0]), &axes);
        for [x, y] in form.ellipse(2.0, 100.0) {
            let [first, second] = [half * (x - y), half * (x + y)];
            assert!((first * first + 0.25 * second * second - 4.0).abs() < 1e-12);
        }
        let flat = Form::of(&DVector::zeros(3), &axes);
        assert!(flat.longest().is_infinite() && flat.ellipse(1.0, 5.0).iter().all(|[x, y]| x.hypot(*y) < 5.1));
    }
}
