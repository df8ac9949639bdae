//! What is to be computed: a mechanism with its options, in the names of `eigenlens-core`, on tensors that were checked.

use std::iter::zip;

use eigenlens_core::{BnOptions, Bound, Error as CoreError, Mechanism as Name, MetricScaling, Pooling, RpcForm};
use half::f16;

use crate::error::{EntryBound, Error, of_head};
use crate::shape::{Precision, Shape};

/// Which attention, with its options.
#[derive(Debug, Clone, PartialEq)]
pub enum Mechanism {
    /// `softmax(q_iᵀk_j/τ)`.
    Softmax,
    /// The Nadaraya–Watson smoother: `exp(−‖q_i−k_j‖²/(2τ))` divided by its sum.
    Smoother,
    /// Elliptical Attention: `softmax(q_iᵀ diag(m) k_j/τ)`.
    Elliptical(Metric),
    /// Attention-BN, see [`eigenlens_core::bn_scoring`].
    Bn(BnOptions),
    /// Attention-SH, see [`Pooling`]: one for each of the H heads, the same in every batch.
    Sh(Vec<Pooling>),
    /// RPC-Attention, see [`eigenlens_core::RpcAttending`].
    Rpc(Rpc),
}

impl Mechanism {
    /// The name that it has on the command line.
    pub fn name(&self) -> Name {
        match self {
            Self::Softmax => Name::Softmax,
            Self::Smoother => Name::Smoother,
            Self::Elliptical(_) => Name::Elliptical,
            Self::Bn(_) => Name::Bn,
            Self::Sh(_) => Name::Sh,
            Self::Rpc(_) => Name::Rpc,
        }
    }
}

/// Where the metric of Elliptical Attention comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// The diagonal `m` itself, `[H, D]`, the same in every batch.
    Given(Vec<f32>),
    /// From the values and [`Tensors::previous`], head by head, see [`eigenlens_core::estimated_metric`].
    Estimated {
        /// `δ`, finite and above 0; cancels unless nothing is scaled.
        delta: f64,
        /// By what the metric is divided.
        scaling: MetricScaling,
    },
}

/// The choices of RPC-Attention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rpc {
    /// Which form.
    pub form: RpcForm,
    /// `λ`, finite and above 0.
    pub lambda: f64,
    /// `n`, at least 1.
    pub iterations: usize,
    /// `C` of the released form's μ; `None`: `H·D`, the width of the model.
    pub model_width: Option<usize>,
    /// Whether the queries ask; otherwise the attended keys do, and there are no queries.
    pub asymmetric: bool,
}

impl Rpc {
    /// `C` of `μ = N·C/(4‖K‖₁)`: D except in the released form.
    pub(crate) fn width(&self, shape: Shape) -> usize {
        match self.form {
            RpcForm::Released => self.model_width.unwrap_or(shape.heads().saturating_mul(shape.dim())),
            RpcForm::Printed | RpcForm::Lagrangian => shape.dim(),
        }
    }

    /// `τ`, by which each of the B·H heads of the keys shrinks: `λ·μ` in the released form, else `λ/μ`, with
    /// `μ = N·C/(4‖K‖₁)`, C being D except in the released form.
    ///
    /// # Errors
    /// [`Error::Mathematics`] of the first head whose keys are all 0, or whose threshold is beyond the range of f64.
    pub(crate) fn thresholds(&self, shape: Shape, keys: &[f32]) -> Result<Vec<f64>, Error> {
        let heads = keys.chunks_exact(shape.keys() * shape.dim()).enumerate();
        let width = self.width(shape) as f64;
        let threshold = |(head, keys): (usize, &[f32])| {
            let total: f64 = keys.iter().map(|&key| f64::from(key.abs())).sum();
            if total == 0.0 {
                return Err(of_head(head)(CoreError::NotDefined {
                    what: "μ of RPC-Attention",
                    needs: "a key that is not 0".to_owned(),
                    has: "none".to_owned(),
                }));
            }
            let mu = shape.keys() as f64 * width / (4.0 * total);
            let threshold = match self.form {
                RpcForm::Released => self.lambda * mu,
                RpcForm::Printed | RpcForm::Lagrangian => self.lambda / mu,
            };
            if threshold.is_finite() && threshold > 0.0 {
                return Ok(threshold);
            }
            Err(of_head(head)(CoreError::OutOfBounds {
                what: "the threshold",
                value: threshold,
                bound: Bound::Positive,
            }))
        };
        heads.map(threshold).collect()
    }
}

/// A mechanism at a size.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its size.
    pub shape: Shape,
    /// Which attention.
    pub mechanism: Mechanism,
    /// `τ`, by which scores are divided; `None`: `√D`.
    pub temperature: Option<f64>,
    /// Whether query i sees the keys 0 to i only.
    pub causal: bool,
}

/// The numbers, each tensor `[B, H, N, D]`, rows being tokens.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensors {
    /// Queries; empty for symmetric RPC-Attention.
    pub query: Vec<f32>,
    /// Keys.
    pub key: Vec<f32>,
    /// Values.
    pub value: Vec<f32>,
    /// Values of the layer before, of which a metric is estimated; empty elsewhere.
    pub previous: Vec<f32>,
}

/// A task with tensors that fit it, all of them finite and rounded to the precision, so that every device and the
/// reference see the same numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    task: Task,
    tensors: Tensors,
    precision: Precision,
}

impl Task {
    /// `τ`.
    pub fn temperature(&self) -> f64 {
        self.temperature.unwrap_or_else(|| (self.shape.dim() as f64).sqrt())
    }

    /// How many passes over all pairs of tokens it makes: the iterations of RPC-Attention, else one.
    pub fn passes(&self) -> usize {
        match &self.mechanism {
            Mechanism::Rpc(rpc) => rpc.iterations,
            _ => 1,
        }
    }

    /// Floating-point operations in the products of matrices, a multiplication and an addition being two; see
    /// [`Shape::operations`]. Attention-SH has as many fewer as its keys are fewer.
    pub fn operations(&self) -> f64 {
        let of_shape = self.shape.operations(self.causal) * self.passes() as f64;
        match &self.mechanism {
            Mechanism::Sh(poolings) => {
                let n = self.shape.keys();
                let kept = poolings
                    .iter()
                    .map(|pooling| coarse_tokens(pooling, n) as f64 / n as f64);
                of_shape * kept.sum::<f64>() / poolings.len().max(1) as f64
            }
            _ => of_shape,
        }
    }

    /// Which tensors it reads, with their names.
    pub(crate) fn needs(&self) -> [(&'static str, bool); 4] {
        let asks = !matches!(&self.mechanism, Mechanism::Rpc(rpc) if !rpc.asymmetric);
        let estimates = matches!(&self.mechanism, Mechanism::Elliptical(Metric::Estimated { .. }));
        [
            ("query", asks),
            ("key", true),
            ("value", true),
            ("previous value", estimates),
        ]
    }

    /// Whether the options have their ranges and fit the shape.
    ///
    /// # Errors
    /// As [`Problem::new`], but for the tensors.
    pub fn check(&self) -> Result<(), Error> {
        positive("the temperature", self.temperature())?;
        let (heads, n, dim) = (self.shape.heads(), self.shape.keys(), self.shape.dim());
        match &self.mechanism {
            Mechanism::Softmax | Mechanism::Smoother => {}
            Mechanism::Elliptical(Metric::Given(metric)) => {
                same("the number of entries of the metric", metric.len(), heads * dim)?;
                if let Some(at) = metric.iter().position(|m| !m.is_finite()) {
                    return Err(CoreError::NotFinite {
                        what: "metric of head",
                        row: at / dim,
                        column: at % dim,
                        value: f64::from(metric[at]),
                    }
                    .into());
                }
            }
            Mechanism::Elliptical(Metric::Estimated { delta, .. }) => positive("δ", *delta)?,
            Mechanism::Bn(options) => {
                if !options.beta.is_finite() {
                    return Err(out_of_bounds("β", options.beta, Bound::Finite));
                }
                positive("ε", options.epsilon)?;
            }
            Mechanism::Sh(poolings) => {
                same("the number of factors, one for each head,", poolings.len(), heads)?;
                for (head, pooling) in poolings.iter().enumerate() {
                    pooling.blocks(n).map_err(of_head(head))?;
                }
            }
            Mechanism::Rpc(rpc) => {
                positive("λ", rpc.lambda)?;
                same("the number of queries", self.shape.queries(), n)?;
                for (what, count) in [
                    ("the number of iterations", Some(rpc.iterations)),
                    ("the width of the model", rpc.model_width),
                ] {
                    if count == Some(0) {
                        return Err(out_of_bounds(what, 0.0, Bound::AtLeast(1)));
                    }
                }
            }
        }
        if self.causal {
            self.check_causal()?;
        }
        Ok(())
    }

    /// Refuses to call causal what sees the future elsewhere.
    fn check_causal(&self) -> Result<(), Error> {
        same("the number of queries", self.shape.queries(), self.shape.keys())?;
        let what = match &self.mechanism {
            Mechanism::Softmax | Mechanism::Smoother | Mechanism::Elliptical(Metric::Given(_)) => return Ok(()),
            Mechanism::Elliptical(Metric::Estimated { .. }) => {
                "a metric that is estimated from all tokens sees the future; causal attention needs one that is given"
            }
            Mechanism::Bn(_) => "the statistics of Attention-BN are those of all keys, so it sees the future",
            Mechanism::Sh(_) => "the averages of Attention-SH hold later keys, so it sees the future",
            Mechanism::Rpc(_) => "μ of RPC-Attention is that of all keys, so it sees the future",
        };
        Err(Error::Unsupported { what })
    }
}

impl Problem {
    /// Checks the task and the tensors, and rounds the tensors to the precision.
    ///
    /// # Errors
    /// [`Error::Mathematics`] for options out of their range, and for keys for which RPC-Attention has no μ or no
    /// threshold: all 0, or too small or too large for λ; [`Error::Length`]; [`Error::Entry`] for entries that are not
    /// finite or beyond the range of the precision; [`Error::Unsupported`] for a mechanism that sees the future and is asked not to.
    pub fn new(task: Task, mut tensors: Tensors, precision: Precision) -> Result<Self, Error> {
        task.check()?;
        let shape = task.shape;
        let shapes = [shape.of_queries(), shape, shape, shape];
        for ((what, needed), (tensor, shape)) in zip(task.needs(), zip(tensors.all_mut(), shapes)) {
            if !needed {
                *tensor = Vec::new();
                continue;
            }
            let (has, needs) = (tensor.len(), shape.key_len());
            if has != needs {
                let shape = shape.to_string();
                return Err(Error::Length {
                    what,
                    has,
                    needs,
                    shape,
                });
            }
            round(tensor, precision).map_err(|(at, value, bound)| Error::Entry {
                what,
                place: shape.key_place(at),
                value,
                bound,
            })?;
        }
        if let Mechanism::Rpc(rpc) = &task.mechanism {
            rpc.thresholds(shape, &tensors.key)?;
        }
        Ok(Self {
            task,
            tensors,
            precision,
        })
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The tensors, rounded to the precision; those that the task does not read are empty.
    pub fn tensors(&self) -> &Tensors {
        &self.tensors
    }

    /// The precision.
    pub fn precision(&self) -> Precision {
        self.precision
    }
}

impl Tensors {
    fn all_mut(&mut self) -> [&mut Vec<f32>; 4] {
        [&mut self.query, &mut self.key, &mut self.value, &mut self.previous]
    }
}

/// Brings every entry to the precision; gives place, value and bound of the first that does not fit.
fn round(tensor: &mut [f32], precision: Precision) -> Result<(), (usize, f32, EntryBound)> {
    for (at, slot) in tensor.iter_mut().enumerate() {
        let value = *slot;
        if !value.is_finite() {
            return Err((at, value, EntryBound::Finite));
        }
        if precision == Precision::F16 {
            *slot = f16::from_f32(value).to_f32();
            if !slot.is_finite() {
                return Err((at, value, EntryBound::F16));
            }
        }
    }
    Ok(())
}

/// How many coarse tokens `n` tokens make.
pub(crate) fn coarse_tokens(pooling: &Pooling, n: usize) -> usize {
    pooling.blocks(n).map_or(0, |blocks| blocks.len())
}

fn positive(what: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(out_of_bounds(what, value, Bound::Positive))
}

fn same(what: &'static str, has: usize, needs: usize) -> Result<(), Error> {
    if has == needs {
        return Ok(());
    }
    Err(CoreError::ShapeMismatch { what, has, needs }.into())
}

fn out_of_bounds(what: &'static str, value: f64, bound: Bound) -> Error {
    CoreError::OutOfBounds { what, value, bound }.into()
}
