//! K, and what is left of it when the mean is taken off: two maps with an arrow between them that is the switch.

use egui::{Align2, Painter, Rect, Stroke, Ui, pos2, vec2};
use eigenlens_core::Centring;

use super::paint::{Parts, link, linked_key};
use crate::command::{Command, Edit};
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use crate::look::{Theme, fonts};
use crate::microscope::heat::{self, Cells, Heat, Scale, Texture};
use crate::microscope::put;

/// Textures of the two maps, for clouds of many keys.
#[derive(Default)]
pub(super) struct Textures {
    gram: Texture,
    centred: Texture,
}

/// K, and what is left of it when the mean is taken off.
pub(super) fn grams_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let pca = &parts.picture.fit.pca;
    let n = pca.n_keys();
    let bar_room = theme.px(30.0);
    let title = theme.px(25.0);
    let between = theme.px(42.0);
    let side = (0.5 * (rect.width() - between - theme.px(24.0))).min(rect.height() - title - bar_room);
    let between = between.max(0.3 * (rect.width() - theme.px(24.0) - 2.0 * side));
    if side < theme.px(30.0) {
        return;
    }
    let left = rect.left() + theme.px(24.0);
    let top = rect.top() + title;
    let squares = [left, left + side + between].map(|x| Rect::from_min_size(pos2(x, top), vec2(side, side)));
    let painter = ui.painter_at(rect.expand(theme.px(6.0)));
    let centred = pca.centring() == Centring::Centred;
    let titles = ["Similarity *K*", if centred { "Centred *K̃*" } else { "*K̃* = *K*" }];
    for (square, words) in std::iter::zip(squares, titles) {
        let line = name::line(&painter, theme, words, Set::strong(size::BODY, theme.ink));
        line.paint(&painter, pos2(square.left(), rect.top()));
    }
    let linked = linked_key(stage);
    let [most, most_centred] = parts.picture.fit.most.map(heat::end_of);
    let gram = |row: usize, column: usize| pca.gram()[(row, column)];
    let other = |row: usize, column: usize| pca.centred_gram()[(row, column)];
    let mut textures = parts.textures.borrow_mut();
    let Textures {
        gram: of_gram,
        centred: of_centred,
    } = &mut *textures;
    let heat = |entry, most, scale, what: &str| Heat {
        cells: Cells {
            shape: [n, n],
            entry,
            most,
            scale,
            revision: parts.revision,
        },
        row: linked,
        column: linked,
        spoken: format!("{what}, {n} rows, {n} columns"),
    };
    let scale = if centred { Scale::WhichSign } else { Scale::HowMuch };
    let second = if centred { "Centred K" } else { "K, not centred" };
    let maps = [
        (heat(&gram, most, Scale::HowMuch, "Similarity K"), of_gram),
        (heat(&other, most_centred, scale, second), of_centred),
    ];
    for (square, (heat, texture)) in std::iter::zip(squares, maps) {
        let hit = heat::ui(ui, square, theme, &heat, texture);
        link(out, hit.map(|(row, _)| row));
        let bar = Rect::from_min_size(
            square.left_bottom() + vec2(0.0, theme.px(8.0)),
            vec2(side, theme.px(5.0)),
        );
        heat::colour_bar(&painter, theme, bar, heat.cells.scale, heat.cells.most);
    }
    if let Some(key) = linked
        && let Some(words) = parts.picture.common.keys.get(key)
    {
        let line = name::name(&painter, theme, words, Set::regular(size::BODY, theme.ink));
        let y = top + (key as f32 + 0.5) * side / n as f32;
        put(
            &painter.with_clip_rect(rect),
            Align2::RIGHT_CENTER,
            pos2(left - theme.px(5.0), y),
            &line,
        );
    }
    // The name of a key that is pointed at takes the title's place.
    if linked.is_none() {
        sideways(&painter, theme, squares[0]);
    }
    arrow(&painter, theme, squares, centred);
    // The arrow is a switch: pressed, it takes the mean off or leaves it on.
    let gap = Rect::from_x_y_ranges(
        squares[0].right() + theme.px(4.0)..=squares[1].left() - theme.px(4.0),
        squares[0].center().y - theme.px(22.0)..=squares[0].center().y + theme.px(22.0),
    );
    let response = ui.interact(gap, ui.scope_id().with("take the mean off"), egui::Sense::click());
    response.tell(&|| egui::WidgetInfo::selected(egui::Role::Switch, true, centred, "Take the mean off"));
    if response.has_focus() {
        let ring = theme.focus_stroke();
        ui.painter()
            .rect_stroke(gap, theme.px(4.0), ring, egui::StrokeKind::Inside);
    }
    if response.clicked() {
        let chosen = stage.lab.choices.kernel_pca.centred;
        out.push(Command::Edit(Edit::Centring(!chosen)));
    }
}

/// From K to K̃; struck through where nothing is taken off.
fn arrow(painter: &Painter, theme: &Theme, [from, to]: [Rect; 2], centred: bool) {
    let y = from.center().y;
    let (start, end) = (from.right() + theme.px(9.0), to.left() - theme.px(9.0));
    if end - start < theme.px(10.0) {
        return;
    }
    let stroke = Stroke::new(theme.strokes.thin, theme.ink2);
    painter.line_segment([pos2(start, y), pos2(end, y)], stroke);
    let head = theme.px(5.0);
    let corners = vec![
        pos2(end + 1.0, y),
        pos2(end - head, y - 0.7 * head),
        pos2(end - head, y + 0.7 * head),
    ];
    painter.add(egui::Shape::convex_polygon(corners, theme.ink2, Stroke::NONE));
    if !centred {
        let middle = 0.5 * (start + end);
        let reach = theme.px(8.0);
        let strike = [
            pos2(middle - 0.6 * reach, y + reach),
            pos2(middle + 0.6 * reach, y - reach),
        ];
        painter.line_segment(strike, Stroke::new(theme.strokes.zero_line, theme.ink));
    }
}

/// The title of the rows, which are those of the columns: keys, along the left edge of a map.
fn sideways(painter: &Painter, theme: &Theme, square: Rect) {
    let font = fonts::ui(theme.px(size::TICK));
    let words = "keys × keys".to_owned();
    let galley = painter.layout_no_wrap(words, font, theme.ink2);
    let at = pos2(
        square.left() - theme.px(3.0) - galley.size().y,
        square.bottom() - theme.px(1.0),
    );
    if galley.size().x < square.height() {
        let words = egui::epaint::TextShape::new(at, galley, theme.ink2);
        painter.add(words.with_angle(-std::f32::consts::FRAC_PI_2));
    }
}
