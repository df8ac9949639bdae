//! What the worker of the page calls.

use eigenlens::studio::Studio;
use wasm_bindgen::prelude::wasm_bindgen;

/// The figures and arrays of one lab. What is wrong is thrown as a string.
#[wasm_bindgen]
pub struct Atelier {
    studio: Studio,
}

#[wasm_bindgen]
impl Atelier {
    /// On the lab of a link, with the clouds of opened files (a list as the app writes it) and measurements; both may be empty.
    #[wasm_bindgen(constructor)]
    pub fn new(link: &str, clouds: &str, results: &str) -> Result<Self, String> {
        let studio = Studio::of_link(link, clouds, results)?;
        Ok(Self { studio })
    }

    /// The names of the texts whose numbers are needed.
    pub fn texts(&self) -> Vec<String> {
        self.studio
            .texts()
            .iter()
            .map(|text| text.text().key.to_owned())
            .collect()
    }

    /// Takes in the unpacked numbers of the text with this name.
    pub fn open_text(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.studio.open_text(name, bytes)
    }

    /// Works for a moment; true while there is more to do.
    pub fn derive(&mut self) -> bool {
        self.studio.derive()
    }

    /// Key and name of each figure, by turns.
    pub fn figures(&self) -> Vec<String> {
        let figures = self.studio.figures().iter();
        figures
            .flat_map(|figure| [figure.key, figure.name].map(str::to_owned))
            .collect()
    }

    /// A figure in the colours of a theme, as JSON.
    pub fn figure(&self, key: &str, theme: &str) -> Result<String, String> {
        self.studio.figure_json(key, theme).map_err(|error| error.to_string())
    }

    /// The arrays behind the picture as `.npz`.
    pub fn npz(&self) -> Result<Vec<u8>, String> {
        self.studio
            .arrays()
            .and_then(|arrays| arrays.to_npz())
            .map_err(|error| error.to_string())
    }

    /// The arrays behind the picture as CSV: a row for each number.
    pub fn csv(&self) -> Result<String, String> {
        self.studio
            .arrays()
            .map(|arrays| arrays.to_csv())
            .map_err(|error| error.to_string())
    }

    /// The Python script that reproduces the numbers.
    pub fn script(&self) -> String {
        self.studio.script().to_owned()
    }

    /// The stem of the names of the files.
    pub fn stem(&self) -> String {
        self.studio.stem().to_owned()
    }
}
