//! The shared plane: tokens, tools, names. It knows no lens; a lens hands it tokens and paints under and over them.

pub mod field;
pub mod gauge;
pub mod glyphs;
pub mod labels;
mod tools;
pub mod view;

use std::collections::BTreeMap;

use egui::{Painter, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};
use eigenlens_core::order_by;

use crate::command::{Command, Tool};
use crate::lab::{Brush, TokenRef};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::Tell as _;
use glyphs::State;
pub use tools::Gesture;
pub use view::{Extent, View};

/// Names that are placed: the most important ones. More could not be read, and placing them takes time.
const MOST_NAMES: usize = 80;

/// How much a name matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emphasis {
    /// The one that the headline speaks of.
    Heaviest,
    /// Carries a number.
    Noted,
    /// Everything else.
    Quiet,
    /// One of very many: it carries no name.
    Nameless,
}

/// A token as the board shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardToken {
    /// Which token.
    pub token: TokenRef,
    /// Where, in world units.
    pub at: [f64; 2],
    /// Its name.
    pub name: String,
    /// A number beside the name.
    pub note: Option<String>,
    /// How much its name matters.
    pub emphasis: Emphasis,
    /// Damaged: planted as an outlier, or with wrong entries.
    pub outlier: bool,
    /// The query whose row is shown.
    pub asking: bool,
    /// The sentence of the screen reader.
    pub spoken: String,
    /// How far what a lens paints under it reaches, as a share of the board's shorter side; 0 for nothing. Names stay off it
    /// where they can.
    pub skirt: f32,
    /// The value of a key as a share of the largest, −1 to 1: its disc wears the colour of that value.
    pub tint: Option<f32>,
}

/// A point that is no token, such as an output. The lens paints it; names stay off it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Where, in world units.
    pub at: [f64; 2],
    /// How far its glyph reaches, before the theme's scale.
    pub radius: f32,
    /// The words of its name; none for a mark without a name.
    pub words: &'static str,
    /// The symbol after them.
    pub symbol: &'static str,
}

/// What the board is told about the frame.
pub struct Input<'a> {
    /// Colours and sizes.
    pub theme: &'a Theme,
    /// The window on the plane.
    pub view: View,
    /// The tokens; names are placed in this order.
    pub tokens: &'a [BoardToken],
    /// Named points that are no tokens.
    pub marks: &'a [Mark],
    /// Tokens of the frozen scene.
    pub ghost: &'a [(TokenRef, [f64; 2])],
    /// What the pointer does.
    pub tool: Tool,
    /// What Add adds.
    pub add: crate::command::Role,
    /// The noise brush.
    pub brush: Brush,
    /// The chosen token.
    pub selected: Option<TokenRef>,
    /// The token that another view points at.
    pub linked: Option<TokenRef>,
    /// A token that asks for the keyboard focus.
    pub focus: Option<TokenRef>,
    /// Coordinates in one board unit: 1 unless the cloud is far larger or smaller than the board.
    pub scale: f64,
    /// Names of the two axes, when the plane is not the keys' own.
    pub axes: Option<[String; 2]>,
    /// The pointer is a finger.
    pub touch: bool,
    /// The noise makes entries of the keys wrong, where it else moves tokens.
    pub strikes: bool,
}

/// What remains of a board between frames. None of it is in the lab: it is forgotten without loss.
#[derive(Default)]
pub struct Board {
    directions: BTreeMap<TokenRef, usize>,
    gesture: Gesture,
    placed: Vec<Rect>,
    grabs: Vec<(TokenRef, Rect)>,
}

impl Board {
    /// Rectangles of the names that were painted in the last frame (for the tests of overlap).
    pub fn placed(&self) -> &[Rect] {
        &self.placed
    }

    /// Where each token can be grabbed, as of the last frame.
    pub fn grabs(&self) -> &[(TokenRef, Rect)] {
        &self.grabs
    }

    /// Whether something is being dragged or painted.
    pub fn is_busy(&self) -> bool {
        self.gesture.is_running()
    }

    /// Lets go of whatever is held.
    pub fn let_go(&mut self) {
        self.gesture = Gesture::default();
    }

    /// One frame: paints and listens. Returns the token under the pointer.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        input: &Input<'_>,
        commands: &mut Vec<Command>,
        paint_under: &mut dyn FnMut(&Painter),
        paint_over: &mut dyn FnMut(&Painter),
    ) -> Option<TokenRef> {
        let Input { theme, view, .. } = input;
        let rect = view.rect();
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, theme.canvas);
        grid(&painter, input);
        paint_under(&painter);
        tick_numbers(&painter, input);

        let board = ui.interact(rect, ui.scope_id().with("board"), Sense::click_and_drag());
        board.tell(&|| WidgetInfo::labeled(Role::Canvas, true, "Board"));
        let responses = self.token_responses(ui, input);
        self.gesture.listen(ui, input, &board, &responses, commands);
        let hovered = responses
            .iter()
            .find(|(_, response)| response.hovered() || response.dragged())
            .map(|(token, _)| *token)
            .or_else(|| board.hover_pos().and_then(|at| nearest(input, at, theme.px(14.0))));

        for (token, at) in input.ghost {
            glyphs::frozen(
                &painter,
                theme,
                view.screen_from_world(*at),
                matches!(token, TokenRef::Query(_)),
            );
        }
        let focused = responses
            .iter()
            .find(|(_, response)| response.has_focus())
            .map(|(token, _)| *token);
        let state = |token: TokenRef| State {
            hovered: hovered == Some(token),
            linked: input.linked == Some(token) && hovered != Some(token),
            selected: input.selected == Some(token),
            dragged: self.gesture.dragged() == Some(token),
            focused: focused == Some(token),
        };
        paint_keys(&painter, input, &state);
        paint_over(&painter);
        paint_queries(&painter, input, &state);
        self.paint_names(&painter, input);
        self.gesture.paint(&painter, input, board.hover_pos());
        let frame = if board.has_focus() {
            theme.focus_stroke()
        } else {
            theme.hairline(theme.line)
        };
        ui.painter().rect_stroke(rect, 0.0, frame, StrokeKind::Inside);
        hovered
    }

    /// One widget per token, each as large as a finger but never larger than half the way to its neighbour: the nearest wins.
    fn token_responses(&mut self, ui: &mut Ui, input: &Input<'_>) -> Vec<(TokenRef, Response)> {
        let places: Vec<Pos2> = input
            .tokens
            .iter()
            .map(|token| input.view.screen_from_world(token.at))
            .collect();
        // Tokens are handed over by importance; the focus walks in reading order, queries last and so on top.
        let token = |i: usize| input.tokens[i].token;
        let order = order_by(input.tokens.len(), &|a, b| token(a).cmp(&token(b)));
        let board = input.view.rect();
        self.grabs.clear();
        let mut responses = Vec::with_capacity(order.len());
        for i in order {
            let (token, place) = (&input.tokens[i], places[i]);
            let reach = if input.tokens.len() > 200 {
                input.theme.px(glyphs::KEY_RADIUS)
            } else {
                reach(
                    place,
                    &places,
                    i,
                    input.theme.px(glyphs::TOUCH_RADIUS),
                    input.theme.px(glyphs::KEY_RADIUS),
                )
            };
            let rect = Rect::from_center_size(place, Vec2::splat(2.0 * reach)).intersect(board);
            if !rect.is_positive() {
                continue;
            }
            let sense = if matches!(input.tool, Tool::Move | Tool::Corrupt) {
                Sense::click_and_drag()
            } else {
                Sense::focusable_noninteractive()
            };
            let response = ui.interact(rect, ui.scope_id().with(token.token), sense);
            response
                .tell(&|| WidgetInfo::selected(Role::Button, true, input.selected == Some(token.token), &token.spoken));
            if input.focus == Some(token.token) {
                response.request_focus();
            }
            self.grabs.push((token.token, rect));
            responses.push((token.token, response));
        }
        responses
    }

    fn paint_names(&mut self, painter: &Painter, input: &Input<'_>) {
        let Input { theme, view, .. } = input;
        let has_name = |token: &&BoardToken| token.emphasis != Emphasis::Nameless;
        let named: Vec<&BoardToken> = input.tokens.iter().filter(has_name).take(MOST_NAMES).collect();
        let names: Vec<name::Text> = named.iter().map(|token| name_of(painter, theme, token)).collect();
        let asking = input
            .tokens
            .iter()
            .find(|token| token.asking)
            .map(|token| view.screen_from_world(token.at));
        let side = view.rect().width().min(view.rect().height());
        let wish = |(token, text): (&BoardToken, &name::Text)| labels::Wish {
            anchor: view.screen_from_world(token.at),
            skirt: side * token.skirt,
            radius: theme.px(match token.token {
                TokenRef::Key(_) if token.outlier => 16.0,
                TokenRef::Key(_) => glyphs::KEY_RADIUS + 2.0,
                TokenRef::Query(_) => glyphs::QUERY_RADIUS,
            }),
            size: text.size(),
            away_from: asking.filter(|_| !token.asking),
            last: if self.is_busy() {
                self.directions.get(&token.token).copied()
            } else {
                None
            },
            must: token.asking || token.emphasis == Emphasis::Heaviest || self.gesture.dragged() == Some(token.token),
        };
        let mut wishes: Vec<labels::Wish> = std::iter::zip(named.iter().copied(), &names).map(wish).collect();
        let (marks, nameless): (Vec<&Mark>, Vec<&Mark>) = input.marks.iter().partition(|mark| !mark.words.is_empty());
        let mark_names: Vec<name::Text> = marks.iter().map(|mark| name_of_mark(painter, theme, mark)).collect();
        // Marks come right after the asking query: they are few, and the headline speaks of them.
        let after = wishes.len().min(1);
        for (mark, text) in std::iter::zip(&marks, &mark_names) {
            let anchor = view.screen_from_world(mark.at);
            let mark = labels::Wish {
                anchor,
                radius: theme.px(mark.radius),
                skirt: 0.0,
                size: text.size(),
                away_from: asking,
                last: None,
                must: false,
            };
            wishes.insert(after, mark);
        }
        let mut obstacles: Vec<(Pos2, f32)> = wishes.iter().map(|wish| (wish.anchor, wish.radius)).collect();
        let place = |mark: &&Mark| (view.screen_from_world(mark.at), theme.px(mark.radius));
        obstacles.extend(nameless.iter().map(place));
        obstacles.extend(tick_places(input));
        let reach = 0.9 * view.points_per_unit() as f32;
        let mut places = labels::place(&wishes, &obstacles, view.rect().shrink(2.0), reach);
        self.placed.clear();
        let mark_places: Vec<_> = places.drain(after..after + marks.len()).rev().collect();
        for (text, place) in std::iter::zip(&mark_names, mark_places) {
            let Some(place) = place.filter(|_| text.size().x > 0.0) else {
                continue;
            };
            self.placed.push(place.rect);
            text.paint_halo(painter, theme, place.rect.min);
        }
        for ((token, text), place) in named.iter().zip(&names).zip(places) {
            let Some(place) = place else { continue };
            self.directions.insert(token.token, place.direction);
            self.placed.push(place.rect);
            text.paint_halo(painter, theme, place.rect.min);
        }
    }
}

fn paint_keys(painter: &Painter, input: &Input<'_>, state: &dyn Fn(TokenRef) -> State) {
    for token in input
        .tokens
        .iter()
        .rev()
        .filter(|token| matches!(token.token, TokenRef::Key(_)))
    {
        let centre = input.view.screen_from_world(token.at);
        let state = state(token.token);
        if state.hovered && !state.dragged {
            glyphs::hover_disc(painter, input.theme, centre);
        }
        if glyphs::is_special(&token.name) && !token.outlier {
            glyphs::special(painter, input.theme, centre, state);
        } else {
            glyphs::key(painter, input.theme, centre, token.outlier, token.tint, state);
        }
    }
}

fn paint_queries(painter: &Painter, input: &Input<'_>, state: &dyn Fn(TokenRef) -> State) {
    let queries = || {
        let tokens = input.tokens.iter();
        tokens.filter(|token| matches!(token.token, TokenRef::Query(_)))
    };
    // The one that asks lies on top.
    let others = queries().filter(|query| !query.asking);
    for token in others.chain(queries().filter(|query| query.asking)) {
        let centre = input.view.screen_from_world(token.at);
        let state = state(token.token);
        if state.hovered && !state.dragged {
            glyphs::hover_disc(painter, input.theme, centre);
        }
        glyphs::query(painter, input.theme, centre, token.asking, state);
    }
}

fn name_of_mark(painter: &Painter, theme: &Theme, mark: &Mark) -> name::Text {
    name::Text::default()
        .words(painter, theme, mark.words, Set::strong(size::BODY, theme.query_text))
        .name(painter, theme, mark.symbol, Set::regular(size::BODY, theme.query_text))
}

/// The numbers on the left and lower edge are in the way of names.
fn tick_places(input: &Input<'_>) -> Vec<(Pos2, f32)> {
    let Input { theme, view, .. } = input;
    let rect = view.rect();
    if input.axes.is_some() {
        // The names of the axes stand in two corners; a row of circles is as good as a box.
        let (pad, radius) = (theme.px(10.0), theme.px(9.0));
        let along = (0..6).map(|i| pad + radius * (1.0 + 1.8 * i as f32));
        return along
            .flat_map(|x| {
                let upper = pos2(rect.left() + x, rect.top() + pad + radius);
                let lower = pos2(rect.right() - x, rect.bottom() - pad - radius);
                [(upper, radius), (lower, radius)]
            })
            .collect();
    }
    let [across, up] = grid_places(input);
    let radius = theme.px(11.0);
    let below = across
        .into_iter()
        .map(|x| (pos2(view.screen_from_world([x, 0.0]).x, rect.bottom() - radius), radius));
    let beside = up.into_iter().map(|y| {
        (
            pos2(rect.left() + radius + 4.0, view.screen_from_world([0.0, y]).y),
            radius,
        )
    });
    below.chain(beside).collect()
}

fn name_of(painter: &Painter, theme: &Theme, token: &BoardToken) -> name::Text {
    let query = matches!(token.token, TokenRef::Query(_));
    let set = match (query, token.emphasis) {
        // A word that asks speaks a sentence; a letter is the object itself.
        (true, _) if token.note.is_some() => Set::strong(size::WORD, theme.query_text),
        (true, _) => Set::regular(size::HEADLINE, theme.query_text),
        (false, Emphasis::Heaviest) => Set::strong(size::HEADLINE, theme.ink),
        (false, _) => Set::regular(size::WORD, theme.ink),
    };
    let mut line = name::name(painter, theme, &token.name, set);
    if let Some(note) = &token.note {
        let large = token.emphasis == Emphasis::Heaviest;
        let note_size = if large || query { size::WORD } else { size::BODY };
        let note_colour = if token.outlier { theme.bad } else { theme.query_text };
        line = line.words(
            painter,
            theme,
            &format!("\u{a0}{note}"),
            Set::strong(note_size, note_colour),
        );
    }
    line
}

/// Half the way to the nearest neighbour, between a glyph and a finger.
pub fn reach(place: Pos2, places: &[Pos2], this: usize, most: f32, least: f32) -> f32 {
    places
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != this)
        .map(|(_, other)| {
            let offset = *other - place;
            0.5 * offset.x.abs().max(offset.y.abs())
        })
        .fold(most, f32::min)
        .max(least)
}

/// The nearest token within `reach` of a point on the screen; a query before a key.
pub fn nearest(input: &Input<'_>, at: Pos2, reach: f32) -> Option<TokenRef> {
    input
        .tokens
        .iter()
        .map(|token| (input.view.screen_from_world(token.at).distance(at), token.token))
        .filter(|(distance, _)| *distance <= reach)
        .min_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        .map(|(_, token)| token)
}

/// Round places along the lower and along the left edge.
fn grid_places(input: &Input<'_>) -> [Vec<f64>; 2] {
    let Extent { centre, half } = input.view.extent();
    let size = input.view.rect().size();
    let most = |side: f32| (side / input.theme.px(80.0)).clamp(2.0, 12.0) as usize;
    [0, 1].map(|i| view::ticks(centre[i] - half[i], centre[i] + half[i], most([size.x, size.y][i])))
}

/// Grid lines, under everything.
fn grid(painter: &Painter, input: &Input<'_>) {
    let Input { theme, view, .. } = input;
    let rect = view.rect();
    let [across, up] = grid_places(input);
    for x in across {
        let at = painter.round_to_pixel_center(view.screen_from_world([x, 0.0]).x);
        painter.vline(at, rect.y_range(), theme.hairline(theme.grid));
    }
    for y in up {
        let at = painter.round_to_pixel_center(view.screen_from_world([0.0, y]).y);
        painter.hline(rect.x_range(), at, theme.hairline(theme.grid));
    }
}

/// The numbers of the grid, or the names of the axes, over what a lens paints under the tokens.
fn tick_numbers(painter: &Painter, input: &Input<'_>) {
    let Input { theme, view, .. } = input;
    let rect = view.rect();
    let [across, up] = grid_places(input);
    let set = Set::regular(size::TICK, theme.ink2);
    let number = |value: f64| name::line(painter, theme, &view::tick_text(value * input.scale), set);
    for x in across {
        let at = painter.round_to_pixel_center(view.screen_from_world([x, 0.0]).x);
        let line = number(x);
        let place = pos2(at - 0.5 * line.size().x, rect.bottom() - line.size().y - theme.px(4.0));
        if input.axes.is_none() && rect.shrink(theme.px(26.0)).x_range().contains(at) {
            line.paint_halo(painter, theme, place);
        }
    }
    for y in up {
        let at = painter.round_to_pixel_center(view.screen_from_world([0.0, y]).y);
        let line = number(y);
        let place = pos2(rect.left() + theme.px(6.0), at - 0.5 * line.size().y);
        if input.axes.is_none() && rect.shrink(theme.px(26.0)).y_range().contains(at) {
            line.paint_halo(painter, theme, place);
        }
    }
    if let Some([across, up]) = &input.axes {
        let pad = theme.px(10.0);
        let up = name::line(painter, theme, &format!("↑ {up}"), set);
        up.paint_halo(painter, theme, rect.min + vec2(pad, pad));
        let across = name::line(painter, theme, &format!("{across} →"), set);
        across.paint_halo(painter, theme, rect.max - across.size() - vec2(pad, pad));
    }
}

/// A box on the screen as what names keep off, see [`Mark`]: a row of circles, with the radius before the theme's scale.
pub fn in_the_way(view: &View, theme: &Theme, rect: Rect) -> Vec<([f64; 2], f32)> {
    let radius = 0.5 * rect.height();
    let steps = (rect.width() / rect.height()).ceil().max(1.0) as usize;
    (0..=steps)
        .map(|i| {
            let share = i as f32 / steps as f32;
            let x = rect.left() + radius + share * (rect.width() - 2.0 * radius).max(0.0);
            (view.world_from_screen(pos2(x, rect.center().y)), radius / theme.scale)
        })
        .collect()
}

/// A stroke of a theme's width and colour; here so that lenses need no egui stroke of their own for links.
pub fn link_stroke(theme: &Theme, weight: f64) -> Stroke {
    Stroke::new(theme.link_width(weight as f32), theme.link())
}
