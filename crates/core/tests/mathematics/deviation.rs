//! How far things have moved: deviation, angles, swing, gradient, the straight axis.

use crate::common::{apart, head, matrix, refuses};
use crate::kernel_pca::fit;
use eigenlens_core::{
    Centring, Error, Kernel, KernelPca, KeyBias, Metric, Scoring, attend, axis_angle, deviation, deviation_gradient,
    kernel_swing, singular_values, straight_axis,
};
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::prelude::*;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

fn exponential(temperature: f64) -> Kernel {
    Kernel::Exponential { temperature }
}

fn centred(keys: &DMatrix<f64>, temperature: f64) -> KernelPca {
    fit(keys, exponential(temperature), Centring::Centred)
}

/// `½‖H(K) − H₀‖²`.
fn objective(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    queries: Option<&DMatrix<f64>>,
    target: &DMatrix<f64>,
    temperature: f64,
) -> f64 {
    let head = head(queries.unwrap_or(keys).clone(), keys.clone(), values.clone());
    let scoring = Scoring::new(Metric::Identity, temperature, KeyBias::Zero).expect("a scoring");
    0.5 * (attend(&head, &scoring).expect("attention").output - target).norm_squared()
}

/// The formula, with the first axes of both.
fn plain_cosine(a: &KernelPca, b: &KernelPca, temperature: f64) -> f64 {
    let [left, right] = [a, b].map(|pca| pca.coefficients(1).expect("an axis"));
    let mut cosine = 0.0;
    for i in 0..a.n_keys() {
        for j in 0..b.n_keys() {
            let kernel = (a.keys().row(i).dot(&b.keys().row(j)) / temperature).exp();
            let scale = (a.log_normalisers()[i] + b.log_normalisers()[j]).exp();
            cosine += left[i] * right[j] * kernel / scale;
        }
    }
    cosine.abs()
}

proptest! {
    #[test]
    fn gradients_are_finite_differences(
        (n, dim, value_dim, n_queries) in (1..6_usize, 1..5_usize, 1..4_usize, 1..5_usize),
        asked in any::<bool>(),
        temperature in 0.7..3.0,
        entries in prop::collection::vec(-1.5..1.5, 100),
    ) {
        let part = |rows, columns, from: usize| DMatrix::from_fn(rows, columns, |i, j| entries[(from + i * columns + j) % 100]);
        let (keys, values) = (part(n, dim, 0), part(n, value_dim, 25));
        let queries = asked.then(|| part(n_queries, dim, 50));
        let target = part(if asked { n_queries } else { n }, value_dim, 75);
        let gradient = deviation_gradient(&keys, &values, queries.as_ref(), &target, Some(temperature)).expect("a gradient");
        let step = 1e-5;
        for i in 0..n {
            for j in 0..dim {
                let at = |by: f64| {
                    let mut moved = keys.clone();
                    moved[(i, j)] += by;
                    objective(&moved, &values, queries.as_ref(), &target, temperature)
                };
                let difference = (at(step) - at(-step)) / (2.0 * step);
                prop_assert!((gradient[(i, j)] - difference).abs() <= 1e-8 * gradient.amax().max(1.0), "{} {difference}", gradient[(i, j)]);
            }
        }
    }

    #[test]
    fn the_swing_is_the_formula(a in (2..8_usize).prop_flat_map(|n| matrix(n, 3, 2.0)), b in (2..8_usize).prop_flat_map(|n| matrix(n, 3, 2.0)), temperature in 0.7..3.0) {
        let (a, b) = (centred(&a, temperature), centred(&b, temperature));
        let swing = kernel_swing(&a, &b).expect("a swing");
        prop_assert!((0.0..=FRAC_PI_2).contains(&swing));
        prop_assert!((swing.cos() - plain_cosine(&a, &b, temperature)).abs() <= 1e-9);
        prop_assert!((kernel_swing(&b, &a).expect("a swing") - swing).abs() <= 1e-9);
        prop_assert!(kernel_swing(&a, &a).expect("a swing") <= 1e-5);
    }

    /// Short keys: kernel PCA is straight PCA, up to the keys' length.
    #[test]
    fn the_swing_of_short_keys_is_the_straight_one(a in matrix(6, 2, 1.0), b in matrix(6, 2, 1.0), size in prop_oneof![Just(1e-5), Just(1e-7)]) {
        let gaps = [&a, &b].map(|keys| straight_axis(keys).expect("an axis").gap);
        prop_assume!(gaps.iter().all(|gap| *gap > 0.1));
        let [straight_a, straight_b] = [&a, &b].map(|keys| straight_axis(keys).expect("an axis").axis);
        let straight = axis_angle(&straight_a, &straight_b).expect("an angle");
        let swing = kernel_swing(&centred(&(&a * size), 1.0), &centred(&(&b * size), 1.0)).expect("a swing");
        prop_assert!((swing.cos() - straight.cos()).abs() <= 100.0 * size, "{swing} {straight}");
    }

    #[test]
    fn the_swing_far_from_the_origin(a in matrix(6, 2, 1.0), b in matrix(6, 2, 1.0), by in -8.0..8.0) {
        let swing = |a: DMatrix<f64>, b: DMatrix<f64>| kernel_swing(&centred(&a, 1.4), &centred(&b, 1.4)).expect("a swing");
        let there = swing(a.add_scalar(by), b.add_scalar(by));
        let by_logs = cosine_by_logs(&a.add_scalar(by), &b.add_scalar(by));
        prop_assert!((there.cos() - by_logs).abs() <= 1e-8, "{there} {by_logs}");
    }

    #[test]
    fn angles_of_turned_axes(size_a in prop_oneof![Just(1e-300), Just(1.0), Just(1e300)], size_b in 1e-3..1e3_f64, angle in prop_oneof![0.0..FRAC_PI_2, Just(1e-15_f64), Just(1e-9), Just(FRAC_PI_2)]) {
        let (a, b) = ([size_a, 0.0], [-size_b * angle.cos(), -size_b * angle.sin()]);
        prop_assert!((axis_angle(&a, &b).expect("an angle") - angle).abs() <= 4e-16 + 1e-15 * angle);
    }

    #[test]
    fn deviations(x in matrix(3, 4, 2.0), y in matrix(3, 4, 2.0), exponent in -1000..1000_i32) {
        let plain = (&x - &y).norm() / y.norm();
        prop_assert!((deviation(&x, &y).expect("a deviation") - plain).abs() <= 1e-14 * plain);
        let factor = 2_f64.powi(exponent);
        prop_assert_eq!(deviation(&(&x * factor), &(&y * factor)), deviation(&x, &y));
        prop_assert_eq!(deviation(&y, &y), Ok(0.0));
    }

    #[test]
    fn the_straight_axis_is_the_first_singular_vector((n, dim) in prop_oneof![Just((24, 16)), Just((2, 32)), Just((5, 12)), Just((40, 2)), Just((7, 1))], entries in prop::collection::vec(-2.0..2.0, 400)) {
        let keys = DMatrix::from_iterator(n, dim, entries.into_iter().take(n * dim));
        let straight = straight_axis(&keys).expect("an axis");
        let mut centred = keys.clone();
        for mut column in centred.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
        }
        let values = singular_values(&centred).expect("singular values");
        let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
        let gap = 1.0 - squares.get(1).copied().unwrap_or_default() / squares[0];
        prop_assert!((straight.share - squares[0] / centred.norm_squared()).abs() <= 1e-12);
        prop_assert!((straight.gap - gap).abs() <= 1e-12);
        // A unit vector along which the keys are as far apart as they can be.
        let axis = DVector::from_vec(straight.axis.clone());
        prop_assert!((axis.norm() - 1.0).abs() <= 1e-14);
        prop_assert_eq!(axis.len(), dim);
        prop_assert!(((&centred * axis).norm() - values[0]).abs() <= 1e-13 * values[0]);
        let largest = straight.axis.iter().fold(0.0, |a: f64, b| if b.abs() > a.abs() { *b } else { a });
        prop_assert!(largest > 0.0);
    }
}

/// The cosine of the swing from logarithms, for keys whose kernel is beyond the range.
fn cosine_by_logs(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    let (a, b) = (centred(a, 1.4), centred(b, 1.4));
    let [left, right] = [&a, &b].map(|pca| pca.eigenvectors(1).expect("an axis"));
    let half = 0.5 * (a.eigenvalues()[0].ln() + b.eigenvalues()[0].ln());
    let mut cosine = 0.0;
    for i in 0..a.n_keys() {
        for j in 0..b.n_keys() {
            let logit = a.keys().row(i).dot(&b.keys().row(j)) / 1.4;
            cosine += left[i] * right[j] * (logit - a.log_normalisers()[i] - b.log_normalisers()[j] - half).exp();
        }
    }
    cosine.abs()
}

#[test]
fn gradients_vanish_at_the_target() {
    let (keys, values) = (dmatrix![1.0, 0.5; -0.5, 2.0; 0.0, 1.0], dmatrix![1.0; 2.0; -1.0]);
    let output = eigenlens_core::symmetric_attention(&keys, &values, None).expect("attention");
    let gradient = deviation_gradient(&keys, &values, None, &output, None).expect("a gradient");
    assert_eq!(apart(&gradient, &DMatrix::zeros(3, 2)), 0.0);
}

#[test]
fn right_angles_and_none() {
    assert_eq!(axis_angle(&[1.0, 0.0], &[0.0, -3.0]), Ok(FRAC_PI_2));
    assert_eq!(axis_angle(&[2.0, 2.0], &[-1.0, -1.0]), Ok(0.0));
    assert!((axis_angle(&[1.0, 1.0], &[0.0, 5.0]).expect("an angle") - FRAC_PI_4).abs() <= 1e-15);
}

#[test]
fn refusals() {
    let one = dmatrix![1.0, 2.0];
    refuses(
        deviation(&one, &DMatrix::zeros(1, 2)),
        "the deviation is not defined: it needs a clean matrix that is not 0, and there is only zeros",
    );
    refuses(
        deviation(&one, &dmatrix![1.0; 2.0]),
        "the number of rows is 1, but must be 2",
    );
    refuses(
        deviation(&one, &dmatrix![1.0]),
        "the number of columns is 2, but must be 1",
    );
    refuses(
        deviation(&dmatrix![1.0, f64::NAN], &one),
        "row 1, entry 2 is NaN; every entry must be a finite number",
    );
    assert!(matches!(
        deviation(&dmatrix![1e300], &dmatrix![1e-300]),
        Err(Error::Overflow { .. })
    ));
    refuses(axis_angle(&[], &[]), "the axes have 0 dimensions; at least 1 is needed");
    refuses(
        axis_angle(&[1.0], &[1.0, 2.0]),
        "the number of entries of the second axis is 2, but must be 1",
    );
    refuses(
        axis_angle(&[1.0, 0.0], &[0.0, 0.0]),
        "the angle between the axes is not defined: it needs two axes that are not 0, and there is axis 2 of zeros",
    );
    refuses(
        axis_angle(&[f64::INFINITY], &[1.0]),
        "axis 1, entry 1 is infinity; every entry must be a finite number",
    );
    let keys = dmatrix![1.0, 2.0; 3.0, -1.0];
    let values = dmatrix![1.0; 2.0];
    let gradient = |target: DMatrix<f64>, temperature| deviation_gradient(&keys, &values, None, &target, temperature);
    refuses(
        gradient(dmatrix![1.0], None),
        "the number of rows of the target is 1, but must be 2",
    );
    refuses(
        gradient(dmatrix![1.0, 2.0; 3.0, 4.0], None),
        "the number of columns of the target is 2, but must be 1",
    );
    refuses(
        gradient(values.clone(), Some(0.0)),
        "the temperature is 0, but must be a finite number greater than 0",
    );
    assert!(matches!(
        deviation_gradient(&(&keys * 1e200), &values, None, &values, None),
        Err(Error::Overflow { .. })
    ));
    let (plain, other) = (centred(&keys, 1.0), centred(&keys, 2.0));
    assert!(matches!(kernel_swing(&plain, &other), Err(Error::NotDefined { .. })));
    let straight = fit(&keys, Kernel::Linear, Centring::Centred);
    assert!(matches!(
        kernel_swing(&straight, &straight),
        Err(Error::NotDefined { .. })
    ));
    assert!(matches!(
        kernel_swing(&plain, &centred(&dmatrix![1.0; 2.0], 1.0)),
        Err(Error::ShapeMismatch { .. })
    ));
    let equal = dmatrix![1.0, 2.0; 1.0, 2.0];
    assert!(matches!(
        kernel_swing(&plain, &centred(&equal, 1.0)),
        Err(Error::NotDefined { .. })
    ));
    refuses(
        straight_axis(&equal),
        "the straight axis is not defined: it needs keys that differ, and there is 2 equal keys",
    );
    refuses(
        straight_axis(&DMatrix::from_element(1, 32, 3.0)),
        "the straight axis is not defined: it needs keys that differ, and there is a single key",
    );
    refuses(
        straight_axis(&DMatrix::zeros(0, 2)),
        "there are no keys; at least 1 is needed",
    );
}

proptest! {
    /// Finite numbers or an error, never a panic.
    #[test]
    fn every_input_is_answered(
        (n, dim) in (0..5_usize, 0..4_usize),
        sizes in (-300.0..300.0, -300.0..300.0),
        entries in prop::collection::vec(-2.0..2.0, 16),
    ) {
        let part = |exponent: f64| DMatrix::from_iterator(n, dim, entries.iter().take(n * dim).map(|x: &f64| x * 10_f64.powf(exponent)));
        let (a, b) = (part(sizes.0), part(sizes.1));
        let finite = |result: Result<f64, Error>| result.map_or(true, f64::is_finite);
        prop_assert!(finite(deviation(&a, &b)));
        prop_assert!(finite(axis_angle(a.as_slice(), b.as_slice())));
        prop_assert!(finite(straight_axis(&a).map(|axis| axis.share + axis.gap + axis.axis.iter().sum::<f64>())));
        prop_assert!(finite(deviation_gradient(&a, &b, None, &b, None).map(|gradient| gradient.amax())));
        let fits = [&a, &b].map(|keys| KernelPca::new(keys, exponential(1.0), Centring::Centred));
        if let [Ok(a), Ok(b)] = &fits {
            prop_assert!(finite(kernel_swing(a, b)));
        }
    }
}
