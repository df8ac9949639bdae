//! Files that `numpy` and the reference writer of safetensors wrote; `fixtures/make.py` says what is in them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eigenlens_files::{Error, Needs, Rank, TensorFile, cloud};

/// Element [i, j, k] of every array there: 100 i + 10 j + k, and a half where it is no integer.
fn expected(shape: [usize; 3], half: f64) -> Vec<f64> {
    let [depth, rows, columns] = shape;
    let mut data = Vec::new();
    for i in 0..depth {
        for j in 0..rows {
            for k in 0..columns {
                data.push((100 * i + 10 * j + k) as f64 + half);
            }
        }
    }
    data
}

fn arrays() -> TensorFile {
    let bytes = include_bytes!("fixtures/arrays.npz");
    TensorFile::read("arrays.npz", bytes.as_slice()).unwrap()
}

#[test]
fn every_order_byte_order_and_precision_of_numpy() {
    let file = arrays();
    for name in ["c", "fortran", "big", "big_fortran", "half", "single"] {
        let tensor = file.tensor(name).unwrap();
        assert_eq!(tensor.shape(), [2, 3, 4], "{name}");
        assert_eq!(tensor.data(), expected([2, 3, 4], 0.5), "{name}");
    }
    let integers = file.tensor("integers").unwrap();
    assert_eq!(integers.data(), expected([2, 3, 4], 0.0));
    let bytes = file.tensor("bytes").unwrap();
    assert_eq!(bytes.data(), expected([1, 3, 4], 0.0));
    let scalar = file.tensor("scalar").unwrap();
    assert_eq!((scalar.shape(), scalar.data()), (&[][..], &[0.5][..]));
    assert!(file.tensor("nan").unwrap().data()[1].is_nan());
    let labels = file.labels().unwrap().unwrap();
    assert_eq!(labels, ["the", "überall", "x"]);
}

#[test]
fn a_file_of_one_array_has_the_name_of_the_file() {
    let bytes = include_bytes!("fixtures/fortran.npy");
    let file = TensorFile::read("folder.d/fortran.npy", bytes.as_slice()).unwrap();
    assert_eq!(file.names().collect::<Vec<_>>(), ["fortran"]);
    let tensor = file.tensor("fortran").unwrap();
    assert_eq!(tensor.data(), expected([2, 3, 4], 0.5));
}

#[test]
fn what_numpy_can_store_and_nobody_can_read_as_numbers() {
    let file = arrays();
    for (name, found) in [
        ("truths", "`|b1`"),
        ("complexes", "`<c16`"),
        ("objects", "`|O`"),
        ("records", "record (a structured array)"),
        ("labels", "`<U7`"),
    ] {
        let error = file.tensor(name).unwrap_err();
        let expected = Error::ElementType {
            tensor: name.to_owned(),
            found: found.to_owned(),
        };
        assert_eq!(error, expected);
    }
    let empty = file.tensor("empty").unwrap_err();
    assert_eq!(empty.to_string(), "tensor `empty` has no elements: its shape is [3, 0]");
    let inexact = file.tensor("inexact").unwrap_err();
    assert_eq!(
        inexact.to_string(),
        "tensor `inexact` at row 1, column 2: the integer 9007199254740993 is not exact in 64-bit floating point"
    );
}

#[test]
fn a_cloud_of_numpy() {
    let bytes = include_bytes!("fixtures/cloud.npz");
    let file = TensorFile::read("cloud.npz", bytes.as_slice()).unwrap();
    let (cloud, rank) = cloud(&file, Needs::ATTENTION).unwrap();
    assert_eq!(rank, Rank::Single);
    let [head] = cloud.heads() else { panic!("one head") };
    assert_eq!(head.queries().shape(), (2, 2));
    assert_eq!(head.keys().shape(), (3, 2));
    assert_eq!(head.values().shape(), (3, 4));
    assert_eq!(head.keys()[(2, 1)], 21.5);
    // Labels may be numbers.
    assert_eq!(file.labels().unwrap().unwrap(), ["0", "1", "2"]);
}

#[test]
fn safetensors_of_the_reference_writer() {
    let bytes = include_bytes!("fixtures/tensors.safetensors");
    let file = TensorFile::read("tensors.safetensors", bytes.as_slice()).unwrap();
    for (name, half) in [("half", 0.5), ("single", 0.5), ("double", 0.5), ("integers", 0.0)] {
        let tensor = file.tensor(name).unwrap();
        assert_eq!(tensor.shape(), [2, 3, 4], "{name}");
        assert_eq!(tensor.data(), expected([2, 3, 4], half), "{name}");
    }
    let truths = file.tensor("truths").unwrap_err();
    assert!(matches!(truths, Error::ElementType { .. }), "{truths}");
    assert_eq!(file.labels().unwrap().unwrap(), ["a", "b"]);
    assert_eq!(file.metadata().get("made by").unwrap(), "safetensors");
}
