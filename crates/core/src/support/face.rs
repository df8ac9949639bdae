//! The equations of the tube's edge, solved exactly.
//!
//! While the signs of the values and the capped ones stay, the dual objective is a concave quadratic of the
//! values between, and its maximum solves `A_FF v_F = y_F − ε sign(v_F) − A_FC v_C`.

use std::iter::zip;

use nalgebra::{DMatrix, DVector};

use super::{KktCase, Point, SupportFitting};

/// Singular values below this share of the largest count as 0.
const SINGULAR: f64 = 1e-13;

/// More than any decomposition has needed.
const SVD_STEPS: usize = 1000;

impl SupportFitting {
    /// Goes from the values on the edge towards the solution of their equations, as far as no value changes its sign
    /// or passes its cap, and stays where that is no gain: in violation for a whole way, in the
    /// objective for a part of it. Gives the number of values on the edge.
    pub(super) fn solve_edge(&mut self) -> usize {
        let epsilon = self.options.epsilon;
        let on_edge = |(_, point): &(usize, &Point)| point.case() == KktCase::Edge;
        let edge: Vec<usize> = self
            .points
            .iter()
            .enumerate()
            .filter(on_edge)
            .map(|(at, _)| at)
            .collect();
        let missing = DVector::from_iterator(
            edge.len(),
            edge.iter()
                .filter_map(|&at| self.points.get(at))
                .map(|point| point.misfit() - epsilon.copysign(point.value)),
        );
        let Some(steps) = self.solution(&edge, &missing) else {
            return edge.len();
        };
        let before = (self.points.clone(), self.violation(), self.objective());
        let part = self.move_along(&edge, &steps);
        self.refit();
        let (points, violation, objective) = before;
        let gains = if part < 1.0 {
            self.objective() > objective
        } else {
            self.violation() < violation
        };
        if !gains {
            self.points = points;
        }
        edge.len()
    }

    /// `A_FF⁻¹` times what is missing; where keys are equal the shortest solution.
    fn solution(&self, edge: &[usize], missing: &DVector<f64>) -> Option<DVector<f64>> {
        if edge.is_empty() {
            return None;
        }
        let rows: DMatrix<f64> = self.rows.select_rows(edge).select_columns(edge);
        let finite = |solution: &DVector<f64>| solution.iter().all(|x| x.is_finite());
        rows.clone().lu().solve(missing).filter(finite).or_else(|| {
            let parts = rows.try_svd(true, true, f64::EPSILON, SVD_STEPS)?;
            let least = SINGULAR * parts.singular_values.max();
            parts.solve(missing, least).ok().filter(finite)
        })
    }

    /// Moves the values on the edge along the steps as far as they may, and gives the part of the way.
    fn move_along(&mut self, edge: &[usize], steps: &DVector<f64>) -> f64 {
        // Without a tube the objective has no kink at 0.
        let may_cross = self.options.epsilon == 0.0;
        let end = |point: &Point, step: f64| {
            if step * point.value < 0.0 && !may_cross {
                0.0
            } else {
                point.cap.copysign(step)
            }
        };
        let way = |point: &Point, step: f64| (end(point, step) - point.value) / step;
        let moving = || zip(edge, steps.iter());
        let ways = moving().filter_map(|(&at, &step)| Some(way(self.points.get(at)?, step)));
        let part = ways.fold(1.0, f64::min);
        for (&at, &step) in moving() {
            if let Some(point) = self.points.get_mut(at) {
                // Those that stop together stop exactly.
                point.value = if way(point, step) <= part * (1.0 + 4.0 * f64::EPSILON) {
                    end(point, step)
                } else {
                    point.value + part * step
                };
            }
        }
        part
    }
}
