//! The app as a person meets it, drawn by a software GPU: drags by name, keys, names that do not overlap, contrast, pictures.

#![cfg(not(target_arch = "wasm32"))]
#![expect(missing_docs, reason = "a test crate")]

#[path = "ui/bench.rs"]
mod bench;
#[path = "ui/pictures.rs"]
mod pictures;
