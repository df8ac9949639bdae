//! The kernel PCA lens: its handles, switches and pictures.

use eigenlens::lab::{Lab, LensId, Theme};

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
