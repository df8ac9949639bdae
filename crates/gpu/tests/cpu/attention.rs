//! The CPU path against f64, on tensors that are drawn.

use std::iter::zip;
use std::ops::ControlFlow;
use std::sync::Mutex;

use crate::common::{attended, go_on, logit_stds, of_one_pass, problem, pursuits, sizes, task};
use eigenlens_gpu::{
    Error, Inputs, Mechanism, Metric, Precision, Problem, Reference, Rpc, Shape, Task, Tensors, cpu, spread_rows,
    support_agreement,
};
use proptest::prelude::*;

/// Compares sampled rows.
fn check(problem: &Problem) {
    let shape = problem.task().shape;
    let reference = Reference::new(problem, &spread_rows(shape, 2, 24)).unwrap();
    let deviation = reference.compare(&attended(problem)).unwrap();
    assert!(deviation.is_within(), "{deviation:?} for {:?}", problem.task());
}

#[test]
fn one_pass_is_right_for_every_mechanism_and_size() {
    for (n, dim) in sizes() {
        for logit_std in logit_stds() {
            let shape = Shape::new(1, 2, n, dim).unwrap();
            for (mechanism, causal) in of_one_pass(shape) {
                let task = Task {
                    causal,
                    ..task(mechanism, shape)
                };
                check(&problem(&task, logit_std));
            }
        }
    }
}

/// Where weights are many and small, and logits are sums of many terms.
#[test]
fn long_sequences_lose_no_digits() {
    for logit_std in [4.0, 8.0] {
        let shape = Shape::with_queries(1, 1, 128, 32768, 128).unwrap();
        check(&problem(&task(Mechanism::Softmax, shape), logit_std));
    }
}

#[test]
fn every_iterate_of_every_pursuit_is_right() {
    for (n, dim) in sizes() {
        for logit_std in logit_stds() {
            let shape = Shape::new(1, 2, n, dim).unwrap();
            for rpc in pursuits() {
                let whole = problem(&task(Mechanism::Rpc(rpc), shape), logit_std);
                let references = Reference::iterates(&whole, &spread_rows(shape, 1, 24)).unwrap();
                let iterates = (1..=rpc.iterations).map(|iterations| {
                    let shorter = Mechanism::Rpc(Rpc { iterations, ..rpc });
                    attended(&problem(&task(shorter, shape), logit_std))
                });
                let iterates: Vec<Vec<f32>> = iterates.collect();
                for (reference, iterate) in zip(&references, &iterates) {
                    let deviation = reference.compare(iterate).unwrap();
                    assert!(deviation.is_within(), "{deviation:?} for {rpc:?}, {shape}, {logit_std}");
                }
                let agreement = support_agreement(&whole, &references, &iterates).unwrap();
                assert!(agreement >= 0.999, "{agreement} for {rpc:?}, {shape}, {logit_std}");
            }
        }
    }
}

#[test]
fn f16_inputs_are_rounded_before_and_nothing_else_is() {
    let task = task(Mechanism::Softmax, Shape::new(1, 2, 65, 32).unwrap());
    let tensors = Inputs {
        seed: 5,
        logit_std: 4.0,
    }
    .tensors(&task)
    .unwrap();
    let problem = Problem::new(task, tensors, Precision::F16).unwrap();
    let reference = Reference::new(&problem, &spread_rows(problem.task().shape, 2, 65)).unwrap();
    let deviation = reference.compare(&attended(&problem)).unwrap();
    assert_eq!(deviation.tolerance, 5e-4);
    assert!(deviation.relative < 2e-6, "{deviation:?}");
}

/// Logits of deviation 8, at which f32 is at its end, are tried at the sizes of the other tests.
fn any_problem() -> impl Strategy<Value = Problem> {
    let counts = (1..3_usize, 1..4_usize, 1..150_usize, 1..300_usize, 1..70_usize);
    (counts, 0..64_usize, 0..1000_u64, 0.1..4.0).prop_map(|((batch, heads, queries, keys, dim), which, seed, std)| {
        let square = Shape::new(batch, heads, keys, dim).unwrap();
        let alike: Vec<(Mechanism, bool)> = of_one_pass(square)
            .into_iter()
            .chain(pursuits().into_iter().map(|rpc| (Mechanism::Rpc(rpc), false)))
            .collect();
        let (mechanism, causal) = alike[which % alike.len()].clone();
        let shape = if causal || matches!(mechanism, Mechanism::Rpc(_)) {
            square
        } else {
            Shape::with_queries(batch, heads, queries, keys, dim).unwrap()
        };
        let task = Task {
            shape,
            mechanism,
            temperature: (seed % 2 == 0).then_some(1.5 * (dim as f64).sqrt()),
            causal,
        };
        let tensors = Inputs { seed, logit_std: std }.tensors(&task).unwrap();
        Problem::new(task, tensors, Precision::F32).unwrap()
    })
}

/// How far the output in f64 moves when every entry of the tensors becomes one of its two neighbours in f32: the most of six
/// draws. The tolerance is that of many tokens; a single query with large logits, or the variance of two keys, can be
/// conditioned worse, and then no arithmetic in f32 comes nearer than about this.
fn moved_by_rounding(problem: &Problem, reference: &Reference) -> f64 {
    let rows = spread_rows(problem.task().shape, 2, 24);
    let of_draw = |draw: u32| {
        let mut tensors = problem.tensors().clone();
        let all = [
            &mut tensors.query,
            &mut tensors.key,
            &mut tensors.value,
            &mut tensors.previous,
        ];
        for (at, entry) in (draw * 7919..).zip(all.into_iter().flatten()) {
            // Signs without a rhythm: the parity of the bits of a multiple of the golden ratio.
            let up = at.wrapping_mul(0x9e37_79b9).count_ones().is_multiple_of(2);
            *entry = if up { entry.next_up() } else { entry.next_down() };
        }
        let rounded = Problem::new(problem.task().clone(), tensors, problem.precision()).unwrap();
        let output = Reference::new(&rounded, &rows).unwrap();
        let output: Vec<f32> = output.output().iter().map(|&entry| entry as f32).collect();
        reference.compare_rows(&output).unwrap().relative
    };
    (0..6).map(of_draw).fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shapes_of_every_kind_are_right(problem in any_problem()) {
        let reference = Reference::new(&problem, &spread_rows(problem.task().shape, 2, 24)).unwrap();
        let deviation = reference.compare(&attended(&problem)).unwrap();
        if !deviation.is_within() {
            // Every pass rounds anew.
            let bound = 8.0 * problem.task().passes() as f64 * moved_by_rounding(&problem, &reference);
            prop_assert!(deviation.relative <= bound, "{deviation:?}, {bound} for {:?}", problem.task());
        }
    }

    #[test]
    fn nobody_looks_ahead(n in 2..200_usize, cut in 0.0..1.0, which in 0..3_usize) {
        let shape = Shape::new(1, 1, n, 8).unwrap();
        let metric = Metric::Given((1..=8).map(|m| m as f32 / 4.0).collect());
        let mechanism = [Mechanism::Softmax, Mechanism::Smoother, Mechanism::Elliptical(metric)][which].clone();
        let task = Task { causal: true, ..task(mechanism, shape) };
        let mut tensors = Inputs { seed: 11, logit_std: 2.0 }.tensors(&task).unwrap();
        let past = (n as f64 * cut) as usize * 8;
        let before = cpu::attend(&Problem::new(task.clone(), tensors.clone(), Precision::F32).unwrap(), &go_on).unwrap();
        for later in [&mut tensors.key, &mut tensors.value].into_iter().flat_map(|tensor| &mut tensor[past..]) {
            *later *= -3.0;
        }
        let after = cpu::attend(&Problem::new(task, tensors, Precision::F32).unwrap(), &go_on).unwrap();
        prop_assert_eq!(&before[..past], &after[..past]);
        prop_assert!(past == n * 8 || before != after);
    }
}

#[test]
fn the_same_bits_on_any_number_of_cores() {
    let shape = Shape::new(2, 2, 130, 24).unwrap();
    for mechanism in [Mechanism::Softmax, Mechanism::Rpc(pursuits()[0])] {
        let problem = problem(&task(mechanism, shape), 4.0);
        let once = attended(&problem);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| attended(&problem)), once);
        }
    }
}

#[test]
fn progress_counts_blocks_and_stops_the_work() {
    let shape = Shape::new(2, 2, 130, 8).unwrap();
    let rpc = pursuits()[0];
    for (mechanism, passes) in [(Mechanism::Softmax, 1), (Mechanism::Rpc(rpc), rpc.iterations)] {
        let problem = problem(&task(mechanism, shape), 1.0);
        let seen = Mutex::new(Vec::new());
        cpu::attend(&problem, &|done, of| {
            seen.lock().unwrap().push((done, of));
            ControlFlow::Continue(())
        })
        .unwrap();
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        let of = seen.len();
        assert_eq!(of % (4 * passes), 0);
        assert_eq!(seen, (1..=of).map(|done| (done, of)).collect::<Vec<_>>());

        let refused = cpu::attend(&problem, &|_, _| ControlFlow::Break(()));
        assert!(matches!(refused, Err(Error::Cancelled)), "{refused:?}");
        let refused = cpu::attend(&problem, &|done, of| {
            if done < of {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        assert!(matches!(refused, Err(Error::Cancelled)), "{refused:?}");
    }
}

/// One head of two dimensions.
fn small(mechanism: Mechanism, query: &[f32], key: &[f32], value: &[f32]) -> Problem {
    let shape = Shape::with_queries(1, 1, query.len().max(2) / 2, key.len() / 2, 2).unwrap();
    let tensors = Tensors {
        query: query.to_vec(),
        key: key.to_vec(),
        value: value.to_vec(),
        previous: Vec::new(),
    };
    let task = Task {
        temperature: Some(1.0),
        ..task(mechanism, shape)
    };
    Problem::new(task, tensors, Precision::F32).unwrap()
}

#[test]
fn what_is_beyond_the_range_is_named() {
    let value = [1.0, 2.0, 3.0, 4.0];
    // One logit of +∞, one of −∞, both, ∞ − ∞ within one, and a sum that leaves the range on the way and comes back.
    for (query, key) in [
        ([1e30, 0.0], [1e30, 0.0, 0.0, 1.0]),
        ([1e30, 0.0], [-1e30, 0.0, 0.0, 1.0]),
        ([1e30, 0.0], [-1e30, 0.0, -2e30, 1.0]),
        ([1e30, 1e30], [1e30, -1e30, 0.0, 0.0]),
        ([1e19, 1e19], [-3e19, 3.1e19, 0.0, 0.0]),
    ] {
        let refused = cpu::attend(&small(Mechanism::Softmax, &query, &key, &value), &go_on).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the output, batch 1, head 1, token 1, entry 1, is beyond the range of f32 numbers"
        );
    }
    let problem = small(Mechanism::Softmax, &[0.0; 2], &[1.0; 4], &[0.0, 3e38, 0.0, 3e38]);
    let refused = cpu::attend(&problem, &go_on).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the output, batch 1, head 1, token 1, entry 2, is beyond the range of f32 numbers"
    );
    let asked = Rpc {
        asymmetric: true,
        ..pursuits()[0]
    };
    let (keys, values) = ([1e20, 1.0, -1e20, 2.0], [1e30, 1.0, 1.0, 1.0]);
    let problem = small(Mechanism::Rpc(asked), &[1.0, 1e10, 1e10, 1.0], &keys, &values);
    assert!(matches!(cpu::attend(&problem, &go_on), Err(Error::Overflow { .. })));
}

#[test]
fn great_logits_are_no_trouble() {
    let value = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    for (query, key, expected) in [
        // One key takes all; all are far below 0; all are alike.
        ([1e15, 0.0], [1e15, 0.0, -1e15, 0.0, 0.0, 1.0], [1.0, 2.0]),
        ([1e15, 0.0], [-2e15, 0.0, -1e15, 0.0, -3e15, 1.0], [3.0, 4.0]),
        ([1e15, 1.0], [-1e15, 0.0, -1e15, 0.0, -1e15, 0.0], [3.0, 4.0]),
        ([0.0, 0.0], [1e38, 0.0, -1e38, 0.0, 3e38, 3e38], [3.0, 4.0]),
    ] {
        let output = attended(&small(Mechanism::Softmax, &query, &key, &value));
        assert!(zip(&output, expected).all(|(o, e)| (o - e).abs() < 1e-6), "{output:?}");
    }
    let zeros = attended(&small(
        Mechanism::Smoother,
        &[1.0, 2.0],
        &[1.0, 2.0, 3.0, 4.0],
        &[0.0; 4],
    ));
    assert_eq!(zeros, [0.0; 2]);
}
