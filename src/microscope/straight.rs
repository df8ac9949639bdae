//! Points and the straight line they lie on. The ordinate is a logarithm, and its ticks are ratios: × 2, same, ÷ 2.

use egui::{Align2, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::{fitted, put};
use crate::board::view::{tick_text, ticks};
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct Straight<'a> {
    /// Abscissae, none below 0.
    pub xs: &'a [f64],
    /// Ordinates: natural logarithms of ratios.
    pub ys: &'a [f64],
    /// Slope and intercept of the line.
    pub line: (f64, f64),
    /// Slope and intercept of a line that was, dashed.
    pub before: Option<(f64, f64)>,
    /// One name per point.
    pub names: &'a [String],
    /// A point that carries its name.
    pub named: Option<usize>,
    /// The point that is linked.
    pub linked: Option<usize>,
    /// Words in the corner below the line.
    pub slope: &'a str,
    /// The title of the ordinate.
    pub y_title: &'a str,
    /// The title of the abscissa, and a shorter one.
    pub x_titles: [&'a str; 2],
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// From how many points on they are small.
const MANY: usize = 150;

/// Paints the chart. Returns the point under the pointer.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, chart: &Straight<'_>) -> Option<usize> {
    let response = ui.interact(rect, ui.scope_id().with("straight"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &chart.spoken));
    let painter = ui.painter_at(rect.expand(2.0));
    let foot = titles(&painter, rect, theme, chart);
    let plot = Rect::from_min_max(
        rect.min + vec2(theme.px(48.0), theme.px(8.0)),
        rect.max - vec2(theme.px(6.0), foot + theme.px(20.0)),
    );
    if plot.width() < 20.0 || plot.height() < 16.0 {
        return None;
    }
    let (left, right) = abscissae(chart.xs);
    let ends = |(slope, intercept): (f64, f64)| [left, right].map(|x| f64::mul_add(slope, x, intercept));
    let all_ends = std::iter::once(chart.line).chain(chart.before).flat_map(ends);
    let ratios = Ratios::new(
        chart.ys.iter().copied().chain(all_ends),
        (plot.height() / theme.px(19.0)) as usize,
    );
    let x_at = |x: f64| plot.left() + plot.width() * ((x - left) / (right - left)) as f32;
    let y_at = |y: f64| plot.bottom() - plot.height() * ratios.share(y) as f32;
    for (y, text) in ratios.ticks() {
        let colour = if y == 0.0 { theme.ink3 } else { theme.grid };
        let height = painter.round_to_pixel_center(y_at(y));
        painter.hline(plot.x_range(), height, theme.hairline(colour));
        let set = Set::regular(size::TICK, theme.ink2);
        let text = name::line(&painter, theme, &text, set);
        put(
            &painter,
            Align2::RIGHT_CENTER,
            pos2(plot.left() - theme.px(6.0), height),
            &text,
        );
    }
    numbers_below(&painter, theme, plot, (left, right), &x_at);
    let slope_text = name::line(&painter, theme, chart.slope, Set::strong(size::BODY, theme.query_text));
    let corner = pos2(plot.right(), plot.bottom() - theme.px(4.0));
    let corner = Align2::RIGHT_BOTTOM.anchor_size(corner, slope_text.size());
    // The words stand on the grid, under the line.
    painter.rect_filled(corner, 0.0, theme.canvas);
    slope_text.paint(&painter, corner.min);
    let segment = |line: (f64, f64)| {
        let [first, last] = ends(line).map(y_at);
        [pos2(x_at(left), first), pos2(x_at(right), last)]
    };
    if let Some(before) = chart.before {
        let stroke = Stroke::new(theme.strokes.thin, theme.ink3);
        let (dash, gap) = (theme.px(5.0), theme.px(4.0));
        painter.extend(Shape::dashed_line(&segment(before), stroke, dash, gap));
    }
    painter.line_segment(segment(chart.line), Stroke::new(theme.strokes.zero_line, theme.query));
    let places: Vec<Pos2> = std::iter::zip(chart.xs, chart.ys)
        .map(|(x, y)| pos2(x_at(*x), y_at(*y)))
        .collect();
    let hovered = response.hover_pos().and_then(|at| nearest(&places, at, theme.px(14.0)));
    let radius = theme.px(if places.len() > MANY { 3.0 } else { 5.0 });
    for at in &places {
        painter.circle_filled(*at, radius + theme.px(1.5), theme.halo);
        painter.circle_filled(*at, radius, theme.ink);
    }
    let lit = hovered.or(chart.linked);
    if let Some(at) = lit.and_then(|point| places.get(point)) {
        painter.circle_stroke(*at, radius + theme.px(5.0), Stroke::new(theme.px(2.0), theme.ink));
    }
    let mut taken = vec![corner];
    for point in lit.into_iter().chain(chart.named.filter(|named| lit != Some(*named))) {
        if let Some(at) = places.get(point) {
            point_name(&painter, theme, chart, plot, point, *at, &mut taken);
        }
    }
    hovered
}

/// The titles of both axes on the lower edge. Returns their height.
fn titles(painter: &Painter, rect: Rect, theme: &Theme, chart: &Straight<'_>) -> f32 {
    let set = Set::regular(size::BODY, theme.ink2);
    let upright = name::line(painter, theme, chart.y_title, set);
    put(painter, Align2::LEFT_BOTTOM, rect.left_bottom(), &upright);
    let room = rect.width() - upright.size().x - theme.px(12.0);
    let across = chart
        .x_titles
        .map(|title| name::line(painter, theme, title, set))
        .into_iter()
        .find(|title| title.size().x <= room);
    if let Some(across) = across {
        put(painter, Align2::RIGHT_BOTTOM, rect.right_bottom(), &across);
    }
    upright.size().y + theme.px(2.0)
}

/// Numbers along the lower edge.
fn numbers_below(painter: &Painter, theme: &Theme, plot: Rect, (low, high): (f64, f64), x_at: &dyn Fn(f64) -> f32) {
    let set = Set::regular(size::TICK, theme.ink2);
    let most = (plot.width() / theme.px(56.0)) as usize;
    let mut free = f32::NEG_INFINITY;
    for x in ticks(low, high, most.clamp(1, 6)) {
        let number = name::line(painter, theme, &tick_text(x), set);
        let at = x_at(x);
        let half = 0.5 * number.size().x;
        if at - half < free || at + half > plot.right() + theme.px(6.0) {
            continue;
        }
        free = at + half + theme.px(6.0);
        painter.vline(
            painter.round_to_pixel_center(at),
            plot.bottom()..=plot.bottom() + theme.px(3.0),
            theme.hairline(theme.ink3),
        );
        put(
            painter,
            Align2::CENTER_TOP,
            pos2(at, plot.bottom() + theme.px(4.0)),
            &number,
        );
    }
}

/// The name of a point above the line at its left, where the line does not run.
fn point_name(
    painter: &Painter,
    theme: &Theme,
    chart: &Straight<'_>,
    plot: Rect,
    point: usize,
    at: Pos2,
    taken: &mut Vec<Rect>,
) {
    let Some(text) = chart.names.get(point) else { return };
    let set = Set::strong(size::BODY, theme.ink);
    let text = fitted(painter, theme, text, set, 0.4 * plot.width());
    let apart = theme.px(7.0);
    let ways = [
        (Align2::RIGHT_BOTTOM, vec2(-apart, -apart)),
        (Align2::LEFT_TOP, vec2(apart, apart)),
        (Align2::LEFT_BOTTOM, vec2(apart, -apart)),
        (Align2::RIGHT_TOP, vec2(-apart, apart)),
    ];
    let room = plot.expand2(vec2(0.0, theme.px(8.0)));
    let place = ways
        .map(|(anchor, offset)| anchor.anchor_size(at + offset, text.size()))
        .into_iter()
        .find(|place| room.contains_rect(*place) && !taken.iter().any(|other| other.intersects(*place)));
    if let Some(place) = place {
        text.paint_halo(painter, theme, place.min);
        taken.push(place);
    }
}

fn nearest(places: &[Pos2], at: Pos2, reach: f32) -> Option<usize> {
    let apart = |place: &Pos2| place.distance(at);
    (0..places.len())
        .filter(|point| places.get(*point).is_some_and(|place| apart(place) <= reach))
        .min_by(|a, b| match (places.get(*a), places.get(*b)) {
            (Some(a), Some(b)) => apart(a).total_cmp(&apart(b)),
            _ => std::cmp::Ordering::Equal,
        })
}

/// The part of the axis that is shown: from 0, unless the points are far from it and near each other.
fn abscissae(xs: &[f64]) -> (f64, f64) {
    let finite = || xs.iter().copied().filter(|x| x.is_finite());
    let most = finite().fold(0.0, f64::max);
    let least = finite().fold(most, f64::min);
    let span = most - least;
    let start = if span >= 0.3 * most || span <= 1e-3 * most {
        0.0
    } else {
        least - 0.15 * span
    };
    if most > 0.0 {
        (start, most + 0.12 * (most - start))
    } else {
        (0.0, 1.0)
    }
}

/// A logarithmic axis whose ticks are whole powers of one factor.
struct Ratios {
    /// `ln` of the factor.
    unit: f64,
    /// The factor.
    base: Base,
    /// The least and the greatest power on the axis.
    range: (f64, f64),
}

/// A factor, in the way its powers are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Base {
    /// In full.
    Factor(f64),
    /// Ten to this power.
    TenTo(f64),
}

impl Ratios {
    /// The axis that holds the logarithms `ys` in at most `most` intervals.
    fn new(ys: impl Iterator<Item = f64>, most: usize) -> Self {
        let (low, high) = ys
            .filter(|y| y.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), y| (low.min(y), high.max(y)));
        let mut base = Base::Factor(2.0);
        loop {
            let unit = match base {
                Base::Factor(factor) => factor.ln(),
                Base::TenTo(power) => power * std::f64::consts::LN_10,
            };
            // At least one tick on either side says that "same" is in between.
            let range = ((low / unit).floor().min(-1.0), (high / unit).ceil().max(1.0));
            if range.1 - range.0 <= most.clamp(2, 6) as f64 {
                return Self { unit, base, range };
            }
            base = match base {
                Base::Factor(factor) if factor < 4.0 => Base::Factor(4.0),
                Base::Factor(_) => Base::TenTo(1.0),
                Base::TenTo(power) => Base::TenTo(2.0 * power),
            };
        }
    }

    /// Where a logarithm stands on the axis, 0 to 1.
    fn share(&self, y: f64) -> f64 {
        let (low, high) = self.range;
        (y / self.unit - low) / (high - low)
    }

    /// Every tick with its words.
    fn ticks(&self) -> Vec<(f64, String)> {
        let text = |m: f64| {
            let sign = if m > 0.0 { "×" } else { "÷" };
            let size = match self.base {
                _ if m == 0.0 => return "same".to_owned(),
                Base::Factor(factor) => format!("{:.0}", factor.powf(m.abs())),
                Base::TenTo(power) if power * m.abs() < 3.5 => format!("{:.0}", 10_f64.powf(power * m.abs())),
                Base::TenTo(power) => text::power_of_ten(power * m.abs()),
            };
            format!("{sign}\u{a0}{size}")
        };
        let (low, high) = self.range;
        (0..=(high - low).clamp(0.0, 12.0) as i32)
            .map(|step| low + f64::from(step))
            .map(|m| (m * self.unit, text(m)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(ys: &[f64], most: usize) -> Vec<String> {
        let ticks = Ratios::new(ys.iter().copied(), most).ticks();
        ticks.into_iter().map(|(_, text)| text.replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn ticks_are_ratios() {
        assert_eq!(words(&[-1.27, 0.82], 6), ["÷ 4", "÷ 2", "same", "× 2", "× 4"]);
        assert_eq!(words(&[0.0], 6), ["÷ 2", "same", "× 2"]);
        assert_eq!(words(&[-3.0, 2.5], 5), ["÷ 64", "÷ 16", "÷ 4", "same", "× 4", "× 16"]);
        assert_eq!(words(&[-30.0, 4.0], 5).first().map(String::as_str), Some("÷ 10¹⁶"));
        assert_eq!(words(&[0.0, 12.0], 4).last().map(String::as_str), Some("× 10⁶"));
    }

    #[test]
    fn every_logarithm_is_on_the_axis() {
        for ys in [
            &[-1.27, 0.82][..],
            &[3e5, -7.0],
            &[1e307, -1e307],
            &[f64::NAN, 0.1],
            &[],
        ] {
            let axis = Ratios::new(ys.iter().copied(), 5);
            assert!(axis.ticks().len() <= 7, "{} ticks", axis.ticks().len());
            for y in ys.iter().filter(|y| y.is_finite()) {
                assert!((0.0..=1.0).contains(&axis.share(*y)), "{y}");
            }
        }
    }

    #[test]
    fn the_abscissa_starts_at_zero_unless_all_points_are_far_from_it() {
        assert_eq!(abscissae(&[1.3, 5.8]).0, 0.0);
        assert_eq!(abscissae(&[4.0, 4.0]).0, 0.0);
        let (start, end) = abscissae(&[200.0, 260.0]);
        assert!(start > 150.0 && start < 200.0 && end > 260.0);
        assert_eq!(abscissae(&[0.0, 0.0]), (0.0, 1.0));
        assert_eq!(abscissae(&[]), (0.0, 1.0));
    }
}
