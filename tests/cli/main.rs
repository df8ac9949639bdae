//! The command line as a script meets it: the built program, its files, its exit status and its two streams.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]

mod bn;
mod causal;
mod claims;
mod elliptical;
mod figure;
mod kernel_pca;
mod lesson;
/// Named after what they need: without lavapipe they are skipped, and said to be.
mod lavapipe {
    mod bench;
    mod claims;
    mod gpu;
}
mod pcp;
mod results;
mod rpc;
mod sh;
mod svr;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use eigenlens_files::{Format, Tensor, TensorFile};
use serde_json::Value;
use tempfile::TempDir;

fn eigenlens(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_eigenlens"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The program does its work, without a word on standard error; gives what is on standard output.
fn works(arguments: &[&str], folder: &Path) -> String {
    let output = eigenlens(arguments, folder);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The program ends with this status, and one line on standard error. Gives standard output, and the line.
fn complains(arguments: &[&str], folder: &Path, status: i32) -> (String, String) {
    let output = eigenlens(arguments, folder);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.ends_with('\n') && line.trim_end().lines().count() == 1, "{line}");
    let line = line.trim_end().strip_prefix("eigenlens: ");
    let line = line.unwrap_or_else(|| panic!("{line:?}")).to_owned();
    (String::from_utf8(output.stdout).unwrap(), line)
}

/// The program refuses: status 2, one line, nothing on standard output. Gives the line.
fn refuses(arguments: &[&str], folder: &Path) -> String {
    let (output, line) = complains(arguments, folder, 2);
    assert_eq!(output, "", "{arguments:?}");
    line
}

/// Numbers that look like nothing in particular, in [-1, 1].
fn numbers(seed: u64, length: usize) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..length).map(|_| next()).collect()
}

/// A folder with the same tensors in every format that can hold them.
struct Case {
    folder: TempDir,
    file: TensorFile,
}

impl Case {
    /// A cloud of the given shapes.
    fn new(query: &[usize], key: &[usize], value: &[usize]) -> Self {
        let mut file = TensorFile::new();
        for (seed, (name, shape)) in [("query", query), ("key", key), ("value", value)]
            .into_iter()
            .enumerate()
        {
            let data = numbers(seed as u64, shape.iter().product());
            file.insert(name, Tensor::new(name, shape.to_vec(), data).unwrap());
        }
        Self::of(file)
    }

    fn of(file: TensorFile) -> Self {
        let folder = TempDir::new().unwrap();
        for format in Format::ALL {
            if let Ok(bytes) = file.write(format) {
                fs::write(folder.path().join(format!("in.{}", format.extension())), bytes).unwrap();
            }
        }
        Self { folder, file }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn tensor(&self, name: &str) -> Tensor {
        self.file.tensor(name).unwrap()
    }

    /// Weights and output of one head, by the formula as it stands.
    fn expected(&self, mechanism: &str, temperature: Option<f64>, head: usize) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let rows = |name: &str| -> Vec<Vec<f64>> {
            let (shape, data) = self.tensor(name).into_parts();
            let [.., rows, columns] = shape[..] else {
                panic!("{shape:?}")
            };
            data.chunks(columns)
                .skip(head * rows)
                .take(rows)
                .map(<[f64]>::to_vec)
                .collect()
        };
        let (queries, keys, values) = (rows("query"), rows("key"), rows("value"));
        let temperature = temperature.unwrap_or((keys[0].len() as f64).sqrt());
        let mut weights = Vec::new();
        let mut outputs = Vec::new();
        for query in &queries {
            let logit = |key: &Vec<f64>| {
                let terms = query.iter().zip(key);
                match mechanism {
                    "softmax" => terms.map(|(q, k)| q * k).sum::<f64>() / temperature,
                    "smoother" => -terms.map(|(q, k)| (q - k) * (q - k)).sum::<f64>() / (2.0 * temperature),
                    _ => panic!("{mechanism}"),
                }
            };
            let powers: Vec<f64> = keys.iter().map(|key| logit(key).exp()).collect();
            let total: f64 = powers.iter().sum();
            let row: Vec<f64> = powers.iter().map(|power| power / total).collect();
            let output = (0..values[0].len())
                .map(|column| row.iter().zip(&values).map(|(w, v)| w * v[column]).sum())
                .collect();
            weights.push(row);
            outputs.push(output);
        }
        (weights, outputs)
    }
}

/// The rows of a JSON matrix.
fn rows(value: &Value) -> Vec<Vec<f64>> {
    let numbers = |row: &Value| row.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    value.as_array().unwrap().iter().map(numbers).collect()
}

/// The tensor of a JSON matrix.
fn tensor(value: &Value) -> Tensor {
    let rows = rows(value);
    Tensor::new("tensor", vec![rows.len(), rows[0].len()], rows.concat()).unwrap()
}

/// The bits of a tensor.
fn bits(file: &TensorFile, name: &str) -> Vec<u64> {
    let tensor = file.tensor(name).unwrap();
    tensor.data().iter().map(|x| x.to_bits()).collect()
}

/// The matrix of one head of a tensor, row by row.
fn matrix(tensor: &Tensor, head: usize) -> Vec<Vec<f64>> {
    let [.., rows, columns] = *tensor.shape() else {
        panic!("{:?}", tensor.shape())
    };
    let of_head = tensor.data().chunks(rows * columns).nth(head).unwrap();
    of_head.chunks(columns).map(<[f64]>::to_vec).collect()
}

fn assert_close(found: &[f64], expected: &[Vec<f64>]) {
    let expected: Vec<f64> = expected.concat();
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1.0, |largest: f64, x| largest.max(x.abs()));
    for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let error = (found - expected).abs();
        assert!(error <= 1e-11 * largest, "number {place}: {found} is not {expected}");
    }
}

#[test]
fn both_mechanisms_agree_with_the_formula_in_every_format() {
    // Another number of queries than of keys, another dimension of values than of keys.
    let case = Case::new(&[3, 4], &[5, 4], &[5, 2]);
    for mechanism in ["softmax", "smoother"] {
        let (weights, output) = case.expected(mechanism, None, 0);
        for input in ["in.safetensors", "in.npz", "in.csv", "in.json"] {
            for result in ["out.safetensors", "out.npz", "out.json", "OUT.JSON"] {
                let arguments = [
                    "attend",
                    "--mechanism",
                    mechanism,
                    "--input",
                    input,
                    "--output",
                    result,
                    "--weights",
                ];
                assert_eq!(works(&arguments, case.path()), "");
                let bytes = fs::read(case.path().join(result)).unwrap();
                let file = TensorFile::read(result, bytes).unwrap();
                assert_eq!(file.names().collect::<Vec<_>>(), ["output", "weights"]);
                let (shape, data) = file.tensor("output").unwrap().into_parts();
                assert_eq!(shape, [3, 2]);
                assert_close(&data, &output);
                let (shape, data) = file.tensor("weights").unwrap().into_parts();
                assert_eq!(shape, [3, 5]);
                assert_close(&data, &weights);
            }
        }
    }
}

#[test]
fn heads_are_attended_one_by_one_and_their_axis_stays() {
    for heads in [1, 3] {
        let case = Case::new(&[heads, 2, 3], &[heads, 4, 3], &[heads, 4, 5]);
        let arguments = [
            "attend",
            "--mechanism",
            "softmax",
            "--input",
            "in.npz",
            "--output",
            "out.npz",
            "--weights",
        ];
        works(&arguments, case.path());
        let bytes = fs::read(case.path().join("out.npz")).unwrap();
        let file = TensorFile::read("out.npz", bytes).unwrap();
        let output = file.tensor("output").unwrap();
        let weights = file.tensor("weights").unwrap();
        assert_eq!(output.shape(), [heads, 2, 5]);
        assert_eq!(weights.shape(), [heads, 2, 4]);
        for head in 0..heads {
            let (expected_weights, expected_output) = case.expected("softmax", None, head);
            assert_close(&output.data()[head * 10..(head + 1) * 10], &expected_output);
            assert_close(&weights.data()[head * 8..(head + 1) * 8], &expected_weights);
        }
    }
}

#[test]
fn json_on_standard_output_is_one_line() {
    let case = Case::new(&[2, 2], &[3, 2], &[3, 2]);
    let arguments = [
        "attend",
        "--mechanism",
        "softmax",
        "--input",
        "in.safetensors",
        "--temperature",
        "0.5",
    ];
    let text = works(&arguments, case.path());
    assert_eq!(text.lines().count(), 1);
    let value: Value = serde_json::from_str(&text).unwrap();
    let object = value.as_object().unwrap();
    assert_eq!(object.keys().collect::<Vec<_>>(), ["output"]);
    let rows = object["output"].as_array().unwrap();
    let row = |row: &Value| -> Vec<f64> { row.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    let numbers: Vec<f64> = rows.iter().flat_map(row).collect();
    assert_close(&numbers, &case.expected("softmax", Some(0.5), 0).1);
}

#[test]
fn without_weights_the_output_has_the_same_bits() {
    let case = Case::new(&[6, 3], &[9, 3], &[9, 2]);
    let mut outputs = Vec::new();
    for weights in [&["--weights"][..], &[]] {
        let arguments = [
            &["attend", "--mechanism", "smoother", "--input", "in.json"][..],
            weights,
        ]
        .concat();
        let file = TensorFile::read("x.json", works(&arguments, case.path())).unwrap();
        assert_eq!(file.contains("weights"), !weights.is_empty());
        let bits: Vec<u64> = file
            .tensor("output")
            .unwrap()
            .data()
            .iter()
            .map(|x| x.to_bits())
            .collect();
        outputs.push(bits);
    }
    assert_eq!(outputs[0], outputs[1]);
}

#[test]
fn what_is_not_needed_is_ignored() {
    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    let text = r#"{"query": [[0, 0]], "key": [[1, 2], [3, 4]], "value": [[1], [3]],
        "mask": "none", "value_prev": [[1, 2], [3]], "labels": [[]], "extra": [[null]]}"#;
    fs::write(case.path().join("in.json"), text).unwrap();
    let arguments = ["attend", "--mechanism", "softmax", "--input", "in.json", "--weights"];
    assert_eq!(
        works(&arguments, case.path()),
        "{\"output\":[[2.0]],\"weights\":[[0.5,0.5]]}\n"
    );
}

#[test]
fn wrong_arguments() {
    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    let told = |arguments: &[&str]| refuses(arguments, case.path());
    assert_eq!(
        told(&["attend"]),
        "the following required arguments were not provided: --mechanism <MECHANISM> --input <FILE> (see --help)"
    );
    assert_eq!(
        told(&["attend", "--mechanism", "hardmax", "--input", "in.npz"]),
        "invalid value 'hardmax' for '--mechanism <MECHANISM>' [possible values: softmax, smoother, kernel-pca, rpc, elliptical, bn, sh] (see --help)"
    );
    assert_eq!(
        told(&[
            "attend",
            "--mechanism",
            "softmax",
            "--input",
            "in.npz",
            "--temperature",
            "warm"
        ]),
        "invalid value 'warm' for '--temperature <τ>': invalid float literal (see --help)"
    );
    for temperature in ["0", "-1", "nan", "inf"] {
        let line = told(&[
            "attend",
            "--mechanism",
            "softmax",
            "--input",
            "in.npz",
            "--temperature",
            temperature,
        ]);
        assert!(line.starts_with("the temperature is "), "{line}");
        assert!(line.ends_with("must be a finite number greater than 0"), "{line}");
    }
    assert!(told(&["atend"]).starts_with("unrecognized subcommand 'atend'"));
    assert!(told(&["attend", "--inptu", "x"]).starts_with("unexpected argument '--inptu' found"));
    assert!(told(&["attend", "two\nlines"]).contains("two lines"));
}

#[test]
fn help_and_version() {
    let folder = TempDir::new().unwrap();
    let help = works(&["attend", "--help"], folder.path());
    for option in [
        "--mechanism",
        "softmax",
        "smoother",
        "kernel-pca",
        "rpc",
        "--axes",
        "--lambda",
        "--iterations",
        "--form",
        "printed",
        "released",
        "lagrangian",
        "--asymmetric",
        "elliptical",
        "value_prev",
        "metric",
        "--scaling",
        "--delta",
        "bn",
        "recentred",
        "full",
        "--beta",
        "--epsilon",
        "1e-5",
        "sh",
        "--factors",
        "--remainder",
        "short",
        "drop",
        "weights_1",
        "--input",
        "--output",
        "--weights",
        "--temperature",
    ] {
        assert!(help.contains(option), "{option} is not in {help}");
    }
    let help = works(&["pcp", "--help"], folder.path());
    for option in [
        "--input",
        "--output",
        "--lambda",
        "--mu",
        "--tolerance",
        "1e-9",
        "--max-iterations",
        "10000",
    ] {
        assert!(help.contains(option), "{option} is not in {help}");
    }
    let help = works(&["svr", "--help"], folder.path());
    for option in [
        "--input",
        "keys",
        "targets",
        "--output",
        "beta",
        "value",
        "fitted",
        "support",
        "sweeps",
        "violation",
        "--epsilon",
        "--c",
        "--cap",
    ] {
        assert!(help.contains(option), "{option} is not in {help}");
    }
    let help = works(&["--help"], folder.path());
    for option in ["attend", "pcp", "svr", "--link", "--file"] {
        assert!(help.contains(option), "{option} is not in {help}");
    }
    assert!(works(&["--version"], folder.path()).starts_with("eigenlens "));
}

#[test]
fn wrong_input() {
    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    let write = |name: &str, bytes: &[u8]| fs::write(case.path().join(name), bytes).unwrap();
    let told = |input: &str| refuses(&["attend", "--mechanism", "softmax", "--input", input], case.path());

    assert_eq!(
        told("in.txt"),
        "`in.txt`: `in.txt` has no known extension: known are .safetensors, .npz, .npy, .csv, .json"
    );
    assert!(told("none.npz").starts_with("cannot read `none.npz`: No such file"));
    fs::create_dir(case.path().join("folder.npz")).unwrap();
    assert_eq!(told("folder.npz"), "cannot read `folder.npz`: it is not a file");
    write("empty.npz", b"");
    assert_eq!(
        told("empty.npz"),
        "`empty.npz`: the file is empty: expected npz, found 0 bytes"
    );
    write("short.json", br#"{"query": [[1, 2]], "key": [[1, 2]]}"#);
    assert_eq!(
        told("short.json"),
        "`short.json`: tensor `value` is missing: there are `key`, `query`"
    );
    write("nan.csv", b"query_1,key_1,value_1\n1,2,3\n1,nan,3\n");
    assert_eq!(
        told("nan.csv"),
        "`nan.csv`: tensor `key` at row 2, column 1: expected a finite number, found NaN"
    );
    write(
        "huge.json",
        br#"{"query": [[1e200]], "key": [[1], [1e200]], "value": [[1], [2]]}"#,
    );
    let line = told("huge.json");
    assert!(
        line.starts_with("`huge.json`: the logit of query and key (row 1, column 2) is beyond"),
        "{line}"
    );
    let cut = fs::read(case.path().join("in.safetensors")).unwrap();
    write("cut.safetensors", &cut[..cut.len() - 8]);
    let line = told("cut.safetensors");
    assert!(
        line.contains("tensor `value` at byte") || line.contains("tensor `query` at byte"),
        "{line}"
    );
    // What a file calls its tensors neither breaks the line nor steers the terminal.
    write("names.json", "{\"a\\nb\\u001b[31m\\u2028\": 1}".as_bytes());
    assert_eq!(
        told("names.json"),
        "`names.json`: tensor `key` is missing: there are `a\\nb\\u{1b}[31m\\u{2028}`"
    );
}
