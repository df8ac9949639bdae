//! The numbers of the fourth lesson about the meter, read from what the view says, and clouds of every kind.

use std::sync::Arc;

use eigenlens_core::{Cloud, Head, MetricScaling};
use nalgebra::{DMatrix, dmatrix};

use super::super::ellipse::tests::{close, edges, near, with_text};
use super::*;
use crate::command::Role;
use crate::lab::{GridPoint, PresetId, Source, Thousandths};
use crate::lens::testing::number;

fn said(lab: &Lab, library: &Library) -> Readouts {
    let mut view = Estimator::default();
    view.derive(lab, library);
    let mut readouts = Readouts::default();
    view.read_out(&mut readouts);
    readouts
}

fn of(preset: PresetId, edits: &[Edit]) -> Readouts {
    let library = Library::default();
    let mut lab = Lab::of(Source::Preset(preset));
    for edit in edits {
        edit.apply(&mut lab, &library).expect("an edit");
    }
    said(&lab, &library)
}

fn m(readouts: &Readouts) -> [f64; 2] {
    ["m 1", "m 2"].map(|name| number(readouts, name))
}

fn choose(edit: EllipticalEdit) -> Edit {
    Edit::Elliptical(edit)
}

fn delta(delta: f64) -> Edit {
    choose(EllipticalEdit::Delta(Thousandths::nearest(delta)))
}

const NONE: Edit = Edit::Elliptical(EllipticalEdit::Scaling(MetricScaling::None));

#[test]
fn the_meter_reads_mean_jumps_and_delta_cancels_under_scaling() {
    close("4.5", "m_raw", &m(&of(PresetId::Jump, &[NONE])));
    close("4.5", "m_raw_delta_5", &m(&of(PresetId::Jump, &[NONE, delta(5.0)])));
    let [one, five] = [1.0, 5.0].map(|x| of(PresetId::Jump, &[delta(x)]));
    close("4.5", "m_max", &m(&one));
    assert_eq!(m(&one), m(&five), "to the last digit");
    assert_eq!(number(&five, "delta"), 5.0);
    let check = one
        .checks
        .iter()
        .find(|check| check.id == "delta")
        .expect("it is checked");
    assert!(check.holds && check.residual <= 1e-15, "{}", check.residual);
    // The lesson says 3.7; a drag ends on the grid of the board.
    let dragged = of(PresetId::Jump, &[Edit::Value(2, GridPoint::from_world([1.0, 3.7]))]);
    let [first, second] = m(&dragged);
    assert!(
        (first - 1.0).abs() < 2e-4 && (second - 1.0).abs() < 2e-4,
        "{first} {second}"
    );
    assert_eq!(
        dragged.headline,
        "Both value coordinates jump equally far: the ellipse is a circle."
    );
}

#[test]
fn a_function_that_mixes_gives_the_same_bars_and_the_wrong_ellipse() {
    let values = |values| of(PresetId::Lattice, &[NONE, choose(EllipticalEdit::Values(values))]);
    let [separable, swapped] = [LayerValues::Separable, LayerValues::Swapped].map(values);
    let slopes = |it: &Readouts| ["true slope 1", "true slope 2"].map(|name| number(it, name));
    close("4.6", "estimate_separable", &m(&separable));
    close("4.6", "truth_separable", &slopes(&separable));
    close("4.6", "estimate_swapped", &m(&swapped));
    close("4.6", "truth_swapped", &slopes(&swapped));
    assert_eq!(
        swapped.headline,
        "f mixes the coordinates: the ellipse points the wrong way."
    );
    assert_eq!(
        separable.headline,
        "Value coordinate 1 jumps 20.3 times as far as 2: an upright ellipse."
    );
}

#[test]
fn the_future_leaks_into_the_past() {
    let causal = choose(EllipticalEdit::Causal(true));
    let row = |it: &Readouts| [number(it, "row 2, key 1"), number(it, "row 2, key 2"), 0.0, 0.0];
    let before = of(PresetId::Jump, std::slice::from_ref(&causal));
    close("4.10", "m_before", &m(&before));
    close("4.10", "row_2_before", &row(&before));
    assert_eq!(number(&before, "leak"), 0.0, "all pasts have the same mean");
    let after = of(
        PresetId::Jump,
        &[causal, Edit::Value(3, GridPoint::from_world([-1.0, 4.1]))],
    );
    // The lesson says 4.1; a drag ends on the grid of the board, 0.0005 away at most.
    let (theirs, _) = super::super::ellipse::tests::expected("4.10", "row_2_after");
    for (ours, theirs) in std::iter::zip(row(&after), theirs) {
        assert!((ours - theirs).abs() < 1e-4, "{ours}, expected {theirs}");
    }
    let leak = number(&after, "leak of row 2");
    let moved = number(&after, "row 2, key 1") - number(&before, "row 2, key 1");
    assert!(
        (leak - moved).abs() < 1e-12,
        "without token 4 row 2 is what it was: {leak} and {moved}"
    );
    assert_eq!(number(&after, "leak of row 4"), 0.0, "the last row may see all");
    assert!(after.headline.contains("about token 4"), "{}", after.headline);
}

#[test]
fn real_layers_are_read_and_their_absence_is_said() {
    let library = with_text();
    let mut lab = Lab::of(Source::Text(crate::lab::TextId::Pronoun));
    lab.set_head(37).expect("layer 4, head 2");
    let readouts = said(&lab, &library);
    assert!(
        readouts.numbers["values"].text.contains("not trained"),
        "{}",
        readouts.numbers["values"].text
    );
    let entries: Vec<f64> = (1..=32).map(|i| number(&readouts, &format!("m {i}"))).collect();
    assert_eq!(entries.iter().copied().fold(0.0, f64::max), 1.0);
    let least = entries.iter().copied().fold(1.0, f64::min);
    near(&[least], &[0.357513089834], 3.6e-6);
    lab.set_head(0).expect("layer 1");
    let readouts = said(&lab, &library);
    assert!(
        readouts.numbers["values"].text.contains("no layer before"),
        "{}",
        readouts.numbers["values"].text
    );
}

/// A file of three keys with values as given, and the values of the layer before.
fn file(values: DMatrix<f64>, before: Option<DMatrix<f64>>) -> (Lab, Library) {
    let keys = dmatrix![1.0, 0.0; 0.0, 1.0; -1.0, 0.5];
    let head = Head::new(keys.clone(), keys, values).expect("a head");
    let mut cloud = Cloud::new(vec![head], Vec::new()).expect("a cloud");
    if let Some(before) = before {
        cloud = cloud.with_previous_values(vec![before]).expect("it fits");
    }
    let mut library = Library::default();
    let source = library.insert("own.npz", [5; 8], Arc::new(cloud)).expect("it is small");
    (Lab::of(source), library)
}

#[test]
fn a_file_brings_its_own_layer_before_or_is_asked_for_it() {
    let words = |lab: &Lab, library: &Library| {
        let mut view = Estimator::default();
        view.derive(lab, library);
        (said(lab, library).numbers["values"].text.clone(), view.subline())
    };
    let values = dmatrix![1.0, 2.0; 3.0, -1.0; 0.0, 0.0];
    // Mean jumps of 3 and 1.
    let before = dmatrix![4.0, 2.0; 0.0, 0.0; 3.0, 2.0];
    let (mut lab, library) = file(values.clone(), Some(before));
    lab.choices.elliptical.scaling = MetricScaling::None;
    assert_eq!(m(&said(&lab, &library)), [3.0, 1.0]);
    let (from, subline) = words(&lab, &library);
    assert_eq!(from, "the file’s own two layers");
    assert!(subline.starts_with("Drag a value"), "{subline}");
    // One that was dragged: the jump of 3 of the first value becomes one of 0.
    Edit::Previous(0, GridPoint::from_world([1.0, 2.0]))
        .apply(&mut lab, &library)
        .expect("an edit");
    assert_eq!(m(&said(&lab, &library)), [2.0, 1.0]);
    // A key that was added has not moved: its share of the mean is nothing.
    Edit::Add(Role::Key, GridPoint::ORIGIN)
        .apply(&mut lab, &library)
        .expect("an edit");
    near(&m(&said(&lab, &library)), &[1.5, 0.75], 1e-15);
    lab.choices.elliptical.values = LayerValues::Separable;
    assert!(words(&lab, &library).0.starts_with("from f(k)"), "it was asked for");

    let (lab, library) = file(values, None);
    let (from, subline) = words(&lab, &library);
    assert_eq!(from, "the file has no layer before: a function instead");
    assert!(subline.starts_with("The estimator needs the layer before"), "{subline}");

    let wide = dmatrix![1.0, 2.0, 3.0; 3.0, -1.0, 0.0; 0.0, 0.0, 0.0];
    let (lab, library) = file(wide.clone(), Some(wide));
    let (from, subline) = words(&lab, &library);
    assert_eq!(from, "values have 3 coordinates, keys 2: a function instead");
    assert!(
        subline.starts_with("The estimator needs as many value as key coordinates"),
        "{subline}"
    );
}

#[test]
fn layers_that_are_too_far_apart_are_said_and_large_ones_are_read() {
    let far = dmatrix![1e308, 0.0; 0.0, 0.0; 0.0, 0.0];
    let (lab, library) = file(far.clone(), Some(-&far));
    let readouts = said(&lab, &library);
    assert!(
        readouts.headline.ends_with('.') && readouts.numbers.is_empty(),
        "{}",
        readouts.headline
    );
    // The values are small, those of the layer before are not: a step of a drag is one of theirs.
    let small = dmatrix![1.0, 1.0; 0.0, 0.0; 0.0, 0.0];
    let (mut lab, library) = file(small.clone(), Some(1024.0 * &small));
    assert_eq!(number(&said(&lab, &library), "jump_1"), 341.0);
    let ground = library.ground(&lab.scene.source, 0).expect("it is there");
    let to = GridPoint::from_world([1e3 / ground.value_scale(), 0.0]);
    Edit::Previous(0, to).apply(&mut lab, &library).expect("an edit");
    near(&[number(&said(&lab, &library), "jump_1")], &[333.0], 0.1);
}

/// Lesson 4.7: the mean of m² over the heads that have a layer before them.
#[test]
fn the_map_of_all_heads_has_the_mean_of_the_lesson() {
    let library = with_text();
    let mut lab = Lab::of(Source::Text(crate::lab::TextId::Pronoun));
    lab.set_head(37).expect("layer 4, head 2");
    assert!(!said(&lab, &library).numbers.contains_key("heads_mean_m_squared"));
    lab.choices.heads.open = true;
    let readouts = said(&lab, &library);
    near(&[number(&readouts, "heads_mean_m_squared")], &[0.384983834378], 3.8e-6);
    assert_eq!(number(&readouts, "heads_with_metric"), 60.0);
    // A head of the first layer adds nothing, an edit counts in the head on the board.
    lab.choices.elliptical.scaling = MetricScaling::None;
    let before = number(&said(&lab, &library), "heads_mean_m_squared");
    lab.set_value(2, GridPoint::from_world([9.0, -9.0]))
        .expect("there is a key");
    let after = said(&lab, &library);
    assert!(number(&after, "heads_mean_m_squared") > before);
    lab.set_head(3).expect("there are 72 heads");
    assert_eq!(number(&said(&lab, &library), "heads_with_metric"), 60.0);
    lab.choices.elliptical.values = LayerValues::Separable;
    assert!(!said(&lab, &library).numbers.contains_key("heads_with_metric"));
}

#[test]
fn edges_are_numbers_and_words() {
    for (name, mut lab, library) in edges() {
        lab.choices.elliptical.causal = true;
        for (values, scaling) in LayerValues::ALL
            .into_iter()
            .flat_map(|values| MetricScaling::ALL.map(|s| (values, s)))
        {
            lab.choices.elliptical.values = values;
            lab.choices.elliptical.scaling = scaling;
            let readouts = said(&lab, &library);
            for check in &readouts.checks {
                assert!(check.holds, "{name}: {} has the residual {}", check.id, check.residual);
            }
            for (number, value) in &readouts.numbers {
                assert!(value.value.is_finite(), "{name}: {number} is {}", value.value);
            }
            assert!(
                readouts.headline.ends_with('.') && readouts.headline.chars().count() <= 90,
                "{}",
                readouts.headline
            );
        }
    }
    let library = Library::default();
    assert_eq!(said(&Lab::of(Source::Blank), &library).headline, "No keys yet.");
    let still: Vec<Edit> = (0..4).map(|key| Edit::Value(key, GridPoint::ORIGIN)).collect();
    let readouts = of(PresetId::Jump, &still);
    assert_eq!(readouts.headline, super::super::ellipse::UNDEFINED);
    assert_eq!((m(&readouts), readouts.notices.len()), ([1.0, 1.0], 1));
}
