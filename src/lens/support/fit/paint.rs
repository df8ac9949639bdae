//! The linked views: the keys on the board, the sum at the query, the solver.

use egui::{Align2, Painter, Pos2, Rect, Shape, Ui, pos2, vec2};
use eigenlens_core::KktCase;

use super::derive::Picture;
use super::shapes;
use super::strip::Kind;
use super::{choices, show_sweep};
use crate::board::{View, glyphs, link_stroke};
use crate::command::Command;
use crate::lab::TokenRef;
use crate::lab::readout::text;
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::{Mode, Theme};
use crate::microscope::lanes::Hand;
use crate::microscope::scrubber::{self, Scrubber};
use crate::microscope::{heading, put, sum};

/// Terms of the sum that stand on their own; the others are one term.
const TERMS: usize = 4;
/// Up to so many keys the glyphs on the board say what kind they are.
const FEW: usize = 96;

/// The least height of a board on which something can be seen.
const LEAST_BOARD: f32 = 150.0;

/// Where the parts of the microscope are.
pub(super) struct Parts {
    /// The board with its title; none where there is no room for it, as in a small hall.
    board: Option<[Rect; 2]>,
    sum: Rect,
    kernel: Rect,
    solver: Rect,
}

impl Parts {
    /// The parts of a column, from top to bottom.
    pub(super) fn of(rect: Rect, theme: &Theme) -> Self {
        let px = |x: f32| theme.px(x);
        let slot =
            |top: f32, bottom: f32| Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), bottom.max(top)));
        // A hall sees a larger board instead of the numbers of the kernel.
        let hall = theme.mode == Mode::Projector;
        let kernel = if hall { 0.0 } else { px(28.0) };
        let solver = slot(rect.bottom() - px(76.0), rect.bottom());
        let kernel = slot(solver.top() - kernel - px(6.0), solver.top() - px(6.0));
        let heading = px(26.0);
        // Five terms and their sum; fewer in a hall.
        let sum = heading + px(if hall { 126.0 } else { 150.0 });
        let side = (kernel.top() - rect.top() - sum - heading - px(22.0)).min(rect.width());
        let board = (side >= px(LEAST_BOARD)).then(|| {
            let title = slot(rect.top(), rect.top() + heading);
            [title, slot(title.bottom(), title.bottom() + side)]
        });
        let below = board.map_or(rect.top(), |[_, board]| board.bottom() + px(18.0));
        Self {
            board,
            sum: slot(below, kernel.top() - px(4.0)),
            kernel,
            solver,
        }
    }

    /// Where the board is.
    pub(super) fn board(&self) -> Option<Rect> {
        self.board.map(|[_, board]| board)
    }
}

/// Links, and the circle along which the curve runs.
pub(super) fn under(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    if matches!(picture.strip.kind, Kind::Circle | Kind::Mean) {
        let turn = (0..=96).map(|i| view.screen_from_world(picture.strip.on_curve(3.75 * f64::from(i))));
        painter.add(Shape::line(turn.collect(), theme.hairline(theme.ink3)));
    }
    let positions = &picture.common.positions;
    let (Some(query), Some(reading)) = (positions.queries.get(picture.common.asking), &picture.reading) else {
        return;
    };
    let from = view.screen_from_world(*query);
    for (at, weight) in std::iter::zip(&positions.keys, &reading.weights) {
        // What is thinner than a hair of the screen is nothing to see.
        if *weight > 0.004 || reading.weights.len() <= 4 {
            painter.line_segment([from, view.screen_from_world(*at)], link_stroke(theme, *weight));
        }
    }
}

/// The kind of each key over its disc.
pub(super) fn over(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    if picture.value.len() > FEW {
        return;
    }
    let keys = std::iter::zip(
        &picture.common.positions.keys,
        std::iter::zip(&picture.cases, &picture.value),
    );
    for (key, (at, (case, value))) in keys.enumerate() {
        let outlier = stage.lab.scene.keys.get(key).is_some_and(|key| key.outlier);
        if !outlier {
            let at = view.screen_from_world(*at);
            shapes::glyph(
                painter,
                theme,
                at,
                shapes::Kind::Case(*case, *value),
                glyphs::KEY_RADIUS,
            );
        }
    }
}

/// Board, sum, solver.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let parts = Parts::of(rect, theme);
    if let Some([title, _]) = parts.board {
        heading(ui.painter(), theme, title, "The same keys on the board", "");
    }
    sum_ui(ui, parts.sum, stage, picture, out);
    if parts.kernel.is_positive() {
        kernel_ui(ui, parts.kernel, stage, picture, out);
    }
    solver_ui(ui, parts.solver, stage, picture, out);
}

/// A heading, shorter where there is little room. Returns what is left below it.
fn titled(ui: &Ui, theme: &Theme, rect: Rect, [long, short]: [&str; 2], aside: &str) -> Rect {
    let line = name::line(ui.painter(), theme, long, Set::strong(size::BODY, theme.ink));
    let title = if line.size().x <= rect.width() { long } else { short };
    heading(ui.painter(), theme, rect, title, aside)
}

/// Weight × value, summed.
pub(super) fn sum_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    out.places.push(("sum", rect));
    let below = titled(
        ui,
        theme,
        rect,
        ["Weight × value, summed to the curve", "Weight × value"],
        "",
    );
    let Some(reading) = &picture.reading else {
        let words = "The kernel of this degree is not defined at the query.";
        name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink2)).paint(ui.painter(), below.min);
        return;
    };
    let linked = match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    };
    let rows = ((below.height() - theme.px(40.0)) / theme.px(19.0)).clamp(2.0, 12.0) as usize;
    let own = rows.saturating_sub(1).max(TERMS.min(rows)).min(picture.order.len());
    let all_own = picture.order.len() <= rows;
    let own = if all_own {
        picture.order.len()
    } else {
        own.min(rows - 1)
    };
    // The heaviest, in reading order; the one that is pointed at has a row of its own.
    let mut shown: Vec<usize> = picture.order.iter().copied().take(own).collect();
    if let Some(key) = linked.filter(|key| !shown.contains(key) && *key < picture.value.len()) {
        shown.pop();
        shown.push(key);
    }
    shown.sort_unstable();
    let at = |numbers: &[f64], key: usize| numbers.get(key).copied().unwrap_or_default();
    let mut terms: Vec<sum::Term> = shown
        .iter()
        .map(|&key| sum::Term {
            key: Some(key),
            name: picture.common.keys.get(key).cloned().unwrap_or_default(),
            weight: at(&reading.weights, key),
            product: vec![at(&reading.products, key)],
        })
        .collect();
    if shown.len() < picture.value.len() {
        let rest = |numbers: &[f64]| -> f64 {
            let others = numbers.iter().enumerate().filter(|(key, _)| !shown.contains(key));
            others.map(|(_, number)| number).sum()
        };
        terms.push(sum::Term {
            key: None,
            name: "other".to_owned(),
            weight: rest(&reading.weights),
            product: vec![rest(&reading.products)],
        });
    }
    let sum = sum::Sum {
        terms: &terms,
        output: &[reading.value],
        linked,
        label: "*f*(*q*)",
        numbers: true,
    };
    if let Some(key) = sum::ui(ui, below, theme, &sum) {
        out.linked = Some(TokenRef::Key(key));
    }
}

/// The kernel of the query and one key, whole and cut off; and its degree.
pub(super) fn kernel_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let right = choices::degrees_ui(ui, rect, stage, out);
    let linked = match stage.linked {
        Some(TokenRef::Key(key)) if key < picture.value.len() => Some(key),
        _ => None,
    };
    let Some(key) = linked.or_else(|| picture.order.first().copied()) else {
        return;
    };
    let Some([_, whole, sum]) = picture.kernel_at(key, picture.degree) else {
        return;
    };
    let name = picture.common.keys.get(key).map(String::as_str).unwrap_or_default();
    let set = Set::regular(size::BODY, theme.ink);
    let whole = text::number(whole);
    let words = match picture.degree {
        Some(_) => format!("{} of {whole}", text::number(sum)),
        None => format!("exp(*q*·*k*/*τ*) = {whole}"),
    };
    let line = name::Text::default()
        .name(ui.painter(), theme, name, set)
        .words(ui.painter(), theme, ": ", set)
        .marked(ui.painter(), theme, &words, set);
    if rect.left() + line.size().x < right - theme.px(8.0) {
        put(
            ui.painter(),
            Align2::LEFT_CENTER,
            pos2(rect.left(), rect.center().y),
            &line,
        );
    }
}

/// The sweeps of the solver.
pub(super) fn solver_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let last = picture.solved.solution.last.progress.sweep;
    let aside = if picture.given {
        "values are given".to_owned()
    } else if picture.has_failed() && picture.step >= picture.steps() {
        "not converged".to_owned()
    } else if picture.step >= picture.steps() {
        format!("done, {}", sweeps(last))
    } else {
        format!("sweep {} of {}", picture.progress().sweep, text::count(last))
    };
    let mut below = titled(ui, theme, rect, ["Solver: coordinate ascent", "Solver"], &aside);
    if picture.given || picture.steps() == 0 {
        return;
    }
    below.min.y -= theme.px(2.0);
    out.places.push(("sweeps", below));
    let scrubber = Scrubber {
        at: picture.step,
        first: 1,
        last: picture.steps(),
        word: "Sweep",
        playing: stage.playing,
    };
    for hand in scrubber::ui(ui, below, theme, &scrubber) {
        out.push(match hand {
            Hand::To(step) => Command::Drag(show_sweep(step)),
            Hand::Release => Command::Drop,
            Hand::Play => Command::Play,
            Hand::Step(by) => Command::StepFilm(by),
        });
    }
    if !picture.solved.solution.is_whole() && rect.height() > theme.px(90.0) {
        let words = format!("The first {} are kept, and the last.", sweeps(picture.steps() - 1));
        let line = name::line(ui.painter(), theme, &words, Set::regular(size::TICK, theme.ink2));
        put(ui.painter(), Align2::LEFT_BOTTOM, rect.left_bottom(), &line);
    }
}

/// "1 sweep", "24 sweeps".
fn sweeps(n: usize) -> String {
    if n == 1 {
        "1 sweep".to_owned()
    } else {
        format!("{} sweeps", text::count(n))
    }
}

/// A card of a phone.
pub(super) fn card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    match stage.card {
        0 => sum_ui(ui, rect, stage, picture, out),
        // The board is painted by the app.
        1 => {}
        2 => {
            solver_ui(ui, rect, stage, picture, out);
            let top = rect.top() + theme.px(84.0);
            let row = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + theme.px(26.0)));
            if rect.contains_rect(row) {
                kernel_ui(ui, row, stage, picture, out);
            }
        }
        _ => kinds_ui(ui, rect, theme, picture),
    }
}

/// How many keys of each kind there are.
fn kinds_ui(ui: &Ui, rect: Rect, theme: &Theme, picture: &Picture) {
    let below = heading(ui.painter(), theme, rect, "What the keys do", "");
    let kinds = [
        (KktCase::Inside, "inside the tube, *v* = 0"),
        (KktCase::Edge, "on the edge"),
        (KktCase::Capped, "capped"),
    ];
    for (row, (case, words)) in kinds.into_iter().enumerate() {
        let y = below.top() + theme.px(16.0 + 30.0 * row as f32);
        let at: Pos2 = pos2(below.left() + theme.px(12.0), y);
        shapes::glyph(ui.painter(), theme, at, shapes::Kind::Case(case, 1.0), shapes::RADIUS);
        let line = name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink));
        put(ui.painter(), Align2::LEFT_CENTER, at + vec2(theme.px(20.0), 0.0), &line);
        let count = name::line(
            ui.painter(),
            theme,
            &picture.count(case).to_string(),
            Set::strong(size::WORD, theme.ink),
        );
        put(ui.painter(), Align2::RIGHT_CENTER, pos2(below.right(), y), &count);
    }
}

/// In a hall: the board, the sum, the solver.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    microscope_ui(ui, rect, stage, picture, out);
}
