//! Attention: from logits to weights to outputs. Rows are queries, columns are keys, everywhere.

use std::borrow::Borrow;
use std::iter::zip;

use nalgebra::{DMatrix, DVector};

use crate::compensated::{self, Pair};
use crate::error::{Bound, Error};
use crate::head::Head;
use crate::logits::{Family, add_combination, extremes};
use crate::scoring::Scoring;

/// What a head's queries get.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// `w_ij = exp(logit_ij) / Σ_l exp(logit_il)`, `N_q×N`; every row sums to 1.
    pub weights: DMatrix<f64>,
    /// `h_i = Σ_j w_ij v_j`, `N_q×D_v`.
    pub output: DMatrix<f64>,
    /// `log Σ_j exp(logit_ij)`, `N_q`. In the distance form the logits are `−‖q_i−k_j‖²_M/(2τ)`.
    pub log_normaliser: DVector<f64>,
}

/// What one query gets.
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionRow {
    /// `logit_j`, N entries; for [`KeyBias::Distance`](crate::KeyBias::Distance) in the distance
    /// form.
    pub logits: Vec<f64>,
    /// The softmax of the logits, N entries.
    pub weights: Vec<f64>,
    /// `Σ_j w_j v_j`, `D_v` entries.
    pub output: Vec<f64>,
    /// `log Σ_j exp(logit_j)`.
    pub log_normaliser: f64,
}

/// Attention of every query of a head.
///
/// # Errors
/// [`Error::ShapeMismatch`] when the scoring does not fit the head, [`Error::Overflow`] when a
/// logit is beyond the range of `f64`.
pub fn attend(head: &Head, scoring: &Scoring) -> Result<Attention, Error> {
    Attending::new(head, scoring.clone())?.finish()
}

/// Attention of one query: the same numbers, bit for bit, as its row of [`attend`].
///
/// # Errors
/// As [`attend`], and [`Error::OutOfBounds`] when there is no such query.
pub fn attend_row(head: &Head, scoring: &Scoring, query_index: usize) -> Result<AttentionRow, Error> {
    Attending::new(head, scoring.clone())?.row(query_index)
}

/// How far a stepper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub of: usize,
}

impl Progress {
    /// Whether nothing is left to do.
    pub fn is_finished(self) -> bool {
        self.done >= self.of
    }
}

/// Attention as a stepper, one query a step, so that a page's event loop, a thread and a test run
/// the same code.
///
/// The head is lent or shared: `Attending::new(&head, …)` or `Attending::new(Arc::new(head), …)`.
/// [`Attending::row`] also serves work that must not hold all `N_q×N` weights at once.
#[derive(Debug, Clone)]
pub struct Attending<H> {
    head: H,
    family: Family,
    /// For each coordinate of the values the least and the greatest.
    hull: Vec<[f64; 2]>,
    /// The values row by row, unlike the head's, so that a row is added to the output in one sweep.
    values: Vec<f64>,
    done: usize,
    /// Column by column, like a matrix; empty before the first step.
    weights: Vec<f64>,
    output: DMatrix<f64>,
    log_normaliser: DVector<f64>,
}

impl<H: Borrow<Head>> Attending<H> {
    /// Checks that scoring and head fit; computes no attention yet.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] when the scoring does not fit the head.
    pub fn new(head: H, scoring: Scoring) -> Result<Self, Error> {
        let tokens: &Head = head.borrow();
        let family = Family::new(tokens.keys(), scoring)?;
        let hull = extremes(tokens.values());
        let values = tokens.values().transpose().as_slice().to_vec();
        let output = DMatrix::zeros(tokens.n_queries(), tokens.value_dim());
        let log_normaliser = DVector::zeros(tokens.n_queries());
        Ok(Self {
            head,
            family,
            hull,
            values,
            done: 0,
            weights: Vec::new(),
            output,
            log_normaliser,
        })
    }

    /// The row of one query, whatever the steps have done.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] when there is no such query, [`Error::Overflow`] when a logit is
    /// beyond the range of `f64`.
    pub fn row(&self, query_index: usize) -> Result<AttentionRow, Error> {
        let head: &Head = self.head.borrow();
        let logits = self.family.row(head, query_index)?;
        Ok(attended(&logits, &self.values, &self.hull))
    }

    /// Computes the next query's row; does nothing when finished.
    ///
    /// # Errors
    /// [`Error::Overflow`] as in [`Attending::row`], again on every further call;
    /// [`Error::OutOfBounds`] when the weights need more memory than there is.
    pub fn step(&mut self) -> Result<Progress, Error> {
        let (n_queries, n_keys) = (self.head.borrow().n_queries(), self.head.borrow().n_keys());
        if self.done < n_queries {
            reserve(&mut self.weights, n_queries, n_keys)?;
            let row = self.row(self.done)?;
            for (slot, weight) in zip(self.weights.iter_mut().skip(self.done).step_by(n_queries), row.weights) {
                *slot = weight;
            }
            for (slot, entry) in zip(self.output.row_mut(self.done).iter_mut(), row.output) {
                *slot = entry;
            }
            if let Some(slot) = self.log_normaliser.get_mut(self.done) {
                *slot = row.log_normaliser;
            }
            self.done += 1;
        }
        Ok(Progress {
            done: self.done,
            of: n_queries,
        })
    }

    /// Takes the steps that are left and gives the result.
    ///
    /// # Errors
    /// As [`Attending::step`].
    pub fn finish(mut self) -> Result<Attention, Error> {
        while !self.step()?.is_finished() {}
        let (n_queries, n_keys) = (self.head.borrow().n_queries(), self.head.borrow().n_keys());
        let weights = DMatrix::from_vec(n_queries, n_keys, self.weights);
        Ok(Attention {
            weights,
            output: self.output,
            log_normaliser: self.log_normaliser,
        })
    }
}

/// Makes the memory of the weights where there is none yet, and says so when there is not enough.
pub(crate) fn reserve(weights: &mut Vec<f64>, n_queries: usize, n_keys: usize) -> Result<(), Error> {
    if weights.is_empty() {
        let too_many = || Error::OutOfBounds {
            what: "the number of weights",
            value: n_queries as f64 * n_keys as f64,
            bound: Bound::Memory,
        };
        let length = n_queries.checked_mul(n_keys).ok_or_else(too_many)?;
        weights.try_reserve_exact(length).map_err(|_| too_many())?;
        weights.resize(length, 0.0);
    }
    Ok(())
}

/// What a query gets for its logits: the values come row by row, with the least and the greatest of
/// each coordinate.
pub(crate) fn attended(logits: &[Pair], values: &[f64], hull: &[[f64; 2]]) -> AttentionRow {
    let (weights, log_normaliser) = softmax(logits);
    let mut output = vec![0.0; hull.len()];
    add_combination(&mut output, &weights, values, |value| value);
    for (entry, &[least, greatest]) in zip(&mut output, hull) {
        // Rounding may push a mean of the values out of their hull by a digit; this puts it back, so
        // that equal values are given back exactly and the largest values do not overflow.
        *entry = entry.clamp(least, greatest);
    }
    AttentionRow {
        logits: logits.iter().map(|logit| logit.value()).collect(),
        weights,
        output,
        log_normaliser,
    }
}

/// The softmax of finite logits and `log Σ_j exp(logit_j)`. The greatest logit is taken off first,
/// so nothing overflows and the sum is at least 1.
pub(crate) fn softmax(logits: &[Pair]) -> (Vec<f64>, f64) {
    let greatest = logits.iter().copied().fold(Pair::new(f64::NEG_INFINITY), Pair::max);
    let mut weights: Vec<f64> = logits.iter().map(|logit| logit.minus(greatest).exp()).collect();
    let total = compensated::sum(weights.iter().copied());
    for weight in &mut weights {
        *weight /= total;
    }
    (weights, greatest.value() + total.ln())
}
