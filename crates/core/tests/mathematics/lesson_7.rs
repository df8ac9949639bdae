//! The numbers of the seventh lesson, "A disputed claim: does a trained layer do kernel PCA?"; each
//! within the tolerance that stands beside it. Those of real heads are compared where the heads are.

use crate::common::{apart, head, matrix_of};
use crate::lesson::Step;
use eigenlens_core::claims::{
    GaugeFree, LayerOptions, LayerReading, LayerTraining, ProjectionClaim, ProjectionTests, eigenvalue_bound,
    gauge_freedom, linear_cka, similarity,
};
use eigenlens_core::{Head, Mechanism, attend};
use nalgebra::DMatrix;

/// Four keys and queries, with the values that are constructed from the keys.
fn constructed(step: &Step) -> Head {
    let queries = matrix_of(step.input("queries"));
    let plain = head(queries.clone(), step.keys(), step.keys());
    let claim = ProjectionClaim::new(&plain, None).expect("a claim");
    head(queries, step.keys(), claim.constructed(2).expect("values"))
}

/// The same keys and queries with the values of the step.
fn given(step: &Step) -> Head {
    let values = matrix_of(step.input("values"));
    head(matrix_of(step.input("queries")), step.keys(), values)
}

fn tests(head: &Head) -> ProjectionTests {
    let claim = ProjectionClaim::new(head, None).expect("a claim");
    claim.tests(head.values()).expect("tests")
}

fn overlap(tests: &ProjectionTests) -> f64 {
    tests.gauge_free.numbers().expect("it can be tested")[0]
}

/// `‖P 1‖/√N`, as the lesson has it.
fn zero_sum(tests: &ProjectionTests) -> f64 {
    tests.gauge_free.numbers().expect("it can be tested")[2].sqrt()
}

/// The same head with its values times a number.
fn scaled(head: &Head, scale: f64) -> Head {
    crate::common::head(head.queries().clone(), head.keys().clone(), head.values() * scale)
}

#[test]
fn the_algebra_is_exact() {
    let mut step = Step::new("7.1");
    let head = constructed(&step);
    let claim = ProjectionClaim::new(&head, None).expect("a claim");
    let scoring = Mechanism::KernelPca.scoring(2).expect("a scoring");
    let attention = attend(&head, &scoring).expect("attention").output;
    let scores = crate::kernel_pca::all_scores(claim.pca(), head.queries());
    step.shows("difference", &[apart(&attention, &scores.columns(0, 2).into_owned())]);
    let tests = claim.tests(head.values()).expect("tests");
    step.shows("zero_sum_defect", &[tests.literal.column_sum()]);
    step.shows("eigen_residual", &[tests.literal.eigen_residual()]);
    step.shows("overlap", &[overlap(&tests)]);
    step.shows("bessel", &[tests.literal.bessel]);
    step.shows("loss", &[tests.literal.loss]);
    step.done();
}

#[test]
fn four_numbers_tell_free_values_from_built_ones() {
    let mut step = Step::new("7.3");
    let head = given(&step);
    let tests = tests(&head);
    let scoring = Mechanism::KernelPca.scoring(2).expect("a scoring");
    let output = attend(&head, &scoring).expect("attention").output;
    let lengths: Vec<f64> = output.row_iter().map(|row| row.norm_squared()).collect();
    step.shows("h2", &lengths);
    let claim = ProjectionClaim::new(&head, None).expect("a claim");
    let phi = |query| claim.pca().squared_length(&head.query(query).expect("a query"));
    step.shows("phi2", &[0, 1, 2, 3].map(|query| phi(query).expect("a length")));
    step.shows("tokens_that_break_bessel", &[4.0 * tests.literal.bessel]);
    step.shows("loss", &[tests.literal.loss]);
    step.shows("zero_sum_defects", &tests.literal.column_sums);
    step.shows("eigen_residuals", &tests.literal.eigen_residuals);
    step.shows("overlap", &[overlap(&tests)]);
    step.done();
}

#[test]
fn length_is_a_gauge() {
    let mut step = Step::new("7.4");
    let head = given(&step);
    let own = tests(&head);
    let zero = (own.literal.query_length / own.literal.output_length).sqrt();
    step.shows("scale_for_loss_zero", &[zero]);
    assert!(tests(&scaled(&head, zero)).literal.loss.abs() < 1e-15);
    // The largest scale without a violation, by halving.
    let (mut safe, mut broken) = (0.0, 1.0);
    for _ in 0..60 {
        let scale = 0.5 * (safe + broken);
        if tests(&scaled(&head, scale)).literal.bessel > 0.0 {
            broken = scale;
        } else {
            safe = scale;
        }
    }
    step.shows("scale_for_no_violation", &[safe]);
    let half = tests(&scaled(&head, 0.5));
    step.shows("loss_at_half", &[half.literal.loss]);
    step.shows("overlap_at_half", &[overlap(&half)]);
    step.shows("eigen_residual_at_half", &[half.literal.eigen_residual()]);
    step.shows("eigen_residual", &[own.literal.eigen_residual()]);
    step.done();
}

#[test]
fn mixing_is_a_gauge() {
    let mut step = Step::new("7.5");
    let head = constructed(&step);
    let claim = gauge_freedom(&head, &matrix_of(step.input("M")), None).expect("a claim");
    step.shows("output_difference", &[claim.output_residual]);
    step.shows("eigen_residuals_after", &claim.after.literal.eigen_residuals);
    step.shows("overlap_after", &[overlap(&claim.after)]);
    step.shows("cosine_of_second_column", &claim.column_cosines[1..]);
    step.shows("invariant_zero_sum_constructed", &[zero_sum(&claim.before)]);
    step.shows("invariant_zero_sum_after", &[zero_sum(&claim.after)]);
    let free = tests(&given(&Step::new("7.3")));
    step.shows("invariant_zero_sum_free", &[zero_sum(&free)]);
    step.done();
}

#[test]
fn the_eigenvalue_is_checked_against_its_definition() {
    let mut step = Step::new("7.7");
    let claim = eigenvalue_bound(&step.keys(), None).expect("a claim");
    step.shows("eig_scaled", &[claim.largest]);
    step.shows("trace_bound", &[claim.trace]);
    let without = claim.log10_without_scaling.expect("keys that differ");
    step.shows("eig_without_scaling", &[10_f64.powf(without)]);
    assert!(claim.largest <= claim.trace && claim.trace <= claim.n_keys as f64);
    step.done();
}

#[test]
fn strangers_are_alike_once_they_are_matched() {
    /// `2 frac(10⁴ sin(a j + b d + c)) − 1`.
    fn hashed([a, b, c]: [f64; 3]) -> DMatrix<f64> {
        DMatrix::from_fn(197, 64, |row, column| {
            let hash = 1e4 * (a * (row + 1) as f64 + b * (column + 1) as f64 + c).sin();
            2.0 * (hash - hash.floor()) - 1.0
        })
    }
    let mut step = Step::new("7.8");
    let (x, y) = (matrix_of(step.input("X")), matrix_of(step.input("Y")));
    let small = similarity(&x, &y).expect("similarities");
    step.shows("plain_cosine", &[small.cosine]);
    step.shows("matched_cosine", &[small.matched_cosine]);
    step.shows("linear_cka", &[linear_cka(&x, &y).expect("an alignment")]);
    let big = similarity(&hashed([12.9898, 78.233, 0.0]), &hashed([39.3468, 11.135, 3.0])).expect("similarities");
    step.shows("big_plain", &[big.cosine]);
    step.shows("big_matched", &[big.matched_cosine]);
    step.shows("big_linear_cka", &[big.linear_cka]);
    step.done();
}

#[test]
fn the_curve_falls_and_nothing_is_learnt_of_the_axes() {
    let mut step = Step::new("7.9");
    let keys = step.keys();
    let options = LayerOptions {
        step: 0.5,
        weight_decay: 0.02,
        moves: [false, false, true],
        ..LayerOptions::default()
    };
    // One token a coordinate: the weights are the queries, the keys and the values themselves.
    let weights = [keys.clone(), keys, matrix_of(step.input("values_at_start"))];
    let targets = matrix_of(step.input("targets"));
    let mut training = LayerTraining::new(DMatrix::identity(4, 4), weights, targets, options).expect("a layer");
    let mut readings = Vec::new();
    for at in 0..=200 {
        if [0, 1, 5, 20, 50, 100, 200].contains(&at) {
            readings.push(training.reading().expect("a reading"));
        }
        training.step().expect("a step");
    }
    let of = |number: fn(&LayerReading) -> f64| readings.iter().map(number).collect::<Vec<f64>>();
    step.shows("phi2", &of(|reading| reading.tests.literal.query_length)[..1]);
    step.shows("h2", &of(|reading| reading.tests.literal.output_length));
    step.shows("loss_signed", &of(|reading| reading.tests.literal.loss));
    step.shows("regression_error", &of(|reading| reading.error));
    step.shows("eigen_residual", &of(|reading| reading.tests.literal.eigen_residual()));
    step.done();
    let last = readings.last().expect("a reading");
    assert!(matches!(last.tests.gauge_free, GaugeFree::Tested { .. }));
}
