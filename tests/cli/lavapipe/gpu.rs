//! `eigenlens gpu`, and `eigenlens attend --device gpu`, on whatever adapter there is; software Vulkan will do.

use std::path::Path;
use std::process::Command;

use eigenlens_files::{Tensor, TensorFile};

use crate::{Case, numbers, refuses, works};

/// Two heads of nine tokens, with what every mechanism needs.
fn case(queries: usize, dim: usize) -> Case {
    let mut case = Case::new(&[2, queries, dim], &[2, 9, dim], &[2, 9, dim]);
    let previous = Tensor::new("value_prev", vec![2, 9, dim], numbers(9, 2 * 9 * dim)).unwrap();
    case.file.insert("value_prev", previous);
    Case::of(case.file)
}

fn attend(case: &Case, more: &[&str]) -> Vec<f64> {
    let mut arguments = vec!["attend", "--input", "in.json", "--mechanism"];
    arguments.extend(more);
    let json = works(&arguments, case.path());
    let results = TensorFile::read("output.json", json.as_bytes()).unwrap();
    assert_eq!(results.tensor("output").unwrap().shape()[..2], [2, 9]);
    results.tensor("output").unwrap().data().to_vec()
}

/// `‖a − b‖/‖b‖`.
fn relative(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let off: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    (off / b.iter().map(|b| b * b).sum::<f64>()).sqrt()
}

#[test]
fn every_mechanism_agrees_with_the_cpu() {
    let case = case(9, 16);
    let mechanisms: [&[&str]; 12] = [
        &["softmax"],
        &["softmax", "--causal"],
        &["softmax", "--temperature", "0.7"],
        &["smoother"],
        &["smoother", "--causal"],
        &["elliptical"],
        &["elliptical", "--scaling", "none", "--delta", "3"],
        &["bn", "--beta", "0.5"],
        &["bn", "--form", "full"],
        &["sh", "--factors", "2,4", "--remainder", "drop"],
        &["rpc", "--lambda", "0.2", "--iterations", "2"],
        &["rpc", "--lambda", "0.2", "--form", "released", "--asymmetric"],
    ];
    for mechanism in mechanisms {
        let on_cpu = attend(&case, mechanism);
        let on = |dtype: &str| attend(&case, &[mechanism, &["--device", "gpu", "--dtype", dtype]].concat());
        let off = relative(&on("f32"), &on_cpu);
        assert!(off > 0.0 && off <= 4e-6, "{mechanism:?}: {off:e}");
        // The inputs themselves are rounded to 16 bits here.
        let off = relative(&on("f16"), &on_cpu);
        assert!(off > 1e-5 && off <= 5e-3, "{mechanism:?}: {off:e}");
        let default = attend(&case, &[mechanism, &["--device", "gpu"]].concat());
        assert_eq!(default, on("f32"), "{mechanism:?}");
    }
}

#[test]
fn a_metric_that_is_given_is_taken_as_it_is() {
    let mut file = Case::new(&[2, 9, 16], &[2, 9, 16], &[2, 9, 16]).file;
    file.insert("metric", Tensor::new("metric", vec![2, 16], numbers(5, 32)).unwrap());
    let case = Case::of(file);
    let on_cpu = attend(&case, &["elliptical", "--causal"]);
    let on_gpu = attend(&case, &["elliptical", "--causal", "--device", "gpu"]);
    assert!(relative(&on_gpu, &on_cpu) <= 2e-6);
}

#[test]
fn the_adapter_is_named_with_its_kernels() {
    let folder = tempfile::tempdir().unwrap();
    let text = works(&["gpu"], folder.path());
    for name in [
        "adapter ",
        "backend ",
        "driver ",
        "workgroup memory ",
        "kernels for f32 ",
        "kernels for f16 ",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}: {text}");
    }
}

#[test]
fn without_an_adapter_it_says_so_and_never_falls_back() {
    let case = case(9, 16);
    let attend = [
        "attend",
        "--mechanism",
        "softmax",
        "--input",
        "in.json",
        "--device",
        "gpu",
    ];
    let claims = ["claims", "--input", "in.json", "--device", "gpu"];
    for arguments in [&["gpu"][..], &attend, &claims] {
        let output = Command::new(env!("CARGO_BIN_EXE_eigenlens"))
            .args(arguments)
            .current_dir(case.path())
            .env("VK_DRIVER_FILES", "/none")
            .env("VK_ICD_FILENAMES", "/none")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "eigenlens: no GPU: no driver for Vulkan, Metal or DX12 offers one\n"
        );
    }
}

#[test]
fn what_the_gpu_cannot_do_is_refused() {
    let refused = |case: &Case, more: &[&str]| {
        let mut arguments = vec!["attend", "--input", "in.json", "--mechanism"];
        arguments.extend(more);
        refuses(&arguments, case.path())
    };
    let good = case(9, 16);
    let gpu = ["--device", "gpu"];
    let with = |more: &[&'static str]| [more, &gpu].concat();
    assert_eq!(
        refused(&case(9, 24), &with(&["softmax"])),
        "`in.json`: D = 24 is not supported on the GPU; the kernels are made for D = 16, 32, 64, 128"
    );
    // The same file on the CPU.
    assert_eq!(attend(&case(9, 24), &["softmax"]).len(), 2 * 9 * 24);
    assert_eq!(
        refused(&good, &["softmax", "--dtype", "f16"]),
        "--dtype is for --device gpu; on the CPU attention is in f64"
    );
    assert_eq!(
        refused(&good, &with(&["kernel-pca"])),
        "--mechanism kernel-pca is for --device cpu: there is no kernel that constructs values"
    );
    assert_eq!(
        refused(&good, &with(&["softmax", "--weights"])),
        "--weights is for --device cpu: the kernels never hold the weights of all pairs"
    );
    assert_eq!(
        refused(&good, &with(&["elliptical", "--causal"])),
        "--causal is not for this: a metric that is estimated is that of all tokens, so it sees the future"
    );
    assert_eq!(
        refused(&case(4, 16), &with(&["softmax", "--causal"])),
        "`in.json`: the number of queries is 4, but must be 9"
    );
    assert_eq!(
        refused(&Case::new(&[9, 16], &[9, 16], &[9, 3]), &with(&["softmax"])),
        "`in.json`: on the GPU values have the dimensions of keys, 16, and not 3"
    );
    let mut large = case(9, 16).file;
    large.insert(
        "key",
        Tensor::new("key", vec![2, 9, 16], vec![7e4; 2 * 9 * 16]).unwrap(),
    );
    assert_eq!(
        refused(&Case::of(large), &with(&["softmax", "--dtype", "f16"])),
        "`in.json`: key, batch 1, head 1, token 1, entry 1, is 70000; f16 holds numbers from −65504 to 65504"
    );
    let missing = refuses(
        &[
            "attend",
            "--mechanism",
            "softmax",
            "--input",
            "none.json",
            "--device",
            "gpu",
        ],
        Path::new("."),
    );
    assert!(missing.starts_with("cannot read `none.json`"), "{missing}");
}
