//! The maps as thumbnails in place of the board, and the distances between them beside it.

use std::cell::{Cell, RefCell};

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::derive::Picture;
use super::say;
use crate::command::{Command, Edit, SupportEdit};
use crate::lab::readout::text;
use crate::lab::{Source, TextId};
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::look::{Maps, Theme};
use crate::microscope::heat::{self, Cells, Scale, Texture};
use crate::microscope::{heading, put};

/// The picture with what the pointer is on.
pub(super) struct Parts<'a> {
    pub(super) picture: &'a Picture,
    pub(super) revision: u64,
    pub(super) textures: &'a RefCell<Vec<Texture>>,
    /// The pair under the pointer, in the last frame.
    pub(super) pointed: &'a Cell<Option<[usize; 2]>>,
}

fn open(picture: &Picture, head: usize, out: &mut Out) {
    if let Some(number) = picture.numbers.get(head) {
        out.push(Command::Edit(Edit::Head(*number)));
    }
}

/// On a phone the board's place has no margin.
fn off_the_edge(ui: &Ui, rect: Rect, theme: &Theme) -> Rect {
    let edge = ui.ctx().content_rect().left() + theme.px(8.0);
    if rect.left() < edge {
        rect.shrink2(vec2(theme.px(16.0), 0.0))
    } else {
        rect
    }
}

/// Instead of the maps, where there is one head: a way to some.
pub(super) fn alone_ui(ui: &mut Ui, rect: Rect, theme: &Theme, out: &mut Out) {
    let painter = ui.painter().clone();
    let rect = off_the_edge(ui, rect, theme);
    let words = [
        "One head: open a text, whose layers have twelve.",
        "One head: open a text.",
    ];
    let set = Set::regular(size::WORD, theme.ink);
    let [long, short] = words.map(|words| name::line(&painter, theme, words, set));
    let line = if long.size().x <= rect.width() { long } else { short };
    let at = pos2(rect.left(), rect.top() + theme.px(12.0));
    line.paint(&painter, at);
    let place = Rect::from_min_size(
        pos2(rect.left(), at.y + line.size().y + theme.px(14.0)),
        vec2(theme.px(190.0), theme.px(40.0)),
    );
    out.places.push(("open a text", place));
    if widgets::action(ui, theme, "Open “pronoun”", "", true, Some(place)).clicked() {
        out.push(Command::Edit(Edit::Select(Source::Text(TextId::Pronoun))));
    }
}

/// The maps, a click on one of which opens its head.
pub(super) fn thumbnails_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let picture = parts.picture;
    let rect = off_the_edge(ui, rect, theme);
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let title = format!("{}: rows ask, columns answer", say::heads(picture));
    let below = heading(&painter, theme, rect, &title, "a click opens a head");
    let foot = theme.px(44.0);
    let below = Rect::from_min_max(below.min, below.max - vec2(0.0, foot));
    let n = picture.maps.len();
    let caption = theme.px(22.0);
    let gap = theme.px(14.0);
    let cell = |columns: usize| {
        let rows = n.div_ceil(columns);
        let across = (below.width() - gap * (columns as f32 - 1.0)) / columns as f32;
        let up = (below.height() - gap * (rows as f32 - 1.0)) / rows as f32 - caption;
        across.min(up)
    };
    let columns = (1..=n.max(1)).max_by(|a, b| cell(*a).total_cmp(&cell(*b))).unwrap_or(1);
    let side = cell(columns);
    if side < 8.0 {
        return;
    }
    let mut textures = parts.textures.borrow_mut();
    textures.resize_with(n, Texture::default);
    let most = heat::end_of(picture.most).min(1.0);
    let mut pointed = None;
    for (head, (map, texture)) in std::iter::zip(&picture.maps, textures.iter_mut()).enumerate() {
        let step = vec2(side + gap, side + caption + gap);
        let at = below.min + step * vec2((head % columns) as f32, (head / columns) as f32);
        let place = Rect::from_min_size(at + vec2(0.0, caption), vec2(side, side));
        let own = picture.present == Some(head);
        let strong = own || parts.pointed.get().is_some_and(|pair| pair.contains(&head));
        let colour = if own { theme.query_text } else { theme.ink };
        let set = if strong {
            Set::strong(size::BODY, colour)
        } else {
            Set::regular(size::BODY, theme.ink2)
        };
        let words = [format!("head {}", picture.caption(head)), picture.caption(head)];
        let fits = words
            .map(|words| name::line(&painter, theme, &words, set))
            .into_iter()
            .find(|line| line.size().x <= side);
        if let Some(line) = fits {
            line.paint(&painter, at);
        }
        let entry = |row: usize, column: usize| map.get((row, column)).copied().unwrap_or_default();
        let cells = Cells {
            shape: [map.nrows(), map.ncols()],
            entry: &entry,
            most,
            scale: Scale::HowMuch,
            revision: parts.revision,
        };
        cells.paint_picture(ui, &painter, theme, place, texture);
        painter.rect_stroke(place, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
        let held = Rect::from_min_max(at, place.max);
        let response = ui.interact(held, ui.scope_id().with(("thumbnail", head)), Sense::click());
        let spoken = format!("Map of head {}", picture.caption(head));
        response.tell(&|| WidgetInfo::selected(Role::RadioButton, true, own, &spoken));
        let frame = if response.has_focus() {
            Some(theme.focus_stroke())
        } else if own {
            Some(Stroke::new(theme.strokes.zero_line, theme.query))
        } else if response.hovered() || strong {
            Some(Stroke::new(theme.px(2.0), theme.ink))
        } else {
            None
        };
        if let Some(frame) = frame {
            painter.rect_stroke(place.expand(1.0), 0.0, frame, StrokeKind::Outside);
        }
        if response.hovered() {
            pointed = Some([head, head]);
        }
        if response.clicked() && !own {
            open(picture, head, out);
        }
    }
    if pointed.is_some() {
        parts.pointed.set(pointed);
    }
    let end = below.top() + n.div_ceil(columns) as f32 * (side + caption + gap);
    let bar = Rect::from_min_size(
        pos2(below.left(), end),
        vec2(theme.px(160.0).min(below.width()), theme.px(6.0)),
    );
    heat::colour_strip(&painter, theme, bar, Scale::HowMuch);
    let small = Set::regular(size::TICK, theme.ink2);
    let under = bar.bottom() + theme.px(4.0);
    put(
        &painter,
        Align2::LEFT_TOP,
        pos2(bar.left(), under),
        &name::line(&painter, theme, "0", small),
    );
    let last = name::line(&painter, theme, &text::percent(most), small);
    put(&painter, Align2::RIGHT_TOP, pos2(bar.right(), under), &last);
    out.places.push(("thumbnails", below));
}

/// The distances and what they come to.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let words = theme.px(196.0).min(0.42 * rect.height());
    let upper = Rect::from_min_max(rect.min, rect.max - vec2(0.0, words + theme.px(16.0)));
    let whole = distances_ui(ui, upper, stage, parts, out);
    let foot = Rect::from_min_size(
        whole.left_bottom() + vec2(0.0, theme.px(8.0)),
        vec2((0.5 * whole.width()).min(theme.px(160.0)), theme.px(6.0)),
    );
    let most = heat::end_of(parts.picture.distances.amax());
    heat::colour_bar(ui.painter(), theme, foot, Scale::HowMuch, most);
    let rest = Rect::from_min_max(pos2(rect.left(), foot.bottom() + theme.px(40.0)), rect.max);
    summary_ui(ui, rest, theme, parts.picture);
}

/// The card of a phone: the matrix, and at its right what it comes to.
pub(super) fn card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let whole = distances_ui(ui, rect, stage, parts, out);
    let rest = Rect::from_min_max(pos2(whole.right() + theme.px(20.0), whole.top()), rect.max);
    summary_ui(ui, rest, theme, parts.picture);
}

/// The H × H matrix in ink, with its numbers where they fit. Returns where it is.
fn distances_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) -> Rect {
    let theme = stage.theme;
    let picture = parts.picture;
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let below = heading(&painter, theme, rect, "Distance of every two heads", "");
    let n = picture.maps.len();
    let names = theme.px(26.0);
    let room = below.size() - vec2(names, names);
    let side = room.min_elem() / n.max(1) as f32;
    if n == 0 || side < 2.0 {
        return Rect::from_min_size(below.min, vec2(0.0, 0.0));
    }
    let whole = Rect::from_min_size(below.min + vec2(names, names), vec2(side, side) * n as f32);
    let most = heat::end_of(picture.distances.amax());
    let entry = |row: usize, column: usize| picture.distances.get((row, column)).copied().unwrap_or_default();
    let maps = Maps::of(theme);
    let small = Set::regular(size::TICK, theme.ink2);
    let gap = if theme.scale > 1.0 { 2.0 } else { 1.0 };
    let response = ui.interact(whole, ui.scope_id().with("distances"), Sense::click());
    let spoken = format!("Distances of {n} heads, mean {}", text::number(picture.mean));
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &spoken));
    let hovered = response.hover_pos().map(|at| heat::cell_at(whole, [n, n], at));
    let lit = hovered.map(|(a, b)| [a, b]).or(parts.pointed.get());
    for row in 0..n {
        for column in 0..n {
            let place = heat::cell_rect(whole, [n, n], row, column);
            let distance = entry(row, column);
            let share = if most > 0.0 { (distance / most) as f32 } else { 0.0 };
            let shade = maps.ink(share);
            painter.rect_filled(Rect::from_min_max(place.min, place.max - vec2(gap, gap)), 0.0, shade);
            let words = if distance == 0.0 {
                "0".to_owned()
            } else {
                format!("{distance:.1}")
            };
            // Dark ink on pale cells, pale on dark ones: whichever is farther in lightness.
            let pale = u32::from(shade.r()) + u32::from(shade.g()) + u32::from(shade.b()) > 382;
            let canvas_is_pale = theme.canvas.r() > 127;
            let colour = if pale == canvas_is_pale {
                theme.ink
            } else {
                theme.canvas
            };
            let line = name::line(&painter, theme, &words, Set::regular(size::TICK, colour));
            if line.size().x + 3.0 <= side && line.size().y <= side + 2.0 && row != column {
                put(
                    &painter,
                    Align2::CENTER_CENTER,
                    place.center() - vec2(0.5 * gap, 0.5 * gap),
                    &line,
                );
            }
        }
    }
    painter.rect_stroke(whole, 0.0, theme.hairline(theme.line), StrokeKind::Outside);
    let step = crate::microscope::every(theme.px(17.0), side);
    for (head, name) in picture.names.iter().enumerate() {
        let on = lit.is_some_and(|pair| pair.contains(&head)) || picture.present == Some(head);
        let crowded = picture
            .present
            .is_some_and(|own| own != head && own.abs_diff(head) < step);
        if (head % step != 0 || crowded) && !on {
            continue;
        }
        let set = if on { Set::strong(size::TICK, theme.ink) } else { small };
        let line = name::line(&painter, theme, &name.to_string(), set);
        let cell = heat::cell_rect(whole, [n, n], head, head);
        let left = pos2(whole.left() - theme.px(6.0), cell.center().y);
        put(&painter, Align2::RIGHT_CENTER, left, &line);
        let above = pos2(cell.center().x, whole.top() - theme.px(4.0));
        put(&painter, Align2::CENTER_BOTTOM, above, &line);
    }
    let frame = |row: usize, column: usize, stroke: Stroke| {
        let place = heat::cell_rect(whole, [n, n], row, column);
        painter.rect_stroke(place.shrink(0.5), 0.0, stroke, StrokeKind::Outside);
    };
    if let Some(pair) = &picture.nearest {
        let [a, b] = pair.heads;
        let stroke = Stroke::new(theme.strokes.zero_line, theme.query);
        frame(a, b, stroke);
        frame(b, a, stroke);
    }
    if let Some((row, column)) = hovered {
        frame(row, column, Stroke::new(theme.px(2.0), theme.ink));
        let [a, b] = [row, column].map(|head| picture.caption(head));
        let words = format!("heads {a} and {b}: {}", text::number(entry(row, column)));
        parts.pointed.set(Some([row, column]));
        if response.clicked() {
            open(picture, row, out);
        }
        response.on_hover_text_at_pointer(words);
    }
    out.places.push(("distances", whole));
    whole
}

/// Mean, nearest and farthest pair.
fn summary_ui(ui: &Ui, rect: Rect, theme: &Theme, picture: &Picture) {
    let painter = ui.painter_at(rect.expand(2.0));
    let pairs = picture.maps.len() * picture.maps.len().saturating_sub(1) / 2;
    let pair = |words: &str, pair: &Option<super::derive::Pair>| {
        let pair = pair.as_ref()?;
        let [a, b] = pair
            .heads
            .map(|head| picture.names.get(head).copied().unwrap_or_default());
        Some((format!("{words}: {a} and {b}"), text::number(pair.distance)))
    };
    let mean = format!("mean over {} pairs", text::count(pairs));
    let lines = [
        Some((mean, text::number(picture.mean))),
        Some(("standard deviation".to_owned(), text::number(picture.deviation))),
        pair("most alike", &picture.nearest),
        pair("least alike", &picture.farthest),
        picture
            .duplicate
            .then(|| ("copies: 1 and 2".to_owned(), "0".to_owned())),
    ];
    let mut y = rect.top();
    for (i, (words, number)) in lines.into_iter().flatten().enumerate() {
        let colour = if i == 2 { theme.query_text } else { theme.ink };
        let number = name::line(&painter, theme, &number, Set::strong(size::BODY, colour));
        let words = name::line(&painter, theme, &words, Set::regular(size::BODY, theme.ink));
        let wide = words.size().x + number.size().x + theme.px(8.0);
        if y + words.size().y > rect.bottom() + 2.0 || wide > rect.width() {
            return;
        }
        words.paint(&painter, pos2(rect.left(), y));
        put(&painter, Align2::RIGHT_TOP, pos2(rect.right(), y), &number);
        y += words.size().y + theme.px(9.0);
    }
}

/// Whether a head stands in for its neighbour.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, out: &mut Out) {
    let Some(picture) = picture.filter(|picture| picture.maps.len() > 1) else {
        return;
    };
    let [a, b] = [0, 1].map(|head| picture.names.get(head).copied().unwrap_or_default());
    let on = stage.lab.choices.support.duplicate;
    let words = [format!("Duplicate head {a} as {b}"), "Duplicate".to_owned()];
    let theme = stage.theme;
    let fits = words.iter().find(|words| {
        let line = name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink));
        line.size().x + theme.px(52.0) <= ui.available_width()
    });
    if let Some(words) = fits
        && widgets::switch(ui, theme, words, on)
    {
        out.push(Command::Edit(Edit::Support(SupportEdit::Duplicate(!on))));
    }
}
