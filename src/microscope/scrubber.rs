//! The steps of a solver as a line with a playhead, where there is no room for its quantities.

use egui::{Rangef, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::lanes::Hand;
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::look::{Icon, Theme};

/// What is shown.
pub struct Scrubber {
    /// The step that is shown.
    pub at: usize,
    /// The first step.
    pub first: usize,
    /// The last step.
    pub last: usize,
    /// What a step is called, as in "Sweep".
    pub word: &'static str,
    /// It is being played.
    pub playing: bool,
}

/// Paints it into the upper 44 points of `rect` and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, scrubber: &Scrubber) -> Vec<Hand> {
    let mut hands = Vec::new();
    let y = rect.top() + theme.px(22.0);
    if scrubber.last == 0 || rect.width() < theme.px(140.0) {
        return hands;
    }
    let slot = |x: f32, side: f32| Rect::from_center_size(pos2(x, y), Vec2::splat(theme.px(side)));
    let back = slot(rect.left() + theme.px(10.0), 36.0);
    let response = ui.interact(back, ui.scope_id().with("start"), Sense::click());
    response.tell(&|| WidgetInfo::labeled(Role::Button, true, "To the start"));
    if response.hovered() {
        ui.painter().circle_filled(back.center(), theme.px(17.0), theme.hover);
    }
    focus_ring(ui, theme, back, &response, 17.0);
    Icon::StepBack.paint(ui.painter(), back.shrink(theme.px(10.0)), theme.ink);
    if response.clicked() {
        hands.extend([Hand::To(scrubber.first), Hand::Release]);
    }
    let play = slot(rect.left() + theme.px(50.0), 44.0);
    let response = ui.interact(play, ui.scope_id().with("play"), Sense::click());
    let (icon, word) = if scrubber.playing {
        (Icon::Pause, "Pause")
    } else {
        (Icon::Play, "Play")
    };
    response.tell(&|| WidgetInfo::labeled(Role::Button, true, word));
    let fill = if response.hovered() { theme.ink2 } else { theme.ink };
    ui.painter().circle_filled(play.center(), theme.px(17.0), fill);
    focus_ring(ui, theme, play, &response, 17.0);
    let shift = theme.px(if scrubber.playing { 0.0 } else { 1.5 });
    let inner = Rect::from_center_size(play.center() + vec2(shift, 0.0), Vec2::splat(theme.px(15.0)));
    icon.paint(ui.painter(), inner, theme.canvas);
    if response.clicked() {
        hands.push(Hand::Play);
    }
    rail(ui, rect, theme, scrubber, &mut hands);
    hands
}

fn rail(ui: &mut Ui, rect: Rect, theme: &Theme, scrubber: &Scrubber, hands: &mut Vec<Hand>) {
    let y = rect.top() + theme.px(22.0);
    let rail = Rangef::new(rect.left() + theme.px(88.0), rect.right() - theme.px(9.0));
    let after_first = |step: usize| step.saturating_sub(scrubber.first) as f32;
    let steps = after_first(scrubber.last).max(1.0);
    let share = after_first(scrubber.at) / steps;
    let x = rail.min
        + rail.span()
            * if scrubber.last <= scrubber.first {
                1.0
            } else {
                share.min(1.0)
            };
    let grab = Rect::from_x_y_ranges(
        rail.min - theme.px(14.0)..=rail.max + theme.px(9.0),
        rect.top()..=rect.top() + theme.px(44.0),
    );
    let response = ui.interact(grab, ui.scope_id().with("steps"), Sense::click_and_drag());
    response.tell(&|| WidgetInfo::slider(true, scrubber.at as f64, scrubber.word));
    let painter = ui.painter();
    painter.hline(rail, y, Stroke::new(theme.px(3.0), theme.line));
    painter.hline(rail.min..=x, y, Stroke::new(theme.px(4.0), theme.ink));
    let colour = if response.has_focus() { theme.focus } else { theme.ink };
    painter.circle(
        pos2(x, y),
        theme.px(8.0),
        colour,
        Stroke::new(theme.px(2.0), theme.halo),
    );
    let held = response.dragged() || response.drag_stopped() || response.clicked();
    if let Some(at) = response.interact_pointer_pos().filter(|_| held) {
        let share = ((at.x - rail.min) / rail.span().max(1.0)).clamp(0.0, 1.0);
        let step = scrubber.first + (share * steps).round() as usize;
        if step != scrubber.at && step <= scrubber.last {
            hands.push(Hand::To(step));
        }
    }
    if response.drag_stopped() || response.clicked() {
        hands.push(Hand::Release);
    }
    if let Some(steps) = widgets::arrow_steps(ui, &response) {
        hands.push(Hand::Step(steps as i32));
    }
}

fn focus_ring(ui: &Ui, theme: &Theme, rect: Rect, response: &egui::Response, radius: f32) {
    if response.has_focus() {
        ui.painter()
            .circle_stroke(rect.center(), theme.px(radius), theme.focus_stroke());
    }
}
