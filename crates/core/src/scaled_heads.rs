//! Attention-SH, scaled heads (Nguyen, Nguyen, Ho, Bertozzi, Baraniuk and Osher 2023, arXiv
//! 2406.13781, Definition 2, Eqn 25): each head attends to keys and values that are averaged along
//! the sequence by a factor of its own.
//!
//! The paper averages the tokens before the projection; a mean commutes with an affine map, so the
//! means of the projected keys are the same. What it leaves open, a last block that is not full and
//! the class token, are choices here.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use nalgebra::DMatrix;

use crate::error::{Bound, Error, check_finite, entries};
use crate::head::Head;
use crate::moments::mean;

/// What becomes of the last tokens when they do not fill a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remainder {
    /// They make a block of fewer tokens.
    Short,
    /// They are left out.
    Drop,
}

impl Remainder {
    /// Both choices, in the order in which they are listed to people.
    pub const ALL: [Self; 2] = [Self::Short, Self::Drop];

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Drop => "drop",
        }
    }
}

impl fmt::Display for Remainder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Remainder {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|remainder| remainder.name() == name)
            .ok_or_else(|| Error::UnknownChoice {
                what: "remainder",
                name: name.to_owned(),
                choices: "short and drop",
            })
    }
}

/// What becomes of the first token where it stands for the whole sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClassToken {
    /// It is averaged like any other.
    Pooled,
    /// It stays a key of its own, and the blocks begin after it.
    Apart,
}

impl ClassToken {
    /// Both choices, in the order in which they are listed to people.
    pub const ALL: [Self; 2] = [Self::Pooled, Self::Apart];

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pooled => "pooled",
            Self::Apart => "apart",
        }
    }
}

impl fmt::Display for ClassToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ClassToken {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|class_token| class_token.name() == name)
            .ok_or_else(|| Error::UnknownChoice {
                what: "class token",
                name: name.to_owned(),
                choices: "pooled and apart",
            })
    }
}

/// How a head averages its keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pooling {
    /// `s`, how many tokens make a coarse one, from 1 (nothing is averaged) to N.
    pub factor: usize,
    /// What becomes of a last block that is not full.
    pub remainder: Remainder,
    /// What becomes of the first token.
    pub class_token: ClassToken,
}

impl Pooling {
    /// Which of `n` tokens make each coarse token, in order: at least one block, none empty.
    ///
    /// # Errors
    /// [`Error::NoTokens`] for `n = 0`; [`Error::OutOfBounds`] unless the factor is from 1 to `n`.
    pub fn blocks(&self, n: usize) -> Result<Vec<Range<usize>>, Error> {
        if n == 0 {
            return Err(Error::NoTokens { what: "tokens" });
        }
        check_factor(self.factor, n)?;
        let apart = match self.class_token {
            ClassToken::Pooled => 0,
            ClassToken::Apart => 1,
        };
        let block = |start: usize| start..n.min(start.saturating_add(self.factor));
        let pooled = (apart..n).step_by(self.factor).map(block);
        let pooled = pooled.filter(|block| self.remainder == Remainder::Short || block.len() == self.factor);
        let blocks = (0..apart).map(|token| token..token + 1).chain(pooled).collect();
        Ok(blocks)
    }

    /// The mean of each block of rows: as many rows as there are blocks. Factor 1 gives the rows back.
    ///
    /// # Errors
    /// As [`Pooling::blocks`], [`Error::NotFinite`].
    pub fn pool(&self, rows: &DMatrix<f64>) -> Result<DMatrix<f64>, Error> {
        let blocks = self.blocks(rows.nrows())?;
        check_finite("token", entries(rows))?;
        let mut pooled = DMatrix::zeros(blocks.len(), rows.ncols());
        for (mut coarse, fine) in pooled.column_iter_mut().zip(rows.column_iter()) {
            for (slot, block) in coarse.iter_mut().zip(&blocks) {
                *slot = mean(fine.rows_range(block.clone()).iter().copied());
            }
        }
        Ok(pooled)
    }

    /// The head with averaged keys and values; the queries stay. Softmax attention of it is a head of
    /// Attention-SH.
    ///
    /// # Errors
    /// As [`Pooling::blocks`].
    pub fn head(&self, head: &Head) -> Result<Head, Error> {
        Head::new(
            head.queries().clone(),
            self.pool(head.keys())?,
            self.pool(head.values())?,
        )
    }
}

fn check_factor(factor: usize, n: usize) -> Result<(), Error> {
    if (1..=n).contains(&factor) {
        return Ok(());
    }
    Err(Error::OutOfBounds {
        what: "the factor",
        value: factor as f64,
        bound: Bound::OneTo(n),
    })
}

/// Multiplications with an addition in a layer of N tokens, width d and a feed-forward part of width
/// F, whose heads have these factors: `N d² (2 + 2r̄) + 2 N² d r̄ + 2 N d F`, r̄ as in [`mean_share`].
/// A head of factor s is counted with `N/s` coarse tokens, whole or not.
///
/// # Errors
/// [`Error::NoTokens`] without a factor; [`Error::OutOfBounds`] when `tokens` or `width` is 0, or a
/// factor is not from 1 to `tokens`.
pub fn attention_cost(tokens: usize, width: usize, feed_forward: usize, factors: &[usize]) -> Result<f64, Error> {
    for (what, value) in [("the number of tokens", tokens), ("the width", width)] {
        if value == 0 {
            return Err(at_least_one(what));
        }
    }
    factors.iter().try_for_each(|&factor| check_factor(factor, tokens))?;
    let share = mean_share(factors)?;
    let [n, d, f] = [tokens, width, feed_forward].map(|count| count as f64);
    Ok(n * d * d * (2.0 + 2.0 * share) + 2.0 * n * n * d * share + 2.0 * n * d * f)
}

/// `r̄`, the mean of `1/s` over the factors s: the share of keys and values that is left, and the
/// limit of the cost over that of plain heads as the sequence grows.
///
/// # Errors
/// [`Error::NoTokens`] without a factor, [`Error::OutOfBounds`] for a factor of 0.
pub fn mean_share(factors: &[usize]) -> Result<f64, Error> {
    if factors.is_empty() {
        return Err(Error::NoTokens { what: "factors" });
    }
    if factors.contains(&0) {
        return Err(at_least_one("the factor"));
    }
    Ok(mean(factors.iter().map(|&factor| 1.0 / factor as f64)))
}

fn at_least_one(what: &'static str) -> Error {
    Error::OutOfBounds {
        what,
        value: 0.0,
        bound: Bound::AtLeast(1),
    }
}
