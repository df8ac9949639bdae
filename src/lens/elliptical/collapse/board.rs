//! The boards: the tokens of each mechanism at the layer that is shown, with their trails, the metric and the number.

use std::cell::RefCell;

use egui::{
    Align2, Key, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::derive::Picture;
use super::film::Mechanism;
use super::say;
use crate::lens::elliptical::plane::Form;
use crate::board::view::ticks;
use crate::board::{Extent, View, labels};
use crate::command::{Command, Edit, Role as Added, Tool};
use crate::lab::readout::text;
use crate::lab::{GridPoint, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::{self, size};
use crate::look::widgets;

/// Up to so many tokens each has a name, and can be moved with the arrows.
const NAMED: usize = 24;
const FOCUSABLE: usize = 64;
/// How near the pointer must be to a token.
const REACH: f32 = 22.0;

/// A token that is held.
#[derive(Clone, Debug)]
struct Held {
    board: usize,
    key: usize,
    /// From the pointer to the token.
    offset: Vec2,
    /// The boards do not move under the hand.
    extents: Vec<Extent>,
}

/// What the boards remember between frames.
#[derive(Default)]
pub(super) struct Hand(RefCell<Option<Held>>);

/// What every board needs.
struct Boards<'a> {
    stage: &'a Stage<'a>,
    picture: &'a Picture,
    /// Points of the screen that a semi-axis of 1 has.
    radius: f64,
    /// Where the number stands.
    corner: Align2,
}

/// Names of the places of the boards.
const PLACES: [&str; 4] = ["board 1", "board 2", "board 3", "board 4"];

/// Paints the boards of mechanisms into their places.
pub(super) fn ui(
    ui: &mut Ui,
    places: &[(Mechanism, Rect)],
    stage: &Stage<'_>,
    picture: &Picture,
    hand: &Hand,
    out: &mut Out,
) {
    let theme = stage.theme;
    let held = hand.0.borrow().clone();
    let extents: Vec<Extent> = match &held {
        Some(held) if held.extents.len() == places.len() => held.extents.clone(),
        _ => places
            .iter()
            .map(|(mechanism, _)| extent(picture, *mechanism))
            .collect(),
    };
    let views: Vec<View> = std::iter::zip(places, &extents)
        .map(|((_, place), extent)| View::new(frame_of(theme, *place), *extent))
        .collect();
    let longest = places
        .iter()
        .filter_map(|(mechanism, _)| picture.form(*mechanism))
        .map(Form::longest)
        .filter(|longest| longest.is_finite())
        .fold(1e-9, f64::max);
    let boards = Boards {
        stage,
        picture,
        radius: f64::from(theme.px(11.0)).min(f64::from(theme.px(36.0)) / longest),
        corner: corner(picture, places, &views),
    };
    for (index, ((mechanism, place), view)) in std::iter::zip(places, &views).enumerate() {
        boards.title(ui.painter(), *place, *mechanism);
        let response = boards.listen(ui, index, *mechanism, view, &extents, hand, out);
        boards.paint(ui, index, *mechanism, view, &response);
        boards.focusable(ui, index, *mechanism, view, out);
        if let Some(name) = PLACES.get(index) {
            out.places.push((name, view.rect()));
        }
    }
}

/// The frame of a board below its title.
fn frame_of(theme: &Theme, place: Rect) -> Rect {
    Rect::from_min_max(place.min + vec2(0.0, theme.px(30.0)), place.max)
}

/// What a board shows: the tokens at the start, and where they went.
fn extent(picture: &Picture, mechanism: Mechanism) -> Extent {
    let layers = picture.film(mechanism).map_or(&[][..], |film| &film.layers);
    // Averages stay where the tokens are; a residual stream grows out of it.
    let until = if picture.residual { picture.layer + 1 } else { 1 };
    let points: Vec<[f64; 2]> = layers.iter().take(until).flat_map(|layer| &layer.at).copied().collect();
    Extent::around(&points)
}

/// The corner that the fewest tokens and trails come to, on all boards together; the ellipses have their own.
fn corner(picture: &Picture, places: &[(Mechanism, Rect)], views: &[View]) -> Align2 {
    let crossed = |corner: Align2| -> usize {
        let of = |((mechanism, _), view): (&(Mechanism, Rect), &View)| {
            let rect = view.rect();
            let room = corner.align_size_within_rect(vec2(0.42 * rect.width(), 0.24 * rect.height()), rect);
            let layers = picture.film(*mechanism).map_or(&[][..], |film| &film.layers);
            let points = layers.iter().take(picture.last + 1).flat_map(|layer| &layer.at);
            points.filter(|at| room.contains(view.screen_from_world(**at))).count()
        };
        std::iter::zip(places, views).map(of).sum()
    };
    [Align2::RIGHT_TOP, Align2::LEFT_TOP, Align2::RIGHT_BOTTOM]
        .into_iter()
        .min_by_key(|corner| crossed(*corner))
        .unwrap_or(Align2::RIGHT_TOP)
}

impl Boards<'_> {
    /// Name and M.
    fn title(&self, painter: &Painter, place: Rect, mechanism: Mechanism) {
        let theme = self.stage.theme;
        let title = [size::WORD, size::BODY]
            .map(|large| name::line(painter, theme, say::title(mechanism), Set::strong(large, theme.ink)));
        let aside = name::line(
            painter,
            theme,
            &say::metric(self.picture, mechanism),
            Set::regular(size::BODY, theme.ink2),
        );
        let y = place.top() + theme.px(14.0);
        let fits = |title: &name::Text| title.size().x + aside.size().x + theme.px(10.0) <= place.width();
        let [large, small] = title;
        let title = if large.size().x <= place.width() { large } else { small };
        title.put(painter, Align2::LEFT_CENTER, pos2(place.left(), y));
        if fits(&title) {
            aside.put(painter, Align2::RIGHT_CENTER, pos2(place.right(), y));
        }
    }

    fn places(&self, mechanism: Mechanism, layer: usize) -> &[[f64; 2]] {
        let film = self.picture.film(mechanism);
        film.and_then(|film| film.layers.get(layer))
            .map_or(&[][..], |layer| &layer.at)
    }

    /// The token under a place: its ring, or where it is now.
    fn nearest(&self, mechanism: Mechanism, view: &View, at: Pos2, now_too: bool) -> Option<usize> {
        let reach = self.stage.theme.px(REACH);
        let distances = |layer: usize| {
            let places = self.places(mechanism, layer).iter().enumerate();
            places.map(|(key, place)| (key, view.screen_from_world(*place).distance(at)))
        };
        let now = distances(self.picture.layer).filter(|_| now_too);
        let near = distances(0).chain(now).filter(|(_, distance)| *distance <= reach);
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(key, _)| key)
    }

    /// What the pointer does on a board.
    #[expect(
        clippy::too_many_arguments,
        reason = "one board of several, and what the hand remembers"
    )]
    fn listen(
        &self,
        ui: &Ui,
        index: usize,
        mechanism: Mechanism,
        view: &View,
        extents: &[Extent],
        hand: &Hand,
        out: &mut Out,
    ) -> Response {
        let id = ui.scope_id().with(("collapse", index));
        let response = ui.interact(view.rect(), id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, say::spoken_board(self.picture, mechanism)));
        if let Some(at) = response.hover_pos() {
            out.linked = self.nearest(mechanism, view, at, true).map(TokenRef::Key);
        }
        let grid = |at: Pos2| GridPoint::from_world(view.world_from_screen(at));
        match self.stage.tool {
            Tool::Move | Tool::Corrupt => self.drag(ui, index, mechanism, view, extents, hand, &response, out),
            tool if response.clicked() => {
                let Some(at) = response.interact_pointer_pos() else {
                    return response;
                };
                let token = self.nearest(mechanism, view, at, false).map(TokenRef::Key);
                let edit = match (tool, token) {
                    (Tool::Add, _) => Some(Edit::Add(Added::Key, grid(at))),
                    (Tool::Outlier, _) => Some(Edit::Outlier(grid(at))),
                    (Tool::Erase, Some(token)) => Some(Edit::Erase(token)),
                    (Tool::Noise, Some(token)) => Some(Edit::Noise(vec![token])),
                    _ => None,
                };
                out.commands.extend(edit.map(Command::Edit));
            }
            _ => {}
        }
        response
    }

    #[expect(clippy::too_many_arguments, reason = "a part of `listen`")]
    fn drag(
        &self,
        ui: &Ui,
        index: usize,
        mechanism: Mechanism,
        view: &View,
        extents: &[Extent],
        hand: &Hand,
        response: &Response,
        out: &mut Out,
    ) {
        let mut held = hand.0.borrow_mut();
        if response.drag_started()
            && let Some(origin) = ui.input(|input| input.pointer.press_origin())
            && let Some(key) = self.nearest(mechanism, view, origin, false)
            && let Some(place) = self.places(mechanism, 0).get(key)
        {
            *held = Some(Held {
                board: index,
                key,
                offset: view.screen_from_world(*place) - origin,
                extents: extents.to_vec(),
            });
        }
        let Some(own) = held.as_ref().filter(|held| held.board == index) else {
            return;
        };
        out.linked = Some(TokenRef::Key(own.key));
        // The last position comes with the release.
        if let Some(at) = ui.input(|input| input.pointer.latest_pos()) {
            let at = view.rect().shrink(2.0).clamp(at + own.offset);
            let to = GridPoint::from_world(view.world_from_screen(at));
            out.push(Command::Drag(Edit::Move(TokenRef::Key(own.key), to)));
        }
        if !response.dragged() {
            out.push(Command::Drop);
            *held = None;
        }
    }

    /// Each token at the start as a handle for the keyboard.
    fn focusable(&self, ui: &Ui, index: usize, mechanism: Mechanism, view: &View, out: &mut Out) {
        let theme = self.stage.theme;
        let places = self.places(mechanism, 0);
        if places.len() > FOCUSABLE {
            return;
        }
        for (key, place) in places.iter().enumerate() {
            let at = view.screen_from_world(*place);
            let rect = Rect::from_center_size(at, Vec2::splat(theme.px(44.0)));
            let id = ui.scope_id().with(("token", index, key));
            let response = ui.interact(rect, id, Sense::focusable_noninteractive());
            response.widget_info(|| {
                WidgetInfo::labeled(Role::Button, true, say::spoken_token(self.picture, mechanism, key))
            });
            if !response.has_focus() {
                continue;
            }
            ui.painter().circle_stroke(at, theme.px(14.0), theme.focus_stroke());
            widgets::keep_arrows(ui, &response);
            let steps = ui.input(|input| {
                let pressed = |key| input.num_presses(key) as f64;
                let size = if input.modifiers.shift { 5.0 } else { 1.0 };
                [
                    size * (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)),
                    size * (pressed(Key::ArrowUp) - pressed(Key::ArrowDown)),
                ]
            });
            if steps != [0.0; 2] {
                let nudge = view.nudge_in_world();
                let to = [place[0] + nudge * steps[0], place[1] + nudge * steps[1]];
                let edit = Edit::Move(TokenRef::Key(key), GridPoint::from_world(to));
                out.push(Command::Edit(edit));
            }
        }
    }

    fn paint(&self, ui: &Ui, index: usize, mechanism: Mechanism, view: &View, response: &Response) {
        let theme = self.stage.theme;
        let rect = view.rect();
        let painter = ui.painter_at(rect.expand(1.0));
        grid(&painter, theme, view);
        let frame = if response.has_focus() { theme.focus } else { theme.line };
        painter.rect_stroke(rect, 0.0, theme.hairline(frame), StrokeKind::Inside);
        self.metric(&painter, mechanism, view, index == 0);
        self.trails(&painter, mechanism, view);
        let number = self.number(&painter, mechanism, view);
        self.tokens(&painter, mechanism, view);
        self.names(&painter, index, mechanism, view, number);
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

    /// The ellipse of M below at the left.
    fn metric(&self, painter: &Painter, mechanism: Mechanism, view: &View, named: bool) {
        let theme = self.stage.theme;
        let Some(form) = self.picture.form(mechanism) else {
            return;
        };
        let most = theme.px(40.0);
        let ellipse = form.ellipse(self.radius, f64::from(most));
        let half = |axis: usize| ellipse.iter().map(|point| point[axis] as f32).fold(0.0, f32::max);
        let corner = view.rect().left_bottom();
        let centre = corner + vec2(half(0).max(theme.px(11.0)) + theme.px(14.0), -half(1) - theme.px(12.0));
        let at = |[x, y]: [f64; 2]| centre + vec2(x as f32, -y as f32);
        let outline = Stroke::new(theme.strokes.thin, theme.ink2);
        painter.add(Shape::closed_line(ellipse.iter().copied().map(at).collect(), outline));
        if named {
            let words = name::line(painter, theme, "metric *M*", Set::regular(size::BODY, theme.ink2));
            let at = pos2(centre.x + half(0) + theme.px(9.0), centre.y);
            if at.x + words.size().x < view.rect().center().x {
                words.put_halo(painter, theme, Align2::LEFT_CENTER, at);
            }
        }
    }

    /// The token cosine, large. Returns where it stands.
    fn number(&self, painter: &Painter, mechanism: Mechanism, view: &View) -> Rect {
        let theme = self.stage.theme;
        let inside = view.rect().shrink(theme.px(12.0));
        let small = view.rect().width() < theme.px(210.0);
        let large = if small { size::HEADLINE } else { size::TITLE };
        let cosine = self.picture.cosine(mechanism);
        let words = cosine.map_or_else(|| "–".to_owned(), text::coordinate);
        let number = name::line(painter, theme, &words, Set::strong(large, theme.ink));
        let title = name::line(painter, theme, "token cosine", Set::regular(size::BODY, theme.ink2));
        let height = number.size().y + if small { 0.0 } else { title.size().y };
        let room = self
            .corner
            .align_size_within_rect(vec2(number.size().x.max(title.size().x), height), inside);
        let [x, anchor] = if self.corner.x() == egui::Align::LEFT {
            [room.left(), 0.0]
        } else {
            [room.right(), 1.0]
        };
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
    fn names(&self, painter: &Painter, index: usize, mechanism: Mechanism, view: &View, number: Rect) {
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
        obstacles.push((number.center(), 0.5 * number.size().max_elem()));
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
        let start = View::new(view.rect(), Extent::around(self.places(mechanism, 0)));
        let smaller = start.points_per_unit() / view.points_per_unit();
        let words = format!("drawn {} × smaller", text::number(smaller));
        let line = name::line(painter, theme, &words, Set::regular(size::BODY, theme.ink2));
        if smaller > 1.05 && line.size().x < 0.6 * view.rect().width() {
            let at = view.rect().right_bottom() - vec2(theme.px(10.0), theme.px(8.0));
            line.put_halo(painter, theme, Align2::RIGHT_BOTTOM, at);
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
