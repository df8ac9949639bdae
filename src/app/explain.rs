//! The Explain column in the window: the same text as on the page, formulae as one line, live numbers filled in.

use egui::{Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use super::App;
use crate::lab::Readouts;
use crate::look::Theme;

/// The texts by id.
const TEXTS: [(&str, &str); 1] = [("softmax", include_str!("../../assets/explain/softmax.md"))];

/// From which width of the window on there is room for the column.
const ROOM: f32 = 1200.0;
const WIDTH: f32 = 384.0;

/// What remains between frames.
#[derive(Default)]
pub(super) struct Explain {
    cache: CommonMarkCache,
    text: String,
    of: Option<u64>,
}

impl App {
    /// Paints the column at the right of `canvas` when there is room. Returns what is left.
    pub(super) fn explain_beside(&mut self, ui: &mut Ui, canvas: Rect, theme: &Theme, hall: bool) -> Rect {
        if hall || self.system.explain_outside || canvas.width() < ROOM {
            return canvas;
        }
        let split = canvas.right() - WIDTH;
        let column = Rect::from_min_max(pos2(split, canvas.top()), canvas.max);
        ui.painter().rect_filled(column, 0.0, theme.paper);
        if self.explain.of != Some(self.readouts.revision) {
            self.explain.of = Some(self.readouts.revision);
            let id = self.explain_id();
            let text = TEXTS.iter().find(|(other, _)| *other == id).map_or("", |(_, text)| text);
            self.explain.text = filled(text, &self.readouts);
        }
        let mut child = ui.new_child(UiBuilder::new().id_salt("explain").max_rect(column.shrink2(vec2(26.0, 24.0))));
        ScrollArea::vertical().auto_shrink(false).show(&mut child, |ui| {
            CommonMarkViewer::new().show(ui, &mut self.explain.cache, &self.explain.text);
        });
        Rect::from_min_max(canvas.min, pos2(split, canvas.bottom()))
    }
}

/// The text with formulae as their plain lines and every slot filled.
fn filled(text: &str, readouts: &Readouts) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_formula = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_formula = line.trim() == "```formula";
            out.push('\n');
        } else if in_formula {
            if let Some(plain) = line.trim_start().strip_prefix("plain:") {
                out.push_str("> ");
                out.push_str(&slots(plain.trim(), readouts));
                out.push_str("\n>\n");
            }
        } else {
            out.push_str(&slots(&inline_formulae(line), readouts));
            out.push('\n');
        }
    }
    out
}

/// `$tex|plain$` becomes its plain form; without one, the TeX itself.
fn inline_formulae(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for (i, piece) in line.split('$').enumerate() {
        if i % 2 == 0 {
            out.push_str(piece);
        } else {
            out.push('*');
            out.push_str(piece.split_once('|').map_or(piece, |(_, plain)| plain).trim());
            out.push('*');
        }
    }
    out
}

/// `{name}` becomes a number's text, `{check:id}` a residual.
fn slots(text: &str, readouts: &Readouts) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let value = match name.strip_prefix("check:") {
            Some(id) => readouts.checks.iter().find(|check| check.id == id).map(|check| check.text.as_str()),
            None => readouts.numbers.get(name).map(|number| number.text.as_str()),
        };
        out.push_str(value.unwrap_or("…"));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::readout::{Check, Number};

    fn readouts() -> Readouts {
        let mut readouts = Readouts::default();
        readouts.numbers.insert("tau".to_owned(), Number { value: 1.5, text: "1.50".to_owned() });
        readouts.checks.push(Check::new("row_sum", 0.0, 1e-15));
        readouts
    }

    #[test]
    fn slots_are_filled_and_unknown_ones_are_dots() {
        assert_eq!(slots("τ is {tau}, sum {check:row_sum}, {nothing}.", &readouts()), "τ is 1.50, sum 0, ….");
        assert_eq!(slots("a { b", &readouts()), "a { b");
    }

    #[test]
    fn formulae_become_their_plain_lines() {
        let text = "# A\n```formula\ntex: \\frac{a}{b}\nplain: a/b = {tau}\n```\nWith $\\sqrt{D}|√D$.";
        assert_eq!(filled(text, &readouts()), "# A\n\n> a/b = 1.50\n>\n\nWith *√D*.\n");
    }
}
