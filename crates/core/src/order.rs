//! Orders of lists, as the places of their entries.
//!
//! Every caller shares one compiled sort: one of its own for each comparison is 10 kB of the page.

use std::cmp::Ordering;

/// The places `0..len` in the order that a comparison of two places gives; equal ones ascend.
///
/// ```
/// let words = ["query", "key", "value"];
/// let by_length = |a: usize, b: usize| words[a].len().cmp(&words[b].len());
/// assert_eq!(eigenlens_core::order_by(3, &by_length), [1, 0, 2]);
/// ```
pub fn order_by(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    // The comparison with the places is a total order, so no stable sort is needed.
    order.sort_unstable_by(|&a, &b| compare(a, b).then(a.cmp(&b)));
    order
}

/// The places of numbers, the largest first, equal ones ascending; in the order of
/// [`f64::total_cmp`], so that no number is left out.
///
/// ```
/// assert_eq!(eigenlens_core::descending(&[0.2, 0.5, 0.2, 0.1]), [1, 0, 2, 3]);
/// ```
pub fn descending(numbers: &[f64]) -> Vec<usize> {
    let number = |place: usize| numbers.get(place).copied().unwrap_or_default();
    order_by(numbers.len(), &|a, b| number(b).total_cmp(&number(a)))
}

/// What a list holds in the order of a comparison; equal ones stay in their order.
///
/// ```
/// let of_length = |a: &&str, b: &&str| a.len().cmp(&b.len());
/// let sorted = eigenlens_core::sorted_by(&["query", "key", "value"], &of_length);
/// assert_eq!(sorted, ["key", "query", "value"]);
/// ```
pub fn sorted_by<T: Clone>(list: &[T], compare: &dyn Fn(&T, &T) -> Ordering) -> Vec<T> {
    let of_places = |a: usize, b: usize| match (list.get(a), list.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    };
    let order = order_by(list.len(), &of_places).into_iter();
    order.filter_map(|place| list.get(place).cloned()).collect()
}

/// Numbers with their places, the largest first, as in [`descending`].
pub(crate) fn ranked(numbers: &[f64]) -> Vec<(f64, usize)> {
    let order = descending(numbers).into_iter();
    order
        .filter_map(|place| numbers.get(place).map(|number| (*number, place)))
        .collect()
}
