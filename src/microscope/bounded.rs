//! Bars inside the outline of a bound, on a logarithmic axis: how much of what is allowed is used.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// One bar.
pub struct Row {
    /// Its name, with `*x*` for symbols.
    pub name: String,
    /// Its end; 0 has no bar.
    pub value: f64,
    /// The end of its outline.
    pub bound: f64,
    /// Words at the right of the name; what follows a colon may be left out.
    pub aside: String,
    /// It is the one that is spoken of.
    pub strong: bool,
}

/// The decades of the axis.
fn decades(rows: &[Row]) -> (i32, i32) {
    let all = || {
        rows.iter()
            .flat_map(|row| [row.value, row.bound])
            .filter(|x| *x > 0.0 && x.is_finite())
    };
    let most = all().fold(f64::MIN_POSITIVE, f64::max).log10().ceil() as i32;
    let least = all().fold(f64::MAX, f64::min).log10().floor() as i32;
    // A shift of nearly nothing must not squeeze all others.
    (least.clamp(most - 9, most - 2), most)
}

/// Paints the bars.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, rows: &[Row], spoken: &str) {
    let response = ui.interact(rect, ui.scope_id().with("bounded"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, spoken));
    let foot = theme.px(22.0);
    if rows.is_empty() || rect.height() < foot + theme.px(30.0) {
        return;
    }
    let painter = ui.painter_at(rect.expand(theme.px(6.0)));
    let (low, high) = decades(rows);
    let x = |value: f64| {
        let share = (value.log10() - f64::from(low)) / f64::from(high - low);
        rect.left() + rect.width() * share.clamp(0.0, 1.0) as f32
    };
    let each = ((rect.height() - foot) / rows.len() as f32).min(theme.px(72.0));
    let bottom = rect.top() + each * rows.len() as f32;
    let set = Set::regular(size::TICK, theme.ink2);
    let mut right = f32::NEG_INFINITY;
    for decade in low..=high {
        let at = painter.round_to_pixel_center(x(10_f64.powi(decade)));
        painter.vline(at, rect.top()..=bottom, theme.hairline(theme.grid));
        let words = match decade {
            -2..=4 => text::number(10_f64.powi(decade))
                .trim_end_matches(".00")
                .replace(".0", ""),
            _ => text::power_of_ten(f64::from(decade)),
        };
        let words = match decade {
            1 => "10".to_owned(),
            2 => "100".to_owned(),
            -1 => "0.1".to_owned(),
            -2 => "0.01".to_owned(),
            _ => words,
        };
        let line = name::line(&painter, theme, &words, set);
        let half = 0.5 * line.size().x;
        let centre = at.clamp(rect.left() + half, rect.right() - half);
        if centre - half > right + theme.px(8.0) {
            put(
                &painter,
                Align2::CENTER_TOP,
                pos2(centre, bottom + theme.px(4.0)),
                &line,
            );
            right = centre + half;
        }
    }
    for (i, row) in rows.iter().enumerate() {
        let top = rect.top() + i as f32 * each;
        let colour = if row.strong { theme.ink } else { theme.ink2 };
        let name_set = if row.strong {
            Set::strong(size::BODY, colour)
        } else {
            Set::regular(size::BODY, colour)
        };
        let name = name::line(&painter, theme, &row.name, name_set);
        name.paint_halo(&painter, theme, pos2(rect.left(), top));
        // Where there is no room for all of it, its last part is left out.
        let short = row.aside.rsplit_once(": ").map_or("", |(short, _)| short);
        let aside = [row.aside.as_str(), short]
            .map(|words| name::line(&painter, theme, words, Set::regular(size::BODY, theme.ink)))
            .into_iter()
            .find(|aside| name.size().x + aside.size().x + theme.px(10.0) < rect.width());
        if let Some(aside) = aside {
            aside.paint_halo(&painter, theme, pos2(rect.right() - aside.size().x, top));
        }
        let bar = Rect::from_min_max(
            pos2(rect.left(), top + name.size().y + theme.px(3.0)),
            pos2(rect.right(), top + each - theme.px(9.0)),
        );
        if bar.height() < 2.0 {
            continue;
        }
        let until = |value: f64| Rect::from_min_max(bar.min, pos2(x(value), bar.bottom()));
        if row.bound > 0.0 {
            let outline = Stroke::new(theme.strokes.thin, colour);
            painter.rect(until(row.bound), 0.0, theme.canvas, outline, StrokeKind::Inside);
        }
        if row.value > 0.0 {
            let fill = if row.strong { theme.query } else { theme.ink3 };
            let inner = until(row.value).shrink2(vec2(0.0, theme.px(3.0)));
            painter.rect_filled(
                inner.with_max_x(inner.right().max(inner.left() + theme.px(1.5))),
                0.0,
                fill,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_holds_what_is_shown_and_is_not_squeezed() {
        let row = |value: f64, bound: f64| Row {
            name: String::new(),
            value,
            bound,
            aside: String::new(),
            strong: false,
        };
        assert_eq!(decades(&[row(0.179, 97.3), row(0.0017, 65.8)]), (-3, 2));
        assert_eq!(decades(&[row(0.0, 97.3)]), (0, 2), "an outline alone");
        assert_eq!(decades(&[row(1e-30, 1.0)]), (-9, 0));
        let (low, high) = decades(&[row(0.0, 0.0)]);
        assert!(low < high);
    }
}
