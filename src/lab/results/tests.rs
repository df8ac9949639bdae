//! Files of results: what is read, what is refused, and with which words.

use proptest::prelude::*;

use super::*;

/// Numbers of no machine, near those of the design's picture.
const SAMPLE: &str = include_str!("../../../tests/lavapipe/full_size.json");

fn said(text: &str) -> String {
    read(text).expect_err("it must be refused").to_string()
}

#[test]
fn what_is_written_is_read_to_the_last_digit() {
    let results = read(SAMPLE).expect("results");
    assert!(results.rows.len() > 100);
    assert_eq!(results.machine.cpu_cores, 16);
    // The format is serde's: what it writes is what is read here, and the other way round.
    assert_eq!(serde_json::from_str::<Results>(SAMPLE).expect("results"), results);
    let text = serde_json::to_string(&results).expect("JSON");
    assert_eq!(read(&text).as_ref(), Ok(&results));
    let list = format!("[{text}, {SAMPLE}]");
    assert_eq!(read_list(&list), Ok(vec![results.clone(), results]));
    assert_eq!(read_list(" [] "), Ok(Vec::new()));
}

#[test]
fn results_are_known_by_their_content() {
    assert!(are_results(SAMPLE));
    assert!(are_results("  {\"rows\" : [], \"machine\"\n:1}"));
    for other in [
        "",
        "[1, 2]",
        r#"{"heads": [], "labels": ["machine", "rows"]}"#,
        r#"{"query": [[1]], "key": [[1]], "value": [[1]]}"#,
        r#"["machine": "rows": ]"#,
    ] {
        assert!(!are_results(other), "{other}");
    }
}

#[test]
fn another_version_is_refused_before_anything_else() {
    assert_eq!(RESULTS_VERSION, 1, "the message names it");
    assert_eq!(
        said(r#"{"version": 2, "machine": "is a string there"}"#),
        "line 1, character 13: expected version 1, found 2"
    );
}

#[test]
fn what_is_missing_or_out_of_range_is_named() {
    for (from, to, message) in [
        ("\"version\":1,", "", "expected version, found none"),
        ("\"date\": \"2026-11-20\"", "\"data\": 1", "expected date, found none"),
        ("\"median_ms\":", "\"medium_ms\":", "expected median_ms, found none"),
        (
            "\"kind\":\"gpu\"",
            "\"kind\":\"tpu\"",
            "expected gpu, cpu or torch, found \"tpu\"",
        ),
        ("[64,6,197,64]", "[64,6,197]", "expected four whole numbers, found [64"),
        (
            "[64,6,197,64]",
            "[64,6,-197,64]",
            "expected a whole number from 0 to 4294967295, found -197",
        ),
        (
            "\"share\":0.03",
            "\"share\":1.5",
            "expected a share from 0 to 1, found 1.5",
        ),
        (
            "\"samples\":25",
            "\"samples\":2.5",
            "expected a whole number from 0 to 4294967295, found 2.5",
        ),
        (
            "\"repeatable\":true",
            "\"repeatable\":1",
            "expected true or false, found 1",
        ),
        (
            "\"relative\":0.00021",
            "\"relative\":NaN",
            "expected a number from 0 to 10^15, found NaN",
        ),
        (
            "\"relative\":0.00021",
            "\"relative\":1e400",
            "expected a number from 0 to 10^15, found 1e400",
        ),
        (
            "\"memory_bytes\": 141000000000",
            "\"memory_bytes\": 1.5",
            "expected a whole number from 0 on, found 1.5",
        ),
        (
            "\"copy_gbps\": 4300.0",
            "\"copy_gbps\": 0",
            "expected a number from 10^-12 to 10^15, found 0",
        ),
        (
            "\"tflops\":150.0",
            "\"tflops\":-1",
            "expected a number from 10^-12 to 10^15, found -1",
        ),
        (
            "Test adapter",
            &"x".repeat(201),
            "expected at most 200 characters, found \"xxxxxxxxxxxxxxxxxxx",
        ),
        ("\n]}", "", "expected a comma or the end of the list, found the end"),
        ("\n]}", "\n]}}", "expected the end of the text, found }"),
    ] {
        assert!(SAMPLE.contains(from), "{from}");
        let message_is = said(&SAMPLE.replacen(from, to, 1));
        assert!(message_is.starts_with("line "), "{message_is}");
        assert!(message_is.ends_with(message), "{message_is} must end with {message}");
    }
}

#[test]
fn what_is_hostile_is_bounded() {
    let long = format!("{SAMPLE}{}", " ".repeat(MOST_BYTES));
    assert_eq!(read(&long), Err(ResultsError::TooLarge { bytes: long.len() }));
    assert!(said(&long).ends_with("files of results have at most 4000000"));
    let deep = SAMPLE.replacen(
        "\"version\":1",
        &format!("\"version\":1,\"more\":{}", "[".repeat(100_000)),
        1,
    );
    assert!(said(&deep).contains("fewer lists and objects within each other"));
    let control = SAMPLE.replacen("Test adapter", "Test\\nadapter\\u0000", 1);
    assert_eq!(read(&control).expect("results").machine.adapter, "Test adapter ");
}

#[test]
fn what_was_opened_goes_before_what_was_saved() {
    let mut shelf = Shelf::default();
    assert!(shelf.replayed().is_none());
    let dated = |date: &str| {
        let mut results = read(SAMPLE).expect("results");
        results.machine.date = date.to_owned();
        results
    };
    shelf.save(vec![dated("2026-01-02"), dated("2026-03-04"), dated("2025-12-31")]);
    let date = |shelf: &Shelf| shelf.replayed().map(|results| results.machine.date.clone());
    assert_eq!(date(&shelf).as_deref(), Some("2026-03-04"), "the latest");
    shelf.open(dated("2020-01-01"));
    assert_eq!((date(&shelf).as_deref(), shelf.openings()), (Some("2020-01-01"), 1));
}

proptest! {
    /// Bytes that are changed anywhere: read, or refused with a place.
    #[test]
    fn a_damaged_file_is_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..5),
    ) {
        let whole = SAMPLE.as_bytes();
        let mut bytes = whole[..whole.len().min(6000)].to_vec();
        for (index, byte, kind) in changes {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at + 1),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(error) = read(&text) {
            prop_assert!(error.to_string().starts_with("line "), "{}", error);
        }
    }
}
