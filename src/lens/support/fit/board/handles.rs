//! What is dragged on the strip: targets or values, the query, the edge of the tube, the cap.

use std::cell::RefCell;

use egui::{Align2, Painter, Pos2, Rect, Ui, Vec2, pos2, vec2};

use super::super::hand::{Grip, Hand, Handle, listen};
use super::super::shapes::{self, RADIUS, SMALL};
use super::super::strip::Kind;
use super::Scene;
use crate::board::{glyphs, reach};
use crate::command::{Edit, SupportEdit};
use crate::lab::readout::text;
use crate::lab::support::Cap;
use crate::lab::{GridPoint, Thousandths, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::{Theme, size};

/// Up to so many keys each target is a handle as large as a finger, if its neighbours leave the room.
const REACHABLE: usize = 200;
/// What an arrow key adds to a target, a value or a cap, to ε, and to the angle.
const STEP: f64 = 0.02;
const TUBE_STEP: f64 = 0.01;
const DEGREES: f64 = 1.0;
/// At most so many places of the tube's edge are tried for its handle.
const TRIED: usize = 64;

/// Glyphs of the targets, which are handles; where the values are given, the heads of the pulls are.
pub(super) fn targets_ui(ui: &Ui, scene: &Scene<'_>, stage: &Stage<'_>, hand: &RefCell<Hand>, out: &mut Out) {
    let Scene {
        theme,
        picture,
        plots,
        targets,
        ..
    } = scene;
    let painter = &scene.painter;
    let heads: Vec<Pos2> = std::iter::zip(&picture.strip.keys, &picture.value)
        .map(|(place, value)| {
            let at = plots.lower.at(*place, *value);
            pos2(at.x, at.y.clamp(plots.lower.rect.top(), plots.lower.rect.bottom()))
        })
        .collect();
    let places = if picture.given { &heads } else { targets };
    for (key, at) in places.iter().enumerate() {
        let least = theme.px(if scene.few() { RADIUS } else { SMALL });
        let half = if places.len() > REACHABLE {
            least
        } else {
            reach(*at, places, key, theme.px(glyphs::TOUCH_RADIUS), least)
        };
        let thousandths = |value: f64| (value * 1000.0).round().clamp(-32_767.0, 32_767.0) as i16;
        let (plot, grip, word, now) = if picture.given {
            (
                &plots.lower,
                Grip::Value(key),
                "Value",
                Scene::number(&picture.value, key),
            )
        } else {
            (
                &plots.upper,
                Grip::Target(key),
                "Target",
                Scene::number(&picture.targets, key),
            )
        };
        let handle = Handle {
            grip,
            rect: Rect::from_center_size(*at, Vec2::splat(2.0 * half)),
            name: &format!("{word} {}", key + 1),
            now,
            step: STEP,
        };
        let edit = |value: f64| {
            let value = thousandths(value);
            Some(if picture.given {
                Edit::Dual(key, value)
            } else {
                Edit::Target(key, value)
            })
        };
        let response = listen(ui, stage, hand, &handle, &|way| plot.grows(way.y), &edit, out);
        if response.hovered() || response.dragged() {
            out.linked = Some(TokenRef::Key(key));
            if !picture.given {
                painter.circle_filled(*at, theme.px(17.0), theme.hover_disc());
            }
        }
        let target = targets.get(key).copied().unwrap_or(*at);
        let kind = match picture.cases.get(key) {
            Some(case) if !picture.given => shapes::Kind::Case(*case, Scene::number(&picture.value, key)),
            _ => shapes::Kind::Implied,
        };
        shapes::glyph(painter, theme, target, kind, scene.radius());
        let linked = stage.linked == Some(TokenRef::Key(key));
        if response.has_focus() || (linked && scene.few()) {
            shapes::ring(painter, theme, *at, response.has_focus());
        }
    }
}

/// The query on the axis and on the curve. Returns where it is on the curve.
pub(super) fn query_ui(
    ui: &Ui,
    scene: &Scene<'_>,
    stage: &Stage<'_>,
    hand: &RefCell<Hand>,
    out: &mut Out,
) -> Option<Pos2> {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        ..
    } = scene;
    let x = plots.upper.x(picture.strip.query);
    let asking = picture.common.asking;
    let step = if picture.strip.is_angle() {
        DEGREES
    } else {
        0.01 * (picture.strip.ends[1] - picture.strip.ends[0])
    };
    let edit = |place: f64| {
        let at = picture.strip.board_place(picture.strip.turned(place));
        Some(Edit::Move(TokenRef::Query(asking), GridPoint::from_world(at)))
    };
    let goes = |way: Vec2| plots.upper.goes(way.x);
    let state = |response: &egui::Response| glyphs::State {
        focused: response.has_focus(),
        dragged: response.dragged(),
        ..glyphs::State::default()
    };
    let on_axis = pos2(x, plots.axis);
    let handle = Handle {
        grip: Grip::Query { on_curve: false },
        rect: Rect::from_center_size(on_axis, vec2(theme.px(44.0), theme.px(36.0))),
        name: if picture.strip.is_angle() {
            "Query angle"
        } else {
            "Query place"
        },
        now: picture.strip.query,
        step,
    };
    out.places.push(("handle query", handle.rect));
    let response = listen(ui, stage, hand, &handle, &goes, &edit, out);
    glyphs::query(painter, theme, on_axis, true, state(&response));
    let value = picture.reading.as_ref()?.value;
    let on_curve = plots.upper.at(picture.strip.query, value);
    let on_curve = pos2(x, on_curve.y.clamp(plots.upper.rect.top(), plots.upper.rect.bottom()));
    let handle = Handle {
        grip: Grip::Query { on_curve: true },
        rect: Rect::from_center_size(on_curve, Vec2::splat(theme.px(36.0))),
        name: "Curve at the query",
        ..handle
    };
    let response = listen(ui, stage, hand, &handle, &goes, &edit, out);
    if picture.strip.query_on_curve && picture.strip.kind != Kind::Angle {
        glyphs::query(painter, theme, on_curve, true, state(&response));
    } else {
        // It is beside the line along which the curve runs, so it reads something else.
        glyphs::output(painter, theme, on_curve);
    }
    Some(on_curve)
}

/// Words with symbols in them on a patch of the canvas: the halos of neighbouring pieces would meet.
fn on_a_patch(painter: &Painter, theme: &Theme, line: &name::Text, place: Rect) {
    painter.rect_filled(place.expand2(vec2(theme.px(2.0), 0.0)), 0.0, theme.canvas);
    line.paint(painter, place.min);
}

/// "f(q) = +0.48" beside the line of the query. Returns its place.
pub(super) fn reading(scene: &Scene<'_>, x: f32, head: Option<Pos2>) -> Rect {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        ..
    } = scene;
    let Some(reading) = &picture.reading else {
        return Rect::NOTHING;
    };
    let words = format!("*f*(*q*) = {}", text::signed(reading.value));
    let large = if plots.upper.rect.height() > theme.px(180.0) {
        size::WORD
    } else {
        size::BODY
    };
    let line = name::line(painter, theme, &words, Set::strong(large, theme.query_text));
    let room = line.size();
    let gap = theme.px(10.0);
    let side = |left: bool, y: f32| {
        let at = pos2(if left { x - gap } else { x + gap }, y);
        let anchor = if left {
            Align2::RIGHT_CENTER
        } else {
            Align2::LEFT_CENTER
        };
        anchor.anchor_size(at, room)
    };
    let upper = plots.upper.rect;
    let top = upper.top() + 0.5 * room.y + theme.px(2.0);
    let bottom = upper.bottom() - 0.5 * room.y;
    let rows = 8_u8;
    let heights = (0..=rows).map(|row| top + (bottom - top) * f32::from(row) / f32::from(rows));
    // As far from targets and curve as it gets, above before below.
    let clear = |rect: &Rect| {
        let near = |at: &Pos2| rect.distance_to_pos(*at);
        let glyphs = scene
            .targets
            .iter()
            .chain(&head)
            .map(near)
            .fold(f32::INFINITY, f32::min);
        let curve = std::iter::zip(&picture.strip.places, &picture.curve)
            .filter_map(|(place, value)| Some(plots.upper.at(*place, (*value)?)))
            .map(|at| rect.distance_to_pos(at))
            .fold(f32::INFINITY, f32::min);
        (glyphs - theme.px(RADIUS)).min(curve).min(theme.px(26.0))
    };
    let all = heights.flat_map(|y| [side(false, y), side(true, y)]);
    let best = all
        .filter(|rect| rect.left() >= upper.left() && rect.right() <= upper.right())
        .fold(None, |best: Option<(f32, Rect)>, rect| match (best, clear(&rect)) {
            (Some(best), clear) if clear <= best.0 + 0.5 => Some(best),
            (_, clear) => Some((clear, rect)),
        });
    let place = best.map_or_else(|| side(x > upper.center().x, top), |(_, rect)| rect);
    on_a_patch(painter, theme, &line, place);
    place
}

/// The handle of the tube on its upper edge, where there is most room. Returns the place of its words.
pub(super) fn tube_ui(
    ui: &Ui,
    scene: &Scene<'_>,
    stage: &Stage<'_>,
    hand: &RefCell<Hand>,
    reading: Rect,
    out: &mut Out,
) -> Rect {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        ..
    } = scene;
    if picture.given {
        return Rect::NOTHING;
    }
    let upper = &plots.upper;
    // Places on the upper edge of the tube.
    let candidates: Vec<Pos2> = if picture.strip.kind == Kind::Angle {
        let keys = std::iter::zip(&picture.strip.keys, &picture.fitted);
        keys.step_by(picture.fitted.len().div_ceil(TRIED).max(1))
            .map(|(place, value)| upper.at(*place, value + picture.epsilon))
            .collect()
    } else {
        let curve = std::iter::zip(&picture.strip.places, &picture.curve);
        let edge = curve.map(|(place, value)| value.map(|value| upper.at(*place, value + picture.epsilon)));
        // A pill at the very end would be half on the plot.
        edge.skip(9)
            .step_by(6)
            .flatten()
            .filter(|at| at.x < upper.rect.right() - theme.px(16.0))
            .collect()
    };
    let words = format!("*ε* = {}", epsilon_text(picture.epsilon));
    let line = name::line(painter, theme, &words, Set::strong(size::BODY, theme.ink));
    let query_x = upper.x(picture.strip.query);
    let label = |at: Pos2| {
        let right = Align2::LEFT_CENTER.anchor_size(at + vec2(theme.px(20.0), -theme.px(1.0)), line.size());
        if right.right() <= upper.rect.right() + theme.px(8.0) {
            right
        } else {
            Align2::RIGHT_CENTER.anchor_size(at - vec2(theme.px(20.0), theme.px(1.0)), line.size())
        }
    };
    let room = |at: &Pos2| {
        let whole = label(*at).union(Rect::from_center_size(*at, vec2(theme.px(27.0), theme.px(12.0))));
        let glyphs = scene
            .targets
            .iter()
            .map(|target| whole.distance_to_pos(*target) - theme.px(RADIUS));
        let line = (query_x - query_x.clamp(whole.left(), whole.right())).abs();
        let near = glyphs.fold(line, f32::min);
        let words = if whole.expand(theme.px(6.0)).intersects(reading) {
            -50.0
        } else {
            0.0
        };
        let outside = if upper.rect.contains(*at) { 0.0 } else { -100.0 };
        // Words beside a falling curve stand on no line.
        let crossed = candidates.iter().filter(|other| label(*at).contains(**other)).count() as f32;
        near.min(theme.px(40.0)) + words + outside - theme.px(8.0) * crossed
    };
    let held = hand.borrow().holds(Grip::Tube);
    let kept = hand.borrow().tube.filter(|_| held || stage.in_gesture);
    let best = kept.filter(|at| *at < candidates.len()).or_else(|| {
        let rooms: Vec<f32> = candidates.iter().map(room).collect();
        (0..rooms.len()).rev().max_by(|a, b| rooms[*a].total_cmp(&rooms[*b]))
    });
    hand.borrow_mut().tube = best;
    let Some(at) = best.and_then(|best| candidates.get(best)).copied() else {
        return Rect::NOTHING;
    };
    let at = pos2(at.x, at.y.clamp(upper.rect.top(), upper.rect.bottom()));
    let handle = Handle {
        grip: Grip::Tube,
        rect: Rect::from_center_size(at, vec2(theme.px(44.0), theme.px(36.0))),
        name: "Tube edge",
        now: picture.epsilon,
        step: TUBE_STEP,
    };
    out.places.push(("handle tube", handle.rect));
    let edit = |value: f64| {
        let thousandths = (value * 1000.0).round().clamp(0.0, f64::from(u16::MAX)) as u16;
        Some(Edit::Support(SupportEdit::Epsilon(Some(thousandths))))
    };
    let response = listen(ui, stage, hand, &handle, &|way| upper.grows(way.y), &edit, out);
    shapes::pill(painter, theme, at, response.has_focus());
    let place = label(at);
    line.paint_halo(painter, theme, place.min);
    place
}

/// "0.20".
fn epsilon_text(epsilon: f64) -> String {
    if (epsilon * 100.0).fract().abs() < 1e-9 {
        format!("{epsilon:.2}")
    } else {
        format!("{epsilon:.3}")
    }
}

/// The handle of the cap on its lower line, and its name.
pub(super) fn cap_ui(ui: &Ui, scene: &Scene<'_>, stage: &Stage<'_>, hand: &RefCell<Hand>, out: &mut Out) {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        ..
    } = scene;
    if picture.given {
        return;
    }
    let lower = &plots.lower;
    // Near the right end, as far as it gets from the query and from pulls that reach down there.
    let reaches = |(place, value): (&f64, &f64)| (*value < -0.4 * lower.half).then(|| lower.x(*place));
    let pulls = std::iter::zip(&picture.strip.keys, &picture.value);
    let mut xs: Vec<f32> = pulls.filter_map(reaches).collect();
    xs.extend([lower.x(picture.strip.query), lower.rect.right() + theme.px(16.0)]);
    let candidates = (0..24_u8).map(|i| lower.rect.right() - theme.px(16.0) - f32::from(i) * 0.01 * lower.rect.width());
    let free = |x: &f32| {
        xs.iter()
            .map(|other| (other - x).abs())
            .fold(f32::INFINITY, f32::min)
            .min(theme.px(30.0))
    };
    let x = candidates.fold((f32::NEG_INFINITY, lower.rect.right()), |best, x| {
        let free = free(&x);
        if free > best.0 + 0.5 { (free, x) } else { best }
    });
    let x = x.1;
    let place = picture.strip.ends[0] + lower.goes(x - lower.rect.left());
    let near = |other: &f64| (other - place).abs();
    let nearest = std::iter::zip(&picture.strip.keys, &picture.caps).min_by(|a, b| near(a.0).total_cmp(&near(b.0)));
    let cap = nearest.map(|(_, cap)| *cap).filter(|cap| cap.is_finite());
    let shown = cap.unwrap_or(lower.half);
    let y = |sign: f64| lower.y(sign * shown).clamp(lower.rect.top(), lower.rect.bottom());
    let words = if picture.cap.is_some() { "cap *C*/*h*" } else { "no cap" };
    let line = name::line(painter, theme, words, Set::regular(size::BODY, theme.ink));
    // Above the line; on a staircase, where no step reaches it.
    let top = if picture.kernel().level || picture.cap.is_none() {
        y(1.0) - theme.px(4.0)
    } else {
        lower.rect.top()
    };
    let title = Align2::RIGHT_BOTTOM.anchor_size(pos2(lower.rect.right(), top), line.size());
    on_a_patch(painter, theme, &line, title);
    let at = pos2(x, y(-1.0));
    let handle = Handle {
        grip: Grip::Cap,
        rect: Rect::from_center_size(at, vec2(theme.px(44.0), theme.px(36.0))),
        name: "Cap",
        now: picture.cap.unwrap_or(lower.half),
        step: STEP,
    };
    out.places.push(("handle cap", handle.rect));
    // On a staircase the hand moves the step that it holds, and the others go with it.
    let share = picture
        .cap
        .map_or(1.0, |nominal| if shown > 0.0 { nominal / shown } else { 1.0 });
    let edit = |value: f64| {
        let cap = Thousandths::nearest(value.max(0.001)).map_or(Cap::Free, Cap::At);
        Some(Edit::Support(SupportEdit::Cap(cap)))
    };
    let response = listen(ui, stage, hand, &handle, &|way| -share * lower.grows(way.y), &edit, out);
    shapes::pill(painter, theme, at, response.has_focus());
}
