//! What the pointer and the keys do on the board. A gesture turns into commands; it never touches the lab itself.

use egui::{Key, Painter, Pos2, Response, Stroke, Ui, Vec2};
use eigenlens_core::sorted_by;

use super::{Input, glyphs, nearest};
use crate::command::{Command, Edit, Tool};
use crate::lab::{Camera, GridPoint, TokenRef};
use crate::look::name;
use crate::look::theme::size;
use crate::look::widgets;

/// A running gesture.
#[derive(Default)]
pub enum Gesture {
    /// Nothing is held.
    #[default]
    Idle,
    /// A token is dragged; `grip` is where it is held, relative to its centre, in screen points.
    Dragging {
        /// The token.
        token: TokenRef,
        /// From the pointer to the token's centre.
        grip: Vec2,
    },
    /// A noise stroke: the tokens that it has passed, in order.
    Painting {
        /// The tokens.
        passed: Vec<TokenRef>,
        /// The last place of the pointer.
        last: Pos2,
    },
    /// The eraser is held down.
    Erasing,
    /// The empty board is dragged.
    Panning,
}

impl Gesture {
    /// Whether something is being done to the lab.
    pub fn is_running(&self) -> bool {
        !matches!(self, Self::Idle | Self::Panning)
    }

    /// The token under the hand.
    pub fn dragged(&self) -> Option<TokenRef> {
        match self {
            Self::Dragging { token, .. } => Some(*token),
            _ => None,
        }
    }

    /// Turns the frame's input into commands.
    pub(super) fn listen(
        &mut self,
        ui: &Ui,
        input: &Input<'_>,
        board: &Response,
        tokens: &[(TokenRef, Response)],
        commands: &mut Vec<Command>,
    ) {
        if self.is_running() && ui.input(|i| i.key_pressed(Key::Escape)) {
            *self = Self::Idle;
            ui.ctx().stop_dragging();
            commands.push(Command::Cancel);
            return;
        }
        keyboard(ui, input, tokens, commands);
        zoom(ui, input, board, commands);
        match input.tool {
            Tool::Move | Tool::Corrupt => self.move_tool(ui, input, board, tokens, commands),
            Tool::Add | Tool::Outlier => press(input, board, commands),
            Tool::Erase => self.erase(input, board, commands),
            Tool::Noise => self.noise(input, board, commands),
        }
    }

    fn move_tool(
        &mut self,
        ui: &Ui,
        input: &Input<'_>,
        board: &Response,
        tokens: &[(TokenRef, Response)],
        commands: &mut Vec<Command>,
    ) {
        for (token, response) in tokens {
            if response.clicked() {
                commands.push(Command::Pick(*token));
            }
            if response.drag_started() {
                let press = ui.input(|i| i.pointer.press_origin()).unwrap_or(response.rect.center());
                *self = Self::Dragging {
                    token: *token,
                    grip: response.rect.center() - press,
                };
                commands.push(Command::Select(Some(*token)));
            }
        }
        if let Self::Dragging { token, grip } = *self {
            let response = tokens
                .iter()
                .find(|(other, _)| *other == token)
                .map(|(_, response)| response);
            // The last position comes with the release, and the token may have been dragged out of its widget's reach.
            if let Some(at) = ui.input(|i| i.pointer.latest_pos()) {
                let at = input.view.rect().shrink(2.0).clamp(at + grip);
                let to = GridPoint::from_world(input.view.world_from_screen(at));
                commands.push(Command::Drag(displace(input, token, to)));
            }
            if !response.is_some_and(Response::dragged) {
                *self = Self::Idle;
                commands.push(Command::Drop);
            }
        } else if board.dragged() {
            *self = Self::Panning;
            pan(input, board.drag_delta(), commands);
        } else if matches!(self, Self::Panning) {
            *self = Self::Idle;
        } else if board.clicked() {
            commands.push(Command::Select(None));
        }
    }

    fn erase(&mut self, input: &Input<'_>, board: &Response, commands: &mut Vec<Command>) {
        if !(board.clicked() || board.dragged()) {
            *self = Self::Idle;
            return;
        }
        if board.dragged() {
            *self = Self::Erasing;
        }
        let hit = board
            .interact_pointer_pos()
            .and_then(|at| nearest(input, at, input.theme.px(18.0)));
        commands.extend(hit.map(|token| Command::Edit(Edit::Erase(token))));
    }

    fn noise(&mut self, input: &Input<'_>, board: &Response, commands: &mut Vec<Command>) {
        let Some(at) = board.interact_pointer_pos() else {
            if matches!(self, Self::Painting { .. }) {
                *self = Self::Idle;
                commands.push(Command::Drop);
            }
            return;
        };
        if board.clicked() {
            let hit = passed_between(input, at, at, &[]);
            if !hit.is_empty() {
                commands.push(Command::Edit(Edit::Noise(hit)));
            }
            return;
        }
        if let Self::Painting { passed, last } = self {
            let new = passed_between(input, *last, at, passed);
            *last = at;
            if !new.is_empty() {
                passed.extend(new);
                commands.push(Command::Drag(noise(input, passed.clone())));
            }
            if !board.dragged() {
                *self = Self::Idle;
                commands.push(Command::Drop);
            }
        } else if board.drag_started() || board.dragged() {
            let from = at - board.total_drag_delta().unwrap_or_default();
            let passed = passed_between(input, from, at, &[]);
            if !passed.is_empty() {
                commands.push(Command::Drag(noise(input, passed.clone())));
            }
            *self = Self::Painting { passed, last: at };
        }
    }

    /// What shows the gesture itself: the brush's circle, the cross-hair of a dragged token.
    pub(super) fn paint(&self, painter: &Painter, input: &Input<'_>, hover: Option<Pos2>) {
        let theme = input.theme;
        if let Some(token) = self
            .dragged()
            .and_then(|token| input.tokens.iter().find(|other| other.token == token))
        {
            let centre = input.view.screen_from_world(token.at);
            glyphs::cross_hair(painter, theme, centre);
            if input.touch {
                glyphs::touch_ring(painter, theme, centre);
            }
            let text = format!(
                "{}, {}",
                crate::lab::readout::text::coordinate(input.scale * token.at[0]),
                crate::lab::readout::text::coordinate(input.scale * token.at[1])
            );
            let galley = name::line(painter, theme, &text, name::Set::regular(size::BODY, theme.ink));
            let board = painter.clip_rect();
            let right = centre.x + theme.px(34.0) + galley.size().x < board.right();
            let x = if right {
                centre.x + theme.px(26.0)
            } else {
                centre.x - theme.px(26.0) - galley.size().x
            };
            let y = (centre.y + theme.px(24.0)).min(board.bottom() - galley.size().y - theme.px(4.0));
            galley.paint_halo(painter, theme, Pos2::new(x, y));
        }
        if input.tool == Tool::Noise
            && let Some(at) = hover
        {
            let stroke = Stroke::new(theme.px(1.5), theme.ink2);
            glyphs::dashed_circle(painter, at, brush_radius(input), stroke, theme.px(4.0));
        }
    }
}

/// The brush's radius on the screen; never smaller than what a hand can aim with.
fn brush_radius(input: &Input<'_>) -> f32 {
    ((input.brush.radius() * input.view.points_per_unit()) as f32).max(input.theme.px(10.0))
}

/// The tokens that the segment passes and that are not in `already`, nearest to its start first.
fn passed_between(input: &Input<'_>, from: Pos2, to: Pos2, already: &[TokenRef]) -> Vec<TokenRef> {
    let radius = brush_radius(input);
    let way = to - from;
    let along = |at: Pos2| {
        if way.length_sq() > 0.0 {
            ((at - from).dot(way) / way.length_sq()).clamp(0.0, 1.0)
        } else {
            0.0
        }
    };
    let passed: Vec<(f32, TokenRef)> = input
        .tokens
        .iter()
        .filter(|token| !already.contains(&token.token))
        .map(|token| (input.view.screen_from_world(token.at), token.token))
        .filter(|(at, _)| (from + along(*at) * way).distance(*at) <= radius)
        .map(|(at, token)| (along(at), token))
        .collect();
    let passed = sorted_by(&passed, &|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    passed.into_iter().map(|(_, token)| token).collect()
}

/// A press that puts a token on the board, where the hand lets go.
fn press(input: &Input<'_>, board: &Response, commands: &mut Vec<Command>) {
    if !(board.clicked() || board.drag_stopped()) {
        return;
    }
    if let Some(at) = board.interact_pointer_pos() {
        commands.push(Command::Edit(put(
            input,
            input.view.world_from_screen(input.view.rect().clamp(at)),
        )));
    }
}

/// The edit of the Add or the Outlier tool.
fn put(input: &Input<'_>, world: [f64; 2]) -> Edit {
    let at = GridPoint::from_world(world);
    if input.tool == Tool::Outlier {
        Edit::Outlier(at)
    } else {
        Edit::Add(input.add, at)
    }
}

/// A token that is put somewhere else: the Corrupt tool makes the entries of a key wrong, every other one moves it.
fn displace(input: &Input<'_>, token: TokenRef, to: GridPoint) -> Edit {
    match (input.tool, token) {
        (Tool::Corrupt, TokenRef::Key(key)) => Edit::Slip(key, to),
        _ => Edit::Move(token, to),
    }
}

/// The edit of a noise stroke.
fn noise(input: &Input<'_>, passed: Vec<TokenRef>) -> Edit {
    if input.strikes {
        Edit::Strike(passed)
    } else {
        Edit::Noise(passed)
    }
}

fn pan(input: &Input<'_>, delta: Vec2, commands: &mut Vec<Command>) {
    let extent = input.view.extent();
    let scale = input.view.points_per_unit();
    let centre = [
        extent.centre[0] - f64::from(delta.x) / scale,
        extent.centre[1] + f64::from(delta.y) / scale,
    ];
    commands.push(Command::Camera(Camera::at(
        centre,
        2.0 * extent.half[0].min(extent.half[1]),
    )));
}

/// Wheel, pinch and the second finger.
fn zoom(ui: &Ui, input: &Input<'_>, board: &Response, commands: &mut Vec<Command>) {
    let Some(at) = board
        .hover_pos()
        .filter(|_| board.contains_pointer() || board.hovered())
    else {
        return;
    };
    let (pinch, wheel, two_fingers) = ui.input(|i| (i.zoom_delta(), i.smooth_scroll_delta().y, i.multi_touch()));
    let factor = f64::from(pinch) * (0.0025 * f64::from(wheel)).exp();
    if let Some(fingers) = two_fingers {
        pan(input, fingers.translation_delta, commands);
    }
    if (factor - 1.0).abs() < 1e-4 {
        return;
    }
    // The point under the pointer stays where it is.
    let extent = input.view.extent();
    let world = input.view.world_from_screen(at);
    let towards = |axis: usize| world[axis] + (extent.centre[axis] - world[axis]) / factor;
    let span = 2.0 * extent.half[0].min(extent.half[1]) / factor;
    commands.push(Command::Camera(Camera::at([towards(0), towards(1)], span)));
}

/// Arrows nudge the focused token, Delete removes it, Enter does what the tool would do with it.
fn keyboard(ui: &Ui, input: &Input<'_>, tokens: &[(TokenRef, Response)], commands: &mut Vec<Command>) {
    let Some((token, response)) = tokens.iter().find(|(_, response)| response.has_focus()) else {
        return;
    };
    widgets::keep_arrows(ui, response);
    let Some(place) = input.tokens.iter().find(|other| other.token == *token) else {
        return;
    };
    if input.selected != Some(*token) && response.gained_focus() {
        commands.push(Command::Select(Some(*token)));
    }
    let (steps, delete, enter) = ui.input(|i| {
        let pressed = |key| i.num_presses(key) as f64;
        let size = if i.modifiers.shift {
            5.0
        } else if i.modifiers.alt {
            0.2
        } else {
            1.0
        };
        let steps = [
            size * (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)),
            size * (pressed(Key::ArrowUp) - pressed(Key::ArrowDown)),
        ];
        (steps, i.key_pressed(Key::Delete), i.key_pressed(Key::Enter))
    });
    if steps != [0.0, 0.0] {
        let step = input.view.nudge_in_world();
        let to = GridPoint::from_world([place.at[0] + step * steps[0], place.at[1] + step * steps[1]]);
        commands.push(Command::Edit(displace(input, *token, to)));
    } else if delete || (enter && input.tool == Tool::Erase) {
        commands.push(Command::Edit(Edit::Erase(*token)));
    } else if enter {
        match (input.tool, token) {
            (Tool::Noise, _) => commands.push(Command::Edit(noise(input, vec![*token]))),
            (Tool::Add | Tool::Outlier, _) => commands.push(Command::Edit(put(input, place.at))),
            (_, TokenRef::Query(query)) => commands.push(Command::Edit(Edit::Ask(*query))),
            _ => {}
        }
    }
}
