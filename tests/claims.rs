//! The claims on real heads: the table of the heads, and its nulls. The numbers of the seventh lesson are those of `tests/lessons.rs`.

#![cfg(not(target_arch = "wasm32"))]

use std::sync::{Arc, LazyLock};

use eigenlens::lab::claims::{Draws, HeadClaims, Reading};
use eigenlens::lab::{Library, Source, TextId};
use eigenlens::lesson::check;
use eigenlens_core::Cloud;
use eigenlens_core::claims::Spread;

static LIBRARY: LazyLock<Library> = LazyLock::new(check::library);

fn cloud(text: TextId) -> Arc<Cloud> {
    LIBRARY.cloud(&Source::Text(text)).expect("the text is here")
}

fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len() as f64;
    numbers.sum::<f64>() / count
}

#[test]
fn the_table_of_the_heads_is_reproduced() {
    // Learned to two digits; permuted and random, as means over the heads, to the interval that so few draws give.
    let table = [
        (TextId::Long, "overlap", [0.494, 0.461, 0.459]),
        (TextId::Long, "invariant_residual", [0.654, 0.691, 0.700]),
        (TextId::Long, "zero_sum", [0.735, 0.700, 0.592]),
        (TextId::Story, "overlap", [0.250, 0.189, 0.187]),
        (TextId::Story, "invariant_residual", [0.712, 0.762, 0.769]),
        (TextId::Story, "zero_sum", [0.617, 0.551, 0.393]),
    ];
    let draws = Draws { count: 12, seed: 1 };
    for text in [TextId::Long, TextId::Story] {
        let cloud = cloud(text);
        let heads = cloud.heads().iter().enumerate();
        let claims: Vec<HeadClaims> = heads
            .map(|(number, head)| HeadClaims::new(head, number, draws).expect("tests"))
            .collect();
        for (_, key, [learned, permuted, random]) in table.iter().filter(|(of, _, _)| *of == text) {
            let readings: Vec<_> = claims.iter().filter_map(|claims| claims.reading(key)).collect();
            assert_eq!(readings.len(), 72);
            let value = mean(readings.iter().map(|reading| reading.value.expect("it can be tested")));
            assert!(
                (value - learned).abs() < 0.0006,
                "{text:?} {key}: {value} is not {learned}"
            );
            let nulls = |of: fn(&Reading) -> &Option<Spread>| -> Vec<&Spread> {
                readings
                    .iter()
                    .map(|reading| of(reading).as_ref().expect("a null"))
                    .collect()
            };
            for (expected, nulls) in [
                (permuted, nulls(|reading| &reading.permuted)),
                (random, nulls(|reading| &reading.random)),
            ] {
                let own = mean(nulls.iter().map(|null| null.mean()));
                let width = mean(nulls.iter().map(|null| null.interval()[1] - null.interval()[0]));
                assert!(
                    (own - expected).abs() < 0.5 * width,
                    "{text:?} {key}: {own} is not {expected} ± {width}"
                );
                assert!(
                    (own - expected).abs() < 0.012,
                    "{text:?} {key}: {own} is not {expected}"
                );
            }
        }
    }
}

#[test]
fn the_draws_of_a_head_depend_on_its_number_and_the_seed_alone() {
    let long = cloud(TextId::Long);
    let of = |number, seed| {
        let draws = Draws { count: 3, seed };
        HeadClaims::new(&long.heads()[0], number, draws).expect("tests")
    };
    assert_eq!(of(0, 1), of(0, 1));
    for other in [of(1, 1), of(0, 2)] {
        let [own, other] = [&of(0, 1), &other].map(|claims| claims.reading("overlap").expect("a reading").clone());
        assert_eq!(own.value, other.value);
        assert_ne!(own.permuted, other.permuted);
        assert_ne!(own.random, other.random);
    }
}
