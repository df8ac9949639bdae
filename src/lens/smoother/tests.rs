//! The numbers of the lens against the reference of the lessons, and what it says of clouds of every kind.

use std::iter::zip;
use std::sync::Arc;

use eigenlens_core::{Cloud, Head};
use nalgebra::DMatrix;

use super::derive::{Picture, Point, picture};
use super::refined::Refined;
use super::territory::Territories;
use super::{Smoother, say};
use crate::lab::readout::Readouts;
use crate::lab::{GridPoint, Lab, Library, PresetId, Scene, SmootherForm, Source, Temperature};
use crate::lens::Lens as _;

const FORMS: [SmootherForm; 3] = SmootherForm::ALL;

fn preset(id: PresetId) -> Scene {
    Scene::of(Source::Preset(id), 0)
}

fn of(scene: &Scene, form: SmootherForm) -> Picture {
    picture(scene, &Library::default(), form).expect("the scene has a picture")
}

/// A cloud from a file: exact coordinates, any dimension, words.
fn file(keys: &[Vec<f64>], query: &[f64], words: &[&str]) -> (Scene, Library) {
    let keys = DMatrix::from_fn(keys.len(), query.len(), |i, d| keys[i][d]);
    let head = Head::new(DMatrix::from_row_slice(1, query.len(), query), keys.clone(), keys).expect("a head");
    let labels = words.iter().map(|word| (*word).to_owned()).collect();
    let cloud = Cloud::new(vec![head], labels).expect("a cloud");
    let mut library = Library::default();
    let source = library.insert("keys.json", [7; 8], Arc::new(cloud)).expect("it fits");
    (Scene::of(source, 0), library)
}

fn close(ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (i, (a, b)) in zip(ours, theirs).enumerate() {
        assert!((a - b).abs() <= tolerance, "entry {i}: {a} and {b}");
    }
}

fn headline(picture: Picture) -> String {
    let phrases = say::headline(Some(&Ok(picture)));
    phrases.into_iter().map(|(text, _)| text).collect()
}

fn read_out(scene: &Scene, library: &Library, form: SmootherForm) -> Readouts {
    let mut lab = Lab::of(scene.source.clone());
    lab.scene = scene.clone();
    lab.choices.smoother = form;
    let mut lens = Smoother::default();
    lens.derive(&lab, library);
    let mut readouts = Readouts::default();
    lens.read_out(&mut readouts);
    readouts
}

#[test]
fn three_groups_has_the_weights_of_the_reference() {
    // `weights` and `smoother_weights` of the pictures' data, computed in NumPy.
    let dot = [
        0.0254513894046913,
        0.02055019713215851,
        0.015542269164068352,
        0.012616012679370802,
        0.21119616166064398,
        0.19643054978749186,
        0.11436238758477014,
        0.13080694493642453,
        0.09168890466402506,
        0.07403230667360323,
        0.05998756598720143,
        0.04733531032555061,
    ];
    let distance = [
        0.053211807946635985,
        0.02310142545894904,
        0.019019028138206513,
        0.008112258296670167,
        0.15656982089437974,
        0.08667660463356999,
        0.10189416543317227,
        0.1795590259490305,
        0.0980941460334948,
        0.1586594850956629,
        0.04143563675550939,
        0.07366659536471855,
    ];
    let picture = of(&preset(PresetId::ThreeGroups), SmootherForm::Dot);
    close(&picture.dot.weights, &dot, 1e-15);
    close(&picture.distance.weights, &distance, 1e-15);
    close(&picture.with_bias.weights, &distance, 1e-15);
    assert_eq!(
        (picture.longest, picture.shortest),
        (5, 9),
        "k6 gains most, k10 loses most"
    );
    assert_eq!(picture.point, Point::Long(5));
    assert!((picture.slope - 1.0 / 8.0_f64.sqrt()).abs() < 1e-16);
    for (key, ln) in picture.log_ratio.iter().enumerate() {
        assert!((ln - (dot[key] / distance[key]).ln()).abs() < 1e-13, "key {}", key + 1);
        let line = picture.slope * picture.squared_length[key] + picture.intercept;
        assert!((ln - line).abs() < 1e-14, "key {} is off the line", key + 1);
    }
    assert_eq!(
        headline(picture),
        "The dot product likes long keys: k₆ gets 2.3 times its distance weight."
    );
}

#[test]
fn moving_all_keys_moves_the_smoother_alone() {
    let q = std::f64::consts::LN_2 * std::f64::consts::FRAC_1_SQRT_2;
    let circle = [[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]];
    let at = |shift: f64, query: [f64; 2]| {
        let keys: Vec<Vec<f64>> = circle.iter().map(|[x, y]| vec![x + shift, y + shift]).collect();
        let (scene, library) = file(&keys, &query, &[]);
        picture(&scene, &library, SmootherForm::Dot).expect("a picture")
    };
    let (before, after, both) = (at(0.0, [q, 0.0]), at(1.0, [q, 0.0]), at(1.0, [q + 1.0, 1.0]));
    let ninths = [4.0 / 9.0, 2.0 / 9.0, 1.0 / 9.0, 2.0 / 9.0];
    close(&before.dot.weights, &ninths, 1e-14);
    close(&before.distance.weights, &ninths, 1e-14);
    close(&after.dot.weights, &before.dot.weights, 1e-14);
    close(
        &after.distance.weights,
        &[0.0704765266385, 0.0352382633192, 0.298095070014, 0.596190140028],
        1e-12,
    );
    close(&both.distance.weights, &before.distance.weights, 1e-14);
    close(
        &both.dot.weights,
        &[0.647530286174, 0.323765143087, 0.00956819024644, 0.0191363804929],
        1e-12,
    );
}

#[test]
fn on_a_circle_the_two_agree_and_a_longer_key_tells_them_apart() {
    let mut scene = preset(PresetId::Compass);
    let circle = of(&scene, SmootherForm::Dot);
    close(&circle.dot.weights, &circle.distance.weights, 1e-14);
    assert_eq!(circle.point, Point::EquallyLong);
    assert_eq!(headline(circle), "All keys are equally long, so the two agree.");
    scene
        .move_token(crate::lab::TokenRef::Key(0), GridPoint::from_world([3.0, 0.0]))
        .expect("key 1 is there");
    let moved = of(&scene, SmootherForm::Dot);
    close(&moved.dot.weights[..1], &[0.53081839322], 1e-11);
    close(&moved.distance.weights[..1], &[0.161875801492], 1e-11);
    assert_eq!(moved.point, Point::Long(0));
}

#[test]
fn standing_on_a_key_mirrors_the_row_and_the_bias_says_why() {
    let picture = of(&preset(PresetId::TwoOnARay), SmootherForm::DotWithBias);
    let row = [0.195570317493, 0.804429682507];
    close(&picture.dot.weights, &row, 1e-12);
    close(&picture.distance.weights, &[row[1], row[0]], 1e-12);
    close(&picture.bias, &[-0.353553390593, -3.18198051534], 1e-11);
    assert!((picture.bias[1] - picture.bias[0] + 8.0_f64.sqrt()).abs() < 1e-14);
    assert!((picture.log_ratio[1].exp() - 4.11325037878).abs() < 1e-10);
    assert!(picture.difference <= 1e-14, "{}", picture.difference);
    assert_eq!(picture.chosen().weights, picture.with_bias.weights);
    assert_eq!(picture.other().weights, picture.distance.weights);
}

#[test]
fn the_switch_says_which_row_is_drawn() {
    let drawn = |form| {
        let picture = of(&preset(PresetId::ThreeGroups), form);
        (picture.chosen().weights[5], picture.other().weights[5])
    };
    let (dot, distance) = drawn(SmootherForm::Dot);
    assert!(dot > 0.19 && distance < 0.09);
    assert_eq!(drawn(SmootherForm::NadarayaWatson), (distance, dot));
    let near = of(&preset(PresetId::ThreeGroups), SmootherForm::NadarayaWatson);
    assert_eq!(
        headline(near),
        "Distance likes near keys, long or short: k₈ gets 18\u{a0}%."
    );
    let bridged = headline(of(&preset(PresetId::ThreeGroups), SmootherForm::DotWithBias));
    assert!(
        bridged.starts_with("With the bias the two agree: the largest difference is "),
        "{bridged}"
    );
}

#[test]
fn when_nobody_gains_the_short_key_is_spoken_of() {
    // The long keys have all the weight either way; the short one far behind loses.
    let keys = [vec![3.0, 0.0], vec![3.0, 0.01], vec![0.0, 0.0]];
    let (scene, library) = file(&keys, &[2.6, 0.0], &["a long one", "another", "short"]);
    let picture = picture(&scene, &library, SmootherForm::Dot).expect("a picture");
    assert_eq!(picture.point, Point::Short(2));
    let said = headline(picture);
    assert!(said.contains("short “short” gets 0.0"), "{said}");
}

#[test]
fn a_hot_row_does_not_call_unequal_keys_equally_long() {
    let mut scene = preset(PresetId::TwoOnARay);
    scene.temperature = Temperature::fixed(63.0).expect("a temperature");
    for key in 0..2 {
        let to = GridPoint::from_world([0.5 + 0.5 * key as f64, 0.0]);
        scene.move_token(crate::lab::TokenRef::Key(key), to).expect("a key");
    }
    let picture = of(&scene, SmootherForm::Dot);
    assert_eq!(picture.point, Point::LengthIsSmall);
    assert!(!picture.is_root);
    assert_eq!(say::slope(&picture), "1/(2*τ*) = 0.0079");
}

/// Clouds that are at the edge of something.
fn edges() -> Vec<(&'static str, Scene, Library)> {
    let mut clouds = Vec::new();
    let mut add = |name, keys: &[Vec<f64>], query: &[f64]| {
        let (scene, library) = file(keys, query, &[]);
        clouds.push((name, scene, library));
    };
    add("one key", &[vec![1.0, 2.0]], &[0.3, 0.4]);
    add("equal keys", &vec![vec![0.5, -1.0]; 5], &[1.0, 1.0]);
    add("all at the origin", &vec![vec![0.0, 0.0]; 3], &[1.0, 1.0]);
    add("one at the origin", &[vec![0.0, 0.0], vec![1.0, 1.0]], &[0.5, 0.2]);
    add(
        "weights underflow",
        &[vec![60.0, 0.0], vec![-60.0, 1.0], vec![0.0, 50.0]],
        &[50.0, 3.0],
    );
    add(
        "far away",
        &[vec![1e3, 0.0], vec![1e3, 1e-3], vec![0.0, -1e3]],
        &[1e3, 0.0],
    );
    add("tiny", &[vec![1e-160, 0.0], vec![0.0, 3e-161]], &[1e-160, 1e-160]);
    add("one dimension", &[vec![1.0], vec![-2.0], vec![3.0]], &[0.5]);
    let wide: Vec<Vec<f64>> = (0..40)
        .map(|i| {
            (0..32)
                .map(|d| f64::from((i * 37 + d * 11 + i * d) % 17) / 4.0 - 2.0)
                .collect()
        })
        .collect();
    add("32 dimensions", &wide, &wide[3]);
    clouds
}

#[test]
fn every_identity_holds_at_the_edges() {
    for (name, scene, library) in edges() {
        for form in FORMS {
            let readouts = read_out(&scene, &library, form);
            assert_eq!(
                readouts.checks.iter().map(|check| check.id).collect::<Vec<_>>(),
                ["bridge", "equal_length", "line", "row_sum"]
            );
            for check in &readouts.checks {
                assert!(check.holds, "{name}: {} has the residual {}", check.id, check.residual);
            }
        }
    }
}

#[test]
fn nothing_on_the_picture_is_no_number() {
    for (name, scene, library) in edges() {
        for form in FORMS {
            let readouts = read_out(&scene, &library, form);
            let said = [&readouts.headline, &readouts.spoken];
            for text in said.into_iter().chain(readouts.table.rows.iter().flatten()) {
                assert!(!text.contains("not a number") && !text.contains('∞'), "{name}: {text}");
            }
            for (number, value) in &readouts.numbers {
                assert!(value.value.is_finite(), "{name}: {number} is {}", value.value);
            }
            assert!(readouts.headline.ends_with('.'), "{name}: {}", readouts.headline);
            assert!(readouts.headline.chars().count() <= 90, "{name}: {}", readouts.headline);
        }
    }
    let long = "a very long name of a token that fills the line";
    let (scene, library) = file(&[vec![1.0, 0.0], vec![30.0, 0.0]], &[1.0, 0.0], &["b", long]);
    for form in FORMS {
        let readouts = read_out(&scene, &library, form);
        assert!(readouts.headline.chars().count() <= 90, "{}", readouts.headline);
    }
}

#[test]
fn a_ratio_of_two_weights_that_are_zero_is_still_known() {
    let (scene, library) = file(&[vec![60.0, 0.0], vec![-60.0, 1.0]], &[50.0, 3.0], &[]);
    let picture = picture(&scene, &library, SmootherForm::Dot).expect("a picture");
    assert_eq!((picture.dot.weights[1], picture.distance.weights[1]), (0.0, 0.0));
    // ‖k₂‖² − ‖k₁‖² = 1, and key 1 has all the weight of both rows.
    assert!(
        (picture.log_ratio[1] - 0.5 / 2.0_f64.sqrt()).abs() < 1e-9,
        "{}",
        picture.log_ratio[1]
    );
}

#[test]
fn what_cannot_be_shown_is_said() {
    let empty = Scene::of(Source::Blank, 0);
    let library = Library::default();
    for form in FORMS {
        let readouts = read_out(&empty, &library, form);
        assert_eq!(readouts.headline, "No keys yet.");
        assert_eq!(readouts.tokens.len(), 1, "the query of the empty board");
    }
    let (closed, _) = file(&[vec![1.0, 0.0]], &[1.0, 0.0], &[]);
    let readouts = read_out(&closed, &library, SmootherForm::Dot);
    assert_eq!(readouts.headline, "Keys.json is not open.");
    let huge = file(&[vec![1e200, 0.0], vec![0.0, 1.0]], &[1.0, 0.0], &[]);
    let readouts = read_out(&huge.0, &huge.1, SmootherForm::Dot);
    assert!(
        readouts.headline.ends_with('.') && readouts.checks.is_empty(),
        "{}",
        readouts.headline
    );
}

#[test]
fn the_readouts_have_the_numbers_of_prose_and_lessons() {
    let scene = preset(PresetId::ThreeGroups);
    let readouts = read_out(&scene, &Library::default(), SmootherForm::NadarayaWatson);
    let number = |name: &str| readouts.numbers.get(name).unwrap_or_else(|| panic!("{name}")).clone();
    assert_eq!(
        (number("ratio_1").text.as_str(), number("key_1").text.as_str()),
        ("2.3", "k₆")
    );
    assert_eq!(
        (number("ratio_2").text.as_str(), number("key_2").text.as_str()),
        ("0.5", "k₁₀")
    );
    assert_eq!(number("slope").text, "0.354");
    assert!((number("dot weight of key 6").value - 0.19643054978749186).abs() < 1e-15);
    assert!((number("distance weight of key 6").value - 0.08667660463356999).abs() < 1e-15);
    assert_eq!(
        number("weight of key 6").value,
        number("distance weight of key 6").value
    );
    assert!((number("bias of key 6").value + 5.77 / 8.0_f64.sqrt()).abs() < 1e-14);
    assert!((number("squared length of key 6").value - 5.77).abs() < 1e-14);
    assert_eq!(number("output_1").value, number("distance output 1").value);
    let sum = number("distance_logit").value + number("length_term").value + number("query_term").value;
    assert!(
        (number("dot_logit").value - sum).abs() < 1e-14,
        "the formula holds with today's numbers"
    );
    assert_eq!(readouts.spoken, "Key 8 gets 18 percent by distance.");
    assert_eq!(readouts.table.rows.len(), 12);
    assert!(
        readouts
            .table
            .rows
            .iter()
            .all(|row| row.len() == readouts.table.columns.len())
    );
    let dot = read_out(&scene, &Library::default(), SmootherForm::Dot);
    assert_eq!(dot.spoken, "Key 6 gets 2.3 times its distance weight.");
}

/// What a query's drag must leave as it was is made wrong: who finds it wrong again has not computed it again.
#[test]
fn a_drag_of_the_query_computes_neither_territories_nor_curves_again() {
    let mut scene = preset(PresetId::ThreeGroups);
    let first = of(&scene, SmootherForm::Dot);
    let mut territories = Territories::of(&first, None).expect("territories");
    let mut refined = Refined::of(&first, None).expect("a refined cloud");
    let (won, output) = (territories.of[5].wins, refined.output.clone());
    territories.of[5].wins = 12_345;
    refined.on[1].fill(0.0);
    let to = GridPoint::from_world([-1.0, 0.5]);
    scene.move_token(crate::lab::TokenRef::Query(0), to).expect("a query");
    let moved = of(&scene, SmootherForm::Dot);
    let territories = Territories::of(&moved, Some(territories)).expect("territories");
    let refined = Refined::of(&moved, Some(refined)).expect("a refined cloud");
    assert_eq!(
        (territories.of[5].wins, refined.output.as_slice()),
        (12_345, &[0.0, 0.0][..])
    );
    // Other weights are other territories, and other keys are another curve.
    let near = of(&scene, SmootherForm::NadarayaWatson);
    let territories = Territories::of(&near, Some(territories)).expect("territories");
    assert!(territories.of[5].wins != 12_345 && territories.of[5].wins != won);
    let to = GridPoint::from_world([-1.0, 0.5]);
    scene.move_token(crate::lab::TokenRef::Key(0), to).expect("a key");
    let other = of(&scene, SmootherForm::Dot);
    let refined = Refined::of(&other, Some(refined)).expect("a refined cloud");
    assert!(refined.output != [0.0, 0.0] && refined.output != output);
}

#[test]
fn with_the_bias_the_territories_are_those_of_the_distance() {
    let [near, bridged] = [SmootherForm::NadarayaWatson, SmootherForm::DotWithBias].map(|form| {
        let picture = of(&preset(PresetId::ThreeGroups), form);
        let refined = Refined::of(&picture, None).expect("a refined cloud");
        (Territories::of(&picture, None).expect("territories").of, refined.output)
    });
    assert_eq!(near, bridged);
}
