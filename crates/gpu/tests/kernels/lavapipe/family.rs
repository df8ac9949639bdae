//! The family `logit_ij = q_iᵀ M k_j/τ + b_j`.

use eigenlens_core::{BnForm, BnOptions, ClassToken, MetricScaling, Pooling, Remainder};
use eigenlens_gpu::{DIMS, Mechanism, Metric, Precision, Shape, Task};

use crate::truth::{run, shape, task, tensors};
use crate::{TOKENS, portable};

/// Every mechanism but RPC-Attention, for two heads of this many dimensions and tokens.
fn mechanisms(tokens: usize, dim: usize) -> Vec<Mechanism> {
    let pooling = |factor: usize, remainder, class_token| Pooling {
        factor: factor.min(tokens),
        remainder,
        class_token,
    };
    let metric = (0..2 * dim).map(|at| 0.1 + (at % 7) as f32 / 7.0).collect();
    let estimated = |scaling| Mechanism::Elliptical(Metric::Estimated { delta: 2.0, scaling });
    let bn = |form, beta| {
        Mechanism::Bn(BnOptions {
            form,
            beta,
            epsilon: 1e-5,
        })
    };
    vec![
        Mechanism::Softmax,
        Mechanism::Smoother,
        Mechanism::Elliptical(Metric::Given(metric)),
        estimated(MetricScaling::Max),
        estimated(MetricScaling::Mean),
        estimated(MetricScaling::None),
        bn(BnForm::Recentred, 0.7),
        Mechanism::Sh(vec![
            pooling(3, Remainder::Short, ClassToken::Pooled),
            pooling(2, Remainder::Drop, ClassToken::Apart),
        ]),
        bn(BnForm::Full, 1.0),
    ]
}

/// How far each is from f64, none further than the tolerance.
fn all_within(tolerance: f64, precision: Precision, deviation: f64) {
    for dim in DIMS {
        for tokens in TOKENS {
            for mechanism in mechanisms(tokens, dim) {
                // The variance of one key is 0, which full normalisation makes a factor of 1/ε of.
                if tokens == 1 && matches!(mechanism, Mechanism::Bn(BnOptions { form: BnForm::Full, .. })) {
                    continue;
                }
                let shape = shape(1, 2, tokens, dim);
                let said = format!("{mechanism:?} D = {dim} N = {tokens}");
                let off = run(portable(), task(shape, mechanism), tensors(shape, deviation), precision);
                assert!(off <= tolerance, "{said}: {off:e}");
            }
        }
    }
}

#[test]
fn logits_of_deviation_1() {
    all_within(2e-6, Precision::F32, 1.0);
}

#[test]
fn logits_of_deviation_4() {
    all_within(2e-6, Precision::F32, 4.0);
}

#[test]
fn logits_of_deviation_8() {
    all_within(2e-6, Precision::F32, 8.0);
}

/// Storage of 16 bits: 11 bits of each number, so that the output itself is off by 2⁻¹² of an entry.
#[test]
fn stored_in_16_bits() {
    for deviation in [1.0, 4.0, 8.0] {
        all_within(5e-4, Precision::F16, deviation);
    }
}

#[test]
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
                let off = run(portable(), task, tensors(shape, 4.0), Precision::F32);
                assert!(off <= 2e-6, "{said}: {off:e}");
            }
        }
    }
}

/// More and fewer queries than keys, several batches, and a temperature of its own.
#[test]
fn queries_need_not_be_as_many_as_keys() {
    for (queries, keys) in [(1, 345), (130, 3), (64, 65)] {
        for mechanism in mechanisms(keys, 32) {
            let shape = Shape::with_queries(3, 2, queries, keys, 32).expect("a good shape");
            let said = format!("{mechanism:?}: {queries} queries, {keys} keys");
            let task = Task {
                temperature: Some(2.5),
                ..task(shape, mechanism)
            };
            let off = run(portable(), task, tensors(shape, 1.0), Precision::F32);
            assert!(off <= 2e-6, "{said}: {off:e}");
        }
    }
}

/// Of 32 thousand keys most have little weight each, and together a lot of it; and no thread gives up before the last.
#[test]
fn long_sequences_lose_no_digits() {
    for (dim, deviation) in [(32, 4.0), (128, 4.0), (32, 8.0), (128, 1.0)] {
        let shape = Shape::with_queries(1, 1, 64, 32_768, dim).expect("a good shape");
        let off = run(
            portable(),
            task(shape, Mechanism::Softmax),
            tensors(shape, deviation),
            Precision::F32,
        );
        assert!(off <= 2e-6, "D = {dim}, deviation {deviation}: {off:e}");
    }
}
