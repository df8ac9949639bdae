//! Keys at the edge of what kernel PCA can say, and what it refuses.

use std::iter::zip;

use crate::common::apart;
use crate::kernel_pca::{all_scores, fit, outputs_of, rows, spread};
use eigenlens_core::{Centring, Decomposing, Error, Head, Kernel, KernelPca, Mechanism, attend, projection_loss};
use nalgebra::{DMatrix, SymmetricEigen, dmatrix};

const KERNELS: [Kernel; 4] = [
    Kernel::Exponential { temperature: 1.5 },
    Kernel::Gaussian { temperature: 1.5 },
    Kernel::Linear,
    Kernel::Polynomial { degree: 3, offset: 0.3 },
];

#[test]
fn equal_keys_have_no_axis() {
    for kernel in KERNELS {
        for n in [1, 2, 3, 7, 70] {
            for place in [[0.0, 0.0], [0.3, 0.1], [-7.1, 3.3]] {
                let keys = DMatrix::from_fn(n, 2, |_, d| place[d]);
                if kernel == (Kernel::Polynomial { degree: 3, offset: 0.3 }) && place[0] < -1.0 {
                    continue;
                }
                let pca = fit(&keys, kernel, Centring::Centred);
                assert_eq!(pca.rank(), 0, "{kernel:?} {place:?} {n}: {:?}", pca.eigenvalues());
                assert!(pca.shares().is_empty());
                assert_eq!(pca.gap(0), 0.0);
                assert_eq!(pca.values(0).map(|values| values.shape()), Ok((n, 0)));
                let message = pca.coefficients(1).expect_err("no axis").to_string();
                let has = if n == 1 {
                    "a single key".to_owned()
                } else {
                    format!("no difference between the {n} keys (numerical rank 0)")
                };
                assert_eq!(
                    message,
                    format!(
                        "a principal axis in feature space is not defined: it needs keys that differ, and there is {has}"
                    )
                );
                assert_eq!(pca.scores(&[1.0, 1.0], 0), Ok(Vec::new()));
            }
        }
    }
}

#[test]
fn one_key_uncentred_has_the_axis_of_itself() {
    let pca = fit(&dmatrix![1.0, 2.0], KERNELS[0], Centring::Uncentred);
    let own = (-5.0_f64 / 1.5).exp();
    assert_eq!(pca.rank(), 1);
    assert!((pca.eigenvalues()[0] / own - 1.0).abs() < 1e-14);
    // φ(q) has the length ‖Φ(q)‖/k(q, k₁), and points at the key by 1/‖Φ(k₁)‖.
    let score = pca.scores(&[0.5, -1.0], 1).expect("a score")[0];
    assert!((score - own.sqrt()).abs() < 1e-15);
}

#[test]
fn more_axes_than_the_rank_are_refused() {
    let pca = fit(&spread(5, 2), KERNELS[0], Centring::Centred);
    assert_eq!(pca.rank(), 4);
    let error = Error::TooManyAxes { asked: 5, rank: 4 };
    assert_eq!(
        error.to_string(),
        "5 axes are more than the keys have: their numerical rank in feature space is 4"
    );
    assert_eq!(pca.eigenvectors(5), Err(error.clone()));
    assert_eq!(pca.coefficients(5), Err(error.clone()));
    assert_eq!(pca.values(5), Err(error.clone()));
    assert_eq!(pca.scores(&[0.0, 0.0], 5), Err(error.clone()));
    assert_ne!(error, Error::TooManyAxes { asked: 5, rank: 3 });
}

#[test]
fn a_linear_kernel_has_no_more_axes_than_dimensions() {
    for (n, dim) in [(9, 2), (4, 8), (80, 5)] {
        let keys = spread(n, dim);
        let pca = fit(&keys, Kernel::Linear, Centring::Centred);
        assert_eq!(pca.rank(), dim.min(n - 1));
        let mut centred = keys.clone();
        for mut column in centred.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
        }
        // The same spectrum as that of the covariance times N.
        let mut covariance: Vec<f64> = SymmetricEigen::new(centred.tr_mul(&centred))
            .eigenvalues
            .iter()
            .copied()
            .collect();
        covariance.sort_by(|a, b| b.total_cmp(a));
        for (ours, theirs) in pca.eigenvalues()[..pca.rank()].iter().zip(covariance) {
            assert!((ours / theirs - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn duplicates_do_not_raise_the_rank() {
    for kernel in KERNELS {
        let keys = spread(4, 3);
        let twice = DMatrix::from_fn(8, 3, |i, d| keys[(i % 4, d)]);
        let (once, pca) = (
            fit(&keys, kernel, Centring::Centred),
            fit(&twice, kernel, Centring::Centred),
        );
        assert_eq!(pca.rank(), once.rank());
        let values = pca.values(pca.rank()).expect("axes");
        assert!(apart(&values.rows(0, 4).into_owned(), &values.rows(4, 4).into_owned()) <= 1e-13 * values.amax());
        if kernel.is_scaled() {
            // φ is half as long, since g counts each key twice; the axes are the same.
            let (a, b) = (all_scores(&once, &keys), all_scores(&pca, &keys));
            assert!(apart(&a.abs(), &(b.abs() * 2.0)) <= 1e-12 * a.amax());
        }
    }
}

/// Short keys, and keys close together: the exponential kernel is the linear one on what differs,
/// `K̃ → X̃X̃ᵀ exp(−c·c/τ)/(τN²)`, with a relative error of their size.
#[test]
fn short_keys_and_keys_close_together_lose_no_digits() {
    for (away, size) in [(0.0, 1e-8), (0.0, 1e-40), (1.0, 1e-7), (3.0, 1e-10)] {
        let n = 12;
        let differences = spread(n, 3);
        let keys = DMatrix::from_fn(n, 3, |i, d| away + size * differences[(i, d)]);
        // What is left of the differences beside their place.
        let differences = DMatrix::from_fn(n, 3, |i, d| (keys[(i, d)] - away) / size);
        let linear = fit(&differences, Kernel::Linear, Centring::Centred);
        for (kernel, own) in [(KERNELS[0], 3.0 * away * away), (KERNELS[1], 0.0)] {
            let pca = fit(&keys, kernel, Centring::Centred);
            assert_eq!(pca.rank(), 3, "{kernel:?} {away} {size}: {:?}", pca.eigenvalues());
            let factor = size * size * (-own / 1.5).exp() / (1.5 * 144.0);
            for (ours, theirs) in pca.eigenvalues()[..3].iter().zip(linear.eigenvalues()) {
                let apart = (ours / (theirs * factor) - 1.0).abs();
                assert!(apart <= 20.0 * size.max(1e-15), "{kernel:?} {away} {size}: {apart:e}");
            }
            let (ours, theirs) = (
                pca.eigenvectors(3).expect("axes"),
                linear.eigenvectors(3).expect("axes"),
            );
            assert!(apart(&ours, &theirs) <= 1e3 * size.max(1e-15));
        }
    }
}

#[test]
fn equal_eigenvalues_have_one_basis() {
    let hexagon = DMatrix::from_fn(6, 2, |i, d| {
        let angle = i as f64 * std::f64::consts::FRAC_PI_3;
        if d == 0 { angle.cos() } else { angle.sin() }
    });
    let pca = fit(&hexagon, KERNELS[0], Centring::Centred);
    assert_eq!(pca.rank(), 5);
    assert!(pca.gap(0) < 1e-13 && pca.gap(1) < 1e-13 && pca.gap(4) > 1.0);
    let vectors = pca.eigenvectors(2).expect("axes");
    // All tokens lie equally in the plane of the two: the first vector leans on the first.
    let root = 3.0_f64.sqrt();
    let first = [1.0, 0.5, -0.5, -1.0, -0.5, 0.5].map(|x| x / root);
    let second = [0.0, 0.5, 0.5, 0.0, -0.5, -0.5];
    for i in 0..6 {
        assert!((vectors[(i, 0)] - first[i]).abs() < 1e-13, "{vectors}");
        assert!((vectors[(i, 1)] - second[i]).abs() < 1e-13, "{vectors}");
    }
}

/// Of the keys of a real head some may be far longer than the rest.
#[test]
fn a_long_key_beside_short_ones_is_in_range() {
    let short = spread(6, 3).abs();
    let mut keys = short.clone();
    keys.set_row(5, &dmatrix![-900.0, -1000.0, -1100.0].row(0).into_owned());
    let pca = fit(&keys, KERNELS[0], Centring::Centred);
    // It is as if the key were at the origin of feature space: φ(k₆) is 0, and no other key looks at it.
    assert_eq!(pca.gram().column(5).amax(), 0.0);
    let alone = fit(&short.rows(0, 5).into_owned(), KERNELS[0], Centring::Centred);
    assert!(apart(&pca.gram().view((0, 0), (5, 5)).into_owned(), alone.gram()) <= 1e-15);
    assert_eq!(pca.rank(), 5);
    let values = pca.values(5).expect("axes");
    assert!(values.iter().all(|value| value.is_finite()));
    let outputs = outputs_of(KERNELS[0], &short, &keys, values);
    assert!(apart(&outputs, &all_scores(&pca, &short)) <= 1e-12);
}

#[test]
fn a_long_key_is_in_range_wherever_it_stands() {
    let rows = [[40.0, 0.0], [0.0, 1.0], [-1.0, 0.5], [0.3, 0.2]];
    let of = |first: usize| {
        let keys = DMatrix::from_fn(4, 2, |row, column| rows[(row + first) % 4][column]);
        fit(&keys, KERNELS[0], Centring::Centred)
    };
    for first in 0..4 {
        let pca = of(first);
        assert_eq!(pca.rank(), 3, "{:?}", pca.eigenvalues());
        for (ours, theirs) in zip(pca.eigenvalues(), of(3).eigenvalues()) {
            assert!(
                (ours - theirs).abs() <= 1e-15,
                "{ours}, {theirs} with the long key at {}",
                (4 - first) % 4
            );
        }
    }
}

#[test]
fn rounding_is_no_axis() {
    // Beside the entries of its Gram matrix the differences of a polynomial of these are rounding.
    let keys = spread(6, 2).map(|x| 1.0 + f64::EPSILON * (2.0 * x).round());
    let pca = fit(&keys, KERNELS[3], Centring::Centred);
    assert_eq!(pca.rank(), 0, "{:?}", pca.eigenvalues());
    assert_eq!(fit(&keys, Kernel::Linear, Centring::Centred).rank(), 2);
}

#[test]
fn where_the_whole_gram_matrix_underflows_attention_is_still_right() {
    let keys = spread(5, 3) * 1e3;
    let error = KernelPca::new(&keys, KERNELS[0], Centring::Centred).expect_err("underflow");
    assert!(matches!(error, Error::NotDefined { .. }));
    let message = error.to_string();
    assert!(
        message.starts_with("kernel PCA is not defined: it needs a Gram matrix within the range of 64-bit numbers, and there is underflow: its largest entry is e^-"),
        "{message}"
    );
    let head = Head::new(keys.clone(), keys.clone(), keys.clone()).expect("a head");
    attend(&head, &Mechanism::Softmax.scoring(3).expect("a scoring")).expect("attention");
    // The Gaussian kernel sees keys that are all far apart: no two are alike.
    let pca = fit(&keys, KERNELS[1], Centring::Centred);
    assert!(apart(pca.gram(), &DMatrix::identity(5, 5)) == 0.0);
    assert_eq!(pca.rank(), 4);
    assert!(
        KernelPca::new(&(keys * 1e-200), Kernel::Linear, Centring::Centred)
            .expect_err("underflow")
            .to_string()
            .contains("underflow")
    );
}

#[test]
fn far_queries_have_their_digits() {
    // Two keys whose logits are near 10⁶, where neighbouring numbers are 10⁻¹⁰ apart, and tie up to 1.
    let keys = dmatrix![1.0, 0.0; 1.0, 0.001; 0.0, 0.5];
    let kernel = Kernel::Exponential { temperature: 1.0 };
    let pca = fit(&keys, kernel, Centring::Centred);
    let query = dmatrix![1e6 + 0.1, 1000.3];
    let scores = pca.scores(&[1e6 + 0.1, 1000.3], 2).expect("scores");
    let head = Head::new(query, keys, pca.values(2).expect("axes")).expect("a head");
    let scoring = Mechanism::Softmax.scoring(1).expect("a scoring");
    let output = attend(&head, &scoring).expect("attention").output;
    for (score, output) in scores.iter().zip(output.iter()) {
        assert!(
            (score - output).abs() <= 1e-13 * head.values().amax(),
            "{score} {output}"
        );
    }
}

#[test]
fn numbers_of_the_kernel_are_checked() {
    let keys = spread(3, 2);
    let message = |kernel| {
        KernelPca::new(&keys, kernel, Centring::Centred)
            .expect_err("an error")
            .to_string()
    };
    assert_eq!(
        message(Kernel::Exponential { temperature: 0.0 }),
        "the temperature is 0, but must be a finite number greater than 0"
    );
    assert_eq!(
        message(Kernel::Gaussian { temperature: f64::NAN }),
        "the temperature is NaN, but must be a finite number greater than 0"
    );
    assert_eq!(
        message(Kernel::Polynomial { degree: 0, offset: 1.0 }),
        "the degree of the kernel is 0, but must be from 1 to 2147483647"
    );
    assert_eq!(
        message(Kernel::Polynomial {
            degree: 2,
            offset: -1.0
        }),
        "the offset of the kernel is -1, but must be a finite number, 0 or greater"
    );
    assert!(matches!(
        KernelPca::new(&(&keys * 1e200), Kernel::Linear, Centring::Centred),
        Err(Error::Overflow {
            what: "the kernel of two keys",
            ..
        })
    ));
    assert!(matches!(
        KernelPca::new(&(&keys * 1e200), KERNELS[0], Centring::Centred),
        Err(Error::Overflow { .. } | Error::NotDefined { .. })
    ));
}

#[test]
fn keys_and_queries_are_checked() {
    let new = |keys: DMatrix<f64>| Decomposing::new(keys, KERNELS[0], Centring::Centred).map(|_| ());
    assert_eq!(new(DMatrix::zeros(0, 2)), Err(Error::NoTokens { what: "keys" }));
    assert_eq!(new(DMatrix::zeros(2, 0)), Err(Error::NoDimensions { what: "keys" }));
    assert!(matches!(
        new(dmatrix![0.0, f64::INFINITY]),
        Err(Error::NotFinite {
            what: "key",
            row: 0,
            column: 1,
            ..
        })
    ));
    let keys = spread(3, 2);
    for kernel in KERNELS {
        let pca = fit(&keys, kernel, Centring::Centred);
        assert_eq!(pca.keys(), &keys);
        assert_eq!(
            (pca.n_keys(), pca.kernel(), pca.centring()),
            (3, kernel, Centring::Centred)
        );
        assert!(matches!(
            pca.scores(&[1.0], 1),
            Err(Error::ShapeMismatch { has: 1, needs: 2, .. })
        ));
        assert!(matches!(
            pca.squared_length(&[1.0, f64::NAN]),
            Err(Error::NotFinite {
                what: "query",
                column: 1,
                ..
            })
        ));
        for far in [[1e300, 1e300], [1e200, -1e200]] {
            if let Ok(scores) = pca.scores(&far, 1) {
                assert!(scores.iter().all(|score| score.is_finite()));
            }
        }
        assert!(matches!(
            projection_loss(&pca, &keys, &DMatrix::zeros(2, 1)),
            Err(Error::ShapeMismatch { has: 2, needs: 3, .. })
        ));
        assert!(matches!(
            projection_loss(&pca, &DMatrix::zeros(0, 2), &DMatrix::zeros(0, 1)),
            Err(Error::NoTokens { what: "queries" })
        ));
        let loss = projection_loss(&pca, &keys, &DMatrix::zeros(3, 0)).expect("a loss");
        let lengths: f64 = rows(&keys)
            .iter()
            .map(|key| pca.squared_length(key).expect("a length"))
            .sum();
        assert!((loss - lengths / 3.0).abs() <= 1e-14 * loss);
    }
    // 1/g² of a query far from every key.
    let pca = fit(&keys, KERNELS[1], Centring::Centred);
    assert!(matches!(pca.squared_length(&[100.0, 0.0]), Err(Error::Overflow { .. })));
    assert!(matches!(
        projection_loss(&pca, &dmatrix![0.0, 0.0; 100.0, 0.0], &DMatrix::zeros(2, 1)),
        Err(Error::Overflow { row: 1, .. })
    ));
}
