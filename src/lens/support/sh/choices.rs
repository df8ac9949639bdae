//! What the view can be set to: the factors, and what the paper leaves open.

use egui::{Rect, Ui, UiBuilder, vec2};
use eigenlens_core::{ClassToken, Remainder};

use super::say;
use crate::command::{Command, Edit, SupportEdit};
use crate::lab::support::SupportChoices;
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::{self, Button};

/// Sets of factors on the switch: plain heads, the paper's for four heads, all that can be dragged.
const SETS: [[u8; 4]; 3] = [[1, 1, 1, 1], [1, 1, 2, 4], [1, 2, 4, 8]];

fn support(edit: SupportEdit) -> Command {
    Command::Edit(Edit::Support(edit))
}

fn factors(set: [u8; 4]) -> String {
    set.map(|factor| factor.to_string()).join(", ")
}

/// In the strip: what has no room of its own is in one list.
pub(super) fn ui(ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let choices = &stage.lab.choices.support;
    let width = |ui: &Ui, text: &str| {
        let set = Set::strong(size::BODY, theme.ink);
        name::line(ui.painter(), theme, text, set).size().x
    };
    let list_of = |ui: &Ui, title: &str, value: &str| width(ui, title) + width(ui, value) + theme.px(58.0);
    let present = factors(choices.factors);
    let words = SETS.map(factors);
    let switch: f32 = words.iter().map(|word| width(ui, word) + theme.px(24.0)).sum();
    let list = list_of(ui, "Factors", &present);
    let open = list_of(ui, "Remainder", say::remainder(choices.remainder));
    let [more, dots] = ["More", "…"].map(|word| width(ui, word) + theme.px(46.0));
    let gap = theme.px(12.0);
    let room = ui.available_width();
    let alone = if switch + open + gap <= room {
        if switch + width(ui, "Factors") + open + 2.0 * gap <= room {
            widgets::words(ui, theme, "Factors");
        }
        switch_ui(ui, theme, choices, out);
        true
    } else if list + gap + dots <= room {
        widgets::choice(ui, theme, "Factors", &present, |ui| factors_ui(ui, theme, choices, out));
        true
    } else {
        false
    };
    let room = ui.available_width();
    let (title, value) = if alone && open <= room {
        ("Remainder", say::remainder(choices.remainder))
    } else if more <= room {
        ("", "More")
    } else if dots <= room {
        ("", "…")
    } else {
        return;
    };
    let response = widgets::choice(ui, theme, title, value, |ui| {
        if !alone {
            factors_ui(ui, theme, choices, out);
            ui.separator();
        }
        open_ui(ui, theme, choices, out);
    });
    out.places.push(("more choices", response.rect));
}

fn switch_ui(ui: &mut Ui, theme: &Theme, choices: &SupportChoices, out: &mut Out) {
    let words = SETS.map(factors);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let chosen = SETS.iter().position(|set| *set == choices.factors);
    let pressed = widgets::segments(ui, theme, "Factors", &words, chosen).and_then(|i| SETS.get(i));
    out.commands
        .extend(pressed.map(|set| support(SupportEdit::Factors(*set))));
}

/// The factors as rows of a list.
fn factors_ui(ui: &mut Ui, theme: &Theme, choices: &SupportChoices, out: &mut Out) {
    for set in SETS {
        let look = Button::chosen(choices.factors == set);
        if widgets::menu_row(ui, theme, None, &factors(set), "", look).clicked() {
            out.push(support(SupportEdit::Factors(set)));
        }
    }
}

/// What the paper leaves open, as rows of a list.
fn open_ui(ui: &mut Ui, theme: &Theme, choices: &SupportChoices, out: &mut Out) {
    let mut row = |ui: &mut Ui, word: &str, chosen: bool, edit: SupportEdit| {
        if widgets::menu_row(ui, theme, None, word, "", Button::chosen(chosen)).clicked() {
            out.push(support(edit));
        }
    };
    for remainder in Remainder::ALL {
        let word = match remainder {
            Remainder::Short => "The last tokens: a short mean",
            Remainder::Drop => "The last tokens: left out",
        };
        let chosen = choices.remainder == remainder;
        row(ui, word, chosen, SupportEdit::Remainder(remainder));
    }
    ui.separator();
    for class_token in ClassToken::ALL {
        let word = match class_token {
            ClassToken::Pooled => "The first token: averaged like any",
            ClassToken::Apart => "The first token: kept apart",
        };
        let chosen = choices.class_token == class_token;
        row(ui, word, chosen, SupportEdit::ClassToken(class_token));
    }
}

/// The card of a phone: a row for each choice, as many as have room.
pub(super) fn card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let choices = &stage.lab.choices.support;
    let height = theme.px(36.0);
    let each = height + theme.px(8.0);
    let flow = egui::Layout::left_to_right(egui::Align::Center);
    let mut rows = 0_u8;
    let mut row = |ui: &mut Ui, title: &str| {
        let top = rect.min + vec2(0.0, f32::from(rows) * each);
        rows += 1;
        let place = Rect::from_min_size(top, vec2(rect.width(), height));
        let mut child = ui.new_child(UiBuilder::new().id_salt(title).max_rect(place).layout(flow));
        child.spacing_mut().item_spacing.x = theme.px(12.0);
        (place.bottom() <= rect.bottom() + theme.px(4.0)).then(|| {
            widgets::words(&mut child, theme, title);
            child
        })
    };
    if let Some(mut child) = row(ui, "Factors") {
        switch_ui(&mut child, theme, choices, out);
    }
    if let Some(mut child) = row(ui, "Last tokens") {
        let words = Remainder::ALL.map(say::remainder);
        let chosen = Remainder::ALL.iter().position(|one| *one == choices.remainder);
        let pressed = widgets::segments(&mut child, theme, "Last tokens", &words, chosen);
        let pressed = pressed.and_then(|i| Remainder::ALL.get(i));
        out.commands
            .extend(pressed.map(|one| support(SupportEdit::Remainder(*one))));
    }
    if let Some(mut child) = row(ui, "First token") {
        let words = ClassToken::ALL.map(say::class_token);
        let chosen = ClassToken::ALL.iter().position(|one| *one == choices.class_token);
        let pressed = widgets::segments(&mut child, theme, "First token", &words, chosen);
        let pressed = pressed.and_then(|i| ClassToken::ALL.get(i));
        out.commands
            .extend(pressed.map(|one| support(SupportEdit::ClassToken(*one))));
    }
}
