//! What the page calls in the third wasm module.

use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::{Error, Figure, Format};

/// The figure, given in JSON, as SVG of this width and font size in CSS pixels; throws what is wrong as a string.
#[wasm_bindgen]
pub fn svg(json: &str, width: f64, font_size: f64) -> Result<String, String> {
    read(json, width, font_size)
        .and_then(|(figure, format)| crate::svg(&figure, format))
        .map_err(|error| error.to_string())
}

fn read(json: &str, width: f64, font_size: f64) -> Result<(Figure, Format), Error> {
    Ok((Figure::from_json(json)?, Format::new(width, font_size)?))
}

/// Draws the figure, given in JSON, on the canvas as [`svg`] lays it out; throws what is wrong as a string.
///
/// The canvas is filled at the width in pixels that it has, so it is as sharp as the page makes it: the width on the page
/// times `devicePixelRatio`. Its height follows.
#[wasm_bindgen]
pub fn draw(canvas: &HtmlCanvasElement, json: &str, width: f64, font_size: f64) -> Result<(), String> {
    let (figure, format) = read(json, width, font_size).map_err(|error| error.to_string())?;
    let [across, high] = crate::draw::tenths(format).map(f64::from);
    let width = canvas.width();
    if width == 0 {
        return Err("the canvas is 0 pixels wide".to_owned());
    }
    let height = f64::from(width) * high / across;
    canvas.set_height(height.round() as u32);
    let no_context = || "this browser gives the canvas no 2D context".to_owned();
    let context: CanvasRenderingContext2d = canvas
        .get_context("2d")
        .ok()
        .flatten()
        .and_then(|context| context.dyn_into().ok())
        .ok_or_else(no_context)?;
    let scale = f64::from(width) / across;
    context
        .set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0)
        .map_err(|_| no_context())?;
    context.set_line_join("round");
    let backend = CanvasBackend::with_canvas_object(canvas.clone()).ok_or_else(no_context)?;
    crate::draw(backend, &figure, format, 1.0).map_err(|error| error.to_string())
}
