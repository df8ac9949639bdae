//! The map of all heads of a text: opened by a tab, a card, a word and a link, and what a press on it does.

use egui::{Key, Modifiers, Pos2, Rect, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::words::edit_of;
use eigenlens::lab::{Lab, LensId, Library, Source, TextId, Theme, link};

use super::bench::{number, on, picture, settle};

const SIZE: [f32; 2] = [1280.0, 720.0];

/// A text in a lens, after these words.
fn lab(lens: LensId, text: TextId, words: &[&str]) -> Lab {
    let mut lab = Lab {
        lens,
        theme: Some(Theme::Light),
        ..Lab::of(Source::Text(text))
    };
    let library = Library::default();
    for word in words {
        let edit = edit_of(word, &lab).unwrap_or_else(|| panic!("{word} is a word"));
        edit.apply(&mut lab, &library).expect("it can be done");
    }
    lab
}

fn undo(harness: &mut Harness<'_, App>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(harness);
}

fn press(harness: &mut Harness<'_, App>, at: Pos2) {
    harness.drag_at(at);
    harness.drop_at(at);
    settle(harness);
}

/// The middle of a cell: the numbers of the layers at the left, of the heads above, the bar of the colours below.
fn cell(map: Rect, [layer, head]: [u16; 2]) -> Pos2 {
    let cells = Rect::from_min_max(map.min + egui::vec2(56.0, 18.0), map.max - egui::vec2(1.0, 30.0));
    let height = (cells.height() / 6.0).min(22.0);
    pos2(
        cells.left() + (f32::from(head) + 0.5) * cells.width() / 12.0,
        cells.top() + (f32::from(layer) + 0.5) * height,
    )
}

#[test]
fn a_tab_opens_the_map_and_a_press_on_it_a_head() {
    for (lens, text) in [(LensId::KernelPca, TextId::Bank), (LensId::Robust, TextId::Typo)] {
        let mut harness = on(SIZE, lab(lens, text, &["head 2,11"]));
        assert!(harness.state().place("heads").is_none(), "{lens:?}: it is closed");
        harness.get_by_label("All heads").click();
        settle(&mut harness);
        let map = harness.state().place("heads").expect("it is open");
        assert!(harness.state().lab().choices.heads.open);
        press(&mut harness, cell(map, [4, 6]));
        assert_eq!(harness.state().lab().scene.head, 4 * 12 + 6, "{lens:?}");
        undo(&mut harness);
        assert_eq!(harness.state().lab().scene.head, 2 * 12 + 11);
        undo(&mut harness);
        assert!(harness.state().place("heads").is_none(), "{lens:?}: it is closed again");
    }
}

#[test]
fn the_map_is_part_of_the_link() {
    let open = lab(LensId::KernelPca, TextId::Bank, &["head 2,11", "all-heads on"]);
    let (back, notice) = link::decode(&link::encode(&open));
    assert_eq!((&back, notice), (&open, None));
    let harness = on(SIZE, back);
    assert_eq!(number(&harness, "heads_with_one_token_axis"), 42.0);
    assert_eq!(number(&harness, "heads_with_class_token_axis"), 28.0);
}

#[test]
fn what_is_read_of_the_axes_is_a_choice() {
    let mut harness = on(
        SIZE,
        lab(LensId::KernelPca, TextId::Bank, &["head 2,3", "axis 2", "all-heads on"]),
    );
    let spoken = |harness: &Harness<'_, App>, words: &str| harness.query_by_label_contains(words).is_some();
    assert!(spoken(&harness, "[CLS] above 0.90 in"));
    harness.get_by_label("two parts").click();
    settle(&mut harness);
    assert!(spoken(&harness, "the first clause apart from the second clause in"));
    assert_eq!(number(&harness, "axes_that_separate"), 3.0);
    undo(&mut harness);
    assert!(spoken(&harness, "[CLS] above 0.90 in"));
}

#[test]
fn on_a_phone_the_map_is_the_last_card() {
    for (lens, text) in [
        (LensId::Softmax, TextId::Bank),
        (LensId::KernelPca, TextId::Bank),
        (LensId::Robust, TextId::Typo),
    ] {
        let mut harness = on([390.0, 780.0], lab(lens, text, &[]));
        assert!(harness.state().place("heads").is_none(), "{lens:?}");
        harness.get_by_label("Heads").click();
        settle(&mut harness);
        assert!(harness.state().place("heads").is_some(), "{lens:?}");
        assert!(harness.state().lab().choices.heads.open, "{lens:?}");
        undo(&mut harness);
        assert!(harness.state().place("heads").is_none(), "{lens:?}");
        // It is what a link opens, and another card closes it.
        let mut harness = on([390.0, 780.0], lab(lens, text, &["all-heads on"]));
        assert!(harness.state().place("heads").is_some(), "{lens:?}");
        let first = if lens == LensId::Softmax { "Row" } else { "Score" };
        harness
            .get_by_label(if lens == LensId::Robust { "Split" } else { first })
            .click();
        settle(&mut harness);
        assert!(harness.state().place("heads").is_none(), "{lens:?}");
        assert!(!harness.state().lab().choices.heads.open, "{lens:?}");
    }
}

#[test]
fn a_word_that_is_pointed_at_is_compared_with_the_heaviest() {
    let mut harness = on(SIZE, lab(LensId::Softmax, TextId::Pronoun, &[]));
    assert_eq!(number(&harness, "heads_above key 8"), 36.0);
    let street = super::bench::centre(&harness, "key 8");
    harness.hover_at(street);
    settle(&mut harness);
    let ringed = harness.query_by_label_contains("above “animal”");
    assert!(ringed.is_some(), "it says in how many heads");
}

#[test]
fn a_switch_opens_the_map_of_the_estimator() {
    let words = ["head 3,1", "elliptical view estimator"];
    let mut harness = on(SIZE, lab(LensId::Elliptical, TextId::Pronoun, &words));
    assert!(harness.state().place("heads").is_none());
    harness.get_by_label("All heads").click();
    settle(&mut harness);
    assert_eq!(
        number(&harness, "heads_with_metric"),
        60.0,
        "the first layer has none before it"
    );
    let map = harness.state().place("heads").expect("it is open");
    press(&mut harness, cell(map, [5, 0]));
    assert_eq!(harness.state().lab().scene.head, 60);
}

/// The steps of the lessons that open the map.
#[test]
fn the_steps_with_a_map_can_be_looked_at() {
    for (file, name, step) in [
        ("2-kernel-pca", "2.10", 10),
        ("2-kernel-pca", "2.11", 11),
        ("3-robust-split", "3.12", 12),
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/lessons/{file}.toml"));
        let text = std::fs::read_to_string(path).expect("the lesson");
        let lesson = eigenlens_words::lesson::read(&text).expect("it can be read");
        for (size, theme) in [
            ([1440.0, 900.0], Theme::Light),
            ([1280.0, 720.0], Theme::Projector),
            ([1920.0, 1080.0], Theme::Projector),
            ([390.0, 844.0], Theme::Dark),
        ] {
            let mut harness = super::bench::app(size, theme);
            harness.state_mut().give(file, lesson.clone(), step);
            settle(&mut harness);
            harness.state_mut().command("lesson reveal");
            settle(&mut harness);
            assert!(harness.state().lab().choices.heads.open, "{name}");
            picture(&mut harness, &format!("all-heads-{name}-{}-{}", size[0], theme.key()));
        }
    }
}

#[test]
fn the_maps_can_be_looked_at() {
    let bank = |words: &[&str]| lab(LensId::KernelPca, TextId::Bank, words);
    let labs = [
        (
            "softmax",
            lab(LensId::Softmax, TextId::Bank, &["head 2,11", "all-heads on"]),
        ),
        ("token", bank(&["head 2,11", "all-heads on"])),
        (
            "parts",
            bank(&["head 2,3", "axis 2", "all-heads on", "all-heads parts"]),
        ),
        (
            "robust",
            lab(
                LensId::Robust,
                TextId::Typo,
                &["head 5,3", "robust asks queries", "all-heads on"],
            ),
        ),
        (
            "estimator",
            lab(
                LensId::Elliptical,
                TextId::Pronoun,
                &["head 3,1", "elliptical view estimator", "all-heads on"],
            ),
        ),
    ];
    for (name, lab) in labs {
        for (size, at) in [
            ([1440.0, 900.0], "1440"),
            (SIZE, "1280"),
            ([1920.0, 1080.0], "1920"),
            ([390.0, 780.0], "phone"),
        ] {
            for theme in Theme::ALL {
                let lab = Lab {
                    theme: Some(*theme),
                    ..lab.clone()
                };
                picture(&mut on(size, lab), &format!("all-heads-{name}-{at}-{}", theme.key()));
            }
        }
    }
}
