//! `eigenlens svr`, against golden values, and with what cannot be fitted.

use std::fs;

use eigenlens_files::{Tensor, TensorFile};
use serde_json::Value;

use crate::{Case, assert_close, bits, complains, refuses, works};

const NAMES: [&str; 6] = ["beta", "fitted", "support", "sweeps", "value", "violation"];

fn golden() -> Value {
    serde_json::from_str(include_str!("../../crates/core/tests/golden/support.json")).unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Keys and targets in every format; CSV has no tensors [N].
fn case(keys: &[Vec<f64>], targets: &[f64], targets_shape: &[usize]) -> Case {
    let mut file = TensorFile::new();
    let shape = vec![keys.len(), keys[0].len()];
    file.insert("keys", Tensor::new("keys", shape, keys.concat()).unwrap());
    let targets = Tensor::new("targets", targets_shape.to_vec(), targets.to_vec());
    file.insert("targets", targets.unwrap());
    Case::of(file)
}

fn svr(case: &Case, input: &str, more: &[&str]) -> TensorFile {
    let arguments = [&["svr", "--input", input], more].concat();
    TensorFile::read("out.json", works(&arguments, case.path())).unwrap()
}

fn refused(case: &Case, input: &str, more: &[&str]) -> String {
    refuses(&[&["svr", "--input", input], more].concat(), case.path())
}

fn numbers(file: &TensorFile, name: &str, length: usize) -> Vec<f64> {
    let (shape, data) = file.tensor(name).unwrap().into_parts();
    assert_eq!(shape, [length], "{name}");
    data
}

#[test]
fn a_bound_of_the_dual_variables_agrees_with_numpy_in_every_format() {
    for (name, c, capped) in [("svr_C1000", "1000", 1000.0), ("svr_C200", "200", 200.0)] {
        let golden = &golden()[name];
        let keys: Vec<Vec<f64>> = list(&golden["keys"]).into_iter().map(|x| vec![x]).collect();
        let case = case(&keys, &list(&golden["y"]), &[9, 1]);
        for input in ["in.safetensors", "in.npz", "in.csv", "in.json"] {
            for result in ["out.safetensors", "out.npz", "out.json"] {
                let arguments = [
                    "svr",
                    "--input",
                    input,
                    "--epsilon",
                    "0.15",
                    "--c",
                    c,
                    "--output",
                    result,
                ];
                assert_eq!(works(&arguments, case.path()), "");
                let file = TensorFile::read(result, fs::read(case.path().join(result)).unwrap()).unwrap();
                assert_eq!(file.names().collect::<Vec<_>>(), NAMES);
                for (name, part) in [("beta", "beta"), ("value", "v"), ("fitted", "f")] {
                    assert_close(&numbers(&file, name, 9), &[list(&golden[part])]);
                }
                let support = list(&golden["beta"]).into_iter().map(|beta| match beta.abs() {
                    0.0 => 0.0,
                    size if size == capped => 2.0,
                    _ => 1.0,
                });
                assert_eq!(numbers(&file, "support", 9), support.collect::<Vec<_>>());
                assert!(numbers(&file, "violation", 1)[0] <= 1e-9);
                let sweeps = numbers(&file, "sweeps", 1)[0];
                assert!((1.0..1000.0).contains(&sweeps) && sweeps.fract() == 0.0);
            }
        }
    }
}

#[test]
fn a_bound_of_the_values_agrees_with_numpy() {
    for ring in golden()["ring"].as_array().unwrap() {
        let number = |name: &str| ring[name].as_f64().unwrap();
        let keys: Vec<Vec<f64>> = (0..12)
            .map(|i| {
                let angle = f64::from(i) * std::f64::consts::TAU / 12.0;
                vec![number("rho") * angle.cos(), number("rho") * angle.sin()]
            })
            .collect();
        let targets = list(&ring["y"]);
        let case = case(&keys, &targets, &[12]);
        let [epsilon, cap] = ["eps", "cap_v"].map(|name| number(name).to_string());
        let options = ["--epsilon", &epsilon, "--cap", &cap];
        let results = svr(&case, "in.npz", &options);
        assert_close(&numbers(&results, "value", 12), &[list(&ring["v"])]);
        assert_close(&numbers(&results, "fitted", 12), &[list(&ring["f"])]);
        let betas: Vec<f64> = list(&ring["v"]).iter().map(|v| v * number("h")).collect();
        assert_close(&numbers(&results, "beta", 12), &[betas]);
        let support = numbers(&results, "support", 12);
        let count = |is: fn(f64) -> bool| support.iter().filter(|case| is(**case)).count() as f64;
        assert_eq!(count(|case| case != 0.0), number("n_sv"));
        assert_eq!(count(|case| case == 2.0), number("n_cap"));
        // A column is a list.
        let column = self::case(&keys, &targets, &[12, 1]);
        for input in ["in.safetensors", "in.csv", "in.json"] {
            let other = svr(&column, input, &options);
            for name in NAMES {
                assert_eq!(bits(&other, name), bits(&results, name), "{input}, {name}");
            }
        }
    }
}

#[test]
fn small_problems_on_standard_output() {
    let case = case(&[vec![0.3]], &[2.0], &[1]);
    // One key hears itself alone: h = e^0.09.
    let text = works(
        &["svr", "--input", "in.json", "--epsilon", "0.5", "--cap", "3"],
        case.path(),
    );
    assert_eq!(text.lines().count(), 1);
    let results = TensorFile::read("out.json", text).unwrap();
    assert_eq!(numbers(&results, "value", 1), [1.5]);
    assert_eq!(numbers(&results, "fitted", 1), [1.5]);
    assert_eq!(numbers(&results, "support", 1), [1.0]);
    assert_close(&numbers(&results, "beta", 1), &[vec![1.5 * 0.09_f64.exp()]]);
    let capped = svr(&case, "in.json", &["--epsilon", "0", "--c", "0.25"]);
    assert_eq!(numbers(&capped, "beta", 1), [0.25]);
    assert_eq!(numbers(&capped, "support", 1), [2.0]);
    let inside = svr(&case, "in.json", &["--epsilon", "2", "--c", "0.25"]);
    assert_eq!(numbers(&inside, "value", 1), [0.0]);
    assert_eq!(numbers(&inside, "support", 1), [0.0]);
    assert_eq!(numbers(&inside, "sweeps", 1), [0.0]);
}

#[test]
fn a_fit_that_does_not_converge_says_so_and_is_written() {
    // The same key cannot say two things; the values grow from sweep to sweep.
    let case = case(&[vec![1.0], vec![1.0]], &[1.0, -1.0], &[2]);
    let arguments = ["svr", "--input", "in.npz", "--epsilon", "0.1", "--cap", "1e15"];
    let (output, line) = complains(&arguments, case.path(), 3);
    assert!(
        line.starts_with("`in.npz`: not converged after 100000 sweeps: violation ")
            && line.ends_with(", tolerance 1e-9"),
        "{line}"
    );
    let results = TensorFile::read("out.json", output).unwrap();
    assert_eq!(results.names().collect::<Vec<_>>(), NAMES);
    assert_eq!(numbers(&results, "sweeps", 1), [100_000.0]);
    assert!(numbers(&results, "violation", 1)[0] > 0.5);
    let (output, _) = complains(&[&arguments[..], &["--output", "out.npz"]].concat(), case.path(), 3);
    assert_eq!(output, "");
    let written = TensorFile::read("out.npz", fs::read(case.path().join("out.npz")).unwrap()).unwrap();
    for name in NAMES {
        assert_eq!(bits(&written, name), bits(&results, name), "{name}");
    }
}

#[test]
fn what_cannot_be_fitted_is_refused_and_nothing_is_written() {
    let case = case(&[vec![1.0], vec![2.0]], &[1.0, 2.0], &[2]);
    for (name, text, problem) in [
        (
            "short.json",
            r#"{"keys": [[1]]}"#,
            "tensor `targets` is missing: there are `keys`",
        ),
        (
            "name.json",
            r#"{"key": [[1]], "targets": [1]}"#,
            "tensor `keys` is missing: there are `key`, `targets`",
        ),
        (
            "number.json",
            r#"{"keys": [[1], [2], [3]], "targets": [1, 2]}"#,
            "the number of targets is 2, but must be 3",
        ),
        (
            "flat.json",
            r#"{"keys": [1, 2], "targets": [1, 2]}"#,
            "tensor `keys` has the shape [2]: expected [N, D]",
        ),
        (
            "wide.json",
            r#"{"keys": [[1]], "targets": [[1, 2]]}"#,
            "tensor `targets` has the shape [1, 2]: expected [N] or [N, 1]",
        ),
        (
            "scalar.json",
            r#"{"keys": [[1]], "targets": 1}"#,
            "tensor `targets` has the shape []: expected [N] or [N, 1]",
        ),
        (
            "empty.json",
            r#"{"keys": [], "targets": []}"#,
            "tensor `keys` has no elements: its shape is [0]",
        ),
        (
            "nan.csv",
            "keys_1,targets_1\n1,2\n3,nan\n",
            "tensor `targets` at row 2, column 1: expected a finite number, found NaN",
        ),
        (
            "text.csv",
            "keys_1,targets_1\n1,2\nthree,4\n",
            "tensor `keys` at line 3, column 1: expected a number, found `three`",
        ),
        (
            "long.json",
            r#"{"keys": [[100]], "targets": [1]}"#,
            "the dual variable of the key (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
        ),
        (
            "huge.json",
            r#"{"keys": [[1e200]], "targets": [1]}"#,
            "the logit of query and key (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
        ),
    ] {
        fs::write(case.path().join(name), text).unwrap();
        let options = ["--epsilon", "0.1", "--cap", "2", "--output", "new.npz"];
        assert_eq!(refused(&case, name, &options), format!("`{name}`: {problem}"));
    }
    assert!(!case.path().join("new.npz").exists());
    // The same keys have a fit where the duals are bounded.
    let bounded = svr(&case, "long.json", &["--epsilon", "0.1", "--c", "2"]);
    assert_eq!(numbers(&bounded, "value", 1), [0.0]);
    assert!(refused(&case, "none.npz", &["--epsilon", "0", "--c", "1"]).starts_with("cannot read `none.npz`"));
    assert_eq!(
        refused(
            &case,
            "none.npz",
            &["--epsilon", "0", "--c", "1", "--output", "out.csv"]
        ),
        "`out.csv`: results are written as .safetensors, .npz or .json"
    );
}

#[test]
fn wrong_options() {
    let case = case(&[vec![1.0]], &[1.0], &[1]);
    assert_eq!(
        refuses(&["svr"], case.path()),
        "the following required arguments were not provided: --input <FILE> --epsilon <ε> <--c <C>|--cap <CAP>> (see --help)"
    );
    assert_eq!(
        refused(&case, "in.npz", &["--epsilon", "0.1"]),
        "the following required arguments were not provided: <--c <C>|--cap <CAP>> (see --help)"
    );
    assert_eq!(
        refused(&case, "in.npz", &["--epsilon", "0.1", "--c", "1", "--cap", "1"]),
        "the argument '--c <C>' cannot be used with '--cap <CAP>' (see --help)"
    );
    for epsilon in ["-0.1", "nan", "inf"] {
        assert_eq!(
            refused(&case, "in.npz", &["--epsilon", epsilon, "--c", "1"]),
            format!(
                "invalid value '{epsilon}' for '--epsilon <ε>': it must be a finite number, 0 or greater (see --help)"
            )
        );
    }
    for (option, name) in [("--c", "C"), ("--cap", "CAP")] {
        for value in ["0", "-1", "nan", "inf"] {
            assert_eq!(
                refused(&case, "in.npz", &["--epsilon", "0.1", option, value]),
                format!(
                    "invalid value '{value}' for '{option} <{name}>': it must be a finite number greater than 0 (see --help)"
                )
            );
        }
    }
}
