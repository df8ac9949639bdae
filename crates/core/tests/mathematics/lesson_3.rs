//! The numbers of the third lesson, "One outlier, and how a low-rank plus sparse split repairs it";
//! each within the tolerance that stands beside it.

use crate::common::{head, matrix_of, numbers_of};
use crate::lesson::Step;
use crate::lesson_2::{bearing, centred, direction};
use eigenlens_core::{
    KernelPca, Mechanism, Pursuing, Pursuit, PursuitOptions, PursuitStatus, RpcAttending, RpcForm, RpcOptions,
    attend_row, axis_angle, clip, clipping_residual, deviation, kernel_swing, singular_values, straight_axis,
    symmetric_attention,
};
use nalgebra::{DMatrix, dmatrix};

/// The number that slips: token 9, coordinate 2.
const SLIP: (usize, usize) = (8, 1);

/// `(0.15 s, 0.05 s)`, `s` from −5 to 5.
fn line() -> DMatrix<f64> {
    DMatrix::from_fn(11, 2, |i, j| (i as f64 - 5.0) * [0.15, 0.05][j])
}

fn slipped(y: f64) -> DMatrix<f64> {
    let mut keys = line();
    keys[SLIP] = y;
    keys
}

/// `(cos s, sin s)`.
fn round_values() -> DMatrix<f64> {
    DMatrix::from_fn(11, 2, |i, j| {
        let s = i as f64 - 5.0;
        [s.cos(), s.sin()][j]
    })
}

/// In degrees.
fn swing(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    kernel_swing(&centred(a), &centred(b)).expect("a swing").to_degrees()
}

/// In degrees.
fn direction_swing(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    let [a, b] = [a, b].map(|keys| direction(&centred(keys)));
    axis_angle(&a, &b).expect("an angle").to_degrees()
}

/// In degrees.
fn straight_swing(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    let [a, b] = [a, b].map(|keys| straight_axis(keys).expect("an axis").axis);
    axis_angle(&a, &b).expect("an angle").to_degrees()
}

fn options(lambda: f64, tolerance: f64) -> PursuitOptions {
    PursuitOptions {
        lambda: Some(lambda),
        tolerance,
        max_iterations: 20_000,
        ..PursuitOptions::default()
    }
}

fn split(keys: &DMatrix<f64>, lambda: f64) -> Pursuit {
    let pursuit = Pursuing::new(keys.clone(), &options(lambda, 1e-9)).and_then(Pursuing::finish);
    let pursuit = pursuit.expect("a pursuit");
    assert_eq!(pursuit.last.status, PursuitStatus::Converged);
    pursuit
}

/// The states after each step until the residual alone is within 10⁻⁷.
fn steps_to_feasibility(keys: &DMatrix<f64>, lambda: f64) -> Vec<Pursuing> {
    let mut states: Vec<Pursuing> = Vec::new();
    let mut pursuing = Pursuing::new(keys.clone(), &options(lambda, 1e-9)).expect("a pursuit");
    while pursuing.progress().residual > 1e-7 {
        pursuing.step().expect("a step");
        states.push(pursuing.clone());
    }
    states
}

/// What token 9 gets from the query (0, −1).
fn weight_of_outlier(keys: &DMatrix<f64>) -> f64 {
    let head = head(dmatrix![0.0, -1.0], keys.clone(), keys.clone());
    let scoring = Mechanism::Softmax.scoring(2).expect("a scoring");
    attend_row(&head, &scoring, 0).expect("a row").weights[SLIP.0]
}

fn own_length(pca: &KernelPca) -> f64 {
    pca.gram()[(SLIP.0, SLIP.0)]
}

#[test]
fn eleven_keys_on_a_line() {
    let mut step = Step::new("3.1");
    let pca = centred(&step.keys());
    step.shows("axis1_bearing", &[bearing(&pca)]);
    step.shows("eig", &pca.eigenvalues()[..3]);
    step.shows("share", &pca.shares()[..1]);
    let values = singular_values(&step.keys()).expect("singular values");
    let rank = values.iter().filter(|value| **value > 1e-6).count();
    step.shows("rank_of_keys", &[rank as f64]);
    step.done();
}

#[test]
fn one_wrong_number() {
    let mut step = Step::new("3.2");
    let (clean, keys) = (matrix_of(step.input("clean")), step.keys());
    let pca = centred(&keys);
    step.shows("swing", &[swing(&clean, &keys)]);
    step.shows("direction_swing", &[direction_swing(&clean, &keys)]);
    step.shows("straight_swing", &[straight_swing(&clean, &keys)]);
    step.shows("eig", &pca.eigenvalues()[..3]);
    let vectors = pca.eigenvectors(2).expect("axes");
    step.shows("entry_of_outlier_on_axis_1", &[vectors[(SLIP.0, 0)].abs()]);
    step.shows("old_axis_against_new_second", &[against_second(&clean, &keys)]);
    let mut swings = [f64::INFINITY, 0.0];
    for n in 0..50 {
        let jittered = DMatrix::from_fn(11, 2, |i, j| {
            let at = f64::from(22 * n) + (2 * i + j) as f64 + 1.0;
            let noise = 3_f64.sqrt() * (1e4 * (12.9898 * at).sin()).fract();
            clean[(i, j)] * (1.0 + 0.02 * noise)
        });
        let mut wrong = jittered.clone();
        wrong[SLIP] = -1.75;
        let repaired = Pursuing::new(wrong.clone(), &options(0.5, 1e-7)).and_then(Pursuing::finish);
        swings[0] = swings[0].min(swing(&jittered, &wrong));
        swings[1] = swings[1].max(swing(&jittered, &repaired.expect("a pursuit").low_rank));
    }
    step.shows("jitter_2_percent_smallest_swing", &swings[..1]);
    step.shows("jitter_2_percent_largest_swing_after_pcp", &swings[1..]);
    step.done();
}

/// The first axis of the one cloud against the second of the other, in degrees.
fn against_second(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    let [a, b] = [centred(a), centred(b)];
    let values = b.coefficients(2).expect("axes").column(1).into_owned();
    let own = a.coefficients(1).expect("an axis");
    let mut cosine = 0.0;
    for i in 0..11 {
        for j in 0..11 {
            let logit = a.keys().row(i).dot(&b.keys().row(j)) / 2_f64.sqrt();
            let scaled = (logit - a.log_normalisers()[i] - b.log_normalisers()[j]).exp();
            cosine += own[i] * values[j] * scaled;
        }
    }
    cosine.abs().acos().to_degrees()
}

#[test]
fn farther_is_not_worse() {
    let mut step = Step::new("3.3");
    let clean = matrix_of(step.input("clean"));
    let clouds: Vec<DMatrix<f64>> = numbers_of(step.input("y")).into_iter().map(slipped).collect();
    let each = |f: &dyn Fn(&DMatrix<f64>) -> f64| clouds.iter().map(f).collect::<Vec<f64>>();
    step.shows("swing", &each(&|keys| swing(&clean, keys)));
    step.shows("straight_swing", &each(&|keys| straight_swing(&clean, keys)));
    step.shows("phi2_of_outlier", &each(&|keys| own_length(&centred(keys))));
    step.shows("weight_of_outlier", &each(&weight_of_outlier));
    step.shows("weight_of_outlier_clean", &[weight_of_outlier(&clean)]);
    let bad = centred(&slipped(-1.75));
    let own = (bad.keys().row(SLIP.0).norm_squared() / 2_f64.sqrt()).exp();
    let rest = bad.log_normalisers()[SLIP.0].exp() - own;
    step.shows("k_self_at_minus_1_75", &[own]);
    step.shows("k_rest_at_minus_1_75", &[rest]);
    step.shows("bound_quarter_over_rest", &[0.25 / rest]);
    let lengths = (0..=350).map(|at| {
        let y = -4.0 + 0.01 * f64::from(at);
        (own_length(&centred(&slipped(y))), y)
    });
    let (largest, y) = lengths.max_by(|(a, _), (b, _)| a.total_cmp(b)).expect("lengths");
    step.shows("y_of_largest_phi2", &[y]);
    step.shows("largest_phi2", &[largest]);
    step.done();
}

#[test]
fn split_the_keys() {
    let mut step = Step::new("3.4");
    let (clean, keys) = (matrix_of(step.input("clean")), step.keys());
    let values = |keys: &DMatrix<f64>| singular_values(keys).expect("singular values");
    step.shows("singular_values_bad", &values(&keys));
    step.shows("singular_values_clean", &values(&clean));
    let states = steps_to_feasibility(&keys, 0.5);
    let last = states.last().expect("a step");
    step.shows("iterations", &[states.len() as f64]);
    step.shows("singular_values_L", last.singular_values());
    step.shows("nonzeros_in_S", &[last.progress().nonzeros as f64]);
    let (token, coordinate) = last.sparse().iamax_full();
    step.shows("S_token", &[token as f64 + 1.0]);
    step.shows("S_coordinate", &[coordinate as f64 + 1.0]);
    step.shows("S_value", &[last.sparse()[(token, coordinate)]]);
    let repaired = last.low_rank();
    step.shows("L_error", &[deviation(repaired, &clean).expect("a deviation")]);
    step.shows("swing_after", &[swing(&clean, repaired)]);
    step.shows("direction_after", &[direction_swing(&clean, repaired)]);
    step.shows("straight_after", &[straight_swing(&clean, repaired)]);
    step.shows("weight_after", &[weight_of_outlier(repaired)]);
    step.done();
}

#[test]
fn one_iteration_at_a_time() {
    let mut step = Step::new("3.5");
    let states = steps_to_feasibility(&step.keys(), 0.5);
    let shown: Vec<&Pursuing> = numbers_of(step.input("shown_iterations"))
        .into_iter()
        .map(|iteration| &states[iteration as usize - 1])
        .collect();
    let each = |f: &dyn Fn(&Pursuing) -> f64| shown.iter().map(|state| f(state)).collect::<Vec<f64>>();
    step.shows("mu", &[shown[0].mu()]);
    step.shows("shrink_threshold", &[shown[0].lambda() / shown[0].mu()]);
    step.shows("singular_value_threshold", &[1.0 / shown[0].mu()]);
    step.shows("residual", &each(&|state| state.progress().residual));
    step.shows("rank_of_L", &each(&|state| state.progress().rank as f64));
    step.shows("nonzeros_of_S", &each(&|state| state.progress().nonzeros as f64));
    step.shows("objective", &each(&|state| state.progress().objective));
    step.shows("swing", &each(&|state| swing(&line(), state.low_rank())));
    let apart = step.keys() - line();
    let truth = singular_values(&line()).expect("singular values").iter().sum::<f64>() + 0.5 * apart.abs().sum();
    step.shows("objective_of_truth", &[truth]);
    step.done();
}

#[test]
fn the_dial_and_how_many_slips() {
    let mut step = Step::new("3.6");
    let (clean, keys) = (matrix_of(step.input("clean")), step.keys());
    let error = |repaired: &DMatrix<f64>| deviation(repaired, &clean).expect("a deviation");
    let splits: Vec<Pursuit> = numbers_of(&step.parameter("lambdas"))
        .into_iter()
        .map(|lambda| split(&keys, lambda))
        .collect();
    let each = |f: &dyn Fn(&Pursuit) -> f64| splits.iter().map(f).collect::<Vec<f64>>();
    step.shows("swing_after", &each(&|pursuit| swing(&clean, &pursuit.low_rank)));
    step.shows("L_error", &each(&|pursuit| error(&pursuit.low_rank)));
    step.shows("nonzeros_of_S", &each(&|pursuit| pursuit.last.nonzeros as f64));
    let slips: Vec<(f64, f64)> = numbers_of(step.input("slipped_tokens"))
        .into_iter()
        .zip(numbers_of(step.input("slipped_to")))
        .collect();
    let mut keys = clean.clone();
    let [mut before, mut after, mut errors] = [const { Vec::new() }; 3];
    for (token, y) in slips {
        keys[(token as usize - 1, 1)] = y;
        let repaired = split(&keys, 0.5).low_rank;
        before.push(swing(&clean, &keys));
        after.push(swing(&clean, &repaired));
        errors.push(error(&repaired));
    }
    step.shows("slips_swing_before", &before);
    step.shows("slips_swing_after", &after);
    step.shows("slips_L_error", &errors);
    step.done();
}

#[test]
fn turn_the_board() {
    let mut step = Step::new("3.7");
    let t = numbers_of(step.input("t"));
    let tilted = |angle: f64| {
        let (sine, cosine) = angle.to_radians().sin_cos();
        DMatrix::from_fn(8, 2, |i, j| t[i] * [cosine, sine][j])
    };
    let lambda = 1.0 / 8_f64.sqrt();
    let angles = numbers_of(step.input("angles"));
    let splits: Vec<(f64, f64)> = angles
        .iter()
        .map(|&angle| {
            let keys = tilted(angle);
            let pursuit = Pursuing::new(keys.clone(), &PursuitOptions::default()).and_then(Pursuing::finish);
            let pursuit = pursuit.expect("a pursuit");
            assert!((pursuit.lambda - lambda).abs() < 1e-15);
            (pursuit.low_rank.norm() / keys.norm(), pursuit.last.nonzeros as f64)
        })
        .collect();
    step.shows(
        "share_kept_in_L",
        &splits.iter().map(|(share, _)| *share).collect::<Vec<_>>(),
    );
    step.shows(
        "nonzeros_of_S",
        &splits.iter().map(|(_, nonzeros)| *nonzeros).collect::<Vec<_>>(),
    );
    let nuclear = singular_values(&tilted(0.0))
        .expect("singular values")
        .iter()
        .sum::<f64>();
    step.shows("cost_all_in_S_at_0", &[lambda * tilted(0.0).abs().sum()]);
    step.shows("cost_all_in_L_at_0", &[nuclear]);
    step.shows("cost_all_in_S_at_45", &[lambda * tilted(45.0).abs().sum()]);
    step.done();
}

#[test]
fn four_honest_keys() {
    let mut step = Step::new("3.8");
    let keys = step.keys();
    let nuclear = |matrix: &DMatrix<f64>| singular_values(matrix).expect("singular values").iter().sum::<f64>();
    step.shows("nuclear_norm", &[nuclear(&keys)]);
    step.shows("lambda_times_l1", &[0.5 * keys.abs().sum()]);
    let pursuit = split(&keys, 0.5);
    step.shows("L_norm", &[pursuit.low_rank.norm()]);
    step.shows("S_minus_M", (&pursuit.sparse - &keys).as_slice());
    let signs = keys.map(|entry| if entry == 0.0 { 0.0 } else { 0.5 * entry.signum() });
    step.shows(
        "certificate_spectral_norm",
        &singular_values(&signs).expect("singular values")[..1],
    );
    let head = head(keys.clone(), pursuit.low_rank.clone(), keys.clone());
    let row = attend_row(&head, &Mechanism::Softmax.scoring(2).expect("a scoring"), 0).expect("a row");
    step.shows("attention_after", &row.weights);

    let early = steps_to_feasibility(&keys, 0.72);
    let state = early.last().expect("a step");
    assert_eq!(state.progress().status, PursuitStatus::Running);
    let done = split(&keys, 0.72);
    let name = "lambda_0_72";
    step.shows_part(name, "iterations_residual_only", &[early.len() as f64]);
    step.shows_part(name, "share_in_L_residual_only", &[state.low_rank()[(0, 0)]]);
    step.shows_part(name, "objective_residual_only", &[state.progress().objective]);
    step.shows_part(name, "share_in_L", &[done.low_rank[(0, 0)]]);
    step.shows_part(name, "objective", &[done.last.objective]);
    step.done();
}

#[test]
fn a_majority_among_coordinates() {
    let mut step = Step::new("3.9");
    let t = numbers_of(step.input("t"));
    let (mut places, mut errors) = (Vec::new(), Vec::new());
    for dim in 2..=4 {
        let clean = DMatrix::from_fn(8, dim, |i, _| t[i]);
        let mut keys = clean.clone();
        keys[(6, 0)] = -2.0;
        let repaired = split(&keys, 0.5).low_rank;
        places.push(repaired.row(6).mean());
        errors.push(deviation(&repaired, &clean).expect("a deviation"));
    }
    step.shows("token_after", &places);
    step.shows("L_error", &errors);
    step.done();
}

fn rpc(form: RpcForm, lambda: f64, iterations: usize) -> RpcOptions {
    RpcOptions {
        form,
        lambda,
        iterations,
        model_width: Some(2),
        temperature: None,
    }
}

/// The deviation of RPC-Attention on keys from attention on the clean ones, for 1, 2, 3, 4 and 6
/// iterations.
fn deviations(keys: &DMatrix<f64>, values: &DMatrix<f64>, form: RpcForm, lambda: f64) -> Vec<f64> {
    let clean = symmetric_attention(&line(), values, None).expect("attention");
    let output = |iterations| {
        let attending = RpcAttending::new(keys.clone(), values.clone(), None, &rpc(form, lambda, iterations));
        attending.and_then(RpcAttending::finish).expect("attention").output
    };
    [1, 2, 3, 4, 6]
        .map(|iterations| deviation(&output(iterations), &clean).expect("a deviation"))
        .to_vec()
}

#[test]
fn more_iterations_more_damage() {
    let mut step = Step::new("3.10");
    let (keys, values) = (step.keys(), matrix_of(step.input("values")));
    let clean = symmetric_attention(&matrix_of(step.input("clean")), &values, None).expect("attention");
    let from_clean = |keys: &DMatrix<f64>| {
        let output = symmetric_attention(keys, &values, None).expect("attention");
        deviation(&output, &clean).expect("a deviation")
    };
    step.shows("plain", &[from_clean(&keys)]);
    step.shows("pcp_on_keys", &[from_clean(&split(&keys, 0.5).low_rank)]);
    for (form, lambda) in [
        (RpcForm::Printed, 0.5),
        (RpcForm::Released, 2.0),
        (RpcForm::Lagrangian, 0.5),
    ] {
        let attending =
            RpcAttending::new(keys.clone(), values.clone(), None, &rpc(form, lambda, 1)).expect("attention");
        step.shows("mu", &[attending.mu()]);
        step.shows_part("thresholds", form.name(), &[attending.threshold()]);
        step.shows(form.name(), &deviations(&keys, &values, form, lambda));
    }
    let (mut best, mut beats, mut settings) = (0, 0, 0);
    for y in [-1.75, -3.0, -6.0] {
        for values in [line(), round_values()] {
            let plain = symmetric_attention(&slipped(y), &values, None).expect("attention");
            let clean = symmetric_attention(&line(), &values, None).expect("attention");
            let plain = deviation(&plain, &clean).expect("a deviation");
            for (form, lambdas) in RpcForm::ALL.into_iter().zip([[0.5, 1.0], [1.0, 2.0], [0.5, 1.0]]) {
                for lambda in lambdas {
                    let ours = deviations(&slipped(y), &values, form, lambda);
                    settings += 1;
                    best += i32::from(ours[1..].iter().all(|later| ours[0] <= *later));
                    beats += i32::from(ours[0] < plain);
                }
            }
        }
    }
    assert_eq!(settings, 36);
    step.shows("one_iteration_is_best_of_36_settings", &[f64::from(best)]);
    step.shows("one_iteration_beats_plain_of_36", &[f64::from(beats)]);
    step.done();
}

#[test]
fn one_iteration_is_scissors() {
    let mut step = Step::new("3.11");
    let (keys, values) = (step.keys(), matrix_of(step.input("values")));
    let released = rpc(RpcForm::Released, 2.0, 1);
    let residual = clipping_residual(&keys, &values, None, &released).expect("a residual");
    step.shows("difference_from_attention_on_clipped_keys", &[residual]);
    let threshold = |keys: &DMatrix<f64>, options: &RpcOptions| {
        let attending = RpcAttending::new(keys.clone(), values.clone(), None, options);
        attending.expect("attention").threshold()
    };
    let own = threshold(&keys, &released);
    let clipped = clip(&keys, own);
    step.shows("clipped_entry", &[clipped[SLIP]]);
    let changed = clipped.iter().zip(keys.iter()).filter(|(a, b)| a != b).count();
    step.shows("entries_clipped", &[changed as f64]);
    let printed = rpc(RpcForm::Printed, 0.5, 1);
    let larger = &keys * 10.0;
    let factors = [
        threshold(&larger, &printed) / threshold(&keys, &printed),
        threshold(&larger, &released) / own,
    ];
    step.shows("threshold_factor_when_keys_times_10", &factors);
    step.done();
}
