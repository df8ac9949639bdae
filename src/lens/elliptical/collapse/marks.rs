//! What is painted on a board: trails, rings, discs, names, the metric and the number.

use egui::{Align2, Painter, Pos2, Rect, Response, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::board::{Boards, FOCUSABLE, with_foot};
use super::film::Mechanism;
use super::say;
use crate::board::view::ticks;
use crate::board::{Extent, View, labels};
use crate::lab::TokenRef;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{self, size};

/// Up to so many tokens each has a name.
const NAMED: usize = 24;

impl Boards<'_> {
    pub(super) fn paint(&self, ui: &Ui, index: usize, mechanism: Mechanism, view: &View, response: &Response) {
        let theme = self.stage.theme;
        let rect = view.rect();
        let painter = ui.painter_at(rect.expand(1.0));
        grid(&painter, theme, view);
        let frame = if response.has_focus() { theme.focus } else { theme.line };
        painter.rect_stroke(rect, 0.0, theme.hairline(frame), StrokeKind::Inside);
        let ellipse = self.metric(&painter, mechanism, view, index == 0);
        self.trails(&painter, mechanism, view);
        let number = self.number(&painter, mechanism, view);
        self.tokens(&painter, mechanism, view);
        let taken: Vec<Rect> = ellipse.into_iter().chain([number]).collect();
        self.names(&painter, index, mechanism, view, &taken);
        self.scale(&painter, mechanism, view);
    }

    fn linked(&self) -> Option<usize> {
        match self.stage.linked {
            Some(TokenRef::Key(key)) => Some(key),
            _ => None,
        }
    }

    fn trails(&self, painter: &Painter, mechanism: Mechanism, view: &View) {
        let theme = self.stage.theme;
        let layers = self.picture.film(mechanism).map_or(&[][..], |film| &film.layers);
        let layers = layers.get(..=self.picture.layer).unwrap_or(layers);
        let n = layers.first().map_or(0, |layer| layer.at.len());
        let many = n > FOCUSABLE;
        let colour = if many {
            theme::faded(theme.ink3, 0.4)
        } else {
            theme.ink3
        };
        for key in 0..n {
            let own = self.linked() == Some(key);
            let stroke = if own {
                Stroke::new(theme.strokes.zero_line, theme.ink)
            } else {
                Stroke::new(theme.strokes.thin, colour)
            };
            let trail: Vec<Pos2> = layers
                .iter()
                .filter_map(|layer| layer.at.get(key))
                .map(|at| view.screen_from_world(*at))
                .collect();
            let between = trail.get(1..trail.len().saturating_sub(1)).unwrap_or_default();
            if !many {
                for at in between {
                    painter.circle_filled(*at, theme.px(2.8), stroke.color);
                }
            }
            painter.add(Shape::line(trail, stroke));
        }
    }

    fn tokens(&self, painter: &Painter, mechanism: Mechanism, view: &View) {
        let theme = self.stage.theme;
        let (start, now) = (self.places(mechanism, 0), self.places(mechanism, self.picture.layer));
        let many = start.len() > FOCUSABLE;
        let [ring, disc] = if many { [2.5, 3.0] } else { [5.0, 6.5] }.map(|radius| theme.px(radius));
        for (key, at) in start.iter().enumerate() {
            let at = view.screen_from_world(*at);
            let own = self.linked() == Some(key);
            let outline = if own {
                Stroke::new(theme.strokes.object, theme.ink)
            } else {
                Stroke::new(theme.strokes.thin, theme.ink2)
            };
            painter.circle(at, ring, theme.canvas, outline);
            if self.picture.scene.keys.get(key).is_some_and(|key| key.outlier) {
                painter.circle_stroke(at, ring + theme.px(4.0), Stroke::new(theme.px(2.0), theme.bad));
            }
        }
        if self.picture.layer == 0 {
            return;
        }
        for (key, at) in now.iter().enumerate() {
            let at = view.screen_from_world(*at);
            painter.circle(at, disc, theme.ink, Stroke::new(theme.px(1.5), theme.halo));
            if self.linked() == Some(key) {
                painter.circle_stroke(at, disc + theme.px(5.0), Stroke::new(theme.px(2.0), theme.ink));
            }
        }
    }

    /// The ellipse of M in its corner. Returns where it is.
    fn metric(&self, painter: &Painter, mechanism: Mechanism, view: &View, named: bool) -> Option<Rect> {
        let theme = self.stage.theme;
        let form = self.picture.form(mechanism)?;
        let most = theme.px(40.0).min(0.17 * view.rect().height());
        let ellipse = form.ellipse(self.radius, f64::from(most));
        let half = |axis: usize| ellipse.iter().map(|point| point[axis] as f32).fold(0.0, f32::max);
        let inside = view.rect().shrink(theme.px(12.0));
        // The centres of all ellipses stand on one line.
        let wide = half(0).max(theme.px(11.0));
        let place = self.ellipse.align_size_within_rect(2.0 * vec2(wide, half(1)), inside);
        let at = |[x, y]: [f64; 2]| place.center() + vec2(x as f32, -y as f32);
        let outline = Stroke::new(theme.strokes.thin, theme.ink2);
        painter.add(Shape::closed_line(ellipse.iter().copied().map(at).collect(), outline));
        if named {
            let words = name::line(painter, theme, "metric *M*", Set::regular(size::BODY, theme.ink2));
            let (anchor, x) = if self.ellipse.x() == egui::Align::LEFT {
                (Align2::LEFT_CENTER, place.right() + theme.px(8.0))
            } else {
                (Align2::RIGHT_CENTER, place.left() - theme.px(8.0))
            };
            let room = anchor.anchor_size(pos2(x, place.center().y), words.size());
            let start = self
                .places(mechanism, 0)
                .iter()
                .chain(self.places(mechanism, self.picture.layer));
            let free = |at: &[f64; 2]| room.distance_to_pos(view.screen_from_world(*at)) > theme.px(14.0);
            if start.into_iter().all(free) && room.width() < 0.5 * view.rect().width() {
                words.paint_halo(painter, theme, room.min);
                return Some(place.union(room));
            }
        }
        Some(place)
    }

    /// The token cosine, large. Returns where it stands.
    fn number(&self, painter: &Painter, mechanism: Mechanism, view: &View) -> Rect {
        let theme = self.stage.theme;
        let inside = view.rect().shrink(theme.px(12.0));
        let small = view.rect().width() < theme.px(210.0) || view.rect().height() < theme.px(130.0);
        let large = if small { size::HEADLINE } else { size::TITLE };
        let cosine = self.picture.cosine(mechanism);
        let words = cosine.map_or_else(|| "–".to_owned(), text::coordinate);
        let number = name::line(painter, theme, &words, Set::strong(large, theme.ink));
        let title = name::line(painter, theme, "token cosine", Set::regular(size::BODY, theme.ink2));
        let height = number.size().y + if small { 0.0 } else { title.size().y };
        let room = self
            .number
            .align_size_within_rect(vec2(number.size().x.max(title.size().x), height), inside);
        let [x, anchor] = if self.number.x() == egui::Align::LEFT {
            [room.left(), 0.0]
        } else {
            [room.right(), 1.0]
        };
        if !inside.contains_rect(room) {
            return Rect::NOTHING;
        }
        let put = |line: &name::Text, top: f32| {
            let at = pos2(x - anchor * line.size().x, top);
            line.paint_halo(painter, theme, at);
        };
        if small {
            put(&number, room.top());
        } else {
            put(&title, room.top());
            put(&number, room.top() + title.size().y);
        }
        if self.picture.now(mechanism).is_none() {
            let why = name::line(
                painter,
                theme,
                &say::ended(self.picture, mechanism),
                Set::regular(size::BODY, theme.ink2),
            );
            let at = pos2(view.rect().center().x, view.rect().center().y);
            if why.size().x < view.rect().width() {
                why.put_halo(painter, theme, Align2::CENTER_CENTER, at);
            }
        }
        room
    }

    /// Names of the tokens at the start: on the first board all, on the others the one that is pointed at.
    fn names(&self, painter: &Painter, index: usize, mechanism: Mechanism, view: &View, taken: &[Rect]) {
        let theme = self.stage.theme;
        let start = self.places(mechanism, 0);
        let shown = |key: &usize| (index == 0 && start.len() <= NAMED) || self.linked() == Some(*key);
        let keys: Vec<usize> = (0..start.len()).filter(shown).collect();
        let lines: Vec<name::Text> = keys
            .iter()
            .map(|key| {
                let words = self.picture.names.get(*key).map_or("", String::as_str);
                let set = if self.linked() == Some(*key) {
                    Set::strong(size::BODY, theme.ink)
                } else {
                    Set::regular(size::BODY, theme.ink2)
                };
                name::name(painter, theme, words, set)
            })
            .collect();
        let wishes: Vec<labels::Wish> = std::iter::zip(&keys, &lines)
            .filter_map(|(key, line)| {
                Some(labels::Wish {
                    anchor: view.screen_from_world(*start.get(*key)?),
                    radius: theme.px(8.0),
                    skirt: 0.0,
                    size: line.size(),
                    away_from: Some(view.rect().center()),
                    last: None,
                    must: self.linked() == Some(*key),
                })
            })
            .collect();
        let now = self.places(mechanism, self.picture.layer);
        let mut obstacles: Vec<(Pos2, f32)> = start
            .iter()
            .chain(now)
            .take(4 * FOCUSABLE)
            .map(|at| (view.screen_from_world(*at), theme.px(8.0)))
            .collect();
        // Discs along the middle of what stands in the corners.
        obstacles.extend(taken.iter().flat_map(|rect| {
            let radius = 0.5 * rect.height().min(rect.width());
            let along = 0.5 * rect.size() - Vec2::splat(radius);
            [-1.0, -0.5, 0.0, 0.5, 1.0].map(|share| (rect.center() + share * along, radius))
        }));
        let reach = 0.9 * view.points_per_unit() as f32;
        let placed = labels::place(&wishes, &obstacles, view.rect().shrink(2.0), reach);
        for (line, place) in std::iter::zip(&lines, placed) {
            if let Some(place) = place {
                line.paint_halo(painter, theme, place.rect.min);
            }
        }
    }

    /// How much smaller than at the start a board of a residual stream is drawn.
    fn scale(&self, painter: &Painter, mechanism: Mechanism, view: &View) {
        let theme = self.stage.theme;
        if !self.picture.residual {
            return;
        }
        let start = View::new(view.rect(), with_foot(Extent::around(self.places(mechanism, 0))));
        let smaller = start.points_per_unit() / view.points_per_unit();
        if smaller <= 1.05 {
            return;
        }
        // Beside the number, in the corner that is left at the top.
        let corner = if self.number == Align2::LEFT_TOP {
            Align2::RIGHT_TOP
        } else {
            Align2::LEFT_TOP
        };
        let inside = view.rect().shrink(theme.px(12.0));
        let beside = if self.number.y() == egui::Align::TOP {
            theme.px(104.0)
        } else {
            0.0
        };
        let factor = text::number(smaller);
        let lines = [format!("drawn {factor} × smaller"), format!("÷ {factor}")]
            .map(|words| name::line(painter, theme, &words, Set::regular(size::BODY, theme.ink2)));
        if let Some(line) = lines.iter().find(|line| line.size().x + beside < inside.width()) {
            line.paint_halo(painter, theme, corner.align_size_within_rect(line.size(), inside).min);
        }
    }
}

fn grid(painter: &Painter, theme: &Theme, view: &View) {
    let Extent { centre, half } = view.extent();
    let most = (view.rect().width() / theme.px(56.0)).max(2.0) as usize;
    for x in ticks(centre[0] - half[0], centre[0] + half[0], most) {
        let at = painter.round_to_pixel_center(view.screen_from_world([x, 0.0]).x);
        painter.vline(at, view.rect().y_range(), theme.hairline(theme.grid));
    }
    for y in ticks(centre[1] - half[1], centre[1] + half[1], most) {
        let at = painter.round_to_pixel_center(view.screen_from_world([0.0, y]).y);
        painter.hline(view.rect().x_range(), at, theme.hairline(theme.grid));
    }
}
