//! A lesson as it is given: steps by keys, a guess before the truth, what is locked, and how it looks.

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};
use eigenlens_words::lesson;

use super::bench::{number, on};
use super::looks::{SIZES, check_inside, check_texts};

pub(crate) const LESSON: &str = include_str!("lesson.toml");
const SIZE: [f32; 2] = [1056.0, 900.0];

/// The lesson of the tests, from a step on.
pub(crate) fn given(size: [f32; 2], theme: Theme, step: usize) -> Harness<'static, App> {
    presented(lesson::read(LESSON).expect("a lesson"), size, theme, step)
}

/// Any lesson, from a step on.
fn presented(lesson: lesson::Lesson, size: [f32; 2], theme: Theme, step: usize) -> Harness<'static, App> {
    let lab = Lab {
        theme: Some(theme),
        ..Lab::default()
    };
    let mut harness = on(size, lab);
    harness.state_mut().give("lesson.toml", lesson, step);
    harness.run_steps(6);
    harness
}

fn step(harness: &Harness<'_, App>) -> usize {
    harness.state().readouts().lesson.as_ref().expect("a lesson").step
}

fn press(harness: &mut Harness<'_, App>, key: Key) {
    harness.key_press(key);
    harness.run_steps(6);
}

#[test]
fn keys_alone_lead_through_a_lesson() {
    let mut harness = given(SIZE, Theme::Light, 1);
    assert_eq!((step(&harness), harness.state().lab().lens), (1, LensId::Softmax));
    press(&mut harness, Key::PageDown);
    assert_eq!(step(&harness), 2);
    // The second asks: the next press shows the truth, the one after goes on.
    assert!(harness.state().readouts().numbers.is_empty(), "the truth is nowhere");
    press(&mut harness, Key::PageDown);
    assert_eq!(step(&harness), 2);
    assert!(number(&harness, "weight of key 1") > 0.6);
    press(&mut harness, Key::Space);
    assert_eq!(step(&harness), 3);
    press(&mut harness, Key::PageUp);
    assert_eq!(step(&harness), 2);
    press(&mut harness, Key::End);
    assert_eq!(step(&harness), 6);
    press(&mut harness, Key::PageDown);
    press(&mut harness, Key::PageDown);
    assert_eq!(step(&harness), 6, "a clicker does not run on into the exercises");
    press(&mut harness, Key::Home);
    assert_eq!(step(&harness), 1);
}

#[test]
fn a_guess_is_dragged_and_the_gap_is_said() {
    let mut harness = given(SIZE, Theme::Light, 2);
    harness.get_by_label("I drag the query to twice its length. Draw the bars.");
    let bar = harness
        .get_by_label("your guess, weight of key 1, 0.50")
        .rect()
        .center();
    harness.drag_at(bar);
    harness.run_steps(2);
    harness.hover_at(bar - egui::vec2(0.0, 60.0));
    harness.run_steps(2);
    harness.drop_at(bar - egui::vec2(0.0, 60.0));
    harness.run_steps(2);
    assert!(
        harness.query_by_label("your guess, weight of key 1, 0.50").is_none(),
        "it went up"
    );
    harness.get_by_label("Reveal").click();
    harness.run_steps(6);
    let headline = harness.state().readouts().spoken.clone();
    assert!(
        headline.starts_with("You guessed ") && headline.contains("It is ") && headline.contains("The gap is "),
        "{headline}"
    );
    let answers = harness.state().answers_csv().expect("answers");
    assert!(answers.starts_with("step,question,guess,truth,off\r\n2,"), "{answers}");
    harness.get_by_label("Guess again").click();
    harness.run_steps(6);
    assert!(harness.state().readouts().numbers.is_empty());
}

#[test]
fn exercises_come_in_the_variant_of_a_seed() {
    let mut harness = given(SIZE, Theme::Light, 6);
    press(&mut harness, Key::PageDown);
    harness.get_by_label("Exercises").click();
    harness.run_steps(6);
    assert_eq!(step(&harness), 7);
    let question = |x: u8| format!("Keys (2, 0) and (0, 2), query ({x}, 0). What is the row?");
    harness.get_by_label(&question(1));
    assert!(harness.state().readouts().numbers.is_empty(), "the truth is nowhere");
    // Its title is a name and no answer.
    harness.get_by_label("Exercise 1: Twice as long");
    press(&mut harness, Key::PageDown);
    let first = number(&harness, "weight of key 1");
    assert!(
        harness
            .state()
            .answers_csv()
            .expect("answers")
            .contains("\r\n\"exercise 1, seed 0\",")
    );
    harness.get_by_label("Another").click();
    harness.run_steps(6);
    harness.get_by_label(&question(2));
    assert_eq!(
        harness.state().answers_csv().ok(),
        None,
        "the answer was one of another variant"
    );
    press(&mut harness, Key::PageDown);
    assert!(number(&harness, "weight of key 1") > first + 0.05);
    press(&mut harness, Key::PageDown);
    assert_eq!(step(&harness), 8);
    assert!(
        harness.query_by_label("Another").is_none(),
        "the second has one variant"
    );
    press(&mut harness, Key::PageDown);
    press(&mut harness, Key::PageDown);
    assert_eq!(step(&harness), 8, "there is no further exercise");
    // The seed is the student's, and stays.
    let mut harness = on(SIZE, Lab::default());
    harness.state_mut().set_exercise_seed(7);
    let lesson = lesson::read(LESSON).expect("a lesson");
    harness.state_mut().give("lesson.toml", lesson, 7);
    harness.run_steps(6);
    harness.get_by_label(&question(2));
    assert_eq!(harness.state().readouts().lesson.as_ref().expect("a lesson").seed, 7);
}

#[test]
fn what_a_step_locks_stays() {
    let mut harness = given(SIZE, Theme::Light, 1);
    let before = harness.state().lab().clone();
    for name in ["lens 2", "move key 1 3 0", "cloud clock", "erase key 1"] {
        harness.state_mut().command(name);
        harness.run_steps(2);
        assert_eq!(harness.state().lab(), &before, "{name}");
    }
    harness.state_mut().command("move query 1 1 1");
    harness.run_steps(2);
    assert_ne!(harness.state().lab(), &before, "the query is free");
    harness.state_mut().command("lesson close");
    harness.state_mut().command("lens 2");
    harness.run_steps(2);
    assert_eq!(harness.state().lab().lens, LensId::Smoother);
}

#[test]
fn a_broken_step_says_so_and_the_others_work() {
    let mut lesson = lesson::read(LESSON).expect("a lesson");
    lesson.steps[1].state = vec!["cloud nowhere".to_owned()];
    let mut harness = on(SIZE, Lab::default());
    harness.state_mut().give("lesson.toml", lesson, 2);
    harness.run_steps(6);
    harness.get_by_label_contains("Step 2 of the lesson cannot be shown");
    harness.state_mut().command("lesson step 3");
    harness.run_steps(6);
    assert!(harness.query_by_label_contains("cannot be shown").is_none());
    assert_eq!(step(&harness), 3);
}

/// Every step and exercise, before and after its truth is shown.
fn each_look(size: [f32; 2], theme: Theme, mut see: impl FnMut(&mut Harness<'static, App>, &str)) {
    for at in 1..=8 {
        let mut harness = given(size, theme, at);
        see(&mut harness, &format!("lesson-{at}"));
        if harness.state_mut().command("lesson reveal") {
            harness.run_steps(6);
            see(&mut harness, &format!("lesson-{at}-revealed"));
        }
    }
}

#[test]
fn no_text_leaves_its_place_or_meets_another() {
    for theme in [Theme::Light, Theme::Dark, Theme::Projector] {
        for size in SIZES {
            each_look(size, theme, |harness, name| {
                // A guess is drawn over the names of the board, wherever it is.
                if name.contains("-3") || name.contains("-4") {
                    check_inside(harness, size, theme);
                } else {
                    check_texts(harness, size, theme);
                }
            });
        }
    }
}

#[test]
fn the_frame_of_a_deck_has_room_for_what_it_shows() {
    for source in [Source::Text(TextId::Pronoun), Source::Preset(PresetId::ThreeGroups)] {
        for height in [500.0, 560.0, 620.0] {
            let size = [900.0, height];
            let mut harness = on(size, Lab::of(source.clone()));
            harness.run_steps(6);
            check_texts(&harness, size, Theme::Light);
        }
    }
}

#[test]
fn pictures() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (size, theme) in [
        ([1440.0, 900.0], Theme::Light),
        ([1280.0, 720.0], Theme::Projector),
        ([1920.0, 1080.0], Theme::Projector),
        ([1280.0, 720.0], Theme::Dark),
        ([390.0, 844.0], Theme::Light),
    ] {
        each_look(size, theme, |harness, name| {
            let [width, height] = size;
            let image = harness.render().expect("a picture");
            let file = folder.join(format!("{name}-{width}x{height}-{}.png", theme.key()));
            image.save(file).expect("a screenshot");
        });
    }
}

/// The lessons of the app.
fn shipped() -> Vec<(String, lesson::Lesson)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons");
    let files = std::fs::read_dir(folder).expect("the lessons");
    let paths = files.map(|file| file.expect("a file").path());
    let lessons = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a lesson");
        (path.display().to_string(), lesson::read(&text).expect("a lesson"))
    };
    lessons.map(read).collect()
}

/// A step that asks, and its answers.
fn asks(step: &lesson::Step) -> Option<&[String]> {
    match &step.ask.as_ref()?.guess {
        lesson::Guess::Choice { options, .. } => Some(options),
        _ => Some(&[]),
    }
}

/// The first words of every answer are on the wall, however long the question.
#[test]
fn a_question_leaves_room_for_its_answers() {
    let mut asked = 0;
    for (path, lesson) in shipped() {
        for (at, step) in lesson.steps.iter().enumerate() {
            let Some(options) = asks(step).filter(|options| !options.is_empty()) else {
                continue;
            };
            let harness = presented(lesson.clone(), [1280.0, 720.0], Theme::Projector, at + 1);
            for option in options {
                let start: String = option.chars().take(6).collect();
                let answer = harness.query_all_by(|node| {
                    let label = node.label().unwrap_or_default();
                    node.role() == egui::accesskit::Role::Button && label.starts_with(start.trim_end_matches(' '))
                });
                assert!(answer.count() > 0, "{path}, step {}: “{option}”", at + 1);
            }
            asked += 1;
        }
    }
    assert!(asked > 20, "{asked}");
}

/// Whoever answers on a phone reads all of the question and of the answers.
#[test]
fn a_phone_shows_whole_questions() {
    let mut asked = 0;
    for (path, lesson) in shipped() {
        for (at, step) in lesson.steps.iter().chain(&lesson.exercises).enumerate() {
            let Some(options) = asks(step) else { continue };
            let harness = presented(lesson.clone(), [390.0, 844.0], Theme::Light, at + 1);
            let mut all = Vec::new();
            for clipped in &harness.output().shapes {
                galleys(&clipped.shape, &mut all);
            }
            assert!(!all.iter().any(|galley| galley.elided), "{path}, step {}", at + 1);
            // What a variant fills in has other words.
            for option in options.iter().filter(|option| !option.contains("{=")) {
                assert!(
                    all.iter().any(|galley| galley.text() == option),
                    "{path}, step {}: “{option}”",
                    at + 1
                );
            }
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}");
}

/// Everything that is written.
fn galleys(shape: &egui::Shape, found: &mut Vec<std::sync::Arc<egui::Galley>>) {
    match shape {
        egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| galleys(shape, found)),
        egui::Shape::Text(text) => found.push(std::sync::Arc::clone(&text.galley)),
        _ => {}
    }
}
