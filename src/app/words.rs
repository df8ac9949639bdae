//! The headline, the line below it, and the notices.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};

use super::App;
use super::layout::{Class, Layout};
use crate::command::Command;
use crate::lab::{Notice, Severity};
use crate::lens::{Out, Tone};
use crate::look::Icon;
use crate::look::name::{self, Set};
use crate::look::theme::{Theme, size};
use crate::look::widgets::Tell as _;
use crate::look::widgets::{self, Button};

/// Notices that are shown at once; the others wait.
pub(super) const MOST_NOTICES: usize = 2;

/// The sentence that says the point, as large as it fits, and how to read the picture.
pub(super) fn headline_ui(app: &App, ui: &mut Ui, theme: &Theme, layout: &Layout, out: &mut Out) {
    let Some(lens) = app.lenses.get(app.lens_index()) else {
        return;
    };
    let phrases = app.lesson_headline().unwrap_or_else(|| lens.headline());
    let rect = layout.headline;
    // On a phone a long question is set smaller and in more rows, before it loses words.
    let ways: &[(f32, usize)] = if layout.class == Class::Phone {
        &[(1.0, 2), (0.85, 2), (0.72, 3), (0.58, 4)]
    } else {
        &[(1.0, 1), (0.85, 1), (0.72, 1)]
    };
    let galley = ways
        .iter()
        .map(|&(shrink, most_rows)| {
            let mut job = LayoutJob {
                wrap: TextWrapping {
                    max_rows: most_rows,
                    ..TextWrapping::wrap_at_width(rect.width())
                },
                ..LayoutJob::default()
            };
            let large = if layout.class == Class::Phone {
                22.0
            } else {
                size::HEADLINE
            };
            for (text, tone) in &phrases {
                let colour = match tone {
                    Tone::Plain => theme.ink,
                    Tone::Query => theme.query_text,
                    Tone::Bad => theme.bad,
                    Tone::Value => theme.pos,
                    Tone::Guess => theme.focus,
                };
                name::append_words(&mut job, theme, text, Set::strong(large * shrink, colour));
            }
            ui.painter().layout_job(job)
        })
        .reduce(|best, next| if best.elided { next } else { best });
    let Some(galley) = galley else { return };
    let top = rect.top() + theme.px(if layout.class == Class::Wide { 16.0 } else { 8.0 });
    let place = Rect::from_min_size(pos2(rect.left(), top), galley.size());
    let text: String = phrases.iter().map(|(text, _)| text.as_str()).collect();
    ui.painter().galley(place.min, galley, theme.ink);
    let response = ui.interact(place, ui.scope_id().with("headline"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Heading, true, &text));
    if layout.class == Class::Wide && !app.is_asking() {
        let at = pos2(rect.left(), place.bottom() + theme.px(3.0));
        let (title, tabs) = lens.tabs(app.lab());
        let mut words = rect;
        if !tabs.is_empty() {
            let row = Rect::from_min_max(
                pos2(rect.center().x, at.y - theme.px(5.0)),
                pos2(rect.right(), at.y + theme.px(22.0)),
            );
            let flow = egui::Layout::right_to_left(egui::Align::Center);
            let mut child = ui.new_child(UiBuilder::new().id_salt("tabs").max_rect(row).layout(flow));
            child.spacing_mut().item_spacing.x = theme.px(6.0);
            let reversed: Vec<_> = tabs.into_iter().rev().collect();
            crate::lens::tabs_ui(&mut child, theme, &reversed, out);
            widgets::text_title(&mut child, theme, title);
            words.max.x = child.min_rect().left() - theme.px(12.0);
        }
        // Where it is too long it loses its last sentences, not its last letters.
        let mut text = lens.subline();
        let laid = |text: &str| name::line(ui.painter(), theme, text, Set::regular(size::BODY, theme.ink2));
        let mut subline = laid(&text);
        while subline.size().x > words.width()
            && let Some((rest, _)) = text.rsplit_once(". ")
        {
            text = format!("{rest}.");
            subline = laid(&text);
        }
        subline.paint(&ui.painter_at(words.expand(2.0)), at);
    }
}

/// One line each: what happened, where, what to do.
pub(super) fn notices_ui(app: &App, ui: &mut Ui, theme: &Theme, layout: &Layout, out: &mut Out) {
    let shown = app.notices.len().min(MOST_NOTICES);
    if shown == 0 {
        return;
    }
    let height = layout.notices.height() / shown as f32;
    let first = app.notices.len() - shown;
    for (row, (index, notice)) in app.notices.iter().enumerate().skip(first).enumerate() {
        let rect = Rect::from_min_size(
            layout.notices.min + vec2(0.0, row as f32 * height),
            vec2(layout.notices.width(), height - theme.px(8.0)),
        );
        notice_ui(ui, theme, rect, notice, index, out);
    }
}

fn notice_ui(ui: &mut Ui, theme: &Theme, rect: Rect, notice: &Notice, index: usize, out: &mut Out) {
    let stripe = match notice.severity {
        Severity::Info => theme.ink2,
        Severity::Undefined => theme.disputed,
        Severity::Error => theme.bad,
        Severity::Link => theme.focus,
    };
    ui.painter().rect_filled(rect, 0.0, theme.wash(stripe));
    ui.painter().rect_filled(
        Rect::from_min_size(rect.min, vec2(theme.px(4.0), rect.height())),
        0.0,
        stripe,
    );
    let side = theme.px(36.0);
    let left = rect.left() + theme.px(14.0);
    let room = rect.width() - theme.px(22.0) - side;
    let line = |text: &str, set: Set| {
        let mut job = LayoutJob {
            wrap: TextWrapping::truncate_at_width(room),
            ..LayoutJob::default()
        };
        name::append_words(&mut job, theme, text, set);
        ui.painter().layout_job(job)
    };
    let what = line(&notice.what, Set::strong(size::BODY, theme.ink));
    let rest = line(
        format!("{} {}", notice.place, notice.then).trim(),
        Set::regular(size::BODY, theme.ink),
    );
    let place = Align2::LEFT_CENTER.anchor_size(pos2(left, rect.center().y), vec2(room, what.size().y + rest.size().y));
    let below = place.min + vec2(0.0, what.size().y);
    ui.painter().galley(place.min, what, theme.ink);
    ui.painter().galley(below, rest, theme.ink);
    let whole = ui.interact(rect, ui.scope_id().with(("notice", index)), Sense::hover());
    let spoken = format!("{}. {} {}", notice.what, notice.place, notice.then);
    whole.tell(&|| WidgetInfo::labeled(Role::Status, true, &spoken));
    whole.on_hover_text(spoken.as_str());
    let close = Rect::from_center_size(
        pos2(rect.right() - 0.5 * side - theme.px(4.0), rect.center().y),
        Vec2::splat(side),
    );
    let mut child = ui.new_child(UiBuilder::new().id_salt(("close", index)).max_rect(close));
    if widgets::icon_button(&mut child, theme, Icon::Close, "Close the notice", Button::ENABLED).clicked() {
        out.push(Command::Dismiss(index));
    }
}
