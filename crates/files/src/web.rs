//! What the page calls in the second wasm module.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::page;

/// Reads a file; gives the cloud as the text of [`page`], throws what is wrong as a string.
#[wasm_bindgen]
pub fn read(name: &str, bytes: Vec<u8>) -> Result<String, String> {
    page::read(name, bytes).map_err(|error| error.to_string())
}

/// Writes a cloud, given as the text of [`page`], as a file; throws what is wrong as a string.
#[wasm_bindgen]
pub fn write(format: &str, cloud_json: &str) -> Result<Vec<u8>, String> {
    page::write(format, cloud_json).map_err(|error| error.to_string())
}
