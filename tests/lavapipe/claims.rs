//! The claims lens: each card opens, runs and breaks under the hand, and its pictures.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::lab::{Card, Lab, LensId, Source, TextId, Theme, ValuesFrom};

use super::bench::{centre, number, on, picture, settle};

fn lab(theme: Theme) -> Lab {
    let mut lab = Lab {
        lens: LensId::Claims,
        theme: Some(theme),
        ..Lab::of(Source::Text(TextId::Long))
    };
    lab.choices.kernel_pca.values = ValuesFrom::Free;
    lab.scene.head = 7;
    lab
}

fn harness() -> Harness<'static, App> {
    on([1440.0, 900.0], lab(Theme::Light))
}

fn press(harness: &mut Harness<'_, App>, name: &str) {
    let at = centre(harness, name);
    harness.drag_at(at);
    harness.run();
    harness.drop_at(at);
    settle(harness);
}

#[test]
fn every_card_opens_runs_and_breaks() {
    let mut harness = harness();
    for card in Card::ALL {
        let name = format!("Claim {}:", card.code() + 1);
        if card != Card::Projection {
            harness.get_by_label_contains(&name).click();
            settle(&mut harness);
        }
        assert_eq!(harness.state().lab().choices.card, card);
        for button in ["supports", "breaks"] {
            press(&mut harness, button);
            assert!(harness.state().readouts().table.rows.len() >= 2, "{card:?} {button}");
            assert_eq!(harness.state().lab().choices.card, card);
            let checks = &harness.state().readouts().checks;
            assert!(!checks.is_empty(), "{card:?} {button}");
            for check in checks {
                assert!(check.holds, "{card:?} {button}: {check:?}");
            }
        }
        picture(&mut harness, &format!("claims-card-{}", card.code() + 1));
    }
}

#[test]
fn planting_values_moves_the_first_card_to_the_theorem() {
    let mut harness = harness();
    press(&mut harness, "supports");
    assert!((number(&harness, "overlap") - 1.0).abs() < 1e-8);
    assert!(number(&harness, "eigen_residual") < 1e-6);
    press(&mut harness, "breaks");
    assert!((number(&harness, "overlap") - 0.805).abs() < 0.001);
    press(&mut harness, "lens");
    assert_eq!(harness.state().lab().lens, LensId::KernelPca);
}

#[test]
fn the_lens_can_be_looked_at() {
    for (name, size, theme) in [
        ("1440x900", [1440.0, 900.0], Theme::Light),
        ("1440x900-dark", [1440.0, 900.0], Theme::Dark),
        ("1920x1080-hall", [1920.0, 1080.0], Theme::Projector),
        ("1280x720", [1280.0, 720.0], Theme::Light),
        ("phone", [390.0, 844.0], Theme::Light),
    ] {
        let mut harness = on(size, lab(theme));
        picture(&mut harness, &format!("claims-{name}"));
    }
}
