//! What the view can be set to.

use egui::{Rect, Ui, UiBuilder};

use super::derive::Picture;
use crate::command::{Command, Edit, SupportEdit};
use crate::lab::Thousandths;
use crate::lab::readout::text;
use crate::lab::support::{Cap, SupportChoices, TargetSet};
use crate::lens::{Out, Stage};
use crate::look::widgets::{self, Button};

/// Degrees on the switch; the last is the exponential.
const DEGREES: [Option<u8>; 4] = [Some(1), Some(2), Some(4), None];
const WORDS: [&str; 4] = ["1", "2", "4", "∞"];

/// A choice of the lens as a command.
pub(super) fn support(edit: SupportEdit) -> Command {
    Command::Edit(Edit::Support(edit))
}

/// Fit or given values, and what is seldom changed.
pub(super) fn ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, out: &mut Out) {
    let theme = stage.theme;
    let choices = &stage.lab.choices.support;
    let more = theme.px(88.0);
    let has_switch = ui.available_width() > theme.px(246.0 + 10.0 + 62.0);
    if has_switch {
        let words = ["fit the targets", "drag the values"];
        let chosen = usize::from(choices.drag_values);
        if let Some(index) = widgets::segments(ui, theme, "Mode:", &words, Some(chosen)) {
            out.push(support(SupportEdit::DragValues(index == 1)));
        }
    }
    let word = if ui.available_width() > more { "More" } else { "…" };
    if ui.available_width() < theme.px(62.0) {
        return;
    }
    let response = widgets::choice(ui, theme, "", word, |ui| more_ui(ui, stage, picture, has_switch, out));
    out.places.push(("more choices", response.rect));
}

/// The degree of the kernel as words at the right end of a row. Returns where they begin.
pub(super) fn degrees_ui(ui: &mut Ui, row: Rect, stage: &Stage<'_>, out: &mut Out) -> f32 {
    let theme = stage.theme;
    let flow = egui::Layout::right_to_left(egui::Align::Center);
    let mut child = ui.new_child(UiBuilder::new().id_salt("degrees").max_rect(row).layout(flow));
    child.spacing_mut().item_spacing.x = theme.px(6.0);
    let chosen = stage.lab.choices.support.degree;
    for (degree, word) in std::iter::zip(DEGREES, WORDS).rev() {
        let name = format!("Kernel degree {word}");
        if widgets::named_tab(&mut child, theme, word, &name, degree == chosen).clicked() && degree != chosen {
            out.push(support(SupportEdit::Degree(degree)));
        }
    }
    widgets::text_title(&mut child, theme, "degree");
    child.min_rect().left()
}

/// The degree that a slider shows: one beyond the largest is the exponential.
fn dial(degree: Option<u8>) -> f64 {
    f64::from(degree.unwrap_or(SupportChoices::MAX_DEGREE + 1))
}

fn more_ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, has_switch: bool, out: &mut Out) {
    let theme = stage.theme;
    ui.set_min_width(theme.px(330.0));
    let choices = &stage.lab.choices.support;
    let degree_words = choices.degree.map_or("∞".to_owned(), |degree| degree.to_string());
    let (moved, over) = widgets::slider(
        ui,
        theme,
        "degree",
        &degree_words,
        dial(choices.degree),
        0.0..=dial(None),
    );
    if let Some(moved) = moved {
        let degree = moved.round() as u8;
        let degree = Some(degree).filter(|degree| *degree <= SupportChoices::MAX_DEGREE);
        out.push(Command::Drag(Edit::Support(SupportEdit::Degree(degree))));
    }
    if over {
        out.push(Command::Drop);
    }
    ui.separator();
    let mut row = |ui: &mut Ui, word: &str, aside: &str, chosen: bool, edit: SupportEdit| {
        if widgets::menu_row(ui, theme, None, word, aside, Button::chosen(chosen)).clicked() {
            out.push(support(edit));
        }
    };
    if !has_switch {
        row(
            ui,
            "Fit the targets",
            "",
            !choices.drag_values,
            SupportEdit::DragValues(false),
        );
        row(
            ui,
            "Drag the values",
            "",
            choices.drag_values,
            SupportEdit::DragValues(true),
        );
        ui.separator();
    }
    for set in TargetSet::ALL {
        let (word, aside) = match set {
            TargetSet::Source => ("Targets of the cloud", "0 where it has none"),
            TargetSet::Hill => ("Hill", "up and down once"),
            TargetSet::One => ("One", "1 at the fourth key"),
            TargetSet::Alternating => ("Alternating", "1 and −1 in turn"),
        };
        row(ui, word, aside, choices.targets == set, SupportEdit::Targets(set));
    }
    ui.separator();
    let free = picture.is_some_and(|picture| picture.cap.is_none());
    row(ui, "No cap on |v|", "", free, SupportEdit::Cap(Cap::Free));
    let one = Thousandths::nearest(1.5).map(Cap::At);
    if let Some(one) = one {
        row(
            ui,
            "Cap 1.5",
            "",
            picture.and_then(|picture| picture.cap) == Some(1.5),
            SupportEdit::Cap(one),
        );
    }
    let epsilon = picture.map_or(0.0, |picture| picture.epsilon);
    for (thousandths, aside) in [(0, "targets are met"), (200, "")] {
        let value = f64::from(thousandths) / 1000.0;
        let word = format!("Tube ε = {}", text::number(value));
        row(
            ui,
            &word,
            aside,
            epsilon == value,
            SupportEdit::Epsilon(Some(thousandths)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_degree_of_the_switch_has_a_word() {
        for (degree, word) in std::iter::zip(DEGREES, WORDS) {
            assert_eq!(degree.map_or("∞".to_owned(), |degree| degree.to_string()), word);
        }
        assert_eq!(dial(None), 17.0);
    }
}
