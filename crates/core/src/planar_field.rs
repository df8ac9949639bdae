//! Outputs of attention over a plane: the score field of an axis, its gradient, and the field on a
//! grid.

use std::iter::zip;

use nalgebra::DMatrix;

use crate::attention::softmax;
use crate::compensated::Pair;
use crate::error::{Error, check_finite, check_length, entries};
use crate::kernel::Kernel;
use crate::logits::extremes;

/// Exponents may span this much before a product of two exponentials could underflow.
const SAFE_SPAN: f64 = 600.0;

/// Logits up to this size are right to 10⁻¹² in plain arithmetic.
const PLAIN: f64 = 1e3;

/// The outputs `h(x, y) = Σ_j softmax_j(ℓ_j) v_j` of queries on a plane.
///
/// The point `(x, y)` is the token `origin + x·e₁ + y·e₂` of D dimensions, so each logit is affine
/// in it: `ℓ_j = α_j + β_j x + γ_j y`. With the constructed values of a
/// [`KernelPca`](crate::KernelPca) the outputs are the scores of the point on its axes.
#[derive(Debug, Clone)]
pub struct PlanarField {
    /// `α_j, β_j, γ_j` with twice the digits.
    logits: Vec<[Pair; 3]>,
    /// The same, rounded: `α`, `β`, `γ`.
    plain: [Vec<f64>; 3],
    /// The sizes of `α`, `β`, `γ`.
    largest: [f64; 3],
    /// `N×K`.
    values: DMatrix<f64>,
    /// For each column of the values its least and its greatest entry.
    hull: Vec<[f64; 2]>,
    /// Coordinates up to this size have finite logits.
    reach: f64,
}

impl PlanarField {
    /// The field of keys `N×D` with values `N×K` on the plane of D-vectors `origin + x·axes[0] +
    /// y·axes[1]`.
    ///
    /// # Errors
    /// [`Error::NotDefined`] for a kernel without an attention; [`Error::NoTokens`],
    /// [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`],
    /// [`Error::OutOfBounds`] (the temperature), [`Error::Overflow`].
    pub fn new(
        keys: &DMatrix<f64>,
        kernel: Kernel,
        origin: &[f64],
        axes: [&[f64]; 2],
        values: &DMatrix<f64>,
    ) -> Result<Self, Error> {
        kernel.check()?;
        let (temperature, by_distance) = match kernel {
            Kernel::Exponential { temperature } => (temperature, false),
            Kernel::Gaussian { temperature } => (temperature, true),
            Kernel::Linear | Kernel::Polynomial { .. } => {
                return Err(Error::NotDefined {
                    what: "the field of an attention",
                    needs: "the exponential or the Gaussian kernel".to_owned(),
                    has: "another one".to_owned(),
                });
            }
        };
        check_inputs(keys, origin, axes, values)?;
        let coefficients = |key: Vec<f64>| {
            let products =
                |of: &[f64]| zip(of, &key).fold(Pair::ZERO, |sum, (x, y)| sum + Pair::product(*x, *y)) / temperature;
            let [x, y] = axes.map(products);
            let constant = if by_distance {
                // −‖o + p − k‖²/(2τ) less what is the same for all keys, ‖k‖²/(2τ) taken off.
                products(origin)
                    + zip(&key, &key).fold(Pair::ZERO, |sum, (x, y)| sum + Pair::product(*x, *y)) * -0.5 / temperature
            } else {
                products(origin)
            };
            [constant, x, y]
        };
        let logits: Vec<[Pair; 3]> = keys
            .row_iter()
            .map(|key| coefficients(key.iter().copied().collect()))
            .collect();
        let mut largest = [0.0_f64; 3];
        for (row, logit) in logits.iter().enumerate() {
            for (column, (largest, part)) in zip(&mut largest, logit).enumerate() {
                if !part.value().is_finite() {
                    return Err(Error::Overflow {
                        what: "the part of the logit of key and axis",
                        row,
                        column,
                    });
                }
                *largest = largest.max(part.value().abs());
            }
        }
        let [constant, x, y] = largest;
        let steepest = x.max(y).max(f64::MIN_POSITIVE);
        Ok(Self {
            plain: [0, 1, 2].map(|part| {
                logits
                    .iter()
                    .map(|logit| logit.get(part).map_or(0.0, |p| p.value()))
                    .collect()
            }),
            logits,
            largest,
            hull: extremes(values),
            values: values.clone(),
            reach: ((f64::MAX - constant) / 8.0 / steepest).min(f64::MAX / 8.0),
        })
    }

    /// The outputs at a point, one for each column of the values. Beyond the coordinates that have
    /// a finite logit the point is taken where these end; a coordinate that is no number is 0.
    pub fn scores_at(&self, point: [f64; 2]) -> Vec<f64> {
        self.output(&self.weights(point))
    }

    /// The gradient `Σ_j w_j v_j (β_j − β̄, γ_j − γ̄)` of the output of one column of the values, in
    /// score per unit of the plane's coordinates; 0 when there is no such column. `β̄ = Σ_j w_j β_j`.
    pub fn gradient_at(&self, point: [f64; 2], axis: usize) -> [f64; 2] {
        if axis >= self.values.ncols() {
            return [0.0; 2];
        }
        let weights = self.weights(point);
        let values = self.values.column(axis);
        let [_, x, y] = &self.plain;
        [x, y].map(|slopes| {
            let mean: f64 = zip(&weights, slopes).map(|(weight, slope)| weight * slope).sum();
            zip(zip(&weights, slopes), values.iter())
                .map(|((weight, slope), value)| weight * (slope - mean) * value)
                .sum()
        })
    }

    /// The outputs on a grid: for each column of the values a matrix `ys.len()×xs.len()`. The
    /// points are those of [`PlanarField::scores_at`].
    pub fn grid(&self, xs: &[f64], ys: &[f64]) -> Vec<DMatrix<f64>> {
        match self.separate(xs, ys) {
            Some([across, down]) => self.separable_grid(&across, &down),
            None => self.grid_by_points(xs, ys),
        }
    }

    fn weights(&self, point: [f64; 2]) -> Vec<f64> {
        let [x, y] = point.map(|coordinate| self.within_reach(coordinate));
        let [constant, slope_x, slope_y] = self.largest;
        let exact = constant + slope_x * x.abs() + slope_y * y.abs() > PLAIN;
        let logits: Vec<Pair> = self
            .logits
            .iter()
            .map(|&[constant, slope_x, slope_y]| {
                if exact {
                    constant + slope_x * x + slope_y * y
                } else {
                    Pair::new(constant.value() + slope_x.value() * x + slope_y.value() * y)
                }
            })
            .collect();
        softmax(&logits).0
    }

    fn within_reach(&self, coordinate: f64) -> f64 {
        if coordinate.is_nan() {
            0.0
        } else {
            coordinate.clamp(-self.reach, self.reach)
        }
    }

    fn output(&self, weights: &[f64]) -> Vec<f64> {
        zip(self.values.column_iter(), &self.hull)
            .map(|(values, &[least, greatest])| {
                let mean: f64 = zip(weights, values.iter()).map(|(weight, value)| weight * value).sum();
                mean.clamp(least, greatest)
            })
            .collect()
    }

    /// `exp(α_j + β_j x)` for every x, `xs.len()×N`, and `exp(γ_j y)` for every y, `ys.len()×N`, in
    /// units that keep their products in range; `None` where there are no such units.
    fn separate(&self, xs: &[f64], ys: &[f64]) -> Option<[DMatrix<f64>; 2]> {
        let [constant, slope_x, slope_y] = &self.plain;
        let exponents = |points: &[f64], slopes: &[f64], constants: Option<&[f64]>| {
            DMatrix::from_fn(points.len(), slopes.len(), |point, key| {
                let of = |list: &[f64], at: usize| list.get(at).copied().unwrap_or_default();
                let constant = constants.map_or(0.0, |constants| of(constants, key));
                constant + of(slopes, key) * self.within_reach(of(points, point))
            })
        };
        let mut parts = [exponents(xs, slope_x, Some(constant)), exponents(ys, slope_y, None)];
        let mut span = 0.0;
        for part in &parts {
            let [least, greatest] = [part.min(), part.max()];
            if part.amax() > PLAIN {
                return None;
            }
            span += greatest - least;
        }
        if span > SAFE_SPAN {
            return None;
        }
        for part in &mut parts {
            let greatest = part.max();
            part.apply(|exponent| *exponent = (*exponent - greatest).exp());
        }
        Some(parts)
    }

    fn separable_grid(&self, across: &DMatrix<f64>, down: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
        let totals = down * across.transpose();
        zip(self.values.column_iter(), &self.hull)
            .map(|(values, &[least, greatest])| {
                let mut weighted = across.transpose();
                for (mut row, value) in zip(weighted.row_iter_mut(), values.iter()) {
                    row *= *value;
                }
                let mut field = down * weighted;
                for (entry, total) in zip(field.iter_mut(), totals.iter()) {
                    *entry = (*entry / total).clamp(least, greatest);
                }
                field
            })
            .collect()
    }

    fn grid_by_points(&self, xs: &[f64], ys: &[f64]) -> Vec<DMatrix<f64>> {
        let mut fields = vec![DMatrix::zeros(ys.len(), xs.len()); self.values.ncols()];
        for (column, &x) in xs.iter().enumerate() {
            for (row, &y) in ys.iter().enumerate() {
                for (field, score) in zip(&mut fields, self.scores_at([x, y])) {
                    if let Some(slot) = field.get_mut((row, column)) {
                        *slot = score;
                    }
                }
            }
        }
        fields
    }
}

fn check_inputs(keys: &DMatrix<f64>, origin: &[f64], axes: [&[f64]; 2], values: &DMatrix<f64>) -> Result<(), Error> {
    if keys.nrows() == 0 {
        return Err(Error::NoTokens { what: "keys" });
    }
    if keys.ncols() == 0 {
        return Err(Error::NoDimensions { what: "keys" });
    }
    check_length("the number of values", values.nrows(), keys.nrows())?;
    check_finite("key", entries(keys))?;
    check_finite("value", entries(values))?;
    for (row, vector) in [origin].into_iter().chain(axes).enumerate() {
        check_length("the number of dimensions of the plane", vector.len(), keys.ncols())?;
        let entries = vector.iter().enumerate().map(|(column, &value)| (row, column, value));
        check_finite("vector of the plane", entries)?;
    }
    Ok(())
}
