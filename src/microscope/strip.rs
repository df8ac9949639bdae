//! Values along a sequence, once for each head, averaged in blocks. The end of a head's first block is dragged: that is its
//! factor. Where values are single numbers, those of a head that averages nothing are dragged up and down.

use std::ops::Range;

use egui::{Align2, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// Tokens up to which each value can be dragged.
const MOST_DRAGGED: usize = 64;
/// The least width of a token on which the handle of a factor is measured, in points.
const LEAST: f32 = 9.0;
/// Factors that a handle snaps to.
const FACTORS: [u8; 4] = [1, 2, 4, 8];

/// A head.
pub struct Row<'a> {
    /// Its name, with `*x*` for symbols.
    pub name: String,
    /// Which tokens make each coarse one; none where the factor does not fit.
    pub blocks: &'a [Range<usize>],
    /// A value for each block.
    pub values: &'a [f64],
    /// Tokens that are in no block.
    pub left_out: Range<usize>,
    /// How many tokens make a block.
    pub factor: u8,
    /// Why it has no blocks.
    pub refusal: Option<String>,
}

/// What is shown.
pub struct Strip<'a> {
    /// The heads, from top to bottom.
    pub rows: &'a [Row<'a>],
    /// Number of tokens.
    pub n: usize,
    /// The head that is framed.
    pub shown: usize,
    /// Tokens before the first block that is averaged.
    pub apart: usize,
    /// The largest size of a value: the height of a row.
    pub most: f64,
    /// Values are single numbers that can be dragged; a drag over the height of a row changes one by this.
    pub drags: Option<f64>,
    /// The token that is linked.
    pub linked: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// What the hand does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hand {
    /// Gives a head a factor.
    Factor(usize, u8),
    /// Gives a token a value.
    Value(usize, f64),
    /// Lets go.
    Release,
    /// Shows a head.
    Show(usize),
}

/// What came of a frame.
#[derive(Default)]
pub struct Hit {
    /// What the hand does, in order.
    pub hands: Vec<Hand>,
    /// The token under the pointer.
    pub hovered: Option<usize>,
    /// Where the handles are: the factor of the framed head, the values of the tokens in order.
    pub handles: Vec<Rect>,
}

/// Where the cells of a row are.
#[derive(Clone, Copy)]
struct Axis {
    left: f32,
    width: f32,
    n: usize,
}

impl Axis {
    fn x(self, token: usize) -> f32 {
        self.left + self.width * token as f32 / self.n.max(1) as f32
    }

    fn each(self) -> f32 {
        self.width / self.n.max(1) as f32
    }

    fn token(self, x: f32) -> usize {
        (((x - self.left) / self.each()).max(0.0) as usize).min(self.n.saturating_sub(1))
    }
}

/// Paints the heads and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, strip: &Strip<'_>) -> Hit {
    let mut hit = Hit::default();
    if strip.rows.is_empty() || strip.n == 0 || rect.height() < theme.px(40.0) {
        return hit;
    }
    let painter = ui.painter_at(rect.expand(theme.px(8.0)));
    let names: Vec<name::Text> = strip
        .rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let set = if i == strip.shown {
                Set::strong(size::BODY, theme.ink)
            } else {
                Set::regular(size::BODY, theme.ink2)
            };
            name::line(&painter, theme, &row.name, set)
        })
        .collect();
    let widest = names.iter().map(|name| name.size().x).fold(0.0, f32::max);
    let left = rect.left() + widest + theme.px(16.0);
    let axis = Axis {
        left,
        width: (rect.right() - theme.px(3.0) - left).max(1.0),
        n: strip.n,
    };
    let each = (rect.height() / strip.rows.len() as f32).min(theme.px(44.0));
    let whole = Rect::from_min_max(
        pos2(left, rect.top()),
        pos2(rect.right(), rect.top() + each * names.len() as f32),
    );
    let response = ui.interact(whole, ui.scope_id().with("strip"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &strip.spoken));
    hit.hovered = response.hover_pos().map(|at| axis.token(at.x));
    let draggable = strip
        .rows
        .iter()
        .position(|row| row.factor == 1 && row.refusal.is_none())
        .filter(|_| strip.n <= MOST_DRAGGED);
    for (i, (row, words)) in std::iter::zip(strip.rows, &names).enumerate() {
        let top = rect.top() + i as f32 * each;
        let place = Rect::from_x_y_ranges(
            axis.left..=axis.left + axis.width,
            top + 0.12 * each..=top + 0.88 * each,
        );
        put(
            &painter,
            Align2::LEFT_CENTER,
            pos2(rect.left(), place.center().y),
            words,
        );
        let pick = Rect::from_x_y_ranges(rect.left()..=axis.left - theme.px(4.0), top..=top + each);
        let picked = ui.interact(pick, ui.scope_id().with(("head", i)), Sense::click());
        let spoken = row.name.replace('*', "");
        picked.tell(&|| WidgetInfo::selected(Role::RadioButton, true, i == strip.shown, &spoken));
        if picked.has_focus() {
            painter.rect_stroke(
                pick.shrink(1.0),
                theme.corner(4.0),
                theme.focus_stroke(),
                StrokeKind::Inside,
            );
        }
        if picked.clicked() {
            hit.hands.push(Hand::Show(i));
        }
        row_ui(&painter, theme, place, axis, strip, row);
        if i == strip.shown {
            let stroke = Stroke::new(theme.strokes.thin, theme.ink);
            painter.rect_stroke(place.expand(theme.px(2.0)), 0.0, stroke, StrokeKind::Outside);
        }
        if let Some(base) = strip.drags.filter(|_| draggable == Some(i)) {
            values_ui(ui, &painter, theme, (place, axis, base), row, &mut hit);
        }
    }
    for (i, row) in strip.rows.iter().enumerate() {
        let top = rect.top() + i as f32 * each;
        let place = Rect::from_x_y_ranges(
            axis.left..=axis.left + axis.width,
            top + 0.12 * each..=top + 0.88 * each,
        );
        brace_ui(ui, &painter, theme, (place, axis), strip, (i, row), &mut hit);
    }
    hit
}

/// The blocks of a head with their values.
fn row_ui(painter: &Painter, theme: &Theme, place: Rect, axis: Axis, strip: &Strip<'_>, row: &Row<'_>) {
    if let Some(refusal) = &row.refusal {
        let line = name::line(painter, theme, refusal, Set::regular(size::BODY, theme.ink2));
        put(
            painter,
            Align2::LEFT_CENTER,
            place.left_center() + vec2(theme.px(34.0), 0.0),
            &line,
        );
        return;
    }
    let negative = strip.rows.iter().flat_map(|row| row.values).any(|value| *value < 0.0);
    let floor = if negative { place.center().y } else { place.bottom() };
    let height = if negative { 0.5 * place.height() } else { place.height() };
    let roomy = axis.each() > theme.px(4.0);
    let gap = if roomy { theme.px(1.5) } else { 0.0 };
    let wide = |block: &Range<usize>| {
        Rect::from_x_y_ranges(
            axis.x(block.start) + gap..=(axis.x(block.end) - gap).max(axis.x(block.start) + gap + 0.5),
            place.y_range(),
        )
    };
    for (block, value) in std::iter::zip(row.blocks, row.values) {
        let cell = wide(block);
        let lit = strip.linked.is_some_and(|token| block.contains(&token));
        if lit {
            painter.rect_filled(cell, 0.0, theme.hover);
        }
        let share = if strip.most > 0.0 { value / strip.most } else { 0.0 };
        // Opposite values whose mean is 0 leave a rounding error, which is no number to show.
        let is_zero = share.abs() < 1e-12;
        let end = floor - height * share.clamp(-1.0, 1.0) as f32;
        let bar = Rect::from_two_pos(pos2(cell.left(), floor), pos2(cell.right(), end));
        let colour = if *value < 0.0 { theme.neg } else { theme.pos };
        painter.rect_filled(bar, 0.0, colour);
        if roomy {
            painter.rect_stroke(cell, 0.0, theme.hairline(theme.line), StrokeKind::Inside);
        }
        let plus = if strip.drags.is_some() && *value > 0.0 { "+" } else { "" };
        let words = format!("{plus}{}", text::short(*value));
        let inside = Set::strong(size::BODY, theme.canvas);
        let line = name::line(painter, theme, &words, inside);
        if is_zero || line.size().x + theme.px(6.0) > cell.width() {
            continue;
        }
        if bar.height() >= line.size().y {
            put(painter, Align2::CENTER_CENTER, bar.center(), &line);
        } else if place.height() - bar.height() >= 0.8 * line.size().y || negative {
            let line = name::line(painter, theme, &words, Set::strong(size::BODY, theme.ink));
            let (anchor, y) = if *value < 0.0 {
                (Align2::CENTER_TOP, bar.bottom())
            } else {
                (Align2::CENTER_BOTTOM, bar.top() + theme.px(1.0))
            };
            put(painter, anchor, pos2(cell.center().x, y), &line);
        } else {
            let line = name::line(painter, theme, &words, Set::strong(size::BODY, theme.ink));
            // Neither above the bar nor in it is there room: a patch is under the number.
            let place = Align2::CENTER_CENTER.anchor_size(cell.center(), line.size());
            let patch = place.expand2(vec2(theme.px(3.0), 0.0)).intersect(cell.shrink(1.0));
            painter.rect_filled(patch, theme.corner(3.0), theme.canvas);
            line.paint(painter, place.min);
        }
    }
    if negative {
        painter.hline(
            place.x_range(),
            painter.round_to_pixel_center(floor),
            theme.hairline(theme.ink3),
        );
    }
    if !row.left_out.is_empty() {
        let out = wide(&row.left_out);
        super::bars::dashed_rect(painter, theme, out, theme.ink3);
        let line = name::line(painter, theme, "left out", Set::regular(size::BODY, theme.ink2));
        if line.size().x + theme.px(6.0) <= out.width() {
            put(painter, Align2::CENTER_CENTER, out.center(), &line);
        }
    }
}

/// The values of a head that averages nothing: each is dragged up and down.
fn values_ui(
    ui: &Ui,
    painter: &Painter,
    theme: &Theme,
    (place, axis, base): (Rect, Axis, f64),
    row: &Row<'_>,
    hit: &mut Hit,
) {
    for (block, value) in std::iter::zip(row.blocks, row.values) {
        let token = block.start;
        let cell = Rect::from_x_y_ranges(axis.x(token)..=axis.x(token + 1), place.y_range());
        let held = cell.expand2(vec2(0.0, theme.px(5.0)));
        hit.handles.push(held);
        let response = ui.interact(held, ui.scope_id().with(("value", token)), Sense::click_and_drag());
        response.tell(&|| WidgetInfo::slider(true, *value, format!("Value of token {}", token + 1)));
        if response.hovered() || response.dragged() || response.has_focus() {
            let stroke = if response.has_focus() {
                theme.focus_stroke()
            } else {
                Stroke::new(theme.strokes.thin, theme.ink)
            };
            painter.rect_stroke(cell, 0.0, stroke, StrokeKind::Inside);
        }
        // A gesture is a function of where it began.
        if response.drag_started() {
            ui.data_mut(|data| data.insert_temp(response.id, *value));
        }
        if response.dragged()
            && let Some(began) = ui.data(|data| data.get_temp::<f64>(response.id))
            && let Some((from, at)) = ui.input(|input| input.pointer.press_origin().zip(input.pointer.latest_pos()))
        {
            let change = f64::from((from.y - at.y) / place.height()) * base;
            hit.hands.push(Hand::Value(token, rounded(began + change, base)));
        }
        if response.drag_stopped() {
            hit.hands.push(Hand::Release);
        }
        if let Some(steps) = widgets::arrow_steps(ui, &response) {
            hit.hands
                .push(Hand::Value(token, rounded(value + steps * base / 16.0, base)));
            hit.hands.push(Hand::Release);
        }
    }
}

/// In steps of a 64th of what is usual here, as a power of two, so that values are short numbers.
fn rounded(value: f64, base: f64) -> f64 {
    let step = (base / 48.0).log2().round().exp2();
    (value / step).round() * step
}

/// The end of a head's first block.
fn brace_ui(
    ui: &Ui,
    painter: &Painter,
    theme: &Theme,
    (place, axis): (Rect, Axis),
    strip: &Strip<'_>,
    (i, row): (usize, &Row<'_>),
    hit: &mut Hit,
) {
    let unit = axis.each().max(theme.px(LEAST));
    let start = axis.x(strip.apart.min(strip.n));
    let x = (start + unit * f32::from(row.factor)).min(axis.left + axis.width);
    let chosen = i == strip.shown;
    let held = Rect::from_center_size(
        pos2(x, place.center().y),
        vec2(
            theme.px(if chosen { 44.0 } else { 26.0 }),
            place.height() + theme.px(8.0),
        ),
    );
    if chosen {
        hit.handles.insert(0, held.expand2(vec2(0.0, theme.px(4.0))));
    }
    let response = ui.interact(held, ui.scope_id().with(("factor", i)), Sense::click_and_drag());
    response.tell(&|| WidgetInfo::slider(true, f64::from(row.factor), format!("Factor of head {}", i + 1)));
    let lit = chosen || response.hovered() || response.dragged() || response.has_focus();
    let knob = Rect::from_center_size(
        pos2(x, place.center().y),
        if lit {
            vec2(theme.px(10.0), 0.74 * place.height())
        } else {
            vec2(theme.px(6.0), 0.5 * place.height())
        },
    );
    let colour = if response.has_focus() {
        theme.focus
    } else if lit {
        theme.ink
    } else {
        theme.ink3
    };
    // An outline alone reads as a zero among numbers: a bar that is quiet, or one with a line to grip.
    if lit {
        let stroke = Stroke::new(theme.px(2.5), colour);
        painter.rect(knob, theme.corner(2.0), theme.canvas, stroke, StrokeKind::Middle);
        let grip = Stroke::new(theme.px(1.5), colour);
        painter.vline(
            knob.center().x,
            knob.shrink2(vec2(0.0, 0.25 * knob.height())).y_range(),
            grip,
        );
    } else {
        painter.rect_filled(knob, theme.corner(2.0), colour);
    }
    let to = |at: f32| {
        let wanted = ((at - start) / unit).max(0.5).log2();
        let apart = |factor: &u8| (f32::from(*factor).log2() - wanted).abs();
        FACTORS.into_iter().min_by(|a, b| apart(a).total_cmp(&apart(b)))
    };
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged())
        && let Some(factor) = to(at.x)
    {
        hit.hands.push(Hand::Factor(i, factor));
    }
    if response.drag_stopped() {
        hit.hands.push(Hand::Release);
    }
    if response.clicked() {
        hit.hands.push(Hand::Show(i));
    }
    if let Some(steps) = widgets::arrow_steps(ui, &response) {
        let at = FACTORS
            .iter()
            .position(|factor| *factor == row.factor)
            .unwrap_or_default();
        let next = if steps > 0.0 {
            (at + 1).min(FACTORS.len() - 1)
        } else {
            at.saturating_sub(1)
        };
        if let Some(factor) = FACTORS.get(next) {
            hit.hands.push(Hand::Factor(i, *factor));
            hit.hands.push(Hand::Release);
        }
    }
    if response.hovered() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
    }
}
