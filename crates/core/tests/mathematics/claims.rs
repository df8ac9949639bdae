//! The tests of the claims: each has a case that passes and one that fails by construction, and the
//! null levels are those that were published.

use crate::common::{head, matrix, refuses};
use eigenlens_core::claims::{
    GaugeFree, LayerOptions, LayerTraining, ProjectionClaim, ProjectionTests, Spread, best_matching, bound_looseness,
    causal_leak, centring, dual_values, eigenvalue_bound, gamma_spread, gauge_freedom, kernel_cka, linear_cka,
    log10_without_scaling, logit_variance, permuted_rows, perturbed_axes, pursuit_deviations, pursuit_thresholds,
    random_matrix, separability, shifted_rows, similarity, similarity_null, used_form_gap,
};
use eigenlens_core::{Centring, Head, Kernel, KernelPca, MetricScaling, RpcForm, RpcOptions, implied_targets};
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::prelude::*;

/// Uniform numbers in [0, 1) (Steele, Lea and Flood's `SplitMix64`), so that a test draws the same every
/// time.
fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 * 2_f64.powi(-53)
    }
}

fn normal(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    random_matrix(rows, columns, &mut uniform(seed))
}

/// A head of N tokens with random queries, keys and values.
fn random_head(n: usize, dim: usize, seed: u64) -> Head {
    let mut uniform = uniform(seed);
    let mut next = || random_matrix(n, dim, &mut uniform);
    head(next(), next(), next())
}

fn claim(head: &Head) -> ProjectionClaim {
    ProjectionClaim::new(head, None).expect("a claim")
}

fn gauge_free(tests: &ProjectionTests) -> [f64; 3] {
    tests.gauge_free.numbers().expect("it can be tested")
}

#[test]
fn constructed_values_pass_every_test_and_random_ones_none() {
    let head = random_head(40, 6, 1);
    let claim = claim(&head);
    let built = claim.tests(&claim.constructed(6).expect("values")).expect("tests");
    let [overlap, residual, zero_sum] = gauge_free(&built);
    assert!(
        (overlap - 1.0).abs() < 1e-9 && residual < 1e-6 && zero_sum < 1e-16,
        "{built:?}"
    );
    assert!(built.literal.column_sum() < 1e-12 && built.literal.eigen_residual() < 1e-6);
    assert!(built.literal.bessel == 0.0 && built.literal.loss >= 0.0);

    let random = claim.tests(head.values()).expect("tests");
    let [overlap, residual, zero_sum] = gauge_free(&random);
    assert!(overlap < 0.4 && residual > 0.5 && zero_sum > 0.01, "{random:?}");
    assert!(random.literal.column_sum() > 0.02 && random.literal.eigen_residual() > 0.2);
    assert!(random.literal.bessel > 0.5 && random.literal.loss < 0.0);
}

#[test]
fn a_mixing_moves_the_literal_tests_alone() {
    let head = random_head(40, 6, 1);
    let values = claim(&head).constructed(6).expect("values");
    let built = Head::new(head.queries().clone(), head.keys().clone(), values).expect("a head");
    let mixed = gauge_freedom(&built, &normal(6, 6, 5), None).expect("a claim");
    assert!(mixed.output_residual < 1e-12, "{}", mixed.output_residual);
    for (before, after) in std::iter::zip(gauge_free(&mixed.before), gauge_free(&mixed.after)) {
        assert!((before - after).abs() < 1e-6, "{before} {after}");
    }
    assert!(mixed.after.literal.eigen_residual() > 0.05);
    assert!(mixed.before.literal.eigen_residual() < 1e-6);
    let unmixed = gauge_freedom(&built, &DMatrix::identity(6, 6), None).expect("a claim");
    assert!(unmixed.column_cosines.iter().all(|cosine| (cosine - 1.0).abs() < 1e-15));
    refuses(
        gauge_freedom(&built, &DMatrix::zeros(6, 6), None),
        "the mixing of the values is not defined: it needs a matrix with an inverse, and there is one without",
    );
}

#[test]
fn the_projector_takes_nothing_off_constructed_values() {
    let head = random_head(12, 3, 1);
    let claim = claim(&head);
    let built = claim
        .correction(&claim.constructed(3).expect("values"))
        .expect("a correction");
    assert!(
        built.mean.expect("in range") < 1e-12 && built.values.expect("in range") < 1e-12,
        "{built:?}"
    );
    // V − GÂ of any other values, entry by entry.
    let log = claim.pca().log_normalisers();
    let g = DVector::from_iterator(12, log.iter().map(|log| log.exp()));
    let scaled = DMatrix::from_fn(12, 3, |row, column| g[row] * head.values()[(row, column)]);
    let means = scaled.row_mean();
    let lost = DMatrix::from_fn(12, 3, |row, column| means[column] / g[row]);
    let free = claim.correction(head.values()).expect("a correction");
    let near = |a: Option<f64>, b: f64| (a.expect("in range") / b - 1.0).abs() < 1e-12;
    assert!(
        near(free.mean, means.amax()) && near(free.values, lost.amax()),
        "{free:?}"
    );
    // Beyond the range there is none.
    let keys = head.keys() * 2.0;
    let long = Head::new(keys.clone(), keys, head.values() * 4e307).expect("a head");
    let claim = ProjectionClaim::new(&long, None).expect("a claim");
    let beyond = claim.correction(long.values()).expect("a correction");
    assert_eq!((beyond.mean, beyond.values), (None, None));
}

#[test]
fn a_head_with_as_many_values_as_axes_cannot_be_tested() {
    // D_v = N: any values span everything.
    let few = random_head(6, 6, 1);
    let tests = claim(&few).tests(few.values()).expect("tests");
    assert_eq!(tests.gauge_free, GaugeFree::NotTestable { value_dim: 6, axes: 5 });
    let null = claim(&few)
        .null((1..6).map(|by| shifted_rows(few.values(), by)))
        .expect("a null");
    assert!(null.gauge_free.is_none() && null.bessel.count() == 5);
    // One token more, and it can.
    let enough = random_head(7, 6, 1);
    let tests = claim(&enough).tests(enough.values()).expect("tests");
    assert!(matches!(tests.gauge_free, GaugeFree::Tested { .. }));
    // Equal tokens are no axes.
    let mut doubled = random_head(7, 6, 1);
    doubled = head(
        doubled.queries().clone(),
        DMatrix::from_fn(7, 6, |row, column| doubled.keys()[(row / 2, column)]),
        doubled.values().clone(),
    );
    let tests = claim(&doubled).tests(doubled.values()).expect("tests");
    assert_eq!(tests.gauge_free, GaugeFree::NotTestable { value_dim: 6, axes: 3 });
}

#[test]
fn values_of_chance_lie_in_the_null_and_constructed_ones_do_not() {
    let head = random_head(40, 6, 2);
    let claim = claim(&head);
    let mut stream = uniform(9);
    let permuted: Vec<_> = (0..200).map(|_| permuted_rows(head.values(), &mut stream)).collect();
    let null = claim.null(permuted).expect("a null");
    let [overlap, residual, _] = null.gauge_free.clone().expect("it can be tested");
    let [own, own_residual, _] = gauge_free(&claim.tests(head.values()).expect("tests"));
    assert!(overlap.least() < own && own < overlap.greatest(), "{own} {overlap:?}");
    assert!(residual.least() < own_residual && own_residual < residual.greatest());
    let built = claim.tests(&claim.constructed(6).expect("values")).expect("tests");
    assert_eq!(overlap.below(gauge_free(&built)[0]), 200);
    assert_eq!(residual.below(gauge_free(&built)[1]), 0);
    let [low, high] = overlap.interval();
    assert!(overlap.least() <= low && low < overlap.mean() && overlap.mean() < high && high <= overlap.greatest());
}

#[test]
#[expect(clippy::approx_constant, reason = "a measured similarity, not 1/π")]
fn the_null_of_the_matched_cosine_is_what_was_reported_as_a_maximum() {
    // Two independent Gaussian matrices of the size of a ViT: 0.318, 0.248 and 0.358.
    let mut stream = uniform(1);
    let mut next = || random_matrix(197, 64, &mut stream);
    let null = similarity_null((0..4).map(|_| (next(), next()))).expect("a null");
    assert!(null.cosine.mean().abs() < 0.01, "{:?}", null.cosine);
    assert!(
        (null.matched_cosine.mean() - 0.318).abs() < 0.003,
        "{:?}",
        null.matched_cosine
    );
    assert!((null.linear_cka.mean() - 0.248).abs() < 0.006, "{:?}", null.linear_cka);
    assert!((null.kernel_cka.mean() - 0.358).abs() < 0.006, "{:?}", null.kernel_cka);
}

#[test]
fn a_matrix_is_like_itself() {
    let x = normal(12, 3, 4);
    let same = similarity(&x, &x).expect("similarities");
    for number in [same.cosine, same.matched_cosine, same.linear_cka, same.kernel_cka] {
        assert!((number - 1.0).abs() < 1e-12, "{same:?}");
    }
    // Matching undoes an order of the rows; CKA and the plain cosine do not.
    let shuffled = similarity(&x, &permuted_rows(&x, &mut uniform(3))).expect("similarities");
    assert!((shuffled.matched_cosine - 1.0).abs() < 1e-12 && shuffled.cosine < 0.6 && shuffled.linear_cka < 0.9);
    // CKA is free of a rotation, the cosine is not.
    let turned = &x * normal(3, 3, 8).qr().q();
    let turned = similarity(&x, &turned).expect("similarities");
    assert!(
        (turned.linear_cka - 1.0).abs() < 1e-12 && turned.cosine < 0.9,
        "{turned:?}"
    );
    refuses(
        linear_cka(&x, &DMatrix::from_element(12, 2, 1.0)),
        "the centred kernel alignment is not defined: it needs rows that differ, and there is rows that are equal",
    );
    refuses(
        kernel_cka(&x, &DMatrix::from_element(12, 2, 1.0)),
        "the centred kernel alignment is not defined: it needs rows that differ, and there is rows that are equal",
    );
}

proptest! {
    #[test]
    fn no_matching_is_better_than_the_best(similarities in matrix(5, 5, 1.0)) {
        fn orders(of: &[usize]) -> Vec<Vec<usize>> {
            if of.is_empty() {
                return vec![Vec::new()];
            }
            let with = |at: usize| {
                let rest: Vec<usize> = of.iter().copied().filter(|x| *x != of[at]).collect();
                orders(&rest).into_iter().map(move |mut order| { order.push(of[at]); order })
            };
            (0..of.len()).flat_map(with).collect()
        }
        let total = |order: &[usize]| order.iter().enumerate().map(|(row, &column)| similarities[(row, column)]).sum::<f64>();
        let best = best_matching(&similarities).expect("a matching");
        let largest = orders(&[0, 1, 2, 3, 4]).iter().map(|order| total(order)).fold(f64::NEG_INFINITY, f64::max);
        prop_assert!((total(&best) - largest).abs() < 1e-10);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences(
        tokens in matrix(5, 3, 1.0),
        queries in matrix(3, 2, 1.0),
        keys in matrix(3, 2, 1.0),
        values in matrix(3, 2, 1.0),
        targets in matrix(5, 2, 1.0),
    ) {
        const STEP: f64 = 1e-6;
        let options = LayerOptions { weight_decay: 0.1, ..LayerOptions::default() };
        let weights = [queries, keys, values];
        let layer = |weights: [DMatrix<f64>; 3]| {
            LayerTraining::new(tokens.clone(), weights, targets.clone(), options).expect("a layer")
        };
        let gradient = layer(weights.clone()).gradient().expect("a gradient");
        for (which, gradient) in gradient.iter().enumerate() {
            for entry in 0..gradient.len() {
                let objective = |by: f64| {
                    let mut moved = weights.clone();
                    moved[which][entry] += by;
                    layer(moved).objective().expect("an objective")
                };
                let numeric = (objective(STEP) - objective(-STEP)) / (2.0 * STEP);
                prop_assert!((numeric - gradient[entry]).abs() < 1e-7, "{which} {entry}: {numeric} {}", gradient[entry]);
            }
        }
    }
}

#[test]
fn a_trained_layer_fits_better_and_a_wild_step_is_an_error() {
    let tokens = normal(6, 3, 1);
    let weights = [normal(3, 3, 2), normal(3, 3, 3), normal(3, 2, 4)];
    let layer = |step| {
        let options = LayerOptions {
            step,
            ..LayerOptions::default()
        };
        LayerTraining::new(tokens.clone(), weights.clone(), normal(6, 2, 5), options).expect("a layer")
    };
    let mut training = layer(0.05);
    let before = training.reading().expect("a reading");
    for _ in 0..200 {
        training.step().expect("a step");
    }
    let after = training.reading().expect("a reading");
    assert!(after.error < 0.7 * before.error, "{} {}", before.error, after.error);
    assert_eq!(training.done(), 200);
    let mut wild = layer(1e200);
    let failed = (0..4).find_map(|_| wild.step().err()).expect("it ends");
    assert!(failed.to_string().contains("is beyond"), "{failed}");
}

#[test]
fn a_reading_of_a_claim_that_was_prepared_is_the_same_as_long_as_the_keys_stand_still() {
    let weights = [normal(3, 3, 2), normal(3, 3, 3), normal(3, 2, 4)];
    let layer = |moves| {
        let options = LayerOptions {
            moves,
            ..LayerOptions::default()
        };
        LayerTraining::new(normal(6, 3, 1), weights.clone(), normal(6, 2, 5), options).expect("a layer")
    };
    for (moves, same) in [([false, false, true], true), ([true; 3], false)] {
        let mut training = layer(moves);
        let claim = ProjectionClaim::new(&training.head().expect("a head"), None).expect("a claim");
        for _ in 0..5 {
            training.step().expect("a step");
        }
        let [own, prepared] =
            [training.reading(), training.reading_of(&claim)].map(|reading| reading.expect("a reading"));
        assert_eq!(own.error, prepared.error);
        assert_eq!(own.tests == prepared.tests, same, "{moves:?}");
    }
}

fn keys_in_clusters() -> KernelPca {
    // Eight clusters of standardised keys, as the critique of the test has them.
    let (centres, noise) = (normal(8, 64, 1), normal(197, 64, 2));
    let mut keys = DMatrix::from_fn(197, 64, |row, column| {
        centres[(row % 8, column)] + 0.3 * noise[(row, column)]
    });
    for mut row in keys.row_iter_mut() {
        let mean = row.mean();
        row.add_scalar_mut(-mean);
        let spread = (row.norm_squared() / 63.0).sqrt();
        row /= spread;
    }
    KernelPca::new(&keys, Kernel::Exponential { temperature: 8.0 }, Centring::Centred).expect("kernel PCA")
}

#[test]
fn every_column_passes_the_absolute_gamma_test() {
    let pca = keys_in_clusters();
    let axes = pca.eigenvectors(7).expect("axes");
    let own = gamma_spread(&pca, &axes).expect("a spread");
    let perturbed = perturbed_axes(&axes, 0.1, &mut uniform(7)).expect("axes");
    let perturbed = gamma_spread(&pca, &perturbed).expect("a spread");
    let random = gamma_spread(&pca, &normal(197, 7, 3)).expect("a spread");
    assert!(own.absolute < 1e-15 && own.relative < 1e-9, "{own:?}");
    // Tiny, and so are those of columns that are no eigenvectors; the relative ones tell them apart.
    for other in [perturbed, random] {
        assert!(other.absolute < 1e-4 && other.relative > 0.4, "{other:?}");
    }
    refuses(
        gamma_spread(&pca, &DMatrix::zeros(197, 1)),
        "the spread of γ is not defined: it needs a column with two entries that are not 0, and there is none",
    );
}

#[test]
fn no_scaled_eigenvalue_is_above_the_number_of_keys() {
    let keys = normal(197, 64, 1);
    let claim = eigenvalue_bound(&keys, None).expect("a claim");
    assert!(
        claim.largest <= claim.trace && claim.trace <= 197.0 && claim.largest < 0.01,
        "{claim:?}"
    );
    // Without the scaling the size that was reported is ordinary.
    assert!(claim.log10_without_scaling.expect("keys that differ") > 648.46_f64.log10());
    let long = eigenvalue_bound(&(keys * 9.5), None).expect("a claim");
    assert!(long.log10_without_scaling.expect("keys that differ") > 308.0);
    let equal = eigenvalue_bound(&DMatrix::from_element(3, 2, 1.0), None).expect("a claim");
    assert_eq!((equal.largest, equal.log10_without_scaling), (0.0, None));
    // The largest eigenvalue of what is centred from both sides.
    let keys = normal(9, 3, 1);
    let gram = (&keys * keys.transpose() / 3.0_f64.sqrt()).map(f64::exp);
    let centre = DMatrix::identity(9, 9) - DMatrix::from_element(9, 9, 1.0 / 9.0);
    let largest = (&centre * gram * &centre).symmetric_eigenvalues().max();
    let log10 = log10_without_scaling(&keys, None)
        .expect("a number")
        .expect("keys that differ");
    assert!((log10 - largest.log10()).abs() < 1e-12, "{log10} {largest}");
}

#[test]
fn the_two_thresholds_answer_to_the_length_of_the_keys_in_opposite_ways() {
    let [printed, released, lagrangian] = pursuit_thresholds(&normal(20, 4, 1), 0.5, 10.0).expect("thresholds");
    assert_eq!([printed.form, released.form, lagrangian.form], RpcForm::ALL);
    assert!((printed.growth - 10.0).abs() < 1e-12 && (lagrangian.growth - 10.0).abs() < 1e-12);
    assert!((released.growth - 0.1).abs() < 1e-14);
}

#[test]
fn undamaged_keys_have_no_deviation_of_their_own() {
    let (keys, values) = (normal(12, 3, 1), normal(12, 3, 2));
    let options = RpcOptions {
        form: RpcForm::Printed,
        // So dear that nothing is shrunk: one iteration is plain attention.
        lambda: 1e6,
        iterations: 3,
        model_width: None,
        temperature: None,
    };
    let undamaged = pursuit_deviations(&keys, &values, [keys.clone()], &options).expect("deviations");
    assert_eq!((undamaged.plain.mean(), undamaged.iterations[0].mean()), (0.0, 0.0));
    assert!(
        undamaged.iterations[1].mean() > 0.1,
        "further iterations are another layer"
    );
    assert!(undamaged.residuals[2].mean() > 0.1, "nothing drives the residual to 0");
    let mut stream = uniform(4);
    let damaged: Vec<_> = (0..20)
        .map(|_| {
            let mut damaged = keys.clone();
            damaged[(stream() * 36.0) as usize] += 8.0;
            damaged
        })
        .collect();
    let damaged = pursuit_deviations(&keys, &values, damaged, &options).expect("deviations");
    assert!(damaged.plain.count() == 20 && damaged.plain.least() > 0.0);
    assert_eq!(damaged.iterations.len(), 3);
}

#[test]
fn the_bound_of_robustness_holds_and_is_loose() {
    let head = random_head(6, 4, 3);
    let metric = DVector::from_vec(vec![1.0, 0.5, 0.2, 0.1]);
    let pushes = normal(100, 4, 6) * 0.01;
    let claim = bound_looseness(&head, &metric, 2.0, &pushes).expect("a claim");
    assert!(claim.used.greatest() < 0.3 && claim.used.least() > 0.0, "{claim:?}");
    assert_eq!(claim.used.count(), 600);
    refuses(
        bound_looseness(&head, &DVector::zeros(4), 2.0, &pushes),
        "the looseness of the bound is not defined: it needs a bound above 0, and there is 0",
    );
}

#[test]
fn the_estimator_needs_a_separable_function() {
    let mut stream = uniform(2);
    let keys = DMatrix::from_fn(4000, 2, |_, _| 2.0 * stream() - 1.0);
    let own = separability(&keys, 1e-4, false).expect("an estimate");
    for (estimated, actual) in std::iter::zip(own.estimated, own.actual) {
        assert!((estimated - actual).abs() < 1e-3, "{own:?}");
    }
    let crossed = separability(&keys, 1e-4, true).expect("an estimate");
    // Exactly wrong: each has the number of the other.
    assert!(
        (crossed.estimated[0] - crossed.actual[1]).abs() < 1e-3 && crossed.actual[0] == 0.1,
        "{crossed:?}"
    );
    assert!((crossed.estimated[1] - 0.1).abs() < 1e-9 && crossed.actual[1] > 1.0);
}

#[test]
fn ellipses_are_exact_for_keys_of_one_length() {
    let head = random_head(6, 4, 1);
    let metric = DVector::from_element(4, 1.0);
    assert!(used_form_gap(&head, &metric, 2.0).expect("a gap") > 0.02);
    let mut keys = head.keys().clone();
    for mut key in keys.row_iter_mut() {
        key.normalize_mut();
    }
    let on_a_sphere = crate::common::head(head.queries().clone(), keys, head.values().clone());
    assert!(used_form_gap(&on_a_sphere, &metric, 2.0).expect("a gap") < 1e-15);
}

#[test]
fn the_mean_over_all_tokens_looks_ahead() {
    let head = random_head(6, 4, 1);
    let leak = causal_leak(&head, &normal(6, 4, 8), &[0.0, 3.0, 0.0, 0.0], MetricScaling::Max).expect("a leak");
    assert!(leak.over_all_tokens > 1e-3, "{leak:?}");
    assert_eq!(leak.over_the_past, 0.0);
    let still = causal_leak(&head, &normal(6, 4, 8), &[0.0; 4], MetricScaling::Max).expect("a leak");
    assert_eq!(still.over_all_tokens, 0.0);
}

#[test]
fn max_scaling_is_a_temperature() {
    let metric = DVector::from_vec(vec![4.0, 2.0, 2.0, 0.0]);
    assert_eq!(logit_variance(&metric, MetricScaling::Max).expect("a number"), 0.375);
    assert_eq!(
        logit_variance(&DVector::from_element(4, 3.0), MetricScaling::Max).expect("a number"),
        1.0
    );
}

#[test]
fn centring_the_keys_is_not_seen_and_shifting_the_queries_is() {
    let mut keys = random_head(12, 3, 1);
    keys = head(
        keys.queries().clone(),
        keys.keys().add_scalar(2.0),
        keys.values().clone(),
    );
    let claim = centring(&keys, 1.0, None).expect("a claim");
    assert!(claim.keys_alone < 1e-14 && claim.queries_alone < 1e-14, "{claim:?}");
    assert!(claim.moved > 0.05 && claim.biases.iter().all(|bias| *bias < 0.0));
    let nothing = centring(&keys, 0.0, None).expect("a claim");
    assert!(nothing.moved < 1e-15 && nothing.biases.iter().all(|bias| *bias == 0.0));
}

#[test]
fn capped_dual_variables_are_at_their_bound_and_random_values_are_not() {
    let head = random_head(30, 3, 1);
    let claim = claim(&head);
    let sign = |row: usize| if row.is_multiple_of(2) { 1.0 } else { -1.0 };
    let logs = claim.pca().log_normalisers();
    let capped = DMatrix::from_fn(30, 1, |row, _| sign(row) * 5.0 * (-logs[row]).exp());
    let own = dual_values(&claim, &capped).expect("a claim");
    assert!((own.log10_bound - 5_f64.log10()).abs() < 1e-12 && own.near_the_bound == 1.0);
    assert!((own.correlation.expect("both vary") + 1.0).abs() < 1e-12);
    let random = dual_values(&claim, head.values()).expect("a claim");
    assert!(
        random.correlation.expect("both vary").abs() < 0.4 && random.near_the_bound < 0.5,
        "{random:?}"
    );
    // Read backwards without a tube the values are their own solution.
    assert!(implied_targets(head.keys(), head.values(), None, None).is_ok());
    refuses(
        dual_values(&claim, &DMatrix::zeros(30, 2)),
        "the bound of the dual variables is not defined: it needs a value that is not 0, and there is only zeros",
    );
}

#[test]
fn a_spread_is_ordered_and_finite() {
    let spread = Spread::new((0..=1000).rev().map(f64::from).collect()).expect("a spread");
    assert_eq!(
        (spread.mean(), spread.interval(), spread.below(25.0)),
        (500.0, [25.0, 975.0], 25)
    );
    assert_eq!((spread.least(), spread.greatest(), spread.count()), (0.0, 1000.0, 1001));
    let wide = Spread::new(vec![f64::MAX, -f64::MAX]).expect("a spread");
    assert!(wide.interval().iter().all(|x| x.is_finite()) && wide.mean() == 0.0);
    refuses(Spread::new(Vec::new()), "there are no draws; at least 1 is needed");
    refuses(
        Spread::new(vec![0.0, f64::NAN]),
        "draw 2, entry 1 is NaN; every entry must be a finite number",
    );
}

#[test]
fn rows_are_shuffled_and_none_is_lost() {
    let rows = DMatrix::from_fn(9, 2, |row, column| (row * 2 + column) as f64);
    let mut firsts: Vec<f64> = permuted_rows(&rows, &mut uniform(1))
        .column(0)
        .iter()
        .copied()
        .collect();
    assert_ne!(firsts, rows.column(0).as_slice());
    firsts.sort_by(f64::total_cmp);
    assert_eq!(firsts, rows.column(0).as_slice());
    assert_eq!(shifted_rows(&rows, 1).row(0), rows.row(8));
    assert_eq!(shifted_rows(&rows, 9), rows);
    // A stream that is none does no harm.
    for wrong in [f64::NAN, 2.0, -1.0] {
        assert_eq!(permuted_rows(&rows, &mut || wrong).nrows(), 9);
        assert!(random_matrix(3, 3, &mut || wrong).iter().all(|x| x.is_finite()));
    }
}

#[test]
fn what_is_wrong_is_named() {
    let head = random_head(4, 2, 1);
    let claim = claim(&head);
    refuses(
        claim.tests(&DMatrix::zeros(3, 2)),
        "the number of values is 3, but must be 4",
    );
    refuses(
        claim.tests(&dmatrix![1.0; f64::NAN; 0.0; 0.0]),
        "value 2, entry 1 is NaN; every entry must be a finite number",
    );
    refuses(
        claim.tests_of_output(&DMatrix::zeros(4, 2), &DMatrix::zeros(3, 2), 1e-9),
        "the number of outputs is 3, but must be 4",
    );
    refuses(claim.null([]), "there are no draws; at least 1 is needed");
    let largest = claim.tests(&DMatrix::from_element(4, 2, f64::MAX));
    assert!(
        largest.is_err(),
        "the length of the output is beyond the range: {largest:?}"
    );
    assert!(claim.tests(&DMatrix::zeros(4, 2)).is_ok());
}
