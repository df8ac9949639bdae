//! RPC-Attention in its three forms.

use std::iter::zip;

use eigenlens_core::RpcForm;
use eigenlens_gpu::{Gpu, Mechanism, Precision, Problem};

use super::mechanisms::rpcs;
use super::truth::{relative, shape, task, tensors};
use super::{TOLERANCE, device, output, small};

/// The problems of every form, symmetric and not, and of every number of iterations; each with its tolerance, which
/// doubles with the dual variable.
fn problems(tokens: usize, dim: usize) -> Vec<(Problem, f64)> {
    let shape = shape(2, 2, tokens, dim);
    let of = |iterations: usize| {
        rpcs(iterations).into_iter().map(move |rpc| {
            let problem = Problem::new(task(shape, Mechanism::Rpc(rpc)), tensors(shape, 1.0), Precision::F16);
            (
                problem.expect("a good problem"),
                TOLERANCE * f64::from(1 << (iterations - 1)),
            )
        })
    };
    (1..=4).flat_map(of).collect()
}

fn all_within(gpu: &Gpu, problems: Vec<(Problem, f64)>) {
    for (problem, tolerance) in problems {
        let off = relative(&problem, &output(gpu, &problem));
        assert!(off <= tolerance, "{:?}: {off:e}", problem.task());
    }
}

/// One dispatch for each iteration: more rows than a workgroup takes.
#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn a_dispatch_for_each_iteration() {
    for (tokens, dim) in [(65, 16), (345, 32), (197, 64), (63, 128)] {
        all_within(small(), problems(tokens, dim));
    }
}

/// One workgroup does all iterations of a head.
#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn a_workgroup_for_each_head() {
    for (tokens, dim) in [(1, 16), (31, 64), (32, 128)] {
        all_within(small(), problems(tokens, dim));
    }
    all_within(device(), problems(197, 32));
    let of_printed = |(problem, _): &(Problem, f64)| matches!(&problem.task().mechanism, Mechanism::Rpc(rpc) if rpc.form == RpcForm::Printed);
    all_within(device(), problems(96, 64).into_iter().filter(of_printed).collect());
}

/// The two ways differ in the order of sums only, and in roundings that follow from it.
#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn both_ways_agree() {
    for (problem, tolerance) in problems(197, 32) {
        let [whole, each] = [device(), small()].map(|gpu| output(gpu, &problem));
        let off: f64 = zip(&whole, &each).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        let size: f64 = each.iter().map(|b| f64::from(*b).powi(2)).sum();
        let off = (off / size).sqrt();
        assert!(off <= tolerance, "{:?}: {off:e}", problem.task());
    }
}
