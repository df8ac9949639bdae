//! What the estimator says: headline, subline, tokens, every number by name.

use super::super::ellipse::{UNDEFINED, entropy, origin};
use super::super::metric::Lack;
use super::derive::{MOST_ROWS, Picture};
use crate::board::BoardToken;
use crate::lab::elliptical::LayerValues;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::{Library, Notice, Scene, SceneError, Severity, Source};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};

/// Entries and keys whose numbers all have a name of their own.
const MOST_NAMED: usize = 128;
/// Up to how many tokens every causal weight has a name.
const MOST_PAIRS: usize = 18;

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>) -> Vec<Phrase> {
    let plain = |words: &str| (words.to_owned(), Tone::Plain);
    let warm = |words: String| (words, Tone::Query);
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return vec![plain(&common::refusal(error))],
        None => return Vec::new(),
    };
    if picture.undefined {
        return vec![plain(UNDEFINED)];
    }
    if let Some((row, leak)) = picture.causal.as_ref().and_then(super::derive::Causal::worst) {
        let n = picture.row.weights.len();
        if leak < 5e-4 {
            return vec![plain(
                "No row hears of what it cannot see: the means of all pasts agree.",
            )];
        }
        return vec![
            plain("A mean over all tokens tells row "),
            warm(format!("{} about token {n}", row + 1)),
            plain(&format!(": it moves by {}.", text::number(leak))),
        ];
    }
    if picture.layers.origin.values == LayerValues::Swapped {
        return vec![
            plain("f mixes the coordinates: "),
            warm("the ellipse points the wrong way.".to_owned()),
        ];
    }
    let (most, least) = extremes(picture);
    let [high, low] = [most, least].map(|i| picture.unscaled.get(i).copied().unwrap_or_default());
    let symbol = |i: usize| text::subscripted("m", i + 1);
    if picture.dim() > 2 {
        let value = |i: usize| text::number(picture.m.get(i).copied().unwrap_or_default());
        return vec![
            plain(&format!(
                "Value coordinate {} jumps most, {} least: ",
                most + 1,
                least + 1
            )),
            warm(format!("m is {} and {}.", value(most), value(least))),
        ];
    }
    if picture.dim() == 1 {
        return vec![plain("One coordinate: its mean jump is a temperature, and no shape.")];
    }
    if high <= low * 1.01 {
        return vec![
            plain("Both value coordinates jump equally far: "),
            warm("the ellipse is a circle.".to_owned()),
        ];
    }
    let shape = if most == 0 { "upright" } else { "flat" };
    let ratio = if low > 0.0 {
        format!("{} times as far as", text::ratio((high / low).ln()))
    } else {
        "and".to_owned()
    };
    if low == 0.0 {
        return vec![
            plain(&format!(
                "Only value coordinate {} jumps: {} = 0 and ",
                most + 1,
                symbol(least)
            )),
            warm("the ellipse has no end.".to_owned()),
        ];
    }
    vec![
        plain(&format!("Value coordinate {} jumps {ratio} {}: ", most + 1, least + 1)),
        warm(format!("an {shape} ellipse.").replace("an flat", "a flat")),
    ]
}

/// The coordinates that jump most and least.
fn extremes(picture: &Picture) -> (usize, usize) {
    (picture.unscaled.imax(), picture.unscaled.imin())
}

/// The same for the ear.
fn spoken(picture: &Picture, headline: &str) -> String {
    if picture.undefined || picture.causal.is_some() {
        return text::spoken(headline);
    }
    let entries = picture.m.iter().take(3).map(|m| text::spoken(&text::number(*m)));
    format!("m is {}.", entries.collect::<Vec<_>>().join(", "))
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>, scene: Option<&Scene>) -> String {
    let (Some(picture), Some(scene)) = (picture, scene) else {
        return "Choose Add and press the board, or choose a cloud.".to_owned();
    };
    match (picture.layers.origin.lack, &scene.source) {
        (Some(Lack::Layer), Source::File(_)) => {
            return "The estimator needs the layer before, “value_prev” in the file. Shown: *f* at the keys."
                .to_owned();
        }
        (Some(Lack::Width { .. }), _) => {
            return "The estimator needs as many value as key coordinates. Shown: *f* at the keys.".to_owned();
        }
        _ => {}
    }
    if picture.is_function() {
        return "Arrows: *f* at the keys, pale, and at the keys moved by 0.05. Ellipse: estimated *M*.".to_owned();
    }
    match scene.source {
        Source::Text(_) => {
            format!(
                "Ellipse: estimated *M*; dashed *M* = *I*. {}.",
                capitalised(&origin(picture.layers.origin, scene))
            )
        }
        _ => "Drag a value: pale, the layer before; strong, this one. The bars and the ellipse follow.".to_owned(),
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The tokens for the board.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<BoardToken> {
    let Some(picture) = picture else {
        let order: Vec<usize> = (0..scene.keys.len()).collect();
        return common::board_tokens(scene, library, 1.0, &order, &|_| Said::default());
    };
    let say = |key: usize| {
        let place = |values: &nalgebra::DMatrix<f64>| {
            let [x, y] = Picture::place(values, key).map(|x| text::spoken(&text::coordinate(x)));
            format!("{x}, {y}")
        };
        let weight = picture.row.weights.get(key).copied().unwrap_or_default();
        Said {
            spoken: format!(
                ", weight {}, value {}, in the layer before {}",
                text::spoken(&text::percent(weight)),
                place(&picture.layers.present),
                place(&picture.layers.previous)
            ),
            ..Said::default()
        }
    };
    common::board_tokens(scene, library, picture.common.scale, &picture.order, &say)
}

/// Everything named.
pub(super) fn read_out(
    picture: Option<&Result<Picture, SceneError>>,
    scene: Option<&Scene>,
    tokens: &[BoardToken],
    readouts: &mut Readouts,
) {
    readouts.headline = headline(picture).into_iter().map(|(words, _)| words).collect();
    readouts.spoken = text::spoken(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    readouts.spoken = spoken(picture, &readouts.headline);
    readouts.checks.clone_from(&picture.checks);
    readouts.table = table(picture);
    if picture.undefined {
        readouts.notices.push(Notice::new(
            Severity::Undefined,
            UNDEFINED,
            "Every value is what it was in the layer before.",
            "M = I is shown until one moves.",
        ));
    }
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    let from = scene.map_or_else(String::new, |scene| {
        origin(picture.layers.origin, scene).replace('*', "")
    });
    put(
        "values",
        Number::said(f64::from(picture.layers.origin.values.code()), from),
    );
    put("scaling", Number::said(0.0, picture.scaling.name()));
    put("delta", Number::plain(picture.layers.delta));
    for (i, m) in picture.m.iter().enumerate().take(MOST_NAMED) {
        put(&format!("m {}", i + 1), Number::plain(*m));
        let before = picture.unscaled.get(i).copied().unwrap_or_default();
        put(&format!("m {} before scaling", i + 1), Number::plain(before));
        if let Some(slope) = picture.slopes.as_ref().and_then(|slopes| slopes.get(i)) {
            put(&format!("true slope {}", i + 1), Number::plain(*slope));
        }
        if let Some(m) = picture.true_m.as_ref().and_then(|m| m.get(i)) {
            put(&format!("true m {}", i + 1), Number::plain(*m));
        }
    }
    for (name, of) in [("m_1", 0), ("m_2", 1)] {
        put(name, Number::plain(picture.m.get(of).copied().unwrap_or_default()));
        let before = picture.unscaled.get(of).copied().unwrap_or_default();
        put(
            &format!("jump_{}", of + 1),
            Number::plain(before * picture.layers.delta),
        );
    }
    let n = picture.m.len() as f64;
    put("mean_m", Number::plain(picture.m.mean()));
    put("mean_m_squared", Number::plain(picture.m.norm_squared() / n));
    for (name, axis) in std::iter::zip(
        ["semi_axis_1", "semi_axis_2"],
        picture.sections[0].half_axes(picture.radius),
    ) {
        let text = if axis.is_finite() {
            text::number(axis)
        } else {
            "without end".to_owned()
        };
        put(name, Number::said(axis.min(f64::MAX), text));
    }
    put("row_entropy", Number::plain(entropy(&picture.row.weights)));
    put("row_entropy_softmax", Number::plain(entropy(&picture.plain.weights)));
    for (key, weight) in picture.row.weights.iter().enumerate().take(MOST_NAMED) {
        put(&format!("weight of key {}", key + 1), Number::share(*weight));
        let plain = picture.plain.weights.get(key).copied().unwrap_or_default();
        put(&format!("softmax weight of key {}", key + 1), Number::share(plain));
    }
    let Some(causal) = &picture.causal else { return };
    for (row, leak) in causal.leaks.iter().enumerate() {
        put(&format!("leak of row {}", row + 1), Number::plain(*leak));
        for column in 0..=row.min(MOST_PAIRS) {
            if row >= MOST_PAIRS {
                break;
            }
            put(
                &format!("row {}, key {}", row + 1, column + 1),
                Number::share(causal.rows[(row, column)]),
            );
            let past = causal.of_past[(row, column)];
            put(
                &format!("row {} of its past, key {}", row + 1, column + 1),
                Number::share(past),
            );
        }
    }
    if let Some((row, leak)) = causal.worst() {
        put("leak", Number::plain(leak));
        put("leak_row", Number::said((row + 1) as f64, (row + 1).to_string()));
    }
}

/// Why there are no causal rows.
pub(super) fn no_rows(picture: &Picture) -> Option<String> {
    if !picture.can_be_causal {
        Some("Causal rows need a query for every key.".to_owned())
    } else if picture.row.weights.len() > MOST_ROWS {
        Some(format!("Causal rows are shown up to {MOST_ROWS} tokens."))
    } else {
        None
    }
}

fn table(picture: &Picture) -> Table {
    let columns = ["coordinate", "m", "mean jump / δ", "true slope", "true m"];
    let rows = (0..picture.dim()).map(|i| {
        let number = |numbers: Option<&nalgebra::DVector<f64>>| {
            numbers
                .and_then(|numbers| numbers.get(i))
                .map_or_else(String::new, |m| text::number(*m))
        };
        vec![
            (i + 1).to_string(),
            number(Some(&picture.m)),
            number(Some(&picture.unscaled)),
            number(picture.slopes.as_ref()),
            number(picture.true_m.as_ref()),
        ]
    });
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
