//! What the tests share: small random heads, and the rule by which golden values agree.

use eigenlens_core::{Error, Head, KeyBias, Metric, Scoring};
use nalgebra::{DMatrix, DVector};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

/// `max|a − b| ≤ 1e-11 · max(1, max|b|)`, b being the golden value; NaN never agrees.
pub(crate) fn agree<'a>(
    what: &str,
    ours: impl IntoIterator<Item = &'a f64>,
    golden: impl IntoIterator<Item = &'a f64>,
) {
    let (ours, golden): (Vec<f64>, Vec<f64>) = (
        ours.into_iter().copied().collect(),
        golden.into_iter().copied().collect(),
    );
    assert_eq!(ours.len(), golden.len(), "{what}: lengths differ");
    let tolerance = 1e-11 * golden.iter().fold(1.0, |size: f64, b| size.max(b.abs()));
    for (at, (a, b)) in ours.iter().zip(&golden).enumerate() {
        let difference = (a - b).abs();
        assert!(
            difference <= tolerance,
            "{what}: entry {at} is {a:e}, should be {b:e}, differs by {difference:e} > {tolerance:e}"
        );
    }
}

/// An error, known by its message.
#[track_caller]
pub(crate) fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, message: &str) {
    assert_eq!(result.expect_err("this should be refused").to_string(), message);
}

/// The numbers of a JSON list.
pub(crate) fn numbers_of(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(|x| x.as_f64().expect("a number"))
        .collect()
}

/// The matrix of a JSON list of rows.
pub(crate) fn matrix_of(value: &Value) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().expect("rows").iter().map(numbers_of).collect();
    DMatrix::from_row_iterator(rows.len(), rows[0].len(), rows.concat())
}

/// The largest difference of two matrices' entries.
pub(crate) fn apart(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    assert_eq!(a.shape(), b.shape(), "shapes differ");
    (a - b).amax()
}

/// A matrix with entries from −`size` to `size`.
pub(crate) fn matrix(rows: usize, columns: usize, size: f64) -> impl Strategy<Value = DMatrix<f64>> {
    vec(-size..size, rows * columns).prop_map(move |entries| DMatrix::from_vec(rows, columns, entries))
}

/// Heads of 1 to 5 queries and 1 to 9 keys in 1 to 5 dimensions.
pub(crate) fn heads() -> impl Strategy<Value = Head> {
    (
        1..6_usize,
        1..10_usize,
        1..6_usize,
        1..4_usize,
        prop_oneof![Just(3.0), Just(1000.0)],
    )
        .prop_flat_map(|(n_queries, n, dim, value_dim, size)| {
            (
                matrix(n_queries, dim, size),
                matrix(n, dim, size),
                matrix(n, value_dim, 3.0),
            )
                .prop_map(|(q, k, v)| head(q, k, v))
        })
}

/// A head that is known to be valid.
pub(crate) fn head(queries: DMatrix<f64>, keys: DMatrix<f64>, values: DMatrix<f64>) -> Head {
    Head::new(queries, keys, values).expect("a valid head")
}

/// A scoring that is known to be valid.
pub(crate) fn scoring(metric: Metric, temperature: f64, bias: KeyBias) -> Scoring {
    Scoring::new(metric, temperature, bias).expect("a valid scoring")
}

/// Identity, a diagonal and a full symmetric positive metric of a size that keeps logits ordinary.
pub(crate) fn metrics(dim: usize) -> impl Strategy<Value = Metric> {
    prop_oneof![
        Just(Metric::Identity),
        vec(0.0..2.0, dim).prop_map(|m| Metric::Diagonal(DVector::from_vec(m))),
        matrix(dim, dim, 1.0).prop_map(|a| {
            let m = &a * a.transpose();
            // Products need not be symmetric to the last digit; a metric of a distance must be.
            Metric::Full(DMatrix::from_fn(m.nrows(), m.ncols(), |i, j| m[(i.max(j), i.min(j))]))
        }),
    ]
}

/// A head and a member of the family that fits it, at temperatures from 0.5 to 4.
pub(crate) fn heads_and_scorings() -> impl Strategy<Value = (Head, Scoring)> {
    heads().prop_flat_map(|head| {
        let biases = prop_oneof![
            Just(KeyBias::Zero),
            vec(-2.0..2.0, head.n_keys()).prop_map(|b| KeyBias::Given(DVector::from_vec(b))),
            Just(KeyBias::Distance),
        ];
        (Just(head.clone()), metrics(head.dim()), 0.5..4.0, biases)
            .prop_map(|(head, metric, temperature, bias)| (head, scoring(metric, temperature, bias)))
    })
}
