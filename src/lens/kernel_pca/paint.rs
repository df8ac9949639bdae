//! What the lens paints: the gauge and the plane of scores below the board, the similarities, the axes and the sum beside it.

use std::cell::{Cell, RefCell};

use egui::{Align2, Painter, Rect, Ui, pos2, vec2};

use super::derive::{Picture, framed};
use super::fields::Fields;
use super::heads::OneAxis;
use super::lower;
use super::say;
use super::similarities::{Textures, grams_ui};
use crate::board::{View, gauge};
use crate::command::{Command, Edit};
use crate::lab::readout::text;
use crate::lab::{GridPoint, KernelChoice, TokenRef, ValuesFrom};
use crate::lens::{Out, Stage, Tab, all_heads};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::{Theme, widgets};
use crate::microscope::score_plane::{self, ScorePlane};
use crate::microscope::spectrum::{self, Spectrum, pictured};
use crate::microscope::weighted::{self, Column, Shown, Weighted};
use crate::microscope::{heading, put};

/// What the parts paint with.
pub(super) struct Parts<'a> {
    pub(super) picture: &'a Picture,
    /// The keys' scores on the axis on the board and its partner, were they queries; none where they are too many.
    pub(super) key_scores: &'a [[f64; 2]],
    pub(super) fields: &'a RefCell<Fields>,
    pub(super) textures: &'a RefCell<Textures>,
    /// The table shows A instead of the values.
    pub(super) coefficients: &'a Cell<bool>,
    /// The axis on the board in all heads, where their map is open and there.
    pub(super) heads: Option<OneAxis>,
    /// How far the map is.
    pub(super) progress: Option<(usize, usize)>,
    pub(super) revision: u64,
}

pub(super) fn linked_key(stage: &Stage<'_>) -> Option<usize> {
    match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    }
}

pub(super) fn link(out: &mut Out, key: Option<usize>) {
    if let Some(key) = key {
        out.linked = Some(TokenRef::Key(key));
    }
}

/// The axis that is not defined, said on the board: nothing may move while a token is dragged.
pub(super) fn notice(painter: &Painter, view: &View, theme: &Theme, picture: &Picture) {
    let Some(notice) = say::notice(picture) else { return };
    let pad = theme.px(10.0);
    let room = view.rect().width() - 2.0 * pad;
    let wrapped = |words: &str, set: Set| {
        let mut job = egui::text::LayoutJob {
            wrap: egui::text::TextWrapping::wrap_at_width(room),
            ..egui::text::LayoutJob::default()
        };
        name::append_words(&mut job, theme, words, set);
        painter.layout_job(job)
    };
    let what = wrapped(&notice.what, Set::strong(size::BODY, theme.ink));
    let why = wrapped(
        &format!("{} {}", notice.place, notice.then),
        Set::regular(size::BODY, theme.ink),
    );
    let height = what.size().y + why.size().y + 1.4 * pad;
    let rect = Rect::from_min_size(view.rect().min, vec2(view.rect().width(), height));
    painter.rect_filled(rect, 0.0, theme.wash(theme.disputed));
    let stripe = Rect::from_min_size(rect.min, vec2(theme.px(4.0), height));
    painter.rect_filled(stripe, 0.0, theme.disputed);
    let at = rect.min + vec2(pad, 0.6 * pad);
    let below = at + vec2(0.0, what.size().y);
    painter.galley(at, what, theme.ink);
    painter.galley(below, why, theme.ink);
}

/// Gauge and lengths at the left, the plane of scores at the right.
pub(super) fn chart_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let rect = Rect::from_min_max(rect.min + vec2(0.0, theme.px(12.0)), rect.max);
    let plane = (0.36 * rect.width()).min(2.2 * rect.height());
    let has_plane = parts.picture.partner.is_some() && !parts.key_scores.is_empty();
    let gap = if has_plane { plane + theme.px(28.0) } else { 0.0 };
    gauge_ui(
        ui,
        Rect::from_min_max(rect.min, rect.max - vec2(gap, 0.0)),
        stage,
        parts,
    );
    if has_plane {
        let rect = Rect::from_min_max(pos2(rect.right() - plane, rect.top()), rect.max);
        plane_ui(ui, rect, stage, parts, out);
    }
}

/// The score of the query on the colour bar of the field, and how long the output is.
pub(super) fn gauge_ui(ui: &Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>) {
    let theme = stage.theme;
    let painter = ui.painter_at(rect.expand(theme.px(20.0)));
    let picture = parts.picture;
    let score = picture.scores.get(picture.chosen).copied().unwrap_or_default();
    let column = if picture.free { "column" } else { "axis" };
    let symbol = text::subscripted("h", picture.chosen + 1);
    let set = Set::strong(size::BODY, theme.query_text);
    let title = name::Text::default()
        .words(
            &painter,
            theme,
            &format!("Score on {column} {}  ", picture.chosen + 1),
            Set::strong(size::BODY, theme.ink),
        )
        .name(&painter, theme, &symbol, set)
        .words(&painter, theme, &format!(" = {}", text::signed(score)), set);
    title.paint(&painter, rect.min);
    let below = Rect::from_min_max(rect.min + vec2(0.0, title.size().y + theme.px(6.0)), rect.max);
    let fields = parts.fields.borrow();
    let Some(levels) = fields.levels() else { return };
    let left = gauge::paint(&painter, theme, below, levels, score, None);
    if left.height() < theme.px(20.0) {
        return;
    }
    let long = say::is_too_long(picture);
    let all = text::number(picture.h_squared);
    let phi = text::number(picture.phi_squared);
    let columns = if picture.free { "columns" } else { "axes" };
    let (kept, on) = (text::number(picture.h_squared_kept), picture.kept);
    let of = picture.scores.len();
    // Each line in full, and shorter where there is less room.
    let lines = [
        [
            format!("‖*h*‖² = {kept} on {on}, {all} on all {of} {columns}"),
            format!("‖*h*‖² = {kept} on {on}, {all} on all"),
            format!("‖*h*‖² = {all} on all {of}"),
        ],
        if long {
            [
                format!("‖*φ*(*q*)‖² = {phi} is shorter: this is no projection"),
                format!("‖*φ*(*q*)‖² = {phi} is shorter"),
                format!("> ‖*φ*(*q*)‖² = {phi}"),
            ]
        } else {
            [
                format!("‖*φ*(*q*)‖² = {phi} is never shorter"),
                format!("≤ ‖*φ*(*q*)‖² = {phi}"),
                format!("≤ {phi}"),
            ]
        },
    ];
    let mut y = left.top() + theme.px(2.0);
    for (forms, warn) in std::iter::zip(lines, [false, long]) {
        let colour = if warn { theme.bad } else { theme.ink2 };
        let laid = |form: &String| name::line(&painter, theme, form, Set::regular(size::BODY, colour));
        let Some(line) = forms.iter().map(laid).find(|line| line.size().x <= left.width()) else {
            return;
        };
        if y + line.size().y > left.bottom() + theme.px(8.0) {
            return;
        }
        y = put(&painter, Align2::LEFT_TOP, pos2(left.left(), y), &line).bottom() + theme.px(1.0);
    }
}

/// The query among the keys in the plane of two scores.
pub(super) fn plane_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let picture = parts.picture;
    let Some(partner) = picture.partner else { return };
    let axes = [picture.chosen.min(partner), picture.chosen.max(partner)];
    let score = |axis: usize| picture.scores.get(axis).copied().unwrap_or_default();
    let plane = ScorePlane {
        axes,
        keys: parts.key_scores,
        query: axes.map(score),
        linked: linked_key(stage),
    };
    link(out, score_plane::ui(ui, rect, stage.theme, &plane));
}

/// Similarities, axes and sum, one below the other.
pub(super) fn microscope_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let gap = theme.px(18.0);
    let height = rect.height();
    let mut grams = (0.30 * height)
        .clamp(theme.px(120.0), theme.px(240.0))
        .min(0.40 * height);
    let axes = (0.30 * height)
        .clamp(theme.px(120.0), theme.px(220.0))
        .min(0.36 * height);
    let slot = |top: f32, height: f32| Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height.max(0.0)));
    if lower::shows_heads(stage) {
        // The map comes before the similarities, which take what it leaves, or nothing.
        grams = grams.min(height - axes - lower::height(theme) - 2.0 * gap);
    }
    let mut top = rect.top();
    if grams >= theme.px(116.0) || !lower::shows_heads(stage) {
        grams_ui(ui, slot(top, grams), stage, parts, out);
        top += grams + gap;
    }
    axes_ui(ui, slot(top, axes), stage, parts, out);
    top += axes + gap;
    lower::ui(ui, slot(top, rect.bottom() - top), stage, parts, out);
}

/// The spectrum with the picture of each axis and the cut.
pub(super) fn axes_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    let picture = parts.picture;
    let aside = format!(
        "{} of {} kept: {}",
        picture.axes_kept,
        picture.axes.len(),
        text::percent(picture.kept_share())
    );
    let below = heading(ui.painter(), theme, rect, "Axes, by eigenvalue", &aside);
    let shares: Vec<f64> = picture.axes.iter().map(|axis| axis.share).collect();
    let undefined: Vec<bool> = picture.axes.iter().map(|axis| axis.undefined).collect();
    let shown = Spectrum {
        shares: &shares,
        kept: picture.axes_kept,
        chosen: picture.axis,
        undefined: &undefined,
        pictured: &pictured(shares.len(), picture.axis),
    };
    let fields = parts.fields.borrow();
    let query = picture.common.positions.queries.get(picture.common.asking).copied();
    let tokens = (picture.common.positions.keys.as_slice(), query);
    out.places.push(("spectrum", below));
    let hand = spectrum::ui(ui, below, theme, &shown, &mut |painter, axis, rect, strength| {
        fields.paint_small(painter, theme, axis, rect, strength, tokens);
    });
    match hand {
        // With free values there are only as many columns to look at as the values have.
        Some(spectrum::Hand::Choose(axis)) if axis >= picture.values.ncols() => {}
        Some(spectrum::Hand::Choose(axis)) => out.push(Command::Edit(Edit::Axis(axis.min(255) as u8))),
        Some(spectrum::Hand::Drag(kept)) => out.push(Command::Drag(Edit::Kept(kept.min(255) as u8))),
        Some(spectrum::Hand::Keep(kept)) => out.push(Command::Edit(Edit::Kept(kept.min(255) as u8))),
        Some(spectrum::Hand::Release) => out.push(Command::Drop),
        None => {}
    }
}

/// Weight × value = h.
pub(super) fn sum_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let picture = parts.picture;
    let shown = match (parts.coefficients.get(), picture.free) {
        (true, _) => Shown::Coefficients,
        (false, false) => Shown::Constructed,
        (false, true) => Shown::Free,
    };
    let coefficients = parts
        .coefficients
        .get()
        .then(|| framed(&picture.fit.coefficients, &picture.axes));
    let matrix = coefficients.as_ref().unwrap_or(&picture.values);
    let chosen = picture.chosen.min(matrix.ncols().saturating_sub(1));
    let columns: Vec<Column> = pictured(matrix.ncols(), chosen)
        .into_iter()
        .map(|axis| Column {
            axis,
            values: matrix.column(axis).iter().copied().collect(),
            score: picture.scores.get(axis).copied().unwrap_or_default(),
            kept: axis < picture.kept,
        })
        .collect();
    let table = Weighted {
        names: &picture.common.keys,
        weights: &picture.row.weights,
        columns: &columns,
        chosen,
        linked: linked_key(stage),
        shown,
    };
    out.places.push(("values", rect));
    let hand = weighted::ui(ui, rect, stage.theme, &table);
    link(out, hand.linked);
    if let Some(shown) = hand.show {
        parts.coefficients.set(shown == Shown::Coefficients);
        let values = match shown {
            Shown::Coefficients => None,
            Shown::Constructed => Some(ValuesFrom::Constructed),
            Shown::Free => Some(ValuesFrom::Free),
        };
        let values = values.filter(|values| *values != stage.lab.choices.kernel_pca.values);
        out.commands
            .extend(values.map(|values| Command::Edit(Edit::Values(values))));
        ui.ctx().request_repaint();
    }
    if let Some(axis) = hand.choose {
        out.push(Command::Edit(Edit::Axis(axis.min(255) as u8)));
    }
    if let Some(edit) = hand.value.and_then(|value| value_edit(picture, value)) {
        out.push(Command::Drag(edit));
    }
    if hand.over {
        out.push(Command::Drop);
    }
}

/// A key's value with one of its first two coordinates changed.
fn value_edit(picture: &Picture, (key, column, to): (usize, usize, f64)) -> Option<Edit> {
    let scale = picture.value_scale;
    let mut value = [0, 1].map(|axis| picture.values.get((key, axis)).copied().unwrap_or_default() / scale);
    *value.get_mut(column)? = to / scale;
    Some(Edit::Value(key, GridPoint::from_world(value)))
}

/// In a hall: the axes, the gauge, the plane of scores.
pub(super) fn hall_ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, parts: &Parts<'_>, out: &mut Out) {
    let theme = stage.theme;
    if lower::shows_heads(stage) {
        let (map, rest) = all_heads::shared(rect, theme, lower::WORDS);
        lower::heads_ui(ui, map, stage, parts, out);
        if let Some(rest) = rest {
            axes_ui(ui, rest, stage, parts, out);
        }
        return;
    }
    let gap = theme.px(14.0);
    let gauge = theme.px(86.0);
    let axes = (0.42 * rect.height()).min(theme.px(230.0));
    let slot = |top: f32, bottom: f32| Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), bottom.max(top)));
    axes_ui(ui, slot(rect.top(), rect.top() + axes), stage, parts, out);
    let top = rect.top() + axes + gap;
    gauge_ui(ui, slot(top, top + gauge), stage, parts);
    if parts.picture.partner.is_some() && !parts.key_scores.is_empty() {
        let top = top + gauge + gap;
        let title = slot(top, rect.bottom());
        let below = heading(
            ui.painter(),
            theme,
            title,
            "The query among the keys",
            "scores on two axes",
        );
        plane_ui(ui, below, stage, parts, out);
    }
}

/// On a phone: gauge and plane on one card, with the tabs of the headline at its right.
pub(super) fn score_card_ui(
    ui: &mut Ui,
    rect: Rect,
    stage: &Stage<'_>,
    parts: &Parts<'_>,
    (_, tabs): (&str, Vec<Tab>),
    out: &mut Out,
) {
    let theme = stage.theme;
    let gauge = theme.px(92.0).min(0.5 * rect.height());
    gauge_ui(
        ui,
        Rect::from_min_size(rect.min, vec2(rect.width(), gauge)),
        stage,
        parts,
    );
    let half = Rect::from_min_max(
        pos2(rect.center().x, rect.top() - theme.px(5.0)),
        pos2(rect.right(), rect.top() + theme.px(21.0)),
    );
    if half.width() > theme.px(160.0) {
        let flow = egui::Layout::right_to_left(egui::Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt("kernel").max_rect(half).layout(flow));
        child.spacing_mut().item_spacing.x = theme.px(4.0);
        let reversed: Vec<Tab> = tabs.into_iter().rev().collect();
        crate::lens::tabs_ui(&mut child, theme, &reversed, out);
    }
    let below = Rect::from_min_max(pos2(rect.left(), rect.top() + gauge + theme.px(6.0)), rect.max);
    plane_ui(ui, below, stage, parts, out);
}

/// Centring, on or off.
pub(super) fn centring_ui(ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let centred = stage.lab.choices.kernel_pca.centred;
    if widgets::switch(ui, stage.theme, "Centre", centred) {
        out.push(Command::Edit(Edit::Centring(!centred)));
    }
}

/// Which kernel: tabs at the right of the subline, or on a card.
pub(super) fn kernel_tabs(chosen: KernelChoice) -> Vec<Tab> {
    let tab = |kernel: KernelChoice| Tab {
        word: kernel.name(),
        chosen: kernel == chosen,
        command: Command::Edit(Edit::Kernel(kernel)),
    };
    KernelChoice::ALL.map(tab).to_vec()
}

/// Centring and τ. The kernel has tabs at the headline, the values have tabs at the sum.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, out: &mut Out) {
    if ui.available_width() > stage.theme.px(100.0) {
        centring_ui(ui, stage, out);
    }
    if let Some(picture) = picture {
        let tau = text::number(picture.common.temperature);
        widgets::words(ui, stage.theme, &format!("*τ* = {tau}"));
    }
}

/// The unit eigenvectors as they are shown.
pub(super) fn shown_vectors(picture: &Picture) -> nalgebra::DMatrix<f64> {
    framed(&picture.fit.vectors, &picture.axes)
}
