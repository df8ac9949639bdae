//! The numbers of the second lesson, "The Gram matrix and kernel PCA of the keys"; each within the
//! tolerance that stands beside it.

use crate::common::{matrix_of, numbers_of};
use crate::kernel_pca::{all_scores, fit};
use crate::lesson::{Step, entries_by_row};
use eigenlens_core::{Centring, Kernel, KernelPca, Mechanism, PlanarField, attend, principal_axes, projection_loss};
use nalgebra::DMatrix;

const KERNEL: Kernel = Kernel::Exponential {
    temperature: std::f64::consts::SQRT_2,
};

/// Kernel PCA at τ = √2.
pub(crate) fn centred(keys: &DMatrix<f64>) -> KernelPca {
    fit(keys, KERNEL, Centring::Centred)
}

fn g(pca: &KernelPca) -> Vec<f64> {
    pca.log_normalisers().iter().map(|log| log.exp()).collect()
}

/// `k(k_i, k_j)`.
fn kernel_of(pca: &KernelPca, i: usize, j: usize) -> f64 {
    let g = g(pca);
    pca.gram()[(i, j)] * g[i] * g[j]
}

/// Where the first axis points on the board: the direction of its gradient at the origin.
pub(crate) fn direction(pca: &KernelPca) -> [f64; 2] {
    let values = pca.values(1).expect("an axis");
    let field = PlanarField::new(pca.keys(), KERNEL, &[0.0; 2], [&[1.0, 0.0], &[0.0, 1.0]], &values).expect("a field");
    field.gradient_at([0.0; 2], 0)
}

/// The same in degrees from 0 to 180.
pub(crate) fn bearing(pca: &KernelPca) -> f64 {
    let [x, y] = direction(pca);
    y.atan2(x).to_degrees().rem_euclid(180.0)
}

fn folded(bearing: f64) -> f64 {
    bearing.min(180.0 - bearing)
}

#[test]
fn all_similarities_at_once() {
    let mut step = Step::new("2.1");
    let pca = centred(&step.keys());
    step.shows("gram_row_1", &[0, 1, 2, 3].map(|j| kernel_of(&pca, 0, j)));
    step.shows("g", &g(&pca));
    step.done();
}

#[test]
fn loud_keys_are_turned_down() {
    let mut step = Step::new("2.2");
    let pca = centred(&step.keys());
    let (long, short) = (kernel_of(&pca, 3, 3), kernel_of(&pca, 2, 2));
    step.shows("k_self_long", &[long]);
    step.shows("k_self_short", &[short]);
    step.shows("ratio", &[long / short]);
    step.shows("g_long", &g(&pca)[3..]);
    step.shows("g_short", &g(&pca)[2..3]);
    step.shows("kphi_long", &[pca.gram()[(3, 3)]]);
    step.shows("kphi_short", &[pca.gram()[(2, 2)]]);
    step.done();
}

#[test]
fn why_one_subtracts_the_mean() {
    let mut step = Step::new("2.3");
    let (plain, pca) = (fit(&step.keys(), KERNEL, Centring::Uncentred), centred(&step.keys()));
    step.shows("eig_uncentred", plain.eigenvalues());
    let top = plain.eigenvectors(1).expect("an axis");
    step.shows("top_uncentred_abs", top.abs().as_slice());
    step.shows("eig_centred", pca.eigenvalues());
    step.shows("one_over_g", &[1.0 / g(&pca)[0]]);
    step.shows("row_sum_residual", pca.centred_gram().column_sum().as_slice());
    step.done();
}

#[test]
fn left_right_up_down_saddle() {
    let mut step = Step::new("2.4");
    let pca = centred(&step.keys());
    step.shows("shares", &pca.shares());
    let vectors = pca.eigenvectors(3).expect("axes");
    step.shows("eigenvectors_abs", &entries_by_row(&vectors.abs()));
    let hadamard = [[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0], [1.0, -1.0, -1.0, 1.0]];
    let overlaps: Vec<f64> = (0..3)
        .map(|d| {
            (0..4)
                .map(|i| vectors[(i, d)] * hadamard[d][i] / 2.0)
                .sum::<f64>()
                .abs()
        })
        .collect();
    step.shows("overlap_with_hadamard", &overlaps);
    step.shows("axis1_bearing", &[folded(bearing(&pca))]);
    step.shows("closed_form", &pca.eigenvalues()[..3]);
    step.done();
}

#[test]
fn a_circle_around_a_village() {
    let mut step = Step::new("2.5");
    let keys = step.keys();
    let separating: Vec<f64> = numbers_of(step.input("radii"))
        .into_iter()
        .map(|radius| {
            let mut keys = keys.clone();
            let mut ring = keys.rows_mut(0, 8);
            ring *= radius / 2.5;
            let vectors = centred(&keys).eigenvectors(6).expect("axes");
            let sums = (0..6).map(|d| vectors.column(d).rows(0, 8).sum().abs());
            let (axis, _) = sums.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).expect("axes");
            (axis + 1) as f64
        })
        .collect();
    step.shows("axis_that_separates", &separating);
    let pca = centred(&keys);
    let axis = pca.eigenvectors(1).expect("an axis");
    // The largest entry is positive: the village's.
    step.shows("ring_entry", &[axis.rows(0, 8).mean()]);
    step.shows("centre_entry", &[axis.rows(8, 4).mean()]);
    let scores = pca.centred_gram() * pca.coefficients(1).expect("an axis");
    let (ring, centre) = (scores.rows(0, 8), scores.rows(8, 4));
    step.shows("ring_scores", &[ring.min(), ring.max()]);
    step.shows("centre_scores", &[centre.min(), centre.max()]);
    let straight = fit(&keys, Kernel::Linear, Centring::Centred);
    step.shows(
        "straight_pca_variances",
        &[1, 0].map(|d| straight.eigenvalues()[d] / 12.0),
    );
    step.shows("share_axis_1", &pca.shares()[..1]);
    step.done();
}

#[test]
fn two_equal_eigenvalues_have_no_first_axis() {
    let mut step = Step::new("2.6");
    let keys = step.keys();
    let pca = centred(&keys);
    step.shows("eig", &pca.eigenvalues()[..5]);
    // The keys are written with twelve digits.
    step.shows("gap", &[pca.eigenvalues()[0] - pca.eigenvalues()[1]]);
    let nudged = |name: &str| {
        let nudge = numbers_of(&step.input("nudges")[name]);
        let mut keys = keys.clone();
        keys[(0, 0)] += nudge[0];
        keys[(0, 1)] += nudge[1];
        let pca = centred(&keys);
        (bearing(&pca), pca.gap(0))
    };
    let (out, inward, side) = (nudged("out"), nudged("inward"), nudged("side"));
    step.shows("bearing_out", &[folded(out.0)]);
    step.shows("bearing_in", &[folded(inward.0)]);
    step.shows("bearing_side", &[side.0]);
    step.shows("relative_gap_out", &[out.1]);
    step.shows("relative_gap_in", &[inward.1]);
    step.done();
}

#[test]
fn short_keys_and_long_keys() {
    let mut step = Step::new("2.7");
    let keys = step.keys();
    let fits: Vec<KernelPca> = numbers_of(step.input("scales"))
        .into_iter()
        .map(|scale| centred(&(&keys * scale)))
        .collect();
    let ratios: Vec<f64> = fits
        .iter()
        .map(|pca| pca.eigenvalues()[0] / pca.eigenvalues()[1])
        .collect();
    step.shows("ratio_12", &ratios);
    let shares: Vec<f64> = fits.iter().map(|pca| pca.shares()[2]).collect();
    step.shows("share_3", &shares);
    let principal = principal_axes(&keys, 2).expect("two axes");
    step.shows(
        "variance_ratio_of_the_points",
        &[principal.shares[0] / principal.shares[1]],
    );
    step.done();
}

#[test]
fn attention_as_a_projection() {
    let mut step = Step::new("2.8");
    let (keys, queries) = (step.keys(), matrix_of(step.input("queries")));
    let pca = centred(&keys);
    let values = pca.values(2).expect("axes");
    step.shows("V", &entries_by_row(&values));
    let head = crate::common::head(queries.clone(), keys.clone(), values);
    let output = attend(&head, &Mechanism::KernelPca.scoring(2).expect("a scoring"))
        .expect("attention")
        .output;
    step.shows("output_of_query_1", &entries_by_row(&output.rows(0, 1).into_owned()));
    let scores = all_scores(&pca, &queries).columns(0, 2).into_owned();
    step.shows("difference", (&output - &scores).as_slice());
    let a = pca.coefficients(2).expect("axes");
    step.shows("sum_of_coefficients", a.row_sum().as_slice());
    let shift = all_scores(&pca, &keys).columns(0, 2).row_mean();
    step.shows("textbook_score_query_1", (scores.row(0) - &shift).as_slice());
    step.shows("shift_same_for_all_queries", shift.as_slice());
    step.done();
}

#[test]
fn what_no_axis_can_reach() {
    let mut step = Step::new("2.9");
    let (keys, queries) = (step.keys(), matrix_of(step.input("queries")));
    let pca = centred(&keys);
    let length = pca.squared_length(&[1.0, 0.5]).expect("a length");
    step.shows("phi_squared", &[length]);
    let scores = all_scores(&pca, &queries);
    let losses = [0, 1, 2, 3]
        .map(|axes| projection_loss(&pca, &queries, &scores.columns(0, axes).into_owned()).expect("a loss"));
    step.shows("loss_with_0_1_2_3_axes", &losses);
    step.shows("one_over_N_g", &[1.0 / (4.0 * g(&pca)[0])]);
    let head = crate::common::head(queries.clone(), keys.clone(), keys);
    let free = attend(&head, &Mechanism::Softmax.scoring(2).expect("a scoring"))
        .expect("attention")
        .output;
    let reached = free.norm_squared() / 4.0;
    step.shows("free_V_equals_keys_h2", &[reached]);
    step.shows(
        "loss_free_V",
        &[projection_loss(&pca, &queries, &free).expect("a loss")],
    );
    step.shows("scale_at_which_loss_is_zero", &[(length / reached).sqrt()]);
    step.done();
}
