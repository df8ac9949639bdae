//! What a text adds to the picture: its row of words and the map of its heads.

use egui::{Rect, Ui, pos2, vec2};

use super::derive::Picture;
use super::heads::Heads;
use super::paint::linked_key;
use super::storage::{Costs, TOLERANCE};
use crate::command::{Command, Edit};
use crate::lab::readout::text::{number, percent};
use crate::lab::{Scene, TokenRef, text};
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::microscope::{bars, heading, heads, reading};

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
    let shown = shown(&title, &map.weights, scene.head);
    opening_ui(ui, rect, stage, &title, &shown, out);
}

/// The error of half precision in every head, ringed above the tolerance.
fn errors_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, errors: Option<Vec<Option<f64>>>, out: &mut Out) {
    let Some(errors) = errors else {
        return coming_ui(ui, rect, stage, None);
    };
    let title = format!("{} heads: error of the output in half precision", errors.len());
    let above = |error: &Option<f64>| error.is_some_and(|error| error > TOLERANCE);
    let ringed: Vec<bool> = errors.iter().map(above).collect();
    let shown = heads::Heads {
        words: number,
        ringed: &ringed,
        ..shown(&title, &errors, stage.lab.scene.head)
    };
    opening_ui(ui, rect, stage, &title, &shown, out);
}

/// A map of shares, one for each head.
fn shown<'a>(title: &str, numbers: &'a [Option<f64>], present: u16) -> heads::Heads<'a> {
    heads::Heads {
        columns: usize::from(text::HEADS_IN_LAYER),
        weights: numbers,
        ends: [0.0, numbers.iter().flatten().copied().fold(0.0, f64::max)],
        words: percent,
        ringed: &[],
        present: Some(usize::from(present)),
        spoken: format!("{title}. {} is on the board", text::head_name(present)),
    }
}

/// A map with its heading; a press opens a head.
fn opening_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, title: &str, shown: &heads::Heads<'_>, out: &mut Out) {
    let below = heading(ui.painter(), stage.theme, rect, title, "");
    out.places.push(("heads", below));
    let hit = heads::ui(ui, below, stage.theme, shown);
    let open = hit.open.or(hit.step).and_then(|head| u16::try_from(head).ok());
    if let Some(head) = open.filter(|head| *head != stage.lab.scene.head) {
        out.push(Command::Edit(Edit::Head(head)));
    }
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
