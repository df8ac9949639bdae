//! `cargo xtask gpu-report`: measures the mechanisms at full size on this machine, and renews the table of all machines.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::{
    progress::say,
    workspace::{self, cargo, files_below},
};

/// Where results are, one file for each adapter; the lens replays them.
const RESULTS: &str = "assets/data/results";
/// Where the table is.
const TABLE: &str = "bench/RESULTS.md";
/// The table stands between these lines.
const MARKS: [&str; 2] = ["<!-- table -->", "<!-- end of table -->"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Renew the table only, from the results that are there
    #[arg(long)]
    table: bool,
}

/// Measures, and writes the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root();
    if !options.table {
        let status = cargo()
            .args([
                "run",
                "--release",
                "--package",
                "eigenlens",
                "--",
                "bench",
                "--report",
                RESULTS,
            ])
            .current_dir(&root)
            .status()
            .context("cargo did not start")?;
        ensure!(status.success(), "eigenlens bench: {status}");
    }
    let mut files = Vec::new();
    for file in files_below(&root.join(RESULTS))? {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let results = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
        files.push(results);
    }
    let path = root.join(TABLE);
    let page = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    fs::write(&path, renewed(&page, &table(&files)?)?).with_context(|| format!("cannot write {}", path.display()))?;
    say(&format!("{TABLE}: {} machines", files.len()));
    Ok(())
}

/// The page with another table.
fn renewed(page: &str, table: &str) -> Result<String> {
    let [begin, end] = MARKS;
    let (before, rest) = page
        .split_once(begin)
        .with_context(|| format!("{TABLE} has no line {begin}"))?;
    let Some((_, after)) = rest.split_once(end) else {
        bail!("{TABLE} has no line {end}");
    };
    Ok(format!("{before}{begin}\n\n{table}\n{end}{after}"))
}

/// One part for each machine, one line for each row.
fn table(files: &[Value]) -> Result<String> {
    let mut text = String::new();
    for results in files {
        let machine = &results["machine"];
        let word = |name: &str| machine[name].as_str().unwrap_or("not told").to_owned();
        writeln!(text, "### {}, {}\n", word("adapter"), word("date"))?;
        let software = if machine["software"] == true {
            " It is software: it computes on the CPU."
        } else {
            ""
        };
        writeln!(
            text,
            "{}, {}; CPU path on {} cores; PyTorch: {}.{software}\n",
            word("backend"),
            word("driver"),
            machine["cpu_cores"],
            machine["torch"].as_str().unwrap_or("not measured"),
        )?;
        let ceiling = |name: &str| number(&results["ceilings"][name], 3);
        writeln!(
            text,
            "Ceilings: multiply–add loop {} TFLOP/s, matrix loop {} TFLOP/s, copy {} GB/s.\n",
            ceiling("fma_tflops"),
            ceiling("matrix_tflops"),
            ceiling("copy_gbps"),
        )?;
        text.push_str(
            "| shape | mechanism | dtype | by | median ms | TFLOP/s | error | tolerance | moved by noise |\n",
        );
        text.push_str("|---|---|---|---|---:|---:|---:|---:|---:|\n");
        for row in results["rows"].as_array().into_iter().flatten() {
            writeln!(text, "{}", line(row))?;
        }
        text.push('\n');
    }
    Ok(text.trim_end().to_owned() + "\n")
}

fn line(row: &Value) -> String {
    let shape: Vec<String> = row["shape"]
        .as_array()
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect();
    let word = |name: &str| row[name].as_str().unwrap_or_default();
    let passes = match row["passes"].as_u64() {
        Some(passes) if passes > 1 => format!(", n = {passes}"),
        _ => String::new(),
    };
    let causal = if row["causal"] == true { ", causal" } else { "" };
    let part = match row["time"]["share"].as_f64() {
        Some(share) if share < 1.0 => format!(", {:.1} % of it", share * 100.0),
        _ => String::new(),
    };
    let kind = row["by"]["kind"].as_str().unwrap_or_default();
    let by = format!("{kind}: {}{part}", row["by"]["name"].as_str().unwrap_or_default());
    let time = match row["failure"].as_str() {
        Some(failure) => failure.replace('|', "/"),
        None => number(&row["time"]["median_ms"], 3),
    };
    [
        shape.join(" × "),
        format!("{}{passes}{causal}", word("mechanism")),
        word("precision").to_owned(),
        by,
        time,
        number(&row["tflops"], 4),
        power(&row["error"]["relative"]),
        power(&row["error"]["tolerance"]),
        number(&row["moved"]["relative"], 3),
    ]
    .iter()
    .fold("|".to_owned(), |line, cell| format!("{line} {cell} |"))
}

/// A number with so many decimals, or a dash.
fn number(value: &Value, decimals: usize) -> String {
    value
        .as_f64()
        .map_or_else(|| "–".to_owned(), |number| format!("{number:.decimals$}"))
}

/// A number with one digit and a power of ten, or a dash.
fn power(value: &Value) -> String {
    value
        .as_f64()
        .map_or_else(|| "–".to_owned(), |number| format!("{number:.0e}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_stands_between_the_marks() -> Result<()> {
        let page = "before\n<!-- table -->\nold\n<!-- end of table -->\nafter\n";
        assert_eq!(
            renewed(page, "new\n")?,
            "before\n<!-- table -->\n\nnew\n\n<!-- end of table -->\nafter\n"
        );
        assert!(renewed("no marks", "new").is_err());
        Ok(())
    }

    #[test]
    fn a_row_is_a_line_and_what_is_missing_is_a_dash() {
        let row = json!({
            "shape": [1, 2, 3, 16], "mechanism": "rpc", "passes": 4, "causal": false, "precision": "f32",
            "by": {"kind": "cpu", "name": "2 cores"}, "time": {"median_ms": 1.25, "share": 0.5},
            "tflops": 0.5, "error": null, "moved": {"relative": 0.25}, "failure": null,
        });
        assert_eq!(
            line(&row),
            "| 1 × 2 × 3 × 16 | rpc, n = 4 | f32 | cpu: 2 cores, 50.0 % of it | 1.250 | 0.5000 | – | – | 0.250 |"
        );
        let failed = json!({"shape": [], "mechanism": "softmax", "passes": 1, "by": {}, "failure": "out of memory"});
        assert!(line(&failed).contains("| out of memory |"));
    }
}
