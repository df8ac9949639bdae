//! Beside and below the board: the picture that is the same, the row both ways, the crowd's share against β, the legend.

use egui::{Align2, Rect, Stroke, Ui, pos2, vec2};
use eigenlens_core::{BnForm, descending};

use super::board;
use super::derive::Picture;
use super::say;
use crate::board::glyphs;
use crate::command::{Command, Edit, SupportEdit};
use crate::lab::TokenRef;
use crate::lab::readout::text;
use crate::lab::support::Shift;
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::{self, Button};
use crate::microscope::moved::{self, Bar, Look};
use crate::microscope::pairs::{self, Note, Pairs};
use crate::microscope::small_board::{self, SmallBoard};
use crate::microscope::{heading, put, share};

/// Up to how many dimensions each entry of M has a bar.
const MOST_ENTRIES: usize = 8;

fn linked_key(stage: &Stage<'_>) -> Option<usize> {
    match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    }
}

fn link(out: &mut Out, key: Option<usize>) {
    if let Some(key) = key {
        out.linked = Some(TokenRef::Key(key));
    }
}

/// The small board, the weights and the curve, one below the other.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let gap = theme.px(18.0);
    let head = theme.px(28.0);
    let keys = picture.penalty.len() as f32;
    let weights = (head + keys * theme.px(21.0)).min(0.32 * rect.height());
    let share = (0.3 * rect.height()).clamp(theme.px(120.0), theme.px(212.0));
    let board = rect.height() - weights - share - 2.0 * gap;
    let slot = |top: f32, height: f32| Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height.max(0.0)));
    beside_ui(ui, slot(rect.top(), board), stage, picture, out);
    weights_ui(ui, slot(rect.top() + board + gap, weights), stage, picture, out);
    let last = slot(rect.bottom() - share, share);
    match picture.form {
        BnForm::Recentred => share_ui(ui, last, stage, picture, out),
        BnForm::Full => metric_ui(ui, last, stage, picture),
    }
}

/// The other way to draw the same row, and how far both are apart.
pub(super) fn beside_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let title = match (picture.form, picture.shift) {
        (BnForm::Full, _) => "Centred and divided by *σ*",
        (BnForm::Recentred, Shift::Query) => "Keys shifted as well",
        (BnForm::Recentred, Shift::Keys) => "Nothing shifted",
        (BnForm::Recentred, Shift::Both) => "Only the query shifted",
    };
    let below = heading(ui.painter(), theme, rect, title, "");
    let words = format!("difference {}", say::difference(picture.difference));
    let aside = name::line(ui.painter(), theme, &words, Set::strong(size::BODY, theme.ink));
    put(ui.painter(), Align2::RIGHT_TOP, rect.right_top(), &aside);
    let keys = &picture.common.positions.keys;
    let step = picture.step();
    let by = |at: &[f64; 2]| [at[0] + step[0], at[1] + step[1]];
    let moved: Vec<[f64; 2]> = keys.iter().map(by).collect();
    let mean = picture.places.mean;
    let whole = (picture.beta - 1.0).abs() < 1e-9;
    let shown = SmallBoard {
        keys: keys.as_slice(),
        before: &[],
        query: picture.query(),
        weights: &picture.plain.weights,
        order: &picture.order,
        mean: Some((mean, "mean key")),
        linked: linked_key(stage),
        spoken: format!("{}, {words}", title.replace('*', "")),
    };
    let shown = match (&picture.places.normalised, picture.shift) {
        (Some((keys, query)), _) => SmallBoard {
            keys,
            query: *query,
            weights: &picture.row.weights,
            mean: Some(([0.0; 2], "mean key at 0, spread 1")),
            ..shown
        },
        (None, Shift::Query) => SmallBoard {
            keys: &moved,
            before: keys,
            query: picture.places.moved,
            weights: &picture.row.weights,
            mean: Some((by(&mean), if whole { "the mean key is at 0" } else { "mean key" })),
            ..shown
        },
        (None, Shift::Keys) => shown,
        (None, Shift::Both) => SmallBoard {
            query: picture.places.moved,
            weights: &picture.row.weights,
            ..shown
        },
    };
    out.places.push(("beside", below));
    link(out, small_board::ui(ui, below, theme, &shown));
}

/// The row with the shift as bars, without it as dashed bars.
pub(super) fn weights_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let keys = picture.penalty.len();
    let room = pairs::lying_room(theme, rect.height() - theme.px(28.0));
    let title = if keys > room {
        format!("Weights of {room} of {keys} keys")
    } else if picture.form == BnForm::Full {
        "Weights: full, and softmax".to_owned()
    } else {
        "Weights: the same row, both ways".to_owned()
    };
    let words = match picture.form {
        BnForm::Recentred => "dashed: *β* = 0",
        BnForm::Full => "dashed: softmax",
    };
    let below = heading(ui.painter(), theme, rect, &title, words);
    let notes: Vec<Note> = (0..keys)
        .map(|key| Note {
            pair: key,
            text: say::change(picture, key),
            warm: false,
        })
        .collect();
    let shown = Pairs {
        names: &picture.common.keys,
        filled: &picture.on_board().weights,
        outlined: &picture.plain.weights,
        order: &picture.order,
        notes: &notes,
        linked: linked_key(stage),
        spoken: format!(
            "{} weighs {keys} keys with the shift and without",
            picture.common.asker()
        ),
    };
    out.places.push(("weights", below));
    link(out, pairs::lying_ui(ui, below, theme, &shown, 21.0));
}

/// The crowd's share against β, with the playhead that is β.
pub(super) fn share_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let title = match picture.crowd.words {
        "the crowd" => "The crowd’s share against *β*, %",
        _ => "The half near *μ*: its share against *β*, %",
    };
    let below = heading(ui.painter(), theme, rect, title, "drag");
    let words = format!("*β* = {}", say::beta(picture));
    let shown = share::Share {
        xs: &picture.sweep.betas,
        ys: &picture.sweep.shares,
        at: (picture.beta, picture.crowd.share(&picture.row.weights)),
        words: &words,
        spoken: "β, against the share of the crowd",
    };
    out.places.push(("share", below));
    let (to, over) = share::ui(ui, below, theme, &shown);
    if let Some(beta) = to {
        out.push(Command::Drag(board::edit(beta)));
    }
    if over {
        out.push(Command::Drop);
    }
}

/// The metric of the full form, the largest entries first where not all have room.
fn metric_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let n = picture.metric.len();
    let aside = if n > MOST_ENTRIES {
        format!("the {MOST_ENTRIES} largest of {n}")
    } else {
        String::new()
    };
    let below = heading(
        ui.painter(),
        theme,
        rect,
        "*M* = diag(1/(*σ*² + *ε*)): an ellipse",
        &aside,
    );
    let mut order = descending(&picture.metric);
    order.truncate(MOST_ENTRIES);
    order.sort_unstable();
    let bars: Vec<Bar> = order
        .iter()
        .map(|&d| Bar {
            name: format!("*{}*", text::subscripted("m", d + 1)),
            value: picture.metric[d],
            text: text::number(picture.metric[d]),
            look: Look::Strong,
        })
        .collect();
    let spoken: Vec<String> = bars.iter().map(|bar| bar.text.clone()).collect();
    moved::ui(
        ui,
        below,
        theme,
        &bars,
        &format!("The diagonal of M: {}", spoken.join(", ")),
    );
}

/// The card of a phone: what is shifted, and the curve below.
pub(super) fn share_card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), theme.px(40.0)));
    let flow = egui::Layout::left_to_right(egui::Align::Min);
    let mut head = ui.new_child(egui::UiBuilder::new().id_salt("switch").max_rect(line).layout(flow));
    choices_ui(&mut head, stage, out);
    let below = Rect::from_min_max(line.left_bottom() + vec2(0.0, theme.px(6.0)), rect.max);
    match picture.form {
        BnForm::Recentred => share_ui(ui, below, stage, picture, out),
        BnForm::Full => metric_ui(ui, below, stage, picture),
    }
}

/// The curve of a hall, with the weights above it.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let upper = (0.5 * rect.height()).min(theme.px(28.0) + picture.penalty.len() as f32 * theme.px(26.0));
    let weights = Rect::from_min_size(rect.min, vec2(rect.width(), upper));
    weights_ui(ui, weights, stage, picture, out);
    let below = Rect::from_min_max(pos2(rect.left(), weights.bottom() + theme.px(16.0)), rect.max);
    match picture.form {
        BnForm::Recentred => share_ui(ui, below, stage, picture, out),
        BnForm::Full => metric_ui(ui, below, stage, picture),
    }
}

/// What the signs of the board mean.
pub(super) fn legend_ui(ui: &Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let painter = ui.painter();
    let root = say::root(&stage.lab.scene);
    let second = match picture.form {
        _ if picture.shift == Shift::Keys => "shifted key *k* − *β**μ*".to_owned(),
        BnForm::Recentred => format!("penalty −*β**μ*·*k*/{root}"),
        BnForm::Full => format!("bias −*μ*·*M**k*/{root}"),
    };
    let set = Set::regular(size::BODY, theme.ink);
    let items = ["key".to_owned(), second, "weight".to_owned(), "mean key".to_owned()]
        .map(|words| name::line(painter, theme, &words, set));
    let y = rect.top() + theme.px(28.0);
    let mut x = rect.left() + theme.px(4.0);
    let swatches = theme.px(30.0 + 3.0 * 18.0 + 4.0 * 8.0);
    let spare = rect.width() - swatches - items.iter().map(|words| words.size().x).sum::<f32>();
    let gap = (spare / 3.0 - 2.0).clamp(theme.px(8.0), theme.px(28.0));
    for (i, words) in items.iter().enumerate() {
        let swatch = theme.px(if i == 2 { 30.0 } else { 18.0 });
        if x + swatch + theme.px(8.0) + words.size().x > rect.right() {
            break;
        }
        let middle = pos2(x + 0.5 * swatch, y);
        match i {
            0 => {
                painter.circle_filled(middle, theme.px(glyphs::KEY_RADIUS), theme.ink);
            }
            1 if picture.shift == Shift::Keys => {
                let stroke = Stroke::new(theme.px(2.0), theme.ink);
                painter.circle(middle, theme.px(glyphs::KEY_RADIUS - 1.0), theme.canvas, stroke);
            }
            1 => {
                let bar = Rect::from_center_size(middle, vec2(theme.px(7.5), theme.px(15.0)));
                painter.rect_filled(bar, 0.0, theme.neg);
            }
            2 => {
                let ends = [middle - vec2(0.5 * swatch, 0.0), middle + vec2(0.5 * swatch, 0.0)];
                painter.line_segment(ends, Stroke::new(theme.px(8.0), theme.link()));
            }
            _ => small_board::cross(painter, theme, middle, 7.0),
        }
        let at = pos2(x + swatch + theme.px(8.0), y);
        x = put(painter, Align2::LEFT_CENTER, at, words).right() + gap;
    }
    let mean: Vec<String> = picture.mean.iter().take(2).map(|m| text::coordinate(*m)).collect();
    let more = if picture.mean.len() > 2 { ", …" } else { "" };
    let short = format!("*μ* = ({}{more})", mean.join(", "));
    let reading = board::reading(picture).unwrap_or("The more a key is like the mean key, the more it pays.");
    let long = format!("{short}. {reading}");
    let fits = [long, short]
        .map(|words| name::line(painter, theme, &words, Set::regular(size::BODY, theme.ink2)))
        .into_iter()
        .find(|line| line.size().x <= rect.width());
    if let Some(line) = fits {
        put(
            painter,
            Align2::LEFT_CENTER,
            pos2(rect.left() + theme.px(4.0), y + theme.px(34.0)),
            &line,
        );
    }
}

/// The choices as one list, where there is less room.
fn choices_list_ui(ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let choices = stage.lab.choices.support;
    let shown = match choices.bn_form {
        BnForm::Recentred => choices.shift.name().to_owned(),
        BnForm::Full => format!("{}, ÷ σ", choices.shift.name()),
    };
    let line = name::line(ui.painter(), theme, &shown, Set::strong(size::BODY, theme.ink));
    let title = name::line(ui.painter(), theme, "Shift", Set::regular(size::BODY, theme.ink2));
    let bare = line.size().x + theme.px(46.0);
    if bare > ui.available_width() {
        return;
    }
    let titled = bare + title.size().x + theme.px(8.0) <= ui.available_width();
    widgets::choice(ui, theme, if titled { "Shift" } else { "" }, &shown, |ui| {
        for shift in Shift::ALL {
            let words = format!("Shift {}", shift.name());
            let look = Button::chosen(shift == choices.shift);
            if widgets::menu_row(ui, theme, None, &words, "", look).clicked() {
                out.push(Command::Edit(Edit::Support(SupportEdit::Shift(shift))));
            }
        }
        ui.separator();
        for (form, words) in std::iter::zip(BnForm::ALL, ["Recentred, as used", "Full: divided by σ"]) {
            let look = Button::chosen(form == choices.bn_form);
            if widgets::menu_row(ui, theme, None, words, "", look).clicked() {
                out.push(Command::Edit(Edit::Support(SupportEdit::BnForm(form))));
            }
        }
    });
}

/// What is shifted, and which form.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let choices = stage.lab.choices.support;
    let width = |ui: &Ui, words: &[&str]| {
        let word = |word: &&str| {
            let line = name::line(ui.painter(), theme, word, Set::strong(size::BODY, theme.ink));
            line.size().x + theme.px(24.0)
        };
        words.iter().map(word).sum::<f32>()
    };
    let shifts = Shift::ALL.map(Shift::name);
    let title = name::line(ui.painter(), theme, "Shift", Set::regular(size::BODY, theme.ink2));
    let forms = [
        ["recentred, as used", "full, ÷ σ"],
        ["recentred", "full, ÷ σ"],
        ["recentred", "÷ σ"],
        ["β", "÷ σ"],
    ];
    let room = ui.available_width();
    let first = width(ui, &shifts) + theme.px(8.0);
    if first + width(ui, &forms[3]) > room {
        choices_list_ui(ui, stage, out);
        return;
    }
    let titled = title.size().x + theme.px(8.0) + first + width(ui, &forms[1]) + theme.px(12.0) <= room;
    if titled {
        widgets::words(ui, theme, "Shift");
    }
    let chosen = Shift::ALL.iter().position(|shift| *shift == choices.shift);
    if let Some(shift) = widgets::segments(ui, theme, "Shift", &shifts, chosen).and_then(|i| Shift::ALL.get(i)) {
        out.push(Command::Edit(Edit::Support(SupportEdit::Shift(*shift))));
    }
    let room = ui.available_width();
    let Some(words) = forms.iter().find(|words| width(ui, &words[..]) <= room) else {
        return;
    };
    let chosen = BnForm::ALL.iter().position(|form| *form == choices.bn_form);
    if let Some(form) = widgets::segments(ui, theme, "Form", words, chosen).and_then(|i| BnForm::ALL.get(i)) {
        out.push(Command::Edit(Edit::Support(SupportEdit::BnForm(*form))));
    }
}
