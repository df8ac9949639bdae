//! What may stand beside a cloud, and lists of numbers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eigenlens_core::Cloud;
use eigenlens_files::{Error, Format, Needs, Rank, Tensor, TensorFile, cloud, list, matrix, metrics, previous_values};
use nalgebra::{dmatrix, dvector};

fn file(tensors: &[(&str, &[usize], &[f64])]) -> TensorFile {
    let mut file = TensorFile::new();
    for (name, shape, data) in tensors {
        file.insert(*name, Tensor::new(name, shape.to_vec(), data.to_vec()).unwrap());
    }
    file
}

/// One head of three keys, two dimensions, and values of one.
fn single() -> (Cloud, Rank) {
    let keys = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let tensors = file(&[
        ("query", &[1, 2], &[1.0, 2.0]),
        ("key", &[3, 2], &keys),
        ("value", &[3, 1], &[1.0, 2.0, 3.0]),
    ]);
    cloud(&tensors, Needs::ATTENTION).unwrap()
}

/// Two heads of one key, two dimensions, and values of one.
fn heads() -> (Cloud, Rank) {
    let tensors = file(&[
        ("query", &[2, 1, 2], &[1.0; 4]),
        ("key", &[2, 1, 2], &[1.0; 4]),
        ("value", &[2, 1, 1], &[1.0; 2]),
    ]);
    cloud(&tensors, Needs::ATTENTION).unwrap()
}

fn shape_of(error: Error) -> (String, Vec<usize>) {
    match error {
        Error::Shape { expected, found, .. } => (expected, found),
        error => panic!("{error}"),
    }
}

#[test]
fn previous_values_have_the_shape_of_the_values() {
    let (cloud, rank) = single();
    let read = |shape: &[usize], data: &[f64]| previous_values(&file(&[("value_prev", shape, data)]), &cloud, rank);
    assert_eq!(read(&[3, 1], &[4.0, 5.0, 6.0]).unwrap(), [dmatrix![4.0; 5.0; 6.0]]);
    for shape in [&[1, 3][..], &[1, 3, 1], &[3]] {
        let (_, found) = shape_of(read(shape, &[1.0; 3]).unwrap_err());
        assert_eq!(found, shape);
    }
    let (expected, _) = shape_of(read(&[2, 1], &[1.0; 2]).unwrap_err());
    assert_eq!(expected, "[3, 1] as `value` has");
    let error = read(&[3, 1], &[1.0, f64::NAN, 1.0]).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");

    let (cloud, rank) = heads();
    let read = |shape: &[usize], data: &[f64]| previous_values(&file(&[("value_prev", shape, data)]), &cloud, rank);
    assert_eq!(read(&[2, 1, 1], &[4.0, 5.0]).unwrap(), [dmatrix![4.0], dmatrix![5.0]]);
    let (expected, _) = shape_of(read(&[2, 1], &[1.0; 2]).unwrap_err());
    assert_eq!(expected, "[2, 1, 1] as `value` has");
}

#[test]
fn metrics_have_a_number_for_each_dimension_of_each_head() {
    let (cloud, rank) = single();
    for shape in [&[2][..], &[1, 2]] {
        let tensors = file(&[("metric", shape, &[3.0, 0.5])]);
        for format in Format::ALL {
            // A npy file calls its only array by its own name.
            if let Ok(bytes) = tensors.write(format) {
                let read = TensorFile::read(&format!("metric.{}", format.extension()), bytes).unwrap();
                assert_eq!(metrics(&read, &cloud, rank).unwrap(), [dvector![3.0, 0.5]], "{format}");
            }
        }
    }
    for shape in [&[1][..], &[3], &[2, 1], &[2, 2], &[1, 1, 2], &[]] {
        let data = vec![1.0; shape.iter().product()];
        let refused = metrics(&file(&[("metric", shape, &data)]), &cloud, rank);
        assert_eq!(shape_of(refused.unwrap_err()).1, shape);
    }
    let infinite = file(&[("metric", &[2], &[1.0, f64::INFINITY])]);
    assert!(matches!(metrics(&infinite, &cloud, rank), Err(Error::NotFinite { .. })));
    let none = metrics(&file(&[]), &cloud, rank).unwrap_err();
    assert_eq!(none.to_string(), "tensor `metric` is missing: there are no tensors");

    let (cloud, rank) = heads();
    let two = file(&[("metric", &[2, 2], &[1.0, 2.0, 3.0, 4.0])]);
    assert_eq!(
        metrics(&two, &cloud, rank).unwrap(),
        [dvector![1.0, 2.0], dvector![3.0, 4.0]]
    );
    for shape in [&[2][..], &[4], &[1, 2], &[1, 2, 2]] {
        let data = vec![1.0; shape.iter().product()];
        let refused = metrics(&file(&[("metric", shape, &data)]), &cloud, rank);
        assert_eq!(shape_of(refused.unwrap_err()).1, shape);
    }
}

#[test]
fn a_list_may_stand_upright() {
    let data = [1.0, -2.0, 0.5];
    for shape in [&[3][..], &[3, 1]] {
        assert_eq!(list(&file(&[("y", shape, &data)]), "y").unwrap(), data);
    }
    for shape in [&[1, 3][..], &[3, 1, 1]] {
        let (expected, found) = shape_of(list(&file(&[("y", shape, &data)]), "y").unwrap_err());
        assert_eq!((expected.as_str(), found.as_slice()), ("[N] or [N, 1]", shape));
    }
    let text = "y_1,x_1,x_2\n1,3,4\n2,5,6\n";
    let table = TensorFile::read("in.csv", text).unwrap();
    assert_eq!(list(&table, "y").unwrap(), [1.0, 2.0]);
    assert_eq!(matrix(&table, "x").unwrap(), dmatrix![3.0, 4.0; 5.0, 6.0]);
    let infinite = file(&[("y", &[1], &[f64::NEG_INFINITY])]);
    assert!(matches!(list(&infinite, "y"), Err(Error::NotFinite { .. })));
    assert!(matches!(list(&infinite, "x"), Err(Error::Missing { .. })));
    assert!(matches!(matrix(&infinite, "y"), Err(Error::NotFinite { .. })));
}
