//! What the lens says: headline, readouts, sentences for the screen reader.

use eigenlens_core::{Error, axis_owner, descending, largest_centred_entry, order_by, straight_axis};

use super::derive::{MOST_SIMILARITIES, Meaning, Picture};
use super::heads::separation_of;
use crate::lab::readout::{Notice, Number, Readouts, Severity, Table, text};
use crate::lab::{Library, Scene, SceneError, TokenRef};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};

/// From which weight on a name on the board carries its number.
const NOTED: f64 = 0.045;
/// Scores, shares and eigenvalues that are read out one by one.
const MOST_NUMBERS: usize = 64;
/// Eigenvalues of a projector below this are 0.
const ROUNDING: f64 = 1e-12;

fn plain(text: String) -> Phrase {
    (text, Tone::Plain)
}

fn warm(text: String) -> Phrase {
    (text, Tone::Query)
}

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>) -> Vec<Phrase> {
    match picture {
        Some(Ok(picture)) => of_picture(picture),
        Some(Err(SceneError::Core(Error::NotDefined { has, .. }))) if has.contains("single key") => {
            vec![plain("One key alone: there is nothing to tell apart.".to_owned())]
        }
        Some(Err(SceneError::Core(Error::NotDefined { has, .. }))) if has.contains("difference") => {
            vec![plain("All keys are the same; nothing differs.".to_owned())]
        }
        Some(Err(error)) => vec![plain(common::refusal(error))],
        None => Vec::new(),
    }
}

pub(super) fn of_picture(picture: &Picture) -> Vec<Phrase> {
    let score = picture.scores.get(picture.chosen).copied().unwrap_or_default();
    let asker = picture.common.asker();
    if picture.free {
        return free(picture);
    }
    vec![
        plain(format!("{} ", about(picture))),
        warm(format!("{asker} scores {} on it.", text::signed(score))),
    ]
}

fn free(picture: &Picture) -> Vec<Phrase> {
    if is_too_long(picture) {
        let times = (picture.h_squared / picture.phi_squared).sqrt();
        let times = if times.is_finite() {
            format!("{} times as long as", text::number(times))
        } else {
            "longer than".to_owned()
        };
        return vec![
            warm(format!("The output is {times} what it would project")),
            plain(": these values are no axes.".to_owned()),
        ];
    }
    vec![
        plain("Free values: ".to_owned()),
        warm(format!(
            "attention is {} away from the projection.",
            text::residual(picture.difference)
        )),
    ]
}

/// Whether `‖h‖² > ‖φ(q)‖²` by more than rounding: no projection is longer than what it projects.
pub(super) fn is_too_long(picture: &Picture) -> bool {
    picture.checks.iter().any(|check| check.id == "bessel" && !check.holds)
}

/// "Axis 1 tells left from right."
fn about(picture: &Picture) -> String {
    let axis = format!("Axis {}", picture.chosen + 1);
    match &picture.meaning {
        Meaning::Groups(one, other) => format!("{axis} tells {one} from {other}."),
        Meaning::Group(one) => format!("{axis} tells {one} from the rest."),
        Meaning::Token(key) => format!("{axis} is {} against all others.", picture.common.key_in_words(*key)),
        Meaning::Everyone => format!("{axis} says only that all keys are here."),
        Meaning::Share => {
            let share = picture.axes.get(picture.chosen).map_or(0.0, |axis| axis.share);
            format!("{axis} holds {} of what differs.", text::percent(share))
        }
    }
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>, working: Option<(usize, usize)>) -> String {
    if let Some((done, of)) = working {
        let share = done as f64 / of.max(1) as f64;
        return format!("Updating the axes: {} done.", text::percent(share));
    }
    let Some(picture) = picture else {
        return "Choose Add and press the board, or choose a cloud.".to_owned();
    };
    let mut line = "Colour: the score a query would get there. Solid lines +, dashed lines −, heavy line 0.".to_owned();
    let dim = picture.common.head.dim();
    if dim > 2 {
        let share = text::percent(picture.common.share);
        line = format!("2 of {dim} dimensions: {share} of what varies. {line}");
    }
    line
}

/// The axis on the board has no direction of its own.
pub(super) fn notice(picture: &Picture) -> Option<Notice> {
    let axis = picture
        .axes
        .get(picture.chosen)
        .filter(|axis| axis.undefined && !picture.free)?;
    let near = |other: usize| {
        let pca = &picture.fit.pca;
        let value = |canonical: usize| pca.eigenvalues().get(canonical).copied().unwrap_or_default();
        (value(axis.canonical) - value(picture.axes[other].canonical)).abs()
    };
    let partner = (0..picture.axes.len())
        .filter(|other| *other != picture.chosen)
        .min_by(|a, b| near(*a).total_cmp(&near(*b)))?;
    let (first, second) = (picture.chosen.min(partner) + 1, picture.chosen.max(partner) + 1);
    Some(Notice::new(
        Severity::Undefined,
        format!("Axes {first} and {second} are undefined here"),
        "Their eigenvalues are equal to within 1 %.".to_owned(),
        "Only the plane of the two exists: any direction in it would do.",
    ))
}

/// The keys in the order of importance of their names.
pub(super) fn order(picture: &Picture) -> Vec<usize> {
    descending(&picture.row.weights)
}

/// The tokens for the board.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<crate::board::BoardToken> {
    let everyone: Vec<usize> = (0..scene.keys.len()).collect();
    let current = picture.filter(|picture| picture.row.weights.len() == scene.keys.len());
    let order = current.map_or(everyone, order);
    let say = |key: usize| -> Said {
        let Some(picture) = current else {
            return Said::default();
        };
        let weight = picture.row.weights.get(key).copied().unwrap_or_default();
        let value = picture.values.get((key, picture.chosen)).copied().unwrap_or_default();
        let spoken = format!(
            ", weight {}, value {}",
            text::spoken(&text::percent(weight)),
            text::spoken(&text::signed(value))
        );
        Said {
            spoken,
            ..Said::default()
        }
    };
    let mut tokens = common::board_tokens(
        scene,
        library,
        current.map_or(1.0, |picture| picture.common.scale),
        &order,
        &say,
    );
    if current.is_some() {
        // The field is the picture here: a weight would be one number too many on the board, a word's weight is not.
        for token in &mut tokens {
            if let TokenRef::Key(key) = token.token
                && !common::is_letter(&token.name)
                && let Some(weight) = current.and_then(|picture| picture.row.weights.get(key))
                && *weight >= NOTED
            {
                token.emphasis = crate::board::Emphasis::Noted;
            }
        }
    }
    tokens
}

/// Everything named.
pub(super) fn read_out(
    picture: Option<&Result<Picture, SceneError>>,
    scene: Option<&Scene>,
    tokens: &[crate::board::BoardToken],
    readouts: &mut Readouts,
) {
    readouts.headline = headline(picture).into_iter().map(|(text, _)| text).collect();
    readouts.spoken.clone_from(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    readouts.notices.extend(notice(picture));
    numbers(picture, readouts);
    parts(picture, scene, readouts);
    readouts.checks.clone_from(&picture.checks);
    readouts.spoken = spoken(picture);
    readouts.table = table(picture);
}

fn numbers(picture: &Picture, readouts: &mut Readouts) {
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    let count = |n: usize| Number {
        value: n as f64,
        text: n.to_string(),
    };
    put("axis", count(picture.chosen + 1));
    put("axes", count(picture.axes.len()));
    put("kept", count(picture.axes_kept));
    put("kept_share", Number::share(picture.kept_share()));
    let score = picture.scores.get(picture.chosen).copied().unwrap_or_default();
    put("score", Number::signed(score));
    put("phi_squared", Number::plain(picture.phi_squared));
    put("h_squared", Number::plain(picture.h_squared));
    put("h_squared_kept", Number::plain(picture.h_squared_kept));
    put(
        "difference",
        Number {
            value: picture.difference,
            text: text::residual(picture.difference),
        },
    );
    if let Some(loss) = picture.loss {
        put("loss", Number::signed(loss.signed));
        put("mean_h_squared", Number::plain(loss.output));
        // Outputs of length 0 are projections at any scale.
        for (name, scale) in [("loss_scale", loss.scale), ("safe_scale", loss.safe_scale)] {
            if scale.is_finite() {
                put(name, Number::plain(scale));
            }
        }
        put("too_long", Number::count(loss.too_long));
        let share = loss.too_long as f64 / picture.common.head.n_queries() as f64;
        put("too_long_share", Number::share(share));
    }
    if let Some(bearing) = picture.bearing {
        put("bearing", Number::said(bearing, format!("{bearing:.1}°")));
    }
    of_axis(picture, &mut put);
    similarities(picture, &mut put);
    for (i, score) in picture.scores.iter().take(MOST_NUMBERS).enumerate() {
        put(&format!("h_{}", i + 1), Number::signed(*score));
    }
    for (i, axis) in picture.axes.iter().take(MOST_NUMBERS).enumerate() {
        put(&format!("share_{}", i + 1), Number::share(axis.share));
        let eigenvalue = picture.fit.pca.eigenvalues().get(axis.canonical).copied();
        put(
            &format!("eigenvalue_{}", i + 1),
            Number::plain(eigenvalue.unwrap_or_default()),
        );
    }
    // The two largest terms of the score, for the formula.
    let value = |key: usize| picture.values.get((key, picture.chosen)).copied().unwrap_or_default();
    let weight = |key: usize| picture.row.weights.get(key).copied().unwrap_or_default();
    let size = |key: usize| (weight(key) * value(key)).abs();
    let terms = order_by(picture.row.weights.len(), &|a, b| size(b).total_cmp(&size(a)));
    for (rank, &key) in terms.iter().take(2).enumerate() {
        put(
            &format!("term_weight_{}", rank + 1),
            Number {
                value: weight(key),
                text: text::number(weight(key)),
            },
        );
        let negative = value(key) < 0.0;
        let words = text::number(value(key));
        put(
            &format!("term_value_{}", rank + 1),
            Number {
                value: value(key),
                text: if negative { format!("({words})") } else { words },
            },
        );
    }
    for key in 0..picture.row.weights.len() {
        put(&format!("weight of key {}", key + 1), Number::share(weight(key)));
        put(&format!("value of key {}", key + 1), Number::signed(value(key)));
    }
}

/// The chosen axis: its neighbours, its largest entry and all of them, and what the mean of the keys scores on it.
fn of_axis(picture: &Picture, put: &mut dyn FnMut(&str, Number)) {
    let pca = &picture.fit.pca;
    if let Some(axis) = picture.axes.get(picture.chosen) {
        put("gap", Number::share(pca.gap(axis.canonical)));
    }
    if let [first, second, ..] = pca.eigenvalues()
        && picture.axes.len() > 1
    {
        put("first_to_second", Number::plain(first / second));
    }
    put("trace", Number::plain(pca.gram().trace()));
    for (i, variance) in straight_variances(picture).into_iter().enumerate() {
        put(&format!("straight_variance_{}", i + 1), Number::plain(variance));
    }
    let score = picture.scores.get(picture.chosen).copied().unwrap_or_default();
    if let Some(of_mean) = picture.score_of_mean() {
        put("score_of_mean", Number::signed(of_mean));
        put("textbook_score", Number::signed(score - of_mean));
    }
    let Some(entries) = picture.entries() else { return };
    if let Some(owner) = axis_owner(&entries) {
        put("largest_entry", Number::signed(entries[owner.key]));
        put(
            "largest_entry_of",
            Number::said((owner.key + 1) as f64, picture.common.key_in_words(owner.key)),
        );
        let [least, most] = owner.others;
        put("smallest_other_entry", Number::plain(least));
        put("largest_other_entry", Number::plain(most));
        put("one_token_bound", Number::plain(largest_centred_entry(entries.len())));
        of_owner(picture, owner.key, put);
    }
    for (key, entry) in entries.iter().enumerate() {
        put(&format!("entry of key {}", key + 1), Number::signed(*entry));
    }
}

/// The features of the keys: how much longer that of the largest entry is than all others, and how alike they are.
fn of_owner(picture: &Picture, owner: usize, put: &mut dyn FnMut(&str, Number)) {
    let pca = &picture.fit.pca;
    let lengths = pca.gram().diagonal();
    let others = lengths.iter().enumerate().filter(|(key, _)| *key != owner);
    let next = others.fold(0.0, |most: f64, (_, length)| most.max(*length));
    let times = lengths.get(owner).map_or(0.0, |own| own / next);
    // Features that vanish have no ratio.
    if times.is_finite() {
        put("phi_squared_over_next", Number::plain(times));
    }
    if let Some(cosine) = picture.fit.cosine {
        put("median_cosine", Number::plain(cosine));
    }
}

/// Of few keys: their similarities `k(k_i, k_j)`, `g(k_j)` and `K_φ(j, j)`, and the eigenvalues of the projector that takes their
/// mean off.
fn similarities(picture: &Picture, put: &mut dyn FnMut(&str, Number)) {
    let pca = &picture.fit.pca;
    let (gram, logs) = (pca.gram(), pca.log_normalisers());
    if gram.len() > MOST_SIMILARITIES {
        return;
    }
    for (i, &value) in picture.fit.centring.iter().enumerate() {
        let text = if value < ROUNDING {
            "0".to_owned()
        } else {
            text::number(value)
        };
        put(&format!("centring_{}", i + 1), Number { value, text });
    }
    let finite = |log: f64| Number::plain(log.exp().min(f64::MAX));
    for (i, log) in logs.iter().enumerate() {
        let key = i + 1;
        put(&format!("g of key {key}"), finite(*log));
        put(&format!("scaled similarity of key {key}"), Number::plain(gram[(i, i)]));
        for (j, other) in logs.iter().enumerate() {
            let similar = finite(gram[(i, j)].ln() + log + other);
            put(&format!("similarity of keys {key} and {}", j + 1), similar);
        }
    }
}

/// How well the axis tells the parts of a text apart.
fn parts(picture: &Picture, scene: Option<&Scene>, readouts: &mut Readouts) {
    let share = scene
        .zip(picture.entries())
        .and_then(|(scene, entries)| separation_of(scene, &entries));
    let Some(share) = share else { return };
    readouts.put("parts_in_order", Number::share(share));
    let words = if share == 1.0 { "yes" } else { "no" };
    readouts.put(
        "parts_separated",
        Number::said(f64::from(u8::from(share == 1.0)), words.to_owned()),
    );
}

fn spoken(picture: &Picture) -> String {
    let score = picture.scores.get(picture.chosen).copied().unwrap_or_default();
    let score = text::spoken(&text::signed(score));
    if picture.free {
        let words: String = free(picture).into_iter().map(|(text, _)| text).collect();
        return format!("{} Column {} gives {score}.", text::spoken(&words), picture.chosen + 1);
    }
    format!(
        "{} {} scores {score}. {} of {} axes kept, {}.",
        text::spoken(&about(picture)),
        picture.common.asker(),
        picture.axes_kept,
        picture.axes.len(),
        text::spoken(&text::percent(picture.kept_share())),
    )
}

fn table(picture: &Picture) -> Table {
    let columns = picture.values.ncols().min(8);
    let mut names: Vec<String> = ["key", "x", "y", "weight"].map(str::to_owned).to_vec();
    names.extend((1..=columns).map(|axis| format!("value {axis}")));
    let row = |key: usize| {
        let [x, y] = picture.common.positions.keys.get(key).copied().unwrap_or_default();
        let mut row = vec![
            picture.common.keys.get(key).cloned().unwrap_or_default(),
            text::coordinate(picture.common.scale * x),
            text::coordinate(picture.common.scale * y),
            text::percent_fine(picture.row.weights.get(key).copied().unwrap_or_default()),
        ];
        let value = |axis: usize| picture.values.get((key, axis)).copied().unwrap_or_default();
        row.extend((0..columns).map(|axis| text::signed(value(axis))));
        row
    };
    Table {
        rows: (0..picture.row.weights.len()).map(row).collect(),
        columns: names,
    }
}

/// The variances of the keys of a plane along their straight principal axes, dividing by N; of other keys none.
fn straight_variances(picture: &Picture) -> Vec<f64> {
    let keys = picture.common.head.keys();
    let Some(straight) = (keys.ncols() == 2).then(|| straight_axis(keys).ok()).flatten() else {
        return Vec::new();
    };
    let all = keys.row_variance().sum();
    vec![straight.share * all, (1.0 - straight.share) * all]
}
