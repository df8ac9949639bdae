//! `--mechanism sh`, against softmax attention to means that are made here.

use std::fs;

use eigenlens_files::{Tensor, TensorFile};

use crate::{Case, assert_close, bits, matrix, refuses, works};

const ATTEND: [&str; 4] = ["attend", "--mechanism", "sh", "--input"];

fn attend(case: &Case, input: &str, more: &[&str]) -> TensorFile {
    let arguments = [&ATTEND[..], &[input], more].concat();
    TensorFile::read("out.json", works(&arguments, case.path())).unwrap()
}

fn refused(case: &Case, input: &str, more: &[&str]) -> String {
    refuses(&[&ATTEND[..], &[input], more].concat(), case.path())
}

/// The means of neighbouring rows.
fn means(rows: &[Vec<f64>], factor: usize, drop: bool) -> Vec<Vec<f64>> {
    let blocks = rows.chunks(factor).filter(|block| !drop || block.len() == factor);
    let mean = |block: &[Vec<f64>]| {
        let entry = |d: usize| block.iter().map(|row| row[d]).sum::<f64>() / block.len() as f64;
        (0..block[0].len()).map(entry).collect()
    };
    blocks.map(mean).collect()
}

/// A head on its own, its keys and values averaged.
fn averaged(case: &Case, head: usize, factor: usize, drop: bool) -> Case {
    let mut file = TensorFile::new();
    for name in ["query", "key", "value"] {
        let mut rows = matrix(&case.tensor(name), head);
        if name != "query" {
            rows = means(&rows, factor, drop);
        }
        let shape = vec![rows.len(), rows[0].len()];
        file.insert(name, Tensor::new(name, shape, rows.concat()).unwrap());
    }
    Case::of(file)
}

fn softmax(case: &Case, more: &[&str]) -> TensorFile {
    let arguments = [
        &["attend", "--mechanism", "softmax", "--input", "in.npz", "--weights"],
        more,
    ]
    .concat();
    TensorFile::read("out.json", works(&arguments, case.path())).unwrap()
}

#[test]
fn one_head_attends_to_means_in_every_format() {
    let case = Case::new(&[3, 4], &[7, 4], &[7, 2]);
    for factor in [1, 2, 3, 7] {
        for (option, drop) in [
            (&[][..], false),
            (&["--remainder", "short"], false),
            (&["--remainder", "drop"], true),
        ] {
            let softmax = softmax(&averaged(&case, 0, factor, drop), &[]);
            let factor = factor.to_string();
            for input in ["in.safetensors", "in.npz", "in.csv", "in.json"] {
                let options = [&["--factors", &factor, "--weights"], option].concat();
                let results = attend(&case, input, &options);
                assert_eq!(results.names().collect::<Vec<_>>(), ["output", "weights"]);
                for name in ["output", "weights"] {
                    let expected = softmax.tensor(name).unwrap();
                    assert_eq!(results.tensor(name).unwrap().shape(), expected.shape());
                    assert_close(results.tensor(name).unwrap().data(), &matrix(&expected, 0));
                }
            }
        }
    }
    let same = attend(&case, "in.npz", &["--factors", "1"]);
    assert_eq!(bits(&same, "output"), bits(&softmax(&case, &[]), "output"));
}

#[test]
fn every_head_has_a_factor_of_its_own() {
    let case = Case::new(&[3, 2, 3], &[3, 8, 3], &[3, 8, 4]);
    for result in ["out.safetensors", "out.npz", "out.json"] {
        let options = [
            "in.npz",
            "--factors",
            "1,3,2",
            "--weights",
            "--temperature",
            "0.8",
            "--output",
            result,
        ];
        assert_eq!(works(&[&ATTEND[..], &options].concat(), case.path()), "");
        let results = TensorFile::read(result, fs::read(case.path().join(result)).unwrap()).unwrap();
        // The maps have different widths.
        let names: Vec<&str> = results.names().collect();
        assert_eq!(names, ["output", "weights_1", "weights_2", "weights_3"]);
        assert_eq!(results.tensor("output").unwrap().shape(), [3, 2, 4]);
        for (head, (factor, keys)) in [(1, 8), (3, 3), (2, 4)].into_iter().enumerate() {
            let expected = softmax(&averaged(&case, head, factor, false), &["--temperature", "0.8"]);
            let output = matrix(&results.tensor("output").unwrap(), head);
            assert_close(&output.concat(), &matrix(&expected.tensor("output").unwrap(), 0));
            let weights = results.tensor(&format!("weights_{}", head + 1)).unwrap();
            assert_eq!(weights.shape(), [2, keys]);
            assert_close(weights.data(), &matrix(&expected.tensor("weights").unwrap(), 0));
        }
    }
    // Factors may differ where the widths do not.
    let results = attend(&case, "in.npz", &["--factors", "3,3,3", "--weights"]);
    assert_eq!(results.names().collect::<Vec<_>>(), ["output", "weights"]);
    assert_eq!(results.tensor("weights").unwrap().shape(), [3, 2, 3]);
    let options = ["--factors", "5,6,7", "--weights", "--remainder", "drop"];
    let results = attend(&case, "in.npz", &options);
    assert_eq!(results.tensor("weights").unwrap().shape(), [3, 2, 1]);
    let without = attend(&case, "in.npz", &["--factors", "1,3,2"]);
    assert_eq!(without.names().collect::<Vec<_>>(), ["output"]);
}

#[test]
fn factors_that_do_not_fit() {
    let case = Case::new(&[2, 2, 3], &[2, 4, 3], &[2, 4, 1]);
    assert_eq!(
        refused(&case, "none.npz", &[]),
        "the following required arguments were not provided: --factors <S,…> (see --help)"
    );
    for (factors, line) in [
        ("0,1", "`in.npz`: head 0: the factor is 0, but must be from 1 to 4"),
        ("1,5", "`in.npz`: head 1: the factor is 5, but must be from 1 to 4"),
        (
            "1",
            "`in.npz`: the number of factors, one for each head, is 1, but must be 2",
        ),
        (
            "1,2,3",
            "`in.npz`: the number of factors, one for each head, is 3, but must be 2",
        ),
    ] {
        assert_eq!(refused(&case, "in.npz", &["--factors", factors]), line);
    }
    for factors in ["", "1,", "-1", "two", "1.5", "1;2", "99999999999999999999"] {
        let line = refused(&case, "none.npz", &["--factors", factors]);
        assert!(
            line.starts_with("invalid value") && line.contains("'--factors <S,…>'"),
            "{line}"
        );
    }
    let single = Case::new(&[2, 3], &[4, 3], &[4, 1]);
    assert_eq!(
        refused(&single, "in.npz", &["--factors", "9"]),
        "`in.npz`: the factor is 9, but must be from 1 to 4"
    );
    assert_eq!(
        refused(&single, "in.npz", &["--factors", "1,2"]),
        "`in.npz`: the number of factors, one for each head, is 2, but must be 1"
    );
    assert_eq!(
        refused(&single, "none.npz", &["--factors", "1", "--remainder", "pad"]),
        "invalid value 'pad' for '--remainder <REMAINDER>' [possible values: short, drop] (see --help)"
    );
    for (option, what) in [
        (&["--factors", "1"][..], "factors"),
        (&["--remainder", "short"], "remainder"),
    ] {
        for mechanism in ["softmax", "smoother", "kernel-pca", "bn"] {
            let arguments = [&["attend", "--mechanism", mechanism, "--input", "none.npz"], option].concat();
            assert_eq!(
                refuses(&arguments, single.path()),
                format!("{} is for --mechanism sh; {mechanism} has no {what}", option[0])
            );
        }
    }
    assert_eq!(
        refused(&single, "none.npz", &["--factors", "1", "--delta", "2"]),
        "--delta is for --mechanism elliptical; sh has no estimated metric"
    );
}
