//! The board and the linked views of the estimator: values of two layers with heads that are dragged, the bars of m, weights,
//! causal rows.

use std::cell::{Cell, RefCell};

use egui::{Align, Layout, Painter, Rect, Shape, Stroke, Ui, UiBuilder, pos2, vec2};
use eigenlens_core::{MetricScaling, descending};

use super::super::ellipse::origin;
use super::derive::{self, Causal, Picture};
use super::heads::{self, Heads};
use super::say;
use crate::board::{Extent, View};
use crate::command::{Command, Edit, EllipticalEdit};
use crate::lab::elliptical::LayerValues;
use crate::lab::readout::text;
use crate::lab::{GridPoint, Lab, Library, Scene, Source, Thousandths, TokenRef};
use crate::lens::{Out, Stage, all_heads};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::microscope::arrows::{self, Arrows, Hand, Head};
use crate::microscope::heading;
use crate::microscope::heat::Texture;
use crate::microscope::levers::{self, Lever, Levers};
use crate::microscope::matrix::{self, Matrix};
use crate::microscope::pairs::{self, Pairs};

/// The dial of δ reaches from one to the other, on a logarithmic scale.
const DELTAS: [f64; 2] = [0.01, 10.0];

/// The most that the circle of M = I takes of the board's shorter side, where the radius was not chosen.
const ROUND: f64 = 0.1;

/// No half axis makes the board more than this many times as wide as the tokens do.
const MOST_REACH: f64 = 1.5;

/// What is kept between frames.
#[derive(Default)]
pub(super) struct Kept {
    /// Half of the plane of the values, and a full bar: held while something is dragged.
    half: Cell<[f64; 2]>,
    full: Cell<f64>,
    texture: RefCell<Texture>,
}

/// What the panels need.
pub(super) struct Parts<'a> {
    pub(super) picture: &'a Picture,
    pub(super) kept: &'a Kept,
    /// The mean of m² in every head, where their map is open.
    pub(super) heads: Option<Vec<Option<f64>>>,
    pub(super) revision: u64,
}

fn elliptical(edit: EllipticalEdit) -> Command {
    Command::Edit(Edit::Elliptical(edit))
}

fn slot(rect: Rect, top: f32, height: f32) -> Rect {
    Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height.max(0.0)))
}

/// The radius that is drawn, on a board whose shorter side is twice `half`.
fn drawn_radius(picture: &Picture, half: f64) -> f64 {
    if picture.own_radius {
        picture.radius
    } else {
        picture.radius.min(2.0 * ROUND * half * picture.common.scale)
    }
}

/// What a board that stands still must have room for: the ends of the axes of the ellipse.
pub(super) fn reach(lab: &Lab, library: &Library) -> Vec<[f64; 2]> {
    let untouched = Scene::of(lab.scene.source.clone(), lab.scene.head);
    let lab = Lab {
        scene: untouched,
        ..lab.clone()
    };
    let Ok(picture) = derive::picture(&lab, library) else {
        return Vec::new();
    };
    let positions = &picture.common.positions;
    let Some(at) = positions.queries.get(picture.common.asking).copied() else {
        return Vec::new();
    };
    let tokens = [positions.keys.as_slice(), &positions.queries].concat();
    let shorter = |extent: Extent| extent.half[0].min(extent.half[1]);
    let most = MOST_REACH * shorter(Extent::around(&tokens));
    let ends = |half: f64| -> Vec<[f64; 2]> {
        let section = &picture.sections[0];
        let axes = std::iter::zip(section.axes(), section.half_axes(drawn_radius(&picture, half)));
        axes.flat_map(|((way, _), axis)| [-1.0, 1.0].map(|side| [0, 1].map(|i| at[i] + side * axis.min(most) * way[i])))
            .collect()
    };
    // The ellipse grows with the board that grows for it: a few steps come near enough, within the margin.
    (0..4).fold(Vec::new(), |found, _| {
        let extent = Extent::around(&[tokens.clone(), found].concat());
        ends(shorter(extent))
    })
}

/// The shape of the estimated M, and in dashes that of M = I: the neighbourhood, or a smaller one where the board has no room.
pub(super) fn paint_under(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let Some(at) = picture.common.positions.queries.get(picture.common.asking).copied() else {
        return;
    };
    let [section, circle] = &picture.sections;
    let half = view.extent().half;
    let radius = drawn_radius(picture, half[0].min(half[1]));
    let dashed = Stroke::new(theme.px(2.0), theme.ink);
    for points in circle.outline(view, at, radius) {
        painter.extend(Shape::dashed_line(&points, dashed, theme.px(6.0), theme.px(4.0)));
    }
    for points in section.outline(view, at, radius) {
        painter.add(Shape::line(points, Stroke::new(theme.strokes.object, theme.query)));
    }
}

/// Values above, bars of m in the middle, causal rows below.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let gap = theme.px(if rect.height() < theme.px(600.0) { 10.0 } else { 18.0 });
    let metric = theme.px(30.0 + levers::height(parts.picture.dim()) + 26.0);
    let on = parts.picture.causal.is_some();
    let rest = rect.height() - metric - 2.0 * gap;
    let causal = if on {
        (0.48 * rest).min(theme.px(280.0))
    } else {
        theme.px(48.0)
    };
    let above = slot(rect, rect.top(), rest - causal);
    if parts.heads.is_some() {
        heads_ui(ui, above, stage, parts, out);
    } else {
        values_ui(ui, above, stage, parts, out);
    }
    let top = rect.top() + rest - causal + gap;
    metric_ui(ui, slot(rect, top, metric), stage, parts, out);
    causal_ui(ui, slot(rect, rect.bottom() - causal, causal), stage, parts, out);
}

/// The mean of m² in every head of a text; a press opens a head.
fn heads_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let Some(squares) = &parts.heads else {
        let why = "The map of all heads reads the values of the text.";
        let set = Set::regular(size::BODY, stage.theme.ink2);
        return name::line(ui.painter(), stage.theme, why, set).paint(ui.painter(), rect.min);
    };
    let title = "Mean of *m*², in every head";
    let aside = heads::mean(squares).map_or_else(String::new, |(mean, heads)| {
        format!("{} over {heads}", text::number(mean))
    });
    let below = heading(ui.painter(), stage.theme, rect, title, &aside);
    let map = all_heads::Map {
        weights: squares,
        ends: [0.0, squares.iter().flatten().copied().fold(1.0, f64::max)],
        words: text::number,
        marks: &[],
        also: &[],
        spoken: format!("Mean of m squared in every head: {aside}"),
    };
    all_heads::ui(ui, below, stage, map, out);
}

/// The values of two layers in their own plane.
pub(super) fn values_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let (picture, theme) = (parts.picture, stage.theme);
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), theme.px(36.0)));
    let title = name::line(
        ui.painter(),
        theme,
        "Values of two layers",
        Set::strong(size::BODY, theme.ink),
    );
    let names = LayerValues::ALL.map(LayerValues::key);
    let chosen = stage.lab.choices.elliptical.values;
    let chosen = LayerValues::ALL.iter().position(|values| *values == chosen);
    // The switch says what the title says: where there is no room for both it stands alone.
    let flow = if line.width() > title.size().x + theme.px(250.0) {
        title.paint(ui.painter(), pos2(line.left(), line.center().y - 0.5 * title.size().y));
        Layout::right_to_left(Align::Center)
    } else {
        Layout::left_to_right(Align::Center)
    };
    let mut head = ui.new_child(UiBuilder::new().id_salt("values").max_rect(line).layout(flow));
    let pressed = widgets::segments(&mut head, theme, "Values", &names, chosen);
    if let Some(values) = pressed.and_then(|i| LayerValues::ALL.get(i)) {
        out.push(elliptical(EllipticalEdit::Values(*values)));
    }
    let foot = theme.px(22.0);
    let plane = Rect::from_min_max(
        line.left_bottom() + vec2(0.0, theme.px(6.0)),
        rect.max - vec2(0.0, foot),
    );
    let n = picture.layers.present.nrows();
    let of = |values: &nalgebra::DMatrix<f64>| -> Vec<[f64; 2]> { (0..n).map(|i| Picture::place(values, i)).collect() };
    let (previous, present) = (of(&picture.layers.previous), of(&picture.layers.present));
    if !stage.in_gesture || parts.kept.half.get()[0] <= 0.0 {
        parts
            .kept
            .half
            .set(arrows::half(previous.iter().chain(&present).copied()));
    }
    let shown = Arrows {
        previous: &previous,
        present: &present,
        names: &picture.common.keys,
        half: parts.kept.half.get(),
        axes: ["coordinate 1", "coordinate 2"],
        free: !picture.is_function(),
        linked: match stage.linked {
            Some(TokenRef::Key(key)) => Some(key),
            _ => None,
        },
    };
    out.places.push(("values", plane));
    let mut grabs = Vec::new();
    for hand in arrows::ui(ui, plane, theme, &shown, &mut grabs) {
        match hand {
            Hand::To(head, to) => {
                let to = GridPoint::from_world(to.map(|x| x / picture.value_scale));
                out.push(Command::Drag(match head {
                    Head::Present(key) => Edit::Value(key, to),
                    Head::Previous(key) => Edit::Previous(key, to),
                }));
            }
            Hand::Release => out.push(Command::Drop),
            Hand::Over(key) => out.linked = Some(TokenRef::Key(key)),
        }
    }
    if !picture.is_function() {
        out.places
            .extend(grabs.into_iter().map(|(head, rect)| (place_name(head), rect)).take(16));
    }
    let forms = if !picture.is_function() && picture.dim() > 2 {
        vec![
            "the first two coordinates; the rest are not shown".to_owned(),
            "the first two coordinates".to_owned(),
        ]
    } else {
        vec![origin(picture.layers.origin, &stage.lab.scene)]
    };
    let mut lines = forms
        .iter()
        .map(|words| name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink2)));
    let Some(line) = lines.find(|line| line.size().x <= rect.width()) else {
        return;
    };
    line.paint(&ui.painter_at(rect), rect.left_bottom() - vec2(0.0, line.size().y));
}

/// A name by which a touch, a script and a test find a head.
fn place_name(head: Head) -> &'static str {
    const PRESENT: [&str; 9] = [
        "handle value 1",
        "handle value 2",
        "handle value 3",
        "handle value 4",
        "handle value 5",
        "handle value 6",
        "handle value 7",
        "handle value 8",
        "handle value",
    ];
    const PREVIOUS: [&str; 9] = [
        "handle before 1",
        "handle before 2",
        "handle before 3",
        "handle before 4",
        "handle before 5",
        "handle before 6",
        "handle before 7",
        "handle before 8",
        "handle before",
    ];
    match head {
        Head::Present(token) => PRESENT[token.min(8)],
        Head::Previous(token) => PREVIOUS[token.min(8)],
    }
}

/// The bars of m with what they should be.
pub(super) fn metric_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let (picture, theme) = (parts.picture, stage.theme);
    let aside = match picture.scaling {
        MetricScaling::Max => "mean jump, largest 1",
        MetricScaling::Mean => "mean jump, mean 1",
        MetricScaling::None => "mean jump / *δ*",
    };
    let rest = heading(ui.painter(), theme, rect, "Metric *M* = diag(*m*)", aside);
    let bars = Rect::from_min_max(rest.min, rest.max - vec2(0.0, theme.px(24.0)));
    let shown: Vec<Lever> = picture
        .m
        .iter()
        .enumerate()
        .map(|(i, m)| Lever {
            name: format!("*{}*", text::subscripted("m", i + 1)),
            spoken: format!("Bar of m {}", i + 1),
            value: *m,
            text: text::number(*m),
            tick: picture.true_m.as_ref().and_then(|m| m.get(i)).copied(),
        })
        .collect();
    if !stage.in_gesture || parts.kept.full.get() <= 0.0 {
        let ticks = shown.iter().filter_map(|lever| lever.tick);
        parts
            .kept
            .full
            .set(levers::full(picture.m.iter().copied().chain(ticks)));
    }
    out.places.push(("metric", bars));
    let bars_shown = Levers {
        levers: &shown,
        most: parts.kept.full.get(),
        fixed: true,
    };
    levers::ui(ui, bars, theme, &bars_shown);
    let forms: &[&str] = if picture.true_m.is_some() {
        &[
            "tick: mean slope |*f*′| there, what it should be",
            "tick: what it should be",
        ]
    } else {
        &[
            "value coordinate *i* sets the metric of key coordinate *i*",
            "value *i* sets key coordinate *i*",
        ]
    };
    let mut lines = forms
        .iter()
        .map(|words| name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink2)));
    if let Some(line) = lines.find(|line| line.size().x <= rect.width()) {
        line.paint(&ui.painter_at(rect), rect.left_bottom() - vec2(0.0, line.size().y));
    }
}

/// The switch of causal rows, and the rows.
pub(super) fn causal_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let (picture, theme) = (parts.picture, stage.theme);
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), theme.px(44.0)));
    let flow = Layout::left_to_right(Align::Center);
    let mut head = ui.new_child(UiBuilder::new().id_salt("causal").max_rect(line).layout(flow));
    if let Some(words) = say::no_rows(picture) {
        widgets::words(&mut head, theme, &words);
        return;
    }
    let on = stage.lab.choices.elliptical.causal;
    if widgets::switch(&mut head, theme, "Causal", on) {
        out.push(elliptical(EllipticalEdit::Causal(!on)));
    }
    if Heads::may_open(stage.lab) {
        let open = parts.heads.is_some();
        if widgets::switch(&mut head, theme, "All heads", open) {
            out.push(Command::Edit(Edit::AllHeads(!open)));
        }
    }
    let Some(causal) = &picture.causal else {
        if Heads::may_open(stage.lab) {
            return;
        }
        widgets::words(&mut head, theme, "each row sees the tokens before it");
        return;
    };
    let rest = Rect::from_min_max(line.left_bottom() + vec2(0.0, theme.px(2.0)), rect.max);
    rows_ui(ui, rest, stage, parts, causal, out);
}

/// Causal attention, and how far each row moves by what it cannot see.
fn rows_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, causal: &Causal, out: &mut Out) {
    let (picture, theme) = (parts.picture, stage.theme);
    let n = causal.leaks.len();
    let side = (rect.height()).min(0.56 * rect.width());
    let map = Rect::from_min_size(rect.min, vec2(side, rect.height()));
    let shown = Matrix {
        rows: n,
        columns: n,
        entry: &|row, column| causal.rows.get((row, column)).copied().unwrap_or_default(),
        most: causal.rows.max(),
        row_names: &picture.common.queries,
        column_names: &picture.common.keys,
        asking: Some(picture.common.asking),
        answering: match stage.linked {
            Some(TokenRef::Key(key)) => Some(key),
            _ => None,
        },
        spoken: format!("Causal attention, {n} rows"),
        revision: parts.revision,
    };
    let hit = matrix::ui(ui, map, theme, &shown, &mut parts.kept.texture.borrow_mut());
    if let Some((row, column)) = hit.cell {
        out.linked = Some(TokenRef::Key(column));
        if hit.clicked {
            out.push(Command::Edit(Edit::Ask(row)));
        }
    }
    let right = Rect::from_min_max(pos2(map.right() + theme.px(16.0), rect.top()), rect.max);
    if right.width() < theme.px(90.0) {
        return;
    }
    let painter = ui.painter_at(right);
    let set = Set::regular(size::BODY, theme.ink);
    let title = name::line(
        &painter,
        theme,
        "moved by the future",
        Set::strong(size::BODY, theme.ink),
    );
    title.paint(&painter, right.min);
    let worst = descending(&causal.leaks);
    let fits = (((right.height() - theme.px(28.0)) / theme.px(22.0)) as usize).max(1);
    let mut rows: Vec<usize> = worst.into_iter().take(fits).collect();
    rows.sort_unstable();
    for (place, row) in rows.into_iter().enumerate() {
        let y = right.top() + theme.px(26.0) + place as f32 * theme.px(22.0);
        let words = name::line(&painter, theme, &format!("row {}", row + 1), set);
        words.paint(&painter, pos2(right.left(), y));
        let number = name::line(
            &painter,
            theme,
            &text::number(causal.leaks[row]),
            Set::strong(size::BODY, theme.ink),
        );
        number.paint(&painter, pos2(right.right() - number.size().x, y));
    }
}

/// Weight of each key with the estimated M, as the layer uses it, and with M = I.
pub(super) fn chart_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let (picture, theme) = (parts.picture, stage.theme);
    let rect = Rect::from_min_max(rect.min + vec2(0.0, theme.px(12.0)), rect.max);
    if rect.height() < theme.px(60.0) {
        return;
    }
    let title = "Weight of each key, dot product as used";
    let rest = pairs::heading(ui.painter(), theme, rect, title, ["with *M*", "*M* = *I*"]);
    let shown = Pairs {
        names: &picture.common.keys,
        filled: &picture.row.weights,
        outlined: &picture.plain.weights,
        order: &picture.order,
        notes: &[],
        linked: match stage.linked {
            Some(TokenRef::Key(key)) => Some(key),
            _ => None,
        },
        spoken: format!(
            "{} weighs {} keys with M and with M = I",
            picture.common.asker(),
            picture.order.len()
        ),
    };
    if let Some(key) = pairs::upright_ui(ui, rest, theme, &shown) {
        out.linked = Some(TokenRef::Key(key));
    }
}

/// A card of a phone.
pub(super) fn card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    match stage.card {
        0 => values_ui(ui, rect, stage, parts, out),
        1 => {
            let theme = stage.theme;
            let tall = rect.height() > theme.px(200.0);
            let strip = if tall { theme.px(50.0) } else { 0.0 };
            metric_ui(ui, slot(rect, rect.top(), rect.height() - strip), stage, parts, out);
            if tall {
                let row = slot(rect, rect.bottom() - strip + theme.px(4.0), theme.px(46.0));
                let flow = Layout::left_to_right(Align::Center);
                let mut child = ui.new_child(UiBuilder::new().id_salt("strip").max_rect(row).layout(flow));
                choices_ui(&mut child, stage, parts.picture, out);
            }
        }
        2 => chart_ui(ui, rect, stage, parts, out),
        4 if matches!(stage.lab.scene.source, Source::Text(_)) => heads_ui(ui, rect, stage, parts, out),
        _ => causal_ui(ui, rect, stage, parts, out),
    }
}

/// In a hall: values and bars, and the causal rows where they are on.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let gap = theme.px(12.0);
    let metric = theme.px(30.0 + levers::height(parts.picture.dim()) + 26.0);
    let causal = if parts.picture.causal.is_some() {
        0.42 * rect.height()
    } else {
        0.0
    };
    let values = rect.height() - metric - causal - 2.0 * gap;
    let above = slot(rect, rect.top(), values);
    if parts.heads.is_some() {
        heads_ui(ui, above, stage, parts, out);
    } else {
        values_ui(ui, above, stage, parts, out);
    }
    metric_ui(ui, slot(rect, rect.top() + values + gap, metric), stage, parts, out);
    if causal > 0.0 {
        causal_ui(ui, slot(rect, rect.bottom() - causal, causal), stage, parts, out);
    }
}

/// Scaling and δ.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let names = MetricScaling::ALL.map(MetricScaling::name);
    let chosen = MetricScaling::ALL
        .iter()
        .position(|scaling| *scaling == picture.scaling);
    if ui.available_width() > theme.px(190.0)
        && let Some(scaling) =
            widgets::segments(ui, theme, "Scaling", &names, chosen).and_then(|i| MetricScaling::ALL.get(i))
    {
        out.push(elliptical(EllipticalEdit::Scaling(*scaling)));
    }
    if ui.available_width() < theme.px(130.0) {
        return;
    }
    let delta = picture.layers.delta;
    let span = (DELTAS[1] / DELTAS[0]).ln();
    let position = (delta / DELTAS[0]).ln() / span;
    let number = text::number(delta);
    let (moved, over) = if picture.scaling == MetricScaling::None {
        widgets::slider(ui, theme, "*δ*", &number, position, 0.0..=1.0)
    } else {
        widgets::idle_slider(ui, theme, ["*δ* cancels", &number], position, 0.0..=1.0)
    };
    if let Some(position) = moved {
        let delta = DELTAS[0] * (span * position).exp();
        let delta = Thousandths::nearest(if delta < 1.0 {
            delta
        } else {
            (100.0 * delta).round() / 100.0
        });
        out.commands
            .extend(delta.map(|delta| Command::Drag(Edit::Elliptical(EllipticalEdit::Delta(Some(delta))))));
    }
    if over {
        out.push(Command::Drop);
    }
}
