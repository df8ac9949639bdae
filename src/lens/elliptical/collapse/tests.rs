//! The numbers of lesson 4.9 and of the picture that was drawn first, read from what the view says.

use std::num::NonZeroU16;

use eigenlens_core::{Cloud, Head};
use nalgebra::DMatrix;

use super::*;
use crate::app::texts::embedded;
use crate::command::EllipticalEdit as Choose;
use crate::lab::elliptical::{EllipticalChoices, GivenMetric, MetricSource};
use crate::lab::{GridPoint, PresetId, Source, TextId};
use crate::lens::testing::{self, number};

/// The token cosines of lesson 4.9, layer by layer; the mean-scaled M is there `(1.818, 0.182)`.
const LESSON: [(&str, [f64; 6]); 4] = [
    (
        "softmax",
        [
            -0.133333333333,
            -0.0289722951215,
            0.671323009706,
            0.982279283788,
            0.999999569084,
            1.0,
        ],
    ),
    (
        "max",
        [
            -0.133333333333,
            0.0751889571088,
            0.936222021048,
            0.999909622527,
            0.999999999999,
            1.0,
        ],
    ),
    (
        "mean",
        [
            -0.133333333333,
            -0.0495976437817,
            0.0767296006682,
            0.986785159857,
            0.999949062668,
            0.999999999251,
        ],
    ),
    (
        "double",
        [
            -0.133333333333,
            -0.0295597607769,
            0.0296152718059,
            0.0447523560884,
            0.574915031257,
            0.63351808348,
        ],
    ),
];

/// A lab through the view, all work done.
fn said(lab: &Lab, library: &Library) -> Readouts {
    testing::said(&mut Collapse::default(), lab, library)
}

fn six(edits: &[Choose]) -> Lab {
    let mut lab = Lab::of(Source::Preset(PresetId::SixScattered));
    for edit in edits {
        Edit::Elliptical(*edit)
            .apply(&mut lab, &Library::default())
            .expect("a choice");
    }
    lab
}

#[track_caller]
fn holds(readouts: &Readouts) {
    let ids: Vec<&str> = readouts.checks.iter().map(|check| check.id).collect();
    assert_eq!(ids, ["row_sum", "box", "identity"]);
    for check in &readouts.checks {
        assert!(check.holds, "{check:?}");
    }
}

#[test]
fn the_lesson_is_met_at_its_second_layer() {
    let readouts = said(&six(&[]), &Library::default());
    for (key, expected) in LESSON {
        for (layer, expected) in expected.into_iter().enumerate() {
            let ours = number(&readouts, &format!("cosine of {key} after {layer}"));
            assert!(
                (ours - expected).abs() < 1e-6,
                "{key} after {layer}: {ours}, expected {expected}"
            );
        }
    }
    let texts = ["softmax", "max", "mean"].map(|key| readouts.numbers[&format!("cosine_{key}")].text.clone());
    assert_eq!(texts, ["0.67", "0.94", "0.08"]);
    assert_eq!(readouts.numbers["metric_max"].text, "M = diag(1, 0.10)");
    assert_eq!(readouts.numbers["metric_mean"].text, "M = diag(1.82, 0.18)");
    assert_eq!(
        readouts.headline,
        "After 2 layers the max-scaled ellipse has collapsed most: cosine 0.94."
    );
    assert_eq!((number(&readouts, "layer"), number(&readouts, "layers")), (2.0, 5.0));
    holds(&readouts);
    assert_eq!(readouts.checks[1].residual, 0.0, "an average leaves no box");
}

#[test]
fn after_five_layers_only_the_sharper_softmax_stands_apart() {
    let readouts = said(&six(&[Choose::Layer(Some(5))]), &Library::default());
    for name in ["softmax", "max", "mean"] {
        assert!(number(&readouts, &format!("cosine_{name}")) > 0.9995, "{name}");
    }
    assert!((number(&readouts, "cosine_double") - 0.634).abs() < 1e-3);
    assert_eq!(readouts.headline, "After 5 layers all three stand at cosine 1.00.");
    assert_eq!(readouts.table.rows.len(), 6);
}

#[test]
fn sharpness_is_the_same_whatever_the_shape() {
    // A round M is nothing but a temperature: the film is then of the estimated M, which is plain softmax in its first layer.
    let round = GivenMetric::default().with(0, 0.01).with(1, 0.01);
    let readouts = said(&six(&[Choose::Given(Some(round))]), &Library::default());
    assert_eq!(
        number(&readouts, "cosine of max after 1"),
        number(&readouts, "cosine of softmax after 1")
    );
    assert_ne!(number(&readouts, "cosine_max"), number(&readouts, "cosine_softmax"));
    holds(&readouts);
}

#[test]
fn an_estimated_metric_comes_from_what_moved() {
    let lab = six(&[Choose::Metric(MetricSource::Estimated)]);
    let readouts = said(&lab, &Library::default());
    let jumps = |axis: usize| {
        let mut view = Collapse::default();
        testing::said(&mut view, &lab, &Library::default());
        let films = &view.films.as_ref().expect("films").1;
        let film = films.of(film::Mechanism::Mean).expect("a film");
        let [start, first] = [0, 1].map(|layer| film.layers[layer].at.clone());
        let all = std::iter::zip(&start, &first).map(|(a, b)| (a[axis] - b[axis]).abs());
        all.sum::<f64>() / 6.0
    };
    let [x, y] = [jumps(0), jumps(1)];
    let mean = 0.5 * (x + y);
    for (name, expected) in [
        ("m of mean 1", x / mean),
        ("m of mean 2", y / mean),
        ("m of max 2", y / x.max(y)),
    ] {
        let ours = number(&readouts, name);
        assert!((ours - expected).abs() < 1e-12, "{name}: {ours}, {expected}");
    }
}

#[test]
fn a_residual_stream_grows_and_keeps_its_checks() {
    let edits = [Choose::Residual(true), Choose::Layers(24), Choose::Layer(Some(24))];
    let readouts = said(&six(&edits), &Library::default());
    holds(&readouts);
    assert!(number(&readouts, "cosine_softmax") < 0.5, "the tokens stay apart");
    assert_eq!(number(&readouts, "layers"), 24.0);
}

#[test]
fn real_heads_give_the_start() {
    let mut library = Library::default();
    library
        .insert_text(TextId::Pronoun, &embedded(TextId::Pronoun).expect("inside"))
        .expect("inside");
    let lab = Lab::of(Source::Text(TextId::Pronoun));
    let mut view = Collapse::default();
    let readouts = testing::said(&mut view, &lab, &library);
    holds(&readouts);
    assert!(
        view.subline()
            .starts_with("The keys of layer 4, head 2, fed back 2 times.")
    );
    let (before, after) = (
        number(&readouts, "cosine of softmax after 0"),
        number(&readouts, "cosine of softmax after 5"),
    );
    assert!(after > before, "{before} to {after}");
    // The M of the second layer is estimated, and scaled in two ways.
    assert_ne!(number(&readouts, "cosine_max"), number(&readouts, "cosine_mean"));
    assert_eq!(said(&lab, &Library::default()).headline, "“pronoun” is not here yet.");
}

fn file(keys: DMatrix<f64>, library: &mut Library) -> Lab {
    let head = Head::new(keys.clone(), keys.clone(), keys).expect("a head");
    let cloud = Cloud::new(vec![head], Vec::new()).expect("a cloud");
    Lab::of(library.insert("made", [7; 8], Arc::new(cloud)).expect("fits"))
}

#[test]
fn odd_clouds_have_an_answer() {
    let mut library = Library::default();
    let mut blank = Lab::of(Source::Blank);
    assert_eq!(said(&blank, &library).headline, "No keys yet.");
    blank.add_key(GridPoint::from_world([1.0, 0.5])).expect("room");
    assert_eq!(said(&blank, &library).headline, "One token has nobody to be like.");
    blank.add_key(GridPoint::ORIGIN).expect("room");
    let readouts = said(&blank, &library);
    assert!(!readouts.headline.is_empty());
    let sources = [
        DMatrix::from_element(5, 3, 2.0),
        DMatrix::from_element(4, 2, 0.0),
        DMatrix::from_fn(7, 2, |i, j| 1e3 * ((i * 3 + j * 5) as f64).sin()),
        DMatrix::from_fn(6, 1, |i, _| i as f64 - 2.0),
        DMatrix::from_fn(9, 64, |i, j| ((i * 7 + j * 11) as f64).cos()),
    ];
    for (i, keys) in sources.into_iter().enumerate() {
        let mut lab = file(keys, &mut library);
        for residual in [false, true] {
            lab.choices.elliptical = EllipticalChoices {
                residual,
                layers: 24,
                layer: Some(24),
                rpc: true,
                ..EllipticalChoices::default()
            };
            let readouts = said(&lab, &library);
            assert!(readouts.headline.chars().count() <= 90, "{i}: {}", readouts.headline);
            for check in &readouts.checks {
                assert!(check.holds, "{i} {residual}: {check:?}");
            }
        }
    }
}

#[test]
fn a_large_cloud_is_a_job_and_the_old_picture_stays() {
    let mut library = Library::default();
    let keys = DMatrix::from_fn(300, 8, |i, j| ((i * 7 + j * 11) as f64).cos());
    let lab = file(keys, &mut library);
    let mut view = Collapse::default();
    assert!(view.derive(&lab, &library), "it takes longer than a frame");
    assert!(view.headline()[0].0.starts_with("The layers are being computed"));
    let readouts = testing::said(&mut view, &lab, &library);
    holds(&readouts);
    assert!(
        !readouts.numbers.contains_key("cosine of rpc after 0"),
        "it is left out"
    );
    let mut moved = lab.clone();
    moved
        .move_key(0, GridPoint::from_world([0.5, 0.5]))
        .expect("it is there");
    assert!(view.derive(&moved, &library));
    assert!(view.current().is_some(), "what was there stays");
    let again = testing::said(&mut view, &moved, &library);
    assert_ne!(number(&again, "cosine_softmax"), number(&readouts, "cosine_softmax"));
    view.derive(&lab, &library);
    view.rest();
    assert!(view.job.progress().is_none(), "nothing goes on where it is not seen");
}

#[test]
fn headlines_are_short_whoever_leads() {
    for layers in [1, 2, 5, 12, 24] {
        for layer in 0..=layers {
            for (residual, rpc) in [(false, false), (true, false), (false, true), (true, true)] {
                let mut lab = six(&[]);
                lab.choices.elliptical = EllipticalChoices {
                    layers,
                    layer: Some(layer),
                    residual,
                    rpc,
                    ..EllipticalChoices::default()
                };
                lab.choices.robust.rpc_lambdas = [NonZeroU16::new(500).map(crate::lab::Thousandths); 3];
                let headline = said(&lab, &Library::default()).headline;
                assert!((20..=90).contains(&headline.chars().count()), "{headline}");
            }
        }
    }
}
