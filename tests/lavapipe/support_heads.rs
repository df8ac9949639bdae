//! The views Attention-BN, Attention-SH and Heads of the support-vector lens: each handle under the hand, and their pictures.

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit, SupportEdit};
use eigenlens::lab::support::SupportView;
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::{centre, drag, number, on, settle};

const SIZE: [f32; 2] = [1056.0, 900.0];

fn lab(source: Source, view: SupportView, theme: Theme) -> Lab {
    let mut lab = Lab {
        lens: LensId::SupportVectors,
        theme: Some(theme),
        ..Lab::of(source)
    };
    lab.choices.support.view = view;
    lab
}

fn harness(source: Source, view: SupportView) -> Harness<'static, App> {
    let mut harness = on(SIZE, lab(source, view, Theme::Light));
    settle(&mut harness);
    harness
}

fn crowd() -> Harness<'static, App> {
    harness(Source::Preset(PresetId::Crowd), SupportView::Bn)
}

fn name(harness: &mut Harness<'_, App>, command: &str) {
    assert!(harness.state_mut().command(command), "{command} applies");
    settle(harness);
}

fn keep(harness: &mut Harness<'_, App>, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let image = harness.render().expect("a picture");
    assert!(
        image.pixels().any(|pixel| pixel != image.get_pixel(0, 0)),
        "{name} is not empty"
    );
    image.save(folder.join(format!("support-{name}.png"))).expect("a file");
}

#[test]
fn the_views_of_heads_can_be_looked_at() {
    let views = [("bn", Source::Preset(PresetId::Crowd), SupportView::Bn)];
    for (view, source, of) in views {
        for (name, size, theme) in [
            ("1440x900", [1440.0, 900.0], Theme::Light),
            ("1440x900-dark", [1440.0, 900.0], Theme::Dark),
            ("1280x720", [1280.0, 720.0], Theme::Light),
            ("1920x1080", [1920.0, 1080.0], Theme::Light),
            ("1920x1080-hall", [1920.0, 1080.0], Theme::Projector),
            ("1280x720-hall", [1280.0, 720.0], Theme::Projector),
            ("phone", [390.0, 844.0], Theme::Light),
        ] {
            let mut harness = on(size, lab(source.clone(), of, theme));
            settle(&mut harness);
            keep(&mut harness, &format!("{view}-{name}"));
        }
    }
}
