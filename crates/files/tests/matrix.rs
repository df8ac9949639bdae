//! One matrix out of a file of each format.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eigenlens_files::{Error, Format, Tensor, TensorFile, read_matrix};
use nalgebra::{DMatrix, dmatrix};

/// A file with one tensor.
fn file(name: &str, shape: &[usize], data: &[f64]) -> TensorFile {
    let mut file = TensorFile::new();
    file.insert(name, Tensor::new(name, shape.to_vec(), data.to_vec()).unwrap());
    file
}

fn refusal(name: &str, bytes: impl Into<Vec<u8>>) -> String {
    read_matrix(name, bytes).unwrap_err().to_string()
}

#[test]
fn every_format_gives_the_bits_back() {
    let matrix = dmatrix![0.1, -0.0, 1e300; 5e-324, 1.0 / 3.0, -7.0];
    let mut file = TensorFile::new();
    file.insert("matrix", Tensor::of_matrix("matrix", &matrix).unwrap());
    let bits = |matrix: &DMatrix<f64>| matrix.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    for format in Format::ALL {
        let read = read_matrix(&format!("in.{}", format.extension()), file.write(format).unwrap()).unwrap();
        assert_eq!(read.shape(), (2, 3), "{format}");
        assert_eq!(bits(&read), bits(&matrix), "{format}");
    }
}

#[test]
fn a_table_of_numbers_is_the_matrix() {
    for text in [
        "1,2\n3,4\n5,-6\n",
        "x,y\n1,2\n3,4\n5,-6\n",
        "a_1,a_2\n1,2\n3,4\n5,-6\n",
        // A column without a name is a row number that a spreadsheet or pandas left behind.
        ",x,y\n0,1,2\n1,3,4\n2,5,-6\n",
        "other_1,matrix_1,matrix_2\n0,1,2\n9,3,4\n9,5,-6\n",
    ] {
        let matrix = read_matrix("x.csv", text).unwrap();
        assert_eq!(matrix, dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, -6.0], "{text}");
    }
    assert_eq!(
        refusal("x.csv", "key_1,key_2\n1,2\n"),
        "tensor `matrix` is missing: there are `key`"
    );
    assert_eq!(
        refusal("x.csv", "x,y\n1,2\n3,cat\n"),
        "tensor `table` at line 3, column 2: expected a number, found `cat`"
    );
}

#[test]
fn the_name_matters_where_there_are_names() {
    for format in [Format::Safetensors, Format::Npz, Format::Json] {
        // What the reader calls a table of its own is a name like any other elsewhere.
        let bytes = file("table", &[1, 2], &[1.0, 2.0]).write(format).unwrap();
        assert_eq!(
            refusal(&format!("x.{}", format.extension()), bytes),
            "tensor `matrix` is missing: there are `table`"
        );
    }
    let bytes = file("anything", &[1, 2], &[1.0, 2.0]).write(Format::Npy).unwrap();
    for name in ["any name.npy", "labels.npy"] {
        assert_eq!(read_matrix(name, bytes.clone()).unwrap(), dmatrix![1.0, 2.0]);
    }
}

#[test]
fn other_shapes_and_other_numbers_are_refused() {
    for (shape, data) in [(&[][..], &[1.0][..]), (&[2], &[1.0, 2.0]), (&[1, 2, 1], &[1.0, 2.0])] {
        for (name, format) in [("x.npy", Format::Npy), ("x.npz", Format::Npz), ("x.json", Format::Json)] {
            let bytes = file("matrix", shape, data).write(format).unwrap();
            let error = read_matrix(name, bytes).unwrap_err();
            assert!(
                matches!(&error, Error::Shape { expected, found, .. } if expected == "[N, D]" && found == shape),
                "{error}"
            );
        }
    }
    let bytes = file("matrix", &[2, 1], &[1.0, f64::INFINITY])
        .write(Format::Npz)
        .unwrap();
    assert_eq!(
        refusal("x.npz", bytes),
        "tensor `matrix` at row 2, column 1: expected a finite number, found inf"
    );
    assert_eq!(
        refusal("x.json", r#"{"matrix": [[], []]}"#),
        "tensor `matrix` has no elements: its shape is [2, 0]"
    );
}
