//! What can be wrong with a figure.

/// Why a figure is not drawn. Each message names the value and the bound, and is one line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no figure in JSON.
    #[error("the figure at line {line}, column {column}: {what}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong, in the words of the reader of JSON.
        what: String,
    },
    /// A number that is none, or too large to be drawn.
    #[error("{what} is {value}: a figure takes numbers from \u{2212}{bound:e} to {bound:e}")]
    Number {
        /// Which number.
        what: &'static str,
        /// The number.
        value: f64,
        /// The largest size that is drawn.
        bound: f64,
    },
    /// A number outside its range.
    #[error("{what} is {value}: expected {least} to {most}")]
    Range {
        /// Which number.
        what: &'static str,
        /// The number.
        value: f64,
        /// The least that is allowed.
        least: f64,
        /// The most that is allowed.
        most: f64,
    },
    /// A side of the plane that has no width in 64 bits.
    #[error("the {axis} axis goes from {from} to {to}: expected a width of at least {least:e}")]
    Width {
        /// The axis.
        axis: &'static str,
        /// Where it begins.
        from: f64,
        /// Where it ends.
        to: f64,
        /// The least width that is drawn.
        least: f64,
    },
    /// A list that is too short, too long, or does not go with another.
    #[error("{what}: there are {count}, expected {expected}")]
    Count {
        /// Which list.
        what: &'static str,
        /// Its length.
        count: usize,
        /// What is expected, in words.
        expected: String,
    },
    /// A step between levels that would give more bands than can be told apart.
    #[error("the step of the levels is {step}, the largest score {largest}: expected at most {bound} bands a side")]
    Step {
        /// The step.
        step: f64,
        /// The largest size of a score.
        largest: f64,
        /// The most bands of one sign.
        bound: usize,
    },
    /// The backend does not draw.
    #[error("the figure was not drawn: {0}")]
    Backend(String),
}
