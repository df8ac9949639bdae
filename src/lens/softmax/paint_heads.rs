//! What a text adds to the picture: its row of words and the map of its heads.

use egui::{Rect, Ui, pos2, vec2};

use super::derive::Picture;
use super::heads::Heads;
use super::paint::linked_key;
use super::storage::{Costs, TOLERANCE};
use crate::command::{Command, Edit};
use crate::lab::readout::text::{number, percent};
use crate::lab::{Scene, TokenRef, text};
use crate::lens::{Out, Stage, all_heads};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::microscope::heads::Mark;
use crate::microscope::{bars, heading, reading};

/// What a press on a token of the row or of the matrix asks for: its own question, where it has one.
pub(super) fn asks(scene: &Scene, key: usize) -> Command {
    match scene.query_of(key) {
        Some(query) => Command::Edit(Edit::Ask(query)),
        None => Command::Select(Some(TokenRef::Key(key))),
    }
}

/// The row of the asking word over the words.
pub(super) fn words_ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    picture: &Picture,
    bars: &bars::Bars<'_>,
    out: &mut Out,
) {
    let hit = reading::ui(ui, rect, stage.theme, bars, picture.own_key);
    out.linked = hit.hovered.map(TokenRef::Key).or(out.linked);
    if let Some(key) = hit.clicked {
        out.push(asks(&stage.lab.scene, key));
    }
    out.places.push(("row", rect));
}

/// The 6 × 12 map: the weight of one word for the asking one, in every head; or what half precision costs it.
pub(super) fn map_ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    picture: &Picture,
    (rows, costs): (&Heads, &Costs),
    out: &mut Out,
) {
    let scene = &stage.lab.scene;
    if picture.stored.is_some() {
        return errors_ui(ui, rect, stage, costs.errors(scene, picture), out);
    }
    let heaviest = picture.by_weight.first().copied();
    let Some(key) = linked_key(stage).or(heaviest) else {
        return;
    };
    let Some(map) = rows.map(scene, picture, key) else {
        return;
    };
    let word = |names: &[String], at: usize| names.get(at).cloned().unwrap_or_default();
    let title = format!(
        "{} heads: weight of “{}” for “{}”",
        map.weights.len(),
        word(&picture.common.keys, key),
        word(&picture.common.queries, picture.common.asking)
    );
    // A word that is pointed at is compared with the heaviest one of the head on the board.
    let rival = heaviest.filter(|heaviest| *heaviest != key);
    let above: Vec<bool> = match rival.and_then(|rival| rows.map(scene, picture, rival)) {
        Some(rival) => map.above(&rival).collect(),
        None => Vec::new(),
    };
    let aside = rival.map_or_else(String::new, |rival| {
        let wins = above.iter().filter(|wins| **wins).count();
        format!("ringed: {wins} above “{}”", word(&picture.common.keys, rival))
    });
    let below = heading(ui.painter(), stage.theme, rect, &title, &aside);
    let said = if aside.is_empty() {
        String::new()
    } else {
        format!("{aside}. ")
    };
    let marks: Vec<Mark> = above.into_iter().map(Mark::ring).collect();
    let shown = all_heads::Map {
        weights: &map.weights,
        ends: [0.0, map.weights.iter().flatten().copied().fold(0.0, f64::max)],
        words: percent,
        marks: &marks,
        also: &[],
        spoken: format!("{title}. {said}{} is on the board", text::head_name(scene.head)),
    };
    all_heads::ui(ui, below, stage, shown, out);
}

/// The error of half precision in every head, ringed above the tolerance.
fn errors_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, errors: Option<Vec<Option<f64>>>, out: &mut Out) {
    let title = format!(
        "{} heads: error of the output in half precision",
        text::LAYERS * text::HEADS_IN_LAYER
    );
    let below = heading(ui.painter(), stage.theme, rect, &title, "");
    let Some(errors) = errors else {
        return all_heads::coming_ui(ui, below, stage, None);
    };
    let above = |error: &Option<f64>| Mark::ring(error.is_some_and(|error| error > TOLERANCE));
    let marks: Vec<Mark> = errors.iter().map(above).collect();
    let shown = all_heads::Map {
        weights: &errors,
        ends: [0.0, errors.iter().flatten().copied().fold(0.0, f64::max)],
        words: number,
        marks: &marks,
        also: &[],
        spoken: format!("{title}. {} is on the board", text::head_name(stage.lab.scene.head)),
    };
    all_heads::ui(ui, below, stage, shown, out);
}

/// The map of a text whose numbers have not come: grey, with how much has come.
pub(super) fn coming_ui(ui: &Ui, rect: Rect, stage: &Stage<'_>, done: Option<u8>) {
    let theme = stage.theme;
    let painter = ui.painter();
    let title = format!("{} heads", text::LAYERS * text::HEADS_IN_LAYER);
    let below = heading(painter, theme, rect, &title, "");
    let cell = vec2(
        below.width() / f32::from(text::HEADS_IN_LAYER),
        theme.px(16.0).min(below.height() / f32::from(text::LAYERS)),
    );
    for head in 0..text::LAYERS * text::HEADS_IN_LAYER {
        let [layer, head] = text::layer_and_head(head).map(f32::from);
        let place = Rect::from_min_size(below.min + vec2(head, layer) * cell, cell - vec2(1.0, 1.0));
        painter.rect_filled(place, 0.0, theme.hover);
    }
    let Some(done) = done else { return };
    let y = below.top() + f32::from(text::LAYERS) * cell.y + theme.px(8.0);
    let share = f32::from(done) / 100.0;
    painter.hline(below.x_range(), y, theme.hairline(theme.line));
    painter.hline(
        below.left()..=below.left() + share * below.width(),
        y,
        egui::Stroke::new(2.0, theme.ink2),
    );
    let words = format!("Loading: {}", percent(f64::from(share)));
    name::line(painter, theme, &words, Set::regular(size::BODY, theme.ink2))
        .paint(painter, pos2(below.left(), y + theme.px(6.0)));
}

/// τ in one control: a text has its sentence, layer and head beside it.
pub(super) fn temperature_ui(
    ui: &mut Ui,
    stage: &Stage<'_>,
    names: &[&str],
    chosen: Option<usize>,
    value: &str,
) -> Option<usize> {
    let name = chosen.and_then(|index| names.get(index)).copied();
    let full = format!("{} = {value}", name.unwrap_or("τ"));
    let theme = stage.theme;
    let short = ui.available_width() < theme.px(122.0);
    let shown = match name {
        Some(name) if short => name.to_owned(),
        _ => full,
    };
    let width = name::line(ui.painter(), theme, &shown, Set::strong(size::BODY, theme.ink))
        .size()
        .x;
    if ui.available_width() < width + theme.px(46.0) {
        return None;
    }
    let mut pressed = None;
    widgets::choice(ui, theme, "", &shown, |ui| {
        for (index, name) in names.iter().enumerate() {
            let look = widgets::Button::chosen(chosen == Some(index));
            if widgets::menu_row(ui, theme, None, name, "", look).clicked() {
                pressed = Some(index);
            }
        }
    });
    pressed
}
