//! Broken and hostile files: each is refused with the part, the place, what was expected and what was found.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Read as _;

use eigenlens_files::{Error, Format, Needs, Tensor, TensorFile, cloud};

/// What a file says when its key is asked for, or why it cannot be read at all.
fn refusal(name: &str, bytes: impl Into<Vec<u8>>) -> String {
    let tensor = TensorFile::read(name, bytes).and_then(|file| file.tensor("key"));
    tensor.unwrap_err().to_string()
}

fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// A zip archive of one deflated entry.
fn zip(name: &str, mut bytes: impl std::io::Read) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    writer.start_file(name, options).unwrap();
    std::io::copy(&mut bytes, &mut writer).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn extensions_and_content() {
    let known = "has no known extension: known are .safetensors, .npz, .npy, .csv, .json";
    for name in ["cloud.txt", "cloud", "json", ""] {
        assert_eq!(refusal(name, *b"{}"), format!("`{name}` {known}"));
    }
    for (name, bytes, message) in [
        ("x.json", &b""[..], "the file is empty: expected JSON, found 0 bytes"),
        (
            "x.npz",
            b"\x93NUMPY\x01\0",
            "the extension says npz, but the content is a npy array",
        ),
        (
            "x.npy",
            b"hello, world",
            "the extension says npy, but the content is no npy array: it begins with the bytes 68 65 6c 6c 6f 2c",
        ),
        (
            "x.csv",
            b" {\"key\": []}",
            "the extension says CSV, but the content is JSON text",
        ),
        (
            "x.csv",
            b"\xff\xfek\0e\0y\0",
            "the extension says CSV, but the content is UTF-16 text: save it as UTF-8",
        ),
        (
            "x.safetensors",
            b"PK\x03\x04....",
            "the extension says safetensors, but the content is a zip archive",
        ),
        (
            "x.json",
            b"\x02\0\0\0\0\0\0\0{}",
            "the extension says JSON, but the content is safetensors",
        ),
    ] {
        assert_eq!(refusal(name, bytes), message);
    }
    // Upper case is the same.
    let file = TensorFile::read("X.JSON", *b"{\"key\": [[1]]}").unwrap();
    assert_eq!(file.tensor("key").unwrap().data(), [1.0]);
}

#[test]
fn safetensors_headers() {
    let read = |bytes: Vec<u8>| refusal("x.safetensors", bytes);
    assert_eq!(
        read(vec![1, 2, 3]),
        "the safetensors header at byte 0: expected 8 bytes of its length, found a file of 3 bytes"
    );
    assert_eq!(
        read((1_u64 << 60).to_le_bytes().to_vec()),
        "the safetensors header has 1152921504606846976 bytes: the bound is 100000000"
    );
    assert_eq!(
        read([&200_u64.to_le_bytes()[..], b"{}"].concat()),
        "the safetensors header at byte 8: expected 200 bytes, found 2 bytes to the end of the file"
    );
    assert_eq!(
        read(safetensors("{\"key\": }", &[])),
        "the safetensors header at byte 16: expected a JSON object, found expected value"
    );
    assert_eq!(
        read(safetensors("{\"__metadata__\": {\"a\": 1}}", &[])),
        "`__metadata__` of the safetensors header at byte 25: expected an object of strings, \
         found invalid type: integer `1`, expected a string at line 1 column 7"
    );
}

#[test]
fn safetensors_tensors() {
    let read = |key: &str, data: &[u8]| refusal("x.safetensors", safetensors(key, data));
    assert_eq!(
        read(r#"{"key":{"dtype":"F64","shape":[1,2],"data_offsets":[0,8]}}"#, &[0; 8]),
        "tensor `key` at byte 66: expected 16 bytes for F64 of shape [1, 2], found the offsets 0 to 8"
    );
    assert_eq!(
        read(
            r#"{"key":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]}}"#,
            &[0; 8]
        ),
        "tensor `key` at byte 67: expected data up to the offset 16, found 8 bytes of data in the file"
    );
    assert_eq!(
        read(r#"{"key":{"dtype":"F64","shape":[1],"data_offsets":[8,0]}}"#, &[0; 8]),
        // Nothing before the tensor is claimed either.
        "the safetensors data at byte 64: expected bytes of a tensor, found 8 bytes that belong to none"
    );
    assert_eq!(
        read(
            r#"{"key":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            &[0; 12]
        ),
        "tensor `key` at byte 118: expected bytes of its own at the offsets 0 to 8, found tensor `x` at 4 to 12"
    );
    assert_eq!(
        read(r#"{"key":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, &[0; 9]),
        "the safetensors data at byte 68: expected bytes of a tensor, found 5 bytes that belong to none"
    );
    assert_eq!(
        read(
            r#"{"key":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#,
            &[0; 4]
        ),
        "tensor `key` has the shape [4294967296, 4294967296]: its size overflows"
    );
    assert_eq!(
        read(
            r#"{"key":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#,
            &[0; 1]
        ),
        "tensor `key` has elements of type F8_E4M3: known are f16, bf16, f32, f64 and integers up to 64 bits"
    );
    let unknown = read(r#"{"key":{"dtype":"Q3","shape":[1],"data_offsets":[0,1]}}"#, &[0; 1]);
    assert!(
        unknown.starts_with(
            "the description of tensor `key` at byte 15: expected dtype, shape and data_offsets, found unknown variant `Q3`"
        ),
        "{unknown}"
    );
    assert_eq!(
        read(
            r#"{"key":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"key":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            &[0; 8]
        ),
        "the name `key` is there more than once"
    );
}

#[test]
fn nobody_is_harmed_by_an_entry_that_is_not_asked_for() {
    let header = r#"{"key":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
        "unknown":{"dtype":"Q3","shape":[1],"data_offsets":[4,5]},
        "vast":{"dtype":"F32","shape":[9223372036854775807,3],"data_offsets":[4,400000]},
        "odd":7}"#;
    let file = TensorFile::read("x.safetensors", safetensors(header, &[0; 5])).unwrap();
    assert_eq!(file.tensor("key").unwrap().data(), [0.0]);
    let names: Vec<&str> = file.names().collect();
    assert_eq!(names, ["key", "odd", "unknown", "vast"]);
    for name in ["odd", "unknown", "vast"] {
        file.tensor(name).unwrap_err();
    }

    let text =
        r#"{"key": [[1, 2]], "note": "text", "ragged": [[1], [1, 2]], "twice": 1, "twice": 2, "labels": {"a": 1}}"#;
    let file = TensorFile::read("x.json", text).unwrap();
    assert_eq!(file.tensor("key").unwrap().shape(), [1, 2]);
    for name in ["note", "ragged", "twice"] {
        file.tensor(name).unwrap_err();
    }
    file.labels().unwrap_err();

    let file = TensorFile::read("x.csv", "note,key_1,value_1,value_3\nthe,1,2,3\ncat,4,x,6\n").unwrap();
    assert_eq!(file.tensor("key").unwrap().data(), [1.0, 4.0]);
    file.tensor("value").unwrap_err();

    let other = zip("other.bin", &b"no array"[..]);
    let file = TensorFile::read("x.npz", other).unwrap();
    assert_eq!(file.names().collect::<Vec<_>>(), ["other.bin"]);
    file.tensor("other.bin").unwrap_err();
}

#[test]
fn npy_headers() {
    let read = |header: &str, data: &[u8]| refusal("key.npy", npy(header, data));
    for (header, data, message) in [
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }",
            &[0; 40][..],
            "the data of `key` at byte 69: expected 48 bytes for `<f8` of shape [3, 2], found 40 bytes",
        ),
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (18446744073709551615, 2), }",
            &[],
            "tensor `key` has the shape [18446744073709551615, 2]: its size overflows",
        ),
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
            &[],
            "the npy header of `key` at byte 61: expected a length of 0 to 18446744073709551615, found `999999999999`",
        ),
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
            &[],
            "the npy header of `key` at byte 61: expected a length of 0 to 18446744073709551615, found `-1,), }`",
        ),
        (
            "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }",
            &[],
            "the npy header of `key` at byte 44: expected True or False, found `0, 'shape': `",
        ),
        (
            "{'descr': '<f8', 'fortran_order': False}",
            &[],
            "the npy header of `key` at byte 50: expected descr, fortran_order and shape, found the end of the header",
        ),
        (
            "{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
            &[],
            "the npy header of `key` at byte 27: expected descr, fortran_order and shape, once each, found `'descr': '<f`",
        ),
        (
            "{'descr': '<f8",
            &[],
            "the npy header of `key` at byte 20: expected a string that ends, found `'<f8`",
        ),
        (
            "{'descr': '<f16', 'fortran_order': False, 'shape': ()}",
            &[0; 16],
            "tensor `key` has elements of type `<f16`: known are f16, bf16, f32, f64 and integers up to 64 bits",
        ),
    ] {
        assert_eq!(read(header, data), message);
    }
    assert_eq!(
        refusal("key.npy", *b"\x93NUMPY\x07\x01\0\0"),
        "the npy header of `key` at byte 6: expected version 1.0, 2.0 or 3.0, found 7.1"
    );
    assert_eq!(
        refusal("key.npy", *b"\x93NUMPY\x02\0\xff\xff\xff\xff{}"),
        "the npy header of `key` at byte 12: expected 4294967295 bytes, found 2 bytes to the end of the file"
    );
    // Brackets without end are refused where they begin, not followed.
    let deep = format!("{{'shape': {}", "(".repeat(60_000));
    assert_eq!(
        read(&deep, &[]),
        "the npy header of `key` at byte 21: expected a length of 0 to 18446744073709551615, found `((((((((((((`"
    );
}

#[test]
fn zip_archives() {
    // A bomb: the entry unpacks to twice what is allowed, and says so.
    let bomb = zip("key.npy", std::io::repeat(0).take(512 << 20));
    assert!(bomb.len() < 1 << 20);
    assert_eq!(
        refusal("x.npz", bomb.clone()),
        "entry `key` of the zip archive has 536870912 bytes: the bound is 268435456"
    );
    // One that lies: the directory says 1000 bytes, at byte 24 of its entry. Unpacking stops there.
    let mut lie = bomb;
    let entry = lie.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    lie[entry + 24..entry + 28].copy_from_slice(&1000_u32.to_le_bytes());
    assert_eq!(
        refusal("x.npz", lie),
        "entry `key` of the zip archive at byte 37: expected packed bytes that can be read, \
         found File is larger than its declared uncompressed size"
    );

    // Small types grow when they become f64, and are bounded after that as well.
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (40000000,), }";
    let zeros = std::io::repeat(0).take(40_000_000);
    let grows = zip("key.npy", std::io::Cursor::new(npy(header, &[])).chain(zeros));
    assert_eq!(
        refusal("x.npz", grows),
        "tensor `key` as f64 has 320000000 bytes: the bound is 268435456"
    );
    let header = "{'descr': '<U1', 'fortran_order': False, 'shape': (20000000,), }";
    let zeros = std::io::repeat(0).take(80_000_000);
    let labels = zip("labels.npy", std::io::Cursor::new(npy(header, &[])).chain(zeros));
    let file = TensorFile::read("x.npz", labels).unwrap();
    assert_eq!(
        file.labels().unwrap_err().to_string(),
        "entry `labels` as strings has 500000000 bytes: the bound is 268435456"
    );

    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
    let good = zip("key.npy", npy(header, &[1; 16]).as_slice());
    let file = TensorFile::read("x.npz", good.clone()).unwrap();
    assert_eq!(file.tensor("key").unwrap().shape(), [2]);
    // A wrong checksum in the directory's entry, at its byte 16.
    let mut damaged = good.clone();
    let entry = damaged.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    damaged[entry + 16] ^= 1;
    let told = refusal("x.npz", damaged);
    assert!(told.starts_with("entry `key` of the zip archive at byte 37:"), "{told}");

    let cut = good[..good.len() - 30].to_vec();
    let told = refusal("x.npz", cut);
    assert!(
        told.starts_with("the zip archive at byte 0: expected a directory of its files, found"),
        "{told}"
    );

    let other = zip("other.npy", std::io::empty());
    assert_eq!(refusal("x.npz", other), "tensor `key` is missing: there are `other`");
}

#[test]
fn json_text() {
    for (text, message) in [
        (
            "{\"key\": [[1, 2]",
            "the JSON text at line 1, column 15: expected a JSON object, found EOF while parsing a list",
        ),
        (
            "{\n \"key\": [NaN]}",
            "the JSON text at line 2, column 10: expected a JSON object, found expected value",
        ),
        (
            "[[1, 2]]",
            "the JSON text at line 1, column 1: expected a JSON object, found invalid type: sequence, expected an object",
        ),
        (
            "{} {}",
            "the JSON text at line 1, column 4: expected a JSON object, found trailing characters",
        ),
        (
            "{\"key\": [[1, 2], [3]]}",
            "tensor `key` at row 2: expected 2 entries, found 1",
        ),
        (
            "{\"key\": [[1, 2], 3]}",
            "tensor `key` at row 2: expected an array, found the number 3",
        ),
        (
            "{\"key\": [[], 3]}",
            "tensor `key` at row 2: expected an array, found the number 3",
        ),
        (
            "{\"key\": [1, [3]]}",
            "tensor `key` at entry 2: expected a number, found an array",
        ),
        (
            "{\"key\": [[[1], [2]], [[3], [null]]]}",
            "tensor `key` at head 2, row 2, column 1: expected a number or an array, found null",
        ),
        (
            "{\"key\": [[1, \"2\"]]}",
            "tensor `key` at row 1, column 2: expected a number or an array, found a string",
        ),
        (
            "{\"key\": {}}",
            "tensor `key`: expected a number or an array, found an object",
        ),
        (
            "{\"key\":\n [[1,\n 1e999]]}",
            "entry `key` at line 3, column 6: expected nested arrays of numbers, found number out of range",
        ),
        (
            "{\"key\": [[], []]}",
            "tensor `key` has no elements: its shape is [2, 0]",
        ),
        ("{\"key\": []}", "tensor `key` has no elements: its shape is [0]"),
        ("{}", "tensor `key` is missing: there are no tensors"),
        ("{\"key\": 1, \"key\": 2}", "the name `key` is there more than once"),
    ] {
        assert_eq!(refusal("x.json", text), message, "{text}");
    }
    let depth = 100_000;
    let deep = format!("{{\"key\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
    let told = refusal("x.json", deep);
    assert!(told.contains("recursion limit exceeded"), "{told}");
    let file = TensorFile::read("x.json", "\u{feff}{\"key\": [[-0.0, 1e-320, 3]]}").unwrap();
    let key = file.tensor("key").unwrap();
    assert_eq!(key.data(), [0.0, 1e-320, 3.0]);
    assert!(key.data()[0].is_sign_negative());
}

#[test]
fn tables() {
    for (text, message) in [
        (
            "key_1,key_2\n1,2\n3\n",
            "the CSV table at line 3, column 2: expected 2 columns, found 1",
        ),
        (
            "key_1,key_2\n1,2\n3,4,5\n",
            "the CSV table at line 3, column 3: expected 2 columns, found 3",
        ),
        (
            "key_1,key_2\n1,2\n\n3,four\n",
            "tensor `key` at line 4, column 2: expected a number, found `four`",
        ),
        (
            "key_1,key_2\n1,\n3,4\n",
            "tensor `key` at line 2, column 2: expected a number, found a blank cell",
        ),
        (
            "key_1,key_3\n1,2\n",
            "tensor `key` at line 1, column 2: expected the column `key_2`, found `key_3`",
        ),
        ("key_1,key_1\n1,2\n", "the name `key_1` is there more than once"),
        (
            "key_1,key_2\n",
            "the CSV table at line 1, column 1: expected a row of numbers, found none",
        ),
        (
            "\n\n , \n",
            "the CSV table at line 1, column 1: expected a row of numbers, found none",
        ),
        ("label,value_1\na,2\n", "tensor `key` is missing: there are `value`"),
    ] {
        assert_eq!(refusal("x.csv", text), message, "{text}");
    }
    let told = refusal("x.csv", *b"label,key_1\n\xe9t\xe9,1\n");
    assert_eq!(
        told,
        "the CSV table at line 2, column 1: expected UTF-8 text, found other bytes"
    );
}

#[test]
fn tables_as_spreadsheets_write_them() {
    let text = "\u{feff}label,query_1,query_2,key_1,key_2,note\r\n\
                \"the, \"\"cat\"\"\",1,2,3,4,a\r\n\
                \r\n\
                sat,,, 5 ,\"-6e-1\",\r\n\
                ,,,,,\r\n";
    let file = TensorFile::read("x.csv", text).unwrap();
    let key = file.tensor("key").unwrap();
    assert_eq!((key.shape(), key.data()), (&[2, 2][..], &[3.0, 4.0, 5.0, -0.6][..]));
    // Fewer queries than keys: the cells behind the last are blank.
    let query = file.tensor("query").unwrap();
    assert_eq!((query.shape(), query.data()), (&[1, 2][..], &[1.0, 2.0][..]));
    assert_eq!(file.labels().unwrap().unwrap(), ["the, \"cat\"", "sat"]);
}

#[test]
fn clouds_that_do_not_fit() {
    let told = |text: &str| {
        let file = TensorFile::read("x.json", text).unwrap();
        cloud(&file, Needs::ATTENTION).unwrap_err().to_string()
    };
    for (text, message) in [
        (
            r#"{"query": [[1, 2]], "key": [[1, 2, 3]], "value": [[1]]}"#,
            "tensor `query` has the shape [1, 2]: expected 3 columns as `key` has",
        ),
        (
            r#"{"query": [[1, 2]], "key": [[1, 2]], "value": [[1], [2]]}"#,
            "tensor `value` has the shape [2, 1]: expected 1 rows as `key` has",
        ),
        (
            r#"{"query": [[1, 2]], "key": [[[1, 2]]], "value": [[[1]]]}"#,
            "tensor `query` has the shape [1, 2]: expected [1, N, D] as `key` has",
        ),
        (
            r#"{"query": [1, 2], "key": [[1, 2]], "value": [[1]]}"#,
            "tensor `query` has the shape [2]: expected [N, D] or [H, N, D]",
        ),
        (
            r#"{"key": [[1, 2]], "value": [[1]], "keys": 1}"#,
            "tensor `query` is missing: there are `key`, `keys`, `value`",
        ),
    ] {
        assert_eq!(told(text), message);
    }
    let mut file = TensorFile::new();
    for name in ["query", "key", "value"] {
        let data = vec![1.0, 2.0, 3.0, if name == "value" { f64::NEG_INFINITY } else { 4.0 }];
        file.insert(name, Tensor::new(name, vec![2, 1, 2], data).unwrap());
    }
    let bytes = file.write(Format::Npz).unwrap();
    let file = TensorFile::read("x.npz", bytes).unwrap();
    let error = cloud(&file, Needs::ATTENTION).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }));
    assert_eq!(
        error.to_string(),
        "tensor `value` at head 2, row 1, column 2: expected a finite number, found -inf"
    );
}
