//! Named numbers and sentences: one set for prose, tests, screen reader, CSV and the host page.

use std::collections::BTreeMap;

use serde::Serialize;

mod lesson;
mod notice;
pub mod text;

pub use lesson::{LessonPhase, LessonReadout};
pub use notice::{Notice, Severity};

/// Everything a lens says, as the page receives it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the page reads these names")]
pub struct Readouts {
    /// Grows with each change of what is said.
    pub revision: u64,
    /// Stable name of the lens, as in `softmax`.
    pub lens: &'static str,
    /// Stable name of the text that explains what is shown: that of the lens, or of its view.
    pub explain: &'static str,
    /// Stable name of the theme that is shown.
    pub theme: &'static str,
    /// Whether the theme is the projector's.
    pub projector: bool,
    /// The one sentence with today's number.
    pub headline: String,
    /// The same sentence as it is read aloud.
    pub spoken: String,
    /// Whether a gesture is running.
    pub dragging: bool,
    /// Numbers by name; prose and formulae have slots for them.
    pub numbers: BTreeMap<String, Number>,
    /// The identities that must hold, in the order of the Explain column.
    pub checks: Vec<Check>,
    /// The tokens: keys in order, then queries in order.
    pub tokens: Vec<TokenReadout>,
    /// The picture as a table.
    pub table: Table,
    /// What the person should know now.
    pub notices: Vec<Notice>,
    /// The lesson that is being given.
    pub lesson: Option<LessonReadout>,
    /// Whether there is an edit to take back.
    pub can_undo: bool,
    /// Whether there is an edit to bring back.
    pub can_redo: bool,
}

/// A named number.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Number {
    /// In full.
    pub value: f64,
    /// As it stands on the picture.
    pub text: String,
}

/// An identity with its residual.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Check {
    /// Stable name, as in `row_sum`.
    pub id: &'static str,
    /// Whether the residual is within its bound.
    pub holds: bool,
    /// How far the two sides are apart.
    pub residual: f64,
    /// The residual as it stands on the picture.
    pub text: String,
}

/// A token for the list beside the canvas.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TokenReadout {
    /// Name, as in "key 3".
    pub name: String,
    /// Label on the board, as in "k₃".
    pub label: String,
    /// The sentence a screen reader says.
    pub spoken: String,
    /// "key" or "query".
    pub role: &'static str,
}

/// A table of texts behind "Show as table".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Head of each column.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

impl Number {
    /// A share, written in percent.
    pub fn share(value: f64) -> Self {
        Self {
            value,
            text: text::percent(value),
        }
    }

    /// A plain number of two to three significant digits.
    pub fn plain(value: f64) -> Self {
        Self {
            value,
            text: text::number(value),
        }
    }

    /// A number with the words for it.
    pub fn said(value: f64, text: impl Into<String>) -> Self {
        Self {
            value,
            text: text.into(),
        }
    }

    /// How many.
    pub fn count(n: usize) -> Self {
        Self {
            value: n as f64,
            text: text::count(n),
        }
    }

    /// A number that can have either sign, written with its sign.
    pub fn signed(value: f64) -> Self {
        Self {
            value,
            text: text::signed(value),
        }
    }
}

impl Check {
    /// An identity whose two sides may be `bound` apart. A residual that is not a number does not hold.
    pub fn new(id: &'static str, residual: f64, bound: f64) -> Self {
        Self {
            id,
            holds: residual.abs() <= bound,
            residual,
            text: text::residual(residual),
        }
    }
}

impl Readouts {
    /// Gives a number its name; a number that had it gives way.
    // Lenses name hundreds: what is done for each stands in the page once.
    #[inline(never)]
    pub fn put(&mut self, name: &str, number: Number) {
        self.numbers.insert(name.to_owned(), number);
    }

    /// The named numbers and residuals in full, as CSV with the columns `name`, `value`, `text` (RFC 4180).
    ///
    /// Residuals are named `check:` and their id, like their slots in the prose.
    pub fn to_csv(&self) -> String {
        let mut csv = String::from("name,value,text\r\n");
        let numbers = self
            .numbers
            .iter()
            .map(|(name, number)| (name.clone(), number.value, &number.text));
        let checks = self
            .checks
            .iter()
            .map(|check| (format!("check:{}", check.id), check.residual, &check.text));
        for (name, value, text) in numbers.chain(checks) {
            // `Debug` writes every digit, and small numbers with an exponent.
            push_record(&mut csv, &[&name, &format!("{value:?}"), text]);
        }
        csv
    }

    /// Words with what is read out in the place of its name: `{name}` is a number's text, `{check:id}` a residual; an ellipsis
    /// where there is none.
    pub fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            let value = match name.strip_prefix("check:") {
                Some(id) => self.checks.iter().find(|check| check.id == id).map(|check| &check.text),
                None => self.numbers.get(name).map(|number| &number.text),
            };
            out.push_str(value.map_or("…", String::as_str));
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

impl Table {
    /// The table as CSV (RFC 4180).
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        for record in std::iter::once(&self.columns).chain(&self.rows) {
            push_record(&mut csv, record);
        }
        csv
    }
}

fn push_record(csv: &mut String, fields: &[impl AsRef<str>]) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            csv.push(',');
        }
        let field = field.as_ref();
        if field.contains(['"', ',', '\r', '\n']) {
            csv.push('"');
            csv.push_str(&field.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(field);
        }
    }
    csv.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readouts() -> Readouts {
        Readouts {
            revision: 12,
            lens: "softmax",
            explain: "softmax",
            theme: "light",
            headline: "The query gives 21\u{a0}% to k₅.".to_owned(),
            spoken: "The query gives 21 percent to key 5.".to_owned(),
            numbers: BTreeMap::from([
                ("weight_1".to_owned(), Number::share(0.2112)),
                ("temperature".to_owned(), Number::plain(std::f64::consts::SQRT_2)),
            ]),
            checks: vec![Check::new("row_sum", 3e-16, 1e-12)],
            tokens: vec![TokenReadout {
                name: "key 3".to_owned(),
                label: "k₃".to_owned(),
                spoken: "Key 3".to_owned(),
                role: "key",
            }],
            table: Table {
                columns: vec!["key".to_owned(), "weight".to_owned()],
                rows: vec![vec!["a, \"b\"".to_owned(), "2.5\u{a0}%".to_owned()]],
            },
            notices: vec![Notice::new(Severity::Error, "What", "Where", "Then")],
            can_undo: true,
            ..Readouts::default()
        }
    }

    /// The page, its tests and host pages read these names.
    #[test]
    fn the_page_receives_these_names() {
        let expected = serde_json::json!({
            "revision": 12, "lens": "softmax", "explain": "softmax", "theme": "light", "projector": false,
            "headline": "The query gives 21\u{a0}% to k₅.",
            "spoken": "The query gives 21 percent to key 5.",
            "dragging": false,
            "numbers": {
                "weight_1": { "value": 0.2112, "text": "21\u{a0}%" },
                "temperature": { "value": std::f64::consts::SQRT_2, "text": "1.41" },
            },
            "checks": [{ "id": "row_sum", "holds": true, "residual": 3e-16, "text": "3·10⁻¹⁶" }],
            "tokens": [{ "name": "key 3", "label": "k₃", "spoken": "Key 3", "role": "key" }],
            "table": { "columns": ["key", "weight"], "rows": [["a, \"b\"", "2.5\u{a0}%"]] },
            "notices": [{ "severity": "error", "what": "What", "where": "Where", "then": "Then" }],
            "lesson": null, "can_undo": true, "can_redo": false,
        });
        assert_eq!(serde_json::to_value(readouts()).ok(), Some(expected));
        let severities = [Severity::Info, Severity::Undefined, Severity::Error, Severity::Link];
        let names = serde_json::json!(["info", "undefined", "error", "link"]);
        assert_eq!(serde_json::to_value(severities).ok(), Some(names));
    }

    #[test]
    fn csv_holds_numbers_in_full() {
        assert_eq!(
            readouts().to_csv(),
            "name,value,text\r\ntemperature,1.4142135623730951,1.41\r\nweight_1,0.2112,21\u{a0}%\r\ncheck:row_sum,3e-16,3·10⁻¹⁶\r\n"
        );
        assert_eq!(
            readouts().table.to_csv(),
            "key,weight\r\n\"a, \"\"b\"\"\",2.5\u{a0}%\r\n"
        );
    }

    #[test]
    fn a_residual_that_is_no_number_does_not_hold() {
        assert!(Check::new("id", -1e-13, 1e-12).holds);
        assert!(!Check::new("id", 1e-11, 1e-12).holds);
        assert!(!Check::new("id", f64::NAN, 1e-12).holds);
    }
}
