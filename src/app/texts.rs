//! The numbers of the texts: asked for when a lab needs them, taken in when they come.
//!
//! On the page they are files, fetched when they are needed; the window has them inside. A lab that came without a link opens
//! on a toy cloud and becomes the opening lab when its numbers come, unless the person has begun to do something.

use std::collections::BTreeSet;

use super::{App, System};
use crate::board::Board;
use crate::command::Command;
use crate::lab::{History, Lab, Notice, Severity, Source, TextId};

/// What has been asked for.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Texts that are on their way, have come, or failed to come.
    asked: BTreeSet<TextId>,
    failed: BTreeSet<TextId>,
    /// The lab came without a link, and nothing has been done to it.
    opening: bool,
}

impl App {
    /// The app as a person meets it who comes without a link and has no lab of their own.
    pub fn opening(context: &egui::Context, system: System) -> Self {
        let mut app = Self::new(context, Lab::default(), system);
        app.texts.opening = true;
        app.ask_for_texts();
        app
    }

    /// Whether the opening lab has not come yet and would still take the place of what is shown.
    pub fn awaits_opening(&self) -> bool {
        self.texts.opening
    }

    /// Whether a text has been asked for and may still come.
    pub fn awaits_text(&self, id: TextId) -> bool {
        let asked = self.texts.asked.contains(&id) && !self.texts.failed.contains(&id);
        asked && self.library.cloud(&Source::Text(id)).is_none()
    }

    /// Keeps in mind that the person has begun: the opening lab then no longer takes the place of theirs.
    pub(super) fn end_opening(&mut self, commands: &[Command]) {
        let only_looks = |command: &Command| {
            matches!(
                command,
                Command::Theme(_) | Command::NextTheme | Command::ToggleKeys | Command::Dismiss(_)
            )
        };
        self.texts.opening &= commands.iter().all(only_looks);
    }

    /// As [`App::end_opening`], for a press and for what comes from outside.
    pub(super) fn begin_with_something_else(&mut self) {
        self.texts.opening = false;
    }

    /// Asks for the texts that the lab needs and that have not been asked for.
    pub(super) fn ask_for_texts(&mut self) {
        let opening = self.texts.opening.then(|| Lab::opening().texts());
        let needed: Vec<TextId> = std::iter::once(self.history.lab().texts())
            .chain(opening)
            .flatten()
            .filter(|id| self.library.cloud(&Source::Text(*id)).is_none())
            .collect();
        for id in needed {
            if self.texts.asked.insert(id) {
                self.ask_for_text(id);
            }
        }
    }

    /// A text that did not come is asked for once more.
    pub(super) fn ask_again(&mut self, id: TextId) {
        if self.texts.failed.remove(&id) {
            self.texts.asked.remove(&id);
        }
    }

    #[cfg(target_arch = "wasm32")]
    fn ask_for_text(&mut self, id: TextId) {
        self.wishes.push(super::Wish::Text(id));
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn ask_for_text(&mut self, id: TextId) {
        if self.system.texts_outside {
            self.wishes.push(super::Wish::Text(id));
            return;
        }
        match embedded(id) {
            Ok(bytes) => self.open_text(id, &bytes),
            Err(error) => self.text_failed(id, &error.to_string()),
        }
    }

    /// Says how much of a text has come, in percent.
    pub fn text_progress(&mut self, id: TextId, percent: u8) {
        if self.library.cloud(&Source::Text(id)).is_none() {
            self.library.set_coming(id, Some(percent));
            self.refresh();
        }
    }

    /// Takes in the numbers of a text, unpacked.
    pub fn open_text(&mut self, id: TextId, bytes: &[u8]) {
        if let Err(error) = self.library.insert_text(id, bytes) {
            return self.text_failed(id, &error.to_string());
        }
        self.texts.failed.remove(&id);
        self.notices.retain(|notice| notice.what != not_here(id));
        if self.texts.opening && Lab::opening().scene.source == Source::Text(id) {
            let Lab { theme, .. } = *self.lab();
            self.texts.opening = false;
            self.history = History::new(Lab {
                theme,
                ..Lab::opening()
            });
            self.board = Board::default();
            self.linked = None;
            self.link.is_told(self.history.lab());
        }
        self.refresh();
    }

    /// Says that the numbers of a text did not come. Nothing else changes.
    pub fn text_failed(&mut self, id: TextId, message: &str) {
        self.library.set_coming(id, None);
        self.texts.failed.insert(id);
        self.texts.asked.insert(id);
        let mut reason = message.trim().trim_end_matches('.').to_owned();
        if let Some(first) = reason.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        self.notify(Notice::new(
            Severity::Error,
            not_here(id),
            format!("{reason}."),
            "Check the connection and choose it again. Everything else works.",
        ));
    }

    pub(super) fn refresh(&mut self) {
        self.stale = true;
        self.context.request_repaint();
    }
}

fn not_here(id: TextId) -> String {
    format!("The sentence “{}” did not load", id.text().key)
}

/// The numbers of a text, from inside the program.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn embedded(id: TextId) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;

    let packed: &[u8] = match id {
        TextId::Pronoun => include_bytes!("../../assets/data/heads/pronoun.heads"),
        TextId::Bank => include_bytes!("../../assets/data/heads/bank.heads"),
        TextId::Typo => include_bytes!("../../assets/data/heads/typo.heads"),
        TextId::Long => include_bytes!("../../assets/data/heads/long.heads"),
        TextId::Story => include_bytes!("../../assets/data/heads/story.heads"),
        TextId::StoryWrong => include_bytes!("../../assets/data/heads/story_wrong.heads"),
    };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
}
