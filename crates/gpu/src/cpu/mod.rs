//! Every mechanism on all cores of the CPU, in f32, without a score matrix: what a GPU is fairly compared with.
//!
//! A core takes a few queries of a head at a time and goes through the keys that they see in blocks. Products of matrices
//! are the `gemm` crate's; the softmax runs along, block after block.

mod exp2;
mod head;
mod product;
mod rpc;
mod softmax;
mod tile;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::cores;
use crate::error::Error;
use crate::shape::{Precision, Shape};
use crate::task::{Mechanism, Problem};
use head::Head;
use product::LANES;
use tile::Tile;

/// The output `[B, H, N_q, D]` of any mechanism, for any D. Inputs are as the problem has them, rounded to its precision;
/// everything from there on, the output too, is f32, but for the statistics of keys and values, which are f64.
///
/// `progress` hears how many of how many blocks of queries are done, from any thread and not always in order, and stops
/// the work with [`ControlFlow::Break`]. Cores are those of the thread pool of `rayon` that it is called in.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Overflow`] for the first entry of the output that is no finite number because a logit,
/// a sum, or a state of RPC-Attention was beyond the range of f32; [`Error::Mathematics`] where the statistics of a
/// head are not defined or beyond the range of f64, see [`eigenlens_core::estimated_metric`] and
/// [`eigenlens_core::bn_scoring`], and when the output is more than the memory holds.
pub fn attend(
    problem: &Problem,
    progress: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
) -> Result<Vec<f32>, Error> {
    let steps = Steps::new(problem, progress);
    let output = match &problem.task().mechanism {
        Mechanism::Rpc(rpc) => rpc::attend(problem, rpc, &steps)?,
        _ => attend_once(problem, &steps)?,
    };
    match cores::first_not_finite(&output) {
        None => Ok(output),
        Some(at) => Err(Error::Overflow {
            place: problem.task().shape.query_place(at),
            precision: Precision::F32,
        }),
    }
}

/// Mechanisms of one pass.
fn attend_once(problem: &Problem, steps: &Steps<'_>) -> Result<Vec<f32>, Error> {
    let shape = problem.task().shape;
    let heads = cores::map(shape.all_heads(), |number| Head::new(problem, number));
    let heads = heads.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut output = cores::zeros(shape.query_len())?;
    let blocks: Vec<Block<'_>> = blocks(&mut output, shape).collect();
    blocks.into_par_iter().try_for_each_init(
        || Tile::new(shape.dim()),
        |tile, block| {
            tile.attend(&heads[block.head], block.first, block.rows);
            steps.step()
        },
    )?;
    Ok(output)
}

/// Neighbouring rows of one head of a tensor `[B, H, N_q, D]`, at most [`LANES`].
struct Block<'a> {
    head: usize,
    /// The first row, of the head's.
    first: usize,
    rows: &'a mut [f32],
}

/// A tensor in blocks.
fn blocks(tensor: &mut [f32], shape: Shape) -> impl Iterator<Item = Block<'_>> {
    let of_head = tensor.chunks_exact_mut(shape.queries() * shape.dim()).enumerate();
    of_head.flat_map(move |(head, rows)| {
        let blocks = rows.chunks_mut(LANES * shape.dim()).enumerate();
        blocks.map(move |(at, rows)| Block {
            head,
            first: at * LANES,
            rows,
        })
    })
}

/// How far the work is, and whether somebody still wants it.
struct Steps<'a> {
    done: AtomicUsize,
    of: usize,
    progress: &'a (dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
}

impl<'a> Steps<'a> {
    fn new(problem: &Problem, progress: &'a (dyn Fn(usize, usize) -> ControlFlow<()> + Sync)) -> Self {
        let task = problem.task();
        let of_pass = task.shape.all_heads() * task.shape.queries().div_ceil(LANES);
        Self {
            done: AtomicUsize::new(0),
            of: of_pass.saturating_mul(task.passes()),
            progress,
        }
    }

    /// One block is done.
    fn step(&self) -> Result<(), Error> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match (self.progress)(done, self.of) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}
