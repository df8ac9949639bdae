//! `eigenlens pcp`, against golden values, against the formula of an iteration, and with what is no matrix.

use std::fs;
use std::path::{Path, PathBuf};

use eigenlens_files::{Format, Tensor, TensorFile};
use serde_json::Value;
use tempfile::TempDir;

use crate::{assert_close, complains, matrix, numbers, refuses, rows, works};

const NAMES: [&str; 4] = ["iterations", "low_rank", "residual", "sparse"];

/// A folder with a matrix in every format, as the tensor `matrix`, and as a plain table `plain.csv`.
fn folder(rows: &[Vec<f64>]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let tensor = Tensor::new("matrix", vec![rows.len(), rows[0].len()], rows.concat()).unwrap();
    let mut file = TensorFile::new();
    file.insert("matrix", tensor);
    for format in Format::ALL {
        let bytes = file.write(format).unwrap();
        fs::write(folder.path().join(format!("in.{}", format.extension())), bytes).unwrap();
    }
    let line = |row: &Vec<f64>| row.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(",");
    let lines: Vec<String> = rows.iter().map(line).collect();
    fs::write(folder.path().join("plain.csv"), lines.join("\n")).unwrap();
    folder
}

fn pcp(folder: &Path, input: &str, more: &[&str]) -> TensorFile {
    let arguments = [&["pcp", "--input", input], more].concat();
    TensorFile::read("out.json", works(&arguments, folder)).unwrap()
}

/// The run does not converge: gives its results and what it says.
fn unfinished(folder: &Path, input: &str, more: &[&str]) -> (TensorFile, String) {
    let arguments = [&["pcp", "--input", input], more].concat();
    let (output, line) = complains(&arguments, folder, 3);
    (TensorFile::read("out.json", output).unwrap(), line)
}

fn refused(folder: &Path, input: &str, more: &[&str]) -> String {
    refuses(&[&["pcp", "--input", input], more].concat(), folder)
}

fn part(file: &TensorFile, name: &str) -> Vec<Vec<f64>> {
    matrix(&file.tensor(name).unwrap(), 0)
}

fn number(file: &TensorFile, name: &str) -> f64 {
    let tensor = file.tensor(name).unwrap();
    assert_eq!(tensor.shape(), [1], "{name}");
    tensor.data()[0]
}

fn distance(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    let (a, b) = (a.concat(), b.concat());
    assert_eq!(a.len(), b.len());
    a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn length(a: &[Vec<f64>]) -> f64 {
    a.concat().iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// A matrix of rank one, with two spikes.
fn spiked() -> Vec<Vec<f64>> {
    let (left, right) = (numbers(1, 20), numbers(2, 16));
    let mut rows: Vec<Vec<f64>> = left.iter().map(|x| right.iter().map(|y| x * y).collect()).collect();
    rows[2][3] += 4.0;
    rows[5][0] -= 3.0;
    rows
}

#[test]
fn the_optimum_agrees_with_numpy_in_every_format() {
    let golden: Value = serde_json::from_str(include_str!("../../crates/core/tests/golden/pursuit.json")).unwrap();
    let golden = &golden["pcp"];
    let [given, low_rank, sparse] = ["M", "L", "S"].map(|name| rows(&golden[name]));
    let folder = folder(&given);
    for input in ["in.safetensors", "in.npz", "in.npy", "in.csv", "in.json", "plain.csv"] {
        for result in ["out.safetensors", "out.npz", "out.json"] {
            let arguments = ["pcp", "--input", input, "--output", result];
            assert_eq!(works(&arguments, folder.path()), "");
            let file = TensorFile::read(result, fs::read(folder.path().join(result)).unwrap()).unwrap();
            assert_eq!(file.names().collect::<Vec<_>>(), NAMES);
            for (name, expected) in [("low_rank", &low_rank), ("sparse", &sparse)] {
                assert_eq!(file.tensor(name).unwrap().shape(), [6, 4]);
                let error = distance(&part(&file, name), expected) / length(&given);
                assert!(error <= 1e-7, "{input}, {name}: {error:e}");
            }
            let iterations = number(&file, "iterations");
            assert!(iterations > 1.0 && iterations <= 10_000.0 && iterations.fract() == 0.0);
            assert!(number(&file, "residual") <= 1e-9);
        }
    }
}

#[test]
fn the_same_numbers_give_the_same_bits() {
    let folder = folder(&spiked());
    let read = |input: &str, more: &[&str]| works(&[&["pcp", "--input", input], more].concat(), folder.path());
    let expected = read("in.json", &[]);
    assert_eq!(expected.lines().count(), 1);
    let plain = fs::read_to_string(folder.path().join("plain.csv")).unwrap();
    let titles: Vec<String> = (0..16).map(|column| format!("title {column}")).collect();
    let titled = format!("{}\n{plain}", titles.join(","));
    fs::write(folder.path().join("titled.csv"), titled).unwrap();
    for input in [
        "in.safetensors",
        "in.npz",
        "in.npy",
        "in.csv",
        "plain.csv",
        "titled.csv",
    ] {
        assert_eq!(read(input, &[]), expected, "{input}");
    }
    // The defaults, said.
    let given = spiked();
    let lambda = (1.0 / 20.0_f64.sqrt()).to_string();
    let options = ["--lambda", &lambda, "--tolerance", "1e-9", "--max-iterations", "10000"];
    assert_eq!(read("in.npy", &options), expected);
    let total: f64 = given.iter().flatten().map(|x| x.abs()).sum();
    let mu = (320.0 / (4.0 * total)).to_string();
    let told = pcp(folder.path(), "in.npy", &["--mu", &mu]);
    let untold = TensorFile::read("out.json", expected).unwrap();
    assert_eq!(number(&told, "iterations"), number(&untold, "iterations"));
    for name in ["low_rank", "sparse"] {
        assert_close(told.tensor(name).unwrap().data(), &part(&untold, name));
    }
}

#[test]
fn the_parts_add_up_and_options_are_heard() {
    let given = spiked();
    let folder = folder(&given);
    let usual = pcp(folder.path(), "in.npz", &[]);
    let sum = |file: &TensorFile| -> Vec<Vec<f64>> {
        let (low_rank, sparse) = (part(file, "low_rank"), part(file, "sparse"));
        let add = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
        low_rank.iter().zip(&sparse).map(add).collect()
    };
    let residual = distance(&sum(&usual), &given) / length(&given);
    assert!(residual <= 1e-9);
    assert!((residual - number(&usual, "residual")).abs() <= 1e-14);
    // The spikes, exactly, and nothing else.
    let sparse = part(&usual, "sparse");
    let spikes = |rows: &[Vec<f64>]| rows.iter().flatten().filter(|x| x.abs() > 1e-6).count();
    assert_eq!(spikes(&sparse), 2);
    assert!((sparse[2][3] - 4.0).abs() < 1e-6 && (sparse[5][0] + 3.0).abs() < 1e-6);
    // Nothing is sparse where that is dear, and everything where it is cheap.
    let dear = pcp(folder.path(), "in.npz", &["--lambda", "10"]);
    assert_eq!(spikes(&part(&dear, "sparse")), 0);
    let cheap = pcp(folder.path(), "in.npz", &["--lambda", "0.01"]);
    assert_eq!(spikes(&part(&cheap, "low_rank")), 0);
    let coarse = pcp(folder.path(), "in.npz", &["--tolerance", "1e-3"]);
    assert!(number(&coarse, "iterations") < number(&usual, "iterations"));
    assert!(number(&coarse, "residual") > number(&usual, "residual"));
    // Another penalty is another way to the same place.
    let other = pcp(folder.path(), "in.npz", &["--mu", "3"]);
    assert_ne!(number(&other, "iterations"), number(&usual, "iterations"));
    assert!(distance(&part(&other, "sparse"), &sparse) <= 1e-6);
}

#[test]
fn a_run_that_does_not_converge_says_so_and_is_written() {
    // One iteration by hand: S = shrink(M, λ/μ), L = the singular values less 1/μ.
    let folder = folder(&[vec![3.0, 0.0], vec![0.0, -2.0]]);
    let options = ["--mu", "1", "--lambda", "2.5", "--max-iterations", "1"];
    let (results, line) = unfinished(folder.path(), "in.npy", &options);
    assert_close(&part(&results, "sparse").concat(), &[vec![0.5, 0.0, 0.0, 0.0]]);
    assert_close(&part(&results, "low_rank").concat(), &[vec![1.5, 0.0, 0.0, -1.0]]);
    assert_eq!(number(&results, "iterations"), 1.0);
    // What is left is 1 and −1, the last change 1.5 and −1.
    let residual = (2.0 / 13.0_f64).sqrt();
    assert_close(&[number(&results, "residual")], &[vec![residual]]);
    let change = (3.25 / 13.0_f64).sqrt();
    assert_eq!(
        line,
        format!(
            "`in.npy`: not converged after 1 iteration: residual {residual:.1e}, last change {change:.1e}, tolerance 1e-9"
        )
    );
    let options = [&options[..5], &["2", "--output", "out.npz", "--tolerance", "1e-12"]].concat();
    let arguments = [&["pcp", "--input", "in.csv"], &options[..]].concat();
    let (output, line) = complains(&arguments, folder.path(), 3);
    assert_eq!(output, "");
    assert!(
        line.starts_with("`in.csv`: not converged after 2 iterations: "),
        "{line}"
    );
    assert!(line.ends_with(", tolerance 1e-12"), "{line}");
    let file = TensorFile::read("out.npz", fs::read(folder.path().join("out.npz")).unwrap()).unwrap();
    assert_eq!(file.names().collect::<Vec<_>>(), NAMES);
    assert_eq!(number(&file, "iterations"), 2.0);
}

#[test]
fn matrices_of_one_entry_one_row_and_zeros() {
    for rows in [vec![vec![2.0]], vec![vec![1.0, -2.0, 3.0]], vec![vec![1.0], vec![4.0]]] {
        let folder = folder(&rows);
        let results = pcp(folder.path(), "plain.csv", &[]);
        let (low_rank, sparse) = (part(&results, "low_rank"), part(&results, "sparse"));
        let sum: Vec<f64> = low_rank
            .concat()
            .iter()
            .zip(sparse.concat())
            .map(|(a, b)| a + b)
            .collect();
        assert!(distance(&[sum], &[rows.concat()]) <= 1e-8);
    }
    let folder = folder(&[vec![0.0, 0.0], vec![0.0, -0.0], vec![0.0, 0.0]]);
    assert_eq!(
        works(&["pcp", "--input", "in.npy", "--max-iterations", "1"], folder.path()),
        "{\"iterations\":[0.0],\"low_rank\":[[0.0,0.0],[0.0,0.0],[0.0,0.0]],\"residual\":[0.0],\
         \"sparse\":[[0.0,0.0],[0.0,0.0],[0.0,0.0]]}\n"
    );
}

#[test]
fn what_is_no_matrix_is_refused_and_nothing_is_written() {
    let folder = folder(&[vec![1.0, 2.0]]);
    let write = |name: &str, file: &TensorFile| {
        let bytes = file.write(Format::of_name(name).unwrap()).unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
    };
    let one = |name: &str, shape: &[usize], data: &[f64]| {
        let mut file = TensorFile::new();
        file.insert(name, Tensor::new(name, shape.to_vec(), data.to_vec()).unwrap());
        file
    };
    write("scalar.npy", &one("matrix", &[], &[1.0]));
    write("list.npy", &one("matrix", &[2], &[1.0, 2.0]));
    write("stack.npz", &one("matrix", &[1, 2, 1], &[1.0, 2.0]));
    write("name.safetensors", &one("other", &[1, 2], &[1.0, 2.0]));
    write("cloud.csv", &one("key", &[1, 2], &[1.0, 2.0]));
    write("nan.npz", &one("matrix", &[2, 1], &[1.0, f64::NAN]));
    write("inf.npy", &one("matrix", &[1, 2], &[1.0, f64::INFINITY]));
    for (name, text) in [
        ("nan.csv", "x,y\n1,2\n3,nan\n"),
        ("ragged.csv", "1,2\n3\n"),
        ("text.csv", "1,2\n3,four\n"),
        ("header.csv", "x,y\n"),
        ("empty.csv", ""),
        ("empty.json", r#"{"matrix": []}"#),
        ("huge.json", r#"{"matrix": [[1e308, 1e308]]}"#),
        ("tiny.json", r#"{"matrix": [[5e-324, 0]]}"#),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let names = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names
    };
    fs::write(folder.path().join("old.npz"), "old").unwrap();
    let before = names(folder.path());
    for (input, problem) in [
        ("none.npy", "cannot read `none.npy`: No such file"),
        ("in.txt", "`in.txt`: `in.txt` has no known extension"),
        (
            "scalar.npy",
            "`scalar.npy`: tensor `matrix` has the shape []: expected [N, D]",
        ),
        (
            "list.npy",
            "`list.npy`: tensor `matrix` has the shape [2]: expected [N, D]",
        ),
        (
            "stack.npz",
            "`stack.npz`: tensor `matrix` has the shape [1, 2, 1]: expected [N, D]",
        ),
        (
            "name.safetensors",
            "`name.safetensors`: tensor `matrix` is missing: there are `other`",
        ),
        ("cloud.csv", "`cloud.csv`: tensor `matrix` is missing: there are `key`"),
        (
            "nan.npz",
            "`nan.npz`: tensor `matrix` at row 2, column 1: expected a finite number, found NaN",
        ),
        (
            "inf.npy",
            "`inf.npy`: tensor `matrix` at row 1, column 2: expected a finite number, found inf",
        ),
        (
            "nan.csv",
            "`nan.csv`: tensor `table` at row 2, column 2: expected a finite number, found NaN",
        ),
        (
            "ragged.csv",
            "`ragged.csv`: the CSV table at line 2, column 2: expected 2 columns, found 1",
        ),
        (
            "text.csv",
            "`text.csv`: tensor `table` at line 2, column 2: expected a number, found `four`",
        ),
        (
            "header.csv",
            "`header.csv`: the CSV table at line 1, column 1: expected a row of numbers, found none",
        ),
        ("empty.csv", "`empty.csv`: the file is empty"),
        (
            "empty.json",
            "`empty.json`: tensor `matrix` has no elements: its shape is [0]",
        ),
        ("tiny.json", "`tiny.json`: "),
    ] {
        for output in [&[][..], &["--output", "new.npz"], &["--output", "old.npz"]] {
            let line = refused(folder.path(), input, output);
            assert!(line.starts_with(problem), "{line}");
        }
    }
    assert_eq!(names(folder.path()), before);
    assert_eq!(fs::read_to_string(folder.path().join("old.npz")).unwrap(), "old");
    // Near the end of the range there is a result, or one line.
    let arguments = ["pcp", "--input", "huge.json"];
    assert!(matches!(
        crate::eigenlens(&arguments, folder.path()).status.code(),
        Some(0 | 2 | 3)
    ));
}

#[test]
fn wrong_options() {
    let folder = folder(&[vec![1.0, 2.0]]);
    assert_eq!(
        refuses(&["pcp"], folder.path()),
        "the following required arguments were not provided: --input <FILE> (see --help)"
    );
    for (option, name) in [("--lambda", "λ"), ("--mu", "μ"), ("--tolerance", "ε")] {
        for value in ["0", "-0.5", "nan", "inf", "1e999"] {
            assert_eq!(
                refused(folder.path(), "in.npy", &[option, value, "--output", "new.npz"]),
                format!(
                    "invalid value '{value}' for '{option} <{name}>': it must be a finite number greater than 0 (see --help)"
                )
            );
        }
        assert_eq!(
            refused(folder.path(), "in.npy", &[option, "few"]),
            format!("invalid value 'few' for '{option} <{name}>': invalid float literal (see --help)")
        );
    }
    for iterations in ["0", "-1", "1.5", "many", ""] {
        let line = refused(folder.path(), "in.npy", &["--max-iterations", iterations]);
        assert!(
            line.starts_with("invalid value") && line.contains("'--max-iterations <N>'"),
            "{line}"
        );
    }
    // Each of the two is in range, the threshold λ/μ is not.
    let line = refused(folder.path(), "in.npy", &["--lambda", "1e300", "--mu", "1e-300"]);
    assert!(
        line.starts_with("`in.npy`: the threshold λ/μ is infinity, but must be"),
        "{line}"
    );
    for output in ["out.csv", "out.npy", "out"] {
        assert_eq!(
            refused(folder.path(), "none.npy", &["--output", output]),
            format!("`{output}`: results are written as .safetensors, .npz or .json")
        );
    }
    assert!(!folder.path().join("new.npz").exists());
}
