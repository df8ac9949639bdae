//! What the robust lens says: headline, readouts, names, sentences for the screen reader.

use eigenlens_core::{PursuitStatus, RpcForm};
use nalgebra::DMatrix;

use super::derive::{Picture, SWUNG};
use super::heads::OneHead;
use super::repair::Wanted;
use crate::board::BoardToken;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::{Library, Method, Scene, SceneError};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};

/// Keys whose numbers all have a name of their own; of more, the table holds them.
const MOST_NAMED: usize = 128;
/// Entries of M up to which those of L and S have names of their own.
const MOST_ENTRIES: usize = 64;

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
            None => "Nothing is wrong, yet pursuit calls everything noise: L is 0.".to_owned(),
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
            plain(" Pursuit calls everything noise: L is 0.".to_owned()),
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
fn spoken(picture: &Picture) -> String {
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
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|key| !damaged(*key));
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

fn put(readouts: &mut Readouts, name: impl Into<String>, number: Number) {
    readouts.numbers.insert(name.into(), number);
}

fn whole(value: usize) -> Number {
    Number {
        value: value as f64,
        text: text::count(value),
    }
}

fn of(value: f64, text: String) -> Number {
    Number { value, text }
}

/// Fills the lens' part of the readouts.
pub(super) fn read_out(
    picture: Option<&Result<Picture, SceneError>>,
    scene: Option<&Scene>,
    (tokens, heads): (&[BoardToken], Option<&[OneHead]>),
    readouts: &mut Readouts,
) {
    readouts.headline = headline(picture, scene).into_iter().map(|(text, _)| text).collect();
    readouts.tokens = common::token_readouts(tokens);
    let (Some(Ok(picture)), Some(scene)) = (picture, scene) else {
        readouts.spoken = text::spoken(&readouts.headline);
        return;
    };
    readouts.spoken = spoken(picture);
    readouts.checks.clone_from(&picture.checks);
    common::read_out(&picture.common, readouts);
    pursuit(picture, readouts);
    angles(picture, readouts);
    outputs(picture, readouts);
    keys(picture, scene, readouts);
    entries(picture, scene, readouts);
    if let Some(heads) = heads {
        all_heads(heads, picture, readouts);
    }
    readouts.table = table(picture);
}

/// The numbers of the pursuit at the step that is shown, and of its whole run.
fn pursuit(picture: &Picture, readouts: &mut Readouts) {
    let now = picture.state.progress();
    let last = picture.repair.trace.last.progress();
    let truth = picture.truth();
    let [shrink, singular] = picture.thresholds();
    put(readouts, "lambda", Number::plain(picture.wanted.lambda));
    put(readouts, "mu", Number::plain(now.mu));
    put(readouts, "shrink_threshold", Number::plain(shrink));
    put(readouts, "singular_value_threshold", Number::plain(singular));
    put(readouts, "step", whole(picture.step));
    put(readouts, "steps", whole(picture.last));
    put(readouts, "residual", of(now.residual, small(now.residual)));
    put(readouts, "change", of(now.change, small(now.change)));
    put(readouts, "rank", whole(now.rank));
    put(readouts, "nonzeros", whole(now.nonzeros));
    put(
        readouts,
        "cells",
        of(now.nonzeros as f64, super::paint::cells(now.nonzeros)),
    );
    put(readouts, "objective", Number::plain(now.objective));
    put(readouts, "lower_bound", Number::plain(now.lower_bound));
    put(readouts, "columns", whole(truth.seen.ncols()));
    let converged = last.status == PursuitStatus::Converged;
    put(
        readouts,
        "converged",
        of(
            f64::from(u8::from(converged)),
            if converged { "yes" } else { "no" }.to_owned(),
        ),
    );
    if let Some(steps) = picture.repair.trace.steps_to(1e-7) {
        put(readouts, "steps_to_1e-7", whole(steps));
    }
    if let Some(value) = picture.objective_of_truth {
        put(readouts, "objective_of_truth", Number::plain(value));
    }
    if let Some(value) = picture.certificate {
        put(readouts, "certificate", Number::plain(value));
    }
    if let Some(error) = picture.low_rank_error {
        put(readouts, "low_rank_error", of(error, small(error)));
    }
    let sum = |matrix: &DMatrix<f64>| matrix.iter().map(|x| x.abs()).sum::<f64>();
    put(
        readouts,
        "all_in_sparse",
        Number::plain(picture.wanted.lambda * sum(&truth.seen)),
    );
    put(
        readouts,
        "all_in_low_rank",
        Number::plain(picture.repair.seen_values.iter().sum()),
    );
    let length = truth.seen.norm();
    if length > 0.0 {
        put(
            readouts,
            "share_in_low_rank",
            Number::plain(picture.state.low_rank().norm() / length),
        );
    }
    for (name, values) in [
        ("seen", &picture.repair.seen_values[..]),
        ("clean", &picture.repair.clean_values[..]),
        ("low_rank", picture.state.singular_values()),
    ] {
        for (i, value) in values.iter().take(20).enumerate() {
            put(
                readouts,
                format!("singular_value_{name} {}", i + 1),
                of(*value, small(*value)),
            );
        }
    }
}

/// Straight axes, and the swing in feature space.
fn angles(picture: &Picture, readouts: &mut Readouts) {
    let mut angle = |name: &str, value: Option<f64>| {
        if let Some(value) = value {
            put(readouts, name, of(value, degrees(Some(value))));
        }
    };
    angle("straight_seen", picture.angle_seen);
    angle("straight_repaired", picture.angle_repaired);
    angle("straight_rpc", picture.angle_rpc);
    let [clean, seen, repaired] = &picture.kernels;
    let both =
        |a: &Option<std::sync::Arc<super::kernel::KernelView>>,
         b: &Option<std::sync::Arc<super::kernel::KernelView>>| { Some((a.clone()?, b.clone()?)) };
    if let Some((clean, seen)) = both(clean, seen) {
        angle("swing_seen", clean.swing(&seen).map(f64::to_degrees));
        angle("direction_seen", clean.turn(&seen).map(f64::to_degrees));
        let second = clean.against_second(&seen, picture.wanted.temperature);
        angle("old_axis_against_new_second", second.map(f64::to_degrees));
    }
    if let Some((clean, repaired)) = both(clean, repaired) {
        angle("swing_repaired", clean.swing(&repaired).map(f64::to_degrees));
        angle("direction_repaired", clean.turn(&repaired).map(f64::to_degrees));
    }
    for (name, view) in [("clean", clean), ("seen", seen), ("repaired", repaired)] {
        let Some(view) = view else { continue };
        for (i, value) in view.pca.eigenvalues().iter().take(3).enumerate() {
            put(
                readouts,
                format!("eigenvalue_{name} {}", i + 1),
                of(*value, small(*value)),
            );
        }
        if let Some(share) = view.pca.shares().first() {
            put(readouts, format!("axis_share_{name}"), Number::share(*share));
        }
        if let Some([x, y]) = on_board(picture, view) {
            let bearing = y.atan2(x).to_degrees().rem_euclid(180.0);
            put(readouts, format!("bearing_{name}"), of(bearing, degrees(Some(bearing))));
        }
    }
}

/// Where the first kernel axis points on a plane.
fn on_board(picture: &Picture, view: &super::kernel::KernelView) -> Option<[f64; 2]> {
    let direction = view.direction.as_ref()?;
    match &picture.truth().frame {
        Some(frame) if frame.ncols() == 2 => {
            let down = |axis: usize| frame.column(axis).iter().zip(direction).map(|(e, x)| e * x).sum();
            Some([down(0), down(1)])
        }
        None => match direction.as_slice() {
            [x, y] => Some([*x, *y]),
            _ => None,
        },
        Some(_) => None,
    }
}

/// Outputs and how far they moved, and the three forms with their thresholds.
fn outputs(picture: &Picture, readouts: &mut Readouts) {
    let mut moved = |name: String, value: Option<f64>| {
        if let Some(value) = value {
            put(readouts, name, of(value, share(value)));
        }
    };
    moved("moved_seen".to_owned(), picture.moved_seen);
    moved("moved_pursuit".to_owned(), picture.moved_pursuit);
    for form in RpcForm::ALL {
        let Some(film) = picture.rpc(form) else { continue };
        for (i, step) in film.steps.iter().enumerate() {
            moved(format!("moved_{} {}", form.name(), i + 1), step.moved);
            if form == picture.form && i + 1 == picture.iterations {
                moved("moved_rpc".to_owned(), step.moved);
            }
        }
    }
    for (i, form) in RpcForm::ALL.into_iter().enumerate() {
        let Some(film) = picture.rpc(form) else { continue };
        put(
            readouts,
            format!("threshold_{}", form.name()),
            Number::plain(film.threshold),
        );
        put(readouts, format!("mu_{}", form.name()), Number::plain(film.mu));
        let lambda = picture.wanted.rpc_lambdas.get(i).copied().unwrap_or_default();
        put(readouts, format!("lambda_{}", form.name()), Number::plain(lambda));
        let seen = &picture.truth().seen;
        let clipped = seen.iter().filter(|entry| entry.abs() > film.threshold).count();
        put(readouts, format!("clipped_{}", form.name()), whole(clipped));
        if let Some(step) = film.steps.get(picture.iterations - 1) {
            put(
                readouts,
                format!("residual_{}", form.name()),
                of(step.residual, share(step.residual)),
            );
        }
        if form == picture.form {
            put(readouts, "threshold_rpc", Number::plain(film.threshold));
            put(readouts, "clipped_rpc", whole(clipped));
        }
    }
    put(
        readouts,
        "form",
        of(
            f64::from(crate::lab::robust::form_code(picture.form)),
            picture.form.name().to_owned(),
        ),
    );
    put(readouts, "iterations", whole(picture.iterations));
    put(readouts, "heads", whole(picture.wanted.heads));
    put(
        readouts,
        "asks",
        of(
            f64::from(u8::from(picture.wanted.queries_ask)),
            if picture.wanted.queries_ask {
                "the queries ask"
            } else {
                "the keys ask"
            }
            .to_owned(),
        ),
    );
    let rows = &picture.rows;
    for (name, row) in [
        ("clean", Some(&rows.clean)),
        ("seen", Some(&rows.seen)),
        ("pursuit", Some(&rows.pursuit)),
        ("rpc", rows.rpc.as_ref()),
    ] {
        let Some(row) = row else { continue };
        for (i, value) in row.output.iter().take(4).enumerate() {
            put(readouts, format!("output_{name} {}", i + 1), Number::signed(*value));
        }
    }
}

/// Weights of keys; and of damaged ones what kernel PCA sees of them.
fn keys(picture: &Picture, scene: &Scene, readouts: &mut Readouts) {
    let rows = &picture.rows;
    let n = picture.truth().seen.nrows();
    if n <= MOST_NAMED {
        for key in 0..n {
            for (name, row) in [
                ("clean", Some(&rows.clean)),
                ("seen", Some(&rows.seen)),
                ("pursuit", Some(&rows.pursuit)),
                ("rpc", rows.rpc.as_ref()),
            ] {
                let weight = row
                    .and_then(|row| row.weights.get(key))
                    .copied()
                    .filter(|weight| weight.is_finite());
                if let Some(weight) = weight {
                    put(
                        readouts,
                        format!("weight_{name} of key {}", key + 1),
                        Number::share(weight),
                    );
                }
            }
        }
    }
    put(readouts, "wrong_entries", whole(scene.corruption.len()));
    put(readouts, "damaged_keys", whole(picture.damaged.len()));
    words(picture, readouts);
    let Some(seen) = &picture.kernels[1] else { return };
    let vectors = seen.pca.eigenvectors(1).ok();
    for way in picture.damaged.iter().take(8) {
        let key = way.key;
        let name = format!("of key {}", key + 1);
        if let Some(entry) = vectors.as_ref().and_then(|vectors| vectors.get((key, 0))) {
            put(readouts, format!("axis_entry {name}"), Number::signed(*entry));
        }
        if let Some(own) = seen.pca.gram().get((key, key)) {
            put(readouts, format!("feature_length {name}"), Number::plain(*own));
        }
        let keys = &picture.truth().seen;
        let products: Vec<f64> = keys
            .row_iter()
            .map(|other| (keys.row(key).dot(&other) / picture.wanted.temperature).exp())
            .collect();
        if let Some(own) = products.get(key) {
            put(readouts, format!("similar_to_itself {name}"), Number::plain(*own));
            put(
                readouts,
                format!("similar_to_others {name}"),
                Number::plain(products.iter().sum::<f64>() - own),
            );
        }
    }
}

/// Tokens without a partner: of the clean text, and of the one that is seen.
pub(super) fn new_tokens(wanted: &Wanted) -> [Vec<usize>; 2] {
    let truth = &wanted.truth;
    let alone = |rows: usize, side: usize| -> Vec<usize> {
        let paired = |key: &usize| truth.keys.iter().any(|pair| pair[side] == *key);
        (0..rows).filter(|key| !paired(key)).collect()
    };
    [alone(truth.clean.nrows(), 0), alone(truth.seen.nrows(), 1)]
}

/// What the tokens that have a partner give to these keys together, on average, where the queries ask: in the text that is
/// seen, or in the clean one.
pub(super) fn weight_on(wanted: &Wanted, keys: &[usize], seen: bool) -> Option<f64> {
    let truth = &wanted.truth;
    if !(wanted.own_baseline && wanted.queries_ask) || keys.is_empty() || truth.queries.is_empty() {
        return None;
    }
    let (queries, all) = if seen {
        (&truth.seen_queries, &truth.seen)
    } else {
        (&truth.clean_queries, &truth.clean)
    };
    let identity = DMatrix::identity(all.nrows(), all.nrows());
    let weights = wanted.output(queries, all, &identity).ok()?;
    let side = usize::from(seen);
    let total: f64 = truth
        .queries
        .iter()
        .map(|pair| {
            keys.iter()
                .filter_map(|key| weights.get((pair[side], *key)))
                .sum::<f64>()
        })
        .sum();
    Some(total / truth.queries.len() as f64)
}

/// What the wrong word and the right one get from the others.
fn words(picture: &Picture, readouts: &mut Readouts) {
    let wanted = &picture.wanted;
    let [right, wrong] = new_tokens(wanted);
    if let Some(weight) = weight_on(wanted, &wrong, true) {
        put(readouts, "weight_on_new_tokens", Number::share(weight));
        put(readouts, "new_tokens", whole(wrong.len()));
        let even = wrong.len() as f64 / wanted.truth.seen.nrows() as f64;
        put(readouts, "even_share_of_new_tokens", Number::share(even));
    }
    if let Some(weight) = weight_on(wanted, &right, false) {
        put(readouts, "weight_on_old_tokens", Number::share(weight));
        let even = right.len() as f64 / wanted.truth.clean.nrows() as f64;
        put(readouts, "even_share_of_old_tokens", Number::share(even));
    }
}

/// All heads of a text together.
fn all_heads(heads: &[OneHead], picture: &Picture, readouts: &mut Readouts) {
    let mean = |pick: &dyn Fn(&OneHead) -> Option<f64>| {
        let all: Vec<f64> = heads.iter().filter_map(pick).collect();
        (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
    };
    let mut say = |name: String, value: Option<f64>| {
        if let Some(value) = value {
            put(readouts, name, of(value, share(value)));
        }
    };
    say("mean_moved_seen".to_owned(), mean(&|head| head.seen));
    say("mean_moved_pursuit".to_owned(), mean(&|head| head.pursuit));
    for n in 1..=usize::from(crate::lab::RobustChoices::MAX_ITERATIONS) {
        let name = format!("mean_moved_{} {n}", picture.form.name());
        say(name, mean(&|head| head.rpc.get(n - 1).copied().flatten()));
    }
    say("mean_weight_on_new_tokens".to_owned(), mean(&|head| head.on_wrong));
    say("mean_weight_on_old_tokens".to_owned(), mean(&|head| head.on_right));
    let mut largest = |name: &str, pick: &dyn Fn(&OneHead) -> Option<f64>| {
        let most = heads.iter().enumerate().filter_map(|(i, head)| Some((i, pick(head)?)));
        if let Some((head, value)) = most.max_by(|a, b| a.1.total_cmp(&b.1)) {
            put(readouts, format!("largest_{name}"), of(value, share(value)));
            let place = crate::lab::text::head_name(head as u16);
            put(readouts, format!("head_of_largest_{name}"), of(head as f64, place));
        }
    };
    largest("moved_seen", &|head| head.seen);
    largest("weight_on_new_tokens", &|head| head.on_wrong);
}

/// The largest entry of S; of small matrices all entries of M, L, S.
fn entries(picture: &Picture, scene: &Scene, readouts: &mut Readouts) {
    let sparse = picture.state.sparse();
    let mut largest = (0, 0, 0.0_f64);
    for row in 0..sparse.nrows() {
        for column in 0..sparse.ncols() {
            let entry = sparse.get((row, column)).copied().unwrap_or_default();
            if entry.abs() > largest.2.abs() {
                largest = (row, column, entry);
            }
        }
    }
    put(readouts, "largest_sparse", Number::signed(largest.2));
    put(readouts, "largest_sparse_key", whole(largest.0 + 1));
    put(readouts, "largest_sparse_entry", whole(largest.1 + 1));
    for (key, column, steps) in scene.corruption.cells().take(MOST_ENTRIES) {
        let place = format!("of key {}, entry {}", key + 1, column + 1);
        put(
            readouts,
            format!("added {place}"),
            Number::signed(crate::lab::corruption::units(steps)),
        );
        if let Some(found) = sparse.get((key, column)) {
            put(readouts, format!("S {place}"), Number::signed(*found));
        }
    }
    if sparse.len() > MOST_ENTRIES {
        return;
    }
    for (name, matrix) in [
        ("M", &picture.truth().seen),
        ("L", picture.state.low_rank()),
        ("S", sparse),
    ] {
        for row in 0..matrix.nrows() {
            for column in 0..matrix.ncols() {
                let entry = matrix.get((row, column)).copied().unwrap_or_default();
                put(
                    readouts,
                    format!("{name} of key {}, entry {}", row + 1, column + 1),
                    Number::signed(entry),
                );
            }
        }
    }
}

/// The steps of the pursuit as a table.
fn table(picture: &Picture) -> Table {
    let row = |step: &super::repair::StepInfo| {
        vec![
            step.progress.iteration.to_string(),
            format!("{:e}", step.progress.residual),
            step.progress.rank.to_string(),
            step.progress.nonzeros.to_string(),
            format!("{}", step.progress.objective),
            step.angle
                .map_or_else(String::new, |angle| format!("{}", angle.to_degrees())),
        ]
    };
    Table {
        columns: [
            "step",
            "residual",
            "rank of L",
            "cells in S",
            "objective",
            "angle to clean, degrees",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: picture.repair.trace.steps.iter().map(row).collect(),
    }
}
