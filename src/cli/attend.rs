//! `eigenlens attend`: attention of the queries of a file over its keys and values.

mod bn;
mod causal;
mod elliptical;
pub(super) mod gpu;
mod kernel_pca;
mod rpc;
mod sh;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use eigenlens_core::{Attending, BnForm, Cloud, Head, Mechanism, MetricScaling, Remainder, Scoring};
use eigenlens_files::{Needs, Rank, Tensor, TensorFile, cloud};
use eigenlens_gpu::Precision;

use super::error::Error;
use super::number::{finite, positive};
use super::output::Destination;

/// The arguments of `eigenlens attend`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which attention
    #[arg(long, value_parser = mechanisms())]
    mechanism: Mechanism,
    /// File with the tensors query, key and value, of shape [N, D] or [H, N, D]
    /// (.safetensors, .npz, .csv, .json); kernel-pca makes its own values, and the
    /// keys of rpc are its queries. elliptical needs one more: `value_prev`, the values
    /// of the layer before, of the shape of value, or metric [H, D] (without heads
    /// also [D]), which is taken as it is
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// File for the results (.safetensors, .npz, .json); JSON on standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the attention weights too: the tensor weights, or `weights_1`, `weights_2`, …
    /// where the heads of sh have different numbers of keys
    #[arg(long)]
    weights: bool,
    /// How many principal axes kernel-pca projects on [default: D, or as many as the keys have]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    axes: Option<NonZeroUsize>,
    /// How dear the sparse part of rpc is: its threshold is λ/μ, in the released form λμ
    #[arg(
        long,
        value_name = "λ",
        allow_negative_numbers = true,
        value_parser = positive,
        required_if_eq("mechanism", Mechanism::Rpc.name())
    )]
    lambda: Option<f64>,
    /// How many iterations rpc does [default: 4]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    iterations: Option<NonZeroUsize>,
    /// Which form. Of rpc: printed, as in the paper, released, as in its authors' code, or
    /// lagrangian, as the augmented Lagrangian gives it [default: printed]. Of bn:
    /// recentred, less β times the mean key, or full, less the mean and over the spread
    /// [default: recentred]
    #[arg(long)]
    form: Option<String>,
    /// The queries of rpc are those of the file, one for each key
    #[arg(long)]
    asymmetric: bool,
    /// By what elliptical divides the metric that it estimates from `value_prev`: its largest
    /// entry, its mean, or nothing [default: max]
    #[arg(long, value_parser = scalings())]
    scaling: Option<MetricScaling>,
    /// Distance δ of two layers, by which elliptical divides how far values move; it
    /// cancels unless --scaling is none [default: 1]
    #[arg(long, value_name = "δ", allow_negative_numbers = true, value_parser = positive)]
    delta: Option<f64>,
    /// How much of the mean key recentred bn takes off [default: 1]
    #[arg(long, value_name = "β", allow_negative_numbers = true, value_parser = finite)]
    beta: Option<f64>,
    /// What full bn adds to the variances of the keys [default: 1e-5]
    #[arg(long, value_name = "ε", allow_negative_numbers = true, value_parser = positive)]
    epsilon: Option<f64>,
    /// Over how many neighbours each head of sh averages keys and values: one factor for
    /// each head, from 1 to N
    #[arg(
        long,
        value_name = "S,…",
        allow_negative_numbers = true,
        value_delimiter = ',',
        required_if_eq("mechanism", Mechanism::Sh.name())
    )]
    factors: Option<Vec<usize>>,
    /// What sh does with the last keys if they are fewer than the factor: average them, or
    /// leave them out [default: short]
    #[arg(long, value_parser = remainders())]
    remainder: Option<Remainder>,
    /// Temperature τ, by which scores are divided [default: √D]
    #[arg(long, value_name = "τ", allow_negative_numbers = true)]
    temperature: Option<f64>,
    /// Query i sees the keys 0 to i only: softmax, smoother, and elliptical with a metric
    #[arg(long)]
    causal: bool,
    /// What computes: the CPU in f64, or the GPU, by the kernels of `eigenlens gpu`
    #[arg(long, value_enum, default_value_t = Device::Cpu)]
    device: Device,
    /// How the GPU stores tensors: f32, by kernels that are within 2e-6 of f64, or f16, with
    /// sums in f32 [default: f32]
    #[arg(long, value_parser = precisions())]
    dtype: Option<Precision>,
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Device {
    /// The mathematics of the lenses, in f64.
    Cpu,
    /// The fused kernels.
    Gpu,
}

fn precisions() -> impl TypedValueParser<Value = Precision> {
    PossibleValuesParser::new(Precision::ALL.map(Precision::name)).try_map(|name| name.parse::<Precision>())
}

fn mechanisms() -> impl TypedValueParser<Value = Mechanism> {
    PossibleValuesParser::new(Mechanism::ALL.map(Mechanism::name)).try_map(|name| name.parse::<Mechanism>())
}

fn scalings() -> impl TypedValueParser<Value = MetricScaling> {
    PossibleValuesParser::new(MetricScaling::ALL.map(MetricScaling::name)).try_map(|name| name.parse::<MetricScaling>())
}

fn remainders() -> impl TypedValueParser<Value = Remainder> {
    PossibleValuesParser::new(Remainder::ALL.map(Remainder::name)).try_map(|name| name.parse::<Remainder>())
}

impl Arguments {
    /// Refuses an option of another mechanism, and a form that the mechanism does not have.
    fn check_options(&self) -> Result<(), Error> {
        let form_of = match &self.form {
            Some(form) if form.parse::<BnForm>().is_ok() => Mechanism::Bn,
            _ => Mechanism::Rpc,
        };
        let has_forms = [Mechanism::Rpc, Mechanism::Bn].contains(&self.mechanism);
        let estimated = "estimated metric";
        let options = [
            (self.axes.is_some(), "--axes", Mechanism::KernelPca, "axes"),
            (self.lambda.is_some(), "--lambda", Mechanism::Rpc, "sparse part"),
            (self.iterations.is_some(), "--iterations", Mechanism::Rpc, "iterations"),
            (self.form.is_some() && !has_forms, "--form", form_of, "forms"),
            (self.asymmetric, "--asymmetric", Mechanism::Rpc, "symmetric form"),
            (self.scaling.is_some(), "--scaling", Mechanism::Elliptical, estimated),
            (self.delta.is_some(), "--delta", Mechanism::Elliptical, estimated),
            (self.beta.is_some(), "--beta", Mechanism::Bn, "β"),
            (self.epsilon.is_some(), "--epsilon", Mechanism::Bn, "ε"),
            (self.factors.is_some(), "--factors", Mechanism::Sh, "factors"),
            (self.remainder.is_some(), "--remainder", Mechanism::Sh, "remainder"),
        ];
        for (given, option, of, what) in options {
            if given && of != self.mechanism {
                return Err(Error::Option {
                    option,
                    of,
                    what,
                    mechanism: self.mechanism,
                });
            }
        }
        self.check_causal()?;
        self.check_device()?;
        match self.mechanism {
            Mechanism::Rpc => self.rpc_form().map(drop),
            Mechanism::Bn => self.bn_options().map(drop),
            _ => Ok(()),
        }
    }

    /// The form that is asked for, of those that there are.
    fn form<F: Copy>(&self, forms: &[F], name: fn(F) -> &'static str, default: F) -> Result<F, Error> {
        let Some(asked) = &self.form else {
            return Ok(default);
        };
        let found = forms.iter().copied().find(|form| name(*form) == asked);
        found.ok_or_else(|| Error::Form {
            asked: asked.clone(),
            forms: forms.iter().copied().map(name).collect(),
        })
    }
}

/// Reads, computes, and only then writes.
pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    arguments.check_options()?;
    let destination = Destination::new(arguments.output.as_deref())?;
    // A temperature that no head can have is refused before the work.
    scoring(arguments, 1)?;
    if arguments.device == Device::Gpu {
        return destination.write(&gpu::attend(arguments)?);
    }
    let read = |needs| read(&arguments.input, |file| cloud(file, needs));
    let results = match arguments.mechanism {
        Mechanism::Softmax | Mechanism::Smoother => {
            let (cloud, rank) = read(Needs::ATTENTION)?;
            attend(arguments, &cloud, rank)?
        }
        Mechanism::KernelPca => {
            let (cloud, rank) = read(Needs::QUERIES_AND_KEYS)?;
            kernel_pca::attend(arguments, &cloud, rank)?
        }
        Mechanism::Rpc => {
            let needs = if arguments.asymmetric {
                Needs::ATTENTION
            } else {
                Needs::KEYS_AND_VALUES
            };
            let (cloud, rank) = read(needs)?;
            rpc::attend(arguments, &cloud, rank)?
        }
        Mechanism::Elliptical => elliptical::attend(arguments)?,
        Mechanism::Bn => {
            let (cloud, rank) = read(Needs::ATTENTION)?;
            bn::attend(arguments, &cloud, rank)?
        }
        Mechanism::Sh => {
            let (cloud, rank) = read(Needs::ATTENTION)?;
            sh::attend(arguments, &cloud, rank)?
        }
    };
    destination.write(&results)
}

/// What `take` makes of a file.
fn read<T>(path: &Path, take: impl FnOnce(&TensorFile) -> Result<T, eigenlens_files::Error>) -> Result<T, Error> {
    super::input::read(path, |name, bytes| take(&TensorFile::read(name, bytes)?))
}

fn scoring(arguments: &Arguments, dim: usize) -> Result<Scoring, eigenlens_core::Error> {
    let scoring = arguments.mechanism.scoring(dim)?;
    match arguments.temperature {
        Some(temperature) => scoring.with_temperature(temperature),
        None => Ok(scoring),
    }
}

/// Attention over the values of a cloud, with a scoring that needs no more than the mechanism's name.
fn attend(arguments: &Arguments, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    attend_heads(arguments, cloud.heads(), rank, |_, head| scoring(arguments, head.dim()))
}

/// Attention over the values of heads, of which the number of keys alone may differ; `scoring` is given the place of a
/// head, too.
///
/// Heads come one after the other, and queries one after the other, so that the weights are held only if asked for.
fn attend_heads(
    arguments: &Arguments,
    heads: &[Head],
    rank: Rank,
    scoring: impl Fn(usize, &Head) -> Result<Scoring, eigenlens_core::Error>,
) -> Result<TensorFile, Error> {
    let mut found = Found::new(arguments, heads)?;
    for (place, head) in heads.iter().enumerate() {
        let mut attend_head = || {
            let scoring = scoring(place, head)?;
            let attending = Attending::new(head, scoring.clone())?;
            for query in 0..head.n_queries() {
                let row = if arguments.causal {
                    causal::row(head, &scoring, query)?
                } else {
                    attending.row(query)?
                };
                found.output.extend(row.output);
                if let Some(weights) = &mut found.weights {
                    weights.extend(row.weights);
                }
            }
            Ok(())
        };
        attend_head().map_err(of_head(arguments, rank, place))?;
    }
    found.tensors(heads, rank)
}

/// What attention gives, row by row and head by head.
struct Found {
    output: Vec<f64>,
    /// Only if they are asked for.
    weights: Option<Vec<f64>>,
}

impl Found {
    /// Room for heads.
    fn new(arguments: &Arguments, heads: &[Head]) -> Result<Self, Error> {
        let output = room("the outputs", heads, Head::value_dim)?;
        let weights = arguments.weights.then(|| room("the weights", heads, Head::n_keys));
        Ok(Self {
            output,
            weights: weights.transpose()?,
        })
    }

    /// The tensor `output`, one row per query, and if it is asked for `weights`, one row per query and one column per
    /// key; with an axis of heads in front if the cloud has one. Heads with different numbers of keys have their weights
    /// apart, in `weights_1`, `weights_2` and so on.
    fn tensors(self, heads: &[Head], rank: Rank) -> Result<TensorFile, Error> {
        let Some(first) = heads.first() else {
            return Err(eigenlens_core::Error::NoTokens { what: "heads" }.into());
        };
        let shape = |columns: usize| match rank {
            Rank::Single => vec![first.n_queries(), columns],
            Rank::Heads => vec![heads.len(), first.n_queries(), columns],
        };
        let mut results = TensorFile::new();
        let mut add = |name: &str, shape, data| -> Result<(), Error> {
            results.insert(name, Tensor::new(name, shape, data)?);
            Ok(())
        };
        add("output", shape(first.value_dim()), self.output)?;
        if let Some(mut weights) = self.weights {
            if heads.iter().all(|head| head.n_keys() == first.n_keys()) {
                add("weights", shape(first.n_keys()), weights)?;
            } else {
                for (place, head) in heads.iter().enumerate() {
                    let shape = vec![head.n_queries(), head.n_keys()];
                    let of_head = weights.drain(..head.n_queries() * head.n_keys()).collect();
                    add(&format!("weights_{}", place + 1), shape, of_head)?;
                }
            }
        }
        Ok(results)
    }
}

/// Says in which head of the input the mathematics found something wrong.
fn of_head(arguments: &Arguments, rank: Rank, place: usize) -> impl Fn(eigenlens_core::Error) -> Error + use<'_> {
    move |source| Error::Mathematics {
        path: arguments.input.clone(),
        head: (rank == Rank::Heads).then_some(place),
        source,
    }
}

/// Room for so many numbers for each query of each head.
fn room(what: &'static str, heads: &[Head], columns: impl Fn(&Head) -> usize) -> Result<Vec<f64>, Error> {
    let of_head = |head: &Head| head.n_queries() as u128 * columns(head) as u128;
    let numbers = heads.iter().map(of_head).sum();
    let mut room = Vec::new();
    usize::try_from(numbers)
        .ok()
        .and_then(|numbers| room.try_reserve_exact(numbers).ok())
        .ok_or(Error::Memory { what, numbers })?;
    Ok(room)
}
