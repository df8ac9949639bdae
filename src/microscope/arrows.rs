//! Vectors of two layers in a plane of their own: of each token the one before, pale, and the one now. Their heads are dragged.

use egui::{
    Align2, Color32, Key, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::put;
use crate::board::glyphs::TOUCH_RADIUS;
use crate::board::view::{tick_text, ticks};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{self, size};
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// Up to how many tokens each has its arrows from the origin; of more, its jump alone.
const FEW: usize = 6;
/// Up to how many tokens carry their names.
const NAMED: usize = 12;

/// What is shown.
pub struct Arrows<'a> {
    /// Heads of the layer before.
    pub previous: &'a [[f64; 2]],
    /// Heads of this layer, as many.
    pub present: &'a [[f64; 2]],
    /// One name per token.
    pub names: &'a [String],
    /// Half of what is shown, along both axes.
    pub half: [f64; 2],
    /// Names of the axes.
    pub axes: [&'a str; 2],
    /// The heads can be dragged.
    pub free: bool,
    /// The token that is linked.
    pub linked: Option<usize>,
}

/// A head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Of the layer before.
    Previous(usize),
    /// Of this layer.
    Present(usize),
}

/// What the hand does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hand {
    /// A head is put somewhere.
    To(Head, [f64; 2]),
    /// It is let go.
    Release,
    /// The pointer is on a token's head.
    Over(usize),
}

/// Half of a plane that shows all points, with a margin.
pub fn half(points: impl IntoIterator<Item = [f64; 2]>) -> [f64; 2] {
    let most = points.into_iter().fold([0.0_f64; 2], |most, at| {
        [0, 1].map(|i| {
            if at[i].is_finite() {
                most[i].max(at[i].abs())
            } else {
                most[i]
            }
        })
    });
    let least = 0.12 * most[0].max(most[1]);
    let least = if least > 0.0 { least } else { 1.0 };
    most.map(|x| 1.25 * x.max(least))
}

/// Where the plane is on the screen.
#[derive(Clone, Copy)]
struct Place {
    centre: Pos2,
    per_unit: f64,
}

impl Place {
    fn screen(self, [x, y]: [f64; 2]) -> Pos2 {
        let far = |x: f64| (x * self.per_unit).clamp(-1e5, 1e5) as f32;
        self.centre + vec2(far(x), -far(y))
    }

    fn world(self, at: Pos2) -> [f64; 2] {
        let off = at - self.centre;
        [f64::from(off.x) / self.per_unit, -f64::from(off.y) / self.per_unit]
    }
}

/// Paints the arrows and listens. Returns where each head can be grabbed in `grabs`.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, arrows: &Arrows<'_>, grabs: &mut Vec<(Head, Rect)>) -> Vec<Hand> {
    let mut hands = Vec::new();
    if rect.width() < theme.px(60.0) || rect.height() < theme.px(40.0) {
        return hands;
    }
    let painter = ui.painter_at(rect);
    let [half_x, half_y] = arrows.half;
    let place = Place {
        centre: rect.center(),
        per_unit: (f64::from(rect.width()) / (2.0 * half_x)).min(f64::from(rect.height()) / (2.0 * half_y)),
    };
    frame(&painter, rect, theme, arrows, place);
    let n = arrows.present.len().min(arrows.previous.len());
    let heads: Vec<(Head, Pos2)> = (0..n)
        .map(|i| (Head::Previous(i), place.screen(arrows.previous[i])))
        .chain((0..n).map(|i| (Head::Present(i), place.screen(arrows.present[i]))))
        .collect();
    let pale = theme::faded(theme.ink, 0.42);
    for i in 0..n {
        let (before, now) = (heads[i].1, heads[n + i].1);
        if n <= FEW {
            arrow(&painter, theme, place.centre, before, theme.strokes.thin, pale);
            arrow(&painter, theme, place.centre, now, theme.strokes.object, theme.ink);
        } else {
            painter.circle_stroke(before, theme.px(3.5), Stroke::new(theme.px(1.5), pale));
            painter.line_segment([before, now], Stroke::new(theme.px(2.0), theme.ink));
            painter.circle_filled(now, theme.px(3.5), theme.ink);
        }
        if arrows.linked == Some(i) {
            painter.circle_stroke(now, theme.px(11.0), Stroke::new(theme.px(2.0), theme.ink));
        }
    }
    // The jump is what is measured.
    let dots = |from: Pos2, to: Pos2| Shape::dotted_line(&[from, to], theme.ink2, theme.px(4.0), theme.px(1.0));
    for i in (0..n).filter(|_| n <= FEW) {
        painter.extend(dots(heads[i].1, heads[n + i].1));
    }
    names(&painter, rect, theme, arrows, &heads, n);
    for (head, at) in &heads {
        let reach = reach(theme, &heads, *at);
        let grab = Rect::from_center_size(*at, Vec2::splat(2.0 * reach)).intersect(rect);
        if !grab.is_positive() {
            continue;
        }
        let (token, before) = match head {
            Head::Previous(token) => (*token, true),
            Head::Present(token) => (*token, false),
        };
        let sense = if arrows.free {
            Sense::click_and_drag()
        } else {
            Sense::hover()
        };
        let response = ui.interact(grab, ui.scope_id().with(("head", before, token)), sense);
        let [x, y] = if before {
            arrows.previous[token]
        } else {
            arrows.present[token]
        };
        let label = if before {
            format!("Value {} of the layer before", token + 1)
        } else {
            format!("Value {}", token + 1)
        };
        let spoken = crate::lab::readout::text::spoken(&format!(
            "{label}, {}, {}",
            crate::lab::readout::text::coordinate(x),
            crate::lab::readout::text::coordinate(y)
        ));
        response.tell(&|| WidgetInfo::labeled(Role::Button, arrows.free, &spoken));
        grabs.push((*head, grab));
        if response.hovered() || response.dragged() {
            painter.circle_filled(*at, theme.px(12.0), theme.hover_disc());
            hands.push(Hand::Over(token));
        }
        if response.has_focus() {
            painter.circle_stroke(*at, theme.px(12.0), theme.focus_stroke());
        }
        listen(ui, &response, *head, [x, y], place, &mut hands);
    }
    hands
}

fn listen(ui: &Ui, response: &Response, head: Head, [x, y]: [f64; 2], place: Place, hands: &mut Vec<Hand>) {
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        hands.push(Hand::To(head, place.world(at)));
    }
    let mut moved = false;
    if response.has_focus() {
        widgets::keep_arrows(ui, response);
        let [right, up] = ui.input(|input| {
            let presses = |key| input.num_presses(key) as f64;
            let size = if input.modifiers.shift { 20.0 } else { 4.0 };
            [
                size * (presses(Key::ArrowRight) - presses(Key::ArrowLeft)),
                size * (presses(Key::ArrowUp) - presses(Key::ArrowDown)),
            ]
        });
        if right != 0.0 || up != 0.0 {
            let to = [x + right / place.per_unit, y + up / place.per_unit];
            hands.push(Hand::To(head, to));
            moved = true;
        }
    }
    if response.drag_stopped() || moved {
        hands.push(Hand::Release);
    }
}

/// Half the way to the nearest other head.
fn reach(theme: &Theme, heads: &[(Head, Pos2)], at: Pos2) -> f32 {
    let apart = heads
        .iter()
        .map(|(_, other)| 0.5 * (*other - at).abs().max_elem())
        .filter(|apart| *apart > 1.0);
    apart.fold(theme.px(TOUCH_RADIUS), f32::min).max(theme.px(7.0))
}

fn frame(painter: &Painter, rect: Rect, theme: &Theme, arrows: &Arrows<'_>, place: Place) {
    let small = Set::regular(size::TICK, theme.ink2);
    let [right, top] = place.world(rect.right_top());
    let most = |side: f32| (side / theme.px(72.0)).clamp(2.0, 8.0) as usize;
    for x in ticks(-right, right, most(rect.width())) {
        let at = painter.round_to_pixel_center(place.screen([x, 0.0]).x);
        painter.vline(at, rect.y_range(), theme.hairline(theme.grid));
        let text = name::line(painter, theme, &tick_text(x), small);
        if x != 0.0 && rect.shrink(theme.px(16.0)).x_range().contains(at) {
            put(
                painter,
                Align2::CENTER_BOTTOM,
                pos2(at, rect.bottom() - theme.px(2.0)),
                &text,
            );
        }
    }
    for y in ticks(-top, top, most(rect.height())) {
        let at = painter.round_to_pixel_center(place.screen([0.0, y]).y);
        painter.hline(rect.x_range(), at, theme.hairline(theme.grid));
        let text = name::line(painter, theme, &tick_text(y), small);
        if y != 0.0 && rect.shrink(theme.px(22.0)).y_range().contains(at) {
            put(
                painter,
                Align2::LEFT_CENTER,
                pos2(rect.left() + theme.px(4.0), at),
                &text,
            );
        }
    }
    painter.hline(
        rect.x_range(),
        painter.round_to_pixel_center(place.centre.y),
        theme.hairline(theme.ink3),
    );
    painter.vline(
        painter.round_to_pixel_center(place.centre.x),
        rect.y_range(),
        theme.hairline(theme.ink3),
    );
    painter.rect_stroke(rect, 0.0, theme.hairline(theme.line), egui::StrokeKind::Inside);
    let body = Set::regular(size::BODY, theme.ink2);
    let across = name::line(painter, theme, arrows.axes[0], body);
    put(
        painter,
        Align2::RIGHT_TOP,
        pos2(rect.right() - theme.px(6.0), place.centre.y + theme.px(3.0)),
        &across,
    );
    let up = name::line(painter, theme, arrows.axes[1], body);
    put(
        painter,
        Align2::LEFT_TOP,
        pos2(place.centre.x + theme.px(6.0), rect.top() + theme.px(4.0)),
        &up,
    );
}

/// Names beside the heads of this layer; heads at one place share a name.
fn names(painter: &Painter, rect: Rect, theme: &Theme, arrows: &Arrows<'_>, heads: &[(Head, Pos2)], n: usize) {
    if n > NAMED {
        return;
    }
    let at = |i: usize| heads[n + i].1;
    for i in 0..n {
        if (0..i).any(|j| at(j).distance(at(i)) < theme.px(4.0)) {
            continue;
        }
        let same: Vec<String> = (i..n)
            .filter(|j| at(*j).distance(at(i)) < theme.px(4.0))
            .map(|j| format!("*{}*", arrows.names.get(j).map_or("", String::as_str).replace('k', "v")))
            .collect();
        let line = name::line(painter, theme, &same.join(", "), Set::regular(size::BODY, theme.ink));
        let out = at(i) - rect.center();
        let (anchor, aside) = if out.x >= 0.0 {
            (Align2::LEFT_BOTTOM, theme.px(7.0))
        } else {
            (Align2::RIGHT_BOTTOM, -theme.px(7.0))
        };
        let mut place = anchor.anchor_size(at(i) + vec2(aside, -theme.px(4.0)), line.size());
        let inside = rect.shrink(theme.px(3.0));
        place = place.translate(vec2(
            (inside.left() - place.left()).max(0.0) - (place.right() - inside.right()).max(0.0),
            (inside.top() - place.top()).max(0.0) - (place.bottom() - inside.bottom()).max(0.0),
        ));
        line.paint_halo(painter, theme, place.min);
    }
}

/// An arrow with its head; a very short one is a dot.
fn arrow(painter: &Painter, theme: &Theme, from: Pos2, to: Pos2, width: f32, colour: Color32) {
    let way = to - from;
    if way.length() < theme.px(6.0) {
        painter.circle_filled(to, theme.px(4.0), colour);
        return;
    }
    let along = way.normalized();
    let head = theme.px(11.0).min(0.6 * way.length());
    let neck = to - head * along;
    painter.line_segment([from, neck], Stroke::new(width, colour));
    let across = 0.46 * head * along.rot90();
    painter.add(Shape::convex_polygon(
        vec![to, neck + across, neck - across],
        colour,
        Stroke::NONE,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_holds_every_point_and_is_never_flat() {
        assert_eq!(half([[0.0, 0.0]]), [1.25, 1.25]);
        let [x, y] = half([[2.0, 0.0], [-4.0, 0.1]]);
        assert!(x >= 4.0 && y >= 0.1 && y > 0.1 * x, "{x} {y}");
        assert_eq!(half([[f64::NAN, 1.0]])[1], 1.25);
    }
}
