//! The strip: what is measured, and the button that measures it.

use egui::{Align, CornerRadius, Layout as Flow, Rect, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, vec2};

use super::run::Availability;
use super::{FullSize, Wish, say};
use crate::command::{Command, Edit, FullSizeEdit, SaveAs};
use crate::lab::full_size::{Spikes, Storage, Tokens};
use crate::lens::{Lens as _, Out, Stage};
use crate::look::Theme;
use crate::look::widgets::Tell as _;
use crate::look::widgets::{self, Button};

/// Choices at the left; state and button at the right.
pub(super) fn ui(lens: &FullSize, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let narrow = ui.available_width() < theme.px(560.0);
    // The button keeps its place whatever is chosen.
    let whole = ui.available_rect_before_wrap();
    let choices = whole.with_max_x(whole.right() - theme.px(if narrow { 90.0 } else { 112.0 }));
    let flow = Flow::left_to_right(Align::Center);
    let mut left = ui.new_child(UiBuilder::new().id_salt("sizes").max_rect(choices).layout(flow));
    left.spacing_mut().item_spacing.x = theme.px(if narrow { 8.0 } else { 14.0 });
    left.shrink_clip_rect(choices);
    if choices.width() > theme.px(620.0) {
        widgets::words(&mut left, theme, "Tokens");
    }
    tokens_ui(lens, &mut left, theme, out);
    if !narrow {
        storage_ui(lens, &mut left, theme, out);
        spikes_ui(lens, &mut left, theme, out);
    }
    let rest = whole.with_min_x(left.min_rect().right().min(choices.right()) + theme.px(14.0));
    let flow = Flow::right_to_left(Align::Center);
    let mut right = ui.new_child(UiBuilder::new().id_salt("run").max_rect(rest).layout(flow));
    right.spacing_mut().item_spacing.x = theme.px(12.0);
    run_ui(lens, &mut right, theme, narrow, out);
}

/// On a phone: the choices for which the strip has no room.
pub(super) fn card_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let flow = Flow::left_to_right(Align::Min).with_main_wrap(true);
    let mut card = ui.new_child(UiBuilder::new().id_salt("card").max_rect(rect).layout(flow));
    card.spacing_mut().item_spacing = Vec2::splat(theme.px(10.0));
    storage_ui(lens, &mut card, theme, out);
    spikes_ui(lens, &mut card, theme, out);
    save_ui(lens, &mut card, theme, out);
    progress(lens, &mut card, theme);
    state(lens, &mut card, theme);
}

fn choose(out: &mut Out, edit: FullSizeEdit) {
    out.push(Command::Edit(Edit::FullSize(edit)));
}

fn tokens_ui(lens: &FullSize, ui: &mut Ui, theme: &Theme, out: &mut Out) {
    let chosen = usize::from(lens.picture.choices.tokens.code());
    let words = Tokens::ALL.map(Tokens::name);
    if let Some(tokens) = widgets::segments(ui, theme, "Tokens", &words, Some(chosen)).and_then(|i| Tokens::ALL.get(i))
    {
        choose(out, FullSizeEdit::Tokens(*tokens));
    }
}

fn storage_ui(lens: &FullSize, ui: &mut Ui, theme: &Theme, out: &mut Out) {
    let chosen = usize::from(lens.picture.choices.storage.code());
    let words = Storage::ALL.map(Storage::name);
    let pressed = widgets::segments(ui, theme, "Precision", &words, Some(chosen));
    if let Some(storage) = pressed.and_then(|i| Storage::ALL.get(i)) {
        choose(out, FullSizeEdit::Storage(*storage));
    }
}

fn spikes_ui(lens: &FullSize, ui: &mut Ui, theme: &Theme, out: &mut Out) {
    let chosen = lens.picture.choices.spikes;
    let response = widgets::choice(ui, theme, "Noise", chosen.name(), |ui| {
        for spikes in Spikes::ALL {
            if widgets::menu_row(ui, theme, None, spikes.name(), "", Button::chosen(spikes == chosen)).clicked() {
                choose(out, FullSizeEdit::Spikes(spikes));
            }
        }
    });
    out.places.push(("noise", response.rect));
}

fn save_ui(lens: &FullSize, ui: &mut Ui, theme: &Theme, out: &mut Out) {
    if lens.results().is_some() && widgets::action(ui, theme, "Save results", "", false, None).clicked() {
        out.push(Command::Save(SaveAs::Results));
    }
}

/// From the right: the button, how far it is, and what can be saved.
fn run_ui(lens: &FullSize, ui: &mut Ui, theme: &Theme, narrow: bool, out: &mut Out) {
    let ready = matches!(lens.availability, Availability::Ready { .. });
    if lens.is_running() {
        let cancel = widgets::action(ui, theme, "Cancel", if narrow { "" } else { "Esc" }, false, None);
        out.places.push(("run", cancel.rect));
        if cancel.clicked() {
            lens.ask(ui, Wish::Cancel);
        }
        if !narrow {
            progress(lens, ui, theme);
        }
    } else if ready {
        let word = if lens.end.is_some() && !narrow {
            "Run again"
        } else {
            "Run"
        };
        let run = widgets::action(ui, theme, word, "", true, None);
        out.places.push(("run", run.rect));
        if run.clicked() {
            lens.ask(ui, Wish::Run);
        }
    }
    if narrow {
        return;
    }
    state(lens, ui, theme);
    if !lens.is_running() && ui.available_width() > theme.px(130.0) {
        save_ui(lens, ui, theme, out);
    }
}

/// How far the run is, in words; only how long it takes where there is little room.
fn state(lens: &FullSize, ui: &mut Ui, theme: &Theme) {
    for words in say::state(lens).iter().filter(|words| !words.is_empty()) {
        let before = ui.available_width();
        widgets::words(ui, theme, words);
        if ui.available_width() < before {
            return;
        }
    }
}

/// How much of the run is done.
fn progress(lens: &FullSize, ui: &mut Ui, theme: &Theme) {
    let Some(running) = &lens.running else { return };
    let (rect, response) = ui.allocate_exact_size(vec2(theme.px(84.0), theme.px(36.0)), Sense::hover());
    let spoken = format!("{} of {} rows", running.came, running.rows);
    response.tell(&|| WidgetInfo::labeled(Role::ProgressIndicator, true, &spoken));
    let height = theme.px(4.0);
    let rail = Rect::from_center_size(rect.center(), vec2(rect.width(), height));
    let round = CornerRadius::same((0.5 * height) as u8);
    ui.painter().rect_filled(rail, round, theme.line);
    let filled = Rect::from_min_size(rail.min, vec2(running.done * rail.width(), height));
    ui.painter().rect_filled(filled, round, theme.ink);
}
