//! The wasm module of the web app that makes figures, arrays and scripts: the app's own lenses without a window, loaded when
//! they are first asked for, in a worker. Natively the app has all of it itself, and this crate is empty.

#[cfg(target_arch = "wasm32")]
mod web;
#[cfg(target_arch = "wasm32")]
pub use web::{Atelier, code, entries_of_toml, lesson_of_entries, lesson_of_toml, readable, toml_of_entries};
