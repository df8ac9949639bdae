//! The named numbers of the robust lens: for prose, tests, the screen reader, CSV and the host page.

use eigenlens_core::{PursuitStatus, RpcForm};
use nalgebra::DMatrix;

use super::derive::Picture;
use super::heads::OneHead;
use super::repair::Wanted;
use super::say;
use crate::board::BoardToken;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::{Scene, SceneError};
use crate::lens::common;

/// Keys whose numbers all have a name of their own; of more, the table holds them.
const MOST_NAMED: usize = 128;
/// Entries of M up to which those of L and S have names of their own.
const MOST_ENTRIES: usize = 64;

/// Fills the lens' part of the readouts.
pub(super) fn read_out(
    picture: Option<&Result<Picture, SceneError>>,
    scene: Option<&Scene>,
    (tokens, heads): (&[BoardToken], Option<&[OneHead]>),
    readouts: &mut Readouts,
) {
    readouts.headline = say::headline(picture, scene)
        .into_iter()
        .map(|(text, _)| text)
        .collect();
    readouts.tokens = common::token_readouts(tokens);
    let (Some(Ok(picture)), Some(scene)) = (picture, scene) else {
        readouts.spoken = text::spoken(&readouts.headline);
        return;
    };
    readouts.spoken = say::spoken(picture);
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
    if let Some(Ok(settings)) = picture.settings.as_deref() {
        settings.read_out(readouts);
    }
    readouts.table = table(picture);
}

/// The numbers of the pursuit at the step that is shown, and of its whole run.
fn pursuit(picture: &Picture, readouts: &mut Readouts) {
    let now = picture.state.progress();
    let last = picture.repair.trace.last.progress();
    let truth = picture.truth();
    let [shrink, singular] = picture.thresholds();
    readouts.put("lambda", Number::plain(picture.wanted.lambda));
    readouts.put("mu", Number::plain(now.mu));
    readouts.put("shrink_threshold", Number::plain(shrink));
    readouts.put("singular_value_threshold", Number::plain(singular));
    readouts.put("step", Number::count(picture.step));
    readouts.put("steps", Number::count(picture.last));
    readouts.put("residual", Number::said(now.residual, say::small(now.residual)));
    readouts.put("change", Number::said(now.change, say::small(now.change)));
    readouts.put("rank", Number::count(now.rank));
    readouts.put("nonzeros", Number::count(now.nonzeros));
    readouts.put(
        "cells",
        Number::said(now.nonzeros as f64, super::paint::cells(now.nonzeros)),
    );
    readouts.put("objective", Number::plain(now.objective));
    readouts.put("lower_bound", Number::plain(now.lower_bound));
    readouts.put("columns", Number::count(truth.seen.ncols()));
    let converged = last.status == PursuitStatus::Converged;
    readouts.put(
        "converged",
        Number::said(
            f64::from(u8::from(converged)),
            if converged { "yes" } else { "no" }.to_owned(),
        ),
    );
    if let Some(steps) = picture.repair.trace.steps_to(1e-7) {
        readouts.put("steps_to_1e-7", Number::count(steps));
    }
    if let Some(value) = picture.objective_of_truth {
        readouts.put("objective_of_truth", Number::plain(value));
    }
    if let Some(value) = picture.certificate {
        readouts.put("certificate", Number::plain(value));
    }
    if let Some(error) = picture.low_rank_error {
        readouts.put("low_rank_error", Number::said(error, say::small(error)));
    }
    let sum = |matrix: &DMatrix<f64>| matrix.iter().map(|x| x.abs()).sum::<f64>();
    readouts.put("all_in_sparse", Number::plain(picture.wanted.lambda * sum(&truth.seen)));
    readouts.put(
        "all_in_low_rank",
        Number::plain(picture.repair.seen_values.iter().sum()),
    );
    let length = truth.seen.norm();
    if length > 0.0 {
        readouts.put(
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
            readouts.put(
                &format!("singular_value_{name} {}", i + 1),
                Number::said(*value, say::small(*value)),
            );
        }
    }
}

/// Straight axes, and the swing in feature space.
fn angles(picture: &Picture, readouts: &mut Readouts) {
    let mut angle = |name: &str, value: Option<f64>| {
        if let Some(value) = value {
            readouts.put(name, Number::said(value, say::degrees(Some(value))));
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
            readouts.put(
                &format!("eigenvalue_{name} {}", i + 1),
                Number::said(*value, say::small(*value)),
            );
        }
        if let Some(share) = view.pca.shares().first() {
            readouts.put(&format!("axis_share_{name}"), Number::share(*share));
        }
        if let Some([x, y]) = on_board(picture, view) {
            let bearing = y.atan2(x).to_degrees().rem_euclid(180.0);
            readouts.put(
                &format!("bearing_{name}"),
                Number::said(bearing, say::degrees(Some(bearing))),
            );
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
            readouts.put(&name, Number::said(value, say::share(value)));
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
        for (i, step) in film.steps.iter().enumerate() {
            readouts.put(&format!("dual_{} {}", form.name(), i + 1), Number::plain(step.dual));
        }
        readouts.put(&format!("threshold_{}", form.name()), Number::plain(film.threshold));
        readouts.put(&format!("mu_{}", form.name()), Number::plain(film.mu));
        let lambda = picture.wanted.rpc_lambdas.get(i).copied().unwrap_or_default();
        readouts.put(&format!("lambda_{}", form.name()), Number::plain(lambda));
        let seen = &picture.truth().seen;
        let clipped = seen.iter().filter(|entry| entry.abs() > film.threshold).count();
        readouts.put(&format!("clipped_{}", form.name()), Number::count(clipped));
        if let Some(step) = film.steps.get(picture.iterations - 1) {
            readouts.put(
                &format!("residual_{}", form.name()),
                Number::said(step.residual, say::share(step.residual)),
            );
        }
        if form == picture.form {
            readouts.put("threshold_rpc", Number::plain(film.threshold));
            readouts.put("clipped_rpc", Number::count(clipped));
        }
    }
    readouts.put(
        "form",
        Number::said(
            f64::from(crate::lab::robust::form_code(picture.form)),
            picture.form.name().to_owned(),
        ),
    );
    readouts.put("iterations", Number::count(picture.iterations));
    readouts.put("heads", Number::count(picture.wanted.heads));
    readouts.put(
        "asks",
        Number::said(
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
            readouts.put(&format!("output_{name} {}", i + 1), Number::signed(*value));
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
                    readouts.put(&format!("weight_{name} of key {}", key + 1), Number::share(weight));
                }
            }
        }
    }
    readouts.put("wrong_entries", Number::count(scene.corruption.len()));
    readouts.put("damaged_keys", Number::count(picture.damaged.len()));
    words(picture, readouts);
    let Some(seen) = &picture.kernels[1] else { return };
    let vectors = seen.pca.eigenvectors(1).ok();
    for way in picture.damaged.iter().take(8) {
        let key = way.key;
        let name = format!("of key {}", key + 1);
        if let Some(entry) = vectors.as_ref().and_then(|vectors| vectors.get((key, 0))) {
            readouts.put(&format!("axis_entry {name}"), Number::signed(*entry));
        }
        if let Some(own) = seen.pca.gram().get((key, key)) {
            readouts.put(&format!("feature_length {name}"), Number::plain(*own));
        }
        let keys = &picture.truth().seen;
        let products: Vec<f64> = keys
            .row_iter()
            .map(|other| (keys.row(key).dot(&other) / picture.wanted.temperature).exp())
            .collect();
        if let Some(own) = products.get(key) {
            readouts.put(&format!("similar_to_itself {name}"), Number::plain(*own));
            readouts.put(
                &format!("similar_to_others {name}"),
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
        readouts.put("weight_on_new_tokens", Number::share(weight));
        readouts.put("new_tokens", Number::count(wrong.len()));
        let even = wrong.len() as f64 / wanted.truth.seen.nrows() as f64;
        readouts.put("even_share_of_new_tokens", Number::share(even));
    }
    if let Some(weight) = weight_on(wanted, &right, false) {
        readouts.put("weight_on_old_tokens", Number::share(weight));
        let even = right.len() as f64 / wanted.truth.clean.nrows() as f64;
        readouts.put("even_share_of_old_tokens", Number::share(even));
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
            readouts.put(&name, Number::said(value, say::share(value)));
        }
    };
    say("mean_moved_seen".to_owned(), mean(&|head| head.seen));
    say("mean_moved_pursuit".to_owned(), mean(&|head| head.pursuit));
    for n in 1..=usize::from(crate::lab::RobustChoices::MAX_ITERATIONS) {
        let name = format!("mean_moved_{} {n}", picture.form.name());
        say(name, mean(&|head| head.rpc.get(n - 1).copied().flatten()));
    }
    let shares = [
        ("mean_weight_on_new_tokens", mean(&|head| head.on_wrong)),
        ("mean_weight_on_old_tokens", mean(&|head| head.on_right)),
    ];
    for (name, share) in shares {
        if let Some(share) = share {
            readouts.put(
                name,
                Number::said(share, crate::lab::readout::text::percent_fine(share)),
            );
        }
    }
    // New tokens that attract get more than as many tokens would of an even share.
    let [_, wrong] = new_tokens(&picture.wanted);
    let even = wrong.len() as f64 / picture.wanted.truth.seen.nrows().max(1) as f64;
    let attracted = heads
        .iter()
        .filter(|head| head.on_wrong.is_some_and(|share| share > even));
    readouts.put("heads_above_even_share", Number::count(attracted.count()));
    for n in 1..=usize::from(crate::lab::RobustChoices::MAX_ITERATIONS) {
        let apart = |head: &OneHead| Some((head.rpc.get(n - 1).copied().flatten()? - head.seen?).abs());
        if let Some(most) = heads.iter().filter_map(apart).reduce(f64::max) {
            let name = format!("largest_difference_{} {n}", picture.form.name());
            readouts.put(&name, Number::said(most, crate::lab::readout::text::residual(most)));
        }
    }
    let mut largest = |name: &str, pick: &dyn Fn(&OneHead) -> Option<f64>| {
        let most = heads.iter().enumerate().filter_map(|(i, head)| Some((i, pick(head)?)));
        if let Some((head, value)) = most.max_by(|a, b| a.1.total_cmp(&b.1)) {
            readouts.put(&format!("largest_{name}"), Number::said(value, say::share(value)));
            let place = crate::lab::text::head_name(head as u16);
            readouts.put(&format!("head_of_largest_{name}"), Number::said(head as f64, place));
            // Counted from 0, as in a link; in words from 1.
            let [layer, head] = crate::lab::text::layer_and_head(head as u16);
            let from_1 = |at: u16| Number::said(f64::from(at), (at + 1).to_string());
            readouts.put(&format!("layer_of_largest_{name}"), from_1(layer));
            readouts.put(&format!("place_of_largest_{name}"), from_1(head));
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
    readouts.put("largest_sparse", Number::signed(largest.2));
    readouts.put("largest_sparse_key", Number::count(largest.0 + 1));
    readouts.put("largest_sparse_entry", Number::count(largest.1 + 1));
    for (key, column, steps) in scene.corruption.cells().take(MOST_ENTRIES) {
        let place = format!("of key {}, entry {}", key + 1, column + 1);
        readouts.put(
            &format!("added {place}"),
            Number::signed(crate::lab::corruption::units(steps)),
        );
        if let Some(found) = sparse.get((key, column)) {
            readouts.put(&format!("S {place}"), Number::signed(*found));
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
                readouts.put(
                    &format!("{name} of key {}, entry {}", row + 1, column + 1),
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
