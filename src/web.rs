//! The browser entry: what the page can ask of the app, and what the app tells the page.
//!
//! The page (`web/*.js`) starts the app on a canvas, keeps the address bar, the clipboard and the files; the app sends it JSON in
//! custom events on `window`. Nothing here computes.

mod measure;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, CustomEventInit, HtmlCanvasElement};

use crate::app::{App, System, Wish};
use crate::command::SaveAs;
use crate::json::{self, Reader, Unexpected};
use crate::lab::readout::Notice;
use crate::lab::{Source, TextId, TokenRef};
use crate::look::fonts;
use measure::Measuring;

/// What the page says when it starts the app.
#[derive(Default)]
struct Options {
    link: String,
    autosave: Option<String>,
    reduced_motion: bool,
    dark: bool,
    embedded: bool,
}

impl Options {
    fn read(text: &str) -> Result<Self, Unexpected> {
        let mut options = Self::default();
        Reader::new(text).object(&mut |reader, name| {
            match name {
                "link" => options.link = reader.text()?,
                "autosave" if !reader.null() => options.autosave = Some(reader.text()?),
                "autosave" => {}
                "reduced_motion" => options.reduced_motion = reader.bool()?,
                "dark" => options.dark = reader.bool()?,
                "embedded" => options.embedded = reader.bool()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(options)
    }
}

/// The app on one canvas.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Eigenlens {
    runner: eframe::WebRunner,
    last_link: Rc<RefCell<String>>,
    measuring: Measuring,
}

impl Default for Eigenlens {
    fn default() -> Self {
        Self::new()
    }
}

#[wasm_bindgen]
impl Eigenlens {
    /// Nothing heavy; installs the hook that remembers a panic.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self {
            runner: eframe::WebRunner::new(),
            last_link: Rc::default(),
            measuring: Measuring::default(),
        }
    }

    /// Starts on a canvas. `fonts` are the four canvas fonts in the order of [`fonts::FILES`].
    ///
    /// # Errors
    /// When the fonts cannot be read or the canvas gives no WebGL 2 context.
    pub async fn start(
        &self,
        canvas: HtmlCanvasElement,
        options_json: String,
        fonts: Vec<js_sys::Uint8Array>,
    ) -> Result<(), JsValue> {
        let options = Options::read(&options_json).map_err(|error| JsValue::from_str(&error.to_string()))?;
        let files: [Vec<u8>; 4] = fonts
            .iter()
            .map(js_sys::Uint8Array::to_vec)
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|files: Vec<Vec<u8>>| {
                JsValue::from_str(&format!("{} fonts were handed over, 4 are needed", files.len()))
            })?;
        let definitions = fonts::definitions_from(files).map_err(|error| JsValue::from_str(&error.to_string()))?;
        let system = System {
            dark: options.dark,
            reduced_motion: options.reduced_motion,
            embedded: options.embedded,
            explain_outside: true,
            texts_outside: true,
        };
        let measuring = self.measuring.clone();
        let web_options = eframe::WebOptions {
            should_prevent_default: Box::new(|_| true),
            ..eframe::WebOptions::default()
        };
        self.runner
            .start(
                canvas,
                web_options,
                Box::new(move |creation| {
                    creation.egui_ctx.set_fonts(definitions);
                    let kept = options.autosave.as_deref().unwrap_or_default();
                    let link = if options.link.trim().is_empty() {
                        kept
                    } else {
                        &options.link
                    };
                    let mut app = App::of_link(&creation.egui_ctx, link, system);
                    app.measure_with(Box::new(measuring));
                    Ok(Box::new(app))
                }),
            )
            .await
    }

    /// Whether the app has stopped for good.
    pub fn has_panicked(&self) -> bool {
        self.runner.has_panicked()
    }

    /// Why it has stopped.
    pub fn panic_message(&self) -> Option<String> {
        self.runner.panic_summary().map(|summary| summary.message())
    }

    /// Gives the canvas back.
    pub fn destroy(&self) {
        self.runner.destroy();
    }

    /// The link of the present lab; after a panic the last one.
    pub fn link(&self) -> String {
        if let Some(app) = self.runner.app_mut::<App>() {
            self.last_link.replace(crate::lab::link::encode(app.lab()));
        }
        self.last_link.borrow().clone()
    }

    /// Opens a link; a broken one opens the nearest valid lab with a notice.
    pub fn open(&self, link: &str) {
        self.with((), |app| app.open_link(link));
    }

    /// Why a link would not open exactly as it was meant; nothing for one that would.
    pub fn link_fault(&self, link: &str) -> Option<String> {
        let (_, notice) = crate::lab::link::decode(link);
        notice.map(|notice| {
            let notice = Notice::from(&notice);
            [notice.what, notice.place].join(". ")
        })
    }

    /// Where something is on the canvas: x, y of its centre, width, height, in CSS pixels.
    #[wasm_bindgen(js_name = "where")]
    pub fn place(&self, name: &str) -> Option<Vec<f32>> {
        self.with(None, |app| {
            app.place(name)
                .map(|rect| vec![rect.center().x, rect.center().y, rect.width(), rect.height()])
        })
    }

    /// Moves a token by steps of a hundredth of the view.
    pub fn nudge(&self, token: &str, dx: f64, dy: f64, large: bool) {
        if let Ok(token) = token.parse::<TokenRef>() {
            self.with((), |app| app.nudge(token, dx, dy, large));
        }
    }

    /// Chooses a token; a query then asks.
    pub fn select(&self, token: &str) {
        if let Ok(token) = token.parse::<TokenRef>() {
            self.with((), |app| app.select(token));
        }
    }

    /// A command by its stable name; false when it is unknown or does not apply now.
    pub fn command(&self, name: &str) -> bool {
        self.with(false, |app| app.command(name))
    }

    /// Puts a decoded cloud on the board.
    pub fn open_file(&self, _name: &str, cloud_json: &str) {
        self.with((), |app| app.open_exchange(cloud_json));
    }

    /// Gives a lesson, in the JSON that the build makes of its file, from a step on, from 1, with the exercises of a seed.
    pub fn open_lesson(&self, name: &str, json: &str, step: usize, seed: u32) {
        self.with((), |app| {
            app.set_exercise_seed(seed);
            app.open_lesson(name, json, step);
        });
    }

    /// Shows a file of measurements; without a name those that come with the page.
    pub fn open_results(&self, name: Option<String>, text: &str) {
        self.with((), |app| match name {
            Some(name) => app.open_results(&name, text),
            None => app.take_results(text),
        });
    }

    /// Takes in what the page says of a run at full size, in the words of [`Measuring::hear`].
    pub fn measured(&self, kind: &str, text: &str) {
        self.measuring.hear(kind, text);
    }

    /// Takes in the unpacked numbers of the text with this name.
    pub fn open_text(&self, name: &str, bytes: &[u8]) {
        self.with_text(name, |app, text| app.open_text(text, bytes));
    }

    /// Says how much of a text has come, in percent.
    pub fn text_progress(&self, name: &str, percent: u8) {
        self.with_text(name, |app, text| app.text_progress(text, percent));
    }

    /// Says that the numbers of a text did not come.
    pub fn text_failed(&self, name: &str, message: &str) {
        self.with_text(name, |app, text| app.text_failed(text, message));
    }

    /// Whether what is shown has no link of its own yet: the opening lab will take its place when it comes.
    pub fn awaits_opening(&self) -> bool {
        self.with(false, |app| app.awaits_opening())
    }

    /// Says that a file could not be opened or saved.
    pub fn file_error(&self, name: &str, message: &str) {
        self.with((), |app| app.file_error(name, message));
    }

    /// The present cloud in JSON, for the module that writes files.
    ///
    /// # Errors
    /// When the board is empty or its file is not open.
    pub fn cloud_json(&self) -> Result<String, JsValue> {
        self.with(Err("the app has stopped".to_owned()), |app| app.exchange_json())
            .map_err(|error| JsValue::from_str(&error))
    }

    /// Whether the lab stands on an opened file, which its link only names.
    pub fn needs_file(&self) -> bool {
        self.with(false, |app| matches!(app.lab().scene.source, Source::File(_)))
    }

    /// Whether a touch at this place of the canvas grabs something, so that the page must not scroll.
    pub fn wants_touch(&self, x: f32, y: f32) -> bool {
        self.with(false, |app| app.wants_touch(egui::pos2(x, y)))
    }

    /// The id of the Explain text to show.
    pub fn explain(&self) -> String {
        self.with("softmax", |app| app.explain_id()).to_owned()
    }

    /// The system took the pointer away: a running gesture is dropped.
    pub fn suspend_pointer(&self) {
        self.with((), App::lose_pointer);
    }

    fn with_text(&self, name: &str, run: impl FnOnce(&mut App, TextId)) {
        if let Some(text) = TextId::from_key(name) {
            self.with((), |app| run(app, text));
        }
    }

    fn with<T>(&self, stopped: T, run: impl FnOnce(&mut App) -> T) -> T {
        match self.runner.app_mut::<App>() {
            Some(mut app) => {
                let answer = run(&mut app);
                grant(&mut app);
                answer
            }
            None => stopped,
        }
    }
}

/// Tells the page what the app asks of it.
pub(crate) fn grant(app: &mut App) {
    for wish in app.take_wishes() {
        match wish {
            Wish::Readouts => dispatch_json("eigenlens-readouts", &json::write(app.readouts())),
            Wish::Link { link, push } => tell("eigenlens-link", &[("link", &link)], &[("push", push)]),
            Wish::Share(link) => tell("eigenlens-copy", &[("text", &link)], &[]),
            Wish::Text(text) => tell("eigenlens-text", &[("name", text.text().key)], &[]),
            Wish::Results => tell("eigenlens-results", &[], &[]),
            Wish::Lesson { name, step } => {
                tell("eigenlens-lesson", &[("name", name), ("step", &step.to_string())], &[]);
            }
            Wish::OpenFile => tell("eigenlens-open-file", &[], &[]),
            Wish::Aid(aid) => tell("eigenlens-aid", &[("name", aid.key())], &[]),
            // The page makes them in a module of its own and shows them before they are saved.
            Wish::Figures => match app.opened_json() {
                Ok(clouds) => {
                    let link = crate::lab::link::encode(app.lab());
                    let results = app.results_json().unwrap_or_default();
                    let words = [
                        ("link", &*link),
                        ("theme", app.readouts().theme),
                        ("clouds", &*clouds),
                        ("results", &*results),
                    ];
                    tell("eigenlens-figures", &words, &[]);
                }
                Err(error) => app.not_saved(&error),
            },
            Wish::Save(format @ (SaveAs::Table | SaveAs::Results | SaveAs::Answers)) => {
                let text = match format {
                    SaveAs::Table => app.table_csv(),
                    SaveAs::Results => app.results_json(),
                    _ => app.answers_csv(),
                };
                match text {
                    Ok(text) => save_text(&format.file_name(), &text),
                    Err(error) => app.not_saved(&error),
                }
            }
            Wish::Save(format) => tell("eigenlens-save-file", &[("format", format.extension())], &[]),
        }
    }
}

/// Has the page save a text as a file.
fn save_text(name: &str, text: &str) {
    tell("eigenlens-save-file", &[("name", name), ("text", text)], &[]);
}

/// An event with a few words and switches.
fn tell(event: &str, words: &[(&str, &str)], switches: &[(&str, bool)]) {
    let mut detail = String::from("{");
    let mut put = |name: &str, value: &str| {
        let comma = if detail.len() > 1 { "," } else { "" };
        for piece in [comma, "\"", name, "\":", value] {
            detail.push_str(piece);
        }
    };
    for (name, word) in words {
        put(name, &json::write(word).unwrap_or_default());
    }
    for (name, on) in switches {
        put(name, if *on { "true" } else { "false" });
    }
    detail.push('}');
    dispatch(event, &detail);
}

fn dispatch_json(event: &str, detail: &Result<String, String>) {
    if let Ok(detail) = detail {
        dispatch(event, detail);
    }
}

fn dispatch(name: &str, detail: &str) {
    let init = CustomEventInit::new();
    init.set_detail(&JsValue::from_str(detail));
    if let (Some(window), Ok(event)) = (web_sys::window(), CustomEvent::new_with_event_init_dict(name, &init)) {
        // A listener of the page that throws is the page's affair; the console has it.
        window.dispatch_event(&event).ok();
    }
}
