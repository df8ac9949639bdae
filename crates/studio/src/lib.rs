//! The wasm module of the web app that makes figures, arrays and scripts: the app's own lenses without a window, loaded when
//! they are first asked for, in a worker. Natively the app has all of it itself, and this crate is empty.

#[cfg(target_arch = "wasm32")]
mod web;
#[cfg(target_arch = "wasm32")]
pub use web::Atelier;
