//! What the sources of the app may name: rules about words in code, which comments and documentation do not break.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, anyhow};
use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};

use super::Violation;
use crate::workspace::{files_below, shown};

/// Crates that draw.
const DRAWING: [&str; 6] = ["egui", "eframe", "epaint", "emath", "ecolor", "egui_commonmark"];

pub(super) fn broken(root: &Path) -> Result<Vec<Violation>> {
    let source = root.join("src");
    let mut broken = Vec::new();
    for file in files_below(&source)? {
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let found =
            in_file(&shown(&file, &source), &text).map_err(|error| anyhow!("{}: {error}", shown(&file, root)))?;
        broken.extend(found.into_iter().map(|(line, rule)| Violation {
            file: shown(&file, root),
            line: Some(line),
            rule,
        }));
    }
    Ok(broken)
}

/// Does `source` name `word` in its code?
pub(super) fn names(source: &str, word: &str) -> bool {
    fn any(tokens: TokenStream, word: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == word,
            TokenTree::Group(group) => any(group.stream(), word),
            _ => false,
        })
    }
    source.parse().is_ok_and(|tokens| any(tokens, word))
}

/// The rules that `text` breaks, as the file `name` below `src/`, with their lines.
fn in_file(name: &str, text: &str) -> Result<Vec<(usize, String)>> {
    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("does not parse: {error}"))?;
    let module: Vec<String> = name
        .trim_end_matches(".rs")
        .split('/')
        .filter(|part| !matches!(*part, "mod" | "lib" | "main"))
        .map(str::to_owned)
        .collect();
    let folder = module.first().map(String::as_str).unwrap_or_default();
    let mut seen = Seen::default();
    seen.walk(tokens, &module);

    let mut broken = Vec::new();
    if matches!(folder, "board" | "microscope") {
        for (path, line) in &seen.paths {
            if path.starts_with(&["crate".to_owned(), "lens".to_owned()]) {
                broken.push((*line, format!("{folder} must know no lens: `{}`", path.join("::"))));
            }
        }
    }
    if folder == "lab" {
        for (word, line) in seen.words.iter().filter(|(word, _)| DRAWING.contains(&word.as_str())) {
            broken.push((*line, format!("the lab must not draw: `{word}`")));
        }
    }
    if folder != "look" {
        broken.extend(
            seen.colours
                .into_iter()
                .map(|(colour, line)| (line, format!("only src/look names a colour: `{colour}`"))),
        );
    }
    broken.sort();
    broken.dedup();
    Ok(broken)
}

/// What a file names, each with its line.
#[derive(Default)]
struct Seen {
    /// Paths that begin with `crate`, `self` or `super`, from `crate` on; use-trees written out.
    paths: Vec<(Vec<String>, usize)>,
    words: Vec<(String, usize)>,
    colours: Vec<(String, usize)>,
}

impl Seen {
    fn walk(&mut self, tokens: TokenStream, module: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut inner = None;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = tokens.get(at + 1..).unwrap_or_default();
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    // `#[doc = "…"]` is a comment.
                    if let [TokenTree::Group(group), ..] = rest
                        && group
                            .stream()
                            .into_iter()
                            .next()
                            .is_some_and(|first| matches!(&first, TokenTree::Ident(word) if word == "doc"))
                    {
                        at += 1;
                    }
                }
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    let text = word.to_string();
                    if text == "mod"
                        && let [TokenTree::Ident(name), TokenTree::Group(_), ..] = rest
                    {
                        inner = Some(name.to_string());
                    }
                    let after_colons = at >= 2 && is_path_separator(tokens.get(at - 2..at).unwrap_or_default());
                    if !after_colons && matches!(text.as_str(), "crate" | "self" | "super") {
                        self.path(&tokens, at, Vec::new(), module);
                    }
                    self.colour(&text, rest, line);
                    self.words.push((text, line));
                }
                TokenTree::Group(group) => {
                    let below: Vec<String> = module.iter().cloned().chain(inner.take()).collect();
                    self.walk(group.stream(), &below);
                }
                TokenTree::Literal(literal) => self.literal(literal),
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    /// The path that begins at `at`, with every branch where it is a use-tree.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, mut path: Vec<String>, module: &[String]) {
        let mut line = 0;
        while let Some(TokenTree::Ident(word)) = tokens.get(at) {
            line = word.span().start().line;
            match word.to_string().as_str() {
                "crate" if path.is_empty() => path.push("crate".into()),
                "self" | "super" if path.is_empty() => {
                    path.push("crate".into());
                    path.extend(module.iter().cloned());
                    if word == "super" {
                        path.pop();
                    }
                }
                "super" => {
                    path.pop();
                }
                "self" => {}
                other => path.push(other.to_owned()),
            }
            if !is_path_separator(tokens.get(at + 1..at + 3).unwrap_or_default()) {
                break;
            }
            at += 3;
            if let Some(TokenTree::Group(group)) = tokens.get(at)
                && group.delimiter() == Delimiter::Brace
            {
                let branches: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
                for branch in branches.split(is_comma) {
                    self.path(branch, 0, path.clone(), module);
                }
                return;
            }
        }
        self.paths.push((path, line));
    }

    /// `Color32::from_rgb`, `Rgba::from_…`, `hex_color!`.
    fn colour(&mut self, word: &str, rest: &[TokenTree], line: usize) {
        if word == "hex_color" {
            self.colours.push((word.to_owned(), line));
        }
        if matches!(word, "Color32" | "Rgba")
            && is_path_separator(rest.get(..2).unwrap_or_default())
            && let Some(TokenTree::Ident(function)) = rest.get(2)
            && function.to_string().starts_with("from_")
        {
            self.colours.push((format!("{word}::{function}"), line));
        }
    }

    /// `"#D76300"`: a string that holds six or eight hexadecimal digits after a #.
    fn literal(&mut self, literal: &Literal) {
        let text = literal.to_string();
        let is_text = text.starts_with(['"', 'r', 'b', 'c']) && text.contains('"');
        for after in text.split('#').skip(1).filter(|_| is_text) {
            let digits = after
                .find(|c: char| !c.is_ascii_alphanumeric())
                .map_or(after, |end| after.split_at(end).0);
            if matches!(digits.len(), 6 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit()) {
                self.colours.push((format!("#{digits}"), literal.span().start().line));
            }
        }
    }
}

fn is_path_separator(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(first), TokenTree::Punct(second)] if first.as_char() == ':' && second.as_char() == ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(name: &str, text: &str) -> Result<Vec<(usize, String)>> {
        in_file(name, text)
    }

    #[test]
    fn board_and_microscope_know_no_lens() -> Result<()> {
        for (name, code) in [
            ("board/mod.rs", "\nuse crate::lens::Lens;"),
            ("board/mod.rs", "\nuse crate::{lab::Lab, lens};"),
            ("board/mod.rs", "\nuse crate::{lab::{Lab, Key}, lens::{self, softmax}};"),
            ("board/mod.rs", "fn f() {\n crate::lens::paint() }"),
            ("board/tokens.rs", "\nuse super::super::lens::Lens;"),
            ("board.rs", "\nuse super::lens::Lens;"),
            ("microscope/mod.rs", "mod inner {\n use super::super::lens::Lens; }"),
            ("microscope/bars.rs", "m!(\n vec![crate::lens::X]);"),
        ] {
            let found = lines(name, code)?;
            assert!(
                found
                    .first()
                    .is_some_and(|(line, rule)| *line == 2 && rule.contains("must know no lens: `crate::lens")),
                "{name} {code}: {found:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn words_that_only_look_like_it_are_free() -> Result<()> {
        for (name, code) in [
            (
                "board/mod.rs",
                "// crate::lens\n/// crate::lens\nfn f() -> &'static str { \"crate::lens\" }",
            ),
            (
                "board/mod.rs",
                "//! use crate::lens\n/* crate::lens */ #[doc = \"#D76300\"] struct A;",
            ),
            (
                "board/mod.rs",
                "use crate::lenses::A; use crate::lab::lens::B; use other::lens::C; use self::lens::D; use super::look::lens;",
            ),
            ("lens/softmax/mod.rs", "use crate::lens::Lens; use super::super::board;"),
            ("app.rs", "use crate::lens::Lens;"),
            ("lab/mod.rs", "// egui\nlet egui_like = \"egui\";"),
            (
                "look/theme.rs",
                "const A: Color32 = Color32::from_rgb(1, 2, 3); const B: &str = \"#D76300\";",
            ),
            (
                "app.rs",
                "let a = Color32::TRANSPARENT; let b = \"#v1.abcdef\"; let c = \"#12345\"; let d = \"#decade1\"; let e = r#\"facade\"#;",
            ),
        ] {
            assert_eq!(lines(name, code)?, [], "{name} {code}");
        }
        Ok(())
    }

    #[test]
    fn the_lab_does_not_draw() -> Result<()> {
        for code in [
            "\nuse egui::Pos2;",
            "fn f(p:\n emath::Pos2) {}",
            "#[derive(A)]\nstruct S(egui::Rect);",
        ] {
            assert!(
                lines("lab/mod.rs", code)?
                    .first()
                    .is_some_and(|(line, rule)| *line == 2 && rule.contains("the lab must not draw")),
                "{code}"
            );
        }
        Ok(())
    }

    #[test]
    fn colours_live_in_look() -> Result<()> {
        for (code, colour) in [
            ("\nlet a = egui::Color32::from_rgb(1, 2, 3);", "Color32::from_rgb"),
            ("\nlet a = \"fill #d76300;\";", "#d76300"),
            ("\nlet a = \"#D76300FF\";", "#D76300FF"),
            ("\nlet a = hex_color!(\"#abc\");", "hex_color"),
            ("\nlet a = Rgba::from_black_alpha(0.5);", "Rgba::from_black_alpha"),
        ] {
            assert_eq!(
                lines("board/mod.rs", code)?,
                [(2, format!("only src/look names a colour: `{colour}`"))],
                "{code}"
            );
        }
        Ok(())
    }

    #[test]
    fn words_are_found_in_code_only() {
        assert!(names("use web_sys::Window;", "web_sys") && names("fn f() { m! { [web_sys] } }", "web_sys"));
        assert!(!names(
            "// web_sys\nconst A: &str = \"web_sys\"; use web_sys_extra::A;",
            "web_sys"
        ));
    }
}
