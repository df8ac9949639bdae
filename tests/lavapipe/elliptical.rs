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

/// A file of five tokens in two dimensions whose values jump by 1 and by 0.25 between the layers, or of one layer alone.
fn layers(with_layer_before: bool) -> String {
    let keys = [[1.5, 0.2], [-0.5, 1.2], [-1.4, -0.6], [0.3, -1.3], [0.8, 0.9]];
    let values = keys.map(|[x, y]| [y, x]);
    let mut file = serde_json::json!({"query": keys, "key": keys, "value": values});
    if with_layer_before {
        file["value_prev"] = serde_json::json!(values.map(|[x, y]| [x - 1.0, y + 0.25]));
    }
    file.to_string()
}

/// The estimator with a file that was opened in the window.
fn of_file(content: &str) -> Harness<'static, App> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("layers.json");
    std::fs::write(&path, content).expect("a file");
    let mut harness = harness(PresetId::Jump, &[ESTIMATOR]);
    harness.state_mut().open_path(&path);
    settle(&mut harness);
    harness
}

fn said(harness: &Harness<'_, App>, name: &str) -> String {
    harness.state().readouts().numbers[name].text.clone()
}

#[test]
fn a_file_with_its_layer_before_is_estimated_dragged_and_shared() {
    let mut harness = of_file(&layers(true));
    assert_eq!(said(&harness, "values"), "the file’s own two layers");
    let m = |harness: &Harness<'_, App>| ["m 1", "m 2"].map(|name| number(harness, name));
    let of_file = m(&harness);
    assert!((of_file[1] - 0.25).abs() < 1e-15 && of_file[0] == 1.0, "{of_file:?}");
    picture(&mut harness, "file");
    let from = centre(&harness, "handle before 1");
    drag(&mut harness, from, from + vec2(0.0, -60.0));
    assert!(m(&harness)[1] > 0.3, "{:?}", m(&harness));
    let link = eigenlens::lab::link::encode(harness.state().lab());
    let dragged = m(&harness);
    undo(&mut harness);
    assert_eq!(m(&harness), of_file);
    // The lab is in the link, the numbers of the file are in the file.
    let mut elsewhere = on(SIZE, Lab::default());
    elsewhere.state_mut().open_link(&link);
    settle(&mut elsewhere);
    assert!(
        !elsewhere.state().readouts().notices.is_empty(),
        "the file is asked for"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("again.json");
    std::fs::write(&path, layers(true)).expect("a file");
    elsewhere.state_mut().open_path(&path);
    settle(&mut elsewhere);
    assert_eq!(m(&elsewhere), dragged);
    // The same metric in the ellipse.
    name(&mut harness, "elliptical view ellipse");
    name(&mut harness, "elliptical metric estimated");
    assert_eq!(m(&harness), of_file);
    assert_eq!(said(&harness, "metric"), "the file’s own two layers");
}

#[test]
fn a_file_without_its_layer_before_says_what_the_estimator_needs() {
    let mut harness = of_file(&layers(false));
    assert_eq!(
        said(&harness, "values"),
        "the file has no layer before: a function instead"
    );
    picture(&mut harness, "file-of-one-layer");
}

/// A picture that can be looked at.
fn picture(harness: &mut Harness<'_, App>, state: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let image = harness.render().expect("a picture");
    image
        .save(folder.join(format!("elliptical-{state}.png")))
        .expect("a file");
}
