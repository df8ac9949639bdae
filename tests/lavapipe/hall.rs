//! What helps in a hall: the presenter's window, the QR code, laser and pen, the last keys.

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::lab::{Lab, Theme};
use eigenlens_words::lesson;

use super::bench::{on, picture};
use super::lesson::{LESSON, given};

fn press(harness: &mut Harness<'_, App>, key: Key) {
    harness.key_press(key);
    harness.run_steps(4);
}

#[test]
fn the_presenter_leads_the_audience() {
    let mut harness = given([1600.0, 1000.0], Theme::Light, 1);
    assert!(harness.state_mut().command("aid presenter"));
    harness.run_steps(6);
    let step = |harness: &Harness<'_, App>| harness.state().readouts().lesson.as_ref().expect("a lesson").step;
    picture(&mut harness, "presenter");
    // The steps, their titles included: the lecturer knows the answers.
    let title = format!("Step 2: {}", lesson::read(LESSON).expect("a lesson").steps[1].title);
    let rows = harness.get_all_by_label(&title).count();
    assert_eq!(rows, 1, "{title}");
    harness.get_by_label(&title).click();
    harness.run_steps(6);
    assert_eq!(step(&harness), 2);
    press(&mut harness, Key::PageDown);
    press(&mut harness, Key::PageDown);
    assert_eq!(step(&harness), 3);
    assert!(harness.state_mut().command("aid presenter"));
    harness.run_steps(4);
    assert!(harness.query_by_label("Restart the timer").is_none());
}

#[test]
fn a_title_that_tells_is_hidden_until_the_reveal() {
    let mut harness = given([1056.0, 900.0], Theme::Light, 2);
    let title = lesson::read(LESSON).expect("a lesson").steps[1].title.clone();
    assert!(harness.query_by_label_contains(&title).is_none(), "{title}");
    harness.get_by_label("Step 2, with a question");
    press(&mut harness, Key::PageDown);
    harness.get_by_label(&format!("Step 2: {title}"));
}

#[test]
fn the_code_is_of_the_step_and_says_what_is_wrong_with_its_address() {
    let mut harness = on([1056.0, 900.0], Lab::default());
    harness.state_mut().command("aid code");
    harness.run_steps(4);
    picture(&mut harness, "code-none");
    press(&mut harness, Key::Escape);
    harness.state_mut().set_address("https://example.org/lab/".to_owned());
    harness.state_mut().command("aid code");
    harness.run_steps(4);
    let link = eigenlens::lab::link::encode(harness.state().lab());
    harness.get_by_label(&format!("QR code of https://example.org/lab/{link}"));
    picture(&mut harness, "code");
    press(&mut harness, Key::Escape);
    assert!(harness.query_by_label_contains("QR code of").is_none());
    assert!(harness.state_mut().give_shipped("3-robust-split", 2));
    harness.run_steps(6);
    harness.state_mut().command("aid code");
    harness.run_steps(4);
    harness.get_by_label("QR code of https://example.org/lab/?lesson=3-robust-split&step=2");
}

#[test]
fn the_pen_moves_no_token() {
    let mut harness = given([1056.0, 900.0], Theme::Light, 1);
    let before = harness.state().lab().clone();
    press(&mut harness, Key::D);
    harness.get_by_label("Pen");
    let at = harness.state().place("query 1").expect("a query").center();
    harness.drag_at(at);
    harness.run_steps(2);
    for i in 1..6 {
        harness.hover_at(at + egui::vec2(20.0 * i as f32, 6.0 * (i * i) as f32));
        harness.run_steps(1);
    }
    picture(&mut harness, "pen");
    harness.drop_at(at + egui::vec2(120.0, 200.0));
    harness.run_steps(2);
    assert_eq!(harness.state().lab(), &before);
    press(&mut harness, Key::Escape);
    assert!(harness.query_by_label("Pen").is_none());
    press(&mut harness, Key::L);
    harness.state_mut().command("aid last-keys");
    press(&mut harness, Key::T);
    harness.hover_at(at);
    harness.run_steps(1);
    assert_eq!(
        harness.state().readouts().theme,
        "dark",
        "what is shown is heard as well"
    );
    picture(&mut harness, "laser");
}

/// Writes into a field, in place of what stands there.
fn write(harness: &mut Harness<'_, App>, label: &str, text: &str) {
    harness.get_by_label(label).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.get_by_label(label).type_text(text);
    harness.run_steps(2);
}

fn click(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(6);
}

#[test]
fn a_lesson_is_authored_saved_reopened_and_presented_with_keys_only() {
    let mut harness = on([1600.0, 1000.0], Lab::default());
    assert!(harness.state_mut().command("aid author"));
    harness.run_steps(4);
    assert!(
        harness
            .state()
            .draft_toml()
            .expect_err("it has no step")
            .contains("0 steps")
    );
    click(&mut harness, "Add this state");
    write(&mut harness, "Title of the lesson", "Two states");
    write(&mut harness, "Title of the step", "Three groups");
    write(&mut harness, "Claim", "The query looks at one of them.");
    write(&mut harness, "Notes for the lecturer", "Wait for an answer.");
    // Another state, by the lab's own controls.
    harness.state_mut().command("move query 1 1.5 0.5");
    harness.state_mut().command("lens 2");
    harness.run_steps(4);
    let moved = harness.state().lab().clone();
    click(&mut harness, "Add this state");
    write(&mut harness, "Title of the step", "The query moved");
    picture(&mut harness, "author");
    click(&mut harness, "Earlier");
    let text = harness.state().draft_toml().expect("a file");
    let lesson = lesson::read(&text).expect("a lesson");
    let titles: Vec<&str> = lesson.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(
        (lesson.title.as_str(), titles),
        ("Two states", vec!["The query moved", "Three groups"])
    );
    assert_eq!(lesson.steps[1].notes, "Wait for an answer.");
    click(&mut harness, "Preview");
    assert_eq!(
        harness.state().readouts().lesson.as_ref().map(|lesson| lesson.step),
        Some(1)
    );
    // In another window the file is opened as it was saved, and led through by keys alone.
    let file = tempfile::tempdir().expect("a folder");
    let path = file.path().join("two-states.toml");
    std::fs::write(&path, &text).expect("a file");
    let mut harness = on([1600.0, 1000.0], Lab::default());
    harness.state_mut().open_path(&path);
    harness.run_steps(6);
    let shown = |harness: &Harness<'_, App>| {
        let lesson = harness.state().readouts().lesson.clone().expect("a lesson");
        (lesson.name, lesson.step, lesson.of)
    };
    assert_eq!(shown(&harness), ("two-states".to_owned(), 1, 2));
    assert_eq!(
        (harness.state().lab().lens, &harness.state().lab().scene),
        (moved.lens, &moved.scene)
    );
    press(&mut harness, Key::PageDown);
    assert_eq!(shown(&harness).1, 2);
    assert_eq!(harness.state().lab().scene, Lab::default().scene);
    press(&mut harness, Key::Home);
    assert_eq!(shown(&harness).1, 1);
}
