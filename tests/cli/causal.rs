//! `eigenlens attend --causal`: nobody looks ahead.

use eigenlens_files::{Format, TensorFile};

use super::{Case, refuses, works};

/// The tensors of the first tokens only.
fn first(case: &Case, tokens: usize) -> Case {
    let mut file = TensorFile::new();
    for name in ["query", "key", "value"] {
        let (shape, data) = case.tensor(name).into_parts();
        let rows = data.chunks(shape[1]).take(tokens).flatten().copied().collect();
        let tensor = eigenlens_files::Tensor::new(name, vec![tokens, shape[1]], rows).unwrap();
        file.insert(name, tensor);
    }
    Case::of(file)
}

fn attend(case: &Case, mechanism: &str, more: &[&str]) -> TensorFile {
    let mut arguments = vec!["attend", "--mechanism", mechanism, "--weights", "--input", "in.json"];
    arguments.extend(more);
    let json = works(&arguments, case.path());
    TensorFile::read("output.json", json.as_bytes()).unwrap()
}

#[test]
fn a_row_is_the_last_row_of_attention_on_the_past() {
    let case = Case::new(&[7, 3], &[7, 3], &[7, 2]);
    assert!(case.path().join("in.json").exists(), "{:?}", Format::Json);
    for mechanism in ["softmax", "smoother"] {
        let causal = attend(&case, mechanism, &["--causal"]);
        for row in 0..7 {
            let past = attend(&first(&case, row + 1), mechanism, &[]);
            for (name, columns) in [("output", 2), ("weights", row + 1)] {
                let expected = past.tensor(name).unwrap();
                let expected = expected.data()[row * columns..].to_vec();
                let found = causal.tensor(name).unwrap();
                let width = found.shape()[1];
                let (seen, future) = found.data()[row * width..][..width].split_at(columns);
                assert_eq!(seen, expected, "{mechanism} {name} {row}");
                assert!(future.iter().all(|&weight| weight == 0.0), "{mechanism} {name} {row}");
            }
        }
    }
}

#[test]
fn what_sees_the_future_is_refused() {
    let case = Case::new(&[5, 3], &[5, 3], &[5, 3]);
    let other = Case::new(&[4, 3], &[5, 3], &[5, 3]);
    let refused = |case: &Case, more: &[&str]| {
        let mut arguments = vec!["attend", "--input", "in.json", "--causal", "--mechanism"];
        arguments.extend(more);
        refuses(&arguments, case.path())
    };
    let sees = |why: &str| format!("--causal is not for this: {why}, so it sees the future");
    assert_eq!(
        refused(&case, &["bn"]),
        sees("the statistics of bn are those of all keys")
    );
    assert_eq!(
        refused(&case, &["sh", "--factors", "2"]),
        sees("the averages of sh hold later keys")
    );
    assert_eq!(
        refused(&case, &["rpc", "--lambda", "1"]),
        sees("μ of rpc is that of all keys")
    );
    assert_eq!(
        refused(&case, &["kernel-pca"]),
        sees("the values of kernel-pca are constructed from all keys")
    );
    assert_eq!(
        refused(&other, &["softmax"]),
        "`in.json`: the number of queries is 4, but must be 5"
    );
}
