//! What the film says: headline, readouts, names, sentences for the screen reader.

use super::derive::Picture;
use super::film::{Films, MOST_RPC, Mechanism};
use crate::board::BoardToken;
use crate::lab::readout::{Check, Number, Readouts, Table, text};
use crate::lab::{SceneError, Source};
use crate::lens::common;
use crate::lens::{Phrase, Tone};

/// The name over a board.
pub(super) const fn title(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Softmax => "softmax",
        Mechanism::Max => "elliptical, max",
        Mechanism::Mean => "elliptical, mean",
        Mechanism::Rpc => "RPC-Attention",
        Mechanism::Double => "softmax, *M* = 2\u{a0}*I*",
    }
}

/// The name at a curve.
pub(super) const fn short(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Softmax => "softmax",
        Mechanism::Max => "max",
        Mechanism::Mean => "mean",
        Mechanism::Rpc => "RPC",
        Mechanism::Double => "*M* = 2\u{a0}*I*",
    }
}

/// The name in a sentence.
const fn in_words(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Softmax => "softmax",
        Mechanism::Max => "the max-scaled ellipse",
        Mechanism::Mean => "the mean-scaled ellipse",
        Mechanism::Rpc => "RPC-Attention",
        Mechanism::Double => "softmax with M = 2\u{a0}I",
    }
}

/// An entry of m: two decimals, a whole number without.
fn entry(value: f64) -> String {
    let text = text::coordinate(value);
    text.strip_suffix(".00").map_or_else(|| text.clone(), str::to_owned)
}

/// M of a mechanism at the layer that is shown.
pub(super) fn metric(picture: &Picture, mechanism: Mechanism) -> String {
    if mechanism == Mechanism::Rpc {
        let lambda = text::number(picture.rpc.lambda);
        return format!("*λ* = {lambda}, *n* = {}", picture.rpc.iterations);
    }
    let Some(m) = picture.metric(mechanism) else {
        return "*M* = *I*".to_owned();
    };
    let entries: Vec<String> = m.iter().map(|m| entry(*m)).collect();
    match entries.as_slice() {
        [..] if m.iter().all(|m| *m == 1.0) => "*M* = *I*".to_owned(),
        [_] | [_, _] => format!("*M* = diag({})", entries.join(", ")),
        _ => format!("*m* from {} to {}", entry(m.min()), entry(m.max())),
    }
}

fn count_of_tokens(n: usize) -> String {
    const WORDS: [&str; 12] = [
        "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    ];
    let word = n.checked_sub(1).and_then(|at| WORDS.get(at));
    let noun = if n == 1 { "token" } else { "tokens" };
    word.map_or_else(|| format!("{} {noun}", text::count(n)), |word| format!("{word} {noun}"))
}

fn layers(n: usize) -> String {
    if n == 1 {
        "1 layer".to_owned()
    } else {
        format!("{n} layers")
    }
}

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>, progress: Option<(usize, usize)>) -> Vec<Phrase> {
    let plain = |text: String| vec![(text, Tone::Plain)];
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return plain(common::refusal(error)),
        None => {
            let (done, of) = progress.unwrap_or((0, 0));
            return plain(format!("The layers are being computed: {done} of {of}."));
        }
    };
    let Some((most, cosine)) = picture.most() else {
        return plain(match picture.common.head.n_keys() {
            1 => "One token has nobody to be like.".to_owned(),
            _ => "The cosine of these tokens is not defined.".to_owned(),
        });
    };
    let number = text::coordinate(cosine);
    if picture.layer == 0 {
        return plain(format!("Before the first layer the token cosine is {number}."));
    }
    let after = format!("After {}", layers(picture.layer));
    plain(match most.as_slice() {
        [one] if cosine > 0.0 => format!("{after} {} has collapsed most: cosine {number}.", in_words(*one)),
        [one] => format!("{after} none has collapsed: {} has cosine {number}.", in_words(*one)),
        all if all.len() == picture.boards.len() => {
            format!("{after} all {} stand at cosine {number}.", words_for(all.len()))
        }
        [Mechanism::Max, Mechanism::Mean] => format!("{after} both ellipses have collapsed most: cosine {number}."),
        [one, other] => format!(
            "{after} {} and {} have collapsed most: cosine {number}.",
            in_words(*one),
            in_words(*other)
        ),
        some => format!(
            "{after} {} of {} stand at cosine {number}.",
            words_for(some.len()),
            words_for(picture.boards.len())
        ),
    })
}

/// Small numbers in words.
pub(super) const fn words_for(n: usize) -> &'static str {
    match n {
        1 => "one",
        2 => "two",
        3 => "three",
        4 => "four",
        _ => "five",
    }
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>, progress: Option<(usize, usize)>) -> String {
    let Some(picture) = picture else {
        return "Choose a cloud, or Add and press the board.".to_owned();
    };
    let times = match picture.layer {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    };
    let fed = if picture.residual {
        format!("added to themselves {times}")
    } else {
        format!("fed back {times}")
    };
    let tokens = count_of_tokens(picture.common.head.n_keys());
    let dim = picture.common.head.dim();
    let what = match (&picture.common.head_name, &picture.scene.source) {
        (Some(head), _) => format!("The keys of {head}, {fed}."),
        (None, Source::File(_)) => format!("{tokens}, the keys of the file, {fed}."),
        _ if dim > 2 || picture.residual => format!("{tokens} {fed}."),
        _ => format!("{tokens} {fed}, without training or residual stream."),
    };
    let plane = if dim > 2 {
        format!(" 2 of {dim} dimensions.")
    } else {
        String::new()
    };
    let made = progress.map_or_else(String::new, |(done, of)| {
        format!(" Layer {done} of {of} is being made.")
    });
    format!("{what}{plane}{made} Rings: layer 0; discs: now.")
}

/// Why a board has no tokens at the layer that is shown.
pub(super) fn ended(picture: &Picture, mechanism: Mechanism) -> String {
    match picture.film(mechanism) {
        Some(film) if film.error.is_some() => match film.layers.len() {
            0 => "not defined here".to_owned(),
            n => format!("ends after layer {}", n - 1),
        },
        Some(film) if film.layers.is_empty() => format!("up to {MOST_RPC} tokens"),
        _ => "not made yet".to_owned(),
    }
}

fn cosine_words(cosine: Option<f64>) -> String {
    cosine.map_or_else(|| "not defined".to_owned(), text::coordinate)
}

/// A board for the ear.
pub(super) fn spoken_board(picture: &Picture, mechanism: Mechanism) -> String {
    let cosine = text::spoken(&cosine_words(picture.cosine(mechanism)));
    let title = title(mechanism).replace('*', "");
    format!("{title}: token cosine {cosine} after {}", layers(picture.layer))
}

/// A token of a board for the ear.
pub(super) fn spoken_token(picture: &Picture, mechanism: Mechanism, key: usize) -> String {
    let name = picture.names.get(key).map_or("", String::as_str);
    let at = picture.common.positions.keys.get(key).copied().unwrap_or_default();
    let [x, y] = at.map(|x| text::spoken(&text::coordinate(picture.common.scale * x)));
    let title = title(mechanism).replace('*', "");
    format!("Token {} of {title}, {x}, {y}", text::spoken(name))
}

/// The curves for the ear.
pub(super) fn spoken_curves(picture: &Picture) -> String {
    let one = |mechanism: &Mechanism| {
        let cosine = text::spoken(&cosine_words(picture.cosine(*mechanism)));
        format!("{} {cosine}", in_words(*mechanism))
    };
    let all: Vec<String> = Mechanism::ALL.iter().map(one).collect();
    format!("Layer, token cosine: {}", all.join(", "))
}

/// Everything named: numbers for the prose, checks, tokens in reading order, the table.
pub(super) fn read_out(
    picture: Option<&Result<Picture, SceneError>>,
    progress: Option<(usize, usize)>,
    tokens: &[BoardToken],
    readouts: &mut Readouts,
) {
    readouts.headline = headline(picture, progress).into_iter().map(|(text, _)| text).collect();
    readouts.spoken = text::spoken(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    readouts.checks = checks(&picture.films, picture.residual);
    readouts.table = table(picture);
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    let whole = |n: usize| Number {
        value: n as f64,
        text: n.to_string(),
    };
    put("layer", whole(picture.layer));
    put("layers", whole(picture.last));
    if let Some((most, cosine)) = picture.most() {
        put("most_cosine", cosine_number(Some(cosine)));
        let names: Vec<&str> = most.iter().map(|mechanism| in_words(*mechanism)).collect();
        let text = names.join(" and ");
        put(
            "most",
            Number {
                value: most.len() as f64,
                text,
            },
        );
    }
    for mechanism in Mechanism::ALL {
        let key = mechanism.key();
        put(&format!("cosine_{key}"), cosine_number(picture.cosine(mechanism)));
        let text = metric(picture, mechanism).replace('*', "");
        let value = picture.metric(mechanism).map_or(1.0, nalgebra::Matrix::max);
        put(&format!("metric_{key}"), Number { value, text });
        let layers = picture.film(mechanism).map_or(&[][..], |film| &film.layers);
        for (layer, at) in layers.iter().enumerate() {
            put(&format!("cosine of {key} after {layer}"), cosine_number(at.cosine));
        }
        for (i, m) in picture.metric(mechanism).into_iter().flat_map(|m| m.iter()).enumerate() {
            put(
                &format!("m of {key} {}", i + 1),
                Number {
                    value: *m,
                    text: entry(*m),
                },
            );
        }
    }
    let scaled = [Mechanism::Max, Mechanism::Mean].map(|mechanism| metric(picture, mechanism).replace('*', ""));
    let [max, mean] = scaled;
    let text = if picture.estimated {
        format!(
            "M is estimated from layer to layer, as the mean jump of each coordinate; for this layer it gave {max} when divided by \
             its largest entry and {mean} when divided by its mean. The first layer has none before it and is plain softmax."
        )
    } else {
        format!(
            "M is given, the same in every layer: {max} when divided by its largest entry, {mean} when divided by its mean."
        )
    };
    let value = f64::from(u8::from(picture.estimated));
    put("metric_source", Number { value, text });
    put("rpc_lambda", Number::plain(picture.rpc.lambda));
}

fn cosine_number(cosine: Option<f64>) -> Number {
    Number {
        value: cosine.unwrap_or(f64::NAN),
        text: cosine_words(cosine),
    }
}

fn checks(films: &Films, residual: bool) -> Vec<Check> {
    // Sums of the residual stream are rounded before the input is taken off again.
    let room = if residual { 1e-12 } else { 0.0 };
    [
        ("row_sum", films.row_sum(), 1e-12),
        ("box", films.outside(), room),
        ("identity", films.identity, 1e-12),
    ]
    .into_iter()
    .filter_map(|(id, residual, bound)| Some(Check::new(id, residual?, bound)))
    .collect()
}

/// A row a layer.
fn table(picture: &Picture) -> Table {
    let columns = std::iter::once("layer".to_owned());
    let name = |mechanism: &Mechanism| title(*mechanism).replace('*', "");
    let rows = (0..=picture.last).map(|layer| {
        let cosine = |mechanism: &Mechanism| {
            let at = picture.film(*mechanism).and_then(|film| film.layers.get(layer));
            at.and_then(|at| at.cosine).map_or_else(String::new, text::number)
        };
        std::iter::once(layer.to_string())
            .chain(Mechanism::ALL.iter().map(cosine))
            .collect()
    });
    Table {
        columns: columns.chain(Mechanism::ALL.iter().map(name)).collect(),
        rows: rows.collect(),
    }
}
