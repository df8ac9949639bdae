//! Closed curves through points: the points themselves, curves that must be given back, and the limit of a ring of keys.

use std::f64::consts::TAU;

use eigenlens_core::{Head, Mechanism, attend_row, closed_curve};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;

use crate::common::{apart, matrix, refuses};

fn ring(n: usize, radius: f64) -> DMatrix<f64> {
    DMatrix::from_fn(n, 2, |row, d| {
        let angle = TAU * row as f64 / n as f64;
        radius * if d == 0 { angle.cos() } else { angle.sin() }
    })
}

/// `I₁(z)/I₀(z)`, by the series of the modified Bessel functions.
fn bessel_ratio(z: f64) -> f64 {
    let (mut zeroth, mut first, mut term) = (0.0, 0.0, 1.0);
    for m in 0..60 {
        // term = (z/2)^{2m}/(m!)².
        zeroth += term;
        first += term * 0.5 * z / f64::from(m + 1);
        term *= (0.5 * z / f64::from(m + 1)).powi(2);
    }
    first / zeroth
}

/// The first coordinate of the output of the query (x, 0) over a ring of keys of radius 2 with values of radius 1.
fn output(keys: &DMatrix<f64>, values: &DMatrix<f64>, x: f64) -> [f64; 2] {
    let head = Head::new(dmatrix![x, 0.0], keys.clone(), values.clone()).expect("a head");
    let row = attend_row(&head, &Mechanism::Softmax.scoring(2).expect("two dimensions"), 0).expect("a row");
    [row.output[0], row.output[1]]
}

#[test]
fn a_circle_is_given_back_by_few_of_its_points() {
    for n in [3, 4, 5, 12, 63, 64] {
        let curve = closed_curve(&ring(n, 2.0), 32_768).expect("a curve");
        let off = apart(&curve, &ring(32_768, 2.0));
        assert!(off < 1e-14, "{n} points: {off:e}");
    }
}

#[test]
fn a_ring_of_keys_has_the_limit_of_the_bessel_functions() {
    let (keys, values) = (ring(12, 2.0), ring(12, 1.0));
    let fine = [&keys, &values].map(|points| closed_curve(points, 32_768).expect("a curve"));
    for x in [0.5, 2.0, 8.0] {
        let [dense, across] = output(&fine[0], &fine[1], x);
        let limit = bessel_ratio(2.0 * x / 2.0_f64.sqrt());
        assert!(
            (dense - limit).abs() < 1e-14 && across.abs() < 1e-14,
            "{dense} and {limit}"
        );
    }
    // Narrower than the spacing of the keys, the kernel sees that there are twelve.
    let apart = |x: f64| (output(&keys, &values, x)[0] - output(&fine[0], &fine[1], x)[0]).abs();
    assert!(apart(2.0) < 3e-7 && apart(2.0) > 1e-8, "{:e}", apart(2.0));
    assert!((apart(8.0) - 0.00215).abs() < 1e-5, "{}", apart(8.0));
}

#[test]
fn the_highest_term_of_an_even_number_has_no_sine() {
    // 1, −1, 1, −1: cos 2t, not −cos 2t halved or a sine beside it.
    let curve = closed_curve(&dmatrix![1.0; -1.0; 1.0; -1.0], 16).expect("a curve");
    let expected = DMatrix::from_fn(16, 1, |row, _| (2.0 * TAU * row as f64 / 16.0).cos());
    assert!(apart(&curve, &expected) < 1e-15);
}

#[test]
fn what_has_no_curve_is_refused() {
    refuses(
        closed_curve(&dmatrix![1.0; 2.0], 8),
        "the number of points that a closed curve goes through is 2, but must be at least 3",
    );
    refuses(
        closed_curve(&dmatrix![1.0; 2.0; 3.0], 2),
        "the number of points of a closed curve is 2, but must be at least 3",
    );
    refuses(
        closed_curve(&dmatrix![1.0; f64::NAN; 3.0], 8),
        "point 2, entry 1 is NaN; every entry must be a finite number",
    );
    assert!(closed_curve(&DMatrix::from_element(40, 1, 1.7e308), 64).is_err());
}

proptest! {
    #[test]
    fn the_curve_goes_through_its_points(
        points in (3..40_usize, 1..4_usize).prop_flat_map(|(n, d)| matrix(n, d, 3.0)), times in 1..9_usize,
    ) {
        let curve = closed_curve(&points, times * points.nrows()).expect("a curve");
        for (row, point) in points.row_iter().enumerate() {
            let off = (curve.row(times * row) - point).amax();
            prop_assert!(off < 1e-13, "point {} is {:e} off", row + 1, off);
        }
    }

    #[test]
    fn a_curve_of_low_frequencies_is_given_back(
        coefficients in matrix(5, 2, 2.0), n in 9..30_usize, finer in 30..80_usize,
    ) {
        let at = |t: f64| (0..5).map(|k| {
            let angle = t * k as f64;
            coefficients[(k, 0)] * angle.cos() + coefficients[(k, 1)] * angle.sin()
        }).sum::<f64>();
        let of = |n: usize| DMatrix::from_fn(n, 1, |row, _| at(TAU * row as f64 / n as f64));
        let curve = closed_curve(&of(n), finer).expect("a curve");
        prop_assert!(apart(&curve, &of(finer)) < 1e-13);
    }
}
