//! The seven lessons as they are shipped: each opens, is written and read back as the same, and states what the reference
//! states, all of it, which the lab of each step then computes.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use eigenlens::lab::Library;
use eigenlens::lesson::{Holds, Lesson, Stated, Step, carry_out, check, lab_of};
use eigenlens_words::lesson::{self, Variant};
use serde_json::Value;

const REFERENCE: &str = include_str!("lessons/lessons.json");

#[test]
fn lesson_1_holds() {
    holds(1, 11, &[1, 2, 3]);
}

#[test]
fn lesson_2_holds() {
    holds(2, 11, &[4]);
}

#[test]
fn lesson_3_holds() {
    holds(3, 12, &[5, 6]);
}

#[test]
fn lesson_4_holds() {
    holds(4, 10, &[7]);
}

#[test]
fn lesson_5_holds() {
    holds(5, 11, &[8]);
}

#[test]
fn lesson_6_holds() {
    holds(6, 10, &[9]);
}

#[test]
fn lesson_7_holds() {
    holds(7, 11, &[10]);
}

/// What variants say in words follows from the numbers that they state.
#[test]
fn words_of_variants_are_true() {
    for variant in &read(3).exercises[0].variants {
        assert_eq!(variant.with["r"], three_digits(stated(variant, "x of key 1")));
    }
    for variant in &read(5).exercises[0].variants {
        let (neighbour, own) = (stated(variant, "weight of key 3"), stated(variant, "weight of key 4"));
        let t = neighbour / own;
        let epsilon = t / (1.0 + t);
        assert_eq!(variant.with["t"], three_digits(t));
        assert_eq!(variant.with["eps"], format!("{epsilon:.4}"));
        assert_eq!(variant.with["v"], three_digits((1.0 - epsilon) / own));
        assert_eq!(variant.with["just"], format!("{:.3}", (epsilon * 1e3).ceil() / 1e3));
    }
    let largest_of_f16 = 65_504.0_f64;
    for variant in &read(6).exercises[0].variants {
        let logit = stated(variant, "x of key 1");
        assert_eq!(variant.with["logit"], three_digits(logit));
        let survives = logit < largest_of_f16.ln();
        assert_eq!(variant.with["fits"], if survives { "survives" } else { "overflows" });
    }
}

/// What a variant states of a number, at the first place.
fn stated(variant: &Variant, read: &str) -> f64 {
    let mut numbers = variant.holds.iter().flat_map(|holds| &holds.numbers);
    let number = numbers.find(|number| number.read == read);
    number.unwrap_or_else(|| panic!("no {read} in {variant:?}")).is
}

/// Three digits that count.
fn three_digits(x: f64) -> String {
    let decimals = (2 - x.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Everything about one lesson, which must have so many steps, and these exercises of the reference.
fn holds(number: usize, steps: usize, exercises: &[usize]) {
    let lesson = read(number);
    assert_eq!((lesson.steps.len(), lesson.exercises.len()), (steps, exercises.len()));
    let written = lesson::write(&lesson).expect("it can be written");
    assert_eq!(lesson::read(&written).expect("it can be read back"), lesson);

    let mut library = check::library();
    let checked = check::check(&lesson, &mut library);
    let variants = lesson.variants();
    let entries = lesson.steps.iter().chain(variants.iter().flatten());
    let stated: usize = entries
        .flat_map(|step| &step.holds)
        .map(|holds| holds.numbers.len())
        .sum();
    assert_eq!(checked, Ok(stated));

    let mut open = Vec::new();
    for (at, step) in lesson.steps.iter().enumerate() {
        let name = format!("{number}.{}", at + 1);
        open.extend(states(&name, std::slice::from_ref(step), &mut library));
    }
    for (exercise, variants) in std::iter::zip(exercises, &variants) {
        open.extend(states(&format!("X.{exercise}"), variants, &mut library));
    }
    assert_eq!(open, [""; 0], "what no number states");
}

/// What a step, or the variants of an exercise, state of the reference is what it says; gives what they do not state.
fn states(name: &str, steps: &[Step], library: &mut Library) -> Vec<String> {
    let fields = fields(name);
    for step in steps {
        slots_have_numbers(name, step, library);
        for holds in &step.holds {
            for stated in &holds.numbers {
                agrees(name, step, holds, stated, &fields, library);
            }
        }
    }
    not_stated(name, steps, &fields)
}

fn read(number: usize) -> Lesson {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons");
    let files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of the lessons")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(&format!("{number}-")) && path.extension().is_some_and(|end| end == "toml")
        })
        .collect();
    let [file] = files.as_slice() else {
        panic!("one lesson {number}, not {files:?}");
    };
    let text = fs::read_to_string(file).expect("a file");
    lesson::read(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// What a step must show under one name: one number or word, and how far it may be off.
#[derive(Debug)]
struct Field {
    /// The name of the entry that it belongs to.
    entry: String,
    /// Its own name, as in "weights\[0\]".
    path: String,
    /// None is a residual, which has a bound only.
    value: Option<Value>,
    within: f64,
}

/// The fields of a step of the reference, in its order.
fn fields(step: &str) -> Vec<Field> {
    let reference: Value = serde_json::from_str(REFERENCE).expect("JSON");
    let lessons = reference["lessons"].as_array().expect("lessons");
    let steps = lessons
        .iter()
        .flat_map(|lesson| lesson["steps"].as_array().expect("steps"));
    let found = steps.into_iter().find(|entry| entry["step"] == step);
    let expected = found.unwrap_or_else(|| panic!("there is no step {step}"))["expect"].as_array();
    let mut fields = Vec::new();
    for entry in expected.expect("expectations") {
        let name = entry["name"].as_str().expect("a name");
        if let Some(bound) = entry.get("at_most") {
            fields.push(Field {
                entry: name.to_owned(),
                path: name.to_owned(),
                value: None,
                within: bound.as_f64().expect("a bound"),
            });
        } else {
            let within = entry["tol"].as_f64().expect("a tolerance");
            flatten(name, name.to_owned(), &entry["value"], within, &mut fields);
        }
    }
    fields
}

fn flatten(entry: &str, path: String, value: &Value, within: f64, into: &mut Vec<Field>) {
    match value {
        Value::Array(values) => {
            for (i, value) in values.iter().enumerate() {
                flatten(entry, format!("{path}[{i}]"), value, within, into);
            }
        }
        Value::Object(values) => {
            for (key, value) in values {
                flatten(entry, format!("{path}.{key}"), value, within, into);
            }
        }
        value => into.push(Field {
            entry: entry.to_owned(),
            path,
            value: Some(value.clone()),
            within,
        }),
    }
}

/// What a step states of a field is what the reference says, and no further off. A word is that of the readout.
fn agrees(name: &str, step: &Step, holds: &Holds, stated: &Stated, fields: &[Field], library: &mut Library) {
    let Some(path) = &stated.field else { return };
    let field = fields.iter().find(|field| field.path == *path);
    let field = field.unwrap_or_else(|| panic!("{name} has no {path}"));
    let Stated { is, within, .. } = *stated;
    match &field.value {
        None => assert!(
            within <= field.within,
            "{name} {path}: ± {within}, and {} is asked",
            field.within
        ),
        Some(Value::Number(value)) => {
            let value = value.as_f64().expect("a number");
            // The sign of an axis is free.
            let is = if field.entry.ends_with("_abs") { is.abs() } else { is };
            let off = (is - value).abs() + within;
            assert!(
                off <= field.within * (1.0 + 1e-9) + 1e-11 * value.abs(),
                "{name} {path}: {is} ± {within} is not {value} ± {}",
                field.within
            );
        }
        // What holds is read out as 1, what does not as 0.
        Some(Value::Bool(holds)) => assert!(
            is == f64::from(u8::from(*holds)) && within < 0.5,
            "{name} {path}: {is} ± {within} is not {holds}"
        ),
        Some(Value::String(word)) => {
            let lab = check::lab_of_holds(step, holds, library).expect("it opens");
            let readouts = check::readouts_of(&lab, library);
            let text = readouts.numbers.get(&stated.read).map(|number| number.text.as_str());
            assert!(
                text.is_some_and(|text| word.contains(text.trim_matches(['“', '”']))),
                "{name} {path}: {text:?} is not {word}"
            );
        }
        Some(other) => panic!("{name} {path}: {other} cannot be stated"),
    }
}

/// The fields that no number states: by their entry where it is stated nowhere, else one by one.
fn not_stated(name: &str, steps: &[Step], fields: &[Field]) -> Vec<String> {
    let stated: BTreeSet<&str> = steps
        .iter()
        .flat_map(|step| &step.holds)
        .flat_map(|holds| &holds.numbers)
        .filter_map(|stated| stated.field.as_deref())
        .collect();
    let open = fields.iter().filter(|field| !stated.contains(field.path.as_str()));
    open.map(|field| format!("{name} {}", field.path)).collect()
}

/// Every number that the words of a step show is read out by its lab: by that which a guess reveals, where there is one.
fn slots_have_numbers(name: &str, step: &Step, library: &mut Library) {
    let mut lab = lab_of(&step.state, step.cloud.as_ref(), library).expect("it opens");
    let after = step.ask.as_ref().map_or(&[][..], |ask| &ask.after);
    carry_out(after, &mut lab, library).expect("it is shown");
    let readouts = check::readouts_of(&lab, library);
    let alone = Lesson {
        title: name.to_owned(),
        aim: String::new(),
        steps: vec![step.clone()],
        exercises: Vec::new(),
    };
    let compiled = serde_json::to_value(lesson::compile(&alone).expect("it can be shown")).expect("JSON");
    for html in ["text_html", "notes_html"].map(|text| &compiled["steps"][0][text]) {
        let html = html.as_str().expect("HTML");
        assert!(!html.is_empty(), "{name} says something");
        for slot in html.split("data-readout=\"").skip(1) {
            let slot = slot.split('"').next().unwrap_or_default();
            assert!(
                readouts.numbers.contains_key(slot),
                "{name}: there is no number “{slot}”"
            );
        }
    }
}
