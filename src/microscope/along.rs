//! What is estimated along a line through the query: the truth as a pale band, one estimate as a warm line, another in dashes.

use egui::{Align2, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::board::glyphs;
use crate::board::view::{tick_text, ticks};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// What is shown; all curves have an ordinate for each abscissa.
pub struct Along<'a> {
    /// Abscissae, rising.
    pub xs: &'a [f64],
    /// What is true, where that is known.
    pub truth: Option<&'a [f64]>,
    /// The warm line.
    pub solid: &'a [f64],
    /// The dashed line.
    pub dashed: &'a [f64],
    /// The place of the query, and its estimate.
    pub query: [f64; 2],
    /// Names of warm line and dashed line.
    pub names: [&'a str; 2],
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// Paints the curves with their legend.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, along: &Along<'_>) {
    let response = ui.interact(rect, ui.scope_id().with("along"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &along.spoken));
    let (Some(first), Some(last)) = (along.xs.first().copied(), along.xs.last().copied()) else {
        return;
    };
    let legend = theme.px(24.0);
    let numbers = theme.px(18.0);
    let plot = Rect::from_min_max(rect.min, rect.max - vec2(0.0, legend + numbers));
    if plot.height() < theme.px(24.0) || last <= first {
        return;
    }
    let painter = ui.painter_at(rect.expand(theme.px(3.0)));
    let all = || {
        along
            .solid
            .iter()
            .chain(along.dashed)
            .chain(along.truth.into_iter().flatten())
    };
    let most = all()
        .filter(|y| y.is_finite())
        .fold(1e-12_f64, |most, y| most.max(y.abs()));
    let x_at = |x: f64| plot.left() + plot.width() * ((x - first) / (last - first)) as f32;
    let y_at = |y: f64| plot.center().y - 0.46 * plot.height() * (y / most) as f32;
    painter.hline(
        plot.x_range(),
        painter.round_to_pixel_center(y_at(0.0)),
        theme.hairline(theme.line),
    );
    let small = Set::regular(size::TICK, theme.ink2);
    for tick in ticks(first, last, (plot.width() / theme.px(70.0)).clamp(2.0, 8.0) as usize) {
        let number = name::line(&painter, theme, &tick_text(tick), small);
        let x = x_at(tick);
        let half = 0.5 * number.size().x;
        if x - half >= plot.left() && x + half <= plot.right() {
            put(
                &painter,
                Align2::CENTER_TOP,
                pos2(x, plot.bottom() + theme.px(2.0)),
                &number,
            );
        }
        let ends = plot.bottom() - theme.px(3.0)..=plot.bottom();
        painter.vline(painter.round_to_pixel_center(x), ends, theme.hairline(theme.ink3));
    }
    let line = |ys: &[f64]| -> Vec<Pos2> {
        std::iter::zip(along.xs, ys)
            .filter(|(_, y)| y.is_finite())
            .map(|(x, y)| pos2(x_at(*x), y_at(*y)))
            .collect()
    };
    if let Some(truth) = along.truth {
        painter.add(Shape::line(line(truth), Stroke::new(theme.px(9.0), theme.clean_band())));
    }
    let [x, y] = along.query;
    painter.vline(x_at(x), plot.y_range(), Stroke::new(theme.px(1.5), theme.ink2));
    let dashes = Stroke::new(theme.px(2.0), theme.ink);
    painter.extend(Shape::dashed_line(
        &line(along.dashed),
        dashes,
        theme.px(6.0),
        theme.px(4.0),
    ));
    painter.add(Shape::line(line(along.solid), Stroke::new(theme.px(3.0), theme.query)));
    if y.is_finite() {
        painter.add(Shape::convex_polygon(
            glyphs::diamond(pos2(x_at(x), y_at(y)), theme.px(0.75 * glyphs::QUERY_RADIUS)),
            theme.query,
            Stroke::new(theme.px(1.5), theme.ink),
        ));
    }
    let mut left = rect.left();
    let middle = rect.bottom() - 0.4 * legend;
    let swatch = theme.px(26.0);
    let words = [
        ("truth *f*", along.truth.is_some()),
        (along.names[1], true),
        (along.names[0], true),
    ];
    for (i, (word, _)) in words.iter().enumerate().filter(|(_, (_, shown))| *shown) {
        let set = if i == 2 {
            Set::strong(size::BODY, theme.query_text)
        } else {
            Set::regular(size::BODY, theme.ink)
        };
        let text = name::line(&painter, theme, word, set);
        let ends = [pos2(left, middle), pos2(left + swatch, middle)];
        match i {
            0 => {
                painter.line_segment(ends, Stroke::new(theme.px(9.0), theme.clean_band()));
            }
            1 => painter.extend(Shape::dashed_line(&ends, dashes, theme.px(6.0), theme.px(4.0))),
            _ => {
                painter.line_segment(ends, Stroke::new(theme.px(3.0), theme.query));
            }
        }
        let end = put(
            &painter,
            Align2::LEFT_CENTER,
            pos2(left + swatch + theme.px(7.0), middle),
            &text,
        );
        left = end.right() + theme.px(22.0);
    }
}
