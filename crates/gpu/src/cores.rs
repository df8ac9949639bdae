//! Work on all cores; in the browser, where a module has one, on that.

use eigenlens_core::{Bound, Error as CoreError};
use rayon::prelude::*;

use crate::error::Error;

/// Neighbouring slots that one core fills at a time.
const CHUNK: usize = 1 << 14;

/// What `work` gives for each number below `count`, in order.
pub(crate) fn map<R: Send>(count: usize, work: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    (0..count).into_par_iter().map(work).collect()
}

/// A tensor of as many zeros.
///
/// # Errors
/// [`Error::Mathematics`] when the memory does not hold it.
pub(crate) fn zeros(len: usize) -> Result<Vec<f32>, Error> {
    let mut zeros = Vec::new();
    zeros.try_reserve_exact(len).map_err(|_| CoreError::OutOfBounds {
        what: "the number of entries of a tensor",
        value: len as f64,
        bound: Bound::Memory,
    })?;
    zeros.resize(len, 0.0);
    Ok(zeros)
}

/// Puts `work` of its index into every slot.
pub(crate) fn fill<T: Send>(slots: &mut [T], work: impl Fn(usize) -> T + Send + Sync) {
    let fill_chunk = |(chunk, slots): (usize, &mut [T])| {
        for (at, slot) in slots.iter_mut().enumerate() {
            *slot = work(chunk * CHUNK + at);
        }
    };
    slots.par_chunks_mut(CHUNK).enumerate().for_each(fill_chunk);
}

/// The first entry that is NaN or infinite.
pub(crate) fn first_not_finite(entries: &[f32]) -> Option<usize> {
    // To the end of each chunk, so that a compiler makes vector instructions of it.
    let any = |chunk: &[f32]| chunk.iter().fold(false, |any, entry| any | !entry.is_finite());
    let chunk = entries.par_chunks(CHUNK).position_first(any)?;
    let rest = entries.iter().skip(chunk * CHUNK);
    rest.take(CHUNK)
        .position(|entry| !entry.is_finite())
        .map(|at| chunk * CHUNK + at)
}
