//! RPC-Attention with nothing of the size of a tensor beside `X` and `z = Y/μ`: given `L = softmax(X Xᵀ/τ) V`, the next
//! of both depend on their own row alone.
//!
//! | form | next `z` | next `X` |
//! |---|---|---|
//! | printed, released | `2z + X − L` | `K − S(K − L + z') − z'` |
//! | Lagrangian | `X − L` | `K − S(K − L + z') + z'` |
//!
//! From `z = 0`, `X = K − S(K)`; `S` is the soft threshold, `z'` the next `z`. By the definition `z' = z + K − L − S`,
//! into which `S = K − X ∓ z` goes.

use std::iter::zip;
use std::mem::swap;

use eigenlens_core::RpcForm;
use rayon::prelude::*;

use super::head::Head;
use super::tile::Tile;
use super::{Steps, blocks};
use crate::cores;
use crate::error::Error;
use crate::task::{Problem, Rpc};

/// The last iterate.
pub(super) fn attend(problem: &Problem, rpc: &Rpc, steps: &Steps<'_>) -> Result<Vec<f32>, Error> {
    let (task, tensors) = (problem.task(), problem.tensors());
    let (shape, dim) = (task.shape, task.shape.dim());
    let of_head = shape.keys() * dim;
    let thresholds: Vec<f32> = rpc
        .thresholds(shape, &tensors.key)?
        .into_iter()
        .map(|t| t as f32)
        .collect();
    let mut attended = cores::zeros(shape.key_len())?;
    cores::fill(&mut attended, |at| {
        let key = tensors.key[at];
        key - shrink(key, thresholds[at / of_head])
    });
    let mut next = cores::zeros(shape.key_len())?;
    let mut dual = cores::zeros(shape.key_len())?;
    let mut output = cores::zeros(shape.query_len())?;
    for _ in 0..rpc.iterations {
        let queries = if rpc.asymmetric { &tensors.query } else { &attended };
        let heads = (0..shape.all_heads()).map(|head| {
            let rows = head * of_head..(head + 1) * of_head;
            Head::plain(
                &queries[rows.clone()],
                &attended[rows.clone()],
                &tensors.value[rows],
                task,
            )
        });
        let heads: Vec<Head<'_>> = heads.collect();
        let made = zip(
            blocks(&mut output, shape),
            zip(blocks(&mut dual, shape), blocks(&mut next, shape)),
        );
        made.collect::<Vec<_>>().into_par_iter().try_for_each_init(
            || Tile::new(dim),
            |tile, (output, (dual, next))| {
                tile.attend(&heads[output.head], output.first, output.rows);
                let threshold = thresholds[output.head];
                let rows = output.head * of_head + output.first * dim..;
                let given = zip(zip(&tensors.key[rows.clone()], &attended[rows]), &*output.rows);
                for (((&key, &attended), &output), (dual, next)) in zip(given, zip(dual.rows, next.rows)) {
                    (*dual, *next) = renewed(rpc.form, threshold, key, attended, output, *dual);
                }
                steps.step()
            },
        )?;
        swap(&mut attended, &mut next);
    }
    Ok(output)
}

/// The next `z` and the next `X` of an entry.
fn renewed(form: RpcForm, threshold: f32, key: f32, attended: f32, output: f32, dual: f32) -> (f32, f32) {
    let (dual, sign) = match form {
        RpcForm::Printed | RpcForm::Released => (2.0 * dual + attended - output, -1.0),
        RpcForm::Lagrangian => (attended - output, 1.0),
    };
    (dual, key - shrink(key - output + dual, threshold) + sign * dual)
}

/// `sgn(x) max(|x| − τ, 0)`.
fn shrink(x: f32, threshold: f32) -> f32 {
    (x.abs() - threshold).max(0.0).copysign(x)
}
