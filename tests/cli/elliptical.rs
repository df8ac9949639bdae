//! `--mechanism elliptical`, against golden values, against the formula, and without a metric.

use std::fs;

use eigenlens_files::{Tensor, TensorFile};
use serde_json::{Value, json};

use crate::{Case, assert_close, bits, matrix, numbers, refuses, rows, tensor, works};

const ATTEND: [&str; 4] = ["attend", "--mechanism", "elliptical", "--input"];

fn attend(case: &Case, input: &str, more: &[&str]) -> TensorFile {
    let arguments = [&ATTEND[..], &[input], more].concat();
    TensorFile::read("out.json", works(&arguments, case.path())).unwrap()
}

fn refused(case: &Case, input: &str, more: &[&str]) -> String {
    refuses(&[&ATTEND[..], &[input], more].concat(), case.path())
}

pub(crate) fn golden() -> Value {
    serde_json::from_str(include_str!("../../crates/core/tests/golden/elliptical_primal.json")).unwrap()
}

/// The cloud of the golden values.
pub(crate) fn golden_cloud() -> TensorFile {
    let golden = &golden()["elliptical"];
    let mut file = TensorFile::new();
    for (name, part) in [("query", "Q"), ("key", "K"), ("value", "V")] {
        file.insert(name, tensor(&golden[part]));
    }
    file
}

/// The golden cloud with the values of the layer before.
fn two_layers() -> Case {
    let mut file = golden_cloud();
    file.insert("value_prev", tensor(&golden()["elliptical"]["Vprev"]));
    Case::of(file)
}

/// Weights and output, by the formula as it stands.
fn expected(
    [queries, keys, values]: [&[Vec<f64>]; 3],
    metric: &[f64],
    temperature: f64,
) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let mut weights = Vec::new();
    let mut outputs = Vec::new();
    for query in queries {
        let power = |key: &Vec<f64>| {
            let terms = query.iter().zip(key).zip(metric);
            (terms.map(|((q, k), m)| q * m * k).sum::<f64>() / temperature).exp()
        };
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
fn an_estimated_metric_agrees_with_numpy_in_every_format() {
    let case = two_layers();
    let golden = &golden()["elliptical"];
    for input in ["in.safetensors", "in.npz", "in.csv", "in.json"] {
        for result in ["out.safetensors", "out.npz", "out.json"] {
            let arguments = [&ATTEND[..], &[input, "--output", result, "--weights"]].concat();
            assert_eq!(works(&arguments, case.path()), "");
            let file = TensorFile::read(result, fs::read(case.path().join(result)).unwrap()).unwrap();
            assert_eq!(file.names().collect::<Vec<_>>(), ["output", "weights"]);
            assert_eq!(file.tensor("output").unwrap().shape(), [6, 4]);
            assert_close(file.tensor("output").unwrap().data(), &rows(&golden["H"]));
            assert_close(file.tensor("weights").unwrap().data(), &rows(&golden["A"]));
        }
    }
    let usual = bits(&attend(&case, "in.npz", &[]), "output");
    // δ cancels under every scaling.
    for options in [
        &["--scaling", "max", "--delta", "1"][..],
        &["--delta", "5"],
        &["--scaling", "max", "--delta", "1e-3"],
    ] {
        assert_eq!(bits(&attend(&case, "in.npz", options), "output"), usual);
    }
    // The code of the authors for language has no temperature: it is 1.
    let unscaled = attend(&case, "in.npz", &["--temperature", "1", "--weights"]);
    assert_close(
        unscaled.tensor("weights").unwrap().data(),
        &rows(&golden["A_unscaled_wikitext"]),
    );
}

#[test]
fn a_given_metric_is_taken_as_it_is() {
    let golden = &golden()["elliptical"];
    let metric: Vec<f64> = golden["m"]
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect();
    let mut file = golden_cloud();
    file.insert("metric", Tensor::new("metric", vec![1, 4], metric.clone()).unwrap());
    let case = Case::of(file);
    for input in ["in.safetensors", "in.npz", "in.csv", "in.json"] {
        let results = attend(&case, input, &["--weights"]);
        assert_close(results.tensor("output").unwrap().data(), &rows(&golden["H"]));
        assert_close(results.tensor("weights").unwrap().data(), &rows(&golden["A"]));
    }
    // Neither divided by its largest entry nor refused below 0.
    let metric = [2.0, -0.5, 0.0, 3.0];
    let mut file = golden_cloud();
    file.insert("metric", Tensor::new("metric", vec![4], metric.to_vec()).unwrap());
    let case = Case::of(file);
    let parts = ["query", "key", "value"].map(|name| matrix(&case.tensor(name), 0));
    let (weights, output) = expected([&parts[0], &parts[1], &parts[2]], &metric, 2.0);
    let results = attend(&case, "in.json", &["--weights"]);
    assert_close(results.tensor("output").unwrap().data(), &output);
    assert_close(results.tensor("weights").unwrap().data(), &weights);
}

/// Two heads, of 3 queries, 5 keys and 2 dimensions.
fn two_heads() -> TensorFile {
    let mut file = TensorFile::new();
    for (seed, (name, rows)) in [("query", 3), ("key", 5), ("value", 5)].into_iter().enumerate() {
        let data = numbers(seed as u64, 2 * rows * 2);
        file.insert(name, Tensor::new(name, vec![2, rows, 2], data).unwrap());
    }
    file
}

#[test]
fn every_head_has_a_metric_of_its_own() {
    let mut file = two_heads();
    file.insert("value_prev", Tensor::new("x", vec![2, 5, 2], numbers(9, 20)).unwrap());
    let case = Case::of(file);
    let mut given = two_heads();
    given.insert(
        "metric",
        Tensor::new("x", vec![2, 2], vec![1.0, 0.25, 3.0, 2.0]).unwrap(),
    );
    let given = Case::of(given);
    for (case, options, delta) in [
        (&case, &["--scaling", "none", "--delta", "0.5"][..], Some(0.5)),
        (&case, &["--scaling", "none"], Some(1.0)),
        (&case, &["--scaling", "mean", "--delta", "0.5"], None),
        (&case, &[], None),
        (&given, &["--temperature", "0.7"], None),
    ] {
        let results = attend(case, "in.npz", &[options, &["--weights"]].concat());
        assert_eq!(results.tensor("output").unwrap().shape(), [2, 3, 2]);
        assert_eq!(results.tensor("weights").unwrap().shape(), [2, 3, 5]);
        for head in 0..2 {
            let parts = ["query", "key", "value"].map(|name| matrix(&case.tensor(name), head));
            let mut temperature = 2.0_f64.sqrt();
            let metric = if case.file.contains("metric") {
                temperature = 0.7;
                matrix(&case.tensor("metric"), 0)[head].clone()
            } else {
                let before = matrix(&case.tensor("value_prev"), head);
                let jump = |i: usize| (0..5).map(|n| (parts[2][n][i] - before[n][i]).abs()).sum::<f64>() / 5.0;
                let jumps = [jump(0), jump(1)];
                let unit = match (delta, options) {
                    (Some(delta), _) => delta,
                    (None, ["--scaling", "mean", ..]) => f64::midpoint(jumps[0], jumps[1]),
                    (None, _) => jumps[0].max(jumps[1]),
                };
                jumps.map(|jump| jump / unit).to_vec()
            };
            let (weights, output) = expected([&parts[0], &parts[1], &parts[2]], &metric, temperature);
            let found = |name: &str| matrix(&results.tensor(name).unwrap(), head).concat();
            assert_close(&found("output"), &output);
            assert_close(&found("weights"), &weights);
        }
    }
}

#[test]
fn no_metric_two_metrics_and_metrics_that_do_not_fit() {
    let case = Case::of(golden_cloud());
    assert_eq!(
        refused(&case, "in.npz", &[]),
        "`in.npz`: tensor `value_prev` is missing: there are `key`, `query`, `value`"
    );
    let write = |name: &str, more: Value| {
        let mut cloud = json!({"query": [[1, 2]], "key": [[1, 0], [0, 1]], "value": [[1, 2], [3, 4]]});
        for (name, tensor) in more.as_object().unwrap() {
            cloud[name] = tensor.clone();
        }
        fs::write(case.path().join(name), cloud.to_string()).unwrap();
    };
    let previous = json!([[0, 0], [0, 0]]);
    write("both.json", json!({"metric": [1, 1], "value_prev": previous}));
    assert_eq!(
        refused(&case, "both.json", &[]),
        "`both.json`: both `metric` and `value_prev` are there; a metric is given, or estimated from the values of two \
         layers"
    );
    write("given.json", json!({"metric": [1, 1]}));
    for option in [&["--scaling", "max"][..], &["--delta", "1"]] {
        assert_eq!(
            refused(&case, "given.json", option),
            format!(
                "{} is for an estimated metric; `given.json` gives `metric`, which is taken as it is",
                option[0]
            )
        );
    }
    for (metric, found) in [
        (json!([1]), "[1]"),
        (json!([[1], [1]]), "[2, 1]"),
        (json!([[1, 1], [1, 1]]), "[2, 2]"),
        (json!(1), "[]"),
    ] {
        write("shape.json", json!({ "metric": metric }));
        assert_eq!(
            refused(&case, "shape.json", &[]),
            format!(
                "`shape.json`: tensor `metric` has the shape {found}: expected [2], one number for each column of `key`"
            )
        );
    }
    for (previous, found) in [
        (json!([[1, 1]]), "[1, 2]"),
        (json!([[1], [1]]), "[2, 1]"),
        (json!([[[1, 1], [1, 1]]]), "[1, 2, 2]"),
    ] {
        write("shape.json", json!({ "value_prev": previous }));
        assert_eq!(
            refused(&case, "shape.json", &[]),
            format!("`shape.json`: tensor `value_prev` has the shape {found}: expected [2, 2] as `value` has")
        );
    }
    write("text.json", json!({"value_prev": [[1, "x"], [1, 1]]}));
    assert_eq!(
        refused(&case, "text.json", &[]),
        "`text.json`: tensor `value_prev` at row 1, column 2: expected a number or an array, found a string"
    );
    fs::write(
        case.path().join("nan.csv"),
        "query_1,key_1,value_1,metric_1\n1,2,3,nan\n1,2,3,\n",
    )
    .unwrap();
    assert_eq!(
        refused(&case, "nan.csv", &[]),
        "`nan.csv`: tensor `metric` at row 1, column 1: expected a finite number, found NaN"
    );
    // Nothing moves.
    write("still.json", json!({"value_prev": [[1, 2], [3, 4]]}));
    let line = refused(&case, "still.json", &[]);
    assert!(line.starts_with("`still.json`: "), "{line}");
    assert!(line.contains("is not defined: it needs"), "{line}");
    let mut file = two_heads();
    file.insert("value_prev", file.tensor("value").unwrap());
    let still = Case::of(file);
    let line = refused(&still, "in.npz", &[]);
    assert!(line.starts_with("`in.npz`: head 0: "), "{line}");
    // A metric of values where keys are wider.
    let wide = r#"{"query": [[1, 2]], "key": [[1, 0]], "value": [[1]], "value_prev": [[0]]}"#;
    fs::write(case.path().join("wide.json"), wide).unwrap();
    assert_eq!(
        refused(&case, "wide.json", &[]),
        "`wide.json`: the number of entries of the metric is 1, but must be 2"
    );
    let mut file = two_heads();
    file.insert("metric", Tensor::new("x", vec![2], vec![1.0; 2]).unwrap());
    assert_eq!(
        refused(&Case::of(file), "in.npz", &[]),
        "`in.npz`: tensor `metric` has the shape [2]: expected [2, 2], one number for each head and column of `key`"
    );
}

#[test]
fn options_that_are_wrong_or_belong_to_no_mechanism() {
    let case = two_layers();
    for delta in ["0", "-1", "nan", "inf"] {
        assert_eq!(
            refused(&case, "none.npz", &["--delta", delta]),
            format!(
                "invalid value '{delta}' for '--delta <δ>': it must be a finite number greater than 0 (see --help)"
            )
        );
    }
    assert_eq!(
        refused(&case, "none.npz", &["--scaling", "sum"]),
        "invalid value 'sum' for '--scaling <SCALING>' [possible values: max, mean, none] (see --help)"
    );
    assert!(refused(&case, "none.npz", &["--temperature", "0"]).starts_with("the temperature is 0"));
    for option in [&["--delta", "1"][..], &["--scaling", "max"]] {
        for mechanism in ["softmax", "smoother", "kernel-pca", "bn"] {
            let arguments = [&["attend", "--mechanism", mechanism, "--input", "none.npz"], option].concat();
            assert_eq!(
                refuses(&arguments, case.path()),
                format!(
                    "{} is for --mechanism elliptical; {mechanism} has no estimated metric",
                    option[0]
                )
            );
        }
    }
    for (option, of, what) in [
        (&["--axes", "2"][..], "kernel-pca", "axes"),
        (&["--form", "printed"], "rpc", "forms"),
        (&["--form", "full"], "bn", "forms"),
        (&["--beta", "1"], "bn", "β"),
        (&["--epsilon", "1"], "bn", "ε"),
        (&["--factors", "1"], "sh", "factors"),
        (&["--remainder", "drop"], "sh", "remainder"),
    ] {
        assert_eq!(
            refused(&case, "none.npz", option),
            format!("{} is for --mechanism {of}; elliptical has no {what}", option[0])
        );
    }
}
