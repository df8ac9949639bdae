//! What the diagram says: headline, readouts, checks, table.

use super::compute::{CELLS, Cell, DRAWS, Diagram, MAX_STEPS};
use super::{Phase, cell_of};
use crate::lab::Planted;
use crate::lab::readout::{Check, Number, Readouts, Table, text};
use crate::lens::{Phrase, Tone};

/// The sentence that says the point.
pub(super) fn headline(diagram: &Diagram) -> Vec<Phrase> {
    let (done, between) = (diagram.done(), diagram.between());
    let words = match done {
        0 => "Recovery ends at a cliff. The first cell is under way.".to_owned(),
        1 => "Recovery ends at a cliff. The first cell is there.".to_owned(),
        _ => {
            let verb = if between == 1 { "lies" } else { "lie" };
            let count = if between == 0 {
                "none".to_owned()
            } else {
                text::count(between)
            };
            format!(
                "Recovery ends at a cliff: {count} of the {} finished cells {verb} between all and nothing.",
                text::count(done)
            )
        }
    };
    vec![(words, Tone::Plain)]
}

/// How to read the picture.
pub(super) fn subline() -> String {
    let side = Planted::SIDE;
    format!(
        "{side} × {side} matrices, entries of size 1, spikes ±{}, {DRAWS} draws a cell. Recovered: ‖*L* − *L₀*‖ below 10⁻³ ‖*L₀*‖.",
        text::number(f64::from(Planted::SPIKE) / 1000.0).trim_end_matches('0'),
    )
}

/// An error of the distance from clean: one digit and a power of ten, one decimal from a tenth on.
pub(super) fn error(value: f64) -> String {
    if value.is_nan() {
        "broke off".to_owned()
    } else if value >= 0.095 {
        format!("{value:.1}")
    } else {
        power(value)
    }
}

/// One digit and a power of ten.
fn power(value: f64) -> String {
    if value >= 0.00995 {
        // The texts of residuals are plain from 0.01 on; on a logarithmic strip every number has its power.
        format!("{:.0}·10⁻²", 100.0 * value)
    } else {
        text::residual(value)
    }
}

/// "2 of 5 draws recovered"; where the cell is not there, that it comes.
pub(super) fn recovered(cell: Option<&Cell>, running: bool) -> String {
    match cell {
        Some(cell) => format!("{} of {DRAWS} draws recovered", cell.recovered()),
        None if running => "under way".to_owned(),
        None => "not yet".to_owned(),
    }
}

/// The chosen cell in words, as in "rank 6, 10 % wrong".
pub(super) fn place(planted: Planted) -> String {
    format!("rank {}, {} wrong", planted.rank(), planted.percent())
}

/// The errors of a cell, one after the other.
fn errors(cell: Option<&Cell>) -> String {
    cell.map_or_else(
        || "not known yet".to_owned(),
        |cell| cell.0.map(|found| error(found.error)).join(", "),
    )
}

/// Fills the lens' part of the readouts.
pub(super) fn read_out(phase: &Phase, readouts: &mut Readouts) {
    let diagram = &phase.diagram;
    let chosen = phase.chosen;
    let cell = diagram.cell(cell_of(chosen));
    readouts.headline = headline(diagram).into_iter().map(|(words, _)| words).collect();
    // The count of cells is not read aloud each time that it grows.
    let whole = if diagram.is_whole() {
        "All cells are there. "
    } else {
        ""
    };
    readouts.spoken = text::spoken(&format!(
        "{whole}Rank {}, {} of the entries wrong: {}, errors {}.",
        chosen.rank(),
        chosen.percent(),
        recovered(cell, true),
        errors(cell)
    ));
    let mut put = |name: &str, value: f64, text: String| {
        readouts.numbers.insert(name.to_owned(), Number { value, text });
    };
    let mut count = |name: &str, n: usize| put(name, n as f64, text::count(n));
    count("cells_done", diagram.done());
    count("cells_all", CELLS);
    count("cells_between", diagram.between());
    count("cells_recovered", diagram.with(DRAWS));
    count("cell_rank", usize::from(chosen.rank()));
    count("draws", DRAWS);
    count("draw", usize::from(chosen.draw()) + 1);
    count("most_steps", MAX_STEPS);
    put("cell_share", chosen.share(), chosen.percent());
    put("lambda", lambda(), format!("{:.3}", lambda()));
    let known = cell.map_or(f64::NAN, |cell| cell.recovered() as f64);
    put(
        "recovered",
        known,
        cell.map_or_else(|| "…".to_owned(), |cell| cell.recovered().to_string()),
    );
    put("errors", known, errors(cell));
    for (i, found) in cell.iter().flat_map(|cell| cell.0).enumerate() {
        put(&format!("error {}", i + 1), found.error, error(found.error));
        put(
            &format!("steps {}", i + 1),
            f64::from(found.steps),
            found.steps.to_string(),
        );
    }
    readouts.checks = checks(phase, cell);
    readouts.table = table(diagram);
}

/// λ of every draw.
pub(super) fn lambda() -> f64 {
    1.0 / (Planted::SIDE as f64).sqrt()
}

/// What must hold of the chosen cell: the draw that is looked at was computed a second time for it.
fn checks(phase: &Phase, cell: Option<&Cell>) -> Vec<Check> {
    let mut checks = Vec::new();
    let Some(cell) = cell else { return checks };
    if let Some(instance) = phase.instance()
        && let Some(found) = cell.0.get(usize::from(phase.chosen.draw()))
    {
        checks.push(Check::new("same_seed", instance.found.error - found.error, 0.0));
    }
    let rank = u16::from(phase.chosen.rank());
    let recovered = cell.recovered();
    let right = cell
        .0
        .iter()
        .filter(|found| found.recovered() && found.rank == rank)
        .count();
    if recovered > 0 {
        checks.push(Check {
            text: format!("{right} of {recovered}"),
            ..Check::new("recovered_rank", (recovered - right) as f64, 0.0)
        });
    }
    checks
}

/// The diagram, one row a finished cell.
fn table(diagram: &Diagram) -> Table {
    let draws = (1..=DRAWS).map(|draw| format!("error of draw {draw}"));
    let row = |(place, cell): (Planted, &Cell)| {
        let head = [
            place.rank().to_string(),
            format!("{:.3}", place.share()),
            cell.recovered().to_string(),
        ];
        head.into_iter()
            .chain(cell.0.iter().map(|found| format!("{:e}", found.error)))
            .collect()
    };
    Table {
        columns: ["rank", "share of wrong entries", "draws recovered"]
            .map(str::to_owned)
            .into_iter()
            .chain(draws)
            .collect(),
        rows: diagram.finished().map(row).collect(),
    }
}
