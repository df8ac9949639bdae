//! `eigenlens claims`: all layers and heads, both groups of tests, the same numbers for the same seed, and what cannot be
//! tested.

use std::fs;

use eigenlens::lab::claims::TESTS;
use eigenlens::lab::tested;
use eigenlens_core::claims::ProjectionClaim;
use eigenlens_core::{Centring, Head, Kernel, KernelPca};
use eigenlens_files::{Tensor, TensorFile};
use nalgebra::DMatrix;
use serde_json::Value;

use crate::{Case, numbers, refuses, works};

/// Two layers of three heads with ten tokens, and values of their own or constructed from the keys.
fn layers(constructed: bool) -> Case {
    let mut file = TensorFile::new();
    let [queries, keys, mut values] = [1, 2, 3].map(|seed| numbers(seed, 2 * 3 * 10 * 4));
    if constructed {
        for (keys, values) in std::iter::zip(keys.chunks(40), values.chunks_mut(40)) {
            let keys = DMatrix::from_row_slice(10, 4, keys);
            let kernel = Kernel::Exponential { temperature: 2.0 };
            let pca = KernelPca::new(&keys, kernel, Centring::Centred).unwrap();
            values.copy_from_slice(pca.values(4).unwrap().transpose().as_slice());
        }
    }
    for (name, data) in [("query", queries), ("key", keys), ("value", values)] {
        file.insert(name, Tensor::new(name, vec![2, 3, 10, 4], data).unwrap());
    }
    Case::of(file)
}

fn claims(case: &Case, more: &[&str]) -> String {
    works(
        &[&["claims", "--input", "in.safetensors", "--draws", "5"], more].concat(),
        case.path(),
    )
}

fn lines(case: &Case, more: &[&str]) -> Vec<Value> {
    claims(case, &[&["--output", "out.json"], more].concat());
    let json = fs::read(case.path().join("out.json")).unwrap();
    serde_json::from_slice::<Vec<Value>>(&json).unwrap()
}

fn of<'a>(lines: &'a [Value], test: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["test"] == test).collect()
}

#[test]
fn the_app_reads_what_is_written_and_both_forms_say_the_same() {
    let case = layers(false);
    let [json, csv] = ["out.json", "out.csv"].map(|file| {
        claims(&case, &["--output", file]);
        fs::read_to_string(case.path().join(file)).unwrap()
    });
    assert!(tested::are_tests(&json) && tested::are_tests(&csv));
    let opened = tested::read("out", &json).unwrap();
    assert_eq!(opened, tested::read("out", &csv).unwrap());
    let group = &opened.groups[0];
    assert_eq!((group.heads_in_layer, group.heads.len(), group.tokens), (3, 6, 10));
    let lines = lines(&case, &[]);
    for (at, test) in TESTS.iter().enumerate() {
        let values: Vec<_> = of(&lines, test.key).iter().map(|line| line["value"].as_f64()).collect();
        assert_eq!(group.test(at).iter().map(|cell| cell.value).collect::<Vec<_>>(), values);
    }
}

#[test]
fn every_head_has_its_line_with_the_numbers_of_the_core() {
    let case = layers(false);
    let lines = lines(&case, &[]);
    assert_eq!(lines.len(), 6 * 15);
    let overlaps = of(&lines, "overlap");
    let places: Vec<_> = overlaps
        .iter()
        .map(|line| (line["layer"].as_u64(), line["head"].as_u64()))
        .collect();
    let expected = (1..=2).flat_map(|layer| (1..=3).map(move |head| (Some(layer), Some(head))));
    assert_eq!(places, expected.collect::<Vec<_>>());
    for (place, line) in overlaps.into_iter().enumerate() {
        let matrix = |name: &str| {
            let data = case.tensor(name).data()[place * 40..(place + 1) * 40].to_vec();
            DMatrix::from_row_slice(10, 4, &data)
        };
        let head = Head::new(matrix("query"), matrix("key"), matrix("value")).unwrap();
        let claim = ProjectionClaim::new(&head, None).unwrap();
        let [overlap, ..] = claim.tests(head.values()).unwrap().gauge_free.numbers().unwrap();
        assert_eq!(line["value"].as_f64(), Some(overlap));
        assert_eq!(
            (line["kind"].as_str(), line["theorem"].as_f64()),
            (Some("gauge-free"), Some(1.0))
        );
        assert_eq!(
            (line["permuted"]["draws"].as_u64(), line["axes"].as_u64()),
            (Some(5), Some(9))
        );
    }
}

#[test]
fn constructed_values_pass_and_others_do_not() {
    let passes = |case: &Case, test: &str, theorem: f64| {
        let lines = lines(case, &[]);
        let values: Vec<f64> = of(&lines, test)
            .iter()
            .map(|line| line["value"].as_f64().unwrap())
            .collect();
        assert_eq!(values.len(), 6, "{test}");
        values.iter().all(|value| (value - theorem).abs() < 1e-6)
    };
    let (built, learned) = (layers(true), layers(false));
    for (test, theorem) in [
        ("overlap", 1.0),
        ("invariant_residual", 0.0),
        ("zero_sum", 0.0),
        ("column_sum", 0.0),
        ("eigen_residual", 0.0),
        ("bessel", 0.0),
        ("matched_cosine", 1.0),
        ("linear_cka", 1.0),
    ] {
        assert!(passes(&built, test, theorem), "{test}");
        assert!(!passes(&learned, test, theorem), "{test}");
    }
}

#[test]
fn the_groups_are_apart_and_the_table_says_what_it_shows() {
    let table = claims(&layers(false), &[]);
    let tables: Vec<&str> = table.split("\n\n").collect();
    assert!(
        tables[0].starts_with("gauge-free: unchanged when the values V become VM"),
        "{table}"
    );
    assert!(
        tables[1].starts_with("literal: about the values as they are stored"),
        "{table}"
    );
    assert!(tables[0].contains("overlap (1)") && !tables[0].contains("eigen_residual"));
    assert!(tables[1].contains("eigen_residual (0)") && !tables[1].contains("overlap"));
    // A heading, the names, six heads, the means.
    assert_eq!(tables[0].lines().count(), 9, "{table}");
    assert!(tables[0].contains("mean") && tables[0].contains(", null "), "{table}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let case = layers(false);
    let own = claims(&case, &[]);
    assert_eq!(claims(&case, &["--seed", "1"]), own);
    assert_ne!(claims(&case, &["--seed", "2"]), own);
    claims(&case, &["--output", "out.csv"]);
    let csv = fs::read_to_string(case.path().join("out.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 6 * 15);
    let columns = csv.lines().next().unwrap().split(',').count();
    assert!(csv.lines().all(|line| line.split(',').count() == columns), "{csv}");
}

#[test]
fn too_many_value_columns_are_said_not_to_be_testable() {
    let case = Case::new(&[5, 4], &[5, 4], &[5, 6]);
    let table = claims(&case, &["--output", "out.json"]);
    assert!(
        table.contains("–: not testable, D_v > N − 1 or more than the axes of the keys, as in layer 1, head 1: 6 value columns, 4 axes, 5 tokens"),
        "{table}"
    );
    let json = fs::read(case.path().join("out.json")).unwrap();
    let lines: Vec<Value> = serde_json::from_slice(&json).unwrap();
    assert!(of(&lines, "overlap")[0]["value"].is_null() && of(&lines, "bessel")[0]["value"].is_f64());
}

#[test]
fn groups_are_read_by_their_names() {
    let mut file = TensorFile::new();
    for group in ["long", "short"] {
        for (seed, part) in [(1, "query"), (2, "key"), (3, "value")] {
            let name = format!("{group}.{part}");
            let tensor = Tensor::new(&name, vec![1, 2, 7, 3], numbers(seed, 42)).unwrap();
            file.insert(name, tensor);
        }
    }
    let lines = lines(&Case::of(file), &[]);
    let groups: Vec<_> = of(&lines, "bessel")
        .iter()
        .map(|line| line["group"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(groups, ["long", "long", "short", "short"]);
}

#[test]
fn what_cannot_be_done_is_one_line() {
    let case = layers(false);
    let refused = |arguments: &[&str]| refuses(&[&["claims"], arguments].concat(), case.path());
    assert_eq!(
        refused(&["--input", "in.safetensors", "--output", "out.npz"]),
        "`out.npz`: the tests are written as .csv or .json"
    );
    assert!(refused(&["--input", "in.safetensors", "--draws", "0"]).contains("--draws"));
    assert!(refused(&["--input", "none.npz"]).starts_with("cannot read `none.npz`"));

    let mut file = TensorFile::new();
    let tensor = |shape: &[usize]| Tensor::new("key", shape.to_vec(), numbers(1, shape.iter().product())).unwrap();
    file.insert("key", tensor(&[2, 3, 4]));
    let alone = Case::of(file);
    let line = refuses(&["claims", "--input", "in.safetensors"], alone.path());
    assert!(line.contains("query"), "{line}");
    let odd = Case::new(&[2, 5, 3], &[2, 5, 3], &[3, 5, 3]);
    let line = refuses(&["claims", "--input", "in.safetensors"], odd.path());
    assert!(line.contains("expected [2, N, D] as `key` has"), "{line}");
}
