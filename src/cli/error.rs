//! Why a subcommand has no result, or not the one that was asked for.

use std::io;
use std::path::{Path, PathBuf};

use eigenlens_core::Mechanism;

/// Exit status of anything that is wrong with the arguments or the input.
pub(super) const BAD_INPUT: u8 = 2;

/// Exit status of a result that is written, and is not as exact as was asked for.
const NOT_CONVERGED: u8 = 3;

/// Exit status of a lesson that states what the lab does not compute.
const DIFFERS: u8 = 1;

/// Exit status of what was stopped by Ctrl-C, as shells have it.
const STOPPED: u8 = 130;

/// What is said on standard error, on one line.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("`{}`: results are written as .safetensors, .npz or .json", .0.display())]
    OutputFormat(PathBuf),
    #[error("`{}`: the tests are written as .csv or .json", .0.display())]
    ClaimsFormat(PathBuf),
    #[error("the tests cannot be written: {0}")]
    Written(serde_json::Error),
    #[error("{option} is for --mechanism {of}; {mechanism} has no {what}")]
    Option {
        option: &'static str,
        /// The mechanism that has it.
        of: Mechanism,
        /// What the option is about, as a noun.
        what: &'static str,
        /// The mechanism that was asked for.
        mechanism: Mechanism,
    },
    /// In the words of clap, which knows no forms of one mechanism only.
    #[error("invalid value '{asked}' for '--form <FORM>' [possible values: {}] (see --help)", forms.join(", "))]
    Form {
        asked: String,
        /// The names of those that the mechanism has.
        forms: Vec<&'static str>,
    },
    #[error("--beta is for --form recentred; full has no β")]
    FullBeta,
    #[error(
        "`{}`: both `metric` and `value_prev` are there; a metric is given, or estimated from the values of two layers",
        path.display()
    )]
    TwoMetrics { path: PathBuf },
    #[error("{option} is for an estimated metric; `{}` gives `metric`, which is taken as it is", path.display())]
    GivenMetric { path: PathBuf, option: &'static str },
    #[error("`{}`: {source}", path.display())]
    File {
        path: PathBuf,
        source: Box<eigenlens_files::Error>,
    },
    #[error("cannot {what} `{}`: {source}", path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    #[error("`{}`: {}{source}", path.display(), of_head(*head))]
    Mathematics {
        path: PathBuf,
        /// Counted from 0, as in the tensors; none where the tensors have no axis of heads.
        head: Option<usize>,
        source: eigenlens_core::Error,
    },
    #[error("{what} need {numbers} numbers, more than the memory holds")]
    Memory { what: &'static str, numbers: u128 },
    #[error(
        "`{}`: not converged after {iterations} {}: residual {residual:.1e}, last change {change:.1e}, \
         tolerance {tolerance:e}",
        path.display(),
        if *iterations == 1 { "iteration" } else { "iterations" }
    )]
    NotConverged {
        path: PathBuf,
        iterations: usize,
        residual: f64,
        change: f64,
        tolerance: f64,
    },
    #[error("`{}`: not converged after {sweeps} sweeps: violation {violation:.1e}, tolerance {tolerance:e}", path.display())]
    OutOfSweeps {
        path: PathBuf,
        sweeps: usize,
        violation: f64,
        tolerance: f64,
    },
    #[error("`{}` holds no results: {source}", path.display())]
    Results { path: PathBuf, source: serde_json::Error },
    #[error("stopped after {rows} {}", if *rows == 1 { "row" } else { "rows" })]
    Stopped { rows: usize },
    #[error("--causal is not for this: {why}, so it sees the future")]
    Future { why: &'static str },
    #[error("--dtype is for --device gpu; on the CPU attention is in f64")]
    CpuDtype,
    #[error("{option} is for --device cpu: {why}")]
    CpuOnly { option: &'static str, why: &'static str },
    #[error("`{}`: on the GPU values have the dimensions of keys, {needs}, and not {has}", path.display())]
    ValueDim { path: PathBuf, has: usize, needs: usize },
    #[error("`{}`: {source}", path.display())]
    Device {
        path: PathBuf,
        source: eigenlens_gpu::Error,
    },
    #[error("`{}`: {source}", path.display())]
    Lesson {
        path: PathBuf,
        source: eigenlens_words::lesson::LessonError,
    },
    #[error("`{}`: {source}", path.display())]
    LessonText {
        path: PathBuf,
        source: eigenlens_words::explain::Error,
    },
    #[error("`{}`: {source}", path.display())]
    LessonStep {
        path: PathBuf,
        source: Box<eigenlens::lesson::check::CheckError>,
    },
    #[error("`{}`: figures are written as .svg or .png", .0.display())]
    FigureFormat(PathBuf),
    #[error("{0}")]
    State(String),
    #[error(transparent)]
    Figure(#[from] eigenlens::studio::Error),
    #[error(transparent)]
    Drawing(#[from] eigenlens_figures::Error),
    #[error(transparent)]
    Gpu(#[from] eigenlens_gpu::Error),
    #[error(transparent)]
    Core(#[from] eigenlens_core::Error),
    #[error(transparent)]
    Result(#[from] eigenlens_files::Error),
}

impl Error {
    /// The exit status.
    pub(super) fn status(&self) -> u8 {
        match self {
            Self::NotConverged { .. } | Self::OutOfSweeps { .. } => NOT_CONVERGED,
            Self::Stopped { .. } => STOPPED,
            Self::LessonStep { source, .. } if source.is_number() => DIFFERS,
            _ => BAD_INPUT,
        }
    }
}

/// "head 3: ", or nothing.
fn of_head(head: Option<usize>) -> String {
    head.map_or_else(String::new, |head| format!("head {head}: "))
}

/// Makes what the system says about a file an error.
pub(super) fn failed<'a>(what: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Error + use<'a> {
    move |source| Error::Io {
        what,
        path: path.to_owned(),
        source,
    }
}
