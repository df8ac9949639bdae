//! The tests as a table for people: one for each kind of test, never mixed.

use std::fmt::Write as _;

use eigenlens::lab::claims::{Kind, Reading, TESTS, Test};

use super::Row;

/// What stands over the tables.
const HEADINGS: [(Kind, &str); 3] = [
    (
        Kind::GaugeFree,
        "gauge-free: unchanged when the values V become VM and the output matrix M⁻¹W",
    ),
    (Kind::Literal, "literal: about the values as they are stored"),
    (Kind::Keys, "keys: about the keys alone"),
];

/// One table for each kind of test, one line for each head, and the means of each group. In brackets is where 95 % of the null lies: of
/// permuted tokens, and of random values where an order of the tokens is not seen.
pub(super) fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    for (kind, heading) in HEADINGS {
        let tests: Vec<&Test> = TESTS.iter().filter(|test| test.kind == kind).collect();
        let mut lines = vec![vec!["group".to_owned(), "layer".to_owned(), "head".to_owned()]];
        lines[0].extend(tests.iter().map(|test| head(test)));
        for rows in rows.chunk_by(|a, b| a.group == b.group) {
            for row in rows {
                let mut line = vec![row.group.clone(), row.layer.to_string(), row.head.to_string()];
                line.extend(
                    tests
                        .iter()
                        .map(|test| row.claims.reading(test.key).map_or_else(String::new, cell)),
                );
                lines.push(line);
            }
            let group = rows.first().map_or("", |row| &row.group);
            let mut means = vec![group.to_owned(), "mean".to_owned(), String::new()];
            means.extend(tests.iter().map(|test| mean(rows, test)));
            lines.push(means);
        }
        writeln!(text, "{heading}").ok();
        columns(&mut text, &lines);
        if let (Kind::GaugeFree, Some(row)) = (kind, rows.iter().find(|row| row.claims.value_dim > row.claims.axes)) {
            let claims = &row.claims;
            writeln!(
                text,
                "–: not testable, D_v > N − 1 or more than the axes of the keys, as in layer {}, head {}: {} value columns, {} \
                 axes, {} tokens",
                row.layer, row.head, claims.value_dim, claims.axes, claims.tokens
            )
            .ok();
        }
        text.push('\n');
    }
    text.push_str("[ ]: where 95 % of the null lies, of permuted tokens; of random values for matched_cosine\n");
    text
}

/// The name of a test and what the theorem gives.
fn head(test: &Test) -> String {
    match test.theorem {
        Some(theorem) => format!("{} ({theorem})", test.key),
        None => test.key.to_owned(),
    }
}

fn cell(reading: &Reading) -> String {
    let Some(value) = reading.value else {
        return "–".to_owned();
    };
    match reading.permuted.as_ref().or(reading.random.as_ref()) {
        Some(null) => {
            let [low, high] = null.interval();
            format!("{} [{} {}]", short(value), short(low), short(high))
        }
        None => short(value),
    }
}

/// The mean over the heads that can be tested, and that of the null.
fn mean(rows: &[Row], test: &Test) -> String {
    let readings: Vec<&Reading> = rows.iter().filter_map(|row| row.claims.reading(test.key)).collect();
    let of = |numbers: Vec<f64>| (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64);
    let value = of(readings.iter().filter_map(|reading| reading.value).collect());
    let nulls = readings
        .iter()
        .filter_map(|reading| reading.permuted.as_ref().or(reading.random.as_ref()));
    let null = of(nulls.map(eigenlens_core::claims::Spread::mean).collect());
    match (value, null) {
        (Some(value), Some(null)) => format!("{}, null {}", short(value), short(null)),
        (Some(value), None) => short(value),
        (None, _) => "–".to_owned(),
    }
}

/// Three digits.
fn short(number: f64) -> String {
    if number != 0.0 && !(1e-3..1e4).contains(&number.abs()) {
        format!("{number:.2e}")
    } else {
        format!("{number:.3}")
    }
}

/// Columns side by side.
fn columns(text: &mut String, lines: &[Vec<String>]) {
    let count = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for line in lines {
        let mut row = String::new();
        for (cell, width) in std::iter::zip(line, &widths) {
            write!(row, "{cell:<width$}  ").ok();
        }
        writeln!(text, "{}", row.trim_end()).ok();
    }
}
