//! `eigenlens bench`, on whatever adapter there is; software Vulkan will do.

use std::fs;

use serde_json::Value;

use crate::{refuses, works};

const BENCH: [&str; 5] = ["bench", "--shape", "1,4,65,32", "--seconds", "0.05"];

fn bench(more: &[&str], folder: &std::path::Path) -> String {
    works(&[&BENCH, more].concat(), folder)
}

#[test]
fn every_mechanism_has_a_row_that_is_right_and_timed() {
    let folder = tempfile::tempdir().unwrap();
    let table = bench(&["--json", "results.json"], folder.path());
    assert!(table.lines().nth(1).unwrap().starts_with("shape"), "{table}");
    let results: Value = serde_json::from_slice(&fs::read(folder.path().join("results.json")).unwrap()).unwrap();
    assert_eq!(results["version"], 1);
    assert!(results["ceilings"]["fma_tflops"].as_f64().unwrap() > 0.0);
    let rows = results["rows"].as_array().unwrap();
    for mechanism in ["softmax", "smoother", "elliptical", "bn", "sh", "rpc"] {
        for (kind, precision) in [("gpu", "f32"), ("gpu", "f16"), ("cpu", "f32")] {
            let of = |row: &&Value| {
                row["mechanism"] == mechanism && row["by"]["kind"] == kind && row["precision"] == precision
            };
            let found: Vec<&Value> = rows.iter().filter(of).collect();
            let [row] = found[..] else {
                panic!("{mechanism} {kind} {precision}: {found:?}")
            };
            assert_eq!(row["failure"], Value::Null);
            assert!(row["time"]["median_ms"].as_f64().unwrap() > 0.0);
            assert!(row["tflops"].as_f64().unwrap() > 0.0);
            if kind == "gpu" {
                let number = |name: &str| row["error"][name].as_f64().unwrap();
                assert!(number("relative") <= number("tolerance"), "{row}");
                assert_ne!(row["error"]["repeatable"], false);
                assert!(row["peak_bytes"].as_u64().unwrap() > 0 && row["moved"]["relative"].as_f64().unwrap() > 0.0);
            }
        }
    }
    assert_eq!(table.lines().count(), 2 + rows.len());
}

#[test]
fn what_is_asked_for_is_measured_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let more = [
        "--mechanism",
        "softmax",
        "--dtype",
        "f32",
        "--causal",
        "--no-cpu",
        "--json",
        "one.json",
    ];
    bench(&more, folder.path());
    let results: Value = serde_json::from_slice(&fs::read(folder.path().join("one.json")).unwrap()).unwrap();
    let rows = results["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["causal"], &rows[0]["shape"]),
        (&true.into(), &serde_json::json!([1, 4, 65, 32]))
    );
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| refuses(&[&["bench"], arguments].concat(), folder.path());
    assert_eq!(
        refused(&["--shape", "1,1,5,24"]),
        "D = 24 is not supported on the GPU; the kernels are made for D = 16, 32, 64, 128"
    );
    assert!(refused(&["--shape", "1,0,5,16"]).contains("the number of heads is 0, but must be at least 1"));
    assert!(refused(&["--shape", "5,16"]).contains("or B,H,N,D"));
    assert!(refused(&["--shape", "1000,100,100000,128"]).contains(" GB, and "));
    assert!(refused(&["--mechanism", "kernel-pca"]).contains("possible values: softmax, smoother"));
    assert_eq!(
        refused(&["--mechanism", "bn", "--causal"]),
        "the statistics of Attention-BN are those of all keys, so it sees the future"
    );
    assert!(refused(&["--logit-std", "0"]).contains("--logit-std"));
    assert!(refused(&["--json", "none/results.json", "--shape", "1,1,5,16"]).starts_with("cannot write"));
    assert!(refused(&["--report", "r", "--no-cpu"]).contains("cannot be used with"));
}
