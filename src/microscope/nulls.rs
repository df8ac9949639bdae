//! A number on a line, beside what a claim says it is and what chance gives.

use std::fmt::Write as _;

use egui::{Align2, Painter, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::{fitted, put};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;

/// What is shown.
pub struct Strip<'a> {
    /// Tells strips apart.
    pub id: &'a str,
    /// What the number is.
    pub name: &'a str,
    /// The number.
    pub value: f64,
    /// As it is written.
    pub text: String,
    /// What is claimed of it.
    pub claimed: Option<f64>,
    /// What chance gives: the mean, and between which two numbers 95 % lie.
    pub null: Option<(f64, [f64; 2])>,
}

impl Strip<'_> {
    /// The ends of the line: 0 and 1 for a share, else what there is to show; none where the number stands alone.
    fn ends(&self) -> Option<[f64; 2]> {
        let null = self.null.iter().flat_map(|(mean, ends)| [*mean, ends[0], ends[1]]);
        let others: Vec<f64> = self.claimed.into_iter().chain(null).collect();
        if others.is_empty() {
            return None;
        }
        let all = || others.iter().copied().chain([self.value]);
        let (low, high) = all().fold((0.0, 0.0), |(low, high): (f64, f64), x| (low.min(x), high.max(x)));
        if low >= 0.0 && high <= 1.0 {
            return Some([0.0, 1.0]);
        }
        (high > low).then_some([low, high])
    }

    fn spoken(&self) -> String {
        let mut spoken = format!("{}: {}", self.name, self.text);
        if let Some(claimed) = self.claimed {
            write!(spoken, ", the claim says {claimed}").ok();
        }
        if let Some((mean, [low, high])) = self.null {
            write!(spoken, ", chance gives {mean:.3}, from {low:.3} to {high:.3}").ok();
        }
        spoken
    }
}

/// A mark on the lines, for a legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// What is claimed.
    Claimed,
    /// What chance gives.
    Null,
}

impl Mark {
    /// Paints it into the middle of a place.
    pub fn paint(self, painter: &Painter, theme: &Theme, place: Rect) {
        let at = place.center();
        match self {
            Self::Claimed => {
                let half = theme.px(9.0);
                let stroke = Stroke::new(theme.strokes.zero_line, theme.ink);
                painter.vline(at.x, at.y - half..=at.y + half, stroke);
            }
            Self::Null => {
                painter.rect_filled(place.shrink2(vec2(0.0, theme.px(1.0))), 0.0, theme.clean_band());
                let half = 0.5 * place.height() - theme.px(1.0);
                painter.vline(
                    at.x,
                    at.y - half..=at.y + half,
                    Stroke::new(theme.strokes.thin, theme.ink),
                );
            }
        }
    }
}

/// How much of a width the names of strips get: what they need, as long as a line is left.
pub fn names<'a>(painter: &Painter, theme: &Theme, width: f32, names: impl Iterator<Item = &'a str>) -> f32 {
    let set = Set::regular(size::BODY, theme.ink);
    let widest = names
        .map(|words| name::line(painter, theme, words, set).size().x)
        .fold(0.0, f32::max);
    let most = (width - theme.px(NUMBER + 60.0)).max(theme.px(120.0));
    (widest + theme.px(14.0)).max(0.36 * width).min(most)
}

/// The room of a number.
const NUMBER: f32 = 78.0;

/// Paints the strip, with so much room for its name.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, strip: &Strip<'_>, names: f32) {
    let response = ui.interact(rect, ui.scope_id().with(("null", strip.id)), Sense::hover());
    response.tell(&|| WidgetInfo::labeled(Role::Label, true, strip.spoken()));
    let painter = ui.painter();
    let y = rect.center().y;
    let number = name::line(painter, theme, &strip.text, Set::strong(size::BODY, theme.query_text));
    put(painter, Align2::RIGHT_CENTER, pos2(rect.right(), y), &number);
    let words = fitted(
        painter,
        theme,
        strip.name,
        Set::regular(size::BODY, theme.ink),
        names - theme.px(10.0),
    );
    put(painter, Align2::LEFT_CENTER, rect.left_center(), &words);
    let line = rect.left() + names..=rect.right() - theme.px(NUMBER);
    let width = line.end() - line.start();
    let Some([low, high]) = strip.ends().filter(|_| width > theme.px(40.0)) else {
        return;
    };
    let x = |value: f64| line.start() + width * ((value - low) / (high - low)).clamp(0.0, 1.0) as f32;
    if let Some((mean, [from, to])) = strip.null {
        let half = theme.px(8.0);
        let band = Rect::from_min_max(pos2(x(from), y - half), pos2(x(to).max(x(from) + 1.0), y + half));
        painter.rect_filled(band, 0.0, theme.clean_band());
        painter.vline(x(mean), y - half..=y + half, Stroke::new(theme.strokes.thin, theme.ink));
    }
    painter.hline(line.clone(), y, theme.hairline(theme.ink2));
    if let Some(claimed) = strip.claimed {
        let half = theme.px(10.0);
        painter.vline(
            x(claimed),
            y - half..=y + half,
            Stroke::new(theme.strokes.zero_line, theme.ink),
        );
    }
    let at = pos2(x(strip.value), y);
    let half = theme.px(6.0);
    let corners = [vec2(0.0, -half), vec2(half, 0.0), vec2(0.0, half), vec2(-half, 0.0)].map(|by| at + by);
    painter.add(Shape::convex_polygon(
        corners.to_vec(),
        theme.query,
        Stroke::new(theme.strokes.thin, theme.ink),
    ));
}
