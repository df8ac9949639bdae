//! The board: the shifted query with its links, the penalty of each key as a flag, the arrow that is dragged.

use egui::{Align2, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use eigenlens_core::BnForm;

use super::derive::Picture;
use super::say;
use crate::board::{Mark, View, glyphs, link_stroke};
use crate::command::{Command, Edit, SupportEdit};
use crate::lab::readout::text;
use crate::lab::support::{Shift, SupportChoices};
use crate::lab::{Lab, Library, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::microscope::small_board::cross;

/// Points of a flag for one unit of the logit, where the longest has room.
const UNIT: f32 = 30.0;
/// The longest flag, as a share of the board's height.
const LONGEST: f32 = 0.28;
/// Keys that have a flag, at most.
pub(super) const MOST_FLAGS: usize = 200;
/// Up to how many keys the flags have room for all their numbers and their whole length; of more keys the two ends of the
/// scale have their numbers.
const FEW: usize = 8;
/// Keys nearer than this turn their flags away from each other.
const NEAR: f32 = 70.0;
/// What is left of the length of the flags, at least, where one has no room.
const LEAST: f32 = 0.6;
/// β is dragged in steps of this many thousandths.
const STEP: f64 = 10.0;
/// Where β is 0 the handle stands off the query by this much, so that both can be taken.
const APART: f32 = 34.0;

/// What a board that stands still must have room for: the query with nearly the largest β, and the origin.
pub(super) fn reach(lab: &Lab, library: &Library) -> Vec<[f64; 2]> {
    let untouched = crate::lab::Scene::of(lab.scene.source.clone(), lab.scene.head);
    let mut lab = Lab {
        scene: untouched,
        ..lab.clone()
    };
    lab.choices.support.bn_form = BnForm::Recentred;
    lab.choices.support.beta = 1750;
    match super::derive::picture(&lab, library) {
        Ok(picture) if picture.common.head.dim() <= 2 => vec![picture.places.moved, picture.places.origin],
        Ok(picture) => vec![picture.places.moved],
        Err(_) => Vec::new(),
    }
}

/// Where a key is drawn as shifted.
fn shifted(picture: &Picture, at: [f64; 2]) -> [f64; 2] {
    let [x, y] = picture.step();
    [at[0] + x, at[1] + y]
}

/// The ellipse of the keys, the links from where the query asks, the way of shifted keys.
pub(super) fn paint_under(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) {
    let theme = stage.theme;
    if picture.form == BnForm::Full && picture.places.outline.len() > 2 {
        let outline: Vec<Pos2> = picture
            .places
            .outline
            .iter()
            .map(|at| view.screen_from_world(*at))
            .collect();
        painter.add(Shape::line(outline, Stroke::new(theme.strokes.object, theme.ink3)));
    }
    let from = view.screen_from_world(picture.asks_from());
    let weights = &picture.on_board().weights;
    let keys = &picture.common.positions.keys;
    for &key in &picture.order {
        let (Some(at), Some(weight)) = (keys.get(key), weights.get(key)) else {
            continue;
        };
        let to = if picture.moves_keys() {
            shifted(picture, *at)
        } else {
            *at
        };
        painter.line_segment([from, view.screen_from_world(to)], link_stroke(theme, *weight));
    }
    origin(painter, view, theme, picture);
    if picture.moves_keys() {
        for at in keys.iter().take(MOST_FLAGS) {
            let ends = [*at, shifted(picture, *at)].map(|at| view.screen_from_world(at));
            painter.line_segment(ends, theme.hairline(theme.ink3));
            let stroke = Stroke::new(theme.px(2.0), theme.ink);
            painter.circle(ends[1], theme.px(glyphs::KEY_RADIUS - 1.0), theme.canvas, stroke);
        }
    }
}

/// The origin with a dashed line to the mean key: what μ is.
fn origin(painter: &Painter, view: &View, theme: &Theme, picture: &Picture) {
    let ends = [picture.places.origin, picture.places.mean].map(|at| view.screen_from_world(at));
    let stroke = Stroke::new(theme.px(1.25), theme.ink2);
    painter.extend(Shape::dashed_line(&ends, stroke, theme.px(4.0), theme.px(3.5)));
    let reach = theme.px(5.0);
    painter.line_segment([ends[0] - vec2(reach, 0.0), ends[0] + vec2(reach, 0.0)], stroke);
    painter.line_segment([ends[0] - vec2(0.0, reach), ends[0] + vec2(0.0, reach)], stroke);
    let zero = name::line(painter, theme, "0", Set::regular(size::BODY, theme.ink2));
    // On the side where the query is not: its name stands there.
    let query = view.screen_from_world(picture.query());
    let (across, down) = (theme.px(8.0), theme.px(3.0));
    let (anchor, aside) = match ((query - ends[0]).x > 0.0, (query - ends[0]).y > 0.0) {
        (true, true) => (Align2::RIGHT_BOTTOM, vec2(-across, -down)),
        (true, false) => (Align2::RIGHT_TOP, vec2(-across, down)),
        (false, true) => (Align2::LEFT_BOTTOM, vec2(across, -down)),
        (false, false) => (Align2::LEFT_TOP, vec2(across, down)),
    };
    zero.put_halo(painter, theme, anchor, ends[0] + aside);
}

/// What names stay off: the mean key, the moved query, the origin.
pub(super) fn marks(picture: &Picture) -> Vec<Mark> {
    let mark = |at: [f64; 2], radius: f32| Mark {
        at,
        radius,
        words: "",
        symbol: "",
    };
    let mut marks = vec![
        mark(picture.places.mean, 12.0),
        mark(picture.asks_from(), glyphs::QUERY_RADIUS + 2.0),
        mark(picture.places.origin, 12.0),
    ];
    // The arrow is in the way, too.
    let [from, to] = [picture.query(), picture.asks_from()];
    let between = (1..8).map(|i| f64::from(i) / 8.0);
    if picture.beta < 0.2 {
        // Here the handle stands off the query.
        let [x, y] = picture.places.mu;
        let length = x.hypot(y).max(f64::MIN_POSITIVE);
        marks.push(mark([from[0] - 0.25 * x / length, from[1] - 0.25 * y / length], 12.0));
    }
    marks.extend(between.map(|t| mark([0, 1].map(|axis| from[axis] + t * (to[axis] - from[axis])), 7.0)));
    marks
}

/// Flags, mean key, arrow, and what they are called. Returns where they are.
pub(super) fn paint_over(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture) -> Vec<Rect> {
    let theme = stage.theme;
    let mut taken = Vec::new();
    let reach = flags(painter, view, stage, picture, &mut taken);
    let mean = view.screen_from_world(picture.places.mean);
    cross(painter, theme, mean, 8.0);
    taken.extend(crowd(painter, view, theme, picture, reach));
    let mut painted = taken.clone();
    let tokens = [picture.query(), picture.asks_from()].map(|at| view.screen_from_world(at));
    taken.extend(tokens.map(|at| Rect::from_center_size(at, Vec2::splat(theme.px(44.0)))));
    let words = name::line(painter, theme, "*μ*  mean key", Set::regular(size::WORD, theme.ink));
    let short = name::line(painter, theme, "*μ*", Set::regular(size::WORD, theme.ink));
    let apart = theme.px(13.0);
    let ways = [
        (Align2::CENTER_BOTTOM, vec2(-theme.px(6.0), -apart)),
        (Align2::RIGHT_BOTTOM, vec2(apart, -apart)),
        (Align2::CENTER_TOP, vec2(theme.px(6.0), apart)),
        (Align2::LEFT_TOP, vec2(-apart, apart)),
    ];
    let free = |text: &name::Text| {
        ways.map(|(anchor, offset)| anchor.anchor_size(mean + offset, text.size()))
            .into_iter()
            .find(|place| {
                view.rect().shrink(4.0).contains_rect(*place) && !taken.iter().any(|other| other.intersects(*place))
            })
    };
    // On a narrow board the words would be over what the links lead to.
    let is_wide = view.rect().width() > theme.px(400.0);
    if let Some(place) = free(&words).filter(|_| is_wide) {
        words.paint_halo(painter, theme, place.min);
        painted.push(place);
    } else if let Some(place) = free(&short) {
        short.paint_halo(painter, theme, place.min);
        painted.push(place);
    }
    painted.extend(arrow(painter, view, stage, picture, &mut taken));
    painted
}

/// The place of words, moved so that they stay on the board.
fn within(view: &View, theme: &Theme, place: Rect) -> Pos2 {
    let inside = view.rect().shrink(theme.px(6.0));
    let right = (inside.right() - place.width()).max(inside.left());
    let bottom = (inside.bottom() - place.height()).max(inside.top());
    pos2(
        place.left().clamp(inside.left(), right),
        place.top().clamp(inside.top(), bottom),
    )
}

/// The name of the crowd and its share over its keys, or below them; `reach` is where their flags end. Returns where it stands.
fn crowd(painter: &Painter, view: &View, theme: &Theme, picture: &Picture, reach: [f32; 2]) -> Option<Rect> {
    if picture.crowd.words != "the crowd" {
        return None;
    }
    let keys = &picture.common.positions.keys;
    let members: Vec<Pos2> = std::iter::zip(keys, &picture.crowd.has)
        .filter(|(_, has)| **has)
        .map(|(at, _)| view.screen_from_world(*at))
        .collect();
    let middle = middle(&members)?;
    let share = text::percent(picture.shares()[1]);
    let words = name::Text::default()
        .words(painter, theme, "the crowd  ", Set::strong(size::WORD, theme.ink))
        .words(painter, theme, &share, Set::strong(size::WORD, theme.query_text));
    let apart = theme.px(10.0);
    let over = Align2::CENTER_BOTTOM.anchor_size(pos2(middle.x, reach[0] - apart), words.size());
    let place = if over.top() < view.rect().top() + theme.px(2.0) {
        Align2::CENTER_TOP.anchor_size(pos2(middle.x, reach[1] + apart), words.size())
    } else {
        over
    };
    let place = Rect::from_min_size(within(view, theme, place), place.size());
    words.paint_halo(painter, theme, place.min);
    Some(place)
}

fn middle(points: &[Pos2]) -> Option<Pos2> {
    let n = points.len();
    (n > 0).then(|| (points.iter().fold(Vec2::ZERO, |sum, at| sum + at.to_vec2()) / n as f32).to_pos2())
}

/// Points of a flag for one unit of the logit: the same for every key.
fn unit(picture: &Picture, theme: &Theme, height: f32) -> f32 {
    let most = picture.penalty.iter().fold(0.0_f64, |most, b| most.max(b.abs())) as f32;
    let room = if picture.penalty.len() > FEW {
        0.5 * LONGEST
    } else {
        LONGEST
    } * height;
    if most * theme.px(UNIT) > room {
        room / most.max(f32::MIN_POSITIVE)
    } else {
        theme.px(UNIT)
    }
}

/// What to do for the numbers that have no room. None where each flag has its number, and where there are no flags.
pub(super) fn reading(picture: &Picture) -> Option<&'static str> {
    (picture.shift != Shift::Keys && picture.penalty.len() > FEW)
        .then_some("Numbers stand at the two outermost flags; point at a key for its own.")
}

/// Which side the flag of each key is on (1 right, −1 left) and whether it goes up, away from the neighbours; and the points of
/// a flag for one unit of the logit.
fn stand(picture: &Picture, view: &View, theme: &Theme, keys: &[Pos2]) -> (Vec<(f32, bool)>, f32) {
    let unit = unit(picture, theme, view.rect().height());
    let board = view.rect().shrink(theme.px(6.0));
    let side = |(at, penalty): (&Pos2, &f64)| {
        let near: Vec<Pos2> = keys
            .iter()
            .filter(|other| other.distance(*at) < theme.px(NEAR))
            .copied()
            .collect();
        let around = middle(&near).unwrap_or(*at);
        let side = if at.x < around.x - 0.5 { -1.0 } else { 1.0 };
        let is_alone = near.len() == 1;
        let up = at.y < around.y - 0.5 || (is_alone && at.y + unit * penalty.abs() as f32 > board.bottom());
        (side, up)
    };
    let sides: Vec<(f32, bool)> = std::iter::zip(keys, &picture.penalty).map(side).collect();
    // Where one has no room all are shorter.
    let most = std::iter::zip(keys, std::iter::zip(&sides, &picture.penalty))
        .map(|(at, ((_, up), penalty))| {
            let room = if *up { at.y - board.top() } else { board.bottom() - at.y };
            room / (penalty.abs() as f32).max(f32::MIN_POSITIVE)
        })
        .fold(f32::INFINITY, f32::min);
    (sides, unit.min(most.max(LEAST * unit)))
}

/// The penalty of each key as a bar beside it. Returns from where to where the flags of the crowd reach; says what they take.
fn flags(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture, taken: &mut Vec<Rect>) -> [f32; 2] {
    let theme = stage.theme;
    // The keys alone shifted cost nothing.
    let shown = if picture.shift == Shift::Keys { 0 } else { MOST_FLAGS };
    let keys: Vec<Pos2> = picture
        .common
        .positions
        .keys
        .iter()
        .take(shown)
        .map(|at| view.screen_from_world(*at))
        .collect();
    let linked = match stage.linked {
        Some(TokenRef::Key(key)) => Some(key),
        _ => None,
    };
    let own = theme.px(4.0);
    let mut reach = std::iter::zip(&picture.common.positions.keys, &picture.crowd.has)
        .filter(|(_, has)| **has)
        .map(|(at, _)| view.screen_from_world(*at).y)
        .fold([f32::INFINITY, f32::NEG_INFINITY], |[top, bottom], y| {
            [top.min(y - own), bottom.max(y + own)]
        });
    let (sides, unit) = stand(picture, view, theme, &keys);
    let mut flags = Vec::with_capacity(keys.len());
    for (key, (at, (side, up))) in std::iter::zip(&keys, sides).enumerate() {
        let Some(penalty) = picture.penalty.get(key).copied() else {
            continue;
        };
        let long = unit * penalty.abs() as f32;
        let end = if up { at.y - long } else { at.y + long };
        let flag = Flag {
            at: *at,
            side,
            end,
            penalty,
        };
        flag.paint_bar(painter, theme, taken);
        if picture.crowd.has.get(key) == Some(&true) {
            reach = [reach[0].min(end), reach[1].max(end)];
        }
        flags.push((key, flag));
    }
    let ends = [f64::total_cmp, |a: &f64, b: &f64| b.total_cmp(a)].map(|order| {
        flags
            .iter()
            .max_by(|a, b| order(&a.1.penalty, &b.1.penalty))
            .map(|(key, _)| *key)
    });
    for (key, flag) in &flags {
        let few = keys.len() <= FEW;
        let is_linked = linked == Some(*key);
        if !few && !is_linked && !ends.contains(&Some(*key)) {
            continue;
        }
        let Some(place) = flag.paint_number(painter, view, theme, few || is_linked, taken) else {
            continue;
        };
        if picture.crowd.has.get(*key) == Some(&true) {
            // The number may stand beyond the end.
            reach = [reach[0].min(place.top() + own), reach[1].max(place.bottom() - own)];
        }
    }
    reach
}

/// One penalty.
struct Flag {
    at: Pos2,
    /// Right of its key, or left of it (−1).
    side: f32,
    end: f32,
    penalty: f64,
}

impl Flag {
    fn colour(&self, theme: &Theme) -> egui::Color32 {
        if self.penalty > 0.0 { theme.pos } else { theme.neg }
    }

    /// Where the bar stands.
    fn x(&self, theme: &Theme) -> f32 {
        self.at.x + self.side * theme.px(19.0)
    }

    fn is_long(&self, theme: &Theme) -> bool {
        (self.end - self.at.y).abs() >= theme.px(2.0)
    }

    fn paint_bar(&self, painter: &Painter, theme: &Theme, taken: &mut Vec<Rect>) {
        if !self.is_long(theme) {
            return;
        }
        let (x, half) = (self.x(theme), theme.px(3.75));
        let bar = Rect::from_two_pos(pos2(x - half, self.at.y), pos2(x + half, self.end));
        let stem = [self.at + vec2(self.side * theme.px(8.0), 0.0), pos2(x, self.at.y)];
        painter.rect_filled(bar.expand(theme.px(1.5)), 0.0, theme.halo);
        painter.line_segment(stem, Stroke::new(theme.px(1.5), self.colour(theme)));
        painter.rect_filled(bar, 0.0, self.colour(theme));
        taken.push(bar);
    }

    /// Returns where the number stands; one that must is painted even where something else is.
    fn paint_number(
        &self,
        painter: &Painter,
        view: &View,
        theme: &Theme,
        must: bool,
        taken: &mut Vec<Rect>,
    ) -> Option<Rect> {
        let words = name::line(
            painter,
            theme,
            &text::coordinate(self.penalty),
            Set::strong(size::BODY, self.colour(theme)),
        );
        let beside = |x: f32, side: f32, y: f32| {
            let anchor = if side > 0.0 {
                Align2::LEFT_CENTER
            } else {
                Align2::RIGHT_CENTER
            };
            anchor.anchor_size(pos2(x, y), words.size())
        };
        let places = if self.is_long(theme) {
            let x = self.x(theme);
            let back = theme.px(8.0) * (self.at.y - self.end).signum();
            // At the edge of the board, or where another number is, it stands at the end of the bar.
            let over = Align2::CENTER_CENTER.anchor_size(pos2(x, self.end - 1.4 * back), words.size());
            let apart = theme.px(9.0);
            vec![
                beside(x + self.side * apart, self.side, self.end + back),
                Rect::from_min_size(within(view, theme, over), over.size()),
                beside(x - self.side * apart, -self.side, self.end + back),
            ]
        } else {
            let apart = theme.px(15.0);
            vec![
                beside(self.at.x + self.side * apart, self.side, self.at.y),
                beside(self.at.x - self.side * apart, -self.side, self.at.y),
            ]
        };
        let edge = view.rect().shrink(theme.px(5.0));
        let is_free = |place: &Rect| edge.contains_rect(*place) && !taken.iter().any(|other| other.intersects(*place));
        let place = places.iter().copied().find(is_free).or(places
            .first()
            .copied()
            .filter(|place| must && edge.contains_rect(*place)))?;
        words.paint_halo(painter, theme, place.min);
        taken.push(place);
        Some(place)
    }
}

/// The arrow −βμ on the query, and the query where it asks from. Returns where its words stand.
fn arrow(painter: &Painter, view: &View, stage: &Stage<'_>, picture: &Picture, taken: &mut Vec<Rect>) -> Vec<Rect> {
    let theme = stage.theme;
    let mut written = Vec::new();
    if picture.shift == Shift::Keys {
        return written;
    }
    let [from, to] = [picture.query(), picture.places.moved].map(|at| view.screen_from_world(at));
    let way = to - from;
    let length = way.length();
    if length > theme.px(30.0) {
        let along = way / length;
        let start = from + along * theme.px(glyphs::QUERY_RADIUS + 2.0);
        let tip = to - along * theme.px(glyphs::QUERY_RADIUS + 2.0);
        let neck = tip - along * theme.px(14.0);
        let stroke = Stroke::new(theme.px(3.5), theme.query);
        painter.line_segment([start, neck], Stroke::new(theme.px(7.5), theme.halo));
        painter.line_segment([start, neck], stroke);
        let across = theme.px(6.5) * along.rot90();
        painter.add(Shape::convex_polygon(
            vec![tip, neck + across, neck - across],
            theme.query,
            Stroke::NONE,
        ));
        let words = match picture.form {
            BnForm::Recentred => "−*β**μ*",
            BnForm::Full => "−*μ*",
        };
        let words = name::line(painter, theme, words, Set::regular(size::HEADLINE, theme.query_text));
        let up = if along.rot90().y > 0.0 {
            -along.rot90()
        } else {
            along.rot90()
        };
        let keys = picture.common.positions.keys.iter().take(MOST_FLAGS);
        taken.extend(keys.map(|at| Rect::from_center_size(view.screen_from_world(*at), Vec2::splat(theme.px(20.0)))));
        let place = |(side, apart, share): (Vec2, f32, f32)| {
            let middle = from + share * way + side * theme.px(apart);
            let place = Align2::CENTER_CENTER.anchor_size(middle, words.size());
            Rect::from_min_size(within(view, theme, place), place.size())
        };
        let is_free = |place: &Rect| !taken.iter().any(|other| other.intersects(*place));
        let shares = [0.5, 0.35, 0.65].map(|share| (26.0, share));
        let ways = shares.into_iter().chain([(42.0, 0.5)]);
        let mut ways = ways.flat_map(|(apart, share)| [up, -up].map(|side| place((side, apart, share))));
        if let Some(place) = ways.find(is_free) {
            words.paint_halo(painter, theme, place.min);
            written.push(place);
            taken.push(place);
        }
    }
    if length > 0.5 {
        let state = glyphs::State::default();
        glyphs::query(painter, theme, to, true, state);
        let words = match picture.form {
            BnForm::Recentred => "*q* − *β**μ*",
            BnForm::Full => "*q* − *μ*",
        };
        let words = name::line(painter, theme, words, Set::regular(size::WORD, theme.query_text));
        let apart = theme.px(23.0);
        let ways = [(Align2::CENTER_TOP, apart), (Align2::CENTER_BOTTOM, -apart)].map(|(anchor, apart)| {
            let place = anchor.anchor_size(to + vec2(0.0, apart), words.size());
            Rect::from_min_size(within(view, theme, place), place.size())
        });
        let is_free = |place: &Rect| !taken.iter().any(|other| other.intersects(*place));
        if let Some(place) = ways.into_iter().find(is_free) {
            words.paint_halo(painter, theme, place.min);
            written.push(place);
        }
    }
    written
}

/// The head of the arrow, which is dragged along its line.
pub(super) fn handle_ui(ui: &mut Ui, view: &View, stage: &Stage<'_>, picture: &Picture, out: &mut Out) {
    if picture.form == BnForm::Full || picture.shift == Shift::Keys || picture.is_centred() {
        return;
    }
    let theme = stage.theme;
    let query = picture.query();
    let whole = [query[0] - picture.places.mu[0], query[1] - picture.places.mu[1]];
    let [from, one, head] = [query, whole, picture.places.moved].map(|at| view.screen_from_world(at));
    let way = one - from;
    let length = way.length();
    if length < 1.0 {
        return;
    }
    let near = head.distance(from) < theme.px(APART);
    let at = if near {
        from + way / length * theme.px(APART)
    } else {
        head
    };
    let rect = Rect::from_center_size(at, Vec2::splat(theme.px(44.0)));
    out.places.push(("handle beta", rect));
    let response = ui.interact(rect, ui.scope_id().with("beta"), Sense::click_and_drag());
    let spoken = "β: the query less β times the mean key";
    response.tell(&|| WidgetInfo::slider(true, picture.beta, spoken));
    if near {
        let tip = at - way / length * theme.px(6.0);
        let across = theme.px(6.5) * (way / length).rot90();
        ui.painter().add(Shape::convex_polygon(
            vec![at + way / length * theme.px(8.0), tip + across, tip - across],
            theme.query,
            Stroke::new(theme.px(1.25), theme.ink),
        ));
    }
    if response.hovered() || response.dragged() || response.has_focus() {
        let stroke = if response.has_focus() {
            theme.focus_stroke()
        } else {
            Stroke::new(theme.px(2.0), theme.ink)
        };
        ui.painter().circle_stroke(at, theme.px(19.0), stroke);
    }
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let beta = (pointer - from).dot(way) / (length * length);
        out.push(Command::Drag(edit(f64::from(beta))));
    }
    if response.drag_stopped() {
        out.push(Command::Drop);
    }
    if let Some(steps) = widgets::arrow_steps(ui, &response) {
        out.push(Command::Edit(edit(picture.beta + 0.05 * steps)));
    }
    if response.hovered() {
        response.on_hover_text_at_pointer(format!("β = {}", say::beta(picture)));
    }
}

/// β, in round steps and within its bounds.
pub(super) fn edit(beta: f64) -> Edit {
    let steps = (beta * 1000.0 / STEP)
        .round()
        .clamp(0.0, f64::from(SupportChoices::MAX_BETA) / STEP);
    Edit::Support(SupportEdit::Beta((steps * STEP) as u16))
}
