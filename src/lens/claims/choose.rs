//! What a card can be asked otherwise: how chance is drawn, what the values are compared with, where a training begins. It stands
//! on the card, beside the marks that it changes.

use egui::{Align, Layout, Rect, Ui, UiBuilder};

use super::Claims;
use super::derive::{DRAWS, FEW_DRAWS, SEED, unrelated};
use crate::command::{ClaimsEdit, Command, Edit};
use crate::lab::{Beside, Card, NullRows, Start};
use crate::lens::{Out, Stage};
use crate::look::widgets::{self, Button};

/// One answer: its name, what it is, and what chooses it.
struct Answer {
    name: &'static str,
    aside: &'static str,
    edit: ClaimsEdit,
    is_chosen: bool,
}

/// Whether the card has a choice.
pub(super) const fn asks(card: Card) -> bool {
    matches!(
        card,
        Card::Projection | Card::Gamma | Card::Dual | Card::Similarity | Card::Training
    )
}

/// What is asked, and the answers, where the card has a choice.
fn answers(lens: &Claims) -> Option<(&'static str, Vec<Answer>)> {
    let choices = lens.choices;
    let answer = |name, aside, edit, is_chosen| Answer {
        name,
        aside,
        edit,
        is_chosen,
    };
    Some(match lens.card {
        Card::Projection | Card::Gamma | Card::Dual => {
            let each = NullRows::ALL.iter().map(|null| {
                let (name, aside) = match null {
                    NullRows::Permuted => ("permuted rows", "the values in a random order"),
                    NullRows::Shifted => ("shifted rows", "each value to a later token"),
                };
                answer(name, aside, ClaimsEdit::Null(*null), *null == choices.null)
            });
            ("Chance", each.collect())
        }
        Card::Similarity => {
            let each = Beside::ALL.iter().map(|beside| {
                let aside = match beside {
                    Beside::Constructed => "what the theorem gives",
                    Beside::Keys => "token by token",
                    Beside::Strangers => "197 × 64, unrelated",
                };
                answer(
                    beside.name(),
                    aside,
                    ClaimsEdit::Beside(*beside),
                    *beside == choices.beside,
                )
            });
            ("Beside", each.collect())
        }
        Card::Training => {
            let each = Start::ALL.iter().map(|start| {
                let (name, aside) = match start {
                    Start::Random => ("random values", "of seed 7"),
                    Start::Fixed => ("fixed values", "the same for every cloud"),
                };
                answer(name, aside, ClaimsEdit::Start(*start), *start == choices.start)
            });
            ("Start", each.collect())
        }
        Card::Eigenvalue | Card::Gauge | Card::Pursuit | Card::Elliptical | Card::BatchNorm => return None,
    })
}

/// The choice at the right end of a row, which marks stand before. Its title is given up where that makes room for one of them
/// or for all, and it is left out where it has no room. Gives what is left of the row.
pub(super) fn ui(
    lens: &Claims,
    ui: &mut Ui,
    row: Rect,
    stage: &Stage<'_>,
    marks: impl Iterator<Item = f32> + Clone,
    out: &mut Out,
) -> Rect {
    let theme = stage.theme;
    let Some((title, answers)) = answers(lens) else {
        return row;
    };
    let chosen = answers
        .iter()
        .find(|answer| answer.is_chosen)
        .map_or("", |answer| answer.name);
    let [titled, bare] = [title, ""].map(|title| widgets::choice_width(ui, theme, title, chosen) + theme.px(12.0));
    let has_room = |choice: f32, marks: f32| choice + marks <= row.width();
    let (all, first): (f32, f32) = (marks.clone().sum(), marks.take(1).sum());
    let is_titled = has_room(titled, all) || (!has_room(bare, first) && has_room(titled, 0.0));
    let (title, wide) = if is_titled { (title, titled) } else { ("", bare) };
    let wide = wide - theme.px(12.0);
    // Half a choice is none.
    if wide > row.width() {
        return row;
    }
    let place = row.with_min_x(row.right() - wide);
    let flow = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(
        UiBuilder::new()
            .id_salt("choice of the card")
            .max_rect(place)
            .layout(flow),
    );
    let mut edit = None;
    let response = widgets::choice(&mut child, theme, title, chosen, |ui| {
        for answer in &answers {
            let look = Button::chosen(answer.is_chosen);
            if widgets::menu_row(ui, theme, None, answer.name, answer.aside, look).clicked() {
                edit = Some(answer.edit);
            }
        }
    });
    out.places.push(("choice", response.rect));
    out.commands.extend(edit.map(|edit| Command::Edit(Edit::Claims(edit))));
    row.with_max_x(response.rect.left() - theme.px(12.0))
}

/// How chance is drawn, as a sentence.
pub(super) fn null_words(lens: &Claims) -> String {
    let draws = if lens.card == Card::Gamma { FEW_DRAWS } else { DRAWS };
    match (lens.choices.null, &lens.head) {
        (NullRows::Shifted, Some(Ok(head))) => {
            let shifts = unrelated(head, NullRows::Shifted, 0).count();
            format!(" Null: {shifts} shifts of the rows of the values.")
        }
        _ => format!(" Null: {draws} draws of seed {SEED}."),
    }
}
