//! Names as text: a letter in italics is an object of the theory, a word is a word.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Color32, FontId, Galley, Painter};

use super::{Theme, fonts};

/// How a piece of text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Set {
    /// Size in points, before the theme's scale.
    pub size: f32,
    /// Colour of the words.
    pub colour: Color32,
    /// SemiBold.
    pub strong: bool,
}

impl Set {
    /// Regular text.
    pub const fn regular(size: f32, colour: Color32) -> Self {
        Self { size, colour, strong: false }
    }

    /// SemiBold text.
    pub const fn strong(size: f32, colour: Color32) -> Self {
        Self { size, colour, strong: true }
    }
}

/// Whether a name is a letter of the theory, as in q or k₁₂.
fn is_symbol(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.all(|c| ('\u{2080}'..='\u{2089}').contains(&c))
}

fn format(font: FontId, colour: Color32) -> TextFormat {
    TextFormat {
        font_id: font,
        color: colour,
        valign: Align::BOTTOM,
        ..TextFormat::default()
    }
}

/// Appends `text`, with single letters and letters with subscripts in the mathematical italic where `text` is a name.
pub fn push_name(job: &mut LayoutJob, theme: &Theme, name: &str, set: Set) {
    let ui = |size: f32| if set.strong { fonts::strong(theme.px(size)) } else { fonts::ui(theme.px(size)) };
    if !is_symbol(name) {
        job.append(name, 0.0, format(ui(set.size), set.colour));
        return;
    }
    let split = name.chars().next().map_or(0, char::len_utf8);
    let (letter, subscript) = name.split_at(split);
    job.append(letter, 0.0, format(fonts::math(theme.px(1.1 * set.size)), set.colour));
    if !subscript.is_empty() {
        job.append(subscript, 0.0, format(ui(set.size), set.colour));
    }
}

/// Appends plain words.
pub fn push_words(job: &mut LayoutJob, theme: &Theme, words: &str, set: Set) {
    let font = if set.strong { fonts::strong(theme.px(set.size)) } else { fonts::ui(theme.px(set.size)) };
    job.append(words, 0.0, format(font, set.colour));
}

/// Appends words in which `*x*` stands for a symbol, as in `Attention *A*`.
pub fn push_marked(job: &mut LayoutJob, theme: &Theme, text: &str, set: Set) {
    for (i, piece) in text.split('*').enumerate() {
        if i % 2 == 1 {
            push_name(job, theme, piece, Set { strong: false, ..set });
        } else if !piece.is_empty() {
            push_words(job, theme, piece, set);
        }
    }
}

/// One line of words with marked symbols, laid out.
pub fn line(painter: &Painter, theme: &Theme, text: &str, set: Set) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    push_marked(&mut job, theme, text, set);
    painter.layout_job(job)
}

/// One name, laid out.
pub fn name(painter: &Painter, theme: &Theme, text: &str, set: Set) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    push_name(&mut job, theme, text, set);
    painter.layout_job(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_with_subscripts_are_symbols_and_words_are_not() {
        for name in ["q", "k₃", "k₁₂", "τ"] {
            assert!(is_symbol(name), "{name}");
        }
        for name in ["it", "animal", "", "₃", "k3", "[CLS]", "."] {
            assert!(!is_symbol(name), "{name}");
        }
    }
}
