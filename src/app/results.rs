//! Measurements at full size: those that come with the program, files that a person opens, and what is saved.

use std::sync::Arc;

use super::App;
use crate::command::{ClaimsEdit, Command, Edit};
use crate::json;
use crate::lab::{LensId, results, tested};
use crate::lens::Lens as _;
use crate::lens::full_size::FullSize;
use crate::lens::full_size::run::Runner;

/// The files of `assets/data/results`.
#[cfg(not(target_arch = "wasm32"))]
const SAVED: [&str; 1] = [include_str!(
    "../../assets/data/results/llvmpipe-llvm-15-0-6-256-bits.json"
)];

impl App {
    /// Has what measures replaced: what the lens had from another one goes with it.
    pub fn measure_with(&mut self, runner: Box<dyn Runner>) {
        let full_size = FullSize::new(runner);
        if let Some(lens) = self.lenses.iter_mut().find(|lens| lens.id() == full_size.id()) {
            *lens = Box::new(full_size);
        }
        self.refresh();
    }

    /// Asks for the measurements that come with the program when the lens that shows them is first looked at.
    pub(super) fn ask_for_results(&mut self) {
        if self.lab().lens != LensId::FullSize || self.asked_results {
            return;
        }
        self.asked_results = true;
        #[cfg(not(target_arch = "wasm32"))]
        if !self.system.texts_outside {
            for text in SAVED {
                match results::read(text) {
                    Ok(saved) => self.library.results.save(vec![saved]),
                    Err(error) => self.file_error("Saved results", &error.to_string()),
                }
            }
            return;
        }
        self.wishes.push(super::Wish::Results);
    }

    /// Takes in the measurements that come with the page, as a list.
    pub fn take_results(&mut self, list: &str) {
        match results::read_list(list) {
            Ok(saved) => {
                self.library.results.save(saved);
                self.refresh();
            }
            Err(error) => self.file_error("Saved results", &error.to_string()),
        }
    }

    /// Shows a file of measurements, or of tests of heads.
    pub fn open_results(&mut self, name: &str, text: &str) {
        if tested::are_tests(text) {
            return self.open_tests(name, text);
        }
        match results::read(text) {
            Ok(opened) => {
                self.begin_with_something_else();
                self.library.results.open(opened);
                self.run(vec![Command::Lens(LensId::FullSize)], self.link.told_at());
                self.refresh();
            }
            Err(error) => self.file_error(name, &error.to_string()),
        }
    }

    /// Shows the tests of a file in the map of the claims lens.
    fn open_tests(&mut self, name: &str, text: &str) {
        match tested::read(name, text) {
            Ok(opened) => {
                self.begin_with_something_else();
                self.library.tested = Some(Arc::new(opened));
                let first = Command::Edit(Edit::Claims(ClaimsEdit::Group(1)));
                self.run(vec![Command::Lens(LensId::Claims), first], self.link.told_at());
                self.refresh();
            }
            Err(error) => self.file_error(name, &error.to_string()),
        }
    }

    /// Whether the lens shows measurements.
    pub(super) fn has_results(&self) -> bool {
        let lens = self.lenses.get(self.lens_index());
        lens.is_some_and(|lens| lens.results().is_some())
    }

    /// The measurements that the lens shows, as a file.
    pub fn results_json(&self) -> Result<String, String> {
        let lens = self.lenses.get(self.lens_index());
        let results = lens.and_then(|lens| lens.results()).ok_or("Nothing was measured yet")?;
        json::write(results)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn every_saved_file_is_here_and_can_be_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/data/results");
        let files = std::fs::read_dir(folder).into_iter().flatten();
        let texts: Vec<String> = files
            .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a text"))
            .collect();
        assert_eq!(SAVED.len(), texts.len(), "each has its line in SAVED");
        for text in &texts {
            assert!(SAVED.contains(&text.as_str()), "{}", &text[..text.len().min(200)]);
            results::read(text).expect("results");
        }
    }
}
