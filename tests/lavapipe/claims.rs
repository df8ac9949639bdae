//! The claims lens: each card opens, runs and breaks under the hand, and its pictures.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::lab::claims::{Draws, HeadClaims, TESTS, stream};
use eigenlens::lab::{Beside, Card, Lab, LensId, NullRows, Source, Start, TextId, Theme, ValuesFrom};
use eigenlens::lesson::check;
use eigenlens_core::Head;
use eigenlens_core::claims::random_matrix;
use eigenlens_files::{Format, Tensor, TensorFile};
use nalgebra::DMatrix;

use super::bench::{centre, number, on, picture, settle};
use super::looks::check_texts;

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
fn a_link_of_the_text_opens_its_state() {
    let mut harness = harness();
    harness
        .get_by_role_and_label(Role::Link, "supports it, planted values")
        .click_accesskit();
    settle(&mut harness);
    let lab = harness.state().lab();
    assert_eq!((lab.lens, lab.scene.head), (LensId::Claims, 7));
    assert_eq!(lab.choices.kernel_pca.values, ValuesFrom::Constructed);
    assert!((number(&harness, "overlap") - 1.0).abs() < 1e-8);
}

#[test]
fn the_lens_can_be_looked_at() {
    for (name, size, theme) in [
        ("1440x900", [1440.0, 900.0], Theme::Light),
        ("1440x900-dark", [1440.0, 900.0], Theme::Dark),
        ("1920x1080-hall", [1920.0, 1080.0], Theme::Projector),
        ("1280x720", [1280.0, 720.0], Theme::Light),
        ("phone", [390.0, 844.0], Theme::Light),
        ("phone-dark", [390.0, 844.0], Theme::Dark),
    ] {
        for card in [Card::Projection, Card::Training] {
            let mut lab = lab(theme);
            lab.choices.card = card;
            let mut harness = on(size, lab);
            picture(&mut harness, &format!("claims-{name}-{}", card.code() + 1));
        }
    }
}

#[test]
fn chance_is_chosen_on_the_card_and_taken_back() {
    let mut harness = harness();
    settle(&mut harness);
    press(&mut harness, "choice");
    harness.get_by_role_and_label(Role::MenuItem, "shifted rows").click();
    settle(&mut harness);
    assert_eq!(harness.state().lab().choices.claims.null, NullRows::Shifted);
    assert!((number(&harness, "overlap_null_greatest") - 0.708).abs() < 0.001);
    assert_eq!(number(&harness, "map_above"), 31.0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(harness.state().lab().choices.claims.null, NullRows::Permuted);
}

#[test]
fn the_choices_of_the_cards_have_room() {
    for (size, theme) in [
        ([1440.0, 900.0], Theme::Light),
        ([1280.0, 720.0], Theme::Dark),
        ([1920.0, 1080.0], Theme::Projector),
        ([390.0, 844.0], Theme::Light),
    ] {
        for (card, test) in [
            (Card::Projection, "loss"),
            (Card::Similarity, "overlap"),
            (Card::Training, "overlap"),
            (Card::Eigenvalue, "unscaled_eigenvalue"),
        ] {
            let mut lab = lab(theme);
            lab.choices.card = card;
            lab.choices.claims.null = NullRows::Shifted;
            lab.choices.claims.beside = Beside::Strangers;
            lab.choices.claims.start = Start::Fixed;
            let at = TESTS.iter().position(|known| known.key == test).expect("a test");
            lab.choices.claims.test = u8::try_from(at).expect("few tests");
            let mut harness = on(size, lab);
            settle(&mut harness);
            check_texts(&harness, size, theme);
            picture(
                &mut harness,
                &format!("claims-choice-{}-{}", card.code() + 1, theme.key()),
            );
        }
    }
}

/// What `eigenlens claims` writes of a few tests of heads.
fn tests_of(name: &str, heads_in_layer: usize, heads: &[Head]) -> String {
    let columns = "group,layer,head,tokens,value_dim,axes,kind,test,theorem,value,permuted_draws,permuted_mean,permuted_low,\
                   permuted_high,permuted_below,random_draws,random_mean,random_low,random_high,random_below";
    let rows = heads.iter().enumerate().flat_map(|(at, head)| {
        let claims = HeadClaims::new(head, at, Draws { count: 8, seed: 1 }).expect("tests");
        let row = move |key: &str| {
            let reading = claims.reading(key).expect("a reading");
            let null = reading.permuted.as_ref().expect("a null");
            let [low, high] = null.interval();
            format!(
                "\"{name}\",{},{},{},{},{},x,{key},,{},8,{},{low},{high},0,,,,,",
                at / heads_in_layer + 1,
                at % heads_in_layer + 1,
                head.n_keys(),
                head.value_dim(),
                claims.axes,
                reading.value.expect("a value"),
                null.mean(),
            )
        };
        ["overlap", "column_sum", "loss"].map(row)
    });
    let lines = std::iter::once(columns.to_owned()).chain(rows);
    lines.collect::<Vec<_>>().join("\n")
}

/// That of the text “long”, under a name.
fn tests_of_long(name: &str) -> String {
    let cloud = check::library()
        .cloud(&Source::Text(TextId::Long))
        .expect("the text is here");
    tests_of(name, 12, cloud.heads())
}

#[test]
fn the_tests_of_a_file_are_a_map_and_a_click_opens_the_head() {
    let mut harness = on([1440.0, 900.0], lab(Theme::Light));
    harness.state_mut().open_results("out.csv", &tests_of_long("long"));
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
    let other = tests_of_long("");
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

#[test]
fn the_heads_of_a_file_open_from_its_tests_and_those_of_another_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut uniform = stream(1, 0);
    let heads: Vec<Head> = (0..6)
        .map(|_| {
            let mut matrix = || random_matrix(10, 4, &mut uniform);
            Head::new(matrix(), matrix(), matrix()).expect("a head")
        })
        .collect();
    // Two layers of three heads.
    let mut file = TensorFile::new();
    for (name, part) in [
        ("query", Head::queries as fn(&Head) -> &DMatrix<f64>),
        ("key", Head::keys),
        ("value", Head::values),
    ] {
        let data = heads.iter().flat_map(|head| part(head).transpose().as_slice().to_vec());
        let tensor = Tensor::new(name, vec![2, 3, 10, 4], data.collect()).expect("a tensor");
        file.insert(name, tensor);
    }
    let path = folder.path().join("model.npz");
    std::fs::write(&path, file.write(Format::Npz).expect("bytes")).expect("a file");

    let mut harness = harness();
    harness.state_mut().open_path(&path);
    harness.state_mut().open_results("out.csv", &tests_of("", 3, &heads));
    settle(&mut harness);
    harness.get_by_label_contains("layer 2, head 2:").click();
    settle(&mut harness);
    assert_eq!(harness.state().lab().lens, LensId::KernelPca);
    assert_eq!(harness.state().lab().scene.source.name(), "model.npz");
    assert_eq!(harness.state().lab().scene.head, 4);

    let others: Vec<Head> = heads.iter().rev().cloned().collect();
    harness.state_mut().open_results("other.csv", &tests_of("", 3, &others));
    settle(&mut harness);
    assert!(
        harness
            .query_by_label_contains("model.npz has other numbers than other.csv")
            .is_some()
    );
    harness.get_by_label_contains("layer 2, head 2:").click();
    settle(&mut harness);
    assert_eq!(harness.state().lab().lens, LensId::Claims);
}
