//! Support vector regression at its edges: wide kernels, keys of any length, the simplest problems, refusals.

use crate::common::refuses;
use crate::support::{bounded, circle, fit, free, largest, line, near};
use eigenlens_core::{
    Bound, Error, KktCase, SupportBound, SupportFitting, SupportOptions, SupportStatus, feature_map, implied_targets,
    taylor_exp,
};
use nalgebra::{DMatrix, dmatrix};

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
    // What is never zero never ends, and what cannot be is refused.
    assert_eq!(fitting.clone().sweeps_alone(f64::MIN_POSITIVE, 2), Ok(None));
    assert!(matches!(
        fitting.clone().sweeps_alone(0.0, 2),
        Err(Error::OutOfBounds { value: 0.0, .. })
    ));
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
