//! What the page calls in the wasm module that computes on the GPU.

use std::ops::ControlFlow;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::device::{Gpu, OpenOptions};
use crate::measure::run_suite;
use crate::request::{Event, Request};

/// An open device.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Device(Gpu);

#[wasm_bindgen]
impl Device {
    /// Opens the device that the browser gives; throws the reason as a string where it gives none. `name` is what the page
    /// knows the adapter by, for where the browser's description of it is empty.
    pub async fn open(name: String) -> Result<Self, String> {
        let opened = Gpu::open(OpenOptions::default()).await;
        let gpu = opened.map_err(|error| error.to_string())?;
        Ok(Self(gpu.named(name)))
    }

    /// Measures what a request in JSON asks for. `listener` is called with every event in JSON, and stops the run by giving
    /// `true`. Throws the reason as a string where it breaks off.
    pub async fn run(&self, request: String, listener: js_sys::Function) -> Result<(), String> {
        let request: Request = serde_json::from_str(&request).map_err(|error| error.to_string())?;
        let mut tell = |event: Event| {
            let json = serde_json::to_string(&event).unwrap_or_default();
            let stop = listener.call1(&JsValue::NULL, &JsValue::from_str(&json));
            // A listener that throws does not want to hear more.
            if stop.is_ok_and(|stop| !stop.is_truthy()) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        run_suite(&self.0, &request, &mut tell)
            .await
            .map_err(|error| error.to_string())
    }

    /// Closes the device; a run on it ends.
    pub fn close(&self) {
        self.0.close();
    }
}
