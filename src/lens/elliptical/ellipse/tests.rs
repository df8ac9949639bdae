//! The numbers of the fourth lesson and of the picture, read from what the view says, and clouds of every kind.

use std::sync::Arc;

use eigenlens_core::{Cloud, Head, MetricScaling};
use nalgebra::DMatrix;

use super::*;
use crate::app::texts::embedded;
use crate::lab::elliptical::{GivenMetric, MetricSource};
use crate::lab::{GridPoint, PresetId, Source, TextId, Thousandths, TokenRef};
use crate::lens::testing::{self, number};

const LESSON: &str = include_str!("../../../../crates/core/tests/golden/lesson_4.json");

/// A lab through the view, all work done.
fn said(lab: &Lab, library: &Library) -> Readouts {
    testing::said(&mut Ellipse::default(), lab, library)
}

fn of(preset: PresetId, edits: &[EllipticalEdit]) -> Readouts {
    let library = Library::default();
    let mut lab = Lab::of(Source::Preset(preset));
    for edit in edits {
        Edit::Elliptical(*edit).apply(&mut lab, &library).expect("an edit");
    }
    said(&lab, &library)
}

fn m(first: &[u16]) -> EllipticalEdit {
    EllipticalEdit::Given(Some(GivenMetric::of(first)))
}

fn radius(radius: f64) -> EllipticalEdit {
    EllipticalEdit::Radius(Thousandths::nearest(radius))
}

/// What the lesson expects of a step: the numbers under a name, and the tolerance.
pub(in super::super) fn expected(step: &str, name: &str) -> (Vec<f64>, f64) {
    testing::expected(LESSON, step, name)
}

#[track_caller]
pub(in super::super) fn close(step: &str, name: &str, ours: &[f64]) {
    let (theirs, tolerance) = expected(step, name);
    assert_eq!(ours.len(), theirs.len(), "{step} {name}");
    for (i, (ours, theirs)) in std::iter::zip(ours, &theirs).enumerate() {
        let room = tolerance.max(1e-12);
        assert!(
            (ours - theirs).abs() <= room,
            "{step} {name}, {i}: {ours}, expected {theirs} ± {room}"
        );
    }
}

/// Numbers of the lesson about real heads, computed in `NumPy` from the same tensors.
#[track_caller]
pub(in super::super) fn near(ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in std::iter::zip(ours, theirs) {
        assert!((ours - theirs).abs() <= tolerance, "{ours}, expected {theirs}");
    }
}

const FRIENDS: &str = "the relevant keys";
const STRANGERS: &str = "the others";

#[test]
fn the_ellipse_holds_all_relevant_keys_and_no_other() {
    let inside = |edits: &[EllipticalEdit]| {
        let readouts = of(PresetId::Street, edits);
        [FRIENDS, STRANGERS].map(|group| number(&readouts, &format!("inside of {group}")))
    };
    close("4.1", "circle_1_8", &inside(&[]));
    close("4.1", "circle_2_3", &inside(&[radius(2.3)]));
    close("4.1", "circle_5", &inside(&[radius(5.0)]));
    close("4.1", "ellipse_1_8", &inside(&[m(&[1000, 100])]));
    close("4.1", "wrong_way", &inside(&[m(&[100, 1000])]));
    let ellipse = of(PresetId::Street, &[m(&[1000, 100])]);
    close(
        "4.1",
        "semi_axes",
        &["semi_axis_1", "semi_axis_2"].map(|name| number(&ellipse, name)),
    );
    close(
        "4.1",
        "farthest_relevant",
        &[number(&ellipse, &format!("farthest of {FRIENDS}"))],
    );
    close(
        "4.1",
        "nearest_irrelevant",
        &[number(&ellipse, &format!("nearest of {STRANGERS}"))],
    );
    assert_eq!(ellipse.headline, "4 keys come in, none goes out: 6 of 10 are inside.");
    assert_eq!(of(PresetId::Street, &[]).headline, "The circle holds 2 of 10 keys.");
}

#[test]
fn the_estimate_follows_the_neighbourhood() {
    let [circle, ellipse, wrong] = [m(&[]), m(&[1000, 100]), m(&[100, 1000])].map(|edit| of(PresetId::Street, &[edit]));
    close("4.2", "estimate_circle", &[number(&circle, "estimate")]);
    close("4.2", "estimate_ellipse", &[number(&ellipse, "estimate")]);
    close("4.2", "estimate_wrong_way", &[number(&wrong, "estimate")]);
    let all = [&circle, &ellipse, &wrong];
    close(
        "4.2",
        "relevant_mass",
        &all.map(|it| number(it, &format!("mass of {FRIENDS}"))),
    );
    close("4.2", "keys_in_use", &all.map(|it| number(it, "keys_in_use")));
    assert_eq!(number(&ellipse, "truth"), 1.0);
}

#[test]
fn what_is_used_has_no_ellipse() {
    let dot = EllipticalEdit::Form(SmootherForm::Dot);
    let circle = of(PresetId::Street, &[m(&[]), dot]);
    let ellipse = of(PresetId::Street, &[m(&[1000, 100]), dot]);
    close("4.3", "estimate_used_circle", &[number(&circle, "estimate")]);
    close("4.3", "estimate_used_ellipse", &[number(&ellipse, "estimate")]);
    let weights = |it: &Readouts| {
        (1..=10)
            .map(|key| number(it, &format!("weight of key {key}")))
            .collect::<Vec<_>>()
    };
    let change =
        std::iter::zip(weights(&circle), weights(&ellipse)).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
    close("4.3", "change_of_row_when_m2_changes", &[change]);
    let right = number(&ellipse, "weight of key 9") + number(&ellipse, "weight of key 10");
    close("4.3", "mass_on_two_right_keys", &[right]);
    close(
        "4.3",
        "weight_of_each_relevant_key",
        &[number(&ellipse, "weight of key 3")],
    );
    let bias = of(
        PresetId::Street,
        &[m(&[1000, 100]), EllipticalEdit::Form(SmootherForm::DotWithBias)],
    );
    close("4.3", "with_bias", &[number(&bias, "estimate")]);
    let bridge = bias
        .checks
        .iter()
        .find(|check| check.id == "bridge")
        .expect("it is checked");
    close("4.3", "bias_residual", &[bridge.residual]);
    assert!(
        ellipse
            .headline
            .starts_with("As used, equal weights lie on straight lines"),
        "{}",
        ellipse.headline
    );
}

/// For each ratio the best scale of M, which the lesson found by a search; m has three decimals, and near its minimum
/// the error hardly depends on it.
#[test]
fn the_right_metric_cuts_the_error() {
    let (scales, _) = expected("4.4", "best_c");
    let (errors, _) = expected("4.4", "best_mse");
    for ((ratio, scale), theirs) in std::iter::zip([1.0, 0.1, 0.02, 0.0], scales).zip(errors) {
        let thousandths = |x: f64| (1000.0 * x).round() as u16;
        let readouts = of(
            PresetId::Street,
            &[m(&[thousandths(scale), thousandths(ratio * scale)])],
        );
        let error = number(&readouts, "error");
        assert!(
            (error / theirs - 1.0).abs() < 1e-3,
            "ratio {ratio}: {error}, expected {theirs}"
        );
        let parts = number(&readouts, "bias_squared") + number(&readouts, "variance");
        assert!((parts - error).abs() < 1e-15);
    }
}

#[test]
fn stripes_shows_the_numbers_of_its_picture() {
    let readouts = of(PresetId::Stripes, &[]);
    let within = |name: &str, theirs: f64, tolerance: f64| {
        let ours = number(&readouts, name);
        assert!(
            (ours / theirs - 1.0).abs() <= tolerance,
            "{name}: {ours}, expected {theirs}"
        );
    };
    within("estimate", 0.5601365388710061, 1e-13);
    within("estimate_circle", 0.43427065288957273, 1e-13);
    within("truth", (0.66_f64).sin(), 1e-15);
    for (of, [error, bias, variance]) in [
        (
            "_circle",
            [0.05119931011174503, 0.01551060936348332, 0.03568870074826171],
        ),
        ("", [0.030149384004445653, 0.006034515999803158, 0.02411486800464249]),
    ] {
        within(&format!("error{of}"), error, 0.02);
        within(&format!("bias_squared{of}"), bias, 0.02);
        within(&format!("variance{of}"), variance, 0.02);
    }
    assert_eq!(
        readouts.headline,
        "f changes only from left to right: the upright ellipse cuts the error by 41\u{a0}%."
    );
    assert_eq!(
        readouts.spoken,
        "Ellipse half axes 0.30 and 0.77. Estimate 0.56, truth 0.61."
    );
    let other = of(PresetId::Stripes, &[EllipticalEdit::Seed(70)]);
    assert_ne!(number(&other, "error"), number(&readouts, "error"), "fresh noise");
    assert_eq!(
        number(&other, "estimate"),
        number(&readouts, "estimate"),
        "the cloud is the same"
    );
}

#[test]
fn max_scaling_softens_a_real_head() {
    let library = with_text();
    let mut lab = Lab::of(Source::Text(TextId::Pronoun));
    lab.set_head(37).expect("layer 4, head 2");
    let it = (0..lab.scene.queries.len())
        .find(|query| lab.scene.word(*query).contains("it"))
        .expect("a word");
    lab.ask(it).expect("it is there");
    lab.choices.elliptical.form = SmootherForm::Dot;
    let mut weights = Vec::new();
    let mut squares = Vec::new();
    let mut entropies = Vec::new();
    for scaling in [None, Some(MetricScaling::Max), Some(MetricScaling::Mean)] {
        lab.choices.elliptical.metric = if scaling.is_some() {
            MetricSource::Estimated
        } else {
            MetricSource::Given
        };
        lab.choices.elliptical.scaling = scaling.unwrap_or(MetricScaling::Max);
        let readouts = said(&lab, &library);
        let animal = readouts
            .tokens
            .iter()
            .position(|token| token.role == "key" && token.label.contains("animal"))
            .expect("it is among the keys");
        weights.push(number(&readouts, &format!("weight of key {}", animal + 1)));
        squares.push(number(&readouts, "mean_m_squared"));
        entropies.push(number(&readouts, "mean_row_entropy"));
        if scaling.is_some() {
            let from = &readouts.numbers["metric"].text;
            assert!(
                from.contains("layers 3 and 4") && from.contains("not trained"),
                "{from}"
            );
        }
    }
    near(&weights, &[0.687907853054, 0.441465764433, 0.753339422528], 7.5e-6);
    near(&squares, &[1.0, 0.351793571727, 1.07293280739], 1.1e-5);
    near(&entropies, &[1.24708685477, 2.02148773892, 1.29760045632], 2e-5);
}

/// A library with a real head.
pub(in super::super) fn with_text() -> Library {
    let mut library = Library::default();
    let bytes = embedded(TextId::Pronoun).expect("the text is inside");
    library.insert_text(TextId::Pronoun, &bytes).expect("the text is valid");
    library
}

/// A cloud from a file: exact coordinates, any dimension.
fn file(keys: &[Vec<f64>], query: &[f64]) -> (Lab, Library) {
    let keys = DMatrix::from_fn(keys.len(), query.len(), |i, d| keys[i][d]);
    let head = Head::new(DMatrix::from_row_slice(1, query.len(), query), keys.clone(), keys).expect("a head");
    let cloud = Cloud::new(vec![head], Vec::new()).expect("a cloud");
    let mut library = Library::default();
    let source = library.insert("keys.json", [7; 8], Arc::new(cloud)).expect("it fits");
    (Lab::of(source), library)
}

/// Clouds that are at the edge of something.
pub(in super::super) fn edges() -> Vec<(&'static str, Lab, Library)> {
    let wave = |n: usize, dim: usize| -> Vec<Vec<f64>> {
        let entry = |i: usize, d: usize| ((i * 37 + d * 11 + i * d) % 17) as f64 / 4.0 - 2.0;
        (0..n).map(|i| (0..dim).map(|d| entry(i, d)).collect()).collect()
    };
    let clouds = [
        ("one key", vec![vec![1.0, 2.0]], vec![0.3, 0.4]),
        ("equal keys", vec![vec![0.5, -1.0]; 5], vec![1.0, 1.0]),
        (
            "a query at the origin",
            vec![vec![0.5, -1.0], vec![1.0, 0.0]],
            vec![0.0, 0.0],
        ),
        (
            "far away",
            vec![vec![1e3, 0.0], vec![1e3, 1e-3], vec![0.0, -1e3]],
            vec![1e3, 0.0],
        ),
        ("tiny", vec![vec![1e-160, 0.0], vec![0.0, 3e-161]], vec![1e-160, 1e-160]),
        ("one dimension", vec![vec![1.0], vec![-2.0], vec![3.0]], vec![0.5]),
        ("64 dimensions", wave(40, 64), wave(4, 64).remove(3)),
        ("1024 keys", wave(1024, 3), vec![0.1, 0.2, 0.3]),
    ];
    clouds
        .into_iter()
        .map(|(name, keys, query)| {
            let (lab, library) = file(&keys, &query);
            (name, lab, library)
        })
        .collect()
}

#[test]
fn every_identity_holds_at_the_edges_and_nothing_is_no_number() {
    for (name, mut lab, library) in edges() {
        for given in [
            GivenMetric::default(),
            GivenMetric::of(&[0, 300]),
            GivenMetric::of(&[0, 0]),
        ] {
            for form in SmootherForm::ALL {
                lab.choices.elliptical.given = Some(given);
                lab.choices.elliptical.form = form;
                let readouts = said(&lab, &library);
                assert!(!readouts.checks.is_empty(), "{name}: {}", readouts.headline);
                for check in &readouts.checks {
                    assert!(check.holds, "{name}: {} has the residual {}", check.id, check.residual);
                }
                for (number, value) in &readouts.numbers {
                    assert!(value.value.is_finite(), "{name}: {number} is {}", value.value);
                    assert!(!value.text.contains("not a number"), "{name}: {number}");
                }
                assert!(
                    readouts.headline.ends_with('.') && readouts.headline.chars().count() <= 90,
                    "{}",
                    readouts.headline
                );
            }
        }
    }
}

#[test]
fn what_cannot_be_shown_is_said() {
    let library = Library::default();
    let empty = said(&Lab::of(Source::Blank), &library);
    assert_eq!(empty.headline, "No keys yet.");
    let mut text = Lab::of(Source::Text(TextId::Pronoun));
    let coming = said(&text, &library);
    assert!(
        coming.headline.ends_with('.') && coming.checks.is_empty(),
        "{}",
        coming.headline
    );
    text.choices.elliptical.metric = MetricSource::Estimated;
    text.set_head(0).expect("layer 1");
    let first = said(&text, &with_text());
    assert!(
        first.numbers["metric"].text.contains("no layer before"),
        "{}",
        first.numbers["metric"].text
    );
}

/// Values that stay what they were give no M.
#[test]
fn without_a_jump_the_metric_is_not_defined_and_the_circle_stays() {
    let library = Library::default();
    let mut lab = Lab::of(Source::Preset(PresetId::Jump));
    for key in 0..4 {
        Edit::Value(key, GridPoint::ORIGIN)
            .apply(&mut lab, &library)
            .expect("a key");
    }
    lab.choices.elliptical.metric = MetricSource::Estimated;
    let readouts = said(&lab, &library);
    assert_eq!(readouts.headline, say::UNDEFINED);
    assert_eq!(readouts.notices.len(), 1);
    assert_eq!([number(&readouts, "m 1"), number(&readouts, "m 2")], [1.0, 1.0]);
}

#[test]
fn a_moved_key_changes_what_is_inside() {
    let library = Library::default();
    let mut lab = Lab::of(Source::Preset(PresetId::Street));
    let before = said(&lab, &library);
    Edit::Move(TokenRef::Key(4), GridPoint::from_world([2.0, 0.5]))
        .apply(&mut lab, &library)
        .expect("key 5 moves");
    assert_eq!(number(&said(&lab, &library), "inside"), number(&before, "inside") + 1.0);
}
