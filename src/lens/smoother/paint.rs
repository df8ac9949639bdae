//! What the lens paints: discs, rings and spokes on the board, both outputs below it, weights, lengths and biases beside it.

use std::iter::zip;

use egui::{Painter, Pos2, Rect, Stroke, Ui, pos2, vec2};
use eigenlens_core::{order_by, sorted_by};

use super::beside::Beside;
use super::derive::{Picture, Point};
use super::say;
use crate::board::{Mark, View, glyphs};
use crate::command::{Command, Edit};
use crate::lab::readout::text;
use crate::lab::{SmootherForm, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::{self, Button};
use crate::microscope::pairs::{self, Note, Pairs};
use crate::microscope::{hanging, heading, straight};

/// Up to how many keys the spokes and the lighter rings are drawn: more are a grey disc.
const FEW: usize = 200;
/// Up to how many coordinates the outputs are lying bars with numbers.
const FEW_COORDINATES: usize = 3;
/// Ratios nearer to 1 than this carry no number.
const NOTED: f64 = 1.05;

fn linked_key(stage: &Stage<'_>) -> Option<usize> {
    match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    }
}

fn link(out: &mut Out, key: Option<usize>) {
    if let Some(key) = key {
        out.linked = Some(TokenRef::Key(key));
    }
}

/// Whether the plane of the board has the origin from which lengths are measured.
fn has_origin(picture: &Picture) -> bool {
    picture.common.head.dim() <= 2
}

/// A thin line from the origin to each key: its length is what matters.
pub(super) fn spokes(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    if !has_origin(picture) {
        return;
    }
    let origin = view.screen_from_world([0.0; 2]);
    let lit = linked_key(stage);
    let stroke = theme.hairline(theme.line);
    for (key, at) in picture.common.positions.keys.iter().enumerate().take(FEW) {
        if lit != Some(key) {
            painter.line_segment([origin, view.screen_from_world(*at)], stroke);
        }
    }
    if let Some(at) = lit.and_then(|key| picture.common.positions.keys.get(key)) {
        let stroke = Stroke::new(theme.strokes.thin, theme.ink2);
        painter.line_segment([origin, view.screen_from_world(*at)], stroke);
    }
    painter.circle_filled(origin, theme.px(4.0), theme.ink2);
    let zero = name::line(painter, theme, "0", Set::regular(size::WORD, theme.ink2));
    let place = origin + vec2(theme.px(8.0), theme.px(2.0));
    if view.rect().shrink(theme.px(40.0)).contains(origin) {
        zero.paint_halo(painter, theme, place);
    }
}

/// Under each key a warm disc, its area the weight, and in dashes the ring of the weight that was not chosen.
pub(super) fn discs(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    let side = view.rect().width().min(view.rect().height());
    let whole = side * say::whole_disc(picture) as f32;
    let radius = |weight: f64| whole * weight.max(0.0).sqrt() as f32;
    let place = |key: usize| {
        let at = picture.common.positions.keys.get(key)?;
        Some(view.screen_from_world(*at))
    };
    for (key, weight) in picture.chosen().weights.iter().enumerate() {
        if let Some(at) = place(key) {
            painter.circle_filled(at, radius(*weight), theme.weight_disc());
        }
    }
    let stroke = Stroke::new(theme.strokes.thin, theme.ink);
    // What is smaller than the key lies under it.
    let least = theme.px(glyphs::KEY_RADIUS);
    let rings: Vec<(f32, Pos2)> = zip(0.., &picture.other().weights)
        .filter_map(|(key, weight)| Some((radius(*weight), place(key)?)))
        .filter(|(radius, _)| *radius > least)
        .collect();
    for (radius, at) in sorted_by(&rings, &|a, b| b.0.total_cmp(&a.0)).into_iter().take(FEW) {
        glyphs::dashed_circle(painter, at, radius, stroke, theme.px(4.0));
    }
}

/// What names stay off: both outputs and the origin.
pub(super) fn marks(picture: &Picture) -> Vec<Mark> {
    let radius = glyphs::OUTPUT_RADIUS + 2.0;
    let mark = |at: [f64; 2], radius: f32, words: &'static str, symbol: &'static str| Mark {
        at,
        radius,
        words,
        symbol,
    };
    let chosen = picture.on_board(picture.chosen());
    let other = picture.on_board(picture.other());
    let origin = has_origin(picture).then_some([0.0; 2]);
    [
        chosen.map(|at| mark(at, radius, "output ", "h")),
        other.map(|at| mark(at, radius, "", "")),
        origin.map(|at| mark(at, 20.0, "", "")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Both outputs, where the values live in the plane.
pub(super) fn outputs(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture, ghost: Option<&Picture>) {
    let theme = stage.theme;
    if let Some(at) = ghost.and_then(|ghost| ghost.on_board(ghost.chosen())) {
        glyphs::frozen(painter, theme, view.screen_from_world(at), true);
    }
    let (Some(chosen), Some(other)) = (picture.on_board(picture.chosen()), picture.on_board(picture.other())) else {
        return;
    };
    let [chosen, other] = [chosen, other].map(|at| view.screen_from_world(at));
    glyphs::other_output(painter, theme, other, true);
    glyphs::output(painter, theme, chosen);
    if chosen.distance(other) < theme.px(1.0) {
        // They coincide: the dashes stand on the warm line, as the rings do on the discs.
        glyphs::other_output(painter, theme, other, false);
    }
}

/// Both outputs below the board: the legend of their diamonds, and each coordinate of both.
pub(super) fn output_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, beside: &Beside) {
    let theme = stage.theme;
    let mut rect = Rect::from_min_max(rect.min + vec2(0.0, theme.px(12.0)), rect.max);
    if let Beside::Refined(refined) = beside {
        rect = refined.values_ui(ui, rect, stage, picture);
    }
    let below = match (beside, linked_key(stage)) {
        (Beside::Territories(territories), Some(key)) => territories.heading(ui.painter(), theme, rect, picture, key),
        _ => diamonds(ui.painter(), theme, rect, picture),
    };
    let (filled, outlined) = (&picture.chosen().output, &picture.other().output);
    let dim = filled.len();
    let few = dim <= FEW_COORDINATES;
    let names: Vec<String> = (1..=dim)
        .map(|i| if few { text::subscripted("h", i) } else { i.to_string() })
        .collect();
    let against = |i: usize, a: f64, b: f64| Note {
        pair: i,
        text: format!("{} against {}", text::coordinate(a), text::coordinate(b)),
        warm: false,
    };
    let notes: Vec<Note> = zip(filled, outlined)
        .enumerate()
        .map(|(i, (a, b))| against(i, *a, *b))
        .filter(|_| few)
        .collect();
    let order: Vec<usize> = (0..dim).collect();
    let shown = Pairs {
        names: &names,
        filled,
        outlined,
        order: &order,
        notes: &notes,
        linked: None,
        spoken: format!("Both outputs, {dim} coordinates"),
    };
    if few {
        pairs::lying_ui(ui, below, theme, &shown, 44.0);
    } else {
        pairs::upright_ui(ui, below, theme, &shown);
    }
}

/// The heading of the outputs with their diamonds. Returns what is left below.
fn diamonds(painter: &Painter, theme: &Theme, rect: Rect, picture: &Picture) -> Rect {
    let words = say::pair(picture.form);
    let sets = [
        Set::strong(size::BODY, theme.query_text),
        Set::regular(size::BODY, theme.ink),
    ];
    let texts = [0, 1].map(|i| name::line(painter, theme, words[i], sets[i]));
    let (mark, gap) = (theme.px(24.0), theme.px(18.0));
    let width = texts.iter().map(|text| mark + text.size().x).sum::<f32>() + gap;
    let title = ["Output *h*, coordinate by coordinate", "Output *h*"]
        .into_iter()
        .find(|title| {
            let title = name::line(painter, theme, title, Set::strong(size::BODY, theme.ink));
            title.size().x + gap + width <= rect.width()
        });
    let below = heading(painter, theme, rect, title.unwrap_or("Output *h*"), "");
    if title.is_none() {
        // The weights beside the board have the same two words.
        return below;
    }
    let mut left = rect.right() - width;
    for (i, text) in texts.iter().enumerate() {
        let centre = pos2(left + theme.px(10.0), rect.top() + 0.5 * text.size().y);
        if i == 0 {
            glyphs::output(painter, theme, centre);
        } else {
            glyphs::other_output(painter, theme, centre, true);
        }
        text.paint(painter, pos2(left + mark, rect.top()));
        left += mark + text.size().x + gap;
    }
    below
}

/// Weights, lengths and biases, one below the other.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let gap = theme.px(18.0);
    let keys = picture.bias.len() as f32;
    let head = theme.px(28.0);
    let most = (0.42 * rect.height()).max((head + keys.min(15.0) * theme.px(15.0)).min(0.55 * rect.height()));
    let weights = (head + keys * theme.px(23.0)).min(most);
    let rest = rect.height() - weights - 2.0 * gap;
    let bias = (0.4 * rest).clamp(theme.px(102.0), theme.px(160.0)).min(0.5 * rest);
    let slot = |top: f32, height: f32| Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height.max(0.0)));
    weights_ui(ui, slot(rect.top(), weights), stage, picture, out);
    let top = rect.top() + weights + gap;
    length_ui(ui, slot(top, rest - bias), stage, picture, out);
    bias_ui(ui, slot(rect.bottom() - bias, bias), stage, picture, out);
}

/// Both weights of each key.
fn weights_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    weights_within(ui, rect, stage, picture, out, 23.0);
}

fn weights_within(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out, line: f32) {
    let theme = stage.theme;
    let keys = picture.bias.len();
    let crowded = pairs::lying_room(theme, rect.height() - theme.px(28.0));
    let title = if keys > crowded {
        format!("{crowded} of {keys} keys")
    } else {
        "Weight of each key".to_owned()
    };
    let below = pairs::heading(ui.painter(), theme, rect, &title, say::pair(picture.form));
    let (order, notes) = (by_change(picture), notes(picture));
    let shown = weights(stage, picture, &order, &notes);
    out.places.push(("weights", below));
    link(out, pairs::lying_ui(ui, below, theme, &shown, line));
}

/// The card of a phone: the switch, and below it both weights of each key.
pub(super) fn weights_card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), theme.px(40.0)));
    let mut head = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("switch")
            .max_rect(line)
            .layout(egui::Layout::left_to_right(egui::Align::Min)),
    );
    switch_ui(&mut head, theme, picture.form, out);
    let below = Rect::from_min_max(line.left_bottom() + vec2(0.0, theme.px(4.0)), rect.max);
    let (order, notes) = (by_change(picture), notes(picture));
    let shown = weights(stage, picture, &order, &notes);
    let upright = pairs::stands_upright(ui.painter(), theme, &picture.common.keys, below.width());
    let hovered = if upright {
        pairs::upright_ui(ui, below, theme, &shown)
    } else {
        pairs::lying_ui(ui, below, theme, &shown, 23.0)
    };
    link(out, hovered);
}

/// The keys whose weights differ most first; the one that the dot product favours before all.
fn by_change(picture: &Picture) -> Vec<usize> {
    let change: Vec<f64> = zip(&picture.dot.weights, &picture.distance.weights)
        .map(|(a, b)| (a - b).abs())
        .collect();
    let named = |key: usize| key == picture.longest;
    order_by(change.len(), &|a, b| {
        named(b).cmp(&named(a)).then_with(|| change[b].total_cmp(&change[a]))
    })
}

/// The largest and the smallest ratio, or by distance the nearest key's weight.
fn notes(picture: &Picture) -> Vec<Note> {
    if let Point::Near(key) = picture.point {
        let weight = picture.distance.weights.get(key).copied().unwrap_or_default();
        return vec![Note {
            pair: key,
            text: text::percent(weight),
            warm: true,
        }];
    }
    if picture.form != SmootherForm::Dot {
        return Vec::new();
    }
    [picture.longest, picture.shortest]
        .into_iter()
        .filter_map(|key| {
            let ln = *picture.log_ratio.get(key)?;
            (ln.abs() > NOTED.ln()).then(|| Note {
                pair: key,
                text: format!("×\u{a0}{}", text::ratio(ln)),
                warm: matches!(picture.point, Point::Long(named) | Point::Short(named) if named == key),
            })
        })
        .collect()
}

fn weights<'a>(stage: &Stage<'_>, picture: &'a Picture, order: &'a [usize], notes: &'a [Note]) -> Pairs<'a> {
    let [disc, ring] = say::pair(picture.form);
    Pairs {
        names: &picture.common.keys,
        filled: &picture.chosen().weights,
        outlined: &picture.other().weights,
        order,
        notes,
        linked: linked_key(stage),
        spoken: format!(
            "{} weighs {} keys by {disc} and by {ring}",
            picture.common.asker(),
            picture.bias.len()
        ),
    }
}

/// The logarithm of the ratio of both weights against the squared length of the key: a straight line.
pub(super) fn length_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let bridged = picture.form == SmootherForm::DotWithBias;
    let title = if bridged {
        "With the bias length makes no difference"
    } else {
        "The whole difference is length"
    };
    let below = heading(ui.painter(), theme, rect, title, "");
    let line = (picture.slope, picture.intercept);
    let slope = format!("slope {}", say::slope(picture));
    let shown = straight::Straight {
        xs: &picture.squared_length,
        ys: if bridged {
            &picture.log_ratio_with_bias
        } else {
            &picture.log_ratio
        },
        line: if bridged { (0.0, 0.0) } else { line },
        before: bridged.then_some(line),
        names: &picture.common.keys,
        named: Some(picture.longest).filter(|_| !matches!(picture.point, Point::EquallyLong | Point::LengthIsSmall)),
        linked: linked_key(stage),
        slope: if bridged { "slope 0" } else { &slope },
        y_title: if bridged {
            "↑ dot + bias / distance"
        } else {
            "↑ dot / distance"
        },
        x_titles: ["squared length ‖*k*‖² →", "‖*k*‖² →"],
        spoken: format!(
            "Ratio of the weights against squared length, a straight line of slope {}",
            text::spoken(&text::number(if bridged { 0.0 } else { picture.slope }))
        ),
    };
    out.places.push(("length", below));
    link(out, straight::ui(ui, below, theme, &shown));
}

/// The bias of each key, and how far the two are apart with it.
pub(super) fn bias_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let named = linked_key(stage).unwrap_or(picture.longest);
    let value = picture.bias.get(named).copied();
    let aside = value.map(|value| {
        let symbol = text::subscripted("b", named + 1);
        format!("*{symbol}* = {}", text::number(value))
    });
    let below = heading(
        ui.painter(),
        theme,
        rect,
        "Add the bias *b_j* and the two agree",
        &aside.unwrap_or_default(),
    );
    let shown = hanging::Hanging {
        values: &picture.bias,
        title: &format!("*b* = −‖*k*‖²/(2{})", say::temperature(picture)),
        result: &format!("largest difference {}", text::residual(picture.difference)),
        linked: linked_key(stage),
        spoken: format!("The bias of {} keys, none above 0", picture.bias.len()),
    };
    out.places.push(("bias", below));
    link(out, hanging::ui(ui, below, theme, &shown));
}

/// Big lying bars for a hall, and the straight line below them where it has room.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let keys = picture.bias.len().min(15) as f32;
    let chart = (rect.height() - theme.px(56.0) - keys * theme.px(20.0)).min(theme.px(260.0));
    let roomy = chart > theme.px(150.0);
    let weights = if roomy {
        Rect::from_min_max(rect.min, rect.max - vec2(0.0, chart + theme.px(16.0)))
    } else {
        rect
    };
    weights_within(ui, weights, stage, picture, out, 34.0);
    if roomy {
        let below = Rect::from_min_max(pos2(rect.left(), rect.bottom() - chart), rect.max);
        length_ui(ui, below, stage, picture, out);
    }
}

/// Which weights are discs, and τ.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, out: &mut Out) {
    let theme = stage.theme;
    switch_ui(ui, theme, stage.lab.choices.smoother, out);
    let Some(picture) = picture else { return };
    let tau = text::number(picture.common.temperature);
    widgets::words(ui, theme, &format!("{} = {tau}", say::temperature(picture)));
}

/// The three forms side by side, in shorter words or in a list where there is less room.
fn switch_ui(ui: &mut Ui, theme: &Theme, form: SmootherForm, out: &mut Out) {
    const TITLE: &str = "Weigh by";
    let words = [
        SmootherForm::ALL.map(SmootherForm::name),
        ["dot product", "distance", "dot + bias"],
        ["dot", "distance", "+ bias"],
    ];
    let room = ui.available_width();
    let width = |words: &[&str; 3]| {
        words
            .iter()
            .map(|word| {
                let text = name::line(ui.painter(), theme, word, Set::strong(size::BODY, theme.ink));
                text.size().x + theme.px(24.0)
            })
            .sum::<f32>()
    };
    let chosen = SmootherForm::ALL.iter().position(|other| *other == form);
    if let Some(words) = words.iter().find(|words| width(words) <= room) {
        let pressed = widgets::segments(ui, theme, TITLE, words, chosen).and_then(|i| SmootherForm::ALL.get(i));
        out.commands
            .extend(pressed.map(|form| Command::Edit(Edit::Smoother(*form))));
        return;
    }
    // Where not even the list fits, the key C and the list of controls beside the canvas remain.
    if room < theme.px(136.0) {
        return;
    }
    widgets::choice(ui, theme, "", say::short(form), |ui| {
        for other in SmootherForm::ALL {
            if widgets::menu_row(ui, theme, None, other.name(), "", Button::chosen(other == form)).clicked() {
                out.push(Command::Edit(Edit::Smoother(other)));
            }
        }
    });
}
