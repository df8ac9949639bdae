//! RPC-Attention in its three forms.

use eigenlens_core::RpcForm;
use eigenlens_gpu::{Mechanism, Precision, Rpc};

use super::portable;
use super::truth::{run, shape, task, tensors};

#[test]
fn every_form_symmetric_and_not() {
    for form in RpcForm::ALL {
        for asymmetric in [false, true] {
            for iterations in 1..=4 {
                let lambda = if form == RpcForm::Released { 1.0 } else { 0.3 };
                let rpc = Rpc {
                    form,
                    lambda,
                    iterations,
                    model_width: None,
                    asymmetric,
                };
                let shape = shape(1, 2, 65, 32);
                let off = run(
                    portable(),
                    task(shape, Mechanism::Rpc(rpc)),
                    tensors(shape, 1.0),
                    Precision::F32,
                );
                println!("{form} {asymmetric} {iterations}: {off:e}");
                let tolerance = 2e-6 * f64::from(1 << (iterations - 1));
                assert!(
                    off <= tolerance,
                    "{form} asymmetric {asymmetric} n = {iterations}: {off:e}"
                );
            }
        }
    }
}
