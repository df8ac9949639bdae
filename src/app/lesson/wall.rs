//! A lesson on the wall of a hall: the board at the left; at the right the question as a title, a few sentences, at most one
//! chart, and the steps.

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Galley, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::super::App;
use super::super::layout::{Class, Layout};
use super::bar;
use crate::lens::Out;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// Share of the width that the board has.
const BOARD: f32 = 0.6;

/// Sizes of a title, the first where there is room.
const TITLES: [f32; 3] = [30.0, 25.0, 21.0];

/// The least heights of a chart, and of a guess beside its truth.
const CHART: f32 = 150.0;
const GUESS: f32 = 100.0;

/// The layout of a canvas for a lesson: no bars.
pub(in super::super) fn split(canvas: Rect, theme: &Theme) -> Layout {
    let pad = theme.px(24.0);
    let inner = canvas.shrink(pad);
    let board = inner.with_max_x(inner.left() + BOARD * inner.width());
    Layout {
        class: Class::Hall,
        top: Rect::NOTHING,
        headline: Rect::NOTHING,
        notices: Rect::NOTHING,
        board,
        chart: Rect::NOTHING,
        microscope: inner.with_min_x(board.right() + theme.px(26.0)),
        tools: Rect::NOTHING,
    }
}

/// The words at the right. Returns the room that is left for a chart.
pub(in super::super) fn ui(app: &App, ui: &mut Ui, theme: &Theme, rect: Rect, out: &mut Out) -> Rect {
    let Some(teaching) = &app.teaching else { return rect };
    let Some(step) = teaching.step() else { return rect };
    let kind = if teaching.is_exercise(teaching.at) { "" } else { "step " };
    let number = format!("{}  ·  {kind}{}", teaching.lesson.title, teaching.place());
    let mut y = rect.top();
    let mut line = |ui: &Ui, words: &str, set: Set, gap: f32| {
        y = paragraph(ui, theme, (rect.with_min_y(y), words, set)) + theme.px(gap);
        y
    };
    let under = line(ui, &number, Set::regular(size::BODY, theme.ink2), 6.0);
    let asks = teaching.question().filter(|_| app.is_asking());
    let title = asks.map_or(step.title.as_str(), |ask| ask.question.as_str());
    // A long question is set smaller before it takes the room of its answers.
    let panel = if teaching.has_panel() { theme.px(190.0) } else { 0.0 };
    let foot = rect.bottom() - theme.px(34.0);
    let leaves = |size: f32| {
        let set = Set::strong(size, theme.ink);
        foot - under - laid(ui, theme, rect.width(), title, set).size().y - theme.px(26.0)
    };
    let size = TITLES
        .into_iter()
        .find(|size| leaves(*size) >= panel)
        .unwrap_or(TITLES[2]);
    let from = line(ui, title, Set::strong(size, theme.ink), 10.0);
    let heading = ui.interact(rect.with_max_y(from), ui.scope_id().with("headline"), Sense::hover());
    heading.tell(&|| WidgetInfo::labeled(Role::Heading, true, title));
    let mut top = from;
    if let Some(words) = app.gap_words() {
        for (words, colour) in std::iter::zip(&words, [theme.focus, theme.bad, theme.ink]) {
            top = paragraph(
                ui,
                theme,
                (rect.with_min_y(top), words, Set::strong(size::HEADLINE, colour)),
            );
        }
        top += theme.px(8.0);
    }
    // Beside guess and truth there may be no room for words.
    if asks.is_none() && foot - top > panel + theme.px(60.0) {
        let wall = if step.wall.is_empty() { &step.claim } else { &step.wall };
        let words = app.readouts.fill(wall);
        let room = rect.with_min_y(top).with_max_y(foot);
        top = paragraph(ui, theme, (room, &words, Set::regular(19.0, theme.ink))) + theme.px(12.0);
    }
    let steps = Rect::from_min_max(pos2(rect.left(), foot), pos2(rect.right(), foot + theme.px(6.0)));
    bar::steps_ui(app, ui, theme, steps, out);
    keys(
        ui,
        theme,
        Rect::from_min_max(pos2(rect.left(), foot + theme.px(12.0)), rect.max),
    );
    let chart = rect.with_min_y(top).with_max_y(foot - theme.px(16.0));
    let least = if teaching.has_panel() { GUESS } else { CHART };
    if chart.height() < theme.px(least) {
        return Rect::NOTHING;
    }
    chart
}

fn laid(ui: &Ui, theme: &Theme, width: f32, words: &str, set: Set) -> Arc<Galley> {
    let mut job = LayoutJob {
        wrap: TextWrapping::wrap_at_width(width),
        ..LayoutJob::default()
    };
    name::append_words(&mut job, theme, words, set);
    ui.painter().layout_job(job)
}

/// Words that wrap; where they end.
pub(in super::super) fn paragraph(ui: &Ui, theme: &Theme, (rect, words, set): (Rect, &str, Set)) -> f32 {
    let galley = laid(ui, theme, rect.width(), words, set);
    let end = rect.top() + galley.size().y;
    ui.painter_at(rect.expand(2.0)).galley(rect.min, galley, theme.ink);
    end
}

fn keys(ui: &mut Ui, theme: &Theme, rect: Rect) {
    let set = Set::regular(size::TICK, theme.ink2);
    for (words, anchor, x) in [
        ("PageDown: next", Align2::LEFT_TOP, rect.left()),
        (". blank", Align2::CENTER_TOP, rect.center().x),
        ("? keys", Align2::RIGHT_TOP, rect.right()),
    ] {
        name::line(ui.painter(), theme, words, set).put(ui.painter(), anchor, pos2(x, rect.top()));
    }
}
