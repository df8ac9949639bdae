//! The smoother lens: its switch, its ratios under the hand, and its pictures.

use egui_kittest::Harness;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit};
use eigenlens::lab::{Choices, Lab, LensId, PresetId, SmootherForm, Source, Theme};

use super::bench::on;

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
