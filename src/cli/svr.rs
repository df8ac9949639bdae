//! `eigenlens svr`: support vector regression of the targets of a file, whose dual variables are the values of attention.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use eigenlens_core::{KktCase, SupportBound, SupportFitting, SupportOptions, SupportStatus};
use eigenlens_files::{Tensor, TensorFile, list, matrix};

use super::error::Error;
use super::number::{not_negative, positive};
use super::output::Destination;

/// The arguments of `eigenlens svr`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("bound").required(true))]
pub(crate) struct Arguments {
    /// File with the tensors keys, of shape [N, D], and targets, of shape [N] or [N, 1]
    /// (.safetensors, .npz, .csv, .json)
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// File for the results (.safetensors, .npz, .json); JSON on standard output without it:
    /// beta, value, fitted and support [N], sweeps and violation [1]. In support 0 is a
    /// target inside the tube, 1 one on its edge, 2 one whose value is capped
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Half the width ε of the tube, in the units of the targets
    #[arg(long, value_name = "ε", allow_negative_numbers = true, value_parser = not_negative)]
    epsilon: f64,
    /// Bound C of the dual variables, |β| ≤ C
    #[arg(long, value_name = "C", allow_negative_numbers = true, value_parser = positive, group = "bound")]
    c: Option<f64>,
    /// Bound of the values, |v| ≤ cap, in the units of the targets: C is cap·h, for each key
    /// its own
    #[arg(long, value_name = "CAP", allow_negative_numbers = true, value_parser = positive, group = "bound")]
    cap: Option<f64>,
}

impl Arguments {
    fn options(&self) -> SupportOptions {
        SupportOptions {
            epsilon: self.epsilon,
            bound: match (self.c, self.cap) {
                (Some(c), _) => SupportBound::Dual(c),
                (None, Some(cap)) => SupportBound::Value(cap),
                // One of the two is required.
                (None, None) => SupportBound::Free,
            },
            ..SupportOptions::default()
        }
    }
}

/// Reads, computes, and only then writes:
///
/// | name | shape | is |
/// |---|---|---|
/// | `beta` | [N] | `β_j`, with its sign |
/// | `value` | [N] | `v_j = β_j/h_j` |
/// | `fitted` | [N] | `f(k_j)` |
/// | `support` | [N] | 0 inside the tube, 1 on its edge, 2 capped |
/// | `sweeps` | [1] | how many were done |
/// | `violation` | [1] | the largest violation of a condition of optimality |
pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let destination = Destination::new(arguments.output.as_deref())?;
    let (keys, targets) = super::input::read(&arguments.input, |name, bytes| {
        let file = TensorFile::read(name, bytes)?;
        Ok((matrix(&file, "keys")?, list(&file, "targets")?))
    })?;
    let options = arguments.options();
    let regress = || {
        let fit = SupportFitting::new(keys, targets, &options)?.finish()?;
        Ok((fit.beta()?, fit))
    };
    let (beta, fit) = regress().map_err(|source| Error::Mathematics {
        path: arguments.input.clone(),
        head: None,
        source,
    })?;
    let support = fit.cases.iter().map(|case| match case {
        KktCase::Inside => 0.0,
        KktCase::Edge => 1.0,
        KktCase::Capped => 2.0,
    });
    let mut results = TensorFile::new();
    for (name, numbers) in [
        ("beta", beta),
        ("support", support.collect()),
        ("value", fit.value),
        ("fitted", fit.fitted),
        ("sweeps", vec![fit.last.sweep as f64]),
        ("violation", vec![fit.last.violation]),
    ] {
        results.insert(name, Tensor::new(name, vec![numbers.len()], numbers)?);
    }
    destination.write(&results)?;
    if fit.last.status == SupportStatus::Converged {
        return Ok(());
    }
    Err(Error::OutOfSweeps {
        path: arguments.input.clone(),
        sweeps: fit.last.sweep,
        violation: fit.last.violation,
        tolerance: options.tolerance,
    })
}
