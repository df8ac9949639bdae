//! RPC-Attention in f64, and where its iterates leave 0.

use std::iter::zip;

use eigenlens_core::{
    Attending, Error as CoreError, Head, KeyBias, Metric, RpcAttending, RpcForm, RpcOptions, Scoring,
};
use nalgebra::DMatrix;

use super::{Reference, matrix};
use crate::cores;
use crate::error::Error;
use crate::task::{Mechanism, Problem, Rpc};

/// Rows of every iterate of RPC-Attention, by the loop that the paper prints.
pub(super) fn pursued(problem: &Problem, rpc: &Rpc, number: usize, rows: &[usize]) -> Result<Vec<Vec<f64>>, CoreError> {
    let (task, tensors) = (problem.task(), problem.tensors());
    let (n, dim) = (task.shape.keys(), task.shape.dim());
    let [keys, values] = [&tensors.key, &tensors.value].map(|tensor| matrix(problem, tensor, n, number));
    let queries = rpc.asymmetric.then(|| matrix(problem, &tensors.query, n, number));
    let options = RpcOptions {
        form: rpc.form,
        lambda: rpc.lambda,
        iterations: rpc.iterations,
        model_width: Some(rpc.model_width.unwrap_or(task.shape.heads() * dim)),
        temperature: task.temperature,
    };
    let threshold = RpcAttending::new(keys.clone(), values.clone(), queries.clone(), &options)?.threshold();
    let scoring = Scoring::new(Metric::Identity, task.temperature(), KeyBias::Zero)?;
    let sign = match rpc.form {
        RpcForm::Printed | RpcForm::Released => -1.0,
        RpcForm::Lagrangian => 1.0,
    };
    let [mut output, mut scaled_dual] = [(); 2].map(|()| DMatrix::<f64>::zeros(n, dim));
    let mut iterates = Vec::new();
    for _ in 0..rpc.iterations {
        let sparse = (&keys - &output + &scaled_dual).map(|x| shrink(x, threshold));
        let attended = &keys - &sparse + &scaled_dual * sign;
        let asking = queries.as_ref().unwrap_or(&attended).clone();
        output = attend_row_by_row(Head::new(asking, attended, values.clone())?, &scoring)?;
        scaled_dual += &keys - &output - &sparse;
        iterates.push(output.select_rows(rows).transpose().as_slice().to_vec());
    }
    Ok(iterates)
}

/// The output of every query, and never more than one row of weights on each core.
fn attend_row_by_row(head: Head, scoring: &Scoring) -> Result<DMatrix<f64>, CoreError> {
    let (n, dim) = (head.n_queries(), head.value_dim());
    let attending = Attending::new(head, scoring.clone())?;
    let rows = cores::map(n, |row| attending.row(row).map(|row| row.output));
    let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(DMatrix::from_row_iterator(n, dim, rows.into_iter().flatten()))
}

/// `S_τ(x) = sgn(x) max(|x| − τ, 0)`.
fn shrink(x: f64, threshold: f64) -> f64 {
    x.signum() * (x.abs() - threshold).max(0.0)
}

/// Where the iterates of an implementation leave 0 as those of the reference do: the share of entries of the sampled rows
/// at which the next `S` is 0 in both or in neither, the least of an iterate; 1 for a mechanism that is not RPC-Attention.
///
/// `outputs` are its iterates `L`, the first one first, one for each of `references`. `S` is not an output, so on both
/// sides it is what follows from the `L` up to there in exact arithmetic: `z ← 2z + X − L`, in the Lagrangian form
/// `z ← X − L`; `S ← S_τ(K − L + z)`, `X ← K − S ∓ z`.
///
/// # Errors
/// [`Error::Mathematics`] when there are not as many outputs as references; [`Error::Length`].
pub fn support_agreement(problem: &Problem, references: &[Reference], outputs: &[Vec<f32>]) -> Result<f64, Error> {
    let (shape, dim) = (problem.task().shape, problem.task().shape.dim());
    let Mechanism::Rpc(rpc) = &problem.task().mechanism else {
        return Ok(1.0);
    };
    if outputs.len() != references.len() {
        return Err(CoreError::ShapeMismatch {
            what: "the number of iterates",
            has: outputs.len(),
            needs: references.len(),
        }
        .into());
    }
    let keys = &problem.tensors().key;
    let thresholds = rpc.thresholds(shape, keys)?;
    let rows = references.first().map_or(&[][..], |first| &first.rows);
    // Where the sampled entries are in a tensor.
    let start = |at: usize| (rows[at].head * shape.queries() + rows[at].query) * dim;
    let places: Vec<usize> = (0..rows.len()).flat_map(|at| start(at)..start(at) + dim).collect();
    let states = places.iter().map(|&at| {
        let threshold = thresholds[at / (shape.queries() * dim)];
        [State::new(f64::from(keys[at]), threshold); 2]
    });
    let mut states: Vec<[State; 2]> = states.collect();
    let mut least = 1.0_f64;
    for (reference, output) in zip(references, outputs) {
        reference.check_length(output, shape.query_len())?;
        let mut agreeing = 0_usize;
        for ((&at, exact), [expected, made]) in zip(zip(&places, &reference.output), &mut states) {
            let expected = expected.step(rpc.form, *exact);
            let made = made.step(rpc.form, f64::from(output[at]));
            agreeing += usize::from(made == expected);
        }
        least = least.min(agreeing as f64 / places.len() as f64);
    }
    Ok(least)
}

/// An entry between two iterates.
#[derive(Debug, Clone, Copy)]
struct State {
    key: f64,
    threshold: f64,
    /// `X`.
    attended: f64,
    /// `z = Y/μ`.
    dual: f64,
}

impl State {
    fn new(key: f64, threshold: f64) -> Self {
        Self {
            key,
            threshold,
            attended: key - shrink(key, threshold),
            dual: 0.0,
        }
    }

    /// Whether the next `S` is not 0 there; `None` where the output is no number.
    fn step(&mut self, form: RpcForm, output: f64) -> Option<bool> {
        let (kept, sign) = match form {
            RpcForm::Printed | RpcForm::Released => (2.0 * self.dual, -1.0),
            RpcForm::Lagrangian => (0.0, 1.0),
        };
        self.dual = kept + self.attended - output;
        let sparse = shrink(self.key - output + self.dual, self.threshold);
        self.attended = self.key - sparse + sign * self.dual;
        sparse.is_finite().then_some(sparse != 0.0)
    }
}
