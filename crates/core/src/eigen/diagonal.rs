//! From three diagonals to the eigenvalues, by implicit QR, with the eigenvectors.

use std::iter::zip;

use nalgebra::DMatrix;
use wide::f64x4;

use super::tridiagonal::Accumulating;
use super::{Eigen, LANES, NEGLIGIBLE, lanes};
use crate::error::Error;
use crate::order::ranked;

/// QR sweeps for each eigenvalue before a decomposition is given up; about two are usual.
const SWEEPS_PER_EIGENVALUE: usize = 100;

/// QR sweeps before a decomposition with `n` eigenvalues is given up.
pub(super) fn sweeps_allowed(n: usize) -> usize {
    SWEEPS_PER_EIGENVALUE.saturating_mul(n)
}

/// What a decomposition that is given up says.
pub(super) fn too_many_sweeps() -> Error {
    Error::NotDefined {
        what: "the decomposition of the Gram matrix",
        needs: format!("at most {SWEEPS_PER_EIGENVALUE} sweeps for each eigenvalue"),
        has: "more".to_owned(),
    }
}

/// One rotation of two neighbouring columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rotation {
    pub(super) cosine: f64,
    pub(super) sine: f64,
}

/// Implicit QR on the tridiagonal matrix. The rotations are gathered over a few sweeps and then
/// applied to the eigenvectors panel by panel, where a panel is small enough for the fastest memory
/// and long enough for vector instructions.
#[derive(Debug, Clone)]
pub(super) struct Diagonalising {
    n: usize,
    pub(super) diagonal: Vec<f64>,
    off_diagonal: Vec<f64>,
    /// Entries of the diagonal from here on are eigenvalues.
    pub(super) end: usize,
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
    pub(super) fn new(accumulated: &mut Accumulating) -> Self {
        let diagonal = std::mem::take(&mut accumulated.diagonal);
        let off_diagonal = std::mem::take(&mut accumulated.off_diagonal);
        let n = accumulated.q.nrows();
        let sizes = diagonal.iter().chain(&off_diagonal).map(|entry| entry.abs());
        Self {
            n,
            end: diagonal.len(),
            negligible: 0.5 * f64::EPSILON * sizes.fold(0.0, f64::max),
            sweeps_left: sweeps_allowed(diagonal.len()),
            diagonal,
            off_diagonal,
            sweeps: Vec::new(),
            rotations: Vec::new(),
            panels: Vec::with_capacity(n.div_ceil(LANES)),
            turned: n.div_ceil(LANES),
            q: std::mem::replace(&mut accumulated.q, DMatrix::zeros(0, 0)),
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.end == 0 && self.turned == self.panels.len()
    }

    /// Packs a panel, or turns one, or gathers rotations when all panels are turned; gives the number
    /// of multiply-adds.
    pub(super) fn advance(&mut self) -> Result<usize, Error> {
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
        self.sweeps_left = self.sweeps_left.checked_sub(1).ok_or_else(too_many_sweeps)?;
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
    pub(super) fn sorted(&self) -> Eigen {
        let diagonal: Vec<f64> = self.diagonal.iter().map(|value| value.max(0.0)).collect();
        let order = ranked(&diagonal);
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
pub(super) fn rotate_block(diagonal: &mut [f64], off_diagonal: &mut [f64], rotations: &mut Vec<Rotation>) {
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
