//! What the view says: headline, readouts, the table.

use super::derive::{Pair, Picture};
use crate::lab::SceneError;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lens::common;
use crate::lens::{Phrase, Tone};

/// A pair by its names: "3 and 7".
fn names(picture: &Picture, pair: &Pair) -> String {
    let [a, b] = pair
        .heads
        .map(|head| picture.names.get(head).copied().unwrap_or_default());
    format!("{a} and {b}")
}

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>) -> Vec<Phrase> {
    let plain = |text: String| (text, Tone::Plain);
    let warm = |text: String| (text, Tone::Query);
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return vec![plain(common::refusal(error))],
        None => return vec![plain("The maps of the heads begin …".to_owned())],
    };
    let Some(pair) = &picture.nearest else {
        return match (picture.duplicate, picture.names.as_slice()) {
            (true, [a, b]) => vec![warm(format!("Heads {a} and {b} are copies: their distance is 0."))],
            _ => vec![plain("One head: there is nothing to compare it with.".to_owned())],
        };
    };
    let distance = text::number(pair.distance);
    if picture.duplicate {
        let copies = picture
            .names
            .get(..2)
            .map_or_else(String::new, |two| format!("{} and {}", two[0], two[1]));
        return vec![
            warm(format!("Heads {copies} are copies: distance 0. ")),
            plain(format!(
                "Of the others {} are most alike: {distance}.",
                names(picture, pair)
            )),
        ];
    }
    vec![
        warm(format!("Heads {} are most alike: {distance}", names(picture, pair))),
        plain("; duplicated heads are at 0.".to_owned()),
    ]
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>) -> String {
    let Some(picture) = picture.filter(|picture| picture.maps.len() > 1) else {
        return "Choose a text: its layers have twelve heads each.".to_owned();
    };
    let [rows, columns] = picture.maps.first().map_or([0; 2], |map| [map.nrows(), map.ncols()]);
    format!("Distance: the length of the difference of two {rows} × {columns} maps. Larger is less redundant.")
}

/// The heads in words: "the 12 heads of layer 5".
pub(super) fn heads(picture: &Picture) -> String {
    let n = picture.maps.len();
    match picture.layer {
        Some(layer) => format!("The {n} heads of layer {layer}"),
        None => format!("{n} heads of the file"),
    }
}

/// Everything named: numbers for the prose, checks, the table.
pub(super) fn read_out(picture: Option<&Result<Picture, SceneError>>, readouts: &mut Readouts) {
    readouts.headline = headline(picture).into_iter().map(|(text, _)| text).collect();
    readouts.spoken = text::spoken(&readouts.headline);
    let Some(Ok(picture)) = picture else { return };
    readouts.checks.clone_from(&picture.checks);
    readouts.table = table(picture);
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    let count = |n: usize| Number {
        value: n as f64,
        text: text::count(n),
    };
    let n = picture.maps.len();
    put("n_heads", count(n));
    put("n_pairs", count(n * n.saturating_sub(1) / 2));
    put(
        "heads",
        Number {
            value: n as f64,
            text: heads(picture),
        },
    );
    let [rows, columns] = picture.maps.first().map_or([0; 2], |map| [map.nrows(), map.ncols()]);
    put(
        "map",
        Number {
            value: (rows * columns) as f64,
            text: format!("{rows} × {columns}"),
        },
    );
    if let Some(layer) = picture.layer {
        put("layer", count(usize::from(layer)));
    }
    put("mean_distance", Number::plain(picture.mean));
    put("deviation", Number::plain(picture.deviation));
    for (name, pair) in [("nearest", &picture.nearest), ("farthest", &picture.farthest)] {
        let Some(pair) = pair else {
            let text = "–".to_owned();
            put(name, Number { value: 0.0, text });
            let text = "–".to_owned();
            put(&format!("{name}_pair"), Number { value: 0.0, text });
            continue;
        };
        put(name, Number::plain(pair.distance));
        put(
            &format!("{name}_pair"),
            Number {
                value: picture.names.get(pair.heads[0]).copied().unwrap_or_default() as f64,
                text: names(picture, pair),
            },
        );
    }
    for b in 0..n {
        for a in 0..b {
            let [from, to] = [a, b].map(|head| picture.names.get(head).copied().unwrap_or_default());
            let distance = picture.distances.get((a, b)).copied().unwrap_or_default();
            put(&format!("distance of heads {from} and {to}"), Number::plain(distance));
        }
    }
}

fn table(picture: &Picture) -> Table {
    let mut columns = vec!["head".to_owned()];
    columns.extend(picture.names.iter().map(|name| format!("to head {name}")));
    let rows = (0..picture.maps.len()).map(|row| {
        let mut cells = vec![picture.caption(row)];
        let distance = |column: usize| picture.distances.get((row, column)).copied().unwrap_or_default();
        cells.extend((0..picture.maps.len()).map(|column| text::number(distance(column))));
        cells
    });
    Table {
        columns,
        rows: rows.collect(),
    }
}
