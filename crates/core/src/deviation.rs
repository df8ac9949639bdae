//! How far a cloud, an axis or an output has moved, and in which direction the keys must move to
//! bring an output back.

use std::iter::zip;

use nalgebra::DMatrix;

use crate::attention::attend;
use crate::compensated;
use crate::eigen::dot;
use crate::error::{Error, check_finite, check_length, entries};
use crate::kernel::{Centring, Kernel};
use crate::kernel_pca::KernelPca;
use crate::logits::Family;
use crate::rpc::{check_range, head_of, softmax};
use crate::scale::Length;

/// Logits no larger than this are near: then `exp` of them is 1 and a small rest.
const NEAR: f64 = 0.5;

/// `‖X − Y‖_F/‖Y‖_F`: how far what is seen is from what is clean, relative to that.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NotFinite`]; [`Error::NotDefined`] for a clean matrix of
/// zeros; [`Error::Overflow`] when the quotient is beyond the range of `f64`.
pub fn deviation(seen: &DMatrix<f64>, clean: &DMatrix<f64>) -> Result<f64, Error> {
    check_length("the number of rows", seen.nrows(), clean.nrows())?;
    check_length("the number of columns", seen.ncols(), clean.ncols())?;
    check_finite("row", entries(seen))?;
    check_finite("clean row", entries(clean))?;
    // Halves, so that no difference leaves the range.
    let apart = Length::of(zip(seen, clean).map(|(seen, clean)| 0.5 * seen - 0.5 * clean));
    let length = Length::of(clean.iter().copied());
    if length.is_zero() {
        return Err(Error::NotDefined {
            what: "the deviation",
            needs: "a clean matrix that is not 0".to_owned(),
            has: "only zeros".to_owned(),
        });
    }
    in_range("the deviation", 2.0 * apart.over(length))
}

/// The angle between two axes in radians, from 0 to π/2: their signs are free. Right for tiny angles,
/// where the arc cosine is not: `2 atan2(‖u − v‖, ‖u + v‖)` of the unit vectors (Kahan).
///
/// # Errors
/// [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`]; [`Error::NotDefined`] for
/// an axis of length 0.
pub fn axis_angle(a: &[f64], b: &[f64]) -> Result<f64, Error> {
    if a.is_empty() {
        return Err(Error::NoDimensions { what: "axes" });
    }
    check_length("the number of entries of the second axis", b.len(), a.len())?;
    let [a, b] = [unit(a, 0)?, unit(b, 1)?];
    let apart = Length::of(zip(&a, &b).map(|(a, b)| a - b));
    let across = Length::of(zip(&a, &b).map(|(a, b)| a + b));
    let [apart, across] = [apart, across].map(Length::value);
    Ok(2.0 * apart.min(across).atan2(apart.max(across)))
}

/// The vector at length 1; `row` is where an error says that it is.
fn unit(axis: &[f64], row: usize) -> Result<Vec<f64>, Error> {
    check_finite(
        "axis",
        axis.iter().enumerate().map(|(column, &value)| (row, column, value)),
    )?;
    let length = Length::of(axis.iter().copied());
    if length.is_zero() {
        return Err(Error::NotDefined {
            what: "the angle between the axes",
            needs: "two axes that are not 0".to_owned(),
            has: format!("axis {} of zeros", row + 1),
        });
    }
    Ok(axis.iter().map(|entry| length.divide(*entry)).collect())
}

/// The swing: the angle in radians, from 0 to π/2, between the first axes of two kernel PCAs in
/// feature space, each with its own feature map `φ = Φ/g` of the same kernel.
///
/// `cos = Σ_ij a_i a′_j k(x_i, y_j)/(g(x_i) g′(y_j))`, formed from logarithms, so nothing overflows;
/// keys that are close together are seen from their mean. Angles below about 10⁻⁷ are rounding.
///
/// # Errors
/// [`Error::NotDefined`] unless both kernels are exponential with the same temperature, and both
/// clouds have an axis; [`Error::ShapeMismatch`] when the keys differ in dimension;
/// [`Error::Overflow`] when a logit is beyond the range of `f64`.
pub fn kernel_swing(a: &KernelPca, b: &KernelPca) -> Result<f64, Error> {
    let (Kernel::Exponential { .. }, Kernel::Exponential { temperature }, true) =
        (a.kernel(), b.kernel(), a.kernel() == b.kernel())
    else {
        return Err(Error::NotDefined {
            what: "the swing",
            needs: "two exponential kernels of the same temperature".to_owned(),
            has: format!("{:?} and {:?}", a.kernel(), b.kernel()),
        });
    };
    check_length(
        "the number of dimensions of the second keys",
        b.keys().ncols(),
        a.keys().ncols(),
    )?;
    let origin = mean_of_both(a.keys(), b.keys());
    let a = Side::new(a, &origin, temperature)?;
    let b = Side::new(b, &origin, temperature)?;
    // The factors that belong to one token cancel against g, except exp(c·c/τ) of the origin c, which
    // each side has lost twice and the products of both only once.
    let shift = a.log_size + b.log_size - dot(&origin, &origin) / temperature;
    let mut logits = DMatrix::zeros(b.keys.nrows(), a.keys.nrows());
    for (index, (mut column, key)) in zip(logits.column_iter_mut(), a.keys.row_iter()).enumerate() {
        let key: Vec<f64> = key.iter().copied().collect();
        let row = b.family.of(&key, &b.keys, index)?;
        for (slot, logit) in zip(column.iter_mut(), row) {
            *slot = logit.value();
        }
    }
    let near = logits.amax() <= NEAR;
    let mut terms = Vec::with_capacity(logits.len() + 1);
    for (column, (ea, ua)) in zip(logits.column_iter(), zip(&a.vector, &a.log_factors)) {
        for (logit, (eb, ub)) in zip(column.iter(), zip(&b.vector, &b.log_factors)) {
            let term = if near {
                logit.exp_m1() * (ua + ub + shift).exp()
            } else {
                (logit + ua + ub + shift).exp()
            };
            terms.push(ea * eb * term);
        }
    }
    if near {
        // The ones: a product of two sums, each over a vector whose entries sum to 0.
        terms.push(a.sum_of_factors() * b.sum_of_factors() * shift.exp());
    }
    let cosine = in_range("the cosine of the swing", compensated::sum(terms))?
        .abs()
        .min(1.0);
    Ok(cosine.acos())
}

/// One of the two clouds as the swing sees it.
struct Side {
    /// From the common origin.
    keys: DMatrix<f64>,
    family: Family,
    /// The first eigenvector.
    vector: Vec<f64>,
    centring: Centring,
    /// `−log g(x_i)` without the factor of the token, at most 0 after `log_size`.
    log_factors: Vec<f64>,
    /// What is common to `log_factors`, less half the logarithm of the eigenvalue.
    log_size: f64,
}

impl Side {
    fn new(pca: &KernelPca, origin: &[f64], temperature: f64) -> Result<Self, Error> {
        let vector: Vec<f64> = pca.eigenvectors(1)?.iter().copied().collect();
        let mut keys = pca.keys().clone();
        for (mut column, origin) in zip(keys.column_iter_mut(), origin) {
            column.add_scalar_mut(-origin);
        }
        check_range("the key seen from the mean of both clouds", &keys)?;
        let bias: Vec<f64> = keys
            .row_iter()
            .map(|key| zip(key.iter(), origin).map(|(x, c)| x * c).sum::<f64>() / temperature)
            .collect();
        let family = Family::new(&keys, softmax(keys.ncols(), Some(temperature))?)?;
        let mut log_factors = Vec::with_capacity(keys.nrows());
        for (index, key) in keys.row_iter().enumerate() {
            let key: Vec<f64> = key.iter().copied().collect();
            let logits = family.of(&key, &keys, index)?;
            let sums: Vec<f64> = zip(logits, &bias).map(|(logit, bias)| logit.value() + bias).collect();
            let greatest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total = compensated::sum(sums.iter().map(|sum| (sum - greatest).exp()));
            log_factors.push(-greatest - total.ln());
        }
        let greatest = log_factors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for factor in &mut log_factors {
            *factor -= greatest;
        }
        Ok(Self {
            keys,
            family,
            vector,
            centring: pca.centring(),
            log_factors,
            log_size: greatest - 0.5 * pca.log_of_first_eigenvalue(),
        })
    }

    /// `Σ_i e_i u_i` of the factors `u`, less their mean where the `e_i` sum to 0.
    fn sum_of_factors(&self) -> f64 {
        let factors: Vec<f64> = self.log_factors.iter().map(|log| log.exp_m1()).collect();
        let mean = match self.centring {
            Centring::Centred => compensated::sum(factors.iter().copied()) / factors.len() as f64,
            // The factors themselves, not what they have above 1.
            Centring::Uncentred => -1.0,
        };
        compensated::sum(zip(&self.vector, &factors).map(|(e, u)| e * (u - mean)))
    }
}

/// The mean of all keys of both clouds.
fn mean_of_both(a: &DMatrix<f64>, b: &DMatrix<f64>) -> Vec<f64> {
    let n = (a.nrows() + b.nrows()) as f64;
    zip(a.column_iter(), b.column_iter())
        .map(|(a, b)| a.iter().chain(b.iter()).map(|x| x / n).sum())
        .collect()
}

/// The gradient with respect to the keys of `F(K) = ½‖H(K) − H₀‖²_F`, `N×D`: against it the keys go
/// to bring the output `H` back to the target `H₀`, `N_q×D_v`. `H = softmax(Q Kᵀ/τ) V` with queries
/// `N_q×D`; without, the keys ask, `H = softmax(K Kᵀ/τ) V`. `None`: `τ = √D`. The values stay.
///
/// With `E = H − H₀` and `Z_ij = w_ij E_i·(v_j − h_i)` it is `ZᵀQ/τ`, or `(Z + Zᵀ)K/τ`.
///
/// # Errors
/// As [`Head::new`](crate::Head::new) and [`attend`]; [`Error::ShapeMismatch`] and [`Error::NotFinite`] for the target,
/// [`Error::OutOfBounds`] for the temperature, [`Error::Overflow`].
pub fn deviation_gradient(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    queries: Option<&DMatrix<f64>>,
    target: &DMatrix<f64>,
    temperature: Option<f64>,
) -> Result<DMatrix<f64>, Error> {
    let head = head_of(queries, keys.clone(), values.clone())?;
    check_length("the number of rows of the target", target.nrows(), head.n_queries())?;
    check_length("the number of columns of the target", target.ncols(), head.value_dim())?;
    check_finite("target row", entries(target))?;
    let scoring = softmax(head.dim(), temperature)?;
    let attention = attend(&head, &scoring)?;
    let missed = &attention.output - target;
    let mut pulls = attention.weights;
    for (i, mut row) in pulls.row_iter_mut().enumerate() {
        let (missed, output) = (missed.row(i), attention.output.row(i));
        for (weight, value) in zip(row.iter_mut(), values.row_iter()) {
            let pull: f64 = zip(missed.iter(), zip(value.iter(), output.iter()))
                .map(|(missed, (value, output))| missed * (value - output))
                .sum();
            *weight *= pull;
        }
    }
    let mut gradient = pulls.tr_mul(head.queries());
    if queries.is_none() {
        gradient += &pulls * keys;
    }
    gradient /= scoring.temperature();
    check_range("the gradient of the deviation", &gradient)?;
    Ok(gradient)
}

/// The result, unless it is beyond the range of `f64`.
fn in_range(what: &'static str, result: f64) -> Result<f64, Error> {
    if result.is_finite() {
        Ok(result)
    } else {
        Err(Error::Overflow {
            what,
            row: 0,
            column: 0,
        })
    }
}
