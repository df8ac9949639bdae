//! Attention-BN.

use crate::common::{agree, apart, head, heads, matrix, matrix_of, refuses, scoring};
use crate::identities::logit_size;
use eigenlens_core::{
    Attention, BnForm, BnOptions, Head, KeyBias, Metric, Scoring, attend, bn_head, bn_scoring, bn_shifted_queries,
    key_statistics,
};
use nalgebra::{DMatrix, dmatrix, dvector};
use proptest::prelude::*;
use serde_json::Value;

fn options(form: BnForm, beta: f64, epsilon: f64) -> BnOptions {
    BnOptions { form, beta, epsilon }
}

/// Softmax attention at a temperature.
fn softmax(head: &Head, temperature: f64) -> Attention {
    attend(head, &scoring(Metric::Identity, temperature, KeyBias::Zero)).expect("attention")
}

/// Attention-BN as a member of the family.
fn member(head: &Head, options: &BnOptions, temperature: f64) -> Attention {
    let scoring = bn_scoring(head.keys(), options, temperature).expect("a scoring");
    attend(head, &scoring).expect("attention")
}

/// Attention-BN as softmax attention of normalised queries and keys.
fn symmetric(head: &Head, options: &BnOptions, temperature: f64) -> Attention {
    softmax(&bn_head(head, options).expect("a head"), temperature)
}

#[test]
fn both_forms_agree_with_numpy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/elliptical_primal.json")).expect("JSON");
    let [queries, keys, values] = ["Q", "K", "V"].map(|name| matrix_of(&golden["elliptical"][name]));
    let (head, golden) = (head(queries, keys, values), &golden["attention_bn"]);
    let epsilon = golden["eps"].as_f64().expect("a number");
    for (name, options) in [
        ("A_eq22", options(BnForm::Full, 1.0, epsilon)),
        ("A_eq26_beta0_6", options(BnForm::Recentred, 0.6, epsilon)),
    ] {
        let expected = matrix_of(&golden[name]);
        agree(name, &symmetric(&head, &options, 2.0).weights, &expected);
        agree(name, &member(&head, &options, 2.0).weights, &expected);
    }
}

proptest! {
    /// Eqn 22 is Eqn 24.
    #[test]
    fn the_full_form_is_a_metric_and_a_bias(head in heads(), log_epsilon in -5.0..1.0, temperature in 0.5..4.0) {
        let options = options(BnForm::Full, 1.0, 10_f64.powf(log_epsilon));
        let normalised = bn_head(&head, &options).expect("a head");
        let (symmetric, member) = (softmax(&normalised, temperature), member(&head, &options, temperature));
        // Keys that differ in their last digits alone have a metric that magnifies those.
        let cancelled = key_statistics(head.keys()).expect("statistics").variance.map(|variance| {
            head.keys().amax() / (variance + options.epsilon).sqrt()
        });
        let size = logit_size(&normalised, temperature) * (1.0 + cancelled.max());
        let apart = apart(&symmetric.weights, &member.weights);
        prop_assert!(apart <= 1e-14 * size, "{apart} {size}");
        prop_assert!((symmetric.weights.row_sum() - member.weights.row_sum()).amax() <= 1e-13 * size);
    }

    /// Eqn 26: to shift queries and keys, to shift the queries alone, and to punish the keys are one.
    #[test]
    fn the_recentred_form_is_a_shift_of_the_queries_is_a_penalty(head in heads(), beta in -2.0..2.0, temperature in 0.5..4.0) {
        let options = options(BnForm::Recentred, beta, 1e-5);
        let size = logit_size(&head, temperature) * (1.0 + beta * beta);
        let symmetric = symmetric(&head, &options, temperature);
        let shifted = softmax(&bn_shifted_queries(&head, beta).expect("a head"), temperature);
        let punished = member(&head, &options, temperature);
        for other in [&shifted, &punished] {
            prop_assert!(apart(&symmetric.weights, &other.weights) <= 1e-14 * size);
            prop_assert!(apart(&symmetric.output, &other.output) <= 1e-13 * size);
        }
        for weights in [&symmetric.weights, &shifted.weights, &punished.weights] {
            prop_assert!(weights.column_sum().iter().all(|sum| (sum - 1.0).abs() <= 1e-14));
        }
    }

    #[test]
    fn without_beta_it_is_softmax_to_the_last_digit(head in heads(), temperature in 0.5..4.0) {
        let options = options(BnForm::Recentred, 0.0, 1e-5);
        prop_assert_eq!(&bn_shifted_queries(&head, 0.0).expect("a head"), &head);
        prop_assert_eq!(&bn_head(&head, &options).expect("a head"), &head);
        prop_assert_eq!(member(&head, &options, temperature), softmax(&head, temperature));
    }

    /// Keys in opposite pairs have the mean 0.
    #[test]
    fn where_the_mean_is_0_it_is_softmax_to_the_last_digit(head in heads(), beta in -2.0..2.0, temperature in 0.5..4.0) {
        let opposite = |rows: &DMatrix<f64>| {
            DMatrix::from_fn(2 * rows.nrows(), rows.ncols(), |i, j| {
                let x = rows[(i / 2, j)];
                if i % 2 == 0 { x } else { -x }
            })
        };
        let head = crate::common::head(head.queries().clone(), opposite(head.keys()), opposite(head.values()));
        let options = options(BnForm::Recentred, beta, 1e-5);
        prop_assert_eq!(member(&head, &options, temperature), softmax(&head, temperature));
        prop_assert_eq!(symmetric(&head, &options, temperature), softmax(&head, temperature));
        prop_assert_eq!(softmax(&bn_shifted_queries(&head, beta).expect("a head"), temperature), softmax(&head, temperature));
    }

    /// The full form sees neither where the cloud is nor how wide it is.
    #[test]
    fn the_full_form_normalises(n in 2..8_usize, whole in matrix(16, 3, 20.0), shift in -100..101_i32, power in -400..401_i32) {
        // Whole numbers, moved by a whole number and stretched by a power of two: nothing is rounded.
        let whole = whole.map(f64::round);
        let scale = 2_f64.powi(power);
        let moved = |rows: DMatrix<f64>| rows.map(|x| (x + f64::from(shift)) * scale);
        let (queries, keys) = (whole.rows(8, 3).into_owned(), whole.rows(0, n).into_owned());
        let values = DMatrix::from_fn(n, 1, |i, _| i as f64);
        let here = head(queries.clone(), keys.clone(), values.clone());
        let there = head(moved(queries), moved(keys), values);
        let [here, there] = [(here, 1.0), (there, scale)].map(|(head, scale)| {
            let options = options(BnForm::Full, 1.0, (1e-3 * scale) * scale);
            symmetric(&head, &options, 1.7).weights
        });
        prop_assert!(apart(&here, &there) <= 1e-9, "{here} {there}");
    }

    #[test]
    fn statistics_are_the_formulae(keys in (1..9_usize, 1..5_usize).prop_flat_map(|(n, dim)| matrix(n, dim, 3.0)), power in -498..499_i32) {
        let statistics = key_statistics(&keys).expect("statistics");
        prop_assert!((&statistics.mean - keys.row_mean().transpose()).amax() <= 1e-15 * 3.0);
        prop_assert!((&statistics.variance - keys.row_variance().transpose()).amax() <= 1e-14);
        let size = 2_f64.powi(power);
        let other = key_statistics(&(&keys * size)).expect("statistics");
        prop_assert_eq!(other.mean, statistics.mean * size);
        prop_assert_eq!(other.variance, statistics.variance * size * size);
    }
}

#[test]
fn a_normalised_cloud_is_its_own_full_form() {
    // Mean 0 and variance 1 in each coordinate.
    let keys = dmatrix![1.0, 1.0; 1.0, -1.0; -1.0, 1.0; -1.0, -1.0];
    let head = head(dmatrix![0.3, -0.7], keys.clone(), keys);
    let options = options(BnForm::Full, 1.0, 1e-20);
    assert_eq!(bn_head(&head, &options), Ok(head.clone()));
    assert_eq!(member(&head, &options, 1.5), softmax(&head, 1.5));
}

#[test]
fn a_cloud_far_away_has_its_variance() {
    let far = 2_f64.powi(27);
    let statistics = key_statistics(&dmatrix![far - 1.0; far; far + 1.0]).expect("statistics");
    assert_eq!(statistics.mean, dvector![far]);
    assert!((statistics.variance[0] - 2.0 / 3.0).abs() <= 1e-15);
    // The mean of these two is no number; their variance is.
    let far = 2_f64.powi(52);
    let statistics = key_statistics(&dmatrix![far; far + 1.0]).expect("statistics");
    assert_eq!(statistics.variance[0], 0.25);
    // Equal keys have the mean exactly and no variance.
    let equal = key_statistics(&DMatrix::from_element(7, 1, 0.1)).expect("statistics");
    assert_eq!((equal.mean[0], equal.variance[0]), (0.1, 0.0));
    let largest = key_statistics(&DMatrix::from_element(3, 1, f64::MAX)).expect("statistics");
    assert_eq!((largest.mean[0], largest.variance[0]), (f64::MAX, 0.0));
}

/// The penalties are right to the last digit for long keys, where plain sums lose some.
#[test]
fn penalties_of_long_keys() {
    // The mean key is (a, a + 1), so the first penalty is −(a·a − (a + 1)·a) = a, from products that no
    // number holds.
    let whole = (1_i64 << 30) + 1;
    let a = whole as f64;
    let keys = dmatrix![a, -a; a, 3.0 * a + 2.0];
    let scoring = bn_scoring(&keys, &BnOptions::default(), 1.0).expect("a scoring");
    let KeyBias::Given(penalties) = scoring.bias() else {
        panic!("{scoring:?}")
    };
    assert_eq!(penalties[0], a);
    let whole = i128::from(whole);
    assert_eq!(penalties[1], -((4 * whole * whole + 5 * whole + 2) as f64));
}

#[test]
fn a_clump_punishes_itself() {
    let alone = dmatrix![1.0, 0.0; 0.0, 1.0; -1.0, 0.0; 0.0, -1.0];
    let weight_of_first = |keys: &DMatrix<f64>, beta: f64| {
        let head = head(dmatrix![0.5, 0.0], keys.clone(), keys.clone());
        member(&head, &options(BnForm::Recentred, beta, 1e-5), 1.0).weights[0]
    };
    let clump = dmatrix![1.0, 0.0; 1.0, 0.1; 1.0, -0.1; 0.9, 0.0];
    // Keys all round have nothing to lose.
    assert_eq!(weight_of_first(&alone, 1.0), weight_of_first(&alone, 0.0));
    let all = DMatrix::from_fn(8, 2, |i, j| if i < 4 { clump[(i, j)] } else { alone[(i - 4, j)] });
    assert!(weight_of_first(&all, 1.0) < 0.9 * weight_of_first(&all, 0.0));
}

#[test]
fn forms_by_name() {
    for form in BnForm::ALL {
        assert_eq!(form.to_string().parse(), Ok(form));
    }
    refuses(
        "shift".parse::<BnForm>(),
        "unknown form of Attention-BN \"shift\"; the choices are recentred and full",
    );
    assert_eq!(BnOptions::default(), options(BnForm::Recentred, 1.0, 1e-5));
}

#[test]
fn refusals() {
    let keys = dmatrix![1.0, 0.0; 0.0, 1.0];
    let head = head(keys.clone(), keys.clone(), keys.clone());
    let both = |options: &BnOptions, message: &str| {
        refuses(bn_scoring(&keys, options, 1.0), message);
        refuses(bn_head(&head, options), message);
    };
    for form in BnForm::ALL {
        both(&options(form, f64::NAN, 1e-5), "β is NaN, but must be a finite number");
        both(
            &options(form, 1.0, 0.0),
            "ε is 0, but must be a finite number greater than 0",
        );
        both(
            &options(form, 1.0, f64::INFINITY),
            "ε is infinity, but must be a finite number greater than 0",
        );
        let scoring = |keys: &DMatrix<f64>, temperature| bn_scoring(keys, &options(form, 1.0, 1e-5), temperature);
        refuses(
            scoring(&keys, 0.0),
            "the temperature is 0, but must be a finite number greater than 0",
        );
        refuses(
            scoring(&DMatrix::zeros(0, 2), 1.0),
            "there are no keys; at least 1 is needed",
        );
        refuses(
            scoring(&DMatrix::zeros(2, 0), 1.0),
            "the keys have 0 dimensions; at least 1 is needed",
        );
        refuses(
            scoring(&dmatrix![1.0; f64::NAN], 1.0),
            "key 2, entry 1 is NaN; every entry must be a finite number",
        );
    }
    refuses(
        bn_shifted_queries(&head, f64::INFINITY),
        "β is infinity, but must be a finite number",
    );
}

#[test]
fn numbers_beyond_the_range() {
    let far = head(dmatrix![1.0], dmatrix![1e200; -1e200], dmatrix![1.0; 2.0]);
    let full = options(BnForm::Full, 1.0, 1e-5);
    let message = "the variance of the keys (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers";
    refuses(key_statistics(far.keys()), message);
    refuses(bn_scoring(far.keys(), &full, 1.0), message);
    refuses(bn_head(&far, &full), message);
    // The recentred form needs no variance, and the mean is 0.
    let recentred = bn_scoring(far.keys(), &BnOptions::default(), 1.0);
    let none = KeyBias::Given(dvector![0.0, 0.0]);
    assert_eq!(recentred, Scoring::new(Metric::Identity, 1.0, none));
    refuses(
        bn_scoring(&dmatrix![1e200], &BnOptions::default(), 1.0),
        "the bias of key (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
    );
    let equal = head(dmatrix![1.0], dmatrix![1.0; 1.0], dmatrix![1.0; 2.0]);
    let smallest = options(BnForm::Full, 1.0, 5e-324);
    let message = "the metric of Attention-BN (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers";
    refuses(bn_scoring(equal.keys(), &smallest, 1.0), message);
    refuses(bn_head(&equal, &smallest), message);
    let message =
        "the normalised coordinate of query (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers";
    let large = head(dmatrix![-f64::MAX], dmatrix![f64::MAX], dmatrix![1.0]);
    refuses(bn_shifted_queries(&large, 1.0), message);
    refuses(bn_head(&large, &BnOptions::default()), message);
    let message = "the normalised coordinate of key (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers";
    let large = head(
        dmatrix![0.0],
        dmatrix![-f64::MAX; f64::MAX; f64::MAX],
        DMatrix::zeros(3, 1),
    );
    refuses(bn_head(&large, &options(BnForm::Recentred, 2.9, 1.0)), message);
}
