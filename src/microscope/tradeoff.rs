//! Two quantities that one dial trades for each other: a curve for each way of turning it, and where it stands.

use egui::{Align2, Painter, Pos2, Rangef, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// A curve.
pub struct Curve {
    /// Its name, with `*x*` for symbols.
    pub name: String,
    /// Abscissa, positive and rising, and ordinate from −1 to 1, where there is one.
    pub points: Vec<(f64, Option<f64>)>,
    /// It is drawn in dashes.
    pub dashed: bool,
}

/// A place that is marked.
pub struct Spot {
    /// Its name.
    pub name: String,
    /// Abscissa and ordinate.
    pub at: (f64, f64),
}

/// What is shown.
pub struct Tradeoff<'a> {
    /// The curves.
    pub curves: &'a [Curve],
    /// Marked places.
    pub spots: &'a [Spot],
    /// Where the dial stands; its ordinate where it is defined.
    pub now: (f64, Option<f64>),
    /// It can be turned.
    pub enabled: bool,
    /// Titles of abscissa and ordinate.
    pub titles: [&'a str; 2],
    /// What is turned, for the screen reader.
    pub spoken: String,
    /// The value of the dial, for the screen reader.
    pub value: f64,
}

/// What the hand does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hand {
    /// The handle is taken: a point of the screen is this much of the abscissa's logarithm, as long as it is held.
    Take(f64),
    /// The handle is so many points from where it was taken.
    Points(f32),
    /// The abscissa becomes this many times what it is.
    Times(f64),
    /// The handle is let go.
    Release,
}

/// The logarithmic axis.
#[derive(Clone, Copy)]
struct Frame {
    plot: Rect,
    ends: [f64; 2],
    low: f64,
}

impl Frame {
    fn at(self, x: f64, y: f64) -> Pos2 {
        let [first, last] = self.ends.map(f64::ln);
        let share = ((x.max(f64::MIN_POSITIVE).ln() - first) / (last - first)) as f32;
        let rise = ((y - self.low) / (1.0 - self.low)) as f32;
        pos2(
            self.plot.left() + self.plot.width() * share.clamp(0.0, 1.0),
            self.plot.bottom() - self.plot.height() * rise,
        )
    }

    /// The logarithm of the abscissa by which two neighbouring points of the screen differ.
    fn rate(self) -> f64 {
        let [first, last] = self.ends;
        (last / first).ln() / f64::from(self.plot.width().max(1.0))
    }
}

fn ends(shown: &Tradeoff<'_>) -> Option<[f64; 2]> {
    let curves = shown.curves.iter().flat_map(|curve| &curve.points).map(|(x, _)| *x);
    let all = curves.chain(shown.spots.iter().map(|spot| spot.at.0));
    let all = all.filter(|x| x.is_finite() && *x > 0.0);
    let (low, high) = all.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    (low < high).then_some([low, high])
}

/// Paints the curves and listens to the handle.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, shown: &Tradeoff<'_>) -> (Rect, Option<Hand>) {
    let Some(ends) = ends(shown).filter(|_| rect.height() > theme.px(60.0) && rect.width() > theme.px(160.0)) else {
        return (Rect::NOTHING, None);
    };
    let painter = ui.painter_at(rect.expand(theme.px(8.0)));
    let least = shown
        .curves
        .iter()
        .flat_map(|curve| &curve.points)
        .filter_map(|(_, y)| *y);
    let least = least.chain(shown.now.1).fold(0.0, f64::min);
    let frame = Frame {
        plot: Rect::from_min_max(
            rect.min + vec2(theme.px(40.0), theme.px(10.0)),
            rect.max - vec2(theme.px(16.0), theme.px(42.0)),
        ),
        ends,
        low: if least < -0.02 {
            (least - 0.08).max(-1.05)
        } else {
            -0.02
        },
    };
    axes(&painter, theme, frame, shown, rect);
    let mut taken: Vec<Rect> = Vec::new();
    let mut lines: Vec<Pos2> = Vec::new();
    for curve in shown.curves {
        let points: Vec<Pos2> = curve
            .points
            .iter()
            .filter_map(|(x, y)| Some(frame.at(*x, (*y)?)))
            .collect();
        lines.extend(&points);
        let stroke = Stroke::new(
            theme.strokes.zero_line,
            if curve.dashed { theme.ink } else { theme.ink2 },
        );
        if curve.dashed {
            painter.extend(Shape::dashed_line(&points, stroke, theme.px(7.0), theme.px(4.0)));
        } else {
            painter.add(Shape::line(points, stroke));
        }
    }
    for spot in shown.spots {
        let at = frame.at(spot.at.0, spot.at.1);
        painter.circle(
            at,
            theme.px(4.5),
            theme.canvas,
            Stroke::new(theme.strokes.thin, theme.ink),
        );
        taken.push(Rect::from_center_size(at, egui::Vec2::splat(theme.px(10.0))));
    }
    let now = frame.at(shown.now.0, shown.now.1.unwrap_or(1.0));
    taken.push(Rect::from_center_size(now, egui::Vec2::splat(theme.px(18.0))));
    // Under the names, which stand on it with their halos.
    painter.vline(
        now.x,
        now.y..=frame.plot.bottom(),
        Stroke::new(theme.strokes.thin, theme.ink3),
    );
    let names = shown
        .spots
        .iter()
        .map(|spot| (frame.at(spot.at.0, spot.at.1), &spot.name, theme.ink2));
    // A curve is named where it is far from the others: in its last third.
    let on_curves = shown.curves.iter().filter_map(|curve| {
        let late = curve.points.iter().skip(curve.points.len() * 2 / 3);
        let (x, y) = late.copied().find_map(|(x, y)| Some((x, y?)))?;
        Some((frame.at(x, y), &curve.name, theme.ink))
    });
    for (at, words, colour) in names.chain(on_curves) {
        let line = name::line(&painter, theme, words, Set::regular(size::BODY, colour));
        if let Some(place) = room(theme, frame, at, line.size(), (&taken, &lines)) {
            line.paint_halo(&painter, theme, place.min);
            taken.push(place);
        }
    }
    handle(ui, &painter, theme, frame, shown, now)
}

/// A free place beside a point, the nearest first.
fn room(theme: &Theme, frame: Frame, at: Pos2, wanted: egui::Vec2, (taken, lines): (&[Rect], &[Pos2])) -> Option<Rect> {
    let away = theme.px(11.0);
    let inside = frame.plot.expand2(vec2(theme.px(14.0), theme.px(8.0)));
    let steps = [0.0, 1.0, -1.0, 1.6, -1.6, 2.4, -2.4, 3.2, -3.2, 4.2];
    let beside = steps.into_iter().flat_map(|step| {
        let dy = step * away;
        [
            Align2::RIGHT_CENTER.anchor_size(at + vec2(-away, dy), wanted),
            Align2::LEFT_CENTER.anchor_size(at + vec2(away, dy), wanted),
        ]
    });
    let mut free = beside.filter(|place| inside.contains_rect(*place));
    free.find(|place| {
        !taken.iter().any(|other| other.intersects(*place)) && !lines.iter().any(|at| place.contains(*at))
    })
}

fn axes(painter: &Painter, theme: &Theme, frame: Frame, shown: &Tradeoff<'_>, rect: Rect) {
    let plot = frame.plot;
    let set = Set::regular(size::TICK, theme.ink2);
    for (value, number) in [(1.0, "1"), (0.5, "0.5"), (0.0, "0"), (-0.5, "−0.5"), (-1.0, "−1")] {
        if value < frame.low {
            continue;
        }
        let y = painter.round_to_pixel_center(frame.at(1.0, value).y);
        let colour = if value == 0.0 { theme.line } else { theme.grid };
        painter.hline(plot.x_range(), y, theme.hairline(colour));
        let line = name::line(painter, theme, number, set);
        put(
            painter,
            Align2::RIGHT_CENTER,
            pos2(plot.left() - theme.px(7.0), y),
            &line,
        );
    }
    let [first, last] = frame.ends;
    let mut taken: Vec<Rangef> = Vec::new();
    for decade in -12..=12 {
        for digit in [1.0, 2.0, 5.0] {
            let value = digit * 10_f64.powi(decade);
            if value < first * 0.999 || value > last * 1.001 {
                continue;
            }
            let x = painter.round_to_pixel_center(frame.at(value, 0.0).x);
            painter.vline(
                x,
                plot.bottom()..=plot.bottom() + theme.px(4.0),
                theme.hairline(theme.ink3),
            );
            let line = name::line(painter, theme, &crate::board::view::tick_text(value), set);
            let own = Rangef::point(x).expand(0.5 * line.size().x + theme.px(8.0));
            if taken.iter().all(|other| !other.intersects(own)) {
                put(
                    painter,
                    Align2::CENTER_TOP,
                    pos2(x, plot.bottom() + theme.px(6.0)),
                    &line,
                );
                taken.push(own);
            }
        }
    }
    let words = Set::regular(size::BODY, theme.ink2);
    let title = name::line(painter, theme, shown.titles[0], words);
    put(painter, Align2::RIGHT_BOTTOM, pos2(plot.right(), rect.bottom()), &title);
}

fn handle(
    ui: &mut Ui,
    painter: &Painter,
    theme: &Theme,
    frame: Frame,
    shown: &Tradeoff<'_>,
    now: Pos2,
) -> (Rect, Option<Hand>) {
    let grab = Rect::from_center_size(now, egui::Vec2::splat(theme.px(44.0)));
    let sense = if shown.enabled {
        Sense::click_and_drag()
    } else {
        Sense::hover()
    };
    let response = ui.interact(grab, ui.scope_id().with("dial"), sense);
    response.tell(&|| WidgetInfo::slider(shown.enabled, shown.value, &shown.spoken));
    let colour = if response.has_focus() { theme.focus } else { theme.ink };
    painter.circle(now, theme.px(8.0), theme.halo, Stroke::NONE);
    painter.circle(now, theme.px(6.5), theme.ink, Stroke::new(theme.px(2.0), colour));
    let keys = widgets::arrow_steps(ui, &response).map(|steps| Hand::Times(1.1_f64.powf(steps)));
    let hand = if response.drag_started() {
        Some(Hand::Take(frame.rate()))
    } else if response.drag_stopped() {
        Some(Hand::Release)
    } else if response.dragged() {
        response.total_drag_delta().map(|total| Hand::Points(total.x))
    } else {
        keys
    };
    (grab, hand)
}
