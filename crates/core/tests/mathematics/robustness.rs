//! The Jacobian of attention and its bounds.

use crate::common::{head, matrix, refuses, scoring};
use eigenlens_core::{KeyBias, Metric, attend, attend_row, attention_jacobian, jacobian_bound, robustness_bound};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use proptest::collection::vec;
use proptest::prelude::*;

/// A query, keys, values, a metric and a temperature that go together.
#[derive(Debug, Clone)]
struct Scene {
    query: Vec<f64>,
    keys: DMatrix<f64>,
    values: DMatrix<f64>,
    metric: DVector<f64>,
    temperature: f64,
}

fn scenes() -> impl Strategy<Value = Scene> {
    (1..8_usize, 1..5_usize).prop_flat_map(|(n, dim)| {
        let metric = vec(0.0..2.0, dim).prop_map(DVector::from_vec);
        let parts = (
            vec(-2.0..2.0, dim),
            matrix(n, dim, 2.0),
            matrix(n, 3, 3.0),
            metric,
            0.5..4.0,
        );
        parts.prop_map(|(query, keys, values, metric, temperature)| Scene {
            query,
            keys,
            values,
            metric,
            temperature,
        })
    })
}

impl Scene {
    fn jacobian(&self) -> DMatrix<f64> {
        attention_jacobian(&self.query, &self.keys, &self.metric, self.temperature).expect("a Jacobian")
    }

    fn bound(&self) -> f64 {
        robustness_bound(&self.keys, &self.values, &self.metric, self.temperature).expect("a bound")
    }

    /// Weights and output of a query.
    fn asks(&self, query: &[f64]) -> [DVector<f64>; 2] {
        let query = DMatrix::from_row_slice(1, query.len(), query);
        let scoring = scoring(Metric::Diagonal(self.metric.clone()), self.temperature, KeyBias::Zero);
        let row = attend_row(&head(query, self.keys.clone(), self.values.clone()), &scoring, 0).expect("a row");
        [row.weights, row.output].map(DVector::from_vec)
    }
}

proptest! {
    #[test]
    fn the_jacobian_is_the_quotient_of_differences(scene in scenes()) {
        let jacobian = scene.jacobian();
        let step = 1e-5;
        for i in 0..scene.query.len() {
            let weights = |by: f64| {
                let mut query = scene.query.clone();
                query[i] += by;
                scene.asks(&query)[0].clone()
            };
            let quotient = (weights(step) - weights(-step)) / (2.0 * step);
            prop_assert!((quotient - jacobian.column(i)).amax() <= 1e-8);
        }
    }

    #[test]
    fn the_jacobian_keeps_its_bound_and_the_sum(scene in scenes()) {
        let (jacobian, kappa) = (scene.jacobian(), jacobian_bound(&scene.keys));
        for (i, m) in scene.metric.iter().enumerate() {
            prop_assert!(jacobian.column(i).sum().abs() <= 1e-14);
            for j in 0..scene.keys.nrows() {
                prop_assert!(jacobian[(j, i)].abs() <= kappa[(j, i)] * m / scene.temperature + 1e-15);
                let column = scene.keys.column(i).abs();
                prop_assert!((kappa[(j, i)] - (column.sum() - 0.75 * column[j])).abs() <= 1e-14);
            }
        }
    }

    #[test]
    fn no_push_passes_the_bound(scene in scenes(), push in vec(-3.0..3.0, 4)) {
        let push = &push[..scene.query.len()];
        let pushed: Vec<f64> = scene.query.iter().zip(push).map(|(q, e)| q + e).collect();
        let shift = (&scene.asks(&pushed)[1] - &scene.asks(&scene.query)[1]).norm();
        let length = DVector::from_row_slice(push).norm();
        prop_assert!(shift <= scene.bound() * length + 1e-14, "{shift} {} {length}", scene.bound());
    }

    #[test]
    fn the_bound_is_the_formula(scene in scenes()) {
        let kappa = jacobian_bound(&scene.keys);
        let formula: f64 = (0..scene.keys.nrows())
            .map(|j| kappa.row(j).transpose().component_mul(&scene.metric).norm() * scene.values.row(j).norm())
            .sum();
        let formula = formula / scene.temperature;
        prop_assert!((scene.bound() - formula).abs() <= 1e-14 * formula);
    }

    /// Keys c times as long under a query c times as short: the same weights, c times the Jacobian, to
    /// the last digit where c is a power of two.
    #[test]
    fn keys_may_be_of_any_length(scene in scenes(), power in -498..499_i32) {
        let c = 2_f64.powi(power);
        let other = Scene {
            query: scene.query.iter().map(|q| q / c).collect(),
            keys: &scene.keys * c,
            ..scene.clone()
        };
        prop_assert_eq!(other.jacobian(), scene.jacobian() * c);
        prop_assert_eq!(jacobian_bound(&other.keys), jacobian_bound(&scene.keys) * c);
        prop_assert!((other.bound() / c - scene.bound()).abs() <= 1e-15 * scene.bound());
    }

    /// Only the differences of the keys matter: a cloud far from the origin loses no digits.
    #[test]
    fn a_cloud_far_away_answers_the_same(mut scene in scenes()) {
        // Whole numbers, so that the shift is exact, and a query whose logits remain differences.
        scene.keys.apply(|key| *key = key.round());
        let far = Scene { keys: scene.keys.add_scalar(f64::from(1 << 30)), ..scene.clone() };
        let apart = (far.jacobian() - scene.jacobian()).amax();
        prop_assert!(apart <= 1e-12, "{apart}");
    }
}

#[test]
fn a_direction_that_the_metric_ignores() {
    let keys = dmatrix![1.0, 2.0; -1.0, 0.5; 0.0, 3.0];
    let jacobian = attention_jacobian(&[0.3, -0.2], &keys, &dvector![1.0, 0.0], 1.0).expect("a Jacobian");
    assert_eq!(jacobian.column(1).amax(), 0.0);
    assert!(jacobian.column(0).amax() > 0.1);
    let bound = |c: f64| robustness_bound(&keys, &keys, &dvector![c, c], 1.0).expect("a bound");
    // What a small metric buys, and what it costs: the bound falls with it, and so does every difference.
    assert!((bound(0.01) / bound(1.0) - 0.01).abs() <= 1e-15);
    let head = head(keys.clone(), keys.clone(), keys.clone());
    let output = |c: f64| {
        let metric = Metric::Diagonal(dvector![c, c]);
        attend(&head, &scoring(metric, 1.0, KeyBias::Zero))
            .expect("attention")
            .output
    };
    let spread = |output: DMatrix<f64>| output.row_variance().sum();
    // A variance, so with the square of c.
    assert!((spread(output(1e-4)) / spread(output(1e-3)) - 0.01).abs() <= 1e-4);
    assert_eq!(spread(output(0.0)), 0.0);
}

/// Nor does a key far away from the others that gets no weight.
#[test]
fn an_outlier_without_weight_changes_nothing() {
    let (query, metric) = ([0.7, 0.2], dvector![1.0, 0.5]);
    let keys = dmatrix![0.3, 1.1; 0.1, -0.4; 0.9, 0.2];
    let jacobian = attention_jacobian(&query, &keys, &metric, 1.0).expect("a Jacobian");
    let with_outlier = keys.insert_row(0, -2_f64.powi(40));
    let other = attention_jacobian(&query, &with_outlier, &metric, 1.0).expect("a Jacobian");
    assert_eq!(other.row(0).amax(), 0.0);
    assert!((other.rows(1, 3) - jacobian).amax() <= 1e-15);
}

#[test]
fn one_key_answers_to_nothing() {
    let jacobian = attention_jacobian(&[1.0], &dmatrix![7.0], &dvector![2.0], 1.0);
    assert_eq!(jacobian, Ok(dmatrix![0.0]));
    assert_eq!(jacobian_bound(&dmatrix![-8.0]), dmatrix![2.0]);
}

#[test]
fn bounds_beyond_the_range() {
    let far = dmatrix![f64::MAX; f64::MAX; -f64::MAX];
    assert_eq!(jacobian_bound(&far), DMatrix::from_element(3, 1, f64::MAX));
    assert_eq!(jacobian_bound(&dmatrix![f64::NAN; 1.0]), dmatrix![f64::MAX; f64::MAX]);
    refuses(
        robustness_bound(&far, &far, &dvector![1.0], 1.0),
        "the bound of robustness (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
    );
    refuses(
        attention_jacobian(&[0.0], &far, &dvector![1.0], 1.0),
        "the derivative of the weight (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
    );
    refuses(
        attention_jacobian(&[2.0], &far, &dvector![1.0], 1.0),
        "the logit of query and key (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
    );
}

#[test]
fn refusals() {
    let (keys, values, metric) = (dmatrix![1.0, 0.0; 0.0, 1.0], dmatrix![1.0; 2.0], dvector![1.0, 1.0]);
    let jacobian =
        |query: &[f64], metric: &DVector<f64>, temperature: f64| attention_jacobian(query, &keys, metric, temperature);
    refuses(
        jacobian(&[1.0], &metric, 1.0),
        "the number of dimensions of the keys is 2, but must be 1",
    );
    refuses(
        jacobian(&[], &metric, 1.0),
        "the queries have 0 dimensions; at least 1 is needed",
    );
    refuses(
        jacobian(&[1.0, f64::NAN], &metric, 1.0),
        "query 1, entry 2 is NaN; every entry must be a finite number",
    );
    refuses(
        jacobian(&[1.0, 1.0], &dvector![1.0], 1.0),
        "the number of entries of the metric is 1, but must be 2",
    );
    refuses(
        jacobian(&[1.0, 1.0], &metric, 0.0),
        "the temperature is 0, but must be a finite number greater than 0",
    );
    let bound = |values: &DMatrix<f64>, metric: &DVector<f64>, temperature| {
        robustness_bound(&keys, values, metric, temperature)
    };
    refuses(
        bound(&dmatrix![1.0], &metric, 1.0),
        "the number of values is 1, but must be 2",
    );
    refuses(
        bound(&values, &dvector![1.0], 1.0),
        "the number of entries of the metric is 1, but must be 2",
    );
    refuses(
        bound(&values, &dvector![1.0, f64::NAN], 1.0),
        "metric row 2, entry 2 is NaN; every entry must be a finite number",
    );
    refuses(
        bound(&values, &metric, -1.0),
        "the temperature is -1, but must be a finite number greater than 0",
    );
    refuses(
        robustness_bound(&DMatrix::zeros(0, 2), &values, &metric, 1.0),
        "there are no keys; at least 1 is needed",
    );
}
