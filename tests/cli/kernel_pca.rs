//! `--mechanism kernel-pca`, against golden values and against the identities that define it.

use std::fs;

use eigenlens_files::TensorFile;
use serde_json::{Value, json};

use crate::{Case, assert_close, matrix, refuses, rows, works};

const ATTEND: [&str; 4] = ["attend", "--mechanism", "kernel-pca", "--input"];

fn attend(case: &Case, input: &str, more: &[&str]) -> TensorFile {
    let arguments = [&ATTEND[..], &[input], more].concat();
    TensorFile::read("out.json", works(&arguments, case.path())).unwrap()
}

fn refused(case: &Case, input: &str, more: &[&str]) -> String {
    refuses(&[&ATTEND[..], &[input], more].concat(), case.path())
}

/// What the results of one head must satisfy, by the formulae as they stand.
fn check_identities(case: &Case, results: &TensorFile, head: usize, temperature: Option<f64>, axes: usize) {
    let (weights, _) = case.expected("softmax", temperature, head);
    let keys = matrix(&case.tensor("key"), head);
    let queries = matrix(&case.tensor("query"), head);
    let temperature = temperature.unwrap_or((keys[0].len() as f64).sqrt());
    let kernel = |x: &[f64], y: &[f64]| (x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / temperature).exp();
    let n = keys.len();
    let g = |x: &[f64]| keys.iter().map(|key| kernel(x, key)).sum::<f64>();
    let [value, coefficients, output] =
        ["value", "coefficients", "output"].map(|name| matrix(&results.tensor(name).unwrap(), head));
    assert_eq!((value.len(), value[0].len()), (n, axes));
    let eigenvalues = results.tensor("eigenvalues").unwrap();
    let eigenvalues = &eigenvalues.data()[head * n..(head + 1) * n];
    // v = a/g, and the output is the weights times v.
    let by_g: Vec<Vec<f64>> = keys
        .iter()
        .zip(&coefficients)
        .map(|(key, a)| a.iter().map(|a| a / g(key)).collect())
        .collect();
    assert_close(&value.concat(), &by_g);
    let product: Vec<Vec<f64>> = weights
        .iter()
        .map(|row| {
            (0..axes)
                .map(|d| row.iter().zip(&value).map(|(w, v)| w * v[d]).sum())
                .collect()
        })
        .collect();
    assert_close(&output.concat(), &product);
    // a is an eigenvector of the centred Gram matrix, with a·a = 1/w.
    let gram: Vec<Vec<f64>> = keys
        .iter()
        .map(|x| keys.iter().map(|y| kernel(x, y) / (g(x) * g(y))).collect())
        .collect();
    let means: Vec<f64> = gram.iter().map(|row| row.iter().sum::<f64>() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    for d in 0..axes {
        let a: Vec<f64> = coefficients.iter().map(|row| row[d]).collect();
        let along: Vec<f64> = (0..n)
            .map(|i| (0..n).map(|j| (gram[i][j] - means[i] - means[j] + mean) * a[j]).sum())
            .collect();
        assert_close(&along, &[a.iter().map(|a| eigenvalues[d] * a).collect()]);
        assert_close(&[a.iter().map(|a| a * a).sum::<f64>() * eigenvalues[d]], &[vec![1.0]]);
    }
    assert!(eigenvalues.windows(2).all(|pair| pair[0] >= pair[1]));
    let trace = (0..n).map(|i| gram[i][i] - 2.0 * means[i] + mean).sum();
    assert_close(&[eigenvalues.iter().sum()], &[vec![trace]]);
    let losses = queries
        .iter()
        .zip(&output)
        .map(|(query, output)| kernel(query, query) / g(query).powi(2) - output.iter().map(|h| h * h).sum::<f64>());
    let loss = losses.sum::<f64>() / queries.len() as f64;
    assert_close(
        &results.tensor("projection_loss").unwrap().data()[head..=head],
        &[vec![loss]],
    );
}

#[test]
fn four_keys_agree_with_numpy_in_every_format() {
    let golden: Value = serde_json::from_str(include_str!("../../crates/core/tests/golden/kernel_pca.json")).unwrap();
    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    // A value that would fit no key is not looked at.
    let cloud = json!({"query": golden["Q"], "key": golden["K"], "value": [["none"]]});
    fs::write(case.path().join("four.json"), cloud.to_string()).unwrap();
    for result in ["out.safetensors", "out.npz", "out.json"] {
        let arguments = [&ATTEND[..], &["four.json", "--output", result, "--weights"]].concat();
        assert_eq!(works(&arguments, case.path()), "");
        let file = TensorFile::read(result, fs::read(case.path().join(result)).unwrap()).unwrap();
        let mut names: Vec<&str> = file.names().collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "coefficients",
                "eigenvalues",
                "output",
                "projection_loss",
                "value",
                "weights"
            ]
        );
        for (name, golden_name, shape) in [
            ("output", "H_kpca", [4, 2]),
            ("value", "V_kpca", [4, 2]),
            ("coefficients", "A", [4, 2]),
        ] {
            let tensor = file.tensor(name).unwrap();
            assert_eq!(tensor.shape(), shape);
            assert_close(tensor.data(), &rows(&golden[golden_name]));
        }
        let eigenvalues = file.tensor("eigenvalues").unwrap();
        assert_eq!(eigenvalues.shape(), [4]);
        assert_close(eigenvalues.data(), &rows(&json!([golden["eig"]])));
        let loss = file.tensor("projection_loss").unwrap();
        assert_eq!(loss.shape(), [1]);
        assert_close(loss.data(), &rows(&json!([[golden["Jproj_kpca"]]])));
    }
}

#[test]
fn results_satisfy_the_identities() {
    // More axes than dimensions, another number of queries than of keys, values of a wrong shape.
    let case = Case::new(&[3, 4], &[7, 4], &[1, 9]);
    for (input, axes) in [("in.npz", 4), ("in.safetensors", 6), ("in.json", 1), ("in.csv", 2)] {
        let number = axes.to_string();
        let results = attend(&case, input, &["--axes", &number]);
        assert_eq!(results.tensor("output").unwrap().shape(), [3, axes]);
        assert!(!results.contains("weights"));
        check_identities(&case, &results, 0, None, axes);
    }
    let results = attend(&case, "in.npz", &["--temperature", "0.7"]);
    assert_eq!(results.tensor("output").unwrap().shape(), [3, 4]);
    check_identities(&case, &results, 0, Some(0.7), 4);
}

#[test]
fn heads_have_an_axis_in_front_and_the_same_number_of_axes() {
    for heads in [1, 3] {
        let case = Case::new(&[heads, 2, 3], &[heads, 5, 3], &[heads, 5, 2]);
        let results = attend(&case, "in.npz", &["--weights"]);
        for (name, shape) in [
            ("output", &[heads, 2, 3][..]),
            ("weights", &[heads, 2, 5]),
            ("value", &[heads, 5, 3]),
            ("coefficients", &[heads, 5, 3]),
            ("eigenvalues", &[heads, 5]),
            ("projection_loss", &[heads]),
        ] {
            assert_eq!(results.tensor(name).unwrap().shape(), shape, "{name}");
        }
        for head in 0..heads {
            check_identities(&case, &results, head, None, 3);
        }
    }
    // The second head has two keys that differ, so one axis.
    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    let cloud = r#"{"query": [[[1, 2]], [[1, 2]]], "key": [[[1, 2], [3, 1], [0, 1]], [[1, 2], [1, 2], [0, 1]]]}"#;
    fs::write(case.path().join("heads.json"), cloud).unwrap();
    let results = attend(&case, "heads.json", &[]);
    assert_eq!(results.tensor("output").unwrap().shape(), [2, 1, 1]);
    assert_eq!(results.tensor("value").unwrap().shape(), [2, 3, 1]);
    // The loss of the first is that with one axis, though it has two.
    let first = r#"{"query": [[1, 2]], "key": [[1, 2], [3, 1], [0, 1]]}"#;
    fs::write(case.path().join("first.json"), first).unwrap();
    let alone = attend(&case, "first.json", &["--axes", "1"]);
    let [loss, losses] = [&alone, &results].map(|file| file.tensor("projection_loss").unwrap());
    assert_close(&losses.data()[..1], &[loss.data().to_vec()]);
    assert_eq!(
        refused(&case, "heads.json", &["--axes", "2"]),
        "`heads.json`: head 1: 2 axes are more than the keys have: their numerical rank in feature space is 1"
    );
}

#[test]
fn keys_without_an_axis_and_too_many_axes_are_refused() {
    let case = Case::new(&[1, 2], &[3, 2], &[3, 1]);
    assert_eq!(
        refused(&case, "in.npz", &["--axes", "3"]),
        "`in.npz`: 3 axes are more than the keys have: their numerical rank in feature space is 2"
    );
    for (name, keys, has) in [
        ("one.json", "[[1, 2]]", "a single key"),
        (
            "equal.json",
            "[[1, 2], [1, 2]]",
            "no difference between the 2 keys (numerical rank 0)",
        ),
    ] {
        fs::write(
            case.path().join(name),
            format!(r#"{{"query": [[1, 2]], "key": {keys}}}"#),
        )
        .unwrap();
        for more in [&[][..], &["--axes", "1"]] {
            assert_eq!(
                refused(&case, name, more),
                format!(
                    "`{name}`: a principal axis in feature space is not defined: it needs keys that differ, and there is {has}"
                )
            );
        }
    }
    fs::write(
        case.path().join("far.json"),
        r#"{"query": [[1]], "key": [[1000], [2000]]}"#,
    )
    .unwrap();
    assert!(refused(&case, "far.json", &[]).contains("there is underflow: its largest entry is e^-"));
}

#[test]
fn axes_that_are_no_number_or_belong_to_no_mechanism() {
    let case = Case::new(&[1, 2], &[3, 2], &[3, 1]);
    for axes in ["0", "-1", "two", "1.5", ""] {
        let line = refused(&case, "in.npz", &["--axes", axes]);
        assert!(
            line.starts_with("invalid value") && line.contains("'--axes <K>'"),
            "{line}"
        );
    }
    for mechanism in ["softmax", "smoother"] {
        let arguments = ["attend", "--mechanism", mechanism, "--input", "none.npz", "--axes", "2"];
        assert_eq!(
            refuses(&arguments, case.path()),
            format!("--axes is for --mechanism kernel-pca; {mechanism} has no axes")
        );
    }
    assert!(refused(&case, "in.npz", &["--temperature", "0"]).starts_with("the temperature is 0"));
}
