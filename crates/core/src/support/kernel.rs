//! The kernel of attention as a sum of monomials, and the rows of attention over fixed keys.

use std::iter::zip;

use nalgebra::DMatrix;

use crate::attention::softmax;
use crate::compensated::{self, Pair};
use crate::error::{Bound, Error, check_finite, check_length, check_temperature, entries};
use crate::logits::Family;
use crate::scoring::{KeyBias, Metric, Scoring};

/// The largest degree of a Taylor sum: that of the largest factorial in the range of `f64`.
const LARGEST_DEGREE: usize = 170;

/// `Σ_{t≤T} z^t/t!`: the kernel `exp(z)` cut off after degree `T`. Above 0 for every `z` where `T` is
/// even; right to its digits also where the terms cancel.
///
/// # Errors
/// [`Error::OutOfBounds`] for `z` that is not finite and a degree above 170; [`Error::Overflow`].
pub fn taylor_exp(z: f64, degree: usize) -> Result<f64, Error> {
    check_degree(degree)?;
    if !z.is_finite() {
        return Err(Error::OutOfBounds {
            what: "the argument of the Taylor sum",
            value: z,
            bound: Bound::Finite,
        });
    }
    let sum = if z.abs() > degree as f64 {
        (1..=degree).map(|t| z / t as f64).product::<f64>() * over_last_term(z, degree)
    } else {
        near_sum(z, degree)
    };
    if sum.is_finite() {
        Ok(sum)
    } else {
        Err(Error::Overflow {
            what: "the Taylor sum",
            row: 0,
            column: 0,
        })
    }
}

/// The sign of a Taylor sum and the logarithm of its size, of which none is beyond the range.
fn taylor_log(z: f64, degree: usize) -> (f64, f64) {
    if z.abs() > degree as f64 {
        let last: f64 = (1..=degree).map(|t| (z.abs() / t as f64).ln()).sum();
        let sign = if degree % 2 == 1 { z.signum() } else { 1.0 };
        (sign, last + over_last_term(z, degree).ln())
    } else {
        let sum = near_sum(z, degree);
        (sum.signum(), sum.abs().ln())
    }
}

/// The Taylor sum over its last term `z^T/T!`, `|z| > T`: above 0.
fn over_last_term(z: f64, degree: usize) -> f64 {
    (1..=degree).fold(1.0, |sum, t| 1.0 + t as f64 / z * sum)
}

/// The Taylor sum for `|z| ≤ T`.
///
/// Below 0 the terms would cancel; with `x = −z` it is `e^{−x} (1 + (−1)^T R)`, where `R = x^{T+1}/(T+1)! · Σ_k
/// (T+1)/(T+1+k) · x^k/k!` is a sum of positive terms: the remainder of the series in the form of
/// an integral.
fn near_sum(z: f64, degree: usize) -> f64 {
    if z >= 0.0 {
        return (1..=degree).rev().fold(1.0, |sum, t| 1.0 + z / t as f64 * sum);
    }
    let x = -z;
    let next = degree as f64 + 1.0;
    let (mut power, mut sum, mut k) = (1.0, 1.0, 0.0);
    while power > f64::EPSILON * sum {
        k += 1.0;
        power *= x / k;
        sum += next / (next + k) * power;
    }
    let remainder = (1..=degree + 1).map(|t| x / t as f64).product::<f64>() * sum;
    (-x).exp()
        * if degree % 2 == 1 {
            1.0 - remainder
        } else {
            1.0 + remainder
        }
}

fn check_degree(degree: usize) -> Result<(), Error> {
    if degree <= LARGEST_DEGREE {
        Ok(())
    } else {
        Err(Error::OutOfBounds {
            what: "the degree of the Taylor sum",
            value: degree as f64,
            bound: Bound::AtMost(LARGEST_DEGREE),
        })
    }
}

/// The feature map of the kernel `exp(x·y/τ)` cut off after degree `T`: all monomials
/// `Π_d (x_d/√τ)^{n_d}/√(n_d!)` with `Σ n_d = t`, for `t` from 0 to `T` (Nguyen et al. 2023, "A
/// Primal-Dual Framework for Transformers and Neural Networks", Theorem 1). `Φ(x)·Φ(y)` is
/// [`taylor_exp`]`(x·y/τ, T)`. `C(D+T, T)` entries, degree by degree; within a degree those
/// without the last coordinate come first.
///
/// # Errors
/// [`Error::NoDimensions`], [`Error::NotFinite`], [`Error::OutOfBounds`] (the temperature, the
/// degree, more features than the memory holds), [`Error::Overflow`].
pub fn feature_map(x: &[f64], degree: usize, temperature: f64) -> Result<Vec<f64>, Error> {
    if x.is_empty() {
        return Err(Error::NoDimensions { what: "tokens" });
    }
    check_finite("token", x.iter().enumerate().map(|(column, &x)| (0, column, x)))?;
    check_temperature(temperature)?;
    check_degree(degree)?;
    check_features(x.len(), degree)?;
    // The monomials of each degree in the coordinates so far; one more coordinate adds to them its
    // powers times those of a lower degree.
    let mut by_degree = vec![Vec::new(); degree + 1];
    if let Some(constant) = by_degree.first_mut() {
        constant.push(1.0);
    }
    for (place, x) in x.iter().enumerate() {
        let x = x / temperature.sqrt();
        for t in (1..=degree).rev() {
            let Some((lower, [this, ..])) = by_degree.split_at_mut_checked(t) else {
                continue;
            };
            let mut power = 1.0;
            for (n, lower) in (1..=t).zip(lower.iter().rev()) {
                power *= x / (n as f64).sqrt();
                this.extend(lower.iter().map(|monomial: &f64| monomial * power));
            }
        }
        if by_degree.iter().flatten().any(|monomial| !monomial.is_finite()) {
            return Err(Error::Overflow {
                what: "a feature of the token, at coordinate",
                row: 0,
                column: place,
            });
        }
    }
    Ok(by_degree.concat())
}

/// Refuses more features than the memory holds: `C(D+T, T)` in two copies.
fn check_features(dim: usize, degree: usize) -> Result<(), Error> {
    let count = (1..=degree).fold(1.0, |count, t| count * (dim as f64 + t as f64) / t as f64);
    let mut room: Vec<f64> = Vec::new();
    if count < usize::MAX as f64 / 2.0 && room.try_reserve_exact(2 * count as usize).is_ok() {
        Ok(())
    } else {
        Err(Error::OutOfBounds {
            what: "the number of features",
            value: count,
            bound: Bound::Memory,
        })
    }
}

/// Attention over fixed keys, `a_j(x) = Φ(x)·Φ(k_j)/h(x)` with `h(x) = Σ_j Φ(x)·Φ(k_j)`: softmax for the whole
/// kernel, its Taylor sum for one that is cut off.
#[derive(Debug, Clone)]
pub(super) struct Smoother {
    keys: DMatrix<f64>,
    family: Family,
    degree: Option<usize>,
}

impl Smoother {
    pub(super) fn new(keys: DMatrix<f64>, temperature: Option<f64>, degree: Option<usize>) -> Result<Self, Error> {
        if keys.nrows() == 0 {
            return Err(Error::NoTokens { what: "keys" });
        }
        if keys.ncols() == 0 {
            return Err(Error::NoDimensions { what: "keys" });
        }
        check_finite("key", entries(&keys))?;
        degree.map_or(Ok(()), check_degree)?;
        let temperature = temperature.unwrap_or_else(|| (keys.ncols() as f64).sqrt());
        let scoring = Scoring::new(Metric::Identity, temperature, KeyBias::Zero)?;
        Ok(Self {
            family: Family::new(&keys, scoring)?,
            keys,
            degree,
        })
    }

    pub(super) fn n_keys(&self) -> usize {
        self.keys.nrows()
    }

    /// `a(x)` and `log h(x)`.
    pub(super) fn at(&self, query: &[f64]) -> Result<(Vec<f64>, f64), Error> {
        check_length("the number of dimensions of the query", query.len(), self.keys.ncols())?;
        check_finite("query", query.iter().enumerate().map(|(column, &x)| (0, column, x)))?;
        self.row(query, None)
    }

    /// The row of a checked token, which may be a key.
    fn row(&self, token: &[f64], key: Option<usize>) -> Result<(Vec<f64>, f64), Error> {
        let logits = self.family.of(token, &self.keys, key.unwrap_or_default())?;
        let Some(degree) = self.degree else {
            return Ok(softmax(&logits));
        };
        let sums: Vec<(f64, f64)> = logits
            .into_iter()
            .map(|logit| taylor_log(Pair::value(logit), degree))
            .collect();
        let greatest = sums
            .iter()
            .fold(f64::NEG_INFINITY, |greatest, (_, log)| greatest.max(*log));
        let mut weights: Vec<f64> = sums.iter().map(|(sign, log)| sign * (log - greatest).exp()).collect();
        let total = compensated::sum(weights.iter().copied());
        if total.is_nan() || total <= 0.0 {
            let of = key.map_or_else(|| "the query".to_owned(), |key| format!("key {}", key + 1));
            return Err(Error::NotDefined {
                what: "attention with a Taylor sum",
                needs: "a sum over the keys above 0".to_owned(),
                has: format!("none for {of} at degree {degree}"),
            });
        }
        for weight in &mut weights {
            *weight /= total;
        }
        Ok((weights, greatest + total.ln()))
    }

    /// `A_KK`, `N×N`, row `i` the attention of key `i`; and `log h(k_i)`.
    pub(super) fn of_keys(&self) -> Result<(DMatrix<f64>, Vec<f64>), Error> {
        let n = self.keys.nrows();
        check_memory(n)?;
        let mut smoother = DMatrix::zeros(n, n);
        let mut log_normaliser = Vec::with_capacity(n);
        for (row, key) in self.keys.row_iter().enumerate() {
            let key: Vec<f64> = key.iter().copied().collect();
            let (weights, log) = self.row(&key, Some(row))?;
            for (slot, weight) in zip(smoother.row_mut(row).iter_mut(), weights) {
                *slot = weight;
            }
            log_normaliser.push(log);
        }
        Ok((smoother, log_normaliser))
    }
}

/// Refuses an `N×N` matrix, and one more for its decomposition, that the memory does not hold.
fn check_memory(n: usize) -> Result<(), Error> {
    let numbers = n.checked_mul(n).and_then(|square| square.checked_mul(2));
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
