//! The head that the benches of attention work on.

mod numbers;

use eigenlens_core::Head;
use nalgebra::DMatrix;

/// A head of N tokens in D dimensions.
pub(crate) fn cloud(n: usize, dim: usize) -> Head {
    let mut next = numbers::normal_enough();
    let mut matrix = || DMatrix::from_fn(n, dim, |_, _| next());
    Head::new(matrix(), matrix(), matrix()).expect("finite matrices of one shape")
}
