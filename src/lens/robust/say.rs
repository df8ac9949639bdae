//! What the robust lens says: headline, names, sentences for the screen reader.

use eigenlens_core::{PursuitStatus, order_by};

use super::derive::{Picture, SWUNG};
use crate::board::BoardToken;
use crate::lab::readout::text;
use crate::lab::{Library, Method, Scene, SceneError};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};

/// A share of a length, as in 0.86: two decimals, or two digits where it is small.
pub(super) fn share(value: f64) -> String {
    if !value.is_finite() {
        "not defined".to_owned()
    } else if value == 0.0 {
        "0".to_owned()
    } else if value >= 0.01 {
        format!("{value:.2}")
    } else {
        small(value)
    }
}

/// A small number as one digit and a power of ten; larger ones as they are.
pub(super) fn small(value: f64) -> String {
    if value == 0.0 || value >= 0.1 {
        text::number(value)
    } else {
        text::residual(value)
    }
}

/// An angle in degrees.
pub(super) fn degrees(angle: Option<f64>) -> String {
    match angle {
        None => "not defined".to_owned(),
        Some(angle) if angle >= 10.0 => format!("{angle:.0}°"),
        Some(angle) if angle >= 0.05 => format!("{angle:.1}°"),
        Some(0.0) => "0°".to_owned(),
        Some(angle) if angle >= 0.001 => format!("{angle:.3}°"),
        Some(_) => "< 0.001°".to_owned(),
    }
}

/// An angle of the headline, in whole degrees where they tell enough.
fn round_degrees(angle: f64) -> String {
    if angle >= 1.0 {
        format!("{angle:.0}°")
    } else {
        degrees(Some(angle))
    }
}

/// What is wrong with the keys, as a word beside a bar.
pub(super) fn damage_word(picture: &Picture) -> &'static str {
    if picture.wanted.own_baseline {
        "wrong word"
    } else if picture.damaged.is_empty() {
        "as they are"
    } else {
        "corrupted"
    }
}

/// The damage as the subject of a sentence, with its verb's ending: "Four spikes swing", "One outlier swings".
fn damage(picture: &Picture, scene: &Scene) -> Option<(String, &'static str)> {
    let wrong = scene.corruption.len();
    let outliers = scene.keys.iter().filter(|key| key.outlier).count();
    let number = |n: usize, one: &str, many: &str| match n {
        1 => format!("One {one}"),
        2..=9 => format!(
            "{} {many}",
            ["", "", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"][n]
        ),
        n => format!("{} {many}", text::count(n)),
    };
    let columns = picture.truth().seen.ncols();
    let rows: std::collections::BTreeSet<usize> = scene.corruption.cells().map(|(key, ..)| key).collect();
    if picture.wanted.own_baseline {
        Some(("One wrong word".to_owned(), "s"))
    } else if wrong > 0 && rows.len() == 1 && wrong + 1 >= columns && columns > 2 {
        Some(("One token that is wrong throughout".to_owned(), "s"))
    } else if wrong > 0 && 2 * wrong > picture.truth().seen.len() {
        Some(("Noise on every entry".to_owned(), "s"))
    } else if wrong > 0 {
        let spikes = scene.corruption.cells().all(|(.., steps)| steps.unsigned_abs() >= 1000);
        let (one, many) = if spikes {
            ("spike", "spikes")
        } else {
            ("wrong entry", "wrong entries")
        };
        Some((number(wrong, one, many), if wrong == 1 { "s" } else { "" }))
    } else if outliers > 0 {
        Some((
            number(outliers, "outlier", "outliers"),
            if outliers == 1 { "s" } else { "" },
        ))
    } else {
        None
    }
}

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>, scene: Option<&Scene>) -> Vec<Phrase> {
    let plain = |text: String| (text, Tone::Plain);
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return vec![plain(common::refusal(error))],
        None => return vec![plain("The pursuit begins …".to_owned())],
    };
    let Some(scene) = scene else { return Vec::new() };
    if picture.method == Method::Rpc || picture.wanted.own_baseline {
        return output_headline(picture, scene);
    }
    let step = text::count(picture.step);
    let after = |angle: f64| {
        if picture.step == picture.last && picture.status() != PursuitStatus::Converged {
            return format!(
                " Pursuit did not converge in {step} steps: axis 1 is {} from clean.",
                round_degrees(angle)
            );
        }
        if angle < 0.05 {
            return format!(" After {step} steps it is back.");
        }
        format!(" After {step} steps it is {} from clean.", round_degrees(angle))
    };
    let Some((subject, ending)) = damage(picture, scene) else {
        let cells = picture.state.progress().nonzeros;
        return vec![plain(match picture.angle_repaired {
            _ if cells == 0 => "Nothing is wrong, and pursuit finds nothing wrong: L is M.".to_owned(),
            Some(angle) if angle >= SWUNG => format!(
                "Nothing is wrong, yet pursuit calls {} noise and turns axis 1 by {}.",
                super::paint::cells(cells),
                round_degrees(angle)
            ),
            Some(_) => format!(
                "Nothing is wrong; pursuit calls {} noise and axis 1 stays.",
                super::paint::cells(cells)
            ),
            None if picture.state.progress().rank == 0 => {
                "Nothing is wrong, yet pursuit calls everything noise: L is 0.".to_owned()
            }
            None => "Nothing is wrong; the keys have no first axis.".to_owned(),
        })];
    };
    match (picture.angle_seen, picture.angle_repaired) {
        (Some(seen), Some(repaired)) if seen >= SWUNG => vec![
            (
                format!("{subject} swing{ending} axis 1 by {}.", round_degrees(seen)),
                Tone::Bad,
            ),
            plain(after(repaired)),
        ],
        (Some(_), Some(repaired)) => vec![
            (format!("{subject} hardly turn{ending} axis 1."), Tone::Bad),
            plain(after(repaired)),
        ],
        (seen, None) => vec![
            (
                match seen {
                    Some(seen) => format!("{subject} swing{ending} axis 1 by {}.", round_degrees(seen)),
                    None => format!("{subject} leave{ending} no axis 1."),
                },
                Tone::Bad,
            ),
            plain(if picture.state.progress().rank == 0 {
                format!(" After {step} steps L is 0: everything is called noise.")
            } else {
                format!(" After {step} steps L has no first axis.")
            }),
        ],
        (None, Some(_)) => vec![plain("Clean or seen, the keys have no first axis.".to_owned())],
    }
}

/// The point of the outputs: of RPC-Attention, or of a wrong word.
fn output_headline(picture: &Picture, scene: &Scene) -> Vec<Phrase> {
    let subject = damage(picture, scene);
    let moved = |value: Option<f64>| {
        value.map_or_else(
            || "by an undefined amount".to_owned(),
            |value| format!("by {}", text::percent(value)),
        )
    };
    let (first, tone) = match subject {
        Some((subject, ending)) => (
            format!("{subject} move{ending} the output {}.", moved(picture.moved_seen)),
            Tone::Bad,
        ),
        None => ("Nothing is wrong.".to_owned(), Tone::Plain),
    };
    let rpc = picture
        .rpc(picture.form)
        .and_then(|film| film.steps.get(picture.iterations - 1))
        .and_then(|step| step.moved);
    let second = match (picture.method, rpc) {
        (Method::Rpc, Some(_)) => format!(" RPC-Attention, n = {}: {}.", picture.iterations, moved(rpc)),
        (Method::Rpc, None) => " RPC-Attention is not defined here.".to_owned(),
        (Method::Pursuit | Method::Both, _) => {
            format!(" With pursuit on the keys it moves {}.", moved(picture.moved_pursuit))
        }
    };
    vec![(first, tone), (second, Tone::Plain)]
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>, progress: Option<(usize, usize)>) -> String {
    let Some(picture) = picture else { return String::new() };
    let (rows, columns) = picture.truth().seen.shape();
    let working = match progress {
        Some((done, _)) => format!("Step {} and counting. ", text::count(done)),
        None => String::new(),
    };
    let lifted = if picture.truth().frame.is_some() {
        ", lifted from the plane"
    } else {
        ""
    };
    let what = if picture.method == Method::Rpc {
        "RPC-Attention clips the keys, attends, and feeds the output back."
    } else {
        "Principal Component Pursuit splits them into a low-rank part and a sparse part."
    };
    let share = if columns > 2 && picture.truth().frame.is_none() {
        format!(
            " The board shows 2 of {columns} dimensions: {}.",
            text::percent(picture.common.share)
        )
    } else {
        String::new()
    };
    format!("{working}{rows} keys in {columns} dimensions{lifted}. {what}{share}")
}

/// The sentence that is read aloud.
pub(super) fn spoken(picture: &Picture) -> String {
    let progress = picture.state.progress();
    let angle = match picture.angle_repaired {
        Some(angle) => format!("Axis 1 is {} degrees from clean", text::spoken(&text::number(angle))),
        None => "There is no axis 1".to_owned(),
    };
    if picture.method == Method::Rpc {
        let moved = picture
            .rpc(picture.form)
            .and_then(|film| film.steps.get(picture.iterations - 1))
            .and_then(|step| step.moved);
        return format!(
            "RPC-Attention, {}, iteration {}: the output is {} from clean.",
            picture.form.name(),
            picture.iterations,
            moved.map_or_else(|| "not defined".to_owned(), |moved| text::spoken(&share(moved)))
        );
    }
    format!(
        "Step {} of {}. {angle}, {} in S, rank {}.",
        picture.step,
        picture.last,
        super::paint::cells(progress.nonzeros),
        progress.rank
    )
}

/// The tokens of the board.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<BoardToken> {
    let n = scene.keys.len();
    let damaged = |key: usize| scene.keys.get(key).is_some_and(|it| it.outlier) || scene.corruption.touches(key);
    let count = (0..n).filter(|key| damaged(*key)).count();
    let order = order_by(n, &|a, b| damaged(b).cmp(&damaged(a)));
    // Where a few are damaged, only they are named; the others are the ground they stand on.
    let few = count > 0 && count <= 6;
    let scale = library
        .ground(&scene.source, scene.head)
        .map_or(1.0, |ground| ground.scale());
    let say = |key: usize| {
        let wrong = scene.corruption.of_key(key).count();
        let weight = picture.and_then(|picture| picture.rows.seen.weights.get(key));
        let weight = weight.map_or_else(String::new, |weight| {
            format!(", weight {}", text::spoken(&text::percent(*weight)))
        });
        Said {
            note: (few && damaged(key)).then(|| "corrupted".to_owned()),
            spoken: match wrong {
                0 => weight,
                1 => format!(", 1 wrong entry{weight}"),
                wrong => format!(", {wrong} wrong entries{weight}"),
            },
            skirt: 0.0,
            ..Said::default()
        }
    };
    let mut tokens = common::board_tokens(scene, library, scale, &order, &say);
    for token in &mut tokens {
        if let crate::lab::TokenRef::Key(key) = token.token {
            token.outlier = damaged(key);
            if few && !damaged(key) {
                token.name.clear();
            }
        }
    }
    tokens
}
