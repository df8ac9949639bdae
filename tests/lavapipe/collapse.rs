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
