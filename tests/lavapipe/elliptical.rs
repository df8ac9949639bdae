//! The ellipse and the estimator of its metric: handles that are dragged, numbers that change as they must, and the pictures.

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::{centre, drag, number, on, settle};

fn lab_of(source: Source, theme: Theme) -> Lab {
    Lab {
        lens: LensId::Elliptical,
        theme: Some(theme),
        ..Lab::of(source)
    }
}

fn name(harness: &mut Harness<'_, App>, command: &str) {
    assert!(harness.state_mut().command(command), "{command} applies");
    settle(harness);
}

const SIZE: [f32; 2] = [1056.0, 900.0];

fn harness(preset: PresetId, commands: &[&str]) -> Harness<'static, App> {
    let mut harness = on(SIZE, lab_of(Source::Preset(preset), Theme::Light));
    settle(&mut harness);
    for command in commands {
        name(&mut harness, command);
    }
    harness
}

fn undo(harness: &mut Harness<'_, App>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(harness);
}

#[test]
fn the_upper_handle_brings_keys_in_and_is_one_undo() {
    let mut harness = harness(PresetId::Street, &[]);
    assert_eq!((number(&harness, "inside"), number(&harness, "m 2")), (2.0, 1.0));
    let weight = number(&harness, "weight of key 5");
    let from = centre(&harness, "handle m2");
    // Just below the upper edge of the board.
    let board = harness.state().place("board").expect("a board");
    drag(&mut harness, from, egui::pos2(from.x, board.top() + 30.0));
    let m = number(&harness, "m 2");
    assert!(m < 0.12, "{m}");
    assert_eq!(number(&harness, "inside"), 6.0, "all relevant keys and no other");
    assert!(number(&harness, "weight of key 5") > weight);
    assert_eq!(number(&harness, "m 1"), 1.0, "the other stays");
    undo(&mut harness);
    assert_eq!((number(&harness, "inside"), number(&harness, "m 2")), (2.0, 1.0));
    let from = centre(&harness, "handle m1");
    drag(&mut harness, from, from + vec2(40.0, 0.0));
    assert!(number(&harness, "m 1") < 0.8, "{}", number(&harness, "m 1"));
}

#[test]
fn handles_outline_and_bars_answer_to_the_keyboard() {
    let mut harness = harness(PresetId::Street, &[]);
    let press = |harness: &mut Harness<'_, App>, label: &str, key: Key| {
        harness.get_by_label(label).focus();
        harness.run();
        harness.key_press(key);
        settle(harness);
    };
    press(&mut harness, "Handle of m 2", Key::ArrowUp);
    let m = number(&harness, "m 2");
    assert!(m < 1.0 && m > 0.7, "outwards is less: {m}");
    press(&mut harness, "Radius", Key::ArrowUp);
    assert!(
        (number(&harness, "radius") - 1.836).abs() < 1e-9,
        "{}",
        number(&harness, "radius")
    );
    press(&mut harness, "Bar of m 1", Key::ArrowLeft);
    assert!((number(&harness, "m 1") - 0.99).abs() < 1e-9);
    harness.get_by_label("Form dot product").click();
    settle(&mut harness);
    assert!(number(&harness, "estimate") < 0.0, "the form of the layer");
    harness.key_press(Key::C);
    settle(&mut harness);
    assert!(number(&harness, "estimate") > 0.0, "the next form has the bias");
}

#[test]
fn the_outline_is_sigma_where_no_radius_was_chosen() {
    let mut harness = harness(PresetId::Stripes, &[]);
    let (sigma, at) = (number(&harness, "sigma"), centre(&harness, "handle radius"));
    let query = centre(&harness, "query 1");
    drag(&mut harness, at, query + 1.5 * (at - query));
    let grown = number(&harness, "sigma") / sigma;
    assert!((grown - 1.5).abs() < 0.02, "{grown}");
    assert_eq!(number(&harness, "circle_sigma"), 0.2, "the circle stays");
    undo(&mut harness);
    assert_eq!(number(&harness, "sigma"), sigma);
}

#[test]
fn a_value_is_dragged_and_the_bars_follow() {
    let mut harness = harness(PresetId::Jump, &[ESTIMATOR]);
    let before = number(&harness, "m 2");
    let from = centre(&harness, "handle value 2");
    drag(&mut harness, from, from + vec2(0.0, -120.0));
    assert!(number(&harness, "m 2") > before + 0.1, "{}", number(&harness, "m 2"));
    undo(&mut harness);
    assert_eq!(number(&harness, "m 2"), before);
    let label = harness.get_by_label_contains("Value 1 of the layer before");
    label.focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    assert!(number(&harness, "jump_1") < 1.0, "the layer before comes nearer");
    name(&mut harness, "elliptical delta 5");
    assert!((number(&harness, "m 1") - 1.0).abs() < 1e-15, "δ does nothing");
    name(&mut harness, "elliptical scaling none");
    assert!(number(&harness, "m 1") < 0.21, "but without scaling it does");
}

const ESTIMATOR: &str = "elliptical view estimator";

const STATES: [(&str, Source, &[&str]); 12] = [
    ("stripes", Source::Preset(PresetId::Stripes), &[]),
    ("jump", Source::Preset(PresetId::Jump), &[ESTIMATOR]),
    ("dot", Source::Preset(PresetId::Stripes), &["elliptical form dot"]),
    ("street", Source::Preset(PresetId::Street), &["elliptical m 1 0.1"]),
    ("idle", Source::Preset(PresetId::Street), &["elliptical m 1 0"]),
    (
        "groups",
        Source::Preset(PresetId::ThreeGroups),
        &["elliptical m 0.3 1.5"],
    ),
    (
        "pronoun",
        Source::Text(TextId::Pronoun),
        &["elliptical metric estimated", "elliptical form dot"],
    ),
    (
        "swapped",
        Source::Preset(PresetId::Lattice),
        &[ESTIMATOR, "elliptical values swapped"],
    ),
    (
        "causal",
        Source::Preset(PresetId::Jump),
        &[ESTIMATOR, "elliptical causal on"],
    ),
    ("layers", Source::Text(TextId::Pronoun), &[ESTIMATOR]),
    (
        "scaling",
        Source::Preset(PresetId::Lattice),
        &[ESTIMATOR, "elliptical scaling none"],
    ),
    (
        "text-causal",
        Source::Text(TextId::Pronoun),
        &[ESTIMATOR, "elliptical causal on"],
    ),
];

#[test]
fn the_pictures_of_the_views_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (size_name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 844.0]),
    ] {
        for theme in Theme::ALL {
            for (state, source, commands) in &STATES {
                if !["stripes", "jump"].contains(state) && (size_name != "1440x900" || *theme != Theme::Light) {
                    continue;
                }
                let mut harness = on(size, lab_of(source.clone(), *theme));
                settle(&mut harness);
                for command in *commands {
                    name(&mut harness, command);
                }
                let image = harness.render().expect("a picture");
                let file = format!("elliptical-{state}-{size_name}-{}.png", theme.key());
                image.save(folder.join(file)).expect("a file");
            }
        }
    }
}
