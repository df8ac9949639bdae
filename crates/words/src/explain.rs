//! The explanations: `assets/explain/*.md`, written once, become HTML with `MathML` for the page.
//!
//! A file has these parts, in this order: `# Title`, two to four sentences, a fenced block `formula` with pairs of lines
//! `tex:` and `plain:`, `## Try this` (a numbered list of three), `## Exact` (a list; each row ends with `{check:name}`),
//! `## Choice`, and, where there is one, `## Disputed`.
//! `{name}` in prose and in `plain:`, `\slot{name}` in TeX, stand for a number of the readouts. `$tex|plain$` is
//! mathematics in a line; the plain form is for the native window. `\query{…}`, `\pos{…}` and `\neg{…}` give a role, which
//! is a colour and never only a colour.

mod formula;
mod html;
mod parse;

pub use html::{fragment, window_text};
pub(crate) use html::{markdown, plain};
pub(crate) use parse::Block;
pub use parse::{Document, parse};

/// What is wrong in an explanation, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct Error {
    /// The file as a person reads it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong in an explanation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Something must stand here and does not.
    #[error("{0} is missing here")]
    Missing(&'static str),
    /// A part that is not known, or stands in the wrong place.
    #[error("`{found}` stands where {expected} must stand")]
    Misplaced {
        /// The line as written.
        found: String,
        /// What belongs here.
        expected: &'static str,
    },
    /// A fence without its end.
    #[error("the formula block is not closed")]
    OpenFence,
    /// Braces that hold no slot.
    #[error("`{0}` is no slot: write {{name}} with small letters, digits and _")]
    BadSlot(String),
    /// The two forms of a formula do not hold the same slots.
    #[error("`tex:` has the slots {tex:?}, `plain:` has {plain:?}")]
    SlotsDiffer {
        /// Slots of the TeX form.
        tex: Vec<String>,
        /// Slots of the plain form.
        plain: Vec<String>,
    },
    /// Mathematics in a line that the native window could not write.
    #[error("${0}$ needs a plain form: ${0}|…$")]
    NoPlain(String),
    /// TeX that cannot be set.
    #[error("in `{tex}`: {why}")]
    Tex {
        /// The formula as written.
        tex: String,
        /// What the converter said.
        why: String,
    },
    /// A numbered list that has not three items.
    #[error("Try this has {0} items, and must have 3")]
    NotThree(usize),
    /// A row of Exact without its check, or with two.
    #[error("a row of Exact ends with one {{check:name}}, this one has {0}")]
    Checks(usize),
    /// A check outside of Exact.
    #[error("{{check:{0}}} belongs at the end of a row of Exact")]
    StrayCheck(String),
    /// Markdown that the page and the native window do not both show.
    #[error("{0} cannot be shown in both page and window")]
    Unsupported(&'static str),
    /// A character that the converter uses for itself.
    #[error("the character U+{0:04X} is for private use")]
    PrivateUse(u32),
}

/// Is this the name of a check, or of a readout in TeX?
fn is_name(text: &str) -> bool {
    is_letter(text) && is_word(text)
}

fn is_letter(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
}

fn is_word(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Text cut at its slots.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Slot(&'a str),
    Check(&'a str),
}

/// Cuts prose or a plain formula at `{name}` and `{check:name}`.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Problem> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let Some((inside, after)) = from.strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
            return Err(Problem::BadSlot(from.chars().take(20).collect()));
        };
        pieces.push(match inside.strip_prefix("check:") {
            Some(name) if is_name(name) => Piece::Check(name),
            None if inside.split(' ').all(|word| !word.is_empty() && is_word(word)) && is_letter(inside) => {
                Piece::Slot(inside)
            }
            _ => return Err(Problem::BadSlot(format!("{{{inside}}}"))),
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_cut_out() -> Result<(), Problem> {
        assert_eq!(
            pieces("a {b_1}{check:c} d {weight of key 1}")?,
            [
                Piece::Text("a "),
                Piece::Slot("b_1"),
                Piece::Check("c"),
                Piece::Text(" d "),
                Piece::Slot("weight of key 1"),
            ]
        );
        assert_eq!(pieces("")?, []);
        Ok(())
    }

    #[test]
    fn braces_without_a_name_are_refused() {
        for bad in [
            "{",
            "}",
            "{}",
            "{A}",
            "{1a}",
            "{check:}",
            "{check:a b}",
            "{no end",
            "x } y",
            "{a{b}}",
            "{a  b}",
            "{a }",
            "{1 a}",
        ] {
            assert!(matches!(pieces(bad), Err(Problem::BadSlot(_))), "{bad}");
        }
    }
}
