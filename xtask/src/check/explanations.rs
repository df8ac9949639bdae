//! The explanations and the lessons: they can be set, and the canvas has a glyph for every character of them.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, Result, anyhow};
use ttf_parser::{Face, PlatformId};

use super::Violation;
use eigenlens_words::{
    explain::{self, Error},
    lesson,
};

use crate::workspace::{files_below, shown};

/// The fonts of the canvas.
const CANVAS_FONTS: [&str; 4] = [
    "inter-regular",
    "inter-semibold",
    "stix-text-italic",
    "stix-math-symbols",
];

pub(super) fn broken(root: &Path) -> Result<Vec<Violation>> {
    let files = crate::explain::files(root)?;
    if files.is_empty() {
        return Ok(vec![Violation {
            file: "assets/explain".into(),
            line: None,
            rule: "holds no explanation".into(),
        }]);
    }
    let mut covered = BTreeSet::new();
    for name in CANVAS_FONTS {
        let file = format!("assets/fonts/{name}.ttf");
        let Ok(bytes) = fs::read(root.join(&file)) else {
            return Ok(vec![Violation {
                file,
                line: None,
                rule: "a font of the canvas is missing".into(),
            }]);
        };
        covered.extend(characters(&bytes).with_context(|| file)?);
    }
    let mut broken = Vec::new();
    for file in files {
        let name = shown(&file, root);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        match in_file(&name, &text, &covered) {
            Ok(found) => broken.extend(found),
            Err(Error { file, line, problem }) => broken.push(Violation {
                file,
                line: Some(line),
                rule: problem.to_string(),
            }),
        }
    }
    let folder = root.join("assets/lessons");
    let lessons = if folder.is_dir() {
        files_below(&folder)?
    } else {
        Vec::new()
    };
    for file in lessons {
        if file.extension().is_some_and(|extension| extension == "toml") {
            let name = shown(&file, root);
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
            broken.extend(in_lesson(&name, &text, &covered));
        }
    }
    Ok(broken)
}

/// What is wrong with a lesson: it cannot be read or set, or the canvas cannot draw a character of it.
fn in_lesson(name: &str, text: &str, covered: &BTreeSet<char>) -> Vec<Violation> {
    let violation = |rule: String| Violation {
        file: name.to_owned(),
        line: None,
        rule,
    };
    let lesson = match lesson::read(text) {
        Ok(lesson) => lesson,
        Err(error) => return vec![violation(error.to_string())],
    };
    let texts = match lesson::texts(&lesson) {
        Ok(texts) => texts,
        Err(error) => return vec![violation(error.to_string())],
    };
    let mut broken = Vec::new();
    for (place, text) in texts {
        let rules = missing(&text, covered).into_iter();
        broken.extend(rules.map(|rule| violation(format!("{place}: {rule}"))));
    }
    broken
}

/// What a text has that the canvas cannot draw.
fn missing(text: &str, covered: &BTreeSet<char>) -> Vec<String> {
    let missing: BTreeSet<char> = text
        .chars()
        .filter(|c| !c.is_control() && !covered.contains(c))
        .collect();
    let rule = |c: char| format!("the fonts of the canvas have no {c:?} (U+{:04X})", u32::from(c));
    missing.into_iter().map(rule).collect()
}

/// The characters of one explanation that the canvas cannot draw; an error where the explanation cannot be set at all.
fn in_file(name: &str, text: &str, covered: &BTreeSet<char>) -> Result<Vec<Violation>, Error> {
    let document = explain::parse(name, text)?;
    explain::fragment(&document)?;
    let mut broken = Vec::new();
    for (line, text) in explain::window_text(&document)? {
        for rule in missing(&text, covered) {
            broken.push(Violation {
                file: name.to_owned(),
                line: Some(line),
                rule,
            });
        }
    }
    Ok(broken)
}

/// The characters for which a font has a glyph.
fn characters(font: &[u8]) -> Result<BTreeSet<char>> {
    let face = Face::parse(font, 0).map_err(|error| anyhow!("not a font: {error}"))?;
    let cmap = face.tables().cmap.context("the font maps no characters")?;
    let mut found = BTreeSet::new();
    for table in cmap
        .subtables
        .into_iter()
        .filter(|table| table.is_unicode() || table.platform_id == PlatformId::Unicode)
    {
        table.codepoints(|point| {
            found.extend(char::from_u32(point).filter(|c| face.glyph_index(*c).is_some()));
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# T\n\nwords\n\n```formula\ntex: a \\le b\nplain: a ≤ b\n```\n\n## Try this\n1. a\n2. $\\tau|τ$\n3. c\n\n## Exact\n- r {check:x}\n\n## Choice\nw\n";

    #[test]
    fn characters_without_a_glyph_are_named_with_their_line() -> Result<(), Error> {
        let ascii: BTreeSet<char> = (' '..='~').collect();
        let lines: Vec<String> = in_file("t.md", TEXT, &ascii)?.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "t.md:7: the fonts of the canvas have no '≤' (U+2264)",
                "t.md:12: the fonts of the canvas have no 'τ' (U+03C4)"
            ]
        );
        let all: BTreeSet<char> = ascii.into_iter().chain(['≤', 'τ']).collect();
        assert_eq!(in_file("t.md", TEXT, &all)?, []);
        Ok(())
    }

    #[test]
    fn lessons_name_the_place_of_a_character_without_a_glyph() {
        let ascii: BTreeSet<char> = (' '..='~').collect();
        let text = "title = \"A ≤ b\"\n[[step]]\ntitle = \"x\"\nstate = []\nnotes = \"$\\\\tau|τ$\"\n\
                    ask = { question = \"?\", guess.choice = { options = [\"a\", \"β\"], right = 0 } }\n";
        let lines: Vec<String> = in_lesson("l.toml", text, &ascii)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            lines,
            [
                "l.toml: title: the fonts of the canvas have no '≤' (U+2264)",
                "l.toml: step 1, notes: the fonts of the canvas have no 'τ' (U+03C4)",
                "l.toml: step 1, ask: the fonts of the canvas have no 'β' (U+03B2)"
            ]
        );
        let all: BTreeSet<char> = ascii.into_iter().chain(['≤', 'τ', 'β']).collect();
        assert_eq!(in_lesson("l.toml", text, &all), []);
        let broken = in_lesson("l.toml", "title = 3", &all);
        assert!(
            matches!(broken.as_slice(), [one] if one.rule.starts_with("line 1: ")),
            "{broken:?}"
        );
    }

    #[test]
    fn what_cannot_be_set_is_an_error_with_its_line() {
        let error =
            in_file("t.md", &TEXT.replace("\\le", "\\nonsense"), &BTreeSet::new()).expect_err("unknown command");
        assert!(error.to_string().starts_with("t.md:6: "), "{error}");
    }

    #[test]
    fn a_font_that_is_none_is_refused() {
        assert!(characters(b"not a font").is_err());
    }
}
