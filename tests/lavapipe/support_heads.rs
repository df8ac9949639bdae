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
    let views = [
        ("bn", Source::Preset(PresetId::Crowd), SupportView::Bn),
        ("sh", Source::Preset(PresetId::Sentence), SupportView::Sh),
        ("heads", Source::Text(TextId::Pronoun), SupportView::Heads),
    ];
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

#[test]
fn the_states_of_these_views_can_be_looked_at() {
    let crowd = || Source::Preset(PresetId::Crowd);
    let sentence = || Source::Preset(PresetId::Sentence);
    let text = || Source::Text(TextId::Pronoun);
    let states: [(&str, Source, SupportView, &[&str]); 14] = [
        ("bn-full", crowd(), SupportView::Bn, &["support form full"]),
        ("bn-keys", crowd(), SupportView::Bn, &["support shift keys"]),
        ("bn-both", crowd(), SupportView::Bn, &["support shift both"]),
        ("bn-0", crowd(), SupportView::Bn, &["support beta 0"]),
        ("bn-2", crowd(), SupportView::Bn, &["support beta 2"]),
        ("bn-text", text(), SupportView::Bn, &[]),
        ("bn-text-full", text(), SupportView::Bn, &["support form full"]),
        ("bn-groups", Source::Preset(PresetId::ThreeGroups), SupportView::Bn, &[]),
        ("sh-text", text(), SupportView::Sh, &[]),
        (
            "sh-apart",
            sentence(),
            SupportView::Sh,
            &["support class apart", "support remainder drop"],
        ),
        ("sh-head-4", sentence(), SupportView::Sh, &["support head 4"]),
        ("sh-groups", Source::Preset(PresetId::ThreeGroups), SupportView::Sh, &[]),
        ("heads-copy", text(), SupportView::Heads, &["support duplicate on"]),
        ("heads-alone", crowd(), SupportView::Heads, &[]),
    ];
    for (file, source, view, commands) in states {
        let mut harness = on([1440.0, 900.0], lab(source, view, Theme::Light));
        settle(&mut harness);
        for command in commands {
            name(&mut harness, command);
        }
        keep(&mut harness, file);
    }
}
