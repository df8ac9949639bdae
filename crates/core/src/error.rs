//! What can be wrong with an input. Every message names the value and the bound, and counts tokens
//! from 1, as people do; the fields count from 0, as code does.

use std::fmt;

/// The largest finite `f64`, for messages.
const LARGEST: &str = "1.8e308";

/// Why a computation has no answer. No function of this crate panics or returns NaN or infinity: it
/// returns one of these.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// An entry of an input is NaN or infinite.
    #[error("{what} {}, entry {} is {}; every entry must be a finite number", row + 1, column + 1, Number(*value))]
    NotFinite {
        /// What the row is, in the singular: "key", "query", "metric row".
        what: &'static str,
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// NaN or ±infinity.
        value: f64,
    },
    /// Two inputs do not fit together.
    #[error("{what} is {has}, but must be {needs}")]
    ShapeMismatch {
        /// Which length, with its article: "the number of dimensions of the keys".
        what: &'static str,
        /// The length that was given.
        has: usize,
        /// The length that would fit.
        needs: usize,
    },
    /// There is nothing to attend to, or nobody who asks.
    #[error("there are no {what}; at least 1 is needed")]
    NoTokens {
        /// What is missing, in the plural.
        what: &'static str,
    },
    /// Tokens without a single coordinate.
    #[error("the {what} have 0 dimensions; at least 1 is needed")]
    NoDimensions {
        /// Which tokens, in the plural.
        what: &'static str,
    },
    /// A number outside its range.
    #[error("{what} is {}, but must be {bound}", Number(*value))]
    OutOfBounds {
        /// Which number, with its article: "the temperature".
        what: &'static str,
        /// The number that was given; an index is counted from 1.
        value: f64,
        /// Its range.
        bound: Bound,
    },
    /// The inputs are finite, but a result is not.
    #[error("{what} (row {}, column {}) is beyond ±{LARGEST}, the range of 64-bit numbers", row + 1, column + 1)]
    Overflow {
        /// Which result: "the logit of query and key".
        what: &'static str,
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
    },
    /// The formula has no meaning for this input.
    #[error("{what} is not defined: it needs {needs}, and there is {has}")]
    NotDefined {
        /// What is not defined, with its article.
        what: &'static str,
        /// What the formula needs.
        needs: String,
        /// What was given.
        has: String,
    },
    /// More principal axes than there are.
    #[error("{asked} axes are more than the keys have: their numerical rank in feature space is {rank}")]
    TooManyAxes {
        /// How many axes were asked for.
        asked: usize,
        /// How many there are, at least 1.
        rank: usize,
    },
    /// A name that stands for no mechanism.
    #[error(
        "unknown mechanism \"{name}\"; the mechanisms are softmax, smoother, kernel-pca, rpc, elliptical, bn and sh"
    )]
    UnknownMechanism {
        /// The name that was given.
        name: String,
    },
    /// A name that stands for no form of RPC-Attention.
    #[error("unknown form \"{name}\" of RPC-Attention; the forms are printed, released and lagrangian")]
    UnknownRpcForm {
        /// The name that was given.
        name: String,
    },
    /// A name that stands for none of the choices.
    #[error("unknown {what} \"{name}\"; the choices are {choices}")]
    UnknownChoice {
        /// What is chosen, without an article: "form of Attention-BN".
        what: &'static str,
        /// The name that was given.
        name: String,
        /// The names there are: "recentred and full".
        choices: &'static str,
    },
}

/// The range of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Finite and greater than 0.
    Positive,
    /// Finite.
    Finite,
    /// Finite and not below 0.
    NotNegative,
    /// No more than the memory holds.
    Memory,
    /// This number or more.
    AtLeast(usize),
    /// This number or less.
    AtMost(usize),
    /// From 1 to this number, both included: a token counted from 1.
    OneTo(usize),
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Positive => f.write_str("a finite number greater than 0"),
            Self::Finite => f.write_str("a finite number"),
            Self::NotNegative => f.write_str("a finite number, 0 or greater"),
            Self::Memory => f.write_str("few enough for the memory"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::OneTo(last) => write!(f, "from 1 to {last}"),
        }
    }
}

/// Shows a number in a sentence: names for what is no number, powers of ten instead of three
/// hundred digits.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        let size = value.abs();
        if value.is_nan() {
            f.write_str("NaN")
        } else if value.is_infinite() {
            f.write_str(if value > 0.0 { "infinity" } else { "minus infinity" })
        } else if size != 0.0 && !(1e-4..1e15).contains(&size) {
            write!(f, "{value:e}")
        } else {
            write!(f, "{value}")
        }
    }
}

/// Equal when every field is, where NaN equals NaN: a derived equality would say that an error
/// about NaN differs from itself.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        /// The fields that are not numbers, and the number's bits.
        fn parts(error: &Error) -> (u8, &str, [usize; 2], u64, Option<Bound>, [&str; 2]) {
            match error {
                Error::NotFinite {
                    what,
                    row,
                    column,
                    value,
                } => (0, what, [*row, *column], value.to_bits(), None, [""; 2]),
                Error::ShapeMismatch { what, has, needs } => (1, what, [*has, *needs], 0, None, [""; 2]),
                Error::NoTokens { what } => (2, what, [0; 2], 0, None, [""; 2]),
                Error::NoDimensions { what } => (3, what, [0; 2], 0, None, [""; 2]),
                Error::OutOfBounds { what, value, bound } => (4, what, [0; 2], value.to_bits(), Some(*bound), [""; 2]),
                Error::Overflow { what, row, column } => (5, what, [*row, *column], 0, None, [""; 2]),
                Error::NotDefined { what, needs, has } => (6, what, [0; 2], 0, None, [needs, has]),
                Error::UnknownMechanism { name } => (7, name, [0; 2], 0, None, [""; 2]),
                Error::UnknownRpcForm { name } => (9, name, [0; 2], 0, None, [""; 2]),
                Error::UnknownChoice { what, name, choices } => (10, what, [0; 2], 0, None, [name, choices]),
                Error::TooManyAxes { asked, rank } => (8, "", [*asked, *rank], 0, None, [""; 2]),
            }
        }
        parts(self) == parts(other)
    }
}

/// Checks that every entry is finite; `entries` runs over (row, column, value).
pub(crate) fn check_finite(
    what: &'static str,
    entries: impl IntoIterator<Item = (usize, usize, f64)>,
) -> Result<(), Error> {
    match entries.into_iter().find(|(_, _, value)| !value.is_finite()) {
        None => Ok(()),
        Some((row, column, value)) => Err(Error::NotFinite {
            what,
            row,
            column,
            value,
        }),
    }
}

/// The entries of a matrix with their row and column, column by column.
pub(crate) fn entries(matrix: &nalgebra::DMatrix<f64>) -> impl Iterator<Item = (usize, usize, f64)> + Clone {
    let rows = matrix.nrows().max(1);
    matrix
        .iter()
        .enumerate()
        .map(move |(at, &value)| (at % rows, at / rows, value))
}

/// Checks that a length is the one needed.
pub(crate) fn check_length(what: &'static str, has: usize, needs: usize) -> Result<(), Error> {
    if has == needs {
        Ok(())
    } else {
        Err(Error::ShapeMismatch { what, has, needs })
    }
}

/// Checks that a temperature is finite and greater than 0.
pub(crate) fn check_temperature(value: f64) -> Result<(), Error> {
    check_positive("the temperature", value)
}

/// Checks that a number is finite and greater than 0.
pub(crate) fn check_positive(what: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(Error::OutOfBounds {
            what,
            value,
            bound: Bound::Positive,
        })
    }
}
