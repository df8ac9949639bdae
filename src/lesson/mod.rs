//! Lessons: the lab of a step, what is guessed before it is shown, and how far the guess is off.

#[cfg(not(target_arch = "wasm32"))]
pub mod check;
#[cfg(not(target_arch = "wasm32"))]
mod draft;
mod guess;
mod json;
mod state;

#[cfg(not(target_arch = "wasm32"))]
pub use draft::{Draft, DraftError};
pub use eigenlens_words::lesson::{Cloud, Control, Guess, Holds, Lesson, Question, Stated, Status, Step};
pub use guess::{Gap, Guessed};
pub use json::{CONTROLS, Given, read};
pub use state::{StateError, carry_out, lab_of};
