//! Trying kernels out: the same small problem on both tiers.
//!
//! Its tokens are no multiple of anything, and its keys grow from the first to the last, so that maxima rise far enough
//! for sums to fade.

use std::fmt;
use std::iter::zip;

use eigenlens_core::{BnForm, ClassToken, Pooling, Remainder, RpcForm};

use super::Kernels;
use crate::device::Gpu;
use crate::error::Error;
use crate::shape::{Precision, Shape};
use crate::task::{Mechanism, Metric, Problem, Rpc, Task, Tensors};
use crate::wgsl::matrix::Split;

/// How far the two tiers may be apart, relative to the whole output: each may be off by 5e-4. In RPC-Attention it doubles
/// with every iteration.
const TOLERANCE: f64 = 1e-3;
/// Iterations of RPC-Attention that are tried out: the first, one between, and the last.
const ITERATIONS: usize = 3;
/// Heads of the problem.
const HEADS: usize = 2;

/// What is tried out as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Variant {
    pub(super) kind: Kind,
    pub(super) causal: bool,
    pub(super) dim: usize,
    /// None where there is no room for any.
    pub(super) kernels: Option<Kernels>,
}

/// Mechanisms with kernels of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Plain,
    Biased,
    Hooked,
    Lengths,
    Rpc {
        form: RpcForm,
        asymmetric: bool,
        several: bool,
    },
}

impl Gpu {
    /// Runs the problem of a variant on both tiers; says how far they are apart where it is too far.
    pub(super) fn try_out(&self, variant: Variant, kernels: Kernels) -> Result<Option<String>, Error> {
        let problem = variant.problem(kernels)?;
        let output = self.output_now(&problem, kernels)?;
        let apart = relative(&output, &self.output_now(&problem, Kernels::Portable)?);
        let doubled = problem.task().passes().saturating_sub(1);
        let agrees = apart <= TOLERANCE * (doubled as f64).exp2();
        Ok((!agrees).then(|| format!("differs from the portable kernel by {apart:.1e} of the output")))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn output_now(&self, problem: &Problem, kernels: Kernels) -> Result<Vec<f32>, Error> {
        let prepared = self.prepare_with(problem, kernels)?;
        pollster::block_on(async {
            prepared.finish().await?;
            prepared.output().await
        })
    }

    /// Nobody can wait in a browser, which has no matrix units either.
    #[cfg(target_arch = "wasm32")]
    fn output_now(&self, problem: &Problem, kernels: Kernels) -> Result<Vec<f32>, Error> {
        self.prepare_with(problem, kernels)?;
        Err(Error::Unsupported {
            what: "kernels are not tried out in a browser",
        })
    }
}

impl Variant {
    fn problem(self, kernels: Kernels) -> Result<Problem, Error> {
        let Kernels::Matrix { cut, whole, .. } = kernels else {
            return Err(Error::Unsupported {
                what: "the portable kernels are not tried out",
            });
        };
        let tokens = if whole { cut.all_rows() - 3 } else { cut.all_rows() + 5 };
        let shape = Shape::new(1, HEADS, tokens, self.dim)?;
        let mechanism = self.kind.mechanism(shape);
        // Keys that ask each other, and are clipped, need less.
        let largest = if matches!(self.kind, Kind::Rpc { .. }) {
            1.5
        } else {
            6.0
        };
        let mut normal = Normal(1);
        let mut tensor = || -> Vec<f32> { (0..shape.key_len()).map(|_| normal.next()).collect() };
        let [query, mut key, value] = [tensor(), tensor(), tensor()];
        for (at, key) in key.iter_mut().enumerate() {
            let token = at / self.dim % tokens;
            *key *= 0.3 + largest * (token as f32 / tokens as f32).powi(2);
        }
        let tensors = Tensors {
            query,
            key,
            value,
            previous: Vec::new(),
        };
        let task = Task {
            shape,
            mechanism,
            temperature: None,
            causal: self.causal,
        };
        Problem::new(task, tensors, Precision::F16)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Plain => f.write_str("softmax")?,
            Kind::Biased => f.write_str("smoother, bn recentred")?,
            Kind::Hooked => f.write_str("elliptical, bn full")?,
            Kind::Lengths => f.write_str("sh")?,
            Kind::Rpc { form, asymmetric, .. } => {
                write!(f, "rpc, {form}")?;
                if asymmetric {
                    f.write_str(", asymmetric")?;
                }
                if let Some(Kernels::Matrix { whole: true, .. }) = self.kernels {
                    f.write_str(", a workgroup for each head")?;
                }
            }
        }
        if self.causal {
            f.write_str(", causal")?;
        }
        write!(f, ", D = {}", self.dim)
    }
}

impl Kind {
    pub(super) fn of(task: &Task) -> Self {
        match &task.mechanism {
            Mechanism::Softmax => Self::Plain,
            Mechanism::Smoother => Self::Biased,
            Mechanism::Bn(options) if options.form == BnForm::Recentred => Self::Biased,
            Mechanism::Elliptical(_) | Mechanism::Bn(_) => Self::Hooked,
            Mechanism::Sh(_) => Self::Lengths,
            Mechanism::Rpc(rpc) => Self::Rpc {
                form: rpc.form,
                asymmetric: rpc.asymmetric,
                several: rpc.iterations > 1,
            },
        }
    }

    /// What its kernel gets as two numbers.
    pub(super) fn split(self) -> Split {
        match self {
            Self::Plain | Self::Biased | Self::Rpc { .. } => Split::Nothing,
            Self::Hooked => Split::Queries,
            Self::Lengths => Split::Keys,
        }
    }

    /// A task for each kernel.
    pub(super) fn tasks(shape: Shape) -> Vec<Task> {
        let mut kinds = vec![
            (Self::Plain, false),
            (Self::Plain, true),
            (Self::Biased, false),
            (Self::Biased, true),
            (Self::Hooked, false),
            (Self::Hooked, true),
            (Self::Lengths, false),
        ];
        for form in RpcForm::ALL {
            kinds.extend([false, true].map(|asymmetric| {
                let several = true;
                (
                    Self::Rpc {
                        form,
                        asymmetric,
                        several,
                    },
                    false,
                )
            }));
        }
        let task = |(kind, causal): (Self, bool)| Task {
            shape,
            mechanism: kind.mechanism(shape),
            temperature: None,
            causal,
        };
        kinds.into_iter().map(task).collect()
    }

    /// A mechanism that uses its kernels.
    fn mechanism(self, shape: Shape) -> Mechanism {
        match self {
            Self::Plain => Mechanism::Softmax,
            Self::Hooked => {
                let metric = (0..shape.heads() * shape.dim()).map(|at| 0.25 + (at % 7) as f32 / 8.0);
                Mechanism::Elliptical(Metric::Given(metric.collect()))
            }
            Self::Biased => Mechanism::Smoother,
            Self::Lengths => {
                let pooling = |head: usize| Pooling {
                    factor: (1 + head % 2).min(shape.keys()),
                    remainder: Remainder::Short,
                    class_token: ClassToken::Pooled,
                };
                Mechanism::Sh((0..shape.heads()).map(pooling).collect())
            }
            Self::Rpc {
                form,
                asymmetric,
                several,
            } => Mechanism::Rpc(Rpc {
                form,
                // τ is a few times the size of an entry: some are clipped.
                lambda: if form == RpcForm::Released { 2.0 } else { 0.5 },
                iterations: if several { ITERATIONS } else { 1 },
                model_width: None,
                asymmetric,
            }),
        }
    }
}

/// `‖a − b‖/‖b‖`.
fn relative(a: &[f32], b: &[f32]) -> f64 {
    let square = |x: f32| f64::from(x).powi(2);
    let off: f64 = zip(a, b).map(|(&a, &b)| square(a - b)).sum();
    (off / b.iter().map(|&b| square(b)).sum::<f64>()).sqrt()
}

/// Numbers that are nearly normal, the same everywhere: sums of four uniform ones.
struct Normal(u64);

impl Normal {
    fn next(&mut self) -> f32 {
        let mut uniform = || {
            // Knuth's multiplier and increment.
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
        };
        3_f32.sqrt() * (uniform() + uniform() + uniform() + uniform())
    }
}
