//! Clouds for the board, and the text that the page passes between the two modules.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eigenlens_core::Cloud;
use eigenlens_files::{Format, Needs, Rank, Tensor, TensorFile, cloud, hash, page, read_cloud_for_board, tensors};
use nalgebra::dmatrix;

fn board(name: &str, bytes: impl Into<Vec<u8>>) -> Cloud {
    let file = TensorFile::read(name, bytes).unwrap();
    read_cloud_for_board(&file).unwrap().0
}

#[test]
fn a_plain_table_is_keys() {
    for text in [
        "1,2\n3,4\n5,-6\n",
        "\u{feff}1,2\r\n3,4\r\n5,-6\r\n",
        "x,y\n1,2\n3,4\n5,-6\n",
        // A column without a name is a row number that a spreadsheet or pandas left behind.
        ",x,y\n0,1,2\n1,3,4\n2,5,-6\n",
    ] {
        let cloud = board("points.csv", text);
        let [head] = cloud.heads() else { panic!("one head") };
        assert_eq!(head.keys().as_slice(), [1.0, 3.0, 5.0, 2.0, 4.0, -6.0], "{text}");
        assert_eq!(head.queries(), head.keys());
        assert_eq!(head.values(), head.keys());
        assert!(cloud.labels().is_empty());
    }
    let named = board("points.csv", "x,y,label\n1,2,cat\n3,4,dog\n");
    assert_eq!(named.labels(), ["cat", "dog"]);
    assert_eq!(named.heads()[0].dim(), 2);
}

#[test]
fn a_gap_in_the_first_row_is_no_header() {
    let file = TensorFile::read("points.csv", "1,,3\n4,5,6\n").unwrap();
    let error = read_cloud_for_board(&file).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tensor `table` at line 1, column 2: expected a number, found a blank cell"
    );
}

#[test]
fn the_command_line_does_not_guess() {
    let file = TensorFile::read("points.csv", "1,2\n3,4\n").unwrap();
    let error = cloud(&file, Needs::ATTENTION).unwrap_err();
    assert_eq!(error.to_string(), "tensor `key` is missing: there are `table`");
}

#[test]
fn what_is_missing_is_the_keys() {
    let cloud = board("x.json", r#"{"key": [[1, 2], [3, 4]], "query": [[5, 6]]}"#);
    let head = &cloud.heads()[0];
    assert_eq!(head.queries().as_slice(), [5.0, 6.0]);
    assert_eq!(head.values(), head.keys());
    // A lone tensor is the keys, whatever its name.
    let cloud = board("x.json", r#"{"embedding": [[1, 2], [3, 4]], "labels": ["a", "b"]}"#);
    assert_eq!(cloud.heads()[0].n_keys(), 2);
    assert_eq!(cloud.labels(), ["a", "b"]);
    let two = TensorFile::read("x.json", r#"{"a": [[1]], "b": [[1]]}"#).unwrap();
    let error = read_cloud_for_board(&two).unwrap_err();
    assert_eq!(error.to_string(), "tensor `key` is missing: there are `a`, `b`");
}

#[test]
fn a_prefix_chooses_among_clouds() {
    let text = r#"{"a.query": [[1]], "a.key": [[2]], "a.value": [[3]], "key": [[4]]}"#;
    let file = TensorFile::read("x.json", text).unwrap();
    let needs = Needs {
        prefix: "a",
        ..Needs::ATTENTION
    };
    let (cloud, _) = cloud(&file, needs).unwrap();
    assert_eq!(cloud.heads()[0].keys()[(0, 0)], 2.0);
}

#[test]
fn labels_that_do_not_fit() {
    let text = r#"{"key": [[1], [2]], "labels": ["a"]}"#;
    let file = TensorFile::read("x.json", text).unwrap();
    let error = read_cloud_for_board(&file).unwrap_err();
    assert_eq!(error.to_string(), "there are 1 labels for 2 keys");
    // More queries than keys in a table: the rows behind the last key have no name.
    let cloud = board("x.csv", "label,query_1,key_1\na,1,1\nb,2,2\n,3,\n");
    assert_eq!(cloud.labels(), ["a", "b"]);
    assert_eq!(cloud.heads()[0].n_queries(), 3);
}

const CLOUD: &str = r#"{
    "query": [[0.1, -2]], "key": [[1, 2], [3, 4], [5, 1e-3]], "value": [[1], [2], [0.3]], "labels": ["a", "b", "c"]
}"#;

#[test]
fn the_hash_is_that_of_the_numbers() {
    let cloud = board("x.json", CLOUD);
    let same = hash(&cloud);
    for format in [Format::Safetensors, Format::Npz, Format::Csv, Format::Json] {
        let bytes = tensors(&cloud, Rank::Single).unwrap().write(format).unwrap();
        let name = format!("x.{}", format.extension());
        let file = TensorFile::read(&name, bytes).unwrap();
        let (back, rank) = read_cloud_for_board(&file).unwrap();
        assert_eq!(back, cloud, "{format}");
        assert_eq!(rank, Rank::Single);
        assert_eq!(hash(&back), same, "{format}");
    }
    // An axis of one head does not change what the cloud holds.
    let stacked = tensors(&cloud, Rank::Heads).unwrap();
    let bytes = stacked.write(Format::Npz).unwrap();
    let file = TensorFile::read("x.npz", bytes).unwrap();
    let (back, rank) = read_cloud_for_board(&file).unwrap();
    assert_eq!((hash(&back), rank), (same, Rank::Heads));
    for other in [
        CLOUD.replace("1e-3", "1.0000000000000002e-3"),
        CLOUD.replace("[[1], [2], [0.3]]", "[[1, 0], [2, 0], [0.3, 0]]"),
        CLOUD.replace("[[0.1, -2]]", "[[0.1, -2], [0.1, -2]]"),
    ] {
        assert_ne!(hash(&board("x.json", other)), same);
    }
    let renamed = CLOUD.replace("\"a\"", "\"z\"");
    assert_eq!(hash(&board("x.json", renamed)), same);
    // Links hold it: it must never change.
    let one = board("x.json", r#"{"key": [[1]]}"#);
    assert_eq!(hash(&one), fnv_1a_of_words(&[1, 1, 1, ONE, 1, 1, ONE, 1, 1, ONE]));
}

const ONE: u64 = 1.0_f64.to_bits();

/// FNV-1a as its authors give it, byte by byte.
fn fnv_1a_of_words(words: &[u64]) -> [u8; 8] {
    let mut hash = 14_695_981_039_346_656_037_u64;
    for byte in words.iter().flat_map(|word| word.to_le_bytes()) {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(1_099_511_628_211);
    }
    hash.to_be_bytes()
}

#[test]
fn the_text_of_the_page() {
    let text = page::read("a \"b\".json", CLOUD).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cloud = board("x.json", CLOUD);
    let digits = format!("{:016x}", u64::from_be_bytes(hash(&cloud)));
    assert_eq!(
        value,
        serde_json::json!({
            "name": "a \"b\".json",
            "hash": digits,
            "heads": [{"query": [[0.1, -2.0]], "key": [[1.0, 2.0], [3.0, 4.0], [5.0, 1e-3]], "value": [[1.0], [2.0], [0.3]]}],
            "labels": ["a", "b", "c"],
        })
    );
    assert_eq!(page::from_text(&text).unwrap(), cloud);
    let file = page::write("npz", &text).unwrap();
    let back = TensorFile::read("x.npz", file).unwrap();
    assert_eq!(back.tensor("key").unwrap().shape(), [3, 2]);
    assert_eq!(read_cloud_for_board(&back).unwrap().0, cloud);
}

#[test]
fn several_heads_pass_through_the_page() {
    let text = r#"{"key": [[[1, 2]], [[3, 4]]], "value": [[[5]], [[6]]]}"#;
    let cloud = board("x.json", text);
    assert_eq!(cloud.heads().len(), 2);
    let page = page::to_text("x.json", &cloud).unwrap();
    assert_eq!(page::from_text(&page).unwrap(), cloud);
    let file = TensorFile::read("x.json", page::write("json", &page).unwrap()).unwrap();
    assert_eq!(file.tensor("value").unwrap().shape(), [2, 1, 1]);
    assert_eq!(read_cloud_for_board(&file).unwrap(), (cloud, Rank::Heads));
}

#[test]
fn what_the_page_gives_wrong_is_said() {
    for (format, text, message) in [
        (
            "gif",
            "{}",
            "`gif` has no known extension: known are .safetensors, .npz, .npy, .csv, .json",
        ),
        (
            "npz",
            "{}",
            "the cloud at line 1, column 2: expected heads with query, key and value, and labels, found missing field `heads`",
        ),
        ("npz", "{\"heads\":[]}", "there are no heads; at least 1 is needed"),
        (
            "npz",
            "{\"heads\":[{\"query\":[[1]],\"key\":[[1],[2,3]],\"value\":[[1]]}]}",
            "tensor `key` at row 2: expected 1 entries, found 2",
        ),
        (
            "npy",
            "{\"heads\":[{\"query\":[[1]],\"key\":[[1]],\"value\":[[1]]}]}",
            "npy cannot hold it: it holds one tensor, and there are 3: npz holds them",
        ),
    ] {
        assert_eq!(page::write(format, text).unwrap_err().to_string(), message);
    }
}

const LAYERS: &str = r#"{
    "key": [[1, 2], [3, 4]], "query": [[0, 1]], "value": [[1, 2], [3, 4]], "value_prev": [[1, 0], [0.5, -4]]
}"#;

#[test]
fn the_layer_before_comes_with_the_cloud() {
    let layers = board("x.json", LAYERS);
    assert_eq!(layers.previous_values(), [dmatrix![1.0, 0.0; 0.5, -4.0]]);
    let page = page::read("x.json", LAYERS).unwrap();
    assert_eq!(page::from_text(&page).unwrap(), layers);
    for format in [Format::Safetensors, Format::Npz, Format::Csv, Format::Json] {
        let bytes = page::write(format.extension(), &page).unwrap();
        assert_eq!(board(&format!("x.{}", format.extension()), bytes), layers, "{format}");
    }
    // A lab on it is another lab than one on the same tokens without it, or with another.
    let without = Cloud::new(layers.heads().to_vec(), Vec::new()).unwrap();
    let other = board("x.json", LAYERS.replace("-4]]", "-4.5]]"));
    assert_ne!(hash(&without), hash(&layers));
    assert_ne!(hash(&other), hash(&layers));
    // Values that are not there are the keys, in the layer before as in this one.
    let keys = board("x.json", r#"{"key": [[1, 2]], "value_prev": [[3, 4]]}"#);
    assert_eq!(keys.previous_values(), [dmatrix![3.0, 4.0]]);
    let heads = r#"{"key": [[[1]], [[2]]], "value_prev": [[[3]], [[4]]]}"#;
    let page = page::read("x.json", heads).unwrap();
    let heads = board("x.json", heads);
    assert_eq!(heads.previous_values(), [dmatrix![3.0], dmatrix![4.0]]);
    assert_eq!(page::from_text(&page).unwrap(), heads);
    assert_eq!(board("x.npz", page::write("npz", &page).unwrap()), heads);
}

#[test]
fn a_lone_tensor_and_a_table_are_keys_whatever_their_names() {
    for (name, text, dim) in [
        ("x.json", r#"{"value_prev": [[1, 2]]}"#, 2),
        ("x.csv", "x,y,value_prev_1\n1,2,3\n", 3),
    ] {
        let cloud = board(name, text);
        assert_eq!(
            (cloud.heads()[0].dim(), cloud.previous_values().len()),
            (dim, 0),
            "{text}"
        );
    }
}

#[test]
fn a_layer_before_that_does_not_fit_is_refused() {
    for (text, message) in [
        (
            LAYERS.replace("[[1, 0], [0.5, -4]]", "[[1, 0]]"),
            "tensor `value_prev` has the shape [1, 2]: expected [2, 2] as `value` has",
        ),
        (
            LAYERS.replace("[[1, 0], [0.5, -4]]", "[[[1, 0], [0.5, -4]]]"),
            "tensor `value_prev` has the shape [1, 2, 2]: expected [2, 2] as `value` has",
        ),
        (
            r#"{"key": [[[1, 2]]], "value_prev": [[[3]]]}"#.to_owned(),
            "tensor `value_prev` has the shape [1, 1, 1]: expected [1, 1, 2] as `key` has",
        ),
        (
            LAYERS.replace("0.5", "null"),
            "tensor `value_prev` at row 2, column 1: expected a number or an array, found null",
        ),
    ] {
        assert_eq!(page::read("x.json", text).unwrap_err().to_string(), message);
    }
    let mut file = TensorFile::read("x.json", LAYERS).unwrap();
    let infinite = Tensor::new("x", vec![2, 2], vec![1.0, 2.0, 3.0, f64::INFINITY]).unwrap();
    file.insert("value_prev", infinite);
    assert_eq!(
        read_cloud_for_board(&file).unwrap_err().to_string(),
        "tensor `value_prev` at row 2, column 2: expected a finite number, found inf"
    );
    // What a mechanism does not read is not looked at.
    assert!(cloud(&file, Needs::ATTENTION).unwrap().0.previous_values().is_empty());
    let page = r#"{"heads": [{"query": [[1]], "key": [[1]], "value": [[1]], "value_prev": [[1], [2]]}]}"#;
    assert_eq!(
        page::from_text(page).unwrap_err().to_string(),
        "the number of previous values is 2, but must be 1"
    );
}
