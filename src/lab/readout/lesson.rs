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
    /// The step, from 1.
    pub step: usize,
    /// How many there are.
    pub of: usize,
    /// Where its question is.
    pub phase: LessonPhase,
    /// What is asked, while it is.
    pub question: Option<String>,
}
