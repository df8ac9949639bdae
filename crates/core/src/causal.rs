//! Attention that may not look ahead.

use nalgebra::{DMatrix, DVector};

use crate::attention::{Attention, attended, reserve};
use crate::error::{Error, check_length};
use crate::head::Head;
use crate::logits::{Family, extremes};
use crate::scoring::Scoring;

/// Causal attention: query i sees the keys 0 to i, and the weights after them are 0. There must be as
/// many queries as keys.
///
/// Row i is the last row of [`attend`](crate::attend) on the first `i + 1` tokens, bit for bit:
/// nothing that comes later is looked at.
///
/// # Errors
/// [`Error::ShapeMismatch`] when the scoring does not fit the head, or the queries are not as many
/// as the keys; [`Error::Overflow`] when a logit is beyond the range of `f64`;
/// [`Error::OutOfBounds`] when the weights need more memory than there is.
pub fn attend_causally(head: &Head, scoring: &Scoring) -> Result<Attention, Error> {
    let n = head.n_keys();
    check_length("the number of queries", head.n_queries(), n)?;
    scoring.check_fits(n, head.dim())?;
    let mut weights = Vec::new();
    reserve(&mut weights, n, n)?;
    let mut weights = DMatrix::from_vec(n, n, weights);
    let mut output = DMatrix::zeros(n, head.value_dim());
    let mut log_normaliser = DVector::zeros(n);
    for (index, query) in head.queries().row_iter().enumerate() {
        let query: Vec<f64> = query.iter().copied().collect();
        let keys = head.keys().rows(0, index + 1).into_owned();
        let values = head.values().rows(0, index + 1).into_owned();
        let logits = Family::new(&keys, scoring.of_first(index + 1))?.of(&query, &keys, index)?;
        let row = attended(&logits, values.transpose().as_slice(), &extremes(&values));
        for (slot, weight) in weights.row_mut(index).iter_mut().zip(row.weights) {
            *slot = weight;
        }
        for (slot, entry) in output.row_mut(index).iter_mut().zip(row.output) {
            *slot = entry;
        }
        log_normaliser[index] = row.log_normaliser;
    }
    Ok(Attention {
        weights,
        output,
        log_normaliser,
    })
}
