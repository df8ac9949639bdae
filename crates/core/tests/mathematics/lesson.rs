//! The steps of the lessons: inputs, and numbers with the tolerance that stands beside each.

use crate::common::matrix_of;
use nalgebra::DMatrix;
use serde_json::Value;

/// One step of a lesson, and which of its expectations were compared.
pub(crate) struct Step {
    step: Value,
    seen: Vec<String>,
}

impl Step {
    /// A step by its name, "2.1".
    pub(crate) fn new(name: &str) -> Self {
        let file = match name.split_once('.') {
            Some(("2", _)) => include_str!("../golden/lesson_2.json"),
            Some(("3", _)) => include_str!("../golden/lesson_3.json"),
            Some(("4", _)) => include_str!("../golden/lesson_4.json"),
            Some(("7", _)) => include_str!("../golden/lesson_7.json"),
            _ => include_str!("../golden/lesson_5.json"),
        };
        let file: Value = serde_json::from_str(file).expect("JSON");
        let steps = file["steps"].as_array().expect("steps");
        let step = steps
            .iter()
            .find(|step| step["step"] == name)
            .expect("the step")
            .clone();
        Self { step, seen: Vec::new() }
    }

    /// The keys.
    pub(crate) fn keys(&self) -> DMatrix<f64> {
        matrix_of(&self.step["inputs"]["keys"])
    }

    /// An input of the step.
    pub(crate) fn input(&self, name: &str) -> &Value {
        &self.step["inputs"][name]
    }

    /// A parameter of the step.
    pub(crate) fn parameter(&self, name: &str) -> Value {
        self.step["params"][name].clone()
    }

    /// Compares numbers with the expectation of this name.
    pub(crate) fn shows(&mut self, name: &str, ours: &[f64]) {
        let expected = self.expectation(name);
        if let Some(bound) = expected["at_most"].as_f64() {
            assert!(
                ours.iter().all(|ours| ours.abs() <= bound),
                "{name}: {ours:?} > {bound:e}"
            );
            return;
        }
        compare(name, ours, &expected["value"], &expected["tol"]);
    }

    /// Compares numbers with one part of the expectation of this name.
    pub(crate) fn shows_part(&mut self, name: &str, part: &str, ours: &[f64]) {
        let expected = self.expectation(name);
        compare(part, ours, &expected["value"][part], &expected["tol"]);
    }

    fn expectation(&mut self, name: &str) -> Value {
        let expected = self.step["expect"].as_array().expect("expectations");
        let expected = expected.iter().find(|expected| expected["name"] == name);
        self.seen.push(name.to_owned());
        expected.expect("the expectation").clone()
    }

    /// Every expectation of the step was compared.
    pub(crate) fn done(self) {
        for expected in self.step["expect"].as_array().expect("expectations") {
            let name = expected["name"].as_str().expect("a name");
            assert!(self.seen.iter().any(|seen| seen == name), "{name} was not compared");
        }
    }
}

fn compare(name: &str, ours: &[f64], golden: &Value, tolerance: &Value) {
    let tolerance = tolerance.as_f64().expect("a tolerance");
    let mut numbers = Vec::new();
    flatten(golden, &mut numbers);
    assert_eq!(ours.len(), numbers.len(), "{name}");
    for (ours, golden) in ours.iter().zip(numbers) {
        assert!(
            (ours - golden).abs() <= tolerance,
            "{name}: {ours} is not {golden} ± {tolerance:e}"
        );
    }
}

fn flatten(value: &Value, into: &mut Vec<f64>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| flatten(value, into)),
        value => into.push(value.as_f64().expect("a number")),
    }
}

/// The entries of a matrix, row by row.
pub(crate) fn entries_by_row(matrix: &DMatrix<f64>) -> Vec<f64> {
    matrix.transpose().iter().copied().collect()
}
