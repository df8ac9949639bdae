//! At the edge of what `f64` can say: an answer or an error, never NaN.

use crate::common::{head, scoring};
use eigenlens_core::{Error, KeyBias, Mechanism, Metric, Scoring, attend, attend_row, bridge_residual};
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::prelude::*;

#[test]
fn an_overflow_by_the_last_digit() {
    // In plain arithmetic each of the small terms is rounded away; together they pass the largest
    // number.
    let small = 9.9e291;
    let keys = dmatrix![0.0, 0.0, 0.0; f64::MAX, small, small];
    let edge = head(dmatrix![1.0, 1.0, 1.0], keys, dmatrix![1.0; 2.0]);
    let result = attend(&edge, &scoring(Metric::Identity, 1.0, KeyBias::Zero));
    let what = "the logit of query and key";
    assert_eq!(
        result,
        Err(Error::Overflow {
            what,
            row: 0,
            column: 1
        })
    );
}

#[test]
fn numbers_at_the_edge_are_answered() {
    // Values of the largest size, whose weighted sum would overflow by a rounding.
    let largest = head(
        dmatrix![0.0],
        DMatrix::zeros(3, 1),
        DMatrix::from_element(3, 1, f64::MAX),
    );
    let softmax = Mechanism::Softmax.scoring(1).expect("a scoring");
    assert_eq!(attend(&largest, &softmax).expect("attention").output[0], f64::MAX);
    // Logits of 10³⁰⁰, beyond where a product can be split without overflow.
    let long = head(dmatrix![1e150], dmatrix![1e150; 1e150; -1e150], dmatrix![1.0; 2.0; 3.0]);
    assert_eq!(
        attend(&long, &softmax).expect("attention").weights,
        dmatrix![0.5, 0.5, 0.0]
    );
    // The smallest temperature, where every logit but 0 would overflow.
    let coldest = scoring(Metric::Identity, 5e-324, KeyBias::Zero);
    let origin = head(dmatrix![0.0], dmatrix![1.0; -1.0], dmatrix![1.0; 2.0]);
    assert_eq!(
        attend(&origin, &coldest).expect("attention").weights,
        dmatrix![0.5, 0.5]
    );
}

fn extreme() -> impl Strategy<Value = f64> {
    let sizes = prop::sample::select(vec![
        0.0,
        5e-324,
        1e-310,
        1e-160,
        1.0,
        1e3,
        1e100,
        1e153,
        1e200,
        1e302,
        f64::MAX,
    ]);
    (sizes, any::<bool>()).prop_map(|(size, negative)| if negative { -size } else { size })
}

proptest! {
    /// Whatever the numbers, the answer is finite or an error, never NaN or infinity.
    #[test]
    fn nothing_is_silently_no_number(
        entries in prop::collection::vec(extreme(), 12), m in prop::collection::vec(extreme(), 4), bias in prop::collection::vec(extreme(), 3),
        temperature in extreme(), which in 0..3_usize, kind in 0..3_usize,
    ) {
        let head = head(
            DMatrix::from_row_slice(1, 2, &entries[..2]), DMatrix::from_row_slice(3, 2, &entries[2..8]), DMatrix::from_row_slice(3, 1, &entries[8..11]),
        );
        let metric = match which {
            0 => Metric::Identity,
            1 => Metric::Diagonal(DVector::from_row_slice(&m[..2])),
            _ => Metric::Full(dmatrix![m[0], m[1]; m[1], m[3]]),
        };
        let bias = [KeyBias::Zero, KeyBias::Given(DVector::from_vec(bias)), KeyBias::Distance][kind].clone();
        let Ok(scoring) = Scoring::new(metric.clone(), temperature, bias) else {
            prop_assert!(temperature <= 0.0);
            return Ok(());
        };
        match attend(&head, &scoring) {
            Ok(attention) => {
                prop_assert!((attention.weights.sum() - 1.0).abs() <= 1e-15, "{}", attention.weights);
                prop_assert!(attention.output[0].is_finite() && attention.log_normaliser[0].is_finite());
                let logits = attend_row(&head, &scoring, 0).expect("the same row").logits;
                prop_assert!(logits.iter().all(|logit| logit.is_finite()));
            }
            Err(error) => prop_assert!(matches!(error, Error::Overflow { row: 0, .. }), "{error}"),
        }
        if let Ok(residual) = bridge_residual(&head, &metric, temperature) {
            prop_assert!(residual.is_finite());
        }
    }
}
