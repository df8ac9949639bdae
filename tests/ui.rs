//! The app as a person meets it, drawn by a software GPU: drags by name, keys, names that do not overlap, contrast, pictures.

#![cfg(not(target_arch = "wasm32"))]

#[path = "ui/behaviour.rs"]
mod behaviour;
#[path = "ui/bench.rs"]
mod bench;
#[path = "ui/looks.rs"]
mod looks;
#[path = "ui/pictures.rs"]
mod pictures;
