//! What the tests of the lenses share: a lab through a lens, and the numbers of the lessons.

use std::thread;

use serde_json::Value;

use super::Lens;
use crate::lab::readout::Readouts;
use crate::lab::{Lab, Library};

/// A lab through a lens, all work done.
pub(super) fn said(lens: &mut dyn Lens, lab: &Lab, library: &Library) -> Readouts {
    while lens.derive(lab, library) {
        thread::yield_now();
    }
    let mut readouts = Readouts::default();
    lens.read_out(&mut readouts);
    readouts
}

/// A number that is read out.
#[track_caller]
pub(super) fn number(readouts: &Readouts, name: &str) -> f64 {
    readouts
        .numbers
        .get(name)
        .unwrap_or_else(|| panic!("there is a number “{name}”: {}", readouts.headline))
        .value
}

/// What a lesson, a file of golden values, expects of a step: the numbers under a name, and the tolerance.
pub(super) fn expected(lesson: &str, step: &str, name: &str) -> (Vec<f64>, f64) {
    let lesson: Value = serde_json::from_str(lesson).expect("JSON");
    let steps = lesson["steps"].as_array().expect("steps");
    let found = steps.iter().find(|it| it["step"] == step).expect("the step is there");
    let expectations = found["expect"].as_array().expect("expectations");
    let it = expectations
        .iter()
        .find(|it| it["name"] == name)
        .expect("the number is there");
    if let Some(most) = it["at_most"].as_f64() {
        return (vec![0.0], most);
    }
    let values = match &it["value"] {
        Value::Array(values) => values.iter().map(|value| value.as_f64().expect("a number")).collect(),
        value => vec![value.as_f64().expect("a number")],
    };
    (values, it["tol"].as_f64().expect("a tolerance"))
}
