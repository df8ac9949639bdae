//! `eigenlens pcp`: the matrix of a file as a low-rank and a sparse part, by Principal Component Pursuit.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use eigenlens_core::{Pursuing, PursuitOptions, PursuitStatus};
use eigenlens_files::{Tensor, TensorFile, read_matrix};

use super::error::Error;
use super::number::positive;
use super::output::Destination;

/// The arguments of `eigenlens pcp`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// File with the matrix, of shape [N, D]: a .npy array, a .csv table of numbers, or
    /// the tensor matrix of a file of several (.safetensors, .npz, .json)
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// File for the results (.safetensors, .npz, .json); JSON on standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What an entry of the sparse part costs beside the singular values of the low-rank
    /// part [default: 1/√max(N, D)]
    #[arg(long, value_name = "λ", allow_negative_numbers = true, value_parser = positive)]
    lambda: Option<f64>,
    /// Penalty μ of the iteration [default: N·D/(4·Σ|entry|)]
    #[arg(long, value_name = "μ", allow_negative_numbers = true, value_parser = positive)]
    mu: Option<f64>,
    /// Stop when residual and last change are at most this share of the matrix [default: 1e-9]
    #[arg(long, value_name = "ε", allow_negative_numbers = true, value_parser = positive)]
    tolerance: Option<f64>,
    /// Give up after so many iterations, with exit status 3 [default: 10000]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_iterations: Option<NonZeroUsize>,
}

impl Arguments {
    fn options(&self) -> PursuitOptions {
        let default = PursuitOptions::default();
        PursuitOptions {
            lambda: self.lambda,
            mu: self.mu,
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            max_iterations: self.max_iterations.map_or(default.max_iterations, NonZeroUsize::get),
            ..default
        }
    }
}

/// Reads, computes, and only then writes:
///
/// | name | shape | is |
/// |---|---|---|
/// | `low_rank` | [N, D] | L |
/// | `sparse` | [N, D] | S |
/// | `iterations` | [1] | how many were done |
/// | `residual` | [1] | `‖M − L − S‖/‖M‖` |
pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let destination = Destination::new(arguments.output.as_deref())?;
    let matrix = super::input::read(&arguments.input, read_matrix)?;
    let options = arguments.options();
    let pursue = || Pursuing::new(matrix, &options)?.finish();
    let pursuit = pursue().map_err(|source| Error::Mathematics {
        path: arguments.input.clone(),
        head: None,
        source,
    })?;
    let last = &pursuit.last;
    let mut results = TensorFile::new();
    for (name, part) in [("low_rank", &pursuit.low_rank), ("sparse", &pursuit.sparse)] {
        results.insert(name, Tensor::of_matrix(name, part)?);
    }
    for (name, number) in [("iterations", last.iteration as f64), ("residual", last.residual)] {
        results.insert(name, Tensor::new(name, vec![1], vec![number])?);
    }
    destination.write(&results)?;
    if last.status == PursuitStatus::Converged {
        return Ok(());
    }
    Err(Error::NotConverged {
        path: arguments.input.clone(),
        iterations: last.iteration,
        residual: last.residual,
        change: last.change,
        tolerance: options.tolerance,
    })
}
