//! The parts of an explanation, each with its line.

use super::{Error, Piece, Problem, formula, pieces};

/// An explanation, cut into its parts; prose is still Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The file as a person reads it, for messages.
    pub(crate) file: String,
    /// The heading.
    pub(crate) title: Block,
    /// Two to four sentences.
    pub(crate) prose: Block,
    /// The formula, one row per pair of lines.
    pub(crate) formula: Vec<Row>,
    /// A numbered list of three.
    pub(crate) try_this: Block,
    /// What must hold.
    pub(crate) exact: Vec<Check>,
    /// What is a choice.
    pub(crate) choice: Block,
    /// What is disputed, where something is.
    pub(crate) disputed: Option<Block>,
}

/// Markdown and the line it begins in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Block {
    /// The first line, from 1.
    pub(crate) line: usize,
    /// The Markdown.
    pub(crate) text: String,
}

/// One row of a formula in its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line of `tex:`.
    pub(crate) line: usize,
    /// TeX for the page.
    pub(crate) tex: String,
    /// The line of `plain:`.
    pub(crate) plain_line: usize,
    /// One line of Unicode for the native window.
    pub(crate) plain: String,
}

/// One row of Exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// The name of the check among the readouts.
    pub(crate) name: String,
    /// The identity in words, Markdown.
    pub(crate) text: Block,
}

/// The headings after the formula, in their order.
const HEADINGS: [&str; 4] = ["## Try this", "## Exact", "## Choice", "## Disputed"];

/// Cuts `text` into the parts of an explanation.
pub fn parse(file: &str, text: &str) -> Result<Document, Error> {
    let fail = |line: usize, problem: Problem| Error {
        file: file.to_owned(),
        line,
        problem,
    };
    for (line, content) in (1..).zip(text.lines()) {
        if let Some(private) = content.chars().find(|c| formula::is_private(*c)) {
            return Err(fail(line, Problem::PrivateUse(private.into())));
        }
    }
    let mut lines = Lines {
        rest: (1..).zip(text.lines()).collect::<Vec<_>>().into_iter().peekable(),
        last: 1,
    };

    let title = match lines.next_filled() {
        Some((line, found)) => found
            .strip_prefix("# ")
            .map(|title| Block {
                line,
                text: title.trim().to_owned(),
            })
            .filter(|title| !title.text.is_empty())
            .ok_or_else(|| {
                fail(
                    line,
                    Problem::Misplaced {
                        found: found.to_owned(),
                        expected: "`# Title`",
                    },
                )
            })?,
        None => return Err(fail(1, Problem::Missing("`# Title`"))),
    };
    let prose = lines.block();
    if prose.text.is_empty() {
        return Err(fail(prose.line, Problem::Missing("the prose under the title")));
    }
    let formula = formula_rows(&mut lines, &fail)?;

    let mut sections: Vec<Block> = Vec::new();
    let between = lines.block();
    if !between.text.is_empty() {
        return Err(fail(
            between.line,
            Problem::Misplaced {
                found: first_line(&between.text),
                expected: HEADINGS[0],
            },
        ));
    }
    while let Some((line, found)) = lines.next_filled() {
        match HEADINGS.get(sections.len()) {
            Some(heading) if found.trim_end() == *heading => {}
            expected => {
                let expected = expected.copied().unwrap_or("the end of the file");
                return Err(fail(
                    line,
                    Problem::Misplaced {
                        found: found.to_owned(),
                        expected,
                    },
                ));
            }
        }
        let block = lines.block();
        if block.text.is_empty() {
            return Err(fail(line, Problem::Missing("the text under this heading")));
        }
        sections.push(block);
    }
    let last = lines.last;
    let mut sections = sections.into_iter();
    let mut section = |name| sections.next().ok_or_else(|| fail(last, Problem::Missing(name)));
    let try_this = section(HEADINGS[0])?;
    let exact = checks(&section(HEADINGS[1])?, &fail)?;
    let choice = section(HEADINGS[2])?;
    let disputed = sections.next();
    Ok(Document {
        file: file.to_owned(),
        title,
        prose,
        formula,
        try_this,
        exact,
        choice,
        disputed,
    })
}

/// Lines with their numbers.
struct Lines<'a> {
    rest: std::iter::Peekable<std::vec::IntoIter<(usize, &'a str)>>,
    last: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let next = self.rest.next();
        if let Some((line, _)) = next {
            self.last = line;
        }
        next
    }

    fn next_filled(&mut self) -> Option<(usize, &'a str)> {
        while self.rest.next_if(|(_, text)| text.trim().is_empty()).is_some() {}
        self.next()
    }

    /// Everything up to the next heading or fence, without the empty lines around it.
    fn block(&mut self) -> Block {
        let mut block = Block {
            line: self.last,
            text: String::new(),
        };
        while let Some((line, text)) = self
            .rest
            .next_if(|(_, text)| !text.starts_with('#') && !text.starts_with("```"))
        {
            self.last = line;
            if block.text.is_empty() {
                if text.trim().is_empty() {
                    continue;
                }
                block.line = line;
            }
            block.text.push_str(text);
            block.text.push('\n');
        }
        block.text.truncate(block.text.trim_end().len());
        block
    }
}

fn formula_rows(lines: &mut Lines<'_>, fail: &impl Fn(usize, Problem) -> Error) -> Result<Vec<Row>, Error> {
    const EXPECTED: &str = "a block ```formula";
    let last = lines.last;
    let Some((opened, fence)) = lines.next() else {
        return Err(fail(last, Problem::Missing(EXPECTED)));
    };
    if fence.trim_end() != "```formula" {
        return Err(fail(
            opened,
            Problem::Misplaced {
                found: fence.to_owned(),
                expected: EXPECTED,
            },
        ));
    }
    let mut rows = Vec::new();
    loop {
        let Some((line, text)) = lines.next_filled() else {
            return Err(fail(opened, Problem::OpenFence));
        };
        if text.trim_end() == "```" {
            break;
        }
        let expected = |line, found: &str, expected| {
            fail(
                line,
                Problem::Misplaced {
                    found: found.to_owned(),
                    expected,
                },
            )
        };
        let tex = text
            .strip_prefix("tex:")
            .ok_or_else(|| expected(line, text, "`tex:`"))?
            .trim()
            .to_owned();
        let Some((plain_line, text)) = lines.next_filled() else {
            return Err(fail(opened, Problem::OpenFence));
        };
        let plain = text
            .strip_prefix("plain:")
            .ok_or_else(|| expected(plain_line, text, "`plain:`"))?
            .trim()
            .to_owned();
        for (line, form) in [(line, &tex), (plain_line, &plain)] {
            if form.is_empty() {
                return Err(fail(line, Problem::Missing("the formula")));
            }
        }
        let in_tex = formula::slots(&tex).map_err(|problem| fail(line, problem))?;
        let in_plain = plain_slots(&plain).map_err(|problem| fail(plain_line, problem))?;
        if sorted(&in_tex) != sorted(&in_plain) {
            return Err(fail(
                plain_line,
                Problem::SlotsDiffer {
                    tex: in_tex,
                    plain: in_plain,
                },
            ));
        }
        rows.push(Row {
            line,
            tex,
            plain_line,
            plain,
        });
    }
    if rows.is_empty() {
        return Err(fail(opened, Problem::Missing("a line `tex:`")));
    }
    Ok(rows)
}

fn plain_slots(plain: &str) -> Result<Vec<String>, Problem> {
    pieces(plain)?
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Slot(name) => Some(Ok(name.to_owned())),
            Piece::Check(name) => Some(Err(Problem::StrayCheck(name.to_owned()))),
        })
        .collect()
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    names
}

/// The rows of Exact: `- words {check:name}`, each on lines of its own.
fn checks(block: &Block, fail: &impl Fn(usize, Problem) -> Error) -> Result<Vec<Check>, Error> {
    let mut rows: Vec<Block> = Vec::new();
    for (line, text) in (block.line..).zip(block.text.lines()) {
        if let Some(row) = text.strip_prefix("- ") {
            rows.push(Block {
                line,
                text: row.trim().to_owned(),
            });
        } else if let Some(row) = rows
            .last_mut()
            .filter(|_| text.starts_with("  ") || text.trim().is_empty())
        {
            row.text.push(' ');
            row.text.push_str(text.trim());
        } else {
            return Err(fail(
                line,
                Problem::Misplaced {
                    found: text.to_owned(),
                    expected: "a list `- … {check:name}`",
                },
            ));
        }
    }
    rows.into_iter()
        .map(|row| {
            let prose = mathless(&row.text);
            let cut = pieces(prose.trim()).map_err(|problem| fail(row.line, problem))?;
            let names: Vec<&str> = cut
                .iter()
                .filter_map(|piece| {
                    if let Piece::Check(name) = piece {
                        Some(*name)
                    } else {
                        None
                    }
                })
                .collect();
            match (names.as_slice(), cut.last()) {
                ([name], Some(Piece::Check(_))) => {
                    let words = row
                        .text
                        .trim_end()
                        .trim_end_matches(&format!("{{check:{name}}}"))
                        .trim_end()
                        .to_owned();
                    Ok(Check {
                        name: (*name).to_owned(),
                        text: Block {
                            line: row.line,
                            text: words,
                        },
                    })
                }
                _ => Err(fail(row.line, Problem::Checks(names.len()))),
            }
        })
        .collect()
}

/// `text` without its `$…$`, whose braces are TeX.
fn mathless(text: &str) -> String {
    text.split('$').step_by(2).collect()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
pub(super) mod tests;
