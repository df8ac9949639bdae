//! What the lens says: headline, readouts, the table.

use super::cards::{REPORTED, words};
use super::derive::{FEW_DRAWS, Group, Line, SEED, Shown};
use super::{Claims, alike, choose, training};
use crate::lab::readout::{Check, Number, Readouts, Table, text};
use crate::lab::{Beside, Card, Start, ValuesFrom};
use crate::lens::{Phrase, Tone};

/// A number as it stands on the card.
pub(super) fn number(line: &Line) -> String {
    match line.key {
        "bessel" | "near_the_bound" | "within" | "used" | "used_plain" | "moved" => text::percent_fine(line.value),
        "n" => text::count(line.value as usize),
        _ if line.value.abs() < 1e-12 => text::residual(line.value),
        _ => text::number(line.value),
    }
}

/// The line that the headline speaks of.
fn first(lens: &Claims, lines: &[Line]) -> Option<Line> {
    let key = match lens.card {
        Card::Similarity => "matched_cosine",
        Card::Training => "eigen_residual_after",
        Card::Gamma => "relative_values",
        Card::Gauge => "eigen_after",
        Card::Pursuit => "growth_released",
        Card::Elliptical => "used_form_gap",
        Card::BatchNorm => "keys_alone",
        _ => "",
    };
    lines.iter().find(|line| line.key == key).or(lines.first()).cloned()
}

/// The claim, and its first number today.
pub(super) fn headline(lens: &Claims) -> Vec<Phrase> {
    let plain = |text: String| (text, Tone::Plain);
    let lines = lens.lines();
    match (lens.shown(), first(lens, &lines)) {
        (Some(Err(refusal)), _) => vec![plain(refusal)],
        (_, Some(line)) => {
            let mut phrases = vec![
                plain(format!("{}: ", capitalised(&full_name(lens, &lines, &line)))),
                (number(&line), Tone::Query),
            ];
            let mut rest = Vec::new();
            rest.extend(
                line.claimed
                    .map(|claimed| format!("the claim says {}", text::number(claimed))),
            );
            rest.extend(
                line.null
                    .as_ref()
                    .map(|null| format!("chance gives {}", text::number(null.mean()))),
            );
            phrases.push(plain(match rest.as_slice() {
                [] => ".".to_owned(),
                rest => format!("; {}.", rest.join(", ")),
            }));
            phrases
        }
        (Some(Ok(shown)), None) => vec![plain(match shown.not_testable {
            Some(counts) => not_testable(counts),
            None => "There is nothing to test here.".to_owned(),
        })],
        (None, None) => vec![plain("The test begins …".to_owned())],
    }
}

/// The name of a line, with that of the line that it goes on from.
fn full_name(lens: &Claims, lines: &[Line], line: &Line) -> String {
    let Some(rest) = line.name.strip_prefix("… ") else {
        return line.name.to_owned();
    };
    let rest = match lens.shown() {
        Some(Ok(shown)) if !shown.course.is_empty() => {
            format!("after {} steps", training::at(&shown.course, lens.choices))
        }
        _ => rest.to_owned(),
    };
    let before = lines.iter().take_while(|other| other.key != line.key);
    let named = before.filter(|other| !other.name.starts_with('…')).last();
    named.map_or_else(|| rest.clone(), |named| format!("{} {rest}", named.name))
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// Why the gauge-free tests have no answer.
pub(super) fn not_testable([columns, axes]: [usize; 2]) -> String {
    format!("Not testable: {columns} value columns, and the keys have {axes} axes.")
}

/// Of what: the cloud and its values.
pub(super) fn subline(lens: &Claims) -> String {
    let values = match lens.values {
        ValuesFrom::Free => "values as they are",
        ValuesFrom::Constructed => "values planted: constructed from the keys",
    };
    let beside = lens.choices.beside;
    if lens.card == Card::Similarity && beside == Beside::Strangers {
        return format!("Two unrelated matrices of 197 × 64. Null: {FEW_DRAWS} draws of seed {SEED} beside the first.");
    }
    let bands = match lens.card {
        Card::Projection | Card::Dual | Card::Gamma => choose::null_words(lens),
        Card::Similarity => {
            let draws = alike::draws_of(beside);
            format!(" Beside {}. Null: {draws} draws of seed {SEED}.", beside.name())
        }
        Card::Training => match lens.choices.start {
            Start::Random => format!(" It starts from values of seed {SEED}."),
            Start::Fixed => " It starts from (3, −2), (−1, 3), (2, 1), (−2, −3) and so on.".to_owned(),
        },
        Card::Pursuit => format!(" Bands: wrong entries at places of seed {SEED}."),
        Card::Elliptical => format!(" Bands: pushes of seed {SEED}."),
        Card::Eigenvalue => " No null: the bound holds for any keys.".to_owned(),
        Card::Gauge => " No null: mixing changes no output of any values.".to_owned(),
        Card::BatchNorm => " No null: centring changes nothing for any keys.".to_owned(),
    };
    let repeated = match lens.repeated {
        Some([repeated, of]) if repeated > 0 && lens.card == Card::Projection => {
            format!(" {repeated} of {of} tokens occur more than once.")
        }
        _ => String::new(),
    };
    format!("{}; {values}.{bands}{repeated}", lens.of)
}

/// Everything named: numbers for the prose, the table.
pub(super) fn read_out(lens: &Claims, readouts: &mut Readouts) {
    readouts.headline = headline(lens).into_iter().map(|(text, _)| text).collect();
    readouts.spoken = text::spoken(&readouts.headline);
    let card = words(lens.card);
    let said = |value: f64, text: &str| Number::said(value, text.to_owned());
    let number_of_card = f64::from(lens.card.code()) + 1.0;
    readouts.put("claim", said(number_of_card, card.claim));
    readouts.put("source", said(number_of_card, card.source));
    readouts.put("kind", said(number_of_card, card.kind.name()));
    let Some(Ok(shown)) = lens.shown() else { return };
    let lines = lens.lines();
    readouts.checks = checks(lens.card, shown, &lines);
    for line in lines.iter() {
        readouts.put(line.key, Number::said(line.value, number(line)));
        if let Some(null) = &line.null {
            for (name, number) in [
                ("null", null.mean()),
                ("null_least", null.least()),
                ("null_greatest", null.greatest()),
            ] {
                readouts.put(&format!("{}_{name}", line.key), Number::plain(number));
            }
        }
    }
    for (name, value) in REPORTED
        .iter()
        .filter(|(of, _, _)| *of == lens.card)
        .map(|(_, name, value)| (name, value))
    {
        readouts.put(name, Number::plain(*value));
    }
    if lens.card == Card::Training {
        for (name, value) in training::logged() {
            readouts.put(&name, Number::plain(value));
        }
        let step = training::at(&shown.course, lens.choices);
        readouts.put("step", Number::said(step as f64, text::count(step)));
    }
    for (name, value) in &shown.also {
        readouts.put(name, Number::plain(*value));
    }
    if let Some([columns, axes]) = shown.not_testable {
        readouts.put("value_columns", Number::said(columns as f64, text::count(columns)));
        readouts.put("axes", Number::said(axes as f64, text::count(axes)));
    }
    if let Some([repeated, of]) = lens.repeated {
        for (name, count) in [("repeated_tokens", repeated), ("tokens", of)] {
            readouts.put(name, Number::said(count as f64, text::count(count)));
        }
    }
    read_out_heads(lens, readouts);
    readouts.table = Table {
        columns: ["test", "group", "value", "claim", "null", "95 % of the null"]
            .map(str::to_owned)
            .to_vec(),
        rows: lines.iter().map(row).collect(),
    };
}

/// What must hold on the present cloud, whatever the card's claim is.
fn checks(card: Card, shown: &Shown, lines: &[Line]) -> Vec<Check> {
    let value = |key: &str| lines.iter().find(|line| line.key == key).map(|line| line.value);
    // How far one number is above what it may not pass, relative to that.
    let above = |value: f64, bound: f64| ((value - bound) / bound.abs().max(1.0)).max(0.0);
    let check = |id, residual: Option<f64>| residual.map(|residual| Check::new(id, residual, 1e-9));
    let difference = || {
        let [loss, outputs, queries] = ["loss_after", "h_after", "phi_after"].map(value);
        let apart = queries? - outputs? - loss?;
        Some(apart.abs() / queries?.abs().max(outputs?.abs()).max(1.0))
    };
    let bound = || Some(above(value("largest")?, value("trace")?).max(above(value("trace")?, value("n")?)));
    let found = match card {
        Card::Projection | Card::Similarity | Card::Gamma | Card::Dual => {
            shown.planted.map(|residual| Check::new("planted", residual, 1e-6))
        }
        Card::Training => check("difference", difference()),
        Card::Eigenvalue => check("bound", bound()),
        Card::Gauge => check("output", value("output_residual")),
        Card::Pursuit => check("clipping", value("clipping")),
        Card::Elliptical => check("bound", value("used").map(|used| above(used, 1.0))),
        Card::BatchNorm => check("keys", value("keys_alone")),
    };
    found.into_iter().collect()
}

/// The overlap in all heads of the cloud: the mean, that of each layer of a text, and how many heads have more than the one on
/// the board. Of the chosen map: its numbers.
fn read_out_heads(lens: &Claims, readouts: &mut Readouts) {
    if let Some(map) = lens.map() {
        map.read_out(readouts);
    }
    let Some(group) = lens.own_map() else { return };
    let heads: Vec<Option<f64>> = group.test(0).iter().map(|cell| cell.value).collect();
    let mean = |heads: &[Option<f64>]| {
        let tested: Vec<f64> = heads.iter().flatten().copied().collect();
        (!tested.is_empty()).then(|| tested.iter().sum::<f64>() / tested.len() as f64)
    };
    let Some(all) = mean(&heads) else { return };
    readouts.put("mean_overlap", Number::plain(all));
    for (layer, heads) in heads.chunks(group.heads_in_layer.max(1)).enumerate() {
        if let Some(mean) = mean(heads) {
            readouts.put(&format!("mean_overlap_{}", layer + 1), Number::plain(mean));
        }
    }
    if let Some(own) = heads.get(lens.present).copied().flatten() {
        let better = heads.iter().flatten().filter(|other| **other > own).count();
        readouts.put("rank", Number::said(better as f64 + 1.0, text::count(better + 1)));
    }
}

fn row(line: &Line) -> Vec<String> {
    let null = line.null.as_ref();
    vec![
        line.name.to_owned(),
        match line.group {
            Group::GaugeFree => "gauge-free",
            Group::Literal => "literal",
            Group::Own => "",
        }
        .to_owned(),
        number(line),
        line.claimed.map_or_else(String::new, text::number),
        null.map_or_else(String::new, |null| text::number(null.mean())),
        null.map_or_else(String::new, |null| {
            let [low, high] = null.interval();
            format!("{} to {}", text::number(low), text::number(high))
        }),
    ]
}
