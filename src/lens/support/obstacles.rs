//! What a view has written on the board, as places that the names of the tokens stay off. The board places names before the
//! view paints, so they are those of the last frame.

use std::cell::RefCell;

use egui::{Painter, Rect, vec2};

use crate::board::{Mark, View};
use crate::look::Theme;

/// Circles along a rectangle, at most.
const MOST: f32 = 8.0;

/// What is painted round words so that they stand on any tint, in points.
const HALO: f32 = 2.0;

/// The places of the last frame.
#[derive(Default)]
pub(super) struct Obstacles(RefCell<Vec<Mark>>);

impl Obstacles {
    /// As nameless marks.
    pub(super) fn marks(&self) -> Vec<Mark> {
        self.0.borrow().clone()
    }

    /// Keeps what was painted; where that is elsewhere than before, names are placed again.
    pub(super) fn keep(&self, painter: &Painter, view: &View, theme: &Theme, painted: &[Rect]) {
        let marks: Vec<Mark> = painted
            .iter()
            .flat_map(|rect| circles(view, theme, rect.expand(theme.px(HALO))))
            .collect();
        if *self.0.borrow() != marks {
            *self.0.borrow_mut() = marks;
            painter.ctx().request_repaint();
        }
    }
}

/// A row of circles is as good as a box.
fn circles(view: &View, theme: &Theme, rect: Rect) -> Vec<Mark> {
    let (long, short) = (rect.size().max_elem(), rect.size().min_elem().max(1.0));
    let count = (long / short).ceil().clamp(1.0, MOST);
    let radius = 0.5 * (long / count).max(short) / theme.px(1.0);
    let along = if rect.width() >= rect.height() {
        vec2(1.0, 0.0)
    } else {
        vec2(0.0, 1.0)
    };
    (0..count as u16)
        .map(|i| {
            let share = (f32::from(i) + 0.5) / count - 0.5;
            Mark {
                at: view.world_from_screen(rect.center() + share * long * along),
                radius,
                words: "",
                symbol: "",
            }
        })
        .collect()
}
