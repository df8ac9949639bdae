//! The list of claims, the open card, and the map of the heads.

use egui::{Align2, Painter, Rect, Role, Sense, Shape, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::cards::{Kind, lens as lens_of, states, words};
use super::derive::{Group, Line, Shown};
use super::say;
use super::{Claims, choose, map, training};
use crate::command::{ClaimsEdit, Command, Edit};
use crate::lab::{Card, ValuesFrom};
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set, Text};
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
    // The rows of the list give way to the map, as far as they can.
    let map = if lens.map().is_some() { theme.px(248.0) } else { 0.0 };
    let rows = Card::ALL.len() as f32;
    let row = ((left.height() - theme.px(30.0) - map) / rows).clamp(theme.px(23.0), theme.px(34.0));
    let whole = left.top() + theme.px(30.0) + row * rows;
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
    let strong = |size| Set::strong(size, theme.ink);
    let whole = name::line(ui.painter(), theme, &claim, strong(size::WORD));
    let large = if whole.size().x > inner.width() {
        size::BODY
    } else {
        size::WORD
    };
    let mut y = inner.top();
    for line in wrapped(ui.painter(), theme, &claim, strong(large), inner.width()) {
        y = put(ui.painter(), Align2::LEFT_TOP, pos2(inner.left(), y), &line).bottom();
    }
    y += theme.px(4.0);
    let mut write = |text: &str, set: Set, after: f32| {
        let line = fitted(ui.painter(), theme, text, set, inner.width());
        let place = put(ui.painter(), Align2::LEFT_TOP, pos2(inner.left(), y), &line);
        y = place.bottom() + theme.px(after);
    };
    write(card.source, Set::regular(size::BODY, theme.ink2), 6.0);
    let height = if choose::asks(lens.card) { 36.0 } else { 24.0 };
    let row = Rect::from_min_size(pos2(inner.left(), y), vec2(inner.width(), theme.px(height)));
    let after = badge(ui.painter(), theme, row, card.kind);
    let beside = row.with_min_x(after + theme.px(20.0));
    let entries = legend_entries(ui.painter(), theme, &lens.lines(), lens.card);
    let marks = entries.iter().map(|(_, words)| entry_width(theme, words));
    let beside = choose::ui(lens, ui, beside, stage, marks, out);
    legend(ui.painter(), theme, beside, entries);
    let buttons = inner.with_min_y(inner.bottom() - theme.px(38.0));
    let room = Rect::from_min_max(
        pos2(inner.left(), y + theme.px(if height > 24.0 { 38.0 } else { 32.0 })),
        pos2(inner.right(), buttons.top() - theme.px(10.0)),
    );
    match lens.shown() {
        Some(Ok(shown)) if !shown.course.is_empty() => {
            let room = evidence_ui(ui, room, theme, card.found, theme.px(300.0), out);
            let strip = room.with_min_y(room.bottom() - theme.px(30.0));
            let above = room.with_max_y(strip.top() - theme.px(6.0));
            training::ui(lens, ui, above, stage, &shown.course, out);
            let lines = lens.lines();
            let after = lines.iter().find(|line| line.key == "eigen_residual_after");
            let named = after.map(|line| Line {
                name: "columns as eigenvectors",
                ..line.clone()
            });
            strips_ui(ui, strip, theme, &[("", named.iter().collect())], None);
        }
        Some(Ok(shown)) => lines_ui(ui, room, theme, shown, card.found, out),
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

/// What kind of claim it is. Returns where it ends.
fn badge(painter: &Painter, theme: &Theme, row: Rect, kind: Kind) -> f32 {
    let (ink, line) = match kind {
        Kind::Exact => (theme.canvas, theme.ink),
        Kind::Disputed => (theme.disputed, theme.disputed),
        Kind::Bound | Kind::Choice => (theme.ink, theme.ink),
    };
    let words = name::line(painter, theme, kind.name(), Set::strong(size::BODY, ink));
    let size = vec2(words.size().x + theme.px(20.0), theme.px(24.0));
    let frame = Rect::from_center_size(row.left_center() + vec2(0.5 * size.x, 0.0), size).shrink(0.5);
    match kind {
        Kind::Exact => {
            painter.rect_filled(frame, theme.corner(4.0), line);
        }
        Kind::Disputed => {
            let corners = [
                frame.left_top(),
                frame.right_top(),
                frame.right_bottom(),
                frame.left_bottom(),
                frame.left_top(),
            ];
            painter.extend(Shape::dashed_line(
                &corners,
                theme.hairline(line),
                theme.px(4.0),
                theme.px(3.0),
            ));
        }
        Kind::Bound | Kind::Choice => {
            painter.rect_stroke(frame, theme.corner(4.0), theme.hairline(line), StrokeKind::Inside);
        }
    }
    put(painter, Align2::CENTER_CENTER, frame.center(), &words);
    frame.right()
}

/// What the marks on the lines are, as far as there are such.
fn legend_entries(painter: &Painter, theme: &Theme, lines: &[Line], card: Card) -> Vec<(nulls::Mark, Text)> {
    let band = match card {
        Card::Pursuit | Card::Elliptical => "95 % of the draws",
        _ => "chance, 95 %",
    };
    let quiet = Set::regular(size::BODY, theme.ink2);
    let mut entries = Vec::new();
    if lines.iter().any(|line| line.null.is_some()) {
        entries.push((nulls::Mark::Null, name::line(painter, theme, band, quiet)));
    }
    if lines.iter().any(|line| line.claimed.is_some()) {
        entries.push((nulls::Mark::Claimed, name::line(painter, theme, "the claim", quiet)));
    }
    entries
}

fn entry_width(theme: &Theme, words: &Text) -> f32 {
    words.size().x + theme.px(40.0)
}

/// The marks at the right end of a row; those that have no room are left out, the last first.
fn legend(painter: &Painter, theme: &Theme, row: Rect, mut entries: Vec<(nulls::Mark, Text)>) {
    let all = |entries: &[(nulls::Mark, Text)]| entries.iter().map(|(_, words)| entry_width(theme, words)).sum::<f32>();
    while !entries.is_empty() && all(&entries) > row.width() {
        entries.pop();
    }
    let width = all(&entries);
    let mut x = row.right() - width + theme.px(16.0);
    for (mark, words) in entries {
        let slot = Rect::from_center_size(
            pos2(x + theme.px(8.0), row.center().y),
            vec2(theme.px(16.0), theme.px(16.0)),
        );
        mark.paint(painter, theme, slot);
        let after = put(
            painter,
            Align2::LEFT_CENTER,
            pos2(slot.right() + theme.px(8.0), row.center().y),
            &words,
        );
        x = after.right() + theme.px(16.0);
    }
}

/// What was found for the claim and against it, at the foot of the room where that leaves `need` for the rest. The rest.
fn evidence_ui(ui: &Ui, room: Rect, theme: &Theme, found: [&str; 2], need: f32, out: &mut Out) -> Rect {
    let gap = theme.px(24.0);
    let half = 0.5 * (room.width() - gap);
    if half < theme.px(150.0) {
        return room;
    }
    let painter = ui.painter();
    let set = Set::regular(size::BODY, theme.ink);
    let paragraphs = found.map(|words| wrapped(painter, theme, words, set, half));
    let each = theme.px(20.0);
    let lines = paragraphs.iter().map(Vec::len).max().unwrap_or_default();
    let height = theme.px(34.0) + each * lines as f32;
    if room.height() - height - theme.px(8.0) + 1.0 < need {
        return room;
    }
    let place = room.with_min_y(room.bottom() - height);
    painter.hline(place.x_range(), place.top(), theme.hairline(theme.line));
    for (at, (title, paragraph)) in std::iter::zip(["For", "Against"], paragraphs).enumerate() {
        let left = place.left() + at as f32 * (half + gap);
        let mut y = place.top() + theme.px(8.0);
        let title = name::line(painter, theme, title, Set::strong(size::BODY, theme.ink));
        put(painter, Align2::LEFT_TOP, pos2(left, y), &title);
        for line in paragraph {
            y += each;
            put(painter, Align2::LEFT_TOP, pos2(left, y), &line);
        }
    }
    out.places.push(("found", place));
    room.with_max_y(place.top() - theme.px(8.0))
}

/// Words in lines that are as wide as there is room.
fn wrapped(painter: &Painter, theme: &Theme, words: &str, set: Set, room: f32) -> Vec<Text> {
    let laid = |text: &str| name::line(painter, theme, text, set);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words.split(' ') {
        let longer = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if !line.is_empty() && laid(&longer).size().x > room {
            lines.push(laid(&line));
            word.clone_into(&mut line);
        } else {
            line = longer;
        }
    }
    lines.push(laid(&line));
    lines
}

/// The numbers, group by group, over what was found.
fn lines_ui(ui: &mut Ui, rect: Rect, theme: &Theme, shown: &Shown, found: [&str; 2], out: &mut Out) {
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
    let least = theme.px(22.0) * rows as f32;
    let rect = evidence_ui(ui, rect, theme, found, least, out);
    strips_ui(ui, rect, theme, &groups, shown.not_testable);
    out.places.push(("tests", rect));
}

/// Lines under their headings. What has no room is in the table.
fn strips_ui(ui: &mut Ui, rect: Rect, theme: &Theme, groups: &[(&str, Vec<&Line>)], not_testable: Option<[usize; 2]>) {
    let rows: usize = groups
        .iter()
        .map(|(heading, lines)| lines.len() + usize::from(!heading.is_empty()))
        .sum();
    let rows = rows + usize::from(not_testable.is_some());
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
    if let Some(counts) = not_testable {
        write(ui, next(), &say::not_testable(counts), theme.ink);
    }
    let all = groups.iter().flat_map(|(_, lines)| lines);
    let names = nulls::names(ui.painter(), theme, rect.width(), all.map(|line| line.name));
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
                nulls::ui(ui, row, theme, &strip, names);
            }
        }
    }
}

/// A state for the claim, one against it, and the lens that shows what it is about.
fn buttons_ui(lens: &Claims, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let shows = words(lens.card).shows;
    let gap = theme.px(10.0);
    let wide = rect.width() > theme.px(520.0);
    // Where there is room the two states say what they are.
    let shares = if wide { [0.4, 0.4, 0.2] } else { [1.0 / 3.0; 3] };
    let place = |at: usize| {
        let width = rect.width() - 2.0 * gap;
        let before: f32 = shares.iter().take(at).sum();
        let left = rect.left() + before * width + at as f32 * gap;
        Rect::from_min_size(pos2(left, rect.top()), vec2(shares[at.min(2)] * width, theme.px(36.0)))
    };
    let key = |words: &'static str| if wide { words } else { "" };
    let words_of = match rect.width() > theme.px(370.0) {
        true if wide => ["Supports it", "Breaks it", "Lens"],
        true => ["Supports it", "Breaks it", "Open the lens"],
        false => ["Supports", "Breaks", "Lens"],
    };
    for ((word, state), (at, name)) in std::iter::zip(
        std::iter::zip([words_of[0], words_of[1]], states(lens.card)),
        std::iter::zip([0, 1], ["supports", "breaks"]),
    ) {
        let shows = shows[at.min(1)];
        let response = widgets::action(ui, theme, word, key(shows), false, Some(place(at)));
        out.places.push((name, response.rect));
        if response.on_hover_text(shows).clicked() {
            out.commands.extend(state);
        }
    }
    let target = lens_of(lens.card);
    let response = widgets::action(ui, theme, words_of[2], "", false, Some(place(2)));
    out.places.push(("lens", response.rect));
    if response.on_hover_text(target.name()).clicked() {
        out.push(Command::Lens(target));
    }
}

/// Whose values; of the training, what learns.
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
    // Half a choice is none.
    if lens.card == Card::Training && ui.available_width() > stage.theme.px(210.0) {
        let chosen = usize::from(lens.choices.all_learn);
        let words = ["V learns", "Q, K, V learn"];
        if let Some(index) = widgets::segments(ui, stage.theme, "Learning", &words, Some(chosen)) {
            out.push(Command::Edit(Edit::Claims(ClaimsEdit::AllLearn(index == 1))));
        }
    }
}
