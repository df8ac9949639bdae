//! Lessons: a list of steps, each a state of the lab with its words. One file in TOML that a person can write by hand.
//!
//! ```toml
//! title = "Attention is a kernel smoother"
//! aim = "An attention row is a weighted mean with exponential weights."
//!
//! [[step]]
//! title = "Four keys, one query"
//! claim = "I can compute an attention row by hand."
//! status = "exact"
//! minutes = 3
//! state = ["cloud compass", "lens 1"]
//! text = "The weights are {weight_1} …"
//! ```
//!
//! After the steps a lesson may have exercises. One is a step with `[[exercise.variant]]`s: the seed of a student picks one of them, and
//! `{=name}` in the words of the exercise is what stands under that name in the variant.
//!
//! ```toml
//! [[exercise]]
//! title = "Tie"
//! state = ["lens smoother", "move query 1 {=tie} 0"]
//! ask = { question = "Keys {=a} and {=b}. Where does the smoother tie?", guess.number = { read = "x of query 1", from = 0, to = 5 } }
//!
//! [[exercise.variant]]
//! with = { a = "1", b = "3", tie = "2" }
//! cloud = { keys = [[1.0, 0.0], [3.0, 0.0]] }
//! ```
//!
//! A key that a cloud has many times is written once: `cloud = { keys = [[3.0, 0.0], [0.0, 0.0]], times = [1, 1024] }`.
//!
//! `text` and `notes` are the Markdown of the explanations: `$TeX|plain$`, and `{name}` for a number of the readouts. What the
//! words of `state` mean, and whether the lab has such a number, only the lab knows.

mod exercise;
#[cfg(feature = "text")]
mod file;
#[cfg(feature = "text")]
mod handout;
#[cfg(feature = "text")]
mod html;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "text")]
pub use file::{LessonError, read, write};
#[cfg(feature = "text")]
pub use handout::{Fill, handout};
#[cfg(feature = "text")]
pub use html::{Compiled, compile, texts};

/// Most steps of a lesson.
pub const MOST_STEPS: usize = 100;
/// Most variants of an exercise.
pub const MOST_VARIANTS: usize = 64;
/// Most characters of a text or of notes.
pub const MOST_TEXT: usize = 8_000;
/// Most characters of a title, a claim, a word.
pub const MOST_LINE: usize = 300;
/// Most words of a state, answers of a question, and numbers of a step.
pub const MOST_WORDS: usize = 400;
/// Most tokens of a role in a cloud, and most coordinates of one.
pub const MOST_TOKENS: usize = 256;
/// Most keys of a cloud, repeated ones counted each time.
pub const MOST_KEYS: u32 = 1025;

/// A lesson.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Its title.
    pub title: String,
    /// What a student can say afterwards.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub aim: String,
    /// Its steps, at least one.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// Exercises: steps with variants.
    #[serde(default, rename = "exercise", skip_serializing_if = "Vec::is_empty")]
    pub exercises: Vec<Step>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is called.
    pub title: String,
    /// The sentence that it is there for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub claim: String,
    /// What kind of statement it makes.
    #[serde(default)]
    pub status: Status,
    /// How long it takes in a hall.
    #[serde(default = "three")]
    pub minutes: u16,
    /// The lab: a link first, or none, and then commands in their order.
    pub state: Vec<String>,
    /// A cloud of its own, in place of that of a preset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<Cloud>,
    /// Up to three sentences for the wall of a hall; `*x*` is a symbol.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub wall: String,
    /// What is said beside the picture, Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// For the lecturer, Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// What cannot be changed in this step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locked: Vec<Control>,
    /// What is guessed before it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Question>,
    /// Numbers that must hold.
    #[serde(default, rename = "holds", skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Holds>,
    /// Of an exercise, and of that only: what the seed picks from.
    #[serde(default, rename = "variant", skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

fn three() -> u16 {
    3
}

/// What an exercise is for one student.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What stands in the place of `{=name}`, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
    /// A cloud of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<Cloud>,
    /// How one guesses, where it is not the same in all variants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guess: Option<Guess>,
    /// Numbers that must hold in this variant too.
    #[serde(default, rename = "holds", skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Holds>,
}

/// What kind of statement a step makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// An identity, a theorem, a closed form.
    #[default]
    Exact,
    /// A choice of the model, shown as a switch.
    Choice,
    /// The outcome of an iteration or of real heads: true of this state and no more.
    Measured,
    /// A claim with evidence on both sides.
    Disputed,
}

/// What a step can lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Control {
    /// The choice of the lens.
    Lens,
    /// The cloud, its heads and its reset.
    Cloud,
    /// Keys, their values and targets.
    Keys,
    /// Queries and which of them asks.
    Query,
    /// The tools that add, erase and make noise.
    Tools,
    /// The temperature.
    Temperature,
    /// The choices of the lens.
    Choices,
}

/// Coordinates, one row a token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cloud {
    /// Keys.
    pub keys: Vec<Vec<f64>>,
    /// Queries; none are the keys themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<Vec<f64>>,
    /// Values; none are the keys themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Vec<f64>>,
    /// Values of the layer before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_prev: Vec<Vec<f64>>,
    /// How often each key is there, with its value, from 1 on and at most [`MOST_KEYS`] together; none are there once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<i64>,
}

impl Cloud {
    /// The same cloud with every key and every value in a row of its own.
    #[must_use]
    pub fn written_out(&self) -> Self {
        let out = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
            let times = self.times.iter().copied().chain(std::iter::repeat(1));
            let of = |(row, times): (&Vec<f64>, i64)| vec![row.clone(); usize::try_from(times).unwrap_or(0)];
            std::iter::zip(rows, times).flat_map(of).collect()
        };
        Self {
            keys: out(&self.keys),
            queries: self.queries.clone(),
            values: out(&self.values),
            values_prev: out(&self.values_prev),
            times: Vec::new(),
        }
    }
}

/// What is guessed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    pub question: String,
    /// How one guesses.
    pub guess: Guess,
    /// What is done when it is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Answers to expect, with the reason, for the lecturer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<String>,
}

/// How one guesses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Guess {
    /// A line through the middle of the board is turned; the truth is an angle in degrees.
    Axis {
        /// The number that is the truth.
        read: String,
    },
    /// Tops of bars are dragged; the truth is a number for each.
    Row {
        /// The numbers that are the truth.
        read: Vec<String>,
    },
    /// Two half axes of an ellipse along the coordinates are dragged.
    Ellipse {
        /// The numbers that are the truth, along the first and the second coordinate.
        read: [String; 2],
        /// Where its middle is.
        #[serde(default)]
        at: [f64; 2],
    },
    /// A mark is dragged along a scale.
    Number {
        /// The number that is the truth.
        read: String,
        /// Ends of the scale.
        from: f64,
        /// Ends of the scale.
        to: f64,
    },
    /// One of some answers is chosen.
    Choice {
        /// The answers.
        options: Vec<String>,
        /// The right one, from 0.
        right: usize,
    },
}

/// Numbers that must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    /// What is done before they are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Another cloud for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<Cloud>,
    /// What they are.
    pub numbers: Vec<Stated>,
}

/// A number that must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// The name of the readout; or after `=` a formula of numbers, whose names stand in braces, as in
    /// `= 9 * {weight of key 1}`.
    pub read: String,
    /// What it is.
    pub is: f64,
    /// How far it may be off.
    pub within: f64,
    /// The name under which formulae that follow in the same step know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// Which field of the lesson's reference it is, as in `weights[0]` or `thresholds.printed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
