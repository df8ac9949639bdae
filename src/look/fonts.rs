//! The fonts of the canvas, and labels that mix words with mathematics.
//!
//! Inter says words and numbers, STIX Two Text Italic is for objects of the theory, and STIX Two Math lends the symbols both lack.
//! The four files are subsets (`assets/fonts/subset.py`). Native builds carry them; in the browser the page has fetched them
//! for its own text and hands the same bytes over.

use std::sync::Arc;

use egui::text::TextFormat;
use egui::{
    Align2, Color32, FontData, FontDefinitions, FontFamily, FontId, FontTweak, Galley, Painter, Pos2, Rect, Vec2, vec2,
};

/// The font files in the order in which [`definitions_from`] wants their bytes.
pub const FILES: [&str; 4] = [
    "inter-regular.ttf",
    "inter-semibold.ttf",
    "stix-text-italic.ttf",
    "stix-math-symbols.ttf",
];

/// Italic mathematics is this much larger than the words beside it, so that the x-heights match.
pub const MATH_FACTOR: f32 = 1.1;
/// Size of an index against its symbol.
const SCRIPT_FACTOR: f32 = 0.72;
/// An index is lowered by this many em of its symbol.
const SUBSCRIPT_DROP: f32 = 0.26;
/// A superscript is raised by this many em of its symbol.
const SUPERSCRIPT_RISE: f32 = 0.38;
/// Big letters stand closer, by this many points.
const TIGHT: f32 = -0.2;

/// Bytes that are not a font.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} ({bytes} bytes) is not a TrueType font: it has no {lacks}")]
pub struct FontError {
    /// Which of [`FILES`].
    pub file: &'static str,
    /// How many bytes came.
    pub bytes: usize,
    /// The part that is missing.
    pub lacks: &'static str,
}

/// The files that a native build carries, in the order of [`FILES`].
#[cfg(not(target_arch = "wasm32"))]
pub(super) const INSIDE: [&[u8]; 4] = [
    include_bytes!("../../assets/fonts/inter-regular.ttf"),
    include_bytes!("../../assets/fonts/inter-semibold.ttf"),
    include_bytes!("../../assets/fonts/stix-text-italic.ttf"),
    include_bytes!("../../assets/fonts/stix-math-symbols.ttf"),
];

/// The fonts that a native build carries.
#[cfg(not(target_arch = "wasm32"))]
pub fn definitions() -> FontDefinitions {
    families(INSIDE.map(FontData::from_static))
}

/// The fonts from bytes that were fetched, in the order of [`FILES`]. egui ends the program on bytes that are no font, so they
/// are looked at first.
pub fn definitions_from(files: [Vec<u8>; 4]) -> Result<FontDefinitions, FontError> {
    for (file, bytes) in FILES.into_iter().zip(&files) {
        if let Some(lacks) = missing_part(bytes) {
            return Err(FontError {
                file,
                bytes: bytes.len(),
                lacks,
            });
        }
    }
    Ok(families(files.map(FontData::from_owned)))
}

/// The first part of a TrueType file that is not there.
fn missing_part(bytes: &[u8]) -> Option<&'static str> {
    const HEADER: usize = 12;
    const RECORD: usize = 16;
    const TABLES: [&str; 8] = ["OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"];
    if bytes.get(..4) != Some(&[0, 1, 0, 0]) {
        return Some("TrueType header");
    }
    let number = |bytes: &[u8]| bytes.iter().fold(0, |number, &byte| number << 8 | usize::from(byte));
    let count = bytes.get(4..6).map_or(0, number);
    let records = bytes.get(HEADER..).unwrap_or_default().chunks_exact(RECORD).take(count);
    let beyond = |record: &[u8]| number(&record[8..12]).saturating_add(number(&record[12..16])) > bytes.len();
    if records.clone().count() < count || records.clone().any(beyond) {
        return Some("end");
    }
    TABLES
        .into_iter()
        .find(|table| !records.clone().any(|record| record.starts_with(table.as_bytes())))
}

fn families(files: [FontData; 4]) -> FontDefinitions {
    let [regular, semibold, italic, symbols] = FILES;
    let mut definitions = FontDefinitions::empty();
    for (file, data) in FILES.into_iter().zip(files) {
        // A thin space is a fifth of an em in typesetting; of Inter's word space that is 0.7.
        let tweak = FontTweak {
            thin_space_width: 0.7,
            ..FontTweak::default()
        };
        definitions
            .font_data
            .insert(file.to_owned(), Arc::new(data.tweak(tweak)));
    }
    for (family, chain) in [
        (FontFamily::Proportional, [regular, symbols, italic]),
        // The digits of Inter are tabular already.
        (FontFamily::Monospace, [regular, symbols, italic]),
        (strong_family(), [semibold, symbols, italic]),
        (math_family(), [italic, regular, symbols]),
    ] {
        definitions.families.insert(family, chain.map(str::to_owned).to_vec());
    }
    definitions
}

fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

fn math_family() -> FontFamily {
    FontFamily::Name("math".into())
}

/// Words and numbers: Inter Regular.
pub fn ui(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Headings, buttons, what is chosen: Inter `SemiBold`.
pub fn strong(size: f32) -> FontId {
    FontId::new(size, strong_family())
}

/// Objects of the theory: STIX Two Text Italic. Beside words of size s it wants the size [`MATH_FACTOR`] × s.
pub fn math(size: f32) -> FontId {
    FontId::new(size, math_family())
}

/// A format for layout jobs; letters of 24 points and more stand closer.
pub fn format(font_id: FontId, colour: Color32) -> TextFormat {
    let extra_letter_spacing = if font_id.size >= 24.0 { TIGHT } else { 0.0 };
    TextFormat {
        extra_letter_spacing,
        ..TextFormat::simple(font_id, colour)
    }
}

/// A piece of a [`MathLabel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run<'a> {
    /// Words, in Inter Regular.
    Words(&'a str),
    /// Words that stand out, in Inter `SemiBold`.
    Strong(&'a str),
    /// An object of the theory, in italics.
    Symbol(&'a str),
    /// An index made of words or digits, lowered: the 3 of k₃.
    Sub(&'a str),
    /// An index that is itself an object, lowered: the j of kⱼ.
    SubSymbol(&'a str),
    /// Raised and small: ⊤, an exponent.
    Sup(&'a str),
}

/// A line of words and mathematics on one baseline, laid out and ready to be painted.
///
/// egui sets mixed sizes on a common lower edge, not on a common baseline, so every run is a galley of its own.
#[derive(Clone, Debug)]
pub struct MathLabel {
    /// The galleys, with the place of each one's upper left corner in the label.
    galleys: Vec<(Vec2, Arc<Galley>)>,
    size: Vec2,
    baseline: f32,
}

impl MathLabel {
    /// Lays out `runs` one after the other; `size` is the size of words, in points as drawn.
    pub fn new(painter: &Painter, size: f32, runs: &[Run<'_>]) -> Self {
        // Place every run with its baseline at height 0 first, then move all down by the highest ascent.
        let mut x = 0.0;
        let (mut top, mut bottom) = (0.0_f32, 0.0_f32);
        let mut galleys: Vec<(Vec2, Arc<Galley>)> = runs
            .iter()
            .map(|run| {
                let (text, font_id, drop) = run.look(size);
                let galley = painter.layout_no_wrap(text.to_owned(), font_id, Color32::PLACEHOLDER);
                let upper = drop - baseline(&galley);
                let place = vec2(x, upper);
                x += galley.size().x;
                top = top.min(upper);
                bottom = bottom.max(upper + galley.size().y);
                (place, galley)
            })
            .collect();
        for (place, _) in &mut galleys {
            place.y -= top;
        }
        Self {
            galleys,
            size: vec2(x, bottom - top),
            baseline: -top,
        }
    }

    /// Width and height, in points.
    pub fn size(&self) -> Vec2 {
        self.size
    }

    /// How far the ink of the last letter reaches beyond the width, as an italic letter leans; in points.
    pub fn overhang(&self) -> f32 {
        self.galleys.last().map_or(0.0, |(place, galley)| {
            (place.x + galley.mesh_bounds.right() - self.size.x).max(0.0)
        })
    }

    /// How far the ink of the first letter reaches before its beginning, in points.
    pub fn reach_back(&self) -> f32 {
        let first = self.galleys.first();
        first.map_or(0.0, |(place, galley)| -(place.x + galley.mesh_bounds.left()).min(0.0))
    }

    /// Distance of the baseline from the upper edge, in points.
    pub fn baseline(&self) -> f32 {
        self.baseline
    }

    /// Paints the label with its `anchor` at `position` and returns the rectangle that it fills. A halo (colour, width in
    /// points) is the label itself, painted at eight places round its own: it stays readable on any tint.
    pub fn paint(
        &self,
        painter: &Painter,
        position: Pos2,
        anchor: Align2,
        colour: Color32,
        halo: Option<(Color32, f32)>,
    ) -> Rect {
        let rect = anchor.anchor_size(position, self.size);
        let stamp = |offset: Vec2, colour: Color32| {
            for (place, galley) in &self.galleys {
                painter.galley(rect.min + *place + offset, Arc::clone(galley), colour);
            }
        };
        if let Some((halo_colour, width)) = halo {
            for eighth in 0..8_u8 {
                stamp(
                    Vec2::angled(f32::from(eighth) * std::f32::consts::FRAC_PI_4) * width,
                    halo_colour,
                );
            }
        }
        stamp(Vec2::ZERO, colour);
        rect
    }
}

impl<'a> Run<'a> {
    /// Text, font, and how far below the common baseline it stands.
    fn look(&self, size: f32) -> (&'a str, FontId, f32) {
        let script = SCRIPT_FACTOR * size;
        match *self {
            Self::Words(text) => (text, ui(size), 0.0),
            Self::Strong(text) => (text, strong(size), 0.0),
            Self::Symbol(text) => (text, math(MATH_FACTOR * size), 0.0),
            Self::Sub(text) => (text, ui(script), SUBSCRIPT_DROP * size),
            Self::SubSymbol(text) => (text, math(MATH_FACTOR * script), SUBSCRIPT_DROP * size),
            Self::Sup(text) => (text, ui(script), -SUPERSCRIPT_RISE * size),
        }
    }
}

/// The baseline of a galley's first row, below its upper edge.
fn baseline(galley: &Galley) -> f32 {
    let row = galley.rows.first();
    row.and_then(|row| row.glyphs.first().map(|glyph| row.pos.y + glyph.pos.y))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use egui::epaint::text::{Fonts, TextOptions};

    use super::*;

    /// What the app writes on the canvas, beside Latin text.
    const WORDS: &str =
        "“pronoun” ‘it’ … – — − + ± × · ° % √ ∞ ≈ ≠ ≤ ≥ → ← ↑ ↓ ‹ › ′ ⁻¹⁶ ₁₂ ğ ı ş é ö λ σ φ ∈ ⊤ ∑ ⟨⟩ ‖ ℝ ∇";
    const SYMBOLS: &str = "AKMLSVXD qkvhjl λστεδμφϕϵ";

    fn fonts() -> Fonts {
        Fonts::new(TextOptions::default(), definitions())
    }

    fn all_ids() -> [FontId; 4] {
        [ui(14.0), strong(14.0), math(14.0), FontId::monospace(14.0)]
    }

    #[test]
    fn every_character_of_the_app_has_a_glyph() {
        let mut fonts = fonts();
        let ascii = (' '..='~').collect::<String>();
        let letters = ('\u{a1}'..='\u{17f}')
            .filter(|c| !['\u{ad}', '\u{149}'].contains(c))
            .collect::<String>();
        for id in all_ids() {
            for text in [WORDS, SYMBOLS, &ascii, &letters, "\u{2009}\u{202f}\u{a0}"] {
                for character in text.chars() {
                    assert!(fonts.has_glyph(&id, character), "{id:?} lacks {character:?}");
                }
            }
            assert!(!fonts.has_glyph(&id, '漢'), "the test cannot fail");
        }
    }

    #[test]
    fn numbers_do_not_dance() {
        let mut fonts = fonts();
        let mut view = fonts.with_pixels_per_point(2.0);
        for id in [ui(14.0), strong(14.0), ui(24.0), FontId::monospace(14.0)] {
            let mut width = |text: &str| {
                view.layout_no_wrap(text.to_owned(), id.clone(), Color32::BLACK)
                    .size()
                    .x
            };
            let wanted = width("+0.888 %");
            for text in ["+0.111 %", "−0.471 %", "−1.714 %", "+7.007 %"] {
                assert!(
                    (width(text) - wanted).abs() < 0.01,
                    "{text} in {id:?}: {} for {wanted}",
                    width(text)
                );
            }
        }
    }

    #[test]
    fn all_fonts_share_one_baseline() {
        let mut fonts = fonts();
        let mut view = fonts.with_pixels_per_point(2.0);
        let galley = view.layout_no_wrap("a∈λ⊤".to_owned(), ui(20.0), Color32::BLACK);
        let row = &galley.rows[0];
        for glyph in &row.glyphs {
            let off = glyph.pos.y - row.glyphs[0].pos.y;
            assert!(off.abs() < 0.3, "{} stands {off} off the baseline", glyph.chr);
        }
    }

    #[test]
    fn a_label_puts_its_runs_on_one_baseline() {
        let context = egui::Context::default();
        context.set_fonts(definitions());
        let mut label = None;
        let mut output = context.run_ui(egui::RawInput::default(), |ui| {
            label = Some(MathLabel::new(
                ui.painter(),
                20.0,
                &[Run::Symbol("k"), Run::Sub("3"), Run::Words(" is near")],
            ));
        });
        output.textures_delta.clear();
        let label = label.expect("the closure ran");
        let baselines: Vec<f32> = label
            .galleys
            .iter()
            .map(|(place, galley)| place.y + baseline(galley))
            .collect();
        assert!((baselines[0] - baselines[2]).abs() < 0.01, "{baselines:?}");
        assert!(
            (baselines[1] - baselines[0] - SUBSCRIPT_DROP * 20.0).abs() < 0.01,
            "{baselines:?}"
        );
        let xs: Vec<f32> = label.galleys.iter().map(|(place, _)| place.x).collect();
        assert!(xs[0] == 0.0 && xs[0] < xs[1] && xs[1] < xs[2], "{xs:?}");
        for (place, galley) in &label.galleys {
            let corner = *place + galley.size();
            assert!(place.y >= 0.0 && corner.x <= label.size.x + 0.01 && corner.y <= label.size.y + 0.01);
        }
    }

    #[test]
    fn mathematics_is_as_high_as_its_neighbours() {
        // x-heights: Inter 1118 of 2048, STIX Two Text Italic 467 of 1000.
        let (inter, stix) = (1118.0 / 2048.0, 0.467 * MATH_FACTOR);
        assert!((inter - f64::from(stix)).abs() < 0.04, "{inter} against {stix}");
        let (_, id, _) = Run::Symbol("k").look(20.0);
        assert_eq!((id.size, id.family), (22.0, math_family()));
    }

    #[test]
    fn fetched_bytes_give_the_same_fonts() {
        let carried = definitions();
        let bytes = || FILES.map(|file| carried.font_data[file].bytes().to_vec());
        let fetched = definitions_from(bytes()).expect("the bundled fonts are fonts");
        assert_eq!(fetched.families, carried.families);

        let refused = |change: fn(&mut Vec<u8>)| {
            let mut bytes = bytes();
            change(&mut bytes[2]);
            definitions_from(bytes)
                .map(|_| ())
                .map_err(|error| (error.file, error.lacks))
        };
        assert_eq!(refused(Vec::clear), Err((FILES[2], "TrueType header")));
        assert_eq!(
            refused(|bytes| *bytes = b"<!doctype html>".to_vec()),
            Err((FILES[2], "TrueType header"))
        );
        assert_eq!(refused(|bytes| bytes.truncate(40)), Err((FILES[2], "end")));
        assert_eq!(
            refused(|bytes| bytes.truncate(bytes.len() - 100)),
            Err((FILES[2], "end"))
        );
        assert_eq!(refused(|bytes| bytes[12..16].fill(0)), Err((FILES[2], "OS/2")));
        assert_eq!(refused(|_| ()), Ok(()));
    }

    #[test]
    fn large_letters_stand_closer() {
        assert_eq!(format(ui(24.0), Color32::BLACK).extra_letter_spacing, TIGHT);
        assert_eq!(format(ui(18.0), Color32::BLACK).extra_letter_spacing, 0.0);
    }
}
