//! `--mechanism bn`, against golden values and the formula.

use std::fs;

use eigenlens_files::TensorFile;

use crate::elliptical::{golden, golden_cloud};
use crate::{Case, assert_close, bits, matrix, refuses, rows, works};

const ATTEND: [&str; 4] = ["attend", "--mechanism", "bn", "--input"];

fn attend(case: &Case, input: &str, more: &[&str]) -> TensorFile {
    let arguments = [&ATTEND[..], &[input], more].concat();
    TensorFile::read("out.json", works(&arguments, case.path())).unwrap()
}

fn refused(case: &Case, input: &str, more: &[&str]) -> String {
    refuses(&[&ATTEND[..], &[input], more].concat(), case.path())
}

fn product(weights: &[Vec<f64>], values: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let row = |row: &Vec<f64>| -> Vec<f64> {
        let entry = |d: usize| row.iter().zip(values).map(|(w, v)| w * v[d]).sum();
        (0..values[0].len()).map(entry).collect()
    };
    weights.iter().map(row).collect()
}

#[test]
fn both_forms_agree_with_numpy_in_every_format() {
    let case = Case::of(golden_cloud());
    let golden = &golden()["attention_bn"];
    let values = matrix(&case.tensor("value"), 0);
    for (options, name) in [
        (&["--form", "full"][..], "A_eq22"),
        (&["--form", "full", "--epsilon", "0.00001"], "A_eq22"),
        (&["--form", "recentred", "--beta", "0.6"], "A_eq26_beta0_6"),
        (&["--beta", "0.6"], "A_eq26_beta0_6"),
    ] {
        let weights = rows(&golden[name]);
        for input in ["in.safetensors", "in.npz", "in.csv", "in.json"] {
            for result in ["out.safetensors", "out.npz", "out.json"] {
                let arguments = [&ATTEND[..], &[input, "--output", result, "--weights"], options].concat();
                assert_eq!(works(&arguments, case.path()), "");
                let file = TensorFile::read(result, fs::read(case.path().join(result)).unwrap()).unwrap();
                assert_eq!(file.names().collect::<Vec<_>>(), ["output", "weights"]);
                assert_close(file.tensor("weights").unwrap().data(), &weights);
                assert_close(file.tensor("output").unwrap().data(), &product(&weights, &values));
            }
        }
    }
}

/// Weights by the formula, queries and keys both moved and scaled.
fn weights(case: &Case, head: usize, beta: f64, epsilon: Option<f64>, temperature: f64) -> Vec<Vec<f64>> {
    let [queries, keys] = ["query", "key"].map(|name| matrix(&case.tensor(name), head));
    let (n, dim) = (keys.len() as f64, keys[0].len());
    let means: Vec<f64> = (0..dim)
        .map(|d| keys.iter().map(|key| key[d]).sum::<f64>() / n)
        .collect();
    let spread = |d: usize| {
        let variance = keys.iter().map(|key| (key[d] - means[d]).powi(2)).sum::<f64>() / n;
        epsilon.map_or(1.0, |epsilon| (variance + epsilon).sqrt())
    };
    let seen = |token: &Vec<f64>| -> Vec<f64> { (0..dim).map(|d| (token[d] - beta * means[d]) / spread(d)).collect() };
    let row = |query: &Vec<f64>| {
        let query = seen(query);
        let logit = |key: &Vec<f64>| query.iter().zip(seen(key)).map(|(q, k)| q * k).sum::<f64>() / temperature;
        let powers: Vec<f64> = keys.iter().map(|key| logit(key).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    };
    queries.iter().map(row).collect()
}

#[test]
fn every_head_is_normalised_by_its_own_keys() {
    let case = Case::new(&[2, 3, 2], &[2, 5, 2], &[2, 5, 4]);
    for (options, beta, epsilon, temperature) in [
        (&[][..], 1.0, None, None),
        (&["--beta", "-2.5"], -2.5, None, None),
        (&["--form", "full", "--epsilon", "0.5"], 1.0, Some(0.5), None),
        (&["--form", "full", "--temperature", "0.6"], 1.0, Some(1e-5), Some(0.6)),
        (&["--temperature", "3"], 1.0, None, Some(3.0)),
    ] {
        let results = attend(&case, "in.npz", &[options, &["--weights"]].concat());
        assert_eq!(results.tensor("output").unwrap().shape(), [2, 3, 4]);
        for head in 0..2 {
            let temperature = temperature.unwrap_or(2.0_f64.sqrt());
            let expected = weights(&case, head, beta, epsilon, temperature);
            assert_close(&matrix(&results.tensor("weights").unwrap(), head).concat(), &expected);
            let output = product(&expected, &matrix(&case.tensor("value"), head));
            assert_close(&matrix(&results.tensor("output").unwrap(), head).concat(), &output);
        }
    }
    // The recentred form has no ε, and nothing to say against one.
    let usual = attend(&case, "in.npz", &[]);
    for options in [&["--epsilon", "7"][..], &["--beta", "1", "--form", "recentred"]] {
        assert_eq!(
            bits(&attend(&case, "in.npz", options), "output"),
            bits(&usual, "output")
        );
    }
    // β = 0 is softmax.
    let softmax = ["attend", "--mechanism", "softmax", "--input", "in.npz"];
    let softmax = TensorFile::read("out.json", works(&softmax, case.path())).unwrap();
    let none = attend(&case, "in.npz", &["--beta", "0"]);
    assert_eq!(bits(&none, "output"), bits(&softmax, "output"));
}

#[test]
fn options_that_are_wrong_or_belong_to_no_mechanism() {
    let case = Case::new(&[3, 2], &[3, 2], &[3, 2]);
    assert_eq!(
        refused(&case, "none.npz", &["--form", "full", "--beta", "1"]),
        "--beta is for --form recentred; full has no β"
    );
    for form in ["printed", "half", ""] {
        assert_eq!(
            refused(&case, "none.npz", &["--form", form]),
            format!("invalid value '{form}' for '--form <FORM>' [possible values: recentred, full] (see --help)")
        );
    }
    for beta in ["nan", "inf"] {
        assert_eq!(
            refused(&case, "none.npz", &["--beta", beta]),
            format!("invalid value '{beta}' for '--beta <β>': it must be a finite number (see --help)")
        );
    }
    for epsilon in ["0", "-1", "nan"] {
        assert_eq!(
            refused(&case, "none.npz", &["--form", "full", "--epsilon", epsilon]),
            format!(
                "invalid value '{epsilon}' for '--epsilon <ε>': it must be a finite number greater than 0 (see --help)"
            )
        );
    }
    for (option, what) in [
        (&["--beta", "1"][..], "β"),
        (&["--epsilon", "1"], "ε"),
        (&["--form", "full"], "forms"),
    ] {
        for mechanism in ["softmax", "smoother", "kernel-pca", "elliptical"] {
            let arguments = [&["attend", "--mechanism", mechanism, "--input", "none.npz"], option].concat();
            assert_eq!(
                refuses(&arguments, case.path()),
                format!("{} is for --mechanism bn; {mechanism} has no {what}", option[0])
            );
        }
    }
    fs::write(
        case.path().join("huge.json"),
        r#"{"query": [[1]], "key": [[1e200], [-1e200]], "value": [[1], [2]]}"#,
    )
    .unwrap();
    let line = refused(&case, "huge.json", &["--form", "full"]);
    assert!(line.starts_with("`huge.json`: the variance of the keys"), "{line}");
    fs::write(case.path().join("short.json"), r#"{"query": [[1]], "key": [[1]]}"#).unwrap();
    assert_eq!(
        refused(&case, "short.json", &[]),
        "`short.json`: tensor `value` is missing: there are `key`, `query`"
    );
}
