//! The boards: the tokens of each mechanism at the layer that is shown, with their trails, the metric and the number.

use std::cell::RefCell;

use egui::{Align2, Key, Painter, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::derive::Picture;
use super::film::Mechanism;
use super::say;
use crate::board::{Extent, View};
use crate::command::{Command, Edit, Role as Added, Tool};
use crate::lab::{GridPoint, TokenRef};
use crate::lens::elliptical::plane::Form;
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;

/// Up to so many tokens each can be moved with the arrows.
pub(super) const FOCUSABLE: usize = 64;
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
pub(super) struct Boards<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) picture: &'a Picture,
    /// Points of the screen that a semi-axis of 1 has.
    pub(super) radius: f64,
    /// Where the number stands, and the ellipse.
    pub(super) number: Align2,
    pub(super) ellipse: Align2,
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
    let tops = [Align2::RIGHT_TOP, Align2::LEFT_TOP];
    let bottoms = [Align2::LEFT_BOTTOM, Align2::RIGHT_BOTTOM];
    let ellipse = emptiest(picture, places, &views, [0.2, 0.26], &bottoms);
    let left = bottoms.into_iter().filter(|corner| *corner != ellipse);
    let number: Vec<Align2> = tops.into_iter().chain(left).collect();
    let number = emptiest(picture, places, &views, [0.42, 0.24], &number);
    let boards = Boards {
        stage,
        picture,
        radius: f64::from(theme.px(11.0)).min(f64::from(theme.px(36.0)) / longest),
        number,
        ellipse,
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
    let points = layers.iter().take(until).flat_map(|layer| &layer.at);
    with_foot(Extent::around(&points.copied().collect::<Vec<_>>()))
}

/// With room for the ellipse below.
pub(super) fn with_foot(Extent { centre, half }: Extent) -> Extent {
    let foot = 0.12 * half[1];
    Extent {
        centre: [centre[0], centre[1] - foot],
        half: [half[0], half[1] + foot],
    }
}

/// Of some corners the one that the fewest tokens come to, on all boards and layers together; `share` is what is put there, of
/// the board's sides.
fn emptiest(
    picture: &Picture,
    places: &[(Mechanism, Rect)],
    views: &[View],
    share: [f32; 2],
    corners: &[Align2],
) -> Align2 {
    let met = |corner: Align2| -> usize {
        let of = |((mechanism, _), view): (&(Mechanism, Rect), &View)| {
            let rect = view.rect();
            let room = corner.align_size_within_rect(vec2(share[0] * rect.width(), share[1] * rect.height()), rect);
            let layers = picture.film(*mechanism).map_or(&[][..], |film| &film.layers);
            let shown = if picture.residual { picture.layer } else { picture.last };
            let points = layers.iter().take(shown + 1).flat_map(|layer| &layer.at);
            points.filter(|at| room.contains(view.screen_from_world(**at))).count()
        };
        std::iter::zip(places, views).map(of).sum()
    };
    let best = corners.iter().min_by_key(|corner| met(**corner));
    best.copied().unwrap_or(Align2::RIGHT_TOP)
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
        let title = if fits(&large) || (!fits(&small) && large.size().x <= place.width()) {
            large
        } else {
            small
        };
        title.put(painter, Align2::LEFT_CENTER, pos2(place.left(), y));
        if fits(&title) {
            aside.put(painter, Align2::RIGHT_CENTER, pos2(place.right(), y));
        }
    }

    pub(super) fn places(&self, mechanism: Mechanism, layer: usize) -> &[[f64; 2]] {
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
        response.tell(&|| WidgetInfo::labeled(Role::Image, true, say::spoken_board(self.picture, mechanism)));
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
            response.tell(&|| WidgetInfo::labeled(Role::Button, true, say::spoken_token(self.picture, mechanism, key)));
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
}
