//! What a person should know now, in words.

use serde::Serialize;

use crate::lab::source::TooLarge;
use crate::lab::{EditError, SceneError};

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something is not defined here.
    Undefined,
    /// Something went wrong.
    Error,
    /// A link did not open as it was meant.
    Link,
}

/// What happened, where, and what to do or what was done: one line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// How it is meant.
    pub severity: Severity,
    /// What happened.
    pub what: String,
    /// Where; may be empty.
    #[serde(rename = "where")]
    pub place: String,
    /// What to do, or what was done; may be empty.
    pub then: String,
}

impl Notice {
    /// A notice of three lines.
    pub fn new(severity: Severity, what: impl Into<String>, place: impl Into<String>, then: impl Into<String>) -> Self {
        Self {
            severity,
            what: what.into(),
            place: place.into(),
            then: then.into(),
        }
    }
}

impl From<&SceneError> for Notice {
    fn from(error: &SceneError) -> Self {
        match error {
            SceneError::FileMissing { name, .. } => Self::new(
                Severity::Link,
                format!("{name} is not open"),
                "This lab was made on that file.",
                "Open the file to see its tokens.",
            ),
            SceneError::TextMissing { text, .. } => Self::new(
                Severity::Info,
                format!("“{}” is not here yet", text.text().key),
                "Its numbers are on their way.",
                "It shows itself when they come.",
            ),
            SceneError::NoKeys => Self::new(
                Severity::Info,
                "No tokens yet",
                "",
                "Tap the board to add a key, or choose a preset.",
            ),
            SceneError::NotInSource { .. } => Self::new(
                Severity::Error,
                "This lab does not fit its file",
                sentence(&error.to_string()),
                "Reset puts the file's own tokens on the board.",
            ),
            SceneError::Core(_) => Self::new(
                Severity::Error,
                "There is no attention for these tokens",
                sentence(&error.to_string()),
                "Undo the last edit, or move the token back.",
            ),
        }
    }
}

impl From<&EditError> for Notice {
    fn from(error: &EditError) -> Self {
        match error {
            EditError::Scene(error) => error.into(),
            _ => Self::new(Severity::Info, sentence(&error.to_string()), "", ""),
        }
    }
}

impl From<&TooLarge> for Notice {
    fn from(error: &TooLarge) -> Self {
        Self::new(
            Severity::Error,
            sentence(&error.to_string()),
            "",
            "Open a file with fewer tokens.",
        )
    }
}

/// A message as a sentence: a capital first. The full stop is left out, as in every first line of a notice.
fn sentence(message: &str) -> String {
    let mut rest = message.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).collect()
}
