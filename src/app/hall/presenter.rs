//! The presenter's window, beside that of the audience: notes, the next step, a timer, the steps.

use std::cmp::Ordering;
use std::sync::mpsc::{Receiver, channel};

use egui::{
    Align, Align2, ColorImage, Context, CornerRadius, Label, Layout as Flow, Rect, Role, ScrollArea, Sense,
    TextureHandle, TextureOptions, Ui, UiBuilder, Vec2, ViewportBuilder, ViewportId, WidgetInfo, pos2, vec2,
};

use super::super::explain::{Block, block_ui, blocks};
use super::super::lesson::{Teaching, paragraph};
use super::super::{App, keys};
use super::next::Next;
use super::plan;
use crate::command::{Aid, Command, LessonMove, SaveAs};
use crate::lab::Readouts;
use crate::lab::readout::LessonPhase as Phase;
use crate::lesson::{Status, Step};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets::{self, Tell as _};
use crate::look::{Icon, Mode, Theme};
use crate::microscope::fitted;

/// Size of the window.
const SIZE: [f32; 2] = [1280.0, 800.0];
/// Notes: size and height of lines.
const NOTES: (f32, f32) = (18.0, 26.0);
const HEAD: f32 = 64.0;
const FOOT: f32 = 64.0;
/// Width of the picture of what the audience sees, in pixels.
const PICTURE: u32 = 960;
/// Height of the time of the step below the pictures.
const TIME: f32 = 100.0;
/// A whole texture.
const UV: Rect = Rect::from_min_max(egui::Pos2::ZERO, pos2(1.0, 1.0));
/// Shares of the width that the three columns have.
const COLUMNS: [f32; 2] = [0.34, 0.39];

/// What remains between frames.
#[derive(Default)]
pub(super) struct Presenter {
    /// When the lesson began, in the frames' seconds.
    began: Option<f64>,
    /// Which step is given, and since when.
    step: Option<(String, usize, f64)>,
    wall: Wall,
    next: Next,
}

/// The picture of what the audience sees.
#[derive(Default)]
struct Wall {
    shown: Option<TextureHandle>,
    coming: Option<Receiver<ColorImage>>,
    /// The readouts that the last picture was taken with.
    of: u64,
}

impl Wall {
    /// Asks for a picture where something has changed, and takes the one that has come.
    fn keep(&mut self, context: &Context, revision: u64) {
        if let Some(picture) = self.coming.as_ref().and_then(|coming| coming.try_recv().ok()) {
            self.coming = None;
            match &mut self.shown {
                Some(texture) => texture.set(picture, TextureOptions::LINEAR),
                None => self.shown = Some(context.load_texture("wall", picture, TextureOptions::LINEAR)),
            }
        }
        if self.coming.is_none() && self.of != revision {
            self.of = revision;
            let (sender, receiver) = channel();
            let waiting = context.clone();
            // What was asked for in a frame is answered after it.
            context.request_screenshot(move |picture| {
                sender.send(small(&picture)).ok();
                waiting.request_repaint();
            });
            self.coming = Some(receiver);
        }
    }
}

/// The picture with fewer pixels, each the mean of those that it stands for.
fn small(picture: &ColorImage) -> ColorImage {
    let [width, height] = picture.size.map(|length| length as u32);
    let bytes = picture.pixels.iter().flat_map(egui::Color32::to_array).collect();
    let Some(whole) = image::RgbaImage::from_raw(width, height, bytes).filter(|_| width > PICTURE) else {
        return picture.clone();
    };
    let rows = (u64::from(height) * u64::from(PICTURE) / u64::from(width)).max(1) as u32;
    let small = image::imageops::thumbnail(&whole, PICTURE, rows);
    ColorImage::from_rgba_premultiplied([PICTURE as usize, rows as usize], small.as_raw())
}

impl App {
    /// Shows the presenter's window, where it is open.
    pub(in super::super) fn presenter_ui(&mut self, context: &Context) {
        let Some(mut presenter) = self.hall.presenter.take() else {
            return;
        };
        presenter.wall.keep(context, self.readouts.revision);
        let builder = ViewportBuilder::default()
            .with_title("Presenter, Eigenlens")
            .with_inner_size(SIZE);
        let id = ViewportId::from_hash_of("presenter");
        let theme = Theme::of(if self.theme().mode == Mode::Dark {
            Mode::Dark
        } else {
            Mode::Light
        });
        let (commands, is_closed) = context.show_viewport_immediate(id, builder, |ui, _| {
            let mut commands = Vec::new();
            keys::listen(ui.ctx(), &mut commands);
            presenter.ui(self, ui, theme, &mut commands);
            let is_closed = ui.input(|input| input.viewport().close_requested());
            ui.ctx().request_repaint_after_secs(1.0);
            (commands, is_closed)
        });
        if !is_closed {
            self.hall.presenter = Some(presenter);
        }
        // The frames of this window have a time of their own.
        self.run(commands, self.link.told_at());
    }
}

impl Presenter {
    fn ui(&mut self, app: &App, ui: &mut Ui, theme: &'static Theme, commands: &mut Vec<Command>) {
        let rect = match ui.max_rect() {
            // Within the window, as in tests, it takes the room that it wants.
            rect if rect.height() < HEAD + FOOT + 100.0 => ui.allocate_exact_size(SIZE.into(), Sense::hover()).0,
            rect => rect,
        };
        ui.painter().rect_filled(rect, 0.0, theme.canvas);
        let now = ui.input(|input| input.time);
        let Some((teaching, step)) = app
            .teaching
            .as_ref()
            .and_then(|teaching| Some((teaching, teaching.step()?)))
        else {
            let words = "No lesson is given. Open one in the other window: menu, lesson 1 to 7, or a file.";
            let line = name::line(ui.painter(), theme, words, Set::regular(size::WORD, theme.ink2));
            line.put(ui.painter(), Align2::CENTER_CENTER, rect.center());
            self.step = None;
            return;
        };
        let began = *self.began.get_or_insert(now);
        let key = (teaching.name(), teaching.at());
        let since = match &self.step {
            Some((name, at, since)) if (name.as_str(), *at) == key => *since,
            _ => now,
        };
        self.step = Some((key.0.to_owned(), key.1, since));
        let [head, rest] = split(rect, HEAD);
        let [body, foot] = split(rest, rest.height() - FOOT);
        let time = Time {
            elapsed: now - began,
            in_step: now - since,
        };
        head_ui(ui, theme, head, teaching, &time);
        let left = body.with_max_x(body.left() + COLUMNS[0] * body.width());
        let middle = body
            .with_min_x(left.right())
            .with_max_x(left.right() + COLUMNS[1] * body.width());
        let right = body.with_min_x(middle.right());
        self.pictures_ui(ui, theme, left.shrink2(vec2(24.0, 16.0)), teaching, &time);
        notes_ui(ui, theme, middle, (teaching, step), &app.readouts);
        steps_ui(app, ui, theme, right.shrink2(vec2(24.0, 16.0)), teaching, commands);
        if foot_ui(ui, theme, foot.shrink2(vec2(24.0, 0.0)), teaching, commands) {
            self.began = Some(now);
            self.step = None;
        }
    }

    /// What the audience sees, what comes next, and the time of this step.
    fn pictures_ui(&mut self, ui: &mut Ui, theme: &'static Theme, rect: Rect, teaching: &Teaching, time: &Time) {
        let where_it_is = match teaching.phase() {
            Phase::Asking => "asks for a guess",
            Phase::Revealed => "after the reveal",
            Phase::Shown => "",
        };
        let mut top = pair(ui, theme, rect, "On the wall", where_it_is);
        let frame = rect
            .with_min_y(top)
            .with_max_y(top + (rect.width() * 9.0 / 16.0).min(0.42 * rect.height()));
        ui.painter().rect_filled(frame, 0.0, theme.hover);
        if let Some(texture) = &self.wall.shown {
            let whole = texture.size_vec2();
            let scale = (frame.size() / whole).min_elem();
            let place = Rect::from_center_size(frame.center(), whole * scale);
            ui.painter().image(texture.id(), place, UV, egui::Color32::WHITE);
        }
        top = pair(ui, theme, rect.with_min_y(frame.bottom() + 20.0), "Next", "PageDown");
        let next = teaching.next();
        let title = next.map_or("This is the last step.", |step| step.title.as_str());
        top = paragraph(
            ui,
            theme,
            (rect.with_min_y(top), title, Set::strong(size::WORD, theme.ink)),
        );
        if let Some(ask) = next.and_then(|step| step.ask.as_ref()) {
            let words = format!("It opens with a question: “{}”", ask.question);
            top = paragraph(
                ui,
                theme,
                (rect.with_min_y(top + 4.0), &words, Set::regular(size::BODY, theme.ink2)),
            );
        }
        if let Some(texture) = self.next.picture(ui.ctx(), next, theme) {
            let size = texture.size_vec2();
            // What is below keeps its room.
            let room = vec2(rect.width(), (rect.bottom() - top - TIME).max(0.0));
            let size = size * (room / size).min_elem().min(1.0);
            let place = Rect::from_min_size(pos2(rect.left(), top + 8.0), size);
            ui.painter().image(texture.id(), place, UV, egui::Color32::WHITE);
            top = place.bottom();
        }
        let here = 60.0 * f64::from(teaching.step().map_or(0, |step| step.minutes));
        let aside = format!("{} of {:.0} min", plan::clock(time.in_step), here / 60.0);
        top = pair(ui, theme, rect.with_min_y(top + 20.0), "This step", &aside);
        let bar = rect.with_min_y(top).with_max_y(top + 4.0);
        ui.painter().rect_filled(bar, 0.0, theme.line);
        let share = (time.in_step / here.max(1.0)).clamp(0.0, 1.0) as f32;
        ui.painter()
            .rect_filled(bar.with_max_x(bar.left() + share * bar.width()), 0.0, theme.ink);
        let words = plan::behind(teaching.lesson(), teaching.at(), time.elapsed, time.in_step);
        paragraph(
            ui,
            theme,
            (
                rect.with_min_y(top + 12.0),
                &words,
                Set::regular(size::BODY, theme.ink2),
            ),
        );
    }
}

/// The buttons; true where the timer begins again.
fn foot_ui(ui: &mut Ui, theme: &Theme, rect: Rect, teaching: &Teaching, commands: &mut Vec<Command>) -> bool {
    ui.painter()
        .hline(ui.max_rect().x_range(), rect.top() + 0.5, theme.hairline(theme.line));
    let flow = Flow::left_to_right(Align::Center);
    let mut row = ui.new_child(
        UiBuilder::new()
            .id_salt("presenter buttons")
            .max_rect(rect)
            .layout(flow),
    );
    row.spacing_mut().item_spacing.x = 8.0;
    let mut button =
        |word: &str, key: &str, filled: bool| widgets::action(&mut row, theme, word, key, filled, None).clicked();
    for (word, key, filled, command) in [
        ("Back", "PageUp", false, Command::Lesson(LessonMove::Back)),
        ("Next", "PageDown", true, Command::Lesson(LessonMove::Next)),
    ] {
        if button(word, key, filled) {
            commands.push(command);
        }
    }
    if teaching.phase() == Phase::Revealed && button("Guess again", "", false) {
        commands.push(Command::Lesson(LessonMove::Again));
    }
    for (word, key, command) in [
        ("Blank", ".", Command::Blank),
        ("Laser", "L", Command::Aid(Aid::Laser)),
        ("Draw", "D", Command::Aid(Aid::Pen)),
        ("Show QR code", "", Command::Aid(Aid::Code)),
    ] {
        if button(word, key, false) {
            commands.push(command);
        }
    }
    button("Restart the timer", "", false)
}

/// Seconds since the lesson and the step began.
struct Time {
    elapsed: f64,
    in_step: f64,
}

fn split(rect: Rect, height: f32) -> [Rect; 2] {
    let y = rect.top() + height;
    [rect.with_max_y(y), rect.with_min_y(y)]
}

fn head_ui(ui: &Ui, theme: &Theme, rect: Rect, teaching: &Teaching, time: &Time) {
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline(theme.line));
    let inner = rect.shrink2(vec2(24.0, 0.0));
    let elapsed = name::line(
        painter,
        theme,
        &plan::clock(time.elapsed),
        Set::strong(size::TITLE, theme.ink),
    );
    let place = elapsed.put(painter, Align2::RIGHT_CENTER, inner.right_center());
    let all = format!("of {} min", plan::minutes(teaching.lesson()));
    let all = name::line(painter, theme, &all, Set::regular(size::BODY, theme.ink2));
    let place = all.put(
        painter,
        Align2::RIGHT_CENTER,
        pos2(place.left() - 12.0, inner.center().y),
    );
    let title = &teaching.lesson().title;
    let room = place.left() - 24.0 - inner.left();
    let title = fitted(painter, theme, title, Set::strong(size::WORD, theme.ink), room);
    title.put(painter, Align2::LEFT_CENTER, inner.left_center());
}

/// What to say, on paper.
fn notes_ui(ui: &mut Ui, theme: &Theme, rect: Rect, (teaching, step): (&Teaching, &Step), readouts: &Readouts) {
    ui.painter().rect_filled(rect, 0.0, theme.paper);
    let id = ("notes", teaching.at());
    let builder = UiBuilder::new().id_salt(id).max_rect(rect.shrink2(vec2(24.0, 16.0)));
    let mut child = ui.new_child(builder);
    child.spacing_mut().interact_size.y = 0.0;
    ScrollArea::vertical()
        .id_salt(id)
        .auto_shrink(false)
        .show(&mut child, |ui| {
            let kind = match step.status {
                Status::Exact => "exact",
                Status::Choice => "choice",
                Status::Measured => "measured",
                Status::Disputed => "disputed",
            };
            let number = format!("{}  ·  {} min  ·  {kind}", teaching.at() + 1, step.minutes);
            ui.add(Label::new(
                egui::RichText::new(number)
                    .font(crate::look::fonts::ui(size::BODY))
                    .color(theme.ink2),
            ));
            for block in notes_of(step, readouts) {
                block_ui(ui, theme, &block, NOTES);
            }
        });
}

/// Title, claim, question with the answers to expect, notes.
fn notes_of(step: &Step, readouts: &Readouts) -> Vec<Block> {
    let mut text = format!("# {}\n\n{}\n", step.title, step.claim);
    if let Some(ask) = &step.ask {
        text.extend(["\n## Ask first\n\n“", &ask.question, "”\n"]);
        for wrong in &ask.wrong {
            text.extend(["- Expect: ", wrong, "\n"]);
        }
    }
    if !step.notes.is_empty() {
        text.extend(["\n## Notes\n\n", &step.notes, "\n"]);
    }
    if !step.text.is_empty() {
        text.extend(["\n## Beside the picture\n\n", &step.text, "\n"]);
    }
    blocks(&text, readouts)
}

fn steps_ui(app: &App, ui: &mut Ui, theme: &Theme, rect: Rect, teaching: &Teaching, commands: &mut Vec<Command>) {
    let at = teaching.at();
    let top = pair(ui, theme, rect, "Steps", &teaching.place());
    let below = if app.has_answers() { 52.0 } else { 0.0 };
    let list = rect.with_min_y(top).with_max_y(rect.bottom() - below);
    let mut child = ui.new_child(UiBuilder::new().id_salt("steps").max_rect(list));
    ScrollArea::vertical()
        .id_salt("steps")
        .auto_shrink(false)
        .show(&mut child, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let entries = (0..teaching.count()).filter_map(|i| Some((i, teaching.entry(i)?)));
            for (i, step) in entries {
                let number = match i.checked_sub(teaching.lesson().steps.len()) {
                    None => ("Step", (i + 1).to_string()),
                    Some(exercise) => ("Exercise", format!("E{}", exercise + 1)),
                };
                if step_ui(ui, theme, (&number, step), i.cmp(&at)) {
                    commands.push(Command::Lesson(LessonMove::To(i)));
                }
            }
            let (legend, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
            ring(ui, theme, legend.left_center() + vec2(10.0, 0.0));
            let words = name::line(
                ui.painter(),
                theme,
                "asks for a guess first",
                Set::regular(size::BODY, theme.ink2),
            );
            words.put(
                ui.painter(),
                Align2::LEFT_CENTER,
                legend.left_center() + vec2(26.0, 0.0),
            );
        });
    if app.has_answers() {
        let place = Rect::from_min_size(pos2(rect.left(), rect.bottom() - 40.0), vec2(180.0, 36.0));
        if widgets::action(ui, theme, "Save the answers", "", false, Some(place)).clicked() {
            commands.push(Command::Save(SaveAs::Answers));
        }
    }
}

/// A row of the list; true where it is pressed.
fn step_ui(ui: &mut Ui, theme: &Theme, ((kind, number), step): (&(&str, String), &Step), place: Ordering) -> bool {
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::click());
    let present = place == Ordering::Equal;
    if present || response.hovered() {
        ui.painter().rect_filled(row, CornerRadius::ZERO, theme.hover);
    }
    if present {
        ui.painter()
            .rect_filled(row.with_max_x(row.left() + 4.0), 0.0, theme.focus);
    }
    let mark = row.left_center() + vec2(22.0, 0.0);
    let set = |colour| {
        if present {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, colour)
        }
    };
    if place == Ordering::Less {
        Icon::Check.paint(ui.painter(), Rect::from_center_size(mark, Vec2::splat(16.0)), theme.ink);
    } else {
        let number = name::line(ui.painter(), theme, number, set(theme.ink2));
        number.put(ui.painter(), Align2::CENTER_CENTER, mark);
    }
    let title = fitted(ui.painter(), theme, &step.title, set(theme.ink2), row.width() - 76.0);
    title.put(ui.painter(), Align2::LEFT_CENTER, row.left_center() + vec2(42.0, 0.0));
    if step.ask.is_some() {
        ring(ui, theme, row.right_center() - vec2(14.0, 0.0));
    }
    widgets::focus_ring(ui, theme, row, &response);
    let spoken = format!("{kind} {}: {}", number.trim_start_matches('E'), step.title);
    response.tell(&|| WidgetInfo::selected(Role::Button, true, present, &spoken));
    response.clicked()
}

fn ring(ui: &Ui, theme: &Theme, at: egui::Pos2) {
    ui.painter().circle_stroke(at, 4.5, egui::Stroke::new(3.0, theme.focus));
}

/// A heading with something at the right; where what comes below it begins.
fn pair(ui: &Ui, theme: &Theme, rect: Rect, left: &str, right: &str) -> f32 {
    let strong = name::line(ui.painter(), theme, left, Set::strong(size::BODY, theme.ink));
    let place = strong.put(ui.painter(), Align2::LEFT_TOP, rect.min);
    let aside = name::line(ui.painter(), theme, right, Set::regular(size::BODY, theme.ink2));
    aside.put(ui.painter(), Align2::RIGHT_TOP, rect.right_top());
    place.bottom() + 8.0
}
