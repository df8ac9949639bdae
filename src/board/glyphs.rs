//! The tokens as they are drawn. Shape says what a token is, rings say what is being done to it (the sheet of glyphs in the
//! visual language); colour never speaks alone.

use egui::{Painter, Pos2, Shape, Stroke, Vec2, vec2};

use crate::look::{Maps, Theme};

/// Radius of a key's disc.
pub const KEY_RADIUS: f32 = 7.0;
/// Radius of the ring of a token that is no word.
pub const RING_RADIUS: f32 = 5.5;
/// Half diagonal of a query's diamond.
pub const QUERY_RADIUS: f32 = 11.0;
/// Half diagonal of an output's hollow diamond.
pub const OUTPUT_RADIUS: f32 = 8.5;
/// Half a finger: what is nearer than this can be grabbed.
pub const TOUCH_RADIUS: f32 = 22.0;

/// What is being done to a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five independent rings")]
pub struct State {
    /// The pointer is on it.
    pub hovered: bool,
    /// It is pointed at in another view.
    pub linked: bool,
    /// It is chosen.
    pub selected: bool,
    /// It is being dragged.
    pub dragged: bool,
    /// It has the keyboard focus.
    pub focused: bool,
}

/// Whether a token is no word but a sign of the model, as `[CLS]` and `[SEP]` are: capitals in square brackets.
pub fn is_special(name: &str) -> bool {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| !inner.is_empty() && inner.chars().all(|c| c.is_ascii_uppercase()))
}

/// The four corners of a diamond.
pub fn diamond(centre: Pos2, radius: f32) -> Vec<Pos2> {
    [
        vec2(radius, 0.0),
        vec2(0.0, radius),
        vec2(-radius, 0.0),
        vec2(0.0, -radius),
    ]
    .map(|corner| centre + corner)
    .to_vec()
}

/// The disc under a token that is pointed at.
pub fn hover_disc(painter: &Painter, theme: &Theme, centre: Pos2) {
    painter.circle_filled(centre, theme.px(19.0), theme.hover_disc());
}

/// A key: a disc with a halo; an outlier has eight rays round it. With a tint, −1 to 1, it is a ring round the colour of its
/// value.
pub fn key(painter: &Painter, theme: &Theme, centre: Pos2, outlier: bool, tint: Option<f32>, state: State) {
    let grow = if state.dragged { 1.3 } else { 1.0 };
    let radius = theme.px(KEY_RADIUS * grow);
    painter.circle_filled(centre, radius + theme.px(2.0), theme.halo);
    match tint {
        Some(tint) => {
            let ring = Stroke::new(theme.px(1.75), theme.ink);
            painter.circle(centre, radius - theme.px(0.9), Maps::of(theme).tidal(tint), ring);
        }
        None => {
            painter.circle_filled(centre, radius, theme.ink);
        }
    }
    if outlier {
        rays(
            painter,
            centre,
            radius + theme.px(4.0),
            radius + theme.px(9.0),
            Stroke::new(theme.px(2.0), theme.bad),
        );
    }
    rings(painter, theme, centre, state);
}

/// A key of a class token or a separator: a ring.
pub fn special(painter: &Painter, theme: &Theme, centre: Pos2, state: State) {
    let grow = if state.dragged { 1.3 } else { 1.0 };
    let radius = theme.px(RING_RADIUS * grow);
    painter.circle_filled(centre, radius + theme.px(3.5), theme.halo);
    painter.circle(centre, radius, theme.canvas, Stroke::new(theme.px(3.0), theme.ink));
    rings(painter, theme, centre, state);
}

/// A query: a warm diamond with an ink outline.
pub fn query(painter: &Painter, theme: &Theme, centre: Pos2, asking: bool, state: State) {
    let grow = if state.dragged { 1.3 } else { 1.0 };
    let radius = theme.px(QUERY_RADIUS * grow);
    painter.add(Shape::convex_polygon(
        diamond(centre, radius + theme.px(4.0)),
        theme.halo,
        Stroke::NONE,
    ));
    let (fill, outline) = if asking {
        (theme.query, theme.ink)
    } else {
        (theme.canvas, theme.query)
    };
    painter.add(Shape::convex_polygon(
        diamond(centre, radius),
        fill,
        Stroke::new(theme.px(1.5), outline),
    ));
    rings(painter, theme, centre, state);
}

/// An output: a hollow diamond.
pub fn output(painter: &Painter, theme: &Theme, centre: Pos2) {
    let radius = theme.px(OUTPUT_RADIUS);
    painter.add(Shape::convex_polygon(
        diamond(centre, radius + theme.px(3.5)),
        theme.halo,
        Stroke::NONE,
    ));
    painter.add(Shape::convex_polygon(
        diamond(centre, radius),
        theme.canvas,
        Stroke::new(theme.px(3.0), theme.query),
    ));
}

/// The output of what was not chosen: a hollow diamond in dashes. Without a ground it can stand on an output.
pub fn other_output(painter: &Painter, theme: &Theme, centre: Pos2, ground: bool) {
    let radius = theme.px(OUTPUT_RADIUS);
    if ground {
        let halo = diamond(centre, radius + theme.px(3.5));
        painter.add(Shape::convex_polygon(halo, theme.halo, Stroke::NONE));
    }
    let mut outline = diamond(centre, radius);
    outline.extend(outline.first().copied());
    let stroke = Stroke::new(theme.px(2.0), theme.ink);
    painter.extend(Shape::dashed_line(&outline, stroke, theme.px(3.5), theme.px(2.5)));
}

/// The A of A/B: a dashed outline without a fill.
pub fn frozen(painter: &Painter, theme: &Theme, centre: Pos2, is_query: bool) {
    let stroke = Stroke::new(theme.px(1.5), if is_query { theme.query } else { theme.ink3 });
    if is_query {
        let mut outline = diamond(centre, theme.px(QUERY_RADIUS));
        outline.extend(outline.first().copied());
        painter.extend(Shape::dashed_line(&outline, stroke, theme.px(3.0), theme.px(2.5)));
    } else {
        dashed_circle(painter, centre, theme.px(KEY_RADIUS), stroke, theme.px(2.8));
    }
}

/// A circle in dashes of about `dash` points.
pub fn dashed_circle(painter: &Painter, centre: Pos2, radius: f32, stroke: Stroke, dash: f32) {
    let circle: Vec<Pos2> = (0..=48)
        .map(|i| centre + radius * Vec2::angled(std::f32::consts::TAU * i as f32 / 48.0))
        .collect();
    painter.extend(Shape::dashed_line(&circle, stroke, dash, dash));
}

/// The ring that a finger does not hide.
pub fn touch_ring(painter: &Painter, theme: &Theme, centre: Pos2) {
    dashed_circle(
        painter,
        centre,
        theme.px(30.0),
        Stroke::new(theme.px(2.0), theme.ink),
        theme.px(5.0),
    );
}

fn rings(painter: &Painter, theme: &Theme, centre: Pos2, state: State) {
    if state.linked {
        painter.circle_stroke(centre, theme.px(13.0), Stroke::new(theme.px(2.0), theme.ink));
    }
    if state.selected && !state.focused {
        painter.circle_stroke(centre, theme.px(20.0), Stroke::new(theme.strokes.zero_line, theme.ink));
    }
    if state.focused {
        painter.circle_stroke(centre, theme.px(20.0), Stroke::new(theme.px(7.0), theme.halo));
        painter.circle_stroke(centre, theme.px(20.0), theme.focus_stroke());
    }
}

fn rays(painter: &Painter, centre: Pos2, from: f32, to: f32, stroke: Stroke) {
    for i in 0..8 {
        let direction = Vec2::angled(std::f32::consts::TAU * i as f32 / 8.0);
        painter.line_segment([centre + from * direction, centre + to * direction], stroke);
    }
}

/// The dotted cross-hair from a dragged token to the frame of the board.
pub fn cross_hair(painter: &Painter, theme: &Theme, centre: Pos2) {
    let board = painter.clip_rect();
    let dots = |from: Pos2, to: Pos2| Shape::dotted_line(&[from, to], theme.ink3, theme.px(5.0), theme.px(1.1));
    painter.extend(dots(Pos2::new(board.left(), centre.y), centre));
    painter.extend(dots(centre, Pos2::new(centre.x, board.bottom())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_the_model_are_no_words() {
        for name in ["[CLS]", "[SEP]", "[MASK]"] {
            assert!(is_special(name), "{name}");
        }
        for name in ["it", ".", "[", "[]", "[1]", "[cls]", "CLS", "k₃"] {
            assert!(!is_special(name), "{name}");
        }
    }
}
