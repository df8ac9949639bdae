//! Everything named: numbers for the prose, checks, tokens, the table.

use eigenlens_core::KktCase;

use super::derive::Picture;
use super::say;
use super::strip::Kind;
use crate::board::BoardToken;
use crate::lab::SceneError;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lens::common;

/// Keys whose numbers all have a name of their own; of more, the table holds them.
const MOST_NAMED: usize = 128;
/// Up to which degree of the Taylor sum one is looked for that comes within one per cent.
const MOST_DEGREE: usize = 32;
/// Degrees of the Taylor sum that have a name.
const DEGREES: [usize; 5] = [0, 1, 2, 4, 8];

/// Everything named.
pub(super) fn read_out(
    picture: Option<&Result<Picture, SceneError>>,
    (tokens, working): (&[BoardToken], bool),
    readouts: &mut Readouts,
) {
    readouts.headline = say::headline(picture, working);
    readouts.spoken.clone_from(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    readouts.spoken = say::spoken(picture);
    readouts.checks.clone_from(&picture.checks);
    readouts.notices.extend(say::notice(picture));
    readouts.table = table(picture);
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    let count = |n: usize| Number {
        value: n as f64,
        text: text::count(n),
    };
    put("support_vectors", count(picture.support()));
    put("inside", count(picture.count(KktCase::Inside)));
    put("on_edge", count(picture.count(KktCase::Edge)));
    put("capped", count(picture.count(KktCase::Capped)));
    put("epsilon", two_decimals(picture.epsilon));
    put("cap", cap(picture));
    put("bound", bound(picture));
    put("sweep", count(picture.progress().sweep));
    put("sweeps", count(picture.solved.solution.last.progress.sweep));
    if let Some(alone) = picture.solved.solution.alone {
        put("sweeps_alone", count(alone));
    }
    let progress = picture.progress();
    for (name, value) in [("violation", progress.violation), ("duality_gap", progress.gap)] {
        let text = text::residual(value);
        put(name, Number { value, text });
    }
    put("objective", Number::signed(progress.objective));
    let largest = picture.value.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    put("largest_value", Number::plain(largest));
    if let Some(condition) = picture.kernel().condition {
        put("condition", Number::plain(condition));
    }
    if let Some(reading) = &picture.reading {
        put("f_query", Number::signed(reading.value));
    }
    let place = if picture.strip.is_angle() {
        Number {
            value: picture.strip.query,
            text: format!("{:.0}°", picture.strip.query),
        }
    } else {
        Number::signed(picture.strip.query)
    };
    put("query_place", place);
    put("degree", degree(picture.degree));
    normalisers(picture, &mut put);
    heaviest(picture, &mut put);
    of_keys(picture, &mut put);
}

fn two_decimals(value: f64) -> Number {
    let text = if value == 0.0 || (0.005..100.0).contains(&value) {
        format!("{value:.2}")
    } else {
        text::number(value)
    };
    Number { value, text }
}

/// The cap on |v|; what stands for it where there is none.
fn cap(picture: &Picture) -> Number {
    match picture.cap {
        Some(cap) => Number::plain(cap),
        None => Number {
            value: f64::MAX,
            text: "∞".to_owned(),
        },
    }
}

/// `C/h_j` over the keys, as it stands in the formula.
fn bound(picture: &Picture) -> Number {
    let (least, most) = range(&picture.caps);
    let text = match picture.cap {
        None => "∞".to_owned(),
        Some(cap) if picture.kernel().level => text::number(cap),
        Some(_) => format!("{} … {}", text::number(least), text::number(most)),
    };
    Number {
        value: least.min(f64::MAX),
        text,
    }
}

fn range(numbers: &[f64]) -> (f64, f64) {
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// The degree of the kernel as it stands on the switch.
fn degree(degree: Option<usize>) -> Number {
    match degree {
        Some(degree) => Number {
            value: degree as f64,
            text: degree.to_string(),
        },
        None => Number {
            value: f64::MAX,
            text: "∞".to_owned(),
        },
    }
}

/// `h_j`, one for all or from the least to the largest.
fn normalisers(picture: &Picture, put: &mut impl FnMut(&str, Number)) {
    let logs = picture.kernel().log_normaliser();
    let (least, most) = range(logs);
    let written = |log: f64| text::ratio(log);
    let text = if picture.kernel().level {
        // A mean has no other digits than each of them.
        written(least)
    } else {
        format!("{} … {}", written(least), written(most))
    };
    let value = least.exp().min(f64::MAX);
    put("h", Number { value, text });
    for (key, log) in logs.iter().enumerate().take(MOST_NAMED) {
        let value = log.exp().min(f64::MAX);
        let text = written(*log);
        put(&format!("h of key {}", key + 1), Number { value, text });
    }
}

/// The kernel of the query and the key that has most of its weight, whole and cut off.
fn heaviest(picture: &Picture, put: &mut impl FnMut(&str, Number)) {
    let Some(&key) = picture.order.first() else { return };
    let name = picture.common.keys.get(key).cloned().unwrap_or_default();
    put(
        "heaviest",
        Number {
            value: (key + 1) as f64,
            text: name,
        },
    );
    if let Some([logit, whole, sum]) = picture.kernel_at(key, picture.degree) {
        put("kernel_logit", Number::signed(logit));
        put("kernel_whole", Number::plain(whole));
        put("kernel_sum", Number::signed(sum));
    }
}

fn of_keys(picture: &Picture, put: &mut impl FnMut(&str, Number)) {
    let n = picture.value.len().min(MOST_NAMED);
    for key in 0..n {
        let named = |what: &str| format!("{what} of key {}", key + 1);
        let at = |numbers: &[f64]| numbers.get(key).copied().unwrap_or_default();
        put(&named("value"), Number::signed(at(&picture.value)));
        put(&named("target"), Number::signed(at(&picture.targets)));
        put(&named("fitted"), Number::signed(at(&picture.fitted)));
        put(
            &named("misfit"),
            Number::signed(at(&picture.targets) - at(&picture.fitted)),
        );
        put(&named("place"), Number::plain(at(&picture.strip.keys)));
        if let Some(reading) = &picture.reading {
            put(&named("weight"), Number::share(at(&reading.weights)));
            put(&named("product"), Number::signed(at(&reading.products)));
        }
        if picture.cap.is_some() {
            put(&named("cap"), Number::plain(at(&picture.caps).min(f64::MAX)));
        }
        for degree in DEGREES {
            if let Some([.., sum]) = picture.kernel_at(key, Some(degree)) {
                put(&format!("kernel {degree} of key {}", key + 1), Number::signed(sum));
            }
        }
        let near = |degree: &usize| {
            let at = picture.kernel_at(key, Some(*degree));
            at.is_some_and(|[_, whole, sum]| (sum - whole).abs() <= 0.01 * whole)
        };
        if let Some(degree) = (0..=MOST_DEGREE).find(near) {
            put(&named("degree_for_1_percent"), Number::count(degree));
        }
        if let Some([logit, whole, _]) = picture.kernel_at(key, None) {
            put(&named("logit"), Number::signed(logit));
            put(&named("kernel"), Number::plain(whole));
        }
    }
}

fn table(picture: &Picture) -> Table {
    let place = match picture.strip.kind {
        Kind::Line => "x",
        Kind::Circle | Kind::Mean | Kind::Angle => "angle",
    };
    let target = if picture.given { "implied target" } else { "target" };
    let columns = ["key", place, target, "f", "value", "case", "weight", "weight × value"];
    let rows = (0..picture.value.len()).map(|key| {
        let at = |numbers: &[f64]| numbers.get(key).copied().unwrap_or_default();
        let of_reading = |write: &dyn Fn(&eigenlens_core::SupportReading) -> String| {
            picture.reading.as_ref().map_or_else(String::new, write)
        };
        vec![
            picture.common.keys.get(key).cloned().unwrap_or_default(),
            text::coordinate(at(&picture.strip.keys)),
            text::number(at(&picture.targets)),
            text::number(at(&picture.fitted)),
            text::number(at(&picture.value)),
            picture.cases.get(key).map_or("", |case| say::case(*case)).to_owned(),
            of_reading(&|reading| text::percent_fine(at(&reading.weights))),
            of_reading(&|reading| text::number(at(&reading.products))),
        ]
    });
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
