//! Names as text: a letter in italics is an object of the theory, a word is a word.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, Color32, Painter, Pos2, Rect, Vec2, vec2};

use super::fonts::{self, MathLabel, Run};
use super::theme::Theme;

/// How a piece of text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Set {
    /// Size in points, before the theme's scale.
    pub size: f32,
    /// Colour of the words.
    pub colour: Color32,
    /// In Inter `SemiBold`.
    pub strong: bool,
}

impl Set {
    /// Regular text.
    pub const fn regular(size: f32, colour: Color32) -> Self {
        Self {
            size,
            colour,
            strong: false,
        }
    }

    /// Text that stands out.
    pub const fn strong(size: f32, colour: Color32) -> Self {
        Self {
            size,
            colour,
            strong: true,
        }
    }
}

/// One line of words and names in several sizes and colours on one baseline, laid out.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    label: MathLabel,
    colour: Color32,
    /// Size of the type under a tilde: the fonts have no combining marks, so it is drawn.
    tilde: Option<f32>,
    /// Room after it for the ink that reaches beyond its width, in points.
    gap: f32,
    /// An italic letter, with or without an index.
    is_symbol: bool,
}

impl Text {
    fn push(&mut self, painter: &Painter, theme: &Theme, runs: &[Run<'_>], set: Set) {
        self.pieces.push(Piece {
            label: MathLabel::new(painter, theme.px(set.size), runs),
            colour: set.colour,
            tilde: None,
            gap: 0.0,
            is_symbol: false,
        });
    }

    /// Of two letters side by side the second begins where the ink of the first has ended.
    fn make_room_before(&mut self, hair: f32) {
        if let [.., before, last] = self.pieces.as_mut_slice()
            && before.is_symbol
        {
            before.gap = before.label.overhang() + last.label.reach_back() + hair;
        }
        if let Some(last) = self.pieces.last_mut() {
            last.is_symbol = true;
        }
    }

    /// Appends words.
    #[must_use]
    pub fn words(mut self, painter: &Painter, theme: &Theme, words: &str, set: Set) -> Self {
        if let Some(last) = self.pieces.last_mut()
            && !words.starts_with(' ')
        {
            last.gap = last.label.overhang();
        }
        let run = if set.strong {
            Run::Strong(words)
        } else {
            Run::Words(words)
        };
        self.push(painter, theme, &[run], set);
        self
    }

    /// Appends a name: an italic letter with its index where it is one of the theory's, else words.
    #[must_use]
    pub fn name(self, painter: &Painter, theme: &Theme, name: &str, set: Set) -> Self {
        if WORDS.contains(&name) {
            self.words(painter, theme, name, set)
        } else {
            self.symbol(painter, theme, name, set)
        }
    }

    /// Appends an italic letter with its index; words where it is none.
    fn symbol(mut self, painter: &Painter, theme: &Theme, name: &str, set: Set) -> Self {
        let bare = name.strip_suffix(TILDE);
        let Some((letter, index)) = symbol(bare.unwrap_or(name)) else {
            return self.words(painter, theme, name, set);
        };
        let runs = [Run::Symbol(letter), Run::Sub(&index)];
        self.push(painter, theme, if index.is_empty() { &runs[..1] } else { &runs }, set);
        self.make_room_before(HAIR * theme.px(set.size));
        if let Some(piece) = self.pieces.last_mut() {
            piece.tilde = bare.map(|_| theme.px(set.size));
        }
        self
    }

    /// Appends words in which `*x*` stands for a symbol and `*b_j*` for one with a symbol as index, as in `Attention *A*`.
    #[must_use]
    pub fn marked(self, painter: &Painter, theme: &Theme, text: &str, set: Set) -> Self {
        text.split('*')
            .enumerate()
            .filter(|(_, piece)| !piece.is_empty())
            .fold(self, |line, (i, piece)| {
                if i % 2 == 0 {
                    line.words(painter, theme, piece, set)
                } else if let Some((letter, index)) = piece.split_once('_') {
                    line.indexed(painter, theme, [letter, index], set)
                } else {
                    line.symbol(painter, theme, piece, set)
                }
            })
    }

    /// Appends a letter whose index is a letter, as in bⱼ.
    fn indexed(mut self, painter: &Painter, theme: &Theme, [letter, index]: [&str; 2], set: Set) -> Self {
        let runs = [Run::Symbol(letter), Run::SubSymbol(index)];
        self.push(painter, theme, &runs, set);
        self.make_room_before(HAIR * theme.px(set.size));
        self
    }

    fn ascent(&self) -> f32 {
        self.pieces
            .iter()
            .map(|piece| piece.label.baseline())
            .fold(0.0, f32::max)
    }

    /// Width and height, in points.
    pub fn size(&self) -> Vec2 {
        let ascent = self.ascent();
        let width = self.pieces.iter().map(|piece| piece.label.size().x + piece.gap).sum();
        let height = self
            .pieces
            .iter()
            .map(|piece| ascent - piece.label.baseline() + piece.label.size().y)
            .fold(0.0, f32::max);
        vec2(width, height)
    }

    /// Paints the line with its upper left corner at a place.
    pub fn paint(&self, painter: &Painter, at: Pos2) {
        self.paint_pieces(painter, at, None);
    }

    /// Paints the line with a halo in the board's colour, so that it stands on any tint.
    pub fn paint_halo(&self, painter: &Painter, theme: &Theme, at: Pos2) {
        self.paint_pieces(painter, at, Some((theme.halo, theme.px(2.0))));
    }

    fn paint_pieces(&self, painter: &Painter, at: Pos2, halo: Option<(Color32, f32)>) {
        let ascent = self.ascent();
        let mut x = at.x;
        for Piece {
            label,
            colour,
            tilde,
            gap,
            ..
        } in &self.pieces
        {
            label.paint(
                painter,
                Pos2::new(x, at.y + ascent - label.baseline()),
                Align2::LEFT_TOP,
                *colour,
                halo,
            );
            if let Some(size) = tilde {
                // Above the capital's top, moved to the right as the letter leans.
                let centre = Pos2::new(x + 0.56 * label.size().x, at.y + ascent - 0.9 * size);
                paint_tilde(painter, centre, 0.36 * size, *colour);
            }
            x += label.size().x + gap;
        }
    }

    /// Paints the line with one of its points at a place. Returns the rectangle that it fills.
    pub fn put(&self, painter: &Painter, anchor: Align2, at: Pos2) -> Rect {
        let rect = anchor.anchor_size(at, self.size());
        self.paint(painter, rect.min);
        rect
    }

    /// As [`Text::put`], with a halo.
    pub fn put_halo(&self, painter: &Painter, theme: &Theme, anchor: Align2, at: Pos2) -> Rect {
        let rect = anchor.anchor_size(at, self.size());
        self.paint_halo(painter, theme, rect.min);
        rect
    }
}

/// Room between two letters of a product, as a share of the size.
const HAIR: f32 = 0.06;
/// Tokens of one letter that are words or pieces of words; as names they are no letters of the theory.
const WORDS: [&str; 3] = ["a", "e", "i"];
/// What stands behind a letter that wears a tilde: U+0303, as in K̃.
const TILDE: char = '\u{303}';

fn paint_tilde(painter: &Painter, centre: Pos2, width: f32, colour: Color32) {
    let wave = |i: usize| {
        let share = i as f32 / 12.0;
        let rise = 0.13 * width * (std::f32::consts::TAU * share).sin();
        Pos2::new(centre.x + width * (share - 0.5), centre.y - rise)
    };
    let stroke = egui::Stroke::new((0.17 * width).max(1.0), colour);
    painter.add(egui::Shape::line((0..=12).map(wave).collect(), stroke));
}

/// Letter and index of a name of the theory, as in q or k₁₂; nothing for a word.
fn symbol(name: &str) -> Option<(&str, String)> {
    let split = name.chars().next().filter(|c| c.is_alphabetic())?.len_utf8();
    let (letter, rest) = name.split_at(split);
    let digit = |c: char| {
        ('₀'..='₉')
            .contains(&c)
            .then(|| char::from(b'0' + (c as u32 - '₀' as u32) as u8))
    };
    rest.chars()
        .map(digit)
        .collect::<Option<String>>()
        .map(|index| (letter, index))
}

/// Appends words to a text that wraps.
pub fn append_words(job: &mut LayoutJob, theme: &Theme, words: &str, set: Set) {
    let size = theme.px(set.size);
    let format: TextFormat = fonts::format(
        if set.strong {
            fonts::strong(size)
        } else {
            fonts::ui(size)
        },
        set.colour,
    );
    job.append(words, 0.0, format);
}

/// One line of words with marked symbols.
pub fn line(painter: &Painter, theme: &Theme, text: &str, set: Set) -> Text {
    Text::default().marked(painter, theme, text, set)
}

/// One name.
pub fn name(painter: &Painter, theme: &Theme, text: &str, set: Set) -> Text {
    Text::default().name(painter, theme, text, set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_with_indices_are_symbols_and_words_are_not() {
        assert_eq!(symbol("q"), Some(("q", String::new())));
        assert_eq!(symbol("k₁₂"), Some(("k", "12".to_owned())));
        assert_eq!(symbol("τ"), Some(("τ", String::new())));
        for name in ["it", "animal", "", "₃", "k3", "[CLS]", "."] {
            assert_eq!(symbol(name), None, "{name}");
        }
    }
}
