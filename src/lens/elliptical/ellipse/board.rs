//! The board of the ellipse: the field of the truth, weights as discs, the neighbourhood with its handles, lines of equal
//! weight.

use std::cell::{Cell, RefCell};

use egui::{Align2, Painter, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};
use eigenlens_core::sorted_by;
use nalgebra::DMatrix;

use super::super::section::segment_in;
use super::derive::Picture;
use super::say;
use crate::board::field::{Bands, Levels};
use crate::board::{Extent, Mark, View, glyphs, in_the_way};
use crate::command::{Command, Edit, EllipticalEdit};
use crate::lab::elliptical::GivenMetric;
use crate::lab::preset::Truth;
use crate::lab::readout::text;
use crate::lab::{SmootherForm, Thousandths, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::{self, size};
use crate::look::widgets::Tell as _;
use crate::look::{Mode, Theme, widgets};

/// Samples along a side of the field.
const SAMPLES: usize = 96;
/// Up to how many keys have the ring of their weight by plain softmax; of more the bars show it.
const MOST_RINGS: usize = 40;
/// Most lines of equal weight.
const MOST_LINES: f64 = 26.0;
/// A handle this near to the circle of M = I stands on it.
const SNAP: f32 = 4.0;

/// What is kept between frames: the cut field, the place at which a handle was grabbed, what names keep off.
#[derive(Default)]
pub(super) struct Kept {
    field: RefCell<Option<Field>>,
    /// From the pointer to the middle of what it holds.
    grip: Cell<Vec2>,
    in_the_way: RefCell<Vec<([f64; 2], f32)>>,
}

/// The truth over the board.
struct Field {
    key: (Truth, Extent, Mode, f64),
    bands: Bands,
}

/// The levels of values of the picture: of gauge, field and keys.
pub(super) fn levels(picture: &Picture, theme: &Theme) -> Option<Levels> {
    picture.values.as_ref()?;
    Some(Levels::new(picture.most_value(), theme))
}

/// Field, discs, rings, outlines or lines.
pub(super) fn paint_under(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture, kept: &Kept) {
    paint_field(painter, view, stage.theme, picture, kept);
    paint_discs(painter, view, stage, picture);
    paint_neighbourhood(painter, view, stage.theme, picture);
}

fn paint_field(painter: &Painter, view: &View, theme: &Theme, picture: &Picture, kept: &Kept) {
    let (Some(truth @ Truth::SineOfTheFirst), Some(levels)) = (picture.truth, levels(picture, theme)) else {
        return;
    };
    let extent = view.extent();
    let key = (truth, extent, theme.mode, picture.common.scale);
    let mut field = kept.field.borrow_mut();
    if field.as_ref().is_none_or(|field| field.key != key) {
        let axis = |i: usize| -> Vec<f64> {
            let share = |sample: usize| 2.0 * sample as f64 / (SAMPLES - 1) as f64 - 1.0;
            (0..SAMPLES)
                .map(|sample| extent.centre[i] + share(sample) * extent.half[i])
                .collect()
        };
        let (xs, ys) = (axis(0), axis(1));
        let score = |row: usize, column: usize| truth.at(&[xs[column] * key.3, ys[row] * key.3]);
        let scores = DMatrix::from_fn(SAMPLES, SAMPLES, score);
        let bands = Bands::new(&xs, &ys, &scores, levels);
        *field = Some(Field { key, bands });
    }
    if let Some(field) = field.as_ref() {
        field.bands.paint_bands(painter, theme, 1.0, |[x, y]| {
            view.screen_from_world([f64::from(x), f64::from(y)])
        });
    }
}

/// Under each key a warm disc, its area the weight, and in dashes the ring of its weight by plain softmax.
fn paint_discs(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let side = view.rect().width().min(view.rect().height());
    let radius = |weight: f64| side * say::WHOLE_DISC * weight.max(0.0).sqrt() as f32;
    let place = |key: usize| {
        let at = picture.common.positions.keys.get(key)?;
        Some(view.screen_from_world(*at))
    };
    let least = theme.px(glyphs::KEY_RADIUS);
    for (key, weight) in picture.chosen().weights.iter().enumerate() {
        // What is smaller than the key lies under it.
        if let Some(at) = place(key).filter(|_| radius(*weight) > least) {
            painter.circle_filled(at, radius(*weight), theme.weight_disc());
        }
    }
    if picture.plain.weights.len() > MOST_RINGS {
        return;
    }
    let stroke = Stroke::new(theme.strokes.thin, theme.ink);
    let rings: Vec<(f32, Pos2)> = std::iter::zip(0.., &picture.plain.weights)
        .filter_map(|(key, weight)| Some((radius(*weight), place(key)?)))
        .filter(|(radius, _)| *radius > least + theme.px(2.0))
        .collect();
    for (radius, at) in sorted_by(&rings, &|a, b| b.0.total_cmp(&a.0)) {
        glyphs::dashed_circle(painter, at, radius, stroke, theme.px(4.0));
    }
}

fn query(picture: &Picture) -> Option<[f64; 2]> {
    picture.common.positions.queries.get(picture.common.asking).copied()
}

/// The ellipse with half of it and the circle; lines of equal weight where the used form is chosen.
fn paint_neighbourhood(painter: &Painter, view: &View, theme: &Theme, picture: &Picture) {
    let Some(at) = query(picture) else { return };
    let [section, circle] = &picture.sections;
    let [radius, circle_radius] = picture.radii;
    let line = |points: Vec<Pos2>, stroke: Stroke| {
        painter.add(Shape::line(points, stroke));
    };
    let dashed = Stroke::new(theme.px(2.0), theme.ink);
    for points in circle.outline(view, at, circle_radius) {
        painter.extend(Shape::dashed_line(&points, dashed, theme.px(6.0), theme.px(4.0)));
    }
    if picture.form == SmootherForm::Dot {
        // This form does not use the neighbourhood: it stands back.
        let quiet = Stroke::new(theme.strokes.thin, theme::faded(theme.query, 0.55));
        for points in section.outline(view, at, radius) {
            painter.extend(Shape::dashed_line(&points, quiet, theme.px(2.0), theme.px(4.0)));
        }
        for ends in lines(picture, view) {
            painter.line_segment(ends, Stroke::new(theme.px(2.2), theme.query));
        }
        return;
    }
    for points in section.outline(view, at, radius) {
        line(points, Stroke::new(theme.strokes.object, theme.query));
    }
    for points in section.outline(view, at, 0.5 * radius) {
        line(points, Stroke::new(theme.strokes.thin, theme.query));
    }
}

/// By how much the logit grows from one line of equal weight to the next; nothing where it is the same everywhere.
pub(super) fn line_step(picture: &Picture, view: &View) -> Option<f64> {
    let [x, y] = picture.slope;
    let growth = x.hypot(y);
    let half = view.extent().half;
    let span = 2.0 * growth * half[0].hypot(half[1]);
    if !(span.is_finite() && growth > 1e-12) {
        return None;
    }
    let rough = span / MOST_LINES;
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    steps.into_iter().find(|step| *step >= rough)
}

/// Lines of equal weight, orthogonal to Mq: through the query, and in equal steps of the logit from it.
fn lines(picture: &Picture, view: &View) -> Vec<[Pos2; 2]> {
    let (Some(step), Some(at)) = (line_step(picture, view), query(picture)) else {
        return Vec::new();
    };
    let [x, y] = picture.slope;
    let growth = x.hypot(y);
    let (along, across) = ([x / growth, y / growth], [-y / growth, x / growth]);
    let half = view.extent().half;
    let reach = 3.0 * (half[0].hypot(half[1]) + at[0].hypot(at[1]));
    let most = MOST_LINES as i32;
    (-3 * most..=3 * most)
        .filter_map(|i| {
            let off = f64::from(i) * step / growth;
            let end = |side: f64| {
                let place = |d: usize| at[d] + off * along[d] + side * reach * across[d];
                view.screen_from_world([place(0), place(1)])
            };
            segment_in(end(-1.0), end(1.0), view.rect())
        })
        .collect()
}

/// What names keep off: outputs and handles.
pub(super) fn marks(picture: &Picture, kept: &Kept) -> Vec<Mark> {
    let quiet = |(at, radius): ([f64; 2], f32)| Mark {
        at,
        radius,
        words: "",
        symbol: "",
    };
    let output = picture.on_board(picture.chosen()).map(|at| Mark {
        at,
        radius: glyphs::OUTPUT_RADIUS + 2.0,
        words: "output ",
        symbol: "h",
    });
    let other = picture.on_board(&picture.plain).map(|at| quiet((at, 10.0)));
    let handles = kept.in_the_way.borrow().clone();
    output
        .into_iter()
        .chain(other)
        .chain(handles.into_iter().map(quiet))
        .collect()
}

/// The lines to the handles, and the outputs where the values live in the plane.
pub(super) fn paint_over(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    for handle in handles(view, theme, picture) {
        painter.line_segment([handle.centre, handle.at], Stroke::new(theme.px(1.5), theme.query));
    }
    let (Some(chosen), Some(plain)) = (picture.on_board(picture.chosen()), picture.on_board(&picture.plain)) else {
        return;
    };
    glyphs::other_output(painter, theme, view.screen_from_world(plain), true);
    glyphs::output(painter, theme, view.screen_from_world(chosen));
}

/// A handle of an axis: where it is shown, and from where it is measured.
#[derive(Clone, Copy)]
struct Handle {
    index: usize,
    at: Pos2,
    centre: Pos2,
    /// Where it would stand with M = I.
    round: f32,
}

/// The handle of an axis, on the side where it has room; at the edge of the board where its axis is longer.
fn handle(view: &View, theme: &Theme, picture: &Picture, index: usize) -> Option<Handle> {
    let centre = view.screen_from_world(query(picture)?);
    let inner = view.rect().shrink(theme.px(20.0));
    if !inner.contains(centre) || index >= picture.dim() {
        return None;
    }
    let per_unit = view.points_per_unit();
    let half = *picture.sections[0].half_axes(picture.radii[0]).get(index)?;
    let length = (half * per_unit).min(1e6) as f32;
    let (forth, back) = if index == 0 {
        (inner.right() - centre.x, centre.x - inner.left())
    } else {
        (centre.y - inner.top(), inner.bottom() - centre.y)
    };
    let (side, room) = if length <= forth || (length > back && forth >= back) {
        (1.0, forth)
    } else {
        (-1.0, back)
    };
    let off = side * length.min(room).max(theme.px(14.0));
    let at = centre + if index == 0 { vec2(off, 0.0) } else { vec2(0.0, -off) };
    let round = (picture.radii[0] / picture.common.scale * per_unit).min(1e6) as f32;
    Some(Handle {
        index,
        at,
        centre,
        round,
    })
}

/// The handles of the entries of m. In more dimensions the axes of the section are none of them: there the bars are dragged.
fn handles(view: &View, theme: &Theme, picture: &Picture) -> Vec<Handle> {
    let entries = if picture.dim() <= 2 { picture.dim() } else { 0 };
    (0..entries)
        .filter_map(|index| handle(view, theme, picture, index))
        .collect()
}

/// M with one of its entries changed, from what is shown now.
pub(super) fn with_entry(picture: &Picture, index: usize, value: f64) -> Edit {
    let mut given = GivenMetric::default();
    for (entry, m) in picture.m.iter().enumerate().take(GivenMetric::ENTRIES) {
        given = given.with(entry, *m);
    }
    Edit::Elliptical(EllipticalEdit::Given(Some(given.with(index, value))))
}

/// The edit that gives the neighbourhood a radius: of its own where it has one, else by σ.
fn with_radius(picture: &Picture, radius: f64) -> Option<Edit> {
    let edit = if picture.own_radius {
        EllipticalEdit::Radius(Some(Thousandths::nearest(radius)?))
    } else {
        EllipticalEdit::Sigma(Some(Thousandths::nearest(0.5 * radius)?))
    };
    Some(Edit::Elliptical(edit))
}

/// The handles of m₁ and m₂, and the outline.
pub(super) fn handles_ui(ui: &mut Ui, view: &View, stage: &Stage<'_>, picture: &Picture, kept: &Kept, out: &mut Out) {
    let theme = stage.theme;
    let mut taken = Vec::new();
    outline_ui(ui, view, stage, picture, kept, out);
    let painter = ui.painter_at(view.rect());
    for handle in handles(view, theme, picture) {
        axis_ui(ui, view, theme, picture, handle, kept, out);
        let words = handle_words(&painter, view, theme, picture, handle, &taken);
        taken.push(words);
        taken.push(Rect::from_center_size(handle.at, Vec2::splat(theme.px(22.0))));
    }
    if let Some(rect) = circle_words(&painter, view, theme, picture, &taken) {
        taken.push(rect);
    }
    let taken: Vec<_> = taken
        .into_iter()
        .flat_map(|rect| in_the_way(view, theme, rect))
        .collect();
    if kept.in_the_way.replace(taken.clone()) != taken {
        ui.ctx().request_repaint();
    }
}

fn axis_ui(ui: &Ui, view: &View, theme: &Theme, picture: &Picture, handle: Handle, kept: &Kept, out: &mut Out) {
    let place = Rect::from_center_size(handle.at, Vec2::splat(2.0 * theme.px(glyphs::TOUCH_RADIUS)));
    let response = ui.interact(
        place,
        ui.scope_id().with(("axis", handle.index)),
        Sense::click_and_drag(),
    );
    let m = picture.m.get(handle.index).copied().unwrap_or_default();
    let label = format!("Handle of m {}", handle.index + 1);
    response.tell(&|| WidgetInfo::slider(true, m, &label));
    out.places
        .push((["handle m1", "handle m2"][handle.index.min(1)], place));
    let grown = if response.dragged() { 1.2 } else { 1.0 };
    let square = Rect::from_center_size(handle.at, Vec2::splat(theme.px(15.0) * grown));
    let painter = ui.painter_at(view.rect());
    painter.rect(
        square,
        theme.corner(3.0),
        theme.canvas,
        Stroke::new(theme.px(3.0), theme.query),
        StrokeKind::Middle,
    );
    if response.has_focus() {
        let ring = square.expand(theme.px(4.0));
        painter.rect_stroke(ring, theme.corner(5.0), theme.focus_stroke(), StrokeKind::Outside);
    }
    let length = |at: Pos2| {
        let off = at - handle.centre;
        let length = if handle.index == 0 { off.x.abs() } else { off.y.abs() };
        if (length - handle.round).abs() < theme.px(SNAP) {
            handle.round
        } else {
            length
        }
    };
    let entry = |length: f32| {
        let world = f64::from(length.max(2.0)) / view.points_per_unit();
        (picture.radii[0] / (world * picture.common.scale)).powi(2)
    };
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin());
        kept.grip.set(origin.map_or(Vec2::ZERO, |origin| handle.at - origin));
    }
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        out.push(Command::Drag(with_entry(
            picture,
            handle.index,
            entry(length(at + kept.grip.get())),
        )));
    }
    // Outwards is more.
    let keys = widgets::arrow_steps(ui, &response);
    if let Some(steps) = keys {
        let step = (view.nudge_in_world() * view.points_per_unit()) as f32;
        let off = (handle.at - handle.centre).length() + step * steps as f32;
        out.push(Command::Drag(with_entry(picture, handle.index, entry(off.max(step)))));
    }
    if response.drag_stopped() || keys.is_some() {
        out.push(Command::Drop);
    }
}

/// Where words have room: the board without the numerals along its left and lower edge.
fn off_the_ticks(view: &View, theme: &Theme) -> Rect {
    let mut inside = view.rect().shrink(theme.px(4.0));
    inside.min.x += theme.px(30.0);
    inside.max.y -= theme.px(20.0);
    inside
}

/// "m₂ = 0.15" beside its handle, off the words of the other.
fn handle_words(
    painter: &Painter,
    view: &View,
    theme: &Theme,
    picture: &Picture,
    handle: Handle,
    taken: &[Rect],
) -> Rect {
    let m = picture.m.get(handle.index).copied().unwrap_or_default();
    let set = Set::strong(size::WORD, theme.query_text);
    let symbol = text::subscripted("m", handle.index + 1);
    let line = name::Text::default().name(painter, theme, &symbol, set).words(
        painter,
        theme,
        &format!(" = {}", text::number(m)),
        set,
    );
    let aside = theme.px(16.0);
    let right = Rect::from_min_size(handle.at + vec2(aside, -0.5 * line.size().y), line.size());
    let inside = off_the_ticks(view, theme);
    let left = right.translate(vec2(-line.size().x - 2.0 * aside, 0.0));
    let above = Rect::from_min_size(
        pos2(
            (handle.at.x - 0.5 * line.size().x)
                .clamp(inside.left(), (inside.right() - line.size().x).max(inside.left())),
            handle.at.y - aside - line.size().y,
        ),
        line.size(),
    );
    let over_query = left.expand(theme.px(12.0)).contains(handle.centre);
    let below = above.translate(vec2(0.0, 2.0 * aside + line.size().y));
    let is_free = |rect: &Rect| inside.contains_rect(*rect) && !taken.iter().any(|other| other.intersects(*rect));
    let rect = [right, left, above, below]
        .into_iter()
        .filter(|rect| *rect != left || !over_query)
        .find(is_free)
        .unwrap_or(above);
    line.paint_halo(painter, theme, rect.min);
    rect
}

/// "circle, M = I" beside the dashed circle, where no token is.
fn circle_words(painter: &Painter, view: &View, theme: &Theme, picture: &Picture, taken: &[Rect]) -> Option<Rect> {
    if picture.is_round() && picture.radii[0] == picture.radii[1] && picture.m.max() == 1.0 {
        return None;
    }
    let centre = view.screen_from_world(query(picture)?);
    // In more dimensions the circle is that of the board, whose plane keeps distances.
    let radius = (picture.radii[1] / picture.common.scale * view.points_per_unit()) as f32;
    let line = name::line(painter, theme, "circle, *M* = *I*", Set::regular(size::BODY, theme.ink));
    let inside = off_the_ticks(view, theme);
    let is_free = |rect: &Rect| {
        let around = rect.expand(theme.px(glyphs::KEY_RADIUS));
        let mut keys = picture.common.positions.keys.iter();
        inside.contains_rect(*rect)
            && keys.all(|key| !around.contains(view.screen_from_world(*key)))
            && !taken.iter().any(|other| other.intersects(*rect))
    };
    let rect = [0.55_f32, -0.55, 2.6, -2.6, 1.0, -1.0, 2.15, -2.15, 1.5, -1.5]
        .into_iter()
        .map(|angle| {
            let (anchor, aside) = if angle.cos() > 0.0 {
                (Align2::LEFT_CENTER, theme.px(8.0))
            } else {
                (Align2::RIGHT_CENTER, -theme.px(8.0))
            };
            anchor.anchor_size(centre + radius * Vec2::angled(angle) + vec2(aside, 0.0), line.size())
        })
        .find(is_free)?;
    line.paint_halo(painter, theme, rect.min);
    Some(rect)
}

/// The outline can be dragged wherever no token or handle is; a knob on it serves touch and keyboard.
fn outline_ui(ui: &Ui, view: &View, stage: &Stage<'_>, picture: &Picture, kept: &Kept, out: &mut Out) {
    let theme = stage.theme;
    let Some(centre) = query(picture) else { return };
    let section = &picture.sections[0];
    let radius_at = |at: Pos2| {
        let world = view.world_from_screen(at);
        section.distance([world[0] - centre[0], world[1] - centre[1]])
    };
    let id = ui.scope_id().with("outline");
    let inner = view.rect().shrink(theme.px(12.0));
    let (p, q) = {
        let [(first, _), (second, _)] = section.axes();
        (first, second)
    };
    let [long, wide] = section.half_axes(picture.radii[0]);
    let knob = [3.6_f64, 5.8, 2.5, 0.7, 4.2, 5.2, 3.3, 6.1]
        .into_iter()
        .find_map(|angle| {
            let (sin, cos) = angle.sin_cos();
            let along = |d: usize| centre[d] + long * cos * p[d] + wide * sin * q[d];
            let place = [along(0), along(1)];
            let at = view.screen_from_world(place);
            (place.iter().all(|x| x.is_finite()) && inner.contains(at)).then_some(at)
        });
    let is_free = |at: Pos2| {
        let keys = picture
            .common
            .positions
            .keys
            .iter()
            .chain(&picture.common.positions.queries);
        keys.into_iter()
            .all(|key| view.screen_from_world(*key).distance(at) > theme.px(14.0))
    };
    let held = ui.ctx().is_being_dragged(id);
    let hovered = ui.input(|input| input.pointer.hover_pos()).filter(|at| {
        // How far a point of the screen is from the outline, across it.
        let radius = radius_at(*at);
        let world = view.world_from_screen(*at);
        let off = (view.screen_from_world(centre) - *at).length()
            * ((radius - picture.radii[0]).abs() / radius.max(1e-12)) as f32;
        view.rect().contains(*at) && world.iter().all(|x| x.is_finite()) && off < theme.px(7.0) && is_free(*at)
    });
    let at = match (held, hovered, knob) {
        (true, _, _) => ui.input(|input| input.pointer.hover_pos()).or(knob),
        (false, Some(at), _) => Some(at),
        (false, None, knob) => knob,
    };
    let Some(at) = at else { return };
    let reach = if hovered.is_some() { 12.0 } else { glyphs::TOUCH_RADIUS };
    let place = Rect::from_center_size(at, Vec2::splat(2.0 * theme.px(reach)));
    let response = ui.interact(place, id, Sense::click_and_drag());
    let what = if picture.own_radius { "Radius" } else { "Outline, sigma" };
    let value = if picture.own_radius {
        picture.radii[0]
    } else {
        picture.sigmas[0]
    };
    response.tell(&|| WidgetInfo::slider(true, value, what));
    out.places.push(("handle radius", place));
    let painter = ui.painter_at(view.rect());
    if let Some(knob) = knob {
        let colour = if response.has_focus() { theme.focus } else { theme.query };
        painter.circle(knob, theme.px(5.5), theme.canvas, Stroke::new(theme.px(2.5), colour));
    }
    if response.drag_started() {
        // The outline comes to the pointer in proportion: it keeps the distance at which it was taken.
        let origin = ui.input(|input| input.pointer.press_origin()).unwrap_or(at);
        let share = picture.radii[0] / radius_at(origin).max(1e-12);
        kept.grip.set(vec2(share as f32, 0.0));
    }
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let radius = radius_at(at) * f64::from(kept.grip.get().x);
        out.commands.extend(with_radius(picture, radius).map(Command::Drag));
    }
    let keys = widgets::arrow_steps(ui, &response);
    if let Some(steps) = keys {
        let radius = picture.radii[0] * 1.02_f64.powf(steps);
        out.commands.extend(with_radius(picture, radius).map(Command::Drag));
    }
    if response.drag_stopped() || keys.is_some() {
        out.push(Command::Drop);
    }
}

/// The linked key.
pub(super) fn linked_key(stage: &Stage<'_>) -> Option<usize> {
    match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    }
}
