//! Only the eigenvectors that are asked for: all eigenvalues by implicit QR on the three diagonals,
//! then the rotations in reverse, and the reflections, on the wanted unit vectors. They come out
//! orthogonal as a full decomposition's do, for their share of its work.

use std::iter::zip;

use nalgebra::DMatrix;

use super::diagonal::{Rotation, rotate_block, sweeps_allowed, too_many_sweeps};
use super::tridiagonal::Tridiagonalising;
use super::{Eigen, add_scaled, dot};
use crate::error::Error;
use crate::order::ranked;

/// The decomposition of a symmetric positive semi-definite matrix whose largest entry is about 1:
/// all eigenvalues, descending, and the unit eigenvectors of those above `bound`. Of each pair of
/// entries the one below the diagonal is read.
pub(crate) fn leading(matrix: DMatrix<f64>, bound: f64) -> Result<Eigen, Error> {
    let n = matrix.nrows();
    let mut tridiagonal = Tridiagonalising::new(matrix);
    while !tridiagonal.is_finished() {
        tridiagonal.reduce();
    }
    let (mut diagonal, mut off_diagonal, reflections) = tridiagonal.into_parts();
    let (sweeps, rotations) = diagonalise(&mut diagonal, &mut off_diagonal)?;
    for value in &mut diagonal {
        *value = value.max(0.0);
    }
    let order = ranked(&diagonal);
    let wanted = order.iter().take_while(|(value, _)| *value > bound).count();

    // Row by row, so that a rotation turns two whole lines of memory.
    let mut rows = vec![0.0; diagonal.len() * wanted];
    for (column, (_, at)) in order.iter().take(wanted).enumerate() {
        if let Some(entry) = rows.get_mut(at * wanted + column) {
            *entry = 1.0;
        }
    }
    if wanted > 0 {
        let mut end = rotations.len();
        for &(start, begin) in sweeps.iter().rev() {
            let turns = rotations.get(begin..end).unwrap_or_default();
            unturn(&mut rows, wanted, start, turns);
            end = begin;
        }
    }
    let mut vectors = DMatrix::zeros(n, wanted);
    for (row, entries) in rows.chunks_exact(wanted.max(1)).enumerate() {
        for (slot, entry) in zip(vectors.row_mut(row).iter_mut(), entries) {
            *slot = *entry;
        }
    }
    for column in vectors.as_mut_slice().chunks_exact_mut(n.max(1)) {
        for reflection in reflections.iter().rev() {
            let tail = column.get_mut(reflection.from..).unwrap_or_default();
            let along = dot(tail, &reflection.v);
            add_scaled(tail, -reflection.factor * along, &reflection.v);
        }
    }
    let mut values: Vec<f64> = order.into_iter().map(|(value, _)| value).collect();
    values.resize(n, 0.0);
    Ok(Eigen { values, vectors })
}

/// The first column of each sweep, and where its rotations begin.
type Sweeps = Vec<(usize, usize)>;

/// Implicit QR until nothing is left beside the diagonal; the sweeps and all rotations.
fn diagonalise(diagonal: &mut [f64], off_diagonal: &mut [f64]) -> Result<(Sweeps, Vec<Rotation>), Error> {
    let sizes = diagonal.iter().chain(&*off_diagonal).map(|entry| entry.abs());
    let negligible = 0.5 * f64::EPSILON * sizes.fold(0.0, f64::max);
    let coupled = |off_diagonal: &[f64], index: usize| {
        let coupling = index.checked_sub(1).and_then(|before| off_diagonal.get(before));
        coupling.is_some_and(|coupling| coupling.abs() > negligible)
    };
    let mut sweeps = Vec::with_capacity(2 * diagonal.len());
    let mut rotations = Vec::with_capacity(8 * diagonal.len());
    let mut end = diagonal.len();
    while end > 0 {
        let last = end - 1;
        if !coupled(off_diagonal, last) {
            end = last;
            continue;
        }
        if sweeps.len() >= sweeps_allowed(diagonal.len()) {
            return Err(too_many_sweeps());
        }
        let mut start = last;
        while coupled(off_diagonal, start) {
            start -= 1;
        }
        sweeps.push((start, rotations.len()));
        if let (Some(diagonal), Some(off_diagonal)) =
            (diagonal.get_mut(start..=last), off_diagonal.get_mut(start..last))
        {
            rotate_block(diagonal, off_diagonal, &mut rotations);
        }
    }
    Ok((sweeps, rotations))
}

/// Undoes the rotations of one sweep, the last first, on rows of `width` numbers.
fn unturn(rows: &mut [f64], width: usize, start: usize, turns: &[Rotation]) {
    for (at, &Rotation { cosine, sine }) in turns.iter().enumerate().rev() {
        let from = (start + at) * width;
        let Some((upper, lower)) = rows
            .get_mut(from..from + 2 * width)
            .and_then(|pair| pair.split_at_mut_checked(width))
        else {
            continue;
        };
        for (upper, lower) in zip(upper, lower) {
            (*upper, *lower) = (cosine * *upper - sine * *lower, sine * *upper + cosine * *lower);
        }
    }
}
