//! The steps of a solver as lanes, one above the other. The chart is the scrubber; the transport stands at its left.

use egui::{Align2, Mesh, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::put;
use crate::lab::readout::text;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::look::{Icon, Theme};

/// Steps up to which the axis is linear.
const LINEAR: usize = 60;

/// The least height of a lane, in which its name stands.
const LEAST: f32 = 16.0;

/// One quantity.
pub struct Lane {
    /// Its name, with `*x*` for symbols.
    pub name: &'static str,
    /// A value for each step; what is not a number is a gap.
    pub values: Vec<f64>,
    /// On a logarithmic scale.
    pub log: bool,
    /// Its value now, in words.
    pub text: String,
    /// It has not reached what it should.
    pub bad: bool,
}

/// What is shown.
pub struct Lanes<'a> {
    /// The quantities, from top to bottom.
    pub lanes: &'a [Lane],
    /// The step that is shown, from 1.
    pub at: usize,
    /// The last step.
    pub last: usize,
    /// What a step is called.
    pub word: &'static str,
    /// It is being played.
    pub playing: bool,
}

/// What the hand does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// The playhead is put on a step.
    To(usize),
    /// The playhead is let go.
    Release,
    /// Play or pause.
    Play,
    /// A step back or on.
    Step(i32),
}

/// The steps on a horizontal axis.
#[derive(Clone, Copy)]
struct Axis {
    left: f32,
    width: f32,
    last: usize,
}

impl Axis {
    fn share(self, step: usize) -> f32 {
        if self.last <= 1 {
            0.0
        } else if self.last <= LINEAR {
            (step.max(1) - 1) as f32 / (self.last - 1) as f32
        } else {
            ((step.max(1) as f64).ln() / (self.last as f64).ln()) as f32
        }
    }

    fn x(self, step: usize) -> f32 {
        self.left + self.width * self.share(step)
    }

    /// The step nearest to a place.
    fn step(self, x: f32) -> usize {
        let share = ((x - self.left) / self.width.max(1.0)).clamp(0.0, 1.0);
        let step = if self.last <= LINEAR {
            1.0 + f64::from(share) * (self.last.max(1) - 1) as f64
        } else {
            (f64::from(share) * (self.last as f64).ln()).exp()
        };
        (step.round() as usize).clamp(1, self.last.max(1))
    }

    /// Steps with a number, and steps with a tick.
    fn ticks(self) -> (Vec<usize>, Vec<usize>) {
        if self.last <= LINEAR {
            let apart = [1, 2, 5, 10, 20]
                .into_iter()
                .find(|apart| self.last / apart <= 5)
                .unwrap_or(20);
            let numbers = (1..=self.last).filter(|step| step % apart == 0 || *step == 1).collect();
            return (numbers, (1..=self.last).collect());
        }
        let decades = (0..6)
            .map(|power| 10_usize.pow(power))
            .filter(|step| *step <= self.last);
        let numbers: Vec<usize> = decades.collect();
        let ticks = numbers
            .iter()
            .flat_map(|decade| (1..10).map(move |digit| digit * decade));
        (numbers.clone(), ticks.filter(|step| *step <= self.last).collect())
    }
}

/// Paints the lanes and listens.
pub fn ui(ui: &mut Ui, rect: Rect, theme: &Theme, lanes: &Lanes<'_>) -> Vec<Hand> {
    let mut hands = Vec::new();
    if lanes.lanes.is_empty() || lanes.last == 0 || rect.width() < 120.0 || rect.height() < 60.0 {
        return hands;
    }
    let painter = ui.painter_at(rect.expand(theme.px(6.0)));
    let narrow = rect.width() < theme.px(480.0);
    let [left, right] = if narrow {
        [theme.px(58.0), theme.px(10.0)]
    } else {
        [theme.px(150.0), theme.px(78.0)]
    };
    let foot = theme.px(42.0);
    let plot = Rect::from_min_max(rect.min + vec2(left, theme.px(4.0)), rect.max - vec2(right, foot));
    let axis = Axis {
        left: plot.left(),
        width: plot.width(),
        last: lanes.last,
    };
    // In a low frame the first ones, rather than all on top of each other.
    let most = (plot.height() / theme.px(LEAST)) as usize;
    let shown = lanes.lanes.len().min(most.max(1));
    let each = plot.height() / shown as f32;
    for (i, lane) in lanes.lanes.iter().take(shown).enumerate() {
        let top = plot.top() + i as f32 * each;
        let place = Rect::from_min_max(
            pos2(plot.left(), top + 0.12 * each),
            pos2(plot.right(), top + 0.92 * each),
        );
        lane_ui(&painter, theme, place, axis, lane, lanes.at, (rect, narrow));
    }
    axis_ui(&painter, theme, (plot, rect), axis, lanes);
    playhead(ui, &painter, theme, (plot, rect), axis, lanes, &mut hands);
    let middle = if narrow {
        pos2(rect.left() + theme.px(26.0), plot.bottom() - theme.px(8.0))
    } else {
        pos2(plot.left() - theme.px(96.0), rect.bottom() - theme.px(24.0))
    };
    transport(ui, theme, middle, lanes.playing, !narrow, &mut hands);
    hands
}

fn lane_ui(
    painter: &Painter,
    theme: &Theme,
    place: Rect,
    axis: Axis,
    lane: &Lane,
    at: usize,
    (rect, narrow): (Rect, bool),
) {
    let usable = |value: &f64| value.is_finite() && (!lane.log || *value > 0.0);
    let scaled = |value: f64| if lane.log { value.ln() } else { value };
    let all = lane
        .values
        .iter()
        .filter(|value| usable(value))
        .map(|value| scaled(*value));
    let (mut low, mut high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    if !lane.log {
        low = low.min(0.0);
    }
    if high - low < 1e-12 {
        high = low + 1.0;
    }
    let floor = place.bottom();
    painter.hline(
        place.x_range(),
        painter.round_to_pixel_center(floor),
        theme.hairline(theme.line),
    );
    let y = |value: f64| floor - place.height() * ((scaled(value) - low) / (high - low)) as f32;
    let (mut drawn, last) = (f32::NEG_INFINITY, lane.values.len());
    let points: Vec<(usize, Pos2)> = lane
        .values
        .iter()
        .enumerate()
        .filter(|(_, value)| usable(value))
        .map(|(i, value)| (i + 1, pos2(axis.x(i + 1), y(*value))))
        .filter(|(step, at_step)| {
            // Of steps that fall on one point of the screen one is enough.
            let new = at_step.x - drawn >= 0.5 || *step == at || *step == last;
            if new {
                drawn = at_step.x;
            }
            new
        })
        .collect();
    let until: Vec<Pos2> = points
        .iter()
        .filter(|(step, _)| *step <= at)
        .map(|(_, at)| *at)
        .collect();
    let after: Vec<Pos2> = points
        .iter()
        .filter(|(step, _)| *step >= at)
        .map(|(_, at)| *at)
        .collect();
    let colour = if lane.bad { theme.bad } else { theme.ink };
    fill(painter, &until, floor, theme.press);
    painter.add(Shape::line(after, Stroke::new(theme.strokes.thin, theme.ink3)));
    painter.add(Shape::line(until.clone(), Stroke::new(theme.strokes.zero_line, colour)));
    if let Some(at) = until.last() {
        painter.circle(*at, theme.px(4.0), colour, Stroke::new(theme.px(1.5), theme.halo));
    }
    let set = Set::regular(size::BODY, theme.ink2);
    if narrow {
        let name = name::line(painter, theme, lane.name, set);
        let value = name::line(painter, theme, &lane.text, Set::strong(size::WORD, colour));
        let top = place.top() - theme.px(4.0);
        let left = place.left() + theme.px(6.0);
        value.put_halo(
            painter,
            theme,
            Align2::RIGHT_TOP,
            pos2(place.right(), top - theme.px(2.0)),
        );
        if name.size().x + value.size().x + theme.px(18.0) < place.width() {
            name.put_halo(painter, theme, Align2::LEFT_TOP, pos2(left, top));
        }
        return;
    }
    let name = name::line(painter, theme, lane.name, set);
    put(
        painter,
        Align2::RIGHT_CENTER,
        pos2(place.left() - theme.px(13.0), place.center().y),
        &name,
    );
    let strong = [size::WORD, size::BODY]
        .into_iter()
        .map(|size| name::line(painter, theme, &lane.text, Set::strong(size, colour)));
    let room = rect.right() - place.right() - theme.px(10.0);
    if let Some(value) = strong.reduce(|best, smaller| if best.size().x <= room { best } else { smaller }) {
        put(
            painter,
            Align2::RIGHT_CENTER,
            pos2(rect.right(), place.center().y),
            &value,
        );
    }
}

/// The area under a curve.
fn fill(painter: &Painter, line: &[Pos2], floor: f32, colour: egui::Color32) {
    let mut mesh = Mesh::default();
    for pair in line.windows(2) {
        let [a, b] = pair else { continue };
        let first = mesh.vertices.len() as u32;
        for at in [*a, *b, pos2(b.x, floor), pos2(a.x, floor)] {
            mesh.colored_vertex(at, colour);
        }
        mesh.add_triangle(first, first + 1, first + 2);
        mesh.add_triangle(first, first + 2, first + 3);
    }
    painter.add(mesh);
}

/// The step that is shown in words, and where it stands: under the playhead, within the room.
fn step_label(painter: &Painter, theme: &Theme, room: Rect, axis: Axis, lanes: &Lanes<'_>) -> (name::Text, f32) {
    let words = format!("{} {}", lanes.word, text::count(lanes.at));
    let label = name::line(painter, theme, &words, Set::strong(size::BODY, theme.ink));
    let half = 0.5 * label.size().x;
    let (low, high) = (room.left() + half, room.right() - half);
    let centre = if low < high {
        axis.x(lanes.at).clamp(low, high)
    } else {
        room.center().x
    };
    (label, centre)
}

/// Ticks, and numbers where nothing else stands.
fn axis_ui(painter: &Painter, theme: &Theme, (plot, room): (Rect, Rect), axis: Axis, lanes: &Lanes<'_>) {
    let top = plot.bottom() + theme.px(5.0);
    let (numbers, ticks) = axis.ticks();
    for step in &ticks {
        let x = painter.round_to_pixel_center(axis.x(*step));
        painter.vline(x, top..=top + theme.px(4.0), theme.hairline(theme.ink3));
    }
    let (label, centre) = step_label(painter, theme, room, axis, lanes);
    let set = Set::regular(size::TICK, theme.ink2);
    let gap = theme.px(8.0);
    let mut taken = vec![egui::Rangef::point(centre).expand(0.5 * label.size().x + gap)];
    for step in [1, lanes.last].into_iter().chain(numbers) {
        let line = name::line(painter, theme, &text::count(step), set);
        let x = axis.x(step);
        let own = egui::Rangef::point(x).expand(0.5 * line.size().x + gap);
        if taken.iter().all(|other| !other.intersects(own)) {
            put(painter, Align2::CENTER_TOP, pos2(x, top + theme.px(9.0)), &line);
            taken.push(own);
        }
    }
}

fn playhead(
    ui: &mut Ui,
    painter: &Painter,
    theme: &Theme,
    (plot, room): (Rect, Rect),
    axis: Axis,
    lanes: &Lanes<'_>,
    hands: &mut Vec<Hand>,
) {
    let x = axis.x(lanes.at);
    let y = plot.bottom() + theme.px(7.0);
    let grab = plot.expand2(vec2(theme.px(12.0), 0.0));
    let grab = Rect::from_min_max(grab.min, pos2(grab.right(), y + theme.px(26.0)));
    let response = ui.interact(grab, ui.scope_id().with("steps"), Sense::click_and_drag());
    response.tell(&|| WidgetInfo::slider(true, lanes.at as f64, capitalised(lanes.word)));
    let colour = if response.has_focus() { theme.focus } else { theme.ink };
    painter.vline(x, plot.top()..=y, Stroke::new(theme.strokes.thin, colour));
    painter.circle(
        pos2(x, y),
        theme.px(8.0),
        theme.ink,
        Stroke::new(
            theme.px(if response.has_focus() { 3.0 } else { 1.5 }),
            if response.has_focus() { theme.focus } else { theme.halo },
        ),
    );
    let (label, centre) = step_label(painter, theme, room, axis, lanes);
    put(painter, Align2::CENTER_TOP, pos2(centre, y + theme.px(11.0)), &label);
    let held = response.dragged() || response.drag_stopped() || response.clicked();
    if let Some(at) = response.interact_pointer_pos().filter(|_| held) {
        let step = axis.step(at.x);
        if step != lanes.at {
            hands.push(Hand::To(step));
        }
    }
    if response.drag_stopped() || response.clicked() {
        hands.push(Hand::Release);
    }
    if let Some(steps) = widgets::arrow_steps(ui, &response) {
        hands.push(Hand::Step(steps as i32));
    }
}

/// Play or pause in a disc around `middle`, with a step back and on beside it where there is room.
pub(super) fn transport(ui: &mut Ui, theme: &Theme, middle: Pos2, playing: bool, steps: bool, hands: &mut Vec<Hand>) {
    let play = Rect::from_center_size(middle, Vec2::splat(theme.px(44.0)));
    let response = ui.interact(play, ui.scope_id().with("play"), Sense::click());
    let (icon, word) = if playing {
        (Icon::Pause, "Pause")
    } else {
        (Icon::Play, "Play")
    };
    response.tell(&|| WidgetInfo::labeled(Role::Button, true, word));
    let fill = if response.hovered() { theme.ink2 } else { theme.ink };
    let ring = if response.has_focus() {
        theme.focus_stroke()
    } else {
        Stroke::NONE
    };
    ui.painter().circle(play.center(), theme.px(17.0), fill, ring);
    let inner = Rect::from_center_size(
        play.center() + vec2(theme.px(if playing { 0.0 } else { 1.5 }), 0.0),
        Vec2::splat(theme.px(15.0)),
    );
    icon.paint(ui.painter(), inner, theme.canvas);
    if response.clicked() {
        hands.push(Hand::Play);
    }
    if !steps {
        return;
    }
    for (by, icon, word) in [(-1, Icon::StepBack, "A step back"), (1, Icon::StepOn, "A step on")] {
        let centre = middle + vec2(by as f32 * theme.px(38.0), 0.0);
        let place = Rect::from_center_size(centre, Vec2::splat(theme.px(32.0)));
        let response = ui.interact(place, ui.scope_id().with(word), Sense::click());
        response.tell(&|| WidgetInfo::labeled(Role::Button, true, word));
        if response.hovered() {
            ui.painter().circle_filled(place.center(), theme.px(16.0), theme.hover);
        }
        if response.has_focus() {
            ui.painter()
                .circle_stroke(place.center(), theme.px(16.0), theme.focus_stroke());
        }
        icon.paint(ui.painter(), place.shrink(theme.px(8.5)), theme.ink);
        if response.clicked() {
            hands.push(Hand::Step(by));
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_can_be_reached() {
        for last in [1, 2, 27, 60] {
            let axis = Axis {
                left: 10.0,
                width: 700.0,
                last,
            };
            for step in 1..=last {
                assert_eq!(axis.step(axis.x(step)), step, "of {last}");
            }
        }
        // On the logarithmic axis the last steps lie closer than a point; the ends can be reached.
        let axis = Axis {
            left: 10.0,
            width: 700.0,
            last: 4000,
        };
        for step in [1, 2, 3, 10, 50, 4000] {
            assert_eq!(axis.step(axis.x(step)), step);
        }
        assert_eq!(axis.step(-50.0), 1);
        assert_eq!(axis.step(5000.0), 4000);
    }
}
