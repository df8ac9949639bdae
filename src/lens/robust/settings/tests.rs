//! All settings of the third lesson, and where there are none.

use super::*;
use crate::command::words::edit_of;
use crate::lab::readout::Readouts;
use crate::lab::{LensId, Library, PresetId, Source};
use crate::lens::robust::Robust;
use crate::lens::testing::{self, number};

/// A cloud after these words, through the lens.
fn said(preset: PresetId, words: &[&str]) -> Readouts {
    let library = Library::default();
    let mut lab = Lab::of(Source::Preset(preset));
    lab.lens = LensId::Robust;
    for word in words {
        let edit = edit_of(word, &lab).unwrap_or_else(|| panic!("{word} is a word"));
        edit.apply(&mut lab, &library).expect("it can be done");
    }
    testing::said(&mut Robust::default(), &lab, &library)
}

/// The settings of a cloud after these words.
fn settings(preset: PresetId, words: &[&str]) -> Result<Settings, Missing> {
    let library = Library::default();
    let mut lab = Lab::of(Source::Preset(preset));
    for word in words {
        let edit = edit_of(word, &lab).unwrap_or_else(|| panic!("{word} is a word"));
        edit.apply(&mut lab, &library).expect("it can be done");
    }
    let wanted = crate::lens::robust::wanted(&lab, &library).expect("the cloud is here");
    Settings::of(&wanted, lab.choices.robust.settings, &lab.scene.corruption)
}

#[test]
fn they_are_read_out_where_they_are_open() {
    let sizes = "robust settings sizes 1.9 3.15 6.15";
    let closed = said(PresetId::FarSlip, &[sizes]);
    assert!(!closed.numbers.contains_key("settings"));
    let open = said(PresetId::FarSlip, &[sizes, "robust settings on"]);
    assert_eq!(number(&open, "settings"), 36.0);
    assert_eq!(number(&open, "settings_best_at_one"), 34.0);
    assert_eq!(number(&open, "settings_better_at_one"), 36.0);
    let ratios = ["settings_least_ratio", "settings_largest_ratio"].map(|name| number(&open, name));
    assert!(
        0.0 < ratios[0] && ratios[0] < ratios[1] && ratios[1] < 1.0,
        "{ratios:?}"
    );
}

#[test]
fn the_setting_of_the_lab_is_one_of_them() {
    let open = said(
        PresetId::FarSlip,
        &["robust settings sizes 1.9 3.15 6.15", "robust settings on"],
    );
    let all = settings(PresetId::FarSlip, &["robust settings sizes 1.9 3.15 6.15"]).expect("settings");
    for (form, lambda) in [
        (RpcForm::Printed, 0.5),
        (RpcForm::Released, 2.0),
        (RpcForm::Lagrangian, 0.5),
    ] {
        let mut own = all.0.iter().filter(|setting| {
            (setting.form, setting.lambda, setting.size, setting.keys_as_values) == (form, lambda, 3.15, false)
        });
        let setting = own.next().expect("the lab's own is one of them");
        assert!((setting.plain - number(&open, "moved_seen")).abs() < 1e-12);
        for (n, moved) in std::iter::zip(ITERATIONS, setting.moved) {
            let there = number(&open, &format!("moved_{} {n}", form.name()));
            assert!((moved - there).abs() < 1e-12, "{form}, {n}: {moved}, {there}");
        }
    }
}

#[test]
fn without_sizes_they_are_half_of_what_is_wrong_that_and_twice() {
    let all = settings(PresetId::FarSlip, &[]).expect("settings");
    let sizes: Vec<f64> = all.0.iter().take(3).map(|setting| setting.size).collect();
    assert_eq!(sizes, [1.575, 3.15, 6.3]);
}

#[test]
fn values_that_are_the_keys_are_no_second_choice() {
    let all = settings(PresetId::Slip, &[]).expect("settings");
    assert_eq!(all.0.len(), 18);
    assert!(all.0.iter().all(|setting| setting.keys_as_values));
}

#[test]
fn where_there_are_none_it_says_why() {
    assert_eq!(settings(PresetId::Line, &[]), Err(Missing::NothingWrong));
    let library = Library::default();
    let lab = Lab::of(Source::Preset(PresetId::FarSlip));
    let mut wanted = crate::lens::robust::wanted(&lab, &library).expect("the cloud is here");
    let many = 5000;
    wanted.truth.seen = DMatrix::from_fn(many, 2, |row, _| row as f64);
    let error = Settings::of(&wanted, SettingsChoices::default(), &lab.scene.corruption).expect_err("too many");
    let Missing::TooMany { has, bound } = error else {
        panic!("{error:?}");
    };
    assert_eq!(has, many);
    assert!((20..200).contains(&bound), "{bound}");
    assert!(error.words().contains("5000") && error.words().contains(&bound.to_string()));
}
