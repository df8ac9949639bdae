//! The numbers of lessons 4.8 and 4.9, read from what the view says.

use std::sync::Arc;

use eigenlens_core::{Cloud, Head};
use nalgebra::DMatrix;

use super::*;
use crate::app::texts::embedded;
use crate::command::EllipticalEdit as Choose;
use crate::lab::elliptical::GivenMetric;
use crate::lab::{GridPoint, PresetId, Source, TextId};
use crate::lens::testing::{self, number};

/// A lab through the view, all work done.
fn said(lab: &Lab, library: &Library) -> Readouts {
    testing::said(&mut Robustness::default(), lab, library)
}

fn on(preset: PresetId, edits: &[Choose]) -> Lab {
    let mut lab = Lab::of(Source::Preset(preset));
    for edit in edits {
        Edit::Elliptical(*edit)
            .apply(&mut lab, &Library::default())
            .expect("a choice");
    }
    lab
}

#[track_caller]
fn close(readouts: &Readouts, name: &str, expected: f64, tolerance: f64) {
    let ours = number(readouts, name);
    assert!(
        (ours - expected).abs() <= tolerance,
        "{name}: {ours}, expected {expected}"
    );
}

#[track_caller]
fn holds(readouts: &Readouts) {
    let ids: Vec<&str> = readouts.checks.iter().map(|check| check.id).collect();
    assert_eq!(ids, ["bound", "lemma", "derivative"]);
    for check in &readouts.checks {
        assert!(check.holds, "{check:?}");
    }
}

fn ellipse() -> Choose {
    Choose::Given(Some(GivenMetric::default().with(1, 0.1)))
}

#[test]
fn the_bound_is_true_and_hundreds_of_times_too_large() {
    let library = Library::default();
    let up = said(&on(PresetId::Street, &[ellipse()]), &library);
    close(&up, "shift_identity", 0.179_322_523_485, 1.8e-7);
    close(&up, "shift_metric", 0.001_702_676_331_67, 1.8e-7);
    close(&up, "bound_identity", 194.620_603_837, 0.000_19);
    close(&up, "bound_metric", 131.608_747_872, 0.000_19);
    assert_eq!(
        up.headline,
        "This push moves the output by 0.00170; the bound allows 65.8."
    );
    holds(&up);
    let left = said(&on(PresetId::Street, &[ellipse(), Choose::Push([-1000, 0])]), &library);
    for key in ["identity", "metric"] {
        close(&left, &format!("shift_{key}"), 0.515_288_631_111, 5.2e-7);
    }
    close(&left, "used_identity", 0.002_647_657_138_83, 3.9e-9);
    close(&left, "used_metric", 0.003_915_306_842_77, 3.9e-9);
    let texts = [
        "shift_identity",
        "used_identity",
        "used_metric",
        "bound_identity",
        "bound_metric",
    ];
    let texts = texts.map(|name| left.numbers[name].text.as_str());
    assert_eq!(texts, ["0.515", "0.26\u{a0}%", "0.39\u{a0}%", "195", "132"]);
    assert_eq!(
        left.headline,
        "This push moves the output by 0.515; the bound allows 132."
    );
    holds(&left);
}

#[test]
fn the_output_answers_an_axis_as_its_m_says() {
    let library = Library::default();
    let readouts = said(&on(PresetId::Street, &[ellipse()]), &library);
    // The query has no second coordinate, so the weights are those of M = I, and the slopes are m times theirs.
    close(
        &readouts,
        "sensitivity of metric 1",
        number(&readouts, "sensitivity of identity 1"),
        1e-12,
    );
    close(
        &readouts,
        "sensitivity of metric 2",
        0.1 * number(&readouts, "sensitivity of identity 2"),
        1e-12,
    );
}

#[test]
fn a_small_bound_is_bought_with_collapse() {
    let readouts = said(&on(PresetId::SixScattered, &[]), &Library::default());
    // One layer of the film: of lesson 4.9, the second number of each row.
    for (name, expected) in [
        ("cosine at 1.00", -0.028_972_295_121_5),
        ("cosine at 0.010", 0.998_889_606_127),
        ("cosine_metric", 0.075_188_957_108_8),
        ("cosine_mean", -0.049_597_643_781_7),
    ] {
        close(&readouts, name, expected, 1e-6);
    }
    close(
        &readouts,
        "bound_least",
        0.01 * number(&readouts, "bound_identity"),
        1e-12,
    );
    holds(&readouts);
}

#[test]
fn without_a_push_nothing_is_used() {
    let readouts = said(&on(PresetId::Street, &[Choose::Push([0, 0])]), &Library::default());
    assert_eq!(number(&readouts, "shift_metric"), 0.0);
    assert_eq!(readouts.numbers["used_metric"].text, "no push");
    assert_eq!(
        readouts.headline,
        "Pull the arrow at the query: how far does its output move?"
    );
    holds(&readouts);
}

#[test]
fn real_heads_and_odd_clouds_have_an_answer() {
    let mut library = Library::default();
    library
        .insert_text(TextId::Pronoun, &embedded(TextId::Pronoun).expect("inside"))
        .expect("inside");
    for metric in [MetricSource::Given, MetricSource::Estimated] {
        let mut lab = Lab::of(Source::Text(TextId::Pronoun));
        lab.choices.elliptical.metric = metric;
        let readouts = said(&lab, &library);
        assert!(number(&readouts, "shift_metric") > 0.0);
        holds(&readouts);
    }
    assert_eq!(said(&Lab::of(Source::Blank), &library).headline, "No keys yet.");
    let missing = said(&Lab::of(Source::Text(TextId::Bank)), &library);
    assert_eq!(missing.headline, "“bank” is not here yet.");
    let mut one = Lab::of(Source::Blank);
    one.add_key(GridPoint::from_world([1.0, 0.5])).expect("room");
    holds(&said(&one, &library));
    for (i, keys) in [
        DMatrix::from_element(5, 3, 2.0),
        DMatrix::from_element(4, 2, 0.0),
        DMatrix::from_fn(7, 2, |i, j| 1e3 * ((i * 3 + j * 5) as f64).sin()),
        DMatrix::from_fn(6, 1, |i, _| i as f64 - 2.0),
        DMatrix::from_fn(9, 64, |i, j| ((i * 7 + j * 11) as f64).cos()),
        DMatrix::from_fn(400, 16, |i, j| ((i * 7 + j * 11) as f64).cos()),
    ]
    .into_iter()
    .enumerate()
    {
        let head = Head::new(keys.rows(0, 1).into_owned(), keys.clone(), keys).expect("a head");
        let cloud = Cloud::new(vec![head], Vec::new()).expect("a cloud");
        let lab = Lab::of(library.insert("made", [i as u8; 8], Arc::new(cloud)).expect("fits"));
        let readouts = said(&lab, &library);
        assert!(readouts.headline.chars().count() <= 90, "{i}: {}", readouts.headline);
        holds(&readouts);
    }
}
