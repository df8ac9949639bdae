//! The Explain column in the window: the same text as on the page, formulae as one line, live numbers filled in.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, Color32, Label, OutputCommand, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use super::App;
use crate::lab::Readouts;
use crate::look::fonts::{self, MathLabel, Run};
use crate::look::name::{self, Set};
use crate::look::theme::{radius, size};
use crate::look::{Icon, Theme};

/// The texts by id.
const TEXTS: [(&str, &str); 24] = [
    ("claims", include_str!("../../assets/explain/claims.md")),
    (
        "claims-similarity",
        include_str!("../../assets/explain/claims-similarity.md"),
    ),
    (
        "claims-training",
        include_str!("../../assets/explain/claims-training.md"),
    ),
    ("claims-gamma", include_str!("../../assets/explain/claims-gamma.md")),
    (
        "claims-eigenvalue",
        include_str!("../../assets/explain/claims-eigenvalue.md"),
    ),
    ("claims-gauge", include_str!("../../assets/explain/claims-gauge.md")),
    ("claims-pursuit", include_str!("../../assets/explain/claims-pursuit.md")),
    (
        "claims-elliptical",
        include_str!("../../assets/explain/claims-elliptical.md"),
    ),
    (
        "claims-batch-norm",
        include_str!("../../assets/explain/claims-batch-norm.md"),
    ),
    ("claims-dual", include_str!("../../assets/explain/claims-dual.md")),
    ("softmax", include_str!("../../assets/explain/softmax.md")),
    ("smoother", include_str!("../../assets/explain/smoother.md")),
    ("kernel-pca", include_str!("../../assets/explain/kernel-pca.md")),
    ("robust", include_str!("../../assets/explain/robust.md")),
    ("elliptical", include_str!("../../assets/explain/elliptical.md")),
    (
        "elliptical-estimator",
        include_str!("../../assets/explain/elliptical-estimator.md"),
    ),
    (
        "elliptical-robustness",
        include_str!("../../assets/explain/elliptical-robustness.md"),
    ),
    (
        "elliptical-collapse",
        include_str!("../../assets/explain/elliptical-collapse.md"),
    ),
    (
        "support-vectors",
        include_str!("../../assets/explain/support-vectors.md"),
    ),
    ("attention-bn", include_str!("../../assets/explain/attention-bn.md")),
    ("attention-sh", include_str!("../../assets/explain/attention-sh.md")),
    (
        "head-similarity",
        include_str!("../../assets/explain/head-similarity.md"),
    ),
    ("robust-phase", include_str!("../../assets/explain/robust-phase.md")),
    ("full-size", include_str!("../../assets/explain/full-size.md")),
];

/// From which width of the window on there is room for the column.
const ROOM: f32 = 1200.0;
const WIDTH: f32 = 384.0;
/// Size of prose, and the height of its lines.
const PROSE: (f32, f32) = (16.0, 24.0);

/// What remains between frames: the text with its numbers, as blocks.
#[derive(Default)]
pub(super) struct Explain {
    blocks: Vec<Block>,
    of: Option<u64>,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    Title(String),
    Section(String),
    Prose(String),
    Item {
        mark: String,
        text: String,
    },
    /// An identity with its residual now.
    Check {
        text: String,
        residual: String,
        /// Nothing where the identity is not claimed now.
        holds: Option<bool>,
    },
    Formula(String),
    /// Rows of cells; the first row is the head.
    Table(Vec<Vec<String>>),
    /// A link that the prose above names.
    Link {
        name: String,
        address: String,
    },
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
            let text = self.lesson_text().unwrap_or_else(|| {
                let found = TEXTS.iter().find(|(other, _)| *other == id);
                found.map_or("", |(_, text)| text).to_owned()
            });
            self.explain.blocks = blocks(&text, &self.readouts);
        }
        let mut child = ui.new_child(
            UiBuilder::new()
                .id_salt("explain")
                .max_rect(column.shrink2(vec2(26.0, 24.0))),
        );
        child.spacing_mut().interact_size.y = 0.0;
        ScrollArea::vertical().auto_shrink(false).show(&mut child, |ui| {
            for block in &self.explain.blocks {
                block_ui(ui, theme, block, PROSE);
            }
        });
        self.follow_links(&child);
        Rect::from_min_max(canvas.min, pos2(split, canvas.bottom()))
    }

    /// Opens a lab that the text links to; other links are for the browser.
    fn follow_links(&mut self, ui: &Ui) {
        let pressed = ui.output_mut(|output| {
            let is_lab = |command: &OutputCommand| match command {
                OutputCommand::OpenUrl(address) => address.url.starts_with("#v1."),
                _ => false,
            };
            let at = output.commands.iter().position(is_lab)?;
            match output.commands.remove(at) {
                OutputCommand::OpenUrl(address) => Some(address.url),
                _ => None,
            }
        });
        if let Some(link) = pressed {
            self.open_link(&link);
        }
    }
}

/// Paints a piece, its prose in a size and with lines of a height.
pub(super) fn block_ui(ui: &mut Ui, theme: &Theme, block: &Block, set: (f32, f32)) {
    match block {
        Block::Title(text) => {
            ui.add(Label::new(
                RichText::new(text).font(fonts::strong(size::HEADLINE)).color(theme.ink),
            ));
            ui.add_space(4.0);
        }
        Block::Section(text) => section_ui(ui, theme, text),
        Block::Prose(text) => {
            ui.add(Label::new(prose(theme, text, theme.ink, set)));
        }
        Block::Item { mark, text } => row_ui(ui, theme, mark, theme.ink2, |ui| {
            ui.add(Label::new(prose(theme, text, theme.ink, set)));
        }),
        Block::Check { text, residual, holds } => {
            let top = ui.cursor().top();
            let (mark, colour) = if *holds == Some(false) {
                ("≠", theme.bad)
            } else {
                ("", theme.ink)
            };
            let residual = name::line(ui.painter(), theme, residual, Set::regular(size::BODY, theme.ink2));
            let left = ui.cursor().left();
            row_ui(ui, theme, mark, colour, |ui| {
                ui.set_max_width(ui.available_width() - residual.size().x.max(50.0) - 14.0);
                ui.add(Label::new(prose(theme, text, theme.ink, set)));
            });
            if *holds == Some(true) {
                Icon::Check.paint(
                    ui.painter(),
                    Rect::from_min_size(pos2(left, top + 4.0), vec2(16.0, 16.0)),
                    theme.ink,
                );
            }
            let right = pos2(ui.max_rect().right() - 4.0, top + 3.0);
            residual.put(ui.painter(), Align2::RIGHT_TOP, right);
        }
        Block::Table(rows) => table_ui(ui, theme, rows),
        Block::Link { name, address } => {
            let words = RichText::new(name).font(fonts::ui(PROSE.0)).color(theme.focus);
            ui.hyperlink_to(words, address);
        }
        Block::Formula(text) => {
            let label = formula(ui, text);
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), label.size().y + 4.0), Sense::hover());
            label.paint(
                ui.painter(),
                rect.left_center() + vec2(14.0, 0.0),
                Align2::LEFT_CENTER,
                theme.ink,
                None,
            );
        }
    }
}

/// A table in columns of one width.
fn table_ui(ui: &mut Ui, theme: &Theme, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default().max(1);
    let width = ui.available_width();
    ui.add_space(4.0);
    for (row, cells) in rows.iter().enumerate() {
        let top = ui.cursor().min;
        let colour = if row == 0 { theme.ink2 } else { theme.ink };
        let mut bottom = top.y;
        for (column, cell) in cells.iter().enumerate() {
            let left = top.x + width * column as f32 / columns as f32;
            let place = Rect::from_min_size(
                pos2(left, top.y + 3.0),
                vec2(width / columns as f32 - 8.0, f32::INFINITY),
            );
            let words = prose(theme, cell, colour, (size::BODY, 20.0));
            let builder = UiBuilder::new().id_salt((row, column)).max_rect(place);
            let inner = ui.new_child(builder).add(Label::new(words)).rect;
            bottom = bottom.max(inner.bottom());
        }
        let line = bottom + 3.0;
        ui.painter()
            .hline(top.x..=top.x + width, line, theme.hairline(theme.line));
        ui.advance_cursor_after_rect(Rect::from_min_max(top, pos2(top.x + width, line)));
    }
    ui.add_space(4.0);
}

/// The tags of a section: exact, a choice; anything else is a heading.
fn section_ui(ui: &mut Ui, theme: &Theme, text: &str) {
    ui.add_space(14.0);
    let (tag, rest, filled) = match text {
        "Exact" => ("= Exact", "What must hold, now", true),
        "Choice" => ("Choice", "", false),
        "Disputed" => ("≈≈ Disputed", "", false),
        other => {
            ui.add(Label::new(
                RichText::new(other).font(fonts::strong(size::BODY)).color(theme.ink2),
            ));
            return;
        }
    };
    let painter = ui.painter();
    let word = painter.layout_no_wrap(tag.to_owned(), fonts::strong(size::BODY), Color32::PLACEHOLDER);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    let chip = Rect::from_min_size(rect.min, vec2(word.size().x + 20.0, 24.0));
    let corner = theme.corner(radius::TAG);
    let (fill, ink) = if filled {
        (theme.ink, theme.canvas)
    } else {
        (theme.paper, theme.ink)
    };
    let ink = if text == "Disputed" {
        crate::microscope::bars::dashed_rect(ui.painter(), theme, chip, theme.disputed);
        theme.disputed
    } else {
        let stroke = egui::Stroke::new(1.5, theme.ink);
        ui.painter().rect(chip, corner, fill, stroke, egui::StrokeKind::Inside);
        ink
    };
    ui.painter().galley(chip.center() - 0.5 * word.size(), word, ink);
    let aside = name::line(ui.painter(), theme, rest, Set::strong(size::BODY, theme.ink2));
    aside.put(ui.painter(), Align2::LEFT_CENTER, chip.right_center() + vec2(10.0, 0.0));
}

/// A mark, and beside it what it marks.
fn row_ui(ui: &mut Ui, theme: &Theme, mark: &str, colour: Color32, add: impl FnOnce(&mut Ui)) {
    let top = ui.cursor().min;
    name::line(ui.painter(), theme, mark, Set::strong(size::BODY, colour)).put(
        ui.painter(),
        Align2::LEFT_TOP,
        top + vec2(2.0, 3.0),
    );
    let indent = theme.px(26.0);
    let rest = Rect::from_min_max(top + vec2(indent, 0.0), ui.max_rect().max);
    let inner = ui.scope_builder(UiBuilder::new().max_rect(rest), add).response.rect;
    ui.advance_cursor_after_rect(Rect::from_min_max(top, inner.max));
}

/// Words that wrap, with `*x*` in mathematical italics, in a size and with lines of a height.
fn prose(theme: &Theme, text: &str, colour: Color32, (size, line): (f32, f32)) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (i, piece) in text.split('*').enumerate() {
        let font_id = if i % 2 == 1 {
            fonts::math(theme.px(fonts::MATH_FACTOR * size))
        } else {
            fonts::ui(theme.px(size))
        };
        let format = TextFormat {
            line_height: Some(line),
            ..fonts::format(font_id, colour)
        };
        job.append(piece, 0.0, format);
    }
    job
}

/// A formula's plain line: single letters are variables, `_` lowers what follows.
fn formula(ui: &Ui, text: &str) -> MathLabel {
    let pieces = pieces(text);
    let runs: Vec<Run<'_>> = pieces
        .iter()
        .map(|(text, lowered)| match (single_letter(text), lowered) {
            (true, false) => Run::Symbol(text),
            (true, true) => Run::SubSymbol(text),
            (false, true) => Run::Sub(text),
            (false, false) => Run::Words(text),
        })
        .collect();
    MathLabel::new(ui.painter(), PROSE.0, &runs)
}

fn single_letter(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_alphabetic() && c != 'Σ') && letters.next().is_none()
}

/// The text in runs of letters and of everything else, each with whether it is lowered.
fn pieces(text: &str) -> Vec<(String, bool)> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut lowered = false;
    for c in text.chars() {
        if c == '_' {
            lowered = true;
            pieces.push((String::new(), true));
            continue;
        }
        lowered &= c.is_alphanumeric() || ('₀'..='₉').contains(&c);
        let letter = c.is_alphabetic();
        match pieces.last_mut() {
            Some((last, low))
                if *low == lowered && (last.is_empty() || last.chars().all(char::is_alphabetic) == letter) =>
            {
                last.push(c);
            }
            _ => pieces.push((c.to_string(), lowered)),
        }
    }
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

/// The text as blocks, every slot filled.
pub(super) fn blocks(text: &str, readouts: &Readouts) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut in_formula = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            in_formula = line == "```formula";
        } else if in_formula {
            blocks.extend(
                line.strip_prefix("plain:")
                    .map(|plain| Block::Formula(readouts.fill(plain.trim()))),
            );
        } else if let Some(section) = line.strip_prefix("## ") {
            blocks.push(Block::Section(section.to_owned()));
        } else if let Some(title) = line.strip_prefix("# ") {
            blocks.push(Block::Title(title.to_owned()));
        } else if let Some(item) = line.strip_prefix("- ") {
            blocks.push(item_block(item, readouts));
        } else if let Some((number, item)) = line.split_once(". ").filter(|(number, _)| number.parse::<u8>().is_ok()) {
            blocks.push(Block::Item {
                mark: number.to_owned(),
                text: readouts.fill(&inline_formulae(item)),
            });
        } else if let Some(row) = line.strip_prefix('|') {
            row_block(row, readouts, &mut blocks);
        } else if !line.is_empty() {
            let (line, links) = without_links(line);
            blocks.push(Block::Prose(readouts.fill(&inline_formulae(&line))));
            blocks.extend(links.into_iter().map(|(name, address)| Block::Link { name, address }));
        }
    }
    blocks
}

/// A row of a table, to the table above or as the head of a new one. The line below the head has no words.
fn row_block(row: &str, readouts: &Readouts, blocks: &mut Vec<Block>) {
    if row.chars().all(|c| "-:| ".contains(c)) {
        return;
    }
    let cells = row.trim_end().trim_end_matches('|').split('|');
    let cells = cells.map(|cell| readouts.fill(&inline_formulae(cell.trim()))).collect();
    if let Some(Block::Table(rows)) = blocks.last_mut() {
        rows.push(cells);
    } else {
        blocks.push(Block::Table(vec![cells]));
    }
}

/// A line with the names of its links as words, and the links: name and address.
fn without_links(line: &str) -> (String, Vec<(String, String)>) {
    let (mut words, mut links) = (String::with_capacity(line.len()), Vec::new());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        let link = after
            .split_once("](")
            .and_then(|(name, tail)| tail.split_once(')').map(|(address, tail)| (name, address, tail)));
        words.push_str(before);
        let Some((name, address, tail)) = link.filter(|(name, ..)| !name.contains(']')) else {
            words.push('[');
            rest = after;
            continue;
        };
        words.push_str(name);
        links.push((name.to_owned(), address.to_owned()));
        rest = tail;
    }
    words.push_str(rest);
    (words, links)
}

/// A row of a list: an identity when it names a check.
fn item_block(item: &str, readouts: &Readouts) -> Block {
    let text = |text: &str| readouts.fill(&inline_formulae(text)).trim().to_owned();
    let check = item
        .split_once("{check:")
        .and_then(|(before, after)| Some((before, after.split_once('}')?.0)));
    match check {
        Some((before, id)) => {
            let check = readouts.checks.iter().find(|check| check.id == id);
            Block::Check {
                text: text(before),
                residual: check.map_or_else(|| "…".to_owned(), |check| check.text.clone()),
                holds: check.map(|check| check.holds),
            }
        }
        None => Block::Item {
            mark: "•".to_owned(),
            text: text(item),
        },
    }
}

/// `$tex|plain$` becomes its plain form; without one, the TeX itself.
fn inline_formulae(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for (i, piece) in line.split('$').enumerate() {
        if i % 2 == 0 {
            out.push_str(piece);
        } else {
            out.push('*');
            out.push_str(piece.rsplit_once('|').map_or(piece, |(_, plain)| plain).trim());
            out.push('*');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::readout::{Check, Number};

    fn readouts() -> Readouts {
        let mut readouts = Readouts::default();
        readouts.numbers.insert(
            "tau".to_owned(),
            Number {
                value: 1.5,
                text: "1.50".to_owned(),
            },
        );
        readouts.checks.push(Check::new("row_sum", 0.0, 1e-15));
        readouts
    }

    #[test]
    fn slots_are_filled_and_unknown_ones_are_dots() {
        assert_eq!(
            readouts().fill("τ is {tau}, sum {check:row_sum}, {nothing}."),
            "τ is 1.50, sum 0, …."
        );
        assert_eq!(readouts().fill("a { b"), "a { b");
    }

    #[test]
    fn a_text_becomes_blocks() {
        let text = "# A\n```formula\ntex: \\frac{a}{b}\nplain: a/b = {tau}\n```\n1. With $\\|k\\||‖k‖$.\n- sums to 1 {check:row_sum}";
        let wanted = vec![
            Block::Title("A".to_owned()),
            Block::Formula("a/b = 1.50".to_owned()),
            Block::Item {
                mark: "1".to_owned(),
                text: "With *‖k‖*.".to_owned(),
            },
            Block::Check {
                text: "sums to 1".to_owned(),
                residual: "0".to_owned(),
                holds: Some(true),
            },
        ];
        assert_eq!(blocks(text, &readouts()), wanted);
    }

    #[test]
    fn rows_become_one_table() {
        let text = "| a | $M$ |\n|---|---|\n| b | {tau} |\n\nwords";
        let cells = |row: [&str; 2]| row.map(str::to_owned).to_vec();
        let wanted = vec![
            Block::Table(vec![cells(["a", "*M*"]), cells(["b", "1.50"])]),
            Block::Prose("words".to_owned()),
        ];
        assert_eq!(blocks(text, &readouts()), wanted);
    }

    #[test]
    fn an_underscore_lowers_what_belongs_to_it() {
        let low = |text: &str| (text.to_owned(), true);
        let plain = |text: &str| (text.to_owned(), false);
        assert_eq!(
            pieces("w_j = 2 v_k₅ + 1"),
            vec![
                plain("w"),
                low("j"),
                plain(" = 2 "),
                plain("v"),
                low("k"),
                low("₅"),
                plain(" + 1")
            ]
        );
    }

    #[test]
    fn links_leave_their_names_in_the_prose() {
        let (words, links) = without_links("See [A & B](https://a.example/x) or [CLS], say [C](https://c.example).");
        assert_eq!(words, "See A & B or [CLS], say C.");
        let pair = |name: &str, address: &str| (name.to_owned(), address.to_owned());
        assert_eq!(
            links,
            [pair("A & B", "https://a.example/x"), pair("C", "https://c.example")]
        );
    }

    #[test]
    fn every_text_of_a_lens_is_here() {
        for lens in crate::lab::LensId::ALL {
            assert!(
                TEXTS.iter().any(|(id, _)| *id == lens.key()),
                "{} has no text",
                lens.key()
            );
        }
    }
}
