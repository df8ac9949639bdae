//! The Gram matrix of the keys in feature space, and the same about their mean, row by row.
//!
//! The entries `K_φ = k/(g g)` of a scaled kernel are formed as `exp(ℓ_ij − log g_i − log g_j)`, in
//! units of the largest, so nothing overflows and only a whole matrix can underflow.
//!
//! Keys close together, or all short, differ in the last digits of `K_φ` only, and these decide the
//! axes. So what the mean takes away is not formed there. With `x = c + x′` the exponential kernel
//! is `exp(x·y/τ) = exp(x′·y′/τ)·exp(b_x)·exp(b_y)·exp(c·c/τ)`, `b_x = c·x′/τ`, and the factors of
//! one token cancel against `g`: what is left sees `x′` only. And for small `ℓ` the entry
//! `u_i u_j exp(ℓ_ij)` is `u_i u_j` plus `u_i u_j (exp(ℓ_ij) − 1)`: the centred Gram matrix is that
//! of the second part, plus `ũ ũᵀ` with the centred `u`.

use std::iter::zip;

use nalgebra::{DMatrix, DVector};

use crate::compensated::{self, Pair};
use crate::eigen::dot;
use crate::error::{Bound, Error, check_finite, entries};
use crate::kernel::{Centring, Kernel};
use crate::logits::Family;

/// Logits no larger than this are near: then the entries of the Gram matrix are, too.
const NEAR: f64 = 0.5;

/// Keys are together when none is further from their mean than this share of its length: then the
/// mean is the better origin.
const TOGETHER: f64 = 0.25;

/// The Gram matrix and what was needed to form it.
#[derive(Debug, Clone)]
pub(crate) struct Gram {
    pub(crate) keys: DMatrix<f64>,
    /// The logits of a scaled kernel with the keys.
    pub(crate) family: Option<Family>,
    /// `log g(k_j)`; 0 for a kernel that is not scaled.
    pub(crate) log_normaliser: Vec<f64>,
    /// `K_φ`.
    pub(crate) plain: DMatrix<f64>,
    /// `K̃_φ`, or `K_φ` when it is not centred.
    pub(crate) centred: DMatrix<f64>,
    /// `K̃_φ` in units of `scale · unit`, its largest entry between 1 and 2, or 0.
    pub(crate) scaled: DMatrix<f64>,
    /// A power of 2.
    pub(crate) scale: f64,
    /// The largest entry of `K_φ` for a scaled kernel, 1 for the others.
    pub(crate) unit: f64,
    /// What rounding may add to an eigenvalue of `scaled`.
    pub(crate) rounding: f64,
}

/// The Gram matrix in progress.
#[derive(Debug, Clone)]
pub(crate) struct Forming {
    kernel: Kernel,
    centring: Centring,
    keys: DMatrix<f64>,
    /// `c` and the keys seen from it, where that helps.
    seen: Option<(Vec<f64>, DMatrix<f64>)>,
    /// The logits of a scaled kernel with the keys as seen.
    family: Option<Family>,
    stage: Stage,
    /// The column of the stage that is next. Everything is symmetric, and is computed from the
    /// diagonal down.
    at: usize,
    /// `K_φ` in units of its largest entry; before, the products of the keys.
    plain: DMatrix<f64>,
    /// What is centred; before, the logits `ℓ_ij` or the products of the keys as seen.
    part: DMatrix<f64>,
    /// The largest entry of `part` before centring.
    largest_part: f64,
    /// The first entry of `part`, taken off all.
    common: f64,
    /// `b_j`; 0 for keys that are seen as they are.
    bias: Vec<f64>,
    /// `log Σ_j exp(ℓ_ij + b_j)`, and half the logarithm of the unit.
    log_sums: Vec<f64>,
    log_normaliser: Vec<f64>,
    log_unit: f64,
    /// `u_i` where it is split off, else 0; later `ũ_i`.
    split: Vec<f64>,
    /// The means of the columns of `part`, less half the mean of all.
    means: Vec<f64>,
    scale: f64,
    centred: DMatrix<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Logits,
    Entries,
    Centring,
    Scaling,
    Finished,
}

impl Forming {
    /// Columns in all stages for each key.
    pub(crate) const STAGES: usize = 4;

    pub(crate) fn new(keys: DMatrix<f64>, kernel: Kernel, centring: Centring) -> Result<Self, Error> {
        kernel.check()?;
        if keys.nrows() == 0 {
            return Err(Error::NoTokens { what: "keys" });
        }
        if keys.ncols() == 0 {
            return Err(Error::NoDimensions { what: "keys" });
        }
        check_finite("key", entries(&keys))?;
        let n = keys.nrows();
        check_memory(n)?;
        let origin = match kernel {
            Kernel::Exponential { .. } | Kernel::Linear => better_origin(&keys),
            // The Gaussian kernel sees differences only; a polynomial does not split.
            Kernel::Gaussian { .. } | Kernel::Polynomial { .. } => None,
        };
        let seen = origin.map(|origin| {
            let mut seen = keys.clone();
            for (mut column, origin) in zip(seen.column_iter_mut(), &origin) {
                column.add_scalar_mut(-origin);
            }
            (origin, seen)
        });
        let mut bias = vec![0.0; n];
        if let (Some((origin, seen)), Kernel::Exponential { temperature }) = (&seen, kernel) {
            for (bias, key) in zip(&mut bias, seen.row_iter()) {
                *bias = zip(key.iter(), origin).map(|(x, c)| x * c).sum::<f64>() / temperature;
            }
        }
        let family = match kernel.scoring()? {
            Some(scoring) => Some(Family::new(seen.as_ref().map_or(&keys, |(_, seen)| seen), scoring)?),
            None => None,
        };
        Ok(Self {
            kernel,
            centring,
            keys,
            seen,
            family,
            stage: Stage::Logits,
            at: 0,
            plain: DMatrix::zeros(n, n),
            part: DMatrix::zeros(n, n),
            largest_part: 0.0,
            common: 0.0,
            bias,
            log_sums: vec![0.0; n],
            log_normaliser: vec![0.0; n],
            log_unit: 0.0,
            split: vec![0.0; n],
            means: vec![0.0; n],
            scale: 1.0,
            centred: DMatrix::zeros(n, n),
        })
    }

    /// Columns done, of [`Forming::STAGES`] for each key.
    pub(crate) fn done(&self) -> usize {
        let stage = match self.stage {
            Stage::Logits => 0,
            Stage::Entries => 1,
            Stage::Centring => 2,
            Stage::Scaling => 3,
            Stage::Finished => 4,
        };
        stage * self.keys.nrows() + self.at
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.stage == Stage::Finished
    }

    /// The next column; gives the number of multiply-adds, an exponential counted as ten.
    pub(crate) fn advance(&mut self) -> Result<usize, Error> {
        let (n, column) = (self.keys.nrows(), self.at);
        let cost = match self.stage {
            Stage::Logits if self.family.is_some() => {
                self.logits(column)?;
                n * (self.keys.ncols() + 10)
            }
            Stage::Logits => {
                self.products(column);
                n * self.keys.ncols()
            }
            Stage::Entries => {
                self.entries(column)?;
                20 * (n - column)
            }
            Stage::Centring => {
                self.centre(column);
                8 * (n - column)
            }
            Stage::Scaling => {
                self.rescale(column);
                4 * n
            }
            Stage::Finished => return Ok(0),
        };
        self.at += 1;
        if self.at == n {
            self.stage = match self.stage {
                Stage::Logits => {
                    self.prepare_entries()?;
                    Stage::Entries
                }
                Stage::Entries => {
                    self.prepare_centring()?;
                    Stage::Centring
                }
                Stage::Centring => {
                    self.prepare_scaling();
                    Stage::Scaling
                }
                Stage::Scaling | Stage::Finished => Stage::Finished,
            };
            self.at = 0;
        }
        Ok(cost)
    }

    /// The keys as seen.
    fn seen(&self) -> &DMatrix<f64> {
        self.seen.as_ref().map_or(&self.keys, |(_, seen)| seen)
    }

    /// The logits of a key with all, and the logarithm of the sum of their exponentials.
    fn logits(&mut self, index: usize) -> Result<(), Error> {
        let Some(family) = &self.family else {
            return Ok(());
        };
        let seen = self.seen();
        let key: Vec<f64> = seen.row(index).iter().copied().collect();
        let logits: Vec<f64> = family.of(&key, seen, index)?.into_iter().map(Pair::value).collect();
        let (_, log_sum) = log_sum(zip(&logits, &self.bias).map(|(logit, bias)| logit + bias));
        self.part.column_mut(index).copy_from_slice(&logits);
        if let Some(slot) = self.log_sums.get_mut(index) {
            *slot = log_sum;
        }
        Ok(())
    }

    /// The products of a key with all, and the same as seen.
    fn products(&mut self, index: usize) {
        let of = |keys: &DMatrix<f64>| {
            let mut products = DVector::zeros(keys.nrows());
            for column in keys.column_iter() {
                let x = column.get(index).copied().unwrap_or_default();
                products.axpy(x, &column, 1.0);
            }
            products
        };
        let (plain, part) = (of(&self.keys), of(self.seen()));
        self.plain.set_column(index, &plain);
        self.part.set_column(index, &part);
    }

    /// The unit of the Gram matrix: its largest entry, which is on the diagonal.
    fn prepare_entries(&mut self) -> Result<(), Error> {
        if self.family.is_none() {
            return Ok(());
        }
        let origin = self.seen.as_ref().map_or(&[][..], |(origin, _)| origin);
        let log_of_origin = self.kernel.log_of_itself(origin).value();
        for ((log, sum), bias) in zip(zip(&mut self.log_normaliser, &self.log_sums), &self.bias) {
            *log = log_of_origin + bias + sum;
        }
        let largest = zip(self.part.diagonal().iter(), &self.log_sums)
            .map(|(logit, sum)| logit - 2.0 * sum)
            .fold(f64::NEG_INFINITY, f64::max);
        self.log_unit = largest - log_of_origin;
        if self.log_unit.is_nan() || self.log_unit < f64::MIN_POSITIVE.ln() {
            return Err(underflow(&format!("e^{:.3e}", self.log_unit)));
        }
        // Half of it belongs to each of the two tokens of an entry.
        for sum in &mut self.log_sums {
            *sum += 0.5 * largest;
        }
        if self.part.amax() <= NEAR {
            for (split, sum) in zip(&mut self.split, &self.log_sums) {
                *split = (-sum).exp();
            }
        }
        Ok(())
    }

    /// A column of the Gram matrix, and of what is to be centred.
    fn entries(&mut self, index: usize) -> Result<(), Error> {
        let n = self.keys.nrows();
        let from_diagonal = index * n + index..(index + 1) * n;
        let (Some(plain), Some(part), Some(sums), Some(splits)) = (
            self.plain.as_mut_slice().get_mut(from_diagonal.clone()),
            self.part.as_mut_slice().get_mut(from_diagonal),
            self.log_sums.get(index..),
            self.split.get(index..),
        ) else {
            return Ok(());
        };
        if self.family.is_some() {
            let (Some(sum), Some(split)) = (sums.first(), splits.first()) else {
                return Ok(());
            };
            for ((plain, part), (other_sum, other_split)) in zip(zip(&mut *plain, &mut *part), zip(sums, splits)) {
                let logit = *part;
                *plain = (logit - sum - other_sum).exp();
                *part = if *split == 0.0 {
                    *plain
                } else {
                    split * other_split * logit.exp_m1()
                };
            }
        } else {
            for (row, (plain, part)) in zip(&mut *plain, &mut *part).enumerate() {
                *plain = self.kernel.of_product(*plain);
                if !plain.is_finite() {
                    return Err(Error::Overflow {
                        what: "the kernel of two keys",
                        row: index,
                        column: index + row,
                    });
                }
                if self.kernel != Kernel::Linear {
                    *part = *plain;
                }
            }
        }
        self.largest_part = part
            .iter()
            .fold(self.largest_part, |largest, entry| largest.max(entry.abs()));
        if self.family.is_none() {
            // What is the same for all is taken off by centring; taken off first, equal keys leave
            // exactly nothing.
            if let (0, Some(first)) = (index, part.first()) {
                self.common = *first;
            }
            for part in &mut *part {
                *part -= self.common;
            }
        }
        // Each entry below the diagonal is in the mean of its row, too.
        let mut total = part.first().copied().unwrap_or_default();
        for (entry, mean) in zip(&*part, self.means.get_mut(index..).unwrap_or_default()).skip(1) {
            *mean += entry / n as f64;
            total += entry;
        }
        self.largest_part = part
            .iter()
            .fold(self.largest_part, |largest, entry| largest.max(entry.abs()));
        if let Some(mean) = self.means.get_mut(index) {
            *mean += total / n as f64;
        }
        Ok(())
    }

    /// Takes half the mean of all off the means of the columns, and the mean off `u`.
    fn prepare_centring(&mut self) -> Result<(), Error> {
        let largest = self.plain.diagonal().amax();
        if largest < f64::MIN_POSITIVE && self.keys.iter().any(|x| *x != 0.0) {
            return Err(underflow(&format!("{largest:e}")));
        }
        let n = self.keys.nrows() as f64;
        let mean = self.means.iter().sum::<f64>() / n;
        for own in &mut self.means {
            *own -= 0.5 * mean;
        }
        // Relative to the first, so that equal ones leave exactly nothing.
        let first = self.log_sums.first().copied().unwrap_or_default();
        let scale = self.split.first().copied().unwrap_or_default();
        for (split, sum) in zip(&mut self.split, &self.log_sums) {
            // A long first key has no `u` of its own left, and the exponential is out of range: the difference is the other's.
            let relative = scale * (first - sum).exp_m1();
            *split = if relative.is_finite() { relative } else { *split - scale };
        }
        let mean = self.split.iter().sum::<f64>() / n;
        for split in &mut self.split {
            *split -= mean;
        }
        Ok(())
    }

    /// Takes the means off a column.
    fn centre(&mut self, index: usize) {
        let n = self.keys.nrows();
        let from_diagonal = index * n + index..(index + 1) * n;
        let (Some(part), Some(plain), Some(means), Some(splits)) = (
            self.part.as_mut_slice().get_mut(from_diagonal.clone()),
            self.plain.as_slice().get(from_diagonal),
            self.means.get(index..),
            self.split.get(index..),
        ) else {
            return;
        };
        if self.centring == Centring::Uncentred {
            part.copy_from_slice(plain);
            return;
        }
        let (Some(mean), Some(split)) = (means.first(), splits.first()) else {
            return;
        };
        for (part, (other_mean, other_split)) in zip(part, zip(means, splits)) {
            *part = *part - (mean + other_mean) + split * other_split;
        }
    }

    /// The power of 2 that brings the largest entry, which is on the diagonal, between 1 and 2.
    fn prepare_scaling(&mut self) {
        let largest = self.part.diagonal().amax();
        // The exponent alone; a subnormal number has none, and is 0 here.
        self.scale = f64::from_bits(largest.to_bits() & !((1 << 52) - 1));
        if self.scale == 0.0 {
            self.scale = 1.0;
            self.part.fill_diagonal(0.0);
        }
    }

    /// Brings a column into its units, and mirrors it.
    fn rescale(&mut self, index: usize) {
        let unit = self.log_unit.exp();
        for row in index..self.keys.nrows() {
            let (below, above) = ((row, index), (index, row));
            let plain = self.plain.get(below).copied().unwrap_or_default() * unit;
            let part = self.part.get(below).copied().unwrap_or_default();
            for place in [below, above] {
                for (matrix, entry) in [
                    (&mut self.plain, plain),
                    (&mut self.centred, part * unit),
                    (&mut self.part, part / self.scale),
                ] {
                    if let Some(slot) = matrix.get_mut(place) {
                        *slot = entry;
                    }
                }
            }
        }
    }

    /// The result, once every column is done.
    pub(crate) fn finish(&mut self) -> Result<Gram, Error> {
        let take = |matrix: &mut DMatrix<f64>| std::mem::replace(matrix, DMatrix::zeros(0, 0));
        let family = match self.kernel.scoring()? {
            Some(scoring) => Some(Family::new(&self.keys, scoring)?),
            None => None,
        };
        let entries = self.largest_part / self.scale;
        Ok(Gram {
            family,
            rounding: 4.0 * f64::EPSILON * entries * (self.keys.nrows() as f64).sqrt(),
            keys: take(&mut self.keys),
            log_normaliser: std::mem::take(&mut self.log_normaliser),
            plain: take(&mut self.plain),
            centred: take(&mut self.centred),
            scaled: take(&mut self.part),
            scale: self.scale,
            unit: self.log_unit.exp(),
        })
    }
}

/// The greatest of the logits and `log Σ_j exp(ℓ_j)`.
pub(crate) fn log_sum(logits: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let greatest = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    let total = compensated::sum(logits.map(|logit| (logit - greatest).exp()));
    (greatest, greatest + total.ln())
}

/// The mean of the keys, when they are close together compared with its length.
fn better_origin(keys: &DMatrix<f64>) -> Option<Vec<f64>> {
    let first = keys.row(0);
    // Relative to a key, so that equal keys have exactly their own place as their mean.
    let origin: Vec<f64> = zip(keys.column_iter(), first.iter())
        .map(|(column, first)| first + column.iter().map(|x| x - first).sum::<f64>() / keys.nrows() as f64)
        .collect();
    let furthest = keys
        .row_iter()
        .map(|key| zip(key.iter(), &origin).map(|(x, c)| (x - c) * (x - c)).sum::<f64>())
        .fold(0.0, f64::max);
    let length = dot(&origin, &origin);
    (length > 0.0 && length.is_finite() && furthest <= TOGETHER * TOGETHER * length).then_some(origin)
}

/// Refuses a number of keys whose square is more than the memory holds.
fn check_memory(n: usize) -> Result<(), Error> {
    /// Of this size in the whole decomposition, at most at the same time.
    const MATRICES: usize = 6;
    let numbers = n.checked_mul(n).and_then(|square| square.checked_mul(MATRICES));
    let mut room: Vec<f64> = Vec::new();
    match numbers.map(|numbers| room.try_reserve_exact(numbers)) {
        Some(Ok(())) => Ok(()),
        Some(Err(_)) | None => Err(Error::OutOfBounds {
            what: "the number of keys",
            value: n as f64,
            bound: Bound::Memory,
        }),
    }
}

fn underflow(largest: &str) -> Error {
    Error::NotDefined {
        what: "kernel PCA",
        needs: "a Gram matrix within the range of 64-bit numbers".to_owned(),
        has: format!("underflow: its largest entry is {largest}"),
    }
}
