//! The window: what the app asks of the world around it, done natively.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use super::files::AUTOSAVE_KEY;
use super::measure::ThreadRunner;
use super::{App, System, Wish};
use crate::command::SaveAs;
use crate::lab::{Notice, Severity, link, results, tested};
use crate::look::fonts;
use crate::studio::Studio;

/// Largest file that the window opens, in bytes: as on the page.
const MOST_BYTES: u64 = 64 << 20;

/// How to open the window.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// A link to open.
    pub link: Option<String>,
    /// A file to open.
    pub file: Option<PathBuf>,
    /// Where the site is that phones open, for QR codes.
    pub public_url: Option<String>,
    /// Opens the presenter's window too.
    pub presenter: bool,
    /// A lesson to give, and its step, from 1.
    pub lesson: Option<(PathBuf, usize)>,
    /// What picks the variants of its exercises.
    pub seed: u32,
    /// Ends after this many frames.
    pub exit_after_frames: Option<u64>,
    /// Writes the last frame as a PNG before it ends.
    pub screenshot: Option<PathBuf>,
}

/// Opens the window and runs the app until it is closed.
///
/// # Errors
/// When no window or no GPU (real or in software) can be had.
pub fn open(options: WindowOptions) -> eframe::Result {
    let native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Eigenlens")
            .with_app_id("eigenlens")
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([360.0, 480.0]),
        system_font_fallback: false,
        persist_window: options.exit_after_frames.is_none(),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "eigenlens",
        native,
        Box::new(move |creation| {
            creation.egui_ctx.set_fonts(fonts::definitions());
            let dark = creation.egui_ctx.system_theme() == Some(egui::Theme::Dark);
            let system = System {
                dark,
                ..System::default()
            };
            let kept = creation.storage.and_then(|storage| storage.get_string(AUTOSAVE_KEY));
            let kept = kept.filter(|_| options.file.is_none() && options.exit_after_frames.is_none());
            let link = options.link.clone().or(kept).unwrap_or_default();
            let mut app = App::of_link(&creation.egui_ctx, &link, system);
            app.measure_with(Box::new(ThreadRunner::default()));
            if let Some(address) = options.public_url.clone() {
                app.set_address(address);
            }
            if options.presenter {
                app.aid(crate::command::Aid::Presenter);
            }
            if let Some(path) = &options.file {
                app.open_path(path);
            }
            if let Some((path, step)) = &options.lesson {
                app.set_exercise_seed(options.seed);
                app.open_lesson_path(path, *step);
            }
            Ok(Box::new(Frames { app, options, frame: 0 }))
        }),
    )
}

/// The app, and the frames that are still to be shown in a run that ends by itself.
struct Frames {
    app: App,
    options: WindowOptions,
    frame: u64,
}

impl eframe::App for Frames {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        let Some(last) = self.options.exit_after_frames else {
            return;
        };
        self.frame += 1;
        let context = ui.ctx().clone();
        context.request_repaint();
        if self.frame == last {
            match self.options.screenshot.clone() {
                Some(path) => screenshot(&context, path),
                None => context.send_viewport_cmd(egui::ViewportCommand::Close),
            }
        }
        // A screenshot that never comes must not keep the window open.
        if self.frame >= last + 600 {
            context.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    fn raw_input_hook(&mut self, context: &egui::Context, input: &mut egui::RawInput) {
        self.app.raw_input_hook(context, input);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        self.app.clear_color(visuals)
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        if self.options.exit_after_frames.is_none() {
            self.app.save(storage);
        }
    }

    fn auto_save_interval(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

impl App {
    /// Does natively what the app asks of the world around it.
    pub(super) fn grant(&mut self, context: &egui::Context) {
        self.take_chosen();
        for wish in self.take_wishes() {
            match wish {
                // The window has the texts inside.
                Wish::Readouts | Wish::Link { .. } | Wish::Text(_) | Wish::Results | Wish::Lesson { .. } => {}
                Wish::Share(link) => {
                    context.copy_text(link);
                    self.notify(Notice::new(
                        Severity::Info,
                        "The link is on the clipboard",
                        "It holds the whole lab.",
                        "Paste it behind the address of the page, or start with --link.",
                    ));
                }
                Wish::OpenFile => self.choose_file(),
                Wish::Save(format) => self.save_file(format),
            }
        }
    }

    /// Opens a file of a cloud, or a saved lab.
    pub fn open_path(&mut self, path: &Path) {
        let name = path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        let bytes = match std::fs::metadata(path).and_then(|meta| {
            if meta.len() > MOST_BYTES {
                Ok(None)
            } else {
                std::fs::read(path).map(Some)
            }
        }) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                return self.file_error(
                    &name,
                    &format!("It has more than {} MiB, the bound of the board", MOST_BYTES >> 20),
                );
            }
            Err(error) => return self.file_error(&name, &error.to_string()),
        };
        self.open_bytes(&name, bytes);
    }

    /// Opens what was pasted: a lesson, the link of a lab, a cloud as JSON, or a table of points as a spreadsheet copies it (tabs for
    /// commas).
    pub(super) fn paste(&mut self, text: &str) {
        if text.starts_with("title =") {
            self.open_lesson_file("pasted", text.as_bytes(), 1);
        } else if text.contains("#v1.") && !text.contains(char::is_whitespace) {
            self.open_link(text);
        } else if text.starts_with(['[', '{']) {
            self.open_bytes("pasted.json", text.as_bytes().to_vec());
        } else {
            self.open_bytes("pasted.csv", text.replace('\t', ",").into_bytes());
        }
    }

    /// Gives the lesson of a file from a step on, from 1.
    pub fn open_lesson_path(&mut self, path: &Path, step: usize) {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => self.open_lesson_file(&name, &bytes, step),
            Err(error) => self.file_error(&name, &error.to_string()),
        }
    }

    /// Gives a lesson in TOML.
    pub fn open_lesson_file(&mut self, name: &str, bytes: &[u8], step: usize) {
        match eigenlens_words::lesson::read(&String::from_utf8_lossy(bytes)) {
            Ok(lesson) => self.give(name, lesson, step),
            Err(error) => self.file_error(name, &error.to_string()),
        }
    }

    pub(super) fn open_bytes(&mut self, name: &str, bytes: Vec<u8>) {
        let extension = Path::new(name)
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        if matches!(extension, "eigenlens" | "txt") {
            match String::from_utf8(bytes) {
                Ok(text) => self.open_link(text.trim()),
                Err(error) => self.file_error(name, &format!("It is no text: {error}")),
            }
            return;
        }
        if extension.eq_ignore_ascii_case("toml") {
            return self.open_lesson_file(name, &bytes, 1);
        }
        let are_numbers = |text: &&str| results::are_results(text) || tested::are_tests(text);
        if ["json", "csv"]
            .iter()
            .any(|other| extension.eq_ignore_ascii_case(other))
            && let Some(text) = str::from_utf8(&bytes).ok().filter(are_numbers)
        {
            return self.open_results(name, text);
        }
        match eigenlens_files::page::read(name, bytes) {
            Ok(exchange) => self.open_exchange(&exchange),
            Err(error) => self.file_error(name, &error.to_string()),
        }
    }

    /// Lets the person choose a file to open; the answer comes in a later frame.
    fn choose_file(&mut self) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Open a cloud or a lab")
            .add_filter(
                "Clouds, labs and lessons",
                &["safetensors", "npz", "npy", "csv", "json", "eigenlens", "toml"],
            )
            .pick_file();
        self.ask(async move { dialog.await.map(|file| Chosen::Open(file.path().to_owned())) });
    }

    /// Lets the person choose where to save; what is saved is the lab of now.
    fn save_file(&mut self, format: SaveAs) {
        let content = match format {
            SaveAs::Lab => Ok(link::encode(self.lab()).into_bytes()),
            SaveAs::Cloud(extension) => self
                .exchange_json()
                .and_then(|cloud| eigenlens_files::page::write(extension, &cloud).map_err(|error| error.to_string())),
            SaveAs::Table => self.table_csv().map(String::into_bytes),
            SaveAs::Results => self.results_json().map(String::into_bytes),
            SaveAs::Answers => self.answers_csv().map(String::into_bytes),
            SaveAs::Figure(_) | SaveAs::Arrays(_) => return self.save_from_studio(format),
        };
        match content {
            Ok(bytes) => {
                let dialog = rfd::AsyncFileDialog::new()
                    .set_title("Save")
                    .set_file_name(format.file_name())
                    .save_file();
                self.ask(async move { dialog.await.map(|file| Chosen::Save(file.path().to_owned(), bytes)) });
            }
            Err(error) => self.not_saved(&error),
        }
    }

    /// Lets the person choose where to save the lesson that is being written.
    pub(super) fn save_draft(&mut self) {
        match self.draft_toml() {
            Ok(text) => {
                let dialog = rfd::AsyncFileDialog::new()
                    .set_title("Save")
                    .set_file_name("lesson.toml")
                    .save_file();
                self.ask(async move {
                    dialog
                        .await
                        .map(|file| Chosen::Save(file.path().to_owned(), text.into_bytes()))
                });
            }
            Err(error) => self.not_saved(&error),
        }
    }

    /// Lets the person choose where to save a figure, or the arrays: they are made once that is known.
    fn save_from_studio(&mut self, format: SaveAs) {
        let studio = self.studio();
        let theme = self.theme();
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Save")
            .set_file_name(format.file_name())
            .save_file();
        let made = move |studio: Studio, path: &Path| match format {
            SaveAs::Figure(key) => {
                let figure = studio.figure(key, theme).map_err(|error| error.to_string())?;
                let format = eigenlens_figures::Format::default();
                if path
                    .extension()
                    .is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
                {
                    crate::look::figure::png(&figure, format)
                } else {
                    eigenlens_figures::svg(&figure, format).map(String::into_bytes)
                }
                .map_err(|error| error.to_string())
            }
            format => studio.file(format.extension()).map_err(|error| error.to_string()),
        };
        self.ask(async move {
            let path = dialog.await?.path().to_owned();
            Some(match studio().and_then(|studio| made(studio, &path)) {
                Ok(bytes) => Chosen::Save(path, bytes),
                Err(error) => Chosen::Nothing(error),
            })
        });
    }

    /// Waits for a dialogue on a thread of its own, so that the window stays alive behind it.
    fn ask(&mut self, answer: impl Future<Output = Option<Chosen>> + Send + 'static) {
        let (sender, receiver) = channel();
        let context = self.context.clone();
        let waiting = std::thread::Builder::new()
            .name("eigenlens dialogue".to_owned())
            .spawn(move || {
                if let Some(chosen) = pollster::block_on(answer) {
                    sender.send(chosen).ok();
                }
                context.request_repaint();
            });
        match waiting {
            Ok(_) => self.chosen = Some(receiver),
            Err(error) => self.not_saved(&error.to_string()),
        }
    }

    /// Takes the answer of a dialogue.
    fn take_chosen(&mut self) {
        match self.chosen.as_ref().and_then(|answers| answers.try_recv().ok()) {
            Some(Chosen::Open(path)) => self.open_path(&path),
            Some(Chosen::Save(path, bytes)) => match std::fs::write(&path, bytes) {
                Ok(()) => self.notify(Notice::new(Severity::Info, "Saved", path.display().to_string(), "")),
                Err(error) => self.not_saved(&format!("{}: {error}", path.display())),
            },
            Some(Chosen::Nothing(error)) => self.not_saved(&error),
            None => {}
        }
    }
}

/// What a person chose in a dialogue.
pub(super) enum Chosen {
    /// A file to open.
    Open(PathBuf),
    /// Where to save these bytes.
    Save(PathBuf, Vec<u8>),
    /// A place for something that cannot be made, for this reason.
    Nothing(String),
}

/// Writes the picture of the window to `path`, then closes it.
fn screenshot(context: &egui::Context, path: PathBuf) {
    let closing = context.clone();
    context.request_screenshot(move |shot: std::sync::Arc<egui::ColorImage>| {
        let [width, height] = shot.size;
        let bytes: Vec<u8> = shot.pixels.iter().flat_map(egui::Color32::to_array).collect();
        if let Err(error) = image::save_buffer(&path, &bytes, width as u32, height as u32, image::ColorType::Rgba8) {
            eprintln!("{}: {error}", path.display());
        }
        closing.send_viewport_cmd(egui::ViewportCommand::Close);
    });
}
