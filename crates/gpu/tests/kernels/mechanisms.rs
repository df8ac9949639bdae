//! The mechanisms that tests run, with options of every kind.

use eigenlens_core::{BnForm, BnOptions, ClassToken, MetricScaling, Pooling, Remainder, RpcForm};
use eigenlens_gpu::{Mechanism, Metric, Rpc};

/// Every mechanism but RPC-Attention, for two heads of this many dimensions and tokens.
pub(crate) fn mechanisms(tokens: usize, dim: usize) -> Vec<Mechanism> {
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

/// RPC-Attention of every form, symmetric and not.
pub(crate) fn rpcs(iterations: usize) -> Vec<Rpc> {
    let mut rpcs = Vec::new();
    for form in RpcForm::ALL {
        rpcs.extend([false, true].map(|asymmetric| Rpc {
            form,
            lambda: if form == RpcForm::Released { 1.0 } else { 0.3 },
            iterations,
            model_width: None,
            asymmetric,
        }));
    }
    rpcs
}
