//! The robust lens: cells that are painted, steps that are scrubbed, numbers that change as they must, and its pictures.

use egui::{Key, Modifiers, Pos2, Rect, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit, RobustEdit, Tool};
use eigenlens::lab::{Lab, LensId, Lift, Method, PresetId, Source, TextId, Theme};

use super::bench::{centre, drag, number, on, settle};

fn lab_of(preset: PresetId, theme: Theme) -> Lab {
    Lab {
        lens: LensId::Robust,
        theme: Some(theme),
        ..Lab::of(Source::Preset(preset))
    }
}

const SIZE: [f32; 2] = [1056.0, 900.0];

fn harness(preset: PresetId) -> Harness<'static, App> {
    let mut harness = on(SIZE, lab_of(preset, Theme::Light));
    settle(&mut harness);
    harness
}

fn headline(harness: &Harness<'_, App>) -> String {
    harness.state().readouts().headline.clone()
}

fn undo(harness: &mut Harness<'_, App>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(harness);
}

fn name(harness: &mut Harness<'_, App>, command: &str) {
    assert!(harness.state_mut().command(command), "{command} applies");
    settle(harness);
}

/// The middle of a cell of M.
fn cell(harness: &Harness<'_, App>, row: usize, column: usize) -> Pos2 {
    let place = harness.state().place("matrix").expect("M is somewhere");
    let [rows, columns] = [24.0, 16.0];
    let share = |index: usize, of: f32| (index as f32 + 0.5) / of;
    place.min + place.size() * egui::vec2(share(column, columns), share(row, rows))
}

#[test]
fn a_painted_cell_is_wrong_and_the_split_finds_it() {
    let mut harness = harness(PresetId::FourSpikes);
    name(&mut harness, "robust step last");
    assert_eq!(number(&harness, "nonzeros"), 4.0);
    harness.get_by_label("Corrupt").click();
    settle(&mut harness);
    let before = number(&harness, "straight_seen");
    let at = cell(&harness, 3, 6);
    harness.hover_at(at);
    harness.drag_at(at);
    settle(&mut harness);
    harness.drop_at(at);
    settle(&mut harness);
    assert_eq!(harness.state().lab().scene.corruption.steps(3, 6), 3500);
    assert_ne!(number(&harness, "straight_seen"), before, "the axis answers");
    let found = number(&harness, "S of key 4, entry 7");
    assert!((found - 3.5).abs() < 0.1, "pursuit finds it: {found}");
    assert!(headline(&harness).starts_with("Five spikes"), "{}", headline(&harness));
    undo(&mut harness);
    assert_eq!(harness.state().lab().scene.corruption.len(), 4);
    assert_eq!(number(&harness, "straight_seen"), before);
}

#[test]
fn a_stroke_over_cells_is_one_edit_and_goes_round() {
    let mut harness = harness(PresetId::FourSpikes);
    name(&mut harness, "tool corrupt");
    let (from, to) = (cell(&harness, 5, 2), cell(&harness, 5, 6));
    for wanted in [3500, -3500, 0] {
        drag(&mut harness, from, to);
        for column in 2..=6 {
            assert_eq!(
                harness.state().lab().scene.corruption.steps(5, column),
                wanted,
                "column {column}"
            );
        }
    }
    undo(&mut harness);
    assert_eq!(
        harness.state().lab().scene.corruption.steps(5, 4),
        -3500,
        "one stroke, one undo"
    );
}

#[test]
fn cells_are_painted_without_a_pointer() {
    let mut harness = harness(PresetId::FourSpikes);
    name(&mut harness, "tool corrupt");
    harness.get_by_label_contains("Cells of M").focus();
    harness.run();
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(harness.state().lab().scene.corruption.steps(1, 1), 3500);
}

#[test]
fn the_playhead_scrubs_there_and_back() {
    let mut harness = harness(PresetId::FourSpikes);
    assert_eq!(number(&harness, "step"), 8.0);
    let angle = number(&harness, "straight_repaired");
    let steps = harness.state().place("steps").expect("the chart is there");
    // The plot lies between the names and the numbers.
    let at = |share: f32| pos2(steps.left() + 150.0 + share * (steps.width() - 228.0), steps.center().y);
    drag(&mut harness, at(7.0 / 36.0), at(1.0));
    settle(&mut harness);
    assert_eq!(number(&harness, "step"), number(&harness, "steps"));
    assert_eq!(number(&harness, "nonzeros"), 4.0);
    assert!(headline(&harness).ends_with("it is back."), "{}", headline(&harness));
    drag(&mut harness, at(1.0), at(7.0 / 36.0));
    settle(&mut harness);
    assert_eq!(
        (number(&harness, "step"), number(&harness, "straight_repaired")),
        (8.0, angle),
        "to the last digit"
    );
    harness.key_press(Key::K);
    settle(&mut harness);
    assert_eq!(number(&harness, "step"), 9.0);
    harness.key_press(Key::J);
    harness.key_press(Key::J);
    settle(&mut harness);
    assert_eq!(number(&harness, "step"), 7.0);
    undo(&mut harness);
    assert_eq!(number(&harness, "step"), 8.0, "each step is one undo");
}

#[test]
fn play_goes_to_the_end_and_is_one_undo() {
    let mut harness = harness(PresetId::FourSpikes);
    // The harness asks for reduced motion: a press is one step.
    harness.get_by_label("Play").click();
    settle(&mut harness);
    assert_eq!(number(&harness, "step"), 9.0);
    let lab = lab_of(PresetId::FourSpikes, Theme::Light);
    let mut moving = super::bench::moving(SIZE, lab);
    settle(&mut moving);
    name(&mut moving, "play");
    for _ in 0..400 {
        moving.step();
    }
    settle(&mut moving);
    assert_eq!(
        number(&moving, "step"),
        number(&moving, "steps"),
        "it played to the end"
    );
    name(&mut moving, "play");
    let (step, last) = (number(&moving, "step"), number(&moving, "steps"));
    assert!(step < last, "after the last step it begins again: {step} of {last}");
    name(&mut moving, "play");
    undo(&mut moving);
    assert_eq!(number(&moving, "step"), number(&moving, "steps"));
    undo(&mut moving);
    assert_eq!(number(&moving, "step"), 8.0);
}

#[test]
fn a_stroke_that_is_taken_back_stays_taken_back() {
    let mut harness = harness(PresetId::FourSpikes);
    name(&mut harness, "tool corrupt");
    let (from, to) = (cell(&harness, 5, 2), cell(&harness, 5, 6));
    harness.hover_at(from);
    harness.drag_at(from);
    settle(&mut harness);
    assert_eq!(harness.state().lab().scene.corruption.len(), 5);
    assert!(harness.state_mut().command("escape"));
    settle(&mut harness);
    harness.hover_at(to);
    settle(&mut harness);
    harness.drop_at(to);
    settle(&mut harness);
    assert_eq!(harness.state().lab().scene.corruption.len(), 4, "nothing has happened");
}

#[test]
fn a_dragged_token_redoes_it_all_and_corrupt_leaves_its_clean_self() {
    let mut harness = harness(PresetId::OneSpike);
    let clean = |harness: &Harness<'_, App>| {
        let app = harness.state();
        app.lab().scene.keys[3].at
    };
    let before = number(&harness, "straight_seen");
    let from = centre(&harness, "key 4");
    drag(&mut harness, from, from + egui::vec2(-60.0, -80.0));
    settle(&mut harness);
    assert_ne!(number(&harness, "straight_seen"), before);
    let moved = clean(&harness);
    assert!(moved.is_some());
    undo(&mut harness);
    name(&mut harness, "tool corrupt");
    let from = centre(&harness, "key 4");
    drag(&mut harness, from, from + egui::vec2(-60.0, -80.0));
    settle(&mut harness);
    assert_eq!(clean(&harness), None, "its clean self stays");
    assert_eq!(
        harness.state().lab().scene.corruption.of_key(3).count(),
        32,
        "its whole row is wrong"
    );
}

#[test]
fn the_noise_tool_makes_entries_wrong_with_a_seed() {
    let mut harness = harness(PresetId::OneSpike);
    name(&mut harness, "heal");
    assert_eq!(number(&harness, "wrong_entries"), 0.0);
    name(&mut harness, "tool noise");
    harness.get_by_label("On all").click();
    settle(&mut harness);
    let wrong = number(&harness, "wrong_entries");
    assert!((20.0..90.0).contains(&wrong), "about one in twenty of 960: {wrong}");
    assert!(number(&harness, "straight_seen") > 10.0 && number(&harness, "straight_repaired") < 1e-3);
    let first: Vec<_> = harness.state().lab().scene.corruption.cells().collect();
    undo(&mut harness);
    harness.get_by_label("On all").click();
    settle(&mut harness);
    let again: Vec<_> = harness.state().lab().scene.corruption.cells().collect();
    assert_eq!(first, again, "the same seed, the same damage");
    for damage in ["gaussian", "token", "adversary"] {
        undo(&mut harness);
        name(&mut harness, &format!("noise {damage}"));
        name(&mut harness, "strike key 5");
        assert_eq!(harness.state().lab().scene.corruption.of_key(4).count(), 32, "{damage}");
    }
}

#[test]
fn the_three_forms_stand_side_by_side() {
    let mut harness = harness(PresetId::FarSlip);
    name(&mut harness, "robust method rpc");
    let n4 = number(&harness, "moved_rpc");
    name(&mut harness, "robust iterations 1");
    assert!(
        number(&harness, "moved_rpc") < n4,
        "on this line the first iteration helps most"
    );
    for form in ["printed", "released", "lagrangian"] {
        name(&mut harness, &format!("robust form {form}"));
        assert_eq!(
            number(&harness, "moved_rpc"),
            number(&harness, &format!("moved_{form} 1"))
        );
        let check = harness
            .state()
            .readouts()
            .checks
            .iter()
            .find(|check| check.id == "clipped")
            .cloned();
        assert!(check.is_some_and(|check| check.holds), "{form}");
    }
    name(&mut harness, "robust lambda 0.9");
    assert!(!harness.state_mut().command("robust lambda 0"), "λ is positive");
    name(&mut harness, "lift on");
    assert_eq!(number(&harness, "columns"), 32.0);
    assert!(matches!(harness.state().lab().scene.lift, Lift::Lifted { .. }));
}

#[test]
fn a_wrong_word_is_compared_with_the_right_one() {
    let mut harness = on(
        SIZE,
        Lab {
            lens: LensId::Robust,
            ..Lab::of(Source::Text(TextId::Typo))
        },
    );
    settle(&mut harness);
    assert!(
        headline(&harness).starts_with("One wrong word moves the output by"),
        "{}",
        headline(&harness)
    );
    assert!(number(&harness, "moved_pursuit") > 0.0);
    assert!(number(&harness, "asks") > 0.5, "every token asks with its own query");
}

#[test]
fn the_link_of_a_damaged_lab_shows_the_same_digits() {
    let mut harness = harness(PresetId::OneSpike);
    name(&mut harness, "strike all");
    name(&mut harness, "robust step 6");
    let link = eigenlens::lab::link::encode(harness.state().lab());
    let (lab, notice) = eigenlens::lab::link::decode(&link);
    assert_eq!(notice, None);
    let mut other = on(SIZE, lab);
    settle(&mut other);
    assert_eq!(other.state().readouts().numbers, harness.state().readouts().numbers);
}

#[test]
fn nothing_lies_on_anything_else() {
    for size in [[1440.0, 900.0], [1280.0, 720.0], [896.0, 720.0]] {
        let mut harness = on(size, lab_of(PresetId::FourSpikes, Theme::Light));
        settle(&mut harness);
        let places: Vec<Rect> = ["board", "matrix", "steps"]
            .map(|name| harness.state().place(name).expect("it is there"))
            .into();
        for (i, a) in places.iter().enumerate() {
            for b in &places[i + 1..] {
                assert!(!a.shrink(1.0).intersects(b.shrink(1.0)), "{size:?}: {a:?} {b:?}");
            }
        }
    }
}

type Act = fn(&mut App);

const STATES: [(&str, PresetId, Act); 9] = [
    ("four", PresetId::FourSpikes, |_| {}),
    ("corrupt", PresetId::FourSpikes, |app| {
        app.run(vec![Command::Tool(Tool::Corrupt)], 0.0);
    }),
    ("rpc", PresetId::FourSpikes, |app| {
        app.run(vec![Command::Edit(Edit::Robust(RobustEdit::Method(Method::Rpc)))], 0.0);
    }),
    ("slip", PresetId::Slip, |_| {}),
    ("groups", PresetId::ThreeGroups, |_| {}),
    ("many", PresetId::ManySpikes, |_| {}),
    ("dense", PresetId::DenseNoise, |_| {}),
    ("noise", PresetId::OneSpike, |app| {
        app.run(vec![Command::Tool(Tool::Noise)], 0.0);
    }),
    ("typo", PresetId::OneSpike, |app| {
        app.run(vec![Command::Edit(Edit::Select(Source::Text(TextId::Typo)))], 0.0);
    }),
];

#[test]
fn the_pictures_of_the_lens_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (size_name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 780.0]),
    ] {
        for theme in Theme::ALL {
            for (name, preset, act) in STATES {
                if name != "four" && (size_name != "1440x900" || *theme != Theme::Light) {
                    continue;
                }
                let mut harness = on(size, lab_of(preset, *theme));
                settle(&mut harness);
                act(harness.state_mut());
                settle(&mut harness);
                let image = harness.render().expect("a picture");
                let file = format!("robust-{name}-{size_name}-{}.png", theme.key());
                image.save(folder.join(file)).expect("a file");
            }
        }
    }
}
