//! The eigen-decomposition of a symmetric positive semi-definite matrix, as a stepper: Householder
//! reflections column by column to a tridiagonal matrix, then implicit QR with Wilkinson's shift
//! (Golub and Van Loan, Matrix Computations, 4th edition, §8.3).
//!
//! Why our own: a page must stay alive while a thousand keys are decomposed, so the work is cut
//! into slices; a Gram matrix of a plane's keys has a small numerical rank, and the reduction stops
//! where only rounding is left; and the result must not depend on anything but the matrix.

use std::iter::zip;

use nalgebra::{DMatrix, DMatrixView};
use wide::f64x4;

use crate::error::Error;

/// An eigenvalue counts when it is above this share of the largest: below, it is rounding.
pub(crate) const RANK_TOLERANCE: f64 = 1e-12;

/// Entries of an axis whose sizes differ by less than this, relative to the largest, are tied when
/// its sign is chosen; rounding must not decide.
const TIE_TOLERANCE: f64 = 1e-9;

/// QR sweeps for each eigenvalue before a decomposition is given up; about two are usual.
const SWEEPS_PER_EIGENVALUE: usize = 100;

/// A vector shorter than this is 0 beside entries of size 1; its square would underflow.
const NEGLIGIBLE: f64 = 1e-100;

/// Rows of the eigenvectors that a rotation turns at once.
const LANES: usize = 8;

/// The sign that makes the largest entry of an axis positive, the first of them when several are.
/// The sign of an axis is free; this one is the same however the axis was found.
pub(crate) fn canonical_sign(axis: &[f64]) -> f64 {
    let largest = axis.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
    let leading = axis.iter().find(|entry| entry.abs() >= largest * (1.0 - TIE_TOLERANCE));
    if leading.is_some_and(|&entry| entry < 0.0) {
        -1.0
    } else {
        1.0
    }
}

/// `Σ_d a_d b_d`.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut totals = [f64x4::ZERO; 2];
    for (a, b) in zip(a_chunks, b_chunks) {
        for ((total, a), b) in zip(zip(&mut totals, lanes(a)), lanes(b)) {
            *total += a * b;
        }
    }
    let [upper, lower] = totals;
    (upper + lower).reduce_add() + zip(a_rest, b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// `y += factor · x`.
fn add_scaled(y: &mut [f64], factor: f64, x: &[f64]) {
    for (y, x) in zip(y, x) {
        *y += factor * x;
    }
}

/// Eight numbers as vector registers hold them.
fn lanes(numbers: &[f64; LANES]) -> [f64x4; 2] {
    let &[a, b, c, d, e, f, g, h] = numbers;
    [f64x4::from([a, b, c, d]), f64x4::from([e, f, g, h])]
}

/// Eigenvalues and eigenvectors.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    /// All N, descending, none below 0.
    pub(crate) values: Vec<f64>,
    /// `N×m`, unit columns in the order of the values; the N − m eigenvalues without a column are
    /// rounding.
    pub(crate) vectors: DMatrix<f64>,
}

/// The decomposition in progress.
#[derive(Debug, Clone)]
pub(crate) struct SymmetricDecomposing {
    n: usize,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    Tridiagonalising(Tridiagonalising),
    Accumulating(Accumulating),
    Diagonalising(Diagonalising),
}

impl SymmetricDecomposing {
    /// Columns in all stages for each column of the matrix.
    pub(crate) const STAGES: usize = 3;

    /// Takes a symmetric positive semi-definite matrix whose largest entry is about 1; of each pair
    /// of entries the one below the diagonal is read.
    pub(crate) fn new(matrix: DMatrix<f64>) -> Self {
        Self {
            n: matrix.nrows(),
            stage: Stage::Tridiagonalising(Tridiagonalising::new(matrix)),
        }
    }

    /// Columns done, of [`SymmetricDecomposing::STAGES`] for each column of the matrix.
    pub(crate) fn done(&self) -> usize {
        let (stage, done, of) = match &self.stage {
            Stage::Tridiagonalising(stage) => (0, stage.at, self.n),
            Stage::Accumulating(stage) => (1, stage.reflections.len() - stage.left, stage.reflections.len()),
            Stage::Diagonalising(stage) => (2, stage.diagonal.len() - stage.end, stage.diagonal.len()),
        };
        self.n * stage + self.n * done / of.max(1)
    }

    pub(crate) fn is_finished(&self) -> bool {
        matches!(&self.stage, Stage::Diagonalising(stage) if stage.is_finished())
    }

    /// The next piece of work; gives the number of multiply-adds.
    pub(crate) fn advance(&mut self) -> Result<usize, Error> {
        match &mut self.stage {
            Stage::Tridiagonalising(stage) if stage.is_finished() => {
                self.stage = Stage::Accumulating(Accumulating::new(stage));
                Ok(0)
            }
            Stage::Tridiagonalising(stage) => Ok(stage.reduce()),
            Stage::Accumulating(stage) if stage.left == 0 => {
                self.stage = Stage::Diagonalising(Diagonalising::new(stage));
                Ok(0)
            }
            Stage::Accumulating(stage) => Ok(stage.reflect()),
            Stage::Diagonalising(stage) => stage.advance(),
        }
    }

    /// The result, once it is finished.
    pub(crate) fn finish(&self) -> Eigen {
        match &self.stage {
            Stage::Diagonalising(stage) => stage.sorted(),
            Stage::Tridiagonalising(_) | Stage::Accumulating(_) => Eigen {
                values: Vec::new(),
                vectors: DMatrix::zeros(self.n, 0),
            },
        }
    }
}

/// One Householder reflection `I − factor·v vᵀ`.
#[derive(Debug, Clone)]
struct Reflection {
    /// The row of the first entry of `v`; those above are 0.
    from: usize,
    factor: f64,
    v: Vec<f64>,
}

/// Householder reflections on both sides, until the matrix is tridiagonal.
#[derive(Debug, Clone)]
struct Tridiagonalising {
    n: usize,
    /// Column by column; what is above the diagonal is not looked at.
    matrix: Vec<f64>,
    /// The column that is next.
    at: usize,
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
    fn new(matrix: DMatrix<f64>) -> Self {
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

    fn is_finished(&self) -> bool {
        self.at >= self.n
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
    fn reduce(&mut self) -> usize {
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
struct Accumulating {
    diagonal: Vec<f64>,
    off_diagonal: Vec<f64>,
    reflections: Vec<Reflection>,
    /// How many reflections are still to be multiplied.
    left: usize,
    q: DMatrix<f64>,
}

impl Accumulating {
    fn new(tridiagonal: &mut Tridiagonalising) -> Self {
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
    fn reflect(&mut self) -> usize {
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

/// One rotation of two neighbouring columns.
#[derive(Debug, Clone, Copy)]
struct Rotation {
    cosine: f64,
    sine: f64,
}

/// Implicit QR on the tridiagonal matrix. The rotations are gathered over a few sweeps and then
/// applied to the eigenvectors panel by panel, where a panel is small enough for the fastest memory
/// and long enough for vector instructions.
#[derive(Debug, Clone)]
struct Diagonalising {
    n: usize,
    diagonal: Vec<f64>,
    off_diagonal: Vec<f64>,
    /// Entries of the diagonal from here on are eigenvalues.
    end: usize,
    /// Off-diagonal entries up to this size are 0.
    negligible: f64,
    sweeps_left: usize,
    /// The first column of each gathered sweep, and where its rotations begin.
    sweeps: Vec<(usize, usize)>,
    rotations: Vec<Rotation>,
    /// What is brought into panels first.
    q: DMatrix<f64>,
    /// The eigenvectors in panels of [`LANES`] rows, column by column.
    panels: Vec<Vec<[f64x4; 2]>>,
    /// Panels that the gathered rotations have turned.
    turned: usize,
}

impl Diagonalising {
    fn new(accumulated: &mut Accumulating) -> Self {
        let diagonal = std::mem::take(&mut accumulated.diagonal);
        let off_diagonal = std::mem::take(&mut accumulated.off_diagonal);
        let n = accumulated.q.nrows();
        let sizes = diagonal.iter().chain(&off_diagonal).map(|entry| entry.abs());
        Self {
            n,
            end: diagonal.len(),
            negligible: 0.5 * f64::EPSILON * sizes.fold(0.0, f64::max),
            sweeps_left: SWEEPS_PER_EIGENVALUE * diagonal.len(),
            diagonal,
            off_diagonal,
            sweeps: Vec::new(),
            rotations: Vec::new(),
            panels: Vec::with_capacity(n.div_ceil(LANES)),
            turned: n.div_ceil(LANES),
            q: std::mem::replace(&mut accumulated.q, DMatrix::zeros(0, 0)),
        }
    }

    fn is_finished(&self) -> bool {
        self.end == 0 && self.turned == self.panels.len()
    }

    /// Packs a panel, or turns one, or gathers rotations when all panels are turned; gives the number
    /// of multiply-adds.
    fn advance(&mut self) -> Result<usize, Error> {
        if self.panels.len() < self.n.div_ceil(LANES) {
            self.panels.push(self.pack(self.panels.len() * LANES));
            return Ok(2 * LANES * self.diagonal.len());
        }
        if let Some(panel) = self.panels.get_mut(self.turned) {
            turn(panel, &self.sweeps, &self.rotations);
            self.turned += 1;
            return Ok(4 * LANES * self.rotations.len());
        }
        self.sweeps.clear();
        self.rotations.clear();
        let enough = 4 * self.diagonal.len();
        while self.end > 0 && self.rotations.len() < enough {
            match self.coupling_before(self.end - 1) {
                None => self.end -= 1,
                Some(_) => self.sweep()?,
            }
        }
        self.turned = 0;
        Ok(16 * self.rotations.len())
    }

    /// The panel of the rows from `row` on.
    fn pack(&self, row: usize) -> Vec<[f64x4; 2]> {
        let columns = self.q.as_slice().chunks(self.n.max(1));
        let packed = columns.map(|column| {
            let mut rows = [0.0; LANES];
            for (place, entry) in zip(&mut rows, column.get(row..).unwrap_or_default()) {
                *place = *entry;
            }
            lanes(&rows)
        });
        packed.collect()
    }

    /// The off-diagonal entry between eigenvalue `index` and the one before, unless it is 0.
    fn coupling_before(&self, index: usize) -> Option<f64> {
        let coupling = *self.off_diagonal.get(index.checked_sub(1)?)?;
        (coupling.abs() > self.negligible).then_some(coupling)
    }

    /// One sweep over the last block whose off-diagonal entries are not 0.
    fn sweep(&mut self) -> Result<(), Error> {
        let last = self.end - 1;
        let mut start = last;
        while self.coupling_before(start).is_some() {
            start -= 1;
        }
        self.sweeps_left = self.sweeps_left.checked_sub(1).ok_or_else(|| Error::NotDefined {
            what: "the decomposition of the Gram matrix",
            needs: format!("at most {SWEEPS_PER_EIGENVALUE} sweeps for each eigenvalue"),
            has: "more".to_owned(),
        })?;
        self.sweeps.push((start, self.rotations.len()));
        let (Some(diagonal), Some(off_diagonal)) = (
            self.diagonal.get_mut(start..=last),
            self.off_diagonal.get_mut(start..last),
        ) else {
            return Ok(());
        };
        rotate_block(diagonal, off_diagonal, &mut self.rotations);
        Ok(())
    }

    /// The eigenvalues in descending order, with their vectors.
    fn sorted(&self) -> Eigen {
        let mut order: Vec<(f64, usize)> = self.diagonal.iter().map(|value| value.max(0.0)).zip(0..).collect();
        order.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let mut values: Vec<f64> = order.iter().map(|(value, _)| *value).collect();
        values.resize(self.n, 0.0);
        let mut vectors = DMatrix::zeros(self.n, order.len());
        // Panel by panel, so that both sides are whole lines of memory.
        for (panel, row) in zip(&self.panels, (0..).step_by(LANES)) {
            let columns = vectors.as_mut_slice().chunks_exact_mut(self.n.max(1));
            for (column, (_, at)) in zip(columns, &order) {
                let rows = panel.get(*at).into_iter().flatten().flat_map(f64x4::as_array);
                for (entry, row) in zip(column.get_mut(row..).unwrap_or_default(), rows) {
                    *entry = *row;
                }
            }
        }
        Eigen { values, vectors }
    }
}

/// A QR sweep with Wilkinson's shift over a tridiagonal block; its rotations are added to the list.
fn rotate_block(diagonal: &mut [f64], off_diagonal: &mut [f64], rotations: &mut Vec<Rotation>) {
    let (&[.., before, end], Some(&coupling)) = (&*diagonal, off_diagonal.last()) else {
        return;
    };
    let half = 0.5 * (before - end);
    // Half is 0 for two equal entries; the sign of 0 is as good as any.
    let shift = end - coupling * (coupling / (half + half.hypot(coupling).copysign(half)));
    let Some((&first, &beside)) = diagonal.first().zip(off_diagonal.first()) else {
        return;
    };
    let (mut x, mut bulge) = (first - shift, beside);
    for k in 0..off_diagonal.len() {
        // Nothing here is so large or so small that a square would leave the range, unless it is 0
        // beside the rest.
        let length = (x * x + bulge * bulge).sqrt();
        let (cosine, sine) = if length > NEGLIGIBLE {
            (x / length, bulge / length)
        } else {
            (1.0, 0.0)
        };
        if let Some(previous) = k.checked_sub(1).and_then(|before| off_diagonal.get_mut(before)) {
            *previous = length;
        }
        if let (Some([upper, lower]), Some(coupling)) = (diagonal.get_mut(k..k + 2), off_diagonal.get_mut(k)) {
            let turned = sine * (*lower - *upper) + 2.0 * cosine * *coupling;
            *upper += sine * turned;
            *lower -= sine * turned;
            *coupling = cosine * turned - *coupling;
            x = *coupling;
        }
        if let Some(next) = off_diagonal.get_mut(k + 1) {
            bulge = sine * *next;
            *next *= cosine;
        }
        rotations.push(Rotation { cosine, sine });
    }
}

/// Applies the sweeps, one after another, to the rows of a panel.
fn turn(panel: &mut [[f64x4; 2]], sweeps: &[(usize, usize)], rotations: &[Rotation]) {
    let ends = sweeps.iter().skip(1).map(|&(_, begin)| begin).chain([rotations.len()]);
    for (&(start, begin), end) in zip(sweeps, ends) {
        let (Some(rotations), Some((carried, columns))) = (
            rotations.get(begin..end),
            panel.get_mut(start..).and_then(<[_]>::split_first_mut),
        ) else {
            continue;
        };
        // The left of the two columns stays in registers from one rotation to the next.
        let [mut upper, mut lower] = *carried;
        let mut place = carried;
        for (right, &Rotation { cosine, sine }) in zip(columns, rotations) {
            let (cosine, sine) = (f64x4::splat(cosine), f64x4::splat(sine));
            let [right_upper, right_lower] = *right;
            *place = [cosine * upper + sine * right_upper, cosine * lower + sine * right_lower];
            upper = cosine * right_upper - sine * upper;
            lower = cosine * right_lower - sine * lower;
            place = right;
        }
        *place = [upper, lower];
    }
}

/// Makes the basis of each eigenspace of more than one dimension independent of rounding: its first
/// vector leans on the token that lies most in the space, the next on the token that lies most in
/// what is left, and so on. `vectors` are in the order of the descending `values`.
pub(crate) fn settle_equal(values: &[f64], vectors: &mut DMatrix<f64>) {
    let largest = values.first().copied().unwrap_or_default();
    let values = values.get(..vectors.ncols()).unwrap_or(values);
    let equal = |a: &f64, b: &f64| {
        let apart = (a - b).abs();
        apart <= 64.0 * f64::EPSILON * largest && apart <= TIE_TOLERANCE * a
    };
    let mut from = 0;
    for group in values.chunk_by(equal) {
        if group.len() > 1 {
            let basis = leaning_basis(vectors.columns(from, group.len()).as_view());
            let turned = vectors.columns(from, group.len()) * basis;
            vectors.columns_mut(from, group.len()).copy_from(&turned);
        }
        from += group.len();
    }
}

/// The orthogonal matrix that turns the columns of `space` as [`settle_equal`] says.
fn leaning_basis(space: DMatrixView<'_, f64>) -> DMatrix<f64> {
    let mut rows = space.into_owned();
    let mut basis = DMatrix::zeros(space.ncols(), space.ncols());
    for mut column in basis.column_iter_mut() {
        let sizes: Vec<f64> = rows.row_iter().map(|row| row.norm_squared()).collect();
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        let Some(token) = sizes.iter().position(|size| *size >= largest * (1.0 - TIE_TOLERANCE)) else {
            continue;
        };
        let mut direction = rows.row(token).transpose();
        if direction.normalize_mut() == 0.0 {
            continue;
        }
        let along = &rows * &direction;
        rows -= along * direction.transpose();
        column.copy_from(&direction);
    }
    basis
}
