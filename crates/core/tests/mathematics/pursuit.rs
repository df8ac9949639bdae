//! Principal Component Pursuit: the golden optimum, planted splits, the certificate, scales, edges and
//! refusals.

use crate::common::{matrix, matrix_of};
use eigenlens_core::{
    Bound, Continuation, Error, Pursuing, Pursuit, PursuitOptions, PursuitProgress, PursuitStatus, deviation,
    singular_values,
};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;
use serde_json::Value;

fn with_lambda(lambda: f64) -> PursuitOptions {
    PursuitOptions {
        lambda: Some(lambda),
        ..PursuitOptions::default()
    }
}

fn split(matrix: &DMatrix<f64>, options: &PursuitOptions) -> Pursuit {
    Pursuing::new(matrix.clone(), options)
        .and_then(Pursuing::finish)
        .expect("a pursuit")
}

/// `D_τ(X)` without a singular value decomposition, and without squares: the eigenvalues of
/// `[0 X; Xᵀ 0]` are those of `X` with both signs.
fn shrink_values(x: &DMatrix<f64>, by: f64) -> DMatrix<f64> {
    let (n, dim) = x.shape();
    let mut both = DMatrix::zeros(n + dim, n + dim);
    both.view_mut((0, n), (n, dim)).copy_from(x);
    both.view_mut((n, 0), (dim, n)).copy_from(&x.transpose());
    let mut eigen = both.symmetric_eigen();
    eigen
        .eigenvalues
        .apply(|value| *value = value.signum() * (value.abs() - by).max(0.0));
    eigen.recompose().view((0, n), (n, dim)).into_owned()
}

/// One step in the words of the textbook.
fn textbook_step(m: &DMatrix<f64>, [l, y]: [&DMatrix<f64>; 2], lambda: f64, mu: f64) -> [DMatrix<f64>; 3] {
    let shrink = |x: f64, by: f64| x.signum() * (x.abs() - by).max(0.0);
    let s = (m - l + y / mu).map(|x| shrink(x, lambda / mu));
    let l = shrink_values(&(m - &s + y / mu), 1.0 / mu);
    let y = y + (m - &l - &s) * mu;
    [s, l, y]
}

/// Low rank plus spikes in a few places, and how many.
#[derive(Debug)]
struct Planted {
    low_rank: DMatrix<f64>,
    sparse: DMatrix<f64>,
}

/// 30×30 to 40×40, tall and wide, of rank 1 or 2, with spikes on at most a twentieth of the entries.
/// The factors are signs of a random number each plus a little, so that no row or column stands out:
/// that is what recovery theorems ask for.
fn planted() -> impl Strategy<Value = Planted> {
    (30..41_usize, 30..41_usize, 1..3_usize).prop_flat_map(|(n, dim, rank)| {
        let factor = |rows| {
            prop::collection::vec((any::<bool>(), 0.7..1.3_f64), rows * rank).prop_map(move |entries| {
                let signed = entries
                    .into_iter()
                    .map(|(minus, size): (bool, f64)| if minus { -size } else { size });
                DMatrix::from_iterator(rows, rank, signed)
            })
        };
        let spikes = prop::collection::vec((0..n, 0..dim, any::<bool>(), 2.0..10.0_f64), 0..=n * dim / 20);
        (factor(n), factor(dim), spikes).prop_map(move |(left, right, spikes)| {
            let mut sparse = DMatrix::zeros(n, dim);
            for (row, column, minus, size) in spikes {
                sparse[(row, column)] = if minus { -size } else { size };
            }
            Planted {
                low_rank: left * right.transpose(),
                sparse,
            }
        })
    })
}

/// Matrices of 1 to 8 rows and columns.
fn small() -> impl Strategy<Value = DMatrix<f64>> {
    (1..9_usize, 1..9_usize).prop_flat_map(|(n, dim)| matrix(n, dim, 3.0))
}

#[test]
fn the_optimum_agrees_with_numpy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/pursuit.json")).expect("JSON");
    let part = |name: &str| matrix_of(&golden["pcp"][name]);
    let m = part("M");
    for continuation in [Continuation::Constant, Continuation::Growing] {
        let options = PursuitOptions {
            continuation,
            ..PursuitOptions::default()
        };
        for turned in [false, true] {
            let turn = |matrix: DMatrix<f64>| if turned { matrix.transpose() } else { matrix };
            let pursuit = split(&turn(m.clone()), &options);
            assert_eq!(pursuit.last.status, PursuitStatus::Converged);
            // In the norm of the largest entry; the solver stops at 1e-9 of ‖M‖_F.
            let tolerance = 1e-7 * m.amax().max(1.0);
            assert!((&pursuit.low_rank - turn(part("L"))).amax() <= tolerance);
            assert!((&pursuit.sparse - turn(part("S"))).amax() <= tolerance);
            assert!((pursuit.lambda - 1.0 / 6_f64.sqrt()).abs() <= 1e-15);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn planted_parts_are_recovered(planted in planted()) {
        let m = &planted.low_rank + &planted.sparse;
        for continuation in [Continuation::Constant, Continuation::Growing] {
            let options = PursuitOptions { continuation, ..PursuitOptions::default() };
            let pursuit = split(&m, &options);
            prop_assert_eq!(pursuit.last.status, PursuitStatus::Converged);
            let error = deviation(&pursuit.low_rank, &planted.low_rank).expect("a deviation");
            prop_assert!(error <= 1e-6, "{error:e} with {continuation:?}");
            prop_assert!((&pursuit.sparse - &planted.sparse).norm() <= 1e-6 * m.norm());
            let spikes = planted.sparse.iter().filter(|x| **x != 0.0).count();
            prop_assert_eq!(pursuit.last.nonzeros, spikes);
            let values = singular_values(&planted.low_rank).expect("singular values");
            prop_assert_eq!(pursuit.last.rank, values.iter().filter(|x| **x > 1e-9).count());
        }
    }
}

proptest! {
    #[test]
    fn the_dual_variable_certifies_the_optimum(m in small(), lambda in 0.1..1.2) {
        let pursuit = split(&m, &with_lambda(lambda));
        let PursuitProgress { objective, lower_bound, status, .. } = pursuit.last;
        // Entries far below the threshold make the textbook slow.
        prop_assume!(status == PursuitStatus::Converged);
        // Feasible: the spectral norm at most 1, entries at most λ.
        prop_assert!(singular_values(&pursuit.dual).expect("singular values")[0] <= 1.0 + 1e-12);
        prop_assert!(pursuit.dual.amax() <= lambda * (1.0 + 1e-6));
        // And of the same value.
        prop_assert!((pursuit.dual.dot(&m) - objective).abs() <= 1e-6 * objective);
        prop_assert!(lower_bound <= objective * (1.0 + 1e-6) && lower_bound >= objective * (1.0 - 1e-6), "{lower_bound} {objective}");
        // The objective is that of the parts.
        let nuclear: f64 = singular_values(&pursuit.low_rank).expect("singular values").iter().sum();
        prop_assert!((nuclear + lambda * pursuit.sparse.abs().sum() - objective).abs() <= 1e-9 * objective);
    }

    #[test]
    fn the_lower_bound_is_one_at_every_step(m in small(), lambda in 0.1..1.2, mu in 0.05..20.0) {
        let optimum = split(&m, &with_lambda(lambda)).last.lower_bound;
        let options = PursuitOptions { mu: Some(mu), max_iterations: 40, ..with_lambda(lambda) };
        let mut pursuing = Pursuing::new(m.clone(), &options).expect("a pursuit");
        while pursuing.progress().status == PursuitStatus::Running {
            let progress = pursuing.step().expect("a step");
            prop_assert!(progress.lower_bound <= optimum * (1.0 + 1e-6), "{} > {optimum}", progress.lower_bound);
        }
    }

    #[test]
    fn a_step_is_the_textbooks(m in small(), lambda in 0.05..1.2, mu in 0.05..20.0) {
        let options = PursuitOptions { mu: Some(mu), ..with_lambda(lambda) };
        let mut pursuing = Pursuing::new(m.clone(), &options).expect("a pursuit");
        for _ in 0..4 {
            let dual = pursuing.dual();
            let before = [pursuing.low_rank().clone(), pursuing.sparse().clone()];
            let [s, l, y] = textbook_step(&m, [&before[0], &dual], lambda, mu);
            let progress = pursuing.step().expect("a step");
            let size = m.norm() + dual.norm() / mu;
            prop_assert!((pursuing.sparse() - &s).amax() <= 1e-12 * size);
            prop_assert!((pursuing.low_rank() - &l).amax() <= 1e-11 * size);
            prop_assert!((pursuing.dual() - &y).amax() <= 1e-11 * size * mu);
            prop_assert!((progress.residual - (&m - &l - &s).norm() / m.norm()).abs() <= 1e-10 * size / m.norm());
            let change = (&l - &before[0]).norm().max((&s - &before[1]).norm()) / m.norm();
            prop_assert!((progress.change - change).abs() <= 1e-10 * size / m.norm());
            if progress.status != PursuitStatus::Running { break }
        }
    }

    #[test]
    fn singular_values_are_roots_of_eigenvalues(m in small()) {
        let ours = singular_values(&m).expect("singular values");
        prop_assert_eq!(ours.len(), m.nrows().min(m.ncols()));
        prop_assert!(ours.is_sorted_by(|a, b| a >= b));
        let gram = if m.nrows() < m.ncols() { &m * m.transpose() } else { m.transpose() * &m };
        let mut theirs: Vec<f64> = gram.symmetric_eigenvalues().iter().copied().collect();
        theirs.sort_by(|a, b| b.total_cmp(a));
        for (a, b) in ours.iter().zip(&theirs) {
            prop_assert!((a * a - b).abs() <= 1e-13 * theirs[0]);
        }
    }

    /// A power of two changes no digit as long as no number becomes subnormal. What rounding leaves of
    /// entries of the size 1 is of the size 2⁻⁵³, with 53 digits below, and twice that must fit:
    /// 2⁻⁹⁰⁰⁻¹⁶⁰ does. (Smaller scales: the next test.)
    #[test]
    fn scales_do_not_matter(m in small(), exponent in -900..990_i32, growing in any::<bool>()) {
        let continuation = if growing { Continuation::Growing } else { Continuation::Constant };
        let options = PursuitOptions { continuation, max_iterations: 50, ..PursuitOptions::default() };
        let factor = 2_f64.powi(exponent);
        let (plain, scaled) = (split(&m, &options), split(&(&m * factor), &options));
        prop_assert_eq!(&plain.low_rank * factor, scaled.low_rank);
        prop_assert_eq!(&plain.sparse * factor, scaled.sparse);
        prop_assert_eq!(plain.dual, scaled.dual);
        let expected = PursuitProgress {
            objective: plain.last.objective * factor,
            lower_bound: plain.last.lower_bound * factor,
            mu: plain.last.mu / factor,
            ..plain.last
        };
        prop_assert_eq!(scaled.last, expected);
    }

    /// The optimum need not be unique, so its value is compared, and each proves its own.
    #[test]
    fn entries_at_the_ends_of_the_range(m in small(), size in prop_oneof![Just(1e-300), Just(1e300)]) {
        let (plain, scaled) = (split(&m, &PursuitOptions::default()).last, split(&(&m * size), &PursuitOptions::default()).last);
        prop_assume!([plain.status, scaled.status] == [PursuitStatus::Converged; 2]);
        prop_assert!((scaled.objective / size - plain.objective).abs() <= 1e-6 * plain.objective, "{plain:?} {scaled:?}");
        prop_assert!((scaled.lower_bound / size - plain.objective).abs() <= 1e-6 * plain.objective, "{plain:?} {scaled:?}");
    }

    #[test]
    fn turning_the_matrix_turns_the_parts(m in small()) {
        let (plain, turned) = (split(&m, &PursuitOptions::default()), split(&m.transpose(), &PursuitOptions::default()));
        prop_assume!([plain.last.status, turned.last.status] == [PursuitStatus::Converged; 2]);
        prop_assert!((turned.last.objective - plain.last.objective).abs() <= 1e-6 * plain.last.objective);
        if m.nrows() != m.ncols() {
            // The same arithmetic, unless the last step is one sooner or later.
            prop_assert!((plain.low_rank.transpose() - turned.low_rank).amax() <= 1e-8 * m.amax());
        }
    }

    /// Thresholds so small that squares of singular values cannot be compared with them.
    #[test]
    fn large_penalties_are_right(m in small(), mu in prop_oneof![Just(1e6), Just(1e9), Just(1e14)]) {
        let options = PursuitOptions { mu: Some(mu), ..PursuitOptions::default() };
        let mut pursuing = Pursuing::new(m.clone(), &options).expect("a pursuit");
        let largest = m.amax();
        for _ in 0..3 {
            pursuing.step().expect("a step");
            // M − S is left over by λ/μ at most in the first step; L takes all but 1/μ of each value.
            prop_assert!((&m - pursuing.low_rank() - pursuing.sparse()).amax() <= 10.0 / mu + 1e-14 * largest);
            prop_assert!(singular_values(&pursuing.dual()).expect("singular values")[0] <= 1.0 + 1e-14 * mu * largest);
        }
    }
}

/// The square of the small singular value, 10⁻¹⁸, is nothing beside that of the large one.
#[test]
fn small_singular_values_keep_their_digits() {
    let m = dmatrix![1.0, 1.0; 1.0, 1.0 + 2e-9];
    let values = singular_values(&m).expect("singular values");
    assert!((values[1] - 1e-9).abs() <= 1e-15, "{values:?}");
    let options = PursuitOptions {
        mu: Some(1e10),
        ..with_lambda(1e12)
    };
    let mut pursuing = Pursuing::new(m, &options).expect("a pursuit");
    pursuing.step().expect("a step");
    let values = pursuing.singular_values();
    assert!((values[1] - 9e-10).abs() <= 1e-15, "{values:?}");
    assert_eq!(pursuing.progress().nonzeros, 0);
}

#[test]
fn zeros_have_converged() {
    for options in [
        PursuitOptions::default(),
        PursuitOptions {
            mu: Some(2.0),
            ..with_lambda(0.5)
        },
    ] {
        let mut pursuing = Pursuing::new(DMatrix::zeros(3, 2), &options).expect("a pursuit");
        let before = pursuing.progress();
        assert_eq!(before.status, PursuitStatus::Converged);
        assert_eq!((before.residual, before.objective, before.lower_bound), (0.0, 0.0, 0.0));
        assert_eq!(pursuing.step(), Ok(before));
        let pursuit = pursuing.finish().expect("a pursuit");
        assert_eq!(
            (pursuit.low_rank.amax(), pursuit.sparse.amax(), pursuit.dual.amax()),
            (0.0, 0.0, 0.0)
        );
    }
    assert_eq!(singular_values(&DMatrix::zeros(2, 3)), Ok(vec![0.0; 2]));
}

#[test]
fn before_the_first_step() {
    let pursuing =
        Pursuing::new(dmatrix![1.0, -2.0; 3.0, 2.0; 0.0, 0.0], &PursuitOptions::default()).expect("a pursuit");
    let progress = pursuing.progress();
    assert_eq!(
        (progress.iteration, progress.residual, progress.status),
        (0, 1.0, PursuitStatus::Running)
    );
    assert_eq!(pursuing.mu(), 6.0 / 32.0);
    assert_eq!(pursuing.lambda(), 1.0 / 3_f64.sqrt());
    assert_eq!(pursuing.singular_values(), [0.0, 0.0]);
    assert_eq!(pursuing.matrix()[(1, 0)], 3.0);
}

/// One row or column: its nuclear norm is its length, so the optimum is known. With λ = 1/√n it is
/// all in S, for `‖x‖₁ ≤ √n ‖x‖₂`.
#[test]
fn single_rows_and_columns() {
    for m in [dmatrix![3.0, -4.0], dmatrix![3.0; -4.0; 0.0], dmatrix![5.0]] {
        let pursuit = split(&m, &with_lambda(2.0));
        assert!((&pursuit.low_rank - &m).amax() <= 1e-8, "{m} {}", pursuit.low_rank);
        let pursuit = split(&m, &with_lambda(0.5));
        assert!((&pursuit.sparse - &m).amax() <= 1e-8);
        assert!((pursuit.last.objective - 0.5 * m.abs().sum()).abs() <= 1e-7);
    }
    let even = dmatrix![1.0, 1.0, 1.0, 1.0];
    let pursuit = split(&even, &PursuitOptions::default());
    // Both ways cost 2.
    assert!((pursuit.last.objective - 2.0).abs() <= 1e-7);
}

#[test]
fn nothing_but_spikes() {
    let mut m = DMatrix::zeros(12, 9);
    for (row, column, value) in [(0, 3, 5.0), (4, 4, -2.0), (11, 0, 1.0)] {
        m[(row, column)] = value;
    }
    let pursuit = split(&m, &PursuitOptions::default());
    assert!((&pursuit.sparse - &m).amax() <= 1e-8);
    assert_eq!((pursuit.last.rank, pursuit.last.nonzeros), (0, 3));
}

#[test]
fn pursuits_end() {
    let m = DMatrix::from_fn(9, 6, |i, j| ((i * 7 + j * 3) as f64).sin());
    let options = PursuitOptions {
        max_iterations: 3,
        ..PursuitOptions::default()
    };
    let mut pursuing = Pursuing::new(m.clone(), &options).expect("a pursuit");
    let statuses = [(); 4].map(|()| pursuing.step().expect("a step"));
    assert_eq!(statuses.map(|progress| progress.iteration), [1, 2, 3, 3]);
    assert_eq!(statuses[1].status, PursuitStatus::Running);
    assert_eq!(statuses[2].status, PursuitStatus::Exhausted);
    assert_eq!(split(&m, &options).last, statuses[3]);
    // However it is stepped.
    let mut stepped = Pursuing::new(m.clone(), &PursuitOptions::default()).expect("a pursuit");
    while stepped.step().expect("a step").status == PursuitStatus::Running {}
    let finished = split(&m, &PursuitOptions::default());
    assert_eq!(stepped.finish(), Ok(finished));
}

#[track_caller]
fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, message: &str) -> Error {
    let refusal = result.expect_err("this should be refused");
    assert_eq!(refusal.to_string(), message);
    refusal
}

#[test]
fn refusals() {
    let of = |matrix, options: PursuitOptions| Pursuing::new(matrix, &options);
    let default = PursuitOptions::default;
    let sound = dmatrix![1.0, 2.0; 3.0, 4.0];
    for empty in [DMatrix::zeros(0, 2), DMatrix::zeros(0, 0)] {
        let message = "there are no rows of the matrix; at least 1 is needed";
        refuses(of(empty.clone(), default()), message);
        refuses(singular_values(&empty), message);
    }
    let message = "the rows of the matrix have 0 dimensions; at least 1 is needed";
    refuses(of(DMatrix::zeros(2, 0), default()), message);
    refuses(singular_values(&DMatrix::zeros(2, 0)), message);
    for (value, name) in [(f64::NAN, "NaN"), (f64::INFINITY, "infinity")] {
        let mut m = sound.clone();
        m[(1, 0)] = value;
        let message = format!("matrix row 2, entry 1 is {name}; every entry must be a finite number");
        refuses(of(m.clone(), default()), &message);
        refuses(singular_values(&m), &message);
    }
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let name = match bad {
            0.0 => "0",
            -1.0 => "-1",
            bad if bad.is_nan() => "NaN",
            _ => "infinity",
        };
        let changed: [(&str, PursuitOptions); 3] = [
            (
                "λ",
                PursuitOptions {
                    lambda: Some(bad),
                    ..default()
                },
            ),
            (
                "μ",
                PursuitOptions {
                    mu: Some(bad),
                    ..default()
                },
            ),
            (
                "the tolerance",
                PursuitOptions {
                    tolerance: bad,
                    ..default()
                },
            ),
        ];
        for (what, options) in changed {
            let message = format!("{what} is {name}, but must be a finite number greater than 0");
            refuses(of(sound.clone(), options), &message);
        }
    }
    let none = PursuitOptions {
        max_iterations: 0,
        ..default()
    };
    let error = refuses(
        of(sound.clone(), none),
        "the number of iterations is 0, but must be at least 1",
    );
    assert!(matches!(
        error,
        Error::OutOfBounds {
            bound: Bound::AtLeast(1),
            ..
        }
    ));
    // μ or a threshold that is no number.
    let message = "μ is infinity, but must be a finite number greater than 0";
    refuses(of(dmatrix![1e-310], default()), message);
    let message = "the threshold 1/μ is infinity, but must be a finite number greater than 0";
    refuses(
        of(
            sound.clone(),
            PursuitOptions {
                mu: Some(1e-310),
                ..default()
            },
        ),
        message,
    );
    let message = "the threshold λ/μ is 0, but must be a finite number greater than 0";
    let tiny = PursuitOptions {
        mu: Some(1e300),
        ..with_lambda(1e-300)
    };
    refuses(of(sound, tiny), message);
}

#[test]
fn results_beyond_the_range() {
    let huge = DMatrix::from_element(4, 4, f64::MAX);
    assert!(matches!(singular_values(&huge), Err(Error::Overflow { .. })));
    refuses(
        Pursuing::new(huge.clone(), &PursuitOptions::default()),
        "the threshold 1/μ is infinity, but must be a finite number greater than 0",
    );
    let options = PursuitOptions {
        mu: Some(1e-300),
        ..with_lambda(1e-5)
    };
    let pursuit = Pursuing::new(huge, &options).and_then(Pursuing::finish);
    refuses(
        pursuit,
        "a sum of the pursuit (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
    );
}

/// Numbers of every kind, finite or not.
fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), -2.0..2.0, Just(1e300), Just(-1e-300), any::<f64>()]
}

fn positive() -> impl Strategy<Value = f64> {
    prop_oneof![4 => (-300.0..300.0_f64).prop_map(|exponent| 10_f64.powf(exponent)), 1 => anything()]
}

proptest! {
    /// Finite numbers or an error, never a panic.
    #[test]
    fn every_input_is_answered(
        (n, dim) in (0..5_usize, 0..5_usize),
        entries in prop_oneof![prop::collection::vec(-2.0..2.0, 16), prop::collection::vec(anything(), 16)],
        lambda in prop::option::of(positive()),
        mu in prop::option::of(positive()),
        growing in any::<bool>(),
    ) {
        let m = DMatrix::from_iterator(n, dim, entries.into_iter().take(n * dim));
        let options = PursuitOptions {
            lambda,
            mu,
            continuation: if growing { Continuation::Growing } else { Continuation::Constant },
            tolerance: 1e-12,
            max_iterations: 30,
        };
        let _ = singular_values(&m).map(|values| assert!(values.iter().all(|value| value.is_finite())));
        if let Ok(pursuit) = Pursuing::new(m, &options).and_then(Pursuing::finish) {
            let parts = [&pursuit.low_rank, &pursuit.sparse, &pursuit.dual];
            prop_assert!(parts.iter().all(|part| part.iter().all(|x| x.is_finite())));
            let last = pursuit.last;
            let numbers = [last.residual, last.change, last.objective, last.lower_bound, last.mu];
            prop_assert!(numbers.iter().all(|x| x.is_finite()));
        }
    }
}
