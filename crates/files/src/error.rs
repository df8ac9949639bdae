//! What can be wrong with a file, and where.

use std::fmt;

use crate::Format;

/// Where in a file something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An offset in bytes from the beginning of the file (of the entry, in an archive).
    Byte(u64),
    /// A line and a column of text, both from 1.
    Line {
        /// The line, from 1.
        line: u64,
        /// The column: of characters in JSON, of cells in CSV; from 1.
        column: u64,
    },
    /// An element of a tensor, or a row of one.
    Element(Index),
}

/// The place of an element, or, with fewer indices than axes, of a row, in a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// One index per axis, from 0.
    pub along: Vec<usize>,
    /// The number of axes.
    pub rank: usize,
}

impl fmt::Display for Index {
    /// Counts from 1, as people do: "row 2, column 1".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: &[&str] = match self.rank {
            0 | 1 => &["entry"],
            2 => &["row", "column"],
            3 => &["head", "row", "column"],
            _ => &["layer", "head", "row", "column"],
        };
        for (place, index) in self.along.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{} {}", words.get(place).unwrap_or(&"entry"), index + 1)?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(at) => write!(f, "at byte {at}"),
            Self::Line { line, column } => write!(f, "at line {line}, column {column}"),
            Self::Element(index) if index.along.is_empty() => Ok(()),
            Self::Element(index) => write!(f, "at {index}"),
        }
    }
}

/// Why a file cannot be read or written. Each message names the value and the bound, and is one line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name ends in no extension that is known.
    #[error("`{name}` has no known extension: known are {}", Format::list())]
    UnknownExtension {
        /// The name of the file.
        name: String,
    },
    /// The file has no bytes.
    #[error("the file is empty: expected {format}, found 0 bytes")]
    EmptyFile {
        /// What the extension says.
        format: Format,
    },
    /// The content is not what the extension says.
    #[error("the extension says {format}, but the content is {found}")]
    WrongContent {
        /// What the extension says.
        format: Format,
        /// What the first bytes say.
        found: String,
    },
    /// The file breaks a rule of its format.
    #[error("{what}{}{place}: expected {expected}, found {found}", gap(.place))]
    Malformed {
        /// The part of the file, for instance ``tensor `key` ``.
        what: String,
        /// Where the part breaks the rule.
        place: Place,
        /// What the format asks for.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A declared or unpacked size is beyond what is read.
    #[error("{what} has {value} bytes: the bound is {bound}")]
    TooLarge {
        /// The part of the file.
        what: String,
        /// Its size in bytes; the first size known to be too large where the whole is unknown.
        value: u64,
        /// The largest size in bytes that is read.
        bound: u64,
    },
    /// The number of elements that a shape asks for does not fit an address.
    #[error("tensor `{tensor}` has the shape {shape:?}: its size overflows")]
    ShapeOverflow {
        /// The name of the tensor.
        tensor: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A tensor with an axis of length 0.
    #[error("tensor `{tensor}` has no elements: its shape is {shape:?}")]
    NoElements {
        /// The name of the tensor.
        tensor: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A shape that does not suit.
    #[error("tensor `{tensor}` has the shape {found:?}: expected {expected}")]
    Shape {
        /// The name of the tensor.
        tensor: String,
        /// The shape that is needed.
        expected: String,
        /// The shape that it has.
        found: Vec<usize>,
    },
    /// Elements of a type that is not read.
    #[error("tensor `{tensor}` has elements of type {found}: known are f16, bf16, f32, f64 and integers up to 64 bits")]
    ElementType {
        /// The name of the tensor.
        tensor: String,
        /// Its type of elements, as the file calls it.
        found: String,
    },
    /// An integer that no f64 equals.
    #[error("tensor `{tensor}` at {index}: the integer {value} is not exact in 64-bit floating point")]
    Inexact {
        /// The name of the tensor.
        tensor: String,
        /// The element.
        index: Index,
        /// The integer.
        value: i128,
    },
    /// A NaN or an infinity.
    #[error("tensor `{tensor}` at {index}: expected a finite number, found {value}")]
    NotFinite {
        /// The name of the tensor.
        tensor: String,
        /// The element.
        index: Index,
        /// The number.
        value: f64,
    },
    /// A tensor that is needed is not there.
    #[error("tensor `{name}` is missing: {}", listed(.there))]
    Missing {
        /// The name of the tensor.
        name: String,
        /// The names of those that are there.
        there: Vec<String>,
    },
    /// The same name twice.
    #[error("the name `{name}` is there more than once")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// The number of labels is not the number of keys.
    #[error("there are {labels} labels for {keys} keys")]
    Labels {
        /// The number of labels.
        labels: usize,
        /// The number of keys.
        keys: usize,
    },
    /// What is to be written does not fit the format.
    #[error("{format} cannot hold it: {why}")]
    CannotHold {
        /// The format that was asked for.
        format: Format,
        /// The reason, with the value and the bound.
        why: String,
    },
    /// The mathematics refuses the numbers of one head.
    #[error("head {}: {source}", head + 1)]
    Head {
        /// The head, from 0.
        head: usize,
        /// What is wrong with it.
        source: eigenlens_core::Error,
    },
    /// The mathematics refuses the cloud.
    #[error(transparent)]
    Core(#[from] eigenlens_core::Error),
}

/// What stands between a part of a file and a place in it: nothing where the place is the whole part.
fn gap(place: &Place) -> &'static str {
    match place {
        Place::Element(index) if index.along.is_empty() => "",
        _ => " ",
    }
}

/// The names that are there, at most a dozen of them, as the end of a sentence.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match (shown.is_empty(), names.len() - shown.len()) {
        (true, _) => "there are no tensors".to_owned(),
        (false, 0) => format!("there are {}", shown.join(", ")),
        (false, more) => format!("there are {} and {more} more", shown.join(", ")),
    }
}
