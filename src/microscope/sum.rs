//! Weight × value, summed: how the output is put together, term by term.

use egui::{Align2, Mesh, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::put;
use crate::lab::readout::text;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use crate::look::{Maps, Theme};

/// What is shown.
pub struct Sum<'a> {
    /// The terms in order: name, weight, weight × value.
    pub terms: &'a [Term],
    /// The sum.
    pub output: &'a [f64],
    /// The term that is linked (a key's index).
    pub linked: Option<usize>,
    /// What the sum is, with `*x*` for symbols.
    pub label: &'a str,
    /// Each weight has its number beside its bar.
    pub numbers: bool,
}

/// One term of the sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The key, or none where the term stands for several.
    pub key: Option<usize>,
    /// Its name.
    pub name: String,
    /// Its weight.
    pub weight: f64,
    /// Weight × value.
    pub product: Vec<f64>,
}

/// From how many coordinates on a value is a strip of tinted cells rather than bars with numbers.
const MOST_BARS: usize = 4;

/// Paints the sum into `rect`. Returns the key under the pointer.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, sum: &Sum<'_>) -> Option<usize> {
    let painter = ui.painter_at(rect.expand(theme.px(4.0)));
    let response = ui.interact(rect, ui.scope_id().with("sum"), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Image, true, spoken(sum)));
    let few = sum.output.len() <= MOST_BARS;
    let header = if few && !sum.numbers { theme.px(20.0) } else { 0.0 };
    let rows = sum.terms.len() + 1;
    let line = ((rect.height() - header - theme.px(9.0)) / rows as f32).min(theme.px(26.0));
    let columns = Columns::new(&painter, rect, theme, sum);
    let most = sum
        .terms
        .iter()
        .flat_map(|term| &term.product)
        .chain(sum.output)
        .fold(1e-300_f64, |most, x| most.max(x.abs()));
    if few && !sum.numbers {
        headers(&painter, theme, &columns, rect.top(), sum.output.len());
    }
    let mut hovered = None;
    let heaviest = sum.terms.iter().fold(1e-300_f64, |most, term| most.max(term.weight));
    for (i, term) in sum.terms.iter().enumerate() {
        let top = rect.top() + header + i as f32 * line;
        let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), line));
        if term.key.is_some() && response.hover_pos().is_some_and(|at| row.contains(at)) {
            hovered = term.key;
        }
        if term.key.is_some() && (sum.linked == term.key || hovered == term.key) {
            painter.rect_filled(row, 0.0, theme.hover);
        }
        let set = Set::regular(size::BODY, if term.key.is_some() { theme.ink } else { theme.ink2 });
        put(
            &painter,
            Align2::RIGHT_CENTER,
            pos2(columns.names, row.center().y),
            &name::name(&painter, theme, &term.name, set),
        );
        let length = (columns.weights.span() * (term.weight.max(0.0) / heaviest) as f32).max(1.0);
        painter.rect_filled(
            Rect::from_min_size(
                pos2(columns.weights.min, row.top() + 0.2 * line),
                vec2(length, 0.6 * line),
            ),
            0.0,
            theme.query,
        );
        if sum.numbers {
            let words = name::line(
                &painter,
                theme,
                &text::percent(term.weight),
                Set::regular(size::BODY, theme.ink2),
            );
            let at = pos2(columns.weights.min + length + theme.px(6.0), row.center().y);
            put(&painter, Align2::LEFT_CENTER, at, &words);
        }
        values(
            &painter,
            theme,
            &columns,
            row,
            &term.product,
            most,
            (false, sum.numbers),
        );
    }
    let top = rect.top() + header + sum.terms.len() as f32 * line + theme.px(4.0);
    painter.hline(
        rect.x_range(),
        painter.round_to_pixel_center(top),
        Stroke::new(theme.px(1.5), theme.ink),
    );
    let row = Rect::from_min_size(pos2(rect.left(), top + theme.px(4.0)), vec2(rect.width(), line));
    let label = name::line(&painter, theme, sum.label, Set::strong(size::BODY, theme.query_text));
    put(&painter, Align2::LEFT_CENTER, pos2(rect.left(), row.center().y), &label);
    values(&painter, theme, &columns, row, sum.output, most, (true, sum.numbers));
    let frame = Rect::from_x_y_ranges(
        columns.values.min..=columns.values.max,
        row.top() + 1.0..=row.bottom() - 1.0,
    );
    painter.rect_stroke(
        frame,
        0.0,
        Stroke::new(theme.strokes.thin, theme.query),
        StrokeKind::Outside,
    );
    hovered
}

/// Where the columns stand.
struct Columns {
    names: f32,
    weights: egui::Rangef,
    values: egui::Rangef,
}

impl Columns {
    fn new(painter: &Painter, rect: Rect, theme: &Theme, sum: &Sum<'_>) -> Self {
        let set = Set::regular(size::BODY, theme.ink);
        let width = |term: &Term| name::name(painter, theme, &term.name, set).size().x;
        let widest = sum.terms.iter().map(width).fold(0.0, f32::max);
        let names = rect.left() + widest.clamp(theme.px(if sum.numbers { 36.0 } else { 62.0 }), theme.px(110.0));
        let bar = theme.px(if sum.numbers { 46.0 } else { 36.0 });
        let weights = egui::Rangef::new(names + theme.px(8.0), names + theme.px(8.0) + bar);
        let beside = theme.px(if sum.numbers { 50.0 } else { 6.0 });
        Self {
            names,
            weights,
            values: egui::Rangef::new(weights.max + beside, rect.right() - 1.0),
        }
    }

    fn column(&self, i: usize, n: usize) -> egui::Rangef {
        let width = self.values.span() / n.max(1) as f32;
        egui::Rangef::new(
            self.values.min + i as f32 * width,
            self.values.min + (i + 1) as f32 * width,
        )
    }
}

fn headers(painter: &Painter, theme: &Theme, columns: &Columns, top: f32, n: usize) {
    let set = Set::regular(size::TICK, theme.ink2);
    put(
        painter,
        Align2::LEFT_TOP,
        pos2(columns.weights.min, top),
        &name::line(painter, theme, "weight", set),
    );
    for i in 0..n {
        let label = name::line(painter, theme, &format!("value {}", i + 1), set);
        put(
            painter,
            Align2::CENTER_TOP,
            pos2(columns.column(i, n).center(), top),
            &label,
        );
    }
}

/// Few coordinates are bars with a zero line and a number; many are cells in the diverging map.
fn values(
    painter: &Painter,
    theme: &Theme,
    columns: &Columns,
    row: Rect,
    values: &[f64],
    most: f64,
    (strong, decimals): (bool, bool),
) {
    let n = values.len();
    if n > MOST_BARS {
        let maps = Maps::of(theme);
        let mut mesh = Mesh::default();
        for (i, value) in values.iter().enumerate() {
            let column = columns.column(i, n);
            let cell = Rect::from_x_y_ranges(
                column.min..=(column.max - 1.0).max(column.min + 0.5),
                row.top() + 0.12 * row.height()..=row.bottom() - 0.12 * row.height(),
            );
            mesh.add_colored_rect(cell, maps.tidal((value / most) as f32));
        }
        painter.add(mesh);
        return;
    }
    for (i, value) in values.iter().enumerate() {
        let column = columns.column(i, n);
        let zero = column.min + 0.5 * column.span();
        let half = 0.5 * column.span() - theme.px(4.0);
        // The number takes the free side of the zero line, so that it never lies on its own bar.
        let length = half * (value / most) as f32;
        let colour = if *value < 0.0 { theme.neg } else { theme.pos };
        let bar = Rect::from_x_y_ranges(
            zero.min(zero + length)..=zero.max(zero + length),
            row.top() + 0.22 * row.height()..=row.bottom() - 0.22 * row.height(),
        );
        painter.rect_filled(bar, 0.0, colour);
        painter.vline(zero, row.top() + 1.0..=row.bottom() - 1.0, theme.hairline(theme.ink3));
        let set = if strong {
            Set::strong(size::BODY, theme.query_text)
        } else {
            Set::regular(size::BODY, theme.ink2)
        };
        let (anchor, at) = if *value < 0.0 {
            (Align2::LEFT_CENTER, zero + theme.px(5.0))
        } else {
            (Align2::RIGHT_CENTER, zero - theme.px(5.0))
        };
        put(
            painter,
            anchor,
            pos2(at, row.center().y),
            &name::line(painter, theme, &number(*value, decimals), set),
        );
    }
}

/// A number with its sign; in a column of them two decimals are enough.
fn number(value: f64, decimals: bool) -> String {
    let text = text::coordinate(value);
    match decimals {
        true if value > 0.0 && text != "0.00" => format!("+{text}"),
        true => text,
        false => text::signed(value),
    }
}

fn spoken(sum: &Sum<'_>) -> String {
    let values: Vec<String> = sum.output.iter().take(4).map(|x| text::signed(*x)).collect();
    format!("Weight times value, summed. The output is {}", values.join(", "))
}
