//! The board of the robust lens: the first axis of the clean keys as a pale band, of the seen ones in crimson, of the repaired
//! ones in ink, and where the damaged keys went.

use egui::{Align2, Color32, Painter, Pos2, Shape, Stroke, Vec2, pos2, vec2};

use super::derive::{Line, Picture, SWUNG};
use super::say;
use crate::board::{Mark, View, glyphs, in_the_way};
use crate::lab::Method;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{self, size};

/// Damaged keys up to which each has its way back drawn.
const MOST_WAYS: usize = 12;

/// A line of the board on the screen: a point, and a unit direction.
#[derive(Clone, Copy)]
struct Ray {
    at: Pos2,
    along: Vec2,
}

fn ray(view: &View, line: &Line) -> Ray {
    let at = view.screen_from_world(line.at);
    let ahead = view.screen_from_world([line.at[0] + line.along[0], line.at[1] + line.along[1]]);
    Ray {
        at,
        along: (ahead - at).normalized(),
    }
}

/// Axes point to the right, or up where they are upright, so that they do not flip while a token is dragged.
fn facing(ray: Ray, like: Option<Ray>) -> Ray {
    let flip = match like {
        Some(like) => ray.along.dot(like.along) < 0.0,
        None => ray.along.x < -1e-4 || (ray.along.x.abs() <= 1e-4 && ray.along.y > 0.0),
    };
    Ray {
        along: if flip { -ray.along } else { ray.along },
        ..ray
    }
}

/// The three axes, facing one way.
struct Rays {
    clean: Option<Ray>,
    seen: Option<Ray>,
    repaired: Option<Ray>,
}

fn rays(view: &View, picture: &Picture) -> Rays {
    let clean = picture.lines.clean.map(|line| facing(ray(view, &line), None));
    let other = |line: &Option<Line>| line.as_ref().map(|line| facing(ray(view, line), clean));
    Rays {
        clean,
        seen: other(&picture.lines.seen),
        repaired: other(&picture.lines.repaired),
    }
}

/// How far a line is drawn to either side, in points.
fn reach(view: &View, line: Option<&Line>) -> f32 {
    let board = view.rect();
    let wanted = line.map_or(0.0, |line| 1.3 * line.reach * view.points_per_unit()) as f32;
    wanted.clamp(0.2 * board.width(), 0.62 * board.size().length())
}

fn swung(picture: &Picture) -> bool {
    picture.angle_seen.is_some_and(|angle| angle >= SWUNG)
}

/// The band, the wedge and the lines.
pub(super) fn paint_under(painter: &Painter, view: &View, theme: &Theme, picture: &Picture) {
    let rays = rays(view, picture);
    let lines = &picture.lines;
    if let Some(clean) = rays.clean {
        let half = reach(view, lines.clean.as_ref());
        let width = theme.px(12.0);
        let band = theme.clean_band();
        let (a, b) = (clean.at - half * clean.along, clean.at + half * clean.along);
        painter.line_segment([a, b], Stroke::new(width, band));
        for (end, sign) in [(a, -1.0), (b, 1.0)] {
            half_disc(painter, end, sign * clean.along, 0.5 * width, band);
        }
    }
    if let (Some(clean), Some(seen)) = (rays.clean, rays.seen)
        && swung(picture)
    {
        wedge(painter, view, theme, clean, seen);
    }
    if let Some(seen) = rays.seen.filter(|_| swung(picture)) {
        let half = reach(view, lines.seen.as_ref());
        arrow(painter, theme, seen, half, theme.strokes.object, theme.bad);
    }
    if let Some(repaired) = rays.repaired {
        let half = reach(view, lines.clean.as_ref().or(lines.repaired.as_ref()));
        arrow(painter, theme, repaired, half, theme.px(3.0), theme.ink);
    }
    for way in picture.damaged.iter().take(MOST_WAYS) {
        let (from, to) = (view.screen_from_world(way.seen), view.screen_from_world(way.repaired));
        let stroke = Stroke::new(theme.px(1.75), theme.bad);
        painter.extend(Shape::dashed_line(&[from, to], stroke, theme.px(6.0), theme.px(4.0)));
    }
}

fn half_disc(painter: &Painter, centre: Pos2, along: Vec2, radius: f32, colour: Color32) {
    let start = along.angle() - std::f32::consts::FRAC_PI_2;
    let outline = (0..=12).map(|i| centre + radius * Vec2::angled(start + std::f32::consts::PI * i as f32 / 12.0));
    painter.add(Shape::convex_polygon(outline.collect(), colour, Stroke::NONE));
}

/// An axis with its head.
fn arrow(painter: &Painter, theme: &Theme, ray: Ray, half: f32, width: f32, colour: Color32) {
    let tip = ray.at + half * ray.along;
    let head = theme.px(13.0);
    let neck = tip - head * ray.along;
    painter.line_segment([ray.at - half * ray.along, neck], Stroke::new(width, colour));
    let across = theme.px(5.5) * ray.along.rot90();
    painter.add(Shape::convex_polygon(
        vec![tip, neck + across, neck - across],
        colour,
        Stroke::NONE,
    ));
}

/// Where two lines meet.
fn crossing(a: Ray, b: Ray) -> Option<Pos2> {
    let turn = a.along.x * b.along.y - a.along.y * b.along.x;
    if turn.abs() < 0.02 {
        return None;
    }
    let way = b.at - a.at;
    let share = (way.x * b.along.y - way.y * b.along.x) / turn;
    Some(a.at + share * a.along)
}

/// Where the wedge has its point, and how far it reaches.
fn apex(view: &View, theme: &Theme, clean: Ray, seen: Ray) -> (Pos2, f32) {
    let board = view.rect().shrink(theme.px(40.0));
    let at = crossing(clean, seen)
        .filter(|at| board.contains(*at))
        .unwrap_or(clean.at);
    let room = 0.30 * view.rect().width().min(view.rect().height());
    (at, room)
}

fn wedge(painter: &Painter, view: &View, theme: &Theme, clean: Ray, seen: Ray) {
    let (at, radius) = apex(view, theme, clean, seen);
    let (from, to) = (clean.along.angle(), seen.along.angle());
    let turn = (to - from + std::f32::consts::PI).rem_euclid(std::f32::consts::TAU) - std::f32::consts::PI;
    let mut outline = vec![at];
    outline.extend((0..=24).map(|i| at + radius * Vec2::angled(from + turn * i as f32 / 24.0)));
    painter.add(Shape::convex_polygon(
        outline,
        theme::faded(theme.bad, 0.13),
        Stroke::NONE,
    ));
}

/// Clean selves as dashed rings, repaired keys as discs, and the words of the axes.
///
/// Returns where the words are, as circles in world units with their radius before the theme's scale: names of tokens keep off.
pub(super) fn paint_over(painter: &Painter, view: &View, theme: &Theme, picture: &Picture) -> Vec<([f64; 2], f32)> {
    for way in picture.damaged.iter().take(MOST_WAYS) {
        if let Some(clean) = way.clean {
            let stroke = Stroke::new(theme.px(1.5), theme.ink3);
            glyphs::dashed_circle(
                painter,
                view.screen_from_world(clean),
                theme.px(9.0),
                stroke,
                theme.px(2.8),
            );
        }
        let at = view.screen_from_world(way.repaired);
        painter.circle_filled(at, theme.px(7.5), theme.halo);
        painter.circle_filled(at, theme.px(5.5), theme.ink);
    }
    let words = words(painter, view, theme, picture);
    words
        .into_iter()
        .flat_map(|rect| in_the_way(view, theme, rect))
        .collect()
}

/// The words of the axes, each where it has room.
fn words(painter: &Painter, view: &View, theme: &Theme, picture: &Picture) -> Vec<egui::Rect> {
    let rays = rays(view, picture);
    // The numbers of a plane stand on its left and lower edge.
    let edge = if picture.common.head.dim() <= 2 {
        [30.0, 26.0]
    } else {
        [6.0, 6.0]
    }
    .map(|x| theme.px(x));
    let rect = view.rect();
    let board = egui::Rect::from_min_max(
        pos2(rect.left() + edge[0], rect.top() + theme.px(6.0)),
        pos2(rect.right() - theme.px(6.0), rect.bottom() - edge[1]),
    );
    let mut taken: Vec<egui::Rect> = Vec::new();
    for token in &picture.common.positions.keys {
        taken.push(egui::Rect::from_center_size(
            view.screen_from_world(*token),
            Vec2::splat(theme.px(16.0)),
        ));
    }
    for token in &picture.common.positions.queries {
        let around = Vec2::new(theme.px(44.0), theme.px(76.0));
        taken.push(egui::Rect::from_center_size(view.screen_from_world(*token), around));
    }
    if picture.truth().frame.is_none() && picture.truth().seen.ncols() > 2 {
        // The names of the board's axes stand in two corners.
        let corner = vec2(theme.px(150.0), theme.px(24.0));
        let rect = view.rect();
        taken.push(egui::Rect::from_min_size(rect.min, corner));
        taken.push(egui::Rect::from_min_max(rect.max - corner, rect.max));
    }
    let others = taken.len();
    let mut put = |line: &name::Text, at: Pos2, offsets: &[Vec2]| {
        let place = |offset: &Vec2| {
            let rect = Align2::CENTER_CENTER.anchor_size(at + *offset, line.size());
            let inside = vec2(
                (board.left() - rect.left()).max(0.0) - (rect.right() - board.right()).max(0.0),
                (board.top() - rect.top()).max(0.0) - (rect.bottom() - board.bottom()).max(0.0),
            );
            rect.translate(inside)
        };
        let free = offsets
            .iter()
            .map(place)
            .find(|rect| !taken.iter().any(|other| other.intersects(*rect)));
        let rect = free.unwrap_or_else(|| place(offsets.first().unwrap_or(&Vec2::ZERO)));
        taken.push(rect.expand(theme.px(2.0)));
        line.paint_halo(painter, theme, rect.min);
    };
    let around = |distance: f32| {
        [
            vec2(0.0, -distance),
            vec2(0.0, distance),
            vec2(-1.6 * distance, 0.8 * distance),
            vec2(1.6 * distance, -0.8 * distance),
            vec2(0.0, -2.0 * distance),
            vec2(0.0, 2.0 * distance),
        ]
    };
    if let (Some(clean), Some(seen), Some(angle)) = (rays.clean, rays.seen, picture.angle_seen)
        && swung(picture)
    {
        let half = reach(view, picture.lines.seen.as_ref());
        let word = name::line(
            painter,
            theme,
            say::damage_word(picture),
            Set::strong(size::WORD, theme.bad),
        );
        let tip = (0..20)
            .map(|i| seen.at + half * (1.0 - 0.04 * i as f32) * seen.along)
            .find(|at| board.shrink(theme.px(24.0)).contains(*at))
            .unwrap_or(seen.at);
        put(&word, tip, &around(theme.px(20.0)));
        let (at, radius) = apex(view, theme, clean, seen);
        let middle = (clean.along + seen.along).normalized();
        let middle = if middle.is_finite() { middle } else { clean.along };
        let words = say::degrees(Some(angle));
        let number = name::line(painter, theme, &words, Set::strong(size::WORD, theme.bad));
        put(
            &number,
            at + (radius + theme.px(22.0)) * middle,
            &[Vec2::ZERO, theme.px(26.0) * middle],
        );
    }
    if let Some(clean) = rays.clean {
        let half = reach(view, picture.lines.clean.as_ref());
        let set = Set::regular(size::WORD, theme.ink2);
        let word = name::line(painter, theme, "clean", set);
        let below = around(theme.px(28.0)).map(|offset| -offset);
        put(&word, clean.at - 0.86 * half * clean.along, &below);
        if let Some(repaired) = rays.repaired {
            let words = match picture.method {
                Method::Rpc => "RPC-Attention",
                Method::Pursuit | Method::Both => "repaired",
            };
            let word = name::line(painter, theme, words, Set::strong(size::WORD, theme.ink));
            let below = around(theme.px(24.0)).map(|offset| -offset);
            put(&word, repaired.at + 0.74 * half * repaired.along, &below);
        }
    }
    taken.split_off(others)
}

/// Names of tokens keep off the axes, off the repaired keys, and off the words of the last frame.
pub(super) fn marks(picture: &Picture, in_the_way: &[([f64; 2], f32)]) -> Vec<Mark> {
    let mark = |at: [f64; 2], radius: f32| Mark {
        at,
        radius,
        words: "",
        symbol: "",
    };
    let mut marks: Vec<Mark> = picture
        .damaged
        .iter()
        .take(MOST_WAYS)
        .map(|way| mark(way.repaired, 10.0))
        .collect();
    for line in [picture.lines.clean, picture.lines.seen, picture.lines.repaired]
        .into_iter()
        .flatten()
    {
        for share in [-0.8, -0.4, 0.4, 0.8] {
            let way = share * line.reach;
            marks.push(mark(
                [line.at[0] + way * line.along[0], line.at[1] + way * line.along[1]],
                12.0,
            ));
        }
    }
    marks.extend(in_the_way.iter().map(|(at, radius)| mark(*at, *radius)));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_meet_where_they_cross() {
        let a = Ray {
            at: pos2(0.0, 0.0),
            along: vec2(1.0, 0.0),
        };
        let b = Ray {
            at: pos2(3.0, -2.0),
            along: vec2(0.0, 1.0),
        };
        assert_eq!(crossing(a, b), Some(pos2(3.0, 0.0)));
        assert_eq!(
            crossing(
                a,
                Ray {
                    at: pos2(0.0, 5.0),
                    ..a
                }
            ),
            None,
            "parallel lines do not meet"
        );
    }

    #[test]
    fn axes_face_one_way() {
        let left = Ray {
            at: pos2(0.0, 0.0),
            along: vec2(-1.0, 0.2).normalized(),
        };
        assert!(facing(left, None).along.x > 0.0);
        assert!(facing(left, Some(left)).along.x < 0.0, "like the other");
        let down = Ray {
            at: pos2(0.0, 0.0),
            along: vec2(0.0, 1.0),
        };
        assert!(facing(down, None).along.y < 0.0, "upright axes point up");
    }
}
