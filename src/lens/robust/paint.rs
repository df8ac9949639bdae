//! The linked views of the robust lens: M = L + S, what moved, singular values, rows, and the lanes of the solver.

use std::cell::{Cell, RefCell};

use egui::{Rect, Ui, pos2};
use eigenlens_core::{PursuitStatus, RpcForm};

use super::derive::Picture;
use super::heads::OneHead;
use super::lower::{self, Shown};
use super::{say, settings};
use crate::command::{Command, Edit, RobustEdit, Tool};
use crate::lab::readout::text;
use crate::lab::{Method, TokenRef};
use crate::lens::{Out, Stage, all_heads};
use crate::microscope::lanes::{self, Hand, Lane, Lanes};
use crate::microscope::split::{self, Map, Split};
use crate::microscope::{heading, heat};

/// Textures of the maps.
#[derive(Default)]
pub(super) struct Textures {
    maps: [heat::Texture; 3],
    pub(super) row: heat::Texture,
}

/// What the views need.
pub(super) struct Parts<'a> {
    pub(super) picture: &'a Picture,
    pub(super) shown: &'a Cell<Shown>,
    pub(super) textures: &'a RefCell<Textures>,
    pub(super) brush: &'a RefCell<split::Hand>,
    /// Every head, once they are there, and how far they are.
    pub(super) heads: Option<&'a [OneHead]>,
    pub(super) progress: Option<(usize, usize)>,
}

fn linked_key(stage: &Stage<'_>) -> Option<usize> {
    match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    }
}

/// Maps above, bars or values below.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let settings = settings::height(theme) + theme.px(28.0);
    let open = parts.picture.settings.is_some();
    if open && rect.height() - settings < theme.px(130.0) {
        return lower::ui(ui, rect, stage, parts, out);
    }
    let lower = if open {
        settings
    } else if lower::shows_heads(stage, parts.picture) {
        0.5 * rect.height()
    } else {
        (0.34 * rect.height()).clamp(theme.px(104.0), theme.px(150.0))
    };
    let upper = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - lower - theme.px(10.0)));
    split_ui(ui, upper, stage, parts, out);
    let below = Rect::from_min_max(pos2(rect.left(), rect.bottom() - lower), rect.max);
    lower::ui(ui, below, stage, parts, out);
}

/// M = L + S; in the view of RPC-Attention the keys, what is attended to, and S.
pub(super) fn split_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let picture = parts.picture;
    let truth = picture.truth();
    let progress = picture.state.progress();
    let rpc = (picture.method == Method::Rpc)
        .then(|| picture.rpc(picture.form)?.steps.get(picture.iterations - 1))
        .flatten();
    let seen = &truth.seen;
    let (low, sparse) = match rpc {
        Some(step) => (&step.attended, &step.sparse),
        None => (picture.state.low_rank(), picture.state.sparse()),
    };
    let get = |matrix: &nalgebra::DMatrix<f64>, row: usize, column: usize| {
        matrix.get((row, column)).copied().unwrap_or_default()
    };
    let wrong: Vec<(usize, usize)> = stage
        .lab
        .scene
        .corruption
        .cells()
        .map(|(key, column, _)| (key, column))
        .collect();
    let zero = 1e-6 * seen.amax();
    let nonzeros = sparse.iter().filter(|entry| entry.abs() > zero).count();
    let titles = match rpc {
        Some(_) => [
            "*K* seen".to_owned(),
            "*X* attended".to_owned(),
            format!("*S* {}", cells(nonzeros)),
        ],
        None => [
            "*M* seen".to_owned(),
            format!("*L* rank {}", progress.rank),
            format!("*S* {}", cells(progress.nonzeros)),
        ],
    };
    let [first, second, third] = titles;
    let spoken = |name: &str| format!("{name}, {} rows, {} columns", seen.nrows(), seen.ncols());
    let most = heat::end_of(truth.clean.amax());
    let most = if most > 0.0 { most } else { heat::end_of(seen.amax()) };
    let split = Split {
        shape: [seen.nrows(), seen.ncols()],
        maps: [
            Map {
                title: first,
                entry: &|row, column| get(seen, row, column),
                spoken: spoken("M, the keys as they are seen"),
            },
            Map {
                title: second,
                entry: &|row, column| get(low, row, column),
                spoken: spoken("L, the low-rank part"),
            },
            Map {
                title: third,
                entry: &|row, column| get(sparse, row, column),
                spoken: spoken("S, the sparse part"),
            },
        ],
        signs: if rpc.is_some() { ["→", ""] } else { ["=", "+"] },
        most,
        largest: seen.amax(),
        wrong: &wrong,
        names: &picture.common.keys,
        linked: linked_key(stage),
        paints: stage.tool == Tool::Corrupt,
        in_gesture: stage.in_gesture,
        revision: picture.revision,
    };
    let mut textures = parts.textures.borrow_mut();
    let mut hand = parts.brush.borrow_mut();
    let done = split::ui(ui, rect, stage.theme, &split, &mut textures.maps, &mut hand);
    if let Some(key) = done.linked {
        out.linked = Some(TokenRef::Key(key));
    }
    if let Some(place) = done.place {
        out.places.push(("matrix", place));
    }
    if let Some(edit) = painted(stage, &done.painted, &mut hand) {
        out.push(Command::Drag(edit));
    }
    if done.over {
        out.push(Command::Drop);
    }
}

/// "38 cells", "1 cell".
pub(super) fn cells(n: usize) -> String {
    if n == 1 {
        "1 cell".to_owned()
    } else {
        format!("{} cells", text::count(n))
    }
}

/// What a stroke over cells makes of them: what its first cell becomes, from clean to +, to −, to clean.
fn painted(stage: &Stage<'_>, stroke: &[(usize, usize)], hand: &mut split::Hand) -> Option<Edit> {
    let (row, column) = *stroke.first()?;
    let begun = hand.value.filter(|_| stroke.len() > 1);
    let value = begun.unwrap_or_else(|| {
        let before = stage.lab.scene.corruption.steps(row, column);
        next_step(before, stage.lab.brush.damage.spike())
    });
    hand.value = Some(value);
    let cell = |(row, column): &(usize, usize)| Some((u16::try_from(*row).ok()?, u16::try_from(*column).ok()?, value));
    Some(Edit::Cells(stroke.iter().filter_map(cell).collect()))
}

/// From clean to +, to −, to clean.
fn next_step(before: i16, spike: i16) -> i16 {
    match before {
        0 => spike,
        1.. => -spike,
        _ => 0,
    }
}

/// The lanes of the pursuit, or the three forms of RPC-Attention.
pub(super) fn chart_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    out.places.push(("steps", rect));
    if picture.method == Method::Rpc {
        rpc_lanes_ui(ui, rect, stage, picture, out);
    } else {
        let lanes = pursuit_lanes(picture, rect.height() < stage.theme.px(180.0));
        play(
            ui,
            rect,
            stage,
            &Lanes {
                lanes: &lanes,
                at: picture.step,
                last: picture.last,
                word: "step",
                playing: stage.playing,
            },
            super::show_step,
            out,
        );
    }
}

fn play(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, lanes: &Lanes<'_>, edit: fn(usize) -> Edit, out: &mut Out) {
    for hand in lanes::ui(ui, rect, stage.theme, lanes) {
        out.push(match hand {
            Hand::To(step) => Command::Drag(edit(step)),
            Hand::Release => Command::Drop,
            Hand::Play => Command::Play,
            Hand::Step(by) => Command::StepFilm(by),
        });
    }
}

/// Residual, rank, cells, cost, angle.
fn pursuit_lanes(picture: &Picture, few: bool) -> Vec<Lane> {
    let steps = &picture.repair.trace.steps;
    let now = picture.state.progress();
    let values = |pick: &dyn Fn(&super::repair::StepInfo) -> f64| -> Vec<f64> { steps.iter().map(pick).collect() };
    let failed = picture.status() != PursuitStatus::Converged;
    let lane = |name: &'static str, values: Vec<f64>, text: String| Lane {
        name,
        values,
        log: false,
        text,
        bad: false,
    };
    let mut lanes = vec![
        Lane {
            log: true,
            bad: failed,
            ..lane(
                "residual",
                values(&|step| step.progress.residual),
                say::small(now.residual),
            )
        },
        lane(
            "rank of *L*",
            values(&|step| step.progress.rank as f64),
            now.rank.to_string(),
        ),
        lane(
            "cells in *S*",
            values(&|step| step.progress.nonzeros as f64),
            text::count(now.nonzeros),
        ),
    ];
    if !few {
        lanes.push(lane(
            "objective",
            values(&|step| step.progress.objective),
            text::number(now.objective),
        ));
    }
    lanes.push(lane(
        "angle to clean",
        values(&|step| step.angle.map_or(f64::NAN, f64::to_degrees)),
        say::degrees(picture.angle_repaired),
    ));
    lanes
}

/// One lane for each form: how far its output is from clean, iteration by iteration.
fn rpc_lanes_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let lane = |form: RpcForm| {
        let film = picture.rpc(form)?;
        let values: Vec<f64> = film.steps.iter().map(|step| step.moved.unwrap_or(f64::NAN)).collect();
        let now = values.get(picture.iterations - 1).copied().unwrap_or(f64::NAN);
        Some(Lane {
            name: match form {
                RpcForm::Printed => "as printed",
                RpcForm::Released => "as released",
                RpcForm::Lagrangian => "Lagrangian",
            },
            values,
            log: false,
            text: say::share(now),
            bad: false,
        })
    };
    let lanes: Vec<Lane> = RpcForm::ALL.into_iter().filter_map(lane).collect();
    let Some(last) = lanes.first().map(|lane| lane.values.len()) else {
        return;
    };
    let head = heading(
        ui.painter(),
        theme,
        rect,
        "How far the output is from clean, in each form",
        &thresholds(picture),
    );
    play(
        ui,
        head,
        stage,
        &Lanes {
            lanes: &lanes,
            at: picture.iterations,
            last,
            word: "iteration",
            playing: stage.playing,
        },
        super::show_iteration,
        out,
    );
}

/// The thresholds of the three forms as numbers.
pub(super) fn thresholds(picture: &Picture) -> String {
    let one = |form: RpcForm| {
        let film = picture.rpc(form)?;
        let how = if form == RpcForm::Released {
            "*λμ*"
        } else {
            "*λ*/*μ*"
        };
        Some(format!("{} {how} = {}", form.name(), text::number(film.threshold)))
    };
    let all: Vec<String> = RpcForm::ALL.into_iter().filter_map(one).collect();
    if all.is_empty() {
        String::new()
    } else {
        format!("thresholds: {}", all.join(", "))
    }
}

/// A card of a phone.
pub(super) fn card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let picture = parts.picture;
    let theme = stage.theme;
    if stage.tool == Tool::Corrupt {
        return split_ui(ui, rect, stage, parts, out);
    }
    match stage.card {
        0 => steps_card_ui(ui, rect, stage, picture, out),
        1 => split_ui(ui, rect, stage, parts, out),
        2 => {
            let below = heading(
                ui.painter(),
                theme,
                rect,
                "How far the output moved",
                "relative to clean",
            );
            lower::moved_ui(ui, below, theme, picture);
        }
        4 if picture.wanted.own_baseline => lower::heads_ui(ui, rect, stage, parts, out),
        4 => {
            if let Some(settings) = picture.settings.as_deref() {
                settings::ui(ui, rect, stage, settings, out);
            }
        }
        _ => lower::values_ui(ui, rect, theme, picture),
    }
}

/// One lane that can be scrubbed: the angle, or the chosen form.
fn steps_card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    out.places.push(("steps", rect));
    let rpc = picture.method == Method::Rpc;
    let mut lanes = if rpc { Vec::new() } else { pursuit_lanes(picture, true) };
    if !rpc {
        let keep = if rect.height() > stage.theme.px(190.0) { 2 } else { 1 };
        lanes.drain(..lanes.len() - keep);
    }
    if rpc {
        return rpc_lanes_ui(ui, rect, stage, picture, out);
    }
    let lanes = Lanes {
        lanes: &lanes,
        at: picture.step,
        last: picture.last,
        word: "step",
        playing: stage.playing,
    };
    play(ui, rect, stage, &lanes, super::show_step, out);
}

/// In a hall: the maps, the bars, and the steps.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    if lower::shows_heads(stage, parts.picture) {
        let (map, rest) = all_heads::shared(rect, theme, 24.0);
        lower::heads_ui(ui, map, stage, parts, out);
        if let Some(rest) = rest {
            let below = heading(ui.painter(), theme, rest, "How far the output moved", "");
            lower::moved_ui(ui, below, theme, parts.picture);
        }
        return;
    }
    if let Some(settings) = parts.picture.settings.as_deref() {
        let map = settings::height(theme);
        settings::ui(
            ui,
            rect.with_max_y(rect.bottom().min(rect.top() + map)),
            stage,
            settings,
            out,
        );
        let rest = rect.with_min_y(rect.top() + map + theme.px(18.0));
        if rest.height() > theme.px(130.0) {
            let below = heading(ui.painter(), theme, rest, "How far the output moved", "");
            lower::moved_ui(ui, below, theme, parts.picture);
        }
        return;
    }
    if rect.height() < theme.px(340.0) {
        // Beside the words of a lesson there is room for one chart.
        let below = heading(ui.painter(), theme, rect, "How far the output moved", "");
        return lower::moved_ui(ui, below, theme, parts.picture);
    }
    let gap = theme.px(14.0);
    let split = 0.38 * rect.height();
    let steps = (0.27 * rect.height()).min(theme.px(150.0));
    let slot = |top: f32, bottom: f32| Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), bottom.max(top)));
    split_ui(ui, slot(rect.top(), rect.top() + split), stage, parts, out);
    let middle = slot(rect.top() + split + gap, rect.bottom() - steps - gap);
    let below = heading(ui.painter(), theme, middle, "How far the output moved", "");
    lower::moved_ui(ui, below, theme, parts.picture);
    steps_card_ui(
        ui,
        slot(rect.bottom() - steps, rect.bottom()),
        stage,
        parts.picture,
        out,
    );
}

/// The choices that only this lens has, as edits.
pub(super) fn robust(edit: RobustEdit) -> Command {
    Command::Edit(Edit::Robust(edit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_goes_round_from_clean_to_both_signs() {
        let spike = 3500;
        assert_eq!(next_step(0, spike), spike);
        assert_eq!(next_step(spike, spike), -spike);
        assert_eq!(next_step(-spike, spike), 0);
        assert_eq!(next_step(17, spike), -spike, "whatever was added");
    }
}
