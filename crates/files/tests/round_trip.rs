//! What is written reads back the same, here and by other implementations of the formats.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use eigenlens_files::{Error, Format, Tensor, TensorFile};
use proptest::collection::vec;
use proptest::prelude::*;

/// Any finite number: zeros of both signs, subnormals, the largest.
fn finite() -> impl Strategy<Value = f64> {
    any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("finite", |x| x.is_finite())
}

fn tensor(rank: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Tensor> {
    vec(1_usize..5, rank).prop_flat_map(|shape| {
        let length = shape.iter().product::<usize>();
        vec(finite(), length).prop_map(move |data| Tensor::new("x", shape.clone(), data).unwrap())
    })
}

/// Names as they come; labels as people write them.
fn file(
    rank: std::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = (BTreeMap<String, Tensor>, Option<Vec<String>>)> {
    let names = "[a-z]{1,3}(\\.[a-zé\"{} ]{1,3})?";
    let tensors = proptest::collection::btree_map(names, tensor(rank), 1..4);
    let label = "[a-zß,\"'→ ]{0,5}x";
    let labels = proptest::option::of(vec(label.prop_map(|s| s.trim().to_owned()), 1..5));
    (tensors, labels)
}

fn build(tensors: &BTreeMap<String, Tensor>, labels: Option<&Vec<String>>) -> TensorFile {
    let mut file = TensorFile::new();
    for (name, tensor) in tensors {
        file.insert(name.clone(), tensor.clone());
    }
    if let Some(labels) = labels {
        file.set_labels(labels.clone());
    }
    file
}

fn bits(tensor: &Tensor) -> Vec<u64> {
    tensor.data().iter().map(|x| x.to_bits()).collect()
}

fn assert_same(read: &TensorFile, tensors: &BTreeMap<String, Tensor>, labels: Option<&Vec<String>>) {
    for (name, tensor) in tensors {
        let back = read.tensor(name).unwrap();
        assert_eq!(back.shape(), tensor.shape(), "{name}");
        assert_eq!(bits(&back), bits(tensor), "{name}");
    }
    assert_eq!(read.labels().unwrap().as_ref(), labels);
}

proptest! {
    #[test]
    fn every_format_gives_the_bits_back((tensors, labels) in file(0..=4)) {
        let written = build(&tensors, labels.as_ref());
        for format in [Format::Safetensors, Format::Npz, Format::Json] {
            let bytes = written.write(format).unwrap();
            let name = format!("cloud.{}", format.extension());
            let read = TensorFile::read(&name, bytes).unwrap();
            prop_assert_eq!(
                read.names().collect::<Vec<_>>(),
                tensors.keys().map(String::as_str).collect::<Vec<_>>()
            );
            assert_same(&read, &tensors, labels.as_ref());
        }
    }

    #[test]
    fn a_table_gives_the_bits_back((tensors, labels) in file(2..=2)) {
        let bytes = build(&tensors, labels.as_ref()).write(Format::Csv).unwrap();
        let read = TensorFile::read("cloud.csv", bytes).unwrap();
        for (name, tensor) in &tensors {
            let back = read.tensor(name).unwrap();
            prop_assert_eq!(back.shape(), tensor.shape());
            prop_assert_eq!(bits(&back), bits(tensor));
        }
        // A table has as many labels as rows: blank ones behind the last.
        if let Some(labels) = labels {
            let mut back = read.labels().unwrap().unwrap();
            back.truncate(labels.len());
            prop_assert_eq!(back, labels);
        }
    }

    #[test]
    fn another_reader_of_npy_agrees(tensor in tensor(0..=4)) {
        let mut file = TensorFile::new();
        file.insert("x", tensor.clone());
        let bytes = file.write(Format::Npy).unwrap();
        let npy = npyz::NpyFile::new(bytes.as_slice()).unwrap();
        let shape: Vec<usize> = npy.shape().iter().map(|&n| n as usize).collect();
        prop_assert_eq!(shape, tensor.shape());
        prop_assert_eq!(npy.order(), npyz::Order::C);
        let data: Vec<u64> = npy.into_vec::<f64>().unwrap().into_iter().map(f64::to_bits).collect();
        prop_assert_eq!(data, bits(&tensor));
    }

    #[test]
    fn another_writer_of_npy_agrees(shape in vec(1_u64..5, 0..4), fortran: bool) {
        use npyz::WriterBuilder as _;
        let length = shape.iter().product::<u64>();
        let mut bytes = Vec::new();
        let order = if fortran { npyz::Order::Fortran } else { npyz::Order::C };
        let mut writer = npyz::WriteOptions::new()
            .default_dtype()
            .order(order)
            .shape(&shape)
            .writer(&mut bytes)
            .begin_nd()
            .unwrap();
        for at in 0..length {
            writer.push(&(at as f32)).unwrap();
        }
        writer.finish().unwrap();
        let file = TensorFile::read("x.npy", bytes).unwrap();
        let tensor = file.tensor("x").unwrap();
        // The element [i, j, …] was written at the place that its order gives it.
        let mut strides = vec![1_u64; shape.len()];
        let axes: Vec<usize> = if fortran { (0..shape.len()).collect() } else { (0..shape.len()).rev().collect() };
        let mut stride = 1;
        for axis in axes {
            strides[axis] = stride;
            stride *= shape[axis];
        }
        for (place, &number) in tensor.data().iter().enumerate() {
            let mut rest = place as u64;
            let mut at = 0;
            for axis in (0..shape.len()).rev() {
                at += rest % shape[axis] * strides[axis];
                rest /= shape[axis];
            }
            prop_assert_eq!(number, at as f64);
        }
    }

    #[test]
    fn the_reference_reader_of_safetensors_agrees((tensors, labels) in file(0..=4)) {
        let bytes = build(&tensors, labels.as_ref()).write(Format::Safetensors).unwrap();
        let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        prop_assert_eq!(read.len(), tensors.len());
        for (name, tensor) in &tensors {
            let view = read.tensor(name).unwrap();
            prop_assert_eq!(view.shape(), tensor.shape());
            let data: Vec<u8> = tensor.data().iter().flat_map(|x| x.to_le_bytes()).collect();
            prop_assert_eq!(view.data(), data);
        }
    }
}

#[test]
fn brain_floats_are_read() {
    let numbers = [1.5, -0.25, 3e38, 0.0];
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|&x| half::bf16::from_f64(x).to_le_bytes())
        .collect();
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::BF16, vec![2, 2], &bytes).unwrap();
    let bytes = safetensors::serialize([("x", view)], None).unwrap();
    let tensor = TensorFile::read("x.safetensors", bytes).unwrap().tensor("x").unwrap();
    for (&back, &number) in tensor.data().iter().zip(&numbers) {
        assert!((back - number).abs() <= number.abs() / 256.0, "{back} is not {number}");
    }
}

#[test]
fn binary_formats_keep_what_is_not_finite_and_text_refuses_it() {
    let mut file = TensorFile::new();
    let data = vec![f64::NAN, f64::INFINITY, -0.0];
    file.insert("x", Tensor::new("x", vec![1, 3], data.clone()).unwrap());
    for format in [Format::Safetensors, Format::Npz, Format::Npy] {
        let bytes = file.write(format).unwrap();
        let name = format!("x.{}", format.extension());
        let back = TensorFile::read(&name, bytes).unwrap().tensor("x").unwrap();
        let expected: Vec<u64> = data.iter().map(|x| x.to_bits()).collect();
        assert_eq!(bits(&back), expected);
    }
    for format in [Format::Json, Format::Csv] {
        let error = file.write(format).unwrap_err();
        assert_eq!(
            error.to_string(),
            "tensor `x` at row 1, column 1: expected a finite number, found NaN"
        );
    }
}

#[test]
fn what_a_format_cannot_hold_is_said() {
    let single = |shape: Vec<usize>| {
        let length = shape.iter().product();
        Tensor::new("x", shape, vec![1.0; length]).unwrap()
    };
    let mut file = TensorFile::new();
    file.insert("key", single(vec![1, 2, 3]));
    let error = file.write(Format::Csv).unwrap_err();
    assert!(
        matches!(
            error,
            Error::CannotHold {
                format: Format::Csv,
                ..
            }
        ),
        "{error}"
    );
    file.insert("value", single(vec![2, 3]));
    let error = file.write(Format::Npy).unwrap_err();
    assert_eq!(
        error.to_string(),
        "npy cannot hold it: it holds one tensor, and there are 2: npz holds them"
    );
    file.insert("__metadata__", single(vec![1]));
    let error = file.write(Format::Safetensors).unwrap_err();
    assert!(error.to_string().contains("`__metadata__` is reserved"), "{error}");
}
