//! What was measured, as a table for people.

use std::fmt::Write as _;

use eigenlens_gpu::{Kind, Results, Row};

/// The heads of the columns.
const HEADS: [&str; 10] = [
    "shape",
    "mechanism",
    "dtype",
    "by",
    "ms",
    "TFLOP/s",
    "of peak",
    "vs CPU",
    "error",
    "bytes",
];

/// One line for each row, columns side by side.
pub(super) fn text(results: &Results) -> String {
    let mut lines = vec![HEADS.map(str::to_owned)];
    lines.extend(results.rows.iter().map(|row| cells(row, results)));
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let mut text = format!("{}, {}\n", results.machine.adapter, results.machine.driver);
    for line in &lines {
        let mut row = String::new();
        for (at, (cell, width)) in line.iter().zip(&widths).enumerate() {
            // Words to the left, numbers to the right.
            if at < 4 {
                write!(row, "{cell:<width$}  ").ok();
            } else {
                write!(row, "{cell:>width$}  ").ok();
            }
        }
        writeln!(text, "{}", row.trim_end()).ok();
    }
    for row in results.rows.iter().filter(|row| row.failure.is_some()) {
        let [batch, heads, tokens, dim] = row.shape;
        let reason = row.failure.as_deref().unwrap_or_default();
        writeln!(
            text,
            "{batch},{heads},{tokens},{dim} {} {}: {reason}",
            row.mechanism, row.precision
        )
        .ok();
    }
    text
}

fn cells(row: &Row, results: &Results) -> [String; 10] {
    let [batch, heads, tokens, dim] = row.shape;
    let none = || "–".to_owned();
    let passes = if row.passes > 1 {
        format!(" n={}", row.passes)
    } else {
        String::new()
    };
    let causal = if row.causal { " causal" } else { "" };
    let share = row.time.map_or(1.0, |time| time.share);
    let part = if share < 1.0 {
        format!(", {:.0} % of it", share * 100.0)
    } else {
        String::new()
    };
    [
        format!("{batch},{heads},{tokens},{dim}"),
        format!("{}{passes}{causal}", row.mechanism),
        row.precision.clone(),
        format!("{}{part}", row.by.name),
        row.time.map_or_else(none, |time| format!("{:.3}", time.median_ms)),
        row.tflops.map_or_else(none, |rate| format!("{rate:.4}")),
        results
            .share_of_peak(row)
            .map_or_else(none, |share| format!("{:.0} %", share * 100.0)),
        match row.by.kind {
            Kind::Cpu => "1".to_owned(),
            Kind::Gpu | Kind::Torch => results
                .speed_against_cpu(row)
                .map_or_else(none, |ratio| format!("{ratio:.2}")),
        },
        row.error.map_or_else(none, |error| format!("{:.1e}", error.relative)),
        row.peak_bytes.map_or_else(none, |bytes| bytes.to_string()),
    ]
}
