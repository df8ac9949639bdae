//! Random and damaged bytes: every reader gives a tensor or an error, and never panics.
//!
//! `PROPTEST_CASES=1000000 cargo test -p eigenlens-files --test hostile` runs it at length.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eigenlens_files::{
    Format, Needs, Tensor, TensorFile, cloud, hash, page, read_cloud_for_board, read_matrix, tensors,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Asks a file for everything that it can be asked for.
fn ask_everything(name: &str, bytes: &[u8]) {
    let file = match TensorFile::read(name, bytes) {
        Ok(file) => file,
        Err(error) => {
            assert_says_something(&error.to_string());
            return;
        }
    };
    let mut good = TensorFile::new();
    for name in file.names() {
        match file.tensor(name) {
            Ok(tensor) => good.insert(name, tensor),
            Err(error) => assert_says_something(&error.to_string()),
        }
    }
    if let Ok(Some(labels)) = file.labels() {
        good.set_labels(labels);
    }
    for format in Format::ALL {
        if let Err(error) = good.write(format) {
            assert_says_something(&error.to_string());
        }
    }
    for needs in [
        Needs::ATTENTION,
        Needs::QUERIES_AND_KEYS,
        Needs::KEYS_AND_VALUES,
        Needs::BOARD,
    ] {
        if let Err(error) = cloud(&file, needs) {
            assert_says_something(&error.to_string());
        }
    }
    match read_matrix(name, bytes) {
        Ok(matrix) => assert!(!matrix.is_empty() && matrix.iter().all(|x| x.is_finite())),
        Err(error) => assert_says_something(&error.to_string()),
    }
    if let Ok((cloud, rank)) = read_cloud_for_board(&file) {
        hash(&cloud);
        let written = tensors(&cloud, rank).unwrap();
        written.write(Format::Npz).unwrap();
        let text = page::to_text(name, &cloud).unwrap();
        assert_eq!(page::from_text(&text).unwrap(), cloud);
    }
}

/// An error without words helps nobody.
fn assert_says_something(message: &str) {
    assert!(!message.trim().is_empty());
}

/// A small file of each format that is in order.
fn valid(format: Format) -> Vec<u8> {
    let tensor = |shape: &[usize]| {
        let length = shape.iter().product();
        let data = (0..length).map(|at| at as f64 - 1.5).collect();
        Tensor::new("x", shape.to_vec(), data).unwrap()
    };
    let mut file = TensorFile::new();
    file.insert("key", tensor(&[3, 2]));
    if format != Format::Npy {
        file.insert("query", tensor(&[1, 2]));
        file.insert("value", tensor(&[3, 1]));
        file.insert("value_prev", tensor(&[3, 1]));
        file.set_labels(vec!["a".to_owned(), "b,\"".to_owned(), "c".to_owned()]);
    }
    file.write(format).unwrap()
}

/// One piece of damage.
#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Flip(Index, u8),
    Cut(Index),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    /// A number of eight bytes, as lengths and offsets are.
    Number(Index, u64),
}

fn damage() -> impl Strategy<Value = Damage> {
    let telling = select(vec![
        &b"["[..],
        b"]",
        b"{",
        b"}",
        b"\"",
        b",",
        b":",
        b"\n",
        b"-",
        b"e",
        b"9999999999",
        b"1e999",
        b"null",
        b"NaN",
        b"inf",
        b"PK\x01\x02",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"PK\x06\x06",
        b"PK\x06\x07",
        b"\xff\xff\xff\xff",
        b"\0",
        b"key",
        b"labels",
        b"\xef\xbb\xbf",
    ]);
    let size = prop_oneof![
        any::<u64>(),
        (0_u32..64).prop_map(|shift| 1 << shift),
        (0_u64..64).prop_map(|less| u64::MAX - less),
        0_u64..256,
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), 1_usize..16).prop_map(|(at, length)| Damage::Remove(at, length)),
        (any::<Index>(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<Index>(), telling).prop_map(|(at, bytes)| Damage::Insert(at, bytes.to_vec())),
        (any::<Index>(), size).prop_map(|(at, number)| Damage::Number(at, number)),
    ]
}

impl Damage {
    fn harm(self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Set(at, byte) => *at.get_mut(bytes) = byte,
            Self::Flip(at, bit) => *at.get_mut(bytes) ^= 1 << bit,
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Remove(at, length) => {
                let start = at.index(bytes.len());
                let end = (start + length).min(bytes.len());
                bytes.drain(start..end);
            }
            Self::Insert(at, some) => {
                let start = at.index(bytes.len());
                bytes.splice(start..start, some);
            }
            Self::Number(at, number) => {
                let start = at.index(bytes.len());
                for (byte, new) in bytes[start..].iter_mut().zip(number.to_le_bytes()) {
                    *byte = new;
                }
            }
        }
    }
}

/// The beginning that makes a reader look further.
fn opening(format: Format) -> &'static [u8] {
    match format {
        Format::Safetensors => b"\x40\0\0\0\0\0\0\0{",
        Format::Npz => b"PK\x03\x04",
        Format::Npy => b"\x93NUMPY\x01\0",
        Format::Csv => b"key_1,",
        Format::Json => b"{\"key\":",
    }
}

proptest! {
    #[test]
    fn random_bytes(format in select(Format::ALL.to_vec()), open: bool, bytes in vec(any::<u8>(), 0..200)) {
        let mut all = if open { opening(format).to_vec() } else { Vec::new() };
        all.extend(bytes);
        ask_everything(&format!("x.{}", format.extension()), &all);
    }

    #[test]
    fn random_text(format in select(vec![Format::Csv, Format::Json]), text in "[-0-9eE.,\"\\[\\]{}:\\nkey_]{0,80}", open: bool) {
        let mut all = if open { opening(format).to_vec() } else { Vec::new() };
        all.extend(text.into_bytes());
        ask_everything(&format!("x.{}", format.extension()), &all);
    }

    #[test]
    fn damaged_files(format in select(Format::ALL.to_vec()), damage in vec(damage(), 1..5)) {
        let mut bytes = valid(format);
        for damage in damage {
            damage.harm(&mut bytes);
        }
        ask_everything(&format!("x.{}", format.extension()), &bytes);
    }

    #[test]
    fn the_page_gives_anything(text in "[-0-9.,\"\\[\\]{}:a-z]{0,60}") {
        for text in [text.clone(), format!("{{\"heads\":[{{\"query\":{text}}}]}}")] {
            page::from_text(&text).ok();
        }
    }
}

#[test]
fn cut_files() {
    for format in Format::ALL {
        let bytes = valid(format);
        for length in 0..bytes.len() {
            ask_everything(&format!("x.{}", format.extension()), &bytes[..length]);
        }
    }
}
