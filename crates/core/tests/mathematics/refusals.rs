//! What is refused, and in which words.

use crate::common::{head, scoring};
use eigenlens_core::{
    Attending, Bound, Cloud, Error, Head, KeyBias, Mechanism, Metric, Scoring, attend, attend_row, bridge_bias,
    bridge_residual, shift_residual,
};
use nalgebra::{DMatrix, dmatrix, dvector};

/// Three queries, two keys, two dimensions, one-dimensional values.
fn sound() -> [DMatrix<f64>; 3] {
    [
        dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, 6.0],
        dmatrix![1.0, 0.0; 0.0, 1.0],
        dmatrix![1.0; 2.0],
    ]
}

fn sound_head() -> Head {
    let [q, k, v] = sound();
    head(q, k, v)
}

#[track_caller]
fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, error: &Error, message: &str) {
    let refusal = result.expect_err("this should be refused");
    assert_eq!(&refusal, error);
    assert_eq!(refusal.to_string(), message);
}

#[test]
fn heads_without_tokens_or_dimensions() {
    let [q, k, v] = sound();
    for (at, what) in ["queries", "keys", "values"].into_iter().enumerate() {
        let emptied = |empty: fn(&DMatrix<f64>) -> DMatrix<f64>| {
            let mut all = [q.clone(), k.clone(), v.clone()];
            all[at] = empty(&all[at]);
            let [q, k, v] = all;
            Head::new(q, k, v)
        };
        let no_tokens = format!("there are no {what}; at least 1 is needed");
        refuses(
            emptied(|m| DMatrix::zeros(0, m.ncols())),
            &Error::NoTokens { what },
            &no_tokens,
        );
        let no_dimensions = format!("the {what} have 0 dimensions; at least 1 is needed");
        refuses(
            emptied(|m| DMatrix::zeros(m.nrows(), 0)),
            &Error::NoDimensions { what },
            &no_dimensions,
        );
    }
}

#[test]
fn heads_whose_shapes_do_not_fit() {
    let [q, k, v] = sound();
    let what = "the number of dimensions of the keys";
    let error = Error::ShapeMismatch { what, has: 3, needs: 2 };
    refuses(
        Head::new(q.clone(), DMatrix::zeros(2, 3), v),
        &error,
        "the number of dimensions of the keys is 3, but must be 2",
    );
    let error = Error::ShapeMismatch {
        what: "the number of values",
        has: 3,
        needs: 2,
    };
    refuses(
        Head::new(q, k, DMatrix::zeros(3, 1)),
        &error,
        "the number of values is 3, but must be 2",
    );
}

#[test]
fn heads_with_entries_that_are_no_numbers() {
    for (value, name) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "infinity"),
        (f64::NEG_INFINITY, "minus infinity"),
    ] {
        for (at, what) in ["query", "key", "value"].into_iter().enumerate() {
            let mut all = sound();
            all[at][(1, 0)] = value;
            let [q, k, v] = all;
            let message = format!("{what} 2, entry 1 is {name}; every entry must be a finite number");
            refuses(
                Head::new(q, k, v),
                &Error::NotFinite {
                    what,
                    row: 1,
                    column: 0,
                    value,
                },
                &message,
            );
        }
    }
}

#[test]
fn clouds() {
    let [q, k, v] = sound();
    refuses(
        Cloud::new(vec![], vec![]),
        &Error::NoTokens { what: "heads" },
        "there are no heads; at least 1 is needed",
    );
    let other = head(q.clone(), k.clone(), dmatrix![1.0, 2.0; 3.0, 4.0]);
    let error = Error::ShapeMismatch {
        what: "the number of dimensions of a head's values",
        has: 2,
        needs: 1,
    };
    let message = "the number of dimensions of a head's values is 2, but must be 1";
    refuses(Cloud::new(vec![head(q, k, v), other], vec![]), &error, message);
    let error = Error::ShapeMismatch {
        what: "the number of labels",
        has: 1,
        needs: 2,
    };
    refuses(
        Cloud::new(vec![sound_head()], vec!["a".into()]),
        &error,
        "the number of labels is 1, but must be 2",
    );
    let cloud = Cloud::new(vec![sound_head(), sound_head()], vec!["a".into(), "b".into()]).expect("a cloud");
    assert_eq!(
        (cloud.heads().len(), cloud.labels()),
        (2, &["a".to_owned(), "b".to_owned()][..])
    );
}

#[test]
fn values_of_the_layer_before() {
    let cloud = Cloud::new(vec![sound_head(), sound_head()], vec![]).expect("a cloud");
    assert!(cloud.previous_values().is_empty());
    let before = [dmatrix![1.0; 2.0], dmatrix![3.0; 4.0]];
    let with = cloud.clone().with_previous_values(before.to_vec()).expect("they fit");
    assert_eq!((with.previous_values(), with.heads()), (&before[..], cloud.heads()));
    assert_ne!(with, cloud);
    let mismatch = |what, has, needs| Error::ShapeMismatch { what, has, needs };
    for (previous, error, message) in [
        (
            vec![before[0].clone()],
            mismatch("the number of heads of the layer before", 1, 2),
            "the number of heads of the layer before is 1, but must be 2",
        ),
        (
            vec![before[0].clone(), dmatrix![1.0]],
            mismatch("the number of previous values", 1, 2),
            "the number of previous values is 1, but must be 2",
        ),
        (
            vec![dmatrix![1.0, 2.0; 3.0, 4.0], before[0].clone()],
            mismatch("the number of dimensions of the previous values", 2, 1),
            "the number of dimensions of the previous values is 2, but must be 1",
        ),
        (
            vec![before[0].clone(), dmatrix![1.0; f64::INFINITY]],
            Error::NotFinite {
                what: "previous value",
                row: 1,
                column: 0,
                value: f64::INFINITY,
            },
            "previous value 2, entry 1 is infinity; every entry must be a finite number",
        ),
    ] {
        refuses(cloud.clone().with_previous_values(previous), &error, message);
    }
}

#[test]
fn temperatures() {
    let scoring_of = |temperature| Scoring::new(Metric::Identity, temperature, KeyBias::Zero);
    for (value, name) in [
        (0.0, "0"),
        (-1.5, "-1.5"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "infinity"),
        (-1e-300, "-1e-300"),
    ] {
        let error = Error::OutOfBounds {
            what: "the temperature",
            value,
            bound: Bound::Positive,
        };
        let message = format!("the temperature is {name}, but must be a finite number greater than 0");
        refuses(scoring_of(value), &error, &message);
        refuses(
            scoring_of(1.0).and_then(|s| s.with_temperature(value)),
            &error,
            &message,
        );
        refuses(
            bridge_bias(sound_head().keys(), &Metric::Identity, value),
            &error,
            &message,
        );
        refuses(
            bridge_residual(&sound_head(), &Metric::Identity, value),
            &error,
            &message,
        );
    }
}

#[test]
fn metrics_and_biases() {
    let new = |metric, bias| Scoring::new(metric, 1.0, bias);
    let error = Error::NotFinite {
        what: "metric row",
        row: 1,
        column: 1,
        value: f64::NAN,
    };
    let message = "metric row 2, entry 2 is NaN; every entry must be a finite number";
    refuses(
        new(Metric::Diagonal(dvector![1.0, f64::NAN]), KeyBias::Zero),
        &error,
        message,
    );
    let error = Error::NotFinite {
        what: "metric row",
        row: 0,
        column: 1,
        value: f64::INFINITY,
    };
    let message = "metric row 1, entry 2 is infinity; every entry must be a finite number";
    refuses(
        new(Metric::Full(dmatrix![1.0, f64::INFINITY; 0.0, 1.0]), KeyBias::Zero),
        &error,
        message,
    );
    let error = Error::ShapeMismatch {
        what: "the number of columns of the metric",
        has: 2,
        needs: 1,
    };
    refuses(
        new(Metric::Full(dmatrix![1.0, 2.0]), KeyBias::Zero),
        &error,
        "the number of columns of the metric is 2, but must be 1",
    );
    let error = Error::NotFinite {
        what: "bias of key",
        row: 1,
        column: 0,
        value: f64::NAN,
    };
    let message = "bias of key 2, entry 1 is NaN; every entry must be a finite number";
    refuses(
        new(Metric::Identity, KeyBias::Given(dvector![0.0, f64::NAN])),
        &error,
        message,
    );
    let skew = || Metric::Full(dmatrix![1.0, 2.0; 3.0, 4.0]);
    let error = Error::NotDefined {
        what: "the distance",
        needs: "a symmetric metric".into(),
        has: "3 at row 2, column 1 but 2 at row 1, column 2".into(),
    };
    let message = "the distance is not defined: it needs a symmetric metric, and there is 3 at row 2, column 1 but 2 at row 1, column 2";
    refuses(new(skew(), KeyBias::Distance), &error, message);
    refuses(bridge_bias(sound_head().keys(), &skew(), 1.0), &error, message);
    assert!(attend(&sound_head(), &scoring(skew(), 1.0, KeyBias::Zero)).is_ok());
}

#[test]
fn scorings_that_do_not_fit_the_head() {
    let head = sound_head();
    let error = Error::ShapeMismatch {
        what: "the number of entries of the metric",
        has: 3,
        needs: 2,
    };
    let diagonal = Metric::Diagonal(dvector![1.0, 1.0, 1.0]);
    let message = "the number of entries of the metric is 3, but must be 2";
    refuses(
        attend(&head, &scoring(diagonal.clone(), 1.0, KeyBias::Zero)),
        &error,
        message,
    );
    refuses(bridge_bias(head.keys(), &diagonal, 1.0), &error, message);
    refuses(bridge_residual(&head, &diagonal, 1.0), &error, message);
    let error = Error::ShapeMismatch {
        what: "the number of rows of the metric",
        has: 3,
        needs: 2,
    };
    let full = scoring(Metric::Full(DMatrix::identity(3, 3)), 1.0, KeyBias::Zero);
    refuses(
        attend_row(&head, &full, 0),
        &error,
        "the number of rows of the metric is 3, but must be 2",
    );
    let error = Error::ShapeMismatch {
        what: "the number of key biases",
        has: 1,
        needs: 2,
    };
    let given = scoring(Metric::Identity, 1.0, KeyBias::Given(dvector![0.0]));
    refuses(
        Attending::new(&head, given),
        &error,
        "the number of key biases is 1, but must be 2",
    );
}

#[test]
fn queries_that_do_not_exist() {
    let softmax = Mechanism::Softmax.scoring(2).expect("a scoring");
    let error = Error::OutOfBounds {
        what: "the query",
        value: 4.0,
        bound: Bound::OneTo(3),
    };
    refuses(
        attend_row(&sound_head(), &softmax, 3),
        &error,
        "the query is 4, but must be from 1 to 3",
    );
    assert!(attend_row(&sound_head(), &softmax, usize::MAX).is_err());
    assert_eq!(
        (
            sound_head().query(3),
            sound_head().key(2),
            sound_head().value(usize::MAX)
        ),
        (None, None, None)
    );
    assert_eq!(sound_head().query(1), Some(vec![3.0, 4.0]));
}

#[test]
fn products_that_overflow() {
    let far = head(
        dmatrix![1.0, 0.0; 1e200, 0.0],
        dmatrix![1.0, 0.0; 0.0, 1e200; 1e200, 0.0],
        dmatrix![1.0; 2.0; 3.0],
    );
    let error = |row, column| Error::Overflow {
        what: "the logit of query and key",
        row,
        column,
    };
    let message = "the logit of query and key (row 2, column 3) is beyond ±1.8e308, the range of 64-bit numbers";
    let softmax = Mechanism::Softmax.scoring(2).expect("a scoring");
    refuses(attend(&far, &softmax), &error(1, 2), message);
    refuses(attend_row(&far, &softmax, 1), &error(1, 2), message);
    assert!(attend_row(&far, &softmax, 0).is_ok(), "the first row stays in range");
    let smoother = Mechanism::Smoother.scoring(2).expect("a scoring");
    assert_eq!(attend(&far, &smoother), Err(error(0, 1)));
    let error = Error::Overflow {
        what: "the bias of key",
        row: 1,
        column: 0,
    };
    let message = "the bias of key (row 2, column 1) is beyond ±1.8e308, the range of 64-bit numbers";
    refuses(bridge_bias(far.keys(), &Metric::Identity, 1.0), &error, message);
    refuses(bridge_residual(&far, &Metric::Identity, 1.0), &error, message);

    let mut attending = Attending::new(&far, softmax).expect("a stepper");
    assert_eq!(attending.step().map(|progress| progress.done), Ok(1));
    assert_eq!(attending.step(), attending.step(), "a step that fails fails again");
    assert!(attending.finish().is_err());
}

#[test]
fn errors_about_different_numbers_differ() {
    let error = |value| Error::NotFinite {
        what: "key",
        row: 0,
        column: 0,
        value,
    };
    assert_eq!(error(f64::NAN), error(f64::NAN));
    assert_ne!(error(f64::NAN), error(f64::INFINITY));
}

#[test]
fn residuals() {
    refuses(
        shift_residual(&[], 1.0),
        &Error::NoTokens { what: "logits" },
        "there are no logits; at least 1 is needed",
    );
    let error = Error::OutOfBounds {
        what: "the constant",
        value: f64::NAN,
        bound: Bound::Finite,
    };
    refuses(
        shift_residual(&[1.0], f64::NAN),
        &error,
        "the constant is NaN, but must be a finite number",
    );
    let error = Error::NotFinite {
        what: "logit row",
        row: 0,
        column: 1,
        value: f64::NAN,
    };
    refuses(
        shift_residual(&[1.0, f64::NAN], 1.0),
        &error,
        "logit row 1, entry 2 is NaN; every entry must be a finite number",
    );
    let error = Error::Overflow {
        what: "the shifted logit",
        row: 0,
        column: 0,
    };
    let message = "the shifted logit (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers";
    refuses(shift_residual(&[f64::MAX], f64::MAX), &error, message);
    let error = Error::NotFinite {
        what: "key",
        row: 0,
        column: 0,
        value: f64::NAN,
    };
    let message = "key 1, entry 1 is NaN; every entry must be a finite number";
    refuses(
        bridge_bias(&dmatrix![f64::NAN], &Metric::Identity, 1.0),
        &error,
        message,
    );
    refuses(
        bridge_bias(&DMatrix::zeros(0, 2), &Metric::Identity, 1.0),
        &Error::NoTokens { what: "keys" },
        "there are no keys; at least 1 is needed",
    );
}

#[test]
fn mechanisms_by_name() {
    for mechanism in Mechanism::ALL {
        assert_eq!(mechanism.to_string().parse(), Ok(mechanism));
    }
    let error = Error::UnknownMechanism { name: "Softmax".into() };
    let message =
        "unknown mechanism \"Softmax\"; the mechanisms are softmax, smoother, kernel-pca, rpc, elliptical, bn and sh";
    refuses("Softmax".parse::<Mechanism>(), &error, message);
    refuses(
        Mechanism::Softmax.scoring(0),
        &Error::NoDimensions { what: "keys" },
        "the keys have 0 dimensions; at least 1 is needed",
    );
    assert_eq!(
        Mechanism::Softmax.scoring(2).map(|scoring| scoring.temperature()),
        Ok(2_f64.sqrt())
    );
}
