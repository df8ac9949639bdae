//! Claim 6: the columns of the values are the eigenvectors (Teo and Nguyen 2024, Theorem 1). When `V`
//! becomes `VM` and the output matrix `M⁻¹W` the layer stays, and the columns do not: only the span
//! of the values can be found in a layer.

use std::iter::zip;

use nalgebra::DMatrix;

use super::projection::{ProjectionClaim, ProjectionTests};
use crate::attention::attend;
use crate::error::{Error, check_finite, check_length, entries};
use crate::head::Head;
use crate::rpc::{check_range, softmax};
use crate::scale::Length;

/// A head before and after its values are mixed.
#[derive(Debug, Clone, PartialEq)]
pub struct GaugeClaim {
    /// The largest entry of `|A(VM)M⁻¹ − AV|`: 0 in exact arithmetic.
    pub output_residual: f64,
    /// The tests of `V`.
    pub before: ProjectionTests,
    /// The tests of `VM`.
    pub after: ProjectionTests,
    /// The cosine of each column of `VM` with that of `V`; 0 beside a column of zeros.
    pub column_cosines: Vec<f64>,
}

/// The values of a head mixed by `M`, `D_v×D_v`; `None`: `τ = √D`.
///
/// # Errors
/// [`Error::ShapeMismatch`] and [`Error::NotFinite`] for `M`; [`Error::NotDefined`] when it has no
/// inverse; as [`ProjectionClaim::new`] and [`ProjectionClaim::tests`].
pub fn gauge_freedom(head: &Head, mixing: &DMatrix<f64>, temperature: Option<f64>) -> Result<GaugeClaim, Error> {
    check_length("the number of rows of the mixing", mixing.nrows(), head.value_dim())?;
    check_length("the number of columns of the mixing", mixing.ncols(), head.value_dim())?;
    check_finite("mixing row", entries(mixing))?;
    let inverse = mixing.clone().try_inverse();
    let inverse = inverse.filter(|inverse| inverse.iter().all(|entry| entry.is_finite()));
    let inverse = inverse.ok_or_else(|| Error::NotDefined {
        what: "the mixing of the values",
        needs: "a matrix with an inverse".to_owned(),
        has: "one without".to_owned(),
    })?;
    let mixed = head.values() * mixing;
    check_range("the mixed value", &mixed)?;
    let weights = attend(head, &softmax(head.dim(), temperature)?)?.weights;
    let back = &weights * &mixed * inverse;
    check_range("the output mixed back", &back)?;
    let claim = ProjectionClaim::new(head, temperature)?;
    let column_cosines = zip(head.values().column_iter(), mixed.column_iter()).map(|(before, after)| {
        let [a, b] = [before, after].map(|column| Length::of(column.iter().copied().collect::<Vec<_>>().into_iter()));
        if a.is_zero() || b.is_zero() {
            0.0
        } else {
            zip(before.iter(), after.iter())
                .map(|(x, y)| a.divide(*x) * b.divide(*y))
                .sum()
        }
    });
    Ok(GaugeClaim {
        output_residual: (back - weights * head.values()).amax(),
        before: claim.tests(head.values())?,
        after: claim.tests(&mixed)?,
        column_cosines: column_cosines.collect(),
    })
}
