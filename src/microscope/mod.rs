//! Linked views beside the board: heat maps, rows of bars, curves against a playhead. They know no lens.

pub mod along;
pub mod arrows;
pub mod bars;
pub mod bounded;
pub mod curves;
pub mod depth;
pub mod dots;
pub mod hanging;
pub mod heads;
pub mod heat;
pub mod lanes;
pub mod levers;
pub mod matrix;
pub mod moved;
pub mod nulls;
pub mod pairs;
pub mod ratios;
pub mod reading;
pub mod roofline;
pub mod score_plane;
pub mod scrubber;
pub mod series;
pub mod share;
pub mod small_board;
pub mod spectrum;
pub mod split;
pub mod stacked;
pub mod straight;
pub mod strip;
pub mod sum;
pub mod tiles;
pub mod tradeoff;
pub mod values;
pub mod weighted;

use egui::{Align2, Painter, Pos2, Rect, pos2};

use crate::look::Theme;
use crate::look::name::{self, Set, Text};
use crate::look::theme::size;

/// A heading with an aside at the right, as in "Attention *A*  rows ask, columns answer". One that is too long loses what
/// follows its last colon or comma. Returns what is left below it.
pub fn heading(painter: &Painter, theme: &Theme, rect: Rect, title: &str, aside: &str) -> Rect {
    let laid = |title: &str| name::line(painter, theme, title, Set::strong(size::BODY, theme.ink));
    let (mut words, mut title) = (title, laid(title));
    while title.size().x > rect.width()
        && let Some(end) = words.rfind([':', ','])
    {
        words = &words[..end];
        title = laid(words);
    }
    let height = title.size().y + theme.px(8.0);
    let room = rect.width() - title.size().x - theme.px(12.0);
    title.paint(painter, rect.min);
    if !aside.is_empty() {
        let aside = name::line(painter, theme, aside, Set::regular(size::BODY, theme.ink2));
        if aside.size().x <= room {
            aside.paint(painter, pos2(rect.right() - aside.size().x, rect.top()));
        }
    }
    Rect::from_min_max(pos2(rect.left(), (rect.top() + height).min(rect.bottom())), rect.max)
}

/// Paints a line with one of its points at `at`.
pub fn put(painter: &Painter, anchor: Align2, at: Pos2, line: &Text) -> Rect {
    line.put(painter, anchor, at)
}

/// A name in at most `room` points; a longer one loses its end.
pub fn fitted(painter: &Painter, theme: &Theme, text: &str, set: Set, room: f32) -> Text {
    let whole = name::name(painter, theme, text, set);
    let width = whole.size().x;
    if width <= room {
        return whole;
    }
    let letters = text.chars().count();
    let mut kept = ((letters as f32 * room / width) as usize).min(letters);
    loop {
        let start: String = text.chars().take(kept).collect();
        let cut = name::line(painter, theme, &format!("{}…", start.replace('*', "")), set);
        if kept == 0 || cut.size().x <= room {
            return cut;
        }
        kept -= 1;
    }
}

/// Every how many names fit, when each needs `need` and gets `has`.
pub fn every(need: f32, has: f32) -> usize {
    if has <= 0.0 {
        usize::MAX
    } else {
        (need / has).ceil().max(1.0) as usize
    }
}
