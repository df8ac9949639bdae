//! `eigenlens claims --device gpu`: attention in f32 where the CPU has f64, and the tests the same.

use std::fs;

use eigenlens_core::{Centring, Kernel, KernelPca};
use eigenlens_files::{Tensor, TensorFile};
use nalgebra::DMatrix;
use serde_json::Value;

use crate::{Case, numbers, refuses, works};

/// Two layers of two heads with 70 tokens, D = 16; the values of the last head are constructed from its keys.
fn layers() -> Case {
    let [queries, keys, mut values] = [1, 2, 3].map(|seed| numbers(seed, 4 * 70 * 16));
    let last = 3 * 70 * 16;
    let pca = KernelPca::new(
        &DMatrix::from_row_slice(70, 16, &keys[last..]),
        Kernel::Exponential { temperature: 4.0 },
        Centring::Centred,
    );
    let constructed = pca.unwrap().values(16).unwrap();
    values[last..].copy_from_slice(constructed.transpose().as_slice());
    let mut file = TensorFile::new();
    for (name, data) in [("query", queries), ("key", keys), ("value", values)] {
        file.insert(name, Tensor::new(name, vec![2, 2, 70, 16], data).unwrap());
    }
    Case::of(file)
}

fn lines(case: &Case, device: &str) -> Vec<Value> {
    // More values than go to the device at once.
    let arguments = [
        "claims",
        "--input",
        "in.safetensors",
        "--draws",
        "40",
        "--output",
        "out.json",
    ];
    works(&[&arguments[..], &["--device", device]].concat(), case.path());
    serde_json::from_slice(&fs::read(case.path().join("out.json")).unwrap()).unwrap()
}

#[test]
fn the_numbers_are_those_of_the_cpu_up_to_single_precision() {
    let case = layers();
    let (on_cpu, on_gpu) = (lines(&case, "cpu"), lines(&case, "gpu"));
    assert_eq!(on_cpu.len(), on_gpu.len());
    let mut apart = 0.0_f64;
    for (cpu, gpu) in std::iter::zip(&on_cpu, &on_gpu) {
        if cpu["test"] != "loss" {
            assert_eq!(cpu, gpu);
            continue;
        }
        for number in ["/value", "/permuted/mean", "/permuted/high", "/random/low"] {
            let of = |line: &Value| line.pointer(number).unwrap().as_f64().unwrap();
            apart = apart.max((of(cpu) - of(gpu)).abs() / of(cpu).abs().max(1.0));
        }
    }
    assert!(0.0 < apart && apart < 1e-5, "{apart:e}");
    let bessel = on_gpu.iter().rfind(|line| line["test"] == "bessel").unwrap();
    assert_eq!(
        bessel["value"], 0.0,
        "constructed values keep to it in f32 too: {bessel}"
    );
}

#[test]
fn what_the_kernels_do_not_take_is_refused() {
    let refused = |case: &Case| refuses(&["claims", "--input", "in.json", "--device", "gpu"], case.path());
    assert_eq!(
        refused(&Case::new(&[5, 24], &[5, 24], &[5, 24])),
        "`in.json`: D = 24 is not supported on the GPU; the kernels are made for D = 16, 32, 64, 128"
    );
    assert_eq!(
        refused(&Case::new(&[5, 16], &[5, 16], &[5, 3])),
        "`in.json`: on the GPU values have the dimensions of keys, 16, and not 3"
    );
}
