//! Figures of what the lenses show: what a figure says, and one function that draws it on every backend of plotters.
//!
//! [`Figure`] is plain data, written by the app and checked when it is drawn; it names its own colours. With the feature
//! `draw`, `svg` makes an SVG of it, and in the browser `web` draws the very same shapes on the canvas of a page. Without
//! the feature the crate is the data alone, which is all that the app's own wasm module needs.

#[cfg(all(feature = "bitmap", not(target_arch = "wasm32")))]
mod bitmap;
mod content;
#[cfg(feature = "draw")]
mod draw;
mod error;
mod figure;
#[cfg(feature = "draw")]
mod format;
#[cfg(all(feature = "draw", target_arch = "wasm32"))]
pub mod web;

#[cfg(all(feature = "bitmap", not(target_arch = "wasm32")))]
pub use bitmap::{Bitmap, Faces, bitmap};
pub use content::{
    Arrow, Axis, BarRow, Bars, Chart, Charts, Dot, Glyph, HeatMap, HeatMaps, Line, Link, Outline, Plane, Role, Ruler,
    Series, Shade, Token,
};
#[cfg(feature = "draw")]
pub use draw::{contour, draw, svg};
pub use error::Error;
pub use figure::{Content, Figure, Key, Look, Query, Rgb, ScoreField, Spectrum};
#[cfg(feature = "draw")]
pub use format::Format;
