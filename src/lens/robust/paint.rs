//! The linked views of the robust lens: M = L + S, what moved, singular values, rows, and the lanes of the solver.

use std::cell::{Cell, RefCell};

use egui::{Align2, Rect, Ui, pos2, vec2};
use eigenlens_core::{PursuitStatus, RpcForm};

use super::derive::Picture;
use super::heads::OneHead;
use super::say;
use crate::command::{Command, Edit, RobustEdit, Tool};
use crate::lab::readout::text;
use crate::lab::{Method, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::microscope::lanes::{self, Hand, Lane, Lanes};
use crate::microscope::moved::{self, Bar, Look};
use crate::microscope::split::{self, Map, Split};
use crate::microscope::values::{self, Values};
use crate::microscope::{heading, heads, heat, put};

/// What the lower part of the microscope shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shown {
    /// How far the output moved.
    #[default]
    Moved,
    /// Singular values.
    Values,
    /// The row of the asking query.
    Row,
    /// Every head of a text with a wrong word.
    Heads,
}

impl Shown {
    const ALL: [Self; 4] = [Self::Moved, Self::Values, Self::Row, Self::Heads];

    const fn word(self) -> &'static str {
        match self {
            Self::Moved => "Output moved",
            Self::Values => "Singular values",
            Self::Row => "Attention row",
            Self::Heads => "All heads",
        }
    }
}

/// Textures of the maps.
#[derive(Default)]
pub(super) struct Textures {
    maps: [heat::Texture; 3],
    row: heat::Texture,
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
    let lower = (0.34 * rect.height()).clamp(theme.px(104.0), theme.px(150.0));
    let upper = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - lower - theme.px(10.0)));
    split_ui(ui, upper, stage, parts, out);
    let below = Rect::from_min_max(pos2(rect.left(), rect.bottom() - lower), rect.max);
    lower_ui(ui, below, stage, parts, out);
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

/// The tabs of the lower part, and what they show.
fn lower_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let row = Rect::from_min_size(
        rect.min - vec2(theme.px(4.0), theme.px(4.0)),
        vec2(rect.width(), theme.px(26.0)),
    );
    let flow = egui::Layout::left_to_right(egui::Align::Center);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt("shown").max_rect(row).layout(flow));
    child.spacing_mut().item_spacing.x = theme.px(8.0);
    let has_heads = parts.picture.wanted.own_baseline;
    for shown in Shown::ALL
        .into_iter()
        .filter(|shown| has_heads || *shown != Shown::Heads)
    {
        if widgets::text_tab(&mut child, theme, shown.word(), parts.shown.get() == shown).clicked() {
            parts.shown.set(shown);
            ui.ctx().request_repaint();
        }
    }
    let aside = match parts.shown.get() {
        Shown::Moved if parts.picture.wanted.own_baseline => "each against itself on the right word",
        Shown::Moved => "relative to clean",
        Shown::Row => "who the query looks at",
        Shown::Values | Shown::Heads => "",
    };
    let aside = name::line(ui.painter(), theme, aside, Set::regular(size::BODY, theme.ink2));
    if child.min_rect().right() + aside.size().x + theme.px(16.0) < rect.right() {
        put(
            ui.painter(),
            Align2::RIGHT_CENTER,
            pos2(rect.right(), row.center().y),
            &aside,
        );
    }
    let below = Rect::from_min_max(pos2(rect.left(), row.bottom() + theme.px(6.0)), rect.max);
    match parts.shown.get() {
        Shown::Moved => moved_ui(ui, below, theme, parts.picture),
        Shown::Values => values_ui(ui, below, theme, parts.picture),
        Shown::Row => row_ui(ui, below, theme, parts),
        Shown::Heads => heads_ui(ui, below, stage, parts, out),
    }
}

/// How far the wrong word moves the output in each head, under the mechanism that repairs; a click opens the head.
fn heads_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let picture = parts.picture;
    let Some(all) = parts.heads else {
        let words = match parts.progress {
            Some((done, of)) => format!("{done} of {of} heads"),
            None => "The heads begin …".to_owned(),
        };
        let line = name::line(ui.painter(), theme, &words, Set::regular(size::BODY, theme.ink2));
        line.paint(ui.painter(), rect.min);
        ui.ctx().request_repaint();
        return;
    };
    let pick = |head: &OneHead| match picture.method {
        Method::Pursuit => head.pursuit,
        Method::Rpc => head.rpc.get(picture.iterations - 1).copied().flatten(),
        Method::Both => head.seen,
    };
    let weights: Vec<Option<f64>> = all.iter().map(pick).collect();
    let known: Vec<f64> = weights.iter().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / (known.len().max(1) as f64);
    let what = match picture.method {
        Method::Pursuit => "Pursuit moves by",
        Method::Rpc => "RPC-Attention moves by",
        Method::Both => "The wrong word moves by",
    };
    let words = format!("{what} {} on average over {} heads", text::percent(mean), known.len());
    let line = name::line(ui.painter(), theme, &words, Set::regular(size::BODY, theme.ink));
    line.paint(ui.painter(), rect.min);
    let below = Rect::from_min_max(rect.min + vec2(0.0, line.size().y + theme.px(4.0)), rect.max);
    let hit = heads::ui(
        ui,
        below,
        theme,
        &heads::Heads {
            columns: usize::from(crate::lab::text::HEADS_IN_LAYER),
            weights: &weights,
            present: usize::from(stage.lab.scene.head),
            spoken: words,
        },
    );
    if let Some(head) = hit.open {
        out.push(Command::Edit(Edit::Head(head as u16)));
    }
}

/// How far the output moved, under each mechanism.
pub(super) fn moved_ui(ui: &mut Ui, rect: Rect, theme: &Theme, picture: &Picture) {
    let number = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), say::share);
    let bar = |name: String, value: Option<f64>, look: Look| Bar {
        name,
        value: value.unwrap_or(f64::NAN),
        text: number(value),
        look,
    };
    let broken = if picture.moved_seen == Some(0.0) {
        Look::Quiet
    } else {
        Look::Bad
    };
    let mut bars = vec![bar(say::damage_word(picture).to_owned(), picture.moved_seen, broken)];
    // Where there is little room the name is short.
    let rpc_name = if rect.width() < theme.px(330.0) {
        "RPC"
    } else {
        "RPC-Attention"
    };
    if picture.method != Method::Rpc {
        let name = format!("pursuit, step {}", text::count(picture.step));
        bars.push(bar(name, picture.moved_pursuit, Look::Strong));
    }
    if picture.method != Method::Pursuit
        && let Some(film) = picture.rpc(picture.form)
    {
        let chosen = picture.iterations;
        let mut shown = vec![1, 2, 4];
        if picture.method == Method::Rpc {
            shown = (1..=film.steps.len()).collect();
        } else if !shown.contains(&chosen) {
            shown.push(chosen);
        }
        shown.sort_unstable();
        let line = theme.px(17.0);
        let fits = ((rect.height() / line) as usize).saturating_sub(bars.len()).max(1);
        while shown.len() > fits {
            let drop = shown.iter().rposition(|n| *n != chosen).unwrap_or(0);
            shown.remove(drop);
        }
        for n in shown {
            let look = if n == chosen && picture.method == Method::Rpc {
                Look::Strong
            } else {
                Look::Quiet
            };
            let value = film.steps.get(n - 1).and_then(|step| step.moved);
            bars.push(bar(format!("{rpc_name}, *n* = {n}"), value, look));
        }
    }
    let spoken: Vec<String> = bars
        .iter()
        .map(|bar| format!("{} {}", bar.name.replace('*', ""), bar.text))
        .collect();
    moved::ui(
        ui,
        rect,
        theme,
        &bars,
        &format!("How far the output moved: {}", spoken.join(", ")),
    );
    if let Some(missing) = picture.missing.as_ref().filter(|_| picture.method != Method::Pursuit) {
        let line = name::line(ui.painter(), theme, missing, Set::regular(size::BODY, theme.ink2));
        let y = rect.top() + bars.len() as f32 * theme.px(24.0) + theme.px(8.0);
        line.paint(&ui.painter_at(rect), pos2(rect.left(), y));
    }
}

/// Singular values of M, L and the clean matrix.
pub(super) fn values_ui(ui: &mut Ui, rect: Rect, theme: &Theme, picture: &Picture) {
    let found = picture.state.singular_values();
    let list = |values: &[f64]| -> Vec<String> { values.iter().take(3).map(|value| text::number(*value)).collect() };
    let shown = Values {
        seen: &picture.repair.seen_values,
        found,
        clean: &picture.repair.clean_values,
        zero: 1e-6 * picture.truth().seen.amax(),
        spoken: format!(
            "Singular values: seen {}, clean {}, found {}",
            list(&picture.repair.seen_values).join(", "),
            list(&picture.repair.clean_values).join(", "),
            list(found).join(", ")
        ),
    };
    values::ui(ui, rect, theme, &shown);
}

/// The row of the asking query under each mechanism, as cells.
fn row_ui(ui: &mut Ui, rect: Rect, theme: &Theme, parts: &Parts<'_>) {
    let picture = parts.picture;
    let rows = &picture.rows;
    let mut lines: Vec<(String, &super::derive::Row)> = vec![
        ("clean".to_owned(), &rows.clean),
        (say::damage_word(picture).to_owned(), &rows.seen),
        (format!("pursuit, step {}", picture.step), &rows.pursuit),
    ];
    if let Some(rpc) = &rows.rpc {
        lines.push((format!("RPC-Attention, *n* = {}", picture.iterations), rpc));
    }
    let painter = ui.painter_at(rect.expand(2.0));
    let set = Set::regular(size::BODY, theme.ink);
    let names: Vec<name::Text> = lines
        .iter()
        .map(|(words, _)| name::line(&painter, theme, words, set))
        .collect();
    let widest = names.iter().map(|name| name.size().x).fold(0.0, f32::max);
    let plot = Rect::from_min_max(
        rect.min + vec2(widest + theme.px(10.0), 0.0),
        pos2(rect.right(), rect.bottom() - theme.px(20.0)),
    );
    let each = (plot.height() / lines.len() as f32).min(theme.px(24.0));
    let plot = Rect::from_min_size(plot.min, vec2(plot.width(), each * lines.len() as f32));
    for (i, name) in names.iter().enumerate() {
        let y = plot.top() + (i as f32 + 0.5) * each;
        put(
            &painter,
            Align2::RIGHT_CENTER,
            pos2(plot.left() - theme.px(8.0), y),
            name,
        );
    }
    let weight = |row: usize, column: usize| {
        let weight = lines.get(row).and_then(|(_, row)| row.weights.get(column)).copied();
        weight.filter(|weight| weight.is_finite()).unwrap_or(0.0)
    };
    let most = lines
        .iter()
        .flat_map(|(_, row)| &row.weights)
        .copied()
        .filter(|weight| weight.is_finite())
        .fold(0.0, f64::max);
    let columns = picture.truth().seen.nrows();
    let cells = heat::Cells {
        shape: [lines.len(), columns],
        entry: &weight,
        most: heat::end_of(most),
        scale: heat::Scale::HowMuch,
        revision: picture.revision,
    };
    let mut textures = parts.textures.borrow_mut();
    cells.paint(ui, &painter, theme, plot, &mut textures.row);
    let set = Set::regular(size::TICK, theme.ink2);
    let words = format!("a column for each key, darkest {}", text::percent(most));
    put(
        &painter,
        Align2::LEFT_TOP,
        plot.left_bottom() + vec2(0.0, theme.px(4.0)),
        &name::line(&painter, theme, &words, set),
    );
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
            moved_ui(ui, below, theme, picture);
        }
        _ => values_ui(ui, rect, theme, picture),
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
    let gap = theme.px(14.0);
    let split = 0.38 * rect.height();
    let steps = (0.27 * rect.height()).min(theme.px(150.0));
    let slot = |top: f32, bottom: f32| Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), bottom.max(top)));
    split_ui(ui, slot(rect.top(), rect.top() + split), stage, parts, out);
    let middle = slot(rect.top() + split + gap, rect.bottom() - steps - gap);
    let below = heading(ui.painter(), theme, middle, "How far the output moved", "");
    moved_ui(ui, below, theme, parts.picture);
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
