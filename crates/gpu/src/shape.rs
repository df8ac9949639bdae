//! How large a task is, and how its numbers are stored.

use std::fmt;
use std::str::FromStr;

use eigenlens_core::{Bound, Error as CoreError};

use crate::error::{Error, Place};

/// The numbers of dimensions that kernels are made for.
pub const DIMS: [usize; 4] = [16, 32, 64, 128];

/// `[B, H, N, D]`: batches, heads of each, tokens of each, dimensions of each; keys and values have it, and queries
/// too unless there are more or fewer of them than keys. At least one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    batch: usize,
    heads: usize,
    queries: usize,
    keys: usize,
    dim: usize,
}

impl Shape {
    /// As many queries as keys.
    ///
    /// # Errors
    /// [`eigenlens_core::Error::OutOfBounds`] when one of the four is 0, and when the tensors have more entries than
    /// this machine can count.
    pub fn new(batch: usize, heads: usize, tokens: usize, dim: usize) -> Result<Self, Error> {
        Self::with_queries(batch, heads, tokens, tokens, dim)
    }

    /// `queries` that are not as many as the `keys`.
    ///
    /// # Errors
    /// As [`Shape::new`].
    pub fn with_queries(batch: usize, heads: usize, queries: usize, keys: usize, dim: usize) -> Result<Self, Error> {
        let counts = [
            ("the number of batches", batch),
            ("the number of heads", heads),
            ("the number of queries", queries),
            ("the number of keys", keys),
            ("D", dim),
        ];
        if let Some((what, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(out_of_bounds(what, 0.0, Bound::AtLeast(1)));
        }
        let largest = [batch, heads, queries.max(keys), dim, size_of::<f32>()];
        let bytes = largest
            .iter()
            .try_fold(1_usize, |product, count| product.checked_mul(*count));
        if bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
            let entries = largest[..4].iter().map(|&count| count as f64).product();
            return Err(out_of_bounds(
                "the number of entries of a tensor",
                entries,
                Bound::Memory,
            ));
        }
        Ok(Self {
            batch,
            heads,
            queries,
            keys,
            dim,
        })
    }

    /// B.
    pub fn batch(self) -> usize {
        self.batch
    }

    /// H, of one batch.
    pub fn heads(self) -> usize {
        self.heads
    }

    /// B·H: heads of all batches, one after the other in every tensor.
    pub fn all_heads(self) -> usize {
        self.batch * self.heads
    }

    /// `N_q`.
    pub fn queries(self) -> usize {
        self.queries
    }

    /// N.
    pub fn keys(self) -> usize {
        self.keys
    }

    /// D.
    pub fn dim(self) -> usize {
        self.dim
    }

    /// Entries of the queries, and of the output: `B·H·N_q·D`.
    pub fn query_len(self) -> usize {
        self.all_heads() * self.queries * self.dim
    }

    /// Entries of the keys, and of the values: `B·H·N·D`.
    pub fn key_len(self) -> usize {
        self.all_heads() * self.keys * self.dim
    }

    /// Floating-point operations of one pass, a multiplication and an addition being two: `4·B·H·N_q·N·D`, and half of
    /// that where nobody looks ahead.
    pub fn operations(self, causal: bool) -> f64 {
        let all = [self.all_heads(), self.queries, self.keys, self.dim];
        let all: f64 = all.into_iter().map(|count| count as f64).product();
        4.0 * all * if causal { 0.5 } else { 1.0 }
    }

    /// Bytes of the score matrices `[B, H, N_q, N]` in numbers of 4 bytes, which no kernel of this crate ever holds.
    pub fn score_bytes(self) -> u128 {
        let counts = [self.all_heads(), self.queries, self.keys, size_of::<f32>()];
        counts.into_iter().map(|count| count as u128).product()
    }

    /// The shape of the queries and of the output, as [`Shape`] is shown.
    pub(crate) fn of_queries(self) -> Self {
        Self {
            keys: self.queries,
            ..self
        }
    }

    /// Where entry `index` of the queries or of the output is.
    #[cfg(feature = "device")]
    pub(crate) fn query_place(self, index: usize) -> Place {
        self.place(index, self.queries)
    }

    /// Where entry `index` of the keys or of the values is.
    pub(crate) fn key_place(self, index: usize) -> Place {
        self.place(index, self.keys)
    }

    fn place(self, index: usize, tokens: usize) -> Place {
        let (row, column) = (index / self.dim, index % self.dim);
        let (head, token) = (row / tokens, row % tokens);
        Place {
            batch: head / self.heads,
            head: head % self.heads,
            token,
            column,
        }
    }
}

/// The shape of the keys.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            batch,
            heads,
            keys,
            dim,
            ..
        } = self;
        write!(f, "[{batch}, {heads}, {keys}, {dim}]")
    }
}

fn out_of_bounds(what: &'static str, value: f64, bound: Bound) -> Error {
    CoreError::OutOfBounds { what, value, bound }.into()
}

/// How tensors are stored; sums are f32 in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 16 bits.
    F16,
}

impl Precision {
    /// Both, in the order in which they are listed to people.
    pub const ALL: [Self; 2] = [Self::F32, Self::F16];

    /// The name, in lower case; also that of the WGSL type.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
        }
    }

    /// Bytes of a number.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == name)
            .ok_or_else(|| {
                CoreError::UnknownChoice {
                    what: "precision",
                    name: name.to_owned(),
                    choices: "f32 and f16",
                }
                .into()
            })
    }
}
