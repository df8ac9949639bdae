//! The linked views of the ellipse: gauge and weights below the board; fit, error, metric and contours beside it.

use std::cell::Cell;

use egui::{Align, Align2, Layout, Rect, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use eigenlens_core::{MetricScaling, RegressionError};

use super::board::{self, linked_key, with_entry};
use super::derive::Picture;
use super::{draws, say};
use crate::board::{gauge, glyphs};
use crate::command::{Command, Edit, EllipticalEdit};
use crate::lab::elliptical::MetricSource;
use crate::lab::preset::Truth;
use crate::lab::readout::text;
use crate::lab::{SmootherForm, Thousandths, TokenRef};
use crate::lens::common::keys_in_use;
use crate::lens::elliptical::section::clipped;
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use crate::look::widgets::{self, Button};
use crate::microscope::along::{self, Along};
use crate::microscope::levers::{self, Lever, Levers};
use crate::microscope::moved::{self, Look};
use crate::microscope::pairs::{self, Pairs};
use crate::microscope::stacked::{self, Bar};
use crate::microscope::{heading, put};

/// The forms in the order of the little pictures.
const FORMS: [SmootherForm; 3] = [
    SmootherForm::NadarayaWatson,
    SmootherForm::Dot,
    SmootherForm::DotWithBias,
];
/// The dial of σ reaches from one to the other, on a logarithmic scale.
const SIGMAS: [f64; 2] = [0.02, 20.0];

/// What the panels need.
pub(super) struct Parts<'a> {
    pub(super) picture: &'a Picture,
    /// Errors with M and with M = I, once they are there.
    pub(super) errors: Option<[RegressionError; 2]>,
    /// Draws ready, and draws in all, while they are under way.
    pub(super) progress: Option<(usize, usize)>,
    /// A full bar of m, kept while one is dragged.
    pub(super) full: &'a Cell<f64>,
}

fn elliptical(edit: EllipticalEdit) -> Command {
    Command::Edit(Edit::Elliptical(edit))
}

fn below(rect: Rect, top: f32, height: f32) -> Rect {
    Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height.max(0.0)))
}

/// Gauge, and the weight of each key.
pub(super) fn chart_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let mut rest = Rect::from_min_max(rect.min + vec2(0.0, theme.px(12.0)), rect.max);
    if parts.picture.values.is_some() {
        rest = gauge_ui(ui, rest, stage, parts.picture);
        rest.min.y += theme.px(6.0);
    }
    weights_ui(ui, rest, stage, parts.picture, out);
}

fn gauge_ui(ui: &Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture) -> Rect {
    let theme = stage.theme;
    let painter = ui.painter_at(rect.expand(theme.px(20.0)));
    let (Some(levels), Some(estimate)) = (board::levels(picture, theme), picture.estimate(picture.chosen())) else {
        return rect;
    };
    gauge::paint(&painter, theme, rect, &levels, estimate, picture.true_value)
}

fn weights_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    if rect.height() < theme.px(52.0) {
        return;
    }
    let filled = match picture.form {
        SmootherForm::NadarayaWatson => "ellipse",
        SmootherForm::Dot => "as used",
        SmootherForm::DotWithBias => "dot + bias",
    };
    let rest = pairs::heading(
        ui.painter(),
        theme,
        rect,
        "Weight of each key",
        [filled, "plain softmax"],
    );
    let shown = Pairs {
        names: &picture.common.keys,
        filled: &picture.chosen().weights,
        outlined: &picture.plain.weights,
        order: &picture.order,
        notes: &[],
        linked: linked_key(stage),
        spoken: format!(
            "{} weighs {} keys, and as plain softmax does",
            picture.common.asker(),
            picture.distance.len()
        ),
    };
    out.places.push(("weights", rest));
    if let Some(key) = pairs::upright_ui(ui, rest, theme, &shown) {
        out.linked = Some(TokenRef::Key(key));
    }
}

/// The column beside the board.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let low = rect.height() < theme.px(600.0);
    let gap = theme.px(if low { 12.0 } else { 22.0 });
    let head = theme.px(28.0);
    let picture = parts.picture;
    let pictures = (rect.width() - 2.0 * theme.px(14.0)) / 3.0;
    let contours = head + pictures.min(theme.px(if low { 84.0 } else { 116.0 })) + theme.px(40.0 + 20.0);
    let bars = levers::height(picture.dim()) + if picture.origin.is_some() { 52.0 } else { 0.0 };
    let metric = theme.px(44.0 + bars);
    let error = head + theme.px(62.0);
    let rest = rect.height() - contours - metric - error - 3.0 * gap;
    let mut top = rect.top();
    let mut take = |height: f32| {
        let slot = below(rect, top, height);
        top += height + gap;
        slot
    };
    if has_fit(picture) && rest > theme.px(90.0) {
        fit_ui(ui, take(rest.min(theme.px(230.0))), stage, parts);
        error_ui(ui, take(error), stage, parts);
        metric_ui(ui, take(metric), stage, parts, out);
    } else {
        // Without a fit the bars of m have more room.
        error_ui(ui, take(error + head), stage, parts);
        let more = if picture.dim() > 4 {
            rest.min(theme.px(160.0)).max(0.0)
        } else {
            0.0
        };
        metric_ui(ui, take(metric + more), stage, parts, out);
    }
    let slot = take(contours);
    let slot = slot.with_max_y(slot.bottom().min(rect.bottom()));
    contours_ui(ui, slot, stage, picture, out);
}

fn has_fit(picture: &Picture) -> bool {
    picture.fit.is_some()
}

/// The estimates along x₁.
pub(super) fn fit_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>) {
    let (picture, theme) = (parts.picture, stage.theme);
    let Some(fit) = &picture.fit else { return };
    let rest = heading(ui.painter(), theme, rect, "The fit along *x₁*, through the query", "");
    let estimate = picture.estimate(picture.chosen()).unwrap_or_default();
    let shown = Along {
        xs: &fit.xs,
        truth: fit.truth.as_deref(),
        solid: &fit.ellipse,
        dashed: &fit.circle,
        query: [fit.at, estimate],
        names: [shape_word(picture), "circle"],
        spoken: format!(
            "The estimate along x 1: {} at the query",
            text::spoken(&text::number(estimate))
        ),
    };
    along::ui(ui, rest, theme, &shown);
}

fn shape_word(picture: &Picture) -> &'static str {
    if picture.is_round() { "chosen" } else { "ellipse" }
}

/// Bias² and variance where a truth is known; else how far the outputs are apart, and how many keys each uses.
pub(super) fn error_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>) {
    let (picture, theme) = (parts.picture, stage.theme);
    let word = shape_word(picture);
    if picture.truth.is_none() {
        let apart = format!("outputs {} apart", text::number(picture.outputs_apart()));
        let rest = heading(ui.painter(), theme, rect, "Keys in use, 1/Σ*w*²", &apart);
        let bar = |name: &str, weights: &[f64], look: Look| moved::Bar {
            name: name.to_owned(),
            value: keys_in_use(weights),
            text: text::number(keys_in_use(weights)),
            look,
        };
        let bars = [
            bar("plain softmax", &picture.plain.weights, Look::Quiet),
            bar("with *M* = *I*", &picture.circle.weights, Look::Quiet),
            bar("with *M*", &picture.chosen().weights, Look::Strong),
        ];
        let spoken = format!(
            "Keys in use: {} with M, {} with M = I",
            text::number(keys_in_use(&picture.chosen().weights)),
            text::number(keys_in_use(&picture.circle.weights))
        );
        return moved::ui(ui, rest, theme, &bars, &spoken);
    }
    let (title, aside) = if picture.exact.is_some() {
        ("Error at the query, truth 1, noise ½", "exact".to_owned())
    } else {
        let progress = parts.progress.map_or_else(String::new, |(done, _)| format!("{done} …"));
        ("Error over 200 fresh draws of the noise", progress)
    };
    debug_assert_eq!(draws::DRAWS, 200, "the title says so");
    let rest = heading(ui.painter(), theme, rect, title, &aside);
    let Some([ellipse, circle]) = parts.errors else { return };
    let bar = |name: &'static str, error: RegressionError, warm: bool| Bar {
        name,
        parts: [error.bias_squared, error.variance],
        text: three(error.total()),
        warm,
    };
    let bars = [bar("circle", circle, false), bar(word, ellipse, true)];
    let spoken = format!(
        "Error of the circle {}, with M {}",
        three(circle.total()),
        three(ellipse.total())
    );
    stacked::ui(ui, rest, theme, &bars, ["bias²", "variance"], &spoken);
}

/// Three decimals, as errors are compared.
fn three(value: f64) -> String {
    if (0.0005..100.0).contains(&value) {
        format!("{value:.3}")
    } else {
        text::number(value)
    }
}

/// The bars of m, given or estimated.
pub(super) fn metric_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let (picture, theme) = (parts.picture, stage.theme);
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), theme.px(36.0)));
    let right = Layout::right_to_left(Align::Center);
    let mut head = ui.new_child(UiBuilder::new().id_salt("metric").max_rect(line).layout(right));
    let sources = [MetricSource::Given, MetricSource::Estimated];
    let chosen = sources.iter().position(|source| *source == picture.source);
    if let Some(i) = widgets::segments(&mut head, theme, "Metric", &["given", "estimated"], chosen) {
        out.commands
            .extend(sources.get(i).map(|source| elliptical(EllipticalEdit::Metric(*source))));
    }
    let room = head.min_rect().left() - line.left() - theme.px(6.0);
    let strong = Set::strong(size::BODY, theme.ink);
    let titles = ["Metric *M* = diag(*m*)", "Metric *M*"].map(|words| name::line(ui.painter(), theme, words, strong));
    if let Some(title) = titles.iter().find(|title| title.size().x <= room) {
        title.put(ui.painter(), Align2::LEFT_CENTER, line.left_center());
    }
    let mut rest = Rect::from_min_max(line.left_bottom() + vec2(0.0, theme.px(6.0)), rect.max);
    let source = say::source(picture, &stage.lab.scene);
    if !source.is_empty() {
        let line = name::line(ui.painter(), theme, &source, Set::regular(size::BODY, theme.ink2));
        let painter = ui.painter_at(rest);
        line.paint(&painter, rest.left_bottom() - vec2(0.0, line.size().y));
        rest.max.y -= line.size().y + theme.px(2.0);
        let row = Rect::from_min_max(pos2(rest.left(), rest.bottom() - theme.px(26.0)), rest.max);
        scaling_ui(ui, row, stage, picture, out);
        rest.max.y -= row.height() + theme.px(4.0);
    }
    let shown: Vec<Lever> = picture
        .m
        .iter()
        .enumerate()
        .map(|(i, m)| Lever {
            name: format!("*{}*", text::subscripted("m", i + 1)),
            spoken: format!("Bar of m {}", i + 1),
            value: *m,
            text: text::number(*m),
            tick: None,
        })
        .collect();
    if !stage.in_gesture || parts.full.get() <= 0.0 {
        parts.full.set(levers::full(picture.m.iter().copied()));
    }
    let bars = Levers {
        levers: &shown,
        most: parts.full.get(),
        fixed: false,
    };
    out.places.push(("metric", rest));
    for hand in levers::ui(ui, rest, theme, &bars) {
        out.push(match hand {
            levers::Hand::To(i, value) => Command::Drag(with_entry(picture, i, value)),
            levers::Hand::Release => Command::Drop,
        });
    }
}

/// How an estimated m is scaled.
fn scaling_ui(ui: &mut Ui, row: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let flow = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().id_salt("scaling").max_rect(row).layout(flow));
    widgets::text_title(&mut child, stage.theme, "Scaling");
    for scaling in MetricScaling::ALL {
        let chosen = scaling == picture.scaling;
        if widgets::text_tab(&mut child, stage.theme, scaling.name(), chosen).clicked() {
            out.push(elliptical(EllipticalEdit::Scaling(scaling)));
        }
    }
}

/// Where the weight is equal, in each form: a click chooses the form.
pub(super) fn contours_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    let words = theme.px(40.0);
    let least = theme.px(24.0);
    if rect.height() < theme.px(28.0) + least + words {
        return;
    }
    let rest = heading(ui.painter(), theme, rect, "Where is the weight equal?", "");
    let gap = theme.px(14.0);
    let foot = if rest.height() > theme.px(130.0) {
        theme.px(22.0)
    } else {
        0.0
    };
    let width = (rest.width() - 2.0 * gap) / 3.0;
    let height = (rest.height() - words - foot).min(width);
    if height < least {
        return;
    }
    for (i, form) in FORMS.into_iter().enumerate() {
        let left = rest.left() + i as f32 * (width + gap);
        let place = Rect::from_min_size(pos2(left, rest.top()), vec2(width, height));
        let whole = Rect::from_min_size(place.min, vec2(width, height + words));
        let response = ui.interact(whole, ui.scope_id().with(("form", i)), Sense::click());
        let chosen = picture.form == form;
        response.tell(&|| WidgetInfo::selected(egui::Role::RadioButton, true, chosen, format!("Form {}", form.name())));
        if response.clicked() {
            out.push(elliptical(EllipticalEdit::Form(form)));
        }
        let fill = if response.hovered() { theme.press } else { theme.hover };
        ui.painter().rect_filled(place, 0.0, fill);
        contour(ui, place.shrink(1.0), stage, picture, form);
        let frame = if response.has_focus() {
            theme.focus_stroke()
        } else if chosen {
            Stroke::new(theme.px(3.0), theme.ink)
        } else {
            theme.hairline(theme.line)
        };
        ui.painter().rect_stroke(place, 0.0, frame, StrokeKind::Inside);
        let lines = match form {
            SmootherForm::NadarayaWatson => ["Nadaraya–", "Watson"],
            SmootherForm::Dot => ["dot product", "as used"],
            SmootherForm::DotWithBias => ["dot product", "+ bias"],
        };
        let set = if chosen {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, theme.ink2)
        };
        for (row, word) in lines.into_iter().enumerate() {
            let at = pos2(
                place.center().x,
                place.bottom() + theme.px(3.0) + row as f32 * theme.px(18.0),
            );
            put(
                ui.painter(),
                egui::Align2::CENTER_TOP,
                at,
                &name::line(ui.painter(), theme, word, set),
            );
        }
    }
    if foot > 0.0 {
        let words = "The layer as used: straight lines, no ellipse.";
        let line = name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink2));
        line.paint(ui.painter(), pos2(rest.left(), rest.top() + height + theme.px(44.0)));
    }
}

/// One of the little pictures: lines of equal weight round the query.
fn contour(ui: &Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, form: SmootherForm) {
    let theme = stage.theme;
    let painter = ui.painter_at(rect);
    let centre = rect.center();
    let stroke = Stroke::new(theme.px(1.6), theme.query);
    if form == SmootherForm::Dot {
        let [x, y] = picture.slope;
        let growth = x.hypot(y);
        if growth > 0.0 {
            // Up is less on the screen.
            let along = vec2((x / growth) as f32, (-y / growth) as f32);
            let reach = 2.0 * rect.size().length();
            for i in -12..=12 {
                let middle = centre + 0.1 * rect.width() * i as f32 * along;
                let ends = [middle - reach * along.rot90(), middle + reach * along.rot90()];
                painter.line_segment(ends, stroke);
            }
        } else {
            let words = name::line(&painter, theme, "all equal", Set::regular(size::TICK, theme.ink2));
            put(
                &painter,
                egui::Align2::CENTER_TOP,
                pos2(centre.x, rect.top() + theme.px(6.0)),
                &words,
            );
        }
    } else {
        let section = &picture.sections[0];
        let axes = section.axes();
        let half = section.half_axes(1.0);
        let longest = half.into_iter().filter(|x| x.is_finite()).fold(0.0, f64::max);
        let shortest = half.into_iter().fold(f64::INFINITY, f64::min);
        if shortest.is_finite() {
            // The longer axis fills the picture, unless it is very long.
            let unit = f64::from(0.46 * rect.height()) / longest.min(4.0 * shortest);
            for share in [0.3, 0.62, 1.0, 1.45] {
                let lengths = half.map(|x| (x.min(40.0 * shortest) * unit * share) as f32);
                let point = |i: usize| {
                    let (sin, cos) = (std::f32::consts::TAU * i as f32 / 96.0).sin_cos();
                    let along =
                        |d: usize| lengths[0] * cos * axes[0].0[d] as f32 + lengths[1] * sin * axes[1].0[d] as f32;
                    centre + vec2(along(0), -along(1))
                };
                let points: Vec<_> = (0..=96).map(point).collect();
                for part in clipped(&points, rect) {
                    painter.add(Shape::line(part, stroke));
                }
            }
        }
    }
    painter.add(Shape::convex_polygon(
        glyphs::diamond(centre, theme.px(6.0)),
        theme.query,
        Stroke::new(theme.px(1.2), theme.ink),
    ));
}

/// A card of a phone.
pub(super) fn card_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    match stage.card {
        0 => {
            let rest = if parts.picture.values.is_some() {
                // The word over the gauge is not to touch the names of the cards.
                let below = Rect::from_min_max(rect.min + vec2(0.0, theme.px(8.0)), rect.max);
                let rest = gauge_ui(ui, below, stage, parts.picture);
                Rect::from_min_max(rest.min + vec2(0.0, theme.px(4.0)), rest.max)
            } else {
                rect
            };
            weights_ui(ui, rest, stage, parts.picture, out);
        }
        1 if has_fit(parts.picture) && rect.height() > theme.px(210.0) => {
            let fit = rect.height() - theme.px(98.0);
            fit_ui(ui, below(rect, rect.top(), fit), stage, parts);
            error_ui(
                ui,
                below(rect, rect.top() + fit + theme.px(8.0), theme.px(90.0)),
                stage,
                parts,
            );
        }
        1 => error_ui(ui, rect, stage, parts),
        2 => metric_ui(ui, rect, stage, parts, out),
        _ => contours_ui(ui, rect, stage, parts.picture, out),
    }
}

/// In a hall: the fit, the error, the bars of m.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let gap = theme.px(14.0);
    let bars = levers::height(parts.picture.dim()) + if parts.picture.origin.is_some() { 22.0 } else { 0.0 };
    let metric = theme.px(44.0 + bars);
    let error = theme.px(28.0 + 64.0);
    let fit = rect.height() - metric - error - 2.0 * gap;
    let mut top = rect.top();
    if has_fit(parts.picture) && fit > theme.px(90.0) {
        fit_ui(ui, below(rect, top, fit), stage, parts);
        top += fit + gap;
    }
    error_ui(ui, below(rect, top, error), stage, parts);
    top += error + gap;
    metric_ui(ui, below(rect, top, metric), stage, parts, out);
}

/// σ, and other noise.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let theme = stage.theme;
    if ui.available_width() > theme.px(130.0) {
        sigma_ui(ui, stage, picture, out);
    }
    if picture.truth == Some(Truth::SineOfTheFirst) && ui.available_width() > theme.px(110.0) {
        let seed = stage.lab.choices.elliptical.seed;
        let button = widgets::bar_button(ui, theme, None, "Fresh noise", true, Button::ENABLED);
        if button.on_hover_text("200 other draws").clicked() {
            out.push(elliptical(EllipticalEdit::Seed(seed.wrapping_add(1))));
        }
    }
}

fn sigma_ui(ui: &mut Ui, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    let sigma = picture.sigmas[0];
    let span = (SIGMAS[1] / SIGMAS[0]).ln();
    let position = (sigma / SIGMAS[0]).ln() / span;
    let (moved, over) = widgets::slider(ui, stage.theme, "*σ*", &text::number(sigma), position, 0.0..=1.0);
    if let Some(position) = moved {
        let sigma = SIGMAS[0] * (span * position).exp();
        let sigma = if sigma < 1.0 {
            (1000.0 * sigma).round() / 1000.0
        } else {
            (100.0 * sigma).round() / 100.0
        };
        let sigma = Thousandths::nearest(sigma);
        out.commands
            .extend(sigma.map(|sigma| Command::Drag(Edit::Elliptical(EllipticalEdit::Sigma(Some(sigma))))));
    }
    if over {
        out.push(Command::Drop);
    }
}
