//! Keys of the canvas, their list, and the order of presses within a frame.

use egui::{Context, Event, Key, Modifiers, Rect, StrokeKind, Ui, pos2, vec2};

use crate::command::{Aid, Command, Tool};
use crate::lab::LensId;
use crate::look::name::{self, Set};
use crate::look::theme::{Theme, radius, size};
use crate::look::widgets::Tell as _;

/// The list of keys, as it is shown.
const KEYS: [(&str, &str); 20] = [
    ("1 … 7", "lens"),
    ("Tab, Shift Tab", "next, previous token, then the controls"),
    ("arrows", "nudge the token; Shift further, Alt less"),
    ("Enter", "ask with the query; use the tool on the token"),
    ("Delete", "remove the token"),
    ("M A E N O", "the tools, in their order"),
    ("Space, J, K", "play; a step back, a step on"),
    ("PageDown, PageUp", "in a lesson: on, back; Home, End; Enter reveals"),
    (".", "blank"),
    ("C", "the lens’ first switch"),
    ("F", "freeze A; again: clear"),
    ("L, D", "laser, pen that fades"),
    ("T", "theme"),
    ("[  ]", "axis or head before, after"),
    ("Ctrl Z", "undo"),
    ("Ctrl Shift Z", "redo"),
    ("Ctrl V", "open what was copied: points, or a link"),
    ("Esc", "drop; tool off; leave the canvas"),
    ("wheel, pinch", "zoom; drag the empty board to pan"),
    ("?", "this list"),
];

/// Turns key presses into commands; a text field keeps its letters.
pub(super) fn listen(context: &Context, commands: &mut Vec<Command>) {
    if context.text_edit_focused() {
        return;
    }
    let focused = context.memory(|memory| memory.focused().is_some());
    context.input_mut(|input| {
        let mut on = |modifiers: Modifiers, key: Key, command: Command| {
            if input.consume_key(modifiers, key) {
                commands.push(command);
            }
        };
        on(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z, Command::Redo);
        on(Modifiers::COMMAND, Key::Z, Command::Undo);
        on(Modifiers::COMMAND, Key::Y, Command::Redo);
        for (key, tool) in [
            (Key::M, Tool::Move),
            (Key::A, Tool::Add),
            (Key::E, Tool::Erase),
            (Key::N, Tool::Noise),
            (Key::O, Tool::Outlier),
        ] {
            on(Modifiers::NONE, key, Command::Tool(tool));
        }
        for (key, name) in [
            (Key::PageDown, "lesson next"),
            (Key::PageUp, "lesson back"),
            (Key::Home, "lesson first"),
            (Key::End, "lesson last"),
        ] {
            on(Modifiers::NONE, key, Command::Named(name));
        }
        on(Modifiers::NONE, Key::Period, Command::Blank);
        on(Modifiers::NONE, Key::J, Command::StepFilm(-1));
        on(Modifiers::NONE, Key::K, Command::StepFilm(1));
        on(Modifiers::NONE, Key::C, Command::Switch);
        on(Modifiers::NONE, Key::F, Command::Freeze);
        on(Modifiers::NONE, Key::T, Command::NextTheme);
        #[cfg(not(target_arch = "wasm32"))]
        on(Modifiers::NONE, Key::F11, Command::Aid(Aid::FullScreen));
        on(Modifiers::NONE, Key::L, Command::Aid(Aid::Laser));
        on(Modifiers::NONE, Key::D, Command::Aid(Aid::Pen));
        on(Modifiers::NONE, Key::OpenBracket, Command::Named("step before"));
        on(Modifiers::NONE, Key::CloseBracket, Command::Named("step after"));
        let digits = [
            Key::Num1,
            Key::Num2,
            Key::Num3,
            Key::Num4,
            Key::Num5,
            Key::Num6,
            Key::Num7,
            Key::Num8,
        ];
        for (key, lens) in std::iter::zip(digits, LensId::ALL) {
            on(Modifiers::NONE, key, Command::Lens(*lens));
        }
        // Space presses what has the focus.
        if !focused && input.consume_key(Modifiers::NONE, Key::Space) {
            commands.push(Command::Named("space"));
        }
        if !focused && input.consume_key(Modifiers::NONE, Key::Enter) {
            commands.push(Command::Named("lesson enter"));
        }
        let question = input
            .events
            .iter()
            .any(|event| matches!(event, Event::Text(text) if text == "?"));
        if question {
            commands.push(Command::ToggleKeys);
        }
    });
}

/// The list of keys over the canvas; a press anywhere closes it.
pub(super) fn overlay(ui: &mut Ui, theme: &Theme, canvas: Rect, commands: &mut Vec<Command>) {
    let response = ui.interact(canvas, ui.scope_id().with("keys"), egui::Sense::click());
    response.tell(&|| egui::WidgetInfo::labeled(egui::Role::Dialog, true, "Keys"));
    if response.clicked() {
        commands.push(Command::ToggleKeys);
    }
    let line = theme.px(28.0);
    let wanted = vec2(theme.px(520.0), line * (KEYS.len() as f32 + 1.6));
    let rect = Rect::from_center_size(canvas.center(), wanted.min(canvas.size() - vec2(16.0, 16.0)));
    let painter = ui
        .ctx()
        .layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("keys")));
    painter.rect(
        rect,
        theme.corner(radius::BUTTON),
        theme.canvas,
        egui::Stroke::new(theme.strokes.thin, theme.ink),
        StrokeKind::Inside,
    );
    let painter = painter.with_clip_rect(rect);
    for (i, (key, does)) in KEYS.iter().enumerate() {
        let y = rect.top() + line * (i as f32 + 0.8);
        let key = name::line(&painter, theme, key, Set::strong(size::BODY, theme.ink));
        key.paint(&painter, pos2(rect.left() + theme.px(20.0), y));
        let does = name::line(&painter, theme, does, Set::regular(size::BODY, theme.ink));
        does.paint(&painter, pos2(rect.left() + theme.px(160.0), y));
    }
}

/// Lets at most one press or release into a frame, as the last thing that the pointer does in it, and keeps the rest for the
/// next.
///
/// egui asks once a frame what the pointer is on, where it is at the frame's end. A press with a move behind it would miss what
/// was pressed, and a press with its release would be a click where a drag was meant: a quick hand, a slow frame, a finger.
pub(super) fn one_press_a_frame(held: &mut Vec<Event>, events: &mut Vec<Event>) {
    if !held.is_empty() {
        let late = std::mem::take(events);
        events.append(held);
        events.extend(late);
    }
    let mut moved = false;
    let mut pressed = false;
    let split = events.iter().position(|event| match event {
        Event::PointerMoved(_) => {
            moved = true;
            pressed
        }
        Event::PointerButton { pressed: down, .. } => {
            // A press may follow the move to its place; a release stands alone, so that the drag to its place comes first.
            let wait = pressed || (moved && !*down);
            pressed = true;
            wait
        }
        Event::PointerGone => pressed,
        _ => false,
    });
    if let Some(split) = split {
        *held = events.split_off(split);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::PointerButton;

    fn button(pressed: bool) -> Event {
        Event::PointerButton {
            pos: pos2(1.0, 2.0),
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        }
    }

    #[test]
    fn a_drag_that_arrives_at_once_takes_three_frames() {
        let moved = || Event::PointerMoved(pos2(3.0, 4.0));
        let all = vec![moved(), button(true), moved(), moved(), button(false)];
        let mut held = Vec::new();
        let mut frames = Vec::new();
        let mut events = all.clone();
        loop {
            one_press_a_frame(&mut held, &mut events);
            frames.push(events.clone());
            if held.is_empty() {
                break;
            }
            events = Vec::new();
        }
        assert_eq!(frames.concat(), all, "nothing is lost and the order stays");
        assert_eq!(frames.len(), 3, "the way there and the press, the drag, the release");
        assert_eq!(frames[0].last(), Some(&button(true)), "nothing moves behind a press");
        for frame in frames {
            assert!(
                frame
                    .iter()
                    .filter(|event| matches!(event, Event::PointerButton { .. }))
                    .count()
                    <= 1
            );
        }
    }

    #[test]
    fn what_comes_later_waits_behind_what_is_held() {
        let mut held = vec![button(false)];
        let mut events = vec![button(true)];
        one_press_a_frame(&mut held, &mut events);
        assert_eq!((events, held), (vec![button(false)], vec![button(true)]));
    }
}
