//! What makes a lesson of states of the lab, in the window: a column in the place of the explanation. On the page it is HTML
//! (`web/author.js`).

use egui::{Align, ComboBox, DragValue, Layout as Flow, Rect, ScrollArea, TextEdit, Ui, UiBuilder, vec2};

use super::App;
use crate::lab::{Notice, Severity};
use crate::lesson::{CONTROLS, Draft, Guess, Lesson, Question, Status, Step};
use crate::look::Theme;
use crate::look::fonts;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;

/// Width of the column, and the most of a window that it takes.
const WIDTH: f32 = 420.0;
const MOST: f32 = 0.5;

/// The kinds of a question, with their words.
const KINDS: [&str; 6] = ["none", "axis", "row", "ellipse", "number", "choice"];

/// What a button of the column does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Press {
    Add,
    Replace,
    Earlier,
    Later,
    Remove,
    GoTo(usize),
    Preview,
    Save,
    Copy,
    GoOn,
    Close,
}

impl App {
    /// The lesson that is being written, as its file.
    ///
    /// # Errors
    /// When nothing is being written, or what is would not be read again.
    pub fn draft_toml(&self) -> Result<String, String> {
        let draft = self.draft.as_ref().ok_or("No lesson is being written")?;
        eigenlens_words::lesson::write(&draft.lesson).map_err(|error| error.to_string())
    }

    /// Goes on writing the lesson that is given, or begins one.
    pub(super) fn write_lesson(&mut self) {
        self.draft = match self.draft.take() {
            Some(_) => None,
            None => Some(Box::new(
                self.lesson_given().cloned().map_or_else(Draft::default, Draft::of),
            )),
        };
    }

    /// Paints the column at the right of `canvas`, where a lesson is being written. Returns what is left.
    pub(super) fn author_beside(&mut self, ui: &mut Ui, canvas: Rect, theme: &Theme) -> Rect {
        let Some(mut draft) = self.draft.take() else {
            return canvas;
        };
        let split = canvas.right() - theme.px(WIDTH).min(MOST * canvas.width());
        let column = canvas.with_min_x(split);
        ui.painter().rect_filled(column, 0.0, theme.paper);
        ui.painter().vline(split, column.y_range(), theme.hairline(theme.line));
        let place = column.shrink2(vec2(20.0, 16.0));
        let mut child = ui.new_child(UiBuilder::new().id_salt("author").max_rect(place));
        let pressed = column_ui(&mut child, theme, &mut draft);
        self.draft = Some(draft);
        if let Some(pressed) = pressed {
            self.do_press(pressed);
        }
        canvas.with_max_x(split)
    }

    /// The lesson that is given.
    fn lesson_given(&self) -> Option<&Lesson> {
        self.teaching.as_ref().map(|teaching| teaching.lesson())
    }

    fn do_press(&mut self, pressed: Press) {
        let (lab, says) = (self.lab().clone(), self.readouts.headline.clone());
        let Some(draft) = &mut self.draft else { return };
        let done = match pressed {
            Press::Add => draft.add(&lab, &self.library, &says),
            Press::Replace => draft.replace(&lab, &self.library),
            Press::Earlier | Press::Later => {
                draft.shift(pressed == Press::Later);
                Ok(())
            }
            Press::Remove => {
                draft.remove();
                Ok(())
            }
            Press::GoTo(at) => {
                draft.go_to(at);
                Ok(())
            }
            Press::Preview => {
                let (lesson, at) = (draft.lesson.clone(), draft.at());
                if !lesson.steps.is_empty() {
                    self.give("draft", lesson, at + 1);
                }
                Ok(())
            }
            Press::GoOn => {
                let given = self.lesson_given().cloned();
                self.draft = given.map(|lesson| Box::new(Draft::of(lesson))).or(self.draft.take());
                Ok(())
            }
            Press::Close => {
                self.draft = None;
                Ok(())
            }
            Press::Save => {
                self.save_draft();
                Ok(())
            }
            Press::Copy => {
                match self.draft_toml() {
                    Ok(text) => {
                        self.context.copy_text(text);
                        self.notify(Notice::new(
                            Severity::Info,
                            "The lesson is on the clipboard",
                            "It is a text.",
                            "Whoever pastes it into Eigenlens opens it.",
                        ));
                    }
                    Err(error) => self.not_saved(&error),
                }
                Ok(())
            }
        };
        if let Err(error) = done {
            self.notify(Notice::new(
                Severity::Error,
                "This state is no step",
                format!("{error}."),
                "The lesson is as it was.",
            ));
        }
        self.context.request_repaint();
    }
}

/// The fields; what was pressed.
fn column_ui(ui: &mut Ui, theme: &Theme, draft: &mut Draft) -> Option<Press> {
    let mut pressed = None;
    let heading = name::line(ui.painter(), theme, "A lesson", Set::strong(size::WORD, theme.ink));
    heading.paint(ui.painter(), ui.cursor().min);
    ui.add_space(heading.size().y + 8.0);
    buttons(
        ui,
        theme,
        &[
            ("Add this state", Press::Add),
            ("Preview", Press::Preview),
            ("Save", Press::Save),
            ("Copy", Press::Copy),
        ],
        &mut pressed,
    );
    buttons(
        ui,
        theme,
        &[
            ("Go on with the one that is given", Press::GoOn),
            ("Close", Press::Close),
        ],
        &mut pressed,
    );
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        // Beside the bar that scrolls it.
        ui.set_max_width(ui.available_width() - 12.0);
        ui.spacing_mut().item_spacing.y = 6.0;
        line_ui(ui, theme, "Title of the lesson", &mut draft.lesson.title);
        line_ui(ui, theme, "Aim", &mut draft.lesson.aim);
        let at = draft.at();
        for (i, step) in draft.lesson.steps.iter().enumerate() {
            let word = format!("{}. {}", i + 1, step.title);
            let look = widgets::Button::chosen(i == at);
            if widgets::menu_row(ui, theme, None, &word, "", look).clicked() {
                pressed = Some(Press::GoTo(i));
            }
        }
        if draft.lesson.steps.is_empty() {
            widgets::words(ui, theme, "Bring the lab into a state and add it as a step.");
            return;
        }
        buttons(
            ui,
            theme,
            &[
                ("Earlier", Press::Earlier),
                ("Later", Press::Later),
                ("Take this state", Press::Replace),
                ("Remove", Press::Remove),
            ],
            &mut pressed,
        );
        if let Some(step) = draft.step_mut() {
            step_ui(ui, theme, step);
        }
    });
    pressed
}

fn buttons(ui: &mut Ui, theme: &Theme, all: &[(&str, Press)], pressed: &mut Option<Press>) {
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), theme.px(40.0)),
        Flow::left_to_right(Align::Center).with_main_wrap(true),
        |ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            for (word, press) in all {
                if widgets::action(ui, theme, word, "", false, None).clicked() {
                    *pressed = Some(*press);
                }
            }
        },
    );
}

fn step_ui(ui: &mut Ui, theme: &Theme, step: &mut Step) {
    line_ui(ui, theme, "Title of the step", &mut step.title);
    line_ui(ui, theme, "Claim", &mut step.claim);
    label(ui, theme, "Minutes, and kind of statement");
    ui.horizontal_wrapped(|ui| {
        ui.add(DragValue::new(&mut step.minutes).range(1..=180));
        for (word, status) in [
            ("exact", Status::Exact),
            ("choice", Status::Choice),
            ("measured", Status::Measured),
            ("disputed", Status::Disputed),
        ] {
            ui.radio_value(&mut step.status, status, word);
        }
    });
    long_ui(ui, theme, "On the wall", &mut step.wall, 2);
    long_ui(ui, theme, "Text", &mut step.text, 5);
    long_ui(ui, theme, "Notes for the lecturer", &mut step.notes, 4);
    label(ui, theme, "Locked");
    ui.horizontal_wrapped(|ui| {
        for (word, control) in CONTROLS {
            let mut is_locked = step.locked.contains(&control);
            if ui.checkbox(&mut is_locked, word).changed() {
                step.locked.retain(|other| *other != control);
                if is_locked {
                    step.locked.push(control);
                    step.locked.sort_unstable();
                }
            }
        }
    });
    question_ui(ui, theme, &mut step.ask);
}

fn question_ui(ui: &mut Ui, theme: &Theme, ask: &mut Option<Question>) {
    let kind = ask.as_ref().map_or(0, |ask| kind_of(&ask.guess));
    let mut chosen = kind;
    label(ui, theme, "Guess first");
    ComboBox::from_id_salt("guess")
        .selected_text(KINDS.get(kind).copied().unwrap_or_default())
        .show_ui(ui, |ui| {
            for (i, word) in KINDS.into_iter().enumerate() {
                ui.selectable_value(&mut chosen, i, word);
            }
        });
    if chosen != kind {
        let kept = ask.take();
        *ask = guess_of(chosen).map(|guess| match kept {
            Some(kept) => Question { guess, ..kept },
            None => Question {
                question: "What comes?".to_owned(),
                guess,
                after: Vec::new(),
                wrong: Vec::new(),
            },
        });
    }
    let Some(ask) = ask else { return };
    line_ui(ui, theme, "Question", &mut ask.question);
    match &mut ask.guess {
        Guess::Axis { read } => line_ui(ui, theme, "Number that is the truth", read),
        Guess::Row { read } => list_ui(ui, theme, "Numbers that are the truth, one a line", read),
        Guess::Ellipse {
            read: [first, second],
            at: [x, y],
        } => {
            line_ui(ui, theme, "Half axis along the first coordinate", first);
            line_ui(ui, theme, "Half axis along the second", second);
            pair_ui(ui, theme, "Middle", x, y);
        }
        Guess::Number { read, from, to } => {
            line_ui(ui, theme, "Number that is the truth", read);
            pair_ui(ui, theme, "Scale from and to", from, to);
        }
        Guess::Choice { options, right } => {
            list_ui(ui, theme, "Answers, one a line", options);
            let mut number = *right + 1;
            label(ui, theme, "The right one");
            ui.add(DragValue::new(&mut number).range(1..=options.len().max(1)));
            *right = number.saturating_sub(1);
        }
    }
    list_ui(ui, theme, "Commands at the reveal, one a line", &mut ask.after);
    list_ui(ui, theme, "Answers to expect, one a line", &mut ask.wrong);
}

fn kind_of(guess: &Guess) -> usize {
    match guess {
        Guess::Axis { .. } => 1,
        Guess::Row { .. } => 2,
        Guess::Ellipse { .. } => 3,
        Guess::Number { .. } => 4,
        Guess::Choice { .. } => 5,
    }
}

fn guess_of(kind: usize) -> Option<Guess> {
    let read = || "output 1".to_owned();
    Some(match kind {
        1 => Guess::Axis { read: read() },
        2 => Guess::Row { read: vec![read()] },
        3 => Guess::Ellipse {
            read: [read(), read()],
            at: [0.0, 0.0],
        },
        4 => Guess::Number {
            read: read(),
            from: 0.0,
            to: 1.0,
        },
        5 => Guess::Choice {
            options: vec!["yes".to_owned(), "no".to_owned()],
            right: 0,
        },
        _ => return None,
    })
}

fn label(ui: &mut Ui, theme: &Theme, words: &str) -> egui::Response {
    ui.label(
        egui::RichText::new(words)
            .font(fonts::strong(theme.px(size::BODY)))
            .color(theme.ink2),
    )
}

fn line_ui(ui: &mut Ui, theme: &Theme, words: &str, text: &mut String) {
    let name = label(ui, theme, words);
    ui.add(TextEdit::singleline(text).desired_width(f32::INFINITY))
        .labelled_by(name.id);
}

fn long_ui(ui: &mut Ui, theme: &Theme, words: &str, text: &mut String, rows: usize) {
    let name = label(ui, theme, words);
    ui.add(
        TextEdit::multiline(text)
            .desired_width(f32::INFINITY)
            .desired_rows(rows),
    )
    .labelled_by(name.id);
}

/// A list as lines; an empty line at the end waits for the next entry.
fn list_ui(ui: &mut Ui, theme: &Theme, words: &str, list: &mut Vec<String>) {
    let mut text = list.join("\n");
    let name = label(ui, theme, words);
    let edit = TextEdit::multiline(&mut text)
        .desired_width(f32::INFINITY)
        .desired_rows(2);
    if ui.add(edit).labelled_by(name.id).changed() {
        *list = text.split('\n').map(str::to_owned).collect();
        if text.is_empty() {
            list.clear();
        }
    }
}

fn pair_ui(ui: &mut Ui, theme: &Theme, words: &str, first: &mut f64, second: &mut f64) {
    label(ui, theme, words);
    ui.horizontal(|ui| {
        ui.add(DragValue::new(first).speed(0.01));
        ui.add(DragValue::new(second).speed(0.01));
    });
}
