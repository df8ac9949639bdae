//! What runs without a GPU: refusals, the reference in f64, the CPU path against it. One program, so that it links once.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attention;
mod common;
mod reference;
mod refusals;
