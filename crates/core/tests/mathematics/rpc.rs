//! RPC-Attention: golden values, the authors' module, the two identities, refusals.

use crate::common::{agree, apart, head, matrix, matrix_of};
use eigenlens_core::{
    Error, Mechanism, RpcAttending, RpcAttention, RpcForm, RpcOptions, attend, clip, clipping_residual, fused_residual,
    second_step_residual, symmetric_attention,
};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;
use serde_json::Value;

fn options(form: RpcForm, lambda: f64, iterations: usize) -> RpcOptions {
    RpcOptions {
        form,
        lambda,
        iterations,
        model_width: None,
        temperature: None,
    }
}

fn rpc(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    queries: Option<&DMatrix<f64>>,
    options: &RpcOptions,
) -> RpcAttention {
    RpcAttending::new(keys.clone(), values.clone(), queries.cloned(), options)
        .and_then(RpcAttending::finish)
        .expect("attention")
}

fn form() -> impl Strategy<Value = RpcForm> {
    prop::sample::select(RpcForm::ALL.to_vec())
}

/// Keys, values and, sometimes, queries, `N×D`, of 1 to 7 tokens in 1 to 5 dimensions.
fn tokens() -> impl Strategy<Value = (DMatrix<f64>, DMatrix<f64>, Option<DMatrix<f64>>)> {
    (1..8_usize, 1..6_usize).prop_flat_map(|(n, dim)| {
        (
            matrix(n, dim, 3.0),
            matrix(n, dim, 3.0),
            prop::option::of(matrix(n, dim, 3.0)),
        )
    })
}

#[test]
fn the_three_forms_agree_with_numpy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/pursuit.json")).expect("JSON");
    let [keys, queries, values] = ["K", "Q", "Vfree"].map(|name| matrix_of(&golden[name]));
    let compare = |name: &str, ours: &RpcAttention| {
        agree(name, &ours.output, &matrix_of(&golden[name]["L"]));
        agree(name, &ours.sparse, &matrix_of(&golden[name]["S"]));
        agree(name, [&ours.mu], [&golden[name]["mu"].as_f64().expect("a number")]);
        agree(
            name,
            [&ours.threshold],
            [&golden[name]["tau"].as_f64().expect("a number")],
        );
    };
    for n in [1, 2, 4] {
        for (form, lambda, name) in [
            (RpcForm::Printed, 0.5, "paper_lam0.5"),
            (RpcForm::Released, 2.0, "code_lam2.0"),
            (RpcForm::Lagrangian, 0.5, "admm_lam0.5"),
        ] {
            let ours = rpc(&keys, &values, None, &options(form, lambda, n));
            compare(&format!("pap_{name}_n{n}"), &ours);
        }
    }
    let asking = rpc(&keys, &values, Some(&queries), &options(RpcForm::Printed, 0.5, 4));
    compare("pap_asym_paper_lam0.5_n4", &asking);
}

#[test]
fn the_released_form_agrees_with_the_authors_module() {
    let file: Value = serde_json::from_str(include_str!("../golden/rpc_official.json")).expect("JSON");
    let golden = &file["rpc_h2_d8_n16_it2_l3"];
    let whole = |name: &str| golden[name].as_u64().expect("a whole number") as usize;
    for h in 0..whole("heads") {
        let [keys, values, output] = ["K", "V", "L"].map(|name| matrix_of(&golden[name][h]));
        let options = RpcOptions {
            model_width: Some(whole("heads") * keys.ncols()),
            ..options(RpcForm::Released, golden["lambda_"].as_f64().expect("λ"), whole("n"))
        };
        agree("output", &rpc(&keys, &values, None, &options).output, &output);
    }
}

proptest! {
    #[test]
    fn one_iteration_is_attention_on_clipped_keys((keys, values, queries) in tokens(), form in form(), lambda in 0.05..5.0) {
        let options = options(form, lambda, 3);
        let residual = clipping_residual(&keys, &values, queries.as_ref(), &options).expect("a residual");
        prop_assert!(residual <= 1e-13, "{residual:e}");
    }

    #[test]
    fn one_matrix_is_enough((keys, values, queries) in tokens(), form in form(), lambda in 0.05..5.0, n in 1..6_usize) {
        let options = options(form, lambda, n);
        let residual = fused_residual(&keys, &values, queries.as_ref(), &options).expect("a residual");
        prop_assert!(residual <= 1e-11, "{residual:e}");
    }

    #[test]
    fn without_spikes_the_second_iteration_is_attention_on_the_first((keys, values, queries) in tokens(), form in form(), lambda in 0.05..50.0) {
        let options = options(form, lambda, 2);
        let ours = rpc(&keys, &values, queries.as_ref(), &options);
        let first = rpc(&keys, &values, queries.as_ref(), &RpcOptions { iterations: 1, ..options });
        let residual = second_step_residual(&keys, &values, queries.as_ref(), &options).expect("a residual");
        prop_assert_eq!(residual.is_some(), first.sparse.amax() == 0.0 && ours.sparse.amax() == 0.0);
        if let Some(residual) = residual {
            prop_assert!(residual <= 1e-12, "{residual:e}");
        }
    }

    /// In the words of the paper, with Y itself and attention by the formula.
    #[test]
    fn the_iteration_is_the_papers((keys, values, queries) in tokens(), form in form(), lambda in 0.05..5.0) {
        let options = options(form, lambda, 3);
        let mut attending = RpcAttending::new(keys.clone(), values.clone(), queries.clone(), &options).expect("attention");
        prop_assert_eq!(attending.attended_keys(), &keys);
        let (n, dim) = keys.shape();
        let mu = (n * dim) as f64 / 4.0 / keys.abs().sum();
        let tau = if form == RpcForm::Released { lambda * mu } else { lambda / mu };
        let sign = if form == RpcForm::Lagrangian { 1.0 } else { -1.0 };
        let (mut l, mut y) = (DMatrix::zeros(n, dim), DMatrix::<f64>::zeros(n, dim));
        for done in 1..=3 {
            let s = (&keys - &l + &y / mu).map(|x: f64| x.signum() * (x.abs() - tau).max(0.0));
            let x = &keys - &s + &y * (sign / mu);
            let mut weights = queries.as_ref().unwrap_or(&x) * x.transpose() / (dim as f64).sqrt();
            for mut row in weights.row_iter_mut() {
                let largest = row.max();
                row.apply(|logit| *logit = (*logit - largest).exp());
                let total = row.sum();
                row /= total;
            }
            l = weights * &values;
            y += (&keys - &l - &s) * mu;
            prop_assert_eq!(attending.step().expect("a step").done, done);
            prop_assert!(apart(attending.output(), &l) <= 1e-9);
            prop_assert!(apart(attending.sparse(), &s) <= 1e-9);
            prop_assert!(apart(attending.attended_keys(), &x) <= 1e-9);
            prop_assert!(apart(&attending.dual(), &y) <= 1e-9 * mu.max(1.0));
            let residual = (&keys - &l - &s).norm() / keys.norm();
            prop_assert!((attending.residual() - residual).abs() <= 1e-9 * residual.max(1.0));
            l.copy_from(attending.output());
            y = attending.dual();
        }
        prop_assert!(attending.step().expect("nothing").is_finished());
    }

    /// Under K → cK the printed threshold follows the keys, the released one goes the other way.
    #[test]
    fn thresholds_and_scales((keys, values, _) in tokens(), lambda in 0.05..5.0, exponent in -900..900_i32) {
        let factor = 2_f64.powi(exponent);
        for form in RpcForm::ALL {
            let of = |keys: &DMatrix<f64>| RpcAttending::new(keys.clone(), values.clone(), None, &options(form, lambda, 1)).expect("attention");
            let (plain, scaled) = (of(&keys), of(&(&keys * factor)));
            prop_assert_eq!(scaled.mu(), plain.mu() / factor);
            let expected = if form == RpcForm::Released { plain.threshold() / factor } else { plain.threshold() * factor };
            prop_assert_eq!(scaled.threshold(), expected);
        }
    }

    #[test]
    fn symmetric_attention_is_attention((keys, values, _) in tokens(), temperature in 0.5..4.0) {
        let plain = attend(&head(keys.clone(), keys.clone(), values.clone()), &Mechanism::Rpc.scoring(keys.ncols()).expect("a scoring"));
        prop_assert_eq!(symmetric_attention(&keys, &values, None).expect("attention"), plain.expect("attention").output);
        let warm = symmetric_attention(&keys, &values, Some(temperature)).expect("attention");
        let scaled = symmetric_attention(&(&keys * ((keys.ncols() as f64).sqrt() / temperature).sqrt()), &values, None).expect("attention");
        prop_assert!(apart(&warm, &scaled) <= 1e-12);
    }
}

#[test]
fn clipping() {
    let keys = dmatrix![3.0, -0.5; -2.0, 1.0];
    assert_eq!(clip(&keys, 1.0), dmatrix![1.0, -0.5; -1.0, 1.0]);
    assert_eq!(clip(&keys, f64::INFINITY), keys);
    // No number, no bound: nothing panics.
    assert_eq!(clip(&keys, f64::NAN), keys);
}

#[test]
fn forms_by_name() {
    for form in RpcForm::ALL {
        assert_eq!(form.to_string().parse(), Ok(form));
    }
    let error = "Printed".parse::<RpcForm>().expect_err("no such form");
    assert_eq!(error, Error::UnknownRpcForm { name: "Printed".into() });
    assert_eq!(
        error.to_string(),
        "unknown form \"Printed\" of RPC-Attention; the forms are printed, released and lagrangian"
    );
}

#[test]
fn refusals() {
    let (keys, values) = (
        dmatrix![1.0, 2.0; 3.0, 4.0; 0.0, 1.0],
        dmatrix![1.0, 0.0; 0.0, 1.0; 1.0, 1.0],
    );
    let sound = options(RpcForm::Released, 1.0, 2);
    let of = |keys: &DMatrix<f64>, values: &DMatrix<f64>, queries: Option<DMatrix<f64>>, options: &RpcOptions| {
        let refusal = RpcAttending::new(keys.clone(), values.clone(), queries, options);
        refusal.expect_err("this should be refused").to_string()
    };
    assert_eq!(
        of(&keys, &DMatrix::zeros(3, 1), None, &sound),
        "the number of dimensions of the values is 1, but must be 2"
    );
    assert_eq!(
        of(&keys, &values, Some(DMatrix::zeros(2, 2)), &sound),
        "the number of queries is 2, but must be 3"
    );
    assert_eq!(
        of(&keys, &values, Some(DMatrix::zeros(3, 1)), &sound),
        "the number of dimensions of the keys is 2, but must be 1"
    );
    assert_eq!(
        of(&keys, &DMatrix::zeros(2, 2), None, &sound),
        "the number of values is 2, but must be 3"
    );
    assert_eq!(
        of(
            &DMatrix::zeros(0, 2),
            &DMatrix::zeros(0, 2),
            Some(DMatrix::zeros(1, 2)),
            &sound
        ),
        "there are no keys; at least 1 is needed"
    );
    assert_eq!(
        of(&keys, &values, None, &RpcOptions { iterations: 0, ..sound }),
        "the number of iterations is 0, but must be at least 1"
    );
    assert_eq!(
        of(
            &keys,
            &values,
            None,
            &RpcOptions {
                model_width: Some(0),
                ..sound
            }
        ),
        "the width of the model is 0, but must be at least 1"
    );
    for (bad, name) in [(0.0, "0"), (-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "infinity")] {
        assert_eq!(
            of(&keys, &values, None, &RpcOptions { lambda: bad, ..sound }),
            format!("λ is {name}, but must be a finite number greater than 0")
        );
        assert_eq!(
            of(
                &keys,
                &values,
                None,
                &RpcOptions {
                    temperature: Some(bad),
                    ..sound
                }
            ),
            format!("the temperature is {name}, but must be a finite number greater than 0")
        );
    }
    assert_eq!(
        of(&DMatrix::zeros(3, 2), &values, None, &sound),
        "μ of RPC-Attention is not defined: it needs a key that is not 0, and there is none"
    );
    let mut broken = keys.clone();
    broken[(2, 1)] = f64::NAN;
    assert_eq!(
        of(&broken, &values, None, &sound),
        "key 3, entry 2 is NaN; every entry must be a finite number"
    );
    assert_eq!(
        of(&(&keys * 1e-310), &values, None, &sound),
        "μ is infinity, but must be a finite number greater than 0"
    );
    assert_eq!(
        of(
            &(&keys * 1e300),
            &values,
            None,
            &RpcOptions {
                lambda: 1e-300,
                ..sound
            }
        ),
        "the threshold is 0, but must be a finite number greater than 0"
    );
}

#[test]
fn results_beyond_the_range() {
    let keys = dmatrix![1e200, 1.0; 2.0, -1e200];
    let far = RpcAttending::new(keys.clone(), keys.clone(), None, &options(RpcForm::Printed, 1e3, 2));
    let mut far = far.expect("attention");
    let refusal = far.step().expect_err("logits of 1e400");
    assert!(matches!(refusal, Error::Overflow { .. }));
    assert_eq!(far.step(), Err(refusal));
    let huge = dmatrix![f64::MAX; -f64::MAX];
    let attending = RpcAttending::new(
        huge,
        dmatrix![-f64::MAX; f64::MAX],
        Some(dmatrix![0.0; 0.0]),
        &options(RpcForm::Printed, 1e9, 3),
    );
    let far = attending.and_then(RpcAttending::finish);
    assert!(
        far.is_ok() || matches!(far, Err(Error::Overflow { .. } | Error::OutOfBounds { .. })),
        "{far:?}"
    );
}

proptest! {
    /// Finite numbers or an error, never a panic.
    #[test]
    fn every_input_is_answered(
        (n, dim) in (0..4_usize, 0..4_usize),
        sizes in (-300.0..300.0, -300.0..300.0),
        entries in prop::collection::vec(-2.0..2.0, 9),
        form in form(),
        exponent in -300.0..300.0,
        asked in any::<bool>(),
    ) {
        let part = |exponent: f64| DMatrix::from_iterator(n, dim, entries.iter().take(n * dim).map(|x: &f64| x * 10_f64.powf(exponent)));
        let options = options(form, 10_f64.powf(exponent), 4);
        let attending = RpcAttending::new(part(sizes.0), part(sizes.1), asked.then(|| part(0.0)), &options);
        if let Ok(attention) = attending.and_then(RpcAttending::finish) {
            let parts = [&attention.output, &attention.sparse, &attention.attended_keys, &attention.dual];
            prop_assert!(parts.iter().all(|part| part.iter().all(|x| x.is_finite())));
            prop_assert!(attention.residual.is_finite(), "{}", attention.residual);
        }
    }
}
