//! At the edge of what `f64` can say: an answer or an error, never NaN.

use crate::common::{head, scoring};
use eigenlens_core::{
    BnForm, BnOptions, ClassToken, CollapseOptions, Collapsing, Error, KeyBias, LayerMechanism, Mechanism, Metric,
    MetricScaling, Pooling, Remainder, Scoring, attend, attend_causally, attend_row, attention_jacobian, bn_head,
    bn_scoring, bn_shifted_queries, bridge_residual, error_of_draws, estimated_metric, head_distances, jacobian_bound,
    key_statistics, mean_head_distance, regression_error, robustness_bound, scaled_metric, token_cosine,
};
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

    /// The same of metrics, statistics, bounds, errors, distances and films.
    #[test]
    fn nor_is_anything_made_of_them(
        [a, b] in [prop::collection::vec(extreme(), 6), prop::collection::vec(extreme(), 6)], m in prop::collection::vec(extreme(), 2),
        [beta, epsilon, temperature] in [extreme(), extreme(), extreme()], which in 0..6_usize,
    ) {
        let [a, b] = [a, b].map(|entries| DMatrix::from_vec(3, 2, entries));
        let (m, scaling, form) = (DVector::from_vec(m), MetricScaling::ALL[which % 3], BnForm::ALL[which % 2]);
        let options = BnOptions { form, beta, epsilon };
        let head = head(a.clone(), b.clone(), a.clone());
        let query: Vec<f64> = a.row(0).iter().copied().collect();
        let error = |error: eigenlens_core::RegressionError| vec![error.bias_squared, error.variance, error.total()];
        let pooling = Pooling { factor: 1 + which % 3, remainder: Remainder::ALL[which % 2], class_token: ClassToken::ALL[which / 3] };
        let numbers = [
            estimated_metric(&a, &b, epsilon, scaling).map(|m| m.as_slice().to_vec()),
            scaled_metric(&m.abs(), scaling).map(|m| m.as_slice().to_vec()),
            key_statistics(&b).map(|statistics| [statistics.mean.as_slice(), statistics.variance.as_slice()].concat()),
            bn_scoring(&b, &options, temperature).map(|scoring| match scoring.bias() {
                KeyBias::Given(bias) => bias.as_slice().to_vec(),
                _ => vec![f64::NAN],
            }),
            bn_head(&head, &options).map(|head| head.keys().as_slice().to_vec()),
            bn_shifted_queries(&head, beta).map(|head| head.queries().as_slice().to_vec()),
            attention_jacobian(&query, &b, &m, temperature).map(|jacobian| jacobian.as_slice().to_vec()),
            Ok(jacobian_bound(&b).as_slice().to_vec()),
            robustness_bound(&b, &a, &m, temperature).map(|bound| vec![bound]),
            regression_error(a.column(0).as_slice(), b.column(0).as_slice(), beta, epsilon.abs()).map(error),
            error_of_draws(&a, m.as_slice()).map(error),
            token_cosine(&a).map(|cosine| vec![cosine]),
            pooling.pool(&a).map(|means| means.as_slice().to_vec()),
            head_distances(&[a.clone(), b.clone(), a.clone()]).and_then(|d| mean_head_distance(&d).map(|mean| vec![mean])),
        ];
        for (at, numbers) in numbers.into_iter().enumerate() {
            prop_assert!(numbers.iter().flatten().all(|number| number.is_finite()), "{at}: {numbers:?}");
        }
        let plain = scoring(Metric::Diagonal(m.clone()), 1.0, KeyBias::Zero);
        if let Ok(attention) = attend_causally(&head, &plain) {
            prop_assert!(attention.weights.iter().chain(&attention.output).all(|number| number.is_finite()));
        }
        let mechanism = [LayerMechanism::Softmax, LayerMechanism::Metric(m), LayerMechanism::Estimated(scaling)][which % 3].clone();
        let options = CollapseOptions { mechanism, residual: which < 3, temperature: None };
        let mut film = Collapsing::new(a, options).expect("a film");
        while film.layers().len() < 5 && film.step().is_ok() {}
        for layer in film.layers() {
            let cosine = layer.cosine.unwrap_or_default();
            prop_assert!((-1.0..=1.0).contains(&cosine) && layer.tokens.iter().all(|token| token.is_finite()));
        }
    }
}
