//! What is measured: mechanisms at shapes that people know.

use eigenlens_core::{BnOptions, ClassToken, Mechanism as Name, MetricScaling, Pooling, Remainder, RpcForm};

use crate::error::Error;
use crate::inputs::{Inputs, Noise};
use crate::results::{Implementation, Row};
use crate::shape::{Precision, Shape};
use crate::task::{Mechanism, Metric, Rpc, Task};

/// Shapes with a name, `[B, H, N, D]`: the vision transformers `DeiT` tiny, small and base on 64 images, GPT-2 on 16 texts,
/// and long texts.
pub const SHAPES: [(&str, [usize; 4]); 8] = [
    ("deit-t", [64, 3, 197, 64]),
    ("deit-s", [64, 6, 197, 64]),
    ("deit-b", [64, 12, 197, 64]),
    ("gpt2", [16, 12, 1024, 64]),
    ("long", [4, 16, 4096, 128]),
    ("8k", [1, 32, 8192, 128]),
    ("16k", [1, 32, 16384, 128]),
    ("32k", [1, 32, 32768, 128]),
];

/// The mechanisms that are measured, in the order in which they are listed to people.
pub const MEASURED: [Name; 6] = [
    Name::Softmax,
    Name::Smoother,
    Name::Elliptical,
    Name::Bn,
    Name::Sh,
    Name::Rpc,
];

/// Iterations of RPC-Attention, as many as the paper does in a first layer.
const ITERATIONS: usize = 4;
/// `λ` of RPC-Attention: keys of standard deviation 1 are clipped at 1.9 of it, so spikes are, and little else.
const LAMBDA: f64 = 0.6;
/// Factors of Attention-SH, one head after the other.
const FACTORS: [usize; 4] = [1, 2, 4, 8];

/// One thing to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The mechanism at a size.
    pub task: Task,
    /// How tensors are stored.
    pub precision: Precision,
    /// Which tensors.
    pub inputs: Inputs,
    /// With which spikes the output is compared.
    pub noise: Option<Noise>,
}

impl Case {
    /// A mechanism with the options that it is measured with: a metric estimated from two layers and divided by its largest
    /// entry, recentred normalisation with β = 1, factors 1, 2, 4, 8, and four printed iterations, in which the queries
    /// ask that ask everywhere: mechanisms are compared on the same tensors.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for kernel PCA, which has no kernel.
    pub fn standard(name: Name, shape: Shape, precision: Precision, inputs: Inputs) -> Result<Self, Error> {
        let pooling = |head: usize| Pooling {
            factor: FACTORS[head % FACTORS.len()].min(shape.keys()),
            remainder: Remainder::Short,
            class_token: ClassToken::Pooled,
        };
        let mechanism = match name {
            Name::Softmax => Mechanism::Softmax,
            Name::Smoother => Mechanism::Smoother,
            Name::Elliptical => Mechanism::Elliptical(Metric::Estimated {
                delta: 1.0,
                scaling: MetricScaling::Max,
            }),
            Name::Bn => Mechanism::Bn(BnOptions::default()),
            Name::Sh => Mechanism::Sh((0..shape.heads()).map(pooling).collect()),
            Name::Rpc => Mechanism::Rpc(Rpc {
                form: RpcForm::Printed,
                lambda: LAMBDA,
                iterations: ITERATIONS,
                model_width: None,
                asymmetric: true,
            }),
            Name::KernelPca => {
                let what = "kernel-pca constructs values from all keys, for which there is no kernel";
                return Err(Error::Unsupported { what });
            }
        };
        let task = Task {
            shape,
            mechanism,
            temperature: None,
            causal: false,
        };
        Ok(Self {
            task,
            precision,
            inputs,
            noise: None,
        })
    }

    /// The row of this case, in which nothing is measured yet.
    pub(super) fn row(&self, by: Implementation) -> Row {
        let shape = self.task.shape;
        Row {
            shape: [shape.batch(), shape.heads(), shape.keys(), shape.dim()],
            mechanism: self.task.mechanism.name().name().to_owned(),
            passes: self.task.passes(),
            causal: self.task.causal,
            precision: self.precision.name().to_owned(),
            logit_std: self.inputs.logit_std,
            seed: self.inputs.seed,
            by,
            time: None,
            tflops: None,
            error: None,
            peak_bytes: None,
            moved: None,
            failure: None,
        }
    }
}

/// A shape with at most so many operations in a pass, by fewer batches, then fewer heads, then fewer tokens: what a slow
/// adapter can show of the shape. The same shape where it fits.
pub fn reduced(shape: Shape, operations: f64) -> Shape {
    let mut sizes = [shape.batch(), shape.heads(), shape.keys(), shape.dim()];
    let made = |[batch, heads, tokens, dim]: [usize; 4]| Shape::new(batch, heads, tokens, dim).ok();
    let too_many = |sizes| made(sizes).is_some_and(|shape| shape.operations(false) > operations);
    for which in 0..3 {
        let least = if which == 2 { 64 } else { 1 };
        while too_many(sizes) && sizes[which] > least {
            sizes[which] = (sizes[which] / 2).max(least);
        }
    }
    made(sizes).unwrap_or(shape)
}
