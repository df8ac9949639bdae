//! The grid a gesture snaps to, and the camera and temperature that live on it.
//!
//! Presets and files are exact because a link names them; a gesture is exact because it ends on this grid. One step is
//! 2⁻¹⁰ of a board unit, so a coordinate is an `i16`, four bytes hold a point, and `f64` holds every grid point exactly.

use std::num::NonZeroU16;

use super::EditError;

/// Grid steps in one board unit.
const STEPS_PER_UNIT: f64 = 1024.0;
/// Largest coordinate in steps. The grid is symmetric about 0: `i16::MIN` is never used.
const EDGE_STEPS: i16 = i16::MAX;

/// Snaps a coordinate to the grid: nearest step, saturated at the board's edge; NaN becomes 0.
fn snap(coordinate: f64) -> i16 {
    // A float-to-integer `as` saturates and sends NaN to 0, which is what is wanted here.
    ((coordinate * STEPS_PER_UNIT).round() as i16).max(-EDGE_STEPS)
}

/// A point of the board, in steps of 2⁻¹⁰ board units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GridPoint {
    x: i16,
    y: i16,
}

impl GridPoint {
    /// The largest coordinate a grid point can have, in board units: 32 − 2⁻¹⁰.
    pub const EDGE: f64 = EDGE_STEPS as f64 / STEPS_PER_UNIT;
    /// The origin of the board.
    pub const ORIGIN: Self = Self { x: 0, y: 0 };

    /// The grid point nearest to a position in board units.
    ///
    /// Total: what lies beyond the board is put on its edge (±[`GridPoint::EDGE`]), and a coordinate that is not a
    /// number becomes 0, because a gesture always ends somewhere. Snapping a grid point again changes nothing.
    pub fn from_world(pos_in_world: [f64; 2]) -> Self {
        let [x, y] = pos_in_world;
        Self { x: snap(x), y: snap(y) }
    }

    /// The grid point with these coordinates in steps; `i16::MIN` is taken as the edge.
    pub const fn from_steps(x: i16, y: i16) -> Self {
        const fn clamp(steps: i16) -> i16 {
            if steps < -EDGE_STEPS { -EDGE_STEPS } else { steps }
        }
        Self {
            x: clamp(x),
            y: clamp(y),
        }
    }

    /// Coordinates in steps of 2⁻¹⁰ board units.
    pub const fn steps(self) -> [i16; 2] {
        [self.x, self.y]
    }

    /// Coordinates in board units, exactly.
    pub fn to_world(self) -> [f64; 2] {
        [f64::from(self.x) / STEPS_PER_UNIT, f64::from(self.y) / STEPS_PER_UNIT]
    }
}

/// The temperature τ in `logit_ij = q_i·k_j / τ`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temperature {
    /// τ = √D, the choice of the Transformer.
    #[default]
    RootD,
    /// A chosen τ in steps of 2⁻¹⁰, so 0 < τ < 64.
    Fixed(NonZeroU16),
}

impl Temperature {
    /// The smallest temperature that can be chosen: 2⁻¹⁰.
    pub const MIN: f64 = 1.0 / STEPS_PER_UNIT;
    /// The largest temperature that can be chosen: 64 − 2⁻¹⁰.
    pub const MAX: f64 = u16::MAX as f64 / STEPS_PER_UNIT;

    /// The chosen temperature nearest to `tau` on the grid.
    pub fn fixed(tau: f64) -> Result<Self, EditError> {
        let steps = (tau * STEPS_PER_UNIT).round();
        // A float-to-integer `as` sends NaN and what is below 0 to 0, which is no temperature.
        let in_range = (steps <= f64::from(u16::MAX)).then_some(steps as u16);
        match in_range.and_then(NonZeroU16::new) {
            Some(steps) => Ok(Self::Fixed(steps)),
            None => Err(EditError::Temperature {
                value: tau,
                min: Self::MIN,
                max: Self::MAX,
            }),
        }
    }

    /// τ for keys of dimension `dim`.
    pub fn value(self, dim: usize) -> f64 {
        match self {
            Self::RootD => (dim as f64).sqrt(),
            Self::Fixed(steps) => f64::from(steps.get()) / STEPS_PER_UNIT,
        }
    }
}

/// What the board shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Camera {
    /// All tokens, fitted.
    #[default]
    Fit,
    /// A square of the board.
    At {
        /// Middle of the view.
        centre: GridPoint,
        /// Length of the shorter side of the view, in steps of 2⁻¹⁰ board units.
        span: NonZeroU16,
    },
}

impl Camera {
    /// The shortest side of a view, in board units: 2⁻⁴.
    pub const MIN_SPAN: f64 = MIN_SPAN_STEPS as f64 / STEPS_PER_UNIT;
    /// The longest shorter side of a view, in board units: the whole board, 64 − 2⁻¹⁰.
    pub const MAX_SPAN: f64 = u16::MAX as f64 / STEPS_PER_UNIT;

    /// A view of `span` board units (its shorter side) around `centre`, both snapped and kept within bounds.
    ///
    /// Total: a span that is not a number becomes the shortest one.
    pub fn at(centre_in_world: [f64; 2], span_in_world: f64) -> Self {
        Self::from_steps(
            GridPoint::from_world(centre_in_world),
            (span_in_world * STEPS_PER_UNIT).round() as u16,
        )
    }

    /// A view given in grid steps, its span kept within bounds.
    pub(super) fn from_steps(centre: GridPoint, span: u16) -> Self {
        Self::At {
            centre,
            span: NonZeroU16::new(span).map_or(MIN_SPAN_STEPS_NONZERO, |span| span.max(MIN_SPAN_STEPS_NONZERO)),
        }
    }

    /// Middle and shorter side of the view in board units; `None` for a fitted view.
    pub fn view(self) -> Option<([f64; 2], f64)> {
        match self {
            Self::Fit => None,
            Self::At { centre, span } => Some((centre.to_world(), f64::from(span.get()) / STEPS_PER_UNIT)),
        }
    }
}

/// Shortest side of a view in steps.
const MIN_SPAN_STEPS: u16 = 64;
const MIN_SPAN_STEPS_NONZERO: NonZeroU16 = match NonZeroU16::new(MIN_SPAN_STEPS) {
    Some(steps) => steps,
    None => NonZeroU16::MIN,
};

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::grid_point;
    use super::*;

    proptest! {
        #[test]
        fn snapping_a_grid_point_changes_nothing(point in grid_point()) {
            prop_assert_eq!(GridPoint::from_world(point.to_world()), point);
            let [x, y] = point.steps();
            prop_assert_eq!(GridPoint::from_steps(x, y), point);
        }

        #[test]
        fn a_position_goes_to_the_nearest_grid_point(x in -31.99..31.99, y in -31.99..31.99) {
            let [gx, gy] = GridPoint::from_world([x, y]).to_world();
            let half_step = 0.5 / STEPS_PER_UNIT;
            prop_assert!((gx - x).abs() <= half_step && (gy - y).abs() <= half_step);
        }
    }

    #[test]
    fn what_is_beyond_the_board_is_put_on_its_edge() {
        let point = GridPoint::from_world([f64::INFINITY, -1e300]);
        assert_eq!(point.to_world(), [GridPoint::EDGE, -GridPoint::EDGE]);
        assert_eq!(GridPoint::EDGE, 31.9990234375);
        assert_eq!(GridPoint::from_steps(i16::MIN, 0).steps(), [-i16::MAX, 0]);
        assert_eq!(GridPoint::from_world([f64::NAN, 0.5]).to_world(), [0.0, 0.5]);
    }

    #[test]
    fn temperatures_are_on_the_grid_and_within_their_bounds() {
        let tau = Temperature::fixed(1.0).expect("1 is a temperature");
        assert_eq!(tau.value(2), 1.0);
        assert_eq!(Temperature::RootD.value(32), 32.0_f64.sqrt());
        assert_eq!(
            Temperature::fixed(Temperature::MAX).map(|tau| tau.value(2)),
            Ok(Temperature::MAX)
        );
        assert_eq!(
            Temperature::fixed(Temperature::MIN).map(|tau| tau.value(2)),
            Ok(Temperature::MIN)
        );
        for value in [0.0, 0.0001, -1.0, 64.0, f64::INFINITY] {
            let error = EditError::Temperature {
                value,
                min: Temperature::MIN,
                max: Temperature::MAX,
            };
            assert_eq!(Temperature::fixed(value), Err(error));
        }
        assert!(Temperature::fixed(f64::NAN).is_err());
    }

    #[test]
    fn views_are_kept_within_their_bounds() {
        assert_eq!(Camera::Fit.view(), None);
        assert_eq!(Camera::at([0.5, -1.0], 4.0).view(), Some(([0.5, -1.0], 4.0)));
        let edge = GridPoint::EDGE;
        assert_eq!(
            Camera::at([99.0, -99.0], 1e9).view(),
            Some(([edge, -edge], Camera::MAX_SPAN))
        );
        for span in [0.0, -1.0, f64::NAN] {
            assert_eq!(
                Camera::at([0.0, 0.0], span).view(),
                Some(([0.0, 0.0], Camera::MIN_SPAN))
            );
        }
    }
}
