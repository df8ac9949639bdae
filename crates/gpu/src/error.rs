//! Why there is no result. Every message names the value and the bound; tokens, heads and batches are counted from 1,
//! as people do, and the fields from 0.

use std::fmt;

use crate::shape::DIMS;

/// What can be wrong with a task, its tensors, the device, or the run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No adapter answers.
    #[error("no GPU: {reason}")]
    NoAdapter {
        /// What the system or the browser says.
        reason: String,
    },
    /// The adapter opens no device.
    #[error("{adapter} opens no device: {reason}")]
    NoDevice {
        /// Its name.
        adapter: String,
        /// What it says.
        reason: String,
    },
    /// The adapter lacks what the precision needs.
    #[error("{adapter} has no 16-bit floats in shaders; f16 needs them")]
    NoF16 {
        /// Its name.
        adapter: String,
    },
    /// A number of dimensions that no kernel is made for.
    #[error("D = {dim} is not supported on the GPU; the kernels are made for D = {}", Dims)]
    Dim {
        /// The number of dimensions.
        dim: usize,
    },
    /// A task that there is no kernel for.
    #[error("{what}")]
    Unsupported {
        /// What, and why not, as a sentence.
        what: &'static str,
    },
    /// A tensor has the wrong length.
    #[error("tensor {what} has {has} entries, but its shape {shape} needs {needs}")]
    Length {
        /// Which: "query".
        what: &'static str,
        /// How many entries it has.
        has: usize,
        /// How many it must have.
        needs: usize,
        /// The shape, written out.
        shape: String,
    },
    /// An entry is NaN, infinite, or too large for the precision.
    #[error("{what}, {place}, is {}; {bound}", Number(*value))]
    Entry {
        /// Which tensor, in the singular: "query".
        what: &'static str,
        /// Where.
        place: Place,
        /// The entry.
        value: f32,
        /// What it must be.
        bound: EntryBound,
    },
    /// More than the device has.
    #[error("{what} needs {} GB, and {holder} has {} GB", Gigabytes(*needs, *has), Gigabytes(*has, *needs))]
    TooLarge {
        /// What: "the shape", "a tensor".
        what: &'static str,
        /// Bytes.
        needs: u128,
        /// Bytes.
        has: u128,
        /// Who has them.
        holder: String,
    },
    /// Something in the device's limits other than memory is too small.
    #[error("{adapter}: {what} is {has}, and {needs} are needed")]
    Limit {
        /// Its name.
        adapter: String,
        /// Which limit.
        what: &'static str,
        /// Its value.
        has: u64,
        /// What the kernel needs.
        needs: u64,
    },
    /// The device was lost; the app goes on, and may open another.
    #[error("the GPU was lost: {reason}")]
    Lost {
        /// What the driver says.
        reason: String,
    },
    /// A kernel does not compile, or a call was refused: an error of this program, which it reports and survives.
    #[error("the GPU refused {what}: {reason}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// What the driver says.
        reason: String,
    },
    /// Inputs are finite, but a result is not.
    #[error("the output, {place}, is beyond the range of {precision} numbers")]
    Overflow {
        /// Where.
        place: Place,
        /// The precision.
        precision: crate::Precision,
    },
    /// Someone asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// What the mathematics refuses.
    #[error("{}{source}", OfHead(*head))]
    Mathematics {
        /// In which of the B·H heads, where it is one.
        head: Option<usize>,
        /// Why.
        source: eigenlens_core::Error,
    },
}

impl From<eigenlens_core::Error> for Error {
    fn from(source: eigenlens_core::Error) -> Self {
        Self::Mathematics { head: None, source }
    }
}

/// Makes what the mathematics says an error of one head.
pub(crate) fn of_head(head: usize) -> impl Fn(eigenlens_core::Error) -> Error {
    move |source| Error::Mathematics {
        head: Some(head),
        source,
    }
}

/// An entry of a tensor `[B, H, N, D]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Of B, from 0.
    pub batch: usize,
    /// Of H, from 0.
    pub head: usize,
    /// Of N, from 0.
    pub token: usize,
    /// Of D, from 0.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "batch {}, head {}, token {}, entry {}",
            self.batch + 1,
            self.head + 1,
            self.token + 1,
            self.column + 1
        )
    }
}

/// What an entry must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryBound {
    /// Finite.
    Finite,
    /// Within the range of f16.
    F16,
}

impl fmt::Display for EntryBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite => f.write_str("every entry must be a finite 32-bit number"),
            Self::F16 => f.write_str("f16 holds numbers from −65504 to 65504"),
        }
    }
}

struct Dims;

impl fmt::Display for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first @ .., last] = DIMS;
        for dim in first {
            write!(f, "{dim}, ")?;
        }
        write!(f, "{last}")
    }
}

/// The first number of bytes, in as many digits as tell it from the second.
struct Gigabytes(u128, u128);

impl fmt::Display for Gigabytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        let [of, beside] = [self.0, self.1].map(|bytes| bytes as f64 / 1e9);
        // Two digits that mean something, however little it is; nine tell bytes apart.
        let decimals = (1.0 - of.log10().floor()).clamp(0.0, 9.0) as usize;
        let apart = |&decimals: &usize| format!("{of:.decimals$}") != format!("{beside:.decimals$}");
        let decimals = (decimals..=9).find(apart).unwrap_or(decimals);
        write!(f, "{of:.decimals$}")
    }
}

/// An entry in a sentence: names for what is no number, powers of ten instead of many digits.
struct Number(f32);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if value.is_infinite() {
            f.write_str(if value > 0.0 { "infinity" } else { "minus infinity" })
        } else if value.abs() >= 1e9 {
            write!(f, "{value:e}")
        } else {
            write!(f, "{value}")
        }
    }
}

/// "head 3: " for the field 2, or nothing.
struct OfHead(Option<usize>);

impl fmt::Display for OfHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(head) => write!(f, "head {}: ", head + 1),
            None => Ok(()),
        }
    }
}
