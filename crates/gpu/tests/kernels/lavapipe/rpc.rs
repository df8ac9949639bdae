//! RPC-Attention in its three forms.

use eigenlens_core::RpcForm;
use eigenlens_gpu::{Mechanism, Precision, Rpc};

use crate::portable;
use crate::truth::{run, shape, task, tensors};

/// Every form, symmetric and not, after every iteration; the error doubles with the dual variable in each.
fn all_within(tolerance: f64, precision: Precision, tokens: usize, dim: usize, deviation: f64) {
    for form in RpcForm::ALL {
        for asymmetric in [false, true] {
            for iterations in 1..=4 {
                let rpc = Rpc {
                    form,
                    lambda: if form == RpcForm::Released { 1.0 } else { 0.3 },
                    iterations,
                    model_width: None,
                    asymmetric,
                };
                let shape = shape(1, 2, tokens, dim);
                let off = run(
                    portable(),
                    task(shape, Mechanism::Rpc(rpc)),
                    tensors(shape, deviation),
                    precision,
                );
                let said = format!("{form}, asymmetric {asymmetric}, n = {iterations}, N = {tokens}, D = {dim}");
                let tolerance = tolerance * f64::from(1 << (iterations - 1));
                assert!(off <= tolerance, "{said}: {off:e}");
            }
        }
    }
}

/// One workgroup does all iterations of a head: few tokens, in any precision.
#[test]
fn heads_that_fit_into_a_workgroup() {
    for (tokens, dim) in [(1, 16), (63, 64), (64, 32), (65, 32)] {
        all_within(2e-6, Precision::F32, tokens, dim, 1.0);
    }
    for (tokens, dim) in [(197, 32), (96, 64), (65, 16)] {
        all_within(5e-4, Precision::F16, tokens, dim, 1.0);
    }
}

/// One dispatch for each iteration.
#[test]
fn heads_that_do_not() {
    for (tokens, dim) in [(1, 128), (65, 128), (197, 64)] {
        all_within(2e-6, Precision::F32, tokens, dim, 1.0);
    }
    for (tokens, dim) in [(65, 128), (197, 64)] {
        all_within(5e-4, Precision::F16, tokens, dim, 1.0);
    }
}
