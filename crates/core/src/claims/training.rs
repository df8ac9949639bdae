//! Claim 3: the projection loss falls, so the layer learns PCA (Teo and Nguyen 2024, section 2.2.1).
//! One attention layer is trained by gradient descent on a regression, and the parts of the loss are
//! read out with their signs.
//!
//! `H = softmax(XW_Q (XW_K)ᵀ/τ) XW_V`, trained on `½‖H − Y‖²_F + ½ω Σ‖W‖²_F`.

use std::iter::zip;

use nalgebra::DMatrix;

use super::projection::{ProjectionClaim, ProjectionTests};
use crate::attention::attend;
use crate::error::{Bound, Error, check_finite, check_length, check_positive, entries};
use crate::head::Head;
use crate::rpc::{check_range, softmax};

/// The choices of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerOptions {
    /// The step of the gradient descent, above 0.
    pub step: f64,
    /// `ω`, not below 0.
    pub weight_decay: f64,
    /// Which of `W_Q`, `W_K` and `W_V` move.
    pub moves: [bool; 3],
    /// `τ`; `None`: `√D`.
    pub temperature: Option<f64>,
}

impl Default for LayerOptions {
    fn default() -> Self {
        Self {
            step: 0.1,
            weight_decay: 0.0,
            moves: [true; 3],
            temperature: None,
        }
    }
}

/// What the layer is after some steps.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerReading {
    /// The mean of `(H − Y)²` over all entries.
    pub error: f64,
    /// The tests of the layer's values; [`Literal`](super::Literal) holds the signed `J` and its two parts.
    pub tests: ProjectionTests,
}

/// The training of one layer as a stepper: one step of gradient descent a step.
#[derive(Debug, Clone)]
pub struct LayerTraining {
    tokens: DMatrix<f64>,
    /// `W_Q`, `W_K`, `W_V`.
    weights: [DMatrix<f64>; 3],
    targets: DMatrix<f64>,
    options: LayerOptions,
    done: usize,
}

impl LayerTraining {
    /// Checks tokens `N×C`, weights `W_Q` and `W_K` `C×D` and `W_V` `C×D_v`, targets `N×D_v`, and the options;
    /// takes no step yet. With the identity as tokens the weights are queries, keys and values.
    ///
    /// # Errors
    /// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::ShapeMismatch`], [`Error::NotFinite`];
    /// [`Error::OutOfBounds`] for the options; [`Error::Overflow`].
    pub fn new(
        tokens: DMatrix<f64>,
        weights: [DMatrix<f64>; 3],
        targets: DMatrix<f64>,
        options: LayerOptions,
    ) -> Result<Self, Error> {
        check_finite("token", entries(&tokens))?;
        check_finite("target", entries(&targets))?;
        for weights in &weights {
            check_length("the number of rows of the weights", weights.nrows(), tokens.ncols())?;
            check_finite("weight row", entries(weights))?;
        }
        check_length("the number of targets", targets.nrows(), tokens.nrows())?;
        let [_, _, of_values] = &weights;
        check_length(
            "the number of dimensions of the targets",
            targets.ncols(),
            of_values.ncols(),
        )?;
        check_positive("the step of the training", options.step)?;
        if !(options.weight_decay.is_finite() && options.weight_decay >= 0.0) {
            return Err(Error::OutOfBounds {
                what: "the weight decay",
                value: options.weight_decay,
                bound: Bound::NotNegative,
            });
        }
        let training = Self {
            tokens,
            weights,
            targets,
            options,
            done: 0,
        };
        let head = training.head()?;
        softmax(head.dim(), options.temperature)?;
        Ok(training)
    }

    /// One step of gradient descent; gives how many are done.
    ///
    /// # Errors
    /// [`Error::Overflow`] when a weight, a token or a logit is beyond the range of `f64`: the step is
    /// too large.
    pub fn step(&mut self) -> Result<usize, Error> {
        let gradient = self.gradient()?;
        for ((weights, gradient), moves) in zip(zip(&mut self.weights, gradient), self.options.moves) {
            if moves {
                *weights -= gradient * self.options.step;
                check_range("the weight of the layer", weights)?;
            }
        }
        self.done += 1;
        Ok(self.done)
    }

    /// How many steps are done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// `W_Q`, `W_K` and `W_V`.
    pub fn weights(&self) -> &[DMatrix<f64>; 3] {
        &self.weights
    }

    /// `½‖H − Y‖²_F + ½ω Σ‖W‖²_F`.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn objective(&self) -> Result<f64, Error> {
        let head = self.head()?;
        let output = attend(&head, &softmax(head.dim(), self.options.temperature)?)?.output;
        let sizes: f64 = self.weights.iter().map(DMatrix::norm_squared).sum();
        let objective = 0.5 * (output - &self.targets).norm_squared() + 0.5 * self.options.weight_decay * sizes;
        in_range("the objective of the layer", objective)
    }

    /// The derivatives of [`LayerTraining::objective`] with respect to `W_Q`, `W_K` and `W_V`.
    ///
    /// With `δH = H − Y` and the weights `A`: `δV = AᵀδH`, `δA = δH Vᵀ`, `δS_ij = A_ij(δA_ij − Σ_l A_il δA_il)/τ`,
    /// `δQ = δS K`, `δK = δSᵀQ`, and `Xᵀδ + ωW` of each.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn gradient(&self) -> Result<[DMatrix<f64>; 3], Error> {
        let head = self.head()?;
        let scoring = softmax(head.dim(), self.options.temperature)?;
        let attention = attend(&head, &scoring)?;
        let misfit = attention.output - &self.targets;
        let mut scores = (&misfit * head.values().transpose()).component_mul(&attention.weights);
        for (mut row, weights) in zip(scores.row_iter_mut(), attention.weights.row_iter()) {
            let mean = row.sum();
            row -= weights * mean;
        }
        scores /= scoring.temperature();
        let of_tokens = [
            &scores * head.keys(),
            scores.tr_mul(head.queries()),
            attention.weights.tr_mul(&misfit),
        ];
        let [mut queries, mut keys, mut values] = of_tokens.map(|of_tokens| self.tokens.tr_mul(&of_tokens));
        for (gradient, weights) in zip([&mut queries, &mut keys, &mut values], &self.weights) {
            *gradient += weights * self.options.weight_decay;
            check_range("the gradient of the layer", gradient)?;
        }
        Ok([queries, keys, values])
    }

    /// What the layer is now.
    ///
    /// # Errors
    /// As [`ProjectionClaim::new`] and [`ProjectionClaim::tests`].
    pub fn reading(&self) -> Result<LayerReading, Error> {
        let head = self.head()?;
        self.reading_of(&ProjectionClaim::new(&head, self.options.temperature)?)
    }

    /// The same where queries and keys do not move: the claim of the layer's [`head`](LayerTraining::head), of any step,
    /// prepared once.
    ///
    /// # Errors
    /// As [`LayerTraining::reading`].
    pub fn reading_of(&self, claim: &ProjectionClaim) -> Result<LayerReading, Error> {
        let head = self.head()?;
        let output = attend(&head, &softmax(head.dim(), self.options.temperature)?)?.output;
        let squares = (output - &self.targets).norm_squared();
        Ok(LayerReading {
            error: in_range("the error of the layer", squares / self.targets.len() as f64)?,
            tests: claim.tests(head.values())?,
        })
    }

    /// Queries, keys and values of the layer.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn head(&self) -> Result<Head, Error> {
        let [queries, keys, values] = self.weights.each_ref().map(|weights| &self.tokens * weights);
        for of_tokens in [&queries, &keys, &values] {
            check_range("the projected token", of_tokens)?;
        }
        Head::new(queries, keys, values)
    }
}

fn in_range(what: &'static str, number: f64) -> Result<f64, Error> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err(Error::Overflow {
            what,
            row: 0,
            column: 0,
        })
    }
}
