//! Real heads: a sentence, its layers and heads, and what happens while its numbers are on their way.

use std::io::Read as _;

use egui::{Key, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::{App, System, Wish};
use eigenlens::command::{Command, Edit, Tool};
use eigenlens::lab::text::{TEXTS, head_number};
use eigenlens::lab::{GridPoint, Lab, Severity, Source, TextId, Theme, TokenRef, link};

use super::bench::{in_system, number, on};
use super::looks::painted;

const SIZE: [f32; 2] = [1056.0, 900.0];
const ANIMAL: &str = "“it” gives 69\u{a0}% of its attention to “animal”.";

fn opening(size: [f32; 2], theme: Theme) -> Harness<'static, App> {
    let lab = Lab {
        theme: Some(theme),
        ..Lab::opening()
    };
    on(size, lab)
}

fn lab() -> Harness<'static, App> {
    opening(SIZE, Theme::Light)
}

fn headline<'a>(harness: &'a Harness<'_, App>) -> &'a str {
    &harness.state().readouts().headline
}

fn close(ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance, "{ours} and {theirs}");
}

fn click(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run();
}

fn press(harness: &mut Harness<'_, App>, at: Pos2) {
    harness.drag_at(at);
    harness.run();
    harness.drop_at(at);
    harness.run();
}

/// Where a word stands within a named part of the canvas.
fn word(harness: &Harness<'_, App>, word: &str, left_of: f32, below: f32) -> Pos2 {
    let found = painted(harness);
    let (rect, ..) = found
        .iter()
        .find(|(rect, _, words)| words == word && rect.center().x < left_of && rect.center().y > below)
        .unwrap_or_else(|| panic!("“{word}” is not below {below}"));
    rect.center()
}

/// The unpacked numbers of a text, as the page hands them over.
fn numbers_of(id: TextId) -> Vec<u8> {
    let path = format!(
        "{}/assets/data/heads/{}.heads",
        env!("CARGO_MANIFEST_DIR"),
        id.text().key
    );
    let packed = std::fs::File::open(path).expect("the file of the text");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed)
        .read_to_end(&mut bytes)
        .expect("it unpacks");
    bytes
}

/// The app as on the page: the numbers of the texts come later.
fn page(text: &str) -> Harness<'static, App> {
    let system = System {
        texts_outside: true,
        ..System::default()
    };
    let text = text.to_owned();
    in_system(SIZE, system, move |context, system| {
        App::of_link(context, &text, system)
    })
}

#[test]
fn the_opening_lab_says_what_its_head_does() {
    let harness = lab();
    assert_eq!(headline(&harness), ANIMAL);
    let readouts = harness.state().readouts();
    assert_eq!(readouts.spoken, "it gives 69 percent to animal, 10 percent to CLS.");
    assert!(
        readouts.checks.len() == 4 && readouts.checks.iter().all(|check| check.holds),
        "{:?}",
        readouts.checks
    );
    // The numbers of lesson 1.9 that concern softmax.
    close(number(&harness, "weight_1"), 0.687907853054, 6.9e-6);
    close(number(&harness, "weight of key 8"), 0.0538581856996, 5.4e-7);
    close(number(&harness, "heads_mean"), 0.075120808551, 7.5e-7);
    assert_eq!(
        ["layer", "head", "heads_rank", "heads_won"].map(|name| number(&harness, name)),
        [4.0, 2.0, 1.0, 3.0]
    );
    // The board's share and its worst tokens are in words.
    let source = &readouts.numbers["source"].text;
    assert!(
        source.contains("2 of 32 dimensions, 49\u{a0}%") && source.contains("it places “it”, “tired” and “the” worst"),
        "{source}"
    );
    assert!(source.contains("In 69 of the 72 heads"), "{source}");
    assert_eq!(readouts.numbers["output"].text, "(+0.43, +0.82, …), 32 numbers");
}

#[test]
fn sentence_layer_and_head_are_chosen_in_the_strip() {
    let mut harness = lab();
    click(&mut harness, "Layer: 4");
    click(&mut harness, "6");
    assert_eq!(harness.state().lab().scene.head, head_number([5, 1]));
    click(&mut harness, "Head: 2");
    click(&mut harness, "12");
    assert_eq!(harness.state().lab().scene.head, 71);
    // Lesson 1.10.
    close(number(&harness, "weight_1"), 0.658348542663, 6.6e-6);
    close(number(&harness, "weight of key 8"), 0.0230959974776, 2.3e-7);
    harness.get_by_label("Undo: Layer 6, head 12");
    click(&mut harness, "Sentence: pronoun");
    click(&mut harness, "typo");
    let scene = &harness.state().lab().scene;
    assert_eq!(
        (&scene.source, scene.head),
        (&Source::Text(TextId::Typo), 71),
        "the head stays"
    );
    harness.get_by_label("Undo: Read “typo”");
    click(&mut harness, "√D = 5.66");
    click(&mut harness, "½√D");
    close(number(&harness, "temperature"), 8_f64.sqrt(), 1e-3);
}

#[test]
fn the_map_opens_a_head_by_hand_and_by_key() {
    let mut harness = lab();
    let title = "72 heads: weight of “animal” for “it”. layer 4, head 2 is on the board";
    harness.get_by_label(title);
    harness.get_by_label("layer 4, head 2: 69\u{a0}%");
    click(&mut harness, "layer 6, head 12: 66\u{a0}%");
    assert_eq!(harness.state().lab().scene.head, 71);
    assert_eq!(headline(&harness), "“it” gives 66\u{a0}% of its attention to “animal”.");
    harness.key_press(Key::OpenBracket);
    harness.run();
    assert_eq!(harness.state().lab().scene.head, 70);
    for _ in 0..2 {
        harness.key_press(Key::CloseBracket);
        harness.run();
    }
    assert_eq!(harness.state().lab().scene.head, 71, "after the last there is none");
    let cells = harness.get_by_label_contains("is on the board").rect();
    press(&mut harness, cells.left_top() + vec2(4.0, 4.0));
    assert_eq!(harness.state().lab().scene.head, 0);
    harness.get_by_label_contains("is on the board").focus();
    harness.run();
    for (key, head) in [
        (Key::ArrowDown, 12),
        (Key::ArrowRight, 13),
        (Key::ArrowUp, 1),
        (Key::ArrowUp, 1),
        (Key::ArrowLeft, 0),
        (Key::ArrowLeft, 0),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().lab().scene.head, head, "{key:?}");
    }
}

#[test]
fn a_word_of_the_row_and_of_the_matrix_asks_when_it_is_pressed() {
    let mut harness = lab();
    let board = harness.state().place("board").expect("a board");
    let row = word(&harness, "street", board.right(), board.bottom());
    press(&mut harness, row);
    assert_eq!(harness.state().lab().scene.asking, 7);
    assert!(
        headline(&harness).starts_with("“street” gives "),
        "{}",
        headline(&harness)
    );
    harness.get_by_label("Undo: Ask with “street”");
    let found = painted(&harness);
    let (name, ..) = found
        .iter()
        .find(|(rect, _, words)| words == "tired" && rect.left() > board.right())
        .expect("a row of the matrix");
    let name = name.center();
    press(&mut harness, name);
    assert_eq!(harness.state().lab().scene.asking, 12);
    // On the board a key asks as its own word.
    let key = harness.state().place("key 3").expect("a key").center();
    press(&mut harness, key);
    assert_eq!(harness.state().lab().scene.asking, 2);
}

#[test]
fn a_key_of_a_real_head_can_be_dragged() {
    let mut harness = lab();
    let values = number(&harness, "weight_1");
    let from = harness.state().place("key 3").expect("a key").center();
    harness.drag_at(from);
    harness.run();
    for step in 1..=4 {
        harness.hover_at(from + vec2(-30.0, 25.0) * step as f32);
        harness.run();
    }
    harness.drop_at(from + vec2(-120.0, 100.0));
    harness.run();
    let now = harness.state().place("key 3").expect("a key").center();
    assert!((now - from - vec2(-120.0, 100.0)).length() < 1.0, "{from:?} {now:?}");
    assert!(
        number(&harness, "weight of key 3") < 0.5 * values,
        "away from the query it counts less"
    );
    let there = harness.state().lab().clone();
    assert_eq!(link::decode(&link::encode(&there)), (there, None));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(headline(&harness), ANIMAL);
}

#[test]
fn without_a_link_the_real_head_takes_the_place_of_the_toy_cloud_when_it_comes() {
    let mut harness = page("");
    assert_eq!(harness.state().lab(), &Lab::default());
    assert!(harness.state().awaits_opening());
    assert!(harness.state().awaits_text(TextId::Pronoun));
    harness.state_mut().run(vec![Command::Theme(Theme::Dark)], 0.0);
    harness.run();
    harness.state_mut().take_wishes();
    harness
        .state_mut()
        .open_text(TextId::Pronoun, &numbers_of(TextId::Pronoun));
    harness.run();
    assert_eq!(headline(&harness), ANIMAL);
    assert!(!harness.state().awaits_opening() && !harness.state().readouts().can_undo);
    assert_eq!(harness.state().lab().theme, Some(Theme::Dark), "how one looks stays");
    let told = |wish: &Wish| matches!(wish, Wish::Link { .. });
    assert!(
        !harness.state_mut().take_wishes().iter().any(told),
        "nobody did anything"
    );
}

#[test]
fn what_the_person_has_begun_stays() {
    let moved = Command::Edit(Edit::Move(TokenRef::Key(0), GridPoint::from_world([1.0, 1.0])));
    for touch in [moved, Command::Tool(Tool::Noise), Command::Pick(TokenRef::Key(1))] {
        let mut harness = page("");
        harness.state_mut().run(vec![touch.clone()], 0.0);
        let before = harness.state().lab().clone();
        harness
            .state_mut()
            .open_text(TextId::Pronoun, &numbers_of(TextId::Pronoun));
        harness.run();
        assert_eq!(harness.state().lab(), &before, "{touch:?}");
    }
    // A gesture that has only begun counts.
    let mut harness = page("");
    let key = harness.state().place("key 3").expect("a key").center();
    harness.drag_at(key);
    harness.run();
    harness
        .state_mut()
        .open_text(TextId::Pronoun, &numbers_of(TextId::Pronoun));
    harness.run();
    assert_eq!(harness.state().lab().scene.source, Lab::default().scene.source);
    // A link, also one to the very lab that stands in, is never overridden; a host page may send it later.
    let default = link::encode(&Lab::default());
    for harness in [&mut page(&default), &mut page("")] {
        harness.state_mut().open_link(&default);
        harness
            .state_mut()
            .open_text(TextId::Pronoun, &numbers_of(TextId::Pronoun));
        harness.run();
        assert_eq!(harness.state().lab(), &Lab::default());
    }
}

#[test]
fn a_link_to_a_text_says_that_it_loads_and_shows_itself() {
    let mut lab = Lab::of(Source::Text(TextId::Bank));
    lab.move_key(3, GridPoint::from_world([1.0, 1.0]))
        .expect("there is a key");
    lab.freeze();
    lab.ask(2).expect("there is a query");
    let mut harness = page(&link::encode(&lab));
    assert!(harness.state().awaits_text(TextId::Bank) && !harness.state().awaits_text(TextId::Pronoun));
    assert_eq!(headline(&harness), "“bank” is not here yet.");
    harness.state_mut().text_progress(TextId::Bank, 43);
    harness.run();
    assert_eq!(headline(&harness), "Loading “bank”: 43\u{a0}%.");
    harness.state_mut().open_text(TextId::Bank, &numbers_of(TextId::Bank));
    harness.run();
    assert!(
        headline(&harness).starts_with("“bank” gives "),
        "{}",
        headline(&harness)
    );
    assert_eq!(harness.state().lab(), &lab);
    assert!(!harness.state().awaits_text(TextId::Bank));
    // Undo leads to a text that is here, redo to one that is still on its way.
    let select = Command::Edit(Edit::Select(Source::Text(TextId::Typo)));
    for command in [select, Command::Undo, Command::Redo] {
        harness.state_mut().run(vec![command], 0.0);
        harness.run();
    }
    assert!(harness.state().awaits_text(TextId::Typo));
    assert_eq!(headline(&harness), "“typo” is not here yet.");
}

#[test]
fn a_text_that_does_not_come_leaves_a_notice_and_everything_else() {
    let mut harness = page("");
    harness
        .state_mut()
        .text_failed(TextId::Pronoun, "there is no connection");
    harness.run();
    assert_eq!(harness.state().lab(), &Lab::default());
    let notice = harness.state().readouts().notices.first().cloned().expect("a notice");
    assert_eq!(
        (notice.severity, notice.what.as_str(), notice.place.as_str()),
        (
            Severity::Error,
            "The sentence “pronoun” did not load",
            "There is no connection."
        )
    );
    harness.run();
    assert!(
        !harness.state().awaits_text(TextId::Pronoun),
        "it is not asked for again and again"
    );
    let select = || vec![Command::Edit(Edit::Select(Source::Text(TextId::Pronoun)))];
    harness.state_mut().run(select(), 0.0);
    harness.run();
    assert!(harness.state().awaits_text(TextId::Pronoun), "choosing it tries again");
    harness
        .state_mut()
        .text_failed(TextId::Pronoun, "the server answered 503");
    harness.run();
    harness.state_mut().run(select(), 0.0);
    harness.run();
    assert!(harness.state().awaits_text(TextId::Pronoun), "also while it is chosen");
    // Half a file is no text; the whole one takes the notice away.
    let bytes = numbers_of(TextId::Pronoun);
    harness.state_mut().open_text(TextId::Pronoun, &bytes[..1000]);
    harness.run();
    assert!(
        harness
            .state()
            .readouts()
            .notices
            .iter()
            .any(|notice| notice.place.contains("1000 bytes came"))
    );
    harness.state_mut().open_text(TextId::Pronoun, &bytes);
    harness.run();
    assert_eq!(
        (headline(&harness), harness.state().readouts().notices.len()),
        (ANIMAL, 0)
    );
}

#[test]
fn real_heads_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 780.0]),
        ("816x700", [816.0, 700.0]),
    ] {
        for theme in Theme::ALL {
            let mut harness = opening(size, *theme);
            let image = harness.render().expect("a picture");
            assert!(image.pixels().any(|pixel| pixel != image.get_pixel(0, 0)));
            image
                .save(folder.join(format!("text-{name}-{}.png", theme.key())))
                .expect("a file");
        }
    }
    let mut harness = page("");
    harness
        .state_mut()
        .text_failed(TextId::Pronoun, "there is no connection");
    harness.run();
    let image = harness.render().expect("a picture");
    image.save(folder.join("text-failed.png")).expect("a file");
    let select = Command::Edit(Edit::Select(Source::Text(TextId::Story)));
    harness.state_mut().run(vec![select, Command::Dismiss(0)], 0.0);
    harness.run();
    harness.state_mut().text_progress(TextId::Story, 43);
    harness.run();
    let image = harness.render().expect("a picture");
    image.save(folder.join("text-coming.png")).expect("a file");
    let mut harness = opening([390.0, 780.0], Theme::Light);
    click(&mut harness, "Heads");
    let image = harness.render().expect("a picture");
    image.save(folder.join("text-phone-heads.png")).expect("a file");
    for text in TEXTS {
        let mut harness = on([1440.0, 900.0], Lab::of(Source::Text(text.id)));
        let image = harness.render().expect("a picture");
        image
            .save(folder.join(format!("text-{}.png", text.key)))
            .expect("a file");
    }
}
