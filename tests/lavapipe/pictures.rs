//! Pictures of the main screens, left in `screenshots/` for a person to look at.

use eigenlens::lab::Theme;

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
