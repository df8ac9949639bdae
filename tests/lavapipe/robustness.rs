//! The push of the query and the size of M: dragged by name, moved with the arrows, and the pictures.

use egui::{Key, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit, EllipticalEdit};
use eigenlens::lab::elliptical::{EllipticalView, GivenMetric};
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::{centre, drag, number, on, settle};
use super::looks::{SIZES, check_texts};

const SIZE: [f32; 2] = [1056.0, 900.0];

fn lab_of(source: Source, theme: Theme) -> Lab {
    let mut lab = Lab {
        lens: LensId::Elliptical,
        theme: Some(theme),
        ..Lab::of(source)
    };
    lab.choices.elliptical.view = EllipticalView::Robustness;
    lab
}

/// The street with the ellipse of the lesson.
fn street() -> Lab {
    let mut lab = lab_of(Source::Preset(PresetId::Street), Theme::Light);
    lab.choices.elliptical.given = Some(GivenMetric::default().with(1, 0.1));
    lab
}

fn push(harness: &Harness<'_, App>) -> [i16; 2] {
    harness.state().lab().choices.elliptical.push
}

#[test]
fn the_push_is_dragged_and_undone() {
    let mut harness = on(SIZE, street());
    let before = number(&harness, "shift_metric");
    let head = harness.get_by_label_contains("Push of the query").rect().center();
    let query = centre(&harness, "query 1");
    assert_eq!(push(&harness), [0, 500]);
    // The first key stands one unit above the query, and the push begins half a unit long.
    let unit = query.y - centre(&harness, "key 1").y;
    drag(&mut harness, head, head + vec2(-unit, 0.5 * unit));
    let [x, y] = push(&harness);
    assert!((x + 1000).abs() < 30 && y.abs() < 30, "one unit to the left: {x}, {y}");
    assert!(number(&harness, "shift_metric") > 100.0 * before);
    assert!((number(&harness, "used_metric") - 0.0039).abs() < 2e-4);
    assert!(harness.state().readouts().headline.ends_with("the bound allows 132."));
    harness.state_mut().run(vec![Command::Undo], 0.0);
    settle(&mut harness);
    assert_eq!(push(&harness), [0, 500], "one gesture, one undo");
    assert_eq!(number(&harness, "shift_metric"), before);
}

#[test]
fn the_push_can_be_taken_at_every_cloud() {
    for preset in [
        PresetId::Street,
        PresetId::Jump,
        PresetId::Stripes,
        PresetId::ThreeGroups,
    ] {
        for size in [SIZE, [1280.0, 720.0], [390.0, 780.0]] {
            let harness = on(size, lab_of(Source::Preset(preset), Theme::Projector));
            let [board, head] = ["board", "handle push"].map(|name| harness.state().place(name).expect(name));
            assert!(
                board.contains_rect(head),
                "{preset:?} at {size:?}: {head:?} on {board:?}"
            );
        }
    }
}

#[test]
fn the_push_is_moved_with_the_arrows() {
    let mut harness = on(SIZE, street());
    harness.get_by_label_contains("Push of the query").focus();
    harness.run();
    for key in [Key::ArrowLeft, Key::ArrowLeft, Key::ArrowDown] {
        harness.key_press(key);
        settle(&mut harness);
    }
    assert_eq!(push(&harness), [-100, 450]);
}

#[test]
fn a_smaller_metric_has_a_smaller_bound_and_outputs_that_are_alike() {
    let mut harness = on(SIZE, lab_of(Source::Preset(PresetId::SixScattered), Theme::Light));
    let [bound, cosine] = ["bound_metric", "cosine_metric"].map(|name| number(&harness, name));
    let at = harness.get_by_label_contains("Size of M").rect().center();
    drag(&mut harness, at, at - vec2(200.0, 0.0));
    assert!(number(&harness, "bound_metric") < 0.7 * bound);
    assert!(number(&harness, "cosine_metric") > cosine);
    let [first, second] = [1, 2].map(|i| number(&harness, &format!("m {i}")));
    assert!(
        (second / first - 0.1).abs() < 0.02,
        "the shape stays: {first}, {second}"
    );
    harness.state_mut().run(vec![Command::Undo], 0.0);
    settle(&mut harness);
    assert_eq!(number(&harness, "bound_metric"), bound);
    harness.get_by_label_contains("Size of M").focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    assert!(number(&harness, "bound_metric") < bound);
}

#[test]
fn its_texts_have_room_in_every_size_and_theme() {
    for source in [
        Source::Preset(PresetId::Street),
        Source::Preset(PresetId::SixScattered),
        Source::Text(TextId::Pronoun),
    ] {
        let mut harness = on(SIZES[0], lab_of(source, Theme::Light));
        let given = GivenMetric::default().with(1, 0.1);
        for metric in [None, Some(given)] {
            let edit = Edit::Elliptical(EllipticalEdit::Given(metric));
            harness.state_mut().run(vec![Command::Edit(edit)], 0.0);
            settle(&mut harness);
            for size in SIZES {
                for theme in Theme::ALL {
                    harness.set_size(size.into());
                    harness.state_mut().run(vec![Command::Theme(*theme)], 0.0);
                    harness.run_steps(3);
                    check_texts(&harness, size, *theme);
                }
            }
        }
    }
}

/// Pictures for a person to look at.
#[test]
fn the_push_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (source, lab) in [
        ("street", street()),
        ("six", lab_of(Source::Preset(PresetId::SixScattered), Theme::Light)),
        ("text", lab_of(Source::Text(TextId::Pronoun), Theme::Light)),
    ] {
        let mut harness = on([1440.0, 900.0], lab);
        for (name, size) in [
            ("1440x900", [1440.0, 900.0]),
            ("1280x720", [1280.0, 720.0]),
            ("1920x1080", [1920.0, 1080.0]),
            ("phone", [390.0, 844.0]),
        ] {
            for theme in Theme::ALL {
                harness.set_size(size.into());
                harness.state_mut().run(vec![Command::Theme(*theme)], 0.0);
                harness.run_steps(3);
                let image = harness.render().expect("a picture");
                let file = folder.join(format!("robustness-{source}-{name}-{}.png", theme.key()));
                image.save(file).expect("a file");
            }
        }
    }
}
