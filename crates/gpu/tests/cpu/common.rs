//! Tasks of every kind, and their tensors.

use std::ops::ControlFlow;

use eigenlens_core::{BnForm, BnOptions, ClassToken, MetricScaling, Pooling, Remainder, RpcForm};
use eigenlens_gpu::{Inputs, Mechanism, Metric, Precision, Problem, Rpc, Shape, Task, cpu};

pub(crate) fn go_on(_: usize, _: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// N and D: below, at and above the sizes of tiles, and that of a vision transformer.
pub(crate) fn sizes() -> impl Iterator<Item = (usize, usize)> {
    let of = |n| [16, 64, 128].map(|dim| (n, dim));
    [1, 63, 64, 65, 197, 345].into_iter().flat_map(of)
}

pub(crate) fn logit_stds() -> [f64; 3] {
    [1.0, 4.0, 8.0]
}

pub(crate) fn task(mechanism: Mechanism, shape: Shape) -> Task {
    Task {
        shape,
        mechanism,
        temperature: None,
        causal: false,
    }
}

pub(crate) fn problem(task: &Task, logit_std: f64) -> Problem {
    let tensors = Inputs { seed: 3, logit_std }.tensors(task).unwrap();
    Problem::new(task.clone(), tensors, Precision::F32).unwrap()
}

pub(crate) fn attended(problem: &Problem) -> Vec<f32> {
    cpu::attend(problem, &go_on).unwrap()
}

/// Every mechanism of one pass that fits the shape, with all its options, causal too where it may be.
pub(crate) fn of_one_pass(shape: Shape) -> Vec<(Mechanism, bool)> {
    let heads = shape.heads();
    let given = (0..heads * shape.dim()).map(|at| (1 + at % 7) as f32 / 5.0);
    let given = Mechanism::Elliptical(Metric::Given(given.collect()));
    let estimated = MetricScaling::ALL.map(|scaling| Metric::Estimated { delta: 2.0, scaling });
    let normalised = BnForm::ALL.map(|form| BnOptions {
        form,
        beta: 0.75,
        epsilon: 1e-5,
    });
    let choices = Remainder::ALL.map(|remainder| ClassToken::ALL.map(|class_token| (remainder, class_token)));
    let pooled = choices.concat().into_iter().map(|(remainder, class_token)| {
        let of_head = |head: usize| Pooling {
            factor: (1 + 2 * head).min(shape.keys()),
            remainder,
            class_token,
        };
        Mechanism::Sh((0..heads).map(of_head).collect())
    });
    let ahead = [Mechanism::Softmax, Mechanism::Smoother, given];
    let open = ahead.clone().into_iter();
    open.chain(estimated.map(Mechanism::Elliptical))
        .chain(normalised.map(Mechanism::Bn))
        .chain(pooled)
        .map(|mechanism| (mechanism, false))
        .chain(ahead.clone().map(|mechanism| (mechanism, true)))
        .collect()
}

/// RPC-Attention in every form, symmetric and asymmetric, four iterations; λ such that some entries are shrunk to 0 and
/// others are not.
pub(crate) fn pursuits() -> Vec<Rpc> {
    let of_form = |form| {
        [false, true].map(|asymmetric| Rpc {
            form,
            lambda: if form == RpcForm::Released { 4.0 } else { 0.25 },
            iterations: 4,
            model_width: None,
            asymmetric,
        })
    };
    RpcForm::ALL.into_iter().flat_map(of_form).collect()
}
