//! The tests as a file: one line for each test of each head.

use eigenlens::lab::claims::Reading;
use eigenlens::lab::tested::COLUMNS;
use eigenlens_core::claims::Spread;
use eigenlens_files::Format;
use serde::Serialize;

use super::{Error, Row};

/// One test of one head. What is nothing cannot be tested, or has no null of that kind.
#[derive(Serialize)]
struct Line<'a> {
    group: &'a str,
    /// From 1.
    layer: usize,
    /// From 1.
    head: usize,
    tokens: usize,
    value_dim: usize,
    axes: usize,
    kind: &'static str,
    test: &'static str,
    theorem: Option<f64>,
    value: Option<f64>,
    permuted: Option<Null>,
    random: Option<Null>,
}

/// What chance gives.
#[derive(Serialize)]
struct Null {
    draws: usize,
    mean: f64,
    /// 95 % of the draws are from here.
    low: f64,
    /// To here.
    high: f64,
    /// How many are below the value of the head.
    below: usize,
}

/// The lines as CSV or JSON.
pub(super) fn write(rows: &[Row], format: Format) -> Result<Vec<u8>, Error> {
    let lines = rows
        .iter()
        .flat_map(|row| row.claims.readings.iter().map(|reading| line(row, reading)));
    if format == Format::Csv {
        let lines: String = lines.map(|line| csv(&line)).collect();
        return Ok(format!("{COLUMNS}\n{lines}").into_bytes());
    }
    let mut json = serde_json::to_vec(&lines.collect::<Vec<_>>()).map_err(Error::Written)?;
    json.push(b'\n');
    Ok(json)
}

fn line<'a>(row: &'a Row, reading: &Reading) -> Line<'a> {
    let null = |spread: &Option<Spread>| {
        spread.as_ref().map(|spread| {
            let [low, high] = spread.interval();
            Null {
                draws: spread.count(),
                mean: spread.mean(),
                low,
                high,
                below: reading.value.map_or(0, |value| spread.below(value)),
            }
        })
    };
    Line {
        group: &row.group,
        layer: row.layer,
        head: row.head,
        tokens: row.claims.tokens,
        value_dim: row.claims.value_dim,
        axes: row.claims.axes,
        kind: reading.test.kind.name(),
        test: reading.test.key,
        theorem: reading.test.theorem,
        value: reading.value,
        permuted: null(&reading.permuted),
        random: null(&reading.random),
    }
}

fn csv(line: &Line<'_>) -> String {
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    let null = |null: &Option<Null>| match null {
        Some(null) => format!("{},{},{},{},{}", null.draws, null.mean, null.low, null.high, null.below),
        None => ",,,,".to_owned(),
    };
    let fields = [
        // A name may hold a comma or a quotation mark.
        format!("\"{}\"", line.group.replace('"', "\"\"")),
        format!(
            "{},{},{},{},{}",
            line.layer, line.head, line.tokens, line.value_dim, line.axes
        ),
        format!("{},{}", line.kind, line.test),
        number(line.theorem),
        number(line.value),
        null(&line.permuted),
        null(&line.random),
    ];
    format!("{}\n", fields.join(","))
}
