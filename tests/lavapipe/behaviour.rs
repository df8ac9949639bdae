//! What a hand and a keyboard can do.

use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit, SaveAs, Tool};
use eigenlens::lab::{GridPoint, Source, Temperature, Theme, TokenRef, link};

use super::bench::{app, centre, drag, number, on};

const SIZE: [f32; 2] = [1056.0, 900.0];

fn lab() -> Harness<'static, App> {
    app(SIZE, Theme::Light)
}

#[test]
fn the_first_picture_has_the_numbers_of_the_preset() {
    let harness = lab();
    assert!((number(&harness, "weight_1") - 0.21119616166064398).abs() < 1e-15);
    assert_eq!(
        harness.state().readouts().headline,
        "The query gives 21\u{a0}% to k₅, 20\u{a0}% to k₆."
    );
    assert!(
        harness.state().readouts().checks.iter().all(|check| check.holds),
        "{:?}",
        harness.state().readouts().checks
    );
    assert_eq!(harness.state().readouts().checks.len(), 4);
}

#[test]
fn a_token_is_dragged_and_the_drag_is_one_undo() {
    let mut harness = lab();
    let before = harness.state().lab().clone();
    let from = centre(&harness, "key 5");
    drag(&mut harness, from, from + vec2(-120.0, 60.0));
    let moved = centre(&harness, "key 5");
    assert!(
        (moved - from - vec2(-120.0, 60.0)).length() < 1.0,
        "the token is where the hand let go: {from:?} {moved:?}"
    );
    assert!(
        (number(&harness, "weight of key 5") - 0.21119616166064398).abs() > 1e-3,
        "the weight has changed"
    );
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(
        harness.state().lab().scene,
        before.scene,
        "one undo takes the whole drag back"
    );
    assert!(!harness.state().readouts().can_undo);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.run();
    assert!(
        (centre(&harness, "key 5") - moved).length() < 1e-3,
        "redo brings it back"
    );
}

#[test]
fn a_drag_is_exact_in_the_link() {
    let mut harness = lab();
    let from = centre(&harness, "query 1");
    drag(&mut harness, from, from + vec2(33.0, 71.0));
    let there = harness.state().lab().clone();
    let (back, notice) = link::decode(&link::encode(&there));
    assert_eq!((back.scene, notice), (there.scene, None));
}

#[test]
fn escape_drops_a_drag_and_nothing_has_happened() {
    let mut harness = lab();
    let before = harness.state().lab().scene.clone();
    let from = centre(&harness, "key 1");
    harness.drag_at(from);
    harness.run();
    harness.hover_at(from + vec2(90.0, 0.0));
    harness.run();
    assert_ne!(harness.state().lab().scene, before, "it is on its way");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state().lab().scene, before);
    harness.drop_at(from + vec2(90.0, 0.0));
    harness.run();
    assert_eq!(
        harness.state().lab().scene,
        before,
        "letting go afterwards does nothing"
    );
    assert!(!harness.state().readouts().can_undo);
}

#[test]
fn arrows_nudge_the_token_that_has_the_focus() {
    let mut harness = lab();
    let query = harness
        .state()
        .readouts()
        .tokens
        .iter()
        .find(|token| token.name == "query 1")
        .map(|token| token.spoken.clone());
    harness.get_by_label(&query.expect("the query speaks")).focus();
    harness.run();
    let before = number(&harness, "x of query 1");
    harness.key_press(Key::ArrowRight);
    harness.run();
    let one = number(&harness, "x of query 1") - before;
    assert!(one > 0.0, "right is right");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    harness.run();
    let five = number(&harness, "x of query 1") - before - one;
    assert!(
        (five / one - 5.0).abs() < 0.1,
        "Shift goes five times as far: {one} {five}"
    );
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert!(number(&harness, "y of query 1") > 0.8, "up is up");
}

#[test]
fn each_tool_does_its_work_and_is_undone() {
    let mut harness = lab();
    let empty = centre(&harness, "board") + vec2(-200.0, -180.0);
    let click = |harness: &mut Harness<'_, App>, at: Pos2| {
        harness.drag_at(at);
        harness.run();
        harness.drop_at(at);
        harness.run();
    };
    let keys = |harness: &Harness<'_, App>| harness.state().lab().scene.keys.len();
    harness.key_press(Key::A);
    harness.run();
    click(&mut harness, empty);
    assert_eq!(keys(&harness), 13, "Add adds");
    harness.key_press(Key::O);
    harness.run();
    click(&mut harness, empty + vec2(60.0, 0.0));
    assert_eq!(keys(&harness), 14, "Outlier adds");
    assert!(harness.state().lab().scene.keys[13].outlier, "and marks");
    harness.key_press(Key::E);
    harness.run();
    let first = centre(&harness, "key 1");
    click(&mut harness, first);
    assert_eq!(keys(&harness), 13, "Erase takes away");
    for _ in 0..3 {
        harness.state_mut().run(vec![Command::Undo], 0.0);
    }
    harness.run();
    assert_eq!(keys(&harness), 12);
    assert!(!harness.state().readouts().can_undo, "three edits, three undos");
}

#[test]
fn a_noise_stroke_is_one_entry_and_its_values_are_in_the_link() {
    let mut harness = lab();
    let before = harness.state().lab().clone();
    harness.key_press(Key::N);
    harness.run();
    let (from, to) = (centre(&harness, "key 5"), centre(&harness, "key 7"));
    drag(&mut harness, from + vec2(30.0, -30.0), to + vec2(-30.0, 0.0));
    let after = harness.state().lab().clone();
    let moved = std::iter::zip(&before.scene.keys, &after.scene.keys)
        .filter(|(a, b)| a != b)
        .count();
    assert!(
        (2..12).contains(&moved),
        "the stroke moved the tokens it passed, {moved}"
    );
    assert_eq!(after.brush.seed, before.brush.seed + 1, "the seed moves on");
    assert_eq!(link::decode(&link::encode(&after)).0.scene, after.scene);
    harness.state_mut().run(vec![Command::Undo], 0.0);
    harness.run();
    assert_eq!(harness.state().lab().scene, before.scene, "one undo");
    assert_eq!(harness.state().lab().brush.seed, before.brush.seed, "with its seed");
}

#[test]
fn the_temperature_is_dragged_in_the_chart_and_snaps_home() {
    let mut harness = lab();
    harness.state_mut().run(
        vec![Command::Edit(Edit::Temperature(
            Temperature::fixed(0.5).expect("0.5 is a temperature"),
        ))],
        0.0,
    );
    harness.run();
    assert!(number(&harness, "weight_1") > 0.3, "colder is sharper");
    assert_eq!(number(&harness, "temperature"), 0.5);
    harness
        .state_mut()
        .run(vec![Command::Edit(Edit::Temperature(Temperature::RootD))], 0.0);
    harness.run();
    assert!((number(&harness, "weight_1") - 0.21119616166064398).abs() < 1e-15);
}

#[test]
fn the_empty_board_says_so_and_can_be_filled() {
    let mut harness = lab();
    harness
        .state_mut()
        .run(vec![Command::Edit(Edit::Select(Source::Blank))], 0.0);
    harness.run();
    assert_eq!(harness.state().readouts().headline, "No keys yet.");
    harness.state_mut().run(
        vec![Command::Edit(Edit::Add(
            eigenlens::command::Role::Key,
            GridPoint::from_world([1.0, 1.0]),
        ))],
        0.0,
    );
    harness.run();
    assert!(
        harness.state().readouts().headline.contains("all its attention"),
        "{}",
        harness.state().readouts().headline
    );
    assert_eq!(number(&harness, "weight_1"), 1.0);
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let mut harness = lab();
    let before = harness.state().lab().clone();
    harness
        .state_mut()
        .run(vec![Command::Edit(Edit::Erase(TokenRef::Query(0)))], 0.0);
    harness.run();
    assert_eq!(*harness.state().lab(), before);
    let notices = &harness.state().readouts().notices;
    assert_eq!(notices.len(), 1);
    assert!(notices[0].what.contains("last query"), "{notices:?}");
    harness.get_by_label("Close the notice").click();
    harness.run();
    assert!(harness.state().readouts().notices.is_empty());
}

#[test]
fn a_broken_link_opens_a_lab_with_a_notice() {
    for broken in ["#v1.", "#v1.AAAA", "#v99999999.xyz", "hello", "#v1.%%%", "#v2.abc"] {
        let mut harness = lab();
        harness.state_mut().open_link(broken);
        harness.run();
        assert_eq!(harness.state().readouts().notices.len(), 1, "{broken}");
        assert!(number(&harness, "weight_1") > 0.0, "{broken} opens a lab that works");
    }
}

#[test]
fn a_link_to_a_file_that_is_not_open_asks_for_it() {
    let mut harness = lab();
    let cloud = r#"{"name":"a.json","hash":"0123456789abcdef","heads":[{"query":[[1,0,0]],"key":[[1,0,0],[0,1,0]],"value":[[1],[2]]}],"labels":["one","two"]}"#;
    harness.state_mut().open_exchange(cloud);
    harness.run();
    assert_eq!(harness.state().readouts().tokens.len(), 3);
    assert!(
        harness.state().readouts().headline.contains("“one”"),
        "{}",
        harness.state().readouts().headline
    );
    let link = link::encode(harness.state().lab());
    let mut elsewhere = lab();
    elsewhere.state_mut().open_link(&link);
    elsewhere.run();
    assert!(
        !elsewhere.state().readouts().notices.is_empty(),
        "the file is asked for"
    );
    elsewhere.state_mut().open_exchange(cloud);
    elsewhere.run();
    assert_eq!(
        elsewhere.state().readouts().numbers,
        harness.state().readouts().numbers,
        "and then all is as it was"
    );
}

#[test]
fn a_large_cloud_fills_its_matrix_by_a_job() {
    let rows: Vec<Vec<f64>> = (0..400)
        .map(|i| vec![f64::from(i % 20) * 0.1, f64::from(i / 20) * 0.1, 0.3])
        .collect();
    let text = serde_json::json!({"name": "big.json", "hash": "00000000000000ff", "heads": [{"query": rows, "key": rows, "value": rows}], "labels": []});
    let mut harness = lab();
    harness.state_mut().open_exchange(&text.to_string());
    for _ in 0..2000 {
        harness.step();
        if harness.render().is_ok()
            && harness
                .query_by_label("Attention matrix, 400 rows, 400 columns")
                .is_some()
        {
            return;
        }
        std::thread::yield_now();
    }
    panic!("the matrix never came");
}

#[test]
fn lists_and_menus_open() {
    let mut harness = lab();
    harness.get_by_label("More").click();
    harness.run();
    harness.get_by_label("Empty board").click();
    harness.run();
    assert_eq!(harness.state().lab().scene.source, Source::Blank);
    harness.get_by_label("Cloud: Empty board").click();
    harness.run();
    harness.get_by_label("Compass").click();
    harness.run();
    assert!(
        (number(&harness, "weight_1") - 4.0 / 9.0).abs() < 1e-12,
        "4 : 2 : 1 : 2"
    );
}

#[test]
fn every_named_command_is_known_and_others_are_not() {
    let mut harness = lab();
    for name in [
        "freeze",
        "theme",
        "theme dark",
        "tool noise",
        "tool move",
        "fit",
        "reset",
        "keys",
        "escape",
        "share",
        "lens 1",
        "ask query 1",
        "erase key 3",
        "undo",
    ] {
        assert!(harness.state_mut().command(name), "{name}");
        harness.run();
    }
    for name in [
        "",
        "dance",
        "erase key 99",
        "tool hammer",
        "lens 0",
        "lens 9",
        "theme pink",
        "erase",
        "ask key 1",
    ] {
        assert!(!harness.state_mut().command(name), "{name}");
    }
    assert!(SaveAs::ALL.len() == 6 && Tool::ALL.len() == 6);
}

#[test]
fn no_size_and_no_theme_breaks_the_picture() {
    for size in [
        [1.0, 1.0],
        [40.0, 900.0],
        [320.0, 200.0],
        [4000.0, 2400.0],
        [700.0, 300.0],
    ] {
        for theme in Theme::ALL {
            let mut harness = app(size, *theme);
            harness.run();
        }
    }
}

#[test]
fn extreme_tokens_do_not_break_the_picture() {
    for at in [[31.999, 31.999], [-31.999, 0.0], [0.0, 0.0]] {
        let mut lab = eigenlens::lab::Lab::default();
        for key in 0..12 {
            lab.move_key(key, GridPoint::from_world(at)).expect("there are 12 keys");
        }
        let harness = on(SIZE, lab);
        assert!(
            harness.state().readouts().headline.contains("every key the same"),
            "{}",
            harness.state().readouts().headline
        );
    }
}

#[test]
fn a_lab_that_begins_with_a_link_has_nothing_to_undo() {
    let mut lab = eigenlens::lab::Lab::default();
    lab.move_key(3, GridPoint::from_world([1.0, -1.0]))
        .expect("there is a key 4");
    let text = link::encode(&lab);
    let mut harness = Harness::builder()
        .with_size(SIZE)
        .with_context_setup(|context| context.set_fonts(eigenlens::look::fonts::definitions()))
        .build_eframe(move |creation| App::of_link(&creation.egui_ctx, &text, eigenlens::app::System::default()));
    harness.run();
    assert_eq!(harness.state().lab().scene, lab.scene);
    assert!(!harness.state().readouts().can_undo && harness.state().readouts().notices.is_empty());
}
