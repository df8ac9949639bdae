//! Tokens as they are stored in half precision: each number rounded to the nearest of 11 significant bits (IEEE 754
//! binary16).

use half::f16;
use nalgebra::DMatrix;

use crate::error::{Bound, Error};
use crate::head::Head;

/// The greatest number of half precision.
const GREATEST: usize = 65_504;

/// A head whose queries, keys and values were stored in half precision: the nearest numbers of it, ties to even. What is
/// computed with them is computed in `f64`.
///
/// A rounded number is off by at most its 2⁻¹¹-th part where it is at least 2⁻¹⁴.
///
/// # Errors
/// [`Error::OutOfBounds`] for a number whose nearest one would be infinite.
pub fn in_half_precision(head: &Head) -> Result<Head, Error> {
    let sizes = [
        "the size of an entry of a query in half precision",
        "the size of an entry of a key in half precision",
        "the size of an entry of a value in half precision",
    ];
    let rounded = |what: &'static str, tokens: &DMatrix<f64>| {
        let stored = tokens.map(|entry| f16::from_f64(entry).to_f64());
        match stored.iter().position(|entry| entry.is_infinite()) {
            None => Ok(stored),
            Some(at) => Err(Error::OutOfBounds {
                what,
                value: tokens[at].abs(),
                bound: Bound::AtMost(GREATEST),
            }),
        }
    };
    Head::new(
        rounded(sizes[0], head.queries())?,
        rounded(sizes[1], head.keys())?,
        rounded(sizes[2], head.values())?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn the_nearest_number_is_stored() {
        // 3e-8 is nearer to 2⁻²⁴, the least above 0, than to 0.
        // 1/3 is 0.010101…₂: eleven digits from the first 1 give 1365/4096. 1 + 2⁻¹¹ is a tie, and 1 is even.
        let head = Head::new(
            dmatrix![1.0 / 3.0],
            dmatrix![1.0 + 2_f64.powi(-11); 2.5],
            dmatrix![-65_519.0; 3e-8],
        )
        .unwrap();
        let stored = in_half_precision(&head).unwrap();
        assert_eq!(stored.queries(), &dmatrix![1365.0 / 4096.0]);
        assert_eq!(stored.keys(), &dmatrix![1.0; 2.5]);
        assert_eq!(stored.values(), &dmatrix![-65_504.0; 2_f64.powi(-24)]);
    }

    #[test]
    fn what_would_be_infinite_is_refused() {
        let head = Head::new(dmatrix![1.0], dmatrix![-65_520.0], dmatrix![1.0]).unwrap();
        let refused = in_half_precision(&head).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the size of an entry of a key in half precision is 65520, but must be at most 65504"
        );
    }
}
