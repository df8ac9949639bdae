//! The claims lens: each card opens, runs and breaks under the hand, and its pictures.

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::lab::claims::{Draws, HeadClaims};
use eigenlens::lab::{Card, Lab, LensId, Source, TextId, Theme, ValuesFrom};
use eigenlens::lesson::check;

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

/// What `eigenlens claims` writes of a few tests of the heads of a text.
fn tests_of(text: TextId) -> String {
    let columns = "group,layer,head,tokens,value_dim,axes,kind,test,theorem,value,permuted_draws,permuted_mean,permuted_low,\
                   permuted_high,permuted_below,random_draws,random_mean,random_low,random_high,random_below";
    let cloud = check::library().cloud(&Source::Text(text)).expect("the text is here");
    let rows = cloud.heads().iter().enumerate().flat_map(|(at, head)| {
        let claims = HeadClaims::new(head, at, Draws { count: 8, seed: 1 }).expect("tests");
        let row = move |key: &str| {
            let reading = claims.reading(key).expect("a reading");
            let null = reading.permuted.as_ref().expect("a null");
            let [low, high] = null.interval();
            format!(
                "\"{}\",{},{},{},{},{},x,{key},,{},8,{},{low},{high},0,,,,,",
                text.text().key,
                at / 12 + 1,
                at % 12 + 1,
                head.n_keys(),
                head.value_dim(),
                claims.axes,
                reading.value.expect("a value"),
                null.mean(),
            )
        };
        ["overlap", "column_sum", "loss"].map(row)
    });
    std::iter::once(columns.to_owned())
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_tests_of_a_file_are_a_map_and_a_click_opens_the_head() {
    let mut harness = on([1440.0, 900.0], lab(Theme::Light));
    harness.state_mut().open_results("out.csv", &tests_of(TextId::Long));
    settle(&mut harness);
    assert_eq!(harness.state().lab().lens, LensId::Claims);
    assert!((number(&harness, "map_mean") - 0.494).abs() < 0.001);
    assert!((number(&harness, "map_null") - 0.461).abs() < 0.01);
    picture(&mut harness, "claims-opened");
    press(&mut harness, "test");
    harness
        .get_by_role_and_label(Role::MenuItem, "loss J with its sign")
        .click();
    settle(&mut harness);
    assert!((number(&harness, "map_mean") - 201.0).abs() < 0.1);
    picture(&mut harness, "claims-opened-loss");
    // The cell in the middle of the map.
    press(&mut harness, "heads");
    assert_eq!(harness.state().lab().lens, LensId::KernelPca);
    assert_ne!(harness.state().lab().scene.head, 7);
    assert_eq!(harness.state().lab().scene.source, Source::Text(TextId::Long));
    assert_eq!(harness.state().lab().choices.kernel_pca.values, ValuesFrom::Free);
}

#[test]
fn heads_that_are_not_here_are_said_to_be_missing_and_a_bad_file_is_refused() {
    let mut harness = on([1440.0, 900.0], lab(Theme::Light));
    let other = tests_of(TextId::Long).replace("\"long\"", "\"\"");
    harness.state_mut().open_results("out.csv", &other);
    settle(&mut harness);
    assert!(harness.query_by_label_contains("12 heads of 54 tokens").is_some());
    picture(&mut harness, "claims-opened-missing");
    press(&mut harness, "heads");
    assert_eq!(harness.state().lab().lens, LensId::Claims);
    harness.state_mut().open_results("out.csv", &other.replace("0.", "x."));
    settle(&mut harness);
    assert!(harness.query_by_label_contains("out.csv was not opened").is_some());
}
