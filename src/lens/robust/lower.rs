//! The lower part of the microscope: how far the output moved, singular values, the asking query's row, all heads.

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::derive::Picture;
use super::heads::OneHead;
use super::paint::{Parts, robust};
use super::{say, settings};
use crate::command::{Command, Edit, RobustEdit};
use crate::lab::Method;
use crate::lab::readout::text;
use crate::lens::{Out, Stage, all_heads};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::microscope::moved::{self, Bar, Look};
use crate::microscope::values::{self, Values};
use crate::microscope::{heat, put};

/// What the lower part of the microscope shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shown {
    /// How far the output moved.
    #[default]
    Moved,
    /// Singular values.
    Values,
    /// The row of the asking query.
    Row,
}

impl Shown {
    const ALL: [Self; 3] = [Self::Moved, Self::Values, Self::Row];

    const fn word(self) -> &'static str {
        match self {
            Self::Moved => "Output moved",
            Self::Values => "Singular values",
            Self::Row => "Attention row",
        }
    }
}

/// The tabs of the lower part, and what they show.
pub(super) fn ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let row = Rect::from_min_size(
        rect.min - vec2(theme.px(4.0), theme.px(4.0)),
        vec2(rect.width(), theme.px(26.0)),
    );
    let flow = egui::Layout::left_to_right(egui::Align::Center);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt("shown").max_rect(row).layout(flow));
    child.spacing_mut().item_spacing.x = theme.px(8.0);
    let has_heads = parts.picture.wanted.own_baseline;
    let settings = parts.picture.settings.as_deref();
    let heads_open = shows_heads(stage, parts.picture);
    let open = heads_open || settings.is_some();
    for shown in Shown::ALL {
        let is_shown = !open && parts.shown.get() == shown;
        if widgets::text_tab(&mut child, theme, shown.word(), is_shown).clicked() {
            parts.shown.set(shown);
            if heads_open {
                out.push(Command::Edit(Edit::AllHeads(false)));
            } else if open {
                out.push(robust(RobustEdit::Settings(false)));
            }
            ui.ctx().request_repaint();
        }
    }
    if !has_heads && widgets::text_tab(&mut child, theme, "All settings", open).clicked() && !open {
        out.push(robust(RobustEdit::Settings(true)));
    }
    if has_heads && widgets::text_tab(&mut child, theme, "All heads", open).clicked() && !open {
        out.push(Command::Edit(Edit::AllHeads(true)));
    }
    let aside = match parts.shown.get() {
        _ if open => "",
        Shown::Moved if parts.picture.wanted.own_baseline => "each against itself on the right word",
        Shown::Moved => "relative to clean",
        Shown::Row => "who the query looks at",
        Shown::Values => "",
    };
    let aside = name::line(ui.painter(), theme, aside, Set::regular(size::BODY, theme.ink2));
    if child.min_rect().right() + aside.size().x + theme.px(16.0) < rect.right() {
        put(
            ui.painter(),
            Align2::RIGHT_CENTER,
            pos2(rect.right(), row.center().y),
            &aside,
        );
    }
    let below = Rect::from_min_max(pos2(rect.left(), row.bottom() + theme.px(6.0)), rect.max);
    if let Some(settings) = settings {
        return settings::ui(ui, below, stage, settings, out);
    }
    match parts.shown.get() {
        _ if heads_open => heads_ui(ui, below, stage, parts, out),
        Shown::Moved => moved_ui(ui, below, theme, parts.picture),
        Shown::Values => values_ui(ui, below, theme, parts.picture),
        Shown::Row => row_ui(ui, below, theme, parts),
    }
}

/// Whether the map of all heads is shown: of a text with a wrong word, where it is open.
pub(super) fn shows_heads(stage: &Stage<'_>, picture: &Picture) -> bool {
    stage.lab.choices.heads.open && picture.wanted.own_baseline
}

/// How far the wrong word moves the output in each head, under the mechanism that repairs; a press opens the head.
pub(super) fn heads_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let picture = parts.picture;
    let Some(all) = parts.heads else {
        return all_heads::coming_ui(ui, rect, stage, parts.progress);
    };
    let pick = |head: &OneHead| match picture.method {
        Method::Pursuit => head.pursuit,
        Method::Rpc => head.rpc.get(picture.iterations - 1).copied().flatten(),
        Method::Both => head.seen,
    };
    let weights: Vec<Option<f64>> = all.iter().map(pick).collect();
    let known: Vec<f64> = weights.iter().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / (known.len().max(1) as f64);
    let what = match picture.method {
        Method::Pursuit => "Pursuit moves by",
        Method::Rpc => "RPC-Attention moves by",
        Method::Both => "The wrong word moves by",
    };
    let mean = text::percent(mean);
    let words = format!("{what} {mean} on average over {} heads", known.len());
    // In full, and shorter where there is less room.
    let forms = [
        words.clone(),
        format!("{what} {mean} on average"),
        format!("{what} {mean}"),
    ];
    let set = Set::regular(size::BODY, theme.ink);
    let mut lines = forms.iter().map(|words| name::line(ui.painter(), theme, words, set));
    let below = match lines.find(|line| line.size().x <= rect.width()) {
        Some(line) => {
            line.paint(ui.painter(), rect.min);
            rect.with_min_y(rect.top() + line.size().y + theme.px(4.0))
        }
        None => rect,
    };
    let map = all_heads::Map {
        weights: &weights,
        ends: [0.0, known.iter().copied().fold(0.0, f64::max)],
        words: text::percent,
        marks: &[],
        also: &[],
        spoken: words,
    };
    all_heads::ui(ui, below, stage, map, out);
}

/// How far the output moved, under each mechanism.
pub(super) fn moved_ui(ui: &mut Ui, rect: Rect, theme: &Theme, picture: &Picture) {
    let number = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), say::share);
    let bar = |name: String, value: Option<f64>, look: Look| Bar {
        name,
        value: value.unwrap_or(f64::NAN),
        text: number(value),
        look,
    };
    let broken = if picture.moved_seen == Some(0.0) {
        Look::Quiet
    } else {
        Look::Bad
    };
    let mut bars = vec![bar(say::damage_word(picture).to_owned(), picture.moved_seen, broken)];
    // Where there is little room the name is short.
    let rpc_name = if rect.width() < theme.px(330.0) {
        "RPC"
    } else {
        "RPC-Attention"
    };
    if picture.method != Method::Rpc {
        let name = format!("pursuit, step {}", text::count(picture.step));
        bars.push(bar(name, picture.moved_pursuit, Look::Strong));
    }
    if picture.method != Method::Pursuit
        && let Some(film) = picture.rpc(picture.form)
    {
        let chosen = picture.iterations;
        let mut shown = vec![1, 2, 4];
        if picture.method == Method::Rpc {
            shown = (1..=film.steps.len()).collect();
        } else if !shown.contains(&chosen) {
            shown.push(chosen);
        }
        shown.sort_unstable();
        let line = theme.px(17.0);
        let fits = ((rect.height() / line) as usize).saturating_sub(bars.len()).max(1);
        while shown.len() > fits {
            let drop = shown.iter().rposition(|n| *n != chosen).unwrap_or(0);
            shown.remove(drop);
        }
        for n in shown {
            let look = if n == chosen && picture.method == Method::Rpc {
                Look::Strong
            } else {
                Look::Quiet
            };
            let value = film.steps.get(n - 1).and_then(|step| step.moved);
            bars.push(bar(format!("{rpc_name}, *n* = {n}"), value, look));
        }
    }
    let spoken: Vec<String> = bars
        .iter()
        .map(|bar| format!("{} {}", bar.name.replace('*', ""), bar.text))
        .collect();
    moved::ui(
        ui,
        rect,
        theme,
        &bars,
        &format!("How far the output moved: {}", spoken.join(", ")),
    );
    if let Some(missing) = picture.missing.as_ref().filter(|_| picture.method != Method::Pursuit) {
        let line = name::line(ui.painter(), theme, missing, Set::regular(size::BODY, theme.ink2));
        let y = rect.top() + bars.len() as f32 * theme.px(24.0) + theme.px(8.0);
        line.paint(&ui.painter_at(rect), pos2(rect.left(), y));
    }
}

/// Singular values of M, L and the clean matrix.
pub(super) fn values_ui(ui: &mut Ui, rect: Rect, theme: &Theme, picture: &Picture) {
    let found = picture.state.singular_values();
    let list = |values: &[f64]| -> Vec<String> { values.iter().take(3).map(|value| text::number(*value)).collect() };
    let shown = Values {
        seen: &picture.repair.seen_values,
        found,
        clean: &picture.repair.clean_values,
        zero: 1e-6 * picture.truth().seen.amax(),
        spoken: format!(
            "Singular values: seen {}, clean {}, found {}",
            list(&picture.repair.seen_values).join(", "),
            list(&picture.repair.clean_values).join(", "),
            list(found).join(", ")
        ),
    };
    values::ui(ui, rect, theme, &shown);
}

/// The row of the asking query under each mechanism, as cells.
fn row_ui(ui: &mut Ui, rect: Rect, theme: &Theme, parts: &Parts<'_>) {
    let picture = parts.picture;
    let rows = &picture.rows;
    let mut lines: Vec<(String, &super::derive::Row)> = vec![
        ("clean".to_owned(), &rows.clean),
        (say::damage_word(picture).to_owned(), &rows.seen),
        (format!("pursuit, step {}", picture.step), &rows.pursuit),
    ];
    if let Some(rpc) = &rows.rpc {
        lines.push((format!("RPC-Attention, *n* = {}", picture.iterations), rpc));
    }
    let painter = ui.painter_at(rect.expand(2.0));
    let set = Set::regular(size::BODY, theme.ink);
    let names: Vec<name::Text> = lines
        .iter()
        .map(|(words, _)| name::line(&painter, theme, words, set))
        .collect();
    let widest = names.iter().map(|name| name.size().x).fold(0.0, f32::max);
    let plot = Rect::from_min_max(
        rect.min + vec2(widest + theme.px(10.0), 0.0),
        pos2(rect.right(), rect.bottom() - theme.px(20.0)),
    );
    let each = (plot.height() / lines.len() as f32).min(theme.px(24.0));
    let plot = Rect::from_min_size(plot.min, vec2(plot.width(), each * lines.len() as f32));
    for (i, name) in names.iter().enumerate() {
        let y = plot.top() + (i as f32 + 0.5) * each;
        put(
            &painter,
            Align2::RIGHT_CENTER,
            pos2(plot.left() - theme.px(8.0), y),
            name,
        );
    }
    let weight = |row: usize, column: usize| {
        let weight = lines.get(row).and_then(|(_, row)| row.weights.get(column)).copied();
        weight.filter(|weight| weight.is_finite()).unwrap_or(0.0)
    };
    let most = lines
        .iter()
        .flat_map(|(_, row)| &row.weights)
        .copied()
        .filter(|weight| weight.is_finite())
        .fold(0.0, f64::max);
    let columns = picture.truth().seen.nrows();
    let cells = heat::Cells {
        shape: [lines.len(), columns],
        entry: &weight,
        most: heat::end_of(most),
        scale: heat::Scale::HowMuch,
        revision: picture.revision,
    };
    let mut textures = parts.textures.borrow_mut();
    cells.paint(ui, &painter, theme, plot, &mut textures.row);
    let set = Set::regular(size::TICK, theme.ink2);
    let words = format!("a column for each key, darkest {}", text::percent(most));
    put(
        &painter,
        Align2::LEFT_TOP,
        plot.left_bottom() + vec2(0.0, theme.px(4.0)),
        &name::line(&painter, theme, &words, set),
    );
}
