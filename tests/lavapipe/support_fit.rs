//! The support-vector lens, fit: every handle by its name, the film of the solver, and its pictures.

use egui::{Key, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit};
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::{centre, drag, number, on, settle};
use super::looks::check_texts;

const SIZE: [f32; 2] = [1056.0, 900.0];

fn lab_of(preset: PresetId, theme: Theme) -> Lab {
    Lab {
        lens: LensId::SupportVectors,
        theme: Some(theme),
        ..Lab::of(Source::Preset(preset))
    }
}

fn harness(preset: PresetId) -> Harness<'static, App> {
    let mut harness = on(SIZE, lab_of(preset, Theme::Light));
    settle(&mut harness);
    harness
}

fn name(harness: &mut Harness<'_, App>, command: &str) {
    assert!(harness.state_mut().command(command), "{command} applies");
    settle(harness);
}

fn at(harness: &Harness<'_, App>, label: &str) -> Pos2 {
    harness.get_by_label(label).rect().center()
}

fn press(harness: &mut Harness<'_, App>, label: &str, key: Key) {
    harness.get_by_label(label).focus();
    harness.run();
    harness.key_press(key);
    settle(harness);
}

#[test]
fn a_target_is_lifted_until_its_value_meets_the_cap() {
    let mut harness = harness(PresetId::Ring);
    assert_eq!(number(&harness, "support_vectors"), 8.0);
    let before = number(&harness, "target of key 6");
    let from = at(&harness, "Target 6");
    drag(&mut harness, from, from - vec2(0.0, 60.0));
    let after = number(&harness, "target of key 6");
    assert!(after > before + 0.2, "{before} to {after}");
    assert_eq!(number(&harness, "value of key 6"), 1.5, "capped");
    assert_eq!(number(&harness, "capped"), 5.0);
    name(&mut harness, "undo");
    assert_eq!(number(&harness, "target of key 6"), before, "one drag, one undo");
    press(&mut harness, "Target 6", Key::ArrowUp);
    assert!((number(&harness, "target of key 6") - before - 0.02).abs() < 1e-3);
}

#[test]
fn tube_cap_and_query_are_dragged() {
    let mut harness = harness(PresetId::Ring);
    let from = at(&harness, "Tube edge");
    drag(&mut harness, from, from - vec2(0.0, 40.0));
    let epsilon = number(&harness, "epsilon");
    assert!(epsilon > 0.3, "{epsilon}");
    assert!(number(&harness, "support_vectors") < 8.0);
    press(&mut harness, "Tube edge", Key::ArrowDown);
    assert!((number(&harness, "epsilon") - epsilon + 0.01).abs() < 1e-9);
    name(&mut harness, "undo");
    name(&mut harness, "undo");
    let from = at(&harness, "Cap");
    drag(&mut harness, from, from - vec2(0.0, 30.0));
    let cap = number(&harness, "cap");
    assert!(cap < 1.3 && cap > 0.5, "{cap}");
    assert!(
        (number(&harness, "largest_value") - cap).abs() < 1e-9,
        "what was capped follows"
    );
    press(&mut harness, "Cap", Key::ArrowUp);
    assert!(number(&harness, "cap") > cap);
    let from = at(&harness, "Query angle");
    drag(&mut harness, from, from + vec2(120.0, 0.0));
    let angle = number(&harness, "query_place");
    assert!(angle > 130.0 && angle < 190.0, "{angle}");
    let query = harness.state().lab().scene.queries[0].at.expect("moved").to_world();
    assert!(
        (query[0].hypot(query[1]) - 2.5).abs() < 0.01,
        "round the circle: {query:?}"
    );
    press(&mut harness, "Curve at the query", Key::ArrowRight);
    assert!((number(&harness, "query_place") - angle - 1.0).abs() < 0.1);
}

#[test]
fn values_are_dragged_and_targets_follow() {
    let mut harness = harness(PresetId::Ring);
    harness.get_by_label("Mode: drag the values").click();
    settle(&mut harness);
    let before = (number(&harness, "value of key 9"), number(&harness, "target of key 9"));
    let from = at(&harness, "Value 9");
    drag(&mut harness, from, from - vec2(0.0, 60.0));
    let after = (number(&harness, "value of key 9"), number(&harness, "target of key 9"));
    assert!(
        after.0 > before.0 + 0.3 && after.1 > before.1 + 0.1,
        "{before:?} to {after:?}"
    );
    press(&mut harness, "Value 9", Key::ArrowDown);
    assert!((number(&harness, "value of key 9") - after.0 + 0.02).abs() < 1e-3);
    name(&mut harness, "switch");
    assert_eq!(number(&harness, "support_vectors"), 8.0, "the fit is as it was");
}

#[test]
fn the_solver_is_played_and_scrubbed() {
    let mut harness = harness(PresetId::Ring);
    let last = number(&harness, "sweeps");
    assert_eq!(number(&harness, "sweep"), last);
    harness.get_by_label("To the start").click();
    settle(&mut harness);
    assert_eq!(number(&harness, "sweep"), 1.0);
    harness.key_press(Key::K);
    settle(&mut harness);
    assert_eq!(number(&harness, "sweep"), 2.0);
    harness.get_by_label("Play").click();
    settle(&mut harness);
    assert_eq!(number(&harness, "sweep"), 3.0, "nothing may move: a press is a sweep");
    press(&mut harness, "Sweep", Key::ArrowLeft);
    assert_eq!(number(&harness, "sweep"), 2.0);
    let from = at(&harness, "Target 6");
    drag(&mut harness, from, from - vec2(0.0, 10.0));
    assert_eq!(
        number(&harness, "sweep"),
        number(&harness, "sweeps"),
        "another fit is shown whole"
    );
}

#[test]
fn the_same_keys_are_on_the_board_and_tools_reach_them() {
    let mut harness = harness(PresetId::Ring);
    let h = number(&harness, "h of key 4");
    let from = centre(&harness, "key 4");
    drag(&mut harness, from, from - vec2(0.0, 20.0));
    assert!(number(&harness, "h of key 4") > h, "it is longer now");
    assert!(harness.query_by_label("Open Ring").is_some(), "and no circle");
    harness.get_by_label("Open Ring").click();
    settle(&mut harness);
    assert_eq!(number(&harness, "h of key 4"), h);
    harness.get_by_label("Erase").click();
    settle(&mut harness);
    let gone = centre(&harness, "key 7");
    harness.drag_at(gone);
    harness.run();
    harness.drop_at(gone);
    settle(&mut harness);
    assert_eq!(number(&harness, "n_keys"), 11.0);
}

#[test]
fn the_degree_of_the_kernel_is_chosen() {
    let mut harness = harness(PresetId::Ring);
    let whole = number(&harness, "f_query");
    harness.get_by_label("Kernel degree 2").click();
    settle(&mut harness);
    assert_eq!(number(&harness, "degree"), 2.0);
    assert_ne!(number(&harness, "f_query"), whole);
    harness.key_press(Key::CloseBracket);
    settle(&mut harness);
    assert_eq!(number(&harness, "degree"), 3.0);
}

/// What is done before a picture is taken.
const STATES: [(&str, PresetId, &[&str]); 9] = [
    ("ring", PresetId::Ring, &[]),
    ("values", PresetId::Ring, &["support drag values"]),
    ("sweep", PresetId::Ring, &["support sweep 2"]),
    ("nocap", PresetId::Ring, &["support cap free", "support epsilon 0.05"]),
    (
        "groups",
        PresetId::ThreeGroups,
        &["support targets hill", "support cap 1", "support epsilon 0.2"],
    ),
    ("ruler", PresetId::Ruler, &[]),
    ("clock", PresetId::Clock, &["support epsilon 0.3", "support cap 1"]),
    (
        "spikes",
        PresetId::FourSpikes,
        &["support targets hill", "support epsilon 0.1"],
    ),
    ("degree", PresetId::Ring, &["support degree 1"]),
];

#[test]
fn the_pictures_of_the_fit_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (size_name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 780.0]),
        ("1056x900", SIZE),
    ] {
        for theme in Theme::ALL {
            for (name, preset, commands) in STATES {
                if name != "ring" && (size_name != "1440x900" || *theme != Theme::Light) {
                    continue;
                }
                let mut harness = on(size, lab_of(preset, *theme));
                settle(&mut harness);
                for command in commands {
                    assert!(harness.state_mut().command(command), "{command} applies");
                }
                settle(&mut harness);
                let image = harness.render().expect("a picture");
                image
                    .save(folder.join(format!("fit-{name}-{size_name}-{}.png", theme.key())))
                    .expect("a file");
                check_texts(&harness, size, *theme);
            }
        }
    }
    let mut harness = on([1440.0, 900.0], lab_of(PresetId::Ring, Theme::Light));
    harness
        .state_mut()
        .run(vec![Command::Edit(Edit::Select(Source::Text(TextId::Pronoun)))], 0.0);
    settle(&mut harness);
    let image = harness.render().expect("a picture");
    image.save(folder.join("fit-text-1440x900-light.png")).expect("a file");
    // High enough for the whole explanation, with its table.
    let mut harness = on([1440.0, 1900.0], lab_of(PresetId::Crowd, Theme::Light));
    settle(&mut harness);
    let image = harness.render().expect("a picture");
    image.save(folder.join("fit-explain.png")).expect("a file");
}
