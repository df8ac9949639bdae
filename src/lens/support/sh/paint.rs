//! Beside and below the board: the strip of values, the maps, what the query reads, what it costs.

use std::cell::RefCell;

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use eigenlens_core::ClassToken;

use super::derive::{FEED_FORWARD, Picture, WIDTH};
use super::maps::Maps;
use super::say;
use crate::command::{Command, Edit, SupportEdit};
use crate::lab::readout::text;
use crate::lab::{GridPoint, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::microscope::heat::{self, Cells, Scale, Texture};
use crate::microscope::strip::{self, Hand, Row, Strip};
use crate::microscope::{heading, put};

/// The picture with its maps.
pub(super) struct Parts<'a> {
    pub(super) picture: &'a Picture,
    pub(super) maps: &'a Maps,
    pub(super) textures: &'a RefCell<[Texture; 4]>,
    /// Value coordinates in one step of 1 of a value that is set.
    pub(super) value_scale: f64,
}

fn support(edit: SupportEdit) -> Edit {
    Edit::Support(edit)
}

/// The strip with its heading.
pub(super) fn strip_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let picture = parts.picture;
    let titles = if picture.signed {
        [
            "Values along the sentence, as each head sees them",
            "Values, as each head sees them",
        ]
    } else {
        [
            "Length of the values along the sentence, as each head sees them",
            "Length of the values, as each head sees them",
        ]
    };
    let fits = |title: &&str| {
        let line = name::line(ui.painter(), theme, title, Set::strong(size::BODY, theme.ink));
        line.size().x <= rect.width()
    };
    let title = titles.into_iter().find(fits).unwrap_or(titles[1]);
    let below = heading(ui.painter(), theme, rect, title, "");
    let rows: Vec<Row<'_>> = picture
        .heads
        .iter()
        .enumerate()
        .map(|(h, head)| {
            let factor = picture.choices.factors.get(h).copied().unwrap_or(1);
            let head = head.as_ref().ok();
            Row {
                name: format!("head {}, *s* = {factor}", h + 1),
                blocks: head.map_or(&[], |head| &head.blocks),
                values: head.map_or(&[], |head| &head.values),
                left_out: head.map_or(0..0, |head| head.left_out.clone()),
                factor,
                refusal: head.is_none().then(|| say::refusal(picture, h)),
            }
        })
        .collect();
    let spoken: Vec<String> = (0..4)
        .filter_map(|h| Some(format!("head {}: {}", h + 1, text::number(picture.spike_in(h)?))))
        .collect();
    let shown = Strip {
        rows: &rows,
        n: picture.n(),
        shown: picture.head(),
        apart: usize::from(picture.choices.class_token == ClassToken::Apart),
        most: picture.most,
        drags: picture.signed.then_some(picture.base),
        linked: linked_key(stage),
        spoken: format!("The largest value as each head sees it: {}", spoken.join(", ")),
    };
    let hit = strip::ui(ui, below, theme, &shown);
    out.places.push(("strip", below));
    let mut handles = hit.handles.into_iter();
    if let Some(place) = handles.next() {
        out.places.push(("handle factor", place));
    }
    if let Some(place) = handles.nth(picture.spike) {
        out.places.push(("handle spike", place));
    }
    out.linked = hit.hovered.map(TokenRef::Key).or(out.linked);
    for hand in hit.hands {
        match hand {
            Hand::Factor(head, factor) => {
                let mut factors = picture.choices.factors;
                if let Some(slot) = factors.get_mut(head) {
                    *slot = factor;
                }
                out.push(Command::Drag(support(SupportEdit::Factors(factors))));
            }
            Hand::Value(token, value) => {
                let at = GridPoint::from_world([value / parts.value_scale, 0.0]);
                out.push(Command::Drag(Edit::Value(token, at)));
            }
            Hand::Release => out.push(Command::Drop),
            Hand::Show(head) if head != picture.head() => {
                out.push(Command::Edit(support(SupportEdit::ShHead(head as u8))));
            }
            Hand::Show(_) => {}
        }
    }
}

fn linked_key(stage: &Stage<'_>) -> Option<usize> {
    match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    }
}

/// Maps, what the query reads, the cost.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let gap = theme.px(20.0);
    let reads = theme.px(28.0 + 4.0 * 25.0).min(0.19 * rect.height());
    let cost = theme.px(190.0).min(0.34 * rect.height());
    let maps = rect.height() - reads - cost - 2.0 * gap;
    let slot = |top: f32, height: f32| Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height.max(0.0)));
    let end = maps_ui(ui, slot(rect.top(), maps), stage, parts, out);
    let spare = (rect.bottom() - end - reads - cost).max(2.0 * theme.px(8.0));
    reads_ui(ui, slot(end + 0.5 * spare, reads), theme, parts.picture);
    cost_ui(ui, slot(rect.bottom() - cost, cost), stage, parts.picture, out);
}

/// The four maps with cells of one size: their width is what they cost. Returns where they end.
pub(super) fn maps_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) -> f32 {
    let theme = stage.theme;
    let picture = parts.picture;
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let below = heading(&painter, theme, rect, "Weights: *N* rows, *N*/*s* columns", "");
    let Some(four) = parts.maps.four() else {
        let line = name::line(
            &painter,
            theme,
            "The maps begin …",
            Set::regular(size::BODY, theme.ink2),
        );
        line.paint(&painter, below.min);
        return below.top();
    };
    let columns: usize = four.iter().flatten().map(nalgebra::DMatrix::ncols).sum();
    let rows = four
        .iter()
        .flatten()
        .map(nalgebra::DMatrix::nrows)
        .max()
        .unwrap_or_default();
    if columns == 0 || rows == 0 {
        let line = name::line(&painter, theme, "No factor fits.", Set::regular(size::BODY, theme.ink2));
        line.paint(&painter, below.min);
        return below.top();
    }
    let asker = picture
        .common
        .queries
        .get(picture.common.asking)
        .map_or("q", String::as_str);
    let asker = name::name(&painter, theme, asker, Set::strong(size::BODY, theme.query_text));
    let (above, under, bar) = (theme.px(22.0), theme.px(22.0), theme.px(34.0));
    let indent = (asker.size().x + theme.px(8.0)).min(0.2 * rect.width());
    let gap = theme.px(12.0);
    let count = four.iter().flatten().count() as f32;
    let room = vec2(
        below.width() - indent - gap * (count - 1.0),
        below.height() - above - under - bar,
    );
    let mut cell = (room.x / columns as f32).min(room.y / rows as f32);
    // A narrow map is as wide as what stands over and under it.
    let words = theme.px(38.0);
    for _ in 0..8 {
        let wide: f32 = four
            .iter()
            .flatten()
            .map(|map| (cell * map.ncols() as f32).max(words))
            .sum();
        if wide <= room.x {
            break;
        }
        cell *= 0.98 * room.x / wide;
    }
    if cell <= 0.0 {
        return below.top();
    }
    // Thin maps keep a width that can be seen.
    let least = theme.px(6.0);
    let most = heat::end_of(four.iter().flatten().next().map_or(1.0, nalgebra::DMatrix::max)).min(1.0);
    let mut left = below.left() + indent;
    let mut textures = parts.textures.borrow_mut();
    let mut end = below.left();
    let first = left;
    for (h, (map, texture)) in std::iter::zip(four, textures.iter_mut()).enumerate() {
        let Some(map) = map else { continue };
        let size_of = vec2((cell * map.ncols() as f32).max(least), cell * map.nrows() as f32);
        let place = Rect::from_min_size(pos2(left, below.top() + above), size_of);
        let strong = h == picture.head();
        let set = if strong {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, theme.ink2)
        };
        let factor = picture.choices.factors.get(h).copied().unwrap_or(1);
        let title = name::line(&painter, theme, &format!("*s* = {factor}"), set);
        let wide = place.width().max(words);
        let shape = [
            format!("{} × {}", map.nrows(), map.ncols()),
            format!("× {}", map.ncols()),
        ]
        .map(|shape| name::line(&painter, theme, &shape, Set::regular(size::TICK, theme.ink2)))
        .into_iter()
        .find(|shape| shape.size().x <= wide + 0.6 * gap);
        let place = place.translate(vec2(0.5 * (wide - place.width()), 0.0));
        let at = pos2(place.center().x, place.top() - theme.px(4.0));
        let taken = put(&painter, Align2::CENTER_BOTTOM, at, &title);
        let at = pos2(place.center().x, place.bottom() + theme.px(5.0));
        if let Some(shape) = shape {
            put(&painter, Align2::CENTER_TOP, at, &shape);
        }
        let entry = |row: usize, column: usize| map.get((row, column)).copied().unwrap_or_default().min(most);
        let shades = Cells {
            shape: [map.nrows(), map.ncols()],
            entry: &entry,
            most,
            scale: Scale::HowMuch,
            revision: parts.maps.revision(),
        };
        shades.paint(ui, &painter, theme, place, texture);
        let framed = heat::cell_rect(place, shades.shape, picture.askers.framed, 0);
        let framed = Rect::from_x_y_ranges(place.x_range(), framed.y_range());
        let stroke = Stroke::new(theme.strokes.thin, theme.ink);
        painter.rect_stroke(framed.expand(1.0), 0.0, stroke, StrokeKind::Outside);
        if h == four.iter().position(Option::is_some).unwrap_or_default() {
            let y = framed
                .center()
                .y
                .clamp(place.top() + theme.px(6.0), place.bottom() - theme.px(2.0));
            put(
                &painter,
                Align2::RIGHT_CENTER,
                pos2(place.left() - theme.px(7.0), y),
                &asker,
            );
        }
        let response = ui.interact(place.union(taken), ui.scope_id().with(("map", h)), Sense::click());
        let spoken = format!(
            "Map of head {}, factor {factor}: {} by {}",
            h + 1,
            map.nrows(),
            map.ncols()
        );
        response.tell(&|| WidgetInfo::selected(Role::RadioButton, true, strong, &spoken));
        if response.has_focus() {
            painter.rect_stroke(place.expand(3.0), 0.0, theme.focus_stroke(), StrokeKind::Outside);
        }
        if let Some(at) = response.hover_pos() {
            let (row, _) = heat::cell_at(place, shades.shape, at);
            out.linked = row.checked_sub(picture.askers.extra).map(TokenRef::Key).or(out.linked);
        }
        if response.clicked() && !strong {
            out.push(Command::Edit(support(SupportEdit::ShHead(h as u8))));
        }
        left += wide + gap;
        end = place.bottom();
    }
    out.places.push(("maps", below));
    let bar = Rect::from_min_size(
        pos2(first, end + theme.px(30.0)),
        vec2(theme.px(132.0).min(0.5 * rect.width()), theme.px(6.0)),
    );
    if bar.bottom() + theme.px(16.0) <= rect.bottom() + theme.px(4.0) {
        heat::colour_strip(&painter, theme, bar, Scale::HowMuch);
        let set = Set::regular(size::TICK, theme.ink2);
        let y = bar.bottom() + theme.px(4.0);
        put(
            &painter,
            Align2::LEFT_TOP,
            pos2(bar.left(), y),
            &name::line(&painter, theme, "0", set),
        );
        let more = if most < 1.0 {
            format!("{} and more", text::percent(most))
        } else {
            text::percent(most)
        };
        put(
            &painter,
            Align2::LEFT_TOP,
            pos2(bar.right() - theme.px(26.0), y),
            &name::line(&painter, theme, &more, set),
        );
    }
    bar.bottom() + theme.px(16.0)
}

/// What the asking query reads from each head.
pub(super) fn reads_ui(ui: &mut Ui, rect: Rect, theme: &Theme, picture: &Picture) {
    let painter = ui.painter_at(rect.expand(theme.px(2.0)));
    let title = if picture.signed {
        "What the query reads from each head"
    } else {
        "What the query reads from each head: length"
    };
    let below = heading(&painter, theme, rect, title, "");
    let reads: Vec<Option<f64>> = picture
        .heads
        .iter()
        .map(|head| head.as_ref().ok().map(|head| head.read))
        .collect();
    let number = |value: f64| {
        if picture.signed {
            text::signed(value)
        } else {
            text::number(value)
        }
    };
    let response = ui.interact(below, ui.scope_id().with("reads"), Sense::hover());
    let spoken: Vec<String> = reads.iter().flatten().map(|read| number(*read)).collect();
    let spoken = format!("{title}: {}", spoken.join(", "));
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &spoken));
    let (low, high) = reads.iter().flatten().fold((0.0_f64, 0.0_f64), |(low, high), read| {
        (low.min(*read), high.max(*read))
    });
    let span = (high - low).max(f64::MIN_POSITIVE);
    let left = below.left() + theme.px(70.0);
    let right = below.right() - theme.px(66.0);
    let x_at = |value: f64| left + (right - left) * ((value - low) / span).clamp(0.0, 1.0) as f32;
    let line = (below.height() / 4.0).min(theme.px(25.0));
    for (h, read) in reads.iter().enumerate() {
        let y = below.top() + (h as f32 + 0.5) * line;
        let set = if h == picture.head() {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, theme.ink2)
        };
        let words = name::line(&painter, theme, &format!("head {}", h + 1), set);
        put(&painter, Align2::RIGHT_CENTER, pos2(left - theme.px(10.0), y), &words);
        let Some(read) = read else {
            let words = name::line(
                &painter,
                theme,
                &say::refusal(picture, h),
                Set::regular(size::BODY, theme.ink2),
            );
            put(&painter, Align2::LEFT_CENTER, pos2(left + theme.px(6.0), y), &words);
            continue;
        };
        let bar = Rect::from_two_pos(pos2(x_at(0.0), y - 0.32 * line), pos2(x_at(*read), y + 0.32 * line));
        painter.rect_filled(bar, 0.0, theme.query);
        let words = name::line(
            &painter,
            theme,
            &number(*read),
            Set::strong(size::BODY, theme.query_text),
        );
        put(
            &painter,
            Align2::LEFT_CENTER,
            pos2(bar.right() + theme.px(8.0), y),
            &words,
        );
    }
    let zero = painter.round_to_pixel_center(x_at(0.0));
    painter.vline(zero, below.top()..=below.top() + 4.0 * line, theme.hairline(theme.ink3));
}

/// The cost bar with its limit, and the length that it is counted for.
pub(super) fn cost_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let painter = ui.painter_at(rect.expand(theme.px(2.0)));
    let cost = picture.cost;
    let big = name::line(
        &painter,
        theme,
        &text::percent(cost.now),
        Set::strong(size::HEADLINE, theme.ink),
    );
    put(&painter, Align2::RIGHT_TOP, rect.right_top(), &big);
    let title = name::line(
        &painter,
        theme,
        "Cost against four fine heads",
        Set::strong(size::BODY, theme.ink),
    );
    let y = rect.top() + big.size().y - theme.px(3.0);
    put(&painter, Align2::LEFT_BOTTOM, pos2(rect.left(), y), &title);
    let bar = Rect::from_min_size(
        pos2(rect.left(), rect.top() + big.size().y + theme.px(8.0)),
        vec2(rect.width(), theme.px(24.0)),
    );
    let x_at = |share: f64| bar.left() + bar.width() * share.clamp(0.0, 1.0) as f32;
    let filled = Rect::from_min_max(bar.min, pos2(x_at(cost.now), bar.bottom()));
    painter.rect_filled(filled, 0.0, theme.ink);
    painter.rect_stroke(
        bar,
        0.0,
        Stroke::new(theme.strokes.thin, theme.ink2),
        StrokeKind::Inside,
    );
    let tick = x_at(cost.limit);
    let long = bar.top() - theme.px(5.0)..=bar.bottom() + theme.px(5.0);
    painter.vline(tick, long.clone(), Stroke::new(theme.px(6.0), theme.canvas));
    painter.vline(tick, long, Stroke::new(theme.px(3.0), theme.ink2));
    let set = Set::regular(size::BODY, theme.ink2);
    let words = format!("limit {}", text::percent(cost.limit));
    let words = name::line(&painter, theme, &words, set);
    let below = bar.bottom() + theme.px(7.0);
    let half = 0.5 * words.size().x;
    let middle = tick.clamp(rect.left() + half, (rect.right() - half).max(rect.left() + half));
    let limit = put(&painter, Align2::CENTER_TOP, pos2(middle, below), &words);
    let whole = name::line(&painter, theme, &text::percent(1.0), set);
    if limit.right() + whole.size().x + theme.px(8.0) < rect.right() {
        put(&painter, Align2::RIGHT_TOP, pos2(rect.right(), below), &whole);
    }
    let response = ui.interact(bar, ui.scope_id().with("cost"), Sense::hover());
    let spoken = format!(
        "Cost {} of four fine heads, limit {}",
        text::percent(cost.now),
        text::percent(cost.limit)
    );
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, &spoken));
    let top = limit.bottom() + theme.px(12.0);
    let slider = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + theme.px(44.0)));
    if slider.bottom() > rect.bottom() + theme.px(4.0) {
        return;
    }
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt("length").max_rect(slider));
    let n = text::count(1 << picture.choices.length.min(15));
    let value = f64::from(picture.choices.length);
    let (to, over) = widgets::slider_of(&mut child, theme, slider.width(), ["tokens *N*", &n], value, 6.0..=15.0);
    if let Some(to) = to {
        // The slider's own step of an arrow key is less than a power.
        let power = if over && (to - value).abs() < 0.5 {
            value + (to - value).signum()
        } else {
            to.round()
        };
        let power = if to.total_cmp(&value).is_eq() { value } else { power };
        out.push(Command::Drag(support(
            SupportEdit::Length(power.clamp(6.0, 15.0) as u8),
        )));
    }
    if over {
        out.push(Command::Drop);
    }
    out.places.push(("handle length", slider));
    let words = format!(
        "at 4 096 tokens {}; width {WIDTH}, feed-forward {FEED_FORWARD}",
        text::percent(cost.at_4096)
    );
    let line = name::line(&painter, theme, &words, set);
    let at = pos2(rect.left(), slider.bottom() + theme.px(12.0));
    if at.y + line.size().y <= rect.bottom() + theme.px(4.0) && line.size().x <= rect.width() {
        line.paint(&painter, at);
    }
}

/// The big charts of a hall: the strip, and below it what the query reads and what it costs.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let gap = theme.px(12.0);
    let [cost, reads] = [theme.px(94.0), theme.px(92.0)];
    let strip = (rect.height() - cost - reads - 2.0 * gap).clamp(theme.px(110.0), theme.px(210.0));
    let upper = Rect::from_min_size(rect.min, vec2(rect.width(), strip));
    strip_ui(ui, upper, stage, parts, out);
    let rest = Rect::from_min_max(pos2(rect.left(), upper.bottom() + gap), rect.max);
    let reads = Rect::from_min_max(rest.min, rest.max - vec2(0.0, cost + gap));
    reads_ui(ui, reads, theme, parts.picture);
    let last = Rect::from_min_max(pos2(rest.left(), rest.bottom() - cost), rest.max);
    cost_ui(ui, last, stage, parts.picture, out);
}
