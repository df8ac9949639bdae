//! Support vector regression: golden fits, the conditions of optimality on fits of many kinds, the kernel's Taylor
//! sums.

use std::iter::zip;

use crate::common::{agree, head, matrix, numbers_of};
use eigenlens_core::{
    KktCase, Mechanism, SupportBound, SupportFit, SupportFitting, SupportOptions, SupportStatus, attend, attend_row,
    feature_map, implied_targets, taylor_exp,
};
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

/// No bound.
pub(crate) fn free(epsilon: f64) -> SupportOptions {
    bounded(epsilon, SupportBound::Free)
}

pub(crate) fn bounded(epsilon: f64, bound: SupportBound) -> SupportOptions {
    SupportOptions {
        epsilon,
        bound,
        ..SupportOptions::default()
    }
}

pub(crate) fn fit(keys: &DMatrix<f64>, targets: &[f64], options: &SupportOptions) -> SupportFit {
    SupportFitting::new(keys.clone(), targets.to_vec(), options)
        .and_then(SupportFitting::finish)
        .expect("a fit")
}

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/support.json")).expect("JSON")
}

/// `N` keys evenly on a circle.
pub(crate) fn circle(n: usize, radius: f64) -> DMatrix<f64> {
    DMatrix::from_fn(n, 2, |i, d| {
        let angle = i as f64 * std::f64::consts::TAU / n as f64;
        radius * [angle.cos(), angle.sin()][d]
    })
}

/// `N` keys from −`half` to `half`.
pub(crate) fn line(n: usize, half: f64) -> DMatrix<f64> {
    DMatrix::from_fn(n, 1, |i, _| half * (2.0 * i as f64 / (n as f64 - 1.0) - 1.0))
}

/// `softmax(K Kᵀ/√D)`, and `K Kᵀ/√D`.
fn attention(keys: &DMatrix<f64>) -> [DMatrix<f64>; 2] {
    let head = head(keys.clone(), keys.clone(), keys.clone());
    let scoring = Mechanism::Softmax.scoring(keys.ncols()).expect("a scoring");
    let logits = keys * keys.transpose() / (keys.ncols() as f64).sqrt();
    [attend(&head, &scoring).expect("attention").weights, logits]
}

/// `max|a − b| ≤ tolerance`.
#[track_caller]
pub(crate) fn near(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len(), "lengths differ");
    for (a, b) in zip(a, b) {
        assert!((a - b).abs() <= tolerance, "{a:e} is not {b:e} ± {tolerance:e}");
    }
}

pub(crate) fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}

#[test]
fn keys_on_a_line_are_fitted_as_the_reference_says() {
    for (name, c) in [("svr_C1000", 1000.0), ("svr_C200", 200.0)] {
        let case = &golden()[name];
        let keys = DMatrix::from_vec(9, 1, numbers_of(&case["keys"]));
        let options = bounded(case["eps"].as_f64().expect("ε"), SupportBound::Dual(c));
        let fit = fit(&keys, &numbers_of(&case["y"]), &options);
        assert_eq!(fit.last.status, SupportStatus::Converged);
        agree("β", &fit.beta().expect("β"), &numbers_of(&case["beta"]));
        agree("h", &fit.normaliser().expect("h"), &numbers_of(&case["h"]));
        agree("v", &fit.value, &numbers_of(&case["v"]));
        agree("f", &fit.fitted, &numbers_of(&case["f"]));
    }
}

#[test]
fn rings_are_fitted_as_the_reference_says() {
    for case in golden()["ring"].as_array().expect("cases") {
        let number = |name: &str| case[name].as_f64().expect("a number");
        let options = bounded(number("eps"), SupportBound::Value(number("cap_v")));
        let fit = fit(&circle(12, number("rho")), &numbers_of(&case["y"]), &options);
        assert_eq!(fit.last.status, SupportStatus::Converged);
        agree("h", &fit.normaliser().expect("h"), &[number("h"); 12]);
        agree("v", &fit.value, &numbers_of(&case["v"]));
        agree("f", &fit.fitted, &numbers_of(&case["f"]));
        let count = |is: &dyn Fn(&KktCase) -> bool| fit.cases.iter().filter(|case| is(case)).count() as f64;
        assert_eq!(count(&|case| *case != KktCase::Inside), number("n_sv"));
        assert_eq!(count(&|case| *case == KktCase::Capped), number("n_cap"));
    }
}

/// 1 to 9 keys of 1 to 3 dimensions, some of them equal, with their targets.
fn problems() -> impl Strategy<Value = (DMatrix<f64>, Vec<f64>)> {
    (1..10_usize, 1..4_usize, any::<bool>()).prop_flat_map(|(n, dim, twins)| {
        let keys = matrix(n, dim, 2.0).prop_map(move |mut keys| {
            if twins {
                let first = keys.row(0).into_owned();
                keys.set_row(n / 2, &first);
            }
            keys
        });
        (keys, vec(-2.0..2.0, n))
    })
}

fn bounds() -> impl Strategy<Value = SupportBound> {
    prop_oneof![
        (-1.0..3.0_f64).prop_map(|log| SupportBound::Dual(10_f64.powf(log))),
        (-1.0..2.0_f64).prop_map(|log| SupportBound::Value(10_f64.powf(log))),
    ]
}

fn epsilons() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..1.0, 0.0..0.1]
}

/// The case of each key by its dual variable, and the largest violation, in the words of the theory.
fn conditions(fit: &SupportFit, targets: &[f64], epsilon: f64, bound: SupportBound) -> (Vec<KktCase>, f64) {
    let beta = fit.beta().expect("β");
    let (mut cases, mut largest): (Vec<KktCase>, f64) = (Vec::new(), 0.0);
    for j in 0..targets.len() {
        let misfit = targets[j] - fit.fitted[j];
        let (number, limit) = match bound {
            SupportBound::Dual(c) => (beta[j], c),
            SupportBound::Value(cap) => (fit.value[j], cap),
            SupportBound::Free => (fit.value[j], f64::INFINITY),
        };
        assert!(number.abs() <= limit, "{number:e} is above {limit:e}");
        let (case, violation) = if number == 0.0 {
            (KktCase::Inside, misfit.abs() - epsilon)
        } else if number.abs() == limit {
            (KktCase::Capped, epsilon - misfit * number.signum())
        } else {
            (KktCase::Edge, (misfit * number.signum() - epsilon).abs())
        };
        cases.push(case);
        largest = largest.max(violation);
    }
    (cases, largest)
}

proptest! {
    #[test]
    fn every_condition_of_optimality_holds((keys, targets) in problems(), epsilon in epsilons(), bound in bounds()) {
        let fit = fit(&keys, &targets, &bounded(epsilon, bound));
        prop_assert_eq!(fit.last.status, SupportStatus::Converged);
        prop_assert!(fit.last.violation <= 1e-9);
        let (beta, normaliser) = (fit.beta().expect("β"), fit.normaliser().expect("h"));
        for ((beta, value), h) in zip(zip(&beta, &fit.value), &normaliser) {
            prop_assert!((beta - value * h).abs() <= 1e-12 * beta.abs());
        }
        let (cases, violation) = conditions(&fit, &targets, epsilon, bound);
        prop_assert_eq!(cases, fit.cases);
        prop_assert!((violation - fit.last.violation).abs() <= 1e-12, "{} {}", violation, fit.last.violation);
    }

    #[test]
    fn the_fit_is_attention_over_the_values_and_the_kernel_over_the_duals(
        (keys, targets) in problems(), epsilon in epsilons(), bound in bounds()
    ) {
        let fit = fit(&keys, &targets, &bounded(epsilon, bound));
        let [weights, logits] = attention(&keys);
        let attended = weights * DVector::from_vec(fit.value.clone());
        let size = 1e-13 * largest(&fit.value).max(1.0);
        near(attended.as_slice(), &fit.fitted, size);
        let exponentials = logits.map(f64::exp);
        let normalisers = exponentials.column_sum();
        let kernel = exponentials.component_div(&(&normalisers * normalisers.transpose()));
        near((kernel * DVector::from_vec(fit.beta().expect("β"))).as_slice(), &fit.fitted, size);
        agree("h", &fit.normaliser().expect("h"), normalisers.iter());
    }

    #[test]
    fn a_reading_is_a_sum_of_products(
        (keys, targets) in problems(), epsilon in epsilons(), bound in bounds(), place in 0.0..1.0_f64
    ) {
        let fit = fit(&keys, &targets, &bounded(epsilon, bound));
        let index = (place * keys.nrows() as f64) as usize;
        let query: Vec<f64> = keys.row(index).iter().copied().collect();
        let reading = fit.at(&query).expect("a reading");
        prop_assert!((reading.value - fit.fitted[index]).abs() <= 1e-13 * largest(&fit.value).max(1.0));
        prop_assert_eq!(reading.products.iter().sum::<f64>(), reading.value);
        let head = head(keys.clone(), keys.clone(), keys.clone());
        let row = attend_row(&head, &Mechanism::Softmax.scoring(keys.ncols()).expect("a scoring"), index);
        prop_assert_eq!(&row.expect("a row").weights, &reading.weights);
        for ((product, weight), value) in zip(zip(&reading.products, &reading.weights), &fit.value) {
            prop_assert_eq!(*product, weight * value);
        }
    }

    #[test]
    fn the_objective_grows_and_the_gap_closes(
        (keys, targets) in problems(), epsilon in epsilons(), bound in bounds()
    ) {
        let fitting = SupportFitting::new(keys, targets.clone(), &bounded(epsilon, bound));
        let mut fitting = fitting.expect("a fitting");
        prop_assert_eq!(fitting.progress().objective, 0.0);
        while fitting.progress().status == SupportStatus::Running {
            let before = fitting.progress();
            let now = fitting.step().expect("a sweep");
            let rounding = 1e-13 * now.objective.abs().max(now.gap);
            prop_assert!(now.objective >= before.objective - rounding, "{:?} {:?}", before, now);
            prop_assert!(now.gap >= 0.0);
            // The optimum is between the two objectives.
            prop_assert!(before.objective + before.gap >= now.objective - rounding);
            prop_assert_eq!(now.sweep, before.sweep + 1);
            let fit = fitting.fit();
            let (_, violation) = conditions(&fit, &targets, epsilon, bound);
            prop_assert!((violation - now.violation).abs() <= 1e-12 * (1.0 + largest(&fit.value)));
        }
        let last = fitting.progress();
        let values = fitting.fit().value;
        let rounding = match bound {
            SupportBound::Value(cap) => cap,
            _ => largest(&values),
        };
        prop_assert!(last.gap <= 1e-8 * (1.0 + rounding), "{:?}", last);
        prop_assert_eq!(fitting.step().expect("nothing"), last);
    }

    #[test]
    fn values_follow_the_scale_of_the_targets(
        (keys, targets) in problems(), epsilon in epsilons(), cap in 0.1..10.0_f64, power in -40..40_i32
    ) {
        let scale = 2_f64.powi(power);
        let scaled: Vec<f64> = targets.iter().map(|y| y * scale).collect();
        let plain = fit(&keys, &targets, &bounded(epsilon, SupportBound::Value(cap)));
        let other = fit(&keys, &scaled, &bounded(epsilon * scale, SupportBound::Value(cap * scale)));
        prop_assert_eq!(other.last.status, SupportStatus::Converged);
        let back: Vec<f64> = other.fitted.iter().map(|f| f / scale).collect();
        near(&back, &plain.fitted, 1e-8);
        let objective = other.last.objective / scale / scale;
        prop_assert!((objective - plain.last.objective).abs() <= 1e-8 * (1.0 + cap));
    }

    #[test]
    fn without_tube_and_bound_the_values_invert_attention(jitter in vec(-0.2..0.2, 7), targets in vec(-2.0..2.0, 7)) {
        let keys = DMatrix::from_fn(7, 2, |i, d| {
            let angle: f64 = (i as f64 + jitter[i]) * std::f64::consts::TAU / 7.0;
            2.5 * [angle.cos(), angle.sin()][d]
        });
        let fit = fit(&keys, &targets, &free(0.0));
        prop_assert_eq!(fit.last.status, SupportStatus::Converged);
        let [weights, _] = attention(&keys);
        let solved = weights.lu().solve(&DVector::from_vec(targets.clone())).expect("values");
        near(&fit.value, solved.as_slice(), 1e-12 * largest(&fit.value).max(1.0));
        let values = DMatrix::from_vec(7, 1, fit.value);
        near(implied_targets(&keys, &values, None, None).expect("targets").as_slice(), &targets, 1e-13);
    }

    #[test]
    fn the_features_of_two_tokens_multiply_to_the_taylor_sum(
        dim in 1..4_usize, degree in 0..7_usize, all in vec(-1.5..1.5, 6), temperature in 0.5..3.0_f64
    ) {
        let (x, y) = (&all[..dim], &all[3..3 + dim]);
        let [fx, fy] = [x, y].map(|x| feature_map(x, degree, temperature).expect("features"));
        let count = (1..=degree).fold(1, |count, t| count * (dim + t) / t);
        prop_assert_eq!(fx.len(), count);
        let z = zip(x, y).map(|(x, y)| x * y).sum::<f64>() / temperature;
        let product: f64 = zip(fx, fy).map(|(x, y)| x * y).sum();
        prop_assert!((product - taylor_exp(z, degree).expect("a sum")).abs() <= 1e-12 * z.abs().exp());
    }

    #[test]
    fn even_taylor_sums_are_positive_and_long_ones_are_the_exponential(half in 0..80_usize, z in -60.0..60.0_f64) {
        prop_assert!(taylor_exp(z, 2 * half).expect("a sum") > 0.0);
        let whole = taylor_exp(z / 3.0, 120).expect("a sum");
        prop_assert!((whole / (z / 3.0).exp() - 1.0).abs() <= 1e-14);
    }
}

#[test]
fn taylor_sums_are_right_where_their_terms_cancel() {
    // From fractions of whole numbers.
    for (z, degree, sum) in [
        (-0.5, 2, 0.625),
        (-1.5, 1, -0.5),
        (2.25, 4, 8.74755859375),
        (-3.0, 3, -2.0),
        (-9.5, 9, -867.7500341075648),
        (-30.0, 10, 121254849.57142857),
        (-40.0, 168, 4.248354255291589e-18),
        (-60.0, 170, 6.9176314906316e-06),
        (-100.0, 170, 5.091431340585026e+32),
        (170.0, 170, 3.518722504172823e+73),
        (-170.0, 170, 1.032439391541169e+72),
        (500.0, 170, 1.3928472360694401e+152),
        (-500.0, 169, -2.338714558265291e+151),
        (-1e6, 8, 2.480138889027777e+43),
        (7.0, 0, 1.0),
    ] {
        let ours = taylor_exp(z, degree).expect("a sum");
        assert!(
            (ours / sum - 1.0).abs() <= 1e-13,
            "{z}, {degree}: {ours:e} is not {sum:e}"
        );
    }
}

#[test]
fn features_come_degree_by_degree() {
    let features = feature_map(&[2.0, 3.0], 2, 1.0).expect("features");
    let root = 2_f64.sqrt();
    near(&features, &[1.0, 2.0, 3.0, 4.0 / root, 6.0, 9.0 / root], 1e-15);
    assert_eq!(feature_map(&[0.5], 0, 2.0).expect("a feature"), [1.0]);
}

#[test]
fn a_kernel_cut_off_is_fitted_too() {
    let keys = circle(12, 1.2);
    let targets: Vec<f64> = (0..12).map(|i| (f64::from(i) * 0.7).sin()).collect();
    for degree in [2, 3, 4, 9, 170] {
        let options = SupportOptions {
            degree: Some(degree),
            ..bounded(0.1, SupportBound::Value(1.5))
        };
        let fit = fit(&keys, &targets, &options);
        assert_eq!(fit.last.status, SupportStatus::Converged, "{degree}");
        let kernel = (&keys * keys.transpose() / 2_f64.sqrt()).map(|z| taylor_exp(z, degree).expect("a sum"));
        let normalisers = kernel.column_sum();
        agree("h", &fit.normaliser().expect("h"), normalisers.iter());
        let rows = DMatrix::from_fn(12, 12, |i, j| kernel[(i, j)] / normalisers[i]);
        let expected = rows * DVector::from_vec(fit.value.clone());
        near(expected.as_slice(), &fit.fitted, 1e-13);
        let query = [0.4, -0.9];
        let reading = fit.at(&query).expect("a reading");
        assert!((reading.weights.iter().sum::<f64>() - 1.0).abs() <= 1e-14);
        let unit = DMatrix::identity(12, 12);
        let rows = implied_targets(&keys, &unit, None, Some(degree)).expect("rows");
        near(
            (rows * DVector::from_vec(fit.value.clone())).as_slice(),
            &fit.fitted,
            1e-14,
        );
    }
    let long = SupportOptions {
        degree: Some(170),
        ..free(0.2)
    };
    agree(
        "v",
        &fit(&keys, &targets, &long).value,
        &fit(&keys, &targets, &free(0.2)).value,
    );
}

#[test]
fn an_odd_degree_may_have_no_fit() {
    let options = SupportOptions {
        degree: Some(1),
        ..free(0.1)
    };
    let keys = dmatrix![0.5; -3.0; -3.5; 3.0];
    let refusal = SupportFitting::new(keys, vec![0.0; 4], &options).expect_err("no normaliser");
    assert_eq!(
        refusal.to_string(),
        "attention with a Taylor sum is not defined: it needs a sum over the keys above 0, and there is none for key 4 \
         at degree 1"
    );
    // Here the keys have a sum, and the query has none.
    let fit = fit(&dmatrix![0.5; 0.6], &[1.0, 1.0], &options);
    let refusal = fit.at(&[-4.0]).expect_err("no normaliser");
    assert_eq!(
        refusal.to_string(),
        "attention with a Taylor sum is not defined: it needs a sum over the keys above 0, and there is none for the \
         query at degree 1"
    );
}
