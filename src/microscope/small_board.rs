//! The plane once more and small: a query, its links to keys, and where the keys were before they were moved.

use egui::{Align2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::board::view::ticks;
use crate::board::{Extent, View, glyphs, link_stroke};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// Links and ways that are drawn: the heaviest ones.
const MOST: usize = 200;

/// What is shown.
pub struct SmallBoard<'a> {
    /// Where the keys are.
    pub keys: &'a [[f64; 2]],
    /// Where they were, as many; empty where nothing moved.
    pub before: &'a [[f64; 2]],
    /// Where the query is.
    pub query: [f64; 2],
    /// A weight for each key.
    pub weights: &'a [f64],
    /// The keys by weight, the heaviest first.
    pub order: &'a [usize],
    /// The mean key with its words.
    pub mean: Option<([f64; 2], &'a str)>,
    /// The key that is linked.
    pub linked: Option<usize>,
    /// A sentence for the screen reader.
    pub spoken: String,
}

/// Paints the board. Returns the key under the pointer.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, board: &SmallBoard<'_>) -> Option<usize> {
    let response = ui.interact(rect, ui.scope_id().with("small board"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &board.spoken));
    if rect.width() < 30.0 || rect.height() < 30.0 {
        return None;
    }
    let mut all: Vec<[f64; 2]> = board.keys.iter().chain(board.before).copied().collect();
    all.push(board.query);
    all.extend(board.mean.map(|(at, _)| at));
    let view = View::new(rect, Extent::around(&all));
    let painter = ui.painter_at(rect);
    grid(&painter, theme, &view);
    let place = |at: [f64; 2]| view.screen_from_world(at);
    let shown = || board.order.iter().copied().take(MOST);
    let way = theme.hairline(theme.ink3);
    for key in shown() {
        if let (Some(old), Some(new)) = (board.before.get(key), board.keys.get(key)) {
            painter.line_segment([place(*old), place(*new)], way);
        }
    }
    for key in shown() {
        if let (Some(at), Some(weight)) = (board.keys.get(key), board.weights.get(key)) {
            // The picture is about two thirds as large as the board.
            let stroke = link_stroke(theme, 0.66 * *weight);
            painter.line_segment([place(board.query), place(*at)], stroke);
        }
    }
    for old in board.before.iter().take(MOST) {
        let stroke = Stroke::new(theme.px(1.25), theme.ink2);
        painter.circle(place(*old), theme.px(4.0), theme.canvas, stroke);
    }
    let small = board.keys.len() > MOST;
    for (key, at) in board.keys.iter().enumerate() {
        let at = place(*at);
        let radius = theme.px(if small { 2.5 } else { 5.5 });
        painter.circle_filled(at, radius + theme.px(1.5), theme.halo);
        painter.circle_filled(at, radius, theme.ink);
        if board.linked == Some(key) {
            painter.circle_stroke(at, theme.px(10.0), Stroke::new(theme.px(2.0), theme.ink));
        }
    }
    if let Some((at, words)) = board.mean {
        let at = place(at);
        cross(&painter, theme, at, 7.0);
        let line = name::line(&painter, theme, words, Set::regular(size::BODY, theme.ink));
        let inside = rect.shrink(theme.px(4.0));
        let apart = theme.px(20.0);
        let is_free = |words: Rect| {
            let around = words.expand(theme.px(5.0));
            let mut points = board.keys.iter().take(MOST).chain([&board.query]);
            inside.contains_rect(words) && !points.any(|at| around.contains(place(*at)))
        };
        let ways = [(Align2::CENTER_TOP, apart), (Align2::CENTER_BOTTOM, -apart)];
        let words = ways
            .map(|(anchor, apart)| anchor.anchor_size(at + vec2(0.0, apart), line.size()))
            .into_iter()
            .find(|words| is_free(*words));
        if let Some(words) = words {
            line.paint_halo(&painter, theme, words.min);
        }
    }
    let query = glyphs::diamond(place(board.query), theme.px(8.0));
    painter.add(Shape::convex_polygon(
        query,
        theme.query,
        Stroke::new(theme.px(1.25), theme.ink),
    ));
    ui.painter()
        .rect_stroke(rect, 0.0, theme.hairline(theme.line), StrokeKind::Inside);
    let at = response.hover_pos()?;
    let apart = |key: &usize| board.keys.get(*key).map_or(f32::INFINITY, |it| place(*it).distance(at));
    (0..board.keys.len())
        .min_by(|a, b| apart(a).total_cmp(&apart(b)))
        .filter(|key| apart(key) <= theme.px(14.0))
}

/// An upright cross: a mean.
pub fn cross(painter: &egui::Painter, theme: &Theme, at: egui::Pos2, half: f32) {
    let half = theme.px(half);
    for stroke in [
        Stroke::new(theme.px(7.0), theme.halo),
        Stroke::new(theme.px(3.0), theme.ink),
    ] {
        let reach = half + if stroke.color == theme.halo { theme.px(2.0) } else { 0.0 };
        painter.line_segment([at - vec2(reach, 0.0), at + vec2(reach, 0.0)], stroke);
        painter.line_segment([at - vec2(0.0, reach), at + vec2(0.0, reach)], stroke);
    }
}

/// The grid under a small plane.
pub fn grid(painter: &egui::Painter, theme: &Theme, view: &View) {
    let rect = view.rect();
    let Extent { centre, half } = view.extent();
    let lines = |axis: usize| ticks(centre[axis] - half[axis], centre[axis] + half[axis], 6);
    for x in lines(0) {
        let x = painter.round_to_pixel_center(view.screen_from_world([x, 0.0]).x);
        painter.vline(x, rect.y_range(), theme.hairline(theme.grid));
    }
    for y in lines(1) {
        let y = painter.round_to_pixel_center(view.screen_from_world([0.0, y]).y);
        painter.hline(rect.x_range(), y, theme.hairline(theme.grid));
    }
}
