//! What the lens says: headline, readouts, names, sentences for the screen reader.

use super::derive::Picture;
use super::heads::Heads;
use super::storage::{Costs, Summary, TOLERANCE};
use crate::board::{BoardToken, glyphs};
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::text::{self as texts, MODEL};
use crate::lab::{Library, Scene, SceneError};
use crate::lens::common::{self, Said, is_letter, quoted};
use crate::lens::{Phrase, Tone};

/// From which weight on a name on the board carries its number.
const NOTED: f64 = 0.045;
/// Weights nearer than this are called the same.
const SAME: f64 = 1e-9;

/// What today's row is about.
enum Point {
    /// There is one key.
    Alone,
    /// Every key has the same weight.
    Alike,
    /// One key has nearly everything.
    Winner,
    /// The two heaviest keys.
    Two,
}

fn point(picture: &Picture) -> Point {
    let weight = |rank: usize| {
        picture
            .by_weight
            .get(rank)
            .and_then(|&key| picture.row.weights.get(key))
            .copied()
    };
    let lightest = picture
        .by_weight
        .last()
        .and_then(|&key| picture.row.weights.get(key))
        .copied();
    match (weight(0), weight(1), lightest) {
        (Some(first), Some(_), Some(last)) if first - last < SAME => Point::Alike,
        (Some(first), Some(second), _) if first >= 0.995 && second < 0.005 => Point::Winner,
        (Some(_), Some(_), _) => Point::Two,
        _ => Point::Alone,
    }
}

fn spoken_percent(share: f64) -> String {
    text::spoken(&text::percent(share))
}

/// Weight and name of the key of a rank.
fn heavy(picture: &Picture, rank: usize) -> Option<(f64, &str, usize)> {
    let key = *picture.by_weight.get(rank)?;
    Some((*picture.row.weights.get(key)?, picture.common.keys.get(key)?, key))
}

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>) -> Vec<Phrase> {
    let plain = |text: String| (text, Tone::Plain);
    let warm = |text: String| (text, Tone::Query);
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return vec![plain(common::refusal(error))],
        None => return Vec::new(),
    };
    let (Some((w1, k1, _)), second) = (heavy(picture, 0), heavy(picture, 1)) else {
        return Vec::new();
    };
    let asker = picture.common.asker();
    match (point(picture), second) {
        (Point::Alone, _) | (_, None) => vec![
            warm(format!("{asker} gives all its attention to {}", quoted(k1))),
            plain(": there is no other key.".to_owned()),
        ],
        (Point::Alike, _) => vec![
            warm(format!("{asker} gives every key the same")),
            plain(format!(": {} each.", text::percent(w1))),
        ],
        (Point::Winner, _) => vec![
            warm(format!("{asker} gives all but everything")),
            plain(format!(" to {}.", quoted(k1))),
        ],
        // Of words the first says enough, and the board has the others.
        (Point::Two, _) if picture.common.head_name.is_some() => vec![
            warm(format!("{asker} gives {} of its attention to ", text::percent(w1))),
            plain(format!("{}.", quoted(k1))),
        ],
        (Point::Two, Some((w2, k2, _))) => vec![
            warm(format!("{asker} gives {} to {}", text::percent(w1), quoted(k1))),
            plain(format!(", {} to {}.", text::percent(w2), quoted(k2))),
        ],
    }
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Result<Picture, SceneError>>, working: Option<(usize, usize)>) -> String {
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(SceneError::TextMissing { .. })) => {
            return format!("{MODEL}’s heads for this sentence are a file of their own.");
        }
        Some(Err(_)) | None => return "Choose Add and press the board, or choose a cloud.".to_owned(),
    };
    if let Some((done, of)) = working {
        return format!("Updating the matrix: {done} of {of} rows.");
    }
    let dim = picture.common.head.dim();
    if dim > 2 {
        let share = text::percent(picture.common.share);
        let first = match &picture.common.head_name {
            Some(head) => format!("{MODEL}, {head}."),
            None => "A link’s width is its weight.".to_owned(),
        };
        return format!("{first} The board shows 2 of {dim} dimensions: {share} of what varies between the keys.");
    }
    "A link’s width is its weight. Drag the query, or a key.".to_owned()
}

/// The tokens for the board, their names by weight.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<BoardToken> {
    let order: Vec<usize> =
        picture.map_or_else(|| (0..scene.keys.len()).collect(), |picture| picture.by_weight.clone());
    let say = |key: usize| {
        let weight = picture.and_then(|picture| picture.row.weights.get(key)).copied();
        Said {
            note: weight.filter(|weight| *weight >= NOTED).map(text::percent),
            spoken: weight.map_or_else(String::new, |weight| format!(", weight {}", spoken_percent(weight))),
            ..Said::default()
        }
    };
    let scale = picture.map_or(1.0, |picture| picture.common.scale);
    common::board_tokens(scene, library, scale, &order, &say)
}

/// Everything named: numbers for the prose, checks, tokens in reading order, the table.
pub(super) fn read_out(picture: Option<&Result<Picture, SceneError>>, tokens: &[BoardToken], readouts: &mut Readouts) {
    readouts.headline = headline(picture).into_iter().map(|(text, _)| text).collect();
    readouts.spoken.clone_from(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    for rank in 0..2 {
        if let Some((weight, name, key)) = heavy(picture, rank) {
            put(&format!("weight_{}", rank + 1), Number::share(weight));
            put(
                &format!("share_{}", rank + 1),
                Number {
                    value: weight,
                    text: text::number(weight),
                },
            );
            put(
                &format!("key_{}", rank + 1),
                Number {
                    value: (key + 1) as f64,
                    text: read_aloud(name),
                },
            );
            put(
                &format!("named_{}", rank + 1),
                Number {
                    value: (key + 1) as f64,
                    text: quoted(name),
                },
            );
        }
    }
    let rest: f64 = picture
        .by_weight
        .iter()
        .skip(2)
        .filter_map(|&key| picture.row.weights.get(key))
        .sum();
    put("others", Number::share(rest));
    put(
        "asker",
        Number {
            value: (picture.common.asking + 1) as f64,
            text: picture.common.asker().replacen("The query", "the query", 1),
        },
    );
    put("log_normaliser", Number::plain(picture.row.log_normaliser));
    for (i, value) in picture.row.output.iter().enumerate() {
        put(&format!("output_{}", i + 1), Number::signed(*value));
    }
    put(
        "output",
        Number {
            value: picture.row.output.len() as f64,
            text: output(&picture.row.output),
        },
    );
    for (i, weight) in picture.row.weights.iter().enumerate() {
        put(&format!("weight of key {}", i + 1), Number::share(*weight));
    }
    read_out_machine(picture, readouts);
    readouts.checks.clone_from(&picture.checks);
    readouts.spoken = spoken(picture);
    readouts.table = table(picture);
}

/// What a kernel does with the row: its logits, tiles, numbers of 16 bits.
fn read_out_machine(picture: &Picture, readouts: &mut Readouts) {
    let largest = picture.tiles.last().map_or(0.0, |tile| tile.greatest);
    readouts.put("largest_logit", Number::plain(largest));
    for (name, greatest) in [("f16", 65_504.0), ("f32", f64::from(f32::MAX)), ("f64", f64::MAX)] {
        let safe = greatest.ln();
        readouts.put(&format!("safe_logit_{name}"), Number::plain(safe));
        let words = if largest > safe { "not a number" } else { "a number" };
        let naive = Number::said(f64::from(u8::from(largest > safe)), words);
        readouts.put(&format!("naive_fails_{name}"), naive);
    }
    for (i, tile) in picture.tiles.iter().enumerate() {
        readouts.put(&format!("tile_max_{}", i + 1), Number::plain(tile.greatest));
        readouts.put(&format!("tile_sum_{}", i + 1), Number::plain(tile.sum));
        readouts.put(&format!("tile_factor_{}", i + 1), Number::plain(tile.factor));
    }
    readouts.put("tile_count", Number::count(picture.tiles.len()));
    let rescales = picture.tiles.iter().filter(|tile| tile.rescales()).count();
    readouts.put("rescales", Number::count(rescales));
    if let Some(stored) = picture.stored {
        readouts.put("unit_roundoff", Number::plain(2_f64.powi(-11)));
        if let Some(error) = stored.error {
            readouts.put("half_error", Number::plain(error));
        }
    }
}

/// What half precision does to all heads of a text.
pub(super) fn read_out_costs(costs: &Costs, scene: &Scene, readouts: &mut Readouts) {
    let Some(summary) = costs.summary(scene) else { return };
    let Summary {
        median,
        most,
        worst,
        widest,
        width,
        above,
    } = summary;
    let mut head = |name: &str, number: usize| {
        let [layer, head] = texts::layer_and_head(number as u16);
        readouts.put(&format!("{name}_layer"), Number::count(usize::from(layer) + 1));
        readouts.put(&format!("{name}_head"), Number::count(usize::from(head) + 1));
    };
    head("half_worst", worst);
    head("widest", widest);
    readouts.put("half_error_median", Number::plain(median));
    readouts.put("half_error_most", Number::plain(most));
    readouts.put("widest_logits", Number::plain(width));
    readouts.put("half_above", Number::count(above));
    readouts.put("half_tolerance", Number::plain(TOLERANCE));
}

/// The output as a row of numbers; of many, the first ones and how many there are.
fn output(output: &[f64]) -> String {
    let few = output.len() <= 3;
    let shown: Vec<String> = output
        .iter()
        .take(if few { 3 } else { 2 })
        .map(|x| text::signed(*x))
        .collect();
    let shown = shown.join(", ");
    if few {
        format!("({shown})")
    } else {
        format!("({shown}, …), {} numbers", output.len())
    }
}

fn spoken(picture: &Picture) -> String {
    let said = |rank: usize| {
        heavy(picture, rank).map(|(weight, name, key)| {
            let name = if is_letter(name) {
                format!("key {}", key + 1)
            } else {
                read_aloud(name)
            };
            format!("{} to {name}", spoken_percent(weight))
        })
    };
    let parts: Vec<String> = (0..2).filter_map(said).collect();
    let asker = match picture.common.queries.get(picture.common.asking) {
        Some(name) if picture.common.head_name.is_some() => read_aloud(name),
        _ => picture.common.asker(),
    };
    format!("{asker} gives {}.", parts.join(", "))
}

/// A token without the signs that a voice would spell: CLS for `[CLS]`, igen for ##igen.
fn read_aloud(token: &str) -> String {
    if glyphs::is_special(token) {
        token.trim_matches(['[', ']']).to_owned()
    } else {
        token.trim_start_matches("##").to_owned()
    }
}

/// What the head on the board is among all heads of its text.
pub(super) fn read_out_heads(heads: &Heads, scene: &Scene, picture: &Picture, readouts: &mut Readouts) {
    let Some(key) = picture.by_weight.first().copied() else {
        return;
    };
    let Some((map, (_, rank, mean))) = heads
        .map(scene, picture, key)
        .and_then(|map| map.standing().map(|standing| (map, standing)))
    else {
        return;
    };
    let [layer, head] = texts::layer_and_head(scene.head);
    let whole = |number: usize| Number {
        value: number as f64,
        text: number.to_string(),
    };
    let won = heads.won(scene, picture, key);
    let numbers = [
        ("layer", whole(usize::from(layer) + 1)),
        ("head", whole(usize::from(head) + 1)),
        ("heads_rank", whole(rank)),
        ("heads_mean", Number::share(mean)),
        ("heads_won", whole(won)),
    ];
    readouts
        .numbers
        .extend(numbers.map(|(name, number)| (name.to_owned(), number)));
    for other in 0..scene.keys.len() {
        let Some(of_other) = heads.map(scene, picture, other) else {
            continue;
        };
        if let Some((.., mean)) = of_other.standing() {
            readouts.put(&format!("heads_mean of key {}", other + 1), Number::share(mean));
        }
        let above = map.above(&of_other).filter(|above| *above).count();
        readouts.put(&format!("heads_above key {}", other + 1), Number::count(above));
    }
    // What the words say of the head goes on with what they say of the others.
    if let Some(source) = readouts.numbers.get_mut("source") {
        let all = map.weights.len();
        let word = picture
            .common
            .keys
            .get(key)
            .map(|name| quoted(name))
            .unwrap_or_default();
        let others = format!(
            " In {} of the {all} heads {word} is not the heaviest; the map opens them.",
            all - won
        );
        source.text.push_str(&others);
    }
}

fn table(picture: &Picture) -> Table {
    let dim = picture.row.output.len();
    let few = dim <= 8;
    let mut columns: Vec<String> = ["key", "x", "y", "logit", "weight"].map(str::to_owned).to_vec();
    if few {
        columns.extend((1..=dim).map(|i| format!("value {i}")));
    }
    let rows = (0..picture.common.head.n_keys()).map(|i| {
        let at = picture.common.positions.keys.get(i).copied().unwrap_or_default();
        let number = |numbers: &[f64]| numbers.get(i).copied().unwrap_or_default();
        let mut row = vec![
            picture.common.keys.get(i).cloned().unwrap_or_default(),
            text::coordinate(picture.common.scale * at[0]),
            text::coordinate(picture.common.scale * at[1]),
            text::number(number(&picture.row.logits)),
            text::percent_fine(number(&picture.row.weights)),
        ];
        if few {
            row.extend(
                picture
                    .common
                    .head
                    .value(i)
                    .unwrap_or_default()
                    .into_iter()
                    .map(text::number),
            );
        }
        row
    });
    Table {
        rows: rows.collect(),
        columns,
    }
}
