//! An explanation as a fragment of HTML for the page's Explain column.

use math_core::MathDisplay;
use pulldown_cmark::{Alignment, CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeWithOffset, html::push_html};

use super::{
    Error, Piece, Problem, formula,
    parse::{Block, Document},
    pieces,
};

/// `document` as HTML: headings, prose, `MathML`, and a place for every live number.
pub fn fragment(document: &Document) -> Result<String, Error> {
    let file = document.file.as_str();
    let mut out = format!("<h1>{}</h1>\n", inline(file, &document.title)?);
    out.push_str(&markdown(file, &document.prose)?);
    for row in &document.formula {
        out.push_str(
            &formula::mathml(&row.tex, MathDisplay::Block).map_err(|problem| located(file, row.line, problem))?,
        );
        out.push('\n');
    }

    out.push_str("<section class=\"try\">\n<h2>Try this</h2>\n");
    let items = items(&document.try_this);
    if items != 3 {
        return Err(located(file, document.try_this.line, Problem::NotThree(items)));
    }
    out.push_str(&markdown(file, &document.try_this)?);
    out.push_str("</section>\n");

    out.push_str("<section class=\"exact\">\n<h2><span class=\"tag exact\">= Exact</span> What must hold, now</h2>\n");
    out.push_str("<table class=\"checks\">\n<tbody>\n");
    for check in &document.exact {
        out.extend(["<tr data-check=\"", &check.name, "\"><td class=\"mark\"></td>"]);
        out.extend(["<th scope=\"row\">", &inline(file, &check.text)?, "</th>"]);
        out.push_str("<td class=\"residual\">…</td></tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</section>\n");

    out.push_str("<section class=\"choice\">\n<h2><span class=\"tag choice\">Choice</span></h2>\n");
    out.push_str(&markdown(file, &document.choice)?);
    out.push_str("</section>\n");
    if let Some(disputed) = &document.disputed {
        out.push_str("<section class=\"disputed\">\n<h2><span class=\"tag disputed\">≈≈ Disputed</span></h2>\n");
        out.push_str(&markdown(file, disputed)?);
        out.push_str("</section>\n");
    }
    Ok(out)
}

/// The text of `document` that a person reads in the native window, with the line of each piece: for the check of glyphs.
pub fn window_text(document: &Document) -> Result<Vec<(usize, String)>, Error> {
    let file = document.file.as_str();
    let mut texts: Vec<(usize, String)> = document
        .formula
        .iter()
        .map(|row| (row.plain_line, row.plain.clone()))
        .collect();
    let checks = document.exact.iter().map(|check| &check.text);
    for block in [&document.title, &document.prose, &document.try_this, &document.choice]
        .into_iter()
        .chain(checks)
        .chain(&document.disputed)
    {
        texts.extend(plain(file, block)?);
    }
    Ok(texts)
}

/// The pieces of the Markdown of `block` as the window shows them, each with its line.
pub(crate) fn plain(file: &str, block: &Block) -> Result<Vec<(usize, String)>, Error> {
    let mut texts = Vec::new();
    for (event, line) in events(block) {
        match event {
            Event::Text(text) => texts.push((line, text.into_string())),
            Event::InlineMath(math) => {
                let forms = two_forms(&math).map_err(|problem| located(file, line, problem))?;
                texts.push((line, forms.1.to_owned()));
            }
            _ => {}
        }
    }
    Ok(texts)
}

fn located(file: &str, line: usize, problem: Problem) -> Error {
    Error {
        file: file.to_owned(),
        line,
        problem,
    }
}

/// The Markdown events of `block`, each with its line; texts are whole.
fn events(block: &Block) -> impl Iterator<Item = (Event<'_>, usize)> {
    let parser = Parser::new_ext(&block.text, Options::ENABLE_MATH | Options::ENABLE_TABLES).into_offset_iter();
    TextMergeWithOffset::new(parser).map(|(event, range)| {
        let before = block.text.get(..range.start).unwrap_or_default();
        (event, block.line + before.matches('\n').count())
    })
}

fn items(block: &Block) -> usize {
    let mut numbered = false;
    events(block)
        .filter(|(event, _)| {
            numbered |= matches!(event, Event::Start(Tag::List(Some(_))));
            numbered && matches!(event, Event::Start(Tag::Item))
        })
        .count()
}

/// The Markdown of `block` as HTML.
pub(crate) fn markdown(file: &str, block: &Block) -> Result<String, Error> {
    let mut shown = Vec::new();
    for (event, line) in events(block) {
        let fail = |problem| located(file, line, problem);
        match event {
            Event::Text(text) => text_events(&text, &mut shown).map_err(fail)?,
            Event::InlineMath(math) => {
                let (tex, _) = two_forms(&math).map_err(fail)?;
                shown.push(Event::InlineHtml(
                    formula::mathml(tex, MathDisplay::Inline).map_err(fail)?.into(),
                ));
            }
            event => match unsupported(&event) {
                Some(what) => return Err(fail(Problem::Unsupported(what))),
                None => shown.push(event),
            },
        }
    }
    let mut out = String::new();
    push_html(&mut out, shown.into_iter());
    Ok(out)
}

/// The Markdown of one paragraph without the `<p>` around it.
fn inline(file: &str, block: &Block) -> Result<String, Error> {
    let html = markdown(file, block)?;
    match html
        .trim()
        .strip_prefix("<p>")
        .and_then(|inner| inner.strip_suffix("</p>"))
    {
        Some(inner) => Ok(inner.to_owned()),
        None => Err(located(
            file,
            block.line,
            Problem::Unsupported("anything but one line of text here"),
        )),
    }
}

fn text_events(text: &str, shown: &mut Vec<Event<'_>>) -> Result<(), Problem> {
    for piece in pieces(text)? {
        shown.push(match piece {
            Piece::Text(text) => Event::Text(CowStr::from(text.to_owned())),
            Piece::Slot(name) => {
                Event::InlineHtml(format!("<span class=\"num\" data-readout=\"{name}\">…</span>").into())
            }
            Piece::Check(name) => return Err(Problem::StrayCheck(name.to_owned())),
        });
    }
    Ok(())
}

/// `$tex|plain$` cut at its bar; TeX without commands is its own plain form. `\|` is a norm, not the bar.
fn two_forms(math: &str) -> Result<(&str, &str), Problem> {
    let bar = math
        .char_indices()
        .find(|(at, c)| *c == '|' && !math.get(..*at).is_some_and(|before| before.ends_with('\\')));
    let (tex, plain) = match bar.and_then(|(at, _)| math.split_at_checked(at)) {
        Some((tex, plain)) => (tex.trim(), plain.strip_prefix('|').unwrap_or_default().trim()),
        None => (math.trim(), math.trim()),
    };
    if plain.is_empty() || plain.contains(['\\', '^', '_', '{', '}', '|']) {
        return Err(Problem::NoPlain(tex.to_owned()));
    }
    Ok((tex, plain))
}

/// What page and window cannot both show.
fn unsupported(event: &Event<'_>) -> Option<&'static str> {
    match event {
        Event::Start(tag) => match tag {
            // A column that is aligned would need a style attribute, which the page does not allow.
            Tag::Table(columns) if columns.iter().any(|column| *column != Alignment::None) => Some("an aligned column"),
            Tag::Paragraph
            | Tag::List(_)
            | Tag::Item
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Link { .. }
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell => None,
            Tag::Heading { .. } => Some("a heading of its own"),
            Tag::Image { .. } => Some("an image"),
            Tag::CodeBlock(_) => Some("a code block"),
            Tag::HtmlBlock => Some("HTML"),
            _ => Some("this kind of Markdown"),
        },
        Event::End(TagEnd::HtmlBlock) | Event::Html(_) | Event::InlineHtml(_) => Some("HTML"),
        Event::Code(_) => Some("code"),
        Event::DisplayMath(_) => Some("$$…$$ outside a formula block"),
        Event::Rule | Event::TaskListMarker(_) | Event::FootnoteReference(_) => Some("this kind of Markdown"),
        Event::End(_) | Event::Text(_) | Event::InlineMath(_) | Event::SoftBreak | Event::HardBreak => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, parse::tests::GOOD};
    use super::*;

    #[test]
    fn a_whole_fragment() -> Result<(), Error> {
        let html = fragment(&parse("t.md", GOOD)?)?;
        let expected = "<h1>T</h1>\n\
            <p>Some <em>prose</em> with <span class=\"num\" data-readout=\"a_1\">…</span>.</p>\n\
            <math display=\"block\"><mi>h</mi><mo>=</mo><mn data-readout=\"a_1\">…</mn></math>\n\
            <section class=\"try\">\n<h2>Try this</h2>\n<ol>\n<li>a</li>\n<li>b</li>\n<li>c</li>\n</ol>\n</section>\n\
            <section class=\"exact\">\n<h2><span class=\"tag exact\">= Exact</span> What must hold, now</h2>\n\
            <table class=\"checks\">\n<tbody>\n\
            <tr data-check=\"row_sum\"><td class=\"mark\"></td><th scope=\"row\">sums to 1</th><td class=\"residual\">…</td></tr>\n\
            <tr data-check=\"other\"><td class=\"mark\"></td><th scope=\"row\"><math><mi>τ</mi></math> stays</th><td class=\"residual\">…</td></tr>\n\
            </tbody>\n</table>\n</section>\n\
            <section class=\"choice\">\n<h2><span class=\"tag choice\">Choice</span></h2>\n\
            <p><math><mi>D</mi></math>: <span class=\"num\" data-readout=\"b\">…</span>.</p>\n</section>\n";
        assert_eq!(html, expected);
        Ok(())
    }

    #[test]
    fn disputed_stands_last() -> Result<(), Error> {
        let html = fragment(&parse("t.md", &format!("{GOOD}\n## Disputed\nwords\n"))?)?;
        assert!(
            html.ends_with("<h2><span class=\"tag disputed\">≈≈ Disputed</span></h2>\n<p>words</p>\n</section>\n"),
            "{html}"
        );
        Ok(())
    }

    #[test]
    fn a_table_has_live_cells_and_no_aligned_column() -> Result<(), Error> {
        let table = |rule: &str| format!("{GOOD}\n| a | $M$ |\n|---|{rule}|\n| b | {{c}} |\n");
        let html = fragment(&parse("t.md", &table("---"))?)?;
        let cells = "<th>a</th><th><math><mi>M</mi></math></th>";
        assert!(html.contains(cells), "{html}");
        let live = "<td>b</td><td><span class=\"num\" data-readout=\"c\">…</span></td>";
        assert!(html.contains(live), "{html}");
        let error = fragment(&parse("t.md", &table("--:"))?).expect_err("the page allows no style");
        assert!(error.to_string().contains("an aligned column"), "{error}");
        Ok(())
    }

    #[test]
    fn special_characters_are_escaped() -> Result<(), Error> {
        let html = fragment(&parse(
            "t.md",
            &GOOD.replacen("# T", "# a & b", 1).replacen("*prose*", "1 < 2 \\$", 1),
        )?)?;
        assert!(
            html.contains("<h1>a &amp; b</h1>") && html.contains("1 &lt; 2 $"),
            "{html}"
        );
        Ok(())
    }

    #[test]
    fn what_the_window_cannot_show_is_refused() {
        for (from, to, line, words) in [
            ("*prose*", "<b>prose</b>", 3, "HTML"),
            ("*prose*", "`prose`", 3, "code"),
            ("*prose*", "![x](y)", 3, "an image"),
            ("*prose*", "$$x$$", 3, "outside a formula block"),
            ("*prose*", "{check:x}", 3, "belongs at the end"),
            ("*prose*", "$\\sqrt{D}$", 3, "needs a plain form"),
            ("*prose*", "$k_j$", 3, "needs a plain form"),
            ("*prose*", "x\n$\\foo|f$", 4, "Unknown command"),
            ("3. c\n", "", 11, "has 2 items"),
            ("1. a\n2. b\n3. c\n", "- a\n- b\n- c\n", 11, "has 0 items"),
            ("h = \\slot{a_1}", "\\slot{a_1} \\frac", 6, "Expected argument"),
            ("- sums", "- - sums", 16, "one line of text"),
        ] {
            assert!(GOOD.contains(from), "the case {from:?} breaks nothing");
            let document = parse("t.md", &GOOD.replacen(from, to, 1)).expect("parts");
            let error = fragment(&document).expect_err(to).to_string();
            assert!(
                error.starts_with(&format!("t.md:{line}: ")) && error.contains(words),
                "{to:?}: {error}"
            );
        }
    }

    #[test]
    fn the_bar_is_not_a_norm() -> Result<(), Problem> {
        assert_eq!(
            two_forms(r"-\|k\|^2/(2\tau)|−‖k‖²/(2τ)")?,
            (r"-\|k\|^2/(2\tau)", "−‖k‖²/(2τ)")
        );
        assert_eq!(two_forms("D")?, ("D", "D"));
        assert_eq!(two_forms("D|"), Err(Problem::NoPlain("D".into())));
        assert_eq!(two_forms("a|b|c"), Err(Problem::NoPlain("a".into())));
        Ok(())
    }

    #[test]
    fn the_window_reads_plain_forms() -> Result<(), Error> {
        let texts = window_text(&parse("t.md", GOOD)?)?;
        assert!(
            texts.contains(&(7, "h = {a_1}".into())) && texts.contains(&(18, "τ".into())),
            "{texts:?}"
        );
        assert!(!texts.iter().any(|(_, text)| text.contains("tau")), "{texts:?}");
        Ok(())
    }
}
