//! The bar of a lesson below the picture: the steps, what is locked, and what comes next.

use egui::{Align, CornerRadius, Layout as Flow, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::super::App;
use super::Phase;
use crate::command::{Command, LessonMove};
use crate::lens::Out;
use crate::lesson::{CONTROLS, Step};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::{self, Tell as _};
use crate::microscope::fitted;

/// Its height.
pub(in super::super) fn height(theme: &Theme) -> f32 {
    theme.px(60.0)
}

/// Paints it and listens.
pub(in super::super) fn ui(app: &App, ui: &mut Ui, theme: &Theme, rect: Rect, out: &mut Out) {
    let Some(teaching) = &app.teaching else { return };
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, theme.paper);
    painter.hline(rect.x_range(), rect.top() + 0.5, theme.hairline(theme.line));
    let inner = rect.shrink2(vec2(
        theme.px(if rect.width() < theme.px(720.0) { 10.0 } else { 24.0 }),
        0.0,
    ));
    let mut buttons = ui.new_child(
        UiBuilder::new()
            .id_salt("lesson")
            .max_rect(inner)
            .layout(Flow::right_to_left(Align::Center)),
    );
    buttons.spacing_mut().item_spacing.x = theme.px(8.0);
    let wide = inner.width() > theme.px(640.0);
    let mut button = |word: &'static str, key: &'static str, filled: bool, name: &'static str, to: LessonMove| {
        let key = if wide { key } else { "" };
        let pressed = widgets::action(&mut buttons, theme, word, key, filled, None);
        out.places.push((name, pressed.rect));
        if pressed.clicked() {
            out.push(Command::Lesson(to));
        }
    };
    match teaching.phase {
        Phase::Asking => button("Reveal", "Enter", true, "lesson next", LessonMove::Reveal),
        Phase::Shown | Phase::Revealed => {
            let (next, is_exercise) = (teaching.at + 1, teaching.is_exercise(teaching.at));
            if teaching.at < teaching.last() {
                button("Next", "PageDown", true, "lesson next", LessonMove::Next);
            } else if next < teaching.count() && !is_exercise {
                button("Exercises", "", true, "lesson exercises", LessonMove::To(next));
                button("End", "", false, "lesson close", LessonMove::Close);
            } else {
                button("End", "", true, "lesson close", LessonMove::Close);
            }
            if teaching.phase == Phase::Revealed && inner.width() > theme.px(430.0) {
                button("Guess again", "", false, "lesson again", LessonMove::Again);
            }
        }
    }
    if teaching.varies() && inner.width() > theme.px(430.0) {
        button("Another", "", false, "lesson another", LessonMove::Another);
    }
    if teaching.at > 0 {
        button("Back", "PageUp", false, "lesson back", LessonMove::Back);
    }
    let right = buttons.min_rect().left() - theme.px(20.0);
    let words = Rect::from_min_max(inner.min, pos2(right, inner.bottom()));
    title_ui(app, ui, theme, words, out);
}

/// Number and title of the step, and the steps below them.
fn title_ui(app: &App, ui: &mut Ui, theme: &Theme, rect: Rect, out: &mut Out) {
    let Some(teaching) = &app.teaching else { return };
    let Some(step) = teaching.step().filter(|_| rect.width() > theme.px(60.0)) else {
        return;
    };
    let title = teaching.title(teaching.at).unwrap_or("Guess first");
    let number = teaching.place();
    let quiet = |words: &str| name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink2));
    // Where there is little room, "1 of 3" is an exercise as well: its piece stands behind a gap.
    let (short, whole) = (number.trim_start_matches("Exercise "), quiet(&number));
    let quiet = if whole.size().x > rect.width() {
        quiet(short)
    } else {
        whole
    };
    let locked = locked_words(step);
    let aside = name::line(ui.painter(), theme, &locked, Set::regular(size::TICK, theme.ink2));
    let y = rect.center().y - theme.px(9.0);
    quiet.paint(ui.painter(), pos2(rect.left(), y - 0.5 * quiet.size().y));
    let left = rect.left() + quiet.size().x + theme.px(12.0);
    let room = rect.right() - left;
    let mut after = left;
    if room > theme.px(30.0) {
        let title = fitted(ui.painter(), theme, title, Set::strong(size::BODY, theme.ink), room);
        title.paint(ui.painter(), pos2(left, y - 0.5 * title.size().y));
        after += title.size().x + theme.px(16.0);
    }
    if after + aside.size().x < rect.right() {
        aside.paint(ui.painter(), pos2(after, y - 0.5 * aside.size().y));
    }
    steps_ui(
        app,
        ui,
        theme,
        Rect::from_min_max(
            pos2(rect.left(), y + theme.px(14.0)),
            pos2(rect.right(), y + theme.px(22.0)),
        ),
        out,
    );
}

/// One piece a step: done, present, to come; behind a gap the exercises. A press goes there.
pub(in super::super) fn steps_ui(app: &App, ui: &mut Ui, theme: &Theme, rect: Rect, out: &mut Out) {
    let Some(teaching) = &app.teaching else { return };
    let count = teaching.count();
    let steps = teaching.lesson.steps.len();
    let gap = theme.px(4.0).min(0.3 * rect.width() / count as f32);
    let between = if count > steps { 3.0 * gap } else { 0.0 };
    let each = ((rect.width() + gap - between) / count as f32).min(theme.px(60.0));
    for at in 0..count {
        let behind = if at < steps { 0.0 } else { between };
        let left = rect.left() + at as f32 * each + behind;
        let piece = Rect::from_min_max(
            pos2(left, rect.top()),
            pos2(left + each - gap, rect.top() + theme.px(5.0)),
        );
        let press = piece.expand2(vec2(0.5 * gap, theme.px(9.0)));
        let response = ui.interact(press, ui.scope_id().with(("lesson step", at)), Sense::click());
        let colour = match at.cmp(&teaching.at) {
            std::cmp::Ordering::Less => theme.ink,
            std::cmp::Ordering::Equal => theme.focus,
            std::cmp::Ordering::Greater if response.hovered() => theme.ink2,
            std::cmp::Ordering::Greater => theme.line,
        };
        ui.painter().rect_filled(piece, CornerRadius::same(2), colour);
        let spoken = match teaching.title(at) {
            Some(title) if at >= steps => format!("Exercise {}: {title}", at - steps + 1),
            Some(title) => format!("Step {}: {title}", at + 1),
            None => format!("Step {}, with a question", at + 1),
        };
        response.tell(&|| WidgetInfo::selected(Role::Button, true, at == teaching.at, &spoken));
        if response.clicked() {
            out.push(Command::Lesson(LessonMove::To(at)));
        }
        response.on_hover_text(spoken.as_str());
    }
}

/// "Locked: lens, tools", or nothing.
fn locked_words(step: &Step) -> String {
    let locked = CONTROLS.iter().filter(|(_, control)| step.locked.contains(control));
    let words: Vec<&str> = locked.map(|(word, _)| *word).collect();
    if words.is_empty() {
        return String::new();
    }
    format!("Locked: {}", words.join(", "))
}
