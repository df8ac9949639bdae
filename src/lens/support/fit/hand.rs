//! The handles of the strip: what is held, and since when.

use std::cell::RefCell;

use egui::{Key, Pos2, Rect, Response, Sense, Ui, WidgetInfo};

use crate::command::{Command, Edit};
use crate::lens::{Out, Stage};
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// What can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Grip {
    /// The target of a key.
    Target(usize),
    /// The value of a key.
    Value(usize),
    /// The edge of the tube.
    Tube,
    /// The cap.
    Cap,
    /// The query on the axis of the strip, or on the curve.
    Query { on_curve: bool },
}

/// A handle that is held: a drag is a function of where it began.
#[derive(Clone, Copy, Debug)]
struct Held {
    grip: Grip,
    /// The number at the beginning.
    from: f64,
    /// Where it was pressed.
    press: Pos2,
    /// The lab has been told.
    told: bool,
}

/// What the view remembers of the hand.
#[derive(Debug, Default)]
pub(super) struct Hand {
    held: Option<Held>,
    /// The half ranges of the plots: they stay while something is held.
    pub(super) halves: Option<[f64; 2]>,
    /// Which place the handle of the tube has taken.
    pub(super) tube: Option<usize>,
}

/// A handle of this frame.
pub(super) struct Handle<'a> {
    pub(super) grip: Grip,
    /// Where it can be grabbed.
    pub(super) rect: Rect,
    /// Its name for the screen reader.
    pub(super) name: &'a str,
    /// Its number now.
    pub(super) now: f64,
    /// How much an arrow key adds.
    pub(super) step: f64,
}

/// Listens to a handle. `grows` is how much the number grows when the hand goes so far; `edit` makes an edit of a number.
pub(super) fn listen(
    ui: &Ui,
    stage: &Stage<'_>,
    hand: &RefCell<Hand>,
    handle: &Handle<'_>,
    grows: &dyn Fn(egui::Vec2) -> f64,
    edit: &dyn Fn(f64) -> Option<Edit>,
    out: &mut Out,
) -> Response {
    let id = ui.scope_id().with(handle.grip);
    let response = ui.interact(handle.rect, id, Sense::click_and_drag());
    response.tell(&|| WidgetInfo::slider(true, handle.now, handle.name));
    let mut hand = hand.borrow_mut();
    if response.drag_started()
        && let Some(press) = ui.input(|input| input.pointer.press_origin())
    {
        hand.held = Some(Held {
            grip: handle.grip,
            from: handle.now,
            press,
            told: false,
        });
    }
    if let Some(held) = hand.held.filter(|held| held.grip == handle.grip) {
        let over = !response.dragged();
        // Esc has taken it back, or another edit has come between.
        let lost = held.told && !stage.in_gesture || ui.input(|input| input.key_pressed(Key::Escape));
        if lost {
            hand.held = None;
        } else {
            if let Some(at) = ui.input(|input| input.pointer.latest_pos())
                && let Some(edit) = edit(held.from + grows(at - held.press))
            {
                out.push(Command::Drag(edit));
                hand.held = Some(Held { told: true, ..held });
            }
            if over {
                hand.held = None;
                out.push(Command::Drop);
            }
        }
    }
    if let Some(steps) = widgets::arrow_steps(ui, &response)
        && let Some(edit) = edit(handle.now + steps * handle.step)
    {
        out.push(Command::Edit(edit));
    }
    response
}

impl Hand {
    /// Whether a handle is held.
    pub(super) fn holds(&self, grip: Grip) -> bool {
        self.held.is_some_and(|held| held.grip == grip)
    }
}
