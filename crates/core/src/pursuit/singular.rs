//! The two shrinkings of a step, and the singular values that one of them needs.

use std::iter::zip;

use nalgebra::DMatrix;
use wide::f64x4;

use crate::eigen::{add_scaled, dot, leading};
use crate::error::{Error, check_finite, entries};
use crate::scale::power_of_two_below;

/// Where the threshold is below this share of the largest singular value, the Gram matrix has lost
/// the digits of those near it: it holds their squares.
const SQUARES_SUFFICE: f64 = 1e-5;

/// Sweeps of one-sided Jacobi before it is taken for converged; about ten are usual.
const SWEEPS: usize = 60;

/// The singular values of a matrix `N×D`, descending, `min(N, D)` of them, each right to about the
/// last digits of the largest: one-sided Jacobi rotations (Hestenes 1958; Demmel and Veselić 1992).
///
/// # Errors
/// [`Error::NoTokens`] and [`Error::NoDimensions`] for an empty matrix, [`Error::NotFinite`];
/// [`Error::Overflow`] when a singular value is beyond the range of `f64`.
pub fn singular_values(matrix: &DMatrix<f64>) -> Result<Vec<f64>, Error> {
    check_matrix(matrix)?;
    let unit = power_of_two_below(matrix.as_slice().iter().copied());
    let tall = Tall::of(matrix, unit);
    let (columns, _) = jacobi(&tall);
    let mut values: Vec<f64> = columns
        .chunks_exact(tall.rows)
        .map(|column| dot(column, column).sqrt() * unit)
        .collect();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    match values.first() {
        Some(largest) if !largest.is_finite() => Err(Error::Overflow {
            what: "the largest singular value",
            row: 0,
            column: 0,
        }),
        _ => Ok(values),
    }
}

/// Checks that a matrix has entries, all of them finite.
pub(super) fn check_matrix(matrix: &DMatrix<f64>) -> Result<(), Error> {
    if matrix.nrows() == 0 {
        return Err(Error::NoTokens {
            what: "rows of the matrix",
        });
    }
    if matrix.ncols() == 0 {
        return Err(Error::NoDimensions {
            what: "rows of the matrix",
        });
    }
    check_finite("matrix row", entries(matrix))
}

/// `S_τ(x) = sgn(x) max(|x| − τ, 0)`: the proximal map of `τ|x|`.
pub(super) fn shrink(x: f64, threshold: f64) -> f64 {
    // Exactly 0 within the threshold, and without a branch.
    x - x.max(-threshold).min(threshold)
}

/// A matrix in units of a power of two, column by column, transposed when it is wide: at least as
/// many rows as columns.
struct Tall {
    rows: usize,
    columns: usize,
    transposed: bool,
    unit: f64,
    entries: Vec<f64>,
}

impl Tall {
    fn of(matrix: &DMatrix<f64>, unit: f64) -> Self {
        let (n, dim) = matrix.shape();
        let transposed = n < dim;
        let mut entries: Vec<f64> = if transposed {
            matrix.transpose().data.into()
        } else {
            matrix.as_slice().to_vec()
        };
        let per_unit = 1.0 / unit;
        for entry in &mut entries {
            *entry *= per_unit;
        }
        Self {
            rows: n.max(dim),
            columns: n.min(dim),
            transposed,
            unit,
            entries,
        }
    }

    /// `AᵀA`, below the diagonal.
    fn gram(&self) -> DMatrix<f64> {
        let mut gram = DMatrix::zeros(self.columns, self.columns);
        let columns: Vec<&[f64]> = self.entries.chunks_exact(self.rows).collect();
        let mut slots = gram.as_mut_slice().chunks_exact_mut(self.columns);
        let mut at = 0;
        // Two columns against two at a time: half the traffic of one against one.
        while let Some(first) = slots.next() {
            let second = slots.next();
            let Some(left) = columns.get(at) else { break };
            let Some((right, second)) = columns.get(at + 1).zip(second) else {
                if let Some(slot) = first.get_mut(at) {
                    *slot = dot(left, left);
                }
                break;
            };
            let (first, second) = (first.get_mut(at..), second.get_mut(at..));
            let (Some(first), Some(second)) = (first, second) else {
                break;
            };
            let others = columns.get(at..).unwrap_or_default();
            let slots = zip(first.chunks_mut(2), second.chunks_mut(2));
            for (pair, (first, second)) in zip(others.chunks(2), slots) {
                match (pair, first, second) {
                    ([a, b], [la, lb], [ra, rb]) => [[*la, *lb], [*ra, *rb]] = four_dots([left, right], [a, b]),
                    ([a], [la], [ra]) => (*la, *ra) = (dot(left, a), dot(right, a)),
                    _ => {}
                }
            }
            at += 2;
        }
        gram
    }

    /// Writes a tall matrix of this shape, given column by column, into one of the original shape.
    fn write(&self, tall: &[f64], into: &mut DMatrix<f64>) {
        if self.transposed {
            for (mut row, column) in zip(into.row_iter_mut(), tall.chunks_exact(self.rows)) {
                for (slot, entry) in zip(row.iter_mut(), column) {
                    *slot = entry * self.unit;
                }
            }
        } else {
            for (slot, entry) in zip(into.as_mut_slice(), tall) {
                *slot = entry * self.unit;
            }
        }
    }
}

/// The products of two vectors with two others.
fn four_dots([p, q]: [&[f64]; 2], [a, b]: [&[f64]; 2]) -> [[f64; 2]; 2] {
    let mut totals = [[f64x4::ZERO; 2]; 2];
    let ((p_chunks, p_rest), (q_chunks, q_rest)) = (p.as_chunks::<4>(), q.as_chunks::<4>());
    let ((a_chunks, a_rest), (b_chunks, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let [[pa, pb], [qa, qb]] = &mut totals;
    for ((p, q), (a, b)) in zip(zip(p_chunks, q_chunks), zip(a_chunks, b_chunks)) {
        let [p, q, a, b] = [p, q, a, b].map(|chunk| f64x4::from(*chunk));
        *pa += p * a;
        *pb += p * b;
        *qa += q * a;
        *qb += q * b;
    }
    let mut sums = totals.map(|row| row.map(f64x4::reduce_add));
    let [[pa, pb], [qa, qb]] = &mut sums;
    for ((p, q), (a, b)) in zip(zip(p_rest, q_rest), zip(a_rest, b_rest)) {
        *pa += p * a;
        *pb += p * b;
        *qa += q * a;
        *qb += q * b;
    }
    sums
}

/// `D_τ(X) = U S_τ(Σ) Vᵀ`: the proximal map of `τ‖X‖_*`, from the decomposition of the smaller Gram
/// matrix; only the vectors of the singular values above the threshold are formed. `values` gets
/// the `min(N, D)` singular values of the result, descending. Gives the spectral norm of
/// `X − D_τ(X)`, the smaller of `τ` and the largest singular value of `X`.
pub(super) fn shrink_singular_values(
    matrix: &DMatrix<f64>,
    threshold: f64,
    into: &mut DMatrix<f64>,
    values: &mut Vec<f64>,
) -> Result<f64, Error> {
    values.clear();
    values.resize(matrix.nrows().min(matrix.ncols()), 0.0);
    into.fill(0.0);
    let unit = power_of_two_below(matrix.as_slice().iter().copied());
    let tall = Tall::of(matrix, unit);
    // A threshold beyond the range leaves nothing, which is right.
    let scaled_threshold = threshold / unit;
    let eigen = leading(tall.gram(), scaled_threshold * scaled_threshold)?;
    let largest = eigen.values.first().map_or(0.0, |value| value.sqrt());
    if scaled_threshold < SQUARES_SUFFICE * largest {
        return Ok(shrink_by_jacobi(&tall, scaled_threshold, into, values));
    }
    let mut result = vec![0.0; tall.entries.len()];
    for (slot, (value, vector)) in zip(&mut *values, zip(&eigen.values, eigen.vectors.column_iter())) {
        let value = value.sqrt();
        *slot = (value - scaled_threshold) * unit;
        let factor = 1.0 - scaled_threshold / value;
        add_outer(&mut result, &tall, vector.as_slice(), factor);
    }
    tall.write(&result, into);
    Ok(largest.min(scaled_threshold) * unit)
}

/// `result += factor · (A v) vᵀ`.
fn add_outer(result: &mut [f64], tall: &Tall, v: &[f64], factor: f64) {
    let mut along = vec![0.0; tall.rows];
    for (column, v) in zip(tall.entries.chunks_exact(tall.rows), v) {
        add_scaled(&mut along, *v, column);
    }
    for (column, v) in zip(result.chunks_exact_mut(tall.rows), v) {
        add_scaled(column, factor * v, &along);
    }
}

/// The same from the singular values themselves, for thresholds that their squares cannot resolve.
fn shrink_by_jacobi(tall: &Tall, threshold: f64, into: &mut DMatrix<f64>, values: &mut [f64]) -> f64 {
    let (columns, turned) = jacobi(tall);
    let mut result = vec![0.0; tall.entries.len()];
    let mut all: Vec<f64> = Vec::with_capacity(tall.columns);
    for (column, vector) in zip(columns.chunks_exact(tall.rows), turned.chunks_exact(tall.columns)) {
        let value = dot(column, column).sqrt();
        all.push(value);
        if value > threshold {
            let factor = 1.0 - threshold / value;
            for (into, v) in zip(result.chunks_exact_mut(tall.rows), vector) {
                add_scaled(into, factor * v, column);
            }
        }
    }
    all.sort_unstable_by(|a, b| b.total_cmp(a));
    for (slot, value) in zip(values, &all) {
        *slot = (value - threshold).max(0.0) * tall.unit;
    }
    tall.write(&result, into);
    all.first().map_or(0.0, |largest| largest.min(threshold)) * tall.unit
}

/// One-sided Jacobi: turns pairs of columns until all are orthogonal, so that `A V = U Σ`. Gives
/// `A V` and `V`, column by column.
fn jacobi(tall: &Tall) -> (Vec<f64>, Vec<f64>) {
    let (rows, n) = (tall.rows, tall.columns);
    let mut columns = tall.entries.clone();
    let mut turned: Vec<f64> = DMatrix::identity(n, n).data.into();
    for _ in 0..SWEEPS {
        let mut still = true;
        for i in 0..n {
            for j in i + 1..n {
                still &= !turn_pair(&mut columns, &mut turned, [rows, n], [i, j]);
            }
        }
        if still {
            break;
        }
    }
    (columns, turned)
}

/// Makes two columns orthogonal, and turns those of `V` along; whether there was anything to do.
fn turn_pair(columns: &mut [f64], turned: &mut [f64], [rows, n]: [usize; 2], [i, j]: [usize; 2]) -> bool {
    let Some((a, b)) = two_columns(columns, rows, i, j) else {
        return false;
    };
    let (aa, bb, ab) = (dot(a, a), dot(b, b), dot(a, b));
    if ab.abs() <= f64::EPSILON * (aa * bb).sqrt() {
        return false;
    }
    let half = (bb - aa) / (2.0 * ab);
    let tangent = 1.0_f64.copysign(half) / (half.abs() + half.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = cosine * tangent;
    let turn = |a: &mut [f64], b: &mut [f64]| {
        for (a, b) in zip(a, b) {
            (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
        }
    };
    turn(a, b);
    if let Some((a, b)) = two_columns(turned, n, i, j) {
        turn(a, b);
    }
    true
}

/// Two different columns, the former and the latter.
fn two_columns(matrix: &mut [f64], rows: usize, i: usize, j: usize) -> Option<(&mut [f64], &mut [f64])> {
    let (before, from) = matrix.split_at_mut_checked(j * rows)?;
    Some((before.get_mut(i * rows..(i + 1) * rows)?, from.get_mut(..rows)?))
}
