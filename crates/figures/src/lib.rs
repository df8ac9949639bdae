//! Figures of what the lenses show: what a figure says, and one function that draws it on every backend of plotters.
//!
//! [`Figure`] is plain data, written by the app and checked when it is drawn; it names its own colours. With the feature
//! `draw`, `svg` makes an SVG of it, and in the browser `web` draws the very same shapes on the canvas of a page. Without
//! the feature the crate is the data alone, which is all that the app's own wasm module needs.

#[cfg(feature = "draw")]
mod draw;
mod error;
mod figure;
#[cfg(all(feature = "draw", target_arch = "wasm32"))]
pub mod web;

#[cfg(feature = "draw")]
pub use draw::{HEIGHT, WIDTH, contour, draw, svg};
pub use error::Error;
pub use figure::{Content, Figure, FigureKind, Key, Look, Query, Rgb, ScoreField, Spectrum};
