//! What the page calls in the third wasm module.

use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::draw::UNITS;
use crate::{Figure, HEIGHT, WIDTH};

/// The figure, given in JSON, as SVG; throws what is wrong as a string.
#[wasm_bindgen]
pub fn svg(json: &str) -> Result<String, String> {
    Figure::from_json(json)
        .and_then(|figure| crate::svg(&figure))
        .map_err(|error| error.to_string())
}

/// Draws the figure, given in JSON, on the canvas; throws what is wrong as a string.
///
/// The canvas is filled at the width in pixels that it has, so it is as sharp as the page makes it: the width on the page
/// times `devicePixelRatio`. Its height follows.
#[wasm_bindgen]
pub fn draw(canvas: &HtmlCanvasElement, json: &str) -> Result<(), String> {
    let figure = Figure::from_json(json).map_err(|error| error.to_string())?;
    let width = canvas.width();
    if width == 0 {
        return Err("the canvas is 0 pixels wide".to_owned());
    }
    let height = f64::from(width) * f64::from(HEIGHT) / f64::from(WIDTH);
    canvas.set_height(height.round() as u32);
    let no_context = || "this browser gives the canvas no 2D context".to_owned();
    let context: CanvasRenderingContext2d = canvas
        .get_context("2d")
        .ok()
        .flatten()
        .and_then(|context| context.dyn_into().ok())
        .ok_or_else(no_context)?;
    let scale = f64::from(width) / f64::from(WIDTH * UNITS);
    context
        .set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0)
        .map_err(|_| no_context())?;
    context.set_line_join("round");
    let backend = CanvasBackend::with_canvas_object(canvas.clone()).ok_or_else(no_context)?;
    crate::draw(backend, &figure, 1.0).map_err(|error| error.to_string())
}
