//! The numbers of the fourth lesson, "Ellipses instead of circles"; each within the tolerance that
//! stands beside it.

use crate::common::{apart, head, matrix_of, numbers_of, scoring};
use crate::lesson::Step;
use eigenlens_core::{
    AttentionRow, CollapseOptions, Collapsing, Head, KeyBias, LayerMechanism, Metric, MetricScaling, RegressionError,
    attend_causally, attend_row, bridge_bias, estimated_metric, regression_error, robustness_bound, scaled_metric,
};
use nalgebra::{DMatrix, DVector, dvector};
use std::f64::consts::SQRT_2;

const CIRCLE: [f64; 2] = [1.0, 1.0];
const ELLIPSE: [f64; 2] = [1.0, 0.1];
const WRONG_WAY: [f64; 2] = [0.1, 1.0];

/// The ten keys of the street, their values, and the query between them.
fn street(step: &Step) -> Head {
    let values = numbers_of(step.input("values"));
    let query = numbers_of(step.input("query"));
    head(
        DMatrix::from_row_slice(1, 2, &query),
        step.keys(),
        DMatrix::from_vec(10, 1, values),
    )
}

fn row(head: &Head, metric: [f64; 2], bias: KeyBias) -> AttentionRow {
    let metric = Metric::Diagonal(DVector::from_row_slice(&metric));
    attend_row(head, &scoring(metric, SQRT_2, bias), 0).expect("a row")
}

/// `d(q, k_j)`, read off the logits in distance form.
fn distances(head: &Head, metric: [f64; 2]) -> Vec<f64> {
    let logits = row(head, metric, KeyBias::Distance).logits;
    logits.into_iter().map(|logit| (-2.0 * SQRT_2 * logit).sqrt()).collect()
}

/// How many of the relevant and of the irrelevant keys the ellipse holds.
fn held(head: &Head, metric: [f64; 2], radius: f64) -> [f64; 2] {
    let (relevant, irrelevant) = (0..6, 6..10);
    let distances = distances(head, metric);
    [relevant, irrelevant].map(|keys| keys.filter(|&key| distances[key] <= radius).count() as f64)
}

#[test]
fn which_keys_are_my_neighbours() {
    let mut step = Step::new("4.1");
    let street = street(&step);
    step.shows("circle_1_8", &held(&street, CIRCLE, 1.8));
    step.shows("circle_2_3", &held(&street, CIRCLE, 2.3));
    step.shows("circle_5", &held(&street, CIRCLE, 5.0));
    step.shows("ellipse_1_8", &held(&street, ELLIPSE, 1.8));
    step.shows("wrong_way", &held(&street, WRONG_WAY, 1.8));
    // A key on an axis, at the end of a semi-axis, lies on the edge.
    let ends = head(
        street.queries().clone(),
        DMatrix::from_row_slice(2, 2, &[3.8, 0.0, 2.0, 1.8 / 0.1_f64.sqrt()]),
        DMatrix::zeros(2, 1),
    );
    let edge = distances(&ends, ELLIPSE);
    assert!(edge.iter().all(|edge| (edge - 1.8).abs() < 1e-14), "{edge:?}");
    step.shows("semi_axes", &[ends.keys()[(0, 0)] - 2.0, ends.keys()[(1, 1)]]);
    let distances = distances(&street, ELLIPSE);
    step.shows(
        "farthest_relevant",
        &[distances[..6].iter().copied().fold(0.0, f64::max)],
    );
    let nearest = distances[6..].iter().copied().fold(f64::INFINITY, f64::min);
    step.shows("nearest_irrelevant", &[nearest]);
    step.done();
}

#[test]
fn the_estimate_follows_the_neighbourhood() {
    let mut step = Step::new("4.2");
    let street = street(&step);
    let rows = [CIRCLE, ELLIPSE, WRONG_WAY].map(|metric| row(&street, metric, KeyBias::Distance));
    step.shows("estimate_circle", &rows[0].output);
    step.shows("estimate_ellipse", &rows[1].output);
    step.shows("estimate_wrong_way", &rows[2].output);
    let each = |f: &dyn Fn(&AttentionRow) -> f64| rows.iter().map(f).collect::<Vec<f64>>();
    step.shows("relevant_mass", &each(&|row| row.weights[..6].iter().sum()));
    step.shows(
        "keys_in_use",
        &each(&|row| 1.0 / row.weights.iter().map(|w| w * w).sum::<f64>()),
    );
    step.done();
}

#[test]
fn what_is_really_used_has_no_ellipse() {
    let mut step = Step::new("4.3");
    let street = street(&step);
    let [circle, ellipse] = [CIRCLE, ELLIPSE].map(|metric| row(&street, metric, KeyBias::Zero));
    step.shows("estimate_used_circle", &circle.output);
    step.shows("estimate_used_ellipse", &ellipse.output);
    let change = |a: &AttentionRow, b: &AttentionRow| {
        let changes = a.weights.iter().zip(&b.weights).map(|(a, b)| (a - b).abs());
        changes.fold(0.0, f64::max)
    };
    step.shows("change_of_row_when_m2_changes", &[change(&circle, &ellipse)]);
    step.shows("mass_on_two_right_keys", &[ellipse.weights[8] + ellipse.weights[9]]);
    step.shows("weight_of_each_relevant_key", &ellipse.weights[..1]);
    let metric = Metric::Diagonal(DVector::from_row_slice(&ELLIPSE));
    let bias = bridge_bias(street.keys(), &metric, SQRT_2).expect("a bias");
    let with_bias = row(&street, ELLIPSE, KeyBias::Given(bias));
    step.shows("with_bias", &with_bias.output);
    let smoothed = row(&street, ELLIPSE, KeyBias::Distance);
    step.shows("bias_residual", &[change(&with_bias, &smoothed)]);
    step.done();
}

#[test]
fn bias_and_variance_without_a_random_number() {
    let mut step = Step::new("4.4");
    let street = street(&step);
    let targets = numbers_of(step.input("values"));
    let noise = step.parameter("noise_sd").as_f64().expect("a number");
    let best: Vec<(f64, RegressionError)> = numbers_of(&step.parameter("ratios"))
        .into_iter()
        .map(|ratio| {
            let at = |i: i32| {
                let c = 0.02 * 1000_f64.powf(f64::from(i) / 399.0);
                let weights = row(&street, [c, c * ratio], KeyBias::Distance).weights;
                (c, regression_error(&weights, &targets, 1.0, noise).expect("an error"))
            };
            let least = (0..400)
                .map(at)
                .min_by(|(_, a), (_, b)| a.total().total_cmp(&b.total()));
            least.expect("a grid")
        })
        .collect();
    let each = |f: &dyn Fn(&RegressionError) -> f64| best.iter().map(|(_, error)| f(error)).collect::<Vec<f64>>();
    step.shows("best_mse", &each(&|error| error.total()));
    step.shows("best_c", &best.iter().map(|(c, _)| *c).collect::<Vec<f64>>());
    step.shows("bias2", &each(&|error| error.bias_squared));
    step.shows("variance", &each(&|error| error.variance));
    step.shows("gain", &each(&|error| best[0].1.total() / error.total()));
    step.done();
}

fn metric(step: &Step, values: &str, delta: f64, scaling: MetricScaling) -> DVector<f64> {
    let [previous, values] = ["values_prev", values].map(|name| matrix_of(step.input(name)));
    estimated_metric(&previous, &values, delta, scaling).expect("a metric")
}

#[test]
fn how_far_did_the_values_jump() {
    let mut step = Step::new("4.5");
    let raw = metric(&step, "values", 1.0, MetricScaling::None);
    step.shows("m_raw", raw.as_slice());
    let scaled = metric(&step, "values", 1.0, MetricScaling::Max);
    step.shows("m_max", scaled.as_slice());
    let slower = metric(&step, "values", 5.0, MetricScaling::None);
    step.shows("m_raw_delta_5", slower.as_slice());
    for later in [
        metric(&step, "values", 5.0, MetricScaling::Max),
        scaled_metric(&slower, MetricScaling::Max).expect("a metric"),
    ] {
        step.shows("max_scaled_difference_delta_1_and_5", (&scaled - later).as_slice());
    }
    let dragged = metric(&step, "dragged_values", 1.0, MetricScaling::Max);
    step.shows("m_after_dragging_one_arrow", dragged.as_slice());
    step.done();
}

#[test]
fn break_the_meter() {
    let mut step = Step::new("4.6");
    let (keys, next) = (step.keys(), matrix_of(step.input("keys_next")));
    let delta = step.parameter("delta").as_f64().expect("a number");
    // The steep part reads this coordinate of the keys, the flat part the other one.
    let f = |keys: &DMatrix<f64>, steep: usize| {
        DMatrix::from_fn(keys.nrows(), 2, |n, i| match i {
            0 => (3.0 * keys[(n, steep)]).sin(),
            _ => 0.1 * keys[(n, 1 - steep)],
        })
    };
    let slope = keys.column(0).map(|x| (3.0 * (3.0 * x).cos()).abs()).mean();
    for (name, steep) in [("separable", 0), ("swapped", 1)] {
        let estimate = estimated_metric(&f(&keys, steep), &f(&next, steep), delta, MetricScaling::None);
        step.shows(&format!("estimate_{name}"), estimate.expect("a metric").as_slice());
        let mut truth = [0.1; 2];
        truth[steep] = slope;
        step.shows(&format!("truth_{name}"), &truth);
    }
    step.done();
}

#[test]
fn a_bound_and_how_loose_it_is() {
    let mut step = Step::new("4.8");
    let street = street(&step);
    let pushed = |push: [f64; 2], metric: [f64; 2]| {
        let mut queries = street.queries().clone();
        queries += DMatrix::from_row_slice(1, 2, &push);
        let pushed = head(queries, street.keys().clone(), street.values().clone());
        let [before, after] = [&street, &pushed].map(|head| row(head, metric, KeyBias::Zero).output[0]);
        (after - before).abs()
    };
    let up = [CIRCLE, ELLIPSE].map(|metric| pushed([0.0, 0.5], metric));
    let left = [CIRCLE, ELLIPSE].map(|metric| pushed([-1.0, 0.0], metric));
    let bounds = [CIRCLE, ELLIPSE].map(|metric| {
        let metric = DVector::from_row_slice(&metric);
        robustness_bound(street.keys(), street.values(), &metric, SQRT_2).expect("a bound")
    });
    step.shows("shift_up", &up);
    step.shows("shift_left", &left);
    step.shows("bound_per_unit", &bounds);
    step.shows("tightness_left", &[left[0] / bounds[0], left[1] / bounds[1]]);
    step.done();
}

#[test]
fn the_collapse_film() {
    let mut step = Step::new("4.9");
    let tokens = matrix_of(step.input("tokens"));
    for (name, metric) in [
        ("I", dvector![1.0, 1.0]),
        ("max (1, .1)", dvector![1.0, 0.1]),
        ("mean (1.818, .182)", dvector![20.0 / 11.0, 2.0 / 11.0]),
        ("2 I", dvector![2.0, 2.0]),
        (".01 I", dvector![0.01, 0.01]),
    ] {
        let options = CollapseOptions {
            mechanism: LayerMechanism::Metric(metric),
            residual: false,
            temperature: None,
        };
        let mut film = Collapsing::new(tokens.clone(), options).expect("a film");
        for _ in 0..5 {
            film.step().expect("a layer");
        }
        let cosines: Vec<f64> = film
            .layers()
            .iter()
            .map(|layer| layer.cosine.expect("a cosine"))
            .collect();
        step.shows_part("token_cosine", name, &cosines);
    }
    step.done();
}

#[test]
fn the_future_leaks_into_the_past() {
    let mut step = Step::new("4.10");
    let [queries, previous, values] = ["queries", "values_prev", "values"].map(|name| matrix_of(step.input(name)));
    let mut later = values.clone();
    later.set_row(
        3,
        &DVector::from_vec(numbers_of(step.input("last_value_dragged_to"))).transpose(),
    );
    let mut rows = Vec::new();
    for (name, values) in [("before", &values), ("after", &later)] {
        let metric = estimated_metric(&previous, values, 1.0, MetricScaling::Max).expect("a metric");
        step.shows(&format!("m_{name}"), metric.as_slice());
        let head = head(queries.clone(), step.keys(), values.clone());
        let causal = attend_causally(&head, &scoring(Metric::Diagonal(metric), SQRT_2, KeyBias::Zero));
        let weights = causal.expect("attention").weights.rows(1, 1).into_owned();
        step.shows(&format!("row_2_{name}"), weights.as_slice());
        rows.push(weights);
    }
    assert!(apart(&rows[0], &rows[1]) > 0.1, "the leak");
    step.done();
}
