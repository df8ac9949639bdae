//! From a symmetric matrix to three diagonals, by Householder reflections.

use std::iter::zip;

use nalgebra::DMatrix;
use wide::f64x4;

use super::{NEGLIGIBLE, add_scaled, dot};

/// One Householder reflection `I − factor·v vᵀ`.
#[derive(Debug, Clone)]
pub(super) struct Reflection {
    /// The row of the first entry of `v`; those above are 0.
    pub(super) from: usize,
    pub(super) factor: f64,
    pub(super) v: Vec<f64>,
}

/// Householder reflections on both sides, until the matrix is tridiagonal.
#[derive(Debug, Clone)]
pub(super) struct Tridiagonalising {
    n: usize,
    /// Column by column; what is above the diagonal is not looked at.
    matrix: Vec<f64>,
    /// The column that is next.
    pub(super) at: usize,
    diagonal: Vec<f64>,
    off_diagonal: Vec<f64>,
    reflections: Vec<Reflection>,
    /// `v` and `w` of `v wᵀ + w vᵀ`, which is still to be taken off the columns from `at` on: the
    /// same pass over the matrix then multiplies it by the next `v`.
    pending: [Vec<f64>; 2],
    /// What all that is left is compared with.
    rounding: f64,
}

impl Tridiagonalising {
    pub(super) fn new(matrix: DMatrix<f64>) -> Self {
        let n = matrix.nrows();
        let largest = matrix.diagonal().amax();
        Self {
            n,
            matrix: matrix.data.into(),
            at: 0,
            diagonal: Vec::with_capacity(n),
            off_diagonal: Vec::with_capacity(n),
            reflections: Vec::with_capacity(n),
            pending: [vec![0.0; n], vec![0.0; n]],
            rounding: largest * f64::EPSILON,
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.at >= self.n
    }

    /// The diagonal, the entries beside it, and the reflections in the order in which they were
    /// made.
    pub(super) fn into_parts(self) -> (Vec<f64>, Vec<f64>, Vec<Reflection>) {
        (self.diagonal, self.off_diagonal, self.reflections)
    }

    /// Column `index` from row `index` on.
    fn column(&mut self, index: usize) -> &mut [f64] {
        let n = self.n;
        self.matrix
            .get_mut(index * n + index..(index + 1) * n)
            .unwrap_or_default()
    }

    /// Whether the columns from `at` on are rounding. The matrix is positive semi-definite, so its
    /// diagonal bounds it.
    fn only_rounding_is_left(&self) -> bool {
        let [v, w] = &self.pending;
        let diagonal = self.matrix.iter().skip(self.at * (self.n + 1)).step_by(self.n + 1);
        let left: f64 = zip(diagonal, zip(v, w))
            .map(|(entry, (v, w))| (entry - 2.0 * v * w).abs())
            .sum();
        left <= self.rounding * v.len() as f64
    }

    /// Reduces the next column; gives the number of multiply-adds.
    pub(super) fn reduce(&mut self) -> usize {
        let at = self.at;
        let last = at + 1 == self.n || (at > 0 && self.only_rounding_is_left());
        let [v, w] = std::mem::take(&mut self.pending);
        let (&v_first, &w_first) = (v.first().unwrap_or(&0.0), w.first().unwrap_or(&0.0));
        let column = self.column(at);
        for (entry, (v, w)) in zip(&mut *column, zip(&v, &w)) {
            *entry -= v * w_first + w * v_first;
        }
        let Some((&mut on_diagonal, below)) = column.split_first_mut() else {
            self.at = self.n;
            return 0;
        };
        let mut reflected = below.to_vec();
        self.diagonal.push(on_diagonal);
        if last {
            self.at = self.n;
            return self.n;
        }
        let (alpha, factor) = reflector(&mut reflected);
        self.off_diagonal.push(alpha);
        let mut product = vec![0.0; reflected.len()];
        // Take off what is pending and multiply by the new vector, in one pass.
        let (v, w) = (v.get(1..).unwrap_or_default(), w.get(1..).unwrap_or_default());
        for j in 0..reflected.len() {
            let column = self.column(at + 1 + j);
            let tails = [v, w, &reflected].map(|vector| vector.get(j..).unwrap_or_default());
            if let Some(product) = product.get_mut(j..) {
                update_and_multiply(column, tails, product);
            }
        }
        for entry in &mut product {
            *entry *= factor;
        }
        let half = 0.5 * factor * dot(&product, &reflected);
        add_scaled(&mut product, -half, &reflected);
        self.reflections.push(Reflection {
            from: at + 1,
            factor,
            v: reflected.clone(),
        });
        let cost = 2 * reflected.len() * reflected.len();
        self.pending = [reflected, product];
        self.at += 1;
        cost
    }
}

/// Turns `x` into the `v` of the reflection that maps it onto a multiple of the first unit vector;
/// gives that multiple and the factor of the reflection.
fn reflector(x: &mut [f64]) -> (f64, f64) {
    let Some((first, rest)) = x.split_first_mut() else {
        return (0.0, 0.0);
    };
    let tail = dot(rest, rest).sqrt();
    if tail <= NEGLIGIBLE {
        let alpha = *first;
        x.fill(0.0);
        return (alpha, 0.0);
    }
    let norm = first.hypot(tail);
    let alpha = if *first > 0.0 { -norm } else { norm };
    let factor = 1.0 / (norm * (norm + first.abs()));
    *first -= alpha;
    (alpha, factor)
}

/// For the part of a column from its diagonal entry on: takes off `v w₁ + w v₁`, then adds the
/// products of the column, and of the row that mirrors it, with `x` to `product`. All slices start
/// at the row of the diagonal entry.
fn update_and_multiply(column: &mut [f64], [v, w, x]: [&[f64]; 3], product: &mut [f64]) {
    let [v_first, w_first, x_first] = [v, w, x].map(|vector| vector.first().copied().unwrap_or_default());
    let (column_chunks, column_rest) = column.as_chunks_mut::<4>();
    let (v_chunks, v_rest) = v.as_chunks::<4>();
    let (w_chunks, w_rest) = w.as_chunks::<4>();
    let (x_chunks, x_rest) = x.as_chunks::<4>();
    let (product_chunks, product_rest) = product.as_chunks_mut::<4>();
    let [v_lanes, w_lanes, x_lanes] = [v_first, w_first, x_first].map(f64x4::splat);
    let mut totals = f64x4::ZERO;
    for ((column, product), ((v, w), x)) in zip(
        zip(column_chunks, product_chunks),
        zip(zip(v_chunks, w_chunks), x_chunks),
    ) {
        let entries = f64x4::from(*column) - (f64x4::from(*v) * w_lanes + f64x4::from(*w) * v_lanes);
        *column = entries.to_array();
        *product = (f64x4::from(*product) + entries * x_lanes).to_array();
        totals += entries * f64x4::from(*x);
    }
    let mut total = totals.reduce_add();
    for ((entry, product), ((v, w), x)) in zip(zip(column_rest, product_rest), zip(zip(v_rest, w_rest), x_rest)) {
        *entry -= v * w_first + w * v_first;
        *product += *entry * x_first;
        total += *entry * x;
    }
    if let (Some(product), Some(&on_diagonal)) = (product.first_mut(), column.first()) {
        // The diagonal entry is in both products; it counts once.
        *product += total - on_diagonal * x_first;
    }
}

/// The product of the reflections, built from the last: `Q` of `matrix = Q T Qᵀ`, its first m
/// columns.
#[derive(Debug, Clone)]
pub(super) struct Accumulating {
    pub(super) diagonal: Vec<f64>,
    pub(super) off_diagonal: Vec<f64>,
    pub(super) reflections: Vec<Reflection>,
    /// How many reflections are still to be multiplied.
    pub(super) left: usize,
    pub(super) q: DMatrix<f64>,
}

impl Accumulating {
    pub(super) fn new(tridiagonal: &mut Tridiagonalising) -> Self {
        let reflections = std::mem::take(&mut tridiagonal.reflections);
        let diagonal = std::mem::take(&mut tridiagonal.diagonal);
        Self {
            q: DMatrix::identity(tridiagonal.n, diagonal.len()),
            diagonal,
            off_diagonal: std::mem::take(&mut tridiagonal.off_diagonal),
            left: reflections.len(),
            reflections,
        }
    }

    /// Multiplies one reflection; gives the number of multiply-adds.
    pub(super) fn reflect(&mut self) -> usize {
        self.left -= 1;
        let Some(Reflection { from, factor, v }) = self.reflections.get(self.left) else {
            return 0;
        };
        // The columns before are still those of the identity, where the reflection is not.
        let mut columns = 0;
        let n = self.q.nrows().max(1);
        for column in self.q.as_mut_slice().chunks_exact_mut(n).skip(*from) {
            let tail = column.get_mut(*from..).unwrap_or_default();
            let along = dot(tail, v);
            add_scaled(tail, -factor * along, v);
            columns += 1;
        }
        2 * columns * v.len()
    }
}
