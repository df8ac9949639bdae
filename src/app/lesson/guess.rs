//! Guessing: what is dragged or pressed before the truth is shown, and both of them after it.

use egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, UiBuilder, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::super::App;
use super::{Phase, Teaching};
use crate::board::View;
use crate::lab::TokenRef;
use crate::lab::readout::text;
use crate::lesson::{Guess, Guessed};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::{self, Tell as _};

/// Radius of a handle, and of what can be pressed around it.
const HANDLE: f32 = 9.0;
const TOUCH: f32 = 22.0;
/// How far along the line its handle is, of the shorter half of the board.
const ALONG: f32 = 0.62;
/// What an arrow key moves: degrees, shares of a scale.
const DEGREES: f64 = 1.0;
const SHARE: f64 = 0.01;

/// What is guessed on the board: a line, an ellipse.
pub(in super::super) fn board_ui(app: &mut App, ui: &mut Ui, theme: &Theme, view: &View) {
    // Most frames have nothing to guess.
    if app
        .teaching
        .as_ref()
        .is_none_or(|teaching| teaching.phase == Phase::Shown)
    {
        return;
    }
    let truth = app.truth_shown();
    let middle = middle_of_keys(app);
    let Some(teaching) = app.teaching.as_mut() else { return };
    let asks = teaching.phase == Phase::Asking;
    let centre = match teaching.question().map(|ask| &ask.guess) {
        Some(Guess::Ellipse { at, .. }) => *at,
        _ => middle,
    };
    let painter = ui.painter_at(view.rect());
    match (&mut teaching.guessed, &truth) {
        (Some(Guessed::Angle(angle)), truth) => {
            let at = view.screen_from_world(centre);
            let reach = 0.5 * view.rect().size().min_elem();
            let tip = at + ALONG * reach * direction(*angle);
            if let Some(Guessed::Angle(is)) = truth {
                wedge(&painter, theme, (at, 0.5 * reach), [*angle, *is]);
                let line = [at - 2.0 * reach * direction(*is), at + 2.0 * reach * direction(*is)];
                painter.line_segment(line, Stroke::new(theme.strokes.object * 1.6, theme.bad));
                named(
                    &painter,
                    theme,
                    at + (ALONG + 0.1) * reach * direction(*is),
                    "truth",
                    theme.bad,
                );
            }
            let line = [
                at - 2.0 * reach * direction(*angle),
                at + 2.0 * reach * direction(*angle),
            ];
            let dashed = Stroke::new(theme.strokes.object * 1.6, theme.focus);
            painter.extend(Shape::dashed_line(&line, dashed, theme.px(9.0), theme.px(6.0)));
            let name = "your guess";
            if let Some((to, steps)) = handle(
                ui,
                theme,
                ("guess", 0),
                tip,
                &format!("{name}, {angle:.0} degrees"),
                asks,
            ) {
                *angle = match to {
                    Some(to) => f64::from((at.y - to.y).atan2(to.x - at.x)).to_degrees(),
                    None => *angle + steps * DEGREES,
                }
                .rem_euclid(180.0);
            }
            named(&painter, theme, tip, name, theme.focus);
        }
        (Some(Guessed::Ellipse(half)), truth) => {
            if let Some(Guessed::Ellipse(is)) = truth {
                painter.add(ellipse(
                    view,
                    centre,
                    *is,
                    Stroke::new(theme.strokes.object * 1.6, theme.bad),
                ));
            }
            let dashed = Stroke::new(theme.strokes.object * 1.6, theme.focus);
            let outline = outline(view, centre, *half);
            painter.extend(Shape::dashed_line(&outline, dashed, theme.px(9.0), theme.px(6.0)));
            for (i, name) in ["along the first coordinate", "along the second coordinate"]
                .iter()
                .enumerate()
            {
                let mut end = centre;
                end[i] += half[i];
                let spoken = format!("your guess, half axis {name}, {}", text::number(half[i]));
                if let Some((to, steps)) = handle(ui, theme, ("guess", i), view.screen_from_world(end), &spoken, asks) {
                    let new = to.map_or(half[i] + steps * view.nudge_in_world(), |to| {
                        (view.world_from_screen(to)[i] - centre[i]).abs()
                    });
                    half[i] = new.clamp(view.nudge_in_world(), 1e3);
                }
            }
        }
        _ => {}
    }
}

impl App {
    /// The truth, once it is shown.
    fn truth_shown(&self) -> Option<Guessed> {
        let teaching = self
            .teaching
            .as_ref()
            .filter(|teaching| teaching.phase == Phase::Revealed)?;
        Guessed::truth(&teaching.question()?.guess, &self.readouts)
    }
}

fn middle_of_keys(app: &App) -> [f64; 2] {
    let keys = app
        .lab()
        .scene
        .positions(&app.library)
        .map(|all| all.keys)
        .unwrap_or_default();
    let count = keys.len().max(1) as f64;
    keys.iter()
        .fold([0.0; 2], |sum, at| [sum[0] + at[0] / count, sum[1] + at[1] / count])
}

/// On the screen, where y grows downwards.
fn direction(degrees: f64) -> Vec2 {
    let angle = degrees.to_radians() as f32;
    vec2(angle.cos(), -angle.sin())
}

/// What lies between guess and truth, on the side where the guess's handle is.
fn wedge(painter: &Painter, theme: &Theme, (at, radius): (Pos2, f32), [guess, truth]: [f64; 2]) {
    let turn = (truth - guess + 90.0).rem_euclid(180.0) - 90.0;
    let steps = 24;
    let mut points = vec![at];
    points.extend((0..=steps).map(|i| at + radius * direction(guess + turn * f64::from(i) / f64::from(steps))));
    painter.add(Shape::convex_polygon(points, theme.wash(theme.focus), Stroke::NONE));
    let words = name::line(
        painter,
        theme,
        &format!("{:.0}°", turn.abs()),
        Set::strong(size::TITLE, theme.focus),
    );
    let place = at + (radius + theme.px(24.0)) * direction(guess + 0.5 * turn);
    words.put_halo(painter, theme, Align2::CENTER_CENTER, place);
}

/// A name beside a point, on the side where there is room.
fn named(painter: &Painter, theme: &Theme, at: Pos2, words: &str, colour: Color32) {
    let line = name::line(painter, theme, words, Set::strong(size::BODY, colour));
    let (gap, room) = (theme.px(18.0), painter.clip_rect().shrink(theme.px(6.0)));
    let beside = [
        (Align2::LEFT_CENTER, at + vec2(gap, 0.0)),
        (Align2::RIGHT_CENTER, at - vec2(gap, 0.0)),
        (Align2::CENTER_TOP, at + vec2(0.0, gap)),
        (Align2::CENTER_BOTTOM, at - vec2(0.0, gap)),
    ];
    let fits = |(anchor, at): &(Align2, Pos2)| room.contains_rect(anchor.anchor_size(*at, line.size()));
    if let Some((anchor, at)) = beside.into_iter().find(fits) {
        line.put_halo(painter, theme, anchor, at);
    }
}

fn outline(view: &View, centre: [f64; 2], half: [f64; 2]) -> Vec<Pos2> {
    let corner = |i: i32| {
        let (sin, cos) = f64::from(i).to_radians().sin_cos();
        view.screen_from_world([centre[0] + half[0] * cos, centre[1] + half[1] * sin])
    };
    (0..=360).step_by(4).map(corner).collect()
}

fn ellipse(view: &View, centre: [f64; 2], half: [f64; 2], stroke: Stroke) -> Shape {
    Shape::closed_line(outline(view, centre, half), stroke)
}

/// A round handle; where it was dragged to, or by how many steps of the arrow keys.
fn handle(
    ui: &Ui,
    theme: &Theme,
    id: (&str, usize),
    at: Pos2,
    spoken: &str,
    enabled: bool,
) -> Option<(Option<Pos2>, f64)> {
    let place = Rect::from_center_size(at, Vec2::splat(theme.px(2.0 * TOUCH)));
    let sense = if enabled { Sense::drag() } else { Sense::hover() };
    let response = ui.interact(place, ui.scope_id().with(id), sense);
    response.tell(&|| WidgetInfo::labeled(Role::Slider, enabled, spoken));
    let painter = ui.painter();
    let held = response.dragged() || response.has_focus();
    let radius = theme.px(if held { HANDLE + 2.0 } else { HANDLE });
    painter.circle(at, radius, theme.canvas, Stroke::new(theme.px(3.0), theme.focus));
    widgets::focus_ring(ui, theme, place.shrink(theme.px(8.0)), &response);
    if !enabled {
        return None;
    }
    widgets::keep_arrows(ui, &response);
    if let Some(steps) = widgets::arrow_steps(ui, &response) {
        return Some((None, steps));
    }
    let to = response.interact_pointer_pos().filter(|_| response.dragged())?;
    Some((Some(to), 0.0))
}

/// What is guessed beside the board: bars, a number, an answer; and the question above it. Gives the room below the answers,
/// once the truth is shown.
pub(in super::super) fn panel_ui(app: &mut App, ui: &mut Ui, theme: &Theme, rect: Rect) -> Option<Rect> {
    let truth = app.truth_shown();
    let scene = &app.lab().scene;
    let keys = (0..scene.keys.len()).map(TokenRef::Key);
    let labels: Vec<(String, String)> = keys
        .map(|key| (key.to_string(), scene.label(key, &app.library)))
        .collect();
    let teaching = app.teaching.as_mut()?;
    let question = teaching.question().cloned()?;
    let asks = teaching.phase == Phase::Asking;
    let job = |words: &str, set: Set| {
        let mut job = egui::text::LayoutJob {
            wrap: egui::text::TextWrapping::wrap_at_width(rect.width()),
            ..egui::text::LayoutJob::default()
        };
        name::append_words(&mut job, theme, words, set);
        ui.painter().layout_job(job)
    };
    let title = job(
        if asks { "Guess first" } else { "Guess and truth" },
        Set::strong(size::BODY, theme.focus),
    );
    let how = if asks {
        how(&question.guess)
    } else {
        "Blue: your guess. Red: the truth."
    };
    let words = job(how, Set::regular(size::BODY, theme.ink2));
    let top = rect.min;
    let below = top + vec2(0.0, title.size().y + theme.px(4.0));
    // A phone's card has no room for both words and guess.
    let is_low = rect.height() < theme.px(150.0);
    let end = below.y + if is_low { 0.0 } else { words.size().y + theme.px(16.0) };
    let rest = rect.with_min_y(end);
    ui.painter().galley(top, title, theme.focus);
    if !is_low {
        ui.painter().galley(below, words, theme.ink2);
    }
    match (&question.guess, &mut teaching.guessed) {
        (Guess::Row { read }, Some(Guessed::Bars(bars))) => {
            let truth = match &truth {
                Some(Guessed::Bars(truth)) => truth.as_slice(),
                _ => &[],
            };
            let rest = rest.with_max_y(rest.bottom().min(rest.top() + theme.px(300.0)));
            let named: Vec<_> = read.iter().map(|name| label_of(name, &labels)).collect();
            bars_ui(ui, theme, rest, (&named, bars, truth), asks);
        }
        (Guess::Number { from, to, .. }, Some(Guessed::Number(number))) => {
            let truth = match truth {
                Some(Guessed::Number(truth)) => Some(truth),
                _ => None,
            };
            scale_ui(ui, theme, rest, ([*from, *to], number, truth), asks);
        }
        (Guess::Choice { options, right }, Some(Guessed::Choice(chosen))) => {
            let left = options_ui(ui, theme, rest, (options, *right, chosen), asks);
            return Some(left).filter(|_| !asks);
        }
        _ => {}
    }
    None
}

impl Teaching {
    /// Whether the guess has a panel of its own beside the board.
    pub(in super::super) fn has_panel(&self) -> bool {
        let beside = matches!(
            self.question().map(|ask| &ask.guess),
            Some(Guess::Row { .. } | Guess::Number { .. } | Guess::Choice { .. })
        );
        self.phase == Phase::Asking || (self.phase == Phase::Revealed && beside)
    }
}

/// What a number is of: "weight of key 3" is of the key, by its label; else the last word.
fn label_of(name: &str, labels: &[(String, String)]) -> (String, String) {
    let of = name.rsplit_once(" of ").map_or(name, |(_, of)| of);
    let known = labels
        .iter()
        .find(|(token, _)| token == of)
        .map(|(_, label)| label.clone());
    let short = || of.rsplit_once(' ').map_or(of, |(_, last)| last).to_owned();
    (name.to_owned(), known.unwrap_or_else(short))
}

/// What the hand does.
fn how(guess: &Guess) -> &'static str {
    match guess {
        Guess::Axis { .. } => "Turn the dashed line by its handle, then reveal.",
        Guess::Row { .. } => "Drag the tops of the bars, then reveal.",
        Guess::Ellipse { .. } => "Drag the two handles of the ellipse, then reveal.",
        Guess::Number { .. } => "Drag the mark along the scale, then reveal.",
        Guess::Choice { .. } => "Choose an answer, then reveal.",
    }
}

fn bars_ui(
    ui: &mut Ui,
    theme: &Theme,
    rect: Rect,
    (names, bars, truth): (&[(String, String)], &mut [f64], &[f64]),
    asks: bool,
) {
    let plot = Rect::from_min_max(
        rect.min + vec2(0.0, theme.px(20.0)),
        rect.max - vec2(0.0, theme.px(26.0)),
    );
    if !plot.is_positive() {
        return;
    }
    let painter = ui.painter().clone();
    let each = plot.width() / bars.len().max(1) as f32;
    painter.hline(plot.x_range(), plot.bottom(), theme.hairline(theme.ink));
    let y_of = |height: f64| plot.bottom() - plot.height() * height.clamp(0.0, 1.0) as f32;
    for (i, ((name, short), bar)) in std::iter::zip(names, bars).enumerate() {
        let x = plot.left() + (i as f32 + 0.5) * each;
        let half = (0.34 * each).min(theme.px(28.0));
        if let Some(is) = truth.get(i) {
            let solid = Rect::from_min_max(pos2(x - half, y_of(*is)), pos2(x + half, plot.bottom()));
            painter.rect_filled(solid, CornerRadius::ZERO, theme.bad);
            let words = name::line(&painter, theme, &text::number(*is), Set::strong(size::BODY, theme.bad));
            words.put_halo(
                &painter,
                theme,
                Align2::CENTER_BOTTOM,
                pos2(x, y_of(*is).min(y_of(*bar)) - theme.px(12.0)),
            );
        }
        let top = pos2(x, y_of(*bar));
        let outline = [
            pos2(x - half, plot.bottom()),
            pos2(x - half, top.y),
            pos2(x + half, top.y),
            pos2(x + half, plot.bottom()),
        ];
        let stroke = Stroke::new(theme.px(2.0), theme.focus);
        painter.extend(Shape::dashed_line(&outline, stroke, theme.px(6.0), theme.px(4.0)));
        let label = name::name(&painter, theme, short, Set::regular(size::BODY, theme.ink));
        label.put(&painter, Align2::CENTER_TOP, pos2(x, plot.bottom() + theme.px(6.0)));
        if truth.is_empty() {
            let words = name::line(
                &painter,
                theme,
                &text::number(*bar),
                Set::regular(size::BODY, theme.focus),
            );
            words.put_halo(&painter, theme, Align2::CENTER_BOTTOM, top - vec2(0.0, theme.px(13.0)));
        }
        let spoken = format!("your guess, {name}, {}", text::number(*bar));
        if let Some((to, steps)) = handle(ui, theme, ("guess", i), top, &spoken, asks) {
            let height = to.map_or(*bar + steps * SHARE, |to| {
                f64::from((plot.bottom() - to.y) / plot.height())
            });
            *bar = height.clamp(0.0, 1.0);
        }
    }
}

fn scale_ui(
    ui: &mut Ui,
    theme: &Theme,
    rect: Rect,
    (ends, number, truth): ([f64; 2], &mut f64, Option<f64>),
    asks: bool,
) {
    let painter = ui.painter().clone();
    // A phone's card is low.
    let y = (rect.top() + theme.px(64.0)).min(rect.bottom() - theme.px(44.0));
    let [left, right] = [rect.left() + theme.px(14.0), rect.right() - theme.px(14.0)];
    let length = ends[1] - ends[0];
    let x_of = |value: f64| left + (right - left) * ((value - ends[0]) / length).clamp(0.0, 1.0) as f32;
    painter.hline(left..=right, y, Stroke::new(theme.px(3.0), theme.line));
    // The truth stands below the line, in the place of an end that it is near to.
    let said = truth.map(|truth| {
        let set = Set::strong(size::HEADLINE, theme.bad);
        let words = name::line(&painter, theme, &text::number(truth), set);
        let place = Align2::CENTER_TOP.anchor_size(pos2(x_of(truth), y + theme.px(14.0)), words.size());
        (words, place)
    });
    for (end, anchor) in [(ends[0], Align2::LEFT_TOP), (ends[1], Align2::RIGHT_TOP)] {
        let set = Set::regular(size::BODY, theme.ink2);
        let words = name::line(&painter, theme, &text::number(end), set);
        let place = anchor.anchor_size(pos2(x_of(end), y + theme.px(16.0)), words.size());
        if said.as_ref().is_none_or(|(_, said)| !said.intersects(place)) {
            words.paint(&painter, place.min);
        }
    }
    let at = pos2(x_of(*number), y);
    if let Some(truth) = truth {
        let is = pos2(x_of(truth), y);
        painter.line_segment([at, is], Stroke::new(theme.px(6.0), theme.wash(theme.focus)));
        painter.circle_filled(is, theme.px(8.0), theme.bad);
    }
    if let Some((words, place)) = said {
        words.put_halo(&painter, theme, Align2::LEFT_TOP, place.min);
    }
    let words = name::line(
        &painter,
        theme,
        &text::number(*number),
        Set::strong(size::HEADLINE, theme.focus),
    );
    words.put_halo(&painter, theme, Align2::CENTER_BOTTOM, at - vec2(0.0, theme.px(14.0)));
    let spoken = format!("your guess, {}", text::number(*number));
    if let Some((to, steps)) = handle(ui, theme, ("guess", 0), at, &spoken, asks) {
        let share = to.map_or((*number - ends[0]) / length + steps * SHARE, |to| {
            f64::from((to.x - left) / (right - left))
        });
        *number = ends[0] + length * share.clamp(0.0, 1.0);
    }
}

fn options_ui(
    ui: &mut Ui,
    theme: &Theme,
    rect: Rect,
    (options, right, chosen): (&[String], usize, &mut Option<usize>),
    asks: bool,
) -> Rect {
    let mut child = ui.new_child(UiBuilder::new().id_salt("answers").max_rect(rect));
    // In a low card they stand side by side, or closer where that would cut them.
    let is_low = rect.height() < options.len() as f32 * theme.px(38.0);
    let inset = theme.px(20.0);
    let of_two = 0.5 * (rect.width() - theme.px(8.0)) - inset;
    let columns = if is_low && options.iter().all(|option| widgets::fits(ui, theme, option, of_two)) {
        2
    } else {
        1
    };
    let gap = theme.px(if is_low && columns == 1 { 4.0 } else { 8.0 });
    let rows = options.len().div_ceil(columns).max(1);
    let height = ((rect.height() + gap) / rows as f32 - gap).min(theme.px(40.0));
    let width = (rect.width() + gap) / columns as f32 - gap;
    for (i, option) in options.iter().enumerate() {
        let at = vec2(
            (i % columns) as f32 * (width + gap),
            (i / columns) as f32 * (height + gap),
        );
        let place = Rect::from_min_size(rect.min + at, vec2(width, height));
        let is_chosen = *chosen == Some(i);
        let words = widgets::shortened(&child, theme, option, width - inset);
        let response = widgets::action(&mut child, theme, &words, "", is_chosen, Some(place));
        if !asks && i == right {
            let frame = Stroke::new(theme.px(3.0), theme.bad);
            let corner = theme.corner(crate::look::theme::radius::BUTTON);
            child
                .painter()
                .rect_stroke(place, corner, frame, egui::StrokeKind::Inside);
        }
        if asks && response.clicked() {
            *chosen = Some(i);
        }
    }
    rect.with_min_y(rect.top() + rows as f32 * (height + gap))
}
