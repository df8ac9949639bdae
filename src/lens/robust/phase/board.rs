//! The diagram itself, in the board's place.

use egui::{
    Align2, Color32, Key, Mesh, Painter, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::compute::{CELLS, DRAWS, places};
use super::{Phase, cell_of, choose, say};
use crate::lab::Planted;
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set, Text};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use crate::look::{Maps, Theme, widgets};
use crate::microscope::put;

/// Numbers at the axes: ranks, and steps of the share.
const RANKS: [u8; 5] = [1, 5, 10, 15, 20];
const SHARES: [u8; 5] = [4, 8, 12, 16, 20];

/// Where the cells are.
#[derive(Clone, Copy)]
pub(super) struct Grid(pub(super) Rect);

impl Grid {
    /// The largest square with room for the axes, and whether the legend stands at its right: else it is below.
    fn within(rect: Rect, theme: &Theme) -> (Self, bool) {
        let (axis, below, legend) = (theme.px(58.0), theme.px(46.0), theme.px(28.0));
        let room = Rect::from_min_max(
            rect.min + vec2(axis, theme.px(24.0)),
            rect.max - vec2(theme.px(8.0), below),
        );
        let beside = room.width() >= room.height() + theme.px(120.0);
        let height = room.height() - if beside { 0.0 } else { legend };
        let side = room.width().min(height).max(theme.px(60.0));
        (Self(Rect::from_min_size(room.min, Vec2::splat(side))), beside)
    }

    fn step(self) -> f32 {
        self.0.width() / f32::from(Planted::RANKS)
    }

    /// Where the cell of an instance is: ranks to the right, shares upwards.
    pub(super) fn cell(self, of: Planted) -> Rect {
        let step = self.step();
        let min = pos2(
            self.0.left() + step * f32::from(of.rank() - 1),
            self.0.bottom() - step * f32::from(of.share_steps()),
        );
        Rect::from_min_size(min, Vec2::splat(step))
    }

    /// The cell at a place, by its first draw.
    fn at(self, at: Pos2) -> Option<Planted> {
        if !self.0.contains(at) {
            return None;
        }
        let count = |length: f32| (length / self.step()).max(0.0) as u8;
        let rank = count(at.x - self.0.left()).min(Planted::RANKS - 1) + 1;
        let share = count(self.0.bottom() - at.y).min(Planted::SHARES - 1) + 1;
        Planted::new(rank, share, 0)
    }
}

/// Paints the diagram and listens.
pub(super) fn ui(phase: &Phase, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    // A phone's board has no margin of its own.
    let margin = (theme.px(16.0) - rect.left()).max(0.0);
    let rect = rect.shrink2(vec2(margin, 0.0));
    let (grid, beside) = Grid::within(rect, theme);
    out.places.push(("diagram", grid.0));
    let response = ui.interact(grid.0, ui.scope_id().with("diagram"), Sense::click());
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    cells(&painter, theme, phase, grid);
    axes(&painter, theme, phase, grid, rect);
    let items = items(phase);
    if beside {
        legend_beside(&painter, theme, &items, grid);
    } else {
        legend_below(&painter, theme, &items, grid, rect);
    }
    listen(phase, ui, &response, grid, out);
    if let Some(cell) = response.hover_pos().and_then(|at| grid.at(at)) {
        let stroke = Stroke::new(theme.strokes.thin, theme.ink);
        painter.rect_stroke(grid.cell(cell), 0.0, stroke, StrokeKind::Inside);
    }
    chosen(&painter, theme, phase, grid, response.has_focus());
    let cell = phase.diagram.cell(cell_of(phase.chosen));
    response.tell(&|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!(
                "Phase diagram: {}, {}; arrows choose a cell",
                say::place(phase.chosen),
                say::recovered(cell, phase.is_running())
            ),
        )
    });
}

/// A click, or the arrows: of the focused diagram, or of a canvas on which nothing has the focus.
fn listen(phase: &Phase, ui: &Ui, response: &Response, grid: Grid, out: &mut Out) {
    if response.clicked()
        && let Some(cell) = response.interact_pointer_pos().and_then(|at| grid.at(at))
    {
        out.push(choose(cell));
        return;
    }
    let focused = response.has_focus();
    if focused {
        widgets::keep_arrows(ui, response);
    } else if ui.memory(|memory| memory.focused().is_some()) {
        return;
    }
    let steps = ui.input(|input| {
        let pressed = |key| input.num_presses(key).min(20) as i8;
        [
            pressed(Key::ArrowRight) - pressed(Key::ArrowLeft),
            pressed(Key::ArrowUp) - pressed(Key::ArrowDown),
        ]
    });
    if steps != [0, 0] {
        let next = phase.chosen.moved(steps[0], steps[1]);
        if next != phase.chosen {
            out.push(choose(next));
        }
    }
}

/// The tint of a cell with so many recovered draws.
fn tint(theme: &Theme, recovered: usize) -> Color32 {
    Maps::of(theme).ink(recovered as f32 / DRAWS as f32)
}

/// Tints where a cell is there, dots where it is not.
fn cells(painter: &Painter, theme: &Theme, phase: &Phase, grid: Grid) {
    let mut mesh = Mesh::default();
    let gap = if theme.scale > 1.0 { 1.0 } else { 0.5 };
    for place in places() {
        let rect = grid.cell(place);
        if let Some(cell) = phase.diagram.cell(place) {
            mesh.add_colored_rect(rect.shrink(gap), tint(theme, cell.recovered()));
        } else {
            let dot = Rect::from_center_size(rect.center(), Vec2::splat(theme.px(2.0)));
            mesh.add_colored_rect(dot, theme.ink3);
        }
    }
    painter.add(mesh);
    painter.rect_stroke(grid.0, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
}

/// Numbers and titles; those of the chosen cell stand out.
fn axes(painter: &Painter, theme: &Theme, phase: &Phase, grid: Grid, rect: Rect) {
    let strong = Set::strong(size::BODY, theme.ink);
    let quiet = Set::regular(size::BODY, theme.ink2);
    let chosen = phase.chosen;
    let below = |rank: u8| {
        let x = grid.0.left() + grid.step() * (f32::from(rank) - 0.5);
        pos2(x, grid.0.bottom() + theme.px(5.0))
    };
    let beside = |share: u8| {
        let y = grid.0.bottom() - grid.step() * (f32::from(share) - 0.5);
        pos2(grid.0.left() - theme.px(7.0), y)
    };
    let own = name::line(painter, theme, &chosen.rank().to_string(), strong);
    let own_rect = put(painter, Align2::CENTER_TOP, below(chosen.rank()), &own).expand(theme.px(4.0));
    for rank in RANKS {
        let line = name::line(painter, theme, &rank.to_string(), quiet);
        if !Align2::CENTER_TOP
            .anchor_size(below(rank), line.size())
            .intersects(own_rect)
        {
            put(painter, Align2::CENTER_TOP, below(rank), &line);
        }
    }
    let own = name::line(painter, theme, &chosen.percent(), strong);
    let own_rect = put(painter, Align2::RIGHT_CENTER, beside(chosen.share_steps()), &own);
    for share in SHARES {
        let words = Planted::new(1, share, 0).map_or_else(String::new, Planted::percent);
        let line = name::line(painter, theme, &words, quiet);
        if !Align2::RIGHT_CENTER
            .anchor_size(beside(share), line.size())
            .intersects(own_rect)
        {
            put(painter, Align2::RIGHT_CENTER, beside(share), &line);
        }
    }
    let title = name::line(painter, theme, "share of wrong entries", strong);
    put(painter, Align2::LEFT_TOP, pos2(rect.left(), rect.top()), &title);
    let title = name::line(painter, theme, "rank of the clean matrix", strong);
    let at = pos2(grid.0.center().x, grid.0.bottom() + theme.px(24.0));
    put(painter, Align2::CENTER_TOP, at, &title);
}

/// A line of the legend: the recovered draws (none: the cell is not there), its word, and how many cells.
type Item = (Option<usize>, String, usize);

/// What the tints mean, and how many cells have each.
fn items(phase: &Phase) -> Vec<Item> {
    let diagram = &phase.diagram;
    let word = |recovered: usize| match recovered {
        0 => "none".to_owned(),
        DRAWS => format!("all {DRAWS}"),
        some => some.to_string(),
    };
    let tints = (0..=DRAWS).map(|recovered| (Some(recovered), word(recovered), diagram.with(recovered)));
    let left = CELLS - diagram.done();
    let dots = (left > 0).then(|| (None, "not yet".to_owned(), left));
    tints.chain(dots).collect()
}

const LEGEND: &str = "draws recovered";

/// The side of a legend's square.
fn square(theme: &Theme) -> f32 {
    theme.px(14.0)
}

/// A square of a tint with its words at its right.
fn legend_item(painter: &Painter, theme: &Theme, at: Pos2, recovered: Option<usize>, words: &Text) {
    let square = square(theme);
    let place = Rect::from_min_size(pos2(at.x, at.y - 0.5 * square), Vec2::splat(square));
    if let Some(recovered) = recovered {
        painter.rect_filled(place, 0.0, tint(theme, recovered));
        painter.rect_stroke(place, 0.0, theme.hairline(theme.line), StrokeKind::Inside);
    } else {
        let dot = Rect::from_center_size(place.center(), Vec2::splat(theme.px(2.5)));
        painter.rect_filled(dot, 0.0, theme.ink3);
    }
    put(
        painter,
        Align2::LEFT_CENTER,
        pos2(place.right() + theme.px(6.0), at.y),
        words,
    );
}

/// The legend at the right of the diagram, the most recovered draws first.
fn legend_beside(painter: &Painter, theme: &Theme, items: &[Item], grid: Grid) {
    let left = grid.0.right() + theme.px(16.0);
    let mut y = grid.0.top() + theme.px(9.0);
    let title = name::line(painter, theme, LEGEND, Set::strong(size::BODY, theme.ink));
    put(painter, Align2::LEFT_CENTER, pos2(left, y), &title);
    let (dots, tints): (Vec<&Item>, Vec<&Item>) = items.iter().partition(|(recovered, ..)| recovered.is_none());
    let line = theme.px(26.0).min(grid.0.height() / 7.2);
    for (recovered, word, count) in tints.into_iter().rev().chain(dots) {
        y += line;
        let words = name::line(painter, theme, word, Set::regular(size::BODY, theme.ink));
        legend_item(painter, theme, pos2(left, y), *recovered, &words);
        let count = name::line(painter, theme, &count.to_string(), Set::regular(size::BODY, theme.ink2));
        put(painter, Align2::RIGHT_CENTER, pos2(left + theme.px(104.0), y), &count);
    }
}

/// What stands beside the squares of the legend.
#[derive(Clone, Copy)]
enum Form {
    /// Words and numbers of cells.
    Counts,
    /// Words.
    Words,
    /// The words of the two ends.
    Ends,
}

/// The legend below the diagram: as much of it as there is room for.
fn legend_below(painter: &Painter, theme: &Theme, items: &[Item], grid: Grid, rect: Rect) {
    let between = theme.px(11.0);
    // Squares without a word stand close.
    let advance = |words: &Text| {
        let width = words.size().x;
        square(theme)
            + if width > 0.0 {
                theme.px(6.0) + width + between
            } else {
                theme.px(3.0)
            }
    };
    let build = |(title, form): (&str, Form)| -> (Text, Vec<(Option<usize>, Text)>, f32) {
        let title = name::line(painter, theme, title, Set::strong(size::BODY, theme.ink));
        let line = |(recovered, word, count): &Item| {
            let words = match form {
                Form::Counts => format!("{word}: {count}"),
                Form::Words => word.clone(),
                Form::Ends if matches!(recovered, Some(0 | DRAWS)) => word.clone(),
                Form::Ends => String::new(),
            };
            let colour = if recovered.is_some() { theme.ink } else { theme.ink2 };
            (
                *recovered,
                name::line(painter, theme, &words, Set::regular(size::BODY, colour)),
            )
        };
        let lines: Vec<(Option<usize>, Text)> = items.iter().map(line).collect();
        let words: f32 = lines.iter().map(|(_, words)| advance(words)).sum();
        let width = title.size().x + between + words;
        (title, lines, width)
    };
    let forms = [
        (LEGEND, Form::Counts),
        ("recovered", Form::Counts),
        (LEGEND, Form::Words),
        ("", Form::Words),
        ("", Form::Ends),
    ];
    let fits = forms
        .into_iter()
        .map(build)
        .reduce(|best, smaller| if best.2 <= rect.width() { best } else { smaller });
    let Some((title, lines, width)) = fits else { return };
    let y = grid.0.bottom() + theme.px(62.0);
    let mut x = grid.0.left().min(rect.right() - width).max(rect.left());
    if title.size().x > 0.0 {
        x = put(painter, Align2::LEFT_CENTER, pos2(x, y), &title).right() + between;
    }
    for (recovered, words) in &lines {
        legend_item(painter, theme, pos2(x, y), *recovered, words);
        x += advance(words);
    }
}

/// The frame of the chosen cell and its words.
fn chosen(painter: &Painter, theme: &Theme, phase: &Phase, grid: Grid, focused: bool) {
    let place = grid.cell(phase.chosen);
    let (inner, outer) = (theme.px(2.5), theme.px(2.5));
    let colour = if focused { theme.focus } else { theme.ink };
    painter.rect_stroke(
        place.expand(inner),
        0.0,
        Stroke::new(outer, theme.halo),
        StrokeKind::Outside,
    );
    painter.rect_stroke(place, 0.0, Stroke::new(inner, colour), StrokeKind::Outside);
    let cell = phase.diagram.cell(cell_of(phase.chosen));
    let large = if grid.0.width() < theme.px(380.0) {
        size::BODY
    } else {
        size::WORD
    };
    let lines = [
        name::line(painter, theme, &say::place(phase.chosen), Set::strong(large, theme.ink)),
        name::line(
            painter,
            theme,
            &say::recovered(cell, phase.is_running()),
            Set::regular(large, theme.ink),
        ),
    ];
    let wanted = vec2(
        lines.iter().map(|line| line.size().x).fold(0.0, f32::max),
        lines.iter().map(|line| line.size().y).sum(),
    );
    let Some(label) = room_for(theme, phase, grid, wanted) else {
        return;
    };
    leader(painter, theme, place.expand(inner), label);
    let mut at = label.min;
    for line in &lines {
        line.paint_halo(painter, theme, at);
        at.y += line.size().y;
    }
}

/// A place for the words of the chosen cell on the lightest cells near it: words on dark cells cannot be read.
fn room_for(theme: &Theme, phase: &Phase, grid: Grid, wanted: Vec2) -> Option<Rect> {
    let place = grid.cell(phase.chosen);
    let away = theme.px(10.0);
    let near = [
        (Align2::LEFT_CENTER, vec2(1.0, 0.0)),
        (Align2::LEFT_BOTTOM, vec2(1.0, -1.0)),
        (Align2::RIGHT_CENTER, vec2(-1.0, 0.0)),
        (Align2::RIGHT_BOTTOM, vec2(-1.0, -1.0)),
        (Align2::LEFT_TOP, vec2(1.0, 1.0)),
        (Align2::RIGHT_TOP, vec2(-1.0, 1.0)),
    ];
    let beside = near.into_iter().map(|(anchor, way)| {
        let corner = place.center() + (0.5 * grid.step() + away) * way;
        anchor.anchor_size(corner, wanted)
    });
    let farther = (1..=16).map(|step| {
        let steps = f32::from(step as u8) * grid.step();
        let corner = place.right_top() + vec2(away + 0.5 * steps, -away - steps);
        Align2::LEFT_BOTTOM.anchor_size(corner, wanted)
    });
    let inside = grid.0.shrink(theme.px(3.0));
    let all: Vec<(f32, Rect)> = beside
        .chain(farther)
        .filter(|label| inside.contains_rect(*label))
        .map(|label| (darkness(phase, grid, label.expand(theme.px(2.0))), label))
        .collect();
    let light = all.iter().find(|(dark, _)| *dark < 0.04);
    let least = || all.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    light.or_else(least).map(|(_, label)| *label)
}

/// The mean share of recovered draws of the cells under a rectangle.
fn darkness(phase: &Phase, grid: Grid, rect: Rect) -> f32 {
    let mut sum = 0.0;
    for (place, cell) in phase.diagram.finished() {
        let shared = grid.cell(place).intersect(rect);
        if shared.is_positive() {
            sum += shared.area() * cell.recovered() as f32 / DRAWS as f32;
        }
    }
    sum / rect.area().max(1.0)
}

/// A line from the cell to words that do not stand beside it.
fn leader(painter: &Painter, theme: &Theme, cell: Rect, label: Rect) {
    let to = pos2(
        cell.center().x.clamp(label.left(), label.right()),
        if label.bottom() < cell.top() {
            label.bottom()
        } else {
            label.center().y
        },
    );
    let from = pos2(
        to.x.clamp(cell.left(), cell.right()),
        to.y.clamp(cell.top(), cell.bottom()),
    );
    if from.distance(to) > theme.px(16.0) {
        let gap = theme.px(3.0) * (to - from).normalized();
        painter.line_segment([from, to - gap], Stroke::new(theme.px(4.5), theme.halo));
        painter.line_segment([from, to - gap], Stroke::new(theme.strokes.thin, theme.ink));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_found_where_it_is_painted() {
        let grid = Grid(Rect::from_min_size(pos2(31.0, 17.0), Vec2::splat(413.0)));
        for place in places() {
            assert_eq!(grid.at(grid.cell(place).center()), Some(place));
        }
        assert_eq!(grid.at(pos2(30.0, 40.0)), None);
        let corner = grid.cell(Planted::FIRST);
        assert!(
            (corner.left_bottom() - grid.0.left_bottom()).length() < 1e-3,
            "small and easy is below left"
        );
    }
}
