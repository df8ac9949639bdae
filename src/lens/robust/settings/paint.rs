//! The map of all settings: a row for each form and λ, a group of columns for each size of the wrong entry.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Rect, Ui, pos2};
use eigenlens_core::RpcForm;

use super::{ITERATIONS, Missing, Setting, Settings};
use crate::lens::robust::say;
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set, Text};
use crate::look::theme::size;
use crate::microscope::ratios::{self, Cells, Ratios};

/// The height of a line of words.
const LINE: f32 = 18.0;

/// The most height that it uses: two lines, the map, what they are not.
pub(in crate::lens::robust) fn height(theme: &Theme) -> f32 {
    ratios::height(theme, 2 * RpcForm::ALL.len()) + theme.px(3.0 * LINE + 8.0)
}

/// A sentence, and the map below it where there is room; or why there is none.
pub(in crate::lens::robust) fn ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    settings: &Result<Settings, Missing>,
    out: &mut Out,
) {
    let theme = stage.theme;
    out.places.push(("settings", rect));
    let words = match settings {
        Ok(settings) => settings.sentence(),
        Err(missing) => missing.words(),
    };
    let mut job = LayoutJob {
        wrap: TextWrapping::wrap_at_width(rect.width()),
        ..LayoutJob::default()
    };
    name::append_words(&mut job, theme, &words, Set::regular(size::BODY, theme.ink));
    let words = ui.painter().layout_job(job);
    let y = rect.top() + words.size().y;
    ui.painter().galley(rect.min, words, theme.ink);
    let Ok(settings) = settings else { return };
    let caption = caption(ui, rect, theme);
    let gap = theme.px(4.0);
    let room = Rect::from_min_max(
        pos2(rect.left(), y + gap),
        pos2(rect.right(), rect.bottom() - theme.px(LINE) - gap),
    );
    let height = map_ui(ui, room, theme, settings);
    let below = if height > 0.0 { room.top() + height + gap } else { y };
    caption.paint(ui.painter(), pos2(rect.left(), below));
}

/// What they are not, in as many words as there is room for.
fn caption(ui: &Ui, rect: Rect, theme: &Theme) -> Text {
    let line = |words: &str| name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink2));
    let whole = line("All share this one cloud; do not quote them as a study.");
    if whole.size().x <= rect.width() {
        whole
    } else {
        line("All on one cloud: no study.")
    }
}

/// The map; gives its height.
fn map_ui(ui: &mut Ui, rect: Rect, theme: &Theme, settings: &Settings) -> f32 {
    let all = &settings.0;
    // In the order in which they are computed: the groups of a row are those of the first one.
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut above: Vec<([&str; 2], usize)> = Vec::new();
    let mut groups: Vec<String> = Vec::new();
    for setting in all {
        // Thousandths, halved or doubled: their digits are few.
        let Setting { lambda, .. } = setting;
        let [full, short] = form(setting);
        let row = [format!("{full}, *λ* = {lambda}"), format!("{short} {lambda}")];
        if rows.last() != Some(&row) {
            rows.push(row);
        }
        if rows.len() > 1 {
            continue;
        }
        groups.push(setting.size.to_string());
        match above.last_mut() {
            Some((known, over)) if *known == values(setting) => *over += 1,
            _ => above.push((values(setting), 1)),
        }
    }
    let cells: Vec<Cells> = all.iter().map(cells).collect();
    let largest = cells
        .iter()
        .flat_map(|cells| &cells.ratios)
        .map(|ratio| ratio.log2().abs())
        .filter(|log| log.is_finite())
        .fold(1.0, f64::max);
    let end = largest.ceil().exp2();
    ratios::ui(
        ui,
        rect,
        theme,
        &Ratios {
            rows: &rows,
            above: &above,
            groups: ("wrong by", &groups),
            columns: ("*n*", &ITERATIONS.map(|n| n.to_string())),
            cells: &cells,
            end,
            ends: [&format!("1/{end} of plain"), "as plain", &format!("{end} times")],
            ring: "the best *n*",
        },
    )
}

/// The form, in full and shorter.
pub(super) fn form(setting: &Setting) -> [&'static str; 2] {
    match setting.form {
        RpcForm::Printed => ["printed", "printed"],
        RpcForm::Released => ["released", "released"],
        RpcForm::Lagrangian => ["Lagrangian", "Lagr."],
    }
}

/// Which values, in full and shorter.
pub(super) fn values(setting: &Setting) -> [&'static str; 2] {
    if setting.keys_as_values {
        ["keys as values", "keys"]
    } else {
        ["its own values", "own values"]
    }
}

fn cells(setting: &Setting) -> Cells {
    let words = |(at, n): (usize, &u8)| {
        format!(
            "{}, λ = {}, {}, wrong by {}, n = {n}: {}; plain {}",
            form(setting)[0],
            setting.lambda,
            values(setting)[0],
            setting.size,
            say::share(setting.moved.get(at).copied().unwrap_or(f64::NAN)),
            say::share(setting.plain),
        )
    };
    Cells {
        ratios: (0..ITERATIONS.len()).map(|at| setting.ratio(at)).collect(),
        best: setting.best(),
        words: ITERATIONS.iter().enumerate().map(words).collect(),
    }
}
