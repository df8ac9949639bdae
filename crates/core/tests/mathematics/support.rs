//! Support vector regression: golden fits, the conditions of optimality, edges and refusals.

use crate::common::{agree, numbers_of};
use eigenlens_core::{SupportBound, SupportFit, SupportFitting, SupportOptions, SupportStatus};
use nalgebra::DMatrix;
use serde_json::Value;

/// No bound.
pub(crate) fn free(epsilon: f64) -> SupportOptions {
    SupportOptions {
        epsilon,
        ..SupportOptions::default()
    }
}

pub(crate) fn fit(keys: &DMatrix<f64>, targets: &[f64], options: &SupportOptions) -> SupportFit {
    SupportFitting::new(keys.clone(), targets.to_vec(), options)
        .and_then(SupportFitting::finish)
        .expect("a fit")
}

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/support.json")).expect("JSON")
}

/// `N` keys evenly on a circle.
fn circle(n: usize, radius: f64) -> DMatrix<f64> {
    DMatrix::from_fn(n, 2, |i, d| {
        let angle = i as f64 * std::f64::consts::TAU / n as f64;
        radius * [angle.cos(), angle.sin()][d]
    })
}

#[test]
fn keys_on_a_line_are_fitted_as_the_reference_says() {
    for (name, c) in [("svr_C1000", 1000.0), ("svr_C200", 200.0)] {
        let case = &golden()[name];
        let keys = DMatrix::from_vec(9, 1, numbers_of(&case["keys"]));
        let options = SupportOptions {
            epsilon: case["eps"].as_f64().expect("ε"),
            bound: SupportBound::Dual(c),
            ..SupportOptions::default()
        };
        let fit = fit(&keys, &numbers_of(&case["y"]), &options);
        assert_eq!(fit.last.status, SupportStatus::Converged);
        agree("β", &fit.beta().expect("β"), &numbers_of(&case["beta"]));
        agree("h", &fit.normaliser().expect("h"), &numbers_of(&case["h"]));
        agree("v", &fit.value, &numbers_of(&case["v"]));
        agree("f", &fit.fitted, &numbers_of(&case["f"]));
    }
}

#[test]
fn rings_are_fitted_as_the_reference_says() {
    for case in golden()["ring"].as_array().expect("cases") {
        let number = |name: &str| case[name].as_f64().expect("a number");
        let options = SupportOptions {
            epsilon: number("eps"),
            bound: SupportBound::Value(number("cap_v")),
            ..SupportOptions::default()
        };
        let fit = fit(&circle(12, number("rho")), &numbers_of(&case["y"]), &options);
        assert_eq!(fit.last.status, SupportStatus::Converged);
        agree("v", &fit.value, &numbers_of(&case["v"]));
        agree("f", &fit.fitted, &numbers_of(&case["f"]));
    }
}
