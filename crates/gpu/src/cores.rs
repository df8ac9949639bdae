//! Work on all cores; in the browser, where a module has one, one item after the other.

#[cfg(not(target_arch = "wasm32"))]
use rayon::prelude::*;

/// Neighbouring slots that one core fills at a time.
const CHUNK: usize = 1 << 14;

/// Puts `work` of its index into every slot.
pub(crate) fn fill<T: Send>(slots: &mut [T], work: impl Fn(usize) -> T + Send + Sync) {
    let fill_chunk = |(chunk, slots): (usize, &mut [T])| {
        for (at, slot) in slots.iter_mut().enumerate() {
            *slot = work(chunk * CHUNK + at);
        }
    };
    #[cfg(not(target_arch = "wasm32"))]
    slots.par_chunks_mut(CHUNK).enumerate().for_each(fill_chunk);
    #[cfg(target_arch = "wasm32")]
    slots.chunks_mut(CHUNK).enumerate().for_each(fill_chunk);
}
