//! The smoother lens: its switch, its ratios under the hand, and its pictures.

use egui::{Key, Pos2, Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit};
use eigenlens::lab::{Choices, Lab, LensId, PresetId, SmootherForm, Source, Theme, link};

use super::bench::{number, on};

fn lab(preset: PresetId, form: SmootherForm, theme: Theme) -> Lab {
    Lab {
        lens: LensId::Smoother,
        theme: Some(theme),
        choices: Choices {
            smoother: form,
            ..Choices::default()
        },
        ..Lab::of(Source::Preset(preset))
    }
}

/// A picture, left in `screenshots/` for a person to look at.
fn keep(harness: &mut Harness<'_, App>, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let image = harness.render().expect("a picture");
    assert!(
        image.pixels().any(|pixel| pixel != image.get_pixel(0, 0)),
        "{name} is not empty"
    );
    image.save(folder.join(format!("smoother-{name}.png"))).expect("a file");
}

#[test]
fn the_smoother_can_be_looked_at() {
    for (name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 844.0]),
        ("816x700", [816.0, 700.0]),
    ] {
        for theme in Theme::ALL {
            let mut harness = on(size, lab(PresetId::ThreeGroups, SmootherForm::Dot, *theme));
            keep(&mut harness, &format!("{name}-{}", theme.key()));
        }
    }
}

/// A head of `n` words of which each is key and query, of 16 dimensions.
fn head(n: u32) -> String {
    let row = |i: u32, d: u32| f64::from((i * 37 + d * 11 + i * d) % 17) / 8.0 - 1.0;
    let rows: Vec<Vec<f64>> = (0..n).map(|i| (0..16).map(|d| row(i, d)).collect()).collect();
    let words = [
        "[CLS]", "the", "animal", "did", "not", "cross", "the", "street", "because", "it", "was", "too", "tired", ".",
        "[SEP]",
    ];
    let labels: Vec<String> = (0..n as usize).map(|i| words[i % words.len()].to_owned()).collect();
    let head = serde_json::json!({"query": rows, "key": rows, "value": rows});
    serde_json::json!({"name": "head.json", "hash": format!("{n:016x}"), "heads": [head], "labels": labels}).to_string()
}

fn open(harness: &mut Harness<'_, App>, cloud: &str) {
    harness.state_mut().open_exchange(cloud);
    harness.state_mut().command("lens 2");
    harness.run();
}

#[test]
fn the_smoothers_states_can_be_looked_at() {
    for form in [SmootherForm::NadarayaWatson, SmootherForm::DotWithBias] {
        let mut harness = on([1440.0, 900.0], lab(PresetId::ThreeGroups, form, Theme::Light));
        keep(&mut harness, form.key());
    }
    for (name, preset) in [("compass", PresetId::Compass), ("ray", PresetId::TwoOnARay)] {
        let mut harness = on([1280.0, 720.0], lab(preset, SmootherForm::Dot, Theme::Light));
        keep(&mut harness, name);
    }
    for (name, size, words, theme) in [
        ("words", [1440.0, 900.0], 15, Theme::Light),
        ("words-720", [1280.0, 720.0], 15, Theme::Dark),
        ("words-hall", [1280.0, 720.0], 15, Theme::Projector),
        ("words-phone", [390.0, 844.0], 15, Theme::Light),
        ("82", [1440.0, 900.0], 82, Theme::Light),
        ("1024", [1440.0, 900.0], 1024, Theme::Light),
    ] {
        let mut harness = on(size, lab(PresetId::ThreeGroups, SmootherForm::Dot, theme));
        open(&mut harness, &head(words));
        keep(&mut harness, name);
    }
    let mut harness = on(
        [1280.0, 720.0],
        lab(PresetId::ThreeGroups, SmootherForm::Dot, Theme::Light),
    );
    harness
        .state_mut()
        .run(vec![Command::Edit(Edit::Select(Source::Blank))], 0.0);
    harness.run();
    keep(&mut harness, "empty");
}

fn dot() -> Harness<'static, App> {
    on(
        [1056.0, 900.0],
        lab(PresetId::ThreeGroups, SmootherForm::Dot, Theme::Light),
    )
}

fn place(harness: &Harness<'_, App>, name: &str) -> Rect {
    harness
        .state()
        .place(name)
        .unwrap_or_else(|| panic!("{name} is somewhere"))
}

const DOT: f64 = 0.19643054978749186;
const DISTANCE: f64 = 0.08667660463356999;

#[test]
fn each_position_of_the_switch_draws_its_row() {
    let mut harness = on(
        [1536.0, 900.0],
        lab(PresetId::ThreeGroups, SmootherForm::Dot, Theme::Light),
    );
    for (word, form, weight) in [
        ("Nadaraya–Watson", SmootherForm::NadarayaWatson, DISTANCE),
        ("dot product + bias", SmootherForm::DotWithBias, DISTANCE),
        ("dot product", SmootherForm::Dot, DOT),
    ] {
        harness.get_by_label(&format!("Weigh by {word}")).click();
        harness.run();
        assert_eq!(harness.state().lab().choices.smoother, form);
        assert!((number(&harness, "weight of key 6") - weight).abs() < 1e-15, "{word}");
        let checks = &harness.state().readouts().checks;
        assert!(
            checks.len() == 4 && checks.iter().all(|check| check.holds),
            "{checks:?}"
        );
        let (back, notice) = link::decode(&link::encode(harness.state().lab()));
        assert_eq!((back.choices.smoother, notice), (form, None), "the link keeps it");
    }
    harness.state_mut().run(vec![Command::Undo], 0.0);
    harness.run();
    assert_eq!(
        harness.state().lab().choices.smoother,
        SmootherForm::DotWithBias,
        "a choice is an edit"
    );
}

#[test]
fn the_switch_is_on_the_phone_and_under_a_key() {
    let mut phone = on(
        [390.0, 844.0],
        lab(PresetId::ThreeGroups, SmootherForm::Dot, Theme::Light),
    );
    phone.get_by_label("Weigh by distance").click();
    phone.run();
    assert_eq!(phone.state().lab().choices.smoother, SmootherForm::NadarayaWatson);
    let mut harness = dot();
    for form in [
        SmootherForm::NadarayaWatson,
        SmootherForm::DotWithBias,
        SmootherForm::Dot,
    ] {
        harness.key_press(Key::C);
        harness.run();
        assert_eq!(harness.state().lab().choices.smoother, form);
    }
    for form in SmootherForm::ALL {
        assert!(harness.state_mut().command(&format!("smoother {}", form.key())));
        assert_eq!(harness.state().lab().choices.smoother, form);
    }
    assert!(!harness.state_mut().command("smoother nonsense"));
    harness.state_mut().command("lens 1");
    harness.run();
    assert!(
        !harness.state_mut().command("switch"),
        "a lens without a switch leaves the key"
    );
}

#[test]
fn a_key_that_is_dragged_outwards_gains() {
    let mut harness = dot();
    let before = number(&harness, "ratio of key 6");
    assert!((before - DOT / DISTANCE).abs() < 1e-12);
    let from = place(&harness, "key 6").center();
    harness.drag_at(from);
    harness.run();
    let mut last = before;
    for step in 1..=4_i16 {
        harness.hover_at(from + vec2(0.0, -12.0 * f32::from(step)));
        harness.run();
        let ratio = number(&harness, "ratio of key 6");
        assert!(ratio > last, "step {step}: {ratio} after {last}");
        last = ratio;
    }
    harness.drop_at(from + vec2(0.0, -48.0));
    harness.run();
    assert!(number(&harness, "weight of key 6") > DOT, "its disc grows");
    assert!(
        number(&harness, "distance weight of key 6") < DISTANCE,
        "its ring shrinks"
    );
    let text = &harness.state().readouts().numbers["ratio_1"].text;
    assert!(
        harness
            .state()
            .readouts()
            .headline
            .contains(&format!("k₆ gets {text} times")),
        "{}",
        harness.state().readouts().headline
    );
}

/// Whether two pictures differ within a rectangle.
fn differ(a: &image::RgbaImage, b: &image::RgbaImage, rect: Rect) -> bool {
    let span = |from: f32, to: f32| from as u32..to as u32;
    span(rect.left(), rect.right())
        .any(|x| span(rect.top(), rect.bottom()).any(|y| a.get_pixel(x, y) != b.get_pixel(x, y)))
}

#[test]
fn a_key_that_is_pointed_at_lights_up_everywhere() {
    let mut harness = dot();
    let resting = harness.render().expect("a picture");
    let (bias, weights, length) = (
        place(&harness, "bias"),
        place(&harness, "weights"),
        place(&harness, "length"),
    );
    let key = Rect::from_center_size(place(&harness, "key 3").center(), vec2(34.0, 34.0));
    let column = |rect: Rect| pos2(rect.left() + 2.5 / 12.0 * rect.width(), rect.top() + 12.0);
    let row = |rect: Rect| pos2(rect.left() + 60.0, rect.top() + 2.5 / 12.0 * rect.height());
    let far: [Pos2; 3] = [column(bias), row(weights), key.center()];
    for at in far {
        harness.hover_at(at);
        harness.run();
        let lit = harness.render().expect("a picture");
        for (name, rect) in [("key 3", key), ("bias", bias), ("weights", weights), ("length", length)] {
            assert!(differ(&resting, &lit, rect), "{name} is lit from {at:?}");
        }
    }
}
