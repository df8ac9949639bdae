//! What is read out of a lesson that is being given.

use serde::Serialize;

/// Where a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LessonPhase {
    /// There is none.
    Shown,
    /// The truth is hidden.
    Asking,
    /// Guess and truth are both there.
    Revealed,
}

/// What the page knows of a lesson.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LessonReadout {
    /// Name of its file without extension.
    pub name: String,
    /// The step, from 1; exercises count on behind the last.
    pub step: usize,
    /// How many steps there are.
    pub of: usize,
    /// How many exercises there are.
    pub exercises: usize,
    /// What picks their variants.
    pub seed: u32,
    /// Where its question is.
    pub phase: LessonPhase,
    /// What is asked, while it is.
    pub question: Option<String>,
}
