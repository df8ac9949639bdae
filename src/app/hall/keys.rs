//! The keys that were pressed last, so that a hall learns them.

use egui::{Context, Event, Id, Key, LayerId, Modifiers, Order, Rect, StrokeKind, Ui, pos2, vec2};

use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{radius, size};

/// Seconds that a key is shown.
const KEY_S: f64 = 2.0;

/// Keys, each with the time of its frame.
#[derive(Default)]
pub(super) struct LastKeys {
    shown: Vec<(String, f64)>,
}

impl LastKeys {
    /// Listens, before who takes a key takes it.
    pub(super) fn listen(&mut self, context: &Context) {
        context.input(|input| {
            let now = input.time;
            self.shown.retain(|(_, time)| now - time < KEY_S);
            self.shown.extend(input.events.iter().filter_map(|event| match event {
                Event::Key {
                    key,
                    pressed: true,
                    repeat: false,
                    modifiers,
                    ..
                } => Some((words(*key, *modifiers), now)),
                _ => None,
            }));
        });
    }

    /// Paints them at the bottom left.
    pub(super) fn ui(&self, ui: &Ui, theme: &Theme, canvas: Rect) {
        let Some((_, first)) = self.shown.first() else { return };
        let until = KEY_S - (ui.input(|input| input.time) - first);
        ui.ctx().request_repaint_after_secs(until.max(0.0) as f32);
        let painter = ui
            .ctx()
            .layer_painter(LayerId::new(Order::Foreground, Id::unique("last keys")));
        let mut left = canvas.left() + theme.px(24.0);
        for (words, _) in &self.shown {
            let line = name::line(&painter, theme, words, Set::strong(size::BODY, theme.canvas));
            let place = line.size() + vec2(theme.px(24.0), theme.px(16.0));
            let rect = Rect::from_min_size(pos2(left, canvas.bottom() - theme.px(24.0) - place.y), place);
            let corner = theme.corner(radius::BUTTON);
            painter.rect(rect, corner, theme.ink, theme.hairline(theme.line), StrokeKind::Inside);
            line.paint(&painter, rect.center() - 0.5 * line.size());
            left = rect.right() + theme.px(8.0);
        }
    }
}

/// As in "Ctrl Z".
fn words(key: Key, modifiers: Modifiers) -> String {
    let mut words = Vec::new();
    for (is_down, word) in [
        (modifiers.ctrl || modifiers.command, "Ctrl"),
        (modifiers.alt, "Alt"),
        (modifiers.shift, "Shift"),
    ] {
        if is_down {
            words.push(word);
        }
    }
    words.push(key.name());
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_with_what_is_held() {
        assert_eq!(words(Key::PageDown, Modifiers::NONE), "PageDown");
        assert_eq!(words(Key::Z, Modifiers::COMMAND | Modifiers::SHIFT), "Ctrl Shift Z");
    }
}
