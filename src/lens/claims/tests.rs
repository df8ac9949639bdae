//! Every card opens, has its numbers, and answers to what supports and what breaks it.

use super::*;
use crate::command::Command;
use crate::lab::{Beside, NullRows, Start, link};
use crate::lens::testing::{number, said};
use crate::lesson::check;

fn lab(card: Card, source: Source) -> Lab {
    let mut lab = Lab {
        lens: LensId::Claims,
        ..Lab::of(source)
    };
    lab.choices.card = card;
    lab
}

/// A state of a card: 0 supports it, 1 breaks it.
fn state(card: Card, which: usize, library: &Library) -> Lab {
    let mut lab = lab(card, Source::Preset(crate::lab::PresetId::ThreeGroups));
    let [supports, breaks] = cards::states(card);
    for command in if which == 0 { supports } else { breaks } {
        let Command::Edit(edit) = command else {
            panic!("{command:?} is an edit")
        };
        edit.apply(&mut lab, library).expect("it can be done");
    }
    lab
}

/// The links of the text beside a card, in their order.
fn links(card: Card) -> Vec<String> {
    let name = Claims::default().explain(&lab(card, Source::Blank)).expect("a text");
    let path = format!("{}/assets/explain/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the text");
    let after = text.split("](#v1.").skip(1);
    after
        .map(|rest| format!("#v1.{}", rest.split(')').next().unwrap_or_default()))
        .collect()
}

#[test]
fn the_text_of_each_card_links_to_both_of_its_states() {
    let library = check::library();
    for card in Card::ALL {
        let states = [0, 1].map(|which| link::encode(&state(card, which, &library)));
        assert_eq!(links(card), states, "{card:?}");
    }
}

fn read(lab: &Lab, library: &Library) -> Readouts {
    said(&mut Claims::default(), lab, library)
}

#[test]
fn every_card_opens_and_has_its_numbers_in_both_states() {
    let library = check::library();
    for card in Card::ALL {
        for which in [0, 1] {
            let lab = state(card, which, &library);
            let readouts = read(&lab, &library);
            assert!(
                readouts.table.rows.len() >= 2,
                "{card:?} {which}: {}",
                readouts.headline
            );
            assert!(!readouts.headline.contains("begins"), "{card:?}: {}", readouts.headline);
            assert_eq!(number(&readouts, "claim"), f64::from(card.code()) + 1.0);
        }
    }
}

#[test]
fn planted_values_pass_what_the_values_of_a_head_do_not() {
    let library = check::library();
    for (card, name, theorem) in [
        (Card::Projection, "overlap", 1.0),
        (Card::Projection, "eigen_residual", 0.0),
        (Card::Similarity, "matched_cosine", 1.0),
        (Card::Gamma, "relative_values", 0.0),
        (Card::Gauge, "eigen_before", 0.0),
    ] {
        let off = |which| (number(&read(&state(card, which, &library), &library), name) - theorem).abs();
        assert!(off(0) < 1e-5, "{card:?} {name}: {}", off(0));
        assert!(off(1) > 0.1, "{card:?} {name}: {}", off(1));
    }
}

#[test]
fn the_numbers_are_those_of_the_lesson() {
    let library = check::library();
    let readouts = read(&state(Card::Projection, 1, &library), &library);
    for (name, expected) in [
        ("overlap", 0.80510727895),
        ("eigen_residual", 0.41868381159),
        ("bessel", 1.0),
    ] {
        assert!((number(&readouts, name) - expected).abs() < 1e-6, "{name}");
    }
    assert!((number(&readouts, "overlap_null") - 0.66).abs() < 0.02);
}

#[test]
fn the_loss_falls_whether_the_columns_become_eigenvectors_or_not() {
    let library = check::library();
    let [supports, breaks] = [0, 1].map(|which| read(&state(Card::Training, which, &library), &library));
    for readouts in [&supports, &breaks] {
        let size = |name| number(readouts, name).abs();
        assert!(size("loss_after") < 0.2 * size("loss_before"));
        assert_eq!(number(readouts, "phi_after"), number(readouts, "phi_before"));
    }
    assert!(number(&supports, "eigen_residual_after") < 0.1);
    assert!(number(&breaks, "eigen_residual_after") > 0.5);
}

#[test]
fn a_step_of_the_training_is_shown_and_the_curve_is_that_of_the_outputs() {
    let library = check::library();
    let mut lab = state(Card::Training, 1, &library);
    let losses: Vec<f64> = [0, 1, 20, 200]
        .map(|step| {
            lab.choices.claims.step = step;
            let readouts = read(&lab, &library);
            let [loss, outputs, queries] = ["loss_after", "h_after", "phi_after"].map(|name| number(&readouts, name));
            assert!((queries - outputs - loss).abs() < 1e-12);
            assert!((number(&readouts, "loss_before") - number(&readouts, "loss_after")).abs() > 0.0 || step == 0);
            loss
        })
        .to_vec();
    assert!(
        losses[0] < -1.0 && losses[0] < losses[1] && losses[1] < losses[2],
        "{losses:?}"
    );
    assert!(losses[3] > 0.0, "{losses:?}");
    let film = {
        let mut lens = Claims::default();
        said(&mut lens, &lab, &library);
        lens.film(&lab).expect("it can be played")
    };
    assert_eq!((film.first, film.at, film.last), (0, 200, 200));
    lab.choices.claims.all_learn = true;
    let all = read(&lab, &library);
    assert_ne!(number(&all, "phi_after"), number(&all, "phi_before"));
}

#[test]
fn the_map_has_every_test_beside_its_null() {
    let library = check::library();
    let mut lab = lab(Card::Projection, Source::Text(crate::lab::TextId::Long));
    for (test, mean, null) in [(0, 0.494, 0.461), (1, 0.654, 0.691), (2, 0.735, 0.700)] {
        lab.choices.claims.test = test;
        let readouts = read(&lab, &library);
        assert!((number(&readouts, "map_mean") - mean).abs() < 0.0006, "{test}");
        assert!((number(&readouts, "map_null") - null).abs() < 0.012, "{test}");
        assert!(number(&readouts, "map_outside") > 10.0, "{test}");
    }
}

#[test]
fn shifted_rows_are_another_null_of_the_card_and_of_the_map() {
    let library = check::library();
    let mut lab = state(Card::Projection, 1, &library);
    let permuted = read(&lab, &library);
    lab.choices.claims.null = NullRows::Shifted;
    let shifted = read(&lab, &library);
    assert_eq!(number(&shifted, "overlap"), number(&permuted, "overlap"));
    assert!((number(&shifted, "overlap_null") - 0.653442413723).abs() < 1e-9);
    assert!((number(&shifted, "overlap_null_greatest") - 0.708156252735).abs() < 1e-9);
    assert!((number(&permuted, "overlap_null") - 0.653442413723).abs() > 1e-3);
    assert_eq!(number(&shifted, "map_mean"), number(&permuted, "map_mean"));
    assert!((number(&shifted, "map_null") - 0.461535170934).abs() < 1e-9);
    assert!((number(&permuted, "map_null") - 0.461535170934).abs() > 1e-6);
    let counts = ["map_above", "map_below", "map_heads", "map_by_chance"].map(|name| number(&shifted, name));
    assert_eq!(counts[0], 31.0);
    assert_eq!(counts[2], 72.0);
    assert!(
        (counts[3] - 72.0 / 19.0).abs() < 1e-12 && counts[1] < 10.0,
        "{counts:?}"
    );
}

#[test]
fn another_null_keeps_the_values_of_the_map_while_it_is_drawn() {
    let library = check::library();
    let mut lab = lab(Card::Eigenvalue, Source::Text(crate::lab::TextId::Pronoun));
    lab.choices.claims.test = 3;
    let mut lens = Claims::default();
    let before = said(&mut lens, &lab, &library);
    lab.choices.claims.null = NullRows::Shifted;
    lens.derive(&lab, &library);
    let mut between = Readouts::default();
    lens.read_out(&mut between);
    assert!(!between.numbers.contains_key("map_null"));
    let after = said(&mut lens, &lab, &library);
    assert_eq!(number(&after, "map_mean"), number(&before, "map_mean"));
    assert!((number(&after, "map_null") - 0.649388668681).abs() < 1e-9);
    assert!((number(&before, "map_null") - 0.649388668681).abs() > 1e-6);
}

#[test]
fn two_clouds_or_two_strangers_are_compared() {
    let library = check::library();
    let mut lab = state(Card::Similarity, 0, &library);
    assert!((number(&read(&lab, &library), "matched_cosine") - 1.0).abs() < 1e-9);
    lab.choices.claims.beside = Beside::Keys;
    let keys = read(&lab, &library);
    assert!(number(&keys, "matched_cosine") < 0.9);
    assert!(
        keys.table.rows.iter().all(|row| row[3].is_empty()),
        "nothing is claimed"
    );
    lab.choices.claims.beside = Beside::Strangers;
    let strangers = read(&lab, &library);
    let off = number(&strangers, "matched_cosine") - number(&strangers, "unrelated_cosine");
    assert!(off.abs() < 0.001, "{off}");
    let chance = number(&strangers, "matched_cosine_null") - number(&strangers, "unrelated_cosine");
    assert!(chance.abs() < 0.002, "{chance}");
    // Keys and values of other widths cannot be compared token by token.
    lab.select(Source::Preset(crate::lab::PresetId::Line));
    lab.choices.claims.beside = Beside::Keys;
    assert!(!read(&lab, &library).headline.is_empty());
}

#[test]
fn a_training_can_begin_at_fixed_values() {
    let library = check::library();
    let mut lab = state(Card::Training, 1, &library);
    let random = read(&lab, &library);
    lab.choices.claims.start = Start::Fixed;
    let fixed = read(&lab, &library);
    assert_eq!(number(&fixed, "phi_before"), number(&random, "phi_before"));
    assert!((number(&fixed, "loss_before") + 0.703225552793).abs() < 1e-9);
    assert!((number(&fixed, "eigen_residual_after") - 0.646584846556).abs() < 1e-9);
    assert_eq!(number(&fixed, "step"), 200.0);
}

#[test]
fn what_was_reported_is_in_the_words_of_the_cards() {
    for (card, name, number) in cards::REPORTED {
        let words = cards::words(card);
        let all = [words.claim, words.short, words.found[0], words.found[1]].join(" ");
        assert!(all.contains(&number.to_string()), "{name}: {number} in {all}");
    }
    let logged: Vec<(String, f64)> = training::logged().collect();
    assert_eq!(logged.len(), 4 * 7);
    assert!(
        logged.contains(&("logged_deit_train_h_first".to_owned(), 4.9)),
        "{logged:?}"
    );
}

#[test]
fn too_few_tokens_cannot_be_tested_and_that_is_said() {
    let library = check::library();
    let mut lab = lab(Card::Projection, Source::Text(crate::lab::TextId::Pronoun));
    lab.choices.kernel_pca.values = ValuesFrom::Free;
    let readouts = read(&lab, &library);
    assert_eq!(number(&readouts, "value_columns"), 32.0);
    assert_eq!(number(&readouts, "axes"), 14.0);
    assert!(!readouts.numbers.contains_key("overlap") && readouts.numbers.contains_key("bessel"));
}

#[test]
fn no_word_of_a_card_is_a_verdict() {
    for card in Card::ALL {
        let words = cards::words(card);
        for text in [words.claim, words.source, words.short] {
            for verdict in ["prove", "wrong", "false", "true"] {
                assert!(!text.contains(verdict), "{text}");
            }
        }
    }
}

#[test]
fn weights_are_elliptical_where_all_keys_are_as_long_and_not_in_a_head() {
    let library = check::library();
    let [supports, breaks] = [0, 1].map(|which| read(&state(Card::Elliptical, which, &library), &library));
    assert!(number(&supports, "used_form_gap") < 1e-12);
    assert!(number(&breaks, "used_form_gap") > 0.5);
    for readouts in [&supports, &breaks] {
        assert!(number(readouts, "used") <= 1.0);
        assert!((number(readouts, "separable") - number(readouts, "crossed")).abs() > 0.05);
    }
    assert!(number(&breaks, "used") < 0.001 && number(&breaks, "logit_variance") < 0.7);
    assert!(number(&breaks, "leak_all") > 0.001);
    assert_eq!(number(&breaks, "leak_past"), 0.0);
}

#[test]
fn what_values_would_fit_is_what_attention_says_at_the_keys() {
    let library = check::library();
    let readouts = read(&state(Card::Dual, 1, &library), &library);
    assert!((number(&readouts, "correlation") + 0.58).abs() < 0.005);
    let [size, within] = ["targets", "within"].map(|name| number(&readouts, name));
    assert!(size > 0.0 && size < 1.0 && within > 0.5 && within <= 1.0);
}
