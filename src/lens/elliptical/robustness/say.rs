//! What the view says: headline, readouts, sentences for the screen reader.

use super::derive::{Picture, Side};
use super::trade;
use crate::board::BoardToken;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::{Library, Scene, SceneError};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};
use eigenlens_core::order_by;

/// Keys whose numbers all have a name of their own; of more, the table holds them.
const MOST_NAMED: usize = 128;

/// Three significant digits where [`text::number`] has two.
pub(super) fn digits(value: f64) -> String {
    if (1e-3..0.9995).contains(&value) {
        // From 2 to 5 decimals: a float-to-integer `as` saturates.
        let decimals = (2.0 - value.log10().floor()) as usize;
        format!("{value:.decimals$}")
    } else {
        text::number(value)
    }
}

/// A bound: no more digits than a bound needs.
pub(super) fn bound(value: f64) -> String {
    if (100.0..1e5).contains(&value) {
        text::count(value.round() as usize)
    } else {
        text::number(value)
    }
}

/// The names of M = I and of the chosen M.
pub(super) fn names(picture: &Picture) -> [String; 2] {
    ["*M* = *I*".to_owned(), metric(picture.chosen())]
}

/// M, as it stands on the picture.
pub(super) fn metric(side: &Side) -> String {
    let entry = |value: f64| {
        let text = text::coordinate(value);
        text.strip_suffix(".00").map_or_else(|| text.clone(), str::to_owned)
    };
    match (side.multiple(), side.m.as_slice()) {
        (Some(1.0), _) => "*M* = *I*".to_owned(),
        (Some(c), _) => format!("*M* = {}*I*", text::number(c)),
        (None, [_, _]) => format!(
            "*M* = diag({})",
            side.m.iter().map(|m| entry(*m)).collect::<Vec<_>>().join(", ")
        ),
        (None, _) => format!("*m* from {} to {}", entry(side.m.min()), entry(side.m.max())),
    }
}

/// Which part of the bound is used.
pub(super) fn share(side: &Side, length: f64) -> String {
    side.share(length)
        .map_or_else(|| "no push".to_owned(), text::percent_fine)
}

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>) -> Vec<Phrase> {
    let plain = |text: String| (text, Tone::Plain);
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return vec![plain(common::refusal(error))],
        None => return Vec::new(),
    };
    let side = picture.chosen();
    if picture.length == 0.0 {
        return vec![plain(
            "Pull the arrow at the query: how far does its output move?".to_owned(),
        )];
    }
    vec![
        ("This push".to_owned(), Tone::Bad),
        plain(" moves the output by ".to_owned()),
        (digits(side.shift), Tone::Query),
        plain(format!("; the bound allows {}.", bound(side.allowed(picture.length)))),
    ]
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>) -> String {
    let Some(picture) = picture else {
        return "Choose a cloud, or Add and press the board.".to_owned();
    };
    let dim = picture.common.head.dim();
    let plane = if dim > 2 {
        format!(" 2 of {dim} dimensions.")
    } else {
        String::new()
    };
    format!("Crimson: the push of the query.{plane} Disc: weight; ring: weight after the push. Dot product as used.")
}

/// The tokens for the board.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>, whole: f64) -> Vec<BoardToken> {
    let Some(picture) = picture else {
        let order: Vec<usize> = (0..scene.keys.len()).collect();
        return common::board_tokens(scene, library, 1.0, &order, &|_| Said::default());
    };
    let [before, after] = &picture.chosen().weights;
    let weight = |weights: &[f64], key: usize| weights.get(key).copied().unwrap_or_default();
    let order = order_by(scene.keys.len(), &|a, b| {
        weight(before, b).total_cmp(&weight(before, a))
    });
    let say = |key: usize| {
        let [was, is] = [before, after].map(|weights| weight(weights, key));
        let percent = |weight| text::spoken(&text::percent(weight));
        Said {
            note: None,
            spoken: format!(", weight {}, after the push {}", percent(was), percent(is)),
            skirt: (whole * was.max(is).sqrt()) as f32,
            ..Said::default()
        }
    };
    common::board_tokens(scene, library, picture.common.scale, &order, &say)
}

/// The push for the ear.
pub(super) fn spoken_push(picture: &Picture) -> String {
    let [x, y] = picture.push.map(|x| text::spoken(&text::coordinate(x)));
    format!("Push of the query, {x}, {y}")
}

/// The bars for the ear.
pub(super) fn spoken_bars(picture: &Picture) -> String {
    let one = |(name, side): (&String, &Side)| {
        format!(
            "{}: shift {}, bound {}",
            name.replace('*', ""),
            text::spoken(&digits(side.shift)),
            text::spoken(&bound(side.allowed(picture.length)))
        )
    };
    let all: Vec<String> = std::iter::zip(&names(picture), &picture.sides).map(one).collect();
    all.join("; ")
}

fn cosine(value: Option<f64>) -> Number {
    Number {
        value: value.unwrap_or(f64::NAN),
        text: value.map_or_else(|| "not defined".to_owned(), text::coordinate),
    }
}

/// Everything named: numbers for the prose, checks, tokens in reading order, the table.
pub(super) fn read_out(picture: Option<&Result<Picture, SceneError>>, tokens: &[BoardToken], readouts: &mut Readouts) {
    readouts.headline = headline(picture).into_iter().map(|(text, _)| text).collect();
    readouts.spoken = text::spoken(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    readouts.checks = picture.checks();
    readouts.table = table(picture);
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    let with = |value: f64, text: String| Number { value, text };
    for (i, x) in picture.push.iter().enumerate() {
        put(&format!("push_{}", i + 1), with(*x, text::coordinate(*x)));
    }
    put("push_length", Number::plain(picture.length));
    for (key, side) in std::iter::zip(["identity", "metric"], &picture.sides) {
        put(&format!("shift_{key}"), with(side.shift, digits(side.shift)));
        put(&format!("bound_{key}"), with(side.bound, bound(side.bound)));
        let allowed = side.allowed(picture.length);
        put(&format!("allowed_{key}"), with(allowed, bound(allowed)));
        let used = side.share(picture.length).unwrap_or(f64::NAN);
        put(&format!("used_{key}"), with(used, share(side, picture.length)));
        for (i, slope) in side.sensitivity.iter().enumerate() {
            put(&format!("sensitivity of {key} {}", i + 1), with(*slope, digits(*slope)));
        }
        for (i, (was, is)) in std::iter::zip(&side.weights[0], &side.weights[1])
            .enumerate()
            .take(MOST_NAMED)
        {
            put(&format!("weight of {key} {}", i + 1), Number::share(*was));
            put(&format!("pushed weight of {key} {}", i + 1), Number::share(*is));
        }
    }
    for (i, m) in picture.chosen().m.iter().enumerate() {
        put(&format!("m {}", i + 1), Number::plain(*m));
    }
    put(
        "metric",
        with(picture.chosen().m.max(), metric(picture.chosen()).replace('*', "")),
    );
    put("cosine_metric", cosine(picture.cosine));
    if let Some((of_mean, alike)) = picture.mean {
        put("bound_mean", with(of_mean, bound(of_mean)));
        put("cosine_mean", cosine(alike));
    }
    let Some(curves) = &picture.curves else { return };
    for (c, alike) in std::iter::zip(trade::factors(), &curves.round) {
        put(&format!("cosine at {}", text::number(c)), cosine(*alike));
    }
    put("cosine_least", cosine(curves.round.first().copied().flatten()));
    put("cosine_identity", cosine(curves.round.last().copied().flatten()));
    let least = trade::LEAST * picture.sides[0].bound;
    put("bound_least", with(least, bound(least)));
}

/// A row a key.
fn table(picture: &Picture) -> Table {
    let columns = [
        "key",
        "weight, M = I",
        "after the push",
        "weight, chosen M",
        "after the push",
    ];
    let [one, other] = &picture.sides;
    let rows = picture.common.keys.iter().enumerate().map(|(key, name)| {
        let weights = [&one.weights[0], &one.weights[1], &other.weights[0], &other.weights[1]];
        let words = weights.map(|weights| text::percent_fine(weights.get(key).copied().unwrap_or_default()));
        std::iter::once(name.clone()).chain(words).collect()
    });
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
