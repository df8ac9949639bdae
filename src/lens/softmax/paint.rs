//! What the lens paints: links on the board, the row below it, the matrix, the sum and the temperature beside it.

use std::cell::RefCell;

use egui::{Align2, Painter, Rect, Ui, UiBuilder, pos2, vec2};
use eigenlens_core::TileOrder;

use super::derive::Picture;
use super::heads::Heads;
use super::matrix::Matrix as Computed;
use super::paint_heads;
use super::storage::Costs;
use crate::board::{Mark, View, glyphs, link_stroke};
use crate::command::{Command, Edit, SoftmaxEdit};
use crate::lab::readout::text;
use crate::lab::{Lab, Temperature, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::microscope::heat::{self, Texture};
use crate::microscope::matrix::{self, Matrix};
use crate::microscope::{bars, curves, heading, put, sum, tiles};

/// Terms of the sum that stand on their own; the others are one term.
const TERMS: usize = 4;
/// Height below which the matrix is left out.
const LEAST_MATRIX: f32 = 72.0;

pub(super) fn linked_key(stage: &Stage<'_>) -> Option<usize> {
    match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    }
}

/// A link from the query to each key; its width is its weight.
pub(super) fn links(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let Some(query) = picture.common.positions.queries.get(picture.common.asking) else {
        return;
    };
    let from = view.screen_from_world(*query);
    for &key in &picture.by_weight {
        let (Some(at), Some(weight)) = (picture.common.positions.keys.get(key), picture.row.weights.get(key)) else {
            continue;
        };
        painter.line_segment([from, view.screen_from_world(*at)], link_stroke(stage.theme, *weight));
    }
}

/// The output as a mark with a name, where the values live in the plane.
pub(super) fn marks(picture: &Picture) -> Vec<Mark> {
    let output = |at: [f64; 2]| Mark {
        at,
        radius: glyphs::OUTPUT_RADIUS + 2.0,
        words: "output ",
        symbol: "h",
    };
    picture.output_at.map(output).into_iter().collect()
}

/// The output, where the values live in the plane.
pub(super) fn output(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture, ghost: Option<&Picture>) {
    let theme = stage.theme;
    if let Some(at) = ghost.and_then(|ghost| ghost.output_at) {
        glyphs::frozen(painter, theme, view.screen_from_world(at), true);
    }
    let Some(at) = picture.output_at else { return };
    glyphs::output(painter, theme, view.screen_from_world(at));
}

/// The row of the asking query, in reading order.
pub(super) fn row_ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    picture: &Picture,
    ghost: Option<&Picture>,
    out: &mut Out,
) {
    let theme = stage.theme;
    let asker = asker(picture);
    let set = Set::regular(size::BODY, theme.ink2);
    let long = name::line(
        ui.painter(),
        theme,
        &format!("The row of {asker}, in reading order, %"),
        set,
    );
    let title = if long.size().x <= rect.width() {
        long
    } else {
        name::line(ui.painter(), theme, &format!("The row of {asker}, %"), set)
    };
    let top = rect.top() + theme.px(10.0);
    put(ui.painter(), Align2::RIGHT_TOP, pos2(rect.right(), top), &title);
    let bars_rect = Rect::from_min_max(pos2(rect.left(), top + theme.px(22.0)), rect.max);
    let bars = bars(stage, picture, ghost);
    if stage.lab.scene.is_self_attention() {
        paint_heads::words_ui(ui, bars_rect, stage, picture, &bars, out);
    } else {
        let hovered = bars::upright_ui(ui, bars_rect, theme, &bars);
        link(out, hovered);
    }
}

/// Big lying bars for a hall.
pub(super) fn hall_ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    picture: &Picture,
    ghost: Option<&Picture>,
    out: &mut Out,
) {
    let theme = stage.theme;
    let below = heading(ui.painter(), theme, rect, &format!("What {} gives", asker(picture)), "");
    let chart = theme.px(118.0);
    let has_chart = !picture.sweep.temperatures.is_empty() || picture.in_tiles;
    let roomy = below.height() > theme.px(300.0) && has_chart;
    let bars_rect = Rect::from_min_max(below.min, below.max - vec2(0.0, if roomy { chart } else { 0.0 }));
    let hovered = bars::lying_ui(ui, bars_rect, theme, &bars(stage, picture, ghost), &picture.by_weight);
    link(out, hovered);
    if roomy {
        let rect = Rect::from_min_max(pos2(rect.left(), rect.bottom() - chart + theme.px(12.0)), rect.max);
        under_tabs_ui(ui, rect, stage, picture, out);
    }
}

fn bars<'a>(stage: &Stage<'_>, picture: &'a Picture, ghost: Option<&'a Picture>) -> bars::Bars<'a> {
    let n = picture.row.weights.len();
    bars::Bars {
        weights: &picture.row.weights,
        ghost: ghost
            .map(|ghost| ghost.row.weights.as_slice())
            .filter(|weights| weights.len() == n),
        names: &picture.common.keys,
        linked: linked_key(stage),
        spoken: format!("The weights of {n} keys, in reading order"),
    }
}

fn asker(picture: &Picture) -> String {
    match picture.common.queries.get(picture.common.asking) {
        Some(name) if name.starts_with('q') && name.chars().count() <= 5 => format!("*{name}*"),
        Some(name) => format!("“{name}”"),
        None => "*q*".to_owned(),
    }
}

fn link(out: &mut Out, key: Option<usize>) {
    if let Some(key) = key {
        out.linked = Some(TokenRef::Key(key));
    }
}

/// Matrix, sum and temperature, one below the other.
pub(super) fn microscope_ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    picture: &Picture,
    matrix: (&Computed, &RefCell<Texture>),
    heads: (&Heads, &Costs),
    out: &mut Out,
) {
    let theme = stage.theme;
    let gap = theme.px(16.0);
    let terms = (TERMS.min(picture.common.head.n_keys()) + 2) as f32;
    // A text has the map of its heads where other clouds have the temperatures.
    let is_text = picture.common.head_name.is_some();
    let last = if is_text {
        (0.22 * rect.height()).clamp(theme.px(118.0), theme.px(184.0))
    } else if picture.sweep.temperatures.is_empty() && !picture.in_tiles {
        0.0
    } else {
        (0.26 * rect.height()).clamp(theme.px(96.0), theme.px(170.0))
    };
    let sum = if is_text {
        (terms * theme.px(24.0) + theme.px(40.0)).min(0.26 * rect.height())
    } else {
        (terms * theme.px(24.0) + theme.px(52.0)).min(0.34 * rect.height())
    };
    let matrix_height = rect.height() - last - sum - 2.0 * gap;
    let slot = |top: f32, height: f32| Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height.max(0.0)));
    if matrix_height < theme.px(LEAST_MATRIX) {
        // As in the frame of a deck: the sum can be read in all of the room, and both could not.
        sum_ui(ui, slot(rect.top(), rect.height() - last - gap), stage, picture, out);
    } else {
        matrix_ui(ui, slot(rect.top(), matrix_height), stage, picture, matrix, out);
        sum_ui(ui, slot(rect.top() + matrix_height + gap, sum), stage, picture, out);
    }
    let rest = slot(rect.bottom() - last, last);
    if is_text && !picture.in_tiles {
        paint_heads::map_ui(ui, rest, stage, picture, heads, out);
    } else if last > 0.0 {
        temperature_ui(ui, rest, stage, picture, out);
    }
}

/// The matrix A with its heading.
pub(super) fn matrix_ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    picture: &Picture,
    (computed, texture): (&Computed, &RefCell<Texture>),
    out: &mut Out,
) {
    let theme = stage.theme;
    let pooled = computed
        .weights()
        .is_some_and(|all| heat::is_pooled([all.nrows(), all.ncols()]));
    let aside = if pooled {
        "each point the largest of its block"
    } else {
        "rows ask, columns answer"
    };
    let below = heading(ui.painter(), theme, rect, "Attention *A*", aside);
    let Some(weights) = computed.weights() else {
        let why = computed
            .failed()
            .map_or_else(|| "The matrix is being computed.".to_owned(), ToString::to_string);
        put(
            ui.painter(),
            Align2::LEFT_TOP,
            below.min,
            &name::line(ui.painter(), theme, &why, Set::regular(size::BODY, theme.ink2)),
        );
        return;
    };
    let fresh = weights.ncols() == picture.common.head.n_keys();
    let mut row_names = picture.common.queries.clone();
    if weights.nrows() > row_names.len() {
        row_names.extend(picture.common.keys.iter().cloned());
    }
    let heaviest = picture.by_weight.first().copied();
    let entry = |row: usize, column: usize| weights.get((row, column)).copied().unwrap_or_default();
    let shown = Matrix {
        rows: weights.nrows(),
        columns: weights.ncols(),
        entry: &entry,
        most: computed.most(),
        row_names: &row_names,
        column_names: &picture.common.keys,
        asking: Some(picture.common.asking).filter(|row| fresh && *row < weights.nrows()),
        answering: linked_key(stage).or(heaviest).filter(|_| fresh),
        spoken: format!(
            "Attention matrix, {} rows, {} columns",
            weights.nrows(),
            weights.ncols()
        ),
        revision: computed.revision(),
    };
    let hit = matrix::ui(ui, below, theme, &shown, &mut texture.borrow_mut());
    if let Some((row, column)) = hit.cell {
        out.linked = Some(TokenRef::Key(column));
        if hit.clicked && row < picture.common.head.n_queries() {
            out.push(Command::Edit(Edit::Ask(row)));
        } else if hit.clicked {
            out.push(Command::Select(Some(TokenRef::Key(
                row - picture.common.head.n_queries(),
            ))));
        }
    }
    if let Some(row) = hit.named.filter(|row| *row < picture.common.head.n_queries()) {
        out.push(Command::Edit(Edit::Ask(row)));
    }
}

/// The weighted values and their sum.
pub(super) fn sum_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let below = heading(ui.painter(), stage.theme, rect, "Weight × value, summed", "");
    let terms = terms(picture);
    let shown = sum::Sum {
        terms: &terms,
        output: &picture.row.output,
        linked: linked_key(stage),
        label: "output *h*",
        numbers: false,
    };
    link(out, sum::ui(ui, below, stage.theme, &shown));
}

fn terms(picture: &Picture) -> Vec<sum::Term> {
    let product = |key: usize| -> Vec<f64> {
        let weight = picture.row.weights.get(key).copied().unwrap_or_default();
        picture
            .common
            .head
            .value(key)
            .unwrap_or_default()
            .into_iter()
            .map(|value| weight * value)
            .collect()
    };
    // One key too many is not worth a term of its own for "1 other".
    let own = if picture.by_weight.len() <= TERMS + 1 {
        picture.by_weight.len()
    } else {
        TERMS
    };
    let mut terms: Vec<sum::Term> = picture
        .by_weight
        .iter()
        .take(own)
        .map(|&key| sum::Term {
            key: Some(key),
            name: picture.common.keys.get(key).cloned().unwrap_or_default(),
            weight: picture.row.weights.get(key).copied().unwrap_or_default(),
            product: product(key),
        })
        .collect();
    let others = picture.by_weight.get(own..).unwrap_or_default();
    if !others.is_empty() {
        let mut rest = sum::Term {
            key: None,
            name: format!("{} others", others.len()),
            weight: 0.0,
            product: vec![0.0; picture.row.output.len()],
        };
        for &key in others {
            rest.weight += picture.row.weights.get(key).copied().unwrap_or_default();
            for (sum, term) in std::iter::zip(&mut rest.product, product(key)) {
                *sum += term;
            }
        }
        terms.push(rest);
    }
    terms
}

/// The row at every temperature, or in tiles, under the tabs that choose between them.
pub(super) fn temperature_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let chosen = stage.lab.choices.softmax.tiles;
    let head = rect.with_max_y(rect.top() + theme.px(26.0));
    let mut tabs = ui.new_child(
        UiBuilder::new()
            .max_rect(head)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    tabs.spacing_mut().item_spacing.x = theme.px(6.0);
    // A narrow card has the two tabs alone.
    if rect.width() > theme.px(340.0) {
        widgets::text_title(&mut tabs, theme, "The row");
    }
    let mut wish = None;
    if widgets::named_tab(
        &mut tabs,
        theme,
        "at every *τ*",
        "The row at every temperature",
        chosen.is_none(),
    )
    .clicked()
    {
        wish = Some(None);
    }
    if widgets::named_tab(&mut tabs, theme, "in tiles", "The row in tiles", chosen.is_some()).clicked() {
        wish = Some(chosen.or(Some(TileOrder::AsGiven)));
    }
    if chosen.is_some() && tabs.available_width() > theme.px(140.0) {
        tabs.add_space(theme.px(10.0));
        for (order, word, name) in [
            (TileOrder::AsGiven, "given", "Keys as given"),
            (TileOrder::Rising, "rising", "Keys by rising logits"),
            (TileOrder::Falling, "falling", "Keys by falling logits"),
        ] {
            if widgets::named_tab(&mut tabs, theme, word, name, chosen == Some(order)).clicked() {
                wish = Some(Some(order));
            }
        }
    } else if chosen.is_none() {
        let tau = format!("*τ* = {}", text::number(picture.common.temperature));
        let line = name::line(ui.painter(), theme, &tau, Set::regular(size::BODY, theme.ink2));
        put(ui.painter(), Align2::RIGHT_CENTER, head.right_center(), &line);
    }
    if let Some(tiles) = wish {
        out.push(Command::Edit(Edit::Softmax(SoftmaxEdit::Tiles(tiles))));
    }
    under_tabs_ui(ui, rect.with_min_y(head.bottom() + theme.px(2.0)), stage, picture, out);
}

fn under_tabs_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    if !picture.in_tiles {
        return curves_ui(ui, rect, stage, picture, out);
    }
    let shown = tiles::Tiles {
        tiles: &picture.tiles,
        logits: &picture.row.logits,
        names: &picture.common.keys,
        linked: linked_key(stage),
    };
    link(out, tiles::ui(ui, rect, stage.theme, &shown));
}

fn curves_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let shown = curves::Curves {
        xs: &picture.sweep.temperatures,
        rows: &picture.sweep.weights,
        order: &picture.by_weight,
        names: &picture.common.keys,
        playhead: picture.common.temperature,
        home: ((picture.common.head.dim() as f64).sqrt(), "√D"),
        linked: linked_key(stage),
    };
    out.places.push(("temperature", rect));
    let (drag, over) = curves::ui(ui, rect, stage.theme, &shown);
    let temperature = drag.and_then(|drag| match drag {
        curves::Drag::Home => Some(Temperature::RootD),
        curves::Drag::To(tau) => Temperature::fixed(tau).ok(),
    });
    out.commands
        .extend(temperature.map(|tau| Command::Drag(Edit::Temperature(tau))));
    if over {
        out.push(Command::Drop);
    }
}

/// τ, and where it comes from.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, out: &mut Out) {
    let Some(picture) = picture else { return };
    let theme = stage.theme;
    let root = (picture.common.head.dim() as f64).sqrt();
    let Lab { scene, .. } = stage.lab;
    let factors = [("½√D", 0.5), ("√D", 1.0), ("2√D", 2.0)];
    let chosen = factors.iter().position(|(_, factor)| match scene.temperature {
        Temperature::RootD => *factor == 1.0,
        fixed @ Temperature::Fixed(_) => Temperature::fixed(factor * root) == Ok(fixed),
    });
    let names = factors.map(|(name, _)| name);
    let is_text = picture.common.head_name.is_some();
    let pressed = if is_text {
        let value = text::number(picture.common.temperature);
        paint_heads::temperature_ui(ui, stage, &names, chosen, &value)
    } else {
        widgets::segments(ui, theme, "Temperature", &names, chosen)
    };
    if let Some(index) = pressed {
        let temperature = match factors.get(index) {
            Some((_, 1.0)) | None => Some(Temperature::RootD),
            Some((_, factor)) => Temperature::fixed(factor * root).ok(),
        };
        out.commands
            .extend(temperature.map(|tau| Command::Edit(Edit::Temperature(tau))));
    }
    if !is_text {
        widgets::words(
            ui,
            theme,
            &format!("*τ* = {}", text::number(picture.common.temperature)),
        );
    }
    let half = stage.lab.choices.softmax.half;
    if ui.available_width() > theme.px(72.0) && widgets::switch(ui, theme, "f16", half) {
        out.push(Command::Edit(Edit::Softmax(SoftmaxEdit::Half(!half))));
    }
}
