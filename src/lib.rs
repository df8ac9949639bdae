//! Eigenlens: an interactive laboratory for attention. This crate is the app, and the only code that knows egui.
//!
//! What the user did is a [`lab::Lab`]; a [`lens`] derives everything else from it and paints it over the shared [`board`].
//! The mathematics is in `eigenlens-core`.

pub mod app;
pub mod board;
pub mod command;
pub mod job;
pub mod json;
pub mod lab;
pub mod lens;
pub mod look;
pub mod microscope;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
pub mod studio;
#[cfg(all(target_arch = "wasm32", not(feature = "studio")))]
pub mod web;
