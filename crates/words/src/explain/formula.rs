//! TeX → `MathML`, with the slots of the readouts and the roles of the colours.
//!
//! Slots and roles pass the converter as marks that it keeps and that nothing else can write: a slot as a character for
//! private use, which comes out as an `<mi>` of its own; a role as a colour, which comes out as a styled `<mrow>`.

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

use super::{Problem, is_name};

/// The first mark of a slot; the n-th slot of a formula is the n-th character from here.
const FIRST_MARK: char = '\u{E000}';
/// The roles; the n-th is passed on as the colour (n, 0, 0).
const ROLES: [&str; 3] = ["query", "pos", "neg"];

/// Is `c` one of the characters that stand for slots?
pub(super) fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}')
}

/// The names of the slots in `tex`, in order.
pub(super) fn slots(tex: &str) -> Result<Vec<String>, Problem> {
    Ok(marked(tex)?.1)
}

/// `tex` as `MathML`.
pub(super) fn mathml(tex: &str, display: MathDisplay) -> Result<String, Problem> {
    let fail = |why: String| Problem::Tex {
        tex: tex.to_owned(),
        why,
    };
    let (marked, slots) = marked(tex)?;
    let macros = (1..)
        .zip(ROLES)
        .map(|(n, role)| (role.to_owned(), format!("{{\\color[RGB]{{{n},0,0}}#1}}")))
        .collect();
    let converter = LatexToMathML::new(MathCoreConfig {
        macros,
        ..MathCoreConfig::default()
    })
    .map_err(|(error, _, _)| fail(error.error_message()))?;
    let converted = converter
        .convert_with_local_state(&marked, display)
        .map_err(|error| fail(error.error_message()))?;
    let filled = fill(&converted.mathml, &slots);
    if filled.contains(" style=") {
        // The page's content security policy lets no style attribute through.
        return Err(fail(
            "this needs a style attribute, which the page does not allow".into(),
        ));
    }
    if filled.contains(is_private) {
        return Err(fail("a slot cannot stand here".into()));
    }
    Ok(filled)
}

/// `tex` with its slots replaced by their marks, and their names.
fn marked(tex: &str) -> Result<(String, Vec<String>), Problem> {
    let mut names = Vec::new();
    let mut out = String::with_capacity(tex.len());
    let mut rest = tex;
    while let Some((before, after)) = rest.split_once("\\slot") {
        out.push_str(before);
        let Some((name, after)) = after
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
            .filter(|(name, _)| is_name(name))
        else {
            return Err(Problem::BadSlot(format!(
                "\\slot{}",
                after.chars().take(20).collect::<String>()
            )));
        };
        let Some(mark) = char::from_u32(u32::from(FIRST_MARK) + names.len() as u32).filter(|mark| is_private(*mark))
        else {
            return Err(Problem::BadSlot(format!("\\slot{{{name}}}, one slot too many")));
        };
        out.push('{');
        out.push(mark);
        out.push('}');
        names.push(name.to_owned());
        rest = after;
    }
    out.push_str(rest);
    Ok((out, names))
}

/// Puts slots and roles in the place of their marks.
fn fill(mathml: &str, slots: &[String]) -> String {
    let mut out = String::with_capacity(mathml.len());
    // For every open <mrow>: the role it gives, if it gives one.
    let mut rows: Vec<Option<&str>> = Vec::new();
    let mut rest = mathml;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let Some((tag, after)) = tag.split_once('>') else {
            out.push('<');
            rest = tag;
            continue;
        };
        rest = after;
        let role = rows.iter().rev().find_map(|role| *role);
        let class = role.map(|role| format!(" class=\"{role}\"")).unwrap_or_default();
        if tag == "mrow" || tag.starts_with("mrow ") {
            let own = role_of(tag);
            rows.push(own);
            out.push_str(if own.is_some() { "<mrow>" } else { "<mrow" });
            if own.is_none() {
                out.push_str(tag.strip_prefix("mrow").unwrap_or_default());
                out.push('>');
            }
        } else if tag == "/mrow" {
            rows.pop();
            out.push_str("</mrow>");
        } else if let Some((name, after)) = (tag == "mi").then(|| slot_of(rest, slots)).flatten() {
            out.extend(["<mn", &class, " data-readout=\"", name, "\">…</mn>"]);
            rest = after;
        } else {
            let element = tag.split(' ').next().unwrap_or_default();
            out.push('<');
            out.push_str(element);
            if matches!(element, "mi" | "mn") {
                out.push_str(&class);
            }
            out.push_str(tag.strip_prefix(element).unwrap_or_default());
            out.push('>');
        }
    }
    out.push_str(rest);
    out
}

/// The role that a styled row stands for.
fn role_of(tag: &str) -> Option<&'static str> {
    (1..)
        .zip(ROLES)
        .find_map(|(n, role)| (tag == format!("mrow style=\"color:#{n:02x}0000;\"")).then_some(role))
}

/// The slot whose mark is all that stands in the `<mi>` which has just been opened, and what follows its end.
fn slot_of<'a>(inside: &'a str, slots: &'a [String]) -> Option<(&'a str, &'a str)> {
    let (content, after) = inside.split_once("</mi>")?;
    let mut chars = content.chars();
    let mark = chars
        .next()
        .filter(|mark| is_private(*mark) && chars.as_str().is_empty())?;
    let name = slots.get(usize::try_from(u32::from(mark).checked_sub(u32::from(FIRST_MARK))?).ok()?)?;
    Some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(tex: &str) -> Result<String, Problem> {
        mathml(tex, MathDisplay::Block)
    }

    #[test]
    fn slots_become_numbers_of_the_readouts() -> Result<(), Problem> {
        assert_eq!(
            block(r"2\slot{a}3 v_{\slot{b_1}}")?,
            "<math display=\"block\"><mn>2</mn><mn data-readout=\"a\">…</mn><mn>3</mn><msub><mi>v</mi><mn data-readout=\"b_1\">…</mn></msub></math>"
        );
        assert_eq!(slots(r"\slot{a}+\slot{b}+\slot{a}")?, ["a", "b", "a"]);
        Ok(())
    }

    #[test]
    fn roles_become_classes() -> Result<(), Problem> {
        assert_eq!(
            block(r"\query{q}^\top \pos{2} \neg{x_1} + y")?,
            "<math display=\"block\"><msup><mrow><mi class=\"query\">q</mi></mrow><mi>⊤</mi></msup><mrow><mn class=\"pos\">2</mn></mrow>\
             <mrow><msub><mi class=\"neg\">x</mi><mn class=\"neg\">1</mn></msub></mrow><mo>+</mo><mi>y</mi></math>"
        );
        assert_eq!(
            block(r"\query{\slot{a} \frac{b}{c}}")?,
            "<math display=\"block\"><mrow><mn class=\"query\" data-readout=\"a\">…</mn><mfrac><mi class=\"query\">b</mi><mi class=\"query\">c</mi></mfrac></mrow></math>"
        );
        Ok(())
    }

    #[test]
    fn the_inner_role_wins_and_ends() -> Result<(), Problem> {
        let set = block(r"\query{a \pos{b} c} d")?;
        assert!(set.contains("<mi class=\"query\">a</mi><mrow><mi class=\"pos\">b</mi></mrow><mi class=\"query\">c</mi></mrow><mi>d</mi>"), "{set}");
        Ok(())
    }

    #[test]
    fn comparison_signs_are_escaped() -> Result<(), Problem> {
        assert!(block("a < b")?.contains("<mo>&lt;</mo>"));
        Ok(())
    }

    #[test]
    fn bad_tex_is_refused() {
        for (bad, words) in [
            (r"\frac{a}", "Expected argument"),
            (r"\foo", "Unknown command"),
            (r"\slot{A}", "is no slot"),
            (r"\slot a", "is no slot"),
            (r"\slot{a", "is no slot"),
            (r"\text{\slot{a}}", "a slot cannot stand here"),
            (r"\begin{aligned}a&=b\end{aligned}", "style attribute"),
            (r"\color{red}a", "style attribute"),
        ] {
            let error = block(bad).expect_err(bad).to_string();
            assert!(error.contains(words), "{bad}: {error}");
        }
    }
}
