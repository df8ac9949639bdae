//! A laser dot whose trace fades, and a pen whose strokes fade.

use egui::{CursorIcon, Id, LayerId, Order, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo};

use crate::look::Theme;
use crate::look::widgets::Tell as _;

/// Seconds that a trace of the laser stays, and a stroke of the pen after its end.
const LASER_S: f64 = 0.6;
const PEN_S: f64 = 3.0;

/// What the pointer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Points.
    Laser,
    /// Draws where it is pressed.
    Pen,
}

/// A place and the time of its frame, in seconds.
type Mark = (Pos2, f64);

/// Where the laser was and what the pen drew.
#[derive(Default)]
pub(super) struct Ink {
    mode: Option<Mode>,
    trail: Vec<Mark>,
    strokes: Vec<Vec<Mark>>,
    /// The last stroke is under the hand.
    is_drawing: bool,
}

impl Ink {
    /// Takes it into the hand, or puts it away.
    pub(super) fn switch(&mut self, mode: Mode) {
        self.mode = Some(mode).filter(|_| self.mode != Some(mode));
        self.is_drawing = false;
    }

    /// Puts it away; false where nothing was in the hand.
    pub(super) fn leave(&mut self) -> bool {
        self.is_drawing = false;
        self.mode.take().is_some()
    }

    /// Paints and listens. Nothing fades where the person wishes that nothing moves: it goes at its end.
    pub(super) fn ui(&mut self, ui: &Ui, theme: &Theme, canvas: Rect, calm: bool) {
        let (now, at) = ui.input(|input| (input.time, input.pointer.latest_pos()));
        match self.mode {
            Some(Mode::Laser) => self.point(at, now),
            Some(Mode::Pen) => self.draw(ui, canvas, now),
            None => {}
        }
        self.forget(now);
        let layer = LayerId::new(Order::Foreground, Id::unique("ink"));
        let painter = ui.ctx().layer_painter(layer).with_clip_rect(canvas);
        let left = |since: f64, life: f64| if calm { 1.0 } else { (1.0 - (now - since) / life) as f32 };
        if !calm {
            for pair in self.trail.windows(2) {
                let [from, to] = [pair[0], pair[1]];
                let colour = theme.bad.gamma_multiply(0.6 * left(to.1, LASER_S));
                painter.line_segment([from.0, to.0], Stroke::new(theme.px(8.0), colour));
            }
        }
        for (i, stroke) in self.strokes.iter().enumerate() {
            let Some((_, end)) = stroke.last() else { continue };
            let held = self.is_drawing && i + 1 == self.strokes.len();
            let strength = if held { 1.0 } else { left(*end, PEN_S) };
            let points = stroke.iter().map(|(at, _)| *at).collect();
            painter.line(points, Stroke::new(theme.px(5.0), theme.query.gamma_multiply(strength)));
        }
        if let Some(at) = at.filter(|at| self.mode == Some(Mode::Laser) && canvas.contains(*at)) {
            ui.ctx().set_cursor_icon(CursorIcon::None);
            painter.circle(at, theme.px(9.0), theme.bad, Stroke::new(theme.px(2.0), theme.canvas));
        }
        if !self.trail.is_empty() || !self.strokes.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    fn point(&mut self, at: Option<Pos2>, now: f64) {
        if let Some(at) = at.filter(|at| self.trail.last().is_none_or(|(last, _)| last != at)) {
            self.trail.push((at, now));
        }
    }

    fn draw(&mut self, ui: &Ui, canvas: Rect, now: f64) {
        // It lies over everything, so that a stroke moves no token.
        let response = ui.interact(canvas, ui.scope_id().with("pen"), Sense::drag());
        response.tell(&|| WidgetInfo::labeled(Role::Canvas, true, "Pen"));
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        }
        if response.drag_started() {
            self.strokes.push(Vec::new());
            self.is_drawing = true;
        }
        if let (true, Some(at), Some(stroke)) = (
            self.is_drawing,
            response.interact_pointer_pos(),
            self.strokes.last_mut(),
        ) {
            stroke.push((at, now));
        }
        self.is_drawing &= !response.drag_stopped();
    }

    fn forget(&mut self, now: f64) {
        self.trail.retain(|(_, time)| now - time < LASER_S);
        let last = self.strokes.len();
        let mut i = 0;
        let is_drawing = self.is_drawing;
        self.strokes.retain(|stroke| {
            i += 1;
            (is_drawing && i == last) || stroke.last().is_some_and(|(_, time)| now - time < PEN_S)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn traces_go_after_their_time() {
        let mut ink = Ink::default();
        ink.switch(Mode::Laser);
        ink.point(Some(pos2(1.0, 1.0)), 10.0);
        ink.point(Some(pos2(1.0, 1.0)), 10.2);
        ink.point(Some(pos2(2.0, 1.0)), 10.4);
        assert_eq!(ink.trail.len(), 2, "a pointer that rests leaves one mark");
        ink.forget(10.7);
        assert_eq!(ink.trail, [(pos2(2.0, 1.0), 10.4)]);
        ink.strokes.push(vec![(pos2(0.0, 0.0), 10.0), (pos2(5.0, 0.0), 11.0)]);
        ink.forget(13.9);
        assert_eq!(ink.strokes.len(), 1, "it fades from its end on");
        ink.is_drawing = true;
        ink.forget(20.0);
        assert_eq!(ink.strokes.len(), 1, "what is under the hand stays");
        assert!(ink.leave() && !ink.leave());
        ink.forget(20.0);
        assert!(ink.strokes.is_empty());
    }

    #[test]
    fn what_is_chosen_again_is_put_away() {
        let mut ink = Ink::default();
        ink.switch(Mode::Pen);
        ink.switch(Mode::Laser);
        assert_eq!(ink.mode, Some(Mode::Laser));
        ink.switch(Mode::Laser);
        assert_eq!(ink.mode, None);
    }
}
