//! Pictures of the main screens, left in `screenshots/` for a person to look at.

use egui_kittest::Harness;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit, Tool};
use eigenlens::lab::{GridPoint, Source, Theme, TokenRef};

use super::bench::app;

#[test]
fn the_main_screens_can_be_looked_at() {
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
            let mut harness = app(size, *theme);
            let image = harness.render().expect("a picture");
            assert!(
                image.pixels().any(|pixel| pixel != image.get_pixel(0, 0)),
                "{name} {} is not empty",
                theme.key()
            );
            image
                .save(folder.join(format!("ui-{name}-{}.png", theme.key())))
                .expect("a file");
        }
    }
}

/// What is done to the app before its picture is taken.
type Act = fn(&mut App);

const STATES: [(&str, [f32; 2], Act); 7] = [
    ("frozen", [1440.0, 900.0], |app| {
        app.run(vec![Command::Freeze], 0.0);
        let to = |x, y| GridPoint::from_world([x, y]);
        app.run(vec![Command::Edit(Edit::Move(TokenRef::Query(0), to(-0.9, -0.6)))], 0.0);
        app.run(vec![Command::Edit(Edit::Move(TokenRef::Key(8), to(2.2, 0.4)))], 0.0);
    }),
    ("noise", [1280.0, 720.0], |app| {
        app.run(
            vec![
                Command::Tool(Tool::Noise),
                Command::Edit(Edit::Outlier(GridPoint::from_world([2.4, 2.2]))),
            ],
            0.0,
        );
        app.run(
            vec![Command::Edit(Edit::Noise((0..12).map(TokenRef::Key).collect()))],
            0.0,
        );
    }),
    ("notices", [1280.0, 720.0], |app| {
        app.run(vec![Command::Edit(Edit::Erase(TokenRef::Query(0)))], 0.0);
        app.open_link("#v9.abc");
    }),
    ("empty", [1280.0, 720.0], |app| {
        app.run(vec![Command::Edit(Edit::Select(Source::Blank))], 0.0);
    }),
    ("head", [1440.0, 900.0], |app| {
        let row = |i: i32, d: i32| f64::from((i * 37 + d * 11) % 17) / 8.0 - 1.0;
        let rows = |n: i32| {
            (0..n)
                .map(|i| (0..16).map(|d| row(i, d)).collect())
                .collect::<Vec<Vec<f64>>>()
        };
        let words = [
            "the", "animal", "did", "not", "cross", "the", "street", "because", "it", "was", "tired",
        ];
        let head = serde_json::json!({"query": rows(11), "key": rows(11), "value": rows(11)});
        let cloud =
            serde_json::json!({"name": "head.json", "hash": "00000000000000aa", "heads": [head], "labels": words});
        app.open_exchange(&cloud.to_string());
    }),
    ("phone-noise", [390.0, 780.0], |app| {
        app.run(vec![Command::Tool(Tool::Noise)], 0.0);
    }),
    ("keys", [1280.0, 720.0], |app| app.run(vec![Command::ToggleKeys], 0.0)),
];

#[test]
fn the_states_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (name, size, act) in STATES {
        let mut harness: Harness<'_, App> = app(size, Theme::Light);
        let before = harness.render().expect("a picture");
        act(harness.state_mut());
        harness.run();
        let image = harness.render().expect("a picture");
        assert!(image.pixels().ne(before.pixels()), "{name} can be seen");
        image.save(folder.join(format!("state-{name}.png"))).expect("a file");
    }
}
