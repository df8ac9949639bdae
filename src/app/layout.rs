//! Where things stand on the canvas. All lengths are of the 1× design and pass through the theme's scale.

use egui::{Rect, pos2, vec2};

use crate::lens::Shape;

/// What kind of screen it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Board and microscope side by side, tools below.
    Wide,
    /// One column; the microscope is a row of cards.
    Phone,
    /// The wall of a hall: board and one big chart, no tool strip unless it is asked for.
    Hall,
}

/// The rectangles of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// What kind of screen it is.
    pub class: Class,
    /// Mark, lenses, undo, share.
    pub top: Rect,
    /// Headline and, on a wide screen, the line below it.
    pub headline: Rect,
    /// Notices, between headline and board; empty when there are none.
    pub notices: Rect,
    /// The plane.
    pub board: Rect,
    /// The chart under the board (on a phone empty: it is a card).
    pub chart: Rect,
    /// The linked views.
    pub microscope: Rect,
    /// Tools and choices; empty in a hall unless asked for.
    pub tools: Rect,
}

/// Outer padding of the canvas.
pub const PAD: f32 = 24.0;
const GAP: f32 = 42.0;
const NOTICE: f32 = 52.0;
const LEAST: f32 = 240.0;

/// The layout of a canvas; `scale` is the theme's, `hall` its projector mode, `tools` whether the strip is asked for there,
/// `chart` the most height that the chart below the board uses (0 where there is none), and how a wide screen is shared.
pub fn layout(
    canvas: Rect,
    scale: f32,
    notices: usize,
    hall: bool,
    tools: bool,
    (chart, shape): (f32, Shape),
) -> Layout {
    // Below this nothing can be read; the picture is then cut, not squeezed.
    let canvas = Rect::from_min_size(canvas.min, canvas.size().max(vec2(LEAST, LEAST)));
    let notices = notices as f32 * NOTICE * scale;
    if canvas.width() / scale < 720.0 {
        phone(canvas, scale, notices, !hall || tools)
    } else {
        let layout = if hall {
            hall_layout(canvas, scale, notices, tools)
        } else if shape == Shape::Film {
            film(canvas, scale, notices, chart)
        } else {
            let share = if shape == Shape::Deep { 0.34 } else { 0.24 };
            wide(canvas, scale, notices, chart, share)
        };
        if shape == Shape::Whole { layout.in_one() } else { layout }
    }
}

impl Layout {
    /// Board, chart and microscope as one.
    fn in_one(self) -> Self {
        let all = [self.board, self.chart, self.microscope];
        let whole = all.into_iter().filter(Rect::is_positive);
        Self {
            board: whole.reduce(Rect::union).unwrap_or(self.board),
            chart: Rect::NOTHING,
            microscope: Rect::NOTHING,
            ..self
        }
    }
}

/// `share` is how much of the height the chart has, at most.
fn wide(canvas: Rect, s: f32, notices: f32, chart: f32, share: f32) -> Layout {
    let bands = Bands::new(canvas, 48.0 * s, 86.0 * s, notices, 64.0 * s);
    let pad = PAD * s;
    let gap = GAP * s;
    let inner = canvas.width() - 2.0 * pad - gap;
    let height = (bands.body.height() - 8.0 * s).max(0.0);
    let chart = if chart > 0.0 {
        (share * height)
            .clamp(104.0 * s, chart.max(104.0) * s)
            .min(0.5 * height)
    } else {
        0.0
    };
    // The board grows first, to a square; then the microscope to 420; what is left goes to the board again.
    let square = (height - chart).max(0.0);
    let mut microscope = (342.0 * s).min(0.42 * inner);
    let spare = (inner - microscope - square).max(0.0);
    microscope = (microscope + spare).min(420.0 * s).max(microscope);
    let board = inner - microscope;
    let top_left = bands.body.min + vec2(pad, 0.0);
    let board = Rect::from_min_size(top_left, vec2(board, square));
    Layout {
        class: Class::Wide,
        top: bands.top,
        headline: bands.headline.shrink2(vec2(pad, 0.0)),
        notices: bands.notices.shrink2(vec2(pad, 0.0)),
        board,
        chart: Rect::from_min_max(board.left_bottom(), pos2(board.right(), board.bottom() + chart)),
        microscope: Rect::from_min_size(pos2(board.right() + gap, board.top()), vec2(microscope, height)),
        tools: bands.bottom,
    }
}

/// A square board with the microscope beside it, and the chart below both.
fn film(canvas: Rect, s: f32, notices: f32, chart: f32) -> Layout {
    let bands = Bands::new(canvas, 48.0 * s, 86.0 * s, notices, 64.0 * s);
    let (pad, gap) = (PAD * s, 34.0 * s);
    let inner = canvas.width() - 2.0 * pad;
    let height = (bands.body.height() - 8.0 * s).max(0.0);
    let chart = (0.36 * height).min(chart * s);
    let upper = (height - chart - 8.0 * s).max(0.0);
    let board = upper.min(0.46 * (inner - gap));
    let board = Rect::from_min_size(bands.body.min + vec2(pad, 0.0), vec2(board, upper));
    let right = bands.body.left() + pad + inner;
    Layout {
        class: Class::Wide,
        top: bands.top,
        headline: bands.headline.shrink2(vec2(pad, 0.0)),
        notices: bands.notices.shrink2(vec2(pad, 0.0)),
        board,
        chart: Rect::from_min_max(
            pos2(board.left(), board.bottom() + 8.0 * s),
            pos2(right, bands.body.top() + height),
        ),
        microscope: Rect::from_min_max(pos2(board.right() + gap, board.top()), pos2(right, board.bottom())),
        tools: bands.bottom,
    }
}

fn hall_layout(canvas: Rect, s: f32, notices: f32, tools: bool) -> Layout {
    let bands = Bands::new(canvas, 44.0 * s, 56.0 * s, notices, if tools { 60.0 * s } else { 0.0 });
    let pad = 20.0 * s;
    let body = bands.body.shrink2(vec2(pad, 0.0));
    let height = (body.height() - 12.0 * s).max(0.0);
    let board = Rect::from_min_size(body.min, vec2(0.6 * canvas.width() - pad, height));
    Layout {
        class: Class::Hall,
        top: bands.top,
        headline: bands.headline.shrink2(vec2(pad, 0.0)),
        notices: bands.notices.shrink2(vec2(pad, 0.0)),
        board,
        chart: Rect::NOTHING,
        microscope: Rect::from_min_max(
            pos2(board.right() + 24.0 * s, board.top()),
            pos2(body.right(), board.top() + height),
        ),
        tools: bands.bottom,
    }
}

fn phone(canvas: Rect, s: f32, notices: f32, tools: bool) -> Layout {
    let bands = Bands::new(canvas, 52.0 * s, 72.0 * s, notices, if tools { 70.0 * s } else { 0.0 });
    // The card keeps a readable height; the board takes the rest and is never wider than it is useful.
    let card = (0.34 * bands.body.height())
        .clamp(120.0 * s, 300.0 * s)
        .min(0.6 * bands.body.height());
    let board = Rect::from_min_max(bands.body.min, bands.body.max - vec2(0.0, card));
    Layout {
        class: Class::Phone,
        top: bands.top,
        headline: bands.headline.shrink2(vec2(16.0 * s, 0.0)),
        notices: bands.notices.shrink2(vec2(16.0 * s, 0.0)),
        board,
        chart: Rect::NOTHING,
        microscope: Rect::from_min_max(
            board.left_bottom() + vec2(16.0 * s, 0.0),
            bands.body.max - vec2(16.0 * s, 0.0),
        ),
        tools: bands.bottom,
    }
}

/// The horizontal bands that every class shares.
struct Bands {
    top: Rect,
    headline: Rect,
    notices: Rect,
    body: Rect,
    bottom: Rect,
}

impl Bands {
    fn new(canvas: Rect, top: f32, headline: f32, notices: f32, bottom: f32) -> Self {
        let band =
            |from: f32, to: f32| Rect::from_min_max(pos2(canvas.left(), from), pos2(canvas.right(), to.max(from)));
        let a = canvas.top() + top;
        let b = a + headline;
        let c = b + notices;
        let d = (canvas.bottom() - bottom).max(c);
        Self {
            top: band(canvas.top(), a),
            headline: band(a, b),
            notices: band(b, c),
            body: band(c, d),
            bottom: band(d, d + bottom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canvas(width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(0.0, 0.0), vec2(width, height))
    }

    #[test]
    fn the_design_size_is_the_mock_up() {
        let layout = layout(canvas(1056.0, 900.0), 1.0, 0, false, true, (176.0, Shape::Board));
        assert_eq!(layout.class, Class::Wide);
        assert_eq!(layout.board.min, pos2(24.0, 134.0));
        assert_eq!(layout.microscope.left() - layout.board.right(), GAP);
        assert!(
            (layout.microscope.width() - 342.0).abs() < 80.0,
            "{}",
            layout.microscope.width()
        );
        assert_eq!(layout.tools.height(), 64.0);
    }

    #[test]
    fn nothing_overlaps_and_nothing_leaves_the_canvas() {
        for (width, height) in [
            (896.0, 720.0),
            (1056.0, 900.0),
            (1536.0, 1080.0),
            (816.0, 700.0),
            (390.0, 740.0),
            (600.0, 800.0),
            (3000.0, 1500.0),
        ] {
            for (scale, hall) in [(1.0, false), (1.6, true)] {
                for notices in 0..2 {
                    for shape in [Shape::Board, Shape::Deep, Shape::Film, Shape::Whole] {
                        let l = layout(canvas(width, height), scale, notices, hall, true, (176.0, shape));
                        let rects = [l.top, l.headline, l.notices, l.board, l.chart, l.microscope, l.tools];
                        for (i, a) in rects.iter().enumerate().filter(|(_, r)| r.is_positive()) {
                            assert!(
                                canvas(width, height).expand(0.5).contains_rect(*a),
                                "{width}x{height} rect {i} {a:?} leaves"
                            );
                            for b in rects[i + 1..].iter().filter(|r| r.is_positive()) {
                                assert!(
                                    !a.shrink(0.5).intersects(b.shrink(0.5)),
                                    "{width}x{height} {scale}: {a:?} and {b:?} overlap"
                                );
                            }
                        }
                        assert!(
                            l.board.width() > 180.0 && l.board.height() > 120.0,
                            "{width}x{height} {scale}: board {:?}",
                            l.board
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_tiny_canvas_gives_no_negative_rectangle() {
        for (width, height) in [(0.0, 0.0), (10.0, 400.0), (400.0, 10.0), (240.0, 240.0)] {
            let l = layout(canvas(width, height), 1.0, 1, false, true, (176.0, Shape::Film));
            for rect in [l.top, l.headline, l.board, l.microscope, l.tools] {
                assert!(
                    rect.height() >= 0.0 && rect.width() >= 0.0,
                    "{width}x{height}: {rect:?}"
                );
            }
        }
    }
}
