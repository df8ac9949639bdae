//! Every identity of the family as a property of random heads, small ones and ones with keys of
//! length 10³.

use std::sync::Arc;

use crate::common::{apart, head, heads, heads_and_scorings, matrix, metrics, scoring};
use eigenlens_core::{
    Attending, Head, KeyBias, Mechanism, Metric, attend, attend_row, bridge_bias, bridge_residual, row_sum_residual,
    shift_residual,
};
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::prelude::*;

/// What a logit may be off by, and so the relative error of a weight; see the note on tolerance in
/// `logits.rs`.
const LOGIT: f64 = 1e-12;

/// The size of the largest logit's terms, by which the rounding of a token that a test has moved or
/// turned grows.
pub(crate) fn logit_size(head: &Head, temperature: f64) -> f64 {
    let size = |m: &DMatrix<f64>| m.row_iter().map(|row| row.norm()).fold(1.0, f64::max);
    (size(head.queries()) + size(head.keys())).powi(2) / temperature
}

proptest! {
    #[test]
    fn rows_sum_to_one((head, scoring) in heads_and_scorings()) {
        let attention = attend(&head, &scoring).expect("attention");
        for row in attention.weights.row_iter() {
            let row: Vec<f64> = row.iter().copied().collect();
            prop_assert!(row_sum_residual(&row) <= 1e-15);
            prop_assert!(row.iter().all(|weight| (0.0..=1.0).contains(weight)));
        }
    }

    #[test]
    fn weights_are_the_exponentials_of_logits_less_the_log_normaliser((head, scoring) in heads_and_scorings()) {
        let row = attend_row(&head, &scoring, 0).expect("a row");
        let size = row.logits.iter().fold(1.0, |size: f64, logit| size.max(logit.abs()));
        for (logit, weight) in row.logits.iter().zip(&row.weights) {
            prop_assert!(((logit - row.log_normaliser).exp() - weight).abs() <= 1e-15 * size + 1e-14);
        }
    }

    #[test]
    fn output_is_weights_times_values((head, scoring) in heads_and_scorings()) {
        let attention = attend(&head, &scoring).expect("attention");
        prop_assert!(apart(&attention.output, &(&attention.weights * head.values())) <= 1e-14);
    }

    #[test]
    fn logits_are_the_formula((head, scoring) in heads_and_scorings()) {
        let (tau, q) = (scoring.temperature(), head.queries().row(0).transpose());
        let m = match scoring.metric() {
            Metric::Identity => DMatrix::identity(head.dim(), head.dim()),
            Metric::Diagonal(m) => DMatrix::from_diagonal(m),
            Metric::Full(m) => m.clone(),
        };
        let row = attend_row(&head, &scoring, 0).expect("a row");
        for (j, logit) in row.logits.into_iter().enumerate() {
            let k = head.keys().row(j).transpose();
            let formula = match scoring.bias() {
                KeyBias::Zero => q.dot(&(&m * &k)) / tau,
                KeyBias::Given(b) => q.dot(&(&m * &k)) / tau + b[j],
                KeyBias::Distance => -(&q - &k).dot(&(&m * (&q - &k))) / (2.0 * tau),
            };
            let terms = (q.abs() + k.abs()).dot(&(m.abs() * (q.abs() + k.abs()))) / tau + 2.0;
            prop_assert!((logit - formula).abs() <= 1e-14 * terms, "{logit} {formula}");
        }
    }

    #[test]
    fn a_constant_added_to_a_row_changes_nothing(head in heads(), constant in -50.0..50.0) {
        let tau = (head.dim() as f64).sqrt();
        let plain = attend(&head, &scoring(Metric::Identity, tau, KeyBias::Zero)).expect("attention");
        let constants = DVector::from_element(head.n_keys(), constant);
        let shifted = attend(&head, &scoring(Metric::Identity, tau, KeyBias::Given(constants))).expect("attention");
        prop_assert!(apart(&plain.weights, &shifted.weights) <= 2.0 * LOGIT);
        let moved = &shifted.log_normaliser - &plain.log_normaliser;
        prop_assert!(moved.iter().all(|moved| (moved - constant).abs() <= 1e-15 * logit_size(&head, tau) + 1e-13));
    }

    #[test]
    fn the_shift_residual_is_rounding(logits in prop::collection::vec(-50.0..50.0, 1..9), constant in -50.0..50.0) {
        prop_assert!(shift_residual(&logits, constant).expect("a residual") <= 1e-13);
    }

    #[test]
    fn the_order_of_the_keys_does_not_matter((head, scoring) in heads_and_scorings(), turn in 0..9_usize) {
        let (KeyBias::Zero | KeyBias::Distance) = scoring.bias() else { return Ok(()) };
        let n = head.n_keys();
        let turned = |m: &DMatrix<f64>| DMatrix::from_fn(n, m.ncols(), |i, j| m[((i + turn) % n, j)]);
        let other = crate::common::head(head.queries().clone(), turned(head.keys()), turned(head.values()));
        let (a, b) = (attend(&head, &scoring).expect("attention"), attend(&other, &scoring).expect("attention"));
        prop_assert!(apart(&turned(&a.weights.transpose()).transpose(), &b.weights) <= 1e-15);
        prop_assert!(apart(&a.output, &b.output) <= 1e-14);
    }

    #[test]
    fn the_order_of_the_queries_does_not_matter((head, scoring) in heads_and_scorings()) {
        let n = head.n_queries();
        let reversed = |m: &DMatrix<f64>| DMatrix::from_fn(n, m.ncols(), |i, j| m[(n - 1 - i, j)]);
        let other = crate::common::head(reversed(head.queries()), head.keys().clone(), head.values().clone());
        let (a, b) = (attend(&head, &scoring).expect("attention"), attend(&other, &scoring).expect("attention"));
        prop_assert_eq!(reversed(&a.weights), b.weights);
        prop_assert_eq!(reversed(&a.output), b.output);
    }

    #[test]
    fn softmax_with_the_bridge_bias_is_the_smoother((head, metric) in heads().prop_flat_map(|h| { let d = h.dim(); (Just(h), metrics(d)) })) {
        let tau = (head.dim() as f64).sqrt();
        prop_assert!(bridge_residual(&head, &metric, tau).expect("a residual") <= 4.0 * LOGIT);
        let bias = bridge_bias(head.keys(), &metric, tau).expect("a bias");
        let rounding_of_the_bias = f64::EPSILON * bias.amax();
        let bridged = attend(&head, &scoring(metric.clone(), tau, KeyBias::Given(bias))).expect("attention");
        let smoothed = attend(&head, &scoring(metric, tau, KeyBias::Distance)).expect("attention");
        prop_assert!(apart(&bridged.weights, &smoothed.weights) <= 4.0 * LOGIT + rounding_of_the_bias);
        prop_assert!(apart(&bridged.output, &smoothed.output) <= 10.0 * (4.0 * LOGIT + rounding_of_the_bias));
    }

    #[test]
    fn for_keys_of_equal_length_softmax_is_the_smoother(head in heads(), length in 0.5..4.0) {
        let mut keys = head.keys().clone();
        for mut row in keys.row_iter_mut() {
            row *= length / row.norm();
        }
        let head = crate::common::head(head.queries() / 100.0, keys, head.values().clone());
        let [softmax, smoother] = [Mechanism::Softmax, Mechanism::Smoother].map(|m| attend(&head, &m.scoring(head.dim()).expect("a scoring")).expect("attention"));
        prop_assert!(apart(&softmax.weights, &smoother.weights) <= 2.0 * LOGIT);
    }

    #[test]
    fn the_smoother_does_not_see_translations(head in heads(), by in -3.0..3.0) {
        let moved = crate::common::head(head.queries().add_scalar(by), head.keys().add_scalar(by), head.values().clone());
        let smoother = Mechanism::Smoother.scoring(head.dim()).expect("a scoring");
        let (a, b) = (attend(&head, &smoother).expect("attention"), attend(&moved, &smoother).expect("attention"));
        prop_assert!(apart(&a.weights, &b.weights) <= 1e-15 * logit_size(&head, smoother.temperature()) + 2.0 * LOGIT);
    }

    #[test]
    fn neither_sees_rotations_and_reflections((head, turn) in heads().prop_flat_map(|h| { let d = h.dim(); (Just(h), matrix(d, d, 1.0)) })) {
        let turn = turn.qr().q();
        let turned = crate::common::head(head.queries() * &turn, head.keys() * &turn, head.values().clone());
        for mechanism in Mechanism::ALL {
            let scoring = mechanism.scoring(head.dim()).expect("a scoring");
            let (a, b) = (attend(&head, &scoring).expect("attention"), attend(&turned, &scoring).expect("attention"));
            prop_assert!(apart(&a.weights, &b.weights) <= 1e-14 * logit_size(&head, scoring.temperature()) + 2.0 * LOGIT);
        }
    }

    #[test]
    fn a_diagonal_metric_stretches_the_tokens(head in heads(), m in prop::collection::vec(0.1..2.0, 5)) {
        let m = DVector::from_fn(head.dim(), |d, _| m[d]);
        let stretch = DMatrix::from_diagonal(&m.map(f64::sqrt));
        let stretched = crate::common::head(head.queries() * &stretch, head.keys() * &stretch, head.values().clone());
        for bias in [KeyBias::Zero, KeyBias::Distance] {
            let metric = Metric::Diagonal(m.clone());
            let a = attend(&head, &scoring(metric, 1.5, bias.clone())).expect("attention");
            let b = attend(&stretched, &scoring(Metric::Identity, 1.5, bias)).expect("attention");
            prop_assert!(apart(&a.weights, &b.weights) <= 1e-15 * logit_size(&head, 1.5) + 2.0 * LOGIT);
        }
    }

    #[test]
    fn a_full_metric_that_is_diagonal_is_the_diagonal_one(head in heads(), m in prop::collection::vec(0.1..2.0, 5), tau in 0.5..4.0) {
        let m = DVector::from_fn(head.dim(), |d, _| m[d]);
        for bias in [KeyBias::Zero, KeyBias::Distance] {
            let full = Metric::Full(DMatrix::from_diagonal(&m));
            let a = attend(&head, &scoring(full, tau, bias.clone())).expect("attention");
            let b = attend(&head, &scoring(Metric::Diagonal(m.clone()), tau, bias)).expect("attention");
            prop_assert!(apart(&a.weights, &b.weights) <= LOGIT);
        }
    }

    #[test]
    fn outputs_lie_between_the_values((head, scoring) in heads_and_scorings()) {
        let attention = attend(&head, &scoring).expect("attention");
        for (output, values) in attention.output.column_iter().zip(head.values().column_iter()) {
            prop_assert!(output.iter().all(|&output| values.min() <= output && output <= values.max()));
        }
    }

    #[test]
    fn stepping_is_the_same_as_going((head, scoring) in heads_and_scorings()) {
        let direct = attend(&head, &scoring).expect("attention");
        let n = head.n_queries();
        let mut attending = Attending::new(Arc::new(head), scoring).expect("a stepper");
        for done in 1..=n {
            let progress = attending.step().expect("a step");
            prop_assert_eq!((progress.done, progress.of, progress.is_finished()), (done, n, done == n));
        }
        prop_assert!(attending.step().expect("no step").is_finished());
        prop_assert_eq!(attending.finish().expect("a result"), direct);
    }

    #[test]
    fn a_row_is_the_row_bit_for_bit((head, scoring) in heads_and_scorings()) {
        let attention = attend(&head, &scoring).expect("attention");
        for i in 0..head.n_queries() {
            let row = attend_row(&head, &scoring, i).expect("a row");
            prop_assert!(row.weights.iter().eq(attention.weights.row(i).iter()));
            prop_assert!(row.output.iter().eq(attention.output.row(i).iter()));
            prop_assert_eq!(row.log_normaliser, attention.log_normaliser[i]);
        }
    }

    #[test]
    fn duplicates_get_the_same_weight_exactly((head, metric) in heads().prop_flat_map(|h| { let d = h.dim(); (Just(h), metrics(d)) })) {
        let n = head.n_keys();
        let twice = |m: &DMatrix<f64>| DMatrix::from_fn(2 * n, m.ncols(), |i, j| m[(i % n, j)]);
        let doubled = crate::common::head(head.queries().clone(), twice(head.keys()), twice(head.values()));
        for bias in [KeyBias::Zero, KeyBias::Distance] {
            let scoring = scoring(metric.clone(), 1.5, bias);
            let (a, b) = (attend(&head, &scoring).expect("attention"), attend(&doubled, &scoring).expect("attention"));
            prop_assert_eq!(b.weights.columns(0, n), b.weights.columns(n, n));
            prop_assert!(apart(&a.output, &b.output) <= 1e-14);
        }
    }

    #[test]
    fn equal_keys_share_equally((head, scoring) in heads_and_scorings()) {
        let (KeyBias::Zero | KeyBias::Distance) = scoring.bias() else { return Ok(()) };
        let n = head.n_keys();
        let keys = DMatrix::from_fn(n, head.dim(), |_, d| head.keys()[(0, d)]);
        let equal = crate::common::head(head.queries().clone(), keys, head.values().clone());
        let attention = attend(&equal, &scoring).expect("attention");
        prop_assert!(attention.weights.iter().all(|&weight| weight == 1.0 / n as f64));
    }

    #[test]
    fn one_key_gets_everything((head, metric) in heads().prop_flat_map(|h| { let d = h.dim(); (Just(h), metrics(d)) })) {
        let one = crate::common::head(head.queries().clone(), head.keys().rows(0, 1).into_owned(), head.values().rows(0, 1).into_owned());
        for bias in [KeyBias::Zero, KeyBias::Distance, KeyBias::Given(DVector::from_element(1, -3.0))] {
            let attention = attend(&one, &scoring(metric.clone(), 1.5, bias)).expect("attention");
            prop_assert!(attention.weights.iter().all(|&weight| weight == 1.0));
            prop_assert!(attention.output.row_iter().all(|output| output == one.values().row(0)));
        }
    }

    #[test]
    fn cold_attention_picks_the_greatest_logit_and_hot_attention_picks_none((head, scoring) in heads_and_scorings()) {
        let (KeyBias::Zero | KeyBias::Distance) = scoring.bias() else { return Ok(()) };
        let row = attend_row(&head, &scoring, 0).expect("a row");
        let mut sorted = row.logits.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let size = sorted.iter().fold(1e-3, |size: f64, logit| size.max(logit.abs()));
        let hot = attend_row(&head, &scoring.clone().with_temperature(scoring.temperature() * size * 1e9).expect("a scoring"), 0).expect("a row");
        prop_assert!(hot.weights.iter().all(|weight| (weight * head.n_keys() as f64 - 1.0).abs() <= 1e-8));
        if sorted.len() > 1 && sorted[0] - sorted[1] > 1e-6 {
            let cold = scoring.clone().with_temperature(scoring.temperature() * 1e-9).expect("a scoring");
            let cold = attend_row(&head, &cold, 0).expect("a row");
            let winner = row.logits.iter().position(|logit| *logit == sorted[0]).expect("the greatest");
            prop_assert_eq!(cold.weights[winner], 1.0);
        }
    }
}

#[test]
fn softmax_does_see_translations() {
    let at = |by: f64| {
        let moved = head(
            dmatrix![0.65 + by, 0.8 + by],
            dmatrix![1.0 + by, by; by, 1.0 + by; by - 1.0, by],
            dmatrix![1.0; 2.0; 3.0],
        );
        attend(&moved, &Mechanism::Softmax.scoring(2).expect("a scoring"))
            .expect("attention")
            .weights
    };
    assert!(apart(&at(0.0), &at(1.0)) > 0.1);
}

#[test]
fn softmax_is_not_the_smoother_for_keys_of_different_length() {
    let head = head(dmatrix![0.65, 0.8], dmatrix![1.0, 0.0; 0.0, 2.0], dmatrix![1.0; 2.0]);
    let [softmax, smoother] = [Mechanism::Softmax, Mechanism::Smoother].map(|m| {
        attend(&head, &m.scoring(2).expect("a scoring"))
            .expect("attention")
            .weights
    });
    assert!(apart(&softmax, &smoother) > 0.1);
}

#[test]
fn the_residuals_see_what_is_wrong() {
    assert_eq!(row_sum_residual(&[0.5, 0.25]), 0.25);
    assert_eq!(row_sum_residual(&[0.5, 0.75]), 0.25);
    // At 10¹⁰ the logits keep six digits behind the point.
    let lost = shift_residual(&[0.0, 1.0 / 3.0, 0.1], 1e10).expect("a residual");
    assert!((1e-8..1e-5).contains(&lost), "{lost:e}");
}

#[test]
fn a_key_that_plain_arithmetic_puts_far_too_low_is_found() {
    // The first logit is 1000, but 10²⁰ − 10²⁰ swallows it: plain arithmetic says 0, 800 below the
    // other key.
    let tokens = head(
        dmatrix![1.0, 1e10, 1e10],
        dmatrix![1000.0, 1e10, -1e10; 800.0, 0.0, 0.0],
        dmatrix![1.0; 2.0],
    );
    let attention = attend(&tokens, &scoring(Metric::Identity, 1.0, KeyBias::Zero)).expect("attention");
    assert_eq!(attention.weights[0], 1.0);
    assert_eq!(attention.log_normaliser[0], 1000.0);
}
