//! The collapse film: attention layers stacked on the same tokens, and how alike the tokens become.

use std::iter::zip;

use nalgebra::{DMatrix, DVector};

use crate::attention::Attending;
use crate::compensated;
use crate::elliptical::{MetricScaling, estimated_metric};
use crate::error::{Error, check_finite, entries};
use crate::head::Head;
use crate::residual::row_sum_residual;
use crate::rpc::{RpcAttending, RpcOptions, check_range};
use crate::scale::Length;
use crate::scoring::{KeyBias, Metric, Scoring};

/// `2/(N(N−1)) Σ_{i<j} cos(x_i, x_j)`: how alike the tokens `N×D` are on average, from −1/(N−1) to 1,
/// where all point the same way. The measure of representation collapse.
///
/// # Errors
/// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::NotFinite`]; [`Error::NotDefined`] for one
/// token, and for a token of length 0.
pub fn token_cosine(tokens: &DMatrix<f64>) -> Result<f64, Error> {
    check_tokens(tokens)?;
    let n = tokens.nrows();
    if n == 1 {
        return Err(not_defined("two tokens", "one".to_owned()));
    }
    let lengths: Vec<Length> = tokens
        .row_iter()
        .map(|token| Length::of(token.iter().copied()))
        .collect();
    if let Some(row) = lengths.iter().position(|length| length.is_zero()) {
        let has = format!("token {} of length 0", row + 1);
        return Err(not_defined("tokens that are not 0", has));
    }
    // Σ_{i≠j} x̂_i·x̂_j = ‖Σ_i x̂_i‖² − N for unit vectors: one sweep instead of all pairs.
    let squares = tokens.column_iter().map(|column| {
        let total = compensated::sum(column.iter().zip(&lengths).map(|(&x, length)| length.divide(x)));
        total * total
    });
    let n = n as f64;
    let cosine = (compensated::sum(squares) - n) / (n * (n - 1.0));
    // Rounding may pass the ends by a digit.
    Ok(cosine.clamp(-1.0 / (n - 1.0), 1.0))
}

fn not_defined(needs: &str, has: String) -> Error {
    Error::NotDefined {
        what: "the token cosine",
        needs: needs.to_owned(),
        has,
    }
}

fn check_tokens(tokens: &DMatrix<f64>) -> Result<(), Error> {
    if tokens.nrows() == 0 {
        return Err(Error::NoTokens { what: "tokens" });
    }
    if tokens.ncols() == 0 {
        return Err(Error::NoDimensions { what: "tokens" });
    }
    check_finite("token", entries(tokens))
}

/// How a layer of the film attends.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerMechanism {
    /// `softmax(X Xᵀ/τ) X`.
    Softmax,
    /// Elliptical Attention with the same `M = diag(m)` in every layer, D entries.
    Metric(DVector<f64>),
    /// Elliptical Attention with M from `|X_ℓ − X_{ℓ−1}|` at δ = 1; the first layer, which has none
    /// before it, is plain softmax. Where nothing moves any more `M = I` under max- and mean-scaling,
    /// which are then not defined, and `M = 0` without scaling, as the formula says.
    Estimated(MetricScaling),
    /// RPC-Attention whose keys and values are the tokens, symmetric. Where its temperature is
    /// `None`, the film's is taken.
    Rpc(RpcOptions),
}

/// The choices of a film.
#[derive(Debug, Clone, PartialEq)]
pub struct CollapseOptions {
    /// How a layer attends.
    pub mechanism: LayerMechanism,
    /// `X ← attn(X, X, X) + X` instead of `X ← attn(X, X, X)`.
    pub residual: bool,
    /// `τ`; `None`: `√D`.
    pub temperature: Option<f64>,
}

/// The tokens after a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct CollapseLayer {
    /// `X_ℓ`, `N×D`.
    pub tokens: DMatrix<f64>,
    /// Their [`token_cosine`]; `None` where it is not defined.
    pub cosine: Option<f64>,
    /// The diagonal of the M with which the layer attended, D entries; `None` for the tokens at the
    /// start, and where the layer is softmax or RPC-Attention.
    pub metric: Option<DVector<f64>>,
    /// How far a row of the layer's weights is from summing to 1, at most; `None` for the tokens at
    /// the start, and where the layer is RPC-Attention.
    pub row_sum: Option<f64>,
}

impl CollapseLayer {
    fn new(tokens: DMatrix<f64>, metric: Option<DVector<f64>>, row_sum: Option<f64>) -> Self {
        Self {
            cosine: token_cosine(&tokens).ok(),
            tokens,
            metric,
            row_sum,
        }
    }
}

/// A layer that is under way.
#[derive(Debug, Clone)]
enum Begun {
    /// Softmax attention, row by row.
    Rows {
        attending: Attending<Head>,
        metric: Option<DVector<f64>>,
        output: DMatrix<f64>,
        row_sum: f64,
        done: usize,
    },
    /// RPC-Attention, iteration by iteration.
    Iterations(RpcAttending),
}

/// The film as a stepper: one layer a step, or the small pieces of a layer, without an end.
#[derive(Debug, Clone)]
pub struct Collapsing {
    mechanism: LayerMechanism,
    residual: bool,
    /// Plain softmax at the film's temperature.
    softmax: Scoring,
    layers: Vec<CollapseLayer>,
    begun: Option<Begun>,
}

impl Collapsing {
    /// Checks tokens `N×D` and options; computes no layer yet.
    ///
    /// # Errors
    /// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::NotFinite`]; [`Error::ShapeMismatch`]
    /// for a metric that does not fit the tokens; [`Error::OutOfBounds`] for the temperature and the
    /// options of RPC-Attention; [`Error::NotDefined`] for RPC-Attention of tokens that are all 0.
    pub fn new(tokens: DMatrix<f64>, options: CollapseOptions) -> Result<Self, Error> {
        check_tokens(&tokens)?;
        let softmax = crate::rpc::softmax(tokens.ncols(), options.temperature)?;
        let mechanism = match options.mechanism {
            LayerMechanism::Rpc(rpc) => LayerMechanism::Rpc(RpcOptions {
                temperature: rpc.temperature.or(options.temperature),
                ..rpc
            }),
            other => other,
        };
        match &mechanism {
            LayerMechanism::Metric(metric) => {
                with_metric(&softmax, metric)?.check_fits(tokens.nrows(), tokens.ncols())?;
            }
            LayerMechanism::Rpc(rpc) => {
                RpcAttending::new(tokens.clone(), tokens.clone(), None, rpc)?;
            }
            LayerMechanism::Softmax | LayerMechanism::Estimated(_) => {}
        }
        Ok(Self {
            mechanism,
            residual: options.residual,
            softmax,
            layers: vec![CollapseLayer::new(tokens, None, None)],
            begun: None,
        })
    }

    /// The next layer.
    ///
    /// # Errors
    /// [`Error::Overflow`] when a logit, a jump between layers or a token is beyond the range of
    /// `f64`; of RPC-Attention, [`Error::NotDefined`] and [`Error::OutOfBounds`] when the tokens have
    /// become 0 or nearly so. Again on every further call.
    pub fn step(&mut self) -> Result<&CollapseLayer, Error> {
        while !self.advance()? {}
        Ok(&self.layers[self.layers.len() - 1])
    }

    /// A piece of the next layer: the row of one token, or one iteration of RPC-Attention. True when
    /// the layer is there.
    ///
    /// # Errors
    /// As [`Collapsing::step`]; the layer then begins again.
    pub fn advance(&mut self) -> Result<bool, Error> {
        let mut begun = match self.begun.take() {
            Some(begun) => begun,
            None => self.begin()?,
        };
        let finished = match &mut begun {
            Begun::Rows {
                attending,
                output,
                row_sum,
                done,
                ..
            } => {
                let row = attending.row(*done)?;
                *row_sum = row_sum.max(row_sum_residual(&row.weights));
                for (slot, entry) in zip(output.row_mut(*done).iter_mut(), row.output) {
                    *slot = entry;
                }
                *done += 1;
                *done >= output.nrows()
            }
            Begun::Iterations(attending) => attending.step()?.is_finished(),
        };
        if finished {
            let layer = self.finish(begun)?;
            self.layers.push(layer);
        } else {
            self.begun = Some(begun);
        }
        Ok(finished)
    }

    /// The layers there are; the tokens at the start come first, so there is at least one.
    pub fn layers(&self) -> &[CollapseLayer] {
        &self.layers
    }

    fn begin(&self) -> Result<Begun, Error> {
        let (tokens, before) = match self.layers.as_slice() {
            [.., before, last] => (&last.tokens, Some(&before.tokens)),
            [last] => (&last.tokens, None),
            [] => return Err(Error::NoTokens { what: "tokens" }),
        };
        let metric = match (&self.mechanism, before) {
            (LayerMechanism::Rpc(options), _) => {
                let attending = RpcAttending::new(tokens.clone(), tokens.clone(), None, options)?;
                return Ok(Begun::Iterations(attending));
            }
            (LayerMechanism::Metric(metric), _) => Some(metric.clone()),
            (LayerMechanism::Estimated(scaling), Some(before)) => Some(moved(before, tokens, *scaling)?),
            (LayerMechanism::Estimated(_), None) | (LayerMechanism::Softmax, _) => None,
        };
        let scoring = match &metric {
            Some(metric) => with_metric(&self.softmax, metric)?,
            None => self.softmax.clone(),
        };
        let head = Head::new(tokens.clone(), tokens.clone(), tokens.clone())?;
        Ok(Begun::Rows {
            attending: Attending::new(head, scoring)?,
            metric,
            output: DMatrix::zeros(tokens.nrows(), tokens.ncols()),
            row_sum: 0.0,
            done: 0,
        })
    }

    fn finish(&self, begun: Begun) -> Result<CollapseLayer, Error> {
        let (mut output, metric, row_sum) = match begun {
            Begun::Rows {
                metric,
                output,
                row_sum,
                ..
            } => (output, metric, Some(row_sum)),
            Begun::Iterations(attending) => (attending.finish()?.output, None, None),
        };
        if let Some(last) = self.layers.last().filter(|_| self.residual) {
            output += &last.tokens;
            check_range("the coordinate of token", &output)?;
        }
        Ok(CollapseLayer::new(output, metric, row_sum))
    }
}

/// The same attention with `M = diag(m)`.
fn with_metric(softmax: &Scoring, metric: &DVector<f64>) -> Result<Scoring, Error> {
    Scoring::new(Metric::Diagonal(metric.clone()), softmax.temperature(), KeyBias::Zero)
}

/// M from what two layers of tokens differ by.
fn moved(before: &DMatrix<f64>, tokens: &DMatrix<f64>, scaling: MetricScaling) -> Result<DVector<f64>, Error> {
    if before == tokens {
        let still = match scaling {
            MetricScaling::Max | MetricScaling::Mean => 1.0,
            MetricScaling::None => 0.0,
        };
        return Ok(DVector::from_element(tokens.ncols(), still));
    }
    estimated_metric(before, tokens, 1.0, scaling)
}
