//! `--mechanism rpc`, against golden values and against what its first iteration must be.

use std::fs;

use eigenlens_files::TensorFile;
use serde_json::{Value, json};

use crate::{Case, assert_close, bits, matrix, refuses, rows, works};

const ATTEND: [&str; 4] = ["attend", "--mechanism", "rpc", "--input"];

fn attend(case: &Case, input: &str, more: &[&str]) -> TensorFile {
    let arguments = [&ATTEND[..], &[input], more].concat();
    TensorFile::read("out.json", works(&arguments, case.path())).unwrap()
}

fn refused(case: &Case, input: &str, more: &[&str]) -> String {
    refuses(&[&ATTEND[..], &[input], more].concat(), case.path())
}

fn golden() -> Value {
    serde_json::from_str(include_str!("../../crates/core/tests/golden/pursuit.json")).unwrap()
}

/// A folder with the keys, values and queries of the golden values.
fn golden_case() -> (Case, Value) {
    let case = Case::new(&[1, 2], &[2, 2], &[2, 2]);
    let golden = golden();
    // A query that nobody could read is not looked at.
    let own = json!({"key": golden["K"], "value": golden["Vfree"], "query": [["none"]]});
    fs::write(case.path().join("own.json"), own.to_string()).unwrap();
    let asked = json!({"key": golden["K"], "value": golden["Vfree"], "query": golden["Q"]});
    fs::write(case.path().join("asked.json"), asked.to_string()).unwrap();
    (case, golden)
}

/// The keys with what is beyond the threshold cut off: what the first iteration attends to.
fn clipped(keys: &[Vec<f64>], lambda: f64, released_width: Option<usize>) -> Vec<Vec<f64>> {
    let width = released_width.unwrap_or(keys[0].len());
    let total: f64 = keys.iter().flatten().map(|x| x.abs()).sum();
    let mu = (keys.len() * width) as f64 / (4.0 * total);
    let threshold = if released_width.is_some() {
        lambda * mu
    } else {
        lambda / mu
    };
    let clip = |row: &Vec<f64>| row.iter().map(|x| x.clamp(-threshold, threshold)).collect();
    keys.iter().map(clip).collect()
}

/// Weights and output of softmax attention, by the formula as it stands.
fn softmax(
    queries: &[Vec<f64>],
    keys: &[Vec<f64>],
    values: &[Vec<f64>],
    temperature: f64,
) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let mut weights = Vec::new();
    let mut outputs = Vec::new();
    for query in queries {
        let power = |key: &Vec<f64>| (query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>() / temperature).exp();
        let powers: Vec<f64> = keys.iter().map(power).collect();
        let sum: f64 = powers.iter().sum();
        let row: Vec<f64> = powers.iter().map(|x| x / sum).collect();
        let output = |column: usize| row.iter().zip(values).map(|(w, v)| w * v[column]).sum();
        outputs.push((0..values[0].len()).map(output).collect());
        weights.push(row);
    }
    (weights, outputs)
}

#[test]
fn every_form_agrees_with_numpy_in_every_format() {
    let (case, golden) = golden_case();
    for (form, name, lambda) in [
        ("printed", "paper", "0.5"),
        ("released", "code", "2"),
        ("lagrangian", "admm", "0.5"),
    ] {
        for iterations in ["1", "2", "4"] {
            let expected =
                golden.as_object().unwrap().iter().find(|(key, _)| {
                    key.starts_with(&format!("pap_{name}_")) && key.ends_with(&format!("_n{iterations}"))
                });
            let expected = rows(&expected.unwrap().1["L"]);
            for result in ["out.safetensors", "out.npz", "out.json"] {
                let options = [
                    "own.json",
                    "--form",
                    form,
                    "--lambda",
                    lambda,
                    "--iterations",
                    iterations,
                ];
                let arguments = [&ATTEND[..], &options, &["--output", result]].concat();
                assert_eq!(works(&arguments, case.path()), "");
                let file = TensorFile::read(result, fs::read(case.path().join(result)).unwrap()).unwrap();
                assert_eq!(file.names().collect::<Vec<_>>(), ["output"]);
                let output = file.tensor("output").unwrap();
                assert_eq!(output.shape(), [4, 2]);
                assert_close(output.data(), &expected);
            }
        }
    }
}

#[test]
fn own_queries_agree_with_numpy() {
    let (case, golden) = golden_case();
    let results = attend(&case, "asked.json", &["--lambda", "0.5", "--asymmetric"]);
    let expected = rows(&golden["pap_asym_paper_lam0.5_n4"]["L"]);
    assert_close(results.tensor("output").unwrap().data(), &expected);
    assert_eq!(
        refused(&case, "own.json", &["--lambda", "0.5", "--asymmetric"]),
        "`own.json`: tensor `query` at row 1, column 1: expected a number or an array, found a string"
    );
}

#[test]
fn heads_of_one_model_agree_with_the_released_module() {
    let official: Value =
        serde_json::from_str(include_str!("../../crates/core/tests/golden/rpc_official.json")).unwrap();
    let official = &official["rpc_h2_d8_n16_it2_l3"];
    let case = Case::new(&[1, 2], &[2, 2], &[2, 2]);
    let cloud = json!({"key": official["K"], "value": official["V"]});
    fs::write(case.path().join("heads.json"), cloud.to_string()).unwrap();
    let options = ["--form", "released", "--lambda", "3", "--iterations", "2"];
    let results = attend(&case, "heads.json", &options);
    let output = results.tensor("output").unwrap();
    assert_eq!(output.shape(), [2, 16, 8]);
    let expected: Vec<Vec<f64>> = official["L"].as_array().unwrap().iter().flat_map(rows).collect();
    assert_close(output.data(), &expected);
    // A head on its own is a narrower model.
    let alone = json!({"key": official["K"][0], "value": official["V"][0]});
    fs::write(case.path().join("alone.json"), alone.to_string()).unwrap();
    let alone = attend(&case, "alone.json", &options).tensor("output").unwrap();
    let difference = alone.data().iter().zip(output.data()).map(|(a, b)| (a - b).abs());
    assert!(difference.fold(0.0, f64::max) > 0.1);
}

#[test]
fn four_iterations_of_the_printed_form_unless_told() {
    let (case, _) = golden_case();
    let told = ["--lambda", "0.5", "--iterations", "4", "--form", "printed"];
    let told = attend(&case, "own.json", &told);
    assert_eq!(
        bits(&attend(&case, "own.json", &["--lambda", "0.5"]), "output"),
        bits(&told, "output")
    );
}

#[test]
fn the_first_iteration_attends_to_clipped_keys() {
    for heads in [None, Some(1), Some(2)] {
        let shape: Vec<usize> = heads.into_iter().chain([5, 3]).collect();
        let case = Case::new(&shape, &shape, &shape);
        let count = heads.unwrap_or(1);
        for (form, lambda, temperature, asymmetric) in [
            ("printed", 0.3, None, false),
            ("released", 0.2, None, true),
            ("lagrangian", 0.2, Some(0.7), false),
            ("printed", 0.2, Some(2.5), true),
        ] {
            let [lambda_text, temperature_text] = [lambda, temperature.unwrap_or_default()].map(|x: f64| x.to_string());
            let mut options = vec![
                "--form",
                form,
                "--lambda",
                &lambda_text,
                "--iterations",
                "1",
                "--weights",
            ];
            if temperature.is_some() {
                options.extend(["--temperature", &temperature_text]);
            }
            if asymmetric {
                options.push("--asymmetric");
            }
            let results = attend(&case, "in.npz", &options);
            let [output, weights] = ["output", "weights"].map(|name| results.tensor(name).unwrap());
            assert_eq!(output.shape(), shape);
            assert_eq!(weights.shape(), [&shape[..shape.len() - 1], &[5]].concat());
            for head in 0..count {
                let [queries, keys, values] = ["query", "key", "value"].map(|name| matrix(&case.tensor(name), head));
                let attended = clipped(&keys, lambda, (form == "released").then_some(count * 3));
                assert_ne!(attended, keys);
                let queries = if asymmetric { &queries } else { &attended };
                let temperature = temperature.unwrap_or(3.0_f64.sqrt());
                let (expected_weights, expected_output) = softmax(queries, &attended, &values, temperature);
                assert_close(&output.data()[head * 15..(head + 1) * 15], &expected_output);
                assert_close(&weights.data()[head * 25..(head + 1) * 25], &expected_weights);
            }
        }
    }
}

#[test]
fn the_weights_are_those_of_the_last_iteration() {
    let (case, golden) = golden_case();
    for (input, more) in [("own.json", &[][..]), ("asked.json", &["--asymmetric"])] {
        for form in ["printed", "released", "lagrangian"] {
            let options = [&["--form", form, "--lambda", "0.5"][..], more].concat();
            let without = attend(&case, input, &options);
            assert!(!without.contains("weights"));
            let with = attend(&case, input, &[&options[..], &["--weights"]].concat());
            assert_eq!(bits(&without, "output"), bits(&with, "output"));
            let weights = matrix(&with.tensor("weights").unwrap(), 0);
            let values = rows(&golden["Vfree"]);
            let product = |row: &Vec<f64>| -> Vec<f64> {
                (0..2)
                    .map(|d| row.iter().zip(&values).map(|(w, v)| w * v[d]).sum())
                    .collect()
            };
            let product: Vec<Vec<f64>> = weights.iter().map(product).collect();
            assert_close(with.tensor("output").unwrap().data(), &product);
        }
    }
}

#[test]
fn nothing_is_clipped_at_a_large_lambda() {
    // One iteration is then attention of the keys among themselves.
    let case = Case::new(&[1, 2], &[4, 3], &[4, 3]);
    let cloud = json!({
        "query": matrix(&case.tensor("key"), 0),
        "key": matrix(&case.tensor("key"), 0),
        "value": matrix(&case.tensor("value"), 0),
    });
    fs::write(case.path().join("own.json"), cloud.to_string()).unwrap();
    for input in ["in.safetensors", "in.npz", "in.csv", "in.json"] {
        // The query of these files fits no key.
        let own = attend(
            &case,
            "own.json",
            &["--lambda", "1e6", "--iterations", "1", "--weights"],
        );
        let arguments = ["attend", "--mechanism", "softmax", "--input", "own.json", "--weights"];
        let softmax = TensorFile::read("out.json", works(&arguments, case.path())).unwrap();
        let results = attend(&case, input, &["--lambda", "1e6", "--iterations", "1", "--weights"]);
        for name in ["output", "weights"] {
            let expected = matrix(&softmax.tensor(name).unwrap(), 0);
            assert_close(results.tensor(name).unwrap().data(), &expected);
            assert_eq!(bits(&own, name), bits(&results, name), "{input}");
        }
    }
}

#[test]
fn clouds_that_do_not_fit() {
    let more = ["--lambda", "0.5"];
    let narrow = Case::new(&[3, 2], &[3, 2], &[3, 1]);
    assert_eq!(
        refused(&narrow, "in.npz", &more),
        "`in.npz`: the number of dimensions of the values is 1, but must be 2"
    );
    let few = Case::new(&[2, 2], &[3, 2], &[3, 2]);
    assert_eq!(
        refused(&few, "in.npz", &["--lambda", "0.5", "--asymmetric"]),
        "`in.npz`: the number of queries is 2, but must be 3"
    );
    attend(&few, "in.npz", &more);
    let write = |name: &str, text: &str| fs::write(few.path().join(name), text).unwrap();
    write("alone.json", r#"{"key": [[1, 2]], "value": [[1, 2]]}"#);
    assert_eq!(
        refused(&few, "alone.json", &["--lambda", "0.5", "--asymmetric"]),
        "`alone.json`: tensor `query` is missing: there are `key`, `value`"
    );
    attend(&few, "alone.json", &more);
    write("values.json", r#"{"key": [[1, 2]], "query": [[1, 2]]}"#);
    assert_eq!(
        refused(&few, "values.json", &more),
        "`values.json`: tensor `value` is missing: there are `key`, `query`"
    );
    write("zeros.json", r#"{"key": [[[1]], [[0]]], "value": [[[1]], [[1]]]}"#);
    let line = refused(&few, "zeros.json", &more);
    assert!(
        line.starts_with("`zeros.json`: head 1: μ of RPC-Attention is not defined"),
        "{line}"
    );
    write("huge.json", r#"{"key": [[1e200], [-1e200]], "value": [[1], [2]]}"#);
    let line = refused(&few, "huge.json", &more);
    assert!(line.starts_with("`huge.json`: the logit of query and key"), "{line}");
    write("tiny.json", r#"{"key": [[5e-324]], "value": [[1]]}"#);
    let line = refused(&few, "tiny.json", &more);
    assert!(
        line.starts_with("`tiny.json`: ") && line.contains("but must be"),
        "{line}"
    );
}

#[test]
fn options_that_are_wrong_or_belong_to_no_mechanism() {
    let case = Case::new(&[3, 2], &[3, 2], &[3, 2]);
    assert_eq!(
        refused(&case, "none.npz", &[]),
        "the following required arguments were not provided: --lambda <λ> (see --help)"
    );
    for lambda in ["0", "-1", "nan", "inf", "1e999"] {
        assert_eq!(
            refused(&case, "none.npz", &["--lambda", lambda]),
            format!(
                "invalid value '{lambda}' for '--lambda <λ>': it must be a finite number greater than 0 (see --help)"
            )
        );
    }
    assert_eq!(
        refused(&case, "none.npz", &["--lambda", "much"]),
        "invalid value 'much' for '--lambda <λ>': invalid float literal (see --help)"
    );
    for iterations in ["0", "-1", "two", "1.5", ""] {
        let line = refused(&case, "none.npz", &["--lambda", "1", "--iterations", iterations]);
        assert!(
            line.starts_with("invalid value") && line.contains("'--iterations <N>'"),
            "{line}"
        );
    }
    assert_eq!(
        refused(&case, "none.npz", &["--lambda", "1", "--form", "code"]),
        "invalid value 'code' for '--form <FORM>' [possible values: printed, released, lagrangian] (see --help)"
    );
    assert!(refused(&case, "none.npz", &["--lambda", "1", "--temperature", "0"]).starts_with("the temperature is 0"));
    assert_eq!(
        refused(&case, "none.npz", &["--lambda", "1", "--form", "full"]),
        "invalid value 'full' for '--form <FORM>' [possible values: printed, released, lagrangian] (see --help)"
    );
    for (option, what) in [
        (&["--lambda", "1"][..], "sparse part"),
        (&["--iterations", "1"], "iterations"),
        (&["--form", "printed"], "forms"),
        (&["--asymmetric"], "symmetric form"),
    ] {
        for mechanism in ["softmax", "smoother", "kernel-pca"] {
            let arguments = [&["attend", "--mechanism", mechanism, "--input", "none.npz"], option].concat();
            assert_eq!(
                refuses(&arguments, case.path()),
                format!("{} is for --mechanism rpc; {mechanism} has no {what}", option[0])
            );
        }
    }
    assert_eq!(
        refused(&case, "none.npz", &["--lambda", "1", "--axes", "2"]),
        "--axes is for --mechanism kernel-pca; rpc has no axes"
    );
}
