//! What the view paints: discs and the arrow on the board, the bars inside the bound, sensitivities, what a small M costs.

use std::cell::{Cell, RefCell};

use egui::{Key, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use eigenlens_core::order_by;
use nalgebra::DVector;

use super::derive::Picture;
use super::{say, trade};
use crate::board::{Mark, View, glyphs};
use crate::command::{Command, Edit, EllipticalEdit};
use crate::lab::corruption::steps;
use crate::lab::elliptical::{GivenMetric, MetricSource};
use crate::lab::readout::text;
use crate::lens::{Out, Stage};
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::microscope::bounded::{self, Row};
use crate::microscope::heading;
use crate::microscope::moved::{self, Bar, Look};
use crate::microscope::tradeoff::{self, Curve, Hand, Spot, Tradeoff};

/// Up to how many keys have a ring of their own.
const FEW: usize = 200;
/// What weight 1 is as a disc, as a share of the board's side.
const WHOLE: f64 = 0.16;
/// An arrow key moves the push by this.
const NUDGE: f64 = 0.05;

/// M as it was when its size was taken, and the logarithm of its size that a point of the screen is.
pub(super) type Taken = RefCell<Option<(DVector<f64>, f64)>>;

/// The radius of the disc of weight 1 as a share of the board's shorter side.
pub(super) fn whole_disc(picture: &Picture) -> f64 {
    let n = picture.common.keys.len() as f64;
    let most = picture
        .chosen()
        .weights
        .iter()
        .flatten()
        .fold(1e-12, |most: f64, w| most.max(*w));
    (WHOLE * (n / 12.0).max(1.0).powf(0.25)).min(0.17 / most.sqrt())
}

/// Under each key a warm disc, its area the weight, and a dashed ring of the weight after the push.
pub(super) fn discs(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let side = view.rect().width().min(view.rect().height());
    let whole = side * whole_disc(picture) as f32;
    let radius = |weight: f64| whole * weight.max(0.0).sqrt() as f32;
    let [before, after] = &picture.chosen().weights;
    let places = || {
        picture
            .common
            .positions
            .keys
            .iter()
            .map(|at| view.screen_from_world(*at))
    };
    for (at, weight) in std::iter::zip(places(), before) {
        painter.circle_filled(at, radius(*weight), theme.weight_disc());
    }
    let stroke = Stroke::new(theme.strokes.thin, theme.bad);
    for (at, weight) in std::iter::zip(places(), after).take(FEW) {
        if radius(*weight) > theme.px(glyphs::KEY_RADIUS) {
            glyphs::dashed_circle(painter, at, radius(*weight), stroke, theme.px(4.0));
        }
    }
}

/// What names stay off: the head of the arrow, and the outputs.
pub(super) fn marks(picture: &Picture) -> Vec<Mark> {
    let mark = |at: [f64; 2], words: &'static str, symbol: &'static str| Mark {
        at,
        radius: glyphs::OUTPUT_RADIUS + 2.0,
        words,
        symbol,
    };
    let outputs = outputs(picture);
    let middle = [0, 1].map(|axis| 0.5 * (picture.from[axis] + picture.to[axis]));
    let along = [middle, picture.to].map(|at| mark(at, "", ""));
    let pushed = along.into_iter().filter(|_| picture.length > 0.0);
    let [before, after] = [
        outputs.map(|[at, _]| mark(at, "output ", "h")),
        outputs.map(|[_, at]| mark(at, "", "")),
    ];
    pushed.chain(before).chain(after).collect()
}

/// Both outputs of the chosen M, where values are points of the board.
fn outputs(picture: &Picture) -> Option<[[f64; 2]; 2]> {
    let point = |output: &Vec<f64>| match output.as_slice() {
        [x, y] => Some([x / picture.common.scale, y / picture.common.scale]),
        _ => None,
    };
    let [before, after] = &picture.chosen().outputs;
    picture.on_board.then_some([point(before)?, point(after)?])
}

/// The outputs before and after.
pub(super) fn over(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    if let Some([before, after]) = outputs(picture) {
        let [before, after] = [before, after].map(|at| view.screen_from_world(at));
        glyphs::output(painter, theme, before);
        glyphs::other_output(painter, theme, after, false);
    }
}

/// The arrow of the push, over the query. A head too near to the query to be taken has a handle farther out.
fn arrow(painter: &Painter, stage: &Stage<'_>, [from, to, handle]: [Pos2; 3]) {
    let theme = stage.theme;
    if to.distance(handle) > 1.0 {
        let line = Shape::dashed_line(
            &[to, handle],
            Stroke::new(theme.strokes.thin, theme.bad),
            theme.px(3.0),
            theme.px(3.0),
        );
        painter.extend(line);
        let ring = Stroke::new(theme.strokes.thin, theme.bad);
        painter.circle(handle, theme.px(5.0), theme.canvas, ring);
    }
    let way = to - from;
    if way.length() < 2.0 {
        painter.circle_filled(to, theme.px(4.0), theme.bad);
        return;
    }
    let unit = way.normalized();
    let side = Vec2::new(-unit.y, unit.x);
    let length = theme.px(12.0).min(0.8 * way.length());
    let base = to - length * unit;
    for stroke in [
        Stroke::new(theme.strokes.object + theme.px(3.0), theme.halo),
        Stroke::new(theme.strokes.object, theme.bad),
    ] {
        painter.line_segment([from, base], stroke);
    }
    let wing = |turn: f32| base + turn * 0.5 * length * side;
    let head = vec![to, wing(1.0), wing(-1.0)];
    painter.add(Shape::convex_polygon(
        head,
        theme.bad,
        Stroke::new(theme.px(1.0), theme.halo),
    ));
}

fn push(to: [f64; 2]) -> Edit {
    Edit::Elliptical(EllipticalEdit::Push(to.map(steps)))
}

/// The head of the arrow as a handle. `grip` is from the pointer to the head while it is held.
pub(super) fn handle_ui(
    ui: &Ui,
    view: &View,
    stage: &Stage<'_>,
    picture: &Picture,
    grip: &Cell<Option<Vec2>>,
    out: &mut Out,
) {
    let theme = stage.theme;
    let (from, to) = (view.screen_from_world(picture.from), view.screen_from_world(picture.to));
    // The query is taken at its own place.
    let away = theme.px(36.0);
    let at = if from.distance(to) < away {
        let way = to - from;
        let unit = if way.length() > 1.0 {
            way.normalized()
        } else {
            vec2(0.0, -1.0)
        };
        from + away * unit
    } else {
        to
    };
    arrow(&ui.painter_at(view.rect()), stage, [from, to, at]);
    let rect = Rect::from_center_size(at, Vec2::splat(theme.px(44.0)));
    let response = ui.interact(rect, ui.scope_id().with("push"), Sense::click_and_drag());
    out.places.push(("handle push", rect));
    response.tell(&|| WidgetInfo::labeled(egui::Role::Button, true, say::spoken_push(picture)));
    if response.drag_started() {
        let press = ui.input(|input| input.pointer.press_origin()).unwrap_or(at);
        grip.set(Some(to - press));
    }
    let pulled = |place: Pos2| {
        let [x, y] = view.world_from_screen(place);
        [x - picture.from[0], y - picture.from[1]].map(|x| picture.common.scale * x)
    };
    if let Some(offset) = grip.get()
        && let Some(pointer) = ui.input(|input| input.pointer.latest_pos())
    {
        let head = view.rect().shrink(2.0).clamp(pointer + offset);
        out.push(Command::Drag(push(pulled(head))));
        if !response.dragged() {
            grip.set(None);
            out.push(Command::Drop);
        }
    }
    if response.hovered() && !response.dragged() {
        glyphs::hover_disc(ui.painter(), theme, at);
    }
    if response.has_focus() {
        ui.painter().circle_stroke(at, theme.px(14.0), theme.focus_stroke());
        widgets::keep_arrows(ui, &response);
        let by = ui.input(|input| {
            let pressed = |key| input.num_presses(key) as f64;
            let size = if input.modifiers.shift { 5.0 * NUDGE } else { NUDGE };
            [
                size * (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)),
                size * (pressed(Key::ArrowUp) - pressed(Key::ArrowDown)),
            ]
        });
        if by != [0.0; 2] {
            out.push(Command::Edit(push([picture.push[0] + by[0], picture.push[1] + by[1]])));
        }
    }
}

/// The shift inside the bound, one bar for each M.
pub(super) fn bars_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let below = heading(
        ui.painter(),
        theme,
        rect,
        "How far the output moves",
        "outline: what the bound allows",
    );
    let row = |(at, (name, side)): (usize, (String, &super::derive::Side))| Row {
        name,
        value: side.shift,
        bound: side.allowed(picture.length),
        aside: match side.share(picture.length) {
            Some(_) => format!(
                "{} of {}: {}",
                say::digits(side.shift),
                say::bound(side.allowed(picture.length)),
                say::share(side, picture.length)
            ),
            None => String::new(),
        },
        strong: at == 1,
    };
    let rows: Vec<Row> = std::iter::zip(say::names(picture), &picture.sides)
        .enumerate()
        .map(row)
        .collect();
    // Where M is I there is one bar.
    let rows = if picture.chosen().multiple() == Some(1.0) {
        rows.get(1..)
    } else {
        rows.get(..)
    };
    bounded::ui(ui, below, theme, rows.unwrap_or_default(), &say::spoken_bars(picture));
}

/// How steeply the output answers a push along each axis.
pub(super) fn sensitivity_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let below = heading(
        ui.painter(),
        theme,
        rect,
        "Output moved by a small push",
        "per unit, along an axis",
    );
    let [round, chosen] = &picture.sides;
    let of_identity = chosen.multiple() == Some(1.0);
    let each = if of_identity { 1 } else { 2 };
    let fits = ((below.height() / theme.px(20.0)) as usize / each).max(1);
    let mut axes: Vec<usize> = (0..chosen.m.len()).collect();
    if axes.len() > fits {
        let steep = |axis: usize| round.sensitivity.get(axis).copied().unwrap_or_default();
        axes = order_by(axes.len(), &|a, b| steep(b).total_cmp(&steep(a)));
        axes.truncate(fits);
    }
    let mut bars = Vec::new();
    for axis in axes {
        let name = text::subscripted("q", axis + 1);
        let bar = |side: &super::derive::Side, name: String, look: Look| {
            let value = side.sensitivity.get(axis).copied().unwrap_or_default();
            Bar {
                name,
                value,
                text: say::digits(value),
                look,
            }
        };
        if !of_identity {
            bars.push(bar(round, format!("*{name}*, *M* = *I*"), Look::Quiet));
        }
        let m = text::coordinate(chosen.m.get(axis).copied().unwrap_or_default());
        bars.push(bar(chosen, format!("*{name}*, *m* = {m}"), Look::Strong));
    }
    let spoken: Vec<String> = bars
        .iter()
        .map(|bar| format!("{} {}", bar.name.replace('*', ""), bar.text))
        .collect();
    moved::ui(
        ui,
        below,
        theme,
        &bars,
        &format!("Sensitivity: {}", text::spoken(&spoken.join(", "))),
    );
}

/// What a smaller M buys and costs; its dial makes M smaller.
pub(super) fn trade_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, taken: &Taken, out: &mut Out) {
    let theme = stage.theme;
    let title = if rect.width() < theme.px(280.0) {
        "Bought with collapse"
    } else {
        "A small bound is bought with collapse"
    };
    let below = heading(ui.painter(), theme, rect, title, "cosine of the outputs");
    let Some(curves) = &picture.curves else { return };
    let chosen = picture.chosen();
    let curve = |name: &str, alike: &[Option<f64>], bound: f64, dashed: bool| Curve {
        name: name.to_owned(),
        points: std::iter::zip(trade::factors().map(|c| c * bound), alike.iter().copied()).collect(),
        dashed,
    };
    let mut all = vec![curve(
        "*M* = *c*\u{a0}*I*",
        &curves.round,
        picture.sides[0].bound,
        false,
    )];
    let largest = chosen.m.amax();
    if !curves.shaped.is_empty() && largest > 0.0 {
        all.push(curve(
            "*M* = *c*\u{a0}diag(*m*)",
            &curves.shaped,
            chosen.bound / largest,
            true,
        ));
    }
    let mut spots = Vec::new();
    let at_one = curves.round.last().copied().flatten();
    if let Some(alike) = at_one.filter(|_| chosen.multiple() != Some(1.0)) {
        spots.push(Spot {
            name: "*c* = 1".to_owned(),
            at: (picture.sides[0].bound, alike),
        });
    }
    let shaped = chosen.multiple().is_none();
    if let Some((bound, Some(alike))) = picture.mean.filter(|_| shaped) {
        spots.push(Spot {
            name: "mean-scaled".to_owned(),
            at: (bound, alike),
        });
    }
    let dim = picture.common.head.dim();
    let shown = Tradeoff {
        curves: &all,
        spots: &spots,
        now: (chosen.bound, picture.cosine),
        enabled: dim <= GivenMetric::ENTRIES,
        titles: ["bound of Proposition 1 per unit of push", "token cosine"],
        spoken: format!(
            "Size of M: bound {}, cosine {}",
            text::spoken(&say::bound(chosen.bound)),
            picture
                .cosine
                .map_or_else(|| "not defined".to_owned(), |c| text::spoken(&text::coordinate(c)))
        ),
        value: chosen.m.mean(),
    };
    let (grab, hand) = tradeoff::ui(ui, below, theme, &shown);
    out.places.push(("handle size of m", grab));
    match hand {
        Some(Hand::Take(rate)) => {
            taken.replace(Some((chosen.m.clone(), rate)));
        }
        Some(Hand::Points(points)) => {
            if let Some((m, rate)) = &*taken.borrow() {
                out.push(Command::Drag(given(&(m * (rate * f64::from(points)).exp()))));
            }
        }
        Some(Hand::Times(ratio)) => out.push(Command::Edit(given(&(&chosen.m * ratio)))),
        Some(Hand::Release) => {
            taken.replace(None);
            out.push(Command::Drop);
        }
        None => {}
    }
}

/// The edit that gives M, no entry below a thousandth.
fn given(m: &DVector<f64>) -> Edit {
    let entry = |metric: GivenMetric, (i, m): (usize, &f64)| metric.with(i, m.clamp(0.001, 10.0));
    let metric = m.iter().enumerate().fold(GivenMetric::default(), entry);
    Edit::Elliptical(EllipticalEdit::Given(Some(metric)))
}

/// The bars, the sensitivities, and below what a small M costs.
pub(super) fn microscope_ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    picture: &Picture,
    taken: &Taken,
    out: &mut Out,
) {
    let theme = stage.theme;
    let one = picture.chosen().multiple() == Some(1.0);
    let gap = theme.px(16.0);
    let lower = (0.4 * rect.height()).min(theme.px(330.0));
    let upper = rect.height() - lower - 2.0 * gap;
    let bars = theme.px(if one { 124.0 } else { 196.0 }).min(0.62 * upper);
    let part = |top: f32, height: f32| Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height));
    bars_ui(ui, part(rect.top(), bars), stage, picture);
    sensitivity_ui(ui, part(rect.top() + bars + gap, upper - bars), stage, picture);
    trade_ui(ui, part(rect.bottom() - lower, lower), stage, picture, taken, out);
}

/// The bars and the trade, large.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, taken: &Taken, out: &mut Out) {
    let theme = stage.theme;
    let (above, below) = rect.split_top_bottom_at_fraction(0.48);
    bars_ui(ui, above, stage, picture);
    let below = Rect::from_min_max(pos2(below.left(), below.top() + theme.px(12.0)), below.max);
    trade_ui(ui, below, stage, picture, taken, out);
}

/// Where M comes from, and m₂ of a plane.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, out: &mut Out) {
    let theme = stage.theme;
    let choices = &stage.lab.choices.elliptical;
    let sources = [MetricSource::Given, MetricSource::Estimated];
    let chosen = sources.iter().position(|source| *source == choices.metric);
    if ui.available_width() > theme.px(190.0) {
        widgets::words(ui, theme, "*M*");
        if let Some(source) =
            widgets::segments(ui, theme, "M", &["given", "estimated"], chosen).and_then(|i| sources.get(i))
        {
            out.push(Command::Edit(Edit::Elliptical(EllipticalEdit::Metric(*source))));
        }
    }
    let Some(picture) = picture else { return };
    let m = &picture.chosen().m;
    if let [first, second] = m.as_slice()
        && ui.available_width() > theme.px(130.0)
    {
        // From 0.01 to 10, on a logarithmic scale.
        let position = (second.max(0.01).log10() + 2.0) / 3.0;
        let (moved, over) = widgets::slider(ui, theme, "*m*₂", &text::coordinate(*second), position, 0.0..=1.0);
        if let Some(position) = moved {
            let value = 10_f64.powf(3.0 * position - 2.0);
            let rounded = if value < 0.1 {
                (value * 1000.0).round() / 1000.0
            } else {
                (value * 100.0).round() / 100.0
            };
            out.push(Command::Drag(given(&DVector::from_vec(vec![*first, rounded]))));
        }
        if over {
            out.push(Command::Drop);
        }
    }
}
