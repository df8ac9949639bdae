//! The phase diagram of the robust lens: it fills, is looked at, stops, and opens an instance.

use egui::{Key, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::{App, Wish};
use eigenlens::command::{Command, Edit, RobustEdit, SaveAs};
use eigenlens::lab::{Lab, LensId, Planted, RobustView, Source, Theme};

use super::bench::{number, on};
use super::looks::{SIZES, check_texts};

const SIZE: [f32; 2] = [1056.0, 900.0];

fn lab_in(theme: Theme) -> Lab {
    Lab {
        lens: LensId::Robust,
        theme: Some(theme),
        ..Lab::default()
    }
}

/// The app with the diagram open. It fills from then on: frames are driven one by one.
fn opened(size: [f32; 2]) -> Harness<'static, App> {
    let mut harness = on(size, lab_in(Theme::Light));
    let view = Edit::Robust(RobustEdit::View(RobustView::Phase));
    harness.state_mut().run(vec![Command::Edit(view)], 0.0);
    harness.step();
    harness
}

fn planted(rank: u8, share: u8, draw: u8) -> Planted {
    Planted::new(rank, share, draw).expect("inside")
}

/// Frames until so many cells are there and the chosen draw is, too.
fn fill(harness: &mut Harness<'_, App>, cells: usize) {
    loop {
        harness.step();
        let readouts = harness.state().readouts();
        let done = readouts.numbers.get("cells_done").map_or(0.0, |number| number.value);
        let looked = readouts.checks.iter().any(|check| check.id == "same_seed");
        if done >= cells as f64 && looked {
            return;
        }
        std::thread::yield_now();
    }
}

/// The middle of a cell on the screen.
fn cell(harness: &Harness<'_, App>, rank: u8, share: u8) -> Pos2 {
    let grid = harness.state().place("diagram").expect("a diagram");
    let step = grid.width() / 20.0;
    Pos2::new(
        grid.left() + step * (f32::from(rank) - 0.5),
        grid.bottom() - step * (f32::from(share) - 0.5),
    )
}

fn click(harness: &mut Harness<'_, App>, at: Pos2) {
    harness.hover_at(at);
    harness.step();
    harness.drag_at(at);
    harness.step();
    harness.drop_at(at);
    harness.step();
    harness.step();
}

fn chosen(harness: &Harness<'_, App>) -> Option<Planted> {
    harness.state().lab().choices.robust.instance
}

#[test]
fn the_view_is_opened_and_fills_by_itself() {
    let mut harness = on(SIZE, lab_in(Theme::Light));
    harness.get_by_label("Phase diagram").click();
    harness.step();
    fill(&mut harness, 3);
    assert_eq!(harness.state().explain_id(), "robust-phase");
    let headline = &harness.state().readouts().headline;
    assert!(headline.starts_with("Recovery ends at a cliff: "), "{headline}");
    assert!(
        harness.state().place("board").is_none(),
        "the diagram stands in the board's place"
    );
    for check in &harness.state().readouts().checks {
        assert!(check.holds, "{check:?}");
    }
}

#[test]
fn a_cell_is_chosen_by_click_and_by_arrow() {
    let mut harness = opened(SIZE);
    fill(&mut harness, 1);
    let at = cell(&harness, 3, 2);
    click(&mut harness, at);
    assert_eq!(chosen(&harness), Some(planted(3, 2, 0)));
    // It is not there yet: it comes before all others.
    fill(&mut harness, 2);
    assert_eq!(number(&harness, "recovered"), 5.0);
    assert_eq!(number(&harness, "cell_rank"), 3.0);
    for key in [
        Key::ArrowRight,
        Key::ArrowUp,
        Key::ArrowUp,
        Key::ArrowLeft,
        Key::ArrowDown,
    ] {
        harness.key_press(key);
        harness.step();
    }
    assert_eq!(chosen(&harness), Some(planted(3, 3, 0)), "right, up, up, left, down");
    harness.get_by_label_contains("Draw 4, ").click();
    harness.step();
    harness.step();
    assert_eq!(chosen(&harness), Some(planted(3, 3, 3)));
    fill(&mut harness, 3);
    let of = |number: &str| harness.state().readouts().numbers[number].text.clone();
    assert!(harness.state().readouts().checks.iter().all(|check| check.holds));
    assert_eq!(of("draw"), "4");
    harness.key_press(Key::ArrowDown);
    harness.step();
    harness.step();
    assert_eq!(chosen(&harness), Some(planted(3, 2, 3)), "the draw stays");
}

#[test]
fn escape_keeps_what_is_done() {
    let mut harness = opened(SIZE);
    fill(&mut harness, 3);
    harness.get_by_label("Cancel").rect();
    assert!(harness.state_mut().command("escape"));
    harness.run();
    let done = number(&harness, "cells_done");
    assert!(done >= 3.0);
    assert_eq!(harness.state().readouts().table.rows.len(), done as usize);
    assert!(!harness.state_mut().command("escape"), "nothing is under way");
    harness.run_steps(20);
    assert_eq!(number(&harness, "cells_done"), done);
    harness.get_by_label("Go on").click();
    harness.step();
    fill(&mut harness, done as usize + 2);
    // The button does what Esc does, and so does the key on the canvas.
    harness.get_by_label("Cancel").click();
    harness.step();
    harness.run();
    let done = number(&harness, "cells_done");
    harness.get_by_label("Go on").click();
    harness.step();
    harness.step();
    harness.key_press(Key::Escape);
    harness.step();
    harness.run();
    assert!(number(&harness, "cells_done") >= done);
    harness.get_by_label("Go on").rect();
}

#[test]
fn the_instance_is_opened_with_its_steps() {
    let mut harness = opened(SIZE);
    let instance = planted(2, 2, 1);
    harness
        .state_mut()
        .run(vec![Command::Edit(Edit::Robust(RobustEdit::Instance(instance)))], 0.0);
    fill(&mut harness, 1);
    let error = number(&harness, "error 2");
    harness.get_by_label_contains("Open this instance").click();
    harness.step();
    harness.step();
    let lab = harness.state().lab();
    assert_eq!(lab.scene.source, Source::Planted(instance));
    assert_eq!(lab.choices.robust.view, RobustView::Split);
    while !harness.state().readouts().numbers.contains_key("low_rank_error") {
        harness.step();
        std::thread::yield_now();
    }
    // The lens pursues to a finer tolerance: the same matrix comes back, closer.
    let finer = number(&harness, "low_rank_error");
    assert!(finer <= error && error < 1e-5, "{finer}, {error}");
    harness.state_mut().run(vec![Command::Undo], 0.0);
    harness.run_steps(2);
    let lab = harness.state().lab();
    assert_eq!(lab.choices.robust.view, RobustView::Phase, "one undo leads back");
    assert_ne!(lab.scene.source, Source::Planted(instance));
}

#[test]
fn the_diagram_is_saved_as_a_table() {
    let mut harness = opened(SIZE);
    assert!(harness.state_mut().table_csv().is_err() || number(&harness, "cells_done") > 0.0);
    fill(&mut harness, 2);
    harness.state_mut().take_wishes();
    assert!(harness.state_mut().command("save table"));
    assert!(harness.state_mut().take_wishes().contains(&Wish::Save(SaveAs::Table)));
    let csv = harness.state().table_csv().expect("a table");
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("rank,share of wrong entries,draws recovered,error of draw 1,"));
    assert_eq!(lines.len() - 1, number(&harness, "cells_done") as usize);
    assert_eq!(SaveAs::Table.file_name(), "table.csv");
    assert!(
        harness.state_mut().command("save csv"),
        "the cloud has a name of its own"
    );
}

#[test]
fn its_texts_have_room_in_every_size_and_theme() {
    let mut harness = opened(SIZES[0]);
    fill(&mut harness, 3);
    for instance in [
        planted(1, 1, 0),
        planted(20, 20, 4),
        planted(6, 5, 2),
        planted(1, 20, 0),
        planted(20, 1, 0),
    ] {
        let edit = Edit::Robust(RobustEdit::Instance(instance));
        harness.state_mut().run(vec![Command::Edit(edit)], 0.0);
        harness.step();
        fill(&mut harness, 3);
        harness.state_mut().command("escape");
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

/// Pictures for a person to look at: half full, at the edge of the cliff; the whole one takes a minute and is asked for.
#[test]
fn the_diagram_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let cells = std::env::var("EIGENLENS_PHASE_CELLS")
        .ok()
        .and_then(|cells| cells.parse().ok())
        .unwrap_or(4);
    let mut harness = opened([1440.0, 900.0]);
    fill(&mut harness, cells);
    for (name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 780.0]),
        ("816x700", [816.0, 700.0]),
    ] {
        for theme in Theme::ALL {
            harness.set_size(size.into());
            harness.state_mut().run(vec![Command::Theme(*theme)], 0.0);
            harness.run_steps(3);
            let image = harness.render().expect("a picture");
            let file = folder.join(format!("phase-{name}-{}.png", theme.key()));
            image.save(file).expect("a file");
        }
    }
}
