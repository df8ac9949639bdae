//! `eigenlens claims`: every test of the claims on all layers and heads of a file, each beside what chance gives.

mod gpu;
mod report;
mod table;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::{Args, ValueEnum};
use eigenlens::lab::claims::{DrawnValues, Draws, HeadClaims};
use eigenlens_core::Head;
use eigenlens_files::{Format, HeadGroup, TensorFile, head_groups};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::error::Error;
use super::output::{check_output, print, replace};

/// The arguments of `eigenlens claims`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// File with the tensors query, key and value, of shape [L, H, N, D], [H, N, D] or [N, D], or
    /// groups of them, as in `text.query` (.safetensors, .npz, .json)
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// File for all numbers and their nulls (.csv, .json), beside the table on standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Of the permutations and the random values
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// How many permutations, and how many random values, make a null
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value = "100")]
    draws: NonZeroUsize,
    /// What computes attention; the tests themselves are in f64 on all cores
    #[arg(long, value_enum, default_value_t = Device::Cpu)]
    device: Device,
}

/// What computes attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Device {
    /// All cores of the CPU, in f64.
    Cpu,
    /// Its fused kernel, in f32: `h` of Bessel and of the loss, for the values and all draws of their nulls.
    Gpu,
}

/// One head of the file.
struct Row {
    /// The group that it is in; empty where the file has one without a name.
    group: String,
    /// From 1.
    layer: usize,
    /// From 1.
    head: usize,
    claims: HeadClaims,
}

/// Reads, computes, and only then writes.
pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let format = arguments.output.as_deref().map(output_format).transpose()?;
    if let Some(path) = &arguments.output {
        check_output(path)?;
    }
    let groups = super::input::read(&arguments.input, |name, bytes| {
        head_groups(&TensorFile::read(name, bytes)?)
    })?;
    let attention = match arguments.device {
        Device::Cpu => None,
        Device::Gpu => Some(gpu::Attention::open(&arguments.input)?),
    };
    let rows = test(arguments, &groups, attention.as_ref())?;
    if let (Some(path), Some(format)) = (&arguments.output, format) {
        replace(path, &report::write(&rows, format)?)?;
    }
    print(table::text(&rows).as_bytes())
}

/// Every test of every head, on all cores. The numbers do not depend on how many there are.
fn test(
    arguments: &Arguments,
    groups: &[HeadGroup],
    attention: Option<&gpu::Attention<'_>>,
) -> Result<Vec<Row>, Error> {
    let heads: Vec<_> = groups
        .iter()
        .flat_map(|group| {
            group
                .heads
                .iter()
                .enumerate()
                .map(move |(place, head)| (group, place, head))
        })
        .collect();
    let draws = Draws {
        count: arguments.draws.get(),
        seed: arguments.seed,
    };
    let bar = bar(heads.len());
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(heads.len()));
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(heads.len()) {
            scope.spawn(|| {
                while let Some((at, (_, place, head))) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    heads.get(at).map(|head| (at, head))
                } {
                    let claims = claims(arguments, head, *place, draws, attention);
                    bar.inc(1);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, claims));
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    let rows = std::iter::zip(heads, done).map(|((group, place, _), (_, claims))| {
        Ok(Row {
            group: group.name.clone(),
            layer: place / group.heads_in_layer + 1,
            head: place % group.heads_in_layer + 1,
            claims: claims?,
        })
    });
    rows.collect()
}

/// Every test of one head.
fn claims(
    arguments: &Arguments,
    head: &Head,
    place: usize,
    draws: Draws,
    attention: Option<&gpu::Attention<'_>>,
) -> Result<HeadClaims, Error> {
    let drawn = DrawnValues::new(head, place, draws);
    let outputs = attention
        .map(|attention| attention.outputs(head, drawn.all()))
        .transpose()?;
    HeadClaims::of(head, &drawn, outputs.as_ref()).map_err(|source| Error::Mathematics {
        path: arguments.input.clone(),
        head: Some(place),
        source,
    })
}

/// The formats that results are written in.
fn output_format(path: &Path) -> Result<Format, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Format::of_name(&name)
        .ok()
        .filter(|format| [Format::Csv, Format::Json].contains(format))
        .ok_or_else(|| Error::ClaimsFormat(path.to_owned()))
}

/// A bar on standard error, where that is a terminal.
fn bar(heads: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(heads as u64), ProgressDrawTarget::stderr());
    // A template that is wrong is found by the first run.
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos} of {len} heads") {
        bar.set_style(style);
    }
    bar
}
