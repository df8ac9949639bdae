//! The lower part of the microscope: the weighted values, or of a text the axis on the board in every head.

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use super::derive::ONE_TOKEN;
use super::heads::{AllHeads, OneAxis};
use super::paint::{Parts, sum_ui};
use crate::command::{Command, Edit};
use crate::lab::readout::text as words;
use crate::lab::text::{LAYERS, Text};
use crate::lab::{AxisReading, Source};
use crate::lens::common::quoted;
use crate::lens::{Out, Stage, Tab, all_heads, tabs_ui};
use crate::look::Theme;
use crate::microscope::heading;
use crate::microscope::heads::{self, Mark, legend};

/// Whether the map of all heads is shown.
pub(super) fn shows_heads(stage: &Stage<'_>) -> bool {
    AllHeads::are_open(stage.lab)
}

/// Room for the title and the legend of the map, in points of the 1× design.
pub(super) const WORDS: f32 = 50.0;

/// The most height that the map uses with its tabs.
pub(super) fn height(theme: &Theme) -> f32 {
    theme.px(28.0 + WORDS) + heads::height(theme, usize::from(LAYERS))
}

/// The sum; of a text behind a tab, beside that of the map.
pub(super) fn ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    if !matches!(stage.lab.scene.source, Source::Text(_)) {
        return sum_ui(ui, rect, stage, parts, out);
    }
    let theme = stage.theme;
    let row = Rect::from_min_size(
        rect.min - vec2(theme.px(4.0), theme.px(6.0)),
        vec2(rect.width() + theme.px(4.0), theme.px(26.0)),
    );
    let open = shows_heads(stage);
    let tab = |word, opens: bool| Tab {
        word,
        chosen: opens == open,
        command: Command::Edit(Edit::AllHeads(opens)),
    };
    let tabs = [tab("Weighted sum", false), tab("All heads", true)];
    let flow = Layout::left_to_right(Align::Center);
    row_of_tabs(ui, row, ("shown", flow), stage, &tabs, out);
    let below = Rect::from_min_max(pos2(rect.left(), row.bottom() + theme.px(8.0)), rect.max);
    if open {
        heads_ui(ui, below, stage, parts, out);
    } else {
        sum_ui(ui, below, stage, parts, out);
    }
}

/// Tabs in a row, under a name of their own; gives their place.
fn row_of_tabs(
    ui: &mut Ui,
    rect: Rect,
    (salt, flow): (&str, Layout),
    stage: &Stage<'_>,
    tabs: &[Tab],
    out: &mut Out,
) -> Rect {
    let mut child = ui.new_child(UiBuilder::new().id_salt(salt).max_rect(rect).layout(flow));
    child.spacing_mut().item_spacing.x = stage.theme.px(8.0);
    tabs_ui(&mut child, stage.theme, tabs, out);
    child.min_rect()
}

/// What the axis on the board is about in every head; a press opens the head.
pub(super) fn heads_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let Source::Text(text) = stage.lab.scene.source else {
        return;
    };
    let reading = stage.lab.choices.heads.reading;
    let title = format!("Axis {}, in every head", parts.picture.axis + 1);
    let tab = |word, of: AxisReading| Tab {
        word,
        chosen: reading == of,
        command: Command::Edit(Edit::AxisReading(of)),
    };
    // From right to left.
    let tabs = [
        tab("two parts", AxisReading::Parts),
        tab("one token", AxisReading::Token),
    ];
    let row = Rect::from_min_max(
        rect.min - vec2(0.0, theme.px(5.0)),
        pos2(rect.right(), rect.top() + theme.px(21.0)),
    );
    let flow = Layout::right_to_left(Align::Center);
    let left = row_of_tabs(ui, row, ("reading", flow), stage, &tabs, out).left();
    let heading = heading(ui.painter(), theme, rect.with_max_x(left), &title, "");
    let below = rect.with_min_y(heading.top());
    let Some(axis) = &parts.heads else {
        return all_heads::coming_ui(ui, below, stage, parts.progress);
    };
    let of_text = text.text();
    let shown = match reading {
        AxisReading::Token => one_token(axis, of_text),
        AxisReading::Parts => two_parts(axis, of_text, rect.width() > theme.px(350.0)),
    };
    let place = legend(ui.painter(), theme, below, &shown.legend);
    let spoken: Vec<&str> = shown.legend.iter().map(|(_, words)| words.as_str()).collect();
    let map = all_heads::Map {
        weights: &shown.numbers,
        ends: shown.ends,
        words: shown.words,
        marks: &shown.marks,
        also: &shown.also,
        spoken: format!("{title}: {}", spoken.join(", ")),
    };
    let rect = place.with_min_y(place.top() + theme.px(4.0));
    all_heads::ui(ui, rect, stage, map, out);
}

/// A reading of the axis in every head, ready to be painted.
struct Shown {
    numbers: Vec<Option<f64>>,
    ends: [f64; 2],
    words: fn(f64) -> String,
    marks: Vec<Mark>,
    also: Vec<String>,
    legend: Vec<(Mark, String)>,
}

/// The largest entry, and whose it is.
fn one_token(axis: &OneAxis, text: &Text) -> Shown {
    let names: Vec<&str> = text.tokens().collect();
    let owned = axis.owned();
    let count = |class: bool| owned.iter().filter(|owner| **owner == Some(class)).count();
    let mark = |owner: &Option<bool>| match owner {
        Some(true) => Mark::Ring,
        Some(false) => Mark::Bar,
        None => Mark::None,
    };
    let also = |owner: &Option<(Option<usize>, f64)>| {
        let name = owner.and_then(|(row, _)| names.get(row?).copied());
        name.map_or_else(String::new, |name| format!(", {}", quoted(name)))
    };
    let class = names.first().copied().unwrap_or_default();
    let least = words::number(ONE_TOKEN);
    Shown {
        numbers: axis.owners.iter().map(|owner| owner.map(|(_, entry)| entry)).collect(),
        ends: [0.0, 1.0],
        words: words::number,
        marks: owned.iter().map(mark).collect(),
        also: axis.owners.iter().map(also).collect(),
        legend: vec![
            (Mark::Ring, format!("{class} above {least} in {}", count(true))),
            (Mark::Bar, format!("another token in {}", count(false))),
        ],
    }
}

/// The share of pairs of words, one of each part, that are in one order.
fn two_parts(axis: &OneAxis, text: &Text, roomy: bool) -> Shown {
    let separates = axis.separates();
    let hits = separates.iter().filter(|holds| **holds).count();
    let [one, other] = text.parts.map(|part| part.name);
    Shown {
        numbers: axis.separations.clone(),
        ends: [0.5, 1.0],
        words: words::percent,
        marks: separates.into_iter().map(Mark::ring).collect(),
        also: Vec::new(),
        legend: vec![(
            Mark::Ring,
            if roomy {
                format!("{one} apart from {other} in {hits}")
            } else {
                format!("parts apart in {hits}")
            },
        )],
    }
}
