//! The ellipse and the estimator of its metric: handles that are dragged, numbers that change as they must, and the pictures.

use egui_kittest::Harness;
use eigenlens::app::App;
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::{on, settle};

fn lab_of(source: Source, theme: Theme) -> Lab {
    Lab {
        lens: LensId::Elliptical,
        theme: Some(theme),
        ..Lab::of(source)
    }
}

fn name(harness: &mut Harness<'_, App>, command: &str) {
    assert!(harness.state_mut().command(command), "{command} applies");
    settle(harness);
}

const ESTIMATOR: &str = "elliptical view estimator";

const STATES: [(&str, Source, &[&str]); 12] = [
    ("stripes", Source::Preset(PresetId::Stripes), &[]),
    ("jump", Source::Preset(PresetId::Jump), &[ESTIMATOR]),
    ("dot", Source::Preset(PresetId::Stripes), &["elliptical form dot"]),
    ("street", Source::Preset(PresetId::Street), &["elliptical m 1 0.1"]),
    ("idle", Source::Preset(PresetId::Street), &["elliptical m 1 0"]),
    (
        "groups",
        Source::Preset(PresetId::ThreeGroups),
        &["elliptical m 0.3 1.5"],
    ),
    (
        "pronoun",
        Source::Text(TextId::Pronoun),
        &["elliptical metric estimated", "elliptical form dot"],
    ),
    (
        "swapped",
        Source::Preset(PresetId::Lattice),
        &[ESTIMATOR, "elliptical values swapped"],
    ),
    (
        "causal",
        Source::Preset(PresetId::Jump),
        &[ESTIMATOR, "elliptical causal on"],
    ),
    ("layers", Source::Text(TextId::Pronoun), &[ESTIMATOR]),
    (
        "scaling",
        Source::Preset(PresetId::Lattice),
        &[ESTIMATOR, "elliptical scaling none"],
    ),
    (
        "text-causal",
        Source::Text(TextId::Pronoun),
        &[ESTIMATOR, "elliptical causal on"],
    ),
];

#[test]
fn the_pictures_of_the_views_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (size_name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 844.0]),
    ] {
        for theme in Theme::ALL {
            for (state, source, commands) in &STATES {
                if !["stripes", "jump"].contains(state) && (size_name != "1440x900" || *theme != Theme::Light) {
                    continue;
                }
                let mut harness = on(size, lab_of(source.clone(), *theme));
                settle(&mut harness);
                for command in *commands {
                    name(&mut harness, command);
                }
                let image = harness.render().expect("a picture");
                let file = format!("elliptical-{state}-{size_name}-{}.png", theme.key());
                image.save(folder.join(file)).expect("a file");
            }
        }
    }
}
