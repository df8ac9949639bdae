//! The map of all settings.

use egui::{Rect, Ui, pos2};

use super::{ITERATIONS, Missing, Setting, Settings};
use crate::lab::readout::text;
use crate::lens::robust::say;
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::microscope::ratios::{self, Cells, Ratios};

/// A sentence, and the map below it; or why there is none.
pub(in crate::lens::robust) fn ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    settings: &Result<Settings, Missing>,
    out: &mut Out,
) {
    let theme = stage.theme;
    out.places.push(("settings", rect));
    let mut y = rect.top();
    let mut say = |ui: &Ui, words: &str| {
        let line = name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink));
        line.paint(ui.painter(), pos2(rect.left(), y));
        y += line.size().y;
    };
    let settings = match settings {
        Ok(settings) => settings,
        Err(missing) => return say(ui, &missing.words()),
    };
    let lines = settings.sentence();
    let whole = lines.join(" ");
    let set = Set::regular(size::BODY, theme.ink);
    if name::line(ui.painter(), theme, &whole, set).size().x <= rect.width() {
        say(ui, &whole);
    } else {
        for line in &lines {
            say(ui, line);
        }
    }
    map_ui(ui, rect.with_min_y(y + theme.px(4.0)), stage, settings);
}

fn map_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, settings: &Settings) {
    let all = &settings.0;
    // In the order in which they are computed: a row for each form and λ.
    let mut rows: Vec<String> = Vec::new();
    let mut above: Vec<(String, usize)> = Vec::new();
    let mut groups: Vec<String> = Vec::new();
    let row_of = |setting: &Setting| format!("{} {}", setting.form.name(), text::number(setting.lambda));
    for setting in all {
        let row = row_of(setting);
        if rows.last() != Some(&row) {
            rows.push(row);
        }
        if rows.len() > 1 {
            continue;
        }
        groups.push(text::number(setting.size));
        let values = if setting.keys_as_values {
            "the keys as values"
        } else {
            "its own values"
        };
        match above.last_mut() {
            Some((known, over)) if *known == values => *over += 1,
            _ => above.push((values.to_owned(), 1)),
        }
    }
    let cells: Vec<Cells> = all.iter().map(cells).collect();
    let largest = cells
        .iter()
        .flat_map(|cells| &cells.ratios)
        .map(|ratio| ratio.log2().abs())
        .filter(|log| log.is_finite())
        .fold(1.0, f64::max)
        .ceil();
    let end = largest.exp2();
    let ends = [
        format!("1/{} of plain", text::number(end)),
        format!("{} times", text::number(end)),
    ];
    let numbers = ITERATIONS.map(|n| n.to_string());
    ratios::ui(
        ui,
        rect,
        stage.theme,
        &Ratios {
            rows: &rows,
            above: &above,
            groups: &groups,
            columns: ("*n*", &numbers),
            cells: &cells,
            end,
            ends: [&ends[0], "as plain", &ends[1]],
            ring: "the best *n*",
            caption: &[
                "A row: form and *λ*. Above: largest wrong entry. All share one cloud; they are no study.",
                "All share one cloud; do not quote them as a study.",
                "All on one cloud: no study.",
            ],
        },
    );
}

fn cells(setting: &Setting) -> Cells {
    let values = if setting.keys_as_values {
        "keys as values"
    } else {
        "its own values"
    };
    let words = |at: usize| {
        format!(
            "{}, λ = {}, {values}, wrong by {}, n = {}: {}; plain {}",
            setting.form.name(),
            text::number(setting.lambda),
            text::number(setting.size),
            ITERATIONS[at],
            say::share(setting.moved[at]),
            say::share(setting.plain),
        )
    };
    Cells {
        ratios: (0..ITERATIONS.len()).map(|at| setting.ratio(at)).collect(),
        best: setting.best(),
        words: (0..ITERATIONS.len()).map(words).collect(),
    }
}
