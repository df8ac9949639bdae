//! Support vector regression: golden fits, the conditions of optimality on fits of many kinds, the kernel's Taylor
//! sums, edges and refusals.

use std::iter::zip;

use crate::common::{agree, head, matrix, numbers_of, refuses};
use eigenlens_core::{
    Bound, Error, KktCase, Mechanism, SupportBound, SupportFit, SupportFitting, SupportOptions, SupportStatus, attend,
    attend_row, feature_map, implied_targets, taylor_exp,
};
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

/// No bound.
pub(crate) fn free(epsilon: f64) -> SupportOptions {
    bounded(epsilon, SupportBound::Free)
}

fn bounded(epsilon: f64, bound: SupportBound) -> SupportOptions {
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
fn circle(n: usize, radius: f64) -> DMatrix<f64> {
    DMatrix::from_fn(n, 2, |i, d| {
        let angle = i as f64 * std::f64::consts::TAU / n as f64;
        radius * [angle.cos(), angle.sin()][d]
    })
}

/// `N` keys from −`half` to `half`.
fn line(n: usize, half: f64) -> DMatrix<f64> {
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
fn near(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len(), "lengths differ");
    for (a, b) in zip(a, b) {
        assert!((a - b).abs() <= tolerance, "{a:e} is not {b:e} ± {tolerance:e}");
    }
}

fn largest(numbers: &[f64]) -> f64 {
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

#[test]
fn a_kernel_much_wider_than_the_keys_are_apart_is_fitted_by_exact_steps() {
    let keys = line(30, 4.0);
    let targets: Vec<f64> = (0..30)
        .map(|i| (0.55 * f64::from(i)).sin() + 0.2 * f64::from(i % 3) - 0.2)
        .collect();
    let fit = fit(&keys, &targets, &free(0.35));
    assert_eq!(fit.last.status, SupportStatus::Converged);
    assert!(largest(&fit.value) > 1000.0);
    // Sweeps alone take tens of thousands.
    assert!(fit.last.sweep < 5_000, "{}", fit.last.sweep);
    assert!(fit.last.gap < 1e-8 * largest(&fit.value));
}

#[test]
fn keys_of_any_length_are_fitted() {
    for length in [1e2, 1e3, 1e5] {
        let keys = DMatrix::from_row_slice(3, 2, &[length, 0.0, 0.0, 1.5 * length, -length, length]);
        let targets = [1.0, -0.5, 0.25];
        let fit = fit(&keys, &targets, &free(0.125));
        assert_eq!(fit.last.status, SupportStatus::Converged);
        // Every key hears itself alone.
        assert_eq!(fit.value, [0.875, -0.375, 0.125]);
        assert!(fit.log_normaliser[0] >= 0.7 * length * length);
        let refusal = fit.beta().expect_err("beyond the range");
        assert_eq!(
            refusal.to_string(),
            "the dual variable of the key (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers"
        );
        assert!(fit.normaliser().is_err());
        // C/h is below the range: no value can be anything but 0, and any misfit is allowed.
        let bounded = self::fit(&keys, &targets, &bounded(0.125, SupportBound::Dual(1.0)));
        assert_eq!(bounded.last.status, SupportStatus::Converged);
        assert_eq!(bounded.value, [0.0; 3]);
        assert_eq!(bounded.cases, [KktCase::Capped; 3]);
    }
}

#[test]
fn a_key_that_does_not_hear_itself() {
    let (keys, targets) = (dmatrix![1.0; 1000.0], vec![1.0, -1.0]);
    let fitting = SupportFitting::new(keys.clone(), targets.clone(), &free(0.1)).expect("a fitting");
    let refusal = fitting.finish().expect_err("beyond the range");
    let error = Error::Overflow {
        what: "the value of the key",
        row: 0,
        column: 0,
    };
    assert_eq!(refusal, error);
    let fit = fit(&keys, &targets, &bounded(0.1, SupportBound::Value(5.0)));
    assert_eq!(fit.last.status, SupportStatus::Converged);
    assert_eq!(fit.value, [5.0, -0.9]);
    assert_eq!(fit.cases, [KktCase::Capped, KktCase::Edge]);
}

#[test]
fn the_simplest_problems() {
    let one = fit(&dmatrix![0.3, -2.0], &[2.0], &free(0.5));
    assert_eq!((one.value.as_slice(), one.fitted.as_slice()), (&[1.5][..], &[1.5][..]));
    assert_eq!(one.cases, [KktCase::Edge]);
    assert_eq!(one.last.sweep, 1);

    let wide = fit(&circle(5, 2.0), &[1.0, -2.0, 0.5, 0.0, 2.0], &free(2.0));
    assert_eq!(wide.value, [0.0; 5]);
    assert_eq!(wide.cases, [KktCase::Inside; 5]);
    assert_eq!((wide.last.sweep, wide.last.status), (0, SupportStatus::Converged));
    assert_eq!((wide.last.violation, wide.last.gap), (0.0, 0.0));

    let zeros = fit(&circle(5, 2.0), &[0.0; 5], &free(0.0));
    assert_eq!(
        (zeros.value.as_slice(), zeros.last.status),
        (&[0.0; 5][..], SupportStatus::Converged)
    );

    // Equal keys with equal targets share what one would have.
    let twins = fit(&dmatrix![1.0; 1.0; -1.0], &[1.0, 1.0, -1.0], &free(0.1));
    assert_eq!(twins.last.status, SupportStatus::Converged);
    near(&twins.fitted, &[0.9, 0.9, -0.9], 1e-9);

    // Different targets of equal keys: within a tube only if it is wide enough.
    let keys = dmatrix![1.0; 1.0];
    let apart = |epsilon| {
        let options = SupportOptions {
            max_sweeps: 200,
            ..free(epsilon)
        };
        fit(&keys, &[1.0, -1.0], &options).last
    };
    assert_eq!(apart(1.0).status, SupportStatus::Converged);
    assert_eq!((apart(0.9).status, apart(0.9).sweep), (SupportStatus::OutOfSweeps, 200));
    assert!(apart(0.9).violation > 0.09);
    let capped = fit(&keys, &[1.0, -1.0], &bounded(0.1, SupportBound::Value(3.0)));
    assert_eq!(capped.last.status, SupportStatus::Converged);
    near(&capped.value, &[3.0, -3.0], 1e-12);
}

#[test]
fn a_fit_under_way_can_be_looked_at() {
    let targets: Vec<f64> = (0..12).map(|i| (f64::from(i) * 0.9).cos()).collect();
    let options = SupportOptions {
        max_sweeps: 3,
        ..free(0.0)
    };
    let mut fitting = SupportFitting::new(circle(12, 2.5), targets, &options).expect("a fitting");
    let before = fitting.fit();
    assert_eq!(before.value, [0.0; 12]);
    assert_eq!((before.last.sweep, before.last.change), (0, 0.0));
    assert!((before.last.violation - 1.0).abs() < 1e-15);
    let progress = fitting.step().expect("a sweep");
    assert_eq!(progress, fitting.progress());
    let first = fitting.fit();
    assert_eq!(first.last, progress);
    assert_eq!(largest(&first.value), progress.change);
    let last = fitting.finish().expect("a fit").last;
    assert_eq!((last.sweep, last.status), (3, SupportStatus::OutOfSweeps));
    assert!(last.violation > 1e-9);
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let keys = dmatrix![1.0, 2.0; 3.0, 4.0];
    let new = |keys: &DMatrix<f64>, targets: &[f64], options: SupportOptions| {
        SupportFitting::new(keys.clone(), targets.to_vec(), &options)
    };
    let with = |options| new(&keys, &[1.0, 2.0], options);
    refuses(with(free(-0.1)), "ε is -0.1, but must be a finite number, 0 or greater");
    refuses(
        with(free(f64::NAN)),
        "ε is NaN, but must be a finite number, 0 or greater",
    );
    refuses(
        with(bounded(0.1, SupportBound::Dual(0.0))),
        "C is 0, but must be a finite number greater than 0",
    );
    refuses(
        with(bounded(0.1, SupportBound::Value(f64::INFINITY))),
        "the cap is infinity, but must be a finite number greater than 0",
    );
    let changed = |change: fn(&mut SupportOptions)| {
        let mut options = free(0.1);
        change(&mut options);
        with(options)
    };
    refuses(
        changed(|options| options.temperature = Some(0.0)),
        "the temperature is 0, but must be a finite number greater than 0",
    );
    refuses(
        changed(|options| options.degree = Some(171)),
        "the degree of the Taylor sum is 171, but must be at most 170",
    );
    refuses(
        changed(|options| options.tolerance = 0.0),
        "the tolerance is 0, but must be a finite number greater than 0",
    );
    refuses(
        changed(|options| options.max_sweeps = 0),
        "the number of sweeps is 0, but must be at least 1",
    );
    refuses(
        new(&keys, &[1.0], free(0.1)),
        "the number of targets is 1, but must be 2",
    );
    refuses(
        new(&keys, &[1.0, f64::NAN], free(0.1)),
        "target 2, entry 1 is NaN; every entry must be a finite number",
    );
    refuses(
        new(&dmatrix![1.0; f64::INFINITY], &[1.0, 1.0], free(0.1)),
        "key 2, entry 1 is infinity; every entry must be a finite number",
    );
    refuses(
        new(&DMatrix::zeros(0, 2), &[], free(0.1)),
        "there are no keys; at least 1 is needed",
    );
    refuses(
        new(&DMatrix::zeros(2, 0), &[1.0, 1.0], free(0.1)),
        "the keys have 0 dimensions; at least 1 is needed",
    );
    let fit = with(free(0.1)).and_then(SupportFitting::finish).expect("a fit");
    refuses(
        fit.at(&[1.0]),
        "the number of dimensions of the query is 1, but must be 2",
    );
    refuses(
        fit.at(&[1.0, f64::NAN]),
        "query 1, entry 2 is NaN; every entry must be a finite number",
    );
}

#[test]
fn what_has_no_features_is_refused() {
    refuses(
        taylor_exp(f64::NAN, 2),
        "the argument of the Taylor sum is NaN, but must be a finite number",
    );
    refuses(
        taylor_exp(1.0, 171),
        "the degree of the Taylor sum is 171, but must be at most 170",
    );
    assert!(matches!(taylor_exp(1e10, 100), Err(Error::Overflow { .. })));
    refuses(
        feature_map(&[], 2, 1.0),
        "the tokens have 0 dimensions; at least 1 is needed",
    );
    refuses(
        feature_map(&[1.0, f64::NAN], 2, 1.0),
        "token 1, entry 2 is NaN; every entry must be a finite number",
    );
    refuses(
        feature_map(&[1.0], 2, -1.0),
        "the temperature is -1, but must be a finite number greater than 0",
    );
    refuses(
        feature_map(&[1.0], 171, 1.0),
        "the degree of the Taylor sum is 171, but must be at most 170",
    );
    assert!(matches!(feature_map(&[1e200], 2, 1.0), Err(Error::Overflow { .. })));
    assert!(matches!(
        feature_map(&[1.0; 100], 100, 1.0),
        Err(Error::OutOfBounds {
            bound: Bound::Memory,
            ..
        })
    ));
    let values = dmatrix![1.0; 2.0; 3.0];
    refuses(
        implied_targets(&dmatrix![1.0; 2.0], &values, None, None),
        "the number of values is 3, but must be 2",
    );
    refuses(
        implied_targets(&dmatrix![1.0; 2.0; 0.0], &dmatrix![1.0; f64::NAN; 0.0], None, None),
        "value 2, entry 1 is NaN; every entry must be a finite number",
    );
}
