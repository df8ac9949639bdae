//! The numbers of the first half of the fifth lesson, "Values as support vectors, Attention-BN and Attention-SH";
//! each within the tolerance that stands beside it.

use crate::common::numbers_of;
use crate::lesson::{Step, entries_by_row};
use crate::support::{fit, free};
use eigenlens_core::{
    KktCase, SupportBound, SupportFit, SupportFitting, SupportOptions, SupportStatus, feature_map, implied_targets,
    taylor_exp,
};
use nalgebra::{DMatrix, DVector};

fn targets(step: &Step) -> Vec<f64> {
    numbers_of(step.input("targets"))
}

fn converged(keys: &DMatrix<f64>, targets: &[f64], options: SupportOptions) -> SupportFit {
    let fit = fit(keys, targets, &options);
    assert_eq!(fit.last.status, SupportStatus::Converged);
    fit
}

fn count(fit: &SupportFit, is: impl Fn(&KktCase) -> bool) -> f64 {
    fit.cases.iter().filter(|case| is(case)).count() as f64
}

fn support_vectors(fit: &SupportFit) -> f64 {
    count(fit, |case| *case != KktCase::Inside)
}

/// `A_KK`, from the values that are 1 at one key.
fn smoother(keys: &DMatrix<f64>) -> DMatrix<f64> {
    let n = keys.nrows();
    implied_targets(keys, &DMatrix::identity(n, n), None, None).expect("targets")
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

#[test]
fn a_tube_around_twelve_targets() {
    let mut step = Step::new("5.1");
    let fit = converged(&step.keys(), &targets(&step), free(0.2));
    for h in fit.normaliser().expect("normalisers") {
        step.shows("h", &[h]);
    }
    step.shows("support_vectors", &[support_vectors(&fit)]);
    step.shows("v", &fit.value);
    step.shows("fit", &fit.fitted);
    let said = smoother(&step.keys()) * DVector::from_vec(fit.value.clone());
    step.shows(
        "attention_is_fit",
        (said - DVector::from_vec(fit.fitted.clone())).as_slice(),
    );
    let fitting = SupportFitting::new(step.keys(), targets(&step), &free(0.2)).expect("a fitting");
    let alone = |most| fitting.clone().sweeps_alone(1e-13, most).expect("sweeps");
    let sweeps = alone(1_000).expect("an end");
    assert_eq!((alone(sweeps), alone(sweeps - 1)), (Some(sweeps), None));
    assert!(
        fit.last.sweep < sweeps,
        "{} of {sweeps} with exact steps",
        fit.last.sweep
    );
    step.shows("sweeps", &[sweeps as f64]);
    step.done();
}

#[test]
fn ten_become_two() {
    let mut step = Step::new("5.2");
    let (keys, targets) = (step.keys(), targets(&step));
    let epsilons = numbers_of(&step.parameter("epsilons"));
    let counts: Vec<f64> = epsilons
        .iter()
        .map(|&epsilon| support_vectors(&converged(&keys, &targets, free(epsilon))))
        .collect();
    step.shows("support_vectors", &counts);
    let fit = converged(&keys, &targets, free(0.3));
    step.shows("v_at_0_3", &fit.value);
    step.shows("fit_at_0_3", &fit.fitted);
    step.shows("peak_over_edge", &fit.fitted[3..4]);
    step.done();
}

#[test]
fn inside_the_tube_nobody_hears_you() {
    let mut step = Step::new("5.3");
    let (keys, targets) = (step.keys(), targets(&step));
    let moved = |to: f64| {
        let mut moved = targets.clone();
        moved[1] = to;
        converged(&keys, &moved, free(0.3))
    };
    let [there, near, far] = [targets[1], 0.36, 0.5].map(moved);
    step.shows("fit_of_moved", &there.fitted[1..2]);
    step.shows("room", &[there.fitted[1] - 0.3, there.fitted[1] + 0.3]);
    let change: Vec<f64> = std::iter::zip(&near.value, &there.value).map(|(a, b)| a - b).collect();
    step.shows("change_of_v_at_0_36", &change);
    step.shows("v_of_moved_at_0_5", &far.value[1..2]);
    step.shows("v_of_peak_at_0_5", &far.value[3..4]);
    step.shows("support_vectors_at_0_5", &[support_vectors(&far)]);
    step.done();
}

#[test]
fn neighbours_push_back() {
    let mut step = Step::new("5.4");
    let (keys, targets) = (step.keys(), targets(&step));
    let [three, four] = [0.3, 0.4].map(|epsilon| converged(&keys, &targets, free(epsilon)));
    step.shows("v_at_0_3", &three.value);
    step.shows("fit_at_0_3", &three.fitted);
    step.shows("support_at_0_3", &[support_vectors(&three)]);
    step.shows("support_at_0_4", &[support_vectors(&four)]);
    step.shows("v_at_0_4", &four.value[3..4]);
    let own = smoother(&keys)[(3, 3)];
    step.shows("self_attention", &[own]);
    step.shows("closed_form", &[0.6 / own]);
    step.done();
}

#[test]
fn the_price_of_a_mistake() {
    let mut step = Step::new("5.5");
    let (keys, targets) = (step.keys(), targets(&step));
    let with_cap = |cap: &f64| {
        let options = SupportOptions {
            bound: SupportBound::Value(*cap),
            ..free(0.3)
        };
        converged(&keys, &targets, options)
    };
    let caps = numbers_of(&step.parameter("caps_on_v"));
    let fits: Vec<SupportFit> = caps.iter().map(with_cap).collect();
    step.shows("support_vectors", &fits.iter().map(support_vectors).collect::<Vec<_>>());
    let capped = |fit: &SupportFit| count(fit, |case| *case == KktCase::Capped);
    step.shows("capped", &fits.iter().map(capped).collect::<Vec<_>>());
    let one = with_cap(&1.0);
    step.shows("v_at_cap_1", &one.value);
    step.shows("fit_at_cap_1", &one.fitted);
    step.shows("misfit_of_peak", &[targets[3] - one.fitted[3]]);
    step.done();
}

#[test]
fn read_backwards() {
    let mut step = Step::new("5.6");
    let values = DMatrix::from_vec(12, 1, numbers_of(step.input("values")));
    let implied = implied_targets(&step.keys(), &values, None, None).expect("targets");
    step.shows("implied_targets", &entries_by_row(&implied));
    step.shows("sum_of_implied", &[implied.sum()]);
    step.done();
}

#[test]
fn forwards_it_is_ill_posed() {
    let mut step = Step::new("5.7");
    let keys = step.keys();
    let line = crate::common::matrix_of(step.input("line_keys"));
    let singular = |keys: &DMatrix<f64>| smoother(keys).singular_values();
    let condition = |keys: &DMatrix<f64>| singular(keys).max() / singular(keys).min();
    step.shows("condition_ring", &[condition(&keys)]);
    // The rows of the ring are symmetric: its singular values are its eigenvalues.
    step.shows("smallest_eigenvalue_ring", &[singular(&keys).min()]);
    step.shows("condition_line", &[condition(&line)]);
    let alternating = targets(&step);
    let hill = targets(&Step::new("5.1"));
    let values = |keys, targets: &[f64]| largest(&converged(keys, targets, free(0.0)).value);
    step.shows("largest_v_ring", &[values(&keys, &alternating)]);
    step.shows("largest_v_ring_hill", &[values(&keys, &hill)]);
    step.shows("largest_v_line", &[values(&line, &alternating)]);
    step.done();
}

#[test]
fn the_feature_map_is_a_taylor_series() {
    let mut step = Step::new("5.8");
    let (x, k) = (numbers_of(step.input("x")), numbers_of(step.input("k")));
    let pair = crate::common::matrix_of(step.input("ring_pair"));
    let temperature = 2_f64.sqrt();
    let logit = |x: &[f64], k: &[f64]| (x[0] * k[0] + x[1] * k[1]) / temperature;
    let degrees: Vec<usize> = numbers_of(&step.parameter("degrees"))
        .iter()
        .map(|&t| t as usize)
        .collect();
    let features = |x: &[f64], k: &[f64], degree| {
        let [x, k] = [x, k].map(|x| DVector::from_vec(feature_map(x, degree, temperature).expect("features")));
        x.dot(&k)
    };
    let truncated: Vec<f64> = degrees.iter().map(|&t| features(&x, &k, t)).collect();
    step.shows("truncated", &truncated);
    step.shows("exact", &[logit(&x, &k).exp()]);
    let (a, b) = (pair.row(0).transpose(), pair.row(1).transpose());
    let (a, b) = (a.as_slice(), b.as_slice());
    let z = logit(a, b);
    step.shows("ring_logit", &[z]);
    step.shows("ring_exact", &[z.exp()]);
    let sum = |degree| taylor_exp(z, degree).expect("a sum");
    step.shows("ring_truncated", &degrees.iter().map(|&t| sum(t)).collect::<Vec<_>>());
    let enough = (0..60)
        .find(|&t| (sum(t) / z.exp() - 1.0).abs() < 0.01)
        .expect("a degree");
    step.shows("ring_degree_for_1_percent", &[enough as f64]);
    step.done();
}
