//! The board: the path through the keys in reading order, coarse keys as double rings, the links of the shown head.

use egui::{Align2, Painter, Pos2, Rect, Shape, Stroke, Vec2, vec2};
use eigenlens_core::descending;

use super::derive::Picture;
use crate::board::{Mark, View, link_stroke};
use crate::lab::TokenRef;
use crate::lab::readout::text;
use crate::lens::Stage;
use crate::look::name::{self, Set};
use crate::look::theme::size;

/// Coarse keys up to which each has a ring; of more the heaviest.
const MOST_RINGS: usize = 200;
/// Up to how many weights have their number.
const MOST_NUMBERS: usize = 12;
/// Weights below this have no number.
const NOTED: f64 = 0.005;

fn query(picture: &Picture) -> [f64; 2] {
    let queries = &picture.common.positions.queries;
    queries.get(picture.common.asking).copied().unwrap_or_default()
}

/// The path, the links, and the way from each coarse key to its members.
pub(super) fn paint_under(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let keys: Vec<Pos2> = picture
        .common
        .positions
        .keys
        .iter()
        .map(|at| view.screen_from_world(*at))
        .collect();
    // A path through more would be a grey disc.
    if keys.len() <= MOST_RINGS {
        painter.add(Shape::line(keys.clone(), Stroke::new(theme.px(1.5), theme.line)));
    }
    let Some(head) = picture.shown() else { return };
    let from = view.screen_from_world(query(picture));
    let order = descending(&head.row.weights);
    for &block in &order {
        if let (Some(at), Some(weight)) = (head.coarse.get(block), head.row.weights.get(block)) {
            painter.line_segment([from, view.screen_from_world(*at)], link_stroke(theme, *weight));
        }
    }
    let stroke = Stroke::new(theme.px(1.75), theme.ink);
    for &block in order.iter().take(MOST_RINGS) {
        let (Some(at), Some(range)) = (head.coarse.get(block), head.blocks.get(block)) else {
            continue;
        };
        let at = view.screen_from_world(*at);
        for key in keys.get(range.clone()).unwrap_or_default() {
            if key.distance(at) > theme.px(2.0) {
                painter.extend(Shape::dashed_line(&[at, *key], stroke, theme.px(4.0), theme.px(3.0)));
            }
        }
    }
}

/// What names stay off: the coarse keys.
pub(super) fn marks(picture: &Picture) -> Vec<Mark> {
    let Some(head) = picture.shown() else { return Vec::new() };
    let mark = |at: &[f64; 2]| Mark {
        at: *at,
        radius: 14.0,
        words: "",
        symbol: "",
    };
    head.coarse.iter().take(MOST_RINGS).map(mark).collect()
}

/// Double rings with their weights. Returns where the weights stand.
pub(super) fn paint_over(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) -> Vec<Rect> {
    let theme = stage.theme;
    let Some(head) = picture.shown() else { return Vec::new() };
    let order = descending(&head.row.weights);
    let linked = match stage.linked {
        Some(TokenRef::Key(key)) => head.block_of(key),
        _ => None,
    };
    let small = head.coarse.len() > 60;
    for &block in order.iter().take(MOST_RINGS).rev() {
        let Some(at) = head.coarse.get(block) else { continue };
        let at = view.screen_from_world(*at);
        let radius = theme.px(if small { 6.5 } else { 10.5 });
        painter.circle_filled(at, radius + theme.px(2.5), theme.halo);
        painter.circle(at, radius, theme.canvas, Stroke::new(theme.px(2.25), theme.ink));
        painter.circle_filled(at, 0.52 * radius, theme.ink);
        if linked == Some(block) {
            painter.circle_stroke(at, radius + theme.px(4.0), Stroke::new(theme.px(2.0), theme.ink));
        }
    }
    numbers(painter, view, stage, picture, &order, linked)
}

/// The weights beside the coarse keys, where they have room.
fn numbers(
    painter: &Painter,
    view: &View,
    stage: &Stage<'_>,
    picture: &Picture,
    order: &[usize],
    linked: Option<usize>,
) -> Vec<Rect> {
    let theme = stage.theme;
    let mut written = Vec::new();
    let Some(head) = picture.shown() else { return written };
    let few = order.len() <= MOST_NUMBERS;
    let square = |at: Pos2, side: f32| Rect::from_center_size(at, Vec2::splat(theme.px(side)));
    let place = |at: &[f64; 2]| view.screen_from_world(*at);
    let from = view.screen_from_world(query(picture));
    let keys = picture.common.positions.keys.iter().take(MOST_RINGS);
    let mut taken: Vec<Rect> = keys.map(|at| square(place(at), 16.0)).collect();
    taken.extend(head.coarse.iter().take(MOST_RINGS).map(|at| square(place(at), 24.0)));
    taken.push(square(from, 28.0));
    let board = view.rect().shrink(theme.px(4.0));
    for (rank, &block) in order.iter().enumerate() {
        let (Some(at), Some(weight)) = (head.coarse.get(block), head.row.weights.get(block)) else {
            continue;
        };
        let named = linked == Some(block) || (*weight >= NOTED && (few || rank < 4));
        if !named {
            continue;
        }
        let at = view.screen_from_world(*at);
        let words = text::percent(*weight);
        let line = name::line(painter, theme, &words, Set::strong(size::WORD, theme.query_text));
        // Names of keys stand away from the query; weights stand on its side, off the link.
        let way = (from - at).normalized();
        let way = if way.is_finite() && way != Vec2::ZERO {
            way
        } else {
            vec2(0.0, 1.0)
        };
        let half = 0.5 * line.size();
        let room = theme.px(15.0);
        let mut spots = Vec::new();
        for turn in [0.9_f32, -0.9, 0.6, -0.6, 1.4, -1.4, 2.2, -2.2, 3.1] {
            let along = egui::emath::Rot2::from_angle(turn) * way;
            let reach = room + (along.x.abs() * half.x + along.y.abs() * half.y);
            spots.push(Rect::from_center_size(at + along * reach, line.size()));
        }
        let free = spots
            .iter()
            .find(|spot| board.contains_rect(**spot) && !taken.iter().any(|other| other.intersects(**spot)));
        let Some(spot) = free else { continue };
        taken.push(*spot);
        // What is under the pointer comes and goes; names do not make room for it.
        if linked != Some(block) {
            written.push(*spot);
        }
        let anchored = Align2::CENTER_CENTER.anchor_size(spot.center(), line.size());
        line.paint_halo(painter, theme, anchored.min);
    }
    written
}
