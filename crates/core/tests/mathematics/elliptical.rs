//! The metric of Elliptical Attention, and the attention that may not look ahead.

use crate::common::{agree, head, heads, matrix, matrix_of, metrics, numbers_of, refuses, scoring};
use eigenlens_core::{
    Error, Head, KeyBias, Mechanism, Metric, MetricScaling, Scoring, attend, attend_causally, attend_row,
    estimated_metric, estimated_metric_of_past, row_sum_residual, scaled_metric, token_cosine,
};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

/// Values of two layers, of 1 to 7 tokens in 1 to 5 dimensions.
fn layers() -> impl Strategy<Value = [DMatrix<f64>; 2]> {
    (1..8_usize, 1..6_usize).prop_flat_map(|(n, dim)| [matrix(n, dim, 3.0), matrix(n, dim, 3.0)])
}

fn metric([previous, present]: &[DMatrix<f64>; 2], delta: f64, scaling: MetricScaling) -> DVector<f64> {
    estimated_metric(previous, present, delta, scaling).expect("a metric")
}

#[test]
fn the_layer_agrees_with_numpy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/elliptical_primal.json")).expect("JSON");
    let golden = &golden["elliptical"];
    let [queries, keys, values, previous] = ["Q", "K", "V", "Vprev"].map(|name| matrix_of(&golden[name]));
    let m = metric(&[previous, values.clone()], 1.0, MetricScaling::Max);
    agree("m", &m, &numbers_of(&golden["m"]));
    let head = head(queries, keys, values);
    let used = |temperature| {
        let scoring = scoring(Metric::Diagonal(m.clone()), temperature, KeyBias::Zero);
        attend(&head, &scoring).expect("attention")
    };
    let attention = used(2.0);
    agree("A", &attention.weights, &matrix_of(&golden["A"]));
    agree("H", &attention.output, &matrix_of(&golden["H"]));
    agree(
        "A, τ = 1",
        &used(1.0).weights,
        &matrix_of(&golden["A_unscaled_wikitext"]),
    );
    let cosine = token_cosine(&attention.output).expect("a cosine");
    agree(
        "token cosine",
        [&cosine],
        [&golden["token_cos_H"].as_f64().expect("a number")],
    );
}

proptest! {
    #[test]
    fn entries_are_the_formula(layers in layers(), delta in 0.1..10.0) {
        let jumps = (&layers[1] - &layers[0]).abs();
        let formula = jumps.row_mean().transpose() / delta;
        let ours = metric(&layers, delta, MetricScaling::None);
        prop_assert!((&ours - &formula).amax() <= 1e-15 * formula.max());
    }

    /// Not nearly: to the last digit.
    #[test]
    fn delta_cancels_under_max_and_mean(layers in layers(), delta in -300.0..300.0) {
        let delta = 10_f64.powf(delta);
        for scaling in [MetricScaling::Max, MetricScaling::Mean] {
            prop_assert_eq!(metric(&layers, delta, scaling), metric(&layers, 1.0, scaling));
        }
    }

    #[test]
    fn scaling_afterwards_is_scaling_at_once(layers in layers(), delta in 0.1..10.0) {
        let raw = metric(&layers, delta, MetricScaling::None);
        for scaling in MetricScaling::ALL {
            let (at_once, afterwards) = (metric(&layers, delta, scaling), scaled_metric(&raw, scaling).expect("a metric"));
            prop_assert!((&at_once - &afterwards).amax() <= 1e-15 * at_once.max(), "{at_once} {afterwards}");
        }
        prop_assert_eq!(metric(&layers, delta, MetricScaling::Max).max(), 1.0);
        prop_assert!((metric(&layers, delta, MetricScaling::Mean).mean() - 1.0).abs() <= 1e-15);
    }

    /// Powers of two scale without a rounding, so the digits are the same at the ends of the range.
    #[test]
    fn the_size_of_the_values_does_not_matter_under_scaling(layers in layers(), power in -498..499_i32) {
        let size = 2_f64.powi(power);
        let scaled = layers.clone().map(|values| values * size);
        for scaling in [MetricScaling::Max, MetricScaling::Mean] {
            prop_assert_eq!(metric(&scaled, 1.0, scaling), metric(&layers, 1.0, scaling));
        }
        prop_assert_eq!(metric(&scaled, size, MetricScaling::None), metric(&layers, 1.0, MetricScaling::None));
    }

    #[test]
    fn the_past_does_not_know_the_future(layers in layers(), last in 0..7_usize, other in -3.0..3.0) {
        let last = last.min(layers[0].nrows() - 1);
        let of_past = |[previous, present]: &[DMatrix<f64>; 2]| {
            estimated_metric_of_past(previous, present, 2.0, MetricScaling::None, last).expect("a metric")
        };
        let mut changed = layers.clone();
        for values in &mut changed {
            values.rows_range_mut(last + 1..).fill(other);
        }
        prop_assert_eq!(of_past(&layers), of_past(&changed));
        let past = layers.clone().map(|values| values.rows(0, last + 1).into_owned());
        prop_assert_eq!(of_past(&layers), metric(&past, 2.0, MetricScaling::None));
    }

    #[test]
    fn the_identity_is_softmax_to_the_last_digit(head in heads()) {
        let ones = scoring(Metric::Diagonal(DVector::from_element(head.dim(), 1.0)), 1.5, KeyBias::Zero);
        let plain = scoring(Metric::Identity, 1.5, KeyBias::Zero);
        prop_assert_eq!(attend(&head, &ones), attend(&head, &plain));
    }
}

#[test]
fn the_smallest_jump_moves() {
    let previous = DMatrix::zeros(4, 2);
    let mut present = previous.clone();
    present[(2, 1)] = 5e-324;
    assert_eq!(
        metric(&[previous, present], 1.0, MetricScaling::Max),
        dvector![0.0, 1.0]
    );
    // The mean of the smallest numbers.
    let smallest = dvector![5e-324, 5e-324, 1.5e-323];
    let scaled = scaled_metric(&smallest, MetricScaling::Mean).expect("a metric");
    assert!((scaled - dvector![0.6, 0.6, 1.8]).amax() <= 1e-15);
    let largest = scaled_metric(&dvector![f64::MAX, f64::MAX], MetricScaling::Mean);
    assert_eq!(largest, Ok(dvector![1.0, 1.0]));
}

#[test]
fn scalings_by_name() {
    for scaling in MetricScaling::ALL {
        assert_eq!(scaling.to_string().parse(), Ok(scaling));
    }
    refuses(
        "Max".parse::<MetricScaling>(),
        "unknown scaling of the metric \"Max\"; the choices are max, mean and none",
    );
}

#[test]
fn metrics_that_there_are_not() {
    let (still, moved) = (dmatrix![1.0, 2.0; 3.0, 4.0], dmatrix![1.0, 2.0; 3.0, 5.0]);
    let estimate = |previous: &DMatrix<f64>, present: &DMatrix<f64>, delta: f64| {
        estimated_metric(previous, present, delta, MetricScaling::Max)
    };
    assert_eq!(estimate(&still, &moved, 1.0), Ok(dvector![0.0, 1.0]));
    for scaling in MetricScaling::ALL {
        refuses(
            estimated_metric(&still, &still, 1.0, scaling),
            "the estimated metric is not defined: it needs a coordinate of the values that moves between the layers, and there is none",
        );
    }
    for (delta, name) in [(0.0, "0"), (-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "infinity")] {
        let message = format!("δ is {name}, but must be a finite number greater than 0");
        refuses(estimate(&still, &moved, delta), &message);
    }
    refuses(
        estimate(&DMatrix::zeros(3, 2), &moved, 1.0),
        "the number of previous values is 3, but must be 2",
    );
    refuses(
        estimate(&DMatrix::zeros(2, 1), &moved, 1.0),
        "the number of dimensions of the previous values is 1, but must be 2",
    );
    refuses(
        estimate(&DMatrix::zeros(0, 2), &DMatrix::zeros(0, 2), 1.0),
        "there are no values; at least 1 is needed",
    );
    refuses(
        estimate(&DMatrix::zeros(2, 0), &DMatrix::zeros(2, 0), 1.0),
        "the values have 0 dimensions; at least 1 is needed",
    );
    let broken = dmatrix![1.0, f64::NAN; 3.0, 5.0];
    refuses(
        estimate(&broken, &moved, 1.0),
        "previous value 1, entry 2 is NaN; every entry must be a finite number",
    );
    refuses(
        estimate(&moved, &broken, 1.0),
        "value 1, entry 2 is NaN; every entry must be a finite number",
    );
    refuses(
        estimate(&dmatrix![f64::MAX], &dmatrix![-f64::MAX], 1.0),
        "the jump of value (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
    );
    refuses(
        estimated_metric(&still, &moved, 5e-324, MetricScaling::None),
        "the estimated metric (row 2, column 2) is beyond ±1.8e308, the range of 64-bit numbers",
    );
}

#[test]
fn pasts_that_there_are_not() {
    let (still, moved) = (dmatrix![1.0; 2.0; 3.0], dmatrix![1.0; 2.0; 4.0]);
    let past = |last| estimated_metric_of_past(&still, &moved, 1.0, MetricScaling::Max, last);
    assert_eq!(past(2), Ok(dvector![1.0]));
    refuses(
        past(1),
        "the estimated metric is not defined: it needs a coordinate of the values that moves between the layers, and there is none",
    );
    refuses(past(3), "the last token of the past is 4, but must be from 1 to 3");
    assert!(past(usize::MAX).is_err());
    // What comes later is not even looked at.
    let broken = dmatrix![1.0; 3.0; f64::NAN];
    let past = estimated_metric_of_past(&still, &broken, 1.0, MetricScaling::Max, 1);
    assert_eq!(past, Ok(dvector![1.0]));
}

#[test]
fn metrics_that_cannot_be_scaled() {
    for scaling in MetricScaling::ALL {
        let scaled = |entries: &[f64]| scaled_metric(&DVector::from_row_slice(entries), scaling);
        refuses(scaled(&[]), "there are no entries of the metric; at least 1 is needed");
        refuses(
            scaled(&[1.0, f64::INFINITY]),
            "metric row 2, entry 2 is infinity; every entry must be a finite number",
        );
        refuses(
            scaled(&[1.0, -0.5]),
            "an entry of the metric is -0.5, but must be a finite number, 0 or greater",
        );
        refuses(
            scaled(&[0.0, 0.0]),
            "the scaled metric is not defined: it needs an entry that is not 0, and there is none",
        );
    }
}

/// Heads with as many queries as keys, and any member of the family.
fn sequences() -> impl Strategy<Value = (Head, Scoring)> {
    (1..8_usize, 1..5_usize, prop_oneof![Just(3.0), Just(1000.0)]).prop_flat_map(|(n, dim, size)| {
        let head = (matrix(n, dim, size), matrix(n, dim, size), matrix(n, 2, 3.0)).prop_map(|(q, k, v)| head(q, k, v));
        let bias = prop_oneof![
            Just(KeyBias::Zero),
            vec(-2.0..2.0, n).prop_map(|b| KeyBias::Given(DVector::from_vec(b))),
            Just(KeyBias::Distance),
        ];
        (head, metrics(dim), bias).prop_map(|(head, metric, bias)| (head, scoring(metric, 1.5, bias)))
    })
}

proptest! {
    #[test]
    fn a_causal_row_is_the_row_of_the_prefix_bit_for_bit((head, scoring) in sequences()) {
        let n = head.n_keys();
        let causal = attend_causally(&head, &scoring).expect("attention");
        for row in 0..n {
            let first = |matrix: &DMatrix<f64>| matrix.rows(0, row + 1).into_owned();
            let prefix = crate::common::head(first(head.queries()), first(head.keys()), first(head.values()));
            let bias = match scoring.bias() {
                KeyBias::Given(given) => KeyBias::Given(given.rows(0, row + 1).into_owned()),
                bias => bias.clone(),
            };
            let scoring = crate::common::scoring(scoring.metric().clone(), scoring.temperature(), bias);
            let expected = attend(&prefix, &scoring).expect("attention");
            prop_assert_eq!(causal.weights.view((row, 0), (1, row + 1)), expected.weights.rows(row, 1));
            prop_assert_eq!(causal.output.row(row), expected.output.row(row));
            prop_assert_eq!(causal.log_normaliser[row], expected.log_normaliser[row]);
            prop_assert!(causal.weights.view((row, row + 1), (1, n - row - 1)).iter().all(|&weight| weight == 0.0));
            let weights: Vec<f64> = causal.weights.row(row).iter().copied().collect();
            prop_assert!(row_sum_residual(&weights) <= 1e-15);
        }
        let last = attend_row(&head, &scoring, n - 1).expect("a row").output;
        prop_assert_eq!(causal.output.row(n - 1).transpose(), DVector::from_vec(last));
    }

    /// The cure: with the mean of the past a row does not know what comes later.
    #[test]
    fn with_the_mean_of_the_past_nothing_leaks(
        [queries, keys, values, previous] in (2..8_usize, 1..5_usize).prop_flat_map(|(n, dim)| [(); 4].map(|()| matrix(n, dim, 3.0))),
        change in 0.5..3.0,
    ) {
        let n = keys.nrows();
        let weights = |values: &DMatrix<f64>, row: usize| {
            let metric = estimated_metric_of_past(&previous, values, 1.0, MetricScaling::Max, row).expect("a metric");
            let head = head(queries.clone(), keys.clone(), values.clone());
            let causal = attend_causally(&head, &scoring(Metric::Diagonal(metric), 1.5, KeyBias::Zero));
            causal.expect("attention").weights.rows(row, 1).into_owned()
        };
        let mut changed = values.clone();
        changed.row_mut(n - 1).add_scalar_mut(change);
        for row in 0..n - 1 {
            prop_assert_eq!(weights(&values, row), weights(&changed, row));
        }
    }
}

#[test]
fn causal_attention_that_there_is_not() {
    let softmax = Mechanism::Elliptical.scoring(1).expect("a scoring");
    let wide = head(dmatrix![1.0; 2.0], dmatrix![1.0; 2.0; 3.0], DMatrix::zeros(3, 1));
    refuses(
        attend_causally(&wide, &softmax),
        "the number of queries is 2, but must be 3",
    );
    let far = head(
        dmatrix![1e200; 1.0; 1e200],
        dmatrix![1.0; 1e200; 1.0],
        dmatrix![1.0; 2.0; 3.0],
    );
    // The first query would overflow with the second key, which it does not see; the third sees it.
    let result = attend_causally(&far, &softmax);
    let error = Error::Overflow {
        what: "the logit of query and key",
        row: 2,
        column: 1,
    };
    assert_eq!(result, Err(error));
    let bias = scoring(Metric::Identity, 1.0, KeyBias::Given(dvector![0.0, 0.0]));
    refuses(
        attend_causally(&far, &bias),
        "the number of key biases is 2, but must be 3",
    );
    let metric = scoring(Metric::Diagonal(dvector![1.0, 1.0]), 1.0, KeyBias::Zero);
    refuses(
        attend_causally(&far, &metric),
        "the number of entries of the metric is 2, but must be 1",
    );
}

#[test]
fn mechanisms_that_need_data_are_softmax_without() {
    for mechanism in [Mechanism::Elliptical, Mechanism::Bn, Mechanism::Sh] {
        assert_eq!(mechanism.scoring(3), Mechanism::Softmax.scoring(3));
    }
    let error = "normal".parse::<Mechanism>().expect_err("no mechanism");
    let names = Mechanism::ALL.map(Mechanism::name);
    assert!(names.iter().all(|name| error.to_string().contains(name)), "{error}");
}
