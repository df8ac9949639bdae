//! The list of claims, the open card, and the map of the heads.

use egui::{Align2, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::cards::{lens as lens_of, states, words};
use super::derive::{Group, Line};
use super::say;
use super::{Claims, map};
use crate::command::{Command, Edit};
use crate::lab::{Card, ValuesFrom};
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::microscope::{fitted, heading, nulls, put};

/// Everything, in the place of board, chart and microscope; on a phone the card alone.
pub(super) fn whole_ui(lens: &Claims, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let rect = rect.shrink2(vec2((theme.px(16.0) - rect.left()).max(0.0), 0.0));
    if rect.width() < theme.px(560.0) {
        return card_ui(lens, ui, rect, stage, out);
    }
    let split = rect.left() + (0.42 * rect.width()).min(theme.px(460.0));
    let left = rect.with_max_x(split - theme.px(28.0));
    let whole = left.top() + theme.px(30.0) + theme.px(34.0) * Card::ALL.len() as f32;
    let list = left.with_max_y(whole.min(left.bottom()));
    list_ui(lens, ui, list, stage, out);
    let below = left.with_min_y(list.bottom() + theme.px(18.0));
    if below.height() > theme.px(120.0) {
        map::ui(lens, ui, below, stage, out);
    }
    card_ui(lens, ui, rect.with_min_x(split), stage, out);
}

/// The ten claims.
pub(super) fn list_ui(lens: &Claims, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let below = heading(ui.painter(), theme, rect, "Ten claims", "");
    // Where there is no room for all of them, those round the open one.
    let rows = ((below.height() / theme.px(22.0)) as usize).clamp(1, Card::ALL.len());
    let first = usize::from(lens.card.code())
        .saturating_sub(rows / 2)
        .min(Card::ALL.len() - rows);
    let each = (below.height() / rows as f32).min(theme.px(34.0));
    for (at, card) in Card::ALL.into_iter().skip(first).take(rows).enumerate() {
        let top = below.top() + at as f32 * each;
        let row = Rect::from_min_size(pos2(below.left(), top), vec2(below.width(), each));
        let response = ui.interact(row, ui.scope_id().with(("claim", card.code())), Sense::click());
        let card_words = words(card);
        let chosen = card == lens.card;
        if chosen || response.hovered() {
            ui.painter().rect_filled(row, theme.corner(4.0), theme.hover);
        }
        let set = |strong: bool| {
            if strong {
                Set::strong(size::BODY, theme.ink)
            } else {
                Set::regular(size::BODY, theme.ink)
            }
        };
        let quiet = Set::regular(size::BODY, theme.ink2);
        let number = name::line(ui.painter(), theme, &(u16::from(card.code()) + 1).to_string(), quiet);
        put(
            ui.painter(),
            Align2::RIGHT_CENTER,
            pos2(row.left() + theme.px(24.0), row.center().y),
            &number,
        );
        let kind = name::line(ui.painter(), theme, card_words.kind.name(), quiet);
        let room = row.width() - theme.px(60.0);
        let short = fitted(ui.painter(), theme, card_words.short, set(chosen), room);
        let wide = short.size().x + kind.size().x < room;
        put(
            ui.painter(),
            Align2::LEFT_CENTER,
            pos2(row.left() + theme.px(36.0), row.center().y),
            &short,
        );
        if wide {
            put(
                ui.painter(),
                Align2::RIGHT_CENTER,
                pos2(row.right() - theme.px(8.0), row.center().y),
                &kind,
            );
        }
        widgets::focus_ring(ui, theme, row, &response);
        let spoken = format!(
            "Claim {}: {} {}",
            u16::from(card.code()) + 1,
            card_words.claim,
            card_words.kind.name()
        );
        response.tell(&|| WidgetInfo::selected(Role::RadioButton, true, chosen, &spoken));
        if response.clicked() && !chosen {
            out.push(Command::Edit(Edit::Card(card)));
        }
    }
    out.places.push(("claims", below));
}

/// The open card.
fn card_ui(lens: &Claims, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let card = words(lens.card);
    let frame = rect.shrink(1.0);
    ui.painter()
        .rect_stroke(frame, theme.corner(8.0), theme.hairline(theme.ink), StrokeKind::Inside);
    let inner = frame.shrink(theme.px(18.0));
    let claim = format!("“{}”", card.claim);
    let whole = name::line(ui.painter(), theme, &claim, Set::strong(size::WORD, theme.ink));
    let large = if whole.size().x > inner.width() {
        size::BODY
    } else {
        size::WORD
    };
    let mut y = inner.top();
    let mut write = |text: &str, set: Set, after: f32| {
        let line = fitted(ui.painter(), theme, text, set, inner.width());
        let place = put(ui.painter(), Align2::LEFT_TOP, pos2(inner.left(), y), &line);
        y = place.bottom() + theme.px(after);
    };
    write(&claim, Set::strong(large, theme.ink), 4.0);
    write(card.source, Set::regular(size::BODY, theme.ink2), 6.0);
    write(card.kind.name(), Set::strong(size::BODY, theme.disputed), 8.0);
    let buttons = inner.with_min_y(inner.bottom() - theme.px(38.0));
    let room = Rect::from_min_max(
        pos2(inner.left(), y),
        pos2(inner.right(), buttons.top() - theme.px(10.0)),
    );
    match lens.shown() {
        Some(Ok(shown)) => lines_ui(ui, room, theme, shown, out),
        Some(Err(refusal)) => {
            let line = fitted(
                ui.painter(),
                theme,
                &refusal,
                Set::regular(size::BODY, theme.bad),
                room.width(),
            );
            put(ui.painter(), Align2::LEFT_TOP, room.min, &line);
        }
        None => {}
    }
    buttons_ui(lens, ui, buttons, stage, out);
    out.places.push(("card", frame));
}

/// The numbers, group by group.
fn lines_ui(ui: &mut Ui, rect: Rect, theme: &Theme, shown: &super::Shown, out: &mut Out) {
    let headings = [
        (Group::GaugeFree, "Gauge-free: unchanged when V becomes VM"),
        (Group::Literal, "Literal: about the columns as they are stored"),
        (Group::Own, ""),
    ];
    let groups: Vec<(&str, Vec<&Line>)> = headings
        .iter()
        .map(|(group, heading)| {
            (
                *heading,
                shown.lines.iter().filter(|line| line.group == *group).collect(),
            )
        })
        .filter(|(_, lines): &(&str, Vec<&Line>)| !lines.is_empty())
        .collect();
    let titles = groups.iter().filter(|(heading, _)| !heading.is_empty()).count();
    let rows = shown.lines.len() + titles + usize::from(shown.not_testable.is_some());
    // What has no room is in the table.
    let each = (rect.height() / rows.max(1) as f32).clamp(theme.px(22.0), theme.px(42.0));
    let mut top = rect.top();
    let mut next = || {
        let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), each));
        top += each;
        (row.bottom() <= rect.bottom() + 1.0).then_some(row)
    };
    let write = |ui: &Ui, row: Option<Rect>, words: &str, colour| {
        if let Some(row) = row {
            let line = fitted(
                ui.painter(),
                theme,
                words,
                Set::regular(size::BODY, colour),
                row.width(),
            );
            put(ui.painter(), Align2::LEFT_CENTER, row.left_center(), &line);
        }
    };
    if let Some(counts) = shown.not_testable {
        write(ui, next(), &say::not_testable(counts), theme.ink);
    }
    for (heading, lines) in groups {
        if !heading.is_empty() {
            write(ui, next(), heading, theme.ink2);
        }
        for line in lines {
            let strip = nulls::Strip {
                id: line.key,
                name: line.name,
                value: line.value,
                text: say::number(line),
                claimed: line.claimed,
                null: line.null.as_ref().map(|null| (null.mean(), null.interval())),
            };
            if let Some(row) = next() {
                nulls::ui(ui, row, theme, &strip);
            }
        }
    }
    out.places.push(("tests", rect));
}

/// A state for the claim, one against it, and the lens that shows what it is about.
fn buttons_ui(lens: &Claims, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let shows = words(lens.card).shows;
    let gap = theme.px(10.0);
    let third = (rect.width() - 2.0 * gap) / 3.0;
    let place = |at: f32| {
        Rect::from_min_size(
            pos2(rect.left() + at * (third + gap), rect.top()),
            vec2(third, theme.px(36.0)),
        )
    };
    let key = |words: &'static str| if third > theme.px(200.0) { words } else { "" };
    let words_of = if third > theme.px(116.0) {
        ["Supports it", "Breaks it", "Open the lens"]
    } else {
        ["Supports", "Breaks", "Lens"]
    };
    for ((word, state), (at, name)) in std::iter::zip(
        std::iter::zip([words_of[0], words_of[1]], states(lens.card)),
        std::iter::zip([0.0, 1.0], ["supports", "breaks"]),
    ) {
        let shows = if at == 0.0 { shows[0] } else { shows[1] };
        let response = widgets::action(ui, theme, word, key(shows), false, Some(place(at)));
        out.places.push((name, response.rect));
        if response.clicked() {
            out.commands.extend(state);
        }
    }
    let target = lens_of(lens.card);
    let response = widgets::action(ui, theme, words_of[2], key(target.name()), false, Some(place(2.0)));
    out.places.push(("lens", response.rect));
    if response.clicked() {
        out.push(Command::Lens(target));
    }
}

/// Whose values.
pub(super) fn choices_ui(lens: &Claims, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let chosen = usize::from(lens.values == ValuesFrom::Constructed);
    if let Some(index) = widgets::segments(ui, stage.theme, "Values", &["as they are", "planted"], Some(chosen)) {
        let values = if index == 0 {
            ValuesFrom::Free
        } else {
            ValuesFrom::Constructed
        };
        out.push(Command::Edit(Edit::Values(values)));
    }
}
