//! All settings of RPC-Attention: opened by a tab, a card, a word and a link.

use egui_kittest::kittest::Queryable as _;
use eigenlens::command::words::edit_of;
use eigenlens::lab::{Lab, LensId, Library, PresetId, Source, Theme, link};

use super::bench::{number, on, picture, settle};

const SIZE: [f32; 2] = [1280.0, 720.0];

/// The far slip as RPC-Attention repairs it, after these words.
fn lab(theme: Theme, words: &[&str]) -> Lab {
    let mut lab = Lab {
        lens: LensId::Robust,
        theme: Some(theme),
        ..Lab::of(Source::Preset(PresetId::FarSlip))
    };
    let library = Library::default();
    let all = ["robust method rpc", "robust settings sizes 1.9 3.15 6.15"];
    for word in all.iter().chain(words) {
        let edit = edit_of(word, &lab).unwrap_or_else(|| panic!("{word} is a word"));
        edit.apply(&mut lab, &library).expect("it can be done");
    }
    lab
}

#[test]
fn a_tab_opens_them_and_undo_closes_them() {
    let mut harness = on(SIZE, lab(Theme::Light, &[]));
    assert!(harness.state().place("settings").is_none(), "they are closed");
    harness.get_by_label("All settings").click();
    settle(&mut harness);
    assert!(harness.state().place("settings").is_some(), "they are open");
    assert_eq!(number(&harness, "settings_best_at_one"), 34.0);
    let said =
        harness.query_by_label_contains("printed, λ = 0.5, its own values, wrong by 3.15, n = 1: 0.15; plain 1.81");
    assert!(said.is_some(), "a setting is said");
    harness.get_by_label("Output moved").click();
    settle(&mut harness);
    assert!(harness.state().place("settings").is_none(), "another tab closes them");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    settle(&mut harness);
    assert!(harness.state().place("settings").is_some(), "undo opens them again");
}

#[test]
fn they_are_part_of_the_link() {
    let open = lab(Theme::Light, &["robust settings on"]);
    let (back, notice) = link::decode(&link::encode(&open));
    assert_eq!((&back, notice), (&open, None));
    assert_eq!(number(&on(SIZE, back), "settings"), 36.0);
}

#[test]
fn on_a_phone_they_are_the_last_card() {
    let mut harness = on([390.0, 780.0], lab(Theme::Light, &[]));
    harness.get_by_label("Settings").click();
    settle(&mut harness);
    assert!(harness.state().lab().choices.robust.settings.open);
    assert!(harness.state().place("settings").is_some());
    harness.get_by_label("Split").click();
    settle(&mut harness);
    assert!(!harness.state().lab().choices.robust.settings.open);
}

#[test]
fn their_pictures() {
    for theme in [Theme::Light, Theme::Dark, Theme::Projector] {
        for (at, size) in [("window", SIZE), ("wide", [1600.0, 1000.0]), ("phone", [390.0, 780.0])] {
            let mut harness = on(size, lab(theme, &["robust settings on"]));
            picture(&mut harness, &format!("robust-settings-{at}-{}", theme.key()));
        }
    }
    let mut none = on(SIZE, lab(Theme::Light, &["heal", "robust settings on"]));
    picture(&mut none, "robust-settings-none");
}

/// The exercise of the third lesson with 1024 keys at the origin and one beside them.
#[test]
fn a_thousand_keys_at_one_place_are_an_exercise() {
    let file = include_str!("../../assets/lessons/3-robust-split.toml");
    let lesson = eigenlens_words::lesson::read(file).expect("a lesson");
    let lab = Lab {
        theme: Some(Theme::Light),
        ..Lab::default()
    };
    let mut harness = on(SIZE, lab);
    harness.state_mut().set_exercise_seed(2);
    let exercise = lesson.steps.len() + 1;
    harness.state_mut().give("3-robust-split.toml", lesson, exercise);
    settle(&mut harness);
    assert_eq!(harness.state().lab().scene.keys.len(), 1025);
    harness.key_press(egui::Key::PageDown);
    settle(&mut harness);
    // Where the key is most dangerous, as far as the exercise rounds its distance.
    let most = 1.0 / 4096.0;
    let answer = number(&harness, "phi_squared");
    assert!((answer / most - 1.0).abs() < 1e-4, "{answer}");
    picture(&mut harness, "thousand-keys");
}
