//! What the worker of the page calls.

use eigenlens::studio::{Code, READABLE, Studio};
use eigenlens_words::lesson::{self, Lesson};
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

    /// On the lab of a step of a lesson, before its question; `json` is that of a lesson with this step alone.
    pub fn of_step(json: &str) -> Result<Self, String> {
        let given = eigenlens::lesson::read(json).map_err(|error| error.to_string())?;
        let step = given.lesson.steps.first().ok_or("the lesson has no step")?;
        let studio = Studio::of_step(step)?;
        Ok(Self { studio })
    }

    /// The figure that tells most where there is little room, in the colours of a theme, as JSON; none where the lens has none.
    pub fn sketch(&self, theme: &str) -> Result<Option<String>, String> {
        self.studio.sketch_json(theme).map_err(|error| error.to_string())
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

/// A text as a QR code: the modules of a side, and the dark ones as the path of an SVG.
#[wasm_bindgen]
pub fn code(text: &str) -> Result<Vec<String>, String> {
    let code = Code::of(text).map_err(|error| error.to_string())?;
    Ok(vec![code.side().to_string(), code.path()])
}

/// From how many bytes on a code may not be read at the back of a hall.
#[wasm_bindgen]
pub fn readable() -> usize {
    READABLE
}

/// A lesson in TOML, in the JSON that the page gives it from.
#[wasm_bindgen]
pub fn lesson_of_toml(text: &str) -> Result<String, String> {
    compiled(&lesson::read(text).map_err(|error| error.to_string())?)
}

/// A lesson in the JSON of its file's entries, in that which the page gives it from.
#[wasm_bindgen]
pub fn lesson_of_entries(json: &str) -> Result<String, String> {
    // Through the file, so that what is given can be saved.
    lesson_of_toml(&toml_of_entries(json)?)
}

/// A lesson in the JSON of its file's entries, as TOML.
#[wasm_bindgen]
pub fn toml_of_entries(json: &str) -> Result<String, String> {
    let lesson: Lesson = serde_json::from_str(json).map_err(|error| error.to_string())?;
    lesson::write(&lesson).map_err(|error| error.to_string())
}

/// A lesson in TOML, in the JSON of its file's entries.
#[wasm_bindgen]
pub fn entries_of_toml(text: &str) -> Result<String, String> {
    let lesson = lesson::read(text).map_err(|error| error.to_string())?;
    serde_json::to_string(&lesson).map_err(|error| error.to_string())
}

fn compiled(lesson: &Lesson) -> Result<String, String> {
    let compiled = lesson::compile(lesson).map_err(|error| error.to_string())?;
    serde_json::to_string(&compiled).map_err(|error| error.to_string())
}
