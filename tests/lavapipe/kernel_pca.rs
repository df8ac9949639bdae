//! The kernel PCA lens: its handles, switches and pictures.

use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::on;

fn lab_in(theme: Theme) -> Lab {
    Lab {
        lens: LensId::KernelPca,
        theme: Some(theme),
        ..Lab::default()
    }
}

#[test]
fn the_lens_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for (name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 780.0]),
    ] {
        for theme in Theme::ALL {
            let mut harness = on(size, lab_in(*theme));
            let image = harness.render().expect("a picture");
            image
                .save(folder.join(format!("kernel-pca-{name}-{}.png", theme.key())))
                .expect("a file");
        }
    }
}

#[test]
fn a_real_head_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    for (name, text, head) in [
        ("bank", TextId::Bank, 27),
        ("long", TextId::Long, 7),
        ("story", TextId::Story, 3),
    ] {
        let mut lab = lab_in(Theme::Light);
        lab.select(Source::Text(text));
        lab.set_head(head).expect("there are 72 heads");
        let mut harness = on([1440.0, 900.0], lab);
        harness.run_steps(20);
        let image = harness.render().expect("a picture");
        image
            .save(folder.join(format!("kernel-pca-{name}.png")))
            .expect("a file");
    }
    for (name, id) in [
        ("fog", PresetId::Fog),
        ("wall", PresetId::WallAndVillage),
        ("hexagon", PresetId::Hexagon),
        ("spikes", PresetId::FourSpikes),
    ] {
        let mut lab = lab_in(Theme::Light);
        lab.select(Source::Preset(id));
        let mut harness = on([1440.0, 900.0], lab);
        let image = harness.render().expect("a picture");
        image
            .save(folder.join(format!("kernel-pca-{name}.png")))
            .expect("a file");
    }
}
