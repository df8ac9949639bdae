//! What a kernel does with a row: the tabs of the tiles, half precision, its map of the heads of a text, and their pictures.

use egui_kittest::kittest::Queryable as _;
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};
use eigenlens_core::TileOrder;

use super::bench::{number, on, picture, settle};

fn lab(source: Source, theme: Theme) -> Lab {
    Lab {
        lens: LensId::Softmax,
        theme: Some(theme),
        ..Lab::of(source)
    }
}

#[test]
fn the_row_in_tiles_is_chosen_and_taken_back() {
    let mut harness = on([1440.0, 900.0], lab(Source::Preset(PresetId::Clock), Theme::Light));
    harness.get_by_label("The row in tiles").click();
    settle(&mut harness);
    assert_eq!(number(&harness, "tile_count"), 3.0);
    let output = number(&harness, "output_1");
    for (label, rescales) in [("Keys by rising logits", 2.0), ("Keys by falling logits", 0.0)] {
        harness.get_by_label(label).click();
        settle(&mut harness);
        assert_eq!(number(&harness, "rescales"), rescales, "{label}");
        assert_eq!(number(&harness, "output_1"), output, "{label}");
        let checks = &harness.state().readouts().checks;
        assert!(
            checks.iter().any(|check| check.id == "tiles" && check.holds),
            "{checks:?}"
        );
    }
    for tiles in [Some(TileOrder::Rising), Some(TileOrder::AsGiven), None] {
        harness.state_mut().command("undo");
        settle(&mut harness);
        assert_eq!(harness.state().lab().choices.softmax.tiles, tiles);
    }
}

#[test]
fn half_precision_moves_the_output_a_little() {
    let mut harness = on(
        [1440.0, 900.0],
        lab(Source::Preset(PresetId::ThreeGroups), Theme::Light),
    );
    let exact = number(&harness, "output_1");
    harness.get_by_label("f16").click();
    settle(&mut harness);
    let moved = (number(&harness, "output_1") - exact).abs();
    assert!(moved > 0.0 && moved < 1e-3, "{moved}");
    let error = number(&harness, "half_error");
    assert!(error > 1e-6 && error < 5e-3, "{error}");
}

#[test]
fn what_a_kernel_does_can_be_looked_at() {
    for (name, size) in [
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 844.0]),
    ] {
        for theme in Theme::ALL {
            let mut harness = on(size, lab(Source::Preset(PresetId::Clock), *theme));
            harness.state_mut().command("softmax tiles rising");
            settle(&mut harness);
            if name == "phone" {
                harness.get_by_label("Temperature").click();
                settle(&mut harness);
            }
            picture(&mut harness, &format!("machine-{name}-{}", theme.key()));
        }
    }
    let mut harness = on([1440.0, 900.0], lab(Source::Text(TextId::Long), Theme::Light));
    let bytes = eigenlens::app::embedded_text(TextId::Long).expect("the text is there");
    harness.state_mut().open_text(TextId::Long, &bytes);
    harness.state_mut().command("softmax half on");
    settle(&mut harness);
    assert_eq!(number(&harness, "half_above"), 2.0);
    picture(&mut harness, "machine-heads");
}
