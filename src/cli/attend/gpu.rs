//! `--device gpu`: the same tensors through the fused kernels. It never falls back: what it cannot do it refuses.

use eigenlens_core::{Cloud, Head, Mechanism as Name, MetricScaling};
use eigenlens_files::{Needs, Rank, Tensor, TensorFile, cloud};
use eigenlens_gpu::{Gpu, Mechanism, Metric, OpenOptions, Precision, Problem, Rpc, Shape, Task, Tensors};
use nalgebra::DMatrix;

use super::elliptical::Source;
use super::rpc::ITERATIONS;
use super::{Arguments, Device, Error};

impl Arguments {
    /// Refuses options that only one of the devices has.
    pub(super) fn check_device(&self) -> Result<(), Error> {
        if self.device == Device::Cpu {
            return if self.dtype.is_some() {
                Err(Error::CpuDtype)
            } else {
                Ok(())
            };
        }
        if self.weights {
            let why = "the kernels never hold the weights of all pairs";
            return Err(Error::CpuOnly {
                option: "--weights",
                why,
            });
        }
        if self.mechanism == Name::KernelPca {
            let why = "there is no kernel that constructs values";
            return Err(Error::CpuOnly {
                option: "--mechanism kernel-pca",
                why,
            });
        }
        Ok(())
    }
}

/// What the input holds for a mechanism.
struct Read {
    cloud: Cloud,
    rank: Rank,
    mechanism: Mechanism,
    /// The values of the layer before, where a metric is estimated.
    before: Vec<DMatrix<f64>>,
}

/// The tensor `output`, as on the CPU, in the precision of the kernels.
pub(super) fn attend(arguments: &Arguments) -> Result<TensorFile, Error> {
    let input = read(arguments)?;
    let failed = |source| Error::Device {
        path: arguments.input.clone(),
        source,
    };
    let rank = input.rank;
    let problem = problem(arguments, input)?.map_err(failed)?;
    let gpu = Gpu::open_now(OpenOptions::default())?;
    let output = pollster::block_on(async {
        let prepared = gpu.prepare(&problem)?;
        prepared.finish().await?;
        prepared.output().await
    });
    let output = output.map_err(failed)?;
    let shape = problem.task().shape;
    let shape = match rank {
        Rank::Single => vec![shape.queries(), shape.dim()],
        Rank::Heads => vec![shape.heads(), shape.queries(), shape.dim()],
    };
    let output = output.into_iter().map(f64::from).collect();
    let mut results = TensorFile::new();
    results.insert("output", Tensor::new("output", shape, output)?);
    Ok(results)
}

/// The cloud, and the mechanism with its options.
fn read(arguments: &Arguments) -> Result<Read, Error> {
    let needs = match arguments.mechanism {
        Name::Rpc if !arguments.asymmetric => Needs::KEYS_AND_VALUES,
        _ => Needs::ATTENTION,
    };
    let plain = || super::read(&arguments.input, |file| cloud(file, needs));
    let mut before = Vec::new();
    let (cloud, rank, mechanism) = match arguments.mechanism {
        Name::Elliptical => {
            let (cloud, rank, source) = super::elliptical::read(arguments)?;
            let metric = match source {
                Source::Given(metrics) => Metric::Given(
                    metrics
                        .iter()
                        .flat_map(|metric| metric.iter().map(|&m| m as f32))
                        .collect(),
                ),
                Source::Estimated(previous) => {
                    before = previous;
                    Metric::Estimated {
                        delta: arguments.delta.unwrap_or(1.0),
                        scaling: arguments.scaling.unwrap_or(MetricScaling::Max),
                    }
                }
            };
            (cloud, rank, Mechanism::Elliptical(metric))
        }
        Name::Smoother => {
            let (cloud, rank) = plain()?;
            (cloud, rank, Mechanism::Smoother)
        }
        Name::Bn => {
            let (cloud, rank) = plain()?;
            (cloud, rank, Mechanism::Bn(arguments.bn_options()?))
        }
        Name::Sh => {
            let (cloud, rank) = plain()?;
            let poolings = arguments.poolings(&cloud)?;
            (cloud, rank, Mechanism::Sh(poolings))
        }
        Name::Rpc => {
            let (cloud, rank) = plain()?;
            let rpc = Rpc {
                form: arguments.rpc_form()?,
                lambda: arguments.lambda.unwrap_or_default(),
                iterations: arguments.iterations.map_or(ITERATIONS, std::num::NonZeroUsize::get),
                model_width: None,
                asymmetric: arguments.asymmetric,
            };
            (cloud, rank, Mechanism::Rpc(rpc))
        }
        // Kernel PCA was refused before.
        Name::Softmax | Name::KernelPca => {
            let (cloud, rank) = plain()?;
            (cloud, rank, Mechanism::Softmax)
        }
    };
    Ok(Read {
        cloud,
        rank,
        mechanism,
        before,
    })
}

/// The task with its tensors; the inner error is that of the device's crate, which says what of the input is wrong.
fn problem(arguments: &Arguments, input: Read) -> Result<Result<Problem, eigenlens_gpu::Error>, Error> {
    let heads = input.cloud.heads();
    let Some(first) = heads.first() else {
        return Err(eigenlens_core::Error::NoTokens { what: "heads" }.into());
    };
    let (has, needs) = (first.value_dim(), first.dim());
    if has != needs {
        let path = arguments.input.clone();
        return Err(Error::ValueDim { path, has, needs });
    }
    let rows = |of: fn(&Head) -> &DMatrix<f64>| heads.iter().flat_map(move |head| by_row(of(head))).collect();
    let tensors = Tensors {
        query: rows(Head::queries),
        key: rows(Head::keys),
        value: rows(Head::values),
        previous: input.before.iter().flat_map(by_row).collect(),
    };
    let shape = Shape::with_queries(1, heads.len(), first.n_queries(), first.n_keys(), needs);
    Ok(shape.and_then(|shape| {
        let task = Task {
            shape,
            mechanism: input.mechanism,
            temperature: arguments.temperature,
            causal: arguments.causal,
        };
        Problem::new(task, tensors, arguments.dtype.unwrap_or(Precision::F32))
    }))
}

/// The entries, row by row, in 32 bits; what is beyond their range becomes infinite, which the task refuses.
pub(in crate::cli) fn by_row(matrix: &DMatrix<f64>) -> impl Iterator<Item = f32> {
    matrix
        .row_iter()
        .flat_map(|row| row.iter().map(|&entry| entry as f32).collect::<Vec<_>>())
}
