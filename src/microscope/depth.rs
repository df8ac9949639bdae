//! Numbers from −1 to 1 by layer, one curve each. The chart is the scrubber of the layers; the transport stands at its left.

use egui::{Align2, Painter, Pos2, Rangef, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::lanes::{Hand, transport};
use super::put;
use crate::look::Theme;
use crate::look::name::{self, Set, Text};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// How a curve is drawn: by its line and its mark, never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A line with discs.
    Disc,
    /// A dashed line with rings.
    Ring,
    /// A pale line with squares.
    Square,
    /// A thin line with triangles.
    Triangle,
    /// A dotted line without marks: what the others are compared with.
    Dotted,
}

/// One curve.
pub struct Curve {
    /// Its name, with `*x*` for symbols.
    pub name: String,
    /// A value for each layer from 0 on; none where there is none.
    pub values: Vec<Option<f64>>,
    /// How it is drawn.
    pub look: Look,
}

/// What is shown.
pub struct Depth<'a> {
    /// The curves, the most important first.
    pub curves: &'a [Curve],
    /// What all curves together are called where they meet, as in "all three".
    pub all: &'a str,
    /// The layer that is shown, from 0.
    pub at: usize,
    /// The last layer.
    pub last: usize,
    /// It is being played.
    pub playing: bool,
    /// Words at 1 and at 0.
    pub ends: [&'a str; 2],
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// Places of layers and values.
#[derive(Clone, Copy)]
struct Frame {
    plot: Rect,
    last: usize,
    low: f64,
}

impl Frame {
    fn x(self, layer: usize) -> f32 {
        self.plot.left() + self.plot.width() * layer as f32 / self.last.max(1) as f32
    }

    fn y(self, value: f64) -> f32 {
        self.plot.bottom() - self.plot.height() * ((value - self.low) / (1.0 - self.low)) as f32
    }

    fn layer(self, x: f32) -> usize {
        let share = ((x - self.plot.left()) / self.plot.width().max(1.0)).clamp(0.0, 1.0);
        (share * self.last as f32).round() as usize
    }

    fn at(self, layer: usize, value: f64) -> Pos2 {
        pos2(self.x(layer), self.y(value))
    }
}

/// Paints the curves and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, depth: &Depth<'_>) -> Vec<Hand> {
    let mut hands = Vec::new();
    if rect.width() < 120.0 || rect.height() < theme.px(100.0) {
        // There is room for the layers, but for no curve.
        let middle = rect.left_center() + vec2(theme.px(58.0), 0.0);
        transport(ui, theme, middle, depth.playing, true, &mut hands);
        let words = format!("layer {} of {}", depth.at, depth.last);
        let line = name::line(ui.painter(), theme, &words, Set::strong(size::BODY, theme.ink));
        put(
            ui.painter(),
            Align2::LEFT_CENTER,
            middle + vec2(theme.px(72.0), 0.0),
            &line,
        );
        return hands;
    }
    let painter = ui.painter_at(rect.expand(theme.px(6.0)));
    let narrow = rect.width() < theme.px(480.0);
    let [left, right] = if narrow {
        [theme.px(34.0), theme.px(74.0)]
    } else {
        [theme.px(146.0), theme.px(126.0)]
    };
    let foot = theme.px(50.0);
    let plot = Rect::from_min_max(rect.min + vec2(left, theme.px(12.0)), rect.max - vec2(right, foot));
    let frame = Frame {
        plot,
        last: depth.last,
        low: low(depth.curves),
    };
    grid(&painter, theme, frame, depth, narrow);
    let mut taken = layers_ui(&painter, theme, frame, depth);
    playhead(ui, &painter, theme, frame, depth, &mut hands);
    for curve in depth.curves.iter().rev() {
        curve_ui(&painter, theme, frame, depth.at, curve);
    }
    names_at_end(&painter, theme, frame, depth, rect, &mut taken);
    if depth.at < depth.last {
        names_at_playhead(&painter, theme, frame, depth, &mut taken);
    }
    let middle = if narrow {
        pos2(rect.left() + theme.px(24.0), rect.bottom() - theme.px(22.0))
    } else {
        pos2(rect.left() + theme.px(58.0), rect.bottom() - theme.px(26.0))
    };
    transport(ui, theme, middle, depth.playing, !narrow, &mut hands);
    hands
}

/// The lower end of the axis: a little below the least value, in steps.
fn low(curves: &[Curve]) -> f64 {
    let all = curves.iter().flat_map(|curve| &curve.values).copied().flatten();
    let least = all.fold(0.0, f64::min);
    [-0.2, -0.6, -1.05]
        .into_iter()
        .find(|low| least > low + 0.02)
        .unwrap_or(-1.05)
}

fn grid(painter: &Painter, theme: &Theme, frame: Frame, depth: &Depth<'_>, narrow: bool) {
    let set = Set::regular(size::TICK, theme.ink2);
    let words = Set::regular(size::BODY, theme.ink2);
    for (value, number) in [(1.0, "1"), (0.5, "0.5"), (0.0, "0"), (-0.5, "−0.5"), (-1.0, "−1")] {
        if value < frame.low {
            continue;
        }
        let y = painter.round_to_pixel_center(frame.y(value));
        let colour = if value == 0.0 { theme.line } else { theme.grid };
        painter.hline(frame.plot.x_range(), y, theme.hairline(colour));
        let line = name::line(painter, theme, number, set);
        let place = put(
            painter,
            Align2::RIGHT_CENTER,
            pos2(frame.plot.left() - theme.px(12.0), y),
            &line,
        );
        let word = match number {
            "1" => depth.ends[0],
            "0" => depth.ends[1],
            _ => "",
        };
        if !narrow && !word.is_empty() {
            let line = name::line(painter, theme, word, words);
            let at = pos2(frame.plot.left() - theme.px(36.0), place.center().y);
            put(painter, Align2::RIGHT_CENTER, at, &line);
        }
    }
}

/// Ticks of the layers; the one that is shown has its word. Returns what is taken.
fn layers_ui(painter: &Painter, theme: &Theme, frame: Frame, depth: &Depth<'_>) -> Vec<Rect> {
    let top = frame.plot.bottom() + theme.px(5.0);
    let label = name::line(
        painter,
        theme,
        &format!("layer {}", depth.at),
        Set::strong(size::BODY, theme.ink),
    );
    let own = Align2::CENTER_TOP.anchor_size(pos2(frame.x(depth.at), top + theme.px(22.0)), label.size());
    label.paint(painter, own.min);
    let mut taken = vec![Rangef::point(frame.x(depth.at)).expand(theme.px(14.0))];
    let set = Set::regular(size::TICK, theme.ink2);
    for layer in [0, depth.last].into_iter().chain(1..depth.last) {
        let x = painter.round_to_pixel_center(frame.x(layer));
        painter.vline(x, top..=top + theme.px(5.0), theme.hairline(theme.ink3));
        let line = name::line(painter, theme, &layer.to_string(), set);
        let room = Rangef::point(x).expand(0.5 * line.size().x + theme.px(7.0));
        if taken.iter().all(|other| !other.intersects(room)) {
            put(painter, Align2::CENTER_TOP, pos2(x, top + theme.px(9.0)), &line);
            taken.push(room);
        }
    }
    Vec::new()
}

fn playhead(ui: &mut Ui, painter: &Painter, theme: &Theme, frame: Frame, depth: &Depth<'_>, hands: &mut Vec<Hand>) {
    let x = frame.x(depth.at);
    let y = frame.plot.bottom() + theme.px(13.0);
    let grab = Rect::from_min_max(
        frame.plot.min - vec2(theme.px(14.0), theme.px(8.0)),
        pos2(frame.plot.right() + theme.px(14.0), y + theme.px(30.0)),
    );
    let response = ui.interact(grab, ui.scope_id().with("layers"), Sense::click_and_drag());
    response.tell(&|| WidgetInfo::slider(true, depth.at as f64, &depth.spoken));
    let (colour, width) = if response.has_focus() {
        (theme.focus, 3.0)
    } else {
        (theme.ink, 1.5)
    };
    painter.vline(
        x,
        frame.plot.top() - theme.px(8.0)..=y,
        Stroke::new(theme.strokes.thin, colour),
    );
    let ring = if response.has_focus() { theme.focus } else { theme.halo };
    painter.circle(pos2(x, y), theme.px(8.0), theme.ink, Stroke::new(theme.px(width), ring));
    let held = response.dragged() || response.drag_stopped() || response.clicked();
    if let Some(at) = response.interact_pointer_pos().filter(|_| held) {
        let layer = frame.layer(at.x);
        if layer != depth.at {
            hands.push(Hand::To(layer));
        }
    }
    if response.drag_stopped() || response.clicked() {
        hands.push(Hand::Release);
    }
    if let Some(steps) = widgets::arrow_steps(ui, &response) {
        hands.push(Hand::Step(steps as i32));
    }
}

fn curve_ui(painter: &Painter, theme: &Theme, frame: Frame, now: usize, curve: &Curve) {
    let points: Vec<(usize, Pos2)> = curve
        .values
        .iter()
        .enumerate()
        .take(frame.last + 1)
        .filter_map(|(layer, value)| Some((layer, frame.at(layer, (*value)?))))
        .collect();
    let part = |keep: &dyn Fn(usize) -> bool| -> Vec<Pos2> {
        let kept = points.iter().filter(|(layer, _)| keep(*layer));
        kept.map(|(_, at)| *at).collect()
    };
    let line = |points: Vec<Pos2>, stroke: Stroke| match curve.look {
        Look::Ring => painter.extend(Shape::dashed_line(&points, stroke, theme.px(9.0), theme.px(5.0))),
        Look::Dotted => painter.extend(Shape::dashed_line(&points, stroke, theme.px(3.0), theme.px(3.5))),
        Look::Disc | Look::Square | Look::Triangle => {
            painter.add(Shape::line(points, stroke));
        }
    };
    let thin = Stroke::new(theme.strokes.thin, theme.ink3);
    line(part(&|layer| layer >= now), thin);
    let strong = match curve.look {
        Look::Disc | Look::Ring => Stroke::new(theme.strokes.zero_line, theme.ink),
        Look::Square => Stroke::new(theme.strokes.zero_line, theme.ink2),
        Look::Triangle => Stroke::new(theme.strokes.thin, theme.ink2),
        Look::Dotted => thin,
    };
    line(part(&|layer| layer <= now), strong);
    // Many layers lie close: only the one that is shown has its mark.
    let sparse = frame.plot.width() / frame.last.max(1) as f32 > theme.px(34.0);
    for (layer, at) in points {
        if layer == now {
            mark(painter, theme, at, curve.look, theme.px(6.5));
        } else if sparse && curve.look != Look::Dotted {
            mark(painter, theme, at, curve.look, theme.px(4.5));
        }
    }
}

fn mark(painter: &Painter, theme: &Theme, at: Pos2, look: Look, radius: f32) {
    let halo = Stroke::new(theme.px(1.5), theme.halo);
    match look {
        Look::Disc => {
            painter.circle(at, radius + theme.px(0.5), theme.ink, halo);
        }
        Look::Ring => {
            let outline = Stroke::new(theme.strokes.zero_line, theme.ink);
            painter.circle_filled(at, radius + theme.px(1.5), theme.halo);
            painter.circle(at, radius, theme.canvas, outline);
        }
        Look::Square => {
            let square = Rect::from_center_size(at, egui::Vec2::splat(1.8 * radius));
            painter.rect(square, 0.0, theme.ink2, halo, egui::StrokeKind::Outside);
        }
        Look::Triangle => {
            let corner = |turn: f32| at + 1.15 * radius * egui::Vec2::angled(std::f32::consts::TAU * turn);
            let corners = [0.75, 0.0833, 0.4167].map(corner).to_vec();
            painter.add(Shape::convex_polygon(corners, theme.ink2, halo));
        }
        Look::Dotted => {
            painter.circle(at, 0.55 * radius, theme.ink3, halo);
        }
    }
}

fn set_of(theme: &Theme, look: Look) -> Set {
    match look {
        Look::Disc | Look::Ring => Set::strong(size::BODY, theme.ink),
        Look::Square => Set::strong(size::BODY, theme.ink2),
        Look::Triangle | Look::Dotted => Set::regular(size::BODY, theme.ink2),
    }
}

/// The names at the right end; curves that end together share a line.
fn names_at_end(painter: &Painter, theme: &Theme, frame: Frame, depth: &Depth<'_>, rect: Rect, taken: &mut Vec<Rect>) {
    let end = |curve: &Curve| -> Option<Pos2> {
        let layer = curve.values.iter().take(frame.last + 1).rposition(Option::is_some)?;
        Some(frame.at(layer, curve.values.get(layer).copied().flatten()?))
    };
    let mut groups: Vec<(Pos2, Vec<&Curve>)> = Vec::new();
    for curve in depth.curves {
        let Some(at) = end(curve) else { continue };
        let near = groups
            .iter_mut()
            .find(|(other, _)| (other.y - at.y).abs() < theme.px(9.0) && (other.x - at.x).abs() < theme.px(9.0));
        match near {
            Some((_, group)) => group.push(curve),
            None => groups.push((at, vec![curve])),
        }
    }
    for (at, group) in groups {
        let left = at.x + theme.px(13.0);
        let room = (rect.right() - left).max(theme.px(20.0));
        let marked = group.iter().filter(|curve| curve.look != Look::Dotted).count();
        let of_all = depth.curves.iter().filter(|curve| curve.look != Look::Dotted).count();
        let set = group
            .first()
            .map_or(Set::regular(size::BODY, theme.ink2), |curve| set_of(theme, curve.look));
        let whole = marked == of_all && group.len() == marked && marked > 1;
        let lines = if whole {
            vec![name::line(painter, theme, depth.all, set)]
        } else {
            wrapped(painter, theme, &group, room)
        };
        let height: f32 = lines.iter().map(|line| line.size().y).sum();
        let width = lines.iter().map(|line| line.size().x).fold(0.0, f32::max);
        let wanted = Align2::LEFT_CENTER.anchor_size(pos2(left, at.y), vec2(width, height));
        let Some(place) = free(wanted, taken, frame.plot.top() - theme.px(10.0)..=frame.plot.bottom()) else {
            continue;
        };
        taken.push(place);
        let mut y = place.top();
        for line in lines {
            line.paint_halo(painter, theme, pos2(place.left(), y));
            y += line.size().y;
        }
    }
}

/// Names one after the other, in as many lines as they need.
fn wrapped(painter: &Painter, theme: &Theme, group: &[&Curve], room: f32) -> Vec<Text> {
    let mut lines: Vec<Text> = Vec::new();
    for (i, curve) in group.iter().enumerate() {
        let comma = if i + 1 < group.len() { ", " } else { "" };
        let set = set_of(theme, curve.look);
        // Among others the last part of a name is enough.
        let own = curve.name.rsplit(", ").next().filter(|_| group.len() > 1);
        let words = format!("{}{comma}", own.unwrap_or(&curve.name));
        let fits = lines
            .last()
            .is_some_and(|line| line.size().x + name::line(painter, theme, &words, set).size().x <= room);
        let line = if fits {
            lines.pop().unwrap_or_default()
        } else {
            Text::default()
        };
        lines.push(line.marked(painter, theme, &words, set));
    }
    lines
}

/// The place nearest to the wanted one that is free.
fn free(wanted: Rect, taken: &[Rect], within: std::ops::RangeInclusive<f32>) -> Option<Rect> {
    let step = 4.0;
    let offsets = (0..24).flat_map(|i| [i as f32 * step, -(i as f32) * step]);
    offsets
        .map(|dy| wanted.translate(vec2(0.0, dy)))
        .filter(|place| place.top() >= *within.start() && place.bottom() <= within.end() + wanted.height())
        .find(|place| !taken.iter().any(|other| other.intersects(*place)))
}

/// Names beside the marks at the playhead, where there is room.
fn names_at_playhead(painter: &Painter, theme: &Theme, frame: Frame, depth: &Depth<'_>, taken: &mut Vec<Rect>) {
    let now = |curve: &Curve| {
        let value = curve.values.get(depth.at).copied().flatten()?;
        Some(frame.at(depth.at, value))
    };
    let marks: Vec<Pos2> = depth.curves.iter().filter_map(now).collect();
    // A name on a line of another curve cannot be read: the lines near the playhead are kept clear.
    let lines: Vec<[Pos2; 2]> = depth
        .curves
        .iter()
        .flat_map(|curve| {
            let point = |layer: usize| Some(frame.at(layer, curve.values.get(layer).copied().flatten()?));
            let before = depth
                .at
                .checked_sub(1)
                .and_then(|before| Some([point(before)?, point(depth.at)?]));
            let after = point(depth.at).zip(point(depth.at + 1)).map(|(from, to)| [from, to]);
            before.into_iter().chain(after)
        })
        .collect();
    let last = depth.at == 0;
    for curve in depth.curves.iter().filter(|curve| curve.look != Look::Dotted) {
        let Some(at) = now(curve) else { continue };
        let line = name::line(painter, theme, &curve.name, set_of(theme, curve.look));
        let away = theme.px(13.0);
        let spots = [
            (Align2::LEFT_CENTER, vec2(away, 0.0)),
            (Align2::RIGHT_CENTER, vec2(-away, 0.0)),
            (Align2::LEFT_TOP, vec2(away, theme.px(5.0))),
            (Align2::RIGHT_BOTTOM, vec2(-away, -theme.px(3.0))),
            (Align2::LEFT_BOTTOM, vec2(away, -theme.px(3.0))),
            (Align2::RIGHT_TOP, vec2(-away, theme.px(5.0))),
        ];
        let rects = spots
            .into_iter()
            .map(|(anchor, by)| anchor.anchor_size(at + by, line.size()));
        let inside = frame.plot.expand2(vec2(theme.px(8.0), theme.px(12.0)));
        let clear = |place: &Rect| {
            inside.contains_rect(*place)
                && !taken.iter().any(|other| other.intersects(*place))
                // A name that is as near to another mark would be read as its name.
                && marks.iter().all(|mark| *mark == at || place.distance_to_pos(*mark) > place.distance_to_pos(at) + 4.0)
                && !lines.iter().any(|segment| crosses(*segment, place.shrink(1.0)))
        };
        if let Some(place) = rects.into_iter().find(clear).filter(|_| !last) {
            line.paint_halo(painter, theme, place.min);
            taken.push(place);
        }
    }
}

/// Whether a segment passes through a rectangle.
fn crosses([from, to]: [Pos2; 2], rect: Rect) -> bool {
    (0..=24).any(|i| rect.contains(from + (to - from) * (i as f32 / 24.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_can_be_reached() {
        for last in [1, 5, 12, 24] {
            let frame = Frame {
                plot: Rect::from_min_size(pos2(10.0, 10.0), vec2(500.0, 100.0)),
                last,
                low: -0.2,
            };
            for layer in 0..=last {
                assert_eq!(frame.layer(frame.x(layer)), layer, "of {last}");
            }
        }
    }

    #[test]
    fn the_axis_holds_every_cosine() {
        for least in [0.5, 0.0, -0.13, -0.2, -0.4, -0.7, -1.0] {
            let curve = Curve {
                name: String::new(),
                values: vec![Some(least), None, Some(1.0)],
                look: Look::Disc,
            };
            assert!(low(&[curve]) < least, "{least}");
        }
    }
}
