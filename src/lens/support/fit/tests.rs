//! The numbers of the fifth lesson, of the golden ring and of the preset, read from what the view says; and bad clouds.

use std::num::NonZeroU16;
use std::thread;

use serde_json::Value;

use super::*;
use crate::app::texts::embedded;
use crate::lab::readout::Readouts;
use crate::lab::support::{Cap, TargetSet};
use crate::lab::{GridPoint, PresetId, Source, TextId, Thousandths, TokenRef};
use crate::lens::testing::{self, number};

const LESSON: &str = include_str!("../../../../crates/core/tests/golden/lesson_5.json");
const GOLDEN: &str = include_str!("../../../../crates/core/tests/golden/support.json");

/// A lab through the view, all work done.
fn said(lab: &Lab, library: &Library) -> Readouts {
    testing::said(&mut Fit::default(), lab, library)
}

fn of(preset: PresetId) -> Lab {
    Lab::of(Source::Preset(preset))
}

/// The numbers of all keys under a name.
fn all(readouts: &Readouts, name: &str) -> Vec<f64> {
    let n = number(readouts, "n_keys") as usize;
    (1..=n)
        .map(|key| number(readouts, &format!("{name} of key {key}")))
        .collect()
}

/// The clock with its hill, a tube and a cap.
fn clock(epsilon: u16, cap: Option<f64>) -> Lab {
    let mut lab = of(PresetId::Clock);
    lab.choices.support.epsilon = Some(epsilon);
    lab.choices.support.cap = cap.and_then(Thousandths::nearest).map_or(Cap::Free, Cap::At);
    lab
}

/// What the lesson expects of a step: the numbers under a name, and the tolerance.
fn expected(step: &str, name: &str) -> (Vec<f64>, f64) {
    testing::expected(LESSON, step, name)
}

fn agree(found: &[f64], step: &str, name: &str) {
    let (wanted, tolerance) = expected(step, name);
    assert_eq!(found.len(), wanted.len(), "{step} {name}");
    for (found, wanted) in std::iter::zip(found, &wanted) {
        assert!(
            (found - wanted).abs() <= tolerance,
            "{step} {name}: {found} is {wanted}"
        );
    }
}

fn hold(readouts: &Readouts, ids: &[&str]) {
    for id in ids {
        let check = readouts.checks.iter().find(|check| check.id == *id);
        let check = check.unwrap_or_else(|| panic!("{id} is claimed: {}", readouts.headline));
        assert!(check.holds, "{id}: {}", check.residual);
    }
}

const OPTIMAL: [&str; 5] = ["softmax_values", "inside", "edge", "capped", "gap"];

#[test]
fn the_preset_shows_the_picture() {
    let library = Library::default();
    let readouts = said(&of(PresetId::Ring), &library);
    assert_eq!(
        readouts.headline,
        "8 of 12 keys hold the curve; 4 lie inside the tube and do nothing."
    );
    assert_eq!(
        readouts.spoken,
        "8 of 12 keys hold the curve, 4 inside. f of q is 0.48."
    );
    assert_eq!((number(&readouts, "capped"), number(&readouts, "on_edge")), (4.0, 4.0));
    assert!(
        (number(&readouts, "f_query") - 0.4753).abs() < 5e-5,
        "{}",
        number(&readouts, "f_query")
    );
    assert!((number(&readouts, "query_place") - 77.0).abs() < 1e-9);
    assert_eq!(readouts.numbers["bound"].text, "1.50");
    hold(&readouts, &OPTIMAL);
    let inside = readouts
        .checks
        .iter()
        .find(|check| check.id == "inside")
        .expect("claimed");
    assert_eq!(inside.text, "4 of 4");
    assert_eq!(readouts.table.rows.len(), 12);
}

#[test]
fn the_golden_ring_comes_out() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("JSON");
    let cases = golden["ring"].as_array().expect("cases");
    assert!(cases.len() >= 8, "{} cases", cases.len());
    let library = Library::default();
    for case in cases {
        let numbers = |name: &str| -> Vec<f64> {
            case[name]
                .as_array()
                .expect(name)
                .iter()
                .filter_map(Value::as_f64)
                .collect()
        };
        let [epsilon, cap] = ["eps", "cap_v"].map(|name| case[name].as_f64().expect(name));
        let mut lab = of(PresetId::Ring);
        lab.choices.support.epsilon = Some((1000.0 * epsilon).round() as u16);
        lab.choices.support.cap = if cap < 60.0 {
            Thousandths::nearest(cap).map_or(Cap::Free, Cap::At)
        } else {
            Cap::Free
        };
        let readouts = said(&lab, &library);
        for (name, wanted) in [("value", numbers("v")), ("fitted", numbers("f"))] {
            for (found, wanted) in std::iter::zip(all(&readouts, name), wanted) {
                assert!(
                    (found - wanted).abs() < 1e-6,
                    "ε {epsilon}, cap {cap}: {name} {found} is {wanted}"
                );
            }
        }
        hold(&readouts, &OPTIMAL);
    }
}

#[test]
fn a_wider_tube_needs_fewer_keys() {
    let library = Library::default();
    let readouts = said(&clock(200, None), &library);
    agree(&[number(&readouts, "h")], "5.1", "h");
    agree(&all(&readouts, "value"), "5.1", "v");
    agree(&all(&readouts, "fitted"), "5.1", "fit");
    let counts =
        [50, 200, 250, 260, 300].map(|epsilon| number(&said(&clock(epsilon, None), &library), "support_vectors"));
    agree(&counts, "5.2", "support_vectors");
    agree(&all(&said(&clock(300, None), &library), "value"), "5.2", "v_at_0_3");
}

#[test]
fn a_target_inside_the_tube_is_free() {
    let library = Library::default();
    let before = said(&clock(300, None), &library);
    let mut lab = clock(300, None);
    lab.scene.set_target(1, 360).expect("key 2");
    let within = said(&lab, &library);
    for (a, b) in std::iter::zip(all(&before, "value"), all(&within, "value")) {
        assert!((a - b).abs() < 1e-9, "nothing moves: {a}, {b}");
    }
    agree(&[number(&within, "fitted of key 2")], "5.3", "fit_of_moved");
    lab.scene.set_target(1, 500).expect("key 2");
    let beyond = said(&lab, &library);
    agree(&[number(&beyond, "value of key 2")], "5.3", "v_of_moved_at_0_5");
    agree(&[number(&beyond, "value of key 4")], "5.3", "v_of_peak_at_0_5");
    agree(&[number(&beyond, "support_vectors")], "5.3", "support_vectors_at_0_5");
}

#[test]
fn neighbours_push_back_and_a_cap_tolerates_an_error() {
    let library = Library::default();
    let one = |epsilon| {
        let mut lab = clock(epsilon, None);
        lab.choices.support.targets = TargetSet::One;
        said(&lab, &library)
    };
    agree(&all(&one(300), "value"), "5.4", "v_at_0_3");
    agree(&[number(&one(400), "support_vectors")], "5.4", "support_at_0_4");
    agree(&[number(&one(400), "value of key 4")], "5.4", "v_at_0_4");
    let caps = [2.0, 1.5, 1.0, 0.5].map(|cap| said(&clock(300, Some(cap)), &library));
    agree(
        &caps.each_ref().map(|it| number(it, "support_vectors")),
        "5.5",
        "support_vectors",
    );
    agree(&caps.each_ref().map(|it| number(it, "capped")), "5.5", "capped");
    agree(&all(&caps[2], "value"), "5.5", "v_at_cap_1");
    agree(&[number(&caps[2], "misfit of key 4")], "5.5", "misfit_of_peak");
    for readouts in &caps {
        hold(readouts, &OPTIMAL);
    }
}

#[test]
fn given_values_imply_targets() {
    let mut lab = clock(200, None);
    lab.choices.support.drag_values = true;
    for key in 0..12 {
        lab.scene.set_dual(key, if key == 3 { 1000 } else { 0 }).expect("a key");
    }
    let readouts = said(&lab, &Library::default());
    agree(&all(&readouts, "target"), "5.6", "implied_targets");
    assert_eq!(readouts.headline, "Values given; the targets they aim at are hollow.");
    hold(&readouts, &["softmax_values"]);
    assert!(
        readouts.checks.iter().all(|check| check.id != "gap"),
        "nothing is optimal"
    );
}

#[test]
fn sharp_targets_through_a_wide_kernel_are_ill_posed() {
    let library = Library::default();
    let mut lab = clock(0, None);
    lab.choices.support.targets = TargetSet::Alternating;
    let readouts = said(&lab, &library);
    agree(&[number(&readouts, "condition")], "5.7", "condition_ring");
    agree(&[number(&readouts, "largest_value")], "5.7", "largest_v_ring");
    agree(
        &[number(&said(&clock(0, None), &library), "largest_value")],
        "5.7",
        "largest_v_ring_hill",
    );
    let readouts = said(&of(PresetId::Ruler), &library);
    agree(&[number(&readouts, "condition")], "5.7", "condition_line");
    agree(&[number(&readouts, "largest_value")], "5.7", "largest_v_line");
    hold(&readouts, &OPTIMAL);
}

#[test]
fn the_kernel_is_a_taylor_series() {
    let library = Library::default();
    let readouts = said(&of(PresetId::Pair), &library);
    let sums = [0, 1, 2, 4, 8].map(|degree| number(&readouts, &format!("kernel {degree} of key 1")));
    agree(&sums, "5.8", "truncated");
    agree(&[number(&readouts, "kernel of key 1")], "5.8", "exact");
    let mut lab = clock(200, None);
    lab.scene
        .move_token(TokenRef::Query(0), GridPoint::from_world([2.5, 0.0]))
        .expect("the query");
    let readouts = said(&lab, &library);
    agree(&[number(&readouts, "logit of key 1")], "5.8", "ring_logit");
    let sums = [0, 1, 2, 4, 8].map(|degree| number(&readouts, &format!("kernel {degree} of key 1")));
    agree(&sums, "5.8", "ring_truncated");
    // A kernel that is cut off is another kernel: the same values would give another curve, and the fit finds others.
    lab.choices.support.degree = Some(2);
    let cut = said(&lab, &library);
    assert_ne!(number(&cut, "value of key 4"), number(&readouts, "value of key 4"));
    hold(&cut, &OPTIMAL);
}

#[test]
fn sweeps_go_there_and_the_last_one_stays() {
    let library = Library::default();
    let mut lab = of(PresetId::Ring);
    let done = said(&lab, &library);
    let sweeps = number(&done, "sweeps");
    assert!(sweeps > 5.0, "{sweeps} sweeps");
    let mut gaps = Vec::new();
    for sweep in 1..=3 {
        lab.choices.support.sweep = NonZeroU16::new(sweep);
        let readouts = said(&lab, &library);
        assert_eq!(number(&readouts, "sweep"), f64::from(sweep));
        assert!(readouts.headline.contains("still moves"), "{}", readouts.headline);
        assert!(
            readouts.checks.iter().all(|check| check.id != "gap"),
            "not claimed on the way"
        );
        gaps.push(number(&readouts, "duality_gap"));
    }
    assert!(gaps.is_sorted_by(|a, b| a > b), "{gaps:?}");
    lab.choices.support.sweep = NonZeroU16::new(u16::MAX);
    assert_eq!(said(&lab, &library).headline, done.headline);
    let edit = Edit::Support(SupportEdit::Epsilon(Some(100)));
    edit.apply(&mut lab, &library).expect("ε");
    assert_eq!(lab.choices.support.sweep, None, "another tube, another film");
}

#[test]
fn every_cloud_has_a_picture_or_a_reason() {
    let library = Library::default();
    for preset in crate::lab::preset::PRESETS {
        let readouts = said(&of(preset.id), &library);
        assert!(
            !readouts.headline.is_empty() && readouts.headline.chars().count() <= 90,
            "{}",
            preset.key
        );
        assert!(
            readouts.checks.iter().all(|check| check.holds),
            "{}: {:?}",
            preset.key,
            readouts.checks
        );
        for (name, number) in &readouts.numbers {
            assert!(number.value.is_finite(), "{}: {name}", preset.key);
        }
    }
}

#[test]
fn a_cloud_that_is_no_circle_has_a_bound_for_each_key() {
    let mut lab = of(PresetId::ThreeGroups);
    lab.choices.support.cap = Thousandths::nearest(1.0).map_or(Cap::Free, Cap::At);
    lab.choices.support.targets = TargetSet::Hill;
    let readouts = said(&lab, &Library::default());
    let caps = all(&readouts, "cap");
    let bounds: Vec<f64> = std::iter::zip(&caps, all(&readouts, "h"))
        .map(|(cap, h)| cap * h)
        .collect();
    let first = bounds[0];
    assert!(
        bounds.iter().all(|bound| (bound / first - 1.0).abs() < 1e-9),
        "one C for all: {bounds:?}"
    );
    assert!(caps.iter().any(|cap| (cap / caps[0] - 1.0).abs() > 0.1), "{caps:?}");
    for (value, cap) in std::iter::zip(all(&readouts, "value"), caps) {
        assert!(value.abs() <= cap * (1.0 + 1e-9), "{value} within {cap}");
    }
}

/// Keys somewhere, the query at the origin.
fn board(keys: &[[f64; 2]]) -> Lab {
    let mut lab = Lab::of(Source::Blank);
    for key in keys {
        lab.add_key(GridPoint::from_world(*key)).expect("room for keys");
    }
    lab.choices.support.targets = TargetSet::Alternating;
    lab
}

#[test]
fn bad_clouds_are_borne() {
    let library = Library::default();
    assert_eq!(said(&board(&[]), &library).headline, "No keys yet.");
    let one = said(&board(&[[1.0, 1.0]]), &library);
    assert_eq!(one.headline, "The only key holds the curve.");
    // Equal keys with other targets: no curve meets both.
    let equal = said(&board(&[[1.0, 1.0]; 6]), &library);
    assert!(!equal.headline.is_empty());
    let far = said(&board(&[[31.0, 0.0], [-31.0, 0.0], [0.0, 31.0]]), &library);
    hold(&far, &OPTIMAL);
    for degree in [0, 1, 3, 16] {
        let mut lab = of(PresetId::ThreeGroups);
        lab.choices.support.degree = Some(degree);
        lab.choices.support.targets = TargetSet::Hill;
        let readouts = said(&lab, &library);
        assert!(readouts.headline.chars().count() <= 90, "{}", readouts.headline);
    }
}

#[test]
fn many_keys_are_a_job_and_it_ends() {
    let ring: Vec<[f64; 2]> = (0..300)
        .map(|i| {
            let (sin, cos) = (std::f64::consts::TAU * f64::from(i) / 300.0).sin_cos();
            [2.0 * cos, 2.0 * sin]
        })
        .collect();
    let mut lab = board(&ring);
    lab.choices.support.epsilon = Some(500);
    lab.choices.support.targets = TargetSet::Hill;
    lab.choices.support.cap = Thousandths::nearest(1.0).map_or(Cap::Free, Cap::At);
    let library = Library::default();
    let mut view = Fit::default();
    assert!(view.derive(&lab, &library), "it is under way");
    assert!(
        view.headline()
            .iter()
            .any(|(words, _)| words == "The regression is on its way.")
    );
    while view.derive(&lab, &library) {
        thread::yield_now();
    }
    let mut readouts = Readouts::default();
    view.read_out(&mut readouts);
    assert!(number(&readouts, "sweeps") > 0.0, "{}", readouts.headline);
}

#[test]
fn a_text_that_has_not_come_is_said() {
    let lab = Lab::of(Source::Text(TextId::Pronoun));
    let mut library = Library::default();
    let readouts = said(&lab, &library);
    assert!(readouts.headline.contains("not"), "{}", readouts.headline);
    let bytes = embedded(TextId::Pronoun).expect("the text is inside");
    library.insert_text(TextId::Pronoun, &bytes).expect("the text");
    let readouts = said(&lab, &library);
    // Without targets nothing is aimed at.
    assert_eq!(readouts.headline, "Every target is 0, so no key has to hold the curve.");
}
