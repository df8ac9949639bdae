//! Eigenvalues as bars with a picture under each of the first, and the cut between the axes that are kept and the others.

use egui::{Align2, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// Axes with a picture.
pub const PICTURES: usize = 4;

/// What is shown.
pub struct Spectrum<'a> {
    /// Share of each axis, in the order in which they are shown.
    pub shares: &'a [f64],
    /// How many axes are kept.
    pub kept: usize,
    /// The axis on the board.
    pub chosen: usize,
    /// Whether the axis has an eigenvalue (nearly) equal to another one: it is then not defined.
    pub undefined: &'a [bool],
    /// The axes that have a picture, see [`pictured`].
    pub pictured: &'a [usize],
}

/// The axes that have a picture: the first ones, and the one on the board.
pub fn pictured(axes: usize, chosen: usize) -> Vec<usize> {
    let mut shown: Vec<usize> = (0..axes.min(PICTURES)).collect();
    if chosen >= PICTURES
        && chosen < axes
        && let Some(last) = shown.last_mut()
    {
        *last = chosen;
    }
    shown
}

/// What the hand does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Chooses the axis for the board.
    Choose(usize),
    /// Drags the cut: so many axes are kept.
    Drag(usize),
    /// Sets the cut: so many axes are kept.
    Keep(usize),
    /// The drag of the cut is over.
    Release,
}

/// Where things are.
struct Places {
    /// Width of an axis with a picture.
    column: f32,
    /// Where the small bars begin, and how wide one is.
    rest: (f32, f32),
    left: f32,
    columns: usize,
    axes: usize,
}

impl Places {
    fn new(rect: Rect, theme: &Theme, axes: usize, columns: usize) -> Self {
        let others = axes.saturating_sub(columns);
        let room = if others > 0 {
            (0.17 * rect.width()).max(theme.px(46.0))
        } else {
            theme.px(12.0)
        };
        let column = (rect.width() - room) / columns.max(1) as f32;
        let column = column.min(theme.px(120.0));
        Self {
            column,
            rest: (
                rect.left() + column * columns as f32 + theme.px(4.0),
                (room - theme.px(6.0)) / others.max(1) as f32,
            ),
            left: rect.left(),
            columns,
            axes,
        }
    }

    /// Where the cut stands when so many axes are kept.
    fn cut(&self, kept: usize) -> f32 {
        if kept <= self.columns {
            self.left + kept as f32 * self.column
        } else {
            self.rest.0 + (kept - self.columns) as f32 * self.rest.1
        }
    }

    fn kept_at(&self, x: f32) -> usize {
        (1..=self.axes)
            .min_by(|a, b| (self.cut(*a) - x).abs().total_cmp(&(self.cut(*b) - x).abs()))
            .unwrap_or(1)
    }
}

/// Paints the spectrum and listens. `picture` paints the field of an axis into a rectangle, with a strength from 0 to 1.
pub fn ui(
    ui: &mut Ui,
    rect: Rect,
    theme: &Theme,
    spectrum: &Spectrum<'_>,
    picture: &mut dyn FnMut(&Painter, usize, Rect, f32),
) -> Option<Hand> {
    let axes = spectrum.shares.len();
    let columns = spectrum.pictured.len();
    if axes == 0 || columns == 0 || rect.height() < theme.px(60.0) {
        return None;
    }
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let places = Places::new(rect, theme, axes, columns);
    let name_height = theme.px(20.0);
    let side = (places.column - theme.px(10.0))
        .min(0.52 * (rect.height() - name_height))
        .max(theme.px(12.0));
    let floor = rect.bottom() - name_height - side - theme.px(6.0);
    let ceiling = rect.top() + theme.px(20.0);
    let most = spectrum.shares.iter().copied().fold(1e-12, f64::max);
    let bar = |x: f32, width: f32, share: f64| {
        let height = ((floor - ceiling).max(0.0) * (share / most) as f32).max(1.0);
        Rect::from_min_max(pos2(x - 0.5 * width, floor - height), pos2(x + 0.5 * width, floor))
    };
    let ink = |axis: usize| if axis < spectrum.kept { theme.ink } else { theme.ink3 };
    painter.hline(rect.x_range(), floor, theme.hairline(theme.ink3));
    let mut hand = None;
    for (place, &axis) in spectrum.pictured.iter().enumerate() {
        let share = spectrum.shares.get(axis).copied().unwrap_or_default();
        let centre = places.left + (place as f32 + 0.5) * places.column;
        let bar = bar(centre, 0.42 * side, share);
        painter.rect_filled(bar, 0.0, ink(axis));
        let number = name::line(
            &painter,
            theme,
            &text::percent(share),
            Set::regular(size::BODY, theme.ink2),
        );
        put(
            &painter,
            Align2::CENTER_BOTTOM,
            bar.center_top() - vec2(0.0, theme.px(2.0)),
            &number,
        );
        let thumb = Rect::from_center_size(pos2(centre, floor + theme.px(5.0) + 0.5 * side), vec2(side, side));
        let strength = if axis < spectrum.kept { 1.0 } else { 0.55 };
        picture(&painter.with_clip_rect(thumb), axis, thumb, strength);
        if spectrum.undefined.get(axis).copied().unwrap_or_default() {
            super::bars::dashed_rect(&painter, theme, thumb.expand(1.0), theme.disputed);
        }
        let chosen = axis == spectrum.chosen;
        if chosen {
            let stroke = Stroke::new(theme.strokes.zero_line, theme.ink);
            painter.rect_stroke(thumb.expand(theme.px(2.0)), theme.px(2.0), stroke, StrokeKind::Outside);
        }
        let set = if chosen {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, theme.ink2)
        };
        let label = name::line(&painter, theme, &format!("axis {}", axis + 1), set);
        put(
            &painter,
            Align2::CENTER_TOP,
            pos2(centre, thumb.bottom() + theme.px(4.0)),
            &label,
        );
        let whole = Rect::from_min_max(
            pos2(centre - 0.5 * places.column, rect.top()),
            pos2(centre + 0.5 * places.column, rect.bottom()),
        );
        let response = ui.interact(whole, ui.scope_id().with(("axis", place)), Sense::click());
        response.tell(&|| {
            let words = format!("Axis {}, {}", axis + 1, text::spoken(&text::percent(share)));
            WidgetInfo::selected(Role::RadioButton, true, chosen, words)
        });
        if response.has_focus() {
            painter.rect_stroke(
                thumb.expand(theme.px(3.0)),
                theme.px(3.0),
                theme.focus_stroke(),
                StrokeKind::Outside,
            );
        }
        if response.clicked() {
            hand = Some(Hand::Choose(axis));
        }
    }
    paint_rest(&painter, theme, spectrum, &places, floor, &bar);
    cut_ui(ui, rect, theme, spectrum, &places).or(hand)
}

/// The axes without a picture, small.
fn paint_rest(
    painter: &Painter,
    theme: &Theme,
    spectrum: &Spectrum<'_>,
    places: &Places,
    floor: f32,
    bar: &dyn Fn(f32, f32, f64) -> Rect,
) {
    let (start, slot) = places.rest;
    for axis in places.columns..places.axes {
        let share = spectrum.shares.get(axis).copied().unwrap_or_default();
        let x = start + (axis - places.columns) as f32 * slot + 0.5 * slot;
        let ink = if axis < spectrum.kept { theme.ink } else { theme.ink3 };
        painter.rect_filled(bar(x, (0.7 * slot).max(0.5), share), 0.0, ink);
    }
    let first = places.columns + 1;
    if first <= places.axes {
        let words = if first == places.axes {
            first.to_string()
        } else {
            format!("{first}–{}", places.axes)
        };
        let line = name::line(painter, theme, &words, Set::regular(size::BODY, theme.ink2));
        let middle = start + 0.5 * slot * (places.axes - places.columns) as f32;
        put(painter, Align2::CENTER_TOP, pos2(middle, floor + theme.px(6.0)), &line);
    }
}

/// The cut: a line with a handle; it is dragged, or moved with the arrow keys.
fn cut_ui(ui: &mut Ui, rect: Rect, theme: &Theme, spectrum: &Spectrum<'_>, places: &Places) -> Option<Hand> {
    let kept = spectrum.kept.clamp(1, places.axes);
    let x = places.cut(kept);
    let handle = pos2(x, rect.top() + theme.px(10.0));
    let grab = Rect::from_center_size(handle, vec2(theme.px(28.0), theme.px(44.0)));
    let response = ui.interact(grab, ui.scope_id().with("cut"), Sense::click_and_drag());
    response.tell(&|| WidgetInfo::slider(true, kept as f64, format!("Axes kept, {kept} of {}", places.axes)));
    widgets::keep_arrows(ui, &response);
    let painter = ui.painter();
    let stroke = Stroke::new(theme.strokes.thin, theme.ink);
    painter.line_segment([handle, pos2(x, rect.bottom() - theme.px(18.0))], stroke);
    painter.circle(
        handle,
        theme.px(6.0),
        theme.canvas,
        Stroke::new(theme.strokes.zero_line, theme.ink),
    );
    if response.has_focus() {
        painter.circle_stroke(handle, theme.px(11.0), theme.focus_stroke());
    }
    if response.dragged()
        && let Some(at) = response.interact_pointer_pos()
    {
        return Some(Hand::Drag(places.kept_at(at.x)));
    }
    if response.drag_stopped() {
        return Some(Hand::Release);
    }
    let steps = widgets::arrow_steps(ui, &response)?;
    let next = (kept as f64 + steps).clamp(1.0, places.axes as f64) as usize;
    (next != kept).then_some(Hand::Keep(next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::theme::LIGHT;

    #[test]
    fn the_axis_on_the_board_has_a_picture() {
        assert_eq!(pictured(11, 1), vec![0, 1, 2, 3]);
        assert_eq!(pictured(11, 7), vec![0, 1, 2, 7]);
        assert_eq!(pictured(2, 0), vec![0, 1]);
        assert!(pictured(0, 0).is_empty());
    }

    #[test]
    fn the_cut_is_found_where_it_is_painted() {
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(342.0, 180.0));
        for (axes, columns) in [(11, 4), (2, 2), (81, 4), (5, 4)] {
            let places = Places::new(rect, &LIGHT, axes, columns);
            for kept in 1..=axes {
                assert_eq!(places.kept_at(places.cut(kept)), kept, "{kept} of {axes}");
            }
            assert!(places.cut(axes) <= rect.right() + 1.0, "the last cut is inside");
            assert_eq!(places.kept_at(f32::MIN), 1, "one axis is always kept");
        }
    }
}
