//! The family `logit_ij = q_iᵀ M k_j/τ + b_j`.

use eigenlens_core::{BnForm, BnOptions};
use eigenlens_gpu::{DIMS, Gpu, Mechanism, OpenOptions, Precision, Problem, Shape, Task};

use super::mechanisms::mechanisms;
use super::truth::{shape, task, tensors};
use super::{TOKENS, TOLERANCE, device, open, output, run, small, small_cut};

/// How far each is from f64, none further than the tolerance.
fn all_within(gpu: &Gpu, dim: usize, tokens: usize, deviation: f64) {
    for mechanism in mechanisms(tokens, dim) {
        // The variance of one key is 0, which full normalisation makes a factor of 1/ε of.
        if tokens == 1 && matches!(mechanism, Mechanism::Bn(BnOptions { form: BnForm::Full, .. })) {
            continue;
        }
        let shape = shape(1, 2, tokens, dim);
        let said = format!("{mechanism:?} D = {dim} N = {tokens}, logits of deviation {deviation}");
        let off = run(gpu, task(shape, mechanism), tensors(shape, deviation));
        assert!(off <= TOLERANCE, "{said}: {off:e}");
    }
}

#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn every_mechanism_at_every_size() {
    for dim in DIMS {
        for tokens in TOKENS {
            for deviation in [1.0, 4.0, 8.0] {
                all_within(small(), dim, tokens, deviation);
            }
        }
    }
}

/// As it is used: 32 rows and more of a subgroup.
#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn cut_as_suits_the_shape() {
    for (dim, tokens) in [(32, 197), (64, 65)] {
        all_within(device(), dim, tokens, 4.0);
    }
}

#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn nobody_looks_ahead() {
    for dim in DIMS {
        for tokens in TOKENS {
            for mechanism in mechanisms(tokens, dim).into_iter().take(3) {
                let shape = shape(2, 2, tokens, dim);
                let said = format!("{} D = {dim} N = {tokens}", mechanism.name());
                let task = Task {
                    causal: true,
                    ..task(shape, mechanism)
                };
                let off = run(small(), task, tensors(shape, 4.0));
                assert!(off <= TOLERANCE, "{said}: {off:e}");
            }
        }
    }
}

/// More and fewer queries than keys, several batches, and a temperature of its own.
#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn queries_need_not_be_as_many_as_keys() {
    for (queries, keys) in [(1, 345), (130, 3), (64, 65)] {
        for mechanism in mechanisms(keys, 32) {
            let shape = Shape::with_queries(3, 2, queries, keys, 32).expect("a good shape");
            let said = format!("{mechanism:?}: {queries} queries, {keys} keys");
            let task = Task {
                temperature: Some(2.5),
                ..task(shape, mechanism)
            };
            let off = run(small(), task, tensors(shape, 1.0));
            assert!(off <= TOLERANCE, "{said}: {off:e}");
        }
    }
}

/// Nothing is read or written that is not there: it gives the same with a device that checks every access.
#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn checked_accesses_change_nothing() {
    let checked = open(OpenOptions {
        checked: true,
        cut: Some(small_cut()),
        ..OpenOptions::default()
    });
    for mechanism in mechanisms(65, 16) {
        let shape = shape(1, 2, 65, 16);
        let problem = Problem::new(task(shape, mechanism), tensors(shape, 4.0), Precision::F16);
        let problem = problem.expect("a good problem");
        assert!(
            output(small(), &problem) == output(&checked, &problem),
            "{:?}",
            problem.task()
        );
    }
}

#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn three_runs_give_the_same_bits() {
    let shape = shape(2, 2, 197, 64);
    let problem = Problem::new(task(shape, Mechanism::Softmax), tensors(shape, 8.0), Precision::F16);
    let problem = problem.expect("a good problem");
    let first = output(small(), &problem);
    for _ in 0..2 {
        assert!(output(small(), &problem) == first);
    }
}
