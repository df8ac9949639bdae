//! `eigenlens bench`: how fast and how right the mechanisms are at full size, on the GPU and on the CPU.

mod cases;
mod report;
mod session;
mod table;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use eigenlens_core::Mechanism;
use eigenlens_gpu::{MEASURED, Precision, SHAPES, Shape};

use super::error::Error;
use super::number::positive;
use session::Session;

/// The arguments of `eigenlens bench`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which shape: deit-t, deit-s, deit-b, gpt2, long, 8k, 16k, 32k, or B,H,N,D; again for
    /// more [default: deit-s; of a report: deit-s, gpt2, long, 32k]
    #[arg(long, value_name = "SHAPE", value_parser = NamedShape::from_str)]
    shape: Vec<NamedShape>,
    /// Which attention; again for more [default: all that have kernels]
    #[arg(long, value_parser = PossibleValuesParser::new(MEASURED.map(Mechanism::name)).try_map(|name| name.parse::<Mechanism>()))]
    mechanism: Vec<Mechanism>,
    /// How tensors are stored; again for more [default: both, as far as the adapter has them]
    #[arg(long, value_parser = PossibleValuesParser::new(Precision::ALL.map(Precision::name)).try_map(|name| name.parse::<Precision>()))]
    dtype: Vec<Precision>,
    /// Query i sees the keys 0 to i only: softmax and smoother
    #[arg(long)]
    causal: bool,
    /// Standard deviation of the logits of the inputs
    #[arg(long, value_name = "σ", allow_negative_numbers = true, value_parser = positive, default_value_t = 1.0)]
    logit_std: f64,
    /// Of the inputs
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// Seconds for the samples of one measurement
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = positive, default_value_t = 10.0)]
    seconds: f64,
    /// Leave the CPU out
    #[arg(long)]
    no_cpu: bool,
    /// Write what was measured to this file, after every row
    #[arg(long, value_name = "FILE", conflicts_with = "report")]
    json: Option<PathBuf>,
    /// Measure the shapes of the report, ours and `PyTorch`'s by turns, and write DIR/<adapter>.json; rows that
    /// are there are not measured again
    #[arg(long, value_name = "DIR", conflicts_with_all = ["causal", "no_cpu"])]
    report: Option<PathBuf>,
}

/// A shape with the name that was given for it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedShape(Shape);

impl FromStr for NamedShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = SHAPES.iter().find(|(name, _)| *name == text);
        let numbers = || {
            let numbers: Result<Vec<usize>, _> = text.split(',').map(|number| number.trim().parse()).collect();
            <[usize; 4]>::try_from(numbers.ok()?).ok()
        };
        let sizes = named.map(|(_, sizes)| *sizes).or_else(numbers).ok_or_else(|| {
            let names: Vec<_> = SHAPES.iter().map(|(name, _)| *name).collect();
            format!("a shape is {}, or B,H,N,D", names.join(", "))
        })?;
        let [batch, heads, tokens, dim] = sizes;
        Shape::new(batch, heads, tokens, dim)
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    if let Some(folder) = &arguments.report {
        return report::run(arguments, folder);
    }
    let mut session = Session::open(arguments.json.clone())?;
    let cases = cases::chosen(arguments, &session)?;
    session.measure(&cases, arguments)?;
    session.finish()
}
