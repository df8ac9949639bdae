//! `eigenlens attend`: attention of the queries of a file over its keys and values.

mod kernel_pca;
mod rpc;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use eigenlens_core::{Attending, Cloud, Head, Mechanism, RpcForm, Scoring};
use eigenlens_files::{Needs, Rank, Tensor, TensorFile, cloud};

use super::error::Error;
use super::number::positive;
use super::output::Destination;

/// The arguments of `eigenlens attend`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which attention
    #[arg(long, value_parser = mechanisms())]
    mechanism: Mechanism,
    /// File with the tensors query, key and value, of shape [N, D] or [H, N, D]
    /// (.safetensors, .npz, .csv, .json); kernel-pca makes its own values, and the
    /// keys of rpc are its queries
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// File for the results (.safetensors, .npz, .json); JSON on standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the attention weights too
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
    /// Which form of rpc: as the paper prints it, as its authors released it, or as the
    /// augmented Lagrangian gives it [default: printed]
    #[arg(long, value_parser = forms())]
    form: Option<RpcForm>,
    /// The queries of rpc are those of the file, one for each key
    #[arg(long)]
    asymmetric: bool,
    /// Temperature τ, by which scores are divided [default: √D]
    #[arg(long, value_name = "τ", allow_negative_numbers = true)]
    temperature: Option<f64>,
}

fn mechanisms() -> impl TypedValueParser<Value = Mechanism> {
    PossibleValuesParser::new(Mechanism::ALL.map(Mechanism::name)).try_map(|name| name.parse::<Mechanism>())
}

fn forms() -> impl TypedValueParser<Value = RpcForm> {
    PossibleValuesParser::new(RpcForm::ALL.map(RpcForm::name)).try_map(|name| name.parse::<RpcForm>())
}

impl Arguments {
    /// Refuses an option of another mechanism.
    fn check_options(&self) -> Result<(), Error> {
        let options = [
            (self.axes.is_some(), "--axes", Mechanism::KernelPca, "axes"),
            (self.lambda.is_some(), "--lambda", Mechanism::Rpc, "sparse part"),
            (self.iterations.is_some(), "--iterations", Mechanism::Rpc, "iterations"),
            (self.form.is_some(), "--form", Mechanism::Rpc, "forms"),
            (self.asymmetric, "--asymmetric", Mechanism::Rpc, "symmetric form"),
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
        Ok(())
    }
}

/// Reads, computes, and only then writes.
pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    arguments.check_options()?;
    let destination = Destination::new(arguments.output.as_deref())?;
    // A temperature that no head can have is refused before the work.
    scoring(arguments, 1)?;
    let read = |needs| read(&arguments.input, needs);
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
        // Their inputs and options are not read yet.
        Mechanism::Elliptical | Mechanism::Bn | Mechanism::Sh => {
            return Err(eigenlens_core::Error::NotDefined {
                what: "the command",
                needs: "a mechanism with options here".to_owned(),
                has: arguments.mechanism.to_string(),
            }
            .into());
        }
    };
    destination.write(&results)
}

fn read(path: &Path, needs: Needs<'_>) -> Result<(Cloud, Rank), Error> {
    super::input::read(path, |name, bytes| cloud(&TensorFile::read(name, bytes)?, needs))
}

fn scoring(arguments: &Arguments, dim: usize) -> Result<Scoring, eigenlens_core::Error> {
    let scoring = arguments.mechanism.scoring(dim)?;
    match arguments.temperature {
        Some(temperature) => scoring.with_temperature(temperature),
        None => Ok(scoring),
    }
}

/// Attention over the values of a cloud.
///
/// Heads come one after the other, and queries one after the other, so that the weights are held only if asked for.
fn attend(arguments: &Arguments, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    let mut found = Found::new(arguments, cloud)?;
    for (place, head) in cloud.heads().iter().enumerate() {
        let mut attend_head = || {
            let attending = Attending::new(head, scoring(arguments, head.dim())?)?;
            for query in 0..head.n_queries() {
                let row = attending.row(query)?;
                found.output.extend(row.output);
                if let Some(weights) = &mut found.weights {
                    weights.extend(row.weights);
                }
            }
            Ok(())
        };
        attend_head().map_err(of_head(arguments, rank, place))?;
    }
    found.tensors(cloud, rank)
}

/// What attention gives, row by row and head by head.
struct Found {
    output: Vec<f64>,
    /// Only if they are asked for.
    weights: Option<Vec<f64>>,
}

impl Found {
    /// Room for a cloud.
    fn new(arguments: &Arguments, cloud: &Cloud) -> Result<Self, Error> {
        let output = room("the outputs", cloud, Head::value_dim)?;
        let weights = arguments.weights.then(|| room("the weights", cloud, Head::n_keys));
        Ok(Self {
            output,
            weights: weights.transpose()?,
        })
    }

    /// The tensor `output`, one row per query, and if it is asked for `weights`, one row per query and one column per
    /// key; with an axis of heads in front if the cloud has one.
    fn tensors(self, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
        let Some(first) = cloud.heads().first() else {
            return Err(eigenlens_core::Error::NoTokens { what: "heads" }.into());
        };
        let shape = |columns: usize| match rank {
            Rank::Single => vec![first.n_queries(), columns],
            Rank::Heads => vec![cloud.heads().len(), first.n_queries(), columns],
        };
        let mut results = TensorFile::new();
        let mut add = |name: &str, columns: usize, data| -> Result<(), Error> {
            results.insert(name, Tensor::new(name, shape(columns), data)?);
            Ok(())
        };
        add("output", first.value_dim(), self.output)?;
        if let Some(weights) = self.weights {
            add("weights", first.n_keys(), weights)?;
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
fn room(what: &'static str, cloud: &Cloud, columns: impl Fn(&Head) -> usize) -> Result<Vec<f64>, Error> {
    let of_head = |head: &Head| head.n_queries() as u128 * columns(head) as u128;
    let numbers = cloud.heads().iter().map(of_head).sum();
    let mut room = Vec::new();
    usize::try_from(numbers)
        .ok()
        .and_then(|numbers| room.try_reserve_exact(numbers).ok())
        .ok_or(Error::Memory { what, numbers })?;
    Ok(room)
}
