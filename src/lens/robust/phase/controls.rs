//! The strip: how far the diagram is, and what can be done with it.

use egui::{Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::compute::CELLS;
use super::{Phase, Wish, say};
use crate::command::{Command, Edit, SaveAs};
use crate::lab::Planted;
use crate::lab::readout::text;
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// Cells done, a bar, the button, λ.
pub(super) fn ui(phase: &Phase, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let done = phase.diagram.done();
    let narrow = ui.available_width() < theme.px(520.0);
    let unit = if narrow { "" } else { " cells" };
    let words = format!("{} of {}{unit}", text::count(done), text::count(CELLS));
    let line = name::line(ui.painter(), theme, &words, Set::strong(size::BODY, theme.ink));
    // As wide as its longest form: the bar stands still while the number grows.
    let widest = name::line(
        ui.painter(),
        theme,
        &format!("{CELLS} of {CELLS}{unit}"),
        Set::strong(size::BODY, theme.ink),
    );
    let (rect, response) = ui.allocate_exact_size(vec2(widest.size().x, theme.px(36.0)), Sense::hover());
    line.paint(ui.painter(), pos2(rect.left(), rect.center().y - 0.5 * line.size().y));
    response.tell(&|| WidgetInfo::labeled(Role::Label, true, &words));
    let room = if narrow { 0.22 } else { 0.28 } * ui.available_width();
    bar(ui, theme, room.clamp(theme.px(48.0), theme.px(300.0)), done);
    if !narrow {
        widgets::words(ui, theme, state(phase));
    }
    let button = if phase.is_running() {
        Some(("Cancel", "Esc", Wish::Stop))
    } else if phase.diagram.is_whole() {
        None
    } else {
        Some(("Go on", "", Wish::Run))
    };
    let response = if let Some((word, key, wish)) = button {
        let key = if narrow { "" } else { key };
        let response = widgets::action(ui, theme, word, key, false, None);
        if response.clicked() {
            phase.ask(ui, wish);
        }
        response
    } else {
        let word = if narrow { "CSV" } else { "Save as CSV" };
        let response = widgets::action(ui, theme, word, "", false, None);
        if response.clicked() {
            out.push(Command::Save(SaveAs::Table));
        }
        response
    };
    out.places.push(("diagram button", response.rect));
    if narrow && widgets::action(ui, theme, "Open", "", true, None).clicked() {
        out.push(Command::Edit(Edit::Open(phase.chosen)));
    }
    let side = Planted::SIDE;
    widgets::words(ui, theme, &format!("*λ* = 1/√{side} = {:.3}", say::lambda()));
}

fn state(phase: &Phase) -> &'static str {
    if phase.is_running() {
        "coarse first, gaps next"
    } else if phase.diagram.is_whole() {
        "every cell is there"
    } else {
        "stopped; what is there stays"
    }
}

fn bar(ui: &mut Ui, theme: &Theme, width: f32, done: usize) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme.px(36.0)), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::ProgressIndicator, true, format!("{done} of {CELLS}")));
    let height = theme.px(4.0);
    let rail = Rect::from_center_size(rect.center(), vec2(rect.width(), height));
    let round = egui::CornerRadius::same((0.5 * height) as u8);
    ui.painter().rect_filled(rail, round, theme.line);
    let share = done as f32 / CELLS as f32;
    let filled = Rect::from_min_size(rail.min, Vec2::new(share * rail.width(), height));
    ui.painter().rect_filled(filled, round, theme.ink);
}
