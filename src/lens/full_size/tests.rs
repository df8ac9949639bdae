//! What the lens derives from results and says about them.

use eigenlens_gpu::{Row, Time};

use super::*;
use crate::lab::full_size::{Spikes, Tokens};
use crate::lab::results;
use crate::lens::testing::{number, said};

/// Numbers of no machine, near those of the design's picture.
const SAMPLE: &str = include_str!("../../../tests/lavapipe/full_size.json");

fn sample() -> Results {
    results::read(SAMPLE).expect("results")
}

fn library(results: Results) -> Library {
    let mut library = Library::default();
    library.results.open(results);
    library
}

fn lab(choices: FullSizeChoices) -> Lab {
    let mut lab = Lab {
        lens: LensId::FullSize,
        ..Lab::default()
    };
    lab.choices.full_size = choices;
    lab
}

fn of(choices: FullSizeChoices, results: Results) -> Readouts {
    said(&mut FullSize::default(), &lab(choices), &library(results))
}

fn gpt2(measured: Measured) -> FullSizeChoices {
    FullSizeChoices {
        tokens: Tokens::Gpt2,
        measured,
        ..FullSizeChoices::default()
    }
}

#[test]
fn numbers_are_those_of_the_rows() {
    let results = sample();
    let row = |kind: Kind, precision: &str| -> Row {
        let mut rows = results.rows.iter().filter(|row| {
            row.shape == Tokens::Gpt2.shape()
                && row.mechanism == "rpc"
                && row.by.kind == kind
                && row.precision == precision
        });
        rows.next().expect("a row").clone()
    };
    let (gpu, cpu, torch) = (row(Kind::Gpu, "f16"), row(Kind::Cpu, "f32"), row(Kind::Torch, "f16"));
    let ms = |row: &Row| row.time.expect("a time").median_ms;
    let readouts = of(gpt2(Measured::Rpc), results.clone());
    assert_eq!(number(&readouts, "time of rpc"), ms(&gpu));
    assert_eq!(number(&readouts, "cpu ratio of rpc"), ms(&cpu) / ms(&gpu));
    assert_eq!(number(&readouts, "torch ratio of rpc"), ms(&torch) / ms(&gpu));
    assert_eq!(number(&readouts, "error of rpc"), gpu.error.expect("an error").relative);
    // 4 passes of 4·B·H·N²·D.
    assert_eq!(
        number(&readouts, "work"),
        4.0 * 4.0 * 192.0 * 1024.0 * 1024.0 * 64.0 / 1e12
    );
    assert_eq!(number(&readouts, "score_bytes"), 192.0 * 1024.0 * 1024.0 * 4.0);
    // Operations a byte: N passes over tensors of 2 bytes.
    assert!((number(&readouts, "flop_per_byte at 1k") - 4.0 * 1024.0 / 2.0).abs() < 0.1);
    let all = [("errors", "6 of 6"), ("repeatable", "6 of 6")];
    for (id, text) in all {
        let check = readouts.checks.iter().find(|check| check.id == id).expect("a check");
        assert!(check.holds && check.text == text, "{check:?}");
    }
    assert!(readouts.checks.iter().all(|check| check.holds), "{:?}", readouts.checks);
}

#[test]
fn the_fastest_implementation_is_shown_and_a_failure_is_told() {
    let mut results = sample();
    let softmax = results
        .rows
        .iter()
        .find(|row| row.shape == Tokens::Gpt2.shape() && row.mechanism == "softmax" && row.precision == "f16")
        .expect("a row")
        .clone();
    let before = softmax.time.expect("a time").median_ms;
    let named = |name: &str, ms: Option<f64>| {
        let mut row = softmax.clone();
        name.clone_into(&mut row.by.name);
        row.time = ms.map(|ms| Time {
            median_ms: ms,
            ..softmax.time.expect("a time")
        });
        row
    };
    results.rows.push(named("slower", Some(2.0 * before)));
    results.rows.push(named("faster", Some(0.5 * before)));
    let mut failed = named("broken", None);
    failed.failure = Some("the driver says no.".to_owned());
    results.rows.insert(0, failed);
    let mut lens = FullSize::default();
    let readouts = said(&mut lens, &lab(gpt2(Measured::Softmax)), &library(results));
    assert_eq!(number(&readouts, "time of softmax"), 0.5 * before);
    assert!(
        lens.subline().ends_with("Test adapter (Vulkan), kernel faster."),
        "{}",
        lens.subline()
    );
    let why = readouts.table.rows[0].last().expect("a cell");
    assert_eq!(why, "The GPU, broken: the driver says no");
}

#[test]
fn what_does_not_belong_is_not_shown() {
    // Another number of iterations, causal attention, another precision, another noise: other measurements.
    for spoil in [
        |row: &mut Row| row.passes = 2,
        |row: &mut Row| row.causal = true,
        |row: &mut Row| "f32".clone_into(&mut row.precision),
        |row: &mut Row| row.shape[2] += 1,
        |row: &mut Row| "magic".clone_into(&mut row.mechanism),
    ] {
        let mut results = sample();
        for row in results.rows.iter_mut().filter(|row| row.by.kind == Kind::Gpu) {
            spoil(row);
        }
        let mut readouts = of(gpt2(Measured::Rpc), results);
        readouts
            .numbers
            .retain(|name, _| name == "time of rpc" || name == "cpu ratio of rpc");
        assert!(readouts.numbers.is_empty(), "{:?}", readouts.numbers);
        assert!(
            readouts.headline.ends_with("1024 tokens: not measured."),
            "{}",
            readouts.headline
        );
    }
    let other_noise = FullSizeChoices {
        spikes: Spikes::One,
        ..gpt2(Measured::Rpc)
    };
    let readouts = of(other_noise, sample());
    assert!(!readouts.numbers.contains_key("moved of rpc"));
    assert_eq!(readouts.table.rows[4][10], "not measured");
}

#[test]
fn an_error_beyond_its_tolerance_is_no_identity() {
    let mut results = sample();
    for row in &mut results.rows {
        if let Some(error) = row.error.as_mut().filter(|_| row.mechanism == "bn") {
            error.relative = 2.0 * error.tolerance;
            error.repeatable = Some(false);
        }
        // A rate that is not work over time.
        if row.mechanism == "softmax" {
            row.tflops = row.tflops.map(|rate| 1.5 * rate);
        }
    }
    let readouts = of(gpt2(Measured::Rpc), results);
    for (id, text) in [("errors", "5 of 6"), ("repeatable", "5 of 6"), ("work", "0.50")] {
        let check = readouts.checks.iter().find(|check| check.id == id).expect("a check");
        assert!(!check.holds && check.text == text, "{check:?}");
    }
}

#[test]
fn numbers_have_their_best_unit() {
    for (ms, text) in [
        (57.2, "57 ms"),
        (0.872, "872 µs"),
        (0.000_32, "0.32 µs"),
        (9.94, "9.9 ms"),
        (9.96, "10 ms"),
        (999.6, "1.0 s"),
        (25_000.0, "25 s"),
        (1e9, "1.0·10⁶ s"),
    ] {
        assert_eq!(say::time(ms).replace('\u{a0}', " "), text, "{ms}");
    }
    for (bytes, text) in [
        (1.6e9, "1.6 GB"),
        (137_438_953_472.0, "137 GB"),
        (512.0, "0.51 kB"),
        (2e13, "20 TB"),
    ] {
        assert_eq!(say::bytes(bytes).replace('\u{a0}', " "), text, "{bytes}");
    }
    for (ratio, text) in [(0.7906, "0.79×"), (439.6, "440×"), (1.0, "1.0×"), (12_345.0, "12 345×")] {
        assert_eq!(say::times(ratio).replace('\u{a0}', " "), text, "{ratio}");
    }
}

#[test]
fn every_size_has_a_headline_that_fits() {
    for tokens in Tokens::ALL {
        for measured in Measured::ALL {
            for storage in Storage::ALL {
                let choices = FullSizeChoices {
                    tokens,
                    measured,
                    storage,
                    ..FullSizeChoices::default()
                };
                let readouts = of(choices, sample());
                assert!(readouts.headline.chars().count() <= 90, "{}", readouts.headline);
                assert!(number(&readouts, &format!("time of {}", measured.key())) > 0.0);
                assert_eq!(readouts.table.rows.len(), 6);
            }
        }
    }
}

#[test]
fn the_memory_is_the_adapters_own_where_that_is_told() {
    let mut results = sample();
    assert_eq!(number(&of(gpt2(Measured::Rpc), results.clone()), "has_bytes"), 141e9);
    results.machine.memory_bytes = None;
    assert_eq!(
        number(&of(gpt2(Measured::Rpc), results.clone()), "has_bytes"),
        4_294_967_292.0
    );
    results.ceilings.binding_bytes = None;
    let readouts = of(gpt2(Measured::Rpc), results);
    assert!(!readouts.numbers.contains_key("has_bytes"));
}

#[test]
fn a_size_that_was_reduced_is_shown_as_what_it_is() {
    let mut results = sample();
    results.rows.retain(|row| row.shape == Tokens::Long32k.shape());
    for row in &mut results.rows {
        row.shape = [1, 2, 16_384, 128];
        if let Some(time) = row.time.as_mut().filter(|_| row.by.kind == Kind::Cpu) {
            time.share = 0.04;
        }
    }
    let mut lens = FullSize::default();
    let choices = FullSizeChoices {
        tokens: Tokens::Long32k,
        ..FullSizeChoices::default()
    };
    let readouts = said(&mut lens, &lab(choices), &library(results));
    assert!(
        readouts.headline.starts_with("16\u{a0}384 tokens in "),
        "{}",
        readouts.headline
    );
    assert!(
        lens.subline().starts_with("32k, reduced: 2 heads, "),
        "{}",
        lens.subline()
    );
    assert_eq!(number(&readouts, "score_bytes"), 2.0 * 16_384.0 * 16_384.0 * 4.0);
    let cpu = &readouts.table.rows[4][2];
    assert!(cpu.ends_with("s, from 4\u{a0}% of it"), "{cpu}");
}

#[test]
fn what_is_compared_has_the_same_inputs() {
    let mut results = sample();
    for row in results.rows.iter_mut().filter(|row| row.by.kind != Kind::Gpu) {
        row.seed += 1;
    }
    let readouts = of(gpt2(Measured::Rpc), results);
    assert!(readouts.numbers.contains_key("time of rpc"));
    for name in ["cpu ratio of rpc", "torch ratio of rpc"] {
        assert!(!readouts.numbers.contains_key(name), "{name}");
    }
}
