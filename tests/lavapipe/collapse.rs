//! The film of collapse: tokens that are dragged on each board, layers that are scrubbed and played, and its pictures.

use egui::{Key, Pos2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit, EllipticalEdit};
use eigenlens::lab::elliptical::EllipticalView;
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::{drag, number, on, settle};
use super::looks::{SIZES, check_texts};

const SIZE: [f32; 2] = [1056.0, 900.0];

fn lab_of(source: Source, theme: Theme) -> Lab {
    let mut lab = Lab {
        lens: LensId::Elliptical,
        theme: Some(theme),
        ..Lab::of(source)
    };
    lab.choices.elliptical.view = EllipticalView::Collapse;
    lab
}

fn six(theme: Theme) -> Lab {
    lab_of(Source::Preset(PresetId::SixScattered), theme)
}

fn edit(harness: &mut Harness<'_, App>, edit: EllipticalEdit) {
    harness
        .state_mut()
        .run(vec![Command::Edit(Edit::Elliptical(edit))], 0.0);
    settle(harness);
}

fn layer(harness: &Harness<'_, App>) -> f64 {
    number(harness, "layer")
}

/// The middle of what has this label.
fn labelled(harness: &Harness<'_, App>, label: &str) -> Pos2 {
    harness.get_by_label_contains(label).rect().center()
}

#[test]
fn a_token_at_the_start_is_dragged_on_any_board() {
    let mut harness = on(SIZE, six(Theme::Light));
    for board in ["softmax", "elliptical, max", "elliptical, mean"] {
        let before = ["cosine_softmax", "cosine_max", "cosine_mean"].map(|name| number(&harness, name));
        let at = labelled(&harness, &format!("Token x 2 of {board}"));
        drag(&mut harness, at, at + vec2(20.0, 30.0));
        let after = ["cosine_softmax", "cosine_max", "cosine_mean"].map(|name| number(&harness, name));
        assert!(
            std::iter::zip(before, after).all(|(a, b)| a != b),
            "{board}: all boards answer"
        );
        let place = harness.state().lab().scene.keys[1].at.expect("it was moved").to_world();
        assert!(place[0] > 0.1 && place[1] < 1.9, "{place:?}");
        assert!(harness.state().readouts().checks.iter().all(|check| check.holds));
        harness.state_mut().run(vec![Command::Undo], 0.0);
        settle(&mut harness);
        assert_eq!(number(&harness, "cosine_softmax"), before[0], "one gesture, one undo");
    }
}

#[test]
fn a_token_is_moved_with_the_arrows() {
    let mut harness = on(SIZE, six(Theme::Light));
    harness.get_by_label_contains("Token x 1 of softmax").focus();
    harness.run();
    harness.key_press(Key::ArrowUp);
    settle(&mut harness);
    let [x, y] = harness.state().lab().scene.keys[0].at.expect("it was moved").to_world();
    assert!((x - 2.0).abs() < 1e-9 && y > 0.01, "{x}, {y}");
}

#[test]
fn the_playhead_scrubs_and_the_film_plays() {
    let mut harness = on(SIZE, six(Theme::Light));
    assert_eq!(layer(&harness), 2.0);
    let chart = harness.state().place("layers").expect("the chart is there");
    let at = |layer: f32| {
        pos2(
            chart.left() + 146.0 + (chart.width() - 272.0) * layer / 5.0,
            chart.center().y,
        )
    };
    drag(&mut harness, at(2.0), at(4.0));
    assert_eq!(layer(&harness), 4.0);
    assert!(
        harness
            .state()
            .readouts()
            .headline
            .starts_with("After 4 layers all three stand")
    );
    for (key, expected) in [(Key::J, 3.0), (Key::K, 4.0)] {
        harness.key_press(key);
        settle(&mut harness);
        assert_eq!(layer(&harness), expected);
    }
    harness.get_by_label("Play").click();
    settle(&mut harness);
    assert_eq!(layer(&harness), 5.0, "where nothing may move it is a step");
    harness
        .state_mut()
        .run(vec![Command::Undo, Command::Undo, Command::Undo, Command::Undo], 0.0);
    settle(&mut harness);
    assert_eq!(layer(&harness), 2.0);
}

#[test]
fn tools_and_switches_work_without_a_board_of_their_own() {
    let mut harness = on(SIZE, six(Theme::Light));
    harness.state_mut().command("tool add");
    settle(&mut harness);
    let board = harness.state().place("board 1").expect("a board");
    harness.hover_at(board.left_center() + vec2(60.0, 0.0));
    harness.drag_at(board.left_center() + vec2(60.0, 0.0));
    harness.drop_at(board.left_center() + vec2(60.0, 0.0));
    settle(&mut harness);
    assert_eq!(number(&harness, "n_keys"), 7.0);
    harness.state_mut().command("tool erase");
    settle(&mut harness);
    let at = labelled(&harness, "Token x 4 of elliptical, mean");
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    settle(&mut harness);
    assert_eq!(number(&harness, "n_keys"), 6.0);
    assert!(harness.state_mut().command("escape"), "the tool is put down");
    harness.state_mut().run(vec![Command::Switch], 0.0);
    settle(&mut harness);
    assert!(harness.state().lab().choices.elliptical.residual);
}

#[test]
fn its_texts_have_room_in_every_size_and_theme() {
    for source in [Source::Preset(PresetId::SixScattered), Source::Text(TextId::Pronoun)] {
        let mut harness = on(SIZES[0], lab_of(source, Theme::Light));
        for edits in [
            vec![],
            vec![EllipticalEdit::Layer(Some(5)), EllipticalEdit::Rpc(true)],
            vec![
                EllipticalEdit::Layers(24),
                EllipticalEdit::Layer(Some(11)),
                EllipticalEdit::Residual(true),
            ],
            vec![EllipticalEdit::Layer(Some(0)), EllipticalEdit::Rpc(false)],
        ] {
            for wish in edits {
                edit(&mut harness, wish);
            }
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
fn the_film_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let only = std::env::var("EIGENLENS_LOOK").unwrap_or_default();
    let sources = [
        ("six", Source::Preset(PresetId::SixScattered)),
        ("text", Source::Text(TextId::Pronoun)),
    ];
    for (source, of) in sources {
        let mut harness = on([1440.0, 900.0], lab_of(of, Theme::Light));
        for (name, size) in [
            ("1440x900", [1440.0, 900.0]),
            ("1280x720", [1280.0, 720.0]),
            ("1920x1080", [1920.0, 1080.0]),
            ("phone", [390.0, 844.0]),
        ] {
            for theme in Theme::ALL {
                let name = format!("collapse-{source}-{name}-{}", theme.key());
                if !name.contains(&only) {
                    continue;
                }
                harness.set_size(size.into());
                harness.state_mut().run(vec![Command::Theme(*theme)], 0.0);
                harness.run_steps(3);
                let image = harness.render().expect("a picture");
                image.save(folder.join(format!("{name}.png"))).expect("a file");
            }
        }
        harness.state_mut().run(vec![Command::Theme(Theme::Light)], 0.0);
        harness.set_size([1440.0, 900.0].into());
        for (name, edits) in [
            ("rpc", vec![EllipticalEdit::Rpc(true)]),
            (
                "residual",
                vec![
                    EllipticalEdit::Residual(true),
                    EllipticalEdit::Layers(12),
                    EllipticalEdit::Layer(Some(4)),
                ],
            ),
            (
                "estimated",
                vec![
                    EllipticalEdit::Residual(false),
                    EllipticalEdit::Metric(eigenlens::lab::elliptical::MetricSource::Estimated),
                ],
            ),
        ] {
            for wish in edits {
                edit(&mut harness, wish);
            }
            let name = format!("collapse-{source}-{name}");
            if name.contains(&only) {
                let image = harness.render().expect("a picture");
                image.save(folder.join(format!("{name}.png"))).expect("a file");
            }
        }
    }
}
