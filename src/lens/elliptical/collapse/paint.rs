//! Where the parts of the view stand, the chart that is the scrubber, the cards of a phone and the choices.

use egui::{Rect, Ui, pos2, vec2};

use super::board::{self, Hand as BoardHand};
use super::derive::Picture;
use super::film::Mechanism;
use super::{say, show_layer};
use crate::command::{Command, Edit, EllipticalEdit};
use crate::lab::elliptical::{EllipticalChoices, MetricSource};
use crate::lab::readout::text;
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::microscope::depth::{self, Curve, Depth, Look};
use crate::microscope::heading;
use crate::microscope::lanes::Hand;

/// Numbers of layers of the switch.
const LAYERS: [u8; 3] = [5, 12, 24];

/// Below this width, in points of the 1× design, a chart has short names.
const NARROW: f32 = 560.0;

/// The boards side by side, the chart below; on a phone two rows of boards.
pub(super) fn board_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, hand: &BoardHand, out: &mut Out) {
    let theme = stage.theme;
    // A phone's board has no margin of its own, and its chart is a card.
    if rect.left() < theme.px(10.0) {
        let places = two_rows(rect.shrink2(vec2(theme.px(12.0), 0.0)), theme);
        let shown = [Mechanism::Softmax, Mechanism::Max, Mechanism::Mean, Mechanism::Rpc];
        let places: Vec<(Mechanism, Rect)> = std::iter::zip(shown, places).collect();
        board::ui(ui, &places, stage, picture, hand, out);
        return;
    }
    let chart = (0.4 * rect.height())
        .clamp(theme.px(150.0), theme.px(300.0))
        .min(0.5 * rect.height());
    let gap = theme.px(24.0);
    let n = picture.boards.len().max(1) as f32;
    let each = (rect.width() - (n - 1.0) * gap) / n;
    let height = rect.height() - chart - theme.px(22.0);
    let places: Vec<(Mechanism, Rect)> = std::iter::zip(0_u8.., &picture.boards)
        .map(|(i, mechanism)| {
            let left = rect.left() + f32::from(i) * (each + gap);
            (
                *mechanism,
                Rect::from_min_size(pos2(left, rect.top()), vec2(each, height)),
            )
        })
        .collect();
    board::ui(ui, &places, stage, picture, hand, out);
    let below = Rect::from_min_max(pos2(rect.left(), rect.bottom() - chart), rect.max);
    chart_ui(ui, below, stage, picture, out);
}

/// Four places, two in a row; all in one where that leaves each of them more room.
fn two_rows(rect: Rect, theme: &Theme) -> [Rect; 4] {
    let gap = theme.px(12.0);
    let columns = if rect.width() > 1.6 * rect.height() { 4_u8 } else { 2 };
    let rows = 4 / columns;
    let side = |whole: f32, parts: u8| (whole - f32::from(parts - 1) * gap) / f32::from(parts);
    let each = vec2(side(rect.width(), columns), side(rect.height(), rows));
    [0_u8, 1, 2, 3].map(|i| {
        let (column, row) = (f32::from(i % columns), f32::from(i / columns));
        let corner = rect.min + vec2(column * (each.x + gap), row * (each.y + gap));
        Rect::from_min_size(corner, each)
    })
}

/// The token cosine by layer.
pub(super) fn chart_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let title = if rect.width() < theme.px(320.0) {
        "Token cosine by layer"
    } else {
        "Mean cosine between two tokens, by layer"
    };
    let below = heading(ui.painter(), theme, rect, title, "");
    let curve = |mechanism: &Mechanism| {
        let layers = picture.film(*mechanism).map_or(&[][..], |film| &film.layers);
        let name = match mechanism {
            Mechanism::Double if rect.width() > theme.px(NARROW) => say::title(Mechanism::Double),
            other => say::short(*other),
        };
        Curve {
            name: name.to_owned(),
            values: layers.iter().map(|layer| layer.cosine).collect(),
            look: match mechanism {
                Mechanism::Softmax => Look::Disc,
                Mechanism::Max => Look::Ring,
                Mechanism::Mean => Look::Square,
                Mechanism::Rpc => Look::Triangle,
                Mechanism::Double => Look::Dotted,
            },
        }
    };
    let curves: Vec<Curve> = Mechanism::ALL
        .iter()
        .filter(|mechanism| picture.boards.contains(mechanism) || **mechanism == Mechanism::Double)
        .map(curve)
        .collect();
    out.places.push(("layers", below));
    let shown = Depth {
        curves: &curves,
        all: match picture.boards.len() {
            4 => "all four",
            _ => "all three",
        },
        at: picture.layer,
        last: picture.last,
        playing: stage.playing,
        ends: ["one direction", "unrelated"],
        spoken: say::spoken_curves(picture),
    };
    for hand in depth::ui(ui, below, theme, &shown) {
        out.push(match hand {
            Hand::To(layer) => Command::Drag(show_layer(layer)),
            Hand::Release => Command::Drop,
            Hand::Play => Command::Play,
            Hand::Step(by) => Command::StepFilm(by),
        });
    }
}

/// The numbers of the layer, one line a mechanism.
pub(super) fn numbers_ui(ui: &Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let title = format!("Layer {} of {}", picture.layer, picture.last);
    let below = heading(ui.painter(), theme, rect, &title, "token cosine");
    let line = (below.height() / Mechanism::ALL.len() as f32).min(theme.px(30.0));
    let mut y = below.top() + 0.5 * line;
    for mechanism in Mechanism::ALL {
        let cosine = picture
            .cosine(mechanism)
            .map_or_else(|| "–".to_owned(), text::coordinate);
        let number = name::line(ui.painter(), theme, &cosine, Set::strong(size::WORD, theme.ink));
        number.put(ui.painter(), egui::Align2::RIGHT_CENTER, pos2(below.right(), y));
        let words = name::line(
            ui.painter(),
            theme,
            say::title(mechanism),
            Set::regular(size::BODY, theme.ink),
        );
        let place = words.put(ui.painter(), egui::Align2::LEFT_CENTER, pos2(below.left(), y));
        let metric = name::line(
            ui.painter(),
            theme,
            &say::metric(picture, mechanism),
            Set::regular(size::BODY, theme.ink2),
        );
        let right = below.right() - theme.px(64.0);
        if mechanism != Mechanism::Double && place.right() + theme.px(12.0) + metric.size().x < right {
            metric.put(ui.painter(), egui::Align2::RIGHT_CENTER, pos2(right, y));
        }
        y += line;
    }
}

fn edit(edit: EllipticalEdit) -> Command {
    Command::Edit(Edit::Elliptical(edit))
}

fn layers_ui(ui: &mut Ui, theme: &Theme, choices: &EllipticalChoices, out: &mut Out) {
    let words = LAYERS.map(|layers| layers.to_string());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let chosen = LAYERS.iter().position(|layers| *layers == choices.layers);
    let pressed = widgets::segments(ui, theme, "Layers", &words, chosen);
    if let Some(layers) = pressed.and_then(|at| LAYERS.get(at)) {
        out.push(edit(EllipticalEdit::Layers(*layers)));
    }
}

fn metric_ui(ui: &mut Ui, theme: &Theme, choices: &EllipticalChoices, picture: Option<&Picture>, out: &mut Out) {
    let estimated = picture.is_some_and(|picture| picture.estimated);
    if estimated && choices.metric == MetricSource::Given {
        widgets::words(ui, theme, "*M* estimated");
        return;
    }
    widgets::words(ui, theme, "*M*");
    let sources = [MetricSource::Given, MetricSource::Estimated];
    let chosen = sources.iter().position(|source| *source == choices.metric);
    let pressed = widgets::segments(ui, theme, "M", &["given", "estimated"], chosen);
    if let Some(source) = pressed.and_then(|at| sources.get(at)) {
        out.push(edit(EllipticalEdit::Metric(*source)));
    }
}

/// What the view can be set to; what has no room in the strip is in a list.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, out: &mut Out) {
    let theme = stage.theme;
    let choices = &stage.lab.choices.elliptical;
    let room = ui.available_width() / theme.scale;
    // Layers, with the residual stream, with M, with RPC-Attention; the list holds all of it.
    let (more, layers) = (92.0, 140.0);
    let [all, some] = [room > 770.0, room > layers + 165.0 + more];
    if room > layers + more + if some { 230.0 } else { 60.0 } {
        widgets::words(ui, theme, "Layers");
    }
    if room > layers + more {
        layers_ui(ui, theme, choices, out);
    }
    if some && widgets::switch(ui, theme, "Residual stream", choices.residual) {
        out.push(edit(EllipticalEdit::Residual(!choices.residual)));
    }
    if all {
        metric_ui(ui, theme, choices, picture, out);
        if widgets::switch(ui, theme, "RPC", choices.rpc) {
            out.push(edit(EllipticalEdit::Rpc(!choices.rpc)));
        }
    } else if ui.available_width() > theme.px(88.0) {
        let response = widgets::choice(ui, theme, "", "More", |ui| {
            ui.set_min_width(theme.px(300.0));
            more_ui(ui, theme, choices, picture, out);
        });
        out.places.push(("more choices", response.rect));
    }
}

/// Every choice as a row.
fn more_ui(ui: &mut Ui, theme: &Theme, choices: &EllipticalChoices, picture: Option<&Picture>, out: &mut Out) {
    let mut row = |ui: &mut Ui, word: &str, aside: &str, chosen: bool, wish: EllipticalEdit| {
        if widgets::menu_row(ui, theme, None, word, aside, widgets::Button::chosen(chosen)).clicked() {
            out.push(edit(wish));
        }
    };
    for layers in LAYERS {
        let chosen = choices.layers == layers;
        row(
            ui,
            &format!("{layers} layers"),
            "",
            chosen,
            EllipticalEdit::Layers(layers),
        );
    }
    ui.separator();
    let residual = EllipticalEdit::Residual(!choices.residual);
    row(ui, "Residual stream", "adds what came in", choices.residual, residual);
    row(
        ui,
        "RPC-Attention",
        "a board of its own",
        choices.rpc,
        EllipticalEdit::Rpc(!choices.rpc),
    );
    ui.separator();
    let estimated = picture.is_some_and(|picture| picture.estimated);
    let forced = estimated && choices.metric == MetricSource::Given;
    let aside = if forced {
        "round: nothing to scale"
    } else {
        "the same in every layer"
    };
    row(
        ui,
        "Given M",
        aside,
        !estimated,
        EllipticalEdit::Metric(MetricSource::Given),
    );
    row(
        ui,
        "Estimated M",
        "from what moved",
        estimated,
        EllipticalEdit::Metric(MetricSource::Estimated),
    );
}

/// The choices as a card of a phone.
pub(super) fn choices_card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let choices = &stage.lab.choices.elliptical;
    let flow = egui::Layout::left_to_right(egui::Align::Center).with_main_wrap(true);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt("choices").max_rect(rect).layout(flow));
    child.spacing_mut().item_spacing = vec2(theme.px(12.0), theme.px(8.0));
    widgets::words(&mut child, theme, "Layers");
    layers_ui(&mut child, theme, choices, out);
    metric_ui(&mut child, theme, choices, Some(picture), out);
    if widgets::switch(&mut child, theme, "Residual stream", choices.residual) {
        out.push(edit(EllipticalEdit::Residual(!choices.residual)));
    }
}
