//! The linked views of the diagram: the draws of the chosen cell, and one of them with its matrices.

use egui::{Align2, Painter, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use nalgebra::DMatrix;

use super::compute::{Cell, DRAWS, EXACT, Found, Instance};
use super::{Phase, cell_of, choose, say};
use crate::command::{Command, Edit};
use crate::lab::Planted;
use crate::lab::readout::text;
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{self, size};
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::microscope::split::{self, Map, Split};
use crate::microscope::values::{self, Values};
use crate::microscope::{heading, put};

/// The strip's axis: powers of ten.
const AXIS: [f64; 2] = [-8.0, 0.5];
/// Powers with a number below the axis.
const TICKS: [i32; 5] = [-8, -6, -4, -2, 0];

/// Maps, strip, singular values, and the button.
pub(super) fn microscope_ui(phase: &Phase, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let low = rect.height() < theme.px(560.0);
    let gap = theme.px(if low { 8.0 } else { 12.0 });
    let mut column = Column { rect, gap };
    let button = column.take_bottom(theme.px(if low { 36.0 } else { 44.0 }));
    open_ui(phase, ui, button, stage, out);
    let (around, strip) = (theme.px(22.0 + 29.0 + 30.0), theme.px(150.0));
    let map = (rect.width() - 2.0 * theme.px(20.0)) / 3.0;
    let most = column.rect.height() - around - strip - gap;
    let maps = column.take_top(around + map.min(most).max(theme.px(40.0)));
    maps_ui(phase, ui, maps, stage);
    let left = column.rect.height();
    let with_values = left > strip + gap + theme.px(100.0);
    let strip = if with_values {
        (0.5 * left).clamp(strip, theme.px(176.0))
    } else {
        left
    };
    strip_ui(phase, ui, column.take_top(strip), stage, out);
    if with_values {
        values_ui(phase, ui, column.rect, theme);
    }
}

/// In a hall: the strip as large as it may be, below it the maps.
pub(super) fn hall_ui(phase: &Phase, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let mut column = Column {
        rect,
        gap: theme.px(10.0),
    };
    let map = rect.width() / 3.0;
    let button = column.take_bottom(theme.px(40.0));
    open_ui(phase, ui, button, stage, out);
    let maps = theme.px(22.0 + 29.0 + 26.0) + map;
    if column.rect.height() > maps + theme.px(150.0) {
        let maps = column.take_top(maps);
        maps_ui(phase, ui, maps, stage);
    }
    strip_ui(phase, ui, column.rect, stage, out);
}

/// A card of a phone.
pub(super) fn card_ui(phase: &Phase, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    match stage.card {
        0 => {
            let mut column = Column {
                rect,
                gap: stage.theme.px(6.0),
            };
            if rect.height() > stage.theme.px(170.0) {
                let button = column.take_bottom(stage.theme.px(40.0));
                open_ui(phase, ui, button, stage, out);
            }
            strip_ui(phase, ui, column.rect, stage, out);
        }
        1 => maps_ui(phase, ui, rect, stage),
        _ => values_ui(phase, ui, rect, stage.theme),
    }
}

/// What is left of a column while pieces are taken from its ends.
struct Column {
    rect: Rect,
    gap: f32,
}

impl Column {
    fn take_top(&mut self, height: f32) -> Rect {
        let bottom = (self.rect.top() + height).min(self.rect.bottom());
        let piece = Rect::from_min_max(self.rect.min, pos2(self.rect.right(), bottom));
        self.rect.min.y = (bottom + self.gap).min(self.rect.bottom());
        piece
    }

    fn take_bottom(&mut self, height: f32) -> Rect {
        let top = (self.rect.bottom() - height).max(self.rect.top());
        let piece = Rect::from_min_max(pos2(self.rect.left(), top), self.rect.max);
        self.rect.max.y = (top - self.gap).max(self.rect.top());
        piece
    }
}

/// Puts the draw that is looked at into the lens.
fn open_ui(phase: &Phase, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt("open instance").max_rect(rect));
    let response = widgets::action(
        &mut child,
        stage.theme,
        "Open this instance with its steps",
        "",
        true,
        Some(rect),
    );
    out.places.push(("open instance", rect));
    if response.clicked() {
        out.push(Command::Edit(Edit::Open(phase.chosen)));
    }
}

/// How the pursuit ended.
fn end(found: &Found) -> String {
    let steps = text::count(usize::from(found.steps));
    if found.converged {
        format!("converged after {steps} steps")
    } else {
        format!("stopped at {steps} steps")
    }
}

/// M, L and L − L₀ on one scale.
fn maps_ui(phase: &Phase, ui: &mut Ui, rect: Rect, stage: &Stage<'_>) {
    let theme = stage.theme;
    let instance = phase.instance();
    let title = format!("This cell, draw {} of {DRAWS}", phase.chosen.draw() + 1);
    let aside = instance.map_or_else(|| "under way".to_owned(), |instance| end(&instance.found));
    let below = heading(ui.painter(), theme, rect, &title, &aside);
    let Some(instance) = instance else { return };
    let get = |matrix: &DMatrix<f64>, row: usize, column: usize| matrix.get((row, column)).copied().unwrap_or_default();
    let Instance {
        seen, low_rank, off, ..
    } = &**instance;
    let most = f64::from(Planted::SPIKE) / 1000.0;
    let spoken = |name: &str| format!("{name}, {} rows, {} columns", seen.nrows(), seen.ncols());
    let shown = Split {
        shape: [seen.nrows(), seen.ncols()],
        maps: [
            Map {
                title: "*M* seen".to_owned(),
                entry: &|row, column| get(seen, row, column),
                spoken: spoken("M, the matrix as it is seen"),
            },
            Map {
                title: "*L* found".to_owned(),
                entry: &|row, column| get(low_rank, row, column),
                spoken: spoken("L, the low-rank part"),
            },
            Map {
                title: "*L* − *L₀*".to_owned(),
                entry: &|row, column| get(off, row, column),
                spoken: spoken("L less the clean matrix"),
            },
        ],
        signs: ["", ""],
        most,
        largest: seen.amax().max(low_rank.amax()),
        wrong: &[],
        names: &[],
        linked: None,
        paints: false,
        in_gesture: false,
        // Every entry is a rectangle of its own: nothing is kept from one instance to the next.
        revision: 0,
    };
    let (mut textures, mut hand) = (phase.textures.borrow_mut(), phase.hand.borrow_mut());
    split::ui(ui, below, theme, &shown, &mut textures, &mut hand);
}

/// The errors of the cell's draws, on a logarithmic axis with the bound of recovery.
fn strip_ui(phase: &Phase, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let cell = phase.diagram.cell(cell_of(phase.chosen));
    let below = heading(
        ui.painter(),
        theme,
        rect,
        "Distance from the clean matrix",
        "‖*L* − *L₀*‖ / ‖*L₀*‖",
    );
    let name_of = |draw: usize| format!("draw {}", draw + 1);
    let widest = name::line(ui.painter(), theme, &name_of(0), Set::strong(size::BODY, theme.ink))
        .size()
        .x;
    let plot = Rect::from_min_max(
        below.min + vec2(widest + theme.px(12.0), 0.0),
        below.max - vec2(theme.px(14.0), theme.px(38.0)),
    );
    if plot.height() < theme.px(30.0) || plot.width() < theme.px(60.0) {
        return;
    }
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let x = |power: f64| {
        let share = (power - AXIS[0]) / (AXIS[1] - AXIS[0]);
        plot.left() + plot.width() * share.clamp(0.0, 1.0) as f32
    };
    axis(&painter, theme, plot, &x);
    let line = plot.height() / DRAWS as f32;
    for draw in 0..DRAWS {
        let y = plot.top() + (draw as f32 + 0.5) * line;
        let found = cell.and_then(|cell| cell.0.get(draw));
        let number = u8::try_from(draw).unwrap_or_default();
        let planted = phase.chosen.with_draw(number);
        let row = Rect::from_min_max(pos2(rect.left(), y - 0.5 * line), pos2(rect.right(), y + 0.5 * line));
        let response = ui.interact(row, ui.scope_id().with(("draw", draw)), Sense::click());
        let chosen = planted == phase.chosen;
        response.tell(&|| {
            let error = found.map_or_else(|| "not yet".to_owned(), |found| say::error(found.error));
            let words = format!("Draw {}, error {}", draw + 1, text::spoken(&error));
            WidgetInfo::selected(Role::RadioButton, true, chosen, words)
        });
        if response.hovered() || response.has_focus() {
            let colour = if response.has_focus() { theme.focus } else { theme.hover };
            painter.rect_filled(
                Rect::from_min_max(row.min, pos2(plot.left(), row.bottom())),
                0.0,
                theme.hover,
            );
            painter.hline(
                rect.left()..=plot.left() - theme.px(6.0),
                row.bottom(),
                Stroke::new(theme.px(2.0), colour),
            );
        }
        if response.clicked() && !chosen {
            out.push(choose(planted));
        }
        let set = if chosen {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, theme.ink2)
        };
        let name = name::line(&painter, theme, &name_of(draw), set);
        put(&painter, Align2::LEFT_CENTER, pos2(rect.left(), y), &name);
        painter.hline(
            plot.x_range(),
            painter.round_to_pixel_center(y),
            theme.hairline(theme.line),
        );
        if let Some(found) = found {
            dot(&painter, theme, plot, pos2(x(found.error.log10()), y), found, chosen);
        }
    }
    bound(&painter, theme, plot, &x, recovered_words(cell));
    out.places.push(("draws", plot));
}

fn recovered_words(cell: Option<&Cell>) -> &'static str {
    if cell.is_some() { "" } else { "under way" }
}

/// Where a draw is exact, the powers of ten.
fn axis(painter: &Painter, theme: &Theme, plot: Rect, x: &dyn Fn(f64) -> f32) {
    let exact = Rect::from_min_max(plot.min, pos2(x(EXACT.log10()), plot.bottom()));
    painter.rect_filled(exact, 0.0, theme::faded(theme.ink, 0.08));
    let set = Set::regular(size::TICK, theme.ink2);
    for power in TICKS {
        let at = x(f64::from(power));
        painter.vline(
            painter.round_to_pixel_center(at),
            plot.bottom()..=plot.bottom() + theme.px(4.0),
            theme.hairline(theme.ink3),
        );
        let words = if power == 0 {
            "1".to_owned()
        } else {
            text::power_of_ten(f64::from(power))
        };
        let words = name::line(painter, theme, &words, set);
        put(
            painter,
            Align2::CENTER_TOP,
            pos2(at, plot.bottom() + theme.px(4.0)),
            &words,
        );
    }
}

/// The bound, dashed, with what lies at its sides.
fn bound(painter: &Painter, theme: &Theme, plot: Rect, x: &dyn Fn(f64) -> f32, under_way: &str) {
    let at = x(EXACT.log10());
    let ends = [pos2(at, plot.top()), pos2(at, plot.bottom() + theme.px(4.0))];
    let stroke = Stroke::new(theme.strokes.thin, theme.ink);
    painter.extend(egui::Shape::dashed_line(&ends, stroke, theme.px(5.0), theme.px(3.0)));
    let y = plot.bottom() + theme.px(19.0);
    let left = name::line(painter, theme, "recovered", Set::strong(size::BODY, theme.ink));
    put(painter, Align2::RIGHT_TOP, pos2(at - theme.px(7.0), y), &left);
    let right = name::line(painter, theme, "not recovered", Set::regular(size::BODY, theme.ink2));
    let right_at = (at + theme.px(7.0)).min(plot.right() + theme.px(14.0) - right.size().x);
    put(painter, Align2::LEFT_TOP, pos2(right_at, y), &right);
    if !under_way.is_empty() {
        let words = name::line(painter, theme, under_way, Set::regular(size::BODY, theme.ink2));
        words.put_halo(painter, theme, Align2::CENTER_CENTER, plot.center());
    }
}

/// A draw: a disc where it came back, else a ring; its number where there is room.
fn dot(painter: &Painter, theme: &Theme, plot: Rect, at: egui::Pos2, found: &Found, chosen: bool) {
    let radius = theme.px(if chosen { 6.5 } else { 5.0 });
    if !found.error.is_nan() {
        painter.circle_filled(at, radius + theme.px(1.5), theme.halo);
        if found.recovered() {
            painter.circle_filled(at, radius, theme.ink);
        } else {
            let stroke = Stroke::new(theme.px(2.5), theme.ink);
            painter.circle(at, radius - theme.px(1.25), theme.canvas, stroke);
        }
    }
    let set = if chosen {
        Set::strong(size::BODY, theme.ink)
    } else {
        Set::regular(size::BODY, theme.ink)
    };
    let words = name::line(painter, theme, &say::error(found.error), set);
    let away = radius + theme.px(6.0);
    // At the right where it fits: at the left it may meet the dashes of the bound.
    if at.x + away + words.size().x <= plot.right() + theme.px(14.0) {
        words.put_halo(painter, theme, Align2::LEFT_CENTER, pos2(at.x + away, at.y));
    } else {
        words.put_halo(painter, theme, Align2::RIGHT_CENTER, pos2(at.x - away, at.y));
    }
}

/// Singular values of L against those of the clean matrix and of M.
fn values_ui(phase: &Phase, ui: &mut Ui, rect: Rect, theme: &Theme) {
    let title = format!("Singular values of *L* found, draw {}", phase.chosen.draw() + 1);
    let below = heading(ui.painter(), theme, rect, &title, "");
    let Some(instance) = phase.instance() else { return };
    let list = |values: &[f64]| -> Vec<String> { values.iter().take(3).map(|value| text::number(*value)).collect() };
    let shown = Values {
        seen: &instance.seen_values,
        found: &instance.found_values,
        clean: &instance.clean_values,
        zero: 1e-6 * instance.seen.amax(),
        spoken: format!(
            "Singular values: seen {}, clean {}, found {}",
            list(&instance.seen_values).join(", "),
            list(&instance.clean_values).join(", "),
            list(&instance.found_values).join(", ")
        ),
    };
    values::ui(ui, below, theme, &shown);
}
