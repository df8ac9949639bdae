//! Products of matrices, by the `gemm` crate, on one core: the one place with unsafe code.

use gemm::Parallelism;

/// Rows of queries in a tile. Three vectors of 512 bits, and a whole number of all shorter ones: what the `gemm` crate
/// multiplies fastest, see `benches/cpu.rs`.
pub(super) const LANES: usize = 48;

/// Rows are multiplied in whole vectors of the widest kind.
const VECTOR: usize = 16;

/// A column of a tile: one number for each row of queries.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [f32; LANES]);

/// The right factor, as its tensor has it, rows being tokens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right<'a> {
    /// Keys: `left · keysᵀ`, one row of `dim` entries for each column of the product, of which those from `from` on meet the
    /// columns of `left`.
    Transposed { keys: &'a [f32], dim: usize, from: usize },
    /// Values: `left · values`, one row for each column of `left`.
    Plain(&'a [f32]),
}

/// Puts `left · right` into `product`, or adds it; all matrices but the right one column by column, and of the lanes
/// the first `rows` and what fills their last vector. Columns that `right` has no entries for are left as they are.
pub(super) fn product(product: &mut [Lanes], adds: bool, rows: usize, left: &[Lanes], right: Right<'_>) {
    let depth = left.len();
    let (entries, columns, [right_column, right_row]) = match right {
        Right::Transposed { keys, dim, from } => {
            let fits = from + depth <= dim;
            let columns = if fits {
                keys.len().checked_div(dim).unwrap_or(0)
            } else {
                0
            };
            (keys.get(from..).unwrap_or_default(), columns, [dim, 1])
        }
        Right::Plain(values) => {
            let columns = values.len().checked_div(depth).unwrap_or(0);
            (values, columns, [1, columns])
        }
    };
    let columns = columns.min(product.len());
    let [lanes, right_column, right_row] = [LANES, right_column, right_row].map(usize::cast_signed);
    #[expect(
        unsafe_code,
        reason = "the crate that multiplies matrices takes pointers and strides"
    )]
    // SAFETY: `Lanes` are LANES numbers without padding, so a column begins LANES numbers after the one before it, and
    // no more than LANES rows are touched. `product` has at least `columns` columns and is borrowed mutably, `left` has
    // `depth` columns. Of keys `columns` rows of `dim` are there, of which `depth` are read from `from` on, no further than
    // `dim`; of values `depth` rows of at least `columns`.
    unsafe {
        gemm::gemm(
            rows.next_multiple_of(VECTOR).min(LANES),
            columns,
            depth,
            product.as_mut_ptr().cast::<f32>(),
            lanes,
            1,
            adds,
            left.as_ptr().cast::<f32>(),
            lanes,
            1,
            entries.as_ptr(),
            right_column,
            right_row,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transposed(keys: &[f32], dim: usize, from: usize) -> Right<'_> {
        Right::Transposed { keys, dim, from }
    }

    /// Columns of whole numbers, so that products are exact.
    fn columns(count: usize, seed: usize) -> Vec<Lanes> {
        let entry = |column: usize, lane: usize| ((column * 31 + lane * 17 + seed) % 13) as f32 - 6.0;
        (0..count)
            .map(|column| Lanes(std::array::from_fn(|lane| entry(column, lane))))
            .collect()
    }

    #[test]
    fn products_are_those_of_the_definition() {
        for (depth, count) in [(1, 1), (2, 5), (3, 1), (16, 7), (64, 128), (65, 3)] {
            for rows in [1, 16, 17, 48] {
                let left = columns(depth, 1);
                let entries: Vec<f32> = (0..depth * count).map(|at| ((at * 7) % 11) as f32 - 5.0).collect();
                for adds in [false, true] {
                    let [mut keys, mut values] = [2, 3].map(|seed| columns(count, seed));
                    let before = [keys.clone(), values.clone()];
                    product(&mut keys, adds, rows, &left, transposed(&entries, depth, 0));
                    product(&mut values, adds, rows, &left, Right::Plain(&entries));
                    for column in 0..count {
                        for lane in 0..LANES {
                            let sum = |entry: &dyn Fn(usize) -> f32| {
                                (0..depth).map(|k| left[k].0[lane] * entry(k)).sum::<f32>()
                            };
                            let sums = [
                                sum(&|k| entries[column * depth + k]),
                                sum(&|k| entries[k * count + column]),
                            ];
                            for ((made, before), sum) in [&keys, &values].into_iter().zip(&before).zip(sums) {
                                let before = before[column].0[lane];
                                let expected = match (lane < rows.next_multiple_of(VECTOR), adds) {
                                    (false, _) => before,
                                    (true, true) => before + sum,
                                    (true, false) => sum,
                                };
                                assert_eq!(made[column].0[lane], expected);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn parts_of_a_product_add_up_to_it() {
        let left = columns(10, 1);
        let keys: Vec<f32> = (0..70).map(|at| ((at * 5) % 9) as f32 - 4.0).collect();
        let [mut whole, mut parts] = [(); 2].map(|()| columns(7, 2));
        product(&mut whole, false, LANES, &left, transposed(&keys, 10, 0));
        product(&mut parts, false, LANES, &left[..6], transposed(&keys, 10, 0));
        product(&mut parts, true, LANES, &left[6..], transposed(&keys, 10, 6));
        assert!(whole.iter().zip(&parts).all(|(whole, parts)| whole.0 == parts.0));
    }

    #[test]
    fn a_right_factor_that_is_too_short_is_not_read_beyond() {
        let left = columns(4, 1);
        let mut made = columns(3, 2);
        let before = made.clone();
        product(&mut made, false, LANES, &left, transposed(&[1.0; 7], 4, 0));
        assert_eq!(made[1].0, before[1].0);
        product(&mut made, false, LANES, &left, transposed(&[1.0; 12], 4, 1));
        product(&mut made, false, LANES, &left, transposed(&[1.0; 12], 4, 13));
        product(&mut made, false, LANES, &[], Right::Plain(&[]));
        assert_eq!([made[1].0, made[2].0], [before[1].0, before[2].0]);
    }
}
