//! What a machine can do at most against what is asked of it: work a second over work a byte, both logarithmic (Williams,
//! Waterman and Patterson 2009).

use egui::epaint::TextShape;
use egui::{Align2, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::fonts;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// A measurement.
#[derive(Clone, Debug)]
pub struct Point {
    /// Its name.
    pub name: &'static str,
    /// Operations a byte, above 0.
    pub intensity: f64,
    /// Operations a second, above 0.
    pub rate: f64,
    /// It is the one that is spoken of.
    pub strong: bool,
}

/// What is shown.
pub struct Roofline<'a> {
    /// Of all that is a second, as in "T" for 10¹².
    pub prefix: &'a str,
    /// Bytes a second that the memory gives and takes, where that is known.
    pub memory: Option<f64>,
    /// Operations a second that the units make, where that is known, and their name.
    pub units: (Option<f64>, &'a str),
    /// Measurements, in the order of the path.
    pub points: &'a [Point],
    /// A sentence for the screen reader.
    pub spoken: &'a str,
}

/// The axes: ends of both, as logarithms to base 10.
struct Frame {
    plot: Rect,
    x: [f64; 2],
    y: [f64; 2],
}

impl Frame {
    fn of(plot: Rect, shown: &Roofline<'_>) -> Self {
        let ridge = shown.memory.zip(shown.units.0).map(|(memory, units)| units / memory);
        let xs = shown.points.iter().map(|point| point.intensity).chain(ridge);
        let ys = shown.points.iter().map(|point| point.rate).chain(shown.units.0);
        Self {
            plot,
            x: ends(&mut xs.map(f64::log10), [1.25, 0.5]),
            y: ends(&mut ys.map(f64::log10), [0.7, 0.45]),
        }
    }

    fn at(&self, intensity: f64, rate: f64) -> Pos2 {
        let share = |value: f64, [low, high]: [f64; 2]| ((value.log10() - low) / (high - low)).clamp(0.0, 1.0) as f32;
        pos2(
            self.plot.left() + self.plot.width() * share(intensity, self.x),
            self.plot.bottom() - self.plot.height() * share(rate, self.y),
        )
    }
}

/// The least and the largest of some logarithms, with room beyond both; three decades where there are none.
fn ends(all: &mut dyn Iterator<Item = f64>, [below, above]: [f64; 2]) -> [f64; 2] {
    let (low, high) = all
        .filter(|x| x.is_finite())
        .fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        [1.0, 4.0]
    } else {
        [low - below, high + above]
    }
}

/// Paints the roof and the path below it.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, shown: &Roofline<'_>) {
    let response = ui.interact(rect, ui.scope_id().with("roofline"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, shown.spoken));
    let plot = Rect::from_min_max(
        rect.min + vec2(theme.px(40.0), theme.px(4.0)),
        rect.max - vec2(theme.px(4.0), theme.px(20.0)),
    );
    let is_empty = shown.points.is_empty() && shown.memory.is_none() && shown.units.0.is_none();
    if is_empty || plot.width() < theme.px(60.0) || plot.height() < theme.px(40.0) {
        return;
    }
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let frame = Frame::of(plot, shown);
    let mut taken = axes(&painter, theme, &frame);
    let slope = roof(&painter, theme, &frame, shown, &mut taken);
    if let (Some(memory), [from, to]) = (shown.memory, slope.as_slice()) {
        along(
            &painter,
            theme,
            plot,
            [*from, *to],
            &format!("memory, {} {}B/s", text::short(memory), shown.prefix),
        );
    }
    let at = |point: &Point| frame.at(point.intensity, point.rate);
    let path: Vec<Pos2> = shown.points.iter().map(at).collect();
    let dashes = Stroke::new(theme.px(1.5), theme.ink2);
    painter.extend(Shape::dashed_line(&path, dashes, theme.px(4.0), theme.px(3.0)));
    // The one that is spoken of is named first: where two names have no room, it stays.
    let of = |strong: bool| shown.points.iter().filter(move |point| point.strong == strong);
    for point in of(true).chain(of(false)) {
        let (radius, set) = if point.strong {
            (6.0, Set::strong(size::BODY, theme.ink))
        } else {
            (4.0, Set::regular(size::BODY, theme.ink2))
        };
        painter.circle(
            at(point),
            theme.px(radius),
            set.colour,
            Stroke::new(theme.px(1.5), theme.halo),
        );
        let line = name::line(&painter, theme, point.name, set);
        let below = at(point) + vec2(0.0, theme.px(8.0));
        let above = at(point) - vec2(0.0, theme.px(8.0));
        let places = [(Align2::CENTER_TOP, below), (Align2::CENTER_BOTTOM, above)];
        let places = places.map(|(anchor, at)| anchor.anchor_size(at, line.size()));
        // A halo is wider than its words.
        let around = theme.px(4.0);
        let is_free = |place: Rect| taken.iter().all(|other| !other.expand(around).intersects(place));
        let free = |place: &Rect| plot.contains_rect(*place) && is_free(*place);
        if let Some(place) = places.into_iter().find(free) {
            line.paint_halo(&painter, theme, place.min);
            taken.push(place);
        }
    }
}

/// Lines and numbers of both axes. Returns where the numbers are.
fn axes(painter: &Painter, theme: &Theme, frame: &Frame) -> Vec<Rect> {
    let set = Set::regular(size::TICK, theme.ink2);
    let plot = frame.plot;
    let mut taken: Vec<Rect> = Vec::new();
    let mut number = |anchor: Align2, at: Pos2, value: f64| {
        let line = name::line(painter, theme, &tick(value), set);
        let place = anchor.anchor_size(at, line.size());
        let place = place.translate(vec2((plot.right() - place.right()).min(0.0), 0.0));
        if taken.iter().all(|other| !other.expand(theme.px(3.0)).intersects(place)) {
            line.paint(painter, place.min);
            taken.push(place);
        }
    };
    for decade in -12..=18 {
        for digit in [1.0, 3.0] {
            let value = digit * 10_f64.powi(decade);
            let inside = |[low, high]: [f64; 2]| (low..=high).contains(&value.log10());
            let at = frame.at(value, value);
            if digit == 1.0 && inside(frame.x) {
                let x = painter.round_to_pixel_center(at.x);
                painter.vline(x, plot.y_range(), theme.hairline(theme.grid));
                number(Align2::CENTER_TOP, pos2(x, plot.bottom() + theme.px(4.0)), value);
            }
            if inside(frame.y) {
                let y = painter.round_to_pixel_center(at.y);
                painter.hline(plot.x_range(), y, theme.hairline(theme.grid));
                number(Align2::RIGHT_CENTER, pos2(plot.left() - theme.px(6.0), y), value);
            }
        }
    }
    taken
}

/// A number of an axis.
fn tick(value: f64) -> String {
    if value >= 1e5 {
        text::power_of_ten(value.log10())
    } else {
        text::short(value)
    }
}

/// The roof, as far as it is known, with the name of its flat part. Returns the part that rises.
fn roof(painter: &Painter, theme: &Theme, frame: &Frame, shown: &Roofline<'_>, taken: &mut Vec<Rect>) -> Vec<Pos2> {
    let plot = frame.plot;
    let [x_low, x_high] = frame.x.map(|x| 10_f64.powf(x));
    let y_low = 10_f64.powf(frame.y[0]);
    let y_high = 10_f64.powf(frame.y[1]);
    let (units, kind) = shown.units;
    let stroke = Stroke::new(theme.strokes.zero_line, theme.ink);
    let mut line = Vec::new();
    if let Some(memory) = shown.memory {
        let from = x_low.max(y_low / memory);
        let until = x_high.min(units.unwrap_or(y_high) / memory);
        if from < until {
            line.extend([frame.at(from, memory * from), frame.at(until, memory * until)]);
        }
    }
    let slope = line.clone();
    if let Some(units) = units {
        let from = line.last().map_or(plot.left(), |ridge| ridge.x);
        let y = frame.at(x_high, units).y;
        line.extend([pos2(from, y), pos2(plot.right(), y)]);
        let mut area = line.clone();
        area.extend([
            plot.right_bottom(),
            pos2(line.first().map_or(plot.left(), |first| first.x), plot.bottom()),
        ]);
        painter.add(Shape::convex_polygon(area, theme.hover, Stroke::NONE));
        let words = format!("{kind}, {}", text::short(units));
        let words = name::line(painter, theme, &words, Set::regular(size::BODY, theme.ink));
        let at = pos2(plot.right() - theme.px(2.0), y - theme.px(4.0));
        taken.push(put(painter, Align2::RIGHT_BOTTOM, at, &words));
    }
    painter.add(Shape::line(line, stroke));
    slope
}

/// Words along a line that rises, above it and within the plot; where they do not fit, in its upper corner.
fn along(painter: &Painter, theme: &Theme, plot: Rect, [from, to]: [Pos2; 2], words: &str) {
    let galley = painter.layout_no_wrap(words.to_owned(), fonts::ui(theme.px(size::BODY)), theme.ink);
    let (way, wide) = ((to - from).normalized(), galley.size().x);
    let above = (galley.size().y + theme.px(3.0)) * way.rot90();
    let spare = (to - from).length() - wide;
    let inside = (plot.left() + theme.px(2.0) - from.x - above.x) / way.x.max(0.01);
    let (start, angle) = if spare >= inside.max(0.0) {
        (from + (0.5 * spare).max(inside) * way + above, way.angle())
    } else {
        (plot.min + vec2(theme.px(6.0), theme.px(2.0)), 0.0)
    };
    painter.add(TextShape::new(start, galley, theme.ink).with_angle(angle));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axes_hold_the_points_and_the_ridge() {
        let point = |intensity: f64, rate: f64| Point {
            name: "1k",
            intensity,
            rate,
            strong: false,
        };
        let points = [point(98.5, 150.0), point(16_384.0, 310.0)];
        let shown = |memory, units| Roofline {
            prefix: "T",
            memory,
            units: (units, "matrix units"),
            points: &points,
            spoken: "",
        };
        let plot = Rect::from_min_size(pos2(10.0, 20.0), vec2(300.0, 200.0));
        for (memory, units) in [
            (Some(4.3), Some(545.0)),
            (None, None),
            (Some(4.3), None),
            (None, Some(0.01)),
        ] {
            let frame = Frame::of(plot, &shown(memory, units));
            for point in &points {
                assert!(plot.shrink(4.0).contains(frame.at(point.intensity, point.rate)));
            }
        }
        assert_eq!(ends(&mut std::iter::empty(), [1.0, 1.0]), [1.0, 4.0]);
    }
}
