use super::*;

/// A small explanation that is right.
pub(crate) const GOOD: &str = "# T\n\nSome *prose* with {a_1}.\n\n```formula\ntex: h = \\slot{a_1}\nplain: h = {a_1}\n```\n\n## Try this\n1. a\n2. b\n3. c\n\n## Exact\n- sums\n  to 1 {check:row_sum}\n- $\\tau|τ$ stays {check:other}\n\n## Choice\n$D$: {b}.\n";

#[test]
fn parts_come_with_their_lines() -> Result<(), Error> {
    let document = parse("t.md", GOOD)?;
    assert_eq!(
        document.title,
        Block {
            line: 1,
            text: "T".into()
        }
    );
    assert_eq!(
        document.prose,
        Block {
            line: 3,
            text: "Some *prose* with {a_1}.".into()
        }
    );
    assert_eq!(
        document.formula,
        [Row {
            line: 6,
            tex: "h = \\slot{a_1}".into(),
            plain_line: 7,
            plain: "h = {a_1}".into()
        }]
    );
    assert_eq!(document.try_this.line, 11);
    let checks: Vec<(&str, &str, usize)> = document
        .exact
        .iter()
        .map(|check| (&*check.name, &*check.text.text, check.text.line))
        .collect();
    assert_eq!(checks, [("row_sum", "sums to 1", 16), ("other", "$\\tau|τ$ stays", 18)]);
    assert_eq!(
        document.choice,
        Block {
            line: 21,
            text: "$D$: {b}.".into()
        }
    );
    assert_eq!(document.disputed, None);
    Ok(())
}

#[test]
fn disputed_may_follow() -> Result<(), Error> {
    let document = parse("t.md", &format!("{GOOD}\n## Disputed\nwords\n"))?;
    assert_eq!(document.disputed.map(|block| block.text), Some("words".into()));
    Ok(())
}

/// Every way to break `GOOD`: what is replaced, by what, and the line and words of the message.
#[test]
fn broken_files_name_the_line() {
    let cases = [
        ("# T", "T", 1, "`# Title`"),
        ("# T", "# ", 1, "`# Title`"),
        ("Some *prose* with {a_1}.", "", 1, "prose under the title is missing"),
        ("```formula", "```rust", 5, "a block ```formula"),
        ("tex: h = \\slot{a_1}", "h", 6, "`tex:`"),
        ("plain: h = {a_1}", "h = 1", 7, "`plain:`"),
        ("plain: h = {a_1}", "plain:", 7, "the formula is missing"),
        ("plain: h = {a_1}", "plain: h = {a_2}", 7, "[\"a_1\"]"),
        (
            "plain: h = {a_1}",
            "plain: h = {a_1} {check:x}",
            7,
            "belongs at the end of a row",
        ),
        ("tex: h = \\slot{a_1}", "tex: h = \\slot{A}", 6, "is no slot"),
        ("```\n", "", 9, "`tex:` must stand"),
        (
            "tex: h = \\slot{a_1}\nplain: h = {a_1}\n",
            "",
            5,
            "a line `tex:` is missing",
        ),
        ("## Try this", "words\n## Try this", 10, "`words`"),
        ("## Try this", "## Exact", 10, "## Try this"),
        ("## Exact", "## Other", 15, "## Exact"),
        ("1. a\n2. b\n3. c\n", "", 10, "the text under this heading is missing"),
        ("{check:row_sum}", "", 16, "this one has 0"),
        ("to 1 {check:row_sum}", "{check:a} {check:b}", 16, "this one has 2"),
        ("to 1 {check:row_sum}", "{check:row_sum} to 1", 16, "this one has 1"),
        ("{check:row_sum}", "{check:Row}", 16, "is no slot"),
        ("- sums", "sums", 16, "a list"),
        ("## Choice\n$D$: {b}.", "", 20, "## Choice is missing"),
        ("prose", "\u{E000}", 3, "U+E000"),
    ];
    for (from, to, line, words) in cases {
        assert!(GOOD.contains(from), "the case {from:?} breaks nothing");
        let error = parse("t.md", &GOOD.replacen(from, to, 1)).expect_err(from).to_string();
        assert!(
            error.starts_with(&format!("t.md:{line}: ")) && error.contains(words),
            "{from:?} → {to:?}: {error}"
        );
    }
    let (open, _) = GOOD.split_once("```\n").expect("a fence");
    assert_eq!(
        parse("t.md", open).expect_err("open").to_string(),
        "t.md:5: the formula block is not closed"
    );
    assert_eq!(
        parse("t.md", "").expect_err("empty").to_string(),
        "t.md:1: `# Title` is missing here"
    );
}
