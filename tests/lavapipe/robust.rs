//! The robust lens: cells that are painted, steps that are scrubbed, numbers that change as they must, and its pictures.

use egui_kittest::Harness;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit, RobustEdit, Tool};
use eigenlens::lab::{Lab, LensId, Method, PresetId, Source, Theme};

use super::bench::on;

fn lab_of(preset: PresetId, theme: Theme) -> Lab {
    Lab {
        lens: LensId::Robust,
        theme: Some(theme),
        ..Lab::of(Source::Preset(preset))
    }
}

/// Drives frames until no work is under way.
fn settle(harness: &mut Harness<'_, App>) {
    for _ in 0..2000 {
        harness.step();
        if harness.state().readouts().numbers.contains_key("steps") && !harness.state().is_working() {
            break;
        }
        std::thread::yield_now();
    }
    harness.run();
}

type Act = fn(&mut App);

const STATES: [(&str, PresetId, Act); 5] = [
    ("four", PresetId::FourSpikes, |_| {}),
    ("corrupt", PresetId::FourSpikes, |app| {
        app.run(vec![Command::Tool(Tool::Corrupt)], 0.0);
    }),
    ("rpc", PresetId::FourSpikes, |app| {
        app.run(vec![Command::Edit(Edit::Robust(RobustEdit::Method(Method::Rpc)))], 0.0);
    }),
    ("slip", PresetId::Slip, |_| {}),
    ("groups", PresetId::ThreeGroups, |_| {}),
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
