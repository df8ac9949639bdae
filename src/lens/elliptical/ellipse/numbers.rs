//! Every number of the picture by name.

use eigenlens_core::RegressionError;

use super::derive::{Picture, entropy};
use super::{draws, say};
use crate::board::BoardToken;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::regression::NOISE;
use crate::lab::{EllipticalChoices, Notice, Scene, SceneError, Severity, SmootherForm};
use crate::lens::common::{self, keys_in_use};

/// Keys and entries whose numbers all have a name of their own; of more, the table holds them.
const MOST_NAMED: usize = 128;

/// A number that may be infinite: then it says so, and its value is the greatest there is.
fn finite(value: f64) -> Number {
    Number {
        value: value.min(f64::MAX),
        text: if value.is_finite() {
            text::number(value)
        } else {
            "without end".to_owned()
        },
    }
}

/// Fills the readouts of the view.
pub(super) fn read_out(
    picture: Option<&Result<Picture, SceneError>>,
    of: Option<(&Scene, &EllipticalChoices)>,
    errors: Option<[RegressionError; 2]>,
    tokens: &[BoardToken],
    readouts: &mut Readouts,
) {
    readouts.headline = say::headline(picture, errors)
        .into_iter()
        .map(|(words, _)| words)
        .collect();
    readouts.spoken = text::spoken(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    readouts.spoken = say::spoken(picture);
    readouts.checks.clone_from(&picture.checks);
    readouts.table = table(picture);
    if picture.undefined {
        readouts.notices.push(Notice::new(
            Severity::Undefined,
            say::UNDEFINED,
            "Every value is what it was in the layer before.",
            "M = I is shown until one moves.",
        ));
    }
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    let form = Number::said(f64::from(picture.form.code()), picture.form.name());
    put("form", form);
    if let Some((scene, choices)) = of {
        let from = say::source(picture, scene).replace('*', "");
        let from = if from.is_empty() {
            "as it was set".to_owned()
        } else {
            from
        };
        put(
            "metric",
            Number::said(f64::from(u8::from(picture.origin.is_some())), from),
        );
        put("seed", Number::said(f64::from(choices.seed), choices.seed.to_string()));
    }
    metric(picture, &mut put);
    neighbourhood(picture, &mut put);
    weights(picture, &mut put);
    estimates(picture, errors, &mut put);
}

type Put<'a> = dyn FnMut(&str, Number) + 'a;

fn metric(picture: &Picture, put: &mut Put<'_>) {
    for (i, m) in picture.m.iter().enumerate().take(MOST_NAMED) {
        put(&format!("m {}", i + 1), Number::plain(*m));
    }
    for (name, i) in [("m_1", 0), ("m_2", 1)] {
        let m = picture.m.get(i).copied().unwrap_or_default();
        put(name, Number::plain(m));
    }
    let n = picture.m.len() as f64;
    put("mean_m", Number::plain(picture.m.mean()));
    put("mean_m_squared", Number::plain(picture.m.norm_squared() / n));
    put("scaling", Number::said(0.0, picture.scaling.name()));
    let [sigma, circle] = picture.sigmas;
    put("sigma", Number::plain(sigma));
    put("circle_sigma", Number::plain(circle));
}

fn neighbourhood(picture: &Picture, put: &mut Put<'_>) {
    let [radius, circle] = picture.radii;
    put("radius", Number::plain(radius));
    put("circle_radius", Number::plain(circle));
    let axes = picture.sections[0].half_axes(radius);
    for (name, axis) in [("semi_axis_1", axes[0]), ("semi_axis_2", axes[1])] {
        put(name, finite(axis));
    }
    let [inside, in_circle, came, went] = picture.counts();
    put("inside", Number::count(inside));
    put("inside_circle", Number::count(in_circle));
    put("came_in", Number::count(came));
    put("went_out", Number::count(went));
    for (name, keys) in &picture.groups {
        let inside = keys.iter().filter(|key| picture.is_inside(**key)).count();
        let in_circle = keys.iter().filter(|key| picture.is_in_circle(**key)).count();
        put(&format!("inside of {name}"), Number::count(inside));
        put(&format!("inside circle of {name}"), Number::count(in_circle));
        let distances = || keys.iter().filter_map(|key| picture.distance.get(*key)).copied();
        if !keys.is_empty() {
            put(
                &format!("farthest of {name}"),
                Number::plain(distances().fold(0.0, f64::max)),
            );
            put(
                &format!("nearest of {name}"),
                Number::plain(distances().fold(f64::MAX, f64::min)),
            );
        }
    }
}

fn weights(picture: &Picture, put: &mut Put<'_>) {
    let row = &picture.chosen().weights;
    for (key, weight) in row.iter().enumerate().take(MOST_NAMED) {
        put(&format!("weight of key {}", key + 1), Number::share(*weight));
        let plain = picture.plain.weights.get(key).copied().unwrap_or_default();
        put(&format!("softmax weight of key {}", key + 1), Number::share(plain));
        let distance = picture.distance.get(key).copied().unwrap_or_default();
        put(&format!("distance of key {}", key + 1), Number::plain(distance));
    }
    for (name, keys) in &picture.groups {
        let mass = keys.iter().filter_map(|key| row.get(*key)).sum();
        put(&format!("mass of {name}"), Number::share(mass));
    }
    put("keys_in_use", Number::plain(keys_in_use(row)));
    put(
        "keys_in_use_circle",
        Number::plain(keys_in_use(&picture.circle.weights)),
    );
    put(
        "keys_in_use_softmax",
        Number::plain(keys_in_use(&picture.plain.weights)),
    );
    put("row_entropy", Number::plain(entropy(row)));
    if let Some(mean) = picture.mean_entropy {
        put("mean_row_entropy", Number::plain(mean));
    }
    put("row_entropy_softmax", Number::plain(entropy(&picture.plain.weights)));
    if let Some(heaviest) = picture.order.first() {
        let name = picture.common.keys.get(*heaviest).cloned().unwrap_or_default();
        put("heaviest", Number::said((*heaviest + 1) as f64, name));
        put(
            "heaviest_weight",
            Number::share(row.get(*heaviest).copied().unwrap_or_default()),
        );
    }
}

fn estimates(picture: &Picture, errors: Option<[RegressionError; 2]>, put: &mut Put<'_>) {
    put("outputs_apart", Number::plain(picture.outputs_apart()));
    for (i, value) in picture.chosen().output.iter().enumerate().take(MOST_NAMED) {
        put(&format!("output_{}", i + 1), Number::signed(*value));
    }
    if let Some(estimate) = picture.estimate(picture.chosen()) {
        put("estimate", Number::signed(estimate));
        for (name, form) in [
            ("estimate by distance", SmootherForm::NadarayaWatson),
            ("estimate by dot product", SmootherForm::Dot),
            ("estimate by dot product + bias", SmootherForm::DotWithBias),
        ] {
            let value = picture.estimate(picture.row(form)).unwrap_or_default();
            put(name, Number::signed(value));
        }
    }
    if let Some(estimate) = picture.estimate(&picture.circle) {
        put("estimate_circle", Number::signed(estimate));
    }
    if let Some(truth) = picture.true_value {
        put("truth", Number::signed(truth));
    }
    let Some(both) = errors else { return };
    put("noise", Number::plain(NOISE));
    let how = match picture.exact {
        Some(_) => "exact, at the query".to_owned(),
        None => format!("over {} fresh draws", draws::DRAWS),
    };
    put("error_kind", Number::said(0.0, how));
    for (error, of) in std::iter::zip(both, ["", "_circle"]) {
        put(&format!("error{of}"), Number::plain(error.total()));
        put(&format!("bias_squared{of}"), Number::plain(error.bias_squared));
        put(&format!("variance{of}"), Number::plain(error.variance));
    }
    if let Some(ratio) = say::ratio(both) {
        put("cut", Number::share(1.0 - ratio));
    }
}

fn table(picture: &Picture) -> Table {
    let mut columns = vec![
        "key",
        "x",
        "y",
        "inside",
        "distance",
        "distance, M = I",
        "weight",
        "softmax",
    ];
    if picture.values.is_some() {
        columns.push("value");
    }
    let rows = (0..picture.distance.len()).map(|key| {
        let at = picture.common.positions.keys.get(key).copied().unwrap_or_default();
        let number = |numbers: &[f64]| numbers.get(key).copied().unwrap_or_default();
        let mut row = vec![
            picture.common.keys.get(key).cloned().unwrap_or_default(),
            text::coordinate(picture.common.scale * at[0]),
            text::coordinate(picture.common.scale * at[1]),
            if picture.is_inside(key) { "yes" } else { "no" }.to_owned(),
            text::number(number(&picture.distance)),
            text::number(number(&picture.plain_distance)),
            text::percent_fine(number(&picture.chosen().weights)),
            text::percent_fine(number(&picture.plain.weights)),
        ];
        row.extend(picture.values.as_ref().map(|values| text::coordinate(number(values))));
        row
    });
    Table {
        rows: rows.collect(),
        columns: columns.into_iter().map(str::to_owned).collect(),
    }
}
